//! HMAC-SHA-256 of sixteen messages at a time with AVX-512. One of the few files with `unsafe`.
//!
//! # Why, beside the SHA instructions
//!
//! `sha256rnds2` does two rounds and can begin every second cycle, so a block costs 64 cycles whatever is done beside it. A
//! register of 512 bits holds the same word of sixteen messages; rotations are one instruction, any function of three bits
//! (`Ch`, `Maj`, a sum of three) is one, and a block needs
//!
//! ```text
//! 64 rounds x (6 rotations + 4 functions + 7 sums) + 48 words x (6 shifts + 2 functions + 3 sums) = 1,616 instructions
//! ```
//!
//! for sixteen messages: 101 each, of which a core of four pipes does three to four a cycle. That is about half the time of
//! the SHA instructions; and there are processors that have AVX-512 and no SHA instructions.
//!
//! Words of sixteen messages side by side need two transpositions of 16 x 16 words, 64 instructions each: one for the
//! blocks, one for the states, which lie in memory as sixteen words. The inner hash is then the outer block as it stands.
//!
//! Measured beside the other ways in one run: see `benches/README.md`.
//!
//! # Safety
//!
//! Every function here needs the CPU features `avx512f` and `avx512bw`. The only way in is a method of [`Avx512`], which
//! exists only after the processor was asked for them. All loads and stores are unaligned ones of 64 bytes, from or to
//! arrays of 64 bytes. There are no other pointers and no state.
//!
//! Source: FIPS 180-4 section 6.2; RFC 2104.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_loadu_si512, _mm512_ror_epi32, _mm512_set1_epi32, _mm512_set4_epi32,
    _mm512_setzero_si512, _mm512_shuffle_epi8, _mm512_shuffle_i32x4, _mm512_srli_epi32, _mm512_storeu_si512,
    _mm512_ternarylogic_epi32, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32,
    _mm512_unpacklo_epi64,
};

use super::sha_ni::{K, Message};

/// Messages that are hashed side by side.
pub(super) const LANES: usize = 16;

/// The same word of every message.
type Words = __m512i;

/// The functions of three bits, as tables: the result for the inputs 0 to 7.
const XOR: i32 = 0x96;
const CHOOSE: i32 = 0xca;
const MAJORITY: i32 = 0xe8;

/// The proof that this processor has the instructions.
#[derive(Clone, Copy)]
pub(super) struct Avx512(());

impl Avx512 {
    /// Asks the processor; the answer is remembered.
    pub(super) fn detect() -> Option<Avx512> {
        let has_all = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512bw");
        has_all.then_some(Avx512(()))
    }

    /// The first 128 bits of the HMACs of messages with the same number of blocks.
    #[inline]
    pub(super) fn macs(self, messages: &[Message<'_>; LANES]) -> [u128; LANES] {
        // SAFETY: an `Avx512` exists only where the processor has the features that `macs` is compiled for.
        unsafe { macs(messages) }
    }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn macs(messages: &[Message<'_>; LANES]) -> [u128; LANES] {
    let zero = _mm512_setzero_si512();
    let (mut inner, mut outer) = ([zero; 8], [zero; 8]);
    let mut rows = [zero; LANES];
    for lane in 0..LANES {
        rows[lane] = load_words(messages[lane].state.words());
    }
    let columns = transpose(rows);
    inner.copy_from_slice(&columns[..8]);
    outer.copy_from_slice(&columns[8..]);
    for block in 0..messages[0].blocks.len() {
        for lane in 0..LANES {
            rows[lane] = load_block(&messages[lane].blocks[block]);
        }
        compress(&mut inner, transpose(rows));
    }
    // The hash of the message, and the padding of 32 bytes behind a pad of 64.
    let mut words = [zero; 16];
    words[..8].copy_from_slice(&inner);
    words[8] = _mm512_set1_epi32(i32::MIN);
    words[15] = _mm512_set1_epi32((64 + 32) * 8);
    compress(&mut outer, words);
    let mut first = [[0u32; LANES]; 4];
    for word in 0..4 {
        store(outer[word], &mut first[word]);
    }
    let mut macs = [0; LANES];
    for lane in 0..LANES {
        let high = u64::from(first[0][lane]) << 32 | u64::from(first[1][lane]);
        let low = u64::from(first[2][lane]) << 32 | u64::from(first[3][lane]);
        macs[lane] = u128::from(high) << 64 | u128::from(low);
    }
    macs
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_words(words: &[u32; 16]) -> Words {
    // SAFETY: 64 bytes of an array of 64 bytes; `loadu` needs no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

/// The 16 words of a block, which are big-endian in memory.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load_block(block: &[u8; 64]) -> Words {
    let swap = _mm512_set4_epi32(0x0c0d_0e0f, 0x0809_0a0b, 0x0405_0607, 0x0001_0203);
    // SAFETY: 64 bytes of an array of 64 bytes; `loadu` needs no alignment.
    _mm512_shuffle_epi8(unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }, swap)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(words: Words, out: &mut [u32; LANES]) {
    // SAFETY: 64 bytes of an array of 64 bytes; `storeu` needs no alignment.
    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), words) }
}

/// Rows become columns: first inside of blocks of 4 x 4 words, then the blocks.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose(rows: [Words; 16]) -> [Words; 16] {
    let zero = _mm512_setzero_si512();
    let (mut quads, mut out) = ([zero; 16], [zero; 16]);
    for i in 0..4 {
        let [a, b, c, d] = [rows[4 * i], rows[4 * i + 1], rows[4 * i + 2], rows[4 * i + 3]];
        let (low_ab, low_cd) = (_mm512_unpacklo_epi32(a, b), _mm512_unpacklo_epi32(c, d));
        let (high_ab, high_cd) = (_mm512_unpackhi_epi32(a, b), _mm512_unpackhi_epi32(c, d));
        // Word `column` of every quarter of the four rows.
        quads[i] = _mm512_unpacklo_epi64(low_ab, low_cd);
        quads[4 + i] = _mm512_unpackhi_epi64(low_ab, low_cd);
        quads[8 + i] = _mm512_unpacklo_epi64(high_ab, high_cd);
        quads[12 + i] = _mm512_unpackhi_epi64(high_ab, high_cd);
    }
    for column in 0..4 {
        let [a, b, c, d] = [quads[4 * column], quads[4 * column + 1], quads[4 * column + 2], quads[4 * column + 3]];
        // Quarters 0 and 2, and 1 and 3, of two.
        let (even_ab, even_cd) = (_mm512_shuffle_i32x4::<0x88>(a, b), _mm512_shuffle_i32x4::<0x88>(c, d));
        let (odd_ab, odd_cd) = (_mm512_shuffle_i32x4::<0xdd>(a, b), _mm512_shuffle_i32x4::<0xdd>(c, d));
        out[column] = _mm512_shuffle_i32x4::<0x88>(even_ab, even_cd);
        out[4 + column] = _mm512_shuffle_i32x4::<0x88>(odd_ab, odd_cd);
        out[8 + column] = _mm512_shuffle_i32x4::<0xdd>(even_ab, even_cd);
        out[12 + column] = _mm512_shuffle_i32x4::<0xdd>(odd_ab, odd_cd);
    }
    out
}

/// The sum of three rotations, or of two and a shift.
macro_rules! sigma {
    ($x:expr, $first:literal, $second:literal, $third:literal) => {
        _mm512_ternarylogic_epi32::<XOR>(
            _mm512_ror_epi32::<$first>($x),
            _mm512_ror_epi32::<$second>($x),
            _mm512_ror_epi32::<$third>($x),
        )
    };
    ($x:expr, $first:literal, $second:literal, shift $third:literal) => {
        _mm512_ternarylogic_epi32::<XOR>(
            _mm512_ror_epi32::<$first>($x),
            _mm512_ror_epi32::<$second>($x),
            _mm512_srli_epi32::<$third>($x),
        )
    };
}

/// SHA-256's compression function on sixteen states and blocks.
#[inline]
#[target_feature(enable = "avx512f")]
fn compress(state: &mut [Words; 8], mut words: [Words; 16]) {
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    macro_rules! round {
        ($a:ident $b:ident $c:ident $d:ident $e:ident $f:ident $g:ident $h:ident, $constants:ident, $i:literal) => {
            let constant = _mm512_set1_epi32($constants[$i / 4][$i % 4] as i32);
            let chosen = _mm512_ternarylogic_epi32::<CHOOSE>($e, $f, $g);
            let majority = _mm512_ternarylogic_epi32::<MAJORITY>($a, $b, $c);
            let input = _mm512_add_epi32(_mm512_add_epi32($h, constant), _mm512_add_epi32(words[$i], chosen));
            let sum = _mm512_add_epi32(input, sigma!($e, 6, 11, 25));
            $d = _mm512_add_epi32($d, sum);
            $h = _mm512_add_epi32(_mm512_add_epi32(sum, majority), sigma!($a, 2, 13, 22));
        };
    }
    // Sixteen rounds: names move instead of values. A macro, so that each index is a constant and all stays in registers.
    macro_rules! sixteen_rounds {
        ($constants:ident) => {
            round!(a b c d e f g h, $constants, 0);
            round!(h a b c d e f g, $constants, 1);
            round!(g h a b c d e f, $constants, 2);
            round!(f g h a b c d e, $constants, 3);
            round!(e f g h a b c d, $constants, 4);
            round!(d e f g h a b c, $constants, 5);
            round!(c d e f g h a b, $constants, 6);
            round!(b c d e f g h a, $constants, 7);
            round!(a b c d e f g h, $constants, 8);
            round!(h a b c d e f g, $constants, 9);
            round!(g h a b c d e f, $constants, 10);
            round!(f g h a b c d e, $constants, 11);
            round!(e f g h a b c d, $constants, 12);
            round!(d e f g h a b c, $constants, 13);
            round!(c d e f g h a b, $constants, 14);
            round!(b c d e f g h a, $constants, 15);
        };
    }
    macro_rules! next_words {
        ($($i:literal)*) => {$(
            let (from_2, from_15) = (words[($i + 14) % 16], words[($i + 1) % 16]);
            let sum = _mm512_add_epi32(words[$i], words[($i + 9) % 16]);
            let sigmas = _mm512_add_epi32(sigma!(from_15, 7, 18, shift 3), sigma!(from_2, 17, 19, shift 10));
            words[$i] = _mm512_add_epi32(sum, sigmas);
        )*};
    }
    let (quarters, _) = K.as_chunks::<4>();
    let constants = &quarters[0];
    sixteen_rounds!(constants);
    for constants in &quarters[1..] {
        next_words!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
        sixteen_rounds!(constants);
    }
    for (state, word) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *state = _mm512_add_epi32(*state, word);
    }
}
