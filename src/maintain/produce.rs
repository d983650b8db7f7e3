//! Everything that a dump can store of an identifier, and everything that a list can ask about it.
//!
//! Ingest and query make their digests by one extractor, each with a plan of its own side. So what an identifier produces is what
//! both make of it, if they are told to leave nothing out: every hash that a breach could hold, every country whose rule
//! accepts a number, numbers whose check digit fails if they are wanted, whether the index covers any of it or not. Tomorrow's
//! dump may.
//!
//! Cost: two extractors for each kind that is asked for, 0.2 MB each; then 5 to 60 digests for each identifier, 11 us of an
//! address (100,000 of them: 1.1 s with reading and writing the file; AMD EPYC, one thread).

use super::Error;
use crate::digest::{Digest, Key, Width};
use crate::identifier::{Canonicalizer, Country, Form, Kind, KindSpec, countries, is_tried_without_country};
use crate::plan::{Batch, Extractor, Hashes, Plan, Side, Tier, kinds_of_value};
use crate::source::Options;
use std::collections::{BTreeMap, BTreeSet};

/// How identifiers are read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The kind of all of them; else every kind that fits a value, and a user name beside.
    pub kind: Option<KindSpec>,
    /// The country of telephone numbers without one.
    pub region: Country,
    /// The canonical scope; empty if none.
    pub scope: Vec<u8>,
    /// Whether numbers whose check digit fails are taken.
    pub lenient: bool,
}

/// One identifier, as one kind of one country.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identifier {
    /// What it is.
    pub spec: KindSpec,
    /// Its own digest.
    pub owner: Digest,
    /// Every digest that it produces, its own among them.
    pub digests: BTreeSet<Digest>,
}

/// What nobody accepts as an identifier.
pub(super) const NO_KIND: &str = "no kind accepts it";

/// The plans by which values are read, of every kind: one of a list and one of a dump.
pub(super) struct Plans(BTreeMap<KindSpec, [Plan; 2]>);

impl Plans {
    /// Plans that leave nothing out.
    ///
    /// # Errors
    /// If the kind is one that says nothing about a person, or nothing without a scope.
    pub(super) fn new(reading: &Reading) -> Result<Plans, Error> {
        if let Some(spec) = reading.kind {
            if spec.kind.is_counted() {
                return Err(Error::NotOfAPerson(spec.kind));
            }
            if spec.kind.needs_scope() && reading.scope.is_empty() {
                return Err(Error::NeedsScope(spec.kind));
            }
        }
        let kinds = Kind::ALL.into_iter().filter(|kind| !kind.is_counted()).map(KindSpec::new);
        let of = |spec: KindSpec| (spec, [Side::List, Side::Dump].map(|side| plan(spec, side, reading)));
        Ok(Plans(kinds.chain(reading.kind).map(of).collect()))
    }
}

fn plan(spec: KindSpec, side: Side, reading: &Reading) -> Plan {
    // A number without a country may be of any that accepts it, wherever telephones are.
    let is_open = spec.kind == Kind::NationalId && spec.country.is_none();
    let region = if is_open { Country::NONE } else { reading.region };
    let mut hashes = Hashes::NONE;
    for kind in Kind::ALL {
        Form::HASHES.into_iter().filter(|form| kind.has_form(*form)).for_each(|form| hashes.add(kind, form));
    }
    Plan {
        side,
        tier: Tier::Weak,
        hashes,
        lenient: reading.lenient,
        other_readings: false,
        elsewhere: countries(Kind::NationalId)
            .into_iter()
            .filter(|country| !is_tried_without_country(*country))
            .collect(),
        ..Plan::one_value(spec, region, &reading.scope)
    }
}

/// Turns values into identifiers.
pub(super) struct Producer<'a> {
    plans: &'a Plans,
    reading: &'a Reading,
    key: &'a Key,
    width: Width,
    extractors: BTreeMap<KindSpec, [Extractor<'a>; 2]>,
    canonicalizer: Canonicalizer,
    batch: Batch,
}

impl<'a> Producer<'a> {
    pub(super) fn new(plans: &'a Plans, reading: &'a Reading, key: &'a Key, width: Width) -> Producer<'a> {
        let (extractors, canonicalizer, batch) = (BTreeMap::new(), Canonicalizer::new(), Batch::default());
        Producer { plans, reading, key, width, extractors, canonicalizer, batch }
    }

    /// What a value is, and what it produces.
    ///
    /// # Errors
    /// Why it is no identifier.
    pub(super) fn identifiers(&mut self, value: &str) -> Result<Vec<Identifier>, &'static str> {
        let kinds = self.kinds(value);
        let mut identifiers = Vec::new();
        for spec in &kinds {
            match self.identifiers_of(*spec, value) {
                Ok(found) => identifiers.extend(found),
                Err(reason) if kinds.len() == 1 => return Err(reason),
                Err(_) => (),
            }
        }
        if identifiers.is_empty() { Err(NO_KIND) } else { Ok(identifiers) }
    }

    /// The kind given, or all that accept the value; a user name may be anything, so that everything may be a user name.
    fn kinds(&mut self, value: &str) -> Vec<KindSpec> {
        let Reading { kind, region, lenient, .. } = *self.reading;
        if let Some(kind) = kind {
            return vec![kind];
        }
        let mut kinds = kinds_of_value(value.as_bytes(), region, lenient);
        kinds.retain(|spec| !spec.kind.is_counted());
        let name = KindSpec::new(Kind::Username);
        if !kinds.contains(&name) && self.canonicalizer.canonicalize(name, region, value.as_bytes()).is_ok() {
            kinds.push(name);
        }
        kinds
    }

    /// The value as one kind: an identifier for each country whose rule accepts it.
    fn identifiers_of(&mut self, spec: KindSpec, value: &str) -> Result<Vec<Identifier>, &'static str> {
        let (plans, key, width) = (self.plans, self.key, self.width);
        let Some(plans) = plans.0.get(&spec) else { return Err(NO_KIND) };
        let new = || [&plans[0], &plans[1]].map(|plan| Extractor::new(plan, key, width, &Options::default()));
        let extractors = self.extractors.entry(spec).or_insert_with(new);
        // A line end inside the value would make two of it.
        let line: zeroize::Zeroizing<String> =
            value.chars().map(|c| if matches!(c, '\r' | '\n') { ' ' } else { c }).collect::<String>().into();
        let mut identifiers: Vec<Identifier> = Vec::new();
        for extractor in extractors {
            let batch = &mut self.batch;
            extractor.extract(line.as_bytes(), batch);
            let mut first = 0;
            for forms in batch.probes.chunk_by(|a, b| a.country == b.country) {
                let digests = &batch.digests[first..first + forms.len()];
                first += forms.len();
                let spec = forms[0].spec();
                match identifiers.iter_mut().find(|known| known.spec == spec) {
                    Some(known) => known.digests.extend(digests),
                    None => {
                        let digests_of = digests.iter().copied().collect();
                        identifiers.push(Identifier { spec, owner: digests[0], digests: digests_of });
                    }
                }
            }
            if identifiers.is_empty() {
                return Err(batch.refused.first().map_or(NO_KIND, |refused| refused.reason.text()));
            }
        }
        Ok(identifiers)
    }
}
