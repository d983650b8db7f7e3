//! Records in the middle of a text that name columns, as where files were put together: `cat a.csv b.csv`.
//!
//! What such a record says holds until the next one, so whoever reads a text from its start to its end looks for them, and hands
//! on with every block where they stand and which hold at its begin ([`super::Blocks`]). Whoever splits a block then passes over
//! them, and gives the fields behind them the columns that they have ([`super::Splitter`]): the same for every size of a block.
//!
//! # Cost
//!
//! For the reader: the search for line ends, a look at the first byte of a line, and where that is no digit, one for `@`. Only a
//! line without one, and with few digits, is split. For a splitter: one comparison a record.

use std::fmt;
use std::sync::Arc;

use memchr::{memchr, memchr_iter};

use super::frame::{Found, Frames};
use super::split::{Columns, Outcome, Record, Splitter};
use super::{Options, Shape};

/// The columns of the fields of a record, in their order; none where they stand as in the first record of the text.
pub type Layout = Option<Arc<[u32]>>;

/// Longer lines name no columns.
const LINE_BYTES_MAX: usize = 4 << 10;
/// `address1,phone2,md5`: names have few digits, and most rows have many.
const DIGITS_MAX: usize = 8;

/// Says of the fields of a record whether they are names of columns, and which.
pub trait Names: Send {
    /// What the fields say, if they are names.
    fn read(&self, fields: &[&[u8]]) -> Option<Layout>;
}

/// Where a record of names stands in a block, and what it says.
#[derive(Clone)]
pub(super) struct Heading {
    pub(super) at: usize,
    pub(super) layout: Layout,
}

/// Prints no names: some are values.
impl fmt::Debug for Heading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Heading({} columns)", self.layout.as_ref().map_or(0, |columns| columns.len()))
    }
}

/// Looks for records of names, block by block.
pub(super) struct Headings {
    names: Box<dyn Names>,
    splitter: Splitter,
    record: Record,
    /// What holds behind the last block.
    layout: Layout,
    /// Whether records are more than lines.
    walks: bool,
}

impl Headings {
    pub(super) fn new(names: Box<dyn Names>, shape: Shape, options: &Options) -> Headings {
        let walks = matches!(shape, Shape::Delimited { quoted: true, .. } | Shape::Escaped { .. });
        let splitter = Splitter::new(shape, &Columns::positions(), options);
        Headings { names, splitter, record: Record::new(), layout: None, walks }
    }

    /// What holds at the begin of the next block.
    pub(super) fn layout(&self) -> Layout {
        self.layout.clone()
    }

    /// Those of a block whose first record stands at `first`.
    pub(super) fn find(&mut self, bytes: &[u8], first: usize, frames: &Frames, found: &mut Vec<Heading>) {
        let (mut line, mut at) = (first, first);
        for newline in memchr_iter(b'\n', &bytes[first..]).map(|place| first + place).chain([bytes.len()]) {
            let place = std::mem::replace(&mut line, newline + 1);
            if place >= newline || !may_name(&bytes[place..newline]) {
                continue;
            }
            at = if self.walks { record_behind(bytes, at, place, frames) } else { place };
            if at == place && self.is_heading(bytes, place) {
                found.push(Heading { at: place, layout: self.layout.clone() });
            }
        }
    }

    fn is_heading(&mut self, bytes: &[u8], place: usize) -> bool {
        let Headings { names, splitter, record, layout, .. } = self;
        let mut at = place;
        if splitter.next(bytes, &mut at, record) != Some(Outcome::Record) {
            return false;
        }
        let fields: Vec<&[u8]> = record.fields(bytes).map(|(_, field)| field).collect();
        let read = names.read(&fields);
        let is_one = read.is_some();
        *layout = read.unwrap_or_else(|| layout.take());
        is_one
    }
}

/// The first record that begins at `place` or behind it.
fn record_behind(bytes: &[u8], mut at: usize, place: usize, frames: &Frames) -> usize {
    while at < place {
        at = match frames.next_record(bytes, at, &mut |_| ()) {
            Found::Line { next, .. }
            | Found::Quoted { next }
            | Found::Resynchronised { next, .. }
            | Found::TooLong { next } => next,
            Found::More => bytes.len(),
        };
    }
    at
}

/// Whether a line can name columns. A blank one cannot: behind it the next record would be looked for, however far away.
#[inline]
fn may_name(line: &[u8]) -> bool {
    let begins_so = match line.strip_prefix(b"\"").unwrap_or(line).first() {
        Some(first) if first.is_ascii_whitespace() && line.trim_ascii().is_empty() => false,
        Some(first) => !first.is_ascii_digit() && !matches!(first, b'+' | b'-' | b'(' | b'{' | b'['),
        None => false,
    };
    begins_so && line.len() <= LINE_BYTES_MAX && memchr(b'@', line).is_none() && has_few_digits(line)
}

fn has_few_digits(line: &[u8]) -> bool {
    // Sums of so few bytes fit into one, which makes a vector of them.
    const PART_BYTES: usize = 128;
    let digits = line.chunks(PART_BYTES).map(|part| {
        let count: u8 = part.iter().map(|byte| u8::from(byte.is_ascii_digit())).sum();
        usize::from(count)
    });
    digits.sum::<usize>() <= DIGITS_MAX
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_told_from_names_at_a_glance() {
        for line in ["id,email", "\"E-Mail\";\"Phone 2\"", "\u{59d3}\u{540d},\u{624b}\u{673a}", "name"] {
            assert!(may_name(line.as_bytes()), "{line}");
        }
        for line in ["7,a", "\"7\",a", "+49,a", "Ann,a@example.com", "Ann,+4915120216581", "\"", "", "\r", " \t"] {
            assert!(!may_name(line.as_bytes()), "{line}");
        }
        assert!(!may_name("a".repeat(LINE_BYTES_MAX + 1).as_bytes()));
    }
}
