//! The index as a directory: opening a generation, and replacing it by the next one.
//!
//! # Durability
//!
//! The writer holds `.lock`. A file is written under a temporary name in the same directory, synced, read back and
//! verified, renamed, and the directory is synced; only then does the next step begin. First the segment, then the
//! catalogue, then the manifest: whichever step a crash interrupts, the old manifest names only complete files, and the
//! next writer removes what no manifest names. A failed sync is never retried: the kernel may have dropped the pages.
//!
//! Readers take no lock. They read the manifest, open every file it names, and begin again if one is gone: then a newer
//! manifest stands there.

use super::coverage::CoverageKey;
use super::directory::{
    LOCK, MANIFEST, create_dir, create_temporary, is_ours, lock, refuse_foreign_files, sync_dir, temporary_name,
};
use super::error::Error;
use super::manifest::{Breach, Catalogue, MANIFEST_VERSION, Manifest, Seal, SegmentEntry, hex};
use super::mapping::Mapping;
use super::segment::Segment;
use super::writer::{SegmentPlan, SegmentSummary, SegmentWriter};
use crate::digest::{KeyCheck, KeyId, Width};
use std::fs::{self, File};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

/// A manifest is a few kilobytes, a catalogue a few megabytes; nothing longer is read.
const SMALL_FILE_BYTES_MAX: u64 = 256 << 20;

/// Attempts to open a generation while writers replace it: each needs a commit between two reads of ours.
const OPEN_ATTEMPTS: usize = 16;

/// What the index has to know of a key: its names, and how it seals. Never the key.
pub struct Identity<'a> {
    /// The public name.
    pub id: KeyId,
    /// The check value.
    pub check: KeyCheck,
    /// Computes the seal of a manifest.
    pub seal: &'a Seal<'a>,
}

/// An open generation of an index.
#[derive(Debug)]
pub struct Index {
    dir: PathBuf,
    manifest: Manifest,
    catalogue: Catalogue,
    segments: Vec<LiveSegment>,
}

/// An open segment and where its breaches stand in the catalogue.
#[derive(Debug)]
pub struct LiveSegment {
    path: PathBuf,
    segment: Segment<Mapping>,
    breaches: Vec<usize>,
}

impl LiveSegment {
    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The segment.
    pub fn segment(&self) -> &Segment<Mapping> {
        &self.segment
    }

    /// The place in the catalogue of a segment-local breach number.
    pub fn breach(&self, local: u32) -> usize {
        self.breaches[local as usize]
    }

    /// Names the file in an error of the segment.
    pub fn locate(&self, error: Error) -> Error {
        error.at(&self.path)
    }
}

impl Index {
    /// Opens the newest generation. With an identity, the key and the seal are checked.
    ///
    /// # Errors
    /// If there is no index, it belongs to another key, or a file is missing or damaged.
    pub fn open(dir: &Path, identity: Option<&Identity<'_>>) -> Result<Index, Error> {
        let mut attempt = 1;
        loop {
            match Index::open_generation(dir, identity) {
                Err(Error::Io { cause, .. }) if cause.kind() == io::ErrorKind::NotFound && attempt < OPEN_ATTEMPTS => {
                    attempt += 1;
                }
                other => return other,
            }
        }
    }

    fn open_generation(dir: &Path, identity: Option<&Identity<'_>>) -> Result<Index, Error> {
        let manifest = read_manifest(dir, identity)?.ok_or_else(|| Error::NotAnIndex(dir.to_path_buf()))?;
        let catalogue = read_catalogue(dir, &manifest)?;
        let segments = manifest.segments.iter().map(|entry| open_segment(dir, entry, &manifest, &catalogue));
        let segments = segments.collect::<Result<_, _>>()?;
        Ok(Index { dir: dir.to_path_buf(), manifest, catalogue, segments })
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
            live.segment
                .breaches()
                .iter()
                .zip(&live.breaches)
                .flat_map(|(table, breach)| table.counts.iter().map(|(key, counts)| (*breach, *key, counts.accepted)))
        })
    }
}

/// Opens every segment of the newest generation on its own, so that damage of one does not hide the others.
///
/// # Errors
/// If the manifest or the catalogue cannot be read, or belong to another key.
pub fn open_each(
    dir: &Path,
    identity: Option<&Identity<'_>>,
) -> Result<(Manifest, Vec<Result<LiveSegment, Error>>), Error> {
    let manifest = read_manifest(dir, identity)?.ok_or_else(|| Error::NotAnIndex(dir.to_path_buf()))?;
    let catalogue = read_catalogue(dir, &manifest)?;
    let segments = manifest.segments.iter().map(|entry| open_segment(dir, entry, &manifest, &catalogue)).collect();
    Ok((manifest, segments))
}

fn read_manifest(dir: &Path, identity: Option<&Identity<'_>>) -> Result<Option<Manifest>, Error> {
    let path = dir.join(MANIFEST);
    let bytes = match read_small(&path) {
        Ok(bytes) => bytes,
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(cause) => return Err(Error::io("reading", &path)(cause)),
    };
    let manifest = Manifest::decode(&bytes, &path, None)?;
    if let Some(identity) = identity {
        if manifest.key_check != hex(&identity.check.0) {
            let (expected, got) = (manifest.key_id, identity.id.to_string());
            return Err(Error::WrongKey { path: dir.to_path_buf(), expected, got });
        }
        Manifest::decode(&bytes, &path, Some(identity.seal))?;
    }
    Ok(Some(manifest))
}

fn read_catalogue(dir: &Path, manifest: &Manifest) -> Result<Catalogue, Error> {
    let path = dir.join(&manifest.catalogue);
    let bytes = read_small(&path).map_err(Error::io("reading", &path))?;
    Catalogue::decode(&bytes, &manifest.catalogue_sha256, &path)
}

fn read_small(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(SMALL_FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn open_segment(
    dir: &Path,
    entry: &SegmentEntry,
    manifest: &Manifest,
    catalogue: &Catalogue,
) -> Result<LiveSegment, Error> {
    let path = dir.join(entry.file_name());
    let file = File::open(&path).map_err(Error::io("reading", &path))?;
    let found_bytes = file.metadata().map_err(Error::io("reading", &path))?.len();
    if found_bytes != entry.bytes {
        return Err(Error::damaged(found_bytes.min(entry.bytes), "the file has another length than written").at(&path));
    }
    let mapping = Mapping::of(&file).map_err(Error::io("mapping", &path))?;
    let segment = Segment::new(mapping).map_err(|error| error.at(&path))?;
    if segment.id().to_string() != entry.id || segment.header().records != entry.records {
        return Err(Error::damaged(0, "the file holds another segment").at(&path));
    }
    check_belongs(&segment, manifest).map_err(|error| error.at(&path))?;
    let breaches = segment
        .breaches()
        .iter()
        .map(|breach| {
            let uid = hex(&breach.uid);
            let place = catalogue.breaches.iter().position(|known| known.uid == uid);
            place.ok_or_else(|| Error::damaged(0, "a breach that the catalogue does not have").at(&path))
        })
        .collect::<Result<_, _>>()?;
    Ok(LiveSegment { path, segment, breaches })
}

/// Digests of another key or width would never be found, and "not found" would be a lie.
fn check_belongs(segment: &Segment<Mapping>, manifest: &Manifest) -> Result<(), Error> {
    let header = segment.header();
    if Some(header.width) == manifest.width() && hex(&header.key_check.0) == manifest.key_check {
        return Ok(());
    }
    Err(Error::damaged(0, "the segment has another key or another width than the index"))
}

/// The one writer of an index.
///
/// Dropped without a commit it leaves the index as it was, and removes what it wrote.
pub struct Writer<'a> {
    dir: PathBuf,
    identity: &'a Identity<'a>,
    manifest: Manifest,
    catalogue: Catalogue,
    /// Files that no manifest names yet.
    unpublished: Vec<PathBuf>,
    created_dir: bool,
    /// No manifest stands in the directory, so the lock file goes with this writer.
    fresh: bool,
    /// Last, so that it is released after everything else is done.
    _lock: File,
}

impl<'a> Writer<'a> {
    /// Locks an index for writing; makes the directory if there is none.
    ///
    /// # Errors
    /// If it is locked, belongs to another key, or cannot be made or read; nothing is left behind then.
    pub fn open(dir: &Path, identity: &'a Identity<'a>, width: Width) -> Result<Writer<'a>, Error> {
        let created_dir = create_dir(dir)?;
        // Before the lock: a directory that is refused gets no lock file either.
        if !created_dir && read_manifest(dir, Some(identity))?.is_none() {
            refuse_foreign_files(dir)?;
        }
        let lock = lock(dir).inspect_err(|_| {
            if created_dir {
                // Fails, as it should, if another writer has put its lock there meanwhile.
                let _ = fs::remove_dir(dir);
            }
        })?;
        // From here on the drop of the writer cleans up.
        let mut writer = Writer {
            dir: dir.to_path_buf(),
            identity,
            manifest: Manifest::empty(width, identity.id, identity.check),
            catalogue: Catalogue { version: MANIFEST_VERSION, breaches: Vec::new() },
            unpublished: Vec::new(),
            created_dir,
            fresh: false,
            _lock: lock,
        };
        writer.load()?;
        writer.sweep()?;
        Ok(writer)
    }

    fn load(&mut self) -> Result<(), Error> {
        match read_manifest(&self.dir, Some(self.identity))? {
            Some(manifest) => {
                self.catalogue = read_catalogue(&self.dir, &manifest)?;
                self.manifest = manifest;
                self.created_dir = false;
            }
            None => {
                self.fresh = true;
                refuse_foreign_files(&self.dir)?;
            }
        }
        Ok(())
    }

    /// The breaches so far.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The manifest to be replaced.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The width of the digests.
    pub fn width(&self) -> Width {
        self.manifest.width().unwrap_or(Width::DEFAULT)
    }

    /// Removes temporary files and files that the manifest does not name: an earlier writer died before its commit.
    fn sweep(&self) -> Result<(), Error> {
        for entry in fs::read_dir(&self.dir).map_err(Error::io("reading", &self.dir))? {
            let entry = entry.map_err(Error::io("reading", &self.dir))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if is_ours(&name) && !self.is_live(&name) {
                fs::remove_file(entry.path()).map_err(Error::io("removing", &entry.path()))?;
            }
        }
        Ok(())
    }

    fn is_live(&self, name: &str) -> bool {
        name == self.manifest.catalogue || self.manifest.segments.iter().any(|segment| segment.file_name() == name)
    }

    /// Writes a segment, reads it back, and gives it its name. It is not live before [`Writer::commit`].
    ///
    /// Input: `fill` pushes the records in ascending order and ends the segment.
    ///
    /// # Errors
    /// If the disk refuses or returns other bytes than were written; the temporary file is removed.
    pub fn add_segment(
        &mut self,
        plan: SegmentPlan,
        fill: impl FnOnce(SegmentWriter<BufWriter<File>>) -> io::Result<(SegmentSummary, BufWriter<File>)>,
    ) -> Result<SegmentEntry, Error> {
        let temporary = self.temporary();
        let file = create_temporary(&temporary)?;
        self.unpublished.push(temporary.clone());
        let io_error = |cause| Error::io("writing", &temporary)(cause);
        let writer = SegmentWriter::new(BufWriter::with_capacity(1 << 20, file), plan).map_err(io_error)?;
        let (summary, buffer) = fill(writer).map_err(io_error)?;
        let file = buffer.into_inner().map_err(|error| io_error(error.into_error()))?;
        file.sync_all().map_err(Error::io("syncing", &temporary))?;
        read_back(&temporary, &summary, &self.manifest)?;
        let entry = SegmentEntry::new(summary.id, summary.records, summary.bytes);
        self.publish(&temporary, &entry.file_name())?;
        Ok(entry)
    }

    /// Makes a new generation live: these segments beside the old ones, and this catalogue.
    ///
    /// Output: what the manifest says now. After this returns, a crash or power cut does not undo it.
    ///
    /// # Errors
    /// If a file cannot be written: the old generation stays. [`Error::UnknownState`] if only the last sync failed.
    pub fn commit(mut self, added: Vec<SegmentEntry>, catalogue: Catalogue) -> Result<Manifest, Error> {
        let bytes = catalogue.encode();
        let (name, sha256) = Catalogue::file_name(&bytes);
        let mut next = self.manifest.clone();
        next.generation += 1;
        next.catalogue_sha256 = sha256;
        next.catalogue.clone_from(&name);
        for entry in added {
            // A generation that cannot be opened is never made.
            open_segment(&self.dir, &entry, &next, &catalogue)?;
            if !next.segments.contains(&entry) {
                next.segments.push(entry);
            }
        }
        if !self.is_live(&name) {
            self.write_small(&bytes, &name)?;
        }
        let temporary = self.write_temporary(&next.encode(self.identity.seal))?;
        let path = self.dir.join(MANIFEST);
        fs::rename(&temporary, &path).map_err(Error::io("renaming", &temporary))?;
        self.unpublished.clear();
        (self.created_dir, self.fresh) = (false, false);
        let old_catalogue = std::mem::replace(&mut self.manifest, next.clone()).catalogue;
        sync_dir(&self.dir).map_err(|cause| Error::UnknownState { path: self.dir.clone(), cause })?;
        if old_catalogue != name && !old_catalogue.is_empty() {
            // Removed by the next sweep if it cannot be removed now.
            let _ = fs::remove_file(self.dir.join(old_catalogue));
        }
        Ok(next)
    }

    fn temporary(&self) -> PathBuf {
        let number = self.unpublished.len();
        self.dir.join(temporary_name(std::process::id(), number))
    }

    fn write_temporary(&mut self, bytes: &[u8]) -> Result<PathBuf, Error> {
        let temporary = self.temporary();
        let mut file = create_temporary(&temporary)?;
        self.unpublished.push(temporary.clone());
        file.write_all(bytes).map_err(Error::io("writing", &temporary))?;
        file.sync_all().map_err(Error::io("syncing", &temporary))?;
        if read_small(&temporary).map_err(Error::io("reading", &temporary))? != bytes {
            return Err(Error::damaged(0, "the disk returned other bytes than were written").at(&temporary));
        }
        Ok(temporary)
    }

    fn write_small(&mut self, bytes: &[u8], name: &str) -> Result<(), Error> {
        let temporary = self.write_temporary(bytes)?;
        self.publish(&temporary, name)
    }

    fn publish(&mut self, temporary: &Path, name: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        fs::rename(temporary, &path).map_err(Error::io("renaming", temporary))?;
        if !self.is_live(name) {
            self.unpublished.push(path);
        }
        sync_dir(&self.dir).map_err(Error::io("syncing", &self.dir))
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        for path in &self.unpublished {
            // Gone already, or removed by the next writer's sweep.
            let _ = fs::remove_file(path);
        }
        if self.fresh {
            // Still locked: whoever waits for this file sees that it is gone, and makes another one.
            let _ = fs::remove_file(self.dir.join(LOCK));
        }
        if self.created_dir {
            // Fails, as it should, if something else lies there by now.
            let _ = fs::remove_dir(&self.dir);
        }
    }
}

/// Reads a written segment again, in full, before anything names it.
///
/// The pages may still come from the cache of the kernel: this finds faults of memory and of the program for certain, those
/// of the disk only once the pages have left the cache.
fn read_back(path: &Path, summary: &SegmentSummary, manifest: &Manifest) -> Result<(), Error> {
    let file = File::open(path).map_err(Error::io("reading", path))?;
    let mapping = Mapping::of(&file).map_err(Error::io("mapping", path))?;
    let segment = Segment::new(mapping).map_err(|error| error.at(path))?;
    if segment.id() != summary.id {
        return Err(Error::damaged(0, "the disk returned other bytes than were written").at(path));
    }
    check_belongs(&segment, manifest).map_err(|error| error.at(path))?;
    segment.verify(|_| ()).map_err(|error| error.at(path))
}
