//! What can go wrong with an index.

use super::format::Section;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

/// Why an index cannot be read or written.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused.
    Io {
        /// What was tried: `reading`, `writing`, `syncing`, `renaming`.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Its answer.
        cause: io::Error,
    },
    /// Bytes of a file are not what was written.
    Damaged {
        /// The file, once it is known.
        path: Option<PathBuf>,
        /// The section, where there is one.
        section: Option<Section>,
        /// Byte offset in the file (in the section, where one is named).
        offset: u64,
        /// What is wrong.
        what: &'static str,
    },
    /// Bytes of a file cannot be read.
    Unread {
        /// The file, once it is known.
        path: Option<PathBuf>,
        /// Byte offset in the file.
        offset: u64,
        /// The answer of the operating system; none if the file ends before.
        cause: Option<io::Error>,
    },
    /// A format of another version of the program.
    Version {
        /// The version in the file.
        found: u16,
        /// The version that this program reads.
        known: u16,
    },
    /// The directory holds no index.
    NotAnIndex(PathBuf),
    /// The directory holds segments or a catalogue, but no manifest.
    ManifestLost(PathBuf),
    /// The index belongs to another key.
    WrongKey {
        /// The index directory.
        path: PathBuf,
        /// Key id of the index.
        expected: String,
        /// Key id of the key that was given.
        got: String,
    },
    /// The manifest was changed by somebody without the key.
    BrokenSeal(PathBuf),
    /// Another process writes.
    Locked {
        /// The index directory.
        path: PathBuf,
        /// Its process id, if it left one.
        process: Option<u32>,
    },
    /// Somebody has asked the program to stop while it waited for another process.
    Stopped,
    /// The manifest was renamed, but the directory could not be synced.
    UnknownState {
        /// The index directory.
        path: PathBuf,
        /// The answer of the operating system.
        cause: io::Error,
    },
    /// Too many digests share their leading bits: they are not digests of a keyed hash.
    Skewed,
}

impl Error {
    /// Damage at a place of a file that the caller names.
    pub(super) fn damaged(offset: u64, what: &'static str) -> Error {
        Error::Damaged { path: None, section: None, offset, what }
    }

    /// Bytes that cannot be read, of a file that the caller names.
    pub(super) fn unread(offset: u64, cause: io::Error) -> Error {
        let cause = (cause.kind() != io::ErrorKind::UnexpectedEof).then_some(cause);
        Error::Unread { path: None, offset, cause }
    }

    /// The same error, in this section.
    pub(super) fn of(self, section: Section) -> Error {
        match self {
            Error::Damaged { path, offset, what, .. } => Error::Damaged { path, section: Some(section), offset, what },
            other => other,
        }
    }

    /// The same error, in this file.
    pub(super) fn at(self, file: &Path) -> Error {
        match self {
            Error::Damaged { section, offset, what, .. } => {
                Error::Damaged { path: Some(file.to_path_buf()), section, offset, what }
            }
            Error::Unread { offset, cause, .. } => Error::Unread { path: Some(file.to_path_buf()), offset, cause },
            other => other,
        }
    }

    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
        let path = path.to_path_buf();
        move |cause| Error::Io { action, path, cause }
    }

    /// Whether a file is not there.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self, Error::Io { cause, .. } if cause.kind() == io::ErrorKind::NotFound)
    }

    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Error::Damaged { .. } => {
                "run `leakdex verify` to see what else is damaged, then restore the index from a copy or ingest again"
                    .into()
            }
            Error::Unread { cause: None, .. } => {
                "somebody has made the file shorter: files of an index are never changed in place; restore it from a copy".into()
            }
            Error::Unread { .. } => "check the disk or the network that the index lies on, then run the command again".into(),
            Error::Version { .. } => "use a version of leakdex that knows this format".into(),
            Error::NotAnIndex(_) => "name the directory with `--index`; `leakdex ingest` makes one".into(),
            Error::ManifestLost(_) => {
                "restore the newest copy of `MANIFEST` (segments that it does not name are removed by the next ingest), \
                 or choose another directory"
                    .into()
            }
            Error::WrongKey { .. } => {
                "give the key that the index was made with, or the ring if that was rotated since; without it nothing can be found".into()
            }
            Error::BrokenSeal(_) => "do not trust this index: restore it from a copy".into(),
            Error::Locked { .. } => "wait until it has finished, or give `--wait SECONDS`; reading is possible meanwhile".into(),
            Error::Stopped => "run the command again; nothing was written".into(),
            Error::UnknownState { .. } => "run `leakdex verify`, and check the disk".into(),
            Error::Skewed => "this is a bug in leakdex".into(),
            Error::Io { cause, .. } => match cause.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
                    "free some space and run the command again; the index is as its last commit left it".into()
                }
                io::ErrorKind::NotFound => {
                    "a file of the index is missing: restore the whole index from a copy; `leakdex verify` says what is whole"
                        .into()
                }
                _ => return None,
            },
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Io { action, path, cause } => write!(f, "{action} `{}`: {cause}", path.display()),
            Error::Damaged { path, section, offset, what } => {
                f.write_str("reading ")?;
                match path {
                    Some(path) => write!(f, "`{}`", path.display())?,
                    None => f.write_str("a segment")?,
                }
                if let Some(section) = section {
                    write!(f, ", section {}", section.letter())?;
                }
                write!(f, ", at byte {offset}: {what}")
            }
            Error::Unread { path, offset, cause } => {
                match path {
                    Some(path) => write!(f, "reading `{}`, at byte {offset}: ", path.display())?,
                    None => write!(f, "reading a segment, at byte {offset}: ")?,
                }
                match cause {
                    Some(cause) => write!(f, "{cause}"),
                    None => f.write_str("the file ends there"),
                }
            }
            Error::Version { found, known } => {
                write!(f, "the format has version {found}, this program knows version {known}")
            }
            Error::NotAnIndex(path) => write!(f, "`{}` holds no index", path.display()),
            Error::ManifestLost(path) => {
                write!(f, "the index `{}` has lost its `MANIFEST`; nothing was changed", path.display())
            }
            Error::WrongKey { path, expected, got } => {
                write!(f, "the index `{}` was made with key {expected}, not with key {got}", path.display())
            }
            Error::BrokenSeal(path) => {
                write!(f, "the manifest of `{}` was changed without the key", path.display())
            }
            Error::Locked { path, process: Some(process) } => {
                write!(f, "the index `{}` is locked by process {process}", path.display())
            }
            Error::Locked { path, process: None } => {
                write!(f, "the index `{}` is locked by another process", path.display())
            }
            Error::Stopped => f.write_str("stopped on request"),
            Error::UnknownState { path, cause } => {
                write!(f, "the new state of `{}` is written, but may not survive a power cut: {cause}", path.display())
            }
            Error::Skewed => f.write_str("the digests are not uniform"),
        }
    }
}

impl std::error::Error for Error {}
