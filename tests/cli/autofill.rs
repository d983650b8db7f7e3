//! The forms that a browser has filled in, as stealers write them: a name and a value in every row.

use super::desk::Desk;
use super::logins::found;
use super::people::{address, phone};

const FORMS: std::ops::Range<usize> = 0..30;

#[test]
fn names_of_fields_say_what_their_values_are() {
    type Way = fn(&str, &str) -> String;
    let ways: [Way; 8] = [
        |name, value| format!("{name}\t{value}\n"),
        |name, value| format!("Name: {name}\nValue: {value}\n===============\n"),
        |name, value| format!("FORM: {name}\nVALUE: {value}\n\n"),
        |name, value| format!("{name} {value}\n"),
        |name, value| format!("{name}={value}\n"),
        |name, value| format!("{name} = {value}\n"),
        |name, value| format!("{name} => {value}\n"),
        |name, value| format!("{name} | {value}\n"),
    ];
    for way in ways {
        let form = |row: usize| {
            let fields = [
                ("email", address(row)),
                ("billing_phone", phone(row)),
                ("firstname", "Ann".to_string()),
                ("q", format!("how to cook {row}")),
                ("login[username]", format!("darkyang{row}x")),
                ("input_7", format!("c{row}@example.net")),
                ("city", "Berlin".to_string()),
            ];
            fields.iter().map(|(name, value)| way(name, value)).collect::<String>()
        };
        let desk = Desk::new();
        desk.write("dump.txt", FORMS.map(form).collect::<String>());
        let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
        let values = |value: &dyn Fn(usize) -> String| FORMS.map(value).collect::<Vec<_>>();
        for (kind, values) in [
            ("email", values(&address)),
            ("email", values(&|row| format!("c{row}@example.net"))),
            ("phone", values(&phone)),
            ("username", values(&|row| format!("darkyang{row}x"))),
        ] {
            assert_eq!(found(&desk, kind, "", &values), FORMS.len(), "{kind} {outcome}");
        }
        assert_eq!(found(&desk, "username", "", &["Berlin".to_string()]), 0, "{outcome}");
    }
}

#[test]
fn a_single_form_is_enough() {
    let desk = Desk::new();
    let others: String = (0..60).map(|row| format!("field{row}\tvalue{row}\n")).collect();
    desk.write("dump.txt", format!("{others}email\t{}\nbilling_phone\t{}\n", address(1), phone(1)));
    let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
    assert_eq!(found(&desk, "email", "", &[address(1)]), 1, "{outcome}");
    assert_eq!(found(&desk, "phone", "", &[phone(1)]), 1, "{outcome}");
}

/// What a row gives by its name is not found a second time in its value.
#[test]
fn rows_of_a_form_count_once() {
    let desk = Desk::new();
    let row =
        |row: usize| format!("email=ann{row}@example.com\nphone=+49151202{:05}\nlogin=darkyang{row}x\n", 16_000 + row);
    desk.write("dump.txt", (0..120).map(row).collect::<String>());
    let said = desk.leakdex("ingest dump.txt --breach dump").run_ok().stderr_text();
    for kind in ["email", "phone", "username"] {
        let line = said.lines().find(|line| line.trim_start().starts_with(kind)).expect("a line of the kind");
        assert!(line.ends_with(" 120"), "{said}");
    }
}
