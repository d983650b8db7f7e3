//! From 10^6 to 10^8 and 2 x 10^8 records: what one of them costs, and what memory.

use crate::Outcome;
use crate::data::{self, Form};
use crate::desk::Desk;
use crate::hmac::in_threads;
use crate::lookup::BATCH;
use crate::scan::{list, open, scan};
use crate::table::{Cost, Goal, measure, row, say, verdict};
use leakdex::digest::{Digest, MacBatch, Namespace, Variant, Width};
use leakdex::identifier::{Country, Kind};
use leakdex::index::Lookup;

/// The dearest record may cost this much more than the cheapest.
const FLAT: f64 = 1.25;

/// CPU per record of ingests, and per row of scans of lists a tenth as long, but of a million rows at least. The first scan
/// of an index hashes all of it, so that a list much shorter than that pays for more than its own rows: a million rows beside
/// 10^8 stand there for comparison.
///
/// An ingest runs twice and its cheaper run counts: on a virtual machine the first touch of memory that the host has not given
/// yet is charged to whoever writes a file then, and costs up to 2 ns a byte.
pub fn run(desk: &Desk, scale: f64) -> Outcome<()> {
    let (mut ingests, mut scans) = (Vec::new(), Vec::new());
    for records in [1_000_000.0, 10_000_000.0, 100_000_000.0] {
        let records = (records * scale) as u64;
        data::write(&desk.path("scaling.txt"), Form::List, 0..records)?;
        let arguments = "scaling.txt --threads 1";
        let mut cheaper = f64::MAX;
        for run in ["first", "second"] {
            let name = format!("scaling, {records}, {run} run");
            let cost = crate::ingest::ingest(desk, &name, arguments, records, Goal::None)?;
            cheaper = cheaper.min(cost.cpu.as_secs_f64() / records as f64);
        }
        ingests.push(cheaper);
        desk.remove("scaling.txt")?;
        let rows = (records / 10).max((1_000_000.0 * scale) as u64);
        let cost = scan_share(desk, rows, records)?;
        scans.push(cost.cpu.as_secs_f64() / rows as f64);
    }
    scan_share(desk, (1_000_000.0 * scale) as u64, (100_000_000.0 * scale) as u64)?;
    for (name, costs) in [("ingest", ingests), ("scan", scans)] {
        let (least, most) =
            costs.iter().fold((f64::MAX, 0f64), |(least, most), cost| (least.min(*cost), most.max(*cost)));
        let verdict = verdict(most / least <= FLAT);
        say(format_args!("  {name}: the dearest is {:.2} x the cheapest; goal <= {FLAT}: {verdict}", most / least));
    }
    Ok(())
}

fn scan_share(desk: &Desk, rows: u64, records: u64) -> Outcome<Cost> {
    let list = list(desk, rows, 2, records)?;
    let cost = scan(desk, &list, rows, 2, "--tier exact --threads 1", Goal::None)?;
    desk.remove(&list)?;
    Ok(cost)
}

/// 200 million addresses in 256 MiB, and look-ups in ascending order in what that gives.
pub fn large(desk: &Desk, scale: f64) -> Outcome<()> {
    let records = (200_000_000.0 * scale) as u64;
    data::write(&desk.path("large.txt"), Form::List, 0..records)?;
    let arguments = "large.txt --threads 2 --memory 256M";
    crate::ingest::ingest(desk, "200 million in 256 MiB, 2 threads", arguments, records, Goal::None)?;
    desk.remove("large.txt")?;
    let bits = desk.index_bytes("index")? as f64 * 8.0 / records as f64;
    say(format_args!("  {bits:.2} bits per address, folded forms among them"));
    sorted_look_ups(desk, records)
}

fn sorted_look_ups(desk: &Desk, records: u64) -> Outcome<()> {
    let key = desk.key()?;
    let index = open(desk, &key)?;
    let queries = records.min(20_000_000);
    let states = [key.namespace(&Namespace {
        kind: Kind::Email,
        variant: Variant::Exact,
        country: Country::NONE,
        scope: Vec::new(),
    })];
    let (mut macs, mut hashed, mut digests) = (MacBatch::default(), Vec::new(), Vec::<Digest>::new());
    let (step, mut address) = (records / queries, Vec::new());
    for number in 0..queries {
        address.clear();
        data::push_address(number * step, &mut address);
        macs.push(0, &address);
        if macs.len() == 512 || number + 1 == queries {
            macs.digests(&states, Width::DEFAULT, &mut hashed);
            digests.append(&mut hashed);
            macs.clear();
        }
    }
    digests.sort_unstable();
    // The first pass checks the chunks.
    for pass in ["first pass", "warm"] {
        let (found, cost) = measure(|| in_threads(1, |_| find_all(&index, &digests)));
        assert_eq!(found, queries, "all are there");
        let goal = if pass == "warm" { Goal::Rate(25.0) } else { Goal::None };
        row(&format!("look-up, sorted batches, present, {pass}"), queries, cost, goal);
    }
    Ok(())
}

fn find_all(index: &leakdex::index::Index, digests: &[Digest]) -> u64 {
    let mut lookup = Lookup::default();
    digests.chunks(BATCH).fold(0, |found, batch| {
        assert!(index.find_batch(batch, &mut lookup).is_empty(), "undamaged");
        found + lookup.hits().len() as u64
    })
}
