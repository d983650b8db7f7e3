//! What is known about one person, from one row or from several.

use super::answer::Exposure;
use super::scope::{KindAnswer, Standing};
use crate::identifier::Kind;
use crate::index::class::ClassMask;
use crate::plan::{Kept, Tier};
use std::collections::BTreeMap;

/// Which of the cells that a plan keeps mean what: places in [`crate::plan::Plan::kept`].
#[derive(Clone, Debug, Default)]
pub struct Roles {
    /// The cell by which the rows of one person are known; without it, one row is one person.
    pub person: Option<usize>,
    /// The cells to group by.
    pub groups: Vec<usize>,
    /// The cell with the e-mail address whose domain counts.
    pub domain: Option<usize>,
    /// The cell that names the person in results.
    pub reference: Option<usize>,
    /// The cells that are handed on with every person who was found.
    pub carried: Vec<usize>,
}

/// A set of kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindSet(u32);

impl KindSet {
    pub(super) fn of(kinds: impl Iterator<Item = Kind>) -> KindSet {
        KindSet(kinds.fold(0, |bits, kind| bits | 1 << kind.id()))
    }

    fn union(self, other: KindSet) -> KindSet {
        KindSet(self.0 | other.0)
    }

    /// The kinds that are in this set and not in another.
    pub fn without(self, other: KindSet) -> KindSet {
        KindSet(self.0 & !other.0)
    }

    /// The kinds, in the order of their numbers.
    pub fn kinds(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |kind| self.0 >> kind.id() & 1 == 1)
    }
}

/// What is known about one person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PersonFacts {
    /// The data classes that leaked with their records, over all kinds and breaches.
    pub classes: ClassMask,
    /// The breaches, ascending by their place in the catalogue.
    pub breaches: Vec<u32>,
    /// The strongest tier; none if they were not found.
    pub tier: Option<Tier>,
    /// The kinds of identifier by which they were found.
    pub found: KindSet,
    /// The kinds that could not be answered.
    pub unanswered: KindSet,
    pub(super) flags: Flags,
}

/// What decides about a person, joined over kinds and rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Flags(u8);

impl Flags {
    const EXPOSED: u8 = 1;
    const NOT_FOUND: u8 = 2;
    const UNANSWERED: u8 = 4;

    fn of(kinds: &BTreeMap<Kind, KindAnswer>) -> Flags {
        let bit = |set: bool, bit: u8| if set { bit } else { 0 };
        let strong = kinds.values().filter(|answer| !answer.weak);
        let bits = strong.map(|answer| {
            bit(answer.exposed, Flags::EXPOSED)
                | bit(answer.not_found, Flags::NOT_FOUND)
                | bit(answer.unanswered, Flags::UNANSWERED)
        });
        Flags(bits.fold(0, |all, bits| all | bits))
    }

    pub(super) fn union(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

impl PersonFacts {
    /// What a row says.
    pub(super) fn of_row<'a>(
        exposures: impl Iterator<Item = &'a Exposure>,
        kinds: &BTreeMap<Kind, KindAnswer>,
    ) -> PersonFacts {
        let mut facts = PersonFacts { flags: Flags::of(kinds), ..PersonFacts::default() };
        for exposure in exposures {
            facts.classes = facts.classes.union(exposure.classes);
            facts.breaches.push(exposure.breach as u32);
            facts.tier = Some(facts.tier.map_or(exposure.tier, |tier| tier.min(exposure.tier)));
        }
        facts.breaches.sort_unstable();
        facts.breaches.dedup();
        facts.found = KindSet::of(kinds.iter().filter(|(_, answer)| answer.exposed).map(|(kind, _)| *kind));
        facts.unanswered = KindSet::of(kinds.iter().filter(|(_, answer)| answer.unanswered).map(|(kind, _)| *kind));
        facts
    }

    /// Takes what another row says about the same person.
    pub(super) fn join(&mut self, other: &PersonFacts) {
        self.classes = self.classes.union(other.classes);
        self.breaches.extend(&other.breaches);
        self.breaches.sort_unstable();
        self.breaches.dedup();
        self.tier = self.tier.into_iter().chain(other.tier).min();
        self.found = self.found.union(other.found);
        self.unanswered = self.unanswered.union(other.unanswered);
        self.flags = self.flags.union(other.flags);
    }

    /// The answer. Weak kinds decide about nobody unless they count.
    pub fn standing(&self) -> Standing {
        let has = |bit: u8| self.flags.0 & bit != 0;
        if has(Flags::EXPOSED) {
            Standing::Exposed
        } else if !has(Flags::NOT_FOUND) {
            Standing::Unknown
        } else if has(Flags::UNANSWERED) {
            Standing::NotFoundInPart
        } else {
            Standing::NotFound
        }
    }
}

/// One person, as results have them.
#[derive(Debug)]
pub struct Person<'a> {
    /// The 1-based number of their first row.
    pub row: u64,
    /// The cell that names them, of that row.
    pub reference: &'a [u8],
    /// What is known.
    pub facts: &'a PersonFacts,
    /// The cells that are handed on, of the first row that was found; empty if none was.
    pub carried: Vec<&'a [u8]>,
}

impl<'a> Person<'a> {
    /// The person of one row.
    pub(super) fn of_row(roles: &Roles, kept: &'a Kept, record: u32, row: u64, facts: &'a PersonFacts) -> Person<'a> {
        let reference = roles.reference.map_or(&[][..], |place| kept.cell(record, place));
        let exposed = facts.standing() == Standing::Exposed;
        let carried = roles.carried.iter().filter(|_| exposed).map(|place| kept.cell(record, *place)).collect();
        Person { row, reference, facts, carried }
    }
}
