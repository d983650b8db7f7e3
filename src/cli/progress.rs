//! Shows a long job: a bar on a terminal, a line every ten seconds elsewhere; with `--progress json` an object every second, for
//! programs that wait for it:
//!
//! ```json
//! {"job":"ingest","phase":"reading","done":1048576,"to_do":8388608,"records":20000,"rejected":12,"seconds":1.0,"seconds_left":7.0}
//! ```
//!
//! While it reads, `done` and `to_do` are bytes; in a later phase they are what the phase counts.

use crate::report::{count, percent, size};
use crate::source::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Between two pictures of a bar.
const BAR_INTERVAL: Duration = Duration::from_millis(100);
/// Between two plain lines.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

/// Between two objects.
const JSON_INTERVAL: Duration = Duration::from_secs(1);
/// Whether objects are wanted: a choice for the whole process.
static JSON: AtomicBool = AtomicBool::new(false);

/// Writes objects from now on, and no bars or lines.
pub fn use_json() {
    JSON.store(true, Relaxed);
}

/// A display that runs until it is dropped.
pub struct Display {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Display {
    /// Shows a job under a name; nothing if notes are off.
    pub fn start(name: &'static str, progress: &Arc<Progress>, quiet: bool) -> Display {
        if quiet && !JSON.load(Relaxed) {
            return Display { stop: None, thread: None };
        }
        let (stop, stopped) = channel();
        let progress = Arc::clone(progress);
        let thread = thread::spawn(move || {
            if JSON.load(Relaxed) {
                show_objects(name, &progress, &stopped)
            } else if io::stderr().is_terminal() {
                show_bar(name, &progress, &stopped)
            } else {
                show_lines(name, &progress, &stopped)
            }
        });
        Display { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Display {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A display that failed has nothing more to say.
            let _ = thread.join();
        }
    }
}

fn show_bar(name: &'static str, progress: &Progress, stopped: &Receiver<()>) {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    set_style(&bar, "{prefix} {spinner} {msg}");
    bar.set_prefix(name);
    let started = Instant::now();
    while stopped.recv_timeout(BAR_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        if let Some((phase, done, to_do)) = progress.phase() {
            set_style(&bar, "{prefix}: {msg} {wide_bar} {human_pos}/{human_len}  {eta} left");
            bar.set_length(to_do);
            bar.set_position(done.min(to_do));
            bar.set_message(phase);
            bar.tick();
            continue;
        }
        // A job that writes has no bytes to read: it shows its records only.
        if bar.length().is_none() && progress.bytes_total() > 0 {
            set_style(&bar, "{prefix} {wide_bar} {bytes}/{total_bytes}  {msg}  {eta} left");
        }
        if progress.bytes_total() > 0 {
            bar.set_length(progress.bytes_total().max(progress.bytes_read()));
            bar.set_position(progress.bytes_read());
        }
        bar.set_message(rate(progress, started));
        bar.tick();
    }
    bar.finish_and_clear();
}

fn set_style(bar: &ProgressBar, template: &str) {
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("=> "));
    }
}

fn show_lines(name: &'static str, progress: &Progress, stopped: &Receiver<()>) {
    let started = Instant::now();
    while stopped.recv_timeout(LINE_INTERVAL) == Err(RecvTimeoutError::Timeout) {
        let line = match progress.phase() {
            Some((phase, done, to_do)) => format!("{name}: {phase}, {} of {}", count(done), count(to_do)),
            None => format!(
                "{name}: {} of {}, {}{}",
                size(progress.bytes_read()),
                size(progress.bytes_total()),
                rate(progress, started),
                time_left(progress, started)
            ),
        };
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

fn show_objects(name: &'static str, progress: &Progress, stopped: &Receiver<()>) {
    let started = Instant::now();
    loop {
        let ended = stopped.recv_timeout(JSON_INTERVAL) != Err(RecvTimeoutError::Timeout);
        let reading = ("reading", progress.bytes_read(), progress.bytes_total());
        let (phase, done, to_do) = progress.phase().unwrap_or(reading);
        let seconds = started.elapsed().as_secs_f64();
        let left = (done > 0 && done < to_do).then(|| seconds * (to_do - done) as f64 / done as f64);
        let object = serde_json::json!({
            "job": name, "phase": phase, "done": done, "to_do": to_do, "records": progress.records(),
            "rejected": progress.rejected(), "seconds": seconds, "seconds_left": left,
        });
        let _ = writeln!(io::stderr().lock(), "{object}");
        // The last one has the final numbers, however short the job was.
        if ended {
            return;
        }
    }
}

fn rate(progress: &Progress, started: Instant) -> String {
    let records = progress.records();
    let per_second = records as f64 / started.elapsed().as_secs_f64().max(0.001);
    let rejected = match progress.rejected() {
        0 => String::new(),
        rejected => format!(" ({} rejected)", percent(rejected, records)),
    };
    format!("{} records{rejected}, {}/s", count(records), count(per_second as u64))
}

fn time_left(progress: &Progress, started: Instant) -> String {
    let (done, total) = (progress.bytes_read(), progress.bytes_total());
    if done == 0 || done >= total {
        return String::new();
    }
    let seconds = started.elapsed().as_secs_f64() * (total - done) as f64 / done as f64;
    format!(", {seconds:.0} s left")
}
