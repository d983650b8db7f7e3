//! The links of a rotated key: what a digest goes through behind the first secret.
//!
//! A key is rotated without the plaintext: the new digest of a value is an HMAC of the old one under a key of the new secret,
//! `digest' = leftmost B bits of HMAC(HKDF(secret, leakdex/v1/chain), digest in ceil(B / 8) bytes)`, one for all kinds. So every
//! record of an index can be put under the new key by whoever has both, and a new value reaches the same digest by way of the
//! first secret and all links. Tags go the same way, under a key of their own.
//!
//! # Cost
//!
//! Two compressions for each link and digest, in batches: 16 to 40 ns. A key of three rotations costs a scan about 0.1 us more
//! for each probe. Whoever wants to be rid of that ingests the dumps again under a new key.

use super::{Digest, HmacState, Key, MacBatch, Width};

/// Digests that go through a link at once.
const DIGESTS_PER_BATCH: usize = 512;

/// The links of a key, or its last ones.
#[derive(Default)]
pub struct Chain {
    digests: Vec<HmacState>,
    tags: Vec<HmacState>,
    macs: MacBatch,
    /// The link whose messages lie in the batch, and how many bytes each has: only those change from batch to batch.
    laid_out: Option<(usize, usize)>,
    hashed: Vec<Digest>,
}

impl Key {
    /// All links of the key; none if it was never rotated.
    pub fn chain(&self) -> Chain {
        self.chain_behind(0)
    }

    /// The links behind the first ones, so many: what turns a digest under an older key into one under this.
    pub fn chain_behind(&self, links: usize) -> Chain {
        let (digests, tags) = self.link_states(links).unzip();
        Chain { digests, tags, ..Chain::default() }
    }
}

impl Chain {
    /// How many links there are.
    pub fn links(&self) -> usize {
        self.digests.len()
    }

    /// Puts digests through all links.
    pub fn pass(&mut self, width: Width, digests: &mut [Digest]) {
        (0..self.links()).for_each(|link| self.pass_link(link, width, digests));
    }

    /// Puts digests through one link, by its place.
    pub fn pass_link(&mut self, link: usize, width: Width, digests: &mut [Digest]) {
        let Chain { digests: states, macs, laid_out, hashed, .. } = self;
        let bytes = width.bits().div_ceil(8) as usize;
        for part in digests.chunks_mut(DIGESTS_PER_BATCH) {
            if *laid_out == Some((link, bytes)) && macs.len() == part.len() {
                for (number, digest) in part.iter().enumerate() {
                    macs.replace(number, &digest.0.to_be_bytes()[16 - bytes..]);
                }
            } else {
                macs.clear();
                for digest in &*part {
                    macs.push(link as u32, &digest.0.to_be_bytes()[16 - bytes..]);
                }
                *laid_out = Some((link, bytes));
            }
            macs.digests(states, width, hashed);
            part.copy_from_slice(hashed);
        }
    }

    /// Puts a tag through all links.
    pub fn tag(&self, tag: [u8; 16]) -> [u8; 16] {
        self.tags.iter().fold(tag, |tag, state| {
            let mut next = [0; 16];
            next.copy_from_slice(&state.mac(&tag)[..16]);
            next
        })
    }
}

/// Prints how many links there are.
impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Chain({})", self.links())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Batches give what one HMAC after the other gives, for every width and number of digests.
    #[test]
    fn digests_go_through_every_link() {
        let key = Key::random().expect("random bytes");
        let ring = (0..2).fold(key, |key, _| key.rotated().expect("random bytes"));
        let states: Vec<HmacState> = ring.link_states(0).map(|(digests, _)| digests).collect();
        for (bits, count) in [(64, 1), (65, 17), (80, 511), (96, 512), (97, 513), (128, 1500)] {
            let width = Width::new(bits).expect("a width");
            let before: Vec<Digest> = (0..count)
                .map(|n| Digest((n + 1u128).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835) >> (128 - bits)))
                .collect();
            let one = |digest: &Digest| {
                states.iter().fold(*digest, |digest, state| {
                    let bytes = digest.0.to_be_bytes();
                    width.truncate(&state.mac(&bytes[16 - usize::from(bits.div_ceil(8))..]))
                })
            };
            let want: Vec<Digest> = before.iter().map(one).collect();
            let (mut all, mut behind) = (before.clone(), before);
            ring.chain().pass(width, &mut all);
            assert_eq!(all, want, "{bits} bits");
            ring.chain().pass_link(0, width, &mut behind);
            ring.chain_behind(1).pass(width, &mut behind);
            assert_eq!(behind, want, "{bits} bits");
        }
        assert_eq!((ring.chain().links(), ring.chain_behind(2).links()), (2, 0));
    }
}
