//! Syncs a file and reads it again while it grows, so that little is left to do at its end.
//!
//! A segment is synced and read back before anything names it ([`super::read_back`]): one write and one read of the disk. Done
//! at the end, the processors wait for all of it: 0.7 s for 20 million records that take 1.6 s otherwise. So a thread follows
//! the writer: whatever [`STEP_BYTES`] more have been written, it syncs the file, asks the kernel to forget the new pages,
//! reads them from the disk, and keeps the hashes of each piece. What is behind the last step, and the first piece (the header
//! comes last), are read at the end as before.

use super::directory::leave_cache;
use super::format::PIECE_BYTES;
use super::piece::Piece;
use crate::disk::{sync_bytes, write};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;

/// Bytes between two syncs: 40 ms of a disk.
const STEP_BYTES: u64 = 4 * PIECE_BYTES;

/// A file that is written from its beginning to its end, but for its first piece.
pub struct GrowingFile {
    file: File,
    /// Where the next byte goes.
    position: u64,
    announced: u64,
    progress: Sender<u64>,
}

/// The thread that follows.
pub(super) struct Chaser(JoinHandle<io::Result<Chased>>);

/// The pieces that were read from the disk.
#[derive(Debug, Default)]
pub(super) struct Chased {
    /// From the second piece of the file on: the first one has the header.
    pieces: Vec<Piece>,
}

impl Chased {
    /// A piece, if it was read.
    pub(super) fn piece(&mut self, number: u64) -> Option<Piece> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        let piece = self.pieces.get_mut(place)?;
        Some(Piece { chunks: std::mem::take(&mut piece.chunks), sha256: piece.sha256 })
    }

    /// Where the next piece would begin.
    pub(super) fn end(&self) -> u64 {
        (self.pieces.len() as u64 + 1) * PIECE_BYTES
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
        let written = write(&mut self.file, bytes)?;
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
    while let Ok(mut end) = progress.recv() {
        end = progress.try_iter().last().unwrap_or(end);
        sync_bytes(file)?;
        leave_cache(file, chased.end()..end);
        while chased.end() + PIECE_BYTES <= end {
            let number = chased.pieces.len() as u64 + 1;
            chased.pieces.push(Piece::read(number, end, |offset, bytes| file.read_exact_at(bytes, offset))?);
        }
    }
    Ok(chased)
}

#[cfg(test)]
mod tests {
    use super::super::format::CHUNK_BYTES;
    use super::*;
    use sha2::Digest;
    use xxhash_rust::xxh3::xxh3_64;

    #[test]
    fn what_was_written_is_read_again() {
        let (mut growing, chaser) = GrowingFile::new(tempfile::tempfile().expect("a file")).expect("a thread");
        let bytes: Vec<u8> = (0..2 * STEP_BYTES + 100_000).map(|i| ((i * 31) >> 7) as u8).collect();
        bytes.chunks(1 << 20).for_each(|piece| growing.write_all(piece).expect("room"));
        growing.seek(SeekFrom::Start(0)).expect("a file");
        growing.write_all(b"header").expect("room");
        drop(growing.into_inner());
        let mut chased = chaser.end().expect("a readable file");
        assert!(chased.end() >= 2 * STEP_BYTES, "{}", chased.end());
        assert!(chased.piece(0).is_none(), "the header comes last");
        for (number, bytes) in (0..).zip(bytes.chunks(PIECE_BYTES as usize)).skip(1) {
            let Some(piece) = chased.piece(number) else { continue };
            let chunks: Vec<u64> = bytes.chunks(CHUNK_BYTES).map(xxh3_64).collect();
            assert_eq!(piece.chunks, chunks, "piece {number}");
            assert_eq!(piece.sha256, <[u8; 32]>::from(sha2::Sha256::digest(bytes)), "piece {number}");
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
