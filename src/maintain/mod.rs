//! Maintenance of an index: merging, removing, forgetting, another key, and checking.
//!
//! ```text
//! segments -> streams of records in digest order -> k-way merge, equal digests united -> one segment, or its slices
//!          -> commit: the new segment stands for the old ones -> the old files are removed
//! ```
//!
//! # Merging
//!
//! An ingest writes a segment of its own and touches no other, so a breach costs its own rows whatever the index holds. But
//! a look-up asks every segment, so there must not be many. [`compact`] keeps at most eight runs, where a run is a segment or
//! the slices of one. If there are more, it merges the smallest two, and with them every next larger run that is not larger
//! than all of these together. A record is then written again only beside at least as many others: of breaches of one size
//! no record more often than once while there are 45 breaches, twice up to 165, four times up to 1,287; of a thousand breaches of any size between a thousand and a hundred million
//! records, six times. Merging two equal neighbours at a time, as a binary counter does, writes a record log2 n times and leaves log2 n runs; tiers of a fixed width
//! leave more than eight runs, or write more; merging everything at once costs the whole index for each small breach.
//!
//! A run is *full* whose records have more than a quarter of a million pairs of a breach and data classes in all their sets: what is
//! merged has twice as many at most. Full runs are let alone and come beside the eight, and `compact` says so. A run whose records
//! cannot be read is left as it is and named, and the others go on; one whose breaches were all removed goes without being read.
//!
//! *Disk.* What is merged lies there twice until the commit, 60 to 100 bits a record. It is read twice at most in its lowest
//! 131,072 records, which are the sample, else once; it is written once, and read back once.
//!
//! *Memory.* A stream has a chunk or two of each section and a block of records, half a megabyte; 64 runs are merged at once,
//! and more are merged in several steps. Section H of what is written takes 0.3 bytes a record, 32 MiB for the largest slice.
//! The sets of breaches and data classes are held, up to half a million pairs, 60 MB; where there are more, the runs stay
//! apart and answer as well. None of it grows with the index.
//!
//! *Processor.* Measured by `cargo bench --bench figures -- merge lookup` on a busy machine: 13 million records a second and core
//! from the first byte that is read to the commit, 77 ns a record, for two segments and for eight. Of these some 4 ns are
//! decoding (2.2 ns in a mapping and without payload codes), 15 to 20 say which segment comes next and with what exposures,
//! 20 encode, and the rest writes, syncs, reads back and hashes; shares by a profile. A merge by
//! sorting, or through the sorter of an ingest, would move 32 bytes a record through memory and a temporary file for an order
//! that is there already.
//!
//! *What comes out* follows from the manifest and its segments, and from nothing else: the estimate of the number of records
//! and the frequencies of payloads are those of the lowest records of the merged stream. Breaches stand in the order of the
//! catalogue, and the parts of one breach in the order of their runs; they stay apart, because the digests that are the
//! numbers of domains must be added up and not united (FORMAT.md, "Counted values").
//!
//! *What has to leave*, records of removed breaches and suppressed digests, does so in any merge; and [`compact`] writes every run
//! again that holds some. An ingest does neither: it merges by number alone, so that a breach costs its own rows whoever
//! was forgotten before, and looks up no suppressed digest, because its own segment was written without them.
//!
//! *Order of work.* New files first, then the manifest, whose rename is the commit; then the old files go. A reader has opened
//! every file right after the manifest and goes on with what it has; one that finds a file gone reads the manifest again. Every
//! merge is a commit of its own: what a stop or a crash interrupts is the last one.

mod compact;
#[cfg(test)]
mod compact_tests;
mod due;
mod error;
mod forget;
#[cfg(test)]
mod forget_tests;
mod groups;
mod merge;
#[cfg(test)]
mod model_readers;
#[cfg(test)]
mod model_tests;
mod packing;
mod payloads;
mod produce;
mod removed;
mod rotate;
mod runs;
mod sorter;
mod suppressed;
#[cfg(test)]
mod test_data;
mod tournament;
mod verify;

pub use compact::{Compaction, Merged, are_many, compact, compact_few};
pub use due::{Due, RemovedHeld, due, records_by_breach};
pub use error::Error;
pub use forget::{Forgetting, Forgettings, Line, forget, lift};
pub use produce::Reading;
pub use removed::{Left, removed};
pub use rotate::{Rotate, Rotation, rotate, settle};
pub use runs::RUNS_MAX;
pub use verify::{Extent, SegmentState, Verification, verify};
