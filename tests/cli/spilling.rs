//! Ingests of more than fits into memory: what they say, what they take, and what a kill, a signal or a full disk in the
//! middle of one leaves behind.
//!
//! `LEAKDEX_LONG` multiplies the faults, and the size of the dump whose memory is measured.

use super::desk::{DUMP, Desk, LIST, Random, expect_error};
use super::faults::{check_whole, count, temporary_files};
use crate::command::{Leakdex, Outcome, Signal};
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::time::{Duration, Instant};

/// Rows of which two digests each are more than the least memory holds: a few megabytes above 31 MiB of pages.
const ROWS: u64 = 1_000_000;

/// A dump of addresses that each have an alias.
fn dump(seed: u64, rows: u64) -> String {
    let mut random = Random(seed);
    let mut text = String::from("email\n");
    for _ in 0..rows {
        writeln!(text, "{:x}.a@gmail.com", random.below(1 << 40)).expect("memory takes everything");
    }
    text
}

/// The least memory in MiB that so many threads can work in, as the program says itself.
fn least(desk: &Desk, threads: usize) -> u64 {
    let outcome = desk.leakdex(&format!("ingest dump.csv --breach b --memory 1M --threads {threads}")).run_code(2);
    let text = outcome.stderr_text();
    let least = text.split("need at least ").nth(1).and_then(|rest| rest.split(' ').next());
    least.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no least memory\n{outcome}"))
}

/// A desk with an index, a dump that spills, an empty directory for the file, and the options that make it spill there.
fn desk_that_spills() -> (Desk, String) {
    let desk = Desk::with_index();
    desk.write("big.csv", dump(1, ROWS));
    fs::create_dir(desk.path("spill")).expect("a directory");
    let options = format!("--memory {}M --threads 1 --temp-dir spill", least(&desk, 1));
    (desk, options)
}

/// The bytes that the report of an ingest names behind a word.
#[track_caller]
fn reported(outcome: &Outcome, word: &str) -> f64 {
    let text = outcome.stderr_text();
    let rest = text.split(&format!("{word} ")).nth(1).unwrap_or_else(|| panic!("no `{word}`\n{outcome}"));
    let mut words = rest.split([' ', '\n']);
    let number: f64 = words.next().unwrap_or_default().parse().unwrap_or_else(|_| panic!("no number\n{outcome}"));
    number * if words.next() == Some("GB") { 1e9 } else { 1e6 }
}

/// Nothing lies in the directory of the temporary file.
#[track_caller]
fn expect_empty(desk: &Desk, place: &str) {
    let left: Vec<_> = fs::read_dir(desk.path("spill")).expect("a directory").collect();
    assert!(left.is_empty(), "{place}: {left:?}");
}

#[test]
fn an_ingest_says_what_it_spilled_and_writes_the_same() {
    let (desk, options) = desk_that_spills();
    let outcome = desk.leakdex(&format!("ingest big.csv --breach big --index small {options}")).run_ok();
    assert!(
        outcome.stderr_text().contains("spilled 22.0 MB to a temporary file in `spill`, which is gone"),
        "{outcome}"
    );
    let whole = desk.leakdex("ingest big.csv --breach big --index large --memory 1G").run_ok();
    assert!(!whole.stderr_text().contains("spilled"), "{whole}");
    let quiet = desk.leakdex(&format!("ingest big.csv --breach big --index quiet --quiet {options}")).run_ok();
    assert_eq!(quiet.stderr_text(), "");
    let dry = desk.leakdex(&format!("ingest big.csv --breach big --index none --dry-run {options}")).run_ok();
    assert_eq!(reported(&dry, "spilled"), 22e6);
    expect_empty(&desk, "after all");
    let files = |index: &str| {
        let state = desk.state().into_iter();
        let files = state.filter_map(|(path, bytes)| {
            let name = path.strip_prefix(desk.path(index)).ok()?.to_owned();
            (!name.as_os_str().is_empty()).then_some((name, bytes))
        });
        files.collect::<Vec<_>>()
    };
    for other in ["large", "quiet"] {
        assert!(files(other) == files("small"), "memory changes bytes of `{other}`");
    }
    assert!(!desk.path("none").exists());
    // The default directory is the index.
    let options = options.replace(" --temp-dir spill", "");
    let outcome = desk.leakdex(&format!("ingest big.csv --breach big {options}")).run_ok();
    assert!(outcome.stderr_text().contains("to a temporary file in `index`"), "{outcome}");
    check_whole(&desk, "after a spill into the index");
}

/// How long an ingest takes that spills, and the segments that it writes.
fn undisturbed(desk: &Desk, options: &str) -> (Duration, Vec<String>) {
    let started = Instant::now();
    let outcome = desk.leakdex(&format!("ingest big.csv --breach big --index probe {options}")).run_ok();
    let whole = started.elapsed();
    assert!(reported(&outcome, "spilled") > 20e6, "{outcome}");
    let segments = segment_names(desk, "probe");
    fs::remove_dir_all(desk.path("probe")).expect("an index");
    (whole, segments)
}

/// The segments of an index. Their names are hashes of what they hold.
fn segment_names(desk: &Desk, index: &str) -> Vec<String> {
    let entries = fs::read_dir(desk.path(index)).expect("an index").map(|entry| entry.expect("an entry").file_name());
    let names = entries.map(|name| name.to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".ldx")).collect()
}

/// A moment in each of so many equal stretches of a time: the file is made in the first half, and read in the second.
fn moments(seed: u64, whole: Duration, count: u64) -> impl Iterator<Item = Duration> {
    let mut random = Random(super::faults::seed(seed));
    (0..count).map(move |number| whole.mul_f64((number * 1000 + random.below(1000)) as f64 / (count * 1000) as f64))
}

#[test]
fn a_kill_while_spilling_leaves_the_old_index_or_the_new_one() {
    let (desk, options) = desk_that_spills();
    let (whole, _) = undisturbed(&desk, &options);
    let big = desk.text("big.csv");
    let (mut generation, mut killed) = (1, 0);
    for (number, delay) in moments(29, whole, count(8)).enumerate() {
        desk.write("next.csv", format!("{big}unlike{number}@example.com\n"));
        // One commit each: what a merge afterwards survives is asked where it is alone.
        let ingest = format!("ingest next.csv --breach b{number} --no-compact {options}");
        let mut running = desk.leakdex(&ingest).start();
        if !running.closes_within(delay) {
            running.signal(Signal::KILL);
        }
        killed += u64::from(running.end().code.is_none());
        let place = format!("kill {number} after {delay:?} of {whole:?}");
        let left =
            fs::read_dir(desk.path("spill")).expect("a directory").map(|entry| entry.expect("an entry").file_name());
        let left: Vec<_> = left.map(|name| name.to_string_lossy().into_owned()).collect();
        assert!(left.len() <= 1 && left.iter().all(|name| name.starts_with("leakdex-")), "{place}: {left:?}");
        let now = check_whole(&desk, &place);
        assert!(now == generation || now == generation + 1, "{place}: generation {generation}, then {now}");
        generation = now;
    }
    assert!(killed > count(8) / 4, "{killed} killed: too few to mean much");
    desk.write("last.csv", "email\nerik@example.com\n");
    desk.leakdex("ingest last.csv --breach last --no-compact").run_ok();
    assert_eq!(temporary_files(&desk), Vec::<String>::new(), "the next ingest sweeps");
    assert!(!desk.path("index/jobs").exists(), "no input was finished: there is nothing to go on with");
    expect_empty(&desk, "the next ingest sweeps");
    assert_eq!(check_whole(&desk, "at the end"), generation + 1);
    let beside =
        fs::read_dir(desk.folder()).expect("a readable folder").map(|entry| entry.expect("an entry").file_name());
    let mut beside: Vec<_> = beside.map(|name| name.to_string_lossy().into_owned()).collect();
    beside.sort();
    assert_eq!(beside, ["big.csv", "dump.csv", "index", "key", "last.csv", "list.csv", "next.csv", "spill"]);
}

#[test]
fn a_stop_while_spilling_leaves_nothing_or_a_job() {
    let (desk, options) = desk_that_spills();
    let (whole, segments) = undisturbed(&desk, &options);
    let mut stopped = 0;
    for (number, delay) in moments(31, whole, count(6)).enumerate() {
        let before = desk.state();
        let mut running = desk.leakdex(&format!("ingest big.csv --breach big {options}")).start();
        if !running.closes_within(delay) {
            running.signal(if number % 2 == 0 { Signal::TERM } else { Signal::INT });
        }
        let outcome = running.end();
        let place = format!("after {delay:?} of {whole:?}\n{outcome}");
        check_whole(&desk, &place);
        let is_kept = outcome.stderr_text().contains("keeps what was read: 1 of 1 inputs");
        if is_kept && number % 2 == 0 {
            desk.leakdex(&format!("ingest big.csv --breach big {options} --resume")).run_ok();
        } else if is_kept {
            desk.leakdex("ingest --breach big --discard").run_ok();
        }
        expect_empty(&desk, &place);
        if outcome.code == Some(0) || (is_kept && number % 2 == 0) {
            // Too late to be stopped: it is all there, and the next round begins without it.
            let names = segment_names(&desk, "index");
            assert!(segments.iter().all(|segment| names.contains(segment)), "other segments {place}");
            fs::remove_dir_all(desk.path("index")).expect("an index");
            desk.leakdex("ingest dump.csv --breach shop --region CN").run_ok();
            continue;
        }
        stopped += 1;
        // A signal before the program listens ends it at once, and it has done nothing yet.
        assert!(matches!(outcome.code, Some(2) | None), "{place}");
        if outcome.code.is_some() {
            expect_error(&outcome, "stopped on request", "");
        }
        assert!(desk.state() == before, "the directory has changed {place}");
    }
    assert!(stopped >= count(6) / 3, "{stopped} stopped: too few to mean much");
}

/// An ingest that could not write its temporary file: it says where and what to do, and leaves everything as it was.
#[track_caller]
fn expect_full(desk: &Desk, call: Leakdex, cause: &str) {
    let outcome = desk.refuses_call(call, &format!("using a temporary file in `spill`: {cause}"), "`--temp-dir`");
    assert!(outcome.stderr_text().contains("11 bytes per identifier are needed there"), "{outcome}");
    expect_empty(desk, cause);
    check_whole(desk, cause);
}

#[test]
fn a_file_size_limit_while_spilling_is_an_error_and_leaves_the_old_index() {
    let (desk, options) = desk_that_spills();
    // From what the small files of an index need up to half of the temporary file, in units of 512 bytes.
    let steps = count(4);
    for step in 0..steps {
        let blocks = 64 + step * 30_000 / steps;
        let script = format!("ulimit -f {blocks}; exec \"$0\" ingest big.csv --breach big {options}");
        expect_full(&desk, desk.script(&script), "File too large");
    }
    // More threads, so that several find the file too large.
    let options = format!("--memory {}M --threads 8 --temp-dir spill", least(&desk, 8));
    let script = format!("ulimit -f 20000; exec \"$0\" ingest big.csv --breach big {options}");
    expect_full(&desk, desk.script(&script), "File too large");
    desk.leakdex(&format!("ingest big.csv --breach big {options}")).run_ok();
    check_whole(&desk, "without a limit");
}

/// Runs a script with a small file system in memory on the directory of the temporary file, as a user of a namespace of
/// its own; it is gone with the process.
fn with_small_disk(desk: &Desk, script: &str) -> Leakdex {
    let inner = format!("mount -t tmpfs -o size=8m tmpfs spill && {script}");
    desk.script(&format!("exec unshare --map-root-user --mount /bin/sh -c '{inner}' \"$0\""))
}

#[test]
fn a_full_disk_while_spilling_is_an_error_and_leaves_the_old_index() {
    let (desk, options) = desk_that_spills();
    if with_small_disk(&desk, "exit 0").run().code != Some(0) {
        let _ = writeln!(io::stderr(), "skipped: this user cannot mount a file system in a namespace");
        return;
    }
    let script = format!("exec \"$0\" ingest big.csv --breach big {options}");
    expect_full(&desk, with_small_disk(&desk, &script), "No space left on device");
}

#[test]
fn a_directory_that_takes_no_file_is_refused_at_once() {
    let desk = Desk::with_index();
    desk.write("more.csv", "email\nerik@example.com\n");
    for (dir, cause) in [("nowhere", "No such file or directory"), ("more.csv", "Not a directory")] {
        let arguments = format!("ingest more.csv --breach more --temp-dir {dir}");
        desk.refuses(&arguments, &format!("using a temporary file in `{dir}`: {cause}"), "another directory");
    }
}

#[test]
fn too_little_memory_is_refused_with_the_least() {
    let desk = Desk::new();
    desk.write("dump.csv", DUMP);
    for threads in [1, 2, 8] {
        let least = least(&desk, threads);
        let ingest =
            |memory: u64| format!("ingest dump.csv --breach b --region CN --threads {threads} --memory {memory}M");
        let error = format!("{threads} threads need at least {least} MiB");
        desk.refuses(&ingest(least - 1), &error, &format!("give `--memory {least}M`"));
        desk.leakdex(&format!("{} --index i{threads}", ingest(least))).run_ok();
    }
}

#[test]
fn more_memory_than_there_is_is_a_limit_and_not_a_need() {
    let desk = Desk::new();
    desk.write("dump.csv", DUMP);
    desk.write("list.csv", LIST);
    for (number, memory) in ["100G", "100T", "16000000T"].iter().enumerate() {
        let arguments = format!("ingest dump.csv --breach shop --region CN --memory {memory} --index i{number}");
        desk.leakdex(&arguments).run_ok();
        desk.leakdex(&format!("verify --index i{number}")).run_ok();
    }
}

#[test]
fn windows_of_compressed_dumps_are_counted() {
    let desk = Desk::new();
    let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
    encoder.set_parameter(zstd::zstd_safe::CParameter::WindowLog(27)).expect("a legal window");
    encoder.write_all(DUMP.as_bytes()).expect("memory takes everything");
    desk.write("dump.zst", encoder.finish().expect("memory takes everything"));
    let ingest = "ingest dump.zst --breach b --region CN --threads 2 --memory";
    let least = 48 + 126 - 4 + 1;
    let error = format!("2 threads and 1 input(s) need at least {least} MiB");
    desk.refuses(&format!("{ingest} {}M", least - 1), &error, &format!("give `--memory {least}M`"));
    desk.leakdex(&format!("{ingest} {least}M")).run_ok();
}

#[test]
fn plans_of_many_inputs_are_counted() {
    let desk = Desk::new();
    let call = |memory: u64| {
        let call = desk.leakdex(&format!("ingest --breach b --threads 2 --memory {memory}M"));
        call.args((0..3000).map(|number| format!("{number}.csv")))
    };
    (0..3000).for_each(|number| desk.write(&format!("{number}.csv"), format!("email\na{number}@example.com\n")));
    desk.refuses_call(call(48), "2 threads and 3000 input(s) need at least 51 MiB", "in several steps with `--append`");
    call(51).run_ok();
}

#[test]
fn records_that_all_differ_in_their_classes_are_refused() {
    const CLASSES: [&str; 17] = [
        "Names",
        "Genders",
        "Usernames",
        "Passwords",
        "Employers",
        "Purchases",
        "Nationalities",
        "Occupations",
        "Photos",
        "Religions",
        "Ethnicities",
        "Ages",
        "Salutations",
        "Nicknames",
        "IP_addresses",
        "Job_titles",
        "Auth_tokens",
    ];
    let desk = Desk::new();
    let map: String = CLASSES.iter().enumerate().map(|(i, class)| format!("--map {}=class:{class} ", i + 2)).collect();
    let mut text = format!("email{}\n", ",zz".repeat(CLASSES.len()));
    for row in 0..70_000u32 {
        let cells: String = (0..CLASSES.len()).map(|bit| if row >> bit & 1 == 1 { ",x" } else { "," }).collect();
        writeln!(text, "a{row}@example.com{cells}").expect("memory takes everything");
    }
    desk.write("dump.csv", text);
    let ingest = format!("ingest dump.csv --breach b {map} --threads 2 --memory");
    let hint = "leave columns out with `--map COLUMN=ignore`, or give more `--memory`";
    desk.refuses(&format!("{ingest} 48M"), "more than 65536 different sets of data classes", hint);
    desk.leakdex(&format!("{ingest} 256M")).run_ok();
}

/// The promise of `--memory`, measured by the program itself where the system tells it.
#[test]
#[cfg(target_os = "linux")]
fn memory_stays_within_what_was_promised() {
    const SLACK_MIB: u64 = 64;
    let desk = Desk::new();
    desk.write("dump.csv", DUMP);
    // Three times what the least memory holds, and a little more than 64 MiB above that hold.
    desk.write("big.csv", dump(3, count(3_300_000)));
    for threads in [1, 2] {
        for more in [0, 64] {
            let memory = least(&desk, threads) + more;
            let options = format!("--memory {memory}M --threads {threads} --index i{threads}-{more}");
            let outcome = desk.leakdex(&format!("ingest big.csv --breach big {options}")).run_ok();
            let (spilled, peak) = (reported(&outcome, "spilled"), reported(&outcome, "peak memory"));
            let limit = ((memory + SLACK_MIB) << 20) as f64;
            assert!(spilled > 70e6 && peak > (memory << 19) as f64, "{options}\n{outcome}");
            assert!(peak <= limit, "{options}: {peak} bytes, {limit} were promised");
            fs::remove_dir_all(desk.path(&format!("i{threads}-{more}"))).expect("an index");
        }
    }
}
