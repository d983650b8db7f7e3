//! What stands above a table: a title, the banner of an export, comments. And names of columns in a comment:
//!
//! ```text
//! Members, as of 2020-01-01            # format: username:email:hash
//!                                      anna88:anna@example.com:5f4d..
//! id;username;email
//! 1;anna88;anna@example.com
//! ```
//!
//! The first record of a table names its columns. Where something else stands before it, every name would be lost, and with it the
//! columns that only their name tells. So the text begins where the names do: what stands before is passed over and counted.
//!
//! Only this is taken for names: as many short words as the table has columns, in a place where the rows below hold digits or
//! addresses. And only this is passed over: lines with fewer fields, and comments, without anything that may be an identifier.

use super::columns::Columns;
use super::record::Record;
use super::shape::NAME_BYTES_MAX;
use super::split::{Outcome, Splitter};
use super::{Options, Shape};

/// So many records can stand above a table.
const RECORDS_MAX: usize = 30;
/// So many rows below the names say whether they are such.
const ROWS_MAX: usize = 200;
/// Share of the rows that have as many fields as there are names.
const SHARE_WIDE_MIN: f64 = 0.5;
/// Share of the values below a name that no name looks like.
const SHARE_TELLING_MIN: f64 = 0.8;
/// What a comment begins with, longer ones first.
const MARKS: [&[u8]; 5] = [b"#", b"//", b"--", b"/*", b"%"];
/// What names of columns are announced with.
const WORDS: [&[u8]; 8] =
    [b"format", b"fields", b"columns", b"structure", b"layout", b"header", b"line format", b"data format"];

/// A record, and what its fields look like.
struct Row {
    start: usize,
    fields: Vec<Looks>,
    are_names: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Looks {
    Empty,
    /// Has a digit or an `@`.
    Value,
    Word,
}

/// How many bytes stand before the names of the columns; none if there are no names, or nothing before them.
///
/// Input: the start of a text, of which the last record may be cut, and how many fields its records have. In a list a title is no row
/// either, of which whoever reads its report is told; comments and frames are, like every other line.
pub(super) fn length(text: &[u8], shape: Shape, width: usize, options: &Options) -> usize {
    let is_table =
        matches!(shape, Shape::Delimited { .. } | Shape::Escaped { .. } | Shape::Separated(_) | Shape::Colons);
    if !is_table || width < 2 {
        return 0;
    }
    let mut rows = Rows { text, splitter: Splitter::new(shape, &Columns::positions(), options), at: 0 };
    for _ in 0..RECORDS_MAX {
        let Some(row) = rows.next() else { return 0 };
        let (line, end) = (&text[row.start..rows.at], rows.at);
        let names = match announcement(line) {
            0 => None,
            prefix => {
                rows.at = row.start + prefix;
                rows.next().filter(|row| rows.at == end && row.are_names && row.fields.len() == width)
            }
        };
        rows.at = end;
        let own = || (row.are_names && row.fields.len() == width).then_some(&row);
        if let Some(names) = names.as_ref().or_else(own) {
            return if rows.are_named_by(names) { names.start } else { 0 };
        }
        if options.is_list && (is_comment(line) || is_frame(line)) {
            return 0;
        }
        let present = row.fields.iter().filter(|field| **field != Looks::Empty).count();
        if (present >= width && !is_comment(line)) || may_be_identifier(line) {
            return 0;
        }
    }
    0
}

struct Rows<'a> {
    text: &'a [u8],
    splitter: Splitter,
    at: usize,
}

impl Rows<'_> {
    fn next(&mut self) -> Option<Row> {
        let mut record = Record::new();
        match self.splitter.next(self.text, &mut self.at, &mut record)? {
            Outcome::Record => Some(()),
            Outcome::Malformed(_) => None,
        }?;
        let cells: Vec<&[u8]> = record.fields(self.text).map(|(_, field)| field.trim_ascii()).collect();
        let fields = cells.iter().map(|field| looks(field)).collect();
        Some(Row { start: self.at - self.splitter.consumed(), fields, are_names: are_names(&cells) })
    }

    /// Whether the rows from here on are what these names are of.
    fn are_named_by(&mut self, names: &Row) -> bool {
        let width = names.fields.len();
        let (mut rows, mut wide, mut present, mut telling) = (0usize, 0usize, vec![0usize; width], vec![0usize; width]);
        while rows < ROWS_MAX
            && let Some(row) = self.next()
        {
            rows += 1;
            wide += usize::from(row.fields.len() == width);
            for (place, field) in row.fields.iter().enumerate().take(width) {
                present[place] += usize::from(*field != Looks::Empty);
                telling[place] += usize::from(*field == Looks::Value);
            }
        }
        let tells = |place: usize| {
            names.fields[place] == Looks::Word
                && telling[place] > 0
                && telling[place] as f64 >= SHARE_TELLING_MIN * present[place] as f64
        };
        rows > 0 && wide as f64 >= SHARE_WIDE_MIN * rows as f64 && (0..width).any(tells)
    }
}

/// Whether cells are names, no two the same. Before the first and behind the last may be one without: numbers of rows, and frames.
fn are_names(cells: &[&[u8]]) -> bool {
    let behind = cells.strip_prefix(&[b"".as_slice()]).unwrap_or(cells);
    let mut names = behind.strip_suffix(&[b"".as_slice()]).unwrap_or(behind).to_vec();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    names.len() == all && (all == cells.len() || all > 2) && names.iter().all(|name| is_name(name))
}

fn looks(field: &[u8]) -> Looks {
    match field {
        [] => Looks::Empty,
        _ if field.iter().any(|byte| byte.is_ascii_digit() || *byte == b'@') => Looks::Value,
        _ => Looks::Word,
    }
}

/// `address 2` is a name, and so is `e-mail`; a number is none, nor is a value that holds one.
fn is_name(field: &[u8]) -> bool {
    (1..=NAME_BYTES_MAX).contains(&field.len())
        && field[0].is_ascii_alphabetic() | (field[0] >= 0x80) | matches!(field[0], b'_' | b'#')
        && !field.iter().any(|byte| matches!(byte, b'@' | b'=' | b':' | b'\\' | b'\n'))
        && field.iter().filter(|byte| byte.is_ascii_digit()).count() <= 2
}

fn is_comment(line: &[u8]) -> bool {
    MARKS.iter().any(|mark| line.trim_ascii_start().starts_with(mark))
}

/// Whether a line frames a table: `+----+-----+`.
fn is_frame(line: &[u8]) -> bool {
    line.iter().any(|byte| b"-+=*_~".contains(byte))
        && !line.iter().any(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
}

/// How many bytes stand before the names in a line that is a comment, or says that it has the format; none otherwise.
fn announcement(line: &[u8]) -> usize {
    let mut rest = line.trim_ascii_start();
    let mut is_marked = false;
    while let Some(behind) = MARKS.iter().find_map(|mark| rest.strip_prefix(*mark)) {
        (rest, is_marked) = (behind.trim_ascii_start(), true);
    }
    let told = WORDS.iter().find_map(|word| {
        let (front, behind) = rest.split_at_checked(word.len())?;
        let behind = behind.trim_ascii_start();
        let sign = behind.first().is_some_and(|byte| matches!(byte, b':' | b'='));
        (front.eq_ignore_ascii_case(word) && sign).then(|| behind[1..].trim_ascii_start())
    });
    match (told, is_marked) {
        (Some(names), _) => line.len() - names.len(),
        (None, true) => line.len() - rest.len(),
        (None, false) => 0,
    }
}

/// Whether a line above a table may hold an identifier. Days and times are none.
fn may_be_identifier(line: &[u8]) -> bool {
    const DIGITS_MAX: usize = 8;
    let digits = |word: &[u8]| word.iter().filter(|byte| byte.is_ascii_digit()).count();
    let words =
        line.split(|byte| byte.is_ascii_whitespace() || matches!(byte, b',' | b';' | b'|' | b'"' | b'(' | b')'));
    let count: usize = words.filter(|word| !is_moment(word)).map(digits).sum();
    line.contains(&b'@') || count > DIGITS_MAX
}

/// `2020-01-31`, `31.12.2020`, `12:30:00`, `2020-01-31T12:30:00Z`.
fn is_moment(word: &[u8]) -> bool {
    let is_part = |part: &[u8]| (1..=4).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
    let parts = |text: &[u8], mark: u8| {
        let parts: Vec<&[u8]> = text.split(|byte| *byte == mark).collect();
        let digits: usize = parts.iter().map(|part| part.len()).sum();
        matches!(parts.len(), 2 | 3) && digits <= 8 && parts.into_iter().all(is_part)
    };
    let is_one = |text: &[u8]| b"-./:".iter().any(|mark| parts(text, *mark));
    let word = word.strip_suffix(b"Z").unwrap_or(word);
    is_one(word)
        || word.iter().position(|byte| *byte == b'T').is_some_and(|at| is_one(&word[..at]) && is_one(&word[at + 1..]))
}

#[cfg(test)]
mod tests {
    use super::super::Quoting;
    use super::*;

    fn check(above: &str, want: usize) {
        for (delimiter, shape) in
            [(',', Shape::Delimited { delimiter: b',', quoting: Quoting::Doubled }), (':', Shape::Colons)]
        {
            let rows = "7,anna88,anna@example.com\n8,bert,bert@example.com\n9,carl,carl@example.com\n";
            let text = format!("{above}{rows}").replace(',', &delimiter.to_string());
            assert_eq!(length(text.as_bytes(), shape, 3, &Options::default()), want, "{text}");
        }
    }

    #[test]
    fn titles_and_comments_are_passed_over() {
        check("Members\nid,username,email\n", 8);
        check("Members 2020-01-01 10.30\n\nid,username,email\n", 26);
        check("# one\n# two\nid,username,email\n", 12);
        check("Members,,\n,,\nid,username,email\n", 13);
        check("id,username,email\n", 0);
        check("", 0);
        let framed = b"+--+---+\n| id | name | email |\n+--+---+\n| 7 | anna88 | anna@example.com |\n| 8 | bert | bert@example.com |\n";
        let pipe = Shape::Delimited { delimiter: b'|', quoting: Quoting::Doubled };
        assert_eq!(length(framed, pipe, 5, &Options::default()), 9);
        let list = Options { is_list: true, ..Options::default() };
        assert_eq!(length(framed, pipe, 5, &list), 0);
        let titled = b"Members;;\n;;\nid;username;email\n7;anna88;anna@example.com\n8;bert;bert@example.com\n";
        let semicolon = Shape::Delimited { delimiter: b';', quoting: Quoting::Doubled };
        assert_eq!(length(titled, semicolon, 3, &list), 13);
    }

    #[test]
    fn names_in_comments_are_names() {
        check("# format: id,username,email\n", 10);
        check("Format = id,username,email\n", 9);
        check("# dumped\n// id,username,email\n", 12);
        check("#id,username,email\n", 1);
        check("# id,email\n", 0);
    }

    /// What may be an identifier is a record, and what is no name is none.
    #[test]
    fn rows_are_not_passed_over() {
        check("anna@example.org\nid,username,email\n", 0);
        check("+49 151 23456789\nid,username,email\n", 0);
        check("Members\n1,dora88,dora@example.com\n", 0);
        check("1,dora88,dora@example.com\nid,username,email\n", 0);
        check("Members\nid,id,email\n", 0);
        check("Members\nAnna,Li,Rome\n", 8);
        let words = b"Anna\nBert,Li,Rome\nCarl,Wang,Paris\nDora,Kim,Oslo\n";
        let comma = Shape::Delimited { delimiter: b',', quoting: Quoting::Doubled };
        assert_eq!(length(words, comma, 3, &Options::default()), 0);
        assert_eq!(length(b"Members\nid,username,email\n", comma, 3, &Options::default()), 0);
    }

    #[test]
    fn days_and_times_are_no_identifiers() {
        for line in ["2020-01-31 12:30:00", "31.12.2020, 1/6/2018", "as of 2020-01-31T12:30:00Z", "1234 rows of 2020"] {
            assert!(!may_be_identifier(line.as_bytes()), "{line}");
        }
        for line in ["13812345678", "138 1234 5678", "110105-19491231-002X", "a@b", "4111-1111-1111-1111"] {
            assert!(may_be_identifier(line.as_bytes()), "{line}");
        }
    }
}
