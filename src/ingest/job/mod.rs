//! Jobs: what an interrupted ingest leaves behind, so that `--resume` goes on with the inputs that it had not finished.
//!
//! # What is stored
//!
//! Everything that the finished inputs gave, and nothing of the others: an input counts whole or not at all (a member of an
//! archive is an input of its own). That is, in the index directory,
//!
//! ```text
//! jobs/<16 hex>/head      what the job is, how much of the other two files counts, and a keyed tag of all that
//! jobs/<16 hex>/journal   appended: finished inputs with their counts, tags, and where records stand in the data
//! jobs/<16 hex>/data      the temporary file of the ingest: digests and tag numbers; in `--temp-dir`, as `leakdex-<16 hex>`,
//!                         if that is given
//! ```
//!
//! The directories have mode 0700 and the files 0600. An input is a keyed tag of its path, its size and the time of its last
//! change; a scope, a column or a plan is a keyed tag as well. In clear text stand counts, and the directory of `--temp-dir`.
//!
//! The new head is renamed over the old one when data and journal have reached the disk: that is the moment at which more
//! inputs count. What stands in the two files behind the lengths in the head is litter of a later moment, and cut off. The head
//! is tagged under the key of the index, and has the SHA-256 of both files up to those lengths: a job that rots, that somebody
//! has changed, or that comes from elsewhere is refused, and never read in part.
//!
//! # When
//!
//! The first spill makes the directory, since its file is the data. Saving means: write the pages that are in memory (11 bytes
//! per identifier, which a larger ingest writes anyway), sync, append to the journal (about 300 bytes per input and 21 per
//! 64 KiB of data), sync, replace the head (4.5 KB). An ingest is saved
//!
//! - at the end of an input, if the last time was `--save-every` ago, a fiftieth of the whole time, and (unless that is zero)
//!   twenty times as long as saving took: at most a twentieth of the time goes into it, and 30 seconds or 2 % of the work are
//!   lost to a power cut;
//! - when it is stopped or fails, if an input is finished.
//!
//! So an ingest of less than half a minute that is not disturbed has no job, and pays nothing. The job is removed after the
//! commit. If that is when the machine fails, the next writer finds the inputs in the catalogue, and removes it. A job without
//! a finished input is litter, and so is one that is damaged; the latter goes with a message, after the next commit.
//!
//! # What it is bound to
//!
//! The key, the breach, the version of the program, and every option that decides what is read out of an input. Threads,
//! memory, blocks and the title may be others. On resuming, all inputs are planned again, which costs a look at their
//! beginnings. A finished input has to be given, with the size and time of change it had: its records cannot be taken out again.
//! An unfinished one may have changed, and may be missing only if it is one that could not be read. More inputs are welcome.
//!
//! # Why so
//!
//! - Not the number of its input in every record, to drop those of unfinished ones later: 2 to 4 bytes more of 11, for every
//!   ingest, for the few that fail.
//! - Not a place inside of an input to go on from: decoders of streams have no state that can be kept, and most dumps are many
//!   files.
//! - Not a segment for each part: merged they would be the same bytes, but at twice the cost for all who are not interrupted.
//! - Not one journal with a tag for each entry: a torn end could not be told from a changed one.

mod folder;
mod head;
mod journal;
mod numbers;
#[cfg(test)]
mod tests;
mod waiting;

pub(super) use folder::Folder;
pub(super) use head::Binding;
pub(super) use waiting::{Choice, choose, waits};

use super::Planned;
use super::read::Finished;
use super::record::{Record, Tag, Tags};
use super::spill::{PARTITIONS, Store};
use crate::digest::Key;
use crate::disk::set_length;
use crate::index::Estimate;
use crate::source::Input;
use head::Head;
use journal::Journal;
use std::collections::BTreeSet;
use std::fs::Metadata;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A keyed tag: of a path, of an option, of a breach.
pub(super) type Id = [u8; 16];

/// By what a change of a file is seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    pub bytes: u64,
    pub seconds: i64,
    pub nanos: u32,
}

impl Stamp {
    pub(super) fn of(metadata: &Metadata) -> Stamp {
        Stamp { bytes: metadata.len(), seconds: metadata.mtime(), nanos: metadata.mtime_nsec() as u32 }
    }
}

/// The name of a file in the journal. Two spellings of one path are the same.
fn file_id(key: &Key, path: &Path) -> Id {
    key.tag("job file", &path_bytes(path))
}

/// The name of an input in the journal: a file, or a member of an archive.
fn input_id(key: &Key, input: &Planned) -> Id {
    let Some(member) = input.member else { return file_id(key, &input.path) };
    let mut name = path_bytes(&input.path);
    name.push(0);
    name.extend((member as u64).to_le_bytes());
    name.extend(input.shown.as_os_str().as_encoded_bytes());
    key.tag("job member", &name)
}

fn path_bytes(path: &Path) -> Vec<u8> {
    let whole = path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_path_buf());
    whole.into_os_string().into_encoded_bytes()
}

/// When it is time to save.
#[derive(Clone, Debug)]
pub(super) struct Pace {
    every: Duration,
    /// Whether saving must not cost too much time or memory.
    thrifty: bool,
    started: Instant,
    last: Instant,
    /// What the last time took.
    cost: Duration,
}

impl Pace {
    /// The last time was at least so long ago, and cost a twentieth of that. Zero is as often as memory allows.
    pub(super) fn new(every: Duration) -> Pace {
        let now = Instant::now();
        Pace { every, thrifty: true, started: now, last: now, cost: Duration::ZERO }
    }

    /// At every end of an input.
    #[cfg(test)]
    pub(super) fn always() -> Pace {
        Pace { thrifty: false, ..Pace::new(Duration::ZERO) }
    }

    fn is_due(&self, now: Instant) -> bool {
        /// Saving takes one part in so many of the time.
        const COST_SHARE: u32 = 20;
        /// So that a long ingest has some hundred savings, whose extents fit into memory.
        const TIME_SHARE: u32 = 50;
        let spared = if self.every.is_zero() { Duration::ZERO } else { self.cost * COST_SHARE };
        let wait = self.every.max((now - self.started) / TIME_SHARE).max(spared);
        now - self.last >= if self.thrifty { wait } else { self.every }
    }

    fn saved(&mut self, begin: Instant) {
        self.last = Instant::now();
        self.cost = self.last - begin;
    }
}

/// How much of everything is in the journal.
#[derive(Clone, Debug)]
struct Saved {
    given: bool,
    inputs: usize,
    failed: usize,
    tags: usize,
    extents: [usize; PARTITIONS],
    data_bytes: u64,
}

impl Saved {
    const NOTHING: Saved =
        Saved { given: false, inputs: 0, failed: 0, tags: 0, extents: [0; PARTITIONS], data_bytes: 0 };
}

/// The job of an ingest under way.
pub(super) struct Job<'a> {
    folder: Arc<Folder>,
    key: &'a Key,
    binding: Binding,
    given: &'a [Input],
    inputs: &'a [Planned],
    /// Files that an earlier process has put into the journal.
    known: BTreeSet<Id>,
    journal: Option<Journal>,
    saved: Saved,
    pace: Pace,
    /// A sync has failed: what is on the disk is no longer known, and nothing is added to it.
    unsure: bool,
}

impl<'a> Job<'a> {
    /// A job that has no directory yet.
    pub(super) fn new(
        folder: Arc<Folder>,
        key: &'a Key,
        binding: Binding,
        given: &'a [Input],
        inputs: &'a [Planned],
        pace: Pace,
    ) -> Job<'a> {
        let (known, journal, saved) = (BTreeSet::new(), None, Saved::NOTHING);
        Job { folder, key, binding, given, inputs, known, journal, saved, pace, unsure: false }
    }

    /// Its name.
    pub(super) fn id(&self) -> &str {
        self.folder.id()
    }

    /// Inputs that would not be read again.
    pub(super) fn saved_inputs(&self) -> usize {
        self.saved.inputs
    }

    pub(super) fn is_due(&self) -> bool {
        !self.unsure && self.pace.is_due(Instant::now())
    }

    /// Makes all finished inputs count. The store has no unfinished one.
    ///
    /// # Errors
    /// If a file cannot be written; then as many count as before.
    pub(super) fn save<R: Record>(
        &mut self,
        store: &mut Store<R>,
        tags: &Tags,
        finished: &[Finished],
        failed: &[usize],
        estimate: &Estimate,
    ) -> io::Result<()> {
        if self.unsure {
            return Err(io::Error::other("an earlier attempt may have been lost"));
        }
        let begin = Instant::now();
        let written = self.write(store, tags, finished, failed, estimate);
        self.pace.saved(begin);
        written
    }

    fn write<R: Record>(
        &mut self,
        store: &mut Store<R>,
        tags: &Tags,
        finished: &[Finished],
        failed: &[usize],
        estimate: &Estimate,
    ) -> io::Result<()> {
        store.write_all()?;
        self.folder.make()?;
        let mut journal = match self.journal.take() {
            Some(journal) => journal,
            None => Journal::new(self.folder.create_journal()?),
        };
        let before = journal.place();
        // Workers find more meanwhile; records in the store have none of those.
        let tags = tags.read().all().to_vec();
        let appended = self.append(&mut journal, store, &tags, finished, failed);
        let journal = self.journal.insert(journal);
        appended.inspect_err(|_| journal.cut(before.clone()))?;
        // A sync that fails is never repeated: the kernel may have dropped the pages.
        let synced = store.sync().and_then(|()| journal.sync());
        synced.inspect_err(|_| self.unsure = true)?;
        let head = Head::new(&self.binding, journal.place(), store, finished.len(), self.inputs.len(), estimate);
        let head = head.encode(self.key, self.folder.id(), self.folder.temp_dir());
        self.folder.replace_head(&head).inspect_err(|_| journal.cut(before))?;
        self.saved = Saved {
            given: true,
            inputs: finished.len(),
            failed: failed.len(),
            tags: tags.len(),
            extents: std::array::from_fn(|partition| store.extents(partition).len()),
            data_bytes: store.file().map_or(0, |file| file.bytes),
        };
        self.folder.sync().inspect_err(|_| self.unsure = true)
    }

    /// Appends what has come since the last time.
    fn append<R: Record>(
        &self,
        journal: &mut Journal,
        store: &Store<R>,
        tags: &[Tag],
        finished: &[Finished],
        failed: &[usize],
    ) -> io::Result<()> {
        if !self.saved.given {
            let ids = self.given.iter().map(|input| file_id(self.key, &input.path));
            ids.filter(|id| !self.known.contains(id)).try_for_each(|id| journal.add_given(&id))?;
        }
        for place in &failed[self.saved.failed..] {
            journal.add_failed(&file_id(self.key, &self.inputs[*place].path))?;
        }
        tags[self.saved.tags..].iter().try_for_each(|tag| journal.add_tag(tag))?;
        for partition in 0..PARTITIONS {
            let extents = &store.extents(partition)[self.saved.extents[partition]..];
            journal.add_extents(partition, extents)?;
        }
        for Finished { place, report } in &finished[self.saved.inputs..] {
            let input = &self.inputs[*place];
            journal.add_input(&input_id(self.key, input), &input.stamp, report)?;
        }
        journal.flush()
    }

    /// Gives back the room of what does not count.
    pub(super) fn trim<R: Record>(&self, store: &Store<R>) {
        if let Some(file) = store.file() {
            // It would be cut off by whoever resumes, too.
            let _ = set_length(&file.file, self.saved.data_bytes);
        }
    }

    /// Removes everything. What cannot be removed is litter for the next writer.
    pub(super) fn remove(&self) {
        let _ = self.folder.remove();
    }
}
