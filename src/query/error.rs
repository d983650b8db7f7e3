//! Why a question has no answer.

use super::groups::GROUPS_MAX;
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
    /// The index has no breach of this name.
    NoSuchBreach {
        /// The name as given.
        name: String,
        /// What is near.
        suggestion: String,
    },
    /// The columns to group by have too many different cells.
    TooManyGroups,
    /// The people of a list do not fit into memory.
    TooManyPeople {
        /// How many there were then.
        people: u64,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Source(error) => error.hint(),
            Error::Index(error) => error.hint(),
            Error::TooManyGroups => Some("group by a column with few values, such as a country or a segment".into()),
            Error::TooManyPeople { .. } => {
                Some("sort the list by that column, cut it between two people, and scan the parts".into())
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
            Error::TooManyGroups => {
                write!(f, "the columns of `--group-by` have more than {GROUPS_MAX} different values")
            }
            Error::TooManyPeople { people } => {
                write!(
                    f,
                    "the list has more than {people} people by its `--person` column: they do not fit into memory"
                )
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
