//! Output files: complete or absent.
//!
//! # What is guaranteed
//!
//! A file is written under a name of its own beside its place, and synced. It gets its name when all outputs of the command are that
//! far: then one after the other gets its name, with nothing in between, and the directories are synced. So whoever opens an output
//! has all of the old one or all of the new one, before and behind a power cut too. An error leaves none of the new ones, but for
//! those that had replaced others by `--force` when it came, which it names.
//!
//! Several names cannot be given at once. A process that is killed just there, or a power cut, leaves some outputs new and the others
//! old or absent, each of them whole. They get their names in one order, in which a summary comes last: whoever finds the new
//! summary has the others, too.
//!
//! # What a killed process leaves
//!
//! A name `.NAME.tmp-PROCESS`. Its process holds a lock on it, which ends with the process, however that ends and wherever it runs; so
//! the next command that writes the same output removes those of that name that are ours and that nobody locks. Process
//! ids are not asked: another container has its own. Where the file system knows no locks, nothing is removed.

use super::args::{KeyArguments, MappingArguments};
use super::failure::{FREE_SPACE, Failure, no_room};
use crate::disk::{self, directory_of, is_named};
use std::fs::{self, File, TryLockError};
use std::io::{self, BufWriter};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// A file that gets its name only when it is complete; dropped before that, it leaves nothing behind.
pub struct OutFile {
    path: PathBuf,
    temporary: PathBuf,
    /// The same file again. The lock on it is of both, and lasts until this one is closed.
    held: File,
    force: bool,
    /// Whether the temporary name is gone.
    published: bool,
}

/// Refuses two outputs of one name: the second would replace the first.
///
/// # Errors
/// If two paths have the same name in the same directory.
pub fn refuse_same<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Result<(), Failure> {
    let mut places = Vec::new();
    for path in paths {
        let place = (directory_of(path).canonicalize().ok(), path.file_name());
        if places.contains(&place) {
            let message = format!("writing `{}`: it is the file of another output", path.display());
            return Err(Failure::new(message, "give another name"));
        }
        places.push(place);
    }
    Ok(())
}

/// What a command reads: no output replaces it, whatever is forced.
#[derive(Default)]
pub struct Inputs<'a> {
    files: Vec<(&'a Path, &'static str)>,
    index: Option<&'a Path>,
}

impl<'a> Inputs<'a> {
    /// The dumps or lists of a command.
    pub fn new(files: impl IntoIterator<Item = &'a Path>) -> Inputs<'a> {
        Inputs::default().and("the input", files)
    }

    /// And these files, which are called so.
    pub fn and(mut self, name: &'static str, files: impl IntoIterator<Item = &'a Path>) -> Inputs<'a> {
        self.files.extend(files.into_iter().map(|file| (file, name)));
        self
    }

    /// And the file of the key.
    pub fn and_key(self, key: &'a KeyArguments) -> Inputs<'a> {
        self.and("the key file", key.key_file.as_deref())
    }

    /// And the passwords of archives.
    pub fn and_passwords(self, mapping: &'a MappingArguments) -> Inputs<'a> {
        self.and("the file of passwords", mapping.archive_password_file.as_deref())
    }

    /// And whatever lies in the directory of the index.
    pub fn and_index(mut self, directory: &'a Path) -> Inputs<'a> {
        self.index = Some(directory);
        self
    }

    /// # Errors
    /// If a path is one of them.
    fn refuse(&self, path: &Path) -> Result<(), Failure> {
        let same = self.files.iter().find(|(file, _)| is_same_file(path, file));
        if let Some((_, name)) = same {
            return Err(Failure::new(format!("writing `{}`: it is {name}", path.display()), "give another name"));
        }
        let directory = directory_of(path).canonicalize().ok();
        let index = self.index.and_then(|index| index.canonicalize().ok());
        if let (Some(directory), Some(index)) = (directory, index)
            && directory.starts_with(index)
        {
            let message = format!("writing `{}`: it lies inside the index", path.display());
            return Err(Failure::new(message, "give a place outside: an index holds files of its own only"));
        }
        Ok(())
    }
}

impl OutFile {
    /// Starts a file of mode 0600 beside its final name.
    ///
    /// # Errors
    /// If the name is taken (without `force`, or by something else than a file), is an input, or cannot be written.
    pub fn create(path: &Path, force: bool, inputs: &Inputs<'_>) -> Result<(OutFile, BufWriter<File>), Failure> {
        let refuse = |why: &str, hint: &str| Err(Failure::new(format!("writing `{}`: {why}", path.display()), hint));
        inputs.refuse(path)?;
        match path.symlink_metadata() {
            // A device, pipe or link would be replaced, not written to: the name would mean something else from then on.
            Ok(found) if !found.is_file() => {
                return refuse("it is not a regular file", "give the name of a file, or `-o -` for standard output");
            }
            Ok(_) if !force => return refuse("the file exists", "give another name, or `--force` to replace it"),
            _ => {}
        }
        let made = create_temporary(path).and_then(|(temporary, file)| Ok((temporary, file.try_clone()?, file)));
        let (temporary, held, file) = made.map_err(|cause| failure(path, &cause))?;
        super::process::remove_on_bus_error(&temporary);
        let out = OutFile { path: path.to_path_buf(), temporary, held, force, published: false };
        remove_abandoned(path);
        Ok((out, BufWriter::with_capacity(1 << 16, file)))
    }

    /// What a failed write to this file is called.
    pub fn failure(&self, cause: &io::Error) -> Failure {
        failure(&self.path, cause)
    }

    /// Writes what is buffered, and waits until the disk has it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn complete(&self, buffer: BufWriter<File>) -> Result<(), Failure> {
        buffer.into_inner().map_err(|error| self.failure(error.error()))?;
        self.sync()
    }

    /// Waits until the disk has what was written.
    ///
    /// # Errors
    /// If it has not.
    pub fn sync(&self) -> Result<(), Failure> {
        disk::sync_file(&self.held, &self.temporary).map_err(|cause| self.failure(&cause))
    }

    /// Gives the file its name, as [`publish_all`] does.
    ///
    /// # Errors
    /// If the name was taken meanwhile.
    pub fn publish(self) -> Result<(), Failure> {
        publish_all(vec![self])
    }

    fn give_name(&mut self) -> io::Result<()> {
        if self.force {
            disk::rename(&self.temporary, &self.path)?;
            self.published = true;
        } else {
            // Unlike a rename, a link never replaces a file that appeared meanwhile. On a memory stick there are none.
            match disk::link(&self.temporary, &self.path) {
                Err(cause) if matches!(cause.raw_os_error(), Some(libc::EPERM | libc::EOPNOTSUPP)) => {
                    disk::rename_new(&self.temporary, &self.path)?;
                    self.published = true;
                }
                linked => linked?,
            }
        }
        Ok(())
    }

    /// Takes the name back, unless it had been that of another file.
    fn take_back(&self) {
        if !self.force && is_named(&self.held, &self.path).unwrap_or(false) {
            let _ = disk::remove(&self.path);
        }
    }
}

/// Gives files that are complete their names, in this order and with nothing in between, and syncs the directories.
///
/// # Errors
/// If a name was taken meanwhile, or cannot be given: then those before it are taken back, unless they have replaced others; the
/// message names these. If a directory cannot be synced: the names are given then.
pub fn publish_all(mut files: Vec<OutFile>) -> Result<(), Failure> {
    for number in 0..files.len() {
        if let Err(cause) = files[number].give_name() {
            let mut failure = files[number].failure(&cause);
            let (before, _) = files.split_at(number);
            before.iter().for_each(OutFile::take_back);
            let replaced: Vec<String> =
                before.iter().filter(|file| file.force).map(|file| format!("`{}`", file.path.display())).collect();
            if !replaced.is_empty() {
                failure.message += &format!("; replaced before that: {}", replaced.join(", "));
            }
            return Err(failure);
        }
    }
    for file in files.iter_mut().filter(|file| !file.published) {
        // What cannot be removed now is removed by the next command that writes this output.
        let _ = disk::remove(&file.temporary);
        file.published = true;
    }
    let mut directories: Vec<&Path> = files.iter().map(|file| directory_of(&file.path)).collect();
    directories.sort_unstable();
    directories.dedup();
    directories.into_iter().try_for_each(|directory| {
        disk::sync_dir(directory).map_err(|cause| {
            let what = "the outputs have their names, but may not survive a power cut";
            Failure::new(format!("writing in `{}`: {what}: {cause}", directory.display()), "check the disk")
        })
    })
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if !self.published {
            let _ = disk::remove(&self.temporary);
        }
    }
}

/// What a failed write is called, and what to do.
pub fn failure(path: &Path, cause: &io::Error) -> Failure {
    let hint = if no_room(cause) { FREE_SPACE } else { "check the directory and its permissions" };
    Failure::new(format!("writing `{}`: {cause}", path.display()), hint)
}

/// Makes the file that gets its name at the end, and locks it. A process that was killed may have left one with our number, as happens
/// every night where a container begins to count anew.
fn create_temporary(path: &Path) -> io::Result<(PathBuf, File)> {
    const TRIES: u32 = 1000;
    let mut tries = 0..TRIES;
    loop {
        let temporary = temporary_name(path, tries.next().unwrap_or(TRIES));
        match disk::create_private(&temporary) {
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists && !tries.is_empty() => (),
            Err(cause) => return Err(cause),
            Ok(file) => match file.try_lock() {
                // Somebody has it who takes it for abandoned, and removes it.
                Err(TryLockError::WouldBlock) if !tries.is_empty() => (),
                Ok(()) if !is_named(&file, &temporary)? && !tries.is_empty() => (),
                // Without locks nobody takes anything for abandoned.
                _ => return Ok((temporary, file)),
            },
        }
    }
}

/// Removes the temporary files of this output whose process has gone. Nothing depends on it, so an error is none.
fn remove_abandoned(path: &Path) {
    let Ok(entries) = fs::read_dir(directory_of(path)) else { return };
    for entry in entries.flatten().filter(|entry| is_temporary_name(path, &entry.path())) {
        let temporary = entry.path();
        let is_ours = |found: &fs::Metadata| found.is_file() && found.uid() == rustix::process::geteuid().as_raw();
        // Asked before opening: never a pipe.
        if !temporary.symlink_metadata().is_ok_and(|found| is_ours(&found)) {
            continue;
        }
        if let Ok(file) = disk::open_writable(&temporary)
            && file.try_lock().is_ok()
            && is_named(&file, &temporary).unwrap_or(false)
        {
            let _ = disk::remove(&temporary);
        }
    }
}

fn temporary_name(path: &Path, number: u32) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".tmp-{}", std::process::id()));
    if number > 0 {
        name.push(format!("-{number}"));
    }
    path.with_file_name(name)
}

/// Whether a name is one that [`temporary_name`] makes for an output.
fn is_temporary_name(path: &Path, name: &Path) -> bool {
    let (Some(output), Some(name)) = (path.file_name(), name.file_name()) else { return false };
    let is_number = |text: &[u8]| !text.is_empty() && text.iter().all(u8::is_ascii_digit);
    let rest = name.as_bytes().strip_prefix(b".").and_then(|rest| rest.strip_prefix(output.as_bytes()));
    rest.and_then(|rest| rest.strip_prefix(b".tmp-"))
        .is_some_and(|numbers| numbers.splitn(2, |byte| *byte == b'-').all(is_number))
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::crash;
    use crate::disk::power::{self, Disk};
    use crate::disk::steps::{self, Step};
    use std::collections::BTreeMap;
    use std::io::Write;

    const NAMES: [&str; 3] = ["a.csv", "b.csv", "summary"];

    fn old(dir: &Path) {
        NAMES.iter().for_each(|name| fs::write(dir.join(name), "old").expect("room"));
    }

    /// Complete outputs that have no names yet.
    fn complete(dir: &Path, force: bool) -> Vec<OutFile> {
        let complete = |name: &&str| {
            let (file, mut buffer) = OutFile::create(&dir.join(name), force, &Inputs::default()).expect("room");
            buffer.write_all(b"new").expect("room");
            file.complete(buffer).expect("room");
            file
        };
        NAMES.iter().map(complete).collect()
    }

    /// What the outputs of a directory hold, in the order in which they get their names; nothing but them lies there.
    fn outputs(files: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
        let text = |name: &&str| files.get(*name).map_or("absent", |bytes| std::str::from_utf8(bytes).expect("text"));
        NAMES.iter().map(text).collect()
    }

    #[test]
    fn a_power_cut_leaves_every_output_whole_and_what_is_said_to_be_done_stays() {
        for force in [true, false] {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let dir = folder.path();
            let was = if force { "old" } else { "absent" };
            force.then(|| old(dir));
            let disk = Disk::of(dir);
            let written = steps::of(|| complete(dir, force).into_iter().for_each(std::mem::forget));
            let mut ready = disk.clone();
            written.iter().for_each(|step| ready.apply(step));
            // The same again under other names, and published.
            let named = steps::of(|| publish_all(complete(dir, force)).map_err(|error| error.message).expect("room"));
            let mut disk = disk;
            for step in &named {
                disk.apply(step);
                for files in disk.survivors() {
                    let texts = outputs(&files);
                    assert!(texts.iter().all(|text| *text == was || *text == "new"), "{texts:?} after {step:?}");
                }
            }
            assert!(disk.survivors().iter().all(|files| outputs(files) == ["new"; 3]), "{named:?}");
            let is_sync = |step: &&Step| **step == Step::SyncNames;
            assert_eq!(named.iter().filter(is_sync).count(), 1, "one for all: {named:?}");
            assert!(ready.survivors().iter().all(|files| outputs(files) == [was; 3]), "nothing has its name before");
        }
    }

    #[test]
    fn a_process_that_ends_between_two_names_leaves_the_first_ones_new() {
        for force in [true, false] {
            for (step, new) in [(1, 0), (2, 1), (3, 2), (4, 3)] {
                let folder = tempfile::tempdir().expect("a temporary folder");
                force.then(|| old(folder.path()));
                let files = complete(folder.path(), force);
                let (result, _) = crash::before(step, || publish_all(files));
                assert!(result.is_err() || step == 4, "step {step}");
                let was = if force { "old" } else { "absent" };
                let want: Vec<&str> = (0..3).map(|at| if at < new { "new" } else { was }).collect();
                assert_eq!(outputs(&power::files(folder.path())), want, "step {step}, forced: {force}");
            }
        }
    }

    #[test]
    fn a_name_that_is_taken_meanwhile_leaves_none_or_says_which() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let files = complete(folder.path(), false);
        fs::write(folder.path().join("b.csv"), "of somebody").expect("room");
        publish_all(files).expect_err("the name is taken");
        let left = power::files(folder.path());
        assert_eq!(outputs(&left), ["absent", "of somebody", "absent"]);
        assert_eq!(left.len(), 1, "no temporary files: {:?}", left.keys());
        let files = complete(folder.path(), true);
        fs::remove_file(folder.path().join("b.csv")).expect("a file");
        fs::create_dir(folder.path().join("b.csv")).expect("a directory");
        let message = publish_all(files).expect_err("a directory").message;
        assert!(message.contains("b.csv") && message.contains("; replaced before that: `"), "{message}");
        assert_eq!(outputs(&power::files(folder.path())), ["new", "absent", "absent"]);
    }

    #[test]
    fn what_a_killed_process_left_goes_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name);
        for name in [".a.csv.tmp-1", ".a.csv.tmp-4294967295", ".a.csv.tmp-77-3", ".a.csv.tmp-5"] {
            fs::write(path(name), "half").expect("room");
        }
        // Of another output, or of somebody who names files almost as we do.
        let others =
            [".b.csv.tmp-1", ".a.csv.tmp-", ".a.csv.tmp-1x", ".a.csv.tmp-1-", "a.csv.tmp-1", ".a.csv.tmp-1-2-3"];
        others.iter().for_each(|name| fs::write(path(name), "kept").expect("room"));
        fs::create_dir(path(".a.csv.tmp-8")).expect("a directory");
        std::os::unix::fs::symlink(path(others[0]), path(".a.csv.tmp-9")).expect("a link");
        // The process of this one writes still.
        let alive = File::open(path(".a.csv.tmp-5")).expect("a file");
        alive.lock().expect("nobody has it");
        let first =
            OutFile::create(&path("a.csv"), false, &Inputs::default()).map_err(|error| error.message).expect("room");
        let second =
            OutFile::create(&path("a.csv"), false, &Inputs::default()).map_err(|error| error.message).expect("room");
        let left: Vec<String> = power::files(folder.path()).into_keys().collect();
        let mut want: Vec<String> = others.iter().map(|name| (*name).to_string()).collect();
        want.extend([".a.csv.tmp-5".to_string(), ".a.csv.tmp-9".to_string()]);
        want.extend(
            [&first, &second]
                .map(|(file, _)| file.temporary.file_name().expect("a name").to_string_lossy().into_owned()),
        );
        want.sort();
        assert_eq!(left, want);
        assert!(path(".a.csv.tmp-8").is_dir());
        drop(second);
        first.0.complete(first.1).and_then(|()| first.0.publish()).map_err(|error| error.message).expect("room");
        drop(alive);
        drop(OutFile::create(&path("a.csv"), true, &Inputs::default()).map_err(|error| error.message).expect("room"));
        assert!(!path(".a.csv.tmp-5").exists() && path("a.csv").exists());
    }
}
