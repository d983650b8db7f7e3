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
//! before. What the finished inputs gave is then kept as a [job](self), and an ingest that goes on with it ends with the
//! same bytes as one that was not interrupted. The counts obey `records = accepted + rejected` for every input, and all its
//! bytes were read. The bytes of the segment depend on the set of records alone: not on threads, memory, the size of blocks or
//! the order of the inputs.

mod budget;
mod error;
mod fate;
mod inputs;
mod job;
mod known;
#[cfg(feature = "leaky")]
mod leak;
mod merge;
#[cfg(test)]
mod property_tests;
mod read;
mod record;
mod rejects;
#[cfg(test)]
mod resume_data;
#[cfg(test)]
mod resume_tests;
mod run;
mod spill;
#[cfg(test)]
mod test_data;
mod worker;

pub use error::Error;
pub use fate::{Addresses, BytesByFate, Sign};
pub use inputs::LeftOut;
pub use read::FileReport;
pub use rejects::RejectLog;

use crate::digest::{Key, Width};
use crate::disk::create_nameless;
use crate::index::{Identity, SegmentEntry, Wait, Writer, holds_index};
use crate::plan::{ColumnPlan, PlanFile, Request};
use crate::source::{self, Input, Options, Progress, is_steering};
use budget::Budget;
use inputs::{Planned, inputs_bytes, plan_inputs};
use job::{Choice, Pace};
use record::{Narrow, Wide, is_narrow};
use run::Run;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

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
    /// The share of rejected records, and of bytes that gave nothing, 0 to 1, above which the breach is marked incomplete.
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
    /// What is done about an interrupted ingest of the same breach.
    pub start: Start,
    /// How often what was read is saved, so that an ingest that is killed can go on.
    pub save_every: Duration,
    /// How long another writer is waited for.
    pub wait: Duration,
}

impl Config {
    /// How long another writer is waited for, until this says that the program should stop.
    fn waiting<'a>(&self, stop: &'a Progress) -> Wait<'a> {
        Wait { longest: self.wait, stop: Some(stop) }
    }
}

/// What is done about an interrupted ingest of the same breach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// It is an error if there is one.
    #[default]
    Fresh,
    /// It goes on.
    Resume,
    /// It is dropped.
    Discard,
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
    /// Digests of forgotten identifiers, which were left out.
    pub forgotten: u64,
    /// Digests before equal ones were merged.
    pub digests: u64,
    /// Whether there are signs that identifiers of the inputs were not taken.
    pub incomplete: bool,
    /// These signs.
    pub signs: Vec<Sign>,
    /// What did not fit into memory.
    pub spilled: Option<Spilled>,
    /// Files found in directories that are no dumps, or cannot be read.
    pub left_out: Vec<LeftOut>,
    /// What an interrupted ingest had read.
    pub resumed: Option<Resumed>,
    /// Jobs that could not go on any more, and are removed.
    pub swept: Vec<SweptJob>,
    /// Jobs of another version of the program, which may be of any breach.
    pub foreign_jobs: Vec<String>,
}

/// The job that an ingest went on with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resumed {
    /// Its name.
    pub id: String,
    /// Inputs that it had read.
    pub inputs: usize,
    /// Inputs that it could not read, and that were not given any more.
    pub left_out: usize,
}

/// A job that was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweptJob {
    /// Its name.
    pub id: String,
    /// Why nobody could go on with it.
    pub why: &'static str,
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
        days(self.files.iter())
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
    let budget = Budget::new(config.memory, config.threads)?;
    ingest_within(budget, Pace::new(config.save_every), config, key, progress)
}

/// Drops the interrupted ingest of a breach, and those that nobody can go on with; says which.
///
/// # Errors
/// If there is none, or the index belongs to another key or is locked.
pub fn discard(index: &Path, breach: &str, key: &Key, wait: Wait<'_>) -> Result<Vec<String>, Error> {
    if !holds_index(index) {
        return Err(Error::NoJob { breach: breach.to_string() });
    }
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    let writer = Writer::open_waiting(index, &identity, Width::DEFAULT, wait)?;
    let mut choice = job::choose(index, writer.catalogue(), key, breach, Start::Discard)?;
    choice.drop_jobs()
}

/// Ingests with these shares of memory, and saves at this pace.
fn ingest_within(
    budget: Budget,
    pace: Pace,
    config: &Config,
    key: &Key,
    progress: &Arc<Progress>,
) -> Result<Report, Error> {
    refuse_breach_name(&config.breach)?;
    refuse_temp_dir(config)?;
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    refuse_job(config, key, &identity, progress)?;
    let (planned, left_out) = plan_inputs(config, budget, progress)?;
    if planned.is_empty() {
        return Err(Error::NothingRead { left_out });
    }
    let files: BTreeMap<&Path, u64> = planned.iter().map(|input| (input.path.as_path(), input.stamp.bytes)).collect();
    progress.set_bytes_total(files.values().sum());
    let budget = budget.beside_inputs(inputs_bytes(&planned, config.threads), planned.len())?;
    let writer = match config.dry_run {
        true => None,
        false => Some(Writer::open_waiting(&config.index, &identity, config.width, config.waiting(progress))?),
    };
    let width = writer.as_ref().map_or(config.width, Writer::width);
    let choice = match &writer {
        None => Choice::default(),
        Some(writer) => {
            let choice = job::choose(&config.index, writer.catalogue(), key, &config.breach, config.start)?;
            refuse_known_breach(writer, config)?;
            choice
        }
    };
    let run = Run { config, key, width, budget, pace, progress, inputs: &planned, left_out: &left_out };
    if is_narrow(width) { run.run::<Narrow>(choice, writer) } else { run.run::<Wide>(choice, writer) }
}

/// Refuses before the inputs are planned, which may take long, what is refused behind that anyway because of a job.
fn refuse_job(config: &Config, key: &Key, identity: &Identity<'_>, progress: &Progress) -> Result<(), Error> {
    if config.dry_run || (config.start == Start::Fresh && !job::waits(&config.index)) {
        return Ok(());
    }
    if !holds_index(&config.index) {
        return Err(Error::NoJob { breach: config.breach.clone() });
    }
    let writer = Writer::open_waiting(&config.index, identity, config.width, config.waiting(progress))?;
    job::choose(&config.index, writer.catalogue(), key, &config.breach, config.start).map(|_| ())
}

fn days<'a>(files: impl Iterator<Item = &'a FileReport>) -> Option<(u32, u32)> {
    let days = files.flat_map(|file| file.columns.iter().filter_map(ColumnPlan::days));
    days.reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
}

/// `2015-03-02` for 20150302.
pub fn day_text(day: u32) -> String {
    format!("{:04}-{:02}-{:02}", day / 10_000, day / 100 % 100, day % 100)
}

fn stopped() -> Error {
    Error::Source(source::Error::Stopped)
}

/// A breach name is printed, sorted and typed: no control characters, nothing that a spreadsheet takes for a formula.
///
/// # Errors
/// [`Error::BreachName`].
pub fn refuse_breach_name(name: &str) -> Result<(), Error> {
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
    let made = create_nameless(dir);
    made.map(|_| ()).map_err(|cause| Error::Spill { dir: dir.clone(), cause })
}

fn refuse_known_breach(writer: &Writer<'_>, config: &Config) -> Result<(), Error> {
    // An entry that somebody made before there were records is no breach to add to.
    let known = writer.catalogue().breach(&config.breach);
    if !config.append && known.is_some_and(|known| !known.is_bare()) {
        return Err(Error::BreachExists { breach: config.breach.clone() });
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
