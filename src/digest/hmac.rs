//! HMAC-SHA-256 from pre-computed states.

use sha2::block_api::compress256;
use zeroize::Zeroize;

/// SHA-256's block size in bytes.
const BLOCK: usize = 64;

/// The initial hash value of SHA-256 (FIPS 180-4, 5.3.3).
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// One HMAC-SHA-256 key, kept as the two hash states after the inner and outer pads.
///
/// Cost: 64 bytes, no heap; a message of up to 55 bytes is two compressions. Whoever has the states can compute digests,
/// so they are wiped on drop like the key itself.
///
/// Source: RFC 2104, section 4 ("Implementation Note"), and FIPS 198-1.
#[derive(Clone)]
pub struct HmacState {
    /// The state after the inner pad, and that after the outer one.
    words: [u32; 16],
}

impl HmacState {
    /// The states of a key of 32 bytes.
    pub fn new(key: &[u8; 32]) -> HmacState {
        let mut pad = [0u8; BLOCK];
        let mut after_pad = |mask: u8| {
            pad.fill(mask);
            pad.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
            let mut state = INITIAL;
            compress256(&mut state, std::slice::from_ref(&pad));
            state
        };
        let mut state = HmacState { words: [0; 16] };
        state.words[..8].copy_from_slice(&after_pad(0x36));
        state.words[8..].copy_from_slice(&after_pad(0x5c));
        pad.zeroize();
        state
    }

    /// The state after the inner pad.
    #[inline]
    pub(super) fn inner(&self) -> &[u32; 8] {
        &self.words.as_chunks::<8>().0[0]
    }

    /// The state after the outer pad.
    #[inline]
    pub(super) fn outer(&self) -> &[u32; 8] {
        &self.words.as_chunks::<8>().0[1]
    }

    /// Both, one after the other.
    #[cfg(target_arch = "x86_64")]
    #[inline]
    pub(super) fn words(&self) -> &[u32; 16] {
        &self.words
    }

    /// HMAC-SHA-256 of a message whose blocks have SHA-256's padding already.
    pub(super) fn mac_of_blocks(&self, blocks: &[[u8; BLOCK]]) -> [u8; 32] {
        let mut state = *self.inner();
        compress256(&mut state, blocks);
        let hash = bytes_of(&state);
        let mut state = *self.outer();
        absorb(&mut state, &hash, BLOCK);
        bytes_of(&state)
    }

    /// HMAC-SHA-256 of a message of any length.
    pub fn mac(&self, message: &[u8]) -> [u8; 32] {
        let mut state = *self.inner();
        absorb(&mut state, message, BLOCK);
        let hash = bytes_of(&state);
        let mut state = *self.outer();
        absorb(&mut state, &hash, BLOCK);
        bytes_of(&state)
    }
}

impl Drop for HmacState {
    fn drop(&mut self) {
        self.words.zeroize();
    }
}

/// Hashes the rest of a message after `prefix_bytes` that are already in the state, with SHA-256's padding.
fn absorb(state: &mut [u32; 8], message: &[u8], prefix_bytes: usize) {
    let (blocks, tail) = message.as_chunks::<BLOCK>();
    compress256(state, blocks);
    let mut last = [0u8; BLOCK];
    last[..tail.len()].copy_from_slice(tail);
    last[tail.len()] = 0x80;
    if tail.len() >= BLOCK - 8 {
        compress256(state, std::slice::from_ref(&last));
        last.fill(0);
    }
    let bits = (prefix_bytes + message.len()) as u64 * 8;
    last[BLOCK - 8..].copy_from_slice(&bits.to_be_bytes());
    compress256(state, std::slice::from_ref(&last));
}

fn bytes_of(state: &[u32; 8]) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (chunk, word) in bytes.chunks_exact_mut(4).zip(state) {
        chunk.copy_from_slice(&word.to_be_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::hmac::{Hmac, KeyInit, Mac};

    fn oracle(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).expect("HMAC takes any key length");
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// RFC 4231 keys are shorter than 32 bytes; HMAC pads a short key with zeros, so the padded key is the same key.
    fn padded(key: &[u8]) -> [u8; 32] {
        let mut padded = [0; 32];
        padded[..key.len()].copy_from_slice(key);
        padded
    }

    #[test]
    fn rfc_4231_vectors() {
        let check = |key: &[u8], message: &[u8], want: &str| {
            let got = HmacState::new(&padded(key)).mac(message);
            let hex: String = got.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, want);
        };
        check(&[0x0b; 20], b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        check(
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        );
        check(&[0xaa; 20], &[0xdd; 50], "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    }

    #[test]
    fn every_length_up_to_300_equals_the_hmac_crate() {
        let key: [u8; 32] = std::array::from_fn(|i| (i * 7 + 3) as u8);
        let state = HmacState::new(&key);
        let message: Vec<u8> = (0..300u32).map(|i| (i * 31 % 251) as u8).collect();
        for length in 0..=message.len() {
            assert_eq!(state.mac(&message[..length]), oracle(&key, &message[..length]), "length {length}");
        }
    }
}
