//! People by the caller's own columns, and by the domain of their e-mail address.

use super::Error;
use super::scope::{People, Standing};
use crate::identifier::{Canonicalizer, Country, Kind, KindSpec};
use std::cmp::Reverse;
use std::collections::HashMap;

/// Groups of one list: columns with more different cells are no groups but names of people.
pub const GROUPS_MAX: usize = 10_000;
/// Bytes of all cells that groups are named by.
const GROUP_BYTES_MAX: usize = 16 << 20;
/// Domains that are counted each by itself; those that come after so many are counted together.
const DOMAINS_MAX: usize = 100_000;
/// A domain of fewer people is not named: it may be that of one family.
pub const DOMAIN_PEOPLE_MIN: u64 = 10;

/// People with the same cells in the columns to group by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The cells, in the order of the columns.
    pub values: Vec<String>,
    /// The people.
    pub people: People,
}

/// People by registrable domain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Domains {
    /// Domains of at least [`DOMAIN_PEOPLE_MIN`] people, most exposed first.
    pub named: Vec<(String, People)>,
    /// How many other domains there are; none if there are more than could be counted.
    pub others: Option<u64>,
    /// The people of those.
    pub people_of_others: People,
    /// People without a domain.
    pub without: People,
}

/// Counts groups while a list is read.
#[derive(Default)]
pub(super) struct GroupCounter {
    places: HashMap<Vec<u8>, u32>,
    people: Vec<People>,
    name: Vec<u8>,
    bytes: usize,
}

impl GroupCounter {
    /// The number of the group with these cells.
    ///
    /// # Errors
    /// [`Error::TooManyGroups`].
    pub(super) fn place<'a>(&mut self, cells: impl Iterator<Item = &'a [u8]>) -> Result<u32, Error> {
        self.name.clear();
        for cell in cells.map(<[u8]>::trim_ascii) {
            self.name.extend((cell.len() as u32).to_le_bytes());
            self.name.extend(cell);
        }
        if let Some(place) = self.places.get(&self.name) {
            return Ok(*place);
        }
        self.bytes += self.name.len();
        if self.people.len() >= GROUPS_MAX || self.bytes > GROUP_BYTES_MAX {
            return Err(Error::TooManyGroups);
        }
        let place = self.people.len() as u32;
        self.places.insert(self.name.clone(), place);
        self.people.push(People::default());
        Ok(place)
    }

    pub(super) fn add(&mut self, place: u32, standing: Standing) {
        self.people[place as usize].add(standing);
    }

    pub(super) fn end(self) -> Vec<Group> {
        let values = |name: &[u8]| split_cells(name).map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
        let group =
            |(name, place): (&Vec<u8>, &u32)| Group { values: values(name), people: self.people[*place as usize] };
        let mut groups: Vec<Group> = self.places.iter().map(group).collect();
        groups.sort_by(|a, b| (Reverse(a.people.exposed), &a.values).cmp(&(Reverse(b.people.exposed), &b.values)));
        groups
    }
}

/// The cells of a text in which every cell stands behind its length.
pub(super) fn split_cells(mut bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let (cell, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        bytes = rest;
        Some(cell)
    })
}

/// Counts domains while a list is read.
pub(super) struct DomainCounter {
    places: HashMap<Box<[u8]>, u32>,
    people: Vec<People>,
    without: People,
    beyond: Option<People>,
    canonicalizer: Canonicalizer,
}

impl DomainCounter {
    /// The place of an address without a domain.
    pub(super) const NONE: u32 = u32::MAX;
    /// The place of all domains beyond those that are counted.
    const BEYOND: u32 = u32::MAX - 1;

    pub(super) fn new() -> DomainCounter {
        DomainCounter {
            places: HashMap::new(),
            people: Vec::new(),
            without: People::default(),
            beyond: None,
            canonicalizer: Canonicalizer::new(),
        }
    }

    /// The number of the domain of an address.
    pub(super) fn place(&mut self, address: &[u8]) -> u32 {
        let spec = KindSpec::new(Kind::EmailDomain);
        let Ok(domain) = self.canonicalizer.canonicalize(spec, Country::NONE, address) else {
            return DomainCounter::NONE;
        };
        if let Some(place) = self.places.get(domain.exact) {
            return *place;
        }
        if self.people.len() >= DOMAINS_MAX {
            return DomainCounter::BEYOND;
        }
        let place = self.people.len() as u32;
        self.places.insert(domain.exact.into(), place);
        self.people.push(People::default());
        place
    }

    pub(super) fn add(&mut self, place: u32, standing: Standing) {
        match place {
            DomainCounter::NONE => self.without.add(standing),
            DomainCounter::BEYOND => self.beyond.get_or_insert_default().add(standing),
            place => self.people[place as usize].add(standing),
        }
    }

    pub(super) fn end(self) -> Domains {
        let mut domains = Domains { without: self.without, others: Some(0), ..Domains::default() };
        for (domain, place) in &self.places {
            let people = self.people[*place as usize];
            if people.all() >= DOMAIN_PEOPLE_MIN {
                domains.named.push((String::from_utf8_lossy(domain).into_owned(), people));
            } else {
                domains.people_of_others.join(&people);
                domains.others = domains.others.map(|others| others + 1);
            }
        }
        if let Some(beyond) = self.beyond {
            domains.people_of_others.join(&beyond);
            domains.others = None;
        }
        domains.named.sort_by(|a, b| (Reverse(a.1.exposed), &a.0).cmp(&(Reverse(b.1.exposed), &b.0)));
        domains
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_join_to_the_same_text_are_different_groups() {
        let mut groups = GroupCounter::default();
        let mut add = |cells: [&str; 2], standing| {
            let place = groups.place(cells.iter().map(|cell| cell.as_bytes())).expect("few groups");
            groups.add(place, standing);
        };
        add(["a", "bc"], Standing::Unknown);
        add(["ab", "c"], Standing::Exposed);
        add([" ab", "c "], Standing::NotFound);
        let people = |exposed, not_found, unknown| People { exposed, not_found, unknown, not_found_in_part: 0 };
        let group = |values: [&str; 2], people| Group { values: values.map(String::from).to_vec(), people };
        assert_eq!(groups.end(), [group(["ab", "c"], people(1, 1, 0)), group(["a", "bc"], people(0, 0, 1))]);
    }

    #[test]
    fn too_many_groups_are_an_error() {
        let mut groups = GroupCounter::default();
        for n in 0..GROUPS_MAX {
            groups.place([n.to_string().as_bytes()].into_iter()).expect("room for a group");
        }
        groups.place([&b"17"[..]].into_iter()).expect("a group that is known");
        let refused = groups.place([&b"one more"[..]].into_iter());
        assert!(matches!(refused, Err(Error::TooManyGroups)), "{refused:?}");
    }

    #[test]
    fn only_domains_of_ten_people_are_named() {
        let mut domains = DomainCounter::new();
        let mut add = |address: &str, people: u64| {
            let place = domains.place(address.as_bytes());
            (0..people).for_each(|_| domains.add(place, Standing::Exposed));
        };
        add("anna@mail.corp.example", 9);
        add("Carl@CORP.example", 1);
        add("dora@family.example", 9);
        add("none", 2);
        let domains = domains.end();
        assert_eq!(
            domains.named.iter().map(|(name, people)| (name.as_str(), people.exposed)).collect::<Vec<_>>(),
            [("corp.example", 10)]
        );
        assert_eq!((domains.others, domains.people_of_others.exposed, domains.without.exposed), (Some(1), 9, 2));
    }
}
