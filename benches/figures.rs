//! First figures of the whole way: `cargo bench`. Every case carries its expected answer and checks it.
//!
//! CPU seconds are those of this process, user and system, from `/proc/self/stat` (ticks of 10 ms); peak memory is VmHWM
//! after a reset. `LEAKDEX_BENCH_SCALE` makes the cases larger or smaller; 1 is the full size.

use leakdex::demo::generate::{REGION, SCOPE, generate};
use leakdex::digest::{Digest, HmacState, Key, KeyCheck, MacBatch, Width};
use leakdex::identifier::Country;
use leakdex::index::class::ClassMask;
use leakdex::index::{Access, Identity, Index, Mapping, Scratch, Segment, SegmentPlan, SegmentWriter};
use leakdex::ingest::{Config, ingest};
use leakdex::plan::{Request, Side, decide};
use leakdex::query::{self, Covered, Query};
use leakdex::source::{Options, Progress, Source};
use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let scale: f64 = std::env::var("LEAKDEX_BENCH_SCALE").ok().and_then(|text| text.parse().ok()).unwrap_or(1.0);
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("figures-{}", std::process::id()));
    fs::create_dir_all(&dir)?;
    let result = run(&dir, scale);
    fs::remove_dir_all(&dir)?;
    result
}

fn run(dir: &Path, scale: f64) -> Outcome<()> {
    let key = Key::random()?;
    say(format_args!("{:<44} {:>12} {:>10} {:>14} {:>10}", "case", "items", "CPU s", "items/CPU s", "peak MB"));
    let only = std::env::var("LEAKDEX_BENCH_ONLY").unwrap_or_default();
    if let Some(records) = only.strip_prefix("segment=") {
        return segment(&dir.join("segment"), records.parse()?);
    }
    hmac(&key);
    if only == "hmac" {
        return Ok(());
    }
    for threads in [1, 2] {
        incident(&dir.join(format!("incident-{threads}")), &key, scale, threads)?;
        mail_list(&dir.join(format!("mails-{threads}")), &key, scale, threads)?;
    }
    for records in [100_000, 1_000_000, 10_000_000, 50_000_000] {
        segment(&dir.join("segment"), (records as f64 * scale) as u64)?;
    }
    Ok(())
}

fn say(line: std::fmt::Arguments<'_>) {
    // A closed pipe ends the figures, not the program.
    let _ = writeln!(io::stdout(), "{line}");
}

/// CPU seconds of this process so far.
fn cpu_seconds() -> f64 {
    const TICKS_PER_SECOND: f64 = 100.0;
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = text.rsplit(") ").next().unwrap_or_default();
    let ticks = after_name.split(' ').skip(11).take(2).filter_map(|field| field.parse::<f64>().ok());
    ticks.sum::<f64>() / TICKS_PER_SECOND
}

/// Peak resident memory since the last reset, in MB.
fn peak_megabytes() -> f64 {
    let text = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = text.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    let kilobytes = line.split_whitespace().nth(1).and_then(|number| number.parse::<f64>().ok());
    kilobytes.unwrap_or(0.0) * 1024.0 / 1e6
}

fn measure<T>(name: &str, work: impl FnOnce() -> Outcome<(u64, T)>) -> Outcome<T> {
    // Resets VmHWM; where that is not allowed, the peak is that of the whole run so far.
    let _ = fs::write("/proc/self/clear_refs", "5");
    let before = cpu_seconds();
    let (items, result) = work()?;
    let seconds = cpu_seconds() - before;
    let rate = items as f64 / seconds.max(0.01);
    say(format_args!("{name:<44} {items:>12} {seconds:>10.2} {rate:>14.0} {:>10.0}", peak_megabytes()));
    Ok(result)
}

/// 25-byte messages: our pre-computed states beside a clone of a keyed `Hmac`. The sums of the outputs must agree.
fn hmac(key: &Key) {
    use hmac::{Hmac, KeyInit, Mac};
    const MESSAGES: u64 = 10_000_000;
    let secret = key.seal(b"figures");
    let message = |i: u64| {
        let mut message = [b'm'; 25];
        message[..8].copy_from_slice(&i.to_le_bytes());
        message
    };
    let state = HmacState::new(&secret);
    let sum = |mac: fn(&HmacState, &Hmac<sha2::Sha256>, &[u8]) -> u8, keyed: &Hmac<sha2::Sha256>| {
        (0..MESSAGES).fold(0u64, |sum, i| sum.wrapping_mul(31).wrapping_add(u64::from(mac(&state, keyed, &message(i)))))
    };
    let keyed = Hmac::<sha2::Sha256>::new_from_slice(&secret).expect("HMAC takes any key length");
    let ours = measure("HMAC, pre-computed states", || Ok((MESSAGES, sum(|state, _, m| state.mac(m)[0], &keyed))));
    let crates = measure("HMAC, clone of a keyed Hmac (rival)", || {
        let clone = |_: &HmacState, keyed: &Hmac<sha2::Sha256>, m: &[u8]| {
            let mut mac = keyed.clone();
            mac.update(m);
            mac.finalize().into_bytes()[0]
        };
        Ok((MESSAGES, sum(clone, &keyed)))
    });
    let batched = measure("HMAC, batches", || {
        let states = [state.clone()];
        let (mut batch, mut digests) = (MacBatch::default(), Vec::new());
        let mut sum = 0u64;
        for first in (0..MESSAGES).step_by(500) {
            batch.clear();
            (first..first + 500).for_each(|i| _ = batch.push(0, &message(i)));
            batch.digests(&states, Width::DEFAULT, &mut digests);
            sum = digests.iter().fold(sum, |sum, digest| sum.wrapping_mul(31).wrapping_add((digest.0 >> 72) as u64));
        }
        Ok((MESSAGES, sum))
    });
    let (batched, ours, crates) = (batched.ok(), ours.ok(), crates.ok());
    assert!(batched == ours && ours == crates, "all compute the same");
}

fn config(inputs: Vec<PathBuf>, index: PathBuf, breach: &str, threads: usize) -> Config {
    Config {
        inputs,
        index,
        breach: breach.into(),
        title: None,
        breach_date: None,
        request: Request {
            region: Country::from_code(REGION).unwrap_or_default(),
            scope: Some(SCOPE.into()),
            ..Request::default()
        },
        source: Options::default(),
        append: false,
        rejects_max: 0.05,
        dry_run: false,
        threads,
        memory: 1 << 30,
        temp_dir: None,
        width: Width::DEFAULT,
    }
}

/// The model incident: five ingests and one scan; the pairs found are those of the generator.
fn incident(dir: &Path, key: &Key, scale: f64, threads: usize) -> Outcome<()> {
    let incident = generate(dir, scale, 1, &Progress::new())?;
    let index = dir.join("index");
    measure(&format!("ingest, model incident, {threads} threads (fields)"), || {
        let mut fields = 0;
        for dump in &incident.dumps {
            let config = config(vec![dump.path.clone()], index.clone(), dump.breach, threads);
            fields += ingest(&config, key, &Arc::new(Progress::new()))?.digests;
        }
        Ok((fields, ()))
    })?;
    let pairs = scan(&format!("scan, model incident, {threads} threads (rows)"), key, &index, &incident.list, threads)?;
    assert_eq!(pairs, incident.truth.customer_breach_pairs, "found = truth");
    Ok(())
}

/// A list of e-mail addresses, one a line; every second one of the list that is scanned is in it.
fn mail_list(dir: &Path, key: &Key, scale: f64, threads: usize) -> Outcome<()> {
    fs::create_dir_all(dir)?;
    let count = (2_000_000.0 * scale) as u64;
    let (dump, list, index) = (dir.join("dump.txt"), dir.join("list.txt"), dir.join("index"));
    write_mails(&dump, (0..count).map(|i| i * 2))?;
    write_mails(&list, 0..count)?;
    measure(&format!("ingest, e-mail list, {threads} threads"), || {
        let report = ingest(&config(vec![dump], index.clone(), "mails", threads), key, &Arc::new(Progress::new()))?;
        assert_eq!(report.accepted(), count, "every line is an address");
        Ok((count, ()))
    })?;
    let pairs = scan(&format!("scan, e-mail list, {threads} threads"), key, &index, &list, threads)?;
    assert_eq!(pairs, count.div_ceil(2), "every second address is there");
    Ok(())
}

fn write_mails(path: &Path, numbers: impl Iterator<Item = u64>) -> io::Result<()> {
    let mut out = BufWriter::new(fs::File::create(path)?);
    for n in numbers {
        // A bijection, so that neighbours in the file are not neighbours in the alphabet.
        writeln!(out, "person{:016x}@mail.example", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))?;
    }
    out.flush()
}

/// Scans a list and returns the number of (row, breach) pairs.
fn scan(name: &str, key: &Key, index: &Path, list: &Path, threads: usize) -> Outcome<u64> {
    let seal = |bytes: &[u8]| key.seal(bytes);
    let index = Index::open(index, Some(&Identity { id: key.id(), check: key.check(), seal: &seal }), Access::Mapped)?;
    let request = config(Vec::new(), PathBuf::new(), "", threads).request;
    let source_options = Options::default();
    measure(name, || {
        let list = Source::open(list, &source_options)?;
        let plan = decide(list.description().shape, list.sample(), &request, Side::List)?;
        let covered = Covered::new(&index, key, &request.scope_bytes(), &[])?;
        let query = Query { index: &index, key, plan: &plan, covered: &covered, source: &source_options, threads };
        let scope = query::scan::<query::Error>(query, list, &Arc::new(Progress::new()), |_| Ok(()))?;
        Ok((scope.rows, scope.pairs))
    })
}

/// Bits per record of a segment with one mask beside the entropy B - log2 N + 1.443, and look-ups in it: a mapped file,
/// warm, its chunks checked before; random distinct digests in batches as large as those of a scan.
fn segment(dir: &Path, records: u64) -> Outcome<()> {
    fs::create_dir_all(dir)?;
    let path = dir.join("segment.ldx");
    write_segment(&path, records)?;
    let bits = fs::metadata(&path)?.len() as f64 * 8.0 / records as f64;
    let bound = 80.0 - (records as f64).log2() + 1.443;
    let above = (bits / bound - 1.0) * 100.0;
    say(format_args!("segment of {records} digests: {bits:.2} bits each, bound {bound:.2}: {above:+.1} %"));
    let segment = Segment::new(Mapping::of(&fs::File::open(&path)?)?)?;
    segment.verify(|_| ())?;
    let queries = records.min(20_000_000);
    let step = records / queries;
    let present: Vec<Digest> = (0..queries).map(|i| digest(i * step)).collect();
    let absent: Vec<Digest> = (records..records + queries).map(digest).collect();
    let mut sorted = present.clone();
    sorted.sort_unstable();
    let single = |digests: &[Digest]| {
        digests.iter().try_fold(0u64, |found, digest| {
            Ok::<u64, leakdex::index::Error>(found + u64::from(segment.find(*digest)?.is_some()))
        })
    };
    let batches = |digests: &[Digest]| {
        let (mut found, mut scratch, mut count) = (Vec::new(), Scratch::default(), 0);
        for batch in digests.chunks(BATCH) {
            found.clear();
            assert!(segment.find_batch(batch, &mut scratch, &mut found).is_none(), "undamaged");
            count += found.len() as u64;
        }
        count
    };
    let mapping = Mapping::of(&fs::File::open(&path)?)?;
    let bytes = mapping.as_ref();
    let lines = bytes.len() / 64;
    let line = |i: u64| ((u128::from((mix(i) >> 64) as u64) * lines as u128) >> 64) as usize;
    measure("  bound: random lines of the file", || {
        let sum = (0..queries).fold(0u64, |sum, i| sum.wrapping_add(u64::from(bytes[line(i) * 64])));
        Ok((queries, std::hint::black_box(sum)))
    })?;
    let few = &present[..present.len() / 10];
    let found = measure("  look-up, one at a time, present", || Ok((few.len() as u64, single(few)?)))?;
    assert_eq!(found, few.len() as u64, "present digests are found");
    for (name, digests, want) in [
        ("  look-up, batches, present", &present, queries),
        ("  look-up, batches, absent", &absent, 0),
        ("  look-up, batches, present, sorted", &sorted, queries),
    ] {
        let found = measure(name, || Ok((queries, batches(digests))))?;
        assert_eq!(found, want, "present digests are found, absent ones are not");
    }
    Ok(())
}

/// Digests in a batch: what a block of a list gives.
const BATCH: usize = 80_000;

fn digest(i: u64) -> Digest {
    Digest(mix(i) >> 48)
}

fn write_segment(path: &Path, records: u64) -> Outcome<()> {
    let mut digests: Vec<Digest> = (0..records).map(digest).collect();
    digests.sort_unstable();
    let payloads = vec![(vec![(0, ClassMask(1))], records)];
    let plan = SegmentPlan {
        width: Width::DEFAULT,
        key_check: KeyCheck([0; 16]),
        estimate: records,
        payloads,
        slice_bits: 0,
        slice: 0,
    };
    let out = BufWriter::with_capacity(1 << 20, fs::File::create(path)?);
    let mut writer = SegmentWriter::new(out, plan)?;
    measure("  encoding sorted digests", || {
        for digest in &digests {
            writer.push(*digest, 0)?;
        }
        Ok((records, ()))
    })?;
    writer.finish(&[leakdex::index::BreachCoverage::default()])?;
    Ok(())
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
