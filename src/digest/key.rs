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

/// A secret of fewer distinct byte values was not drawn at random: 32 random bytes have about 30, and fewer than 12 of
/// them has a probability below 10^-14.
const DISTINCT_BYTES_MIN: usize = 12;

/// The longest output of HKDF-SHA-256 (RFC 5869, section 2.3).
const HKDF_BYTES_MAX: usize = 255 * 32;

/// HKDF labels of the values derived beside the namespaces. They differ from every namespace in the byte after `v1`.
const LABEL_KEY_ID: &[u8] = b"leakdex/v1/key-id";
const LABEL_KEY_CHECK: &[u8] = b"leakdex/v1/key-check";
const LABEL_TAGS: &[u8] = b"leakdex/v1/tags";
const LABEL_SEAL: &[u8] = b"leakdex/v1/manifest";
const LABEL_PERSON_TAGS: &[u8] = b"leakdex/v1/person-tags";

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
    /// The system has no memory to keep them in.
    Memory(std::io::Error),
}

/// A key in memory: the secret on a page of its own that is locked, left out of core dumps, and wiped on drop.
///
/// Locking can fail where the limit on locked memory is zero; the key is then used all the same, because core dumps are
/// off for the whole process.
pub struct Key {
    page: MmapMut,
}

impl Key {
    /// A new key from the operating system's random bytes.
    ///
    /// # Errors
    /// If the system has no random bytes or no memory to give.
    pub fn random() -> Result<Key, std::io::Error> {
        let mut secret = Zeroizing::new([0; SECRET_BYTES]);
        getrandom::fill(secret.as_mut()).map_err(std::io::Error::from)?;
        Key::on_own_page(&secret)
    }

    /// A key of these bytes.
    ///
    /// # Errors
    /// If they cannot have been drawn at random, or there is no memory for them.
    pub fn from_secret(secret: &[u8; SECRET_BYTES]) -> Result<Key, SecretError> {
        let mut seen = [false; 256];
        secret.iter().for_each(|byte| seen[usize::from(*byte)] = true);
        let distinct = seen.iter().filter(|seen| **seen).count();
        if distinct < DISTINCT_BYTES_MIN {
            return Err(SecretError::NotRandom);
        }
        Key::on_own_page(secret).map_err(SecretError::Memory)
    }

    fn on_own_page(secret: &[u8; SECRET_BYTES]) -> Result<Key, std::io::Error> {
        let mut page = MmapMut::map_anon(SECRET_BYTES)?;
        // Either may be refused by a limit; both only add to what the process-wide settings already do.
        let _ = page.lock();
        #[cfg(target_os = "linux")]
        let _ = page.advise(memmap2::Advice::DontDump);
        page[..SECRET_BYTES].copy_from_slice(secret);
        Ok(Key { page })
    }

    pub(super) fn secret(&self) -> &[u8] {
        &self.page[..SECRET_BYTES]
    }

    fn expand<const N: usize>(&self, info: &[u8]) -> Zeroizing<[u8; N]> {
        const { assert!(N > 0 && N <= HKDF_BYTES_MAX, "HKDF gives no output of this length") };
        let mut out = Zeroizing::new([0; N]);
        let hkdf = Hkdf::<Sha256>::new(None, self.secret());
        // Never a key of zeros: the length is all that can be refused, and it was judged by the compiler.
        hkdf.expand(info, out.as_mut()).expect("a length that HKDF gives");
        out
    }

    /// The HMAC key of a namespace, ready to use.
    ///
    /// Cost: ten compressions; do it once per namespace, not per value.
    pub fn namespace(&self, namespace: &Namespace) -> HmacState {
        HmacState::new(&self.expand(&namespace.info()))
    }

    /// The public name.
    pub fn id(&self) -> KeyId {
        KeyId(*self.expand(LABEL_KEY_ID))
    }

    /// The value by which an index knows its key.
    pub fn check(&self) -> KeyCheck {
        KeyCheck(*self.expand(LABEL_KEY_CHECK))
    }

    /// A keyed tag of 16 bytes for a name that is not a person's: a breach, a scope, the contents of a file. `what`
    /// separates them; two names of one `what` have equal tags only if they are equal.
    pub fn tag(&self, what: &str, name: &[u8]) -> [u8; 16] {
        let message = [what.as_bytes(), &[0], name].concat();
        let mac = HmacState::new(&self.expand(LABEL_TAGS)).mac(&message);
        let mut tag = [0; 16];
        tag.copy_from_slice(&mac[..16]);
        tag
    }

    /// Makes the keyed tags by which the rows of one person are known while a list is read; they are never written.
    ///
    /// Cost: as [`Key::namespace`]; do it once, not per row.
    pub fn person_tags(&self) -> HmacState {
        HmacState::new(&self.expand(LABEL_PERSON_TAGS))
    }

    /// The seal of a manifest's bytes: tells a change by somebody without the key from one by somebody with it.
    pub fn seal(&self, bytes: &[u8]) -> [u8; 32] {
        HmacState::new(&self.expand(LABEL_SEAL)).mac(bytes)
    }
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
        let key = sequence_key();
        let text = include_str!("../../testdata/key-names.tsv");
        let want = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).expect("a vector of this name");
            line.split('\t').nth(1).expect("two columns").to_string()
        };
        assert_eq!(key.id().to_string(), want("key-id"));
        assert_eq!(hex(&key.check().0), want("key-check"));
        assert_eq!(hex(&key.tag("breach", b"example")), want("tag"));
        assert_eq!(hex(&key.seal(b"manifest")), want("seal"));
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
        assert_ne!(one.secret(), two.secret());
        assert_eq!(format!("{one:?}"), format!("Key({})", one.id()));
    }
}
