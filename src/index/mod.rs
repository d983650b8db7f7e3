//! The index: sorted digests and exposures become segment bytes, and back.
//!
//! [`SegmentWriter`] takes digests in ascending order and any `Write`; [`Segment`] answers from any [`Data`]: memory, of which
//! [`Mapping`] is the usual one, or a [`PagedFile`] that is read in chunks. [`Writer`] and [`Index`] put segments, catalogue and manifest into a directory, so that a crash leaves
//! the old generation or the new one. `ingest` and `maintain` write, `query` reads; nothing here sees a key or a plaintext:
//! the caller gives an [`Identity`].
//!
//! Cost: about B - log2 N + 2.8 bits per record on disk, 0.3 bytes per record in memory while writing; a look-up touches
//! one line and one or two cache lines more, and hashes each 64 KiB chunk at its first touch.
//!
#![doc = include_str!("FORMAT.md")]

mod about;
mod bits;
mod chase;
pub mod class;
mod commit;
mod coverage;
mod data;
mod directory;
mod error;
mod escapes;
mod forgotten;
pub mod format;
mod found;
mod generation;
mod geometry;
mod lines;
mod lock;
mod lookup;
mod manifest;
mod mapping;
mod packed;
mod paged;
mod payload;
mod piece;
mod read_back;
mod record;
mod sample;
mod segment;
mod simd;
mod store;
mod stream;
mod values;
mod writer;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod forgotten_tests;
#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod power_tests;
#[cfg(test)]
mod store_tests;
#[cfg(test)]
pub(crate) mod test_data;

pub use about::{About, FLAGS};
pub(crate) use bits::{BitWriter, read_bits};
pub use chase::GrowingFile;
pub use commit::{SegmentFile, Writer};
pub use coverage::{BreachCoverage, CoverageCounts, CoverageKey, Values};
pub use data::Data;
pub use directory::{JOBS, holds_index, holds_jobs, unnamed_files};
pub(crate) use directory::{open_regular, read_small};
pub use error::Error;
pub use forgotten::{Forgotten, ForgottenEntry, Pair, Suppression};
pub use found::Found;
pub use generation::key_check;
pub use geometry::Estimate;
pub use lock::Wait;
pub use lookup::Scratch;
pub use manifest::{Breach, Catalogue, Manifest, RemovedBreach, Seal, SegmentEntry, hex};
pub use mapping::Mapping;
pub(crate) use packed::Packed;
pub use paged::{ChunkCache, PagedFile};
pub use payload::Entry;
pub(crate) use record::{Narrow, Record, Wide, is_narrow};
pub use segment::Segment;
pub use store::{Access, DamagedSegment, Hit, Identity, Index, LiveSegment, Lookup, SegmentBytes};
pub use stream::{Block, Stream, Streamed};
pub use writer::{SLICE_RECORDS_MAX, SegmentPlan, SegmentSummary, SegmentWriter, slice_bits};
