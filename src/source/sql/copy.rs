//! The data of COPY: text with backslashes, or CSV, as the options of the statement say.
//!
//! The options are those of today, in parentheses, and the older ones without: `WITH (FORMAT csv, DELIMITER ';', NULL '', HEADER)`,
//! `WITH CSV HEADER`, `USING DELIMITERS '|' WITH NULL AS ''`, `DELIMITER AS ';' NULL AS '-'`.
//! Source: PostgreSQL 18, COPY; PostgreSQL 7.2 and 8.4, COPY, for the older two forms.

use memchr::memchr;

use super::super::frame::{Field, Found, Frames, Quoted, Wrap, find_either};
use super::super::malformed::Malformed;
use super::super::record::Record;
use super::head::{self, Parsed};
use super::skip::Place;
use super::token::{Token, Tokens};
use super::tuple::{Escapes, Value};
use super::{HEADS, Lexer, Step, begins};

/// What stands for no value: a few characters, or this many bytes of more.
const NULL_BYTES_MAX: usize = 15;

/// How the lines are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Format {
    /// Fields in quotes, which may hold line ends; else backslashes escape.
    csv: bool,
    delimiter: u8,
    null: [u8; NULL_BYTES_MAX],
    null_bytes: u8,
    /// Whether the next line has the names of the columns.
    header: bool,
    /// Whether a backslash escapes in quotes: `ESCAPE '\'`.
    escaped: bool,
}

impl Format {
    pub(super) const TEXT: Format = Format::new(false, b'\t', b"\\N");

    const fn new(csv: bool, delimiter: u8, null: &[u8]) -> Format {
        let (mut bytes, mut length) = ([0; NULL_BYTES_MAX], 0);
        while length < null.len() && length < NULL_BYTES_MAX {
            bytes[length] = null[length];
            length += 1;
        }
        Format { csv, delimiter, null: bytes, null_bytes: length as u8, header: false, escaped: false }
    }

    /// By the words between `FROM stdin` and the end of the line; none for data that is no text.
    pub(super) fn parse(tokens: &mut Tokens) -> Option<Format> {
        let (mut csv, mut delimiter, mut null, mut header, mut escaped) = (false, None, None, false, false);
        while let Some(token) = tokens.token() {
            if token.is("CSV") {
                csv = true;
            } else if token.is("BINARY") {
                return None;
            } else if token.is_any(&["DELIMITER", "DELIMITERS"]) {
                delimiter = string(tokens);
            } else if token.is("NULL") {
                null = string(tokens);
            } else if token.is("ESCAPE") {
                escaped = string(tokens).is_some_and(|text| text.starts_with(b"\\"));
            } else if token.is("HEADER") {
                header = true;
            } else if header && token.is_any(&["FALSE", "OFF", "0"]) {
                header = false;
            }
        }
        let first = delimiter.and_then(|text| match *text {
            [b'\\', b't'] => Some(b'\t'),
            [first, ..] => Some(first),
            [] => None,
        });
        let default = if csv { Format::new(true, b',', b"") } else { Format::TEXT };
        let with_null = null.map_or(default, |null| Format::new(csv, default.delimiter, null));
        Some(Format { delimiter: first.unwrap_or(default.delimiter), header, escaped, ..with_null })
    }

    fn is_null(&self, field: &[u8]) -> bool {
        field == &self.null[..usize::from(self.null_bytes)]
    }
}

/// The string behind an option, with or without `AS` and an `E` for backslashes.
fn string<'a>(tokens: &mut Tokens<'a>) -> Option<&'a [u8]> {
    loop {
        match tokens.token()? {
            Token::Quoted { text, close: b'\'' } => return Some(text),
            token if token.is_any(&["AS", "E"]) => {}
            _ => return None,
        }
    }
}

impl Lexer {
    /// In the data of COPY.
    pub(super) fn line(&mut self, bytes: &[u8], at: &mut usize, ended: bool, record: Option<&mut Record>) -> Step {
        let start = *at;
        let limit = start + self.record_bytes_max + 1;
        let window = &bytes[start..bytes.len().min(limit)];
        let (length, next) = match memchr(b'\n', window) {
            Some(length) => (length, start + length + 1),
            None if window.len() > self.record_bytes_max => {
                *at = limit;
                self.state.place = Place::RestOfLine;
                return Step::Malformed(Malformed::TooLong);
            }
            None if ended => (window.len(), bytes.len()),
            None => return Step::More,
        };
        let line = window[..length].strip_suffix(b"\r").unwrap_or(&window[..length]);
        if line == b"\\." || self.state.format.header {
            *at = next;
            self.state.place = if line == b"\\." { Place::Top } else { Place::Lines };
            self.state.format.header = false;
            return Step::Skipped;
        }
        let (step, next) = match self.state.format.csv {
            true => match self.csv(bytes, start, ended, record) {
                Some(found) => found,
                None => return Step::More,
            },
            false => (self.text(line, start, record), next),
        };
        if step == Step::Malformed(Malformed::ValueCount) && HEADS.iter().any(|words| begins(line, words)) {
            // The mark at the end of the data is missing, if this is a statement. One that ends before its line does is
            // not believed in.
            match head::parse(self.dialect, bytes, start, ended) {
                Parsed::Head { head, end } if end >= next => {
                    self.apply(head, &bytes[start..end]);
                    *at = end;
                    return Step::Skipped;
                }
                Parsed::More => return Step::More,
                Parsed::Head { .. } | Parsed::Other => {}
            }
        }
        *at = next;
        step
    }

    fn text(&mut self, line: &[u8], start: usize, record: Option<&mut Record>) -> Step {
        let format = self.state.format;
        let count = match record {
            None => walk_line(line, &format, &mut |_, _| ()),
            Some(record) => {
                record.begin(start);
                let mut fields = self.fields(record);
                walk_line(line, &format, &mut |index, value| fields.take(line, 0, index, value))
            }
        };
        self.complete(line.len(), count)
    }

    /// A record of CSV, and where the next begins. The law of the steps is that of `frame.rs`.
    fn csv(&mut self, bytes: &[u8], start: usize, ended: bool, record: Option<&mut Record>) -> Option<(Step, usize)> {
        let format = self.state.format;
        let quoted = Some(Quoted { delimiter: format.delimiter, escaped: format.escaped });
        let frames = Frames { quoted, escaped: false, record_bytes_max: self.record_bytes_max, ended };
        let mut count = 0;
        let mut record = record;
        if let Some(record) = &mut record {
            record.begin(start);
        }
        let found = frames.next_record(bytes, start, &mut |field| {
            if let Some(record) = record.as_deref_mut() {
                let value = csv_value(bytes, start, field, &format);
                self.fields(record).take(bytes, start, count, value);
            }
            count += 1;
        });
        let (end, next) = match found {
            Found::Quoted { next } => return Some((self.complete(next - start - 1, count), next)),
            // A quote that nobody closed: a line that is no record.
            Found::Resynchronised { next, .. } => return Some((Step::Malformed(Malformed::NotATuple), next)),
            Found::TooLong { next } => return Some((Step::Malformed(Malformed::TooLong), next)),
            Found::Line { end, next } => (end, next),
            Found::More => return None,
        };
        let line = &bytes[start..end];
        let count = match record {
            None => walk_plain(line, &format, &mut |_, _| ()),
            Some(record) => {
                let mut fields = self.fields(record);
                walk_plain(line, &format, &mut |index, value| fields.take(line, 0, index, value))
            }
        };
        Some((self.complete(line.len(), count), next))
    }
}

/// A field of a record with quotes.
fn csv_value(bytes: &[u8], record: usize, field: Field, format: &Format) -> Value {
    let Field { start, end, wrap } = field;
    let is_quoted = wrap != Wrap::None || (start > record && bytes[start - 1] == b'"');
    match &bytes[start..end] {
        value if !is_quoted && format.is_null(value) => Value::Null,
        // Doubled quotes are one; what stands behind the last stays.
        [b'"', ..] if wrap != Wrap::None => Value::Csv { start, end, wrap },
        _ => Value::Plain { start, end },
    }
}

/// Every value of a line of CSV without quotes goes to `sink`: how many.
fn walk_plain(line: &[u8], format: &Format, sink: &mut impl FnMut(usize, Value)) -> usize {
    let (mut count, mut start) = (0, 0);
    loop {
        let end = memchr(format.delimiter, &line[start..]).map_or(line.len(), |length| start + length);
        let is_null = format.is_null(&line[start..end]);
        sink(count, if is_null { Value::Null } else { Value::Plain { start, end } });
        count += 1;
        if end == line.len() {
            return count;
        }
        start = end + 1;
    }
}

/// Every value of a line of text goes to `sink`, with its number from 0: how many.
#[inline]
fn walk_line(line: &[u8], format: &Format, sink: &mut impl FnMut(usize, Value)) -> usize {
    let (mut count, mut start, mut at, mut plain) = (0, 0, 0, true);
    loop {
        let end = find_either(format.delimiter, b'\\', line, at).unwrap_or(line.len());
        if line.get(end) == Some(&b'\\') {
            plain = false;
            at = (end + 2).min(line.len());
            continue;
        }
        let value = match &line[start..end] {
            field if format.is_null(field) => Value::Null,
            _ if plain => Value::Plain { start, end },
            // There are no quotes in it.
            _ => Value::Quoted { start, end, quote: b'\\', escapes: Escapes::Copy },
        };
        sink(count, value);
        count += 1;
        if end == line.len() {
            return count;
        }
        (start, at, plain) = (end + 1, end + 1, true);
    }
}

#[cfg(test)]
mod tests {
    use super::super::Dialect;
    use super::*;

    fn check(options: &str, csv: bool, delimiter: u8, null: &str, header: bool) {
        let bytes = options.as_bytes();
        let mut tokens = Tokens { dialect: Dialect::Doubled, bytes, at: 0, ended: true };
        let want = Format { header, ..Format::new(csv, delimiter, null.as_bytes()) };
        assert!(Format::parse(&mut tokens) == Some(want), "{options}");
    }

    #[test]
    fn options_of_every_age_are_read() {
        check(";", false, b'\t', "\\N", false);
        check("WITH (FORMAT csv, DELIMITER ';', NULL '', HEADER);", true, b';', "", true);
        check("(FORMAT text, DELIMITER E'\\t', NULL 'null', HEADER false);", false, b'\t', "null", false);
        check("CSV HEADER;", true, b',', "", true);
        check("WITH CSV DELIMITER AS '|' NULL AS '-' QUOTE AS '\"';", true, b'|', "-", false);
        check("USING DELIMITERS '|' WITH NULL AS '';", false, b'|', "", false);
        check("WITH (FORMAT 'csv', HEADER match)", false, b'\t', "\\N", true);
        let options = b"WITH (FORMAT csv, ESCAPE E'\\\\', HEADER)";
        let mut tokens = Tokens { dialect: Dialect::Doubled, bytes: options, at: 0, ended: true };
        let want = Format { header: true, escaped: true, ..Format::new(true, b',', b"") };
        assert!(Format::parse(&mut tokens) == Some(want));
        let mut tokens = Tokens { dialect: Dialect::Doubled, bytes: b"WITH BINARY;", at: 0, ended: true };
        assert!(Format::parse(&mut tokens).is_none());
    }
}
