//! What became of the bytes of an input, and of the addresses in it.

/// E-mail addresses in blocks that were searched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Addresses {
    /// Found by a plain search in any bytes.
    pub searched: u64,
    /// Found by the plan.
    pub planned: u64,
}

impl Addresses {
    /// Whether the plan found so few that it may be wrong: less than 98 % of what a plain search finds. A plain search finds a
    /// few in passwords and URLs too.
    pub fn are_missing(&self) -> bool {
        const SEARCHED_MIN: u64 = 100;
        self.searched >= SEARCHED_MIN && self.planned * 100 < self.searched * 98
    }
}

/// Bytes of text, decompressed and decoded, by what became of them. Their sum is all there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BytesByFate {
    /// Of records that gave at least one digest.
    pub accepted: u64,
    /// Of records that gave none.
    pub rejected: u64,
    /// Of what is no record: names of columns, blank lines, what stands between records.
    pub skipped: u64,
    /// Passed over behind something broken, up to the next record.
    pub resynchronised: u64,
    /// All there are.
    pub text: u64,
}

impl BytesByFate {
    /// Whether every byte has one fate.
    pub fn is_whole(&self) -> bool {
        self.accepted + self.rejected + self.skipped + self.resynchronised == self.text
    }
}
