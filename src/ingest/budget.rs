//! `--memory`: how much of it is whose.
//!
//! The promise is: peak resident memory <= `--memory` + 64 MiB, whatever the input. The 64 MiB are the program, its tables
//! of telephone numbers, the standard library's own buffers, and 65,536 sets of data classes. From the rest come, one after
//! the other:
//!
//! | while | what | bytes |
//! |---|---|---|
//! | always | more sets of data classes, at 256 bytes | 1/32 of what `--memory` has above 64 MiB |
//! | reading | blocks, batches and scratch of every worker | 12 MiB x threads |
//! | | the pages of the store | everything else |
//! | writing | section H of one slice, at most 2^26 records, and write buffers | 40 MiB |
//! | | parts being sorted or waiting | everything else / (threads + 2) each |
//!
//! Nothing that is written depends on any of these numbers.

use super::Error;

const MIB: u64 = 1 << 20;
/// Blocks, batches and scratch of a worker.
const WORKER_BYTES: u64 = 12 * MIB;
/// Below this, pages are too few to be worth a write.
const PAGES_BYTES_MIN: u64 = 24 * MIB;
/// Section H, buffers of the writer, the sample of payloads.
const WRITER_BYTES: u64 = 40 * MIB;
/// A part larger than this sorts no faster.
const PART_BYTES_MAX: u64 = 32 * MIB;
/// A part is never smaller than this.
const PART_BYTES_MIN: u64 = MIB;

/// Sets of data classes that cost nothing: no dump is known to have more.
const SETS_MIN: u64 = 1 << 16;
/// What a set of data classes costs while it is counted, merged and written.
const SET_BYTES: u64 = 256;
/// Sets get one in so many bytes of what `--memory` has above [`SETS_FROM_BYTES`].
const SETS_SHARE: u64 = 32;
const SETS_FROM_BYTES: u64 = 64 * MIB;

/// The shares of `--memory`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    memory: u64,
    threads: usize,
    /// Bytes of the pages of the store.
    pub pages_bytes: usize,
}

impl Budget {
    /// Shares out `memory` bytes.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`] if so many threads cannot work in it.
    pub(super) fn new(memory: u64, threads: usize) -> Result<Budget, Error> {
        let workers = WORKER_BYTES * threads as u64;
        let parts = WRITER_BYTES + PART_BYTES_MIN * (threads as u64 + 2);
        let least = (workers + PAGES_BYTES_MIN).max(parts);
        let least = least + least.saturating_sub(SETS_FROM_BYTES).div_ceil(SETS_SHARE - 1);
        if memory < least {
            return Err(Error::MemoryTooSmall { least: least.div_ceil(MIB), threads });
        }
        let mut budget = Budget { memory, threads, pages_bytes: 0 };
        budget.pages_bytes = usize::try_from(memory - budget.sets_bytes() - workers).unwrap_or(usize::MAX);
        Ok(budget)
    }

    fn sets_bytes(&self) -> u64 {
        self.memory.saturating_sub(SETS_FROM_BYTES) / SETS_SHARE
    }

    /// Sets of data classes that there is room for.
    pub(super) fn sets_max(&self) -> usize {
        (SETS_MIN + self.sets_bytes() / SET_BYTES) as usize
    }

    /// Parts under way at any time: one for each thread, one written, one waiting.
    pub(super) fn parts(&self) -> usize {
        self.threads + 2
    }

    /// Bytes of a part beside `used` bytes of the store that stay in memory; none if that is too little.
    pub(super) fn part_bytes(&self, used: usize) -> Option<usize> {
        let left = self.memory.saturating_sub(self.sets_bytes() + WRITER_BYTES).saturating_sub(used as u64);
        let part = left / self.parts() as u64;
        (part >= PART_BYTES_MIN).then(|| part.min(PART_BYTES_MAX) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_never_exceed_the_whole() {
        for threads in [1, 2, 8, 64, 1024] {
            let least = match Budget::new(0, threads) {
                Err(Error::MemoryTooSmall { least, .. }) => least * MIB,
                other => panic!("{other:?}"),
            };
            for memory in [least, least + 1, 4 * least, 1 << 40] {
                let budget = Budget::new(memory, threads).expect("enough");
                assert!(budget.pages_bytes as u64 + WORKER_BYTES * threads as u64 <= memory);
                let part = budget.part_bytes(0).expect("enough for parts") as u64;
                assert!(
                    part * budget.parts() as u64 + WRITER_BYTES + budget.sets_bytes() <= memory,
                    "{threads} threads, {memory} bytes"
                );
            }
            assert!(Budget::new(least, threads).expect("enough").part_bytes(least as usize).is_none());
        }
    }
}
