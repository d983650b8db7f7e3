//! The rival of the two planes: grouped Elias-Fano, the quotients of a group and their remainders side by side.
//!
//! The sorted digests are cut into groups of G consecutive quotients. A look-up reads two neighbours of the directory, and
//! the bytes between the places that they name:
//!
//! ```text
//! directory   a u32 for each group, and one more: the byte where it begins, and so where the one before it ends
//! group       for each of its G quotients as many ones as it has records, then a zero: at most WORDS words of 64 bits
//!             zeros, up to seven: a group ends with a byte
//!             the remainders, the last record first
//! ```
//!
//! Remainders in descending order need no count of the records: that of number i ends i remainders before the end of the
//! group. A segment of the index has at most 2^26 records, so a u32 for the places suffices, without bases above it.
//!
//! What the index does in a look-up is done here too, so that layouts are compared and not care: no byte is believed before
//! the bit of its chunk of 64 KiB was seen in the bitmap of the checked ones, large batches are put in order by partition,
//! look-ups take their steps together, and what was found comes out in the order of the digests. A group lies in one piece,
//! so two bits of the bitmap cover all of it.
//!
//! Tried and slower, or not faster: asking for the remainder together with the unary code, by a guess of where it is; 8, 12,
//! 16 or 32 look-ups together; groups of 3 words, and groups of 4 at a load of 1 to 2.

use crate::encode::{CHUNK_BYTES, Geometry, PADDING, PLACE_BYTES};
use crate::simd::{Portable, Select, prefetch};
use leakdex::digest::Digest;
use std::cmp::Ordering;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A remainder of up to this many bits is inside of 8 bytes, whatever bit of its first byte it begins at.
const SHORT_REMAINDER_BITS: u32 = 57;
/// As in the index: smaller batches are not put in order.
const PARTITION_DIGESTS: usize = 8192;
/// As in the index: nor are batches for smaller files.
const PARTITION_FILE_BYTES: usize = 16 << 20;
/// As in the index: partitions are 2^11.
const PARTITION_BITS: u32 = 11;
/// Bits for the place of a digest in a batch.
const PROBE_BITS: u32 = 32;

/// How look-ups take their steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// As in the index: eight together, remainders compared as 128 bits.
    OfTheIndex,
    /// The best that was found: 24 together, remainders compared as 64 bits where they fit.
    Best,
    /// As the best, without instructions that not every processor has.
    Portable,
}

/// An open file of groups over any bytes, all of them checked; the unary code of a group has at most `WORDS` words.
pub struct Grouped<D, const WORDS: usize> {
    data: D,
    geometry: Geometry,
    checked: Vec<AtomicU64>,
}

/// A digest that the file has: its place in what was asked, and a payload, which here is always 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The place of the digest.
    pub probe: u32,
    place: u32,
}

/// Buffers of [`Grouped::find_batch`], kept from batch to batch.
#[derive(Default)]
pub struct Scratch {
    places: Vec<u32>,
    ordered: Vec<u128>,
    answers: Vec<u32>,
}

impl<D: AsRef<[u8]>, const WORDS: usize> Grouped<D, WORDS> {
    /// Opens what [`crate::encode::write`] has written, and reads all of it.
    pub fn new(data: D, geometry: Geometry) -> Grouped<D, WORDS> {
        let bytes = data.as_ref();
        std::hint::black_box(bytes.iter().step_by(64).fold(0u8, |sum, byte| sum ^ byte));
        let checked = (0..bytes.len().div_ceil(CHUNK_BYTES).div_ceil(64)).map(|_| AtomicU64::new(u64::MAX)).collect();
        Grouped { data, geometry, checked }
    }

    /// How the digests are cut.
    pub fn geometry(&self) -> &Geometry {
        &self.geometry
    }

    /// Bytes of directory and groups, without alignment and padding.
    pub fn bytes(&self) -> usize {
        self.data.as_ref().len() - PADDING - self.geometry.groups_offset() + self.geometry.directory_bytes()
    }

    /// Looks up many digests: appends those that the file has, in their order.
    pub fn find_batch(&self, steps: Steps, digests: &[Digest], scratch: &mut Scratch, found: &mut Vec<Found>) {
        let large = self.data.as_ref().len() >= PARTITION_FILE_BYTES;
        if large && digests.len() >= PARTITION_DIGESTS && !digests.is_sorted() {
            return self.find_by_partition(steps, digests, scratch, found);
        }
        self.find_each(steps, digests.len(), |at| (digests[at], at as u32), found);
    }

    /// As the index does it.
    fn find_by_partition(&self, steps: Steps, digests: &[Digest], scratch: &mut Scratch, found: &mut Vec<Found>) {
        let shift = self.geometry.quotient_bits.saturating_sub(PARTITION_BITS) + self.geometry.remainder_bits;
        let mask = (1 << PARTITION_BITS) - 1;
        let partition = |digest: Digest| (digest.0 >> shift) as usize & mask;
        let Scratch { places, ordered, answers } = scratch;
        places.clear();
        places.resize(1 << PARTITION_BITS, 0);
        digests.iter().for_each(|digest| places[partition(*digest)] += 1);
        let mut end = 0;
        for place in places.iter_mut() {
            (*place, end) = (end, end + *place);
        }
        ordered.resize(digests.len(), 0);
        for (probe, digest) in (0u32..).zip(digests) {
            let place = &mut places[partition(*digest)];
            ordered[*place as usize] = digest.0 << PROBE_BITS | u128::from(probe);
            *place += 1;
        }
        let before = found.len();
        let unpack = |at: usize| (Digest(ordered[at] >> PROBE_BITS), ordered[at] as u32);
        self.find_each(steps, digests.len(), unpack, found);
        into_order(&mut found[before..], digests.len(), answers);
    }

    fn find_each(&self, steps: Steps, count: usize, probe: impl Fn(usize) -> (Digest, u32), found: &mut Vec<Found>) {
        if steps == Steps::Portable {
            return self.find_each_by(Portable, steps, count, probe, found);
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(bmi2) = crate::simd::Bmi2::detect() {
            return self.find_each_by(bmi2, steps, count, probe, found);
        }
        self.find_each_by(Portable, steps, count, probe, found);
    }

    fn find_each_by<S: Select>(
        &self,
        select: S,
        steps: Steps,
        count: usize,
        probe: impl Fn(usize) -> (Digest, u32),
        found: &mut Vec<Found>,
    ) {
        let short = self.geometry.remainder_bits <= SHORT_REMAINDER_BITS;
        match (steps, short) {
            // Its steps are two batches ahead, as those of the index for its records.
            (Steps::OfTheIndex, _) => self.view::<false>().find_each::<S, 8, 2>(select, count, probe, found),
            (_, true) => self.view::<true>().find_each::<S, 24, 1>(select, count, probe, found),
            (_, false) => self.view::<false>().find_each::<S, 24, 1>(select, count, probe, found),
        }
    }

    fn view<const SHORT: bool>(&self) -> View<'_, WORDS, SHORT> {
        let (directory, groups) = self.data.as_ref().split_at(self.geometry.groups_offset());
        let quotients_per_group = self.geometry.quotients_per_group;
        View {
            directory,
            groups,
            checked: &self.checked,
            remainder_bits: self.geometry.remainder_bits,
            quotients_per_group,
            reciprocal: u64::MAX / u64::from(quotients_per_group) + 1,
        }
    }

    /// The bytes of the file that a look-up reads: those of the directory, then those of the group.
    pub fn reads(&self, digest: Digest) -> (Range<u64>, Vec<Range<u64>>) {
        let view = self.view::<false>();
        let mut item = Item { digest, ..Item::NONE };
        view.ask_directory(&mut item);
        let place = u64::from(item.begin) * PLACE_BYTES as u64;
        view.ask_group(&mut item);
        let offset = self.geometry.groups_offset() as u64;
        let unary = offset + u64::from(item.begin);
        view.read_group(Portable, &mut item);
        let load = if self.geometry.remainder_bits <= SHORT_REMAINDER_BITS { 8 } else { 16 };
        let mut group = Vec::new();
        for number in 0..item.count {
            let byte = offset + view.remainder_bit(&item, number) / 8;
            group.push(byte..byte + load);
            if view.order(&item, number) != Some(Ordering::Less) {
                break;
            }
        }
        group.push(unary..unary + WORDS as u64 * 8);
        (place..place + 2 * PLACE_BYTES as u64, group)
    }
}

/// A look-up under way.
#[derive(Clone, Copy)]
struct Item {
    digest: Digest,
    /// First the number of the group, then the byte where it begins.
    begin: u32,
    /// The byte where the group ends.
    end: u32,
    /// First the number of the quotient in the group, then that of its first record.
    first: u32,
    /// The records of the quotient.
    count: u32,
    probe: u32,
}

impl Item {
    const NONE: Item = Item { digest: Digest(0), begin: 0, end: 0, first: 0, count: 0, probe: 0 };
}

/// Look-ups whose memory is asked for together.
struct Batch<const SIZE: usize> {
    items: [Item; SIZE],
    count: usize,
}

/// The parts of a file that every look-up needs.
struct View<'a, const WORDS: usize, const SHORT: bool> {
    directory: &'a [u8],
    groups: &'a [u8],
    checked: &'a [AtomicU64],
    remainder_bits: u32,
    quotients_per_group: u32,
    /// 2^64 / G, rounded up.
    reciprocal: u64,
}

/// Places for the batches between two steps: at least one more than they are ahead, and a power of two.
const RING: usize = 4;

impl<const WORDS: usize, const SHORT: bool> View<'_, WORDS, SHORT> {
    /// Looks up digests, `SIZE` of them together: one batch ahead for the directory, `AHEAD` for the group and again for
    /// the remainders.
    fn find_each<S: Select, const SIZE: usize, const AHEAD: usize>(
        &self,
        select: S,
        count: usize,
        probe: impl Fn(usize) -> (Digest, u32),
        found: &mut Vec<Found>,
    ) {
        let batches = count.div_ceil(SIZE);
        let ring = || [const { Batch { items: [Item::NONE; SIZE], count: 0 } }; RING];
        select.run(|| {
            let (mut asked, mut placed, mut read) = (ring(), ring(), ring());
            for step in 0..batches + 1 + 2 * AHEAD {
                if step < batches {
                    let first = step * SIZE;
                    self.ask_directories(first..count.min(first + SIZE), &probe, &mut asked[step % RING]);
                }
                if step >= 1 && step - 1 < batches {
                    self.ask_groups(&asked[(step - 1) % RING], &mut placed[(step - 1) % RING]);
                }
                if step > AHEAD && step - 1 - AHEAD < batches {
                    let batch = (step - 1 - AHEAD) % RING;
                    self.read_groups(select, &placed[batch], &mut read[batch]);
                }
                if step > 2 * AHEAD {
                    self.compare(&read[(step - 1 - 2 * AHEAD) % RING], found);
                }
            }
        });
    }

    #[inline(always)]
    fn ask_directories<const SIZE: usize>(
        &self,
        places: Range<usize>,
        probe: impl Fn(usize) -> (Digest, u32),
        batch: &mut Batch<SIZE>,
    ) {
        batch.count = places.len();
        for (item, place) in batch.items.iter_mut().zip(places) {
            let (digest, probe) = probe(place);
            *item = Item { digest, probe, ..Item::NONE };
            self.ask_directory(item);
        }
    }

    /// Finds the group of a digest and the number of its quotient there, and asks for the place of the group.
    #[inline(always)]
    fn ask_directory(&self, item: &mut Item) {
        let quotient = (item.digest.0 >> self.remainder_bits) as u64;
        item.begin = ((u128::from(quotient) * u128::from(self.reciprocal)) >> 64) as u32;
        item.first = quotient as u32 - item.begin * self.quotients_per_group;
        prefetch(self.directory, item.begin as usize * PLACE_BYTES);
    }

    #[inline(always)]
    fn ask_groups<const SIZE: usize>(&self, asked: &Batch<SIZE>, batch: &mut Batch<SIZE>) {
        batch.count = asked.count;
        for (item, asked) in batch.items.iter_mut().zip(&asked.items[..asked.count]) {
            *item = *asked;
            self.ask_group(item);
        }
    }

    /// Reads where a group begins and ends, and asks for its unary code. Both are 0 if something is wrong.
    #[inline(always)]
    fn ask_group(&self, item: &mut Item) {
        let at = item.begin as usize * PLACE_BYTES;
        let places = self.directory.get(at..).and_then(|rest| rest.first_chunk::<{ 2 * PLACE_BYTES }>());
        (item.begin, item.end) = match places {
            Some(places) if self.is_checked(at) && self.is_checked(at + 2 * PLACE_BYTES - 1) => {
                let places = u64::from_le_bytes(*places);
                (places as u32, (places >> 32) as u32)
            }
            _ => (0, 0),
        };
        prefetch(self.groups, item.begin as usize);
        prefetch(self.groups, item.begin as usize + WORDS * 8 - 1);
    }

    #[inline(always)]
    fn read_groups<S: Select, const SIZE: usize>(&self, select: S, placed: &Batch<SIZE>, batch: &mut Batch<SIZE>) {
        batch.count = 0;
        for placed in &placed.items[..placed.count] {
            let mut item = *placed;
            self.read_group(select, &mut item);
            batch.items[batch.count] = item;
            // As in the index: a branch would be guessed wrong for a third of the absent digests.
            batch.count += usize::from(item.count > 0);
        }
        for item in &batch.items[..batch.count] {
            let byte = (self.remainder_bit(item, 0) / 8) as usize;
            prefetch(self.groups, byte);
            prefetch(self.groups, byte + if SHORT { 7 } else { 15 });
        }
    }

    /// Finds the records of a quotient. None if something is wrong: a wrong byte is no answer here, and the expected
    /// answers of the benchmark find it.
    #[inline(always)]
    fn read_group<S: Select>(&self, select: S, item: &mut Item) {
        let offset = self.directory.len();
        let words = self.groups.get(item.begin as usize..).and_then(|rest| rest.as_chunks().0.first_chunk::<WORDS>());
        let (first, count) = match words {
            Some(words)
                if item.begin < item.end
                    && self.is_checked(offset + item.begin as usize)
                    && self.is_checked(offset + item.end as usize - 1) =>
            {
                ranks(select, words, item.first).unwrap_or((0, 0))
            }
            _ => (0, 0),
        };
        (item.first, item.count) = (first, count);
    }

    /// The bit of the groups where a remainder of a quotient begins.
    #[inline(always)]
    fn remainder_bit(&self, item: &Item, number: u32) -> u64 {
        (u64::from(item.end) * 8).wrapping_sub(u64::from(item.first + number + 1) * u64::from(self.remainder_bits))
    }

    /// How a remainder of a quotient compares with that of the digest.
    #[inline(always)]
    fn order(&self, item: &Item, number: u32) -> Option<Ordering> {
        let bit = self.remainder_bit(item, number);
        let bytes = self.groups.get((bit / 8) as usize..)?;
        if SHORT {
            let mask = (1u64 << self.remainder_bits) - 1;
            let remainder = u64::from_le_bytes(*bytes.first_chunk()?) >> (bit % 8) & mask;
            return Some(remainder.cmp(&(item.digest.0 as u64 & mask)));
        }
        let mask = (1u128 << self.remainder_bits) - 1;
        let remainder = u128::from_le_bytes(*bytes.first_chunk()?) >> (bit % 8) & mask;
        Some(remainder.cmp(&(item.digest.0 & mask)))
    }

    #[inline(always)]
    fn compare<const SIZE: usize>(&self, read: &Batch<SIZE>, found: &mut Vec<Found>) {
        for item in &read.items[..read.count] {
            for number in 0..item.count {
                match self.order(item, number) {
                    Some(Ordering::Less) => (),
                    Some(Ordering::Equal) => {
                        found.push(Found { probe: item.probe, place: 0 });
                        break;
                    }
                    _ => break,
                }
            }
        }
    }

    #[inline(always)]
    fn is_checked(&self, at: usize) -> bool {
        let chunk = at / CHUNK_BYTES;
        self.checked.get(chunk / 64).is_some_and(|word| word.load(Relaxed) >> (chunk % 64) & 1 == 1)
    }
}

/// The number of the first record of the `j`-th quotient of a group, and the number of its records; none if the group ends
/// before it. The way of the index, with fewer words.
#[inline(always)]
fn ranks<S: Select, const WORDS: usize>(select: S, words: &[[u8; 8]; WORDS], j: u32) -> Option<(u32, u32)> {
    let word = |i: usize| u64::from_le_bytes(words[i]);
    let (mut before, mut i, mut zeros) = (0u32, 0usize, 0u32);
    for w in 0..WORDS - 1 {
        zeros += word(w).count_zeros();
        let beyond = zeros <= j;
        i += usize::from(beyond);
        before = if beyond { zeros } else { before };
    }
    let bits = word(i);
    if j - before >= bits.count_zeros() {
        return None;
    }
    let in_word = select.select_one(!bits, j - before);
    let end = i as u32 * 64 + in_word;
    let mut count = if in_word == 0 { 0 } else { (bits << (64 - in_word)).leading_ones().min(in_word) };
    let mut whole = count == in_word;
    while whole && i > 0 {
        let ones = word(i - 1).leading_ones();
        (count, whole, i) = (count + ones, ones == 64, i - 1);
    }
    Some((end - j - count, count))
}

/// As in the index: a place for each digest is less work than sorting, where much was found.
fn into_order(found: &mut [Found], count: usize, answers: &mut Vec<u32>) {
    const ABSENT: u32 = u32::MAX - 1;
    if found.len() < count / 16 {
        found.sort_unstable_by_key(|found| found.probe);
        return;
    }
    answers.clear();
    answers.resize(count, ABSENT);
    found.iter().for_each(|found| answers[found.probe as usize] = found.place);
    let mut slots = found.iter_mut();
    for (probe, place) in (0u32..).zip(answers.iter()).filter(|(_, place)| **place != ABSENT) {
        if let Some(slot) = slots.next() {
            *slot = Found { probe, place: *place };
        }
    }
}
