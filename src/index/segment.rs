//! Reads a segment: look-ups that trust no byte before its chunk was checked.

mod verify;

use super::bits::read_bits;
use super::coverage::{self, BreachCoverage};
use super::data::{Chunk, Data};
use super::error::Error;
use super::escapes::escaped_place;
use super::format::{
    CHUNK_BYTES, FOOTER_BYTES, HEADER_BYTES, Header, LINE_BYTES, MAGIC, PIECE_BYTES, Section, SegmentId,
};
use super::lines;
use super::payload::{Dictionary, Entry, Meaning};
use super::piece::{Piece, hash_of_pieces, pieces};
use super::writer::{root_hash, segment_id};
use crate::digest::Digest;
use std::borrow::Cow;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use xxhash_rust::xxh3::xxh3_64;

/// Bytes of a record with what a load may read behind it, and before it in its first byte: three times eight, and eight.
const RECORD_BYTES_MAX: usize = 32;

/// An open segment over any bytes: a mapping, a vector, a file that is read.
///
/// Opening reads the header, the chunk table, the dictionary and the coverage: a few kilobytes, and 8 bytes per 64 KiB. A
/// look-up touches one line of H and one or two cache lines of R; the 64 KiB chunk around them is hashed at the first touch
/// by this process, and remembered in a bitmap of one bit per chunk. So a flipped bit is an error, and never an answer.
pub struct Segment<D> {
    data: D,
    header: Header,
    dictionary: Dictionary,
    breaches: Vec<BreachCoverage>,
    /// Section C: the hashes of all chunks.
    hashes: Vec<u64>,
    verified: Vec<AtomicU64>,
    /// Chunks that are not what was written: a digest in a damaged chunk must not cost its hash again.
    refused: Vec<AtomicU64>,
    /// The number of the first chunk of each section of [`Section::HASHED`].
    first_chunks: [u64; 5],
}

impl<D: Data> Segment<D> {
    /// Opens a segment.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Version`] or [`Error::Unread`].
    pub fn new(data: D) -> Result<Segment<D>, Error> {
        let bytes = data.bytes();
        let header = Header::decode(&read_raw(&data, 0, bytes.min(HEADER_BYTES as u64))?, bytes)?;
        let at = bytes - FOOTER_BYTES as u64;
        let table = header.extent(Section::Chunks);
        let table = read_raw(&data, table.offset, table.bytes)?;
        check_footer(&read_raw(&data, at, FOOTER_BYTES as u64)?, at, &table, &header)?;
        let (words, _) = table.as_chunks::<8>();
        let hashes = words.iter().map(|word| u64::from_le_bytes(*word)).collect();
        let mut first_chunks = [0; 5];
        let mut chunks = 0;
        for (first, section) in first_chunks.iter_mut().zip(Section::HASHED) {
            *first = chunks;
            chunks += header.extent(section).bytes.div_ceil(CHUNK_BYTES as u64);
        }
        let bitmap = || (0..chunks.div_ceil(64)).map(|_| AtomicU64::new(0)).collect();
        let (verified, refused) = (bitmap(), bitmap());
        drop(table);
        let (dictionary, breaches) = (Dictionary::default(), Vec::new());
        let mut segment = Segment { data, header, dictionary, breaches, hashes, verified, refused, first_chunks };
        let (code_bits, breaches) = (segment.header.code_bits, segment.header.breaches);
        segment.dictionary = Dictionary::decode(&segment.section(Section::Dictionary)?, code_bits, breaches)
            .map_err(|error| error.of(Section::Dictionary))?;
        segment.breaches = coverage::decode(&segment.section(Section::Coverage)?, breaches)
            .map_err(|error| error.of(Section::Coverage))?;
        Ok(segment)
    }

    /// The decoded header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The identity.
    pub fn id(&self) -> SegmentId {
        self.header.segment_id
    }

    /// The breaches and what the segment covers of each.
    pub fn breaches(&self) -> &[BreachCoverage] {
        &self.breaches
    }

    /// Length of the file in bytes.
    pub fn file_bytes(&self) -> u64 {
        self.data.bytes()
    }

    /// The distinct payloads.
    pub fn payloads(&self) -> &[Entry] {
        &self.dictionary.entries
    }

    /// Forgets what it has of some breaches, named by their numbers: their pairs are in no payload any more, and their counts are
    /// nothing. A digest whose payload is left without a pair was found nowhere.
    pub(super) fn forget(&mut self, goes: impl Fn(u32) -> bool) {
        self.dictionary.entries.iter_mut().for_each(|entry| entry.retain(|(breach, _)| !goes(*breach)));
        for (number, breach) in (0..).zip(&mut self.breaches) {
            if goes(number) {
                breach.counts.clear();
            }
        }
    }

    /// The payloads as they stand in the file, with those that were forgotten.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::Unread`].
    pub fn stored_payloads(&self) -> Result<Vec<Entry>, Error> {
        let bytes = self.section(Section::Dictionary)?;
        let dictionary = Dictionary::decode(&bytes, self.header.code_bits, self.header.breaches);
        Ok(dictionary.map_err(|error| error.of(Section::Dictionary))?.entries)
    }

    /// The exposures of a digest, if the segment has it.
    ///
    /// Output: the place in [`Segment::payloads`]. Cost: about two cache misses; no heap.
    ///
    /// # Errors
    /// [`Error::Damaged`] if a chunk that it needs is not what was written.
    pub fn find(&self, digest: Digest) -> Result<Option<usize>, Error> {
        let Some((rank, code)) = self.locate(digest)? else { return Ok(None) };
        self.place(rank, code).map(Some)
    }

    /// The number of records before a digest, if the segment has it: a number of its own for each. Cost and errors as of
    /// [`Segment::find`].
    ///
    /// # Errors
    /// [`Error::Damaged`] if a chunk that it needs is not what was written.
    pub fn rank(&self, digest: Digest) -> Result<Option<u64>, Error> {
        Ok(self.locate(digest)?.map(|(rank, _)| rank))
    }

    /// Rank and payload code of a digest.
    fn locate(&self, digest: Digest) -> Result<Option<(u64, u32)>, Error> {
        let header = &self.header;
        let remainder_bits = header.remainder_bits();
        if header.slice_bits > 0
            && digest.0 >> (header.width.bits() - u32::from(header.slice_bits)) != u128::from(header.slice)
        {
            return Ok(None);
        }
        let above = digest.0.checked_shr(remainder_bits).unwrap_or(0) as u64;
        let quotient = above & ((1 << header.quotient_bits) - 1);
        let (first, count) = self.ranks(quotient)?;
        let wanted = if remainder_bits >= 128 { digest.0 } else { digest.0 & ((1 << remainder_bits) - 1) };
        for rank in first..first + u64::from(count) {
            let (remainder, code) = self.record(rank)?;
            if remainder == wanted {
                return Ok(Some((rank, code)));
            }
            if remainder > wanted {
                break;
            }
        }
        Ok(None)
    }

    fn ranks(&self, quotient: u64) -> Result<(u64, u32), Error> {
        let k = u64::from(self.header.quotients_per_line);
        let offset = quotient / k * LINE_BYTES as u64;
        let line: [u8; LINE_BYTES] = self.checked(Section::Lines, offset)?;
        let damaged = |what| Error::damaged(offset, what).of(Section::Lines);
        let (first, count) =
            lines::ranks(&line, (quotient % k) as u32).ok_or_else(|| damaged("a line that does not end"))?;
        if first.checked_add(u64::from(count)).is_none_or(|end| end > self.header.records) {
            return Err(damaged("a rank beyond the last record"));
        }
        Ok((first, count))
    }

    /// Remainder and payload code of a record.
    fn record(&self, rank: u64) -> Result<(u128, u32), Error> {
        let bit = rank * self.header.record_bits();
        let at = bit / 8;
        let bytes: [u8; RECORD_BYTES_MAX] = self.checked(Section::Remainders, at)?;
        let code_bits = u32::from(self.header.code_bits);
        let code = read_bits(&bytes, bit % 8, code_bits) as u32;
        let remainder = read_bits_after(&bytes, bit % 8 + u64::from(code_bits), self.header.remainder_bits());
        Ok((remainder, code))
    }

    /// The payload place of a record.
    fn place(&self, rank: u64, code: u32) -> Result<usize, Error> {
        let place = match self.dictionary.meaning(code) {
            Meaning::Place => code,
            Meaning::Escape => {
                let damaged = || Error::damaged(0, "an escaped record without an escape").of(Section::Escapes);
                self.escaped(rank)?.ok_or_else(damaged)?
            }
            // Eight bytes are the number of escapes, which is zero: nothing to search.
            Meaning::PlaceUnlessEscaped if self.header.extent(Section::Escapes).bytes == 8 => code,
            Meaning::PlaceUnlessEscaped => self.escaped(rank)?.unwrap_or(code),
        } as usize;
        if place >= self.dictionary.entries.len() {
            return Err(Error::damaged(0, "a payload that the dictionary does not have").of(Section::Dictionary));
        }
        Ok(place)
    }

    fn escaped(&self, rank: u64) -> Result<Option<u32>, Error> {
        let length = self.header.extent(Section::Escapes).bytes;
        escaped_place(length, |offset| self.checked(Section::Escapes, offset), rank)
            .map_err(|error| error.of(Section::Escapes))
    }

    /// The whole of a section as it stands, unchecked, where the segment is memory.
    #[inline]
    pub(super) fn raw_section(&self, section: Section) -> Option<&[u8]> {
        let extent = self.header.extent(section);
        Some(&self.data.memory()?[extent.offset as usize..(extent.offset + extent.bytes) as usize])
    }

    /// How many chunks of a segment that is memory were looked at and checked.
    pub fn checked_chunks(&self) -> u64 {
        self.verified.iter().map(|word| u64::from(word.load(Relaxed).count_ones())).sum()
    }

    /// Which chunks of a section were checked.
    pub(super) fn chunks_checked(&self, section: Section) -> CheckedChunks<'_> {
        CheckedChunks { bitmap: &self.verified, first: self.first_chunks[section.place()] as usize }
    }

    /// Payload codes below this are places in the dictionary, without a look into section X.
    pub(super) fn plain_codes(&self) -> u32 {
        let entries = self.dictionary.entries.len() as u32;
        match (self.header.code_bits, self.header.extent(Section::Escapes).bytes) {
            (0, 8) => entries.min(1),
            (0, _) => 0,
            (bits, _) => entries.min(((1u64 << bits) - 1) as u32),
        }
    }

    /// The whole of a section, checked.
    fn section(&self, section: Section) -> Result<Cow<'_, [u8]>, Error> {
        if let Some(bytes) = self.raw_section(section) {
            self.check_chunks(section, 0, bytes.len() as u64)?;
            return Ok(Cow::Borrowed(bytes));
        }
        let extent = self.header.extent(section);
        let bytes = read_raw(&self.data, extent.offset, extent.bytes)?;
        for (number, chunk) in (0..).zip(bytes.chunks(CHUNK_BYTES)) {
            self.compare_chunk(section, number, chunk)?;
        }
        Ok(bytes)
    }

    /// Bytes of a section from an offset on, after the chunks around them were checked; zeros behind its end.
    #[inline]
    pub(super) fn checked<const N: usize>(&self, section: Section, offset: u64) -> Result<[u8; N], Error> {
        let extent = self.header.extent(section);
        let wanted = extent.bytes.checked_sub(offset).ok_or_else(|| Error::damaged(offset, "a place behind the end"));
        let wanted = wanted.map_err(|error| error.of(section))?.min(N as u64);
        let mut out = [0; N];
        if let Some(bytes) = self.raw_section(section) {
            self.check_chunks(section, offset, wanted)?;
            out[..wanted as usize].copy_from_slice(&bytes[offset as usize..(offset + wanted) as usize]);
        } else {
            self.copy_chunks(section, offset, &mut out[..wanted as usize])?;
        }
        Ok(out)
    }

    /// Copies bytes out of the one or two chunks that they lie in.
    fn copy_chunks(&self, section: Section, offset: u64, mut out: &mut [u8]) -> Result<(), Error> {
        let (mut number, mut from) = (offset / CHUNK_BYTES as u64, offset as usize % CHUNK_BYTES);
        while !out.is_empty() {
            let chunk = self.chunk(section, number);
            let (head, rest) = out.split_at_mut(out.len().min(chunk.bytes - from));
            self.data.copy_checked(chunk, &|bytes| self.compare_chunk(section, number, bytes), from, head)?;
            (number, from, out) = (number + 1, 0, rest);
        }
        Ok(())
    }

    /// Where a chunk of a section lies in the file.
    fn chunk(&self, section: Section, number: u64) -> Chunk {
        let extent = self.header.extent(section);
        let begin = number * CHUNK_BYTES as u64;
        Chunk { offset: extent.offset + begin, bytes: (extent.bytes - begin).min(CHUNK_BYTES as u64) as usize }
    }

    /// Hashes the chunks around some bytes of memory at their first touch.
    #[inline]
    fn check_chunks(&self, section: Section, offset: u64, bytes: u64) -> Result<(), Error> {
        let chunk = CHUNK_BYTES as u64;
        for number in offset / chunk..(offset + bytes).div_ceil(chunk) {
            let place = self.first_chunks[section.place()] + number;
            let (word, bit) = (&self.verified[(place / 64) as usize], 1 << (place % 64));
            if word.load(Relaxed) & bit == 0 {
                let refused = &self.refused[(place / 64) as usize];
                if refused.load(Relaxed) & bit != 0 {
                    return Err(self.damage_of(section, number));
                }
                let result = self.hash_chunk(section, number);
                let bitmap = if result.is_ok() { word } else { refused };
                bitmap.fetch_or(bit, Relaxed);
                result?;
            }
        }
        Ok(())
    }

    /// Reads a chunk and hashes it; says its length.
    #[cold]
    pub(super) fn hash_chunk(&self, section: Section, number: u64) -> Result<usize, Error> {
        let chunk = self.chunk(section, number);
        self.compare_chunk(section, number, &read_raw(&self.data, chunk.offset, chunk.bytes as u64)?)?;
        Ok(chunk.bytes)
    }

    /// Reads a chunk past any cache, compares it with its hash, and puts it behind other bytes: for one pass over all of them.
    /// Says its length.
    pub(super) fn append_chunk(&self, section: Section, number: u64, bytes: &mut Vec<u8>) -> Result<usize, Error> {
        let (chunk, before) = (self.chunk(section, number), bytes.len());
        bytes.resize(before + chunk.bytes, 0);
        self.data.copy(chunk.offset, &mut bytes[before..]).map_err(|cause| Error::unread(chunk.offset, cause))?;
        self.compare_chunk(section, number, &bytes[before..])?;
        Ok(chunk.bytes)
    }

    /// Compares the bytes of a chunk with its hash.
    fn compare_chunk(&self, section: Section, number: u64, bytes: &[u8]) -> Result<(), Error> {
        if xxh3_64(bytes) != self.hashes[(self.first_chunks[section.place()] + number) as usize] {
            return Err(self.damage_of(section, number));
        }
        Ok(())
    }

    fn damage_of(&self, section: Section, number: u64) -> Error {
        Error::damaged(self.chunk(section, number).offset, "a chunk is not what was written").of(section)
    }

    /// The hash of the whole file, by SHA-256 ([`hash_of_pieces`]): unlike the chunk hashes, nobody can make another file that
    /// has it.
    ///
    /// Cost: one sequential read of the file, at 0.3 to 2 GB/s.
    ///
    /// # Errors
    /// [`Error::Unread`].
    pub(super) fn pieces_sha256(&self) -> Result<[u8; 32], Error> {
        let bytes = self.data.bytes();
        let read = |number| {
            let piece = Piece::read(number, bytes, |offset, bytes| self.data.copy(offset, bytes));
            piece.map(|piece| piece.sha256).map_err(|cause| Error::unread(number * PIECE_BYTES, cause))
        };
        Ok(hash_of_pieces((0..pieces(bytes)).map(read).collect::<Result<Vec<_>, _>>()?))
    }
}

/// The chunks of a section that were checked, as a bitmap that other threads may add to.
pub(super) struct CheckedChunks<'a> {
    bitmap: &'a [AtomicU64],
    first: usize,
}

impl CheckedChunks<'_> {
    /// Whether the chunk around a byte of the section is one of them.
    #[inline(always)]
    pub(super) fn contain(&self, offset: usize) -> bool {
        let chunk = self.first + offset / CHUNK_BYTES;
        self.bitmap.get(chunk / 64).is_some_and(|word| word.load(Relaxed) >> (chunk % 64) & 1 == 1)
    }
}

/// Bytes of a file as they stand: borrowed from memory, or read.
fn read_raw<D: Data>(data: &D, offset: u64, bytes: u64) -> Result<Cow<'_, [u8]>, Error> {
    if let Some(memory) = data.memory() {
        let end = offset.checked_add(bytes).filter(|end| *end <= memory.len() as u64);
        let end = end.ok_or_else(|| Error::unread(offset, std::io::ErrorKind::UnexpectedEof.into()))?;
        return Ok(Cow::Borrowed(&memory[offset as usize..end as usize]));
    }
    let mut buffer = vec![0; bytes as usize];
    data.copy(offset, &mut buffer).map_err(|cause| Error::unread(offset, cause))?;
    Ok(Cow::Owned(buffer))
}

/// As [`read_bits`], for an offset that may lie behind the first byte.
fn read_bits_after(bytes: &[u8], offset: u64, bits: u32) -> u128 {
    let skip = (offset / 8) as usize;
    read_bits(&bytes[skip..], offset % 8, bits)
}

/// Whether a footer that stands at `at` is that of this header and chunk table.
pub(super) fn check_footer(footer: &[u8], at: u64, chunks: &[u8], header: &Header) -> Result<(), Error> {
    let damaged = |what| Err(Error::damaged(at, what));
    if footer[40..48] != MAGIC || footer[32..40] != (at + FOOTER_BYTES as u64).to_le_bytes() {
        return damaged("the file does not end like a segment of this length");
    }
    let root = root_hash(header, chunks);
    if footer[..32] != root || segment_id(&root) != header.segment_id {
        return damaged("the root hash fails");
    }
    Ok(())
}

/// Prints the identity and the size.
impl<D> std::fmt::Debug for Segment<D> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Segment({}, {} records)", self.header.segment_id, self.header.records)
    }
}
