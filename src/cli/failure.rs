//! How a command ends.

use crate::{digest, index, ingest, maintain, plan, query, source};
use std::io;

/// Done.
pub const DONE: u8 = 0;
/// Done, and exposures were found; only if asked for.
pub const FOUND: u8 = 1;
/// An error.
pub const ERROR: u8 = 2;
/// Done, but the answer is incomplete.
pub const INCOMPLETE: u8 = 3;

/// A command that could not do its work.
#[derive(Debug)]
pub struct Failure {
    /// What failed and where.
    pub message: String,
    /// What to do next.
    pub hint: Option<String>,
    /// The reader of standard output went away: nothing is said.
    pub quiet: bool,
    /// The index belongs to another key than the one that it was opened with; nothing was done yet.
    pub is_wrong_key: bool,
}

impl Failure {
    /// A failure with a hint.
    pub fn new(message: impl Into<String>, hint: impl Into<String>) -> Failure {
        Failure { message: message.into(), hint: Some(hint.into()), quiet: false, is_wrong_key: false }
    }

    /// Writes the error, unless its reader has gone, and returns the exit code.
    pub fn report(&self) -> u8 {
        if self.quiet {
            return DONE;
        }
        super::console::error_line(&self.message, self.hint.as_deref());
        ERROR
    }
}

macro_rules! from_error {
    ($($error:ty: $wrong_key:pat),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                let is_wrong_key = matches!(&error, $wrong_key);
                Failure { message: error.to_string(), hint: error.hint(), quiet: false, is_wrong_key }
            }
        }
    )*};
    ($($error:ty),*) => {$(
        impl From<$error> for Failure {
            fn from(error: $error) -> Failure {
                Failure { message: error.to_string(), hint: error.hint(), quiet: false, is_wrong_key: false }
            }
        }
    )*};
}

from_error!(digest::Error, plan::Error, source::Error);
from_error!(
    index::Error: index::Error::WrongKey { .. },
    ingest::Error: ingest::Error::Index(index::Error::WrongKey { .. }),
    maintain::Error: maintain::Error::Index(index::Error::WrongKey { .. }),
    query::Error: query::Error::Index(index::Error::WrongKey { .. })
);

/// An error of standard output: a closed pipe is no failure.
pub fn stdout_failure(cause: io::Error) -> Failure {
    let quiet = cause.kind() == io::ErrorKind::BrokenPipe;
    let hint = no_room(&cause).then(|| FREE_SPACE.to_string());
    Failure { message: format!("writing to standard output: {cause}"), hint, quiet, is_wrong_key: false }
}

/// What to do about a full disk.
pub const FREE_SPACE: &str = "free some space and run the command again";

/// Whether a write failed because there is no room left.
pub fn no_room(cause: &io::Error) -> bool {
    matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge)
}
