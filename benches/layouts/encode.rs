//! Writes the groups of the rival; [`crate::grouped`] has their format.

use leakdex::digest::Digest;
use std::io::{self, Write};

/// The unit of the bitmap of checked bytes, and the alignment of the groups in the file.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes of a place in the directory.
pub const PLACE_BYTES: usize = 4;
/// Zeros at the end of the file, so that no load leaves it: a load of 16 bytes, or the words of a group.
pub const PADDING: usize = 64;

/// How the digests are cut.
pub struct Geometry {
    /// Bits of the quotient.
    pub quotient_bits: u32,
    /// Bits of the remainder.
    pub remainder_bits: u32,
    /// Quotients in a group.
    pub quotients_per_group: u32,
}

impl Geometry {
    /// The bits of the quotient are rounded up: at 0.5 to 1 record per quotient fewer remainders are compared than at 0.7
    /// to 1.4, and the file has the same size. Then as many quotients as the words have room for, with the margin of the
    /// lines of the index.
    fn of(records: usize, bits: u32, words: usize) -> Geometry {
        let quotient_bits = (records as f64).log2().ceil() as u32;
        let load = records as f64 / 2f64.powi(quotient_bits as i32);
        let fits = |quotients: u32| {
            let quotients = f64::from(quotients);
            quotients * (1.0 + load) + 5.6 * (quotients * load).sqrt() < words as f64 * 64.0
        };
        let quotients_per_group = (1..words as u32 * 64).rev().find(|quotients| fits(*quotients)).unwrap_or(1);
        let remainder_bits = bits - quotient_bits;
        Geometry { quotient_bits, remainder_bits, quotients_per_group }
    }

    fn groups(&self) -> usize {
        (1usize << self.quotient_bits).div_ceil(self.quotients_per_group as usize)
    }

    /// Bytes of the directory.
    pub fn directory_bytes(&self) -> usize {
        (self.groups() + 1) * PLACE_BYTES
    }

    /// Where the groups begin in the file.
    pub fn groups_offset(&self) -> usize {
        self.directory_bytes().next_multiple_of(CHUNK_BYTES)
    }

    fn group_bytes(&self, records: usize) -> usize {
        (self.quotients_per_group as usize + records * (1 + self.remainder_bits as usize)).div_ceil(8)
    }

    /// The records of each group; none if one of them has more than its words have room for.
    fn counts(&self, digests: &[Digest], words: usize) -> Option<Vec<u32>> {
        let mut counts = vec![0; self.groups()];
        for digest in digests {
            counts[(digest.0 >> self.remainder_bits) as usize / self.quotients_per_group as usize] += 1;
        }
        let room = words as u32 * 64 - self.quotients_per_group;
        counts.iter().all(|count| *count <= room).then_some(counts)
    }
}

/// Writes sorted, distinct digests of some bits, in groups of `WORDS` words of unary code.
pub fn write<const WORDS: usize>(out: &mut impl Write, digests: &[Digest], bits: u32) -> io::Result<Geometry> {
    let mut geometry = Geometry::of(digests.len(), bits, WORDS);
    let counts = loop {
        match geometry.counts(digests, WORDS) {
            Some(counts) => break counts,
            None => geometry.quotients_per_group -= 1,
        }
    };
    let mut place = 0;
    for count in counts.iter().map(|count| *count as usize).chain([0]) {
        out.write_all(&u32::try_from(place).map_err(io::Error::other)?.to_le_bytes())?;
        place += geometry.group_bytes(count);
    }
    out.write_all(&vec![0; geometry.groups_offset() - geometry.directory_bytes()])?;
    let (mut rest, mut group) = (digests, Vec::new());
    for count in counts {
        let (digests, others) = rest.split_at(count as usize);
        encode(&geometry, digests, &mut group);
        out.write_all(&group[..geometry.group_bytes(digests.len())])?;
        rest = others;
    }
    out.write_all(&[0; PADDING])?;
    Ok(geometry)
}

/// The bytes of a group, and some zeros behind them.
fn encode(geometry: &Geometry, digests: &[Digest], group: &mut Vec<u8>) {
    let bytes = geometry.group_bytes(digests.len());
    group.clear();
    group.resize(bytes + PADDING, 0);
    let mut put = |bit: usize, value: u128| {
        if let Some(bytes) = group[bit / 8..].first_chunk_mut::<16>() {
            *bytes = (u128::from_le_bytes(*bytes) | value << (bit % 8)).to_le_bytes();
        }
    };
    for (i, digest) in digests.iter().enumerate() {
        let quotient = (digest.0 >> geometry.remainder_bits) as usize % geometry.quotients_per_group as usize;
        put(quotient + i, 1);
        let end = bytes * 8 - i * geometry.remainder_bits as usize;
        put(end - geometry.remainder_bits as usize, digest.0 & ((1 << geometry.remainder_bits) - 1));
    }
}
