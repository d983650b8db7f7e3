//! Size and names: short functions, files of one room, no drawers for everything.

use super::Finding;
use super::lexer::{Source, Token, closing, is_word};

/// A function of more lines is hard to change; the models of the style guide have almost none.
const FUNCTION_LINES_MAX: usize = 70;

/// A file longer than this before its tests wants a second room.
const FILE_LINES_MAX: usize = 500;

/// Files which may be longer, each for a reason that stands beside it here.
const LONG_FILES: [&str; 0] = [];

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 4] = ["util", "common", "misc", "helpers"];

/// Functions over the ceiling, counted from the line of `fn` to the closing brace.
pub fn check_functions(path: &str, source: &Source) -> Vec<Finding> {
    let tokens = source.tokens();
    let mut findings = Vec::new();
    for index in 0..tokens.len() {
        let Some((open, close)) = body_of_function(&tokens, index) else { continue };
        let line_count = tokens[close].line - tokens[index].line + 1;
        if line_count > FUNCTION_LINES_MAX {
            let name = tokens[index + 1..open].iter().find(|token| is_word(token.text)).map_or("", |token| token.text);
            let advice = format!("function `{name}` has {line_count} lines, over {FUNCTION_LINES_MAX}: split it");
            findings.push(Finding::new(path, tokens[index].line, advice));
        }
    }
    findings
}

/// The braces of the function whose `fn` stands at `index`; `None` for types (`fn(u8)`) and declarations without body.
fn body_of_function(tokens: &[Token<'_>], index: usize) -> Option<(usize, usize)> {
    let is_function = tokens[index].text == "fn" && tokens.get(index + 1).is_some_and(|next| next.text != "(");
    let mut at = index + 1;
    while is_function && at < tokens.len() {
        match tokens[at].text {
            "{" => return Some((at, closing(tokens, at))),
            ";" => return None,
            "(" | "[" => at = closing(tokens, at) + 1,
            _ => at += 1,
        }
    }
    None
}

/// A file over the ceiling, without its test module.
pub fn check_file_length(path: &str, source: &Source) -> Vec<Finding> {
    let line_count = lines_before_tests(source);
    if line_count <= FILE_LINES_MAX || LONG_FILES.contains(&path) {
        return Vec::new();
    }
    let advice = format!("{line_count} lines before the tests, over {FILE_LINES_MAX}: give the file a second room");
    vec![Finding::new(path, line_count, advice)]
}

fn lines_before_tests(source: &Source) -> usize {
    let tokens = source.tokens();
    let opens_tests = |index: &usize| brace_of_test_module(&tokens[*index..]).is_some();
    (0..tokens.len()).find(opens_tests).map_or(source.text.lines().count(), |index| tokens[index].line - 1)
}

/// The place of the brace if `#[cfg(test)] mod name {` begins here, perhaps with more conditions and with more attributes between.
pub fn brace_of_test_module(tokens: &[Token<'_>]) -> Option<usize> {
    let begins = |at: usize, words: &[&str]| words.iter().enumerate().all(|(n, word)| text_at(tokens, at + n) == *word);
    let is_for_tests = begins(0, &["#", "[", "cfg", "(", "test", ")", "]"])
        || begins(0, &["#", "[", "cfg", "(", "all", "(", "test", ","]);
    if !is_for_tests {
        return None;
    }
    let mut at = closing(tokens, 1) + 1;
    while begins(at, &["#", "["]) {
        at = closing(tokens, at + 1) + 1;
    }
    (begins(at, &["mod"]) && text_at(tokens, at + 2) == "{").then_some(at + 2)
}

fn text_at<'a>(tokens: &[Token<'a>], index: usize) -> &'a str {
    tokens.get(index).map_or("", |token| token.text)
}

/// A file or folder whose name says nothing about what is inside.
pub fn check_name(path: &str) -> Vec<Finding> {
    let parts = path.split('/').map(|part| part.strip_suffix(".rs").unwrap_or(part));
    let empty = parts.filter(|part| EMPTY_NAMES.contains(part));
    empty.map(|name| Finding::new(path, 1, format!("`{name}` says nothing: name the file after its subject"))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::lines;
    use super::*;

    fn function_of(line_count: usize) -> String {
        format!("fn long<T: Into<[u8; 4]>>(x: [u8; 2]) -> u8 {{\n{}}}\n", "    x();\n".repeat(line_count - 2))
    }

    fn long_functions(text: &str) -> Vec<usize> {
        lines(&check_functions("src/a.rs", &Source::new(text)))
    }

    #[test]
    fn a_function_over_the_ceiling_is_found() {
        assert_eq!(long_functions(&function_of(70)), [0usize; 0]);
        assert_eq!(long_functions(&function_of(71)), [1]);
        assert_eq!(long_functions(&format!("impl A {{\n{}\n}}", function_of(71))), [2]);
        let named = check_functions("src/a.rs", &Source::new(&function_of(71)));
        assert!(named[0].advice.contains("`long` has 71 lines"), "{}", named[0]);
    }

    #[test]
    fn braces_in_literals_and_comments_do_not_count() {
        let tricky = "fn f() {\n let a = \"}\"; let b = '{'; // }\n let c = r#\"{{{ fn x() { \"#;\n}\n";
        let far_brace = format!("{tricky}{}struct A {{}}\n", "\n".repeat(80));
        assert_eq!(long_functions(&far_brace), [0usize; 0]);
        let hidden = format!("fn f() {{\n let a = \"}}\";\n{}}}", "    x();\n".repeat(80));
        assert_eq!(long_functions(&hidden), [1]);
    }

    #[test]
    fn types_and_declarations_are_no_functions() {
        let text = format!(
            "type F = fn(u8) -> u8;\ntrait A {{ fn f(&self, x: [u8; 3]); }}\n{}",
            "const A: u8 = 1;\n".repeat(99)
        );
        assert_eq!(long_functions(&text), [0usize; 0]);
    }

    #[test]
    fn a_file_is_measured_before_its_tests() {
        let code = |line_count: usize| "const A: u8 = 1;\n".repeat(line_count);
        let found = |text: &str| check_file_length("src/a.rs", &Source::new(text)).len();
        let tests = "#[cfg(test)]\n#[allow(x)]\nmod tests {\n";
        assert_eq!(found(&code(500)), 0);
        assert_eq!(found(&code(501)), 1);
        assert_eq!(found(&format!("{}{tests}{}}}", code(500), code(500))), 0);
        assert_eq!(found(&format!("{}{tests}{}}}", code(501), code(1))), 1);
        assert_eq!(found(&format!("#[cfg(test)]\nuse x;\n{}", code(500))), 1, "an import is no test module");
        assert_eq!(found(&format!("// {tests}{}", code(500))), 1, "nor is a comment");
    }

    #[test]
    fn empty_names_are_found() {
        for path in ["src/util.rs", "src/index/helpers.rs", "tests/common/mod.rs", "src/misc.rs"] {
            assert_eq!(check_name(path).len(), 1, "{path}");
        }
        for path in ["src/utility_bill.rs", "src/index/mod.rs", "README.md"] {
            assert_eq!(check_name(path), [], "{path}");
        }
    }
}
