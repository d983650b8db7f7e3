//! Reads a written segment again, in full, before anything names it.
//!
//! The file is read in pieces, not mapped: pages of a mapping count as memory of the process, and the memory of an ingest is
//! promised. Every chunk must have the hash that stands in the chunk table, the table and the header that of the footer,
//! and the footer the identity that the writer computed from what it meant to write. So the file is what was written, bit
//! for bit; that it also says what it should is the business of the writer's tests and of `leakdex verify`. The hash for
//! the manifest comes out of the same pass.
//!
//! Most of a large file was read again while it grew ([`super::chase`]), and its hashes come from there.
//!
//! The kernel was asked to forget the pages. Where it has not, this finds faults of memory and of the program for certain,
//! and those of the disk only once the pages have left the cache.

use super::chase::Chased;
use super::directory::open_regular;
use super::error::Error;
use super::format::{CHUNK_BYTES, FOOTER_BYTES, HEADER_BYTES, Header, PIECE_BYTES, SECTION_ALIGNMENT, Section};
use super::piece::{Piece, hash_of_pieces, pieces};
use super::segment::check_footer;
use super::writer::SegmentSummary;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

// Chunks begin at multiples of their size from the beginning of the file too.
const _: () = assert!(SECTION_ALIGNMENT.is_multiple_of(CHUNK_BYTES as u64));

/// Reads a segment again.
///
/// Input: the pieces that were read from the disk already.
/// Output: its header, and the hash of the file ([`hash_of_pieces`]). Cost: one sequential read of the others, at 1 GB/s and
/// more; 256 KiB of memory, and 8 bytes for each 64 KiB of the file.
///
/// # Errors
/// [`Error::Damaged`] if the disk returned other bytes than were written.
pub(super) fn read_back(
    path: &Path,
    summary: &SegmentSummary,
    mut chased: Chased,
) -> Result<(Header, [u8; 32]), Error> {
    let file = open_regular(path).map_err(Error::io("reading", path))?;
    let header = read_frame(&file, summary).map_err(|error| error.at(path))?;
    let table = read_at(&file, header.extent(Section::Chunks).offset, header.extent(Section::Chunks).bytes)
        .map_err(Error::io("reading", path))?;
    let mut sections: Vec<(u64, u64, &[u8])> = Vec::new();
    let mut rest = table.as_slice();
    for section in Section::HASHED {
        let extent = header.extent(section);
        let (hashes, others) = rest.split_at(extent.bytes.div_ceil(CHUNK_BYTES as u64) as usize * 8);
        sections.push((extent.offset, extent.bytes, hashes));
        rest = others;
    }
    let mut hashes = Vec::new();
    for number in 0..pieces(summary.bytes) {
        let read = || Piece::read(number, summary.bytes, |offset, bytes| file.read_exact_at(bytes, offset));
        let piece = chased.piece(number).map_or_else(read, Ok).map_err(Error::io("reading", path))?;
        for (offset, hash) in (number * PIECE_BYTES..).step_by(CHUNK_BYTES).zip(&piece.chunks) {
            if !is_right(&file, *hash, offset, &sections).map_err(Error::io("reading", path))? {
                return Err(Error::damaged(offset, "the disk returned other bytes than were written").at(path));
            }
        }
        hashes.push(piece.sha256);
    }
    Ok((header, hash_of_pieces(hashes)))
}

/// Whether the 64 KiB at an offset, which have this hash, begin with what was written there, if they are a chunk.
fn is_right(file: &File, hash: u64, offset: u64, sections: &[(u64, u64, &[u8])]) -> io::Result<bool> {
    let inside = |(begin, length, _): &&(u64, u64, &[u8])| (*begin..*begin + *length).contains(&offset);
    let Some((begin, length, hashes)) = sections.iter().find(inside) else { return Ok(true) };
    let number = ((offset - begin) / CHUNK_BYTES as u64) as usize;
    let wanted = &hashes[number * 8..][..8];
    let length = (begin + length - offset).min(CHUNK_BYTES as u64);
    // The last chunk of a section is shorter than what was hashed around it.
    let hash = if length == CHUNK_BYTES as u64 { hash } else { xxh3_64(&read_at(file, offset, length)?) };
    Ok(hash.to_le_bytes() == *wanted)
}

/// Header, chunk table and footer agree with each other and with what was written.
fn read_frame(file: &File, summary: &SegmentSummary) -> Result<Header, Error> {
    let other = || Error::damaged(0, "the disk returned other bytes than were written");
    let read = |offset: u64, bytes: u64| read_at(file, offset, bytes).map_err(|_| other());
    let bytes = file.metadata().map_err(|_| other())?.len();
    if bytes != summary.bytes {
        return Err(other());
    }
    let header = Header::decode(&read(0, HEADER_BYTES as u64)?, bytes)?;
    let extent = header.extent(Section::Chunks);
    let chunks = read(extent.offset, extent.bytes)?;
    let at = bytes - FOOTER_BYTES as u64;
    check_footer(&read(at, FOOTER_BYTES as u64)?, at, &chunks, &header)?;
    if header.segment_id != summary.id { Err(other()) } else { Ok(header) }
}

fn read_at(file: &File, offset: u64, bytes: u64) -> io::Result<Vec<u8>> {
    let mut buffer = vec![0; bytes as usize];
    file.read_exact_at(&mut buffer, offset)?;
    Ok(buffer)
}
