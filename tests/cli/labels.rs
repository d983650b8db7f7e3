//! Cells that say what their value is: `PESEL: 44051401359`.

use super::desk::Desk;
use super::logins::found;
use super::people::{address, pesel, vin};

const ROWS: std::ops::Range<usize> = 0..60;

/// A Spanish number with its letter.
fn dni(row: usize) -> String {
    let number = 12_000_000 + row * 7919;
    format!("{number:08}{}", b"TRWAGMYFPDXBNJZSQVHLCKE"[number % 23] as char)
}

fn every(value: impl Fn(usize) -> String) -> Vec<String> {
    ROWS.map(value).collect()
}

/// Values of a dump with labels, and without, are found by a list that has them the other way round.
#[track_caller]
fn check(column: &str, label: &str, kind: &str, value: fn(usize) -> String) {
    let labelled = |row: usize| format!("{label}{}", value(row));
    for (dump, list) in [(every(labelled), every(value)), (every(value), every(labelled))] {
        let desk = Desk::new();
        desk.write(
            "dump.csv",
            format!("id,{column}\n{}", dump.iter().zip(1..).map(|(v, n)| format!("{n},\"{v}\"\n")).collect::<String>()),
        );
        let outcome = desk.leakdex("ingest dump.csv --breach dump").run_ok();
        let rows: String = list.iter().zip(1..).map(|(value, n)| format!("{n},{value}\n")).collect();
        desk.write("list.csv", format!("id,{column}\n{rows}"));
        let scanned = desk.leakdex(&format!("scan list.csv --map {column}={kind}")).run_ok();
        assert_eq!(scanned.stdout_text().lines().count(), 1 + ROWS.len(), "{column} {label} {outcome} {scanned}");
    }
}

#[test]
fn a_value_behind_its_label_is_the_value() {
    check("pesel", "PESEL: ", "national_id:PL", pesel);
    check("pesel", "PESEL ", "national_id:PL", pesel);
    check("dni", "DNI n\u{ba} ", "national_id:ES", dni);
    check("vin", "VIN: ", "vin", |row| vin(row as u64));
    check("vin", "Chassis no. ", "vin", |row| vin(row as u64));
    check("email", "E-Mail: ", "email", address);
}

/// A column of documents says no country: each label does.
#[test]
fn a_label_says_the_country() {
    let desk = Desk::new();
    let document = |row: usize| {
        if row.is_multiple_of(2) { format!("PESEL: {}", pesel(row)) } else { format!("DNI: {}", dni(row)) }
    };
    desk.write(
        "dump.csv",
        format!(
            "email,national_id\n{}",
            ROWS.map(|row| format!("{},{}\n", address(row), document(row))).collect::<String>()
        ),
    );
    let outcome = desk.leakdex("ingest dump.csv --breach dump").run_ok();
    let (even, odd) =
        (ROWS.step_by(2).map(pesel).collect::<Vec<_>>(), ROWS.skip(1).step_by(2).map(dni).collect::<Vec<_>>());
    assert_eq!(found(&desk, "national_id:PL", "", &even), even.len(), "{outcome}");
    assert_eq!(found(&desk, "national_id:ES", "", &odd), odd.len(), "{outcome}");
}
