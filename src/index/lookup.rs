//! Many look-ups at once: the memory is asked for before it is needed.
//!
//! A look-up in a large segment waits for memory twice: for the line of its quotient, and for its record. Alone that is
//! 100 to 400 ns each time. So groups of 16 digests go in step: the lines of one group are asked for, those of the group
//! before are read and the records of its quotients asked for, and records that were asked for two groups ago are compared.
//! A third to a half of the absent digests end at their line. Groups of 8 and of 64 do a tenth to a third less in the same
//! time. Pages of 2 MiB gave 3 to 8 % more, less than copying a segment into them costs.
//!
//! ```text
//! digest -> quotient -> line, j     division by K as a multiplication, exact below 2^40
//! line, j -> position of zero j     popcounts of seven words, one select
//!         -> count, rank            ones in front of it; what is before them
//! rank -> record -> remainder       one load of 8 bytes up to 57 bits, of 16 up to 121; else a single look-up
//! ```
//!
//! Whatever is unusual is left to a single look-up ([`Segment::find`], the oracle of the tests): a chunk that is touched for
//! the first time and must be checked, a line that is damaged, a payload in section X. Whether a chunk was checked is one
//! load from a bitmap that stays in the first cache. A segment that is no memory is asked one digest after the other.
//!
//! A large batch is put in order by the first 11 bits of its digests, once for all segments: neighbours then share pages of
//! a segment and their translations, and a cold file is read from its beginning to its end.

use super::data::Data;
use super::error::Error;
use super::format::{LINE_BITS, LINE_BYTES, RANK_BITS, Section};
use super::found::Found;
use super::segment::{CheckedChunks, Segment};
#[cfg(target_arch = "x86_64")]
use super::simd::Bmi2;
use super::simd::{Portable, Select, prefetch};
use crate::digest::{Digest, Width};
use std::ops::Range;

/// Look-ups that take a step together: each asks for one or two lines, and a core waits for 24 (Zen 3) or more at a time.
const GROUP: usize = 16;
/// Groups whose lines are asked for before the first of them is read.
const LINES_AHEAD: usize = 1;
/// Groups whose records are asked for before those of the first are compared.
const RECORDS_AHEAD: usize = 2;
/// Batches of fewer digests are not put in order: too few of them would share a page.
const PARTITION_DIGESTS: usize = 8192;
/// Nor are those for smaller segments, which the caches and translation buffers reach.
const PARTITION_SEGMENT_BYTES: u64 = 16 << 20;
/// A batch is put in order by this many bits: the places of 2,048 partitions stay in the first cache.
const PARTITION_BITS: u32 = 11;
/// Bits for the place of a digest in a batch.
const PROBE_BITS: u32 = 32;
/// A record of up to this many bits is inside of 16 bytes, whatever bit of its first byte it begins at.
const SHORT_RECORD_BITS: u64 = 121;

/// A record of up to this many bits is inside of 8 bytes.
const WORD_RECORD_BITS: u64 = 57;

/// A batch in the order of its digests' first bits, and room to put the answers back into its own.
///
/// 20 bytes a digest, kept from batch to batch.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Where each partition ends.
    ends: Vec<u32>,
    /// Digests with their places in the batch below them: both in one number.
    ordered: Vec<u128>,
    answers: Vec<u32>,
}

impl Scratch {
    /// Whether it is worth to put a batch in order, and possible: the place of a digest needs the bits that it leaves.
    pub(super) fn is_worth(digests: &[Digest], width: Width) -> bool {
        width.bits() + PROBE_BITS <= u128::BITS && digests.len() >= PARTITION_DIGESTS && !digests.is_sorted()
    }

    /// Puts a batch in order.
    pub(super) fn order(&mut self, digests: &[Digest], width: Width) {
        let partition =
            |digest: &Digest| (digest.0 >> (width.bits() - PARTITION_BITS)) as usize % (1 << PARTITION_BITS);
        let Scratch { ends, ordered, .. } = self;
        ends.clear();
        ends.resize(1 << PARTITION_BITS, 0);
        digests.iter().for_each(|digest| ends[partition(digest)] += 1);
        let mut begin = 0;
        for end in ends.iter_mut() {
            (*end, begin) = (begin, begin + *end);
        }
        ordered.resize(digests.len(), 0);
        for (probe, digest) in (0u32..).zip(digests) {
            // The place of the next one, and so, when all are there, the end.
            let place = &mut ends[partition(digest)];
            ordered[*place as usize] = digest.0 << PROBE_BITS | u128::from(probe);
            *place += 1;
        }
    }

    /// The digests whose first bits are these, with their places in the batch.
    fn slice(&self, bits: u8, slice: u32) -> &[u128] {
        let Some(finer) = PARTITION_BITS.checked_sub(u32::from(bits)) else { return &self.ordered };
        let end = |partitions: u32| partitions.checked_sub(1).map_or(0, |last| self.ends[last as usize] as usize);
        &self.ordered[end(slice << finer)..end((slice + 1) << finer)]
    }

    /// Puts what was found into the order of the batch: a place for each of `count` digests is less work than sorting,
    /// where much was found.
    pub(super) fn restore(&mut self, found: &mut [Found], count: usize) {
        const ABSENT: u32 = u32::MAX - 1;
        if found.len() < count / 16 {
            found.sort_unstable_by_key(|found| found.probe);
            return;
        }
        self.answers.clear();
        self.answers.resize(count, ABSENT);
        found.iter().for_each(|found| self.answers[found.probe as usize] = found.place);
        let mut slots = found.iter_mut();
        for (probe, place) in (0u32..).zip(&self.answers).filter(|(_, place)| **place != ABSENT) {
            if let Some(slot) = slots.next() {
                *slot = Found { probe, place: *place };
            }
        }
    }
}

/// A look-up under way. First `line` and `rest` are a line and the quotient in it, then the first rank of a quotient that
/// has records, and their number.
#[derive(Clone, Copy)]
struct Item {
    digest: Digest,
    line: u64,
    rest: u32,
    probe: u32,
}

/// Look-ups whose memory is asked for together.
struct Group {
    items: [Item; GROUP],
    count: usize,
}

impl Group {
    const fn new() -> Group {
        Group { items: [Item { digest: Digest(0), line: 0, rest: 0, probe: 0 }; GROUP], count: 0 }
    }
}

/// The number of records of a quotient about which a single look-up has to decide.
const SLOW: u32 = u32::MAX;

/// The numbers of a segment that every look-up needs.
struct Numbers {
    /// Codes that are the place of their payload, without a look into section X.
    codes: u32,
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

impl<D: Data> Segment<D> {
    /// Looks up many digests.
    ///
    /// Input: digests in any order; in ascending order a large segment answers faster.
    /// Output: appends to `found`, in the order of the digests, those that the segment has, and those that it cannot answer
    /// because a chunk is damaged; the first damage. Cost: 20 to 60 ns for each in a segment far larger than the caches.
    pub fn find_batch(&self, digests: &[Digest], scratch: &mut Scratch, found: &mut Vec<Found>) -> Option<Error> {
        let width = self.header().width;
        if !self.is_large() || !Scratch::is_worth(digests, width) {
            return self.find_each(digests.len(), |at| (digests[at], at as u32), found);
        }
        let before = found.len();
        scratch.order(digests, width);
        let damage = self.find_ordered(scratch, found);
        scratch.restore(&mut found[before..], digests.len());
        damage
    }

    /// Whether the caches and translation buffers do not reach all of it.
    pub(super) fn is_large(&self) -> bool {
        self.header().extent(Section::Remainders).bytes >= PARTITION_SEGMENT_BYTES
    }

    /// Looks up a batch that was put in order, as far as it can be in this slice.
    ///
    /// Output: as [`Segment::find_batch`], in the order of the scratch.
    pub(super) fn find_ordered(&self, scratch: &Scratch, found: &mut Vec<Found>) -> Option<Error> {
        let digests = scratch.slice(self.header().slice_bits, self.header().slice);
        self.find_each(digests.len(), |at| (Digest(digests[at] >> PROBE_BITS), digests[at] as u32), found)
    }

    /// Looks up digests one group after the other: `probe` gives each with its place.
    pub(super) fn find_each(
        &self,
        count: usize,
        probe: impl Fn(usize) -> (Digest, u32),
        found: &mut Vec<Found>,
    ) -> Option<Error> {
        #[cfg(target_arch = "x86_64")]
        if let Some(bmi2) = Bmi2::detect() {
            return self.find_each_by(bmi2, count, probe, found);
        }
        self.find_each_by(Portable, count, probe, found)
    }

    /// As [`Segment::find_each`], with instructions that this processor has.
    pub(super) fn find_each_by<S: Select>(
        &self,
        select: S,
        count: usize,
        probe: impl Fn(usize) -> (Digest, u32),
        found: &mut Vec<Found>,
    ) -> Option<Error> {
        let mut damage = None;
        let Some(view) = self.view() else {
            (0..count).for_each(|at| self.find_alone(probe(at), found, &mut damage));
            return damage;
        };
        let groups = count.div_ceil(GROUP);
        select.run(|| {
            let mut asked = [const { Group::new() }; LINES_AHEAD + 1];
            let mut read = [const { Group::new() }; RECORDS_AHEAD + 1];
            for step in 0..groups + LINES_AHEAD + RECORDS_AHEAD {
                if step < groups {
                    let first = step * GROUP;
                    view.ask_lines(first..count.min(first + GROUP), &probe, &mut asked[step % (LINES_AHEAD + 1)]);
                }
                if step >= LINES_AHEAD && step - LINES_AHEAD < groups {
                    let group = step - LINES_AHEAD;
                    let asked = &asked[group % (LINES_AHEAD + 1)];
                    view.read_lines(select, asked, &mut read[group % (RECORDS_AHEAD + 1)]);
                }
                if step >= LINES_AHEAD + RECORDS_AHEAD {
                    let group = step - LINES_AHEAD - RECORDS_AHEAD;
                    self.compare(&view, &read[group % (RECORDS_AHEAD + 1)], found, &mut damage);
                }
            }
        });
        damage
    }

    /// Ends the look-ups of a group.
    #[inline(always)]
    fn compare(&self, view: &View<'_>, group: &Group, found: &mut Vec<Found>, damage: &mut Option<Error>) {
        for candidate in &group.items[..group.count] {
            match view.compare(candidate) {
                Answer::Absent => (),
                Answer::Code(code) if code < view.numbers.codes => {
                    found.push(Found { probe: candidate.probe, place: code });
                }
                Answer::Code(_) | Answer::Slow => self.find_alone((candidate.digest, candidate.probe), found, damage),
            }
        }
    }

    /// A single look-up.
    fn find_alone(&self, (digest, probe): (Digest, u32), found: &mut Vec<Found>, damage: &mut Option<Error>) {
        match self.find(digest) {
            Ok(None) => (),
            Ok(Some(place)) => found.push(Found::new(probe, place)),
            Err(error) => {
                damage.get_or_insert(error);
                found.push(Found::damaged(probe));
            }
        }
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
            codes: self.plain_codes(),
        }
    }

    /// The parts of a segment that is memory.
    fn view(&self) -> Option<View<'_>> {
        Some(View {
            numbers: self.numbers(),
            lines: self.raw_section(Section::Lines)?,
            records: self.raw_section(Section::Remainders)?,
            lines_checked: self.chunks_checked(Section::Lines),
            records_checked: self.chunks_checked(Section::Remainders),
        })
    }
}

/// What a record says, as far as the fast way goes.
#[derive(Clone, Copy)]
enum Answer {
    Absent,
    /// The payload code of the record that has the digest.
    Code(u32),
    /// Something is unusual: a chunk is touched for the first time, a line is damaged, a record is very wide. A single
    /// look-up decides.
    Slow,
}

/// The parts of a segment that every look-up needs.
struct View<'a> {
    numbers: Numbers,
    lines: &'a [u8],
    records: &'a [u8],
    lines_checked: CheckedChunks<'a>,
    records_checked: CheckedChunks<'a>,
}

impl View<'_> {
    /// Finds the lines of a group, and asks for them.
    #[inline(always)]
    fn ask_lines(&self, places: Range<usize>, probe: impl Fn(usize) -> (Digest, u32), group: &mut Group) {
        group.count = places.len();
        for (item, place) in group.items.iter_mut().zip(places) {
            let (digest, probe) = probe(place);
            let (line, rest) = self.numbers.line_of(digest);
            *item = Item { digest, line, rest, probe };
            prefetch(self.lines, line as usize * LINE_BYTES);
        }
    }

    /// Reads the lines of a group, and asks for the records of the quotients that have any.
    #[inline(always)]
    fn read_lines<S: Select>(&self, select: S, asked: &Group, group: &mut Group) {
        group.count = 0;
        for item in &asked.items[..asked.count] {
            let (rank, count) = self.candidate(select, item.digest, item.line, item.rest);
            group.items[group.count] = Item { line: rank, rest: count, ..*item };
            // A branch would be guessed wrong for a third of the absent digests.
            group.count += usize::from(count > 0);
        }
        for item in &group.items[..group.count] {
            let byte = (item.line * self.numbers.record_bits / 8) as usize;
            prefetch(self.records, byte);
            prefetch(self.records, byte + 15);
        }
    }

    /// The first rank and the number of the records of quotient `j` of a line; [`SLOW`] for the number where a single
    /// look-up has to decide.
    #[inline(always)]
    fn candidate<S: Select>(&self, select: S, digest: Digest, line: u64, j: u32) -> (u64, u32) {
        if digest.0.checked_shr(self.numbers.slice_shift).unwrap_or(0) != self.numbers.slice {
            return (0, 0);
        }
        let offset = line as usize * LINE_BYTES;
        if !self.lines_checked.contain(offset) {
            return (0, SLOW);
        }
        let bytes = self.lines.get(offset..).and_then(|rest| rest.first_chunk::<LINE_BYTES>());
        match bytes.and_then(|bytes| ranks(select, bytes, j)) {
            Some((rank, count)) if rank + u64::from(count) <= self.numbers.records => (rank, count),
            _ => (0, SLOW),
        }
    }

    /// As [`View::compare`] for records of one word: remainder and code in one subtraction.
    #[inline(always)]
    fn compare_words(&self, candidate: &Item) -> Answer {
        let numbers = &self.numbers;
        let mask = (1u64 << numbers.record_bits) - 1;
        let code_mask = (1u64 << numbers.code_bits) - 1;
        let wanted = (candidate.digest.0 as u64) << numbers.code_bits & mask;
        let mut bit = candidate.line * numbers.record_bits;
        for _ in 0..candidate.rest {
            let byte = (bit / 8) as usize;
            let bytes = self.records.get(byte..).and_then(|rest| rest.first_chunk::<8>());
            let (Some(bytes), true, true) =
                (bytes, self.records_checked.contain(byte), self.records_checked.contain(byte + 7))
            else {
                return Answer::Slow;
            };
            let record = u64::from_le_bytes(*bytes) >> (bit % 8) & mask;
            if record >= wanted {
                let code = record - wanted;
                return if code <= code_mask { Answer::Code(code as u32) } else { Answer::Absent };
            }
            bit += numbers.record_bits;
        }
        Answer::Absent
    }

    /// Compares the remainders of a quotient with that of the digest.
    #[inline(always)]
    fn compare(&self, candidate: &Item) -> Answer {
        let numbers = &self.numbers;
        if candidate.rest == SLOW || numbers.record_bits > SHORT_RECORD_BITS {
            return Answer::Slow;
        }
        if numbers.record_bits <= WORD_RECORD_BITS {
            return self.compare_words(candidate);
        }
        let mask = (1u128 << numbers.remainder_bits) - 1;
        let wanted = candidate.digest.0 & mask;
        for rank in candidate.line..candidate.line + u64::from(candidate.rest) {
            let bit = rank * numbers.record_bits;
            let byte = (bit / 8) as usize;
            let bytes = self.records.get(byte..).and_then(|rest| rest.first_chunk::<16>());
            let (Some(bytes), true, true) =
                (bytes, self.records_checked.contain(byte), self.records_checked.contain(byte + 15))
            else {
                return Answer::Slow;
            };
            let record = u128::from_le_bytes(*bytes) >> (bit % 8);
            let remainder = record >> numbers.code_bits & mask;
            if remainder == wanted {
                return Answer::Code(record as u32 & ((1u64 << numbers.code_bits) - 1) as u32);
            }
            if remainder > wanted {
                break;
            }
        }
        Answer::Absent
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
        assert!(segment.find_batch(digests, &mut Scratch::default(), &mut found).is_none(), "{name}");
        let each = |at: usize| (digests[at], at as u32);
        assert!(segment.find_each_by(Portable, digests.len(), each, &mut portable).is_none(), "{name}");
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
