//! The fields of a record: places in the block that it stands in, or in a scratch buffer where quotes or escapes had to be removed.
//! Nothing is allocated per record once the buffers have grown.

use std::fmt;

use memchr::memchr;
use zeroize::Zeroize;

use super::frame::{Field, Wrap, unescape, unquote};
use super::{buffer, escaped, separated};

/// The column of a value in JSON at a path that is none of the wanted: whoever plans by a sample has to see these too.
pub const UNPLANNED: u32 = u32::MAX;

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
    pub(super) fn place(&mut self, columns: &[u32]) {
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
    pub(super) fn blank_nulls(&mut self, line: &[u8]) {
        let is_null = |span: &&mut Span| &line[span.start as usize..span.end as usize] == escaped::NULL;
        self.spans.iter_mut().filter(is_null).for_each(|span| span.end = span.start);
    }

    /// Takes the thorns from around the fields of `line`.
    pub(super) fn without_thorns(&mut self, line: &[u8]) {
        let thorn = separated::THORN.as_bytes();
        for span in &mut self.spans {
            let field = &line[span.start as usize..span.end as usize];
            if let Some(inside) = field.strip_prefix(thorn).and_then(|rest| rest.strip_suffix(thorn)) {
                span.start += thorn.len() as u32;
                span.end = span.start + inside.len() as u32;
            }
        }
    }

    /// A field of a record with quotes, behind those before it.
    #[inline]
    pub(super) fn take(&mut self, block: &[u8], field: Field) {
        let column = self.spans.len() as u32;
        let bytes = &block[field.start..field.end];
        match field.wrap {
            Wrap::Quotes if memchr(b'"', bytes).is_some() => {
                self.push_written(column, |scratch| unquote(bytes, scratch));
            }
            Wrap::Escapes => self.push_written(column, |scratch| unescape(bytes, scratch)),
            _ => self.push(column, field.start - self.base, field.end - self.base),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_content() {
        let mut record = Record::new();
        record.push_copy(0, b"secret");
        assert_eq!(format!("{record:?}"), "Record(1 fields)");
    }
}
