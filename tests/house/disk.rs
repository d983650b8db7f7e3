//! What changes the disk stands in one module, where a test can interrupt it before any step: a call that is made elsewhere is one
//! before which no test ends the process, and behind which none cuts the power.

use super::Finding;
use super::lexer::{Source, Token, closing};
use super::shape::brace_of_test_module;

/// The module, and what writes nothing that anybody relies on: a made-up incident, and the build that leaks on purpose.
const FREE: [&str; 4] = ["src/disk.rs", "src/disk/", "src/demo/", "src/ingest/leak.rs"];

/// Functions of `std::fs`.
const OF_FS: [&str; 11] = [
    "copy",
    "create_dir",
    "create_dir_all",
    "hard_link",
    "remove_dir",
    "remove_dir_all",
    "remove_file",
    "rename",
    "set_permissions",
    "soft_link",
    "write",
];

/// Functions of `File`.
const OF_FILE: [&str; 3] = ["create", "create_new", "options"];

/// Names that mean nothing else, of methods, types and crates.
const ANYWHERE: [&str; 14] = [
    "DirBuilder",
    "allocate",
    "create_new",
    "fallocate",
    "fchown",
    "ftruncate",
    "renameat",
    "set_len",
    "set_modified",
    "set_times",
    "symlink",
    "sync_all",
    "sync_data",
    "tempfile",
];

/// Options of opening that let a file be changed, where they are set to `true`.
const OPTIONS: [&str; 4] = ["append", "create", "truncate", "write"];

/// Calls that change the disk in a file of the program that is not the module for them. Test modules are free.
pub fn check(path: &str, source: &Source) -> Vec<Finding> {
    let is_free = FREE.iter().any(|free| path == *free || (free.ends_with('/') && path.starts_with(free)));
    if !path.starts_with("src/") || is_free || is_of_tests(path) {
        return Vec::new();
    }
    let tokens = source.tokens();
    let (mut findings, mut at) = (Vec::new(), 0);
    while at < tokens.len() {
        if let Some(brace) = brace_of_test_module(&tokens[at..]) {
            at = closing(&tokens, at + brace);
        } else if changes_the_disk(&tokens, at) {
            let advice =
                format!("`{}` changes the disk: call `crate::disk`, where tests can interrupt it", tokens[at].text);
            findings.push(Finding::new(path, tokens[at].line, advice));
        }
        at += 1;
    }
    findings
}

/// Whether a file is a test module of its own, by its name.
fn is_of_tests(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ends = ["_tests.rs", "_data.rs", "_readers.rs"];
    name == "tests.rs" || name == "vectors.rs" || ends.iter().any(|end| name.ends_with(end)) || path.contains("/tests/")
}

fn changes_the_disk(tokens: &[Token<'_>], at: usize) -> bool {
    let text = |place: usize| tokens.get(place).map_or("", |token| token.text);
    let name = text(at);
    let of = if at >= 2 && text(at - 1) == "::" { text(at - 2) } else { "" };
    let is_method_set = at >= 1 && text(at - 1) == "." && text(at + 1) == "(" && text(at + 2) == "true";
    ANYWHERE.contains(&name)
        || (of == "fs" && OF_FS.contains(&name))
        || (of == "File" && OF_FILE.contains(&name))
        || (is_method_set && OPTIONS.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn check_lines(path: &str, text: &str, want: &[usize]) {
        assert_eq!(lines(&check(path, &Source::new(text))), want, "{path}: {text}");
    }

    #[test]
    fn what_changes_the_disk_is_found() {
        for call in [
            "fs::rename(a, b)",
            "std::fs::remove_file(a)",
            "fs::write(a, b)",
            "File::create(a)",
            "file.sync_all()",
            "file.set_len(3)",
            "options.read(true).write(true)",
            "OpenOptions::new().append(true)",
            "DirBuilder::new()",
            "tempfile::tempfile_in(a)",
            "rustix::fs::fallocate(a)",
            "std::os::unix::fs::symlink(a, b)",
        ] {
            check_lines("src/index/commit.rs", &format!("fn f() {{\n    {call};\n}}"), &[2]);
        }
    }

    #[test]
    fn what_reads_and_what_tests_do_passes() {
        let reads = "fs::read(a); fs::metadata(b); File::open(c); OpenOptions::new().read(true); out.write_all(d)?; \
                     OutFile::create(a); create(b); rename(c, d); writer.write(&e); fs::create(f)";
        check_lines("src/index/commit.rs", reads, &[]);
        let tests = "#[cfg(test)]\nmod tests {\n    fn f() { fs::write(a, b); }\n}\nfn g() { fs::write(a, b); }";
        check_lines("src/index/commit.rs", tests, &[5]);
        let tests = "#[cfg(all(test, unix))]\n#[allow(x)]\nmod tests {\n    fn f() { fs::write(a, b); }\n}";
        check_lines("src/index/commit.rs", tests, &[]);
        for path in
            ["src/disk.rs", "src/disk/power.rs", "src/demo/play.rs", "src/index/fault_tests.rs", "tests/main.rs"]
        {
            check_lines(path, "fs::write(a, b);", &[]);
        }
        check_lines("src/disks.rs", "fs::write(a, b);", &[1]);
    }
}
