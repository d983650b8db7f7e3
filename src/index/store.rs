//! Opening a generation of an index.
//!
//! Readers take no lock. They read the manifest, open every file it names, and begin again if one is gone: then a newer
//! manifest stands there.

use super::coverage::{BreachCoverage, CoverageKey};
use super::data::{CheckChunk, Chunk, Data};
use super::directory::open_regular;
use super::error::Error;
use super::forgotten::Suppression;
use super::format::Header;
use super::found::Found;
use super::generation::{OPEN_ATTEMPTS, read_generation, retried};
use super::lookup::Scratch;
use super::manifest::{Breach, Catalogue, Manifest, RemovedBreach, Seal, SegmentEntry, hex};
use super::mapping::Mapping;
use super::paged::{CACHE_BYTES, CACHE_FEW_BYTES, ChunkCache, PagedFile};
use super::segment::Segment;
use crate::digest::{Digest, KeyCheck, KeyId, Width};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the index has to know of a key: its names, and how it seals. Never the key.
pub struct Identity<'a> {
    /// The public name.
    pub id: KeyId,
    /// The check value.
    pub check: KeyCheck,
    /// How often the key was rotated.
    pub links: usize,
    /// Computes the seal of a manifest.
    pub seal: &'a Seal<'a>,
}

/// How segments are read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Access {
    /// Mapped: the fastest way. A file that somebody else truncates ends the process with SIGBUS.
    #[default]
    Mapped,
    /// Read in chunks: whatever happens to the files is an error.
    Read,
    /// The same, with a cache for a few look-ups: making a large one would take longer than they do.
    ReadFew,
}

/// How segments of one index are opened.
pub(super) enum Opener {
    Mapped,
    Read(Arc<ChunkCache>),
}

/// The bytes of a segment of an index.
#[derive(Debug)]
pub enum SegmentBytes {
    /// Mapped.
    Mapped(Mapping),
    /// Read in chunks.
    Read(PagedFile),
}

/// An open generation of an index.
#[derive(Debug)]
pub struct Index {
    dir: PathBuf,
    manifest: Manifest,
    catalogue: Catalogue,
    suppression: Suppression,
    segments: Vec<LiveSegment>,
    damaged: Vec<DamagedSegment>,
}

/// A segment that the manifest names and that cannot be opened: what it holds is unknown.
#[derive(Debug)]
pub struct DamagedSegment {
    /// The file.
    pub path: PathBuf,
    /// Records it should have.
    pub records: u64,
    /// What is wrong.
    pub error: Error,
}

/// A digest that a live segment has, or cannot answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The place of the digest in what was asked, and in the segment.
    pub found: Found,
    /// The place of the segment in [`Index::segments`], if [`Found::place`] is in one or its bytes are damaged.
    pub segment: u32,
}

impl Hit {
    /// A digest of which the list of suppressed ones says something.
    fn of_no_segment(found: Found) -> Hit {
        Hit { found, segment: u32::MAX }
    }
}

/// Many look-ups: what was found, and room to work in. Reused from batch to batch.
#[derive(Debug, Default)]
pub struct Lookup {
    hits: Vec<Hit>,
    found: Vec<Found>,
    scratch: Scratch,
}

impl Lookup {
    /// Digests that were found or cannot be answered, ascending by their place and then by segment.
    pub fn hits(&self) -> &[Hit] {
        &self.hits
    }
}

/// An open segment and where its breaches stand in the catalogue.
#[derive(Debug)]
pub struct LiveSegment {
    path: PathBuf,
    pieces_sha256: String,
    segment: Segment<SegmentBytes>,
    breaches: Vec<Option<usize>>,
}

impl LiveSegment {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The segment.
    pub fn segment(&self) -> &Segment<SegmentBytes> {
        &self.segment
    }

    /// The place in the catalogue of a segment-local breach number that stands in a payload.
    ///
    /// # Panics
    /// If the breach was removed: no payload has it then.
    pub fn breach(&self, local: u32) -> usize {
        self.breaches[local as usize].expect("payloads have no removed breaches")
    }

    /// For every segment-local breach number the place in the catalogue; none if the breach was removed.
    pub fn breaches(&self) -> &[Option<usize>] {
        &self.breaches
    }

    /// The breaches that answer, by place in the catalogue, and what the segment covers of each.
    pub fn tables(&self) -> impl Iterator<Item = (usize, &BreachCoverage)> + '_ {
        self.breaches.iter().zip(self.segment.breaches()).filter_map(|(place, table)| Some(((*place)?, table)))
    }

    /// Whether it holds records of breaches that were removed.
    pub fn has_removed(&self) -> bool {
        self.breaches.contains(&None)
    }

    /// Checks every byte of the file as [`Segment::verify`] does, and then its SHA-256. So a file is found as well that
    /// somebody has changed together with its own hashes; the seal of the manifest protects the SHA-256.
    ///
    /// # Errors
    /// [`Error::Damaged`] with the file and the first place that is wrong.
    pub fn verify(&self, progress: impl FnMut(u64)) -> Result<(), Error> {
        self.segment.verify(progress).map_err(|error| self.locate(error))?;
        let hash = self.segment.pieces_sha256().map_err(|error| self.locate(error))?;
        if hex(&hash) != self.pieces_sha256 {
            return Err(self.locate(Error::damaged(0, "the SHA-256 is not the one in the manifest")));
        }
        Ok(())
    }

    /// Names the file in an error of the segment.
    pub fn locate(&self, error: Error) -> Error {
        error.at(&self.path)
    }
}

impl Index {
    /// Opens the newest generation. With an identity, the key and the seal are checked.
    ///
    /// A segment that is missing, damaged or of another version is no error: the others answer, and [`Index::damaged`]
    /// says that some answers are unknown.
    ///
    /// # Errors
    /// If there is no index, it belongs to another key, or the manifest, the catalogue or the file of forgotten
    /// identifiers is missing or damaged.
    pub fn open(dir: &Path, identity: Option<&Identity<'_>>, access: Access) -> Result<Index, Error> {
        let opener = Opener::new(access);
        for attempt in 1.. {
            let (manifest, catalogue, forgotten) = retried(|| read_generation(dir, identity))?;
            let (mut segments, mut damaged) = (Vec::new(), Vec::new());
            for entry in &manifest.segments {
                match open_segment(dir, entry, &manifest, &catalogue, &opener) {
                    Ok(live) => segments.push(live),
                    Err(error) => {
                        let path = dir.join(entry.file_name());
                        damaged.push(DamagedSegment { path, records: entry.records, error });
                    }
                }
            }
            // A writer was faster, or the file is really gone.
            let gone = damaged.iter().any(|segment| segment.error.is_not_found());
            if !gone || attempt == OPEN_ATTEMPTS {
                let suppression = forgotten.suppression(manifest.width().unwrap_or(Width::DEFAULT));
                return Ok(Index { dir: dir.to_path_buf(), manifest, catalogue, suppression, segments, damaged });
            }
        }
        Err(Error::NotAnIndex(dir.to_path_buf()))
    }

    /// Looks up many digests in every live segment.
    ///
    /// Input: digests in any order. Output: the hits, in `lookup`; damage that was met, each with its file and place. A digest
    /// that lies in a damaged chunk is a hit without a place, and never absent. So is one that is suppressed, and it has no other
    /// hits; one that was lifted has that hit behind the others.
    /// Cost: see [`Segment::find_batch`], once for each segment; a large batch is put in order once for all of them, and of
    /// a segment in slices a digest then asks only its own.
    pub fn find_batch(&self, digests: &[Digest], lookup: &mut Lookup) -> Vec<Error> {
        let Lookup { hits, found, scratch } = lookup;
        hits.clear();
        let in_order =
            self.segments.iter().any(|live| live.segment.is_large()) && Scratch::is_worth(digests, self.width());
        if in_order {
            scratch.order(digests, self.width());
        }
        let mut errors = Vec::new();
        for (live, number) in self.segments.iter().zip(0..) {
            found.clear();
            let damage = match in_order {
                true => live.segment.find_ordered(scratch, found),
                false => live.segment.find_each(digests.len(), |at| (digests[at], at as u32), found),
            };
            errors.extend(damage.map(|error| live.locate(error)));
            if in_order {
                scratch.restore(found, digests.len());
            }
            hits.extend(found.iter().map(|found| Hit { found: *found, segment: number }));
        }
        self.suppress(digests, hits);
        if self.segments.len() > 1 || !self.suppression.is_empty() {
            hits.sort_unstable_by_key(|hit| (hit.found.probe, hit.segment));
        }
        errors
    }

    /// Puts what is suppressed in the place of what was found.
    fn suppress(&self, digests: &[Digest], hits: &mut Vec<Hit>) {
        if self.suppression.is_empty() {
            return;
        }
        hits.retain(|hit| !self.suppression.suppresses(digests[hit.found.probe as usize]));
        let listed = (0u32..).zip(digests).filter_map(|(probe, digest)| self.listed(*digest, probe));
        hits.extend(listed.map(Hit::of_no_segment));
    }

    /// What the list of suppressed digests says about one.
    fn listed(&self, digest: Digest, probe: u32) -> Option<Found> {
        match () {
            () if self.suppression.suppresses(digest) => Some(Found::suppressed(probe)),
            () if self.suppression.was_lifted(digest) => Some(Found::lifted(probe)),
            () => None,
        }
    }

    /// Looks up one digest in every live segment, without a batch around it.
    ///
    /// Output: appends hits for the place `probe`, ascending by segment; damage that was met, as [`Index::find_batch`] has it.
    /// Cost: two chunks of each segment if they are not in a cache yet; one where nothing shares the digest's quotient.
    pub fn find_one(&self, digest: Digest, probe: u32, hits: &mut Vec<Hit>) -> Vec<Error> {
        let mut errors = Vec::new();
        let listed = self.listed(digest, probe);
        if listed.is_some_and(Found::is_suppressed) {
            hits.extend(listed.map(Hit::of_no_segment));
            return errors;
        }
        for (live, segment) in self.segments.iter().zip(0..) {
            match live.segment.find(digest) {
                Ok(None) => (),
                Ok(Some(place)) => hits.push(Hit { found: Found::new(probe, place), segment }),
                Err(error) => {
                    errors.push(live.locate(error));
                    hits.push(Hit { found: Found::damaged(probe), segment });
                }
            }
        }
        hits.extend(listed.map(Hit::of_no_segment));
        errors
    }

    /// The same index if all of its segments could be opened.
    ///
    /// # Errors
    /// What is wrong with the first of the others.
    pub fn whole(mut self) -> Result<Index, Error> {
        match self.damaged.pop() {
            Some(segment) => Err(segment.error),
            None => Ok(self),
        }
    }

    /// The segments that cannot be opened.
    pub fn damaged(&self) -> &[DamagedSegment] {
        &self.damaged
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The manifest of this generation.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The breaches.
    pub fn breaches(&self) -> &[Breach] {
        &self.catalogue.breaches
    }

    /// The breaches that were removed.
    pub fn removed(&self) -> &[RemovedBreach] {
        &self.catalogue.removed
    }

    /// The names of the breaches that a segment of the manifest holds, those of removed ones too.
    pub fn names_in(&self, segment: &SegmentEntry) -> Vec<&str> {
        self.catalogue.names_in(segment)
    }

    /// What is suppressed.
    pub fn suppression(&self) -> &Suppression {
        &self.suppression
    }

    /// The live segments.
    pub fn segments(&self) -> &[LiveSegment] {
        &self.segments
    }

    /// The width of the digests.
    pub fn width(&self) -> Width {
        self.manifest.width().unwrap_or(Width::DEFAULT)
    }

    /// Records of all segments.
    pub fn records(&self) -> u64 {
        self.segments.iter().map(|live| live.segment.header().records).sum()
    }

    /// The breaches, by place in the catalogue, that hold at least one accepted value of a namespace.
    pub fn covering(&self, key: &CoverageKey) -> Vec<usize> {
        let mut breaches: Vec<usize> = self
            .coverage()
            .filter(|(_, found, accepted)| found == key && *accepted > 0)
            .map(|(breach, ..)| breach)
            .collect();
        breaches.sort_unstable();
        breaches.dedup();
        breaches
    }

    /// Every (breach, namespace, accepted count) of every segment.
    pub fn coverage(&self) -> impl Iterator<Item = (usize, CoverageKey, u64)> + '_ {
        self.segments.iter().flat_map(|live| {
            live.tables().flat_map(|(breach, table)| {
                table.counts.iter().map(move |(key, counts)| (breach, *key, counts.accepted))
            })
        })
    }
}

impl Opener {
    pub(super) fn new(access: Access) -> Opener {
        match access {
            Access::Mapped => Opener::Mapped,
            Access::Read => Opener::Read(Arc::new(ChunkCache::new(CACHE_BYTES))),
            Access::ReadFew => Opener::Read(Arc::new(ChunkCache::new(CACHE_FEW_BYTES))),
        }
    }

    fn open(&self, file: File) -> io::Result<SegmentBytes> {
        match self {
            Opener::Mapped => Mapping::of(&file).map(SegmentBytes::Mapped),
            Opener::Read(cache) => PagedFile::new(file, cache).map(SegmentBytes::Read),
        }
    }
}

impl Data for SegmentBytes {
    fn bytes(&self) -> u64 {
        match self {
            SegmentBytes::Mapped(mapping) => mapping.bytes(),
            SegmentBytes::Read(file) => file.bytes(),
        }
    }

    #[inline]
    fn memory(&self) -> Option<&[u8]> {
        match self {
            SegmentBytes::Mapped(mapping) => mapping.memory(),
            SegmentBytes::Read(file) => file.memory(),
        }
    }

    fn copy(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        match self {
            SegmentBytes::Mapped(mapping) => mapping.copy(offset, out),
            SegmentBytes::Read(file) => file.copy(offset, out),
        }
    }

    fn copy_checked(&self, chunk: Chunk, check: &CheckChunk<'_>, from: usize, out: &mut [u8]) -> Result<(), Error> {
        match self {
            SegmentBytes::Mapped(mapping) => mapping.copy_checked(chunk, check, from, out),
            SegmentBytes::Read(file) => file.copy_checked(chunk, check, from, out),
        }
    }
}

pub(super) fn open_segment(
    dir: &Path,
    entry: &SegmentEntry,
    manifest: &Manifest,
    catalogue: &Catalogue,
    opener: &Opener,
) -> Result<LiveSegment, Error> {
    let path = dir.join(entry.file_name());
    let file = open_regular(&path).map_err(Error::io("reading", &path))?;
    let found_bytes = file.metadata().map_err(Error::io("reading", &path))?.len();
    if found_bytes != entry.bytes {
        return Err(Error::damaged(found_bytes.min(entry.bytes), "the file has another length than written").at(&path));
    }
    let bytes = opener.open(file).map_err(Error::io("opening", &path))?;
    let mut segment = Segment::new(bytes).map_err(|error| error.at(&path))?;
    if segment.id().to_string() != entry.id || segment.header().records != entry.records {
        return Err(Error::damaged(0, "the file holds another segment").at(&path));
    }
    check_belongs(segment.header(), manifest).map_err(|error| error.at(&path))?;
    let breaches = segment
        .breaches()
        .iter()
        .map(|breach| {
            let uid = hex(&breach.uid);
            match catalogue.breaches.iter().position(|known| known.uid == uid) {
                None if catalogue.removed.iter().all(|removed| removed.uid != uid) => {
                    Err(Error::damaged(0, "a breach that the catalogue does not have").at(&path))
                }
                place => Ok(place),
            }
        })
        .collect::<Result<Vec<Option<usize>>, _>>()?;
    if breaches.contains(&None) {
        // Whoever reads this segment never sees what was removed.
        segment.forget(|local| breaches[local as usize].is_none());
    }
    Ok(LiveSegment { path, pieces_sha256: entry.pieces_sha256.clone(), segment, breaches })
}

/// Digests of another key or width would never be found, and "not found" would be a lie.
pub(super) fn check_belongs(header: &Header, manifest: &Manifest) -> Result<(), Error> {
    if Some(header.width) == manifest.width() && hex(&header.key_check.0) == manifest.key_check {
        return Ok(());
    }
    Err(Error::damaged(0, "the segment has another key or another width than the index"))
}
