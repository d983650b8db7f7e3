//! Where the bytes of a segment come from: memory, or a file that is read in chunks.

use super::error::Error;
use std::io;

/// The bytes of a segment file.
///
/// There are two: anything that is memory already, a mapping among it, and [`PagedFile`](super::PagedFile), which reads.
pub trait Data {
    /// Length of the file.
    fn bytes(&self) -> u64;

    /// All of it, if it is memory: unchecked, since chunks are checked by whoever looks at them first.
    fn memory(&self) -> Option<&[u8]>;

    /// Copies bytes from an offset on, as they stand.
    ///
    /// # Errors
    /// If they cannot be read, or the file ends before them.
    fn copy(&self, offset: u64, out: &mut [u8]) -> io::Result<()>;

    /// Copies bytes out of a chunk that `check` has seen since it was read.
    ///
    /// Input: the offset and the length of the chunk in the file; what to copy begins at `from` in it.
    ///
    /// # Errors
    /// Those of `check`; [`Error::Unread`] if the chunk cannot be read.
    fn copy_checked(&self, chunk: Chunk, check: &CheckChunk<'_>, from: usize, out: &mut [u8]) -> Result<(), Error>;
}

/// Says whether the bytes of a chunk are what was written.
pub type CheckChunk<'a> = dyn Fn(&[u8]) -> Result<(), Error> + 'a;

/// Where a chunk lies in the file.
#[derive(Clone, Copy, Debug)]
pub struct Chunk {
    /// Bytes from the beginning of the file.
    pub offset: u64,
    /// Its length, at most 64 KiB.
    pub bytes: usize,
}

impl<T: AsRef<[u8]>> Data for T {
    fn bytes(&self) -> u64 {
        self.as_ref().len() as u64
    }

    #[inline]
    fn memory(&self) -> Option<&[u8]> {
        Some(self.as_ref())
    }

    fn copy(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.as_ref().get(offset..));
        let bytes = rest.and_then(|rest| rest.get(..out.len())).ok_or(io::ErrorKind::UnexpectedEof)?;
        out.copy_from_slice(bytes);
        Ok(())
    }

    fn copy_checked(&self, chunk: Chunk, check: &CheckChunk<'_>, from: usize, out: &mut [u8]) -> Result<(), Error> {
        let begin = chunk.offset as usize;
        let bytes = &self.as_ref()[begin..begin + chunk.bytes];
        check(bytes)?;
        out.copy_from_slice(&bytes[from..from + out.len()]);
        Ok(())
    }
}
