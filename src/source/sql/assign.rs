//! `INSERT INTO users SET id = 1, email = 'a@example.com';`: a record whose columns stand beside their values.

use super::super::malformed::Malformed;
use super::super::record::Record;
use super::columns::Table;
use super::expression::{self, Assigned};
use super::skip::Place;
use super::token::{Token, Tokens};
use super::{Lexer, Step, looked_at};

/// What ends a record, and where the next step begins.
enum End {
    Complete { next: usize, place: Place },
    Broken { stop: usize },
    Open,
}

impl Lexer {
    /// Behind the `SET` of such a statement.
    pub(super) fn assignments(
        &mut self,
        bytes: &[u8],
        at: &mut usize,
        ended: bool,
        mut record: Option<&mut Record>,
    ) -> Step {
        let start = *at;
        let limit = start + self.record_bytes_max + 1;
        let window = &bytes[..bytes.len().min(limit)];
        if let Some(record) = &mut record {
            record.begin(start);
        }
        // A word that ends where the window does goes on behind it.
        match self.assign_all(window, start, ended && window.len() < limit, record) {
            End::Complete { next, place } => {
                *at = next;
                self.state.place = place;
                if next - start > self.record_bytes_max { Step::Malformed(Malformed::TooLong) } else { Step::Record }
            }
            End::Broken { stop } => {
                let stop = stop.max(start + 1).min(window.len());
                self.lose_from(start, looked_at(window, stop));
                *at = stop;
                Step::Malformed(Malformed::NotATuple)
            }
            End::Open if window.len() == limit => {
                *at = limit;
                self.state.place = Place::Lost;
                Step::Malformed(Malformed::TooLong)
            }
            End::Open if ended => {
                *at = bytes.len();
                self.state.place = Place::Lost;
                Step::Malformed(Malformed::NotATuple)
            }
            End::Open => Step::More,
        }
    }

    fn assign_all(&mut self, bytes: &[u8], start: usize, ended: bool, mut record: Option<&mut Record>) -> End {
        let mut at = start;
        for index in 0.. {
            let mut tokens = Tokens { dialect: self.dialect, bytes, at, ended };
            let Some(name) = assigned_name(&mut tokens) else { return End::Open };
            let Some(name) = name else { return End::Broken { stop: tokens.at } };
            let (value, end) = match expression::assigned(self.dialect, bytes, tokens.at, ended) {
                Assigned::Value { value, end } => (value, end),
                Assigned::Broken { stop } => return End::Broken { stop },
                Assigned::Open => return End::Open,
            };
            if let Some(record) = record.as_deref_mut() {
                let column = self.numbers.number_of(index, &name);
                self.fields(record).take_column(bytes, start, column, value);
            }
            match bytes.get(end) {
                Some(b',') => at = end + 1,
                Some(b';') => return End::Complete { next: end + 1, place: Place::Top },
                // `ON DUPLICATE KEY UPDATE`: its first letter belongs to the step, which ends because of it.
                _ => return End::Complete { next: end + 1, place: Place::Statement { line_start: false } },
            }
        }
        End::Open
    }
}

/// The last part of a name and the sign behind it. The outer none: the bytes end before; the inner one: something else.
fn assigned_name<'a>(tokens: &mut Tokens<'a>) -> Option<Option<Token<'a>>> {
    let mut name = tokens.token()?;
    loop {
        match tokens.token()? {
            Token::Mark(b'=') => return Some(Some(name).filter(Token::is_name)),
            Token::Mark(b'.') => name = tokens.token()?,
            Token::Mark(_) | Token::Word(_) | Token::Quoted { .. } => return Some(None),
        }
    }
}

impl Table {
    /// A table whose columns nobody knows before its records.
    pub(super) fn assigned(name: &str) -> Table {
        Table::new(name, Some(&[]))
    }
}
