//! Syncs a file and reads it again while it grows, so that little is left to do at its end.
//!
//! A segment is synced and read back before anything names it ([`super::read_back`]): one write and one read of the disk. Done
//! at the end, the processors wait for all of it: 0.7 s for 20 million records that take 1.6 s otherwise. So a thread follows
//! the writer: whatever [`STEP_BYTES`] more have been written, it syncs the file, asks the kernel to forget the new pages,
//! reads them from the disk and keeps the hash of each chunk: 8 bytes for 64 KiB. What is behind the last step, the first chunk
//! (the header comes last) and the ends of sections are read at the end as before.

use super::directory::leave_cache;
use super::format::CHUNK_BYTES;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use xxhash_rust::xxh3::xxh3_64;

/// Bytes between two syncs: 40 ms of a disk.
const STEP_BYTES: u64 = 16 << 20;

/// A file that is written from its beginning to its end, but for its first chunk.
pub struct GrowingFile {
    file: File,
    /// Where the next byte goes.
    position: u64,
    announced: u64,
    progress: Sender<u64>,
}

/// The thread that follows.
pub(super) struct Chaser(JoinHandle<io::Result<Chased>>);

/// Hashes of the chunks that were read from the disk.
#[derive(Debug, Default)]
pub(super) struct Chased {
    /// From the second chunk of the file on: the first one has the header.
    hashes: Vec<u64>,
}

impl Chased {
    /// The hash of the 64 KiB that begin at an offset, if they were read.
    pub(super) fn hash_at(&self, offset: u64) -> Option<u64> {
        let place = (offset / CHUNK_BYTES as u64).checked_sub(1)?;
        self.hashes.get(usize::try_from(place).ok()?).copied()
    }

    /// Where the next chunk would begin.
    pub(super) fn end(&self) -> u64 {
        (self.hashes.len() as u64 + 1) * CHUNK_BYTES as u64
    }
}

impl GrowingFile {
    /// A file from its beginning on, and the thread that follows it.
    ///
    /// # Errors
    /// If there is no descriptor left, or no thread.
    pub(super) fn new(file: File) -> io::Result<(GrowingFile, Chaser)> {
        let (progress, announced) = channel();
        let same = file.try_clone()?;
        let thread = std::thread::Builder::new().name("chaser".into()).spawn(move || chase(&same, &announced))?;
        Ok((GrowingFile { file, position: 0, announced: 0, progress }, Chaser(thread)))
    }

    /// The file; the thread that follows it ends.
    pub(super) fn into_inner(self) -> File {
        self.file
    }
}

impl Chaser {
    /// Waits for the thread.
    ///
    /// # Errors
    /// If the file could not be synced or read. A failed sync is final: the kernel may have dropped the pages.
    pub(super) fn end(self) -> io::Result<Chased> {
        self.0.join().unwrap_or_else(|_| Err(io::Error::other("the thread that reads the segment back has ended")))
    }
}

impl Write for GrowingFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.position += written as u64;
        if self.position >= self.announced + STEP_BYTES {
            self.announced = self.position;
            // A thread that has ended had an error, which is asked for at the end.
            let _ = self.progress.send(self.position);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for GrowingFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.position = self.file.seek(to)?;
        Ok(self.position)
    }
}

fn chase(file: &File, progress: &Receiver<u64>) -> io::Result<Chased> {
    let mut chased = Chased::default();
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(mut end) = progress.recv() {
        end = progress.try_iter().last().unwrap_or(end);
        file.sync_data()?;
        leave_cache(file, chased.end()..end);
        while chased.end() + CHUNK_BYTES as u64 <= end {
            file.read_exact_at(&mut chunk, chased.end())?;
            chased.hashes.push(xxh3_64(&chunk));
        }
    }
    Ok(chased)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again() {
        let (mut growing, chaser) = GrowingFile::new(tempfile::tempfile().expect("a file")).expect("a thread");
        let bytes: Vec<u8> = (0..2 * STEP_BYTES + 100_000).map(|i| ((i * 31) >> 7) as u8).collect();
        bytes.chunks(1 << 20).for_each(|piece| growing.write_all(piece).expect("room"));
        growing.seek(SeekFrom::Start(0)).expect("a file");
        growing.write_all(b"header").expect("room");
        drop(growing.into_inner());
        let chased = chaser.end().expect("a readable file");
        assert!(chased.end() >= 2 * STEP_BYTES - CHUNK_BYTES as u64, "{}", chased.end());
        assert_eq!(chased.hash_at(0), None, "the header comes last");
        assert_eq!(chased.hash_at(chased.end()), None);
        for (number, chunk) in bytes.chunks(CHUNK_BYTES).enumerate().skip(1) {
            let offset = (number * CHUNK_BYTES) as u64;
            assert!(chased.hash_at(offset).is_none_or(|hash| hash == xxh3_64(chunk)), "{offset}");
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_is_an_error() {
        let path = tempfile::NamedTempFile::new().expect("a file");
        let only_written = std::fs::OpenOptions::new().write(true).open(path.path()).expect("a file");
        let (mut growing, chaser) = GrowingFile::new(only_written).expect("a thread");
        growing.write_all(&vec![1; STEP_BYTES as usize]).expect("room");
        drop(growing.into_inner());
        let error = chaser.end().expect_err("it cannot be read");
        assert_eq!(error.raw_os_error(), Some(libc::EBADF), "{error}");
    }
}
