//! What a writer asks of the disk, step by step. Every call of the program that changes what a directory or a file holds stands here
//! and nowhere else, but for the bytes that go into a file which is open: a test of the house holds that.
//!
//! So a test can end the process before any step ([`crash`]), and cut the power between any two ([`power`]): what a program promises
//! about its files it promises about these steps.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

#[cfg(test)]
pub(crate) mod power;

const TEMPORARY_PREFIX: &str = ".tmp-";

/// The name of a temporary file of a process, by number.
pub(crate) fn temporary_name(process: u32, number: u32) -> String {
    format!("{TEMPORARY_PREFIX}{process}-{number}")
}

/// Whether a name is one that [`temporary_name`] makes: process id and number.
pub(crate) fn is_temporary_name(name: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let numbers = name.strip_prefix(TEMPORARY_PREFIX).and_then(|rest| rest.split_once('-'));
    numbers.is_some_and(|(process, number)| is_number(process) && is_number(number))
}

/// Makes a file that was not there, for reading and writing by its owner alone: never what a link leads to.
pub(crate) fn create_private(path: &Path) -> io::Result<File> {
    crash::step()?;
    OpenOptions::new().read(true).write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// Opens a file for reading and writing, and makes it for its owner alone if it is not there.
pub(crate) fn open_or_create_private(path: &Path) -> io::Result<File> {
    crash::step()?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600).custom_flags(libc::O_NOFOLLOW);
    options.open(path)
}

/// Opens a file that is there for reading and writing.
pub(crate) fn open_writable(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_NOFOLLOW | libc::O_NOCTTY).open(path)
}

/// Makes a file without a name in a directory: it is gone with the last descriptor, however the process ends.
///
/// Where the file system knows no such files, it has a name for a moment, one as [`temporary_name`] makes. A process that is killed in
/// that moment leaves an empty file, which the next writer sweeps if the directory is that of an index.
pub(crate) fn create_nameless(dir: &Path) -> io::Result<File> {
    #[cfg(target_os = "linux")]
    {
        crash::step()?;
        let mut options = OpenOptions::new();
        let made = options.read(true).write(true).mode(0o600).custom_flags(libc::O_TMPFILE).open(dir);
        let is_unknown =
            |cause: &io::Error| matches!(cause.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EISDIR | libc::ENOENT));
        if !made.as_ref().is_err_and(is_unknown) {
            return made;
        }
    }
    create_and_unname(dir)
}

fn create_and_unname(dir: &Path) -> io::Result<File> {
    /// Far above the numbers of files that get names.
    const FIRST: u32 = 1 << 30;
    const TRIES: u32 = 1000;
    static NEXT: AtomicU32 = AtomicU32::new(FIRST);
    let mut tries = 0..TRIES;
    loop {
        let path = dir.join(temporary_name(std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        match create_private(&path) {
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists && tries.next().is_some() => (),
            Err(cause) => return Err(cause),
            Ok(file) => return remove(&path).map(|()| file),
        }
    }
}

/// Makes a directory for its owner alone.
pub(crate) fn create_dir(dir: &Path) -> io::Result<()> {
    crash::step()?;
    DirBuilder::new().mode(0o700).create(dir)
}

/// Removes a directory that is empty.
pub(crate) fn remove_dir(dir: &Path) -> io::Result<()> {
    crash::step()?;
    fs::remove_dir(dir)
}

/// Makes sure that a file can be read and written by its owner alone, whatever the umask.
pub(crate) fn make_private(file: &File) -> io::Result<()> {
    crash::step()?;
    file.set_permissions(Permissions::from_mode(0o600))
}

/// Gives a file the owner and the readers that another one has, never a writer; those of its group only if it can be of that group.
///
/// # Errors
/// If it can neither be given to that owner nor be read by others: the owner would be locked out.
pub(crate) fn share_as(file: &File, other: &Metadata) -> io::Result<()> {
    const GROUP: u32 = 0o040;
    const OTHERS: u32 = 0o004;
    let mut readers = other.mode() & (GROUP | OTHERS);
    let is_foreign = file.metadata()?.uid() != other.uid();
    if is_foreign && fchown(file, Some(other.uid()), None).is_err() && readers == 0 {
        let why = "it is of another user, who could not read what is written";
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
    }
    if readers & GROUP != 0 && file.metadata()?.gid() != other.gid() && fchown(file, None, Some(other.gid())).is_err() {
        readers &= !GROUP;
    }
    if readers == 0 { Ok(()) } else { file.set_permissions(Permissions::from_mode(0o600 | readers)) }
}

/// Writes a part of a file.
pub(crate) fn write(file: &mut File, bytes: &[u8]) -> io::Result<usize> {
    crash::step()?;
    file.write(bytes)
}

/// Writes a whole file.
pub(crate) fn write_all(file: &mut File, bytes: &[u8]) -> io::Result<()> {
    crash::step()?;
    file.write_all(bytes)
}

/// Makes a file shorter or longer.
pub(crate) fn set_length(file: &File, bytes: u64) -> io::Result<()> {
    crash::step()?;
    file.set_len(bytes)
}

/// Gives back room inside of a file, where the file system can do that. Its length stays.
pub(crate) fn give_back(file: &File, offset: u64, bytes: u64) {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{FallocateFlags, fallocate};
        let _ = fallocate(file, FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE, offset, bytes);
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (file, offset, bytes);
}

/// Waits until the disk has the bytes of a file.
pub(crate) fn sync_file(file: &File, path: &Path) -> io::Result<()> {
    crash::step()?;
    file.sync_all()?;
    #[cfg(test)]
    steps::add(|| steps::Step::Sync { name: steps::name(path), bytes: fs::read(path).unwrap_or_default() });
    // Without tests nobody asks which file it was.
    let _ = path;
    Ok(())
}

/// Waits until the disk has the bytes of a file as far as they are written: of one that grows, or that has no name.
pub(crate) fn sync_bytes(file: &File) -> io::Result<()> {
    crash::step()?;
    file.sync_data()
}

/// Waits until the disk has the names in a directory.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    crash::step()?;
    File::open(dir)?.sync_all()?;
    #[cfg(test)]
    steps::add(|| steps::Step::SyncNames);
    Ok(())
}

/// The directory in which a name stands.
pub(crate) fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Whether a file that is open still has a name.
pub(crate) fn is_named(file: &File, path: &Path) -> io::Result<bool> {
    let held = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(named) => Ok((named.dev(), named.ino()) == (held.dev(), held.ino())),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(cause),
    }
}

/// Gives a file another name in the same directory, and takes that name from whatever has it.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    crash::step()?;
    fs::rename(from, to)?;
    #[cfg(test)]
    steps::add(|| steps::Step::Rename { from: steps::name(from), to: steps::name(to) });
    Ok(())
}

/// Gives a file a second name in the same directory. Unlike a rename, it never takes a name that something has.
pub(crate) fn link(from: &Path, to: &Path) -> io::Result<()> {
    crash::step()?;
    fs::hard_link(from, to)?;
    #[cfg(test)]
    steps::add(|| steps::Step::Link { from: steps::name(from), to: steps::name(to) });
    Ok(())
}

/// Gives a file another name in the same directory, one that nothing has: for file systems on which a file has one name only.
pub(crate) fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    crash::step()?;
    no_replace(from, to)?;
    #[cfg(test)]
    steps::add(|| steps::Step::Rename { from: steps::name(from), to: steps::name(to) });
    Ok(())
}

#[cfg(any(target_os = "linux", target_os = "macos"))]
fn no_replace(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn no_replace(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Removes a file.
pub(crate) fn remove(path: &Path) -> io::Result<()> {
    crash::step()?;
    fs::remove_file(path)?;
    #[cfg(test)]
    steps::add(|| steps::Step::Remove { name: steps::name(path) });
    Ok(())
}

/// Removes a file that may be gone.
pub(crate) fn remove_if_there(path: &Path) -> io::Result<()> {
    match remove(path) {
        Err(cause) if cause.kind() != io::ErrorKind::NotFound => Err(cause),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(any(target_os = "linux", target_os = "macos"))]
    fn a_name_that_something_has_is_not_taken() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let [old, new, other] = ["old", "new", "other"].map(|name| dir.path().join(name));
        [&old, &new].into_iter().for_each(|path| fs::write(path, path.as_os_str().as_encoded_bytes()).expect("room"));
        let taken = rename_new(&new, &old).expect_err("it is taken");
        assert_eq!(taken.kind(), io::ErrorKind::AlreadyExists);
        rename_new(&new, &other).expect("it is free");
        assert!(old.exists() && other.exists() && !new.exists());
    }

    #[test]
    fn a_file_without_a_name_is_none_for_long() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let names = || -> Vec<String> { power::files(dir.path()).into_keys().collect() };
        for make in [create_nameless, create_and_unname] {
            let mut file = make(dir.path()).expect("room");
            write_all(&mut file, b"some").expect("room");
            assert_eq!(names(), Vec::<String>::new());
        }
        // Where it has a name for a moment, that is one that is swept.
        let (made, _) = crash::before(2, || create_and_unname(dir.path()).map(|_| ()));
        made.expect_err("it was not removed");
        assert!(matches!(&names()[..], [name] if is_temporary_name(name)), "{:?}", names());
        assert_eq!(power::files(dir.path()).into_values().collect::<Vec<_>>(), [b""]);
        create_nameless(&dir.path().join("nowhere")).expect_err("no directory");
    }
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
pub(crate) mod steps {
    use std::cell::RefCell;
    use std::path::Path;

    thread_local! {
        static STEPS: RefCell<Option<Vec<Step>>> = const { RefCell::new(None) };
    }

    /// Something that a disk can have or not have when the power goes.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(crate) enum Step {
        /// The bytes of a file are there for good.
        Sync { name: String, bytes: Vec<u8> },
        /// The names are there for good.
        SyncNames,
        /// A file has another name.
        Rename { from: String, to: String },
        /// A file has a second name.
        Link { from: String, to: String },
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
    pub(crate) fn of(work: impl FnOnce()) -> Vec<Step> {
        STEPS.set(Some(Vec::new()));
        work();
        STEPS.take().unwrap_or_default()
    }
}
