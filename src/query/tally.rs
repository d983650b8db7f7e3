//! Counts the simple rows of a block, and adds them to the totals at its end.

use super::answer::Exposure;
use super::scope::Scope;
use crate::identifier::Kind;
use crate::index::class::ClassMask;
use crate::plan::Tier;
use std::collections::BTreeMap;

/// Kinds have numbers below this.
const KINDS: usize = 32;

/// Rows with one identifier that was found in one breach, or nowhere.
#[derive(Default)]
pub(super) struct Tally {
    not_found: [u64; KINDS],
    /// Exposures that differ in nothing but their row; few, and the one of the last row comes first.
    exposed: Vec<(Same, u64)>,
}

/// What exposures have in common that count the same.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Same {
    kind: Kind,
    tier: Tier,
    breach: usize,
    classes: ClassMask,
}

impl Tally {
    /// Counts a row whose identifier was found nowhere.
    #[inline]
    pub(super) fn not_found(&mut self, kind: Kind) {
        self.not_found[usize::from(kind.id()) % KINDS] += 1;
    }

    /// Counts a row whose identifier was found once.
    #[inline]
    pub(super) fn exposed(&mut self, exposure: &Exposure) {
        let Exposure { kind, tier, breach, classes, .. } = *exposure;
        let same = Same { kind, tier, breach, classes };
        match self.exposed.iter().position(|(known, _)| *known == same) {
            Some(0) => self.exposed[0].1 += 1,
            Some(place) => {
                self.exposed[place].1 += 1;
                self.exposed.swap(0, place);
            }
            None => self.exposed.push((same, 1)),
        }
    }

    /// Adds everything to the totals.
    pub(super) fn add_to(self, scope: &mut Scope) {
        for kind in Kind::ALL {
            let rows = self.not_found[usize::from(kind.id()) % KINDS];
            if rows > 0 {
                scope.rows += rows;
                scope.people.not_found += rows;
                scope.kinds.entry(kind).or_default().not_found += rows;
            }
        }
        let mut by_kind: BTreeMap<Kind, u64> = BTreeMap::new();
        for (same, rows) in self.exposed {
            scope.rows += rows;
            scope.people.exposed += rows;
            scope.exposures += rows;
            scope.pairs += rows;
            *scope.tiers.entry(same.tier).or_default() += rows;
            scope.people_by_breach[same.breach] += rows;
            scope.people_in_doubt += if scope.is_in_doubt(&[same.breach]) { rows } else { 0 };
            same.classes.classes().for_each(|class| scope.people_by_class[usize::from(class.bit())] += rows);
            scope.combinations.add(same.classes, rows);
            *by_kind.entry(same.kind).or_default() += rows;
        }
        by_kind.into_iter().for_each(|(kind, rows)| scope.kinds.entry(kind).or_default().exposed += rows);
    }
}

const _: () = assert!(Kind::ALL.len() < KINDS);
