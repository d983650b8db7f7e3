//! The sets of breaches and data classes that occur while segments are merged, each with a number.

use super::Error;
use crate::index::Entry;
use std::collections::HashMap;

/// Most pairs of a breach and its data classes in all payloads of what several runs are merged into: they take some 60 MB, and half of
/// that in every reader of the merged segment. A run that is written again alone has no more of them than it had, however many.
pub(super) const PAIRS_MAX: usize = 1 << 19;
/// Most pairs of one payload: a segment has 16 bits for their number.
const ENTRY_PAIRS_MAX: usize = u16::MAX as usize;

/// Unions that are found without a hash, 12 KiB of them.
const RECENT: usize = 1 << 10;

/// The number of no exposure at all.
pub(super) const NOTHING: u32 = 0;

/// Payloads by number, in the order of their first use.
pub(super) struct Payloads {
    entries: Vec<Entry>,
    pairs: usize,
    pairs_max: usize,
    numbers: HashMap<Entry, u32>,
    unions: HashMap<(u32, u32), u32>,
    /// Unions that were asked for last, each at the place that its payloads name: few payloads make almost all of them, and a
    /// hash table asked for every second record is most of a merge.
    recent: Vec<[u32; 3]>,
}

impl Payloads {
    /// None yet, and room for so many pairs.
    pub(super) fn new(pairs_max: usize) -> Payloads {
        let nothing = Entry::new();
        let numbers = HashMap::from([(nothing.clone(), NOTHING)]);
        Payloads {
            entries: vec![nothing],
            pairs: 0,
            pairs_max,
            numbers,
            unions: HashMap::new(),
            recent: vec![[NOTHING; 3]; RECENT],
        }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The payload of a number.
    pub(super) fn entry(&self, number: u32) -> &Entry {
        &self.entries[number as usize]
    }

    /// The number of a payload.
    ///
    /// # Errors
    /// [`Error::TooManySets`].
    pub(super) fn number_of(&mut self, entry: Entry) -> Result<u32, Error> {
        if let Some(number) = self.numbers.get(&entry) {
            return Ok(*number);
        }
        if self.pairs + entry.len() > self.pairs_max || entry.len() > ENTRY_PAIRS_MAX {
            return Err(Error::TooManySets);
        }
        self.pairs += entry.len();
        let number = self.entries.len() as u32;
        self.entries.push(entry.clone());
        self.numbers.insert(entry, number);
        Ok(number)
    }

    /// The number of all exposures of two payloads.
    ///
    /// # Errors
    /// [`Error::TooManySets`].
    #[inline]
    pub(super) fn union(&mut self, one: u32, other: u32) -> Result<u32, Error> {
        match (one, other) {
            (NOTHING, number) | (number, NOTHING) => Ok(number),
            _ => {
                let (one, other) = (one.min(other), one.max(other));
                // Neighbours by the second, and far apart by the first.
                let slot = other.wrapping_add(one.wrapping_mul(0x9e37_79b1) >> 16) as usize % RECENT;
                match self.recent[slot] {
                    [first, second, number] if (first, second) == (one, other) => Ok(number),
                    _ => {
                        let number = self.union_of(one, other)?;
                        self.recent[slot] = [one, other, number];
                        Ok(number)
                    }
                }
            }
        }
    }

    fn union_of(&mut self, one: u32, other: u32) -> Result<u32, Error> {
        if let Some(number) = self.unions.get(&(one, other)) {
            return Ok(*number);
        }
        let mut entry = self.entry(one).clone();
        for (breach, mask) in self.entry(other) {
            match entry.binary_search_by_key(breach, |(known, _)| *known) {
                Ok(at) => entry[at].1 = entry[at].1.union(*mask),
                Err(at) => entry.insert(at, (*breach, *mask)),
            }
        }
        let number = self.number_of(entry)?;
        self.unions.insert((one, other), number);
        Ok(number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::class::ClassMask;

    #[test]
    fn unions_hold_all_pairs_once_and_in_order() {
        let mut payloads = Payloads::new(PAIRS_MAX);
        let entry = |pairs: &[(u32, u64)]| pairs.iter().map(|(breach, mask)| (*breach, ClassMask(*mask))).collect();
        let one = payloads.number_of(entry(&[(1, 1), (5, 2)])).expect("room");
        let other = payloads.number_of(entry(&[(0, 4), (5, 8)])).expect("room");
        let both = payloads.union(one, other).expect("room");
        assert_eq!(*payloads.entry(both), entry(&[(0, 4), (1, 1), (5, 10)]));
        assert_eq!(payloads.union(other, one).expect("room"), both);
        assert_eq!(payloads.union(both, one).expect("room"), both);
        assert_eq!(payloads.union(NOTHING, one).expect("room"), one);
        assert_eq!(payloads.number_of(entry(&[(1, 1), (5, 2)])).expect("room"), one);
        assert_eq!(payloads.len(), 4);
    }

    #[test]
    fn too_many_are_an_error() {
        let mut payloads = Payloads::new(PAIRS_MAX);
        for i in 0..PAIRS_MAX {
            payloads.number_of(vec![(i as u32, ClassMask(1))]).expect("room");
        }
        let result = payloads.number_of(vec![(0, ClassMask(2))]);
        assert!(matches!(result, Err(Error::TooManySets)), "{result:?}");
        payloads.number_of(vec![(0, ClassMask(1))]).expect("it is known");
        let wide = (0..=ENTRY_PAIRS_MAX as u32).map(|breach| (breach, ClassMask(1))).collect();
        let result = Payloads::new(PAIRS_MAX).number_of(wide);
        assert!(matches!(result, Err(Error::TooManySets)), "{result:?}");
    }
}
