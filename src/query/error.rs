//! Why a question has no answer.

use super::groups::GROUPS_MAX;
use super::number::count;
use crate::{index, source};
use std::fmt;

/// Why a question has no answer.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The list cannot be read.
    Source(source::Error),
    /// The index is damaged.
    Index(index::Error),
    /// The sample of a claim takes more than the memory that it may take.
    LargeSample {
        /// The records up to there.
        records: u64,
        /// The memory in bytes.
        memory: u64,
    },
    /// The columns to group by have too many combinations of cells.
    TooManyGroups,
    /// The index has no breach of this name.
    NoSuchBreach {
        /// The name as given.
        name: String,
        /// What is near.
        suggestion: String,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Source(error) => error.hint(),
            Error::Index(error) => error.hint(),
            Error::LargeSample { .. } => Some(
                "give more with `--memory`, or take a part of the sample: a few thousand records tell as much".into(),
            ),
            Error::TooManyGroups => {
                Some("group by fewer columns, or by what more people have in common, such as a country".into())
            }
            Error::NoSuchBreach { .. } => Some("`leakdex breach list` shows the breaches".into()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Source(error) => error.fmt(f),
            Error::Index(error) => error.fmt(f),
            Error::LargeSample { records, memory } => {
                write!(f, "the sample takes more than {} MiB after {} records", count(memory >> 20), count(*records))
            }
            Error::TooManyGroups => {
                write!(f, "the columns to group by make more than {} groups", count(GROUPS_MAX as u64))
            }
            Error::NoSuchBreach { name, suggestion } => {
                write!(f, "the index has no breach `{}`{suggestion}", name.escape_debug())
            }
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
        Error::Index(error)
    }
}
