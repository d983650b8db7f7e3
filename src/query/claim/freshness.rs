//! When a sample was taken from a list, by the days on which the rows of the list were made. By the days on which they were
//! changed last: [`super::changes`].
//!
//! An extract has rows up to the day on which it was taken, and none behind it. So it is not older than the newest row that
//! matches. It is older than a row that should be in it and is not; one absent row proves nothing, since a sample is a part,
//! but many do: if the sample has the share f of the rows made before, then m rows in a row are all absent by chance with
//! the probability (1 - f)^m. The day on which that falls below 1 % is the end of the window. This assumes that the sample
//! was not chosen by age.
//!
//! A few newer rows may match although the extract is older: people who came back, or whose address was known elsewhere.
//! Where a cut between "many match" and "nearly none does" explains the days far better than the newest match, the cut
//! counts, and the later matches are counted apart.

use super::Share;
use std::collections::BTreeMap;

/// When an extract was taken. Days are numbers YYYYMMDD.
#[derive(Clone, Debug, PartialEq)]
pub struct Freshness {
    /// The newest day on which a row that matches was made: the extract is not older.
    pub newest_match: u32,
    /// The rows made up to then, and how many of them match.
    pub before: Share,
    /// Rows that match and were made later all the same.
    pub later_matches: u64,
    /// The first day by which so many further rows were made that some should match if the extract were newer.
    pub missing_by: Option<u32>,
    /// Rows made later, up to that day or to the end of the list; none of them, or nearly none, matches.
    pub missing: u64,
    /// Whether the days are those of joint rows; else, of rows with a single identifier too.
    pub joint: bool,
}

/// A sample with at least this share of the rows is dense: what is absent from it is absent from the extract.
const DENSE: f64 = 0.5;
/// Below this share nothing can be said about rows that should be there.
const SPARSE: f64 = 0.001;
/// Rows that match, fewer of which say nothing about time.
const ROWS_MIN: u64 = 10;
/// How improbable it has to be that all absent rows are absent by chance.
const BY_CHANCE: f64 = 0.01;
/// How much better a cut has to explain the days than the newest match, as a logarithm.
const BETTER: f64 = 10.0;

impl Freshness {
    /// Whether the sample has so many of the rows that its gaps speak for themselves.
    pub fn is_dense(&self) -> bool {
        self.before.value() >= DENSE
    }
}

/// The rows of one day.
#[derive(Clone, Copy, Debug, Default)]
struct Day {
    rows: u64,
    matched: u64,
    joint: u64,
}

/// The days of a list: at most one entry for each since 1990.
#[derive(Clone, Debug, Default)]
pub(super) struct Days {
    created: BTreeMap<u32, Day>,
}

impl Days {
    /// Adds a row by the day on which it was made; zero is unknown.
    pub(super) fn add_row(&mut self, created: u32, matched: bool, joint: bool) {
        if created != 0 {
            let day = self.created.entry(created).or_default();
            day.rows += 1;
            day.matched += u64::from(matched);
            day.joint += u64::from(joint);
        }
    }

    /// Adds the rows of others.
    pub(super) fn add(&mut self, other: &Days) {
        for (day, rows) in &other.created {
            let mine = self.created.entry(*day).or_default();
            mine.rows += rows.rows;
            mine.matched += rows.matched;
            mine.joint += rows.joint;
        }
    }
}

impl Freshness {
    /// The window of a list; none if too few of its rows match.
    pub(super) fn of(days: &Days) -> Option<Freshness> {
        let of_joint = days.created.values().map(|day| day.joint).sum::<u64>() >= ROWS_MIN;
        let rows: Vec<(u32, u64, u64)> = days
            .created
            .iter()
            .map(|(number, day)| (*number, day.rows, if of_joint { day.joint } else { day.matched }))
            .collect();
        let (all, matched) = rows.iter().fold((0, 0), |(all, matched), day| (all + day.1, matched + day.2));
        if matched < ROWS_MIN {
            return None;
        }
        let newest = rows.iter().rposition(|day| day.2 > 0)?;
        let end = rows[..=cut(&rows, newest, all, matched)].iter().rposition(|day| day.2 > 0)?;
        let before = rows[..=end].iter().fold((0, 0), |sum, day| (sum.0 + day.1, sum.1 + day.2));
        let share = before.1 as f64 / before.0 as f64;
        // So many absent rows are no chance any more; where the share is one, a single row.
        let needed = if share < 1.0 { (BY_CHANCE.ln() / (-share).ln_1p()).ceil().max(1.0) as u64 } else { 1 };
        let mut missing = 0;
        let reached = rows[end + 1..].iter().find(|day| {
            missing += day.1;
            missing >= needed
        });
        let missing_by = reached.map(|day| day.0).filter(|_| share >= SPARSE);
        Some(Freshness {
            newest_match: rows[end].0,
            before: Share::new(before.1, before.0),
            later_matches: matched - before.1,
            missing_by,
            missing,
            joint: of_joint,
        })
    }
}

/// The last day that belongs to the extract: that of the newest match, unless an earlier one explains the days far better.
fn cut(rows: &[(u32, u64, u64)], newest: usize, all: u64, matched: u64) -> usize {
    let (mut best, mut at) = (f64::MIN, newest);
    let (mut before, mut found) = (0, 0);
    let mut of_newest = f64::MIN;
    for (place, day) in rows.iter().enumerate() {
        before += day.1;
        found += day.2;
        let (behind, late) = (all - before, matched - found);
        let likely = likelihood(found, before) + likelihood(late, behind);
        if place == newest {
            of_newest = likely;
        }
        // Nearly none behind the cut: a tenth of the rate before it at most.
        let falls = late as f64 * before as f64 * 10.0 <= found as f64 * behind as f64;
        if falls && likely > best {
            (best, at) = (likely, place);
        }
    }
    if best > of_newest + BETTER { at } else { newest }
}

/// The logarithm of the greatest probability that `part` of `whole` rows match.
pub(super) fn likelihood(part: u64, whole: u64) -> f64 {
    let term = |n: u64| if n == 0 { 0.0 } else { n as f64 * (n as f64 / whole as f64).ln() };
    term(part) + term(whole - part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A hundred rows a day for 60 days (numbers 1 to 60), of which every `each`th matches up to `last`.
    fn days(each: u64, last: u32) -> Days {
        let mut days = Days::default();
        for number in 0..6000u64 {
            let day = number as u32 / 100 + 1;
            // Scattered, so that no day is special.
            let matched = day <= last && number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33 & 0xff < 256 / each;
            days.add_row(day, matched, matched);
        }
        days
    }

    #[test]
    fn a_dense_sample_ends_on_the_day() {
        let freshness = Freshness::of(&days(1, 30)).expect("matches");
        assert_eq!((freshness.newest_match, freshness.missing_by, freshness.missing), (30, Some(31), 100));
        assert!(freshness.is_dense() && freshness.joint && freshness.later_matches == 0);
    }

    #[test]
    fn a_sparse_sample_ends_where_chance_does() {
        let freshness = Freshness::of(&days(32, 30)).expect("matches");
        assert!(!freshness.is_dense());
        // ln 0.01 / ln (1 - 1/32) = 145 rows: two days behind the newest match, which is at most two days old.
        let end = freshness.missing_by.expect("an end");
        assert!((29..=30).contains(&freshness.newest_match) && (31..=32).contains(&end), "{freshness:?}");
        // Nothing is behind the end of the list.
        assert_eq!(Freshness::of(&days(32, 60)).expect("matches").missing_by, None);
    }

    #[test]
    fn single_late_matches_do_not_move_the_window() {
        let mut days = days(2, 30);
        for day in [41, 55] {
            days.add_row(day, true, true);
        }
        let freshness = Freshness::of(&days).expect("matches");
        assert_eq!((freshness.newest_match, freshness.missing_by, freshness.later_matches), (30, Some(31), 2));
    }

    #[test]
    fn few_matches_say_nothing() {
        let mut few = Days::default();
        (1..=9).for_each(|day| few.add_row(day, true, true));
        assert_eq!(Freshness::of(&few), None);
    }
}
