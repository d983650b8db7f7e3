//! The figures: `cargo bench --bench figures`, or only some of them: `cargo bench --bench figures -- hmac scan`.
//!
//! Every case carries its expected answer and checks it; all data is generated, the same in every run. `LEAKDEX_BENCH_SCALE`
//! makes the cases larger or smaller. Run by `cargo test`, it is a test of the cases at a thousandth of their size.
//! `README.md` beside this folder has the method, results, and the rows we lose.

mod child;
mod data;
mod desk;
mod hmac;
mod ingest;
mod kinds;
mod lookup;
mod maintain;
mod merge;
mod pace;
mod rivals;
mod scaling;
mod scan;
mod shapes;
mod streams;
mod table;

use desk::Desk;
use pace::Like;
use std::fs;
use std::path::PathBuf;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// The size of the cases in `cargo test`.
const TEST_SCALE: f64 = 0.001;

type Case = fn(&Desk, f64) -> Outcome<()>;

/// The cases in their order, and what gives the pace by which they are judged. Each leaves the index that it made, and the data that
/// the next may use. Those that need much memory in this process come last, because the peak of a child begins with that of its
/// parent.
const CASES: [(&str, Like, Case); 15] = [
    ("hmac", Like::Hmac, |_, scale| hmac::run(scale)),
    ("ingest", Like::Hmac, ingest::run),
    ("streams", Like::Hmac, streams::run),
    ("scan", Like::Hmac, scan::run),
    ("rivals", Like::Hmac, rivals::run),
    ("rotate", Like::Hmac, maintain::rotate),
    ("check", Like::Hmac, scan::checks),
    ("scaling", Like::Hmac, scaling::run),
    ("large", Like::Hmac, scaling::large),
    ("kinds", Like::Hmac, |_, scale| kinds::run(scale)),
    ("shapes", Like::Csv, shapes::run),
    ("lookup", Like::Hmac, |desk, scale| lookup::run(&desk.dir, scale)),
    ("merge", Like::Hmac, |desk, scale| merge::run(&desk.dir, scale)),
    ("widths", Like::Hmac, |desk, scale| lookup::widths(&desk.dir, scale)),
    ("masks", Like::Hmac, |desk, scale| lookup::masks(&desk.dir, scale)),
];

fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let is_bench = arguments.iter().any(|argument| argument == "--bench");
    let wanted: Vec<&String> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let scale = std::env::var("LEAKDEX_BENCH_SCALE").ok().and_then(|text| text.parse().ok());
    let scale = scale.unwrap_or(if is_bench { 1.0 } else { TEST_SCALE });
    if scale < 1.0 {
        table::judge_not();
    }
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("figures-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    let result = run(&Desk::new(&dir)?, &wanted, scale);
    fs::remove_dir_all(&dir)?;
    result
}

fn run(desk: &Desk, wanted: &[&String], scale: f64) -> Outcome<()> {
    table::header();
    for (name, like, case) in CASES {
        if wanted.is_empty() || wanted.iter().any(|wanted| *wanted == name) {
            pace::take(like, scale)?;
            case(desk, scale)?;
        }
    }
    Ok(())
}
