//! All records of a segment in the order of their digests, for merging: one sequential pass.
//!
//! Lines, records and escapes are taken chunk by chunk, past any cache, and every chunk is compared with its hash before a bit
//! of it is looked at. Where the segment is memory its bytes are hashed and decoded where they are; else a chunk is read into a
//! buffer. So a pass takes at most half a megabyte whatever the size of the segment. A line is decoded at once: the place of a
//! one among the ones and zeros of its line is its quotient, and the records of a line stand side by side.
//!
//! # Cost
//!
//! At 5 x 10^7 records of 80 bits a record has 54 bits in R and 3 in H: 7.1 bytes. XXH3 of them takes 0.6 ns at the 10 to
//! 15 GB/s that it has here (SSE2, and memory), and a copy into a buffer as much again, which only a file that is read needs.
//! Decoding was 7 ns: a guess for every one of a line, shifts by 128 bits, 32 bytes written to a block in the second cache and
//! gone through once more. Now no branch depends on what is read, and all of it is arrays of eight numbers (`line`), which a
//! compiler makes vectors of; a record is 20 bytes, the halves of its digest and its place in arrays of their own, in a
//! block that stays in the first cache. While a chunk is decoded the next one is asked for.
//!
//! Measured by `cargo bench --bench figures -- lookup`, load 6 to 7: 463 million records per CPU second at 5 x 10^7, 405 at
//! 10^7, 227 at 10^6 (goal: 400 at 5 x 10^7). Beside the former way in one process, in turn, on a busy two-core machine (EPYC,
//! Zen 3, load 3 to 5): 2.6 to 3.9 times its speed in a mapping, 2.2 to 3 times where the file is read. In millions of records per CPU second, in the best
//! rounds: 450 where the former way made 137, at 5 x 10^7 records; 410 and 138 at 10^7; 300 and 76 at 10^6, where a field of 60
//! bits needs nine bytes; 210 and 90 with 7 payloads at 10^7. Remainders of 64 bits and more, as of digests of 96 bits, are
//! read one after the other, as before.

mod line;
mod window;

use self::line::{GROUP, Line, Place, Records, Room, Seen, WORDS};
use self::window::{Escapes, Window};
use super::data::Data;
use super::error::Error;
use super::format::{Header, LINE_BITS, LINE_BYTES, RANK_BITS, REMAINDER_PADDING, Section};
use super::segment::Segment;
#[cfg(target_arch = "x86_64")]
use super::simd::Avx2;
use super::simd::{Portable, Select, Work};
use crate::digest::Digest;
use std::ops::Range;

/// Records that are decoded before they are handed on, and up to a line more: they stay in the first cache.
const BLOCK_RECORDS: usize = 512;
const BLOCK_GROUPS: usize = (BLOCK_RECORDS + LINE_BITS as usize) / GROUP + 1;

/// A record of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streamed {
    /// The digest, whole.
    pub digest: Digest,
    /// The place of its exposures in [`Segment::payloads`].
    pub place: u32,
}

/// Records that were decoded together, in ascending order. Its memory is written again and again.
#[derive(Default)]
pub struct Block {
    /// As many groups as there is room for, whatever they are: the halves of the digests, and the places.
    low: Vec<[u64; GROUP]>,
    high: Vec<[u64; GROUP]>,
    places: Vec<[u32; GROUP]>,
    records: Range<usize>,
}

impl Block {
    /// How many records there are.
    #[inline]
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// One of the records.
    #[inline]
    pub fn get(&self, at: usize) -> Option<Streamed> {
        let at = self.records.start + at;
        if at >= self.records.end {
            return None;
        }
        let (low, high) = (self.low.as_flattened()[at], self.high.as_flattened()[at]);
        let digest = Digest(u128::from(high) << 64 | u128::from(low));
        Some(Streamed { digest, place: self.places.as_flattened()[at] })
    }

    /// The last of them.
    #[inline]
    fn last(&self) -> Option<Streamed> {
        self.get(self.len().checked_sub(1)?)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = Streamed> {
        (0..self.len()).filter_map(|at| self.get(at))
    }

    fn clear(&mut self) {
        self.low.resize(BLOCK_GROUPS, [0; GROUP]);
        self.high.resize(BLOCK_GROUPS, [0; GROUP]);
        self.places.resize(BLOCK_GROUPS, [0; GROUP]);
        self.records = 0..0;
    }

    /// The room behind the last record.
    #[inline(always)]
    fn room(&mut self, groups: usize) -> Room<'_> {
        let begin = self.records.end;
        let end = begin + groups * GROUP;
        Room {
            low: self.low.as_flattened_mut()[begin..end].as_chunks_mut().0,
            high: self.high.as_flattened_mut()[begin..end].as_chunks_mut().0,
            codes: self.places.as_flattened_mut()[begin..end].as_chunks_mut().0,
        }
    }

    fn leave_out_below(&mut self, first: Digest) {
        let count = self.iter().take_while(|record| record.digest < first).count();
        // An empty block begins at the beginning: there is room for it.
        self.records = if count == self.len() { 0..0 } else { self.records.start + count..self.records.end };
    }

    fn leave_out_above(&mut self, last: Digest) {
        let count = self.iter().take_while(|record| record.digest <= last).count();
        self.records.end = self.records.start + count;
    }
}

/// The records of a segment whose digests lie in a range, in ascending order.
pub struct Stream<'a, D> {
    segment: &'a Segment<D>,
    layout: Layout,
    first: Digest,
    last: Digest,
    lines: Window<'a>,
    records: Window<'a>,
    escapes: Escapes<'a>,
    decoder: Box<Line>,
    /// The next line, and the rank of its first record.
    line: u64,
    rank: u64,
}

/// The numbers of a segment that every line needs.
#[derive(Clone, Copy)]
struct Layout {
    k: u64,
    line_count: u64,
    quotients: u64,
    record_count: u64,
    record_bits: u64,
    remainder_bits: u32,
    records: Records,
    /// Payload codes below this are places in the dictionary.
    plain_codes: u32,
    /// Whether a code says nothing where section X has the rank.
    has_no_codes: bool,
    payload_count: u32,
}

impl<D: Data> Segment<D> {
    /// Goes through the records from one digest to another, both included.
    ///
    /// Cost: a look-up for the beginning; then each chunk that holds a record of the range is read and hashed once.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::Unread`].
    pub fn stream(&self, first: Digest, last: Digest) -> Result<Stream<'_, D>, Error> {
        let (layout, header) = (Layout::of(self), self.header());
        let mut stream = Stream {
            segment: self,
            layout,
            first,
            last,
            lines: Window::new(self, Section::Lines),
            records: Window::new(self, Section::Remainders),
            escapes: Escapes::new(self),
            decoder: Box::new(Line::new()),
            line: layout.line_count,
            rank: layout.record_count,
        };
        let below = header.width.bits() - u32::from(header.slice_bits);
        let begin = u128::from(header.slice).checked_shl(below).unwrap_or(0);
        let end = begin | low_bits(u128::MAX, below);
        if first <= last && first.0 <= end && last.0 >= begin {
            stream.begin_at(first.0.max(begin))?;
        }
        Ok(stream)
    }
}

/// The low bits of a number.
fn low_bits(number: u128, bits: u32) -> u128 {
    if bits >= u128::BITS { number } else { number & ((1 << bits) - 1) }
}

impl Layout {
    fn of<D: Data>(segment: &Segment<D>) -> Layout {
        let header: &Header = segment.header();
        let plain_codes = segment.plain_codes();
        Layout {
            k: u64::from(header.quotients_per_line),
            line_count: header.lines,
            quotients: 1 << header.quotient_bits,
            record_count: header.records,
            record_bits: header.record_bits(),
            remainder_bits: header.remainder_bits(),
            records: Records::of(header, plain_codes),
            plain_codes,
            has_no_codes: header.code_bits == 0,
            payload_count: segment.payloads().len() as u32,
        }
    }
}

impl<D: Data> Stream<'_, D> {
    /// Stands at the line of a digest.
    fn begin_at(&mut self, digest: u128) -> Result<(), Error> {
        let above = digest.checked_shr(self.layout.remainder_bits).unwrap_or(0) as u64;
        self.line = (above & (self.layout.quotients - 1)) / self.layout.k;
        let line: [u8; 8] = self.segment.checked(Section::Lines, self.line * LINE_BYTES as u64)?;
        self.rank = low_bits(u64::from_le_bytes(line).into(), RANK_BITS) as u64;
        self.escapes.begin_at(self.segment, self.rank)
    }

    /// Hands on the next records: some, unless the range has ended.
    ///
    /// Output: in `block`, which loses what it had.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::Unread`].
    pub fn next_block(&mut self, block: &mut Block) -> Result<(), Error> {
        block.clear();
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Avx2::detect() {
            return self.fill_block(avx2, block);
        }
        self.fill_block(Portable, block)
    }

    /// As [`Stream::next_block`], with instructions that this processor has.
    fn fill_block<S: Select>(&mut self, select: S, block: &mut Block) -> Result<(), Error> {
        while block.records.end < BLOCK_RECORDS && self.line < self.layout.line_count {
            select.run(DecodeLine { stream: self, block })?;
            if block.get(0).is_some_and(|record| record.digest < self.first) {
                block.leave_out_below(self.first);
            }
            if block.last().is_some_and(|record| record.digest > self.last) {
                block.leave_out_above(self.last);
                self.line = self.layout.line_count;
                return Ok(());
            }
            if self.line == self.layout.line_count && self.rank != self.layout.record_count {
                return Err(Error::damaged(0, "another number of records than the header says").of(Section::Lines));
            }
        }
        Ok(())
    }

    /// Decodes the records of the next line.
    #[inline(always)]
    fn decode_line(&mut self, block: &mut Block) -> Result<(), Error> {
        let offset = self.line * LINE_BYTES as u64;
        let damaged = |what| Error::damaged(offset, what).of(Section::Lines);
        let (rank, words) = split(self.lines.at(self.segment, offset, LINE_BYTES)?);
        if rank != self.rank {
            return Err(damaged("a line with a wrong rank"));
        }
        let (count, ended) = self.decoder.begin(&words);
        let quotient = self.line * self.layout.k;
        // Behind the last record stands the zero of its quotient.
        if quotient + ended >= self.layout.quotients.min(quotient + self.layout.k) || words[WORDS - 1] >> 63 == 1 {
            return Err(damaged("a line with too few quotients"));
        }
        if rank + count as u64 > self.layout.record_count {
            return Err(damaged("a rank beyond the last record"));
        }
        if count > 0 {
            let bits = self.layout.record_bits;
            let (first_bit, end_bit) = (rank * bits, (rank + count as u64) * bits);
            let from = first_bit / 8;
            let length = (end_bit.div_ceil(8) - from) as usize + REMAINDER_PADDING;
            self.records.ask_ahead(from, length);
            let bytes = self.records.at(self.segment, from, length)?;
            let place = Place { quotient, bytes, bit: first_bit % 8 };
            let room = block.room(count.div_ceil(GROUP));
            let seen = self.decoder.decode(&self.layout.records, &place, room);
            self.finish_records(seen, count, block)?;
            block.records.end += count;
        }
        self.rank += count as u64;
        self.line += 1;
        Ok(())
    }

    /// Makes places of the codes of a line that was decoded, behind the records of the block.
    #[inline(always)]
    fn finish_records(&mut self, seen: Seen, count: usize, block: &mut Block) -> Result<(), Error> {
        if seen.descends {
            return Err(self.descent(count, block));
        }
        let escaped = if self.layout.has_no_codes { u64::from(self.layout.payload_count == 0) } else { seen.escaped };
        if escaped > 0 || self.escapes.rank < self.rank + count as u64 {
            let places = &mut block.places.as_flattened_mut()[block.records.end..][..count];
            self.take_escapes(escaped, places)?;
        }
        Ok(())
    }

    /// The error of a line with a record that is not above the one before.
    #[cold]
    #[inline(never)]
    fn descent(&self, count: usize, block: &mut Block) -> Error {
        block.records = block.records.end..block.records.end + count;
        let pairs = block.iter().zip(block.iter().skip(1));
        let at = pairs.take_while(|(before, record)| before.digest < record.digest).count() as u64 + 1;
        let offset = (self.rank + at) * self.layout.record_bits / 8;
        Error::damaged(offset, "remainders that do not ascend").of(Section::Remainders)
    }

    /// Gives records of a line the places that section X has for them: `escaped` records need one.
    #[inline(never)]
    fn take_escapes(&mut self, mut escaped: u64, places: &mut [u32]) -> Result<(), Error> {
        let damaged = |what| Error::damaged(0, what).of(Section::Escapes);
        // Escapes ascend, and those before this line were taken.
        while let Some(place) = places.get_mut((self.escapes.rank - self.rank) as usize) {
            if *place < self.layout.plain_codes && !self.layout.has_no_codes {
                return Err(damaged("an escape of a record that has a code"));
            }
            *place = self.escapes.take(self.segment)?;
            if *place >= self.layout.payload_count {
                let what = "a payload that the dictionary does not have";
                return Err(Error::damaged(0, what).of(Section::Dictionary));
            }
            escaped = escaped.saturating_sub(1);
        }
        if escaped > 0 { Err(damaged("an escaped record without an escape")) } else { Ok(()) }
    }
}

/// A line to decode.
struct DecodeLine<'s, 'a, D> {
    stream: &'s mut Stream<'a, D>,
    block: &'s mut Block,
}

impl<D: Data> Work for DecodeLine<'_, '_, D> {
    type Result = Result<(), Error>;

    #[inline(always)]
    fn work(self) -> Result<(), Error> {
        self.stream.decode_line(self.block)
    }
}

/// The rank and the quotients of a line.
#[inline(always)]
fn split(line: &[u8]) -> (u64, [u64; WORDS]) {
    let mut words = [0; WORDS + 1];
    words.iter_mut().zip(line.as_chunks::<8>().0).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
    let [rank, quotients @ ..] = words;
    (low_bits(rank.into(), RANK_BITS) as u64, quotients)
}

#[cfg(test)]
mod tests {
    use super::super::data::{CheckChunk, Chunk};
    use super::super::payload::Entry;
    use super::super::test_data::{Model, Random, model, payloads, segment, sliced};
    use super::*;

    /// Bytes that are no memory to the reader, as those of a file.
    struct Copied<'a>(&'a [u8]);

    impl Data for Copied<'_> {
        fn bytes(&self) -> u64 {
            self.0.len() as u64
        }

        fn memory(&self) -> Option<&[u8]> {
            None
        }

        fn copy(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
            self.0.copy(offset, out)
        }

        fn copy_checked(&self, chunk: Chunk, check: &CheckChunk<'_>, from: usize, out: &mut [u8]) -> Result<(), Error> {
            self.0.copy_checked(chunk, check, from, out)
        }
    }

    fn records_by<D: Data, S: Select>(
        select: Option<S>,
        segment: &Segment<D>,
        first: Digest,
        last: Digest,
    ) -> Result<Vec<(Digest, Entry)>, Error> {
        let mut stream = segment.stream(first, last)?;
        let (mut block, mut all) = (Block::default(), Vec::new());
        loop {
            match select {
                Some(select) => {
                    block.clear();
                    stream.fill_block(select, &mut block)?;
                }
                None => stream.next_block(&mut block)?,
            }
            if block.is_empty() {
                return Ok(all);
            }
            assert_eq!(block.iter().count(), block.len());
            all.extend(block.iter().map(|record| (record.digest, segment.payloads()[record.place as usize].clone())));
        }
    }

    /// The records by every way, which must all be the same, and so must the first error.
    fn records(bytes: &[u8], first: Digest, last: Digest) -> Result<Vec<(Digest, Entry)>, Error> {
        let (memory, copied) = (Segment::new(bytes)?, Segment::new(Copied(bytes))?);
        let result = records_by(None::<Portable>, &memory, first, last);
        let others = [
            records_by(Some(Portable), &memory, first, last),
            records_by(Some(Portable), &copied, first, last),
            records_by(None::<Portable>, &copied, first, last),
        ];
        for other in others {
            match (&result, other) {
                (Ok(records), Ok(others)) => assert!(*records == others, "two ways, two results"),
                (Err(error), Err(other)) => assert_eq!(error.to_string(), other.to_string()),
                (result, other) => panic!("{:?} and {:?}", result.is_ok(), other.is_ok()),
            }
        }
        result
    }

    #[track_caller]
    fn check(bytes: &[u8], model: &Model, first: u128, last: u128, name: &str) {
        let want: Vec<(Digest, Entry)> = match first <= last {
            true => model.range(Digest(first)..=Digest(last)).map(|(digest, entry)| (*digest, entry.clone())).collect(),
            false => Vec::new(),
        };
        assert!(records(bytes, Digest(first), Digest(last)).expect("undamaged") == want, "{name}");
    }

    /// A field is read in one of several ways, by its length and by that of its remainder.
    #[test]
    fn fields_of_every_length_are_read() {
        let mut lengths = std::collections::BTreeSet::new();
        for bits in 64..=128 {
            for (count, kinds, slice_bits) in
                [(1, 1, 0), (3, 300, 0), (700, 1, 0), (900, 2, 3), (900, 40, 0), (2500, 300, 1)]
            {
                let all = payloads(kinds);
                let mut model = model(u64::from(bits) * 7 + count, count as usize, bits, &all);
                if slice_bits > 0 {
                    model.retain(|digest, _| digest.0 >> (bits - slice_bits) == 1);
                }
                // One odd payload among many, so that section X has a record although no code stands beside any.
                if let (Some(entry), [_, other, ..] | [other]) = (model.values_mut().nth(600), payloads(7).as_slice()) {
                    *entry = other.clone();
                }
                for estimate in [model.len() as u64, model.len() as u64 * 6 + 300, model.len() as u64 / 50] {
                    let bytes = sliced(&model, bits, estimate, slice_bits, u32::from(slice_bits > 0));
                    let segment = Segment::new(bytes.as_slice()).expect("undamaged");
                    lengths.insert((segment.header().record_bits(), segment.header().code_bits > 0));
                    let name = format!("{count} records of {bits} bits, {kinds} payloads, estimate {estimate}");
                    check(&bytes, &model, 0, u128::MAX, &name);
                    for (digest, entry) in model.iter().step_by(97) {
                        let place = segment.find(*digest).expect("undamaged").expect("a record");
                        assert_eq!(&segment.payloads()[place], entry, "{name}");
                    }
                }
            }
        }
        for has_codes in [false, true] {
            for way in [1..=57, 58..=64, 65..=u64::MAX] {
                let is_one = |(bits, codes): &(u64, bool)| way.contains(bits) && *codes == has_codes;
                assert!(lengths.iter().any(is_one), "no field of {way:?} bits, codes {has_codes}");
            }
        }
    }

    #[test]
    fn the_digest_zero_is_a_record_like_others() {
        for bits in [64, 80, 128] {
            let mut model = model(2, 500, bits, &payloads(2));
            model.insert(Digest(0), payloads(1)[0].clone());
            model.insert(Digest(u128::MAX >> (128 - bits)), payloads(1)[0].clone());
            check(&segment(&model, bits, 500), &model, 0, u128::MAX, "zero and the highest of all");
            check(&segment(&model, bits, 500), &model, 0, 0, "zero alone");
        }
    }

    #[test]
    fn every_record_comes_once_and_in_order() {
        for bits in [64, 65, 80, 97, 121, 128] {
            for (count, kinds) in [(0, 1), (1, 1), (2, 2), (100, 3), (30_000, 1), (30_000, 300)] {
                let model = model(u64::from(bits), count, bits, &payloads(kinds));
                for estimate in [count as u64, count as u64 / 50, count as u64 * 8] {
                    let bytes = segment(&model, bits, estimate);
                    let name = format!("{count} records of {bits} bits, {kinds} payloads, estimate {estimate}");
                    check(&bytes, &model, 0, u128::MAX, &name);
                }
            }
        }
    }

    #[test]
    fn a_range_begins_and_ends_anywhere() {
        let model = model(3, 20_000, 80, &payloads(300));
        let bytes = segment(&model, 80, 20_000);
        let digests: Vec<u128> = model.keys().map(|digest| digest.0).collect();
        let mut random = Random(9);
        for round in 0..200 {
            let mut any = || match random.below(4) {
                0 => random.digest(super::super::test_data::width(80)).0,
                1 => digests[random.below(20_000) as usize],
                2 => digests[random.below(20_000) as usize] + 1,
                _ => digests[random.below(20_000) as usize] - 1,
            };
            let (first, last) = (any(), any());
            check(&bytes, &model, first, last, &format!("round {round}: {first} to {last}"));
        }
        check(&bytes, &model, u128::MAX, u128::MAX, "behind all");
    }

    #[test]
    fn a_slice_gives_what_it_has_of_a_range() {
        let whole = model(6, 9000, 80, &payloads(40));
        for slice in 0..4u128 {
            let part: Model =
                whole.iter().filter(|(digest, _)| digest.0 >> 78 == slice).map(|(d, e)| (*d, e.clone())).collect();
            let bytes = sliced(&part, 80, part.len() as u64, 2, slice as u32);
            for (first, last) in [(0, u128::MAX), (1 << 78, (2 << 78) - 1), (5 << 76, 9 << 76), (3 << 78, u128::MAX)] {
                check(&bytes, &part, first, last, &format!("slice {slice}, {first} to {last}"));
            }
        }
    }

    #[test]
    fn every_flipped_bit_of_the_records_is_an_error() {
        let model = model(12, 3000, 80, &payloads(300));
        let bytes = segment(&model, 80, 3000);
        let header = Segment::new(bytes.as_slice()).expect("undamaged").header().clone();
        let mut random = Random(5);
        for section in [Section::Lines, Section::Remainders, Section::Escapes] {
            let extent = header.extent(section);
            for _ in 0..300 {
                let mut flipped = bytes.clone();
                flipped[(extent.offset + random.below(extent.bytes)) as usize] ^= 1 << random.below(8);
                let result = records(&flipped, Digest(0), Digest(u128::MAX));
                assert!(matches!(result, Err(Error::Damaged { .. })), "{section:?}");
            }
        }
    }
}
