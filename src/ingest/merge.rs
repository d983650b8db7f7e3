//! Sorts digest records, merges equal ones, and writes the segment.

use super::Error;
use super::read::{DigestRecord, Gathered};
use crate::digest::{Digest, KeyCheck, Width};
use crate::identifier::Kind;
use crate::index::class::{ClassMask, DataClass};
use crate::index::{BreachCoverage, Entry, SegmentEntry, SegmentPlan, Writer};
use rayon::slice::ParallelSliceMut;
use std::collections::BTreeMap;

/// A value in more records than this may be shared by many people.
const SHARED_RECORDS_MIN: u64 = 1000;
/// ... if it also stands in more than one in this many fields of its kind: 0.1 %.
const SHARED_FIELDS_PER_VALUE: u64 = 1000;

/// Distinct digests in ascending order.
pub(super) struct Merged {
    width: Width,
    estimate: u64,
    records: Vec<(Digest, ClassMask)>,
    /// Every distinct mask with its number of records.
    masks: BTreeMap<ClassMask, u64>,
    /// The classes of all records.
    pub classes: ClassMask,
    /// Values that stand in very many records.
    pub shared_values: u64,
}

/// Sorts and merges.
///
/// # Errors
/// If the threads cannot be started.
pub(super) fn merge(gathered: Gathered, threads: usize) -> Result<Merged, Error> {
    let Gathered { width, mut records, estimate, counts } = gathered;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|error| Error::Machine(std::io::Error::other(error)))?;
    pool.install(|| records.par_sort_unstable_by_key(|record| record.digest));
    let mut fields: BTreeMap<Kind, u64> = BTreeMap::new();
    counts.iter().for_each(|(spec, count)| *fields.entry(spec.kind).or_default() += count.exact);
    let mut merged = Merged {
        width,
        estimate: estimate.count(),
        records: Vec::with_capacity(records.len()),
        masks: BTreeMap::new(),
        classes: ClassMask::NONE,
        shared_values: 0,
    };
    for group in records.chunk_by(|a, b| a.digest == b.digest) {
        merged.add(group, &fields);
    }
    Ok(merged)
}

impl Merged {
    /// Adds the records of one digest.
    fn add(&mut self, group: &[DigestRecord], fields: &BTreeMap<Kind, u64>) {
        let mut classes = group.iter().fold(ClassMask::NONE, |mask, record| mask.union(record.classes));
        self.classes = self.classes.union(classes);
        let count = group.len() as u64;
        let of_kind = fields.get(&group[0].kind).copied().unwrap_or(0);
        if count > SHARED_RECORDS_MIN && count * SHARED_FIELDS_PER_VALUE > of_kind {
            classes = classes.union(ClassMask::of(DataClass::SHARED_VALUE));
            self.shared_values += 1;
        }
        *self.masks.entry(classes).or_default() += 1;
        self.records.push((group[0].digest, classes));
    }
}

/// Writes the segment of one breach.
pub(super) fn write(
    writer: &mut Writer<'_>,
    merged: &Merged,
    key_check: KeyCheck,
    coverage: &[BreachCoverage],
) -> Result<SegmentEntry, Error> {
    let payloads: Vec<(Entry, u64)> = merged.masks.iter().map(|(mask, count)| (vec![(0, *mask)], *count)).collect();
    let places: BTreeMap<ClassMask, usize> = merged.masks.keys().enumerate().map(|(i, mask)| (*mask, i)).collect();
    let plan = SegmentPlan { width: merged.width, key_check, estimate: merged.estimate, payloads };
    let entry = writer.add_segment(plan, |mut segment| {
        for (digest, mask) in &merged.records {
            segment.push(*digest, places[mask])?;
        }
        segment.finish(coverage)
    })?;
    Ok(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::KindSpec;
    use crate::plan::NamespaceCounts;

    fn gathered(digests: &[(u128, u64, usize)], emails: u64) -> Gathered {
        let mut gathered = Gathered::new(Width::DEFAULT);
        for (digest, mask, times) in digests {
            let record = DigestRecord { digest: Digest(*digest), classes: ClassMask(*mask), kind: Kind::Email };
            gathered.records.extend(std::iter::repeat_n(record, *times));
        }
        let counts = NamespaceCounts { exact: emails, ..NamespaceCounts::default() };
        gathered.counts.insert(KindSpec::new(Kind::Email), counts);
        gathered
    }

    #[test]
    fn equal_digests_become_one_with_all_their_classes() {
        let merged = merge(gathered(&[(7, 1, 1), (3, 2, 2), (7, 4, 1)], 4), 2).expect("threads");
        assert_eq!(merged.records, [(Digest(3), ClassMask(2)), (Digest(7), ClassMask(5))]);
        assert_eq!(merged.classes, ClassMask(7));
    }

    #[test]
    fn a_value_in_very_many_records_is_flagged() {
        let shared = |times: usize, emails: u64| {
            merge(gathered(&[(7, 1, times), (8, 1, 1)], emails), 1).expect("threads").shared_values
        };
        assert_eq!(shared(1000, 10_000), 0, "not over 1,000 records");
        assert_eq!(shared(1001, 10_000), 1);
        assert_eq!(shared(1001, 2_000_000), 0, "not over 0.1 % of the kind");
    }
}
