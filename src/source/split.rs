//! A block becomes records, by the shape of its text.

use std::ops::Range;

use memchr::memmem::Finder;

use super::assigned::Assigned;
use super::blocks::Block;
use super::columns::Columns;
use super::frame::Found;
use super::headings::{Heading, Layout};
use super::json::{self, Paths};
use super::lexer::{Lexer, State};
use super::long_line::{end_of_line, shown_of};
use super::malformed::Malformed;
use super::record::Record;
use super::step::{SplitCounts, Step};
use super::{Options, Quoting, Shape};
use super::{apostrophes, escaped, forms, found, logins, separated, sites};

/// What stood at one place of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A record; its fields are in the `Record`.
    Record,
    /// Something that should have been one. The caller counts it as rejected.
    Malformed(Malformed),
}

enum Fields {
    Delimited(u8),
    /// ... of which some say `\N` for no value.
    DelimitedOrNull(u8),
    Apostrophes(u8),
    Escaped(u8),
    Separated(Box<Finder<'static>>),
    Colons,
    Whole,
    Logins(u8),
    Sites(u8),
    Json(Paths),
    JsonRows(Paths),
    Assigned(Assigned),
    Forms,
    Found,
    /// The lexer has them.
    Lexed,
}

/// Splits blocks into records. One for each worker; blocks are independent of each other.
///
/// ```
/// use leakdex::source::{Columns, Options, Outcome, Quoting, Record, Shape, Splitter};
///
/// let shape = Shape::Delimited { delimiter: b',', quoting: Quoting::Doubled };
/// let mut splitter = Splitter::new(shape, &Columns::positions(), &Options::default());
/// let (block, mut at, mut record) = (b"7,\"Li, Na\"\n", 0, Record::new());
/// assert_eq!(splitter.next(block, &mut at, &mut record), Some(Outcome::Record));
/// assert_eq!(record.field(block, 1), b"Li, Na");
/// assert_eq!(splitter.next(block, &mut at, &mut record), None);
/// ```
pub struct Splitter {
    pub(super) lexer: Lexer,
    fields: Fields,
    counts: SplitCounts,
    /// Bytes of what `next` returned last.
    consumed: usize,
    /// In the rest of a line that is too long.
    in_long_line: bool,
    /// ... whose next byte is escaped.
    in_escape: bool,
    /// What the last call of `next` passed over behind something broken.
    lost: Vec<Range<usize>>,
    /// The columns that the fields have now.
    layout: Layout,
    /// The records of the block that name columns, the next one last.
    headings: Vec<Heading>,
}

impl Splitter {
    /// A splitter for text of this shape. Shapes that name their columns need them.
    pub fn new(shape: Shape, columns: &Columns, options: &Options) -> Splitter {
        let paths = || Paths::wanted(columns.names().unwrap_or_default());
        let fields = match shape {
            Shape::Delimited { delimiter, quoting: Quoting::Escaped } => Fields::DelimitedOrNull(delimiter),
            Shape::Delimited { delimiter, quoting: Quoting::Apostrophes } => Fields::Apostrophes(delimiter),
            Shape::Delimited { delimiter, .. } => Fields::Delimited(delimiter),
            Shape::Escaped { delimiter } => Fields::Escaped(delimiter),
            Shape::Separated(separator) => Fields::Separated(Box::new(Finder::new(separator.as_bytes()).into_owned())),
            Shape::Colons => Fields::Colons,
            Shape::Lines => Fields::Whole,
            Shape::Logins { delimiter } => Fields::Logins(delimiter),
            Shape::Sites { delimiter } => Fields::Sites(delimiter),
            Shape::JsonLines | Shape::JsonObjects { .. } => Fields::Json(paths()),
            Shape::JsonRows { .. } => Fields::JsonRows(Paths::wanted(&[])),
            Shape::Assigned => Fields::Assigned(Assigned::new(columns.names())),
            Shape::Forms => Fields::Forms,
            Shape::Pairs | Shape::Sql { .. } => Fields::Lexed,
            Shape::Found => Fields::Found,
        };
        let lexer = Lexer::new(shape, columns, options, true);
        Splitter {
            lexer,
            fields,
            counts: SplitCounts::default(),
            consumed: 0,
            in_long_line: false,
            in_escape: false,
            lost: Vec::new(),
            layout: None,
            headings: Vec::new(),
        }
    }

    /// A splitter that takes every name or path it meets for a column.
    pub(super) fn discovering(shape: Shape, options: &Options) -> Splitter {
        let mut splitter = Splitter::new(shape, &Columns::positions(), options);
        if let Fields::Json(paths) = &mut splitter.fields {
            *paths = Paths::discovered();
        }
        splitter
    }

    /// The columns discovered, or those that the shape has.
    pub(super) fn into_columns(self) -> Vec<String> {
        let named = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        match (self.fields, self.lexer) {
            (Fields::Json(paths), _) => paths.into_columns(),
            (Fields::Assigned(assigned), _) => assigned.into_columns(),
            (Fields::Logins(_), _) => named(&logins::COLUMNS),
            (Fields::Sites(_), _) => named(&sites::COLUMNS),
            (Fields::Forms, _) => named(&forms::COLUMNS),
            (Fields::Found, _) => named(&found::COLUMNS),
            (_, Lexer::Pairs(pairs)) => pairs.into_columns(),
            (_, Lexer::Sql(sql)) => sql.into_columns(),
            _ => Vec::new(),
        }
    }

    /// Goes to the begin of a block. Has to come before its first record.
    pub fn begin(&mut self, block: &Block) {
        self.in_escape = matches!(block.state, State::LongLine { escaped: true });
        self.in_long_line = matches!(block.state, State::LongLine { .. });
        self.lexer.resume(&block.state);
        self.layout.clone_from(&block.layout);
        self.headings.clear();
        self.headings.extend(block.headings.iter().rev().cloned());
    }

    /// Goes to a place in the middle of a text, of which nothing is known.
    pub(super) fn begin_anywhere(&mut self) {
        self.lexer.resume(&State::Record);
        self.lexer.lose();
    }

    /// Reads the record at `*at` and moves `*at` behind it; none at the end of the block. What is no record is passed over and
    /// counted.
    ///
    /// Cost: one pass over the bytes; no allocation unless a record is larger than every one before.
    #[inline]
    pub fn next(&mut self, block: &[u8], at: &mut usize, record: &mut Record) -> Option<Outcome> {
        self.lost.clear();
        while *at < block.len() {
            let start = *at;
            let outcome = match &self.lexer {
                Lexer::Lines(_) if self.in_long_line => self.rest_of_line(block, at),
                Lexer::Lines(_) => {
                    let outcome = self.next_line(block, at, record);
                    if self.layout.is_some() || !self.headings.is_empty() {
                        self.place(start, *at, outcome, record)
                    } else {
                        outcome
                    }
                }
                _ => self.next_step(block, at, record),
            };
            self.consumed = *at - start;
            if outcome.is_some() {
                return outcome;
            }
            if self.consumed == 0 {
                // Never so: a block ends where its last record ends.
                return None;
            }
        }
        None
    }

    /// Gives the fields of a record the columns that were named before it. None for a record that names columns.
    fn place(&mut self, start: usize, end: usize, outcome: Option<Outcome>, record: &mut Record) -> Option<Outcome> {
        if let Some(heading) = self.headings.pop_if(|heading| heading.at == start) {
            self.layout = heading.layout;
            self.counts.headings += 1;
            self.counts.skipped_bytes += (end - start) as u64;
            return None;
        }
        if let Some(columns) = &self.layout {
            record.place(columns);
        }
        outcome
    }

    /// How many columns were named last, if not by the first record of the text.
    #[inline]
    pub fn named_columns(&self) -> Option<usize> {
        self.layout.as_ref().map(|columns| columns.len())
    }

    /// The bytes of the block that the last outcome was made of.
    #[inline]
    pub fn consumed(&self) -> usize {
        self.consumed
    }

    /// Where the bytes stand that the last `next` passed over, before what it returned: behind something broken, and what is no record
    /// and has a sign of an address or of a telephone number.
    #[inline]
    pub fn lost(&self) -> &[Range<usize>] {
        &self.lost
    }

    /// What was passed over so far.
    pub fn counts(&self) -> SplitCounts {
        self.counts
    }

    fn lose(&mut self, bytes: Range<usize>) {
        self.counts.resynchronised_bytes += bytes.len() as u64;
        match self.lost.last_mut().filter(|last| last.end == bytes.start) {
            Some(last) => last.end = bytes.end,
            None => self.lost.push(bytes),
        }
    }

    /// What is no record can hold somebody all the same: a statement that changes a row, a line above a table.
    fn look_at_skipped(&mut self, block: &[u8], bytes: Range<usize>) {
        if memchr::memchr2(b'@', b'+', &block[bytes.clone()]).is_some() {
            self.lost.push(bytes);
        }
    }

    /// The rest of a line whose beginning was too long for a record.
    fn rest_of_line(&mut self, block: &[u8], at: &mut usize) -> Option<Outcome> {
        let start = *at;
        let escapes = matches!(&self.lexer, Lexer::Lines(frames) if frames.escaped);
        let newline = end_of_line(&block[start..], escapes, &mut self.in_escape);
        *at = newline.map_or(block.len(), |length| start + length + 1);
        self.in_long_line = newline.is_none();
        self.counts.long_line_bytes += (*at - start) as u64;
        self.lose(start..*at);
        None
    }

    /// One line, or one record with quotes. None for what is no record.
    #[inline]
    fn next_line(&mut self, block: &[u8], at: &mut usize, record: &mut Record) -> Option<Outcome> {
        let Lexer::Lines(frames) = &self.lexer else { return None };
        let start = *at;
        record.begin(start);
        let found = frames.next_record(block, start, &mut |field| record.take(block, field));
        let end = match found {
            Found::Line { end, next } => {
                *at = next;
                end
            }
            Found::Quoted { next } => {
                *at = next;
                return Some(Outcome::Record);
            }
            Found::Resynchronised { end, next } => {
                *at = next;
                self.counts.resynchronised += 1;
                record.begin(start);
                end
            }
            Found::TooLong { next } => {
                // As much as a block has of it whose reader did not see its end.
                let shown = shown_of(&block[start..next], frames.record_bytes_max, frames.escaped);
                *at = next.min(start + shown);
                self.in_long_line = *at < next;
                self.counts.long_line_bytes += (*at - start) as u64;
                return Some(Outcome::Malformed(Malformed::TooLong));
            }
            Found::More => return None,
        };
        let outcome = self.split_line(&block[start..end], record);
        if outcome.is_none() {
            self.counts.blank_lines += u64::from(block[start..end].trim_ascii().is_empty());
            self.counts.skipped_bytes += (*at - start) as u64;
            self.look_at_skipped(block, start..*at);
        }
        outcome
    }

    /// One step of a lexer. None for what is no record.
    fn next_step(&mut self, block: &[u8], at: &mut usize, record: &mut Record) -> Option<Outcome> {
        let start = *at;
        let step = self.lexer.step(block, at, true, record);
        let bytes = (*at - start) as u64;
        match step {
            Step::Record => {
                let line = &block[start..*at];
                let outcome = match &mut self.fields {
                    Fields::Json(paths) => {
                        record.begin(start);
                        json::read_line(line, paths, record)
                    }
                    Fields::JsonRows(paths) => {
                        record.begin(start);
                        Some(json::read_row(line, paths, record))
                    }
                    _ => Some(Outcome::Record),
                };
                self.counts.skipped_bytes += if outcome.is_none() { bytes } else { 0 };
                outcome
            }
            Step::Malformed(malformed) => Some(Outcome::Malformed(malformed)),
            Step::Skipped => {
                self.counts.skipped_bytes += bytes;
                self.look_at_skipped(block, start..*at);
                None
            }
            Step::Resynchronised => {
                self.lose(start..*at);
                None
            }
            Step::More => None,
        }
    }

    /// None for a line that is no record.
    #[inline]
    fn split_line(&mut self, line: &[u8], record: &mut Record) -> Option<Outcome> {
        if line.is_empty() {
            return None;
        }
        match &mut self.fields {
            Fields::Delimited(separated::OF_LOAD_FILES) => {
                separated::split_at(separated::OF_LOAD_FILES, line, record);
                record.without_thorns(line);
            }
            Fields::Delimited(delimiter) => separated::split_at(*delimiter, line, record),
            Fields::DelimitedOrNull(delimiter) => {
                separated::split_at(*delimiter, line, record);
                record.blank_nulls(line);
            }
            Fields::Apostrophes(delimiter) => apostrophes::split(line, *delimiter, record),
            Fields::Escaped(delimiter) => escaped::split(*delimiter, line, record),
            Fields::Separated(finder) => separated::split(finder, line, record),
            Fields::Colons => separated::split_at_colons(line, record),
            Fields::Whole => record.push(0, 0, line.len()),
            Fields::Logins(delimiter) => logins::split(line, *delimiter, record),
            Fields::Sites(delimiter) => {
                if !sites::split(line, *delimiter, record) {
                    return Some(Outcome::Malformed(Malformed::NotASite));
                }
            }
            Fields::Json(paths) => return json::read_line(line, paths, record),
            Fields::Assigned(assigned) => return assigned.split(line, record).then_some(Outcome::Record),
            Fields::Forms => return forms::split(line, record).then_some(Outcome::Record),
            Fields::Found => return found::split(line, record).then_some(Outcome::Record),
            Fields::JsonRows(_) | Fields::Lexed => return None,
        }
        Some(Outcome::Record)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(shape: Shape, text: &[u8]) -> (Vec<String>, SplitCounts) {
        let options = Options { record_bytes_max: 40, ..Options::default() };
        let mut splitter = Splitter::new(shape, &Columns::positions(), &options);
        let (mut at, mut record, mut rows) = (0, Record::new(), Vec::new());
        while let Some(outcome) = splitter.next(text, &mut at, &mut record) {
            rows.push(match outcome {
                Outcome::Record => {
                    let fields: Vec<_> =
                        record.fields(text).map(|(column, b)| format!("{column}={}", b.escape_ascii())).collect();
                    assert_eq!(record.field(text, record.len()), b"");
                    fields.join(" ")
                }
                Outcome::Malformed(malformed) => malformed.name().to_owned(),
            });
        }
        assert_eq!(at, text.len());
        (rows, splitter.counts())
    }

    #[test]
    fn splits_delimited_text() {
        let shape = Shape::Delimited { delimiter: b';', quoting: Quoting::None };
        let (rows, counts) = split(shape, b"a;\"b\r\n\r\n;;\n\n\0x\n0123456789012345678901234567890123456789x\ny;z");
        assert_eq!(rows, ["0=a 1=\\\"b", "0= 1= 2=", "0=\\x00x", "record_too_long", "0=y 1=z"]);
        assert_eq!((counts.blank_lines, counts.resynchronised, counts.skipped_bytes), (2, 0, 3));
    }

    #[test]
    fn splits_quoted_text() {
        let shape = Shape::Delimited { delimiter: b';', quoting: Quoting::Doubled };
        let (rows, counts) = split(shape, b"\"a;\"\"\";b\n\n\"c\nd\";\"e\"f\ng;\"h\r\n\"i\";j\n");
        assert_eq!(rows, ["0=a;\\\" 1=b", "0=c\\nd 1=ef", "0=g 1=\\\"h", "0=i 1=j"]);
        assert_eq!((counts.blank_lines, counts.resynchronised, counts.skipped_bytes), (1, 1, 1));
    }

    #[test]
    fn splits_lists() {
        let (rows, counts) = split(Shape::Lines, b"a,\"b\n \r\n\nc");
        assert_eq!(rows, ["0=a,\\\"b", "0= ", "0=c"]);
        assert_eq!(counts.blank_lines, 1);
    }

    #[test]
    fn backslashes_escape() {
        let (rows, _) = split(Shape::Escaped { delimiter: b'\t' }, b"1\ta\\\tb\t\\N\tc\\\\\n2\tx\\\ny\t\n3\\");
        assert_eq!(rows, ["0=1 1=a\\tb 3=c\\\\", "0=2 1=x\\ny 2=", "0=3\\\\"]);
    }
}
