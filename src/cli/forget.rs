//! `leakdex forget`.

use super::args::ForgetArguments;
use super::failure::{DONE, Failure, INCOMPLETE};
use super::{console, input, options, process};
use crate::identifier::{Form, Kind, KindSpec, canonical_scope};
use crate::maintain::{Forgetting, Forgettings, Line, Reading, forget, lift};
use crate::report::{count, counted};
use std::io::{self, Write};
use zeroize::Zeroizing;

pub fn run(arguments: &ForgetArguments, quiet: bool) -> Result<u8, Failure> {
    let scope = options::scope(arguments.scope.as_deref())?;
    let reading = Reading {
        kind: options::kind(arguments.kind.as_deref(), "forget")?,
        region: options::region(arguments.region.as_deref())?,
        scope: scope.as_deref().map(canonical_scope).unwrap_or_default(),
        lenient: arguments.lenient,
    };
    let key = options::key(&arguments.write.key, Some(&arguments.write.index))?;
    let mut lines: Vec<Line> = Vec::new();
    input::each_line(io::stdin().lock(), &mut |number, value| {
        lines.push((number, Zeroizing::new(value.to_string())));
        Ok(())
    })?;
    // Not before: whoever types lines can end that with any signal.
    let progress = process::stoppable()?;
    let (dir, wait) = (arguments.write.dir(), arguments.write.waiting(&progress));
    if arguments.undo {
        let done = lift(dir, &key, &reading, &lines, wait)?;
        console::notes(quiet, |out| write_lifted(out, &done));
        let may_lack = done.identifiers.iter().any(|one| one.may_lack_records);
        return Ok(if may_lack { INCOMPLETE } else { DONE });
    }
    let done = forget(dir, &key, &reading, &lines, wait)?;
    console::notes(quiet, |out| write_forgotten(out, &done, &reading));
    Ok(DONE)
}

fn write_forgotten(out: &mut dyn Write, done: &Forgettings, reading: &Reading) -> io::Result<()> {
    for Forgetting { line, spec, changed, suppressed, .. } in &done.identifiers {
        let (as_what, digests) = (as_what(*spec, reading), count(*suppressed as u64));
        match changed {
            0 => writeln!(out, "line {line}: {as_what}: already suppressed")?,
            _ => writeln!(out, "line {line}: {as_what}: {digests} digests are suppressed")?,
        }
    }
    if reading.kind.is_none() {
        write_guessed(out, done)?;
    }
    write_end(out, done)?;
    if done.has_changed() {
        writeln!(out, "records of them leave the disk at `leakdex compact`")?;
    }
    Ok(())
}

/// Says which lines are user names and nothing else: everything may be one.
fn write_guessed(out: &mut dyn Write, done: &Forgettings) -> io::Result<()> {
    for of_line in done.identifiers.chunk_by(|one, next| one.line == next.line) {
        if of_line.iter().all(|one| one.spec.kind == Kind::Username) {
            let line = of_line[0].line;
            writeln!(
                out,
                "line {line}: a user name and nothing else; if it is a name, a number or a word of another kind, give `--kind`"
            )?;
        }
    }
    Ok(())
}

fn write_lifted(out: &mut dyn Write, done: &Forgettings) -> io::Result<()> {
    for Forgetting { line, spec, changed, suppressed, may_lack_records } in &done.identifiers {
        let others = match suppressed {
            0 => String::new(),
            n => format!("; {} of its digests stay suppressed, because others produce them too", count(*n as u64)),
        };
        let left = if *may_lack_records { "; its records may have left meanwhile" } else { "" };
        match changed {
            0 => writeln!(out, "line {line}: {spec}: was not suppressed")?,
            _ => writeln!(out, "line {line}: {spec}: answers again{left}{others}")?,
        }
    }
    write_end(out, done)?;
    if done.identifiers.iter().any(|one| one.may_lack_records) {
        writeln!(out, "where nothing is found of what may have left, the answer is \"unknown (was suppressed)\"")?;
        writeln!(out, "to find it in a breach again: `leakdex breach remove NAME`, then ingest its dumps anew")?;
    }
    Ok(())
}

fn write_end(out: &mut dyn Write, done: &Forgettings) -> io::Result<()> {
    let (identifiers, digests) = (done.suppression.identifiers(), done.suppression.digests().len() as u64);
    let (identifiers, digests) =
        (counted(identifiers, "identifier is", "identifiers are"), counted(digests, "digest", "digests"));
    writeln!(out, "generation {}: {identifiers} forgotten, {digests}", done.generation)
}

/// What is forgotten, and under which limits.
fn as_what(spec: KindSpec, reading: &Reading) -> String {
    let limit = match spec {
        KindSpec { form: Form::Loose, .. } => ", known without its country: only what is known without it",
        KindSpec { form, .. } if form.is_hash() => ", known by this hash: only what is known by it",
        spec if !spec.kind.takes_scope() => "",
        _ if reading.scope.is_empty() => ", of dumps that were ingested without `--scope`",
        _ => ", of dumps that were ingested with this `--scope`",
    };
    format!("{spec}{limit}")
}
