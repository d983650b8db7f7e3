//! When a sample was taken from a list, by the days on which the rows of the list were made. By the days on which they were
//! changed last: [`super::changes`].
//!
//! # Not before
//!
//! An extract has rows up to the day on which it was taken, and none behind it. A record that agrees with a row in two kinds
//! of identifier is of that row; where it agrees with several, of the first of them, because whoever came back stood in the
//! list before. So the sample is not older than the newest of these first rows. A row that matches by one identifier alone
//! says nothing: that may be known from elsewhere.
//!
//! # Not after
//!
//! One absent person proves nothing, since a sample is a part, but many do. If the extract was made on day E, and the sample
//! is a random part of it with k people, then the probability that it has none of the last g people of N is that of drawing
//! k of N without putting back and meeting none of g marked ones:
//!
//! ```text
//! p = C(N - g, k) / C(N, k)
//! ```
//!
//! The window ends with the first day D from which on p, for the people who came behind the newest match, is never above 1 %
//! again. It is too early with a probability of at most 1 %, whatever the true E: then p is at most 1 % at E, and p is the
//! probability of a newest match as old as the one that was seen. Nothing is chosen by the data but the newest match, and of
//! that this is the distribution.
//!
//! Source: Goodman, Serial Number Analysis (JASA 47, 1952), the end of numbers of which a part was seen; Solow, Inferring
//! Extinction from Sighting Data (Ecology 74, 1993), the same of days.
//!
//! # Who counts
//!
//! Rows of one person stand or fall together, so rows are not what is counted:
//!
//! - k: people of the sample. Records that share any value are one.
//! - g: people of the list who are new. Of each kind of identifier that most records and most rows have, the values are
//!   counted that no row has before; the kind with the fewest counts. Values of rows that match are none of them.
//! - N: all rows. They are more than the people, and with more of them p is greater; and if the sample was drawn by rows and
//!   not by people, they are the right number.
//! - Rows without two of the kinds that most records have could not match, and do not count.
//!
//! The values of a list are too many to keep. Kept are those of which the digest ends with so many zero bits that they fit
//! ([`VALUES_MAX`]): a random part of the values, each with the first day of it (Gibbons, Distinct Sampling, VLDB 2001). Where
//! that is not all, g is the least number that gives so many with a probability above 0.1 % (Canonne, A short note on Poisson
//! tail bounds, 2017), and p has to be 0.9 %, so that both together are 1 %.
//!
//! All of this assumes that the sample was not chosen by age, unless it has more than half of the rows.

use super::Share;
use super::statistics::none_drawn;
use crate::digest::Digest;
use crate::identifier::Kind;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU32, Ordering};

/// When an extract was taken. Days are numbers YYYYMMDD.
#[derive(Clone, Debug, PartialEq)]
pub struct Freshness {
    /// The newest day of the first row of a record: the extract is not older.
    pub newest_match: u32,
    /// The rows made up to then, and how many of them match jointly.
    pub before: Share,
    /// People of the sample that match jointly.
    pub people: u64,
    /// The first day by which so many new people came that the sample should have some if the extract were newer.
    pub absent_by: Option<u32>,
    /// People who came later, up to that day or to the end of the list, and are not in the sample.
    pub absent: u64,
}

/// A sample with at least this share of the rows is dense: what is absent from it is absent from the extract.
const DENSE: f64 = 0.5;
/// People that match, fewer of which say nothing about time.
const PEOPLE_MIN: u64 = 10;
/// How improbable it has to be that all absent people are absent by chance.
const BY_CHANCE: f64 = 0.01;
/// The part of it that is left to the counting of values, where not all were kept.
const BY_COUNTING: f64 = 0.001;
/// Values that are kept of a list: about 5 MB.
const VALUES_MAX: usize = 1 << 17;
/// A kind of which fewer of the rows have a value does not say how many people there are.
const USUAL: f64 = 0.5;

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
    joint: u64,
}

/// The days of a list: at most one entry for each since 1990.
#[derive(Clone, Debug, Default)]
pub(super) struct Days {
    created: BTreeMap<u32, Day>,
    /// Rows, and those of them that have a value of each kind.
    rows: u64,
    kinds: [u64; KINDS],
}

/// Kinds have numbers below this.
const KINDS: usize = 32;

impl Days {
    /// Adds a row that could match, by the day on which it was made; zero is unknown.
    pub(super) fn add_row(&mut self, created: u32, kinds: u32, joint: bool) {
        self.rows += 1;
        super::kinds(kinds).for_each(|kind| self.kinds[usize::from(kind.id())] += 1);
        if created != 0 {
            let day = self.created.entry(created).or_default();
            day.rows += 1;
            day.joint += u64::from(joint);
        }
    }

    /// Adds the rows of others.
    pub(super) fn add(&mut self, other: &Days) {
        self.rows += other.rows;
        self.kinds.iter_mut().zip(&other.kinds).for_each(|(mine, rows)| *mine += rows);
        for (day, rows) in &other.created {
            let mine = self.created.entry(*day).or_default();
            mine.rows += rows.rows;
            mine.joint += rows.joint;
        }
    }

    /// Whether so many rows have a kind that its values tell people apart.
    fn is_usual(&self, kind: Kind) -> bool {
        self.kinds[usize::from(kind.id())] as f64 >= USUAL * self.rows as f64
    }
}

/// An identifier of a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) digest: Digest,
    pub(super) kind: Kind,
    /// The day of the row; zero if it says nothing of a new person, because the row matches, or because its day is not known.
    pub(super) day: u32,
    /// Whether the row has all that a match takes.
    pub(super) could_match: bool,
}

/// How many zero bits the digest of a value has to end with. Those who read rows may see an older level: then they keep too much,
/// and it is dropped behind them.
#[derive(Debug, Default)]
pub(super) struct Level(AtomicU32);

impl Level {
    #[inline]
    pub(super) fn keeps(&self, digest: Digest) -> bool {
        (digest.0 as u64).trailing_zeros() >= self.bits()
    }

    #[inline]
    fn bits(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A random part of the values of a list, each with its first day. It depends on the values only, not on their order.
#[derive(Debug)]
pub(super) struct Values<'a> {
    kept: HashMap<u64, Value>,
    level: &'a Level,
    max: usize,
}

impl<'a> Values<'a> {
    pub(super) fn new(level: &'a Level) -> Values<'a> {
        Values { kept: HashMap::new(), level, max: VALUES_MAX }
    }

    pub(super) fn add(&mut self, value: Value) {
        if !self.level.keeps(value.digest) {
            return;
        }
        let first = self.kept.entry(value.digest.0 as u64).or_insert(value);
        first.day = first.day.min(value.day);
        first.could_match |= value.could_match;
        while self.kept.len() > self.max {
            let bits = self.level.bits() + 1;
            self.level.0.store(bits, Ordering::Relaxed);
            self.kept.retain(|digest, _| digest.trailing_zeros() >= bits);
        }
    }

    /// How many people came behind a day, up to each of the days that follow: at least.
    fn new_behind(&self, newest: u32, days: &Days) -> Vec<u64> {
        let behind: Vec<u32> = days.created.range(newest + 1..).map(|(day, _)| *day).collect();
        let mut kinds: BTreeMap<Kind, Vec<u64>> = BTreeMap::new();
        for value in self.kept.values().filter(|value| days.is_usual(value.kind)) {
            let new = kinds.entry(value.kind).or_insert_with(|| vec![0; behind.len()]);
            if let Ok(place) = behind.binary_search(&value.day)
                && value.could_match
            {
                new[place] += 1;
            }
        }
        for new in kinds.values_mut() {
            (1..new.len()).for_each(|place| new[place] += new[place - 1]);
        }
        let fewest = |place: usize| kinds.values().map(|new| new[place]).min().unwrap_or(0);
        (0..behind.len()).map(|place| self.at_least(fewest(place))).collect()
    }

    /// How many values there are at least, if so many of them are kept.
    fn at_least(&self, kept: u64) -> u64 {
        let bits = self.level.bits();
        if bits == 0 {
            return kept;
        }
        let kept = kept as f64;
        let least = (kept - (2.0 * kept * -BY_COUNTING.ln()).sqrt()).max(0.0);
        (least * 2f64.powi(bits as i32)) as u64
    }

    /// How improbable absence has to be, so that with the counting it is 1 %.
    fn by_chance(&self) -> f64 {
        if self.level.bits() == 0 { BY_CHANCE } else { BY_CHANCE - BY_COUNTING }
    }
}

/// What the sample has of a list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Taken {
    /// The newest day of the first row of a record.
    pub(super) newest: u32,
    /// People, of whom records match jointly.
    pub(super) people: u64,
}

impl Freshness {
    /// The window of a list; none if too few people of it match.
    pub(super) fn of(days: &Days, values: &Values<'_>, taken: Taken) -> Option<Freshness> {
        let Taken { newest, people } = taken;
        if people < PEOPLE_MIN || newest == 0 {
            return None;
        }
        let until = days.created.range(..=newest).fold((0, 0), |sum, (_, day)| (sum.0 + day.rows, sum.1 + day.joint));
        let new = values.new_behind(newest, days);
        let mut rows = until.0;
        let mut end = None;
        for ((number, day), new) in days.created.range(newest + 1..).zip(&new) {
            rows += day.rows;
            // More people than rows match where two records are of one row.
            let drawn = people.min(rows - (*new).min(rows));
            if none_drawn(*new, drawn, rows) > values.by_chance() {
                end = None;
            } else if end.is_none() {
                end = Some((*number, *new));
            }
        }
        Some(Freshness {
            newest_match: newest,
            before: Share::new(until.1, until.0),
            people,
            absent_by: end.map(|(day, _)| day),
            absent: end.map_or(new.last().copied().unwrap_or(0), |(_, new)| new),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::claim::bit;

    fn random(n: u64) -> u64 {
        let n = n.wrapping_add(0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let n = (n ^ n >> 29).wrapping_mul(0x94d0_49bb_1331_11eb);
        (n ^ n >> 32).wrapping_mul(0xff51_afd7_ed55_8ccd) >> 24
    }

    /// What the rows of a list say, each the number of a person and a day, if the sample has some of the people.
    fn freshness(rows: &[(u64, u32)], max: usize, in_sample: impl Fn(u64) -> bool) -> Option<Freshness> {
        let level = Level::default();
        let mut values = Values { max, ..Values::new(&level) };
        let mut days = Days::default();
        let mut first_made: BTreeMap<u64, u32> = BTreeMap::new();
        let kinds = [Kind::Email, Kind::Phone];
        for (person, day) in rows {
            let joint = in_sample(*person);
            days.add_row(*day, bit(kinds[0]) | bit(kinds[1]), joint);
            for kind in kinds {
                let digest = Digest(u128::from(random(person * 64 + u64::from(kind.id()))));
                let day = if joint { 0 } else { *day };
                values.add(Value { digest, kind, day, could_match: true });
            }
            if joint {
                let first = first_made.entry(*person).or_insert(*day);
                *first = (*first).min(*day);
            }
        }
        let newest = first_made.values().max().copied().unwrap_or(0);
        Freshness::of(&days, &values, Taken { newest, people: first_made.len() as u64 })
    }

    /// A hundred people a day for 60 days (numbers 1 to 60), of whom every `each`th is in the sample up to `last`.
    fn daily(each: u64, last: u32) -> Option<Freshness> {
        let rows: Vec<(u64, u32)> = (0..6000).map(|person| (person, person as u32 / 100 + 1)).collect();
        freshness(&rows, VALUES_MAX, |person| person as u32 / 100 < last && random(person).is_multiple_of(each))
    }

    #[test]
    fn a_dense_sample_ends_on_the_day() {
        let freshness = daily(1, 30).expect("matches");
        assert_eq!((freshness.newest_match, freshness.absent_by, freshness.absent), (30, Some(31), 100));
        assert!(freshness.is_dense() && freshness.people == 3000);
    }

    #[test]
    fn a_sparse_sample_ends_where_chance_does() {
        let freshness = daily(32, 30).expect("matches");
        assert!(!freshness.is_dense());
        // ln 0.01 / ln (1 - 1/32) = 145 people: two days behind the newest match, which is at most two days old.
        let end = freshness.absent_by.expect("an end");
        assert!((29..=30).contains(&freshness.newest_match) && (31..=33).contains(&end), "{freshness:?}");
        // Nothing is behind the end of the list.
        assert_eq!(daily(32, 60).expect("matches").absent_by, None);
    }

    /// What was made later cannot stand in an earlier extract: the window begins there, however few these are.
    #[test]
    fn a_later_match_is_never_contradicted() {
        let rows: Vec<(u64, u32)> = (0..3000).map(|person| (person, person as u32 + 1)).collect();
        for seed in 0..200 {
            let later = |person: u64| random(seed * 10_000 + person).is_multiple_of(80);
            let found = freshness(&rows, VALUES_MAX, |person| person < 3 || later(person)).expect("matches");
            let newest = (0..3000).rev().find(|person| later(*person)).expect("a later one");
            assert_eq!(found.newest_match, newest as u32 + 1, "seed {seed}");
            assert!(found.absent_by.is_none_or(|end| end > found.newest_match), "{found:?}");
        }
    }

    #[test]
    fn whoever_came_back_was_there_before() {
        let mut rows: Vec<(u64, u32)> = (0..3000).map(|person| (person, person as u32 / 100 + 1)).collect();
        rows.extend((0..3000).map(|n| (if n < 1000 { n * 2 } else { n + 2000 }, 31 + n as u32 / 100)));
        let found = freshness(&rows, VALUES_MAX, |person| person < 3000 && person.is_multiple_of(2)).expect("matches");
        // People of the sample have rows up to the end; nobody new of the days from 41 on is in it.
        assert_eq!((found.newest_match, found.absent_by), (30, Some(41)), "{found:?}");
    }

    #[test]
    fn few_people_say_nothing() {
        let rows: Vec<(u64, u32)> = (0..1000).map(|person| (person, person as u32 / 10 + 1)).collect();
        assert_eq!(freshness(&rows, VALUES_MAX, |person| person < 9), None);
        assert!(freshness(&rows, VALUES_MAX, |person| person < 10).is_some_and(|found| found.absent_by.is_some()));
    }

    /// How people come to a list.
    #[derive(Clone, Copy, Debug)]
    struct Model {
        /// Each has as many rows, at most.
        rows: u64,
        /// All of them on one day, or on any day that follows.
        one_day: bool,
        /// The sample is drawn by rows, so that people with many are more often in it.
        by_rows: bool,
        /// How many values are kept.
        max: usize,
        /// The extract was made when so many of a hundred people were there.
        until: u64,
    }

    /// Draws a list and a sample of it, and says what came out beside the day of the extract.
    fn drawn(model: Model, seed: u64) -> (u32, Option<Freshness>) {
        const PEOPLE: u64 = 600;
        const DAYS: u32 = 250;
        let draw = |salt: u64, n: u64| random((seed * 64 + salt) * 1_000_003 + n);
        // Uneven: on a quarter of the days nobody comes, on one in ten very many do.
        let day = |n: u64| match draw(1, n) % 3 {
            0 => draw(2, n) as u32 % (DAYS / 10) * 10 + 1,
            _ => draw(2, n) as u32 % DAYS / 4 * 4 + 1 + draw(3, n) as u32 % 3,
        };
        let mut rows = Vec::new();
        for person in 0..PEOPLE {
            let first = day(person);
            for row in 0..draw(4, person) % model.rows + 1 {
                let later = first + draw(5, person * 16 + row) as u32 % (DAYS + 1 - first.min(DAYS));
                rows.push((person, if model.one_day || row == 0 { first } else { later }));
            }
        }
        let mut days: Vec<u32> = rows.iter().map(|(_, day)| *day).collect();
        days.sort_unstable();
        let extract = days[(days.len() - 1) * model.until as usize / 100];
        let part: Vec<&(u64, u32)> = rows.iter().filter(|(_, day)| *day <= extract).collect();
        let mut keys: Vec<(u64, u64)> = part
            .iter()
            .enumerate()
            .map(|(n, (person, _))| (draw(6, if model.by_rows { PEOPLE + n as u64 } else { *person }), *person))
            .collect();
        keys.sort_unstable();
        keys.dedup();
        let sample: std::collections::HashSet<u64> = keys.iter().take(60).map(|(_, person)| *person).collect();
        let numbered: Vec<(u64, u32)> = rows.iter().map(|(person, day)| (seed * PEOPLE + person, *day)).collect();
        (extract, freshness(&numbered, model.max, |person| sample.contains(&(person % PEOPLE))))
    }

    /// The end of the window is too early with a probability of 1 % at the most, as is printed beside it.
    #[test]
    fn the_end_is_too_early_as_seldom_as_is_said() {
        const RUNS: u64 = 1000;
        let mut exact = 0;
        for rows in [1, 3, 6] {
            for (one_day, by_rows, max, until) in [
                (true, false, VALUES_MAX, 100),
                (false, false, VALUES_MAX, 100),
                (false, true, VALUES_MAX, 100),
                (false, false, VALUES_MAX, 60),
                (false, true, VALUES_MAX, 60),
                (true, false, 500, 100),
            ] {
                let model = Model { rows, one_day, by_rows, max, until };
                let too_early = (0..RUNS).filter(|seed| {
                    let (extract, found) = drawn(model, *seed);
                    found.and_then(|found| found.absent_by).is_some_and(|end| end <= extract)
                });
                let too_early = too_early.count() as u64;
                // Of 1000 runs 10 are 1 %, and by chance not more than 21 with a probability of 99.9 %.
                assert!(too_early <= 21, "{too_early} of {RUNS}: {model:?}");
                exact += if rows == 1 { too_early } else { 0 };
            }
        }
        // Where every person has one row, it is hardly less: of 6,000 runs 60.
        assert!((15..=80).contains(&exact), "{exact}");
    }

    #[test]
    fn an_old_extract_has_an_end() {
        for rows in [1, 3] {
            for max in [VALUES_MAX, 800] {
                let model = Model { rows, one_day: true, by_rows: false, max, until: 50 };
                let with_end =
                    (0..200).filter(|seed| drawn(model, *seed).1.is_some_and(|found| found.absent_by.is_some()));
                let with_end = with_end.count();
                assert!(with_end > 150, "{with_end} of 200: {model:?}");
            }
        }
    }

    /// Which values are kept, and what follows, depends neither on their order nor on how often they come.
    #[test]
    fn values_are_kept_by_themselves() {
        let kept = |order: &mut dyn Iterator<Item = u64>| {
            let level = Level::default();
            let mut values = Values { max: 100, ..Values::new(&level) };
            for n in order {
                let digest = Digest(u128::from(random(n)));
                values.add(Value { digest, kind: Kind::Email, day: n as u32 + 1, could_match: true });
            }
            let mut kept: Vec<(u64, u32)> = values.kept.iter().map(|(digest, value)| (*digest, value.day)).collect();
            kept.sort_unstable();
            (kept, level.bits())
        };
        let forward = kept(&mut (0..10_000));
        assert_eq!(forward, kept(&mut (0..10_000).rev().chain(0..10_000)));
        assert!((50..=100).contains(&forward.0.len()) && (6..=8).contains(&forward.1), "{}", forward.0.len());
    }

    /// Of so many values at least so many are kept with a probability of 0.1 % at the most.
    #[test]
    fn kept_values_are_counted_to_the_safe_side() {
        let level = Level::default();
        level.0.store(3, Ordering::Relaxed);
        let values = Values::new(&level);
        assert_eq!((values.at_least(0), values.at_least(10)), (0, 0));
        // 1000 - (2 * 1000 * ln 1000)^0.5 = 882.4, and eight times as many; by SciPy binom.sf(999, 7059, 1 / 8) = 1.7e-05.
        assert_eq!(values.at_least(1000), 7059);
        assert!((values.by_chance() - 0.009).abs() < 1e-12);
    }
}
