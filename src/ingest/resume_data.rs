//! A tree of dumps for the tests of interrupted ingests, and the hook that interrupts: a log of rejected records does something at
//! the line of some number.

use super::budget::{Budget, Sizes};
use super::job::Pace;
use super::property_tests::{PLAIN, Way, config, files, key};
use super::test_data::SMALL;
use super::{Config, Error, RejectLog, Report, Start, ingest_within};
use crate::digest::{Namespace, Variant, Width};
use crate::identifier::{Country, Kind};
use crate::index::{Access, Identity, Index};
use crate::plan::{Request, at_place};
use crate::source::{Input, Progress};
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Does something at the end of a line, by its number from 0.
pub(super) struct AtLine {
    pub left: u64,
    pub then: Option<Box<dyn FnOnce() + Send>>,
}

impl Write for AtLine {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        for _ in bytes.iter().filter(|byte| **byte == b'\n') {
            match self.left {
                0 => self.then.take().into_iter().for_each(|then| then()),
                _ => self.left -= 1,
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One of every kind of input: some small, one large, one compressed, an archive, one of rejects, and an empty one.
pub(super) struct Tree {
    folder: tempfile::TempDir,
    pub inputs: Vec<PathBuf>,
}

/// Rows of one input: some that others have as well, and one that is rejected in every ten.
pub(super) fn text(file: usize, rows: usize) -> String {
    let row = |row: usize| match row % 10 {
        3 => format!("nobody{file}\n"),
        4 | 5 => format!("c{}.d@gmail.com\n", row % 7),
        _ => format!("a{}@example.com\n", 1000 * file + row),
    };
    format!("email\n{}", (0..rows).map(row).collect::<String>())
}

fn zip(members: &[String]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (number, text) in members.iter().enumerate() {
        let options = ::zip::write::SimpleFileOptions::default();
        writer.start_file(format!("{number}.csv"), options).expect("a member");
        writer.write_all(text.as_bytes()).expect("memory takes everything");
    }
    writer.finish().expect("memory takes everything").into_inner()
}

impl Tree {
    pub fn new() -> Tree {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text(4, 30).as_bytes()).expect("memory takes everything");
        let dumps = [
            ("one.csv", text(1, 12).into_bytes()),
            ("two.csv", text(2, 25).into_bytes()),
            ("empty.csv", b"email\n".to_vec()),
            ("large.csv", text(3, 200).into_bytes()),
            ("four.gz", gzip.finish().expect("memory takes everything")),
            ("five.zip", zip(&[text(5, 15), text(6, 90), text(7, 11)])),
            ("rejects.csv", b"email\nnobody\nno one\nnobody else\n".to_vec()),
            ("eight.csv", text(8, 12).into_bytes()),
            ("nine.csv", text(9, 14).into_bytes()),
        ];
        let write = |(name, bytes): (&str, Vec<u8>)| {
            let path = folder.path().join(name);
            fs::write(&path, bytes).expect("room");
            path
        };
        let inputs = dumps.map(write).to_vec();
        Tree { folder, inputs }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn config(&self, index: &str, way: &Way) -> Config {
        let mut config = config(way, &[], &self.path(index), Width::DEFAULT);
        config.inputs = self.inputs.iter().map(|path| Input { path: path.clone(), found: false }).collect();
        config.request = Request::default();
        config
    }

    /// An ingest that ends at the rejected record of this number, or does not.
    pub fn stopped(&self, index: &str, way: &Way, start: Start, line: u64) -> Result<Report, Error> {
        let mut config = self.config(index, way);
        config.start = start;
        attempt_until(way, &mut config, line)
    }

    pub fn whole(&self) -> (Report, BTreeMap<String, Vec<u8>>) {
        let report = attempt(&PLAIN, &self.config("whole", &PLAIN), &Arc::new(Progress::new())).expect("undisturbed");
        (report, files(&self.path("whole")))
    }
}

pub(super) fn attempt(way: &Way, config: &Config, progress: &Arc<Progress>) -> Result<Report, Error> {
    let sizes = Sizes { part_bytes_max: way.part_bytes_max, ..SMALL };
    let budget = Budget::of(sizes, way.memory.max(SMALL.pages_bytes_min), way.threads).expect("enough memory");
    ingest_within(budget, Pace::always(), config, &key(), progress)
}

pub(super) fn attempt_until(way: &Way, config: &mut Config, line: u64) -> Result<Report, Error> {
    let progress = Arc::new(Progress::new());
    let stop = Arc::clone(&progress);
    let hook = AtLine { left: line, then: Some(Box::new(move || stop.request_stop())) };
    config.reject_log = Some(RejectLog::new(Box::new(hook)));
    attempt(way, config, &progress)
}

/// How many records of the only segment of an index have an address of a domain.
pub(super) fn domain_records(index: &Path, domain: &str) -> u64 {
    let key = key();
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    let index = Index::open(index, Some(&identity), Access::Mapped).expect("an index");
    let kind = Kind::EmailDomain;
    let namespace = Namespace { kind, variant: Variant::Exact, country: Country::NONE, scope: Vec::new() };
    let digest = index.width().truncate(&key.namespace(&namespace).mac(domain.as_bytes()));
    let has = |place| index.segments()[0].segment().find(at_place(digest, place)).expect("undamaged").is_some();
    (0..48).filter(|place| has(*place)).map(|place| 1 << place).sum()
}

/// What must not depend on interruptions. How many addresses were looked for depends on the size of the blocks.
pub(super) fn numbers(report: &Report) -> String {
    let files = report.files.iter().map(|file| {
        let (counts, rejected, read) = (&file.counts, &file.rejected, (file.bytes_read, file.bytes_size));
        format!(
            "{} {} {} {counts:?} {rejected:?} {read:?} {:?}\n",
            file.path.display(),
            file.records,
            file.accepted,
            file.bytes
        )
    });
    let totals = (report.digests, report.shared_values, report.incomplete, &report.segments);
    format!("{}{totals:?}", files.collect::<String>())
}

pub(super) const LEAST: Way = Way { threads: 1, memory: 0, part_bytes_max: 2000, block_bytes: 64, order: 0 };
pub(super) const WAYS: [Way; 4] = [
    LEAST,
    Way { threads: 3, memory: 40_000, ..LEAST },
    Way { threads: 2, memory: 1 << 20, block_bytes: 500, ..LEAST },
    Way { threads: 1, memory: 1 << 20, block_bytes: 1 << 20, ..LEAST },
];
