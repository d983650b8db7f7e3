//! Output files: complete or absent.

use super::failure::Failure;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// A file that gets its name only when it is complete; dropped before that, it leaves nothing behind.
///
/// A device or pipe is written to as it is; a link leads to the file that is replaced.
pub struct OutFile {
    path: PathBuf,
    /// None for a device or pipe.
    temporary: Option<PathBuf>,
    force: bool,
}

impl OutFile {
    /// Starts a file of mode 0600 beside its final name.
    ///
    /// # Errors
    /// If the name is taken (without `force`), is the input, or cannot be written.
    pub fn create(path: &Path, force: bool, input: &Path) -> Result<(OutFile, BufWriter<File>), Failure> {
        let refuse = |why: &str, hint: &str| Err(Failure::new(format!("writing `{}`: {why}", path.display()), hint));
        if is_same_file(path, input) {
            return refuse("it is the input", "give another name");
        }
        match fs::metadata(path).map(|found| found.file_type()) {
            Ok(found) if found.is_dir() => return refuse("it is a directory", "give the name of a file"),
            Ok(found) if !found.is_file() => return OutFile::open_device(path),
            Ok(_) if !force => return refuse("the file exists", "give another name, or `--force` to replace it"),
            Err(_) if path.symlink_metadata().is_ok() => return refuse("it is a link to nothing", "remove it"),
            _ => (),
        }
        // A link stays: the file it leads to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
        let temporary = temporary_name(&path);
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW)
            .open(&temporary)
            .map_err(|cause| failure(&path, &cause))?;
        let out = OutFile { path, temporary: Some(temporary), force };
        Ok((out, BufWriter::with_capacity(1 << 16, file)))
    }

    fn open_device(path: &Path) -> Result<(OutFile, BufWriter<File>), Failure> {
        let file = OpenOptions::new().write(true).open(path).map_err(|cause| failure(path, &cause))?;
        let out = OutFile { path: path.to_path_buf(), temporary: None, force: false };
        Ok((out, BufWriter::with_capacity(1 << 16, file)))
    }

    /// What a failed write to this file is called.
    pub fn failure(&self, cause: &io::Error) -> Failure {
        failure(&self.path, cause)
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If the rest cannot be written or the name was taken meanwhile.
    pub fn commit(mut self, buffer: BufWriter<File>) -> Result<(), Failure> {
        let path = self.path.clone();
        let fail = |cause: &io::Error| failure(&path, cause);
        let file = buffer.into_inner().map_err(|error| fail(error.error()))?;
        let Some(temporary) = &self.temporary else { return Ok(()) };
        file.sync_all().map_err(|cause| fail(&cause))?;
        if self.force {
            fs::rename(temporary, &self.path).map_err(|cause| fail(&cause))?;
            self.temporary = None;
        } else {
            // Unlike a rename, a link never replaces a file that appeared meanwhile; the drop removes the other name.
            fs::hard_link(temporary, &self.path).map_err(|cause| fail(&cause))?;
        }
        Ok(())
    }
}

impl Drop for OutFile {
    fn drop(&mut self) {
        if let Some(temporary) = &self.temporary {
            let _ = fs::remove_file(temporary);
        }
    }
}

/// What a failed write is called, and what to do.
pub fn failure(path: &Path, cause: &io::Error) -> Failure {
    let hint = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            "free some space and run the command again"
        }
        _ => "check the directory and its permissions",
    };
    Failure::new(format!("writing `{}`: {cause}", path.display()), hint)
}

fn temporary_name(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".tmp-{}", std::process::id()));
    path.with_file_name(name)
}

fn is_same_file(one: &Path, other: &Path) -> bool {
    match (fs::metadata(one), fs::metadata(other)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}
