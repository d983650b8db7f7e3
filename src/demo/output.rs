//! Writes files in chunks that are made in parallel, and removes them again if anything fails.

use super::generate::Error;
use crate::source::Progress;
use rayon::prelude::*;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Records per chunk: about 150 KB of text, a fair size for a member of a gzip file.
pub(super) const CHUNK_RECORDS: u64 = 1_024;

/// Chunks made before they are written: a bound on memory (some 10 MB), and work enough for 64 threads.
const BATCH_CHUNKS: u64 = 64;

/// The files of an incident. What was made is removed on drop, unless it was kept.
pub(super) struct Output {
    dir: PathBuf,
    /// Directories that did not exist before, the innermost first.
    new_dirs: Vec<PathBuf>,
    files: Vec<PathBuf>,
    is_kept: bool,
}

impl Output {
    /// Prepares a directory, which is created if it is missing. None of `names` may exist in it.
    pub(super) fn new(dir: &Path, names: &[&str]) -> Result<Output, Error> {
        if let Some(path) = names.iter().map(|name| dir.join(name)).find(|path| path.symlink_metadata().is_ok()) {
            return Err(Error::Exists { path });
        }
        let missing = dir.ancestors().filter(|path| !path.as_os_str().is_empty());
        let new_dirs = missing.take_while(|path| !path.exists()).map(Path::to_owned).collect();
        let output = Output { dir: dir.to_owned(), new_dirs, files: Vec::new(), is_kept: false };
        std::fs::create_dir_all(dir).map_err(|source| Error::Write { path: dir.to_owned(), source })?;
        Ok(output)
    }

    /// Writes a file of so many records: `render` makes the bytes of a chunk and something beside them, which `collect`
    /// takes in the order of the file.
    pub(super) fn write<T: Send>(
        &mut self,
        name: &str,
        records: u64,
        progress: &Progress,
        render: impl Fn(Range<u64>) -> io::Result<(Vec<u8>, T)> + Sync,
        collect: impl FnMut(T),
    ) -> Result<PathBuf, Error> {
        let path = self.dir.join(name);
        let file = self.create(&path)?;
        write_chunks(&path, file, records, progress, render, collect)?;
        Ok(path)
    }

    fn create(&mut self, path: &Path) -> Result<File, Error> {
        let file =
            OpenOptions::new().write(true).create_new(true).open(path).map_err(|source| match source.kind() {
                io::ErrorKind::AlreadyExists => Error::Exists { path: path.to_owned() },
                _ => Error::Write { path: path.to_owned(), source },
            })?;
        self.files.push(path.to_owned());
        Ok(file)
    }

    /// Leaves the files where they are.
    pub(super) fn keep(mut self) {
        self.is_kept = true;
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        // The first failure is the one to report; a directory that somebody else uses by now stays.
        self.files.iter().for_each(|path| drop(std::fs::remove_file(path)));
        self.new_dirs.iter().for_each(|path| drop(std::fs::remove_dir(path)));
    }
}

fn write_chunks<T: Send>(
    path: &Path,
    mut file: impl Write,
    records: u64,
    progress: &Progress,
    render: impl Fn(Range<u64>) -> io::Result<(Vec<u8>, T)> + Sync,
    mut collect: impl FnMut(T),
) -> Result<(), Error> {
    let write_error = |source| Error::Write { path: path.to_owned(), source };
    let chunk_count = records.div_ceil(CHUNK_RECORDS);
    let chunk = |index: u64| index * CHUNK_RECORDS..((index + 1) * CHUNK_RECORDS).min(records);
    for first in (0..chunk_count).step_by(BATCH_CHUNKS as usize) {
        if progress.stop_requested() {
            return Err(Error::Stopped);
        }
        let batch = first..(first + BATCH_CHUNKS).min(chunk_count);
        let rendered: io::Result<Vec<_>> = batch.clone().into_par_iter().map(|index| render(chunk(index))).collect();
        for (bytes, beside) in rendered.map_err(write_error)? {
            file.write_all(&bytes).map_err(write_error)?;
            collect(beside);
        }
        progress.add_records(chunk(batch.end - 1).end - chunk(batch.start).start);
    }
    Ok(())
}
