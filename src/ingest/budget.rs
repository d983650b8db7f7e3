//! `--memory`: how much of it is whose.
//!
//! The promise is: peak resident memory <= `--memory` + 64 MiB, whatever the input. The 64 MiB are the program, its tables
//! of telephone numbers, the standard library's own buffers, the first 4 MiB of plans and windows, and 65,536 sets of data
//! classes. From the rest come, one after the other:
//!
//! | while | what | bytes |
//! |---|---|---|
//! | always | plan and report of every input | 1.5 KiB and 640 bytes per column |
//! | | windows of zstd inputs read at the same time, beyond 2 MiB each | up to 126 MiB, as their headers say |
//! | | more sets of data classes, at 256 bytes | 1/32 of what `--memory` has above 64 MiB |
//! | reading | blocks, batches and scratch of every worker, and records of a small input that wait for its end | 14 MiB x threads |
//! | | the pages of the store | everything else |
//! | writing | section H of one slice, at most 2^26 records, a megabyte of its escapes, and write buffers | 40 MiB |
//! | | parts being sorted or waiting | everything else / (2 threads + 4) each |
//!
//! Nothing that is written depends on any of these numbers.

use super::Error;

const MIB: u64 = 1 << 20;

/// Sizes that the shares are made of. The tests of this module have smaller ones, so that little input is much.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sizes {
    /// Blocks, batches and scratch of a worker.
    pub worker_bytes: u64,
    /// Of these, records of an input that is read by one worker: it has one block in memory, and not four.
    pub waiting_bytes: u64,
    /// A page of the store: large enough for the disk, small enough that 256 unfinished ones are little.
    pub page_bytes: u64,
    /// Below this, pages are too few to be worth a write.
    pub pages_bytes_min: u64,
    /// Section H, buffers of the writer, the sample of payloads.
    pub writer_bytes: u64,
    /// A part larger than this sorts no faster.
    pub part_bytes_max: u64,
    /// A part is never smaller than this.
    pub part_bytes_min: u64,
    /// Sets of data classes that cost nothing: no dump is known to have more.
    pub sets_min: u64,
}

impl Sizes {
    /// The sizes in use.
    const USUAL: Sizes = Sizes {
        worker_bytes: 14 * MIB,
        waiting_bytes: 3 * MIB,
        page_bytes: 64 << 10,
        pages_bytes_min: 20 * MIB,
        writer_bytes: 40 * MIB,
        part_bytes_max: 32 * MIB,
        part_bytes_min: MIB,
        sets_min: 1 << 16,
    };
}

/// What a set of data classes costs while it is counted, merged and written.
const SET_BYTES: u64 = 256;
/// Sets get one in so many bytes of what `--memory` has above [`SETS_FROM_BYTES`].
const SETS_SHARE: u64 = 32;
const SETS_FROM_BYTES: u64 = 64 * MIB;
/// Plans, reports and windows that cost nothing.
const INPUTS_FREE_BYTES: u64 = 4 * MIB;

/// The shares of `--memory`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    sizes: Sizes,
    /// `--memory` without what the inputs take.
    memory: u64,
    threads: usize,
}

impl Budget {
    /// Shares out `memory` bytes.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`] if so many threads cannot work in it.
    pub(super) fn new(memory: u64, threads: usize) -> Result<Budget, Error> {
        Budget::of(Sizes::USUAL, memory, threads)
    }

    /// As [`Budget::new`], of other sizes.
    pub(super) fn of(sizes: Sizes, memory: u64, threads: usize) -> Result<Budget, Error> {
        let budget = Budget { sizes, memory, threads };
        let least = budget.least();
        if memory < least {
            return Err(Error::MemoryTooSmall { least: least.div_ceil(MIB), threads, inputs: None });
        }
        Ok(budget)
    }

    /// The shares beside `bytes` bytes that so many inputs take, whatever they hold.
    ///
    /// # Errors
    /// [`Error::MemoryTooSmall`] if nobody can work in what is left.
    pub(super) fn beside_inputs(self, bytes: u64, inputs: usize) -> Result<Budget, Error> {
        let taken = bytes.saturating_sub(INPUTS_FREE_BYTES);
        let budget = Budget { memory: self.memory.saturating_sub(taken), ..self };
        let least = budget.least();
        if budget.memory < least {
            let least = (least + taken).div_ceil(MIB);
            return Err(Error::MemoryTooSmall { least, threads: self.threads, inputs: Some(inputs) });
        }
        Ok(budget)
    }

    /// The smallest memory for so many threads.
    fn least(&self) -> u64 {
        let sizes = &self.sizes;
        let reading = sizes.worker_bytes * self.threads as u64 + sizes.pages_bytes_min;
        let writing = sizes.writer_bytes + sizes.part_bytes_min * self.parts() as u64;
        let shared = reading.max(writing);
        shared + shared.saturating_sub(SETS_FROM_BYTES).div_ceil(SETS_SHARE - 1)
    }

    fn sets_bytes(&self) -> u64 {
        self.memory.saturating_sub(SETS_FROM_BYTES) / SETS_SHARE
    }

    /// Sets of data classes that there is room for.
    pub(super) fn sets_max(&self) -> usize {
        (self.sizes.sets_min + self.sets_bytes() / SET_BYTES) as usize
    }

    /// Bytes of the pages of the store.
    pub(super) fn pages_bytes(&self) -> u64 {
        self.memory - self.sets_bytes() - self.sizes.worker_bytes * self.threads as u64
    }

    /// Bytes of records that a worker keeps until an input ends.
    pub(super) fn waiting_bytes(&self) -> u64 {
        self.sizes.waiting_bytes
    }

    /// Bytes of one page.
    pub(super) fn page_bytes(&self) -> u64 {
        self.sizes.page_bytes
    }

    /// Parts under way at any time: two for each thread, one written, some waiting, so that nobody does.
    pub(super) fn parts(&self) -> usize {
        2 * self.threads + 4
    }

    /// Bytes of a part beside `used` bytes of the store that stay in memory; none if that is too little.
    pub(super) fn part_bytes(&self, used: u64) -> Option<usize> {
        let left = self.memory.saturating_sub(self.sets_bytes() + self.sizes.writer_bytes).saturating_sub(used);
        let part = left / self.parts() as u64;
        (part >= self.sizes.part_bytes_min).then(|| part.min(self.sizes.part_bytes_max) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn least(threads: usize) -> u64 {
        match Budget::new(0, threads) {
            Err(Error::MemoryTooSmall { least, .. }) => least * MIB,
            other => panic!("{other:?}"),
        }
    }

    fn check_shares(budget: &Budget, memory: u64, threads: usize) {
        let always = (budget.sets_max() as u64 - (1 << 16)) * SET_BYTES;
        assert!(always + budget.pages_bytes() + (14 * MIB) * threads as u64 <= memory);
        assert!(budget.pages_bytes() >= 20 * MIB, "{threads} threads, {memory} bytes");
        let part = budget.part_bytes(0).expect("enough for parts") as u64;
        assert!(always + part * budget.parts() as u64 + 40 * MIB <= memory, "{threads} threads, {memory} bytes");
    }

    #[test]
    fn shares_never_exceed_the_whole() {
        for threads in [1, 2, 8, 64, 1024] {
            let least = least(threads);
            for memory in [least, least + 1, 4 * least, 1 << 40, u64::MAX] {
                let budget = Budget::new(memory, threads).expect("enough");
                check_shares(&budget, memory, threads);
            }
            assert!(Budget::new(least - MIB, threads).is_err(), "{threads} threads need {least} bytes and not less");
            assert!(Budget::new(least, threads).expect("enough").part_bytes(least).is_none());
        }
    }

    #[test]
    fn many_inputs_take_their_share() {
        let least = least(2);
        let budget = Budget::new(least, 2).expect("enough");
        let few = budget.beside_inputs(INPUTS_FREE_BYTES, 1000).expect("a few cost nothing");
        assert_eq!(few.pages_bytes(), budget.pages_bytes());
        let too_small = budget.beside_inputs(INPUTS_FREE_BYTES + 10 * MIB, 5000);
        assert!(
            matches!(too_small, Err(Error::MemoryTooSmall { least: n, inputs: Some(5000), .. }) if n * MIB == least + 10 * MIB),
            "{too_small:?}"
        );
        let larger = Budget::new(least + 10 * MIB, 2).expect("enough");
        let beside = larger.beside_inputs(INPUTS_FREE_BYTES + 10 * MIB, 5000).expect("just enough");
        check_shares(&beside, least, 2);
    }
}
