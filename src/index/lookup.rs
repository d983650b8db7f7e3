//! Many look-ups at once: the memory is asked for before it is needed.
//!
//! A look-up in a large segment waits for memory twice: for the line of its quotient, and for its record. Alone that is
//! 100 to 400 ns each time. A group of 32 digests first asks for all 32 lines, then selects in each and asks for the
//! records of those quotients that have any, then compares; by then most of it has come. A third to a half of the absent
//! digests end at their line.
//!
//! ```text
//! digest -> quotient -> line, j     division by K as a multiplication, exact below 2^40
//! line, j -> position of zero j     popcounts of seven words, one select
//!         -> count, rank            ones in front of it; what is before them
//! rank -> record -> remainder       one load of 16 bytes; three words where a record has more than 121 bits
//! ```
//!
//! The chunk around every line and record is checked at the first touch, as for a single look-up ([`Segment::find`], the
//! oracle of the tests); later that is one load from a bitmap that stays in the first cache.

use super::error::Error;
use super::format::{CHUNK_BYTES, LINE_BITS, LINE_BYTES, RANK_BITS, Section};
use super::segment::Segment;
#[cfg(target_arch = "x86_64")]
use super::simd::Bmi2;
use super::simd::{Portable, Select, prefetch};
use crate::digest::Digest;

/// Digests whose memory is asked for together: more than the 22 lines that a core of Zen 3 can wait for at a time.
const GROUP: usize = 32;
/// A record of up to this many bits is inside of 16 bytes, whatever bit of its first byte it begins at.
const SHORT_RECORD_BITS: u64 = 121;

/// A digest that a segment has, or that it cannot answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The place of the digest in what was asked.
    pub probe: u32,
    place: u32,
}

impl Found {
    const DAMAGED: u32 = u32::MAX;

    pub(super) fn damaged(probe: u32) -> Found {
        Found { probe, place: Found::DAMAGED }
    }

    /// The place of its exposures in [`Segment::payloads`]; none if the bytes that say so are damaged.
    pub fn place(self) -> Option<usize> {
        (self.place != Found::DAMAGED).then_some(self.place as usize)
    }
}

/// A quotient that has records.
#[derive(Clone, Copy, Default)]
struct Candidate {
    probe: u32,
    count: u32,
    rank: u64,
}

/// The numbers of a segment that every look-up needs.
struct Numbers {
    remainder_bits: u32,
    /// Above the remainder: the quotient, and the bits of the slice.
    quotient_mask: u64,
    slice_shift: u32,
    slice: u128,
    k: u64,
    /// 2^64 / K, rounded up; K = 1 needs none.
    reciprocal: u64,
    record_bits: u64,
    code_bits: u32,
    records: u64,
}

impl<D: AsRef<[u8]>> Segment<D> {
    /// Looks up many digests.
    ///
    /// Input: digests in any order; in ascending order a large segment answers faster.
    /// Output: appends to `found`, in the order of the digests, those that the segment has, and those that it cannot answer
    /// because a chunk is damaged; the first damage. Cost: 40 to 60 ns for each in a segment far larger than the caches.
    pub fn find_batch(&self, digests: &[Digest], found: &mut Vec<Found>) -> Option<Error> {
        #[cfg(target_arch = "x86_64")]
        if let Some(bmi2) = Bmi2::detect() {
            return self.find_batch_by(bmi2, digests, found);
        }
        self.find_batch_by(Portable, digests, found)
    }

    /// As [`Segment::find_batch`], with the instructions that every processor has.
    pub(super) fn find_batch_by<S: Select>(
        &self,
        select: S,
        digests: &[Digest],
        found: &mut Vec<Found>,
    ) -> Option<Error> {
        let numbers = self.numbers();
        let mut damage = None;
        select.run(|| {
            for (i, group) in digests.chunks(GROUP).enumerate() {
                if let Some(error) = self.find_group(select, &numbers, (i * GROUP) as u32, group, found) {
                    damage.get_or_insert(error);
                }
            }
        });
        damage
    }

    fn numbers(&self) -> Numbers {
        let header = self.header();
        let k = u64::from(header.quotients_per_line);
        Numbers {
            remainder_bits: header.remainder_bits(),
            quotient_mask: (1 << header.quotient_bits) - 1,
            slice_shift: header.width.bits() - u32::from(header.slice_bits),
            slice: u128::from(header.slice),
            k,
            reciprocal: if k == 1 { 0 } else { u64::MAX / k + 1 },
            record_bits: header.record_bits(),
            code_bits: u32::from(header.code_bits),
            records: header.records,
        }
    }

    #[inline(always)]
    fn find_group<S: Select>(
        &self,
        select: S,
        numbers: &Numbers,
        first: u32,
        group: &[Digest],
        found: &mut Vec<Found>,
    ) -> Option<Error> {
        let lines = self.raw_section(Section::Lines);
        let mut places = [(0u64, 0u32); GROUP];
        for (place, digest) in places.iter_mut().zip(group) {
            *place = numbers.line_of(*digest);
            prefetch(lines, place.0 as usize * LINE_BYTES);
        }
        let records = self.raw_section(Section::Remainders);
        let mut candidates = [Candidate::default(); GROUP];
        let mut waiting = 0;
        let mut damage = None;
        for (i, digest) in group.iter().enumerate() {
            if digest.0.checked_shr(numbers.slice_shift).unwrap_or(0) != numbers.slice {
                continue;
            }
            let (line, j) = places[i];
            let candidate = self.candidate(select, numbers, lines, line, j);
            candidates[waiting] = match candidate {
                Ok(Candidate { count: 0, .. }) => continue,
                Ok(candidate) => Candidate { probe: i as u32, ..candidate },
                Err(error) => {
                    damage.get_or_insert(error);
                    // A rank that no segment has: the second round says "damaged", in the order of the probes.
                    Candidate { probe: i as u32, count: 0, rank: 0 }
                }
            };
            let byte = (candidates[waiting].rank * numbers.record_bits / 8) as usize;
            prefetch(records, byte);
            prefetch(records, byte + 15);
            waiting += 1;
        }
        for candidate in &candidates[..waiting] {
            let digest = group[candidate.probe as usize];
            let probe = first + candidate.probe;
            let answer = if candidate.count == 0 {
                Ok(Some(Found::DAMAGED))
            } else {
                self.compare(numbers, records, candidate, digest)
            };
            match answer {
                Ok(None) => (),
                Ok(Some(place)) => found.push(Found { probe, place }),
                Err(error) => {
                    damage.get_or_insert(error);
                    found.push(Found::damaged(probe));
                }
            }
        }
        damage
    }

    /// The records of quotient `j` of a line.
    #[inline(always)]
    fn candidate<S: Select>(
        &self,
        select: S,
        numbers: &Numbers,
        lines: &[u8],
        line: u64,
        j: u32,
    ) -> Result<Candidate, Error> {
        let offset = line * LINE_BYTES as u64;
        self.check_place(Section::Lines, offset)?;
        let damaged = |what| Error::damaged(offset, what).of(Section::Lines);
        let bytes = lines.get(offset as usize..).and_then(|rest| rest.first_chunk::<LINE_BYTES>());
        let (rank, count) =
            bytes.and_then(|bytes| ranks(select, bytes, j)).ok_or_else(|| damaged("a line that does not end"))?;
        if rank.checked_add(u64::from(count)).is_none_or(|end| end > numbers.records) {
            return Err(damaged("a rank beyond the last record"));
        }
        Ok(Candidate { probe: 0, count, rank })
    }

    /// The payload place of the record whose remainder is that of the digest.
    #[inline(always)]
    fn compare(
        &self,
        numbers: &Numbers,
        records: &[u8],
        candidate: &Candidate,
        digest: Digest,
    ) -> Result<Option<u32>, Error> {
        if numbers.record_bits > SHORT_RECORD_BITS {
            return Ok(self.find(digest)?.map(|place| place as u32));
        }
        let mask = (1u128 << numbers.remainder_bits) - 1;
        let wanted = digest.0 & mask;
        for rank in candidate.rank..candidate.rank + u64::from(candidate.count) {
            let bit = rank * numbers.record_bits;
            let byte = bit / 8;
            self.check_place(Section::Remainders, byte)?;
            self.check_place(Section::Remainders, byte + 15)?;
            let bytes = records.get(byte as usize..).and_then(|rest| rest.first_chunk::<16>());
            let bytes = bytes.ok_or_else(|| Error::damaged(byte, "a record behind the end").of(Section::Remainders))?;
            let record = u128::from_le_bytes(*bytes) >> (bit % 8);
            let remainder = record >> numbers.code_bits & mask;
            if remainder == wanted {
                let code = record as u32 & ((1u64 << numbers.code_bits) - 1) as u32;
                return self.place(rank, code).map(|place| Some(place as u32));
            }
            if remainder > wanted {
                break;
            }
        }
        Ok(None)
    }

    /// Checks the chunk around a byte of a section.
    #[inline(always)]
    fn check_place(&self, section: Section, offset: u64) -> Result<(), Error> {
        self.check_chunk(section, self.header().extent(section), offset / CHUNK_BYTES as u64)
    }
}

impl Numbers {
    /// The line of a digest, and the number of its quotient in the line.
    #[inline(always)]
    fn line_of(&self, digest: Digest) -> (u64, u32) {
        let quotient = digest.0.checked_shr(self.remainder_bits).unwrap_or(0) as u64 & self.quotient_mask;
        // Exact: the error of the reciprocal is below 2^9 / 2^64, and a quotient below 2^40.
        let line = match self.k {
            1 => quotient,
            _ => ((u128::from(quotient) * u128::from(self.reciprocal)) >> 64) as u64,
        };
        (line, (quotient - line * self.k) as u32)
    }
}

/// The first rank and the number of the records of the `j`-th quotient of a line; none if the line ends before it.
#[inline(always)]
fn ranks<S: Select>(select: S, bytes: &[u8; LINE_BYTES], j: u32) -> Option<(u64, u32)> {
    let (words, _) = bytes.as_chunks::<8>();
    let word = |i: usize| u64::from_le_bytes(words[i]);
    // Zeros before each of the seven words; the wanted one is in the last word that has not more than j before it.
    let (mut before, mut i, mut zeros) = (0u32, 0usize, 0u32);
    for w in 1..7 {
        zeros += word(w).count_zeros();
        let beyond = zeros <= j;
        i += usize::from(beyond);
        before = if beyond { zeros } else { before };
    }
    let bits = word(1 + i);
    if j - before >= bits.count_zeros() {
        return None;
    }
    let in_word = select.select_one(!bits, j - before);
    let end = i as u32 * 64 + in_word;
    // The ones right before the zero: those above it are shifted out.
    let mut count = if in_word == 0 { 0 } else { (bits << (64 - in_word)).leading_ones().min(in_word) };
    let mut w = i;
    let mut whole = count == in_word;
    while whole && w > 0 {
        let ones = word(w).leading_ones();
        (count, whole, w) = (count + ones, ones == 64, w - 1);
    }
    debug_assert!(end < LINE_BITS);
    let base = word(0) & ((1 << RANK_BITS) - 1);
    Some((base + u64::from(end - j - count), count))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::lines;
    use crate::index::test_data::{Model, Random, model, payloads, segment, sliced, width};

    fn lines_equal(bytes: &[u8; LINE_BYTES]) {
        for j in 0..448 {
            let want = lines::ranks(bytes, j);
            assert_eq!(ranks(Portable, bytes, j), want, "quotient {j}");
            #[cfg(target_arch = "x86_64")]
            if let Some(bmi2) = Bmi2::detect() {
                assert_eq!(ranks(bmi2, bytes, j), want, "quotient {j}");
            }
        }
    }

    #[test]
    fn ranks_equal_the_plain_way_for_any_bytes() {
        let mut random = Random(3);
        for round in 0..2000u64 {
            let mut bytes = [0; LINE_BYTES];
            for word in bytes.chunks_exact_mut(8) {
                // Dense and sparse words, and whole ones.
                let bits = match (round + random.below(3)) % 5 {
                    0 => random.next(),
                    1 => random.next() & random.next(),
                    2 => random.next() | random.next(),
                    3 => u64::MAX,
                    _ => 0,
                };
                word.copy_from_slice(&bits.to_le_bytes());
            }
            lines_equal(&bytes);
        }
    }

    /// A batch answers what single look-ups answer, by either way.
    fn check(bytes: &[u8], digests: &[Digest], name: &str) {
        let segment = Segment::new(bytes).expect("undamaged");
        let want: Vec<Found> = (0u32..)
            .zip(digests)
            .filter_map(|(probe, digest)| {
                let place = segment.find(*digest).expect("undamaged")?;
                Some(Found { probe, place: place as u32 })
            })
            .collect();
        let (mut found, mut portable) = (Vec::new(), Vec::new());
        assert!(segment.find_batch(digests, &mut found).is_none(), "{name}");
        assert!(segment.find_batch_by(Portable, digests, &mut portable).is_none(), "{name}");
        assert_eq!(found, want, "{name}");
        assert_eq!(portable, want, "{name}, portably");
    }

    fn probes(model: &Model, bits: u8, random: &mut Random) -> Vec<Digest> {
        let mut digests: Vec<Digest> = model.keys().copied().collect();
        digests.extend(model.keys().map(|digest| Digest(digest.0 ^ 1)));
        digests.extend(std::iter::repeat_with(|| random.digest(width(bits))).take(model.len() + 10));
        for i in (1..digests.len()).rev() {
            digests.swap(i, random.below(i as u64 + 1) as usize);
        }
        digests
    }

    #[test]
    fn batches_answer_like_single_look_ups() {
        let mut random = Random(4);
        for bits in [64, 65, 80, 97, 121, 122, 127, 128] {
            for (records, kinds) in [(0, 1), (1, 1), (2, 2), (100, 1), (3000, 4), (30_000, 1)] {
                let model = model(u64::from(bits), records, bits, &payloads(kinds));
                let bytes = segment(&model, bits, records as u64);
                check(&bytes, &probes(&model, bits, &mut random), &format!("{records} records of {bits} bits"));
            }
        }
    }

    #[test]
    fn batches_know_their_slice() {
        let mut random = Random(5);
        let whole = model(6, 5000, 80, &payloads(2));
        let half: Model =
            whole.iter().filter(|(digest, _)| digest.0 >> 79 == 1).map(|(d, e)| (*d, e.clone())).collect();
        let bytes = sliced(&half, 80, half.len() as u64, 1, 1);
        check(&bytes, &probes(&whole, 80, &mut random), "the upper half");
    }

    #[test]
    fn crowded_lines_answer_too() {
        let mut random = Random(7);
        let model = model(8, 20_000, 80, &payloads(2));
        for estimate in [200, 4000, 80_000] {
            let bytes = segment(&model, 80, estimate);
            check(&bytes, &probes(&model, 80, &mut random), &format!("estimate {estimate}"));
        }
    }
}
