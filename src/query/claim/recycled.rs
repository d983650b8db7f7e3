//! What of a sample was known before: its identifiers in the breaches of an index.
//!
//! Only a breach that is older than the question makes a sample old: one of the last days may be the very offer that is asked about,
//! ingested for its scope. Of a breach whose day nobody has said it is not known, and that is said.

use super::{Lists, Sample, independent, is_evidence};
use crate::index::Breach;
use crate::query::answer::{DAMAGED_SEGMENT, OLDER_RULE, SUPPRESSED, WAS_SUPPRESSED};
use crate::query::{self, Answers, Query, Scope, Unknown};
use crate::source::{Progress, Source};
use std::collections::HashSet;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// How much of a sample older breaches hold, in records of the sample.
#[derive(Clone, Debug)]
pub struct Recycled {
    /// Records of which an identifier is in any breach that is not recent.
    pub any: u64,
    /// Records of which one such breach holds every kind of identifier that they have.
    pub whole: u64,
    /// Records of which no breach holds every kind, because the index may not say, or cannot, whether it holds one: it is suppressed,
    /// or was, or stands in a damaged segment, or under an older rule.
    pub unasked: u64,
    /// Records that stand in one row of our lists, and of which it is known that no such breach has them whole.
    pub joint_outside: u64,
    /// What each breach holds.
    pub breaches: Vec<HeldIn>,
    /// The answer of the index, with what it could not say.
    pub scope: Scope,
    /// What is known of every record: whether a breach has it whole, or it cannot be told.
    settled: Vec<bool>,
}

/// What one breach holds of a sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldIn {
    /// Its name.
    pub name: String,
    /// Records of which it holds an identifier.
    pub any: u64,
    /// Records of which it holds every kind of identifier.
    pub whole: u64,
    /// When it was, as far as somebody has said it: `2021`, `2021-07` or `2021-07-31`.
    pub breach_date: Option<String>,
    /// The earliest day in its data.
    pub data_from: Option<String>,
    /// The latest.
    pub data_through: Option<String>,
    /// Whether it is of the last days, or may be: then it is no older breach.
    pub is_recent: bool,
}

impl HeldIn {
    fn new(breach: &Breach, recent: &RangeInclusive<String>) -> HeldIn {
        let is_recent = match (&breach.breach_date, &breach.data_through) {
            (Some(date), _) => last_day(date) >= *recent.start(),
            // Data of the last days are of a breach of the last days; days to come are of contracts.
            (None, through) => through.as_ref().is_some_and(|day| recent.contains(day)),
        };
        HeldIn {
            name: breach.name.clone(),
            breach_date: breach.breach_date.clone(),
            data_from: breach.data_from.clone(),
            data_through: breach.data_through.clone(),
            is_recent,
            ..HeldIn::default()
        }
    }

    /// Whether it is known that it is older; none if its day is not known.
    pub fn is_older(&self) -> Option<bool> {
        self.breach_date.as_ref().map(|_| !self.is_recent).or(self.is_recent.then_some(false))
    }

    /// When it was, in words that follow its name.
    pub fn when(&self) -> String {
        let of = match &self.breach_date {
            Some(date) => format!("of {date}"),
            None => "date not known".into(),
        };
        match (&self.data_from, &self.data_through) {
            (Some(from), Some(through)) => format!("{of}, its data from {from} through {through}"),
            _ => of,
        }
    }
}

/// The last day that a date can mean, as text that sorts like days.
fn last_day(date: &str) -> String {
    match date.len() {
        4 => format!("{date}-12-31"),
        7 => format!("{date}-31"),
        _ => date.into(),
    }
}

/// Why an identifier may stand in a breach all the same.
const UNASKED: [&str; 4] = [SUPPRESSED, WAS_SUPPRESSED, DAMAGED_SEGMENT, OLDER_RULE];

impl Recycled {
    /// Whether the index may hold more of the sample than it says.
    pub fn is_incomplete(&self) -> bool {
        self.unasked > 0 || self.scope.is_incomplete()
    }

    /// Breaches that are not recent and hold whole records, most records first.
    pub fn sources(&self) -> Vec<&HeldIn> {
        let held = self.breaches.iter().filter(|held| held.whole > 0 && !held.is_recent);
        let mut sources: Vec<&HeldIn> = held.collect();
        sources.sort_by_key(|held| std::cmp::Reverse(held.whole));
        sources
    }

    /// Recent breaches that hold whole records, most records first.
    pub fn recent(&self) -> Vec<&HeldIn> {
        let mut recent: Vec<&HeldIn> = self.breaches.iter().filter(|held| held.whole > 0 && held.is_recent).collect();
        recent.sort_by_key(|held| std::cmp::Reverse(held.whole));
        recent
    }

    /// Of the comparable records, those of which it can be told whether a breach has them.
    pub fn asked(&self, comparable: u64) -> u64 {
        comparable.saturating_sub(self.unasked)
    }

    /// Counts the records that stand in one row of a list and in no breach. Cost: that of going through the records once.
    pub fn compare(&mut self, lists: &Lists) {
        let outside = lists.joint_records().zip(&self.settled).filter(|(is_joint, settled)| *is_joint && !**settled);
        self.joint_outside = outside.count() as u64;
    }
}

/// Asks the index for the sample.
///
/// Input: the query has a plan of the sample as a list, which passes over records of tables about other things as the sample
/// does. Where the numbers of its records are not those of `sample` all the same, no record counts as whole. Breaches of the days
/// `recent`, of which the last is today, are recent.
///
/// # Errors
/// If the sample cannot be read.
pub fn recycled(
    query: Query<'_>,
    sample: &Sample,
    source: Source,
    recent: &RangeInclusive<String>,
    progress: &Arc<Progress>,
) -> Result<Recycled, query::Error> {
    let breaches = query.index.breaches();
    let mut recycled = Recycled {
        any: 0,
        whole: 0,
        unasked: 0,
        joint_outside: 0,
        breaches: breaches.iter().map(|breach| HeldIn::new(breach, recent)).collect(),
        scope: Scope::default(),
        settled: vec![false; sample.kinds.len()],
    };
    let mut kinds = vec![0u32; breaches.len()];
    let scope = query::scan(query, source, progress, |answers: &Answers| {
        recycled.take(query, sample, answers, &mut kinds);
        Ok::<_, query::Error>(())
    })?;
    if scope.rows != sample.facts.records {
        recycled.whole = 0;
        recycled.breaches.iter_mut().for_each(|breach| breach.whole = 0);
        recycled.settled.fill(true);
    }
    recycled.scope = scope;
    Ok(recycled)
}

impl Recycled {
    /// Counts the records of a block. `kinds` is room for the kinds of a record by breach, all zero.
    fn take(&mut self, query: Query<'_>, sample: &Sample, answers: &Answers, kinds: &mut [u32]) {
        let mut wholes = HashSet::new();
        let place = |record: u32| (answers.row(record) - 1) as usize;
        let is_repeat = |record: u32| sample.is_repeat(place(record));
        let records = answers.exposures.chunk_by(|a, b| a.record == b.record);
        for record in records.filter(|record| !is_repeat(record[0].record)) {
            let counted = record.iter().filter(|found| is_evidence(found.kind) && found.tier <= query.counted);
            counted.for_each(|found| kinds[found.breach] |= super::bit(found.kind));
            let wanted = sample.kinds.get(place(record[0].record)).copied().unwrap_or(u32::MAX);
            let (mut any, mut whole) = (false, false);
            for (breach, kinds) in self.breaches.iter_mut().zip(&mut *kinds) {
                let holds_all = independent(*kinds) > 0 && wanted & !*kinds == 0;
                any |= *kinds != 0 && !breach.is_recent;
                whole |= holds_all && !breach.is_recent;
                breach.any += u64::from(*kinds != 0);
                breach.whole += u64::from(holds_all);
                *kinds = 0;
            }
            self.any += u64::from(any);
            self.whole += u64::from(whole);
            wholes.extend(whole.then_some(record[0].record));
        }
        let is_unasked = |unknown: &&Unknown| {
            unknown.kind.is_some_and(is_evidence)
                && UNASKED.contains(&unknown.reason)
                && !wholes.contains(&unknown.record)
                && !is_repeat(unknown.record)
        };
        let unasked: HashSet<u32> = answers.unknowns.iter().filter(is_unasked).map(|unknown| unknown.record).collect();
        self.unasked += unasked.len() as u64;
        for record in wholes.into_iter().chain(unasked) {
            if let Some(settled) = self.settled.get_mut(place(record)) {
                *settled = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(date: Option<&str>, through: Option<&str>) -> HeldIn {
        let breach = Breach {
            breach_date: date.map(String::from),
            data_through: through.map(String::from),
            ..Breach::default()
        };
        HeldIn::new(&breach, &("2026-10-28".to_string()..="2026-11-27".to_string()))
    }

    #[test]
    fn a_breach_is_older_if_no_day_of_it_is_recent() {
        let check = |date, through, want: Option<bool>| assert_eq!(held(date, through).is_older(), want, "{date:?}");
        check(Some("2019"), None, Some(true));
        check(Some("2026-10-27"), None, Some(true));
        check(Some("2026-10-28"), None, Some(false));
        check(Some("2026-09"), None, Some(true));
        // It may be of yesterday.
        check(Some("2026"), None, Some(false));
        check(Some("2026-10"), None, Some(false));
        check(Some("2027-01-01"), None, Some(false));
        check(None, None, None);
        check(None, Some("2020-01-01"), None);
        check(None, Some("2026-11-01"), Some(false));
        check(Some("2019"), Some("2026-11-01"), Some(true));
        check(None, Some("2031-01-01"), None);
        assert!(!held(None, None).is_recent);
    }

    #[test]
    fn what_is_known_of_its_days_is_said() {
        assert_eq!(held(Some("2019"), None).when(), "of 2019");
        assert_eq!(held(None, None).when(), "date not known");
        let known = HeldIn { data_from: Some("2018-01-01".into()), ..held(Some("2019"), Some("2019-03-04")) };
        assert_eq!(known.when(), "of 2019, its data from 2018-01-01 through 2019-03-04");
    }
}
