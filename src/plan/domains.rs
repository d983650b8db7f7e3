//! The domains of addresses, to be counted: a memory of those seen shortly before.
//!
//! Most addresses of a dump are of few domains, so that the digest of one is mostly known. 256 slots of 96 bytes, one for each
//! hash value of what stands behind the `@`, compared byte for byte; where many are new, four times as many, to 4,096. An address whose domain is known costs the search for the
//! `@`, this hash, and eight bytes in the batch; any other one costs the look into the Public Suffix List and an HMAC besides.
//!
//! A value of the batch is a domain: the batch has its digest once, however many records have it. One that had to give way in
//! between is there twice, under two numbers; whoever counts compares digests.

use super::batch::{Batch, Counted};
use crate::digest::Digest;
use xxhash_rust::xxh3::xxh3_64;
use zeroize::Zeroize;

/// Slots of a worker that has met few domains, and most slots. Few in tests, so that domains have to give way.
const SLOTS_MIN: usize = if cfg!(test) { 4 } else { 256 };
const SLOTS_MAX: usize = if cfg!(test) { 16 } else { 4096 };
/// New domains for each slot before there are more slots.
const NEW_PER_SLOT: usize = 2;
/// Longer hosts are not remembered.
const BYTES_MAX: usize = 58;

struct Slot {
    bytes: [u8; BYTES_MAX],
    length: u8,
    /// The batch that has it, and its number there.
    batch: u64,
    value: u32,
    /// Another one for every host that comes into the slot.
    serial: u64,
    /// Known when the batch is finished.
    digest: Digest,
}

/// Where a host is remembered, until another one comes into its slot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    slot: u32,
    serial: u64,
}

/// What is known of a host.
pub(super) enum Lookup {
    /// Its record is counted.
    Counted(Place),
    /// It could be remembered here.
    Free(u32),
    /// Its length is none to be remembered.
    Never,
}

/// The memory of one worker. It holds plaintext, and is wiped on drop.
#[derive(Default)]
pub(super) struct Domains {
    slots: Vec<Slot>,
    /// Domains that were new since there are so many slots.
    new: usize,
    /// Slots whose digests are not computed.
    unsettled: Vec<u32>,
    /// Values of the batch whose digests are not computed, and their messages.
    waiting: Vec<(u32, u32)>,
    /// The number of the batch.
    batch: u64,
    serial: u64,
    /// Domains of addresses, counted so far.
    accepted: u64,
    /// Addresses of hosts that nobody can register.
    refused: u64,
}

impl Domains {
    /// The batch is empty from now on.
    pub(super) fn begin(&mut self) {
        self.batch += 1;
    }

    /// How many domains of addresses were counted.
    pub(super) fn accepted(&self) -> u64 {
        self.accepted
    }

    /// How many addresses have a host that nobody can register.
    pub(super) fn refused(&self) -> u64 {
        self.refused
    }

    /// Takes an address whose host nobody can register.
    pub(super) fn refuse(&mut self) {
        self.refused += 1;
    }

    /// Counts the record for a host that was seen shortly before.
    #[inline]
    pub(super) fn find(&mut self, host: &[u8], batch: &mut Batch) -> Lookup {
        if host.is_empty() || host.len() > BYTES_MAX {
            return Lookup::Never;
        }
        if self.slots.is_empty() || self.new > NEW_PER_SLOT * self.slots.len() && self.slots.len() < SLOTS_MAX {
            self.grow();
        }
        let number = xxh3_64(host) as usize % self.slots.len();
        let slot = &self.slots[number];
        if slot.bytes[..usize::from(slot.length)] != *host {
            self.new += 1;
            return Lookup::Free(number as u32);
        }
        let place = Place { slot: number as u32, serial: slot.serial };
        self.count(number, batch);
        Lookup::Counted(place)
    }

    /// Makes more slots, and forgets what stands in the others: their places are gone.
    #[cold]
    fn grow(&mut self) {
        let count = (4 * self.slots.len()).clamp(SLOTS_MIN, SLOTS_MAX);
        self.wipe();
        self.slots = std::iter::repeat_with(Slot::empty).take(count).collect();
        self.unsettled.clear();
        self.new = 0;
    }

    fn wipe(&mut self) {
        self.slots.iter_mut().for_each(|slot| slot.bytes.zeroize());
    }

    /// Counts the record for a host that was remembered. Output: whether it still is.
    #[inline]
    pub(super) fn count_again(&mut self, place: Place, batch: &mut Batch) -> bool {
        let is_there = self.slots[place.slot as usize].serial == place.serial;
        if is_there {
            self.count(place.slot as usize, batch);
        }
        is_there
    }

    #[inline]
    fn count(&mut self, number: usize, batch: &mut Batch) {
        let slot = &mut self.slots[number];
        if slot.batch != self.batch {
            (slot.batch, slot.value) = (self.batch, batch.values.len() as u32);
            batch.values.push(slot.digest);
        }
        batch.counted.push(Counted { record: batch.records, value: slot.value });
        self.accepted += 1;
    }

    /// Counts the record for a host that is new, whose digest will be that of a message, and remembers it where there is room.
    pub(super) fn add(&mut self, host: &[u8], slot: Option<u32>, message: u32, batch: &mut Batch) -> Option<Place> {
        self.accepted += 1;
        let value = self.add_value(message, batch);
        let number = slot?;
        self.serial += 1;
        let slot = &mut self.slots[number as usize];
        slot.bytes[..host.len()].copy_from_slice(host);
        (slot.length, slot.batch, slot.value, slot.serial) = (host.len() as u8, self.batch, value, self.serial);
        self.unsettled.push(number);
        Some(Place { slot: number, serial: self.serial })
    }

    /// Counts the record for a value whose digest will be that of a message. Output: the number of the value.
    pub(super) fn add_value(&mut self, message: u32, batch: &mut Batch) -> u32 {
        let value = batch.values.len() as u32;
        batch.values.push(Digest::default());
        batch.counted.push(Counted { record: batch.records, value });
        self.waiting.push((value, message));
        value
    }

    /// Takes the digests of the messages, by number.
    pub(super) fn settle(&mut self, hashed: &[Digest], batch: &mut Batch) {
        for (value, message) in self.waiting.drain(..) {
            batch.values[value as usize] = hashed[message as usize];
        }
        for number in self.unsettled.drain(..) {
            // Whichever host stands there now is of this batch.
            let slot = &mut self.slots[number as usize];
            slot.digest = batch.values[slot.value as usize];
        }
    }
}

impl Slot {
    fn empty() -> Slot {
        Slot { bytes: [0; BYTES_MAX], length: 0, batch: 0, value: 0, serial: 0, digest: Digest::default() }
    }
}

impl Drop for Domains {
    fn drop(&mut self) {
        self.wipe();
    }
}
