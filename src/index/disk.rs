//! What a commit asks of the disk, step by step: so that a test can cut the power between any two steps.

use std::fs::{self, File};
use std::io;
use std::path::Path;

/// Waits until the disk has the bytes of a file.
pub(super) fn sync_file(file: &File, path: &Path) -> io::Result<()> {
    file.sync_all()?;
    #[cfg(test)]
    steps::add(|| steps::Step::Sync { name: steps::name(path), bytes: fs::read(path).unwrap_or_default() });
    // Without tests nobody asks which file it was.
    let _ = path;
    Ok(())
}

/// Waits until the disk has the names in a directory.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()?;
    #[cfg(test)]
    steps::add(|| steps::Step::SyncNames);
    Ok(())
}

/// Gives a file another name in the same directory.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    fs::rename(from, to)?;
    #[cfg(test)]
    steps::add(|| steps::Step::Rename { from: steps::name(from), to: steps::name(to) });
    Ok(())
}

/// Removes a file.
pub(super) fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path)?;
    #[cfg(test)]
    steps::add(|| steps::Step::Remove { name: steps::name(path) });
    Ok(())
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
