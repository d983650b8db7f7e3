//! Who only reads: another user, a medium that cannot be written, and whoever waits for the nightly results.

use super::desk::{Desk, EXPOSURES, LIST};
use super::faults::count;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// A user and a group that own nothing.
const NOBODY: u32 = 65_534;

fn permit(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("a file of ours");
}

/// Whoever was given an index to read can read what the next writers make of it, and nobody else can.
#[test]
fn new_files_have_the_readers_of_the_index() {
    let desk = Desk::with_index();
    let index = desk.path("index");
    let modes = || -> Vec<u32> {
        let entries = fs::read_dir(&index).expect("an index").map(|entry| entry.expect("an entry"));
        let read = entries.filter(|entry| entry.file_name() != "LOCK" && entry.path().is_file());
        read.map(|entry| entry.metadata().expect("a file").permissions().mode() & 0o777).collect()
    };
    assert!(modes().iter().all(|mode| *mode == 0o600), "{:?}", modes());
    for mode in [0o640, 0o600, 0o604, 0o644] {
        let files = fs::read_dir(&index).expect("an index").map(|entry| entry.expect("an entry").path());
        files.for_each(|file| permit(&file, mode));
        let name = format!("b{mode:o}");
        desk.write("more.csv", format!("email\nanna{mode}@example.com\n"));
        desk.leakdex(&format!("ingest more.csv --breach {name} --quiet")).run_ok();
        desk.leakdex("compact --all --quiet").run_ok();
        assert!(modes().iter().all(|made| *made == mode), "{mode:o}: {:?}", modes());
    }
    desk.leakdex("breach edit b640 --title T").run_ok();
    desk.leakdex("key rotate --out ring --quiet").run_ok();
    assert!(modes().iter().all(|made| *made == 0o644), "{:?}", modes());
}

/// Root writes for the owner of an index, who can read it and write to it as before.
#[test]
fn what_root_writes_belongs_to_the_owner_of_the_index() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let desk = Desk::with_index();
    let files = || fs::read_dir(desk.path("index")).expect("an index").map(|entry| entry.expect("an entry").path());
    files().for_each(|file| chown(file, Some(NOBODY), Some(NOBODY)).expect("given away"));
    desk.leakdex("forget --kind email --quiet").stdin("carl@example.org\n").run_ok();
    desk.leakdex("compact --all --quiet").run_ok();
    let owners: Vec<u32> = files().map(|file| fs::metadata(file).expect("a file").uid()).collect();
    assert!(owners.iter().all(|owner| *owner == NOBODY), "{owners:?}");
}

/// Whoever may read the files of an index can ask it, and cannot change it: the files are read-only, and the directory too, as on a
/// medium that cannot be written. Run by root, the calls are those of another user.
#[test]
fn another_user_reads_what_cannot_be_written() {
    let desk = Desk::with_index();
    desk.leakdex("breach edit shop --title Shop --quiet").run_ok();
    let index = desk.path("index");
    let files: Vec<_> = fs::read_dir(&index).expect("an index").map(|entry| entry.expect("an entry").path()).collect();
    files.iter().for_each(|file| permit(file, 0o444));
    permit(&index, 0o555);
    permit(&desk.path("list.csv"), 0o444);
    permit(desk.folder(), 0o755);
    // Root may write everywhere: so another user has to ask, if the program lies where others can run it.
    let runs =
        || std::process::Command::new(env!("CARGO_BIN_EXE_leakdex")).arg("--version").uid(NOBODY).output().is_ok();
    let is_root = rustix::process::geteuid().is_root();
    let is_other = is_root && runs();
    if is_other {
        chown(desk.path("key"), Some(NOBODY), Some(NOBODY)).expect("given away");
    }
    let before = desk.state();
    let call = |arguments: &str| match is_other {
        true => desk.leakdex(arguments).of_user(NOBODY),
        false => desk.leakdex(arguments),
    };
    let scan = call("scan list.csv --region CN --reference id --breach shop --quiet").run_ok();
    assert_eq!(scan.stdout_text(), EXPOSURES);
    let check = call("check carl@example.org --kind email").run_ok();
    assert!(check.stdout_text().contains("exposed\tshop"), "{check}");
    for command in ["verify", "verify --quick", "verify --removed", "stats", "breach list", "breach show shop"] {
        call(command).run_ok();
    }
    for command in ["ingest list.csv --breach more --region CN", "breach remove shop", "compact --all"] {
        if is_root && !is_other {
            break;
        }
        let outcome = call(command).run_code(2);
        assert!(outcome.stderr_text().contains("Permission denied"), "{command}\n{outcome}");
    }
    assert!(desk.state() == before, "nothing has changed");
    permit(&index, 0o755);
}

/// A scan that replaces the results of the night before: whoever opens them has the old ones or the new ones, whole.
#[test]
fn results_are_replaced_at_once() {
    let desk = Desk::with_index();
    let row = format!("{}\n", LIST.lines().nth(1).expect("a row"));
    let rows = |count: usize| LIST.to_string() + &row.repeat(count);
    desk.write("one.csv", rows(3000));
    desk.write("two.csv", rows(7000));
    let scan = |list: &str, more: &str| {
        desk.leakdex(&format!("scan {list} --region CN --quiet {more}")).run_ok().stdout_text()
    };
    let texts = [scan("one.csv", ""), scan("two.csv", "")];
    assert!(texts[0].len() > 50_000 && texts[0].len() < texts[1].len());
    scan("one.csv", "-o night.csv");
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let reader = scope.spawn(|| {
            let mut seen = [0, 0];
            while !done.load(Ordering::Relaxed) {
                let text = desk.text("night.csv");
                let which = texts.iter().position(|whole| *whole == text);
                seen[which.unwrap_or_else(|| panic!("a file of {} bytes is neither", text.len()))] += 1;
            }
            seen
        });
        for round in 0..count(10) {
            scan(["two.csv", "one.csv"][round as usize % 2], "-o night.csv --force");
        }
        done.store(true, Ordering::Relaxed);
        let seen: [u64; 2] = reader.join().expect("a reader");
        assert!(seen.iter().all(|times| *times > 0), "{seen:?}");
    });
}
