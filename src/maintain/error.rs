//! What can go wrong when an index is maintained.

use crate::{digest, index};
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
    /// The new key cannot be kept.
    Key(digest::Error),
    /// A key to rotate to that does not begin with that of the index.
    OtherRing,
    /// An interrupted ingest waits, and its digests are under the old key.
    JobWaits,
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Index(error) => error.hint(),
            Error::Stopped => Some("what was merged before stays merged; run the command again to go on".into()),
            Error::TooManySets => Some("leave these segments as they are: they answer as well".into()),
            Error::Key(error) => error.hint(),
            Error::OtherRing => Some("rotate with the key of the index, and give `--out` a new file".into()),
            Error::JobWaits => Some("end it with `leakdex ingest .. --resume`, or drop it with `--discard`".into()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Index(error) => error.fmt(f),
            Error::Stopped => f.write_str("stopped on request"),
            Error::Key(error) => error.fmt(f),
            Error::OtherRing => f.write_str("rotating: the ring does not begin with the key of the index"),
            Error::JobWaits => f.write_str("rotating: an interrupted ingest waits in the index, under the old key"),
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
