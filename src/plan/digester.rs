//! Fields become digests: canonical forms, gathered into batches for the hash, and a memory of repeated values.

use super::Plan;
use super::Side;
use super::extract::{Batch, Probe, Refused, Tier};
use super::repeats::{Forms, Lookup, Repeats};
use crate::digest::{Digest, HmacState, Key, MacBatch, Namespace, Variant, Width};
use crate::identifier::{Canonicalizer, KindSpec, Reason};
use std::collections::BTreeMap;

/// Messages hashed at once: many enough to keep the hash busy, few enough to stay in the first cache levels.
const MACS_PER_BATCH: usize = 512;

/// Fields of one kind and country, counted by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceCounts {
    /// Fields that gave an exact digest.
    pub exact: u64,
    /// Fields that gave an alias digest as well.
    pub alias: u64,
    /// Refused fields by reason.
    pub refused: BTreeMap<Reason, u64>,
}

/// One kind and country: the places of its HMAC states, and its counts.
struct KindState {
    spec: KindSpec,
    /// The place of the state for exact forms; that for aliases is the next.
    exact: u32,
    accepted: u64,
    aliases: u64,
    refused: [u64; Reason::ALL.len()],
}

/// What turns fields into digests; one for each worker.
pub(super) struct Digester<'a> {
    plan: &'a Plan,
    key: &'a Key,
    width: Width,
    canonicalizer: Canonicalizer,
    kinds: Vec<KindState>,
    states: Vec<HmacState>,
    macs: MacBatch,
    /// For each message the place of its digest in the batch.
    waiting: Vec<(u32, u32)>,
    hashed: Vec<Digest>,
    repeats: Repeats,
}

impl<'a> Digester<'a> {
    pub(super) fn new(plan: &'a Plan, key: &'a Key, width: Width) -> Digester<'a> {
        Digester {
            plan,
            key,
            width,
            canonicalizer: match (plan.side, plan.tier) {
                (Side::List, Tier::Exact) => Canonicalizer::without_folds(),
                _ => Canonicalizer::new(),
            },
            kinds: Vec::new(),
            states: Vec::new(),
            macs: MacBatch::default(),
            waiting: Vec::new(),
            hashed: Vec::new(),
            repeats: Repeats::new(),
        }
    }

    pub(super) fn canonicalizer(&mut self) -> &mut Canonicalizer {
        &mut self.canonicalizer
    }

    /// What became of the fields so far, by kind and country.
    pub(super) fn counts(&self) -> BTreeMap<KindSpec, NamespaceCounts> {
        let counts = |kind: &KindState| NamespaceCounts {
            exact: kind.accepted,
            alias: kind.aliases,
            refused: Reason::ALL.into_iter().zip(kind.refused).filter(|(_, count)| *count > 0).collect(),
        };
        self.kinds.iter().map(|kind| (kind.spec, counts(kind))).collect()
    }

    /// Adds the digests of a field to the batch; they are there after [`Digester::finish`].
    ///
    /// # Errors
    /// The reason why the field has none; it is in the batch.
    pub(super) fn add(&mut self, spec: KindSpec, field: &[u8], batch: &mut Batch) -> Result<(), Reason> {
        let lookup = self.repeats.find(spec, field);
        if let Lookup::Known(slot) = lookup {
            self.add_repeated(slot, batch);
            return Ok(());
        }
        let canonical = match self.canonicalizer.canonicalize(spec, self.plan.region, field) {
            Ok(canonical) => canonical,
            Err(reason) => {
                self.refuse(spec, reason, batch);
                return Err(reason);
            }
        };
        let (asked, spec) = (spec, KindSpec { kind: spec.kind, country: canonical.country });
        let has_fold = canonical.fold.is_some();
        let place = kind_place(&mut self.kinds, &mut self.states, self.plan, self.key, spec);
        let kind = &mut self.kinds[place];
        let (exact, alias) = (kind.exact, kind.exact + 1);
        kind.accepted += 1;
        kind.aliases += u64::from(has_fold);
        let first = self.macs.push(exact, canonical.exact);
        match (canonical.fold, self.plan.side) {
            (_, Side::List) if self.plan.tier == Tier::Exact => first,
            (None, Side::Dump) => first,
            (None, Side::List) => self.macs.push_again(alias),
            (Some(fold), Side::Dump) => self.macs.push(alias, fold),
            (Some(fold), Side::List) => {
                self.macs.push(alias, fold);
                self.macs.push_again(exact)
            }
        };
        let forms = self.macs.len() as u32 - first;
        for form in 0..forms {
            self.waiting.push((batch.probes.len() as u32, first + form));
            add_probe(batch, spec, form, Digest::default());
        }
        batch.identifiers += 1;
        if let Lookup::Free(slot) = lookup {
            let forms = Forms { spec, count: forms as u8, has_fold, first };
            self.repeats.remember(slot, asked, field, forms);
        }
        if self.macs.len() >= MACS_PER_BATCH {
            self.finish(batch);
        }
        Ok(())
    }

    /// Adds the digests of a field that was seen before.
    fn add_repeated(&mut self, slot: usize, batch: &mut Batch) {
        let (forms, digests) = self.repeats.forms(slot);
        if let Some(kind) = self.kinds.iter_mut().find(|kind| kind.spec == forms.spec) {
            kind.accepted += 1;
            kind.aliases += u64::from(forms.has_fold);
        }
        for form in 0..u32::from(forms.count) {
            let digest = digests.map(|digests| digests[form as usize]);
            if digest.is_none() {
                self.waiting.push((batch.probes.len() as u32, forms.first + form));
            }
            add_probe(batch, forms.spec, form, digest.unwrap_or_default());
        }
        batch.identifiers += 1;
    }

    /// Counts a field that has no digest.
    pub(super) fn refuse(&mut self, spec: KindSpec, reason: Reason, batch: &mut Batch) {
        let place = kind_place(&mut self.kinds, &mut self.states, self.plan, self.key, spec);
        self.kinds[place].refused[reason as usize] += 1;
        batch.refused.push(Refused { record: batch.records, kind: Some(spec.kind), reason });
    }

    /// Hashes what waits. Nothing of the batch may be looked at before.
    pub(super) fn finish(&mut self, batch: &mut Batch) {
        self.macs.digests(&self.states, self.width, &mut self.hashed);
        for (probe, message) in self.waiting.drain(..) {
            batch.digests[probe as usize] = self.hashed[message as usize];
        }
        self.repeats.settle(&self.hashed);
        self.macs.clear();
    }
}

fn add_probe(batch: &mut Batch, spec: KindSpec, form: u32, digest: Digest) {
    let tier = if form == 0 { Tier::Exact } else { Tier::Alias };
    let (record, identifier) = (batch.records, batch.identifiers);
    batch.probes.push(Probe { record, identifier, kind: spec.kind, country: spec.country, tier });
    batch.digests.push(digest);
}

/// The place of a kind and country; new ones get their states.
#[inline]
fn kind_place(
    kinds: &mut Vec<KindState>,
    states: &mut Vec<HmacState>,
    plan: &Plan,
    key: &Key,
    spec: KindSpec,
) -> usize {
    if let Some(place) = kinds.iter().position(|kind| kind.spec == spec) {
        return place;
    }
    let state = |variant| {
        let scope = if spec.kind.needs_scope() { plan.scope.clone() } else { Vec::new() };
        key.namespace(&Namespace { kind: spec.kind, variant, country: spec.country, scope })
    };
    let exact = states.len() as u32;
    states.extend([state(Variant::Exact), state(Variant::Alias)]);
    kinds.push(KindState { spec, exact, accepted: 0, aliases: 0, refused: [0; Reason::ALL.len()] });
    kinds.len() - 1
}
