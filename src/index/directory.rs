//! The index directory: names of its files, and what it is refused for.

use super::error::Error;
use super::forgotten::is_forgotten_name;
use super::manifest::{Catalogue, Manifest, is_catalogue_name, is_hex};
use crate::disk::{self, create_private, directory_of, is_temporary_name, remove_dir, share_as, sync_dir};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::num::NonZeroU64;
use std::ops::Range;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

pub(super) const MANIFEST: &str = "MANIFEST";
pub(super) const LOCK: &str = ".lock";
/// The directory of ingests that were interrupted and can go on. What lies in it is their business.
pub const JOBS: &str = "jobs";

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

/// Whether an interrupted ingest may wait in a directory: one that cannot be looked for may.
pub fn holds_jobs(dir: &Path) -> bool {
    match fs::read_dir(dir.join(JOBS)) {
        Ok(mut jobs) => jobs.next().is_some(),
        Err(cause) => cause.kind() != io::ErrorKind::NotFound,
    }
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
    match disk::create_dir(dir) {
        Ok(()) => {
            let parent = directory_of(dir);
            sync_dir(parent).map_err(Error::io("syncing", parent)).inspect_err(|_| {
                let _ = remove_dir(dir);
            })?;
            Ok(true)
        }
        Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(false),
        Err(cause) => Err(Error::io("making the index", dir)(cause)),
    }
}

/// Makes a file that was not there, for its owner alone, or for those who may read the manifest: whoever was given an index to read
/// can read what the next writer makes of it.
pub(super) fn create(path: &Path) -> io::Result<File> {
    let file = create_private(path)?;
    if let Ok(manifest) = fs::symlink_metadata(path.with_file_name(MANIFEST))
        && manifest.is_file()
    {
        share_as(&file, &manifest).inspect_err(|_| {
            let _ = disk::remove(path);
        })?;
    }
    Ok(file)
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
