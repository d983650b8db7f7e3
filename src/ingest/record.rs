//! What is kept of an identifier of one record: its digest, and a tag for everything else.

use super::Error;
use crate::identifier::Kind;
use crate::index::class::ClassMask;
pub(super) use crate::index::{Narrow, Record, Wide, is_narrow};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// What a tag stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Tag {
    /// What the records exposed.
    pub classes: ClassMask,
    /// What the digest is of.
    pub kind: Kind,
    /// Whether it is of a value itself, and not of a looser form.
    pub is_own: bool,
    /// How many records the one stands for, a power of two: more than one after equal digests were combined.
    pub records: u64,
}

/// Every tag in use: a handful, since few sets of classes occur in a breach. A dump can be made so that every record has
/// its own; their number is limited, because they stay in memory.
///
/// Their numbers follow from which thread came first; nothing that is written depends on them.
pub(super) struct Tags {
    known: RwLock<Known>,
    count_max: usize,
}

/// The tags by number, and their numbers.
#[derive(Default)]
pub(super) struct Known {
    tags: Vec<Tag>,
    numbers: HashMap<Tag, u32>,
}

impl Known {
    pub(super) fn tag(&self, number: u32) -> Tag {
        self.tags[number as usize]
    }

    /// All of them, by number.
    pub(super) fn all(&self) -> &[Tag] {
        &self.tags
    }
}

impl Tags {
    /// No tags yet, and never more than this.
    pub(super) fn new(count_max: usize) -> Tags {
        Tags { known: RwLock::default(), count_max: count_max.min(u32::MAX as usize) }
    }

    /// The number of a tag.
    ///
    /// # Errors
    /// [`Error::TooManyClassSets`] if it is new, and there are too many already.
    pub(super) fn number(&self, tag: Tag) -> Result<u32, Error> {
        if let Some(number) = self.read().numbers.get(&tag) {
            return Ok(*number);
        }
        // A panic elsewhere cannot leave the two halves different: nothing between them can panic.
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = known.numbers.get(&tag) {
            return Ok(*number);
        }
        if known.tags.len() >= self.count_max {
            return Err(Error::TooManyClassSets { most: self.count_max });
        }
        let number = known.tags.len() as u32;
        known.numbers.insert(tag, number);
        known.tags.push(tag);
        Ok(number)
    }

    /// All of them, to look many up. Asking for a new number meanwhile would wait for ever.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sorts records, and makes few of all that have the same digest.
    ///
    /// One for each binary digit of their number: with one for all, values that repeat in a thousand ways would make a
    /// thousand tags.
    ///
    /// Output: the number of records left; they stand first.
    ///
    /// # Errors
    /// If there are too many tags.
    pub(super) fn combine<R: Record>(&self, records: &mut [R]) -> Result<usize, Error> {
        records.sort_unstable();
        let (mut kept, mut at) = (0, 0);
        while at < records.len() {
            let digest = records[at].digest();
            let end = at + records[at..].iter().take_while(|record| record.digest() == digest).count();
            if end - at == 1 {
                records[kept] = records[at];
                kept += 1;
            } else {
                let joined = self.read().join(&records[at..end]);
                // Never more than there were: a sum of powers of two has no more binary digits that are one.
                for digit in (0..u64::BITS).filter(|digit| joined.records >> digit & 1 == 1) {
                    records[kept] = R::new(digest, self.number(Tag { records: 1 << digit, ..joined })?);
                    kept += 1;
                }
            }
            at = end;
        }
        Ok(kept)
    }
}

impl Known {
    /// What several records with the same digest are together; their number need not be a power of two.
    pub(super) fn join<R: Record>(&self, records: &[R]) -> Tag {
        let mut joined = self.tag(records[0].tag());
        for record in &records[1..] {
            let tag = self.tag(record.tag());
            joined.classes = joined.classes.union(tag.classes);
            // Of two kinds only a chance of 1 in 2^B is left; the smaller one, whatever order the records came in.
            joined.kind = joined.kind.min(tag.kind);
            joined.is_own |= tag.is_own;
            joined.records += tag.records;
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    fn tag(classes: u64, records: u64) -> Tag {
        Tag { classes: ClassMask(classes), kind: Kind::Email, is_own: true, records }
    }

    #[test]
    fn combining_joins_classes_and_adds_records() {
        let tags = Tags::new(10);
        let [a, b] = [tag(1, 1), tag(6, 1)].map(|tag| tags.number(tag).expect("room"));
        assert_eq!(tags.number(tag(1, 1)).expect("room"), a);
        let mut records = vec![Narrow::new(Digest(9), a), Narrow::new(Digest(3), a), Narrow::new(Digest(9), b)];
        records.extend([Narrow::new(Digest(12), b); 11]);
        for round in 0..2 {
            let kept = tags.combine(&mut records).expect("room");
            records.truncate(kept);
            let found: Vec<(Digest, Tag)> =
                records.iter().map(|record| (record.digest(), tags.read().tag(record.tag()))).collect();
            let mut want = vec![(Digest(3), tag(1, 1)), (Digest(9), tag(7, 2))];
            want.extend([1, 2, 8].map(|n| (Digest(12), tag(6, n))));
            assert_eq!(found.len(), want.len(), "round {round}: {found:?}");
            assert!(want.iter().all(|one| found.contains(one)), "round {round}: {found:?}");
        }
    }

    #[test]
    fn tags_are_limited() {
        let tags = Tags::new(3);
        let numbers = [tag(1, 1), tag(2, 1), tag(4, 1), tag(2, 1)].map(|tag| tags.number(tag).expect("room"));
        assert_eq!(numbers, [0, 1, 2, 1]);
        let result = tags.number(tag(8, 1));
        assert!(matches!(result, Err(Error::TooManyClassSets { most: 3 })), "{result:?}");
        let mut records = [Narrow::new(Digest(9), 0), Narrow::new(Digest(9), 1)];
        let result = tags.combine(&mut records);
        assert!(matches!(result, Err(Error::TooManyClassSets { most: 3 })), "{result:?}");
    }
}
