//! Which data classes leaked together with the records of one person.
//!
//! An identity number alone is a nuisance; with the telephone number and the address of the same person it is what a
//! fraudster needs. So people are counted by the exact set of their classes, and by what such a set can be used for.
//!
//! Memory: 16 bytes and the node of a tree for each distinct set. A dump has a few dozen of them; of a hostile one at most
//! [`SETS_MAX`] are kept, and people with further sets are counted together. The counts by use hold for all of them.

use crate::index::class::{ClassMask, DataClass};
use std::collections::BTreeMap;

/// Distinct sets that are counted each by itself.
pub const SETS_MAX: usize = 10_000;

/// People by the exact set of data classes that leaked with their records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Combinations {
    sets: BTreeMap<ClassMask, u64>,
    beyond: u64,
    harms_beyond: [u64; HARMS.len()],
}

/// Classes that together do more harm than each of them.
#[derive(Debug)]
pub struct Harm {
    /// What leaked, in words.
    pub what: &'static str,
    /// What it can be used for.
    pub use_of_it: &'static str,
    /// One class of each of these sets has leaked.
    all_of: &'static [ClassMask],
}

const IDENTITY_NUMBERS: ClassMask = ClassMask::of(DataClass::GOVERNMENT_ISSUED_IDS)
    .union(ClassMask::of(DataClass::PASSPORT_NUMBERS))
    .union(ClassMask::of(DataClass::SOCIAL_SECURITY_NUMBERS))
    .union(ClassMask::of(DataClass::DRIVERS_LICENSES));
const PAYMENT: ClassMask = ClassMask::of(DataClass::CREDIT_CARDS).union(ClassMask::of(DataClass::BANK_ACCOUNT_NUMBERS));
const SPECIAL: ClassMask = ClassMask::of(DataClass::PERSONAL_HEALTH_DATA)
    .union(ClassMask::of(DataClass::ETHNICITIES))
    .union(ClassMask::of(DataClass::RELIGIONS))
    .union(ClassMask::of(DataClass::BIOMETRIC_DATA));
const LOGINS: ClassMask = ClassMask::of(DataClass::EMAIL_ADDRESSES).union(ClassMask::of(DataClass::USERNAMES));
const NAMES: ClassMask = ClassMask::of(DataClass::NAMES);
const PHONES: ClassMask = ClassMask::of(DataClass::PHONE_NUMBERS);
const ADDRESSES: ClassMask = ClassMask::of(DataClass::PHYSICAL_ADDRESSES);

/// The uses, worst first. A judgement, not a standard; special categories are those of GDPR article 9 that have a class.
pub const HARMS: [Harm; 8] = [
    Harm {
        what: "identity number, phone and address",
        use_of_it: "to pose as the person, call them and visit them",
        all_of: &[IDENTITY_NUMBERS, PHONES, ADDRESSES],
    },
    Harm {
        what: "identity number and name",
        use_of_it: "contracts in the person's name",
        all_of: &[IDENTITY_NUMBERS, NAMES],
    },
    Harm {
        what: "card or bank account, and name",
        use_of_it: "payments in the person's name",
        all_of: &[PAYMENT, NAMES],
    },
    Harm {
        what: "password with e-mail address or user name",
        use_of_it: "to take over accounts",
        all_of: &[ClassMask::of(DataClass::PASSWORDS), LOGINS],
    },
    Harm {
        what: "health, ethnicity, religion or biometric data",
        use_of_it: "extortion and discrimination",
        all_of: &[SPECIAL],
    },
    Harm {
        what: "name, phone and address",
        use_of_it: "fraud on the telephone and at the door",
        all_of: &[NAMES, PHONES, ADDRESSES],
    },
    Harm { what: "name and phone", use_of_it: "fraud on the telephone", all_of: &[NAMES, PHONES] },
    Harm {
        what: "name and e-mail address",
        use_of_it: "forged messages with the right name",
        all_of: &[NAMES, ClassMask::of(DataClass::EMAIL_ADDRESSES)],
    },
];

impl Harm {
    /// Whether a set of classes is enough for it.
    pub fn is_in(&self, classes: ClassMask) -> bool {
        self.all_of.iter().all(|any| any.0 & classes.0 != 0)
    }

    /// For each of its parts the classes of which one is enough.
    pub fn parts(&self) -> &'static [ClassMask] {
        self.all_of
    }
}

impl Combinations {
    /// Counts people with one set of classes; the empty set counts nobody.
    pub(super) fn add(&mut self, classes: ClassMask, people: u64) {
        let classes = ClassMask(classes.0 & !ClassMask::of(DataClass::SHARED_VALUE).0);
        if classes == ClassMask::NONE || people == 0 {
            return;
        }
        if let Some(known) = self.sets.get_mut(&classes) {
            *known += people;
        } else if self.sets.len() < SETS_MAX {
            self.sets.insert(classes, people);
        } else {
            self.beyond += people;
            for (harm, count) in HARMS.iter().zip(&mut self.harms_beyond) {
                *count += if harm.is_in(classes) { people } else { 0 };
            }
        }
    }

    pub(super) fn join(&mut self, other: &Combinations) {
        other.sets.iter().for_each(|(classes, people)| self.add(*classes, *people));
        self.beyond += other.beyond;
        self.harms_beyond.iter_mut().zip(other.harms_beyond).for_each(|(mine, other)| *mine += other);
    }

    /// The exact sets, most people first.
    pub fn sets(&self) -> Vec<(ClassMask, u64)> {
        let mut sets: Vec<(ClassMask, u64)> = self.sets.iter().map(|(classes, people)| (*classes, *people)).collect();
        sets.sort_by_key(|(_, people)| std::cmp::Reverse(*people));
        sets
    }

    /// People with sets beyond [`SETS_MAX`].
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// People by what their classes can be used for, worst first; a person counts in every row that fits.
    pub fn harms(&self) -> Vec<(&'static Harm, u64)> {
        let count = |harm: &Harm| -> u64 {
            self.sets.iter().filter(|(classes, _)| harm.is_in(**classes)).map(|(_, people)| people).sum()
        };
        HARMS.iter().zip(self.harms_beyond).map(|(harm, beyond)| (harm, count(harm) + beyond)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[&str]) -> ClassMask {
        let class = |name: &&str| DataClass::from_name(name).expect("a class of the registry");
        names.iter().map(class).fold(ClassMask::NONE, |set, class| set.union(ClassMask::of(class)))
    }

    #[test]
    fn people_count_by_exact_set_and_by_every_use_of_it() {
        let worst = set(&["Passport numbers", "Phone numbers", "Physical addresses", "Names"]);
        let mild = set(&["Names", "Phone numbers"]);
        let mut combinations = Combinations::default();
        combinations.add(worst, 2);
        combinations.add(mild, 5);
        combinations.add(mild.union(ClassMask::of(DataClass::SHARED_VALUE)), 1);
        combinations.add(ClassMask::NONE, 9);
        assert_eq!(combinations.sets(), [(mild, 6), (worst, 2)]);
        let people: Vec<u64> = combinations.harms().into_iter().map(|(_, people)| people).collect();
        assert_eq!(people, [2, 2, 0, 0, 0, 2, 8, 0]);
    }

    #[test]
    fn sets_beyond_the_limit_are_counted_together_and_in_their_uses() {
        let mut combinations = Combinations::default();
        let of = |n: u64| ClassMask(n << 4 & !(0b11 << 62));
        (1..=SETS_MAX as u64).for_each(|n| combinations.add(of(n), 1));
        let new = set(&["Personal health data"]);
        combinations.add(new, 3);
        let mut total = Combinations::default();
        total.join(&combinations);
        assert_eq!((total.sets().len(), total.beyond()), (SETS_MAX, 3));
        assert_eq!(total.harms()[4].1, 3);
        assert_eq!(total, combinations);
    }
}
