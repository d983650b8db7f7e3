//! Dumps of SQL.

use std::fmt::Write as _;

use leakdex::source::{Malformed, Shape};

use super::reading::{Case, Row, check, seed};

/// Any text; or a dump of texts, which come back.
pub fn run(data: &[u8]) {
    let case = Case::of(data);
    let backslash = case.choice & 1 != 0;
    if case.choice & 0x80 != 0 {
        return round_trip(&case, backslash);
    }
    let Some(all) = check(&case, Some(Shape::Sql { backslash }), &case.options(), 0) else { return };
    let is_known = |why| matches!(why, None | Some(Malformed::TooLong | Malformed::NotATuple | Malformed::ValueCount));
    assert!(all.rows.iter().all(|row| is_known(row.malformed)));
}

/// How a dump is written.
#[derive(Clone, Copy)]
enum Style {
    /// One INSERT of many tuples, or one for each.
    Insert {
        together: bool,
    },
    Copy,
}

fn round_trip(case: &Case, backslash: bool) {
    let text = String::from_utf8_lossy(case.text).replace(['\r', '\0', '\u{feff}'], "");
    let rows: Vec<Vec<&str>> = text.split('\u{2}').map(|row| row.split('\u{1}').collect()).collect();
    let width = rows.iter().map(Vec::len).max().unwrap_or_default();
    let style = match case.choice >> 1 & 3 {
        0 => Style::Copy,
        1 => Style::Insert { together: false },
        _ => Style::Insert { together: true },
    };
    let rows: Vec<Vec<&str>> = rows.into_iter().map(|mut row| (row.resize(width, ""), row).1).collect();
    let written = dump(&rows, style, backslash);
    let case = Case { text: written.as_bytes(), record_bytes_max: 1 << 20, head_bytes: written.len() + 1, ..*case };
    let Some(all) = check(&case, Some(Shape::Sql { backslash }), &case.options(), 0) else { return };
    let want: Vec<Vec<Vec<u8>>> =
        rows.iter().map(|row| row.iter().map(|field| field.as_bytes().to_vec()).collect()).collect();
    let got: Vec<Vec<Vec<u8>>> = all.rows.iter().map(Row::values).collect();
    assert_eq!(got, want, "what was written");
}

fn dump(rows: &[Vec<&str>], style: Style, backslash: bool) -> String {
    let width = rows.first().map_or(0, Vec::len);
    let names: Vec<String> = (0..width).map(|number| format!("c{number}")).collect();
    let mut text = format!("CREATE TABLE t ({} text);\n", names.join(" text, "));
    let row_of = |row: &Vec<&str>, between: &str| {
        row.iter().map(|value| quoted(value, style, backslash)).collect::<Vec<_>>().join(between)
    };
    match style {
        Style::Copy => {
            let lines: String = rows.iter().map(|row| row_of(row, "\t") + "\n").collect();
            let _ = write!(text, "COPY t ({}) FROM stdin;\n{lines}\\.\n", names.join(", "));
        }
        Style::Insert { together: true } => {
            let tuples: Vec<String> = rows.iter().map(|row| format!("({})", row_of(row, ","))).collect();
            let _ = writeln!(text, "INSERT INTO t VALUES {};", tuples.join(",\n"));
        }
        Style::Insert { together: false } => {
            rows.iter().for_each(|row| {
                let _ = writeln!(text, "INSERT INTO t VALUES ({});", row_of(row, ", "));
            });
        }
    }
    text
}

fn quoted(value: &str, style: Style, backslash: bool) -> String {
    match style {
        Style::Copy => value.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n"),
        Style::Insert { .. } if backslash => format!("'{}'", value.replace('\\', "\\\\").replace('\'', "\\'")),
        Style::Insert { .. } => format!("'{}'", value.replace('\'', "''")),
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let mysql = "-- MySQL dump\n/*!40101 SET NAMES utf8 */;\nCREATE TABLE `u` (`id` int, `e` text COMMENT 'a''b', PRIMARY KEY (`id`));\nINSERT INTO `u` VALUES (1,'a@example.com'),(2,'O\\'N\\\\'),(3,NULL),(4,0x4A6F),(5,_binary 'x');\n";
    let sqlite = "BEGIN;\nCREATE TABLE u(id,e);\nINSERT INTO u VALUES(1,'a''b');\nINSERT INTO \"u\"(id,e) VALUES(2,char(65)||'x');\nCOMMIT;\n";
    let copy = "COPY public.u (id, e) FROM stdin;\n1\ta@example.com\n2\t\\N\n3\tx\\ty\\\\\n4\n\\.\nSELECT 1;\n";
    let server = "INSERT [dbo].[U] ([Id], [E]) VALUES (1, N'a''b')\r\nGO\r\nINSERT INTO U VALUES (CAST(N'2020' AS DateTime), '')\r\n";
    let broken = "INSERT INTO u (a,b) VALUES (1,'open),(2,'x'),(3,'y'),(4,(5)),(6);\nDELIMITER ;;\nCREATE TRIGGER t BEGIN (1,2); END;;\nDELIMITER ;\nINSERT INTO u (a) VALUES (7);";
    let mut seeds: Vec<Vec<u8>> = [mysql, broken].map(|text| seed([1, 5, 0, 0], text)).to_vec();
    seeds.extend([sqlite, copy, server, broken].map(|text| seed([0, 3, 2, 0], text)));
    for style in 0..3 {
        seeds.push(seed([0x80 | style << 1, 7, 0, 0], "a\u{1}b'c\\\u{2}(\n),(\u{1}\t;\u{2}\\N\u{1}\\."));
        seeds.push(seed([0x81 | style << 1, 2, 0, 0], "'\u{1}\\'\u{2}--\u{1}/*"));
    }
    seeds
}
