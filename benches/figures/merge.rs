//! Segments become one: how fast `compact` merges them, from the first byte that is read to the commit.

use crate::Outcome;
use crate::data::mix;
use crate::table::{Goal, measure, row};
use leakdex::digest::{Digest, KeyCheck, KeyId, Width};
use leakdex::index::class::ClassMask;
use leakdex::index::{Access, Breach, BreachCoverage, Identity, Index, SegmentPlan, Writer, hex};
use leakdex::maintain::compact;
use leakdex::source::Progress;
use std::fs;
use std::path::Path;
use std::time::Duration;

/// Records of all segments together.
const RECORDS: f64 = 20_000_000.0;
/// One record in so many is in every segment.
const SHARED: u64 = 10;
/// Sets of data classes in a segment.
const MASKS: u64 = 3;
/// Numbers of a segment of its own begin here, times its number.
const APART: u64 = 1 << 40;

const IDENTITY: Identity<'_> = Identity { id: KeyId([1; 8]), check: KeyCheck([7; 16]), links: 0, seal: &|_| [9; 32] };

pub fn run(dir: &Path, scale: f64) -> Outcome<()> {
    for segments in [2, 8] {
        merge(&dir.join("merged"), segments, (RECORDS * scale) as u64 / segments)?;
    }
    Ok(())
}

fn merge(dir: &Path, segments: u64, records: u64) -> Outcome<()> {
    (0..segments).try_for_each(|number| write_segment(dir, number, records))?;
    let (merged, cost) = measure(|| compact(dir, &IDENTITY, true, Duration::ZERO, &Progress::new()));
    let merged = merged?;
    let shared = records.div_ceil(SHARED);
    let index = Index::open(dir, Some(&IDENTITY), Access::ReadFew)?;
    assert_eq!((merged.merges.len(), index.segments().len()), (1, 1), "all in one");
    assert_eq!(merged.merges[0].records, shared + segments * (records - shared), "every digest once");
    let segment = index.segments()[0].segment();
    let pairs = |number: u64| -> Outcome<usize> {
        let place =
            segment.find(digest(number)).map(|place| place.map_or(0, |place| segment.payloads()[place].len()))?;
        Ok(place)
    };
    assert_eq!(pairs(0)?, segments as usize, "a digest of every segment");
    assert_eq!((pairs(numbered(1, 1))?, pairs(numbered(1, 99))?), (1, 0), "a digest of one, and of none");
    let name = format!("merging {segments} segments, a tenth in all of them");
    row(&name, segments * records, cost, Goal::None);
    fs::remove_dir_all(dir)?;
    Ok(())
}

/// The number of a record of a segment: of those that all segments have it is the same in each.
fn numbered(record: u64, segment: u64) -> u64 {
    if record.is_multiple_of(SHARED) { record } else { record + (segment + 1) * APART }
}

fn digest(number: u64) -> Digest {
    let bits = u128::from(mix(number)) << 64 | u128::from(mix(!number));
    Digest(bits >> (128 - Width::DEFAULT.bits()))
}

/// Commits a segment with a breach of its own.
fn write_segment(dir: &Path, number: u64, records: u64) -> Outcome<()> {
    let mut digests: Vec<Digest> = (0..records).map(|record| digest(numbered(record, number))).collect();
    digests.sort_unstable();
    let mut uid = [0x5a; 16];
    uid[..8].copy_from_slice(&number.to_le_bytes());
    let plan = SegmentPlan {
        width: Width::DEFAULT,
        key_check: IDENTITY.check,
        estimate: records,
        payloads: (1..=MASKS).map(|mask| (vec![(0, ClassMask(mask))], records / MASKS)).collect(),
        slice_bits: 0,
        slice: 0,
    };
    let mut writer = Writer::open(dir, &IDENTITY, Width::DEFAULT)?;
    let entry = writer.add_segment(plan, |mut segment| {
        digests.iter().try_for_each(|digest| segment.push(*digest, (digest.0 as u64 % MASKS) as usize))?;
        segment.finish(&[BreachCoverage { uid, ..BreachCoverage::default() }])
    })?;
    let mut catalogue = writer.catalogue().clone();
    let (name, uid) = (format!("breach-{number}"), hex(&uid));
    catalogue.breaches.push(Breach { name, uid, ..Breach::default() });
    writer.commit(vec![entry], catalogue)?;
    Ok(())
}
