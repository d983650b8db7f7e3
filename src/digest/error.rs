//! Why a key cannot be created or used.

use std::fmt;
use std::io;
use std::path::PathBuf;

/// Why a key cannot be created or used. Never holds a byte of a key.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    Io {
        /// What was tried: `creating`, `reading`, `running`.
        action: &'static str,
        /// The key file, or the word `key command`.
        path: PathBuf,
        /// Its answer.
        cause: io::Error,
    },
    /// The file to create is there already.
    Exists(PathBuf),
    /// The file system did not keep the new file as it was written.
    NotKept {
        /// The key file, which is removed again.
        path: PathBuf,
        /// What was lost.
        why: &'static str,
    },
    /// Not a regular file.
    NotAFile(PathBuf),
    /// Others than the owner may read or write it.
    ReadableByOthers {
        /// The key file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It belongs to somebody else.
    ForeignOwner(PathBuf),
    /// It lies inside the index directory.
    InsideIndex {
        /// The key file.
        path: PathBuf,
        /// The index directory.
        index: PathBuf,
    },
    /// The text is not a key.
    Damaged {
        /// Where the text came from.
        place: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// The key command ended with an error.
    CommandFailed {
        /// Its exit code, if it had one.
        code: Option<i32>,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Exists(_) => Some("a key is never overwritten; give another name".into()),
            Error::NotKept { .. } => Some("nothing was left behind; make the key on another file system".into()),
            Error::NotAFile(_) => {
                Some("give a file made with `leakdex key new FILE`; an open pipe is given with `--key-fd`".into())
            }
            Error::ReadableByOthers { path, .. } => {
                Some(format!("if nobody else has read it: `chmod 600 {}`; otherwise make a new key", path.display()))
            }
            Error::ForeignOwner(_) => Some("copy it to a file of your own with mode 0600".into()),
            Error::InsideIndex { .. } => {
                Some("key and index together are as good as the plaintext; keep the key somewhere else".into())
            }
            Error::Damaged { .. } => Some("restore the key file from your copy; a key cannot be repaired".into()),
            Error::CommandFailed { .. } => {
                Some("the command has to print the contents of a key file and end with 0".into())
            }
            Error::Io { action: "creating", cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
                Some("make the directory first, or give another name".into())
            }
            Error::Io { cause, .. } if cause.kind() == io::ErrorKind::NotFound => {
                Some("make a key with `leakdex key new FILE`".into())
            }
            Error::Io { .. } => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { action, path, cause } => write!(f, "{action} the key `{}`: {cause}", path.display()),
            Error::Exists(path) => write!(f, "creating the key `{}`: the file exists", path.display()),
            Error::NotKept { path, why } => write!(f, "creating the key `{}`: {why}", path.display()),
            Error::NotAFile(path) => write!(f, "reading the key `{}`: not a regular file", path.display()),
            Error::ReadableByOthers { path, mode } => {
                write!(f, "reading the key `{}`: others may read or write it (mode {mode:04o})", path.display())
            }
            Error::ForeignOwner(path) => {
                write!(f, "reading the key `{}`: it belongs to another user", path.display())
            }
            Error::InsideIndex { path, index } => {
                write!(f, "the key `{}` lies inside the index `{}`", path.display(), index.display())
            }
            Error::Damaged { place, why } => write!(f, "reading the key from {place}: {why}"),
            Error::CommandFailed { code: Some(code) } => write!(f, "the key command ended with code {code}"),
            Error::CommandFailed { code: None } => write!(f, "the key command was killed"),
        }
    }
}

impl std::error::Error for Error {}
