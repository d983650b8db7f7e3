//! Seeds, and inputs that have found something once.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::TARGETS;

/// Nothing short may take longer, on a busy machine and without optimisation.
const TIME_MAX: Duration = Duration::from_secs(10);

fn regressions() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/regressions")
}

#[test]
fn seeds_hold_every_invariant() {
    for target in TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} has no seeds", target.name);
        for seed in &seeds {
            (target.run)(seed);
            // Seeds with a hole, and cut ones: what a fuzzer tries first.
            for end in [1, seed.len() / 2, seed.len().saturating_sub(1)] {
                (target.run)(&seed[..end.min(seed.len())]);
            }
        }
    }
}

#[test]
fn what_was_found_once_stays_mended() {
    let mut files = 0;
    for target in TARGETS {
        let Ok(folder) = fs::read_dir(regressions().join(target.name)) else { continue };
        for entry in folder {
            let path = entry.expect("a readable folder").path();
            let started = Instant::now();
            super::run(target.name, &fs::read(&path).expect("a file"));
            assert!(started.elapsed() < TIME_MAX, "{} took {:?}", path.display(), started.elapsed());
            files += 1;
        }
    }
    assert!(files > 0, "there are regressions");
}

#[test]
fn every_folder_of_regressions_belongs_to_a_target() {
    for entry in fs::read_dir(regressions()).expect("a folder") {
        let name = entry.expect("a readable folder").file_name();
        assert!(TARGETS.iter().any(|target| *target.name == *name), "no target is called {name:?}");
    }
}
