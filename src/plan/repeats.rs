//! Remembers the digests of values seen shortly before.
//!
//! A stealer log repeats an e-mail address 80 times, an order table its customer on every line; reading it again, and
//! hashing it again, is most of the work. The memory is small and forgets at once: 256 slots of 192 bytes, one for each
//! hash value of a field, compared byte for byte. Where values do not repeat it would cost 10 ns each, so that it looks at
//! a stretch of 1,024 fields, and at the next 32,768 only if one in 16 of them was a repetition.

use super::domains;
use super::tier::Tier;
use crate::digest::Digest;
use crate::identifier::{Country, Kind, KindSpec};
use xxhash_rust::xxh3::xxh3_64;
use zeroize::Zeroize;

const SLOTS: usize = 256;
/// Longer fields are not remembered.
const BYTES_MAX: usize = 54;
/// Most forms of a value that is remembered: itself, its fold in both namespaces, and itself without its country.
pub(super) const FORMS_MAX: usize = 4;
/// Fields of a stretch that is looked at.
const TRIAL: u32 = 1024;
/// Fields that are passed over if too few in it were repetitions.
const PAUSE: u32 = 32 * 1024;
/// Repetitions in a stretch that are worth it.
const WORTH: u32 = TRIAL / 16;

/// The digests of a value: of how many forms, and of what.
#[derive(Clone, Copy)]
pub(super) struct Forms {
    pub spec: KindSpec,
    pub count: u8,
    /// The number of the first one's message, while the digests are not computed.
    pub first: u32,
    /// The tier of each form, and the number of its variant.
    pub forms: [(Tier, u8); FORMS_MAX],
    /// Where the domain of an address is remembered, if it is counted.
    pub domain: Option<domains::Place>,
}

/// What is known of a field.
#[derive(Clone, Copy)]
pub(super) enum Lookup {
    /// It is the one in this slot.
    Known(usize),
    /// It could be remembered in this slot.
    Free(usize),
    /// It is not looked at.
    Off,
}

struct Slot {
    bytes: [u8; BYTES_MAX],
    length: u8,
    /// What was asked for: the spec of the digests may have the country that was found.
    asked: KindSpec,
    region: Country,
    forms: Forms,
    settled: bool,
    digests: [Digest; FORMS_MAX],
}

/// The memory of one worker. It holds plaintext, and is wiped on drop.
pub(super) struct Repeats {
    slots: Vec<Slot>,
    /// Slots whose digests are not computed.
    unsettled: Vec<usize>,
    /// Fields and repetitions of this stretch.
    tries: u32,
    hits: u32,
    /// Fields still to pass over.
    pause: u32,
}

impl Repeats {
    pub(super) fn new() -> Repeats {
        Repeats { slots: Vec::new(), unsettled: Vec::new(), tries: 0, hits: 0, pause: 0 }
    }

    /// Whether a field was seen shortly before.
    #[inline]
    pub(super) fn find(&mut self, spec: KindSpec, region: Country, field: &[u8]) -> Lookup {
        if self.pause > 0 {
            self.pause -= 1;
            return Lookup::Off;
        }
        if field.is_empty() || field.len() > BYTES_MAX {
            return Lookup::Off;
        }
        self.look(spec, region, field)
    }

    fn look(&mut self, spec: KindSpec, region: Country, field: &[u8]) -> Lookup {
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, Slot::empty);
        }
        if self.tries == TRIAL {
            self.pause = if self.hits < WORTH { PAUSE } else { 0 };
            (self.tries, self.hits) = (0, 0);
        }
        self.tries += 1;
        let number = xxh3_64(field) as usize % SLOTS;
        let slot = &self.slots[number];
        if slot.asked == spec && slot.region == region && slot.bytes[..usize::from(slot.length)] == *field {
            self.hits += 1;
            Lookup::Known(number)
        } else {
            Lookup::Free(number)
        }
    }

    /// Remembers a field whose digests are being computed.
    pub(super) fn remember(&mut self, number: usize, asked: KindSpec, region: Country, field: &[u8], forms: Forms) {
        let slot = &mut self.slots[number];
        slot.bytes[..field.len()].copy_from_slice(field);
        (slot.length, slot.asked, slot.region) = (field.len() as u8, asked, region);
        (slot.forms, slot.settled) = (forms, false);
        self.unsettled.push(number);
    }

    /// The forms of the value in a slot, and their digests if they are computed.
    pub(super) fn forms(&self, number: usize) -> (Forms, Option<[Digest; FORMS_MAX]>) {
        let slot = &self.slots[number];
        (slot.forms, slot.settled.then_some(slot.digests))
    }

    /// Takes the digests of the messages, by number.
    pub(super) fn settle(&mut self, hashed: &[Digest]) {
        for number in self.unsettled.drain(..) {
            let slot = &mut self.slots[number];
            if !slot.settled {
                let first = slot.forms.first as usize;
                let digests = &hashed[first..first + usize::from(slot.forms.count)];
                slot.digests[..digests.len()].copy_from_slice(digests);
                slot.settled = true;
            }
        }
    }
}

impl Slot {
    fn empty() -> Slot {
        let spec = KindSpec::new(Kind::Email);
        Slot {
            bytes: [0; BYTES_MAX],
            length: 0,
            asked: spec,
            region: Country::NONE,
            forms: Forms { spec, count: 0, first: 0, forms: [(Tier::Exact, 0); FORMS_MAX], domain: None },
            settled: true,
            digests: [Digest::default(); FORMS_MAX],
        }
    }
}

impl Drop for Repeats {
    fn drop(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.bytes.zeroize());
    }
}
