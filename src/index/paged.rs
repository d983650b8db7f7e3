//! Segment files that are read and not mapped.
//!
//! A mapping is the fastest way to a file in the page cache, and the worst one to a file that changes: if somebody truncates
//! it, or the network that it lies on is gone, the next look ends the process with SIGBUS, and no code of ours is asked. Here
//! every byte comes through `pread`, so that all of this is an error with a name, and what the bytes hide is "unknown".
//!
//! # Cost
//!
//! Chunks of 64 KiB are read whole, because their hash is of the whole, and kept in a cache that all segments of an index
//! share: [`CACHE_BYTES`], direct-mapped, one lock for each slot. A look-up takes two locks of which nobody else wants one:
//! it is some ten times slower than a batch in a mapping, which waits for many lines at once. A batch goes in the order of the
//! digests, so a segment that is larger than the cache is read once for each batch and not once for each digest.
//!
//! Every chunk is hashed each time it is read: what was right before may have rotted since.

use super::data::{CheckChunk, Chunk, Data};
use super::error::Error;
use super::format::CHUNK_BYTES;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

/// Memory for chunks of all segments of an index.
pub const CACHE_BYTES: usize = 256 << 20;
/// The same where a few look-ups are all there will be.
pub const CACHE_FEW_BYTES: usize = 4 << 20;

/// A segment file that is read in chunks.
#[derive(Debug)]
pub struct PagedFile {
    file: File,
    bytes: u64,
    /// Its number in the cache.
    number: u64,
    cache: Arc<ChunkCache>,
}

/// Chunks that were read and checked.
#[derive(Debug)]
pub struct ChunkCache {
    slots: Vec<Mutex<Slot>>,
    files: AtomicU64,
}

/// A chunk, by the number of its file and its offset. No bytes, no chunk.
#[derive(Default)]
struct Slot {
    file: u64,
    offset: u64,
    bytes: Vec<u8>,
}

/// Prints nothing of the bytes.
impl std::fmt::Debug for Slot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Slot({} bytes)", self.bytes.len())
    }
}

impl ChunkCache {
    /// An empty cache; memory is taken as chunks come.
    pub fn new(bytes: usize) -> ChunkCache {
        let slots = (bytes / CHUNK_BYTES).max(1);
        ChunkCache { slots: (0..slots).map(|_| Mutex::default()).collect(), files: AtomicU64::new(0) }
    }

    /// The slot of a chunk: neighbours lie beside each other, and files begin at places of their own.
    fn slot(&self, file: u64, offset: u64) -> &Mutex<Slot> {
        let place = (offset / CHUNK_BYTES as u64).wrapping_add(file.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20);
        &self.slots[(place % self.slots.len() as u64) as usize]
    }
}

impl PagedFile {
    /// Reads a file through a cache.
    ///
    /// # Errors
    /// If its length cannot be found.
    pub fn new(file: File, cache: &Arc<ChunkCache>) -> io::Result<PagedFile> {
        let bytes = file.metadata()?.len();
        Ok(PagedFile { file, bytes, number: cache.files.fetch_add(1, Relaxed), cache: Arc::clone(cache) })
    }
}

impl Data for PagedFile {
    fn bytes(&self) -> u64 {
        self.bytes
    }

    fn memory(&self) -> Option<&[u8]> {
        None
    }

    fn copy(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(out, offset)
    }

    fn copy_checked(&self, chunk: Chunk, check: &CheckChunk<'_>, from: usize, out: &mut [u8]) -> Result<(), Error> {
        let slot = self.cache.slot(self.number, chunk.offset);
        // A thread that panicked inside has left the slot empty, or whole.
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if (slot.file, slot.offset, slot.bytes.len()) != (self.number, chunk.offset, chunk.bytes) {
            let mut bytes = std::mem::take(&mut slot.bytes);
            bytes.resize(chunk.bytes, 0);
            self.copy(chunk.offset, &mut bytes).map_err(|cause| Error::unread(chunk.offset, cause))?;
            check(&bytes)?;
            *slot = Slot { file: self.number, offset: chunk.offset, bytes };
        }
        out.copy_from_slice(&slot.bytes[from..from + out.len()]);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::{Section, SegmentId};
    use super::super::found::Found;
    use super::super::lookup::Scratch;
    use super::super::segment::Segment;
    use super::super::test_data::{Model, Random, model, payloads, segment, width};
    use super::*;
    use crate::digest::Digest;
    use std::io::Write;

    const BITS: u8 = 80;

    /// A file with these bytes, without a name.
    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().expect("a temporary file");
        file.write_all(bytes).expect("room");
        file
    }

    fn open(file: &File, cache: &Arc<ChunkCache>) -> Segment<PagedFile> {
        let paged = PagedFile::new(file.try_clone().expect("a descriptor"), cache).expect("a length");
        Segment::new(paged).expect("undamaged")
    }

    fn fixture() -> (Vec<u8>, Model) {
        // Sections H and R of several chunks each, and escapes.
        let model = model(12, 60_000, BITS, &payloads(300));
        (segment(&model, BITS, model.len() as u64), model)
    }

    /// Everything that a segment in memory says, a segment that is read says too.
    fn check(bytes: &[u8], model: &Model, cache: &Arc<ChunkCache>) {
        let (memory, read) = (Segment::new(bytes).expect("undamaged"), open(&file(bytes), cache));
        assert_eq!((read.id(), read.file_bytes()), (memory.id(), memory.file_bytes()));
        let mut random = Random(5);
        let strangers = std::iter::repeat_with(|| random.digest(width(BITS))).take(model.len());
        let digests: Vec<Digest> = model.keys().copied().chain(strangers).collect();
        let (mut want, mut found) = (Vec::new(), Vec::<Found>::new());
        for batch in digests.chunks(20_000) {
            assert!(memory.find_batch(batch, &mut Scratch::default(), &mut want).is_none());
            assert!(read.find_batch(batch, &mut Scratch::default(), &mut found).is_none());
        }
        assert_eq!(found, want);
        assert_eq!(found.len(), model.len());
        read.verify(|_| ()).expect("undamaged");
        assert_eq!(read.pieces_sha256().expect("a readable file"), memory.pieces_sha256().expect("memory"));
    }

    #[test]
    fn a_file_that_is_read_answers_like_memory() {
        let (bytes, model) = fixture();
        for slots in [1, 3, 1000] {
            check(&bytes, &model, &Arc::new(ChunkCache::new(slots * CHUNK_BYTES)));
        }
    }

    #[test]
    fn files_share_a_cache_and_do_not_mix() {
        let cache = Arc::new(ChunkCache::new(2 * CHUNK_BYTES));
        let models: Vec<Model> = (0..3).map(|seed| model(seed, 2000, BITS, &payloads(2))).collect();
        let segments: Vec<_> = models.iter().map(|model| open(&file(&segment(model, BITS, 2000)), &cache)).collect();
        let ids: std::collections::BTreeSet<SegmentId> = segments.iter().map(Segment::id).collect();
        assert_eq!(ids.len(), 3);
        for (place, owner) in models.iter().enumerate() {
            for (other, segment) in segments.iter().enumerate() {
                for digest in owner.keys().take(300) {
                    assert_eq!(segment.find(*digest).expect("undamaged").is_some(), place == other);
                }
            }
        }
    }

    #[test]
    fn a_file_that_is_truncated_is_an_error_with_a_place() {
        let (bytes, model) = fixture();
        let whole = file(&bytes);
        let segment = open(&whole, &Arc::new(ChunkCache::new(CHUNK_BYTES)));
        whole.set_len(bytes.len() as u64 / 2).expect("a shorter file");
        let failed: Vec<Error> = model.keys().filter_map(|digest| segment.find(*digest).err()).collect();
        assert!(!failed.is_empty());
        assert!(failed.iter().all(|error| matches!(error, Error::Unread { cause: None, .. })), "{:?}", failed[0]);
        assert!(failed[0].to_string().contains("the file ends there"), "{}", failed[0]);
        let result = segment.verify(|_| ());
        assert!(matches!(result, Err(Error::Unread { .. })), "{result:?}");
    }

    #[test]
    fn a_chunk_is_checked_each_time_it_is_read() {
        let (mut bytes, model) = fixture();
        let whole = file(&bytes);
        // One slot: the chunks of H and R drive each other out.
        let segment = open(&whole, &Arc::new(ChunkCache::new(CHUNK_BYTES)));
        let digest = *model.keys().next().expect("a record");
        assert!(segment.find(digest).expect("undamaged").is_some());
        let remainders = segment.header().extent(Section::Remainders).offset;
        bytes[remainders as usize + 100] ^= 1;
        whole.write_all_at(&bytes, 0).expect("room");
        let last = *model.keys().next_back().expect("a record");
        segment.find(last).expect("another chunk");
        let result = segment.find(digest);
        assert!(matches!(result, Err(Error::Damaged { .. })), "{result:?}");
    }
}
