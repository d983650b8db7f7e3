//! Reads the inputs into digest records.

use super::{Config, Error, Planned};
use crate::digest::{Digest, Key, Width};
use crate::identifier::{Kind, KindSpec, Reason};
use crate::index::Estimate;
use crate::index::class::ClassMask;
use crate::plan::{Batch, ColumnPlan, Extractor, NamespaceCounts, Plan, Probe, run_blocks};
use crate::source::{Description, Progress};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// A digest of one record.
#[derive(Clone, Copy)]
pub(super) struct DigestRecord {
    pub digest: Digest,
    pub classes: ClassMask,
    pub kind: Kind,
}

/// Everything that was read so far.
pub(super) struct Gathered {
    pub width: Width,
    pub records: Vec<DigestRecord>,
    pub estimate: Estimate,
    pub counts: BTreeMap<KindSpec, NamespaceCounts>,
}

impl Gathered {
    pub(super) fn new(width: Width) -> Gathered {
        Gathered { width, records: Vec::new(), estimate: Estimate::new(width), counts: BTreeMap::new() }
    }

    fn add_counts(&mut self, counts: &BTreeMap<KindSpec, NamespaceCounts>) {
        for (spec, count) in counts {
            let mine = self.counts.entry(*spec).or_default();
            mine.exact += count.exact;
            mine.alias += count.alias;
            count.refused.iter().for_each(|(reason, n)| *mine.refused.entry(*reason).or_default() += n);
        }
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
    /// Bytes behind the end of a compressed stream.
    pub trailing_garbage_bytes: u64,
    /// Empty lines, which are no records.
    pub blank_lines: u64,
    /// Records after a broken quote that were read line by line.
    pub resynchronised: u64,
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

/// One worker's share of an input.
struct Worker<'a> {
    extractor: Extractor<'a>,
    batch: Batch,
    records: Vec<DigestRecord>,
    estimate: Estimate,
    tally: Tally,
}

/// Records of an input by fate.
#[derive(Default)]
struct Tally {
    records: u64,
    accepted: u64,
    rejected: BTreeMap<&'static str, u64>,
}

/// Reads one input to its end.
pub(super) fn read_input(
    input: Planned,
    key: &Key,
    config: &Config,
    gathered: &mut Gathered,
    progress: &Arc<Progress>,
) -> Result<FileReport, Error> {
    let Planned { path, source, plan } = input;
    let description = source.description().clone();
    let blocks = source.into_blocks(usize::from(plan.header), Arc::clone(progress));
    let width = gathered.width;
    let start = || Worker {
        extractor: Extractor::new(&plan, key, width, &config.source),
        batch: Batch::default(),
        records: Vec::new(),
        estimate: Estimate::new(width),
        tally: Tally::default(),
    };
    let work = |worker: &mut Worker<'_>, block: &crate::source::Block| {
        worker.extractor.extract(&block.bytes, &mut worker.batch);
        #[cfg(feature = "leaky")]
        super::leak::leak(&config.index, &block.bytes);
        worker.take_batch();
        progress.add_records(u64::from(worker.batch.records));
    };
    let (workers, totals) = run_blocks(blocks, config.threads, progress, start, work, |()| Ok::<(), Error>(()))?;
    let mut report = FileReport {
        path,
        description,
        columns: plan.columns.clone(),
        header: plan.header,
        bytes_read: totals.bytes_read,
        bytes_size: totals.bytes_size,
        records: 0,
        accepted: 0,
        rejected: BTreeMap::new(),
        counts: BTreeMap::new(),
        undecodable: totals.undecodable,
        trailing_garbage_bytes: totals.trailing_garbage_bytes,
        blank_lines: 0,
        resynchronised: 0,
        unplanned: 0,
        fingerprint: totals.fingerprint,
    };
    let mut of_file = Gathered::new(width);
    for worker in workers {
        report.add(&worker);
        of_file.add_counts(worker.extractor.counts());
        gathered.estimate.merge(&worker.estimate);
        gathered.records.extend(&worker.records);
    }
    gathered.add_counts(&of_file.counts);
    report.counts = of_file.counts;
    require_all_columns(&plan, report)
}

/// A plan without columns is possible only for a source without records.
fn require_all_columns(plan: &Plan, report: FileReport) -> Result<FileReport, Error> {
    if report.records > 0 {
        let path = report.path.clone();
        plan.require_decided().map_err(|error| Error::Plan { path, error })?;
    }
    Ok(report)
}

impl FileReport {
    fn add(&mut self, worker: &Worker<'_>) {
        self.records += worker.tally.records;
        self.accepted += worker.tally.accepted;
        worker.tally.rejected.iter().for_each(|(reason, n)| *self.rejected.entry(reason).or_default() += n);
        let split = worker.extractor.split_counts();
        self.blank_lines += split.blank_lines;
        self.resynchronised += split.resynchronised;
        self.unplanned += worker.extractor.unplanned();
    }
}

impl Worker<'_> {
    /// Turns the batch into digest records, and counts every record once.
    fn take_batch(&mut self) {
        let batch = &self.batch;
        let mut probes = batch.probes.as_slice();
        let mut refused = batch.refused.iter().peekable();
        let mut malformed = 0;
        for record in 0..batch.records {
            let of_record = probes.iter().take_while(|probe| probe.record == record).count();
            let (mine, rest) = probes.split_at(of_record);
            probes = rest;
            let mut reason: Option<Reason> = None;
            while let Some(field) = refused.next_if(|field| field.record == record) {
                // An empty field explains a rejected record only if nothing else does.
                reason = reason.filter(|reason| *reason != Reason::Empty).or(Some(field.reason));
            }
            match (mine.is_empty(), reason) {
                (false, _) => self.tally.accepted += 1,
                (true, Some(reason)) => *self.tally.rejected.entry(reason.name()).or_default() += 1,
                (true, None) => malformed += 1,
            }
            for (i, probe) in mine.iter().enumerate() {
                if !repeated(probe, &mine[..i]) {
                    let classes = batch.masks[record as usize];
                    self.records.push(DigestRecord { digest: probe.digest, classes, kind: probe.kind });
                    self.estimate.add(probe.digest);
                }
            }
        }
        debug_assert_eq!(malformed, batch.malformed.values().sum::<u64>(), "every record has a fate");
        batch.malformed.iter().for_each(|(reason, n)| *self.tally.rejected.entry(reason).or_default() += n);
        self.tally.records += u64::from(batch.records);
    }
}

/// Whether a record has this digest already: the same number in two columns is one exposure, and counts once.
fn repeated(probe: &Probe, before: &[Probe]) -> bool {
    before.iter().any(|other| other.digest == probe.digest)
}
