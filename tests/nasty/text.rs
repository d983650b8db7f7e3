//! Bytes that are no letters: NULs, marks, line ends that are none.

use super::{address, expect_parts, ingest};
use crate::cli::desk::Desk;

const ROWS: usize = 100;

fn rows(row: impl Fn(usize) -> String) -> String {
    (0..ROWS).map(row).collect()
}

#[test]
fn marks_are_no_part_of_the_first_column() {
    let desk = Desk::new();
    let text = format!("email,name\n{}", rows(|n| format!("{},Li\n", address(n))));
    let utf16 =
        |order: fn(u16) -> [u8; 2]| format!("\u{feff}{text}").encode_utf16().flat_map(order).collect::<Vec<_>>();
    let files = [
        ("utf8.csv", format!("\u{feff}{text}").into_bytes()),
        ("twice.csv", format!("\u{feff}\u{feff}{text}").into_bytes()),
        ("quoted.csv", format!("\u{feff}\"email\",\"name\"\n{}", &text[11..]).into_bytes()),
        ("le.csv", utf16(u16::to_le_bytes)),
        ("be.csv", utf16(u16::to_be_bytes)),
    ];
    for (name, bytes) in files {
        desk.write(name, bytes);
        let options = format!("{name} --index {name}.index --map email=email");
        let outcome = ingest(&desk, &options, 0, &["100 records = 100 accepted + 0 rejected"]);
        assert!(!outcome.stderr_text().contains("not known by name"), "{outcome}");
    }
}

/// Only line feeds and carriage returns end a line.
#[test]
fn other_characters_end_no_line() {
    let desk = Desk::new();
    let row = |n: usize| format!("{n},{},a\u{2028}b\u{2029}c\u{85}d\u{b}e\u{c}f\u{1c}g\n", address(n));
    desk.write("ends.csv", format!("id,email,note\n{}", rows(row)));
    ingest(&desk, "ends.csv", 0, &["100 records = 100 accepted + 0 rejected"]);
    let ends = ["\n", "\r\n", "\r", "\r\r\n", "\n\r"];
    let row = |n: usize| format!("{n},{}{}", address(n), ends[n % 5]);
    desk.write("mixed.csv", format!("id,email\r{}", rows(row)));
    let outcome = ingest(&desk, "mixed.csv --index other", 0, &["100 records = 100 accepted + 0 rejected"]);
    expect_parts(&outcome, &["first row taken as names"]);
}
