//! Lines whose fields stand in apostrophes, as tools around SQL and Python write them; also in parentheses, as the rows of a dump
//! whose statement has been cut off:
//!
//! ```text
//! '7','anna@example.com','O''Neil, Anna'
//! (7, 'anna@example.com', 'O\'Neil, Anna', NULL),
//! (7, 'anna@example.com', "O'Neil, Anna", None)
//! ```
//!
//! A field in apostrophes ends with the first one behind which a delimiter or the end of the line stands, and not with a doubled
//! one, or one behind a backslash; so one that nobody doubled, as in `'O'Neil'`, is a part of the value. A field that does not end so
//! is read as it is, and so is one before the next of which an apostrophe begins another. Records are lines: a field with a line end
//! in it breaks into two records, and loses nothing but itself.

use memchr::{memchr, memchr2};

use super::buffer;
use super::record::Record;

/// Of so many lines it is judged whether apostrophes mean something.
const LINES_MAX: usize = 1000;

/// Splits a line.
pub(super) fn split(line: &[u8], delimiter: u8, record: &mut Record) {
    let inner = inside(line);
    let base = inner.as_ptr() as usize - line.as_ptr() as usize;
    for (column, field) in (0..).zip(Fields::of(inner, delimiter)) {
        if field.escapes {
            record.push_written(column, |scratch| {
                unescape(&inner[field.start..field.end], inner[field.start - 1], scratch)
            });
        } else {
            record.push(column, base + field.start, base + field.end);
        }
    }
}

/// Whether fields of a text stand in apostrophes: about as many as it has lines, and hardly any that opens one does not close it.
pub(super) fn look(text: &[u8], delimiter: u8) -> bool {
    if memchr(b'\'', text).is_none() {
        return false;
    }
    const OPEN_SHARE_MAX: usize = 10;
    let (mut lines, mut closed, mut open) = (0usize, 0usize, 0usize);
    let all = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    for line in all.take(LINES_MAX) {
        lines += 1;
        for field in Fields::of(inside(line), delimiter) {
            closed += usize::from(field.opened && field.quoted);
            open += usize::from(field.opened && !field.quoted);
        }
    }
    closed >= lines && closed > OPEN_SHARE_MAX * open
}

/// What stands between parentheses in a line that is nothing else; any other line as it is.
fn inside(line: &[u8]) -> &[u8] {
    let tuple = line.trim_ascii();
    let tuple = tuple.strip_suffix(b",").or_else(|| tuple.strip_suffix(b";")).unwrap_or(tuple);
    tuple.strip_prefix(b"(").and_then(|rest| rest.strip_suffix(b")")).unwrap_or(line)
}

/// The fields of a line, at least one.
struct Fields<'a> {
    line: &'a [u8],
    delimiter: u8,
    /// Where the next one begins, if there is one.
    at: Option<usize>,
    /// Up to where one that an apostrophe began, or a quote, did not end: up to there no other is looked for, or a line of such would be
    /// read as often as it has fields.
    open_until: [usize; 2],
}

/// A field of a line: where its value stands, and where the delimiter or the end of the line.
struct Field {
    start: usize,
    end: usize,
    stop: usize,
    /// Whether it begins with an apostrophe.
    opened: bool,
    quoted: bool,
    /// Whether the value has backslashes or doubled quotes.
    escapes: bool,
}

impl Fields<'_> {
    fn of(line: &[u8], delimiter: u8) -> Fields<'_> {
        Fields { line, delimiter, at: Some(0), open_until: [0; 2] }
    }

    fn field(&mut self, at: usize) -> Field {
        let (line, delimiter) = (self.line, self.delimiter);
        let first = at + line[at..].iter().take_while(|byte| is_blank(**byte, delimiter)).count();
        let quote = line.get(first).copied().filter(|byte| matches!(byte, b'\'' | b'"'));
        if let Some(quote) = quote
            && let open_until = &mut self.open_until[usize::from(quote == b'"')]
            && first >= *open_until
        {
            match Field::quoted(line, first, quote, delimiter) {
                Ok(field) => return field,
                Err(end) => *open_until = end,
            }
        }
        let stop = memchr(delimiter, &line[at..]).map_or(line.len(), |found| at + found);
        let blanks = line[at..stop].iter().rev().take_while(|byte| is_blank(**byte, delimiter)).count();
        let start = first.min(stop);
        let (end, opened) = ((stop - blanks).max(start), quote == Some(b'\''));
        Field { start, end, stop, opened, quoted: false, escapes: false }
    }
}

impl Iterator for Fields<'_> {
    type Item = Field;

    fn next(&mut self) -> Option<Field> {
        let at = self.at?;
        let field = self.field(at);
        self.at = (field.stop < self.line.len()).then_some(field.stop + 1);
        Some(field)
    }
}

impl Field {
    /// The field that the quote at `open` begins, if another one ends it. If not, up to where there is none that could: the next one
    /// that begins a field, or the end.
    fn quoted(line: &[u8], open: usize, quote: u8, delimiter: u8) -> Result<Field, usize> {
        let (mut at, mut escapes) = (open + 1, false);
        loop {
            let mark = at + memchr2(quote, b'\\', &line[at..]).ok_or(line.len())?;
            let behind = mark + 1;
            if line[mark] == b'\\' {
                escapes = true;
                at = (behind + 1).min(line.len());
                continue;
            }
            let blanks = line[behind..].iter().take_while(|byte| is_blank(**byte, delimiter)).count();
            let stop = behind + blanks;
            if stop == line.len() || line[stop] == delimiter {
                let opened = quote == b'\'';
                return Ok(Field { start: open + 1, end: mark, stop, opened, quoted: true, escapes });
            }
            let doubled = line[behind] == quote;
            let before = line[open + 1..mark].iter().rev().find(|byte| !is_blank(**byte, delimiter));
            if !doubled && before == Some(&delimiter) {
                return Err(mark);
            }
            escapes |= doubled;
            at = behind + usize::from(doubled);
        }
    }
}

fn is_blank(byte: u8, delimiter: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r') && byte != delimiter
}

/// Appends a value: doubled quotes once, and no backslashes before quotes and backslashes.
fn unescape(value: &[u8], quote: u8, out: &mut Vec<u8>) {
    buffer::reserve(out, value.len());
    let mut rest = value;
    while let Some(mark) = memchr2(quote, b'\\', rest) {
        out.extend_from_slice(&rest[..mark]);
        let next = rest.get(mark + 1).copied();
        let kept = match (rest[mark], next) {
            (b'\\', Some(b'\\' | b'\'' | b'"')) => next,
            (first, Some(second)) if first == quote && second == quote => next,
            _ => None,
        };
        out.push(kept.unwrap_or(rest[mark]));
        rest = &rest[mark + 1 + usize::from(kept.is_some())..];
    }
    out.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(line: &str, delimiter: u8) -> String {
        let mut record = Record::new();
        record.begin(0);
        split(line.as_bytes(), delimiter, &mut record);
        let shown = record.fields(line.as_bytes()).map(|(_, field)| String::from_utf8_lossy(field).into_owned());
        shown.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn fields_stand_between_apostrophes() {
        let check = |line: &str, want: &str| assert_eq!(fields(line, b','), want, "{line}");
        check("'7','a@x.io','O''Neil, Anna'", "7|a@x.io|O'Neil, Anna");
        check("(7, 'a@x.io', 'O\\'Neil, \\\\A', NULL),", "7|a@x.io|O'Neil, \\A|NULL");
        check("(7, 'a@x.io', \"O'Neil, Anna\", None)", "7|a@x.io|O'Neil, Anna|None");
        check(" ( '7' ,'' , x y );\r", "7||x y");
        check("'O'Neil','it's, here'", "O'Neil|it's, here");
        check("'open,'b'", "'open|b");
        check("'open, b", "'open|b");
        check("a,,'\\", "a||'\\");
        check("'''',''", "'|");
        check("(a),b", "(a)|b");
        check("", "");
        check("()", "");
        assert_eq!(fields("'a'\t' b '\t\tc", b'\t'), "a| b ||c");
    }

    #[test]
    fn texts_with_such_fields_are_told() {
        let check = |text: &str, want: bool| assert_eq!(look(text.as_bytes(), b','), want, "{text}");
        check("'1','a'\n'2','b'\n", true);
        check("id,name\n'1','a'\n'2','b'\n", true);
        check("(1,'a'),\n(2,'b');\n", true);
        check("id,city\n1,'s-Hertogenbosch\n2,'t Zand\n", false);
        check("id,name,note\n1,anna,x\n2,bert,'quoted'\n3,carl,y\n", false);
        check("1,it's\n2,isn't\n", false);
        check("a,b\n", false);
    }

    #[test]
    fn nothing_panics_and_every_field_stands_in_its_line() {
        let parts = ["'", "\"", "\\", ",", "(", ")", " ", "a", "''", ";", "\t"];
        let mut state = 7u64;
        for _ in 0..20_000 {
            let mut line = String::new();
            for _ in 0..8 {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                line.push_str(parts[(state >> 33) as usize % parts.len()]);
            }
            let letters = |text: &str| text.bytes().filter(|byte| *byte == b'a').count();
            assert_eq!(letters(&fields(&line, b',')), letters(&line), "{line}");
            look(line.as_bytes(), b',');
        }
        // Would take minutes if every field looked for its end.
        for quote in ["'", "\""] {
            assert_eq!(fields(&format!("{quote}a,").repeat(1 << 18), b',').len(), 3 << 18);
            // Every one of these is doubled for the one before it, up to the last, which begins a field.
            let line = format!("{quote}x,{}{quote}y", format!("{quote}{quote}x,").repeat(1 << 18));
            assert_eq!(fields(&line, b',').len(), line.len());
        }
    }
}
