//! Reads a whole index and compares every byte with what was written.

use crate::index::{Access, Error, Identity, LiveSegment, Manifest, open_each};
use crate::source::Progress;
use std::path::{Path, PathBuf};

/// What is true of an index.
#[derive(Debug)]
pub struct Verification {
    /// The live manifest.
    pub manifest: Manifest,
    /// Every segment it names.
    pub segments: Vec<SegmentState>,
}

/// What is true of one segment.
#[derive(Debug)]
pub struct SegmentState {
    /// The file.
    pub path: PathBuf,
    /// Records it should have.
    pub records: u64,
    /// Length it should have.
    pub bytes: u64,
    /// What is wrong with it.
    pub damage: Option<Error>,
}

impl Verification {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.segments.iter().all(|segment| segment.damage.is_none())
    }
}

/// Checks an index: manifest, catalogue, and every segment; `quick` leaves out the records.
///
/// Damage of a segment does not end the check: it is part of the result.
///
/// Cost: one sequential read, at about the speed of the disk; `quick` reads a few kilobytes per segment.
///
/// # Errors
/// If the manifest or the catalogue cannot be read, or belong to another key.
pub fn verify(
    dir: &Path,
    identity: Option<&Identity<'_>>,
    quick: bool,
    access: Access,
    progress: &Progress,
) -> Result<Verification, Error> {
    let (manifest, segments) = open_each(dir, identity, access)?;
    progress.add_bytes_total(manifest.segments.iter().map(|segment| segment.bytes).sum());
    let states = manifest.segments.iter().zip(segments).map(|(entry, opened)| {
        let damage = opened.and_then(|live| if quick { Ok(()) } else { verify_segment(&live, progress) }).err();
        SegmentState { path: dir.join(entry.file_name()), records: entry.records, bytes: entry.bytes, damage }
    });
    let segments = states.collect();
    Ok(Verification { manifest, segments })
}

fn verify_segment(live: &LiveSegment, progress: &Progress) -> Result<(), Error> {
    live.verify(|bytes| progress.add_bytes_read(bytes))?;
    progress.add_records(live.segment().header().records);
    Ok(())
}
