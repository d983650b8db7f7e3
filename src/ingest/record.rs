//! What is kept of an identifier of one record: its digest, and a tag for everything else.

use crate::digest::{Digest, Width};
use crate::identifier::Kind;
use crate::index::class::ClassMask;
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

/// A digest and a tag in as few bytes as its width allows; sorts by digest.
pub(super) trait Record: Copy + Ord + Send + Sync + std::fmt::Debug + 'static {
    /// Bytes in a spill file.
    const BYTES: usize;
    /// All bits zero, so that an array of it is memory fresh from the operating system, and not touched.
    const ZERO: Self;

    /// `count` of [`Record::ZERO`], untouched.
    fn zeros(count: usize) -> Vec<Self>;
    fn new(digest: Digest, tag: u32) -> Self;
    fn digest(self) -> Digest;
    fn tag(self) -> u32;
    /// Into [`Record::BYTES`] bytes.
    fn encode(self, bytes: &mut [u8]);
    /// From [`Record::BYTES`] bytes.
    fn decode(bytes: &[u8]) -> Self;
}

/// Digests of up to 96 bits above a tag of 32.
pub(super) type Narrow = u128;
/// Wider digests, and the tag.
pub(super) type Wide = [u128; 2];

/// Whether digests of this width fit beside their tag into 16 bytes.
pub(super) fn is_narrow(width: Width) -> bool {
    width.bits() <= 96
}

impl Record for Narrow {
    const BYTES: usize = 16;
    const ZERO: Narrow = 0;

    fn zeros(count: usize) -> Vec<Narrow> {
        vec![0; count]
    }

    fn new(digest: Digest, tag: u32) -> Narrow {
        digest.0 << 32 | u128::from(tag)
    }

    fn digest(self) -> Digest {
        Digest(self >> 32)
    }

    fn tag(self) -> u32 {
        self as u32
    }

    fn encode(self, bytes: &mut [u8]) {
        bytes.copy_from_slice(&self.to_le_bytes());
    }

    fn decode(bytes: &[u8]) -> Narrow {
        let mut array = [0; 16];
        array.copy_from_slice(bytes);
        u128::from_le_bytes(array)
    }
}

impl Record for Wide {
    const BYTES: usize = 20;
    const ZERO: Wide = [0; 2];

    fn zeros(count: usize) -> Vec<Wide> {
        vec![[0; 2]; count]
    }

    fn new(digest: Digest, tag: u32) -> Wide {
        [digest.0, u128::from(tag)]
    }

    fn digest(self) -> Digest {
        Digest(self[0])
    }

    fn tag(self) -> u32 {
        self[1] as u32
    }

    fn encode(self, bytes: &mut [u8]) {
        bytes[..16].copy_from_slice(&self[0].to_le_bytes());
        bytes[16..].copy_from_slice(&self.tag().to_le_bytes());
    }

    fn decode(bytes: &[u8]) -> Wide {
        let mut tag = [0; 4];
        tag.copy_from_slice(&bytes[16..]);
        [Narrow::decode(&bytes[..16]), u128::from(u32::from_le_bytes(tag))]
    }
}

/// What a tag stands for.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) struct Tag {
    /// What the records exposed.
    pub classes: ClassMask,
    /// What the digest is of.
    pub kind: Kind,
    /// How many records the one stands for: more than one after equal digests were combined.
    pub records: u64,
}

/// Every tag in use: a handful, since few sets of classes occur in a breach.
///
/// Their numbers follow from which thread came first; nothing that is written depends on them.
#[derive(Default)]
pub(super) struct Tags {
    known: RwLock<Known>,
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
}

impl Tags {
    /// The number of a tag.
    pub(super) fn number(&self, tag: Tag) -> u32 {
        if let Some(number) = self.read().numbers.get(&tag) {
            return *number;
        }
        // A panic elsewhere cannot leave the two halves different: nothing between them can panic.
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        let next = known.tags.len() as u32;
        let number = *known.numbers.entry(tag).or_insert(next);
        if number == next {
            known.tags.push(tag);
        }
        number
    }

    /// All of them, to look many up. Asking for a new number meanwhile would wait for ever.
    pub(super) fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sorts records, and makes one of all that have the same digest.
    pub(super) fn combine<R: Record>(&self, records: &mut [R]) -> usize {
        records.sort_unstable();
        let (mut kept, mut at) = (0, 0);
        while at < records.len() {
            let digest = records[at].digest();
            let end = at + records[at..].iter().take_while(|record| record.digest() == digest).count();
            records[kept] = if end - at == 1 {
                records[at]
            } else {
                let joined = self.read().join(&records[at..end]);
                R::new(digest, self.number(joined))
            };
            (kept, at) = (kept + 1, end);
        }
        kept
    }
}

impl Known {
    /// The tag of several records with the same digest.
    pub(super) fn join<R: Record>(&self, records: &[R]) -> Tag {
        let mut joined = self.tag(records[0].tag());
        for record in &records[1..] {
            let tag = self.tag(record.tag());
            joined.classes = joined.classes.union(tag.classes);
            // Of two kinds only a chance of 1 in 2^B is left; the smaller one, whatever order the records came in.
            joined.kind = joined.kind.min(tag.kind);
            joined.records += tag.records;
        }
        joined
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(classes: u64, records: u64) -> Tag {
        Tag { classes: ClassMask(classes), kind: Kind::Email, records }
    }

    fn check_disk<R: Record>(width: u32) {
        let digest = Digest(u128::MAX >> (128 - width) ^ 0x55);
        let record = R::new(digest, 0xfedc_ba98);
        let mut bytes = vec![0; R::BYTES];
        record.encode(&mut bytes);
        assert_eq!((record.digest(), record.tag()), (digest, 0xfedc_ba98));
        assert_eq!(R::decode(&bytes), record);
        assert!(R::new(Digest(digest.0 - 1), u32::MAX) < record, "sorts by digest");
    }

    #[test]
    fn records_survive_the_disk() {
        check_disk::<Narrow>(64);
        check_disk::<Narrow>(96);
        check_disk::<Wide>(97);
        check_disk::<Wide>(128);
    }

    #[test]
    fn combining_joins_classes_and_adds_records() {
        let tags = Tags::default();
        let (a, b) = (tags.number(tag(1, 1)), tags.number(tag(6, 1)));
        assert_eq!(tags.number(tag(1, 1)), a);
        let mut records = [Narrow::new(Digest(9), a), Narrow::new(Digest(3), a), Narrow::new(Digest(9), b)];
        let kept = tags.combine(&mut records);
        let found: Vec<(Digest, Tag)> =
            records[..kept].iter().map(|record| (record.digest(), tags.read().tag(record.tag()))).collect();
        assert_eq!(found, [(Digest(3), tag(1, 1)), (Digest(9), tag(7, 2))]);
    }
}
