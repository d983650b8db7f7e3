//! `key rotate`: puts an index under a new key, without the plaintext.
//!
//! ```text
//! run -> records in the order of the old digests -> every digest through the new link, in batches
//!     -> sorted by the new digest -> one segment, or its slices
//! all runs -> catalogue with new tags -> manifest under the new key: the commit
//! ```
//!
//! # What it costs
//!
//! *Disk.* The old segments stay until the commit, so that the index is there twice. While a run is sorted, what is left of its
//! digests lies in a file without a name: 61 bits for each record and the bits of its payload ([`super::packing`]), where the segment
//! has 56 to 60 and the same payload as often as it is met. The file gives its room back as the new segment grows, so that an index
//! needs little more than twice its size even if it is a single run: 2.08 times were seen for one of 60 million records.
//!
//! *Memory.* 64 MiB for what is put apart ([`super::sorter`]), a few parts, section H of what is written; 0.1 bytes a record for where
//! the pieces of the file are.
//!
//! *Processor*, per record and link: to decode 3 to 7 ns, the HMAC 16 to 40, to put apart, write and read 20, to sort 25, to encode
//! 15 to 35, to read back 5. See `benches/README.md` for what was measured.
//!
//! # What stays and what changes
//!
//! Digests, those of forgotten identifiers too, the uids of breaches, and the tags of scopes and inputs go through the new link. Data
//! classes, counts and the catalogue's texts are as they were. Records of removed breaches and of forgotten identifiers leave on the
//! way. What is derived from names under the ring gives the new tags, so a breach that grows stays the same one, and an identical
//! input is refused as before.
//!
//! # Crashes
//!
//! The ring is written and synced first, and nothing but it opens the new index. The rename of the manifest is the commit: before it
//! every reader and the next writer have the old index under the old key, which the ring opens as well; behind it the new one. New
//! segments that no manifest names are removed by the next writer.

use super::Error;
use super::merge::{Interrupted, Merge};
use super::payloads::Payloads;
use super::runs::{Run, runs};
use super::sorter::Sorter;
use crate::digest::{self, Chain, Digest, Key, Width};
use crate::disk::sync_dir;
use crate::index::{
    self, Access, BreachCoverage, Catalogue, Forgotten, Identity, Index, Narrow, Pair, Record, SegmentEntry,
    SegmentPlan, SegmentWriter, Wait, Wide, Writer, hex, holds_jobs, is_narrow, slice_bits, unnamed_files,
};
use crate::plan::run_ordered;
use crate::source::Progress;
use std::collections::BTreeMap;
use std::io::{self, Seek, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Records that go through the links together.
const BLOCK_RECORDS: usize = 1 << 13;

/// What a rotation did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Records under the new key.
    pub records: u64,
    /// Segments under the new key.
    pub segments: usize,
    /// Their bytes.
    pub bytes: u64,
    /// How often the key of the index was rotated by now.
    pub links: usize,
    /// Files that are still there, though they belong to no index of the new key: they could not be removed.
    pub left: Vec<PathBuf>,
}

/// From which key to which, and how.
#[derive(Clone, Copy)]
pub struct Rotate<'a> {
    /// The key that the index has.
    pub key: &'a Key,
    /// The ring that it is put under: the key, and secrets behind it.
    pub ring: &'a Key,
    /// How long another writer is waited for.
    pub wait: Duration,
    /// Worker threads.
    pub threads: usize,
    /// What is told of the work, and what stops it.
    pub progress: &'a Progress,
}

/// Puts an index under a key that begins with its own.
///
/// Input: what keeps the ring, called once it is certain that the index can be rotated and before anything is written.
///
/// Cost: one HMAC, one sort and one encoding a record; the module's text has the arithmetic.
///
/// # Errors
/// If there is no index, it is locked or belongs to another key, an interrupted ingest waits in it, a segment is damaged, the
/// ring cannot be kept, or the disk is full: the index is then what it was. [`index::Error::UnknownState`] if only the last
/// sync failed.
pub fn rotate(
    dir: &Path,
    how: &Rotate<'_>,
    keep_ring: impl FnOnce() -> Result<(), digest::Error>,
) -> Result<Rotation, Error> {
    rotate_sliced(dir, how, keep_ring, slice_bits)
}

/// Makes sure that what an index says under this ring survives a power cut, and that nothing under the key before is left: a rotation
/// may have ended behind its commit.
///
/// # Errors
/// If it cannot be opened with the ring, is locked, or cannot be synced; if a file cannot be removed.
pub fn settle(dir: &Path, ring: &Key, wait: Wait<'_>) -> Result<(), Error> {
    let seal = |bytes: &[u8]| ring.seal(bytes);
    let identity = Identity { id: ring.id(), check: ring.check(), links: ring.links(), seal: &seal };
    Index::open(dir, Some(&identity), Access::ReadFew)?;
    sync_dir(dir).map_err(|cause| index::Error::UnknownState { path: dir.to_path_buf(), cause })?;
    // A writer removes what no manifest names.
    drop(Writer::open_waiting(dir, &identity, Width::DEFAULT, wait)?);
    Ok(())
}

/// As [`rotate`], where a number of records says into how many slices they are cut, as a number of bits.
fn rotate_sliced(
    dir: &Path,
    how: &Rotate<'_>,
    keep_ring: impl FnOnce() -> Result<(), digest::Error>,
    slice_bits: fn(u64) -> u8,
) -> Result<Rotation, Error> {
    let Rotate { key, ring, .. } = *how;
    let (old_seal, new_seal) = (|bytes: &[u8]| key.seal(bytes), |bytes: &[u8]| ring.seal(bytes));
    let old = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &old_seal };
    let new = Identity { id: ring.id(), check: ring.check(), links: ring.links(), seal: &new_seal };
    // A writer would make an empty index where there is none.
    Index::open(dir, Some(&old), Access::ReadFew)?;
    let wait = Wait { longest: how.wait, stop: Some(how.progress) };
    let mut writer = Writer::open_waiting(dir, &old, Width::DEFAULT, wait)?;
    if !ring.begins_with(key) {
        return Err(Error::OtherRing);
    }
    if holds_jobs(dir) {
        return Err(Error::JobWaits);
    }
    let index = Index::open(dir, Some(&old), Access::ReadFew)?.whole()?;
    keep_ring().map_err(Error::Key)?;
    let forgotten = rekeyed_forgotten(writer.forgotten(), &mut ring.chain_behind(key.links()), index.width());
    writer.rekey(&new, forgotten);
    let mut rotating = Rotating { index: &index, writer, how, slice_bits };
    how.progress.begin("putting under the new key", 2 * index.records());
    let mut added = Vec::new();
    for run in runs(&index) {
        added.extend(match is_narrow(index.width()) {
            true => rotating.rotate_run::<Narrow>(&run)?,
            false => rotating.rotate_run::<Wide>(&run)?,
        });
    }
    let mut done = Rotation { segments: added.len(), links: ring.links(), ..Rotation::default() };
    done.records = added.iter().map(|segment| segment.records).sum();
    done.bytes = added.iter().map(|segment| segment.bytes).sum();
    let replaced: Vec<String> = index.manifest().segments.iter().map(|segment| segment.id.clone()).collect();
    let mut writer = rotating.writer;
    let catalogue = rekeyed_catalogue(writer.catalogue(), &ring.chain_behind(key.links()));
    let manifest = writer.replace(&replaced, added, catalogue)?;
    // The index is under the ring, whether or not that can be seen.
    done.left = unnamed_files(dir, &manifest).unwrap_or_default();
    Ok(done)
}

/// An index on its way under a new key.
struct Rotating<'a> {
    index: &'a Index,
    writer: Writer<'a>,
    how: &'a Rotate<'a>,
    slice_bits: fn(u64) -> u8,
}

/// Records under the new key, and what their numbers mean.
struct Sorted<R> {
    sorter: Sorter<R>,
    payloads: Payloads,
    counts: BTreeMap<u32, u64>,
    breaches: Vec<BreachCoverage>,
}

impl Rotating<'_> {
    fn rotate_run<R: Record>(&mut self, run: &Run) -> Result<Vec<SegmentEntry>, Error> {
        if run.is_removed(self.index) {
            // Without a look at its records, which may be damaged.
            return Ok(Vec::new());
        }
        let sorted = self.sort::<R>(run)?;
        self.write(sorted)
    }

    /// Puts the records of a run under the new key, and apart.
    fn sort<R: Record>(&self, run: &Run) -> Result<Sorted<R>, Error> {
        let (width, dir) = (self.index.width(), self.index.dir());
        let merge = Merge::new(self.index, &[run], self.how.progress);
        let Rotate { key, ring, threads, progress, .. } = *self.how;
        let chain = || ring.chain_behind(key.links());
        let breaches = merge.breaches_left();
        let breaches: Vec<BreachCoverage> = breaches.iter().map(|table| rekeyed_table(table, &chain())).collect();
        let bits_min = u32::from((self.slice_bits)(run.records));
        let mut sorter = Sorter::<R>::new(width, run.records, bits_min, dir);
        let (mut merged, mut counts) = (merge.records()?, BTreeMap::new());
        let next = || {
            let (mut digests, mut payloads) = (Vec::with_capacity(BLOCK_RECORDS), Vec::with_capacity(BLOCK_RECORDS));
            while digests.len() < BLOCK_RECORDS {
                let Some((digest, payload)) = merged.next()? else { break };
                digests.push(digest);
                payloads.push(payload);
            }
            Ok::<_, Error>((!digests.is_empty()).then_some((digests, payloads)))
        };
        let work = |chain: &mut Chain, (mut digests, payloads): (Vec<Digest>, Vec<u32>)| {
            chain.pass(width, &mut digests);
            (digests, payloads)
        };
        let take = |(digests, payloads): (Vec<Digest>, Vec<u32>)| {
            for (digest, payload) in digests.iter().zip(&payloads) {
                sorter.push(*digest, *payload).map_err(|cause| self.disk(cause))?;
            }
            for same in payloads.chunk_by(|one, next| one == next) {
                *counts.entry(same[0]).or_default() += same.len() as u64;
            }
            self.advance(digests.len())
        };
        run_ordered(threads, 2 * threads, progress, next, chain, work, take)?;
        Ok(Sorted { sorter, payloads: merged.into_payloads(), counts, breaches })
    }

    /// Writes the segment, or its slices.
    fn write<R: Record>(&mut self, mut sorted: Sorted<R>) -> Result<Vec<SegmentEntry>, Error> {
        let records = (0..sorted.sorter.parts()).map(|part| sorted.sorter.records(part)).sum();
        let bits = (self.slice_bits)(records);
        let parts_of_slice = sorted.sorter.parts() >> bits;
        (0..1u32 << bits)
            .map(|slice| {
                let first = slice as usize * parts_of_slice;
                self.write_slice(&mut sorted, slice, bits, first..first + parts_of_slice)
            })
            .collect()
    }

    fn write_slice<R: Record>(
        &mut self,
        sorted: &mut Sorted<R>,
        slice: u32,
        slice_bits: u8,
        parts: Range<usize>,
    ) -> Result<SegmentEntry, Error> {
        let Sorted { sorter, payloads, counts, breaches } = sorted;
        let estimate = parts.clone().map(|part| sorter.records(part)).sum();
        let counted = counts.iter().map(|(payload, count)| (payloads.entry(*payload).clone(), *count)).collect();
        let (width, key_check) = (self.index.width(), self.how.ring.check());
        let plan = SegmentPlan { width, key_check, estimate, payloads: counted, slice_bits, slice };
        // Counts stand in the first slice only: whoever adds up all segments counts them once.
        let breaches: Vec<BreachCoverage> = match slice {
            0 => breaches.clone(),
            _ => breaches.iter().map(|all| BreachCoverage { uid: all.uid, ..Default::default() }).collect(),
        };
        let (index, progress, threads) = (self.index, self.how.progress, self.how.threads);
        // An error of ours inside of the writer's closure waits here.
        let mut failed = None;
        let written = self.writer.add_segment(plan, |segment| {
            let mut output = Output { segment: segment.spilling_into(index.dir()), payloads, places: BTreeMap::new() };
            output.places = counts.keys().copied().zip(0..).collect();
            let mut numbers = parts.into_iter();
            let next = || Ok::<_, Error>(numbers.next());
            let work = |(): &mut (), part: usize| sorter.sorted(part);
            let take = |records: io::Result<Vec<R>>| {
                let records = records.map_err(|cause| Interrupted::Merge(disk(index, cause)))?;
                output.push_all(&records)?;
                advance(progress, records.len()).map_err(Interrupted::Merge)
            };
            match run_ordered(threads, 2 * threads, progress, next, || (), work, take) {
                Ok(_) => output.segment.finish(&breaches),
                Err(Interrupted::Disk(cause)) => Err(cause),
                Err(Interrupted::Merge(error)) => {
                    failed = Some(error);
                    Err(io::Error::other("the records cannot be read"))
                }
            }
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(written?),
        }
    }

    fn advance(&self, records: usize) -> Result<(), Error> {
        advance(self.how.progress, records)
    }

    fn disk(&self, cause: io::Error) -> Error {
        disk(self.index, cause)
    }
}

fn advance(progress: &Progress, records: usize) -> Result<(), Error> {
    progress.add_done(records as u64);
    if progress.stop_requested() { Err(Error::Stopped) } else { Ok(()) }
}

/// The temporary file, or the segment that is written, cannot be written or read.
fn disk(at: &Index, cause: io::Error) -> Error {
    Error::Index(index::Error::Io { action: "sorting in", path: at.dir().to_path_buf(), cause })
}

/// A segment of records that come in order.
struct Output<'a, W> {
    segment: SegmentWriter<W>,
    payloads: &'a mut Payloads,
    /// The place of each payload in the segment.
    places: BTreeMap<u32, usize>,
}

impl<W: Write + Seek> Output<'_, W> {
    /// Appends records whose digests ascend. Digests that were two and are one now have the exposures of both.
    fn push_all<R: Record>(&mut self, records: &[R]) -> Result<(), Interrupted> {
        let mut last = (u32::MAX, 0);
        for same in records.chunk_by(|one, next| one.digest() == next.digest()) {
            let mut payload = same[0].tag();
            for other in &same[1..] {
                payload = self.payloads.union(payload, other.tag())?;
            }
            if last.0 != payload {
                let Output { segment, payloads, places } = self;
                let add = || segment.add_payload(payloads.entry(payload).clone());
                last = (payload, *places.entry(payload).or_insert_with(add));
            }
            self.segment.push(same[0].digest(), last.1).map_err(Interrupted::Disk)?;
        }
        Ok(())
    }
}

/// A table of what a breach covers, with its tags under the new key.
fn rekeyed_table(table: &BreachCoverage, chain: &Chain) -> BreachCoverage {
    const NO_SCOPE: [u8; 16] = [0; 16];
    let mut rekeyed = BreachCoverage { uid: chain.tag(table.uid), counts: BTreeMap::new(), ..table.clone() };
    for (key, counts) in &table.counts {
        let mut key = *key;
        if key.scope_tag != NO_SCOPE {
            key.scope_tag = chain.tag(key.scope_tag);
        }
        rekeyed.counts.insert(key, *counts);
    }
    rekeyed
}

/// The forgotten identifiers under the new key.
fn rekeyed_forgotten(forgotten: &Forgotten, chain: &mut Chain, width: Width) -> Forgotten {
    let (mut digests, mut owners): (Vec<Digest>, Vec<Digest>) =
        forgotten.pairs().map(|pair| (pair.digest, pair.owner)).unzip();
    chain.pass(width, &mut digests);
    chain.pass(width, &mut owners);
    let rekeyed = forgotten.pairs().zip(digests.into_iter().zip(owners));
    Forgotten::from_pairs(rekeyed.map(|(pair, (digest, owner))| Pair { digest, owner, ..*pair }))
}

/// The catalogue with its tags under the new key.
fn rekeyed_catalogue(catalogue: &Catalogue, chain: &Chain) -> Catalogue {
    let mut catalogue = catalogue.clone();
    let rekey = |text: &mut String| {
        // What is no tag was written by nobody, and stays as it is.
        if let Ok(tag) = u128::from_str_radix(text, 16) {
            *text = hex(&chain.tag(tag.to_be_bytes()));
        }
    };
    for breach in &mut catalogue.breaches {
        rekey(&mut breach.uid);
        breach.inputs.iter_mut().for_each(rekey);
    }
    catalogue.removed.iter_mut().for_each(|breach| rekey(&mut breach.uid));
    catalogue
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::crash;
    use crate::disk::power::Disk;
    use crate::disk::steps::{self, Step};
    use crate::index::class::ClassMask;
    use crate::index::test_data::Random;
    use crate::index::{Breach, CoverageCounts, CoverageKey, Entry, JOBS};
    use std::path::PathBuf;

    /// For every digest the breaches, by name, and the classes.
    type Records = BTreeMap<Digest, Vec<(String, ClassMask)>>;

    struct Place {
        temporary: tempfile::TempDir,
        width: Width,
    }

    impl Place {
        fn new(bits: u8) -> Place {
            let temporary = tempfile::tempdir().expect("a temporary folder");
            Place { temporary, width: Width::new(bits).expect("a width") }
        }

        fn dir(&self) -> PathBuf {
            self.temporary.path().join("index")
        }

        /// Ingests so many records of a breach under a key; the digests are what they would be under its first secret.
        fn ingest(&self, key: &Key, name: &str, digests: &[Digest], seed: u64) {
            let seal = |bytes: &[u8]| key.seal(bytes);
            let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
            let mut writer = Writer::open(&self.dir(), &identity, self.width).expect("an index or a place for one");
            let uid = writer.catalogue().uid_for(name, |name| key.tag("breach", name));
            let mut digests = digests.to_vec();
            key.chain().pass(self.width, &mut digests);
            let mut random = Random(seed);
            let mut records: Vec<(Digest, usize)> =
                digests.into_iter().map(|digest| (digest, random.below(20).saturating_sub(16) as usize)).collect();
            records.sort_unstable();
            let payloads: Vec<(Entry, u64)> = (0..5).map(|bit| (vec![(0, ClassMask(1 << bit))], 1)).collect();
            let (width, key_check, estimate) = (self.width, key.check(), records.len() as u64);
            let plan = SegmentPlan { width, key_check, estimate, payloads, slice_bits: 0, slice: 0 };
            let scope_tag = key.tag("scope", b"acme");
            let coverage = CoverageKey { kind: 6, variant: 0, rule: 1, country: [0; 2], scope_tag };
            let counts = BTreeMap::from([(coverage, CoverageCounts { accepted: estimate, rejected: 3 })]);
            let entry = writer.add_segment(plan, |mut segment| {
                records.iter().try_for_each(|(digest, payload)| segment.push(*digest, *payload))?;
                segment.finish(&[BreachCoverage { uid, counts, ..Default::default() }])
            });
            let mut catalogue = writer.catalogue().clone();
            if catalogue.breach(name).is_none() {
                let inputs = vec![hex(&key.tag("input", name.as_bytes()))];
                catalogue.breaches.push(Breach { name: name.into(), uid: hex(&uid), inputs, ..Breach::default() });
            }
            writer.commit(vec![entry.expect("room")], catalogue).expect("a commit");
        }

        fn remove(&self, key: &Key, name: &str) {
            let seal = |bytes: &[u8]| key.seal(bytes);
            let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
            let mut writer = Writer::open(&self.dir(), &identity, self.width).expect("an index");
            let mut catalogue = writer.catalogue().clone();
            catalogue.remove(name).expect("a breach");
            writer.commit_locked(Vec::new(), catalogue).expect("a commit");
        }

        fn open(&self, key: &Key) -> Result<Index, index::Error> {
            let seal = |bytes: &[u8]| key.seal(bytes);
            let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
            Index::open(&self.dir(), Some(&identity), Access::Mapped)
        }

        /// What the index says about digests of the first secret.
        fn answers(&self, key: &Key, digests: &[Digest]) -> Records {
            let index = self.open(key).and_then(Index::whole).expect("a whole index");
            let mut asked = digests.to_vec();
            key.chain().pass(self.width, &mut asked);
            let mut records = Records::new();
            for (digest, asked) in digests.iter().zip(asked) {
                for live in index.segments() {
                    let Some(place) = live.segment().find(asked).expect("a whole segment") else { continue };
                    let pairs = live.segment().payloads()[place].iter();
                    for (local, mask) in pairs {
                        let name = index.breaches()[live.breach(*local)].name.clone();
                        records.entry(*digest).or_default().push((name, *mask));
                    }
                }
            }
            records
        }

        fn rotate(&self, key: &Key, ring: &Key, threads: usize, slices: fn(u64) -> u8) -> Result<Rotation, Error> {
            let how = Rotate { key, ring, wait: Duration::ZERO, threads, progress: &Progress::new() };
            rotate_sliced(&self.dir(), &how, || Ok(()), slices)
        }

        /// The names and bytes of all files.
        fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
            let entries = std::fs::read_dir(self.dir()).expect("a folder").map(|entry| entry.expect("an entry").path());
            let files = entries.filter(|path| path.is_file());
            files.map(|path| (path.clone(), std::fs::read(path).expect("a file"))).collect()
        }
    }

    fn key() -> Key {
        Key::from_secret(&std::array::from_fn(|i| i as u8 ^ 0x29)).expect("a secret that is not weak")
    }

    fn digests(seed: u64, count: usize, width: Width) -> Vec<Digest> {
        let mut random = Random(seed);
        (0..count).map(|_| random.digest(width)).collect()
    }

    /// Three rotations, with ingests between them, change no answer, whatever the width, the threads and the slices.
    #[test]
    fn rotations_in_a_row_change_no_answer() {
        let slices: [fn(u64) -> u8; 3] = [|_| 0, |_| 2, |records| u8::from(records > 3000)];
        for (bits, threads, slices) in [(64, 1, slices[0]), (80, 2, slices[1]), (128, 3, slices[2])] {
            let place = Place::new(bits);
            let all = digests(u64::from(bits), 9000, place.width);
            let mut key = key();
            place.ingest(&key, "north", &all[..6000], 1);
            place.ingest(&key, "south", &all[4000..8000], 2);
            for round in 1..=3 {
                let before = place.answers(&key, &all);
                assert_eq!(before.len(), 8000);
                let ring = key.rotated().expect("random bytes");
                let old_files = place.files();
                let done = place.rotate(&key, &ring, threads, slices).expect("a rotation");
                assert_eq!((done.links, done.records >= 10_000), (round, true), "{bits} bits");
                assert!(place.answers(&ring, &all) == before, "{bits} bits, round {round}");
                let error = place.open(&key).map(|_| ()).expect_err("the old key");
                assert!(matches!(error, index::Error::WrongKey { .. }), "{error:?}");
                let same = place.files().keys().filter(|path| old_files.contains_key(*path)).count();
                assert_eq!(same, 2, "the lock and the manifest");
                key = ring;
                place.ingest(&key, "north", &all[..500 * round], 3);
            }
            let index = place.open(&key).expect("an index");
            let manifest = index.manifest();
            assert_eq!((manifest.key_links, index.breaches().len()), (3, 2));
            let (uid, input) = (key.tag("breach", b"north"), key.tag("input", b"north"));
            assert_eq!((&index.breaches()[0].uid, &index.breaches()[0].inputs[0]), (&hex(&uid), &hex(&input)));
            let scope_tag = key.tag("scope", b"acme");
            assert!(index.coverage().all(|(_, coverage, _)| coverage.scope_tag == scope_tag));
        }
    }

    #[test]
    fn whoever_has_the_old_key_alone_meets_nothing() {
        let (place, key) = (Place::new(80), key());
        let all = digests(3, 3000, place.width);
        place.ingest(&key, "north", &all, 1);
        let ring = key.rotated().expect("random bytes");
        let old: Vec<Vec<u8>> = place.files().into_values().collect();
        place.rotate(&key, &ring, 2, |_| 0).expect("a rotation");
        let index = place.open(&ring).expect("an index");
        let found = |digest: &Digest| index.segments()[0].segment().find(*digest).expect("a whole segment").is_some();
        assert_eq!(all.iter().filter(|digest| found(digest)).count(), 0);
        let tags = [key.tag("breach", b"north"), key.tag("input", b"north"), key.tag("scope", b"acme"), key.check().0];
        let holds = |file: &[u8], tag: &[u8]| file.windows(tag.len()).any(|part| part == tag);
        let anywhere = |files: &[Vec<u8>], tag: &[u8; 16]| {
            files.iter().any(|file| holds(file, tag) || holds(file, hex(tag).as_bytes()))
        };
        let new: Vec<Vec<u8>> = place.files().into_values().collect();
        for tag in &tags {
            assert!(anywhere(&old, tag) && !anywhere(&new, tag));
        }
    }

    #[test]
    fn what_was_removed_leaves_and_what_is_refused_changes_nothing() {
        let (place, key) = (Place::new(80), key());
        let all = digests(4, 2000, place.width);
        place.ingest(&key, "north", &all[..1500], 1);
        place.ingest(&key, "south", &all[1000..], 2);
        let ring = key.rotated().expect("random bytes");
        let before = place.files();
        let check = |result: Result<Rotation, Error>, want: fn(&Error) -> bool| {
            assert!(result.as_ref().is_err_and(want), "{result:?}");
            assert!(place.files() == before, "nothing is changed, and nothing is left behind");
        };
        let progress = Progress::new();
        let how = Rotate { key: &key, ring: &ring, wait: Duration::ZERO, threads: 1, progress: &progress };
        let result = rotate(&place.dir(), &how, || Err(digest::Error::Exists("ring".into())));
        check(result, |error| matches!(error, Error::Key(_)));
        progress.request_stop();
        let result = rotate(&place.dir(), &Rotate { threads: 2, ..how }, || Ok(()));
        check(result, |error| matches!(error, Error::Stopped));
        let other = Key::random().and_then(|key| key.rotated().map_err(|_| io::Error::other("none"))).expect("a ring");
        check(place.rotate(&key, &other, 1, |_| 0), |error| matches!(error, Error::OtherRing));
        check(place.rotate(&ring, &ring, 1, |_| 0), |error| {
            matches!(error, Error::Index(index::Error::WrongKey { .. }))
        });
        let job = place.dir().join(JOBS).join("job");
        std::fs::create_dir_all(&job).expect("made");
        check(place.rotate(&key, &ring, 1, |_| 0), |error| matches!(error, Error::JobWaits));
        std::fs::remove_dir_all(place.dir().join(JOBS)).expect("removed");
        {
            let seal = |bytes: &[u8]| key.seal(bytes);
            let identity = Identity { id: key.id(), check: key.check(), links: 0, seal: &seal };
            let mut writer = Writer::open(&place.dir(), &identity, place.width).expect("an index");
            let mut catalogue = writer.catalogue().clone();
            catalogue.remove("north");
            writer.commit_locked(Vec::new(), catalogue).expect("a commit");
        }
        let want = place.answers(&key, &all);
        assert_eq!(want.len(), 1000);
        let done = place.rotate(&key, &ring, 1, |_| 0).expect("a rotation");
        assert_eq!((done.records, done.segments), (1000, 1));
        assert!(place.answers(&ring, &all) == want);
        place.ingest(&ring, "north", &all[..10], 5);
        assert_eq!(place.answers(&ring, &all).len(), 1010, "a breach that comes again is another one");
    }

    /// A rotation ends behind its commit, before the disk has it. Whoever runs it again is told that the index is under the ring: then
    /// it has to stay there.
    #[test]
    fn a_rotation_that_is_called_done_survives_a_power_cut() {
        let (place, key) = (Place::new(80), key());
        let all = digests(6, 300, place.width);
        place.ingest(&key, "north", &all, 1);
        let (ring, want) = (key.rotated().expect("random bytes"), place.answers(&key, &all));
        let is_under_ring = |files: &BTreeMap<String, Vec<u8>>| {
            let temporary = tempfile::tempdir().expect("a temporary folder");
            let there = Place { temporary, width: place.width };
            std::fs::create_dir(there.dir()).expect("made");
            files.iter().for_each(|(name, bytes)| std::fs::write(there.dir().join(name), bytes).expect("room"));
            there.open(&ring).is_ok() && there.answers(&ring, &all) == want
        };
        let disk = Disk::of(&place.dir());
        let rotating = |last: u32| {
            steps::of(|| {
                crash::before(last, || place.rotate(&key, &ring, 1, |_| 0)).0.expect_err("it has ended");
            })
        };
        let is_commit = |step: &Step| matches!(step, Step::Rename { to, .. } if to == "MANIFEST");
        let begun = (1..).map(rotating).find(|steps| steps.last().is_some_and(is_commit)).expect("a commit");
        assert_eq!(index::key_check(&place.dir()), Some(ring.check()), "this is what is told");
        let mut disk = disk;
        begun.iter().for_each(|step| disk.apply(step));
        assert!(!disk.survivors().iter().all(is_under_ring), "the power can still undo it");
        let settled = steps::of(|| settle(&place.dir(), &ring, Wait::NONE).expect("an index under the ring"));
        assert!(disk.after(&settled).iter().all(is_under_ring), "{settled:?}");
    }

    /// A rotation that was killed behind its commit has not removed the files of the old key.
    #[test]
    fn what_is_settled_has_no_file_of_the_old_key() {
        let (place, key) = (Place::new(80), key());
        place.ingest(&key, "north", &digests(5, 300, place.width), 1);
        let ring = key.rotated().expect("random bytes");
        let (before, manifest) = (place.files(), place.dir().join("MANIFEST"));
        place.rotate(&key, &ring, 1, |_| 0).expect("rotated");
        let new = place.files();
        before.iter().filter(|(path, _)| **path != manifest).for_each(|(path, bytes)| {
            std::fs::write(path, bytes).expect("written");
        });
        assert!(place.files().len() > new.len());
        settle(&place.dir(), &ring, Wait::NONE).expect("an index under the ring");
        assert!(place.files() == new);
    }

    #[test]
    fn a_damaged_segment_without_a_breach_is_not_read() {
        let (place, key) = (Place::new(80), key());
        place.ingest(&key, "north", &digests(5, 3000, place.width), 1);
        let ring = key.rotated().expect("random bytes");
        let (path, mut bytes) =
            place.files().into_iter().find(|(path, _)| path.extension().is_some_and(|ldx| ldx == "ldx")).expect("one");
        bytes[70_000] ^= 1;
        std::fs::write(&path, &bytes).expect("written");
        place.remove(&key, "north");
        let done = place.rotate(&key, &ring, 1, |_| 0).expect("nothing of it is kept");
        assert_eq!((done.records, done.left.len()), (0, 0));
    }

    #[test]
    fn a_damaged_segment_is_an_error_and_the_ring_is_not_made() {
        let (place, key) = (Place::new(80), key());
        place.ingest(&key, "north", &digests(5, 3000, place.width), 1);
        let ring = key.rotated().expect("random bytes");
        let (path, bytes) =
            place.files().into_iter().find(|(path, _)| path.extension().is_some_and(|ldx| ldx == "ldx")).expect("one");
        let mut changed = bytes.clone();
        changed[70_000] ^= 1;
        std::fs::write(&path, &changed).expect("written");
        let before = place.files();
        let result = place.rotate(&key, &ring, 1, |_| 0);
        assert!(matches!(result, Err(Error::Index(index::Error::Damaged { .. }))), "{result:?}");
        std::fs::write(&path, &bytes[..5000]).expect("written");
        let keep = || panic!("the ring is made where nothing can be rotated");
        let progress = Progress::new();
        let how = Rotate { key: &key, ring: &ring, wait: Duration::ZERO, threads: 1, progress: &progress };
        let result = rotate(&place.dir(), &how, keep);
        assert!(matches!(result, Err(Error::Index(index::Error::Damaged { .. }))), "{result:?}");
        std::fs::write(&path, &changed).expect("written");
        assert!(place.files() == before);
    }
}
