//! The digests of identifiers that somebody wants to be forgotten: an immutable file beside the catalogue, and the set that a
//! look-up asks.
//!
//! # Pairs
//!
//! A digest stands in the file with its owner, the digest of the identifier that was forgotten. Two identifiers can produce one
//! digest (two spellings of a mailbox have one folded form), so a digest can stand there under several owners, and what lifts
//! the one leaves the other. A pair says two things more: whether it suppresses, and whether segments have been written since it
//! came. Those may lack records of the digest, because a merge and an ingest leave out what is suppressed. A pair that is lifted
//! then goes on to stand there, and says that "not found" would be more than anybody knows. Both are said of every pair alike,
//! whatever a segment has held of it: so the file never tells whether a forgotten identifier was in a breach.
//!
//! # Arithmetic
//!
//! *Disk.* A pair takes 2 ceil(B / 8) + 1 bytes, 21 at B = 80. An e-mail address has 5 digests, 9 if it has another folded form, a
//! telephone number 14, so 10,000 people with both are 4 MB. The file is read whole and replaced whole, as the catalogue is: it
//! grows with the people who ask, and not with the index.
//!
//! *Memory.* A reader keeps 20 bytes for each different digest: the digests in order, and where those with the same leading bits
//! begin, as many places as digests. A writer keeps the pairs, 48 bytes each.
//!
//! *Processor.* Nothing at all where nobody is forgotten: one comparison a batch. Else a look-up asks one place, and mostly one
//! digest: two cache lines, by estimate 2 ns where the set fits into the caches.
//!
//! # Instead of that
//!
//! - *A flag in the records of the segments* would need every segment to be written again at once, and would be gone with them: a
//!   dump that is ingested once more brings its people back.
//! - *One digest for each identifier*, and the others made from it, is not possible: each has a key of its own.
//! - *A segment of suppressed digests* would be the smallest, 6 bytes less a digest, but knows no owners, and needs more code to
//!   say less.
//! - *A hash table* takes 32 to 64 bytes a digest, and hashes what is as good as random.
//! - *A flag for each digest that a merge has met* would be nearer to the truth after a lift, and would tell whoever has key and
//!   identifier what was to be forgotten.

use super::error::Error;
use super::manifest::{Manifest, hex, is_hex};
use crate::digest::{Digest, KeyCheck, Width};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;

/// The first bytes: a careless transfer changes the line ends.
pub(super) const FORGOTTEN_MAGIC: [u8; 8] = *b"LDF1\r\n\x1a\n";
/// The version of the file.
pub(super) const FORGOTTEN_VERSION: u16 = 1;
/// Bytes in front of the pairs.
pub(super) const FORGOTTEN_HEADER_BYTES: usize = 40;
/// Fields of the header: offset, type, name.
#[cfg(test)]
pub(super) const FORGOTTEN_FIELDS: &[(usize, &str, &str)] = &[
    (0, "8 x u8", "magic"),
    (8, "u16", "version"),
    (10, "u8", "B"),
    (16, "u64", "pairs"),
    (24, "16 x u8", "key_check"),
    (FORGOTTEN_HEADER_BYTES, "pairs", "pairs"),
];
/// The bit of a pair that suppresses.
pub(super) const SUPPRESSES: u8 = 1;
/// The bit of a pair after which segments were written.
pub(super) const WRITTEN_SINCE: u8 = 2;

/// What the manifest says about the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForgottenEntry {
    /// Its name.
    pub file: String,
    /// Its SHA-256, hexadecimal.
    pub sha256: String,
    /// Its pairs.
    pub entries: u64,
}

impl ForgottenEntry {
    /// The entry of a file with these bytes.
    pub(super) fn new(bytes: &[u8], entries: u64) -> ForgottenEntry {
        use sha2::Digest as _;
        let sha256 = hex(&sha2::Sha256::digest(bytes));
        ForgottenEntry { file: format!("forgotten-{}.ldf", &sha256[..32]), sha256, entries }
    }

    pub(super) fn is_plain(&self) -> bool {
        is_forgotten_name(&self.file) && is_hex(&self.sha256, 64)
    }
}

/// Whether a name is one that [`ForgottenEntry::new`] makes, so that it never leads out of the directory.
pub(super) fn is_forgotten_name(name: &str) -> bool {
    name.strip_prefix("forgotten-").and_then(|rest| rest.strip_suffix(".ldf")).is_some_and(|id| is_hex(id, 32))
}

/// A digest that a forgotten identifier produces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The digest.
    pub digest: Digest,
    /// The digest of the identifier itself.
    pub owner: Digest,
    /// Whether it suppresses; else it was lifted.
    pub suppresses: bool,
    /// Whether segments have been written since, so that records of the digest may be missing.
    pub written_since: bool,
}

impl Pair {
    fn place(&self) -> (Digest, Digest) {
        (self.digest, self.owner)
    }

    /// A pair that neither suppresses nor says that records may be missing says nothing.
    fn is_idle(&self) -> bool {
        !self.suppresses && !self.written_since
    }
}

/// All pairs, ascending by digest and owner, none twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forgotten {
    pairs: Vec<Pair>,
}

impl Forgotten {
    /// Takes pairs in any order. Of equal ones each adds what it says; those that say nothing are left out.
    pub fn from_pairs(pairs: impl IntoIterator<Item = Pair>) -> Forgotten {
        let mut pairs: Vec<Pair> = pairs.into_iter().filter(|pair| !pair.is_idle()).collect();
        pairs.sort_unstable_by_key(Pair::place);
        pairs.dedup_by(|next, kept| {
            let same = next.place() == kept.place();
            if same {
                kept.suppresses |= next.suppresses;
                kept.written_since |= next.written_since;
            }
            same
        });
        Forgotten { pairs }
    }

    /// The pairs, ascending.
    pub fn pairs(&self) -> impl ExactSizeIterator<Item = &Pair> {
        self.pairs.iter()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The pair of a digest and an owner.
    pub fn pair(&self, digest: Digest, owner: Digest) -> Option<&Pair> {
        self.pairs.binary_search_by_key(&(digest, owner), Pair::place).ok().map(|at| &self.pairs[at])
    }

    /// The pairs of a digest.
    pub fn of_digest(&self, digest: Digest) -> &[Pair] {
        let begin = self.pairs.partition_point(|pair| pair.digest < digest);
        let rest = &self.pairs[begin..];
        &rest[..rest.partition_point(|pair| pair.digest == digest)]
    }

    /// The same when segments have been written: they lack what was suppressed.
    pub(super) fn after_writing(&self) -> Forgotten {
        let settled = |pair: &Pair| Pair { written_since: true, ..*pair };
        Forgotten { pairs: self.pairs.iter().map(settled).collect() }
    }

    /// The bytes of the file.
    pub(super) fn encode(&self, width: Width, key_check: &KeyCheck) -> Vec<u8> {
        let digest_bytes = width.bits().div_ceil(8) as usize;
        let mut bytes = Vec::with_capacity(FORGOTTEN_HEADER_BYTES + self.pairs.len() * (2 * digest_bytes + 1));
        bytes.extend(FORGOTTEN_MAGIC);
        bytes.extend(FORGOTTEN_VERSION.to_le_bytes());
        bytes.extend([width.bits() as u8, 0, 0, 0, 0, 0]);
        bytes.extend((self.pairs.len() as u64).to_le_bytes());
        bytes.extend(key_check.0);
        for pair in &self.pairs {
            for digest in [pair.digest, pair.owner] {
                bytes.extend_from_slice(&digest.0.to_be_bytes()[16 - digest_bytes..]);
            }
            let flags = [(pair.suppresses, SUPPRESSES), (pair.written_since, WRITTEN_SINCE)];
            bytes.push(flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, bit)| bit).sum());
        }
        bytes
    }

    /// Reads the file that a manifest names.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::Version`].
    pub(super) fn decode(bytes: &[u8], manifest: &Manifest, path: &Path) -> Result<Forgotten, Error> {
        let damaged = |what| Error::damaged(0, what).at(path);
        let Some(entry) = &manifest.forgotten else { return Ok(Forgotten::default()) };
        if ForgottenEntry::new(bytes, entry.entries) != *entry {
            return Err(damaged("the hash of the forgotten identifiers fails"));
        }
        let (header, body) = bytes
            .split_first_chunk::<FORGOTTEN_HEADER_BYTES>()
            .filter(|(header, _)| header.starts_with(&FORGOTTEN_MAGIC))
            .ok_or_else(|| damaged("it is no file of forgotten identifiers"))?;
        let version = u16::from_le_bytes([header[8], header[9]]);
        if version != FORGOTTEN_VERSION {
            return Err(Error::Version { found: version, known: FORGOTTEN_VERSION });
        }
        let belongs = header[10] == manifest.bits && hex(&header[24..40]) == manifest.key_check;
        let width = manifest.width().filter(|_| belongs);
        let width = width.ok_or_else(|| damaged("the file has another key or another width than the index"))?;
        let count = u64::from_le_bytes(header[16..24].try_into().unwrap_or_default());
        if header[11..16] != [0; 5] || count != entry.entries {
            return Err(damaged("the header has an impossible value"));
        }
        let pairs = decode_pairs(body, width).filter(|pairs| pairs.len() as u64 == count);
        pairs.map(|pairs| Forgotten { pairs }).ok_or_else(|| damaged("a pair is impossible or out of order"))
    }

    /// What a look-up asks.
    pub(super) fn suppression(&self, width: Width) -> Suppression {
        let digests = |of: &dyn Fn(&Pair) -> bool| {
            // Ascending, as the pairs are.
            let mut digests: Vec<Digest> = self.pairs.iter().filter(|pair| of(pair)).map(|pair| pair.digest).collect();
            digests.dedup();
            digests
        };
        let owners = |suppresses: bool| {
            let of_state = self.pairs.iter().filter(|pair| pair.suppresses == suppresses);
            of_state.map(|pair| pair.owner).collect::<BTreeSet<Digest>>().len() as u64
        };
        let suppressed = Set::new(digests(&|pair| pair.suppresses), width);
        let is_lifted = |pair: &Pair| !pair.suppresses && !suppressed.contains(pair.digest);
        let lifted = Set::new(digests(&is_lifted), width);
        Suppression { identifiers: owners(true), lifted_identifiers: owners(false), suppressed, lifted }
    }
}

/// The pairs behind the header; none if one is impossible.
fn decode_pairs(body: &[u8], width: Width) -> Option<Vec<Pair>> {
    let digest_bytes = width.bits().div_ceil(8) as usize;
    let number = |bytes: &[u8]| Digest(bytes.iter().fold(0, |number, byte| number << 8 | u128::from(*byte)));
    let chunks = body.chunks_exact(2 * digest_bytes + 1);
    if !chunks.remainder().is_empty() {
        return None;
    }
    let pair = |bytes: &[u8]| {
        let (digest, rest) = bytes.split_at(digest_bytes);
        let (owner, flags) = rest.split_at(digest_bytes);
        let (suppresses, written_since) = (flags[0] & SUPPRESSES != 0, flags[0] & WRITTEN_SINCE != 0);
        let pair = Pair { digest: number(digest), owner: number(owner), suppresses, written_since };
        let fits = |digest: Digest| width.bits() == 128 || digest.0 >> width.bits() == 0;
        let is_possible = flags[0] <= SUPPRESSES | WRITTEN_SINCE && !pair.is_idle();
        (is_possible && fits(pair.digest) && fits(pair.owner)).then_some(pair)
    };
    let pairs: Vec<Pair> = chunks.map(pair).collect::<Option<_>>()?;
    pairs.is_sorted_by(|one, next| one.place() < next.place()).then_some(pairs)
}

/// The digests that are not answered, and those whose absence says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suppression {
    suppressed: Set,
    lifted: Set,
    identifiers: u64,
    lifted_identifiers: u64,
}

impl Suppression {
    /// Whether nobody is forgotten, and nobody was.
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.suppressed.digests.is_empty() && self.lifted.digests.is_empty()
    }

    /// Whether a digest is suppressed: no query answers, no ingest stores it, no merge keeps it.
    #[inline]
    pub fn suppresses(&self, digest: Digest) -> bool {
        self.suppressed.contains(digest)
    }

    /// Whether a digest was suppressed while segments were written, and is no more: they may lack records of it.
    #[inline]
    pub fn was_lifted(&self, digest: Digest) -> bool {
        self.lifted.contains(digest)
    }

    /// The suppressed digests, ascending.
    pub fn digests(&self) -> &[Digest] {
        &self.suppressed.digests
    }

    /// Suppressed identifiers, each kind and country of a value by itself.
    pub fn identifiers(&self) -> u64 {
        self.identifiers
    }

    /// Identifiers that were suppressed while segments were written, and are no more.
    pub fn lifted_identifiers(&self) -> u64 {
        self.lifted_identifiers
    }
}

/// Digests in order, and a directory of their leading bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Set {
    digests: Vec<Digest>,
    /// Where the digests with these leading bits begin, and behind the last where all end.
    begins: Vec<u32>,
    shift: u32,
}

impl Set {
    /// Input: ascending, none twice.
    fn new(digests: Vec<Digest>, width: Width) -> Set {
        if digests.is_empty() {
            return Set::default();
        }
        // One place for each digest, or two: more would be more memory, fewer more digests to compare.
        let bits = (digests.len().ilog2() + 1).min(31);
        let shift = width.bits() - bits;
        let mut begins = vec![0u32; (1 << bits) + 1];
        digests.iter().for_each(|digest| begins[(digest.0 >> shift) as usize + 1] += 1);
        let mut sum = 0;
        begins.iter_mut().for_each(|begin| {
            sum += *begin;
            *begin = sum;
        });
        Set { digests, begins, shift }
    }

    #[inline]
    fn contains(&self, digest: Digest) -> bool {
        if self.digests.is_empty() {
            return false;
        }
        let bucket = (digest.0 >> self.shift) as usize;
        match self.begins.get(bucket..) {
            Some([begin, end, ..]) => self.digests[*begin as usize..*end as usize].contains(&digest),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test_data::{Random, width};
    use super::*;
    use crate::digest::KeyId;

    const CHECK: KeyCheck = KeyCheck([7; 16]);

    fn example(bits: u8, count: usize) -> Forgotten {
        let mut random = Random(u64::from(bits));
        let mut pair = |_| {
            let (digest, owner) = (random.digest(width(bits)), random.digest(width(bits)));
            let state = random.below(3);
            Pair { digest, owner, suppresses: state < 2, written_since: state > 0 }
        };
        Forgotten::from_pairs((0..count).map(&mut pair))
    }

    fn manifest(bits: u8, forgotten: &Forgotten, bytes: &[u8]) -> Manifest {
        let entry = ForgottenEntry::new(bytes, forgotten.pairs().len() as u64);
        Manifest { forgotten: Some(entry), ..Manifest::empty(width(bits), KeyId([1; 8]), CHECK) }
    }

    #[test]
    fn what_is_written_is_read_whatever_the_width() {
        for bits in [64, 65, 80, 97, 127, 128] {
            for count in [1, 2, 1000] {
                let forgotten = example(bits, count);
                let bytes = forgotten.encode(width(bits), &CHECK);
                let pair_bytes = 2 * usize::from(bits).div_ceil(8) + 1;
                assert_eq!(bytes.len(), FORGOTTEN_HEADER_BYTES + forgotten.pairs().len() * pair_bytes);
                let read = Forgotten::decode(&bytes, &manifest(bits, &forgotten, &bytes), Path::new("f"));
                assert_eq!(read.expect("undamaged"), forgotten, "{bits} bits");
            }
        }
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_found() {
        let forgotten = example(80, 5);
        let bytes = forgotten.encode(width(80), &CHECK);
        let named = manifest(80, &forgotten, &bytes);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            let result = Forgotten::decode(&flipped, &named, Path::new("f"));
            assert!(matches!(result, Err(Error::Damaged { path: Some(_), .. })), "bit {bit}: {result:?}");
        }
        for length in 0..bytes.len() {
            let result = Forgotten::decode(&bytes[..length], &named, Path::new("f"));
            assert!(matches!(result, Err(Error::Damaged { .. })), "{length} bytes: {result:?}");
        }
    }

    /// With a manifest that fits the bytes, as if the hash said nothing.
    #[test]
    fn impossible_files_are_refused_without_their_hash() {
        let forgotten = example(76, 5);
        let bytes = forgotten.encode(width(76), &CHECK);
        let refused = |change: &dyn Fn(&mut Vec<u8>)| {
            let mut changed = bytes.clone();
            change(&mut changed);
            let result = Forgotten::decode(&changed, &manifest(76, &forgotten, &changed), Path::new("f"));
            assert!(matches!(result, Err(Error::Damaged { .. } | Error::Version { .. })), "{result:?}");
        };
        for place in (0..FORGOTTEN_HEADER_BYTES).chain([FORGOTTEN_HEADER_BYTES]) {
            // The highest byte of a digest has four bits that no digest of 76 bits has.
            refused(&|bytes| bytes[place] ^= 0xf0);
        }
        refused(&|bytes| bytes.truncate(bytes.len() - 1));
        refused(&|bytes| bytes.truncate(bytes.len() - 21));
        refused(&|bytes| bytes.push(0));
        refused(&|bytes| bytes.truncate(10));
        for flags in [0, 4, 0xff] {
            refused(&|bytes| *bytes.last_mut().expect("a pair") = flags);
        }
        refused(&|bytes| {
            let pair = bytes[FORGOTTEN_HEADER_BYTES..][..21].to_vec();
            bytes[FORGOTTEN_HEADER_BYTES + 21..][..21].copy_from_slice(&pair);
        });
    }

    #[test]
    fn equal_pairs_are_one_and_say_what_all_say() {
        let pair = |digest, owner, suppresses, written_since| Pair {
            digest: Digest(digest),
            owner: Digest(owner),
            suppresses,
            written_since,
        };
        let pairs = [
            pair(2, 1, true, false),
            pair(1, 1, true, false),
            pair(2, 1, false, true),
            pair(3, 1, false, false),
            pair(2, 9, false, true),
            pair(4, 9, false, true),
        ];
        let forgotten = Forgotten::from_pairs(pairs);
        let want = [pair(1, 1, true, false), pair(2, 1, true, true), pair(2, 9, false, true), pair(4, 9, false, true)];
        assert_eq!(forgotten.pairs().copied().collect::<Vec<_>>(), want);
        assert_eq!(forgotten.pair(Digest(2), Digest(9)), Some(&want[2]));
        assert_eq!(forgotten.pair(Digest(3), Digest(1)), None);
        let suppression = forgotten.suppression(Width::DEFAULT);
        assert_eq!((suppression.identifiers(), suppression.lifted_identifiers()), (1, 1));
        let states =
            [1, 2, 3, 4, 5].map(Digest).map(|digest| (suppression.suppresses(digest), suppression.was_lifted(digest)));
        assert_eq!(states, [(true, false), (true, false), (false, false), (false, true), (false, false)]);
        assert!(forgotten.after_writing().pairs().all(|pair| pair.written_since));
        assert!(Forgotten::default().suppression(Width::DEFAULT).is_empty());
    }

    #[test]
    fn a_set_has_what_was_put_into_it() {
        for bits in [64, 80, 128] {
            for count in [0, 1, 2, 3, 700, 5000] {
                let mut random = Random(count);
                let mut digests: Vec<Digest> = (0..count).map(|_| random.digest(width(bits))).collect();
                digests.sort_unstable();
                let set = Set::new(digests.clone(), width(bits));
                assert!(digests.iter().all(|digest| set.contains(*digest)), "{count} digests");
                let strangers = digests.iter().map(|digest| Digest(digest.0 ^ 1)).chain([Digest(0), Digest(u128::MAX)]);
                let known: BTreeSet<Digest> = digests.iter().copied().collect();
                assert!(strangers.filter(|digest| set.contains(*digest)).all(|digest| known.contains(&digest)));
            }
        }
    }

    #[test]
    fn names_never_lead_out_of_the_directory() {
        for name in ["../forgotten.ldf", "forgotten-../x.ldf", "forgotten-.ldf", "", "forgotten-0123.ldf"] {
            assert!(!is_forgotten_name(name), "{name}");
        }
        assert!(ForgottenEntry::new(b"x", 1).is_plain());
    }
}
