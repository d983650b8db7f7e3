//! One line per case: what was done, what it took, and whether that is the goal.

use crate::child::Usage;
use rustix::time::{ClockId, clock_gettime};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Whether the cases have the size for which goals are set.
static JUDGES: AtomicBool = AtomicBool::new(true);

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

/// Writes a row.
pub fn row(name: &str, items: u64, cost: Cost, goal: Goal) {
    let seconds = cost.cpu.as_secs_f64().max(1e-9);
    let (rate, micros) = (items as f64 / seconds / 1e6, seconds * 1e6 / items as f64);
    let goal = match goal {
        Goal::None => String::new(),
        Goal::Rate(least) => format!(">= {least} M/s: {}", verdict(rate >= least)),
        Goal::Micros(most) => format!("<= {most} us: {}", verdict(micros <= most)),
    };
    let peak = match cost.peak_bytes {
        0 => String::new(),
        bytes => format!("{:.0}", bytes as f64 / f64::from(1 << 20)),
    };
    say(format_args!(
        "{name:<58} {items:>11} {seconds:>8.3} {:>8.3} {rate:>10.2} {micros:>9.4} {peak:>8}  {goal}",
        cost.wall.as_secs_f64()
    ));
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
