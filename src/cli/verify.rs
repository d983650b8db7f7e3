//! `leakdex verify`.

use super::args::VerifyArguments;
use super::failure::{DONE, Failure, stdout_failure};
use super::progress::Display;
use super::{console, options};
use crate::index::Identity;
use crate::maintain::{Extent, Left, Verification, removed, verify};
use crate::report::{counted, escaped, size};
use crate::source::Progress;
use std::sync::Arc;

pub fn run(arguments: &VerifyArguments, quiet: bool) -> Result<u8, Failure> {
    let key = options::optional_key(&arguments.key, Some(&arguments.index))?;
    let progress = Arc::new(Progress::new());
    let display = Display::start("verify", &progress, quiet);
    let seal = |bytes: &[u8]| key.as_ref().map(|key| key.seal(bytes)).unwrap_or_default();
    let identity =
        key.as_ref().map(|key| Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal });
    let access = options::access(&arguments.access);
    let extent = extent(arguments)?;
    let result = verify(&arguments.index.index, identity.as_ref(), extent, access, &progress);
    drop(display);
    let verification = result?;
    write(&verification, key.is_some())?;
    if verification.is_whole() {
        if arguments.removed {
            return write_removed(&removed(&verification.index, &progress)?);
        }
        return Ok(DONE);
    }
    let damaged = verification.segments.iter().filter(|segment| segment.damage.is_some()).count();
    let segments = counted(verification.segments.len() as u64, "segment", "segments");
    Err(Failure::new(
        format!("{damaged} of {segments} {} damaged", if damaged == 1 { "is" } else { "are" }),
        "restore them from a copy of the index, or ingest their breaches again",
    ))
}

/// What is to be read.
fn extent(arguments: &VerifyArguments) -> Result<Extent, Failure> {
    let Some(share) = &arguments.sample else {
        return Ok(if arguments.quick { Extent::Structure } else { Extent::Whole });
    };
    let share = options::share("--sample", share)?;
    Ok(Extent::Sample { share, seed: jiff::Timestamp::now().as_nanosecond() as u64 })
}

fn write(verification: &Verification, sealed: bool) -> Result<(), Failure> {
    console::output(|out| {
        let seal = if sealed { "seal right" } else { "seal not checked (no key given)" };
        let manifest = verification.index.manifest();
        writeln!(out, "manifest: generation {}, {seal}", manifest.generation)?;
        if let Some(forgotten) = &manifest.forgotten {
            let entries = counted(forgotten.entries, "entry", "entries");
            writeln!(out, "{}: {entries} of forgotten identifiers: whole", forgotten.file)?;
        }
        for segment in &verification.segments {
            let state = match &segment.damage {
                None => "whole".to_string(),
                Some(damage) => format!("DAMAGED: {damage}{}", held(&segment.breaches)),
            };
            let (digests, bytes) = (counted(segment.records, "digest", "digests"), size(segment.bytes));
            writeln!(out, "{}: {digests}, {bytes}: {state}", segment.path.display())?;
        }
        Ok(())
    })
    .map_err(stdout_failure)
}

/// What a damaged segment holds: about these breaches the answers are incomplete.
fn held(breaches: &[String]) -> String {
    let names: Vec<String> = breaches.iter().map(|name| format!("`{}`", escaped(name))).collect();
    if names.is_empty() { String::new() } else { format!("; it holds {}", names.join(", ")) }
}

/// Says what is left of removed breaches and forgotten identifiers; anything is a failure.
fn write_removed(left: &Left) -> Result<u8, Failure> {
    console::output(|out| {
        for (path, name, records) in &left.records {
            let digests = counted(*records, "digest", "digests");
            writeln!(out, "{}: {digests} of `{}`, which was removed", path.display(), escaped(name))?;
        }
        for path in &left.unnamed {
            writeln!(out, "{}: no file of this generation", path.display())?;
        }
        for (path, digests) in &left.forgotten {
            let digests = counted(*digests, "digest", "digests");
            writeln!(out, "{}: {digests} of forgotten identifiers", path.display())?;
        }
        if left.is_nothing() {
            let breaches = counted(left.removed as u64, "breach", "breaches");
            writeln!(out, "removed: {breaches}, and no record of them is left")?;
        }
        if left.is_nothing() && left.suppressed > 0 {
            let digests = counted(left.suppressed as u64, "digest", "digests");
            writeln!(out, "forgotten: {digests}, and none of them is left")?;
        }
        Ok(())
    })
    .map_err(stdout_failure)?;
    let compact = "`leakdex compact` drops them from the disk";
    match (left.records.is_empty(), left.forgotten.is_empty(), left.unnamed.is_empty()) {
        (true, true, true) if left.job_waits => Err(Failure::new(
            "an interrupted ingest waits, and may hold what was removed or forgotten since",
            "end it with `leakdex ingest .. --resume`, or drop it with `--discard`",
        )),
        (true, true, true) => Ok(DONE),
        (false, ..) => Err(Failure::new("records of removed breaches are left", compact)),
        (true, false, _) => Err(Failure::new("digests of forgotten identifiers are left", compact)),
        (true, true, false) => Err(Failure::new(
            "files are left that the index does not name",
            "if nobody writes, the next command that does removes them",
        )),
    }
}
