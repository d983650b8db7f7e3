//! People by the caller's own columns, and by the registrable domain of their e-mail address.
//!
//! Heap: at most 10,000 groups, each the text of its cells and 32 bytes of numbers; more are an error, because they are no
//! groups. Domains come by themselves, so too many of them are none: the first 100,000 are told apart, about 10 MB, and
//! the rest is counted together, as are at the end the domains of fewer than ten people, which would name some of them.

use super::error::Error;
use super::outcome::{Outcome, People};
use crate::identifier::{Canonicalizer, Country, Kind, KindSpec};
use crate::plan::{Cells, Kept};
use std::cmp::Reverse;
use std::collections::HashMap;

/// More groups than this say that the column is not one of groups.
pub const GROUPS_MAX: usize = 10_000;
/// So many domains are told apart.
const DOMAINS_MAX: usize = 100_000;
/// Domains of fewer people are counted together.
pub const DOMAIN_PEOPLE_MIN: u64 = 10;
/// The place of rows without a domain, and of those whose domain came too late.
const NO_DOMAIN: u32 = 0;
const LATE_DOMAIN: u32 = 1;

/// Where a row counts: its group, and its domain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Places {
    group: u32,
    domain: u32,
}

/// People by group and by domain.
pub struct Groups {
    kept: Kept,
    groups: Counted,
    domains: Counted,
    canonicalizer: Canonicalizer,
    key: Vec<u8>,
}

/// People by a text.
#[derive(Default)]
struct Counted {
    places: HashMap<Vec<u8>, u32>,
    people: Vec<People>,
}

impl Counted {
    /// The place of a text; none if it is new and there is no room.
    fn place(&mut self, text: &[u8], room: usize) -> Option<u32> {
        if let Some(place) = self.places.get(text) {
            return Some(*place);
        }
        if self.places.len() >= room {
            return None;
        }
        self.people.push(People::default());
        let place = (self.people.len() - 1) as u32;
        self.places.insert(text.to_vec(), place);
        Some(place)
    }
}

/// People by registrable domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains {
    /// Those of many people, most people first.
    pub named: Vec<(String, People)>,
    /// People of all others.
    pub others: People,
    /// People without an address.
    pub none: People,
}

impl Groups {
    pub(super) fn new(kept: &Kept) -> Groups {
        let domains = Counted { people: vec![People::default(); 2], ..Counted::default() };
        let canonicalizer = Canonicalizer::without_folds();
        Groups { kept: kept.clone(), groups: Counted::default(), domains, canonicalizer, key: Vec::new() }
    }

    /// Where a row counts.
    ///
    /// # Errors
    /// [`Error::TooManyGroups`].
    pub(super) fn places(&mut self, cells: &Cells, record: u32) -> Result<Places, Error> {
        self.key.clear();
        for place in &self.kept.groups {
            let cell = cells.cell(record, *place).trim_ascii();
            // The length in front: no two combinations of cells are one text.
            self.key.extend_from_slice(&(cell.len() as u32).to_le_bytes());
            self.key.extend_from_slice(cell);
        }
        let group = self.groups.place(&self.key, GROUPS_MAX).ok_or(Error::TooManyGroups)?;
        Ok(Places { group, domain: self.domain(cells, record) })
    }

    /// Takes the domain of a further row of somebody whose rows had no address so far.
    pub(super) fn complete(&mut self, places: &mut Places, cells: &Cells, record: u32) {
        if places.domain == NO_DOMAIN {
            places.domain = self.domain(cells, record);
        }
    }

    /// The place of the domain of a row.
    fn domain(&mut self, cells: &Cells, record: u32) -> u32 {
        let Some(email) = self.kept.email else { return NO_DOMAIN };
        let spec = KindSpec::new(Kind::EmailDomain);
        match self.canonicalizer.canonicalize(spec, Country::NONE, cells.cell(record, email)) {
            Ok(domain) => self.domains.place(domain.exact, DOMAINS_MAX).unwrap_or(LATE_DOMAIN),
            Err(_) => NO_DOMAIN,
        }
    }

    /// Counts a person.
    pub(super) fn count(&mut self, places: Places, outcome: Outcome) {
        self.groups.people[places.group as usize].count(outcome);
        self.domains.people[places.domain as usize].count(outcome);
    }

    /// The cells of every group and its people, most exposed people first.
    pub fn by_cells(&self) -> Vec<(Vec<String>, People)> {
        let mut groups: Vec<(Vec<String>, People)> = self
            .groups
            .places
            .iter()
            .map(|(key, place)| (cells_of(key), self.groups.people[*place as usize]))
            .collect();
        groups.sort_by(|(one, a), (other, b)| {
            let order = |people: &People| (Reverse(people.exposed), Reverse(people.total()));
            order(a).cmp(&order(b)).then_with(|| one.cmp(other))
        });
        groups
    }

    /// People by domain; none if the list has no column of addresses.
    pub fn by_domain(&self) -> Option<Domains> {
        self.kept.email?;
        let people = |place: u32| self.domains.people[place as usize];
        let mut domains = Domains { none: people(NO_DOMAIN), others: people(LATE_DOMAIN), ..Domains::default() };
        for (name, place) in &self.domains.places {
            let people = people(*place);
            if people.total() >= DOMAIN_PEOPLE_MIN {
                domains.named.push((String::from_utf8_lossy(name).into_owned(), people));
            } else {
                domains.others.join(&people);
            }
        }
        domains.named.sort_by(|(one, a), (other, b)| b.total().cmp(&a.total()).then_with(|| one.cmp(other)));
        Some(domains)
    }
}

/// The cells of a key.
fn cells_of(mut key: &[u8]) -> Vec<String> {
    let mut cells = Vec::new();
    while let Some((length, rest)) = key.split_first_chunk::<4>() {
        let (cell, rest) = rest.split_at((u32::from_le_bytes(*length) as usize).min(rest.len()));
        cells.push(String::from_utf8_lossy(cell).into_owned());
        key = rest;
    }
    cells
}
