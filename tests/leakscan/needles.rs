//! What to look for: every form of every canary in every encoding.

use std::collections::HashSet;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};
use xxhash_rust::xxh3::xxh3_64;

use super::digests::{BLAKE2B_256, BLAKE2B_512, BLAKE2S_256, md4, md5, sha1, sha3_256};
use super::encodings::{Encoded, of_digest, of_text};

/// A shorter part says too little: it would be found by chance.
const PART_CHARACTERS_MIN: usize = 8;

/// A planted value that must not be found again. It should be random, with 50 bits or more.
pub struct Canary {
    raw: String,
    others: Vec<String>,
}

impl Canary {
    /// A canary as it stands in the dump or list.
    pub fn new(raw: &str) -> Canary {
        Canary { raw: raw.to_owned(), others: Vec::new() }
    }

    /// Adds another text of the same value, such as its canonical one.
    pub fn with_form(mut self, form: &str) -> Canary {
        self.others.push(form.to_owned());
        self
    }

    /// The texts to look for, each with a name; no text twice.
    fn forms(&self) -> Vec<(&'static str, String)> {
        let parts = |text: &String| {
            [
                ("as given", text.clone()),
                ("lower", text.to_lowercase()),
                ("upper", text.to_uppercase()),
                ("reversed", text.chars().rev().collect()),
                ("local part", text.rsplit_once('@').map_or("", |(local, _)| local).to_owned()),
                ("local part, lower", text.rsplit_once('@').map_or("", |(local, _)| local).to_lowercase()),
                ("digits", text.chars().filter(char::is_ascii_digit).collect()),
            ]
        };
        let all = std::iter::once(&self.raw).chain(&self.others).flat_map(parts);
        let mut seen = HashSet::new();
        all.filter(|(_, text)| text.chars().count() >= PART_CHARACTERS_MIN && seen.insert(text.clone())).collect()
    }
}

/// A byte string to look for, and what it would prove.
pub struct Needle {
    /// At least eight bytes.
    pub bytes: Vec<u8>,
    /// Number of the canary, from 0.
    pub canary: usize,
    /// Form and encoding.
    pub encoding: String,
}

/// The needles of all canaries; equal byte strings of one canary once.
pub fn needles_of(canaries: &[Canary]) -> Vec<Needle> {
    let mut needles = Vec::new();
    for (canary, forms) in canaries.iter().map(Canary::forms).enumerate() {
        assert!(!forms.is_empty(), "canary {canary} is too short to look for");
        let mut seen = HashSet::new();
        for (form, text) in forms {
            let encodings = of_text(&text).into_iter().chain(unkeyed_digests(&text));
            let fresh = encodings.filter(|(_, bytes)| bytes.len() >= 8 && seen.insert(bytes.clone()));
            let needle = |(encoding, bytes)| Needle { bytes, canary, encoding: format!("{form}: {encoding}") };
            needles.extend(fresh.map(needle));
        }
    }
    needles
}

/// Digests which anybody can compute, so that a guessed value is a confirmed value.
fn unkeyed_digests(text: &str) -> Vec<Encoded> {
    let message = text.as_bytes();
    let utf16le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let digests = [
        ("md4", md4(message)),
        ("ntlm", md4(&utf16le)),
        ("md5", md5(message)),
        ("sha1", sha1(message)),
        ("sha224", Sha224::digest(message).to_vec()),
        ("sha256", Sha256::digest(message).to_vec()),
        ("sha384", Sha384::digest(message).to_vec()),
        ("sha512", Sha512::digest(message).to_vec()),
        ("sha3-256", sha3_256(message)),
        ("blake2b-256", BLAKE2B_256.digest(message)),
        ("blake2b-512", BLAKE2B_512.digest(message)),
        ("blake2s-256", BLAKE2S_256.digest(message)),
        ("hmac-sha256 without key", hmac_without_key(message)),
        ("xxh3", xxh3_64(message).to_be_bytes().to_vec()),
    ];
    digests.iter().flat_map(|(name, digest)| of_digest(name, digest)).collect()
}

/// HMAC pads its key with zeros, so this is also the HMAC under an all-zero key.
fn hmac_without_key(message: &[u8]) -> Vec<u8> {
    let mut hmac = Hmac::<Sha256>::new_from_slice(&[]).expect("HMAC takes keys of any length");
    hmac.update(message);
    hmac.finalize().into_bytes().to_vec()
}
