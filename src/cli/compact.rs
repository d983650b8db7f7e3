//! `leakdex compact`, and the merge after an ingest.

use super::args::{CompactArguments, IngestArguments};
use super::failure::{DONE, Failure, INCOMPLETE};
use super::progress::Display;
use super::{console, options, process};
use crate::digest::Key;
use crate::index::Identity;
use crate::maintain::{Compaction, are_many, compact, compact_few};
use crate::report::{counted, size};
use crate::source::Progress;
use std::io::{self, Write};
use std::sync::Arc;

pub fn run(arguments: &CompactArguments, quiet: bool) -> Result<u8, Failure> {
    let key = options::key(&arguments.write.key, Some(&arguments.write.index))?;
    let progress = process::stoppable()?;
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    let display = Display::start("compact", &progress, quiet);
    let result = compact(arguments.write.dir(), &identity, arguments.all, arguments.write.wait(), &progress);
    drop(display);
    let done = result?;
    console::notes(quiet, |out| write_compaction(out, &done));
    Ok(if done.damaged.is_empty() { DONE } else { INCOMPLETE })
}

/// Merges segments after an ingest if there are too many: that is all it costs beside its own rows. What was ingested is committed: a merge that fails is a note, and tried again next time.
pub fn after_ingest(arguments: &IngestArguments, key: &Key, progress: &Arc<Progress>, quiet: bool) {
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    let dir = arguments.write.dir();
    let result = are_many(dir, &identity).and_then(|due| {
        let display = due.then(|| Display::start("compact", progress, quiet));
        let done = due.then(|| compact_few(dir, &identity, arguments.write.wait(), progress)).transpose();
        drop(display);
        done
    });
    match result {
        Ok(None) => (),
        Ok(Some(done)) => console::notes(quiet, |out| write_compaction(out, &done)),
        Err(error) => {
            console::note(quiet, &format!("the breach is in the index, but its segments are not merged: {error}"));
            console::note(quiet, "`leakdex compact` does it at another time");
        }
    }
}

fn write_compaction(out: &mut dyn Write, done: &Compaction) -> io::Result<()> {
    for merged in &done.merges {
        writeln!(
            out,
            "merged {} ({}, {}) into {} ({}, {})",
            counted(merged.segments_before as u64, "segment", "segments"),
            counted(merged.records_before, "digest", "digests"),
            size(merged.bytes_before),
            merged.segments,
            counted(merged.records, "digest", "digests"),
            size(merged.bytes)
        )?;
    }
    let runs = counted(done.runs as u64, "segment", "segments");
    if done.is_stuck {
        writeln!(
            out,
            "a digest is looked for in {runs}: their exposures differ too much for more of them to be merged"
        )?;
    }
    for path in &done.damaged {
        writeln!(out, "`{}` is damaged and left as it is: `leakdex verify` says more", path.display())?;
    }
    if done.merges.is_empty() && done.damaged.is_empty() && !done.is_stuck {
        writeln!(out, "nothing is due: a digest is looked for in {runs}")?;
    }
    Ok(())
}
