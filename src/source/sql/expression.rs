//! One value of any form: literals of every kind, calls, casts, and what joins them.
//!
//! Outside of parentheses what may follow what is strict: after a string come another string, an operator or the end. That is how a
//! quote which somebody forgot is noticed at the next string, and not at the end of the file.

use super::Dialect;
use super::token::{is_blank, is_word, word_is};
use super::tuple::{Escapes, Value, quoted};

/// Calls in calls. Dumps have two levels.
const DEPTH_MAX: usize = 32;
/// Says how the string before it is compared.
const COLLATE: &[u8] = b"COLLATE";

/// Where one value ends.
pub(super) enum Found {
    Value { value: Value, end: usize },
    Broken { stop: usize },
    Open,
}

/// One value of an assignment.
pub(super) enum Assigned {
    /// `end` is the comma, the semicolon or the word behind it.
    Value {
        value: Value,
        end: usize,
    },
    Broken {
        stop: usize,
    },
    Open,
}

/// The value behind the sign of an assignment. `ended`: nothing follows the bytes.
pub(super) fn assigned(dialect: Dialect, bytes: &[u8], start: usize, ended: bool) -> Assigned {
    let mut walk = Expression::new(dialect, bytes, start);
    loop {
        walk.skip_blanks();
        let Some(&byte) = bytes.get(walk.at) else { return Assigned::Open };
        if !ended && walk.may_collate() {
            return Assigned::Open;
        }
        let ends = match byte {
            b',' | b';' => walk.depth == 0,
            // A word behind a value is none of its own, but for those that say how it is compared.
            _ => walk.depth == 0 && walk.last == Last::Operand && is_word(byte) && !walk.collates(),
        };
        if ends {
            return match walk.end(start) {
                Found::Value { value, end } => Assigned::Value { value, end },
                Found::Broken { stop } => Assigned::Broken { stop },
                Found::Open => Assigned::Open,
            };
        }
        match walk.part(byte) {
            Ok(()) => {}
            Err(Stop::Broken) => return Assigned::Broken { stop: walk.at.max(start + 1).min(bytes.len()) },
            Err(Stop::Open) => return Assigned::Open,
        }
    }
}

/// Whether a word right before a quote begins a string of Oracle: `q'[it's]'`.
pub(super) fn is_q(word: &[u8]) -> bool {
    word_is(word, b"Q") || word_is(word, b"NQ")
}

/// What closes such a string, before its quote.
pub(super) fn closing_of(open: u8) -> u8 {
    match open {
        b'[' => b']',
        b'{' => b'}',
        b'(' => b')',
        b'<' => b'>',
        other => other,
    }
}

/// The text of `q'[..]'`, whose quote stands at `quote`, and the place behind it.
pub(super) fn paired(bytes: &[u8], quote: usize) -> Option<(usize, usize, usize)> {
    let close = closing_of(*bytes.get(quote + 1)?);
    let length = memchr::memmem::find(&bytes[quote + 2..], &[close, b'\''])?;
    Some((quote + 2, quote + 2 + length, quote + 4 + length))
}

/// The text of `$tag$..$tag$` at `at`, and the place behind it. The outer none: the bytes end before anybody knows; the inner one:
/// no such string.
pub(super) fn dollar(bytes: &[u8], at: usize) -> Option<Option<(usize, usize, usize)>> {
    let Some(tag) = dollar_tag(bytes, at)? else { return Some(None) };
    let start = at + tag.len();
    let end = start + memchr::memmem::find(&bytes[start..], tag)?;
    Some(Some((start, end, end + tag.len())))
}

/// What opens such a string at `at`.
fn dollar_tag(bytes: &[u8], at: usize) -> Option<Option<&[u8]>> {
    let name = &bytes[at + 1..];
    let length = name.iter().position(|&byte| byte == b'$' || !is_word(byte))?;
    Some((name[length] == b'$').then(|| &bytes[at..at + length + 2]))
}

/// What stood last in an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    /// Nothing, or an operator: an operand has to follow.
    Operator,
    /// A word that wants a string: `DATE '2020-01-01'`.
    Prefix,
    /// A string: another one may follow at once.
    String,
    /// Another operand.
    Operand,
    /// A word that names a type or a collation has to follow.
    Name,
}

/// Walks over one value of any form.
struct Expression<'a> {
    dialect: Dialect,
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    last: Last,
    /// The value, while it has a single part.
    single: Option<Value>,
    parts: usize,
}

/// The type of a literal that says when.
fn is_moment(word: &[u8]) -> bool {
    ["DATE", "TIME", "TIMESTAMP"].iter().any(|name| word_is(word, name.as_bytes()))
}

/// Why a walk over an expression stops early.
enum Stop {
    Broken,
    Open,
}

/// The value that begins at `start`, which ends at a comma or parenthesis outside of its own parentheses.
#[inline(never)]
pub(super) fn expression(dialect: Dialect, bytes: &[u8], start: usize) -> Found {
    let mut walk = Expression::new(dialect, bytes, start);
    loop {
        walk.skip_blanks();
        let Some(&byte) = bytes.get(walk.at) else { return Found::Open };
        if walk.depth == 0 && matches!(byte, b',' | b')') {
            return walk.end(start);
        }
        match walk.part(byte) {
            Ok(()) => {}
            Err(Stop::Broken) => return Found::Broken { stop: walk.at.max(start + 1).min(bytes.len()) },
            Err(Stop::Open) => return Found::Open,
        }
    }
}

impl<'a> Expression<'a> {
    fn new(dialect: Dialect, bytes: &'a [u8], at: usize) -> Expression<'a> {
        Expression { dialect, bytes, at, depth: 0, last: Last::Operator, single: None, parts: 0 }
    }

    fn end(&self, start: usize) -> Found {
        if !matches!(self.last, Last::String | Last::Operand) {
            return Found::Broken { stop: self.at };
        }
        let value = match self.single {
            Some(value) if self.parts == 1 => value,
            _ => Value::Expression { start, end: self.at },
        };
        Found::Value { value, end: self.at }
    }

    fn skip_blanks(&mut self) {
        while self.bytes.get(self.at).is_some_and(|&byte| is_blank(byte)) {
            self.at += 1;
        }
    }

    fn part(&mut self, byte: u8) -> Result<(), Stop> {
        match byte {
            b'\'' | b'"' => self.string(self.dialect.escapes(), self.parts == 0),
            b'(' | b'[' => self.opens(),
            b')' | b']' => self.closes(),
            b';' => Err(Stop::Broken),
            b'0'..=b'9' | b'.' => self.number(),
            b'$' if self.dialect == Dialect::Doubled => self.dollar(),
            _ if is_word(byte) => self.word(),
            _ => self.operator(byte),
        }
    }

    /// At a quote. `alone`: nothing stood before it that changes its meaning.
    fn string(&mut self, escapes: Escapes, alone: bool) -> Result<(), Stop> {
        if self.depth == 0 && matches!(self.last, Last::Operand | Last::Name) {
            return Err(Stop::Broken);
        }
        let (value, end) = quoted(self.bytes, self.at, escapes).ok_or(Stop::Open)?;
        self.single = alone.then_some(value);
        self.parts += 1;
        self.at = end;
        self.last = Last::String;
        Ok(())
    }

    /// A string without escapes between two places, and the one behind it.
    fn plain_string(&mut self, start: usize, end: usize, behind: usize) -> Result<(), Stop> {
        if self.depth == 0 && matches!(self.last, Last::Operand | Last::Name) {
            return Err(Stop::Broken);
        }
        self.single = (self.parts == 0).then_some(Value::Plain { start, end });
        self.parts += 1;
        self.at = behind;
        self.last = Last::String;
        Ok(())
    }

    fn dollar(&mut self) -> Result<(), Stop> {
        // Where no string may stand, what would close it has no say.
        let may_stand = self.depth > 0 || !matches!(self.last, Last::Operand | Last::Name);
        if !may_stand && dollar_tag(self.bytes, self.at).ok_or(Stop::Open)?.is_some() {
            return Err(Stop::Broken);
        }
        match dollar(self.bytes, self.at).ok_or(Stop::Open)? {
            Some((start, end, behind)) => self.plain_string(start, end, behind),
            None => self.word(),
        }
    }

    fn opens(&mut self) -> Result<(), Stop> {
        let calls = matches!(self.last, Last::Operator | Last::Prefix | Last::Name);
        if self.depth == DEPTH_MAX || (self.depth == 0 && !calls) {
            return Err(Stop::Broken);
        }
        self.depth += 1;
        self.at += 1;
        self.parts += 2;
        self.last = Last::Operator;
        Ok(())
    }

    fn closes(&mut self) -> Result<(), Stop> {
        if self.depth == 0 {
            return Err(Stop::Broken);
        }
        self.depth -= 1;
        self.at += 1;
        self.last = Last::Operand;
        Ok(())
    }

    fn number(&mut self) -> Result<(), Stop> {
        let start = self.at;
        if self.last == Last::Prefix && start + 1 == self.bytes.len() {
            return Err(Stop::Open);
        }
        let is_expected = self.last == Last::Operator || (self.last == Last::Prefix && self.is_hex(start));
        if self.depth == 0 && !is_expected {
            return Err(Stop::Broken);
        }
        let mut end = start;
        while let Some(&byte) = self.bytes.get(end) {
            let sign = matches!(byte, b'+' | b'-') && matches!(self.bytes[end - 1], b'e' | b'E') && !self.is_hex(start);
            if !(is_word(byte) || byte == b'.' || sign) {
                break;
            }
            end += 1;
        }
        if end == self.bytes.len() {
            return Err(Stop::Open);
        }
        if !self.is_legal_number(start, end) {
            return Err(Stop::Broken);
        }
        // A sign is part of the value.
        let signed = self.parts == 1 && matches!(self.single, Some(Value::Plain { end, .. }) if end == start);
        let start = if signed { start - 1 } else { start };
        let is_bytes = self.is_hex(self.at) || matches!(self.bytes[self.at..end], [b'0', b'b' | b'B', ..]);
        let is_plain = !is_bytes && (self.parts == 0 || start < self.at);
        self.single = is_plain.then_some(Value::Plain { start, end });
        self.parts = if is_plain { 1 } else { self.parts + 1 };
        self.at = end;
        self.last = Last::Operand;
        Ok(())
    }

    fn is_hex(&self, start: usize) -> bool {
        matches!(self.bytes[start..], [b'0', b'x' | b'X', ..])
    }

    fn is_legal_number(&self, start: usize, end: usize) -> bool {
        let number = &self.bytes[start..end];
        if self.is_hex(start) {
            return number[2..].iter().all(u8::is_ascii_hexdigit);
        }
        if let [b'0', b'b' | b'B', bits @ ..] = number {
            return bits.iter().all(|bit| matches!(bit, b'0' | b'1'));
        }
        let exponent = number.iter().position(|byte| matches!(byte, b'e' | b'E')).unwrap_or(number.len());
        let is_mantissa = number[..exponent].iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
        let rest = number.get(exponent + 1..).unwrap_or(b"0");
        let digits = rest.strip_prefix(b"+").or(rest.strip_prefix(b"-")).unwrap_or(rest);
        is_mantissa && !digits.is_empty() && digits.iter().all(u8::is_ascii_digit)
    }

    fn word(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let length = self.bytes[start..].iter().position(|&byte| !is_word(byte) && byte != b'.').ok_or(Stop::Open)?;
        let (word, end) = (&self.bytes[start..start + length], start + length);
        if matches!(self.bytes[end], b'\'') {
            return self.prefixed(word, end);
        }
        if self.bytes[end] == b'&' && word_is(word, b"U") && self.dialect == Dialect::Doubled {
            return self.unicode(end + 1);
        }
        self.at = end;
        if self.depth > 0 {
            self.parts += 1;
            self.last = Last::Name;
            return Ok(());
        }
        match self.last {
            Last::Name => self.last = if self.calls(end)? { Last::Prefix } else { Last::Operand },
            Last::String | Last::Operand if word_is(word, COLLATE) => self.last = Last::Name,
            // `U&'d!0061t!+000061' UESCAPE '!'`; the string behind it is the last one.
            Last::String if word_is(word, b"UESCAPE") => {}
            Last::Operator if self.calls(end)? => self.last = Last::Prefix,
            Last::Operator => self.bare(word, start, end)?,
            Last::String | Last::Operand | Last::Prefix => {
                self.at = start;
                return Err(Stop::Broken);
            }
        }
        self.parts += 1;
        Ok(())
    }

    /// At the quote of `U&'\\0441'`.
    fn unicode(&mut self, quote: usize) -> Result<(), Stop> {
        match self.bytes.get(quote) {
            None => Err(Stop::Open),
            Some(b'\'') if self.depth > 0 || self.last == Last::Operator => {
                self.at = quote;
                self.last = Last::Operator;
                self.parts += 1;
                self.string(Escapes::None, false)
            }
            Some(_) => Err(Stop::Broken),
        }
    }

    /// Whether the word here says how the value before it is compared.
    fn collates(&self) -> bool {
        self.bytes[self.at..].get(..COLLATE.len()).is_some_and(|word| word_is(word, COLLATE))
    }

    /// Whether the bytes end in what may be the begin of such a word.
    fn may_collate(&self) -> bool {
        let rest = &self.bytes[self.at..];
        rest.len() < COLLATE.len() && word_is(rest, &COLLATE[..rest.len()])
    }

    /// Whether a parenthesis or bracket follows, blanks aside.
    fn calls(&self, at: usize) -> Result<bool, Stop> {
        let behind = self.bytes[at..].iter().find(|&&byte| !is_blank(byte)).ok_or(Stop::Open)?;
        Ok(matches!(behind, b'(' | b'['))
    }

    /// A word right before a quote: `N'..'`, `X'..'`, `E'..'`, `_utf8mb4'..'`.
    fn prefixed(&mut self, word: &[u8], quote: usize) -> Result<(), Stop> {
        let is_bytes = word_is(word, b"X") || word_is(word, b"B");
        let follows = matches!(self.last, Last::Operator | Last::String) || (is_bytes && self.last == Last::Prefix);
        if self.depth == 0 && !follows {
            return Err(Stop::Broken);
        }
        if is_q(word) && self.dialect == Dialect::Doubled {
            let (start, end, behind) = paired(self.bytes, quote).ok_or(Stop::Open)?;
            return self.plain_string(start, end, behind);
        }
        let is_text = word_is(word, b"N") || word.starts_with(b"_") || is_moment(word);
        let is_escaped = word_is(word, b"E");
        if !(is_text || is_escaped || is_bytes || (self.depth > 0 && word_is(word, b"AS"))) {
            return Err(Stop::Broken);
        }
        self.at = quote;
        self.last = Last::Operator;
        let escapes = if is_escaped { Escapes::Postgres } else { self.dialect.escapes() };
        self.string(escapes, self.parts == 0 && !is_bytes)
    }

    /// A word that is a value, or wants a string behind it.
    fn bare(&mut self, word: &[u8], start: usize, end: usize) -> Result<(), Stop> {
        let is = |names: &[&str]| names.iter().any(|name| word_is(word, name.as_bytes()));
        if word.starts_with(b"_") || is_moment(word) || is(&["BINARY", "INTERVAL", "UUID"]) {
            self.last = Last::Prefix;
        } else if is(&["NULL", "DEFAULT"]) {
            self.single = (self.parts == 0).then_some(Value::Null);
            self.last = Last::Operand;
        } else if is(&["TRUE", "FALSE", "SYSDATE", "INF", "INFINITY", "NAN"])
            || word.get(..7).is_some_and(|word| word_is(word, b"CURRENT"))
        {
            self.single = (self.parts == 0).then_some(Value::Plain { start, end });
            self.last = Last::Operand;
        } else {
            self.at = start;
            return Err(Stop::Broken);
        }
        Ok(())
    }

    fn operator(&mut self, byte: u8) -> Result<(), Stop> {
        let rest = &self.bytes[self.at..];
        if rest.len() < 2 {
            return Err(Stop::Open);
        }
        let after_operand = matches!(self.last, Last::String | Last::Operand);
        let (length, last) = match (byte, rest[1]) {
            (b'/', b'*') => {
                let end = memchr::memmem::find(&rest[2..], b"*/").ok_or(Stop::Open)?;
                (end + 4, self.last)
            }
            (b'|', b'|') if after_operand => (2, Last::Operator),
            (b':', b':') if after_operand => (2, Last::Name),
            (b'-' | b'+', _) if self.last == Last::Operator => {
                self.single = (self.parts == 0).then_some(Value::Plain { start: self.at, end: self.at + 1 });
                (1, Last::Operator)
            }
            (b'+' | b'-' | b'*' | b'/', _) if after_operand => (1, Last::Operator),
            _ if self.depth > 0 => (1, Last::Operator),
            _ => return Err(Stop::Broken),
        };
        self.at += length;
        self.parts += usize::from(last != self.last || byte != b'/');
        self.last = last;
        Ok(())
    }
}
