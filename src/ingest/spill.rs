//! Keeps the records of an ingest in a fixed amount of memory: what does not fit goes to a temporary file.
//!
//! Digests are uniform, so an external sort needs no merge phase. Records are put apart by the top 8 bits of their digest
//! into 256 partitions of nearly equal size; each partition is read, sorted in memory and written to the segment, one
//! after the other. That is one write and one read of 11 bytes per record ([`super::packed`]), and none if all of them fit.
//!
//! # Memory
//!
//! One array of pages, of which the operating system gives memory only to those that are used. A partition is a list of
//! pages. When there is no more all partitions are written to the file, and their pages are free again. A page in the file is
//! known by offset, length and XXH3; 40 bytes for every 64 KiB, 0.06 %. A page that was used once stays in memory, used or
//! not, until all are given back.
//!
//! `--memory` may be more than the machine has. The array is then as large as the system allows: it costs a file earlier.
//!
//! # The file
//!
//! It belongs to the job of the ingest ([`super::job`]), so that an interrupted one can go on; of a dry run it has no name. It
//! holds digests and tag numbers, never a value. Every page is checked when it is read.
//!
//! # Unfinished inputs
//!
//! Between [`Store::begin`] and [`Store::end`] all records come from one input. What it has added is the end of every list, so
//! that [`Store::roll_back`] only shortens them: an input counts whole or not at all. Pages are written, and equal digests
//! combined, on either side of where it began.
//!
//! # Equal digests
//!
//! A hostile or odd dump repeats one value a billion times, and all of it falls into one partition. A partition far above
//! the others is combined page by page before it is written: records with the same digest become one, with their number.

mod file;

use super::record::{Record, Tags};
use super::{Error, Spilled};
use crate::digest::{Digest, Width};
use crate::disk::sync_bytes;
use std::io;
use std::path::Path;

pub(super) use file::{Extent, Place, Spill};

/// Top bits of a digest that say its partition.
pub(super) const PARTITION_BITS: u32 = 8;
/// Number of partitions.
pub(super) const PARTITIONS: usize = 1 << PARTITION_BITS;
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
    /// The pages that were ever used, one after the other; its capacity is the limit.
    arena: Vec<R>,
    page_records: usize,
    /// Pages of the arena that are not in use now.
    free: Vec<u32>,
    partitions: Vec<Partition>,
    place: Place,
    file: Option<Spill>,
    /// Why the file cannot be written: a second attempt could only take longer.
    failure: Option<io::Error>,
    /// Whether records were lost by an error: what is left is no whole inputs.
    broken: bool,
    records: u64,
    /// The records before those of an unfinished input.
    begun: Option<u64>,
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
    /// What there was when the unfinished input began.
    mark: Mark,
}

/// The end of a partition at some time.
#[derive(Clone, Copy, Default)]
struct Mark {
    pages: usize,
    last: usize,
    extents: usize,
    records: u64,
}

impl<R: Record> Store<R> {
    /// Where files for what does not fit into memory lie.
    pub(super) fn temp_dir(&self) -> &Path {
        match &self.place {
            Place::Nameless(dir) => dir,
            Place::Job(folder) => folder.data_dir(),
        }
    }

    /// A store of at most `bytes` bytes of memory in pages of `page_bytes`, which spills into a file.
    pub(super) fn new(width: Width, bytes: u64, page_bytes: u64, place: Place) -> Store<R> {
        let page_records = page_bytes as usize / size_of::<R>();
        // Every partition has an unfinished page.
        let mut pages = ((bytes / page_bytes) as usize).clamp(PARTITIONS + 1, u32::MAX as usize);
        let mut arena = Vec::new();
        while pages > PARTITIONS + 1 && arena.try_reserve_exact(pages.saturating_mul(page_records)).is_err() {
            pages = (pages / 2).max(PARTITIONS + 1);
        }
        arena.reserve_exact(pages * page_records);
        Store {
            width,
            arena,
            page_records,
            free: Vec::new(),
            partitions: (0..PARTITIONS).map(|_| Partition::default()).collect(),
            place,
            file: None,
            failure: None,
            broken: false,
            records: 0,
            begun: None,
        }
    }

    /// The same with what an earlier process has written: its file, the extents of every partition, and the number of records
    /// that were added.
    pub(super) fn with_file(self, file: Option<Spill>, extents: Vec<Vec<Extent>>, records: u64) -> Store<R> {
        let partition = |extents: Vec<Extent>| {
            let records = extents.iter().map(|extent| u64::from(extent.records)).sum();
            Partition { extents, records, ..Partition::default() }
        };
        Store { file, partitions: extents.into_iter().map(partition).collect(), records, ..self }
    }

    /// Records added, before equal digests were combined, without those that say a number.
    pub(super) fn records(&self) -> u64 {
        self.records
    }

    /// Records in memory and in the file.
    pub(super) fn held(&self) -> u64 {
        self.partitions.iter().map(|partition| partition.records).sum()
    }

    /// Records in a partition.
    pub(super) fn partition_records(&self, partition: usize) -> u64 {
        self.partitions[partition].records
    }

    /// Bytes of memory: of all pages that were ever used, for the system has not got them back.
    pub(super) fn memory_bytes(&self) -> u64 {
        size_of_val(self.arena.as_slice()) as u64
    }

    /// What was written to the file, if anything was.
    pub(super) fn spilled(&self) -> Option<Spilled> {
        let spill = self.file.as_ref().filter(|spill| spill.bytes > 0)?;
        Some(Spilled { bytes: spill.bytes, dir: self.temp_dir().to_path_buf() })
    }

    /// Whether some records are in the file.
    pub(super) fn has_spilled(&self) -> bool {
        self.file.as_ref().is_some_and(|spill| spill.bytes > 0)
    }

    /// The file, if there is one.
    pub(super) fn file(&self) -> Option<&Spill> {
        self.file.as_ref()
    }

    /// The pages of a partition in the file.
    pub(super) fn extents(&self, partition: usize) -> &[Extent] {
        &self.partitions[partition].extents
    }

    /// Begins to add records of one input, whose number is not known yet.
    pub(super) fn begin(&mut self) {
        for partition in &mut self.partitions {
            let (pages, extents) = (partition.pages.len(), partition.extents.len());
            partition.mark = Mark { pages, last: partition.last, extents, records: partition.records };
        }
        self.begun = Some(self.records);
    }

    /// All records of the input are there.
    pub(super) fn end(&mut self) {
        self.begun = None;
    }

    /// Takes back what was added since the begin. What of it is in the file stays there, and nothing refers to it.
    pub(super) fn roll_back(&mut self) {
        let Some(records) = self.begun.take().filter(|_| !self.broken) else { return };
        self.records = records;
        for partition in &mut self.partitions {
            let mark = partition.mark;
            self.free.extend(partition.pages.drain(mark.pages..));
            partition.extents.truncate(mark.extents);
            (partition.last, partition.records) = (mark.last, mark.records);
        }
    }

    /// Writes everything in memory to the file. All of it stays in memory if that fails.
    ///
    /// # Errors
    /// If the file cannot be made or written, or some of it was lost before.
    pub(super) fn write_all(&mut self) -> io::Result<()> {
        if self.broken || self.failure.is_some() || self.begun.is_some() {
            return Err(io::Error::other("its records are not complete"));
        }
        if self.partitions.iter().all(|partition| partition.pages.is_empty()) {
            return Ok(());
        }
        self.try_write_pages()
    }

    /// Waits until the disk has the file.
    ///
    /// # Errors
    /// If it has not.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), |spill| sync_bytes(&spill.file))
    }

    /// Adds records that lie one partition after the other; partition `p` ends before `ends[p]`.
    ///
    /// # Errors
    /// If the file cannot be written, now or before.
    pub(super) fn add(&mut self, records: &[R], ends: &[usize; PARTITIONS], tags: &Tags) -> Result<(), Error> {
        let mut begin = 0;
        for (partition, end) in ends.iter().enumerate() {
            self.add_to(partition, &records[begin..*end], tags)?;
            begin = *end;
        }
        self.records += records.len() as u64;
        Ok(())
    }

    /// So many of the records added are none of an identifier: in how many pieces a number comes is chance.
    pub(super) fn leave_out(&mut self, records: u64) {
        self.records -= records;
    }

    fn add_to(&mut self, partition: usize, mut records: &[R], tags: &Tags) -> Result<(), Error> {
        while !records.is_empty() {
            let target = &self.partitions[partition];
            if target.pages.is_empty() || target.last == self.page_records {
                let Some(page) = self.take_page() else {
                    self.make_room(tags)?;
                    continue;
                };
                let target = &mut self.partitions[partition];
                target.pages.push(page);
                target.last = 0;
            }
            let target = &mut self.partitions[partition];
            let page = target.pages[target.pages.len() - 1] as usize * self.page_records;
            let count = records.len().min(self.page_records - target.last);
            self.arena[page + target.last..][..count].copy_from_slice(&records[..count]);
            target.last += count;
            target.records += count as u64;
            records = &records[count..];
        }
        Ok(())
    }

    /// A page to write to: one that is free again, or the next of those that were never used.
    fn take_page(&mut self) -> Option<u32> {
        self.free.pop().or_else(|| {
            let used = self.arena.len();
            let grown = used + self.page_records;
            (grown <= self.arena.capacity()).then(|| self.arena.resize(grown, R::ZERO))?;
            Some((used / self.page_records) as u32)
        })
    }

    /// Frees pages: by combining where that gives half of them back, else by writing all to the file.
    fn make_room(&mut self, tags: &Tags) -> Result<(), Error> {
        self.combine_skewed(tags)?;
        let pages = self.arena.len() / self.page_records;
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
        let written = match &self.failure {
            Some(cause) => Err(copy_of(cause)),
            None => self.try_write_pages(),
        };
        written.map_err(|cause| {
            self.failure = Some(copy_of(&cause));
            Error::Spill { dir: self.temp_dir().to_path_buf(), cause }
        })
    }

    /// Writes all pages or, as far as anybody can see, none.
    fn try_write_pages(&mut self) -> io::Result<()> {
        let mut spill = match self.file.take() {
            Some(spill) => spill,
            None => self.place.create()?,
        };
        let (bytes, hash) = (spill.bytes, spill.hash.clone());
        let written = self.write_extents(&mut spill);
        if written.is_err() {
            spill.cut(bytes, hash);
        }
        self.file = Some(spill);
        self.take_extents(written?);
        Ok(())
    }

    /// Writes the pages of every partition; where an unfinished input begins inside of one, in two pieces.
    fn write_extents(&self, spill: &mut Spill) -> io::Result<Vec<Vec<Extent>>> {
        let mut bytes = Vec::new();
        let mut extents = vec![Vec::new(); PARTITIONS];
        for (partition, extents) in self.partitions.iter().zip(&mut extents) {
            for (i, page) in partition.pages.iter().enumerate() {
                let records = &self.arena[*page as usize * self.page_records..];
                for (from, to) in self.pieces(partition, i, partition.pages.len(), partition.last) {
                    if from < to {
                        extents.push(spill.write(&records[from..to], self.width, &mut bytes)?);
                    }
                }
            }
        }
        Ok(extents)
    }

    /// The records of page number `i` of a partition with so many pages: what was there before the unfinished input, and
    /// what came since.
    fn pieces(&self, partition: &Partition, i: usize, pages: usize, last: usize) -> [(usize, usize); 2] {
        let count = if i + 1 < pages { self.page_records } else { last };
        let is_cut = self.begun.is_some() && i + 1 == partition.mark.pages;
        let cut = if is_cut { partition.mark.last } else { count };
        [(0, cut), (cut, count)]
    }

    /// Puts what was written in the place of the pages.
    fn take_extents(&mut self, written: Vec<Vec<Extent>>) {
        for (partition, written) in self.partitions.iter_mut().zip(written) {
            // No page is empty: every one that the unfinished input found has become an extent that it found.
            let extents = partition.mark.extents + partition.mark.pages;
            partition.mark = Mark { pages: 0, last: 0, extents, ..partition.mark };
            partition.extents.extend(written);
            self.free.append(&mut partition.pages);
        }
    }

    /// Combines the partitions that are far above the mean.
    ///
    /// # Errors
    /// If the records have too many sets of data classes.
    pub(super) fn combine_skewed(&mut self, tags: &Tags) -> Result<(), Error> {
        let page_records = self.page_records;
        let in_memory = |partition: &Partition| match partition.pages.len() {
            0 => 0,
            pages => ((pages - 1) * page_records + partition.last) as u64,
        };
        let mean = self.partitions.iter().map(in_memory).sum::<u64>() / PARTITIONS as u64;
        for number in 0..PARTITIONS {
            let mine = in_memory(&self.partitions[number]);
            if mine > SKEW * mean && mine > page_records as u64 {
                self.combine(number, tags).inspect_err(|_| self.broken = true)?;
            }
        }
        Ok(())
    }

    /// Combines the equal digests in each page of a partition, and moves what is left together.
    fn combine(&mut self, number: usize, tags: &Tags) -> Result<(), Error> {
        let page_records = self.page_records;
        let pages = std::mem::take(&mut self.partitions[number].pages);
        let last = std::mem::take(&mut self.partitions[number].last);
        let before = if self.begun.is_some() { self.partitions[number].mark.pages } else { 0 };
        let mut kept: Vec<u32> = Vec::new();
        let (mut to, mut used) = (0, page_records);
        for (i, page) in pages.iter().enumerate() {
            let begin = *page as usize * page_records;
            let pieces = self.pieces(&self.partitions[number], i, pages.len(), last);
            for ((from, end), is_before) in pieces.into_iter().zip([i < before, false]) {
                let left = tags.combine(&mut self.arena[begin + from..begin + end])?;
                self.partitions[number].shrink((end - from - left) as u64, is_before);
                for record in begin + from..begin + from + left {
                    if used == page_records {
                        // Never ahead of what is read: pages are filled in the order in which they are emptied.
                        kept.push(pages[kept.len()]);
                        (to, used) = (kept[kept.len() - 1] as usize * page_records, 0);
                    }
                    self.arena[to + used] = self.arena[record];
                    used += 1;
                }
                if is_before && i + 1 == before {
                    let mark = &mut self.partitions[number].mark;
                    (mark.pages, mark.last) = (kept.len(), used);
                }
            }
        }
        self.free.extend(&pages[kept.len()..]);
        let partition = &mut self.partitions[number];
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
        let mut page = Vec::with_capacity(self.page_records);
        for number in first..=last {
            let partition = &self.partitions[number];
            for (i, start) in partition.pages.iter().enumerate() {
                let count = if i + 1 < partition.pages.len() { self.page_records } else { partition.last };
                take(&self.arena[*start as usize * self.page_records..][..count], range, records, tags)?;
            }
            for extent in &partition.extents {
                self.read(extent, &mut page)?;
                take(&page, range, records, tags)?;
            }
        }
        Ok(())
    }

    fn read(&self, extent: &Extent, page: &mut Vec<R>) -> Result<(), Error> {
        let Some(spill) = &self.file else { return Err(self.damaged()) };
        spill.read(extent, page).map_err(|cause| match cause.kind() {
            io::ErrorKind::InvalidData => self.damaged(),
            _ => Error::Spill { dir: self.temp_dir().to_path_buf(), cause },
        })
    }

    fn damaged(&self) -> Error {
        Error::SpillDamaged { dir: self.temp_dir().to_path_buf() }
    }
}

impl Partition {
    /// Counts what combining has saved, before the unfinished input or in it.
    fn shrink(&mut self, records: u64, is_before: bool) {
        self.records -= records;
        if is_before {
            self.mark.records -= records;
        }
    }
}

/// The same error once more.
fn copy_of(error: &io::Error) -> io::Error {
    error.raw_os_error().map_or_else(|| io::Error::new(error.kind(), error.to_string()), io::Error::from_raw_os_error)
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

#[cfg(test)]
mod tests;
