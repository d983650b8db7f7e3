//! Random sequences of ingests, additions, removals, forgetting, compactions, rotations and crashes against a plain model, with
//! readers of older generations beside. `LEAKDEX_LONG` multiplies the sequences.

use super::{Error, compact, rotate};
use crate::digest::{Digest, Key, Width};
use crate::index::class::ClassMask;
use crate::index::test_data::Random;
use crate::index::{
    Access, Breach, BreachCoverage, CoverageCounts, CoverageKey, Entry, Forgotten, Identity, Index, Pair, SegmentPlan,
    Writer, hex, key_check,
};
use crate::source::Progress;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// What the index should say: for every ingest that answers the name of its breach, and its records.
type Model = Vec<(String, BTreeMap<Digest, ClassMask>)>;

/// What is suppressed, and whether segments were written since, by digest; what is not was lifted.
type Hidden = BTreeMap<Digest, (bool, bool)>;

/// What is said about every digest: the breaches and their classes, one pair for each ingest, or what the list of suppressed ones
/// says; and how many fields of each breach were taken.
type Answers = (Vec<Vec<(String, u64)>>, BTreeMap<String, u64>);

const NAMES: [&str; 4] = ["north", "east", "south", "west"];
const SUPPRESSED: &str = "~suppressed";
const LIFTED: &str = "~lifted";
const KEY: CoverageKey = CoverageKey { kind: 1, variant: 0, rule: 1, country: [0; 2], scope_tag: [0; 16] };

/// What a key makes of digests under its first secret.
fn under(key: &Key, digests: &[Digest]) -> Vec<Digest> {
    let mut digests = digests.to_vec();
    key.chain().pass(Width::DEFAULT, &mut digests);
    digests
}

fn with_identity<T>(key: &Key, work: impl FnOnce(&Identity<'_>) -> T) -> T {
    let seal = |bytes: &[u8]| key.seal(bytes);
    work(&Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal })
}

fn open(dir: &Path, key: &Key, access: Access) -> Index {
    with_identity(key, |identity| Index::open(dir, Some(identity), access)).expect("an index")
}

fn ingest(dir: &Path, key: &Key, name: &str, records: &BTreeMap<Digest, ClassMask>, commits: bool) {
    let digests: Vec<Digest> = records.keys().copied().collect();
    let records: BTreeMap<Digest, ClassMask> =
        under(key, &digests).into_iter().zip(records.values().copied()).collect();
    with_identity(key, |identity| ingest_as(dir, (key, identity), name, &records, commits));
}

fn ingest_as(
    dir: &Path,
    (key, identity): (&Key, &Identity<'_>),
    name: &str,
    records: &BTreeMap<Digest, ClassMask>,
    commits: bool,
) {
    let mut writer = Writer::open(dir, identity, Width::DEFAULT).expect("an index or a place for one");
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
    let entry = entry.expect("room");
    if commits {
        writer.commit(vec![entry], catalogue).expect("a commit");
    } else {
        // What a crash before the commit leaves: a segment that no manifest names, and a file on its way.
        let path = dir.join(entry.file_name());
        let bytes = std::fs::read(&path).expect("a segment");
        drop(writer);
        std::fs::write(path, &bytes).expect("room");
        std::fs::write(dir.join(".tmp-1-0"), &bytes[..100]).expect("room");
    }
}

fn remove(dir: &Path, key: &Key, name: &str) {
    with_identity(key, |identity| {
        let mut writer = Writer::open(dir, identity, Width::DEFAULT).expect("an index");
        let mut catalogue = writer.catalogue().clone();
        catalogue.remove(name);
        writer.commit_locked(Vec::new(), catalogue).expect("a commit");
    });
}

/// Rotates, or is stopped before the end.
fn rotate_to(dir: &Path, key: &Key, ring: &Key, ends: bool) {
    let progress = Progress::new();
    if !ends {
        progress.request_stop();
    }
    match rotate(dir, (key, ring), || Ok(()), Duration::ZERO, 1, &progress) {
        Ok(_) if ends => (),
        Err(Error::Stopped) if !ends => (),
        // Without a record there is nothing at which it could stop.
        Ok(done) if done.records == 0 => (),
        other => panic!("{other:?}"),
    }
}

fn answers(index: &Index, digests: &[Digest]) -> Answers {
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
fn agree(got: &Answers, want: &Answers) -> bool {
    let same = |got: &[(String, u64)], want: &[(String, u64)]| {
        let is_lifted = |pairs: &[(String, u64)]| pairs.iter().any(|(name, _)| name == LIFTED);
        got == want || (is_lifted(got) && is_lifted(want) && got.iter().all(|pair| want.contains(pair)))
    };
    got.1 == want.1 && got.0.iter().zip(&want.0).all(|(got, want)| same(got, want))
}

/// Suppresses or lifts a digest, its own owner, and commits that.
fn hide(dir: &Path, key: &Key, digest: Digest, suppresses: bool, hidden: &mut Hidden) {
    let known = hidden.get(&digest).copied();
    let written_since = known.is_some_and(|(_, since)| since);
    if suppresses || written_since {
        hidden.insert(digest, (suppresses, written_since));
    } else {
        hidden.remove(&digest);
    }
    let pair = |(digest, (suppresses, written_since)): (&Digest, &(bool, bool))| {
        let (digest, suppresses, written_since) = (under(key, &[*digest])[0], *suppresses, *written_since);
        Pair { digest, owner: digest, suppresses, written_since }
    };
    with_identity(key, |identity| {
        let mut writer = Writer::open(dir, identity, Width::DEFAULT).expect("an index");
        writer.forget(Forgotten::from_pairs(hidden.iter().map(pair))).expect("a commit");
    });
}

fn records(random: &mut Random, digests: &[Digest]) -> BTreeMap<Digest, ClassMask> {
    let count = random.below(30);
    let one = |_| (digests[random.below(digests.len() as u64) as usize], ClassMask(1 << random.below(5)));
    (0..count).map(one).collect()
}

/// What was written since may lack what is suppressed.
fn written(hidden: &mut Hidden) {
    hidden.values_mut().for_each(|state| state.1 = true);
}

/// One step of a sequence.
fn step(
    dir: &Path,
    random: &mut Random,
    digests: &[Digest],
    key: &mut Key,
    (model, hidden): (&mut Model, &mut Hidden),
) {
    let name = NAMES[random.below(4) as usize];
    match random.below(16) {
        0..5 => {
            let records = records(random, digests);
            ingest(dir, key, name, &records, true);
            model.push((name.into(), records));
            written(hidden);
        }
        5 => ingest(dir, key, name, &records(random, digests), false),
        6 | 7 => {
            remove(dir, key, name);
            model.retain(|(of, _)| of != name);
        }
        way @ (8 | 9) => {
            let compacted =
                |identity: &Identity<'_>| compact(dir, identity, way == 9, Duration::ZERO, &Progress::new());
            if !with_identity(key, compacted).expect("a whole index").merges.is_empty() {
                written(hidden);
            }
        }
        way @ 10..14 => {
            let digest = digests[random.below(20) as usize];
            hide(dir, key, digest, way < 13, hidden);
        }
        way => {
            let ring = key.rotated().expect("random bytes");
            let has_segments = !open(dir, key, Access::ReadFew).segments().is_empty();
            rotate_to(dir, key, &ring, way == 14);
            // The ring opens the index either way.
            let check = key_check(dir).expect("an index");
            *key = ring.as_of(&check).expect("memory").expect("a key of the ring");
            if has_segments && check == ring.check() {
                written(hidden);
            }
        }
    }
}

/// One sequence; each reader ends with the answers of the generation that it has opened.
fn run(seed: u64) {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let dir = temporary.path().join("index");
    let mut random = Random(seed);
    let digests: Vec<Digest> = (0..60).map(|_| random.digest(Width::DEFAULT)).collect();
    let mut key = Key::random().expect("random bytes");
    let (mut model, mut hidden) = (Model::new(), Hidden::new());
    let mut readers: Vec<(Index, Vec<Digest>, Answers)> = Vec::new();
    ingest(&dir, &key, NAMES[0], &BTreeMap::new(), true);
    model.push((NAMES[0].into(), BTreeMap::new()));
    for number in 0..20 {
        step(&dir, &mut random, &digests, &mut key, (&mut model, &mut hidden));
        let access = [Access::Mapped, Access::Read, Access::ReadFew][random.below(3) as usize];
        let (index, asked) = (open(&dir, &key, access), under(&key, &digests));
        let want = expected(&model, &hidden, &digests);
        assert!(agree(&answers(&index, &asked), &want), "seed {seed}, step {number}");
        readers.push((index, asked, want));
    }
    for (number, (index, asked, want)) in readers.iter().enumerate() {
        assert!(agree(&answers(index, asked), want), "seed {seed}, the reader of step {number}");
    }
    let left = with_identity(&key, |identity| {
        compact(&dir, identity, true, Duration::ZERO, &Progress::new()).expect("a whole index");
        super::removed(&dir, Some(identity), Access::Mapped, &Progress::new()).expect("a whole index")
    });
    assert!(left.is_nothing(), "seed {seed}: {left:?}");
}

#[test]
fn any_sequence_answers_like_a_plain_model() {
    let long: u64 = std::env::var("LEAKDEX_LONG").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    (0..30 * long).for_each(run);
}
