//! Identifiers that are made of several columns.
//!
//! A rule makes any. Without a rule, the columns of names and the one of birthdays make a [`Kind::NameDob`], if they are called so
//! and the values of the sample agree: such a join is *assumed*.
//!
//! # Why an assumed join is loose
//!
//! Two people can have one name and one birthday. Where the share of the name number i is f(i), two strangers meet with the
//! probability sum f(i)^2 over the 25,000 birthdays of the living: with the names of a large country, of which the sum is about
//! 10^-5, that is 4 x 10^-10, and between a list and a dump of a million strangers each, 400 pairs. In a list of customers that
//! are not in the dump that would be 400 people told that they were. So a dump stores the digest, which costs it one or two
//! per record (half of Latin names have another folded form) and nothing where there are no birthdays; a list whose columns were
//! only assumed asks for it at tier loose, which is listed and not counted; and whoever maps the columns, or follows a plan that
//! says so, has decided that they are what they are called, and gets an exact answer. Not stored at all, as an earlier version had
//! it, it could not be asked for later: the dump would have to be read again.

use super::decide::{Resolved, class_of_kind};
use super::rules::Target;
use super::{ColumnPlan, Join, Plan};
use crate::identifier::{Canonicalizer, Country, Kind, KindSpec, NAME_DOB_SEPARATOR, Order, presence};
use crate::index::class::DataClass;
use crate::source::SampleRow;
use std::collections::BTreeMap;

/// More parts than these are no name with a birthday.
const NAME_PARTS_MAX: usize = 3;
/// Nobody checks what is assumed: three columns may be a name and its parts.
const ASSUMED_PARTS_MAX: usize = 2;
/// Share of the sampled rows that have to be names with birthdays.
const SHARE_MIN: f64 = 0.8;
/// Rows looked at: a name takes a microsecond.
const ROWS_MAX: usize = 500;

/// The combined identifiers; their columns get a data class if they have none.
pub(super) fn mapped(rules: &[Resolved], columns: &mut [ColumnPlan]) -> Vec<Join> {
    let mut joins = Vec::new();
    for rule in rules.iter().filter(|rule| rule.columns.len() > 1) {
        let Target::Kind(spec) = rule.target else { continue };
        for (i, column) in rule.columns.iter().enumerate() {
            let last = i + 1 == rule.columns.len();
            let class = match spec.kind {
                Kind::NameDob if last => Some(DataClass::DATES_OF_BIRTH),
                Kind::NamePostcode if last => Some(DataClass::PHYSICAL_ADDRESSES),
                Kind::NameDob | Kind::NamePostcode => Some(DataClass::NAMES),
                kind => class_of_kind(kind),
            };
            let plan = &mut columns[*column as usize];
            plan.class = plan.class.or(class);
            plan.problem = None;
        }
        joins.push(Join { spec, columns: rule.columns.clone(), assumed: false });
    }
    joins
}

/// The columns of names, and then the one of birthdays, that are called so and belong together: of one table, or one object.
pub(super) fn named(plan: &Plan) -> Vec<Vec<u32>> {
    if !plan.header && !plan.shape.names_columns() {
        return Vec::new();
    }
    let mut groups: BTreeMap<&str, (Vec<u32>, Vec<u32>)> = BTreeMap::new();
    for column in plan.columns.iter().filter(|column| column.kind.is_none()) {
        let (names, births) = groups.entry(parent(plan, column)).or_default();
        match column.class {
            Some(DataClass::NAMES) => names.push(column.column),
            Some(DataClass::DATES_OF_BIRTH) => births.push(column.column),
            _ => (),
        }
    }
    let whole = |(parent, (names, births)): (&str, (Vec<u32>, Vec<u32>))| {
        // Of the many people in a list within a record, nothing says whose birthday it is.
        let [birth] = births.as_slice() else { return None };
        let one = (1..=NAME_PARTS_MAX).contains(&names.len()) && !parent.contains("[]");
        one.then(|| names.into_iter().chain([*birth]).collect())
    };
    groups.into_iter().filter_map(whole).collect()
}

/// The table or the object of a column; nothing where columns have no paths.
fn parent<'a>(plan: &'a Plan, column: &ColumnPlan) -> &'a str {
    let path = plan.paths.get(column.column as usize).filter(|_| plan.shape.names_columns());
    path.map_or("", |path| parent_of(path))
}

/// What stands before the last key of a path.
pub(super) fn parent_of(path: &str) -> &str {
    // A dot inside of a name has a backslash before it.
    let bytes = path.as_bytes();
    let dot = (1..bytes.len()).rev().find(|at| bytes[*at] == b'.' && bytes[at - 1] != b'\\');
    &path[..dot.unwrap_or(0)]
}

/// The joins that nobody asked for, and that names and values suggest.
pub(super) fn assumed(
    plan: &Plan,
    rules: &[Resolved],
    rows: &[SampleRow],
    region: Country,
    canonicalizer: &mut Canonicalizer,
) -> Vec<Join> {
    let ruled = |column: &u32| rules.iter().any(|rule| rule.columns.contains(column));
    let spec = KindSpec::new(Kind::NameDob);
    let known = plan.kinds().iter().any(|kind| kind.kind == Kind::NameDob);
    let mut joins = Vec::new();
    for columns in named(plan).into_iter().filter(|columns| !known && !columns.iter().any(ruled)) {
        if columns.len() <= ASSUMED_PARTS_MAX + 1 && are_people(plan, &columns, rows, region, canonicalizer) {
            joins.push(Join { spec, columns, assumed: true });
        }
    }
    joins
}

/// Whether nearly all rows that have something in every one of the columns are a whole name with a birthday.
fn are_people(
    plan: &Plan,
    columns: &[u32],
    rows: &[SampleRow],
    region: Country,
    canonicalizer: &mut Canonicalizer,
) -> bool {
    let order = columns.last().and_then(|birth| plan.columns[*birth as usize].date_order);
    let region = order.map_or(region, Order::region);
    let (mut all, mut people, mut joined) = (0usize, 0usize, Vec::new());
    for row in rows.iter().take(ROWS_MAX) {
        let cells: Option<Vec<&[u8]>> = columns.iter().map(|column| cell(row, *column)).collect();
        let Some(cells) = cells else { continue };
        all += 1;
        joined.clear();
        for (place, cell) in cells.iter().enumerate() {
            joined.extend((place > 0).then_some(NAME_DOB_SEPARATOR));
            joined.extend_from_slice(cell);
        }
        let accepted = canonicalizer.canonicalize(KindSpec::new(Kind::NameDob), region, &joined).is_ok();
        people += usize::from(accepted && (cells.len() > 2 || is_whole_name(cells[0])));
    }
    all > 0 && people as f64 >= SHARE_MIN * all as f64
}

fn cell(row: &SampleRow, column: u32) -> Option<&[u8]> {
    let cell = row.fields.iter().find(|(at, _)| *at == column).map(|(_, cell)| cell.as_slice());
    cell.filter(|cell| presence(cell).is_ok())
}

/// A given name alone is nobody's: words, or a name of a script that writes family and given names as one.
fn is_whole_name(name: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(name) else { return false };
    let joined = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}');
    text.trim().contains([' ', ',']) || (text.chars().filter(|c| joined(*c)).count() >= 2)
}
