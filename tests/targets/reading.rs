//! One text read in several ways: the same records, and every byte with a fate.

use std::io::Cursor;
use std::sync::Arc;

use leakdex::source::{
    Block, Blocks, Columns, Error, Malformed, Options, Outcome, Progress, Record, Shape, Source, SplitCounts, Splitter,
    Totals, fuzzing,
};

/// Bytes in front of the text of an input: see [`Case::of`].
pub const CASE_BYTES: usize = 4;

/// An input: how the text behind the first bytes is read.
pub struct Case<'a> {
    /// Picks among shapes, encodings and the like.
    pub choice: u8,
    /// Bytes of a block, 1 to 64.
    pub block_bytes: usize,
    /// Longer records are malformed.
    pub record_bytes_max: usize,
    /// Bytes looked at before reading.
    pub head_bytes: usize,
    /// Records that name columns.
    pub skip: usize,
    /// The text.
    pub text: &'a [u8],
}

impl Case<'_> {
    /// Takes an input apart.
    pub fn of(data: &[u8]) -> Case<'_> {
        let (first, text) = data.split_at(data.len().min(CASE_BYTES));
        let byte = |at: usize| usize::from(first.get(at).copied().unwrap_or_default());
        Case {
            choice: byte(0) as u8,
            block_bytes: 1 + byte(1) % 64,
            record_bytes_max: [1 << 20, 1000, 200, 60, 30, 5][byte(2) % 6],
            head_bytes: [text.len() + 1, 1000, 100, 16, 3, 1][byte(3) % 6],
            skip: (byte(3) >> 4) % 3,
            text,
        }
    }

    /// The options to read with, in UTF-8.
    pub fn options(&self) -> Options {
        Options {
            encoding: Some("utf-8".to_owned()),
            block_bytes: self.block_bytes,
            record_bytes_max: self.record_bytes_max,
            ..Options::default()
        }
    }
}

/// The seed that reads a text with these first bytes.
pub fn seed(case: [u8; CASE_BYTES], text: impl AsRef<[u8]>) -> Vec<u8> {
    [&case, text.as_ref()].concat()
}

/// What stood at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Why it is no record, if it is none.
    pub malformed: Option<Malformed>,
    /// Column and value.
    pub fields: Vec<(u32, Vec<u8>)>,
    /// Bytes of text before it.
    pub offset: u64,
    /// Its bytes. Of a line that is too long, as much as the block has.
    pub bytes: Vec<u8>,
}

impl Row {
    /// The values alone.
    pub fn values(&self) -> Vec<Vec<u8>> {
        self.fields.iter().map(|(_, value)| value.clone()).collect()
    }

    /// The line without its end.
    pub fn line(&self) -> &[u8] {
        let line = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        line.strip_suffix(b"\r").unwrap_or(line)
    }
}

/// Everything that a text gives.
#[derive(Debug)]
pub struct All {
    /// Records and what should have been some.
    pub rows: Vec<Row>,
    /// What was passed over.
    pub counts: SplitCounts,
    /// The figures of the source.
    pub totals: Totals,
    /// The names of the columns, where the shape has them.
    pub columns: Vec<String>,
}

/// Reads a source to its end, and checks that every byte has a fate.
pub fn read(source: Source, options: &Options, skip: usize) -> Result<All, Error> {
    let columns = source.sample().columns.clone();
    let shape = source.description().shape;
    let wanted = if shape.names_columns() { Columns::paths(&columns) } else { Columns::positions() };
    let mut splitter = Splitter::new(shape, &wanted, options);
    let mut blocks = source.into_blocks(skip, Arc::new(Progress::new()));
    let rows = rows(&mut blocks, &mut splitter, options)?;
    let (counts, totals) = (splitter.counts(), blocks.totals());
    let records: u64 = rows.iter().map(|row| row.bytes.len() as u64).sum();
    let passed_over = counts.skipped_bytes + counts.resynchronised_bytes + totals.header_bytes;
    assert_eq!(records + passed_over, totals.text_bytes, "every byte of the text has a fate");
    Ok(All { rows, counts, totals, columns })
}

fn rows(blocks: &mut Blocks, splitter: &mut Splitter, options: &Options) -> Result<Vec<Row>, Error> {
    let (mut block, mut record, mut rows, mut sequence) = (Block::default(), Record::new(), Vec::new(), 0);
    while blocks.next_block(&mut block)? {
        assert_eq!(block.sequence, sequence, "blocks are numbered");
        sequence += 1;
        let most = 4 * (options.block_bytes + options.record_bytes_max) + (1 << 20);
        assert!(block.bytes.len() <= most, "a block of {} bytes", block.bytes.len());
        splitter.begin(&block);
        let mut at = 0;
        while let Some(outcome) = splitter.next(&block.bytes, &mut at, &mut record) {
            let start = at - splitter.consumed();
            let malformed = match outcome {
                Outcome::Record => None,
                Outcome::Malformed(malformed) => Some(malformed),
            };
            let fields = record.fields(&block.bytes).map(|(column, value)| (column, value.to_vec()));
            let fields = if malformed.is_none() { fields.collect() } else { Vec::new() };
            let (offset, bytes) = (block.offset + start as u64, block.bytes[start..at].to_vec());
            rows.push(Row { malformed, fields, offset, bytes });
        }
        assert_eq!(at, block.bytes.len(), "a block is read to its end");
    }
    Ok(rows)
}

/// Reads the text of a case as a shape, in one block and in small ones: both give the same. None if it cannot be read at all.
pub fn check(case: &Case, shape: Option<Shape>, options: &Options, skip: usize) -> Option<All> {
    let open = |block_bytes: usize, head_bytes: usize| {
        let options = Options { block_bytes, ..options.clone() };
        let source = fuzzing::open(Box::new(Cursor::new(case.text.to_vec())), shape, head_bytes, &options)?;
        read(source, &options, skip)
    };
    let Ok(want) = open(1 << 20, case.head_bytes) else { return None };
    let got = open(case.block_bytes, case.head_bytes).unwrap_or_else(|_| panic!("only small blocks cannot be read"));
    assert_eq!(got.rows.len(), want.rows.len(), "as many records in blocks of {}", case.block_bytes);
    for (number, (got, want)) in got.rows.iter().zip(&want.rows).enumerate() {
        assert_eq!((got.malformed, &got.fields), (want.malformed, &want.fields), "record {number}");
    }
    assert_eq!(got.counts, want.counts);
    assert_eq!(got.totals, want.totals);
    let places = |all: &All| all.rows.iter().map(|row| (row.offset, row.bytes.len())).collect::<Vec<_>>();
    assert_eq!(places(&got), places(&want), "places of records");
    assert_eq!(want.totals.bytes_read, case.text.len() as u64, "all is read");
    Some(want)
}
