//! Indexes of several segments whose answers are known. Everything follows from a seed.

use crate::digest::{Digest, KeyCheck, KeyId, Width};
use crate::index::class::ClassMask;
use crate::index::test_data::Random;
use crate::index::{
    Access, Breach, BreachCoverage, Catalogue, CoverageCounts, CoverageKey, Entry, Identity, Index, SegmentPlan,
    Values, Writer, hex,
};
use std::collections::BTreeMap;
use std::path::Path;

pub(super) const IDENTITY: Identity<'_> =
    Identity { id: KeyId([1; 8]), check: KeyCheck([7; 16]), links: 0, seal: &|_| [9; 32] };

/// The digests of one ingest, each with the data classes of its records.
pub(super) type Part = BTreeMap<Digest, ClassMask>;

/// The breach of an ingest: every third is an addition to the one before.
pub(super) fn breach_of(number: usize) -> usize {
    number - number / 3
}

/// Ingests that share a third of their digests with the others.
pub(super) fn parts(seed: u64, count: usize, records: usize) -> Vec<Part> {
    let mut random = Random(seed);
    let shared: Vec<Digest> = (0..records).map(|_| random.digest(Width::DEFAULT)).collect();
    let part = |_| {
        let mut part = Part::new();
        while part.len() < records {
            let digest = match random.below(3) {
                0 => shared[random.below(records as u64) as usize],
                _ => random.digest(Width::DEFAULT),
            };
            // Mostly the same classes, so that others escape.
            let rare = if random.below(40) == 0 { random.below(60) } else { 0 };
            part.insert(digest, ClassMask(1 << rare | 1));
        }
        part
    };
    (0..count).map(part).collect()
}

pub(super) fn uid(breach: usize) -> [u8; 16] {
    let mut uid = [0x5a; 16];
    uid[..8].copy_from_slice(&(breach as u64).to_le_bytes());
    uid
}

/// Commits one more ingest.
pub(super) fn ingest(dir: &Path, number: usize, part: &Part) {
    let breach = breach_of(number);
    let key = CoverageKey { kind: 1, variant: 0, rule: 1, country: [0; 2], scope_tag: [0; 16] };
    let counts = CoverageCounts { accepted: part.len() as u64, rejected: number as u64 };
    let values = BTreeMap::from([(1, Values { count: part.len() as u64, at_most: false })]);
    let table = BreachCoverage { uid: uid(breach), counts: BTreeMap::from([(key, counts)]), values };
    let mut writer = Writer::open(dir, &IDENTITY, Width::DEFAULT).expect("an index or a place for one");
    let mut masks: Vec<ClassMask> = part.values().copied().collect();
    masks.sort_unstable();
    masks.dedup();
    let payloads: Vec<(Entry, u64)> = masks.iter().map(|mask| (vec![(0, *mask)], 1)).collect();
    let (width, key_check, estimate) = (Width::DEFAULT, IDENTITY.check, part.len() as u64);
    let plan = SegmentPlan { width, key_check, estimate, payloads, slice_bits: 0, slice: 0 };
    let entry = writer.add_segment(plan, |mut segment| {
        for (digest, mask) in part {
            let place = masks.binary_search(mask).expect("a known mask");
            segment.push(*digest, place)?;
        }
        segment.finish(&[table])
    });
    let mut catalogue: Catalogue = writer.catalogue().clone();
    if catalogue.breaches.len() == breach {
        let (name, uid) = (format!("breach-{breach}"), hex(&uid(breach)));
        catalogue.breaches.push(Breach { name, uid, ..Breach::default() });
    }
    writer.commit(vec![entry.expect("room")], catalogue).expect("a commit");
}

/// An index of these ingests.
pub(super) fn write_index(dir: &Path, parts: &[Part]) {
    parts.iter().enumerate().for_each(|(number, part)| ingest(dir, number, part));
}

/// What an index says: for every digest all pairs of a breach and its classes, those of two segments twice, and for every
/// breach its counts.
pub(super) type Answers = (Vec<Vec<(usize, u64)>>, BTreeMap<(usize, CoverageKey), u64>);

/// The answers about every digest of these ingests, and about as many strangers.
pub(super) fn answers(dir: &Path, parts: &[Part]) -> Answers {
    let index = Index::open(dir, Some(&IDENTITY), Access::Mapped).expect("an index");
    let pairs = |digest: &Digest| {
        let mut pairs = Vec::new();
        for digest in [*digest, Digest(digest.0 ^ 1)] {
            for live in index.segments() {
                let place = live.segment().find(digest).expect("a whole segment");
                let entry = place.map(|place| live.segment().payloads()[place].iter()).into_iter().flatten();
                pairs.extend(entry.map(|(local, mask)| (live.breach(*local), mask.0)));
            }
        }
        pairs.sort_unstable();
        pairs
    };
    let found = parts.iter().flat_map(|part| part.keys().map(pairs)).collect();
    let mut counts = BTreeMap::new();
    for (breach, key, accepted) in index.coverage().filter(|(_, _, accepted)| *accepted > 0) {
        *counts.entry((breach, key)).or_default() += accepted;
    }
    (found, counts)
}
