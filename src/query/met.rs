//! The other direction: how many values of a breach stand in the list, and so how many stand in no row of it.
//!
//! A list may name a value in several rows, and a value may be met in several ways: by itself, or by the looser form of another
//! spelling. So every record of a segment that is met is marked once, by its rank, in a map of two bits for each record:
//! 25 MB for an index of 10^8. The look-up of a batch does not know ranks, which would make what it hands on larger for everybody;
//! they are asked for again, for what was found alone, 100 to 400 ns each.
//!
//! | met | counts as | beyond that |
//! |---|---|---|
//! | the value itself, or its hash | one value | |
//! | an identity number under several countries | one value: its readings are not several | |
//! | the folded form, which the same spelling has brought along | nothing more | other spellings may share it |
//! | the folded form of other spellings alone | one value | it may be of several |
//! | what is left of a telephone number without its country | nothing | it may be the same number |
//!
//! Where the last column says something, and where a value is suppressed and has not left its segment yet, fewer values may have met
//! nobody than are said to: [`BreachValues::at_most`] says so.

use super::Query;
use crate::digest::Variant;
use crate::identifier::{Country, Kind};
use crate::index::{Hit, Index, LiveSegment};
use crate::plan::{Batch, Probe, Tier};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Which values of an index were met.
#[derive(Debug)]
pub struct Met {
    /// Two bits for each record, by segment.
    records: Vec<Box<[AtomicU64]>>,
    /// Values by breach and kind: the kinds of a breach follow each other.
    counts: Box<[AtomicU64]>,
    /// Whether further values may have been met, in the same order.
    more: Box<[AtomicBool]>,
}

/// Records of which the bits fit into one word.
const OF_WORD: u64 = 32;
/// The record was met.
const MET: u64 = 1;
/// A folded form that was met came with a value that is met itself.
const BROUGHT: u64 = 2;

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
    /// Whether there may be fewer: parts of the breach can have values in common, or more of them were met than can be told.
    pub at_most: bool,
}

impl BreachValues {
    /// Those that stand in no row of the list.
    pub fn strangers(&self) -> u64 {
        self.held.saturating_sub(self.met)
    }
}

impl Met {
    /// Nothing yet. Cost: two bits of memory for each record of the index.
    pub fn new(index: &Index) -> Met {
        let zeros = |count: u64| (0..count).map(|_| AtomicU64::new(0)).collect();
        let records = |live: &LiveSegment| zeros(live.segment().header().records.div_ceil(OF_WORD));
        let kinds = index.breaches().len() * Kind::NUMBERS;
        let more = (0..kinds).map(|_| AtomicBool::new(false)).collect();
        Met { records: index.segments().iter().map(records).collect(), counts: zeros(kinds as u64), more }
    }

    /// Takes what a batch has met.
    pub(super) fn take(&self, query: Query<'_>, batch: &Batch, hits: &[Hit]) {
        let probe = |hit: &Hit| &batch.probes[hit.found.probe as usize];
        for mine in hits.chunk_by(|one, next| probe(one).identifier == probe(next).identifier) {
            let held = mine.iter().filter_map(|hit| Held::of(query, batch, hit));
            let held: Vec<Held> = held.filter(|held| !held.probe.kind.is_counted()).collect();
            self.take_own(&held);
            held.iter().filter(|held| !held.probe.is_own()).for_each(|looser| self.take_looser(batch, &held, looser));
        }
    }

    /// Takes the digests of values themselves that one identifier has met.
    fn take_own(&self, held: &[Held]) {
        let mut seen: Vec<(usize, Country)> = Vec::new();
        for own in held.iter().filter(|held| held.probe.is_own()) {
            // A number under the rules of several countries is one, and so are all hashes of a password.
            let is_reading = |(breach, country): &(usize, Country)| {
                let other = *country != own.probe.country || own.probe.kind == Kind::Password;
                other && own.breaches.contains(breach)
            };
            if seen.iter().any(is_reading) {
                let alone = own.breaches.iter().filter(|breach| !seen.iter().any(|(known, _)| known == *breach));
                alone.for_each(|breach| self.doubt(own, *breach));
                continue;
            }
            seen.extend(own.breaches.iter().map(|breach| (*breach, own.probe.country)));
            if self.mark(own, MET) & MET == 0 {
                own.breaches.iter().for_each(|breach| _ = self.count(own, *breach).fetch_add(1, Ordering::Relaxed));
            }
        }
    }

    /// Takes a looser form that one identifier has met, beside all that it has met.
    fn take_looser(&self, batch: &Batch, held: &[Held], looser: &Held) {
        let at = looser.at;
        let variant = |at: usize| batch.probes.get(at).map(|probe| (probe.identifier, probe.country, probe.variant));
        let of_value = (looser.probe.identifier, looser.probe.country, Variant::Exact as u8);
        let (is_alias, folded) = (looser.probe.variant == Variant::Alias as u8, variant(at + 1) == Some(of_value));
        // The value stands before its looser forms.
        let own = (0..at).rev().take_while(|at| batch.probes[*at].identifier == looser.probe.identifier);
        let own = own.filter(|at| variant(*at) == Some(of_value)).last();
        let has = |breach: &usize| held.iter().any(|held| Some(held.at) == own && held.breaches.contains(breach));
        if !is_alias {
            let others = looser.breaches.iter().filter(|breach| !has(breach));
            return others.for_each(|breach| self.doubt(looser, *breach));
        }
        looser.breaches.iter().for_each(|breach| self.doubt(looser, *breach));
        let brought = folded && looser.breaches.iter().any(has);
        let before = self.mark(looser, if brought { BROUGHT } else { MET });
        // Whoever comes first: a form counts if it was met, and no value that was met has brought it along.
        looser.breaches.iter().for_each(|breach| match (brought, before) {
            (false, 0) => _ = self.count(looser, *breach).fetch_add(1, Ordering::Relaxed),
            (true, MET) => _ = self.count(looser, *breach).fetch_sub(1, Ordering::Relaxed),
            _ => (),
        });
    }

    /// Marks a record. Output: how it was marked before.
    fn mark(&self, held: &Held, bits: u64) -> u64 {
        let place = (held.rank % OF_WORD) * 2;
        let word = &self.records[held.segment][(held.rank / OF_WORD) as usize];
        word.fetch_or(bits << place, Ordering::Relaxed) >> place & (MET | BROUGHT)
    }

    fn count(&self, held: &Held, breach: usize) -> &AtomicU64 {
        &self.counts[place(breach, held.probe.kind)]
    }

    /// Says that more values may have been met than can be told.
    fn doubt(&self, held: &Held, breach: usize) {
        self.more[place(breach, held.probe.kind)].store(true, Ordering::Relaxed);
    }

    /// What the breaches hold of these kinds, and what of it was met, in the order of the catalogue. Only breaches that the query
    /// asks.
    pub(super) fn values(&self, query: Query<'_>, kinds: &[Kind]) -> Vec<BreachValues> {
        let held: BTreeMap<_, _> = query.index.values();
        let values = held.into_iter().filter_map(|((breach, id), values)| {
            let kind = Kind::from_id(id).filter(|kind| kinds.contains(kind))?;
            let held = values.count;
            let met = self.counts[place(breach, kind)].load(Ordering::Relaxed).min(held);
            // What is suppressed met nobody, whoever it is; what was lifted may have left. And who is not asked for by other
            // spellings is met by none.
            let unasked = kind.has_aliases() && query.plan.tier < Tier::Alias;
            let more = unasked || self.more[place(breach, kind)].load(Ordering::Relaxed);
            let at_most = values.at_most || !query.index.suppression().is_empty() || (more && met < held);
            query.covered.asks(breach).then_some(BreachValues { breach, kind, held, met, at_most })
        });
        values.collect()
    }
}

/// A record that was met.
struct Held<'a> {
    /// The place of the probe that met it.
    at: usize,
    probe: &'a Probe,
    segment: usize,
    rank: u64,
    /// The breaches that it is of.
    breaches: Vec<usize>,
}

impl<'a> Held<'a> {
    fn of(query: Query<'_>, batch: &'a Batch, hit: &Hit) -> Option<Held<'a>> {
        let (at, segment) = (hit.found.probe as usize, hit.segment as usize);
        let entry = hit.found.place()?;
        let live = &query.index.segments()[segment];
        // What cannot be read a second time was told as damage by the first.
        let rank = live.segment().rank(batch.digests[at]).ok()??;
        let breaches = live.segment().payloads()[entry].iter().map(|(local, _)| live.breach(*local)).collect();
        Some(Held { at, probe: &batch.probes[at], segment, rank, breaches })
    }
}

/// The place of what is counted of a kind in a breach.
fn place(breach: usize, kind: Kind) -> usize {
    breach * Kind::NUMBERS + usize::from(kind.id())
}
