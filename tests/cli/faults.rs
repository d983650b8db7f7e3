//! Kills, signals, full disks and rivals: the index is the old one or the new one, and nothing is left behind.
//!
//! `LEAKDEX_LONG` multiplies the number of faults: 20 makes a campaign of 1,000 kills. `LEAKDEX_SEED`, a number, makes them other
//! ones: other moments, other dumps, other histories, here and wherever faults are random.

use super::desk::{DUMP, Desk, EXPOSURES, LIST, Random, expect_error, large_dump};
use crate::command::Signal;
use std::fs;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How many faults to make where a short run makes `short`.
pub fn count(short: u64) -> u64 {
    short * std::env::var("LEAKDEX_LONG").ok().and_then(|text| text.parse().ok()).unwrap_or(1)
}

/// The seed of a campaign: this one, or another one for every number that `LEAKDEX_SEED` has.
pub fn seed(fixed: u64) -> u64 {
    let other: u64 = std::env::var("LEAKDEX_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    fixed.wrapping_add(other.wrapping_mul(1 << 20))
}

const SCAN: &str = "scan list.csv --region CN --reference id --breach shop --quiet";

/// The names of temporary files in the index.
pub fn temporary_files(desk: &Desk) -> Vec<String> {
    let Ok(listing) = fs::read_dir(desk.path("index")) else { return Vec::new() };
    let names = listing.map(|entry| entry.expect("a readable folder").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.contains("tmp")).collect()
}

/// The generation of a whole index that answers as ever.
#[track_caller]
pub fn check_whole(desk: &Desk, place: &str) -> u64 {
    let outcome = desk.leakdex("verify").run();
    assert_eq!(outcome.code, Some(0), "{place}\n{outcome}");
    let scan = desk.leakdex(SCAN).run();
    assert_eq!((scan.code, scan.stdout_text().as_str()), (Some(0), EXPOSURES), "{place}\n{scan}");
    let text = outcome.stdout_text();
    let generation = text.split("generation ").nth(1).and_then(|rest| rest.split(',').next());
    generation.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("a generation in {text}"))
}

/// How long an ingest takes when nobody disturbs it.
fn time_of_ingest(desk: &Desk, arguments: &str) -> Duration {
    let started = Instant::now();
    desk.leakdex(arguments).run_ok();
    started.elapsed()
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_index_or_the_new_one() {
    let desk = Desk::with_index();
    desk.write("big.csv", large_dump(9, 30_000));
    let whole = time_of_ingest(&desk, "ingest big.csv --breach probe --index probe");
    let mut random = Random(seed(17));
    let mut generation = 1;
    let (mut killed, mut litter, mut committed) = (0, 0, 0);
    for number in 0..count(50) {
        desk.write("next.csv", large_dump(1000 + number, 30_000));
        let arguments = match number % 2 {
            // One commit each: what a merge afterwards survives is asked where it is alone.
            0 => format!("ingest next.csv --breach b{number} --no-compact --quiet"),
            _ => "ingest next.csv --breach shop --append --no-compact --quiet".to_owned(),
        };
        let delay = whole.mul_f64(random.below(1100) as f64 / 1000.0);
        let mut running = desk.leakdex(&arguments).start();
        if !running.closes_within(delay) {
            running.signal(Signal::KILL);
        }
        let code = running.end().code;
        killed += u64::from(code.is_none());
        litter += u64::from(!temporary_files(&desk).is_empty());
        let place = format!("kill {number} after {delay:?} of {whole:?}");
        let now = check_whole(&desk, &place);
        assert!(now == generation || now == generation + 1, "{place}: generation {generation}, then {now}");
        assert!(code != Some(0) || now == generation + 1, "{place}: a commit that was reported is gone");
        committed += now - generation;
        generation = now;
    }
    assert!(
        killed > count(50) / 4,
        "{killed} killed, {litter} with litter, {committed} committed: too few kills to mean much"
    );
    desk.write("last.csv", "email\nerik@example.com\n");
    desk.leakdex("ingest last.csv --breach last --no-compact").run_ok();
    assert_eq!(temporary_files(&desk), Vec::<String>::new(), "the next ingest sweeps");
    assert_eq!(check_whole(&desk, "at the end"), generation + 1);
}

#[test]
fn a_kill_of_the_first_ingest_does_not_hinder_the_next() {
    let desk = Desk::new();
    desk.write("list.csv", LIST);
    desk.write("dump.csv", DUMP);
    desk.write("big.csv", large_dump(9, 30_000));
    let whole = time_of_ingest(&desk, "ingest big.csv --breach probe --index probe");
    let mut random = Random(seed(23));
    for number in 0..count(10) {
        let delay = whole.mul_f64(random.below(1000) as f64 / 1000.0);
        let mut running = desk.leakdex("ingest big.csv --breach big --quiet").start();
        if !running.closes_within(delay) {
            running.signal(Signal::KILL);
        }
        running.end();
        desk.leakdex("ingest dump.csv --breach shop --region CN --quiet").run_ok();
        check_whole(&desk, &format!("kill {number} after {delay:?} of {whole:?}"));
        assert_eq!(temporary_files(&desk), Vec::<String>::new());
        fs::remove_dir_all(desk.path("index")).expect("an index");
    }
}

/// Starts an ingest of these many rows, and waits until it holds the lock.
fn start_and_wait_for_lock(desk: &Desk, rows: usize, arguments: &str) -> crate::command::Running {
    desk.write("big.csv", large_dump(31, rows));
    fs::write(desk.path("index/.lock"), "").ok();
    let mut running = desk.leakdex(arguments).start();
    let id = running.id().to_string();
    while fs::read_to_string(desk.path("index/.lock")).unwrap_or_default() != id {
        assert!(!running.closes_within(Duration::from_millis(1)), "it has ended before it was seen to hold the lock");
    }
    running
}

#[test]
fn a_stop_on_request_leaves_nothing() {
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::QUIT] {
        let desk = Desk::with_index();
        let before = desk.state();
        let running = start_and_wait_for_lock(&desk, 600_000, "ingest big.csv --breach big");
        running.signal(signal);
        if signal == Signal::HUP {
            // The shell sends one, and the kernel another.
            running.signal(signal);
        }
        let outcome = running.end();
        assert_eq!(outcome.code, Some(2), "{outcome}");
        expect_error(&outcome, "stopped on request", "");
        fs::remove_file(desk.path("big.csv")).expect("the dump");
        assert!(desk.state() == before, "the directory has changed\n{outcome}");
        check_whole(&desk, "after a stop");
    }
}

#[test]
fn a_second_writer_is_told_who_writes() {
    let desk = Desk::with_index();
    desk.write("more.csv", "email\nerik@example.com\n");
    let running = start_and_wait_for_lock(&desk, 600_000, "ingest big.csv --breach big");
    let before = desk.state();
    let outcome = desk.leakdex("ingest more.csv --breach more").run_code(2);
    let error = format!("the index `index` is locked by process {}", running.id());
    expect_error(
        &outcome,
        &error,
        "wait until it has finished, or give `--wait SECONDS`; reading is possible meanwhile",
    );
    assert!(desk.state().keys().all(|path| before.contains_key(path) || path.ends_with(".tmp")), "no litter");
    check_whole(&desk, "while somebody writes");
    running.signal(Signal::TERM);
    running.end();
    desk.leakdex("ingest more.csv --breach more").run_ok();
}

#[test]
fn of_two_writers_each_wins_or_is_told() {
    let desk = Desk::with_index();
    for round in 0..count(5) {
        let running: Vec<_> = (0..3)
            .map(|writer| {
                let name = format!("w{round}-{writer}.csv");
                desk.write(&name, large_dump(100 * round + writer, 2000));
                desk.leakdex(&format!("ingest {name} --breach b{round}-{writer}")).start()
            })
            .collect();
        let outcomes: Vec<_> = running.into_iter().map(|running| running.end()).collect();
        let won = outcomes.iter().filter(|outcome| outcome.code == Some(0)).count();
        assert!(won >= 1, "somebody writes");
        for outcome in outcomes.iter().filter(|outcome| outcome.code != Some(0)) {
            assert_eq!(outcome.code, Some(2), "{outcome}");
            expect_error(outcome, "is locked by", "reading is possible meanwhile");
        }
        let listed = desk.leakdex("breach list").run_ok().stdout_text();
        assert_eq!(listed.matches(&format!("b{round}-")).count(), won, "{listed}");
    }
    check_whole(&desk, "after the races");
}

#[test]
fn a_full_disk_is_an_error_and_leaves_the_old_index() {
    let desk = Desk::with_index();
    desk.write("big.csv", large_dump(9, 60_000));
    let sizes = (0..count(20)).map(|step| step * 66 / (count(20) / 20));
    let mut failed = 0;
    for blocks in sizes {
        let before = desk.state();
        let script = format!("ulimit -f {blocks}; exec \"$0\" ingest big.csv --breach big");
        let outcome = desk.script(&script).run();
        if outcome.code == Some(0) {
            break;
        }
        failed += 1;
        assert_eq!(outcome.code, Some(2), "{blocks} blocks\n{outcome}");
        expect_error(&outcome, "File too large", "free some space");
        assert!(desk.state() == before, "the directory has changed at {blocks} blocks\n{outcome}");
        check_whole(&desk, &format!("{blocks} blocks"));
    }
    assert!(failed >= 5, "only {failed} sizes were too small");
    desk.leakdex("ingest big.csv --breach big --append").run();
    check_whole(&desk, "with room again");
}

#[test]
fn a_full_disk_leaves_no_new_index_and_no_key() {
    let desk = Desk::new();
    desk.write("big.csv", large_dump(9, 20_000));
    for blocks in [0, 1, 8, 300] {
        let script = format!("ulimit -f {blocks}; exec \"$0\" ingest big.csv --breach big");
        desk.refuses_call(desk.script(&script), "File too large", "free some space");
    }
    desk.refuses_call(desk.script("ulimit -f 0; exec \"$0\" key new other"), "File too large", "");
}

#[test]
fn readers_never_fail_while_a_writer_commits() {
    let desk = Desk::with_index();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = [SCAN, "verify", "breach show shop"]
            .into_iter()
            .map(|command| {
                let (desk, done) = (&desk, &done);
                scope.spawn(move || {
                    let mut reads = 0;
                    while !done.load(Ordering::Relaxed) || reads == 0 {
                        let outcome = desk.leakdex(command).run();
                        assert_eq!(outcome.code, Some(0), "{command}\n{outcome}");
                        assert!(command != SCAN || outcome.stdout_text() == EXPOSURES, "{outcome}");
                        reads += 1;
                    }
                    reads
                })
            })
            .collect();
        for number in 0..count(25) {
            desk.write("next.csv", large_dump(number, 200));
            desk.leakdex("ingest next.csv --breach more --append --quiet").run_ok();
            match number % 5 {
                1 => desk.leakdex("forget --quiet").stdin(format!("p{number}@example.net\n")).run_ok(),
                2 => desk.leakdex("compact --all --quiet").run_ok(),
                4 => desk.leakdex("breach remove more --quiet").run_ok(),
                _ => continue,
            };
        }
        done.store(true, Ordering::Relaxed);
        let reads: Vec<u64> = readers.into_iter().map(|reader| reader.join().expect("a reader")).collect();
        assert!(reads.iter().all(|count| *count > 0), "{reads:?}");
    });
}
