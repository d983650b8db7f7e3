//! Compaction: the answers stay, the files become few, and the same index gives the same bytes.

use super::payloads::PAIRS_MAX;
use super::runs::{RUNS_MAX, runs};
use super::test_data::{Answers, IDENTITY, Part, answers, ingest, parts, write_index};
use super::{Compaction, Error, compact};
use crate::digest::Width;
use crate::index::class::ClassMask;
use crate::index::test_data::Random;
use crate::index::{Access, Forgotten, Index, Pair, Writer};
use crate::source::Progress;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;

fn place() -> (TempDir, PathBuf) {
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let dir = temporary.path().join("index");
    (temporary, dir)
}

fn compacted(dir: &Path, all: bool) -> Compaction {
    compact(dir, &IDENTITY, all, Duration::ZERO, &Progress::new()).expect("an index that can be compacted")
}

fn open(dir: &Path) -> Index {
    Index::open(dir, Some(&IDENTITY), Access::Mapped).expect("an index")
}

fn files(dir: &Path) -> Vec<String> {
    let names = fs::read_dir(dir).expect("an index").map(|entry| entry.expect("an entry").file_name());
    let mut names: Vec<String> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// What the ingests say by themselves: the oracle of the answers.
fn expected(parts: &[Part]) -> Vec<Vec<(usize, u64)>> {
    let pairs = |digest: &crate::digest::Digest| {
        let mut pairs = Vec::new();
        for digest in [*digest, crate::digest::Digest(digest.0 ^ 1)] {
            let found = parts.iter().enumerate().filter_map(|(number, part)| Some((number, part.get(&digest)?)));
            pairs.extend(found.map(|(number, mask)| (super::test_data::breach_of(number), mask.0)));
        }
        pairs.sort_unstable();
        pairs
    };
    parts.iter().flat_map(|part| part.keys().map(pairs)).collect()
}

#[test]
fn nine_segments_become_one_and_say_the_same() {
    let (_temporary, dir) = place();
    let parts = parts(1, 9, 2000);
    write_index(&dir, &parts);
    let before: Answers = answers(&dir, &parts);
    assert!(before.0 == expected(&parts), "the answers before");
    let done = compacted(&dir, false);
    assert_eq!((done.merges.len(), done.runs, done.is_stuck), (1, 1, false));
    let merged = done.merges[0];
    assert_eq!((merged.segments_before, merged.segments, merged.records_before), (9, 1, 18_000));
    assert!(merged.records < 18_000 && merged.records == open(&dir).records(), "{merged:?}");
    assert!(answers(&dir, &parts) == before, "the answers after");
    let ends = |end: &str| files(&dir).iter().filter(|name| name.ends_with(end)).count();
    assert_eq!((ends(".ldx"), ends(".json"), files(&dir).len()), (1, 1, 4));
    open(&dir).segments()[0].verify(|_| ()).expect("a whole segment");
    assert!(compacted(&dir, false).merges.is_empty() && compacted(&dir, true).merges.is_empty());
}

#[test]
fn eight_segments_stay_unless_all_is_asked_for() {
    let (_temporary, dir) = place();
    let parts = parts(2, 8, 100);
    write_index(&dir, &parts);
    let before = answers(&dir, &parts);
    assert_eq!(compacted(&dir, false).runs, 8);
    let done = compacted(&dir, true);
    assert_eq!((done.runs, done.merges.len()), (1, 1));
    assert!(answers(&dir, &parts) == before);
}

#[test]
fn parts_of_a_breach_are_added_up_after_any_sequence_of_merges() {
    for seed in 0..6 {
        let (_temporary, dir) = place();
        let mut random = Random(seed);
        let parts = parts(seed, 30, 60);
        for (number, part) in parts.iter().enumerate() {
            ingest(&dir, number, part);
            if random.below(4) == 0 {
                compacted(&dir, random.below(3) == 0);
            }
        }
        compacted(&dir, false);
        assert!(answers(&dir, &parts).0 == expected(&parts), "seed {seed}");
        assert!(runs(&open(&dir)).len() <= RUNS_MAX);
    }
}

#[test]
fn the_same_index_gives_the_same_bytes() {
    let (_one, dir) = place();
    let (_other, again) = place();
    let parts = parts(3, 12, 500);
    for dir in [&dir, &again] {
        write_index(dir, &parts);
        compacted(dir, false);
    }
    assert_eq!(files(&dir), files(&again));
    assert_eq!(open(&dir).manifest().segments, open(&again).manifest().segments);
}

#[test]
fn a_reader_goes_on_with_the_generation_that_it_has_opened() {
    let (_temporary, dir) = place();
    let parts = parts(4, 9, 300);
    write_index(&dir, &parts);
    for access in [Access::Mapped, Access::Read, Access::ReadFew] {
        let before = Index::open(&dir, Some(&IDENTITY), access).expect("an index");
        let segments = before.segments().len();
        ingest(&dir, 9, &parts[0]);
        compacted(&dir, true);
        for (number, part) in parts.iter().enumerate() {
            let all = part.keys().all(|digest| {
                before.segments().iter().any(|live| live.segment().find(*digest).expect("a whole segment").is_some())
            });
            assert!(all, "ingest {number}, {access:?}");
        }
        assert_eq!(before.segments().len(), segments);
    }
}

#[test]
fn a_damaged_segment_stays_and_the_others_are_merged() {
    let (_temporary, dir) = place();
    let parts = parts(5, 10, 300);
    write_index(&dir, &parts);
    let damaged = dir.join(open(&dir).manifest().segments[4].file_name());
    fs::write(&damaged, b"no segment").expect("a writable file");
    let done = compacted(&dir, false);
    assert_eq!((done.damaged.clone(), done.runs), (vec![damaged.clone()], 1), "{done:?}");
    let index = open(&dir);
    assert_eq!((index.damaged().len(), index.segments().len()), (1, 1));
    assert!(damaged.exists());
}

/// An index of so many ingests, and a segment of it with a damaged chunk.
fn with_a_damaged_chunk(dir: &Path, ingests: usize) -> PathBuf {
    write_index(dir, &parts(6, ingests, 3000));
    let damaged = dir.join(open(dir).manifest().segments[4].file_name());
    let mut bytes = fs::read(&damaged).expect("a segment");
    bytes[65_536 + 700] ^= 4;
    fs::write(&damaged, bytes).expect("a writable file");
    damaged
}

#[test]
fn damage_that_a_merge_meets_is_named_and_the_others_go_on() {
    let (_temporary, dir) = place();
    let damaged = with_a_damaged_chunk(&dir, 9);
    let before = files(&dir);
    let done = compacted(&dir, false);
    assert_eq!((done.damaged, done.runs, done.merges.len()), (vec![damaged.clone()], 9, 0));
    assert_eq!(files(&dir), before, "eight are no more than there may be");
    let (_temporary, dir) = place();
    let damaged = with_a_damaged_chunk(&dir, 12);
    let bytes = fs::read(&damaged).expect("a segment");
    let done = compacted(&dir, false);
    assert_eq!((done.damaged, done.runs, done.merges.len()), (vec![damaged.clone()], 2, 1));
    assert_eq!(fs::read(&damaged).expect("a segment"), bytes);
}

/// Digests with these data classes.
fn part(digests: usize, mask: impl Fn(usize) -> u64) -> Part {
    let mut random = Random(9);
    (0..digests).map(|number| (random.digest(Width::DEFAULT), ClassMask(mask(number)))).collect()
}

/// Every digest in another set of breaches and data classes than every other: more sets than one segment may have.
#[test]
fn exposures_that_differ_too_much_for_one_segment_make_several() {
    let (_temporary, dir) = place();
    let digit = |number: usize, place: usize| number >> (2 * place) & 3;
    let parts: Vec<Part> = (0..9).map(|place| part(60_000, |number| 1 << digit(number, place))).collect();
    write_index(&dir, &parts);
    let before = answers(&dir, &parts);
    let done = compacted(&dir, false);
    assert!(done.runs <= RUNS_MAX && !done.is_stuck && !done.merges.is_empty(), "{done:?}");
    assert!(answers(&dir, &parts) == before);
    let done = compacted(&dir, true);
    assert!(done.is_stuck && done.runs > 1, "{done:?}");
    assert!(answers(&dir, &parts) == before);
    assert!(compacted(&dir, true).merges.is_empty(), "what has no room is not tried for ever");
}

/// An ingest with much memory can write more sets than a merge of several segments: its segment is written again all the same.
#[test]
fn a_segment_with_more_sets_than_a_merge_may_have_loses_what_has_to_leave() {
    let (_temporary, dir) = place();
    let wide = part(PAIRS_MAX + 1000, |number| number as u64 + 1);
    ingest(&dir, 0, &wide);
    let forgotten = *wide.keys().nth(7).expect("a digest");
    let pair = Pair { digest: forgotten, owner: forgotten, suppresses: true, written_since: false };
    let mut writer = Writer::open(&dir, &IDENTITY, Width::DEFAULT).expect("an index");
    writer.forget(Forgotten::from_pairs([pair])).expect("a commit");
    drop(writer);
    let done = compacted(&dir, false);
    assert_eq!((done.runs, done.merges.len(), done.is_stuck), (1, 1, false), "{done:?}");
    assert_eq!(done.merges[0].records + 1, done.merges[0].records_before);
}

#[test]
fn a_stop_changes_nothing() {
    let (_temporary, dir) = place();
    let parts = parts(7, 9, 20_000);
    write_index(&dir, &parts);
    let before = files(&dir);
    let progress = Progress::new();
    progress.request_stop();
    let result = compact(&dir, &IDENTITY, false, Duration::ZERO, &progress);
    assert!(matches!(result, Err(Error::Stopped)), "{result:?}");
    assert_eq!(files(&dir), before);
}
