//! The namespaces that a worker has met: their HMAC states, and what became of their fields.

use super::Plan;
use crate::digest::{HmacState, Key, Namespace, Variant};
use crate::identifier::{Country, Form, Kind, KindSpec, Reason, is_partly_tried_without_country};
use std::collections::BTreeMap;

/// Fields of one kind, country and form, counted by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamespaceCounts {
    /// Fields that gave a digest.
    pub accepted: u64,
    /// The digests that they gave, by variant.
    pub digests: [u64; Variant::ALL.len()],
    /// Refused fields by reason.
    pub refused: BTreeMap<Reason, u64>,
}

impl NamespaceCounts {
    /// Adds the counts of other fields.
    pub fn add(&mut self, other: &NamespaceCounts) {
        self.accepted += other.accepted;
        self.digests.iter_mut().zip(other.digests).for_each(|(mine, more)| *mine += more);
        other.refused.iter().for_each(|(reason, n)| *self.refused.entry(*reason).or_default() += n);
    }
}

/// The variant whose row counts the identity numbers of a country that somebody has said; such a number has no digest of it.
pub const SAID: Variant = Variant::Loose;

/// Stands for a state that nobody has asked for yet.
const NO_STATE: u32 = u32::MAX;

/// One kind, country and form.
struct Entry {
    spec: KindSpec,
    /// Whether it makes a difference that the country was said: numbers without it are tried under some rules of it, and not
    /// under others.
    is_partly_tried: bool,
    /// The place of the state of each variant.
    states: [u32; Variant::ALL.len()],
    accepted: u64,
    digests: [u64; Variant::ALL.len()],
    refused: [u64; Reason::ALL.len()],
}

/// All namespaces of a worker. There are few, and the one of the last field is mostly that of the next.
pub(super) struct Namespaces<'a> {
    plan: &'a Plan,
    key: &'a Key,
    entries: Vec<Entry>,
    states: Vec<HmacState>,
}

impl<'a> Namespaces<'a> {
    pub(super) fn new(plan: &'a Plan, key: &'a Key) -> Namespaces<'a> {
        Namespaces { plan, key, entries: Vec::new(), states: Vec::new() }
    }

    /// The HMAC states, by the places that [`Namespaces::state`] gives.
    pub(super) fn states(&self) -> &[HmacState] {
        &self.states
    }

    /// The place of a kind, country and form.
    #[inline]
    pub(super) fn place(&mut self, spec: KindSpec) -> usize {
        match self.entries.iter().position(|entry| entry.spec == spec) {
            Some(place) => place,
            None => self.add(spec),
        }
    }

    #[cold]
    fn add(&mut self, spec: KindSpec) -> usize {
        let states = [NO_STATE; Variant::ALL.len()];
        let (digests, refused) = ([0; Variant::ALL.len()], [0; Reason::ALL.len()]);
        let is_partly_tried =
            spec.kind == Kind::NationalId && spec.form == Form::Plain && is_partly_tried_without_country(spec.country);
        self.entries.push(Entry { spec, is_partly_tried, states, accepted: 0, digests, refused });
        self.entries.len() - 1
    }

    /// The place of the HMAC state of a variant.
    #[inline]
    pub(super) fn state(&mut self, place: usize, variant: Variant) -> u32 {
        match self.entries[place].states[variant as usize] {
            NO_STATE => self.derive(place, variant),
            state => state,
        }
    }

    #[cold]
    fn derive(&mut self, place: usize, variant: Variant) -> u32 {
        let spec = self.entries[place].spec;
        let scope = if spec.kind.takes_scope() { self.plan.scope.clone() } else { Vec::new() };
        let namespace = Namespace { kind: spec.kind, variant, country: spec.country, scope };
        self.states.push(self.key.namespace(&namespace));
        let state = self.states.len() as u32 - 1;
        self.entries[place].states[variant as usize] = state;
        state
    }

    /// Counts a field that gave digests. Input: the country that somebody has said of it.
    #[inline]
    pub(super) fn accept(&mut self, place: usize, given: Country) {
        let entry = &mut self.entries[place];
        entry.accepted += 1;
        entry.digests[SAID as usize] += u64::from(entry.is_partly_tried && entry.spec.country == given);
    }

    /// Whether numbers without a country are tried under some rules of this one only.
    #[inline]
    pub(super) fn is_partly_tried(&self, place: usize) -> bool {
        self.entries[place].is_partly_tried
    }

    /// Counts a digest.
    #[inline]
    pub(super) fn count(&mut self, place: usize, variant: Variant) {
        self.entries[place].digests[variant as usize] += 1;
    }

    /// Counts a field that gave none.
    pub(super) fn refuse(&mut self, spec: KindSpec, reason: Reason) {
        let place = self.place(spec);
        self.entries[place].refused[reason as usize] += 1;
    }

    /// What became of the fields so far.
    pub(super) fn counts(&self) -> BTreeMap<KindSpec, NamespaceCounts> {
        let counts = |entry: &Entry| NamespaceCounts {
            accepted: entry.accepted,
            digests: entry.digests,
            refused: Reason::ALL.into_iter().zip(entry.refused).filter(|(_, count)| *count > 0).collect(),
        };
        self.entries.iter().map(|entry| (entry.spec, counts(entry))).collect()
    }
}
