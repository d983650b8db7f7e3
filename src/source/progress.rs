//! Counters that a long job raises and a display reads, and the flag that asks the job to stop.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};

/// What a long job has done so far. Shared by reference between the threads of the job and whoever displays it.
#[derive(Debug, Default)]
pub struct Progress {
    bytes_read: AtomicU64,
    bytes_total: AtomicU64,
    /// Whether the total is known beforehand.
    total_is_known: AtomicBool,
    records: AtomicU64,
    rejected: AtomicU64,
    phase: Mutex<Option<&'static str>>,
    done: AtomicU64,
    to_do: AtomicU64,
    stop: AtomicBool,
}

impl Progress {
    /// Nothing done, nothing known.
    pub fn new() -> Progress {
        Progress::default()
    }

    /// Adds bytes as they stand on disk, before any decompression.
    pub fn add_bytes_read(&self, bytes: u64) {
        self.bytes_read.fetch_add(bytes, Relaxed);
    }

    /// Says how many bytes all inputs have together, where that is known before the first is read.
    pub fn set_bytes_total(&self, bytes: u64) {
        self.bytes_total.store(bytes, Relaxed);
        self.total_is_known.store(true, Relaxed);
    }

    /// Adds rejected records; they are among the finished ones.
    pub fn add_rejected(&self, count: u64) {
        self.rejected.fetch_add(count, Relaxed);
    }

    /// Rejected records so far.
    pub fn rejected(&self) -> u64 {
        self.rejected.load(Relaxed)
    }

    /// Adds bytes that are still to be read, once per input; of no effect if all are known.
    pub fn add_bytes_total(&self, bytes: u64) {
        if self.total_is_known.load(Relaxed) {
            return;
        }
        self.bytes_total.fetch_add(bytes, Relaxed);
    }

    /// Adds finished records.
    pub fn add_records(&self, count: u64) {
        self.records.fetch_add(count, Relaxed);
    }

    /// Bytes read from disk so far.
    pub fn bytes_read(&self) -> u64 {
        self.bytes_read.load(Relaxed)
    }

    /// Bytes to read in all; zero if unknown.
    pub fn bytes_total(&self) -> u64 {
        self.bytes_total.load(Relaxed)
    }

    /// Records finished so far.
    pub fn records(&self) -> u64 {
        self.records.load(Relaxed)
    }

    /// Begins a phase behind the reading, with this many things to do.
    pub fn begin(&self, phase: &'static str, to_do: u64) {
        self.done.store(0, Relaxed);
        self.to_do.store(to_do, Relaxed);
        *self.phase.lock().unwrap_or_else(PoisonError::into_inner) = Some(phase);
    }

    /// Adds things done in the phase.
    pub fn add_done(&self, count: u64) {
        self.done.fetch_add(count, Relaxed);
    }

    /// The phase behind the reading: its name, the things done, and all there are to do.
    pub fn phase(&self) -> Option<(&'static str, u64, u64)> {
        let phase = *self.phase.lock().unwrap_or_else(PoisonError::into_inner);
        phase.map(|name| (name, self.done.load(Relaxed), self.to_do.load(Relaxed)))
    }

    /// Asks the job to stop at the next block; it then ends with an error and removes its temporary files.
    pub fn request_stop(&self) {
        self.stop.store(true, Relaxed);
    }

    /// Whether somebody asked the job to stop.
    pub fn stop_requested(&self) -> bool {
        self.stop.load(Relaxed)
    }
}
