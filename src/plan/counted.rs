//! Identifiers of which an index keeps a number: how many records of a breach have an address of a domain.
//!
//! A company asks "how many of @corp.example are in it?", of any breach that was ingested, whether or not somebody thought of it
//! before. So an ingest counts, beside every address, its registrable domain: [`Kind::EmailDomain`].
//!
//! # How a number is kept
//!
//! A segment maps digests to sets of data classes, and has no room for numbers; a section of its own would be another format for
//! every reader, and for whatever merges, removes or re-keys segments. Instead the number is written *in digests*. The lowest
//! [`PLACE_BITS`] bits of the digest of a domain are no part of it; a breach that has n records of the domain holds this digest once
//! for each binary digit of n that is one, with the place of the digit in these bits. A look-up asks for all [`PLACES`] places, which
//! lie behind each other in one line of the segment, and adds up what it finds. The number is exact: records, not addresses; a
//! record with two addresses of one domain counts once, and an address that stands in three records counts three times.
//!
//! Where two segments of one breach become one, their digits fall together, and the sum of the union lies between the larger number
//! and the sum of both: it is then a lower bound. No command does that today. Two segments of one breach (`--append`) are added up.
//!
//! # What it costs
//!
//! - Size: of n records that a domain has, about half of log2 n digests are kept; most domains have one record, and one digest.
//!   A list of 10^8 addresses with 10^6 domains grows by 1 to 2 %, each digest as near to the bound as any other. The data classes of a
//!   domain are those of its records together, which mostly are a set that an address has as well: payload codes grow by nothing.
//! - Time: the digest of a domain that was seen shortly before is remembered, and most addresses are of few domains. Equal ones of a
//!   block are counted before they go to the store, as powers of two; the store adds up what is equal anyway.
//! - False exposures: 6 bits fewer tell domains apart. Of 10^7 domains two are one with a probability of 3 x 10^-9 at B = 80.
//!
//! # What else follows
//!
//! - No number makes a domain a "shared value": that millions use a provider is the answer, and not a reason to withhold it.
//! - A number below ten is nearly a person. It is protected as all else: whoever has the key can ask for any domain.
//! - Where a key is rotated, each digest with its place is hashed again; a look-up then asks for the place at every link of the
//!   chain where a writer may have put it in.

use crate::digest::Digest;
use crate::identifier::{Kind, KindSpec};
use crate::index::class::{ClassMask, DataClass};

/// Bits of a digest that hold the place of a binary digit.
const PLACE_BITS: u32 = 6;
/// Binary digits of a number: a segment holds fewer than 2^48 records.
pub(super) const PLACES: u32 = 48;

/// The digest of a counted value that says "this binary digit of its number is one".
///
/// Input: its digest, whatever its lowest bits are. Two places of one value lie next to each other, and place 0 is the first.
#[inline]
pub fn at_place(digest: Digest, place: u32) -> Digest {
    debug_assert!(place < 1 << PLACE_BITS);
    Digest(digest.0 >> PLACE_BITS << PLACE_BITS | u128::from(place))
}

/// The places of the binary digits of a number that are one, ascending.
pub fn places(number: u64) -> impl Iterator<Item = u32> {
    // More digits than a segment can have records cannot be; so no place is ever one that a look-up does not ask for.
    (0..PLACES).filter(move |place| number >> place & 1 == 1)
}

/// What of the data classes of its records is kept of a counted value.
///
/// A domain has the classes of all its records together. Ten classes, of which one is always there, make at most 512 sets; with all
/// of them, a wide dump could make as many sets as it has domains, and there is no room for those ([`crate::ingest`]).
pub fn kept_classes(classes: ClassMask) -> ClassMask {
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
    const MASK: ClassMask = {
        let (mut mask, mut i) = (ClassMask::NONE, 0);
        while i < KEPT.len() {
            mask = mask.union(ClassMask::of(KEPT[i]));
            i += 1;
        }
        mask
    };
    ClassMask(classes.0 & MASK.0)
}

/// As what domains are counted.
pub(super) const DOMAIN: KindSpec = KindSpec::new(Kind::EmailDomain);

#[cfg(test)]
mod tests {
    use super::*;

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
