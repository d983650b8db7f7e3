//! What a writer asks of the disk, step by step: so that a test can end the process before any step, and cut the power between any two.

use super::directory::{MANIFEST, create_private};
use std::fs::{self, File, Metadata, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
use std::path::Path;

/// Makes a file that was not there, for its owner alone, or for those who may read the manifest: whoever was given an index to read
/// can read what the next writer makes of it.
pub(super) fn create(path: &Path) -> io::Result<File> {
    crash::step()?;
    let file = create_private(path)?;
    if let Ok(manifest) = fs::symlink_metadata(path.with_file_name(MANIFEST))
        && manifest.is_file()
    {
        share_as(&file, &manifest)?;
    }
    Ok(file)
}

/// Gives a file the readers that another one has, never a writer; those of its group only if it can be of that group.
fn share_as(file: &File, other: &Metadata) -> io::Result<()> {
    const GROUP: u32 = 0o040;
    const OTHERS: u32 = 0o004;
    let mut readers = other.mode() & (GROUP | OTHERS);
    if readers & GROUP != 0 && file.metadata()?.gid() != other.gid() && fchown(file, None, Some(other.gid())).is_err() {
        readers &= !GROUP;
    }
    if readers == 0 { Ok(()) } else { file.set_permissions(Permissions::from_mode(0o600 | readers)) }
}

/// Writes a part of a file.
pub(super) fn write(file: &mut File, bytes: &[u8]) -> io::Result<usize> {
    crash::step()?;
    file.write(bytes)
}

/// Writes a whole file.
pub(super) fn write_all(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    crash::step()?;
    file.write_all(bytes)
}

/// Waits until the disk has the bytes of a file.
pub(super) fn sync_file(file: &File, path: &Path) -> io::Result<()> {
    crash::step()?;
    file.sync_all()?;
    #[cfg(test)]
    steps::add(|| steps::Step::Sync { name: steps::name(path), bytes: fs::read(path).unwrap_or_default() });
    // Without tests nobody asks which file it was.
    let _ = path;
    Ok(())
}

/// Waits until the disk has the names in a directory.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    crash::step()?;
    File::open(dir)?.sync_all()?;
    #[cfg(test)]
    steps::add(|| steps::Step::SyncNames);
    Ok(())
}

/// Gives a file another name in the same directory.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    crash::step()?;
    fs::rename(from, to)?;
    #[cfg(test)]
    steps::add(|| steps::Step::Rename { from: steps::name(from), to: steps::name(to) });
    Ok(())
}

/// Removes a file.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    crash::step()?;
    fs::remove_file(path)?;
    #[cfg(test)]
    steps::add(|| steps::Step::Remove { name: steps::name(path) });
    Ok(())
}

/// The end of the process before a step, for tests: that step and all behind it are not done, whoever asks for them.
pub(crate) mod crash {
    use std::io;

    /// Nothing, or the error that stands for the end of the process.
    #[cfg(not(test))]
    pub(super) fn step() -> io::Result<()> {
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn step() -> io::Result<()> {
        let left = LEFT.get().map(|left: u32| left.saturating_sub(1));
        LEFT.set(left);
        if left == Some(0) { Err(io::Error::other("the process has ended")) } else { Ok(()) }
    }

    #[cfg(test)]
    thread_local! {
        static LEFT: std::cell::Cell<Option<u32>> = const { std::cell::Cell::new(None) };
    }

    /// Does some work on this thread whose process ends before step number `step`, counted from 1. Output: what it gives, and
    /// whether the process has ended.
    #[cfg(test)]
    pub(crate) fn before<T>(step: u32, work: impl FnOnce() -> T) -> (T, bool) {
        LEFT.set(Some(step));
        let done = work();
        (done, LEFT.take() == Some(0))
    }
}

/// The steps of this thread, for tests.
#[cfg(test)]
pub(super) mod steps {
    use std::cell::RefCell;
    use std::path::Path;

    thread_local! {
        static STEPS: RefCell<Option<Vec<Step>>> = const { RefCell::new(None) };
    }

    /// Something that a disk can have or not have when the power goes.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(in super::super) enum Step {
        /// The bytes of a file are there for good.
        Sync { name: String, bytes: Vec<u8> },
        /// The names are there for good.
        SyncNames,
        /// A file has another name.
        Rename { from: String, to: String },
        /// A name is gone.
        Remove { name: String },
    }

    pub(super) fn name(path: &Path) -> String {
        path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// Adds a step, if somebody wants to know.
    pub(super) fn add(step: impl FnOnce() -> Step) {
        STEPS.with_borrow_mut(|steps| steps.as_mut().map(|steps| steps.push(step())).unwrap_or_default());
    }

    /// The steps of some work on this thread.
    pub(in super::super) fn of(work: impl FnOnce()) -> Vec<Step> {
        STEPS.set(Some(Vec::new()));
        work();
        STEPS.take().unwrap_or_default()
    }
}
