//! The nastiest inputs, one by one, through the program as its users run it: the exit code, every count, no value shown, memory
//! bounded, and nothing half written.
//!
//! | input | here | also in |
//! |---|---|---|
//! | 1 a line of gigabytes | `records` | `source::tests`, `shapes` (2 MB) |
//! | 2 a quote that nobody closes | `records` | `source::frame`, `shapes` |
//! | 3 NUL bytes | `text` | `source::lines`, `shapes`; a file of nothing else: `cli::inputs` |
//! | 4 UTF-16, byte order marks | `text` | `shapes`, `source::encoding` |
//! | 5 GB18030, Windows-1251, mixed encodings | | `shapes`, `source::mixed` |
//! | 6 line ends of all kinds | `text` | `shapes`, `source::lines` |
//! | 7 changing delimiters, delimiters in passwords | `records` | `source::logins` |
//! | 8 ragged rows, empty and equal names | `records` | `cli::inputs` (equal names) |
//! | 9 nothing but a header, nothing, one byte, blank lines | `records` | `cli::inputs` |
//! | 10 what spreadsheets do to numbers | `values` | vectors of the kinds |
//! | 11, 12 Unicode twins, lower-casing | `values` | vectors of the kinds |
//! | 13, 14, 15 odd addresses, numbers, VINs | `values` | vectors of the kinds |
//! | 16 SQL of a hundred megabytes in one line | `records` | `source::sql`, `shapes` |
//! | 17 JSON: nesting, surrogates, numbers, long texts | `records` | `source::json` |
//! | 18 bombs | `archives`, `workbooks` | `source::archive`, `source::container` |
//! | 19 cut and damaged streams | | `cli::inputs`, `cli::outputs`, `source::container` |
//! | 20 hostile names in archives | `archives` | `source::archive`, `cli::dumps` |
//! | 21 pipes, sockets, devices, links, files that change | `files` | `cli::inputs`, `source::discover` |
//! | 22 the same file twice, links in circles | `files` | `cli::inputs`, `source::discover` |
//! | 23 formulas and control characters in cells | `lists` | `report::csv`, `identifier::sample` |
//! | 24 lists of placeholders, equal values, wrong columns | `lists` | `cli::inputs`, `cli::unknown` |
//! | 25 index and key that do not belong together | | `cli::keys`, `cli::damage`, `index::store` |
//! | extra | `records`, `files` | `cli::streams`, `cli::spilling` |
//!
//! With the environment variable `LEAKDEX_LONG` set to anything, the inputs have the size that they are named for: gigabytes, and
//! some minutes.

mod archives;
mod csv;
mod files;
mod lists;
mod records;
mod text;
mod workbooks;

use std::fs;
use std::time::Duration;

use crate::cli::desk::Desk;
use crate::command::{Leakdex, Outcome};

/// Stands in values that no output may show.
pub const CANARY: &str = "qzx7canary";

/// How often the memory of a process is looked at.
const LOOK: Duration = Duration::from_millis(3);

/// The full size of an input if there is time for it.
pub fn size(short: u64, long: u64) -> u64 {
    if std::env::var_os("LEAKDEX_LONG").is_some() { long } else { short }
}

/// An address that may not be shown.
pub fn address(number: usize) -> String {
    format!("{CANARY}{number}@example.com")
}

/// Runs a call to its end: what it left, and the most memory that it had at once.
#[track_caller]
pub fn run_measured(call: Leakdex) -> (Outcome, u64) {
    let mut running = call.time_max(Duration::from_secs(900)).start();
    let path = format!("/proc/{}/status", running.id());
    let mut peak = 0;
    loop {
        let ended = running.closes_within(LOOK);
        let status = fs::read_to_string(&path).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes: u64 = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0);
        peak = peak.max(kilobytes << 10);
        if ended {
            let outcome = running.end();
            expect_silent(&outcome);
            return (outcome, peak);
        }
    }
}

/// No value is shown.
#[track_caller]
pub fn expect_silent(outcome: &Outcome) {
    let text = [&outcome.stdout, &outcome.stderr].map(|bytes| String::from_utf8_lossy(bytes).to_lowercase()).concat();
    assert!(!text.contains(CANARY), "a value is shown\n{outcome}");
}

/// Ingests a file with this exit code; the report has all these parts, and no value.
#[track_caller]
pub fn ingest(desk: &Desk, arguments: &str, code: i32, parts: &[&str]) -> Outcome {
    let outcome = desk.leakdex(&format!("ingest --breach b --region CN {arguments}")).run_code(code);
    expect_parts(&outcome, parts);
    outcome
}

/// The report has all these parts, and no value.
#[track_caller]
pub fn expect_parts(outcome: &Outcome, parts: &[&str]) {
    let text = outcome.stderr_text();
    for part in parts {
        assert!(text.contains(part), "no `{part}` in\n{outcome}");
    }
    expect_silent(outcome);
}

/// How many of these values are found in the index.
#[track_caller]
pub fn found(desk: &Desk, values: impl IntoIterator<Item = String>) -> usize {
    let list: String = values.into_iter().map(|value| format!("{value}\n")).collect();
    let outcome = desk.leakdex("check --region CN --kind email").stdin(list).run();
    outcome.stdout_text().lines().filter(|line| line.contains("\texposed\t")).count()
}
