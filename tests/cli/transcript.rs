//! The transcript of the README: every command in it is run, and its output compared line by line.
//!
//! A block begins with ```` ```console ````. `$ leakdex ...` is a command, run by a shell in one temporary directory for all
//! blocks; the lines below it are what it prints, both outputs together. A line `...` stands for any number of lines,
//! `[..]` inside a line for any text. A line `$ ...` with `[..]` in it is no command but output: the demo prints its own
//! commands.

use super::desk::Desk;
use crate::command::Leakdex;
use std::fmt::Write as _;
use std::path::Path;

/// A command and the lines it should print.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    /// Where the command stands, from 1.
    line: usize,
    command: String,
    output: Vec<String>,
}

/// The steps of all console blocks of a text.
///
/// Errors: a block that does not begin with a command, or does not end.
fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut steps: Vec<Step> = Vec::new();
    let (mut in_block, mut begun) = (false, false);
    for (index, line) in text.lines().enumerate() {
        match line {
            "```console" => (in_block, begun) = (true, false),
            "```" => in_block = false,
            _ if !in_block => (),
            _ => match line.strip_prefix("$ ").filter(|_| !line.contains("[..]")) {
                Some(command) => {
                    steps.push(Step { line: index + 1, command: command.to_owned(), output: Vec::new() });
                    begun = true;
                }
                None if begun => steps.last_mut().expect("a block that has begun").output.push(line.to_owned()),
                None => return Err(format!("line {}: the block does not begin with a command", index + 1)),
            },
        }
    }
    if in_block { Err("the last block does not end".to_owned()) } else { Ok(steps) }
}

/// Whether lines are what a transcript says; else the place where they part.
fn compare(want: &[String], got: &[&str]) -> Result<(), String> {
    let Some((first, rest)) = want.split_first() else {
        return match got.first() {
            None => Ok(()),
            Some(line) => Err(format!("there is a line more: {line}")),
        };
    };
    if first == "..." {
        let mut furthest = Err("nothing follows".to_owned());
        for skipped in 0..=got.len() {
            match compare(rest, &got[skipped..]) {
                Ok(()) => return Ok(()),
                Err(why)
                    if skipped == 0
                        || rest
                            .first()
                            .is_some_and(|next| got.get(skipped).is_some_and(|line| is_like(next, line))) =>
                {
                    furthest = Err(why);
                }
                Err(_) => (),
            }
        }
        return furthest;
    }
    match got.split_first() {
        Some((line, others)) if is_like(first, line) => compare(rest, others),
        Some((line, _)) => Err(format!("`{first}` is wanted, `{line}` is there")),
        None => Err(format!("`{first}` is wanted, nothing is there")),
    }
}

/// Whether a line is what a pattern says; `[..]` is any text.
fn is_like(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Runs the steps one after the other and describes the differences.
fn play(steps: &[Step], mut run: impl FnMut(&str) -> String) -> String {
    let mut differences = String::new();
    for step in steps {
        let printed = run(&step.command);
        let lines: Vec<&str> = printed.lines().map(str::trim_end).collect();
        if let Err(why) = compare(&step.output, &lines) {
            let (line, command) = (step.line, &step.command);
            writeln!(differences, "line {line}: $ {command}\n  {why}\n--- printed ---\n{printed}").expect("a string");
        }
    }
    differences
}

/// What a command prints, with its exit code if that is not 0.
fn run_in(desk: &Desk, command: &str) -> String {
    let script = format!("leakdex() {{ \"$0\" \"$@\"; }}; {{ {command}\n}} 2>&1");
    let outcome = Leakdex::script(desk.folder(), &script)
        .env("HOME", desk.folder())
        .env("LEAKDEX_KEY_FILE", "key")
        .env("TMPDIR", desk.folder())
        .run();
    let code = outcome.code.filter(|code| *code != 0).map(|code| format!("[exit code {code}]\n")).unwrap_or_default();
    outcome.stdout_text() + &code
}

#[test]
fn the_readme_tells_the_truth() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = std::fs::read_to_string(path).expect("a README");
    let steps = steps(&text).expect("console blocks");
    assert!(!steps.is_empty(), "the README has a transcript");
    let desk = Desk::new();
    let differences = play(&steps, |command| run_in(&desk, command));
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn blocks_become_steps() {
    let text = "Words\n```console\n$ leakdex a\none\n...\n$ leakdex b [..]\n$ leakdex c\n```\n$ no\n```sh\n$ no\n```\n";
    let step = |line, command: &str, output: &[&str]| Step {
        line,
        command: command.to_owned(),
        output: output.iter().map(|line| (*line).to_owned()).collect(),
    };
    let want = [step(3, "leakdex a", &["one", "...", "$ leakdex b [..]"]), step(7, "leakdex c", &[])];
    assert_eq!(steps(text).expect("steps"), want);
    assert_eq!(steps("```console\nout\n```\n"), Err("line 2: the block does not begin with a command".to_owned()));
    assert_eq!(steps("```console\n$ leakdex\n"), Err("the last block does not end".to_owned()));
}

#[test]
fn lines_are_compared() {
    let check = |want: &str, got: &str, right: bool| {
        let want: Vec<String> = want.lines().map(str::to_owned).collect();
        let got: Vec<&str> = got.lines().collect();
        assert_eq!(compare(&want, &got).is_ok(), right, "{want:?} {got:?}");
    };
    check("a\nb", "a\nb", true);
    check("a\nb", "a\nc", false);
    check("a\nb", "a", false);
    check("a", "a\nb", false);
    check("", "", true);
    check("", "a", false);
    check("...", "", true);
    check("...", "a\nb", true);
    check("a\n...\nd", "a\nb\nc\nd", true);
    check("a\n...\nd", "a\nb\nc", false);
    check("...\nb\n...\nb\n...", "a\nb\nc", false);
    check("...\nb\n...\nb\n...", "b\nb", true);
}

#[test]
fn parts_of_lines_are_compared() {
    let check = |pattern: &str, line: &str, right: bool| assert_eq!(is_like(pattern, line), right, "{pattern} {line}");
    check("in [..] s", "in 12 s", true);
    check("in [..] s", "in 12 ms", false);
    check("[..]", "", true);
    check("a[..]b[..]c", "a-b-b-c", true);
    check("a[..]b[..]c", "a-c", false);
    check("a[..]a", "a", false);
    check("a", "ab", false);
}

#[test]
fn a_false_transcript_is_found() {
    let desk = Desk::new();
    let found = |output: &str| {
        let text = format!("```console\n$ leakdex key id\n{output}\n```\n");
        play(&steps(&text).expect("a step"), |command| run_in(&desk, command))
    };
    assert_eq!(found("[..]"), "");
    assert!(found("0000").contains("line 2: $ leakdex key id\n  `0000` is wanted"), "{}", found("0000"));
    assert!(found("").contains("there is a line more") || found("").contains("`` is wanted"), "{}", found(""));
    let text = "```console\n$ leakdex scan nosuch --index nosuch\n...\n```\n";
    assert_eq!(play(&steps(text).expect("a step"), |command| run_in(&desk, command)), "");
    let text = "```console\n$ leakdex scan nosuch --index nosuch\n...\n[exit code 0]\n```\n";
    assert_ne!(play(&steps(text).expect("a step"), |command| run_in(&desk, command)), "");
}
