//! HMAC-SHA-256 with the SHA instructions of x86-64, several messages at a time. One of the few files with `unsafe`.
//!
//! # Why several at a time
//!
//! SHA-256 is one long chain: each of the 32 `sha256rnds2` of a block needs the result of the one before, and takes 4 cycles
//! on Zen 3, though a core can begin one every 2. One message therefore leaves half of the unit idle: 2 blocks x 32 x 4 =
//! 256 cycles for a short message, plus the ends. Two messages in turn fill the gaps; a third hides the schedule
//! (`sha256msg1`, `sha256msg2`, adds) as well, at the price of registers: 3 x 6 of the 16 there are.
//!
//! Measured beside a clone of a keyed `hmac::Hmac` in one run, messages of 25 bytes: see `benches/README.md`.
//!
//! # Nothing else is done
//!
//! The states after the inner and outer pad are given ([`HmacState`](super::HmacState)). The inner hash goes from registers
//! into the outer block, whose other half is constant; of the outer hash only the first 128 bits are kept, since no digest
//! is longer.
//!
//! # Safety
//!
//! Every function here needs the CPU features `sha` and `avx` (for instructions with three operands, which save copies of
//! registers; what they do is SSE 4.1). The only way in is a method of [`ShaNi`],
//! which exists only after the processor was asked for them. All loads are unaligned loads (`loadu`) of 16 bytes from inside of arrays whose length
//! is in their type. There are no other pointers, no stores to memory but through safe references, and no state.
//!
//! Source: FIPS 180-4 section 6.2; RFC 2104; the meaning of the instructions from Intel's "SHA Extensions" (2013).

use std::arch::x86_64::{
    __m128i, _mm_add_epi32, _mm_alignr_epi8, _mm_blend_epi16, _mm_extract_epi32, _mm_loadu_si128, _mm_set_epi32,
    _mm_set_epi64x, _mm_setzero_si128, _mm_sha256msg1_epu32, _mm_sha256msg2_epu32, _mm_sha256rnds2_epu32,
    _mm_shuffle_epi8, _mm_shuffle_epi32,
};

use super::hmac::HmacState;

/// Messages that are hashed side by side.
pub(super) const LANES: usize = 3;

/// The round constants of SHA-256 (FIPS 180-4, 4.2.2).
#[rustfmt::skip]
pub(super) const K: [[u32; 4]; 16] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5], [0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5],
    [0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3], [0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc], [0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da],
    [0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7], [0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13], [0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85],
    [0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3], [0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5], [0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3],
    [0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208], [0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

/// A message: the state of its key, and its blocks with SHA-256's padding.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    pub state: &'a HmacState,
    pub blocks: &'a [[u8; 64]],
}

/// A state in the order in which the instructions want it: words A, B, E, F and C, D, G, H.
type State = [__m128i; 2];

/// The proof that this processor has the instructions.
#[derive(Clone, Copy)]
pub(super) struct ShaNi(());

impl ShaNi {
    /// Asks the processor; the answer is remembered.
    pub(super) fn detect() -> Option<ShaNi> {
        let has_all = is_x86_feature_detected!("sha") && is_x86_feature_detected!("avx");
        has_all.then_some(ShaNi(()))
    }

    /// The first 128 bits of the HMACs of `N` messages with the same number of blocks.
    #[inline]
    pub(super) fn macs<const N: usize>(self, messages: [Message<'_>; N]) -> [u128; N] {
        // SAFETY: a `ShaNi` exists only where the processor has the features that `macs` is compiled for.
        unsafe { macs(messages) }
    }
}

// Loops and no closures: a closure has the features of the function around it, but what it is given to, `map` say, has not,
// and is then a call for every 16 bytes. That costs a quarter, and comes and goes with changes elsewhere in the crate.
#[target_feature(enable = "sha,avx")]
fn macs<const N: usize>(messages: [Message<'_>; N]) -> [u128; N] {
    let zero = _mm_setzero_si128();
    let (mut states, mut words) = ([[zero; 2]; N], [[zero; 4]; N]);
    for lane in 0..N {
        states[lane] = load_state(messages[lane].state.inner());
    }
    for block in 0..messages[0].blocks.len() {
        for lane in 0..N {
            words[lane] = load_block(&messages[lane].blocks[block]);
        }
        compress(&mut states, &mut words);
    }
    // The padding of a hash of 32 bytes behind a pad of 64.
    let end = _mm_set_epi32(0, 0, 0, i32::MIN);
    let length = _mm_set_epi32((64 + 32) * 8, 0, 0, 0);
    for lane in 0..N {
        let [first, second] = store_order(states[lane]);
        words[lane] = [first, second, end, length];
        states[lane] = load_state(messages[lane].state.outer());
    }
    compress(&mut states, &mut words);
    let mut macs = [0; N];
    for lane in 0..N {
        macs[lane] = first_half(states[lane]);
    }
    macs
}

/// Words A to D as a big-endian number.
#[inline]
#[target_feature(enable = "avx")]
fn first_half(state: State) -> u128 {
    let [first, _] = store_order(state);
    u128::from(_mm_extract_epi32::<0>(first) as u32) << 96
        | u128::from(_mm_extract_epi32::<1>(first) as u32) << 64
        | u128::from(_mm_extract_epi32::<2>(first) as u32) << 32
        | u128::from(_mm_extract_epi32::<3>(first) as u32)
}

#[inline]
#[target_feature(enable = "avx")]
fn load(words: &[u32; 4]) -> __m128i {
    // SAFETY: 16 bytes of an array of 16 bytes; `loadu` needs no alignment.
    unsafe { _mm_loadu_si128(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx")]
fn load_state(words: &[u32; 8]) -> State {
    let (halves, _) = words.as_chunks::<4>();
    let cdab = _mm_shuffle_epi32::<0xb1>(load(&halves[0]));
    let efgh = _mm_shuffle_epi32::<0x1b>(load(&halves[1]));
    [_mm_alignr_epi8::<8>(cdab, efgh), _mm_blend_epi16::<0xf0>(efgh, cdab)]
}

/// Words A to D and E to H.
#[inline]
#[target_feature(enable = "avx")]
fn store_order(state: State) -> [__m128i; 2] {
    let feba = _mm_shuffle_epi32::<0x1b>(state[0]);
    let dchg = _mm_shuffle_epi32::<0xb1>(state[1]);
    [_mm_blend_epi16::<0xf0>(feba, dchg), _mm_alignr_epi8::<8>(dchg, feba)]
}

/// The 16 words of a block, which are big-endian in memory.
#[inline]
#[target_feature(enable = "avx")]
fn load_block(block: &[u8; 64]) -> [__m128i; 4] {
    let (quarters, _) = block.as_chunks::<16>();
    [load_words(&quarters[0]), load_words(&quarters[1]), load_words(&quarters[2]), load_words(&quarters[3])]
}

#[inline]
#[target_feature(enable = "avx")]
fn load_words(bytes: &[u8; 16]) -> __m128i {
    let swap = _mm_set_epi64x(0x0c0d_0e0f_0809_0a0b, 0x0405_0607_0001_0203);
    // SAFETY: 16 bytes of an array of 16 bytes; `loadu` needs no alignment.
    _mm_shuffle_epi8(unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }, swap)
}

/// SHA-256's compression function on `N` states and blocks, in turn. Of the blocks nothing is left.
#[inline]
#[target_feature(enable = "sha,avx")]
fn compress<const N: usize>(states: &mut [State; N], words: &mut [[__m128i; 4]; N]) {
    let before = *states;
    // Four rounds of every message. A macro, so that each index is a constant and all words stay in registers.
    macro_rules! four_rounds {
        ($($group:literal)*) => {$(
            let constants = load(&K[$group]);
            for (state, words) in states.iter_mut().zip(words.iter_mut()) {
                let sum = _mm_add_epi32(words[$group % 4], constants);
                state[1] = _mm_sha256rnds2_epu32(state[1], state[0], sum);
                state[0] = _mm_sha256rnds2_epu32(state[0], state[1], _mm_shuffle_epi32::<0x0e>(sum));
                if $group < 12 {
                    let first = _mm_sha256msg1_epu32(words[$group % 4], words[($group + 1) % 4]);
                    let middle = _mm_alignr_epi8::<4>(words[($group + 3) % 4], words[($group + 2) % 4]);
                    words[$group % 4] = _mm_sha256msg2_epu32(_mm_add_epi32(first, middle), words[($group + 3) % 4]);
                }
            }
        )*};
    }
    four_rounds!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);
    for (state, before) in states.iter_mut().zip(before) {
        *state = [_mm_add_epi32(state[0], before[0]), _mm_add_epi32(state[1], before[1])];
    }
}
