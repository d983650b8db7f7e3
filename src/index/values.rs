//! How many different values the breaches of an index have.

use super::coverage::Values;
use super::store::Index;
use crate::digest::Variant;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

const EXACT: u8 = Variant::Exact as u8;
/// The variants that are hashes of a value.
const HASHES: RangeInclusive<u8> = Variant::Md5 as u8..=Variant::Ntlm as u8;

impl Index {
    /// Every (breach, number of the kind) with its values: the sum over all segments. There may be fewer if parts of a breach
    /// have values in common: where it stands twice in a segment, or in two that are no slices apart.
    pub fn values(&self) -> BTreeMap<(usize, u8), Values> {
        let mut sums: BTreeMap<(usize, u8), Values> = BTreeMap::new();
        let mut slices: BTreeMap<(usize, u8), Vec<(u8, u32)>> = BTreeMap::new();
        for live in self.segments() {
            let header = live.segment().header();
            let slice = (header.slice_bits, header.slice);
            for (breach, table) in live.tables() {
                for (kind, values) in &table.values {
                    let held = table.counts.iter().filter(|(key, counts)| key.kind == *kind && counts.accepted > 0);
                    let forms = held
                        .map(|(key, _)| key.variant)
                        .filter(|variant| *variant == EXACT || HASHES.contains(variant));
                    let forms: BTreeSet<u8> = forms.collect();
                    let seen = slices.entry((breach, *kind)).or_default();
                    let is_apart = seen.iter().all(|(bits, other)| *bits == slice.0 && *other != slice.1);
                    seen.push(slice);
                    let sum = sums.entry((breach, *kind)).or_default();
                    sum.count += values.count;
                    sum.at_most |= values.at_most || !is_apart || forms.len() > 1;
                }
            }
        }
        sums
    }
}
