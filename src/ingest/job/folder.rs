//! The directory of a job, and its files by name.

use crate::disk::{
    self, create_dir, create_private, remove_dir, remove_if_there, rename, sync_dir, sync_file, write_all,
};
use crate::index::{JOBS, open_regular, read_small};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

const HEAD: &str = "head";
const NEW_HEAD: &str = "head-new";
const JOURNAL: &str = "journal";
const DATA: &str = "data";
/// Before the id, where the data lie in a directory that may be anybody's.
const DATA_PREFIX: &str = "leakdex-";
/// Random bytes of an id.
const ID_BYTES: usize = 8;

/// Where a job lies. Nothing is made before it is needed.
#[derive(Debug)]
pub(in super::super) struct Folder {
    id: String,
    dir: PathBuf,
    /// Where the data lie, if not beside the head.
    temp_dir: Option<PathBuf>,
    /// The directory that people know the data by.
    data_dir: PathBuf,
    /// The head of a job that has not read anything: who finds it knows where the data are.
    first_head: Vec<u8>,
    made: Mutex<bool>,
}

impl Folder {
    /// A new job in an index, with its data in a directory of their own if one is given.
    ///
    /// Input: a function that gives the first head of a job of this name.
    ///
    /// # Errors
    /// If the system gives no random bytes, or the directory of the data is not there.
    pub(in super::super) fn new(
        index: &Path,
        temp_dir: Option<&Path>,
        first_head: impl FnOnce(&str, Option<&Path>) -> Vec<u8>,
    ) -> io::Result<Folder> {
        let mut random = [0; ID_BYTES];
        getrandom::fill(&mut random).map_err(io::Error::from)?;
        let id = crate::index::hex(&random);
        let data_dir = temp_dir.unwrap_or(index).to_path_buf();
        let temp_dir = temp_dir.map(Path::canonicalize).transpose()?;
        let first_head = first_head(&id, temp_dir.as_deref());
        Ok(Folder { dir: index.join(JOBS).join(&id), id, temp_dir, data_dir, first_head, made: Mutex::new(false) })
    }

    /// A job that is there.
    pub(super) fn at(index: &Path, id: &str) -> Folder {
        let dir = index.join(JOBS).join(id);
        let (id, data_dir) = (id.to_string(), index.to_path_buf());
        Folder { id, dir, temp_dir: None, data_dir, first_head: Vec::new(), made: Mutex::new(true) }
    }

    /// The same, with its data in another directory.
    pub(super) fn with_temp_dir(self, temp_dir: Option<PathBuf>) -> Folder {
        let data_dir = temp_dir.clone().unwrap_or(self.data_dir);
        Folder { temp_dir, data_dir, ..self }
    }

    /// The names of all jobs in an index, in their order.
    pub(super) fn list(index: &Path) -> io::Result<Vec<String>> {
        let entries = match fs::read_dir(index.join(JOBS)) {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut ids = Vec::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            // A link is none of ours.
            if is_id(&name) && entry.file_type()?.is_dir() {
                ids.push(name);
            }
        }
        ids.sort();
        Ok(ids)
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn dir(&self) -> &Path {
        &self.dir
    }

    pub(super) fn temp_dir(&self) -> Option<&Path> {
        self.temp_dir.as_deref()
    }

    /// The directory that people know the data by: that of the index, unless another one was given.
    pub(in super::super) fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    pub(super) fn remove_data(&self) -> io::Result<()> {
        remove_if_there(&self.data())
    }

    fn data(&self) -> PathBuf {
        match &self.temp_dir {
            Some(dir) => dir.join(format!("{DATA_PREFIX}{}", self.id)),
            None => self.dir.join(DATA),
        }
    }

    /// Makes the directory, with a head that says that nothing is finished.
    pub(super) fn make(&self) -> io::Result<()> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if *made {
            return Ok(());
        }
        let jobs = self.dir.parent().unwrap_or(Path::new("."));
        match create_dir(jobs) {
            Err(cause) if cause.kind() != io::ErrorKind::AlreadyExists => return Err(cause),
            _ => sync_dir(jobs.parent().unwrap_or(Path::new(".")))?,
        }
        // From here on there is something to remove.
        *made = true;
        create_dir(&self.dir)?;
        sync_dir(jobs)?;
        self.replace_head(&self.first_head)?;
        self.sync()
    }

    /// Makes the file of the records.
    pub(in super::super) fn create_data(&self) -> io::Result<File> {
        self.make()?;
        let file = create_private(&self.data())?;
        // The name of one beside the head is synced with it.
        self.temp_dir.as_deref().map_or(Ok(()), sync_dir)?;
        Ok(file)
    }

    pub(super) fn create_journal(&self) -> io::Result<File> {
        create_private(&self.dir.join(JOURNAL))
    }

    pub(super) fn open_data(&self) -> io::Result<File> {
        open_writable(&self.data())
    }

    pub(super) fn open_journal(&self) -> io::Result<File> {
        open_writable(&self.dir.join(JOURNAL))
    }

    pub(super) fn read_journal(&self) -> io::Result<File> {
        open_regular(&self.dir.join(JOURNAL))
    }

    pub(super) fn read_head(&self) -> io::Result<Vec<u8>> {
        read_small(&self.dir.join(HEAD))
    }

    /// Puts a head in the place of the old one. It lasts after [`Folder::sync`].
    pub(super) fn replace_head(&self, head: &[u8]) -> io::Result<()> {
        let new = self.dir.join(NEW_HEAD);
        remove_if_there(&new)?;
        let mut file = create_private(&new)?;
        write_all(&mut file, head)?;
        sync_file(&file, &new)?;
        rename(&new, &self.dir.join(HEAD))
    }

    /// Waits until the disk has the names.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync_dir(&self.dir)
    }

    /// Removes the files and the directory, and that of all jobs if this was the last. The head goes after the data: it says
    /// where they are.
    ///
    /// # Errors
    /// If something cannot be removed.
    pub(super) fn remove(&self) -> io::Result<()> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if !*made {
            return Ok(());
        }
        remove_if_there(&self.data())?;
        for name in [HEAD, NEW_HEAD, JOURNAL, DATA] {
            remove_if_there(&self.dir.join(name))?;
        }
        match remove_dir(&self.dir) {
            Err(cause) if cause.kind() != io::ErrorKind::NotFound => return Err(cause),
            _ => *made = false,
        }
        if let Some(jobs) = self.dir.parent() {
            // Fails, as it should, if another job lies there.
            let _ = remove_dir(jobs);
        }
        Ok(())
    }
}

fn open_writable(path: &Path) -> io::Result<File> {
    open_regular(path)?;
    disk::open_writable(path)
}

/// Whether a name is one that [`Folder::new`] makes.
fn is_id(name: &str) -> bool {
    name.len() == 2 * ID_BYTES && name.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
