//! Maps segment files. The only place of the index with `unsafe`.

use memmap2::{Mmap, MmapOptions};
use std::fs::File;
use std::io;

/// A read-only mapping of a whole, immutable file.
#[derive(Debug)]
pub struct Mapping(Mmap);

impl Mapping {
    /// Maps a file.
    ///
    /// # Errors
    /// If the operating system refuses.
    pub fn of(file: &File) -> io::Result<Mapping> {
        // SAFETY: a mapping is sound while nobody changes or truncates the file. Segments are immutable: they are written
        // under a temporary name, renamed once, never opened for writing again, and removed by unlinking, which keeps
        // the pages of open mappings. Whoever overwrites a segment in place breaks this promise from outside; the chunk
        // hashes then turn changed bytes into an error, and a truncation ends the process with SIGBUS.
        unsafe { MmapOptions::new().map(file) }.map(Mapping)
    }
}

impl AsRef<[u8]> for Mapping {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}
