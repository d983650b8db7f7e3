//! Sorts records by their digests in bounded memory: once through memory, and what does not fit once through a file.
//!
//! Digests are uniform, so that they are put apart by their first bits into parts of nearly equal size, and each part is sorted in
//! memory, one after the other. There is nothing to merge. A part has a hundred thousand records, so that it stays in the second
//! cache while it is sorted, as long as there are at most [`PARTS_MAX`] of them, which is up to 10^9 records.
//!
//! Memory: [`BUFFER_BYTES`] for what waits to be written, a few parts, and 48 bytes for every piece of the file, which has 512 records
//! at least up to 10^9 records. Up to so much altogether no file is made. The file has no name, and holds what is left of the digests,
//! and the numbers of payloads ([`super::packing`]). A piece of it is compared with its hash when it is read, and then its room is given
//! back to the disk.

use super::groups::Groups;
use super::packing::{Packer, Packing, unpack};
use crate::digest::{Digest, Width};
use crate::disk::{create_nameless, give_back};
use crate::index::Record;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Memory for records that wait, all parts together.
const BUFFER_BYTES: usize = if cfg!(test) { 1 << 16 } else { 64 << 20 };
/// About so many records are in a part.
const PART_RECORDS: u64 = if cfg!(test) { 256 } else { 1 << 17 };
/// Most groups of a part, whose ends stay in the first cache.
const GROUPS_MAX: u64 = 1 << 12;
/// Most parts.
const PARTS_MAX: u64 = 1 << 13;

/// Records that are put apart.
pub(super) struct Sorter<R> {
    dir: PathBuf,
    width: Width,
    /// First bits of a digest that say its part.
    bits: u32,
    buffers: Vec<Vec<R>>,
    /// Records of a part that wait at most.
    buffer_records: usize,
    pieces: Vec<Vec<Piece>>,
    file: Option<File>,
    bytes: u64,
    packer: Packer<R>,
    packed: Vec<u8>,
}

/// Records of one part in the file.
struct Piece {
    offset: u64,
    bytes: usize,
    packing: Packing,
    hash: u64,
}

impl<R: Record> Sorter<R> {
    /// Nothing yet.
    ///
    /// Input: about how many records will come, at least how many bits say a part, and where a file may lie.
    pub(super) fn new(width: Width, records: u64, bits_min: u32, dir: &Path) -> Sorter<R> {
        let parts = records.div_ceil(PART_RECORDS).next_power_of_two().min(PARTS_MAX);
        let bits = parts.ilog2().max(bits_min);
        let fits = records.saturating_mul(size_of::<R>() as u64) <= BUFFER_BYTES as u64;
        let buffer_records = if fits { usize::MAX } else { ((BUFFER_BYTES / size_of::<R>()) >> bits).max(64) };
        let reserved = if fits { (records >> bits) as usize } else { buffer_records };
        Sorter {
            dir: dir.to_path_buf(),
            width,
            bits,
            buffers: (0..1usize << bits).map(|_| Vec::with_capacity(reserved)).collect(),
            buffer_records,
            pieces: (0..1usize << bits).map(|_| Vec::new()).collect(),
            file: None,
            bytes: 0,
            packer: Packer::new(),
            packed: Vec::new(),
        }
    }

    /// Adds a record.
    ///
    /// # Errors
    /// If the file cannot be made or written.
    #[inline]
    pub(super) fn push(&mut self, digest: Digest, payload: u32) -> io::Result<()> {
        // The shift may be by all 128 bits: of one part, whose number is 0.
        let part = digest.0.checked_shr(self.bits_left()).unwrap_or(0) as usize;
        let buffer = &mut self.buffers[part];
        buffer.push(R::new(digest, payload));
        if buffer.len() >= self.buffer_records { self.write(part) } else { Ok(()) }
    }

    /// Writes what waits of a part.
    #[cold]
    fn write(&mut self, part: usize) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(create_nameless(&self.dir)?);
        }
        let bits_left = self.bits_left();
        let Some(file) = &mut self.file else { return Ok(()) };
        let buffer = &mut self.buffers[part];
        self.packed.clear();
        let packing = self.packer.pack(buffer, bits_left, &mut self.packed);
        file.write_all(&self.packed)?;
        let (offset, bytes, hash) = (self.bytes, self.packed.len(), xxh3_64(&self.packed));
        self.pieces[part].push(Piece { offset, bytes, packing, hash });
        self.bytes += bytes as u64;
        buffer.clear();
        Ok(())
    }

    /// Bits of a digest that its part does not say.
    fn bits_left(&self) -> u32 {
        self.width.bits() - self.bits
    }

    /// How many parts there are.
    pub(super) fn parts(&self) -> usize {
        self.buffers.len()
    }

    /// Records of a part.
    pub(super) fn records(&self, part: usize) -> u64 {
        let written: usize = self.pieces[part].iter().map(|piece| piece.packing.records()).sum();
        (written + self.buffers[part].len()) as u64
    }

    /// The records of a part in ascending order. Their room in the file is given back: a part can be had once.
    ///
    /// # Errors
    /// If the file cannot be read, or has other bytes than were written ([`io::ErrorKind::InvalidData`]).
    pub(super) fn sorted(&self, part: usize) -> io::Result<Vec<R>> {
        let mut records = Vec::with_capacity(self.records(part) as usize);
        let mut bytes = Vec::new();
        let known = Digest((part as u128).checked_shl(self.bits_left()).unwrap_or(0));
        for piece in &self.pieces[part] {
            let Some(file) = &self.file else { break };
            bytes.resize(piece.bytes, 0);
            file.read_exact_at(&mut bytes, piece.offset)?;
            if xxh3_64(&bytes) != piece.hash {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "the disk returned other bytes than were written",
                ));
            }
            unpack(piece.packing, &mut bytes, known, &mut records);
            give_back(file, piece.offset, piece.bytes as u64);
        }
        records.extend_from_slice(&self.buffers[part]);
        Ok(sort(&records, self.bits_left()))
    }
}

/// Records that share all but so many bits of their digests, in ascending order: they are put apart once more by the next bits, into
/// groups of about 32, which are sorted where they stand. Half of what a sort of all of them takes.
fn sort<R: Record>(records: &[R], bits: u32) -> Vec<R> {
    let group_bits = (records.len() as u64 / 32).next_power_of_two().min(GROUPS_MAX).ilog2();
    let mut groups = Groups::new();
    groups.put_apart(records, bits, group_bits.min(bits));
    let (mut sorted, mut begin) = (groups.records, 0);
    for end in groups.ends {
        sorted[begin..end as usize].sort_unstable();
        begin = end as usize;
    }
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::test_data::Random;
    use crate::index::{Narrow, Wide};

    fn check<R: Record>(bits: u8, count: u64, announced: u64, bits_min: u32) -> Sorter<R> {
        let width = Width::new(bits).expect("a width");
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut sorter = Sorter::<R>::new(width, announced, bits_min, dir.path());
        let mut random = Random(count);
        let mut want: Vec<R> = (0..count).map(|n| R::new(random.digest(width), (n % 300) as u32)).collect();
        want.iter().for_each(|record| sorter.push(record.digest(), record.tag()).expect("room"));
        want.sort_unstable();
        let parts = 0..sorter.parts();
        assert_eq!(parts.clone().map(|part| sorter.records(part)).sum::<u64>(), count);
        let sorted: Vec<R> = parts.flat_map(|part| sorter.sorted(part).expect("what was written")).collect();
        assert!(sorted == want, "{bits} bits, {count} records");
        sorter
    }

    #[test]
    fn records_come_back_in_order_from_memory_and_file() {
        assert_eq!(check::<Narrow>(80, 0, 0, 0).parts(), 1);
        // No bit says the part, nor the group: a shift by the whole width.
        for (count, announced) in [(0, 0), (1, 1), (30, 30), (200, 200), (3000, 200)] {
            assert_eq!(check::<Wide>(128, count, announced, 0).parts(), 1);
        }
        assert!(check::<Narrow>(80, 1000, 1000, 0).file.is_none());
        assert!(check::<Narrow>(64, 20_000, 20_000, 3).file.is_some());
        assert!(check::<Wide>(128, 20_000, 20_000, 0).file.is_some());
        assert_eq!(check::<Narrow>(96, 3000, 10, 4).parts(), 16, "more came than was announced");
    }

    #[test]
    fn a_changed_piece_is_an_error() {
        let sorter = check::<Narrow>(80, 20_000, 20_000, 0);
        let file = sorter.file.as_ref().expect("a file");
        let (part, piece) =
            (0..).zip(&sorter.pieces).find_map(|(part, pieces)| Some((part, pieces.first()?))).expect("a piece");
        let mut byte = [0];
        file.read_exact_at(&mut byte, piece.offset + 5).expect("written");
        file.write_all_at(&[byte[0] ^ 1], piece.offset + 5).expect("room");
        assert_eq!(sorter.sorted(part).expect_err("another byte").kind(), io::ErrorKind::InvalidData);
    }
}
