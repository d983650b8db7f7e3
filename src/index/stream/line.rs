//! The records of a line, all at once: from the ones and zeros of its quotients and the bit fields of section R.

use super::super::bits::read_bits;
use super::super::format::{Header, LINE_BITS};
use super::Streamed;
use crate::digest::Digest;

/// Words of a line that hold quotients.
pub(super) const WORDS: usize = LINE_BITS as usize / 64;
/// Most records of a line, and those that a byte writes behind its own.
const ROOM: usize = LINE_BITS as usize + 8;
/// A field of up to this many bits is inside of 8 bytes, whatever bit of its first byte it begins at.
const SHORT_BITS: u64 = 57;
/// The same for 16 bytes.
const WIDE_BITS: u64 = 121;

/// For every byte, how many zeros stand before each of its ones; zero behind the last one.
const ZEROS: [[u16; 8]; 256] = zeros_of_bytes();

const fn zeros_of_bytes() -> [[u16; 8]; 256] {
    let mut zeros = [[0; 8]; 256];
    let mut byte = 0;
    while byte < 256 {
        let (mut ones, mut bit) = (0, 0);
        while bit < 8 {
            if byte >> bit & 1 == 1 {
                zeros[byte][ones] = (bit - ones) as u16;
                ones += 1;
            }
            bit += 1;
        }
        byte += 1;
    }
    zeros
}

/// For every record of a line, how many quotients of the line end before it.
pub(super) struct Quotients {
    before: [u16; ROOM],
    count: usize,
}

impl Quotients {
    pub(super) fn new() -> Quotients {
        Quotients { before: [0; ROOM], count: 0 }
    }

    /// Takes the quotients of a line. A byte at a time, eight records whether it has them or not: no branch depends on the bits.
    #[inline(always)]
    pub(super) fn fill(&mut self, words: &[u64; WORDS]) {
        let mut count = 0;
        for (word, first) in words.iter().zip((0..).step_by(64)) {
            for (byte, first) in word.to_le_bytes().into_iter().zip((first..).step_by(8)) {
                // Of the bits before this byte those that are no ones.
                let zeros = (first - count) as u16;
                if let Some(room) = self.before.get_mut(count..count + 8) {
                    room.iter_mut().zip(&ZEROS[byte as usize]).for_each(|(to, in_byte)| *to = zeros + in_byte);
                }
                count += byte.count_ones() as usize;
            }
        }
        self.count = count;
    }

    /// One number for each record, ascending.
    #[inline(always)]
    pub(super) fn get(&self) -> &[u16] {
        &self.before[..self.count]
    }
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

/// What was seen of the records of a line, beside themselves.
#[derive(Clone, Copy, Default)]
pub(super) struct Seen {
    /// The last digest.
    pub last: u128,
    /// Whether a digest is not above the one before.
    pub descends: bool,
    /// Records whose code is no place in the dictionary.
    pub escaped: u64,
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

    /// Decodes the records of a line, a code instead of the place in each.
    ///
    /// Input: the digest before the line, zero if there is none. Output: the records, behind others in `block`.
    #[inline(always)]
    pub(super) fn decode(
        &self,
        place: &Place<'_>,
        quotients: &Quotients,
        before: u128,
        block: &mut Vec<Streamed>,
    ) -> Seen {
        let (rb, has_codes) = (self.remainder_bits, self.code_bits > 0);
        match self.bits {
            // One load, and shifts that the digest's halves share.
            1..=SHORT_BITS if rb > 0 && !has_codes => {
                self.each(place, quotients, before, block, |bit| (0, self.short(place.bytes, bit)), self.low())
            }
            1..=SHORT_BITS if rb > 0 => {
                let split = |bit| self.split(self.short(place.bytes, bit));
                self.each(place, quotients, before, block, split, self.low())
            }
            1..=64 if rb > 0 && rb < 64 && !has_codes => {
                self.each(place, quotients, before, block, |bit| (0, self.long(place.bytes, bit)), self.low())
            }
            1..=64 if rb > 0 && rb < 64 => {
                let split = |bit| self.split(self.long(place.bytes, bit));
                self.each(place, quotients, before, block, split, self.low())
            }
            1..=WIDE_BITS if rb >= 64 => {
                self.each(place, quotients, before, block, |bit| self.wide(place.bytes, bit), self.high())
            }
            _ => self.each(place, quotients, before, block, |bit| self.any(place.bytes, bit), |quotient, remainder| {
                u128::from(quotient).checked_shl(rb).unwrap_or(0) | remainder
            }),
        }
    }

    /// Decodes every record: `read` gives code and remainder at a bit, `join` makes a digest.
    #[inline(always)]
    fn each<R>(
        &self,
        place: &Place<'_>,
        quotients: &Quotients,
        before: u128,
        block: &mut Vec<Streamed>,
        read: impl Fn(u64) -> (u32, R),
        join: impl Fn(u64, R) -> u128,
    ) -> Seen {
        let (first, mut bit) = (self.slice | place.quotient, place.bit);
        let mut seen = Seen { last: before, ..Seen::default() };
        block.extend(quotients.get().iter().map(|quotient| {
            let (code, remainder) = read(bit);
            let digest = join(first + u64::from(*quotient), remainder);
            bit += self.bits;
            seen.descends |= digest <= seen.last;
            seen.last = digest;
            seen.escaped += u64::from(code >= self.plain_codes);
            Streamed { digest: Digest(digest), place: code }
        }));
        seen
    }

    /// Joins a quotient and a remainder of 1 to 63 bits.
    #[inline(always)]
    fn low(&self) -> impl Fn(u64, u64) -> u128 + use<> {
        let bits = self.remainder_bits;
        move |quotient, remainder| {
            let high = quotient.wrapping_shr(64 - bits);
            u128::from(high) << 64 | u128::from(quotient.wrapping_shl(bits) | remainder)
        }
    }

    /// Joins a quotient and a remainder of at least 64 bits: at 128 the quotient is zero.
    #[inline(always)]
    fn high(&self) -> impl Fn(u64, u128) -> u128 + use<> {
        let bits = self.remainder_bits;
        move |quotient, remainder| u128::from(quotient.wrapping_shl(bits - 64)) << 64 | remainder
    }

    /// A field of at most [`SHORT_BITS`].
    #[inline(always)]
    fn short(&self, bytes: &[u8], bit: u64) -> u64 {
        u64::from_le_bytes(load(bytes, bit / 8)) >> (bit % 8) & (u64::MAX >> (64 - self.bits))
    }

    /// A field of at most 64 bits.
    #[inline(always)]
    fn long(&self, bytes: &[u8], bit: u64) -> u64 {
        (u128::from_le_bytes(load(bytes, bit / 8)) >> (bit % 8)) as u64 & (u64::MAX >> (64 - self.bits))
    }

    /// Code and remainder of a field of at most 64 bits.
    #[inline(always)]
    fn split(&self, field: u64) -> (u32, u64) {
        (field as u32 & (u64::MAX >> (64 - self.code_bits)) as u32, field >> self.code_bits)
    }

    /// Code and remainder of a field of at most [`WIDE_BITS`].
    #[inline(always)]
    fn wide(&self, bytes: &[u8], bit: u64) -> (u32, u128) {
        let field = u128::from_le_bytes(load(bytes, bit / 8)) >> (bit % 8);
        let code = field as u64 & ((1 << self.code_bits) - 1);
        (code as u32, field >> self.code_bits & (u128::MAX >> (128 - self.remainder_bits)))
    }

    /// Code and remainder of any field.
    fn any(&self, bytes: &[u8], bit: u64) -> (u32, u128) {
        let code = read_bits(bytes, bit, self.code_bits) as u32;
        (code, read_bits(bytes, bit + u64::from(self.code_bits), self.remainder_bits))
    }
}

/// Bytes from an offset on; zeros behind the end, where the padding makes sure that no record is.
#[inline(always)]
pub(super) fn load<const N: usize>(bytes: &[u8], at: u64) -> [u8; N] {
    // An offset far below the largest one, so that one comparison is enough.
    let at = (at & u64::MAX >> 3) as usize;
    bytes.get(at..at + N).and_then(|bytes| bytes.try_into().ok()).unwrap_or([0; N])
}
