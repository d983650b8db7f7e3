//! Shapes whose records are lines.

use leakdex::source::{Malformed, Quoting, Separator, Shape, count_addresses};

use super::reading::{All, Case, Row, check, seed};

const DELIMITERS: [u8; 8] = *b",;\t| :^~";

fn delimiter(case: &Case) -> u8 {
    DELIMITERS[usize::from(case.choice) % DELIMITERS.len()]
}

/// Reads a case as a shape; only a line that is too long is malformed.
fn read(case: &Case, shape: Shape) -> Option<All> {
    let all = check(case, Some(shape), &case.options(), case.skip)?;
    let is_known = |row: Option<Malformed>| matches!(row, None | Some(Malformed::TooLong | Malformed::NotASite));
    assert!(all.rows.iter().all(|row| is_known(row.malformed)));
    Some(all)
}

/// Every field stands in its line as it is.
fn check_fields_are_parts(all: &All) {
    for row in all.rows.iter().filter(|row| row.malformed.is_none()) {
        for (_, value) in &row.fields {
            let stands = value.is_empty() || memchr::memmem::find(row.line(), value).is_some();
            assert!(stands, "a field is no part of its line");
        }
    }
}

/// Columns are numbered, and fields joined again are the line.
fn check_joined(all: &All, separator: &[u8]) {
    for row in all.rows.iter().filter(|row| row.malformed.is_none()) {
        assert!(row.fields.iter().map(|(column, _)| *column).eq(0..row.fields.len() as u32), "columns in order");
        assert_eq!(row.values().join(separator), row.line(), "the fields are the line");
    }
}

/// What the cleaning of a text makes of line ends.
fn with_plain_ends(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.iter().peekable();
    let mut out = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        let is_lone = *byte == b'\r' && bytes.peek() != Some(&&b'\n');
        out.push(if is_lone { b'\n' } else { *byte });
    }
    out
}

/// Text that cleaning leaves as it is, line ends aside.
fn is_plain(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| !text.contains(['\0', '\u{feff}']))
}

/// Quoted text: what the `csv` crate reads, where quotes are balanced.
pub fn csv(data: &[u8]) {
    let case = Case::of(data);
    if case.choice & 0x10 != 0 {
        return if case.choice & 0x80 != 0 { apostrophes_round_trip(&case) } else { apostrophes(&case) };
    }
    if case.choice & 0x80 != 0 {
        return if case.choice & 0x20 == 0 { csv_round_trip(&case) } else { escaped_quotes_round_trip(&case) };
    }
    if case.choice & 0x20 != 0 {
        read(&case, Shape::Delimited { delimiter: delimiter(&case), quoting: Quoting::Escaped });
        return;
    }
    let delimiter = delimiter(&case);
    let Some(all) = read(&case, Shape::Delimited { delimiter, quoting: Quoting::Doubled }) else { return };
    let is_sound = all.counts.resynchronised == 0 && all.rows.iter().all(|row| row.malformed.is_none());
    // The crate ends a field at a quote behind a backslash, whatever follows.
    let has_escapes = memchr::memmem::find(case.text, b"\\\"").is_some();
    if !is_sound || !is_plain(case.text) || case.skip > 0 || has_escapes {
        return;
    }
    let text = with_plain_ends(case.text);
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(&text[..]);
    let theirs = reader.byte_records().map(|record| record.expect("a flexible reader takes everything"));
    let theirs: Vec<Vec<Vec<u8>>> = theirs.map(|record| record.iter().map(<[u8]>::to_vec).collect()).collect();
    let ours: Vec<Vec<Vec<u8>>> = all.rows.iter().map(super::reading::Row::values).collect();
    assert_eq!(ours, theirs, "what the csv crate reads");
}

/// Fields for a round trip: a field ends with 1, a row with 2. None if they have more line ends than fields may have.
fn rows_of(text: &str) -> Option<Vec<Vec<&str>>> {
    let rows: Vec<Vec<&str>> = text.split('\u{2}').map(|row| row.split('\u{1}').collect()).collect();
    let line_ends: usize = rows.iter().flatten().map(|field| field.matches('\n').count()).sum();
    (line_ends <= 32).then_some(rows)
}

/// A text that cleaning leaves as it is.
fn cleaned(text: &[u8]) -> String {
    String::from_utf8_lossy(text).replace(['\r', '\0', '\u{feff}'], "")
}

/// What was written for `rows` is read as them.
fn check_written(case: &Case, written: &[u8], quoting: Quoting, rows: &[Vec<&str>]) {
    let shape = Shape::Delimited { delimiter: delimiter(case), quoting };
    let Some(all) = read(&Case { text: written, record_bytes_max: 1 << 20, skip: 0, ..*case }, shape) else { return };
    let want: Vec<Vec<Vec<u8>>> =
        rows.iter().map(|row| row.iter().map(|field| field.as_bytes().to_vec()).collect()).collect();
    let got: Vec<Vec<Vec<u8>>> = all.rows.iter().map(super::reading::Row::values).collect();
    assert_eq!(got, want, "what was written");
}

/// Fields that were written with backslashes before quotes and backslashes come back, and `\N` without quotes is none of them.
fn escaped_quotes_round_trip(case: &Case) {
    let text = cleaned(case.text);
    let Some(rows) = rows_of(&text) else { return };
    let line_end = if case.choice & 0x40 == 0 { "\n" } else { "\\\n" };
    let delimiter = char::from(delimiter(case)).to_string();
    let mut written = String::new();
    for row in &rows {
        let fields = row.iter().map(|field| match *field {
            "" => "\\N".to_owned(),
            field => format!("\"{}\"", field.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', line_end)),
        });
        written.push_str(&fields.collect::<Vec<_>>().join(&delimiter));
        written.push('\n');
    }
    check_written(case, written.as_bytes(), Quoting::Escaped, &rows);
}

/// Fields in apostrophes: their columns are numbered, and they are no longer than what they were written as.
fn apostrophes(case: &Case) {
    let shape = Shape::Delimited { delimiter: delimiter(case), quoting: Quoting::Apostrophes };
    let Some(all) = read(case, shape) else { return };
    for row in all.rows.iter().filter(|row| row.malformed.is_none()) {
        assert!(row.fields.iter().map(|(column, _)| *column).eq(0..row.fields.len() as u32), "columns in order");
        let bytes: usize = row.fields.iter().map(|(_, value)| value.len()).sum();
        assert!(bytes + row.fields.len() <= row.line().len() + 1, "between two fields stands a delimiter");
    }
}

/// ... and those that were written by rule come back, in parentheses and without.
fn apostrophes_round_trip(case: &Case) {
    let text = cleaned(case.text).replace('\n', "");
    let Some(rows) = rows_of(&text) else { return };
    let (apostrophe, begin, end) = match (case.choice & 0x20 != 0, case.choice & 0x40 != 0) {
        (true, true) => ("\\'", "(", "),"),
        (true, false) => ("\\'", "", ""),
        (false, true) => ("''", "(", ")"),
        (false, false) => ("''", "", ""),
    };
    let delimiter = char::from(delimiter(case)).to_string();
    let mut written = String::new();
    for row in &rows {
        let fields = row.iter().map(|field| format!("'{}'", field.replace('\\', "\\\\").replace('\'', apostrophe)));
        written.push_str(&format!("{begin}{}{end}\n", fields.collect::<Vec<_>>().join(&delimiter)));
    }
    check_written(case, written.as_bytes(), Quoting::Apostrophes, &rows);
}

/// Fields that were written by rule come back.
fn csv_round_trip(case: &Case) {
    let text = cleaned(case.text);
    let Some(rows) = rows_of(&text) else { return };
    let delimiter = delimiter(case);
    let style = if case.choice & 0x40 == 0 { csv::QuoteStyle::Always } else { csv::QuoteStyle::Necessary };
    let mut writer =
        csv::WriterBuilder::new().delimiter(delimiter).quote_style(style).flexible(true).from_writer(Vec::new());
    rows.iter().for_each(|row| writer.write_record(row).expect("memory takes everything"));
    let written = writer.into_inner().expect("memory takes everything");
    check_written(case, &written, Quoting::Doubled, &rows);
}

/// Text without quotes.
pub fn delimited(data: &[u8]) {
    let case = Case::of(data);
    let delimiter = delimiter(&case);
    if let Some(all) = read(&case, Shape::Delimited { delimiter, quoting: Quoting::None }) {
        check_joined(&all, &[delimiter]);
    }
}

/// Text in which a backslash escapes: no field is longer than what it was written as.
pub fn escaped(data: &[u8]) {
    let case = Case::of(data);
    let delimiter = delimiter(&case);
    let Some(all) = read(&case, Shape::Escaped { delimiter }) else { return };
    for row in all.rows.iter().filter(|row| row.malformed.is_none()) {
        let bytes: usize = row.fields.iter().map(|(_, value)| value.len()).sum();
        assert!(bytes <= row.line().len(), "escapes make a text shorter");
        if !row.line().contains(&b'\\') {
            assert_eq!(row.values().join(&delimiter), row.line(), "the fields are the line");
        }
    }
}

/// Text between runs of bytes.
pub fn separated(data: &[u8]) {
    let case = Case::of(data);
    let separator = Separator::ALL[usize::from(case.choice) % Separator::ALL.len()];
    if let Some(all) = read(&case, Shape::Separated(separator)) {
        check_joined(&all, separator.as_bytes());
    }
}

/// Text between colons.
pub fn colons(data: &[u8]) {
    if let Some(all) = read(&Case::of(data), Shape::Colons) {
        check_joined(&all, b":");
    }
}

/// One value a line.
pub fn whole_lines(data: &[u8]) {
    if let Some(all) = read(&Case::of(data), Shape::Lines) {
        check_joined(&all, b"no line has two fields");
    }
}

/// Combolists.
pub fn logins(data: &[u8]) {
    let case = Case { skip: 0, ..Case::of(data) };
    if let Some(all) = read(&case, Shape::Logins { delimiter: delimiter(&case) }) {
        check_fields_are_parts(&all);
        assert!(all.rows.iter().all(|row| row.malformed.is_some() || (1..=3).contains(&row.fields.len())));
    }
}

/// Lists of sites.
pub fn sites(data: &[u8]) {
    let case = Case { skip: 0, ..Case::of(data) };
    if let Some(all) = read(&case, Shape::Sites { delimiter: delimiter(&case) }) {
        check_fields_are_parts(&all);
        assert!(all.rows.iter().all(|row| row.malformed.is_some() || row.fields.len() == 3));
    }
}

/// Lines of names and values: every value stands in its line, and no column holds what stands before it.
pub fn assigned(data: &[u8]) {
    let case = Case { skip: 0, ..Case::of(data) };
    if let Some(all) = read(&case, Shape::Assigned) {
        check_fields_are_parts(&all);
        let is_named = |row: &Row| row.malformed.is_some() || row.line().iter().any(|byte| matches!(byte, b'=' | b':'));
        assert!(all.rows.iter().all(is_named), "a record has a name");
    }
}

/// Lines of a name, a blank and a value: nothing of a line is lost but the blanks between.
pub fn forms(data: &[u8]) {
    let case = Case { skip: 0, ..Case::of(data) };
    if let Some(all) = read(&case, Shape::Forms) {
        check_fields_are_parts(&all);
        assert!(all.rows.iter().all(|row| row.malformed.is_some() || (1..=2).contains(&row.fields.len())));
    }
}

/// Text that is searched for addresses: as many as the plain count says, whatever the lines.
pub fn search(data: &[u8]) {
    let case = Case { skip: 0, ..Case::of(data) };
    let Some(all) = read(&case, Shape::Found) else { return };
    check_fields_are_parts(&all);
    let mut found = 0;
    for row in all.rows.iter().filter(|row| row.malformed.is_none()) {
        for (_, value) in &row.fields {
            assert_eq!(count_addresses(value), 1, "an address is an address");
        }
        found += row.fields.len() as u64;
    }
    let is_whole = all.rows.iter().all(|row| row.malformed.is_none());
    if is_whole && is_plain(case.text) {
        // The count leaves out what is a name and password before the host of a URL; a search takes it.
        let text = with_plain_ends(case.text);
        let (counted, has_urls) = (count_addresses(&text), memchr::memmem::find(&text, b"//").is_some());
        assert!(found == counted || (has_urls && found > counted), "no address is lost: {found} of {counted}");
    }
}

pub fn csv_seeds() -> Vec<Vec<u8>> {
    vec![
        seed([0, 6, 0, 0], "id,name\r\n1,\"Li, Na\"\r\n2,\"a \"\"b\"\"\nc\"\r\n"),
        seed([1, 2, 0, 3], "\"a\";\"b\"x;\"c\n1;\"open\n2;\"d\"\n"),
        seed([2, 0, 4, 0], "\"\"\t\"\n\n\"\t\"\"\"\"\nx\"y\t\"z\" \t \"w\"\n"),
        seed([0x80, 9, 0, 0], "a\u{1}b \"c\"\u{1}\u{2},\u{1}\n\u{2}"),
        seed([0x20, 4, 0, 0], "\"1\",\"a \\\"b\\\", c\",\\N\n\"2\",\"C:\\\\\",\"d\\\ne\"\n\"x\\\"\n3,\"y\n"),
        seed([0xa0, 7, 0, 0], "a\\\u{1}\"b,\"\u{1}\u{2}\\N\u{1}c\nd\u{2}"),
        seed([0xe1, 5, 0, 2], "\\\"\u{1}x\ny\u{2}\u{1}\\\\"),
        seed([0xc1, 3, 0, 1], "\u{738b}\u{4f1f}\u{1};x;\u{2}\"\u{1} y"),
        seed([0x10, 5, 0, 0], "'1','a@x.io','O''N, x'\r\n(2, 'b', \"O'N\", NULL),\n'open,'c', d ,'\\\n"),
        seed([0x12, 3, 2, 0], " ( '7'\t''\tx y ); \n'it's'\t'\\''\n'a\nb'\t\"c\n"),
        seed([0x90, 6, 0, 0], "a'\u{1},'b\\\u{2}\u{1}'',"),
        seed([0xf1, 4, 0, 0], "x\u{1}'; '\u{2}\\'"),
    ]
}

pub fn delimited_seeds() -> Vec<Vec<u8>> {
    vec![
        seed([0, 5, 0, 0], "a,b,,\"c\n,,\n\n1\r\n2\r3\n"),
        seed([3, 1, 3, 2], "anna@example.com|1\0|\n\u{feff}x|0123456789012345678901234567890123456789\n|y"),
    ]
}

pub fn escaped_seeds() -> Vec<Vec<u8>> {
    vec![
        seed([2, 5, 0, 0], "1\ta\\\tb\t\\N\tc\\\\\n2\tx\\\ny\t\n3\\"),
        seed([0, 2, 3, 16], "a\\0b\\Z,\\n\\r\\t\\b\\\r\n\\\\\\\nx,\\,\n"),
    ]
}

pub fn separated_seeds() -> Vec<Vec<u8>> {
    vec![
        seed([0, 4, 0, 0], "\u{738b}\u{4f1f}----13812345678----x\n-----a---\n----\n"),
        seed([4, 1, 0, 3], "a::b:::c::::\n::\n"),
    ]
}

pub fn colons_seeds() -> Vec<Vec<u8>> {
    vec![
        seed([0, 3, 0, 0], "8613812345678:1001:Anna::6/1/2018 12:00:00 AM:a@example.com:\n"),
        seed([0, 9, 2, 4], "http://x:80:2020-01-01T10:11:12.5:://:12:00\n1:2\n"),
    ]
}

pub fn whole_lines_seeds() -> Vec<Vec<u8>> {
    vec![seed([0, 1, 0, 0], "a\r\n\r\n \nb\rc\u{2028}d\u{b}e\n"), seed([0, 0, 5, 5], "123456\n12345\n\n1234")]
}

pub fn logins_seeds() -> Vec<Vec<u8>> {
    vec![
        seed([5, 7, 0, 0], "anna@example.com:pa:ss\nbert@example.org;x\nuser88:abc\n13812345678:q\n:\n@:@\n"),
        seed([1, 3, 0, 2], "a88;anna@example.com;h;s\nanna@m\u{fc}nchen.example----x--y\nanna@example.com == z\n"),
    ]
}

pub fn sites_seeds() -> Vec<Vec<u8>> {
    vec![
        seed([5, 7, 0, 0], "https://a.example:8443/l?x=1:anna@example.com:pw\nandroid://3i/F==@com.example/:u:p:q\n"),
        seed([3, 2, 3, 0], "anna|pw|http://a.example/\nshop.example|a|b\n192.0.2.7:80|a|b\n://|x\n"),
        seed([5, 1, 0, 3], "https://a.example/b:c/d:anna@example.com:pw:x\nhttps://[::1]:80:a:b\nx"),
    ]
}

pub fn forms_seeds() -> Vec<Vec<u8>> {
    vec![
        seed([0, 5, 0, 0], "email anna@example.com\nbilling_phone  +49 551 123456\nq how to cook rice\n"),
        seed([0, 2, 3, 1], "a: b\n\u{738b} x\r\n \n1 x\nlogin[a] \tx \nx\n"),
    ]
}

pub fn assigned_seeds() -> Vec<Vec<u8>> {
    vec![
        seed([0, 5, 0, 0], "email=anna@example.com, ip=203.0.113.9, name=Li, Anna\nemail=\"b@example.org\"; x=a=b\n"),
        seed([0, 2, 3, 1], "a==b c= d=e\tf=\r\n=\nA=1|a=2\n\u{738b}=x, 1=2\n0123456789=0\n"),
        seed(
            [0, 4, 1, 0],
            "ID: 7 | Full name: Li, Anna | Mail:a@b.example\n\u{738b} : x\ty:z ip: fe80::1\nurl: https://x:1/\n:\n",
        ),
    ]
}

pub fn search_seeds() -> Vec<Vec<u8>> {
    vec![
        seed([0, 3, 0, 0], "To: <anna@example.com>; (1,'x\\nbob@example.org')\n..a@b..c\na@b@c.example.\n"),
        seed([0, 8, 3, 1], "noise\n@@@@x@y.zz@\n\\t@a.bc \\ta.b@c.de-f.gh\r\n"),
    ]
}
