//! Applies every check to the files of the repository.
//!
//! The tree is walked, not asked from git: a file is checked before it is added, and from a source package too.

use std::fs;
use std::path::{Path, PathBuf};

use super::lexer::Source;
use super::{Finding, asserts, disk, expect_none, imports, safety, shape, texts};

/// The folders of the house; all else (build products, a demo's output) is not ours to judge.
const FOLDERS: [&str; 6] = [".ci", "benches", "fuzz", "src", "testdata", "tests"];

/// What a fuzzer and cargo leave inside those folders.
const GENERATED_FOLDERS: [&str; 4] = ["target", "corpus", "artifacts", "coverage"];

/// Files written by hand, in which a blank at a line end is never meant; test vectors may mean it.
const PROSE_AND_CODE: [&str; 6] = ["md", "rs", "sh", "toml", "yaml", "yml"];

#[test]
fn the_house_is_tidy() {
    let files = files_of_the_house();
    for name in ["Cargo.toml", "src/lib.rs", "tests/house/tidy.rs"] {
        assert!(files.iter().any(|path| path == name), "{name} is not among the {} files walked", files.len());
    }
    let findings: Vec<Finding> = files.iter().flat_map(|path| check_file(path)).collect();
    expect_none(&findings);
}

/// The findings of one file; bytes that are not text are not ours to judge.
fn check_file(path: &str) -> Vec<Finding> {
    let bytes = fs::read(root().join(path)).unwrap_or_else(|error| panic!("reading {path}: {error}"));
    let mut findings = shape::check_name(path);
    if let Ok(text) = String::from_utf8(bytes) {
        findings.extend(check_text(path, &text));
    }
    findings
}

fn check_text(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = texts::check_machine_paths(path, text);
    let extension = Path::new(path).extension().and_then(|extension| extension.to_str()).unwrap_or("");
    if PROSE_AND_CODE.contains(&extension) {
        findings.extend(texts::check_line_ends(path, text));
    }
    if extension == "rs" {
        findings.extend(texts::check_tabs(path, text));
        findings.extend(check_rust(path, &Source::new(text)));
    }
    findings
}

fn check_rust(path: &str, source: &Source) -> Vec<Finding> {
    let checks = [
        imports::check,
        shape::check_functions,
        shape::check_file_length,
        safety::check,
        texts::check_banned,
        asserts::check,
        disk::check,
    ];
    checks.into_iter().flat_map(|check| check(path, source)).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Paths from the root, with `/`, sorted: the files at the top, and everything in the folders of the house.
///
/// In a linked worktree `.git` is a file, and names a path of this machine.
fn files_of_the_house() -> Vec<String> {
    let is_ours = |path: &PathBuf| path.is_file() && !path.ends_with(".git");
    let mut files: Vec<PathBuf> = entries(root()).into_iter().filter(is_ours).collect();
    for folder in FOLDERS.map(|name| root().join(name)) {
        if folder.is_dir() {
            walk(&folder, &mut files);
        }
    }
    let mut names: Vec<String> = files.iter().map(|path| name_from_root(path)).collect();
    names.sort();
    names
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for path in entries(folder) {
        let is_generated = GENERATED_FOLDERS.iter().any(|name| path.ends_with(name));
        if path.is_dir() && !is_generated {
            walk(&path, files);
        } else if path.is_file() {
            files.push(path);
        }
    }
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(folder).unwrap_or_else(|error| panic!("listing {}: {error}", folder.display()));
    listing.map(|entry| entry.expect("a readable folder").path()).collect()
}

fn name_from_root(path: &Path) -> String {
    let relative = path.strip_prefix(root()).expect("walked from the root");
    let parts = relative.components().map(|part| part.as_os_str().to_string_lossy());
    parts.collect::<Vec<_>>().join("/")
}

#[test]
fn each_check_is_applied_to_rust_files() {
    let bad = "use crate::cli;\t\nfn f() { unsafe { dbg!(1) } assert!(matches!(a, B)); fs::write(a, b) } ";
    let findings = check_text("src/index/mod.rs", bad);
    let lines: Vec<usize> = super::lines(&findings);
    assert_eq!(lines.iter().filter(|line| **line == 1).count(), 3, "tab, line end, import: {findings:?}");
    assert_eq!(lines.iter().filter(|line| **line == 2).count(), 5, "line end, unsafe, dbg, assert, disk: {findings:?}");
}

#[test]
fn vectors_may_end_in_blanks_and_hold_tabs() {
    assert_eq!(check_text("testdata/vectors/email.tsv", "a \tb \n"), []);
    assert_eq!(check_text("README.md", "a \n").len(), 1);
}
