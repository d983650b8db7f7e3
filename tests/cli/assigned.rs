//! Lines of `name=value` pairs.

use super::desk::Desk;
use super::logins::found;
use super::people::{address, phone};

const ROWS: std::ops::Range<usize> = 0..100;

/// The same with colons, and names of several words.
#[test]
fn labels_on_a_line_are_read() {
    let every = |value: &dyn Fn(usize) -> String| -> Vec<String> { ROWS.map(value).collect() };
    let name = |row: usize| format!("darkyang{row}x");
    for (separator, colon) in
        [(" | ", ": "), ("|", ":"), ("; ", " : "), (", ", ": "), ("\t", ":"), ("  ", ": "), (" ", ": ")]
    {
        let number = if separator.starts_with(' ') && separator.len() < 3 { "Phone" } else { "Phone number" };
        let line = |row: usize| {
            let mut parts = [
                format!("ID{colon}{row}"),
                format!("Email{colon}{}", address(row)),
                format!("Login{colon}{}", name(row)),
                format!("Site{colon}https://shop{row}.example:8080/x"),
                format!("{number}{colon}{}", phone(row)),
                format!("Seen{colon}2024-01-{:02} 12:00:07", 1 + row % 28),
            ];
            parts[2..].rotate_left(row % 4);
            parts.join(separator) + "\n"
        };
        let desk = Desk::new();
        desk.write("dump.txt", ROWS.map(line).collect::<String>());
        let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
        assert!(outcome.stderr_text().contains("100 records = 100 accepted + 0 rejected"), "{separator:?} {outcome}");
        for (kind, values) in [("email", every(&address)), ("phone", every(&phone)), ("username", every(&name))] {
            assert_eq!(found(&desk, kind, "", &values), ROWS.len(), "{separator:?} {kind} {outcome}");
        }
    }
}

#[test]
fn pairs_on_a_line_are_read_by_their_names() {
    let every = |value: &dyn Fn(usize) -> String| -> Vec<String> { ROWS.map(value).collect() };
    let ip = |row: usize| format!("37.254.7.{}", row + 1);
    let name = |row: usize| format!("darkyang{row}x");
    let line = |row: usize, separator: &str| {
        let mut parts = [
            format!("email={}", address(row)),
            format!("ip={}", ip(row)),
            "name=Li, Anna".to_string(),
            format!("username={}", name(row)),
            format!("password=p=w,{row}"),
            format!("phone={}", phone(row)),
        ];
        parts[2..].rotate_left(row % 4);
        parts.join(separator) + "\n"
    };
    for separator in [", ", ",", "; ", " | ", "\t", " "] {
        let desk = Desk::new();
        desk.write("dump.txt", ROWS.map(|row| line(row, separator)).collect::<String>());
        let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
        assert!(outcome.stderr_text().contains("100 records = 100 accepted + 0 rejected"), "{separator:?} {outcome}");
        for (kind, values) in
            [("email", every(&address)), ("phone", every(&phone)), ("ip", every(&ip)), ("username", every(&name))]
        {
            assert_eq!(found(&desk, kind, "", &values), ROWS.len(), "{separator:?} {kind} {outcome}");
        }
        let shown = desk.leakdex("breach show dump").run_ok().stdout_text();
        assert!(shown.contains("Passwords") && shown.contains("Names"), "{separator:?} {shown}");
    }
}
