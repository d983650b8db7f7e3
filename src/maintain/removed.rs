//! What is left of breaches that were removed, and of identifiers that are forgotten.

use super::Error;
use super::suppressed::suppressed_in;
use crate::digest::Digest;
use crate::index::{Access, Block, Identity, Index, LiveSegment, hex, holds_jobs, unnamed_files};
use crate::source::Progress;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What is still on the disk of what should leave it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Left {
    /// Breaches that were removed.
    pub removed: usize,
    /// Records of a removed breach in a segment, by file and name; a segment that has nothing but the name of one has none.
    pub records: Vec<(PathBuf, String, u64)>,
    /// Suppressed digests.
    pub suppressed: usize,
    /// Suppressed digests that a segment holds, by file.
    pub forgotten: Vec<(PathBuf, u64)>,
    /// Files that the manifest does not name: they can hold anything.
    pub unnamed: Vec<PathBuf>,
    /// Whether an interrupted ingest waits: what it has read is not looked through.
    pub job_waits: bool,
}

impl Left {
    /// Whether nothing is left.
    pub fn is_nothing(&self) -> bool {
        self.records.is_empty() && self.forgotten.is_empty() && self.unnamed.is_empty() && !self.job_waits
    }
}

/// Counts the records of removed breaches and the suppressed digests in every segment.
///
/// Cost: segments that list no removed breach are not read further, but for a look-up of each suppressed digest; the others once,
/// at the speed of the disk.
///
/// # Errors
/// If a segment cannot be read: then it is unknown what is in it.
pub fn removed(
    dir: &Path,
    identity: Option<&Identity<'_>>,
    access: Access,
    progress: &Progress,
) -> Result<Left, Error> {
    let index = Index::open(dir, identity, access)?.whole()?;
    let suppression = index.suppression();
    let (removed, suppressed) = (index.removed().len(), suppression.digests().len());
    let mut left = Left { removed, suppressed, ..Left::default() };
    for live in index.segments().iter().filter(|live| live.has_removed()) {
        let counts = count(live, progress).map_err(|error| live.locate(error))?;
        let tables = live.segment().breaches().iter().zip(live.breaches()).zip(counts);
        for ((table, _), records) in tables.filter(|((_, place), _)| place.is_none()) {
            let uid = hex(&table.uid);
            let name = index.removed().iter().find(|removed| removed.uid == uid).map(|removed| removed.name.clone());
            left.records.push((live.path().to_path_buf(), name.unwrap_or(uid), records));
        }
    }
    for live in index.segments() {
        let held = suppressed_in(live, suppression)?.len() as u64;
        left.forgotten.extend((held > 0).then(|| (live.path().to_path_buf(), held)));
    }
    left.unnamed = unnamed_files(dir, index.manifest())?;
    left.job_waits = holds_jobs(dir);
    Ok(left)
}

/// The records of every breach of a segment.
fn count(live: &LiveSegment, progress: &Progress) -> Result<Vec<u64>, crate::index::Error> {
    let segment = live.segment();
    let payloads = segment.stored_payloads()?;
    let mut by_place: BTreeMap<u32, u64> = BTreeMap::new();
    let (mut stream, mut block) = (segment.stream(Digest(0), Digest(u128::MAX))?, Block::default());
    loop {
        stream.next_block(&mut block)?;
        if block.is_empty() {
            break;
        }
        progress.add_records(block.len() as u64);
        block.iter().for_each(|record| *by_place.entry(record.place).or_default() += 1);
    }
    let mut counts = vec![0; segment.breaches().len()];
    for (place, count) in by_place {
        payloads[place as usize].iter().for_each(|(breach, _)| counts[*breach as usize] += count);
    }
    Ok(counts)
}
