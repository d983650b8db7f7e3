//! Digests of many messages at once: faster than one after the other wherever the processor can do several in turn.

use super::hmac::HmacState;
#[cfg(target_arch = "x86_64")]
use super::sha_avx512::{Avx512, LANES as WIDE_LANES};
#[cfg(target_arch = "x86_64")]
use super::sha_ni::{LANES, Message, ShaNi};
use super::{Digest, Width};
use zeroize::Zeroize;

/// SHA-256's block size in bytes.
const BLOCK: usize = 64;
/// The byte 0x80 and the length, which stand behind every message.
const PADDING_BYTES_MIN: usize = 9;

/// Messages that wait for their HMAC. Reused from batch to batch; wiped on drop.
///
/// Cost: 72 bytes for a message of up to 55 bytes, which is copied once, into a block that has its padding already; nothing
/// on the heap once the batch has grown. A batch of 512 stays in the first two caches.
#[derive(Default)]
pub struct MacBatch {
    blocks: Vec<[u8; BLOCK]>,
    /// The place of the state of each message, its first block, and their number.
    messages: Vec<(u32, u32, u32)>,
    /// Whether a message has more than one block.
    mixed: bool,
}

impl MacBatch {
    /// Forgets all messages.
    pub fn clear(&mut self) {
        self.blocks.clear();
        self.messages.clear();
        self.mixed = false;
    }

    /// The number of messages.
    pub fn len(&self) -> usize {
        self.messages.len()
    }

    /// Whether there are no messages.
    pub fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Adds a message; `state` is the place of its HMAC state in the slice that [`MacBatch::digests`] will get.
    ///
    /// Output: the number of the message in the batch.
    pub fn push(&mut self, state: u32, message: &[u8]) -> u32 {
        let first = self.blocks.len() as u32;
        let blocks = (message.len() + PADDING_BYTES_MIN).div_ceil(BLOCK);
        self.mixed |= blocks > 1;
        // Written in place: a copy would have to wait until the bytes that were written last have settled.
        self.blocks.resize(first as usize + blocks, [0; BLOCK]);
        let bytes = self.blocks[first as usize..].as_flattened_mut();
        bytes[..message.len()].copy_from_slice(message);
        bytes[message.len()] = 0x80;
        // The length in bits, with the pad of the key before the message.
        let end = bytes.len();
        bytes[end - 8..].copy_from_slice(&((BLOCK + message.len()) as u64 * 8).to_be_bytes());
        self.messages.push((state, first, blocks as u32));
        self.messages.len() as u32 - 1
    }

    /// Puts other bytes in the place of a message, by its number: as many as it has.
    ///
    /// # Panics
    /// If there is no such message, or it is shorter.
    #[inline]
    pub(super) fn replace(&mut self, number: usize, message: &[u8]) {
        let (_, first, _) = self.messages[number];
        self.blocks[first as usize..].as_flattened_mut()[..message.len()].copy_from_slice(message);
    }

    /// Adds the last message once more, under another state.
    ///
    /// Output: its number.
    ///
    /// # Panics
    /// If there is none.
    pub fn push_again(&mut self, state: u32) -> u32 {
        let (_, first, blocks) = self.messages[self.messages.len() - 1];
        self.messages.push((state, first, blocks));
        self.messages.len() as u32 - 1
    }

    /// The digests of all messages, in the order in which they were added.
    ///
    /// # Panics
    /// If a message has a state that is not there.
    pub fn digests(&self, states: &[HmacState], width: Width, out: &mut Vec<Digest>) {
        out.clear();
        #[cfg(target_arch = "x86_64")]
        if let Some(fast) = Fast::detect() {
            return self.digests_fast(fast, states, width, out);
        }
        self.digests_portably(states, width, out);
    }

    /// The blocks of a message, padding included.
    fn blocks_of(&self, message: usize) -> &[[u8; BLOCK]] {
        let (_, first, blocks) = self.messages[message];
        &self.blocks[first as usize..(first + blocks) as usize]
    }

    fn digests_portably(&self, states: &[HmacState], width: Width, out: &mut Vec<Digest>) {
        for (i, (state, ..)) in self.messages.iter().enumerate() {
            out.push(width.truncate(&states[*state as usize].mac_of_blocks(self.blocks_of(i))));
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn digests_fast(&self, fast: Fast, states: &[HmacState], width: Width, out: &mut Vec<Digest>) {
        let shift = 128 - width.bits();
        if !self.mixed {
            let all = 0..self.messages.len();
            return self.macs_of(fast, states, all, |_, mac| out.push(Digest(mac >> shift)));
        }
        // Only messages with the same number of blocks go side by side.
        out.resize(self.messages.len(), Digest::default());
        let mut order: Vec<usize> = (0..self.messages.len()).collect();
        order.sort_by_key(|message| self.blocks_of(*message).len());
        for group in order.chunk_by(|a, b| self.blocks_of(*a).len() == self.blocks_of(*b).len()) {
            let numbers = group.iter().copied();
            self.macs_of(fast, states, numbers, |message, mac| out[message] = Digest(mac >> shift));
        }
    }

    /// Hands on the HMACs of messages that all have the same number of blocks.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    fn macs_of(
        &self,
        fast: Fast,
        states: &[HmacState],
        mut numbers: impl ExactSizeIterator<Item = usize>,
        mut each: impl FnMut(usize, u128),
    ) {
        let message = |number: usize| {
            let state = &states[self.messages[number].0 as usize];
            Message { state, blocks: self.blocks_of(number) }
        };
        if let Some(wide) = fast.wide {
            while numbers.len() >= WIDE_LANES {
                let lanes: [usize; WIDE_LANES] = std::array::from_fn(|_| numbers.next().unwrap_or_default());
                let macs = wide.macs(&lanes.map(message));
                lanes.into_iter().zip(macs).for_each(|(number, mac)| each(number, mac));
            }
        }
        let Some(sha_ni) = fast.sha_ni else {
            for number in numbers {
                let Message { state, blocks } = message(number);
                each(number, first_half(&state.mac_of_blocks(blocks)));
            }
            return;
        };
        while numbers.len() >= LANES {
            let lanes: [usize; LANES] = std::array::from_fn(|_| numbers.next().unwrap_or_default());
            let macs = sha_ni.macs(lanes.map(message));
            lanes.into_iter().zip(macs).for_each(|(number, mac)| each(number, mac));
        }
        for number in numbers {
            let [mac] = sha_ni.macs([message(number)]);
            each(number, mac);
        }
    }
}

/// What the processor has beside the portable way, at least one of the two.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
struct Fast {
    /// Sixteen messages at once.
    wide: Option<Avx512>,
    /// A few in turn: for processors without the wide way, and for what it leaves over.
    sha_ni: Option<ShaNi>,
}

#[cfg(target_arch = "x86_64")]
impl Fast {
    fn detect() -> Option<Fast> {
        let fast = Fast { wide: Avx512::detect(), sha_ni: ShaNi::detect() };
        (fast.wide.is_some() || fast.sha_ni.is_some()).then_some(fast)
    }

    /// Every way that this processor has, for tests.
    #[cfg(test)]
    fn all() -> Vec<Fast> {
        let (wide, sha_ni) = (Avx512::detect(), ShaNi::detect());
        let ways = [Fast { wide, sha_ni }, Fast { wide, sha_ni: None }, Fast { wide: None, sha_ni }];
        ways.into_iter().filter(|way| way.wide.is_some() || way.sha_ni.is_some()).collect()
    }
}

/// The first 128 bits of an HMAC.
#[cfg(target_arch = "x86_64")]
fn first_half(mac: &[u8; 32]) -> u128 {
    Width::WHOLE.truncate(mac).0
}

impl Drop for MacBatch {
    fn drop(&mut self) {
        // With all of its capacity: what `clear` left behind too.
        self.blocks.zeroize();
    }
}

/// Prints the number of messages.
impl std::fmt::Debug for MacBatch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MacBatch({} messages)", self.messages.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::hmac::{Hmac, KeyInit, Mac};

    fn key(n: u8) -> [u8; 32] {
        std::array::from_fn(|i| (i as u8).wrapping_mul(7).wrapping_add(n))
    }

    fn oracle(key: &[u8; 32], message: &[u8]) -> Digest {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).expect("HMAC takes any key length");
        mac.update(message);
        Width::DEFAULT.truncate(&mac.finalize().into_bytes().into())
    }

    /// All ways give what the `hmac` crate gives.
    fn check(messages: &[(u32, Vec<u8>)]) {
        let states: Vec<HmacState> = (0..3).map(|n| HmacState::new(&key(n))).collect();
        let mut batch = MacBatch::default();
        for (i, (state, message)) in messages.iter().enumerate() {
            assert_eq!(batch.push(*state, message), i as u32);
        }
        let want: Vec<Digest> = messages.iter().map(|(state, message)| oracle(&key(*state as u8), message)).collect();
        let (mut found, mut portable) = (vec![Digest(1)], Vec::new());
        batch.digests(&states, Width::DEFAULT, &mut found);
        batch.digests_portably(&states, Width::DEFAULT, &mut portable);
        let lengths: Vec<usize> = messages.iter().map(|(_, message)| message.len()).collect();
        assert!(found == want, "lengths {lengths:?}");
        assert!(portable == want, "portably, lengths {lengths:?}");
        #[cfg(target_arch = "x86_64")]
        for fast in Fast::all() {
            found.clear();
            batch.digests_fast(fast, &states, Width::DEFAULT, &mut found);
            let (wide, sha_ni) = (fast.wide.is_some(), fast.sha_ni.is_some());
            assert!(found == want, "AVX-512: {wide}, SHA: {sha_ni}, lengths {lengths:?}");
        }
    }

    fn message(seed: u64, length: usize) -> Vec<u8> {
        let mut state = seed;
        let mut byte = || {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            (state >> 56) as u8
        };
        (0..length).map(|_| byte()).collect()
    }

    #[test]
    fn every_length_in_every_lane_equals_the_hmac_crate() {
        for length in 0..=300 {
            let messages: Vec<_> = (0..23).map(|i| (i % 3, message(u64::from(i) + 1, length))).collect();
            check(&messages);
        }
    }

    #[test]
    fn batches_of_every_size_and_mixed_lengths() {
        for size in (0..=40usize).chain([64, 101]) {
            let short = (0..size).map(|i| (i as u32 % 3, message(i as u64, 25))).collect::<Vec<_>>();
            check(&short);
            let mixed = (0..size).map(|i| (i as u32 % 3, message(i as u64, i * 37 % 200))).collect::<Vec<_>>();
            check(&mixed);
        }
    }

    /// Two million messages; `LEAKDEX_LONG` multiplies them.
    #[test]
    fn random_messages_equal_the_hmac_crate() {
        let longer = std::env::var("LEAKDEX_LONG").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
        let rounds = 20_000 * longer;
        for round in 0..rounds {
            let of = |i: u64| (round * 100 + i).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
            let messages: Vec<_> =
                (0..100).map(|i| (of(i) as u32 % 3, message(round * 100 + i, of(i) as usize / 3 % 56))).collect();
            check(&messages);
        }
    }

    #[test]
    fn a_message_under_two_states_has_both_digests() {
        let states: Vec<HmacState> = (0..2).map(|n| HmacState::new(&key(n))).collect();
        for length in [25, 60, 130] {
            let text = message(1, length);
            let mut batch = MacBatch::default();
            batch.push(0, b"before");
            assert_eq!((batch.push(0, &text), batch.push_again(1)), (1, 2));
            let mut found = Vec::new();
            batch.digests(&states, Width::DEFAULT, &mut found);
            assert!(found[1..] == [oracle(&key(0), &text), oracle(&key(1), &text)], "{length} bytes");
        }
    }

    #[test]
    fn a_cleared_batch_is_a_new_one() {
        let states = [HmacState::new(&key(0))];
        let mut batch = MacBatch::default();
        batch.push(0, &[1; 100]);
        batch.clear();
        batch.push(0, b"anna@example.com");
        let mut found = Vec::new();
        batch.digests(&states, Width::DEFAULT, &mut found);
        assert!(found == [oracle(&key(0), b"anna@example.com")]);
        assert_eq!(format!("{batch:?}"), "MacBatch(1 messages)");
    }
}
