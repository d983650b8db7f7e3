//! The statements that say where data goes: `INSERT INTO .. VALUES`, `INSERT INTO .. SET`, `INSERT ALL INTO .. INTO ..`,
//! `COPY .. FROM stdin`, `CREATE TABLE ..`.

use std::sync::Arc;

use memchr::memchr;

use super::super::buffer;
use super::columns::Table;
use super::copy::Format;
use super::skip::Place;
use super::token::{Token, Tokens, is_word};
use super::{Dialect, Lexer};

/// A head in which nobody can believe any more. MySQL has at most 4,096 columns, with names of 64 characters.
pub(super) const HEAD_BYTES_MAX: usize = 256 << 10;
/// Words between `CREATE` and what is created: `DEFINER=`a`@`b` SQL SECURITY INVOKER`.
const CREATE_TOKENS_MAX: usize = 24;
/// Words that may stand between `INSERT` and the table.
const MODIFIERS: [&str; 13] = [
    "INTO",
    "ALL",
    "IGNORE",
    "OR",
    "REPLACE",
    "LOW_PRIORITY",
    "HIGH_PRIORITY",
    "DELAYED",
    "ONLY",
    "ROLLBACK",
    "ABORT",
    "FAIL",
    "OVERWRITE",
];

/// What a statement begins with.
pub(super) enum Head {
    /// Tuples follow.
    Insert { table: String, columns: Option<Vec<String>> },
    /// Names with their values follow.
    Set { table: String },
    /// Lines follow.
    Copy { table: String, columns: Option<Vec<String>>, format: Format },
    /// A table was described; the rest of the statement follows.
    Create { table: String, columns: Vec<String> },
    /// A trigger, procedure or function: what looks like an `INSERT` in it is none.
    Routine,
}

/// The result of reading a head.
pub(super) enum Parsed {
    /// It ends before `end`.
    Head { head: Head, end: usize },
    /// The bytes end inside.
    More,
    /// None of these.
    Other,
}

/// Reads the statement at `at`, which begins with a word. What is longer than `HEAD_BYTES_MAX` is none of these.
pub(super) fn parse(dialect: Dialect, bytes: &[u8], at: usize, ended: bool) -> Parsed {
    let limit = at.saturating_add(HEAD_BYTES_MAX);
    let window = &bytes[..bytes.len().min(limit)];
    let ended = ended && window.len() == bytes.len();
    let mut tokens = Tokens { dialect, bytes: window, at, ended };
    match statement(&mut tokens) {
        Some(Some(head)) => Parsed::Head { head, end: tokens.at },
        Some(None) => Parsed::Other,
        None if ended || window.len() == limit => Parsed::Other,
        None => Parsed::More,
    }
}

/// The outer none: the bytes end inside; the inner one: another statement.
fn statement(tokens: &mut Tokens) -> Option<Option<Head>> {
    let first = tokens.token()?;
    // Behind the first table of INSERT ALL the next one has its own INTO.
    if first.is_any(&["INSERT", "REPLACE", "INTO"]) {
        insert(tokens)
    } else if first.is("COPY") {
        copy(tokens)
    } else if first.is("CREATE") {
        create(tokens)
    } else {
        Some(None)
    }
}

fn insert(tokens: &mut Tokens) -> Option<Option<Head>> {
    let mut token = tokens.token()?;
    while token.is_any(&MODIFIERS) {
        token = tokens.token()?;
    }
    let Some(table) = qualified_name(tokens, token)? else { return Some(None) };
    let (mut columns, mut token) = (None, tokens.token()?);
    loop {
        if token.is_any(&["VALUES", "VALUE"]) {
            return Some(Some(Head::Insert { table, columns }));
        } else if token.is("SET") && columns.is_none() {
            return Some(Some(Head::Set { table }));
        } else if token == Token::Mark(b'(') && columns.is_none() {
            columns = names(tokens)?;
            if columns.is_none() {
                return Some(None);
            }
        } else if token.is("OVERRIDING") {
            tokens.token()?;
            tokens.token()?;
        } else if token.is("AS") {
            tokens.token()?;
        } else {
            return Some(None);
        }
        token = tokens.token()?;
    }
}

fn copy(tokens: &mut Tokens) -> Option<Option<Head>> {
    let token = tokens.token()?;
    let Some(table) = qualified_name(tokens, token)? else { return Some(None) };
    let (mut columns, mut token) = (None, tokens.token()?);
    if token == Token::Mark(b'(') {
        columns = names(tokens)?;
        if columns.is_none() {
            return Some(None);
        }
        token = tokens.token()?;
    }
    if !token.is("FROM") || !tokens.token()?.is("STDIN") {
        return Some(None);
    }
    let end = tokens.at + memchr(b'\n', &tokens.bytes[tokens.at..])?;
    let mut options = Tokens { bytes: &tokens.bytes[..end], ended: true, ..*tokens };
    let Some(format) = Format::parse(&mut options) else { return Some(None) };
    tokens.at = end + 1;
    Some(Some(Head::Copy { table, columns, format }))
}

fn create(tokens: &mut Tokens) -> Option<Option<Head>> {
    for _ in 0..CREATE_TOKENS_MAX {
        let token = tokens.token()?;
        if token.is("TABLE") {
            return table(tokens);
        }
        if token.is_any(&["TRIGGER", "PROCEDURE", "PROC", "FUNCTION", "EVENT", "PACKAGE", "RULE"]) {
            return Some(Some(Head::Routine));
        }
        if matches!(token, Token::Mark(b'(' | b';')) || token.is_any(&["INDEX", "VIEW", "DATABASE", "SEQUENCE"]) {
            return Some(None);
        }
    }
    Some(None)
}

/// Behind `CREATE TABLE`.
fn table(tokens: &mut Tokens) -> Option<Option<Head>> {
    let mut token = tokens.token()?;
    while token.is_any(&["IF", "NOT", "EXISTS"]) {
        token = tokens.token()?;
    }
    let Some(table) = qualified_name(tokens, token)? else { return Some(None) };
    if tokens.token()? != Token::Mark(b'(') {
        return Some(None);
    }
    let mut columns = Vec::new();
    loop {
        let token = tokens.token()?;
        if token == Token::Mark(b')') {
            break;
        }
        if let Some(name) = token.name().filter(|_| !begins_constraint(tokens.dialect, &token)) {
            columns.push(name);
        }
        if definition_end(tokens, token)? == b')' {
            break;
        }
    }
    if columns.is_empty() {
        return Some(None);
    }
    Some(Some(Head::Create { table, columns }))
}

/// A definition that is no column. `KEY` and `INDEX` are constraints in MySQL, whose dumps quote all names of columns, and
/// names of columns elsewhere.
fn begins_constraint(dialect: Dialect, token: &Token) -> bool {
    let everywhere = ["PRIMARY", "UNIQUE", "CONSTRAINT", "FOREIGN", "CHECK", "EXCLUDE", "LIKE", "PERIOD"];
    let mysql = ["KEY", "INDEX", "FULLTEXT", "SPATIAL"];
    token.is_any(&everywhere) || (dialect == Dialect::Backslash && token.is_any(&mysql))
}

/// Passes over the rest of a definition, which begins with `token`: the comma or parenthesis behind it.
fn definition_end<'a>(tokens: &mut Tokens<'a>, mut token: Token<'a>) -> Option<u8> {
    let mut depth = 0usize;
    loop {
        match token {
            Token::Mark(b'(') => depth += 1,
            Token::Mark(mark @ (b',' | b')')) if depth == 0 => return Some(mark),
            Token::Mark(b')') => depth -= 1,
            Token::Mark(_) | Token::Word(_) | Token::Quoted { .. } => {}
        }
        token = tokens.token()?;
    }
}

/// The last part of a name like `db.dbo.users`, which begins with `token`.
fn qualified_name(tokens: &mut Tokens, token: Token) -> Option<Option<String>> {
    let mut name = token.name();
    while name.is_some() && tokens.peek()? == Token::Mark(b'.') {
        tokens.token()?;
        name = tokens.token()?.name();
    }
    Some(name)
}

/// The names up to a closing parenthesis; the inner none if there is anything else.
fn names(tokens: &mut Tokens) -> Option<Option<Vec<String>>> {
    let mut names = Vec::new();
    loop {
        let token = tokens.token()?;
        let Some(name) = qualified_name(tokens, token)? else { return Some(None) };
        names.push(name);
        match tokens.token()? {
            Token::Mark(b')') => return Some(Some(names)),
            Token::Mark(b',') => {}
            Token::Mark(_) | Token::Word(_) | Token::Quoted { .. } => return Some(None),
        }
    }
}

impl Lexer {
    /// Whether the head of the last INSERT stands here again; if so, its tuples follow.
    pub(super) fn repeats_head(&mut self, rest: &[u8]) -> bool {
        let length = self.head.len();
        let repeats = length > 0 && rest.len() > length && rest.starts_with(&self.head) && !is_word(rest[length]);
        match &self.head_table {
            Some(table) if repeats => {
                self.numbers.enter(table);
                self.state.table = Some(table.clone());
                self.state.place = self.head_place;
                true
            }
            _ => false,
        }
    }

    pub(super) fn apply(&mut self, head: Head, text: &[u8]) {
        match head {
            Head::Insert { table, columns } => {
                self.enter_table(&table, columns.as_deref());
                self.remember(text, Place::Tuples);
            }
            Head::Set { table } => {
                let table = Arc::new(Table::assigned(&table));
                self.numbers.enter(&table);
                self.state.table = Some(table);
                self.remember(text, Place::Assignments);
            }
            Head::Copy { table, columns, format } => {
                self.enter_table(&table, columns.as_deref());
                self.state.format = format;
                self.state.place = Place::Lines;
            }
            Head::Create { table, columns } => {
                Arc::make_mut(&mut self.state.schemas).insert(&table, &columns);
                self.head.clear();
                self.state.place = Place::Statement { line_start: false };
            }
            Head::Routine => self.state.place = Place::Routine { depth: 0, after_end: false, line_start: false },
        }
    }

    /// The head that was read, and what follows it.
    fn remember(&mut self, text: &[u8], place: Place) {
        self.head.clear();
        buffer::append(&mut self.head, text);
        self.head_table = self.state.table.clone();
        self.head_place = place;
        self.state.place = place;
    }

    fn enter_table(&mut self, name: &str, columns: Option<&[String]>) {
        let table = match columns {
            Some(columns) => Arc::new(Table::new(name, Some(columns))),
            None => self.state.schemas.find(name),
        };
        self.numbers.enter(&table);
        self.state.table = Some(table);
    }
}
