//! All records of a segment in the order of their digests, for merging: one sequential pass.
//!
//! Lines, records and escapes are read chunk by chunk, past any cache, and every chunk is compared with its hash before a bit
//! of it is looked at. So a pass takes about half a megabyte whatever the size of the segment, and leaves no pages behind that
//! count as memory of the process. A line is decoded at once: the place of a one among the ones and zeros of its line is its
//! quotient, and the records of a line stand side by side.

use super::bits::read_bits;
use super::data::Data;
use super::error::Error;
use super::format::{CHUNK_BYTES, Header, LINE_BITS, LINE_BYTES, RANK_BITS, REMAINDER_PADDING, Section};
use super::segment::Segment;
use crate::digest::Digest;

/// Records that are decoded before they are handed on, and up to a line more: they stay in the second cache.
const BLOCK_RECORDS: usize = 4096;
/// A record of up to this many bits is inside of 8 bytes, whatever bit of its first byte it begins at.
const WORD_RECORD_BITS: u64 = 57;

/// A record of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streamed {
    /// The digest, whole.
    pub digest: Digest,
    /// The place of its exposures in [`Segment::payloads`].
    pub place: u32,
}

/// The records of a segment whose digests lie in a range, in ascending order.
pub struct Stream<'a, D> {
    segment: &'a Segment<D>,
    layout: Layout,
    first: Digest,
    last: Digest,
    lines: Window,
    records: Window,
    escapes: EscapeStream,
    /// The next line, and the rank of its first record.
    line: u64,
    rank: u64,
    /// The digest handed on last: digests ascend.
    before: Option<Digest>,
}

/// The numbers of a segment that every record needs.
#[derive(Clone, Copy)]
struct Layout {
    k: u64,
    line_count: u64,
    quotients: u64,
    record_count: u64,
    record_bits: u64,
    code_bits: u32,
    remainder_bits: u32,
    /// The bits that all digests of the segment share, where they stand.
    slice: u128,
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
        let layout = Layout::of(self);
        let mut stream = Stream {
            segment: self,
            layout,
            first,
            last,
            lines: Window::new(Section::Lines),
            records: Window::new(Section::Remainders),
            escapes: EscapeStream::new(),
            line: layout.line_count,
            rank: layout.record_count,
            before: None,
        };
        let end = layout.slice | low_bits(u128::MAX, self.header().width.bits() - u32::from(self.header().slice_bits));
        if first <= last && first.0 <= end && last.0 >= layout.slice {
            stream.begin_at(first.0.max(layout.slice))?;
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
        let below = header.width.bits() - u32::from(header.slice_bits);
        Layout {
            k: u64::from(header.quotients_per_line),
            line_count: header.lines,
            quotients: 1 << header.quotient_bits,
            record_count: header.records,
            record_bits: header.record_bits(),
            code_bits: u32::from(header.code_bits),
            remainder_bits: header.remainder_bits(),
            slice: u128::from(header.slice).checked_shl(below).unwrap_or(0),
            plain_codes: segment.plain_codes(),
            has_no_codes: header.code_bits == 0,
            payload_count: segment.payloads().len() as u32,
        }
    }

    /// The digest of a quotient and a remainder.
    #[inline(always)]
    fn digest(&self, quotient: u64, remainder: u128) -> Digest {
        Digest(self.slice | u128::from(quotient).checked_shl(self.remainder_bits).unwrap_or(0) | remainder)
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
    pub fn next_block(&mut self, block: &mut Vec<Streamed>) -> Result<(), Error> {
        block.clear();
        while block.len() < BLOCK_RECORDS && self.line < self.layout.line_count {
            self.decode_line(block)?;
            if block.last().is_some_and(|record| record.digest > self.last) {
                block.truncate(block.partition_point(|record| record.digest <= self.last));
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
    fn decode_line(&mut self, block: &mut Vec<Streamed>) -> Result<(), Error> {
        let offset = self.line * LINE_BYTES as u64;
        let damaged = |what| Error::damaged(offset, what).of(Section::Lines);
        let bytes = self.lines.at(self.segment, offset, LINE_BYTES)?;
        let mut words = [0; LINE_BYTES / 8];
        words.iter_mut().zip(bytes.as_chunks::<8>().0).for_each(|(word, bytes)| *word = u64::from_le_bytes(*bytes));
        let count: u32 = words[1..].iter().map(|word| word.count_ones()).sum();
        if low_bits(words[0].into(), RANK_BITS) != u128::from(self.rank) {
            return Err(damaged("a line with a wrong rank"));
        }
        let last_quotient = self.layout.quotients.min((self.line + 1) * self.layout.k) - 1;
        // Behind the last one stands the zero of its quotient.
        let highest = (0..LINE_BITS).rev().find(|bit| words[1 + (bit / 64) as usize] >> (bit % 64) & 1 == 1);
        let quotient_max = highest.map_or(0, |bit| self.line * self.layout.k + u64::from(bit + 1 - count));
        if quotient_max > last_quotient || highest == Some(LINE_BITS - 1) {
            return Err(damaged("a line with too few quotients"));
        }
        if self.rank + u64::from(count) > self.layout.record_count {
            return Err(damaged("a rank beyond the last record"));
        }
        if count > 0 {
            self.decode_records(&words, count, block)?;
        }
        self.rank += u64::from(count);
        self.line += 1;
        Ok(())
    }

    fn decode_records(&mut self, line: &[u64; 8], count: u32, block: &mut Vec<Streamed>) -> Result<(), Error> {
        let layout = self.layout;
        let (first_bit, last_bit) =
            (self.rank * layout.record_bits, (self.rank + u64::from(count) - 1) * layout.record_bits);
        let from = first_bit / 8;
        let bytes = self.records.at(self.segment, from, (last_bit / 8 - from) as usize + REMAINDER_PADDING)?;
        let decoded = block.len();
        let is_short = layout.record_bits <= WORD_RECORD_BITS;
        let (mask, code_mask) = (low_bits(u128::MAX, layout.record_bits as u32) as u64, (1 << layout.code_bits) - 1);
        each_one(line, |index, at| {
            let bit = first_bit - from * 8 + index * layout.record_bits;
            let (code, remainder) = if is_short {
                let word = u64::from_le_bytes(eight(bytes, (bit / 8) as usize)) >> (bit % 8) & mask;
                ((word & code_mask) as u32, u128::from(word >> layout.code_bits))
            } else {
                let code = read_bits(bytes, bit, layout.code_bits) as u32;
                (code, read_bits(bytes, bit + u64::from(layout.code_bits), layout.remainder_bits))
            };
            let quotient = self.line * layout.k + (at - index);
            block.push(Streamed { digest: layout.digest(quotient, remainder), place: code });
        });
        self.finish_records(block, decoded)
    }

    /// Makes places of the codes of a line that was decoded, and leaves out what lies before the range.
    fn finish_records(&mut self, block: &mut Vec<Streamed>, decoded: usize) -> Result<(), Error> {
        let layout = self.layout;
        for (record, rank) in block[decoded..].iter_mut().zip(self.rank..) {
            if self.before.is_some_and(|before| before >= record.digest) {
                let offset = rank * layout.record_bits / 8;
                return Err(Error::damaged(offset, "remainders that do not ascend").of(Section::Remainders));
            }
            self.before = Some(record.digest);
            if rank == self.escapes.rank {
                if record.place < layout.plain_codes && !layout.has_no_codes {
                    return Err(Error::damaged(0, "an escape of a record that has a code").of(Section::Escapes));
                }
                record.place = self.escapes.take(self.segment)?;
            } else if record.place >= layout.plain_codes && !(layout.has_no_codes && layout.payload_count > 0) {
                return Err(Error::damaged(0, "an escaped record without an escape").of(Section::Escapes));
            }
            if record.place >= layout.payload_count {
                let what = "a payload that the dictionary does not have";
                return Err(Error::damaged(0, what).of(Section::Dictionary));
            }
        }
        if block.get(decoded).is_some_and(|record| record.digest < self.first) {
            let before = block[decoded..].partition_point(|record| record.digest < self.first);
            block.drain(decoded..decoded + before);
        }
        Ok(())
    }
}

/// Calls `each` with the number and the place of every one of a line.
#[inline(always)]
fn each_one(line: &[u64; 8], mut each: impl FnMut(u64, u64)) {
    let mut index = 0;
    for (word, base) in line[1..].iter().zip((0..).step_by(64)) {
        let mut rest = *word;
        while rest != 0 {
            each(index, base + u64::from(rest.trailing_zeros()));
            index += 1;
            rest &= rest - 1;
        }
    }
}

/// Eight bytes from an offset on; zeros behind the end, where the padding makes sure that no record is.
#[inline(always)]
fn eight(bytes: &[u8], at: usize) -> [u8; 8] {
    bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()).copied().unwrap_or_default()
}

/// A part of a section that moves on, chunk by chunk.
struct Window {
    section: Section,
    /// The offset of the first byte that is held.
    begin: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn new(section: Section) -> Window {
        Window { section, begin: 0, bytes: Vec::new() }
    }

    /// Bytes of the section; the offset is never below that of the call before.
    #[inline]
    fn at<D: Data>(&mut self, segment: &Segment<D>, offset: u64, count: usize) -> Result<&[u8], Error> {
        if offset + count as u64 > self.begin + self.bytes.len() as u64 {
            self.fill(segment, offset, offset + count as u64)?;
        }
        Ok(&self.bytes[(offset - self.begin) as usize..][..count])
    }

    #[cold]
    fn fill<D: Data>(&mut self, segment: &Segment<D>, offset: u64, end: u64) -> Result<(), Error> {
        if end > segment.header().extent(self.section).bytes {
            return Err(Error::damaged(offset, "a place behind the end").of(self.section));
        }
        let chunk = CHUNK_BYTES as u64;
        if offset >= self.begin + self.bytes.len() as u64 {
            self.bytes.clear();
            self.begin = offset / chunk * chunk;
        } else {
            self.bytes.drain(..(offset - self.begin) as usize);
            self.begin = offset;
        }
        while self.begin + (self.bytes.len() as u64) < end {
            // What is held ends where a chunk ends.
            segment.append_chunk(self.section, (self.begin + self.bytes.len() as u64) / chunk, &mut self.bytes)?;
        }
        Ok(())
    }
}

/// Section X in the order of its ranks.
struct EscapeStream {
    count: u64,
    /// The next escape, and its rank: beyond all ranks if there is none.
    next: u64,
    rank: u64,
    ranks: Window,
    places: Window,
}

impl EscapeStream {
    fn new() -> EscapeStream {
        let window = || Window::new(Section::Escapes);
        EscapeStream { count: 0, next: 0, rank: u64::MAX, ranks: window(), places: window() }
    }

    /// Stands at the first escape of this rank or above.
    fn begin_at<D: Data>(&mut self, segment: &Segment<D>, rank: u64) -> Result<(), Error> {
        self.count = u64::from_le_bytes(segment.checked(Section::Escapes, 0)?);
        let bytes = self.count.checked_mul(12).and_then(|escapes| escapes.checked_add(8));
        if bytes != Some(segment.header().extent(Section::Escapes).bytes) {
            return Err(Error::damaged(0, "a wrong number of escapes").of(Section::Escapes));
        }
        let (mut low, mut high) = (0, self.count);
        while low < high {
            let middle = low + (high - low) / 2;
            let found = u64::from_le_bytes(segment.checked(Section::Escapes, 8 + middle * 8)?);
            if found < rank { low = middle + 1 } else { high = middle }
        }
        self.stand_at(segment, low)
    }

    fn stand_at<D: Data>(&mut self, segment: &Segment<D>, next: u64) -> Result<(), Error> {
        self.next = next;
        self.rank = u64::MAX;
        if next < self.count {
            self.rank = u64::from_le_bytes(eight(self.ranks.at(segment, 8 + next * 8, 8)?, 0));
        }
        Ok(())
    }

    /// The place of the next escape; the one behind it is the next then.
    fn take<D: Data>(&mut self, segment: &Segment<D>) -> Result<u32, Error> {
        let (rank, mut place) = (self.rank, [0; 4]);
        place.copy_from_slice(self.places.at(segment, 8 + self.count * 8 + self.next * 4, 4)?);
        self.stand_at(segment, self.next + 1)?;
        if self.rank <= rank {
            return Err(Error::damaged(0, "ranks of escapes that do not ascend").of(Section::Escapes));
        }
        Ok(u32::from_le_bytes(place))
    }
}

#[cfg(test)]
mod tests {
    use super::super::payload::Entry;
    use super::super::test_data::{Model, Random, model, payloads, segment, sliced};
    use super::*;

    fn records(segment: &Segment<&[u8]>, first: Digest, last: Digest) -> Result<Vec<(Digest, Entry)>, Error> {
        let mut stream = segment.stream(first, last)?;
        let (mut block, mut all) = (Vec::new(), Vec::new());
        loop {
            stream.next_block(&mut block)?;
            if block.is_empty() {
                return Ok(all);
            }
            let entry = |record: &Streamed| (record.digest, segment.payloads()[record.place as usize].clone());
            all.extend(block.iter().map(entry));
        }
    }

    #[track_caller]
    fn check(bytes: &[u8], model: &Model, first: u128, last: u128, name: &str) {
        let segment = Segment::new(bytes).expect("undamaged");
        let want: Vec<(Digest, Entry)> = match first <= last {
            true => model.range(Digest(first)..=Digest(last)).map(|(digest, entry)| (*digest, entry.clone())).collect(),
            false => Vec::new(),
        };
        assert!(records(&segment, Digest(first), Digest(last)).expect("undamaged") == want, "{name}");
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
                let segment = Segment::new(flipped.as_slice()).expect("the frame is whole");
                let result = records(&segment, Digest(0), Digest(u128::MAX));
                assert!(matches!(result, Err(Error::Damaged { .. })), "{section:?}");
            }
        }
    }
}
