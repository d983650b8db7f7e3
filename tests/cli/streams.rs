//! Closed, full and broken standard streams: never a panic, and never a lost answer with exit code 0.

use super::desk::{Desk, expect_error};

/// A call of every command that writes results to standard output.
const ALL: [&str; 10] = [
    "stats",
    "stats --json",
    "scan list.csv --region CN",
    "check carl@example.org",
    "check --json carl@example.org",
    "verify",
    "inspect list.csv --region CN",
    "breach list",
    "breach show shop",
    "key id",
];

/// The exit code of a panic that nobody caught.
const PANIC: i32 = 101;

#[test]
fn closed_streams_change_no_exit_code() {
    let desk = Desk::with_index();
    let before = desk.state();
    for command in ALL.into_iter().chain(["--help", "help scan", "--version"]) {
        for closed in [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"] {
            let outcome = desk.script(&format!("\"$0\" {command} {closed}")).run_ok();
            assert!(!outcome.stderr_text().contains("bug"), "{command} {closed}\n{outcome}");
        }
    }
    assert!(desk.state() == before, "reading changes nothing");
    for closed in [">&-", "2>&-", "<&- >&- 2>&-"] {
        desk.script(&format!("\"$0\" scan nosuch.csv {closed}")).run_code(2);
        desk.script(&format!("\"$0\" scan --nosuch {closed}")).run_code(2);
    }
}

#[test]
fn ingest_works_with_closed_and_full_streams() {
    let desk = Desk::with_index();
    for (number, streams) in [">&-", "2>&-", "<&- >&- 2>&-", "2>/dev/full", ">/dev/full 2>/dev/full"].iter().enumerate()
    {
        desk.write("more.csv", format!("email\nperson{number}@example.com\n"));
        desk.script(&format!("\"$0\" ingest more.csv --breach b{number} {streams}")).run_ok();
        desk.script(&format!("\"$0\" ingest nosuch.csv --breach c{number} {streams}")).run_code(2);
    }
    desk.leakdex("verify").run_ok();
    assert_eq!(desk.leakdex("breach list").run_ok().stdout_text().lines().count(), 7);
}

#[test]
fn a_full_standard_output_is_an_error() {
    let desk = Desk::with_index();
    for command in ALL {
        let outcome = desk.script(&format!("\"$0\" {command} > /dev/full")).run_code(2);
        expect_error(&outcome, "writing to standard output: No space left", "free some space");
    }
}

#[test]
fn a_full_standard_error_is_ignored() {
    let desk = Desk::with_index();
    for command in ALL {
        desk.script(&format!("\"$0\" {command} 2> /dev/full")).run_ok();
    }
    desk.script("\"$0\" scan nosuch.csv 2> /dev/full").run_code(2);
}

/// `head` may read all before it ends, or the program may find the pipe broken: both are right, and quiet.
#[test]
fn a_reader_that_leaves_ends_the_program_quietly() {
    let desk = Desk::with_index();
    let list: String = std::iter::once("email\n").chain(std::iter::repeat_n("carl@example.org\n", 20_000)).collect();
    desk.write("list.csv", list);
    for command in ALL {
        for reader in ["head -n 1", "true"] {
            let script = format!("{{ \"$0\" {command} --quiet; echo $? > code; }} | {reader} > /dev/null");
            let outcome = desk.script(&script).run_ok();
            assert_eq!((outcome.stderr_text().as_str(), desk.text("code").trim()), ("", "0"), "{command} | {reader}");
        }
    }
    let exposed = "{ \"$0\" scan list.csv --quiet --exit-code; echo $? > code; } | true";
    desk.script(exposed).run_ok();
    assert_ne!(desk.text("code").trim(), PANIC.to_string());
}

#[test]
fn results_and_notes_go_to_their_own_streams() {
    let desk = Desk::with_index();
    let scan = "scan list.csv --region CN";
    let outcome = desk.leakdex(scan).run_ok();
    assert!(outcome.stdout_text().starts_with("row,reference,"), "{outcome}");
    assert!(outcome.stderr_text().contains("\n4 people\n"), "{outcome}");
    assert_eq!(desk.leakdex(&format!("{scan} --quiet")).run_ok().stderr_text(), "");
    assert_eq!(desk.leakdex(&format!("--quiet {scan} -o results.csv")).run_ok().stdout_text(), "");
    desk.write("more.csv", "email\nerik@example.com\n");
    let outcome = desk.leakdex("ingest more.csv --breach more").run_ok();
    assert_eq!(outcome.stdout_text(), "", "{outcome}");
    let outcome = desk.leakdex("verify").run_ok();
    assert_eq!(outcome.stderr_text(), "", "{outcome}");
}

#[test]
fn no_colours_where_there_is_no_terminal() {
    let desk = Desk::with_index();
    for command in ["--help", "scan --nosuch", "scan nosuch.csv", "verify"] {
        for (name, value) in [("TERM", "xterm-256color"), ("CLICOLOR", "1"), ("NO_COLOR", "1")] {
            let outcome = desk.leakdex(command).env(name, value).run();
            let bytes = [outcome.stdout.as_slice(), outcome.stderr.as_slice()].concat();
            assert!(!bytes.contains(&0x1b), "{command}\n{outcome}");
        }
    }
}
