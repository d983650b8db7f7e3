//! The sample: its digests in memory, and what it says about itself.

use super::further::{Columns, Digests, Further};
use super::{AtDomainOfList, Sign, Weight, bit, independent, is_evidence, kinds};
use crate::digest::{Digest, Key, Width};
use crate::identifier::{Form, Kind, Reason};
use crate::plan::{Batch, Extractor, Hashes, Plan, Tier, Unread, may_be_derived, run_blocks, unread};
use crate::query::Error;
use crate::source::{Block, Options, Progress, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How sources are read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// The key of this question.
    pub key: &'a Key,
    /// How sources are read.
    pub source: &'a Options,
    /// Worker threads.
    pub threads: usize,
    /// The memory that the sample may take.
    pub memory: u64,
    /// Counts, and asks to stop.
    pub progress: &'a Arc<Progress>,
}

/// A sample by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SampleFacts {
    /// Records, broken ones among them.
    pub records: u64,
    /// Records with at least one identifier that counts, each once.
    pub comparable: u64,
    /// Records with the very identifiers of an earlier one. They say nothing that it does not, and count nowhere else: whoever
    /// writes one record twenty times has one.
    pub repeats: u64,
    /// Records that are broken.
    pub malformed: u64,
    /// Identifiers by kind.
    pub kinds: BTreeMap<Kind, KindFacts>,
    /// Values at JSON paths that the beginning did not show; nothing was done with them.
    pub unplanned: u64,
    /// Columns that are no identifiers, and can be compared with those of a list.
    pub further_columns: usize,
    /// What the other columns look like, if they look made up, and what that is worth.
    pub signs: Vec<(Sign, Weight)>,
    /// The list at whose domain nearly all of its addresses are.
    pub at_domain_of_list: Option<AtDomainOfList>,
    /// Columns that were not read, and have identifiers in their text.
    pub unread: Vec<Unread>,
}

/// From this share of broken records on, the others do not say what the sample is.
const BROKEN: f64 = 0.05;

impl SampleFacts {
    /// Whether so many records are broken that the answer may be wrong.
    pub fn is_broken(&self) -> bool {
        self.malformed as f64 > BROKEN * self.records as f64
    }
}

/// The identifiers of one kind in a sample.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KindFacts {
    /// Values that are valid.
    pub accepted: u64,
    /// Values that are not, by reason.
    pub refused: BTreeMap<Reason, u64>,
    /// Records with a valid value that counts.
    pub records: u64,
    /// Of these, the records of which a value matches.
    pub matched: u64,
    /// Valid values that an earlier record has already.
    pub repeated: u64,
    /// Values in so many records that they are nobody's; they were not compared.
    pub shared: u64,
    /// Values that are made of an address or a telephone number of their record, and say nothing that it does not; they were not
    /// compared.
    pub derived: u64,
    /// Of the values that were looked at, the share that follows a rule: each so much above the one before.
    pub regular: f64,
}

impl KindFacts {
    /// Values that are there and break the rule of their kind; masks and spreadsheets are not the fault of who wrote them.
    pub fn invalid(&self) -> u64 {
        let invalid = [Reason::Length, Reason::Syntax, Reason::Checksum, Reason::Date, Reason::Reserved];
        invalid.iter().filter_map(|reason| self.refused.get(reason)).sum()
    }
}

/// A value in more records than this is nobody's.
const SHARED_RECORDS: usize = 100;
/// What a digest takes, while the memory for it grows.
const DIGEST_BYTES: u64 = 3 * size_of::<Entry>() as u64;
/// What a record takes: its kinds, what matched, whether jointly and when; or, before that, what tells it from others.
const RECORD_BYTES: u64 = 44;
/// What a further cell takes, while the memory for it grows.
const FURTHER_BYTES: u64 = 2 * size_of::<u32>() as u64;

/// A digest of a record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    digest: Digest,
    record: u32,
    kind: Kind,
    exact: bool,
}

/// The digests of a sample in their order, and the kinds of its records.
pub struct Sample {
    entries: Vec<Entry>,
    /// Where the digests with these first bits begin.
    directory: Vec<u32>,
    shift: u32,
    /// The kinds of every record.
    pub(super) kinds: Vec<u32>,
    /// Which records repeat the identifiers of an earlier one.
    repeats: Vec<bool>,
    /// The other cells of every record.
    pub(super) further: Further,
    /// What it says about itself.
    pub facts: SampleFacts,
    /// The hashes of plain values that a list has to be asked for.
    pub hashes: Hashes,
}

/// What a block gave.
struct Part {
    records: u32,
    malformed: u64,
    entries: Vec<Entry>,
    /// The digests of the further cells, record by record.
    further: Vec<u32>,
    /// Identifiers that are made of others, by kind.
    derived: BTreeMap<Kind, u64>,
}

impl Sample {
    /// Reads a sample.
    ///
    /// # Errors
    /// If it cannot be read, or takes more than its memory.
    pub fn read(reading: Reading<'_>, plan: &Plan, source: Source) -> Result<Sample, Error> {
        let Reading { key, source: options, threads, memory, progress } = reading;
        let columns = Columns::of(plan, source.sample());
        let unread = unread(plan, source.sample());
        let mut plan = Plan { marks_derived: true, ..plan.clone() };
        columns.keep(&mut plan);
        let blocks = plan.blocks(source, Arc::clone(progress));
        let start = || {
            let extractor = Extractor::new(&plan, key, Width::DEFAULT, options);
            (extractor, Batch::default(), Digests::new(key, &columns))
        };
        let work = |(extractor, batch, digests): &mut (Extractor<'_>, Batch, Digests<'_>), block: &Block| {
            extractor.extract_block(block, batch);
            progress.add_records(u64::from(batch.records));
            part_of(batch, digests, columns.count())
        };
        let (mut entries, mut records) = (Vec::new(), 0u64);
        let mut facts = SampleFacts { unread, ..SampleFacts::default() };
        let mut further: Vec<u32> = Vec::new();
        let take = |part: Part| {
            let first = records as u32;
            records += u64::from(part.records);
            facts.malformed += part.malformed;
            part.derived.iter().for_each(|(kind, n)| facts.kinds.entry(*kind).or_default().derived += n);
            further.extend(part.further);
            let needed = (entries.len() + part.entries.len()) as u64 * DIGEST_BYTES
                + records * RECORD_BYTES
                + further.len() as u64 * FURTHER_BYTES;
            if needed > memory || records > u64::from(u32::MAX) {
                return Err(Error::LargeSample { records, memory });
            }
            entries.extend(part.entries.into_iter().map(|entry| Entry { record: entry.record + first, ..entry }));
            Ok(())
        };
        let (workers, _) = run_blocks(blocks, threads, progress, start, work, take)?;
        facts.records = records;
        facts.further_columns = columns.count();
        let mut hashes = Hashes::NONE;
        for (extractor, ..) in &workers {
            facts.unplanned += extractor.unplanned();
            let counts = extractor.counts().into_iter();
            for (spec, counts) in counts.filter(|(_, counts)| counts.accepted > 0 || !counts.refused.is_empty()) {
                let kind = facts.kinds.entry(spec.kind).or_default();
                kind.accepted += counts.accepted;
                counts.refused.iter().for_each(|(reason, n)| *kind.refused.entry(*reason).or_default() += n);
                if spec.form.is_hash() && counts.accepted > 0 {
                    hashes.add(spec.kind, spec.form);
                }
            }
        }
        drop(workers);
        Ok(Sample::new(entries, Further { columns, digests: further }, facts, hashes))
    }

    fn new(mut entries: Vec<Entry>, further: Further, mut facts: SampleFacts, hashes: Hashes) -> Sample {
        entries.sort_unstable();
        entries.dedup_by_key(|entry| (entry.digest, entry.record));
        for same in entries.chunk_by(|a, b| a.digest == b.digest).filter(|same| same[0].exact) {
            facts.kinds.entry(same[0].kind).or_default().repeated += same.len() as u64 - 1;
        }
        let repeats = repeats(&entries, facts.records as usize);
        facts.repeats = repeats.iter().filter(|repeat| **repeat).count() as u64;
        entries.retain(|entry| !repeats[entry.record as usize]);
        let mut kept = Vec::with_capacity(entries.len());
        for same in entries.chunk_by(|a, b| a.digest == b.digest) {
            let kind = facts.kinds.entry(same[0].kind).or_default();
            if same.len() > SHARED_RECORDS {
                kind.shared += u64::from(same[0].exact);
            } else {
                kept.extend_from_slice(same);
            }
        }
        drop(entries);
        // What was not compared neither agrees nor differs: a switchboard's number makes no record one of two people.
        let mut record_kinds = vec![0; facts.records as usize];
        kept.iter().for_each(|entry| record_kinds[entry.record as usize] |= bit(entry.kind));
        facts.comparable = record_kinds.iter().filter(|mask| **mask != 0).count() as u64;
        for kind in record_kinds.iter().flat_map(|mask| kinds(*mask)) {
            facts.kinds.entry(kind).or_default().records += 1;
        }
        let (directory, shift) = directory(&kept);
        Sample { entries: kept, directory, shift, kinds: record_kinds, repeats, further, facts, hashes }
    }

    /// Whether a record has the very identifiers of an earlier one; false behind the last.
    pub(super) fn is_repeat(&self, record: usize) -> bool {
        self.repeats.get(record).copied().unwrap_or(false)
    }

    /// The kinds that at least half of the records have, or all kinds if these make no pair.
    pub(super) fn usual_kinds(&self) -> u32 {
        let all = self.kinds.iter().fold(0, |all, kinds| all | kinds);
        let is_usual = |kind: &Kind| {
            let records = self.facts.kinds.get(kind).map_or(0, |facts| facts.records);
            2 * records >= self.facts.comparable
        };
        let usual = kinds(all).filter(is_usual).fold(0, |usual, kind| usual | bit(kind));
        if independent(usual) > 1 { usual } else { all }
    }

    /// How many people the records are of for which `is_counted` holds: those that share a value are one.
    ///
    /// Cost: 4 bytes for a record, and hardly more than one step for a digest.
    pub(super) fn people(&self, is_counted: impl Fn(usize) -> bool) -> u64 {
        let mut one_of: Vec<u32> = (0..self.kinds.len() as u32).collect();
        fn root(one_of: &mut [u32], mut record: u32) -> u32 {
            while one_of[record as usize] != record {
                one_of[record as usize] = one_of[one_of[record as usize] as usize];
                record = one_of[record as usize];
            }
            record
        }
        for same in self.entries.chunk_by(|a, b| a.digest == b.digest) {
            let mut records = same.iter().map(|entry| entry.record).filter(|record| is_counted(*record as usize));
            let Some(first) = records.next() else { continue };
            for record in records {
                let (one, other) = (root(&mut one_of, first), root(&mut one_of, record));
                one_of[one.max(other) as usize] = one.min(other);
            }
        }
        let is_first = |(record, first): (usize, &u32)| record == *first as usize && is_counted(record);
        one_of.iter().enumerate().filter(|person| is_first(*person)).count() as u64
    }

    /// The records with a digest.
    #[inline]
    pub(super) fn find(&self, digest: Digest) -> impl Iterator<Item = u32> {
        let bucket = (digest.0 >> self.shift) as usize;
        let entries = &self.entries[self.directory[bucket] as usize..self.directory[bucket + 1] as usize];
        entries.iter().filter(move |entry| entry.digest == digest).map(|entry| entry.record)
    }
}

/// Which records have the same identifiers as an earlier one.
///
/// Cost: 16 bytes for a record, while they are sorted. Two different records are taken for one with a probability of 2^-64.
fn repeats(entries: &[Entry], records: usize) -> Vec<bool> {
    let mut sums: Vec<(u64, u32)> = (0..records as u32).map(|record| (0, record)).collect();
    for entry in entries {
        // Digests are drawn by a keyed function, and a sum does not depend on their order.
        let sum = &mut sums[entry.record as usize].0;
        *sum = sum.wrapping_add(entry.digest.0 as u64).wrapping_add(1);
    }
    // Those without identifiers are nobody's repeats.
    sums.retain(|(sum, _)| *sum != 0);
    sums.sort_unstable();
    let mut repeats = vec![false; records];
    for same in sums.chunk_by(|a, b| a.0 == b.0) {
        same[1..].iter().for_each(|(_, record)| repeats[*record as usize] = true);
    }
    repeats
}

/// For every value of the first bits the place of the first digest that has them, and how many bits are not the first: about
/// one digest has each value.
fn directory(entries: &[Entry]) -> (Vec<u32>, u32) {
    let bits = entries.len().max(1).ilog2();
    let shift = Width::DEFAULT.bits() - bits;
    let mut directory = vec![0u32; (1 << bits) + 1];
    entries.iter().for_each(|entry| directory[(entry.digest.0 >> shift) as usize + 1] += 1);
    for bucket in 1..directory.len() {
        directory[bucket] += directory[bucket - 1];
    }
    (directory, shift)
}

fn part_of(batch: &Batch, digests: &mut Digests<'_>, columns: usize) -> Part {
    let (mut entries, mut derived) = (Vec::new(), BTreeMap::new());
    let mut at = 0;
    for forms in batch.probes.chunk_by(|one, next| one.identifier == next.identifier) {
        let (first, of) = (forms[0], &batch.digests[at..at + forms.len()]);
        at += forms.len();
        if !is_evidence(first.kind) {
            continue;
        }
        if may_be_derived(first.kind) && batch.is_derived(first.record, of[0]) {
            *derived.entry(first.kind).or_default() += 1;
            continue;
        }
        entries.extend(forms.iter().zip(of).map(|(probe, digest)| Entry {
            digest: *digest,
            record: probe.record,
            kind: probe.kind,
            exact: probe.tier == Tier::Exact || probe.form == Form::Loose,
        }));
    }
    let cells = (0..batch.records).flat_map(|record| (0..columns).map(move |place| (record, place)));
    let further = cells.map(|(record, place)| digests.cell(&batch.cells, record, place)).collect();
    let malformed = batch.malformed.values().sum();
    Part { records: batch.records, malformed, entries, further, derived }
}
