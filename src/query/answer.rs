//! The answers of one batch.
//!
//! All digests of a batch are looked up at once; then its rows are gone through. Most rows are simple: one identifier of a
//! kind that is covered, and found nowhere or in one record. They are counted right away, without a list or a map. The
//! others are gathered in a [`Row`].

use super::outcome::Outcome;
use super::scope::{KindAnswer, Scope};
use super::tally::Tally;
use super::{Gap, Query};
use crate::digest::{Digest, Variant};
use crate::identifier::{Form, Kind, KindSpec, Reason};
use crate::index::class::{ClassMask, DataClass};
use crate::index::{Hit, Lookup};
use crate::plan::{Batch, Cells, Probe, Refused, Tier, place_of_probe};
use std::collections::{BTreeMap, HashSet};

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
    /// How many records have it, for a kind of which that is kept; 0 for the others.
    pub records: u64,
}

impl Exposure {
    /// Whether it says something about a person. A weaker tier than `counted` may be somebody else's; and the number of a
    /// domain is of everybody who has an address there.
    pub fn is_of_person(&self, counted: Tier) -> bool {
        self.tier <= counted && !self.kind.is_counted()
    }
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
/// The reason of a value that met something, and nothing that counts.
pub const MET_LOOSELY: &str = "met_loosely";
/// The reason of a value that some breaches hold only under an older version of its rule.
pub const OLDER_RULE: &str = "older_rule";
/// The reason of a value that a damaged segment could hold.
pub const DAMAGED_SEGMENT: &str = "damaged_segment";
/// The reason of a value that somebody wants to be forgotten.
pub const SUPPRESSED: &str = "suppressed";
/// The reason of a value that was suppressed once, and is no more: its records may have left the index meanwhile.
pub const WAS_SUPPRESSED: &str = "was_suppressed";

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
    /// The rows that have a reference cell and an answer worth a line, and where the cell ends.
    reference_ends: Vec<(u32, u32)>,
    references: Vec<u8>,
    /// What became of every row, if the plan wants it.
    pub(super) outcomes: Vec<Outcome>,
    /// The cells of every row that the plan keeps.
    pub(super) cells: Cells,
}

impl Answers {
    /// The answer to one value that cannot be asked for.
    pub(super) fn unknown(kind: Kind, reason: &'static str) -> Answers {
        let unknowns = vec![Unknown { record: 0, kind: Some(kind), reason }];
        Answers { first_row: 1, records: 1, unknowns, ..Answers::default() }
    }

    /// Whether any value is unknown because it is forgotten, or was.
    pub fn has_suppressed(&self) -> bool {
        self.unknowns.iter().any(|unknown| [SUPPRESSED, WAS_SUPPRESSED].contains(&unknown.reason))
    }

    /// The 1-based number of a row in the list.
    pub fn row(&self, record: u32) -> u64 {
        self.first_row + u64::from(record)
    }

    /// The reference cell of a row that has an answer worth a line; empty if there is none.
    pub fn reference(&self, record: u32) -> &[u8] {
        let Ok(place) = self.reference_ends.binary_search_by_key(&record, |(record, _)| *record) else { return &[] };
        let begin = if place == 0 { 0 } else { self.reference_ends[place - 1].1 };
        &self.references[begin as usize..self.reference_ends[place].1 as usize]
    }

    fn keep_reference(&mut self, record: u32, batch: &Batch) {
        self.references.extend_from_slice(batch.reference(record));
        self.reference_ends.push((record, self.references.len() as u32));
    }
}

/// What a worker needs to answer, kept from block to block.
#[derive(Default)]
pub(super) struct Desk {
    lookup: Lookup,
    row: Row,
    /// The kind asked for last, and whether every answer about it is "found" or "not found".
    last: Option<(KindSpec, bool)>,
}

/// What is known of one row so far.
#[derive(Default)]
struct Row {
    found: BTreeMap<(Kind, usize), (Tier, ClassMask)>,
    /// How many records of a breach have the counted values of the row.
    counted: BTreeMap<(Kind, usize), u64>,
    /// These values: one that stands in two columns counts once.
    values: HashSet<Digest>,
    unknown: BTreeMap<(Option<Kind>, &'static str), ()>,
    kinds: BTreeMap<Kind, KindAnswer>,
}

/// Looks up and answers every row of a batch.
pub(super) fn answer(query: Query<'_>, batch: &Batch, desk: &mut Desk) -> Answers {
    let mut lookup = std::mem::take(&mut desk.lookup);
    let errors = query.index.find_batch(&batch.digests, &mut lookup);
    let mut answers = answer_hits(query, batch, lookup.hits(), desk);
    if let Some(met) = query.met {
        met.take(query, batch, lookup.hits());
    }
    errors.iter().for_each(|error| answers.scope.add_damage(error.to_string()));
    desk.lookup = lookup;
    answers
}

/// Answers every row of a batch whose hits are known, ascending by probe and then by segment.
pub(super) fn answer_hits(query: Query<'_>, batch: &Batch, hits: &[Hit], desk: &mut Desk) -> Answers {
    let mut answers =
        Answers { records: batch.records, scope: Scope::new(query.covered.doubtful()), ..Answers::default() };
    let mut tally = Tally::default();
    let keeps_rows = query.plan.kept.rows;
    let mut rows = Rows { batch, hits, probe: 0, refused: 0, hit: 0 };
    for record in 0..batch.records {
        let (probes, first, refused, hits) = rows.next(record);
        if desk.is_simple(query, probes, refused) {
            match hits {
                [] => {
                    tally.not_found(probes[0].kind);
                    answers.scope.probes += probes.len() as u64;
                    if keeps_rows {
                        answers.outcomes.push(Outcome::NOT_FOUND);
                    }
                    continue;
                }
                [hit] => {
                    if let Some(exposure) = single_exposure(query, record, probes, first, hit) {
                        tally.exposed(&exposure);
                        answers.scope.probes += probes.len() as u64;
                        answers.exposures.push(exposure);
                        if keeps_rows {
                            answers.outcomes.push(Outcome::EXPOSED);
                        }
                        if query.plan.reference.is_some() {
                            answers.keep_reference(record, batch);
                        }
                        continue;
                    }
                }
                _ => (),
            }
        }
        desk.row.answer(query, record, (probes, first, hits), refused, &batch.digests, &mut answers.scope);
        desk.row.end(query, record, batch, &mut answers);
    }
    tally.add_to(&mut answers.scope);
    answers
}

/// Whether any breach can answer one of the forms of an identifier; if not, why.
fn covering(query: Query<'_>, forms: &[Probe]) -> Result<(), Gap> {
    let mut gap = Gap::NotHeld;
    for same in forms.chunk_by(|a, b| a.country == b.country) {
        match query.covered.of_form(&same[0]) {
            Ok(_) => return Ok(()),
            Err(found) => gap = gap.max(found),
        }
    }
    Err(gap)
}

/// Whether an identifier was put together from columns that nobody has named, so that its meetings do not count.
fn is_assumed(query: Query<'_>, forms: &[Probe]) -> bool {
    forms.iter().all(|form| form.is_assumed() && form.tier > query.counted)
}

/// Whether an identifier is suppressed as itself, and not only in a form that others share with it. Input: its hits, and the
/// place of its first form among all probes.
fn is_suppressed(forms: &[Probe], first: usize, hits: &[Hit]) -> bool {
    let is_own = |hit: &Hit| is_of_itself(forms, hit.found.probe as usize - first);
    hits.iter().any(|hit| hit.found.is_suppressed() && is_own(hit))
}

const EXACT: u8 = Variant::Exact as u8;
const ALIAS: u8 = Variant::Alias as u8;

/// Whether a form is of the value that was asked for: not folded, and not without its country.
fn is_of_itself(forms: &[Probe], at: usize) -> bool {
    let form = &forms[at];
    // Addresses with one folded form are one mailbox, and numbers of one organisation with and without zeros before them one number:
    // whoever is forgotten is so by each of them.
    let is_one = matches!(form.kind, Kind::Email | Kind::EmployeeNo | Kind::CustomerNo | Kind::ContractNo);
    if is_one && matches!(form.variant, EXACT | ALIAS) {
        return true;
    }
    let same_country = forms[..at].iter().rev().take_while(|before| before.country == form.country);
    match Variant::ALL.get(usize::from(form.variant)) {
        // Digits may be another number, too. Behind the folded form stands the value that is written like it.
        Some(Variant::Exact) if form.kind == Kind::Phone && form.tier > Tier::Alias => false,
        Some(Variant::Exact) => !same_country.into_iter().any(|before| before.variant == Variant::Alias as u8),
        Some(Variant::Loose | Variant::National) => form.form == Form::Loose,
        Some(Variant::Unchecked) => true,
        Some(Variant::Alias) | None => false,
        Some(_) => form.tier == Tier::Exact,
    }
}

/// Goes through probes, refused fields and hits row by row.
struct Rows<'a> {
    batch: &'a Batch,
    hits: &'a [Hit],
    probe: usize,
    refused: usize,
    hit: usize,
}

impl<'a> Rows<'a> {
    /// The probes of a row and the place of the first, its refused fields, and its hits.
    #[inline]
    fn next(&mut self, record: u32) -> (&'a [Probe], usize, &'a [Refused], &'a [Hit]) {
        let (first, refused, hit) = (self.probe, self.refused, self.hit);
        while self.batch.probes.get(self.probe).is_some_and(|probe| probe.record == record) {
            self.probe += 1;
        }
        while self.batch.refused.get(self.refused).is_some_and(|field| field.record == record) {
            self.refused += 1;
        }
        while self.hits.get(self.hit).is_some_and(|hit| (hit.found.probe as usize) < self.probe) {
            self.hit += 1;
        }
        let batch = self.batch;
        (&batch.probes[first..self.probe], first, &batch.refused[refused..self.refused], &self.hits[hit..self.hit])
    }
}

/// The one exposure of a row whose only hit is in one breach that is asked, and not shared.
#[inline]
fn single_exposure(query: Query<'_>, record: u32, probes: &[Probe], first: usize, hit: &Hit) -> Option<Exposure> {
    let place = hit.found.place()?;
    let live = &query.index.segments()[hit.segment as usize];
    let [(local, classes)] = live.segment().payloads()[place].as_slice() else { return None };
    let breach = live.breach(*local);
    if !query.covered.asks(breach) || classes.contains(DataClass::SHARED_VALUE) {
        return None;
    }
    let probe = &probes[hit.found.probe as usize - first];
    if probe.tier > query.counted || probe.tier > query.plan.heard {
        return None;
    }
    Some(Exposure { record, kind: probe.kind, tier: probe.tier, breach, classes: *classes, records: 0 })
}

impl Desk {
    /// Whether a row is one identifier that can be asked for everywhere.
    #[inline]
    fn is_simple(&mut self, query: Query<'_>, probes: &[Probe], refused: &[Refused]) -> bool {
        let (Some(first), Some(last)) = (probes.first(), probes.last()) else { return false };
        let is_one = first.identifier == last.identifier && first.country == last.country;
        if !refused.is_empty() || !is_one || first.needs_country {
            return false;
        }
        let spec = first.spec();
        match self.last {
            Some((known, simple)) if known == spec => simple,
            _ => {
                let simple = !spec.kind.is_counted()
                    && query.covered.of(spec).is_ok()
                    && !query.covered.is_partly_older(spec)
                    && query.index.damaged().is_empty()
                    && (!spec.kind.is_weak() || query.counted >= Tier::Weak)
                    && !is_assumed(query, probes);
                self.last = Some((spec, simple));
                simple
            }
        }
    }
}

impl Row {
    /// Gathers what is known of a row: of its identifiers, and of its fields that are none.
    fn answer(
        &mut self,
        query: Query<'_>,
        record: u32,
        (probes, first, hits): (&[Probe], usize, &[Hit]),
        refused: &[Refused],
        digests: &[Digest],
        scope: &mut Scope,
    ) {
        debug_assert!(probes.iter().all(|probe| probe.record == record));
        if probes.is_empty() && refused.is_empty() {
            self.unknown.insert((None, "malformed"), ());
        }
        let (mut at, mut hits) = (first, hits);
        for forms in probes.chunk_by(|a, b| a.identifier == b.identifier) {
            let end = at + forms.len();
            let (mine, rest) = hits.split_at(hits.partition_point(|hit| (hit.found.probe as usize) < end));
            self.ask(query, (forms, at, mine), digests, scope);
            (at, hits) = (end, rest);
        }
        refused.iter().for_each(|field| self.refuse(query, field));
    }

    /// Takes the hits of all forms of one identifier, of which the first stands at `first` among all digests.
    fn ask(
        &mut self,
        query: Query<'_>,
        (forms, first, hits): (&[Probe], usize, &[Hit]),
        digests: &[Digest],
        scope: &mut Scope,
    ) {
        let spec = forms[0].spec();
        if let Err(gap) = covering(query, forms) {
            return self.leave(query, spec, gap);
        }
        scope.probes += forms.len() as u64;
        // Nobody is found or not found by a value that strangers share.
        let strangers = spec.kind.is_weak() && query.counted < Tier::Weak || spec.kind.is_counted();
        let weak = strangers || is_assumed(query, forms);
        let mut answer = KindAnswer { asked: true, weak, ..KindAnswer::default() };
        // Who is forgotten by name is not told of by another spelling either.
        if is_suppressed(forms, first, hits) {
            (answer.unanswered, answer.withheld) = (true, true);
            self.unknown.insert((Some(spec.kind), SUPPRESSED), ());
            return self.kinds.entry(spec.kind).or_default().join(&answer);
        }
        let mut damaged = !query.index.damaged().is_empty();
        let is_new = spec.kind.is_counted() && self.is_new(digests[first]);
        let (mut suppressed, mut lifted) = (false, false);
        for hit in hits {
            let form = hit.found.probe as usize - first;
            let tier = forms[form].tier;
            let Some(place) = hit.found.place() else {
                match hit.found {
                    found if found.is_suppressed() => suppressed = true,
                    found if found.was_lifted() => lifted = true,
                    _ => damaged = true,
                }
                continue;
            };
            if tier > query.plan.heard {
                continue;
            }
            let live = &query.index.segments()[hit.segment as usize];
            for (local, classes) in &live.segment().payloads()[place] {
                let breach = live.breach(*local);
                if query.covered.asks(breach) {
                    if is_new {
                        // The forms of a counted value are the binary digits of its number.
                        *self.counted.entry((spec.kind, breach)).or_default() += 1 << place_of_probe(form);
                    }
                    self.meet(query, (spec.kind, breach), tier, *classes, &mut answer);
                }
            }
        }
        // Of a number, a part may be elsewhere.
        let whole = answer.exposed && !spec.kind.is_counted();
        let doubts = [
            (damaged && !whole, DAMAGED_SEGMENT),
            (!whole && query.covered.is_partly_older(spec), OLDER_RULE),
            (answer.loosely && !answer.exposed, MET_LOOSELY),
            (suppressed && !answer.exposed, SUPPRESSED),
            (lifted && !answer.exposed, WAS_SUPPRESSED),
        ];
        answer.withheld = (suppressed || lifted) && !answer.exposed;
        for (_, reason) in doubts.into_iter().filter(|(is_so, _)| *is_so) {
            answer.unanswered = true;
            self.unknown.insert((Some(spec.kind), reason), ());
        }
        answer.not_found = !answer.exposed && !answer.unanswered;
        self.kinds.entry(spec.kind).or_default().join(&answer);
    }

    /// Whether a counted value was not asked for by this row before.
    fn is_new(&mut self, value: Digest) -> bool {
        self.values.insert(value)
    }

    /// Takes an identifier that no breach can answer.
    fn leave(&mut self, query: Query<'_>, spec: KindSpec, gap: Gap) {
        let answer = self.kinds.entry(spec.kind).or_default();
        answer.weak |= spec.kind.is_counted();
        answer.unanswered = true;
        // Where the kind is held, and only this way of writing it is not, the reason is one of the value.
        let plain = query.covered.of_any_country(KindSpec::new(spec.kind)).is_ok();
        let reason = match spec.form {
            Form::Loose if plain => Reason::NoRegion.name(),
            Form::Unchecked if plain => Reason::Checksum.name(),
            _ => {
                answer.gap = Some(gap);
                return;
            }
        };
        self.unknown.insert((Some(spec.kind), reason), ());
    }

    fn meet(&mut self, query: Query<'_>, key: (Kind, usize), tier: Tier, classes: ClassMask, answer: &mut KindAnswer) {
        let counts = tier <= query.counted;
        if classes.contains(DataClass::SHARED_VALUE) {
            if counts {
                answer.unanswered = true;
                self.unknown.insert((Some(key.0), SHARED_VALUE), ());
            }
            return;
        }
        answer.exposed |= counts;
        answer.loosely |= !counts && tier == Tier::Loose;
        let found = self.found.entry(key).or_insert((tier, ClassMask::NONE));
        // What a loose meeting shows is not mixed with what is certain.
        match (found.0 <= query.counted, counts) {
            (true, false) => (),
            (false, true) => *found = (tier, classes),
            _ => *found = (found.0.min(tier), found.1.union(classes)),
        }
    }

    fn refuse(&mut self, query: Query<'_>, field: &Refused) {
        let Some(kind) = field.kind else {
            self.unknown.insert((None, field.reason.name()), ());
            return;
        };
        let gap: Option<Gap> = query.covered.of_any_country(KindSpec::new(kind)).err();
        let answer = self.kinds.entry(kind).or_default();
        answer.weak |= kind.is_counted();
        if gap.is_some() {
            answer.gap = gap;
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
            let records = self.counted.remove(&(kind, breach)).unwrap_or(0);
            answers.exposures.push(Exposure { record, kind, tier, breach, classes, records });
        }
        if self.kinds.values().all(KindAnswer::is_empty) && self.unknown.is_empty() {
            self.unknown.insert((None, Reason::Empty.name()), ());
        }
        for (kind, reason) in std::mem::take(&mut self.unknown).into_keys() {
            answers.unknowns.push(Unknown { record, kind, reason });
        }
        let added = answers.exposures.len() + answers.unknowns.len() - lines;
        if added > 0 && query.plan.reference.is_some() {
            answers.keep_reference(record, batch);
        }
        let exposures = answers.exposures.iter().rev().take_while(|exposure| exposure.record == record);
        let unknowns = answers.unknowns.iter().rev().take_while(|unknown| unknown.record == record);
        let outcome = Outcome::of(self.kinds.values());
        answers.scope.add_row(query.counted, exposures, unknowns, &self.kinds, outcome);
        if query.plan.kept.rows {
            answers.outcomes.push(outcome);
        }
        self.kinds.clear();
        self.values.clear();
    }
}
