//! What a shape is called.

use std::fmt;

use super::super::{Quoting, Shape};

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Lines => f.write_str("one value a line"),
            Shape::JsonLines => f.write_str("JSON Lines"),
            Shape::JsonObjects { depth: 0, shell: true } => f.write_str("objects as a shell prints them"),
            Shape::JsonObjects { depth: 1, shell: true } => f.write_str("an array of objects as a shell prints them"),
            Shape::JsonObjects { depth: 0, .. } => f.write_str("JSON objects"),
            Shape::JsonObjects { depth: 1, .. } => f.write_str("a JSON array of objects"),
            Shape::JsonObjects { depth, .. } => write!(f, "JSON objects, nested {depth} deep"),
            Shape::JsonRows { shell: true, .. } => f.write_str("arrays as a program prints them, one for each record"),
            Shape::JsonRows { depth: 0, .. } => f.write_str("JSON arrays, one for each record"),
            Shape::JsonRows { depth: 1, .. } => f.write_str("a JSON array of arrays"),
            Shape::JsonRows { depth, .. } => write!(f, "JSON arrays, nested {depth} deep, one for each record"),
            Shape::Pairs => f.write_str("blocks of `name: value` lines"),
            Shape::Assigned => f.write_str("lines of `name=value` or `name: value` pairs"),
            Shape::Forms => f.write_str("lines of a name and a value"),
            Shape::Logins { delimiter } => {
                f.write_str("combolist (login, ")?;
                name_of(*delimiter, f)?;
                f.write_str(", secret)")
            }
            Shape::Sites { delimiter } => {
                f.write_str("list of sites (URL, login and password, ")?;
                name_of(*delimiter, f)?;
                f.write_str("-delimited)")
            }
            Shape::Sql { backslash: true } => f.write_str("SQL dump (strings with backslashes, as in MySQL)"),
            Shape::Sql { backslash: false } => f.write_str("SQL dump (strings with doubled quotes)"),
            Shape::Colons => f.write_str("colon-delimited text"),
            Shape::Separated(separator) => write!(f, "text delimited by `{separator}`"),
            Shape::Found => f.write_str("text of no known shape, searched for e-mail addresses"),
            Shape::Escaped { delimiter } => {
                name_of(*delimiter, f)?;
                f.write_str("-delimited text with backslashes")
            }
            Shape::Delimited { delimiter, quoting } => {
                name_of(*delimiter, f)?;
                f.write_str(match quoting {
                    Quoting::None => "-delimited text without quoting",
                    Quoting::Doubled => "-delimited text",
                    Quoting::Escaped => "-delimited text with escaped quotes",
                    Quoting::Apostrophes => "-delimited text in apostrophes",
                })
            }
        }
    }
}

fn name_of(delimiter: u8, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match delimiter {
        b',' => f.write_str("comma"),
        b';' => f.write_str("semicolon"),
        b'\t' => f.write_str("tab"),
        b'|' => f.write_str("pipe"),
        b':' => f.write_str("colon"),
        b' ' => f.write_str("blank"),
        other => write!(f, "`{}`", other.escape_ascii()),
    }
}
