//! A segment answers like a `BTreeMap`, at every size, width, estimate and mix of payloads.

use super::payload::Entry;
use super::segment::Segment;
use super::test_data::{self, Model, Random, model, payloads, segment, sliced, width};
use super::writer::{SLICE_RECORDS_MAX, SegmentPlan, SegmentWriter, slice_bits};
use crate::digest::{Digest, KeyCheck};
use std::io::Cursor;

/// Probes per present record that must not be found.
const ABSENT_PER_RECORD: usize = 10;
/// Most absent probes of one case.
const ABSENT_MAX: usize = 2_000_000;

#[test]
fn slices_answer_like_the_whole() {
    for (bits, slice_bits, records) in [(64, 1, 3), (80, 3, 5000), (97, 8, 5000), (128, 24, 50), (128, 2, 10_000)] {
        let whole = model(7, records, bits, &payloads(3));
        let below = u32::from(bits - slice_bits);
        let mut slices: std::collections::BTreeMap<u32, Model> = std::collections::BTreeMap::new();
        for (digest, entry) in &whole {
            slices.entry((digest.0 >> below) as u32).or_default().insert(*digest, entry.clone());
        }
        slices.entry(0).or_default();
        for (slice, model) in slices {
            let bytes = sliced(&model, bits, model.len() as u64, slice_bits, slice);
            let segment = Segment::new(&bytes[..]).expect("undamaged");
            segment.verify(|_| ()).expect("undamaged");
            for digest in whole.keys() {
                let place = segment.find(*digest).expect("undamaged");
                let found = place.map(|place| &segment.payloads()[place]);
                assert_eq!(found, model.get(digest), "{bits} bits, slice {slice} of 2^{slice_bits}");
            }
        }
    }
}

#[test]
fn payloads_that_come_late_are_escapes() {
    for announced in [1, 2] {
        let entries = payloads(4);
        let model = model(8, 3000, 80, &entries);
        let counted = entries[..announced].iter().map(|entry| (entry.clone(), 1000)).collect();
        let (mut plan, _) = test_data::plan(&model, 80, 3000);
        plan.payloads = counted;
        let mut writer = SegmentWriter::new(Cursor::new(Vec::new()), plan).expect("memory takes everything");
        let mut places: Vec<(Entry, usize)> = entries[..announced].iter().cloned().zip(0..).collect();
        for (digest, entry) in &model {
            let known = places.iter().find(|(known, _)| known == entry).map(|(_, place)| *place);
            let place = known.unwrap_or_else(|| {
                places.push((entry.clone(), writer.add_payload(entry.clone())));
                places[places.len() - 1].1
            });
            writer.push(*digest, place).expect("uniform digests");
        }
        let bytes = writer.finish(&test_data::coverage(3)).expect("memory takes everything").1.into_inner();
        let segment = Segment::new(&bytes[..]).expect("undamaged");
        segment.verify(|_| ()).expect("undamaged");
        for (digest, want) in &model {
            let place = segment.find(*digest).expect("undamaged");
            assert_eq!(place.map(|place| &segment.payloads()[place]), Some(want), "{announced} announced");
        }
    }
}

#[test]
fn large_numbers_of_records_are_cut() {
    assert_eq!((slice_bits(0), slice_bits(SLICE_RECORDS_MAX), slice_bits(SLICE_RECORDS_MAX + 1)), (0, 0, 1));
    assert_eq!((slice_bits(200_000_000), slice_bits(u64::MAX)), (2, 24));
}

fn check(model: &Model, bits: u8, estimate: u64) {
    let name = format!("{} records of {bits} bits, estimate {estimate}", model.len());
    let bytes = segment(model, bits, estimate);
    assert_eq!(bytes, segment(model, bits, estimate), "{name}: written twice");
    let segment = Segment::new(&bytes[..]).unwrap_or_else(|error| panic!("{name}: {error}"));
    segment.verify(|_| ()).unwrap_or_else(|error| panic!("{name}: {error}"));
    for (digest, want) in model {
        let place = segment.find(*digest).expect("undamaged");
        assert_eq!(place.map(|place| &segment.payloads()[place]), Some(want), "{name}: {:x}", digest.0);
    }
    let mut random = Random(99);
    let absent = (model.len() * ABSENT_PER_RECORD).clamp(10, ABSENT_MAX);
    let neighbours = model.keys().take(1000).flat_map(|d| [Digest(d.0 ^ 1), Digest(d.0 ^ 1 << (bits - 1))]);
    let edges = [Digest(0), Digest(u128::MAX >> (128 - bits))];
    let far = std::iter::repeat_with(|| random.digest(width(bits))).take(absent);
    for digest in far.chain(neighbours).chain(edges) {
        let found = segment.find(digest).expect("undamaged").is_some();
        assert!(!found || model.contains_key(&digest), "{name}: found {:x}", digest.0);
    }
}

#[test]
fn every_width_answers_like_a_map() {
    for bits in 64..=128 {
        for records in [0, 1, 2, 3, 10, 100] {
            check(&model(u64::from(bits), records, bits, &payloads(2)), bits, records as u64);
        }
    }
}

#[test]
fn every_size_answers_like_a_map() {
    for (records, bits) in [(1000, 64), (1000, 128), (65_537, 64), (65_537, 128), (200_000, 80)] {
        check(&model(records as u64, records, bits, &payloads(1)), bits, records as u64);
    }
}

#[test]
fn estimates_off_by_a_factor_of_four_cost_space_and_nothing_else() {
    for records in [1, 2, 3, 10, 100, 1000, 20_000] {
        let model = model(4, records, 80, &payloads(5));
        check(&model, 80, records as u64 * 4);
        check(&model, 80, records as u64 / 4);
    }
    // Far worse ones too, until a single quotient holds more than a line.
    check(&model(5, 400, 64, &payloads(1)), 64, 0);
    check(&model(5, 20_000, 80, &payloads(2)), 80, 200);
}

#[test]
fn every_mix_of_payloads_answers_like_a_map() {
    for count in [1, 2, 5, 300] {
        for records in [3, 100, 1000, 20_000] {
            check(&model(6, records, 80, &payloads(count)), 80, records as u64);
        }
    }
}

#[test]
fn digests_that_share_their_leading_bits_are_stored_or_refused() {
    // All in one quotient: up to 447 of them fit into a line of one quotient.
    let crowd = |count: u128| -> Model { (0..count).map(|i| (Digest(i), payloads(1)[0].clone())).collect() };
    check(&crowd(447), 80, 1000);
    let plan = SegmentPlan {
        width: width(80),
        key_check: KeyCheck([7; 16]),
        estimate: 1000,
        payloads: vec![(payloads(1)[0].clone(), 448)],
        slice_bits: 0,
        slice: 0,
    };
    let mut writer = SegmentWriter::new(Cursor::new(Vec::new()), plan).expect("memory takes everything");
    let result = (0..448).try_for_each(|i| writer.push(Digest(i), 0));
    assert!(matches!(&result, Err(error) if error.kind() == std::io::ErrorKind::InvalidData), "{result:?}");
}

#[test]
fn payloads_that_the_format_cannot_hold_are_refused() {
    let plan = |entry| SegmentPlan {
        width: width(80),
        key_check: KeyCheck([7; 16]),
        estimate: 1,
        payloads: vec![(entry, 1)],
        slice_bits: 0,
        slice: 0,
    };
    let mask = payloads(1)[0][0].1;
    let too_many = (0..65_536).map(|breach| (breach, mask)).collect();
    for entry in [too_many, vec![(1, mask), (0, mask)], vec![(1, mask), (1, mask)]] {
        let result = SegmentWriter::new(Cursor::new(Vec::new()), plan(entry)).map(|_| ());
        assert!(matches!(&result, Err(error) if error.kind() == std::io::ErrorKind::InvalidInput), "{result:?}");
    }
}
