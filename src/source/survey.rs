//! A dump of SQL is looked through from begin to end before it is planned: its tables begin anywhere, and a table that nobody
//! planned for would be a table that is silently not read.
//!
//! Of every table rows are kept from all over it: the first, then every second, every fourth and so on, so that there are never
//! more than [`ROWS_MAX`]. What a table is, the first column of a row says.
//!
//! Cost: one more pass over the text, at the speed of the lexer, 0.5 to 1 GB/s.
//!
//! A text in which no column holds identifiers is looked through in the same way before it is left out ([`search_all`]): a table
//! whose addresses begin behind the sample, a log, a page are texts that can be searched.

use std::collections::BTreeMap;
use std::sync::Arc;

use memchr::memchr;

use super::blocks::{Block, Blocks};
use super::error::Error;
use super::found::{COLUMNS, Candidate, Edges, count_addresses, search};
use super::record::Record;
use super::sample::{Sample, SampleRow};
use super::split::{Outcome, Splitter};
use super::{Description, Progress, Source};

/// Rows of a table.
const ROWS_MAX: usize = 400;
/// Tables of which rows are kept: no dump that people make has more, and each takes memory.
const TABLES_MAX: usize = 4096;
/// Codes, and bytes of a line, that are kept of a text that is searched: as many as show what it holds.
const CODES_MAX: usize = 2000;
const LINE_BYTES_MAX: usize = 4 << 10;

/// What a plain search finds in a source.
#[derive(Debug)]
pub struct Searched {
    /// The source as a text that is searched.
    pub description: Description,
    /// Its addresses, to make a plan from.
    pub sample: Sample,
    /// What the source looked like before.
    pub before: (Description, Sample),
    /// Lines with at least one address.
    pub found: u64,
    /// The values of a single row: runs of letters and digits that are as long as numbers with check digits.
    pub codes: SampleRow,
    /// The begins of some of its lines, each the value of a row.
    pub lines: Vec<SampleRow>,
}

/// The rows of one table that are kept: those whose number is a multiple of the step.
struct Table {
    rows: Vec<SampleRow>,
    step: u64,
    seen: u64,
}

/// Reads a whole source.
///
/// # Errors
/// If it cannot be read to its end.
pub(super) fn survey(source: Source) -> Result<Sample, Error> {
    let (shape, options, head) = (source.description.shape, source.options.clone(), source.sample.head);
    let mut splitter = Splitter::discovering(shape, &options);
    let mut blocks = source.into_blocks(0, Arc::new(Progress::new()));
    let (mut block, mut record) = (Block::default(), Record::new());
    let mut tables: BTreeMap<u32, Table> = BTreeMap::new();
    let mut records = 0;
    while blocks.next_block(&mut block)? {
        splitter.begin(&block);
        let mut at = 0;
        while let Some(outcome) = splitter.next(&block.bytes, &mut at, &mut record) {
            records += 1;
            let first = record.fields(&block.bytes).next().map(|(column, _)| column);
            let (Outcome::Record, Some(first)) = (outcome, first) else { continue };
            if tables.len() < TABLES_MAX || tables.contains_key(&first) {
                let row = || record.fields(&block.bytes).map(|(column, value)| (column, value.to_vec())).collect();
                tables.entry(first).or_insert_with(Table::new).take(row);
            }
        }
    }
    let rows = tables.into_values().flat_map(|table| table.rows).collect();
    Ok(Sample { columns: splitter.into_columns(), rows, records: Some(records), head, ..Sample::default() })
}

/// Searches a whole source. Cost: as reading it, and about 1 ns a byte more.
///
/// # Errors
/// If it cannot be read to its end.
pub(super) fn search_all(source: Source) -> Result<Searched, Error> {
    let (before, source) = source.into_found();
    let description = source.description.clone();
    let mut blocks: Blocks = source.into_blocks(0, Arc::new(Progress::new()));
    let (mut addresses, mut lines, mut codes) = (Table::new(), Table::new(), SampleRow::default());
    let (mut block, mut found, mut numbers) = (Block::default(), 0, SampleRow::default());
    while blocks.next_block(&mut block)? {
        let bytes = &block.bytes;
        search(bytes, 0..bytes.len(), Edges::of(&block), |candidate, value| match candidate {
            Candidate::Address => addresses.take(|| vec![(0, value.to_vec())]),
            Candidate::Phone if codes.fields.len() < CODES_MAX => codes.fields.push((0, value.to_vec())),
            Candidate::Phone | Candidate::Encoded => (),
            Candidate::Code | Candidate::Groups => {
                let is_number = !value.iter().any(u8::is_ascii_alphabetic);
                for (row, fits) in [(&mut numbers, is_number), (&mut codes, candidate == Candidate::Code)] {
                    if fits && row.fields.len() < CODES_MAX {
                        row.fields.push((0, value.to_vec()));
                    }
                }
            }
        });
        for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
            found += u64::from(memchr(b'@', line).is_some() && count_addresses(line) > 0);
            lines.take(|| vec![(0, line[..line.len().min(LINE_BYTES_MAX)].to_vec())]);
        }
    }
    let columns = COLUMNS.map(str::to_owned).to_vec();
    let sample = Sample { columns, rows: addresses.rows, numbers, records: Some(found), ..Sample::default() };
    Ok(Searched { description, sample, before, found, codes, lines: lines.rows })
}

impl Table {
    fn new() -> Table {
        Table { rows: Vec::new(), step: 1, seen: 0 }
    }

    fn take(&mut self, fields: impl FnOnce() -> Vec<(u32, Vec<u8>)>) {
        if self.seen.is_multiple_of(self.step) {
            if self.rows.len() == ROWS_MAX {
                // Every second one goes; those that stay are multiples of twice the step.
                let mut number = 0;
                self.rows.retain(|_| {
                    number += 1;
                    number % 2 == 1
                });
                self.step *= 2;
            }
            if self.seen.is_multiple_of(self.step) {
                self.rows.push(SampleRow { fields: fields() });
            }
        }
        self.seen += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Options, Shape};
    use super::*;

    #[test]
    fn tables_anywhere_are_found_and_counted() {
        let mut text = String::from("-- MySQL dump 10.13\nCREATE TABLE `users` (`id` int, `email` text);\n");
        for row in 0..40_000 {
            text.push_str(&format!("INSERT INTO `users` VALUES ({row},'anna{row}@example.com');\n"));
        }
        text.push_str("CREATE TABLE `cars` (`vin` text);\nINSERT INTO `cars` VALUES ('LSGJA52U7ES000001'),('x');\n");
        let reader = Box::new(std::io::Cursor::new(text.into_bytes()));
        let source = Source::from_reader("t", reader, &Options::default()).expect("a source");
        assert_eq!(source.description().shape, Shape::Sql { backslash: true });
        assert_eq!(source.sample().columns, ["users.id", "users.email"]);
        let sample = survey(source).expect("a readable source");
        assert_eq!(sample.columns, ["users.id", "users.email", "cars.vin"]);
        assert_eq!(sample.records, Some(40_002));
        let of = |column: u32| sample.rows.iter().filter(|row| row.fields[0].0 == column).count();
        assert!((200..=ROWS_MAX).contains(&of(0)) && of(2) == 2, "{} {}", of(0), of(2));
    }
}
