//! The manifest: the one small file that says which segments are live. Its rename is the commit.
//!
//! The file is a JSON text, a line feed, and one more line: `xxh3 <16 hex> seal <64 hex>`. The checksum finds rot without
//! a key; the seal, an HMAC under the key, finds a change made by somebody without it. The catalogue of breaches is a
//! JSON file of its own, immutable; it and every segment are named here with their SHA-256.

use super::about::About;
use super::error::Error;
use super::forgotten::ForgottenEntry;
use super::format::SegmentId;
use crate::digest::{KeyCheck, KeyId, Width};
use serde::{Deserialize, Serialize};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// The version of manifest and catalogue.
pub const MANIFEST_VERSION: u16 = 1;

/// Computes the seal of a manifest's bytes.
pub type Seal<'a> = dyn Fn(&[u8]) -> [u8; 32] + 'a;

/// The state of an index at one generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of the format.
    pub version: u16,
    /// Raised by one at every commit; 0 is the empty index, made before the first segment is written.
    pub generation: u64,
    /// Bits of every digest.
    pub bits: u8,
    /// Key id, 16 hexadecimal digits.
    pub key_id: String,
    /// Key check value, 32 hexadecimal digits.
    pub key_check: String,
    /// How often the key was rotated: links that a digest goes through behind the first secret.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub key_links: usize,
    /// Name of the catalogue file.
    pub catalogue: String,
    /// SHA-256 of the catalogue file, hexadecimal.
    pub catalogue_sha256: String,
    /// The file of forgotten identifiers, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<ForgottenEntry>,
    /// The live segments.
    pub segments: Vec<SegmentEntry>,
}

/// A live segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SegmentEntry {
    /// Identity, 32 hexadecimal digits; the file is named after it.
    pub id: String,
    /// Records in it.
    pub records: u64,
    /// Length of the file.
    pub bytes: u64,
    /// SHA-256 of the SHA-256s of the pieces of the file, hexadecimal: what was written, whatever the chunk hashes have been
    /// made to say.
    pub pieces_sha256: String,
    /// The uids of its breaches, each once, ascending: so that it is known what a file holds that cannot be read. Filled in by the
    /// commit.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<String>,
}

impl SegmentEntry {
    /// The entry of a segment just written.
    pub fn new(id: SegmentId, records: u64, bytes: u64, hash: &[u8; 32]) -> SegmentEntry {
        SegmentEntry { id: id.to_string(), records, bytes, pieces_sha256: hex(hash), breaches: Vec::new() }
    }

    /// The file name.
    pub fn file_name(&self) -> String {
        format!("{}.ldx", self.id)
    }

    fn is_plain(&self) -> bool {
        is_hex(&self.id, 32) && is_hex(&self.pieces_sha256, 64) && self.breaches.iter().all(|uid| is_hex(uid, 32))
    }
}

/// Every breach that the index knows, in the order of their arrival.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Version of the format.
    pub version: u16,
    /// The breaches that answer.
    pub breaches: Vec<Breach>,
    /// Those that do not any more, in the order in which they were removed. Segments may hold records of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<RemovedBreach>,
}

/// What is kept of a breach that was removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemovedBreach {
    /// The name that it had.
    pub name: String,
    /// The tag by which segments refer to it. No other breach gets it.
    pub uid: String,
}

/// A catalogued breach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Breach {
    /// The name on the command line and in results.
    pub name: String,
    /// Keyed tag of the name, 32 hexadecimal digits; segments refer to the breach by it.
    pub uid: String,
    /// The title for people, if given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The date of the breach, if given: `2021`, `2021-07` or `2021-07-31`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub breach_date: Option<String>,
    /// The earliest day in the columns of days of its dumps, `2015-03-02`, without the few most extreme: how old the data are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_from: Option<String>,
    /// The latest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data_through: Option<String>,
    /// The names of all data classes seen in its records.
    pub data_classes: Vec<String>,
    /// Records read.
    pub records: u64,
    /// Records that gave no digest.
    pub rejected: u64,
    /// Whether more records were rejected than allowed: answers about this breach are incomplete.
    pub incomplete: bool,
    /// The scope that was given, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Keyed tags of the inputs, so that an identical one is refused.
    pub inputs: Vec<String>,
    /// What else is known about it.
    #[serde(default, skip_serializing_if = "About::is_empty")]
    pub about: About,
}

impl Breach {
    /// Why it is in doubt that it happened, or that its data are true, if somebody has said so: it is flagged as fabricated or as
    /// retired, or comes from a published list in which it is not verified.
    pub fn doubt(&self) -> Option<&'static str> {
        let has = |flag: &str| self.about.flags.iter().any(|known| known == flag);
        match () {
            () if has("fabricated") => Some("fabricated"),
            () if has("retired") => Some("retired"),
            () if self.about.added_date.is_some() && !has("verified") => Some("not verified"),
            () => None,
        }
    }

    /// Whether it is an entry that nothing was ingested into yet.
    pub fn is_bare(&self) -> bool {
        self.records == 0 && self.inputs.is_empty()
    }
}

impl Manifest {
    /// The first manifest of an index: nothing in it.
    pub fn empty(width: Width, key_id: KeyId, key_check: KeyCheck) -> Manifest {
        Manifest {
            version: MANIFEST_VERSION,
            generation: 0,
            bits: width.bits() as u8,
            key_id: key_id.to_string(),
            key_check: hex(&key_check.0),
            key_links: 0,
            catalogue: String::new(),
            catalogue_sha256: String::new(),
            forgotten: None,
            segments: Vec::new(),
        }
    }

    /// The width of the digests.
    pub fn width(&self) -> Option<Width> {
        Width::new(self.bits)
    }

    /// Whether a file of this name belongs to the generation.
    pub fn names(&self, file: &str) -> bool {
        file == self.catalogue
            || self.forgotten.as_ref().is_some_and(|forgotten| forgotten.file == file)
            || self.segments.iter().any(|segment| segment.file_name() == file)
    }

    /// The bytes of the file, sealed by the holder of the key.
    pub fn encode(&self, seal: &Seal<'_>) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("texts and numbers have a form in JSON");
        let line = format!("\nxxh3 {:016x} seal {}\n", xxh3_64(&bytes), hex(&seal(&bytes)));
        bytes.extend(line.as_bytes());
        bytes
    }

    /// Reads a manifest, and checks the seal where the key is at hand.
    ///
    /// # Errors
    /// [`Error::Damaged`], [`Error::Version`] or [`Error::BrokenSeal`].
    pub fn decode(bytes: &[u8], path: &Path, seal: Option<&Seal<'_>>) -> Result<Manifest, Error> {
        let damaged = |what| Error::damaged(0, what).at(path);
        let (body, checksum, found_seal) = split(bytes).ok_or_else(|| damaged("it does not end with its checksum"))?;
        if checksum != format!("{:016x}", xxh3_64(body)) {
            return Err(damaged("the checksum fails"));
        }
        #[derive(Deserialize)]
        struct VersionOnly {
            version: u16,
        }
        let version: VersionOnly = serde_json::from_slice(body).map_err(|_| damaged("it is not a manifest"))?;
        if version.version != MANIFEST_VERSION {
            return Err(Error::Version { found: version.version, known: MANIFEST_VERSION });
        }
        if seal.is_some_and(|seal| hex(&seal(body)) != found_seal) {
            return Err(Error::BrokenSeal(path.to_path_buf()));
        }
        let manifest: Manifest = serde_json::from_slice(body).map_err(|_| damaged("it is not a manifest"))?;
        if manifest.is_plain() { Ok(manifest) } else { Err(damaged("a field has an impossible value")) }
    }

    /// Whether every text is one that a writer makes: it goes into file names and on terminals.
    fn is_plain(&self) -> bool {
        self.width().is_some()
            && is_hex(&self.key_id, 16)
            && is_hex(&self.key_check, 32)
            && is_hex(&self.catalogue_sha256, 64)
            && is_catalogue_name(&self.catalogue)
            && self.forgotten.as_ref().is_none_or(ForgottenEntry::is_plain)
            && self.segments.iter().all(SegmentEntry::is_plain)
    }
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// The JSON text, the checksum and the seal.
fn split(bytes: &[u8]) -> Option<(&[u8], &str, &str)> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let (body, last) = text.rsplit_once('\n')?;
    let (checksum, seal) = last.strip_prefix("xxh3 ")?.split_once(" seal ")?;
    Some((body.as_bytes(), checksum, seal))
}

/// Whether a name is one that [`Catalogue::file_name`] makes, so that it never leads out of the directory.
pub(super) fn is_catalogue_name(name: &str) -> bool {
    name.strip_prefix("catalogue-").and_then(|rest| rest.strip_suffix(".json")).is_some_and(|id| is_hex(id, 32))
}

pub(super) fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

impl Catalogue {
    /// The catalogue of an empty index.
    pub fn empty() -> Catalogue {
        Catalogue { version: MANIFEST_VERSION, breaches: Vec::new(), removed: Vec::new() }
    }

    /// The bytes of the file.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("texts and numbers have a form in JSON");
        bytes.push(b'\n');
        bytes
    }

    /// The name of the file with these bytes, and their SHA-256.
    pub fn file_name(bytes: &[u8]) -> (String, String) {
        use sha2::Digest as _;
        let sha256 = hex(&sha2::Sha256::digest(bytes));
        (format!("catalogue-{}.json", &sha256[..32]), sha256)
    }

    /// Reads a catalogue whose hash the manifest names.
    ///
    /// # Errors
    /// [`Error::Damaged`].
    pub fn decode(bytes: &[u8], sha256: &str, path: &Path) -> Result<Catalogue, Error> {
        if Catalogue::file_name(bytes).1 != sha256 {
            return Err(Error::damaged(0, "the hash of the catalogue fails").at(path));
        }
        let catalogue: Catalogue =
            serde_json::from_slice(bytes).map_err(|_| Error::damaged(0, "it is not a catalogue").at(path))?;
        if catalogue.version != MANIFEST_VERSION {
            return Err(Error::Version { found: catalogue.version, known: MANIFEST_VERSION });
        }
        Ok(catalogue)
    }

    /// Takes a breach out of those that answer; none has the name if there is nothing to take.
    pub fn remove(&mut self, name: &str) -> Option<Breach> {
        let place = self.breaches.iter().position(|breach| breach.name == name)?;
        let breach = self.breaches.remove(place);
        self.removed.push(RemovedBreach { name: breach.name.clone(), uid: breach.uid.clone() });
        Some(breach)
    }

    /// The uid of a breach of this name: its own if there is one, else the first that no removed breach has.
    ///
    /// Input: the keyed tag of some bytes.
    pub fn uid_for(&self, name: &str, tag: impl Fn(&[u8]) -> [u8; 16]) -> [u8; 16] {
        let own = self.breach(name).and_then(|breach| u128::from_str_radix(&breach.uid, 16).ok());
        if let Some(uid) = own {
            return uid.to_be_bytes();
        }
        let is_free = |uid: &[u8; 16]| self.removed.iter().all(|removed| removed.uid != hex(uid));
        let further = (1u64..).map(|number| tag(format!("{name}\0{number}").as_bytes()));
        std::iter::once(tag(name.as_bytes())).chain(further).find(is_free).unwrap_or_default()
    }

    /// The names of the breaches that a segment holds, those of removed ones too.
    pub fn names_in(&self, segment: &SegmentEntry) -> Vec<&str> {
        let live = self.breaches.iter().map(|breach| (&breach.uid, breach.name.as_str()));
        let removed = self.removed.iter().map(|breach| (&breach.uid, breach.name.as_str()));
        live.chain(removed).filter(|(uid, _)| segment.breaches.contains(uid)).map(|(_, name)| name).collect()
    }

    /// Whether a segment is known to hold nothing but breaches that were removed.
    pub fn has_removed_all_of(&self, segment: &SegmentEntry) -> bool {
        let is_removed = |uid: &String| self.removed.iter().any(|removed| removed.uid == *uid);
        !segment.breaches.is_empty() && segment.breaches.iter().all(is_removed)
    }

    /// The breach of a name.
    pub fn breach(&self, name: &str) -> Option<&Breach> {
        self.breaches.iter().find(|breach| breach.name == name)
    }
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Manifest {
        let mut manifest = Manifest::empty(Width::DEFAULT, KeyId([1; 8]), KeyCheck([2; 16]));
        (manifest.catalogue, manifest.catalogue_sha256) = Catalogue::file_name(b"x");
        manifest.segments.push(SegmentEntry::new(SegmentId([3; 16]), 5, 6, &[4; 32]));
        manifest
    }

    fn seal(bytes: &[u8]) -> [u8; 32] {
        [bytes.len() as u8; 32]
    }

    #[test]
    fn a_manifest_survives_the_disk() {
        let bytes = example().encode(&seal);
        let read = Manifest::decode(&bytes, Path::new("m"), Some(&seal)).expect("undamaged");
        assert_eq!(read, example());
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_found() {
        let bytes = example().encode(&seal);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let result = Manifest::decode(&flipped, Path::new("m"), Some(&seal));
            assert!(result.is_err(), "bit {bit}: {result:?}");
        }
        for length in 0..bytes.len() {
            let result = Manifest::decode(&bytes[..length], Path::new("m"), None);
            assert!(result.is_err(), "{length} bytes: {result:?}");
        }
    }

    #[test]
    fn a_change_without_the_key_breaks_the_seal() {
        let bytes = example().encode(&|_| [9; 32]);
        assert!(Manifest::decode(&bytes, Path::new("m"), None).is_ok(), "without a key the checksum is enough");
        let result = Manifest::decode(&bytes, Path::new("m"), Some(&seal));
        assert!(matches!(result, Err(Error::BrokenSeal(_))), "{result:?}");
    }

    #[test]
    fn a_catalogue_without_what_people_wrote_reads_as_before() {
        let old =
            br#"{"version": 1, "breaches": [{"name": "shop", "uid": "00", "data_classes": ["Names"], "records": 3,
            "rejected": 1, "incomplete": false, "inputs": ["01"]}]}"#;
        let (_, sha256) = Catalogue::file_name(old);
        let catalogue = Catalogue::decode(old, &sha256, Path::new("c")).expect("an old catalogue");
        assert!(catalogue.breaches[0].about.is_empty() && !catalogue.breaches[0].is_bare());
        let bytes = catalogue.encode();
        assert!(!String::from_utf8_lossy(&bytes).contains("about"));
        let mut catalogue = catalogue;
        catalogue.breaches[0].about.set_flag("verified", true);
        let bytes = catalogue.encode();
        let (_, sha256) = Catalogue::file_name(&bytes);
        assert_eq!(Catalogue::decode(&bytes, &sha256, Path::new("c")).expect("a new one"), catalogue);
    }

    #[test]
    fn a_removed_uid_is_never_used_again() {
        // A tag is as long as a name here, and tells its last byte.
        let tag = |bytes: &[u8]| [bytes[bytes.len() - 1], bytes.len() as u8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        let mut catalogue = Catalogue::empty();
        let mut seen = std::collections::BTreeSet::new();
        for round in 0..12 {
            let uid = hex(&catalogue.uid_for("shop", tag));
            assert!(seen.insert(uid.clone()), "round {round}: {uid}");
            catalogue.breaches.push(Breach { name: "shop".into(), uid: uid.clone(), ..Breach::default() });
            assert_eq!(hex(&catalogue.uid_for("shop", tag)), uid, "a breach keeps its uid");
            assert!(catalogue.remove("shop").is_some() && catalogue.remove("shop").is_none());
        }
        assert_eq!(catalogue.uid_for("other", tag), tag(b"other"));
        let bytes = catalogue.encode();
        let read = Catalogue::decode(&bytes, &Catalogue::file_name(&bytes).1, Path::new("c")).expect("a catalogue");
        assert_eq!(read, catalogue);
    }

    #[test]
    fn names_never_lead_out_of_the_directory() {
        for name in ["../catalogue.json", "catalogue-../x.json", "catalogue-.json", ""] {
            assert!(!is_catalogue_name(name), "{name}");
        }
    }
}
