//! Forgotten identifiers in a directory: what is committed, carried on, swept and refused, and what look-ups say.

use super::commit::Writer;
use super::error::Error;
use super::forgotten::{Forgotten, ForgottenEntry, Pair};
use super::store::{Access, Hit, Index, Lookup};
use super::store_tests::{BITS, RIGHT, add, catalogue, commit, count, names, place, writer};
use super::test_data::{Model, Random, width};
use crate::digest::Digest;
use std::fs;
use std::path::Path;

/// Suppresses each of these digests as an owner of its own.
fn pairs(digests: impl IntoIterator<Item = Digest>) -> Forgotten {
    let pair = |digest| Pair { digest, owner: digest, suppresses: true, written_since: false };
    Forgotten::from_pairs(digests.into_iter().map(pair))
}

fn open(dir: &Path) -> Index {
    Index::open(dir, Some(&RIGHT), Access::Mapped).expect("an index")
}

fn every_third(model: &Model) -> Vec<Digest> {
    model.keys().copied().step_by(3).collect()
}

/// The hits of these digests one by one, as a batch has them.
fn one_by_one(index: &Index, digests: &[Digest]) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (probe, digest) in (0..).zip(digests) {
        assert!(index.find_one(*digest, probe, &mut hits).is_empty());
    }
    hits
}

#[test]
fn what_is_suppressed_has_one_hit_wherever_it_is_held() {
    let (_temporary, dir) = place();
    let first = commit(&dir, 1, 600);
    let shared: Model = first.iter().step_by(2).map(|(digest, entry)| (*digest, entry.clone())).collect();
    let mut second = writer(&dir);
    let entry = add(&mut second, &shared).expect("a segment");
    second.commit(vec![entry], catalogue(4)).expect("a commit");
    let strangers: Vec<Digest> = first.keys().map(|digest| Digest(digest.0 ^ 1)).take(50).collect();
    let hidden: Vec<Digest> = every_third(&first).into_iter().chain(strangers.iter().copied().take(20)).collect();
    let asked: Vec<Digest> = first.keys().chain(&strangers).copied().collect();
    let before = open(&dir);
    writer(&dir).forget(pairs(hidden.iter().copied())).expect("a commit");
    let (mut plain, mut lookup) = (Lookup::default(), Lookup::default());
    assert!(before.find_batch(&asked, &mut plain).is_empty(), "the reader of the old generation goes on");
    let index = open(&dir);
    assert!(index.find_batch(&asked, &mut lookup).is_empty());
    for (probe, digest) in (0u32..).zip(&asked) {
        let of = |lookup: &Lookup| -> Vec<Hit> {
            lookup.hits().iter().filter(|hit| hit.found.probe == probe).copied().collect()
        };
        let got = of(&lookup);
        match hidden.contains(digest) {
            true => assert!(matches!(got.as_slice(), [hit] if hit.found.is_suppressed()), "{got:?}"),
            false => assert_eq!(got, of(&plain)),
        }
    }
    assert!(lookup.hits().iter().all(|hit| hit.found.place().is_none() == hit.found.is_suppressed()));
    assert!(lookup.hits().is_sorted_by_key(|hit| (hit.found.probe, hit.segment)));
    assert_eq!(lookup.hits(), one_by_one(&index, &asked));
    assert!(plain.hits().iter().all(|hit| !hit.found.is_suppressed() && !hit.found.was_lifted()));
}

#[test]
fn a_lifted_digest_has_its_hits_and_one_that_says_so() {
    let (_temporary, dir) = place();
    let held = commit(&dir, 1, 100);
    let digests: Vec<Digest> = held.keys().copied().take(3).chain([Digest(5)]).collect();
    let lifted = |digest: &Digest| Pair { digest: *digest, owner: *digest, suppresses: false, written_since: true };
    writer(&dir).forget(Forgotten::from_pairs(digests.iter().skip(1).map(lifted))).expect("a commit");
    let index = open(&dir);
    let mut lookup = Lookup::default();
    assert!(index.find_batch(&digests, &mut lookup).is_empty());
    let said: Vec<(u32, bool)> = lookup.hits().iter().map(|hit| (hit.found.probe, hit.found.was_lifted())).collect();
    assert_eq!(said, [(0, false), (1, false), (1, true), (2, false), (2, true), (3, true)]);
    assert_eq!(lookup.hits(), one_by_one(&index, &digests));
}

/// A random history of owners that forget and lift digests, and of segments that come: checked against a model.
#[test]
fn pairs_say_what_a_model_says() {
    let (_temporary, dir) = place();
    commit(&dir, 1, 10);
    let mut random = Random(9);
    // (digest, owner) -> suppresses, written since.
    let mut known = std::collections::BTreeMap::<(Digest, Digest), (bool, bool)>::new();
    for round in 0..120 {
        let (digest, owner) = (Digest(u128::from(random.below(4))), Digest(u128::from(random.below(4))));
        match random.below(5) {
            0 | 1 => {
                let since = known.iter().any(|((other, _), (_, since))| *other == digest && *since);
                known.entry((digest, owner)).or_insert((true, since)).0 = true;
            }
            2 | 3 => {
                known.iter_mut().filter(|((_, other), _)| *other == owner).for_each(|(_, state)| state.0 = false);
                known.retain(|_, (suppresses, since)| *suppresses || *since);
            }
            _ => {
                commit(&dir, 100 + round, 5);
                known.values_mut().for_each(|state| state.1 = true);
            }
        }
        let pair = |((digest, owner), (suppresses, written_since)): (&(Digest, Digest), &(bool, bool))| Pair {
            digest: *digest,
            owner: *owner,
            suppresses: *suppresses,
            written_since: *written_since,
        };
        let want = Forgotten::from_pairs(known.iter().map(pair));
        let mut writer = writer(&dir);
        if *writer.forgotten() != want {
            writer.forget(want.clone()).expect("a commit");
        }
        drop(writer);
        assert_eq!(*super::store_tests::writer(&dir).forgotten(), want, "round {round}");
        let suppression = open(&dir).suppression().clone();
        for digest in (0..4).map(Digest) {
            let mut of_digest = known.iter().filter(|((other, _), _)| *other == digest).map(|(_, state)| *state);
            let suppressed = of_digest.clone().any(|(suppresses, _)| suppresses);
            assert_eq!(suppression.suppresses(digest), suppressed, "round {round}");
            assert_eq!(suppression.was_lifted(digest), !suppressed && of_digest.next().is_some(), "round {round}");
        }
        assert_eq!(count(&dir, ".ldf"), usize::from(!known.is_empty()), "round {round}");
    }
}

#[test]
fn every_commit_carries_the_file_on_and_one_lies_there() {
    let (_temporary, dir) = place();
    let held = commit(&dir, 1, 100);
    let forgotten = pairs(every_third(&held));
    writer(&dir).forget(forgotten.clone()).expect("a commit");
    let file = |dir: &Path| open(dir).manifest().forgotten.clone().expect("a file");
    let first = file(&dir);
    assert_eq!((first.entries, open(&dir).manifest().generation), (34, 2));
    writer(&dir).commit(Vec::new(), catalogue(7)).expect("another catalogue");
    assert_eq!((file(&dir), count(&dir, ".ldf")), (first.clone(), 1), "no segment was written");
    commit(&dir, 5, 20);
    let second = file(&dir);
    assert!(second != first && count(&dir, ".ldf") == 1 && open(&dir).suppression().digests().len() == 34);
    assert!(writer(&dir).forgotten().pairs().all(|pair| pair.written_since));
    commit(&dir, 6, 20);
    assert_eq!(file(&dir), second, "they know it already");
    fs::write(dir.join(format!("forgotten-{}.ldf", "ab".repeat(16))), b"left by a crash").expect("written");
    drop(writer(&dir));
    assert_eq!((count(&dir, ".ldf"), file(&dir)), (1, second), "swept");
    writer(&dir).forget(Forgotten::default()).expect("a commit");
    assert_eq!((count(&dir, ".ldf"), open(&dir).manifest().forgotten.clone()), (0, None));
    let text = fs::read_to_string(dir.join("MANIFEST")).expect("a manifest");
    assert!(!text.contains("forgotten"), "an index that has nobody to forget has the manifest that it always had");
}

#[test]
fn every_step_of_forgetting_that_fails_changes_nothing() {
    let (_temporary, dir) = place();
    let held = commit(&dir, 1, 100);
    writer(&dir).forget(pairs(every_third(&held).into_iter().take(1))).expect("a commit");
    let next = pairs(every_third(&held));
    let bytes = next.encode(width(BITS), &RIGHT.check);
    let name = ForgottenEntry::new(&bytes, 34).file;
    let process = std::process::id();
    // A directory stands where the file has to go: the new file on its way, the new file, the manifest.
    for taken in [format!(".tmp-{process}-0"), name.clone(), format!(".tmp-{process}-2")] {
        let (before, text) = (names(&dir), fs::read(dir.join("MANIFEST")).expect("a manifest"));
        let mut failing = writer(&dir);
        fs::create_dir(dir.join(&taken)).expect("in the way");
        let result = failing.forget(next.clone());
        assert!(matches!(result, Err(Error::Io { .. })), "{taken}: {result:?}");
        drop(failing);
        fs::remove_dir(dir.join(&taken)).expect("removed");
        assert_eq!((names(&dir), fs::read(dir.join("MANIFEST")).expect("a manifest")), (before, text), "{taken}");
        assert_eq!(open(&dir).suppression().digests().len(), 1);
    }
    // What a crash leaves before the manifest is renamed: files that nobody names.
    for (left, content) in [(name.as_str(), &bytes[..]), (".tmp-1-0", &bytes[..20]), (".tmp-1-2", b"{}")] {
        fs::write(dir.join(left), content).expect("written");
        assert_eq!(open(&dir).suppression().digests().len(), 1, "readers do not look at it");
    }
    drop(writer(&dir));
    assert_eq!((count(&dir, ".ldf"), names(&dir).len()), (1, 5), "{:?}", names(&dir));
    writer(&dir).forget(next).expect("with nothing in the way");
    assert_eq!(open(&dir).suppression().digests().len(), 34);
}

#[test]
fn without_the_file_nothing_is_answered() {
    let (_temporary, dir) = place();
    let held = commit(&dir, 1, 100);
    writer(&dir).forget(pairs(every_third(&held))).expect("a commit");
    let path = dir.join(&open(&dir).manifest().forgotten.clone().expect("a file").file);
    let bytes = fs::read(&path).expect("a file");
    let refused = || {
        let readers = [Some(&RIGHT), None].map(|identity| Index::open(&dir, identity, Access::Mapped).map(|_| ()));
        let writing = Writer::open(&dir, &RIGHT, width(BITS)).map(|_| ());
        readers.into_iter().chain([writing]).for_each(|result| {
            let error = result.expect_err("refused");
            assert!(error.to_string().contains(".ldf"), "{error}");
        });
    };
    for bit in [0, 90, bytes.len() * 8 - 1] {
        let mut flipped = bytes.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, flipped).expect("written");
        refused();
    }
    fs::remove_file(&path).expect("removed");
    refused();
    fs::write(&path, bytes).expect("restored");
    assert_eq!(open(&dir).suppression().digests().len(), 34);
    // An index without its manifest is lost, also where nothing but this file lies there.
    fs::remove_file(dir.join("MANIFEST")).expect("removed");
    for name in names(&dir).iter().filter(|name| name.ends_with(".ldx") || name.ends_with(".json")) {
        fs::remove_file(dir.join(name)).expect("removed");
    }
    let result = Writer::open(&dir, &RIGHT, width(BITS)).map(|_| ());
    assert!(matches!(result, Err(Error::ManifestLost(_))), "{result:?}");
}

#[test]
fn the_manifest_names_it_in_one_way_only() {
    let (_temporary, dir) = place();
    let held = commit(&dir, 1, 100);
    let manifest = writer(&dir).forget(pairs(every_third(&held))).expect("a commit");
    let entry = manifest.forgotten.clone().expect("a file");
    let refused = |changed: ForgottenEntry| {
        let manifest = super::Manifest { forgotten: Some(changed), ..manifest.clone() };
        fs::write(dir.join("MANIFEST"), manifest.encode(RIGHT.seal)).expect("written");
        let result = Index::open(&dir, Some(&RIGHT), Access::Mapped).map(|_| ());
        assert!(matches!(result, Err(Error::Damaged { .. } | Error::Io { .. })), "{result:?}");
    };
    refused(ForgottenEntry { file: format!("../{}", entry.file), ..entry.clone() });
    refused(ForgottenEntry { file: manifest.catalogue.clone(), ..entry.clone() });
    refused(ForgottenEntry { sha256: "0".repeat(64), ..entry.clone() });
    refused(ForgottenEntry { sha256: entry.sha256.to_uppercase(), ..entry.clone() });
    refused(ForgottenEntry { entries: entry.entries + 1, ..entry.clone() });
    refused(ForgottenEntry { file: format!("forgotten-{}.ldf", "0".repeat(32)), ..entry });
}
