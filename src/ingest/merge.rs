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
use crate::index::{
    BreachCoverage, Entry, SegmentEntry, SegmentPlan, SegmentWriter, Suppression, Values, Writer, slice_bits,
};
use crate::plan::{at_place, places, run_ordered};
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
const PART_RECORDS_MIN: u64 = 1 << 18;

/// Everything that is needed to write what was read.
pub(super) struct Merge<'a, R> {
    pub store: &'a Store<R>,
    pub tags: &'a Tags,
    /// What the index must not hold.
    pub suppression: &'a Suppression,
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
    /// Different values by kind, without looser forms.
    pub values: BTreeMap<Kind, u64>,
    /// Digests of forgotten identifiers, which were left out.
    pub forgotten: u64,
    /// The classes of all records, those of forgotten identifiers among them.
    pub classes: ClassMask,
}

/// Merged records: distinct digests in ascending order, each with the place of its classes in `masks` for a tag.
struct Part<R> {
    records: Vec<R>,
    masks: Vec<ClassMask>,
    shared_values: u64,
    values: BTreeMap<Kind, u64>,
    forgotten: u64,
    /// The classes of what was left out.
    forgotten_classes: ClassMask,
}

/// The settings of a store that is complete.
///
/// # Errors
/// If not even the smallest parts fit beside what is in memory, and it cannot be spilled.
pub(super) fn part_records<R: Record>(store: &mut Store<R>, budget: &Budget, tags: &Tags) -> Result<usize, Error> {
    // A partition is looked through once for each of its parts: one value must not make many.
    store.combine_skewed(tags)?;
    let (alone, beside) = (budget.part_bytes(0), budget.part_bytes(store.memory_bytes()));
    // Smaller parts are as good as long as nothing has to be read several times for them.
    let fits = beside.is_some() && (!store.has_spilled() || beside == alone);
    let part = match fits {
        true => beside,
        false => store.spill_all(tags).map(|()| alone).or_else(|error| beside.map(Some).ok_or(error))?,
    };
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
        coverage: &BreachCoverage,
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
            let mut coverage = match slice {
                0 => coverage.clone(),
                _ => BreachCoverage { uid: coverage.uid, ..Default::default() },
            };
            let before = outcome.values.clone();
            // An error of ours inside of the writer's closure waits here.
            let mut failed = None;
            let written = writer.add_segment(plan, |segment| {
                let mut segment = segment.spilling_into(self.store.temp_dir());
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
                    Ok(()) => {
                        coverage.values = values_since(&before, &outcome.values);
                        segment.finish(&[coverage])
                    }
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
        let mut mask_places: BTreeMap<ClassMask, u32> = BTreeMap::new();
        let mut masks = Vec::new();
        let mut last: Option<(ClassMask, u32)> = None;
        let (mut kept, mut at, mut shared_values) = (0, 0, 0);
        let mut values = [0u64; Kind::NUMBERS];
        let (mut forgotten, mut forgotten_classes) = (0, ClassMask::NONE);
        while at < records.len() {
            let digest = records[at].digest();
            let mut end = at + 1;
            while end < records.len() && records[end].digest() == digest {
                end += 1;
            }
            let tag = known.join(&records[at..end]);
            let mut classes = tag.classes;
            let of_kind = self.fields.get(&tag.kind).copied().unwrap_or(0);
            let is_counted = tag.kind.is_counted();
            if !is_counted && self.suppression.suppresses(digest) {
                (forgotten, forgotten_classes) = (forgotten + 1, forgotten_classes.union(classes));
                at = end;
                continue;
            }
            values[usize::from(tag.kind.id())] += u64::from(tag.is_own);
            if !is_counted && tag.records > SHARED_RECORDS_MIN && tag.records * SHARED_FIELDS_PER_VALUE > of_kind {
                classes = classes.union(ClassMask::of(DataClass::SHARED_VALUE));
                shared_values += 1;
            }
            let place = match last {
                Some((mask, place)) if mask == classes => place,
                _ => *mask_places.entry(classes).or_insert_with(|| {
                    masks.push(classes);
                    masks.len() as u32 - 1
                }),
            };
            last = Some((classes, place));
            if is_counted {
                // Never more than there were: each of them stands for a power of two.
                for digit in places(tag.records) {
                    records[kept] = R::new(at_place(digest, digit), place);
                    kept += 1;
                }
            } else {
                records[kept] = R::new(digest, place);
                kept += 1;
            }
            at = end;
        }
        records.truncate(kept);
        // Of two digests that differ only where a number is written, the later one may stand before the end of the number.
        if !records.is_sorted_by(|one, next| one.digest() < next.digest()) {
            untangle(&mut records, &mut masks);
        }
        let values =
            Kind::ALL.into_iter().map(|kind| (kind, values[usize::from(kind.id())])).filter(|(_, n)| *n > 0).collect();
        Part { records, masks, shared_values, values, forgotten, forgotten_classes }
    }
}

/// Sorts merged records whose tags are places in `masks`, and makes one of those that have the same digest.
#[cold]
fn untangle<R: Record>(records: &mut Vec<R>, masks: &mut Vec<ClassMask>) {
    records.sort_unstable();
    records.dedup_by(|next, kept| {
        let same = next.digest() == kept.digest();
        if same && next.tag() != kept.tag() {
            masks.push(masks[next.tag() as usize].union(masks[kept.tag() as usize]));
            *kept = R::new(kept.digest(), masks.len() as u32 - 1);
        }
        same
    });
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

/// The values of one segment, of which there were some before.
fn values_since(before: &BTreeMap<Kind, u64>, now: &BTreeMap<Kind, u64>) -> BTreeMap<u8, Values> {
    let of_kind = |(kind, n): (&Kind, &u64)| {
        let count = n - before.get(kind).copied().unwrap_or(0);
        (kind.id(), Values { count, at_most: false })
    };
    now.iter().map(of_kind).filter(|(_, values)| values.count > 0).collect()
}

impl Outcome {
    fn add<R>(&mut self, part: &Part<R>) {
        self.digests += part.records.len() as u64;
        self.shared_values += part.shared_values;
        self.forgotten += part.forgotten;
        part.values.iter().for_each(|(kind, n)| *self.values.entry(*kind).or_default() += n);
        self.classes = part.masks.iter().fold(self.classes.union(part.forgotten_classes), |all, mask| all.union(*mask));
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::{Narrow, Tag, Wide};
    use super::super::spill::Place;
    use super::super::test_data::{PAGE_BYTES, Random, SMALL, add, all, few_tags, records, width};
    use super::*;
    use crate::digest::KeyId;
    use crate::index::{Forgotten, Identity, Index, Pair};
    use std::path::Path;

    const IDENTITY: Identity<'_> =
        Identity { id: KeyId([1; 8]), check: KeyCheck([7; 16]), links: 0, seal: &|_| [9; 32] };

    /// How a store is kept and merged; nothing written may depend on it.
    #[derive(Clone, Copy, Debug)]
    struct Way {
        pages: u64,
        part_records: usize,
        threads: usize,
    }

    const WAYS: [Way; 5] = [
        Way { pages: 1 << 16, part_records: 1 << 20, threads: 1 },
        Way { pages: 1 << 16, part_records: 70, threads: 3 },
        Way { pages: 257, part_records: 1000, threads: 2 },
        Way { pages: 900, part_records: 64, threads: 8 },
        Way { pages: 257, part_records: 5, threads: 2 },
    ];

    /// What is merged, with an estimate that need not be true.
    struct Input<'a, R> {
        records: &'a [R],
        tags: &'a Tags,
        suppression: &'a Suppression,
        fields: u64,
        estimate: u64,
        width: Width,
    }

    impl<R: Record> Input<'_, R> {
        /// Merges in one way, and hands on the merge.
        fn with_merge<T>(&self, way: Way, dir: &Path, with: impl FnOnce(&Merge<'_, R>) -> T) -> T {
            let mut store =
                Store::new(self.width, way.pages * PAGE_BYTES, PAGE_BYTES, Place::Nameless(dir.to_path_buf()));
            add(&mut store, self.records, self.width, self.tags);
            if store.has_spilled() {
                store.spill_all(self.tags).expect("a directory that takes a file");
            }
            with(&Merge {
                store: &store,
                tags: self.tags,
                suppression: self.suppression,
                fields: BTreeMap::from([(Kind::Email, self.fields)]),
                width: self.width,
                estimate: self.estimate,
                threads: way.threads,
                parts: 2 * way.threads + 4,
                part_records: way.part_records,
                sets_max: 100,
                progress: &Progress::new(),
            })
        }

        /// The segments that one way of merging writes, and what it says of them.
        fn written(&self, way: Way, dir: &Path) -> Outcome {
            let mut writer = Writer::open(dir, &IDENTITY, self.width).expect("a new index");
            let breach = crate::index::Breach { name: "b".into(), uid: "ab".repeat(16), ..Default::default() };
            let catalogue = crate::index::Catalogue { breaches: vec![breach], ..writer.catalogue().clone() };
            let coverage = BreachCoverage { uid: [0xab; 16], ..Default::default() };
            let outcome = self.with_merge(way, dir, |merge| merge.write(&mut writer, IDENTITY.check, &coverage));
            let outcome = outcome.expect("a readable store");
            writer.commit(outcome.segments.clone(), catalogue).expect("a commit");
            outcome
        }
    }

    fn check_ways<R: Record>(input: &Input<'_, R>, slices: usize) -> Vec<tempfile::TempDir> {
        let dirs = WAYS.map(|_| tempfile::tempdir().expect("a temporary folder"));
        let outcomes: Vec<Outcome> = WAYS.iter().zip(&dirs).map(|(way, dir)| input.written(*way, dir.path())).collect();
        assert_eq!(outcomes[0].segments.len(), slices);
        for (outcome, way) in outcomes.iter().zip(WAYS) {
            // The names of segments are hashes of all their bytes.
            assert_eq!(
                *outcome,
                outcomes[0],
                "{way:?} for {} records, estimate {}",
                input.records.len(),
                input.estimate
            );
        }
        dirs.into()
    }

    fn check_estimates<R: Record>(bits: u8, estimates: &[(u64, usize)]) {
        let (width, tags) = (width(bits), Tags::new(100));
        let numbers = few_tags(&tags);
        let mut random = Random(u64::from(bits));
        let mut given: Vec<R> = records(&mut random, 6000, width, &numbers);
        given.extend_from_within(..1000);
        // Sets that the sample does not show: their places follow from the order in which they come.
        let rare = |n: u64| {
            tags.number(Tag { classes: ClassMask(n << 10), kind: Kind::Email, is_own: true, records: 1 }).expect("room")
        };
        let rare: Vec<u32> = (1..40).map(rare).collect();
        given.extend(records::<R>(&mut random, 50, width, &rare));
        for (estimate, slices) in estimates {
            check_ways(
                &Input {
                    records: &given,
                    tags: &tags,
                    suppression: &Suppression::default(),
                    fields: 7000,
                    estimate: *estimate,
                    width,
                },
                *slices,
            );
        }
    }

    /// An estimate far too high makes a few thousand records take the way of millions: payloads are counted in a sample of
    /// the lowest digests, or the segment is cut into slices.
    #[test]
    fn samples_and_slices_do_not_depend_on_memory_or_threads() {
        check_estimates::<Narrow>(80, &[(200, 1), (7000, 1), (SAMPLE_RECORDS * 8, 1), (SAMPLE_RECORDS * 600, 2)]);
        check_estimates::<Wide>(128, &[(7000, 1), (SAMPLE_RECORDS * 8, 1)]);
    }

    /// The number of values of which one has so many records among so many fields of its kind.
    fn shared(records_of_one: u64, fields: u64) -> (u64, bool) {
        let (width, tags) = (width(80), Tags::new(100));
        let numbers = few_tags(&tags);
        let one = Digest(1 << 70);
        let mut given: Vec<Narrow> = records(&mut Random(4), 100, width, &numbers);
        given.extend((0..records_of_one).map(|i| Narrow::new(one, numbers[i as usize % 2])));
        let input =
            Input { records: &given, tags: &tags, suppression: &Suppression::default(), fields, estimate: 101, width };
        let dirs = check_ways(&input, 1);
        let index = Index::open(dirs[0].path(), Some(&IDENTITY), crate::index::Access::Mapped).expect("an index");
        let segment = index.segments()[0].segment();
        let place = segment.find(one).expect("undamaged").expect("the value");
        let mask = segment.payloads()[place][0].1;
        assert_eq!((ClassMask(mask.0 & 7), index.records()), (ClassMask(3), 101));
        let counted = input.with_merge(WAYS[2], dirs[0].path(), |merge| merge.count()).expect("a readable store");
        (counted.shared_values, mask.contains(DataClass::SHARED_VALUE))
    }

    #[test]
    fn a_value_is_shared_above_a_thousand_records_and_a_thousandth_of_the_fields() {
        assert_eq!(shared(1000, 1000), (0, false));
        assert_eq!(shared(1001, 1001), (1, true));
        assert_eq!(shared(1001, 1_000_999), (1, true));
        assert_eq!(shared(1001, 1_001_000), (0, false));
        assert_eq!(shared(3000, 3_000_000), (0, false));
        assert_eq!(shared(3001, 3_000_000), (1, true));
    }

    #[test]
    fn combined_records_count_as_many() {
        let (width, tags) = (width(80), Tags::new(100));
        let number = |records| {
            tags.number(Tag { classes: ClassMask(1), kind: Kind::Email, is_own: true, records }).expect("room")
        };
        let given = [512, 256, 128, 64, 32, 8, 1].map(|records| Narrow::new(Digest(5), number(records)));
        for (kept, want) in [(6, 0), (7, 1)] {
            let input = Input {
                records: &given[..kept],
                tags: &tags,
                suppression: &Suppression::default(),
                fields: 1001,
                estimate: 1,
                width,
            };
            let dir = tempfile::tempdir().expect("a temporary folder");
            let outcome = input.with_merge(WAYS[0], dir.path(), |merge| merge.count()).expect("a readable store");
            assert_eq!((outcome.digests, outcome.shared_values), (1, want), "{kept} tags");
        }
    }

    /// At 64 bits it happens in an index of a billion records and ten million domains.
    #[test]
    fn a_digest_beside_a_number_stays_in_order() {
        let (width, tags) = (width(80), Tags::new(100));
        let number = |classes, kind, records| {
            tags.number(Tag { classes: ClassMask(classes), kind, is_own: true, records }).expect("room")
        };
        let [one, four] = [1, 4].map(|records| number(1, Kind::EmailDomain, records));
        let (mail, domain) = (number(2, Kind::Email, 1), 64 * 77);
        let given = [(0, one), (0, four), (1, mail), (2, mail), (70, mail)];
        let given = given.map(|(beside, tag)| Narrow::new(Digest(domain + beside), tag));
        let dir = tempfile::tempdir().expect("a temporary folder");
        let input =
            Input { records: &given, tags: &tags, suppression: &Suppression::default(), fields: 4, estimate: 5, width };
        let part = input.with_merge(WAYS[0], dir.path(), |merge| merge.merge(given.to_vec()));
        let mask = |record: &Narrow| part.masks[record.tag() as usize].0;
        let got: Vec<_> = part.records.iter().map(|record| (record.digest().0 - domain, mask(record))).collect();
        assert_eq!(got, [(0, 1), (1, 2), (2, 3), (70, 2)]);
    }

    /// What is forgotten is in no segment, in no count of values, and in no sample; the classes of the breach stay.
    #[test]
    fn forgotten_digests_are_left_out_whatever_the_memory() {
        let (width, tags) = (width(80), Tags::new(100));
        let mut given: Vec<Narrow> = records(&mut Random(6), 3000, width, &few_tags(&tags));
        let rare = Tag { classes: ClassMask(1 << 40), kind: Kind::Email, is_own: true, records: 1 };
        given.push(Narrow::new(Digest(77), tags.number(rare).expect("room")));
        let mut digests: Vec<Digest> = given.iter().map(|record| record.digest()).collect();
        digests.sort_unstable();
        digests.dedup();
        let hidden: Vec<Digest> = digests.iter().copied().step_by(7).chain([Digest(77), Digest(78)]).collect();
        let pair = |digest: &Digest| Pair { digest: *digest, owner: *digest, suppresses: true, written_since: false };
        let suppression = {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let mut writer = Writer::open(dir.path(), &IDENTITY, width).expect("a new index");
            writer.forget(Forgotten::from_pairs(hidden.iter().map(pair))).expect("a commit");
            writer.suppression()
        };
        let (none, estimate) = (Suppression::default(), digests.len() as u64);
        let of = |suppression, records: &[Narrow]| {
            let input = Input { records, tags: &tags, suppression, fields: 3000, estimate, width };
            let dirs = check_ways(&input, 1);
            let counted = input.with_merge(WAYS[1], dirs[0].path(), |merge| merge.count()).expect("a readable store");
            (counted, input.written(WAYS[0], tempfile::tempdir().expect("a temporary folder").path()))
        };
        let kept: Vec<Narrow> = given.iter().copied().filter(|record| !hidden.contains(&record.digest())).collect();
        let (got, written) = of(&suppression, &given);
        let (want, without) = of(&none, &kept);
        let distinct = hidden
            .iter()
            .filter(|digest| digests.binary_search(digest).is_ok())
            .collect::<std::collections::BTreeSet<_>>();
        assert_eq!((got.forgotten, got.digests), (distinct.len() as u64, want.digests));
        assert_eq!((&got.values, got.shared_values), (&want.values, want.shared_values));
        assert_eq!(written.segments, without.segments, "the bytes of a segment that never met them");
        assert!(got.classes.0 >> 40 == 1 && want.classes.0 >> 40 == 0);
    }

    #[test]
    fn parts_cover_a_range_once_and_in_order() {
        let (width, tags) = (width(80), Tags::new(100));
        let given: Vec<Narrow> = records(&mut Random(2), 3000, width, &few_tags(&tags));
        let input = Input {
            records: &given,
            tags: &tags,
            suppression: &Suppression::default(),
            fields: 3000,
            estimate: 3000,
            width,
        };
        let dir = tempfile::tempdir().expect("a temporary folder");
        for way in WAYS {
            let parts = input.with_merge(way, dir.path(), |merge| merge.parts_of(all(width)));
            let joins = parts.windows(2).all(|pair| pair[0].last.0 + 1 == pair[1].first.0);
            assert!(joins && parts[0].first == Digest(0), "{way:?}: {parts:?}");
            assert_eq!(parts[parts.len() - 1].last, all(width).last, "{way:?}");
        }
    }

    #[test]
    fn too_many_sets_of_classes_are_refused() {
        let (width, tags) = (width(80), Tags::new(1000));
        let mut random = Random(3);
        let tag =
            |n| tags.number(Tag { classes: ClassMask(n), kind: Kind::Email, is_own: true, records: 1 }).expect("room");
        // Pairs of equal digests: what one set of a pair is not, the other is.
        let given: Vec<Narrow> = (0..100)
            .flat_map(|n| {
                let digest = random.digest(width);
                [Narrow::new(digest, tag(n)), Narrow::new(digest, tag(n << 20))]
            })
            .collect();
        let input = Input {
            records: &given,
            tags: &tags,
            suppression: &Suppression::default(),
            fields: 200,
            estimate: 100,
            width,
        };
        let write = |sets_max: usize| {
            let dir = tempfile::tempdir().expect("a temporary folder");
            let mut writer = Writer::open(dir.path(), &IDENTITY, width).expect("a new index");
            input.with_merge(WAYS[0], dir.path(), |merge| {
                let merge = Merge { sets_max, fields: merge.fields.clone(), ..*merge };
                merge.write(&mut writer, IDENTITY.check, &BreachCoverage::default())
            })
        };
        write(100).expect("as many sets as there may be");
        let refused = write(99);
        assert!(matches!(refused, Err(Error::TooManyClassSets { most: 99 })), "{refused:?}");
    }

    #[test]
    fn small_sizes_make_small_parts() {
        let budget = Budget::of(SMALL, SMALL.pages_bytes_min, 2).expect("the least");
        assert_eq!(budget.part_bytes(0), Some(128));
        assert_eq!(budget.part_bytes(SMALL.pages_bytes_min - 600), Some(75));
        assert_eq!(budget.part_bytes(SMALL.pages_bytes_min - 400), None);
    }
}
