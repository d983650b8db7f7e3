//! Archives: any bytes, or zip and tar made of some and then damaged. Nothing of a member is wrong without a word.

use std::fs;
use std::io::{Cursor, Read, Write};
use std::path::Path;

use leakdex::source::{ArchiveLimits, Contents, Error, Options, contents};

use super::containers::pack;
use super::reading::{Case, seed};

const LIMITS: ArchiveLimits =
    ArchiveLimits { members_max: 100, bytes_max: 1 << 20, memory_bytes_max: 1 << 20, workbook_bytes_max: 1 << 20 };

/// What came out of an archive.
#[derive(Debug, Default)]
pub struct Out {
    /// Members that were read to their end, with their bytes.
    pub whole: Vec<(String, Vec<u8>)>,
    /// Members, or the archive, that could not.
    pub failed: Vec<Error>,
}

/// Walks a file to its end, within small limits. None: it is no archive.
pub fn walk(bytes: &[u8]) -> Option<Out> {
    // Only one input at a time is run in a process, and in a thread of a test.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("archive");
    fs::write(&path, bytes).expect("a file");
    walk_file(&path)
}

fn walk_file(path: &Path) -> Option<Out> {
    let options = Options { archive_limits: LIMITS, ..Options::default() };
    let Ok(Contents::Members(members)) = contents(path, &options) else { return None };
    let (mut out, mut bytes_out) = (Out::default(), 0);
    for member in members {
        match member {
            Ok(mut member) => {
                let mut bytes = Vec::new();
                let end = member.reader.read_to_end(&mut bytes);
                bytes_out += bytes.len() as u64;
                match end {
                    Ok(_) => out.whole.push((member.name, bytes)),
                    Err(error) => out.failed.push(error.downcast::<Error>().expect("an error of a source")),
                }
            }
            Err(error) => out.failed.push(error),
        }
        assert!(out.whole.len() + out.failed.len() <= 2 * LIMITS.members_max as usize + 2, "members without end");
    }
    assert!(bytes_out <= LIMITS.bytes_max + (1 << 20), "{bytes_out} bytes came out");
    for (name, _) in &out.whole {
        assert!(!name.chars().any(char::is_control), "a name is escaped");
    }
    Some(out)
}

/// Any bytes; or members of a text, which ends one at 1, in a zip or tar, packed, and perhaps changed.
///
/// The choice: bits 0 and 1 the format, 2 whether it is packed, 3 and 4 the damage, 5 a folder and a link beside.
pub fn run(data: &[u8]) {
    let case = Case::of(data);
    let format = case.choice & 3;
    if format == 3 {
        walk(case.text);
        return;
    }
    let members: Vec<(String, &[u8])> = case
        .text
        .split(|byte| *byte == 1)
        .take(20)
        .enumerate()
        .map(|(number, bytes)| (format!("d/{number}.txt"), bytes))
        .collect();
    let mut archive = if format == 2 { tar(&members) } else { zip(&members, format == 1) };
    if case.choice & 4 != 0 {
        archive = pack(case.block_bytes as u8 % 6, &archive);
    }
    let damage = case.choice >> 3 & 3;
    let at = archive.len() * case.block_bytes / 65;
    match damage {
        1 => archive.truncate(at),
        2 => archive[at] ^= 1 << (case.text.len() % 8),
        _ => (),
    }
    let Some(out) = walk(&archive) else {
        assert!(damage > 0, "an archive is known");
        return;
    };
    match damage {
        1 => check_parts(&out, &members, true),
        2 => check_parts(&out, &members, format == 2),
        _ => check_whole(&out, &members),
    }
}

/// A member that is an archive or a stream itself is not what it was when it comes out.
fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\n' | b' '..=b'~'))
        && !bytes.starts_with(b"BZh")
        && !bytes.starts_with(b"PK")
}

fn check_whole(out: &Out, members: &[(String, &[u8])]) {
    if members.iter().all(|(_, bytes)| is_text(bytes)) {
        assert!(out.failed.is_empty(), "{:?}", out.failed);
        let got: Vec<(&str, &[u8])> = out.whole.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
        let want: Vec<(String, &[u8])> =
            members.iter().map(|(name, bytes)| (format!("archive!{name}"), *bytes)).collect();
        assert!(got.iter().copied().eq(want.iter().map(|(name, bytes)| (name.as_str(), *bytes))), "every member");
    }
}

/// After damage: what is whole is one of the members, where the format has checksums; `unchecked` has none.
fn check_parts(out: &Out, members: &[(String, &[u8])], unchecked: bool) {
    if unchecked || !members.iter().all(|(_, bytes)| is_text(bytes)) {
        return;
    }
    for (_, bytes) in &out.whole {
        assert!(members.iter().any(|(_, member)| member == bytes), "a changed member passes for a sound one");
    }
}

fn zip(members: &[(String, &[u8])], deflate: bool) -> Vec<u8> {
    let method = if deflate { zip::CompressionMethod::Deflated } else { zip::CompressionMethod::Stored };
    let options = zip::write::SimpleFileOptions::default().compression_method(method);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(name.as_str(), options).expect("a member");
        writer.write_all(bytes).expect("memory takes everything");
    }
    writer.finish().expect("memory takes everything").into_inner()
}

fn tar(members: &[(String, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        builder.append_data(&mut header, name, *bytes).expect("a member");
    }
    builder.into_inner().expect("memory takes everything")
}

pub fn seeds() -> Vec<Vec<u8>> {
    let text = "anna@example.com\n\u{1}\u{1}bert@example.org\nx\n";
    let members = [("a.csv".to_owned(), &b"a,b\n"[..]), ("d/b".to_owned(), b"c\n")];
    let mut seeds = Vec::new();
    for format in 0..3 {
        for rest in [0, 0x04, 0x08, 0x10, 0x14] {
            seeds.push(seed([format | rest, 20, 0, 0], text));
        }
    }
    let inner = zip(&members, true);
    let outer = [("inner.zip".to_owned(), &inner[..]), ("t.gz".to_owned(), &pack(0, b"x\n")[..])];
    seeds.push(seed([3, 0, 0, 0], zip(&outer, false)));
    seeds.push(seed([3, 0, 0, 0], tar(&outer)));
    seeds.push(seed([3, 0, 0, 0], pack(0, &tar(&members))));
    seeds.push(seed([3, 0, 0, 0], inner));
    seeds
}
