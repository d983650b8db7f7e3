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
    /// The names of its breaches, by the manifest.
    pub breaches: Vec<String>,
    /// What is wrong with it.
    pub damage: Option<Error>,
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
    let (manifest, catalogue, segments) = open_each(dir, identity, access)?;
    progress.add_bytes_total(manifest.segments.iter().map(|segment| segment.bytes).sum());
    let states = manifest.segments.iter().zip(segments).map(|(entry, opened)| {
        let damage = opened.and_then(|live| verify_segment(&live, extent, progress)).err();
        let breaches = catalogue.names_in(entry).into_iter().map(String::from).collect();
        SegmentState { path: dir.join(entry.file_name()), records: entry.records, bytes: entry.bytes, breaches, damage }
    });
    let segments = states.collect();
    Ok(Verification { manifest, segments })
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
