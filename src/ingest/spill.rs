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
        self.file.as_ref().map_or(Ok(()), |spill| spill.file.sync_data())
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
mod tests {
    use super::super::record::{Narrow, Wide};
    use super::super::test_data::{PAGE_BYTES, Random, add, all, few_tags, records, sums, width};
    use super::*;
    use crate::index::class::ClassMask;
    use std::os::unix::fs::FileExt;

    /// A store of so many small pages, and the directory of its file.
    fn small_store<R: Record>(width: Width, pages: u64) -> (tempfile::TempDir, Store<R>) {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let store = Store::new(width, pages * PAGE_BYTES, PAGE_BYTES, Place::Nameless(dir.path().to_path_buf()));
        (dir, store)
    }

    /// The records of a range, loaded with room for so many.
    fn loaded<R: Record>(store: &Store<R>, range: Range, room: usize, tags: &Tags) -> Vec<R> {
        let mut records = Vec::with_capacity(room);
        let capacity = records.capacity();
        store.load(range, &mut records, tags).expect("an undamaged file");
        assert_eq!(records.capacity(), capacity, "{} records in room for {room}", records.len());
        records
    }

    fn sorted<R: Record>(mut records: Vec<R>) -> Vec<R> {
        records.sort_unstable();
        records
    }

    /// The store gives back what was added: all at once, and range by range.
    fn check_holds<R: Record>(store: &Store<R>, want: &[R], width: Width, tags: &Tags, name: &str) {
        let room = want.len() + store.page_records;
        assert!(sorted(loaded(store, all(width), room, tags)) == want, "{name}: all at once");
        for pieces in [2u128, 7, 300] {
            let step = all(width).last.0 / pieces + 1;
            let ranges = (0..pieces).map(|i| Range {
                first: Digest(i * step),
                last: Digest((i * step).saturating_add(step - 1).min(all(width).last.0)),
            });
            let parts: Vec<R> = ranges.flat_map(|range| sorted(loaded(store, range, room, tags))).collect();
            assert!(parts == want, "{name}: in {pieces} pieces");
        }
    }

    fn check_round_trip<R: Record>(bits: u8) {
        let width = width(bits);
        for (pages, count) in [(257, 0), (257, 1), (257, 100), (257, 5000), (300, 5000), (2000, 5000), (4000, 5000)] {
            let name = format!("{bits} bits, {count} records, {pages} pages");
            let tags = Tags::new(100);
            let numbers = few_tags(&tags);
            let (_dir, mut store) = small_store::<R>(width, pages);
            let mut want: Vec<R> = records(&mut Random(u64::from(bits) + pages), count, width, &numbers);
            // Some digests twice, with the same tag and with another one; not in so few that this makes a partition skewed.
            let twice = if count < 5000 { 0 } else { count / 10 };
            want.extend_from_within(..twice);
            want.extend(want.clone()[..twice / 2].iter().map(|record| R::new(record.digest(), numbers[0])));
            add(&mut store, &want, width, &tags);
            want.sort_unstable();
            assert_eq!(store.records(), want.len() as u64, "{name}");
            assert!(store.memory_bytes() <= pages * PAGE_BYTES, "{name}: {} bytes", store.memory_bytes());
            assert_eq!(store.has_spilled(), count == 5000 && pages < if bits > 96 { 2500 } else { 2000 }, "{name}");
            check_holds(&store, &want, width, &tags, &name);
            store.spill_all(&tags).expect("a directory that takes a file");
            assert_eq!((store.memory_bytes(), store.has_spilled()), (0, count > 0), "{name}");
            assert_eq!(
                store.spilled().map(|spilled| spilled.bytes),
                (count > 0).then_some((want.len() * (usize::from(bits.div_ceil(8)) + 1)) as u64),
                "{name}"
            );
            check_holds(&store, &want, width, &tags, &name);
        }
    }

    /// Inputs that end and inputs that do not, in any order and of any size: what ended is there, and nothing else.
    fn check_roll_backs<R: Record>(bits: u8, pages: u64) {
        let (width, tags) = (width(bits), Tags::new(10_000));
        let numbers = few_tags(&tags);
        let mut random = Random(u64::from(bits) + pages);
        let (_dir, mut store) = small_store::<R>(width, pages);
        let (mut want, mut rolled_back) = (Vec::new(), 0);
        for input in 0..60 {
            let count = [0, 1, 30, 400][random.below(4) as usize];
            let mut given: Vec<R> = records(&mut random, count, width, &numbers);
            // A crowd, so that partitions are combined before and behind where an input begins.
            let crowd = R::new(Digest(7), numbers[input % 4]);
            given.extend(std::iter::repeat_n(crowd, random.below(300) as usize));
            store.begin();
            add(&mut store, &given, width, &tags);
            if random.below(3) == 0 {
                store.combine_skewed(&tags).expect("room for tags");
            }
            if random.below(2) == 0 {
                store.end();
                want.extend(given);
            } else {
                store.roll_back();
                rolled_back += 1;
            }
            if random.below(6) == 0 {
                store.write_all().expect("a directory that takes a file");
            }
            assert_eq!(store.records(), want.len() as u64, "{bits} bits, input {input}");
        }
        assert!(rolled_back > 10, "{rolled_back}");
        let got = loaded(&store, all(width), want.len() + store.page_records, &tags);
        assert!(sums(&got, &tags) == sums(&want, &tags), "{bits} bits, {pages} pages");
        let counted: u64 = (0..PARTITIONS).map(|partition| store.partition_records(partition)).sum();
        assert_eq!(counted, got.len() as u64, "{bits} bits, {pages} pages");
    }

    #[test]
    fn an_unfinished_input_leaves_no_trace() {
        for pages in [257, 300, 600, 5000] {
            check_roll_backs::<Narrow>(80, pages);
            check_roll_backs::<Wide>(128, pages);
        }
    }

    #[test]
    fn what_cannot_be_written_stays_in_memory() {
        let (width, tags) = (width(80), Tags::new(100));
        let (dir, mut store) = small_store::<Narrow>(width, 2000);
        let want = sorted(records(&mut Random(9), 3000, width, &few_tags(&tags)));
        add(&mut store, &want, width, &tags);
        store.place = Place::Nameless(dir.path().join("nowhere"));
        store.write_all().expect_err("no directory");
        assert!(!store.has_spilled());
        check_holds(&store, &want, width, &tags, "after a failure");
        store.place = Place::Nameless(dir.path().to_path_buf());
        store.write_all().expect("a directory that takes a file");
        check_holds(&store, &want, width, &tags, "written");
    }

    #[test]
    fn narrow_records_survive_any_number_of_spills() {
        check_round_trip::<Narrow>(64);
        check_round_trip::<Narrow>(96);
    }

    #[test]
    fn wide_records_survive_any_number_of_spills() {
        check_round_trip::<Wide>(97);
        check_round_trip::<Wide>(128);
    }

    fn check_damage<R: Record>(bits: u8) {
        let (width, tags) = (width(bits), Tags::new(100));
        let (dir, mut store) = small_store::<R>(width, 257);
        let want = records(&mut Random(5), 2000, width, &few_tags(&tags));
        add(&mut store, &want, width, &tags);
        store.spill_all(&tags).expect("a directory that takes a file");
        let bytes = store.spilled().expect("a file").bytes;
        let mut random = Random(6);
        let load = |store: &Store<R>| store.load(all(width), &mut Vec::with_capacity(5000), &tags);
        let file = &store.file.as_ref().expect("a file").file;
        let expect_damage = |place: &str| {
            let result = load(&store);
            assert!(
                matches!(&result, Err(Error::SpillDamaged { dir: named }) if named == dir.path()),
                "{place}: {result:?}"
            );
        };
        for _ in 0..200 {
            let (at, bit) = (random.below(bytes), random.below(8));
            let mut byte = [0];
            file.read_exact_at(&mut byte, at).expect("a byte of the file");
            file.write_all_at(&[byte[0] ^ 1 << bit], at).expect("a writable file");
            expect_damage(&format!("bit {bit} of byte {at}"));
            file.write_all_at(&byte, at).expect("a writable file");
        }
        load(&store).expect("all is as it was");
        file.set_len(bytes - 10).expect("a shorter file");
        expect_damage("the end is missing");
        // The rest of the last page is a hole now: zeros, which nobody wrote.
        file.set_len(bytes).expect("a longer file");
        expect_damage("a hole");
    }

    #[test]
    fn every_changed_page_is_found() {
        check_damage::<Narrow>(80);
        check_damage::<Wide>(128);
    }

    /// One digest many times among distinct ones, in a megabyte of pages. Output: whether it all stayed in memory.
    fn check_crowd<R: Record>(bits: u8, distinct: usize) -> bool {
        const CROWD: usize = 100_000;
        const BYTES: u64 = 1 << 20;
        let (width, tags) = (width(bits), Tags::new(1000));
        let numbers = few_tags(&tags);
        let dir = tempfile::tempdir().expect("a temporary folder");
        let mut store = Store::<R>::new(width, BYTES, BYTES / 700, Place::Nameless(dir.path().to_path_buf()));
        let mut random = Random(u64::from(bits));
        let mut given: Vec<R> = records(&mut random, distinct, width, &numbers);
        let crowd = random.digest(width);
        given.extend((0..CROWD).map(|i| R::new(crowd, numbers[i % 3])));
        for i in (1..given.len()).rev() {
            given.swap(i, random.below(i as u64 + 1) as usize);
        }
        let want = sums(&given, &tags);
        add(&mut store, &given, width, &tags);
        assert!(store.memory_bytes() <= BYTES);
        assert_eq!((want[&crowd], store.records()), ((ClassMask(7), CROWD as u64), (distinct + CROWD) as u64));
        store.combine_skewed(&tags).expect("room for tags");
        let kept = store.partition_records(partition(crowd, width));
        assert!(kept < (CROWD / 10) as u64, "{bits} bits, {distinct} others: {kept} records of the crowd are left");
        // Room for the distinct records, and little more: the others have to be combined on the way.
        let got = loaded(&store, all(width), distinct + 3000, &tags);
        assert!(sums(&got, &tags) == want, "{bits} bits, {distinct} others");
        !store.has_spilled()
    }

    #[test]
    fn a_repeated_digest_is_combined_and_stays_in_memory() {
        assert!(check_crowd::<Narrow>(80, 1000));
        assert!(check_crowd::<Wide>(128, 1000));
    }

    #[test]
    fn a_repeated_digest_among_many_others_is_combined_in_the_file() {
        assert!(!check_crowd::<Narrow>(80, 30_000));
        assert!(!check_crowd::<Wide>(128, 30_000));
    }

    #[test]
    fn digests_that_all_repeat_are_combined_on_the_way_out() {
        let (width, tags) = (width(80), Tags::new(1000));
        let numbers = few_tags(&tags);
        let (_dir, mut store) = small_store::<Narrow>(width, 300);
        let distinct: Vec<Narrow> = records(&mut Random(8), 500, width, &numbers);
        let given: Vec<Narrow> = (0..100).flat_map(|_| distinct.iter().copied()).collect();
        add(&mut store, &given, width, &tags);
        assert!(store.has_spilled(), "no partition is far above the others");
        let got = loaded(&store, all(width), 10_000, &tags);
        assert!(sums(&got, &tags) == sums(&given, &tags));
    }

    #[test]
    fn memory_counts_pages_that_were_used_once() {
        let (width, tags) = (width(80), Tags::new(100));
        let (_dir, mut store) = small_store::<Narrow>(width, 10_000);
        add(&mut store, &vec![Narrow::new(Digest(9), few_tags(&tags)[0]); 20_000], width, &tags);
        let before = store.memory_bytes();
        store.combine_skewed(&tags).expect("room for tags");
        assert!(store.partition_records(0) < 20_000, "combined");
        assert_eq!((before, store.memory_bytes()), (320_000, 320_000), "16 bytes each");
    }

    #[test]
    fn more_memory_than_there_is_asks_for_what_there_is() {
        let (width, tags) = (width(80), Tags::new(100));
        let dir = tempfile::tempdir().expect("a temporary folder");
        for bytes in [1 << 45, 1 << 60, u64::MAX] {
            let mut store = Store::<Narrow>::new(width, bytes, 64 << 10, Place::Nameless(dir.path().to_path_buf()));
            let want = sorted(records(&mut Random(3), 3000, width, &few_tags(&tags)));
            add(&mut store, &want, width, &tags);
            check_holds(&store, &want, width, &tags, &format!("{bytes} bytes"));
        }
    }

    #[test]
    fn a_file_that_cannot_be_written_is_tried_once() {
        let (width, tags) = (width(80), Tags::new(100));
        let (dir, mut store) = small_store::<Narrow>(width, 257);
        store.place = Place::Nameless(dir.path().join("nowhere"));
        let given: Vec<Narrow> = (0..2000).map(|n| Narrow::new(Digest(n), few_tags(&tags)[0])).collect();
        let fill = |store: &mut Store<Narrow>| store.add(&given, &[given.len(); PARTITIONS], &tags);
        let first = fill(&mut store);
        assert!(matches!(first, Err(Error::Spill { .. })), "{first:?}");
        std::fs::create_dir(dir.path().join("nowhere")).expect("a directory");
        let second = fill(&mut store);
        assert!(
            matches!(&second, Err(Error::Spill { cause, .. }) if cause.kind() == io::ErrorKind::NotFound),
            "{second:?}"
        );
    }
}
