//! An index that grows: segments are merged, and the answers stay.

use super::desk::{Desk, EXPOSURES, Random, expect_error, large_dump};
use super::faults::{check_whole, count, seed, temporary_files};
use crate::command::Signal;
use std::fs;
use std::time::Instant;

const CHECK_DOMAINS: &str = "check --kind email_domain --json";

/// A desk with `shop` and so many breaches beside it, not merged.
fn desk_of(breaches: u64) -> Desk {
    let desk = Desk::with_index();
    for number in 0..breaches {
        add(&desk, number, 200, "--no-compact");
    }
    desk
}

fn add(desk: &Desk, number: u64, rows: usize, options: &str) {
    let name = format!("b{number}.csv");
    // Half of the people are in every dump.
    let own = large_dump(number + 50, rows / 2);
    let shared = large_dump(7, rows / 2);
    desk.write(&name, own + &shared[shared.find('\n').expect("a header") + 1..]);
    desk.leakdex(&format!("ingest {name} --breach b{number} --quiet {options}")).run_ok();
}

/// Everything that the index says about everybody.
fn answers(desk: &Desk) -> (String, String) {
    let mut files: Vec<String> = fs::read_dir(desk.folder())
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('b') && name.ends_with(".csv"))
        .collect();
    files.sort();
    let mut found = String::new();
    for file in files {
        found += &desk.leakdex(&format!("scan {file} --quiet")).run_ok().stdout_text();
    }
    let domains = desk.leakdex(CHECK_DOMAINS).stdin("example.com\nexample.org\nexample.net\n").run();
    (found, domains.stdout_text())
}

#[test]
fn compacting_changes_no_answer_and_no_number_of_a_domain() {
    let desk = desk_of(11);
    desk.write("more.csv", large_dump(99, 300));
    desk.leakdex("ingest more.csv --breach b3 --append --no-compact --quiet").run_ok();
    let before = answers(&desk);
    assert!(before.1.contains("\"records\":200"), "{}", before.1);
    assert!(before.1.contains("\"records\":500"), "{}", before.1);
    assert_eq!(desk.segments().len(), 13);
    let outcome = desk.leakdex("compact").run_ok();
    assert!(outcome.stderr_text().contains("merged 13 segments ("), "{outcome}");
    assert_eq!(desk.segments().len(), 1);
    assert_eq!(answers(&desk), before);
    let outcome = desk.leakdex("compact").run_ok();
    assert!(outcome.stderr_text().contains("nothing is due: a digest is looked for in 1 segment\n"), "{outcome}");
    add(&desk, 20, 100, "");
    let before = answers(&desk);
    desk.leakdex("compact --all --quiet").run_ok();
    assert_eq!((desk.segments().len(), answers(&desk)), (1, before));
    check_whole(&desk, "after two merges");
}

#[test]
fn an_ingest_merges_what_is_due_unless_it_is_told_not_to() {
    let desk = desk_of(7);
    assert_eq!(desk.segments().len(), 8);
    add(&desk, 8, 200, "--no-compact");
    assert_eq!(desk.segments().len(), 9);
    desk.write("b9.csv", large_dump(9, 200));
    let outcome = desk.leakdex("ingest b9.csv --breach b9").run_ok();
    assert!(outcome.stderr_text().contains("merged 10 segments ("), "{outcome}");
    assert_eq!(desk.segments().len(), 1);
    check_whole(&desk, "after a merge");
}

/// A new breach costs its own rows: what has to leave older segments waits for `compact`.
#[test]
fn an_ingest_writes_no_segment_again_because_somebody_was_forgotten() {
    let desk = Desk::with_index();
    let old = desk.segments();
    desk.leakdex("forget --quiet").stdin("carl@example.org\n").run_ok();
    desk.write("next.csv", "email\nerik@example.com\ncarl@example.org\n");
    desk.leakdex("ingest next.csv --breach next").run_ok();
    assert!(desk.segments().len() == 2 && desk.segments().contains(&old[0]), "the old segment stays");
    let answer = desk.leakdex("check --kind email carl@example.org").run().stdout_text();
    assert_eq!(answer, "1\temail\tunknown\tsuppressed\n");
    let left = desk.leakdex("verify --removed").run_code(2).stdout_text();
    assert_eq!(left.matches(" of forgotten identifiers\n").count(), 1, "of the old one alone: {left}");
    desk.leakdex("breach remove next").run_ok();
    desk.leakdex("ingest next.csv --breach again").run_ok();
    assert!(desk.segments().len() == 3 && desk.segments().contains(&old[0]), "nor because a breach was removed");
    desk.leakdex("compact").run_ok();
    assert!(!desk.segments().contains(&old[0]));
    desk.leakdex("verify --removed").run_ok();
}

#[test]
fn two_ways_to_one_index_give_the_same_files() {
    let (one, other) = (desk_of(0), desk_of(0));
    fs::copy(one.path("key"), other.path("key")).expect("a key");
    fs::remove_dir_all(other.path("index")).expect("an index");
    other.leakdex("ingest dump.csv --breach shop --region CN").run_ok();
    let digits = |desk: &Desk| -> Vec<String> {
        let names = desk.segments().into_iter().map(|path| path.file_name().expect("a name").to_owned());
        names.map(|name| name.to_string_lossy().into_owned()).collect()
    };
    for desk in [&one, &other] {
        (0..9).for_each(|number| add(desk, number, 300, "--no-compact"));
        desk.leakdex("compact --quiet").run_ok();
    }
    assert_eq!(digits(&one), digits(&other));
}

#[test]
fn a_compaction_is_refused_without_an_index_or_its_key() {
    let desk = Desk::new();
    desk.refuses("compact", "holds no index", "name the directory with `--index`");
    let desk = desk_of(9);
    desk.leakdex("key new other").run_ok();
    desk.refuses("compact --key-file other", "was made with key", "give the key that the index was made with");
    let full = desk.script("ulimit -f 8; exec \"$0\" compact");
    desk.refuses_call(full, "File too large", "free some space");
    assert_eq!(desk.segments().len(), 10);
}

#[test]
fn a_kill_of_a_compaction_leaves_the_old_index_or_the_new_one() {
    let desk = desk_of(0);
    let grown = |desk: &Desk, round: u64| {
        (0..9).for_each(|number| add(desk, 100 * round + number, 4000, "--no-compact"));
    };
    grown(&desk, 1);
    let started = Instant::now();
    desk.leakdex("compact --quiet").run_ok();
    let whole = started.elapsed();
    let (mut random, mut killed) = (Random(seed(29)), 0);
    for round in 2..2 + count(3) {
        grown(&desk, round);
        let before = answers(&desk);
        for _ in 0..4 {
            let delay = whole.mul_f64(random.below(1100) as f64 / 1000.0);
            let mut running = desk.leakdex("compact --all --quiet").start();
            if !running.closes_within(delay) {
                running.signal(Signal::KILL);
            }
            killed += u64::from(running.end().code.is_none());
            check_whole(&desk, &format!("round {round} after {delay:?} of {whole:?}"));
        }
        desk.leakdex("compact --all --quiet").run_ok();
        assert!(answers(&desk) == before, "round {round}");
        assert_eq!((desk.segments().len(), temporary_files(&desk)), (1, Vec::new()), "the next writer sweeps");
        (0..9)
            .for_each(|number| fs::remove_file(desk.path(&format!("b{}.csv", 100 * round + number))).expect("a dump"));
    }
    assert!(killed > count(3), "{killed} killed: too few to mean much");
}

#[test]
fn a_stop_of_a_compaction_changes_nothing() {
    let desk = desk_of(0);
    (0..9).for_each(|number| add(&desk, number, 60_000, "--no-compact"));
    let before = desk.state();
    let mut running = desk.leakdex("compact --all").start();
    while temporary_files(&desk).is_empty() {
        assert!(
            !running.closes_within(std::time::Duration::from_millis(1)),
            "it has ended before it was seen to write"
        );
    }
    running.signal(Signal::TERM);
    let outcome = running.end();
    assert_eq!(outcome.code, Some(2), "{outcome}");
    expect_error(&outcome, "stopped on request", "run the command again to go on");
    assert!(desk.state() == before, "the directory has changed\n{outcome}");
    assert_eq!(
        desk.leakdex("scan list.csv --region CN --reference id --breach shop --quiet").run_ok().stdout_text(),
        EXPOSURES
    );
}
