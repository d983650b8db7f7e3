//! Texts that must not stand in the repository: printing macros, unfinished work, blanks at line ends, machine paths.

use super::Finding;
use super::lexer::{Source, Token};

/// Macros which have no place in finished code. The print macros panic when the stream is closed or full.
const BANNED_MACROS: [(&str, &str); 7] = [
    ("print", "write with `write!` and handle the error"),
    ("println", "write with `writeln!` and handle the error"),
    ("eprint", "write with `write!` and handle the error"),
    ("eprintln", "write with `writeln!` and handle the error"),
    ("dbg", "remove it"),
    ("todo", "finish it"),
    ("unimplemented", "finish it, or return an error"),
];

/// A note to oneself; finish the work or file an issue.
const UNFINISHED: &str = "FIXME";

/// Banned macros and notes to oneself. Strings are free, comments only of macros.
pub fn check_banned(path: &str, source: &Source) -> Vec<Finding> {
    let tokens = source.tokens();
    let mut findings: Vec<Finding> = tokens.windows(2).filter_map(|pair| banned_macro(path, pair)).collect();
    for view in [&source.code, &source.comments] {
        let noted = view.lines().enumerate().filter(|(_, line)| line.contains(UNFINISHED));
        findings.extend(noted.map(|(index, _)| {
            Finding::new(
                path,
                index + 1,
                format!("`{UNFINISHED}`: finish it now, or file an issue and say nothing here"),
            )
        }));
    }
    findings
}

fn banned_macro(path: &str, pair: &[Token<'_>]) -> Option<Finding> {
    let (name, remedy) = BANNED_MACROS.iter().find(|(name, _)| *name == pair[0].text)?;
    (pair[1].text == "!").then(|| Finding::new(path, pair[0].line, format!("`{name}!` is banned: {remedy}")))
}

/// Tabs, which rustfmt leaves alone inside literals.
pub fn check_tabs(path: &str, text: &str) -> Vec<Finding> {
    let found = text.lines().enumerate().filter(|(_, line)| line.contains('\t'));
    found
        .map(|(index, _)| Finding::new(path, index + 1, "a tab: indent with spaces, write `\\t` in literals"))
        .collect()
}

/// Blanks at line ends and carriage returns.
pub fn check_line_ends(path: &str, text: &str) -> Vec<Finding> {
    let found = text.split('\n').enumerate().filter(|(_, line)| line.ends_with([' ', '\t', '\r']));
    found
        .map(|(index, _)| Finding::new(path, index + 1, "blanks or a carriage return at the line end: remove them"))
        .collect()
}

/// Absolute paths of somebody's machine, which mean nothing on the next one.
pub fn check_machine_paths(path: &str, text: &str) -> Vec<Finding> {
    let found = text.lines().enumerate().filter(|(_, line)| has_machine_path(line));
    found.map(|(index, _)| Finding::new(path, index + 1, "a path of one machine: use a relative path")).collect()
}

fn has_machine_path(line: &str) -> bool {
    ["work", "root", "home"].into_iter().any(|root| {
        let needle = ["", root, ""].join("/");
        line.match_indices(&needle).any(|(at, _)| {
            let relative = line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-~/}>*".contains(c));
            let names_user = line[at + needle.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
            !relative && (root != "home" || names_user)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn check_banned_lines(text: &str, want: &[usize]) {
        assert_eq!(lines(&check_banned("src/a.rs", &Source::new(text))), want, "{text}");
    }

    #[test]
    fn every_banned_macro_is_found() {
        for (name, _) in BANNED_MACROS {
            check_banned_lines(&format!("fn f() {{\n    {name}!(\"x\");\n}}"), &[2]);
        }
        check_banned_lines("std::println!();", &[1]);
        check_banned_lines("fn f() { a(); todo !() }", &[1]);
    }

    #[test]
    fn unfinished_work_is_found() {
        check_banned_lines("a();\n// FIXME: later\n", &[2]);
        check_banned_lines("/* FIXME */ fn f() {}", &[1]);
        check_banned_lines("struct FIXMEType;", &[1]);
    }

    #[test]
    fn words_about_banned_texts_pass() {
        check_banned_lines("/// println!(\"x\");\nfn f() {}", &[]);
        check_banned_lines("const A: &str = \"FIXME, todo!() and dbg!(x)\";", &[]);
        check_banned_lines("let dbg = 1; if dbg != 2 && println(print) {} write!(f, \"x\")", &[1]);
        check_banned_lines("my_println!(); todo.unwrap()", &[]);
    }

    #[test]
    fn blanks_are_found() {
        let text = "a\tb\nc \nd\t\ne\r\nf\n";
        assert_eq!(lines(&check_tabs("src/a.rs", text)), [1, 3]);
        assert_eq!(lines(&check_line_ends("src/a.rs", text)), [2, 3, 4]);
        assert_eq!(check_tabs("src/a.rs", "a  b\n\n  \"\\t\"\n"), []);
        assert_eq!(check_line_ends("src/a.rs", "  a\n\nb"), []);
    }

    fn absolute(parts: &[&str]) -> String {
        format!("/{}", parts.join("/"))
    }

    #[test]
    fn machine_paths_are_found() {
        for parts in [["work", "a"], ["root", ".ssh"], ["home", "alice"], ["home", "bob/x"]] {
            let text = format!("first\nsee \"{}\"\n", absolute(&parts));
            assert_eq!(lines(&check_machine_paths("README.md", &text)), [2], "{text}");
        }
    }

    #[test]
    fn other_paths_pass() {
        let url = format!("https://example.org{}", absolute(&["work", "a"]));
        let relative = format!("target{} and ${{HOME}}{}", absolute(&["root", "a"]), absolute(&["work", "b"]));
        let texts = [url, relative, "$HOME/x ~/work /home /workspace/ homework/ /tmp/x".to_owned()];
        for text in texts {
            assert_eq!(check_machine_paths("README.md", &text), [], "{text}");
        }
    }
}
