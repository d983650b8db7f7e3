//! Whole ingests: the process from its start to its commit, the input in the page cache.

use crate::Outcome;
use crate::data::{self, Form};
use crate::desk::Desk;
use crate::table::{Cost, Goal, row, say, verdict};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io;

const IDENTIFIERS: f64 = 20_000_000.0;
/// `--memory` and this much more is the peak.
const PROMISED_BYTES: u64 = 64 << 20;

pub fn run(desk: &Desk, scale: f64) -> Outcome<()> {
    let count = (IDENTIFIERS * scale) as u64;
    data::write(&desk.path("dump.txt"), Form::List, 0..count)?;
    let one = ingest(desk, "list of e-mail addresses, 1 thread", "dump.txt --threads 1", count, Goal::Rate(3.0))?;
    let two = ingest(desk, "list of e-mail addresses, 2 threads", "dump.txt --threads 2", count, Goal::None)?;
    let faster = one.wall.as_secs_f64() / two.wall.as_secs_f64();
    let verdict = verdict(faster >= 1.8);
    say(format_args!("  two threads are {faster:.2} x as fast; goal >= 1.8: {verdict}"));
    ingest(desk, "the same in 256 MiB, 1 thread", "dump.txt --threads 1 --memory 256M", count, Goal::None)?;
    compressed(desk, count)?;
    for (name, form) in [("combolist", Form::Combolist), ("8 columns, CSV", Form::Table)] {
        data::write(&desk.path("other.csv"), form, 0..count / 4)?;
        ingest(desk, &format!("{name}, 1 thread"), "other.csv --threads 1", count / 4, Goal::None)?;
        desk.remove("other.csv")?;
    }
    repeated(desk, count)?;
    many_files(desk, count / 4)
}

/// A decoder is one thread; the workers behind it are all.
fn compressed(desk: &Desk, count: u64) -> Outcome<()> {
    let mut out = GzEncoder::new(File::create(desk.path("dump.txt.gz"))?, Compression::fast());
    io::copy(&mut File::open(desk.path("dump.txt"))?, &mut out)?;
    out.finish()?;
    for threads in [1, 2] {
        let arguments = format!("dump.txt.gz --threads {threads}");
        ingest(desk, &format!("the same, gzip, {threads} threads"), &arguments, count, Goal::None)?;
    }
    Ok(desk.remove("dump.txt.gz")?)
}

/// A stealer log: every address 80 times, not far from each other.
fn repeated(desk: &Desk, count: u64) -> Outcome<()> {
    let numbers = (0..count).map(|line| line / 1600 * 20 + line % 20);
    data::write(&desk.path("repeated.txt"), Form::List, numbers)?;
    ingest(desk, "every address 80 times, 1 thread", "repeated.txt --threads 1", count, Goal::None)?;
    Ok(desk.remove("repeated.txt")?)
}

fn many_files(desk: &Desk, count: u64) -> Outcome<()> {
    const FILES: u64 = 1000;
    fs::create_dir_all(desk.path("tree"))?;
    let each = count / FILES + 1;
    for file in 0..FILES {
        let path = desk.path(&format!("tree/{file}.txt"));
        data::write(&path, Form::List, file * each..(file + 1) * each)?;
    }
    let paths: Vec<String> = (0..FILES).map(|file| format!("tree/{file}.txt")).collect();
    for threads in [1, 2] {
        let arguments = format!("{} --threads {threads}", paths.join(" "));
        ingest(desk, &format!("1,000 files, {threads} threads"), &arguments, each * FILES, Goal::None)?;
    }
    Ok(desk.remove("tree")?)
}

/// Ingests into a new index; the number of records is what the generator wrote.
pub fn ingest(desk: &Desk, name: &str, arguments: &str, count: u64, goal: Goal) -> Outcome<Cost> {
    desk.remove("index")?;
    let usage = desk.leakdex(&format!("ingest {arguments} --index index --breach figures"))?;
    let catalogue = leakdex::index::Index::open(&desk.path("index"), None, leakdex::index::Access::Read)?;
    assert_eq!(catalogue.breaches()[0].records, count, "every line is a record");
    assert_eq!(catalogue.breaches()[0].rejected, 0, "and has an address");
    row(&format!("ingest, {name}"), count, usage.into(), goal);
    if let Some(memory) = arguments.split("--memory ").nth(1).and_then(|rest| rest.split('M').next()) {
        let promised = memory.parse::<u64>()? << 20;
        assert!(usage.peak_bytes <= promised + PROMISED_BYTES, "{} bytes of {promised}", usage.peak_bytes);
    }
    Ok(usage.into())
}
