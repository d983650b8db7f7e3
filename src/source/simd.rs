//! Sixteen bytes compared at once, each answer a mask with one bit for each byte, the first lowest. On x86-64 with SSE2, which
//! all of these processors have, so that nothing is chosen at run time; elsewhere by a loop. One of the few files with `unsafe`.
//!
//! # Safety
//!
//! SSE2 is part of the architecture. Bytes are loaded through a reference to sixteen of them; everything else is arithmetic.

/// How many bytes are compared at once.
pub(super) const BYTES: usize = 16;

/// Sixteen bytes.
#[derive(Clone, Copy)]
pub(super) struct Sixteen(inner::Bytes);

impl Sixteen {
    #[inline(always)]
    pub(super) fn new(bytes: &[u8; BYTES]) -> Sixteen {
        Sixteen(inner::load(bytes))
    }

    /// Those that are this byte.
    #[inline(always)]
    pub(super) fn equal(self, byte: u8) -> u32 {
        inner::equal(self.0, byte)
    }

    /// Those that are one of these bytes.
    #[inline(always)]
    pub(super) fn any<const N: usize>(self, bytes: [u8; N]) -> u32 {
        inner::any(self.0, bytes)
    }

    /// Digits and points.
    #[inline(always)]
    pub(super) fn number(self) -> u32 {
        inner::number(self.0)
    }

    /// ASCII letters and digits, and bytes that are not ASCII.
    #[inline(always)]
    pub(super) fn word(self) -> u32 {
        inner::word(self.0)
    }
}

#[cfg(target_arch = "x86_64")]
mod inner {
    use std::arch::x86_64::{
        __m128i, _mm_add_epi8, _mm_cmpeq_epi8, _mm_cmplt_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128,
        _mm_set1_epi8,
    };

    pub type Bytes = __m128i;

    #[inline(always)]
    pub fn load(bytes: &[u8; 16]) -> Bytes {
        // SAFETY: SSE2 is part of x86-64; sixteen bytes are readable behind the reference, and need no alignment.
        unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
    }

    #[inline(always)]
    fn splat(byte: u8) -> Bytes {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_set1_epi8(byte as i8) }
    }

    #[inline(always)]
    fn mask(bytes: Bytes) -> u32 {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_movemask_epi8(bytes) as u32 }
    }

    #[inline(always)]
    fn either(a: Bytes, b: Bytes) -> Bytes {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_or_si128(a, b) }
    }

    #[inline(always)]
    fn same(bytes: Bytes, byte: u8) -> Bytes {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_cmpeq_epi8(bytes, splat(byte)) }
    }

    /// Bytes from `first` on, `count` of them: moved to the lowest signed numbers, they are less than the first behind them.
    #[inline(always)]
    fn range(bytes: Bytes, first: u8, count: u8) -> Bytes {
        // SAFETY: SSE2 is part of x86-64.
        unsafe { _mm_cmplt_epi8(_mm_add_epi8(bytes, splat(0x80_u8.wrapping_sub(first))), splat(0x80 + count)) }
    }

    #[inline(always)]
    pub fn equal(bytes: Bytes, byte: u8) -> u32 {
        mask(same(bytes, byte))
    }

    #[inline(always)]
    pub fn any<const N: usize>(bytes: Bytes, wanted: [u8; N]) -> u32 {
        let mut all = same(bytes, wanted[0]);
        for byte in &wanted[1..] {
            all = either(all, same(bytes, *byte));
        }
        mask(all)
    }

    #[inline(always)]
    pub fn number(bytes: Bytes) -> u32 {
        mask(either(range(bytes, b'0', 10), same(bytes, b'.')))
    }

    #[inline(always)]
    pub fn word(bytes: Bytes) -> u32 {
        let letters = range(either(bytes, splat(0x20)), b'a', 26);
        // The sign of a byte that is not ASCII is the bit that the mask takes.
        mask(either(either(letters, range(bytes, b'0', 10)), bytes))
    }
}

#[cfg(not(target_arch = "x86_64"))]
use portable as inner;

#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable {
    pub type Bytes = [u8; 16];

    pub fn load(bytes: &[u8; 16]) -> Bytes {
        *bytes
    }

    fn mask(bytes: Bytes, test: impl Fn(u8) -> bool) -> u32 {
        (0..).zip(bytes).map(|(place, byte)| u32::from(test(byte)) << place).sum()
    }

    pub fn equal(bytes: Bytes, wanted: u8) -> u32 {
        mask(bytes, |byte| byte == wanted)
    }

    pub fn any<const N: usize>(bytes: Bytes, wanted: [u8; N]) -> u32 {
        mask(bytes, |byte| wanted.contains(&byte))
    }

    pub fn number(bytes: Bytes) -> u32 {
        mask(bytes, |byte| byte.is_ascii_digit() || byte == b'.')
    }

    pub fn word(bytes: Bytes) -> u32 {
        mask(bytes, |byte| byte.is_ascii_alphanumeric() || byte >= 0x80)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place_is_judged_as_by_the_portable_code() {
        for byte in 0..=255 {
            for place in 0..BYTES {
                let mut bytes: [u8; BYTES] = std::array::from_fn(|i| byte ^ (i as u8 * 16 + 1));
                bytes[place] = byte;
                let sixteen = Sixteen::new(&bytes);
                assert_eq!(sixteen.equal(byte), portable::equal(bytes, byte), "{bytes:?}");
                assert_eq!(sixteen.equal(b'x'), portable::equal(bytes, b'x'), "{bytes:?}");
                let wanted = [byte, b':', 0xff, 0];
                assert_eq!(sixteen.any(wanted), portable::any(bytes, wanted), "{bytes:?}");
                assert_eq!(sixteen.number(), portable::number(bytes), "{bytes:?}");
                assert_eq!(sixteen.word(), portable::word(bytes), "{bytes:?}");
                assert_eq!(portable::load(&bytes), bytes);
            }
        }
    }
}
