//! Whether a text is a SQL dump, and how its strings are written.

use memchr::{memchr, memchr_iter, memmem};

use super::head::{self, Head, Parsed};
use super::token::{Token, Tokens, is_blank};
use super::{Dialect, Lexer, Step};

/// Whoever shares a dump may put some lines of his own before it.
const BANNER_BYTES_MAX: usize = 4 << 10;
/// Only where lexing has to decide.
const RECORD_BYTES_MAX: usize = 1 << 20;
/// What a statement of a dump begins with.
const STATEMENTS: [&str; 28] = [
    "REM",
    "PROMPT",
    "SET",
    "USE",
    "CREATE",
    "DROP",
    "INSERT",
    "REPLACE",
    "LOCK",
    "UNLOCK",
    "ALTER",
    "BEGIN",
    "START",
    "COMMIT",
    "COPY",
    "SELECT",
    "PRAGMA",
    "GO",
    "TRUNCATE",
    "DELETE",
    "DELIMITER",
    "REVOKE",
    "GRANT",
    "COMMENT",
    "IF",
    "EXEC",
    "PRINT",
    "SPOOL",
];
/// What only MySQL's dumps hold, and what they never do. With the weight of one of them.
const SIGNS: [(&[u8], i32); 25] = [
    (b"-- MySQL dump", 9),
    (b"-- MariaDB dump", 9),
    (b"-- phpMyAdmin", 9),
    (b"Source Server Type    : MySQL", 9),
    (b"/*!40", 5),
    (b"ENGINE=", 3),
    (b"INTO `", 2),
    (b"CREATE TABLE `", 2),
    (b"AUTO_INCREMENT", 2),
    (b"-- PostgreSQL database dump", -9),
    (b"standard_conforming_strings = on", -9),
    (b"FROM stdin;", -5),
    (b"PRAGMA ", -5),
    (b"BEGIN TRANSACTION;", -3),
    (b"\nGO\n", -5),
    (b"\nGO\r\n", -5),
    (b"[dbo].", -5),
    (b", N'", -3),
    (b"INTO \"", -3),
    (b"REM INSERTING into ", -9),
    (b"SET DEFINE OFF", -9),
    (b"set define off", -9),
    (b"TO_DATE(", -3),
    (b"to_date(", -3),
    (b"standard_conforming_strings = off", 19),
];

/// Looks at the start of a text, which may end anywhere: none if this is no SQL dump.
pub(in crate::source) fn look(head: &[u8]) -> Option<Dialect> {
    let start = head.iter().position(|&byte| !is_blank(byte))?;
    let limit = if begins_statement(&head[start..]) { head.len() } else { head.len().min(start + BANNER_BYTES_MAX) };
    let lines = std::iter::once(start).chain(memchr_iter(b'\n', &head[..limit]).map(|newline| newline + 1));
    lines.into_iter().find(|&line| holds_data(head, line))?;
    Some(dialect(head))
}

/// Whether the first thing that is no comment begins a statement.
fn begins_statement(text: &[u8]) -> bool {
    let mut rest = text;
    while rest.starts_with(b"#") || rest.starts_with(b"\\") {
        rest = memchr(b'\n', rest).map_or(&[][..], |newline| rest[newline..].trim_ascii_start());
    }
    let mut tokens = Tokens { dialect: Dialect::Backslash, bytes: rest, at: 0, ended: true };
    tokens.token().is_some_and(|token| token.is_any(&STATEMENTS))
}

/// Whether a statement begins at `line` after which there is data, or a table.
fn holds_data(head: &[u8], line: usize) -> bool {
    let rest = &head[line..];
    let begins = ["INSERT ", "REPLACE ", "COPY ", "CREATE "]
        .iter()
        .any(|word| rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes())));
    let is_data = |dialect| match head::parse(dialect, head, line, true) {
        Parsed::Head { head: Head::Copy { .. } | Head::Create { .. }, .. } => true,
        Parsed::Head { head: Head::Insert { .. }, end } => {
            let mut tokens = Tokens { dialect, bytes: head, at: end, ended: true };
            tokens.token().is_none_or(|token| token == Token::Mark(b'('))
        }
        Parsed::Head { head: Head::Set { .. }, end } => {
            let mut tokens = Tokens { dialect, bytes: head, at: end, ended: true };
            let name = tokens.token();
            name.is_none_or(|name| name.is_name() && tokens.token().is_none_or(|sign| sign == Token::Mark(b'=')))
        }
        Parsed::Head { head: Head::Routine, .. } | Parsed::More | Parsed::Other => false,
    };
    begins && (is_data(Dialect::Backslash) || is_data(Dialect::Doubled))
}

/// By the signs of the programs that write dumps, unless the strings disagree.
fn dialect(head: &[u8]) -> Dialect {
    let weight: i32 =
        SIGNS.iter().filter(|(sign, _)| memmem::find(head, sign).is_some()).map(|(_, weight)| weight).sum();
    let (guess, other) =
        if weight >= 0 { (Dialect::Backslash, Dialect::Doubled) } else { (Dialect::Doubled, Dialect::Backslash) };
    let (records, broken) = read(guess, head);
    if broken == 0 && records > 0 {
        return guess;
    }
    // Where a way reads nothing it breaks nothing either: names in brackets are none to it.
    let (records_otherwise, broken_otherwise) = read(other, head);
    let is_better = match records {
        0 => records_otherwise > 0,
        _ => records_otherwise >= records && broken_otherwise * 2 < broken,
    };
    if is_better { other } else { guess }
}

/// How many records there are if the strings are written like this, and how many places are broken.
fn read(dialect: Dialect, head: &[u8]) -> (usize, usize) {
    let (mut lexer, mut at) = (Lexer::new(dialect, Some(&[]), RECORD_BYTES_MAX), 0);
    let (mut records, mut broken) = (0, 0);
    while at < head.len() {
        match lexer.pass(head, &mut at, false) {
            Step::More => break,
            Step::Malformed(_) => broken += 1,
            Step::Record => records += 1,
            Step::Skipped | Step::Resynchronised => {}
        }
    }
    (records, broken)
}
