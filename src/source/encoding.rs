//! Which encoding a text has, and whether it is text at all.

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};
use memchr::memmem;

use super::buffer::Wiped;
use super::census;
use super::error::Error;
use super::mixed::Mix;
use super::sql;

/// What stands between two fields of a load file, in Windows-1252 and in UTF-8. Its first field begins with the thorn.
const BETWEEN_THORNS: [(&[u8], &[u8], &Encoding); 2] =
    [(b"\xfe", b"\xfe\x14\xfe", WINDOWS_1252), (b"\xc3\xbe", b"\xc3\xbe\x14\xc3\xbe", UTF_8)];

/// Enough to see the pattern of UTF-16 or of a binary format.
const LOOK_BYTES: usize = 64 << 10;

/// How the bytes of a source become text.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    /// That of most of the text.
    pub(super) encoding: &'static Encoding,
    /// Those of some of it, as far as the sample shows; the most frequent first.
    pub(super) others: Vec<&'static Encoding>,
    /// Size of the byte order mark, zero without one.
    pub(super) bom_bytes: usize,
    /// How UTF-8 and another encoding share the text. None: it has one encoding, and is decoded as a stream.
    pub(super) mix: Option<Mix>,
    /// What a NUL byte stands for.
    pub(super) zeros: Zeros,
}

/// What the NUL bytes of a text stand for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Zeros {
    /// Nothing: they fill something up.
    #[default]
    Nothing,
    /// They stand between fields.
    Delimiter,
    /// They end lines, as `find -print0` and `sort -z` do it.
    LineEnd,
}

impl Zeros {
    /// By a text in an encoding that extends ASCII. Between fields each stands alone among letters, and in every line as many; where
    /// they end lines, nothing else does.
    fn of(bytes: &[u8]) -> Zeros {
        const LINES_MIN: usize = 2;
        const SHARE_ALIKE_MIN: f64 = 0.95;
        let is_letter = |byte: &u8| !byte.is_ascii_control() && !b",;:|\"' ".contains(byte);
        let is_between = |place: usize| {
            let before = place.checked_sub(1).and_then(|before| bytes.get(before));
            before.is_some_and(is_letter) && bytes.get(place + 1).is_none_or(is_letter)
        };
        let mut zeros = memchr::memchr_iter(0, bytes);
        if zeros.clone().next().is_none() || !zeros.all(is_between) {
            return Zeros::Nothing;
        }
        // In the strings of these they are damage, and what took their place would break the record.
        let is_json = matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['));
        if is_json || sql::look(bytes).is_some() {
            return Zeros::Nothing;
        }
        let counts = |mark: u8, of: &[u8]| memchr::memchr_iter(mark, of).count();
        let lines: Vec<usize> = bytes.split(|byte| *byte == b'\n').map(|line| counts(0, line)).collect();
        let Some(whole) = lines.len().checked_sub(1).filter(|whole| *whole > 0) else {
            return if counts(0, bytes) >= LINES_MIN { Zeros::LineEnd } else { Zeros::Nothing };
        };
        let alike = lines[..whole].iter().filter(|zeros| **zeros == lines[0]).count();
        let is_delimiter = whole >= LINES_MIN && lines[0] > 0 && alike as f64 >= SHARE_ALIKE_MIN * whole as f64;
        if is_delimiter { Zeros::Delimiter } else { Zeros::Nothing }
    }

    /// The byte that takes the place of one; none if nothing does.
    pub(super) fn replacement(self) -> Option<u8> {
        match self {
            Zeros::Nothing => None,
            // Of what stands in hardly any text, what delimits.
            Zeros::Delimiter => Some(b'\x01'),
            Zeros::LineEnd => Some(b'\n'),
        }
    }
}

impl Decision {
    fn stream(encoding: &'static Encoding) -> Decision {
        let mix = (encoding == UTF_8).then_some(Mix::UTF_8);
        Decision { encoding, others: Vec::new(), bom_bytes: 0, mix, zeros: Zeros::Nothing }
    }

    fn mixed(head: &[u8], windows: &[Wiped], asked: Option<&'static Encoding>) -> Decision {
        let census::Guess { encoding, others, mix } = census::guess(head, windows, asked);
        Decision { encoding, others, bom_bytes: 0, mix: Some(mix), zeros: Zeros::Nothing }
    }

    /// Behind a mark of UTF-8: that is the encoding, however much of the text has another.
    fn marked(text: &[u8], windows: &[Wiped], asked: Option<&'static Encoding>) -> Decision {
        let mut decision = Decision::mixed(text, windows, asked);
        if decision.encoding != UTF_8 {
            decision.others.retain(|other| *other != UTF_8);
            decision.others.insert(0, decision.encoding);
            decision.encoding = UTF_8;
        }
        decision.mix = decision.mix.map(|mix| Mix { is_utf8: true, ..mix });
        decision
    }
}

/// Decides from the first bytes and from windows further behind: a byte order mark, then the encoding asked for, then
/// UTF-16 if it looks like that, then UTF-8 with a guess for what is not.
///
/// What somebody asks for decodes everything, and is the fallback where a mark says UTF-8: a file that was put together
/// begins with a mark if its first part did.
pub(super) fn decide(name: &str, head: &[u8], windows: &[Wiped], label: Option<&str>) -> Result<Decision, Error> {
    let asked = label.map(by_label).transpose()?;
    if let Some((encoding, bom_bytes)) = Encoding::for_bom(head) {
        let fallback = asked.filter(|asked| asked.is_ascii_compatible());
        let decision = if encoding == UTF_8 && asked != Some(UTF_8) {
            Decision::marked(&head[bom_bytes..], windows, fallback)
        } else {
            Decision::stream(encoding)
        };
        return Ok(Decision { bom_bytes, ..decision });
    }
    let look = &head[..head.len().min(LOOK_BYTES)];
    check_magic(name, look)?;
    if let Some(encoding) = asked {
        if encoding.is_ascii_compatible() {
            check_controls(name, look, windows)?;
        }
        return Ok(Decision::stream(encoding));
    }
    if let Some(encoding) = utf16_order(look) {
        return Ok(Decision::stream(encoding));
    }
    // Between thorns no byte is the second half of a character; and where most fields are empty, most bytes are none of text.
    let is_load_file = |(thorn, between, _): &&(&[u8], &[u8], _)| {
        look.starts_with(thorn) && memmem::find_iter(look, between).nth(1).is_some()
    };
    if let Some((.., encoding)) = BETWEEN_THORNS.iter().find(is_load_file) {
        return Ok(Decision::stream(encoding));
    }
    check_controls(name, look, windows)?;
    Ok(Decision { zeros: Zeros::of(look), ..Decision::mixed(head, windows, None) })
}

fn by_label(label: &str) -> Result<&'static Encoding, Error> {
    let found = Encoding::for_label_no_replacement(label.trim().as_bytes());
    found.ok_or_else(|| Error::UnknownEncoding { label: label.to_owned() })
}

/// The byte order of UTF-16 without a mark.
///
/// Text of Latin letters has a NUL at every other byte, and a table of Chinese has some at its commas, digits and line
/// ends: ten in a hundred on one side, and hardly any on the other. So may have a text whose fields are padded with NULs;
/// as pairs its letters are two letters each, most of the time. Prose of Chinese has only its line ends and a blank
/// here and there; then what it would be as UTF-16 decides: nothing but letters of scripts that are written, and first
/// bytes of few values. Bytes of other text that are taken as pairs make letters of all kinds.
fn utf16_order(bytes: &[u8]) -> Option<&'static Encoding> {
    let zeros = |first: usize| bytes.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = |count: usize| count >= 2 && count * 10 >= bytes.len();
    match () {
        () if many(odd) && even * 10 <= odd && !is_ascii_in_pairs(bytes, 1) => Some(UTF_16LE),
        () if many(even) && odd * 10 <= even && !is_ascii_in_pairs(bytes, 0) => Some(UTF_16BE),
        () if odd > 0 && reads_as_utf16(bytes, u16::from_le_bytes) => Some(UTF_16LE),
        () if even > 0 && reads_as_utf16(bytes, u16::from_be_bytes) => Some(UTF_16BE),
        () => None,
    }
}

/// Whether of the pairs without a zero at `high` most are two ASCII characters: such a text is no UTF-16.
fn is_ascii_in_pairs(bytes: &[u8], high: usize) -> bool {
    let wide = bytes.chunks_exact(2).filter(|pair| pair[high] != 0);
    let (ascii, all) = wide.fold((0usize, 0usize), |(ascii, all), pair| {
        let is_ascii = pair.iter().all(|byte| matches!(byte, 0 | 0x09..=0x0d | 0x20..=0x7e));
        (ascii + usize::from(is_ascii), all + 1)
    });
    ascii * 2 > all
}

/// Whether pairs of bytes are text: with line ends, 98 of 100 units common letters, and of those beyond ASCII most not
/// what pairs of ASCII characters would be.
fn reads_as_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> bool {
    let (mut units, mut common, mut ends, mut wide, mut ascii_pairs) = (0u64, 0u64, 0u64, 0u64, 0u64);
    for pair in bytes.chunks_exact(2) {
        let unit = unit([pair[0], pair[1]]);
        units += 1;
        ends += u64::from(matches!(unit, 0x0a | 0x0d));
        common += u64::from(
            matches!(unit, 0x09..=0x0d | 0x20..=0x7e | 0xa0..=0x4ff | 0x2010..=0x2030 | 0x3000..=0x30ff | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xff00..=0xffef),
        );
        wide += u64::from(unit >= 0x100);
        ascii_pairs += u64::from(pair.iter().all(|&byte| matches!(byte, 0x09..=0x0d | 0x20..=0x7e)));
    }
    ends > 0 && common * 100 >= units * 98 && ascii_pairs * 2 <= wide
}

const EXPORT: &str = "export it as CSV and read that";
const UNPACK: &str = "unpack it first and read the files in it";
const SHAPES: &str = "leakdex reads text in many shapes, archives and spreadsheets; the README lists them";
const DECOMPRESS: &str = "decompress it first, or compress it with gzip or zstd";

/// A sheet that stands in no workbook, as before 1993.
const OLD_SHEET: &str = "a sheet of Excel 2 to 4 (xls)";

/// First bytes, what they mean, what to do.
const MAGIC: [(&[u8], &str, &str); 18] = [
    (b"PK\x03\x04", "a zip archive", UNPACK),
    (b"PK\x05\x06", "an empty zip archive", UNPACK),
    (b"\x89PNG\r\n", "a PNG image", EXPORT),
    (b"\xff\xd8\xff", "a JPEG image", EXPORT),
    (b"%PDF-", "a PDF document", EXPORT),
    (b"\x7fELF", "an ELF program", EXPORT),
    (b"SQLite format 3\0", "an SQLite database", EXPORT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (xls, doc)", EXPORT),
    (b"\x09\0\x04\0", OLD_SHEET, EXPORT),
    (b"\x09\x02\x06\0", OLD_SHEET, EXPORT),
    (b"\x09\x04\x06\0", OLD_SHEET, EXPORT),
    (b"\0\x01\0\0Standard ", "an Access database", EXPORT),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (b"Rar!\x1a\x07", "a rar archive", UNPACK),
    (b"\x1f\x9d", "a compress (.Z) stream", DECOMPRESS),
    (b"PAR1", "a Parquet file", EXPORT),
    (b"Obj\x01", "an Avro file", EXPORT),
    (b"PGDMP", "a PostgreSQL archive", "convert it with `pg_restore -f -` and export the tables as CSV"),
];

/// Refuses the formats of the table.
fn check_magic(name: &str, bytes: &[u8]) -> Result<(), Error> {
    let binary = |what, remedy| Err(Error::Binary { path: name.to_owned(), what, remedy });
    // "PAR1" and "Rar!" may begin a text: only with bytes that no text has are they what they say.
    let is_suspicious = |start: &[u8]| start.iter().any(|&byte| is_control(byte) || byte >= 0x80);
    for (magic, what, remedy) in MAGIC {
        if bytes.starts_with(magic) && (is_suspicious(&bytes[..bytes.len().min(4096)]) || magic == b"%PDF-") {
            return match what {
                "a zip archive" if is_workbook(bytes) => binary("an Excel workbook (xlsx)", EXPORT),
                _ => binary(what, remedy),
            };
        }
    }
    match bytes.get(257..262) {
        Some(b"ustar") => binary("a tar archive", UNPACK),
        _ => Ok(()),
    }
}

/// A sector of a disk: what a copy that was broken off has not written.
const HOLE_BYTES_MIN: usize = 512;

/// Refuses what is no text in an encoding that extends ASCII.
fn check_controls(name: &str, bytes: &[u8], windows: &[Wiped]) -> Result<(), Error> {
    // Fields can be padded with NULs, which are removed; what is mostly NULs is no text. Blocks of them are what a copy has not
    // written, and say nothing of what stands around them: unless nothing does, for as far as a disk can hold nothing.
    let zeros = bytes.iter().filter(|&&byte| byte == 0).count();
    let is_endless = !windows.is_empty() && windows.iter().all(|window| window.iter().all(|byte| *byte == 0));
    let runs = || bytes.chunk_by(|a, b| *a == 0 && *b == 0).map(<[u8]>::len).filter(|len| *len >= HOLE_BYTES_MIN);
    let unwritten: usize = if zeros < HOLE_BYTES_MIN || is_endless { 0 } else { runs().sum() };
    let (written, zeros) = (bytes.len() - unwritten, zeros - unwritten);
    let controls = bytes.iter().filter(|&&byte| byte != 0 && is_control(byte)).count();
    if (written > 0 || bytes.is_empty()) && controls * 10 <= written - zeros && zeros * 2 <= written {
        return Ok(());
    }
    Err(Error::Binary { path: name.to_owned(), what: "binary data", remedy: SHAPES })
}

fn is_workbook(bytes: &[u8]) -> bool {
    let start = &bytes[..bytes.len().min(4096)];
    memmem::find(start, b"xl/").is_some() || memmem::find(start, b"[Content_Types].xml").is_some()
}

fn is_control(byte: u8) -> bool {
    matches!(byte, 0..=8 | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f)
}

#[cfg(test)]
mod tests {
    use encoding_rs::{EUC_JP, GB18030};

    use super::*;

    fn check(head: &[u8], label: Option<&str>, want: &str) {
        let got = match decide("t", head, &[], label) {
            Ok(decision) => format!("{} {}", decision.encoding.name(), decision.bom_bytes),
            Err(Error::Binary { what, .. }) => what.to_owned(),
            Err(error) => error.to_string(),
        };
        assert_eq!(got, want, "{} bytes", head.len());
    }

    fn utf16(text: &str, little: bool) -> Vec<u8> {
        text.encode_utf16().flat_map(|unit| if little { unit.to_le_bytes() } else { unit.to_be_bytes() }).collect()
    }

    #[test]
    fn encodings_are_recognised() {
        let chinese = "\u{59d3}\u{540d},\u{624b}\u{673a}\u{53f7}\n\u{738b}\u{4f1f},13812345678\n\u{5408}\u{80a5}\u{5e02},\u{674e}\u{5a1c}\n";
        let russian = "\u{438}\u{43c}\u{44f};\u{433}\u{43e}\u{440}\u{43e}\u{434}\n\u{418}\u{432}\u{430}\u{43d};\u{41c}\u{43e}\u{441}\u{43a}\u{432}\u{430}\n".repeat(5);
        check(b"", None, "UTF-8 0");
        check(b"a,b\n", None, "UTF-8 0");
        check("\u{feff}a,b\n".as_bytes(), None, "UTF-8 3");
        check(b"\xff\xfea\0", None, "UTF-16LE 2");
        check(b"\xfe\xff\0a", None, "UTF-16BE 2");
        check(chinese.as_bytes(), None, "UTF-8 0");
        check(&chinese.as_bytes()[..10], None, "UTF-8 0");
        check(&GB18030.encode(chinese).0, None, "gb18030 0");
        check(&GB18030.encode("\u{738b}\u{4f1f}\u{5408}\u{80a5},1\n\u{674e}\u{5a1c},2\n").0, None, "gb18030 0");
        check(&EUC_JP.encode("\u{7530}\u{4e2d}\u{3055}\u{3093},\u{6771}\u{4eac}\u{306e}\n").0, None, "EUC-JP 0");
        check(&encoding_rs::WINDOWS_1251.encode(&russian).0, None, "windows-1251 0");
        check(b"a,b\n", Some("GB18030"), "gb18030 0");
        check(b"a,b\n", Some(" latin1 "), "windows-1252 0");
        check(b"a,b\n", Some("utf-99"), "no encoding is called `utf-99`");
        check(&utf16("a,b\nc,d\n", true), Some("utf-16le"), "UTF-16LE 0");
    }

    #[test]
    fn utf16_needs_no_mark() {
        check(&utf16("email\nanna@example.com\n", true), None, "UTF-16LE 0");
        check(&utf16("email\nanna@example.com\n", false), None, "UTF-16BE 0");
        check(
            &utf16("\u{738b}\u{4f1f}\u{5408},138\r\n\u{738b}\u{4f1f}\u{5408}\u{80a5},139\r\n", true),
            None,
            "UTF-16LE 0",
        );
    }

    #[test]
    fn utf16_is_told_from_other_text() {
        let prose = "\u{738b}\u{4f1f}\u{4f4f}\u{5728}\u{5408}\u{80a5}\u{5e02}\u{8700}\u{5c71}\u{533a}\u{671b}\u{4eac}\u{8857}\u{ff0c}".repeat(5);
        let prose = format!("{prose}\n{prose}\n{prose}\u{4e00}\n");
        for (text, zeros) in [(prose.as_str(), 6), ("1\n", 4), ("13812345678\r\n", 26), ("\u{438}\u{432},1\n", 10)] {
            assert!(utf16(text, true).len() >= zeros);
            check(&utf16(text, true), None, "UTF-16LE 0");
            check(&utf16(text, false), None, "UTF-16BE 0");
        }
        // Fields that begin and end with NULs, which all stand at even places.
        let padded: Vec<u8> = (10..60).flat_map(|n| format!("{n},a{n}@exa\0mple.com,\0n\0\n").into_bytes()).collect();
        assert!(padded.iter().enumerate().all(|(at, byte)| *byte != 0 || at % 2 == 0));
        check(&padded, None, "UTF-8 0");
        // The same text in other encodings, with a NUL here and there.
        for (bytes, want) in [(prose.as_bytes(), "UTF-8 0"), (&GB18030.encode(&prose).0[..], "gb18030 0")] {
            check(bytes, None, want);
            let padded: Vec<u8> =
                bytes.split_inclusive(|&byte| byte == b'\n').flat_map(|line| [line, b"\0\0"].concat()).collect();
            check(&padded, None, want);
        }
    }

    #[test]
    fn what_is_asked_for_is_the_fallback_behind_a_mark() {
        let fallback =
            |label| decide("t", b"\xef\xbb\xbfa,\xcd\xf5\n", &[], Some(label)).unwrap().mix.map(|mix| mix.fallback);
        assert_eq!(fallback("gbk"), Some(Some(encoding_rs::GBK)));
        assert_eq!(fallback("utf-8"), Some(None));
    }

    #[test]
    fn nul_bytes_that_stand_for_something_are_told() {
        let zeros = |text: &str| decide("t", text.as_bytes(), &[], None).expect("a text").zeros;
        assert_eq!(zeros("a@x.io\0pw\nb@x.io\0qw\nc@x"), Zeros::Delimiter);
        assert_eq!(zeros("a@x.io:pw\0b@x.io:qw\0"), Zeros::LineEnd);
        for text in [
            "a\0b\nc\n",
            "[{\"a\":\"b\0c\"},{\"a\":\"d\0e\"}]",
            "INSERT INTO t VALUES ('a\0b'),('c\0d');",
            "a,\0b\nc,\0d\n",
            "a\0\0b\nc\0\0d\n",
            "a\0\nb\0\n",
            "a\0b",
            "ab\n",
            "a\0b\nc\0d\0e\nf\n",
        ] {
            assert_eq!(zeros(text), Zeros::Nothing, "{text:?}");
        }
    }

    #[test]
    fn binary_content_is_named() {
        check(b"PK\x03\x04\x14\0\x06\0..[Content_Types].xml", None, "an Excel workbook (xlsx)");
        check(b"PK\x03\x04\x14\0\x06\0..a.txt", None, "a zip archive");
        check(b"%PDF-1.7\n", None, "a PDF document");
        check(b"\x7fELF\x02\x01\x01", None, "an ELF program");
        check(b"SQLite format 3\0\x10", None, "an SQLite database");
        check(b"\t\0\x04\0\x02\0\x10\0", None, "a sheet of Excel 2 to 4 (xls)");
        check(&[0; 100], None, "binary data");
        check(&[0; 1000], None, "binary data");
        check(b"BZh,name\nPAR1,x\n", None, "UTF-8 0");
        check(b"a\0b,c\0d,0123456789,0123456789\n", None, "UTF-8 0");
    }

    #[test]
    fn a_few_foreign_bytes_do_not_change_the_encoding() {
        let mut text = "\u{738b}\u{4f1f},1\n".repeat(200).into_bytes();
        text.extend_from_slice(b"\xcd\xf5,2\n");
        check(&text, None, "UTF-8 0");
    }
}
