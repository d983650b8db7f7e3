//! Section X: the payloads of records that have no code of their own.
//!
//! There are few of them in any dump that people make: a set of data classes has a code unless it is rarer than the cost of
//! the bits. A dump that somebody makes to do harm can have a set of its own in a quarter of all records. So, while a
//! segment is written, at most [`HELD_MAX`] escapes lie in memory, one megabyte, and the others in a nameless file of 12
//! bytes each, which is read twice at the end: once for the ranks and once for the places.

use super::error::Error;
use super::payload::Fields;
use crate::disk::create_nameless;
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Escapes in memory, at 16 bytes, if there is a directory for more.
const HELD_MAX: usize = 1 << 16;
/// A rank and a place in the file.
const SPILLED_BYTES: usize = 12;
/// Read back and handed on at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Section X while it is written: rank and dictionary place of every record without a code.
#[derive(Default)]
pub(super) struct Escapes {
    held: Vec<(u64, u32)>,
    count: u64,
    dir: Option<PathBuf>,
    spilled: Option<File>,
}

impl Escapes {
    /// Allows a nameless file in a directory.
    pub(super) fn spill_into(&mut self, dir: &Path) {
        self.dir = Some(dir.to_path_buf());
    }

    /// Adds a record whose rank is above the last one.
    pub(super) fn push(&mut self, rank: u64, place: u32) -> io::Result<()> {
        if self.held.len() == HELD_MAX && self.dir.is_some() {
            self.spill()?;
        }
        self.held.push((rank, place));
        self.count += 1;
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        if let (None, Some(dir)) = (&self.spilled, &self.dir) {
            self.spilled = Some(create_nameless(dir)?);
        }
        if let Some(file) = &mut self.spilled {
            let mut bytes = Vec::with_capacity(self.held.len() * SPILLED_BYTES);
            for (rank, place) in self.held.drain(..) {
                bytes.extend(rank.to_le_bytes());
                bytes.extend(place.to_le_bytes());
            }
            file.write_all(&bytes)?;
        }
        Ok(())
    }

    /// Hands on the bytes of the section: the number, all ranks, all places.
    pub(super) fn write_to(mut self, mut out: impl FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        out(&self.count.to_le_bytes())?;
        self.each(|rank, _, bytes| bytes.extend(rank.to_le_bytes()), &mut out)?;
        self.each(|_, place, bytes| bytes.extend(place.to_le_bytes()), &mut out)
    }

    /// Encodes one half of every escape and hands it on in pieces.
    fn each(
        &mut self,
        encode: impl Fn(u64, u32, &mut Vec<u8>),
        out: &mut impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(BUFFER_BYTES + size_of::<u64>());
        let mut add = |rank: u64, place: u32| {
            encode(rank, place, &mut bytes);
            if bytes.len() >= BUFFER_BYTES {
                out(&bytes)?;
                bytes.clear();
            }
            Ok::<(), io::Error>(())
        };
        if let Some(file) = &mut self.spilled {
            file.seek(SeekFrom::Start(0))?;
            let mut spilled = BufReader::with_capacity(BUFFER_BYTES, file);
            for _ in 0..self.count - self.held.len() as u64 {
                let (mut rank, mut place) = ([0; 8], [0; 4]);
                spilled.read_exact(&mut rank)?;
                spilled.read_exact(&mut place)?;
                add(u64::from_le_bytes(rank), u32::from_le_bytes(place))?;
            }
        }
        self.held.iter().try_for_each(|(rank, place)| add(*rank, *place))?;
        out(&bytes)
    }
}

/// The dictionary place of a record that section X names, by binary search.
///
/// Input: the length of the section, and a function that gives its eight bytes from an offset on, zeros behind its end.
/// Only what the search touches is read: the section of a merged index can have millions of escapes.
pub(super) fn escaped_place(
    length: u64,
    read: impl Fn(u64) -> Result<[u8; 8], Error>,
    rank: u64,
) -> Result<Option<u32>, Error> {
    let u64_at = |offset: u64| read(offset).map(u64::from_le_bytes);
    let count = u64_at(0)?;
    if count.checked_mul(12).and_then(|escapes| escapes.checked_add(8)) != Some(length) {
        return Err(Error::damaged(0, "a wrong number of escapes"));
    }
    let rank_at = |i: u64| u64_at(8 + i * 8);
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if rank_at(middle)? < rank { low = middle + 1 } else { high = middle }
    }
    if low == count || rank_at(low)? != rank {
        return Ok(None);
    }
    Ok(Some(u64_at(8 + count * 8 + low * 4)? as u32))
}

/// Whether ranks ascend below the number of records, and every place is one of the dictionary's.
pub(super) fn verify_escapes(bytes: &[u8], records: u64, entries: usize) -> Result<(), Error> {
    let count = bytes.len().saturating_sub(8) / 12;
    let mut fields = Fields { bytes, at: 0 };
    if u64::from_le_bytes(fields.take()?) != count as u64 {
        return Err(Error::damaged(0, "a wrong number of escapes"));
    }
    let mut rank_min = 0;
    for _ in 0..count {
        let rank = u64::from_le_bytes(fields.take()?);
        if rank < rank_min || rank >= records {
            return Err(Error::damaged(fields.at as u64, "ranks of escapes that do not ascend"));
        }
        rank_min = rank + 1;
    }
    for _ in 0..count {
        if u32::from_le_bytes(fields.take()?) as usize >= entries {
            return Err(Error::damaged(fields.at as u64, "a payload that the dictionary does not have"));
        }
    }
    fields.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(escapes: &[(u64, u32)], dir: Option<&Path>) -> (Vec<u8>, bool) {
        let mut section = Escapes::default();
        if let Some(dir) = dir {
            section.spill_into(dir);
        }
        for (rank, place) in escapes {
            section.push(*rank, *place).expect("room");
        }
        let (spilled, mut bytes) = (section.spilled.is_some(), Vec::new());
        section
            .write_to(|part| {
                bytes.extend_from_slice(part);
                Ok(())
            })
            .expect("memory takes everything");
        (bytes, spilled)
    }

    fn find(bytes: &[u8], rank: u64) -> Option<u32> {
        let read = |at: u64| {
            let mut field = [0; 8];
            field.iter_mut().zip(&bytes[at as usize..]).for_each(|(field, byte)| *field = *byte);
            Ok(field)
        };
        escaped_place(bytes.len() as u64, read, rank).expect("undamaged")
    }

    #[test]
    fn escapes_are_found_by_rank() {
        let (bytes, _) = encoded(&[(3, 7), (10, 8), (11, 9)], None);
        assert_eq!(find(&bytes, 10), Some(8));
        assert_eq!(find(&bytes, 11), Some(9));
        assert_eq!(find(&bytes, 4), None);
        verify_escapes(&bytes, 12, 10).expect("undamaged");
    }

    #[test]
    fn escapes_on_disk_are_the_same_section() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        for count in [0, 1, HELD_MAX, HELD_MAX + 1, 3 * HELD_MAX + 17] {
            let escapes: Vec<(u64, u32)> = (0..count as u64).map(|i| (i * 3, i as u32 % 1000)).collect();
            let (in_memory, _) = encoded(&escapes, None);
            let (on_disk, spilled) = encoded(&escapes, Some(dir.path()));
            assert!(in_memory == on_disk, "{count} escapes");
            assert_eq!(spilled, count > HELD_MAX, "{count} escapes");
            assert_eq!(in_memory.len(), 8 + 12 * count);
            verify_escapes(&on_disk, 3 * count as u64, 1000).expect("undamaged");
        }
    }

    #[test]
    fn a_directory_that_takes_no_file_is_an_error() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut section = Escapes::default();
        section.spill_into(&dir.path().join("absent"));
        let pushed = (0..=HELD_MAX as u64).try_for_each(|rank| section.push(rank, 0));
        assert_eq!(pushed.expect_err("no directory").kind(), io::ErrorKind::NotFound);
    }
}
