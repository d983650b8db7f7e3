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

/// What a splitter passed over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SplitCounts {
    /// Lines with nothing in them. They are no records.
    pub blank_lines: u64,
    /// Records behind the first that name the columns of those below them.
    pub headings: u64,
    /// Records whose quotes were not balanced: their first line was read without quotes.
    pub resynchronised: u64,
    /// Bytes that hold no record: blank lines, what stands between objects or blocks, lines that only steer a reader.
    pub skipped_bytes: u64,
    /// Bytes behind something broken, up to the next record.
    pub resynchronised_bytes: u64,
    /// Bytes of lines that are too long for a record: what is rejected of each, and what is passed over behind that.
    pub long_line_bytes: u64,
}
