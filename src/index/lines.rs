//! Section H: for every quotient the number of its records in unary, in lines of 64 bytes.
//!
//! A line is one cache line: word 0 holds the rank of its first record (48 bits) and a checksum (16 bits), words 1 to 7
//! hold 448 bits of unary code, least significant bit first: for each of K quotients as many ones as it has records, then
//! a zero. The quotient of a digest names the line by one division; the j-th zero of the line ends the j-th quotient; the
//! ones before it are the rank. At a load of 1 that is 2 bits per record in unary, and 512 / 448 of it with the rank.

use super::error::Error;
use super::format::{LINE_BITS, LINE_BYTES, RANK_BITS};
use super::geometry::Geometry;

const RANK_MASK: u64 = (1 << RANK_BITS) - 1;

/// Eight words of a line.
type Line = [u64; 8];

/// Collects quotients in ascending order into lines, and lowers K when one of them overflows.
pub(super) struct LineBuilder {
    geometry: Geometry,
    /// The lines that are complete, as they will stand in the section.
    section: Vec<u8>,
    line: Line,
    /// Bits used in the current line.
    used: u32,
    /// The quotient whose ones come next.
    quotient: u64,
    /// It and those behind it in the line: so many zeros are still to come.
    left: u64,
    /// Records so far.
    rank: u64,
}

impl LineBuilder {
    pub(super) fn new(geometry: Geometry) -> LineBuilder {
        let left = u64::from(geometry.quotients_per_line);
        LineBuilder { geometry, section: Vec::new(), line: [0; 8], used: 0, quotient: 0, left, rank: 0 }
    }

    /// The number of quotients.
    pub(super) fn quotients(&self) -> u64 {
        self.geometry.quotients()
    }

    /// Adds the next record, whose quotient is not below the last one.
    pub(super) fn push(&mut self, quotient: u64) -> Result<(), Error> {
        self.advance_to(quotient);
        while !self.has_room() {
            self.lower_quotients_per_line()?;
        }
        self.line[1 + (self.used / 64) as usize] |= 1 << (self.used % 64);
        self.used += 1;
        self.rank += 1;
        Ok(())
    }

    /// Whether a one fits beside the zeros that the rest of the line needs.
    fn has_room(&self) -> bool {
        u64::from(self.used) + 1 + self.left <= u64::from(LINE_BITS)
    }

    /// Ends quotients with a zero each until this one is open.
    fn advance_to(&mut self, quotient: u64) {
        while self.quotient < quotient {
            let ended = (quotient - self.quotient).min(self.left);
            self.used += ended as u32;
            self.quotient += ended;
            self.left -= ended;
            if self.left == 0 {
                self.end_line();
                self.left = u64::from(self.geometry.quotients_per_line);
            }
        }
    }

    fn end_line(&mut self) {
        let next_rank = self.rank;
        let line = std::mem::replace(&mut self.line, [next_rank & RANK_MASK, 0, 0, 0, 0, 0, 0, 0]);
        sealed(line).iter().for_each(|word| self.section.extend_from_slice(&word.to_le_bytes()));
        self.used = 0;
    }

    /// Starts again with three quarters of the quotients per line, from the lines written so far.
    fn lower_quotients_per_line(&mut self) -> Result<(), Error> {
        let k = self.geometry.quotients_per_line;
        if k == 1 {
            return Err(Error::Skewed);
        }
        let lowered = Geometry { quotients_per_line: (k * 3 / 4).max(1), ..self.geometry };
        let mut again = LineBuilder::new(lowered);
        let complete = self.section.chunks_exact(LINE_BYTES).filter_map(read_line).map(|line| (line, LINE_BITS));
        for (line_index, (line, used)) in complete.chain([(self.line, self.used)]).enumerate() {
            let mut quotient = line_index as u64 * u64::from(k);
            for bit in 0..used {
                if line[1 + (bit / 64) as usize] >> (bit % 64) & 1 == 1 {
                    again.push(quotient)?;
                } else {
                    quotient += 1;
                }
            }
        }
        again.advance_to(self.quotient);
        *self = again;
        Ok(())
    }

    /// Ends the last line and returns the bytes of the section, and the geometry that they have.
    pub(super) fn finish(mut self) -> (Geometry, Vec<u8>) {
        self.advance_to(self.geometry.lines() * u64::from(self.geometry.quotients_per_line));
        (self.geometry, self.section)
    }
}

/// The line with its checksum in the top bits of word 0.
fn sealed(mut line: Line) -> Line {
    line[0] = (line[0] & RANK_MASK) | u64::from(crc16(&line)) << RANK_BITS;
    line
}

/// CRC-16/XMODEM (polynomial 0x1021, initial value 0) of a line whose checksum bits are taken as zero.
fn crc16(line: &Line) -> u16 {
    let mut crc = 0u16;
    for (i, word) in line.iter().enumerate() {
        let word = if i == 0 { word & RANK_MASK } else { *word };
        for byte in word.to_le_bytes() {
            crc ^= u16::from(byte) << 8;
            for _ in 0..8 {
                crc = if crc & 0x8000 != 0 { crc << 1 ^ 0x1021 } else { crc << 1 };
            }
        }
    }
    crc
}

fn read_line(bytes: &[u8]) -> Option<Line> {
    let bytes: &[u8; LINE_BYTES] = bytes.get(..LINE_BYTES)?.try_into().ok()?;
    let mut line = [0; 8];
    for (word, chunk) in line.iter_mut().zip(bytes.chunks_exact(8)) {
        *word = u64::from_le_bytes([chunk[0], chunk[1], chunk[2], chunk[3], chunk[4], chunk[5], chunk[6], chunk[7]]);
    }
    Some(line)
}

/// The ranks of the records of the `j`-th quotient of a line.
///
/// Input: the 64 bytes of the line. Output: first rank and count; `None` if the line ends before the quotient, which only
/// a damaged line does. Cost: at most seven popcounts and two selects in a word.
pub(super) fn ranks(bytes: &[u8], j: u32) -> Option<(u64, u32)> {
    let line = read_line(bytes)?;
    // The run of quotient j begins behind zero number j - 1 and ends before zero number j.
    let begin = if j == 0 { 0 } else { select_zero(&line, j - 1)? + 1 };
    let count = ones_from(&line, begin)?;
    Some(((line[0] & RANK_MASK) + u64::from(begin - j), count))
}

/// The bit position of zero number `j` (from 0) among the 448.
fn select_zero(line: &Line, mut j: u32) -> Option<u32> {
    for (i, word) in line[1..].iter().enumerate() {
        let zeros = word.count_zeros();
        if j < zeros {
            return Some(i as u32 * 64 + select_one(!word, j));
        }
        j -= zeros;
    }
    None
}

/// The number of ones in a row from a bit position on; `None` if they reach the end of the line.
fn ones_from(line: &Line, begin: u32) -> Option<u32> {
    let mut at = begin;
    while at < LINE_BITS {
        let rest = line[1 + (at / 64) as usize] >> (at % 64);
        let ones = rest.trailing_ones().min(64 - at % 64);
        at += ones;
        if !at.is_multiple_of(64) || ones == 0 {
            return Some(at - begin);
        }
    }
    None
}

/// The position of one number `j` (from 0) of a word that has more than `j` ones.
///
/// Halves the word by popcount: six steps, the same everywhere.
fn select_one(word: u64, mut j: u32) -> u32 {
    let (mut at, mut width) = (0, 32);
    while width > 0 {
        let ones = (word >> at & ((1u64 << width) - 1)).count_ones();
        if j >= ones {
            j -= ones;
            at += width;
        }
        width /= 2;
    }
    at
}

/// Decodes a whole section for a merge or a check: every line's checksum, rank and number of zeros.
///
/// Output: calls `each` with (quotient, count) in ascending order; the total number of records.
///
/// # Errors
/// [`Error::Damaged`] with the offset of the first line that is not what was written.
pub(super) fn decode(bytes: &[u8], geometry: Geometry, mut each: impl FnMut(u64, u32)) -> Result<u64, Error> {
    let k = u64::from(geometry.quotients_per_line);
    let mut rank = 0u64;
    for line_index in 0..geometry.lines() {
        let offset = line_index * LINE_BYTES as u64;
        let bytes = bytes.get(offset as usize..).unwrap_or_default();
        let line = read_line(bytes).ok_or_else(|| Error::damaged(offset, "the section ends early"))?;
        if line[0] >> RANK_BITS != u64::from(crc16(&line)) || line[0] & RANK_MASK != rank & RANK_MASK {
            return Err(Error::damaged(offset, "a line with a wrong checksum or rank"));
        }
        let mut begin = 0;
        for j in 0..k {
            let count =
                ones_from(&line, begin).ok_or_else(|| Error::damaged(offset, "a line with too few quotients"))?;
            if count > 0 {
                each(line_index * k + j, count);
            }
            begin += count + 1;
            rank += u64::from(count);
        }
    }
    Ok(rank)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(quotients: &[u64], geometry: Geometry) {
        let mut builder = LineBuilder::new(geometry);
        quotients.iter().for_each(|q| builder.push(*q).expect("room after lowering K"));
        let (geometry, bytes) = builder.finish();
        assert_eq!(bytes.len() as u64, geometry.lines() * 64);
        for q in 0..geometry.quotients() {
            let (line, j) = (q / u64::from(geometry.quotients_per_line), q % u64::from(geometry.quotients_per_line));
            let (rank, count) = ranks(&bytes[line as usize * 64..], j as u32).expect("a whole line");
            assert_eq!(count as usize, quotients.iter().filter(|other| **other == q).count(), "quotient {q}");
            assert_eq!(rank as usize, quotients.iter().filter(|other| **other < q).count(), "quotient {q}");
        }
        let mut decoded = Vec::new();
        let total = decode(&bytes, geometry, |q, count| decoded.extend(std::iter::repeat_n(q, count as usize)));
        assert_eq!(total.expect("an undamaged section") as usize, quotients.len());
        assert_eq!(decoded, quotients);
    }

    #[test]
    fn ranks_equal_a_plain_count() {
        check(&[], Geometry::of(0, 80));
        check(&[0], Geometry::of(1, 80));
        check(&[0, 0, 0, 1, 1], Geometry::of(2, 80));
        let spread: Vec<u64> =
            (0..1000u64).map(|i| i * i % 1024).collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        check(&spread, Geometry { quotient_bits: 10, quotients_per_line: 186 });
    }

    #[test]
    fn an_overflowing_line_lowers_k() {
        let crowded: Vec<u64> = (0..600u64).map(|i| i / 3).collect();
        check(&crowded, Geometry { quotient_bits: 8, quotients_per_line: 186 });
        let heaps: Vec<u64> = [vec![3; 300], vec![200; 440]].concat();
        check(&heaps, Geometry { quotient_bits: 8, quotients_per_line: 200 });
    }

    #[test]
    fn digests_that_are_not_uniform_are_an_error() {
        let mut builder = LineBuilder::new(Geometry { quotient_bits: 4, quotients_per_line: 8 });
        let result = (0..500).try_for_each(|_| builder.push(7));
        assert!(matches!(result, Err(Error::Skewed)), "{result:?}");
    }

    #[test]
    fn select_equals_a_plain_search() {
        for word in [1u64, 0x8000_0000_0000_0000, u64::MAX, 0x0123_4567_89ab_cdef, 0xaaaa_5555_0000_ffff] {
            let ones: Vec<u32> = (0..64).filter(|bit| word >> bit & 1 == 1).collect();
            for (j, want) in ones.iter().enumerate() {
                assert_eq!(select_one(word, j as u32), *want, "{word:#x}, one number {j}");
            }
        }
    }

    #[test]
    fn every_flipped_bit_of_a_line_is_found_by_decode() {
        let mut builder = LineBuilder::new(Geometry::of(100, 80));
        (0..100u64).for_each(|q| builder.push(q).expect("room"));
        let (geometry, bytes) = builder.finish();
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let result = decode(&flipped, geometry, |_, _| ());
            assert!(matches!(result, Err(Error::Damaged { .. })), "bit {bit}: {result:?}");
        }
    }
}
