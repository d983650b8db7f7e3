//! Reads the inputs into the store.

use super::fate::{Addresses, BytesByFate};
use super::job::Job;
use super::known::Known;
use super::record::{Record, Tags};
use super::rejects::Rejected;
use super::spill::Store;
use super::worker::Worker;
use super::{Config, Error, Planned};
use crate::digest::{Key, Width};
use crate::identifier::{Kind, KindSpec, Reason};
use crate::index::Estimate;
use crate::plan::{ColumnPlan, NamespaceCounts, run_blocks, run_ordered};
use crate::source::{
    self, Block, Blocks, Container, Contents, Description, Malformed, Progress, Shape, Source, Totals, contents,
};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Inputs of so many blocks are read by one worker each, several at a time; larger ones by all workers together.
const SMALL_BLOCKS: u64 = 4;
/// The same for compressed inputs, which grow.
const SMALL_COMPRESSED_BLOCKS: u64 = 1;

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
    /// E-mail addresses as a plain search finds them, and those that the plan found.
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
pub(super) fn reasons(files: &[&FileReport]) -> Vec<(&'static str, u64)> {
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
    pub tags: Tags,
    pub progress: &'a Arc<Progress>,
    pub inputs: &'a [Planned],
    pub known: Known,
    /// Bytes of records that a worker keeps of a small input before it asks for the turn.
    pub waiting_bytes_max: u64,
    pub gathered: Mutex<Gathered<'a, R>>,
    /// Held by whoever adds the records of one input, from the first to the last: so those of an unfinished one stand at the
    /// end of the store, and can be taken back.
    pub turn: Mutex<()>,
}

/// What the inputs gave that were read to their ends.
pub(super) struct Gathered<'a, R> {
    pub store: Store<R>,
    /// In the order in which they ended.
    pub finished: Vec<Finished>,
    /// The places of inputs that cannot be read.
    pub failed: Vec<usize>,
    pub estimate: Estimate,
    /// Where all of this is saved; none for a dry run.
    pub job: Option<Job<'a>>,
}

/// An input that was read to its end.
pub(super) struct Finished {
    /// Its place among the planned inputs.
    pub place: usize,
    pub report: FileReport,
}

/// The right to add the records of one input. Dropped before the end, it takes them back.
struct Turn<'r, 'a, R: Record> {
    reader: &'r Reader<'a, R>,
    ended: bool,
    _held: MutexGuard<'r, ()>,
}

impl<'r, 'a, R: Record> Turn<'r, 'a, R> {
    fn of(reader: &'r Reader<'a, R>) -> Turn<'r, 'a, R> {
        let held = reader.turn.lock().unwrap_or_else(PoisonError::into_inner);
        reader.gathered().store.begin();
        Turn { reader, ended: false, _held: held }
    }

    /// The input counts from now on.
    fn end(mut self, finished: Finished, estimate: &Estimate) -> Result<(), Error> {
        self.reader.known.refuse(self.reader.key, &finished.report)?;
        let mut gathered = self.reader.gathered();
        gathered.store.end();
        self.ended = true;
        gathered.estimate.merge(estimate);
        gathered.finished.push(finished);
        gathered.save_if_due(self.reader.inputs.len(), &self.reader.tags);
        Ok(())
    }
}

impl<R: Record> Drop for Turn<'_, '_, R> {
    fn drop(&mut self) {
        if !self.ended {
            self.reader.gathered().store.roll_back();
        }
    }
}

impl<R: Record> Gathered<'_, R> {
    /// Saves what was read if that is worth it now. Behind the last input it is so only if most of it is on disk already.
    fn save_if_due(&mut self, inputs: usize, tags: &Tags) {
        let Gathered { store, finished, failed, estimate, job } = self;
        let Some(job) = job else { return };
        if job.is_due() && (finished.len() < inputs || store.has_spilled()) {
            // The ingest can go on without; the job remembers why it could not be saved.
            let _ = job.save(store, tags, finished, failed, estimate);
        }
    }

    /// Fields of all inputs by kind and country, and what became of them.
    pub(super) fn counts(&self) -> Counts {
        let mut counts = Counts::new();
        self.finished.iter().for_each(|input| add_counts(&mut counts, &input.report.counts));
        counts
    }
}

impl<'a, R: Record> Reader<'a, R> {
    /// Reads the inputs that are not finished: small ones side by side, large ones one after the other with all threads.
    ///
    /// # Errors
    /// If an input cannot be read to its end, or the store cannot be written. What was gathered of the others is whole.
    pub(super) fn read(&self) -> Result<(), Error> {
        let mut is_finished = vec![false; self.inputs.len()];
        self.gathered().finished.iter().for_each(|input| is_finished[input.place] = true);
        let places: Vec<usize> = (0..self.inputs.len()).filter(|place| !is_finished[*place]).collect();
        let together = |a: &usize, b: &usize| {
            let (a, b) = (&self.inputs[*a], &self.inputs[*b]);
            match (a.member, b.member) {
                (None, None) => self.is_small(a) && self.is_small(b),
                (Some(_), Some(_)) => a.path == b.path,
                _ => false,
            }
        };
        for group in places.chunk_by(together) {
            match group {
                [place, ..] if self.inputs[*place].member.is_some() => self.read_members(group)?,
                [place] => self.noting(*place, || self.read_blocks(*place, self.open(*place)?))?,
                places => self.read_side_by_side(places)?,
            }
        }
        Ok(())
    }

    pub(super) fn gathered(&self) -> MutexGuard<'_, Gathered<'a, R>> {
        // A thread that panicked inside has ended the run; its store is not written.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_small(&self, input: &Planned) -> bool {
        let plain = input.description.container == Container::None;
        let most = if plain { SMALL_BLOCKS } else { SMALL_COMPRESSED_BLOCKS } * self.config.source.block_bytes as u64;
        input.description.size.is_some_and(|size| size <= most)
    }

    /// Notes an input that cannot be read; one that somebody stopped can.
    fn noting(&self, place: usize, read: impl FnOnce() -> Result<(), Error>) -> Result<(), Error> {
        read().inspect_err(|error| {
            if !matches!(error, Error::Source(source::Error::Stopped)) {
                self.gathered().failed.push(place);
            }
        })
    }

    /// Reads members of an archive, one after the other: it is walked again, since all of it cannot stay open.
    fn read_members(&self, places: &[usize]) -> Result<(), Error> {
        let path = &self.inputs[places[0]].path;
        let changed = || Error::InputChanged { path: path.clone() };
        let Contents::Members(members) = contents(path, &self.config.source)? else { return Err(changed()) };
        let mut waiting = places.iter().peekable();
        for (number, member) in members.enumerate() {
            let Some(place) = waiting.peek() else { break };
            let member = member?;
            if self.inputs[**place].member == Some(number) {
                let source = || Source::from_reader(&member.name, member.reader, &self.config.source);
                self.noting(**place, || self.read_blocks(**place, self.blocks_of(source()?, **place)?))?;
                waiting.next();
            }
        }
        if waiting.next().is_some() { Err(changed()) } else { Ok(()) }
    }

    fn read_blocks(&self, place: usize, blocks: Blocks) -> Result<(), Error> {
        let turn = Turn::of(self);
        let start = || self.worker(place);
        let work = |worker: &mut Worker<'_, R>, block: &Block| {
            self.take_block(place, worker, block)?;
            self.hand_over(worker)
        };
        let (workers, totals) = run_blocks(blocks, self.config.threads, self.progress, start, work, |result| result)?;
        self.end_input(turn, place, totals, &workers)
    }

    fn read_side_by_side(&self, places: &[usize]) -> Result<(), Error> {
        let mut waiting = places.iter();
        let next = || Ok::<_, Error>(waiting.next());
        let work = |(): &mut (), place: &usize| self.noting(*place, || self.read_small(*place));
        let threads = self.config.threads;
        run_ordered(threads, 2 * threads, self.progress, next, || (), work, |result| result).map(|_: Vec<()>| ())
    }

    /// Reads an input while others are read. Its records wait for its end, so that nobody waits for it; of the few that become
    /// too many for that, the others do.
    fn read_small(&self, place: usize) -> Result<(), Error> {
        let mut blocks = self.open(place)?;
        let mut worker = self.worker(place);
        let (mut block, mut turn) = (Block::default(), None);
        while blocks.next_block(&mut block)? {
            self.take_block(place, &mut worker, &block)?;
            if turn.is_some() || worker.waiting_bytes() > self.waiting_bytes_max {
                turn.get_or_insert_with(|| Turn::of(self));
                self.hand_over(&mut worker)?;
            }
        }
        let turn = turn.unwrap_or_else(|| Turn::of(self));
        self.hand_over(&mut worker)?;
        self.end_input(turn, place, blocks.totals(), &[worker])
    }

    /// Opens an input again: thousands of them cannot stay open while the last is planned.
    fn open(&self, place: usize) -> Result<Blocks, Error> {
        self.blocks_of(Source::open(&self.inputs[place].path, &self.config.source)?, place)
    }

    fn blocks_of(&self, source: Source, place: usize) -> Result<Blocks, Error> {
        let input = &self.inputs[place];
        let is_searched = input.description.shape == Shape::Found && source.description().shape != Shape::Found;
        let source = if is_searched { source.into_found().1 } else { source };
        let (now, then) = (source.description(), &input.description);
        if (now.shape, now.size, now.encoding, now.container) != (then.shape, then.size, then.encoding, then.container)
        {
            return Err(Error::InputChanged { path: input.shown.clone() });
        }
        Ok(input.plan.blocks(source, Arc::clone(self.progress)))
    }

    fn worker(&self, place: usize) -> Worker<'_, R> {
        Worker::new(&self.inputs[place].plan, self.key, self.width, &self.config.source)
    }

    fn take_block(&self, place: usize, worker: &mut Worker<'_, R>, block: &Block) -> Result<(), Error> {
        worker.extractor.extract_block(block, &mut worker.batch);
        worker.search(block);
        #[cfg(feature = "leaky")]
        super::leak::leak(&self.config.index, &block.bytes);
        let rejected = std::cell::Cell::new(0u64);
        worker.take_batch(&self.tags, |at| {
            rejected.set(rejected.get() + 1);
            if let Some(log) = &self.config.reject_log {
                let bytes = &block.bytes[at.begin..at.end];
                let offset = block.offset + at.begin as u64;
                log.add(Rejected { file: &self.inputs[place].shown, offset, bytes, reason: at.reason });
            }
        })?;
        worker.sort_into_partitions(self.width, &self.tags)?;
        self.progress.add_records(u64::from(worker.batch.records));
        self.progress.add_rejected(rejected.get());
        Ok(())
    }

    fn hand_over(&self, worker: &mut Worker<'_, R>) -> Result<(), Error> {
        worker.hand_over(&mut self.gathered().store, &self.tags)
    }

    fn end_input(
        &self,
        turn: Turn<'_, 'a, R>,
        place: usize,
        totals: Totals,
        workers: &[Worker<'_, R>],
    ) -> Result<(), Error> {
        let input = &self.inputs[place];
        let mut report = FileReport::new(input, totals);
        let mut estimate = Estimate::new(self.width);
        for worker in workers {
            report.add(worker);
            estimate.merge(&worker.estimate);
        }
        let kinds = input.plan.kinds();
        // What has a sign is looked for in every field, and numbers in the columns that have some.
        let is_planned = |spec: &KindSpec| {
            spec.kind.is_counted()
                || matches!(spec.kind, Kind::Email | Kind::Phone)
                || kinds.iter().any(|planned| planned.kind == spec.kind)
                || input.plan.columns.iter().any(|column| column.codes)
        };
        let any_kind = input.plan.columns.iter().any(|column| column.mixed)
            || input.plan.kind_and_value.is_some()
            || !input.plan.fields.is_empty();
        // A text that is searched is searched for all of them.
        let any_kind = any_kind || input.description.shape == Shape::Found;
        report.found_unplanned =
            !any_kind && workers.iter().any(|worker| !worker.extractor.found_counts().keys().all(is_planned));
        debug_assert!(report.bytes.is_whole(), "every byte has a fate: {:?}", report.bytes);
        let broken = |malformed: Malformed| report.rejected.get(malformed.name()).copied().unwrap_or(0);
        if report.records > Malformed::ALL.into_iter().map(broken).sum() {
            // A plan without columns is possible only for a source without a record that is whole.
            input.plan.require_decided().map_err(|error| Error::Plan { path: input.shown.clone(), error })?;
        }
        turn.end(Finished { place, report }, &estimate)
    }
}

/// Kinds of which refused values say something about their column.
const TELLING: [Kind; 6] = [Kind::Email, Kind::Phone, Kind::NationalId, Kind::Vin, Kind::Iban, Kind::Card];

impl FileReport {
    pub(super) fn new(input: &Planned, totals: Totals) -> FileReport {
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

    /// Records that were rejected, without those in which nobody has left an identifier: their columns are there, and empty. Where
    /// a plain search finds more than the plan, or quotes are broken, they are counted too.
    pub(super) fn rejected_in_earnest(&self) -> u64 {
        let is_sound = self.resynchronised == 0 && !self.addresses.are_missing();
        let of = |reason: &str| self.rejected.get(reason).copied().unwrap_or(0);
        let empty = if is_sound { of(Reason::Empty.name()) } else { 0 };
        let searched = if self.description.shape == Shape::Found { of(Malformed::TooLong.name()) } else { 0 };
        self.records - self.accepted - empty - searched
    }

    /// Bytes of which nothing was taken as a record: rejected or passed over, without those of records in which nobody has left an
    /// identifier, and of lines that are too long: a text without line ends costs one record, and is searched.
    pub(super) fn lost_bytes(&self) -> u64 {
        let is_sound = self.resynchronised == 0 && !self.addresses.are_missing();
        let empty = if is_sound { self.bytes.empty } else { 0 };
        (self.bytes.rejected + self.bytes.resynchronised).saturating_sub(self.bytes.long + empty)
    }

    /// A kind of which so many values were refused that its column is hardly what the plan takes it for, all the way down: two
    /// tables in one file, or another order of columns from some line on. Output: the kind, and the share of refused values.
    pub fn doubtful_kind(&self) -> Option<(Kind, f64)> {
        const SHARE_MAX: f64 = 0.4;
        // These say nothing about the column.
        const HARMLESS: [Reason; 6] = [
            Reason::Empty,
            Reason::Short,
            Reason::Placeholder,
            Reason::Masked,
            Reason::SpreadsheetDamage,
            Reason::Reserved,
        ];
        let share = |kind: Kind| (kind, self.refused_share(kind, |reason| !HARMLESS.contains(&reason)));
        TELLING.map(share).into_iter().filter(|(_, share)| *share >= SHARE_MAX).max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// The greatest share of the values of a kind that a spreadsheet has damaged.
    pub fn damaged_share(&self) -> f64 {
        let share = |kind: Kind| self.refused_share(kind, |reason| reason == Reason::SpreadsheetDamage);
        TELLING.map(share).into_iter().fold(0.0, f64::max)
    }

    /// The share of the values of a kind that were refused for such a reason, beside those that were accepted; 0 if both are few.
    fn refused_share(&self, kind: Kind, counts_as_refused: impl Fn(Reason) -> bool) -> f64 {
        const VALUES_MIN: u64 = 20;
        // Under every country and form: what is refused has none.
        let of_kind = || self.counts.iter().filter(|(spec, _)| spec.kind == kind).map(|(_, counts)| counts);
        let accepted: u64 = of_kind().map(|counts| counts.accepted).sum();
        let refused = of_kind().flat_map(|counts| &counts.refused);
        let refused: u64 = refused.filter(|(reason, _)| counts_as_refused(**reason)).map(|(_, n)| n).sum();
        let all = refused + accepted;
        if all < VALUES_MIN { 0.0 } else { refused as f64 / all as f64 }
    }

    fn add<R>(&mut self, worker: &Worker<'_, R>) {
        self.records += worker.tally.records;
        self.accepted += worker.tally.accepted;
        worker.tally.rejected.iter().for_each(|(reason, n)| *self.rejected.entry(reason).or_default() += n);
        let (planned, found) = (worker.extractor.counts(), worker.extractor.found_counts());
        add_counts(&mut self.counts, &planned);
        add_counts(&mut self.counts, &found);
        // A domain that was counted was not found beside its address.
        let identifiers = found.iter().filter(|(spec, _)| !spec.kind.is_counted());
        self.found += identifiers.map(|(_, counts)| counts.accepted).sum::<u64>();
        let split = worker.extractor.split_counts();
        self.blank_lines += split.blank_lines;
        self.resynchronised += split.resynchronised;
        self.addresses.searched += worker.tally.addresses.searched;
        self.addresses.planned += worker.tally.addresses.planned;
        self.bytes.accepted += worker.tally.accepted_bytes;
        self.bytes.rejected += worker.tally.rejected_bytes;
        self.bytes.empty += worker.tally.empty_bytes;
        let others = worker.extractor.others();
        self.other_records += others.records;
        self.bytes.skipped += split.skipped_bytes + others.bytes;
        self.bytes.resynchronised += split.resynchronised_bytes;
        self.bytes.long += split.long_line_bytes;
        self.unplanned += worker.extractor.unplanned();
    }
}
