//! Rows become people.
//!
//! Without a column that says whom a row is about, one row is one person, and nothing is kept. With one, the rows of a
//! person may stand anywhere, so everybody is kept until the end of the list, in the order of their first rows. They are
//! known by the first 64 bits of a keyed digest of the cell; the cell itself is not kept. An empty cell is a person of its
//! own.
//!
//! # Memory
//!
//! A person takes 40 bytes, and 4 to 8 of a table of places that is at most three quarters full. Ten million people are
//! 400 MB and 67 MB. What an option adds: 4 bytes for a group or a domain, 8 bytes and the cell for a reference, and for
//! people who were found the cells that are handed on. Sets of breaches are kept once each. Beyond [`LEDGER_BYTES_MAX`]
//! the scan ends with an error: a list that is cut between people gives the same answers.
//!
//! Two of ten million people have equal digests with a probability of n^2 / 2^65 = 3e-6; they would be one person then.

use super::answer::Answers;
use super::groups::{DomainCounter, GroupCounter, split_cells};
use super::person::{Person, PersonFacts, Roles};
use super::scope::{Scope, Standing};
use super::{Error, Event};
use std::collections::HashMap;
use std::rc::Rc;

/// The most memory that people take.
pub const LEDGER_BYTES_MAX: usize = 1 << 30;

/// Gathers the people of a list.
pub(super) struct Ledger<'a> {
    roles: &'a Roles,
    groups: GroupCounter,
    domains: DomainCounter,
    people: Vec<Entry>,
    table: Table,
    sets: Sets,
    /// Beside each entry, if there are groups, domains, references or cells to hand on.
    group_of: Vec<u32>,
    domain_of: Vec<u32>,
    reference_of: Vec<usize>,
    carried_of: Vec<usize>,
    /// Cells behind their lengths.
    texts: Vec<u8>,
    bytes_max: usize,
}

/// A person, as small as possible: the facts with their breaches as the number of a set.
struct Entry {
    tag: u64,
    row: u64,
    set: u32,
    facts: Packed,
}

#[derive(Clone, Copy)]
struct Packed {
    classes: [u8; 8],
    found: super::person::KindSet,
    unanswered: super::person::KindSet,
    tier: Option<crate::plan::Tier>,
    flags: super::person::Flags,
}

impl Packed {
    fn of(facts: &PersonFacts) -> Packed {
        let PersonFacts { classes, found, unanswered, tier, flags, .. } = *facts;
        Packed { classes: classes.0.to_le_bytes(), found, unanswered, tier, flags }
    }

    fn facts(self, breaches: &[u32]) -> PersonFacts {
        let Packed { classes, found, unanswered, tier, flags } = self;
        let classes = crate::index::class::ClassMask(u64::from_le_bytes(classes));
        PersonFacts { classes, breaches: breaches.to_vec(), tier, found, unanswered, flags }
    }
}

const _: () = assert!(size_of::<Entry>() == 40);

/// No text.
const NOWHERE: usize = usize::MAX;

impl<'a> Ledger<'a> {
    pub(super) fn new(roles: &'a Roles) -> Ledger<'a> {
        Ledger {
            roles,
            groups: GroupCounter::default(),
            domains: DomainCounter::new(),
            people: Vec::new(),
            table: Table::default(),
            sets: Sets::default(),
            group_of: Vec::new(),
            domain_of: Vec::new(),
            reference_of: Vec::new(),
            carried_of: Vec::new(),
            texts: Vec::new(),
            bytes_max: LEDGER_BYTES_MAX,
        }
    }

    /// Takes the rows of a block. People who are one row are handed on at once.
    ///
    /// # Errors
    /// If there are too many groups or people, or `each` fails.
    pub(super) fn take<E: From<Error>>(
        &mut self,
        answers: &Answers,
        each: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for (record, facts) in (0..).zip(&answers.rows) {
            let standing = facts.standing();
            let row = answers.row(record);
            if self.roles.person.is_some() {
                self.gather(answers, record, facts)?;
                continue;
            }
            if !self.roles.groups.is_empty() {
                let group = self.group(answers, record)?;
                self.groups.add(group, standing);
            }
            if let Some(place) = self.roles.domain {
                let domain = self.domains.place(answers.kept.cell(record, place));
                self.domains.add(domain, standing);
            }
            each(Event::Person(&Person::of_row(self.roles, &answers.kept, record, row, facts)))?;
        }
        if self.bytes() > self.bytes_max {
            return Err(Error::TooManyPeople { people: self.people.len() as u64 }.into());
        }
        Ok(())
    }

    fn group(&mut self, answers: &Answers, record: u32) -> Result<u32, Error> {
        self.groups.place(self.roles.groups.iter().map(|place| answers.kept.cell(record, *place)))
    }

    fn bytes(&self) -> usize {
        let beside = (self.group_of.len() + self.domain_of.len()) * 4;
        let texts = (self.reference_of.len() + self.carried_of.len()) * 8 + self.texts.len();
        self.people.len() * size_of::<Entry>() + self.table.slots.len() * 4 + beside + texts + self.sets.bytes
    }

    /// Adds a row to its person.
    fn gather(&mut self, answers: &Answers, record: u32, facts: &PersonFacts) -> Result<(), Error> {
        let tag = answers.tags[record as usize];
        let place = match self.table.find(tag, &self.people) {
            Some(place) => {
                self.join(place, facts);
                place
            }
            None => self.begin(answers, record, tag, facts)?,
        };
        if let Some(column) = self.roles.domain
            && self.domain_of[place] == DomainCounter::NONE
        {
            self.domain_of[place] = self.domains.place(answers.kept.cell(record, column));
        }
        let is_found = facts.standing() == Standing::Exposed;
        if is_found && !self.roles.carried.is_empty() && self.carried_of[place] == NOWHERE {
            self.carried_of[place] = self.texts.len();
            for column in &self.roles.carried {
                push_text(&mut self.texts, answers.kept.cell(record, *column));
            }
        }
        Ok(())
    }

    fn begin(&mut self, answers: &Answers, record: u32, tag: u64, facts: &PersonFacts) -> Result<usize, Error> {
        let place = self.people.len();
        let set = self.sets.place(&facts.breaches);
        self.people.push(Entry { tag, row: answers.row(record), set, facts: Packed::of(facts) });
        if tag != 0 {
            self.table.insert(tag, place, &self.people);
        }
        if !self.roles.groups.is_empty() {
            let group = self.group(answers, record)?;
            self.group_of.push(group);
        }
        if self.roles.domain.is_some() {
            self.domain_of.push(DomainCounter::NONE);
        }
        if let Some(column) = self.roles.reference {
            self.reference_of.push(self.texts.len());
            push_text(&mut self.texts, answers.kept.cell(record, column));
        }
        if !self.roles.carried.is_empty() {
            self.carried_of.push(NOWHERE);
        }
        Ok(place)
    }

    fn join(&mut self, place: usize, facts: &PersonFacts) {
        let entry = &self.people[place];
        let mut joined = entry.facts.facts(self.sets.get(entry.set));
        joined.join(facts);
        let set = self.sets.place(&joined.breaches);
        let entry = &mut self.people[place];
        (entry.set, entry.facts) = (set, Packed::of(&joined));
    }

    /// Adds everybody to the totals, and hands on those who are not handed on yet.
    ///
    /// # Errors
    /// If `each` fails.
    pub(super) fn end<E>(
        mut self,
        scope: &mut Scope,
        each: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        scope.by_person = self.roles.person.is_some();
        for (place, entry) in self.people.iter().enumerate() {
            let facts = entry.facts.facts(self.sets.get(entry.set));
            scope.add_person(&facts);
            if let Some(group) = self.group_of.get(place) {
                self.groups.add(*group, facts.standing());
            }
            if let Some(domain) = self.domain_of.get(place) {
                self.domains.add(*domain, facts.standing());
            }
            let text = |at: Option<&usize>| at.filter(|at| **at != NOWHERE).map_or(&[][..], |at| &self.texts[*at..]);
            let reference = split_cells(text(self.reference_of.get(place))).next().unwrap_or_default();
            let carried = split_cells(text(self.carried_of.get(place))).take(self.roles.carried.len()).collect();
            each(Event::Person(&Person { row: entry.row, reference, facts: &facts, carried }))?;
        }
        scope.groups = self.groups.end();
        scope.domains = self.roles.domain.map(|_| self.domains.end());
        Ok(())
    }
}

fn push_text(texts: &mut Vec<u8>, cell: &[u8]) {
    texts.extend((cell.len() as u32).to_le_bytes());
    texts.extend(cell);
}

/// Finds people by their tags: places plus one in a table that is at most three quarters full.
#[derive(Default)]
struct Table {
    slots: Vec<u32>,
    used: usize,
}

impl Table {
    fn find(&self, tag: u64, people: &[Entry]) -> Option<usize> {
        if tag == 0 || self.slots.is_empty() {
            return None;
        }
        let mask = self.slots.len() - 1;
        let mut at = tag as usize & mask;
        while let Some(place) = self.slots[at].checked_sub(1) {
            if people[place as usize].tag == tag {
                return Some(place as usize);
            }
            at = (at + 1) & mask;
        }
        None
    }

    fn insert(&mut self, tag: u64, place: usize, people: &[Entry]) {
        if (self.used + 1) * 4 > self.slots.len() * 3 {
            self.slots = vec![0; (self.slots.len() * 2).max(1024)];
            let known = people[..place].iter().enumerate().filter(|(_, entry)| entry.tag != 0);
            known.for_each(|(place, entry)| self.put(entry.tag, place));
        }
        self.put(tag, place);
        self.used += 1;
    }

    fn put(&mut self, tag: u64, place: usize) {
        let mask = self.slots.len() - 1;
        let mut at = tag as usize & mask;
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = place as u32 + 1;
    }
}

/// Sets of breaches, each kept once.
#[derive(Default)]
struct Sets {
    sets: Vec<Rc<[u32]>>,
    places: HashMap<Rc<[u32]>, u32>,
    bytes: usize,
}

impl Sets {
    fn place(&mut self, set: &[u32]) -> u32 {
        /// Both places of the shared slice, its counters, and the room that a hash table leaves free.
        const OVERHEAD_BYTES: usize = 96;
        if let Some(place) = self.places.get(set) {
            return *place;
        }
        let (place, shared) = (self.sets.len() as u32, Rc::<[u32]>::from(set));
        self.bytes += set.len() * 4 + OVERHEAD_BYTES;
        self.sets.push(Rc::clone(&shared));
        self.places.insert(shared, place);
        place
    }

    fn get(&self, place: u32) -> &[u32] {
        &self.sets[place as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::class::ClassMask;

    fn facts(classes: u64, breaches: &[u32]) -> PersonFacts {
        PersonFacts { classes: ClassMask(classes), breaches: breaches.to_vec(), ..PersonFacts::default() }
    }

    fn block(first_row: u64, rows: Vec<(u64, PersonFacts)>) -> Answers {
        let (tags, rows): (Vec<u64>, Vec<PersonFacts>) = rows.into_iter().unzip();
        let mut answers = Answers::default();
        (answers.first_row, answers.records) = (first_row, rows.len() as u32);
        (answers.tags, answers.rows) = (tags, rows);
        answers
    }

    /// Many people in blocks, against a map.
    #[test]
    fn rows_of_a_person_are_joined_wherever_they_stand() {
        let roles = Roles { person: Some(0), ..Roles::default() };
        let mut ledger = Ledger::new(&roles);
        let mut want: HashMap<u64, PersonFacts> = HashMap::new();
        let mut no_event = |_: Event<'_>| Ok::<(), Error>(());
        for number in 0..40u64 {
            let rows: Vec<(u64, PersonFacts)> = (0..200u64)
                .map(|row| {
                    let tag = 1 + (number * 7919 + row * 104_729) % 3000;
                    (tag, facts(1 << (row % 50), &[(tag % 5) as u32 + (row % 2) as u32]))
                })
                .collect();
            for (tag, facts) in &rows {
                want.entry(*tag).or_default().join(facts);
            }
            ledger.take(&block(1 + number * 200, rows), &mut no_event).expect("few people");
        }
        assert!(ledger.people.len() > 1500, "{}", ledger.people.len());
        assert_eq!(ledger.people.len(), want.len());
        for entry in &ledger.people {
            assert_eq!(entry.facts.facts(ledger.sets.get(entry.set)), want[&entry.tag]);
        }
    }

    #[test]
    fn an_empty_cell_is_a_person_of_its_own_and_the_order_is_that_of_first_rows() {
        let roles = Roles { person: Some(0), ..Roles::default() };
        let mut ledger = Ledger::new(&roles);
        let rows = vec![(0, facts(1, &[0])), (9, facts(1, &[0])), (0, facts(1, &[0])), (9, facts(2, &[1]))];
        ledger.take(&block(1, rows), &mut |_| Ok::<(), Error>(())).expect("few people");
        let mut rows = Vec::new();
        let mut scope = Scope::new(2);
        let mut each = |event: Event<'_>| {
            if let Event::Person(person) = event {
                rows.push((person.row, person.facts.classes.0, person.facts.breaches.clone()));
            }
            Ok::<(), Error>(())
        };
        ledger.end(&mut scope, &mut each).expect("no error of ours");
        assert_eq!(rows, [(1, 1, vec![0]), (2, 3, vec![0, 1]), (3, 1, vec![0])]);
        assert_eq!((scope.pairs, scope.people_by_breach), (4, vec![3, 1]));
    }

    #[test]
    fn more_people_than_there_is_room_for_are_an_error() {
        let roles = Roles { person: Some(0), ..Roles::default() };
        let mut ledger = Ledger { bytes_max: 20_000, ..Ledger::new(&roles) };
        let mut take = |tags: std::ops::Range<u64>| {
            let rows = tags.map(|tag| (tag, PersonFacts::default())).collect();
            ledger.take(&block(1, rows), &mut |_| Ok::<(), Error>(()))
        };
        take(1..300).expect("room for 299 people");
        let refused = take(300..600);
        assert!(matches!(refused, Err(Error::TooManyPeople { people: 599 })), "{refused:?}");
    }
}
