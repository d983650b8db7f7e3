//! Records that share their first bits, in few bits more than the segment that they will be in.
//!
//! ```text
//! a byte for each group: its records     | records, group after group: the low bits of the digest, the tag
//! ```
//!
//! Records of a part wait in memory until there are some thousand of them. Put apart once more, into groups of eight by the next bits
//! of their digests, neither the bits of the part nor those of the group need to be written: of 80 bits, in one of 2^10 parts and one
//! of 2^9 groups, 61 are left, and the counts are one bit a record. That is 7.75 bytes, where a segment of 10^8 records has 7.0
//! and the records as they are 11. In order, with the distances between them, it would be 7.5 (Elias-Fano), for a sort and a
//! longer way through the bits.

use super::groups::Groups;
use crate::digest::Digest;
use crate::index::{BitWriter, Record, read_bits};

/// Records in a group: 2 to the power of this.
const GROUP_LOG: u32 = 3;
/// A group of at least so many has this as its byte, and its records less this in four bytes behind it.
const LONG: u8 = u8::MAX;
/// Bytes that are read behind the last record.
const SLACK_BYTES: usize = 24;

/// How records were packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Packing {
    records: u32,
    group_bits: u8,
    low_bits: u8,
    tag_bits: u8,
}

impl Packing {
    /// How many records there are.
    pub(super) fn records(self) -> usize {
        self.records as usize
    }
}

/// Memory that packing uses again.
pub(super) struct Packer<R> {
    groups: Groups<R>,
    bits: BitWriter,
}

impl<R: Record> Packer<R> {
    /// Nothing is packed yet.
    pub(super) fn new() -> Packer<R> {
        Packer { groups: Groups::new(), bits: BitWriter::default() }
    }

    /// Packs records behind what is in `out`, in the order of their groups.
    ///
    /// Input: records whose digests differ in the last `bits` bits alone.
    pub(super) fn pack(&mut self, records: &[R], bits: u32, out: &mut Vec<u8>) -> Packing {
        let group_bits = (records.len().max(1).ilog2()).saturating_sub(GROUP_LOG).min(bits);
        let low_bits = bits - group_bits;
        let most = records.iter().map(|record| record.tag()).max().unwrap_or(0);
        let tag_bits = u32::BITS - most.leading_zeros();
        self.groups.put_apart(records, bits, group_bits);
        let mut begin = 0;
        for end in &self.groups.ends {
            let count = end - begin;
            out.push(count.min(LONG.into()) as u8);
            if let Some(rest) = count.checked_sub(LONG.into()) {
                out.extend_from_slice(&rest.to_le_bytes());
            }
            begin = *end;
        }
        for record in &self.groups.records {
            self.bits.push(record.digest().0, low_bits);
            self.bits.push(record.tag().into(), tag_bits);
        }
        self.bits.drain_into(out);
        Packing {
            records: records.len() as u32,
            group_bits: group_bits as u8,
            low_bits: low_bits as u8,
            tag_bits: tag_bits as u8,
        }
    }
}

/// Unpacks records behind what is in `out`. What was in `bytes` behind them is gone.
///
/// Input: the bytes that were packed; the bits of their digests that were known, in their place.
pub(super) fn unpack<R: Record>(packing: Packing, bytes: &mut Vec<u8>, known: Digest, out: &mut Vec<R>) {
    let mut counts = Vec::with_capacity(1 << packing.group_bits);
    let mut at = 0;
    for _ in 0..1u32 << packing.group_bits {
        let count = u32::from(bytes[at]);
        at += 1;
        counts.push(count);
        if count == u32::from(LONG)
            && let (Some(rest), Some(last)) = (bytes[at..].first_chunk(), counts.last_mut())
        {
            *last += u32::from_le_bytes(*rest);
            at += rest.len();
        }
    }
    let (low_bits, tag_bits) = (u32::from(packing.low_bits), u32::from(packing.tag_bits));
    bytes.resize(bytes.len() + SLACK_BYTES, 0);
    let mut offset = 8 * at as u64;
    let mut read = |bits: u32| {
        let value = read_bits(bytes, offset, bits);
        offset += u64::from(bits);
        value
    };
    out.reserve(packing.records());
    for (group, count) in (0u128..).zip(counts) {
        // One group has no bits, and may be shifted by all of them.
        let above = known.0 | group.checked_shl(low_bits).unwrap_or(0);
        for _ in 0..count {
            let low = read(low_bits);
            out.push(R::new(Digest(above | low), read(tag_bits) as u32));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Width;
    use crate::index::test_data::Random;
    use crate::index::{Narrow, Wide};

    /// Packs digests of one part and takes them back; bytes for each.
    fn check<R: Record>(width: u8, part_bits: u32, count: usize, tag: impl Fn(usize) -> u32) -> f64 {
        let width = Width::new(width).expect("a width");
        let bits = width.bits() - part_bits;
        let known = Digest((0x2aau128 & ((1 << part_bits) - 1)).checked_shl(bits).unwrap_or(0));
        let low = u128::MAX.checked_shr(128 - bits).unwrap_or(0);
        let mut random = Random(count as u64);
        let digests = (0..count).map(|_| Digest(known.0 | random.digest(width).0 & low));
        let mut records: Vec<R> = digests.zip(0..).map(|(digest, number)| R::new(digest, tag(number))).collect();
        let (mut packer, mut out) = (Packer::new(), b"before".to_vec());
        // Twice: nothing is left of what was packed before.
        packer.pack(&records, bits, &mut out);
        out.truncate(6);
        let packing = packer.pack(&records, bits, &mut out);
        let mut bytes = out.split_off(6);
        assert_eq!((out.as_slice(), packing.records()), (b"before".as_slice(), count));
        let (length, mut unpacked) = (bytes.len(), vec![R::ZERO]);
        unpack(packing, &mut bytes, known, &mut unpacked);
        assert_eq!(unpacked.remove(0), R::ZERO);
        records.sort_unstable();
        unpacked.sort_unstable();
        assert!(unpacked == records, "{} bits, {part_bits} of them known, {count} records", width.bits());
        length as f64 / count.max(1) as f64
    }

    #[test]
    fn records_come_back() {
        for count in [0, 1, 2, 15, 16, 17, 64, 1000, 5000] {
            for part_bits in [0, 1, 10, 13] {
                [64, 65, 80, 96].into_iter().for_each(|width| _ = check::<Narrow>(width, part_bits, count, |_| 0));
                check::<Narrow>(80, part_bits, count, |number| number as u32 % 300);
                check::<Narrow>(96, part_bits, count, |number| u32::MAX - number as u32);
                [97, 120, 128].into_iter().for_each(|width| _ = check::<Wide>(width, part_bits, count, |_| 7));
                check::<Wide>(128, part_bits, count, |number| u32::MAX - number as u32);
            }
        }
    }

    #[test]
    fn they_need_no_more_than_the_arithmetic_says() {
        let bytes = check::<Narrow>(80, 10, 4096, |_| 0);
        assert!((bytes - 7.75).abs() < 0.01, "{bytes}");
        let bytes = check::<Narrow>(80, 10, 4096, |number| number as u32 % 4);
        assert!((bytes - 8.0).abs() < 0.01, "{bytes}");
    }

    #[test]
    fn a_group_may_be_of_any_size() {
        for count in [254, 255, 256, 3000] {
            let records: Vec<Narrow> = (0..count).map(|number| Narrow::new(Digest(5), number)).collect();
            let (mut bytes, mut unpacked): (_, Vec<Narrow>) = (Vec::new(), Vec::new());
            let packing = Packer::new().pack(&records, 80, &mut bytes);
            unpack(packing, &mut bytes, Digest(0), &mut unpacked);
            assert_eq!(unpacked, records);
        }
    }
}
