//! The same people in every shape, compression and encoding: always the same answer.

use super::desk::{DUMP, Desk, EXPOSURES, LIST};
use std::io::Write;

/// Compressed with gzip, one member per part.
pub fn gzip(parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for part in parts {
        let mut encoder = flate2::write::GzEncoder::new(&mut bytes, flate2::Compression::default());
        encoder.write_all(part).and_then(|()| encoder.finish().map(drop)).expect("a vector takes everything");
    }
    bytes
}

/// Compressed with zstd, with a checksum.
pub fn zstd(text: &[u8]) -> Vec<u8> {
    let mut encoder = ::zstd::Encoder::new(Vec::new(), 3).expect("an encoder");
    encoder.include_checksum(true).expect("an encoder");
    encoder.write_all(text).and_then(|()| encoder.finish()).expect("a vector takes everything")
}

fn utf16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    format!("\u{feff}{text}").encode_utf16().flat_map(to_bytes).collect()
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

/// [`DUMP`] with Chinese names of columns, and enough Chinese to recognise the encoding.
fn chinese_dump() -> String {
    let head = "\u{90ae}\u{7bb1},\u{624b}\u{673a}\u{53f7},\u{59d3}\u{540d}";
    let name = "\u{6b27}\u{9633}\u{5a1c}\u{5a1c}";
    DUMP.replacen("email,mobile,name", head, 1).replace("Carl", name).replace("Dora", name)
}

/// Ingests a dump with these options, scans [`LIST`], and expects [`EXPOSURES`].
#[track_caller]
fn check(dump: impl AsRef<[u8]>, options: &str, shape: &str) {
    let desk = Desk::new();
    desk.write("dump", dump);
    desk.write("list.csv", LIST);
    let outcome = desk.leakdex(&format!("ingest dump --breach shop --region CN {options}")).run_ok();
    let text = outcome.stderr_text();
    assert!(text.contains(shape), "`{shape}` in\n{outcome}");
    assert!(text.contains("3 records = 3 accepted + 0 rejected"), "{outcome}");
    let scan = desk.leakdex("scan list.csv --region CN --reference id").run_ok();
    assert_eq!(scan.stdout_text(), EXPOSURES, "{shape}\n{outcome}");
}

/// Scans a list in this shape against [`DUMP`], and expects [`EXPOSURES`].
#[track_caller]
fn check_list(list: impl AsRef<[u8]>, options: &str) {
    let desk = Desk::with_index();
    desk.write("list", list);
    let from_file = desk.leakdex(&format!("scan list --region CN {options}")).run_ok();
    assert_eq!(from_file.stdout_text(), EXPOSURES, "{options}\n{from_file}");
    let from_stdin = desk.leakdex(&format!("scan - --region CN {options}")).stdin(desk.read("list")).run_ok();
    assert_eq!(from_stdin.stdout_text(), EXPOSURES, "standard input, {options}\n{from_stdin}");
}

#[test]
fn delimiters() {
    check(DUMP, "", "comma-delimited text, UTF-8, first row taken as names");
    check(DUMP.replace(',', ";"), "", "semicolon-delimited text");
    check(DUMP.replace(',', "\t"), "", "tab-delimited text");
    check(DUMP.replace(',', "|"), "", "pipe-delimited text");
    check_list(LIST.replace(',', ";"), "--reference id");
    check_list(LIST.replace(',', "\t"), "--reference id");
    check_list(LIST.replace(',', "|"), "--reference 1");
}

#[test]
fn line_ends() {
    check(DUMP.replace('\n', "\r\n"), "", "comma-delimited text");
    check(DUMP.replace('\n', "\r"), "", "comma-delimited text");
    check(DUMP.trim_end(), "", "comma-delimited text");
    check(DUMP.replace('\n', "\n\n"), "", "blank lines");
    check_list(LIST.replace('\n', "\r\n"), "--reference id");
}

#[test]
fn quoted_fields_with_line_ends_and_delimiters() {
    let dump = "\"email\",\"mobile\",\"name\"\r\n\
        \"anna.maria@example.com\",\"13800138001\",\"Wang,\r\nwith \"\"quotes\"\"\n, and more\"\r\n\
        \"carl@example.org\",\"\",\"Carl\"\r\n\
        \"dora@example.org\",\"139 0013 9002\",\"Dora\n\n\"\r\n";
    check(dump, "", "comma-delimited text");
    let list = "id,email,mobile,note\nc1,Anna.Maria@EXAMPLE.com,+86 138-0013-8001,\"two\nlines\"\n\
        c2,carl@example.org,,\"a, b\"\nc3,,008613900139002,\nc4,nobody@example.net,13700137003,\"\"\"\"\n";
    check_list(list, "--reference id");
}

#[test]
fn json_lines_with_nested_arrays() {
    let dump = "\
        {\"profile\":{\"emails\":[{\"address\":\"anna.maria@example.com\"}],\"phones\":[\"13800138001\"]},\"name\":\"A\"}\n\
        {\"name\":\"C\",\"profile\":{\"phones\":[],\"emails\":[{\"address\":\"carl@example.org\"},{\"address\":null}]}}\n\
        {\"profile\":{\"phones\":[\"\",\"139 0013 9002\"],\"emails\":[{\"address\":\"dora\\u0040example.org\"}]},\"name\":\"D\"}\n";
    let map = "--map profile.emails[].address=email --map profile.phones[]=phone --map name=class:Names";
    check(dump, map, "JSON Lines");
    let list = "{\"id\":\"c1\",\"e\":\"Anna.Maria@EXAMPLE.com\",\"m\":[\"+86 138-0013-8001\"]}\n\
        {\"id\":\"c2\",\"e\":\"carl@example.org\",\"m\":[]}\n\
        {\"id\":\"c3\",\"m\":[\"008613900139002\",\"13700137009\"]}\n\
        {\"id\":\"c4\",\"e\":\"nobody@example.net\",\"m\":[\"13700137003\"]}\n";
    check_list(list, "--reference id --map e=email --map m[]=phone");
}

#[test]
fn one_value_a_line() {
    let desk = Desk::new();
    desk.write("dump.txt", "anna.maria@example.com\ncarl@example.org\n");
    let outcome = desk.leakdex("ingest dump.txt --breach shop").run_ok();
    assert!(outcome.stderr_text().contains("one value a line"), "{outcome}");
    let scan = desk.leakdex("scan - --quiet").stdin("CARL@example.org\nnobody@example.net\n").run_ok();
    assert_eq!(scan.stdout_text().lines().nth(1), Some("1,,email,exact,shop,Email addresses"));
    assert_eq!(scan.stdout_text().lines().count(), 2, "{scan}");
}

#[test]
fn compression() {
    let (head, tail) = DUMP.split_at(40);
    check(gzip(&[head.as_bytes(), tail.as_bytes()]), "", "comma-delimited text");
    check(gzip(&[DUMP.as_bytes()]), "", "comma-delimited text");
    check(zstd(DUMP.as_bytes()), "", "comma-delimited text");
    let frames = [zstd(head.as_bytes()), zstd(tail.as_bytes())].concat();
    check(frames, "", "comma-delimited text");
    check_list(gzip(&[LIST.as_bytes()]), "--reference id");
    check_list(zstd(LIST.as_bytes()), "--reference id");
}

#[test]
fn bytes_behind_a_compressed_stream_are_counted() {
    let desk = Desk::new();
    desk.write("dump", [gzip(&[DUMP.as_bytes()]), b"not a member".to_vec()].concat());
    let outcome = desk.leakdex("ingest dump --breach shop --region CN").run_code(3);
    let text = outcome.stderr_text();
    assert!(text.contains("12 bytes behind the end of the compressed data were left out"), "{outcome}");
    assert!(text.contains("3 records = 3 accepted + 0 rejected"), "{outcome}");
}

#[test]
fn encodings_of_unicode() {
    check(format!("\u{feff}{DUMP}"), "", "UTF-8");
    check(utf16(DUMP, u16::to_le_bytes), "", "UTF-16LE");
    check(utf16(DUMP, u16::to_be_bytes), "", "UTF-16BE");
    check(&utf16(DUMP, u16::to_le_bytes)[2..], "--encoding utf-16le", "UTF-16LE");
    check(zstd(&utf16(DUMP, u16::to_le_bytes)), "", "UTF-16LE");
    check_list(format!("\u{feff}{LIST}"), "--reference id");
    check_list(utf16(LIST, u16::to_be_bytes), "--reference id");
}

#[test]
fn chinese_encodings() {
    check(chinese_dump(), "", "UTF-8");
    check(gb18030(&chinese_dump()), "", "gb18030");
    check(gb18030(&chinese_dump()), "--encoding gb18030", "gb18030");
    check(gb18030(&chinese_dump()), "--encoding gbk", "GBK");
    check(gzip(&[&gb18030(&chinese_dump())]), "", "gb18030");
}

#[test]
fn columns_by_name_number_and_case() {
    let unnamed = DUMP.split_once('\n').expect("a header").1;
    check(unnamed, "--map 1=email --map 2=phone --map 3=class:Names", "comma-delimited text, UTF-8\n");
    check(DUMP, "--map EMAIL=email --map 2=phone", "first row taken as names");
    let odd = DUMP.replace("email,mobile,name", "k=1,zz,name");
    check(odd, "--map k=1=email --map zz=phone", "first row taken as names");
    let list = LIST.replace("id,email,mobile", "q,w,e");
    check_list(list, "--reference q --map w=email --map 3=phone");
}
