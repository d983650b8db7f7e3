//! Archives and streams that are made to hurt: nothing is extracted, nothing grows without end, and names are only names.

use super::{address, expect_parts, ingest, run_measured, size};
use crate::cli::desk::Desk;
use crate::cli::shapes::gzip;
use crate::targets::containers::pack;
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
    ingest(&desk, "members.gz", 3, &["50 records = 50 accepted + 0 rejected", note]);
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

/// Sizes that an archive says are never believed: not for room that is made, and not for what is read.
#[test]
fn declared_sizes_are_only_words() {
    let desk = Desk::with_index();
    let mut archive = entry(tar::EntryType::Regular, b"a.csv", &list(1));
    // Octal for 8 GiB less one, which is not there.
    archive[124..135].copy_from_slice(b"77777777777");
    let sum: u32 = archive[..512]
        .iter()
        .enumerate()
        .map(|(at, byte)| if (148..156).contains(&at) { 32 } else { u32::from(*byte) })
        .sum();
    archive[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    desk.write("long.tar", archive);
    let (outcome, peak) = run_measured(desk.leakdex("ingest long.tar --breach b --memory 48M --threads 2"));
    assert_eq!(outcome.code, Some(2), "{outcome}");
    expect_parts(&outcome, &["reading long.tar!a.csv at byte 512: unexpected end of file", "fetch it again"]);
    assert!(peak < MEMORY_MAX, "{peak} bytes");
}

/// A zip archive by hand of stored members. In its list stand the sizes that are given, as zip64, and the places of the members.
fn listed_zip(members: &[(&str, &str)], size: Option<u64>, place: impl Fn(usize, u32) -> u32) -> Vec<u8> {
    let (mut bytes, mut list) = (Vec::new(), Vec::new());
    for (number, (name, content)) in members.iter().enumerate() {
        let at = bytes.len() as u32;
        let mut crc = flate2::Crc::new();
        crc.update(content.as_bytes());
        let length = (content.len() as u32).to_le_bytes();
        let extra = size.map(|size| [&[1, 0, 8, 0][..], &size.to_le_bytes()].concat()).unwrap_or_default();
        // Version, flags, method, time and day; then the checksum and both sizes.
        let head = [&[45, 0, 0, 0, 0, 0, 0, 0, 0x21, 0][..], &crc.sum().to_le_bytes(), &length].concat();
        let names = [(name.len() as u16).to_le_bytes(), (extra.len() as u16).to_le_bytes()];
        bytes.extend(
            [b"PK\x03\x04", &head[..], &length, &names[0], &[0, 0], name.as_bytes(), content.as_bytes()].concat(),
        );
        let said = if size.is_some() { [0xff; 4] } else { length };
        let tail = [&[0; 10][..], &place(number, at).to_le_bytes(), name.as_bytes(), &extra].concat();
        list.extend([b"PK\x01\x02", &[45, 0][..], &head, &said, &names.concat(), &tail].concat());
    }
    let count = (members.len() as u16).to_le_bytes();
    let end =
        [&[0; 4][..], &count, &count, &(list.len() as u32).to_le_bytes(), &(bytes.len() as u32).to_le_bytes(), &[0; 2]];
    [&bytes[..], &list, b"PK\x05\x06", &end.concat()].concat()
}

#[test]
fn lists_of_archives_are_only_words() {
    let desk = Desk::with_index();
    let (one, two) = (list(1), list(2));
    let members = [("a.csv", one.as_str()), ("b.csv", two.as_str())];
    desk.write("plain.zip", listed_zip(&members, None, |_, at| at));
    ingest(&desk, "plain.zip --index plain", 0, &["2 records = 2 accepted + 0 rejected (0.0 %)"]);
    // 2^64 - 1 bytes: nobody makes room for them. The bytes that are there, and their checksum, are right.
    desk.write("large.zip", listed_zip(&members, Some(u64::MAX), |_, at| at));
    let (outcome, peak) = run_measured(desk.leakdex("ingest large.zip --breach b --memory 48M --threads 2"));
    assert_eq!(outcome.code, Some(0), "{outcome}");
    expect_parts(&outcome, &["2 records = 2 accepted + 0 rejected (0.0 %)"]);
    assert!(peak < MEMORY_MAX, "{peak} bytes");
    // Both names for the same bytes: the way to petabytes without nesting.
    desk.write("shared.zip", listed_zip(&members, None, |_, _| 0));
    desk.refuses("ingest shared.zip --breach c", "members that share bytes", "unpack");
}

/// Cut streams, and wrong checksums at their ends: by default nothing of the source is kept, and the place is said.
#[test]
fn damaged_streams_leave_nothing() {
    let desk = Desk::with_index();
    let rows: String = (0..3000).map(|n| address(n * 7919) + "\n").collect();
    let text = format!("email\n{rows}");
    let names = ["gz", "zst", "bz2", "xz", "lzma", "lz4"];
    for (kind, name) in (0..).zip(names) {
        let whole = pack(kind, text.as_bytes());
        for kept in [whole.len() / 3, whole.len() - 1] {
            desk.write("cut", &whole[..kept]);
            desk.refuses("ingest cut --breach b", "at byte", "fetch the file again");
            desk.refuses("scan cut -o out.csv", "at byte", "fetch the file again");
        }
        // The last bytes of an xz are its mark, and a lzma has no checksum.
        let mut flipped = whole.clone();
        let place = whole.len() - if name == "xz" { 20 } else { 6 };
        flipped[place] ^= 0x10;
        desk.write("flipped", flipped);
        if name != "lzma" {
            desk.refuses("ingest flipped --breach b", "", "fetch the file again");
        }
    }
    let archive =
        [entry(tar::EntryType::Regular, b"a.csv", &text), entry(tar::EntryType::Regular, b"b.csv", &text)].concat();
    for kept in [archive.len(), archive.len() - 5000, archive.len() / 2 + 100] {
        desk.write("cut.tar", &archive[..kept]);
        desk.refuses("ingest cut.tar --breach b", "cut.tar", "again");
    }
    let whole = listed_zip(&[("a.csv", &text)], None, |_, at| at);
    let mut flipped = whole.clone();
    flipped[5000] ^= 1;
    for bytes in [&whole[..whole.len() - 30], &flipped] {
        desk.write("a.zip", bytes);
        desk.refuses("ingest a.zip --breach b", "is damaged", "fetch the file again");
    }
}
