//! A block becomes records: fields that point into the block, or into a scratch buffer where quotes or escapes had to
//! be removed. Nothing is allocated per record once the buffers have grown.

use std::fmt;

use memchr::memchr;
use zeroize::Zeroize;

use super::buffer;
use super::frame::{Field, Found, Frames, matches, unquote};
use super::json::{self, Paths};
use super::{Options, Shape};

/// The column of a value in JSON at a path that is none of the wanted: whoever plans by a sample has to see these too.
pub const UNPLANNED: u32 = u32::MAX;

/// Which columns a worker wants.
#[derive(Clone, Debug)]
pub struct Columns {
    paths: Option<Vec<String>>,
}

impl Columns {
    /// All of them, by position: for delimited text and lists.
    pub fn positions() -> Columns {
        Columns { paths: None }
    }

    /// The values at these paths of every object, as [`super::Sample::columns`] writes them: for JSON Lines. The column
    /// of a field is the index of its path.
    pub fn paths(paths: &[String]) -> Columns {
        Columns { paths: Some(paths.to_vec()) }
    }
}

/// What stood at one place of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A record; its fields are in the `Record`.
    Record,
    /// Something that should have been one. The caller counts it as rejected.
    Malformed(Malformed),
}

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Malformed {
    /// Longer than `record_bytes_max`.
    TooLong,
    /// Not a JSON object.
    NotJson,
    /// JSON nested deeper than 128 levels.
    TooDeep,
    /// A tuple of SQL that breaks off, or holds what is no value.
    NotATuple,
    /// A tuple or line of SQL with another number of values than its table has columns.
    ValueCount,
}

impl Malformed {
    /// The stable name that summaries use.
    pub fn name(self) -> &'static str {
        match self {
            Malformed::TooLong => "record_too_long",
            Malformed::NotJson => "not_json",
            Malformed::TooDeep => "nested_too_deep",
            Malformed::NotATuple => "not_a_tuple",
            Malformed::ValueCount => "wrong_value_count",
        }
    }
}

/// What a splitter passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SplitCounts {
    /// Lines with nothing in them. They are no records.
    pub blank_lines: u64,
    /// Records whose quotes were not balanced: their first line was read without quotes.
    pub resynchronised: u64,
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

    /// A field that stands in the block, from `start` to `end` relative to the start of the record.
    #[inline]
    pub(super) fn push(&mut self, column: u32, start: usize, end: usize) {
        self.spans.push(Span { column, start: start as u32, end: end as u32 });
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
    Whole,
    Json(Paths),
}

/// Splits blocks into records. One for each worker; blocks are independent of each other.
///
/// ```
/// use leakdex::source::{Columns, Options, Outcome, Record, Shape, Splitter};
///
/// let shape = Shape::Delimited { delimiter: b',', quoted: true };
/// let mut splitter = Splitter::new(shape, &Columns::positions(), &Options::default());
/// let (block, mut at, mut record) = (b"7,\"Li, Na\"\n", 0, Record::new());
/// assert_eq!(splitter.next(block, &mut at, &mut record), Some(Outcome::Record));
/// assert_eq!(record.field(block, 1), b"Li, Na");
/// assert_eq!(splitter.next(block, &mut at, &mut record), None);
/// ```
pub struct Splitter {
    frames: Frames,
    fields: Fields,
    counts: SplitCounts,
}

impl Splitter {
    /// A splitter for text of this shape.
    pub fn new(shape: Shape, columns: &Columns, options: &Options) -> Splitter {
        let fields = match shape {
            Shape::Delimited { delimiter, .. } => Fields::Delimited(delimiter),
            Shape::Lines => Fields::Whole,
            Shape::JsonLines => Fields::Json(Paths::wanted(columns.paths.as_deref().unwrap_or_default())),
        };
        Splitter { frames: frames(shape, options, true), fields, counts: SplitCounts::default() }
    }

    /// A splitter of JSON Lines that takes every path it meets for a column.
    pub(super) fn discovering(options: &Options) -> Splitter {
        let frames = frames(Shape::JsonLines, options, true);
        Splitter { frames, fields: Fields::Json(Paths::discovered()), counts: SplitCounts::default() }
    }

    /// The columns discovered.
    pub(super) fn into_columns(self) -> Vec<String> {
        match self.fields {
            Fields::Json(paths) => paths.into_columns(),
            Fields::Delimited(_) | Fields::Whole => Vec::new(),
        }
    }

    /// Reads the record at `*at` and moves `*at` behind it; none at the end of the block. Blank lines are passed over
    /// and counted.
    ///
    /// Cost: one pass over the bytes; no allocation unless a record is larger than every one before.
    #[inline]
    pub fn next(&mut self, block: &[u8], at: &mut usize, record: &mut Record) -> Option<Outcome> {
        while *at < block.len() {
            let start = *at;
            record.begin(start);
            let found = self.frames.next_record(block, start, &mut |field| take(record, block, field));
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
                    *at = next;
                    return Some(Outcome::Malformed(Malformed::TooLong));
                }
                // Never asked for: a block ends where its last record ends.
                Found::More => return None,
            };
            if let Some(outcome) = self.split_line(&block[start..end], record) {
                return Some(outcome);
            }
            self.counts.blank_lines += 1;
        }
        None
    }

    /// What was passed over so far.
    pub fn counts(&self) -> SplitCounts {
        self.counts
    }

    /// None for a blank line.
    #[inline]
    fn split_line(&mut self, line: &[u8], record: &mut Record) -> Option<Outcome> {
        if line.is_empty() {
            return None;
        }
        match &mut self.fields {
            Fields::Delimited(delimiter) => split_at(*delimiter, line, record),
            Fields::Whole => record.push(0, 0, line.len()),
            Fields::Json(paths) => return json::read_line(line, paths, record),
        }
        Some(Outcome::Record)
    }
}

/// Fields between delimiters, eight bytes at a time: most fields are shorter than a vector is worth.
#[inline]
fn split_at(delimiter: u8, line: &[u8], record: &mut Record) {
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

#[inline]
fn take(record: &mut Record, block: &[u8], field: Field) {
    let column = record.spans.len() as u32;
    let bytes = &block[field.start..field.end];
    if field.raw && memchr(b'"', bytes).is_some() {
        record.push_written(column, |scratch| unquote(bytes, scratch));
    } else {
        record.push(column, field.start - record.base, field.end - record.base);
    }
}

/// The frames of a shape; `ended` as in [`Frames`].
pub(super) fn frames(shape: Shape, options: &Options, ended: bool) -> Frames {
    let quoted = match shape {
        Shape::Delimited { delimiter, quoted: true } => Some(delimiter),
        _ => None,
    };
    Frames { quoted, record_bytes_max: options.record_bytes_max.clamp(1, RECORD_BYTES_LIMIT), ended }
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
        let shape = Shape::Delimited { delimiter: b';', quoted: false };
        let (rows, counts) = split(shape, b"a;\"b\r\n\r\n;;\n\n\0x\n0123456789012345678901234567890123456789x\ny;z");
        assert_eq!(rows, ["0=a 1=\\\"b", "0= 1= 2=", "0=\\x00x", "record_too_long", "0=y 1=z"]);
        assert_eq!(counts, SplitCounts { blank_lines: 2, resynchronised: 0 });
    }

    #[test]
    fn splits_quoted_text() {
        let shape = Shape::Delimited { delimiter: b';', quoted: true };
        let (rows, counts) = split(shape, b"\"a;\"\"\";b\n\n\"c\nd\";\"e\"f\ng;\"h\r\n\"i\";j\n");
        assert_eq!(rows, ["0=a;\\\" 1=b", "0=c\\nd 1=ef", "0=g 1=\\\"h", "0=i 1=j"]);
        assert_eq!(counts, SplitCounts { blank_lines: 1, resynchronised: 1 });
    }

    #[test]
    fn splits_lists() {
        let (rows, counts) = split(Shape::Lines, b"a,\"b\n \r\n\nc");
        assert_eq!(rows, ["0=a,\\\"b", "0= ", "0=c"]);
        assert_eq!(counts.blank_lines, 1);
    }

    #[test]
    fn debug_shows_no_content() {
        let mut record = Record::new();
        record.push_copy(0, b"secret");
        assert_eq!(format!("{record:?}"), "Record(1 fields)");
    }
}
