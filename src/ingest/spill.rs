//! Keeps the records of an ingest in a fixed amount of memory: what does not fit goes to a temporary file.
//!
//! Digests are uniform, so an external sort needs no merge phase. Records are put apart by the top 8 bits of their digest
//! into 256 partitions of nearly equal size; each partition is read, sorted in memory and written to the segment, one
//! after the other. That is one write and one read of 16 bytes per record, and none if all of them fit.
//!
//! # Memory
//!
//! One array of pages, fresh from the operating system, which gives memory only to pages that are used. A partition is a
//! list of pages. When none is free all partitions are written to the file, and their pages are free again. A page in the
//! file is known by offset, length and XXH3; 24 bytes for every 64 KiB, 0.04 %.
//!
//! # The file
//!
//! It has no name: a crash, a full disk or a kill leaves nothing behind, and nobody else can open it. It holds digests and
//! tag numbers, never a value. Every page is checked when it is read.
//!
//! # Equal digests
//!
//! A hostile or odd dump repeats one value a billion times, and all of it falls into one partition. A partition far above
//! the others is combined page by page before it is written: records with the same digest become one, with their number.

use super::Error;
use super::record::{Record, Tags};
use crate::digest::{Digest, Width};
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use xxhash_rust::xxh3::xxh3_64;

/// Top bits of a digest that say its partition.
pub(super) const PARTITION_BITS: u32 = 8;
/// Number of partitions.
pub(super) const PARTITIONS: usize = 1 << PARTITION_BITS;
/// Bytes of a page: large enough for the disk, small enough that 256 unfinished ones are little.
const PAGE_BYTES: usize = 64 << 10;
/// A partition this many times above the mean has repeated digests.
const SKEW: u64 = 4;

/// The partition of a digest.
pub(super) fn partition(digest: Digest, width: Width) -> usize {
    (digest.0 >> (width.bits() - PARTITION_BITS)) as usize
}

/// An inclusive range of digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Range {
    pub first: Digest,
    pub last: Digest,
}

/// All records of an ingest, by partition.
pub(super) struct Store<R> {
    width: Width,
    arena: Vec<R>,
    free: Vec<u32>,
    partitions: Vec<Partition>,
    temp_dir: PathBuf,
    file: Option<Spill>,
    records: u64,
}

#[derive(Default)]
struct Partition {
    /// Pages in memory; all but the last are full.
    pages: Vec<u32>,
    /// Records in the last page.
    last: usize,
    extents: Vec<Extent>,
    /// Records in memory and in the file.
    records: u64,
}

/// A page in the file.
#[derive(Clone, Copy)]
struct Extent {
    offset: u64,
    records: u32,
    hash: u64,
}

struct Spill {
    file: File,
    bytes: u64,
}

/// Records in a page.
fn page_records<R: Record>() -> usize {
    PAGE_BYTES / size_of::<R>()
}

impl<R: Record> Store<R> {
    /// A store of at most `bytes` bytes of memory, which spills into a file in `temp_dir`.
    pub(super) fn new(width: Width, bytes: usize, temp_dir: &Path) -> Store<R> {
        // Every partition has an unfinished page.
        let pages = (bytes / PAGE_BYTES).max(PARTITIONS + 1);
        Store {
            width,
            arena: R::zeros(pages * page_records::<R>()),
            free: (0..pages as u32).rev().collect(),
            partitions: (0..PARTITIONS).map(|_| Partition::default()).collect(),
            temp_dir: temp_dir.to_path_buf(),
            file: None,
            records: 0,
        }
    }

    /// Records added, before equal digests were combined.
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// Records in a partition.
    pub(super) fn partition_records(&self, partition: usize) -> u64 {
        self.partitions[partition].records
    }

    /// Bytes of memory in use.
    pub(super) fn memory_bytes(&self) -> usize {
        let pages: usize = self.partitions.iter().map(|partition| partition.pages.len()).sum();
        pages * PAGE_BYTES
    }

    /// Whether some records are in the file.
    pub(super) fn has_spilled(&self) -> bool {
        self.file.is_some()
    }

    /// Adds records that lie one partition after the other; partition `p` ends before `ends[p]`.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn add(&mut self, records: &[R], ends: &[usize; PARTITIONS], tags: &Tags) -> Result<(), Error> {
        let mut begin = 0;
        for (partition, end) in ends.iter().enumerate() {
            self.add_to(partition, &records[begin..*end], tags)?;
            begin = *end;
        }
        self.records += records.len() as u64;
        Ok(())
    }

    fn add_to(&mut self, partition: usize, mut records: &[R], tags: &Tags) -> Result<(), Error> {
        while !records.is_empty() {
            let target = &mut self.partitions[partition];
            if target.pages.is_empty() || target.last == page_records::<R>() {
                let Some(page) = self.free.pop() else {
                    self.make_room(tags)?;
                    continue;
                };
                target.pages.push(page);
                target.last = 0;
            }
            let page = target.pages[target.pages.len() - 1] as usize * page_records::<R>();
            let count = records.len().min(page_records::<R>() - target.last);
            self.arena[page + target.last..][..count].copy_from_slice(&records[..count]);
            target.last += count;
            target.records += count as u64;
            records = &records[count..];
        }
        Ok(())
    }

    /// Frees pages: by combining where that gives half of them back, else by writing all to the file.
    fn make_room(&mut self, tags: &Tags) -> Result<(), Error> {
        self.combine_skewed(tags)?;
        let pages = self.arena.len() / page_records::<R>();
        if self.free.len() * 2 >= pages { Ok(()) } else { self.write_pages() }
    }

    /// Writes everything in memory to the file, and gives the memory back.
    ///
    /// # Errors
    /// If the file cannot be made or written.
    pub(super) fn spill_all(&mut self, tags: &Tags) -> Result<(), Error> {
        self.combine_skewed(tags)?;
        self.write_pages()?;
        self.arena = Vec::new();
        Ok(())
    }

    fn write_pages(&mut self) -> Result<(), Error> {
        let failed = |cause| Error::Spill { dir: self.temp_dir.clone(), cause };
        let mut spill = match self.file.take() {
            Some(spill) => spill,
            None => Spill { file: tempfile::tempfile_in(&self.temp_dir).map_err(failed)?, bytes: 0 },
        };
        let mut bytes = vec![0; page_records::<R>() * R::BYTES];
        for partition in &mut self.partitions {
            for (i, page) in partition.pages.iter().enumerate() {
                let full = i + 1 < partition.pages.len();
                let count = if full { page_records::<R>() } else { partition.last };
                let records = &self.arena[*page as usize * page_records::<R>()..][..count];
                partition.extents.push(spill.write(records, &mut bytes).map_err(failed)?);
            }
            self.free.append(&mut partition.pages);
        }
        self.file = Some(spill);
        Ok(())
    }

    /// Combines the partitions that are far above the mean.
    ///
    /// # Errors
    /// If the records have too many sets of data classes.
    pub(super) fn combine_skewed(&mut self, tags: &Tags) -> Result<(), Error> {
        let in_memory = |partition: &Partition| match partition.pages.len() {
            0 => 0,
            pages => ((pages - 1) * page_records::<R>() + partition.last) as u64,
        };
        let mean = self.partitions.iter().map(in_memory).sum::<u64>() / PARTITIONS as u64;
        for number in 0..PARTITIONS {
            let mine = in_memory(&self.partitions[number]);
            if mine > SKEW * mean && mine > page_records::<R>() as u64 {
                self.combine(number, tags)?;
            }
        }
        Ok(())
    }

    /// Combines the equal digests in each page of a partition, and moves what is left together.
    fn combine(&mut self, number: usize, tags: &Tags) -> Result<(), Error> {
        let partition = &mut self.partitions[number];
        let pages = std::mem::take(&mut partition.pages);
        let last = std::mem::take(&mut partition.last);
        let mut kept: Vec<u32> = Vec::new();
        let (mut to, mut used) = (0, page_records::<R>());
        for (i, page) in pages.iter().enumerate() {
            let begin = *page as usize * page_records::<R>();
            let count = if i + 1 < pages.len() { page_records::<R>() } else { last };
            let left = tags.combine(&mut self.arena[begin..begin + count])?;
            partition.records -= (count - left) as u64;
            for record in begin..begin + left {
                if used == page_records::<R>() {
                    // Never ahead of what is read: pages are filled in the order in which they are emptied.
                    kept.push(pages[kept.len()]);
                    (to, used) = (kept[kept.len() - 1] as usize * page_records::<R>(), 0);
                }
                self.arena[to + used] = self.arena[record];
                used += 1;
            }
        }
        self.free.extend(&pages[kept.len()..]);
        (partition.pages, partition.last) = (kept, used);
        Ok(())
    }

    /// Appends the records of a range to `records`, whose capacity is the limit: where they are more, equal digests are
    /// combined to make room, and only distinct ones let it grow.
    ///
    /// # Errors
    /// If the file cannot be read, or is not what was written.
    pub(super) fn load(&self, range: Range, records: &mut Vec<R>, tags: &Tags) -> Result<(), Error> {
        let (first, last) = (partition(range.first, self.width), partition(range.last, self.width));
        let mut page = Vec::with_capacity(page_records::<R>());
        for number in first..=last {
            let partition = &self.partitions[number];
            for (i, start) in partition.pages.iter().enumerate() {
                let count = if i + 1 < partition.pages.len() { page_records::<R>() } else { partition.last };
                take(&self.arena[*start as usize * page_records::<R>()..][..count], range, records, tags)?;
            }
            for extent in &partition.extents {
                self.read(extent, &mut page)?;
                take(&page, range, records, tags)?;
            }
        }
        Ok(())
    }

    fn read(&self, extent: &Extent, page: &mut Vec<R>) -> Result<(), Error> {
        let failed = |cause| Error::Spill { dir: self.temp_dir.clone(), cause };
        let mut bytes = vec![0; extent.records as usize * R::BYTES];
        let file = self.file.as_ref().map(|spill| &spill.file);
        let file = file.ok_or_else(|| failed(io::Error::other("no temporary file")))?;
        file.read_exact_at(&mut bytes, extent.offset).map_err(failed)?;
        if xxh3_64(&bytes) != extent.hash {
            return Err(failed(io::Error::other("the disk returned other bytes than were written")));
        }
        page.clear();
        page.extend(bytes.chunks_exact(R::BYTES).map(R::decode));
        Ok(())
    }
}

impl Spill {
    fn write<R: Record>(&mut self, records: &[R], bytes: &mut [u8]) -> io::Result<Extent> {
        let bytes = &mut bytes[..records.len() * R::BYTES];
        for (record, bytes) in records.iter().zip(bytes.chunks_exact_mut(R::BYTES)) {
            record.encode(bytes);
        }
        self.file.write_all(bytes)?;
        let extent = Extent { offset: self.bytes, records: records.len() as u32, hash: xxh3_64(bytes) };
        self.bytes += bytes.len() as u64;
        Ok(extent)
    }
}

/// Appends the records of a page that are in the range.
fn take<R: Record>(page: &[R], range: Range, records: &mut Vec<R>, tags: &Tags) -> Result<(), Error> {
    if records.len() + page.len() > records.capacity() {
        let kept = tags.combine(records)?;
        records.truncate(kept);
    }
    let (first, last) = (R::new(range.first, 0), R::new(range.last, u32::MAX));
    records.extend(page.iter().filter(|record| (first..=last).contains(record)));
    Ok(())
}
