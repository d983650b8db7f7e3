//! From paths to planned inputs: every file, and every member of an archive, with what its columns are.

use super::budget::Budget;
use super::job::Stamp;
use super::{Config, Error};
use crate::plan::{self, Looked, Plan, run_ordered};
use crate::source::{self, Contents, Description, Input, Progress, Sample, Shape, Source, contents};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// A file found in a directory that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The file.
    pub path: PathBuf,
    /// Why, in words.
    pub why: String,
    /// Whether it may hold records: the breach is incomplete then.
    pub may_hold_records: bool,
}

/// A planned input.
pub(super) struct Planned {
    /// The file.
    pub path: PathBuf,
    /// The place among the members of the archive that the file is.
    pub member: Option<usize>,
    /// The file, or the member in it, as reports name it.
    pub shown: PathBuf,
    pub description: Description,
    pub plan: Plan,
    /// Of the file, before anything of it was read.
    pub stamp: Stamp,
}

/// About how much memory the plans of inputs take, with the reports that will be made of them, and the decoders of as many
/// as are read at the same time.
pub(super) fn inputs_bytes(inputs: &[Planned], threads: usize) -> u64 {
    const BASE_BYTES: u64 = 1536;
    const COLUMN_BYTES: u64 = 640;
    /// Of a usual file; there is room for it beside the blocks of every worker.
    const WINDOW_FREE_BYTES: u64 = 2 << 20;
    let plans = inputs.iter().map(|input| BASE_BYTES + COLUMN_BYTES * input.plan.columns.len() as u64);
    let mut windows: Vec<u64> =
        inputs.iter().map(|input| input.description.window_bytes.saturating_sub(WINDOW_FREE_BYTES)).collect();
    windows.sort_unstable_by_key(|bytes| std::cmp::Reverse(*bytes));
    plans.sum::<u64>() + windows.iter().take(threads).sum::<u64>()
}

/// Plans all inputs, several at a time: of thousands of small files, planning is most of the work.
pub(super) fn plan_inputs(
    config: &Config,
    budget: Budget,
    progress: &Progress,
) -> Result<(Vec<Planned>, Vec<LeftOut>), Error> {
    /// After so many inputs memory is looked at.
    const INPUTS_PER_LOOK: usize = 1000;
    let (mut planned, mut left_out): (Vec<Planned>, Vec<LeftOut>) = (Vec::new(), Vec::new());
    let mut inputs = config.inputs.iter();
    let next = || Ok::<_, Error>(inputs.next());
    let work = |(): &mut (), input: &Input| plan_input(input, config);
    let take = |result: Result<(Vec<Planned>, Vec<LeftOut>), Error>| {
        let (inputs, others) = result?;
        planned.extend(inputs);
        left_out.extend(others);
        let bytes = || inputs_bytes(&planned, config.threads);
        let looked_at = planned.len();
        if looked_at > 0
            && looked_at.is_multiple_of(INPUTS_PER_LOOK)
            && budget.beside_inputs(bytes(), looked_at).is_err()
        {
            // What they need if the others are like these.
            let inputs = config.inputs.len();
            budget.beside_inputs(bytes() / looked_at as u64 * inputs as u64, inputs)?;
        }
        Ok::<_, Error>(())
    };
    run_ordered(config.threads, 2 * config.threads, progress, next, || (), work, take).map(|_: Vec<()>| ())?;
    Ok((planned, left_out))
}

/// A source without a plan.
struct Unplanned {
    error: Error,
    may_hold: bool,
}

impl From<Error> for Unplanned {
    fn from(error: Error) -> Unplanned {
        Unplanned { error, may_hold: false }
    }
}

impl LeftOut {
    /// A file that was found and is no dump, or such a member; any other error is one of the whole ingest. `may_hold`: whether it looks
    /// as if it held identifiers, although no column does.
    fn of(
        input: &Input,
        member: Option<usize>,
        shown: &Path,
        Unplanned { error, may_hold }: Unplanned,
    ) -> Result<LeftOut, Error> {
        let is_input = |name: &str| member.is_none() && input.path.file_name() == Some(OsStr::new(name));
        let (why, may_hold_records) = match &error {
            Error::Source(source::Error::Binary { what, .. }) => {
                (format!("it looks like {what}"), !what.ends_with("image"))
            }
            // Nothing of an archive can be read, or it only begins as one; what is wrong with a member has that one's name.
            Error::Source(source::Error::Archive { path, what, why }) if is_input(path) => {
                (format!("{what} {why}"), true)
            }
            Error::Plan { error: plan::Error::NothingToRead, .. } => {
                ("no column holds identifiers".to_string(), may_hold)
            }
            _ => return Err(error),
        };
        if !input.found && member.is_none() {
            return Err(error);
        }
        Ok(LeftOut { path: shown.to_path_buf(), why, may_hold_records })
    }
}

/// Plans a file, or every member of the archive that it is.
fn plan_input(input: &Input, config: &Config) -> Result<(Vec<Planned>, Vec<LeftOut>), Error> {
    let (mut planned, mut left_out) = (Vec::new(), Vec::new());
    // A file that is not there is said to be so by whoever opens it.
    let stamp = std::fs::metadata(&input.path).map(|metadata| Stamp::of(&metadata)).unwrap_or_default();
    let mut add = |member: Option<usize>, shown: &Path, source: Result<Source, source::Error>| {
        let source = source.map_err(|error| Unplanned::from(Error::Source(error)));
        let again = || source::open_again(&input.path, member, &config.source);
        match source.and_then(|source| plan_source(source, shown, config, again)) {
            Ok((description, plan)) => {
                let (path, shown) = (input.path.clone(), shown.to_path_buf());
                planned.push(Planned { path, member, shown, description, plan, stamp });
            }
            Err(error) => left_out.push(LeftOut::of(input, member, shown, error)?),
        }
        Ok::<(), Error>(())
    };
    match contents(&input.path, &config.source)? {
        Contents::Plain => add(None, &input.path, Source::open(&input.path, &config.source))?,
        Contents::Members(members) => {
            for (number, member) in members.enumerate() {
                let member = match member {
                    Ok(member) => member,
                    Err(error) if number == 0 => {
                        add(None, &input.path, Err(error))?;
                        break;
                    }
                    Err(error) => return Err(error.into()),
                };
                let source = Source::from_reader(&member.name, member.reader, &config.source);
                add(Some(number), Path::new(&member.name), source)?;
            }
        }
    }
    Ok((planned, left_out))
}

fn plan_source(
    source: Source,
    shown: &Path,
    config: &Config,
    again: impl FnOnce() -> Result<Source, source::Error>,
) -> Result<(Description, Plan), Unplanned> {
    let plan_error = |error| Error::Plan { path: shown.to_path_buf(), error };
    // Who says what the columns are has said that the others are none.
    let may_search = config.plan.is_none() && !config.request.names_columns();
    let decide = |shape, sample: &Sample| plan_of(shape, sample, config);
    let looked = plan::look(source, config.request.region, may_search, again, decide).map_err(Error::Source)?;
    let Looked { description, sample, mut plan, may_hold } = looked.map_err(plan_error)?;
    plan.counts_domains = true;
    // A text that is searched has no other columns; what it has to give may be numbers alone.
    if sample.rows.len() > usize::from(plan.header) {
        plan.require_decided().map_err(|error| Unplanned { error: plan_error(error), may_hold })?;
    }
    Ok((description, plan))
}

/// The plan of a source: its own, or that of the plan file.
fn plan_of(shape: Shape, sample: &Sample, config: &Config) -> Result<Plan, plan::Error> {
    let plan = plan::decide(shape, sample, &config.request, plan::Side::Dump)?;
    match &config.plan {
        Some(file) if sample.rows.len() > usize::from(plan.header) => {
            let request = file.request(&config.request, sample, &plan)?;
            plan::decide(shape, sample, &request, plan::Side::Dump)
        }
        _ => Ok(plan),
    }
}
