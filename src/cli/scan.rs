//! `leakdex scan`.

use super::args::ScanArguments;
use super::failure::{DONE, FOUND, Failure, INCOMPLETE, stdout_failure};
use super::outfile::{self, OutFile};
use super::progress::Display;
use super::{console, options, process};
use crate::digest::expected_false_exposures;
use crate::identifier::KindSpec;
use crate::index::Index;
use crate::plan::{Plan, Request, Side, decide};
use crate::query::{self, Covered, Query, Scope};
use crate::report::{ExposureWriter, ScreenFacts, UnknownWriter, summary_json, write_reading, write_screen};
use crate::source::{self, Progress, Source};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

pub fn run(arguments: &ScanArguments, quiet: bool) -> Result<u8, Failure> {
    let request = Request {
        kind_column: arguments.kind_column.clone(),
        value_column: arguments.value_column.clone(),
        reference: arguments.reference.clone(),
        ..options::request(&arguments.mapping)?
    };
    let source_options = options::source(&arguments.mapping);
    let threads = options::threads(arguments.threads)?;
    let key = options::key(&arguments.key, Some(&arguments.index))?;
    let index = options::open_index(&arguments.index, &key)?;
    let list = open_list(&arguments.list, &source_options)?;
    let plan = decide(list.description().shape, list.sample(), &request, Side::List)?;
    plan.require_decided()?;
    let covered = Covered::new(&index, &key, &request.scope_bytes(), &arguments.breach)?;
    let query = Query { index: &index, key: &key, plan: &plan, covered: &covered, source: &source_options, threads };
    let outputs = Outputs::create(arguments, &index)?;
    let name = arguments.list.to_string_lossy();
    console::notes(quiet, |out| write_reading(out, &name, list.description(), &plan));
    let progress = Arc::new(Progress::new());
    process::stop_on_signals(Arc::clone(&progress)).map_err(|cause| Failure::new(cause.to_string(), "try again"))?;
    let scope = scan(query, list, outputs, &progress, quiet)?;
    let facts = facts(&index, &covered, &plan, &scope);
    if let Some(path) = &arguments.summary {
        write_summary(path, arguments, &scope, &facts, &index)?;
    }
    console::notes(quiet, |out| write_screen(out, &scope, &facts));
    Ok(exit_code(arguments, &scope))
}

/// The exit code.
fn exit_code(arguments: &ScanArguments, scope: &Scope) -> u8 {
    match scope {
        scope if scope.is_incomplete() => INCOMPLETE,
        scope if arguments.exit_code && scope.people.exposed > 0 => FOUND,
        _ => DONE,
    }
}

/// A list of which not one row could be asked for was not read as it should be: no result is left that says "not found".
fn refuse_unusable(scope: &Scope) -> Result<(), Failure> {
    if scope.nothing_asked() && !scope.is_uncovered() {
        return Err(Failure::new(
            format!("not one of the {} rows has a value that can be asked for", scope.rows),
            "`leakdex inspect` shows what the columns hold; say what they are with `--map COLUMN=KIND`",
        ));
    }
    Ok(())
}

fn open_list(path: &Path, options: &source::Options) -> Result<Source, Failure> {
    if path == Path::new("-") {
        return Ok(Source::from_reader("standard input", Box::new(io::stdin()), options)?);
    }
    Ok(Source::open(path, options)?)
}

fn scan(
    query: Query<'_>,
    list: Source,
    mut outputs: Outputs,
    progress: &Arc<Progress>,
    quiet: bool,
) -> Result<Scope, Failure> {
    let display = Display::start("scan", progress, quiet);
    let result = query::scan(query, list, progress, |answers| outputs.write(answers));
    drop(display);
    let scope = result?;
    refuse_unusable(&scope)?;
    outputs.commit()?;
    Ok(scope)
}

/// Where exposures go.
enum Exposures {
    File(OutFile, ExposureWriter<BufWriter<File>>),
    Stdout(ExposureWriter<BufWriter<io::Stdout>>),
    Nowhere,
}

/// The row results of a scan.
struct Outputs {
    exposures: Exposures,
    unknowns: Option<(OutFile, UnknownWriter<BufWriter<File>>)>,
}

impl Outputs {
    fn create(arguments: &ScanArguments, index: &Index) -> Result<Outputs, Failure> {
        let create = |path: &Path| OutFile::create(path, arguments.force, &arguments.list);
        let exposures = match &arguments.output {
            Some(path) if path != Path::new("-") => {
                let (file, buffer) = create(path)?;
                let writer = ExposureWriter::new(buffer, index.breaches());
                Exposures::File(file, writer.map_err(|cause| outfile::failure(path, &cause))?)
            }
            None if io::stdout().is_terminal() => Exposures::Nowhere,
            _ => {
                let writer = ExposureWriter::new(BufWriter::new(io::stdout()), index.breaches());
                Exposures::Stdout(writer.map_err(stdout_failure)?)
            }
        };
        let unknowns = match &arguments.unknown {
            Some(path) => {
                let (file, buffer) = create(path)?;
                Some((file, UnknownWriter::new(buffer).map_err(|cause| outfile::failure(path, &cause))?))
            }
            None => None,
        };
        Ok(Outputs { exposures, unknowns })
    }

    fn write(&mut self, answers: &query::Answers) -> Result<(), Failure> {
        match &mut self.exposures {
            Exposures::File(file, writer) => writer.write(answers).map_err(|cause| file.failure(&cause))?,
            Exposures::Stdout(writer) => writer.write(answers).map_err(stdout_failure)?,
            Exposures::Nowhere => (),
        }
        if let Some((file, writer)) = &mut self.unknowns {
            writer.write(answers).map_err(|cause| file.failure(&cause))?;
        }
        Ok(())
    }

    fn commit(self) -> Result<(), Failure> {
        match self.exposures {
            Exposures::File(file, writer) => {
                let buffer = writer.finish().map_err(|cause| file.failure(&cause))?;
                file.commit(buffer)?;
            }
            Exposures::Stdout(writer) => writer.finish().and_then(|mut out| out.flush()).map_err(stdout_failure)?,
            Exposures::Nowhere => (),
        }
        if let Some((file, writer)) = self.unknowns {
            let buffer = writer.finish().map_err(|cause| file.failure(&cause))?;
            file.commit(buffer)?;
        }
        Ok(())
    }
}

fn facts<'a>(index: &'a Index, covered: &Covered, plan: &Plan, scope: &Scope) -> ScreenFacts<'a> {
    let mut kinds = plan.kinds();
    // Kinds named per row are known only now.
    kinds.extend(
        scope
            .kinds
            .keys()
            .map(|kind| KindSpec::new(*kind))
            .filter(|spec| plan.kinds().iter().all(|known| known.kind != spec.kind)),
    );
    let names = |spec: KindSpec| {
        let places = covered.of_any_country(spec).unwrap_or_default();
        places.into_iter().map(|place| index.breaches()[place].name.clone()).collect()
    };
    ScreenFacts {
        breaches: index.breaches(),
        index_records: index.records(),
        bits: index.width().bits(),
        expected_false_exposures: expected_false_exposures(
            index.records(),
            scope.probes / index.segments().len().max(1) as u64,
            index.width(),
        ),
        coverage: kinds.into_iter().map(|spec| (spec.kind.name(), names(spec))).collect(),
    }
}

fn write_summary(
    path: &Path,
    arguments: &ScanArguments,
    scope: &Scope,
    facts: &ScreenFacts<'_>,
    index: &Index,
) -> Result<(), Failure> {
    let (file, mut buffer) = OutFile::create(path, arguments.force, &arguments.list)?;
    let text = serde_json::to_string_pretty(&summary_json(scope, facts, index)).unwrap_or_default();
    writeln!(buffer, "{text}").map_err(|cause| outfile::failure(path, &cause))?;
    file.commit(buffer)
}
