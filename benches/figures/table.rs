//! One line per case: what was done, what it took, and whether that is the goal.

use crate::child::Usage;
use rustix::time::{ClockId, clock_gettime};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Whether the cases have the size for which goals are set.
static JUDGES: AtomicBool = AtomicBool::new(true);
/// How fast this processor is beside the core of the goals: the bits of an `f64`. Zero: it was not measured.
static PACE: AtomicU64 = AtomicU64::new(0);

/// Says how fast this processor is beside the core for which the goals were set (see [`crate::pace`]).
pub fn set_pace(pace: f64) {
    PACE.store(pace.to_bits(), Relaxed);
}

/// Says that the cases are smaller, so that nobody is judged.
pub fn judge_not() {
    JUDGES.store(false, Relaxed);
}

/// Whether a goal is reached, in a word; none where the cases are too small.
pub fn verdict(reached: bool) -> &'static str {
    match (JUDGES.load(Relaxed), reached) {
        (false, _) => "-",
        (true, true) => "reached",
        (true, false) => "MISSED",
    }
}

/// What a case should reach.
#[derive(Clone, Copy)]
pub enum Goal {
    /// Nothing is promised; the row is there to compare with.
    None,
    /// Million items per CPU second, at least.
    Rate(f64),
    /// Microseconds of CPU per item, at most.
    Micros(f64),
}

/// What a case took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub cpu: Duration,
    pub wall: Duration,
    pub peak_bytes: u64,
}

impl From<Usage> for Cost {
    fn from(usage: Usage) -> Cost {
        Cost { cpu: usage.cpu, wall: usage.wall, peak_bytes: usage.peak_bytes }
    }
}

/// Writes a line; a closed pipe ends the figures, not the program.
pub fn say(line: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stdout(), "{line}");
}

pub fn header() {
    say(format_args!(
        "{:<58} {:>11} {:>8} {:>8} {:>10} {:>9} {:>8}  goal",
        "case", "items", "CPU s", "wall s", "M / CPU s", "us each", "peak MiB"
    ));
}

/// What is said of a goal: whether it is reached here, and whether a rival's pace makes it another answer.
///
/// Input: how much better than the goal the case is: 1 is the goal itself.
fn judgement(better: f64) -> String {
    let pace = f64::from_bits(PACE.load(Relaxed));
    let here = verdict(better >= 1.0);
    if pace == 0.0 || (better >= 1.0) == (better / pace >= 1.0) {
        return here.to_owned();
    }
    format!("{here}; by the pace {}", verdict(better / pace >= 1.0))
}

/// Writes a row.
///
/// Output: millions of items per CPU second.
pub fn row(name: &str, items: u64, cost: Cost, goal: Goal) -> f64 {
    let seconds = cost.cpu.as_secs_f64().max(1e-9);
    let (rate, micros) = (items as f64 / seconds / 1e6, seconds * 1e6 / items as f64);
    let goal = match goal {
        Goal::None => String::new(),
        Goal::Rate(least) => format!(">= {least} M/s: {}", judgement(rate / least)),
        Goal::Micros(most) => format!("<= {most} us: {}", judgement(most / micros)),
    };
    let peak = match cost.peak_bytes {
        0 => String::new(),
        bytes => format!("{:.0}", bytes as f64 / f64::from(1 << 20)),
    };
    say(format_args!(
        "{name:<58} {items:>11} {seconds:>8.3} {:>8.3} {rate:>10.2} {micros:>9.4} {peak:>8}  {goal}",
        cost.wall.as_secs_f64()
    ));
    rate
}

/// CPU time of this process so far, with all threads.
pub fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Runs work in this process.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    let (started, before) = (Instant::now(), cpu());
    let result = work();
    (result, Cost { cpu: cpu() - before, wall: started.elapsed(), peak_bytes: 0 })
}

/// The cost with the median CPU time of several.
pub fn median(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by_key(|cost| cost.cpu);
    costs.get(costs.len() / 2).copied().unwrap_or_default()
}
