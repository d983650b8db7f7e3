//! Which shape a text has: judged by whether its records have the same number of fields.

use std::fmt;

use super::buffer::Wiped;
use super::frame::FIELD_BYTES_MAX;
use super::json::{self, Looks};
use super::split::{Columns, Outcome, Record, Splitter, frames};
use super::{Options, Shape};

/// Enough for a share with an error of a few per cent.
const RECORDS_MAX: usize = 1000;
/// In the order of preference where two are equally consistent: a tab is hardly ever part of a value, a comma often.
const DELIMITERS: [(u8, f64); 4] = [(b'\t', 1.2), (b'|', 1.1), (b';', 1.1), (b',', 1.0)];
/// Share of records with at least two fields: banners and broken lines are few.
const SHARE_DELIMITED_MIN: f64 = 0.8;
/// Share of records with the usual number of fields: free text in the last column makes the others.
const SHARE_USUAL_MIN: f64 = 0.5;

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Shape::Lines => f.write_str("one value a line"),
            Shape::JsonLines => f.write_str("JSON Lines"),
            Shape::Delimited { delimiter, quoted } => {
                match delimiter {
                    b',' => f.write_str("comma")?,
                    b';' => f.write_str("semicolon")?,
                    b'\t' => f.write_str("tab")?,
                    b'|' => f.write_str("pipe")?,
                    other => write!(f, "`{}`", other.escape_ascii())?,
                }
                f.write_str(if *quoted { "-delimited text" } else { "-delimited text without quoting" })
            }
        }
    }
}

/// The result of looking at the start of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Detected {
    /// A shape, and how many bytes of `sep=` line stand before it.
    Shape(Shape, usize),
    /// JSON in a shape that is not read.
    Json(Looks),
}

/// Judges `text`, of which the last record may be cut unless `whole`; quotes are judged in `windows` too.
pub(super) fn detect(text: &[u8], whole: bool, windows: &[Wiped], options: &Options) -> Detected {
    if let Some((delimiter, skip)) = separator_line(text) {
        let quoted = quotes_are_syntax(text, windows, delimiter);
        return Detected::Shape(Shape::Delimited { delimiter, quoted }, skip);
    }
    match json::look(text, whole) {
        Looks::Lines => return Detected::Shape(Shape::JsonLines, 0),
        Looks::No => {}
        looks => return Detected::Json(looks),
    }
    let mut best = (0.0, Shape::Lines);
    for (delimiter, prior) in DELIMITERS {
        let shape = Shape::Delimited { delimiter, quoted: quotes_are_syntax(text, windows, delimiter) };
        let score = prior * consistency(&field_counts(shape, text, whole, options));
        if score > best.0 {
            best = (score, shape);
        }
    }
    if best.1 == Shape::Lines && is_quoted_column(text) {
        best.1 = Shape::Delimited { delimiter: b',', quoted: true };
    }
    Detected::Shape(best.1, 0)
}

/// Excel's first line: `sep=;`.
fn separator_line(text: &[u8]) -> Option<(u8, usize)> {
    let (prefix, rest) = text.split_at_checked(4)?;
    let (&delimiter, end) = rest.split_first()?;
    let is_delimiter = delimiter == b'\t' || (delimiter.is_ascii_punctuation() && delimiter != b'"');
    if !prefix.eq_ignore_ascii_case(b"sep=") || !is_delimiter {
        return None;
    }
    let line_end = if end.starts_with(b"\r\n") { 2 } else { usize::from(end.starts_with(b"\n")) };
    (line_end > 0 || end.is_empty()).then_some((delimiter, 5 + line_end))
}

/// How many fields each record of the text has.
fn field_counts(shape: Shape, text: &[u8], whole: bool, options: &Options) -> Vec<usize> {
    let end = if whole { text.len() } else { frames(shape, options, false).cut(text) };
    let mut splitter = Splitter::new(shape, &Columns::positions(), options);
    let (mut at, mut record, mut counts) = (0, Record::new(), Vec::new());
    while counts.len() < RECORDS_MAX {
        match splitter.next(&text[..end], &mut at, &mut record) {
            None => break,
            Some(Outcome::Record) => counts.push(record.len()),
            Some(Outcome::Malformed(_)) => {}
        }
    }
    counts
}

/// From 0, not delimited by this, to about 1. Rows count for more than the width; the width decides between equals.
fn consistency(counts: &[usize]) -> f64 {
    let Some(usual) = usual(counts) else { return 0.0 };
    let share =
        |test: &dyn Fn(usize) -> bool| counts.iter().filter(|&&count| test(count)).count() as f64 / counts.len() as f64;
    let (same, delimited) = (share(&|count| count == usual), share(&|count| count > 1));
    if delimited < SHARE_DELIMITED_MIN || same < SHARE_USUAL_MIN {
        return 0.0;
    }
    let header = if counts.first() == Some(&usual) { 1.0 } else { 0.8 };
    same * delimited * header * (1.0 + 0.02 * usual.min(20) as f64)
}

/// The most frequent number of fields, if that is at least two.
pub(super) fn usual(counts: &[usize]) -> Option<usize> {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    let longest = sorted.chunk_by(|a, b| a == b).max_by_key(|run| run.len())?;
    (longest[0] >= 2).then_some(longest[0])
}

/// Whether fields that begin with a quote end with one. Quotes inside a field are literal and say nothing.
fn quotes_are_syntax(text: &[u8], windows: &[Wiped], delimiter: u8) -> bool {
    let (mut closed, mut open) = opening_quotes(text, delimiter);
    for window in windows {
        let counts = opening_quotes(window, delimiter);
        closed += counts.0;
        open += counts.1;
    }
    closed >= open
}

/// Quotes that begin a field: those whose field ends with a quote before a delimiter or line end, and the others.
fn opening_quotes(text: &[u8], delimiter: u8) -> (usize, usize) {
    let ends_field = |at: usize| text.get(at).is_none_or(|&byte| byte == delimiter || matches!(byte, b'\n' | b'\r'));
    let (mut closed, mut open, mut at) = (0, 0, 0);
    while let Some(found) = memchr::memchr(b'"', &text[at..]) {
        let quote = at + found;
        at = quote + 1;
        if quote > 0 && !ends_field(quote - 1) {
            continue;
        }
        match closing_quote(text, at) {
            Some(close) => {
                at = close + 1;
                if ends_field(at) { closed += 1 } else { open += 1 }
            }
            // The sample may end inside the last field.
            None if text.len() - quote < FIELD_BYTES_MAX => break,
            None => open += 1,
        }
    }
    (closed, open)
}

/// The next quote that is not doubled, within the length that a quoted field may have.
fn closing_quote(text: &[u8], mut at: usize) -> Option<usize> {
    let limit = text.len().min(at + FIELD_BYTES_MAX);
    while at < limit {
        let quote = at + memchr::memchr(b'"', &text[at..limit])?;
        if text.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
    None
}

/// One column, every value in quotes.
fn is_quoted_column(text: &[u8]) -> bool {
    let lines = || text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty());
    let quoted = |line: &&[u8]| line.len() > 1 && line.starts_with(b"\"") && line.ends_with(b"\"");
    let (all, with_quotes) = (lines().take(RECORDS_MAX).count(), lines().take(RECORDS_MAX).filter(quoted).count());
    with_quotes > 0 && with_quotes * 2 >= all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, want: &str) {
        let got = match detect(text.as_bytes(), true, &[], &Options::default()) {
            Detected::Shape(shape, 0) => shape.to_string(),
            Detected::Shape(shape, skip) => format!("{shape} after {skip}"),
            Detected::Json(looks) => format!("{looks:?}"),
        };
        assert_eq!(got, want, "{text:?}");
    }

    #[test]
    fn delimiters_are_found() {
        check("", "one value a line");
        check("email\na@example.com\nb@example.com\n", "one value a line");
        check("a@example.com", "one value a line");
        check("id,email,phone\n", "comma-delimited text");
        check("id,email\n1,a@example.com\n2,b@example.com", "comma-delimited text");
        check("id;note\n1;a,b\n2;c,d\n3;e,f\n", "semicolon-delimited text");
        check("1;1,5\n2;2,5\n", "semicolon-delimited text");
        check("id,note,x\n1,a;b,2\n2,c;d,3\n", "comma-delimited text");
        check("a|b|c\n1|2|3\n", "pipe-delimited text");
        check("x\ty\n1, Main St, Town\t2\n2, Main St, Town\t3\n", "tab-delimited text");
        check("1, Main St, Town\t2\n2, Main St, Town\t3\n", "tab-delimited text");
        check("name,tags\n\"a\",\"x;y;z\"\n\"b\",\"x;y;z\"\n", "comma-delimited text");
    }

    #[test]
    fn lists_stay_lists() {
        check(&"Main Street 1\nHigh Street 2, rear\nPark Lane\n".repeat(20), "one value a line");
        check("one, two\nthree\nfour, five, six\nseven, eight, nine, ten\n", "one value a line");
        check("\"a@example.com\"\r\n\"b@example.com\"\r\n", "comma-delimited text");
    }

    #[test]
    fn quotes_are_judged() {
        check("a,5\" pipe\nb,6\" pipe\nc,\"7\n8\"\n", "comma-delimited text");
        check("a,\"x y\nb,\"z z\nc,\"v w\n", "comma-delimited text without quoting");
        check("a,\"x\"\nb,\"y\"\"z\"\n", "comma-delimited text");
        check("a\t{\"k\":\"v\"}\nb\t{\"k\":\"w\"}\n", "tab-delimited text");
    }

    #[test]
    fn separator_lines_are_honoured() {
        check("sep=;\r\na;b\n", "semicolon-delimited text after 7");
        check("SEP=\t\na\tb\n", "tab-delimited text after 6");
        check("sep=;", "semicolon-delimited text after 5");
        check("sep=1\nsep=2\n", "one value a line");
    }

    #[test]
    fn json_is_told_apart() {
        check("{\"a\":1}\n{\"a\":2}\n", "JSON Lines");
        check("[{\"a\":1},{\"a\":2}]", "Array");
        check("{\n  \"a\": 1\n}\n", "Pretty");
    }
}
