//! Where records begin and end. The reader cuts blocks with it and the splitter splits them with it, so that both see
//! the same records whatever the size of a block.
//!
//! Without quotes a record is a line. With quotes, a field that begins with `"` runs to the next `"` that is not
//! doubled, over delimiters and line ends, and what stands between that quote and the next delimiter belongs to it as
//! it is: the rules of the `csv` crate, against which the tests hold this file. Other than there, a quote behind a
//! backslash that cannot end its field belongs to it ([`Quoted`]). The rules have a hole: one quote that nobody closes
//! swallows the rest of the file. Hence three limits, after which the record is taken back, its first line is read
//! without quotes, and everything goes on at the next line:
//!
//! - a field with a line end in it holds at most 64 KiB, and its record at most 32 line ends;
//! - a field with a line end in it is closed right before a delimiter or line end: otherwise the closing quote was
//!   the opening quote of a later row;
//! - a record is no longer than `record_bytes_max`.
//!
//! Each limit looks at no more than `record_bytes_max` bytes behind the start of the record, and a block that ends
//! inside an open quote counts as one of them. That is why a block may end behind such a line.

use memchr::{memchr, memchr2, memrchr};

use super::escaped::NULL;
use super::simd::{self, Sixteen};

/// Addresses and free texts with line ends are far shorter; only a quote that nobody closed gets here.
pub(super) const FIELD_BYTES_MAX: usize = 64 << 10;
/// Postal addresses have up to ten.
pub(super) const NEWLINES_MAX: u32 = 32;

/// What separates records and fields.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frames {
    /// Where quotes have a meaning.
    pub(super) quoted: Option<Quoted>,
    /// Whether a line end behind a backslash belongs to a field.
    pub(super) escaped: bool,
    pub(super) record_bytes_max: usize,
    /// Whether the bytes end where the input or a block ends, so that nothing can follow.
    pub(super) ended: bool,
}

/// How fields with quotes are written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quoted {
    pub(super) delimiter: u8,
    /// Whether any quote behind a backslash belongs to its field. Otherwise only one does that cannot end it: behind which neither
    /// delimiter nor line end stands, nor another quote; and then those behind it in the same field.
    pub(super) escaped: bool,
}

/// What stands at the start of a record. `next` is the start of the one behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// One line without the line end; quotes have no meaning in it.
    Line { end: usize, next: usize },
    /// A record with quotes; its fields went to the sink.
    Quoted { next: usize },
    /// A record that begins like one with quotes and is none: its first line, without quotes.
    Resynchronised { end: usize, next: usize },
    /// More than `record_bytes_max` bytes on one line.
    TooLong { next: usize },
    /// Without the bytes that follow nobody knows.
    More,
}

/// A field of a record with quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) wrap: Wrap,
}

/// What a field still has that is no part of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrap {
    None,
    /// `unquote` removes them.
    Quotes,
    /// Quotes and backslashes, which `unescape` removes.
    Escapes,
}

enum Walk {
    Complete { next: usize },
    Unbalanced,
    AtEnd { open: bool },
}

impl Frames {
    /// Reads the record at `start`, which must be less than the length. Cost: one pass over the record, and at most
    /// `record_bytes_max` bytes more if its quotes are not balanced.
    #[inline]
    pub(super) fn next_record(&self, bytes: &[u8], start: usize, sink: &mut impl FnMut(Field)) -> Found {
        let Some(quoted) = self.quoted else {
            let mut newline = memchr(b'\n', &bytes[start..]);
            while self.escaped && newline.is_some_and(|length| is_escaped(bytes, start, start + length)) {
                let behind = newline.map_or(0, |length| length + 1);
                newline = memchr(b'\n', &bytes[start + behind..]).map(|length| behind + length);
            }
            return self.line(bytes, start, newline);
        };
        match memchr2(b'"', b'\n', &bytes[start..]) {
            Some(first) if bytes[start + first] == b'"' => {
                let behind = start + first;
                let newline = memchr(b'\n', &bytes[behind..]).map(|at| first + at);
                self.record_with_quotes(bytes, start, newline, quoted, sink)
            }
            newline => self.line(bytes, start, newline),
        }
    }

    /// Where the last whole record ends, for a buffer that begins with a record.
    pub(super) fn cut(&self, bytes: &[u8]) -> usize {
        let mut at = 0;
        if self.quoted.is_some() {
            // Lines without a quote end where they end; only the others are walked.
            while let Some(quote) = memchr(b'"', &bytes[at..]) {
                let start = memrchr(b'\n', &bytes[at..at + quote]).map_or(at, |newline| at + newline + 1);
                match self.next_record(bytes, start, &mut |_| ()) {
                    Found::Line { next, .. }
                    | Found::Quoted { next }
                    | Found::Resynchronised { next, .. }
                    | Found::TooLong { next } => at = next,
                    Found::More => return start,
                }
            }
        }
        let mut end = bytes.len();
        while let Some(newline) = memrchr(b'\n', &bytes[at..end]) {
            if !(self.escaped && is_escaped(bytes, at, at + newline)) {
                return at + newline + 1;
            }
            end = at + newline;
        }
        at
    }

    #[inline]
    fn line(&self, bytes: &[u8], start: usize, newline: Option<usize>) -> Found {
        let (length, next) = match newline {
            Some(length) => (length, start + length + 1),
            None if self.ended => (bytes.len() - start, bytes.len()),
            None => return Found::More,
        };
        if length > self.record_bytes_max {
            return Found::TooLong { next };
        }
        Found::Line { end: without_cr(bytes, start, start + length), next }
    }

    fn record_with_quotes(
        &self,
        bytes: &[u8],
        start: usize,
        newline: Option<usize>,
        quoted: Quoted,
        sink: &mut impl FnMut(Field),
    ) -> Found {
        let line = self.line(bytes, start, newline);
        let Found::Line { end, next } = line else { return line };
        match self.walk(bytes, start, quoted, sink) {
            Walk::Complete { next } => Found::Quoted { next },
            Walk::AtEnd { .. } if !self.ended => Found::More,
            Walk::AtEnd { open: false } => Found::Quoted { next: bytes.len() },
            Walk::AtEnd { open: true } | Walk::Unbalanced => Found::Resynchronised { end, next },
        }
    }

    /// Goes from field to field until the record ends.
    fn walk(&self, bytes: &[u8], start: usize, quoted: Quoted, sink: &mut impl FnMut(Field)) -> Walk {
        // One more byte than a record may have: reaching the end of the window means the record has it.
        let limit = start.saturating_add(self.record_bytes_max).saturating_add(1);
        let window = &bytes[..bytes.len().min(limit)];
        let at_end = |open| if window.len() == limit { Walk::Unbalanced } else { Walk::AtEnd { open } };
        let delimiter = quoted.delimiter;
        let (mut at, mut newlines) = (start, 0);
        loop {
            let first = at;
            let close = match window.get(at) {
                Some(b'"') => match closing_quote(window, at, quoted, &mut newlines) {
                    Close::At { close, wrap, lines } => Some((close, wrap, lines)),
                    Close::Limit => return Walk::Unbalanced,
                    Close::Never => return at_end(true),
                },
                _ => None,
            };
            let tail = close.map_or(first, |(close, ..)| close + 1);
            let found = match window.get(tail) {
                Some(&byte) if byte == delimiter || byte == b'\n' => Some(tail),
                _ => find_either(delimiter, b'\n', window, tail),
            };
            let stop = found.unwrap_or(window.len());
            let is_last = found.is_none_or(|stop| window[stop] == b'\n');
            let end = if is_last { without_cr(window, tail, stop) } else { stop };
            sink(match close {
                Some((close, Wrap::None, _)) if end == tail => Field { start: first + 1, end: close, wrap: Wrap::None },
                Some((_, _, true)) if end != tail => return Walk::Unbalanced,
                Some((_, Wrap::Escapes, _)) => Field { start: first, end, wrap: Wrap::Escapes },
                Some(_) => Field { start: first, end, wrap: Wrap::Quotes },
                None if quoted.escaped && &window[first..end] == NULL => {
                    Field { start: first, end: first, wrap: Wrap::None }
                }
                None => Field { start: first, end, wrap: Wrap::None },
            });
            match found {
                None => return at_end(false),
                Some(stop) if is_last => return Walk::Complete { next: stop + 1 },
                Some(stop) => at = stop + 1,
            }
        }
    }
}

enum Close {
    /// The quote that closes; what is to be removed before it, and whether there are line ends.
    At {
        close: usize,
        wrap: Wrap,
        lines: bool,
    },
    Limit,
    Never,
}

/// Looks for the quote that closes the one at `open`.
#[inline]
fn closing_quote(window: &[u8], open: usize, quoted: Quoted, newlines: &mut u32) -> Close {
    let (mut wrap, mut lines, mut at) = (Wrap::None, false, open + 1);
    loop {
        let Some(found) = find_either(b'"', b'\n', window, at) else { return Close::Never };
        at = found;
        if window[at] == b'\n' {
            *newlines += 1;
            lines = true;
        }
        if lines && (*newlines > NEWLINES_MAX || at - open > FIELD_BYTES_MAX) {
            return Close::Limit;
        }
        if window[at] == b'"' {
            let behind = window.get(at + 1);
            if window[at - 1] == b'\\'
                && is_escaped(window, open + 1, at)
                && (quoted.escaped || wrap == Wrap::Escapes || !may_end(behind, quoted.delimiter))
            {
                wrap = Wrap::Escapes;
            } else if behind == Some(&b'"') {
                wrap = if wrap == Wrap::Escapes { wrap } else { Wrap::Quotes };
                at += 1;
            } else {
                let escapes = quoted.escaped && memchr(b'\\', &window[open..at]).is_some();
                return Close::At { close: at, wrap: if escapes { Wrap::Escapes } else { wrap }, lines };
            }
        }
        at += 1;
    }
}

/// Whether a quote can close its field, or be doubled, by what stands behind it.
fn may_end(behind: Option<&u8>, delimiter: u8) -> bool {
    behind.is_none_or(|byte| *byte == delimiter || matches!(byte, b'"' | b'\n' | b'\r'))
}

/// Whether an odd number of backslashes stands before a byte.
fn is_escaped(bytes: &[u8], start: usize, at: usize) -> bool {
    bytes[start..at].iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// The lowest bit of every byte, and the highest.
const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// The highest bit of every byte of `word` that is `byte`, exactly: no carry runs from one byte into the next.
#[inline]
pub(super) fn matches(word: u64, byte: u8) -> u64 {
    let differs = word ^ (LOW * u64::from(byte));
    !(((differs & !HIGH) + !HIGH) | differs) & HIGH
}

/// Where the next `a` or `b` is, from `at` on. Fields are short: a few vectors in place beat `memchr2`, which costs more to
/// start, for the first 64 bytes.
#[inline(always)]
pub(super) fn find_either(a: u8, b: u8, bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    let (chunks, _) = rest.as_chunks::<{ simd::BYTES }>();
    let mut searched = 0;
    for chunk in chunks.iter().take(4) {
        let found = Sixteen::new(chunk).any([a, b]);
        if found != 0 {
            return Some(at + searched + found.trailing_zeros() as usize);
        }
        searched += simd::BYTES;
    }
    memchr2(a, b, &rest[searched..]).map(|offset| at + searched + offset)
}

/// The end of a line without the carriage return before its line feed.
#[inline]
fn without_cr(bytes: &[u8], start: usize, end: usize) -> usize {
    if end > start && bytes[end - 1] == b'\r' { end - 1 } else { end }
}

/// Appends the value of a raw field: without the outer quotes, doubled quotes once, the rest as it is.
pub(super) fn unquote(field: &[u8], out: &mut Vec<u8>) {
    let Some(mut rest) = field.strip_prefix(b"\"") else {
        super::buffer::append(out, field);
        return;
    };
    super::buffer::reserve(out, rest.len());
    while let Some(quote) = memchr(b'"', rest) {
        out.extend_from_slice(&rest[..quote]);
        rest = &rest[quote + 1..];
        if rest.first() != Some(&b'"') {
            break;
        }
        out.push(b'"');
        rest = &rest[1..];
    }
    out.extend_from_slice(rest);
}

/// Appends the value of a field with quotes and backslashes: a backslash before a quote, a backslash or a line end is none of it,
/// and any other is, as in the paths of those who do not escape it.
pub(super) fn unescape(field: &[u8], out: &mut Vec<u8>) {
    super::buffer::reserve(out, field.len());
    let mut rest = field.strip_prefix(b"\"").unwrap_or(field);
    while let Some(mark) = memchr2(b'"', b'\\', rest) {
        out.extend_from_slice(&rest[..mark]);
        let (first, behind) = (rest[mark], rest.get(mark + 1));
        rest = &rest[mark + 1..];
        let kept = match (first, behind) {
            (b'"', Some(b'"')) | (b'\\', Some(b'"' | b'\\' | b'\n')) => {
                let (kept, behind) = (rest[0], &rest[1..]);
                rest = behind;
                kept
            }
            (b'"', _) => break,
            _ => b'\\',
        };
        out.push(kept);
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(max: usize) -> Frames {
        let quoted = Some(Quoted { delimiter: b',', escaped: false });
        Frames { quoted, escaped: false, record_bytes_max: max, ended: true }
    }

    /// Records as `a|b`, a line taken back as `!line`, one too long as `#`.
    fn shape(text: &[u8], max: usize) -> String {
        shape_of(&frames(max), text)
    }

    fn shape_of(frames: &Frames, text: &[u8]) -> String {
        let (mut at, mut parts) = (0, Vec::new());
        while at < text.len() {
            let mut fields = Vec::new();
            let found = frames.next_record(text, at, &mut |field| {
                let mut value = Vec::new();
                let bytes = &text[field.start..field.end];
                match field.wrap {
                    Wrap::None => value.extend_from_slice(bytes),
                    Wrap::Quotes => unquote(bytes, &mut value),
                    Wrap::Escapes => unescape(bytes, &mut value),
                }
                fields.push(String::from_utf8_lossy(&value).replace('\n', "~"));
            });
            let line = |end: usize| String::from_utf8_lossy(&text[at..end]).into_owned();
            at = match found {
                Found::Line { end, next } => {
                    parts.push(line(end).replace(',', "|"));
                    next
                }
                Found::Quoted { next } => {
                    parts.push(fields.join("|"));
                    next
                }
                Found::Resynchronised { end, next } => {
                    parts.push(format!("!{}", line(end)));
                    next
                }
                Found::TooLong { next } => {
                    parts.push("#".to_owned());
                    next
                }
                Found::More => panic!("asked for more at the end"),
            };
        }
        parts.join("/")
    }

    fn check(text: &str, want: &str) {
        assert_eq!(shape(text.as_bytes(), 1000), want, "{text:?}");
    }

    #[test]
    fn quotes_follow_the_rules_of_csv() {
        check("a,b\nc,d", "a|b/c|d");
        check("a,\"b,c\"\r\nd,\"e\nf\"\n", "a|b,c/d|e~f");
        check("\"\",x\n", "|x");
        check("\"a\"\"b\",\"\"\"\"\n", "a\"b|\"");
        check("a\"b\",c\"\n", "a\"b\"|c\"");
        check("\"a\"b\"c,d\n", "ab\"c|d");
        check("\"a\" ,d\n", "a |d");
        check("a,\"b\"\r", "a|b");
        check("a,\"b\",", "a|b|");
    }

    #[test]
    fn quotes_behind_backslashes_belong_to_their_field() {
        let escaped = Some(Quoted { delimiter: b',', escaped: true });
        let escaped = Frames { quoted: escaped, ..frames(1000) };
        let check = |text: &str, plain: &str, in_dialect: &str| {
            assert_eq!(shape_of(&frames(1000), text.as_bytes()), plain, "{text:?}");
            assert_eq!(shape_of(&escaped, text.as_bytes()), in_dialect, "{text:?}, escaped");
        };
        // Whatever the dialect: what cannot end the field does not.
        check("\"a \\\"b, c\\\", d\",e\n", "a \"b, c\", d|e", "a \"b, c\", d|e");
        check("\"\\\"b\\\"\",e\n", "\"b\"|e", "\"b\"|e");
        check("\"a\\\\\"b\"c,d\n", "a\\\\b\"c|d", "a\\b\"c|d");
        // Where it can, the dialect decides.
        check("\"C:\\\",\"e\"\n", "C:\\|e", "C:\",e\"");
        check("\"12\\\"\",e\n", "!\"12\\\"\",e", "12\"|e");
        check("\"C:\\\\\",\"CO\\bob\",\\N,\"\\N\"\n", "C:\\\\|CO\\bob|\\N|\\N", "C:\\|CO\\bob||\\N");
        check("\"a\\\nb\",\"c\"\"d\"\n", "a\\~b|c\"d", "a~b|c\"d");
        check("\"\\\"\n2,b\n", "\\/2|b", "!\"\\\"/2|b");
    }

    #[test]
    fn unbalanced_quotes_cost_one_line() {
        check("1,\"a\n2,\"b\"\n3,c\n", "!1,\"a/2|b/3|c");
        check("1,\"a", "!1,\"a");
        check("1,\"a\n2,b\n", "!1,\"a/2|b");
        check("x,\"\n", "!x,\"");
        let lines = |count| format!("1,\"a{}\"\n", "\nb".repeat(count));
        assert!(shape(lines(32).as_bytes(), 1000).starts_with("1|a~b"));
        assert!(shape(lines(33).as_bytes(), 1000).starts_with("!1,\"a/b/b"));
        let long = format!("1,\"a\n{}\"\n2\n", "x".repeat(FIELD_BYTES_MAX));
        assert!(shape(long.as_bytes(), 1 << 20).starts_with("!1,\"a/xx"));
        let long = format!("1,\"{}\"\n2\n", "x".repeat(2 * FIELD_BYTES_MAX));
        assert!(shape(long.as_bytes(), 1 << 20).starts_with("1|xx"));
    }

    #[test]
    fn long_records_are_bounded() {
        assert_eq!(shape(b"12345678\n123456789\n1", 8), "12345678/#/1");
        assert_eq!(shape(b"\"234567\"\n\"2345678\"\n1", 8), "234567/#/1");
        assert_eq!(shape(b"\"2\n4567\"\n\"2\n45678\"\n1", 8), "2~4567/!\"2/45678\"/1");
    }

    #[test]
    fn agrees_with_csv_on_balanced_text() {
        let parts: [&[u8]; 8] = [b"a", b"\"b\"", b"\"c\"\"d,\"", b",", b"\n", b"\"e\nf\"", b"g\"h", b"\r\n"];
        let mut state = 7u64;
        for round in 0..3000 {
            let mut text = Vec::new();
            for _ in 0..12 {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                text.extend_from_slice(parts[(state >> 33) as usize % parts.len()]);
            }
            let ours = shape(&text, 1 << 20);
            let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(&text[..]);
            let theirs: Vec<String> = reader
                .byte_records()
                .map(|record| {
                    let fields: Vec<_> =
                        record.unwrap().iter().map(|f| String::from_utf8_lossy(f).replace('\n', "~")).collect();
                    fields.join("|")
                })
                .collect();
            let ours: Vec<&str> = ours.split('/').filter(|record| !record.is_empty()).collect();
            if !ours.iter().any(|record| record.starts_with('!')) {
                let theirs: Vec<&str> = theirs.iter().map(String::as_str).filter(|r| !r.is_empty()).collect();
                assert_eq!(ours, theirs, "round {round}: {:?}", String::from_utf8_lossy(&text));
            }
        }
    }
}
