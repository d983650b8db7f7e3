//! SQL dumps: mysqldump and its kin, `.dump` of SQLite, pg_dump, scripts of SQL Server and Oracle.
//!
//! This is a lexer and no parser: of all statements it understands the three that say where data goes, and passes over
//! the rest token by token. A statement may have gigabytes: every tuple is a record of its own.
//!
//! One thread cuts the text into blocks, others read the blocks, and both have to see the same. Hence the law that every
//! step obeys: **what it is and where it ends follows from the state before it and from its own bytes.** Bytes behind it
//! decide only whether there is a step yet ([`Step::More`]), never which. So a text may be cut between any two steps, and
//! whoever resumes there with the state of that place finds the same records. One step cannot obey: a tuple that breaks may do so
//! by bytes behind where its step ends. No block ends before these ([`Lexer::cut`]).
//!
//! Damage costs as little as possible. A tuple that breaks is malformed at its first byte; the text behind that is
//! searched for a place where a tuple with the right number of values, or a statement, begins. Nothing that has to be
//! closed is waited for longer than `record_bytes_max`.
//!
//! # Cost
//!
//! Measured on one core, in MB/s of text per CPU-second, ten columns and 145 bytes a record: a mysqldump is cut at 2,500
//! and split at 1,800; `.dump` of SQLite, a statement for every record, at 2,500 and 1,850; COPY at 2,000 and 1,900;
//! a script of SQL Server with a call in every record, at 2,200 and 1,150.
//!
//! One pass over the bytes, by vectors inside of strings. A broken tuple is walked at most 4 KiB twice, and each place
//! that looks like a tuple while searching at most as much.

use std::sync::Arc;

use memchr::{memchr, memchr3};

use super::buffer::Wiped;
use super::frame::{Wrap, unescape, unquote};
use super::malformed::Malformed;
use super::record::{RECORD_BYTES_LIMIT, Record};
pub(super) use super::step::Step;

use columns::{Numbers, Schemas, Table};
use copy::Format;
use head::{Head, Parsed};
use skip::{Inside, Place};
use token::{is_blank, is_word};
use tuple::{Value, Walk};

mod assign;
mod columns;
mod copy;
mod expression;
mod head;
mod look;
mod marks;
mod skip;
mod token;
mod tuple;
mod value;

pub(super) use look::look;

/// A broken tuple is searched again from its start if it breaks within this: the next one begins there.
const RESCAN_BYTES_MAX: usize = if cfg!(fuzzing) { 64 } else { 4 << 10 };
/// Tuples that break one inside of the other are looked at together up to this: a block does not end among them.
const TOGETHER_BYTES_MAX: usize = 1 << 20;
/// White space between tuples, beyond which it is no longer part of the record.
const SEPARATOR_BYTES_MAX: usize = 256;
/// A tuple that is to be believed in while searching ends within this. Its own length: the step that follows then
/// covers all that was looked at, as the law wants.
const PLAUSIBLE_BYTES: usize = 4 << 10;
/// White space inside of a mark such as `),(` or `;\nINSERT`.
const GAP_BYTES_MAX: usize = 16;
/// Statements without data that stand between those with data. One blank stands between two words.
const STATEMENTS: [&[u8]; 4] = [b"DROP TABLE ", b"LOCK TABLES ", b"UNLOCK TABLES", b"ALTER TABLE "];
/// The first words of those with data.
const HEADS: [&[u8]; 4] = [b"INSERT ", b"REPLACE ", b"COPY ", b"CREATE TABLE "];

/// How strings are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// A backslash escapes: MySQL and MariaDB.
    Backslash,
    /// Only a doubled quote does: everybody else.
    Doubled,
}

/// What has to be known at a place between two steps. Cheap to clone.
#[derive(Clone)]
pub(super) struct State {
    schemas: Arc<Schemas>,
    /// Where the tuples or lines at hand go.
    table: Option<Arc<Table>>,
    place: Place,
    inside: Option<Inside>,
    /// How the lines of COPY are written.
    format: Format,
}

/// Goes through a text step by step.
pub(super) struct Lexer {
    dialect: Dialect,
    record_bytes_max: usize,
    state: State,
    numbers: Numbers,
    /// The last head of an INSERT: scripts repeat it for every record.
    head: Wiped,
    head_table: Option<Arc<Table>>,
    /// What follows it: tuples or assignments.
    head_place: Place,
    /// An expression being evaluated.
    value: Wiped,
    /// What was broken last.
    broken: Option<Broken>,
}

impl Lexer {
    /// `columns`: the number of a field is the place of its column's name (`users.email`) in them, `UNPLANNED` if it is not
    /// there. None: every column met becomes the next number.
    pub(super) fn new(dialect: Dialect, columns: Option<&[String]>, record_bytes_max: usize) -> Lexer {
        Lexer {
            dialect,
            record_bytes_max: record_bytes_max.clamp(1, RECORD_BYTES_LIMIT - 1),
            state: State {
                schemas: Arc::default(),
                table: None,
                place: Place::Top,
                inside: None,
                format: Format::TEXT,
            },
            numbers: Numbers::new(columns),
            head: Wiped::default(),
            head_table: None,
            head_place: Place::Tuples,
            value: Wiped::default(),
            broken: None,
        }
    }

    /// The columns discovered.
    pub(super) fn into_columns(self) -> Vec<String> {
        self.numbers.into_columns()
    }

    /// What has to be known at this place.
    pub(super) fn state(&self) -> State {
        self.state.clone()
    }

    /// Goes on at a place where a lexer of the same dialect and the same `record_bytes_max` was in this state.
    pub(super) fn resume(&mut self, state: &State) {
        if !Arc::ptr_eq(&self.state.schemas, &state.schemas) {
            self.head.clear();
        }
        self.state = state.clone();
        if let Some(table) = &self.state.table {
            self.numbers.enter(table);
        }
    }

    /// Takes the step at `*at`, which has to be less than the length, and moves `*at` behind it. `ended`: nothing follows
    /// the bytes. `More` leaves `*at` where it is, and comes only while less than 256 KiB or `record_bytes_max` + 2 bytes
    /// of one step are there, whichever is more.
    #[inline]
    pub(super) fn next(&mut self, bytes: &[u8], at: &mut usize, ended: bool, record: &mut Record) -> Step {
        self.step(bytes, at, ended, Some(record))
    }

    /// As `next`, without the fields: for cutting.
    #[inline]
    pub(super) fn pass(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> Step {
        self.step(bytes, at, ended, None)
    }

    #[inline]
    fn step(&mut self, bytes: &[u8], at: &mut usize, ended: bool, record: Option<&mut Record>) -> Step {
        match self.state.place {
            Place::Tuples if self.state.inside.is_none() => self.tuple(bytes, at, ended, record),
            Place::Lines => self.line(bytes, at, ended, record),
            Place::Assignments => self.assignments(bytes, at, ended, record),
            Place::RestOfLine => self.rest_of_line(bytes, at),
            Place::Lost => self.lost(bytes, at, ended),
            Place::Top | Place::Statement { .. } | Place::Routine { .. } | Place::Delimited { .. } | Place::Tuples => {
                self.skip(bytes, at, ended)
            }
        }
    }

    /// Among the tuples of a statement.
    #[inline]
    fn tuple(&mut self, bytes: &[u8], at: &mut usize, ended: bool, record: Option<&mut Record>) -> Step {
        let start = *at;
        let separators = &bytes[start..bytes.len().min(start + SEPARATOR_BYTES_MAX)];
        let open = match separators.iter().position(|&byte| byte != b',' && !is_blank(byte)) {
            Some(length) => start + length,
            None if ended || separators.len() == SEPARATOR_BYTES_MAX => {
                *at += separators.len();
                return Step::Skipped;
            }
            None => return Step::More,
        };
        let open = match tuple::opens(bytes, open) {
            Some(paren) => paren,
            None if !ended && tuple::may_open(&bytes[open..]) => return Step::More,
            None => return self.skip(bytes, at, ended),
        };
        let limit = open + self.record_bytes_max + 1;
        let window = &bytes[..bytes.len().min(limit)];
        let walk = match record {
            None => tuple::walk(self.dialect, window, open, &mut |_, _| ()),
            Some(record) => {
                record.begin(open);
                let (dialect, mut fields) = (self.dialect, self.fields(record));
                tuple::walk(dialect, window, open, &mut |index, value| fields.take(window, open, index, value))
            }
        };
        match walk {
            Walk::Complete { next, count } => {
                *at = next;
                self.complete(next - open, count)
            }
            Walk::Broken { stop } => self.broken(at, open, stop, looked_at(window, stop)),
            Walk::Open if window.len() == limit => {
                *at = limit;
                self.state.place = Place::Lost;
                Step::Malformed(Malformed::TooLong)
            }
            Walk::Open if ended => self.broken(at, open, bytes.len(), bytes.len()),
            Walk::Open => Step::More,
        }
    }

    fn fields<'a>(&'a mut self, record: &'a mut Record) -> Fields<'a> {
        Fields { dialect: self.dialect, numbers: &mut self.numbers, value: &mut self.value, record }
    }

    #[inline]
    fn complete(&self, length: usize, count: usize) -> Step {
        let width = self.state.table.as_ref().and_then(|table| table.width());
        if length > self.record_bytes_max {
            return Step::Malformed(Malformed::TooLong);
        }
        if width.is_some_and(|width| width != count) {
            return Step::Malformed(Malformed::ValueCount);
        }
        Step::Record
    }

    /// The tuple at `open` breaks at `stop`, or is cut off there; `looked` is the end of what had to be seen for that.
    fn broken(&mut self, at: &mut usize, open: usize, stop: usize, looked: usize) -> Step {
        self.lose_from(*at, looked);
        *at = if stop - open > RESCAN_BYTES_MAX { stop } else { open + 1 };
        Step::Malformed(Malformed::NotATuple)
    }

    /// Goes to look for the next tuple or statement behind something broken that begins at `start`.
    fn lose_from(&mut self, start: usize, looked: usize) {
        match &mut self.broken {
            // Inside of what was looked at for another.
            Some(before) if (before.start..before.looked).contains(&start) => {
                if start - before.start >= TOGETHER_BYTES_MAX {
                    before.start = start;
                }
                before.looked = before.looked.max(looked);
            }
            broken => *broken = Some(Broken { start, looked }),
        }
        self.state.place = Place::Lost;
    }

    /// Where a block can end in `bytes`, which begin where the lexer is. It stands there then.
    ///
    /// Whoever reads the block has to see why a tuple is broken, or would end it elsewhere. If the last whole step ends before that,
    /// the block ends before the tuple. What is known there is found by going to it once more from the begin: a state for every
    /// broken tuple would hold on to the tables of that place, and each later table would copy them all.
    pub(super) fn cut(&mut self, bytes: &[u8]) -> usize {
        let begin = self.state.clone();
        self.broken = None;
        let end = self.pass_to(bytes, bytes.len());
        match self.broken.take() {
            Some(broken) if end < broken.looked => {
                self.resume(&begin);
                self.pass_to(bytes, broken.start)
            }
            _ => end,
        }
    }

    /// Takes steps from the begin of the bytes up to a place between two, or to the last whole one.
    fn pass_to(&mut self, bytes: &[u8], end: usize) -> usize {
        let mut at = 0;
        while at < end && self.pass(bytes, &mut at, false) != Step::More {}
        at
    }

    fn rest_of_line(&mut self, bytes: &[u8], at: &mut usize) -> Step {
        match memchr(b'\n', &bytes[*at..]) {
            None => *at = bytes.len(),
            Some(length) => {
                *at += length + 1;
                self.state.place = Place::Lines;
            }
        }
        Step::Resynchronised
    }

    /// Looks for a place where a tuple or a statement can begin.
    fn lost(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> Step {
        let start = *at;
        *at = loop {
            let Some(found) = memchr3(b')', b'\n', b';', &bytes[*at..]) else { break bytes.len() };
            let mark = *at + found;
            let follows = match bytes[mark] {
                b')' => self.tuple_follows(bytes, mark + 1, ended),
                _ => self.statement_follows(bytes, mark + 1, ended),
            };
            match follows {
                Follows::Nothing => *at = mark + 1,
                Follows::Unknown => break mark,
                Follows::At(next, place) => {
                    self.state.place = place;
                    break next;
                }
            }
        };
        if *at == start { Step::More } else { Step::Resynchronised }
    }

    /// Whether a comma and a tuple of the table at hand begin at `at`.
    fn tuple_follows(&self, bytes: &[u8], at: usize, ended: bool) -> Follows {
        let unknown = if ended { Follows::Nothing } else { Follows::Unknown };
        let Some(table) = &self.state.table else { return Follows::Nothing };
        let Some(comma) = behind_gap(bytes, at) else { return unknown };
        if bytes[comma] != b',' {
            return Follows::Nothing;
        }
        let Some(open) = behind_gap(bytes, comma + 1) else { return unknown };
        let Some(open) = tuple::opens(bytes, open) else {
            return if tuple::may_open(&bytes[open..]) { unknown } else { Follows::Nothing };
        };
        let limit = open + PLAUSIBLE_BYTES.min(self.record_bytes_max);
        let window = &bytes[..bytes.len().min(limit)];
        match tuple::walk(self.dialect, window, open, &mut |_, _| ()) {
            Walk::Complete { count, .. } if table.width().is_none_or(|width| width == count) => {
                Follows::At(at, Place::Tuples)
            }
            Walk::Open if window.len() < limit => unknown,
            Walk::Complete { .. } | Walk::Broken { .. } | Walk::Open => Follows::Nothing,
        }
    }

    /// Whether a statement begins behind the white space at `at`.
    fn statement_follows(&self, bytes: &[u8], at: usize, ended: bool) -> Follows {
        let unknown = if ended { Follows::Nothing } else { Follows::Unknown };
        let Some(start) = behind_gap(bytes, at) else { return unknown };
        let rest = &bytes[start..];
        if let Some(words) = STATEMENTS.iter().find(|words| begins(rest, words)) {
            return Follows::At(start + words.len(), Place::Statement { line_start: false });
        }
        if HEADS.iter().any(|words| begins(rest, words)) {
            return match head::parse(self.dialect, bytes, start, ended) {
                Parsed::Head { head: Head::Routine, .. } | Parsed::Other => Follows::Nothing,
                Parsed::Head { .. } => Follows::At(start, Place::Top),
                Parsed::More => Follows::Unknown,
            };
        }
        let may_begin = |words: &&[u8]| rest.len() < words.len() && begins(words, rest);
        if STATEMENTS.iter().chain(&HEADS).any(may_begin) { unknown } else { Follows::Nothing }
    }
}

/// What was broken last, or the first of several that were looked at together.
struct Broken {
    start: usize,
    /// The end of what had to be seen.
    looked: usize,
}

/// The end of what had to be seen to know that something breaks at `stop`: the word or number there with what stands behind the
/// blanks that follow, or an operator of two bytes.
fn looked_at(bytes: &[u8], stop: usize) -> usize {
    let run = |from: usize, is_in: &dyn Fn(u8) -> bool| bytes[from..].iter().take_while(|byte| is_in(**byte)).count();
    let word = stop + run(stop, &|byte| is_word(byte) || matches!(byte, b'.' | b'+' | b'-'));
    bytes.len().min(word + run(word, &is_blank) + 2)
}

/// What begins behind a mark while searching.
enum Follows {
    Nothing,
    Unknown,
    At(usize, Place),
}

fn begins(text: &[u8], words: &[u8]) -> bool {
    text.len() >= words.len() && text[..words.len()].eq_ignore_ascii_case(words)
}

/// Behind white space; none if the bytes end before anybody knows.
fn behind_gap(bytes: &[u8], at: usize) -> Option<usize> {
    let gap = bytes[at..].iter().take(GAP_BYTES_MAX).take_while(|&&byte| is_blank(byte)).count();
    (at + gap < bytes.len()).then_some(at + gap)
}

/// Where the values of a record go.
struct Fields<'a> {
    dialect: Dialect,
    numbers: &'a mut Numbers,
    value: &'a mut Wiped,
    record: &'a mut Record,
}

impl Fields<'_> {
    #[inline]
    fn take(&mut self, bytes: &[u8], base: usize, index: usize, value: Value) {
        let column = self.numbers.number(index);
        self.take_column(bytes, base, column, value);
    }

    #[inline(always)]
    fn take_column(&mut self, bytes: &[u8], base: usize, column: Option<u32>, value: Value) {
        let Some(column) = column else { return };
        match value {
            Value::Plain { start, end } => self.record.push(column, start - base, end - base),
            value => self.take_written(bytes, column, value),
        }
    }

    /// What does not stand in the text as it is.
    fn take_written(&mut self, bytes: &[u8], column: u32, value: Value) {
        match value {
            Value::Null | Value::Plain { .. } => {}
            Value::Quoted { start, end, quote, escapes } => {
                self.record.push_written(column, |out| value::unescape(&bytes[start..end], quote, escapes, out));
            }
            Value::Csv { start, end, wrap: Wrap::Escapes } => {
                self.record.push_written(column, |out| unescape(&bytes[start..end], out))
            }
            Value::Csv { start, end, .. } => self.record.push_written(column, |out| unquote(&bytes[start..end], out)),
            Value::Expression { start, end } => {
                self.value.clear();
                if value::evaluate(self.dialect, &bytes[start..end], self.value) {
                    self.record.push_copy(column, self.value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
