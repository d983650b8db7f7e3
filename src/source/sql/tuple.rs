//! Where the values of one tuple stand: `(1,'a@example.com',NULL,0x4A6F,CAST(N'2020' AS Date))`.
//!
//! Nothing is decoded here, so the thread that cuts blocks pays for finding quotes only. The values of a program that
//! writes dumps are numbers, strings and `NULL`, each right before a comma or parenthesis: these are read in one pass.
//! Whatever else there is goes through `expression.rs`, which is strict outside of parentheses: after a string come
//! another string, an operator or the end of the value. That is how a quote which somebody forgot is noticed at the
//! next string, and not at the end of the file.

use super::super::frame::{Wrap, find_either};
use super::Dialect;
use super::expression::{Found, expression};
use super::marks::Marks;
use super::token::word_is;

/// What backslashes mean inside a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escapes {
    /// Nothing.
    None,
    /// `\n`, `\0`, `\Z` and any other character for itself.
    Mysql,
    /// `E'..'`: as in C, with octal and hexadecimal numbers.
    Postgres,
    /// Lines of COPY: as in C, without `\u`.
    Copy,
}

impl Dialect {
    /// What backslashes mean in a string without a prefix.
    pub(super) fn escapes(self) -> Escapes {
        match self {
            Dialect::Backslash => Escapes::Mysql,
            Dialect::Doubled => Escapes::None,
        }
    }
}

/// One value, as offsets into the bytes that were walked.
#[derive(Clone, Copy)]
pub(super) enum Value {
    /// `NULL` or `DEFAULT`.
    Null,
    /// The bytes are the value: a number, a bare word, a string without escapes.
    Plain { start: usize, end: usize },
    /// Between the quotes; has doubled quotes or escapes.
    Quoted { start: usize, end: usize, quote: u8, escapes: Escapes },
    /// A field of CSV with its quotes.
    Csv { start: usize, end: usize, wrap: Wrap },
    /// Has to be evaluated.
    Expression { start: usize, end: usize },
}

/// The result of walking over a tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Walk {
    /// `next` is behind its closing parenthesis.
    Complete { next: usize, count: usize },
    /// At `stop` stands what cannot stand there.
    Broken { stop: usize },
    /// The bytes end inside.
    Open,
}

/// The parenthesis of the tuple that begins at `at`: there, or behind `ROW`.
#[inline]
pub(super) fn opens(bytes: &[u8], at: usize) -> Option<usize> {
    match *bytes.get(at)? {
        b'(' => Some(at),
        b'R' | b'r' if word_is(bytes.get(at..at + 3)?, b"ROW") => {
            let paren = at + 3 + usize::from(bytes.get(at + 3) == Some(&b' '));
            (bytes.get(paren) == Some(&b'(')).then_some(paren)
        }
        _ => None,
    }
}

/// Whether more bytes behind these can make `ROW(` of them.
#[inline]
pub(super) fn may_open(rest: &[u8]) -> bool {
    const ROW: &[u8] = b"ROW (";
    rest.len() < ROW.len() && ROW[..rest.len()].eq_ignore_ascii_case(rest)
}

/// Walks over the tuple whose parenthesis stands at `open`; every value goes to `sink` with its number from 0.
///
/// Cost: one pass, a second one over values that are not plain.
#[inline]
pub(super) fn walk(dialect: Dialect, bytes: &[u8], open: usize, sink: &mut impl FnMut(usize, Value)) -> Walk {
    let (mut at, mut count) = (open + 1, 0);
    let mut marks = Marks::new(dialect);
    loop {
        while bytes.get(at) == Some(&b' ') {
            at += 1;
        }
        // Each kind of value is handed out where it is found: built in one place for all, it would be written to memory in
        // parts and read as a whole, which costs more than finding it.
        let end = if let Some((start, end, behind)) = plain(bytes, at, &mut marks) {
            sink(count, Value::Plain { start, end });
            behind
        } else if let Some(end) = null(bytes, at) {
            sink(count, Value::Null);
            end
        } else {
            match quoted_here(dialect, bytes, at) {
                Some((value, end)) => {
                    sink(count, value);
                    end
                }
                None => match expression(dialect, bytes, at) {
                    Found::Value { value, end } => {
                        sink(count, value);
                        end
                    }
                    Found::Broken { stop } => return Walk::Broken { stop },
                    Found::Open => return Walk::Open,
                },
            }
        };
        count += 1;
        if bytes[end] == b')' {
            return Walk::Complete { next: end + 1, count };
        }
        at = end + 1;
    }
}

/// Whether a value can end before `at`: right before a comma or parenthesis.
#[inline(always)]
fn ends(bytes: &[u8], at: usize) -> bool {
    matches!(bytes.get(at), Some(b',' | b')'))
}

/// The number or string without escapes at `at`: its start and end, and the place of the comma or parenthesis right behind
/// it. None for everything else, and close to the end of the bytes.
#[inline(always)]
fn plain(bytes: &[u8], at: usize, marks: &mut Marks) -> Option<(usize, usize, usize)> {
    let (start, end, behind) = match *bytes.get(at)? {
        b'\'' => {
            let close = marks.string_end(bytes, at + 1).filter(|close| bytes[*close] == b'\'')?;
            (at + 1, close, close + 1)
        }
        b'0'..=b'9' | b'-' => {
            // The same number wherever the bytes end: other ways have other thoughts of a lone minus.
            let end = marks.number_end(bytes, at + 1).or_else(|| number_end(bytes, at + 1))?;
            (at, end, end)
        }
        _ => return None,
    };
    ends(bytes, behind).then_some((start, end, behind))
}

/// The first byte from `at` on that is no part of a number.
fn number_end(bytes: &[u8], at: usize) -> Option<usize> {
    bytes[at..].iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'.')).map(|length| at + length)
}

/// The place right behind the `NULL` at `at`.
#[inline(always)]
fn null(bytes: &[u8], at: usize) -> Option<usize> {
    (bytes[at..].starts_with(b"NULL") && ends(bytes, at + 4)).then_some(at + 4)
}

/// The string at `at`, with or without the `N` of national characters, and the place of the comma or parenthesis right
/// behind it.
fn quoted_here(dialect: Dialect, bytes: &[u8], at: usize) -> Option<(Value, usize)> {
    let open = at + usize::from(bytes.get(at) == Some(&b'N'));
    if bytes.get(open) != Some(&b'\'') {
        return None;
    }
    quoted(bytes, open, dialect.escapes()).filter(|(_, behind)| ends(bytes, *behind))
}

/// The string whose quote stands at `open`, and the place behind its closing quote; none if that is not there yet.
#[inline(always)]
pub(super) fn quoted(bytes: &[u8], open: usize, escapes: Escapes) -> Option<(Value, usize)> {
    let quote = bytes[open];
    let (close, plain) = closing_quote(bytes, open, escapes)?;
    let (start, end) = (open + 1, close);
    let value = if plain { Value::Plain { start, end } } else { Value::Quoted { start, end, quote, escapes } };
    Some((value, close + 1))
}

/// The quote that closes the one at `open`, and whether nothing between them is escaped. None while the byte behind it
/// is unknown: that could be a second quote.
#[inline(always)]
pub(super) fn closing_quote(bytes: &[u8], open: usize, escapes: Escapes) -> Option<(usize, bool)> {
    let quote = bytes[open];
    let escape = if escapes == Escapes::None { quote } else { b'\\' };
    let at = find_either(quote, escape, bytes, open + 1)?;
    if bytes[at] == quote && *bytes.get(at + 1)? != quote {
        return Some((at, true));
    }
    let close = closing_quote_behind(bytes, at + 2, quote, escape)?;
    Some((close, false))
}

/// The same, behind the first of what is escaped.
fn closing_quote_behind(bytes: &[u8], mut at: usize, quote: u8, escape: u8) -> Option<usize> {
    while at < bytes.len() {
        at = find_either(quote, escape, bytes, at)?;
        if bytes[at] == quote && *bytes.get(at + 1)? != quote {
            return Some(at);
        }
        at += 2;
    }
    None
}
