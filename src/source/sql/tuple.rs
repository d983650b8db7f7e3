//! Where the values of one tuple stand: `(1,'a@example.com',NULL,0x4A6F,CAST(N'2020' AS Date))`.
//!
//! Nothing is decoded here, so the thread that cuts blocks pays for finding quotes only. The values of a program that
//! writes dumps are numbers, strings and `NULL`, each right before a comma or parenthesis: these are read in one pass.
//! Whatever else there is goes through `expression.rs`, which is strict outside of parentheses: after a string come
//! another string, an operator or the end of the value. That is how a quote which somebody forgot is noticed at the
//! next string, and not at the end of the file.

use super::super::frame::find_either;
use super::Dialect;
use super::expression::{Found, expression};
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
    Csv { start: usize, end: usize },
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
    loop {
        while bytes.get(at) == Some(&b' ') {
            at += 1;
        }
        let (value, end) = match simple(dialect, bytes, at) {
            Some(found) => found,
            None => match expression(dialect, bytes, at) {
                Found::Value { value, end } => (value, end),
                Found::Broken { stop } => return Walk::Broken { stop },
                Found::Open => return Walk::Open,
            },
        };
        sink(count, value);
        count += 1;
        if bytes[end] == b')' {
            return Walk::Complete { next: end + 1, count };
        }
        at = end + 1;
    }
}

/// The value at `at` and the place of the comma or parenthesis right behind it; none for everything unusual.
#[inline(always)]
fn simple(dialect: Dialect, bytes: &[u8], at: usize) -> Option<(Value, usize)> {
    let first = *bytes.get(at)?;
    let (value, end) = match first {
        b'\'' => quoted(bytes, at, dialect.escapes())?,
        b'0'..=b'9' | b'-' => {
            let end = at + 1 + bytes[at + 1..].iter().position(|byte| !is_number_byte(*byte))?;
            (Value::Plain { start: at, end }, end)
        }
        b'N' if bytes[at..].starts_with(b"NULL") => (Value::Null, at + 4),
        b'N' if bytes.get(at + 1) == Some(&b'\'') => quoted(bytes, at + 1, dialect.escapes())?,
        _ => return None,
    };
    matches!(bytes.get(end), Some(b',' | b')')).then_some((value, end))
}

#[inline]
fn is_number_byte(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'.')
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
