//! One view of all the ways in which a text is cut into records: lines, with or without quotes, and the lexers whose records
//! are not lines.
//!
//! Two threads read the same text: one cuts it into blocks between two records, others split the blocks. For lines a place is
//! all there is to know; a lexer has a state, which goes with the block, so that both see the same records whatever the size
//! of a block.

use super::columns::Columns;
use super::frame::{Frames, Quoted};
use super::objects::{self, Objects, Of, Quotes};
use super::pairs::Pairs;
use super::record::{RECORD_BYTES_LIMIT, Record};
use super::sql::{self, Dialect};
use super::step::Step;
use super::{Options, Quoting, Shape};

/// What has to be known at the begin of a block.
#[derive(Clone, Default)]
pub(super) enum State {
    /// Nothing: a record begins there.
    #[default]
    Record,
    /// The rest of a line that is too long goes on there.
    LongLine {
        /// Whether its first byte is escaped.
        escaped: bool,
    },
    Objects(objects::State),
    /// Whether a line that is too long goes on there.
    Pairs(bool),
    Sql(sql::State),
}

/// What finds records.
pub(super) enum Lexer {
    Lines(Frames),
    Objects(Objects),
    Pairs(Pairs),
    Sql(Box<sql::Lexer>),
}

impl Lexer {
    /// The lexer of a shape. `columns` are the names that are wanted; none: those that are met.
    pub(super) fn new(shape: Shape, columns: &Columns, options: &Options, ended: bool) -> Lexer {
        let max = options.record_bytes_max.clamp(1, RECORD_BYTES_LIMIT);
        match shape {
            Shape::JsonObjects { depth, shell } => {
                Lexer::Objects(Objects::new(depth, Of::Objects, Quotes::of(shell), max))
            }
            Shape::JsonRows { depth, shell, open } => {
                Lexer::Objects(Objects::new(depth, Of::Arrays, Quotes::of(shell), max).beginning_inside(open))
            }
            Shape::Pairs => Lexer::Pairs(Pairs::new(columns.names(), max)),
            Shape::Sql { backslash } => {
                let dialect = if backslash { Dialect::Backslash } else { Dialect::Doubled };
                Lexer::Sql(Box::new(sql::Lexer::new(dialect, columns.names(), max)))
            }
            _ => Lexer::Lines(frames(shape, max, ended)),
        }
    }

    pub(super) fn state(&self) -> State {
        match self {
            Lexer::Lines(_) => State::Record,
            Lexer::Objects(objects) => State::Objects(objects.state()),
            Lexer::Pairs(pairs) => State::Pairs(pairs.lost()),
            Lexer::Sql(sql) => State::Sql(sql.state()),
        }
    }

    pub(super) fn resume(&mut self, state: &State) {
        match (self, state) {
            (Lexer::Objects(objects), State::Objects(state)) => objects.resume(*state),
            (Lexer::Pairs(pairs), State::Pairs(lost)) => pairs.resume(*lost),
            (Lexer::Sql(sql), State::Sql(state)) => sql.resume(state),
            // A text that begins anywhere, as the samples of a plan do.
            (Lexer::Objects(objects), _) => objects.resume(objects::State::default()),
            (Lexer::Pairs(pairs), _) => pairs.resume(false),
            (Lexer::Lines(_) | Lexer::Sql(_), _) => (),
        }
    }

    /// Goes to a place in the middle of a text, of which nothing is known.
    pub(super) fn lose(&mut self) {
        match self {
            // What a table has for columns stands at its begin: the middle of a dump says nothing.
            Lexer::Lines(_) | Lexer::Sql(_) => (),
            Lexer::Objects(objects) => objects.lose(),
            Lexer::Pairs(pairs) => pairs.lose(),
        }
    }

    /// Where the last whole record ends, for a buffer that begins where the lexer is. It stands there then.
    pub(super) fn cut(&mut self, bytes: &[u8], record: &mut Record) -> usize {
        match self {
            Lexer::Lines(frames) => return frames.cut(bytes),
            Lexer::Sql(sql) => return sql.cut(bytes),
            Lexer::Objects(_) | Lexer::Pairs(_) => {}
        }
        let mut at = 0;
        while at < bytes.len() && self.step(bytes, &mut at, false, record) != Step::More {}
        at
    }

    /// One step of a lexer whose records are not lines.
    #[inline]
    pub(super) fn step(&mut self, bytes: &[u8], at: &mut usize, ended: bool, record: &mut Record) -> Step {
        match self {
            Lexer::Lines(_) => Step::More,
            Lexer::Objects(objects) => objects.next(bytes, at, ended),
            Lexer::Pairs(pairs) => pairs.next(bytes, at, ended, record),
            Lexer::Sql(sql) => sql.next(bytes, at, ended, record),
        }
    }
}

/// The frames of a shape whose records are lines.
fn frames(shape: Shape, record_bytes_max: usize, ended: bool) -> Frames {
    let quoted = match shape {
        Shape::Delimited { quoting: Quoting::None | Quoting::Apostrophes, .. } => None,
        Shape::Delimited { delimiter, quoting } => Some(Quoted { delimiter, escaped: quoting == Quoting::Escaped }),
        _ => None,
    };
    Frames { quoted, escaped: matches!(shape, Shape::Escaped { .. }), record_bytes_max, ended }
}
