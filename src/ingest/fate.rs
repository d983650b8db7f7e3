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
    ///
    /// Where there are few addresses, two or three of those are a large share. In dumps about one address in 250 is one; that five
    /// of fifty are has then a chance of two in a million, and so is a sign of a wrong plan, too.
    pub fn are_missing(&self) -> bool {
        const SEARCHED_MIN: u64 = 100;
        const MISSING_MIN: u64 = 5;
        let missing = self.searched.saturating_sub(self.planned);
        match self.searched >= SEARCHED_MIN {
            true => self.planned * 100 < self.searched * 98,
            false => missing >= MISSING_MIN && missing * 10 >= self.searched,
        }
    }

    /// Those of several inputs together: of thousands of small ones none says anything alone.
    pub(super) fn of_all(all: impl Iterator<Item = Addresses>) -> Addresses {
        all.fold(Addresses::default(), |sum, one| Addresses {
            searched: sum.searched + one.searched,
            planned: sum.planned + one.planned,
        })
    }
}

/// A sign that identifiers of the inputs were not taken: the breach is incomplete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A kind of which so many values were refused that its column may be another one.
    Doubtful,
    /// Values of a kind that a spreadsheet has damaged: they stand in the dump, and nobody can say which they were.
    Damaged,
    /// JSON values that may be identifiers, at paths that the sample did not show.
    Unplanned,
    /// Broken records held kinds that the plan does not have.
    FoundUnplanned,
    /// A file that may hold records was left out.
    LeftOut,
    /// A plain search finds more e-mail addresses than the plan.
    Addresses,
    /// Something stands behind the end of compressed data.
    Trailing,
    /// More records were rejected than allowed.
    Records,
    /// More bytes were rejected or passed over than allowed.
    Bytes,
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
    /// Of the rejected, those of records in which nobody has left an identifier.
    pub empty: u64,
    /// Of the rejected and those passed over, those of lines that are too long: each is one record, however long it is.
    pub long: u64,
}

impl BytesByFate {
    /// Whether every byte has one fate.
    pub fn is_whole(&self) -> bool {
        self.accepted + self.rejected + self.skipped + self.resynchronised == self.text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_missing_addresses_are_no_sign() {
        let check = |searched: u64, planned: u64, want: bool| {
            assert_eq!(Addresses { searched, planned }.are_missing(), want, "{planned} of {searched}");
        };
        check(0, 0, false);
        // Passwords and URLs with addresses in a small dump.
        check(4, 1, false);
        check(60, 56, false);
        check(99, 90, false);
        check(6, 1, true);
        check(60, 1, true);
        check(50, 45, true);
        check(1000, 980, false);
        check(1000, 979, true);
        check(100, 250, false);
        let all =
            Addresses::of_all([(4, 1); 50].into_iter().map(|(searched, planned)| Addresses { searched, planned }));
        assert_eq!((all.searched, all.are_missing()), (200, true));
    }
}
