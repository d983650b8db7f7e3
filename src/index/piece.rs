//! Hashes of a file in pieces, so that several threads can make them, and a file can be hashed while it grows.
//!
//! The hash of a file is the SHA-256 of the SHA-256s of its pieces of 4 MiB. One SHA-256 over everything would be a single
//! chain at 2 GB/s that cannot begin before the header is there, which a writer writes last.

use super::format::{CHUNK_BYTES, PIECE_BYTES};
use sha2::{Digest, Sha256};
use std::io;
use xxhash_rust::xxh3::xxh3_64;

/// Bytes read at a time: they stay in the second cache.
const READ_BYTES: usize = 4 * CHUNK_BYTES;

// Pieces and reads are whole chunks.
const _: () = assert!(PIECE_BYTES.is_multiple_of(READ_BYTES as u64) && READ_BYTES.is_multiple_of(CHUNK_BYTES));

/// The hashes of a piece.
#[derive(Debug)]
pub(super) struct Piece {
    /// XXH3-64 of each 64 KiB of it; the last may be of less.
    pub chunks: Vec<u64>,
    /// SHA-256 of it.
    pub sha256: [u8; 32],
}

/// The number of pieces of a file.
pub(super) fn pieces(file_bytes: u64) -> u64 {
    file_bytes.div_ceil(PIECE_BYTES)
}

impl Piece {
    /// Reads a piece of a file of `file_bytes` bytes: `read` fills a buffer from an offset on.
    ///
    /// # Errors
    /// Those of `read`.
    pub(super) fn read(
        number: u64,
        file_bytes: u64,
        mut read: impl FnMut(u64, &mut [u8]) -> io::Result<()>,
    ) -> io::Result<Piece> {
        let (begin, end) = (number * PIECE_BYTES, file_bytes.min((number + 1) * PIECE_BYTES));
        let mut buffer = vec![0; READ_BYTES];
        let (mut sha256, mut chunks) = (Sha256::new(), Vec::new());
        for offset in (begin..end).step_by(READ_BYTES) {
            let bytes = &mut buffer[..(end - offset).min(READ_BYTES as u64) as usize];
            read(offset, bytes)?;
            sha256.update(&bytes);
            chunks.extend(bytes.chunks(CHUNK_BYTES).map(xxh3_64));
        }
        Ok(Piece { chunks, sha256: sha256.finalize().into() })
    }
}

/// The hash of a file from the SHA-256s of its pieces.
pub(super) fn hash_of_pieces(pieces: impl IntoIterator<Item = [u8; 32]>) -> [u8; 32] {
    pieces.into_iter().fold(Sha256::new(), |hash, piece| hash.chain_update(piece)).finalize().into()
}
