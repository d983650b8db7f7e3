//! `compact`: merges segments by size, and drops what has to leave.

use super::Error;
use super::merge::Merge;
use super::runs::{Run, next_merge, runs};
use crate::digest::Width;
use crate::index::{Access, Identity, Index, SegmentEntry, Writer};
use crate::source::Progress;
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
    /// Whether runs were left apart because their exposures differ too much.
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
/// If there is no index, it is locked or belongs to another key, a segment is damaged where opening it did not show it, or
/// the disk is full. What was committed before stays.
pub fn compact(
    dir: &Path,
    identity: &Identity<'_>,
    all: bool,
    wait: Duration,
    progress: &Progress,
) -> Result<Compaction, Error> {
    // A writer would make an empty index where there is none.
    Index::open(dir, Some(identity), Access::ReadFew)?;
    let mut writer = Writer::open_waiting(dir, identity, Width::DEFAULT, wait)?;
    let mut done = Compaction::default();
    let index = Index::open(dir, Some(identity), Access::ReadFew)?;
    done.merges.extend(drop_damaged(&mut writer, &index)?);
    loop {
        let index = Index::open(dir, Some(identity), Access::ReadFew)?;
        let runs = runs(&index)?;
        let due = match done.is_stuck {
            false => next_merge(&runs, all),
            true => runs.iter().position(|run| run.is_dirty).map(|run| vec![run]),
        };
        let Some(due) = due else {
            done.runs = runs.len();
            done.damaged = index.damaged().iter().map(|segment| segment.path.clone()).collect();
            return Ok(done);
        };
        let due: Vec<&Run> = due.into_iter().map(|run| &runs[run]).collect();
        match merge(&mut writer, &index, &due, progress) {
            Ok(merged) => done.merges.push(merged),
            Err(Error::TooManySets) if !done.is_stuck => {
                writer.remove_unpublished();
                done.is_stuck = true;
            }
            Err(error) => return Err(error),
        }
    }
}

/// Whether [`compact`] would do anything.
///
/// # Errors
/// If there is no index, it belongs to another key, or a segment is damaged where it would hold what is suppressed.
pub fn is_due(dir: &Path, identity: &Identity<'_>) -> Result<bool, Error> {
    let index = Index::open(dir, Some(identity), Access::ReadFew)?;
    Ok(next_merge(&runs(&index)?, false).is_some())
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
