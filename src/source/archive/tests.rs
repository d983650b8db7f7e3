//! Archives made by the writers of the same crates, read back; damage, limits and hostile shapes.

use std::io::{Cursor, Write};
use std::time::Duration;

use zip::unstable::write::FileOptionsExt;
use zip::write::SimpleFileOptions;
use zip::{AesMode, CompressionMethod, ZipWriter};

use super::super::Limit;
use super::*;

const TEXT: &[u8] = b"email,name\nanna@example.com,Anna\n";

/// A name and what came of reading it, or an error.
type Outcome = Result<(String, Result<Vec<u8>, String>), String>;

fn zip_with(options: SimpleFileOptions, members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        if name.ends_with('/') {
            writer.add_directory(*name, options).unwrap();
        } else {
            writer.start_file(*name, options).unwrap();
            writer.write_all(bytes).unwrap();
        }
    }
    writer.finish().unwrap().into_inner()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    zip_with(SimpleFileOptions::default().compression_method(CompressionMethod::Deflated), members)
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        let kind = if name.ends_with('/') { tar::EntryType::Directory } else { tar::EntryType::Regular };
        header.set_entry_type(kind);
        header.set_size(bytes.len() as u64);
        let fits = name.len() < 100;
        if fits {
            // As bytes: the builder refuses the names that matter here.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            builder.append(&header, *bytes).unwrap();
        } else {
            builder.append_data(&mut header, name, *bytes).unwrap();
        }
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn open(bytes: &[u8], options: &Options) -> Contents {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    file.persist(&path).unwrap();
    contents(&path, options).unwrap()
}

fn read_with(bytes: &[u8], options: &Options) -> Vec<Outcome> {
    let Contents::Members(members) = open(bytes, options) else { return Vec::new() };
    let read = |member: Member| {
        let Member { name, mut reader, .. } = member;
        let mut all = Vec::new();
        let result = reader.read_to_end(&mut all).map(|_| all).map_err(|error| error.to_string());
        (name, result)
    };
    members.map(|member| member.map(read).map_err(|error| error.to_string())).collect()
}

fn read(bytes: &[u8]) -> Vec<Outcome> {
    read_with(bytes, &Options::default())
}

fn check(bytes: &[u8], want: &[(&str, &[u8])]) {
    let want: Vec<Outcome> = want.iter().map(|(name, bytes)| Ok(((*name).to_owned(), Ok(bytes.to_vec())))).collect();
    assert!(read(bytes) == want, "{:?}", read(bytes).iter().map(describe).collect::<Vec<_>>());
}

fn describe(one: &Outcome) -> String {
    match one {
        Ok((name, Ok(bytes))) => format!("{name}: {} bytes", bytes.len()),
        Ok((name, Err(error))) => format!("{name}: then {error}"),
        Err(error) => error.clone(),
    }
}

fn check_described(bytes: &[u8], options: &Options, want: &[&str]) {
    assert_eq!(read_with(bytes, options).iter().map(describe).collect::<Vec<_>>(), want);
}

#[test]
fn members_are_read_in_order() {
    let long = TEXT.repeat(50_000);
    let members: [(&str, &[u8]); 4] = [("a.csv", TEXT), ("dir/", b""), ("dir/b.csv", &long), ("empty", b"")];
    let want: [(&str, &[u8]); 3] = [("f!a.csv", TEXT), ("f!dir/b.csv", &long), ("f!empty", b"")];
    check(&tar(&members), &want);
    check(&gzip(&tar(&members)), &want);
    check(&zstd::encode_all(&tar(&members)[..], 1).unwrap(), &want);
    check(&[tar(&members[..1]), tar(&members[2..])].concat(), &want);
    for method in [
        CompressionMethod::Stored,
        CompressionMethod::Deflated,
        CompressionMethod::Bzip2,
        CompressionMethod::Zstd,
        CompressionMethod::Xz,
    ] {
        check(&zip_with(SimpleFileOptions::default().compression_method(method), &members), &want);
    }
    let Contents::Members(mut members) = open(&zip(&members), &Options::default()) else { panic!("an archive") };
    assert_eq!(members.by_ref().count(), 3);
    assert_eq!(members.skipped(), 1);
    assert!(members.bytes_read() > 0);
}

#[test]
fn what_is_no_archive_is_plain() {
    for bytes in [&b""[..], TEXT, &gzip(TEXT), &gzip(&gzip(TEXT)), &[0; 1024], &gzip(TEXT)[..20]] {
        let contents = open(bytes, &Options::default());
        assert!(matches!(contents, Contents::Plain), "{contents:?}");
    }
    check(&zip(&[]), &[]);
    check(&zip(&[("a/", b""), ("b/", b"")]), &[]);
    check(&tar(&[("a/", b"")]), &[]);
}

#[test]
fn archives_in_archives_are_read_four_deep() {
    let three = tar(&[("c", &zip(&[("d.gz", &gzip(TEXT))]))]);
    check(&zip(&[("a", TEXT), ("b", &three)]), &[("f!a", TEXT), ("f!b!c!d.gz", TEXT)]);
    check(&gzip(&tar(&[("b", &gzip(&zip(&[("c", TEXT)])))])), &[("f!b!c", TEXT)]);
    let too_deep = [zip(&[("a", &zip(&[("b", &three)]))]), zip(&[("a", &tar(&[("b", &gzip(&three))]))])];
    for bytes in too_deep {
        let all = read(&bytes);
        let text = describe(&all[0]);
        assert!(all.len() == 1 && text.contains("more than 4 archives or compressed streams"), "{text}");
    }
}

#[test]
fn passwords_are_tried_in_order() {
    let secret = b"corect horse";
    let base = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let aes = base.with_aes_encryption(AesMode::Aes256, std::str::from_utf8(secret).unwrap());
    let old = base.with_deprecated_encryption(secret).unwrap();
    let wrong = |count: usize| (0..count).map(|at| format!("wrong {at}").into_bytes());
    let options = |passwords: Vec<Vec<u8>>| Options {
        archive_passwords: Passwords::new(passwords.into_iter().map(Zeroizing::new).collect()),
        ..Options::default()
    };
    let long = TEXT.repeat(9000);
    for encrypted in [aes, old] {
        let bytes = zip_with(encrypted, &[("a.csv", &long), ("b.csv", TEXT)]);
        check_described(
            &bytes,
            &options(wrong(600).chain([secret.to_vec()]).collect()),
            &[&format!("f!a.csv: {} bytes", long.len()), &format!("f!b.csv: {} bytes", TEXT.len())],
        );
        let none = "it is encrypted, and no password is given";
        check_described(
            &bytes,
            &options(Vec::new()),
            &[&format!("reading f!a.csv: {none}"), &format!("reading f!b.csv: {none}")],
        );
        let one = "it is encrypted, and the password given does not open it";
        check_described(
            &bytes,
            &options(wrong(1).collect()),
            &[&format!("reading f!a.csv: {one}"), &format!("reading f!b.csv: {one}")],
        );
    }
    assert_eq!(format!("{:?}", options(wrong(2).collect()).archive_passwords), "Passwords(2)");
}

#[test]
fn names_are_shown_escaped_and_short() {
    check(
        &tar(&[("../../etc/x", TEXT), ("/etc/y", TEXT), ("a\x1b]0;b", TEXT)]),
        &[("f!../../etc/x", TEXT), ("f!/etc/y", TEXT), ("f!a\\x1b]0;b", TEXT)],
    );
    let long = "n".repeat(60_000);
    let want = format!("f!{}...{}", "n".repeat(100), "n".repeat(100));
    check(&tar(&[(&long, TEXT)]), &[(&want, TEXT)]);
    check(&zip(&[(&long, TEXT), ("../x\x07", TEXT)]), &[(&want, TEXT), ("f!../x\\x07", TEXT)]);
}

#[test]
fn every_truncation_is_an_error_or_complete() {
    let members: [(&str, &[u8]); 2] = [("a.csv", TEXT), ("b.csv", TEXT)];
    let whole_tar = tar(&members);
    for (whole, least) in [(zip(&members), 4), (whole_tar.clone(), 512), (gzip(&whole_tar), 30)] {
        let complete = read(&whole);
        for end in least..whole.len() {
            let got = read(&whole[..end]);
            let failed = got.iter().any(|one| !matches!(one, Ok((_, Ok(_)))));
            // A stream cut before its first block cannot be known for an archive: `Source::open` tells.
            assert!(failed || got == complete || got.is_empty(), "{end} of {}", whole.len());
            assert!(!got.is_empty() || whole[0] == 0x1f, "{end} of {}", whole.len());
        }
    }
}

#[test]
fn every_damaged_byte_is_survived() {
    let members: [(&str, &[u8]); 2] = [("a.csv", TEXT), ("b.csv", TEXT)];
    for whole in [zip(&members), tar(&members)[..2048].to_vec(), sheet_of("<c r=\"A1\"><v>1</v></c>")] {
        for at in 0..whole.len() {
            let mut bytes = whole.clone();
            bytes[at] ^= 0x81;
            let _ = read(&bytes);
        }
    }
}

#[test]
fn a_damaged_member_does_not_hide_the_next() {
    let mut bytes = zip_with(
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
        &[("a.csv", TEXT), ("b.csv", TEXT)],
    );
    bytes[45] ^= 1;
    check_described(
        &bytes,
        &Options::default(),
        &["f!a.csv: then reading f!a.csv: the member is damaged", "f!b.csv: 33 bytes"],
    );
}

#[test]
fn bombs_are_stopped() {
    let zeros = vec![0; 80 << 20];
    let bomb = zip(&[("a.gz", &gzip(&gzip(&zeros))), ("b", &zeros), ("c", TEXT)]);
    let all: Vec<String> = read(&bomb).iter().map(describe).collect();
    assert!(all[0].contains("expands more than 200 times"), "{all:?}");
    assert!(all.len() == 2 && all[1].contains("expands more than 200 times"), "{all:?}");
    let small = Options {
        archive_limits: ArchiveLimits {
            members_max: 2,
            bytes_max: 40,
            memory_bytes_max: 60,
            ..ArchiveLimits::default()
        },
        ..Options::default()
    };
    check_described(
        &tar(&[("a", b"1"), ("b", b"2"), ("c", b"3")]),
        &small,
        &["f!a: 1 bytes", "f!b: 1 bytes", &format!("reading f: {}", Limit::Members(2))],
    );
    check_described(
        &tar(&[("a", TEXT), ("b", TEXT)]),
        &small,
        &["f!a: 33 bytes", &format!("f!b: then reading f!b: {}", Limit::Bytes(40))],
    );
    check_described(&tar(&[("a", &zip(&[("b", TEXT)]))]), &small, &[&format!("reading f!a: {}", Limit::Memory(60))]);
}

#[test]
fn overlapping_members_are_refused() {
    let mut bytes = zip_with(
        SimpleFileOptions::default().compression_method(CompressionMethod::Stored),
        &[("a.csv", TEXT), ("b.csv", TEXT)],
    );
    // The second entry of the directory points to the first member.
    let second = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[second + 42..second + 46].fill(0);
    let all: Vec<String> = read(&bytes).iter().map(describe).collect();
    assert!(all.len() == 1 && all[0].contains("members that share bytes"), "{all:?}");
}

#[test]
fn declared_sizes_are_not_believed() {
    let mut bytes = tar(&[("a", TEXT)]);
    // Base 256: the top bit, then a number; the checksum is made again.
    bytes[124..136].copy_from_slice(&[0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);
    bytes[148..156].fill(b' ');
    let sum: u32 = bytes[..512].iter().map(|&byte| u32::from(byte)).sum();
    bytes[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let all: Vec<String> = read(&bytes).iter().map(describe).collect();
    assert!(!all.is_empty() && all[0].starts_with("reading f") || all[0].contains("then"), "{all:?}");
    let mut bytes = zip(&[("a", TEXT)]);
    let directory = memchr::memmem::rfind(&bytes, b"PK\x01\x02").unwrap();
    bytes[directory + 24..directory + 28].fill(0xfe);
    let all: Vec<String> = read(&bytes).iter().map(describe).collect();
    assert_eq!(all.len(), 1, "{all:?}");
}

#[test]
fn a_reader_may_leave_early() {
    let long = TEXT.repeat(200_000);
    for bytes in [tar(&[("a", &long), ("b", &long), ("c", TEXT)]), zip(&[("a", &long), ("b", &long), ("c", TEXT)])] {
        let Contents::Members(mut members) = open(&bytes, &Options::default()) else { panic!("an archive") };
        let mut first = members.next().unwrap().unwrap();
        first.reader.read_exact(&mut [0; 10]).unwrap();
        // Asking for the next one ends the first, which says so.
        drop(members.next().unwrap().unwrap());
        assert!(first.reader.read_to_end(&mut Vec::new()).is_err());
        let mut third = members.next().unwrap().unwrap();
        let mut all = Vec::new();
        third.reader.read_to_end(&mut all).unwrap();
        assert_eq!((third.name.as_str(), all.as_slice()), ("f!c", TEXT));
    }
}

#[test]
fn dropping_the_iterator_ends_the_thread() {
    let long = TEXT.repeat(200_000);
    let Contents::Members(mut members) = open(&tar(&[("a", &long), ("b", &long)]), &Options::default()) else {
        panic!("an archive")
    };
    let member = members.next().unwrap().unwrap();
    let shared = Arc::downgrade(&members.shared);
    drop(members);
    drop(member);
    let started = std::time::Instant::now();
    while shared.upgrade().is_some() {
        assert!(started.elapsed() < Duration::from_secs(30), "the thread goes on");
        std::thread::yield_now();
    }
}

/// A workbook with one sheet of these cells in one row.
fn sheet_of(cells: &str) -> Vec<u8> {
    workbook(&[("Customers", &format!("<row r=\"1\">{cells}</row>"))])
}

fn workbook(sheets: &[(&str, &str)]) -> Vec<u8> {
    let space = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let mut list = String::new();
    let mut relations = String::new();
    let mut parts: Vec<(String, String)> = Vec::new();
    for (index, (name, rows)) in sheets.iter().enumerate() {
        let id = index + 1;
        list += &format!("<sheet name=\"{name}\" sheetId=\"{id}\" state=\"hidden\" r:id=\"rId{id}\"/>");
        relations += &format!(
            "<Relationship Id=\"rId{id}\" Type=\"{relation}/worksheet\" Target=\"worksheets/sheet{id}.xml\"/>"
        );
        let sheet = format!("<worksheet {space}><sheetData>{rows}</sheetData></worksheet>");
        parts.push((format!("xl/worksheets/sheet{id}.xml"), sheet));
    }
    relations += &format!("<Relationship Id=\"rId99\" Type=\"{relation}/styles\" Target=\"styles.xml\"/>");
    let types = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
    parts.push(("[Content_Types].xml".into(), types.into()));
    let book = format!("<workbook {space} xmlns:r=\"{relation}\"><sheets>{list}</sheets></workbook>");
    parts.push(("xl/workbook.xml".into(), book));
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let root = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{relation}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    parts.push(("_rels/.rels".into(), root));
    let relations = format!("<Relationships xmlns=\"{package}\">{relations}</Relationships>");
    parts.push(("xl/_rels/workbook.xml.rels".into(), relations));
    let styles = format!(
        "<styleSheet {space}><cellXfs count=\"3\"><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
    );
    parts.push(("xl/styles.xml".into(), styles));
    let parts: Vec<(&str, &[u8])> = parts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    zip(&parts)
}

fn text_cell(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

#[test]
fn cells_become_fields() {
    let check_cell = |cell: &str, want: &str| {
        let row = format!("{}{cell}", text_cell("A1", "x"));
        check(&sheet_of(&row), &[("f!Customers", format!("x{want}\n").as_bytes())]);
    };
    check_cell("<c r=\"B1\"><v>13812345678</v></c>", ",13812345678");
    check_cell("<c r=\"B1\"><v>1.3812345678E10</v></c>", ",13812345678");
    check_cell("<c r=\"B1\"><v>-5</v></c>", ",-5");
    check_cell("<c r=\"B1\"><v>0.1</v></c>", ",0.1");
    check_cell("<c r=\"B1\"><v>999999999999999</v></c>", ",999999999999999");
    check_cell("<c r=\"B1\"><v>4111111111111111</v></c>", ",4111111111111111");
    check_cell("<c r=\"B1\"><v>4111111111111110</v></c>", ",4.11111111111111E+15");
    check_cell("<c r=\"B1\"><v>110105199001011230</v></c>", ",1.10105199001011E+17");
    check_cell("<c r=\"B1\"><v>1e20</v></c>", ",1E+20");
    check_cell("<c r=\"B1\" s=\"1\"><v>43831</v></c>", ",2020-01-01");
    check_cell("<c r=\"B1\" s=\"2\"><v>43831.5</v></c>", ",2020-01-01 12:00:00");
    check_cell("<c r=\"B1\" t=\"b\"><v>1</v></c>", ",true");
    check_cell("<c r=\"B1\" t=\"e\"><v>#REF!</v></c>", ",");
    check_cell(&text_cell("D1", "a,b"), ",,,\"a,b\"");
    check_cell(&text_cell("B1", "say &quot;no&quot;"), ",\"say \"\"no\"\"\"");
    check_cell(&text_cell("B1", "="), ",=");
}

#[test]
fn sheets_are_members() {
    let rows = format!(
        "<row r=\"3\">{}{}{}</row><row r=\"9\">{}</row>",
        text_cell("A3", "id"),
        text_cell("B3", "email"),
        text_cell("C3", "note"),
        text_cell("B9", "anna@example.com")
    );
    let book = workbook(&[("One", &rows), ("Empty", ""), ("Two", &rows)]);
    let want = b"id,email,note\n,anna@example.com,\n";
    check(&book, &[("f!One", want), ("f!Two", want)]);
    check(&zip(&[("x.xlsx", &book)]), &[("f!x.xlsx!One", want), ("f!x.xlsx!Two", want)]);
}

#[test]
fn open_documents_are_read() {
    let content = "<office:document-content xmlns:office=\"o\" xmlns:table=\"t\" xmlns:text=\"x\"><office:body><office:spreadsheet><table:table table:name=\"S\"><table:table-row><table:table-cell office:value-type=\"string\"><text:p>id</text:p></table:table-cell><table:table-cell office:value-type=\"float\" office:value=\"13812345678\"><text:p>1.38E+10</text:p></table:table-cell><table:table-cell office:value-type=\"date\" office:date-value=\"2020-01-02\"><text:p>x</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>";
    let manifest = "<manifest:manifest xmlns:manifest=\"m\"/>";
    let mimetype = b"application/vnd.oasis.opendocument.spreadsheet";
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let book = zip_with(
        stored,
        &[("mimetype", mimetype), ("content.xml", content.as_bytes()), ("META-INF/manifest.xml", manifest.as_bytes())],
    );
    check(&book, &[("f!S", b"id,13812345678,2020-01-02\n")]);
}

/// Behind each other, with a list that was cut, and with one that counts too few: the library reads the last list, as far as it goes.
#[test]
fn members_that_no_list_names_are_told() {
    let members: [(&str, &[u8]); 2] = [("a.csv", TEXT), ("b.csv", TEXT)];
    let before = "reading f: the zip archive begins with bytes of no member: another archive may stand before it";
    check_described(&[zip(&members), zip(&members[..1])].concat(), &Options::default(), &[before]);
    let unlisted = "reading f: the zip archive has members that its list does not name: the list was cut, or changed";
    let mut bytes = zip(&members);
    let end = memchr::memmem::rfind(&bytes, b"PK\x05\x06").unwrap();
    bytes[end + 8] = 1;
    bytes[end + 10] = 1;
    check_described(&bytes, &Options::default(), &[unlisted]);
    // As written to where nobody can go back, with the sizes behind the data.
    let mut streamed = ZipWriter::new_stream(Vec::new());
    for (name, bytes) in members {
        streamed.start_file(name, SimpleFileOptions::default()).unwrap();
        streamed.write_all(bytes).unwrap();
    }
    check(&streamed.finish().unwrap().into_inner(), &[("f!a.csv", TEXT), ("f!b.csv", TEXT)]);
}

#[test]
fn members_of_unknown_types_are_files() {
    let mut bytes = tar(&[("a.csv", TEXT)]);
    bytes[156] = b'Q';
    let mut header = tar::Header::new_gnu();
    header.as_mut_bytes().copy_from_slice(&bytes[..512]);
    header.set_cksum();
    bytes[..512].copy_from_slice(header.as_bytes());
    check(&bytes, &[("f!a.csv", TEXT)]);
}

#[test]
fn what_is_no_workbook_says_so() {
    let compound = [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 2000]].concat();
    let want = "reading f: the workbook is damaged, or no spreadsheet";
    check_described(&compound, &Options::default(), &[want]);
}

#[test]
fn errors_of_members_reach_the_source() {
    let mut inner = gzip(TEXT);
    inner.truncate(inner.len() - 3);
    let Contents::Members(mut members) = open(&zip(&[("a.gz", &inner)]), &Options::default()) else {
        panic!("an archive")
    };
    let member = members.next().unwrap().unwrap();
    let error = super::super::Source::from_reader(&member.name, member.reader, &Options::default()).unwrap_err();
    assert!(matches!(error, Error::Damaged { truncated: true, .. }), "{error:?}");
}
