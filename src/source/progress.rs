//! Counters that a long job raises and a display reads, and the flag that asks the job to stop.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

/// What a long job has done so far. Shared by reference between the threads of the job and whoever displays it.
#[derive(Debug, Default)]
pub struct Progress {
    bytes_read: AtomicU64,
    bytes_total: AtomicU64,
    records: AtomicU64,
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

    /// Adds bytes that are still to be read, once per input.
    pub fn add_bytes_total(&self, bytes: u64) {
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

    /// Asks the job to stop at the next block; it then ends with an error and removes its temporary files.
    pub fn request_stop(&self) {
        self.stop.store(true, Relaxed);
    }

    /// Whether somebody asked the job to stop.
    pub fn stop_requested(&self) -> bool {
        self.stop.load(Relaxed)
    }
}
