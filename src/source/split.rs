//! A block becomes records: fields that point into the block, or into a scratch buffer where quotes or escapes had to
//! be removed. Nothing is allocated per record once the buffers have grown.

use std::fmt;
use std::ops::Range;

use memchr::memchr;
use memchr::memmem::Finder;
use zeroize::Zeroize;

use super::assigned::Assigned;
use super::blocks::Block;
use super::columns::Columns;
use super::frame::{Field, Found, Wrap, unescape, unquote};
use super::headings::{Heading, Layout};
use super::json::{self, Paths};
use super::lexer::{Lexer, State};
use super::long_line::{end_of_line, shown_of};
use super::malformed::Malformed;
use super::step::{SplitCounts, Step};
use super::{Options, Quoting, Shape};
use super::{buffer, escaped, forms, found, logins, separated, sites};

/// The column of a value in JSON at a path that is none of the wanted: whoever plans by a sample has to see these too.
pub const UNPLANNED: u32 = u32::MAX;

/// What stood at one place of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A record; its fields are in the `Record`.
    Record,
    /// Something that should have been one. The caller counts it as rejected.
    Malformed(Malformed),
}

/// Where a field stands, relative to its record or to the start of the scratch buffer.
#[derive(Clone, Copy)]
struct Span {
    column: u32,
    start: u32,
    end: u32,
}

/// Set in `Span::start` for a field in the scratch buffer; records and their values stay below.
const IN_SCRATCH: u32 = 1 << 31;
/// So that offsets fit beside that bit, also after every byte of a number has grown.
pub(super) const RECORD_BYTES_LIMIT: usize = 1 << 27;

/// The fields of one record. Reused from record to record; wiped when dropped.
#[derive(Default)]
pub struct Record {
    base: usize,
    spans: Vec<Span>,
    scratch: Vec<u8>,
}

impl Record {
    /// No fields yet.
    pub fn new() -> Record {
        Record::default()
    }

    /// How many fields there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there are no fields: JSON without any wanted path.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The fields in their order, each with its column. `block` is the one that was split.
    #[inline]
    pub fn fields<'a>(&'a self, block: &'a [u8]) -> impl Iterator<Item = (u32, &'a [u8])> {
        self.spans.iter().map(move |span| (span.column, self.bytes(block, span)))
    }

    /// The bytes of the field at `index`; empty if the record has fewer.
    #[inline]
    pub fn field<'a>(&'a self, block: &'a [u8], index: usize) -> &'a [u8] {
        self.spans.get(index).map_or(&[], |span| self.bytes(block, span))
    }

    #[inline]
    fn bytes<'a>(&'a self, block: &'a [u8], span: &Span) -> &'a [u8] {
        if span.start & IN_SCRATCH == 0 {
            &block[self.base + span.start as usize..self.base + span.end as usize]
        } else {
            &self.scratch[(span.start ^ IN_SCRATCH) as usize..span.end as usize]
        }
    }

    /// No fields, for a record that starts at `base`.
    #[inline]
    pub(super) fn begin(&mut self, base: usize) {
        self.base = base;
        self.spans.clear();
        self.scratch.clear();
    }

    /// Says which columns the fields are of; those that have none are of none.
    fn place(&mut self, columns: &[u32]) {
        for span in &mut self.spans {
            span.column = columns.get(span.column as usize).copied().unwrap_or(UNPLANNED);
        }
    }

    /// Forgets the fields.
    pub(super) fn clear(&mut self) {
        self.begin(self.base);
    }

    /// A field that stands in the block, from `start` to `end` relative to the start of the record.
    #[inline]
    pub(super) fn push(&mut self, column: u32, start: usize, end: usize) {
        self.spans.push(Span { column, start: start as u32, end: end as u32 });
    }

    /// Takes away the values of fields of `line` that say `\N`: there are none.
    fn blank_nulls(&mut self, line: &[u8]) {
        let is_null = |span: &&mut Span| &line[span.start as usize..span.end as usize] == escaped::NULL;
        self.spans.iter_mut().filter(is_null).for_each(|span| span.end = span.start);
    }

    /// Takes the thorns from around the fields of `line`.
    fn without_thorns(&mut self, line: &[u8]) {
        let thorn = separated::THORN.as_bytes();
        for span in &mut self.spans {
            let field = &line[span.start as usize..span.end as usize];
            if let Some(inside) = field.strip_prefix(thorn).and_then(|rest| rest.strip_suffix(thorn)) {
                span.start += thorn.len() as u32;
                span.end = span.start + inside.len() as u32;
            }
        }
    }

    /// A field that `write` appends to the scratch buffer.
    pub(super) fn push_written(&mut self, column: u32, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.scratch.len() as u32 | IN_SCRATCH;
        write(&mut self.scratch);
        self.spans.push(Span { column, start, end: self.scratch.len() as u32 });
    }

    /// A field that is not part of the block.
    pub(super) fn push_copy(&mut self, column: u32, value: &[u8]) {
        self.push_written(column, |scratch| buffer::append(scratch, value));
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.scratch.zeroize();
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Record({} fields)", self.spans.len())
    }
}

enum Fields {
    Delimited(u8),
    /// ... of which some say `\N` for no value.
    DelimitedOrNull(u8),
    Escaped(u8),
    Separated(Box<Finder<'static>>),
    Colons,
    Whole,
    Logins(u8),
    Sites(u8),
    Json(Paths),
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
            Shape::Delimited { delimiter, .. } => Fields::Delimited(delimiter),
            Shape::Escaped { delimiter } => Fields::Escaped(delimiter),
            Shape::Separated(separator) => Fields::Separated(Box::new(Finder::new(separator.as_bytes()).into_owned())),
            Shape::Colons => Fields::Colons,
            Shape::Lines => Fields::Whole,
            Shape::Logins { delimiter } => Fields::Logins(delimiter),
            Shape::Sites { delimiter } => Fields::Sites(delimiter),
            Shape::JsonLines | Shape::JsonObjects { .. } => Fields::Json(paths()),
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
        let found = frames.next_record(block, start, &mut |field| take(record, block, field));
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
                let Fields::Json(paths) = &mut self.fields else { return Some(Outcome::Record) };
                record.begin(start);
                let outcome = json::read_line(&block[start..*at], paths, record);
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
            Fields::Lexed => return None,
        }
        Some(Outcome::Record)
    }
}

#[inline]
fn take(record: &mut Record, block: &[u8], field: Field) {
    let column = record.spans.len() as u32;
    let bytes = &block[field.start..field.end];
    match field.wrap {
        Wrap::Quotes if memchr(b'"', bytes).is_some() => record.push_written(column, |scratch| unquote(bytes, scratch)),
        Wrap::Escapes => record.push_written(column, |scratch| unescape(bytes, scratch)),
        _ => record.push(column, field.start - record.base, field.end - record.base),
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

    #[test]
    fn debug_shows_no_content() {
        let mut record = Record::new();
        record.push_copy(0, b"secret");
        assert_eq!(format!("{record:?}"), "Record(1 fields)");
    }
}
