//! Words, names and marks of statements outside of their data.

use memchr::memmem;

use super::Dialect;
use super::tuple::closing_quote;

/// White space, as all of these databases see it.
#[inline]
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// A byte of a word: names without quotes may hold letters beyond ASCII.
#[inline]
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

/// Whether `word` is `name`, in any case.
#[inline]
pub(super) fn word_is(word: &[u8], name: &[u8]) -> bool {
    word.eq_ignore_ascii_case(name)
}

/// A part of a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// Letters and digits.
    Word(&'a [u8]),
    /// In quotes or brackets, which are not part of `text`; the closing one is doubled inside.
    Quoted { text: &'a [u8], close: u8 },
    /// Any other byte.
    Mark(u8),
}

impl Token<'_> {
    /// Whether this is the word `name`.
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(self, Token::Word(word) if word_is(word, name.as_bytes()))
    }

    /// Whether this is one of the words.
    pub(super) fn is_any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.is(name))
    }

    /// The bytes of it, without quotes.
    pub(super) fn text(&self) -> &[u8] {
        match self {
            Token::Word(text) | Token::Quoted { text, .. } => text,
            Token::Mark(_) => &[],
        }
    }

    /// Whether this can be a name.
    pub(super) fn is_name(&self) -> bool {
        !matches!(self, Token::Quoted { close: b'\'', .. } | Token::Mark(_))
    }

    /// The name that this stands for, if it can be one.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Token::Word(word) => Some(String::from_utf8_lossy(word).into_owned()),
            Token::Quoted { close: b'\'', .. } | Token::Mark(_) => None,
            Token::Quoted { text, close } => {
                let (one, two) = (char::from(*close), [*close; 2]);
                let doubled = String::from_utf8_lossy(&two).into_owned();
                Some(String::from_utf8_lossy(text).replace(&doubled, &one.to_string()))
            }
        }
    }
}

/// The tokens of a statement, without comments.
pub(super) struct Tokens<'a> {
    pub(super) dialect: Dialect,
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
    /// Whether nothing follows the bytes, so that a word at their end is a whole word.
    pub(super) ended: bool,
}

impl<'a> Tokens<'a> {
    /// The token behind the last one; none if the bytes end before it does.
    pub(super) fn token(&mut self) -> Option<Token<'a>> {
        self.skip_blanks()?;
        let first = *self.bytes.get(self.at)?;
        if is_word(first) {
            return self.word();
        }
        let close = match first {
            b'\'' | b'"' | b'`' => first,
            b'[' if self.dialect == Dialect::Doubled => b']',
            _ => {
                self.at += 1;
                return Some(Token::Mark(first));
            }
        };
        let start = self.at + 1;
        let end = if first == b'\'' {
            closing_quote(self.bytes, self.at, self.dialect.escapes())?.0
        } else {
            self.closing_mark(start, close)?
        };
        self.at = end + 1;
        Some(Token::Quoted { text: &self.bytes[start..end], close })
    }

    /// The token behind the last one, which is not passed over.
    pub(super) fn peek(&mut self) -> Option<Token<'a>> {
        let token = self.token();
        let behind = self.at;
        // The start of a token is not kept: going back by reading again is as cheap.
        token.inspect(|token| self.at = behind - token_length(token))
    }

    fn word(&mut self) -> Option<Token<'a>> {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|&byte| !is_word(byte)).or(self.ended.then_some(rest.len()))?;
        self.at += length;
        Some(Token::Word(&rest[..length]))
    }

    /// The first `close` from `at` that is not doubled.
    fn closing_mark(&self, mut at: usize, close: u8) -> Option<usize> {
        loop {
            at += memchr::memchr(close, self.bytes.get(at..)?)?;
            match self.bytes.get(at + 1) {
                Some(&byte) if byte == close => at += 2,
                None if !self.ended => return None,
                _ => return Some(at),
            }
        }
    }

    /// Passes over white space and comments.
    fn skip_blanks(&mut self) -> Option<()> {
        loop {
            match *self.bytes.get(self.at..)? {
                [byte, ..] if is_blank(byte) => self.at += 1,
                [b'-', b'-', ..] => self.at += memchr::memchr(b'\n', &self.bytes[self.at..])?,
                [b'/', b'*', b'!', ..] => {
                    let digits = self.bytes[self.at + 3..].iter().take_while(|byte| byte.is_ascii_digit()).count();
                    self.at += 3 + digits;
                }
                [b'/', b'*', ..] => self.at += 4 + memmem::find(self.bytes.get(self.at + 2..)?, b"*/")?,
                [b'*', b'/', ..] => self.at += 2,
                [b'-' | b'/' | b'*'] if !self.ended => return None,
                _ => return Some(()),
            }
        }
    }
}

fn token_length(token: &Token) -> usize {
    match token {
        Token::Word(word) => word.len(),
        Token::Quoted { text, .. } => text.len() + 2,
        Token::Mark(_) => 1,
    }
}
