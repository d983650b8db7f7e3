//! `leakdex scan`.

use super::args::ScanArguments;
use super::failure::{DONE, FOUND, Failure, INCOMPLETE, stdout_failure};
use super::outfile::{self, OutFile};
use super::progress::Display;
use super::{console, options, process};
use crate::digest::expected_false_exposures;
use crate::identifier::KindSpec;
use crate::index::Index;
use crate::plan::{Request, Side, Tier, decide};
use crate::query::{self, Covered, Query, Scope};
use crate::report::{ExposureWriter, ScreenFacts, UnknownWriter, summary_json, write_reading, write_screen};
use crate::source::{self, Contents, Members, Progress, Sample, Source, contents};
use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::Path;
use std::sync::Arc;

pub fn run(arguments: &ScanArguments, quiet: bool) -> Result<u8, Failure> {
    let request = Request {
        kind_column: arguments.kind_column.clone(),
        value_column: arguments.value_column.clone(),
        reference: arguments.reference.clone(),
        tier: options::tier("--tier", arguments.tier.as_deref())?.unwrap_or_default(),
        ..options::request(&arguments.mapping)?
    };
    let source_options = list_options(arguments)?;
    let threads = options::threads(arguments.threads)?;
    let key = options::key(&arguments.key, Some(&arguments.index))?;
    let index = options::open_index(&arguments.index, &key, options::access(&arguments.access))?;
    let list = open_list(&arguments.list, &source_options)?;
    let counted = options::tier("--count", arguments.count.as_deref())?.unwrap_or(Tier::COUNTED);
    let mut plan = decide(list.description().shape, list.sample(), &request, Side::List)?;
    require_rows(list.sample(), plan.header)?;
    plan.require_decided()?;
    let covered = Covered::new(&index, &key, &request.scope_bytes(), &arguments.breach)?;
    covered.tell(&mut plan);
    let (index, key, plan, covered) = (&index, &key, &plan, &covered);
    let query = Query { index, key, plan, covered, source: &source_options, threads, counted };
    let counts = plan.kinds().iter().any(|spec| spec.kind.is_counted());
    let outputs = Outputs::create(arguments, index, counts)?;
    let name = arguments.list.to_string_lossy();
    console::notes(quiet, |out| write_reading(out, &name, list.description(), plan));
    let progress = Arc::new(Progress::new());
    process::stop_on_signals(Arc::clone(&progress)).map_err(|cause| Failure::new(cause.to_string(), "try again"))?;
    let (scope, outputs) = scan(query, list, outputs, &progress, quiet)?;
    let facts = facts(query, &scope);
    console::notes(quiet, |out| write_screen(out, &scope, &facts));
    require_asked(&scope)?;
    outputs.commit(&summary_json(&scope, &facts, index))?;
    Ok(match scope {
        scope if scope.is_incomplete() => INCOMPLETE,
        scope if arguments.exit_code && scope.people.exposed > 0 => FOUND,
        _ => DONE,
    })
}

/// A list without rows is an error: "nobody is exposed" would be true, and would mean nothing.
fn require_rows(sample: &Sample, header: bool) -> Result<(), Failure> {
    if sample.whole_file && sample.rows.len() <= usize::from(header) {
        let hint = "is it the right file? nobody was asked for, so nothing can be said about anybody";
        return Err(Failure::new("the list has no rows", hint));
    }
    Ok(())
}

/// A list of which nothing could be asked is an error: its results would look like those of a clean one.
fn require_asked(scope: &Scope) -> Result<(), Failure> {
    if scope.nothing_asked() && !scope.is_uncovered() {
        return Err(Failure::new(
            format!("not one of the {} rows has a value that can be asked for", scope.rows),
            "`leakdex inspect` shows what the columns hold; say what they are with `--map COLUMN=KIND`",
        ));
    }
    Ok(())
}

/// Long lists are read in larger blocks: the more digests are looked up together, the nearer they lie to each other.
fn list_options(arguments: &ScanArguments) -> Result<source::Options, Failure> {
    const LONG_LIST_BYTES: u64 = 64 << 20;
    let mut options = source::Options { is_list: true, ..options::source(&arguments.mapping)? };
    if fs::metadata(&arguments.list).is_ok_and(|file| file.len() >= LONG_LIST_BYTES) {
        options.block_bytes = 4 << 20;
    }
    Ok(options)
}

fn open_list(path: &Path, options: &source::Options) -> Result<Source, Failure> {
    if path == Path::new("-") {
        return Ok(Source::from_reader("standard input", Box::new(io::stdin()), options)?);
    }
    let open = || contents(path, options);
    let Contents::Members(members) = open()? else { return Ok(Source::open(path, options)?) };
    // Rows are counted from the begin of one list: which of several is meant has to be said.
    let names = members.map(|member| Ok(member?.name)).collect::<Result<Vec<String>, source::Error>>()?;
    let Contents::Members(mut members) = open()? else { return Ok(Source::open(path, options)?) };
    match (members.next(), names.as_slice()) {
        (Some(member), [name]) => {
            let reader = Held { reader: member?.reader, _members: members };
            Ok(Source::from_reader(name, Box::new(reader), options)?)
        }
        (None, _) => {
            Err(Failure::new(format!("opening `{}`: it holds no list", path.display()), "give the list itself"))
        }
        (Some(_), names) => Err(Failure::new(
            format!("opening `{}`: it holds {} lists or sheets", path.display(), names.len()),
            "export the one that is meant as CSV, and scan that",
        )),
    }
}

/// The only member of an archive, with what it is read from.
struct Held {
    reader: Box<dyn Read + Send>,
    _members: Members,
}

impl Read for Held {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.reader.read(out)
    }
}

fn scan(
    query: Query<'_>,
    list: Source,
    mut outputs: Outputs,
    progress: &Arc<Progress>,
    quiet: bool,
) -> Result<(Scope, Outputs), Failure> {
    let display = Display::start("scan", progress, quiet);
    let result = query::scan(query, list, progress, |answers| outputs.write(answers));
    drop(display);
    Ok((result?, outputs))
}

/// Where exposures go.
enum Exposures {
    File(OutFile, ExposureWriter<BufWriter<File>>),
    Stdout(ExposureWriter<BufWriter<io::Stdout>>),
    Nowhere,
}

/// The results of a scan. The files get their names together at the end, or none does.
struct Outputs {
    exposures: Exposures,
    unknowns: Option<(OutFile, UnknownWriter<BufWriter<File>>)>,
    summary: Option<(OutFile, BufWriter<File>)>,
}

impl Outputs {
    fn create(arguments: &ScanArguments, index: &Index, counts: bool) -> Result<Outputs, Failure> {
        let exposures = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
        let (unknowns, summary) = (arguments.unknown.as_deref(), arguments.summary.as_deref());
        outfile::refuse_same([exposures, unknowns, summary].into_iter().flatten())?;
        let create = |path: &Path| OutFile::create(path, arguments.force, &arguments.list);
        let exposures = match exposures {
            Some(path) => {
                let (file, buffer) = create(path)?;
                let writer = ExposureWriter::new(buffer, index.breaches(), counts);
                Exposures::File(file, writer.map_err(|cause| outfile::failure(path, &cause))?)
            }
            None if arguments.output.is_none() && io::stdout().is_terminal() => Exposures::Nowhere,
            None => {
                let writer = ExposureWriter::new(BufWriter::new(io::stdout()), index.breaches(), counts);
                Exposures::Stdout(writer.map_err(stdout_failure)?)
            }
        };
        let unknowns = match unknowns {
            Some(path) => {
                let (file, buffer) = create(path)?;
                Some((file, UnknownWriter::new(buffer).map_err(|cause| outfile::failure(path, &cause))?))
            }
            None => None,
        };
        let summary = summary.map(create).transpose()?;
        Ok(Outputs { exposures, unknowns, summary })
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

    /// Ends all outputs. No file gets its name before all are complete.
    fn commit(self, summary: &serde_json::Value) -> Result<(), Failure> {
        let mut complete = Vec::new();
        match self.exposures {
            Exposures::File(file, writer) => {
                file.complete(writer.finish().map_err(|cause| file.failure(&cause))?)?;
                complete.push(file);
            }
            Exposures::Stdout(writer) => writer.finish().and_then(|mut out| out.flush()).map_err(stdout_failure)?,
            Exposures::Nowhere => (),
        }
        if let Some((file, writer)) = self.unknowns {
            file.complete(writer.finish().map_err(|cause| file.failure(&cause))?)?;
            complete.push(file);
        }
        if let Some((file, mut buffer)) = self.summary {
            let text = serde_json::to_string_pretty(summary).unwrap_or_default();
            writeln!(buffer, "{text}").map_err(|cause| file.failure(&cause))?;
            file.complete(buffer)?;
            complete.push(file);
        }
        complete.into_iter().try_for_each(OutFile::publish)
    }
}

fn facts<'a>(query: Query<'a>, scope: &Scope) -> ScreenFacts<'a> {
    let Query { index, covered, plan, .. } = query;
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
        expected_false_exposures: expected_false_exposures(index.records(), scope.probes, index.width()),
        tier: plan.tier,
        counted: query.counted,
        coverage: kinds.into_iter().map(|spec| (spec.kind.name(), names(spec))).collect(),
    }
}
