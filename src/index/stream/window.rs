//! Parts of a section in ascending order, each checked before it is shown.

use super::super::data::Data;
use super::super::error::Error;
use super::super::format::{CHUNK_BYTES, Section};
use super::super::segment::Segment;
use super::super::simd::prefetch;
use super::line::load;

/// Bytes that come together.
const CACHE_LINE: usize = 64;

/// A part of a section that moves on, chunk by chunk.
///
/// Where the segment is memory its bytes stay where they are, and are hashed there; else a chunk is read into a buffer. Either
/// way what is shown was hashed in this pass.
pub(super) struct Window<'a> {
    section: Section,
    /// The section where it is memory.
    memory: Option<&'a [u8]>,
    /// The bytes that were read, otherwise.
    buffer: Vec<u8>,
    /// The offset of the first byte of the buffer.
    begin: u64,
    /// What lies between the beginning and this offset was hashed; it is the end of a chunk.
    end: u64,
}

impl<'a> Window<'a> {
    pub(super) fn new<D: Data>(segment: &'a Segment<D>, section: Section) -> Window<'a> {
        Window { section, memory: segment.raw_section(section), buffer: Vec::new(), begin: 0, end: 0 }
    }

    /// Bytes of the section; the offset is never below that of the call before.
    #[inline(always)]
    pub(super) fn at<D: Data>(&mut self, segment: &Segment<D>, offset: u64, count: usize) -> Result<&[u8], Error> {
        if offset + count as u64 > self.end {
            self.fill(segment, offset, offset + count as u64)?;
        }
        match self.memory {
            Some(memory) => Ok(&memory[offset as usize..][..count]),
            None => Ok(&self.buffer[(offset - self.begin) as usize..][..count]),
        }
    }

    /// Asks for the bytes a chunk behind some: where they are memory, they come while others are decoded.
    #[inline(always)]
    pub(super) fn ask_ahead(&self, offset: u64, count: usize) {
        if let Some(memory) = self.memory {
            let begin = offset as usize + CHUNK_BYTES;
            (begin..begin + count).step_by(CACHE_LINE).for_each(|at| prefetch(memory, at));
        }
    }

    /// A number of the section.
    pub(super) fn number<D: Data>(&mut self, segment: &Segment<D>, offset: u64) -> Result<u64, Error> {
        self.at(segment, offset, 8).map(|bytes| u64::from_le_bytes(load(bytes, 0)))
    }

    #[cold]
    #[inline(never)]
    fn fill<D: Data>(&mut self, segment: &Segment<D>, offset: u64, end: u64) -> Result<(), Error> {
        if end > segment.header().extent(self.section).bytes {
            return Err(Error::damaged(offset, "a place behind the end").of(self.section));
        }
        let chunk = CHUNK_BYTES as u64;
        if offset >= self.end {
            self.buffer.clear();
            self.begin = offset / chunk * chunk;
            self.end = self.begin;
        } else if self.memory.is_none() {
            self.buffer.drain(..(offset - self.begin) as usize);
            self.begin = offset;
        }
        while self.end < end {
            self.end += match self.memory {
                Some(_) => segment.hash_chunk(self.section, self.end / chunk)?,
                None => segment.append_chunk(self.section, self.end / chunk, &mut self.buffer)?,
            } as u64;
        }
        Ok(())
    }
}

/// Section X in the order of its ranks.
pub(super) struct Escapes<'a> {
    count: u64,
    /// The next escape, and its rank: beyond all ranks if there is none.
    next: u64,
    pub(super) rank: u64,
    ranks: Window<'a>,
    places: Window<'a>,
}

impl<'a> Escapes<'a> {
    pub(super) fn new<D: Data>(segment: &'a Segment<D>) -> Escapes<'a> {
        let window = || Window::new(segment, Section::Escapes);
        Escapes { count: 0, next: 0, rank: u64::MAX, ranks: window(), places: window() }
    }

    /// Stands at the first escape of this rank or above.
    pub(super) fn begin_at<D: Data>(&mut self, segment: &Segment<D>, rank: u64) -> Result<(), Error> {
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
            self.rank = self.ranks.number(segment, 8 + next * 8)?;
        }
        Ok(())
    }

    /// The place of the next escape; the one behind it is the next then.
    pub(super) fn take<D: Data>(&mut self, segment: &Segment<D>) -> Result<u32, Error> {
        let (rank, offset) = (self.rank, 8 + self.count * 8 + self.next * 4);
        let place = u32::from_le_bytes(load(self.places.at(segment, offset, 4)?, 0));
        self.stand_at(segment, self.next + 1)?;
        if self.rank <= rank {
            return Err(Error::damaged(0, "ranks of escapes that do not ascend").of(Section::Escapes));
        }
        Ok(place)
    }
}
