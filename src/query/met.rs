//! The other direction: how many values of a breach stand in the list, and so how many stand in no row of it.
//!
//! A list may name a value in several rows, and a value may be met in several ways: by itself, or by the looser form of another
//! spelling. So every record of a segment that is met is marked once, by its rank, in a bitmap of one bit for each record:
//! 12.5 MB for an index of 10^8. The look-up of a batch does not know ranks, which would make what it hands on larger for everybody;
//! they are asked for again, for what was found alone, 100 to 400 ns each.
//!
//! Only digests of values themselves count. A value that was met by nothing but its looser form is not known here, and counts
//! as one that met nobody. So does one that is suppressed and has not left its segment yet.

use super::Query;
use crate::identifier::Kind;
use crate::index::{Hit, Index};
use crate::plan::Batch;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// Which values of an index were met.
#[derive(Debug)]
pub struct Met {
    /// A bit for each record, by segment.
    records: Vec<Box<[AtomicU64]>>,
    /// Values by breach and kind: the kinds of a breach follow each other.
    counts: Box<[AtomicU64]>,
}

/// The values of one kind that a breach has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreachValues {
    /// The place of the breach in the catalogue.
    pub breach: usize,
    /// The kind.
    pub kind: Kind,
    /// Different values.
    pub held: u64,
    /// Those of them that stand in the list.
    pub met: u64,
    /// Whether the breach may have fewer: parts of it can have values in common.
    pub at_most: bool,
}

impl BreachValues {
    /// Those that stand in no row of the list.
    pub fn strangers(&self) -> u64 {
        self.held.saturating_sub(self.met)
    }
}

impl Met {
    /// Nothing yet. Cost: a bit of memory for each record of the index.
    pub fn new(index: &Index) -> Met {
        let zeros = |count: u64| (0..count).map(|_| AtomicU64::new(0)).collect();
        let records = |live: &crate::index::LiveSegment| zeros(live.segment().header().records.div_ceil(64));
        let counts = zeros((index.breaches().len() * Kind::NUMBERS) as u64);
        Met { records: index.segments().iter().map(records).collect(), counts }
    }

    /// Takes what a batch has met.
    pub(super) fn take(&self, query: Query<'_>, batch: &Batch, hits: &[Hit]) {
        for hit in hits {
            let Some(place) = hit.found.place() else { continue };
            let probe = &batch.probes[hit.found.probe as usize];
            if probe.kind.is_counted() || !probe.is_own() {
                continue;
            }
            let live = &query.index.segments()[hit.segment as usize];
            // What cannot be read a second time was told as damage by the first.
            let Ok(Some(rank)) = live.segment().rank(batch.digests[hit.found.probe as usize]) else { continue };
            let (word, bit) = (&self.records[hit.segment as usize][(rank / 64) as usize], 1 << (rank % 64));
            if word.fetch_or(bit, Ordering::Relaxed) & bit != 0 {
                continue;
            }
            for (local, _) in &live.segment().payloads()[place] {
                let count = live.breach(*local) * Kind::NUMBERS + usize::from(probe.kind.id());
                self.counts[count].fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// What the breaches hold of these kinds, and what of it was met, in the order of the catalogue. Only breaches that the query
    /// asks.
    pub(super) fn values(&self, query: Query<'_>, kinds: &[Kind]) -> Vec<BreachValues> {
        let held: BTreeMap<_, _> = query.index.values();
        let values = held.into_iter().filter_map(|((breach, id), values)| {
            let kind = Kind::from_id(id).filter(|kind| kinds.contains(kind))?;
            let met = self.counts[breach * Kind::NUMBERS + usize::from(kind.id())].load(Ordering::Relaxed);
            // What is suppressed met nobody, whoever it is; what was lifted may have left.
            let at_most = values.at_most || !query.index.suppression().is_empty();
            let held = values.count;
            query.covered.asks(breach).then_some(BreachValues { breach, kind, held, met, at_most })
        });
        values.collect()
    }
}
