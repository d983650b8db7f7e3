//! Rows that name columns again, in the middle of a table: which of the columns of the plan each of their fields has.
//!
//! A row names columns if most of its cells, and two at least, are names of the lexicon or of the first row, each of them once, and
//! none is empty or a number. A list of single values has such a row only if it is the first one again, and no value of its kind:
//! a user may be called `username`, and no address is `email`.
//!
//! A cell has the column of the same name; else one that the lexicon takes for the same kind. What the lexicon takes for a data
//! class has that class, and nothing more: half of a name is no name. What is left may hold identifiers, and these are counted
//! as values that were not read.

use super::ColumnPlan;
use super::lexicon::{self, Finding, Meaning};
use super::rules::Target;
use crate::identifier::Kind;
use crate::index::class::DataClass;
use crate::source::{Layout, Names, SampleRow, Shape, UNPLANNED};
use std::fmt;
use std::sync::Arc;

/// A column that holds identifiers by its name, of a kind that the plan does not have.
pub(super) const NAMED: u32 = UNPLANNED - 1;
/// A column of no interest.
const IGNORED: u32 = UNPLANNED - 2;
/// The columns that only expose a class of data stand here, by its bit.
pub(super) const CLASSES: u32 = UNPLANNED - 256;
/// Longer cells are no names.
const NAME_BYTES_MAX: usize = 40;
/// The first row has more names than a lexicon: no more are looked at.
const NAMES_MAX: usize = 1000;
/// Kinds that no name of a column is a value of.
const CLOSED: [Kind; 7] = [Kind::Email, Kind::Phone, Kind::NationalId, Kind::Vin, Kind::Iban, Kind::Card, Kind::Ip];

/// What tells such rows from others, and what they say.
#[derive(Clone, Default)]
pub struct Headings {
    /// The cells of the first row; none if that names no columns.
    first: Vec<Name>,
    /// How many there are; columns without names stand behind them.
    named: usize,
    /// Whether a row of one cell can name a column.
    single: bool,
}

#[derive(Clone)]
struct Name {
    cell: Vec<u8>,
    words: String,
    target: Option<Target>,
}

/// Prints no names: some are values.
impl fmt::Debug for Headings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Headings({} names)", self.first.len())
    }
}

impl Headings {
    /// Those of a table whose first row has these names, of which rules and the lexicon say this; none for shapes that have names
    /// of their own.
    pub(super) fn new(shape: Shape, names: &[String], target: impl Fn(u32) -> Option<Target>) -> Option<Headings> {
        if shape.names_columns() || names.len() > NAMES_MAX || (shape == Shape::Lines && names.is_empty()) {
            return None;
        }
        let name = |(column, name): (u32, &String)| Name {
            cell: name.as_bytes().to_vec(),
            words: lexicon::normal(name),
            target: target(column),
        };
        let first: Vec<Name> = (0..).zip(names).map(name).collect();
        let is_closed = |name: &Name| matches!(name.target, Some(Target::Kind(spec)) if CLOSED.contains(&spec.kind));
        let single = matches!(first.as_slice(), [only] if is_closed(only));
        Some(Headings { named: first.len(), first, single })
    }

    /// Takes what has become of the columns: those without a name of their own, or of an unknown one, are known by their kinds.
    pub(super) fn settle(&mut self, columns: &[ColumnPlan]) {
        let unnamed = || Name { cell: Vec::new(), words: String::new(), target: None };
        self.first.resize_with(columns.len().min(NAMES_MAX), unnamed);
        for (name, column) in self.first.iter_mut().zip(columns) {
            let decided = column.kind.map(Target::Kind).or(column.mixed.then_some(Target::Login));
            name.target = decided.or(name.target);
        }
    }

    /// The rows of a sample without those that name columns, and with the columns that these name; none if there are none of them.
    pub(super) fn rows(&self, rows: &[SampleRow]) -> Option<Vec<SampleRow>> {
        let read = |row: &SampleRow| self.read(&row.fields.iter().map(|(_, cell)| cell.as_slice()).collect::<Vec<_>>());
        rows.iter().any(|row| read(row).is_some()).then(|| {
            let (mut layout, mut kept) = (Layout::None, Vec::new());
            for row in rows {
                if let Some(named) = read(row) {
                    layout = named;
                    continue;
                }
                let place = |column: u32| match &layout {
                    Some(columns) => columns.get(column as usize).copied().unwrap_or(UNPLANNED),
                    None => column,
                };
                let fields = row.fields.iter().map(|(column, cell)| (place(*column), cell.clone()));
                kept.push(SampleRow { fields: fields.filter(|(column, _)| *column < CLASSES).collect() });
            }
            kept
        })
    }

    /// Whether a cell may be a name, at a glance.
    fn may_name(&self, cell: &[u8]) -> bool {
        (1..=NAME_BYTES_MAX).contains(&cell.len())
            && cell.iter().any(|byte| !byte.is_ascii_digit())
            && (lexicon::may_know(cell) || self.first.iter().any(|name| name.cell.eq_ignore_ascii_case(cell)))
    }

    /// The columns of cells that are names.
    fn columns(&self, cells: &[Cell]) -> Layout {
        let mut columns: Vec<Option<u32>> = vec![None; cells.len()];
        let mut is_taken = vec![false; self.first.len()];
        let mut take = |fits: &dyn Fn(&Name) -> bool| {
            let place = (0..self.first.len()).find(|place| !is_taken[*place] && fits(&self.first[*place]));
            place.inspect(|place| is_taken[*place] = true).map(|place| place as u32)
        };
        for (cell, column) in cells.iter().zip(&mut columns) {
            *column = take(&|name| !name.words.is_empty() && name.words == cell.words);
        }
        for (cell, column) in cells.iter().zip(&mut columns).filter(|(_, column)| column.is_none()) {
            let weak = cell.finding.is_some_and(|finding| finding.weak);
            *column = match cell.finding.map(|finding| finding.meaning) {
                Some(Meaning::Kind(spec)) => {
                    let named = if weak { UNPLANNED } else { NAMED };
                    take(&|name| name.target == Some(Target::Kind(spec))).or(Some(named))
                }
                Some(Meaning::Login) => take(&|name| name.target == Some(Target::Login)).or(Some(NAMED)),
                Some(Meaning::Class(class)) => Some(class_column(class)),
                Some(Meaning::Ignore) => Some(IGNORED),
                None => Some(UNPLANNED),
            };
        }
        let is_first = columns.len() == self.named && columns.iter().copied().eq((0..).take(columns.len()).map(Some));
        (!is_first).then(|| columns.into_iter().map(|column| column.unwrap_or(UNPLANNED)).collect::<Arc<[u32]>>())
    }
}

/// Whether the values of a column can be any word.
fn is_anything(target: Target) -> bool {
    match target {
        Target::Login => true,
        Target::Kind(spec) => spec.kind == Kind::Username,
        Target::Class(class) => [DataClass::PASSWORDS, DataClass::USERNAMES, DataClass::NICKNAMES].contains(&class),
        _ => false,
    }
}

/// The column of fields that only expose a class.
fn class_column(class: DataClass) -> u32 {
    CLASSES + u32::from(class.bit())
}

/// The class of such a column.
pub(super) fn class_of_column(column: u32) -> Option<DataClass> {
    let bit = column.checked_sub(CLASSES)?;
    DataClass::all().find(|class| u32::from(class.bit()) == bit)
}

struct Cell {
    words: String,
    finding: Option<Finding>,
}

impl Names for Headings {
    fn read(&self, fields: &[&[u8]]) -> Option<Layout> {
        const NAMES_MIN: usize = 2;
        let filled = fields.iter().rposition(|field| !field.trim_ascii().is_empty()).map_or(0, |last| last + 1);
        let fields = &fields[..filled];
        let strangers_max = fields.len() / 3;
        if fields.is_empty() || fields.len() > NAMES_MAX || (fields.len() == 1 && !self.single) {
            return None;
        }
        let mut strangers = 0;
        for field in fields {
            let field = field.trim_ascii();
            strangers += usize::from(!self.may_name(field));
            if strangers > strangers_max || field.is_empty() || field.iter().all(u8::is_ascii_digit) {
                return None;
            }
        }
        let (mut cells, mut strangers): (Vec<Cell>, _) = (Vec::with_capacity(fields.len()), 0);
        let (mut same, mut telling) = (0usize, false);
        for (place, field) in fields.iter().enumerate() {
            let text = String::from_utf8_lossy(field);
            let cell = Cell { words: lexicon::normal(&text), finding: lexicon::find(&text) };
            let is_known = self.first.iter().any(|name| !name.words.is_empty() && name.words == cell.words);
            let is_closed = cell
                .finding
                .filter(|finding| !finding.weak)
                .is_some_and(|finding| matches!(finding.meaning, Meaning::Kind(spec) if CLOSED.contains(&spec.kind)));
            // `user12` and `pass12` are what people have made of such names.
            let is_open = cell.finding.is_some_and(|finding| is_anything(finding.meaning.target()));
            let is_made = is_open && cell.words.ends_with(|c: char| c.is_ascii_digit());
            let is_name = is_known || (cell.finding.is_some() && !is_made);
            let is_again = cells.iter().any(|other| other.words == cell.words);
            strangers += usize::from(!is_name || is_again);
            same += usize::from(is_known && !is_again);
            // In a column of them, `phone` is one too.
            telling |= is_closed && !self.first.get(place).is_some_and(|name| name.target.is_some_and(is_anything));
            cells.push(cell);
        }
        let is_single = fields.len() == 1 && self.first[0].words == cells[0].words;
        // Anything is a user name and a password, `user` and `password` too: only what is no value of its column tells a name.
        let is_told = telling || (same >= NAMES_MIN && 2 * same > fields.len());
        let are_names = is_told && strangers <= strangers_max && fields.len() - strangers >= NAMES_MIN;
        (is_single || are_names).then(|| self.columns(&cells))
    }
}

#[cfg(test)]
mod tests {
    use crate::source::Quoting;

    use super::*;

    /// The columns of the fields: a number, the name of a class, `?` for what is not read, `!` for what should have been.
    fn check(first: &str, row: &str, want: &str) {
        let names: Vec<String> = first.split(',').map(str::to_owned).collect();
        let target = |column: u32| Some(lexicon::find(&names[column as usize])?.meaning.target());
        let shape = Shape::Delimited { delimiter: b',', quoting: Quoting::Doubled };
        let headings = Headings::new(shape, &names, target).expect("a table");
        let fields: Vec<&[u8]> = row.split(',').map(str::as_bytes).collect();
        let shown = |column: u32| match column {
            UNPLANNED => "?".to_string(),
            NAMED => "!".to_string(),
            IGNORED => "-".to_string(),
            column => class_of_column(column).map_or(column.to_string(), |class| class.name().to_string()),
        };
        let got = match headings.read(&fields) {
            None => "no names".to_string(),
            Some(None) => "the same".to_string(),
            Some(Some(columns)) => columns.iter().map(|column| shown(*column)).collect::<Vec<_>>().join(","),
        };
        assert_eq!(got, want, "{first}: {row}");
    }

    #[test]
    fn names_are_told_from_people() {
        check("id,email,name", "id,email,name", "the same");
        check("id,email,name", "ID,E-Mail,Name,,", "the same");
        check("zq,email,xy", "zq,email,xy", "the same");
        check("id,email,name", "name,email", "2,1");
        check("id,email,name", "Mail,zq,Name", "1,?,2");
        check("id,email,name", "email,zq,xy", "no names");
        check("id,email,name", "Name,Mail,7", "no names");
        check("id,email,name", ",email,name", "no names");
        check("id,email,name", "email,email,email", "no names");
        check("email", "email", "the same");
        check("email", "name", "no names");
        check("username", "username", "no names");
        check("username,password", "anna88,password", "no names");
        check("username,password", "user,password", "no names");
        check("username,password", "user12,pass12", "no names");
        check("username,password", "password,username", "1,0");
        check("username,password", "phone,password", "no names");
        check(
            "id,email,name",
            "email,address1,address2,city",
            "1,Physical addresses,Physical addresses,Geographic locations",
        );
        check("id,username,password", "login,user12,pwd15", "no names");
        check("id,username,password", "username,email,password", "1,!,2");
        check("email,vorname,nachname", "mail,name,ort,mobil,id", "0,Names,Geographic locations,!,-");
        check("phone1,phone2,city", "phone2,mobile,city", "1,0,2");
    }
}
