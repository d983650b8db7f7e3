//! Whole scans and checks: the process from its start to its last line, CSV to CSV, index and list in the page cache.

use crate::Outcome;
use crate::child;
use crate::data::{self, Form};
use crate::desk::Desk;
use crate::table::{Cost, Goal, measure, median, row, say, verdict};
use leakdex::digest::Key;
use leakdex::identifier::{Kind, KindSpec};
use leakdex::index::{Access, Identity, Index};
use leakdex::query::{Covered, Question, check};
use std::fs;
use std::process::{Command, Stdio};

/// Each scan is run so often, and the median taken.
const ROUNDS: usize = 3;
/// Goals of a scan, in microseconds of CPU per identifier.
const EXACT: Goal = Goal::Micros(0.25);
const ALIAS: Goal = Goal::Micros(0.35);

/// Scans of an index of 20 million addresses.
pub fn run(desk: &Desk, scale: f64) -> Outcome<()> {
    let dumped = (20_000_000.0 * scale) as u64;
    data::write(&desk.path("dump.txt"), Form::List, 0..dumped)?;
    crate::ingest::ingest(desk, "for the scans, 2 threads", "dump.txt --threads 2", dumped, Goal::None)?;
    for rows in [1_000_000.0, 10_000_000.0] {
        let rows = (rows * scale) as u64;
        for every in [2, 100] {
            let list = list(desk, rows, every, dumped)?;
            for (tier, goal) in [("exact", EXACT), ("alias", ALIAS)] {
                scan(desk, &list, rows, every, &format!("--tier {tier} --threads 1"), goal)?;
            }
            scan(desk, &list, rows, every, "--tier exact --threads 2", Goal::None)?;
        }
    }
    let rows = (1_000_000.0 * scale) as u64;
    let list = list(desk, rows, 2, dumped)?;
    scan(desk, &list, rows, 2, "--tier exact --threads 1 --no-mmap", Goal::None)?;
    cold(desk, &list, rows)
}

/// A scan of an index that is not in the page cache, beside reading its files from beginning to end: it takes no longer if it
/// goes through them in order.
fn cold(desk: &Desk, list: &str, rows: u64) -> Outcome<()> {
    desk.forget("index")?;
    let usage = desk.leakdex(&format!("scan {list} --index index -o found.csv --force --tier exact --threads 1"))?;
    assert_eq!(desk.lines("found.csv")?, 1 + rows.div_ceil(2));
    row("scan, 1 in 2 present, exact, cold index", rows, usage.into(), Goal::None);
    desk.forget("index")?;
    let (bytes, cost) = measure(|| desk.read_through("index"));
    row("  reading the cold index and nothing else (bytes)", bytes?, cost, Goal::None);
    Ok(())
}

/// A list of one column, of which one row in `every` is in the dump.
pub fn list(desk: &Desk, rows: u64, every: u64, dumped: u64) -> Outcome<String> {
    let name = format!("list-{rows}-{every}-{dumped}.csv");
    data::write(&desk.path(&name), Form::Csv, data::list_numbers(rows, every, dumped))?;
    Ok(name)
}

/// Scans; the lines of the result are the rows that are present.
pub fn scan(desk: &Desk, list: &str, rows: u64, every: u64, options: &str, goal: Goal) -> Outcome<Cost> {
    let mut costs = Vec::new();
    for _ in 0..ROUNDS {
        let usage = desk.leakdex(&format!("scan {list} --index index -o found.csv --force {options}"))?;
        assert_eq!(
            desk.lines("found.csv")?,
            1 + rows.div_ceil(every),
            "every row that is present is found, and no other"
        );
        costs.push(usage.into());
    }
    let cost = median(costs);
    row(&format!("scan, 1 in {every} present, {}", options.replace("--", "")), rows, cost, goal);
    Ok(cost)
}

/// Single checks of an index of 50 million addresses: a process for each.
pub fn checks(desk: &Desk, scale: f64) -> Outcome<()> {
    let dumped = (50_000_000.0 * scale) as u64;
    desk.remove("dump.txt")?;
    data::write(&desk.path("large.txt"), Form::List, 0..dumped)?;
    crate::ingest::ingest(desk, "for the checks, 2 threads", "large.txt --threads 2", dumped, Goal::None)?;
    desk.remove("large.txt")?;
    for (name, first) in [("present", 0), ("absent", dumped)] {
        const PROCESSES: u64 = 100;
        let mut total = Cost::default();
        for number in 0..PROCESSES {
            let mut value = Vec::new();
            data::push_address(first + number * (dumped / PROCESSES).max(1), &mut value);
            let usage = check_process(desk, &String::from_utf8(value)?, name == "present")?;
            total.cpu += usage.cpu;
            total.wall += usage.wall;
            total.peak_bytes = total.peak_bytes.max(usage.peak_bytes);
        }
        row(&format!("check of one address, {name} (a process each)"), PROCESSES, total, Goal::Micros(2000.0));
        let mebibytes = total.peak_bytes.div_ceil(1 << 20);
        let verdict = verdict(mebibytes <= 16);
        say(format_args!("  at most {mebibytes} MiB; goal <= 16: {verdict}"));
    }
    chunks(desk, dumped)
}

fn check_process(desk: &Desk, value: &str, present: bool) -> Outcome<child::Usage> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_leakdex"));
    let out = fs::File::create(desk.path("answer.txt"))?;
    command.args(["check", value, "--index", "index", "--exit-code", "--kind", "email"]).current_dir(&desk.dir);
    let usage = child::run(command.env("LEAKDEX_KEY_FILE", "key").stdout(out).stderr(Stdio::inherit()))?;
    assert_eq!(usage.code, i32::from(present), "1 if it was found, else 0");
    Ok(usage)
}

/// How many chunks of 64 KiB a check reads beside what opening does, counted in this process: addresses of the dump, the
/// same in another spelling, and strangers of both sorts.
fn chunks(desk: &Desk, dumped: u64) -> Outcome<()> {
    const CHECKS: u64 = 200;
    let key = desk.key()?;
    for (name, first, spelt_anew) in [
        ("present", 0, false),
        ("present in another spelling", 0, true),
        ("absent", 2 * dumped, false),
        ("absent, another spelling", 2 * dumped, true),
    ] {
        let (mut sum, mut most) = (0, [0; 2]);
        for number in 0..CHECKS {
            let mut value = Vec::new();
            data::push_address(first + number * (dumped / CHECKS).max(1), &mut value);
            let mut value = String::from_utf8(value)?;
            if spelt_anew && value.contains("gmail.com") {
                value.insert(1, '.');
            }
            let local = value.split('@').next().unwrap_or_default();
            let folds = usize::from(value.contains("gmail.com") && local.contains('.'));
            let index = open(desk, &key)?;
            let read = || index.segments().iter().map(|live| live.segment().checked_chunks()).sum::<u64>();
            let before = read();
            let covered = Covered::new(&index, &key, &[], &[])?;
            let answers = check(&index, &key, &covered, &Question::new(KindSpec::new(Kind::Email)), &value);
            assert_eq!(answers.exposures.len(), usize::from(first == 0), "present is found, and only that");
            sum += read() - before;
            most[folds] = most[folds].max(read() - before);
        }
        let average = sum as f64 / CHECKS as f64;
        let reached = verdict(most.iter().all(|most| *most <= 4));
        say(format_args!(
            "  chunks read by a check, {name}: at most {} (plain) and {} (with a folded form), {average:.2} on average; \
             goal <= 4: {reached}",
            most[0], most[1]
        ));
    }
    Ok(())
}

pub fn open(desk: &Desk, key: &Key) -> Outcome<Index> {
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    Ok(Index::open(&desk.path("index"), Some(&identity), Access::Mapped)?)
}
