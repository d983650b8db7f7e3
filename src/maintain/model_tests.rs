//! Random sequences of ingests, additions, removals, forgetting, compactions, rotations and crashes against a plain model, with
//! readers of all generations beside, on threads of their own ([`super::model_readers`]).
//!
//! Any change may be the last thing that its process does: it ends before a random call that would change the directory (making,
//! writing, syncing, naming or removing a file), and nothing behind it is done, not even what cleans up. Then the index says what it
//! said before, or what the whole change makes of it; by its generation it is known which.
//!
//! `LEAKDEX_LONG` multiplies the sequences. `LEAKDEX_SEED` is the seed of the first, 0 unless given; each of the others has the next
//! number, and a failure names its own, so that `LEAKDEX_SEED` alone repeats it. With `LEAKDEX_RECORDS` there is one, of so many different digests, of which a thousand are
//! asked for.

use super::model_readers::{Reader, Stage};
use super::{Error, Rotate, compact, rotate};
use crate::digest::{Digest, Key, Width};
use crate::disk::crash;
use crate::index::class::ClassMask;
use crate::index::test_data::Random;
use crate::index::{
    self, Access, Breach, BreachCoverage, CoverageCounts, CoverageKey, Entry, Forgotten, Identity, Index, Pair,
    SegmentPlan, Writer, hex, key_check,
};
use crate::source::Progress;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What the index should say: for every ingest that answers the name of its breach, and its records.
type Model = Vec<(String, BTreeMap<Digest, ClassMask>)>;

/// What is suppressed, and whether segments were written since, by digest; what is not was lifted.
type Hidden = BTreeMap<Digest, (bool, bool)>;

/// What is said about every digest: the breaches and their classes, one pair for each ingest, or what the list of suppressed ones
/// says; and how many fields of each breach were taken.
pub(super) type Answers = (Vec<Vec<(String, u64)>>, BTreeMap<String, u64>);

const NAMES: [&str; 4] = ["north", "east", "south", "west"];
const SUPPRESSED: &str = "~suppressed";
const LIFTED: &str = "~lifted";
const KEY: CoverageKey = CoverageKey { kind: 1, variant: 0, rule: 1, country: [0; 2], scope_tag: [0; 16] };

/// What a key makes of digests under its first secret.
pub(super) fn under(key: &Key, digests: &[Digest]) -> Vec<Digest> {
    let mut digests = digests.to_vec();
    key.chain().pass(Width::DEFAULT, &mut digests);
    digests
}

fn with_identity<T>(key: &Key, work: impl FnOnce(&Identity<'_>) -> T) -> T {
    let seal = |bytes: &[u8]| key.seal(bytes);
    work(&Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal })
}

pub(super) fn open_as(dir: &Path, key: &Key, access: Access) -> Result<Index, index::Error> {
    with_identity(key, |identity| Index::open(dir, Some(identity), access))
}

fn open(dir: &Path, key: &Key, access: Access) -> Index {
    open_as(dir, key, access).expect("an index")
}

fn ingest(dir: &Path, key: &Key, name: &str, records: &BTreeMap<Digest, ClassMask>) -> Result<(), Error> {
    let digests: Vec<Digest> = records.keys().copied().collect();
    let records: BTreeMap<Digest, ClassMask> =
        under(key, &digests).into_iter().zip(records.values().copied()).collect();
    with_identity(key, |identity| ingest_as(dir, (key, identity), name, &records))
}

fn ingest_as(
    dir: &Path,
    (key, identity): (&Key, &Identity<'_>),
    name: &str,
    records: &BTreeMap<Digest, ClassMask>,
) -> Result<(), Error> {
    let mut writer = Writer::open(dir, identity, Width::DEFAULT)?;
    let uid = writer.catalogue().uid_for(name, |name| key.tag("breach", name));
    let masks: BTreeSet<ClassMask> = records.values().copied().collect();
    let payloads: Vec<(Entry, u64)> = masks.iter().map(|mask| (vec![(0, *mask)], 1)).collect();
    let plan = SegmentPlan {
        width: Width::DEFAULT,
        key_check: identity.check,
        estimate: records.len() as u64,
        payloads,
        slice_bits: 0,
        slice: 0,
    };
    let counts = BTreeMap::from([(KEY, CoverageCounts { accepted: records.len() as u64, rejected: 0 })]);
    let entry = writer.add_segment(plan, |mut segment| {
        for (digest, mask) in records {
            segment.push(*digest, masks.iter().position(|known| known == mask).expect("a known mask"))?;
        }
        segment.finish(&[BreachCoverage { uid, counts, ..Default::default() }])
    });
    let mut catalogue = writer.catalogue().clone();
    if catalogue.breach(name).is_none() {
        catalogue.breaches.push(Breach { name: name.into(), uid: hex(&uid), ..Breach::default() });
    }
    writer.commit(vec![entry?], catalogue)?;
    Ok(())
}

fn remove(dir: &Path, key: &Key, name: &str) -> Result<(), Error> {
    with_identity(key, |identity| {
        let mut writer = Writer::open(dir, identity, Width::DEFAULT)?;
        let mut catalogue = writer.catalogue().clone();
        catalogue.remove(name);
        writer.commit_locked(Vec::new(), catalogue)?;
        Ok(())
    })
}

/// Rotates, or is stopped before the end.
fn rotate_to(dir: &Path, key: &Key, ring: &Key, ends: bool) -> Result<(), Error> {
    let progress = Progress::new();
    if !ends {
        progress.request_stop();
    }
    let how = Rotate { key, ring, wait: Duration::ZERO, threads: 1, progress: &progress };
    match rotate(dir, &how, || Ok(())) {
        // Without a record there is nothing at which it could stop.
        Ok(done) if !ends && done.records > 0 => panic!("it was not stopped: {done:?}"),
        Err(Error::Stopped) if !ends => Ok(()),
        other => other.map(|_| ()),
    }
}

pub(super) fn answers(index: &Index, digests: &[Digest]) -> Answers {
    let pairs = |digest: &Digest| {
        let (mut pairs, mut hits) = (Vec::new(), Vec::new());
        assert!(index.find_one(*digest, 0, &mut hits).is_empty(), "a whole segment");
        for hit in hits {
            let Some(place) = hit.found.place() else {
                pairs.push((if hit.found.is_suppressed() { SUPPRESSED } else { LIFTED }.to_string(), 0));
                continue;
            };
            let live = &index.segments()[hit.segment as usize];
            let entry = live.segment().payloads()[place].iter();
            pairs.extend(entry.map(|(local, mask)| (index.breaches()[live.breach(*local)].name.clone(), mask.0)));
        }
        pairs.sort_unstable();
        pairs
    };
    let mut counts = BTreeMap::new();
    for (breach, _, accepted) in index.coverage() {
        *counts.entry(index.breaches()[breach].name.clone()).or_default() += accepted;
    }
    (digests.iter().map(pairs).collect(), counts)
}

fn expected(model: &Model, hidden: &Hidden, digests: &[Digest]) -> Answers {
    let pairs = |digest: &Digest| {
        let found = model.iter().filter_map(|(name, records)| Some((name.clone(), records.get(digest)?.0)));
        let mut pairs: Vec<(String, u64)> = found.collect();
        match hidden.get(digest) {
            Some((true, _)) => pairs = vec![(SUPPRESSED.to_string(), 0)],
            Some((false, _)) => pairs.push((LIFTED.to_string(), 0)),
            None => (),
        }
        pairs.sort_unstable();
        pairs
    };
    let mut counts = BTreeMap::new();
    model.iter().for_each(|(name, records)| *counts.entry(name.clone()).or_default() += records.len() as u64);
    (digests.iter().map(pairs).collect(), counts)
}

/// Whether an index says what the model says; of a digest that was lifted it may say less.
pub(super) fn agree(got: &Answers, want: &Answers) -> bool {
    let same = |got: &[(String, u64)], want: &[(String, u64)]| {
        let is_lifted = |pairs: &[(String, u64)]| pairs.iter().any(|(name, _)| name == LIFTED);
        got == want || (is_lifted(got) && is_lifted(want) && got.iter().all(|pair| want.contains(pair)))
    };
    got.1 == want.1 && got.0.iter().zip(&want.0).all(|(got, want)| same(got, want))
}

/// What is suppressed once a digest is, or is lifted.
fn hide(hidden: &mut Hidden, digest: Digest, suppresses: bool) {
    let written_since = hidden.get(&digest).is_some_and(|(_, since)| *since);
    if suppresses || written_since {
        hidden.insert(digest, (suppresses, written_since));
    } else {
        hidden.remove(&digest);
    }
}

/// Writes down what is suppressed; each digest is its own owner.
fn write_hidden(dir: &Path, key: &Key, hidden: &Hidden) -> Result<(), Error> {
    let pair = |(digest, (suppresses, written_since)): (&Digest, &(bool, bool))| {
        let (digest, suppresses, written_since) = (under(key, &[*digest])[0], *suppresses, *written_since);
        Pair { digest, owner: digest, suppresses, written_since }
    };
    with_identity(key, |identity| {
        let mut writer = Writer::open(dir, identity, Width::DEFAULT)?;
        writer.forget(Forgotten::from_pairs(hidden.iter().map(pair)))?;
        Ok(())
    })
}

fn records(random: &mut Random, digests: &[Digest]) -> BTreeMap<Digest, ClassMask> {
    let count = random.below(digests.len() as u64 / 2);
    let one = |_| (digests[random.below(digests.len() as u64) as usize], ClassMask(1 << random.below(5)));
    (0..count).map(one).collect()
}

/// What was written since may lack what is suppressed.
fn written(hidden: &mut Hidden) {
    hidden.values_mut().for_each(|state| state.1 = true);
}

/// An index on its way, and what it should say.
struct Sequence<'a> {
    dir: &'a Path,
    random: Random,
    digests: &'a [Digest],
    key: Arc<Key>,
    stage: &'a Stage<'a>,
    model: Model,
    hidden: Hidden,
    crashes: u64,
}

impl Sequence<'_> {
    fn generation(&self) -> u64 {
        let check = key_check(self.dir).expect("an index");
        let key = self.key.as_of(&check).expect("memory").expect("a key of the ring");
        open(self.dir, &key, Access::ReadFew).manifest().generation
    }

    /// Changes the index, or ends in the middle. Output: whether it is changed.
    fn change(&mut self, change: impl FnOnce(&Path, &Key) -> Result<(), Error>) -> bool {
        let before = self.generation();
        let step = if self.random.below(3) == 0 { 1 + self.random.below(40) as u32 } else { u32::MAX };
        let (done, has_ended) = crash::before(step, || change(self.dir, &self.key));
        self.crashes += u64::from(has_ended);
        // Of a process that has ended nobody hears anything.
        assert!(has_ended || done.is_ok(), "{done:?}");
        self.generation() != before
    }

    fn step(&mut self) {
        let name = NAMES[self.random.below(4) as usize];
        match self.random.below(15) {
            0..5 => {
                let records = records(&mut self.random, self.digests);
                if self.change(|dir, key| ingest(dir, key, name, &records)) {
                    self.model.push((name.into(), records));
                    written(&mut self.hidden);
                }
            }
            5 | 6 => {
                if self.change(|dir, key| remove(dir, key, name)) {
                    self.model.retain(|(of, _)| of != name);
                }
            }
            way @ (7 | 8) => {
                let merges = |dir: &Path, key: &Key| {
                    with_identity(key, |identity| compact(dir, identity, way == 8, Duration::ZERO, &Progress::new()))
                };
                if self.change(|dir, key| merges(dir, key).map(|_| ())) {
                    written(&mut self.hidden);
                }
            }
            way @ 9..13 => {
                let mut hidden = self.hidden.clone();
                hide(&mut hidden, self.digests[self.random.below(20) as usize], way < 12);
                if self.change(|dir, key| write_hidden(dir, key, &hidden)) {
                    self.hidden = hidden;
                }
            }
            way => self.rotate(way == 13),
        }
    }

    fn rotate(&mut self, ends: bool) {
        let has_segments = !open(self.dir, &self.key, Access::ReadFew).segments().is_empty();
        // The ring opens the index either way.
        let ring = Arc::new(self.key.rotated().expect("random bytes"));
        self.stage.set_ring(&ring);
        let old = std::mem::replace(&mut self.key, ring);
        let is_rotated = self.change(|dir, ring| rotate_to(dir, &old, ring, ends));
        if !is_rotated {
            self.key = old;
        } else if has_segments {
            written(&mut self.hidden);
        }
    }
}

/// One sequence; each reader ends with the answers of the generation that it has opened. Output: how often a process has ended, and
/// how often somebody read while another one wrote.
fn run(seed: u64, records: usize) -> (u64, u64) {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let dir = temporary.path().join("index");
    let mut random = Random(seed);
    let digests: Vec<Digest> = (0..records).map(|_| random.digest(Width::DEFAULT)).collect();
    let asked: Vec<Digest> =
        digests[..20].iter().chain(digests.iter().step_by(records.div_ceil(1000))).copied().collect();
    let key = Arc::new(Key::random().expect("random bytes"));
    ingest(&dir, &key, NAMES[0], &BTreeMap::new()).expect("a place for an index");
    let model = vec![(NAMES[0].into(), BTreeMap::new())];
    let stage = Stage::new(&dir, &asked, seed, &key);
    let hidden = Hidden::new();
    let mut history = BTreeMap::from([(1, expected(&model, &hidden, &asked))]);
    let mut sequence = Sequence { dir: &dir, random, digests: &digests, key, stage: &stage, model, hidden, crashes: 0 };
    let beside = std::thread::scope(|scope| {
        let readers = stage.start(scope);
        for step in 0..20 {
            stage.write(|| sequence.step());
            let Sequence { dir, random, key, model, hidden, .. } = &mut sequence;
            let access = [Access::Mapped, Access::Read, Access::ReadFew][random.below(3) as usize];
            let (index, digests) = (open(dir, key, access), under(key, &asked));
            let want = expected(model, hidden, &asked);
            assert!(agree(&answers(&index, &digests), &want), "seed {seed}, step {step}");
            history.insert(index.manifest().generation, want.clone());
            stage.give(Reader { index, digests, want, step });
        }
        stage.end(readers, &history)
    });
    let Sequence { key, crashes, .. } = sequence;
    let left = with_identity(&key, |identity| {
        compact(&dir, identity, true, Duration::ZERO, &Progress::new()).expect("a whole index");
        let index = Index::open(&dir, Some(identity), Access::Mapped).expect("an index");
        super::removed(&index, &Progress::new()).expect("a whole index")
    });
    assert!(left.is_nothing(), "seed {seed}: {left:?}");
    (crashes, beside)
}

#[test]
fn any_sequence_answers_like_a_plain_model() {
    let number = |name| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    let long = number("LEAKDEX_LONG").unwrap_or(1);
    let (sequences, records) = match number("LEAKDEX_RECORDS") {
        Some(records) => (long, records.max(60) as usize),
        None => (30 * long, 60),
    };
    let first = number("LEAKDEX_SEED").unwrap_or(0);
    let (mut crashes, mut beside) = (0, 0);
    for seed in (0..sequences).map(|number| first.wrapping_add(number)) {
        let (ended, read) = run(seed, records);
        crashes += ended;
        beside += read;
    }
    assert!(beside > sequences, "somebody read {beside} times beside a writer in {sequences} sequences");
    assert!(crashes > sequences, "a process has ended {crashes} times in {sequences} sequences");
}
