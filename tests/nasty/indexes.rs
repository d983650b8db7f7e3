//! Segments that do not belong where they stand: of another version, of other digests, of another key. None may read as
//! "not found", the most dangerous answer there is.

use crate::cli::desk::Desk;
use std::fs;

const HEADER_BYTES: usize = 4096;

/// Changes some bytes of the header of the only segment, and makes its checksum right.
fn change_header(desk: &Desk, at: usize, bytes: &[u8]) {
    let path = desk.segments().remove(0);
    let mut segment = fs::read(&path).expect("a segment");
    segment[at..at + bytes.len()].copy_from_slice(bytes);
    let sum = crc32c::crc32c(&segment[..HEADER_BYTES - 4]);
    segment[HEADER_BYTES - 4..HEADER_BYTES].copy_from_slice(&sum.to_le_bytes());
    fs::write(path, segment).expect("a segment");
}

/// Neither command says that somebody is not in the index, and neither ends as if all were well.
#[track_caller]
fn expect_no_absence(desk: &Desk, why: &str) {
    let check = desk.leakdex("check carl@example.org nobody@example.net").run();
    let scan = desk.leakdex("scan list.csv --region CN --summary s.json --force").run();
    for outcome in [&check, &scan] {
        assert!(matches!(outcome.code, Some(2 | 3)), "{outcome}");
        assert!(!outcome.stdout_text().contains("not found"), "{outcome}");
        let text = outcome.stderr_text();
        assert!(text.contains(why), "no `{why}` in\n{outcome}");
    }
    if scan.code == Some(3) {
        assert_eq!(desk.json("s.json")["people"]["not_found"], 0, "{scan}");
    }
    desk.leakdex("verify").run_code(2);
}

/// Source: the table of the header in FORMAT.md.
#[test]
fn a_segment_of_another_version_or_width_is_refused() {
    // The version; the bits of a digest; the key's check value.
    for (at, bytes, why) in [(8, &[9, 0][..], "version"), (16, &[96], ""), (0x28, &[0x5a; 16], "")] {
        let desk = Desk::with_index();
        change_header(&desk, at, bytes);
        expect_no_absence(&desk, why);
    }
}

/// A segment of another index, under the name of one of this.
#[test]
fn a_segment_of_another_key_is_refused() {
    let desk = Desk::with_index();
    desk.leakdex("key new other").run_ok();
    desk.leakdex("ingest dump.csv --breach shop --region CN --index strange --key-file other").run_ok();
    let strange = fs::read_dir(desk.path("strange")).expect("an index").map(|entry| entry.expect("a file").path());
    let strange = strange.into_iter().find(|path| path.extension().is_some_and(|end| end == "ldx")).expect("a segment");
    fs::copy(strange, desk.segments().remove(0)).expect("a segment");
    expect_no_absence(&desk, "");
}

/// A directory without an index is no index of nobody.
#[test]
fn nothing_is_no_empty_index() {
    let desk = Desk::with_index();
    fs::create_dir(desk.path("empty")).expect("a folder");
    for command in ["check carl@example.org", "scan list.csv --region CN", "verify", "stats", "breach list"] {
        desk.refuses(&format!("{command} --index empty"), "holds no index", "");
    }
}
