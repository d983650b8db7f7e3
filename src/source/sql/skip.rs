//! What is no data: statements nobody wants, comments, settings. Passed over token by token, so that a block may end
//! anywhere among them.
//!
//! Quotes and comments have to be seen here too: `SET @x = 'INSERT INTO users VALUES (1)';` is no record. What has to be
//! closed and is not within `record_bytes_max` was no quote, and the search for a statement begins.

use memchr::{memchr, memmem};

use super::super::frame::find_either;
use super::expression;
use super::head::{self, Parsed};
use super::token::{is_blank, is_word, word_is};
use super::tuple::Escapes;
use super::{Dialect, Lexer, Step};

/// Longer words are cut: they are no words.
const WORD_BYTES_MAX: usize = 128;
/// `$body$` and its like.
const TAG_BYTES_MAX: usize = 32;
/// Procedures between two DELIMITER lines; the largest schemas have some ten thousand lines of them.
const ROUTINE_LINES_MAX: u32 = 1 << 19;
/// `DELIMITER $$`.
const DELIMITER_LINE_BYTES_MAX: usize = 64;
/// What may follow the tuples of a statement.
const BEHIND_TUPLES: [&str; 26] = [
    "ON",
    "INTO",
    "REM",
    "AS",
    "RETURNING",
    "INSERT",
    "REPLACE",
    "COPY",
    "CREATE",
    "GO",
    "SET",
    "UNLOCK",
    "LOCK",
    "ALTER",
    "DROP",
    "UPDATE",
    "DELETE",
    "COMMIT",
    "BEGIN",
    "USE",
    "PRINT",
    "SELECT",
    "DELIMITER",
    "END",
    "ANALYZE",
    "EXEC",
];

/// Lines of SQL*Plus that are for people.
const REMARKS: [&str; 3] = ["REM", "REMARK", "PROMPT"];

/// What a place belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Between statements.
    Top,
    /// In a statement of no interest. `line_start`: nothing but blanks stand before on the line.
    Statement { line_start: bool },
    /// In a trigger or procedure: `depth` blocks are open.
    Routine { depth: u32, after_end: bool, line_start: bool },
    /// At the start of a line between two DELIMITER lines, for so many lines more.
    Delimited { left: u32 },
    /// In the tuples of a statement.
    Tuples,
    /// In the names and values of a statement.
    Assignments,
    /// In the lines of COPY.
    Lines,
    /// In a line of COPY that is too long.
    RestOfLine,
    /// Behind something broken.
    Lost,
}

/// Something that has to be closed.
#[derive(Clone, Copy)]
pub(super) struct Inside {
    close: Close,
    /// After so many bytes more it was none.
    left: usize,
}

#[derive(Clone, Copy)]
enum Close {
    Line,
    Comment,
    Quote {
        quote: u8,
        escapes: Escapes,
    },
    Dollar {
        tag: [u8; TAG_BYTES_MAX],
        length: usize,
    },
    /// A string of Oracle: this and a quote.
    Paired(u8),
}

impl Lexer {
    /// Passes over what is no data, as far as anybody knows.
    pub(super) fn skip(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> Step {
        let start = *at;
        while let Some(&byte) = bytes.get(*at) {
            let known = match self.state.place {
                _ if self.state.inside.is_some() => self.skip_inside(bytes, at, ended),
                Place::Top | Place::Statement { .. } | Place::Routine { .. } => self.skip_token(bytes, at, ended),
                Place::Delimited { left } => self.skip_delimited(bytes, *at, ended, left),
                // These belong to the next record, if one follows.
                Place::Tuples if *at > start && (is_separator(byte) || byte == b'(') => break,
                Place::Tuples => self.skip_between(bytes, at, ended),
                Place::Assignments | Place::Lines | Place::RestOfLine | Place::Lost => break,
            };
            if !known {
                break;
            }
        }
        if *at > start {
            Step::Skipped
        } else if self.state.place == Place::Lost && self.state.inside.is_none() {
            self.lost(bytes, at, ended)
        } else {
            Step::More
        }
    }

    /// Among tuples, where none begins. Each of these is false if without more bytes nobody knows.
    fn skip_between(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> bool {
        let separators = bytes[*at..].iter().take_while(|&&byte| is_separator(byte)).count();
        *at += separators;
        let Some(&byte) = bytes.get(*at) else { return true };
        if byte == b';' {
            *at += 1;
            self.state.place = Place::Top;
            return true;
        }
        match self.comment(bytes, at, ended) {
            None => return false,
            Some(true) => return true,
            Some(false) => {}
        }
        let Some(word) = whole_word(bytes, *at, ended) else { return false };
        let is_known = BEHIND_TUPLES.iter().any(|known| word_is(word, known.as_bytes()));
        self.state.place = if is_known { Place::Top } else { Place::Lost };
        true
    }

    /// The token of a statement.
    fn skip_token(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> bool {
        let byte = bytes[*at];
        if is_blank(byte) {
            let count = bytes[*at..].iter().take_while(|&&byte| is_blank(byte)).count();
            if memchr(b'\n', &bytes[*at..*at + count]).is_some() {
                self.line_starts();
            }
            *at += count;
            return true;
        }
        match self.comment(bytes, at, ended) {
            None => return false,
            Some(true) => return true,
            Some(false) => {}
        }
        match byte {
            b'\'' | b'"' | b'`' => {
                let escapes = if byte == b'`' { Escapes::None } else { self.dialect.escapes() };
                self.enter(Close::Quote { quote: byte, escapes });
            }
            // A command of psql.
            b'\\' if self.is_line_start() => self.state.inside = Some(Inside { close: Close::Line, left: usize::MAX }),
            b'$' if self.dialect == Dialect::Doubled => return self.skip_dollar(bytes, at, ended),
            b';' => self.statement_ends(),
            _ if is_word(byte) => return self.skip_word(bytes, at, ended),
            _ => self.statement_goes_on(),
        }
        *at += 1;
        true
    }

    fn is_line_start(&self) -> bool {
        match self.state.place {
            Place::Top => true,
            Place::Statement { line_start } | Place::Routine { line_start, .. } => line_start,
            _ => false,
        }
    }

    fn line_starts(&mut self) {
        if let Place::Statement { line_start } | Place::Routine { line_start, .. } = &mut self.state.place {
            *line_start = true;
        }
    }

    fn statement_goes_on(&mut self) {
        match &mut self.state.place {
            Place::Routine { line_start, after_end, .. } => (*line_start, *after_end) = (false, false),
            place => *place = Place::Statement { line_start: false },
        }
    }

    fn statement_ends(&mut self) {
        match &mut self.state.place {
            Place::Routine { depth: 1.., after_end, line_start } => (*line_start, *after_end) = (false, false),
            place => *place = Place::Top,
        }
    }

    /// Inside of something that `record_bytes_max` bytes later is closed.
    fn enter(&mut self, close: Close) {
        self.statement_goes_on();
        self.state.inside = Some(Inside { close, left: self.record_bytes_max });
    }

    /// At what may be a comment; whether it is. The marks of a conditional comment count as white space: its content is
    /// SQL.
    fn comment(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> Option<bool> {
        let unknown = if ended { Some(false) } else { None };
        let (close, left, length) = match bytes[*at..] {
            [b'-', b'-', ..] => (Close::Line, usize::MAX, 2),
            [b'#', ..] if self.dialect == Dialect::Backslash => (Close::Line, usize::MAX, 1),
            [b'*', b'/', ..] => {
                *at += 2;
                return Some(true);
            }
            [b'/', b'*'] | [b'/', b'*', b'M'] if !ended => return None,
            [b'/', b'*', b'!', ..] | [b'/', b'*', b'M', b'!', ..] => {
                let mark = if bytes[*at + 2] == b'!' { 3 } else { 4 };
                let digits = bytes[*at + mark..].iter().take(6).take_while(|byte| byte.is_ascii_digit()).count();
                if digits < 6 && *at + mark + digits == bytes.len() && !ended {
                    return None;
                }
                *at += mark + digits;
                return Some(true);
            }
            [b'/', b'*', ..] => (Close::Comment, self.record_bytes_max, 2),
            [b'-' | b'/' | b'*'] => return unknown,
            _ => return Some(false),
        };
        *at += length;
        self.state.inside = Some(Inside { close, left });
        Some(true)
    }

    fn skip_dollar(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> bool {
        let name = &bytes[*at + 1..bytes.len().min(*at + TAG_BYTES_MAX)];
        match name.iter().position(|&byte| byte == b'$' || !is_word(byte)) {
            Some(length) if name[length] == b'$' => {
                let mut tag = [0; TAG_BYTES_MAX];
                tag[..length + 2].copy_from_slice(&bytes[*at..*at + length + 2]);
                self.enter(Close::Dollar { tag, length: length + 2 });
                *at += length + 2;
            }
            None if !ended && name.len() < TAG_BYTES_MAX - 1 => return false,
            _ => {
                self.statement_goes_on();
                *at += 1;
            }
        }
        true
    }

    fn skip_word(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> bool {
        if self.state.place == Place::Top && self.repeats_head(&bytes[*at..]) {
            *at += self.head.len();
            return true;
        }
        let Some(word) = whole_word(bytes, *at, ended) else { return false };
        if self.dialect == Dialect::Doubled && expression::is_q(word) && bytes.get(*at + word.len()) == Some(&b'\'') {
            return self.skip_paired(bytes, at, word.len(), ended);
        }
        let Some(behind) = contraction(bytes, *at, word.len(), ended) else { return false };
        if let Place::Routine { .. } = self.state.place {
            self.routine_word(word);
        } else if self.is_line_start() {
            if word_is(word, b"DELIMITER") && self.state.place == Place::Top {
                return self.skip_delimiter_line(bytes, at, ended);
            }
            if self.dialect == Dialect::Doubled && REMARKS.iter().any(|name| word_is(word, name.as_bytes())) {
                self.statement_goes_on();
                self.state.inside = Some(Inside { close: Close::Line, left: usize::MAX });
            } else if ["INSERT", "REPLACE", "COPY", "CREATE", "INTO"].iter().any(|name| word_is(word, name.as_bytes()))
            {
                match head::parse(self.dialect, bytes, *at, ended) {
                    Parsed::More => return false,
                    Parsed::Head { head, end } => {
                        self.apply(head, &bytes[*at..end]);
                        *at = end;
                        return true;
                    }
                    Parsed::Other => self.statement_goes_on(),
                }
            } else if word_is(word, b"GO") {
                self.state.place = Place::Top;
            } else {
                self.statement_goes_on();
            }
        }
        *at += word.len() + behind;
        true
    }

    /// At `q'[`, whose word has this length.
    fn skip_paired(&mut self, bytes: &[u8], at: &mut usize, word: usize, ended: bool) -> bool {
        match bytes.get(*at + word + 1) {
            None if !ended => return false,
            Some(&open) if !is_blank(open) => {
                self.enter(Close::Paired(expression::closing_of(open)));
                *at += word + 2;
            }
            _ => {
                self.statement_goes_on();
                *at += word;
            }
        }
        true
    }

    /// Counts the blocks of a routine.
    fn routine_word(&mut self, word: &[u8]) {
        let is = |names: &[&str]| names.iter().any(|name| word_is(word, name.as_bytes()));
        let Place::Routine { depth, after_end, line_start } = &mut self.state.place else { return };
        if *line_start && is(&["GO"]) {
            self.state.place = Place::Top;
            return;
        }
        if is(&["BEGIN", "CASE"]) && !*after_end {
            *depth += 1;
        } else if is(&["END"]) {
            *depth = depth.saturating_sub(1);
        } else if *after_end && is(&["IF", "LOOP", "WHILE", "REPEAT"]) {
            *depth += 1;
        }
        *after_end = is(&["END"]);
        *line_start = false;
    }

    /// At a line with DELIMITER: up to the next one that brings the semicolon back, there is no data.
    fn skip_delimiter_line(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> bool {
        let line = &bytes[*at..bytes.len().min(*at + DELIMITER_LINE_BYTES_MAX)];
        let length = match memchr(b'\n', line) {
            Some(length) => length + 1,
            None if line.len() < DELIMITER_LINE_BYTES_MAX && !ended => return false,
            None => line.len(),
        };
        if line[b"DELIMITER".len()..length].trim_ascii() != b";" {
            self.state.place = Place::Delimited { left: ROUTINE_LINES_MAX };
        }
        *at += length;
        true
    }

    fn skip_delimited(&mut self, bytes: &[u8], at: usize, ended: bool, left: u32) -> bool {
        const WORD: &[u8] = b"DELIMITER";
        let start = &bytes[at..bytes.len().min(at + WORD.len())];
        if start.len() < WORD.len() && WORD[..start.len()].eq_ignore_ascii_case(start) && !ended {
            return false;
        }
        if word_is(start, WORD) {
            self.state.place = Place::Top;
        } else if left == 0 {
            self.state.place = Place::Lost;
        } else {
            self.state.place = Place::Delimited { left: left - 1 };
            self.state.inside = Some(Inside { close: Close::Line, left: usize::MAX });
        }
        true
    }

    /// Up to what closes.
    fn skip_inside(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> bool {
        let Some(Inside { close, left }) = self.state.inside else { return true };
        let rest = &bytes[*at..bytes.len().min(at.saturating_add(left))];
        let is_last = ended || rest.len() == left;
        let (count, closed) = match close.find(rest) {
            Some(behind) => (behind, true),
            None if is_last => (rest.len(), false),
            None => (rest.len() - close.pending(rest), false),
        };
        *at += count;
        if closed {
            self.state.inside = None;
            if matches!(close, Close::Line) {
                self.line_starts();
            }
        } else if count == left {
            self.state.inside = None;
            if self.state.place != Place::Tuples {
                self.state.table = None;
            }
            self.state.place = Place::Lost;
        } else {
            self.state.inside = Some(Inside { close, left: left - count });
        }
        closed || count > 0
    }
}

impl Close {
    /// The place behind what closes.
    fn find(&self, bytes: &[u8]) -> Option<usize> {
        match self {
            Close::Line => memchr(b'\n', bytes).map(|at| at + 1),
            Close::Comment => memmem::find(bytes, b"*/").map(|at| at + 2),
            Close::Dollar { tag, length } => memmem::find(bytes, &tag[..*length]).map(|at| at + length),
            Close::Paired(close) => memmem::find(bytes, &[*close, b'\'']).map(|at| at + 2),
            Close::Quote { quote, escapes } => {
                let escape = if *escapes == Escapes::None { *quote } else { b'\\' };
                let mut at = 0;
                while at < bytes.len() {
                    at = find_either(*quote, escape, bytes, at)?;
                    // A doubled quote closes, and opens again.
                    if bytes[at] == *quote {
                        return Some(at + 1);
                    }
                    at += 2;
                }
                None
            }
        }
    }

    /// How many of the last bytes may be the start of what closes, or of an escape.
    fn pending(&self, bytes: &[u8]) -> usize {
        let odd_backslashes = || bytes.iter().rev().take_while(|&&byte| byte == b'\\').count() % 2;
        match self {
            Close::Line => 0,
            Close::Comment => usize::from(bytes.ends_with(b"*")),
            Close::Quote { escapes: Escapes::None, .. } => 0,
            Close::Quote { .. } => odd_backslashes(),
            Close::Dollar { length, .. } => bytes.len().min(length - 1),
            Close::Paired(close) => usize::from(bytes.ends_with(&[*close])),
        }
    }
}

fn is_separator(byte: u8) -> bool {
    byte == b',' || is_blank(byte)
}

/// How long what stands behind the word at `at` is, if it is an apostrophe of prose with its letters and a blank: `here's the dump`.
/// None if the bytes end before anybody knows. Right behind a word a string may stand: `_utf8mb4'in stock'`, `LIKE's %'`.
fn contraction(bytes: &[u8], at: usize, word: usize, ended: bool) -> Option<usize> {
    const WORD_BYTES_MIN: usize = 2;
    const LETTERS_MAX: usize = 2;
    const ENDINGS: [&[u8]; 7] = [b"s", b"t", b"d", b"m", b"re", b"ve", b"ll"];
    const BEFORE_STRINGS: [&str; 13] =
        ["LIKE", "IN", "AS", "IS", "BY", "PRINT", "SELECT", "THEN", "ELSE", "WHEN", "DEFAULT", "COMMENT", "VALUES"];
    let name = &bytes[at..at + word];
    let is_prose = word >= WORD_BYTES_MIN
        && name.iter().all(u8::is_ascii_alphabetic)
        && !BEFORE_STRINGS.iter().any(|before| word_is(name, before.as_bytes()));
    let Some((b'\'', rest)) = bytes[at + word..].split_first().filter(|_| is_prose) else { return Some(0) };
    let letters = rest.iter().take(LETTERS_MAX + 1).take_while(|byte| byte.is_ascii_alphabetic()).count();
    match rest.get(letters) {
        None if !ended && letters <= LETTERS_MAX => None,
        Some(b' ') if ENDINGS.iter().any(|end| rest[..letters].eq_ignore_ascii_case(end)) => Some(letters + 2),
        _ => Some(0),
    }
}

/// The word at `at`, or its first bytes if it is longer than any; none if it may go on behind the bytes. Empty where no
/// word stands.
fn whole_word(bytes: &[u8], at: usize, ended: bool) -> Option<&[u8]> {
    let window = &bytes[at..bytes.len().min(at + WORD_BYTES_MAX)];
    match window.iter().position(|&byte| !is_word(byte)) {
        Some(length) => Some(&window[..length]),
        None if window.len() == WORD_BYTES_MAX || ended => Some(window),
        None => None,
    }
}
