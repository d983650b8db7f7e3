//! What leaked together: people by the exact set of data classes that leaked with them.
//!
//! An address alone is a nuisance; an address, an identity number and a bank account of one person are a fraud. Totals by
//! class cannot tell the two apart, so every person counts once under the union of the data classes of its exposures.
//!
//! Heap: 4,096 sets at most, about 24 bytes each. People whose set is met only after that count as "other combinations": the
//! number is right, and what leaked with them stands in the lines of the results.

use crate::index::class::{ClassMask, DataClass};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// So many different sets are told apart. A breach has a handful, a thousand breaches that meet have some hundreds.
const SETS_MAX: usize = 4096;

/// The classes that hurt most, in this order: what opens accounts and cannot be changed comes first.
const HARM: [DataClass; 9] = [
    DataClass::GOVERNMENT_ISSUED_IDS,
    DataClass::SOCIAL_SECURITY_NUMBERS,
    DataClass::PASSPORT_NUMBERS,
    DataClass::DRIVERS_LICENSES,
    DataClass::CREDIT_CARDS,
    DataClass::BANK_ACCOUNT_NUMBERS,
    DataClass::PASSWORDS,
    DataClass::PERSONAL_HEALTH_DATA,
    DataClass::BIOMETRIC_DATA,
];

/// People by the set of data classes that leaked with them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Combinations {
    sets: BTreeMap<ClassMask, u64>,
    /// People whose set was met when there was no room for more sets.
    pub other: u64,
}

impl Combinations {
    /// Counts people with one set.
    pub(super) fn add(&mut self, classes: ClassMask, people: u64) {
        let set = classes.without(DataClass::SHARED_VALUE);
        let room = self.sets.len() < SETS_MAX;
        match self.sets.entry(set) {
            Entry::Occupied(mut known) => *known.get_mut() += people,
            Entry::Vacant(new) if room => {
                new.insert(people);
            }
            Entry::Vacant(_) => self.other += people,
        }
    }

    /// Adds the people of other rows.
    pub(super) fn join(&mut self, other: &Combinations) {
        other.sets.iter().for_each(|(set, people)| self.add(*set, *people));
        self.other += other.other;
    }

    /// The sets and their people, most people first.
    pub fn by_people(&self) -> Vec<(ClassMask, u64)> {
        let mut sets: Vec<(ClassMask, u64)> = self.sets.iter().map(|(set, people)| (*set, *people)).collect();
        sets.sort_by_key(|(set, people)| (Reverse(*people), Reverse(harm(*set))));
        sets
    }

    /// People with at least one class that hurts most; without those of other combinations.
    pub fn harmed(&self) -> u64 {
        self.sets.iter().filter(|(set, _)| harm(**set) > 0).map(|(_, people)| people).sum()
    }
}

/// How much a set hurts, the most harmful class first; sets without one have 0.
pub fn harm(set: ClassMask) -> u64 {
    HARM.iter().fold(0, |sum, class| sum << 1 | u64::from(set.contains(*class)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(classes: &[DataClass]) -> ClassMask {
        classes.iter().fold(ClassMask::NONE, |set, class| set.union(ClassMask::of(*class)))
    }

    #[test]
    fn people_count_once_under_their_set() {
        let (mail, both) =
            (set(&[DataClass::EMAIL_ADDRESSES]), set(&[DataClass::EMAIL_ADDRESSES, DataClass::PASSWORDS]));
        let mut all = Combinations::default();
        all.add(mail, 2);
        all.add(both, 1);
        let mut more = Combinations::default();
        more.add(both.union(ClassMask::of(DataClass::SHARED_VALUE)), 4);
        all.join(&more);
        assert_eq!(all.by_people(), [(both, 5), (mail, 2)], "the flag of a shared value is no class");
        assert_eq!(all.other, 0);
    }

    #[test]
    fn no_person_is_lost_where_there_are_too_many_sets() {
        let mut all = Combinations::default();
        for number in 0..SETS_MAX as u64 + 10 {
            all.add(ClassMask(number), 1);
        }
        all.add(ClassMask(3), 1);
        let mut twice = all.clone();
        twice.join(&all);
        assert_eq!((all.by_people().len(), all.other), (SETS_MAX, 10));
        assert_eq!(all.by_people()[0], (ClassMask(3), 2), "known sets go on counting");
        assert_eq!(
            twice.by_people().iter().map(|(_, people)| people).sum::<u64>() + twice.other,
            2 * (SETS_MAX as u64 + 11)
        );
    }

    #[test]
    fn what_cannot_be_changed_hurts_most() {
        let order = [
            set(&[DataClass::GOVERNMENT_ISSUED_IDS, DataClass::PASSWORDS]),
            set(&[DataClass::GOVERNMENT_ISSUED_IDS]),
            set(&[DataClass::PASSPORT_NUMBERS, DataClass::CREDIT_CARDS, DataClass::PASSWORDS]),
            set(&[DataClass::CREDIT_CARDS]),
            set(&[DataClass::BANK_ACCOUNT_NUMBERS, DataClass::PERSONAL_HEALTH_DATA]),
            set(&[DataClass::PASSWORDS, DataClass::NAMES]),
            set(&[DataClass::PERSONAL_HEALTH_DATA]),
            set(&[DataClass::NAMES, DataClass::EMAIL_ADDRESSES]),
        ];
        assert!(order.is_sorted_by(|one, next| harm(*one) > harm(*next)));
        assert_eq!(harm(order[7]), 0);
    }
}
