//! The tables of `FORMAT.md` and the constants of the code say the same.

use super::class::DataClass;
use super::forgotten::FORGOTTEN_FIELDS;
use super::format::{CONSTANTS, HEADER_FIELDS, SECTIONS};
use crate::identifier::Kind;

const TEXT: &str = include_str!("FORMAT.md");

/// The first `columns` cells of every row of the table under a heading.
fn table(text: &str, heading: &str, columns: usize) -> Vec<Vec<String>> {
    let mut lines = text.lines().skip_while(|line| *line != format!("### {heading}")).skip(1);
    let first = lines.find(|line| line.starts_with('|'));
    let rows = first.into_iter().chain(lines.take_while(|line| line.starts_with('|'))).skip(2);
    let cells =
        |row: &str| row.trim_matches('|').split('|').take(columns).map(|cell| cell.trim().to_string()).collect();
    rows.map(cells).collect()
}

fn row<const N: usize>(cells: [&dyn std::fmt::Display; N]) -> Vec<String> {
    cells.iter().map(|cell| cell.to_string()).collect()
}

#[test]
fn every_table_equals_the_code() {
    let fields: Vec<_> =
        HEADER_FIELDS.iter().map(|(at, kind, name)| row([&format!("0x{at:04x}"), kind, name])).collect();
    assert_eq!(table(TEXT, "Header", 3), fields);
    let fields: Vec<_> = FORGOTTEN_FIELDS.iter().map(|(at, kind, name)| row([at, kind, name])).collect();
    assert_eq!(table(TEXT, "Forgotten identifiers", 3), fields);
    let sections: Vec<_> = SECTIONS.iter().map(|(kind, letter)| row([kind, letter])).collect();
    assert_eq!(table(TEXT, "Sections", 2), sections);
    let constants: Vec<_> = CONSTANTS.iter().map(|(name, value)| row([name, value])).collect();
    assert_eq!(table(TEXT, "Constants", 2), constants);
    let classes: Vec<_> = DataClass::all().map(|class| row([&class.bit(), &class.name()])).collect();
    assert_eq!(table(TEXT, "Data classes", 2), classes);
    let kinds: Vec<_> = Kind::ALL.iter().map(|kind| row([&kind.id(), &kind.name(), &kind.rule_version()])).collect();
    assert_eq!(table(TEXT, "Kinds", 3), kinds);
}

#[test]
fn a_changed_row_is_seen() {
    let text = TEXT.replace("| chunk bytes | 65536 |", "| chunk bytes | 65535 |");
    assert_ne!(table(&text, "Constants", 2), table(TEXT, "Constants", 2));
    assert_eq!(table(&text, "No such table", 2), Vec::<Vec<String>>::new());
}
