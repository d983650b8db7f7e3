//! A damaged index: an error that names the file, never an answer.

use super::desk::{Desk, Random, large_dump};
use std::fs;
use std::path::PathBuf;

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

/// Every reading command fails and names the file; none answers.
#[track_caller]
fn check_damage_is_found(desk: &Desk, error: &str) {
    let hint = "`leakdex verify` to see what else is damaged";
    desk.refuses("scan big.csv -o results.csv --unknown u.csv --summary s.json", error, hint);
    desk.refuses("scan big.csv -o results.csv --exit-code", error, hint);
    let values: String = large_dump(7, ROWS)
        .lines()
        .skip(1)
        .filter_map(|row| row.split(',').next())
        .take(2000)
        .map(|value| format!("{value}\n"))
        .collect();
    let before = desk.state();
    let outcome = desk.leakdex("check --kind email").stdin(values).run_code(2);
    super::desk::expect_error(&outcome, error, hint);
    assert!(!outcome.stdout_text().contains("not found"), "damage is no absence\n{error}");
    assert!(desk.state() == before, "checking changes nothing");
    desk.refuses("verify", "1 of 1 segments are damaged", "restore them from a copy");
    let text = desk.leakdex("verify").run_code(2).stdout_text();
    assert!(text.contains("DAMAGED: reading `index/") && text.contains(error), "`{error}` in\n{text}");
}

#[test]
fn a_flipped_bit_is_found() {
    let (desk, segment) = desk();
    let whole = fs::read(&segment).expect("a segment");
    let mut flipped = whole.clone();
    // The remainders begin at 64 KiB, and have 8 bytes for each of 40,000 digests.
    flipped[65_536 + 8 * ROWS] ^= 0x10;
    fs::write(&segment, &flipped).expect("a segment");
    check_damage_is_found(&desk, "section R, at byte 196608: a chunk is not what was written");
    fs::write(&segment, &whole).expect("a segment");
    desk.leakdex("verify").run_ok();
}

#[test]
fn a_damaged_header_is_found() {
    let (desk, segment) = desk();
    let mut bytes = fs::read(&segment).expect("a segment");
    bytes[100] ^= 1;
    fs::write(&segment, &bytes).expect("a segment");
    check_damage_is_found(&desk, "the checksum of the header fails");
    desk.refuses("verify --quick", "1 of 1 segments are damaged", "restore them from a copy");
}

#[test]
fn a_truncated_segment_is_found() {
    let (desk, segment) = desk();
    let length = fs::metadata(&segment).expect("a segment").len();
    for kept in [length - 1, length / 2, 4096, 1, 0] {
        fs::OpenOptions::new().write(true).open(&segment).expect("a segment").set_len(kept).expect("a shorter file");
        check_damage_is_found(&desk, "the file has another length than written");
    }
}

#[test]
fn a_missing_segment_is_found() {
    let (desk, segment) = desk();
    fs::remove_file(&segment).expect("a segment");
    let name = segment.file_name().expect("a name").to_string_lossy().into_owned();
    let outcome = desk.leakdex("scan big.csv -o results.csv").run_code(2);
    assert!(outcome.stderr_text().contains(&name), "{outcome}");
    assert!(!desk.path("results.csv").exists(), "no results");
    desk.refuses("verify", "1 of 1 segments are damaged", "restore them from a copy");
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
