//! Ingest: dumps become one new segment of one breach.
//!
//! ```text
//! plan every input -> lock the index -> per input: blocks -> batches -> records -> sort, merge -> segment -> commit
//! ```
//!
//! # Cost
//!
//! A record here is 32 bytes: digest, data classes, kind. The records of one ingest are sorted in memory, so it needs 32
//! bytes per identifier (twice that while the sort's input is gathered from the workers), and 2.2 million identifiers, the
//! model incident, need 70 MB. Sorting costs about 50 ns per record and core, less than parsing and hashing it.
//!
//! # Guarantees
//!
//! Nothing is committed if any input cannot be read to its end, if nothing was accepted, or if an input was ingested
//! before. The counts obey `records = accepted + rejected` for every input, and all its bytes were read.

mod error;
#[cfg(feature = "leaky")]
mod leak;
mod merge;
mod read;

pub use error::Error;
pub use read::FileReport;

use crate::digest::{Key, Width};
use crate::identifier::KindSpec;
use crate::index::{
    Breach, BreachCoverage, Catalogue, CoverageCounts, CoverageKey, Identity, SegmentEntry, Writer, hex,
};
use crate::plan::{NamespaceCounts, Plan, Request};
use crate::source::{Options, Progress, Source};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be ingested, and how.
#[derive(Clone, Debug)]
pub struct Config {
    /// The dumps.
    pub inputs: Vec<PathBuf>,
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
    /// Read and count, but write nothing.
    pub dry_run: bool,
    /// Worker threads.
    pub threads: usize,
    /// Bits of a digest, if the index is new.
    pub width: Width,
}

/// What an ingest did.
#[derive(Debug)]
pub struct Report {
    /// What became of every input.
    pub files: Vec<FileReport>,
    /// Distinct digests written; none for a dry run.
    pub segment: Option<SegmentEntry>,
    /// Values that stand in very many records.
    pub shared_values: u64,
    /// Digests before equal ones were merged.
    pub digests: u64,
    /// Whether more records were rejected than allowed, or values were not read.
    pub incomplete: bool,
}

impl Report {
    /// Records of all inputs.
    pub fn records(&self) -> u64 {
        self.files.iter().map(|file| file.records).sum()
    }

    /// Records that gave at least one digest.
    pub fn accepted(&self) -> u64 {
        self.files.iter().map(|file| file.accepted).sum()
    }
}

/// An opened and planned input.
struct Planned {
    path: PathBuf,
    source: Source,
    plan: Plan,
}

/// Ingests dumps as one new segment.
///
/// # Errors
/// Before anything is written: a wrong key, a locked index, an undecided column, a known breach name, an identical input,
/// an unreadable file, nothing accepted. The index is then what it was.
pub fn ingest(config: &Config, key: &Key, progress: &Arc<Progress>) -> Result<Report, Error> {
    refuse_breach_name(&config.breach)?;
    let planned = plan_inputs(config)?;
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
    let mut gathered = read::Gathered::new(width);
    let mut files = Vec::new();
    for input in planned {
        let report = read::read_input(input, key, config, &mut gathered, progress)?;
        refuse_known_input(writer.as_ref(), key, &files, &report)?;
        files.push(report);
    }
    if files.iter().all(|file| file.records == 0) {
        return Err(Error::NoRecord);
    }
    if files.iter().all(|file| file.accepted == 0) {
        return Err(Error::NothingAccepted { reasons: read::reasons(&files) });
    }
    finish(config, key, writer, gathered, files)
}

fn plan_inputs(config: &Config) -> Result<Vec<Planned>, Error> {
    let mut planned = Vec::new();
    for path in &config.inputs {
        let source = Source::open(path, &config.source)?;
        let plan_error = |error| Error::Plan { path: path.clone(), error };
        let shape = source.description().shape;
        let plan = crate::plan::decide(shape, source.sample(), &config.request, crate::plan::Side::Dump)
            .map_err(plan_error)?;
        if source.sample().rows.len() > usize::from(plan.header) {
            plan.require_decided().map_err(plan_error)?;
        }
        planned.push(Planned { path: path.clone(), source, plan });
    }
    Ok(planned)
}

/// Sorts, merges, writes and commits.
fn finish(
    config: &Config,
    key: &Key,
    writer: Option<Writer<'_>>,
    gathered: read::Gathered,
    files: Vec<FileReport>,
) -> Result<Report, Error> {
    let records: u64 = files.iter().map(|file| file.records).sum();
    let accepted: u64 = files.iter().map(|file| file.accepted).sum();
    let rejected = records - accepted;
    let unplanned = files.iter().any(|file| file.unplanned > 0);
    let incomplete = unplanned || rejected as f64 > config.rejects_max * records as f64;
    let digests = gathered.records.len() as u64;
    let counts = gathered.counts.clone();
    let merged = merge::merge(gathered, config.threads)?;
    let mut report = Report { files, segment: None, shared_values: merged.shared_values, digests, incomplete };
    let Some(mut writer) = writer else { return Ok(report) };
    let coverage = coverage(&counts, key, config);
    let breach = Breach {
        name: config.breach.clone(),
        uid: hex(&coverage.uid),
        title: config.title.clone(),
        breach_date: config.breach_date.clone(),
        data_classes: merged.classes.classes().map(|class| class.name().to_string()).collect(),
        records,
        rejected,
        incomplete,
        scope: config.request.scope.clone(),
        inputs: report.files.iter().map(|file| input_tag(key, file)).collect(),
    };
    let entry = merge::write(&mut writer, &merged, key.check(), &[coverage])?;
    let catalogue = with_breach(writer.catalogue(), breach);
    writer.commit(vec![entry.clone()], catalogue)?;
    report.segment = Some(entry);
    Ok(report)
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
    for (spec, count) in counts {
        let exact = crate::plan::coverage_key(*spec, crate::digest::Variant::Exact, &config.request.scope_bytes(), key);
        let refused = count.refused.iter().filter(|(reason, _)| **reason != crate::identifier::Reason::Empty);
        let rejected = refused.map(|(_, count)| count).sum();
        coverage.counts.insert(exact, CoverageCounts { accepted: count.exact, rejected });
        if count.alias > 0 {
            let alias = CoverageKey { variant: crate::digest::Variant::Alias as u8, ..exact };
            coverage.counts.insert(alias, CoverageCounts { accepted: count.alias, rejected: 0 });
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
    let printable = name.chars().all(|c| {
        !c.is_control()
            && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    });
    let formula = name.starts_with(['=', '+', '-', '@']);
    if name.trim() != name || name.is_empty() || name.len() > BYTES_MAX || !printable || formula {
        return Err(Error::BreachName);
    }
    Ok(())
}

fn refuse_known_breach(writer: &Writer<'_>, config: &Config) -> Result<(), Error> {
    if !config.append && writer.catalogue().breach(&config.breach).is_some() {
        return Err(Error::BreachExists { breach: config.breach.clone() });
    }
    Ok(())
}

fn refuse_known_input(
    writer: Option<&Writer<'_>>,
    key: &Key,
    before: &[FileReport],
    file: &FileReport,
) -> Result<(), Error> {
    let same = |other: &&FileReport| (other.fingerprint, other.bytes_read) == (file.fingerprint, file.bytes_read);
    if let Some(other) = before.iter().find(same) {
        return Err(Error::InputTwice { path: file.path.clone(), other: other.path.clone() });
    }
    let tag = input_tag(key, file);
    let known =
        writer.and_then(|writer| writer.catalogue().breaches.iter().find(|breach| breach.inputs.contains(&tag)));
    match known {
        Some(breach) => Err(Error::InputKnown { path: file.path.clone(), breach: breach.name.clone() }),
        None => Ok(()),
    }
}

/// The path as errors and reports show it: control characters escaped.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy()
        .chars()
        .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
        .collect()
}
