//! The two planes of a segment beside their rival, grouped Elias-Fano: `cargo bench --bench layouts`.
//!
//! Both lie in mapped files in the page cache, all chunks checked; their passes take turns, so that other work on the machine
//! meets both, and every pass checks its answer. A pass asks for random distinct digests in batches as large as those of a
//! scan. Figures are medians over the rounds: millions of look-ups per second of CPU time, and two planes / rival of the
//! same round. Pages are counted, not measured: the distinct ones that hold the bytes which a look-up reads.
//!
//! `LEAKDEX_BENCH_SCALE` makes the cases larger or smaller. Without `--bench` among the arguments, which is how `cargo test`
//! runs it, the cases are tiny and only the answers matter.

mod encode;
mod grouped;
// The instructions of the index itself: the rival has the same, so that layouts are compared and not code.
#[path = "../../src/index/simd.rs"]
#[allow(
    unused_imports,
    dead_code,
    reason = "the tests of the file are compiled, and run where it belongs; and layouts are not decoded in order"
)]
mod simd;

use grouped::{Grouped, Steps};
use leakdex::digest::{Digest, KeyCheck, Width};
use leakdex::index::class::ClassMask;
use leakdex::index::format::{LINE_BYTES, Section};
use leakdex::index::{BreachCoverage, Mapping, Scratch, Segment, SegmentPlan, SegmentWriter};
use rustix::time::{ClockId, clock_gettime};
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// Digests in a batch: what a block of a list gives.
const BATCH: usize = 80_000;
/// A pass asks for one in so many of the digests.
const STRIDE: u64 = 10;
/// Rounds of a case: odd, for the median, and no more than the stride has different passes.
const ROUNDS: u64 = 9;
/// Look-ups whose pages are counted.
const PAGE_PROBES: usize = 10_000;
/// What is looked up.
const KINDS: usize = 3;

fn main() -> Outcome<()> {
    let measured = std::env::args().any(|argument| argument == "--bench");
    let scale: f64 = std::env::var("LEAKDEX_BENCH_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1.0);
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("layouts-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    let run = |records: f64, bits: u8| {
        let width = Width::new(bits).ok_or("a width of 64 to 128 bits")?;
        run(&dir, Case { records: (records as u64).max(1000), width })
    };
    let result = if measured {
        [1e7 * scale, 5e7 * scale].into_iter().try_for_each(|records| run(records, 80))
    } else {
        // Remainders of 66 bits and of 50: both ways to compare them.
        [80, 64].into_iter().try_for_each(|bits| run(15_000.0, bits))
    };
    fs::remove_dir_all(&dir)?;
    result
}

fn say(line: std::fmt::Arguments<'_>) {
    // A closed pipe ends the figures, not the program.
    let _ = writeln!(io::stdout(), "{line}");
}

/// Random digests.
#[derive(Clone, Copy)]
struct Case {
    records: u64,
    width: Width,
}

impl Case {
    fn digest(self, i: u64) -> Digest {
        Digest(mix(i) >> (128 - self.width.bits()))
    }

    /// The digests of a pass, and how many of them are there: present ones, absent ones, present ones in ascending order.
    fn pass(self, kind: usize, round: u64) -> (Vec<Digest>, usize) {
        let count = self.records / STRIDE;
        let present = |round: u64| (0..count).map(|i| self.digest(i * STRIDE + round % STRIDE)).collect();
        let mut digests: Vec<Digest> = match kind {
            0 => present(round),
            1 => (0..count).map(|i| self.digest(self.records + round * count + i)).collect(),
            _ => present(round + STRIDE / 2),
        };
        if kind == 2 {
            digests.sort_unstable();
        }
        let want = if kind == 1 { 0 } else { digests.len() };
        (digests, want)
    }

    /// A batch of which every second digest is there.
    fn mixed(self) -> (Vec<Digest>, Vec<u32>) {
        let count = (BATCH as u64 / 2).min(self.records);
        let digests = (0..count).flat_map(|i| [self.digest(i), self.digest(self.records + i)]).collect();
        (digests, (0..count as u32).map(|i| i * 2).collect())
    }

    fn bits_each(self, bytes: u64) -> f64 {
        bytes as f64 * 8.0 / self.records as f64
    }
}

/// 128 well mixed bits: two rounds of SplitMix64's finaliser.
fn mix(i: u64) -> u128 {
    let round = |mut z: u64| {
        z = z.wrapping_add(0x9e37_79b9_7f4a_7c15);
        z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ z >> 31
    };
    u128::from(round(i)) << 64 | u128::from(round(i ^ 0x5555_5555_5555_5555))
}

/// Looks up a batch, and says how many digests are there.
type Find<'a> = Box<dyn FnMut(&[Digest]) -> usize + 'a>;

/// A layout of the digests of a case.
struct Layout<'a> {
    name: &'static str,
    /// Bits of the quotient, and quotients in a line or a group.
    cut: (u32, u32),
    bits_each: f64,
    /// What a look-up reads first: lines or the directory.
    first_bits_each: f64,
    pages: Pages,
    find: Find<'a>,
    /// Millions of look-ups per second of CPU time, for each kind and round.
    rates: [Vec<f64>; KINDS],
}

/// One case: every layout of the same digests.
fn run(dir: &Path, case: Case) -> Outcome<()> {
    let mut digests: Vec<Digest> = (0..case.records).map(|i| case.digest(i)).collect();
    digests.sort_unstable();
    let segment = segment(&dir.join("segment"), case, &digests)?;
    let two = groups::<2>(&dir.join("two"), case, &digests)?;
    let four = groups::<4>(&dir.join("four"), case, &digests)?;
    let probes: Vec<Digest> = case.pass(0, 0).0.into_iter().take(PAGE_PROBES).collect();
    let mut layouts = vec![
        two_planes(&segment, case, &digests, &probes),
        grouped("grouped, 2 words", &two, Steps::Best, case, &probes),
        grouped("grouped, 4 words", &four, Steps::Best, case, &probes),
        grouped("2 words, steps of the index", &two, Steps::OfTheIndex, case, &probes),
    ];
    drop(digests);
    for (round, kind) in (0..ROUNDS).flat_map(|round| (0..KINDS).map(move |kind| (round, kind))) {
        let (digests, want) = case.pass(kind, round);
        for turn in 0..layouts.len() {
            let place = (turn + round as usize) % layouts.len();
            measure(&mut layouts[place], kind, &digests, want);
        }
    }
    table(case, &layouts);
    Ok(())
}

fn measure(layout: &mut Layout<'_>, kind: usize, digests: &[Digest], want: usize) {
    let before = cpu_seconds();
    let found: usize = digests.chunks(BATCH).map(|batch| (layout.find)(batch)).sum();
    let seconds = cpu_seconds() - before;
    assert_eq!(found, want, "{}: present digests are found, absent ones are not", layout.name);
    layout.rates[kind].push(digests.len() as f64 / 1e6 / seconds);
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

fn table(case: Case, layouts: &[Layout<'_>]) {
    let bits = f64::from(case.width.bits());
    let bound = bits - (case.records as f64).log2() + 1.443;
    say(format_args!("\n{} digests of {bits} bits, bound {bound:.2}; M/s, two planes / this", case.records));
    say(format_args!(
        "{:<28} {:>2} {:>3} {:>6} {:>6} {:>14} {:>14} {:>14} {:>13} {:>13}",
        "layout", "p", "K,G", "bits", "first", "present", "absent", "sorted", "pages, chunks", "first in RAM"
    ));
    for layout in layouts {
        let rates: Vec<String> = layout
            .rates
            .iter()
            .zip(&layouts[0].rates)
            .map(|(these, first)| {
                let ratios = first.iter().zip(these).map(|(first, this)| first / this).collect();
                format!("{:>8.1} {:>5.2}", median(these.clone()), median(ratios))
            })
            .collect();
        let Pages { pages, chunks, pages_behind, chunks_behind } = layout.pages;
        say(format_args!(
            "{:<28} {:>2} {:>3} {:>6.2} {:>6.2} {} {:>7.2} {:>5.2} {:>7.2} {:>5.2}",
            layout.name,
            layout.cut.0,
            layout.cut.1,
            layout.bits_each,
            layout.first_bits_each,
            rates.join(" "),
            pages,
            chunks,
            pages_behind,
            chunks_behind
        ));
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Pages of 4 KiB and chunks of 64 KiB that a look-up touches on average; without those of lines or directory, too.
#[derive(Default)]
struct Pages {
    pages: f64,
    chunks: f64,
    pages_behind: f64,
    chunks_behind: f64,
}

impl Pages {
    /// From what each of some look-ups reads first, and behind it.
    fn of(look_ups: impl Iterator<Item = (Range<u64>, Vec<Range<u64>>)>) -> Pages {
        let (mut sums, mut count) = ([0; 4], 0);
        for (first, behind) in look_ups {
            let all: Vec<Range<u64>> = behind.iter().cloned().chain([first]).collect();
            for (sum, (ranges, unit)) in sums.iter_mut().zip([(&all, 12), (&all, 16), (&behind, 12), (&behind, 16)]) {
                *sum += distinct(ranges, unit);
            }
            count += 1;
        }
        let [pages, chunks, pages_behind, chunks_behind] = sums.map(|sum| sum as f64 / f64::from(count));
        Pages { pages, chunks, pages_behind, chunks_behind }
    }
}

/// The distinct units of 2^shift bytes that hold some bytes.
fn distinct(ranges: &[Range<u64>], shift: u32) -> usize {
    let mut units: Vec<u64> = ranges.iter().flat_map(|range| range.start >> shift..=(range.end - 1) >> shift).collect();
    units.sort_unstable();
    units.dedup();
    units.len()
}

fn segment(path: &Path, case: Case, digests: &[Digest]) -> Outcome<Segment<Mapping>> {
    let plan = SegmentPlan {
        width: case.width,
        key_check: KeyCheck([0; 16]),
        estimate: case.records,
        payloads: vec![(vec![(0, ClassMask(1))], case.records)],
        slice_bits: 0,
        slice: 0,
    };
    let mut writer = SegmentWriter::new(BufWriter::with_capacity(1 << 20, File::create(path)?), plan)?;
    digests.iter().try_for_each(|digest| writer.push(*digest, 0))?;
    writer.finish(&[BreachCoverage::default()])?;
    let segment = Segment::new(Mapping::of(&File::open(path)?)?)?;
    segment.verify(|_| ())?;
    Ok(segment)
}

fn two_planes<'a>(segment: &'a Segment<Mapping>, case: Case, digests: &[Digest], probes: &[Digest]) -> Layout<'a> {
    let (mixed, want) = case.mixed();
    let (mut found, mut scratch) = (Vec::new(), Scratch::default());
    // Touches every chunk that look-ups need, so that none is left to check.
    for batch in digests.chunks(BATCH) {
        assert!(segment.find_batch(batch, &mut scratch, &mut found).is_none(), "undamaged");
        found.clear();
    }
    assert!(segment.find_batch(&mixed, &mut scratch, &mut found).is_none(), "undamaged");
    assert_eq!(found.iter().map(|found| found.probe).collect::<Vec<u32>>(), want, "what is there, in order");
    let header = segment.header();
    let [lines, records] = [Section::Lines, Section::Remainders].map(|section| header.extent(section).bytes);
    Layout {
        name: "two planes",
        cut: (u32::from(header.quotient_bits), header.quotients_per_line),
        bits_each: case.bits_each(lines + records),
        first_bits_each: case.bits_each(lines),
        pages: Pages::of(probes.iter().map(|digest| segment_reads(segment, digests, *digest))),
        find: Box::new(move |batch| {
            found.clear();
            assert!(segment.find_batch(batch, &mut scratch, &mut found).is_none(), "undamaged");
            found.len()
        }),
        rates: Default::default(),
    }
}

/// The bytes of the file that the look-up of a present digest reads: its line, then 16 bytes for each record up to its own.
fn segment_reads(segment: &Segment<Mapping>, digests: &[Digest], digest: Digest) -> (Range<u64>, Vec<Range<u64>>) {
    let header = segment.header();
    let quotient = |digest: Digest| (digest.0 >> header.remainder_bits()) as u64;
    let line_bytes = LINE_BYTES as u64;
    let line =
        header.extent(Section::Lines).offset + quotient(digest) / u64::from(header.quotients_per_line) * line_bytes;
    let end = digests.partition_point(|other| *other <= digest);
    let before = digests[..end].iter().rev().take_while(|other| quotient(**other) == quotient(digest)).count();
    let record = |rank: usize| {
        let byte = header.extent(Section::Remainders).offset + rank as u64 * header.record_bits() / 8;
        byte..byte + 16
    };
    (line..line + line_bytes, (end - before..end).map(record).collect())
}

fn groups<const WORDS: usize>(path: &Path, case: Case, digests: &[Digest]) -> Outcome<Grouped<Mapping, WORDS>> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let geometry = encode::write::<WORDS>(&mut out, digests, case.width.bits())?;
    out.flush()?;
    let grouped = Grouped::new(Mapping::of(&File::open(path)?)?, geometry);
    let ((mixed, want), mut found) = (case.mixed(), Vec::new());
    for steps in [Steps::OfTheIndex, Steps::Best, Steps::Portable] {
        found.clear();
        grouped.find_batch(steps, &mixed, &mut grouped::Scratch::default(), &mut found);
        let probes: Vec<u32> = found.iter().map(|found| found.probe).collect();
        assert_eq!(probes, want, "{steps:?}, {WORDS} words: what is there, in order");
    }
    Ok(grouped)
}

fn grouped<'a, const WORDS: usize>(
    name: &'static str,
    grouped: &'a Grouped<Mapping, WORDS>,
    steps: Steps,
    case: Case,
    probes: &[Digest],
) -> Layout<'a> {
    let (mut found, mut scratch) = (Vec::new(), grouped::Scratch::default());
    let geometry = grouped.geometry();
    Layout {
        name,
        cut: (geometry.quotient_bits, geometry.quotients_per_group),
        bits_each: case.bits_each(grouped.bytes() as u64),
        first_bits_each: case.bits_each(geometry.directory_bytes() as u64),
        pages: Pages::of(probes.iter().map(|digest| grouped.reads(*digest))),
        find: Box::new(move |batch| {
            found.clear();
            grouped.find_batch(steps, batch, &mut scratch, &mut found);
            found.len()
        }),
        rates: Default::default(),
    }
}
