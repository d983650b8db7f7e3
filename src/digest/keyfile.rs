//! Key files: one line of checksummed text, readable by its owner alone.
//!
//! ```text
//! # leakdex key: whoever holds this file and the index can recover identifiers; keep them apart, and keep a copy.
//! # key id: 0123456789abcdef
//! leakdex-key-1....
//! ```
//!
//! The key line is Bech32m (BIP-350) of the 32 secret bytes with the prefix `leakdex-key-`: any four mistyped characters
//! are found. Comments and empty lines are free; the key id in the comment is for people and is not read.

use super::key::{Key, SECRET_BYTES};
use bech32::{Bech32m, Hrp};
use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use zeroize::Zeroizing;

/// The human-readable part of a key line.
const PREFIX: &str = "leakdex-key-";

/// A key file has three lines; whatever is longer than this is none.
const KEY_TEXT_BYTES_MAX: u64 = 4096;

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
            Error::NotAFile(_) => Some("give the path of a file made with `leakdex key new FILE`".into()),
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

/// Makes a new key and writes it to a file that must not exist: mode 0600 whatever the umask, synced with its directory.
///
/// # Errors
/// If the file exists or cannot be written; nothing is left behind then.
pub fn create(path: &Path) -> Result<Key, Error> {
    let io_error = |cause: io::Error| match cause.kind() {
        io::ErrorKind::AlreadyExists => Error::Exists(path.to_path_buf()),
        _ => Error::Io { action: "creating", path: path.to_path_buf(), cause },
    };
    let key = Key::random().map_err(io_error)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)
        .map_err(io_error)?;
    let written = write_key(&mut file, path, &key);
    if written.is_err() {
        // Best effort: the error that is reported is the one that stopped the writing.
        let _ = fs::remove_file(path);
    }
    written.map(|()| key).map_err(io_error)
}

fn write_key(file: &mut File, path: &Path, key: &Key) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o600))?;
    file.write_all(key_text(key).as_bytes())?;
    file.sync_all()?;
    let parent = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    File::open(parent)?.sync_all()
}

fn key_text(key: &Key) -> Zeroizing<String> {
    let line = bech32::encode::<Bech32m>(Hrp::parse_unchecked(PREFIX), key.secret()).unwrap_or_default();
    let line = Zeroizing::new(line);
    Zeroizing::new(format!(
        "# leakdex key: whoever holds this file and the index can recover identifiers; keep them apart, and keep a copy.\n\
         # key id: {}\n{}\n",
        key.id(),
        *line
    ))
}

impl Key {
    /// Reads a key file that nobody else may read.
    ///
    /// # Errors
    /// If it is missing, not a regular file, open to others, somebody else's, or damaged.
    pub fn open(path: &Path) -> Result<Key, Error> {
        let io_error = |cause| Error::Io { action: "reading", path: path.to_path_buf(), cause };
        // Looked at before it is opened: opening a FIFO would wait for a writer.
        if !fs::metadata(path).map_err(io_error)?.is_file() {
            return Err(Error::NotAFile(path.to_path_buf()));
        }
        refuse_foreign_link(path)?;
        let file = File::open(path).map_err(io_error)?;
        refuse_open_permissions(path, &file.metadata().map_err(io_error)?)?;
        read_key(file, &format!("`{}`", path.display()))
    }

    /// Reads a key from an open file descriptor, whatever it is.
    ///
    /// # Errors
    /// If it is not open for reading, or what it gives is not a key.
    pub fn from_descriptor(descriptor: u32) -> Result<Key, Error> {
        let path = PathBuf::from(format!("/dev/fd/{descriptor}"));
        let file = File::open(&path).map_err(|cause| Error::Io { action: "reading", path, cause })?;
        read_key(file, &format!("file descriptor {descriptor}"))
    }
}

fn refuse_foreign_link(path: &Path) -> Result<(), Error> {
    let link =
        fs::symlink_metadata(path).map_err(|cause| Error::Io { action: "reading", path: path.to_path_buf(), cause })?;
    if link.is_symlink() && !owned_by_us_or_root(&link) {
        return Err(Error::ForeignOwner(path.to_path_buf()));
    }
    Ok(())
}

fn refuse_open_permissions(path: &Path, metadata: &fs::Metadata) -> Result<(), Error> {
    if !metadata.is_file() {
        return Err(Error::NotAFile(path.to_path_buf()));
    }
    if !owned_by_us_or_root(metadata) {
        return Err(Error::ForeignOwner(path.to_path_buf()));
    }
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(Error::ReadableByOthers { path: path.to_path_buf(), mode });
    }
    Ok(())
}

fn owned_by_us_or_root(metadata: &fs::Metadata) -> bool {
    metadata.uid() == 0 || metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Refuses a key file inside an index directory, also through links.
///
/// # Errors
/// [`Error::InsideIndex`].
pub fn refuse_inside(path: &Path, index: &Path) -> Result<(), Error> {
    let real_key = fs::canonicalize(path);
    let real_index = fs::canonicalize(index);
    match (real_key, real_index) {
        (Ok(key), Ok(real)) if key.starts_with(&real) => {
            Err(Error::InsideIndex { path: path.to_path_buf(), index: index.to_path_buf() })
        }
        _ => Ok(()),
    }
}

/// Runs a command with `sh -c` and reads the key from what it prints: the way to a key management system.
///
/// # Errors
/// If it cannot be started, ends with an error, or prints something else.
pub fn run_command(command: &str) -> Result<Key, Error> {
    let io_error = |cause| Error::Io { action: "running", path: PathBuf::from("key command"), cause };
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(io_error)?;
    let text = child.stdout.take().map(read_text).unwrap_or_else(|| Ok(Zeroizing::default()));
    let status = child.wait().map_err(io_error)?;
    if !status.success() {
        return Err(Error::CommandFailed { code: status.code() });
    }
    parse(&text.map_err(io_error)?, "the key command")
}

fn read_key(from: impl Read, place: &str) -> Result<Key, Error> {
    let text = read_text(from).map_err(|cause| match cause.kind() {
        io::ErrorKind::InvalidData => Error::Damaged { place: place.into(), why: "it is not text" },
        _ => Error::Io { action: "reading", path: PathBuf::from(place.trim_matches('`')), cause },
    })?;
    parse(&text, place)
}

fn read_text(from: impl Read) -> io::Result<Zeroizing<String>> {
    let mut text = Zeroizing::new(String::with_capacity(KEY_TEXT_BYTES_MAX as usize));
    from.take(KEY_TEXT_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

fn parse(text: &str, place: &str) -> Result<Key, Error> {
    let damaged = |why| Error::Damaged { place: place.into(), why };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().ok_or_else(|| damaged("it holds no key line"))?;
    if lines.next().is_some() {
        return Err(damaged("it holds more than one key line"));
    }
    if !line.to_ascii_lowercase().starts_with(PREFIX) {
        return Err(damaged("the key line does not begin with `leakdex-key-1`"));
    }
    let decoded = bech32::primitives::decode::CheckedHrpstring::new::<Bech32m>(line)
        .map_err(|_| damaged("the checksum fails: a character is wrong or missing"))?;
    let bytes = Zeroizing::new(decoded.byte_iter().collect::<Vec<u8>>());
    let secret: &[u8; SECRET_BYTES] = bytes.as_slice().try_into().map_err(|_| damaged("it has not 32 bytes"))?;
    Key::from_secret(secret).ok_or_else(|| damaged("the key is not random (all zero, or a repeated pattern)"))
}
