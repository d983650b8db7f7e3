//! Data flows one way: a module imports only what stands to its left in the table.
//!
//! The check reads paths, not only `use` lines, because `crate::report::write(..)` in an expression ties two modules
//! together just as well. Comments are free: a doc link may point to the right.

use super::Finding;
use super::lexer::{Source, Token, closing};

/// The import table. Modules of one row do not import each other.
const TABLE: [&[&str]; 9] = [
    &["disk"],
    &["source"],
    &["identifier"],
    &["digest"],
    &["index"],
    &["plan"],
    &["ingest", "query", "maintain"],
    &["report"],
    &["serve", "demo", "cli"],
];

/// The name by which the program's own files may call the library.
const LIBRARY: &str = "leakdex";

/// Findings for every path of a file under `src/` which leads to the right, to the same row, or around the table.
pub fn check(path: &str, source: &Source) -> Vec<Finding> {
    let Some(home) = Home::of(path) else { return Vec::new() };
    if row_of(home.module).is_none() {
        let advice = format!("module `{}` has no place in the import table of the tidy test: give it one", home.module);
        return vec![Finding::new(path, 1, advice)];
    }
    let tokens = source.tokens();
    let mut walk = Walk { path, home: home.module, tokens: &tokens, findings: Vec::new() };
    let depths = module_depths(&tokens, home.depth);
    for (index, depth) in depths.into_iter().enumerate() {
        if is_path_head(&tokens, index) {
            walk.follow(index, depth);
        }
    }
    walk.findings
}

/// Where a file stands: its top module, and how many modules deep.
struct Home<'a> {
    module: &'a str,
    depth: usize,
}

impl<'a> Home<'a> {
    /// `None` for files which may import anything: the crate roots, and what is not under `src/`.
    fn of(path: &'a str) -> Option<Home<'a>> {
        let inside = path.strip_prefix("src/")?.strip_suffix(".rs")?;
        if ["lib", "main", "leaky"].contains(&inside) {
            return None;
        }
        let inside = inside.strip_suffix("/mod").unwrap_or(inside);
        Some(Home { module: inside.split('/').next()?, depth: inside.split('/').count() })
    }
}

fn row_of(module: &str) -> Option<usize> {
    TABLE.iter().position(|row| row.contains(&module))
}

/// How many modules deep each token stands: the depth of the file, and one more inside each `mod name {`.
fn module_depths(tokens: &[Token<'_>], file_depth: usize) -> Vec<usize> {
    let mut depths = vec![file_depth; tokens.len()];
    for index in 0..tokens.len().saturating_sub(2) {
        if tokens[index].text == "mod" && tokens[index + 2].text == "{" {
            let end = closing(tokens, index + 2);
            depths[index + 2..=end].iter_mut().for_each(|depth| *depth += 1);
        }
    }
    depths
}

/// Whether a path that names modules from the root or upwards begins here.
fn is_path_head(tokens: &[Token<'_>], index: usize) -> bool {
    let follows_path = index > 0 && tokens[index - 1].text == "::";
    let opens_path = tokens.get(index + 1).is_some_and(|next| next.text == "::" || next.text == "as");
    let names_module = ["crate", "self", "super"].contains(&tokens[index].text) && !follows_path;
    opens_path && (names_module || tokens[index].text == LIBRARY)
}

struct Walk<'a> {
    path: &'a str,
    home: &'a str,
    tokens: &'a [Token<'a>],
    findings: Vec<Finding>,
}

impl Walk<'_> {
    /// Follows one path, or one branch of a group, from `depth` modules below the root.
    fn follow(&mut self, index: usize, depth: usize) {
        let Some(token) = self.tokens.get(index) else { return };
        match token.text {
            "crate" | LIBRARY => self.step(index, 0),
            "self" => self.step(index, depth),
            "super" => self.step(index, depth.saturating_sub(1)),
            "{" => self.group(index, depth),
            target if depth == 0 => self.judge(target, token.line),
            _ => {}
        }
    }

    fn step(&mut self, index: usize, depth: usize) {
        match self.tokens.get(index + 1).map(|next| next.text) {
            Some("::") => self.follow(index + 2, depth),
            Some("as") if depth == 0 => self.judge("as", self.tokens[index].line),
            _ => {}
        }
    }

    /// Follows each branch of `{a::b, c::{d, e}}`.
    fn group(&mut self, open: usize, depth: usize) {
        let end = closing(self.tokens, open);
        let mut branch = open + 1;
        while branch < end {
            self.follow(branch, depth);
            branch = self.next_branch(branch, end);
        }
    }

    fn next_branch(&self, mut index: usize, end: usize) -> usize {
        while index < end && self.tokens[index].text != "," {
            index = if self.tokens[index].text == "{" { closing(self.tokens, index) + 1 } else { index + 1 };
        }
        index + 1
    }

    fn judge(&mut self, target: &str, line: usize) {
        let home = self.home;
        let advice = match row_of(target) {
            _ if target == home => return,
            Some(row) if Some(row) < row_of(home) => return,
            Some(_) => format!(
                "`{home}` imports `{target}`, which does not stand to its left in the import table: move the shared \
                 part left, or pass it in"
            ),
            None => format!("`{home}` reaches `{target}` through the crate root: name the module in which it stands"),
        };
        self.findings.push(Finding::new(self.path, line, advice));
    }
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn check_lines(path: &str, text: &str, want: &[usize]) {
        assert_eq!(lines(&check(path, &Source::new(text))), want, "{path}: {text}");
    }

    #[test]
    fn imports_to_the_right_are_found() {
        check_lines("src/index/mod.rs", "use crate::plan::Plan;", &[1]);
        check_lines("src/index/mod.rs", "\nfn f() { crate::report::write() }", &[2]);
        check_lines("src/source/csv.rs", "use crate::{\n    source::A,\n    digest::B,\n};", &[3]);
        check_lines("src/source/csv.rs", "use crate::{source::{A, B}, index::C, query};", &[1, 1]);
        check_lines("src/identifier/kind.rs", "use leakdex::digest::Key;", &[1]);
        check_lines("src/identifier/kind.rs", "use ::leakdex::digest::Key;", &[1]);
    }

    #[test]
    fn modules_of_one_row_are_strangers() {
        check_lines("src/ingest/mod.rs", "use crate::query::Scan;", &[1]);
        check_lines("src/cli/mod.rs", "use crate::demo;", &[1]);
        check_lines("src/report/mod.rs", "use crate::cli::Args;", &[1]);
    }

    #[test]
    fn super_does_not_escape() {
        check_lines("src/index/mod.rs", "use super::plan;", &[1]);
        check_lines("src/index/class.rs", "use super::super::plan;", &[1]);
        check_lines("src/index/class.rs", "use super::{super::plan, segment};", &[1]);
        check_lines("src/index/class.rs", "mod tests { use super::super::super::plan; }", &[1]);
        check_lines("src/index.rs", "use self::super::plan;", &[1]);
    }

    #[test]
    fn the_crate_root_is_no_way_around() {
        check_lines("src/index/mod.rs", "use crate::Plan;", &[1]);
        check_lines("src/index/mod.rs", "use crate::*;", &[1]);
        check_lines("src/index/mod.rs", "use crate as all;", &[1]);
        check_lines("src/extra/mod.rs", "", &[1]);
    }

    #[test]
    fn what_the_table_allows_passes() {
        check_lines("src/report/mod.rs", "use crate::{digest, query::{self, Scan}, maintain::Compact};", &[]);
        check_lines("src/index/class.rs", "use super::super::digest; use super::segment; use crate::index::x;", &[]);
        check_lines("src/index/class.rs", "mod tests { use super::*; use super::super::plan; }", &[]);
        check_lines("src/index/class.rs", "pub(crate) fn f() {} pub(in crate::index) fn g() {}", &[]);
        check_lines("src/index/class.rs", "//! See [`crate::plan`].\nconst A: &str = \"crate::plan\";", &[]);
        check_lines("src/index/class.rs", "fn f(&self) { self.super_plan() }", &[]);
        check_lines("src/lib.rs", "pub use crate::cli::main;", &[]);
        check_lines("src/main.rs", "use leakdex::cli;", &[]);
        check_lines("tests/main.rs", "use leakdex::cli;", &[]);
    }
}
