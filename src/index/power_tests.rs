//! The power goes between any two steps of a commit: behind it stands the old index or the new one, whatever the disk has kept of
//! what it was not told to keep.
//!
//! [`crate::disk::power`] says what a disk may keep. Every such selection is made, the index opened, and compared with what there was
//! before and behind the commit. Then steps are taken out, and put in
//! another order, and the same check has to find that an index is lost: else it could not find anything.

use super::commit::Writer;
use super::forgotten::{Forgotten, Pair};
use super::store::{Access, Index};
use super::store_tests::{BITS, RIGHT, add, catalogue, commit, place, writer};
use super::test_data::{Model, model, payloads, width};
use crate::digest::Digest;
use crate::disk::crash;
use crate::disk::power::Disk;
use crate::disk::steps::{self, Step};
use std::collections::BTreeMap;
use std::fs;

/// A commit: the disk before it, its steps, and what the index has before and behind it.
struct History {
    disk: Disk,
    steps: Vec<Step>,
    old: Model,
    new: Model,
}

/// A second ingest.
fn ingest() -> History {
    let (_temporary, dir) = place();
    let old = commit(&dir, 1, 60);
    let more = model(2, 40, BITS, &payloads(5));
    let disk = Disk::of(&dir);
    let steps = steps::of(|| {
        let mut writer = writer(&dir);
        let entry = add(&mut writer, &more).expect("a segment");
        writer.commit(vec![entry], catalogue(5)).expect("a commit");
    });
    let new = old.iter().chain(&more).map(|(digest, entry)| (*digest, entry.clone())).collect();
    History { disk, steps, old, new }
}

/// Two segments become one.
fn merge() -> History {
    let (_temporary, dir) = place();
    let old: Model = [commit(&dir, 1, 60), commit(&dir, 2, 50)].into_iter().flatten().collect();
    let new: Model = old.iter().skip(20).map(|(digest, entry)| (*digest, entry.clone())).collect();
    let disk = Disk::of(&dir);
    let steps = steps::of(|| {
        let mut writer = writer(&dir);
        let replaced: Vec<String> = writer.manifest().segments.iter().map(|segment| segment.id.clone()).collect();
        let entry = add(&mut writer, &new).expect("a segment");
        writer.replace(&replaced, vec![entry], catalogue(6)).expect("a commit");
    });
    History { disk, steps, old, new }
}

/// A digest is suppressed: the segment stays, and a file more is named.
fn forget() -> History {
    let (_temporary, dir) = place();
    let old = commit(&dir, 1, 60);
    let hidden = *old.keys().next().expect("a digest");
    let disk = Disk::of(&dir);
    let steps = steps::of(|| {
        let pair = Pair { digest: hidden, owner: hidden, suppresses: true, written_since: false };
        writer(&dir).forget(Forgotten::from_pairs([pair])).expect("a commit");
    });
    let new =
        old.iter().filter(|(digest, _)| **digest != hidden).map(|(digest, entry)| (*digest, entry.clone())).collect();
    History { disk, steps, old, new }
}

/// Whether a directory is an index with just these digests.
fn holds(files: &BTreeMap<String, Vec<u8>>, want: &Model, all: &[Digest]) -> bool {
    let temporary = tempfile::tempdir().expect("a temporary directory");
    for (name, bytes) in files {
        fs::write(temporary.path().join(name), bytes).expect("room");
    }
    let index = Index::open(temporary.path(), Some(&RIGHT), Access::Mapped).and_then(Index::whole);
    let finds = |index: Index| {
        let is_there = |digest: &Digest| {
            let mut hits = Vec::new();
            index.find_one(*digest, 0, &mut hits).is_empty() && hits.iter().any(|hit| hit.found.place().is_some())
        };
        all.iter().all(|digest| is_there(digest) == want.contains_key(digest))
    };
    index.is_ok_and(finds)
}

impl History {
    /// The first step behind which an index can be lost, of so many.
    fn lost(&self, steps: &[Step]) -> Option<usize> {
        let all: Vec<Digest> = self.old.keys().chain(self.new.keys()).copied().collect();
        let holds = |files: &BTreeMap<String, Vec<u8>>, want: &Model| holds(files, want, &all);
        let mut disk = self.disk.clone();
        for (number, step) in steps.iter().enumerate() {
            disk.apply(step);
            let is_one = |files: &BTreeMap<String, Vec<u8>>| holds(files, &self.old) || holds(files, &self.new);
            if !disk.survivors().iter().all(is_one) {
                return Some(number);
            }
        }
        // What was reported as done stays.
        (!disk.survivors().iter().all(|files| holds(files, &self.new))).then_some(steps.len())
    }

    fn without(&self, leaves: impl Fn(usize, &Step) -> bool) -> Vec<Step> {
        let kept = self.steps.iter().enumerate().filter(|(number, step)| !leaves(*number, step));
        kept.map(|(_, step)| step.clone()).collect()
    }
}

#[test]
fn a_power_cut_leaves_the_old_index_or_the_new_one() {
    for history in [ingest(), merge(), forget()] {
        assert!(history.steps.len() >= 6, "{:?}", history.steps.len());
        assert_eq!(history.lost(&history.steps), None);
    }
}

#[test]
fn a_sync_that_is_left_out_is_found() {
    for history in [ingest(), merge()] {
        let syncs = |step: &Step| matches!(step, Step::Sync { .. });
        let files: Vec<usize> = (0..history.steps.len()).filter(|number| syncs(&history.steps[*number])).collect();
        assert_eq!(files.len(), 3, "segment, catalogue, manifest");
        for file in files {
            assert!(history.lost(&history.without(|number, _| number == file)).is_some(), "the sync of step {file}");
        }
        let names: Vec<usize> =
            (0..history.steps.len()).filter(|number| history.steps[*number] == Step::SyncNames).collect();
        let (last, before) = names.split_last().expect("syncs of the directory");
        assert!(history.lost(&history.without(|number, _| number == *last)).is_some(), "the commit itself");
        assert!(history.lost(&history.without(|number, _| before.contains(&number))).is_some(), "what it names");
    }
}

#[test]
fn a_file_that_a_reader_needs_and_that_goes_too_early_is_found() {
    for history in [ingest(), merge()] {
        let (removals, others): (Vec<Step>, Vec<Step>) =
            history.steps.iter().cloned().partition(|step| matches!(step, Step::Remove { .. }));
        assert!(!removals.is_empty(), "the old catalogue at least");
        let is_commit = |step: &Step| matches!(step, Step::Rename { to, .. } if to == "MANIFEST");
        let commit = others.iter().position(is_commit).expect("a commit");
        // Before the commit, and before the disk has it.
        for place in [commit, commit + 1] {
            let (before, behind) = others.split_at(place);
            let early: Vec<Step> = before.iter().chain(&removals).chain(behind).cloned().collect();
            assert!(history.lost(&early).is_some(), "removed at step {place}");
        }
    }
}

/// A writer ends behind its commit, before the disk has the name of the manifest; the next one sweeps what the first has left.
fn sweep() -> History {
    let (_temporary, dir) = place();
    let old = commit(&dir, 1, 60);
    let more = model(2, 40, BITS, &payloads(5));
    let new: Model = old.iter().chain(&more).map(|(digest, entry)| (*digest, entry.clone())).collect();
    for last in 1.. {
        let disk = Disk::of(&dir);
        let steps = steps::of(|| {
            let (_, has_ended) = crash::before(last, || {
                let mut writer = Writer::open(&dir, &RIGHT, width(BITS))?;
                let entry = add(&mut writer, &more)?;
                writer.commit(vec![entry], catalogue(5))
            });
            assert!(has_ended, "no step is the commit");
        });
        if !matches!(steps.last(), Some(Step::Rename { to, .. }) if to == "MANIFEST") {
            // Whoever ends before leaves the old index, as ever: what it has left is swept for the next attempt.
            drop(writer(&dir));
            continue;
        }
        let swept = steps::of(|| drop(writer(&dir)));
        return History { disk, steps: steps.into_iter().chain(swept).collect(), old, new };
    }
    unreachable!("a commit has an end")
}

#[test]
fn what_a_dead_writer_left_is_swept_when_the_disk_has_its_commit() {
    let history = sweep();
    let is_removal = |step: &Step| matches!(step, Step::Remove { name } if name.starts_with("catalogue-"));
    assert!(history.steps.iter().any(is_removal), "the catalogue of the old generation: {:?}", history.steps.len());
    assert_eq!(history.lost(&history.steps), None);
    let last_sync = history.steps.iter().rposition(|step| *step == Step::SyncNames).expect("a sync");
    assert!(history.lost(&history.without(|number, _| number == last_sync)).is_some(), "the sync before the sweep");
}
