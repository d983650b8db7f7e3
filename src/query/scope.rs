//! Totals: exposures by person, breach, kind and data class.

use super::answer::{Exposure, Unknown};
use super::combinations::Combinations;
use super::coverage::Gap;
use super::met::BreachValues;
use super::outcome::{Outcome, People};
use crate::identifier::Kind;
use crate::index::class::{ClassMask, DataClass};
use crate::plan::Tier;
use std::collections::{BTreeMap, BTreeSet};

/// What became of one kind of one row.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct KindAnswer {
    /// At least one identifier was asked for.
    pub asked: bool,
    /// At least one was found.
    pub exposed: bool,
    /// At least one was asked for everywhere and not found.
    pub not_found: bool,
    /// At least one could not be answered.
    pub unanswered: bool,
    /// At least one is suppressed, or was: nothing is said about whom it names.
    pub withheld: bool,
    /// At least one met something, and nothing that counts: neither found nor "not found".
    pub loosely: bool,
    /// Strangers share values of the kind, or it is of no person: it decides about none.
    pub weak: bool,
    /// No breach covers the kind.
    pub gap: Option<Gap>,
}

impl KindAnswer {
    pub(super) fn join(&mut self, other: &KindAnswer) {
        self.asked |= other.asked;
        self.exposed |= other.exposed;
        self.not_found |= other.not_found;
        self.unanswered |= other.unanswered;
        self.withheld |= other.withheld;
        self.weak |= other.weak;
    }

    /// Nothing of the kind stands in the row.
    pub(super) fn is_empty(&self) -> bool {
        !self.asked && !self.unanswered && self.gap.is_none()
    }

    /// "Not found" only if everything that stands in the row was asked for.
    fn is_not_found(&self) -> bool {
        !self.exposed && self.not_found && !self.unanswered
    }
}

/// Rows by answer for one kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KindScope {
    /// Rows with an identifier of the kind that was found.
    pub exposed: u64,
    /// Rows whose identifiers of the kind were all asked for and not found.
    pub not_found: u64,
    /// Rows with an identifier of the kind that cannot be answered, and none that was found.
    pub unknown: u64,
    /// Rows without an identifier of the kind.
    pub empty: u64,
    /// Why unknown, by reason: one row can have several.
    pub reasons: BTreeMap<&'static str, u64>,
    /// Why the whole kind cannot be answered.
    pub gap: Option<Gap>,
}

/// Totals over a list.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Rows of the list.
    pub rows: u64,
    /// People by answer.
    pub people: People,
    /// (row, breach) pairs.
    pub pairs: u64,
    /// (row, kind, breach) lines of tiers that count.
    pub exposures: u64,
    /// Lines by tier, those that do not count among them.
    pub tiers: BTreeMap<Tier, u64>,
    /// Rows by kind.
    pub kinds: BTreeMap<Kind, KindScope>,
    /// People by breach, by place in the catalogue.
    pub people_by_breach: Vec<u64>,
    /// People who are exposed by nothing but breaches that are in doubt.
    pub people_in_doubt: u64,
    /// The breaches that are in doubt ([`Breach::doubt`](crate::index::Breach::doubt)), by place in the catalogue.
    pub doubtful: Vec<bool>,
    /// People by data class, by bit.
    pub people_by_class: Vec<u64>,
    /// People by the set of data classes that leaked with them.
    pub combinations: Combinations,
    /// Rows that are empty, are no records of the list's shape, or name a kind that does not exist.
    pub unusable_rows: BTreeMap<&'static str, u64>,
    /// Lines of the list that stand above the names of its columns: no rows.
    pub lines_above: u64,
    /// Lines of the list that name its columns again: no rows.
    pub headings: u64,
    /// Values of a JSON list that may be identifiers, at paths that its sample did not show: nothing asked for them.
    pub unplanned: u64,
    /// What is damaged in the index, each with its file and place: answers that could have come from there are unknown.
    pub damage: BTreeSet<String>,
    /// Whether a breach that was asked is incomplete itself.
    pub incomplete_breach: bool,
    /// What the breaches hold of the kinds of the list, and what of it was met; empty if nobody asked for it.
    pub values: Vec<BreachValues>,
    /// Digests looked up.
    pub probes: u64,
    /// Bytes of the list.
    pub bytes_read: u64,
    /// Characters of the list that its encoding does not have.
    pub undecodable: u64,
}

impl Scope {
    /// Nobody yet. Input: for every breach of the catalogue whether it is in doubt.
    pub(super) fn new(doubtful: &[bool]) -> Scope {
        Scope {
            people_by_breach: vec![0; doubtful.len()],
            people_by_class: vec![0; 64],
            doubtful: doubtful.to_vec(),
            ..Scope::default()
        }
    }

    /// Whether somebody who is in these breaches is in none that is beyond doubt.
    pub(super) fn is_in_doubt(&self, breaches: &[usize]) -> bool {
        !breaches.is_empty() && breaches.iter().all(|breach| self.doubtful[*breach])
    }

    /// Adds damage that was met.
    pub(super) fn add_damage(&mut self, damage: String) {
        // A disk that is dying has more of it than anybody wants to read.
        const DAMAGE_MAX: usize = 20;
        if self.damage.len() < DAMAGE_MAX {
            self.damage.insert(damage);
        }
    }

    /// Adds one row.
    pub(super) fn add_row<'a>(
        &mut self,
        counted: Tier,
        exposures: impl Iterator<Item = &'a Exposure> + Clone,
        unknowns: impl Iterator<Item = &'a Unknown>,
        kinds: &BTreeMap<Kind, KindAnswer>,
        outcome: Outcome,
    ) {
        self.rows += 1;
        self.add_exposures(counted, exposures);
        for (kind, answer) in kinds {
            let scope = self.kinds.entry(*kind).or_default();
            match answer {
                answer if answer.exposed => scope.exposed += 1,
                answer if answer.is_not_found() => scope.not_found += 1,
                answer if answer.is_empty() => scope.empty += 1,
                _ => scope.unknown += 1,
            }
            scope.gap = scope.gap.or(answer.gap);
        }
        for unknown in unknowns {
            let reasons = match unknown.kind {
                Some(kind) => &mut self.kinds.entry(kind).or_default().reasons,
                None => &mut self.unusable_rows,
            };
            *reasons.entry(unknown.reason).or_default() += 1;
        }
        self.people.count(outcome);
    }

    /// Counts lines; those that say nothing about a person by their tier only.
    fn add_exposures<'a>(&mut self, counted: Tier, exposures: impl Iterator<Item = &'a Exposure> + Clone) {
        let (mut classes, lines) = (ClassMask::NONE, self.exposures);
        exposures.clone().for_each(|exposure| *self.tiers.entry(exposure.tier).or_default() += 1);
        let exposures = exposures.filter(|exposure| exposure.is_of_person(counted));
        for exposure in exposures.clone() {
            self.exposures += 1;
            classes = classes.union(exposure.classes);
        }
        let mut breaches: Vec<usize> = exposures.map(|exposure| exposure.breach).collect();
        breaches.sort_unstable();
        breaches.dedup();
        self.pairs += breaches.len() as u64;
        self.people_in_doubt += u64::from(self.is_in_doubt(&breaches));
        breaches.iter().for_each(|breach| self.people_by_breach[*breach] += 1);
        classes.classes().for_each(|class| self.people_by_class[usize::from(class.bit())] += 1);
        if self.exposures > lines {
            self.combinations.add(classes, 1);
        }
    }

    /// Adds the totals of other rows.
    pub(super) fn add(&mut self, other: &Scope) {
        self.rows += other.rows;
        self.people.join(&other.people);
        self.pairs += other.pairs;
        self.people_in_doubt += other.people_in_doubt;
        self.exposures += other.exposures;
        self.probes += other.probes;
        other.damage.iter().for_each(|damage| self.add_damage(damage.clone()));
        other.tiers.iter().for_each(|(tier, n)| *self.tiers.entry(*tier).or_default() += n);
        add_each(&mut self.people_by_breach, &other.people_by_breach);
        add_each(&mut self.people_by_class, &other.people_by_class);
        self.combinations.join(&other.combinations);
        add_reasons(&mut self.unusable_rows, &other.unusable_rows);
        for (kind, scope) in &other.kinds {
            let mine = self.kinds.entry(*kind).or_default();
            mine.exposed += scope.exposed;
            mine.not_found += scope.not_found;
            mine.unknown += scope.unknown;
            mine.empty += scope.empty;
            mine.gap = mine.gap.or(scope.gap);
            add_reasons(&mut mine.reasons, &scope.reasons);
        }
    }

    /// People by data class, most people first.
    pub fn classes(&self) -> Vec<(DataClass, u64)> {
        let counted = DataClass::all().zip(&self.people_by_class).map(|(class, people)| (class, *people));
        let mut classes: Vec<_> = counted.filter(|(_, people)| *people > 0).collect();
        classes.sort_by_key(|(_, people)| std::cmp::Reverse(*people));
        classes
    }

    /// Whether the answer is incomplete: a kind is held only under another scope or rule, no kind could be asked, a
    /// breach that was asked is incomplete, a segment is damaged, or the list has values that were not read, or very many rows
    /// that are broken.
    pub fn is_incomplete(&self) -> bool {
        /// From this share of rows on that are no records of the list's shape.
        const BROKEN: f64 = 0.05;
        let malformed = self.unusable_rows.get("malformed").copied().unwrap_or(0);
        let broken = malformed as f64 > BROKEN * self.rows as f64;
        broken || self.incomplete_breach || self.unplanned > 0 || !self.damage.is_empty() || self.is_uncovered()
    }

    /// Whether a kind is held only under another scope or rule, or no kind could be asked.
    pub fn is_uncovered(&self) -> bool {
        let gaps = self.kinds.values().filter_map(|scope| scope.gap);
        let held_otherwise = gaps.clone().any(|gap| gap != Gap::NotHeld);
        held_otherwise || (!self.kinds.is_empty() && gaps.count() == self.kinds.len())
    }

    /// Whether not one row had a value that could be asked for. Shared values were asked for, though they stay unknown.
    pub fn nothing_asked(&self) -> bool {
        self.rows > 0 && self.probes == 0
    }
}

fn add_each(mine: &mut [u64], other: &[u64]) {
    mine.iter_mut().zip(other).for_each(|(mine, other)| *mine += other);
}

fn add_reasons(mine: &mut BTreeMap<&'static str, u64>, other: &BTreeMap<&'static str, u64>) {
    other.iter().for_each(|(reason, n)| *mine.entry(reason).or_default() += n);
}
