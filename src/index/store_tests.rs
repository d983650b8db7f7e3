//! The index directory: what is written, what is swept, what is refused, and what readers see.

use super::commit::Writer;
use super::error::Error;
use super::format::Section;
use super::manifest::{Breach, Catalogue, MANIFEST_VERSION, SegmentEntry, hex};
use super::segment::Segment;
use super::store::{Access, Identity, Index};
use super::test_data::{Model, coverage, model, payloads, plan, segment, width};
use crate::digest::{KeyCheck, KeyId};
use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use tempfile::TempDir;

pub(super) const BITS: u8 = 80;
pub(super) const RIGHT: Identity<'_> =
    Identity { id: KeyId([1; 8]), check: KeyCheck([7; 16]), links: 0, seal: &|bytes| seal(1, bytes) };

fn seal(key: u8, bytes: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::new().chain_update([key]).chain_update(bytes).finalize().into()
}

pub(super) fn catalogue(breaches: usize) -> Catalogue {
    let breach = |(i, known): (usize, super::BreachCoverage)| Breach {
        name: format!("breach-{i}"),
        uid: hex(&known.uid),
        ..Breach::default()
    };
    let breaches = coverage(breaches).into_iter().enumerate().map(breach).collect();
    Catalogue { version: MANIFEST_VERSION, breaches, removed: Vec::new() }
}

pub(super) fn writer<'a>(dir: &Path) -> Writer<'a> {
    Writer::open(dir, &RIGHT, width(BITS)).expect("an index or an empty place")
}

pub(super) fn add(writer: &mut Writer<'_>, model: &Model) -> Result<SegmentEntry, Error> {
    let (plan, places) = plan(model, BITS, model.len() as u64);
    writer.add_segment(plan, |mut segment| {
        model.keys().zip(places).try_for_each(|(digest, place)| segment.push(*digest, place))?;
        segment.finish(&coverage(3))
    })
}

/// Commits one more segment of `records` records, and returns them.
pub(super) fn commit(dir: &Path, seed: u64, records: usize) -> Model {
    let model = model(seed, records, BITS, &payloads(5));
    let mut writer = writer(dir);
    let entry = add(&mut writer, &model).expect("a segment");
    let catalogue = catalogue(3 + seed as usize);
    writer.commit(vec![entry], catalogue).expect("a commit");
    model
}

pub(super) fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).expect("a directory");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

pub(super) fn count(dir: &Path, suffix: &str) -> usize {
    names(dir).iter().filter(|name| name.ends_with(suffix)).count()
}

pub(super) fn assert_finds(index: &Index, model: &Model) {
    for digest in model.keys() {
        let found = index.segments().iter().filter(|live| live.segment().find(*digest).expect("sound").is_some());
        assert_eq!(found.count(), 1);
    }
}

/// A directory that does not exist yet, in one that vanishes.
pub(super) fn place() -> (TempDir, std::path::PathBuf) {
    let temporary = TempDir::new().expect("a temporary directory");
    let dir = temporary.path().join("index");
    (temporary, dir)
}

#[test]
fn what_is_committed_is_found_again_and_the_generation_grows() {
    let (_temporary, dir) = place();
    let first = commit(&dir, 1, 500);
    let index = Index::open(&dir, Some(&RIGHT), Access::Mapped).expect("an index");
    assert_eq!((index.manifest().generation, index.records(), index.breaches().len()), (1, 500, 4));
    assert_finds(&index, &first);
    let second = commit(&dir, 2, 700);
    let newer = Index::open(&dir, None, Access::Mapped).expect("an index, without a key");
    assert_eq!((newer.manifest().generation, newer.records(), newer.breaches().len()), (2, 1200, 5));
    assert_finds(&newer, &first);
    assert_finds(&newer, &second);
    // The reader of the first generation keeps its answers.
    assert_eq!(index.records(), 500);
    assert_finds(&index, &first);
}

#[test]
fn the_catalogue_is_replaced_and_files_are_for_the_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (_temporary, dir) = place();
    for seed in 1..=3 {
        commit(&dir, seed, 10);
        assert_eq!((count(&dir, ".json"), count(&dir, ".ldx")), (1, seed as usize));
    }
    let unchanged = writer(&dir).commit(Vec::new(), catalogue(6)).expect("the same catalogue again");
    assert_eq!((unchanged.generation, count(&dir, ".json")), (4, 1));
    Index::open(&dir, Some(&RIGHT), Access::Mapped).expect("the catalogue is still there");
    for name in names(&dir) {
        let mode = fs::metadata(dir.join(&name)).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
}

#[test]
fn the_same_segment_twice_is_one_segment() {
    let (_temporary, dir) = place();
    let model = commit(&dir, 1, 100);
    let mut writer = writer(&dir);
    let entry = add(&mut writer, &model).expect("a segment");
    drop(writer);
    assert_finds(&Index::open(&dir, None, Access::Mapped).expect("a live file is not removed on drop"), &model);
    let mut writer = self::writer(&dir);
    let again = add(&mut writer, &model).expect("a segment");
    assert_eq!(again, entry);
    let manifest = writer.commit(vec![again.clone(), again], catalogue(3)).expect("a commit");
    // The commit knows the breaches.
    let breaches = coverage(3).iter().map(|breach| hex(&breach.uid)).collect();
    assert_eq!(manifest.segments, [SegmentEntry { breaches, ..entry }]);
}

#[test]
fn a_wrong_key_is_an_error_for_readers_and_writers() {
    let (_temporary, dir) = place();
    commit(&dir, 1, 10);
    let wrong = Identity { id: KeyId([2; 8]), check: KeyCheck([8; 16]), links: 0, seal: &|bytes| seal(2, bytes) };
    let opened = Index::open(&dir, Some(&wrong), Access::Mapped).map(|_| ());
    let named = matches!(&opened, Err(Error::WrongKey { expected, got, .. })
        if expected == "0101010101010101" && got == "0202020202020202");
    assert!(named, "{opened:?}");
    let written = Writer::open(&dir, &wrong, width(BITS)).map(|_| ());
    assert!(matches!(written, Err(Error::WrongKey { .. })), "{written:?}");
}

#[test]
fn a_changed_manifest_breaks_its_seal() {
    let (_temporary, dir) = place();
    commit(&dir, 1, 10);
    let forger = |bytes: &[u8]| seal(3, bytes);
    let manifest = Index::open(&dir, None, Access::Mapped).expect("an index").manifest().clone();
    fs::write(dir.join("MANIFEST"), manifest.encode(&forger)).expect("a forged manifest");
    let result = Index::open(&dir, Some(&RIGHT), Access::Mapped).map(|_| ());
    assert!(matches!(result, Err(Error::BrokenSeal(_))), "{result:?}");
    Index::open(&dir, None, Access::Mapped).expect("without the key only the checksum is judged");
    fs::write(dir.join("MANIFEST"), b"{}").expect("rubbish");
    let result = Index::open(&dir, Some(&RIGHT), Access::Mapped).map(|_| ());
    assert!(matches!(result, Err(Error::Damaged { .. })), "{result:?}");
}

#[test]
fn the_second_writer_is_told_who_is_first() {
    let (_temporary, dir) = place();
    let first = writer(&dir);
    let result = Writer::open(&dir, &RIGHT, width(BITS)).map(|_| ());
    let us = std::process::id();
    assert!(matches!(result, Err(Error::Locked { process: Some(process), .. }) if process == us), "{result:?}");
    assert_eq!(names(&dir)[..2], [".lock", "MANIFEST"], "the loser removes nothing");
    drop(first);
    drop(writer(&dir));
}

#[test]
fn writers_that_make_and_remove_the_directory_never_hold_the_lock_together() {
    let (_temporary, dir) = place();
    let held = AtomicBool::new(false);
    let open_and_drop = || match Writer::open(&dir, &RIGHT, width(BITS)) {
        Ok(writer) => {
            assert!(!held.swap(true, SeqCst), "two writers hold the lock");
            std::thread::yield_now();
            held.store(false, SeqCst);
            drop(writer);
            true
        }
        // Another one holds it, or has just removed the directory.
        Err(Error::Locked { .. } | Error::Io { .. }) => false,
        Err(other) => panic!("{other}"),
    };
    std::thread::scope(|scope| {
        let race = || (0..100).filter(|_| open_and_drop()).count();
        let racers: Vec<_> = (0..4).map(|_| scope.spawn(race)).collect();
        let won: usize = racers.into_iter().map(|racer| racer.join().expect("a racer")).sum();
        assert!(won > 0, "nobody ever got the lock");
    });
    assert!(!dir.exists() || names(&dir).is_empty(), "{:?}", names(&dir));
}

#[test]
fn a_drop_without_a_commit_leaves_nothing() {
    let (temporary, dir) = place();
    let records = model(1, 100, BITS, &payloads(2));
    let mut first = writer(&dir);
    add(&mut first, &records).expect("a segment");
    assert_eq!(count(&dir, ".ldx"), 1);
    drop(first);
    assert!(!dir.exists(), "{:?}", names(&dir));
    let mut in_empty = writer(temporary.path());
    add(&mut in_empty, &records).expect("a segment");
    drop(in_empty);
    assert_eq!(names(temporary.path()), [""; 0], "an empty directory of the user stays, and stays empty");
    commit(&dir, 1, 10);
    let before = names(&dir);
    let mut second = writer(&dir);
    add(&mut second, &records).expect("a segment");
    drop(second);
    assert_eq!(names(&dir), before);
}

#[test]
fn a_failed_segment_or_commit_leaves_the_old_generation() {
    let (_temporary, dir) = place();
    let records = commit(&dir, 1, 100);
    let before = names(&dir);
    let mut failing = writer(&dir);
    let (plan, _) = plan(&records, BITS, 100);
    let result = failing.add_segment(plan, |_| Err(io::Error::from(ErrorKind::StorageFull)));
    assert!(matches!(&result, Err(Error::Io { cause, .. }) if cause.kind() == ErrorKind::StorageFull), "{result:?}");
    let other = model(2, 50, BITS, &payloads(5));
    let entry = add(&mut failing, &other).expect("a segment");
    let result = failing.commit(vec![entry], catalogue(0));
    assert!(matches!(&result, Err(Error::Damaged { what, .. }) if what.contains("catalogue")), "{result:?}");
    assert_eq!(names(&dir), before);
    assert_finds(&Index::open(&dir, Some(&RIGHT), Access::Mapped).expect("the old generation"), &records);
}

#[test]
fn a_commit_that_fails_at_the_manifest_takes_its_catalogue_along() {
    let (_temporary, dir) = place();
    commit(&dir, 1, 100);
    let failing = writer(&dir);
    // A directory of this name: the rename of the manifest fails, the one of the catalogue before it does not.
    fs::remove_file(dir.join("MANIFEST")).expect("removed");
    fs::create_dir(dir.join("MANIFEST")).expect("in the way");
    let before = names(&dir);
    let result = failing.commit(Vec::new(), catalogue(9));
    assert!(matches!(result, Err(Error::Io { action: "renaming", .. })), "{result:?}");
    assert_eq!(names(&dir), before);
}

#[test]
fn litter_of_a_dead_writer_is_swept_and_foreign_files_are_not() {
    let (_temporary, dir) = place();
    let records = commit(&dir, 1, 100);
    let before = names(&dir);
    let orphans = [format!("{}.ldx", "0a".repeat(16)), format!("catalogue-{}.json", "0b".repeat(16))];
    for name in [".tmp-123-0", ".tmp-4-17", &orphans[0], &orphans[1]] {
        fs::write(dir.join(name), b"litter").expect("written");
    }
    let foreign = [".tmp-notes", ".tmp--1", "README", "catalogue-1.json", "old.ldx", "MANIFEST.bak"];
    foreign.iter().for_each(|name| fs::write(dir.join(name), b"mine").expect("written"));
    drop(writer(&dir));
    let mut want: Vec<String> = before.into_iter().chain(foreign.map(String::from)).collect();
    want.sort();
    assert_eq!(names(&dir), want);
    assert_finds(&Index::open(&dir, Some(&RIGHT), Access::Mapped).expect("an index"), &records);
}

#[test]
fn a_first_writer_that_died_is_no_obstacle() {
    let (_temporary, dir) = place();
    fs::create_dir(&dir).expect("made");
    let (empty_catalogue, _) = Catalogue::file_name(&Catalogue::empty().encode());
    for name in [".lock", ".tmp-1-0", &empty_catalogue] {
        fs::write(dir.join(name), b"4000000").expect("written");
    }
    let records = commit(&dir, 1, 100);
    assert_eq!(names(&dir).len(), 4, "lock, manifest, catalogue, segment: {:?}", names(&dir));
    assert_finds(&Index::open(&dir, Some(&RIGHT), Access::Mapped).expect("an index"), &records);
}

#[test]
fn a_directory_of_somebody_else_is_refused_and_not_touched() {
    let temporary = TempDir::new().expect("a temporary directory");
    fs::write(temporary.path().join(".tmp-notes"), b"mine").expect("written");
    let result = Writer::open(temporary.path(), &RIGHT, width(BITS)).map(|_| ());
    assert!(matches!(&result, Err(Error::Io { cause, .. }) if cause.kind() == ErrorKind::AlreadyExists), "{result:?}");
    assert_eq!(names(temporary.path()), [".tmp-notes"]);
    fs::write(temporary.path().join("MANIFEST"), b"Manifest-Version: 1.0\n").expect("written");
    let result = Writer::open(temporary.path(), &RIGHT, width(BITS)).map(|_| ());
    assert!(matches!(result, Err(Error::Damaged { .. })), "{result:?}");
    assert_eq!(names(temporary.path()), [".tmp-notes", "MANIFEST"]);
    let file = temporary.path().join(".tmp-notes");
    let result = Writer::open(&file, &RIGHT, width(BITS)).map(|_| ());
    assert!(matches!(result, Err(Error::Io { .. })), "{result:?}");
    let result = Index::open(&file, None, Access::Mapped).map(|_| ());
    assert!(matches!(result, Err(Error::NotAnIndex(_))), "{result:?}");
    let result = Index::open(&temporary.path().join("nothing"), None, Access::Mapped).map(|_| ());
    assert!(matches!(result, Err(Error::NotAnIndex(_))), "{result:?}");
}

#[test]
fn a_missing_damaged_or_exchanged_segment_is_known_and_the_others_answer() {
    let (_temporary, dir) = place();
    let mut records = commit(&dir, 1, 100);
    let name = names(&dir).into_iter().find(|name| name.ends_with(".ldx")).expect("a segment");
    let path = dir.join(&name);
    let bytes = fs::read(&path).expect("a segment");
    let others = commit(&dir, 2, 50);
    let open = || Index::open(&dir, Some(&RIGHT), Access::Mapped).expect("an index");
    let check = |bytes: &[u8]| {
        fs::write(&path, bytes).expect("written");
        let index = open();
        let damaged = index.damaged();
        assert!(
            matches!(damaged, [super::DamagedSegment { path: at, records: 100, error: Error::Damaged { path: Some(_), .. } }] if *at == path),
            "{damaged:?}"
        );
        assert_finds(&index, &others);
        let whole = index.whole().map(|_| ());
        assert!(matches!(whole, Err(Error::Damaged { .. })), "{whole:?}");
    };
    check(b"");
    check(&bytes[..bytes.len() - 1]);
    let extent = Segment::new(&bytes[..]).expect("sound").header().extent(Section::Dictionary);
    let mut flipped = bytes.clone();
    flipped[extent.offset as usize] ^= 1;
    check(&flipped);
    // Another sound segment of the same length.
    check(&segment(&model(2, 100, BITS, &payloads(5)), BITS, 100)[..bytes.len()]);
    fs::remove_file(&path).expect("removed");
    let result = open().whole();
    assert!(matches!(&result, Err(Error::Io { cause, .. }) if cause.kind() == ErrorKind::NotFound), "{result:?}");
    fs::write(&path, &bytes).expect("written");
    records.extend(others);
    assert_finds(&open().whole().expect("whole again"), &records);
}

#[test]
fn segments_of_another_key_or_width_are_refused_before_they_have_a_name() {
    let (_temporary, dir) = place();
    let records = model(1, 10, 64, &payloads(1));
    let mut writer = writer(&dir);
    let (good, _) = plan(&records, BITS, 10);
    let (narrow, _) = plan(&records, 64, 10);
    for plan in [narrow, super::SegmentPlan { key_check: KeyCheck([8; 16]), ..good }] {
        let result = writer.add_segment(plan, |mut segment| {
            records.keys().try_for_each(|digest| segment.push(*digest, 0))?;
            segment.finish(&coverage(3))
        });
        assert!(matches!(&result, Err(Error::Damaged { what, .. }) if what.contains("another key")), "{result:?}");
        assert_eq!(count(&dir, ".ldx"), 0);
    }
}

#[test]
fn readers_see_whole_generations_while_a_writer_commits() {
    let (_temporary, dir) = place();
    commit(&dir, 1, 10);
    std::thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut last = 0;
            while last < 20 {
                let index = Index::open(&dir, Some(&RIGHT), Access::Mapped).expect("a whole generation");
                let generation = index.manifest().generation;
                assert!(generation >= last && index.records() == generation * 10, "generation {generation}");
                last = generation;
            }
        });
        (2..=20).for_each(|seed| {
            commit(&dir, seed, 10);
        });
        reader.join().expect("the reader");
    });
}
