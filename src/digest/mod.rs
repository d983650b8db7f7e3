//! Keyed digests: canonical bytes and a key become an integer that says nothing without the key.
//!
//! The digest of a value is the leftmost `B` bits of HMAC-SHA-256(K, canonical bytes), read as a big-endian integer
//! ([`Digest`], [`Width`]). `K` is derived by HKDF-SHA-256 from the secret of the [`Key`] for one [`Namespace`]: kind,
//! variant, rule version, country and scope. Equal values of two namespaces therefore have unrelated digests, and the
//! message stays as short as the value itself.
//!
//! # Cost
//!
//! HMAC with a fresh key compresses four blocks of 64 bytes: the inner and outer key pads, the message, the inner hash.
//! [`HmacState`] keeps the two states after the pads, so a value of up to 55 bytes costs two compressions: half of it.
//! An identifier is about 25 bytes, a digest kept is 10 (`B` = 80): at one million identifiers that is 2 x 10^6
//! compressions, about 0.1 s on a core with SHA instructions, and nothing on the heap. A [`MacBatch`] does three messages
//! in turn with those instructions, or sixteen at a time with AVX-512, and takes half or a quarter of that.
//!
//! # What the key protects
#![doc = include_str!("THREATS.md")]

mod batch;
mod chain;
mod error;
mod hmac;
mod key;
mod keyfile;
mod keytext;
mod namespace;
#[cfg(target_arch = "x86_64")]
mod sha_avx512;
#[cfg(target_arch = "x86_64")]
mod sha_ni;
#[cfg(test)]
mod test_data;

pub use batch::MacBatch;
pub use chain::Chain;
pub use error::Error;
pub use hmac::HmacState;
pub use key::{Key, KeyCheck, KeyId, SecretError};
pub use keyfile::{create, keep, keep_again, refuse_inside, run_command};
pub use namespace::{Namespace, Variant};

use std::fmt;

/// A keyed digest: the leftmost `B` bits of an HMAC as an integer below 2^B.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Digest(pub u128);

/// Prints nothing of the digest: it is a pseudonym of a person.
impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest")
    }
}

/// The number of bits `B` of every digest in an index, 64 to 128.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width(u8);

impl Width {
    /// 80 bits: with 10^9 records and 10^7 probes, 8 x 10^-9 false exposures are expected.
    pub const DEFAULT: Width = Width(80);

    /// As many bits as a digest can have.
    pub const WHOLE: Width = Width(128);

    /// A width of 64 to 128 bits.
    pub fn new(bits: u8) -> Option<Width> {
        (64..=128).contains(&bits).then_some(Width(bits))
    }

    /// The number of bits.
    pub fn bits(self) -> u32 {
        u32::from(self.0)
    }

    /// The leftmost bits of an HMAC.
    pub fn truncate(self, mac: &[u8; 32]) -> Digest {
        let mut head = [0; 16];
        head.copy_from_slice(&mac[..16]);
        Digest(u128::from_be_bytes(head) >> (128 - self.bits()))
    }
}

/// The number of random matches to expect among `probes` probes into `records` records: n q / 2^B.
pub fn expected_false_exposures(records: u64, probes: u64, width: Width) -> f64 {
    records as f64 * probes as f64 / 2f64.powi(width.bits() as i32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leftmost_bits_are_kept() {
        let mut mac = [0u8; 32];
        mac[0] = 0x80;
        mac[9] = 0x01;
        mac[10] = 0xff;
        assert_eq!(Width::DEFAULT.truncate(&mac), Digest((0x80 << 72) | 1));
        assert_eq!(Width::new(64).map(|w| w.truncate(&mac)), Some(Digest(0x80 << 56)));
        assert_eq!(Width::new(63), None);
        assert_eq!(Width::new(129), None);
    }

    #[test]
    fn false_exposures_follow_the_formula() {
        let expected = expected_false_exposures(1 << 30, 1 << 20, Width::new(64).expect("a legal width"));
        assert!((expected - 2f64.powi(-14)).abs() < 1e-12, "{expected}");
    }
}
