//! Which encoding a text has, and whether it is text at all.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{EUC_JP, Encoding, GB18030, GBK, UTF_8};
use memchr::memmem;
use zeroize::Zeroizing;

use super::buffer::Wiped;
use super::error::Error;
use super::sample::HEAD_BYTES;

/// The detector reads 7 MB/s and is right from a few dozen characters on.
const DETECT_BYTES: usize = 64 << 10;
/// Enough to see the pattern of UTF-16 or of a binary format.
const LOOK_BYTES: usize = 64 << 10;

/// How the bytes of a source become text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decision {
    pub(super) encoding: &'static Encoding,
    /// Size of the byte order mark, zero without one.
    pub(super) bom_bytes: usize,
}

/// Decides from the first bytes and from windows further behind: a byte order mark, then the encoding asked for, then
/// UTF-8 if it is that, then a guess.
pub(super) fn decide(name: &str, head: &[u8], windows: &[Wiped], label: Option<&str>) -> Result<Decision, Error> {
    let asked = label.map(by_label).transpose()?;
    if let Some((encoding, bom_bytes)) = Encoding::for_bom(head) {
        return Ok(Decision { encoding, bom_bytes });
    }
    let look = &head[..head.len().min(LOOK_BYTES)];
    check_magic(name, look)?;
    if let Some(encoding) = asked {
        if encoding.is_ascii_compatible() {
            check_controls(name, look)?;
        }
        return Ok(Decision { encoding, bom_bytes: 0 });
    }
    if let Some(little_endian) = utf16_order(look) {
        return Err(Error::Utf16 { path: name.to_owned(), little_endian });
    }
    check_controls(name, look)?;
    Ok(Decision { encoding: guess(head, windows), bom_bytes: 0 })
}

fn by_label(label: &str) -> Result<&'static Encoding, Error> {
    let found = Encoding::for_label_no_replacement(label.trim().as_bytes());
    found.ok_or_else(|| Error::UnknownEncoding { label: label.to_owned() })
}

fn guess(head: &[u8], windows: &[Wiped]) -> &'static Encoding {
    // A head of full size ends anywhere, perhaps inside a character.
    let cut = (head.len() >= HEAD_BYTES).then(|| memchr::memrchr(b'\n', head)).flatten();
    let head = cut.map_or(head, |last| &head[..=last]);
    let parts = || std::iter::once(head).chain(windows.iter().map(|window| window.as_slice()));
    let (mut good, mut bad) = (0usize, 0usize);
    for part in parts() {
        let counts = utf8_counts(part);
        good += counts.0;
        bad += counts.1;
    }
    // Dumps merged from several sources hold a few foreign bytes; they do not make the rest another encoding.
    if bad * 100 <= good {
        return UTF_8;
    }
    let mut evidence = Zeroizing::new(Vec::with_capacity(DETECT_BYTES));
    for line in parts().flat_map(|part| part.split_inclusive(|&byte| byte == b'\n')).filter(|line| !line.is_ascii()) {
        let room = DETECT_BYTES - evidence.len();
        evidence.extend_from_slice(&line[..line.len().min(room)]);
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(&evidence, evidence.len() < DETECT_BYTES);
    match detector.guess(None, Utf8Detection::Deny) {
        encoding if encoding == GBK => GB18030,
        encoding if encoding == EUC_JP && is_chinese(&evidence) => GB18030,
        encoding => encoding,
    }
}

/// A few names in GBK are as good EUC-JP. Japanese lists have kana somewhere, and are rarely in EUC-JP.
fn is_chinese(text: &[u8]) -> bool {
    // The last line may be cut inside a character.
    let whole = memchr::memrchr(b'\n', text).map_or(text, |last| &text[..last]);
    GB18030.decode_without_bom_handling_and_without_replacement(whole).is_some_and(|decoded| {
        let decoded = Zeroizing::new(decoded.into_owned());
        !decoded.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}'))
    })
}

/// Characters beyond ASCII that are whole, and sequences that are not. A cut at the end counts as neither.
fn utf8_counts(bytes: &[u8]) -> (usize, usize) {
    let (mut good, mut bad) = (0, 0);
    let mut rest = bytes;
    loop {
        let (valid, error) = match std::str::from_utf8(rest) {
            Ok(_) => (rest, None),
            Err(error) => (&rest[..error.valid_up_to()], Some(error)),
        };
        // Lead bytes of multi-byte characters.
        good += valid.iter().filter(|&&byte| byte >= 0xc0).count();
        let Some(length) = error.and_then(|error| error.error_len()) else { return (good, bad) };
        bad += 1;
        rest = &rest[valid.len() + length..];
    }
}

/// Text of Latin letters in UTF-16 has a NUL at every other byte; Chinese text still has them at digits and line ends.
fn utf16_order(bytes: &[u8]) -> Option<bool> {
    let zeros = |first: usize| bytes.iter().skip(first).step_by(2).filter(|&&byte| byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let many = |count: usize| count >= 2 && count * 10 >= bytes.len();
    match () {
        () if many(odd) && even * 10 <= odd => Some(true),
        () if many(even) && odd * 10 <= even => Some(false),
        () => None,
    }
}

const EXPORT: &str = "export it as CSV and read that";
const UNPACK: &str = "unpack it first and read the files in it";
const SHAPES: &str = "leakdex reads delimited text, lists with one value a line, and JSON Lines";
const DECOMPRESS: &str = "decompress it first, or compress it with gzip or zstd";

/// First bytes, what they mean, what to do.
const MAGIC: [(&[u8], &str, &str); 15] = [
    (b"PK\x03\x04", "a zip archive", UNPACK),
    (b"PK\x05\x06", "an empty zip archive", UNPACK),
    (b"\x89PNG\r\n", "a PNG image", EXPORT),
    (b"\xff\xd8\xff", "a JPEG image", EXPORT),
    (b"%PDF-", "a PDF document", EXPORT),
    (b"\x7fELF", "an ELF program", EXPORT),
    (b"SQLite format 3\0", "an SQLite database", EXPORT),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (xls, doc)", EXPORT),
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

/// Refuses what is no text in an encoding that extends ASCII.
fn check_controls(name: &str, bytes: &[u8]) -> Result<(), Error> {
    if bytes.iter().filter(|&&byte| is_control(byte)).count() * 10 <= bytes.len() {
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
    use super::*;

    fn check(head: &[u8], label: Option<&str>, want: &str) {
        let got = match decide("t", head, &[], label) {
            Ok(decision) => format!("{} {}", decision.encoding.name(), decision.bom_bytes),
            Err(Error::Binary { what, .. }) => what.to_owned(),
            Err(Error::Utf16 { little_endian, .. }) => format!("utf-16 {little_endian}"),
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
    fn utf16_without_a_mark_is_refused() {
        check(&utf16("email\nanna@example.com\n", true), None, "utf-16 true");
        check(&utf16("email\nanna@example.com\n", false), None, "utf-16 false");
        check(
            &utf16("\u{738b}\u{4f1f}\u{5408},138\r\n\u{738b}\u{4f1f}\u{5408}\u{80a5},139\r\n", true),
            None,
            "utf-16 true",
        );
    }

    #[test]
    fn binary_content_is_named() {
        check(b"PK\x03\x04\x14\0\x06\0..[Content_Types].xml", None, "an Excel workbook (xlsx)");
        check(b"PK\x03\x04\x14\0\x06\0..a.txt", None, "a zip archive");
        check(b"%PDF-1.7\n", None, "a PDF document");
        check(b"\x7fELF\x02\x01\x01", None, "an ELF program");
        check(b"SQLite format 3\0\x10", None, "an SQLite database");
        check(&[0; 100], None, "binary data");
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
