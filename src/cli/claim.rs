//! `leakdex claim`.

use super::args::{ClaimArguments, IndexArguments};
use super::failure::{DONE, Failure, INCOMPLETE, stdout_failure};
use super::outfile::Inputs;
use super::progress::Display;
use super::reports::{ReportFile, Sheet, format_of};
use super::scan::open_list;
use super::{console, options, process};
use crate::digest::Key;
use crate::index::Index;
use crate::plan::{self, Plan, Problem, Request, Rule, Side, Tier, decide};
use crate::query::claim::{Claim, Lists, Look, Reading, Recycled, Sample, look, recycled, regular, regular_in, weigh};
use crate::query::{Covered, Query};
use crate::report::{claim_json, claim_page, file_name, pretty, write_claim, write_reading, write_report};
use crate::source::{self, Progress, Shape, Source};
use serde::Deserialize;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Numbers inside an organisation need its name; both sides are given as one, so any name will do.
const OUR_SCOPE: &str = "claim";

pub fn run(arguments: &ClaimArguments, quiet: bool) -> Result<u8, Failure> {
    let asked = asked(arguments)?;
    let request = options::request(&arguments.mapping)?;
    let desk = Desk {
        arguments,
        quiet,
        source: source::Options { is_list: true, ..options::source(&arguments.mapping)? },
        list_rules: list_rules(arguments)?,
        threads: options::threads(arguments.threads)?,
        memory: options::memory(&arguments.memory)?,
        older: older(arguments, &request)?,
        request,
        key: Key::random().map_err(|cause| Failure::new(format!("making a key: {cause}"), "try again"))?,
        progress: Arc::new(Progress::new()),
    };
    process::stop_on_signals(Arc::clone(&desk.progress))
        .map_err(|cause| Failure::new(cause.to_string(), "try again"))?;
    let report = start_report(arguments, &asked)?;
    let claims = asked.iter().map(|asked| desk.answer(asked)).collect::<Result<Vec<Claim>, Failure>>()?;
    if let Some(report) = report {
        let page = claim_page(&claims, arguments.claims.is_some());
        let results = answers_json(&claims, arguments);
        let write = |out: &mut dyn Write, sheet| match sheet {
            Sheet::Report(format) => write_report(out, format, &page, &results),
            Sheet::Form(_) => Ok(()),
        };
        report.complete(write)?.publish()?;
    }
    console::output(|out| write_answers(out, &claims, arguments)).map_err(stdout_failure)?;
    Ok(if claims.iter().any(Claim::is_incomplete) { INCOMPLETE } else { DONE })
}

/// The answer for machines: one claim stands in the answer itself, those of a file in a list.
fn answers_json(claims: &[Claim], arguments: &ClaimArguments) -> Value {
    let mut answer = json!({"version": 1});
    match (claims, &arguments.claims) {
        ([claim], None) => {
            if let (Some(answer), Value::Object(fields)) = (answer.as_object_mut(), claim_json(claim)) {
                answer.extend(fields);
            }
        }
        _ => answer["claims"] = claims.iter().map(claim_json).collect(),
    }
    answer
}

fn write_answers(out: &mut dyn Write, claims: &[Claim], arguments: &ClaimArguments) -> std::io::Result<()> {
    if arguments.json {
        let answer = answers_json(claims, arguments);
        return writeln!(out, "{}", pretty(&answer));
    }
    for (number, claim) in claims.iter().enumerate() {
        if number > 0 {
            writeln!(out, "\n{}\n", "-".repeat(80))?;
        }
        write_claim(out, claim)?;
    }
    Ok(())
}

/// Starts the report, so that a name that is taken is said before anything is read.
fn start_report(arguments: &ClaimArguments, asked: &[Asked]) -> Result<Option<ReportFile>, Failure> {
    let Some(path) = &arguments.report else { return Ok(None) };
    let samples = asked.iter().flat_map(|asked| asked.lists.iter().chain([&asked.sample]));
    let inputs = Inputs::new(samples.chain(&arguments.claims).map(PathBuf::as_path)).and_key(&arguments.key);
    let mut inputs = inputs.and_passwords(&arguments.mapping);
    if let Some(index) = &arguments.index {
        inputs = inputs.and_index(index);
    }
    ReportFile::create(Sheet::Report(format_of(path)?), path, arguments.force, &inputs).map(Some)
}

/// One sample, and what it is to be compared with.
struct Asked {
    category: Option<String>,
    claimed: Option<u64>,
    sample: PathBuf,
    lists: Vec<PathBuf>,
}

/// The file of `--claims`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimsFile {
    claim: Vec<ClaimGroup>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClaimGroup {
    category: Option<String>,
    claimed: Option<u64>,
    sample: PathBuf,
    #[serde(default)]
    lists: Vec<PathBuf>,
}

fn asked(arguments: &ClaimArguments) -> Result<Vec<Asked>, Failure> {
    let Some(path) = &arguments.claims else {
        let sample = arguments.sample.clone().unwrap_or_default();
        let (claimed, lists) = (arguments.claimed, arguments.against.clone());
        return Ok(vec![Asked { category: None, claimed, sample, lists }]);
    };
    let failure = |why: String| {
        let hint =
            "write groups `[[claim]]` with `sample`, and with `category`, `claimed` and `lists` if they are known";
        Failure::new(format!("reading the claims `{}`: {why}", path.display()), hint)
    };
    let text = fs::read_to_string(path).map_err(|cause| failure(cause.to_string()))?;
    // The parser's own message repeats the line.
    let file: ClaimsFile = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| 1 + text[..span.start.min(text.len())].matches('\n').count());
        failure(format!("line {line} is not as it should be"))
    })?;
    let near = |name: &PathBuf| path.parent().unwrap_or(Path::new("")).join(name);
    let mut asked = Vec::new();
    for group in file.claim {
        let mut lists: Vec<PathBuf> = group.lists.iter().map(near).collect();
        if lists.is_empty() {
            lists.clone_from(&arguments.against);
        }
        if lists.is_empty() {
            return Err(failure("a claim has no lists, and `--against` gives none".into()));
        }
        let ClaimGroup { category, claimed, sample, .. } = group;
        asked.push(Asked { category, claimed, sample: near(&sample), lists });
    }
    if asked.is_empty() { Err(failure("it has no claim".into())) } else { Ok(asked) }
}

fn list_rules(arguments: &ClaimArguments) -> Result<Vec<Rule>, Failure> {
    let hint = "`leakdex help claim` shows every option";
    let parse =
        |text: &String| Rule::parse(text).map_err(|why| Failure::new(format!("reading `--list-map`: {why}"), hint));
    arguments.list_map.iter().map(parse).collect()
}

/// An index of older breaches.
struct Older {
    index: Index,
    key: Key,
    covered: Covered,
}

fn older(arguments: &ClaimArguments, request: &Request) -> Result<Option<Older>, Failure> {
    let Some(index) = &arguments.index else { return Ok(None) };
    if arguments.sample.as_deref() == Some(Path::new("-")) {
        let hint = "give the sample as a file: it is read once for the lists and once for the index";
        return Err(Failure::new("standard input cannot be read twice", hint));
    }
    let at = IndexArguments { index: index.clone() };
    let key = options::key(&arguments.key, Some(&at))?;
    let index = options::open_index(&at, &key, options::access(&arguments.access))?;
    let covered = Covered::new(&index, &key, &request.scope_bytes(), &arguments.breach)?;
    Ok(Some(Older { index, key, covered }))
}

/// A list that is ready to be read.
struct List {
    name: String,
    plan: Plan,
    source: Source,
}

/// What all claims are answered with.
struct Desk<'a> {
    arguments: &'a ClaimArguments,
    quiet: bool,
    source: source::Options,
    list_rules: Vec<Rule>,
    threads: usize,
    memory: u64,
    older: Option<Older>,
    request: Request,
    /// Of this question alone.
    key: Key,
    progress: Arc<Progress>,
}

impl Desk<'_> {
    fn answer(&self, asked: &Asked) -> Result<Claim, Failure> {
        let reading = Reading {
            key: &self.key,
            source: &self.source,
            threads: self.threads,
            memory: self.memory,
            progress: &self.progress,
        };
        let request = self.with_scope();
        let (source, plan) = self.open_sample(&asked.sample, &request, Side::Dump)?;
        let lists = self.lists(&asked.lists, &request)?;
        let name = asked.sample.to_string_lossy().into_owned();
        console::notes(self.quiet, |out| write_reading(out, &name, source.description(), source.sample(), &plan));
        for list in &lists {
            let List { name, plan, source } = list;
            console::notes(self.quiet, |out| write_reading(out, name, source.description(), source.sample(), plan));
        }
        let display = Display::start("claim", &self.progress, self.quiet);
        // What comes through a pipe comes once.
        let again = !source.sample().whole_file && fs::metadata(&asked.sample).is_ok_and(|file| file.is_file());
        let regular = match again {
            true => {
                let (again, plan) = self.open_sample(&asked.sample, &request, Side::Dump)?;
                regular(reading, &plan, again)?
            }
            false => regular_in(&plan, source.sample()),
        };
        let of_lists: Vec<Look> = lists.iter().map(|list| look(&list.plan, list.source.sample())).collect();
        let of_sample = look(&plan, source.sample());
        let at_domain_of_list = of_sample.at_domain_of_list(&of_lists);
        let signs = weigh(of_sample, &of_lists);
        let mut sample = Sample::read(reading, &plan, source)?;
        for (kind, share) in regular {
            sample.facts.kinds.entry(kind).or_default().regular = share;
        }
        sample.facts.signs = signs;
        sample.facts.at_domain_of_list = at_domain_of_list;
        let mut recycled = self.older.as_ref().map(|older| self.recycled(older, &asked.sample, &sample)).transpose()?;
        let hashes = sample.hashes;
        let mut compared = Lists::new(sample);
        for List { name, plan, source } in lists {
            let plan = Plan { hashes, ..plan };
            compared.read(reading, &name, &plan, source)?;
        }
        drop(display);
        if let Some(recycled) = &mut recycled {
            recycled.compare(&compared);
        }
        let (sample, matches, lists) = compared.finish();
        let (category, claimed) = (asked.category.clone(), asked.claimed);
        Ok(Claim { name, category, claimed, sample, matches, lists, recycled })
    }

    fn with_scope(&self) -> Request {
        let scope = self.request.scope.clone().or(Some(OUR_SCOPE.into()));
        Request { scope, ..self.request.clone() }
    }

    /// Opens a sample. One in which no column holds identifiers may be a text with addresses in it: each of them is a record then.
    fn open_sample(&self, path: &Path, request: &Request, side: Side) -> Result<(Source, Plan), Failure> {
        let source = open_list(path, &self.source)?;
        let failure = match self.sample_plan(&source, request, side) {
            Ok(plan) => return Ok((source, plan)),
            Err(failure) => failure,
        };
        if path == Path::new("-") {
            return Err(failure);
        }
        let source = open_list(path, &source::Options { is_list: false, ..self.source.clone() })?;
        if source.description().shape != Shape::Found {
            return Err(failure);
        }
        let plan = self.sample_plan(&source, request, side)?;
        Ok((source, plan))
    }

    /// The plan of a sample. A column whose values contradict its name is what its name says: that they do is an answer.
    fn sample_plan(&self, source: &Source, request: &Request, side: Side) -> Result<Plan, Failure> {
        let mut plan = decide(source.description().shape, source.sample(), request, side)?;
        for column in &mut plan.columns {
            if let Some(Problem::Contradicted { kind, .. }) = column.problem {
                column.problem = None;
                column.kind = Some(crate::identifier::KindSpec::new(kind));
            }
        }
        forget_assumptions(&mut plan);
        plan.require_decided()?;
        Ok(plan)
    }

    fn recycled(&self, older: &Older, path: &Path, sample: &Sample) -> Result<Recycled, Failure> {
        let (source, mut plan) = self.open_sample(path, &self.request, Side::List)?;
        older.covered.tell(&mut plan);
        // Its records shall have the numbers that they have in the sample.
        plan.people_only = true;
        let Older { index, key, covered } = older;
        let (source_options, threads) = (&self.source, self.threads);
        let query = Query {
            index,
            key,
            plan: &plan,
            covered,
            source: source_options,
            threads,
            counted: Tier::COUNTED,
            met: None,
        };
        Ok(recycled(query, sample, source, &recent_days(), &self.progress)?)
    }

    /// Opens and plans all lists, so that what is wrong with the last is said before the first is read.
    fn lists(&self, paths: &[PathBuf], request: &Request) -> Result<Vec<List>, Failure> {
        let mut used = vec![false; self.list_rules.len()];
        let mut lists = Vec::new();
        for path in paths {
            let source = open_list(path, &self.source)?;
            let name = path.to_string_lossy().into_owned();
            let rules: Vec<(usize, Rule)> = self.rules_for(path, paths).collect();
            let plan = self.list_plan(&source, request, rules, &mut used);
            let plan = plan.map_err(|failure| for_list(failure, path))?;
            lists.push(List { name, plan, source });
        }
        if let Some(unused) = used.iter().position(|used| !used) {
            let column = &self.list_rules[unused].column;
            let message = format!("reading `--list-map`: no list has the column `{}`", column.escape_debug());
            return Err(Failure::new(message, "`leakdex inspect LIST` shows the columns"));
        }
        let options = [
            ("--created-column", &self.arguments.created_column),
            ("--updated-column", &self.arguments.updated_column),
        ];
        for (event, (option, names)) in options.into_iter().enumerate() {
            if !names.is_empty() && lists.iter().all(|list| list.plan.events[event].is_none()) {
                let message = format!("reading `{option}`: no list has the column");
                return Err(Failure::new(message, "`leakdex inspect LIST` shows the columns"));
            }
        }
        Ok(lists)
    }

    /// The rules that may be about a list, with their numbers: those that name no list, and those that name this one.
    fn rules_for<'b>(&'b self, path: &'b Path, paths: &'b [PathBuf]) -> impl Iterator<Item = (usize, Rule)> + 'b {
        let behind = |rule: &'b Rule, path: &Path| rule.column.strip_prefix(&file_name(path))?.strip_prefix(':');
        self.list_rules.iter().enumerate().filter_map(move |(number, rule)| {
            let column = match behind(rule, path) {
                Some(column) => column,
                None if paths.iter().any(|other| behind(rule, other).is_some()) => return None,
                None => &rule.column,
            };
            Some((number, Rule { column: column.to_string(), target: rule.target }))
        })
    }

    fn list_plan(
        &self,
        source: &Source,
        request: &Request,
        rules: Vec<(usize, Rule)>,
        used: &mut [bool],
    ) -> Result<Plan, Failure> {
        let (shape, sample) = (source.description().shape, source.sample());
        let events = [self.arguments.created_column.clone(), self.arguments.updated_column.clone()];
        let mut request = Request { rules: Vec::new(), tier: Tier::Loose, events, ..request.clone() };
        for (number, rule) in rules {
            let alone = Request { rules: vec![rule.clone()], ..request.clone() };
            match decide(shape, sample, &alone, Side::List) {
                Err(plan::Error::NoSuchColumn { .. } | plan::Error::NoSuchNumber { .. }) => continue,
                Err(error) => return Err(error.into()),
                Ok(_) => used[number] = true,
            }
            request.rules.push(rule);
        }
        let plan = decide(shape, sample, &request, Side::List)?;
        plan.require_decided()?;
        Ok(plan)
    }
}

/// The days of which a breach may be the very offer that is asked about, where the clock of this machine stands.
fn recent_days() -> RangeInclusive<String> {
    /// An offer is seen, ingested and asked about within weeks.
    const RECENT_DAYS: i64 = 30;
    let today = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let since = today.saturating_sub(jiff::Span::new().days(RECENT_DAYS));
    since.to_string()..=today.to_string()
}

/// Where a sample has two kinds of identifiers that say themselves what they are, what its columns are called is not needed, and a
/// name with a birthday that came with an address from elsewhere does not make one record of stitched ones.
fn forget_assumptions(plan: &mut Plan) {
    let mut kinds: Vec<_> = plan.columns.iter().filter_map(|column| column.kind).map(|spec| spec.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    if kinds.len() > 1 {
        plan.joins.retain(|join| !join.assumed);
    }
}

/// Says which list it is about, and names the option that is for this list.
fn for_list(failure: Failure, path: &Path) -> Failure {
    let ours = |text: &str| text.replace("--map '", &format!("--list-map '{}:", file_name(path)));
    let message = format!("planning `{}`: {}", path.display(), ours(&failure.message));
    Failure { message, hint: failure.hint.as_deref().map(|hint| hint.replace("--map ", "--list-map ")), ..failure }
}
