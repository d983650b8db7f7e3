//! Damage and litter: whatever happens to the files of a job, it is refused or goes on to the same bytes, and nothing that
//! nobody can use stays for ever. `LEAKDEX_LONG` flips every bit instead of one of every byte.

use super::super::budget::Budget;
use super::super::inputs::{Planned, plan_inputs};
use super::super::property_tests::{files, key};
use super::super::record::{Narrow, Tags};
use super::super::resume_data::{Tree, attempt_until, numbers};
use super::super::resume_tests::{FINE, interrupted, resumed};
use super::super::spill::{Place, Store};
use super::super::test_data::{PAGE_BYTES, SMALL};
use super::super::{Config, Error, Start, SweptJob};
use super::{Pace, choose};
use crate::digest::{Key, Width};
use crate::index::Catalogue;
use crate::source::Progress;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A job, and everything that is needed to take it up without planning its inputs again.
struct Bench {
    tree: Tree,
    config: Config,
    planned: Vec<Planned>,
    key: Key,
}

impl Bench {
    fn new() -> Bench {
        let (tree, config) = interrupted();
        let budget = Budget::of(SMALL, 1 << 20, 1).expect("enough memory");
        let (planned, _) = plan_inputs(&config, budget, &Progress::new()).expect("plans");
        Bench { tree, config, planned, key: key() }
    }

    fn folder(&self) -> PathBuf {
        let mut jobs = fs::read_dir(self.tree.path("index/jobs")).expect("jobs");
        jobs.next().expect("a job").expect("an entry").path()
    }

    /// Takes the job up; says how many inputs it has finished.
    fn take_up(&self) -> Result<usize, Error> {
        let breach = &self.config.breach;
        let choice = choose(&self.config.index, &Catalogue::empty(), &self.key, breach, Start::Resume)?;
        let waiting = choice.resumed.expect("what was asked for");
        let store = |folder| Store::<Narrow>::new(Width::DEFAULT, 1 << 20, PAGE_BYTES, Place::Job(folder));
        let tags = Tags::new(100);
        let resumed = waiting.resume(&self.config, &self.key, &self.planned, &tags, store, Pace::always())?;
        Ok(resumed.0.finished.len())
    }

    #[track_caller]
    fn expect_damage(&self, place: &str) {
        let result = self.take_up();
        let refused = matches!(result, Err(Error::JobDamaged { .. } | Error::JobOfVersion { .. }));
        assert!(refused, "{place}: {result:?}");
    }
}

const FILES: [&str; 3] = ["head", "journal", "data"];

#[test]
fn every_changed_byte_is_found() {
    let bench = Bench::new();
    let folder = bench.folder();
    let step = if std::env::var("LEAKDEX_LONG").is_ok() { 1 } else { 8 };
    for name in FILES {
        let path = folder.join(name);
        let bytes = fs::read(&path).expect("a file");
        assert!(bytes.len() > 300, "{name}: only {} bytes", bytes.len());
        for bit in (0..bytes.len() * 8).step_by(step) {
            let mut changed = bytes.clone();
            let bit = bit + bit / 8 % step;
            changed[bit / 8] ^= 1 << (bit % 8);
            fs::write(&path, changed).expect("room");
            bench.expect_damage(&format!("bit {bit} of {name}"));
        }
        fs::write(&path, &bytes).expect("room");
    }
    assert_eq!(bench.take_up().expect("all is as it was"), 3);
}

#[test]
fn every_truncation_is_found() {
    let bench = Bench::new();
    let folder = bench.folder();
    for name in FILES {
        let path = folder.join(name);
        let bytes = fs::read(&path).expect("a file");
        for length in (0..bytes.len()).step_by(if std::env::var("LEAKDEX_LONG").is_ok() { 1 } else { 5 }) {
            fs::write(&path, &bytes[..length]).expect("room");
            bench.expect_damage(&format!("{length} bytes of {name}"));
        }
        if name != "head" {
            fs::remove_file(&path).expect("a file");
            bench.expect_damage(&format!("no {name}"));
        }
        fs::write(&path, &bytes).expect("room");
    }
    assert_eq!(bench.take_up().expect("all is as it was"), 3);
}

/// What was appended behind the last head, and a head that was not renamed.
#[test]
fn what_does_not_count_is_cut_off() {
    let bench = Bench::new();
    let folder = bench.folder();
    let lengths = || FILES.map(|name| fs::metadata(folder.join(name)).expect("a file").len());
    let before = lengths();
    for name in ["journal", "data", "head-new"] {
        let path = folder.join(name);
        let mut bytes = fs::read(&path).unwrap_or_default();
        bytes.extend(b"i 0123456789abcdef 0123456789abcdef");
        fs::write(path, bytes).expect("room");
    }
    assert_eq!(bench.take_up().expect("it goes on"), 3);
    assert_eq!(lengths(), before);
    let report = resumed(&bench.config).expect("it goes on");
    let (whole, want) = bench.tree.whole();
    assert_eq!(numbers(&report), numbers(&whole));
    assert!(files(&bench.tree.path("index")) == want);
}

#[test]
fn a_job_under_another_name_is_refused() {
    let bench = Bench::new();
    fs::rename(bench.folder(), bench.tree.path("index/jobs/0123456789abcdef")).expect("moved");
    bench.expect_damage("another name");
}

/// Nobody can go on with it, and it does not stand in the way: it is removed behind the next commit, and not before.
#[test]
fn a_damaged_job_is_swept_with_a_message() {
    let (tree, mut config) = interrupted();
    let id = fs::read_dir(tree.path("index/jobs")).expect("jobs").next().expect("a job").expect("an entry").file_name();
    let id = id.to_string_lossy().into_owned();
    fs::write(tree.path(&format!("index/jobs/{id}/head")), "LDJ1").expect("room");
    let damaged = resumed(&config).expect_err("damaged");
    assert!(matches!(&damaged, Error::JobDamaged { id: named, .. } if *named == id), "{damaged:?}");
    assert!(damaged.hint().expect("a hint").contains("--discard"), "{damaged:?}");
    config.start = Start::Fresh;
    let inputs = std::mem::take(&mut config.inputs);
    fs::write(tree.path("rejects"), "email\nnobody\n").expect("room");
    config.inputs = vec![crate::source::Input { path: tree.path("rejects"), found: false }];
    resumed(&config).expect_err("nothing was accepted");
    assert!(tree.path("index/jobs").join(&id).exists(), "nobody was told");
    config.inputs = inputs;
    let report = resumed(&config).expect("from the beginning");
    assert_eq!(report.swept, [SweptJob { id, why: "its head is none" }]);
    assert!(!tree.path("index/jobs").exists());
    assert_eq!(numbers(&report), numbers(&tree.whole().0));
}

#[test]
fn a_damaged_job_can_be_discarded() {
    let (tree, config) = interrupted();
    let folder = fs::read_dir(tree.path("index/jobs")).expect("jobs").next().expect("a job").expect("an entry").path();
    fs::write(folder.join("head"), "LDJ1").expect("room");
    let dropped = super::super::discard(&config.index, "any", &key(), crate::index::Wait::NONE).expect("a damaged one");
    assert_eq!(dropped, [folder.file_name().expect("a name").to_string_lossy()]);
    assert!(!tree.path("index/jobs").exists());
}

/// Killed after the first spill and before anything was finished: the head says where the data are.
#[test]
fn litter_is_swept_and_strangers_are_left() {
    let (tree, mut config) = interrupted();
    let jobs = tree.path("index/jobs");
    fs::create_dir(jobs.join("0123456789abcdef")).expect("a directory");
    fs::write(jobs.join("0123456789abcdef/head-new"), "LD").expect("room");
    let temp_dir = tree.path("temp");
    fs::create_dir(&temp_dir).expect("a directory");
    let binding = super::Binding::new(&config, &key(), Width::DEFAULT);
    let first = |id: &str, temp_dir: Option<&std::path::Path>| binding.first_head(&key(), id, temp_dir);
    let folder = super::Folder::new(&config.index, Some(&temp_dir), first).expect("a name");
    drop(folder.create_data().expect("room"));
    let mode = |path: PathBuf| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    let data = temp_dir.join(format!("leakdex-{}", folder.id()));
    let made =
        [mode(jobs.clone()), mode(folder.dir().to_path_buf()), mode(folder.dir().join("head")), mode(data.clone())];
    assert_eq!(made, [0o700, 0o700, 0o600, 0o600]);
    std::os::unix::fs::symlink(&temp_dir, jobs.join("fedcba9876543210")).expect("a link");
    fs::write(jobs.join("notes"), "of somebody").expect("room");
    config.start = Start::Discard;
    resumed(&config).expect("from the beginning");
    let mut left: Vec<_> =
        fs::read_dir(&jobs).expect("jobs").map(|entry| entry.expect("an entry").file_name()).collect();
    left.sort();
    assert_eq!(left, ["fedcba9876543210", "notes"]);
    assert!(!data.exists() && temp_dir.exists());
}

#[test]
fn files_of_a_job_are_for_their_owner() {
    let bench = Bench::new();
    let mode = |path: PathBuf| fs::metadata(path).expect("a file").permissions().mode() & 0o777;
    assert_eq!((mode(bench.tree.path("index/jobs")), mode(bench.folder())), (0o700, 0o700));
    FILES.into_iter().for_each(|name| assert_eq!(mode(bench.folder().join(name)), 0o600, "{name}"));
}

#[test]
fn saving_costs_a_twentieth_of_the_time_at_most() {
    let begin = Instant::now();
    let seconds = Duration::from_secs;
    let pace = |every, last, cost| Pace {
        every: seconds(every),
        last: begin + seconds(last),
        cost: seconds(cost),
        ..Pace { started: begin, ..Pace::new(Duration::ZERO) }
    };
    let check = |pace: Pace, due: u64| {
        assert!(!pace.is_due(begin + seconds(due) - Duration::from_millis(1)), "{pace:?}");
        assert!(pace.is_due(begin + seconds(due)), "{pace:?}");
    };
    check(pace(30, 0, 0), 30);
    check(pace(30, 100, 1), 130);
    check(pace(30, 100, 3), 160);
    // 2 % of all: 4,900 s and 100.
    check(pace(30, 4900, 1), 5000);
    check(pace(600, 4900, 1), 5500);
    // As often as memory allows, whatever it costs.
    check(pace(0, 4900, 90), 5000);
}

#[test]
fn the_data_of_another_directory_go_with_the_job() {
    let tree = Tree::new();
    let temp_dir = tree.path("temp");
    fs::create_dir(&temp_dir).expect("a directory");
    let mut config = tree.config("index", &FINE);
    config.temp_dir = Some(temp_dir.clone());
    let error = attempt_until(&FINE, &mut config, 10).expect_err("stopped");
    assert!(matches!(error, Error::Kept { .. }), "{error:?}");
    let count = || fs::read_dir(&temp_dir).expect("a directory").count();
    assert_eq!(count(), 1);
    // Where they are stands in the job, whatever is said now.
    (config.temp_dir, config.reject_log, config.start) = (None, None, Start::Resume);
    let report = resumed(&config).expect("it goes on");
    assert_eq!((numbers(&report), count()), (numbers(&tree.whole().0), 0));
}
