//! The index: sorted digests and exposures become segment bytes, and back.
mod bits;
pub mod class;
mod coverage;
mod directory;
mod error;
pub mod format;
mod geometry;
mod lines;
mod manifest;
mod mapping;
mod payload;
mod segment;
mod store;
mod writer;

#[cfg(test)]
mod damage_tests;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod store_tests;
#[cfg(test)]
mod test_data;

pub use coverage::{BreachCoverage, CoverageCounts, CoverageKey};
pub use error::Error;
pub use geometry::Estimate;
pub use manifest::{Breach, Catalogue, Manifest, SegmentEntry, hex};
pub use mapping::Mapping;
pub use payload::Entry;
pub use segment::Segment;
pub use store::{Identity, Index, LiveSegment, Writer, open_each};
pub use writer::{SegmentPlan, SegmentSummary, SegmentWriter};
