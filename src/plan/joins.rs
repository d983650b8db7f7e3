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
use super::lexicon;
use super::packed::{self, Packed};
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
        let day = day_of(spec.kind, &rule.columns, columns);
        for (i, column) in rule.columns.iter().enumerate() {
            let last = i + if day.is_some() { 3 } else { 1 } >= rule.columns.len();
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
        joins.push(Join { spec, columns: rule.columns.clone(), assumed: false, day });
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
        let parts = names.len();
        let columns: Vec<u32> = names.into_iter().chain(births.iter().copied()).collect();
        let is_day =
            births.len() == 1 || (births.len() == 3 && day_of(Kind::NameDob, &columns, &plan.columns).is_some());
        // Of the many people in a list within a record, nothing says whose birthday it is.
        let is_one = (1..=NAME_PARTS_MAX).contains(&parts) && !parent.contains("[]");
        (is_day && is_one).then_some(columns)
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
    for mut columns in named(plan).into_iter().filter(|columns| !known && !columns.iter().any(ruled)) {
        leave_out_middle(&mut columns, plan);
        let day = day_of(spec.kind, &columns, &plan.columns);
        let join = Join { spec, columns, assumed: true, day };
        if join.names() <= ASSUMED_PARTS_MAX && are_people(plan, &join, rows, region, canonicalizer) {
            joins.push(join);
        }
    }
    joins
}

/// Leaves out the one of three names that stands between the others: most lists do not have it.
fn leave_out_middle(columns: &mut Vec<u32>, plan: &Plan) {
    const MIDDLE: [&str; 9] = [
        "middlename",
        "middle",
        "mname",
        "middlenm",
        "patronymic",
        "отчество",
        "otchestvo",
        "побатькові",
        "secondname",
    ];
    let is_name = |column: &u32| plan.columns[*column as usize].class == Some(DataClass::NAMES);
    let is_middle = |column: &u32| {
        let label = plan.columns[*column as usize].label.as_str();
        is_name(column) && MIDDLE.contains(&lexicon::normal(label.rsplit('.').next().unwrap_or_default()).as_str())
    };
    let is_one_of_three = columns.iter().filter(|column| is_name(column)).count() == 3;
    if is_one_of_three && columns.iter().filter(|column| is_middle(column)).count() == 1 {
        columns.retain(|column| !is_middle(column));
    }
}

/// Whether nearly all rows that have something in every one of the columns are a whole name with a birthday.
fn are_people(
    plan: &Plan,
    join: &Join,
    rows: &[SampleRow],
    region: Country,
    canonicalizer: &mut Canonicalizer,
) -> bool {
    let columns = &join.columns;
    let order = columns.last().and_then(|birth| plan.columns[*birth as usize].date_order);
    let region = order.map_or(region, Order::region);
    let (mut all, mut people, mut joined) = (0usize, 0usize, Vec::new());
    for row in rows.iter().take(ROWS_MAX) {
        let cells: Option<Vec<&[u8]>> = columns.iter().map(|column| cell(row, *column)).collect();
        let Some(cells) = cells else { continue };
        all += 1;
        join.write(&plan.columns, |column| cell(row, column).unwrap_or_default(), &mut joined);
        let accepted = canonicalizer.canonicalize(KindSpec::new(Kind::NameDob), region, &joined).is_ok();
        people += usize::from(accepted && (join.names() > 1 || is_whole_name(cells[0])));
    }
    all > 0 && people as f64 >= SHARE_MIN * all as f64
}

/// The places of the year, the month and the day of a birth among the columns of a join, if its last three are called so.
fn day_of(kind: Kind, columns: &[u32], plans: &[ColumnPlan]) -> Option<[usize; 3]> {
    const WORDS: [&[&str]; 3] = [
        &["year", "yr", "jahr", "annee", "ano", "anno", "год", "年"],
        &["month", "monat", "mois", "mes", "mese", "месяц", "月"],
        &["day", "tag", "jour", "dia", "giorno", "день", "日"],
    ];
    let first = columns.len().checked_sub(3).filter(|first| *first > 0 && kind == Kind::NameDob)?;
    let is_called = |place: usize, words: &[&str]| {
        let label = plans.get(columns[place] as usize).map_or("", |plan| plan.label.as_str());
        let name = lexicon::normal(label.rsplit('.').next().unwrap_or_default());
        words.iter().any(|word| name.ends_with(word) || name.starts_with(word))
    };
    let places = WORDS.map(|words| (first..columns.len()).find(|place| is_called(*place, words)));
    let [Some(year), Some(month), Some(day)] = places else { return None };
    (year != month && month != day && year != day).then_some([year, month, day])
}

impl Join {
    /// How many of the columns are names.
    fn names(&self) -> usize {
        self.columns.len() - if self.day.is_some() { 3 } else { 1 }
    }

    /// Writes the cells of a record behind each other; where the day stands in three, they become one.
    pub(super) fn write<'r>(&self, plans: &[ColumnPlan], cell: impl Fn(u32) -> &'r [u8], joined: &mut Vec<u8>) {
        joined.clear();
        let take = |joined: &mut Vec<u8>, cell: &[u8]| {
            joined.extend(cell.iter().filter(|byte| **byte != NAME_DOB_SEPARATOR));
        };
        let days: &[usize] = self.day.as_ref().map_or(&[], |day| day);
        for (place, column) in self.columns.iter().enumerate().filter(|(place, _)| !days.contains(place)) {
            joined.extend((place > 0).then_some(NAME_DOB_SEPARATOR));
            let is_packed = plans.get(*column as usize).is_some_and(|plan| plan.packed == Packed::Seconds);
            match if is_packed { packed::birthday(cell(*column)) } else { None } {
                Some(day) => joined.extend_from_slice(day.as_bytes()),
                None => take(joined, cell(*column)),
            }
        }
        let Some(day) = self.day else { return };
        joined.push(NAME_DOB_SEPARATOR);
        let parts = day.map(|place| cell(self.columns[place]).trim_ascii());
        if parts.iter().all(|part| presence(part).is_ok()) {
            for (place, part) in parts.into_iter().enumerate() {
                joined.extend((place > 0).then_some(b'-'));
                take(joined, part);
            }
        }
    }
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
