//! `compact`: merges segments by size, and drops what has to leave.

use super::Error;
use super::merge::Merge;
use super::runs::{Goal, RUNS_MAX, Run, next_merge, runs};
use super::suppressed::holds_suppressed;
use crate::digest::Width;
use crate::index::{self, Access, Identity, Index, SegmentEntry, Wait, Writer};
use crate::source::Progress;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What a compaction did.
#[derive(Debug, Default)]
pub struct Compaction {
    /// The merges, one commit each.
    pub merges: Vec<Merged>,
    /// Runs that the index has now: a digest is looked for in so many.
    pub runs: usize,
    /// Segments that cannot be read, and were left as they are.
    pub damaged: Vec<PathBuf>,
    /// Whether there are more runs than there should be, because their exposures differ too much to be merged.
    pub is_stuck: bool,
}

/// What became of some segments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Their number before.
    pub segments_before: usize,
    /// ... and after.
    pub segments: usize,
    /// Records before; equal digests of two segments are two.
    pub records_before: u64,
    /// ... and after.
    pub records: u64,
    /// Bytes on disk before.
    pub bytes_before: u64,
    /// ... and after.
    pub bytes: u64,
}

/// Merges what is due, or with `all` everything, one commit after the other.
///
/// Input: how long another writer is waited for.
///
/// Cost: see [the module](super). The disk holds what is merged twice until the commit.
///
/// # Errors
/// If there is no index, it is locked or belongs to another key, or the disk is full. [`Error::Stopped`] if that was asked for. What was committed before stays.
pub fn compact(
    dir: &Path,
    identity: &Identity<'_>,
    all: bool,
    wait: Duration,
    progress: &Progress,
) -> Result<Compaction, Error> {
    compact_to(dir, identity, if all { Goal::OneRun } else { Goal::CleanRuns }, wait, progress)
}

/// Merges segments while there are more than eight runs, and nothing else: what an ingest does afterwards.
///
/// Records that have to leave do so where they are merged. The others wait for [`compact`]: an ingest neither looks for them nor
/// writes a large segment again because of them.
///
/// # Errors
/// As [`compact`].
pub fn compact_few(
    dir: &Path,
    identity: &Identity<'_>,
    wait: Duration,
    progress: &Progress,
) -> Result<Compaction, Error> {
    compact_to(dir, identity, Goal::FewRuns, wait, progress)
}

fn compact_to(
    dir: &Path,
    identity: &Identity<'_>,
    goal: Goal,
    wait: Duration,
    progress: &Progress,
) -> Result<Compaction, Error> {
    // A writer would make an empty index where there is none.
    Index::open(dir, Some(identity), Access::ReadFew)?;
    let wait = Wait { longest: wait, stop: Some(progress) };
    let mut writer = Writer::open_waiting(dir, identity, Width::DEFAULT, wait)?;
    let mut done = Compaction::default();
    let index = Index::open(dir, Some(identity), Access::ReadFew)?;
    done.merges.extend(drop_damaged(&mut writer, &index)?);
    let (mut leaving, mut apart, mut most) = (Leaving::default(), Apart::default(), usize::MAX);
    loop {
        let index = Index::open(dir, Some(identity), Access::ReadFew)?;
        leaving.meet(&index);
        let all = runs(&index);
        if goal != Goal::FewRuns
            && let Some(gone) = all.iter().find(|run| run.is_removed(&index))
        {
            // Without a look at its records, which may be damaged.
            done.merges.push(merge(&mut writer, &index, &[gone], progress)?);
            continue;
        }
        let open: Vec<Run> = all.iter().filter(|run| !apart.holds(run, &index)).cloned().collect();
        let is_dirty = |run: &Run| leaving.is_in(run, &index);
        let due = match next_merge(&open, goal, most, is_dirty) {
            Ok(Some(due)) => due,
            Ok(None) => {
                done.runs = all.len();
                let runs_max = if goal == Goal::OneRun { 1 } else { RUNS_MAX };
                done.is_stuck = all.len() > runs_max && (apart.is_stuck || all.iter().any(Run::is_full));
                let unopened = index.damaged().iter().map(|segment| segment.path.clone());
                done.damaged = unopened.chain(apart.damaged).collect();
                return Ok(done);
            }
            Err(error) => {
                apart.put_damaged(error, &open, &index)?;
                continue;
            }
        };
        let due: Vec<&Run> = due.into_iter().map(|run| &open[run]).collect();
        match merge(&mut writer, &index, &due, progress) {
            Ok(merged) => {
                done.merges.push(merged);
                continue;
            }
            // The smaller ones among themselves; at last the one of two that has more of its own.
            Err(Error::TooManySets) if due.len() > 2 => most = due.len().div_ceil(2),
            Err(Error::TooManySets) => {
                apart.is_stuck = true;
                apart.put(due.into_iter().max_by_key(|run| run.pairs), &index);
            }
            Err(error) => apart.put_damaged(error, &open, &index)?,
        }
        writer.remove_unpublished();
    }
}

/// Runs that a compaction leaves as they are.
#[derive(Default)]
struct Apart {
    /// Their segments, by id.
    ids: BTreeSet<String>,
    /// The damaged files among them.
    damaged: Vec<PathBuf>,
    /// Whether some have too many exposures of their own.
    is_stuck: bool,
}

impl Apart {
    fn holds(&self, run: &Run, index: &Index) -> bool {
        run.segments.iter().any(|place| self.ids.contains(&index.segments()[*place].segment().id().to_string()))
    }

    fn put(&mut self, run: Option<&Run>, index: &Index) {
        let places = run.into_iter().flat_map(|run| &run.segments);
        self.ids.extend(places.map(|place| index.segments()[*place].segment().id().to_string()));
    }

    /// Leaves the run whose records cannot be read, so that the others go on.
    ///
    /// # Errors
    /// Any other error, and damage of no run.
    fn put_damaged(&mut self, error: Error, runs: &[Run], index: &Index) -> Result<(), Error> {
        let path = match &error {
            Error::Index(index::Error::Damaged { path: Some(path), .. }) => path.clone(),
            _ => return Err(error),
        };
        let is_in = |run: &&Run| run.segments.iter().any(|place| index.segments()[*place].path() == path);
        let Some(run) = runs.iter().find(is_in) else { return Err(error) };
        self.put(Some(run), index);
        self.damaged.push(path);
        Ok(())
    }
}

/// Whether [`compact_few`] would do anything.
///
/// Cost: opening the index. No digest is looked up, however many are suppressed.
///
/// # Errors
/// If there is no index, or it belongs to another key.
pub fn are_many(dir: &Path, identity: &Identity<'_>) -> Result<bool, Error> {
    let index = Index::open(dir, Some(identity), Access::ReadFew)?;
    let is_dirty = |_: &Run| Ok::<_, Error>(false);
    Ok(next_merge(&runs(&index), Goal::FewRuns, usize::MAX, is_dirty)?.is_some())
}

/// From which segments records have to leave, as far as it was asked: a segment is looked through once in a compaction, and one that
/// the compaction has written not at all, because a merge takes nothing along that has to leave.
#[derive(Default)]
struct Leaving {
    /// The segments of the generation before, by id.
    known: BTreeSet<String>,
    clean: BTreeSet<String>,
}

impl Leaving {
    /// Takes the next generation: what is new in it was written under our lock.
    fn meet(&mut self, index: &Index) {
        let ids: BTreeSet<String> = index.segments().iter().map(|live| live.segment().id().to_string()).collect();
        if !self.known.is_empty() {
            self.clean.extend(ids.difference(&self.known).cloned());
        }
        self.known = ids;
    }

    /// Whether records have to leave a run.
    ///
    /// # Errors
    /// If a segment is damaged where it would hold a suppressed digest.
    fn is_in(&mut self, run: &Run, index: &Index) -> Result<bool, Error> {
        for place in &run.segments {
            let live = &index.segments()[*place];
            let id = live.segment().id().to_string();
            if self.clean.contains(&id) {
                continue;
            }
            if live.has_removed() || holds_suppressed(live, index.suppression())? {
                return Ok(true);
            }
            self.clean.insert(id);
        }
        Ok(false)
    }
}

/// Drops segments that nobody can open and that hold nothing but removed breaches.
fn drop_damaged(writer: &mut Writer<'_>, index: &Index) -> Result<Option<Merged>, Error> {
    let is_damaged = |entry: &&SegmentEntry| {
        let path = index.dir().join(entry.file_name());
        index.damaged().iter().any(|segment| segment.path == path)
    };
    let catalogue = writer.catalogue().clone();
    let entries = index.manifest().segments.iter().filter(is_damaged);
    let gone: Vec<&SegmentEntry> = entries.filter(|entry| catalogue.has_removed_all_of(entry)).collect();
    if gone.is_empty() {
        return Ok(None);
    }
    let merged = Merged {
        segments_before: gone.len(),
        records_before: gone.iter().map(|entry| entry.records).sum(),
        bytes_before: gone.iter().map(|entry| entry.bytes).sum(),
        ..Merged::default()
    };
    let replaced: Vec<String> = gone.iter().map(|entry| entry.id.clone()).collect();
    writer.replace(&replaced, Vec::new(), catalogue)?;
    Ok(Some(merged))
}

/// Merges these runs in one commit.
fn merge(writer: &mut Writer<'_>, index: &Index, runs: &[&Run], progress: &Progress) -> Result<Merged, Error> {
    progress.begin("merging", runs.iter().map(|run| run.records).sum());
    let places = runs.iter().flat_map(|run| &run.segments);
    let replaced: Vec<String> = places.map(|place| index.segments()[*place].segment().id().to_string()).collect();
    let old = || index.manifest().segments.iter().filter(|segment| replaced.contains(&segment.id));
    let added = Merge::new(index, runs, progress).write(writer)?;
    let merged = Merged {
        segments_before: replaced.len(),
        segments: added.len(),
        records_before: old().map(|segment| segment.records).sum(),
        records: added.iter().map(|segment| segment.records).sum(),
        bytes_before: old().map(|segment| segment.bytes).sum(),
        bytes: added.iter().map(|segment| segment.bytes).sum(),
    };
    let catalogue = writer.catalogue().clone();
    writer.replace(&replaced, added, catalogue)?;
    Ok(merged)
}
