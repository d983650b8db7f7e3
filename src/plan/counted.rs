//! Identifiers of which an index keeps a number: how many records of a breach have an address of a domain.
//!
//! A company asks "how many of @corp.example are in it?", of any breach that was ingested, whether or not somebody thought of it
//! before. So an ingest counts, beside every address, its registrable domain: [`Kind::EmailDomain`].
//!
//! # What is counted
//!
//! Records, and not addresses: a record counts once for a domain, however many addresses of it it has, and an address that stands
//! in three records counts three times. An address in what is no record counts as one. To count addresses, each of them would have
//! to carry its domain through the sort, until equal ones are one: 10 bytes more of 11 for each, in memory and on disk, and a
//! second sort behind the first. Whoever wants the number of distinct addresses scans the list of them, which says more.
//!
//! # How a number is kept
//!
//! A segment maps digests to sets of data classes, and has no room for numbers; a section of its own would be another format for
//! every reader, and for whatever merges, removes or re-keys segments. Instead the number is written *in digests*. The lowest
//! [`PLACE_BITS`] bits of the digest of a domain are no part of it; a breach that has n records of the domain holds this digest once
//! for each binary digit of n that is one, with the place of the digit in these bits. A look-up asks for all [`PLACES`] places, which
//! lie behind each other in the segment, and adds up what it finds: the number is exact. What keeps it so where segments are merged
//! and breaches removed stands in `FORMAT.md`.
//!
//! # How it is counted
//!
//! A worker adds up the records of a block by domain, and gives the store powers of two: of 13 records three digests, tagged 8, 4
//! and 1. From there on they are records as any others. The store sorts them, spills them, takes them back with an unfinished input,
//! keeps them in a job; where equal digests meet, their tags are added up, and behind the sort the sum is written as digits. So the
//! sum depends on nothing but the records of the dump, and there is no table of domains that could be too small.
//!
//! - Memory: of a worker the domains seen shortly before ([`super::domains`], 24 to 384 KiB), and 40 bytes for each domain of a block
//!   and 8 for each address: little, unless every address has its own. A block of nothing but such addresses, of ten bytes, has
//!   105,000 of them and takes 5 MiB more of the 14 MiB of its worker; it is the worst that can be. The tags are at most 512 sets of classes ([`KeptClasses`]) of 48 powers.
//! - Disk, while it is read: n addresses of d domains, in blocks of b addresses (40,000 in 1 MiB), are n + about 1.5 x (domains of
//!   a block) x n / b records. At 500 domains a block 2 %; with a domain for every address, the worst, twice as many.
//! - Disk, for good: of a domain with n records half of log2 n digests, and one at least; each as near to the bound as any other, or
//!   8 bytes. 10^8 addresses of 10^6 domains: 10^6 to 2 x 10^6 digests, 1 to 2 %. Their sets of classes are mostly those of
//!   addresses, so that payload codes grow by nothing. The estimate of the number of digests counts a domain once; digits beyond
//!   the first are few where domains are many, and where they are not so few, lines are fuller, and cost space and no answer.
//! - CPU: 8 to 10 ns for an address whose domain is known (the search for its host, a hash, an addition); 100 ns more for any
//!   other one, for the Public Suffix List and an HMAC, and the sort and the encoding of one record more. CPU seconds of whole
//!   ingests of two million addresses, with and without counting: 1.06 x for five domains, 1.27 x where three in ten are spread
//!   over a million domains, 2.1 x for a domain of every address's own, 0.97 to 1.1 x where each address stands there 80 times.
//! - False exposures: 6 bits fewer tell domains apart. Of 10^7 domains two are one with a probability of 3 x 10^-9 at B = 80, and
//!   2 x 10^-4 at B = 64.
//!
//! # What else follows
//!
//! - No number makes a domain a "shared value": that millions use a provider is the answer, and not a reason to withhold it.
//! - A number below ten is nearly a person. It is protected as all else: whoever has the key can ask for any domain.

use crate::digest::Digest;
use crate::identifier::{Kind, KindSpec};
use crate::index::class::{ClassMask, DataClass};

/// Bits of a digest that hold the place of a binary digit.
const PLACE_BITS: u32 = 6;
/// Binary digits of a number: a segment holds fewer than 2^48 records.
pub(super) const PLACES: u32 = 48;

/// A place that no digit has.
pub(super) const NO_PLACE: u32 = (1 << PLACE_BITS) - 1;

/// The digest of a counted value that says "this binary digit of its number is one".
///
/// Input: its digest, whatever its lowest bits are. Two places of one value lie next to each other, and place 0 is the first.
#[inline]
pub fn at_place(digest: Digest, place: u32) -> Digest {
    debug_assert!(place < 1 << PLACE_BITS);
    Digest(digest.0 >> PLACE_BITS << PLACE_BITS | u128::from(place))
}

/// The digit that a probe of a counted value asks for, by its place among the probes of the value: a key that was rotated asks
/// for all digits once for each link.
#[inline]
pub fn place_of_probe(probe: usize) -> u32 {
    probe as u32 % PLACES
}

/// The places of the binary digits of a number that are one, ascending.
pub fn places(number: u64) -> impl Iterator<Item = u32> {
    // More digits than a segment can have records cannot be; so no place is ever one that a look-up does not ask for.
    (0..PLACES).filter(move |place| number >> place & 1 == 1)
}

/// The data classes that are kept of a counted value.
///
/// A domain has the classes of all its records together. Ten classes, of which one is always there, make at most 512 sets; with all
/// of them, a wide dump could make as many sets as it has domains, and there is no room for those ([`crate::ingest`]).
const KEPT: [DataClass; 10] = [
    DataClass::EMAIL_ADDRESSES,
    DataClass::PHONE_NUMBERS,
    DataClass::NAMES,
    DataClass::GOVERNMENT_ISSUED_IDS,
    DataClass::PHYSICAL_ADDRESSES,
    DataClass::DATES_OF_BIRTH,
    DataClass::PASSWORDS,
    DataClass::CREDIT_CARDS,
    DataClass::BANK_ACCOUNT_NUMBERS,
    DataClass::PERSONAL_HEALTH_DATA,
];

/// The kept classes of some records; their union is that of the bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KeptClasses(u16);

impl KeptClasses {
    /// What is kept of a set of classes.
    pub fn of(classes: ClassMask) -> KeptClasses {
        let bits = KEPT.iter().enumerate().map(|(bit, class)| u16::from(classes.contains(*class)) << bit);
        KeptClasses(bits.sum())
    }

    /// Both sets together.
    pub fn union(self, other: KeptClasses) -> KeptClasses {
        KeptClasses(self.0 | other.0)
    }

    /// The set.
    pub fn classes(self) -> ClassMask {
        let kept = KEPT.iter().enumerate().filter(|(bit, _)| self.0 >> bit & 1 == 1);
        kept.fold(ClassMask::NONE, |all, (_, class)| all.union(ClassMask::of(*class)))
    }
}

/// As what domains are counted.
pub(super) const DOMAIN: KindSpec = KindSpec::new(Kind::EmailDomain);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_classes_are_sets() {
        let [names, photos] = [DataClass::NAMES, DataClass::from_name("Photos").expect("a class")].map(ClassMask::of);
        let kept = KeptClasses::of(names.union(photos));
        assert_eq!(kept.classes(), names);
        let all = KeptClasses::of(ClassMask(u64::MAX));
        assert_eq!((kept.union(all), all.classes().classes().count()), (all, KEPT.len()));
    }

    #[test]
    fn a_number_is_the_sum_of_its_places() {
        let digest = Digest(0x1234_5678_9abc_def0_1234 << 3 | 0b111);
        for number in [0u64, 1, 2, 3, 1000, 123_456_789, (1 << PLACES) - 1] {
            let digests: Vec<Digest> = places(number).map(|place| at_place(digest, place)).collect();
            assert_eq!(digests.len(), number.count_ones() as usize);
            assert!(digests.is_sorted());
            let place = |digest: &Digest| digest.0 as u32 % (1 << PLACE_BITS);
            assert_eq!(digests.iter().map(|digest| 1u64 << place(digest)).sum::<u64>(), number);
            assert!(digests.iter().all(|one| one.0 >> PLACE_BITS == digest.0 >> PLACE_BITS));
        }
        assert_eq!(at_place(at_place(digest, 17), 0), at_place(digest, 0));
    }
}
