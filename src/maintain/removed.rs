//! What is left of breaches that were removed, and of identifiers that are forgotten.

use super::Error;
use super::due::records_by_breach;
use super::suppressed::suppressed_in;
use crate::index::{Index, hex, holds_jobs, unnamed_files};
use crate::source::Progress;
use std::path::PathBuf;

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
/// If a segment cannot be read: then it is unknown what is in it. What cannot be opened is not looked at: [`Index::whole`].
pub fn removed(index: &Index, progress: &Progress) -> Result<Left, Error> {
    let suppression = index.suppression();
    let (removed, suppressed) = (index.removed().len(), suppression.digests().len());
    let mut left = Left { removed, suppressed, ..Left::default() };
    for live in index.segments().iter().filter(|live| live.has_removed()) {
        let counts = records_by_breach(live, progress)?;
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
    left.unnamed = unnamed_files(index.dir(), index.manifest())?;
    left.job_waits = holds_jobs(index.dir());
    Ok(left)
}
