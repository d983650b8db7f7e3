//! Output files: complete or absent.

use super::args::{KeyArguments, MappingArguments};
use super::failure::{FREE_SPACE, Failure, no_room};
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file that gets its name only when it is complete; dropped before that, it leaves nothing behind.
pub struct OutFile {
    path: PathBuf,
    temporary: PathBuf,
    force: bool,
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
        let (temporary, file) = create_temporary(path).map_err(|cause| failure(path, &cause))?;
        super::process::remove_on_bus_error(&temporary);
        let out = OutFile { path: path.to_path_buf(), temporary, force, published: false };
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
        let file = buffer.into_inner().map_err(|error| self.failure(error.error()))?;
        file.sync_all().map_err(|cause| self.failure(&cause))
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If the name was taken meanwhile.
    pub fn publish(mut self) -> Result<(), Failure> {
        if self.force {
            fs::rename(&self.temporary, &self.path).map_err(|cause| self.failure(&cause))?;
        } else {
            // Unlike a rename, a link never replaces a file that appeared meanwhile.
            fs::hard_link(&self.temporary, &self.path).map_err(|cause| self.failure(&cause))?;
            let _ = fs::remove_file(&self.temporary);
        }
        self.published = true;
        Ok(())
    }
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if !self.published {
            let _ = fs::remove_file(&self.temporary);
        }
    }
}

/// What a failed write is called, and what to do.
pub fn failure(path: &Path, cause: &io::Error) -> Failure {
    let hint = if no_room(cause) { FREE_SPACE } else { "check the directory and its permissions" };
    Failure::new(format!("writing `{}`: {cause}", path.display()), hint)
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes the file that gets its name at the end. A process that was killed may have left one with our number, as happens every night
/// where a container begins to count anew: it is not ours to remove, and does not stop us.
fn create_temporary(path: &Path) -> io::Result<(PathBuf, File)> {
    const TRIES: u32 = 1000;
    let mut tries = 0..TRIES;
    loop {
        let temporary = temporary_name(path, tries.next().unwrap_or(TRIES));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW);
        match options.open(&temporary) {
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists && !tries.is_empty() => (),
            opened => return opened.map(|file| (temporary, file)),
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

fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}
