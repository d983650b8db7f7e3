//! Ingest: dumps become one new segment of one breach.
//!
//! ```text
//! plan every input -> lock the index
//!   -> blocks -> batches of digests -> records by partition, spilled if they do not fit
//!   -> per partition: sort, merge equal digests -> segments -> commit
//! ```
//!
//! # Cost
//!
//! A record is 16 bytes: a digest of up to 96 bits and a tag for its data classes and kind (32 bytes for wider digests).
//! Memory is what `--memory` says, whatever the size of the input: see [`budget`](self) for its shares. Of 200 million
//! identifiers 2.2 GB are written to a temporary file, and read once if a part of memory holds 1/256 of them (with two
//! threads from 100 MiB on), else so many times; nothing is written if they fit.
//!
//! Per identifier of a list of addresses, in nanoseconds on a core with SHA instructions: reading and splitting 35, its canonical
//! form 20, its digest 45, putting it into a partition 15, sorting and merging 30, encoding 15, reading the segment back 5.
//! The part that only one thread can do is encoding, so that reading scales with the threads and writing up to three of them.
//!
//! # Guarantees
//!
//! Nothing is committed if any input cannot be read to its end, if nothing was accepted, or if an input was ingested
//! before. The counts obey `records = accepted + rejected` for every input, and all its bytes were read. The bytes of the
//! segment depend on the set of records alone: not on threads, memory, the size of blocks or the order of the inputs.

mod budget;
mod error;
mod fate;
mod inputs;
#[cfg(feature = "leaky")]
mod leak;
mod merge;
mod packed;
#[cfg(test)]
mod property_tests;
mod read;
mod record;
mod rejects;
mod spill;
#[cfg(test)]
mod test_data;

pub use error::Error;
pub use fate::{Addresses, BytesByFate};
pub use inputs::LeftOut;
pub use read::FileReport;
pub use rejects::RejectLog;

use crate::digest::{Key, Variant, Width};
use crate::identifier::{Kind, KindSpec};
use crate::index::{Breach, BreachCoverage, Catalogue, CoverageCounts, Identity, SegmentEntry, Writer, hex};
use crate::plan::{ColumnPlan, NamespaceCounts, PlanFile, Request};
use crate::source::{self, Input, Options, Progress, is_steering};
use budget::Budget;
use inputs::{Planned, inputs_bytes, plan_inputs};
use merge::{Merge, Outcome};
use read::{Counts, Gathered, Reader};
use record::{Narrow, Record, Tags, Wide, is_narrow};
use spill::Store;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// What is to be ingested, and how.
#[derive(Debug)]
pub struct Config {
    /// The dumps.
    pub inputs: Vec<Input>,
    /// What a plan file says about columns; it is followed where it is given.
    pub plan: Option<PlanFile>,
    /// The index directory; made if it does not exist.
    pub index: PathBuf,
    /// The name of the breach.
    pub breach: String,
    /// Its title for people.
    pub title: Option<String>,
    /// When it happened.
    pub breach_date: Option<String>,
    /// What the caller says about the columns.
    pub request: Request,
    /// How sources are read.
    pub source: Options,
    /// Whether an existing breach may grow.
    pub append: bool,
    /// The share of rejected records, 0 to 1, above which the breach is marked incomplete.
    pub rejects_max: f64,
    /// Where rejected records are listed: their places, and no values.
    pub reject_log: Option<RejectLog>,
    /// Read and count, but write nothing.
    pub dry_run: bool,
    /// Worker threads.
    pub threads: usize,
    /// Bytes of memory: the peak is at most this and 64 MiB.
    pub memory: u64,
    /// Where the temporary file for what does not fit lies; the index directory if not given.
    pub temp_dir: Option<PathBuf>,
    /// Bits of a digest, if the index is new.
    pub width: Width,
}

/// What an ingest did.
#[derive(Debug)]
pub struct Report {
    /// What became of every input.
    pub files: Vec<FileReport>,
    /// The segments written; none for a dry run.
    pub segments: Vec<SegmentEntry>,
    /// Values that stand in very many records.
    pub shared_values: u64,
    /// Digests before equal ones were merged.
    pub digests: u64,
    /// Whether more records were rejected than allowed, or values were not read.
    pub incomplete: bool,
    /// What did not fit into memory.
    pub spilled: Option<Spilled>,
    /// Files found in directories that are no dumps, or cannot be read.
    pub left_out: Vec<LeftOut>,
}

/// What did not fit into memory: it went to a temporary file, which is gone again.
#[derive(Debug)]
pub struct Spilled {
    /// The size of the file.
    pub bytes: u64,
    /// Where it was.
    pub dir: PathBuf,
}

impl Report {
    /// Records of all inputs.
    pub fn records(&self) -> u64 {
        self.files.iter().map(|file| file.records).sum()
    }

    /// The earliest and the latest day in the columns of days of all inputs, as numbers YYYYMMDD.
    pub fn days(&self) -> Option<(u32, u32)> {
        let days = self.files.iter().flat_map(|file| file.columns.iter().filter_map(ColumnPlan::days));
        days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    /// Records that gave at least one digest.
    pub fn accepted(&self) -> u64 {
        self.files.iter().map(|file| file.accepted).sum()
    }
}

/// Ingests dumps as one new segment, or as several slices of a very large one.
///
/// # Errors
/// Before anything is written: a wrong key, a locked index, an undecided column, a known breach name, an identical input,
/// an unreadable file, nothing accepted. The index is then what it was.
pub fn ingest(config: &Config, key: &Key, progress: &Arc<Progress>) -> Result<Report, Error> {
    ingest_within(Budget::new(config.memory, config.threads)?, config, key, progress)
}

/// Ingests with these shares of memory.
fn ingest_within(budget: Budget, config: &Config, key: &Key, progress: &Arc<Progress>) -> Result<Report, Error> {
    refuse_breach_name(&config.breach)?;
    refuse_temp_dir(config)?;
    let (planned, left_out) = plan_inputs(config, budget, progress)?;
    if planned.is_empty() {
        return Err(Error::NothingRead { left_out });
    }
    let files: BTreeMap<&Path, u64> = planned
        .iter()
        .map(|input| (input.path.as_path(), std::fs::metadata(&input.path).map_or(0, |file| file.len())))
        .collect();
    progress.set_bytes_total(files.values().sum());
    let budget = budget.beside_inputs(inputs_bytes(&planned, config.threads), planned.len())?;
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), seal: &seal };
    let writer = match config.dry_run {
        true => None,
        false => Some(Writer::open(&config.index, &identity, config.width)?),
    };
    let width = writer.as_ref().map_or(config.width, Writer::width);
    if let Some(writer) = &writer {
        refuse_known_breach(writer, config)?;
    }
    let job = Job { config, key, width, budget, progress, left_out: &left_out };
    if is_narrow(width) { job.run::<Narrow>(&planned, writer) } else { job.run::<Wide>(&planned, writer) }
}

/// One ingest.
struct Job<'a> {
    config: &'a Config,
    key: &'a Key,
    width: Width,
    budget: Budget,
    progress: &'a Arc<Progress>,
    left_out: &'a [LeftOut],
}

impl Job<'_> {
    /// Reads, sorts, merges, writes and commits.
    fn run<R: Record>(&self, inputs: &[Planned], writer: Option<Writer<'_>>) -> Result<Report, Error> {
        let Job { config, key, width, budget, progress, .. } = *self;
        let temp_dir = match (&config.temp_dir, &writer) {
            (Some(dir), _) => dir.clone(),
            (None, Some(_)) => config.index.clone(),
            (None, None) => std::env::temp_dir(),
        };
        let store = Mutex::new(Store::<R>::new(width, budget.pages_bytes(), budget.page_bytes(), &temp_dir));
        let reader = Reader { config, key, width, store, tags: Tags::new(budget.sets_max()), progress };
        let Gathered { files, estimate, counts } = reader.read(inputs)?;
        refuse_known_inputs(writer.as_ref(), config, key, &files)?;
        if files.iter().all(|file| file.records == 0) {
            return Err(Error::NoRecord);
        }
        if files.iter().all(|file| file.accepted == 0) {
            return Err(Error::NothingAccepted { reasons: read::reasons(&files) });
        }
        let Reader { store, tags, .. } = reader;
        let mut store = store.into_inner().unwrap_or_else(PoisonError::into_inner);
        let part_records = merge::part_records(&mut store, &budget, &tags)?;
        let mut fields: BTreeMap<Kind, u64> = BTreeMap::new();
        counts.iter().for_each(|(spec, count)| *fields.entry(spec.kind).or_default() += count.accepted);
        let merge = Merge {
            store: &store,
            tags: &tags,
            fields,
            width,
            estimate: estimate.count(),
            threads: config.threads,
            parts: budget.parts(),
            part_records,
            sets_max: budget.sets_max(),
            progress,
        };
        progress.begin("sorting and writing", store.records());
        match writer {
            None => Ok(self.report(files, &store, merge.count()?)),
            Some(writer) => self.write(writer, files, &counts, &merge),
        }
    }

    fn report<R: Record>(&self, files: Vec<FileReport>, store: &Store<R>, outcome: Outcome) -> Report {
        let records: u64 = files.iter().map(|file| file.records).sum();
        let accepted: u64 = files.iter().map(|file| file.accepted).sum();
        let unplanned = files.iter().any(|file| file.unplanned > 0 || file.found_unplanned);
        let unread = self.left_out.iter().any(|file| file.may_hold_records);
        let incomplete = unplanned || unread || (records - accepted) as f64 > self.config.rejects_max * records as f64;
        Report {
            files,
            segments: outcome.segments,
            shared_values: outcome.shared_values,
            digests: store.records(),
            incomplete,
            spilled: store.spilled(),
            left_out: self.left_out.to_vec(),
        }
    }

    fn write<R: Record>(
        &self,
        mut writer: Writer<'_>,
        files: Vec<FileReport>,
        counts: &Counts,
        merge: &Merge<'_, R>,
    ) -> Result<Report, Error> {
        let (config, key) = (self.config, self.key);
        let coverage = coverage(counts, key, config);
        let uid = hex(&coverage.uid);
        let outcome = merge.write(&mut writer, key.check(), &[coverage])?;
        let classes = outcome.classes;
        let report = self.report(files, merge.store, outcome);
        let breach = Breach {
            name: config.breach.clone(),
            uid,
            title: config.title.clone(),
            breach_date: config.breach_date.clone(),
            data_from: report.days().map(|(from, _)| day_text(from)),
            data_through: report.days().map(|(_, through)| day_text(through)),
            data_classes: classes.classes().map(|class| class.name().to_string()).collect(),
            records: report.records(),
            rejected: report.records() - report.accepted(),
            incomplete: report.incomplete,
            scope: config.request.scope.clone(),
            inputs: input_tags(key, &report.files),
        };
        let catalogue = with_breach(writer.catalogue(), breach);
        writer.commit(report.segments.clone(), catalogue)?;
        Ok(report)
    }
}

/// The tags of all inputs, in an order that is not theirs: the index is the same whatever order they were given in.
fn input_tags(key: &Key, files: &[FileReport]) -> Vec<String> {
    let mut tags: Vec<String> = files.iter().map(|file| input_tag(key, file)).collect();
    tags.sort_unstable();
    tags
}

/// `2015-03-02` for 20150302.
pub fn day_text(day: u32) -> String {
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}

fn stopped() -> Error {
    Error::Source(source::Error::Stopped)
}

/// The catalogue with a new breach, or with an old one that has grown.
fn with_breach(catalogue: &Catalogue, breach: Breach) -> Catalogue {
    let mut catalogue = catalogue.clone();
    match catalogue.breaches.iter_mut().find(|known| known.name == breach.name) {
        None => catalogue.breaches.push(breach),
        Some(known) => {
            known.records += breach.records;
            known.rejected += breach.rejected;
            known.incomplete |= breach.incomplete;
            known.title = breach.title.or(known.title.take());
            known.breach_date = breach.breach_date.or(known.breach_date.take());
            // Days of this form sort like days.
            known.data_from = [known.data_from.take(), breach.data_from].into_iter().flatten().min();
            known.data_through = known.data_through.take().max(breach.data_through);
            known.scope = breach.scope.or(known.scope.take());
            known.inputs.extend(breach.inputs);
            let new = breach.data_classes.into_iter().filter(|class| !known.data_classes.contains(class));
            let new: Vec<String> = new.collect();
            known.data_classes.extend(new);
        }
    }
    catalogue
}

fn coverage(counts: &BTreeMap<KindSpec, NamespaceCounts>, key: &Key, config: &Config) -> BreachCoverage {
    let mut coverage = BreachCoverage { uid: key.tag("breach", config.breach.as_bytes()), counts: BTreeMap::new() };
    let scope = config.request.scope_bytes();
    for (spec, count) in counts {
        let refused = count.refused.iter().filter(|(reason, _)| **reason != crate::identifier::Reason::Empty);
        let mut rejected = refused.map(|(_, count)| count).sum();
        for variant in Variant::ALL {
            let accepted = count.digests[variant as usize];
            // Refused fields stand in the row of the form that they should have had.
            if accepted > 0 || (rejected > 0 && variant == Variant::of(spec.form)) {
                let key = crate::plan::coverage_key(*spec, variant, &scope, key);
                coverage.counts.insert(key, CoverageCounts { accepted, rejected: std::mem::take(&mut rejected) });
            }
        }
    }
    coverage
}

/// The name by which an identical input is recognised: keyed, so that the index does not tell which files it holds.
fn input_tag(key: &Key, file: &FileReport) -> String {
    let mut content = file.fingerprint.to_le_bytes().to_vec();
    content.extend(file.bytes_read.to_le_bytes());
    hex(&key.tag("input", &content))
}

/// A breach name is printed, sorted and typed: no control characters, nothing that a spreadsheet takes for a formula.
fn refuse_breach_name(name: &str) -> Result<(), Error> {
    const BYTES_MAX: usize = 200;
    let printable = !name.chars().any(is_steering);
    let formula = name.starts_with(['=', '+', '-', '@']);
    if name.trim() != name || name.is_empty() || name.len() > BYTES_MAX || !printable || formula {
        return Err(Error::BreachName);
    }
    Ok(())
}

/// A directory that takes no file is refused before hours of reading, and not when memory is full.
fn refuse_temp_dir(config: &Config) -> Result<(), Error> {
    let Some(dir) = &config.temp_dir else { return Ok(()) };
    let made = tempfile::tempfile_in(dir);
    made.map(|_| ()).map_err(|cause| Error::Spill { dir: dir.clone(), cause })
}

fn refuse_known_breach(writer: &Writer<'_>, config: &Config) -> Result<(), Error> {
    if !config.append && writer.catalogue().breach(&config.breach).is_some() {
        return Err(Error::BreachExists { breach: config.breach.clone() });
    }
    Ok(())
}

fn refuse_known_inputs(
    writer: Option<&Writer<'_>>,
    config: &Config,
    key: &Key,
    files: &[FileReport],
) -> Result<(), Error> {
    let mut seen: BTreeMap<(u128, u64), &FileReport> = BTreeMap::new();
    let breaches = writer.map(|writer| writer.catalogue().breaches.as_slice()).unwrap_or_default();
    let known: BTreeMap<&str, &Breach> =
        breaches.iter().flat_map(|breach| breach.inputs.iter().map(move |tag| (tag.as_str(), breach))).collect();
    // In trees the same small file lies in several places; that is nobody's mistake.
    let given = config.inputs.iter().filter(|input| !input.found).map(|input| &input.path).collect::<BTreeSet<_>>();
    for file in files {
        let twice = seen.insert((file.fingerprint, file.bytes_read), file);
        if let Some(other) = twice.filter(|_| given.contains(&file.path)) {
            return Err(Error::InputTwice { path: file.path.clone(), other: other.path.clone() });
        }
        if let Some(breach) = known.get(input_tag(key, file).as_str()) {
            return Err(Error::InputKnown { path: file.path.clone(), breach: breach.name.clone() });
        }
    }
    Ok(())
}

/// The path as errors and reports show it: characters that steer a terminal are escaped.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy()
        .chars()
        .map(|c| if is_steering(c) { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}
