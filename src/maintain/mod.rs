//! Maintenance of an index. This version checks it; merging, removing, forgetting and rotating belong here too.

mod verify;

pub use verify::{SegmentState, Verification, verify};
