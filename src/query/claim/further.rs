//! Columns that are no identifiers: do the other cells of a record agree with those of the row that it was joined with?
//!
//! Two lists may have the same people; the one that also has their models, towns and states as the sample has them is the
//! one it was taken from. So for every record that meets a row jointly, the cells of columns that both sides have are
//! compared. Which those are is said by the header: columns of one name, and columns of one meaning, if their cells agree.
//!
//! - Kept of the sample are digests of 32 bits under the key of this one question; two different cells have the same with a
//!   probability of 2^-32. Of a list nothing is kept but counts.
//! - Cells are compared without case, accents, blanks and punctuation, days as days and countries as countries: two exports
//!   of one table write them differently.
//! - A column in which nearly every cell is the same agrees with every list. So each cell of a row is compared with the one
//!   of some other record too: how often these agree is chance, and what is not above it says nothing.
//!
//! # Cost
//!
//! 4 bytes per record and column, of at most 16 columns, and two keyed digests of a cell for every joint meeting; 8 bytes per record
//! for what its cells say of time, of at most 32 pairs of columns.
//!
//! # Time
//!
//! For the days of last changes a record counts once, whatever number of rows a person has: it agrees in a column if the cell of any row
//! that it was joined with is equal. A sample with one row of each person differs from all the others of that person, and nothing of
//! these was changed.

use super::changes::{ChangedBy, Changes};
use crate::digest::{HmacState, Key};
use crate::identifier::{Order, country_named, day_of_event, presence, readable};
use crate::index::class::DataClass;
use crate::plan::{Cells, Plan};
use crate::source::Sample;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Columns that are compared, of a sample and of a list.
const COLUMNS_MAX: usize = 16;
/// From this share of equal cells on, a column agrees.
const AGREES: f64 = 0.8;
/// An agreement is more than chance if it is so much above it.
const ABOVE_CHANCE: f64 = 0.1;
/// Columns of one meaning and different names are the same column only from this share on.
const SAME_COLUMN: f64 = 0.5;
/// Fewer pairs of cells say nothing.
const CELLS_MIN: u64 = 10;
/// So many pairs of columns are asked about days.
const DATED_MAX: usize = 32;

/// The further columns of a source.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns(Vec<Column>);

#[derive(Clone, Debug)]
struct Column {
    number: u32,
    /// What can be shown of its name.
    label: String,
    /// Its name, folded; empty if it has none.
    name: String,
    class: Option<DataClass>,
    /// How its days are written.
    order: Option<Order>,
}

impl Columns {
    /// The columns of a source that hold something, have a name and are no identifiers.
    pub(super) fn of(plan: &Plan, sample: &Sample) -> Columns {
        let header = sample.rows.first().filter(|_| plan.header);
        let name = |column: u32| match plan.paths.get(column as usize) {
            // The name of a column of SQL or a key of JSON is the last part of its path.
            Some(path) => folded(path.rsplit('.').next().unwrap_or_default()),
            None => {
                let cell = header.and_then(|row| row.fields.iter().find(|(at, _)| *at == column));
                cell.map(|(_, cell)| folded(&String::from_utf8_lossy(cell))).unwrap_or_default()
            }
        };
        let is_row = |column: u32| plan.kind_and_value.is_some_and(|(kind, value)| column == kind || column == value);
        let columns = plan.columns.iter().filter(|column| {
            column.kind.is_none() && !column.mixed && column.evidence.present > 0 && !is_row(column.column)
        });
        let named = columns.map(|column| Column {
            number: column.column,
            label: column.label.clone(),
            name: name(column.column),
            class: column.class.filter(|class| *class != DataClass::OTHER),
            order: column.date_order.or(Order::of(plan.region)),
        });
        Columns(named.filter(|column| !column.name.is_empty()).take(COLUMNS_MAX).collect())
    }

    /// Lets a plan keep their cells.
    pub(super) fn keep(&self, plan: &mut Plan) {
        plan.kept.columns = self.0.iter().map(|column| column.number).collect();
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}

/// A worker's way from kept cells to digests.
pub(super) struct Digests<'a> {
    state: HmacState,
    columns: &'a Columns,
    text: String,
}

impl<'a> Digests<'a> {
    pub(super) fn new(key: &Key, columns: &'a Columns) -> Digests<'a> {
        Digests { state: key.passing(), columns, text: String::new() }
    }

    /// The digest of a cell; zero if it says nothing.
    pub(super) fn cell(&mut self, cells: &Cells, record: u32, place: usize) -> u32 {
        let cell = cells.cell(record, place);
        let column = &self.columns.0[place];
        if presence(cell).is_err() {
            return 0;
        }
        let mut buffer = String::new();
        let cell = readable(cell, &mut buffer);
        self.text.clear();
        let country = || country_named(cell).filter(|_| column.class == Some(DataClass::GEOGRAPHIC_LOCATIONS));
        if let Some(day) = day_of_event(cell, column.order) {
            self.text.push_str(&format!("day {day}"));
        } else if let Some(country) = country() {
            self.text.push_str(&format!("country {}", country.code()));
        } else {
            self.text.push_str(&folded(&String::from_utf8_lossy(cell)));
        }
        if self.text.is_empty() {
            return 0;
        }
        let mac = self.state.mac(self.text.as_bytes());
        u32::from_le_bytes([mac[0], mac[1], mac[2], mac[3]]).max(1)
    }
}

impl Drop for Digests<'_> {
    fn drop(&mut self) {
        zeroize::Zeroize::zeroize(&mut self.text);
    }
}

/// A text without case, accents, blanks and punctuation; a number with its point, and without the zeros behind it.
fn folded(text: &str) -> String {
    let text = text.trim();
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || b", -+".contains(&byte));
    let number = text.split_once('.').filter(|(whole, rest)| digits(whole) && digits(rest));
    let (text, fraction) = number.map_or((text, ""), |(whole, rest)| (whole, rest.trim_end_matches('0')));
    let plain = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase);
    let mut plain: String = plain.filter(|c| c.is_alphanumeric()).collect();
    if !fraction.is_empty() {
        plain.push('.');
        plain.push_str(fraction);
    }
    plain
}

/// The digests of the further cells of a sample, record by record.
#[derive(Default)]
pub(super) struct Further {
    pub(super) columns: Columns,
    pub(super) digests: Vec<u32>,
}

impl Further {
    fn cell(&self, record: u32, place: usize) -> u32 {
        self.digests[record as usize * self.columns.count() + place]
    }

    /// Some record that has nothing to do with this one.
    fn stranger(&self, record: u32) -> u32 {
        let records = (self.digests.len() / self.columns.count().max(1)).max(1) as u64;
        let far = (u64::from(record) + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        (far % records) as u32
    }
}

/// A column of the sample and one of a list that may be the same.
#[derive(Clone, Copy, Debug)]
struct Pair {
    mine: usize,
    theirs: usize,
    same_name: bool,
}

/// The columns of a sample and a list that may be the same.
pub(super) struct Pairs(Vec<Pair>);

/// What came out for every pair.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts(Vec<Count>);

#[derive(Clone, Debug, Default)]
struct Count {
    compared: u64,
    agree: u64,
    strangers: u64,
    by_chance: u64,
}

/// The pairs of columns, as bits, in which a record has a cell beside one of the rows that it was joined with, and in which one of
/// these is equal.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Joined {
    compared: u32,
    equal: u32,
}

impl Joined {
    /// Adds another row.
    pub(super) fn add(&mut self, other: Joined) {
        self.compared |= other.compared;
        self.equal |= other.equal;
    }

    /// Whether the record differs in a pair of columns from every row; none if there was nothing to compare.
    fn differs(self, pair: usize) -> Option<bool> {
        let bit = 1u32.checked_shl(pair as u32).filter(|bit| self.compared & bit != 0)?;
        Some(self.equal & bit == 0)
    }
}

impl Pairs {
    pub(super) fn new(sample: &Columns, list: &Columns) -> Pairs {
        let mut pairs = Vec::new();
        for (mine, ours) in sample.0.iter().enumerate() {
            for (theirs, other) in list.0.iter().enumerate() {
                let same_name = ours.name == other.name;
                if same_name || (ours.class.is_some() && ours.class == other.class) {
                    pairs.push(Pair { mine, theirs, same_name });
                }
            }
        }
        Pairs(pairs)
    }

    /// Compares a row with records that it was joined with.
    pub(super) fn compare<'b>(
        &self,
        further: &Further,
        digests: &mut Digests<'_>,
        cells: &Cells,
        row: u32,
        records: impl Iterator<Item = (u32, &'b mut Joined)>,
        counts: &mut Counts,
    ) {
        if self.0.is_empty() {
            return;
        }
        let mut records = records.peekable();
        if records.peek().is_none() {
            return;
        }
        counts.0.resize_with(self.0.len(), Count::default);
        let theirs: Vec<u32> = (0..digests.columns.count()).map(|place| digests.cell(cells, row, place)).collect();
        for (record, joined) in records {
            let stranger = further.stranger(record);
            for (number, (pair, count)) in self.0.iter().zip(&mut counts.0).enumerate() {
                let (cell, other) = (theirs[pair.theirs], further.cell(record, pair.mine));
                if cell == 0 || other == 0 {
                    continue;
                }
                count.compared += 1;
                count.agree += u64::from(cell == other);
                if number < DATED_MAX {
                    joined.compared |= 1 << number;
                    joined.equal |= u32::from(cell == other) << number;
                }
                let strange = further.cell(stranger, pair.mine);
                if stranger != record && strange != 0 {
                    count.strangers += 1;
                    count.by_chance += u64::from(cell == strange);
                }
            }
        }
    }

    /// The columns that sample and list have in common, in the order of the sample: of several that may be the same, the one
    /// of the same name, or the one that agrees best. `records` are those that were joined with a row, each with the last day on
    /// which a row was changed that has two kinds in common with it.
    pub(super) fn columns(
        &self,
        sample: &Columns,
        counts: &Counts,
        records: impl Iterator<Item = (u32, Joined)> + Clone,
    ) -> Vec<FurtherColumn> {
        let none = Count::default();
        let mut found: Vec<(&Pair, FurtherColumn)> = Vec::new();
        for (number, pair) in self.0.iter().enumerate() {
            let count = counts.0.get(number).unwrap_or(&none);
            let column = FurtherColumn {
                label: sample.0[pair.mine].label.clone(),
                compared: count.compared,
                agree: count.agree,
                by_chance: count.by_chance as f64 / count.strangers.max(1) as f64,
                changed_by: changes(records.clone(), number).bound(),
            };
            if pair.same_name || (column.share() >= SAME_COLUMN && column.above_chance() > 0.0) {
                found.push((pair, column));
            }
        }
        found.sort_by(|(a, one), (b, other)| {
            (b.same_name, other.share()).partial_cmp(&(a.same_name, one.share())).unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut columns: Vec<(&Pair, FurtherColumn)> = Vec::new();
        for (pair, column) in found {
            if columns.iter().all(|(taken, _)| taken.mine != pair.mine && taken.theirs != pair.theirs) {
                columns.push((pair, column));
            }
        }
        columns.sort_by_key(|(pair, _)| pair.mine);
        columns.into_iter().map(|(_, column)| column).collect()
    }
}

impl Counts {
    pub(super) fn add(&mut self, other: &Counts) {
        if self.0.len() < other.0.len() {
            self.0.resize_with(other.0.len(), Count::default);
        }
        for (mine, count) in self.0.iter_mut().zip(&other.0) {
            mine.compared += count.compared;
            mine.agree += count.agree;
            mine.strangers += count.strangers;
            mine.by_chance += count.by_chance;
        }
    }
}

/// The records by the days of their last changes, and whether they differ in a pair of columns.
fn changes(records: impl Iterator<Item = (u32, Joined)>, pair: usize) -> Changes {
    let mut changes = Changes::default();
    for (updated, joined) in records {
        if let Some(differs) = joined.differs(pair) {
            changes.add_record(updated, differs);
        }
    }
    changes
}

/// A column that sample and list have in common, and that is no identifier.
#[derive(Clone, Debug, PartialEq)]
pub struct FurtherColumn {
    /// What can be shown of its name in the sample.
    pub label: String,
    /// Pairs of cells of joint records, where neither is empty.
    pub compared: u64,
    /// Those of them that are equal.
    pub agree: u64,
    /// The share that is equal where record and row have nothing to do with each other.
    pub by_chance: f64,
    /// The day before which the sample was taken, if differing cells say so.
    pub changed_by: Option<ChangedBy>,
}

impl FurtherColumn {
    /// The share of equal cells.
    pub fn share(&self) -> f64 {
        if self.compared == 0 { 0.0 } else { self.agree as f64 / self.compared as f64 }
    }

    /// How much of it is not chance: 0 of what says nothing, 1 of what cannot be chance.
    pub fn above_chance(&self) -> f64 {
        let says = self.compared >= CELLS_MIN && self.share() >= self.by_chance + ABOVE_CHANCE;
        if says { self.share() - self.by_chance } else { 0.0 }
    }

    /// Whether it agrees, and not by chance.
    pub fn agrees(&self) -> bool {
        self.share() >= AGREES && self.above_chance() > 0.0
    }

    /// Whether its cells are so much alike that they agree with every list, or too few.
    pub fn says_nothing(&self) -> bool {
        self.compared < CELLS_MIN || (self.share() >= AGREES && !self.agrees())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_exports_write_differently_is_equal() {
        let check =
            |one: &str, other: &str, want: bool| assert_eq!(folded(one) == folded(other), want, "{one} {other}");
        check("São Paulo ", "SAO PAULO", true);
        check("ES8-100", "es8 100", true);
        check("650,000.00", "650000", true);
        check("1.50", "1.5", true);
        check("1.5", "15", false);
        check("Berlin", "Bern", false);
        check("广州市", "广州市", true);
        assert_eq!(folded(" -. "), "");
    }

    fn column(number: u32, name: &str, class: Option<DataClass>) -> Column {
        Column { number, label: name.into(), name: name.into(), class, order: None }
    }

    fn counted(compared: u64, agree: u64, by_chance: u64) -> Count {
        Count { compared, agree, strangers: compared, by_chance }
    }

    #[test]
    fn a_column_is_paired_by_its_name_and_then_by_what_agrees() {
        let place = Some(DataClass::GEOGRAPHIC_LOCATIONS);
        let sample = Columns(vec![column(2, "city", place), column(3, "province", place), column(4, "tier", None)]);
        let list = Columns(vec![column(7, "region", place), column(8, "city", place), column(9, "level", None)]);
        let pairs = Pairs::new(&sample, &list);
        // city-region, city-city, province-region, province-city.
        assert_eq!(pairs.0.len(), 4);
        let counts = Counts(vec![counted(100, 60, 5), counted(100, 97, 5), counted(100, 90, 10), counted(100, 5, 5)]);
        let columns = pairs.columns(&sample, &counts, std::iter::empty());
        let names: Vec<(&str, u64)> = columns.iter().map(|column| (column.label.as_str(), column.agree)).collect();
        assert_eq!(names, [("city", 97), ("province", 90)]);
        assert!(columns.iter().all(FurtherColumn::agrees));
    }

    #[test]
    fn what_is_the_same_everywhere_says_nothing() {
        let of = |compared, agree, by_chance| FurtherColumn {
            label: "country".into(),
            compared,
            agree,
            by_chance,
            changed_by: None,
        };
        let says = |column: FurtherColumn| (column.agrees(), column.says_nothing());
        assert_eq!(says(of(100, 100, 0.99)), (false, true));
        assert_eq!(says(of(100, 99, 0.3)), (true, false));
        assert_eq!(says(of(100, 40, 0.3)), (false, false));
        assert_eq!(says(of(9, 9, 0.0)), (false, true));
    }
}
