//! Digests, payloads and segments for the tests of the index. Everything follows from a seed.

use super::class::ClassMask;
use super::coverage::{BreachCoverage, CoverageCounts, CoverageKey};
use super::payload::Entry;
use super::writer::{SegmentPlan, SegmentWriter};
use crate::digest::{Digest, KeyCheck, Width};
use std::collections::BTreeMap;
use std::io::Cursor;

/// SplitMix64 (Steele, Lea, Flood 2014).
pub(crate) struct Random(pub u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    pub(crate) fn digest(&mut self, width: Width) -> Digest {
        let bits = u128::from(self.next()) << 64 | u128::from(self.next());
        Digest(bits >> (128 - width.bits()))
    }
}

/// The records that a segment has to answer with.
pub(super) type Model = BTreeMap<Digest, Entry>;

pub(crate) fn width(bits: u8) -> Width {
    Width::new(bits).expect("a legal width")
}

/// Distinct payloads over a few breaches.
pub(super) fn payloads(count: usize) -> Vec<Entry> {
    let breaches = |i: usize| (0..1 + i % 3).map(move |breach| (breach as u32, ClassMask((i as u64 + 1) << breach)));
    (0..count).map(|i| breaches(i).collect()).collect()
}

/// `records` random digests, each with one of `payloads`: mostly the first two, so that others escape.
pub(super) fn model(seed: u64, records: usize, bits: u8, payloads: &[Entry]) -> Model {
    let mut random = Random(seed);
    let mut model = Model::new();
    while model.len() < records {
        let common = payloads.len().min(2);
        let among = if random.below(32) == 0 { payloads.len() } else { common };
        model.insert(random.digest(width(bits)), payloads[random.below(among as u64) as usize].clone());
    }
    model
}

pub(super) fn coverage(breaches: usize) -> Vec<BreachCoverage> {
    let key = CoverageKey { kind: 1, variant: 0, rule: 1, country: *b"CN", scope_tag: [3; 16] };
    let counts = CoverageCounts { accepted: 10, rejected: 2 };
    let counts = BTreeMap::from([(key, counts), (CoverageKey { kind: 2, ..key }, counts)]);
    (0..breaches)
        .map(|i| BreachCoverage { uid: [i as u8 + 1; 16], counts: counts.clone(), ..Default::default() })
        .collect()
}

/// What a segment of this model is planned with, and the payload number of every record.
pub(super) fn plan(model: &Model, bits: u8, estimate: u64) -> (SegmentPlan, Vec<usize>) {
    let mut counts: BTreeMap<&Entry, u64> = BTreeMap::new();
    model.values().for_each(|entry| *counts.entry(entry).or_default() += 1);
    let places: Vec<usize> =
        model.values().map(|entry| counts.keys().position(|known| *known == entry).expect("counted")).collect();
    let payloads = counts.into_iter().map(|(entry, count)| (entry.clone(), count)).collect();
    let key_check = KeyCheck([7; 16]);
    (SegmentPlan { width: width(bits), key_check, estimate, payloads, slice_bits: 0, slice: 0 }, places)
}

/// The bytes of a segment of this model.
pub(super) fn segment(model: &Model, bits: u8, estimate: u64) -> Vec<u8> {
    sliced(model, bits, estimate, 0, 0)
}

/// The bytes of a slice whose digests all begin with these bits.
pub(super) fn sliced(model: &Model, bits: u8, estimate: u64, slice_bits: u8, slice: u32) -> Vec<u8> {
    let (plan, places) = plan(model, bits, estimate);
    let plan = SegmentPlan { slice_bits, slice, ..plan };
    let mut writer = SegmentWriter::new(Cursor::new(Vec::new()), plan).expect("memory takes everything");
    for (digest, place) in model.keys().zip(places) {
        writer.push(*digest, place).expect("uniform digests");
    }
    let (summary, out) = writer.finish(&coverage(3)).expect("memory takes everything");
    assert_eq!(summary.records as usize, model.len());
    assert_eq!(summary.bytes, out.get_ref().len() as u64);
    out.into_inner()
}
