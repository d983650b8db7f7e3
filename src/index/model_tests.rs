//! A segment answers like a `BTreeMap`, at every size, width, estimate and mix of payloads.

use super::segment::Segment;
use super::test_data::{Model, Random, model, payloads, segment, width};
use super::writer::{SegmentPlan, SegmentWriter};
use crate::digest::{Digest, KeyCheck};
use std::io::Cursor;

/// Probes per present record that must not be found.
const ABSENT_PER_RECORD: usize = 10;
/// Most absent probes of one case.
const ABSENT_MAX: usize = 2_000_000;

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
    };
    let mut writer = SegmentWriter::new(Cursor::new(Vec::new()), plan).expect("memory takes everything");
    let result = (0..448).try_for_each(|i| writer.push(Digest(i), 0));
    assert!(matches!(&result, Err(error) if error.kind() == std::io::ErrorKind::InvalidData), "{result:?}");
}

#[test]
fn payloads_that_the_format_cannot_hold_are_refused() {
    let plan =
        |entry| SegmentPlan { width: width(80), key_check: KeyCheck([7; 16]), estimate: 1, payloads: vec![(entry, 1)] };
    let mask = payloads(1)[0][0].1;
    let too_many = (0..65_536).map(|breach| (breach, mask)).collect();
    for entry in [too_many, vec![(1, mask), (0, mask)], vec![(1, mask), (1, mask)]] {
        let result = SegmentWriter::new(Cursor::new(Vec::new()), plan(entry)).map(|_| ());
        assert!(matches!(&result, Err(error) if error.kind() == std::io::ErrorKind::InvalidInput), "{result:?}");
    }
}
