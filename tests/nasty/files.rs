//! Paths that are no files, files that are not what they were, and surroundings that are not as usual.

use super::{address, expect_parts, ingest, size};
use crate::cli::desk::{DUMP, Desk};
use crate::cli::shapes::gzip;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use leakdex::source::{Block, Options, Progress, Source};

fn text(rows: usize) -> String {
    format!("email\n{}", (0..rows).map(|n| address(n) + "\n").collect::<String>())
}

/// Files whose size says nothing, and one whose reading fails, in the middle of others: an error, and nothing of the others.
#[test]
fn a_file_that_cannot_be_read_stops_the_ingest_and_leaves_nothing() {
    let desk = Desk::with_index();
    desk.write("a.csv", text(3));
    desk.write("z.csv", text(5));
    desk.refuses("ingest a.csv /proc/self/mem z.csv --breach b", "/proc/self/mem", "");
    desk.refuses("ingest a.csv missing.csv z.csv --breach b", "opening missing.csv", "check the path");
    desk.refuses("ingest a.csv /proc/version z.csv --breach b", "no column holds identifiers", "--map");
    desk.refuses("inspect /proc/self/mem", "/proc/self/mem", "");
    // Of a tree everything else is shown, and what is not.
    fs::create_dir(desk.path("tree")).expect("a folder");
    desk.write("tree/a.csv", text(3));
    desk.write("tree/b.csv.gz", &gzip(&[text(4).as_bytes()])[..30]);
    desk.write("tree/c.csv", text(5));
    desk.refuses("ingest tree --breach b", "tree/b.csv.gz: the file ends in the middle of a gzip stream", "gzip -dc");
    let shown = desk.leakdex("inspect tree").run_code(3).stdout_text();
    assert!(shown.contains("`tree/a.csv`: ") && shown.contains("`tree/c.csv`: "), "{shown}");
    assert!(shown.contains("not read: reading tree/b.csv.gz: the file ends in the middle"), "{shown}");
}

/// A pipe gives the list in pieces, and closes in the middle of a row.
#[test]
fn a_list_that_ends_early_is_read_as_far_as_it_goes() {
    let desk = Desk::with_index();
    let script = "(printf 'email\\ncarl@exam'; printf 'ple.org\\nnobody@exa') | \"$0\" scan - --quiet";
    let outcome = desk.script(script).run_ok();
    assert_eq!(outcome.stdout_text().lines().nth(1), Some("1,,email,exact,shop,Email addresses;Names"));
    desk.refuses_call(desk.script("true | \"$0\" scan - -o out.csv"), "the list has no rows", "is it the right file");
}

/// Somebody writes to a file, or truncates it, between its opening and its end: both sizes are known, and what is there is read.
#[test]
fn a_file_that_changes_meanwhile_is_noticed() {
    let desk = Desk::new();
    let rows = text(200_000);
    for (name, length) in [("grows.csv", 2 * rows.len() - 6), ("shrinks.csv", 4_000_000), ("empties.csv", 2_000_000)] {
        desk.write(name, &rows);
        let options = Options::default();
        let source = Source::open(&desk.path(name), &options).expect("a file");
        let mut file = fs::OpenOptions::new().append(true).open(desk.path(name)).expect("a file");
        match length.checked_sub(rows.len()) {
            Some(_) => file.write_all(&rows.as_bytes()[6..]).expect("room"),
            None => file.set_len(length as u64).expect("a shorter file"),
        }
        let mut blocks = source.into_blocks(0, Arc::new(Progress::new()));
        let (mut block, mut bytes) = (Block::default(), 0);
        while blocks.next_block(&mut block).expect("a file that can be read") {
            bytes += block.bytes.len();
        }
        let totals = blocks.totals();
        assert_eq!((bytes, totals.bytes_read), (length, length as u64), "{name}");
        assert_eq!(totals.bytes_size, Some(rows.len() as u64), "{name}");
    }
}

#[test]
fn the_same_file_by_several_names_is_read_once() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("tree/deep")).expect("a folder");
    desk.write("tree/a.csv", text(7));
    fs::hard_link(desk.path("tree/a.csv"), desk.path("tree/b.csv")).expect("a link");
    symlink("../a.csv", desk.path("tree/deep/c.csv")).expect("a link");
    symlink("..", desk.path("tree/deep/up")).expect("a link");
    let same = "the same file as another one";
    let parts = ["`tree/b.csv`: the same file", "`tree/deep/c.csv`: the same file", "leads back into the tree"];
    let outcome = ingest(&desk, "tree", 0, &parts);
    assert_eq!(outcome.stderr_text().matches(same).count(), 2, "{outcome}");
    expect_parts(&outcome, &["7 records = 7 accepted + 0 rejected"]);
    desk.refuses("ingest tree/a.csv tree/b.csv --breach c", "was ingested before", "leave it out");
    desk.refuses("ingest tree --breach c --index other tree/a.csv", "the same contents", "leave it out");
}

/// A hole of a terabyte is no text; behind the begin of a text it is a line without end, which a stop ends.
#[test]
fn a_hole_of_a_terabyte_takes_no_time() {
    let desk = Desk::new();
    for (name, bytes) in [("hole.csv", String::new()), ("table.csv", text(5))] {
        desk.write(name, bytes);
        let file = fs::OpenOptions::new().write(true).open(desk.path(name)).expect("a file");
        if file.set_len(1 << 40).is_err() {
            return;
        }
        let outcome = desk.leakdex(&format!("ingest {name} --breach b")).run_code(2);
        expect_parts(&outcome, &["this is not text"]);
        desk.leakdex(&format!("inspect {name}")).run_code(2);
        fs::remove_file(desk.path(name)).expect("a file");
    }
}

#[test]
fn names_may_be_anything() {
    let desk = Desk::new();
    let names: [&[u8]; 5] = [b"--help", b"-", b"n\xff\xfe.csv", b"new\nline.csv", b" blank .csv"];
    for (number, name) in names.iter().enumerate() {
        let name = OsStr::from_bytes(name);
        fs::write(desk.folder().join(name), text(number + 1)).expect("a file");
        let path = if number < 2 { std::path::Path::new("./").join(name) } else { name.into() };
        let breach = format!("b{number}");
        let outcome = desk.leakdex(&format!("ingest --breach {breach}")).arg("--").arg(path).run_ok();
        let records = format!("{0} records = {0} accepted + 0 rejected", number + 1);
        expect_parts(&outcome, &[&records]);
    }
    let outcome = desk.leakdex("inspect .").run();
    assert!(!outcome.stdout.contains(&0xff), "{outcome}");
}

/// A locale without UTF-8, no HOME and no TMPDIR, another directory: the same bytes come out.
#[test]
fn surroundings_do_not_matter() {
    let desk = Desk::with_index();
    let whole = desk.leakdex("scan list.csv --region CN --reference id").run_ok().stdout;
    for surroundings in ["LC_ALL=C", "LC_ALL=tr_TR.UTF-8", "-u HOME -u TMPDIR", "TZ=Asia/Kathmandu", "TMPDIR=/nowhere"]
    {
        let script = format!("exec env {surroundings} \"$0\" scan list.csv --region CN --reference id --quiet");
        assert_eq!(desk.script(&script).run_ok().stdout, whole, "{surroundings}");
        desk.write("again.csv", DUMP.replace("anna", "anne"));
        let script = format!("exec env {surroundings} \"$0\" ingest again.csv --breach b --region CN --index again");
        desk.script(&script).run_ok();
        fs::remove_dir_all(desk.path("again")).expect("an index");
    }
}

/// Milliseconds since 1970 are numbers of eleven digits and more, and no telephone numbers.
#[test]
fn moments_as_ids_are_no_numbers_of_people() {
    let desk = Desk::new();
    let rows = size(500, 500) as usize;
    let row = |n: usize| format!("{},{},{}\n", 1_600_000_000_000 + n, 1_600_000_000 + n, address(n));
    desk.write("moments.csv", format!("id,created,email\n{}", (0..rows).map(row).collect::<String>()));
    // The number of their domain has six binary digits that are one.
    let outcome = ingest(&desk, "moments.csv", 0, &["500 records = 500 accepted + 0 rejected", "506 digests"]);
    assert!(!outcome.stderr_text().contains("phone"), "{outcome}");
}

#[test]
fn what_is_no_regular_file_is_named_and_never_waited_for() {
    let desk = Desk::with_index();
    desk.script("mkfifo pipe").run_ok();
    let _socket = std::os::unix::net::UnixListener::bind(desk.path("socket")).expect("a socket");
    symlink("nowhere", desk.path("dangling")).expect("a link");
    symlink("circle", desk.path("circle")).expect("a link");
    let regular = "give the path of a regular file";
    for (name, error, hint) in [
        ("pipe", "it is a pipe", regular),
        ("socket", "it is a socket", regular),
        ("/dev/zero", "it is a device", regular),
        ("dangling", "No such file", "check the path"),
        ("circle", "opening circle", ""),
    ] {
        for command in ["ingest --breach b", "ingest dump.csv --breach b --region CN", "inspect", "scan"] {
            desk.refuses(&format!("{command} {name}"), error, hint);
        }
    }
}
