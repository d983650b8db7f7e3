//! Interrupted ingests as their users meet them: what a stop, a kill, a broken file and a full disk leave behind, what
//! `--resume` and `--discard` make of it, and that the index is then the same as if nothing had happened.
//!
//! `LEAKDEX_LONG` multiplies the kills.

use super::desk::{DUMP, Desk, EXPOSURES, LIST, Random, expect_error, large_dump};
use super::faults::{count, seed};
use super::shapes::gzip;
use crate::command::{Outcome, Running, Signal};
use crate::leakscan::{Canary, Needles};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Everything in a directory but the lock, by path inside of it.
fn files(desk: &Desk, name: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let inside =
        |(path, bytes): (PathBuf, Vec<u8>)| Some((path.strip_prefix(desk.path(name)).ok()?.to_path_buf(), bytes));
    desk.state().into_iter().filter_map(inside).filter(|(path, _)| path != Path::new(".lock")).collect()
}

/// Writes a tree of small dumps; no two are the same, and some people are in many.
fn write_tree(desk: &Desk, dumps: u64, rows: usize) {
    fs::create_dir_all(desk.path("tree/deep")).expect("a directory");
    for number in 0..dumps {
        let dir = if number % 3 == 0 { "tree/deep" } else { "tree" };
        let text = format!("{}rejected{number},\n", large_dump(number % 50 + 7, rows + number as usize % 7));
        desk.write(&format!("{dir}/{number}.csv"), text);
    }
}

/// The name of the job in a message.
#[track_caller]
fn job_of(outcome: &Outcome) -> String {
    let text = outcome.stderr_text();
    let name = text.split("job `").nth(1).and_then(|rest| rest.split('`').next());
    name.unwrap_or_else(|| panic!("no job\n{outcome}")).to_owned()
}

/// A desk with an index, and an ingest of five inputs behind it that broke off in the third.
fn broken_off() -> (Desk, Outcome) {
    let desk = Desk::with_index();
    desk.write("1.csv", large_dump(1, 300));
    desk.write("2.csv", large_dump(2, 300));
    // Whole as far as planning looks.
    let whole = gzip(&[large_dump(3, 60_000).as_bytes()]);
    desk.write("3.gz", &whole[..whole.len() - 1000]);
    desk.write("whole.gz", whole);
    desk.write("4.csv", large_dump(4, 300));
    let outcome = desk.leakdex(&format!("{INGEST} 3.gz 4.csv")).run_code(2);
    (desk, outcome)
}

const INGEST: &str = "ingest --breach leak --threads 1 1.csv 2.csv";

#[test]
fn a_broken_file_leaves_a_job_that_goes_on() {
    let (desk, outcome) = broken_off();
    expect_error(&outcome, "keeps what was read: 2 of 4 inputs", "`--resume` goes on from there");
    let job = job_of(&outcome);
    assert!(desk.path(&format!("index/jobs/{job}")).is_dir(), "{outcome}");
    // Readers do not see it.
    assert_eq!(desk.leakdex("verify").run_ok().stdout_text().matches("whole").count(), 1);
    assert!(desk.leakdex("stats").run_ok().stdout_text().contains("in 1 segment, "));
    let scan = desk.leakdex("scan list.csv --region CN --reference id").run_ok();
    assert_eq!(scan.stdout_text(), EXPOSURES);
    // It is never ignored, and stands in nobody else's way.
    let again = format!("{INGEST} whole.gz 4.csv");
    desk.refuses(&again, &format!("waits as job `{job}`: 2 of 4 inputs are finished"), "`--discard` drops the job");
    desk.write("other.csv", large_dump(9, 100));
    desk.leakdex("ingest other.csv --breach other").run_ok();
    // The whole file comes to the name of the broken one.
    fs::copy(desk.path("whole.gz"), desk.path("3.gz")).expect("a copy");
    let resumed = desk.leakdex(&format!("{INGEST} 3.gz 4.csv --resume --reject-log log.jsonl")).run_ok();
    let report = resumed.stderr_text();
    assert!(report.contains(&format!("went on with job `{job}`, which had read 2 of 4 inputs")), "{resumed}");
    assert!(report.contains("60,900 records = 60,900 accepted"), "{resumed}");
    assert!(report.contains("`log.jsonl` lists what this run rejected"), "{resumed}");
    let counted = desk.leakdex("check --kind email_domain").stdin("example.com\n").run_ok();
    assert!(counted.stdout_text().contains("leak, 60,900 records"), "{counted}");
    assert!(!desk.path("index/jobs").exists());
    desk.refuses(&format!("{INGEST} --resume --append"), "no interrupted ingest of `leak` waits", "leave out");
    desk.leakdex("verify").run_ok();
}

#[test]
fn the_broken_file_may_be_left_out() {
    let (desk, outcome) = broken_off();
    let job = job_of(&outcome);
    let resumed = desk.leakdex(&format!("{INGEST} 4.csv --resume")).run_ok();
    let want = format!("went on with job `{job}`, which had read 2 of 3 inputs; 1 that it could not read are left out");
    assert!(resumed.stderr_text().contains(&want), "{resumed}");
}

#[test]
fn a_job_is_discarded_with_and_without_beginning_again() {
    let (desk, outcome) = broken_off();
    let job = job_of(&outcome);
    let outcome = desk.leakdex("ingest --breach leak --discard").run_ok();
    assert_eq!(outcome.stderr_text(), format!("job `{job}` is dropped\n"));
    assert!(!desk.path("index/jobs").exists());
    desk.refuses("ingest --breach leak --discard", "no interrupted ingest of `leak` waits", "leave out");
    desk.leakdex(&format!("{INGEST} 3.gz 4.csv")).run_code(2);
    desk.leakdex(&format!("{INGEST} 4.csv --discard")).run_ok();
    assert!(!desk.path("index/jobs").exists());
}

#[test]
fn resuming_in_another_way_is_refused() {
    let (desk, outcome) = broken_off();
    let job = job_of(&outcome);
    let refuses = |arguments: &str, error: &str, hint: &str| {
        desk.refuses(&format!("{arguments} --resume"), error, hint);
    };
    let inputs = format!("{INGEST} 3.gz 4.csv");
    refuses(&format!("{inputs} --region CN"), "`--region` was another one when it began", "give the same options");
    refuses(&format!("{inputs} --map email=email"), "`--map` was another one", "`--discard`");
    refuses("ingest --breach leak 2.csv 3.gz 4.csv", "1 input(s) that it has read are not given", "the same paths");
    refuses(&format!("{INGEST} 3.gz"), "1 input(s) that were given are not given any more", "the same paths");
    refuses("ingest --breach lake 4.csv", "no interrupted ingest of `lake` waits", "leave out");
    refuses(&format!("{INGEST} 5.csv"), "opening 5.csv", "check the path");
    desk.leakdex("key new other").run_ok();
    refuses(&format!("{inputs} --key-file other"), "was made with key", "give the key that the index was made with");
    let more = format!("{}x@example.com,\n", large_dump(1, 300));
    desk.write("1.csv", more);
    refuses(&inputs, "`1.csv` has changed since it was read", "`--discard`");
    let complaint = desk.leakdex(&format!("{inputs} --resume --discard")).run_code(2);
    assert!(complaint.stderr_text().contains("cannot be used with"), "{complaint}");
    fs::write(desk.path(&format!("index/jobs/{job}/journal")), "gone").expect("room");
    desk.write("1.csv", large_dump(1, 300));
    refuses(&inputs, &format!("job `{job}` cannot go on: its journal is damaged"), "`--discard` drops the job");
}

/// Waits until an ingest holds the lock: its inputs are planned then.
fn wait_for_lock(desk: &Desk, running: &mut Running) {
    let id = running.id().to_string();
    while fs::read_to_string(desk.path("index/.lock")).unwrap_or_default() != id {
        if running.closes_within(Duration::from_millis(1)) {
            return;
        }
    }
}

/// How long an ingest of the tree takes behind its planning, and the index that it makes.
fn undisturbed(desk: &Desk) -> (Duration, BTreeMap<PathBuf, Vec<u8>>) {
    let mut running = desk.leakdex("ingest tree --breach leak").start();
    wait_for_lock(desk, &mut running);
    let begin = Instant::now();
    assert_eq!(running.end().code, Some(0));
    let taken = begin.elapsed();
    let want = files(desk, "index");
    fs::remove_dir_all(desk.path("index")).expect("an index");
    (taken, want)
}

/// Sends a signal after a while behind the planning. Output: how long it took, if it ended before.
fn interrupt(desk: &Desk, running: &mut Running, delay: Duration, signal: Signal) -> Option<Duration> {
    wait_for_lock(desk, running);
    let begin = Instant::now();
    if running.closes_within(delay) {
        return Some(begin.elapsed());
    }
    running.signal(signal);
    None
}

/// How long a whole ingest takes now: other work on the machine comes and goes. One that went on, or ended with an error, says
/// nothing about it.
fn pace(taken: Duration, ended: Option<Duration>, start: &str, outcome: &Outcome) -> Duration {
    let whole = ended.filter(|_| start.is_empty() && outcome.code == Some(0));
    whole.map_or(taken, |whole| whole.min(taken))
}

#[test]
fn five_hundred_files_survive_any_number_of_stops() {
    let desk = Desk::new();
    write_tree(&desk, 500, 60);
    let (mut taken, want) = undisturbed(&desk);
    let mut random = Random(seed(41));
    let (mut kept, mut read) = (0, 0);
    for round in 0..count(30) {
        if round >= count(3) && kept >= count(2) {
            break;
        }
        let mut start = "";
        for stop in 0.. {
            let threads = 1 + random.below(4);
            let call = format!("ingest tree --breach leak --threads {threads} {start}");
            let mut running = desk.leakdex(&call).start();
            // Less and less often: it has to end some day.
            let delay = taken.mul_f64(random.below(1000 + 300 * stop) as f64 / 1000.0);
            let signal = if stop % 2 == 0 { Signal::TERM } else { Signal::INT };
            let ended = interrupt(&desk, &mut running, delay, signal);
            let outcome = running.end();
            taken = pace(taken, ended, start, &outcome);
            if outcome.code == Some(0) {
                break;
            }
            let text = outcome.stderr_text();
            assert!(text.contains("stopped on request"), "{outcome}");
            if text.contains("keeps what was read") {
                expect_error(&outcome, "of 500 inputs", "the same command with `--resume` goes on");
                let finished = text.split("read: ").nth(1).and_then(|rest| rest.split(' ').next());
                let finished: u64 = finished.and_then(|number| number.parse().ok()).expect("a number");
                assert!(start.is_empty() || finished >= read, "{read}, then {finished}\n{outcome}");
                (kept, read, start) = (kept + 1, finished, "--resume");
            }
        }
        assert!(files(&desk, "index") == want, "other files in round {round}");
        fs::remove_dir_all(desk.path("index")).expect("an index");
    }
    assert!(kept >= count(2), "{kept} kept: too few to mean much");
}

#[test]
fn a_kill_at_any_moment_loses_little_and_changes_nothing() {
    let desk = Desk::new();
    write_tree(&desk, 200, 60);
    let (mut taken, want) = undisturbed(&desk);
    let mut random = Random(seed(43));
    let (mut killed, mut resumed) = (0, 0);
    for round in 0..count(20) {
        if round >= count(2) && killed >= count(4) && resumed >= count(1) {
            break;
        }
        let mut start = "";
        for kill in 0.. {
            let threads = 1 + random.below(3);
            let temp_dir = if round % 2 == 0 { "" } else { "--temp-dir spill" };
            fs::create_dir_all(desk.path("spill")).expect("a directory");
            let call = format!("ingest tree --breach leak --save-every 0 --threads {threads} {temp_dir} {start}");
            let mut running = desk.leakdex(&call).start();
            let delay = taken.mul_f64(random.below(1500 + 300 * kill) as f64 / 1000.0);
            let ended = interrupt(&desk, &mut running, delay, Signal::KILL);
            let outcome = running.end();
            taken = pace(taken, ended, start, &outcome);
            let text = outcome.stderr_text();
            match outcome.code {
                Some(0) => break,
                None => killed += 1,
                // Killed before anything was saved, or behind the commit.
                Some(_) if text.contains("no interrupted ingest of") => start = "",
                Some(_) if text.contains("had reached its end") || text.contains("has a breach") => break,
                Some(_) => panic!("{outcome}"),
            }
            if outcome.code.is_none() {
                resumed += u64::from(!start.is_empty());
                start = "--resume";
                check_readable(&desk);
            }
        }
        // What a kill behind the commit has left goes with the next.
        desk.leakdex("ingest --breach leak --discard").run_code(2);
        assert!(files(&desk, "index") == want, "other files in round {round}");
        assert_eq!(fs::read_dir(desk.path("spill")).expect("a directory").count(), 0);
        fs::remove_dir_all(desk.path("index")).expect("an index");
    }
    assert!(killed >= count(4) && resumed >= count(1), "{killed} killed, {resumed} of resumed ones: too few");
}

/// Readers see the old index, or that there is none yet.
fn check_readable(desk: &Desk) {
    let outcome = desk.leakdex("verify").run();
    let is_none = outcome.stderr_text().contains("holds no index");
    assert!(outcome.code == Some(0) || is_none, "{outcome}");
}

/// The disk has room for what was read, and not for the segment beside it.
#[test]
fn a_full_disk_while_writing_leaves_a_job() {
    let desk = Desk::new();
    desk.write("dump.csv", DUMP);
    desk.write("list.csv", LIST);
    desk.write("big.csv", large_dump(9, 20_000));
    desk.leakdex("ingest dump.csv big.csv --breach shop --region CN --index whole").run_ok();
    let ingest = "ingest dump.csv big.csv --breach shop --region CN";
    let outcome = desk.script(&format!("ulimit -f 1450; exec \"$0\" {ingest}")).run_code(2);
    expect_error(
        &outcome,
        "File too large",
        "free some space and run the command again; the index is as its last commit left it; then",
    );
    assert!(outcome.stderr_text().contains("2 of 2 inputs"), "{outcome}");
    let left = files(&desk, "index");
    assert!(left.keys().all(|path| path.extension().is_none_or(|end| end != "ldx")), "{:?}", left.keys());
    desk.leakdex(&format!("{ingest} --resume")).run_ok();
    assert!(files(&desk, "index") == files(&desk, "whole"));
    let scan = desk.leakdex("scan list.csv --region CN --reference id").run_ok();
    assert_eq!(scan.stdout_text(), EXPOSURES);
}

/// Saving needs more room than the index. Where there is none, an ingest that fits into memory does without.
#[test]
fn an_ingest_that_cannot_be_saved_goes_on() {
    let desk = Desk::new();
    (1..4).for_each(|number| desk.write(&format!("{number}.csv"), large_dump(number, 35_000)));
    let ingest = "ingest 1.csv 2.csv 3.csv --breach b";
    desk.leakdex(&format!("{ingest} --index whole")).run_ok();
    let want = files(&desk, "whole");
    let largest = want.values().map(Vec::len).max().expect("a segment");
    assert!(largest < 3 * 35_000 * 3 * 11, "{largest} bytes are more than what is saved");
    let script = format!("ulimit -f {}; exec \"$0\" {ingest} --save-every 0", largest / 512 + 2);
    desk.script(&script).run_ok();
    assert!(files(&desk, "index") == want);
}

/// Neither a value nor the name of a file is in what an interrupted ingest leaves, in any encoding.
#[test]
fn a_job_holds_no_plaintext() {
    let desk = Desk::new();
    let (dir, name) = ("folderN5wK2qYb8Rm", "nameR5jG8pWd3Zc-dump");
    fs::create_dir_all(desk.path(&format!("dumps/{dir}"))).expect("a directory");
    fs::create_dir(desk.path("spill")).expect("a directory");
    let text = "email,customer_no,headerT2gN6vXm4RaB7k\nQv7hX2mZk9tR@Example.com,Staff-K7rL2hVn9Pd,x\nrejected-Fj4kT8nWq2Vz,,y\n";
    desk.write(&format!("dumps/{dir}/{name}.csv"), text);
    let whole = gzip(&[large_dump(3, 60_000).as_bytes()]);
    desk.write("dumps/z.gz", &whole[..whole.len() - 1000]);
    let ingest = "ingest dumps --scope Organisation-of-nobody --breach leak --threads 1";
    for temp_dir in ["", "--temp-dir spill"] {
        let outcome = desk.leakdex(&format!("{ingest} {temp_dir}")).run_code(2);
        expect_error(&outcome, "1 of 2 inputs", "`--resume`");
        let canaries =
            [dir, name, "headerT2gN6vXm4RaB7k", "rejected-Fj4kT8nWq2Vz", "Staff-K7rL2hVn9Pd", "Organisation-of-nobody"];
        let mut canaries: Vec<Canary> = canaries.map(Canary::new).into();
        canaries.push(Canary::new("Qv7hX2mZk9tR@Example.com").with_form("qv7hx2mzk9tr@example.com"));
        let needles = Needles::new(&canaries);
        for place in ["index", "spill"] {
            let findings = needles.scan_tree(&desk.path(place));
            assert!(findings.is_empty(), "{findings:#?}");
        }
        assert!(!needles.scan_tree(&desk.path("dumps")).is_empty(), "where they are they are found");
        let spilled = fs::read_dir(desk.path("spill")).expect("a directory").count();
        assert_eq!(spilled, usize::from(!temp_dir.is_empty()));
        desk.leakdex("ingest --breach leak --discard").run_ok();
        assert_eq!(fs::read_dir(desk.path("spill")).expect("a directory").count(), 0);
    }
}
