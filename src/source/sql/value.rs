//! What a value says: escapes undone, blobs as their bytes, calls as what they are called with.
//!
//! A dump calls functions to write what a literal cannot say: `CAST(N'2020-01-01' AS Date)`, `unistr('a\000a')`,
//! `replace('a\nb','\n',char(10))`, `'a' || chr(10)`. These have a value. Any other call stands for its first argument,
//! and one without a literal for its own text.
//!
//! Sources: MySQL 8.4 manual, 11.1.1 (string literals); PostgreSQL 18, 4.1.2 and COPY; SQLite, `unistr`.

use memchr::{memchr, memchr2, memmem};
use zeroize::Zeroizing;

use super::super::buffer::{self, Wiped};
use super::Dialect;
use super::expression::{dollar, is_q, paired};
use super::token::{is_blank, is_word, word_is};
use super::tuple::{Escapes, closing_quote};

/// Appends the string between two quotes.
pub(super) fn unescape(text: &[u8], quote: u8, escapes: Escapes, out: &mut Vec<u8>) {
    // An escape of Postgres can grow from four bytes to one character of up to three.
    buffer::reserve(out, text.len());
    let escape = if escapes == Escapes::None { quote } else { b'\\' };
    let mut rest = text;
    while let Some(found) = memchr2(quote, escape, rest) {
        buffer::append(out, &rest[..found]);
        let behind = &rest[found + 1..];
        let Some(&next) = behind.first() else {
            rest = &rest[found..];
            break;
        };
        rest = match escapes {
            _ if rest[found] == quote && next == quote => {
                out.push(quote);
                &behind[1..]
            }
            Escapes::Mysql => {
                mysql_escape(next, out);
                &behind[1..]
            }
            Escapes::Postgres | Escapes::Copy if rest[found] == b'\\' => &behind[c_escape(behind, escapes, out)..],
            Escapes::None | Escapes::Postgres | Escapes::Copy => {
                out.push(rest[found]);
                behind
            }
        };
    }
    buffer::append(out, rest);
}

fn mysql_escape(next: u8, out: &mut Vec<u8>) {
    let byte = match next {
        b'0' => 0,
        b'b' => 8,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'Z' => 0x1a,
        // Outside of patterns these two keep their backslash.
        b'%' | b'_' => {
            out.push(b'\\');
            next
        }
        other => other,
    };
    out.push(byte);
}

/// Undoes the escape whose letter is the first byte of `text`; how many bytes it has.
fn c_escape(text: &[u8], escapes: Escapes, out: &mut Vec<u8>) -> usize {
    let byte = match text[0] {
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'v' if escapes == Escapes::Copy => 11,
        b'0'..=b'7' => return 1 + number_escape(&text[1..], u32::from(text[0] - b'0'), 8, 2, false, out).0,
        b'x' => match number_escape(&text[1..], 0, 16, 2, false, out) {
            (0, _) => b'x',
            (digits, _) => return 1 + digits,
        },
        letter @ (b'u' | b'U') if escapes == Escapes::Postgres => {
            let wanted = if letter == b'u' { 4 } else { 8 };
            match number_escape(&text[1..], 0, 16, wanted, true, out) {
                (0, _) => letter,
                (digits, _) => return 1 + digits,
            }
        }
        other => other,
    };
    out.push(byte);
    1
}

/// Up to `wanted` digits that continue `number`: how many there were, and the number. Appends what it means: a
/// character, or a byte.
fn number_escape(
    text: &[u8],
    mut number: u32,
    radix: u32,
    wanted: usize,
    is_char: bool,
    out: &mut Vec<u8>,
) -> (usize, u32) {
    let mut digits = 0;
    while let Some(digit) = text.get(digits).filter(|_| digits < wanted).and_then(|&b| char::from(b).to_digit(radix)) {
        number = number.wrapping_mul(radix).wrapping_add(digit);
        digits += 1;
    }
    if is_char && digits > 0 {
        push_char(number, out);
    } else if digits > 0 || radix == 8 {
        out.push(number as u8);
    }
    (digits, number)
}

fn push_char(number: u32, out: &mut Vec<u8>) {
    let c = char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER);
    buffer::append(out, c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Appends the value of an expression; false if that is NULL. `text` went through the walk over its tuple, which bounds
/// how deep its calls are.
pub(super) fn evaluate(dialect: Dialect, text: &[u8], out: &mut Vec<u8>) -> bool {
    let mut evaluator = Evaluator { dialect, text, at: 0, literal: false, null: false };
    evaluator.chain(out);
    if !evaluator.literal && !evaluator.null {
        buffer::append(out, text.trim_ascii());
    }
    evaluator.literal || !evaluator.null
}

struct Evaluator<'a> {
    dialect: Dialect,
    text: &'a [u8],
    at: usize,
    /// Whether there was a literal, and a NULL.
    literal: bool,
    null: bool,
}

impl<'a> Evaluator<'a> {
    /// Operands joined by operators, or by nothing.
    fn chain(&mut self, out: &mut Vec<u8>) {
        loop {
            self.skip_blanks();
            match *self.text.get(self.at..).unwrap_or_default() {
                [] | [b',' | b')' | b']', ..] => return,
                [quote @ (b'\'' | b'"'), ..] => self.string(quote, self.dialect.escapes(), out),
                [b'(' | b'[', ..] => {
                    self.at += 1;
                    self.arguments(out, b"");
                }
                [b'0', b'x' | b'X', ..] => {
                    let digits = self.word();
                    self.literal = true;
                    push_hex(&digits[2..], out);
                }
                [b'0', b'b' | b'B', ..] => {
                    let digits = self.word();
                    self.literal = true;
                    push_bits(&digits[2..], out);
                }
                [b'$', ..] if self.dialect == Dialect::Doubled => {
                    let found = dollar(self.text, self.at).flatten();
                    self.raw(found, out);
                }
                [b'0'..=b'9' | b'.', ..] => self.number(out),
                [b'-', b'0'..=b'9' | b'.', ..] => {
                    out.push(b'-');
                    self.at += 1;
                    self.number(out);
                }
                [b':', b':', ..] => {
                    self.at += 2;
                    self.skip_blanks();
                    self.word();
                    if self.text.get(self.at) == Some(&b'(') {
                        self.at += 1;
                        self.skip_arguments();
                    }
                }
                [byte, ..] if is_word(byte) => {
                    if !self.named(out) {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
    }

    fn skip_blanks(&mut self) {
        while let Some(&byte) = self.text.get(self.at) {
            if self.text[self.at..].starts_with(b"/*") {
                let end = memmem::find(&self.text[self.at..], b"*/").map_or(self.text.len(), |end| self.at + end + 2);
                self.at = end;
            } else if is_blank(byte) {
                self.at += 1;
            } else {
                return;
            }
        }
    }

    fn word(&mut self) -> &'a [u8] {
        let start = self.at;
        while self.text.get(self.at).is_some_and(|&byte| is_word(byte) || byte == b'.') {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    fn number(&mut self, out: &mut Vec<u8>) {
        self.literal = true;
        let number = self.word();
        buffer::append(out, number);
        if number.ends_with(b"e") && matches!(self.text.get(self.at), Some(b'+' | b'-')) {
            out.push(self.text[self.at]);
            self.at += 1;
            buffer::append(out, self.word());
        }
    }

    fn string(&mut self, quote: u8, escapes: Escapes, out: &mut Vec<u8>) {
        let start = self.at + 1;
        let end = string_end(self.text, self.at, escapes);
        self.literal = true;
        self.at = end + 1;
        if let Some(text) = self.text.get(start..end) {
            unescape(text, quote, escapes, out);
        }
    }

    /// A string that has no escapes, if there is one.
    fn raw(&mut self, found: Option<(usize, usize, usize)>, out: &mut Vec<u8>) {
        match found {
            Some((start, end, behind)) => {
                self.literal = true;
                self.at = behind;
                buffer::append(out, &self.text[start..end]);
            }
            None => self.at += 1,
        }
    }

    /// A word: a prefix of a string, a call, or a value without quotes. False if the value ends before it.
    fn named(&mut self, out: &mut Vec<u8>) -> bool {
        let start = self.at;
        self.word();
        let word = &self.text[start..self.at];
        if is_q(word) && self.dialect == Dialect::Doubled && self.text.get(self.at) == Some(&b'\'') {
            let found = paired(self.text, self.at);
            self.raw(found, out);
            return true;
        }
        if word_is(word, b"U") && self.text[self.at..].starts_with(b"&'") {
            self.unicode(out);
            return true;
        }
        if self.text.get(self.at) == Some(&b'\'') && !word_is(word, b"AS") {
            self.prefixed(word[0], out);
            return true;
        }
        if word_is(word, b"AS") || word_is(word, b"USING") {
            self.at = start;
            self.skip_to_end();
            return false;
        }
        let behind = self.at;
        self.skip_blanks();
        if self.text.get(self.at) == Some(&b'(') {
            self.at += 1;
            self.arguments(out, &self.text[start..behind]);
        } else if word_is(word, b"COLLATE") {
            self.word();
        } else if word_is(word, b"NULL") {
            self.null = true;
        }
        true
    }

    /// `U&'d\\0061t'`, with the character behind `UESCAPE` instead of the backslash if it says so.
    fn unicode(&mut self, out: &mut Vec<u8>) {
        let start = out.len();
        self.at += 1;
        self.string(b'\'', Escapes::None, out);
        self.skip_blanks();
        let before = self.at;
        let mut escape = b'\\';
        if word_is(self.word(), b"UESCAPE") {
            self.skip_blanks();
            escape = self.text.get(self.at + 1).copied().unwrap_or(escape);
            self.at = (self.at + 3).min(self.text.len());
        } else {
            self.at = before;
        }
        replace_by(out, start, |text, out| push_unistr(text, escape, out));
    }

    fn prefixed(&mut self, prefix: u8, out: &mut Vec<u8>) {
        let escapes = if matches!(prefix, b'e' | b'E') { Escapes::Postgres } else { self.dialect.escapes() };
        let start = out.len();
        self.string(b'\'', escapes, out);
        match prefix {
            b'x' | b'X' => replace_by(out, start, push_hex),
            b'b' | b'B' => replace_by(out, start, push_bits),
            _ => {}
        }
    }

    /// The arguments of a call, whose parenthesis was passed, up to the closing one. The first is the value.
    fn arguments(&mut self, out: &mut Vec<u8>, name: &[u8]) {
        let start = out.len();
        self.chain(out);
        if word_is(name, b"replace") {
            let (mut from, mut to) = (Wiped::default(), Wiped::default());
            self.argument(&mut from);
            self.argument(&mut to);
            replace_by(out, start, |text, out| push_replaced(text, &from, &to, out));
        } else if ["char", "chr", "nchar"].iter().any(|call| word_is(name, call.as_bytes())) {
            replace_by(out, start, push_char_of_number);
        } else if word_is(name, b"unistr") {
            replace_by(out, start, |text, out| push_unistr(text, b'\\', out));
        } else if word_is(name, b"unhex") || word_is(name, b"hextoraw") {
            replace_by(out, start, push_hex);
        }
        self.skip_arguments();
    }

    fn argument(&mut self, out: &mut Vec<u8>) {
        if self.text.get(self.at) == Some(&b',') {
            self.at += 1;
            self.chain(out);
        }
    }

    /// Up to the comma or parenthesis behind the argument at hand.
    fn skip_to_end(&mut self) {
        let mut depth = 0usize;
        while let Some(&byte) = self.text.get(self.at) {
            match byte {
                b',' | b')' | b']' if depth == 0 => return,
                b'(' | b'[' => depth += 1,
                b')' | b']' => depth -= 1,
                b'\'' | b'"' => self.at = string_end(self.text, self.at, self.dialect.escapes()),
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Behind the closing parenthesis.
    fn skip_arguments(&mut self) {
        loop {
            self.skip_to_end();
            let byte = self.text.get(self.at).copied();
            self.at = (self.at + 1).min(self.text.len());
            if byte != Some(b',') {
                return;
            }
        }
    }
}

/// The closing quote, or the end of the text: a quote that is the last byte closes for sure.
fn string_end(text: &[u8], open: usize, escapes: Escapes) -> usize {
    closing_quote(text, open, escapes).map_or(text.len() - 1, |(close, _)| close).max(open)
}

/// What was appended from `start` on becomes what `write` makes of it.
fn replace_by(out: &mut Vec<u8>, start: usize, write: impl FnOnce(&[u8], &mut Vec<u8>)) {
    let before = Zeroizing::new(out[start..].to_vec());
    out.truncate(start);
    write(&before, out);
}

fn push_hex(digits: &[u8], out: &mut Vec<u8>) {
    let nibble = |byte: u8| char::from(byte).to_digit(16).unwrap_or(0) as u8;
    buffer::reserve(out, digits.len().div_ceil(2));
    // An odd number of digits has a zero before the first, as in MySQL.
    let (first, pairs) = digits.split_at(digits.len() % 2);
    out.extend(first.iter().map(|&byte| nibble(byte)));
    out.extend(pairs.chunks_exact(2).map(|pair| nibble(pair[0]) << 4 | nibble(pair[1])));
}

fn push_bits(digits: &[u8], out: &mut Vec<u8>) {
    buffer::reserve(out, digits.len().div_ceil(8));
    let byte = |bits: &[u8]| bits.iter().fold(0, |byte, bit| byte << 1 | (bit & 1));
    let (first, bytes) = digits.split_at(digits.len() % 8);
    out.extend((!first.is_empty()).then(|| byte(first)));
    out.extend(bytes.chunks_exact(8).map(byte));
}

fn push_replaced(text: &[u8], from: &[u8], to: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    // A text that grows and grows is no dump's.
    while let Some(found) = memmem::find(rest, from).filter(|_| !from.is_empty() && to.len() <= from.len().max(4)) {
        buffer::append(out, &rest[..found]);
        buffer::append(out, to);
        rest = &rest[found + from.len()..];
    }
    buffer::append(out, rest);
}

fn push_char_of_number(text: &[u8], out: &mut Vec<u8>) {
    let number = text.iter().take(8).fold(0u32, |number, digit| number * 10 + u32::from(digit.wrapping_sub(b'0') % 10));
    push_char(number, out);
}

/// `\XXXX`, `\uXXXX`, `\+XXXXXX`, `\UXXXXXXXX` and `\\`.
fn push_unistr(text: &[u8], escape: u8, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(found) = memchr(escape, rest) {
        buffer::append(out, &rest[..found]);
        let behind = &rest[found + 1..];
        let (skip, wanted) = match behind.first() {
            Some(b'u') => (1, 4),
            Some(b'+') => (1, 6),
            Some(b'U') => (1, 8),
            _ => (0, 4),
        };
        let digits = number_escape(behind.get(skip..).unwrap_or_default(), 0, 16, wanted, true, out).0;
        rest = if digits > 0 {
            &behind[skip + digits..]
        } else {
            out.push(escape);
            behind.strip_prefix(&[escape]).unwrap_or(behind)
        };
    }
    buffer::append(out, rest);
}
