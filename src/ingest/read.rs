//! Reads the inputs into the store.

use super::fate::{Addresses, BytesByFate};
use super::record::{Record, Tag, Tags};
use super::rejects::Rejected;
use super::spill::{PARTITIONS, Store, partition};
use super::{Config, Error, Planned};
use crate::digest::{Key, Width};
use crate::identifier::{Kind, KindSpec, Reason};
use crate::index::Estimate;
use crate::index::class::ClassMask;
use crate::plan::{Batch, ColumnPlan, Extractor, NamespaceCounts, Plan, Probe, Tier, run_blocks, run_ordered};
use crate::source::{
    Block, Blocks, Container, Contents, Description, Progress, Source, Totals, contents, count_addresses,
};
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

/// Inputs of so many blocks are read by one worker each, several at a time; larger ones by all workers together.
const SMALL_BLOCKS: u64 = 4;
/// The same for compressed inputs, which grow.
const SMALL_COMPRESSED_BLOCKS: u64 = 1;
/// One block in so many is searched for addresses, to compare with what the plan found.
const BLOCKS_PER_SEARCH: u64 = 16;
/// Numbers of tags that a worker remembers.
const KNOWN_TAGS_MAX: usize = 4096;

/// Fields by kind and country, and what became of them.
pub(super) type Counts = BTreeMap<KindSpec, NamespaceCounts>;

fn add_counts(all: &mut Counts, more: &Counts) {
    for (spec, count) in more {
        all.entry(*spec).or_default().add(count);
    }
}

/// What became of one input.
#[derive(Debug)]
pub struct FileReport {
    /// The file.
    pub path: PathBuf,
    /// What it is.
    pub description: Description,
    /// How its columns were taken.
    pub columns: Vec<ColumnPlan>,
    /// Whether its first record was taken as names of columns.
    pub header: bool,
    /// Bytes read from disk.
    pub bytes_read: u64,
    /// Its size when it was opened.
    pub bytes_size: Option<u64>,
    /// Records, without the header.
    pub records: u64,
    /// Records that gave at least one digest.
    pub accepted: u64,
    /// Records that gave none, by reason; their sum is `records - accepted`.
    pub rejected: BTreeMap<&'static str, u64>,
    /// Fields by kind and fate.
    pub counts: BTreeMap<KindSpec, NamespaceCounts>,
    /// Characters that the encoding does not have.
    pub undecodable: u64,
    /// NUL bytes that were removed.
    pub nul_bytes: u64,
    /// Pieces of text in another encoding than the rest.
    pub foreign_runs: u64,
    /// Bytes behind the end of a compressed stream.
    pub trailing_garbage_bytes: u64,
    /// What became of every byte of text.
    pub bytes: BytesByFate,
    /// E-mail addresses in some of the blocks, as a plain search finds them, and those that the plan found there.
    pub addresses: Addresses,
    /// Records of tables without identifiers: things, and no people. Their bytes are skipped.
    pub other_records: u64,
    /// Empty lines, which are no records.
    pub blank_lines: u64,
    /// Records after a broken quote that were read line by line.
    pub resynchronised: u64,
    /// Identifiers found in what is no record: broken and over-long ones, and what was passed over behind them.
    pub found: u64,
    /// Whether some of them are of kinds that no column of the plan has: what was not broken is not covered.
    pub found_unplanned: bool,
    /// Values of a JSON dump that may be identifiers, at paths that its sample did not show; they were not read.
    pub unplanned: u64,
    /// Of its raw bytes.
    pub(super) fingerprint: u128,
}

/// Why records were rejected, over all inputs, most frequent first.
pub(super) fn reasons(files: &[FileReport]) -> Vec<(&'static str, u64)> {
    let mut sums: BTreeMap<&'static str, u64> = BTreeMap::new();
    files.iter().flat_map(|file| &file.rejected).for_each(|(reason, count)| *sums.entry(reason).or_default() += count);
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sums
}

/// Reads inputs into one store.
pub(super) struct Reader<'a, R> {
    pub config: &'a Config,
    pub key: &'a Key,
    pub width: Width,
    pub store: Mutex<Store<R>>,
    pub tags: Tags,
    pub progress: &'a Arc<Progress>,
}

/// What was read, beside the records in the store.
pub(super) struct Gathered {
    pub files: Vec<FileReport>,
    pub estimate: Estimate,
    pub counts: Counts,
}

/// One worker's share of an input.
struct Worker<'a, R> {
    extractor: Extractor<'a>,
    batch: Batch,
    records: Vec<R>,
    sorted: Vec<R>,
    /// The number of the tag of one record, by classes and kind.
    tags: HashMap<(ClassMask, Kind), u32>,
    last_tag: Option<((ClassMask, Kind), u32)>,
    estimate: Estimate,
    tally: Tally,
}

/// Records of an input by fate.
#[derive(Default)]
struct Tally {
    records: u64,
    accepted: u64,
    accepted_bytes: u64,
    rejected_bytes: u64,
    addresses: Addresses,
    rejected: BTreeMap<&'static str, u64>,
}

/// Where a rejected record stands in its block.
struct RejectedAt {
    begin: usize,
    end: usize,
    reason: &'static str,
}

/// What one input gave.
struct InputYield {
    report: FileReport,
    estimate: Estimate,
}

impl<R: Record> Reader<'_, R> {
    /// Reads all inputs: small ones side by side, large ones one after the other with all threads.
    ///
    /// # Errors
    /// If an input cannot be read to its end, or the store cannot be written.
    pub(super) fn read(&self, inputs: &[Planned]) -> Result<Gathered, Error> {
        let mut gathered = Gathered { files: Vec::new(), estimate: Estimate::new(self.width), counts: Counts::new() };
        let together = |a: &Planned, b: &Planned| match (a.member, b.member) {
            (None, None) => self.is_small(a) && self.is_small(b),
            (Some(_), Some(_)) => a.path == b.path,
            _ => false,
        };
        for group in inputs.chunk_by(together) {
            match group {
                [input, ..] if input.member.is_some() => self.read_members(group, &mut gathered)?,
                [input] => gathered.add(self.read_large(input)?),
                inputs => self.read_side_by_side(inputs, &mut gathered)?,
            }
        }
        Ok(gathered)
    }

    fn is_small(&self, input: &Planned) -> bool {
        let plain = input.description.container == Container::None;
        let most = if plain { SMALL_BLOCKS } else { SMALL_COMPRESSED_BLOCKS } * self.config.source.block_bytes as u64;
        input.description.size.is_some_and(|size| size <= most)
    }

    fn read_large(&self, input: &Planned) -> Result<InputYield, Error> {
        self.read_blocks(input, self.open(input)?)
    }

    /// Reads the members of an archive, one after the other: it is walked again, since all of it cannot stay open.
    fn read_members(&self, inputs: &[Planned], gathered: &mut Gathered) -> Result<(), Error> {
        let changed = || Error::InputChanged { path: inputs[0].path.clone() };
        let Contents::Members(members) = contents(&inputs[0].path, &self.config.source)? else { return Err(changed()) };
        let mut waiting = inputs.iter().peekable();
        for (number, member) in members.enumerate() {
            let Some(input) = waiting.peek() else { break };
            let member = member?;
            if input.member == Some(number) {
                let source = Source::from_reader(&member.name, member.reader, &self.config.source)?;
                gathered.add(self.read_blocks(input, self.blocks_of(source, input)?)?);
                waiting.next();
            }
        }
        if waiting.next().is_some() { Err(changed()) } else { Ok(()) }
    }

    fn read_blocks(&self, input: &Planned, blocks: Blocks) -> Result<InputYield, Error> {
        let start = || self.worker(&input.plan);
        let work = |worker: &mut Worker<'_, R>, block: &Block| self.take_block(input, worker, block);
        let (workers, totals) = run_blocks(blocks, self.config.threads, self.progress, start, work, |result| result)?;
        self.end_input(input, totals, &workers)
    }

    fn read_side_by_side(&self, inputs: &[Planned], gathered: &mut Gathered) -> Result<(), Error> {
        let mut waiting = inputs.iter();
        let next = || Ok::<_, Error>(waiting.next());
        let work = |(): &mut (), input: &Planned| {
            let mut blocks = self.open(input)?;
            let mut worker = self.worker(&input.plan);
            let mut block = Block::default();
            while blocks.next_block(&mut block)? {
                self.take_block(input, &mut worker, &block)?;
            }
            self.end_input(input, blocks.totals(), &[worker])
        };
        let threads = self.config.threads;
        let take = |result: Result<InputYield, Error>| result.map(|input| gathered.add(input));
        run_ordered(threads, 2 * threads, self.progress, next, || (), work, take).map(|_: Vec<()>| ())
    }

    /// Opens an input again: thousands of them cannot stay open while the last is planned.
    fn open(&self, input: &Planned) -> Result<Blocks, Error> {
        self.blocks_of(Source::open(&input.path, &self.config.source)?, input)
    }

    fn blocks_of(&self, source: Source, input: &Planned) -> Result<Blocks, Error> {
        let (now, then) = (source.description(), &input.description);
        if (now.shape, now.size, now.encoding, now.container) != (then.shape, then.size, then.encoding, then.container)
        {
            return Err(Error::InputChanged { path: input.shown.clone() });
        }
        Ok(source.into_blocks(usize::from(input.plan.header), Arc::clone(self.progress)))
    }

    fn worker<'p>(&'p self, plan: &'p Plan) -> Worker<'p, R> {
        Worker {
            extractor: Extractor::new(plan, self.key, self.width, &self.config.source),
            batch: Batch::default(),
            records: Vec::new(),
            sorted: Vec::new(),
            tags: HashMap::new(),
            last_tag: None,
            estimate: Estimate::new(self.width),
            tally: Tally::default(),
        }
    }

    fn take_block(&self, input: &Planned, worker: &mut Worker<'_, R>, block: &Block) -> Result<(), Error> {
        worker.extractor.extract_block(block, &mut worker.batch);
        if block.sequence.is_multiple_of(BLOCKS_PER_SEARCH) {
            worker.search(block);
        }
        #[cfg(feature = "leaky")]
        super::leak::leak(&self.config.index, &block.bytes);
        let rejected = std::cell::Cell::new(0u64);
        worker.take_batch(&self.tags, |at| {
            rejected.set(rejected.get() + 1);
            if let Some(log) = &self.config.reject_log {
                let bytes = &block.bytes[at.begin..at.end];
                let offset = block.offset + at.begin as u64;
                log.add(Rejected { file: &input.shown, offset, bytes, reason: at.reason });
            }
        })?;
        let ends = worker.sort_into_partitions(self.width);
        self.progress.add_records(u64::from(worker.batch.records));
        self.progress.add_rejected(rejected.get());
        // A thread that panicked inside has ended the run; its store is not written.
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        store.add(&worker.sorted, &ends, &self.tags)
    }

    fn end_input(&self, input: &Planned, totals: Totals, workers: &[Worker<'_, R>]) -> Result<InputYield, Error> {
        let mut report = FileReport::new(input, totals);
        let mut estimate = Estimate::new(self.width);
        for worker in workers {
            report.add(worker);
            estimate.merge(&worker.estimate);
        }
        let kinds = input.plan.kinds();
        let is_planned = |spec: &KindSpec| kinds.iter().any(|planned| planned.kind == spec.kind);
        let any_kind = input.plan.columns.iter().any(|column| column.mixed) || input.plan.kind_and_value.is_some();
        report.found_unplanned =
            !any_kind && workers.iter().any(|worker| !worker.extractor.found_counts().keys().all(is_planned));
        debug_assert!(report.bytes.is_whole(), "every byte has a fate: {:?}", report.bytes);
        if report.records > 0 {
            // A plan without columns is possible only for a source without records.
            input.plan.require_decided().map_err(|error| Error::Plan { path: input.shown.clone(), error })?;
        }
        Ok(InputYield { report, estimate })
    }
}

impl Gathered {
    fn add(&mut self, input: InputYield) {
        add_counts(&mut self.counts, &input.report.counts);
        self.estimate.merge(&input.estimate);
        self.files.push(input.report);
    }
}

impl FileReport {
    fn new(input: &Planned, totals: Totals) -> FileReport {
        FileReport {
            path: input.shown.clone(),
            description: input.description.clone(),
            columns: input.plan.columns.clone(),
            header: input.plan.header,
            bytes_read: totals.bytes_read,
            bytes_size: totals.bytes_size,
            records: 0,
            accepted: 0,
            rejected: BTreeMap::new(),
            counts: BTreeMap::new(),
            undecodable: totals.undecodable,
            nul_bytes: totals.nul_bytes,
            foreign_runs: totals.foreign_runs,
            trailing_garbage_bytes: totals.trailing_garbage_bytes,
            bytes: BytesByFate { skipped: totals.header_bytes, text: totals.text_bytes, ..BytesByFate::default() },
            addresses: Addresses::default(),
            other_records: 0,
            blank_lines: 0,
            resynchronised: 0,
            found: 0,
            found_unplanned: false,
            unplanned: 0,
            fingerprint: totals.fingerprint,
        }
    }

    fn add<R>(&mut self, worker: &Worker<'_, R>) {
        self.records += worker.tally.records;
        self.accepted += worker.tally.accepted;
        worker.tally.rejected.iter().for_each(|(reason, n)| *self.rejected.entry(reason).or_default() += n);
        let (planned, found) = (worker.extractor.counts(), worker.extractor.found_counts());
        add_counts(&mut self.counts, &planned);
        add_counts(&mut self.counts, &found);
        self.found += found.values().map(|counts| counts.accepted).sum::<u64>();
        let split = worker.extractor.split_counts();
        self.blank_lines += split.blank_lines;
        self.resynchronised += split.resynchronised;
        self.addresses.searched += worker.tally.addresses.searched;
        self.addresses.planned += worker.tally.addresses.planned;
        self.bytes.accepted += worker.tally.accepted_bytes;
        self.bytes.rejected += worker.tally.rejected_bytes;
        let others = worker.extractor.others();
        self.other_records += others.records;
        self.bytes.skipped += split.skipped_bytes + others.bytes;
        self.bytes.resynchronised += split.resynchronised_bytes;
        self.unplanned += worker.extractor.unplanned();
    }
}

impl<R: Record> Worker<'_, R> {
    /// Compares the addresses in a block with those that the plan found.
    fn search(&mut self, block: &Block) {
        let planned = |probe: &&Probe| probe.kind == Kind::Email && probe.tier == Tier::Exact;
        let found = self.batch.found.iter().filter(|found| found.kind == Kind::Email && found.tier == Tier::Exact);
        self.tally.addresses.planned += (self.batch.probes.iter().filter(planned).count() + found.count()) as u64;
        self.tally.addresses.searched += count_addresses(&block.bytes);
    }

    /// Turns the batch into records, and counts every record of the input once.
    ///
    /// # Errors
    /// If the records have too many sets of data classes.
    fn take_batch(&mut self, tags: &Tags, log: impl Fn(RejectedAt)) -> Result<(), Error> {
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
                reason = reason.filter(|reason| *reason != Reason::Empty).or(Some(field.reason));
                refused += 1;
            }
            let bytes = u64::from(self.batch.record_bytes[record as usize]);
            let fate = if first == probe { &mut self.tally.rejected_bytes } else { &mut self.tally.accepted_bytes };
            *fate += bytes;
            if first == probe {
                let end = self.batch.record_ends[record as usize] as usize;
                let reason = reason.map_or("malformed", Reason::name);
                log(RejectedAt { begin: end - bytes as usize, end, reason });
            }
            match (first == probe, reason) {
                (false, _) => self.tally.accepted += 1,
                (true, Some(reason)) => *self.tally.rejected.entry(reason.name()).or_default() += 1,
                (true, None) => malformed += 1,
            }
            for i in first..probe {
                self.take_probe(first, i, tags)?;
            }
        }
        for place in 0..self.batch.found.len() {
            let found = self.batch.found[place];
            let tag = self.tag_of((found.classes, found.kind), tags)?;
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
        if self.batch.digests[first..i].contains(&digest) {
            return Ok(());
        }
        let probe = &self.batch.probes[i];
        let key = (self.batch.masks[probe.record as usize], probe.kind);
        let tag = match self.last_tag {
            Some((last, tag)) if last == key => tag,
            _ => self.tag_of(key, tags)?,
        };
        self.last_tag = Some((key, tag));
        self.records.push(R::new(digest, tag));
        self.estimate.add(digest);
        Ok(())
    }

    /// The number of the tag of one record. Each worker remembers the usual ones.
    fn tag_of(&mut self, key: (ClassMask, Kind), tags: &Tags) -> Result<u32, Error> {
        if let Some(tag) = self.tags.get(&key) {
            return Ok(*tag);
        }
        let tag = tags.number(Tag { classes: key.0, kind: key.1, records: 1 })?;
        if self.tags.len() >= KNOWN_TAGS_MAX {
            self.tags.clear();
        }
        self.tags.insert(key, tag);
        Ok(tag)
    }

    /// Puts the records one partition after the other; says where each ends.
    fn sort_into_partitions(&mut self, width: Width) -> [usize; PARTITIONS] {
        let mut counts = [0usize; PARTITIONS];
        self.records.iter().for_each(|record| counts[partition(record.digest(), width)] += 1);
        let mut places = [0; PARTITIONS];
        let mut end = 0;
        for (place, count) in places.iter_mut().zip(counts) {
            *place = end;
            end += count;
        }
        self.sorted.resize(self.records.len(), R::ZERO);
        for record in &self.records {
            let place = &mut places[partition(record.digest(), width)];
            self.sorted[*place] = *record;
            *place += 1;
        }
        places
    }
}
