//! The secret, and everything derived from it.

use super::hmac::HmacState;
use super::namespace::Namespace;
use hkdf::Hkdf;
use memmap2::MmapMut;
use sha2::Sha256;
use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// Bytes of a secret.
pub(super) const SECRET_BYTES: usize = 32;
/// Most secrets of a key ring: a file of 4096 bytes has room for them, and every one behind the first is one more HMAC for
/// every digest.
pub(super) const SECRETS_MAX: usize = 32;

/// A secret of fewer distinct byte values was not drawn at random: 32 random bytes have about 30, and fewer than 12 of
/// them has a probability below 10^-14.
const DISTINCT_BYTES_MIN: usize = 12;

/// The longest output of HKDF-SHA-256 (RFC 5869, section 2.3).
const HKDF_BYTES_MAX: usize = 255 * 32;

/// HKDF labels of the values derived beside the namespaces. They differ from every namespace in the byte after `v1`.
const LABEL_KEY_ID: &[u8] = b"leakdex/v1/key-id";
const LABEL_KEY_CHECK: &[u8] = b"leakdex/v1/key-check";
const LABEL_TAGS: &[u8] = b"leakdex/v1/tags";
const LABEL_PASSING: &[u8] = b"leakdex/v1/passing";
const LABEL_SEAL: &[u8] = b"leakdex/v1/manifest";
const LABEL_CHAIN: &[u8] = b"leakdex/v1/chain";
const LABEL_CHAIN_TAGS: &[u8] = b"leakdex/v1/chain-tags";

/// The public name of a key: 8 bytes, printed as 16 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyId(pub [u8; 8]);

/// The value by which an index knows its key: 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyCheck(pub [u8; 16]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Why bytes are not taken as a secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum SecretError {
    /// They cannot have been drawn at random.
    NotRandom,
    /// The system has no memory to keep them in, or no random bytes.
    Memory(std::io::Error),
    /// A ring has room for no more.
    TooMany,
}

/// A key in memory: the secret on a page of its own that is locked, left out of core dumps, and wiped on drop.
///
/// After a rotation it is a ring: a chain of secrets. Every digest and every tag under the first one goes through all others
/// ([`super::Chain`]), and the names of the key depend on all of them. A ring whose last secrets are left out is the key as it
/// was before; an index made with that one is opened with it.
///
/// Locking can fail where the limit on locked memory is zero; the key is then used all the same, because core dumps are
/// off for the whole process.
pub struct Key {
    page: MmapMut,
    secrets: usize,
}

impl Key {
    /// A new key from the operating system's random bytes.
    ///
    /// # Errors
    /// If the system has no random bytes or no memory to give.
    pub fn random() -> Result<Key, std::io::Error> {
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        getrandom::fill(secret.as_mut()).map_err(std::io::Error::from)?;
        Key::on_own_page(&[secret.as_ref()])
    }

    /// A key of these bytes.
    ///
    /// # Errors
    /// If they cannot have been drawn at random, or there is no memory for them.
    pub fn from_secret(secret: &[u8; SECRET_BYTES]) -> Result<Key, SecretError> {
        refuse_weak(secret)?;
        Key::on_own_page(&[secret]).map_err(SecretError::Memory)
    }

    /// The ring of this key and one more secret, from the operating system's random bytes.
    ///
    /// # Errors
    /// [`SecretError::TooMany`], or if the system has no random bytes or no memory to give.
    pub fn rotated(&self) -> Result<Key, SecretError> {
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        getrandom::fill(secret.as_mut()).map_err(|cause| SecretError::Memory(cause.into()))?;
        self.with_secret(&secret)
    }

    /// The ring of this key and one more secret.
    ///
    /// # Errors
    /// As [`Key::from_secret`], and [`SecretError::TooMany`].
    pub fn with_secret(&self, secret: &[u8; SECRET_BYTES]) -> Result<Key, SecretError> {
        refuse_weak(secret)?;
        if self.secrets == SECRETS_MAX {
            return Err(SecretError::TooMany);
        }
        Key::on_own_page(&[self.secrets(), secret]).map_err(SecretError::Memory)
    }

    /// The key as it was when this was its check value: this ring without its last secrets, or all of it. None if it never
    /// was.
    ///
    /// # Errors
    /// If the system has no memory to give.
    pub fn as_of(&self, check: &KeyCheck) -> Result<Option<Key>, std::io::Error> {
        let count = (1..=self.secrets).find(|count| self.check_of(*count) == *check);
        count.map(|count| Key::on_own_page(&[&self.secrets()[..count * SECRET_BYTES]])).transpose()
    }

    fn on_own_page(secrets: &[&[u8]]) -> Result<Key, std::io::Error> {
        let mut page = MmapMut::map_anon(SECRETS_MAX * SECRET_BYTES)?;
        // Either may be refused by a limit; both only add to what the process-wide settings already do.
        let _ = page.lock();
        #[cfg(target_os = "linux")]
        let _ = page.advise(memmap2::Advice::DontDump);
        let places = page.iter_mut().zip(secrets.iter().copied().flatten());
        let bytes = places.map(|(place, byte)| *place = *byte).count();
        Ok(Key { page, secrets: bytes / SECRET_BYTES })
    }

    /// All secrets, one after the other.
    pub(super) fn secrets(&self) -> &[u8] {
        &self.page[..self.secrets * SECRET_BYTES]
    }

    /// How often the key was rotated: the secrets behind its first.
    pub fn links(&self) -> usize {
        self.secrets - 1
    }

    /// Derives from a secret, by its place.
    fn expand<const N: usize>(&self, secret: usize, info: &[u8]) -> Zeroizing<[u8; N]> {
        const { assert!(N > 0 && N <= HKDF_BYTES_MAX, "HKDF gives no output of this length") };
        let mut out = Zeroizing::new([0; N]);
        let hkdf = Hkdf::<Sha256>::new(None, &self.page[secret * SECRET_BYTES..][..SECRET_BYTES]);
        // Never a key of zeros: the length is all that can be refused, and it was judged by the compiler.
        hkdf.expand(info, out.as_mut()).expect("a length that HKDF gives");
        out
    }

    /// What is derived from the first secrets together, so many: from the last of them, bound to all before.
    fn expand_bound<const N: usize>(&self, count: usize, label: &[u8]) -> Zeroizing<[u8; N]> {
        match count {
            0 | 1 => self.expand(0, label),
            _ => self.expand(count - 1, &[label, &[0], &self.check_of(count - 1).0].concat()),
        }
    }

    /// The HMAC keys of the links from one place on, one for digests and one for tags.
    pub(super) fn link_states(&self, from: usize) -> impl Iterator<Item = (HmacState, HmacState)> + '_ {
        let state = |secret, label| HmacState::new(&self.expand(secret, label));
        (from + 1..self.secrets).map(move |secret| (state(secret, LABEL_CHAIN), state(secret, LABEL_CHAIN_TAGS)))
    }

    /// Whether this is another key and some more secrets.
    pub fn begins_with(&self, other: &Key) -> bool {
        self.secrets > other.secrets && self.check_of(other.secrets) == other.check()
    }

    /// The HMAC key of a namespace under the first secret, ready to use: a digest goes from there through [`Key::chain`].
    ///
    /// Cost: ten compressions; do it once per namespace, not per value.
    pub fn namespace(&self, namespace: &Namespace) -> HmacState {
        HmacState::new(&self.expand(0, &namespace.info()))
    }

    /// The public name.
    pub fn id(&self) -> KeyId {
        self.id_of(self.secrets)
    }

    /// The public name of the key that the first secrets are, so many.
    pub(super) fn id_of(&self, count: usize) -> KeyId {
        KeyId(*self.expand_bound(count, LABEL_KEY_ID))
    }

    /// The value by which an index knows its key.
    pub fn check(&self) -> KeyCheck {
        self.check_of(self.secrets)
    }

    fn check_of(&self, count: usize) -> KeyCheck {
        KeyCheck(*self.expand_bound(count, LABEL_KEY_CHECK))
    }

    /// A keyed tag of 16 bytes for a name that is not a person's: a breach, a scope, the contents of a file. `what`
    /// separates them; two names of one `what` have equal tags only if they are equal.
    pub fn tag(&self, what: &str, name: &[u8]) -> [u8; 16] {
        let message = [what.as_bytes(), &[0], name].concat();
        let mac = HmacState::new(&self.expand(0, LABEL_TAGS)).mac(&message);
        let mut tag = [0; 16];
        tag.copy_from_slice(&mac[..16]);
        self.chain().tag(tag)
    }

    /// What makes keyed digests of texts that never leave this process, such as a column that says whose row it is. Apart
    /// from every tag and every identifier.
    pub fn passing(&self) -> HmacState {
        HmacState::new(&self.expand(0, LABEL_PASSING))
    }

    /// The seal of a manifest's bytes: tells a change by somebody without the key from one by somebody with it.
    pub fn seal(&self, bytes: &[u8]) -> [u8; 32] {
        HmacState::new(&self.expand(self.secrets - 1, LABEL_SEAL)).mac(bytes)
    }
}

/// Refuses bytes that cannot have been drawn at random.
fn refuse_weak(secret: &[u8; SECRET_BYTES]) -> Result<(), SecretError> {
    let mut seen = [false; 256];
    secret.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let distinct = seen.iter().filter(|seen| **seen).count();
    if distinct < DISTINCT_BYTES_MIN { Err(SecretError::NotRandom) } else { Ok(()) }
}

impl Drop for Key {
    fn drop(&mut self) {
        self.page.zeroize();
    }
}

/// Prints the public name only.
impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({})", self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{Variant, Width};
    use crate::identifier::{Country, Kind};

    fn sequence_key() -> Key {
        let secret: [u8; 32] = std::array::from_fn(|i| i as u8);
        Key::from_secret(&secret).expect("32 distinct bytes are accepted")
    }

    /// The ring of the secrets 00 01 .. 1f, 20 21 .. 3f and 40 41 .. 5f, or of the first of them.
    fn sequence_ring(secrets: u8) -> Key {
        (1..secrets).fold(sequence_key(), |key, secret| {
            key.with_secret(&std::array::from_fn(|i| secret * 32 + i as u8)).expect("32 distinct bytes are accepted")
        })
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// One line of `testdata/derivation.tsv` as this code computes it.
    fn derive(line: &str) -> String {
        let key = sequence_key();
        let column: Vec<&str> = line.split('\t').collect();
        let [kind, variant, country, scope, value] = column[..5] else { panic!("five columns and the digest: {line}") };
        let namespace = Namespace {
            kind: Kind::from_name(kind).expect("a kind"),
            variant: Variant::ALL.into_iter().find(|known| known.name() == variant).expect("a variant"),
            country: Country::from_code(country).unwrap_or(Country::NONE),
            scope: scope.as_bytes().to_vec(),
        };
        let mac = key.namespace(&namespace).mac(value.as_bytes());
        format!("{}\t{:020x}", column[..5].join("\t"), Width::DEFAULT.truncate(&mac).0)
    }

    #[test]
    fn derivations_equal_the_independent_vectors() {
        let text = include_str!("../../testdata/derivation.tsv");
        let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(lines.len() >= 10, "only {} vectors", lines.len());
        for line in lines {
            assert_eq!(derive(line), line);
        }
    }

    #[test]
    fn names_of_a_key_equal_the_independent_vectors() {
        let text = include_str!("../../testdata/key-names.tsv");
        let names = |secrets: u8| {
            let key = sequence_ring(secrets);
            let mut digests = [5u128, 0x5bc0_5453_a94d_f3b0_419a].map(crate::digest::Digest);
            key.chain().pass(Width::DEFAULT, &mut digests);
            [
                ("key-id", key.id().to_string()),
                ("key-check", hex(&key.check().0)),
                ("tag", hex(&key.tag("breach", b"example"))),
                ("seal", hex(&key.seal(b"manifest"))),
                ("digest 5", format!("{:020x}", digests[0].0)),
                ("digest 5bc05453a94df3b0419a", format!("{:020x}", digests[1].0)),
            ]
            .map(|(name, value)| format!("{secrets}\t{name}\t{value}"))
        };
        let seen: Vec<String> = (1..=3).flat_map(names).collect();
        let want: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(seen, want);
    }

    #[test]
    fn a_ring_is_every_key_that_it_was() {
        let ring = sequence_ring(3);
        for secrets in 1..=3 {
            let then = sequence_ring(secrets);
            let key = ring.as_of(&then.check()).expect("memory").expect("a key that it was");
            assert_eq!((key.id(), key.links()), (then.id(), usize::from(secrets) - 1));
            assert_eq!(ring.begins_with(&then), secrets < 3);
            assert!(!then.begins_with(&ring));
        }
        let other = Key::random().expect("random bytes");
        assert!(ring.as_of(&other.check()).expect("memory").is_none() && !ring.begins_with(&other));
        let rotated = ring.rotated().expect("random bytes");
        assert!(rotated.begins_with(&ring) && rotated.as_of(&ring.check()).expect("memory").is_some());
        // The same last secret behind another first one is another key.
        let twin = other.with_secret(&std::array::from_fn(|i| 32 + i as u8)).expect("a secret");
        assert_ne!(twin.id(), sequence_ring(2).id());
    }

    #[test]
    fn a_ring_has_room_for_32_secrets() {
        let full = (1..SECRETS_MAX).fold(sequence_key(), |key, _| key.rotated().expect("room"));
        assert_eq!(full.links(), SECRETS_MAX - 1);
        let result = full.rotated();
        assert!(matches!(result, Err(SecretError::TooMany)), "{result:?}");
    }

    #[test]
    fn weak_secrets_are_refused() {
        let check = |secret: [u8; 32]| {
            let result = Key::from_secret(&secret);
            assert!(matches!(result, Err(SecretError::NotRandom)), "{result:?}");
        };
        check([0; 32]);
        check([0x5a; 32]);
        check(std::array::from_fn(|i| (i % 4) as u8));
    }

    #[test]
    fn random_keys_differ_and_debug_shows_no_secret() {
        let (one, two) = (Key::random().expect("random bytes"), Key::random().expect("random bytes"));
        assert_ne!(one.secrets(), two.secrets());
        assert_eq!(format!("{one:?}"), format!("Key({})", one.id()));
    }
}
