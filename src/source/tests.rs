//! Whole sources: from bytes or files to records.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use proptest::prelude::*;

use super::*;

/// Everything that must not depend on the size of a block.
#[derive(Debug, PartialEq, Eq)]
struct All {
    rows: Vec<String>,
    counts: SplitCounts,
    totals: Totals,
}

fn options(block_bytes: usize, record_bytes_max: usize) -> Options {
    Options { block_bytes, record_bytes_max, ..Options::default() }
}

fn read_source(source: Source, options: &Options, skip: usize) -> All {
    let columns = match source.description().shape.names_columns() {
        true => Columns::paths(&source.sample().columns),
        false => Columns::positions(),
    };
    let mut splitter = Splitter::new(source.description().shape, &columns, options);
    let mut blocks = source.into_blocks(skip, Arc::new(Progress::new()));
    let (mut block, mut record, mut rows, mut sequence) = (Block::default(), Record::new(), Vec::new(), 0);
    let mut bytes = 0;
    while blocks.next_block(&mut block).unwrap() {
        assert_eq!(block.sequence, sequence);
        sequence += 1;
        let mut at = 0;
        splitter.begin(&block);
        while let Some(outcome) = splitter.next(&block.bytes, &mut at, &mut record) {
            bytes += splitter.consumed() as u64;
            let mut row = String::new();
            match outcome {
                Outcome::Malformed(malformed) => row.push_str(malformed.name()),
                Outcome::Record => {
                    for (column, value) in record.fields(&block.bytes) {
                        write!(row, "{column}={} ", value.escape_ascii()).unwrap();
                    }
                }
            }
            rows.push(row);
        }
        assert_eq!(at, block.bytes.len());
    }
    let (counts, totals) = (splitter.counts(), blocks.totals());
    let passed_over = counts.skipped_bytes + counts.resynchronised_bytes + totals.header_bytes;
    assert_eq!(bytes + passed_over, totals.text_bytes, "every byte of the text has a fate");
    All { rows, counts, totals }
}

fn read_bytes(bytes: &[u8], options: &Options, skip: usize) -> Result<All, Error> {
    let source = Source::from_reader("t", Box::new(io::Cursor::new(bytes.to_vec())), options)?;
    Ok(read_source(source, options, skip))
}

fn rows(bytes: &[u8]) -> Vec<String> {
    read_bytes(bytes, &Options::default(), 0).unwrap().rows
}

fn write(bytes: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    file
}

fn description(bytes: &[u8]) -> String {
    match Source::from_reader("t", Box::new(io::Cursor::new(bytes.to_vec())), &Options::default()) {
        Ok(source) => {
            let Description { container, encoding, bom, shape, lone_cr, .. } = source.description();
            format!("{container} {encoding} {bom} {shape} {lone_cr}")
        }
        Err(error) => error.to_string(),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn a_source_describes_itself() {
    let text = "id;name\r\n1;\u{738b}\u{4f1f}\u{5408}\u{80a5}\r\n2;\u{674e}\u{5a1c}\r\n";
    let gb18030 = encoding_rs::GB18030.encode(text).0;
    let utf16: Vec<u8> = "\u{feff}id\tname\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(description(text.as_bytes()), "plain UTF-8 false semicolon-delimited text false");
    assert_eq!(description(&gzip(&gb18030)), "gzip gb18030 false semicolon-delimited text false");
    assert_eq!(description(&utf16), "plain UTF-16BE true tab-delimited text false");
    assert_eq!(description(b"a,b\rc,d\re,f"), "plain UTF-8 false comma-delimited text true");
    assert_eq!(description(b""), "plain UTF-8 false one value a line false");
    assert_eq!(description(b"{\"a\":1}\n"), "plain UTF-8 false JSON Lines false");
    assert_eq!(description(b"[{\"a\":1}]"), "plain UTF-8 false a JSON array of objects false");
    assert_eq!(description(&gzip(&gzip(b"x"))), "gzip UTF-8 false one value a line false");
}

#[test]
fn records_are_read() {
    let none: [&str; 0] = [];
    assert_eq!(rows(b""), none);
    assert_eq!(rows(b"\n\r\n"), none);
    assert_eq!(rows(b"x"), ["0=x "]);
    assert_eq!(rows(b"\xef\xbb\xbfa,b\r\n\"c\",\"d\r\ne\"\r\n"), ["0=a 1=b ", "0=c 1=d\\r\\ne "]);
    assert_eq!(rows(b"sep=|\r\na|b,c\n"), ["0=a 1=b,c "]);
    assert_eq!(rows(b"a,b\rc,d\r\re,f"), ["0=a 1=b ", "0=c 1=d ", "0=e 1=f "]);
    assert_eq!(rows(b"{\"a\":\"x\",\"b\":{\"c\":[1,2]}}\n{\n{\"a\":null}"), ["0=x 1=1 1=2 ", "not_json", ""]);
    assert_eq!(rows("a;\u{e4}\u{f6}\n".as_bytes()), ["0=a 1=\\xc3\\xa4\\xc3\\xb6 "]);
}

#[test]
fn header_records_are_skipped() {
    let text = b"\n\"a\nb\",c\nd,e\nf,g\n";
    for block_bytes in [1, 64, 1 << 20] {
        let all = read_bytes(text, &options(block_bytes, 100), 1).unwrap();
        assert_eq!(all.rows, ["0=d 1=e ", "0=f 1=g "], "{block_bytes}");
        assert_eq!(read_bytes(text, &options(block_bytes, 100), 9).unwrap().rows.len(), 0);
    }
}

#[test]
fn an_open_quote_costs_one_record() {
    let mut text = String::from("id,name\n");
    for row in 0..20_000 {
        let name = if row == 10 { "\"Anna".to_owned() } else { format!("\"Li {row}\"") };
        writeln!(text, "{row},{name}").unwrap();
    }
    let all = read_bytes(text.as_bytes(), &options(1000, 1 << 20), 1).unwrap();
    assert_eq!(all.rows.len(), 20_000);
    assert_eq!(all.rows[10], "0=10 1=\\\"Anna ");
    assert_eq!(all.rows[11], "0=11 1=Li 11 ");
    assert_eq!(all.counts.resynchronised, 1);
}

#[test]
fn a_line_without_end_keeps_memory_bounded() {
    /// 64 MiB of one line, then a short one.
    struct Endless(u64);
    impl Read for Endless {
        fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
            let left = (64 << 20) - self.0;
            let count = (out.len() as u64).min(left.max(3)) as usize;
            out[..count].fill(b'a');
            if left == 0 {
                out[..3].copy_from_slice(b"\nb\n");
            }
            self.0 += if left == 0 { 0 } else { count as u64 };
            Ok(if self.0 == u64::MAX { 0 } else { count })
        }
    }
    let reader = Endless(0).take((64 << 20) + 3);
    let options = options(1 << 20, 1 << 20);
    let source = Source::from_reader("t", Box::new(reader), &options).unwrap();
    let mut splitter = Splitter::new(source.description().shape, &Columns::positions(), &options);
    let mut blocks = source.into_blocks(0, Arc::new(Progress::new()));
    let (mut block, mut record, mut outcomes) = (Block::default(), Record::new(), Vec::new());
    while blocks.next_block(&mut block).unwrap() {
        let mut at = 0;
        splitter.begin(&block);
        while let Some(outcome) = splitter.next(&block.bytes, &mut at, &mut record) {
            outcomes.push(outcome);
        }
        assert!(block.bytes.capacity() < 8 << 20, "{}", block.bytes.capacity());
    }
    assert_eq!(outcomes, [Outcome::Malformed(Malformed::TooLong), Outcome::Record]);
    assert_eq!(blocks.totals().bytes_read, (64 << 20) + 3);
}

#[test]
fn bytes_are_conserved_and_progress_is_raised() {
    let text = "id,name\n1,a\n".repeat(500_000);
    for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes()), [gzip(text.as_bytes()), b"junk".to_vec()].concat()] {
        let file = write(&bytes);
        let source = Source::open(file.path(), &Options::default()).unwrap();
        let progress = Arc::new(Progress::new());
        let mut blocks = source.into_blocks(0, progress.clone());
        let (mut block, mut lines) = (Block::default(), 0);
        while blocks.next_block(&mut block).unwrap() {
            lines += memchr::memchr_iter(b'\n', &block.bytes).count();
        }
        let totals = blocks.totals();
        assert_eq!(lines, 1_000_000);
        assert_eq!(totals.bytes_read, bytes.len() as u64);
        assert_eq!(totals.bytes_size, Some(bytes.len() as u64));
        assert_eq!(totals.fingerprint, xxhash_rust::xxh3::xxh3_128(&bytes));
        assert_eq!(totals.trailing_garbage_bytes, if bytes.ends_with(b"junk") { 4 } else { 0 });
        assert_eq!((progress.bytes_read(), progress.bytes_total()), (totals.bytes_read, totals.bytes_read));
    }
}

#[test]
fn a_stop_is_obeyed() {
    let source = Source::from_reader("t", Box::new(&b"a\nb\n"[..]), &Options::default()).unwrap();
    let progress = Arc::new(Progress::new());
    let mut blocks = source.into_blocks(0, progress.clone());
    progress.request_stop();
    let got = blocks.next_block(&mut Block::default());
    assert!(matches!(got, Err(Error::Stopped)), "{got:?}");
}

#[test]
fn a_large_file_is_sampled_all_over() {
    let mut text = String::from("id,name\n");
    for row in 0..300_000 {
        writeln!(text, "{row},{}", if row < 200_000 { "ascii" } else { "\u{738b}\u{4f1f}\u{5408}\u{80a5}\u{5e02}" })
            .unwrap();
    }
    let file = write(&encoding_rs::GB18030.encode(&text).0);
    let source = Source::open(file.path(), &Options::default()).unwrap();
    assert_eq!(source.description().encoding, "gb18030");
    let sample = source.sample();
    assert!(!sample.whole_file);
    assert_eq!(sample.rows.len(), 2000 + 64 * 16);
    assert_eq!(sample.rows[0].fields[1].1, b"name");
    let last = sample.rows.last().unwrap();
    assert_eq!(last.fields[1].1, "\u{738b}\u{4f1f}\u{5408}\u{80a5}\u{5e02}".as_bytes());
    assert_eq!(format!("{sample:?} {last:?}"), "Sample(0 columns, 3024 rows, whole_file: false) SampleRow(2 fields)");
}

#[test]
fn small_samples_are_whole() {
    let source = Source::from_reader("t", Box::new(&b"a,b\nc,d"[..]), &Options::default()).unwrap();
    assert!(source.sample().whole_file);
    assert_eq!(source.sample().rows[1].fields, [(0, b"c".to_vec()), (1, b"d".to_vec())]);
}

#[test]
fn only_regular_files_are_opened() {
    let directory = tempfile::tempdir().unwrap();
    let open = |path: &Path| Source::open(path, &Options::default()).map(|_| ()).unwrap_err();
    let error = open(directory.path());
    assert!(matches!(error, Error::NotAFile { what: "a directory", .. }), "{error:?}");
    let error = open(&directory.path().join("none"));
    assert!(matches!(error, Error::Open { .. }), "{error:?}");
    assert!(error.hint().is_some());
    #[cfg(unix)]
    {
        let error = open(Path::new("/dev/null"));
        assert!(matches!(error, Error::NotAFile { what: "a device", .. }), "{error:?}");
        let _listener = std::os::unix::net::UnixListener::bind(directory.path().join("s")).unwrap();
        let error = open(&directory.path().join("s"));
        assert!(matches!(error, Error::NotAFile { what: "a socket", .. }), "{error:?}");
    }
}

#[test]
fn malformed_sequences_are_counted() {
    let bytes = [&encoding_rs::GB18030.encode("\u{738b}\u{4f1f},1\n").0[..], b"\xff\xff,2\n"].concat();
    let options = Options { encoding: Some("gb18030".to_owned()), ..Options::default() };
    let all = read_bytes(&bytes, &options, 0).unwrap();
    assert_eq!(all.totals.undecodable, 2);
    assert_eq!(all.rows.len(), 2);
}

fn totals(bytes: &[u8], encoding: Option<&str>) -> (Vec<String>, u64, u64, u64) {
    let options = Options { encoding: encoding.map(str::to_owned), ..Options::default() };
    let All { rows, totals, .. } = read_bytes(bytes, &options, 0).unwrap();
    (rows, totals.undecodable, totals.nul_bytes, totals.foreign_runs)
}

#[test]
fn text_is_cleaned_and_the_changes_are_counted() {
    let rows = |rows: &[&str]| rows.iter().map(|&row| row.to_owned()).collect::<Vec<_>>();
    let plain = rows(&["0=anna.li.from.hefei.in.anhui@example.com 1=b ", "0=c 1=d ", "0=e 1=f "]);
    let ends = ["\n", "\r", "\r\n", "\r\r\n", "\n\u{feff}", "\r\u{feff}", "\0\r\0\n"];
    for (first, second) in ends.iter().flat_map(|first| ends.map(|second| (first, second))) {
        let text = format!("\u{feff}anna.li.from.hefei.in.anhui@example.com,b{first}{second}c,d{second}e,f{first}");
        assert_eq!(totals(text.as_bytes(), None).0, plain, "{first:?} {second:?}");
    }
    assert_eq!(totals(b"anna.li.from.hefei.in.anhui@example.com,b\0\0\nc\0,d\n\0e,f", None), (plain, 0, 4, 0));
    let gbk = rows(&["0=a 1=\\xe7\\x8e\\x8b\\xe4\\xbc\\x9f ", "0=b 1=c "]);
    let replaced = rows(&["0=a 1=\\xef\\xbf\\xbd\\xef\\xbf\\xbd\\xce\\xb0 ", "0=b 1=c "]);
    assert_eq!(totals(b"a,\xcd\xf5\xce\xb0\nb,c\n", Some("gbk")), (gbk.clone(), 0, 0, 0));
    assert_eq!(totals(b"a,\xcd\xf5\xce\xb0\nb,c\n", Some("utf-8")), (replaced, 2, 0, 0));
    // A mark says what the first part is; what was asked for decodes the rest.
    assert_eq!(totals(b"\xef\xbb\xbfa,\xcd\xf5\xce\xb0\nb,c\n", Some("gbk")), (gbk, 0, 0, 1));
}

#[test]
fn a_merged_source_says_so_and_its_windows_are_decoded_alike() {
    let names = ["\u{738b}\u{4f1f}\u{5408}", "\u{674e}\u{5a1c}\u{80a5}", "\u{5973}\u{738b}\u{5e02}"];
    let mut bytes = b"id,name\n".to_vec();
    for row in 0..200_000 {
        let line = format!("{row},{}\n", names[row % 3]);
        // The second half is from another system.
        bytes.extend_from_slice(&if row % 4 == 0 || row > 100_000 {
            encoding_rs::GB18030.encode(&line).0
        } else {
            line.as_bytes().into()
        });
    }
    let file = write(&bytes);
    let source = Source::open(file.path(), &Options::default()).unwrap();
    let Description { encoding, others, .. } = source.description();
    let mut all = [&[*encoding][..], others].concat();
    all.sort_unstable();
    assert_eq!(all, ["UTF-8", "gb18030"]);
    let mut values = source.sample().rows.iter().skip(1).map(|row| row.fields[1].1.as_slice());
    assert!(values.all(|value| names.iter().any(|name| name.as_bytes() == value)));
    let all = read_source(source, &Options::default(), 1);
    assert!(
        all.rows
            .iter()
            .enumerate()
            .all(|(row, got)| *got == format!("0={row} 1={} ", names[row % 3].as_bytes().escape_ascii()))
    );
    assert!(all.totals.foreign_runs > 50_000 && all.totals.undecodable == 0, "{:?}", all.totals);
}

/// Pieces that meet in nasty ways.
const PIECES: [&str; 18] = [
    "a",
    "bc",
    ",",
    ",",
    "\"",
    "\"",
    "\"\"",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "\0",
    "\u{738b}",
    ",\"x\",",
    "\"y\nz\"",
    "\n\"",
    "\"\n",
    "0123456789012345678901234567890123456789",
];

/// The same records for every size of a block, and in one piece.
fn check_block_sizes(bytes: &[u8], record_bytes_max: usize) -> Result<(), TestCaseError> {
    let Ok(want) = read_bytes(bytes, &options(1 << 20, record_bytes_max), 0) else { return Ok(()) };
    prop_assert_eq!(want.totals.bytes_read, bytes.len() as u64);
    for block_bytes in [1, 2, 3, 7, 64, 100, 300, 1000, 5000, 1 << 16] {
        let got = read_bytes(bytes, &options(block_bytes, record_bytes_max), 0).unwrap();
        prop_assert_eq!(&got, &want, "blocks of {} bytes", block_bytes);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn records_do_not_depend_on_blocks(
        pieces in prop::collection::vec(0..PIECES.len(), 0..200),
        max in prop::sample::select(vec![5usize, 30, 60, 1000]),
        newlines in 0..40usize,
    ) {
        let nasty: String = pieces.iter().map(|&piece| PIECES[piece]).collect();
        // Enough well-formed rows that the text is taken for quoted, and an embedded field around the limit.
        let good = "k,\"v\"\n".repeat(300);
        let text = format!("{good}{nasty}\n1,\"{}\"\n{nasty}", "n\n".repeat(newlines));
        check_block_sizes(text.as_bytes(), max)?;
        check_block_sizes(nasty.as_bytes(), max)?;
    }

    #[test]
    fn json_records_do_not_depend_on_blocks(lines in prop::collection::vec(0..6usize, 0..60)) {
        let kinds = ["{\"a\":1}", "{\"b\":[\"x\",{\"c\":\"\\n\"}]}", "", "{", "[1]", "{\"a\":\"0123456789012345678901234567890123456789\"}"];
        let text: String = lines.iter().map(|&line| format!("{}\r\n", kinds[line])).collect();
        check_block_sizes(text.as_bytes(), 40)?;
    }
}
