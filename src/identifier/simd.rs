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

/// Turns capitals into small letters, and sorts the bytes of a text of up to [`BYTES_MAX`] into sets.
///
/// Output: the sets; in `lowered`, the text. What is behind it there is left as it was.
#[inline]
pub(super) fn lower_and_sort(text: &[u8], lowered: &mut [u8; BYTES_MAX]) -> Sets {
    #[cfg(target_arch = "x86_64")]
    if text.len() >= LANES {
        // SAFETY: every x86-64 processor has SSE2.
        return unsafe { lower_and_sort_by_sse2(text, lowered) };
    }
    lower_and_sort_portably(text, lowered)
}

/// Bytes looked at together.
#[cfg(target_arch = "x86_64")]
const LANES: usize = 16;

/// For texts of at least 16 bytes. The last 16 may overlap those before: a bit that is set twice is set, and so no byte
/// behind the text is read, and no copy of it is needed.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "sse2")]
fn lower_and_sort_by_sse2(text: &[u8], lowered: &mut [u8; BYTES_MAX]) -> Sets {
    use std::arch::x86_64::{
        __m128i, _mm_and_si128, _mm_cmpeq_epi8, _mm_cvtsi128_si64, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128,
        _mm_set_epi64x, _mm_set1_epi8, _mm_sub_epi8, _mm_unpackhi_epi64,
    };
    let bits = |lanes: __m128i| u64::from(_mm_movemask_epi8(lanes) as u16);
    let mut sets = Sets::default();
    let mut at = 0;
    while let Some(bytes) = text.get(at..).and_then(|rest| rest.first_chunk::<LANES>()) {
        let (halves, _) = bytes.as_chunks::<8>();
        let bytes = _mm_set_epi64x(i64::from_le_bytes(halves[1]), i64::from_le_bytes(halves[0]));
        let byte = |byte: u8| _mm_set1_epi8(byte as i8);
        let below = |first: u8, count: u8, bytes: __m128i| {
            let from_first = _mm_sub_epi8(bytes, byte(first));
            _mm_cmpeq_epi8(_mm_min_epu8(from_first, byte(count - 1)), from_first)
        };
        let capitals = below(b'A', 26, bytes);
        let small = _mm_or_si128(bytes, _mm_and_si128(capitals, byte(0x20)));
        let is = |wanted: u8| _mm_cmpeq_epi8(small, byte(wanted));
        sets.letters |= bits(below(b'a', 26, small)) << at;
        sets.digits |= bits(below(b'0', 10, small)) << at;
        sets.dots |= bits(is(b'.')) << at;
        sets.hyphens |= bits(is(b'-')) << at;
        sets.marks |= bits(_mm_or_si128(is(b'_'), is(b'+'))) << at;
        sets.ats |= bits(is(b'@')) << at;
        let small = [_mm_cvtsi128_si64(small), _mm_cvtsi128_si64(_mm_unpackhi_epi64(small, small))];
        for (half, small) in lowered[at..].as_chunks_mut::<8>().0.iter_mut().zip(small) {
            *half = small.to_le_bytes();
        }
        if at + LANES >= text.len() {
            break;
        }
        at = (at + LANES).min(text.len() - LANES);
    }
    sets
}

/// The same, byte by byte.
pub(super) fn lower_and_sort_portably(text: &[u8], lowered: &mut [u8; BYTES_MAX]) -> Sets {
    let mut sets = Sets::default();
    for (i, (small, byte)) in lowered.iter_mut().zip(text).enumerate() {
        *small = byte.to_ascii_lowercase();
        let set = match *small {
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
