//! One worker's share of an input: blocks become records by partition, and every record is counted once.

use super::Error;
use super::fate::Addresses;
use super::record::{Record, Tag, Tags};
use super::spill::{PARTITIONS, Store, partition};
use crate::digest::{Digest, Key, Width};
use crate::identifier::{Kind, Reason};
use crate::index::Estimate;
use crate::index::class::ClassMask;
use crate::plan::{Batch, Counted, Extractor, KeptClasses, Plan, Probe, Tier, at_place, places};
use crate::source::{Block, Options, count_addresses, count_likely_addresses};
use std::collections::{BTreeMap, HashMap, HashSet};

/// Numbers of tags that a worker remembers.
const KNOWN_TAGS_MAX: usize = 4096;

/// One worker's share of an input.
pub(super) struct Worker<'a, R> {
    pub extractor: Extractor<'a>,
    pub batch: Batch,
    records: Vec<R>,
    /// Records of several blocks that wait for the store; only so many are in use.
    sorted: Vec<Sorted<R>>,
    sorted_count: usize,
    /// What a record has already.
    seen: Seen,
    /// The counted values of a record.
    of_record: Vec<Digest>,
    /// How many records of the block have each of its counted values, and what these exposed together.
    sums: Vec<(u32, KeptClasses)>,
    /// The numbers of tags.
    tags: HashMap<Tag, u32>,
    last_tag: Option<((ClassMask, Kind, bool), u32)>,
    pub estimate: Estimate,
    pub tally: Tally,
}

/// The records of a block, one partition after the other, and where each ends.
struct Sorted<R> {
    records: Vec<R>,
    ends: [usize; PARTITIONS],
    /// Whether they say numbers, and are no digests of identifiers.
    are_numbers: bool,
}

/// Which digests a record has already. Nearly every record has a few, which are compared one by one; one of a hundred thousand
/// addresses would take minutes in this way.
#[derive(Default)]
struct Seen {
    digests: HashSet<Digest>,
    is_long: bool,
}

impl Seen {
    /// From so many digests on a set is faster.
    const LONG: usize = 64;

    /// Goes to a record of so many digests.
    #[inline]
    fn begin(&mut self, count: usize) {
        self.is_long = count > Seen::LONG;
        if self.is_long {
            self.digests.clear();
        }
    }

    /// Whether a digest is new. `before`: those that came before it in the record.
    #[inline]
    fn is_new(&mut self, digest: Digest, before: &[Digest]) -> bool {
        if self.is_long { self.digests.insert(digest) } else { !before.contains(&digest) }
    }
}

/// Records of an input by fate.
#[derive(Default)]
pub(super) struct Tally {
    pub records: u64,
    pub accepted: u64,
    pub accepted_bytes: u64,
    pub rejected_bytes: u64,
    /// Of these, those of records in which nobody has left an identifier.
    pub empty_bytes: u64,
    pub addresses: Addresses,
    pub rejected: BTreeMap<&'static str, u64>,
}

/// Where a rejected record stands in its block.
pub(super) struct RejectedAt {
    pub begin: usize,
    pub end: usize,
    pub reason: &'static str,
}

impl<'a, R: Record> Worker<'a, R> {
    pub(super) fn new(plan: &'a Plan, key: &'a Key, width: Width, options: &Options) -> Worker<'a, R> {
        Worker {
            extractor: Extractor::new(plan, key, width, options),
            batch: Batch::default(),
            records: Vec::new(),
            sorted: Vec::new(),
            sorted_count: 0,
            seen: Seen::default(),
            of_record: Vec::new(),
            sums: Vec::new(),
            tags: HashMap::new(),
            last_tag: None,
            estimate: Estimate::new(width),
            tally: Tally::default(),
        }
    }

    /// Compares the addresses in a block with those that the plan found. Where nothing that looks like one was missed, none was, and
    /// the plain search is spared: it takes as long as a fifth of all other work.
    pub(super) fn search(&mut self, block: &Block) {
        let planned = |probe: &&Probe| probe.kind == Kind::Email && probe.tier == Tier::Exact;
        let found = self.batch.found.iter().filter(|found| found.kind == Kind::Email && found.tier == Tier::Exact);
        let planned = (self.batch.probes.iter().filter(planned).count() + found.count()) as u64;
        let likely = count_likely_addresses(&block.bytes);
        let may_miss = likely * 98 > planned * 100;
        let searched = if may_miss { count_addresses(&block.bytes) } else { likely.min(planned) };
        self.tally.addresses.searched += searched;
        self.tally.addresses.planned += planned;
    }

    /// Turns the batch into records, and counts every record of the input once.
    ///
    /// # Errors
    /// If the records have too many sets of data classes.
    pub(super) fn take_batch(&mut self, tags: &Tags, log: impl Fn(RejectedAt)) -> Result<(), Error> {
        self.records.clear();
        let (mut probe, mut refused) = (0, 0);
        let mut malformed = 0;
        for record in 0..self.batch.records {
            let first = probe;
            while self.batch.probes.get(probe).is_some_and(|probe| probe.record == record) {
                probe += 1;
            }
            let mut reason: Option<Reason> = None;
            while let Some(field) = self.batch.refused.get(refused).filter(|field| field.record == record) {
                // An empty field explains a rejected record only if nothing else does.
                reason = reason.filter(|reason| !reason.is_absence()).or(Some(field.reason));
                refused += 1;
            }
            let bytes = u64::from(self.batch.record_bytes[record as usize]);
            let accepted = self.batch.accepts(first..probe);
            let fate = if !accepted { &mut self.tally.rejected_bytes } else { &mut self.tally.accepted_bytes };
            *fate += bytes;
            if !accepted {
                let end = self.batch.record_ends[record as usize] as usize;
                let reason = reason.map_or("malformed", Reason::name);
                log(RejectedAt { begin: end - bytes as usize, end, reason });
            }
            match (accepted, reason) {
                (true, _) => self.tally.accepted += 1,
                (false, Some(reason)) => {
                    *self.tally.rejected.entry(reason.name()).or_default() += 1;
                    self.tally.empty_bytes += if reason == Reason::Empty { bytes } else { 0 };
                }
                (false, None) => malformed += 1,
            }
            self.seen.begin(probe - first);
            for i in first..probe {
                self.take_probe(first, i, tags)?;
            }
        }
        for place in 0..self.batch.found.len() {
            let found = self.batch.found[place];
            if found.kind.is_counted() {
                continue;
            }
            let tag =
                self.tag_of(Tag { classes: found.classes, kind: found.kind, is_own: found.is_own, records: 1 }, tags)?;
            self.records.push(R::new(found.digest, tag));
            self.estimate.add(found.digest);
        }
        let batch = &self.batch;
        debug_assert_eq!(malformed, batch.malformed.values().sum::<u64>(), "every record has a fate");
        batch.malformed.iter().for_each(|(reason, n)| *self.tally.rejected.entry(reason).or_default() += n);
        self.tally.records += u64::from(batch.records);
        Ok(())
    }

    /// Keeps the digest number `i` of a record whose digests begin at `first`, unless it has it already: the same number
    /// in two columns is one exposure, and counts once.
    #[inline]
    fn take_probe(&mut self, first: usize, i: usize, tags: &Tags) -> Result<(), Error> {
        let digest = self.batch.digests[i];
        // A counted value stands among those that are counted, too.
        if self.batch.probes[i].kind.is_counted() || !self.seen.is_new(digest, &self.batch.digests[first..i]) {
            return Ok(());
        }
        let probe = &self.batch.probes[i];
        // Of the digests of one identifier the first stands for its value: the others are readings of the same.
        let is_first = i == 0 || self.batch.probes[i - 1].identifier != probe.identifier;
        let key = (self.batch.masks[probe.record as usize], probe.kind, is_first && probe.is_own());
        let tag = match self.last_tag {
            Some((last, tag)) if last == key => tag,
            _ => self.tag_of(Tag { classes: key.0, kind: key.1, is_own: key.2, records: 1 }, tags)?,
        };
        self.last_tag = Some((key, tag));
        self.records.push(R::new(digest, tag));
        self.estimate.add(digest);
        Ok(())
    }

    /// Counts the records that have each counted value, as records of their own: a record counts once, however often it has one.
    fn count_values(&mut self, tags: &Tags) -> Result<(), Error> {
        let Batch { counted, values, masks, .. } = &self.batch;
        let mut sums = std::mem::take(&mut self.sums);
        sums.clear();
        sums.resize(values.len(), (0, KeptClasses::default()));
        let mut last = (ClassMask::NONE, KeptClasses::default());
        for of_record in counted.chunk_by(|a, b| a.record == b.record) {
            let mask = masks[of_record[0].record as usize];
            if last.0 != mask {
                last = (mask, KeptClasses::of(mask));
            }
            self.seen.begin(of_record.len());
            self.of_record.clear();
            for Counted { value, .. } in of_record {
                let digest = values[*value as usize];
                if !self.seen.is_new(digest, &self.of_record) {
                    continue;
                }
                self.of_record.push(digest);
                let (records, classes) = &mut sums[*value as usize];
                (*records, *classes) = (*records + 1, classes.union(last.1));
            }
        }
        for (value, (records, classes)) in sums.iter().enumerate() {
            self.push_number(self.batch.values[value], *records, *classes, tags)?;
        }
        self.sums = sums;
        for place in 0..self.batch.found.len() {
            let found = self.batch.found[place];
            if found.kind.is_counted() {
                self.push_number(found.digest, 1, KeptClasses::of(found.classes), tags)?;
            }
        }
        Ok(())
    }

    /// Keeps the number of records that have a counted value, as powers of two. The store adds up what is equal.
    fn push_number(&mut self, digest: Digest, records: u32, kept: KeptClasses, tags: &Tags) -> Result<(), Error> {
        if records == 0 {
            return Ok(());
        }
        let (digest, classes) = (at_place(digest, 0), kept.classes());
        self.estimate.add(digest);
        for place in places(records.into()) {
            let tag =
                self.tag_of(Tag { classes, kind: Kind::EmailDomain, is_own: false, records: 1 << place }, tags)?;
            self.records.push(R::new(digest, tag));
        }
        Ok(())
    }

    /// The number of a tag. Each worker remembers the usual ones.
    fn tag_of(&mut self, tag: Tag, tags: &Tags) -> Result<u32, Error> {
        if let Some(number) = self.tags.get(&tag) {
            return Ok(*number);
        }
        let number = tags.number(tag)?;
        if self.tags.len() >= KNOWN_TAGS_MAX {
            self.tags.clear();
        }
        self.tags.insert(tag, number);
        Ok(number)
    }

    /// Puts the records of the batch one partition after the other, and then its numbers, beside those that wait already.
    ///
    /// # Errors
    /// If the records have too many sets of data classes.
    pub(super) fn sort_into_partitions(&mut self, width: Width, tags: &Tags) -> Result<(), Error> {
        self.sort_records(width, false);
        self.records.clear();
        self.count_values(tags)?;
        if !self.records.is_empty() {
            self.sort_records(width, true);
        }
        Ok(())
    }

    fn sort_records(&mut self, width: Width, are_numbers: bool) {
        if self.sorted_count == self.sorted.len() {
            self.sorted.push(Sorted { records: Vec::new(), ends: [0; PARTITIONS], are_numbers });
        }
        let waiting = &mut self.sorted[self.sorted_count];
        waiting.are_numbers = are_numbers;
        let Sorted { records: sorted, ends: places, .. } = waiting;
        self.sorted_count += 1;
        let mut counts = [0usize; PARTITIONS];
        self.records.iter().for_each(|record| counts[partition(record.digest(), width)] += 1);
        let mut end = 0;
        for (place, count) in places.iter_mut().zip(counts) {
            *place = end;
            end += count;
        }
        sorted.resize(self.records.len(), R::ZERO);
        for record in &self.records {
            let place = &mut places[partition(record.digest(), width)];
            sorted[*place] = *record;
            *place += 1;
        }
    }

    /// Bytes of the records that wait.
    pub(super) fn waiting_bytes(&self) -> u64 {
        self.sorted[..self.sorted_count].iter().map(|sorted| size_of_val(sorted.records.as_slice()) as u64).sum()
    }

    /// Adds them to the store.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub(super) fn hand_over(&mut self, store: &mut Store<R>, tags: &Tags) -> Result<(), Error> {
        let waiting = &self.sorted[..std::mem::take(&mut self.sorted_count)];
        for sorted in waiting {
            store.add(&sorted.records, &sorted.ends, tags)?;
            if sorted.are_numbers {
                store.leave_out(sorted.records.len() as u64);
            }
        }
        Ok(())
    }
}
