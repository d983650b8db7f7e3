//! `leakdex scan`.

use super::args::ScanArguments;
use super::failure::{DONE, FOUND, Failure, INCOMPLETE};
use super::outputs::{CellNames, Outputs};
use super::progress::Display;
use super::reports::Sheet;
use super::{console, options, process};
use crate::digest::expected_false_exposures;
use crate::identifier::KindSpec;
use crate::index::Index;
use crate::plan::{Plan, Request, Side, Tier, decide};
use crate::query::{self, Covered, Groups, Met, Persons, Query, Scope};
use crate::report::{
    ScanReport, ScreenFacts, count, escaped, file_name, form_page, groups_json, scan_page, summary_json, write_groups,
    write_markdown, write_reading, write_report, write_screen,
};
use crate::source::{self, Contents, Members, Progress, Sample, Source, contents};
use std::fs;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::Arc;

pub fn run(arguments: &ScanArguments, quiet: bool) -> Result<u8, Failure> {
    let request = request(arguments)?;
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
    let asks_back = arguments.summary.is_some() || arguments.report.is_wanted();
    let met = asks_back.then(|| Met::new(index));
    let query = Query { index, key, plan, covered, source: &source_options, threads, counted, met: met.as_ref() };
    let [notify, values] = [&plan.kept.notify, &plan.kept.values].map(|places| names_of(list.sample(), plan, places));
    let counts = plan.kinds().iter().any(|spec| spec.kind.is_counted());
    let outputs = Outputs::create(arguments, index, counts, CellNames { notify, values }, &plan.kept)?;
    let name = arguments.list.to_string_lossy();
    console::notes(quiet, |out| write_reading(out, &name, list.description(), list.sample(), plan));
    let progress = Arc::new(Progress::new());
    process::stop_on_signals(Arc::clone(&progress)).map_err(|cause| Failure::new(cause.to_string(), "try again"))?;
    let results = scan(query, list, outputs, &progress, quiet)?;
    let facts = facts(query, &results.scope);
    console::notes(quiet, |out| {
        write_screen(out, &results.scope, &facts)?;
        results.groups.iter().try_for_each(|groups| write_groups(out, groups, &arguments.group_by))
    });
    require_asked(&results.scope)?;
    let incomplete = results.scope.is_incomplete();
    // A domain that was found is nobody's, and found all the same.
    let domains = results.scope.kinds.iter().filter(|(kind, _)| kind.is_counted()).map(|(_, of_kind)| of_kind.exposed);
    let found = results.scope.people.exposed + domains.sum::<u64>() > 0;
    finish(arguments, results, &facts, index, quiet)?;
    Ok(match arguments.exit_code && found {
        _ if incomplete => INCOMPLETE,
        true => FOUND,
        false => DONE,
    })
}

fn request(arguments: &ScanArguments) -> Result<Request, Failure> {
    Ok(Request {
        kind_column: arguments.kind_column.clone(),
        value_column: arguments.value_column.clone(),
        reference: arguments.reference.clone(),
        rows: arguments.people.is_some(),
        person: arguments.person.clone(),
        groups: arguments.group_by.clone(),
        notify: arguments.notify.as_ref().map(|_| arguments.notify_columns.clone()),
        values: arguments.report.include_values,
        tier: options::tier("--tier", arguments.tier.as_deref())?.unwrap_or_default(),
        ..options::request(&arguments.mapping)?
    })
}

/// Writes what is written at the end, and says which files hold personal data.
fn finish(
    arguments: &ScanArguments,
    results: Results,
    facts: &ScreenFacts<'_>,
    index: &Index,
    quiet: bool,
) -> Result<(), Failure> {
    let Results { scope, groups, mut outputs } = results;
    let mut summary = summary_json(&scope, facts, index);
    if let Some(groups) = &groups {
        summary["group_by"] = groups_json(groups, &arguments.group_by);
    }
    let (told, shown) = (outputs.told(), outputs.take_shown());
    let report = ScanReport {
        list: &list_name(&arguments.list),
        scope: &scope,
        facts,
        generation: index.manifest().generation,
        key_id: &index.manifest().key_id,
        groups: groups.as_ref().map(|groups| (groups, arguments.group_by.as_slice())),
        people: shown.as_ref(),
    };
    outputs.commit(&summary, |out, sheet| match sheet {
        Sheet::Report(format) => write_report(out, format, &scan_page(&report), &summary),
        Sheet::Form(form) => write_markdown(out, &form_page(form, &report)),
    })?;
    let shown = shown.map(|shown| shown.count());
    for (path, people) in [(&arguments.notify, told), (&arguments.report.report, shown)] {
        if let (Some(path), Some(people)) = (path, people) {
            console::notes(quiet, |out| write_told(out, path, people));
        }
    }
    Ok(())
}

/// What the report calls the list: a path would say where it lies.
fn list_name(list: &Path) -> String {
    if list == Path::new("-") { "standard input".into() } else { file_name(list) }
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

pub(super) fn open_list(path: &Path, options: &source::Options) -> Result<Source, Failure> {
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

/// What a scan gave.
struct Results {
    scope: Scope,
    groups: Option<Groups>,
    outputs: Outputs,
}

fn scan(
    query: Query<'_>,
    list: Source,
    mut outputs: Outputs,
    progress: &Arc<Progress>,
    quiet: bool,
) -> Result<Results, Failure> {
    let kept = &query.plan.kept;
    let mut persons = kept.rows.then(|| Persons::new(query.key, kept, query.counted));
    let display = Display::start("scan", progress, quiet);
    let result = query::scan(query, list, progress, |answers| {
        outputs.write(answers)?;
        match &mut persons {
            Some(persons) => persons.take(answers, |person| outputs.write_person(person)),
            None => Ok(()),
        }
    });
    drop(display);
    let mut scope = result?;
    let groups = match persons {
        Some(persons) => persons.finish(&mut scope, |person| outputs.write_person(person))?,
        None => None,
    };
    Ok(Results { scope, groups, outputs })
}

/// The names of kept columns: those of the list, or numbers.
fn names_of(sample: &Sample, plan: &Plan, places: &[usize]) -> Vec<String> {
    let header = sample.rows.first().filter(|_| plan.header);
    let name = |place: &usize| {
        let column = plan.kept.columns[*place];
        let cell = header.and_then(|row| row.fields.iter().find(|(at, _)| *at == column));
        let cell = cell.map(|(_, cell)| String::from_utf8_lossy(cell).into_owned());
        cell.or_else(|| plan.paths.get(column as usize).cloned()).unwrap_or_else(|| format!("column {}", column + 1))
    };
    places.iter().map(name).collect()
}

fn write_told(out: &mut dyn Write, path: &Path, people: u64) -> io::Result<()> {
    let path = escaped(&path.to_string_lossy());
    writeln!(
        out,
        "\n`{path}` HOLDS PERSONAL DATA of {} exposed people: only you can read it, keep it so",
        count(people)
    )
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
    let coverage: Vec<(&str, Vec<usize>)> = kinds
        .into_iter()
        .map(|spec| (spec.kind.name(), covered.of_any_country(spec).unwrap_or_default().into_iter().collect()))
        .collect();
    let asked = |place: usize| coverage.iter().any(|(_, places)| places.contains(&place));
    let names = |places: &Vec<usize>| places.iter().map(|place| index.breaches()[*place].name.clone()).collect();
    ScreenFacts {
        breaches: index.breaches(),
        chosen: (0..index.breaches().len()).map(|place| covered.asks(place)).collect(),
        asked: (0..index.breaches().len()).map(asked).collect(),
        index_records: index.records(),
        bits: index.width().bits(),
        expected_false_exposures: expected_false_exposures(index.records(), scope.probes, index.width()),
        tier: plan.heard,
        counted: query.counted,
        coverage: coverage.iter().map(|(kind, places)| (*kind, names(places))).collect(),
    }
}
