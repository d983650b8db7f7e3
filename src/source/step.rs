//! What a lexer finds at one place of a text whose records are not lines.

use super::malformed::Malformed;

/// One step of a lexer. The bytes between the places before and behind it belong to it, and to no other step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// A record.
    Record,
    /// Something that should have been one.
    Malformed(Malformed),
    /// Bytes that hold no record: blank lines, what stands between objects, definitions of tables.
    Skipped,
    /// Bytes behind something broken, up to the next place where a record can begin.
    Resynchronised,
    /// Without the bytes that follow nobody knows; the place is where it was.
    More,
}
