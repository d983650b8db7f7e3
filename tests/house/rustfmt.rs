//! Formatting, lints and documentation, so that `cargo test` is the one command that checks everything.
//!
//! Clippy and rustdoc check into the target directory of the running test: their own directory would check every dependency
//! again on each fresh clone. Cargo has released the lock on it by the time tests run.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[test]
fn the_code_is_formatted() {
    if has_component("fmt") {
        let output = cargo(&["fmt", "--check"]);
        assert!(output.status.success(), "run `cargo fmt`:\n{}", text_of(&output));
    }
}

#[test]
fn clippy_has_nothing_to_say() {
    if has_component("clippy") {
        let target = target_directory();
        let target = target.to_str().expect("a target directory in UTF-8");
        let arguments = ["clippy", "--all-targets", "--offline", "--target-dir", target, "--", "-D", "warnings"];
        let output = cargo(&arguments);
        assert!(output.status.success(), "`cargo clippy --all-targets`:\n{}", text_of(&output));
    }
}

/// As for a reader of the published documentation: a link to something private leads nowhere.
#[test]
fn the_documentation_has_no_broken_link() {
    let target = target_directory();
    let target = target.to_str().expect("a target directory in UTF-8");
    let arguments = ["doc", "--no-deps", "--lib", "--quiet", "--offline", "--target-dir", target];
    let output = command(&arguments).env("RUSTDOCFLAGS", "-D warnings").output().expect("starting cargo doc");
    assert!(output.status.success(), "`cargo doc --no-deps --lib`:\n{}", text_of(&output));
}

/// Whether a component of the toolchain is there; if not, says so past the capture of the test harness.
fn has_component(name: &str) -> bool {
    let found = cargo(&[name, "--version"]).status.success();
    if !found {
        let _ = writeln!(io::stderr(), "skipped: `cargo {name}` is not installed (`rustup component add`)");
    }
    found
}

fn cargo(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap_or_else(|error| panic!("starting cargo {}: {error}", arguments[0]))
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).stdin(Stdio::null());
    command
}

fn text_of(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// `target` of `target/debug/deps/main-0123456789abcdef`.
fn target_directory() -> PathBuf {
    let test = std::env::current_exe().expect("the path of the running test");
    test.ancestors().nth(3).map(Path::to_owned).expect("a test stands three folders deep")
}
