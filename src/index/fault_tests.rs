//! Faults of disks and people: a writer that dies, a step that fails, a manifest that is lost, files that are none.

use super::commit::Writer;
use super::directory::holds_index;
use super::error::Error;
use super::manifest::{Catalogue, Manifest, hex};
use super::store::{Access, Index};
use super::store_tests::{BITS, RIGHT, add, assert_finds, catalogue, commit, count, names, place, writer};
use super::test_data::{model, payloads, width};
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a crash at this moment would leave: a copy of every file.
fn crash(dir: &Path, name: &str) -> PathBuf {
    let left = dir.with_file_name(name);
    fs::create_dir(&left).expect("made");
    for name in names(dir) {
        fs::copy(dir.join(&name), left.join(&name)).expect("copied");
    }
    left
}

fn refused_by_writer(dir: &Path) -> Error {
    Writer::open(dir, &RIGHT, width(BITS)).map(|_| ()).expect_err("refused")
}

fn refused_by_reader(dir: &Path) -> Error {
    Index::open(dir, None, Access::Mapped).and_then(Index::whole).map(|_| ()).expect_err("refused")
}

#[test]
fn a_lost_manifest_is_no_reason_to_sweep() {
    let (_temporary, dir) = place();
    let records = commit(&dir, 1, 100);
    let manifest = fs::read(dir.join("MANIFEST")).expect("a manifest");
    fs::remove_file(dir.join("MANIFEST")).expect("removed");
    let check = |want: &[String]| {
        for error in [refused_by_writer(&dir), refused_by_reader(&dir)] {
            assert!(matches!(error, Error::ManifestLost(_)), "{error:?}");
            assert!(error.hint().is_some_and(|hint| hint.contains("restore")), "{error:?}");
        }
        assert_eq!(names(&dir), want, "nothing is removed and nothing is made");
    };
    let left = names(&dir);
    check(&left);
    let hidden = dir.with_file_name("hidden");
    fs::create_dir(&hidden).expect("made");
    // Segments alone, and a catalogue alone.
    for suffix in [".ldx", ".json"] {
        let (kept, moved): (Vec<_>, Vec<_>) = left.iter().cloned().partition(|name| name.ends_with(suffix));
        moved.iter().for_each(|name| fs::rename(dir.join(name), hidden.join(name)).expect("moved"));
        check(&kept);
        moved.iter().for_each(|name| fs::rename(hidden.join(name), dir.join(name)).expect("moved"));
    }
    fs::write(dir.join("MANIFEST"), manifest).expect("restored");
    drop(writer(&dir));
    assert_finds(&Index::open(&dir, Some(&RIGHT), Access::Mapped).expect("an index"), &records);
}

#[test]
fn a_first_writer_killed_at_any_step_leaves_an_empty_index() {
    let (_temporary, dir) = place();
    let records = model(1, 100, BITS, &payloads(5));
    let mut first = writer(&dir);
    let begun = crash(&dir, "begun");
    let entry = add(&mut first, &records).expect("a segment");
    let written = crash(&dir, "written");
    assert_eq!((count(&begun, ".ldx"), count(&written, ".ldx")), (0, 1));
    for left in [&begun, &written] {
        let index = Index::open(left, Some(&RIGHT), Access::Mapped).expect("an index");
        let found = (index.manifest().generation, index.records(), index.breaches().len());
        assert_eq!(found, (0, 0, 0));
        assert!(holds_index(left), "generation 0 is an index");
        drop(writer(left));
        assert_eq!(count(left, ".ldx"), 0, "swept");
        assert_finds(
            &Index::open(left, None, Access::Mapped).expect("a failed second writer leaves it"),
            &Default::default(),
        );
        let records = commit(left, 1, 50);
        assert_finds(&Index::open(left, Some(&RIGHT), Access::Mapped).expect("an index"), &records);
    }
    let manifest = first.commit(vec![entry], catalogue(3)).expect("a commit");
    assert_eq!(manifest.generation, 1);
    assert_eq!(names(&dir).len(), 4, "lock, manifest, catalogue, segment: {:?}", names(&dir));
}

#[test]
fn every_step_that_fails_cleans_up() {
    let (_temporary, dir) = place();
    let records = model(1, 100, BITS, &payloads(5));
    let segment = format!("{}.ldx", add(&mut writer(&dir), &records).expect("a segment").id);
    let catalogue_name = Catalogue::file_name(&catalogue(3).encode()).0;
    let process = std::process::id();
    let temporaries = [0, 2, 4].map(|number| format!(".tmp-{process}-{number}"));
    // A directory stands where the file has to go: the segment on its way, the segment, the catalogue, the manifest.
    for first_ingest in [true, false] {
        for taken in [&temporaries[0], &segment, &temporaries[1], &catalogue_name, &temporaries[2]] {
            if !first_ingest {
                commit(&dir, 2, 10);
            }
            let before = if dir.exists() { names(&dir) } else { Vec::new() };
            let mut failing = writer(&dir);
            fs::create_dir(dir.join(taken)).expect("in the way");
            let result = add(&mut failing, &records).and_then(|entry| failing.commit(vec![entry], catalogue(3)));
            assert!(matches!(result, Err(Error::Io { .. })), "{taken}: {result:?}");
            let mut after = names(&dir);
            after.retain(|name| name != taken);
            assert_eq!(after, before, "{taken}, first ingest: {first_ingest}");
            fs::remove_dir_all(&dir).expect("removed");
        }
    }
}

#[test]
fn links_fifos_and_directories_are_no_files_of_an_index() {
    let (_temporary, dir) = place();
    let records = commit(&dir, 1, 100);
    let aside = dir.with_file_name("aside");
    let make_fifo = |path: &Path| assert!(Command::new("mkfifo").arg(path).status().expect("mkfifo").success());
    let make_link = |path: &Path| symlink(&aside, path).expect("a link");
    let make_dir = |path: &Path| fs::create_dir(path).expect("a directory");
    let others: [&dyn Fn(&Path); 3] = [&make_fifo, &make_link, &make_dir];
    for name in names(&dir).iter().filter(|name| *name != ".lock") {
        let path = dir.join(name);
        for make_other in others {
            fs::rename(&path, &aside).expect("moved");
            make_other(&path);
            let error = refused_by_reader(&dir);
            assert!(error.to_string().contains("not a regular file"), "{name}: {error}");
            if !name.ends_with(".ldx") {
                let error = refused_by_writer(&dir);
                assert!(error.to_string().contains("not a regular file"), "{name}: {error}");
            }
            fs::remove_file(&path).or_else(|_| fs::remove_dir(&path)).expect("removed");
            fs::rename(&aside, &path).expect("moved");
        }
    }
    assert_finds(&Index::open(&dir, Some(&RIGHT), Access::Mapped).expect("whole again"), &records);
}

#[test]
fn verify_compares_the_whole_file_with_the_manifest() {
    let (_temporary, dir) = place();
    commit(&dir, 1, 100);
    let index = Index::open(&dir, Some(&RIGHT), Access::Mapped).expect("an index");
    let live = &index.segments()[0];
    live.verify(|_| ()).expect("as it was written");
    let manifest = index.manifest().clone();
    // One piece: the SHA-256 of its SHA-256.
    let sha256 = hex(&Sha256::digest(Sha256::digest(fs::read(live.path()).expect("a segment"))));
    assert_eq!(manifest.segments[0].pieces_sha256, sha256);
    // As if somebody had found other bytes for the same chunk hashes.
    let put = |change: &dyn Fn(&mut Manifest)| {
        let mut changed = manifest.clone();
        change(&mut changed);
        fs::write(dir.join("MANIFEST"), changed.encode(RIGHT.seal)).expect("written");
        Index::open(&dir, Some(&RIGHT), Access::Mapped)
    };
    let other = "0".repeat(64);
    let index = put(&|manifest| manifest.segments[0].pieces_sha256.clone_from(&other)).expect("opening stays cheap");
    let result = index.segments()[0].verify(|_| ());
    assert!(
        matches!(&result, Err(Error::Damaged { what, path: Some(_), .. }) if what.contains("SHA-256")),
        "{result:?}"
    );
    for sha256 in ["", &sha256[1..], &sha256.to_uppercase()] {
        let result = put(&|manifest| manifest.segments[0].pieces_sha256 = sha256.into()).map(|_| ());
        assert!(matches!(result, Err(Error::Damaged { .. })), "{result:?}");
    }
}

#[test]
fn an_index_is_told_from_other_directories() {
    let (temporary, dir) = place();
    commit(&dir, 1, 10);
    assert!(holds_index(&dir));
    assert!(!holds_index(temporary.path()) && !holds_index(&dir.join("nothing")));
    fs::write(temporary.path().join("MANIFEST"), b"Manifest-Version: 1.0\n").expect("written");
    assert!(!holds_index(temporary.path()), "a manifest of something else");
}
