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

use super::columns::Columns;
use super::frame::{Found, Frames};
use super::record::Record;
use super::split::{Outcome, Splitter};
use super::{Options, Quoting, Shape};

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
        let walks = matches!(
            shape,
            Shape::Delimited { quoting: Quoting::Doubled | Quoting::Escaped, .. } | Shape::Escaped { .. }
        );
        let splitter = Splitter::new(shape, &Columns::positions(), options);
        Headings { names, splitter, record: Record::new(), layout: None, walks }
    }

    /// What holds at the begin of the next block.
    pub(super) fn layout(&self) -> Layout {
        self.layout.clone()
    }

    /// Those of a block whose first record stands at `first`.
    pub(super) fn find(&mut self, bytes: &[u8], first: usize, frames: &Frames, found: &mut Vec<Heading>) {
        // As whoever splits the block: a quote that is open at its end was none, and the reader has seen that behind it.
        let frames = &Frames { ended: true, ..*frames };
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
    use super::super::{Block, Progress, Source};
    use super::*;

    /// Knows three names, and says which of them the fields are.
    struct Words;

    const WORDS: [&str; 3] = ["id", "mail", "note"];

    impl Names for Words {
        fn read(&self, fields: &[&[u8]]) -> Option<Layout> {
            let place = |field: &&[u8]| WORDS.iter().position(|word| word.as_bytes() == *field);
            let columns: Option<Vec<u32>> = fields.iter().map(|field| place(field).map(|place| place as u32)).collect();
            let columns = columns.filter(|columns| !columns.is_empty())?;
            let is_first = columns.iter().copied().eq((0..).take(columns.len()));
            Some((!is_first).then(|| columns.into()))
        }
    }

    type Row = Vec<(u32, Vec<u8>)>;

    /// The fields of all records with their columns, and how many bytes were passed over.
    fn rows(text: &str, block_bytes: usize) -> (Shape, Vec<Row>, u64) {
        let options = Options { block_bytes, record_bytes_max: 300, ..Options::default() };
        let reader = Box::new(std::io::Cursor::new(text.to_owned()));
        let source = Source::from_reader("t", reader, &options).expect("a source");
        let shape = source.description().shape;
        let mut splitter = Splitter::new(shape, &Columns::positions(), &options);
        let mut blocks = source.into_blocks(0, Arc::new(Progress::new())).with_names(Box::new(Words));
        let (mut block, mut record, mut rows) = (Block::default(), Record::new(), Vec::new());
        while blocks.next_block(&mut block).expect("a block") {
            splitter.begin(&block);
            let mut at = 0;
            while let Some(outcome) = splitter.next(&block.bytes, &mut at, &mut record) {
                let fields = record.fields(&block.bytes).map(|(column, field)| (column, field.to_vec()));
                rows.push(if outcome == Outcome::Record { fields.collect() } else { Vec::new() });
            }
        }
        (shape, rows, splitter.counts().skipped_bytes)
    }

    /// A text with names above every ten of forty rows, each time in another order; the last ones have no rows and no line end.
    /// Output: the text, and for each row the columns that its fields have.
    fn text(names: &[[&str; 3]], delimiter: &str, row: impl Fn(usize) -> String) -> (String, Vec<[u32; 3]>) {
        let (mut text, mut columns) = (String::new(), Vec::new());
        let line = |names: &[&str; 3]| names.join(delimiter);
        for n in 0..40 {
            let names = &names[n / 10 % names.len()];
            if n % 10 == 0 {
                text.push_str(&format!("{}{}", line(names), if n == 20 { "\r\n" } else { "\n" }));
            }
            let place =
                |name: &str| WORDS.iter().position(|word| name.trim_matches('"') == *word).expect("a name") as u32;
            columns.push(names.map(place));
            text.push_str(&row(n));
        }
        (text + &line(&names[0]), columns)
    }

    #[track_caller]
    fn check(shape: Shape, (text, columns): (String, Vec<[u32; 3]>)) {
        let want = rows(&text, 1 << 20);
        assert_eq!(want.0, shape);
        let got: Vec<Vec<u32>> = want.1.iter().map(|row| row.iter().map(|(column, _)| *column).collect()).collect();
        assert_eq!(got, columns.iter().map(|columns| columns.to_vec()).collect::<Vec<_>>(), "{text}");
        for block_bytes in (1..=200).chain([500, 1000, 2000, 4000]) {
            assert!(rows(&text, block_bytes) == want, "{shape}, blocks of {block_bytes}");
        }
    }

    fn in_quotes(name: &str) -> &'static str {
        match name {
            "id" => "\"id\"",
            "mail" => "\"mail\"",
            _ => "\"note\"",
        }
    }

    #[test]
    fn names_hold_from_where_they_stand_whatever_the_blocks() {
        let names = [["id", "mail", "note"], ["mail", "id", "note"], ["note", "mail", "id"], ["mail", "note", "id"]];
        for delimiter in [b',', b';', b'\t', b'|'] {
            let between = char::from(delimiter).to_string();
            let row = |n: usize| format!("{n}{between}a{n}@example.com{between}x{n}\n");
            let shape = Shape::Delimited { delimiter, quoting: Quoting::Doubled };
            check(shape, text(&names, &between, row));
            // What looks like names inside of quotes is a part of a row.
            let held = ["mail", "id", "note"].join(&between);
            let row = |n: usize| format!("{n}{between}a{n}@example.com{between}\"x \"\"{n}\"\"\n{held}\n{n}\"\n");
            let quoted = names.map(|names| names.map(in_quotes));
            check(shape, text(&names, &between, row));
            check(shape, text(&quoted, &between, row));
        }
        let row = |n: usize| format!("{n}----a{n}@example.com----x{n}\n");
        check(Shape::Separated(crate::source::Separator::ALL[0]), text(&names, "----", row));
        let row = |n: usize| format!("{n}\ta{n}@example.com\tx{n}\\\nmail\n");
        check(Shape::Escaped { delimiter: b'\t' }, text(&names, "\t", row));
    }

    /// A record that is too long, and blank lines, before names.
    #[test]
    fn names_behind_what_is_broken_are_seen_whatever_the_blocks() {
        let row = |n: usize| format!("{n},a{n}@example.com,\"x{n}\"\n");
        let first: String = (0..20).map(row).collect();
        let broken = format!("7,\"{},x\n\n \n", "y".repeat(700));
        let second: String = (20..40).map(row).collect();
        let text = format!("id,mail,note\n{first}{broken}mail,id,note\n{second}\"\nnote,mail,id\n{first}");
        let want = rows(&text, 1 << 20);
        let first_columns = |n: usize| want.1[n].first().map(|(column, _)| *column);
        assert_eq!((first_columns(0), first_columns(30)), (Some(0), Some(1)), "{:?}", want.1);
        for block_bytes in (1..=200).chain([500, 700, 1000, 2000]) {
            assert!(rows(&text, block_bytes) == want, "blocks of {block_bytes}");
        }
    }

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
