//! The figures of scans, claims and statistics for machines are those that FIGURES.md names, each of them.

use super::desk::Desk;
use super::people::{date, pair, vin};
use serde_json::Value;
use std::collections::BTreeSet;

const DOCUMENT: &str = include_str!("../../src/report/FIGURES.md");

/// Objects whose names are those of kinds, reasons and tiers.
const NAMED: [(&str, &str); 7] = [
    ("tiers", "TIER"),
    ("kinds", "KIND"),
    ("values", "KIND"),
    ("coverage", "KIND"),
    ("unknown_reasons", "REASON"),
    ("unusable_rows", "REASON"),
    ("refused", "REASON"),
];

/// The figures of an answer, each by its place: `breaches[].people`, `kinds.KIND.exposed`.
fn collect(value: &Value, place: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            let last = place.rsplit('.').next().unwrap_or_default();
            let named = NAMED.iter().find(|(name, _)| *name == last).map(|(_, word)| *word);
            for (name, value) in fields {
                let name = named.unwrap_or(name);
                collect(value, &if place.is_empty() { name.into() } else { format!("{place}.{name}") }, found);
            }
        }
        Value::Array(values) if values.iter().any(Value::is_object) => {
            values.iter().for_each(|value| collect(value, &format!("{place}[]"), found));
        }
        // What is nothing here is something elsewhere, or documented as what it is.
        _ => {
            found.insert(place.into());
        }
    }
}

fn figures<'a>(answers: impl IntoIterator<Item = &'a Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    answers.into_iter().for_each(|answer| collect(answer, "", &mut found));
    let whole = |place: &String| {
        found.iter().any(|other| other.strip_prefix(place).is_some_and(|rest| rest.starts_with(['.', '['])))
    };
    found.iter().filter(|place| !whole(place)).cloned().collect()
}

/// The figures that a section of the document names.
fn documented(section: &str) -> BTreeSet<String> {
    let text = DOCUMENT.split("\n## ").find(|text| text.starts_with(section)).expect("a section");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `"));
    rows.map(|row| row.split('`').next().expect("a name").to_string()).collect()
}

#[track_caller]
fn expect_same(answers: &[Value], section: &str) {
    let (found, named) = (figures(answers), documented(section));
    let missing: Vec<_> = found.difference(&named).collect();
    let gone: Vec<_> = named.difference(&found).collect();
    assert!(missing.is_empty() && gone.is_empty(), "{section}: not documented {missing:#?}, not there {gone:#?}");
}

/// Customers, of whom many moved late, and a sample of those who were there by half of the time, with strangers and notes.
fn desk() -> Desk {
    let desk = Desk::new();
    let towns = ["Kiel", "Berlin", "Bremen", "Bonn", "Hamm", "Ulm"];
    let mut rows = String::from("email,phone,town,created,updated\n");
    let mut sample = String::from("email,phone,town,notes\n");
    for n in 0..1500 {
        let (town, updated) = (towns[n as usize % 6], n + n * 7 % 700);
        let now = if updated > 900 { "Wesel" } else { town };
        rows += &format!("{},{now},{},{}\n", pair(n), date(n), date(updated));
        if n < 900 && n % 3 > 0 {
            sample += &format!("{},{town},\"wrote to someone{n}@post-of-all.de of {}\"\n", pair(n), vin(n));
        }
    }
    rows += "***,***,Ulm,2013-01-01,2013-01-01\n,,,,\n";
    (5000..5030).for_each(|n| sample += &format!("{},Ulm,-\n", pair(n)));
    desk.write("crm.csv", rows);
    desk.write("sample.csv", sample + "broken@,+1,,\n");
    let old: String = (0..300).map(|n| pair(n) + "\n").collect();
    desk.write("old.csv", format!("email,phone\n{old}"));
    desk.leakdex("ingest old.csv --breach old --breach-date 2019 --quiet").run_ok();
    desk
}

#[test]
fn every_figure_of_a_scan_is_documented() {
    let desk = desk();
    desk.leakdex("scan crm.csv -o found.csv --summary s.json --group-by town --quiet").run_ok();
    expect_same(&[desk.json("s.json")], "A scan");
}

#[test]
fn every_figure_of_a_claim_is_documented() {
    let desk = desk();
    let claim = "claim sample.csv --against crm.csv --created-column created --updated-column updated --index index --key-file key --json --quiet";
    let answer = |claimed: u64| {
        let outcome = desk.leakdex(&format!("{claim} --claimed {claimed}")).run_ok();
        serde_json::from_str::<Value>(&outcome.stdout_text()).expect("JSON")
    };
    expect_same(&[answer(650), answer(650_000)], "A claim");
}

#[test]
fn every_figure_of_an_index_is_documented() {
    let desk = desk();
    desk.leakdex("ingest crm.csv --breach crm --quiet --no-compact").run_ok();
    desk.leakdex("ingest sample.csv --breach sold --quiet --no-compact").run();
    let who = pair(7).split(',').next().expect("an address").to_owned();
    desk.leakdex("forget --kind email").stdin(format!("{who}\n")).run_ok();
    desk.leakdex("breach remove old").run_ok();
    let stats = |options: &str, code: i32| -> Value {
        let outcome = desk.leakdex(&format!("stats --json {options}")).run_code(code);
        serde_json::from_str(&outcome.stdout_text()).expect("JSON")
    };
    let whole = stats("--count", 0);
    let damaged = desk.segments().pop().expect("a segment");
    std::fs::write(damaged, "").expect("a shorter file");
    expect_same(&[whole, stats("", 3)], "Statistics of an index");
}
