//! What is done to an index that lives: a new key.

use crate::Outcome;
use crate::data::{self, Form};
use crate::desk::Desk;
use crate::scan;
use crate::table::{Goal, row};
use leakdex::index::{Access, Index};
use std::fs;

/// Goal of a rotation, in million records per second of CPU time.
const ROTATION: Goal = Goal::Rate(6.0);

/// Rotations of an index of 20 million addresses, one after the other, each by as many threads as there were rotations; and a scan
/// after each, which finds what it found before.
pub fn rotate(desk: &Desk, scale: f64) -> Outcome<()> {
    let dumped = (20_000_000.0 * scale) as u64;
    data::write(&desk.path("dump.txt"), Form::List, 0..dumped)?;
    crate::ingest::ingest(desk, "for the rotations, 2 threads", "dump.txt --threads 2", dumped, Goal::None)?;
    let rows = (1_000_000.0 * scale) as u64;
    let list = scan::list(desk, rows, 2, dumped)?;
    scan::scan(desk, &list, rows, 2, "--tier exact --threads 1", Goal::None)?;
    let records = Index::open(&desk.path("index"), None, Access::ReadFew)?.records();
    fs::copy(desk.path("key"), desk.path("old-key"))?;
    for (ring, threads) in [("ring1", 1), ("ring2", 2)] {
        let usage = desk.leakdex(&format!("key rotate --index index --out {ring} --threads {threads}"))?;
        row(&format!("key rotate, {threads} threads (records)"), records, usage.into(), ROTATION);
        let index = Index::open(&desk.path("index"), None, Access::ReadFew)?;
        assert_eq!((index.records(), index.manifest().key_links), (records, threads));
        fs::rename(desk.path(ring), desk.path("key"))?;
        scan::scan(desk, &list, rows, 2, "--tier exact --threads 1", Goal::None)?;
    }
    fs::rename(desk.path("old-key"), desk.path("key"))?;
    Ok(desk.remove("index")?)
}
