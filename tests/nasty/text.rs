//! Bytes that are no letters: NULs, marks, line ends that are none.

use super::{address, expect_parts, found, ingest};
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

/// Fields of C programs are padded with NULs; here all of them stand at even places, as the upper halves of UTF-16 do.
#[test]
fn nul_bytes_in_and_between_fields_are_removed_and_counted() {
    let desk = Desk::new();
    let row =
        |n: usize| format!("{:02},{},\0Li\0\n", n, address(1000 + n).replace('@', "\0@").replace(".com", ".com\0"));
    desk.write("nul.csv", format!("id,email,name\n{}", rows(row)));
    ingest(&desk, "nul.csv", 0, &["100 records = 100 accepted + 0 rejected", "400 NUL bytes"]);
    assert_eq!(found(&desk, (0..ROWS).map(|n| address(1000 + n))), ROWS);
    let padded = |n: usize| format!("{n},{}\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\n", address(2000 + n));
    desk.write("padded.csv", format!("id,email\n{}", rows(padded)));
    ingest(&desk, "padded.csv --index padded", 0, &["100 records = 100 accepted + 0 rejected", "2,000 NUL bytes"]);
    desk.write("nothing.csv", [0; 4999]);
    desk.refuses("ingest nothing.csv --breach p", "this is not text", "leakdex reads text");
}

/// Lists of several countries, put behind each other or mixed row by row: every field is read in its own encoding, and what is
/// ASCII is found whatever stands beside it.
#[test]
fn encodings_may_change_from_row_to_row() {
    let names = [
        "\u{738b}\u{5efa}\u{56fd}",
        "\u{410}\u{43d}\u{43d}\u{430} \u{41f}\u{435}\u{442}\u{440}\u{43e}\u{432}\u{430}",
        "J\u{fc}rgen Gro\u{df}",
    ];
    let encodings = [encoding_rs::GB18030, encoding_rs::WINDOWS_1251, encoding_rs::UTF_8];
    let row = |n: usize, which: usize| {
        let row = format!("{},{}\n", address(n), names[which]);
        encodings[which].encode(&row).0.into_owned()
    };
    for (name, run) in [("behind.csv", 100), ("mixed.csv", 1)] {
        let desk = Desk::new();
        desk.write(name, [b"email,name\n".to_vec(), (0..300).flat_map(|n| row(n, n / run % 3)).collect()].concat());
        let outcome =
            ingest(&desk, &format!("{name} --map name=name"), 0, &["300 records = 300 accepted + 0 rejected"]);
        assert_eq!(found(&desk, (0..300).map(address)), 300, "{outcome}");
        for person in names {
            let answer = desk.leakdex("check --kind name").stdin(person).run_ok().stdout_text();
            assert!(answer.contains("exposed\tb, weak"), "{name}: {person}\n{answer}{outcome}");
        }
    }
}

/// UTF-16 that does not say so is known by its NUL bytes; a file of single carriage returns has its lines.
#[test]
fn what_has_no_mark_is_known_by_its_bytes() {
    let desk = Desk::new();
    let text = format!("email,name\n{}", rows(|n| format!("{},Li\n", address(n))));
    let utf16 = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<_>>();
    let files = [
        ("le.csv", utf16(u16::to_le_bytes)),
        ("be.csv", utf16(u16::to_be_bytes)),
        ("cr.csv", text.replace('\n', "\r").into_bytes()),
    ];
    for (name, bytes) in files {
        desk.write(name, bytes);
        ingest(&desk, &format!("{name} --index {name}.index"), 0, &["100 records = 100 accepted + 0 rejected"]);
    }
}

/// NUL bytes between fields, and at the ends of lines, are not what fields are padded with.
#[test]
fn nul_bytes_that_delimit() {
    for (name, line) in [("fields", "\0pw{n}\n"), ("lines", ":pw{n}\0")] {
        let desk = Desk::new();
        let text: String = (0..100).map(|n| address(n) + &line.replace("{n}", &n.to_string())).collect();
        desk.write("dump.txt", text);
        ingest(&desk, "dump.txt", 0, &["100 records = 100 accepted + 0 rejected"]);
        assert_eq!(found(&desk, (0..100).map(address)), 100, "{name}");
    }
}
