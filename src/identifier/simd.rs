//! Looks at 16 bytes of an address at a time. One of the few files with `unsafe`.
//!
//! # Safety
//!
//! The one function here needs SSE2, which every x86-64 processor has: it is part of the architecture. It reads and writes
//! through safe references only, and loads from numbers, not from addresses.

/// Longer addresses are rare, and no set has more bits.
pub(super) const BYTES_MAX: usize = 64;

/// One bit for each byte of a text, by what it is.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Sets {
    pub letters: u64,
    pub digits: u64,
    pub dots: u64,
    pub hyphens: u64,
    /// `_` and `+`.
    pub marks: u64,
    pub ats: u64,
}

/// Turns capitals into small letters, and sorts the first `length` bytes into sets.
#[inline]
pub(super) fn lower_and_sort(text: &mut [u8; BYTES_MAX], length: usize) -> Sets {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has SSE2.
    return unsafe { lower_and_sort_by_sse2(text, length) };
    #[cfg(not(target_arch = "x86_64"))]
    lower_and_sort_portably(text, length)
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn lower_and_sort_by_sse2(text: &mut [u8; BYTES_MAX], length: usize) -> Sets {
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_cvtsi128_si64, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set_epi64x, _mm_set1_epi8, _mm_sub_epi8, _mm_unpackhi_epi64,
    };
    let bits = |lanes: __m128i| u64::from(_mm_movemask_epi8(lanes) as u16);
    let mut sets = Sets::default();
    let (quarters, _) = text.as_chunks_mut::<16>();
    for (i, quarter) in quarters.iter_mut().enumerate().take(length.div_ceil(16)) {
        let (halves, _) = quarter.as_chunks_mut::<8>();
        let half = |half: [u8; 8]| i64::from_le_bytes(half);
        let bytes = _mm_set_epi64x(half(halves[1]), half(halves[0]));
        let byte = |byte: u8| _mm_set1_epi8(byte as i8);
        let below = |first: u8, count: u8, bytes: __m128i| {
            let from_first = _mm_sub_epi8(bytes, byte(first));
            _mm_cmpeq_epi8(_mm_min_epu8(from_first, byte(count - 1)), from_first)
        };
        let capitals = below(b'A', 26, bytes);
        let lowered = _mm_or_si128(bytes, _mm_and_si128(capitals, byte(0x20)));
        let is = |wanted: u8| _mm_cmpeq_epi8(lowered, byte(wanted));
        let at = 16 * i;
        sets.letters |= bits(below(b'a', 26, lowered)) << at;
        sets.digits |= bits(below(b'0', 10, lowered)) << at;
        sets.dots |= bits(is(b'.')) << at;
        sets.hyphens |= bits(is(b'-')) << at;
        sets.marks |= bits(_mm_or_si128(is(b'_'), is(b'+'))) << at;
        sets.ats |= bits(is(b'@')) << at;
        halves[0] = _mm_cvtsi128_si64(lowered).to_le_bytes();
        halves[1] = _mm_cvtsi128_si64(_mm_unpackhi_epi64(lowered, lowered)).to_le_bytes();
    }
    sets
}

/// The same, byte by byte.
#[cfg(any(test, not(target_arch = "x86_64")))]
pub(super) fn lower_and_sort_portably(text: &mut [u8; BYTES_MAX], length: usize) -> Sets {
    let mut sets = Sets::default();
    for (i, byte) in text.iter_mut().enumerate().take(length) {
        byte.make_ascii_lowercase();
        let set = match *byte {
            b'a'..=b'z' => &mut sets.letters,
            b'0'..=b'9' => &mut sets.digits,
            b'.' => &mut sets.dots,
            b'-' => &mut sets.hyphens,
            b'_' | b'+' => &mut sets.marks,
            b'@' => &mut sets.ats,
            _ => continue,
        };
        *set |= 1 << i;
    }
    sets
}
