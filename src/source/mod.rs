//! Sources: bytes on disk become records.

mod progress;

pub use progress::Progress;
