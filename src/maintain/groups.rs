//! Records put apart by the bits of their digests that come next: one step of a radix sort.

use crate::index::Record;

/// Records in groups, and memory that is used again.
pub(super) struct Groups<R> {
    /// Where each group ends in the records.
    pub(super) ends: Vec<u32>,
    /// The records, group after group in the order of their digests, in a group as they came.
    pub(super) records: Vec<R>,
}

impl<R: Record> Groups<R> {
    /// No records.
    pub(super) fn new() -> Groups<R> {
        Groups { ends: Vec::new(), records: Vec::new() }
    }

    /// Puts records apart by the first `group_bits` of the last `bits` bits of their digests, of which they share the others.
    /// What there was before is gone.
    ///
    /// Cost: 3 to 5 ns a record while records and groups stay in the second cache.
    pub(super) fn put_apart(&mut self, records: &[R], bits: u32, group_bits: u32) {
        let (shift, mask) = (bits - group_bits, (1 << group_bits) - 1);
        // The shift is by all bits where there is one group, of no bits.
        let group = |record: &R| record.digest().0.checked_shr(shift).unwrap_or(0) as usize & mask;
        self.ends.clear();
        self.ends.resize(1 << group_bits, 0);
        records.iter().for_each(|record| self.ends[group(record)] += 1);
        let mut begin = 0;
        for end in &mut self.ends {
            begin += std::mem::replace(end, begin);
        }
        self.records.clear();
        self.records.resize(records.len(), R::ZERO);
        for record in records {
            let place = &mut self.ends[group(record)];
            self.records[*place as usize] = *record;
            *place += 1;
        }
    }
}
