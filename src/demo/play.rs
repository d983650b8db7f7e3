//! Plays the model incident: every step is a command that a user could type, run in this process.

use super::generate::{self, DumpFile, Incident, REGION, SCOPE, generate};
use super::offer::{self, Offer, offer};
use super::truth::{CompareError, Comparison};
use crate::source::Progress;
use std::any::Any;
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Runs one command line of `leakdex`, without the program's name, and returns its exit code.
pub type Play<'a> = &'a mut dyn FnMut(&[OsString]) -> u8;

/// Shows the progress of the generator until what it returns is dropped.
pub type Watch<'a> = &'a mut dyn FnMut(&Arc<Progress>) -> Box<dyn Any>;

/// What is played, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// A directory that does not exist yet, or is empty.
    pub dir: PathBuf,
    /// The size of the incident; 1 is the full one.
    pub scale: f64,
    /// The seed of the data.
    pub seed: u64,
}

/// Why the demo ended early.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The incident cannot be generated.
    Generate(generate::Error),
    /// The directory has something in it.
    NotEmpty(PathBuf),
    /// A command ended with this exit code, and has said why.
    Command(u8),
    /// The results cannot be compared with the truth.
    Compare(CompareError),
    /// The results differ from the truth.
    Differs(Comparison),
    /// The operating system refused.
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// Its answer.
        cause: io::Error,
    },
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Generate(error) => error.hint().map(String::from),
            Error::NotEmpty(_) => Some("name a new directory: `leakdex demo DIR`".into()),
            Error::Differs(_) => Some("this is a bug in leakdex: please report it with the scale and the seed".into()),
            Error::Command(_) | Error::Compare(_) | Error::Io { .. } => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Generate(error) => error.fmt(f),
            Error::NotEmpty(path) => write!(f, "the demo directory `{}` is not empty", path.display()),
            Error::Command(code) => write!(f, "a step of the demo ended with {code}"),
            Error::Compare(error) => error.fmt(f),
            Error::Differs(comparison) => write!(f, "the result differs from the truth: {comparison:?}"),
            Error::Io { action, path, cause } => write!(f, "{action} `{}`: {cause}", path.display()),
        }
    }
}

impl std::error::Error for Error {}

/// Plays the incident from the dumps to the answer, and compares it with the truth.
///
/// # Errors
/// If a step fails or the result is not exactly the truth.
pub fn play(options: &Options, play: Play<'_>, watch: Watch<'_>, say: &mut dyn Write) -> Result<(), Error> {
    let started = Instant::now();
    let dir = &options.dir;
    prepare(dir)?;
    tell(say, "An extortionist offers five files of a car maker. Nobody in them exists: everything is generated.\n");
    let progress = Arc::new(Progress::new());
    let display = watch(&progress);
    let incident = generate(&dir.join("incident"), options.scale, options.seed, &progress).map_err(Error::Generate)?;
    drop(display);
    tell_incident(say, &incident);
    let offered = offer(&dir.join("claim"), options.scale, options.seed, &progress).map_err(Error::Generate)?;
    let mut stage = Stage { dir, play, say };
    stage.run(&["key", "new", &stage.path("key")])?;
    for dump in &incident.dumps {
        stage.ingest(dump)?;
    }
    stage.scan(&incident)?;
    compare(options, &incident, stage.say)?;
    stage.claim(&offered, &incident)?;
    tell_results(say, dir, started);
    Ok(())
}

fn prepare(dir: &Path) -> Result<(), Error> {
    let io_error = |cause| Error::Io { action: "making", path: dir.to_path_buf(), cause };
    fs::create_dir_all(dir).map_err(io_error)?;
    match fs::read_dir(dir).map_err(io_error)?.next() {
        None => Ok(()),
        Some(_) => Err(Error::NotEmpty(dir.to_path_buf())),
    }
}

/// Standard output may be closed; the demo goes on, its result is the comparison.
fn tell(say: &mut dyn Write, text: &str) {
    let _ = writeln!(say, "{text}");
}

fn tell_incident(say: &mut dyn Write, incident: &Incident) {
    for dump in &incident.dumps {
        let name = dump.path.file_name().unwrap_or_default().to_string_lossy();
        tell(say, &format!("  {:<18} {:>9} records   {}", name, crate::report::count(dump.records), dump.title));
    }
    let rows = crate::report::count(incident.list_rows);
    tell(say, &format!("  {:<18} {rows:>9} rows      our customers, written differently", "customers.csv"));
}

/// Runs commands and shows them as a user would type them.
struct Stage<'a> {
    dir: &'a Path,
    play: Play<'a>,
    say: &'a mut dyn Write,
}

impl Stage<'_> {
    fn path(&self, name: &str) -> String {
        self.dir.join(name).to_string_lossy().into_owned()
    }

    fn run(&mut self, arguments: &[&str]) -> Result<(), Error> {
        let quoted: Vec<String> = arguments.iter().map(|argument| quoted(argument)).collect();
        tell(self.say, &format!("\n$ leakdex {}", quoted.join(" ")));
        let arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        match (self.play)(&arguments) {
            0 => Ok(()),
            code => Err(Error::Command(code)),
        }
    }

    fn ingest(&mut self, dump: &DumpFile) -> Result<(), Error> {
        let (index, key) = (self.path("index"), self.path("key"));
        let dump_path = dump.path.to_string_lossy();
        let mut arguments = vec!["ingest", &dump_path, "--breach", dump.breach, "--title", dump.title];
        arguments.extend(["--breach-date", dump.breach_date, "--region", REGION]);
        arguments.extend(dump.scope.iter().flat_map(|scope| ["--scope", scope]));
        arguments.extend(dump.map.iter().flat_map(|rule| ["--map", rule]));
        arguments.extend(["--index", &index, "--key-file", &key]);
        self.run(&arguments)
    }

    /// The question that comes first in an incident, and needs neither key nor index.
    fn claim(&mut self, offered: &Offer, incident: &Incident) -> Result<(), Error> {
        let records = crate::report::count(offered.records);
        tell(
            self.say,
            &format!("\nThe extortionist had shown {records} records of owners. Were they ours, and how old?"),
        );
        let path = |path: &Path| path.to_string_lossy().into_owned();
        let [owners, employees] = &offered.lists;
        let (sample, owners, employees, list) =
            (path(&offered.sample), path(owners), path(employees), path(&incident.list));
        // The dump that the sample is the beginning of.
        let claimed = incident.dumps.get(1).map_or(0, |dump| dump.records).to_string();
        let mut arguments = vec!["claim", &sample, "--against", &owners, &employees, &list, "--region", REGION];
        arguments.extend([
            "--created-column",
            offer::CREATED,
            "--updated-column",
            offer::UPDATED,
            "--claimed",
            &claimed,
        ]);
        self.run(&arguments)
    }

    fn scan(&mut self, incident: &Incident) -> Result<(), Error> {
        let list = incident.list.to_string_lossy().into_owned();
        let [index, key, output, unknown, summary, report] =
            ["index", "key", "exposures.csv", "unknown.csv", "summary.json", "report.html"].map(|name| self.path(name));
        let mut arguments = vec!["scan", &list, "-o", &output, "--unknown", &unknown, "--summary", &summary];
        arguments.extend(["--report", &report, "--reference", "customer_ref", "--region", REGION, "--scope", SCOPE]);
        arguments.extend(["--index", &index, "--key-file", &key]);
        self.run(&arguments)
    }
}

/// An argument as a shell takes it.
fn quoted(argument: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | '=' | ':' | '%');
    if argument.chars().all(plain) { argument.to_string() } else { format!("'{}'", argument.replace('\'', "'\\''")) }
}

fn compare(options: &Options, incident: &Incident, say: &mut dyn Write) -> Result<(), Error> {
    let path = options.dir.join("exposures.csv");
    let file = File::open(&path).map_err(|cause| Error::Io { action: "reading", path, cause })?;
    let names: Vec<&str> = incident.dumps.iter().map(|dump| dump.breach).collect();
    let comparison = incident.truth.compare(BufReader::new(file), &names).map_err(Error::Compare)?;
    if !comparison.is_exact() {
        return Err(Error::Differs(comparison));
    }
    let truth = &incident.truth;
    let (found, pairs) =
        (crate::report::count(comparison.pairs.found), crate::report::count(truth.customer_breach_pairs));
    tell(
        say,
        &format!(
            "\nFound {found} of {pairs} customer-breach pairs of the generator's truth, and none that is not there."
        ),
    );
    let share = crate::report::percent(truth.exact_join_pairs, truth.customer_breach_pairs);
    tell(say, &format!("A join of equal strings would have found {share} of them."));
    Ok(())
}

fn tell_results(say: &mut dyn Write, dir: &Path, started: Instant) {
    tell(say, &format!("\nIn `{}`, after {:.1} s:", dir.display(), started.elapsed().as_secs_f64()));
    for (name, what) in [
        ("report.html", "open it in a browser: whom to tell what, on one page"),
        ("exposures.csv", "who is exposed to what: row, reference, kind, tier, breach, data classes"),
        ("unknown.csv", "what could not be answered, and why"),
        ("summary.json", "the totals for machines"),
        ("index", "digests only; without the key they say nothing"),
        ("key", "keep it apart from the index"),
        ("incident", "the generated dumps and the customer list"),
        ("claim", "the sample that was offered, and the company's lists of owners and employees"),
    ] {
        tell(say, &format!("  {name:<14} {what}"));
    }
}
