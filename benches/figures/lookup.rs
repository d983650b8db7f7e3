//! Segments alone: bits per digest beside the bound, and look-ups in a mapped file, warm, its chunks checked before; random
//! distinct digests in batches as large as those of a scan.

use crate::Outcome;
use crate::data::mix;
use crate::table::{Cost, Goal, measure, median, row, say, verdict};
use leakdex::digest::{Digest, KeyCheck, Width};
use leakdex::index::class::ClassMask;
use leakdex::index::{Block, BreachCoverage, Mapping, Scratch, Segment, SegmentPlan, SegmentWriter};
use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

/// Digests in a batch: what a block of a long list gives.
pub const BATCH: usize = 80_000;
/// Queries of a round.
const QUERIES_MAX: u64 = 20_000_000;
/// The ways in turn, so that a noisy moment meets all of them.
const ROUNDS: usize = 3;
/// The index is at most this far above the bound, from 10^7 digests on.
const ABOVE_MAX: f64 = 0.03;
/// Half a million look-ups of one size have the goals of `PRESENT` and `ABSENT`.
const GOAL_RECORDS: u64 = 50_000_000;
/// Million records per CPU second that a merge can read.
const DECODED: f64 = 400.0;

pub fn run(dir: &Path, scale: f64) -> Outcome<()> {
    for records in [100_000, 1_000_000, 10_000_000, GOAL_RECORDS] {
        let goals = if records == GOAL_RECORDS { [Goal::Rate(16.0), Goal::Rate(20.0)] } else { [Goal::None; 2] };
        segment(dir, (records as f64 * scale) as u64, Width::DEFAULT, goals)?;
    }
    Ok(())
}

/// Other widths than the usual one: the narrowest, the widest, and those around which the code takes other ways.
pub fn widths(dir: &Path, scale: f64) -> Outcome<()> {
    let records = (10_000_000.0 * scale) as u64;
    for width in [64, 65, 96, 97, 127, 128].into_iter().filter_map(Width::new) {
        segment(dir, records, width, [Goal::None; 2])?;
    }
    Ok(())
}

/// What the data classes cost: nothing for one set of them, else at most ceil(log2(sets + 1)) bits.
pub fn masks(dir: &Path, scale: f64) -> Outcome<()> {
    let records = (10_000_000.0 * scale) as u64;
    let path = dir.join("masks.ldx");
    let bits_of = |masks: u64| -> Outcome<f64> {
        write_segment(&path, records, Width::DEFAULT, masks)?;
        let bytes = fs::metadata(&path)?.len();
        fs::remove_file(&path)?;
        Ok(bytes as f64 * 8.0 / records as f64)
    };
    let alone = bits_of(1)?;
    for masks in [2, 3, 7, 8, 60] {
        let (more, most) = (bits_of(masks)? - alone, ((masks + 1) as f64).log2().ceil());
        let entropy = (masks as f64).log2();
        // Sections begin at multiples of 64 KiB.
        let verdict = verdict(more <= most + 0.1);
        say(format_args!(
            "  {masks} sets of classes: {more:.2} bits more; goal <= {most}: {verdict}; entropy {entropy:.2}"
        ));
    }
    Ok(())
}

fn segment(dir: &Path, records: u64, width: Width, goals: [Goal; 2]) -> Outcome<()> {
    let path = dir.join("segment.ldx");
    write_segment(&path, records, width, 1)?;
    let bits = fs::metadata(&path)?.len() as f64 * 8.0 / records as f64;
    let bound = f64::from(width.bits()) - (records as f64).log2() + 1.443;
    let above = bits / bound - 1.0;
    let goal = match records {
        10_000_000.. if width == Width::DEFAULT => format!("; goal <= 3 %: {}", verdict(above <= ABOVE_MAX)),
        _ => String::new(),
    };
    let above = above * 100.0;
    let b = width.bits();
    say(format_args!(
        "segment of {records}, B = {b}: {bits:.2} bits per digest, bound {bound:.2}, {above:+.1} %{goal}"
    ));
    let mapping = Mapping::of(&File::open(&path)?)?;
    let segment = Segment::new(&mapping)?;
    segment.verify(|_| ())?;
    let queries = records.min(QUERIES_MAX);
    let step = records / queries;
    let present: Vec<Digest> = (0..queries).map(|i| digest(i * step, width)).collect();
    let absent: Vec<Digest> = (records..records + queries).map(|i| digest(i, width)).collect();
    let mut sorted = present.clone();
    sorted.sort_unstable();
    let ways = [("present", &present, queries), ("absent", &absent, 0), ("present, sorted", &sorted, queries)];
    let mut costs = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for ((_, digests, want), costs) in ways.iter().zip(&mut costs) {
            let (found, cost) = measure(|| in_batches(&segment, digests));
            assert_eq!(found, *want, "present digests are found, absent ones are not");
            costs.push(cost);
        }
    }
    let [costs_present, costs_absent, costs_sorted] = costs.map(median);
    row("  look-up, batches, present", queries, costs_present, goals[0]);
    row("  look-up, batches, absent", queries, costs_absent, goals[1]);
    row("  look-up, batches, present, sorted", queries, costs_sorted, Goal::None);
    single(&segment, &present)?;
    let mut costs = Vec::new();
    for _ in 0..ROUNDS {
        let (count, cost) = measure(|| decoded(&segment));
        assert_eq!(count?, records, "every record comes once");
        costs.push(cost);
    }
    let goal = if records == GOAL_RECORDS { Goal::Rate(DECODED) } else { Goal::None };
    row("  all records in order, as a merge reads them", records, median(costs), goal);
    row(
        "  bound: random lines of the file, nothing else",
        queries,
        random_lines(mapping.as_ref(), queries),
        Goal::None,
    );
    fs::remove_file(path)?;
    Ok(())
}

fn in_batches<D: leakdex::index::Data>(segment: &Segment<D>, digests: &[Digest]) -> u64 {
    let (mut found, mut scratch, mut count) = (Vec::new(), Scratch::default(), 0);
    for batch in digests.chunks(BATCH) {
        found.clear();
        assert!(segment.find_batch(batch, &mut scratch, &mut found).is_none(), "undamaged");
        count += found.len() as u64;
    }
    count
}

fn single<D: leakdex::index::Data>(segment: &Segment<D>, present: &[Digest]) -> Outcome<()> {
    let few = &present[..present.len() / 10 + 1];
    let (found, cost) = measure(|| few.iter().filter(|digest| matches!(segment.find(**digest), Ok(Some(_)))).count());
    assert_eq!(found, few.len(), "present digests are found");
    row("  look-up, one at a time, present", few.len() as u64, cost, Goal::None);
    Ok(())
}

/// Goes through all records, and counts them.
fn decoded<D: leakdex::index::Data>(segment: &Segment<D>) -> Outcome<u64> {
    let (mut stream, mut block, mut count) = (segment.stream(Digest(0), Digest(u128::MAX))?, Block::default(), 0);
    loop {
        stream.next_block(&mut block)?;
        if block.is_empty() {
            return Ok(count);
        }
        count += block.len() as u64;
    }
}

/// What the memory allows: nobody can look up faster than random lines come in.
fn random_lines(bytes: &[u8], queries: u64) -> Cost {
    let lines = bytes.len() / 64;
    let line = |i: u64| ((u128::from(mix(i)) * lines as u128) >> 64) as usize;
    let sum = || (0..queries).fold(0u64, |sum, i| sum.wrapping_add(u64::from(bytes[line(i) * 64])));
    let (sum, cost) = measure(sum);
    std::hint::black_box(sum);
    cost
}

fn digest(number: u64, width: Width) -> Digest {
    let bits = u128::from(mix(number)) << 64 | u128::from(mix(!number));
    Digest(bits >> (128 - width.bits()))
}

fn write_segment(path: &Path, records: u64, width: Width, masks: u64) -> Outcome<()> {
    let mut digests: Vec<Digest> = (0..records).map(|i| digest(i, width)).collect();
    digests.sort_unstable();
    let plan = SegmentPlan {
        width,
        key_check: KeyCheck([0; 16]),
        estimate: records,
        payloads: (1..=masks).map(|mask| (vec![(0, ClassMask(mask))], records / masks)).collect(),
        slice_bits: 0,
        slice: 0,
    };
    let mut writer = SegmentWriter::new(BufWriter::with_capacity(1 << 20, File::create(path)?), plan)?;
    let payload = |digest: &Digest| (digest.0 as u64 >> 4) % masks;
    let (result, cost) =
        measure(|| digests.iter().try_for_each(|digest| writer.push(*digest, payload(digest) as usize)));
    result?;
    row("encoding sorted digests", records, cost, Goal::None);
    writer.finish(&[BreachCoverage::default()])?;
    Ok(())
}
