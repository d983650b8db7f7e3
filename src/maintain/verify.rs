//! Reads a whole index and compares every byte with what was written.

use crate::index::{Access, Error, Identity, Index, LiveSegment, SegmentEntry};
use crate::source::Progress;
use std::path::{Path, PathBuf};

/// What is true of an index.
#[derive(Debug)]
pub struct Verification {
    /// The generation that was read, without the segments that cannot be opened.
    pub index: Index,
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
    /// The names of its breaches, by the manifest.
    pub breaches: Vec<String>,
    /// What is wrong with it.
    pub damage: Option<String>,
}

impl Verification {
    /// Whether nothing is wrong.
    pub fn is_whole(&self) -> bool {
        self.segments.iter().all(|segment| segment.damage.is_none())
    }
}

/// How much of the records is read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Extent {
    /// Nothing: the structure alone.
    Structure,
    /// This share of the chunks, chosen by a random number.
    Sample {
        /// 0 to 1.
        share: f64,
        /// Another one each time, so that all is read some day.
        seed: u64,
    },
    /// Everything.
    Whole,
}

/// Checks an index: manifest, catalogue, and every segment.
///
/// Damage of a segment does not end the check: it is part of the result.
///
/// Cost: one sequential read, at about the speed of the disk; the structure is a few kilobytes per segment.
///
/// # Errors
/// If the manifest or the catalogue cannot be read, or belong to another key.
pub fn verify(
    dir: &Path,
    identity: Option<&Identity<'_>>,
    extent: Extent,
    access: Access,
    progress: &Progress,
) -> Result<Verification, Error> {
    let index = Index::open(dir, identity, access)?;
    let manifest = index.manifest();
    progress.add_bytes_total(manifest.segments.iter().map(|segment| segment.bytes).sum());
    let state = |entry: &SegmentEntry| {
        let path = dir.join(entry.file_name());
        let unopened =
            index.damaged().iter().find(|damaged| damaged.path == path).map(|damaged| damaged.error.to_string());
        let live = index.segments().iter().find(|live| live.path() == path);
        let read = || verify_segment(live?, extent, progress).err().map(|error| error.to_string());
        let breaches = index.names_in(entry).into_iter().map(String::from).collect();
        SegmentState { damage: unopened.or_else(read), path, records: entry.records, bytes: entry.bytes, breaches }
    };
    let segments = manifest.segments.iter().map(state).collect();
    Ok(Verification { index, segments })
}

fn verify_segment(live: &LiveSegment, extent: Extent, progress: &Progress) -> Result<(), Error> {
    let read = |bytes| progress.add_bytes_read(bytes);
    match extent {
        Extent::Structure => return Ok(()),
        Extent::Sample { share, seed } => {
            // SplitMix64 (Steele, Lea, Flood 2014), and another sequence for every segment.
            let mut state = seed ^ u64::from_le_bytes(*live.segment().id().0.first_chunk().unwrap_or(&[0; 8]));
            let pick = || {
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
                ((mixed ^ mixed >> 31) >> 11) as f64 / ((1u64 << 53) as f64) < share
            };
            live.segment().verify_some(pick, read).map_err(|error| live.locate(error))?;
        }
        Extent::Whole => live.verify(read)?,
    }
    progress.add_records(live.segment().header().records);
    Ok(())
}
