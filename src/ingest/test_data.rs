//! Small budgets and stores for the tests of the ingest, and the random numbers of the index's. Everything follows from a seed.

use super::budget::Sizes;
use super::record::{Record, Tag, Tags};
use super::spill::{PARTITIONS, Range, Store, partition};
use crate::digest::{Digest, Width};
use crate::identifier::Kind;
use crate::index::class::ClassMask;
pub(super) use crate::index::test_data::{Random, width};
use std::collections::BTreeMap;

/// Bytes of the pages of small stores: four narrow records, or two wide ones.
pub(super) const PAGE_BYTES: u64 = 64;

/// With these sizes some hundred records are more than fit into the smallest memory.
pub(super) const SMALL: Sizes = Sizes {
    worker_bytes: 0,
    // Forty narrow records, so that some inputs are more.
    waiting_bytes: 640,
    page_bytes: PAGE_BYTES,
    pages_bytes_min: (PARTITIONS as u64 + 1) * PAGE_BYTES,
    writer_bytes: 0,
    // Eight narrow records, so that partitions are cut into pieces.
    part_bytes_max: 128,
    part_bytes_min: 64,
    sets_min: 1 << 16,
};

/// Every digest of a width.
pub(super) fn all(width: Width) -> Range {
    Range { first: Digest(0), last: Digest(u128::MAX >> (128 - width.bits())) }
}

/// The numbers of a few tags: sets of classes of one record each.
pub(super) fn few_tags(tags: &Tags) -> Vec<u32> {
    let tag = |classes| Tag { classes: ClassMask(classes), kind: Kind::Email, is_own: true, records: 1 };
    [1, 3, 5, 9].map(|classes| tags.number(tag(classes)).expect("room")).to_vec()
}

/// Random records with one of these tags each.
pub(super) fn records<R: Record>(random: &mut Random, count: usize, width: Width, tags: &[u32]) -> Vec<R> {
    let tag = |random: &mut Random| tags[random.below(tags.len() as u64) as usize];
    (0..count).map(|_| R::new(random.digest(width), tag(random))).collect()
}

/// Adds records as the workers do, a batch at a time.
pub(super) fn add<R: Record>(store: &mut Store<R>, records: &[R], width: Width, tags: &Tags) {
    for batch in records.chunks(100) {
        let mut sorted = batch.to_vec();
        sorted.sort_by_key(|record| partition(record.digest(), width));
        let mut ends = [0; PARTITIONS];
        sorted.iter().for_each(|record| ends[partition(record.digest(), width)] += 1);
        let mut end = 0;
        ends.iter_mut().for_each(|count| {
            end += *count;
            *count = end;
        });
        store.add(&sorted, &ends, tags).expect("a directory that takes a file");
    }
}

/// What records say of every digest: the union of their classes, and their number.
pub(super) fn sums<R: Record>(records: &[R], tags: &Tags) -> BTreeMap<Digest, (ClassMask, u64)> {
    let mut sums: BTreeMap<Digest, (ClassMask, u64)> = BTreeMap::new();
    for record in records {
        let tag = tags.read().tag(record.tag());
        let sum = sums.entry(record.digest()).or_default();
        *sum = (sum.0.union(tag.classes), sum.1 + tag.records);
    }
    sums
}
