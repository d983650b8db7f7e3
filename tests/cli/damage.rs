//! A damaged index: what it hides is unknown, with the file and the place; never "not found".

use super::desk::{Desk, Random, large_dump};
use crate::command::Outcome;
use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

/// So many that the section of remainders spans several chunks.
const ROWS: usize = 20_000;

/// A desk with one segment whose middle is in use, and a list of everything in it.
fn desk() -> (Desk, PathBuf) {
    let desk = Desk::new();
    desk.write("big.csv", large_dump(7, ROWS));
    desk.leakdex("ingest big.csv --breach big").run_ok();
    let segment = desk.segments().remove(0);
    (desk, segment)
}

/// Everything in the list is in the index: what the damage hides is unknown, and nothing is "not found".
#[track_caller]
fn check_damage_is_known(desk: &Desk, error: &str) {
    let outcome = desk.leakdex("scan big.csv -o results.csv --unknown u.csv --summary s.json --force").run_code(3);
    let text = outcome.stderr_text();
    assert!(text.contains("DAMAGED: reading `index/") && text.contains(error), "`{error}` in\n{outcome}");
    assert!(text.contains("run `leakdex verify`"), "{outcome}");
    let summary = desk.json("s.json");
    let people = &summary["people"];
    assert_eq!(people["not_found"], 0, "{summary}");
    assert_eq!(people["exposed"].as_u64().zip(people["unknown"].as_u64()).map(|(a, b)| a + b), Some(ROWS as u64));
    assert!(summary["damage"].to_string().contains(error) && summary["complete"] == false, "{summary}");
    let hidden = people["unknown"].as_u64().unwrap_or_default();
    let gap = summary["kinds"]["email"]["not_covered"] == "damaged_segment";
    assert!(hidden > 0 && (gap || desk.text("u.csv").contains(",email,damaged_segment\n")), "{summary}");
    let values: String = large_dump(7, ROWS)
        .lines()
        .skip(1)
        .filter_map(|row| row.split(',').next())
        .take(2000)
        .map(|value| format!("{value}\n"))
        .collect();
    let before = desk.state();
    let outcome = desk.leakdex("check --kind email").stdin(values).run_code(3);
    assert_eq!(outcome.stderr_text().matches(error).count(), 1, "said once\n{}", outcome.stderr_text());
    assert!(!outcome.stdout_text().contains("not found"), "damage is no absence\n{error}");
    assert!(outcome.stdout_text().contains("\tunknown\tdamaged segment\n"), "{error}");
    assert!(desk.state() == before, "checking changes nothing");
    desk.refuses("verify", "1 of 1 segment is damaged", "restore them from a copy");
    let text = desk.leakdex("verify").run_code(2).stdout_text();
    assert!(text.contains("DAMAGED: reading `index/") && text.contains(error), "`{error}` in\n{text}");
}

#[test]
fn the_other_segments_still_answer() {
    let (desk, segment) = desk();
    desk.write("list.csv", super::desk::DUMP);
    desk.leakdex("ingest list.csv --breach shop --region CN").run_ok();
    fs::write(&segment, b"").expect("a segment");
    let outcome = desk.leakdex("scan list.csv --region CN --unknown u.csv").run_code(3);
    let found = outcome.stdout_text();
    assert_eq!(found.lines().filter(|line| line.contains(",shop,")).count(), 5, "{outcome}");
    assert_eq!(desk.text("u.csv"), "row,reference,kind,reason\n", "what is found is no longer unknown");
    let answer = desk.leakdex("check nobody@example.net").run_code(3).stdout_text();
    assert_eq!(answer, "1\temail\tunknown\tdamaged segment\n");
    let outcome = desk.leakdex("stats").run_code(3);
    assert!(outcome.stdout_text().contains("in 1 segment, "), "{outcome}");
    let error = outcome.stderr_text();
    assert!(error.contains("the file has another length than written; it is in none of these numbers"), "{error}");
    let stats: serde_json::Value =
        serde_json::from_str(&desk.leakdex("stats --json").run_code(3).stdout_text()).expect("JSON");
    let file = segment.file_name().and_then(|name| name.to_str()).expect("a name");
    assert_eq!(stats["damaged_segments"][0]["file"], file);
    assert_eq!(stats["segments"].as_array().map(Vec::len), Some(1), "{stats}");
}

#[test]
fn a_flipped_bit_is_found() {
    let (desk, segment) = desk();
    let whole = fs::read(&segment).expect("a segment");
    let mut flipped = whole.clone();
    // The remainders begin at 64 KiB, and have 8 bytes for each of 40,000 digests.
    flipped[65_536 + 8 * ROWS] ^= 0x10;
    fs::write(&segment, &flipped).expect("a segment");
    check_damage_is_known(&desk, "section R, at byte 196608: a chunk is not what was written");
    fs::write(&segment, &whole).expect("a segment");
    desk.leakdex("verify").run_ok();
}

#[test]
fn a_damaged_header_is_found() {
    let (desk, segment) = desk();
    let mut bytes = fs::read(&segment).expect("a segment");
    bytes[100] ^= 1;
    fs::write(&segment, &bytes).expect("a segment");
    check_damage_is_known(&desk, "the checksum of the header fails");
    desk.refuses("verify --quick", "1 of 1 segment is damaged", "restore them from a copy");
}

#[test]
fn a_truncated_segment_is_found() {
    let (desk, segment) = desk();
    let length = fs::metadata(&segment).expect("a segment").len();
    for kept in [length - 1, length / 2, 4096, 1, 0] {
        fs::OpenOptions::new().write(true).open(&segment).expect("a segment").set_len(kept).expect("a shorter file");
        check_damage_is_known(&desk, "the file has another length than written");
    }
}

#[test]
fn a_missing_segment_is_found() {
    let (desk, segment) = desk();
    fs::remove_file(&segment).expect("a segment");
    let name = segment.file_name().expect("a name").to_string_lossy().into_owned();
    let outcome = desk.leakdex("scan big.csv -o results.csv").run_code(3);
    assert!(outcome.stderr_text().contains(&name), "{outcome}");
    assert_eq!(desk.text("results.csv").lines().count(), 1, "no results");
    desk.refuses("verify", "1 of 1 segment is damaged", "restore them from a copy");
}

#[test]
fn damage_of_manifest_and_catalogue_is_found() {
    let desk = Desk::with_index();
    for entry in fs::read_dir(desk.path("index")).expect("an index") {
        let path = entry.expect("a readable folder").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if name != "MANIFEST" && !name.ends_with(".json") {
            continue;
        }
        let whole = fs::read(&path).expect("a file of the index");
        let mut flipped = whole.clone();
        flipped[whole.len() / 2] ^= 1;
        for damaged in [flipped, whole[..whole.len() / 2].to_vec(), Vec::new()] {
            fs::write(&path, &damaged).expect("a file of the index");
            for command in ["scan list.csv --region CN -o r.csv", "check carl@example.org", "verify", "breach list"] {
                desk.refuses(command, "reading `index/", "");
            }
        }
        fs::write(&path, &whole).expect("a file of the index");
    }
    desk.leakdex("verify").run_ok();
}

#[test]
fn damage_anywhere_is_found_by_verify() {
    let (desk, segment) = desk();
    let whole = fs::read(&segment).expect("a segment");
    let mut random = Random(3);
    for _ in 0..super::faults::count(20) {
        let at = random.below(whole.len() as u64) as usize;
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << random.below(8);
        fs::write(&segment, &flipped).expect("a segment");
        let outcome = desk.leakdex("verify").run();
        assert_eq!(outcome.code, Some(2), "a bit of byte {at}\n{outcome}");
    }
}

/// How often everybody stands in a list that is longer than a sample.
const LISTED: usize = 6;

/// Starts a scan, truncates the segment once it is open, and only then gives the rest of the list.
fn scan_while_somebody_truncates(option: &str) -> (Desk, Outcome) {
    let (desk, segment) = desk();
    // The sample is the first MiB: a scan begins when it has that.
    let rows = large_dump(7, ROWS);
    let list = rows.clone() + &rows[rows.find('\n').expect("a header") + 1..].repeat(LISTED - 1);
    let (first, rest) = list.split_at(2 << 20);
    let made = Command::new("mkfifo").arg(desk.path("pipe")).status().expect("mkfifo");
    assert!(made.success());
    let script = format!("exec \"$0\" scan - -o r.csv --unknown u.csv --summary s.json --quiet {option} < pipe");
    let mut running = desk.script(&script).start();
    // Opened once the program has the other end.
    let mut pipe = fs::OpenOptions::new().write(true).open(desk.path("pipe")).expect("a pipe");
    pipe.write_all(first.as_bytes()).expect("a reader");
    // Outputs are made when index and list are open.
    let is_unfinished = |entry: fs::DirEntry| entry.file_name().to_string_lossy().starts_with(".r.csv.tmp-");
    let started = Instant::now();
    while !fs::read_dir(desk.folder()).expect("a folder").any(|entry| is_unfinished(entry.expect("an entry"))) {
        assert!(started.elapsed() < Duration::from_secs(60), "it has no outputs");
        assert!(!running.closes_within(Duration::from_millis(1)), "it has ended before it had an output");
    }
    fs::OpenOptions::new().write(true).open(segment).expect("a segment").set_len(4096).expect("a shorter file");
    // It may have ended already, with the error that is expected.
    let _ = pipe.write_all(rest.as_bytes());
    drop(pipe);
    let outcome = running.end();
    fs::remove_file(desk.path("pipe")).expect("the pipe");
    (desk, outcome)
}

#[test]
fn a_segment_truncated_under_a_reader_ends_it_with_words() {
    let (desk, outcome) = scan_while_somebody_truncates("");
    assert_eq!(outcome.code, Some(2), "{outcome}");
    super::desk::expect_error(&outcome, "a mapped file of the index was made shorter", "--no-mmap");
    let left: Vec<_> =
        fs::read_dir(desk.folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    let outputs =
        left.iter().filter(|name| ["r.csv", "u.csv", "s.json"].iter().any(|out| name.to_string_lossy().contains(out)));
    assert_eq!(outputs.count(), 0, "no half results: {left:?}");
}

#[test]
fn a_segment_truncated_under_a_reader_that_does_not_map_it_is_unknown() {
    let (desk, outcome) = scan_while_somebody_truncates("--no-mmap");
    assert_eq!(outcome.code, Some(3), "{outcome}");
    let summary = desk.json("s.json");
    assert!(summary["damage"].to_string().contains("the file ends there"), "{summary}");
    let people = |answer: &str| summary["people"][answer].as_u64().expect("a number") as usize;
    assert_eq!((people("not_found"), people("exposed") + people("unknown")), (0, LISTED * ROWS), "{summary}");
    assert!(people("unknown") > ROWS, "{summary}");
    assert_eq!(desk.text("u.csv").matches(",email,damaged_segment\n").count(), people("unknown"));
}

#[test]
fn without_mapping_the_answers_are_the_same() {
    let (desk, segment) = desk();
    let scan = |option: &str| desk.leakdex(&format!("scan big.csv {option}")).run_ok().stdout_text();
    assert_eq!(scan("--no-mmap"), scan(""));
    desk.leakdex("verify --no-mmap").run_ok();
    let found = desk.leakdex("check --kind email nobody@example.com").run_ok().stdout_text();
    assert_eq!(found, "1\temail\tnot found\tin 1 of 1 breaches that could hold it\n");
    let mut bytes = fs::read(&segment).expect("a segment");
    bytes[65_536 + 8 * ROWS] ^= 0x10;
    fs::write(&segment, &bytes).expect("a segment");
    let outcome = desk.leakdex("scan big.csv --no-mmap --quiet --unknown u.csv -o r.csv").run_code(3);
    assert!(desk.text("u.csv").contains(",email,damaged_segment\n"), "{outcome}");
    desk.refuses("verify --no-mmap", "1 of 1 segment is damaged", "restore them from a copy");
}
