//! The rows that a plan is made from: the start of a source, and rows from all over a large file, because dumps are
//! often sorted or merged and their start is not like the rest.

use std::fmt;
use std::fs::File;

use zeroize::{Zeroize, Zeroizing};

use super::buffer::Wiped;
use super::columns::Columns;
use super::encoding::Decision;
use super::lexer::Lexer;
use super::record::Record;
use super::shape::usual;
use super::split::{Outcome, Splitter};
use super::{Options, Shape, found, text};

/// Decoded bytes of the start.
pub(super) const HEAD_BYTES: usize = 1 << 20;
/// More rows do not change a plan.
const HEAD_ROWS_MAX: usize = 2000;
/// Places in a large file; 64 reads are nothing even on a slow disk.
const WINDOWS: u64 = 64;
const WINDOW_BYTES: usize = 16 << 10;
const WINDOW_ROWS_MAX: usize = 16;

/// Rows of a source, read before it is read as a whole. Wiped when dropped; `Debug` shows no values.
#[derive(Default)]
pub struct Sample {
    /// Names of columns, where the shape has them whatever the first row holds: JSON paths in the order of their first
    /// appearance, as `profile.phones[]`; `login` and `password`; empty for other shapes.
    pub columns: Vec<String>,
    /// The first rows, a header row among them, then rows from further behind.
    pub rows: Vec<SampleRow>,
    /// The values of a single row: numbers with many digits in a text that is only searched.
    pub numbers: SampleRow,
    /// Whether the rows are all there are.
    pub whole_file: bool,
    /// How many records there are, where all were counted.
    pub records: Option<u64>,
    /// How many rows the start of the text gave, and of how many bytes: an estimate for the rest.
    pub head: (u64, u64),
}

/// One row of a sample.
#[derive(Default)]
pub struct SampleRow {
    /// Column and value.
    pub fields: Vec<(u32, Vec<u8>)>,
}

impl Sample {
    /// About how many records a text of this many bytes has.
    pub fn estimated_records(&self, text_bytes: u64) -> u64 {
        let (rows, bytes) = self.head;
        (u128::from(text_bytes) * u128::from(rows)).checked_div(u128::from(bytes)).unwrap_or(0) as u64
    }
}

impl Drop for SampleRow {
    fn drop(&mut self) {
        for (_, value) in &mut self.fields {
            value.zeroize();
        }
    }
}

impl fmt::Debug for SampleRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SampleRow({} fields)", self.fields.len())
    }
}

impl fmt::Debug for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (columns, rows) = (self.columns.len(), self.rows.len());
        write!(f, "Sample({columns} columns, {rows} rows, whole_file: {})", self.whole_file)
    }
}

/// Rows from `head`, whose last record may be cut unless `whole`, and from `windows`, which hold whole lines.
pub(super) fn take(head: &[u8], whole: bool, windows: &[Wiped], shape: Shape, options: &Options) -> Sample {
    let end = if whole { head.len() } else { end_of_records(head, shape, options) };
    let mut splitter = Splitter::discovering(shape, options);
    let (mut rows, all_read, head_bytes) = split(&mut splitter, &head[..end], HEAD_ROWS_MAX);
    let mut counted = (rows.len() as u64, head_bytes);
    if rows.is_empty() && shape == Shape::Found {
        rows = addresses(head);
        counted = (found::count_addresses(head), head.len() as u64);
    }
    let counts: Vec<usize> = rows.iter().map(|row| row.fields.len()).collect();
    let width = usual(&counts).filter(|_| matches!(shape, Shape::Delimited { .. }));
    let is_lexed = matches!(shape, Shape::JsonObjects { .. } | Shape::JsonRows { .. } | Shape::Pairs);
    let windows = if matches!(shape, Shape::Sql { .. }) { &[] } else { windows };
    for window in windows.iter().filter(|window| is_lexed || memchr::memchr(b'\n', window).is_some()) {
        splitter.begin_anywhere();
        let (more, ..) = split(&mut splitter, window, WINDOW_ROWS_MAX);
        // A window may begin inside a field with line ends: what is not a row is told by its width.
        rows.extend(more.into_iter().filter(|row| width.is_none_or(|width| row.fields.len() == width)));
    }
    Sample {
        columns: splitter.into_columns(),
        rows,
        numbers: if shape == Shape::Found { numbers(head, windows) } else { SampleRow::default() },
        whole_file: whole && all_read,
        records: None,
        head: counted,
    }
}

/// A row for each address, of a text whose first line has no end in sight.
fn addresses(head: &[u8]) -> Vec<SampleRow> {
    let mut rows = Vec::new();
    found::search(head, 0..head.len(), found::Edges::default(), |candidate, value| {
        if candidate == found::Candidate::Address && rows.len() < HEAD_ROWS_MAX {
            rows.push(SampleRow { fields: vec![(0, value.to_vec())] });
        }
    });
    rows
}

/// Numbers of 15 digits and more, and such in groups.
fn numbers(head: &[u8], windows: &[Wiped]) -> SampleRow {
    let mut row = SampleRow::default();
    for text in std::iter::once(head).chain(windows.iter().map(|window| &window[..])) {
        found::search(text, 0..text.len(), found::Edges::default(), |candidate, value| {
            let may_be = matches!(candidate, found::Candidate::Code | found::Candidate::Groups);
            let is_number = may_be && !value.iter().any(u8::is_ascii_alphabetic);
            if is_number && row.fields.len() < HEAD_ROWS_MAX {
                row.fields.push((0, value.to_vec()));
            }
        });
    }
    row
}

/// Where the last whole record of a text ends.
pub(super) fn end_of_records(text: &[u8], shape: Shape, options: &Options) -> usize {
    Lexer::new(shape, &Columns::positions(), options, false).cut(text, &mut Record::new())
}

fn split(splitter: &mut Splitter, text: &[u8], rows_max: usize) -> (Vec<SampleRow>, bool, u64) {
    let (mut at, mut record, mut rows) = (0, Record::new(), Vec::new());
    while let Some(outcome) = splitter.next(text, &mut at, &mut record) {
        if outcome != Outcome::Record {
            continue;
        }
        if rows.len() == rows_max {
            return (rows, false, (at - splitter.consumed()) as u64);
        }
        let fields = record.fields(text).map(|(column, value)| (column, value.to_vec())).collect();
        rows.push(SampleRow { fields });
    }
    (rows, true, at as u64)
}

/// Whole lines from places all over the file behind its first `head` bytes. Best effort: a read that fails here will
/// fail again, with a message, when the file is read as a whole.
pub(super) fn windows(file: &File, size: u64, head: u64) -> Vec<Wiped> {
    let Some(span) = size.checked_sub(head + WINDOW_BYTES as u64) else { return Vec::new() };
    let mut windows = Vec::new();
    for place in 0..WINDOWS {
        let offset = head + (u128::from(span) * u128::from(place) / u128::from(WINDOWS - 1)) as u64;
        let mut bytes = Zeroizing::new(vec![0; WINDOW_BYTES]);
        let count = read_at(file, &mut bytes, offset);
        bytes.truncate(count);
        let (first, last) = (memchr::memchr(b'\n', &bytes), memchr::memrchr(b'\n', &bytes));
        match (first, last) {
            (Some(first), Some(last)) => windows.push(Zeroizing::new(bytes[first + 1..=last.max(first)].to_vec())),
            // Text in one line, as large JSON is.
            _ => windows.push(bytes),
        }
    }
    windows
}

#[cfg(unix)]
fn read_at(file: &File, bytes: &mut [u8], offset: u64) -> usize {
    std::os::unix::fs::FileExt::read_at(file, bytes, offset).unwrap_or(0)
}

#[cfg(not(unix))]
fn read_at(_: &File, _: &mut [u8], _: u64) -> usize {
    0
}

/// The windows as text; none for encodings in which a byte `\n` may be half a character.
pub(super) fn decode(windows: Vec<Wiped>, decision: &Decision) -> Vec<Wiped> {
    if !decision.encoding.is_ascii_compatible() {
        return Vec::new();
    }
    windows.iter().map(|window| text::decode_whole(window, decision)).collect()
}
