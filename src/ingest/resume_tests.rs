//! Interrupted ingests: whatever was finished when one ended, and whoever goes on, the index has the bytes of an ingest that was
//! not interrupted, and the report has its numbers.
//!
//! A log of rejected records is the hook: at the line with some number the ingest is stopped, or its directory copied, which is
//! what a kill would leave. `LEAKDEX_LONG` multiplies the number of cases.

use super::budget::Budget;
use super::job::Pace;
use super::property_tests::{Dumps, PLAIN, Way, any_dumps, any_way, config, files, key};
use super::resume_data::{AtLine, LEAST, Tree, WAYS, attempt, attempt_until, domain_records, numbers, text};
use super::test_data::{SMALL, width};
use super::{Config, Error, RejectLog, Report, Start, ingest_within};
use crate::digest::{Key, Width};
use crate::disk::crash::before;
use crate::identifier::Country;
use crate::index::{Identity, Writer};
use crate::source::{Input, Options, Progress};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use std::cell::RefCell;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Rejected records of all inputs of a tree, and a few more.
const LINES: u64 = 46;

/// Every line, or the first and every third up to the last in a short run; each way begins at some of them.
fn lines() -> impl Iterator<Item = u64> {
    let is_long = std::env::var("LEAKDEX_LONG").is_ok();
    // One thread reads up to line 44, in order: all inputs but the last are finished there.
    (0..LINES).filter(move |line| is_long || *line == 0 || line % 3 == 2)
}

#[test]
fn an_ingest_stopped_at_any_record_goes_on_in_any_way() {
    let tree = Tree::new();
    let (whole, want) = tree.whole();
    let (mut kept, mut nothing, mut most) = (0, 0, 0);
    for line in lines() {
        let index = format!("stopped{line}");
        let way = |number: u64| &WAYS[((line + number) % 4) as usize];
        let report = match tree.stopped(&index, way(0), Start::Fresh, line) {
            Ok(report) => report,
            Err(Error::Kept { finished, .. }) => {
                (kept, most) = (kept + 1, most.max(finished));
                // Somewhere behind it is stopped again.
                match tree.stopped(&index, way(1), Start::Resume, line % 5 + 4) {
                    Err(Error::Kept { finished: more, .. }) => {
                        assert!(more >= finished, "line {line}: {more} of {finished} are left");
                        let report = tree.stopped(&index, way(2), Start::Resume, u64::MAX);
                        report.expect("the rest")
                    }
                    report => report.expect("the rest"),
                }
            }
            Err(error) => {
                assert!(matches!(error, Error::Source(crate::source::Error::Stopped)), "{error}");
                assert!(!tree.path(&index).exists(), "line {line}: nothing was finished, and something is left");
                nothing += 1;
                continue;
            }
        };
        assert_eq!(numbers(&report), numbers(&whole), "line {line}");
        assert!(files(&tree.path(&index)) == want, "line {line}: other bytes");
    }
    assert!(kept > 10 && most >= 9 && nothing >= 1, "{kept} kept, {most} inputs at most, {nothing} without");
}

/// A copy of an index as a kill at this moment would leave it. The head first: the others only grow behind it.
fn crash(index: &Path, left: &Path) {
    fs::create_dir(left).expect("a directory");
    for entry in fs::read_dir(index).expect("an index") {
        let (from, to) = {
            let entry = entry.expect("an entry");
            (entry.path(), left.join(entry.file_name()))
        };
        if from.is_dir() && from.ends_with("jobs") {
            fs::create_dir(&to).expect("a directory");
            for job in fs::read_dir(&from).expect("jobs") {
                let job = job.expect("an entry");
                let to = to.join(job.file_name());
                fs::create_dir(&to).expect("a directory");
                for name in ["head", "journal", "data", "head-new"] {
                    // Not every one is there at every time.
                    let _ = fs::copy(job.path().join(name), to.join(name));
                }
            }
        } else {
            // A temporary file may be renamed meanwhile.
            let _ = fs::copy(&from, &to);
        }
    }
}

#[test]
fn an_ingest_killed_at_any_record_goes_on_with_what_was_saved() {
    let tree = Tree::new();
    let (whole, want) = tree.whole();
    let (mut resumed, mut most) = (0, 0);
    for line in lines() {
        let (index, left) = (format!("killed{line}"), tree.path(&format!("left{line}")));
        let way = |number: u64| &WAYS[((line + number) % 4) as usize];
        let mut config = tree.config(&index, way(0));
        let (from, to) = (tree.path(&index), left.clone());
        let hook = AtLine { left: line, then: Some(Box::new(move || crash(&from, &to))) };
        config.reject_log = Some(RejectLog::new(Box::new(hook)));
        attempt(way(0), &config, &Arc::new(Progress::new())).expect("undisturbed");
        if !left.exists() {
            continue;
        }
        let mut config = tree.config(&format!("left{line}"), way(1));
        config.start = Start::Resume;
        let report = match attempt(way(1), &config, &Arc::new(Progress::new())) {
            Err(Error::NoJob { .. }) => {
                config.start = Start::Fresh;
                attempt(way(1), &config, &Arc::new(Progress::new()))
            }
            report => report,
        };
        let report = report.unwrap_or_else(|error| panic!("line {line}: {error}"));
        resumed += u64::from(report.resumed.is_some());
        most = most.max(report.resumed.as_ref().map_or(0, |resumed| resumed.inputs));
        assert_eq!(numbers(&report), numbers(&whole), "line {line}");
        assert!(files(&left) == want, "line {line}: other bytes");
    }
    assert!(resumed > 10 && most >= 9, "{resumed} resumed, {most} inputs at most");
}

/// The process of an ingest ends before a step that would change the disk: of the index, or of the job in it.
#[test]
fn an_ingest_that_ends_before_any_step_of_the_disk_goes_on() {
    let tree = Tree::new();
    let (whole, want) = tree.whole();
    let (mut fresh, mut resumed, mut committed) = (0, 0, 0);
    let is_long = std::env::var("LEAKDEX_LONG").is_ok();
    for step in (1..).step_by(if is_long { 1 } else { 5 }) {
        let index = format!("step{step}");
        let mut config = tree.config(&index, &WAYS[0]);
        let (_, has_ended) = before(step, || attempt(&WAYS[0], &config, &Arc::new(Progress::new())));
        if !has_ended {
            break;
        }
        config.start = Start::Resume;
        let report = match attempt(&WAYS[1], &config, &Arc::new(Progress::new())) {
            Err(Error::NoJob { .. }) => {
                config.start = Start::Fresh;
                attempt(&WAYS[1], &config, &Arc::new(Progress::new()))
            }
            report => report,
        };
        match report {
            Ok(report) => {
                fresh += u64::from(report.resumed.is_none());
                resumed += u64::from(report.resumed.is_some());
                assert_eq!(numbers(&report), numbers(&whole), "step {step}");
            }
            // It had ended behind its commit.
            Err(Error::BreachExists { .. } | Error::JobCommitted { .. }) => committed += 1,
            Err(error) => panic!("step {step}: {error}"),
        }
        assert!(files(&tree.path(&index)) == want, "step {step}: other bytes");
    }
    assert!(fresh > 0 && resumed > 10 && committed > 0, "{fresh} fresh, {resumed} resumed, {committed} committed");
}

/// Stops an ingest of any dumps at some rejected records, one after the other, and then lets it end.
fn check_case(dumps: &Dumps, ways: &[Way], lines: &[u64], kept: &RefCell<u32>) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let width = width(dumps.bits);
    let inputs = dumps.write(folder.path());
    let whole = config(&PLAIN, &inputs, &folder.path().join("whole"), width);
    let whole_report = attempt(&PLAIN, &whole, &Arc::new(Progress::new())).expect("an accepted record");
    let index = folder.path().join("index");
    let mut start = Start::Fresh;
    let mut report = None;
    for (way, line) in ways.iter().zip(lines.iter().copied().chain([u64::MAX])) {
        let mut config = config(way, &inputs, &index, width);
        // The order of a report is that of the inputs, and the one that is compared has its own.
        config.inputs = whole.inputs.clone();
        config.temp_dir = (line % 2 == 1).then(|| folder.path().to_path_buf());
        config.start = start;
        match attempt_until(way, &mut config, line) {
            Ok(done) => {
                report = Some(done);
                break;
            }
            Err(Error::Kept { .. }) => {
                *kept.borrow_mut() += 1;
                start = Start::Resume;
            }
            Err(error) => {
                let stopped = matches!(error, Error::Source(crate::source::Error::Stopped));
                prop_assert!(stopped && start == Start::Fresh, "{}", error);
            }
        }
    }
    let report = report.expect("the last one is not stopped");
    prop_assert_eq!(numbers(&report), numbers(&whole_report));
    prop_assert!(files(&index) == files(&whole.index), "other bytes");
    let left = fs::read_dir(folder.path()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let litter: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with("leakdex-")).collect();
    prop_assert!(litter.is_empty(), "{:?}", litter);
    Ok(())
}

#[test]
fn bytes_do_not_depend_on_interruptions() {
    const CASES: u32 = 16;
    let longer: u32 = std::env::var("LEAKDEX_LONG").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let cases = CASES * longer;
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x5e5),
        ..ProptestConfig::default()
    });
    let kept = RefCell::new(0);
    let ways = prop::collection::vec(any_way(), 4);
    let lines = prop::collection::vec(0..12u64, 3);
    let result =
        runner.run(&(any_dumps(), ways, lines), |(dumps, ways, lines)| check_case(&dumps, &ways, &lines, &kept));
    result.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(kept.into_inner() > cases / 3, "too few interruptions to mean much");
}

/// Stops in the middle of an input, and not at its end.
pub(super) const FINE: Way = Way { threads: 1, memory: 1 << 20, block_bytes: 500, ..LEAST };

/// A tree of which an ingest has finished some inputs, and the way in which it is tried to go on.
pub(super) fn interrupted() -> (Tree, Config) {
    let tree = Tree::new();
    let error = tree.stopped("index", &FINE, Start::Fresh, 10).expect_err("stopped");
    assert!(matches!(error, Error::Kept { finished: 3, inputs: 11, .. }), "{error:?}");
    let mut config = tree.config("index", &FINE);
    config.start = Start::Resume;
    (tree, config)
}

pub(super) fn resumed(config: &Config) -> Result<Report, Error> {
    attempt(&FINE, config, &Arc::new(Progress::new()))
}

/// What was counted before the interruption, in jobs and in their files, is counted once.
#[test]
fn records_of_a_domain_are_counted_across_interruptions() {
    let (tree, config) = interrupted();
    resumed(&config).expect("it goes on");
    let counts = |one: fn(usize) -> bool| {
        let rows = [12, 25, 0, 200, 30, 15, 90, 11, 12, 14].into_iter().flat_map(|rows| 0..rows);
        rows.filter(|row| one(row % 10)).count() as u64
    };
    let want = [counts(|row| matches!(row, 4 | 5)), counts(|row| !matches!(row, 3..=5)), 0];
    let got = ["gmail.com", "example.com", "example.org"].map(|domain| domain_records(&config.index, domain));
    assert_eq!(got, want);
    assert!(files(&config.index) == tree.whole().1);
}

/// A job that cannot go on is still there, and goes on when everything is as it was.
#[track_caller]
fn check_refused(change: impl FnOnce(&Tree, &mut Config), want: &str) {
    let (tree, mut config) = interrupted();
    change(&tree, &mut config);
    let error = resumed(&config).expect_err("refused");
    assert!(error.to_string().contains(want), "no `{want}` in `{error}`");
    assert!(error.hint().is_some(), "{error}");
    let whole = tree.config("index", &FINE);
    let waits = resumed(&whole).expect_err("the job waits");
    assert!(matches!(waits, Error::JobWaits { finished: 3, inputs: 11, .. }), "{waits:?}");
}

#[test]
fn a_job_goes_on_only_in_the_same_way() {
    check_refused(|_, config| config.request.region = Country::CN, "`--region` was another one");
    check_refused(|_, config| config.request.scope = Some("acme".into()), "`--scope` was another one");
    check_refused(|_, config| config.source.encoding = Some("utf-8".into()), "`--encoding` was another one");
    let rule = || crate::plan::Rule::parse("email=email").expect("a rule");
    check_refused(|_, config| config.request.rules.push(rule()), "`--map` was another one");
    check_refused(|_, config| config.breach = "other".into(), "no interrupted ingest of `other` waits");
}

#[test]
fn what_is_free_may_change() {
    let (tree, mut config) = interrupted();
    config.title = Some("A title".into());
    config.source = Options { block_bytes: 77, ..Options::default() };
    config.rejects_max = 0.5;
    config.save_every = Duration::ZERO;
    let report = resumed(&config).expect("it goes on");
    assert_eq!(report.resumed.as_ref().map(|resumed| (resumed.inputs, resumed.left_out)), Some((3, 0)));
    assert_eq!(numbers(&report), numbers(&tree.whole().0));
}

/// Gives a file another time of change.
fn touch(path: &Path) {
    let file = fs::OpenOptions::new().append(true).open(path).expect("a file");
    file.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("a time");
}

#[test]
fn a_finished_input_has_to_be_what_it_was() {
    check_refused(|tree, _| touch(&tree.inputs[0]), "one.csv` has changed since it was read");
    let append = |tree: &Tree| fs::write(&tree.inputs[1], text(2, 26)).expect("room");
    check_refused(|tree, _| append(tree), "two.csv` has changed since it was read");
    check_refused(|_, config| _ = config.inputs.remove(0), "1 input(s) that it has read are not given any more");
}

#[test]
fn an_unfinished_input_may_change_but_not_vanish() {
    let gone = "2 input(s) that were given are not given any more";
    check_refused(|_, config| _ = config.inputs.drain(6..8), gone);
    let (tree, config) = interrupted();
    fs::write(&tree.inputs[8], text(9, 50)).expect("room");
    let report = resumed(&config).expect("it goes on");
    assert_eq!(numbers(&report), numbers(&tree.whole().0));
}

#[test]
fn more_inputs_are_welcome() {
    let (mut tree, mut config) = interrupted();
    let more = tree.path("more.csv");
    fs::write(&more, text(20, 30)).expect("room");
    tree.inputs.push(more.clone());
    config.inputs.push(Input { path: more, found: false });
    let error = attempt_until(&FINE, &mut config, 8).expect_err("stopped");
    assert!(matches!(error, Error::Kept { inputs: 12, .. }), "{error:?}");
    config.reject_log = None;
    config.inputs.pop();
    let gone = resumed(&config).expect_err("it is known now");
    assert!(matches!(gone, Error::JobInputsGone { read: 0, unread: 1, .. }), "{gone:?}");
    config = tree.config("index", &FINE);
    config.start = Start::Resume;
    assert_eq!(numbers(&resumed(&config).expect("it goes on")), numbers(&tree.whole().0));
}

#[test]
fn an_input_that_cannot_be_read_may_be_left_out() {
    let mut tree = Tree::new();
    // Behind the sample it breaks off.
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text(30, 120_000).as_bytes()).expect("memory takes everything");
    let mut bytes = gzip.finish().expect("memory takes everything");
    bytes.truncate(bytes.len() - 100);
    fs::write(&tree.inputs[4], bytes).expect("room");
    let error = tree.stopped("index", &PLAIN, Start::Fresh, u64::MAX).expect_err("it breaks off");
    assert!(matches!(error, Error::Kept { finished: 4, .. }), "{error:?}");
    tree.inputs.remove(4);
    let report = tree.stopped("index", &PLAIN, Start::Resume, u64::MAX).expect("it goes on");
    assert_eq!(report.resumed.as_ref().map(|resumed| (resumed.inputs, resumed.left_out)), Some((4, 1)));
    let (whole, want) = tree.whole();
    assert_eq!(numbers(&report), numbers(&whole));
    assert!(files(&tree.path("index")) == want);
}

#[test]
fn a_job_of_another_key_is_an_error() {
    let (_tree, config) = interrupted();
    let other = Key::from_secret(&std::array::from_fn(|i| i as u8 ^ 0x77)).expect("a secret");
    let budget = Budget::of(SMALL, 1 << 20, 1).expect("enough memory");
    let error = ingest_within(budget, Pace::always(), &config, &other, &Arc::new(Progress::new()));
    assert!(matches!(error, Err(Error::Index(crate::index::Error::WrongKey { .. }))), "{error:?}");
    resumed(&config).expect("the right one goes on");
}

#[test]
fn a_job_waits_while_other_breaches_are_ingested() {
    let (tree, config) = interrupted();
    let mut other = tree.config("index", &FINE);
    other.breach = "other".into();
    fs::write(tree.path("other.csv"), text(40, 30)).expect("room");
    other.inputs = vec![Input { path: tree.path("other.csv"), found: false }];
    resumed(&other).expect("another breach");
    let report = resumed(&config).expect("it goes on");
    assert_eq!(report.records(), tree.whole().0.records());
    assert!(!tree.path("index/jobs").exists());
}

#[test]
fn a_discarded_job_is_gone() {
    let (tree, mut config) = interrupted();
    config.start = Start::Discard;
    let report = resumed(&config).expect("from the beginning");
    assert_eq!((&report.resumed, numbers(&report)), (&None, numbers(&tree.whole().0)));
    let (tree, config) = interrupted();
    assert_eq!(
        super::discard(&config.index, &config.breach, &key(), crate::index::Wait::NONE).expect("a job").len(),
        1
    );
    let none = super::discard(&config.index, &config.breach, &key(), crate::index::Wait::NONE);
    assert!(matches!(none, Err(Error::NoJob { .. })), "{none:?}");
    assert!(!tree.path("index/jobs").exists());
    let none = resumed(&config);
    assert!(matches!(none, Err(Error::NoJob { .. })), "{none:?}");
}

#[test]
fn a_dry_run_knows_no_jobs() {
    let tree = Tree::new();
    let mut config = tree.config("index", &LEAST);
    config.dry_run = true;
    let error = attempt_until(&LEAST, &mut config, 20).expect_err("stopped");
    assert!(matches!(error, Error::Source(crate::source::Error::Stopped)), "{error:?}");
    assert!(!tree.path("index").exists());
    let (_tree, mut config) = interrupted();
    (config.dry_run, config.start) = (true, Start::Fresh);
    resumed(&config).expect("it only counts");
}

/// A breach whose name one had that was removed has another uid than its name alone gives.
#[test]
fn a_committed_job_of_a_name_that_comes_again_is_swept() {
    let tree = Tree::new();
    let config = tree.config("index", &FINE);
    resumed(&config).expect("the first of the name");
    let key = key();
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    let mut writer = Writer::open(&config.index, &identity, Width::DEFAULT).expect("an index");
    let mut catalogue = writer.catalogue().clone();
    catalogue.remove(&config.breach).expect("a breach");
    writer.commit_locked(Vec::new(), catalogue).expect("removed");
    drop(writer);
    tree.stopped("index", &FINE, Start::Fresh, 10).expect_err("stopped");
    crash(&config.index, &tree.path("left"));
    tree.stopped("index", &FINE, Start::Resume, u64::MAX).expect("it goes on");
    fs::rename(tree.path("left/jobs"), tree.path("index/jobs")).expect("moved");
    let error = tree.stopped("index", &FINE, Start::Resume, u64::MAX).expect_err("it is in the index");
    assert!(matches!(error, Error::JobCommitted { .. }), "{error:?}");
    assert!(!tree.path("index/jobs").exists());
}

/// The kill came behind the commit, before the job was removed.
#[test]
fn a_committed_job_is_swept() {
    for start in [Start::Resume, Start::Fresh, Start::Discard] {
        let (tree, config) = interrupted();
        crash(&config.index, &tree.path("left"));
        resumed(&config).expect("it goes on");
        fs::rename(tree.path("left/jobs"), tree.path("index/jobs")).expect("moved");
        let mut again = tree.config("index", &FINE);
        again.start = start;
        let error = resumed(&again).expect_err("it is in the index");
        match start {
            Start::Fresh => assert!(matches!(error, Error::BreachExists { .. }), "{error:?}"),
            _ => assert!(matches!(error, Error::JobCommitted { .. }), "{error:?}"),
        }
        assert!(!tree.path("index/jobs").exists(), "{start:?}");
        assert!(files(&tree.path("index")) == tree.whole().1, "{start:?}");
    }
}
