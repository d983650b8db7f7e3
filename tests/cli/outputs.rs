//! Output files: complete or absent, private, and never in the place of something else.

use super::desk::{Desk, EXPOSURES, LIST};
use crate::command::Outcome;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;
use std::time::{Duration, Instant};

const SCAN: &str = "scan list.csv --region CN --reference id";

#[test]
fn results_go_to_a_private_file_or_to_standard_output() {
    let desk = Desk::with_index();
    desk.leakdex(&format!("{SCAN} -o results.csv")).run_ok();
    assert_eq!(desk.text("results.csv"), EXPOSURES);
    let mode = fs::metadata(desk.path("results.csv")).expect("results").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert_eq!(desk.leakdex(SCAN).run_ok().stdout_text(), EXPOSURES);
    assert_eq!(desk.leakdex(&format!("{SCAN} -o -")).run_ok().stdout_text(), EXPOSURES);
}

/// A scan that was killed leaves its file under a name with its number, which the next one may have too.
#[test]
fn what_a_killed_scan_has_left_stops_none() {
    let desk = Desk::with_index();
    let script = format!(": > .out.csv.tmp-$$; exec \"$0\" {SCAN} -o out.csv --index index --key-file key");
    desk.script(&script).run_ok();
    assert_eq!(desk.text("out.csv"), EXPOSURES);
    let left = fs::read_dir(desk.folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let left: Vec<_> = left.filter(|name| name.to_string_lossy().starts_with(".out.csv")).collect();
    assert!(left.is_empty(), "nobody writes it any more: {left:?}");
}

/// A scan whose outputs are made, and that has to end yet; its summary cannot get its name. Output: what it says.
fn scan_without_a_place_for_the_summary(desk: &Desk, options: &str) -> Outcome {
    let made = Command::new("mkfifo").arg(desk.path("pipe")).status().expect("mkfifo");
    assert!(made.success());
    let outputs = "-o r.csv --unknown u.csv --summary s.json --people p.csv --report report.md";
    let script = format!("exec \"$0\" scan - --region CN --map id=ignore {outputs} --quiet {options} < pipe");
    let mut running = desk.script(&script).start();
    let mut pipe = fs::OpenOptions::new().write(true).open(desk.path("pipe")).expect("a pipe");
    // More than what is read to look at: the outputs are made when the list is open.
    let rows = LIST.lines().nth(1).expect("a row").to_string() + "\n";
    pipe.write_all((LIST.to_string() + &rows.repeat((4 << 20) / rows.len())).as_bytes()).expect("a reader");
    let has = |name: &str| {
        let names = fs::read_dir(desk.folder()).expect("a folder").map(|entry| entry.expect("an entry").file_name());
        names.into_iter().any(|found| found.to_string_lossy().starts_with(name))
    };
    let started = Instant::now();
    while !has(".report.md.tmp-") {
        assert!(started.elapsed() < Duration::from_secs(60), "it has no outputs");
        assert!(!running.closes_within(Duration::from_millis(1)), "it has ended before it had its outputs");
    }
    let _ = fs::remove_file(desk.path("s.json"));
    fs::create_dir(desk.path("s.json")).expect("a directory");
    drop(pipe);
    let outcome = running.end();
    fs::remove_file(desk.path("pipe")).expect("the pipe");
    fs::remove_dir(desk.path("s.json")).expect("the directory");
    outcome
}

#[test]
fn the_summary_comes_last_and_an_error_leaves_no_output_or_names_those_that_were_replaced() {
    let desk = Desk::with_index();
    let before = desk.state();
    let outcome = scan_without_a_place_for_the_summary(&desk, "");
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(outcome.stderr_text().contains("writing `s.json`"), "{outcome}");
    assert!(desk.state() == before, "no output is left\n{outcome}");
    for name in ["r.csv", "u.csv", "p.csv", "report.md", "s.json"] {
        desk.write(name, "old");
    }
    let outcome = scan_without_a_place_for_the_summary(&desk, "--force");
    assert_eq!(outcome.code, Some(2), "{outcome}");
    let replaced = "; replaced before that: `r.csv`, `u.csv`, `p.csv`, `report.md`";
    assert!(outcome.stderr_text().contains(replaced), "{outcome}");
    assert!(["r.csv", "u.csv", "p.csv", "report.md"].iter().all(|name| desk.text(name) != "old"));
}

#[test]
fn an_existing_file_is_kept_unless_forced() {
    let desk = Desk::with_index();
    for option in ["-o", "--unknown", "--summary"] {
        desk.write("old", "old");
        let arguments = format!("{SCAN} -o new.csv --unknown new2.csv --summary new.json --quiet {option} old");
        let arguments = match option {
            "-o" => arguments.replace("-o new.csv ", ""),
            "--unknown" => arguments.replace("--unknown new2.csv ", ""),
            _ => arguments.replace("--summary new.json ", ""),
        };
        desk.refuses(&arguments, "writing `old`: the file exists", "`--force` to replace it");
        desk.leakdex(&format!("{SCAN} {option} old --force")).run_ok();
        assert_ne!(desk.text("old"), "old", "{option} --force replaces");
    }
}

#[test]
fn the_input_is_never_replaced() {
    let desk = Desk::with_index();
    symlink("list.csv", desk.path("link.csv")).expect("a link");
    fs::hard_link(desk.path("list.csv"), desk.path("hard.csv")).expect("a link");
    for name in ["list.csv", "./list.csv", "link.csv", "hard.csv"] {
        for option in ["-o", "--unknown", "--summary"] {
            let arguments = format!("{SCAN} {option} {name} --force");
            desk.refuses(&arguments, &format!("writing `{name}`: it is the input"), "give another name");
        }
    }
}

/// Nor the key, the index or the passwords: a forced output would cost all that was ever ingested.
#[test]
fn key_and_index_are_never_replaced() {
    let desk = Desk::with_index();
    desk.write("passwords", "secret\n");
    let before = desk.state();
    for option in ["-o", "--unknown", "--summary", "--people", "--notify", "--report-form gdpr33="] {
        let refuses = |name: &str, why: &str, hint: &str| {
            let space = if option.ends_with('=') { "" } else { " " };
            let arguments = format!("{SCAN} {option}{space}{name} --force --archive-password-file passwords");
            desk.refuses(&arguments, &format!("writing `{name}`: {why}"), hint);
        };
        refuses("key", "it is the key file", "give another name");
        refuses("passwords", "it is the file of passwords", "give another name");
        refuses("index/MANIFEST", "it lies inside the index", "outside");
        refuses("index/new.csv", "it lies inside the index", "outside");
    }
    desk.refuses("ingest list.csv --breach x --reject-log index/log", "it lies inside the index", "outside");
    desk.refuses("inspect list.csv -o list.csv --force", "it is the input", "another name");
    assert_eq!(desk.state(), before);
}

#[test]
fn one_file_is_not_two_outputs() {
    let desk = Desk::with_index();
    for options in ["-o a --unknown a", "-o a --summary a", "-o a --unknown ./a", "--unknown a --summary a"] {
        for force in ["", "--force"] {
            let arguments = format!("{SCAN} {options} {force}");
            desk.refuses(&arguments, "it is the file of another output", "give another name");
        }
    }
}

#[test]
fn what_is_no_regular_file_is_never_replaced() {
    let desk = Desk::with_index();
    symlink("/dev/full", desk.path("device")).expect("a link");
    symlink("nowhere", desk.path("dangling")).expect("a link");
    fs::create_dir(desk.path("folder")).expect("a folder");
    desk.script("mkfifo pipe").run_ok();
    for name in ["device", "dangling", "folder", "pipe"] {
        for option in ["-o", "--unknown", "--summary"] {
            for force in ["", "--force"] {
                let arguments = format!("{SCAN} {option} {name} {force}");
                let error = format!("writing `{name}`: it is not a regular file");
                desk.refuses(&arguments, &error, "`-o -` for standard output");
            }
        }
    }
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let desk = Desk::with_index();
    for option in ["-o", "--unknown", "--summary"] {
        let arguments = format!("{SCAN} {option} nowhere/results");
        desk.refuses(&arguments, "writing `nowhere/results`: No such file", "check the directory");
    }
}

#[test]
fn a_failing_scan_leaves_no_output() {
    let desk = Desk::with_index();
    desk.write("cut.csv.gz", {
        let gzip = super::shapes::gzip(&[super::desk::large_dump(1, 200_000).as_bytes()]);
        gzip[..gzip.len() - 9].to_vec()
    });
    let arguments = "scan cut.csv.gz -o a --unknown b --summary c";
    desk.refuses(arguments, "the file ends in the middle of a gzip stream", "fetch the file again");
    desk.write("old", "old");
    let arguments = "scan cut.csv.gz -o old --force";
    desk.refuses(arguments, "the file ends in the middle of a gzip stream", "fetch the file again");
    assert_eq!(desk.text("old"), "old", "also not with --force");
}

#[test]
fn a_full_disk_leaves_no_output() {
    let desk = Desk::with_index();
    let list: String = std::iter::once("email\n").chain(std::iter::repeat_n("carl@example.org\n", 5000)).collect();
    desk.write("long.csv", &list);
    for blocks in [0, 1, 64] {
        let script = format!("ulimit -f {blocks}; exec \"$0\" scan long.csv -o results.csv --summary s.json");
        desk.refuses_call(desk.script(&script), "writing `", "free some space");
    }
}

/// The rows without an answer are more than the disk takes, the few results are not.
#[test]
fn no_output_appears_before_all_are_complete() {
    let desk = Desk::with_index();
    desk.write("long.csv", format!("email\ncarl@example.org\n{}", "none\n".repeat(2000)));
    let script = "ulimit -f 8; exec \"$0\" scan long.csv -o results.csv --unknown unknown.csv";
    desk.refuses_call(desk.script(script), "writing `unknown.csv`", "free some space");
}
