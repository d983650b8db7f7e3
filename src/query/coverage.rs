//! What an index can speak about: the condition of every "not found".

use super::Error;
use crate::digest::{Key, Variant};
use crate::identifier::{Country, Kind, KindSpec, supports};
use crate::index::{CoverageKey, Index};
use crate::plan::{coverage_key, nearest};
use std::collections::BTreeMap;

/// Why the index cannot speak about a namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// No breach holds the kind.
    NotHeld,
    /// The kind is held, but under another scope.
    OtherScope,
    /// The kind is held, but under another version of its rule.
    OtherRule,
    /// No whole segment holds the kind; what the damaged ones hold is unknown.
    DamagedSegment,
}

impl Gap {
    /// The reason in results.
    pub fn name(self) -> &'static str {
        match self {
            Gap::NotHeld => "not_held",
            Gap::OtherScope => "other_scope",
            Gap::OtherRule => "other_rule",
            Gap::DamagedSegment => "damaged_segment",
        }
    }
}

/// For every namespace that a list can ask about, the breaches that cover it, or why none does.
#[derive(Clone, Debug)]
pub struct Covered {
    namespaces: BTreeMap<KindSpec, Result<Vec<usize>, Gap>>,
    /// The breaches that may answer, by place in the catalogue.
    asked: Vec<bool>,
}

impl Covered {
    /// Looks up every kind under one scope, in the named breaches only if any are named.
    ///
    /// # Errors
    /// [`Error::NoSuchBreach`].
    pub fn new(index: &Index, key: &Key, scope: &[u8], only: &[String]) -> Result<Covered, Error> {
        let mut asked = vec![only.is_empty(); index.breaches().len()];
        for name in only {
            let place = index.breaches().iter().position(|breach| breach.name == *name);
            let place = place.ok_or_else(|| Error::NoSuchBreach {
                name: name.clone(),
                suggestion: nearest(name, index.breaches().iter().map(|breach| breach.name.as_str())),
            })?;
            asked[place] = true;
        }
        let countries = [Country::NONE, Country::CN];
        let specs = Kind::ALL.into_iter().flat_map(|kind| countries.map(|country| KindSpec { kind, country }));
        let specs = specs.filter(|spec| spec.kind.has_country() != spec.country.is_none() && supports(*spec));
        let namespaces =
            specs.map(|spec| (spec, lookup(index, &coverage_key(spec, Variant::Exact, scope, key), &asked))).collect();
        Ok(Covered { namespaces, asked })
    }

    /// The breaches that cover a namespace, or why none does.
    pub fn of(&self, spec: KindSpec) -> Result<&[usize], Gap> {
        match self.namespaces.get(&spec) {
            Some(Ok(breaches)) => Ok(breaches),
            Some(Err(gap)) => Err(*gap),
            None => Err(Gap::NotHeld),
        }
    }

    /// As [`Covered::of`]; a kind without its country is covered if any of its countries is.
    pub fn of_any_country(&self, spec: KindSpec) -> Result<Vec<usize>, Gap> {
        let same =
            |known: &&KindSpec| known.kind == spec.kind && (spec.country.is_none() || known.country == spec.country);
        let mut breaches: Vec<usize> = Vec::new();
        let mut gap = Gap::NotHeld;
        for known in self.namespaces.keys().filter(same) {
            match self.of(*known) {
                Ok(covering) => breaches.extend(covering),
                Err(found) => gap = gap.max(found),
            }
        }
        breaches.sort_unstable();
        breaches.dedup();
        if breaches.is_empty() { Err(gap) } else { Ok(breaches) }
    }

    /// Whether a breach may answer.
    pub fn asks(&self, breach: usize) -> bool {
        self.asked[breach]
    }
}

fn lookup(index: &Index, key: &CoverageKey, asked: &[bool]) -> Result<Vec<usize>, Gap> {
    let covering: Vec<usize> = index.covering(key).into_iter().filter(|breach| asked[*breach]).collect();
    if !covering.is_empty() {
        return Ok(covering);
    }
    let held = |same: &dyn Fn(&CoverageKey) -> bool| {
        index.coverage().any(|(breach, found, accepted)| asked[breach] && accepted > 0 && same(&found))
    };
    let same_kind =
        |found: &CoverageKey| (found.kind, found.variant, found.country) == (key.kind, key.variant, key.country);
    if held(&|found| same_kind(found) && found.rule == key.rule) {
        Err(Gap::OtherScope)
    } else if held(&same_kind) {
        Err(Gap::OtherRule)
    } else if !index.damaged().is_empty() {
        Err(Gap::DamagedSegment)
    } else {
        Err(Gap::NotHeld)
    }
}
