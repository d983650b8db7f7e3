//! The records of a line, all at once: from the ones and zeros of its quotients and the bit fields of section R.
//!
//! Eight records at a time, in loops over arrays of that length and with no branch that depends on what is read: a compiler that
//! may use the instructions of this processor makes vectors of them ([`Select::run`](super::super::simd::Select::run)).

use super::super::bits::read_bits;
use super::super::format::{Header, LINE_BITS};
use std::array;

/// Words of a line that hold quotients.
pub(super) const WORDS: usize = LINE_BITS as usize / 64;
/// Records that are decoded together: eight of them take a whole number of bytes.
pub(super) const GROUP: usize = 8;
/// A number of records of a line fits in here.
const COUNT_MASK: usize = (LINE_BITS as usize).next_power_of_two() - 1;
/// Most records of a line, and those that its last byte writes behind its own.
const ROOM: usize = COUNT_MASK + 1 + GROUP;
/// A field of up to this many bits is inside of 8 bytes, whatever bit of its first byte it begins at.
const SHORT_BITS: u64 = 57;

/// For every byte, where its ones stand; zero behind the last one.
const ONES: [[u16; GROUP]; 256] = ones_of_bytes();

const fn ones_of_bytes() -> [[u16; GROUP]; 256] {
    let mut all = [[0; GROUP]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut ones, mut bit) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                all[byte][ones] = bit;
                ones += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    all
}

/// How the records of a segment are laid out.
#[derive(Clone, Copy)]
pub(super) struct Records {
    bits: u64,
    code_bits: u32,
    remainder_bits: u32,
    /// The bits that all digests share, as they stand above a quotient.
    slice: u64,
    /// Payload codes below this are places in the dictionary.
    plain_codes: u32,
}

/// Where the records of a line stand.
pub(super) struct Place<'b> {
    /// The first quotient of the line.
    pub quotient: u64,
    /// Bytes of section R, with the padding behind the last record, and the bit at which the first one begins.
    pub bytes: &'b [u8],
    pub bit: u64,
}

/// Where the records of a line go: room for as many groups as they fill.
pub(super) struct Room<'b> {
    /// The halves of the digests.
    pub low: &'b mut [[u64; GROUP]],
    pub high: &'b mut [[u64; GROUP]],
    /// A payload code of each.
    pub codes: &'b mut [[u32; GROUP]],
}

/// What was seen of the records of a line, beside themselves.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// Whether a digest is not above the one before.
    pub descends: bool,
    /// Records whose code is no place in the dictionary.
    pub escaped: u64,
}

/// A line that is decoded.
pub(super) struct Line {
    /// Where the ones of the records stand among the bits of the line, one more in front, and higher ones behind.
    ones: [u16; 1 + ROOM],
    count: usize,
    /// The remainders, if they have less than 64 bits; one more in front.
    remainders: [u64; 1 + ROOM],
    /// The ninth bytes of fields that reach into it.
    above: [u8; ROOM],
}

impl Line {
    pub(super) fn new() -> Line {
        // The remainder in front is minus one: none is below.
        Line { ones: [0; 1 + ROOM], count: 0, remainders: [u64::MAX; 1 + ROOM], above: [0; ROOM] }
    }

    /// Takes the quotients of a line. A byte at a time, eight records whether it has them or not.
    ///
    /// Output: the number of records, and of quotients that end before the last of them.
    #[inline(always)]
    pub(super) fn begin(&mut self, words: &[u64; WORDS]) -> (usize, u64) {
        let mut count = 0;
        for (word, first) in words.iter().zip((0..).step_by(64)) {
            for (byte, first) in word.to_le_bytes().into_iter().zip((first..).step_by(8)) {
                // The mask says that there is room, which a comparison would cost more to say.
                let room = &mut self.ones[1 + (count & COUNT_MASK)..][..GROUP];
                room.iter_mut().zip(&ONES[byte as usize]).for_each(|(to, one)| *to = first + one);
                count += byte.count_ones() as usize;
            }
        }
        self.count = count;
        let ended = u64::from(self.ones[count]).saturating_sub(count.saturating_sub(1) as u64);
        // What fills the last group is no record, and looks like one above all.
        for (place, to) in self.ones[1 + count..].iter_mut().take(GROUP).enumerate() {
            *to = (LINE_BITS as usize + 2 * place) as u16;
        }
        (count, ended)
    }

    /// Decodes the records of the line.
    #[inline(always)]
    pub(super) fn decode(&mut self, records: &Records, place: &Place<'_>, room: Room<'_>) -> Seen {
        let is_low = (1..64).contains(&records.remainder_bits);
        match (records.bits, records.code_bits > 0) {
            (1..=SHORT_BITS, false) if is_low => self.decode_low::<false, false>(records, place, room),
            (1..=SHORT_BITS, true) if is_low => self.decode_low::<false, true>(records, place, room),
            (1..=64, false) if is_low => self.decode_low::<true, false>(records, place, room),
            (1..=64, true) if is_low => self.decode_low::<true, true>(records, place, room),
            _ => self.decode_any(records, place, room),
        }
    }

    /// Remainders of 1 to 63 bits. `LONG`: fields of up to 64 bits, which 9 bytes hold, and not only [`SHORT_BITS`].
    ///
    /// One simple loop after the other: each becomes vectors, and what they leave to each other stays in the first cache.
    #[inline(always)]
    fn decode_low<const LONG: bool, const CODES: bool>(
        &mut self,
        records: &Records,
        place: &Place<'_>,
        room: Room<'_>,
    ) -> Seen {
        self.load_fields::<LONG>(records.bits, place);
        let escaped = if CODES { self.split_codes(records, room.codes) } else { 0 };
        if !CODES {
            room.codes.fill([0; GROUP]);
        }
        let (bits, mut first) = (records.remainder_bits, records.slice | place.quotient);
        let ones = self.ones[1..].as_chunks::<GROUP>().0.iter();
        let remainders = self.remainders[1..].as_chunks::<GROUP>().0.iter();
        for ((low, high), (ones, remainders)) in room.low.iter_mut().zip(room.high).zip(ones.zip(remainders)) {
            // Before a one stand those of the records before; all other bits are zeros that end a quotient.
            let quotients: [u64; GROUP] =
                array::from_fn(|at| first.wrapping_sub(at as u64).wrapping_add(u64::from(ones[at])));
            // Arrays of their own, so that no store is feared to change what is read next.
            let lows: [u64; GROUP] = array::from_fn(|at| quotients[at] << bits | remainders[at]);
            let highs: [u64; GROUP] = array::from_fn(|at| quotients[at] >> (64 - bits));
            (*low, *high) = (lows, highs);
            first = first.wrapping_sub(GROUP as u64);
        }
        Seen { descends: self.descends(), escaped }
    }

    /// Takes the fields of all groups, codes and remainders in one.
    #[inline(always)]
    fn load_fields<const LONG: bool>(&mut self, bits: u64, place: &Place<'_>) {
        let begins: [u64; GROUP] = array::from_fn(|at| place.bit + at as u64 * bits);
        let (offsets, shifts) = (begins.map(|bit| bit / 8), begins.map(|bit| bit % 8));
        let groups = self.count.div_ceil(GROUP);
        let fields = &mut self.remainders[1..].as_chunks_mut::<GROUP>().0[..groups];
        let above = &mut self.above.as_chunks_mut::<GROUP>().0[..groups];
        for (group, (fields, above)) in fields.iter_mut().zip(above.iter_mut()).enumerate() {
            let bytes = place.bytes.get(group * bits as usize..).unwrap_or_default();
            for at in 0..GROUP {
                if LONG {
                    let [low @ .., high] = load::<9>(bytes, offsets[at]);
                    (fields[at], above[at]) = (u64::from_le_bytes(low), high);
                } else {
                    fields[at] = u64::from_le_bytes(load(bytes, offsets[at]));
                }
            }
        }
        let mask = u64::MAX >> (64 - bits);
        for (fields, above) in fields.iter_mut().zip(above) {
            let shifted: [u64; GROUP] = array::from_fn(|at| match LONG {
                true => fields[at] >> shifts[at] | u64::from(above[at]) << 1 << (63 - shifts[at]),
                false => fields[at] >> shifts[at],
            });
            *fields = shifted.map(|field| field & mask);
        }
    }

    /// Parts the fields into codes and remainders, and counts the codes that are no places.
    #[inline(always)]
    fn split_codes(&mut self, records: &Records, codes: &mut [[u32; GROUP]]) -> u64 {
        let (bits, plain) = (records.code_bits, u64::from(records.plain_codes));
        let mask = (1u64 << bits) - 1;
        let mut escaped = [0u64; GROUP];
        for (fields, codes) in self.remainders[1..].as_chunks_mut::<GROUP>().0.iter_mut().zip(codes.iter_mut()) {
            let in_group = fields.map(|field| field & mask);
            *fields = fields.map(|field| field >> bits);
            *codes = in_group.map(|code| code as u32);
            (0..GROUP).for_each(|at| escaped[at] += 1 ^ in_group[at].wrapping_sub(plain) >> 63);
        }
        // What fills the last group is no record, whatever code it seems to have.
        let fill =
            codes.as_flattened()[self.count..].iter().filter(|code| **code >= records.plain_codes).count() as u64;
        escaped.iter().sum::<u64>() - fill
    }

    /// Whether a remainder is not above the one before it although their quotient is the same: their ones are neighbours.
    #[inline(always)]
    fn descends(&self) -> bool {
        let mut signs = [0u64; GROUP];
        let groups = self.count.div_ceil(GROUP);
        let ones = self.ones[1..].as_chunks::<GROUP>().0.iter().zip(self.ones.as_chunks::<GROUP>().0);
        let remainders = self.remainders[1..].as_chunks::<GROUP>().0.iter().zip(self.remainders.as_chunks::<GROUP>().0);
        for ((ones, ones_before), (remainders, before)) in ones.zip(remainders).take(groups) {
            for at in 0..GROUP {
                let is_above = remainders[at].wrapping_sub(before[at]).wrapping_sub(1);
                let is_apart = u64::from(ones[at]).wrapping_sub(u64::from(ones_before[at])).wrapping_sub(2);
                signs[at] |= is_above & is_apart;
            }
        }
        signs.iter().any(|sign| sign >> 63 == 1)
    }

    /// Fields of any length, one after the other.
    #[inline(never)]
    fn decode_any(&mut self, records: &Records, place: &Place<'_>, room: Room<'_>) -> Seen {
        let (low, high, codes) =
            (room.low.as_flattened_mut(), room.high.as_flattened_mut(), room.codes.as_flattened_mut());
        let (mut seen, mut before) = (Seen::default(), None);
        for (at, one) in self.ones[1..][..self.count].iter().enumerate() {
            let bit = place.bit + at as u64 * records.bits;
            let code = read_bits(place.bytes, bit, records.code_bits) as u32;
            let remainder = read_bits(place.bytes, bit + u64::from(records.code_bits), records.remainder_bits);
            let quotient = (records.slice | place.quotient) + u64::from(*one) - at as u64;
            let digest = u128::from(quotient).checked_shl(records.remainder_bits).unwrap_or(0) | remainder;
            (low[at], high[at], codes[at]) = (digest as u64, (digest >> 64) as u64, code);
            seen.descends |= before >= Some(digest);
            seen.escaped += u64::from(code >= records.plain_codes);
            before = Some(digest);
        }
        seen
    }
}

impl Records {
    pub(super) fn of(header: &Header, plain_codes: u32) -> Records {
        Records {
            bits: header.record_bits(),
            code_bits: header.code_bits.into(),
            remainder_bits: header.remainder_bits(),
            slice: u64::from(header.slice) << header.quotient_bits,
            plain_codes,
        }
    }
}

/// Bytes from an offset on; zeros behind the end, where the padding makes sure that no record is.
#[inline(always)]
pub(super) fn load<const N: usize>(bytes: &[u8], at: u64) -> [u8; N] {
    // An offset far below the largest one, so that one comparison is enough.
    let at = (at & u64::MAX >> 3) as usize;
    bytes.get(at..at + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
}
