//! Adds up the records of a block that have one counted value, before they go to the store: most addresses are of few domains.
//!
//! A slot for each of 1,024 hash values of a digest, 40 bytes each. The value that stands in it gives way to another one, and goes
//! to the store with its number so far; the store adds up what is equal. So what is written does not depend on blocks or threads.

use crate::digest::Digest;
use crate::index::class::ClassMask;

const SLOTS: usize = 1024;

/// A counted value, what its records exposed together, and how many they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counted {
    pub digest: Digest,
    pub classes: ClassMask,
    pub records: u64,
}

/// The counted values of a block.
#[derive(Debug, Default)]
pub(super) struct Counter {
    /// None of them, or all.
    slots: Vec<Counted>,
}

impl Counter {
    /// Counts a record. Output: the value that has to give way, which is nothing of no records where none has.
    #[inline]
    pub(super) fn add(&mut self, digest: Digest, classes: ClassMask) -> Option<Counted> {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, Counted { digest: Digest::default(), classes: ClassMask::NONE, records: 0 });
        }
        // The lowest bits are the place of a binary digit.
        let slot = &mut self.slots[(digest.0 >> 16) as usize % SLOTS];
        if slot.digest == digest && slot.records > 0 {
            (slot.classes, slot.records) = (slot.classes.union(classes), slot.records + 1);
            return None;
        }
        let before = std::mem::replace(slot, Counted { digest, classes, records: 1 });
        (before.records > 0).then_some(before)
    }

    /// Takes what is left.
    pub(super) fn take(&mut self) -> Vec<Counted> {
        let counted = self.slots.iter_mut().filter(|slot| slot.records > 0);
        counted.map(|slot| Counted { records: std::mem::take(&mut slot.records), ..*slot }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn every_record_is_counted_once() {
        let mut counter = Counter::default();
        let mut sums: BTreeMap<Digest, (u64, u64)> = BTreeMap::new();
        let mut taken = Vec::new();
        for n in 0..20_000u64 {
            // Squares meet in the slots, and some come again and again.
            let number = if n % 3 == 0 { n % 7 } else { n * n };
            let (digest, classes) = (Digest(u128::from(number) << 16), ClassMask(1 << (n % 5)));
            let sum = sums.entry(digest).or_default();
            (sum.0, sum.1) = (sum.0 + 1, sum.1 | classes.0);
            taken.extend(counter.add(digest, classes));
            if n % 1000 == 0 {
                taken.extend(counter.take());
            }
        }
        taken.extend(counter.take());
        assert!(counter.take().is_empty());
        let mut found: BTreeMap<Digest, (u64, u64)> = BTreeMap::new();
        for counted in taken {
            let sum = found.entry(counted.digest).or_default();
            (sum.0, sum.1) = (sum.0 + counted.records, sum.1 | counted.classes.0);
        }
        assert!(found == sums);
    }
}
