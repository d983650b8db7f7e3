//! How a record lies in a temporary file: the bytes that its digest has, and the bytes that the tags of its page need.
//!
//! Of 80 bits and a handful of sets of classes that is 11 bytes instead of 16: a third less to write, to read, and to keep in
//! the page cache, which is most of what spilling costs.

use super::record::Record;
use crate::digest::{Digest, Width};

/// Bytes written behind a record, which the next one overwrites.
const SLACK_BYTES: usize = 20;

/// Bytes of the two parts of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Packed {
    digest_bytes: usize,
    tag_bytes: usize,
}

impl Packed {
    /// The fewest bytes for records with these tags.
    pub(crate) fn of<R: Record>(records: &[R], width: Width) -> Packed {
        let most = records.iter().map(|record| record.tag()).max().unwrap_or(0);
        let tag_bytes = (u32::BITS - most.leading_zeros()).div_ceil(8).max(1) as usize;
        Packed { digest_bytes: width.bits().div_ceil(8) as usize, tag_bytes }
    }

    /// Records of this width with tags of so many bytes; none if no tag has so many.
    pub(crate) fn new(width: Width, tag_bytes: u8) -> Option<Packed> {
        let digest_bytes = width.bits().div_ceil(8) as usize;
        (1..=4).contains(&tag_bytes).then_some(Packed { digest_bytes, tag_bytes: tag_bytes.into() })
    }

    /// Bytes of a tag.
    pub(crate) fn tag_bytes(self) -> u8 {
        self.tag_bytes as u8
    }

    /// Bytes of so many records.
    pub(crate) fn bytes(self, records: usize) -> usize {
        records * (self.digest_bytes + self.tag_bytes)
    }

    /// Packs records; what was in `out` is gone.
    pub(crate) fn pack<R: Record>(self, records: &[R], out: &mut Vec<u8>) {
        let length = self.bytes(records.len());
        out.resize(length + SLACK_BYTES, 0);
        for (at, record) in (0..length).step_by(self.bytes(1)).zip(records) {
            // Whole numbers: a copy of 10 bytes is a call, one of 16 is an instruction.
            out[at..][..16].copy_from_slice(&record.digest().0.to_le_bytes());
            out[at + self.digest_bytes..][..4].copy_from_slice(&record.tag().to_le_bytes());
        }
        out.truncate(length);
    }

    /// Unpacks records; what was in `out` is gone. Where bytes are missing at the end, so are records.
    pub(crate) fn unpack<R: Record>(self, bytes: &mut Vec<u8>, out: &mut Vec<R>) {
        out.clear();
        let length = bytes.len();
        bytes.resize(length + SLACK_BYTES, 0);
        let digest_mask = u128::MAX >> (128 - 8 * self.digest_bytes);
        let tag_mask = u32::MAX >> (32 - 8 * self.tag_bytes);
        out.extend((0..length).step_by(self.bytes(1)).map(|at| {
            let (mut digest, mut tag) = ([0; 16], [0; 4]);
            digest.copy_from_slice(&bytes[at..][..16]);
            tag.copy_from_slice(&bytes[at + self.digest_bytes..][..4]);
            R::new(Digest(u128::from_le_bytes(digest) & digest_mask), u32::from_le_bytes(tag) & tag_mask)
        }));
        bytes.truncate(length);
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{Narrow, Wide};
    use super::super::test_data::{Random, width};
    use super::*;

    fn check<R: Record>(bits: u8, most: u32, tag_bytes: usize) {
        let width = width(bits);
        let mut random = Random(u64::from(bits));
        let mut records: Vec<R> =
            (0..100).map(|n| R::new(random.digest(width), (u64::from(most) * n / 99) as u32)).collect();
        records.push(R::new(Digest(u128::MAX >> (128 - bits)), most));
        let packed = Packed::of(&records, width);
        assert_eq!(packed, Packed { digest_bytes: usize::from(bits.div_ceil(8)), tag_bytes }, "{bits} bits, {most}");
        let (mut bytes, mut unpacked) = (vec![1, 2, 3], vec![R::ZERO]);
        packed.pack(&records, &mut bytes);
        assert_eq!(bytes.len(), packed.bytes(records.len()));
        packed.unpack(&mut bytes, &mut unpacked);
        assert_eq!(unpacked, records, "{bits} bits, {most}");
        packed.pack::<R>(&[], &mut bytes);
        packed.unpack(&mut bytes, &mut unpacked);
        assert!(bytes.is_empty() && unpacked.is_empty());
    }

    #[test]
    fn records_survive_the_disk() {
        for (most, tag_bytes) in [(0, 1), (255, 1), (256, 2), (65_536, 3), (0xfedc_ba98, 4)] {
            [64, 65, 80, 96].into_iter().for_each(|bits| check::<Narrow>(bits, most, tag_bytes));
            [97, 120, 121, 128].into_iter().for_each(|bits| check::<Wide>(bits, most, tag_bytes));
        }
    }
}
