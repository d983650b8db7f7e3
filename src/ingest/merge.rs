//! Sorts the records of a store part by part, merges equal digests, and writes the segments.
//!
//! ```text
//! parts of the digest range -> worker: load, sort, merge -> in ascending order: push into the segment
//! ```
//!
//! Determinism: a part ends where its digests end, so parts of any size give the same stream of merged records. How often
//! each payload occurs must be known before the first record is written; that is counted in a sample, the records at the
//! lowest end of the digest range, which is as good as random and the same whatever the memory.

use super::budget::Budget;
use super::record::{Record, Tags};
use super::spill::{PARTITION_BITS, PARTITIONS, Range, Store};
use super::{Error, stopped};
use crate::digest::{Digest, KeyCheck, Width};
use crate::identifier::Kind;
use crate::index::class::{ClassMask, DataClass};
use crate::index::{BreachCoverage, Entry, SegmentEntry, SegmentPlan, SegmentWriter, Writer, slice_bits};
use crate::plan::run_ordered;
use crate::source::Progress;
use std::collections::BTreeMap;
use std::io::{Seek, Write};
use std::ops::RangeInclusive;
use std::sync::{Mutex, PoisonError};

/// A value in more records than this may be shared by many people.
const SHARED_RECORDS_MIN: u64 = 1000;
/// ... if it also stands in more than one in this many fields of its kind: 0.1 %.
const SHARED_FIELDS_PER_VALUE: u64 = 1000;
/// The sample has about this many records: what it does not show is rarer than the cost of an escape.
const SAMPLE_RECORDS: u64 = 1 << 17;
/// Small partitions are put together up to this many records.
const PART_RECORDS_MIN: u64 = 1 << 16;

/// Everything that is needed to write what was read.
pub(super) struct Merge<'a, R> {
    pub store: &'a Store<R>,
    pub tags: &'a Tags,
    /// Accepted fields of each kind.
    pub fields: BTreeMap<Kind, u64>,
    pub width: Width,
    /// The estimated number of distinct digests.
    pub estimate: u64,
    pub threads: usize,
    pub parts: usize,
    pub part_records: usize,
    /// Most sets of data classes.
    pub sets_max: usize,
    pub progress: &'a Progress,
}

/// What the merged records are.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    /// The written segments; none for a dry run.
    pub segments: Vec<SegmentEntry>,
    /// Distinct digests.
    pub digests: u64,
    /// Values that stand in very many records.
    pub shared_values: u64,
    /// The classes of all records.
    pub classes: ClassMask,
}

/// Merged records: distinct digests in ascending order, each with the place of its classes in `masks` for a tag.
struct Part<R> {
    records: Vec<R>,
    masks: Vec<ClassMask>,
    shared_values: u64,
}

/// The settings of a store that is complete.
///
/// # Errors
/// If not even the smallest parts fit beside what is in memory, and it cannot be spilled.
pub(super) fn part_records<R: Record>(store: &mut Store<R>, budget: &Budget, tags: &Tags) -> Result<usize, Error> {
    // A partition is looked through once for each of its parts: one value must not make many.
    store.combine_skewed(tags)?;
    let mut part = if store.has_spilled() { None } else { budget.part_bytes(store.memory_bytes()) };
    if part.is_none() {
        store.spill_all(tags)?;
        part = budget.part_bytes(0);
    }
    Ok(part.unwrap_or_default() / size_of::<R>())
}

impl<R: Record> Merge<'_, R> {
    /// Merges without writing.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub(super) fn count(&self) -> Result<Outcome, Error> {
        let mut outcome = Outcome::default();
        self.each_part(self.slice(0, 0), |part| {
            outcome.add(part);
            Ok(())
        })?;
        Ok(outcome)
    }

    /// Merges and writes the segments of one breach: one, or one for each slice.
    ///
    /// # Errors
    /// If the store cannot be read or a segment cannot be written.
    pub(super) fn write(
        &self,
        writer: &mut Writer<'_>,
        key_check: KeyCheck,
        coverage: &[BreachCoverage],
    ) -> Result<Outcome, Error> {
        let bits = slice_bits(self.estimate).min(PARTITION_BITS as u8);
        let mut outcome = Outcome::default();
        for slice in 0..1u32 << bits {
            let range = self.slice(slice, bits);
            let estimate = self.estimate >> bits;
            let payloads: Vec<(Entry, u64)> =
                self.sample(range, estimate)?.into_iter().map(|(mask, count)| (vec![(0, mask)], count)).collect();
            let mut places = payloads.iter().enumerate().map(|(i, (entry, _))| (entry[0].1, i)).collect();
            let plan = SegmentPlan { width: self.width, key_check, estimate, payloads, slice_bits: bits, slice };
            // Counts stand in the first slice only: whoever adds up all segments counts them once.
            let coverage: Vec<BreachCoverage> = match slice {
                0 => coverage.to_vec(),
                _ => coverage.iter().map(|breach| BreachCoverage { uid: breach.uid, ..Default::default() }).collect(),
            };
            // An error of ours inside of the writer's closure waits here.
            let mut failed = None;
            let written = writer.add_segment(plan, |mut segment| {
                let result = self.each_part(range, |part| {
                    outcome.add(part);
                    self.progress.add_done(part.records.len() as u64);
                    push_part(&mut segment, part, &mut places).map_err(Error::Push)?;
                    if places.len() > self.sets_max {
                        return Err(Error::TooManyClassSets { most: self.sets_max });
                    }
                    Ok(())
                });
                match result {
                    Ok(()) => segment.finish(&coverage),
                    Err(Error::Push(cause)) => Err(cause),
                    Err(error) => {
                        failed = Some(error);
                        Err(std::io::Error::other("the records cannot be read"))
                    }
                }
            });
            match failed {
                Some(error) => return Err(error),
                None => outcome.segments.push(written?),
            }
        }
        Ok(outcome)
    }

    /// The digests of a slice.
    fn slice(&self, slice: u32, bits: u8) -> Range {
        let below = self.width.bits() - u32::from(bits);
        let first = if bits == 0 { 0 } else { u128::from(slice) << below };
        Range { first: Digest(first), last: Digest(first | u128::MAX >> (128 - below)) }
    }

    /// How often each set of classes occurs in the lowest digests of a range.
    fn sample(&self, range: Range, estimate: u64) -> Result<BTreeMap<ClassMask, u64>, Error> {
        let halvings = estimate.checked_div(SAMPLE_RECORDS).unwrap_or(0).max(1).ilog2();
        let last = range.first.0 + ((range.last.0 - range.first.0) >> halvings);
        let mut masks = BTreeMap::new();
        self.each_part(Range { last: Digest(last), ..range }, |part| {
            for record in &part.records {
                *masks.entry(part.masks[record.tag() as usize]).or_default() += 1;
            }
            Ok(())
        })?;
        Ok(masks)
    }

    /// Sorts and merges a range in parallel, and hands its parts on in ascending order.
    fn each_part(&self, range: Range, mut each: impl FnMut(&Part<R>) -> Result<(), Error>) -> Result<(), Error> {
        let buffers = Mutex::new(Vec::new());
        let lock = || buffers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut ranges = self.parts_of(range).into_iter();
        let next = || if self.progress.stop_requested() { Err(stopped()) } else { Ok(ranges.next()) };
        let work = |(): &mut (), range: Range| {
            let mut records = lock().pop().unwrap_or_else(|| Vec::with_capacity(self.part_records));
            records.clear();
            self.store.load(range, &mut records, self.tags)?;
            Ok::<Part<R>, Error>(self.merge(records))
        };
        let take = |part: Result<Part<R>, Error>| {
            let part = part?;
            each(&part)?;
            lock().push(part.records);
            Ok(())
        };
        run_ordered(self.threads, self.parts, self.progress, next, || (), work, take).map(|_: Vec<()>| ())
    }

    /// Cuts a range into parts that fit into memory; small partitions are put together.
    fn parts_of(&self, range: Range) -> Vec<Range> {
        let below = self.width.bits() - PARTITION_BITS;
        let partition_range =
            |number: usize| (number as u128) << below..=(number as u128) << below | ((1 << below) - 1);
        let mut parts: Vec<Range> = Vec::new();
        let mut records = u64::MAX;
        for number in (range.first.0 >> below) as usize..=(range.last.0 >> below) as usize {
            let mine = self.store.partition_records(number.min(PARTITIONS - 1));
            let all = partition_range(number);
            let all = *all.start().max(&range.first.0)..=*all.end().min(&range.last.0);
            if records.saturating_add(mine) <= PART_RECORDS_MIN.min(self.part_records as u64) {
                records += mine;
                if let Some(part) = parts.last_mut() {
                    part.last = Digest(*all.end());
                }
            } else {
                // A little room for chance: pieces of a partition are not of exactly the same size.
                let pieces = (mine + mine / 8).div_ceil(self.part_records as u64).max(1).next_power_of_two();
                cut(all, pieces, &mut parts);
                records = if pieces == 1 { mine } else { u64::MAX };
            }
        }
        parts
    }

    /// Sorts records, and makes one of all that have the same digest, with all their classes.
    fn merge(&self, mut records: Vec<R>) -> Part<R> {
        records.sort_unstable();
        let known = self.tags.read();
        let mut places: BTreeMap<ClassMask, u32> = BTreeMap::new();
        let mut masks = Vec::new();
        let mut last: Option<(ClassMask, u32)> = None;
        let (mut kept, mut at, mut shared_values) = (0, 0, 0);
        while at < records.len() {
            let digest = records[at].digest();
            let mut end = at + 1;
            while end < records.len() && records[end].digest() == digest {
                end += 1;
            }
            let tag = known.join(&records[at..end]);
            let mut classes = tag.classes;
            let of_kind = self.fields.get(&tag.kind).copied().unwrap_or(0);
            if tag.records > SHARED_RECORDS_MIN && tag.records * SHARED_FIELDS_PER_VALUE > of_kind {
                classes = classes.union(ClassMask::of(DataClass::SHARED_VALUE));
                shared_values += 1;
            }
            let place = match last {
                Some((mask, place)) if mask == classes => place,
                _ => *places.entry(classes).or_insert_with(|| {
                    masks.push(classes);
                    masks.len() as u32 - 1
                }),
            };
            last = Some((classes, place));
            records[kept] = R::new(digest, place);
            (kept, at) = (kept + 1, end);
        }
        records.truncate(kept);
        Part { records, masks, shared_values }
    }
}

/// Cuts a range into 2^k pieces of equal width.
fn cut(all: RangeInclusive<u128>, pieces: u64, parts: &mut Vec<Range>) {
    let (first, last) = (*all.start(), *all.end());
    let step = (last - first) / u128::from(pieces) + 1;
    let mut begin = first;
    while begin <= last {
        let end = begin.saturating_add(step - 1).min(last);
        parts.push(Range { first: Digest(begin), last: Digest(end) });
        let Some(next) = end.checked_add(1) else { break };
        begin = next;
    }
}

fn push_part<R: Record, W: Write + Seek>(
    segment: &mut SegmentWriter<W>,
    part: &Part<R>,
    places: &mut BTreeMap<ClassMask, usize>,
) -> std::io::Result<()> {
    // The place of a mask is asked for at its first use: the order of the records decides, and no part's size does.
    let mut of_part: Vec<Option<usize>> = vec![None; part.masks.len()];
    for record in &part.records {
        let local = record.tag() as usize;
        let place = *of_part[local].get_or_insert_with(|| {
            let mask = part.masks[local];
            *places.entry(mask).or_insert_with(|| segment.add_payload(vec![(0, mask)]))
        });
        segment.push(record.digest(), place)?;
    }
    Ok(())
}

impl Outcome {
    fn add<R>(&mut self, part: &Part<R>) {
        self.digests += part.records.len() as u64;
        self.shared_values += part.shared_values;
        self.classes = part.masks.iter().fold(self.classes, |all, mask| all.union(*mask));
    }
}
