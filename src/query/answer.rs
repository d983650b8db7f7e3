//! The answers of one batch.

use super::scope::{KindAnswer, Scope};
use super::{Error, Query};
use crate::digest::Digest;
use crate::identifier::{Kind, KindSpec, Reason};
use crate::index::class::{ClassMask, DataClass};
use crate::plan::{Batch, Probe, Refused, Tier};
use std::collections::BTreeMap;

/// One kind of one row found in one breach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// The record, counted from the beginning of the block.
    pub record: u32,
    /// The kind.
    pub kind: Kind,
    /// The strongest tier.
    pub tier: Tier,
    /// The place of the breach in the catalogue.
    pub breach: usize,
    /// What the breach's records with this identifier exposed.
    pub classes: ClassMask,
}

/// One kind of one row that cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The record, counted from the beginning of the block.
    pub record: u32,
    /// The kind; none if the row names no kind that exists.
    pub kind: Option<Kind>,
    /// Why.
    pub reason: &'static str,
}

/// The reason of a value that stands in too many records to be one person's.
pub const SHARED_VALUE: &str = "shared_value";

/// The answers of the rows of one block.
#[derive(Debug, Default)]
pub struct Answers {
    /// The 1-based number of the first row.
    pub first_row: u64,
    /// Rows in the block.
    pub records: u32,
    /// What was found, by (row, kind, breach).
    pub exposures: Vec<Exposure>,
    /// What cannot be answered, by row.
    pub unknowns: Vec<Unknown>,
    /// The totals of the block.
    pub scope: Scope,
    references: Vec<(u32, Vec<u8>)>,
}

impl Answers {
    /// The answer to one value that cannot be asked for.
    pub(super) fn unknown(kind: Kind, reason: &'static str) -> Answers {
        let unknowns = vec![Unknown { record: 0, kind: Some(kind), reason }];
        Answers { first_row: 1, records: 1, unknowns, ..Answers::default() }
    }

    /// The 1-based number of a row in the list.
    pub fn row(&self, record: u32) -> u64 {
        self.first_row + u64::from(record)
    }

    /// The reference cell of a row that has an answer worth a line; empty if there is none.
    pub fn reference(&self, record: u32) -> &[u8] {
        let place = self.references.binary_search_by_key(&record, |(record, _)| *record);
        place.map_or(&[], |place| &self.references[place].1)
    }
}

/// What is known of one row so far.
#[derive(Default)]
struct Row {
    found: BTreeMap<(Kind, usize), (Tier, ClassMask)>,
    unknown: BTreeMap<(Option<Kind>, &'static str), ()>,
    kinds: BTreeMap<Kind, KindAnswer>,
}

/// Answers every row of a batch.
pub(super) fn answer(query: Query<'_>, batch: &Batch) -> Result<Answers, Error> {
    let mut answers =
        Answers { records: batch.records, scope: Scope::new(query.index.breaches().len()), ..Answers::default() };
    let mut probes = batch.probes.as_slice();
    let mut digests = batch.digests.as_slice();
    let mut refused = batch.refused.as_slice();
    let mut row = Row::default();
    for record in 0..batch.records {
        let of_record = probes.iter().take_while(|probe| probe.record == record).count();
        let (mine, rest) = probes.split_at(of_record);
        probes = rest;
        let of_record = refused.iter().take_while(|field| field.record == record).count();
        let (fields, rest) = refused.split_at(of_record);
        refused = rest;
        if mine.is_empty() && fields.is_empty() {
            row.unknown.insert((None, "malformed"), ());
        }
        for identifier in mine.chunk_by(|a, b| a.identifier == b.identifier) {
            let (mine, rest) = digests.split_at(identifier.len());
            digests = rest;
            row.ask(query, identifier, mine, &mut answers.scope)?;
        }
        fields.iter().for_each(|field| row.refuse(query, field));
        row.end(query, record, batch, &mut answers);
    }
    Ok(answers)
}

impl Row {
    /// Asks for all forms of one identifier.
    fn ask(&mut self, query: Query<'_>, forms: &[Probe], digests: &[Digest], scope: &mut Scope) -> Result<(), Error> {
        let Some(first) = forms.first() else { return Ok(()) };
        let spec = KindSpec { kind: first.kind, country: first.country };
        if let Err(gap) = query.covered.of(spec) {
            let answer = self.kinds.entry(spec.kind).or_default();
            (answer.gap, answer.unanswered) = (Some(gap), true);
            return Ok(());
        }
        let mut answer = KindAnswer { asked: true, ..KindAnswer::default() };
        for (probe, digest) in forms.iter().zip(digests) {
            scope.probes += query.index.segments().len() as u64;
            for live in query.index.segments() {
                let found = live.segment().find(*digest).map_err(|error| live.locate(error))?;
                let Some(place) = found else { continue };
                for (local, classes) in &live.segment().payloads()[place] {
                    let breach = live.breach(*local);
                    if query.covered.asks(breach) {
                        self.meet(spec.kind, breach, probe.tier, *classes, &mut answer);
                    }
                }
            }
        }
        answer.not_found = !answer.exposed && !answer.unanswered;
        self.kinds.entry(spec.kind).or_default().join(&answer);
        Ok(())
    }

    fn meet(&mut self, kind: Kind, breach: usize, tier: Tier, classes: ClassMask, answer: &mut KindAnswer) {
        if classes.contains(DataClass::SHARED_VALUE) {
            answer.unanswered = true;
            self.unknown.insert((Some(kind), SHARED_VALUE), ());
            return;
        }
        answer.exposed = true;
        let found = self.found.entry((kind, breach)).or_insert((tier, ClassMask::NONE));
        *found = (found.0.min(tier), found.1.union(classes));
    }

    fn refuse(&mut self, query: Query<'_>, field: &Refused) {
        let Some(kind) = field.kind else {
            self.unknown.insert((None, field.reason.name()), ());
            return;
        };
        let answer = self.kinds.entry(kind).or_default();
        if let Err(gap) = query.covered.of_any_country(KindSpec::new(kind)) {
            answer.gap = Some(gap);
            answer.unanswered |= field.reason != Reason::Empty;
            return;
        }
        // An empty cell asks nothing, so it has no answer either.
        if field.reason != Reason::Empty {
            answer.unanswered = true;
            self.unknown.insert((Some(kind), field.reason.name()), ());
        }
    }

    /// Ends the row: its lines and its part of the totals.
    fn end(&mut self, query: Query<'_>, record: u32, batch: &Batch, answers: &mut Answers) {
        let lines = answers.exposures.len() + answers.unknowns.len();
        for ((kind, breach), (tier, classes)) in std::mem::take(&mut self.found) {
            answers.exposures.push(Exposure { record, kind, tier, breach, classes });
        }
        if self.kinds.values().all(KindAnswer::is_empty) && self.unknown.is_empty() {
            self.unknown.insert((None, Reason::Empty.name()), ());
        }
        for (kind, reason) in std::mem::take(&mut self.unknown).into_keys() {
            answers.unknowns.push(Unknown { record, kind, reason });
        }
        let added = answers.exposures.len() + answers.unknowns.len() - lines;
        if added > 0 && query.plan.reference.is_some() {
            answers.references.push((record, batch.reference(record).to_vec()));
        }
        let exposures = answers.exposures.iter().rev().take_while(|exposure| exposure.record == record);
        let unknowns = answers.unknowns.iter().rev().take_while(|unknown| unknown.record == record);
        answers.scope.add_row(exposures, unknowns, &self.kinds);
        self.kinds.clear();
    }
}
