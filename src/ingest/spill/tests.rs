//! Pages, partitions and parts: whatever is added comes back, once, in whatever memory.

use super::super::record::{Narrow, Wide};
use super::super::test_data::{PAGE_BYTES, Random, add, all, few_tags, records, sums, width};
use super::*;
use crate::index::class::ClassMask;
use std::os::unix::fs::FileExt;

/// A store of so many small pages, and the directory of its file.
fn small_store<R: Record>(width: Width, pages: u64) -> (tempfile::TempDir, Store<R>) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let store = Store::new(width, pages * PAGE_BYTES, PAGE_BYTES, Place::Nameless(dir.path().to_path_buf()));
    (dir, store)
}

/// The records of a range, loaded with room for so many.
fn loaded<R: Record>(store: &Store<R>, range: Range, room: usize, tags: &Tags) -> Vec<R> {
    let mut records = Vec::with_capacity(room);
    let capacity = records.capacity();
    store.load(range, &mut records, tags).expect("an undamaged file");
    assert_eq!(records.capacity(), capacity, "{} records in room for {room}", records.len());
    records
}

fn sorted<R: Record>(mut records: Vec<R>) -> Vec<R> {
    records.sort_unstable();
    records
}

/// The store gives back what was added: all at once, and range by range.
fn check_holds<R: Record>(store: &Store<R>, want: &[R], width: Width, tags: &Tags, name: &str) {
    let room = want.len() + store.page_records;
    assert!(sorted(loaded(store, all(width), room, tags)) == want, "{name}: all at once");
    for pieces in [2u128, 7, 300] {
        let step = all(width).last.0 / pieces + 1;
        let ranges = (0..pieces).map(|i| Range {
            first: Digest(i * step),
            last: Digest((i * step).saturating_add(step - 1).min(all(width).last.0)),
        });
        let parts: Vec<R> = ranges.flat_map(|range| sorted(loaded(store, range, room, tags))).collect();
        assert!(parts == want, "{name}: in {pieces} pieces");
    }
}

fn check_round_trip<R: Record>(bits: u8) {
    let width = width(bits);
    for (pages, count) in [(257, 0), (257, 1), (257, 100), (257, 5000), (300, 5000), (2000, 5000), (4000, 5000)] {
        let name = format!("{bits} bits, {count} records, {pages} pages");
        let tags = Tags::new(100);
        let numbers = few_tags(&tags);
        let (_dir, mut store) = small_store::<R>(width, pages);
        let mut want: Vec<R> = records(&mut Random(u64::from(bits) + pages), count, width, &numbers);
        // Some digests twice, with the same tag and with another one; not in so few that this makes a partition skewed.
        let twice = if count < 5000 { 0 } else { count / 10 };
        want.extend_from_within(..twice);
        want.extend(want.clone()[..twice / 2].iter().map(|record| R::new(record.digest(), numbers[0])));
        add(&mut store, &want, width, &tags);
        want.sort_unstable();
        assert_eq!(store.records(), want.len() as u64, "{name}");
        assert!(store.memory_bytes() <= pages * PAGE_BYTES, "{name}: {} bytes", store.memory_bytes());
        assert_eq!(store.has_spilled(), count == 5000 && pages < if bits > 96 { 2500 } else { 2000 }, "{name}");
        check_holds(&store, &want, width, &tags, &name);
        store.spill_all(&tags).expect("a directory that takes a file");
        assert_eq!((store.memory_bytes(), store.has_spilled()), (0, count > 0), "{name}");
        assert_eq!(
            store.spilled().map(|spilled| spilled.bytes),
            (count > 0).then_some((want.len() * (usize::from(bits.div_ceil(8)) + 1)) as u64),
            "{name}"
        );
        check_holds(&store, &want, width, &tags, &name);
    }
}

/// Inputs that end and inputs that do not, in any order and of any size: what ended is there, and nothing else.
fn check_roll_backs<R: Record>(bits: u8, pages: u64) {
    let (width, tags) = (width(bits), Tags::new(10_000));
    let numbers = few_tags(&tags);
    let mut random = Random(u64::from(bits) + pages);
    let (_dir, mut store) = small_store::<R>(width, pages);
    let (mut want, mut rolled_back) = (Vec::new(), 0);
    for input in 0..60 {
        let count = [0, 1, 30, 400][random.below(4) as usize];
        let mut given: Vec<R> = records(&mut random, count, width, &numbers);
        // A crowd, so that partitions are combined before and behind where an input begins.
        let crowd = R::new(Digest(7), numbers[input % 4]);
        given.extend(std::iter::repeat_n(crowd, random.below(300) as usize));
        store.begin();
        add(&mut store, &given, width, &tags);
        if random.below(3) == 0 {
            store.combine_skewed(&tags).expect("room for tags");
        }
        if random.below(2) == 0 {
            store.end();
            want.extend(given);
        } else {
            store.roll_back();
            rolled_back += 1;
        }
        if random.below(6) == 0 {
            store.write_all().expect("a directory that takes a file");
        }
        assert_eq!(store.records(), want.len() as u64, "{bits} bits, input {input}");
    }
    assert!(rolled_back > 10, "{rolled_back}");
    let got = loaded(&store, all(width), want.len() + store.page_records, &tags);
    assert!(sums(&got, &tags) == sums(&want, &tags), "{bits} bits, {pages} pages");
    let counted: u64 = (0..PARTITIONS).map(|partition| store.partition_records(partition)).sum();
    assert_eq!(counted, got.len() as u64, "{bits} bits, {pages} pages");
}

#[test]
fn an_unfinished_input_leaves_no_trace() {
    for pages in [257, 300, 600, 5000] {
        check_roll_backs::<Narrow>(80, pages);
        check_roll_backs::<Wide>(128, pages);
    }
}

#[test]
fn what_cannot_be_written_stays_in_memory() {
    let (width, tags) = (width(80), Tags::new(100));
    let (dir, mut store) = small_store::<Narrow>(width, 2000);
    let want = sorted(records(&mut Random(9), 3000, width, &few_tags(&tags)));
    add(&mut store, &want, width, &tags);
    store.place = Place::Nameless(dir.path().join("nowhere"));
    store.write_all().expect_err("no directory");
    assert!(!store.has_spilled());
    check_holds(&store, &want, width, &tags, "after a failure");
    store.place = Place::Nameless(dir.path().to_path_buf());
    store.write_all().expect("a directory that takes a file");
    check_holds(&store, &want, width, &tags, "written");
}

#[test]
fn narrow_records_survive_any_number_of_spills() {
    check_round_trip::<Narrow>(64);
    check_round_trip::<Narrow>(96);
}

#[test]
fn wide_records_survive_any_number_of_spills() {
    check_round_trip::<Wide>(97);
    check_round_trip::<Wide>(128);
}

fn check_damage<R: Record>(bits: u8) {
    let (width, tags) = (width(bits), Tags::new(100));
    let (dir, mut store) = small_store::<R>(width, 257);
    let want = records(&mut Random(5), 2000, width, &few_tags(&tags));
    add(&mut store, &want, width, &tags);
    store.spill_all(&tags).expect("a directory that takes a file");
    let bytes = store.spilled().expect("a file").bytes;
    let mut random = Random(6);
    let load = |store: &Store<R>| store.load(all(width), &mut Vec::with_capacity(5000), &tags);
    let file = &store.file.as_ref().expect("a file").file;
    let expect_damage = |place: &str| {
        let result = load(&store);
        assert!(
            matches!(&result, Err(Error::SpillDamaged { dir: named }) if named == dir.path()),
            "{place}: {result:?}"
        );
    };
    for _ in 0..200 {
        let (at, bit) = (random.below(bytes), random.below(8));
        let mut byte = [0];
        file.read_exact_at(&mut byte, at).expect("a byte of the file");
        file.write_all_at(&[byte[0] ^ 1 << bit], at).expect("a writable file");
        expect_damage(&format!("bit {bit} of byte {at}"));
        file.write_all_at(&byte, at).expect("a writable file");
    }
    load(&store).expect("all is as it was");
    file.set_len(bytes - 10).expect("a shorter file");
    expect_damage("the end is missing");
    // The rest of the last page is a hole now: zeros, which nobody wrote.
    file.set_len(bytes).expect("a longer file");
    expect_damage("a hole");
}

#[test]
fn every_changed_page_is_found() {
    check_damage::<Narrow>(80);
    check_damage::<Wide>(128);
}

/// One digest many times among distinct ones, in a megabyte of pages. Output: whether it all stayed in memory.
fn check_crowd<R: Record>(bits: u8, distinct: usize) -> bool {
    const CROWD: usize = 100_000;
    const BYTES: u64 = 1 << 20;
    let (width, tags) = (width(bits), Tags::new(1000));
    let numbers = few_tags(&tags);
    let dir = tempfile::tempdir().expect("a temporary folder");
    let mut store = Store::<R>::new(width, BYTES, BYTES / 700, Place::Nameless(dir.path().to_path_buf()));
    let mut random = Random(u64::from(bits));
    let mut given: Vec<R> = records(&mut random, distinct, width, &numbers);
    let crowd = random.digest(width);
    given.extend((0..CROWD).map(|i| R::new(crowd, numbers[i % 3])));
    for i in (1..given.len()).rev() {
        given.swap(i, random.below(i as u64 + 1) as usize);
    }
    let want = sums(&given, &tags);
    add(&mut store, &given, width, &tags);
    assert!(store.memory_bytes() <= BYTES);
    assert_eq!((want[&crowd], store.records()), ((ClassMask(7), CROWD as u64), (distinct + CROWD) as u64));
    store.combine_skewed(&tags).expect("room for tags");
    let kept = store.partition_records(partition(crowd, width));
    assert!(kept < (CROWD / 10) as u64, "{bits} bits, {distinct} others: {kept} records of the crowd are left");
    // Room for the distinct records, and little more: the others have to be combined on the way.
    let got = loaded(&store, all(width), distinct + 3000, &tags);
    assert!(sums(&got, &tags) == want, "{bits} bits, {distinct} others");
    !store.has_spilled()
}

#[test]
fn a_repeated_digest_is_combined_and_stays_in_memory() {
    assert!(check_crowd::<Narrow>(80, 1000));
    assert!(check_crowd::<Wide>(128, 1000));
}

#[test]
fn a_repeated_digest_among_many_others_is_combined_in_the_file() {
    assert!(!check_crowd::<Narrow>(80, 30_000));
    assert!(!check_crowd::<Wide>(128, 30_000));
}

#[test]
fn digests_that_all_repeat_are_combined_on_the_way_out() {
    let (width, tags) = (width(80), Tags::new(1000));
    let numbers = few_tags(&tags);
    let (_dir, mut store) = small_store::<Narrow>(width, 300);
    let distinct: Vec<Narrow> = records(&mut Random(8), 500, width, &numbers);
    let given: Vec<Narrow> = (0..100).flat_map(|_| distinct.iter().copied()).collect();
    add(&mut store, &given, width, &tags);
    assert!(store.has_spilled(), "no partition is far above the others");
    let got = loaded(&store, all(width), 10_000, &tags);
    assert!(sums(&got, &tags) == sums(&given, &tags));
}

#[test]
fn memory_counts_pages_that_were_used_once() {
    let (width, tags) = (width(80), Tags::new(100));
    let (_dir, mut store) = small_store::<Narrow>(width, 10_000);
    add(&mut store, &vec![Narrow::new(Digest(9), few_tags(&tags)[0]); 20_000], width, &tags);
    let before = store.memory_bytes();
    store.combine_skewed(&tags).expect("room for tags");
    assert!(store.partition_records(0) < 20_000, "combined");
    assert_eq!((before, store.memory_bytes()), (320_000, 320_000), "16 bytes each");
}

#[test]
fn more_memory_than_there_is_asks_for_what_there_is() {
    let (width, tags) = (width(80), Tags::new(100));
    let dir = tempfile::tempdir().expect("a temporary folder");
    for bytes in [1 << 45, 1 << 60, u64::MAX] {
        let mut store = Store::<Narrow>::new(width, bytes, 64 << 10, Place::Nameless(dir.path().to_path_buf()));
        let want = sorted(records(&mut Random(3), 3000, width, &few_tags(&tags)));
        add(&mut store, &want, width, &tags);
        check_holds(&store, &want, width, &tags, &format!("{bytes} bytes"));
    }
}

#[test]
fn a_file_that_cannot_be_written_is_tried_once() {
    let (width, tags) = (width(80), Tags::new(100));
    let (dir, mut store) = small_store::<Narrow>(width, 257);
    store.place = Place::Nameless(dir.path().join("nowhere"));
    let given: Vec<Narrow> = (0..2000).map(|n| Narrow::new(Digest(n), few_tags(&tags)[0])).collect();
    let fill = |store: &mut Store<Narrow>| store.add(&given, &[given.len(); PARTITIONS], &tags);
    let first = fill(&mut store);
    assert!(matches!(first, Err(Error::Spill { .. })), "{first:?}");
    std::fs::create_dir(dir.path().join("nowhere")).expect("a directory");
    let second = fill(&mut store);
    assert!(
        matches!(&second, Err(Error::Spill { cause, .. }) if cause.kind() == io::ErrorKind::NotFound),
        "{second:?}"
    );
}
