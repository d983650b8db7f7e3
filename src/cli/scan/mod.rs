//! `leakdex scan`.

mod outputs;
mod people;

use super::args::ScanArguments;
use super::failure::{DONE, FOUND, Failure, INCOMPLETE};
use super::progress::Display;
use super::{console, options, process};
use crate::digest::expected_false_exposures;
use crate::identifier::KindSpec;
use crate::index::LiveSegment;
use crate::plan::{Request, Side, Tier, decide};
use crate::query::{self, Covered, Query, Scope};
use crate::report::{ScreenFacts, summary_json, write_reading, write_screen};
use crate::source::{self, Contents, Members, Progress, Sample, Source, contents};
use std::fs;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use outputs::Outputs;

pub fn run(arguments: &ScanArguments, quiet: bool) -> Result<u8, Failure> {
    let request = Request {
        kind_column: arguments.kind_column.clone(),
        value_column: arguments.value_column.clone(),
        reference: arguments.reference.clone(),
        keep: people::columns(arguments),
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
    let asked = people::ask(arguments, &mut plan, list.sample())?;
    let (index, key, plan, covered) = (&index, &key, &plan, &covered);
    let query =
        Query { index, key, plan, covered, source: &source_options, threads, counted, roles: asked.roles.as_ref() };
    let outputs = Outputs::create(arguments, index, &asked.carried)?;
    let name = arguments.list.to_string_lossy();
    console::notes(quiet, |out| write_reading(out, &name, list.description(), plan));
    let progress = Arc::new(Progress::new());
    process::stop_on_signals(Arc::clone(&progress)).map_err(|cause| Failure::new(cause.to_string(), "try again"))?;
    let (scope, outputs) = scan(query, list, outputs, &progress, quiet)?;
    let facts = ScreenFacts { group_by: &asked.group_by, ..facts(query, &scope) };
    console::notes(quiet, |out| write_screen(out, &scope, &facts));
    require_asked(&scope)?;
    outputs.commit(&summary_json(&scope, &facts, index))?;
    if let Some(path) = &arguments.notify {
        console::note(quiet, &people::notice(path, scope.people.exposed));
    }
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
    let result = query::scan(query, list, progress, |event| outputs.write(event));
    drop(display);
    Ok((result?, outputs))
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
    let asked = digests_asked(query);
    ScreenFacts {
        breaches: index.breaches(),
        index_records: asked,
        bits: index.width().bits(),
        expected_false_exposures: expected_false_exposures(asked, scope.probes, index.width()),
        group_by: &[],
        tier: plan.tier,
        counted: query.counted,
        coverage: kinds.into_iter().map(|spec| (spec.kind.name(), names(spec))).collect(),
    }
}

/// The digests that a chance meeting can be with. Of a segment with several breaches it is all of them: an upper limit.
fn digests_asked(query: Query<'_>) -> u64 {
    let is_asked = |live: &&LiveSegment| {
        let mut exposures = live.segment().payloads().iter().flatten();
        exposures.any(|(local, _)| query.covered.asks(live.breach(*local)))
    };
    query.index.segments().iter().filter(is_asked).map(|live| live.segment().header().records).sum()
}
