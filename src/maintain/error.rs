//! What can go wrong when an index is maintained.

use crate::index;
use std::fmt;

/// Why maintenance did not reach its end.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The index cannot be read or written.
    Index(index::Error),
    /// Somebody has asked the program to stop.
    Stopped,
    /// Digests of what is to be merged stand in too many different sets of breaches and data classes.
    TooManySets,
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Index(error) => error.hint(),
            Error::Stopped => Some("what was merged before stays merged; run the command again to go on".into()),
            Error::TooManySets => Some("leave these segments as they are: they answer as well".into()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Index(error) => error.fmt(f),
            Error::Stopped => f.write_str("stopped on request"),
            Error::TooManySets => {
                f.write_str("merging: the digests stand in too many different sets of breaches and data classes")
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<index::Error> for Error {
    fn from(error: index::Error) -> Error {
        Error::Index(error)
    }
}
