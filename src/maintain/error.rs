//! What can go wrong when an index is maintained.

use crate::identifier::Kind;
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
    /// Lines that are no identifiers, by number, and why.
    Refused(Vec<(usize, &'static str)>),
    /// There is no line with an identifier.
    NoIdentifiers,
    /// Not one of the identifiers is suppressed.
    NotSuppressed,
    /// Values of this kind are of no person.
    NotOfAPerson(Kind),
    /// Values of this kind mean nothing without their organisation.
    NeedsScope(Kind),
}

/// So many refused lines are named.
const REFUSED_SHOWN: usize = 20;

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Index(error) => error.hint(),
            Error::Stopped => Some("what was committed before stays; run the command again to go on".into()),
            Error::TooManySets => Some("leave these segments as they are: they answer as well".into()),
            Error::Key(error) => error.hint(),
            Error::OtherRing => Some("rotate with the key of the index, and give `--out` a new file".into()),
            Error::JobWaits => Some("end it with `leakdex ingest .. --resume`, or drop it with `--discard`".into()),
            Error::Refused(_) => Some(
                "nothing was written; correct these lines or leave them out, or name their kind with `--kind`: `leakdex explain` shows what a value can be".into(),
            ),
            Error::NoIdentifiers => Some("give identifiers on standard input, one a line".into()),
            Error::NotSuppressed => {
                Some("give the kind, region and scope that the identifiers were forgotten with; nothing was written".into())
            }
            Error::NotOfAPerson(_) => {
                Some("give the addresses: to suppress one changes no number of a domain, and they are of persons".into())
            }
            Error::NeedsScope(_) => Some("give `--scope NAME`, as the dumps were ingested with".into()),
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
            Error::Refused(lines) => {
                write!(f, "{} lines are no identifiers", lines.len())?;
                lines.iter().take(REFUSED_SHOWN).try_for_each(|(line, why)| write!(f, "\nline {line}: {why}"))?;
                match lines.len().saturating_sub(REFUSED_SHOWN) {
                    0 => Ok(()),
                    more => write!(f, "\nand {more} more"),
                }
            }
            Error::NoIdentifiers => f.write_str("there is no identifier on standard input"),
            Error::NotSuppressed => f.write_str("none of these identifiers is suppressed"),
            Error::NotOfAPerson(kind) => write!(f, "values of kind {} are of no person", kind.name()),
            Error::NeedsScope(kind) => {
                write!(f, "numbers of kind {} mean nothing without their organisation", kind.name())
            }
        }
    }
}

impl std::error::Error for Error {}

impl From<index::Error> for Error {
    fn from(error: index::Error) -> Error {
        match error {
            index::Error::Stopped => Error::Stopped,
            error => Error::Index(error),
        }
    }
}
