//! Every shape of a dump with every damage that it can have: `cargo test -- shapes`, with `--nocapture` as a table.
//!
//! Each case is generated, ingested without a word about its columns, and asked for every address that is in it and for some that
//! are not. Found must be the truth, less what the damage may cost; every record and every byte has a fate.

mod damage;
mod generate;

use damage::DAMAGES;
use generate::{Dump, SHAPES};
use leakdex::digest::{Key, Width};
use leakdex::identifier::{Country, Kind, KindSpec};
use leakdex::index::{Access, Identity, Index};
use leakdex::ingest::{Config, Report, Start, ingest};
use leakdex::plan::Request;
use leakdex::query::{Covered, Question, check};
use leakdex::source::{Input, Options, Progress};
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Records of a case.
const RECORDS: usize = 200;
/// Addresses that no dump has.
const STRANGERS: usize = 20;

fn key() -> Key {
    Key::from_secret(&std::array::from_fn(|i| i as u8 ^ 0x35)).expect("a secret that is not weak")
}

fn ingested(dir: &Path, bytes: &[u8]) -> Result<Report, String> {
    let path = dir.join("dump");
    std::fs::write(&path, bytes).map_err(|error| error.to_string())?;
    let config = Config {
        inputs: vec![Input { path, found: false }],
        plan: None,
        index: dir.join("index"),
        breach: "b".into(),
        title: None,
        breach_date: None,
        request: Request { region: Country::CN, ..Request::default() },
        source: Options { block_bytes: 3000, ..Options::default() },
        append: false,
        rejects_max: 1.0,
        reject_log: None,
        dry_run: false,
        threads: 2,
        memory: 256 << 20,
        temp_dir: None,
        width: Width::DEFAULT,
        start: Start::Fresh,
        save_every: Duration::from_secs(30),
        wait: Duration::ZERO,
    };
    ingest(&config, &key(), &Arc::new(Progress::new())).map_err(|error| error.to_string())
}

/// How many of these addresses are found.
fn found(dir: &Path, addresses: impl Iterator<Item = String>) -> usize {
    let key = key();
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    let index = Index::open(&dir.join("index"), Some(&identity), Access::Read).expect("an index");
    let covered = Covered::new(&index, &key, &[], &[]).expect("all breaches");
    let spec = KindSpec::new(Kind::Email);
    let is_found =
        |address: &String| !check(&index, &key, &covered, &Question::new(spec), address).exposures.is_empty();
    addresses.filter(is_found).count()
}

/// What is wrong with a case, if anything is, and a line of the table.
fn run(dump: &Dump, allowed: usize) -> (Option<String>, String) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let report = match ingested(dir.path(), &dump.bytes) {
        Ok(report) => report,
        Err(error) => return (Some(error.clone()), error),
    };
    let (file, truth) = (&report.files[0], dump.truth);
    let found_here = found(dir.path(), (0..truth).map(generate::address));
    let strangers = found(dir.path(), (0..STRANGERS).map(|n| generate::address(1_000_000 + n)));
    let rejected = file.records - file.accepted;
    let line = format!(
        "found {found_here:>3} of {truth:>3}, {rejected:>3} rejected, {} ({})",
        file.description.shape, file.description.encoding
    );
    let wrong = match () {
        () if found_here + allowed < truth => Some(format!("{} are missing, {allowed} may be", truth - found_here)),
        () if strangers > 0 => Some("a stranger is found".to_string()),
        () if !file.bytes.is_whole() => Some(format!("bytes without a fate: {:?}", file.bytes)),
        () if file.rejected.values().sum::<u64>() != rejected => Some("rejects without a reason".to_string()),
        () => None,
    };
    (wrong, line)
}

#[test]
fn every_shape_survives_every_damage() {
    let mut out = std::io::stderr();
    let (mut failed, mut cases) = (Vec::new(), 0);
    for shape in SHAPES {
        for damage in DAMAGES.iter().filter(|damage| (damage.suits)(&shape)) {
            let dump = (damage.make)(&shape, RECORDS);
            let (wrong, line) = run(&dump, (damage.cost)(&shape));
            let name = format!("{} / {}", shape.name, damage.name);
            writeln!(out, "{name:<58} {line}").expect("standard error");
            failed.extend(wrong.map(|wrong| format!("{name}: {wrong}")));
            cases += 1;
        }
    }
    writeln!(out, "{cases} cases").expect("standard error");
    assert!(cases > 250, "{cases}");
    assert!(failed.is_empty(), "{} of {cases} cases:\n{}", failed.len(), failed.join("\n"));
}
