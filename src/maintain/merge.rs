//! Segments become one: their records in the order of their digests, with the exposures of all.

use super::Error;
use super::payloads::{NOTHING, PAIRS_MAX, Payloads};
use super::runs::Run;
use super::tournament::Tournament;
use crate::digest::{Digest, KeyCheck, Width};
use crate::index::{
    Block, BreachCoverage, Entry, Index, LiveSegment, SegmentBytes, SegmentEntry, SegmentFile, SegmentPlan,
    SegmentSummary, SegmentWriter, Stream, Suppression, Writer, slice_bits,
};
use crate::source::Progress;
use std::collections::BTreeMap;
use std::io;
use std::ops::RangeInclusive;
use std::path::Path;

/// The lowest records of a merge that say how many there are, and how often each payload occurs: the standard error of the
/// number is 0.3 %, and what they do not show is rarer than the cost of an escape.
const SAMPLE_RECORDS: u64 = 1 << 17;
/// After so many records it is looked whether somebody wants an end.
const STOP_CHECK_RECORDS: u64 = 1 << 16;
/// A payload, or its place in the segment that is written, where it is not known yet.
const UNKNOWN: u32 = u32::MAX;

/// What is merged, and the breaches of what comes out.
pub(super) struct Merge<'a> {
    parts: Vec<Part<'a>>,
    breaches: Vec<BreachCoverage>,
    /// Most pairs in the payloads of what comes out.
    pairs_max: usize,
    suppression: &'a Suppression,
    width: Width,
    key_check: KeyCheck,
    dir: &'a Path,
    progress: &'a Progress,
    /// Into how many slices so many records are cut, as a number of bits.
    slice_bits: fn(u64) -> u8,
}

/// A segment, and the number that each of its breaches has in the merged one.
struct Part<'a> {
    live: &'a LiveSegment,
    /// None for a breach that was removed.
    numbers: Vec<Option<u32>>,
}

/// What the lowest records of a range say about all of them.
struct Sample {
    payloads: Payloads,
    counts: BTreeMap<u32, u64>,
    estimate: u64,
}

impl<'a> Merge<'a> {
    /// Merges runs of an index.
    ///
    /// Input: at least one run.
    pub(super) fn new(index: &'a Index, runs: &[&Run], progress: &'a Progress) -> Merge<'a> {
        let live = |place: &usize| &index.segments()[*place];
        let mut tables: Vec<(usize, usize, usize)> = Vec::new();
        for (number, run) in runs.iter().enumerate() {
            let first = live(&run.segments[0]);
            // Those that were removed have no place, and end here.
            let places =
                first.breaches().iter().enumerate().filter_map(|(local, place)| Some(((*place)?, number, local)));
            tables.extend(places);
        }
        // Parts of one breach stay apart: nobody can tell numbers of domains from other digests, and numbers are added up.
        tables.sort_unstable();
        let breaches = tables.iter().map(|(_, run, local)| {
            coverage(runs[*run].segments.iter().map(|place| &live(place).segment().breaches()[*local]))
        });
        let breaches = breaches.collect();
        let number = |run: usize, local: usize| {
            let found = tables.iter().position(|(_, of_run, of_local)| (*of_run, *of_local) == (run, local));
            found.map(|number| number as u32)
        };
        let parts = runs.iter().enumerate().flat_map(|(number_of_run, run)| {
            let part = move |place: &usize| {
                let live = live(place);
                let locals = 0..live.segment().breaches().len();
                Part { live, numbers: locals.map(|local| number(number_of_run, local)).collect() }
            };
            run.segments.iter().map(part)
        });
        let parts: Vec<Part<'a>> = parts.collect();
        let header = live(&runs[0].segments[0]).segment().header();
        let (width, key_check) = (header.width, header.key_check);
        let (suppression, dir) = (index.suppression(), index.dir());
        let pairs_max = if runs.len() == 1 { usize::MAX } else { PAIRS_MAX };
        Merge { parts, breaches, pairs_max, suppression, width, key_check, dir, progress, slice_bits }
    }

    /// All records, merged, in the order of their digests.
    ///
    /// # Errors
    /// If a segment is damaged.
    pub(super) fn records(&self) -> Result<Merged<'_>, Error> {
        Merged::new(&self.parts, self.suppression, self.slice(0, 0), Payloads::new(self.pairs_max))
    }

    /// Writes the merged segment, or its slices; nothing where no breach is left.
    ///
    /// # Errors
    /// If a segment is damaged, the disk is full, or the payloads are too many.
    pub(super) fn write(&self, writer: &mut Writer<'_>) -> Result<Vec<SegmentEntry>, Error> {
        if self.breaches.is_empty() {
            return Ok(Vec::new());
        }
        let breaches = self.breaches_left();
        let whole = self.sample(self.slice(0, 0))?;
        let bits = (self.slice_bits)(whole.estimate);
        if bits == 0 {
            return Ok(vec![self.write_slice(writer, whole, &breaches, (0, 0))?]);
        }
        drop(whole);
        let slices = 0..1u32 << bits;
        let write = |slice| self.write_slice(writer, self.sample(self.slice(slice, bits))?, &breaches, (slice, bits));
        slices.map(write).collect()
    }

    /// The breaches of what comes out. Where anything is suppressed they may have fewer values than they say; all of them, so that
    /// nobody learns which of them have lost one.
    pub(super) fn breaches_left(&self) -> Vec<BreachCoverage> {
        let mut breaches = self.breaches.clone();
        if !self.suppression.digests().is_empty() {
            let values = breaches.iter_mut().flat_map(|breach| breach.values.values_mut());
            values.for_each(|values| values.at_most = true);
        }
        breaches
    }

    fn write_slice(
        &self,
        writer: &mut Writer<'_>,
        sample: Sample,
        breaches: &[BreachCoverage],
        (slice, bits): (u32, u8),
    ) -> Result<SegmentEntry, Error> {
        let Sample { payloads, counts, estimate } = sample;
        let mut places = vec![UNKNOWN; payloads.len()];
        counts.keys().zip(0..).for_each(|(payload, place)| places[*payload as usize] = place);
        let counted = counts.iter().map(|(payload, count)| (payloads.entry(*payload).clone(), *count)).collect();
        let (width, key_check) = (self.width, self.key_check);
        let plan = SegmentPlan { width, key_check, estimate, payloads: counted, slice_bits: bits, slice };
        // Counts stand in the first slice only: whoever adds up all segments counts them once.
        let breaches: Vec<BreachCoverage> = match slice {
            0 => breaches.to_vec(),
            _ => breaches.iter().map(|all| BreachCoverage { uid: all.uid, ..Default::default() }).collect(),
        };
        let mut merged = Merged::new(&self.parts, self.suppression, self.slice(slice, bits), payloads)?;
        // An error of ours inside of the writer's closure waits here.
        let mut failed = None;
        let written = writer.add_segment(plan, |segment| {
            let mut segment = segment.spilling_into(self.dir);
            match self.push_all(&mut merged, &mut segment, &mut places) {
                Ok(()) => segment.finish(&breaches),
                Err(Interrupted::Disk(cause)) => Err::<(SegmentSummary, SegmentFile), _>(cause),
                Err(Interrupted::Merge(error)) => {
                    failed = Some(error);
                    Err(io::Error::other("the segments cannot be read"))
                }
            }
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(written?),
        }
    }

    fn push_all(
        &self,
        merged: &mut Merged<'_>,
        segment: &mut SegmentWriter<SegmentFile>,
        places: &mut Vec<u32>,
    ) -> Result<(), Interrupted> {
        let mut pushed = 0;
        while let Some((digest, payload)) = merged.next()? {
            if payload as usize >= places.len() {
                places.resize(merged.payloads.len(), UNKNOWN);
            }
            let place = &mut places[payload as usize];
            if *place == UNKNOWN {
                *place = segment.add_payload(merged.payloads.entry(payload).clone()) as u32;
            }
            segment.push(digest, *place as usize).map_err(Interrupted::Disk)?;
            pushed += 1;
            if pushed % STOP_CHECK_RECORDS == 0 {
                self.progress.add_done(STOP_CHECK_RECORDS);
                if self.progress.stop_requested() {
                    return Err(Interrupted::Merge(Error::Stopped));
                }
            }
        }
        self.progress.add_done(pushed % STOP_CHECK_RECORDS);
        Ok(())
    }

    /// The digests of a slice.
    fn slice(&self, slice: u32, bits: u8) -> RangeInclusive<u128> {
        let below = self.width.bits() - u32::from(bits);
        let first = if bits == 0 { 0 } else { u128::from(slice) << below };
        first..=first | u128::MAX >> (128 - below)
    }

    /// Merges the lowest records of a range, to know what all of them are. It follows from the merged records alone: not from
    /// the segments that they come from.
    fn sample(&self, range: RangeInclusive<u128>) -> Result<Sample, Error> {
        let payloads = Payloads::new(self.pairs_max);
        let mut merged = Merged::new(&self.parts, self.suppression, range.clone(), payloads)?;
        let (mut counts, mut taken, mut last) = (BTreeMap::new(), 0, *range.start());
        while taken < SAMPLE_RECORDS {
            let Some((digest, payload)) = merged.next()? else {
                return Ok(Sample { payloads: merged.payloads, counts, estimate: taken });
            };
            *counts.entry(payload).or_default() += 1;
            (taken, last) = (taken + 1, digest.0);
        }
        let estimate = extrapolate(taken, last - range.start(), range.end() - range.start());
        Ok(Sample { payloads: merged.payloads, counts, estimate })
    }
}

/// How many records there are if the lowest `count` reach so far into a range that is `all` wide, less one.
fn extrapolate(count: u64, reached: u128, all: u128) -> u64 {
    let shift = all.leading_zeros();
    let share = (reached << shift >> 64) as u64;
    ((u128::from(count) << 64) / (u128::from(share) + 1)).try_into().unwrap_or(u64::MAX)
}

/// The counts of all slices of a breach, or of all its parts.
fn coverage<'t>(mut tables: impl Iterator<Item = &'t BreachCoverage>) -> BreachCoverage {
    let mut all = tables.next().cloned().unwrap_or_default();
    for table in tables {
        for (key, counts) in &table.counts {
            let sum = all.counts.entry(*key).or_default();
            sum.accepted += counts.accepted;
            sum.rejected += counts.rejected;
        }
        for (kind, values) in &table.values {
            let sum = all.values.entry(*kind).or_default();
            sum.count += values.count;
            sum.at_most |= values.at_most;
        }
    }
    all
}

/// Why records were not all pushed.
pub(super) enum Interrupted {
    Disk(io::Error),
    Merge(Error),
}

impl From<Error> for Interrupted {
    fn from(error: Error) -> Interrupted {
        Interrupted::Merge(error)
    }
}

/// The records of several segments in the order of their digests, equal ones made one.
pub(super) struct Merged<'a> {
    /// Those that have a record left.
    cursors: Vec<Cursor<'a>>,
    /// The next digest of each.
    heads: Tournament,
    payloads: Payloads,
    suppression: &'a Suppression,
}

impl<'a> Merged<'a> {
    fn new(
        parts: &'a [Part<'a>],
        suppression: &'a Suppression,
        range: RangeInclusive<u128>,
        payloads: Payloads,
    ) -> Result<Merged<'a>, Error> {
        let (mut cursors, mut heads) = (Vec::new(), Vec::new());
        for part in parts {
            let stream = part.live.segment().stream(Digest(*range.start()), Digest(*range.end()));
            let stream = stream.map_err(|error| part.live.locate(error))?;
            let places = vec![UNKNOWN; part.live.segment().payloads().len()];
            let mut cursor = Cursor { part, stream, block: Block::default(), at: 0, place: 0, places };
            if let Some(digest) = cursor.next_block()? {
                heads.push(digest);
                cursors.push(cursor);
            }
        }
        Ok(Merged { cursors, heads: Tournament::new(heads.into_iter()), payloads, suppression })
    }

    /// What the numbers of the payloads mean.
    pub(super) fn into_payloads(self) -> Payloads {
        self.payloads
    }

    /// The next record that has any exposure left and is not suppressed: its digest, and the number of its payload.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<(Digest, u32)>, Error> {
        while let Some((digest, mut number)) = self.heads.lowest() {
            let mut payload = NOTHING;
            loop {
                let found = self.take(number)?;
                payload = self.payloads.union(payload, found)?;
                match self.heads.lowest() {
                    Some((next, other)) if next == digest => number = other,
                    _ => break,
                }
            }
            if payload != NOTHING && !self.suppression.suppresses(digest) {
                return Ok(Some((digest, payload)));
            }
        }
        Ok(None)
    }

    /// Takes the next record of a segment, and says its payload.
    #[inline(always)]
    fn take(&mut self, number: usize) -> Result<u32, Error> {
        let cursor = &mut self.cursors[number];
        let payload = match cursor.places[cursor.place] {
            UNKNOWN => cursor.number(&mut self.payloads)?,
            payload => payload,
        };
        match cursor.next() {
            Some(digest) => self.heads.advance(number, digest),
            None => self.next_block(number)?,
        }
        Ok(payload)
    }

    /// Goes on with a segment whose block has ended.
    #[cold]
    #[inline(never)]
    fn next_block(&mut self, number: usize) -> Result<(), Error> {
        match self.cursors[number].next_block()? {
            Some(digest) => self.heads.advance(number, digest),
            None => {
                self.heads.remove(number);
                self.cursors.remove(number);
            }
        }
        Ok(())
    }
}

/// Where the merge stands in one segment.
struct Cursor<'a> {
    part: &'a Part<'a>,
    stream: Stream<'a, SegmentBytes>,
    block: Block,
    /// The record behind that which comes next, in the block.
    at: usize,
    /// The payload of the record that comes next.
    place: usize,
    /// For every place of a payload the number that it has here, or [`UNKNOWN`].
    places: Vec<u32>,
}

impl Cursor<'_> {
    /// Stands at the next record of the block, and says its digest.
    #[inline(always)]
    fn next(&mut self) -> Option<Digest> {
        let record = self.block.get(self.at)?;
        self.at += 1;
        self.place = record.place as usize;
        Some(record.digest)
    }

    /// The same in the next block.
    fn next_block(&mut self) -> Result<Option<Digest>, Error> {
        self.at = 0;
        self.stream.next_block(&mut self.block).map_err(|error| self.part.live.locate(error))?;
        Ok(self.next())
    }

    /// The number of the payload of the record that comes next, which has none yet.
    #[cold]
    fn number(&mut self, payloads: &mut Payloads) -> Result<u32, Error> {
        let payload = payloads.number_of(self.entry(self.place))?;
        self.places[self.place] = payload;
        Ok(payload)
    }

    /// A payload with the breaches of the merged segment.
    fn entry(&self, place: usize) -> Entry {
        let pairs = self.part.live.segment().payloads()[place].iter();
        let mut entry: Entry =
            pairs.filter_map(|(local, mask)| Some((self.part.numbers[*local as usize]?, *mask))).collect();
        entry.sort_unstable_by_key(|(breach, _)| *breach);
        entry
    }
}

#[cfg(test)]
mod tests {
    use super::super::runs::runs;
    use super::super::test_data::{IDENTITY, answers, parts, write_index};
    use super::*;
    use crate::index::{Access, Forgotten, Pair};

    #[test]
    fn a_number_follows_from_how_far_the_lowest_records_reach() {
        let all = u128::MAX >> 48;
        assert_eq!(extrapolate(1000, all, all), 1000);
        assert_eq!(extrapolate(1000, all / 2, all), 2000);
        assert_eq!(extrapolate(1000, all / 1024, all), 1_024_000);
        assert_eq!(extrapolate(7, u128::MAX / 4, u128::MAX), 28);
        assert_eq!(extrapolate(1 << 17, 0, all), u64::MAX, "digests that are not uniform");
    }

    /// Merges all runs of an index into slices of these bits.
    fn merge_all(dir: &Path, slice_bits: fn(u64) -> u8) -> Vec<SegmentEntry> {
        let index = Index::open(dir, Some(&IDENTITY), Access::ReadFew).expect("an index");
        let runs = runs(&index);
        let progress = Progress::new();
        let merge = Merge { slice_bits, ..Merge::new(&index, &runs.iter().collect::<Vec<_>>(), &progress) };
        let mut writer = Writer::open(dir, &IDENTITY, Width::DEFAULT).expect("an index");
        let added = merge.write(&mut writer).expect("whole segments");
        let replaced: Vec<String> = index.manifest().segments.iter().map(|segment| segment.id.clone()).collect();
        let catalogue = writer.catalogue().clone();
        writer.replace(&replaced, added.clone(), catalogue).expect("a commit");
        added
    }

    #[test]
    fn slices_are_made_of_what_is_whole_and_the_other_way_round() {
        let (temporary, parts) = (tempfile::tempdir().expect("a temporary folder"), parts(4, 3, 6000));
        let dir = temporary.path().join("index");
        write_index(&dir, &parts);
        let before = answers(&dir, &parts);
        let whole = merge_all(&dir, |_| 0);
        assert_eq!((whole.len(), answers(&dir, &parts)), (1, before.clone()));
        for bits in [2u8, 1, 3] {
            let slices = match bits {
                1 => merge_all(&dir, |_| 1),
                2 => merge_all(&dir, |_| 2),
                _ => merge_all(&dir, |_| 3),
            };
            assert_eq!((slices.len(), answers(&dir, &parts)), (1 << bits, before.clone()), "{bits} bits");
            let index = Index::open(&dir, Some(&IDENTITY), Access::Mapped).expect("an index");
            assert_eq!(runs(&index).len(), 1, "slices are one run");
        }
        assert_eq!(merge_all(&dir, |_| 0), whole, "the same records give the same bytes");
    }

    /// The counts stand in the first slice, and what is dropped may stand in the last.
    #[test]
    fn every_slice_loses_what_is_suppressed_and_the_first_says_so() {
        let (temporary, parts) = (tempfile::tempdir().expect("a temporary folder"), parts(9, 2, 3000));
        let dir = temporary.path().join("index");
        write_index(&dir, &parts);
        merge_all(&dir, |_| 2);
        let is_only_second = |digest: &&Digest| !parts[0].contains_key(digest);
        let last: Vec<Digest> = parts[1].keys().rev().filter(is_only_second).take(5).copied().collect();
        let mut writer = Writer::open(&dir, &IDENTITY, Width::DEFAULT).expect("an index");
        let pair = |digest: &Digest| Pair { digest: *digest, owner: *digest, suppresses: true, written_since: false };
        writer.forget(Forgotten::from_pairs(last.iter().map(pair))).expect("a commit");
        drop(writer);
        let records = |dir: &Path| Index::open(dir, Some(&IDENTITY), Access::Mapped).expect("an index").records();
        let before = records(&dir);
        for bits in [2usize, 0] {
            merge_all(&dir, if bits == 2 { |_| 2 } else { |_| 0 });
            assert_eq!(records(&dir), before - 5, "{bits} bits");
            let index = Index::open(&dir, Some(&IDENTITY), Access::Mapped).expect("an index");
            let at_most: Vec<bool> = index.values().values().map(|values| values.at_most).collect();
            assert_eq!(at_most, [true, true], "{bits} bits: nobody learns which breach has lost something");
            assert_eq!(index.segments().len(), 1 << bits);
        }
    }

    #[test]
    fn the_estimate_does_not_depend_on_the_parts() {
        let (temporary, parts) = (tempfile::tempdir().expect("a temporary folder"), parts(5, 2, 150_000));
        let dir = temporary.path().join("index");
        write_index(&dir, &parts);
        let index = Index::open(&dir, Some(&IDENTITY), Access::ReadFew).expect("an index");
        let (runs, progress) = (runs(&index), Progress::new());
        let merge = Merge::new(&index, &runs.iter().collect::<Vec<_>>(), &progress);
        let sample = merge.sample(merge.slice(0, 0)).expect("whole segments");
        let distinct: std::collections::BTreeSet<Digest> = parts.iter().flat_map(|part| part.keys().copied()).collect();
        let error = (sample.estimate as f64 / distinct.len() as f64 - 1.0).abs();
        assert!(error < 0.01, "{} of {}", sample.estimate, distinct.len());
        drop(merge);
        let whole = merge_all(&dir, |_| 0);
        let header = Index::open(&dir, Some(&IDENTITY), Access::ReadFew).expect("an index");
        assert_eq!((header.records(), whole[0].records), (distinct.len() as u64, distinct.len() as u64));
    }
}
