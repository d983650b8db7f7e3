//! Just enough of Rust's lexical rules to tell code from comments and literals.
//!
//! The checks look for words, braces and paths. Searched in the raw text they would trip over a brace in a string or a
//! banned word in a sentence, so every check works on a view in which the rest is blank. All views keep the length and
//! the line breaks of the file: an offset or a line number means the same in each.

use std::ops::Range;

/// One Rust file, as the checks see it.
pub struct Source {
    /// The file as it is.
    pub text: String,
    /// Code only: comments and the contents of literals are blank, the quotes of strings stay.
    pub code: String,
    /// Comments only: everything else is blank.
    pub comments: String,
}

/// A word, a `::`, or a single character of the code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The characters.
    pub text: &'a str,
    /// Byte offset in the file.
    pub offset: usize,
    /// Line number from 1.
    pub line: usize,
}

impl Source {
    /// Splits a file into its views.
    pub fn new(text: &str) -> Source {
        let mut code = text.as_bytes().to_vec();
        let mut comments = vec![b' '; text.len()];
        copy_line_breaks(text.as_bytes(), &mut comments);
        let mut at = 0;
        while at < text.len() {
            let (lexeme, end) = lexeme_at(text.as_bytes(), at);
            match lexeme {
                Lexeme::Code => {}
                Lexeme::Comment => {
                    comments[at..end].copy_from_slice(&text.as_bytes()[at..end]);
                    blank(&mut code, at..end);
                }
                Lexeme::Literal { inside } => blank(&mut code, inside),
            }
            at = end;
        }
        let view = |bytes| String::from_utf8(bytes).expect("blanking replaces whole characters");
        Source { text: text.to_owned(), code: view(code), comments: view(comments) }
    }

    /// The tokens of the code, in order.
    pub fn tokens(&self) -> Vec<Token<'_>> {
        let (mut tokens, mut line, mut rest) = (Vec::new(), 1, self.code.as_str());
        while let Some(first) = rest.chars().next() {
            let offset = self.code.len() - rest.len();
            let length = token_length(rest, first);
            if !first.is_whitespace() {
                tokens.push(Token { text: &rest[..length], offset, line });
            }
            line += usize::from(first == '\n');
            rest = &rest[length..];
        }
        tokens
    }
}

/// Index of the token which closes the bracket at `open`, or the last index if it is never closed.
pub fn closing(tokens: &[Token<'_>], open: usize) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    tokens.len() - 1
}

/// Whether the token is a word: an identifier, a keyword or a number.
pub fn is_word(text: &str) -> bool {
    text.starts_with(is_word_character)
}

enum Lexeme {
    Code,
    Comment,
    Literal { inside: Range<usize> },
}

fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn token_length(rest: &str, first: char) -> usize {
    if is_word_character(first) {
        rest.find(|c| !is_word_character(c)).unwrap_or(rest.len())
    } else if rest.starts_with("::") {
        2
    } else {
        first.len_utf8()
    }
}

fn copy_line_breaks(from: &[u8], to: &mut [u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        if *from == b'\n' {
            *to = b'\n';
        }
    }
}

fn blank(view: &mut [u8], range: Range<usize>) {
    for byte in &mut view[range] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

/// What begins at `at`, and where it ends. Words are taken whole, so that the `r` of `for` opens no raw string.
fn lexeme_at(text: &[u8], at: usize) -> (Lexeme, usize) {
    let rest = &text[at..];
    if rest.starts_with(b"//") {
        let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
        return (Lexeme::Comment, at + length);
    }
    if rest.starts_with(b"/*") {
        return (Lexeme::Comment, at + block_comment_length(rest));
    }
    match rest[0] {
        b'"' => quoted(text, at, b'"'),
        b'\'' if is_character_literal(rest) => quoted(text, at, b'\''),
        first if is_word_byte(first) => word_or_raw_string(text, at),
        _ => (Lexeme::Code, at + 1),
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte >= 0x80
}

fn block_comment_length(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0usize, 0);
    while at < rest.len() {
        if rest[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
        } else {
            at += 1;
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// A quote opens a character if the next one closes it (`'x'`) or an escape follows (`'\n'`); else it is a lifetime.
fn is_character_literal(rest: &[u8]) -> bool {
    let Some(&first) = rest.get(1) else { return false };
    let width = match first {
        b'\\' => return true,
        0x00..=0x7f => 1,
        0x80..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xff => 4,
    };
    rest.get(1 + width) == Some(&b'\'')
}

fn quoted(text: &[u8], at: usize, quote: u8) -> (Lexeme, usize) {
    let mut end = at + 1;
    while end < text.len() && text[end] != quote {
        end += if text[end] == b'\\' { 2 } else { 1 };
    }
    let end = end.min(text.len());
    (Lexeme::Literal { inside: at + 1..end }, (end + 1).min(text.len()))
}

fn word_or_raw_string(text: &[u8], at: usize) -> (Lexeme, usize) {
    let word_end = text[at..].iter().position(|b| !is_word_byte(*b)).map_or(text.len(), |length| at + length);
    let hashes = text[word_end..].iter().take_while(|b| **b == b'#').count();
    let is_prefix = matches!(&text[at..word_end], b"r" | b"br" | b"cr");
    if !is_prefix || text.get(word_end + hashes) != Some(&b'"') {
        return (Lexeme::Code, word_end);
    }
    let inside = word_end + hashes + 1;
    let terminator = [&b"\""[..], &b"#".repeat(hashes)].concat();
    let length = text[inside..].windows(terminator.len()).position(|window| window == terminator);
    let inside_end = length.map_or(text.len(), |length| inside + length);
    (Lexeme::Literal { inside: inside..inside_end }, (inside_end + terminator.len()).min(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_code(text: &str, want: &str) {
        let source = Source::new(text);
        assert_eq!(source.code, want, "code of {text:?}");
        assert_eq!(source.code.len(), text.len(), "length of {text:?}");
    }

    #[test]
    fn comments_and_literals_are_blank_in_the_code() {
        check_code("a // b\nc", "a     \nc");
        check_code("a /* b /* c */ d */ e", "a                   e");
        check_code(r#"f("{ \" }") g"#, r#"f("      ") g"#);
        check_code(r##"r#"} " {"# x"##, r##"r#"     "# x"##);
        check_code("br\"\\\" x", "br\" \" x");
        check_code("['{', '\\'', '\\\\', '\u{e9}']", "[' ', '  ', '  ', '  ']");
    }

    #[test]
    fn lifetimes_and_raw_identifiers_are_code() {
        check_code("fn f<'a, 'b>(x: &'a str) {}", "fn f<'a, 'b>(x: &'a str) {}");
        check_code("for r#fn in x {}", "for r#fn in x {}");
        check_code("'outer: loop { break 'outer; }", "'outer: loop { break 'outer; }");
    }

    #[test]
    fn unfinished_text_ends_quietly() {
        check_code("\"abc\\", "\"    ");
        check_code("/* abc", "      ");
        check_code("r#\"abc", "r#\"   ");
        check_code("'", "'");
    }

    #[test]
    fn comments_have_a_view_of_their_own() {
        let source = Source::new("let a = \"// no\"; // yes\n/* two\nlines */ b");
        assert_eq!(source.comments.split_whitespace().collect::<Vec<_>>(), ["//", "yes", "/*", "two", "lines", "*/"]);
        assert_eq!(source.comments.lines().count(), 3, "line breaks stay");
    }

    #[test]
    fn tokens_know_their_lines_and_partners() {
        let source = Source::new("a::b {\n (c) }\nd");
        let tokens = source.tokens();
        let seen: Vec<_> = tokens.iter().map(|token| (token.text, token.line)).collect();
        let want = [("a", 1), ("::", 1), ("b", 1), ("{", 1), ("(", 2), ("c", 2), (")", 2), ("}", 2), ("d", 3)];
        assert_eq!(seen, want);
        assert_eq!(closing(&tokens, 3), 7);
        assert_eq!(closing(&tokens[..6], 3), 5, "never closed: the last token");
    }
}
