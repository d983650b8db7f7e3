//! What of a sample was known before: its identifiers in the breaches of an index.

use super::{Sample, independent, is_evidence};
use crate::query::answer::{DAMAGED_SEGMENT, OLDER_RULE, SUPPRESSED, WAS_SUPPRESSED};
use crate::query::{self, Answers, Query, Scope, Unknown};
use crate::source::{Progress, Source};
use std::collections::HashSet;
use std::sync::Arc;

/// How much of a sample older breaches hold, in records of the sample.
#[derive(Clone, Debug)]
pub struct Recycled {
    /// Records of which an identifier is in any breach.
    pub any: u64,
    /// Records of which one breach holds every kind of identifier that they have.
    pub whole: u64,
    /// Records of which no breach holds every kind, because the index may not say, or cannot, whether it holds one: it is suppressed,
    /// or was, or stands in a damaged segment, or under an older rule.
    pub unasked: u64,
    /// By breach: its name, records of which it holds an identifier, and every kind of identifier.
    pub breaches: Vec<(String, u64, u64)>,
    /// The answer of the index, with what it could not say.
    pub scope: Scope,
}

/// Why an identifier may stand in a breach all the same.
const UNASKED: [&str; 4] = [SUPPRESSED, WAS_SUPPRESSED, DAMAGED_SEGMENT, OLDER_RULE];

impl Recycled {
    /// Whether the index may hold more of the sample than it says.
    pub fn is_incomplete(&self) -> bool {
        self.unasked > 0 || self.scope.is_incomplete()
    }

    /// The breach that holds the most whole records.
    pub fn best(&self) -> Option<&(String, u64, u64)> {
        self.breaches.iter().max_by_key(|(_, any, whole)| (*whole, *any)).filter(|(_, any, _)| *any > 0)
    }
}

/// Asks the index for the sample.
///
/// Input: the query has a plan of the sample as a list, which passes over records of tables about other things as the sample
/// does. Where the numbers of its records are not those of `sample` all the same, no record counts as whole.
///
/// # Errors
/// If the sample cannot be read.
pub fn recycled(
    query: Query<'_>,
    sample: &Sample,
    source: Source,
    progress: &Arc<Progress>,
) -> Result<Recycled, query::Error> {
    let breaches = query.index.breaches();
    let named = breaches.iter().map(|breach| (breach.name.clone(), 0, 0)).collect();
    let mut recycled = Recycled { any: 0, whole: 0, unasked: 0, breaches: named, scope: Scope::default() };
    let mut kinds = vec![0u32; breaches.len()];
    let scope = query::scan(query, source, progress, |answers: &Answers| {
        let counted = |kind, tier| is_evidence(kind) && tier <= query.counted;
        let mut wholes = HashSet::new();
        let is_repeat = |record: u32| sample.is_repeat((answers.row(record) - 1) as usize);
        let records = answers.exposures.chunk_by(|a, b| a.record == b.record);
        for record in records.filter(|record| !is_repeat(record[0].record)) {
            record.iter().filter(|found| counted(found.kind, found.tier)).for_each(|found| {
                kinds[found.breach] |= super::bit(found.kind);
            });
            let wanted = sample.kinds.get((answers.row(record[0].record) - 1) as usize).copied().unwrap_or(u32::MAX);
            let (mut any, mut whole) = (false, false);
            for (breach, kinds) in recycled.breaches.iter_mut().zip(&mut kinds) {
                let holds_all = independent(*kinds) > 0 && wanted & !*kinds == 0;
                any |= *kinds != 0;
                whole |= holds_all;
                breach.1 += u64::from(*kinds != 0);
                breach.2 += u64::from(holds_all);
                *kinds = 0;
            }
            recycled.any += u64::from(any);
            recycled.whole += u64::from(whole);
            wholes.extend(whole.then_some(record[0].record));
        }
        let is_unasked = |unknown: &&Unknown| {
            unknown.kind.is_some_and(is_evidence)
                && UNASKED.contains(&unknown.reason)
                && !wholes.contains(&unknown.record)
                && !is_repeat(unknown.record)
        };
        let unasked: HashSet<u32> = answers.unknowns.iter().filter(is_unasked).map(|unknown| unknown.record).collect();
        recycled.unasked += unasked.len() as u64;
        Ok::<_, query::Error>(())
    })?;
    if scope.rows != sample.facts.records {
        recycled.whole = 0;
        recycled.breaches.iter_mut().for_each(|breach| breach.2 = 0);
    }
    recycled.scope = scope;
    Ok(recycled)
}
