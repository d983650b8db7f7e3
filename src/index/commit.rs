//! Replacing a generation of an index by the next one.
//!
//! # Durability
//!
//! The writer holds `.lock`. A file is written under a temporary name in the same directory, synced, read back and
//! verified, renamed, and the directory is synced; only then does the next step begin. First the segment, then the
//! catalogue, then the manifest: whichever step a crash interrupts, the old manifest names only complete files, and the
//! next writer removes what no manifest names. A new index begins with a manifest that names no segment, so that there
//! always is an old one. A failed sync is never retried: the kernel may have dropped the pages.

use super::chase::GrowingFile;
use super::directory::{
    LOCK, MANIFEST, SMALL_FILE_BYTES_MAX, create, create_dir, has_lost_its_manifest, holds_jobs, is_ours, leave_cache,
    read_small, refuse_foreign_files,
};
use super::error::Error;
use super::forgotten::{Forgotten, ForgottenEntry, Suppression};
use super::format::PIECE_BYTES;
use super::generation::{read_catalogue, read_forgotten, read_manifest};
use super::lock::{Lock, Wait, lock};
use super::manifest::{Catalogue, Manifest, SegmentEntry, hex};
use super::read_back::read_back;
use super::store::{Identity, Opener, check_belongs, open_segment};
use super::writer::{SegmentPlan, SegmentSummary, SegmentWriter};
use crate::digest::Width;
use crate::disk::{remove, remove_dir, rename, sync_dir, sync_file, temporary_name, write_all};
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

/// What a segment is written to.
pub type SegmentFile = BufWriter<GrowingFile>;

/// The one writer of an index.
///
/// Dropped without a commit it leaves the index as it was, and removes what it wrote. A new index stays, empty, if an
/// interrupted ingest waits in it.
pub struct Writer<'a> {
    dir: PathBuf,
    identity: &'a Identity<'a>,
    manifest: Manifest,
    catalogue: Catalogue,
    forgotten: Forgotten,
    /// Files that no manifest names yet.
    unpublished: Vec<PathBuf>,
    made: Made,
    /// Last, so that it is released after everything else is done.
    _lock: Lock,
}

/// What a writer has made beside its segments, and takes away again if it ends without a commit.
#[derive(Default)]
struct Made {
    dir: bool,
    lock: bool,
    generation_0: bool,
}

impl<'a> Writer<'a> {
    /// Locks an index for writing. If there is none, makes the directory and an empty index in it: segments only ever lie
    /// beside a manifest, so those without one are never taken for the litter of a dead writer.
    ///
    /// # Errors
    /// If it is locked, belongs to another key, has lost its manifest, or cannot be made or read; nothing is left behind
    /// then.
    pub fn open(dir: &Path, identity: &'a Identity<'a>, width: Width) -> Result<Writer<'a>, Error> {
        Writer::open_waiting(dir, identity, width, Wait::NONE)
    }

    /// As [`Writer::open`], and waits for another writer, as long as this says.
    ///
    /// # Errors
    /// As [`Writer::open`]; [`Error::Stopped`] if the waiting was stopped.
    pub fn open_waiting(
        dir: &Path,
        identity: &'a Identity<'a>,
        width: Width,
        wait: Wait<'_>,
    ) -> Result<Writer<'a>, Error> {
        let created_dir = create_dir(dir)?;
        // Before the lock: a directory that is refused gets no lock file either.
        if !created_dir && read_manifest(dir, Some(identity))?.is_none() {
            refuse_foreign_files(dir)?;
        }
        let had_lock = fs::symlink_metadata(dir.join(LOCK)).is_ok();
        let lock = lock(dir, wait).inspect_err(|_| {
            if created_dir {
                // Fails, as it should, if another writer has put its lock there meanwhile.
                let _ = remove_dir(dir);
            }
        })?;
        // From here on the drop of the writer cleans up.
        let mut writer = Writer {
            dir: dir.to_path_buf(),
            identity,
            manifest: Manifest { key_links: identity.links, ..Manifest::empty(width, identity.id, identity.check) },
            catalogue: Catalogue::empty(),
            forgotten: Forgotten::default(),
            unpublished: Vec::new(),
            made: Made { dir: created_dir, lock: !had_lock, generation_0: false },
            _lock: lock,
        };
        match read_manifest(dir, Some(identity))? {
            Some(manifest) => writer.load(manifest)?,
            None => writer.begin()?,
        }
        Ok(writer)
    }

    fn load(&mut self, manifest: Manifest) -> Result<(), Error> {
        self.made = Made::default();
        self.catalogue = read_catalogue(&self.dir, &manifest)?;
        self.forgotten = read_forgotten(&self.dir, &manifest)?;
        self.manifest = manifest;
        self.sweep()
    }

    /// Makes generation 0.
    fn begin(&mut self) -> Result<(), Error> {
        if has_lost_its_manifest(&self.dir).map_err(Error::io("reading", &self.dir))? {
            return Err(Error::ManifestLost(self.dir.clone()));
        }
        refuse_foreign_files(&self.dir)?;
        // The lock file of a first writer that died goes with this one.
        (self.made.lock, self.made.generation_0) = (true, true);
        self.sweep()?;
        let bytes = self.catalogue.encode();
        let mut first = self.manifest.clone();
        (first.catalogue, first.catalogue_sha256) = Catalogue::file_name(&bytes);
        self.install(first, &bytes, &[])
    }

    /// The breaches so far.
    pub fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The forgotten identifiers so far.
    pub fn forgotten(&self) -> &Forgotten {
        &self.forgotten
    }

    /// What is suppressed so far.
    pub fn suppression(&self) -> Suppression {
        self.forgotten.suppression(self.width())
    }

    /// The manifest to be replaced.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The width of the digests.
    pub fn width(&self) -> Width {
        self.manifest.width().unwrap_or(Width::DEFAULT)
    }

    /// What is written from now on is under another key, the forgotten identifiers too. The commit has to replace every segment: those
    /// of the old key are none of an index of the new one.
    pub fn rekey(&mut self, identity: &'a Identity<'a>, forgotten: Forgotten) {
        self.forgotten = forgotten;
        self.identity = identity;
        (self.manifest.key_id, self.manifest.key_check) = (identity.id.to_string(), hex(&identity.check.0));
        self.manifest.key_links = identity.links;
    }

    /// Removes temporary files and files that the manifest does not name: an earlier writer died before its commit.
    fn sweep(&self) -> Result<(), Error> {
        let mut left = Vec::new();
        for entry in fs::read_dir(&self.dir).map_err(Error::io("reading", &self.dir))? {
            let entry = entry.map_err(Error::io("reading", &self.dir))?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if is_ours(&name) && !self.is_live(&name) {
                left.push(entry.path());
            }
        }
        if !left.is_empty() {
            // That writer may have died behind the rename of the manifest and before the disk had it: a power cut would bring back
            // the old one, whose files these are.
            sync_dir(&self.dir).map_err(Error::io("syncing", &self.dir))?;
        }
        left.iter().try_for_each(|path| remove(path).map_err(Error::io("removing", path)))
    }

    fn is_live(&self, name: &str) -> bool {
        self.manifest.names(name)
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
        fill: impl FnOnce(SegmentWriter<SegmentFile>) -> io::Result<(SegmentSummary, SegmentFile)>,
    ) -> Result<SegmentEntry, Error> {
        let temporary = self.temporary();
        let file = create(&temporary).map_err(Error::io("creating", &temporary))?;
        self.unpublished.push(temporary.clone());
        let io_error = |cause| Error::io("writing", &temporary)(cause);
        let (growing, chaser) = GrowingFile::new(file).map_err(io_error)?;
        let writer = SegmentWriter::new(BufWriter::with_capacity(1 << 20, growing), plan).map_err(io_error)?;
        let (summary, buffer) = fill(writer).map_err(io_error)?;
        let file = buffer.into_inner().map_err(|error| io_error(error.into_error()))?.into_inner();
        let chased = chaser.end().map_err(Error::io("syncing", &temporary))?;
        sync_file(&file, &temporary).map_err(Error::io("syncing", &temporary))?;
        leave_cache(&file, 0..PIECE_BYTES);
        leave_cache(&file, chased.end()..summary.bytes);
        let (header, hash) = read_back(&temporary, &summary, chased)?;
        check_belongs(&header, &self.manifest).map_err(|error| error.at(&temporary))?;
        let entry = SegmentEntry::new(summary.id, summary.records, summary.bytes, &hash);
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
        self.commit_locked(added, catalogue)
    }

    /// As [`Writer::commit`], and the lock is kept for what else is to be done.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn commit_locked(&mut self, added: Vec<SegmentEntry>, catalogue: Catalogue) -> Result<Manifest, Error> {
        self.replace(&[], added, catalogue)
    }

    /// As [`Writer::commit_locked`], and these segments stand in the place of others. Then the files of the others are removed:
    /// whoever has them open goes on with them.
    ///
    /// The forgotten identifiers stay. Where segments come or go, it is written down that records of them may be missing now.
    ///
    /// Input: the ids of the segments that go.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn replace(
        &mut self,
        replaced: &[String],
        added: Vec<SegmentEntry>,
        catalogue: Catalogue,
    ) -> Result<Manifest, Error> {
        let changes_segments = !replaced.is_empty() || !added.is_empty();
        let forgotten = if changes_segments { self.forgotten.after_writing() } else { self.forgotten.clone() };
        let goes = |segment: &SegmentEntry| replaced.contains(&segment.id);
        let mut next = self.manifest.clone();
        let mut place = next.segments.iter().position(goes).unwrap_or(next.segments.len());
        next.segments.retain(|segment| !goes(segment));
        for mut entry in added {
            // A generation that cannot be opened is never made.
            let live = open_segment(&self.dir, &entry, &next, &catalogue, &Opener::Mapped)?;
            let uids: BTreeSet<[u8; 16]> = live.segment().breaches().iter().map(|breach| breach.uid).collect();
            entry.breaches = uids.iter().map(|uid| hex(uid)).collect();
            if !next.segments.contains(&entry) {
                next.segments.insert(place, entry);
                place += 1;
            }
        }
        let old = self.manifest.segments.iter().filter(|segment| goes(segment)).map(SegmentEntry::file_name).collect();
        self.commit_next(next, catalogue, forgotten, old)
    }

    /// Makes a new generation live that has the same segments and breaches, and these forgotten identifiers.
    ///
    /// # Errors
    /// As [`Writer::commit`].
    pub fn forget(&mut self, forgotten: Forgotten) -> Result<Manifest, Error> {
        self.commit_next(self.manifest.clone(), self.catalogue.clone(), forgotten, Vec::new())
    }

    /// Makes a new generation live, and removes the files of the old one that it does not name. Input: a manifest with the
    /// segments of the new generation, and the files of those that have gone.
    fn commit_next(
        &mut self,
        mut next: Manifest,
        catalogue: Catalogue,
        forgotten: Forgotten,
        mut old: Vec<String>,
    ) -> Result<Manifest, Error> {
        let bytes = catalogue.encode();
        next.generation += 1;
        (next.catalogue, next.catalogue_sha256) = Catalogue::file_name(&bytes);
        let pairs =
            if forgotten.is_empty() { Vec::new() } else { forgotten.encode(self.width(), &self.identity.check) };
        next.forgotten = (!pairs.is_empty()).then(|| ForgottenEntry::new(&pairs, forgotten.pairs().len() as u64));
        old.push(self.manifest.catalogue.clone());
        old.extend(self.manifest.forgotten.iter().map(|entry| entry.file.clone()));
        self.install(next, &bytes, &pairs)?;
        (self.catalogue, self.forgotten) = (catalogue, forgotten);
        for name in old.iter().filter(|name| !self.is_live(name)) {
            // Removed by the next sweep if it cannot be removed now.
            let _ = remove(&self.dir.join(name));
        }
        Ok(self.manifest.clone())
    }

    /// Puts a catalogue, forgotten identifiers and then their manifest into the directory: the rename of the manifest is the
    /// commit.
    fn install(&mut self, next: Manifest, catalogue: &[u8], forgotten: &[u8]) -> Result<(), Error> {
        if !self.is_live(&next.catalogue) {
            self.write_small(catalogue, &next.catalogue)?;
        }
        if let Some(entry) = next.forgotten.as_ref().filter(|entry| !self.is_live(&entry.file)) {
            self.write_small(forgotten, &entry.file)?;
        }
        let temporary = self.write_temporary(&next.encode(self.identity.seal))?;
        rename(&temporary, &self.dir.join(MANIFEST)).map_err(Error::io("renaming", &temporary))?;
        self.unpublished.clear();
        self.manifest = next;
        if self.manifest.generation > 0 {
            self.made = Made::default();
        }
        sync_dir(&self.dir).map_err(|cause| Error::UnknownState { path: self.dir.clone(), cause })
    }

    fn temporary(&self) -> PathBuf {
        let number = self.unpublished.len() as u32;
        self.dir.join(temporary_name(std::process::id(), number))
    }

    fn write_temporary(&mut self, bytes: &[u8]) -> Result<PathBuf, Error> {
        let temporary = self.temporary();
        let mut file = create(&temporary).map_err(Error::io("creating", &temporary))?;
        self.unpublished.push(temporary.clone());
        write_all(&mut file, bytes).map_err(Error::io("writing", &temporary))?;
        sync_file(&file, &temporary).map_err(Error::io("syncing", &temporary))?;
        leave_cache(&file, 0..bytes.len() as u64);
        if read_small(&temporary).map_err(Error::io("reading", &temporary))? != bytes {
            return Err(Error::damaged(0, "the disk returned other bytes than were written").at(&temporary));
        }
        Ok(temporary)
    }

    fn write_small(&mut self, bytes: &[u8], name: &str) -> Result<(), Error> {
        if bytes.len() as u64 > SMALL_FILE_BYTES_MAX {
            // No reader takes more.
            return Err(Error::io("writing", &self.dir.join(name))(io::ErrorKind::FileTooLarge.into()));
        }
        let temporary = self.write_temporary(bytes)?;
        self.publish(&temporary, name)
    }

    fn publish(&mut self, temporary: &Path, name: &str) -> Result<(), Error> {
        let path = self.dir.join(name);
        rename(temporary, &path).map_err(Error::io("renaming", temporary))?;
        if !self.is_live(name) {
            self.unpublished.push(path);
        }
        sync_dir(&self.dir).map_err(Error::io("syncing", &self.dir))
    }
}

impl Writer<'_> {
    /// Removes what no manifest names yet: its room on the disk may be needed.
    pub fn remove_unpublished(&mut self) {
        for path in self.unpublished.drain(..) {
            // Gone already, or removed by the next writer's sweep.
            let _ = remove(&path);
        }
    }
}

impl Drop for Writer<'_> {
    fn drop(&mut self) {
        self.remove_unpublished();
        if holds_jobs(&self.dir) {
            self.made = Made::default();
        }
        if self.made.generation_0 {
            // The segments first: a crash must not leave one without a manifest.
            let _ = sync_dir(&self.dir);
            let _ = remove(&self.dir.join(MANIFEST));
            let _ = remove(&self.dir.join(&self.manifest.catalogue));
        }
        if self.made.lock {
            // Still locked: whoever waits for this file sees that it is gone, and makes another one.
            let _ = remove(&self.dir.join(LOCK));
        }
        if self.made.dir {
            // Fails, as it should, if something else lies there by now.
            let _ = remove_dir(&self.dir);
        }
    }
}
