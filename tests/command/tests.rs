//! The runner itself, with a shell in place of the program.

#![cfg(unix)]

use super::*;

fn shell(folder: &Path, script: &str) -> Leakdex {
    Leakdex::of_program("/bin/sh", folder).args(["-c", script])
}

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

#[test]
fn outputs_and_code_are_kept_apart() {
    let folder = folder();
    let outcome = shell(folder.path(), "printf out; printf err >&2; exit 3").run_code(3);
    assert_eq!((outcome.stdout_text().as_str(), outcome.stderr_text().as_str()), ("out", "err"));
    assert_eq!(shell(folder.path(), "kill -9 $$").run().code, None, "a signal is no exit code");
}

#[test]
fn input_larger_than_a_pipe_flows_both_ways() {
    let input = b"0123456789abcdef".repeat(100_000);
    let outcome = shell(folder().path(), "cat").stdin(input.clone()).run_ok();
    assert_eq!(outcome.stdout.len(), input.len());
    assert!(outcome.stdout == input, "the bytes come back as they were");
    shell(folder().path(), "exit 0").stdin(input).run_ok();
}

#[test]
fn the_environment_is_ours() {
    let kept = ["LEAKDEX_INDEX", "LEAKDEX_", "NO_COLOR"].map(|name| is_foreign(OsStr::new(name)));
    assert_eq!(kept, [true; 3]);
    assert!(!is_foreign(OsStr::new("PATH")) && !is_foreign(OsStr::new("MY_LEAKDEX_")), "others stay");
    let outcome = shell(folder().path(), "printf %s \"$LEAKDEX_INDEX\"").env("LEAKDEX_INDEX", "given").run_ok();
    assert_eq!(outcome.stdout_text(), "given");
}

#[test]
fn the_working_directory_is_the_folder() {
    let folder = folder();
    shell(folder.path(), "printf x > here").arg("unused").run_ok();
    assert!(folder.path().join("here").is_file(), "the file stands in the folder");
}

#[test]
#[should_panic(expected = "has not ended after")]
fn a_hanging_program_is_killed() {
    shell(folder().path(), "while :; do :; done").time_max(Duration::from_millis(50)).run();
}

#[test]
#[should_panic(expected = "has not ended after")]
fn a_program_that_closes_its_outputs_and_hangs_is_killed() {
    shell(folder().path(), "exec >&- 2>&-; while :; do :; done").time_max(Duration::from_millis(50)).run();
}

#[test]
#[should_panic(expected = "exit code")]
fn another_code_fails_the_test() {
    shell(folder().path(), "exit 2").run_ok();
}

#[test]
fn the_program_starts() {
    assert!(Leakdex::new(folder().path()).arg("--help").run().code.is_some(), "ended by a signal");
}
