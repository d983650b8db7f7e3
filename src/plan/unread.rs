//! Columns that are read as text, and hold identifiers in it: a note that names a vehicle.
//!
//! A cell is taken as one value, so that a list asks for nothing of such a column, and a claim compares nothing of it. That must not be
//! silent: whoever reads "not found" has to know what was not looked at. An ingest takes them out of their cells.

use super::found::NUMBERS;
use super::{Plan, Side};
use crate::identifier::{Canonicalizer, Kind, KindSpec, is_vouched};
use crate::source::{Candidate, Edges, Sample, Shape, search};
use std::collections::BTreeSet;

/// So many cells are no accident; in a list a single address or telephone number is told. Of numbers also this share of the cells with
/// anything as long: one in eleven passes by chance.
const CELLS_MIN: usize = 3;
const CELLS_SHARE_MIN: f64 = 0.25;
/// No identifier that is found in a text is shorter.
const BYTES_MIN: usize = 6;

/// A column with identifiers in its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The column.
    pub column: u32,
    /// What can be shown of its name.
    pub label: String,
    /// The kind of the identifiers.
    pub kind: Kind,
    /// Cells that have one.
    pub cells: usize,
    /// Cells that were looked at: those that are not empty.
    pub present: usize,
    /// Whether an ingest takes them out of their cells; nothing else does.
    pub taken: bool,
}

/// The columns of a plan that are not asked about and have identifiers in their text, each with every kind of them.
///
/// Cost: a search through the cells of some 2,000 rows.
pub fn unread(plan: &Plan, sample: &Sample) -> Vec<Unread> {
    unread_in(plan, sample, usize::MAX)
}

/// The same of so many rows, one as far from the next as every other.
fn unread_in(plan: &Plan, sample: &Sample, rows_max: usize) -> Vec<Unread> {
    if plan.shape == Shape::Found {
        return Vec::new();
    }
    let is_joined = |column: u32| plan.joins.iter().any(|join| join.columns.contains(&column));
    let least = if plan.side == Side::List { 1 } else { CELLS_MIN };
    let by_rows = plan.kind_and_value.iter().chain(&plan.fields);
    let is_row = |column: u32| by_rows.clone().any(|(name, value)| column == *name || column == *value);
    let columns = plan
        .columns
        .iter()
        .filter(|column| column.kind.is_none() && !column.mixed && !is_joined(column.column) && !is_row(column.column));
    let mut canonicalizer = Canonicalizer::new();
    let rows = &sample.rows[usize::from(plan.header).min(sample.rows.len())..];
    let mut found = Vec::new();
    for column in columns {
        let cells = rows
            .iter()
            .step_by(rows.len().div_ceil(rows_max).max(1))
            .flat_map(|row| row.fields.iter())
            .filter(|(at, _)| *at == column.column);
        let mut counts = Counts::default();
        cells.filter(|(_, cell)| cell.len() >= BYTES_MIN).for_each(|(_, cell)| {
            counts.add(cell, plan, &mut canonicalizer);
        });
        // Free text of a dump is searched for these.
        let is_sign = |kind: Kind| matches!(kind, Kind::Email | Kind::Phone);
        let is_unread = |(kind, _): &(Kind, usize)| !(column.searched && is_sign(*kind));
        found.extend(counts.kinds(least).filter(is_unread).map(|(kind, cells)| Unread {
            column: column.column,
            label: column.label.clone(),
            kind,
            cells,
            present: column.evidence.present,
            taken: if is_sign(kind) { column.is_open() } else { column.codes },
        }));
    }
    found
}

/// Marks the columns of a dump in whose text numbers with check digits stand, so that they are taken.
pub(super) fn mark_numbers(plan: &mut Plan, sample: &Sample) {
    if plan.side != Side::Dump {
        return;
    }
    /// Of thousands of small files, planning is most of the work.
    const ROWS_MAX: usize = 300;
    let found = unread_in(plan, sample, ROWS_MAX);
    let looked_at = sample.rows.len() / sample.rows.len().div_ceil(ROWS_MAX).max(1);
    let are_half = |unread: &&Unread| 2 * unread.cells >= unread.present.min(looked_at);
    let texts: BTreeSet<u32> = found.iter().filter(are_half).map(|unread| unread.column).collect();
    let numbers = found.iter().filter(|unread| NUMBERS.contains(&unread.kind));
    let columns: BTreeSet<u32> = numbers.map(|unread| unread.column).collect();
    let is_combolist = matches!(plan.shape, Shape::Logins { .. });
    for column in &mut plan.columns {
        if is_combolist && texts.contains(&column.column) {
            // Behind the secrets stands more: `anna@example.org:secret | +49 ..`.
            column.open_secrets();
        }
        if columns.contains(&column.column) {
            column.codes = column.is_open() || column.searched;
        }
    }
}

/// Cells with an address, with a telephone number that has a plus, with anything as long as a number, and with a number of each kind.
#[derive(Default)]
struct Counts {
    addresses: usize,
    phones: usize,
    codes: usize,
    numbers: [usize; NUMBERS.len()],
}

impl Counts {
    fn add(&mut self, cell: &[u8], plan: &Plan, canonicalizer: &mut Canonicalizer) {
        let (mut address, mut phone, mut code, mut numbers) = (false, false, false, [false; NUMBERS.len()]);
        let mut is = |kind: Kind, value: &[u8]| {
            canonicalizer
                .canonicalize(KindSpec::new(kind), plan.region, value)
                .is_ok_and(|canonical| matches!(kind, Kind::Email | Kind::Phone) || is_vouched(kind, &canonical))
        };
        search(cell, 0..cell.len(), Edges::default(), |candidate, value| match candidate {
            Candidate::Address | Candidate::Encoded => address = address || is(Kind::Email, value),
            Candidate::Phone => phone = phone || is(Kind::Phone, value),
            Candidate::Code => {
                code = true;
                NUMBERS.into_iter().zip(&mut numbers).for_each(|(kind, has)| *has |= is(kind, value));
            }
            Candidate::Groups => (),
        });
        self.addresses += usize::from(address);
        self.phones += usize::from(phone);
        self.codes += usize::from(code);
        self.numbers.iter_mut().zip(numbers).for_each(|(all, has)| *all += usize::from(has));
    }

    /// The kinds that stand in enough cells; addresses and telephone numbers in `least`.
    fn kinds(&self, least: usize) -> impl Iterator<Item = (Kind, usize)> {
        let numbers = NUMBERS.into_iter().zip(self.numbers);
        let (codes, signs) = (self.codes, [(Kind::Email, self.addresses), (Kind::Phone, self.phones)]);
        let are_many = move |cells: usize| cells >= CELLS_MIN && cells as f64 >= CELLS_SHARE_MIN * codes as f64;
        let numbers = numbers.filter(move |(_, cells)| are_many(*cells));
        signs.into_iter().filter(move |(_, cells)| *cells >= least).chain(numbers)
    }
}
