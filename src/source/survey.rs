//! A dump of SQL is looked through from begin to end before it is planned: its tables begin anywhere, and a table that nobody
//! planned for would be a table that is silently not read.
//!
//! Of every table rows are kept from all over it: the first, then every second, every fourth and so on, so that there are never
//! more than [`ROWS_MAX`]. What a table is, the first column of a row says.
//!
//! Cost: one more pass over the text, at the speed of the lexer, 0.5 to 1 GB/s.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::blocks::Block;
use super::error::Error;
use super::sample::{Sample, SampleRow};
use super::split::{Outcome, Record, Splitter};
use super::{Progress, Source};

/// Rows of a table.
const ROWS_MAX: usize = 400;
/// Tables of which rows are kept: no dump that people make has more, and each takes memory.
const TABLES_MAX: usize = 4096;

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
                tables.entry(first).or_insert_with(Table::new).take(&record, &block.bytes);
            }
        }
    }
    let rows = tables.into_values().flat_map(|table| table.rows).collect();
    Ok(Sample { columns: splitter.into_columns(), rows, records: Some(records), head, ..Sample::default() })
}

impl Table {
    fn new() -> Table {
        Table { rows: Vec::new(), step: 1, seen: 0 }
    }

    fn take(&mut self, record: &Record, block: &[u8]) {
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
                let fields = record.fields(block).map(|(column, value)| (column, value.to_vec())).collect();
                self.rows.push(SampleRow { fields });
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
