//! What a scan has to find, and how a scan's file differs from it.

use super::scribe::{Cell, Likeness};
use crate::identifier::Kind;
use crate::index::class::{ClassMask, DataClass};
use std::collections::BTreeSet;
use std::fmt;
use std::io::BufRead;

/// One identifier of one row that stands in one breach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The record number in the list, from 1 and without the header.
    pub row: u64,
    /// The kind of the identifier; a row has at most one of each.
    pub kind: Kind,
    /// The number of the breach: 1 is the first dump.
    pub breach: u8,
    /// Whether it meets the dump only after folding, as another spelling of the same mailbox.
    pub alias: bool,
    /// The data classes of all records of the breach that hold the identifier.
    pub classes: ClassMask,
    /// Whether a record of the breach writes it byte for byte as the list does.
    pub is_byte_equal: bool,
}

/// Everything that a scan of the list must find, and nothing else may be found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Truth {
    /// In the order of row, kind and breach, each combination once.
    pub exposures: Vec<Exposure>,
    /// Distinct (row, breach).
    pub customer_breach_pairs: u64,
    /// Distinct rows.
    pub people_exposed: u64,
    /// Pairs that a join of the cells as they are written would find.
    pub exact_join_pairs: u64,
}

/// How two sets agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Agreement {
    /// In both.
    pub found: u64,
    /// In the truth only.
    pub missing: u64,
    /// In the scan's file only, or there twice.
    pub extra: u64,
}

/// How a scan's file differs from the truth; counts only, no values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Comparison {
    /// Of (row, breach).
    pub pairs: Agreement,
    /// Of (row, kind, breach), the lines of the file.
    pub lines: Agreement,
    /// Found lines with the wrong tier.
    pub wrong_tiers: u64,
    /// Found lines with the wrong data classes.
    pub wrong_classes: u64,
}

/// A scan's file that cannot be compared.
#[derive(Debug)]
#[non_exhaustive]
pub enum CompareError {
    /// The file cannot be read.
    Read(std::io::Error),
    /// The header lacks a column.
    Column(&'static str),
    /// A record is no text, or has too few fields, or a row that is no number or a kind that is none.
    Record(u64),
}

impl fmt::Display for CompareError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CompareError::Read(error) => write!(f, "reading the exposures: {}", error.kind()),
            CompareError::Column(name) => write!(f, "the exposures have no column `{name}`"),
            CompareError::Record(number) => write!(f, "record {number} of the exposures does not follow the format"),
        }
    }
}

impl std::error::Error for CompareError {}

impl Exposure {
    fn place(&self) -> (u64, Kind, u8) {
        (self.row, self.kind, self.breach)
    }

    fn pair(&self) -> (u64, u8) {
        (self.row, self.breach)
    }
}

impl Comparison {
    /// Whether the scan found the truth exactly.
    pub fn is_exact(&self) -> bool {
        let errors = [self.pairs, self.lines].map(|agreement| agreement.missing + agreement.extra);
        errors == [0, 0] && self.wrong_tiers == 0 && self.wrong_classes == 0
    }
}

/// Adds what one record of a breach exposes of one row of the list.
pub(super) fn add_exposures(
    exposures: &mut Vec<Exposure>,
    (row, listed): (u64, &[Cell]),
    (breach, cells): (u8, &[Cell]),
    classes: ClassMask,
) {
    for listed in listed {
        for cell in cells {
            let (Some(wanted), Some(identity)) = (listed.identity, cell.identity) else { continue };
            let Some(likeness) = wanted.likeness(identity) else { continue };
            exposures.push(Exposure {
                row,
                kind: identity.kind,
                breach,
                alias: likeness == Likeness::Alias,
                classes,
                is_byte_equal: listed.text == cell.text,
            });
        }
    }
}

impl Truth {
    /// The truth of the exposures of all records, in any order.
    pub(super) fn new(mut exposures: Vec<Exposure>) -> Truth {
        exposures.sort_unstable_by_key(Exposure::place);
        exposures.dedup_by(|later, first| {
            let is_same = later.place() == first.place();
            if is_same {
                first.alias &= later.alias;
                first.classes = first.classes.union(later.classes);
                first.is_byte_equal |= later.is_byte_equal;
            }
            is_same
        });
        let count = |selected: &dyn Fn(&&Exposure) -> bool| {
            let mut pairs: Vec<_> = exposures.iter().filter(selected).map(Exposure::pair).collect();
            pairs.sort_unstable();
            pairs.dedup();
            pairs
        };
        let pairs = count(&|_| true);
        let exact_join_pairs = count(&|exposure| exposure.is_byte_equal).len() as u64;
        let people_exposed = pairs.chunk_by(|a, b| a.0 == b.0).count() as u64;
        Truth { customer_breach_pairs: pairs.len() as u64, people_exposed, exact_join_pairs, exposures }
    }

    /// Compares with the file that `scan` writes: `row,reference,kind,tier,breach,data_classes`, in any order.
    ///
    /// `breach_names` are the names given at ingest, in the order of the dumps. A line of another breach is extra.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or does not have that form; the error names the record and no value.
    ///
    /// # Cost
    ///
    /// A binary search per line; about 25 bytes of memory per pair.
    pub fn compare(&self, exposures_csv: impl BufRead, breach_names: &[&str]) -> Result<Comparison, CompareError> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(exposures_csv);
        let columns = Columns::find(reader.byte_headers().map_err(|error| read_error(error, 0))?)?;
        let mut tally = Tally::new(self);
        let mut record = csv::StringRecord::new();
        for number in 1.. {
            if !reader.read_record(&mut record).map_err(|error| read_error(error, number))? {
                break;
            }
            let line = columns.line(&record, breach_names).ok_or(CompareError::Record(number))?;
            tally.add(self, &line);
        }
        Ok(tally.finish(self))
    }
}

fn read_error(error: csv::Error, record: u64) -> CompareError {
    // A parser's error may print the input; its class is enough.
    match error.into_kind() {
        csv::ErrorKind::Io(error) => CompareError::Read(error),
        _ => CompareError::Record(record),
    }
}

/// Where the columns of a scan's file stand: row, kind, tier, breach, data classes.
struct Columns([usize; 5]);

/// One line of a scan's file. Breach 0 is a breach of another name.
struct Line {
    row: u64,
    kind: Kind,
    breach: u8,
    alias: Option<bool>,
    classes: Option<ClassMask>,
}

impl Columns {
    fn find(header: &csv::ByteRecord) -> Result<Columns, CompareError> {
        let mut columns = [0; 5];
        for (column, name) in columns.iter_mut().zip(["row", "kind", "tier", "breach", "data_classes"]) {
            let found = header.iter().position(|cell| cell == name.as_bytes());
            *column = found.ok_or(CompareError::Column(name))?;
        }
        Ok(Columns(columns))
    }

    fn line(&self, record: &csv::StringRecord, breach_names: &[&str]) -> Option<Line> {
        let [row, kind, tier, breach, classes] = self.0.map(|column| record.get(column));
        let breach = breach.and_then(|breach| breach_names.iter().position(|name| *name == breach));
        Some(Line {
            row: row?.parse().ok()?,
            kind: Kind::from_name(kind?)?,
            breach: breach.map_or(0, |index| index as u8 + 1),
            alias: match tier? {
                "exact" => Some(false),
                "alias" => Some(true),
                _ => None,
            },
            classes: parse_classes(classes?),
        })
    }
}

/// The mask of names joined by `;`, or `None` if one of them is unknown.
fn parse_classes(joined: &str) -> Option<ClassMask> {
    let names = joined.split(';').map(str::trim).filter(|name| !name.is_empty());
    names
        .map(|name| DataClass::from_name(name).map(ClassMask::of))
        .try_fold(ClassMask::NONE, |all, one| Some(all.union(one?)))
}

/// The state of a comparison.
struct Tally {
    /// Which exposures of the truth occurred.
    seen: Vec<bool>,
    /// The pairs of all lines.
    pairs: BTreeSet<(u64, u8)>,
    result: Comparison,
}

impl Tally {
    fn new(truth: &Truth) -> Tally {
        Tally { seen: vec![false; truth.exposures.len()], pairs: BTreeSet::new(), result: Comparison::default() }
    }

    fn add(&mut self, truth: &Truth, line: &Line) {
        self.pairs.insert((line.row, line.breach));
        let place = (line.row, line.kind, line.breach);
        let index = truth.exposures.binary_search_by_key(&place, Exposure::place).ok();
        let Some(index) = index.filter(|index| !self.seen[*index]) else {
            self.result.lines.extra += 1;
            return;
        };
        self.seen[index] = true;
        let expected = &truth.exposures[index];
        self.result.lines.found += 1;
        self.result.wrong_tiers += u64::from(line.alias != Some(expected.alias));
        self.result.wrong_classes += u64::from(line.classes != Some(expected.classes));
    }

    fn finish(mut self, truth: &Truth) -> Comparison {
        let expected: BTreeSet<_> = truth.exposures.iter().map(Exposure::pair).collect();
        let found = self.pairs.intersection(&expected).count();
        let (missing, extra) = (expected.len() - found, self.pairs.len() - found);
        self.result.pairs = Agreement { found: found as u64, missing: missing as u64, extra: extra as u64 };
        self.result.lines.missing = truth.exposures.len() as u64 - self.result.lines.found;
        self.result
    }
}
