//! Checks of every byte of a segment.

use super::super::data::Data;
use super::super::error::Error;
use super::super::escapes::verify_escapes;
use super::super::format::{CHUNK_BYTES, Extent, FOOTER_BYTES, HEADER_BYTES, Section};
use super::super::geometry::Geometry;
use super::super::lines;
use super::{Segment, read_raw};
use xxhash_rust::xxh3::xxh3_64;

impl<D: Data> Segment<D> {
    /// Goes through bytes of the file in pieces of at most 64 KiB, each with its offset.
    fn each_piece(
        &self,
        begin: u64,
        end: u64,
        mut each: impl FnMut(u64, &[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut at = begin;
        while at < end {
            let piece = read_raw(&self.data, at, (end - at).min(CHUNK_BYTES as u64))?;
            each(at, &piece)?;
            at += piece.len() as u64;
        }
        Ok(())
    }

    /// Checks every byte of the file: the hashes of the section table, the chunks, the zeros between the sections, every
    /// line and every record. One sequential read of the file, and a second one of H and R that finds them in memory.
    ///
    /// # Errors
    /// [`Error::Damaged`] with the first place that is wrong.
    pub fn verify(&self, mut progress: impl FnMut(u64)) -> Result<(), Error> {
        self.verify_section_hashes()?;
        self.verify_gaps()?;
        for section in Section::HASHED {
            let extent = self.header.extent(section);
            for number in 0..extent.bytes.div_ceil(CHUNK_BYTES as u64) {
                // Hashed anew: what was right at the first touch may have rotted since.
                self.hash_chunk(section, number)?;
                progress((extent.bytes - number * CHUNK_BYTES as u64).min(CHUNK_BYTES as u64));
            }
        }
        self.verify_records()
    }

    fn verify_section_hashes(&self) -> Result<(), Error> {
        let hash_of = |from: u64, count: u64| {
            let hashes = &self.hashes[from as usize..(from + count) as usize];
            xxh3_64(&hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect::<Vec<u8>>())
        };
        let mut right = hash_of(0, self.hashes.len() as u64) == self.header.extent(Section::Chunks).hash;
        for (first, section) in self.first_chunks.iter().zip(Section::HASHED) {
            let extent = self.header.extent(section);
            right &= hash_of(*first, extent.bytes.div_ceil(CHUNK_BYTES as u64)) == extent.hash;
        }
        if right { Ok(()) } else { Err(Error::damaged(0, "a hash of the section table fails").of(Section::Chunks)) }
    }

    /// Between header, sections and footer stand zeros, and no section lies on another.
    fn verify_gaps(&self) -> Result<(), Error> {
        let mut extents = self.header.extents;
        extents.sort_by_key(|extent| extent.offset);
        let footer = Extent { offset: self.data.bytes() - FOOTER_BYTES as u64, ..Extent::default() };
        let mut end = HEADER_BYTES as u64;
        for extent in extents.iter().chain([&footer]) {
            if extent.offset < end {
                return Err(Error::damaged(extent.offset, "sections lie on each other"));
            }
            self.each_piece(end, extent.offset, |_, gap| match gap.iter().all(|byte| *byte == 0) {
                true => Ok(()),
                false => Err(Error::damaged(end, "bytes between two sections are not zero")),
            })?;
            end = extent.offset + extent.bytes;
        }
        Ok(())
    }

    fn verify_records(&self) -> Result<(), Error> {
        let escapes = self.section(Section::Escapes)?;
        verify_escapes(&escapes, self.header.records, self.dictionary.entries.len())
            .map_err(|error| error.of(Section::Escapes))?;
        let geometry =
            Geometry { quotient_bits: self.header.quotient_bits, quotients_per_line: self.header.quotients_per_line };
        let mut rank = 0;
        let mut result = Ok(());
        let total = lines::decode(&self.section(Section::Lines)?, geometry, |_, count| {
            if result.is_ok() {
                result = self.verify_quotient(rank, count);
            }
            rank += u64::from(count);
        })
        .map_err(|error| error.of(Section::Lines))?;
        if total != self.header.records {
            return Err(Error::damaged(0, "another number of records than the header says").of(Section::Lines));
        }
        result
    }

    fn verify_quotient(&self, first: u64, count: u32) -> Result<(), Error> {
        let mut last = None;
        for rank in first..(first + u64::from(count)).min(self.header.records) {
            let (remainder, code) = self.record(rank)?;
            if last.is_some_and(|last| last >= remainder) {
                let offset = rank * self.header.record_bits() / 8;
                return Err(Error::damaged(offset, "remainders that do not ascend").of(Section::Remainders));
            }
            last = Some(remainder);
            self.place(rank, code)?;
        }
        Ok(())
    }
}
