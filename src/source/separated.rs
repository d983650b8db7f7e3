//! Lines whose fields stand between delimiters without quotes, most of which are more than one byte that is only a delimiter.
//!
//! - `----` and other runs: Chinese dumps, `name----number----address`.
//! - A colon where values have colons of their own: `8613812345678:1001:Anna:6/1/2018 12:00:00 AM:anna@example.com`. A colon
//!   inside a time of day that follows a blank or a `T`, and the one of `http://`, separate nothing.

use memchr::memmem::Finder;
use memchr::{memchr, memchr_iter};
use std::fmt;

use super::frame::matches;
use super::record::Record;

/// A separator of two to four bytes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Separator {
    bytes: [u8; 4],
    length: u8,
}

impl Separator {
    /// Those that are looked for, the longer before what they hold.
    pub const ALL: [Separator; 10] = [
        Separator::new(b"----"),
        Separator::new(b"---"),
        Separator::new(b"--"),
        Separator::new(b"||"),
        Separator::new(b"::"),
        Separator::new(b"=="),
        Separator::new(b"##"),
        Separator::new(b">>"),
        Separator::new(b"____"),
        Separator::BARS,
    ];

    /// `-|-`, of accounts of Adobe.
    pub const BARS: Separator = Separator::new(b"-|-");

    const fn new(text: &[u8]) -> Separator {
        let mut bytes = [0; 4];
        let mut at = 0;
        while at < text.len() {
            bytes[at] = text[at];
            at += 1;
        }
        Separator { bytes, length: text.len() as u8 }
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }
}

impl fmt::Debug for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl fmt::Display for Separator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.as_bytes().escape_ascii())
    }
}

/// What delimits the load files of electronic discovery (Concordance, Relativity), and what stands around their fields, in which a
/// registered sign is a line break.
pub(super) const OF_LOAD_FILES: u8 = b'\x14';
pub(super) const THORN: &str = "þ";

/// Fields between delimiters, eight bytes at a time: most fields are shorter than a vector is worth.
#[inline]
pub(super) fn split_at(delimiter: u8, line: &[u8], record: &mut Record) {
    let (mut column, mut start, mut offset) = (0, 0, 0);
    let mut chunks = line.chunks_exact(8);
    for chunk in &mut chunks {
        let mut found = matches(u64::from_le_bytes(chunk.try_into().unwrap_or_default()), delimiter);
        while found != 0 {
            let stop = offset + found.trailing_zeros() as usize / 8;
            record.push(column, start, stop);
            column += 1;
            start = stop + 1;
            found &= found - 1;
        }
        offset += 8;
    }
    for (index, _) in chunks.remainder().iter().enumerate().filter(|&(_, &byte)| byte == delimiter) {
        record.push(column, start, offset + index);
        column += 1;
        start = offset + index + 1;
    }
    record.push(column, start, line.len());
}

/// Splits a line at every separator.
pub(super) fn split(finder: &Finder<'_>, line: &[u8], record: &mut Record) {
    let (mut column, mut start, mut from) = (0, 0, 0);
    for place in finder.find_iter(line) {
        // Of a longer run the last bytes separate: `a-----b` is `a-`, `b`.
        if place < from {
            continue;
        }
        if is_of_domain(line, place) {
            from = place + line[place..].iter().take_while(|byte| **byte == b'-').count();
            continue;
        }
        record.push(column, start, place);
        column += 1;
        start = place + finder.needle().len();
        from = start;
    }
    record.push(column, start, line.len());
}

/// Whether dashes are those of a domain in other letters, `anna@xn--..`: four of them where its name has a hyphen.
#[inline]
fn is_of_domain(line: &[u8], place: usize) -> bool {
    let prefix = line[place..].first().filter(|byte| **byte == b'-').and_then(|_| line[..place].last_chunk::<3>());
    prefix.is_some_and(|[mark, xn @ ..]| matches!(mark, b'@' | b'.') && xn.eq_ignore_ascii_case(b"xn"))
}

/// Splits a line at every colon that is not part of a time of day or of `://`.
pub(super) fn split_at_colons(line: &[u8], record: &mut Record) {
    if memchr(b':', line).is_none() {
        return record.push(0, 0, line.len());
    }
    let (mut column, mut start, mut in_time) = (0, 0, usize::MAX);
    for place in memchr_iter(b':', line) {
        if line[place + 1..].starts_with(b"//") && place > start {
            continue;
        }
        if is_in_time(line, start, place, in_time) {
            in_time = place;
            continue;
        }
        record.push(column, start, place);
        column += 1;
        start = place + 1;
    }
    record.push(column, start, line.len());
}

/// Whether a colon stands inside of `.. 12:00` or `..T12:00:00`; `last` is the colon before, if that was.
#[inline]
fn is_in_time(line: &[u8], start: usize, place: usize, last: usize) -> bool {
    let two_digits = |at: usize| line.get(at..at + 2).is_some_and(|two| two.iter().all(u8::is_ascii_digit));
    if !two_digits(place + 1) || line.get(place + 3).is_some_and(u8::is_ascii_digit) {
        return false;
    }
    if last != usize::MAX && last + 3 == place {
        return true;
    }
    // One or two digits, before them a blank or a T, before that something of the field.
    let hour = line[start..place].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    let before = place - hour;
    (1..=2).contains(&hour) && before > start + 1 && matches!(line[before - 1], b' ' | b'T')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str, record: &Record) -> String {
        let fields = record.fields(line.as_bytes()).map(|(_, value)| String::from_utf8_lossy(value).into_owned());
        fields.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn runs_separate() {
        let check = |line: &str, want: &str| {
            let mut record = Record::new();
            record.begin(0);
            split(&Finder::new(b"----"), line.as_bytes(), &mut record);
            assert_eq!(shown(line, &record), want, "{line}");
        };
        check("\u{738b}----138----x", "\u{738b}|138|x");
        check("a--------b", "a||b");
        check("a--b", "a--b");
        check("a----b@xn----7sb.xn--p1ai----x", "a|b@xn----7sb.xn--p1ai|x");
        check("xn----x----.XN------x", "xn|x|.XN------x");
        check("----", "|");
        check("", "");
    }

    #[test]
    fn colons_of_times_and_urls_separate_nothing() {
        let check = |line: &str, want: &str| {
            let mut record = Record::new();
            record.begin(0);
            split_at_colons(line.as_bytes(), &mut record);
            assert_eq!(shown(line, &record), want, "{line}");
        };
        check("1:Anna::6/1/2018 12:00:00 AM:a@x.io:", "1|Anna||6/1/2018 12:00:00 AM|a@x.io|");
        check("1:2018-06-01T12:00:00:x", "1|2018-06-01T12:00:00|x");
        check("1:2018-06-01 7:05:x", "1|2018-06-01 7:05|x");
        check("1:http://a.example/x:2", "1|http://a.example/x|2");
        check("12:00:00:x", "12|00|00|x");
        check("a:12:345:x", "a|12|345|x");
        check("a b 12:345", "a b 12|345");
        check("", "");
    }
}
