//! The checks of the house: what the style guide asks, held by a machine so that no review has to.
//!
//! Every check is a pure function from a path and a text to findings, so that it can be fed bad text; [`tidy`] applies
//! them to the repository.

use std::fmt;

mod asserts;
mod disk;
mod format;
mod format_wiring;
mod imports;
mod lexer;
mod rustfmt;
mod safety;
mod shape;
mod texts;
mod tidy;

/// A place which breaks a rule, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// Path from the root of the repository, with `/`.
    pub path: String,
    /// Line number from 1.
    pub line: usize,
    /// The rule and the remedy.
    pub advice: String,
}

impl Finding {
    /// A finding in `path` at `line`.
    pub fn new(path: &str, line: usize, advice: impl Into<String>) -> Finding {
        Finding { path: path.to_owned(), line, advice: advice.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.advice)
    }
}

/// Fails the test with one line per finding.
#[track_caller]
pub fn expect_none(findings: &[Finding]) {
    let lines: Vec<String> = findings.iter().map(Finding::to_string).collect();
    assert!(lines.is_empty(), "{} findings\n{}", lines.len(), lines.join("\n"));
}

/// The lines of the findings: what the tests of the checks compare.
pub fn lines(findings: &[Finding]) -> Vec<usize> {
    findings.iter().map(|finding| finding.line).collect()
}

#[test]
fn a_finding_reads_as_editors_expect() {
    assert_eq!(Finding::new("src/a.rs", 3, "do this").to_string(), "src/a.rs:3: do this");
}
