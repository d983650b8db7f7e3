//! HMAC-SHA-256 of 25 bytes: batches beside a clone of a keyed `Hmac`, and beside one message at a time.

use crate::Outcome;
use crate::data::mix;
use crate::table::{Cost, Goal, measure, median, row, say, verdict};
use hmac::{Hmac, KeyInit, Mac};
use leakdex::digest::{Digest, HmacState, MacBatch, Width};
use std::thread;

/// Messages in a batch, as in an ingest.
const BATCH: u64 = 512;
/// The ways in turn, so that a noisy moment meets all of them.
const ROUNDS: usize = 5;
/// The batch is this much faster than the clone.
const GOAL: f64 = 2.4;

type Way = fn(&[u8; 32], u64) -> u64;

pub fn run(scale: f64) -> Outcome<()> {
    let messages = (10_000_000.0 * scale) as u64 / BATCH * BATCH + BATCH;
    let secret: [u8; 32] = std::array::from_fn(|i| i as u8 ^ 0x5a);
    let ways: [(&str, Way); 3] = [
        ("HMAC, clone of a keyed `Hmac` (rival)", clones),
        ("HMAC, pre-computed states, one at a time", singles),
        ("HMAC, batches", batches),
    ];
    for threads in [1, 2] {
        let mut costs = [const { Vec::new() }; 3];
        for _ in 0..ROUNDS {
            let mut sums = Vec::new();
            for ((_, way), costs) in ways.iter().zip(&mut costs) {
                let (sum, cost) = measure(|| in_threads(threads, |_| way(&secret, messages)));
                sums.push(sum);
                costs.push(cost);
            }
            assert!(sums.iter().all(|sum| *sum == sums[0]), "all compute the same");
        }
        let costs = costs.map(median);
        for ((name, _), cost) in ways.iter().zip(costs) {
            row(&format!("{name}, {threads} threads"), messages * threads, cost, Goal::None);
        }
        let ratio = |a: Cost, b: Cost| a.cpu.as_secs_f64() / b.cpu.as_secs_f64();
        let times = ratio(costs[0], costs[2]);
        let verdict = verdict(times >= GOAL);
        say(format_args!("  batches are {times:.2} x the clone; goal >= {GOAL}: {verdict}"));
    }
    Ok(())
}

/// Runs the same work in some threads, and adds up what they return.
pub fn in_threads(threads: u64, work: impl Fn(u64) -> u64 + Sync) -> u64 {
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|number| {
                scope.spawn({
                    let work = &work;
                    move || work(number)
                })
            })
            .collect();
        running.into_iter().map(|thread| thread.join().unwrap_or(0)).fold(0, u64::wrapping_add)
    })
}

fn message(number: u64) -> [u8; 25] {
    let mut message = [b'm'; 25];
    message[..8].copy_from_slice(&mix(number).to_le_bytes());
    message
}

fn add(sum: u64, digest: Digest) -> u64 {
    sum.wrapping_mul(31).wrapping_add(digest.0 as u64)
}

/// Digests by a clone of a keyed `Hmac` for every message.
pub fn clones(secret: &[u8; 32], messages: u64) -> u64 {
    let keyed = Hmac::<sha2::Sha256>::new_from_slice(secret).expect("HMAC takes any key length");
    (0..messages).fold(0, |sum, number| {
        let mut mac = keyed.clone();
        mac.update(&message(number));
        add(sum, Width::DEFAULT.truncate(&mac.finalize().into_bytes().into()))
    })
}

fn singles(secret: &[u8; 32], messages: u64) -> u64 {
    let state = HmacState::new(secret);
    (0..messages).fold(0, |sum, number| add(sum, Width::DEFAULT.truncate(&state.mac(&message(number)))))
}

fn batches(secret: &[u8; 32], messages: u64) -> u64 {
    let states = [HmacState::new(secret)];
    let (mut batch, mut digests) = (MacBatch::default(), Vec::new());
    (0..messages).step_by(BATCH as usize).fold(0, |sum, first| {
        batch.clear();
        (first..first + BATCH).for_each(|number| _ = batch.push(0, &message(number)));
        batch.digests(&states, Width::DEFAULT, &mut digests);
        digests.iter().fold(sum, |sum, digest| add(sum, *digest))
    })
}
