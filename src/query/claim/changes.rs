//! Until when a sample was taken at the latest, by the days on which the rows of a list were changed last.
//!
//! A row and a record that were joined by one value may differ in another. If the extract was made before the row was
//! changed last, the sample holds what stood there before; so each such row is an argument that the extract is older than
//! the day of its last change. One row proves nothing: a cell may have been mistyped, masked or altered by the seller, and
//! such differences have nothing to do with days. But they are as frequent among rows that were changed long ago, and there
//! they can be counted.
//!
//! What counts is the record, not the row: rows of one person stand or fall together.
//!
//! - A record that agrees with one row in every kind is of that row, and agrees, whatever other rows share a value with it.
//! - Where the value in which it differs stands in another row of the list, it is of two people, and is not counted: whoever
//!   stitches records makes such, and nothing of them was changed.
//! - Its day is the last on which a row was changed that has two kinds in common with it: by the same rule whether it differs
//!   or not, so that people with many rows do not move the days of either.
//!
//! So the records are ordered by the day of their last change, and the cut between "hardly any differs" and "many do" is
//! looked for that explains them best. If it explains them far better than one frequency for all, then from the cut on rows
//! are counted, up to the day by which more of them differ than chance explains: at the frequency before the cut, that many
//! have a probability of 0.1 % at most. At least one of these rows was changed behind the extract, so that day is a bound.
//!
//! What this does not say: a row that agrees proves nothing about time, because a change may have been of another column.
//! So there is no lower bound in it, and where all rows were changed after the extract, there is nothing to compare with
//! and no bound at all.

use super::Share;
use super::statistics::binomial_tail;
use std::collections::BTreeMap;

/// Fewer rows that differ are no argument.
const DIFFERING_MIN: u64 = 3;
/// Rows behind the cut differ so many times as often as those before it, or the cut is none.
const TIMES_MIN: f64 = 2.0;
/// How much better the cut has to explain the rows than one frequency for all, as a logarithm: some thousand days can be
/// the cut, and the best of them explains a little more by chance.
const BETTER: f64 = 8.0;
/// How improbable it has to be that rows differ by chance. The place of the cut was chosen by the same rows, so this is
/// stricter than where a single question is asked.
const BY_CHANCE: f64 = 0.001;

/// Rows that were compared with a record, by the day of their last change.
#[derive(Clone, Debug, Default)]
pub(super) struct Changes {
    days: BTreeMap<u32, Compared>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Compared {
    rows: u64,
    differ: u64,
}

/// A day before which a sample was taken. Days are numbers YYYYMMDD.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedBy {
    /// The rows that were changed last on this day or shortly before hold other values than the sample.
    pub day: u32,
    /// The first day of those rows.
    pub from: u32,
    /// Of the rows changed between the two, those that differ.
    pub differ: Share,
    /// Of the rows that were changed before, those that differ: by chance, by mistyping, by alteration.
    pub before: Share,
}

impl Changes {
    /// Adds a record whose row was changed last on a day; zero is unknown.
    pub(super) fn add_record(&mut self, updated: u32, differs: bool) {
        if updated != 0 {
            let day = self.days.entry(updated).or_default();
            day.rows += 1;
            day.differ += u64::from(differs);
        }
    }

    /// Records that were compared, and those of them that differ.
    pub(super) fn totals(&self) -> (u64, u64) {
        self.days.values().fold((0, 0), |sum, day| (sum.0 + day.rows, sum.1 + day.differ))
    }

    /// The day by which too many rows differ for chance.
    pub(super) fn bound(&self) -> Option<ChangedBy> {
        let (rows, differ) = self.totals();
        if differ < DIFFERING_MIN {
            return None;
        }
        let (cut, before) = self.cut(rows, differ)?;
        // By Laplace's rule: that none of a few rows differs does not make the frequency zero.
        let by_chance = (before.differ + 1) as f64 / (before.rows + 2) as f64;
        let mut behind = Compared::default();
        for (day, compared) in self.days.range(cut..) {
            behind.rows += compared.rows;
            behind.differ += compared.differ;
            let enough = behind.differ >= DIFFERING_MIN;
            if enough && binomial_tail(behind.differ, behind.rows, by_chance) <= BY_CHANCE {
                return Some(ChangedBy {
                    day: *day,
                    from: cut,
                    differ: Share::new(behind.differ, behind.rows),
                    before: Share::new(before.differ, before.rows),
                });
            }
        }
        None
    }

    /// The first day behind the cut that explains the rows best, and the rows before it.
    fn cut(&self, rows: u64, differ: u64) -> Option<(u32, Compared)> {
        let as_one = likelihood(differ, rows);
        let mut best: Option<(f64, u32, Compared)> = None;
        let mut before = Compared::default();
        for (day, compared) in &self.days {
            let behind = Compared { rows: rows - before.rows, differ: differ - before.differ };
            let often = behind.differ as f64 * before.rows as f64;
            let rises = before.rows > 0 && often >= TIMES_MIN * before.differ as f64 * behind.rows as f64;
            let likely = likelihood(before.differ, before.rows) + likelihood(behind.differ, behind.rows);
            if rises && likely > as_one + BETTER && best.is_none_or(|(most, ..)| likely > most) {
                best = Some((likely, *day, before));
            }
            before.rows += compared.rows;
            before.differ += compared.differ;
        }
        best.map(|(_, day, before)| (day, before))
    }
}

/// The logarithm of the greatest probability that `part` of `whole` records differ.
fn likelihood(part: u64, whole: u64) -> f64 {
    let term = |n: u64| if n == 0 { 0.0 } else { n as f64 * (n as f64 / whole as f64).ln() };
    term(part) + term(whole - part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random(n: u64) -> u64 {
        let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (n ^ n >> 29).wrapping_mul(0x94d0_49bb_1331_11eb) >> 32
    }

    /// Rows changed on the days 1 to 100, so many a day; of 100 differ `noise`, and from the day 61 on `noise + changed`.
    fn changes(rows: u64, noise: u64, changed: u64, seed: u64) -> Changes {
        let mut changes = Changes::default();
        for number in 0..100 * rows {
            let day = number / rows + 1;
            let often = noise + if day > 60 { changed } else { 0 };
            changes.add_record(day as u32, random(seed * 1_000_003 + number) % 100 < often);
        }
        changes
    }

    #[test]
    fn what_was_changed_behind_the_extract_bounds_it() {
        for (rows, noise, changed) in [(20, 0, 30), (20, 2, 30), (5, 0, 50), (50, 5, 20)] {
            for seed in 0..20 {
                let bound = changes(rows, noise, changed, seed).bound();
                let bound = bound.unwrap_or_else(|| panic!("no bound: {rows} {noise} {changed}, seed {seed}"));
                assert!((61..=70).contains(&bound.day), "{rows} {noise} {changed}, seed {seed}: {bound:?}");
                assert!(bound.differ.value() > bound.before.value() && bound.from <= bound.day);
            }
        }
    }

    #[test]
    fn differences_that_have_no_day_bound_nothing() {
        for seed in 0..200 {
            for noise in [0, 1, 10, 50, 100] {
                assert_eq!(changes(10, noise, 0, seed).bound(), None, "{noise}, seed {seed}");
            }
        }
        // Everything was changed on one day.
        let mut one = Changes::default();
        (0..1000).for_each(|n| one.add_record(7, n % 3 == 0));
        assert_eq!(one.bound(), None);
        assert_eq!(one.totals(), (1000, 334));
    }

    #[test]
    fn a_few_rows_and_unknown_days_bound_nothing() {
        let mut few = Changes::default();
        (1..=100).for_each(|day| few.add_record(day, day > 98));
        few.add_record(0, true);
        assert_eq!((few.totals(), few.bound()), ((100, 2), None));
    }
}
