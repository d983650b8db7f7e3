//! Who stands where: how many records each dump has, and which person each of them is about.
//!
//! A customer's *rank* is a permutation of the list's row numbers. Each dump holds a range of ranks, and the ranges
//! overlap as the groups of a car maker do: who bought a vehicle mostly has a user address and often a loan. So both
//! questions, "which person is record i about" and "is this customer among the owners", are arithmetic. Persons who are
//! no customers have numbers beyond the list.

use super::random::Permutation;
use std::ops::Range;

/// The numbers of one dump at scale 1.
struct Quota {
    records: u64,
    /// The first rank in the dump.
    first_rank: u64,
    /// Customers in the dump.
    customers: u64,
    /// Further records about the first of these customers.
    repeats: u64,
}

/// Customers of the list at scale 1.
const LIST_ROWS: u64 = 1_000_000;

/// The five dumps, in the order of the breach numbers. The sums and overlaps give about 290,000 pairs.
const QUOTAS: [Quota; 5] = [
    Quota { records: 22_800, first_rank: 262_000, customers: 8_000, repeats: 100 },
    Quota { records: 39_900, first_rank: 234_000, customers: 30_000, repeats: 300 },
    Quota { records: 650_000, first_rank: 0, customers: 264_000, repeats: 30_000 },
    Quota { records: 12_000, first_rank: 247_000, customers: 9_500, repeats: 200 },
    Quota { records: 31_000, first_rank: 229_000, customers: 26_000, repeats: 300 },
];

/// Breach numbers of the dumps that say more about a customer than that there is an account.
const EMPLOYEES: u8 = 1;
const OWNERS: u8 = 2;
const SALES: u8 = 5;

/// One record in so many is not about anybody.
const GARBAGE_INTERVAL: u64 = 250;

/// The persons of the list and of every dump.
pub(super) struct Population {
    list_rows: u64,
    /// Row number (from 0) to rank.
    ranks: Permutation,
    shares: [Share; 5],
}

/// The records of one dump by whom they are about, before they are shuffled: customers, repeats, others, garbage.
struct Share {
    records: u64,
    garbage: u64,
    ranks: Range<u64>,
    repeats: u64,
    shuffle: Permutation,
}

impl Population {
    /// The population at a scale between [`super::generate::SCALES`].
    pub(super) fn new(scale: f64, seed: u64) -> Population {
        let list_rows = scaled(LIST_ROWS, scale);
        let share = |index: usize| {
            Share::new(
                &QUOTAS[index],
                scale,
                Permutation::new(seed, 0x20 + index as u64, scaled(QUOTAS[index].records, scale)),
            )
        };
        Population { list_rows, ranks: Permutation::new(seed, 0x1f, list_rows), shares: std::array::from_fn(share) }
    }

    /// Rows of the customer list.
    pub(super) fn list_rows(&self) -> u64 {
        self.list_rows
    }

    /// Records of a dump, garbage included.
    pub(super) fn records(&self, breach: u8) -> u64 {
        self.share(breach).records
    }

    /// Whether a person is on the list; the row is then the number of the person plus one.
    pub(super) fn is_customer(&self, person: u64) -> bool {
        person < self.list_rows
    }

    /// The person that a record is about, or `None` for garbage.
    pub(super) fn person(&self, breach: u8, record: u64) -> Option<u64> {
        let share = self.share(breach);
        let slot = share.shuffle.apply(record);
        let customers = share.ranks.end - share.ranks.start;
        if slot >= share.records - share.garbage {
            None
        } else if slot < customers {
            Some(self.ranks.invert(share.ranks.start + slot))
        } else if slot < customers + share.repeats {
            Some(self.ranks.invert(share.ranks.start + slot - customers))
        } else {
            Some(self.list_rows + slot - customers - share.repeats)
        }
    }

    /// Whether a customer has a vehicle: the owners and buyers of the dumps, and a twentieth of the others.
    pub(super) fn has_vehicle(&self, customer: u64) -> bool {
        let rank = self.ranks.apply(customer);
        self.share(OWNERS).ranks.contains(&rank) || self.share(SALES).ranks.contains(&rank) || rank.is_multiple_of(20)
    }

    /// Whether a customer is an employee: those of the dump, and a few who came later.
    pub(super) fn is_employee(&self, customer: u64) -> bool {
        let rank = self.ranks.apply(customer);
        self.share(EMPLOYEES).ranks.contains(&rank) || rank.is_multiple_of(500)
    }

    fn share(&self, breach: u8) -> &Share {
        &self.shares[usize::from(breach) - 1]
    }
}

impl Share {
    fn new(quota: &Quota, scale: f64, shuffle: Permutation) -> Share {
        let records = scaled(quota.records, scale);
        let first = (quota.first_rank as f64 * scale) as u64;
        let ranks = first..first + scaled(quota.customers, scale);
        let (garbage, repeats) = (records.div_ceil(GARBAGE_INTERVAL), (quota.repeats as f64 * scale) as u64);
        Share { records, garbage, ranks, repeats, shuffle }
    }
}

/// A count at a scale; at least one.
fn scaled(count: u64, scale: f64) -> u64 {
    ((count as f64 * scale).round() as u64).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn counts_are_those_of_the_incident() {
        let population = Population::new(1.0, 1);
        assert_eq!(population.list_rows(), 1_000_000);
        assert_eq!([1, 2, 3, 4, 5].map(|breach| population.records(breach)), [22_800, 39_900, 650_000, 12_000, 31_000]);
    }

    #[test]
    fn every_customer_of_a_dump_has_a_record_and_repeats_are_counted() {
        for scale in [0.001, 0.01] {
            let population = Population::new(scale, 1);
            for breach in 1..=5 {
                let mut records = BTreeMap::new();
                for record in 0..population.records(breach) {
                    *records.entry(population.person(breach, record)).or_insert(0) += 1;
                }
                let share = population.share(breach);
                assert_eq!(records.remove(&None), Some(share.garbage), "breach {breach}");
                let customers = records.keys().flatten().filter(|person| population.is_customer(**person)).count();
                assert_eq!(customers as u64, share.ranks.end - share.ranks.start, "breach {breach}");
                assert_eq!(records.values().filter(|count| **count == 2).count() as u64, share.repeats);
            }
        }
    }
}
