//! What a claim says beside its verdict: of days, of domains, of columns that were not read, and how it writes it.

use super::desk::{Desk, Random};
use super::people::{date, pair, vin};
use serde_json::{Value, json};

#[track_caller]
fn answer(desk: &Desk, command: &str) -> (Value, String) {
    let json = desk.leakdex(&format!("{command} --quiet --json")).run_ok().stdout_text();
    let screen = desk.leakdex(&format!("{command} --quiet")).run_ok().stdout_text();
    (serde_json::from_str(&json).expect("JSON"), screen)
}

const TOWNS: [&str; 6] = ["Kiel", "Berlin", "Bremen", "Bonn", "Hamm", "Ulm"];
const CLAIM: &str = "claim sample.csv --against crm.csv --created-column created --updated-column updated";

/// A sample with the first row of each person differs from the second, and nothing of that was changed.
#[test]
fn rows_of_one_person_are_one_argument_in_further_columns_too() {
    let desk = Desk::new();
    let mut rows = String::from("email,phone,town,created,updated\n");
    let mut sample = String::from("email,phone,town\n");
    for n in 0..300 {
        let [first, second] = [n, n + 1].map(|n| TOWNS[n as usize % 6]);
        rows += &format!("{},{first},{},{}\n", pair(n), date(n), date(n));
        rows += &format!("{},{second},{},{}\n", pair(n), date(n), date(400 + n));
        sample += &format!("{},{first}\n", pair(n));
    }
    desk.write("crm.csv", rows);
    desk.write("sample.csv", sample);
    let (found, screen) = answer(&desk, CLAIM);
    let window = &found["lists"][0]["window"];
    assert_eq!((&window["not_before"], &window["not_after"]), (&date(299).into(), &Value::Null), "{window:#}");
    assert_eq!(window["changed_rows"], Value::Null);
    assert!(!screen.contains("stood there before"), "{screen}");
    assert!(
        screen.contains(&format!("  - extracted on {} or later, by the days of `crm.csv`\n", date(299))),
        "{screen}"
    );
}

/// Two rows for each person, of whom every third moved behind the extract: records are counted, not rows.
#[test]
fn a_further_column_says_by_when_and_of_how_many_records() {
    let desk = Desk::new();
    let mut rows = String::from("email,phone,town,created,updated\n");
    let mut sample = String::from("email,phone,town\n");
    for n in 0..600 {
        let town = TOWNS[n as usize % 6];
        let moved = n >= 400 && n % 3 == 0;
        let now = if moved { "Wesel" } else { town };
        (0..2).for_each(|_| rows += &format!("{},{now},{},{}\n", pair(n), date(n % 100), date(n)));
        sample += &format!("{},{town}\n", pair(n));
    }
    desk.write("crm.csv", rows);
    desk.write("sample.csv", sample);
    let (found, screen) = answer(&desk, CLAIM);
    let changed = &found["lists"][0]["window"]["changed_rows"];
    assert_eq!(changed["column"], "town", "{found:#}");
    // By hand: before the first of those who moved, 402, are 402 records, none of which differs; one in three of those behind does.
    let before = &changed["differ_before"];
    assert_eq!((&before["records"], &before["of"]), (&0.into(), &402.into()));
    let not_after = changed["not_after"].as_str().expect("a day");
    assert!((date(402)..=date(420)).contains(&not_after.to_string()), "{changed:#}");
    assert_eq!(changed["differ"]["of"].as_u64().expect("records").div_ceil(3), changed["differ"]["records"]);
    assert!(screen.contains(" differ from it in `town`, and of 402 whose row was changed before, 0"), "{screen}");
}

#[test]
fn numbers_in_reasons_are_grouped() {
    let desk = Desk::new();
    let rows: String = (0..1200).map(|n| pair(n) + "\n").collect();
    desk.write("crm.csv", format!("email,phone\n{rows}"));
    desk.write("sample.csv", format!("email,phone\n{rows}"));
    let (found, _) = answer(&desk, "claim sample.csv --against crm.csv");
    let reasons = found["reasons"].to_string();
    for part in [
        "1,200 of 1,200 records with an identifier match",
        "of the 1,200 that have two kinds of identifier in common with a row, 1,200 have both",
        "`crm.csv` has 1,200 joint records",
    ] {
        assert!(reasons.contains(part), "{part}\n{reasons}");
    }
    assert!(!reasons.contains("1200"), "{reasons}");
}

/// Nobody but us gives out addresses at our domain: a stranger who has one is made up, or stands on no list.
#[test]
fn strangers_at_the_domain_of_a_list_are_told() {
    let desk = Desk::new();
    let at =
        |n: u64, domain: &str| format!("{:x}@{domain},+49171{:07}\n", Random(n + 9).next() >> 16, n * 7919 + 1_000_000);
    let staff = |range: std::ops::Range<u64>| range.map(|n| at(n, "model-motors.de")).collect::<String>();
    desk.write("hr.csv", format!("email,phone\n{}", staff(0..200)));
    desk.write("crm.csv", format!("email,phone\n{}", (0..200).map(|n| pair(n) + "\n").collect::<String>()));
    let claim = "claim sample.csv --against crm.csv hr.csv";
    desk.write("sample.csv", format!("email,phone\n{}", staff(100..400)));
    let (found, screen) = answer(&desk, claim);
    assert_eq!(found["sample"]["at_domain_of_list"], json!({"list": "hr.csv", "addresses": 300, "of": 300}));
    let said = "email: 300 of 300 addresses are at the domain of nearly all addresses of `hr.csv`, and 200 of 300 records have one that is on no list: if that domain is your own, these addresses were made up, or are of people whom no list holds";
    assert!(screen.contains(said) && found["reasons"].to_string().contains(said), "{screen}");
    assert!(!screen.contains("model-motors"), "the domain is no part of the answer");
    // All of them are known, or they are at another domain: no news.
    desk.write("sample.csv", format!("email,phone\n{}", staff(0..200)));
    assert!(!answer(&desk, claim).1.contains("at the domain of"));
    desk.write(
        "sample.csv",
        format!("email,phone\n{}", (500..800).map(|n| at(n, "post-of-all.de")).collect::<String>()),
    );
    let (found, screen) = answer(&desk, claim);
    assert!(!screen.contains("at the domain of") && found["sample"]["at_domain_of_list"].is_null(), "{screen}");
}

/// Identifiers in the text of a note are not read, and that is said wherever the column is.
#[test]
fn a_column_with_identifiers_in_its_text_is_told() {
    let desk = Desk::new();
    let row = |n: u64| format!("{},{}\n", pair(n), vin(n));
    desk.write("crm.csv", format!("email,phone,vin\n{}", (0..60).map(row).collect::<String>()));
    let note = |n: u64| format!("{},\"VIN {} was reported\"\n", pair(n).split(',').next().expect("an address"), vin(n));
    desk.write("sample.csv", format!("email,notes\n{}", (0..40).map(note).collect::<String>()));
    let (found, screen) = answer(&desk, "claim sample.csv --against crm.csv");
    assert_eq!(found["sample"]["unread_columns"], json!([{"column": "notes", "kind": "vin", "cells": 40, "of": 40}]));
    let said = "notes: 40 of 40 cells that were looked at have vin in their text: this column was not read, and nothing of it was compared";
    assert!(screen.contains(said) && found["reasons"].to_string().contains(said), "{screen}");
    let told = "notes: 40 of 40 cells have vin in their text";
    let inspected = desk.leakdex("inspect sample.csv").run_ok().stdout_text();
    assert!(inspected.contains(told), "{inspected}");
    desk.leakdex("ingest crm.csv --breach crm --quiet").run_ok();
    let scanned = desk.leakdex("scan sample.csv -o found.csv").run_ok().stderr_text();
    assert!(scanned.contains(&format!("NOT READ: {told}")), "{scanned}");
    // The number of an order is none of a vehicle.
    let order = |n: u64| {
        format!("{},\"order {:017} came\"\n", pair(n).split(',').next().expect("an address"), n * 7919 + 10_000)
    };
    desk.write("sample.csv", format!("email,notes\n{}", (0..40).map(order).collect::<String>()));
    let (found, screen) = answer(&desk, "claim sample.csv --against crm.csv");
    assert_eq!(found["sample"]["unread_columns"], json!([]), "{screen}");
    assert!(!desk.leakdex("inspect sample.csv").run_ok().stdout_text().contains("in their text"));
}

#[test]
fn what_steers_a_terminal_is_escaped_in_json_too() {
    let desk = Desk::new();
    let rows: String = (0..30).map(|n| pair(n) + "\n").collect();
    desk.write("crm.csv", format!("email,phone\n{rows}"));
    desk.write("sample.csv", format!("email,phone\n{rows}"));
    desk.write("claims.toml", "[[claim]]\ncategory = \"a\u{202e}b\u{85}\"\nsample = \"sample.csv\"\n");
    let claim = "claim --claims claims.toml --against crm.csv --quiet";
    let json = desk.leakdex(&format!("{claim} --json")).run_ok().stdout_text();
    assert!(!json.contains(['\u{202e}', '\u{85}']), "{json}");
    let answer: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(answer["claims"][0]["category"], "a\u{202e}b\u{85}");
}
