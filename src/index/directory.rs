//! The index directory: names of its files, the lock, and what it is refused for.

use super::disk::sync_dir;
use super::error::Error;
use super::forgotten::is_forgotten_name;
use super::manifest::{Catalogue, Manifest, is_catalogue_name, is_hex};
use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::num::NonZeroU64;
use std::ops::Range;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(super) const MANIFEST: &str = "MANIFEST";
pub(super) const LOCK: &str = ".lock";
/// The directory of ingests that were interrupted and can go on. What lies in it is their business.
pub const JOBS: &str = "jobs";
const TEMPORARY_PREFIX: &str = ".tmp-";
/// How often a lock that another process holds is tried again.
const LOCK_POLL: Duration = Duration::from_millis(50);

/// The name of the temporary file of a process, by number.
pub(super) fn temporary_name(process: u32, number: usize) -> String {
    format!("{TEMPORARY_PREFIX}{process}-{number}")
}

/// Whether a name is one that [`temporary_name`] makes: process id and number.
fn is_temporary_name(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = name.strip_prefix(TEMPORARY_PREFIX).and_then(|rest| rest.split_once('-'));
    numbers.is_some_and(|(process, number)| is_number(process) && is_number(number))
}

/// Whether a file name is one that a writer makes.
pub(super) fn is_ours(name: &str) -> bool {
    is_temporary_name(name)
        || is_catalogue_name(name)
        || is_forgotten_name(name)
        || name.strip_suffix(".ldx").is_some_and(|id| is_hex(id, 32))
}

/// Whether a manifest lies in a directory, beside a file that it can name.
pub fn holds_index(dir: &Path) -> bool {
    fs::symlink_metadata(dir.join(MANIFEST)).is_ok() && named_files(dir).is_ok_and(|names| !names.is_empty())
}

/// Whether an interrupted ingest may wait in a directory.
pub fn holds_jobs(dir: &Path) -> bool {
    fs::read_dir(dir.join(JOBS)).is_ok_and(|mut jobs| jobs.next().is_some())
}

/// Whether a directory without a manifest holds what only a manifest gives a meaning to. The catalogue of an empty index
/// is not counted: it is there before the first manifest, and says nothing.
pub(super) fn has_lost_its_manifest(dir: &Path) -> io::Result<bool> {
    let (empty, _) = Catalogue::file_name(&Catalogue::empty().encode());
    Ok(named_files(dir)?.iter().any(|name| *name != empty) || holds_jobs(dir))
}

/// The segments, catalogues and forgotten identifiers in a directory.
fn named_files(dir: &Path) -> io::Result<Vec<String>> {
    let names = fs::read_dir(dir)?.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let names: Vec<String> = names.collect::<io::Result<_>>()?;
    Ok(names.into_iter().filter(|name| is_ours(name) && !is_temporary_name(name)).collect())
}

/// The files of an index that its manifest does not name: left by a writer that died, or about to be named by one that writes.
///
/// # Errors
/// If the directory cannot be read.
pub fn unnamed_files(dir: &Path, manifest: &Manifest) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir).map_err(Error::io("reading", dir))? {
        let name = entry.map_err(Error::io("reading", dir))?.file_name().to_string_lossy().into_owned();
        if is_ours(&name) && !manifest.names(&name) {
            paths.push(dir.join(name));
        }
    }
    paths.sort();
    Ok(paths)
}

/// A directory that is not empty and holds no index is somebody else's.
pub(super) fn refuse_foreign_files(dir: &Path) -> Result<(), Error> {
    for entry in fs::read_dir(dir).map_err(Error::io("reading", dir))? {
        let name = entry.map_err(Error::io("reading", dir))?.file_name();
        let name = name.to_string_lossy();
        // The manifest may have come since: then another writer was first, and the lock decides.
        if name != LOCK && name != MANIFEST && name != JOBS && !is_ours(&name) {
            let cause = io::Error::new(io::ErrorKind::AlreadyExists, "the directory holds files that are no index");
            return Err(Error::io("making the index", dir)(cause));
        }
    }
    Ok(())
}

pub(super) fn create_dir(dir: &Path) -> Result<bool, Error> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Ok(()) => {
            let parent = dir.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
            sync_dir(parent).map_err(Error::io("syncing", parent)).inspect_err(|_| {
                let _ = fs::remove_dir(dir);
            })?;
            Ok(true)
        }
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(false),
        Err(cause) => Err(Error::io("making the index", dir)(cause)),
    }
}

/// Locks the file `.lock`, waiting no longer than this for another writer, and makes sure that it still is the file of that name: a writer that makes no index removes its
/// own, and a lock on a removed file locks out nobody.
pub(super) fn lock(dir: &Path, wait: Duration) -> Result<File, Error> {
    let path = dir.join(LOCK);
    let begun = Instant::now();
    loop {
        let file = match try_lock(dir, &path) {
            Err(Error::Locked { .. }) if begun.elapsed() < wait => {
                std::thread::sleep(LOCK_POLL.min(wait));
                continue;
            }
            tried => tried?,
        };
        let held = file.metadata().map_err(Error::io("locking", &path))?;
        match fs::symlink_metadata(&path) {
            Ok(named) if (named.dev(), named.ino()) == (held.dev(), held.ino()) => return Ok(file),
            Ok(_) => {}
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {}
            Err(cause) => return Err(Error::io("locking", &path)(cause)),
        }
    }
}

fn try_lock(dir: &Path, path: &Path) -> Result<File, Error> {
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(libc::O_NOFOLLOW)
        .open(path)
        .map_err(Error::io("opening", path))?;
    match file.try_lock() {
        Ok(()) => {
            // The process id is for the message of whoever comes second; the lock works without it.
            let _ = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
            Ok(file)
        }
        Err(TryLockError::WouldBlock) => {
            let mut text = String::new();
            let _ = file.take(20).read_to_string(&mut text);
            Err(Error::Locked { path: dir.to_path_buf(), process: text.trim().parse().ok() })
        }
        Err(TryLockError::Error(cause)) => Err(Error::io("locking", path)(cause)),
    }
}

/// Makes a file that was not there, for reading and writing by its owner alone.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// Opens a file of the index for reading: never what a link leads to, and without waiting for the writer of a FIFO.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    let other = || io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file");
    let opened = OpenOptions::new()
        .read(true)
        .custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY)
        .open(path)
        .map_err(|cause| match cause.raw_os_error() {
            // A link; a socket; a device that is not there.
            Some(libc::ELOOP | libc::ENXIO | libc::ENODEV) => other(),
            _ => cause,
        });
    let file = opened?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(other()) }
}

/// A manifest is a few kilobytes, a catalogue or a file of forgotten identifiers a few megabytes; nothing longer is read.
pub(super) const SMALL_FILE_BYTES_MAX: u64 = 256 << 20;

/// The whole of a manifest, a catalogue or a file of forgotten identifiers.
pub(crate) fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open_regular(path)?.take(SMALL_FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Asks the kernel to forget pages of a synced file, and to begin to read them again: reading back shall read the disk, and not
/// wait for it at every step. It need not comply: a file
/// system in memory does not, and neither does the cache of the disk itself.
pub(super) fn leave_cache(file: &File, range: Range<u64>) {
    #[cfg(target_os = "linux")]
    if let Some(length) = NonZeroU64::new(range.end.saturating_sub(range.start)) {
        let _ = rustix::fs::fadvise(file, range.start, Some(length), rustix::fs::Advice::DontNeed);
        let _ = rustix::fs::fadvise(file, range.start, Some(length), rustix::fs::Advice::WillNeed);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (file, range);
}
