//! What became of every person of a list, whose rows may stand anywhere.
//!
//! Without a column of persons every row is one, and goes out as it comes: nothing is kept. With one, persons are told apart
//! by a keyed digest of 16 bytes of their cell (two of 10^8 persons fall together with probability 1.5 x 10^-23), and kept
//! until the list ends. An empty cell says nothing, so its row is a person of its own.
//!
//! # Memory
//!
//! A person takes 56 bytes, and its entry in the table 21 bytes at a load of 7/16 to 7/8: 80 to 104 bytes. While the table
//! or the list grows, the old one is there too: at most 220 bytes. So a million persons take 0.1 to 0.2 GB, ten million 1
//! to 2.2 GB. The texts come on top: the reference of every person, and the cells for a notification. A letter needs an address,
//! which may stand in any row of its person: so of a list with addresses the first row that has one is kept of everybody, and
//! of other lists the first exposed row of those that are exposed.

use super::answer::Answers;
use super::combinations::Combinations;
use super::error::Error;
use super::groups::{Groups, Places};
use super::outcome::{Outcome, People};
use super::scope::Scope;
use crate::digest::{HmacState, Key};
use crate::identifier::presence;
use crate::index::class::ClassMask;
use crate::plan::{Kept, Tier};
use std::collections::HashMap;
use std::num::NonZeroU64;
use zeroize::Zeroize;

/// What became of one person: what its exposures that count have in common.
#[derive(Default)]
pub struct Person<'a> {
    /// The number of its first row.
    pub row: u64,
    /// The reference of that row.
    pub reference: &'a [u8],
    /// Whether it is exposed.
    pub outcome: Outcome,
    /// The strongest tier, if it is.
    pub tier: Option<Tier>,
    /// The places of the breaches, ascending.
    pub breaches: &'a [usize],
    /// What leaked with it.
    pub classes: ClassMask,
    /// If it is exposed, the cells for a notification: of the first row that has an address, or of the first that is exposed.
    pub cells: Vec<&'a [u8]>,
    /// If it is exposed, the identifiers to be shown, of the first row that is.
    pub values: Vec<&'a [u8]>,
}

/// Everybody of a list.
pub struct Persons<'a> {
    state: HmacState,
    kept: &'a Kept,
    counted: Tier,
    groups: Option<Groups>,
    table: HashMap<[u8; 16], u32>,
    list: Vec<Entry>,
    sets: Sets,
    /// Texts, each behind its length.
    texts: Vec<u8>,
}

/// A person whose rows may not be over.
struct Entry {
    row: u64,
    classes: ClassMask,
    reference: u64,
    /// The cells for a notification, and whether an address is among them.
    cells: Option<NonZeroU64>,
    /// The identifiers to be shown.
    values: Option<NonZeroU64>,
    breaches: u32,
    places: Places,
    outcome: Outcome,
    tier: Option<Tier>,
}

/// Sets of breaches, each once: persons have few different ones.
#[derive(Default)]
struct Sets {
    places: HashMap<Vec<usize>, u32>,
    sets: Vec<Vec<usize>>,
}

impl Sets {
    fn place(&mut self, set: &[usize]) -> u32 {
        if let Some(place) = self.places.get(set) {
            return *place;
        }
        let place = self.sets.len() as u32;
        self.sets.push(set.to_vec());
        self.places.insert(set.to_vec(), place);
        place
    }

    fn join(&mut self, place: u32, more: &[usize]) -> u32 {
        let known = &self.sets[place as usize];
        if more.iter().all(|breach| known.binary_search(breach).is_ok()) {
            return place;
        }
        let mut both = [known, more].concat();
        both.sort_unstable();
        both.dedup();
        self.place(&both)
    }
}

/// What one row says about its person.
struct Row {
    number: u64,
    outcome: Outcome,
    tier: Option<Tier>,
    breaches: Vec<usize>,
    classes: ClassMask,
}

impl<'a> Persons<'a> {
    /// Nobody yet.
    pub fn new(key: &Key, kept: &'a Kept, counted: Tier) -> Persons<'a> {
        let groups = (!kept.groups.is_empty()).then(|| Groups::new(kept));
        let (table, list, sets) = (HashMap::new(), Vec::new(), Sets::default());
        // The first byte is nobody's, so that no text begins at 0.
        Persons { state: key.passing(), kept, counted, groups, table, list, sets, texts: vec![0] }
    }

    /// Takes the rows of a block, in the order of the list; `each` gets everybody who is complete.
    ///
    /// # Errors
    /// If there are too many groups, or `each` fails.
    pub fn take<E: From<Error>>(
        &mut self,
        answers: &Answers,
        mut each: impl FnMut(&Person<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut exposures = answers.exposures.as_slice();
        for (record, outcome) in (0u32..).zip(answers.outcomes.iter().copied()) {
            let mine = exposures.iter().take_while(|exposure| exposure.record == record).count();
            let (mine, rest) = exposures.split_at(mine);
            exposures = rest;
            let counted = || mine.iter().filter(|exposure| exposure.is_of_person(self.counted));
            let mut breaches: Vec<usize> = counted().map(|exposure| exposure.breach).collect();
            breaches.sort_unstable();
            breaches.dedup();
            let row = Row {
                number: answers.row(record),
                outcome,
                tier: counted().map(|exposure| exposure.tier).min(),
                breaches,
                classes: counted().fold(ClassMask::NONE, |classes, exposure| classes.union(exposure.classes)),
            };
            match self.kept.person {
                Some(place) => self.keep(row, answers, record, place)?,
                None => {
                    let person = self.of_row(&row, answers, record);
                    if let Some(groups) = &mut self.groups {
                        let places = groups.places(&answers.cells, record)?;
                        groups.count(places, outcome);
                    }
                    each(&person)?;
                }
            }
        }
        Ok(())
    }

    /// A person of one row.
    fn of_row<'r>(&self, row: &'r Row, answers: &'r Answers, record: u32) -> Person<'r> {
        let cell = |place: usize| answers.cells.cell(record, place);
        let (notify, values) = match row.outcome.exposed {
            true => (self.kept.notify.as_slice(), self.kept.values.as_slice()),
            false => (&[][..], &[][..]),
        };
        Person {
            row: row.number,
            reference: self.kept.reference.map(cell).unwrap_or_default(),
            outcome: row.outcome,
            tier: row.tier,
            breaches: &row.breaches,
            classes: row.classes,
            cells: notify.iter().map(|place| cell(*place)).collect(),
            values: values.iter().map(|place| cell(*place)).collect(),
        }
    }

    /// Adds a row to its person.
    fn keep(&mut self, row: Row, answers: &Answers, record: u32, place: usize) -> Result<(), Error> {
        let cell = answers.cells.cell(record, place).trim_ascii();
        let new = self.list.len() as u32;
        let at = match cell {
            [] => new,
            cell => {
                let mac = self.state.mac(cell);
                *self.table.entry(std::array::from_fn(|i| mac[i])).or_insert(new)
            }
        };
        let known = self.list.get(at as usize).map(|known| (known.cells, known.values)).unwrap_or_default();
        let cells = self.cells_of(&row, answers, record, known.0);
        let values = match known.1 {
            None if row.outcome.exposed => {
                let kept = self.kept;
                self.texts_of(answers, record, &kept.values)
            }
            known => known,
        };
        if let Some(known) = self.list.get_mut(at as usize) {
            known.breaches = self.sets.join(known.breaches, &row.breaches);
            known.classes = known.classes.union(row.classes);
            known.outcome = known.outcome.join(row.outcome);
            known.tier = known.tier.into_iter().chain(row.tier).min();
            (known.cells, known.values) = (cells, values);
            if let Some(groups) = &mut self.groups {
                groups.complete(&mut known.places, &answers.cells, record);
            }
            return Ok(());
        }
        let reference = self.kept.reference.map(|place| answers.cells.cell(record, place));
        let reference = push_texts(&mut self.texts, reference.into_iter());
        let places = match &mut self.groups {
            Some(groups) => groups.places(&answers.cells, record)?,
            None => Places::default(),
        };
        let breaches = self.sets.place(&row.breaches);
        let Row { number, outcome, tier, classes, .. } = row;
        self.list.push(Entry { row: number, classes, reference, cells, values, breaches, places, outcome, tier });
        Ok(())
    }

    /// The cells for a notification of a person that gets one more row: those of the first row that has an address, whether it is
    /// exposed or not; where none has, of the first that is exposed.
    fn cells_of(&mut self, row: &Row, answers: &Answers, record: u32, known: Option<NonZeroU64>) -> Option<NonZeroU64> {
        let address = self.kept.email.filter(|place| self.kept.notify.contains(place));
        let has_address = address.is_some_and(|place| is_address(answers.cells.cell(record, place)));
        match known {
            Some(known) if known.get() & WITH_ADDRESS != 0 || !has_address => Some(known),
            None if !has_address && !row.outcome.exposed => None,
            _ => {
                let flag = if has_address { WITH_ADDRESS } else { 0 };
                let kept = self.kept;
                let at = self.texts_of(answers, record, &kept.notify)?;
                Some(at | flag)
            }
        }
    }

    /// Keeps cells of a row, if any are wanted.
    fn texts_of(&mut self, answers: &Answers, record: u32, places: &[usize]) -> Option<NonZeroU64> {
        let texts = places.iter().map(|place| answers.cells.cell(record, *place));
        if places.is_empty() { None } else { NonZeroU64::new(push_texts(&mut self.texts, texts)) }
    }

    /// Ends the list: `each` gets everybody who is complete only now, and the totals become those of persons. Output: the
    /// groups, if any are asked for; a person counts in the group of its first row, and at the domain of its first address.
    ///
    /// # Errors
    /// If `each` fails.
    pub fn finish<E>(
        mut self,
        scope: &mut Scope,
        mut each: impl FnMut(&Person<'_>) -> Result<(), E>,
    ) -> Result<Option<Groups>, E> {
        if self.kept.person.is_none() {
            return Ok(self.groups.take());
        }
        scope.people = People::default();
        scope.combinations = Combinations::default();
        scope.pairs = 0;
        scope.people_in_doubt = 0;
        scope.people_by_breach.fill(0);
        scope.people_by_class.fill(0);
        for entry in &self.list {
            let breaches = self.sets.sets[entry.breaches as usize].as_slice();
            scope.people.count(entry.outcome);
            scope.pairs += breaches.len() as u64;
            scope.people_in_doubt += u64::from(scope.is_in_doubt(breaches));
            breaches.iter().for_each(|breach| scope.people_by_breach[*breach] += 1);
            entry.classes.classes().for_each(|class| scope.people_by_class[usize::from(class.bit())] += 1);
            if !breaches.is_empty() {
                scope.combinations.add(entry.classes, 1);
            }
            if let Some(groups) = &mut self.groups {
                groups.count(entry.places, entry.outcome);
            }
            let read = |at: Option<NonZeroU64>, places: &[usize]| {
                let at = at.filter(|_| entry.outcome.exposed).map(|at| at.get() & !WITH_ADDRESS);
                at.map(|at| read_texts(&self.texts, at, places.len())).unwrap_or_default()
            };
            let (cells, values) = (read(entry.cells, &self.kept.notify), read(entry.values, &self.kept.values));
            each(&Person {
                row: entry.row,
                reference: read_texts(&self.texts, entry.reference, self.kept.reference.iter().len())
                    .pop()
                    .unwrap_or_default(),
                outcome: entry.outcome,
                tier: entry.tier,
                breaches,
                classes: entry.classes,
                cells,
                values,
            })?;
        }
        Ok(self.groups.take())
    }
}

/// Texts of the list go with their owner.
impl Drop for Persons<'_> {
    fn drop(&mut self) {
        self.texts.zeroize();
    }
}

/// Of the place of cells for a notification: an address is among them. No text begins there.
const WITH_ADDRESS: u64 = 1 << 63;

/// Whether a cell holds an address, as far as a letter needs to know.
fn is_address(cell: &[u8]) -> bool {
    presence(cell).is_ok() && cell.contains(&b'@')
}

/// Appends texts, each behind its length. Output: where the first begins.
fn push_texts<'t>(texts: &mut Vec<u8>, more: impl Iterator<Item = &'t [u8]>) -> u64 {
    let at = texts.len() as u64;
    for text in more {
        texts.extend_from_slice(&(text.len() as u32).to_le_bytes());
        texts.extend_from_slice(text);
    }
    at
}

fn read_texts(texts: &[u8], at: u64, count: usize) -> Vec<&[u8]> {
    let mut rest = texts.get(at as usize..).unwrap_or_default();
    let next = |_| {
        let (length, behind) = rest.split_first_chunk::<4>()?;
        let (text, behind) = behind.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        rest = behind;
        Some(text)
    };
    (0..count).map_while(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were() {
        let mut texts = vec![0];
        let first = push_texts(&mut texts, [&b"a"[..], b"", b"bc"].into_iter());
        let second = push_texts(&mut texts, [&b"d"[..]].into_iter());
        assert_eq!(read_texts(&texts, first, 3), [&b"a"[..], b"", b"bc"]);
        assert_eq!(read_texts(&texts, second, 1), [b"d"]);
        assert!(read_texts(&texts, second, 0).is_empty());
    }

    #[test]
    fn a_person_takes_what_the_module_says() {
        assert_eq!(size_of::<Entry>(), 56);
    }

    #[test]
    fn sets_of_breaches_are_joined() {
        let mut sets = Sets::default();
        let (none, one) = (sets.place(&[]), sets.place(&[1]));
        assert_eq!(sets.join(none, &[1]), one);
        assert_eq!(sets.join(one, &[]), one);
        let both = sets.join(one, &[0]);
        assert_eq!((sets.join(both, &[0, 1]), sets.sets[both as usize].as_slice()), (both, &[0, 1][..]));
    }
}
