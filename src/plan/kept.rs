//! The caller's own cells, which travel with every row of a list: what groups it, whose row it is, what a notification needs.

use super::rules::Request;
use super::{ColumnPlan, Error, Join};
use crate::identifier::{Form, Kind};
use zeroize::Zeroize;

/// Which cells of every row are kept, and what for. The numbers are places in [`Kept::columns`].
#[derive(Clone, Debug, Default)]
pub struct Kept {
    /// Whether what became of every row is wanted, and not only the totals.
    pub rows: bool,
    /// The columns, in the order in which their cells are kept.
    pub columns: Vec<u32>,
    /// Who the row belongs to; without it, every row is a person.
    pub person: Option<usize>,
    /// The cells that together name the group of the row.
    pub groups: Vec<usize>,
    /// The address whose registrable domain groups the row too, and which a letter needs.
    pub email: Option<usize>,
    /// The reference.
    pub reference: Option<usize>,
    /// The cells that are joined with what leaked.
    pub notify: Vec<usize>,
    /// The cells with identifiers, if they are to be shown.
    pub values: Vec<usize>,
    /// Whether they are.
    shows_values: bool,
}

impl Kept {
    /// Finds the columns that the caller names.
    ///
    /// # Errors
    /// If one of them is not there.
    pub(super) fn resolve(
        request: &Request,
        columns: u32,
        one: impl Fn(&str) -> Result<u32, Error>,
    ) -> Result<Kept, Error> {
        let shows_values = request.values;
        let wanted = request.rows || shows_values || request.notify.is_some();
        let rows = wanted || request.person.is_some() || !request.groups.is_empty();
        let mut kept = Kept { rows, shows_values, ..Kept::default() };
        if !rows {
            return Ok(kept);
        }
        if let Some(name) = &request.person {
            kept.person = Some(kept.place(one(name)?));
        }
        for name in &request.groups {
            let place = kept.place(one(name)?);
            kept.groups.push(place);
        }
        if let Some(name) = &request.reference {
            kept.reference = Some(kept.place(one(name)?));
        }
        let notify = match request.notify.as_deref() {
            None => Vec::new(),
            Some([]) => (0..columns).collect(),
            Some(names) => names.iter().map(|name| one(name)).collect::<Result<_, _>>()?,
        };
        kept.notify = notify.into_iter().map(|column| kept.place(column)).collect();
        Ok(kept)
    }

    /// Whether a column holds the caller's own numbers of people.
    pub(super) fn is_person(&self, column: u32) -> bool {
        self.person.is_some_and(|place| self.columns[place] == column)
    }

    /// Looks at what the columns have become: their groups must name no people, their addresses have domains, and some hold
    /// identifiers. `value` is the column of values of a list that names the kind of every row.
    ///
    /// # Errors
    /// If rows are to be grouped by identifiers.
    pub(super) fn settle(&mut self, columns: &[ColumnPlan], joins: &[Join], value: Option<u32>) -> Result<(), Error> {
        for place in &self.groups {
            let column = self.columns[*place];
            let joined = joins.iter().any(|join| join.columns.contains(&column));
            let Some(plan) = columns.get(column as usize) else { continue };
            if plan.kind.is_some() || plan.mixed || joined {
                return Err(Error::GroupedByIdentifier { column: plan.label.clone() });
            }
        }
        let is_email =
            |plan: &&ColumnPlan| plan.kind.is_some_and(|spec| spec.kind == Kind::Email && spec.form == Form::Plain);
        if !self.groups.is_empty() || !self.notify.is_empty() {
            self.email = columns.iter().find(is_email).map(|plan| self.place(plan.column));
        }
        if self.shows_values {
            let joined = |column: u32| joins.iter().any(|join| join.columns.contains(&column));
            let is_shown = |plan: &&ColumnPlan| {
                plan.kind.is_some() || plan.mixed || joined(plan.column) || value == Some(plan.column)
            };
            self.values = columns.iter().filter(is_shown).map(|plan| self.place(plan.column)).collect();
        }
        Ok(())
    }

    /// The place of a column; one that is needed twice is kept once.
    fn place(&mut self, column: u32) -> usize {
        self.columns.iter().position(|known| *known == column).unwrap_or_else(|| {
            self.columns.push(column);
            self.columns.len() - 1
        })
    }
}

/// The kept cells of the rows of a block.
#[derive(Default)]
pub struct Cells {
    width: usize,
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Cells {
    /// Begins a block whose rows have so many kept cells.
    pub(super) fn begin(&mut self, width: usize) {
        self.width = width;
        self.bytes.clear();
        self.ends.clear();
    }

    /// Ends a cell, which may be empty.
    pub(super) fn push<'a>(&mut self, parts: impl Iterator<Item = &'a [u8]>) {
        // A list of JSON may have several values at one path.
        for (i, part) in parts.enumerate() {
            if i > 0 {
                self.bytes.extend_from_slice(b"; ");
            }
            self.bytes.extend_from_slice(part);
        }
        self.ends.push(self.bytes.len() as u32);
    }

    /// Ends a row that is no record.
    pub(super) fn push_nothing(&mut self) {
        (0..self.width).for_each(|_| self.ends.push(self.bytes.len() as u32));
    }

    /// A cell, by row and place; empty if there is none.
    pub fn cell(&self, record: u32, place: usize) -> &[u8] {
        let at = record as usize * self.width + place;
        let begin = if at == 0 { 0 } else { self.ends.get(at - 1).map_or(0, |end| *end as usize) };
        let end = self.ends.get(at).map_or(begin, |end| *end as usize);
        self.bytes.get(begin..end).unwrap_or_default()
    }
}

/// Prints lengths: cells are values.
impl std::fmt::Debug for Cells {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cells({} of {} bytes)", self.ends.len(), self.bytes.len())
    }
}

impl Drop for Cells {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_stand_where_they_were_put() {
        let mut cells = Cells::default();
        cells.begin(2);
        cells.push([&b"a"[..]].into_iter());
        cells.push([&b"bc"[..], b"d"].into_iter());
        cells.push_nothing();
        cells.push(std::iter::empty());
        cells.push([&b"e"[..]].into_iter());
        let rows: Vec<[&[u8]; 2]> = (0..4).map(|row| [cells.cell(row, 0), cells.cell(row, 1)]).collect();
        assert_eq!(rows, [[&b"a"[..], b"bc; d"], [b"", b""], [b"", b"e"], [b"", b""]]);
        cells.begin(1);
        cells.push([&b"x"[..]].into_iter());
        assert_eq!((cells.cell(0, 0), cells.cell(1, 0)), (&b"x"[..], &b""[..]));
        assert_eq!(format!("{cells:?}"), "Cells(1 of 1 bytes)");
    }
}
