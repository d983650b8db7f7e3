//! Archives and streams that are made to hurt: nothing is extracted, nothing grows without end, and names are only names.

use super::{address, ingest, run_measured, size};
use crate::cli::desk::Desk;
use crate::cli::shapes::gzip;
use std::io::Write;

/// What reading an archive may take beside the least memory of an ingest.
const MEMORY_MAX: u64 = (48 + 64 + 96) << 20;

fn list(number: usize) -> String {
    format!("email\n{}\n", address(number))
}

/// A stream that expands to so many mebibytes of one byte, behind a text.
fn bomb(byte: u8, mebibytes: u64) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(list(1).as_bytes()).expect("memory takes everything");
    let piece = vec![byte; 1 << 20];
    (0..mebibytes).for_each(|_| encoder.write_all(&piece).expect("memory takes everything"));
    encoder.finish().expect("memory takes everything")
}

/// Ten gigabytes in ten megabytes, plain, in a zip and in itself.
#[test]
fn bombs_are_stopped_and_leave_nothing() {
    let desk = Desk::with_index();
    let stream = bomb(b'x', size(200, 10 << 10));
    desk.write("bomb.gz", &stream);
    desk.write("bomb.gz.gz", gzip(&[&stream]));
    let mut writer = ::zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let deflated = ::zip::write::SimpleFileOptions::default();
    writer.start_file("big.csv", deflated).expect("a member");
    writer.write_all(list(2).as_bytes()).expect("memory takes everything");
    (0..200).for_each(|_| writer.write_all(&[b'x'; 1 << 20]).expect("memory takes everything"));
    desk.write("bomb.zip", writer.finish().expect("memory takes everything").into_inner());
    let hint = "if this is meant";
    for (name, error) in [
        ("bomb.gz", "the stream expands more than 200 times"),
        ("bomb.gz.gz", "expands more than 200 times"),
        ("bomb.zip", "expands more than 200 times"),
    ] {
        let before = desk.state();
        let call = desk.leakdex(&format!("ingest {name} --breach b --memory 48M --threads 2"));
        let (outcome, peak) = run_measured(call);
        assert_eq!(outcome.code, Some(2), "{outcome}");
        crate::cli::desk::expect_error(&outcome, error, hint);
        assert!(peak < MEMORY_MAX, "{name}: {peak} bytes");
        assert!(desk.state() == before, "nothing is written\n{outcome}");
        desk.refuses(&format!("scan {name} -o out.csv"), error, hint);
    }
}

#[test]
fn streams_of_several_members_are_whole_and_what_follows_is_told() {
    let desk = Desk::new();
    let rows: Vec<String> = (0..50).map(|n| address(n) + "\n").collect();
    let members: Vec<&[u8]> = std::iter::once(&b"email\n"[..]).chain(rows.iter().map(String::as_bytes)).collect();
    let mut stream: Vec<u8> = members.iter().flat_map(|member| gzip(&[member])).collect();
    stream.extend_from_slice(b"garbage");
    desk.write("members.gz", stream);
    let note = "note: 7 bytes behind the end of the compressed data were left out";
    ingest(&desk, "members.gz", 0, &["50 records = 50 accepted + 0 rejected", note]);
}

/// A member of tar; without content it is a link or a device.
fn entry(kind: tar::EntryType, name: &[u8], content: &str) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_entry_type(kind);
    header.set_size(content.len() as u64);
    header.set_mode(0o4777);
    if kind.is_symlink() {
        header.set_link_name("/etc/passwd").expect("a short name");
    }
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content.as_bytes());
    bytes.resize(bytes.len().div_ceil(512) * 512, 0);
    bytes
}

#[test]
fn names_of_members_lead_nowhere_and_steer_nothing() {
    let desk = Desk::new();
    let names: [&[u8]; 5] =
        [b"../../../etc/x.csv", b"/abs/y.csv", b"e\x1b]0;x\x07sc.csv", b"n\xff\xfe.csv", b"c:\\z.csv"];
    let mut archive: Vec<u8> = Vec::new();
    for (number, name) in names.iter().enumerate() {
        archive.extend(entry(tar::EntryType::Regular, name, &list(number)));
    }
    // A name of 60 kB, in the way of GNU.
    archive.extend(entry(tar::EntryType::GNULongName, b"././@LongLink", &"n".repeat(60_000)));
    archive.extend(entry(tar::EntryType::Regular, b"cut", &list(5)));
    for kind in [
        tar::EntryType::Symlink,
        tar::EntryType::Link,
        tar::EntryType::Char,
        tar::EntryType::Block,
        tar::EntryType::Fifo,
    ] {
        archive.extend(entry(kind, b"special", ""));
    }
    archive.extend([0; 1024]);
    desk.write("names.tar", archive);
    let outcome = ingest(&desk, "names.tar", 0, &["6 records = 6 accepted + 0 rejected (0.0 %)"]);
    assert!(!outcome.stderr.contains(&0x1b) && !outcome.stderr.contains(&0xff), "{outcome}");
    assert!(outcome.stderr.len() < 6000, "{} bytes on the terminal", outcome.stderr.len());
    let inspected = desk.leakdex("inspect names.tar").run_ok();
    assert!(!inspected.stdout.contains(&0x1b) && inspected.stdout.len() < 8000, "{inspected}");
    for path in ["../../../etc/x.csv", "/abs/y.csv", "special", "cut"] {
        assert!(!desk.folder().join(path).exists(), "{path} was extracted");
    }
}
