//! The journal of a job: entries one after the other, each with a letter in front.
//!
//! ```text
//! g  a file that was given        its tag
//! f  a file that cannot be read   its tag
//! t  a tag of records             classes u64, kind u8, binary logarithm of the number of records u8; numbered from 0
//! e  pages of a partition         partition u8, number u32; each: offset u64, records u32, bytes of a tag u8, XXH3-64
//! i  a finished input             its tag, size u64, time of change (seconds i64, nanoseconds u32), length u32, its counts
//! ```

use super::super::read::FileReport;
use super::super::record::Tag;
use super::super::spill::{Extent, PARTITIONS};
use super::head::{Counted, array, finish, number};
use super::{Id, Stamp, numbers};
use crate::digest::Width;
use crate::disk::{set_length, sync_bytes};
use crate::identifier::Kind;
use crate::index::Packed;
use crate::index::class::ClassMask;
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};

/// Written at once.
const BUFFER_BYTES: usize = 64 << 10;

/// The end of the journal at some time.
#[derive(Clone, Default)]
pub(super) struct Place {
    pub bytes: u64,
    pub hash: Sha256,
}

/// A journal that grows.
pub(super) struct Journal {
    file: File,
    place: Place,
    buffer: Vec<u8>,
}

impl Journal {
    pub(super) fn new(file: File) -> Journal {
        Journal { file, place: Place::default(), buffer: Vec::new() }
    }

    /// One that goes on at a place; what stands behind is cut off.
    pub(super) fn at(mut file: File, place: Place) -> io::Result<Journal> {
        set_length(&file, place.bytes)?;
        file.seek(SeekFrom::Start(place.bytes))?;
        Ok(Journal { file, place, buffer: Vec::new() })
    }

    /// The end of what was flushed.
    pub(super) fn place(&self) -> Place {
        self.place.clone()
    }

    /// Goes back to a place. If that fails, nothing refers to what stands behind, and the next entry would be refused.
    pub(super) fn cut(&mut self, place: Place) {
        self.buffer.clear();
        let _ = set_length(&self.file, place.bytes).and_then(|()| self.file.seek(SeekFrom::Start(place.bytes)));
        self.place = place;
    }

    pub(super) fn add_given(&mut self, id: &Id) -> io::Result<()> {
        self.add(b'g', &[id])
    }

    pub(super) fn add_failed(&mut self, id: &Id) -> io::Result<()> {
        self.add(b'f', &[id])
    }

    pub(super) fn add_tag(&mut self, tag: &Tag) -> io::Result<()> {
        self.add(
            b't',
            &[&tag.classes.0.to_le_bytes(), &[tag.kind.id(), u8::from(tag.is_own), tag.records.ilog2() as u8]],
        )
    }

    pub(super) fn add_extents(&mut self, partition: usize, extents: &[Extent]) -> io::Result<()> {
        if extents.is_empty() {
            return Ok(());
        }
        self.add(b'e', &[&[partition as u8], &(extents.len() as u32).to_le_bytes()])?;
        extents.iter().try_for_each(|extent| {
            let Extent { offset, records, packed, hash } = extent;
            let parts: [&[u8]; 4] =
                [&offset.to_le_bytes(), &records.to_le_bytes(), &[packed.tag_bytes()], &hash.to_le_bytes()];
            self.put(&parts)
        })
    }

    pub(super) fn add_input(&mut self, id: &Id, stamp: &Stamp, report: &FileReport) -> io::Result<()> {
        let counts = numbers::encode(report);
        let length = u32::try_from(counts.len()).map_err(io::Error::other)?;
        let Stamp { bytes, seconds, nanos } = stamp;
        self.add(b'i', &[id, &bytes.to_le_bytes(), &seconds.to_le_bytes(), &nanos.to_le_bytes()])?;
        self.put(&[&length.to_le_bytes(), &counts])
    }

    fn add(&mut self, letter: u8, parts: &[&[u8]]) -> io::Result<()> {
        self.buffer.push(letter);
        self.put(parts)
    }

    fn put(&mut self, parts: &[&[u8]]) -> io::Result<()> {
        parts.iter().for_each(|part| self.buffer.extend_from_slice(part));
        if self.buffer.len() >= BUFFER_BYTES { self.flush() } else { Ok(()) }
    }

    /// Hands what was added to the system.
    pub(super) fn flush(&mut self) -> io::Result<()> {
        self.file.write_all(&self.buffer)?;
        self.place.hash.update(&self.buffer);
        self.place.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }

    pub(super) fn sync(&self) -> io::Result<()> {
        sync_bytes(&self.file)
    }
}

/// What a journal says.
pub(super) struct Entries {
    pub given: BTreeSet<Id>,
    pub failed: Vec<Id>,
    pub tags: Vec<Tag>,
    pub extents: Vec<Vec<Extent>>,
    /// Finished inputs: their stamps and encoded counts.
    pub inputs: HashMap<Id, (Stamp, Vec<u8>)>,
    pub place: Place,
}

/// Reads the part of a journal that counts.
///
/// # Errors
/// If it cannot be read, or is not what was written.
pub(super) fn read(file: File, counted: Counted, width: Width) -> io::Result<Entries> {
    let mut entries = Entries {
        given: BTreeSet::new(),
        failed: Vec::new(),
        tags: Vec::new(),
        extents: vec![Vec::new(); PARTITIONS],
        inputs: HashMap::new(),
        place: Place::default(),
    };
    let mut from =
        Hashed { inner: BufReader::with_capacity(BUFFER_BYTES, file).take(counted.bytes), place: Place::default() };
    while from.inner.limit() > 0 {
        entries.take(&mut from, width)?;
    }
    entries.place = from.place;
    let whole = entries.place.bytes == counted.bytes && finish(entries.place.hash.clone()) == counted.hash;
    if whole { Ok(entries) } else { Err(invalid()) }
}

fn invalid() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

impl Entries {
    fn take(&mut self, from: &mut impl Read, width: Width) -> io::Result<()> {
        match array(from)? {
            [b'g'] => _ = self.given.insert(array(from)?),
            [b'f'] => self.failed.push(array(from)?),
            [b't'] => {
                let classes = ClassMask(number(from)?);
                let [kind, is_own, digits] = array(from)?;
                let kind = Kind::from_id(kind).ok_or_else(invalid)?;
                let records = 1u64.checked_shl(digits.into()).ok_or_else(invalid)?;
                self.tags.push(Tag { classes, kind, is_own: is_own != 0, records });
            }
            [b'e'] => {
                let [partition] = array(from)?;
                let count = u32::from_le_bytes(array(from)?);
                for _ in 0..count {
                    self.extents[usize::from(partition)].push(extent(from, width)?);
                }
            }
            [b'i'] => {
                let id = array(from)?;
                let (bytes, seconds) = (number(from)?, i64::from_le_bytes(array(from)?));
                let stamp = Stamp { bytes, seconds, nanos: u32::from_le_bytes(array(from)?) };
                let mut counts = Vec::new();
                let length = u64::from(u32::from_le_bytes(array(from)?));
                from.take(length).read_to_end(&mut counts)?;
                self.inputs.insert(id, (stamp, counts));
            }
            _ => return Err(invalid()),
        }
        Ok(())
    }
}

fn extent(from: &mut impl Read, width: Width) -> io::Result<Extent> {
    let (offset, records) = (number(from)?, u32::from_le_bytes(array(from)?));
    let [tag_bytes] = array(from)?;
    let packed = Packed::new(width, tag_bytes).ok_or_else(invalid)?;
    Ok(Extent { offset, records, packed, hash: number(from)? })
}

/// A reader that hashes what it hands on.
struct Hashed<R> {
    inner: R,
    place: Place,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.place.hash.update(&out[..count]);
        self.place.bytes += count as u64;
        Ok(count)
    }
}
