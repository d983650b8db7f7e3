//! A bare `assert!(matches!(..))` fails without saying what came instead, so it needs a message.

use super::Finding;
use super::lexer::{Source, Token, closing};

/// Assertions of `matches!` without a message.
pub fn check(path: &str, source: &Source) -> Vec<Finding> {
    let tokens = source.tokens();
    let mut findings = Vec::new();
    for index in 0..tokens.len().saturating_sub(2) {
        let is_assertion = ["assert", "debug_assert"].contains(&tokens[index].text) && tokens[index + 1].text == "!";
        if is_assertion && is_silent(&tokens[index + 3..closing(&tokens, index + 2)]) {
            let advice = "`assert!(matches!(..))` hides the value: add a message, `\"{got:?}\"`";
            findings.push(Finding::new(path, tokens[index].line, advice));
        }
    }
    findings
}

/// Whether the arguments hold `matches!` and no second argument.
fn is_silent(arguments: &[Token<'_>]) -> bool {
    let (mut at, mut has_matches) = (0, false);
    while at < arguments.len() {
        match arguments[at].text {
            "matches" if arguments.get(at + 1).is_some_and(|next| next.text == "!") => has_matches = true,
            "," if at + 1 < arguments.len() => return false,
            "(" | "[" | "{" => {
                let end = closing(arguments, at);
                has_matches |= has_matches_macro(&arguments[at..end]);
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    has_matches
}

fn has_matches_macro(tokens: &[Token<'_>]) -> bool {
    tokens.windows(2).any(|pair| pair[0].text == "matches" && pair[1].text == "!")
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn check_lines(text: &str, want: &[usize]) {
        assert_eq!(lines(&check("tests/a.rs", &Source::new(text))), want, "{text}");
    }

    #[test]
    fn silent_assertions_are_found() {
        check_lines("fn f() {\n    assert!(matches!(got, Ok(_)));\n}", &[2]);
        check_lines("assert!(\n    matches!(got, Ok((1, 2))),\n);", &[1]);
        check_lines("assert!(!matches!(got, Err(_)));", &[1]);
        check_lines("assert!(rows.iter().all(|row| matches!(row, Some(_))));", &[1]);
        check_lines("debug_assert!(matches!(a, B { .. }));", &[1]);
    }

    #[test]
    fn assertions_with_a_message_pass() {
        check_lines("assert!(matches!(got, Ok(_)), \"{got:?}\");", &[]);
        check_lines("assert!(\n    matches!(got, Ok(_)),\n    \"a, b: {got:?}\",\n);", &[]);
        check_lines("assert!(rows.iter().all(|row| matches!(row, Some(_))), \"{rows:?}\");", &[]);
        check_lines("assert!(a == b); let c = matches!(d, E); assert_eq!(c, matches!(f, G));", &[]);
        check_lines("// assert!(matches!(a, B))\nconst A: &str = \"assert!(matches!(a, B))\";", &[]);
    }
}
