//! Why dumps cannot be ingested.

use super::{LeftOut, shown};
use crate::{index, plan, source};
use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why dumps cannot be ingested. The index is what it was.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A dump cannot be read.
    Source(source::Error),
    /// The columns of a dump cannot be decided.
    Plan {
        /// The dump.
        path: PathBuf,
        /// Why.
        error: plan::Error,
    },
    /// The index cannot be written.
    Index(index::Error),
    /// The breach has a name that cannot be printed safely.
    BreachName,
    /// There is a breach of this name.
    BreachExists {
        /// The name.
        breach: String,
    },
    /// The same file was ingested before.
    InputKnown {
        /// The file.
        path: PathBuf,
        /// The breach that has it.
        breach: String,
    },
    /// The same contents were given twice.
    InputTwice {
        /// The second file.
        path: PathBuf,
        /// The first.
        other: PathBuf,
    },
    /// None of the files found can be read.
    NothingRead {
        /// What they are.
        left_out: Vec<LeftOut>,
    },
    /// No input had a record.
    NoRecord,
    /// No record had an identifier that can be used.
    NothingAccepted {
        /// How often which reason, most frequent first.
        reasons: Vec<(&'static str, u64)>,
    },
    /// An input is not what it was when its columns were decided.
    InputChanged {
        /// The file.
        path: PathBuf,
    },
    /// The temporary file for what does not fit into memory cannot be written or read.
    Spill {
        /// Its directory.
        dir: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The temporary file does not hold what was written to it.
    SpillDamaged {
        /// Its directory.
        dir: PathBuf,
    },
    /// So many threads cannot work in so little memory, or not with so many inputs.
    MemoryTooSmall {
        /// What they need, in MiB.
        least: u64,
        /// The threads.
        threads: usize,
        /// The inputs, if it is because of them.
        inputs: Option<usize>,
    },
    /// The records differ in more ways than there is memory for.
    TooManyClassSets {
        /// How many sets of data classes there is room for, counted for each kind.
        most: usize,
    },
    /// A segment cannot be written; the index names the file.
    Push(io::Error),
    /// The ingest ended before its time, and a job keeps what it had read.
    Kept {
        /// Why it ended.
        cause: Box<Error>,
        /// The name of the job.
        id: String,
        /// Inputs that are not read again.
        finished: usize,
        /// All inputs.
        inputs: usize,
    },
    /// The ingest ended before its time, and what it had read could not be kept.
    NotKept {
        /// Why it ended.
        cause: Box<Error>,
        /// Why it could not be kept.
        why: io::Error,
    },
    /// An interrupted ingest of this breach waits.
    JobWaits {
        /// The name of the job.
        id: String,
        /// The breach.
        breach: String,
        /// Inputs that it has read.
        finished: u64,
        /// All of its inputs.
        inputs: u64,
    },
    /// No interrupted ingest of this breach waits.
    NoJob {
        /// The breach.
        breach: String,
    },
    /// The interrupted ingest had reached its end.
    JobCommitted {
        /// The name of the job.
        id: String,
        /// The breach.
        breach: String,
    },
    /// A job is not what was written.
    JobDamaged {
        /// The name of the job.
        id: String,
        /// What is wrong.
        what: &'static str,
    },
    /// A job has a format of another version of the program.
    JobOfVersion {
        /// The name of the job.
        id: String,
    },
    /// A job was begun in another way.
    JobOfOthers {
        /// The name of the job.
        id: String,
        /// The option that was another one.
        what: &'static str,
    },
    /// An input that a job has read has changed since.
    JobInputChanged {
        /// The name of the job.
        id: String,
        /// The input.
        path: PathBuf,
    },
    /// Inputs of a job are not given any more.
    JobInputsGone {
        /// The name of the job.
        id: String,
        /// How many of those that it has read.
        read: usize,
        /// How many of the others.
        unread: usize,
    },
    /// A job cannot be read.
    Job {
        /// What was tried.
        action: &'static str,
        /// The directory.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
}

impl Error {
    /// Whether going on with the finished inputs would end in the same way.
    pub(super) fn is_final(&self) -> bool {
        matches!(
            self,
            Error::InputTwice { .. } | Error::NoRecord | Error::NothingAccepted { .. } | Error::SpillDamaged { .. }
        )
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Source(error) => error.hint(),
            Error::Plan { error, .. } => error.hint(),
            Error::Index(error) => error.hint(),
            Error::BreachName => {
                Some("1 to 200 bytes, no blanks at its ends, no control characters, not beginning with = + - @".into())
            }
            Error::BreachExists { .. } => Some("give `--append` to add to it, or another name".into()),
            Error::InputKnown { .. } | Error::InputTwice { .. } => Some("leave it out".into()),
            Error::NothingRead { .. } => Some("`leakdex inspect` shows what each file is".into()),
            Error::NoRecord => Some("is it the right file? an index learns nothing from an empty one".into()),
            Error::NothingAccepted { .. } => {
                Some("`leakdex inspect` shows the columns; say what they are with `--map COLUMN=KIND`".into())
            }
            Error::InputChanged { .. } => Some("run it again when nobody writes to the file".into()),
            Error::Spill { .. } => {
                Some("11 bytes per identifier are needed there; give another directory with `--temp-dir`, or more `--memory`".into())
            }
            Error::SpillDamaged { .. } => {
                Some("the disk or the memory of this machine is faulty; give another directory with `--temp-dir`".into())
            }
            Error::MemoryTooSmall { least, inputs: None, .. } => {
                Some(format!("give `--memory {least}M`, or fewer `--threads`"))
            }
            Error::MemoryTooSmall { least, .. } => {
                Some(format!("give `--memory {least}M`, or ingest the inputs in several steps with `--append`"))
            }
            Error::TooManyClassSets { .. } => {
                Some("leave columns out with `--map COLUMN=ignore`, or give more `--memory`".into())
            }
            Error::Push(_) | Error::Job { .. } => None,
            Error::Kept { cause, .. } => Some(match cause.hint() {
                Some(hint) if !is_stop(cause) => format!("{hint}; then `--resume` {GOES_ON}"),
                _ => format!("the same command with `--resume` {GOES_ON}"),
            }),
            Error::NotKept { cause, .. } => cause.hint(),
            Error::JobWaits { .. } => Some(format!("`--resume` {GOES_ON} and begins again")),
            Error::NoJob { .. } => Some("leave out `--resume` or `--discard`".into()),
            Error::JobCommitted { .. } => {
                Some("nothing is left to do: `leakdex breach show` shows what was ingested".into())
            }
            Error::JobDamaged { .. } | Error::JobInputChanged { .. } => {
                Some("`--discard` drops the job and begins again".into())
            }
            Error::JobOfVersion { .. } => {
                Some("use the version of leakdex that began it, or remove its directory in `jobs`".into())
            }
            Error::JobOfOthers { .. } => {
                Some("give the same options as before, or `--discard` to drop the job and begin again".into())
            }
            Error::JobInputsGone { .. } => {
                Some("give the same paths as before, or `--discard` to drop the job and begin again without them".into())
            }
        }
    }
}

/// What the options of an interrupted ingest do.
const GOES_ON: &str = "goes on from there, and `--discard` drops the job";

fn is_stop(error: &Error) -> bool {
    matches!(error, Error::Source(source::Error::Stopped))
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Source(error) => error.fmt(f),
            Error::Plan { path, error } => write!(f, "planning `{}`: {error}", shown(path)),
            Error::Index(error) => error.fmt(f),
            Error::BreachName => f.write_str("this cannot be the name of a breach"),
            Error::BreachExists { breach } => write!(f, "the index has a breach `{breach}` already"),
            Error::InputKnown { path, breach } => {
                write!(f, "`{}` was ingested before, as part of `{breach}`", shown(path))
            }
            Error::InputTwice { path, other } => {
                write!(f, "`{}` has the same contents as `{}`", shown(path), shown(other))
            }
            Error::NothingRead { left_out } => {
                f.write_str("none of the files found can be read; nothing was written")?;
                const SHOWN: usize = 10;
                let mut lines = left_out.iter().take(SHOWN);
                lines.try_for_each(|file| write!(f, "\n  `{}`: {}", shown(&file.path), file.why))?;
                if left_out.len() > SHOWN { write!(f, "\n  and {} more", left_out.len() - SHOWN) } else { Ok(()) }
            }
            Error::NoRecord => f.write_str("no input has a record; nothing was written"),
            Error::NothingAccepted { reasons } => {
                f.write_str("no record has an identifier that can be used; nothing was written")?;
                reasons.iter().try_for_each(|(reason, count)| write!(f, "\n  {count} records: {reason}"))
            }
            Error::InputChanged { path } => write!(f, "`{}` has changed since its columns were decided", shown(path)),
            Error::Spill { dir, cause } => write!(f, "using a temporary file in `{}`: {cause}", shown(dir)),
            Error::SpillDamaged { dir } => {
                write!(f, "reading a temporary file in `{}`: it does not hold what was written to it", shown(dir))
            }
            Error::MemoryTooSmall { least, threads, inputs: None } => {
                write!(f, "`--memory` is too small: {threads} threads need at least {least} MiB")
            }
            Error::MemoryTooSmall { least, threads, inputs: Some(inputs) } => {
                write!(f, "`--memory` is too small: {threads} threads and {inputs} input(s) need at least {least} MiB")
            }
            Error::TooManyClassSets { most } => {
                write!(f, "the records have more than {most} different sets of data classes, too many for `--memory`")
            }
            Error::Push(cause) => write!(f, "writing a segment: {cause}"),
            Error::Kept { cause, id, finished, inputs } => {
                write!(f, "{cause}; job `{id}` keeps what was read: {finished} of {inputs} inputs")
            }
            Error::NotKept { cause, why } => write!(f, "{cause}; what was read could not be kept either: {why}"),
            Error::JobWaits { id, breach, finished, inputs } => write!(
                f,
                "an interrupted ingest of `{breach}` waits as job `{id}`: {finished} of {inputs} inputs are finished"
            ),
            Error::NoJob { breach } => write!(f, "no interrupted ingest of `{breach}` waits in this index"),
            Error::JobCommitted { id, breach } => {
                write!(f, "job `{id}` had reached its end: `{breach}` is in the index, and the job is removed")
            }
            Error::JobDamaged { id, what } => write!(f, "job `{id}` cannot go on: {what}; nothing was written"),
            Error::JobOfVersion { id } => write!(f, "job `{id}` has the format of another version of leakdex"),
            Error::JobOfOthers { id, what } => {
                write!(f, "job `{id}` cannot go on: {what} was another one when it began")
            }
            Error::JobInputChanged { id, path } => {
                write!(f, "job `{id}` cannot go on: `{}` has changed since it was read", shown(path))
            }
            Error::JobInputsGone { id, read, unread } => {
                write!(f, "job `{id}` cannot go on: ")?;
                match (read, unread) {
                    (0, unread) => write!(f, "{unread} input(s) that were given are not given any more"),
                    (read, _) => write!(f, "{read} input(s) that it has read are not given any more"),
                }
            }
            Error::Job { action, path, cause } => write!(f, "{action} `{}`: {cause}", shown(path)),
        }
    }
}

impl std::error::Error for Error {}

impl From<source::Error> for Error {
    fn from(error: source::Error) -> Error {
        Error::Source(error)
    }
}

impl From<index::Error> for Error {
    fn from(error: index::Error) -> Error {
        match error {
            index::Error::Stopped => Error::Source(source::Error::Stopped),
            error => Error::Index(error),
        }
    }
}
