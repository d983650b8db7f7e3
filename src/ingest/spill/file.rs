//! The file of a store.

use super::super::job::Folder;
use super::super::record::Record;
use crate::digest::Width;
use crate::disk::{create_nameless, set_length};
use crate::index::Packed;
use sha2::{Digest as _, Sha256};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::Arc;
use xxhash_rust::xxh3::xxh3_64;

/// Where the file lies.
pub(in super::super) enum Place {
    /// Without a name in this directory.
    Nameless(PathBuf),
    /// That of the data of a job.
    Job(Arc<Folder>),
}

/// A page in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Extent {
    pub offset: u64,
    pub records: u32,
    pub packed: Packed,
    pub hash: u64,
}

/// The file.
pub(in super::super) struct Spill {
    pub file: File,
    pub bytes: u64,
    /// SHA-256 of all of them, where the file may be read by another process one day.
    pub hash: Option<Sha256>,
}

impl Place {
    pub(super) fn create(&self) -> io::Result<Spill> {
        let (file, hash) = match self {
            Place::Nameless(dir) => (create_nameless(dir)?, None),
            Place::Job(folder) => (folder.create_data()?, Some(Sha256::new())),
        };
        Ok(Spill { file, bytes: 0, hash })
    }
}

impl Spill {
    pub(super) fn write<R: Record>(&mut self, records: &[R], width: Width, bytes: &mut Vec<u8>) -> io::Result<Extent> {
        let packed = Packed::of(records, width);
        packed.pack(records, bytes);
        self.file.write_all(bytes)?;
        if let Some(hash) = &mut self.hash {
            hash.update(&bytes);
        }
        let extent = Extent { offset: self.bytes, records: records.len() as u32, packed, hash: xxh3_64(bytes) };
        self.bytes += bytes.len() as u64;
        Ok(extent)
    }

    /// Gives back the room of what was written behind so many bytes. If that fails, nothing refers to what is there.
    pub(super) fn cut(&mut self, bytes: u64, hash: Option<Sha256>) {
        let _ = set_length(&self.file, bytes).and_then(|()| self.file.seek(SeekFrom::Start(bytes)));
        (self.bytes, self.hash) = (bytes, hash);
    }

    /// Reads a page.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] if it is not what was written.
    pub(super) fn read<R: Record>(&self, extent: &Extent, page: &mut Vec<R>) -> io::Result<()> {
        let mut bytes = vec![0; extent.packed.bytes(extent.records as usize)];
        self.file.read_exact_at(&mut bytes, extent.offset).map_err(|cause| match cause.kind() {
            io::ErrorKind::UnexpectedEof => io::ErrorKind::InvalidData.into(),
            _ => cause,
        })?;
        if xxh3_64(&bytes) != extent.hash {
            return Err(io::ErrorKind::InvalidData.into());
        }
        extent.packed.unpack(&mut bytes, page);
        Ok(())
    }
}
