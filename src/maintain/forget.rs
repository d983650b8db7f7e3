//! `forget`: identifiers about which nothing is said any more, and the way back.
//!
//! # What is promised
//!
//! From the commit on, every query answers "unknown (suppressed)" about the identifier, by whatever spelling, hash or folded
//! form it is asked for; an ingest of the same dump leaves its digests out; a merge drops them. The suppression stays, in a file
//! of keyed digests ([`crate::index::Forgotten`]) that nobody can read without the key.
//!
//! All digests of an identifier are suppressed at once, those that no breach holds among them ([`super::produce`]): a hash of the
//! address may come with the next dump. A digest that two identifiers share stands there under both.
//!
//! Addresses with one folded form are spellings of one mailbox, so that who is forgotten by one of them is so by all: a look-up finds
//! the folded form suppressed, and says nothing more. Records of spellings that nobody has named stay in the segments, where they
//! answer nothing; to have them leave too, the spellings have to be forgotten by name.
//!
//! # The way back
//!
//! What was dropped is gone, so a lifted identifier is not "not found" where nothing is found: it is "unknown (was suppressed)",
//! until the index is made anew. That holds for everybody whose suppression has seen a merge or an ingest, whether or not the
//! segments held anything of theirs. To drop nothing before, or to remember which breaches have lost what, would be to keep what
//! should be forgotten; to let the lift say "not found" would be a lie; to refuse it would keep an index from ever finding somebody
//! in the breaches that come.
//!
//! # What is not promised
//!
//! A digest is one of a rule: when the rule of a kind changes, and its version with it, the dumps that come have other digests, and
//! the identifiers of that kind have to be forgotten again. Nobody can do that from the file, which has no values. A telephone
//! or passport number that is given without its country is forgotten as far as it is known without it. A job of an interrupted ingest keeps what
//! it has read until it goes on, which leaves out what is suppressed, or is discarded. Copies of the index are out of reach.
//!
//! # Cost
//!
//! The file is read and written once, see [`crate::index::Forgotten`]; making the digests takes 11 us an address. The
//! next [`super::compact`] looks every suppressed digest up in every segment, and writes every run again that holds one, at its
//! usual speed. An ingest does nothing of that.

use super::Error;
use super::produce::{Identifier, Plans, Producer, Reading};
use crate::digest::{Digest, Key, Width};
use crate::identifier::{KindSpec, Reason, presence};
use crate::index::{Access, Forgotten, Identity, Index, Pair, Suppression, Wait, Writer};
use std::collections::BTreeMap;
use std::path::Path;
use zeroize::Zeroizing;

/// A line with an identifier: its number, and the value.
pub type Line = (usize, Zeroizing<String>);

/// What became of one identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forgetting {
    /// The number of its line.
    pub line: usize,
    /// What it is.
    pub spec: KindSpec,
    /// Digests that are suppressed now and were not before under this identifier, or were and are no more.
    pub changed: usize,
    /// Digests of it that are suppressed: after a lift, those that others produce as well.
    pub suppressed: usize,
    /// Whether it was lifted, and its records may have left the index.
    pub may_lack_records: bool,
}

/// What a command has changed.
#[derive(Debug)]
pub struct Forgettings {
    /// Every identifier, in the order of the lines.
    pub identifiers: Vec<Forgetting>,
    /// The generation of the index; that before if nothing has changed.
    pub generation: u64,
    /// What is suppressed now.
    pub suppression: Suppression,
}

impl Forgettings {
    /// Whether anything has changed.
    pub fn has_changed(&self) -> bool {
        self.identifiers.iter().any(|one| one.changed > 0)
    }
}

/// Suppresses identifiers, in one commit.
///
/// # Errors
/// If a line is no identifier: then nothing is written. If there is no index, it is locked or belongs to another key;
/// [`Error::Stopped`] if the waiting for another writer was stopped.
pub fn forget(dir: &Path, key: &Key, reading: &Reading, lines: &[Line], wait: Wait<'_>) -> Result<Forgettings, Error> {
    change(dir, key, reading, lines, wait, suppress)
}

/// Lifts the suppression of identifiers, in one commit.
///
/// # Errors
/// As [`forget`]; and if none of them is suppressed.
pub fn lift(dir: &Path, key: &Key, reading: &Reading, lines: &[Line], wait: Wait<'_>) -> Result<Forgettings, Error> {
    let done = change(dir, key, reading, lines, wait, unsuppress)?;
    if done.has_changed() { Ok(done) } else { Err(Error::NotSuppressed) }
}

/// An identifier and its line.
type Numbered = (usize, Identifier);
/// What becomes of all pairs, and of every identifier.
type Changed = (Forgotten, Vec<Forgetting>);

fn change(
    dir: &Path,
    key: &Key,
    reading: &Reading,
    lines: &[Line],
    wait: Wait<'_>,
    of: fn(&Forgotten, &[Numbered]) -> Changed,
) -> Result<Forgettings, Error> {
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    let plans = Plans::new(reading)?;
    // A writer would make an empty index where there is none.
    Index::open(dir, Some(&identity), Access::ReadFew)?;
    let mut writer = Writer::open_waiting(dir, &identity, Width::DEFAULT, wait)?;
    let identifiers = identifiers(&mut Producer::new(&plans, reading, key, writer.width()), lines)?;
    let (forgotten, identifiers) = of(writer.forgotten(), &identifiers);
    if forgotten != *writer.forgotten() {
        writer.forget(forgotten)?;
    }
    Ok(Forgettings { identifiers, generation: writer.manifest().generation, suppression: writer.suppression() })
}

/// The identifiers of all lines that are not blank.
fn identifiers(producer: &mut Producer<'_>, lines: &[Line]) -> Result<Vec<Numbered>, Error> {
    let (mut identifiers, mut refused) = (Vec::new(), Vec::new());
    let is_blank = |value: &str| presence(value.as_bytes()) == Err(Reason::Empty);
    for (number, value) in lines.iter().filter(|(_, value)| !is_blank(value)) {
        match producer.identifiers(value) {
            Ok(found) => identifiers.extend(found.into_iter().map(|identifier| (*number, identifier))),
            Err(reason) => refused.push((*number, reason)),
        }
    }
    match (refused.is_empty(), identifiers.is_empty()) {
        (false, _) => Err(Error::Refused(refused)),
        (true, true) => Err(Error::NoIdentifiers),
        (true, false) => Ok(identifiers),
    }
}

fn suppress(before: &Forgotten, identifiers: &[Numbered]) -> Changed {
    let suppresses = |digest: Digest, owner: Digest| before.pair(digest, owner).is_some_and(|pair| pair.suppresses);
    let pairs = identifiers.iter().flat_map(|(_, identifier)| {
        identifier.digests.iter().map(|digest| Pair {
            digest: *digest,
            owner: identifier.owner,
            suppresses: true,
            // Records of it may have left for the sake of somebody else.
            written_since: before.of_digest(*digest).iter().any(|pair| pair.written_since),
        })
    });
    let after = Forgotten::from_pairs(before.pairs().copied().chain(pairs));
    let forgetting = |(line, Identifier { spec, owner, digests }): &Numbered| Forgetting {
        line: *line,
        spec: *spec,
        changed: digests.iter().filter(|digest| !suppresses(**digest, *owner)).count(),
        suppressed: digests.len(),
        may_lack_records: false,
    };
    let forgettings = identifiers.iter().map(forgetting).collect();
    (after, forgettings)
}

fn unsuppress(before: &Forgotten, identifiers: &[Numbered]) -> Changed {
    // Whatever stands there under an owner is lifted: another reading may have produced more than this one does.
    let mut owned: BTreeMap<Digest, Vec<&Pair>> =
        identifiers.iter().map(|(_, identifier)| (identifier.owner, Vec::new())).collect();
    for pair in before.pairs().filter(|pair| pair.suppresses) {
        owned.entry(pair.owner).and_modify(|pairs| pairs.push(pair));
    }
    let lifted = |pair: &Pair| Pair { suppresses: pair.suppresses && !owned.contains_key(&pair.owner), ..*pair };
    let after = Forgotten::from_pairs(before.pairs().map(lifted));
    let is_left = |pair: &&&Pair| after.of_digest(pair.digest).iter().any(|other| other.suppresses);
    let forgetting = |(line, Identifier { spec, owner, .. }): &Numbered| {
        let mine = owned.get(owner).map(Vec::as_slice).unwrap_or_default();
        Forgetting {
            line: *line,
            spec: *spec,
            changed: mine.len(),
            suppressed: mine.iter().filter(is_left).count(),
            may_lack_records: mine.iter().any(|pair| pair.written_since),
        }
    };
    let forgettings = identifiers.iter().map(forgetting).collect();
    (after, forgettings)
}
