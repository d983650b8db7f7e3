//! Rows of a name and a value, as the forms that a browser has filled in: `billing_phone<TAB>+49..`, `Name: email`, `Value: ..`.
//!
//! No column holds one kind: the name of each row says what its value is. Rows whose names say nothing that can be asked for are
//! about things, unless the value says itself that it is an e-mail address. Shops and weblogs keep what they know of their users in
//! such tables: `(7,'billing_phone','0151..')`.

use super::decide::{Resolved, rule_of};
use super::joins::parent_of;
use super::lexicon::{self, Meaning};
use super::rules::{Request, Target};
use super::{Error, Plan, Side};
use crate::identifier::{Canonicalizer, Kind, KindSpec, Reason};
use crate::source::{SampleRow, Shape};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Names of forms are short.
const NAME_BYTES_MAX: usize = 64;
/// So many different names are remembered.
const NAMES_MAX: usize = 4096;
/// Kinds whose values confirm what a name says.
const CLOSED: [Kind; 5] = [Kind::Email, Kind::Phone, Kind::NationalId, Kind::Card, Kind::Iban];

/// Reads the rows of a dump by their names, if they are such.
pub(super) fn refine(
    plan: &mut Plan,
    names: &[String],
    rows: &[SampleRow],
    (request, rules): (&Request, &[Resolved]),
    canonicalizer: &mut Canonicalizer,
) -> Result<(), Error> {
    let mut fields = ruled(plan, names, rules)?;
    if fields.is_empty() || matches!(plan.shape, Shape::Sql { .. }) {
        let found = columns(plan, names, rows, (request, rules), canonicalizer);
        fields.extend(found);
    }
    let is_field = |at: u32| fields.iter().any(|(name, value)| [*name, *value].contains(&at));
    for column in plan.columns.iter_mut().filter(|column| is_field(column.column)) {
        (column.kind, column.class, column.problem) = (None, None, None);
        (column.mixed, column.searched, column.open) = (false, false, false);
    }
    plan.fields = fields;
    Ok(())
}

/// The columns of which somebody has said it; of SQL, those of each table.
fn ruled(plan: &Plan, names: &[String], rules: &[Resolved]) -> Result<Vec<(u32, u32)>, Error> {
    let of_sql = matches!(plan.shape, Shape::Sql { .. });
    let mut tables: BTreeMap<&str, [Vec<u32>; 2]> = BTreeMap::new();
    for column in 0..plan.columns.len() as u32 {
        let place = match rule_of(rules, column) {
            Some(Target::FieldName) => 0,
            Some(Target::FieldValue) => 1,
            _ => continue,
        };
        let path = names.get(column as usize).filter(|_| of_sql).map_or("", String::as_str);
        tables.entry(parent_of(path)).or_default()[place].push(column);
    }
    let pair = |columns: &[Vec<u32>; 2]| match columns.each_ref().map(Vec::as_slice) {
        [[name], [value]] => Ok((*name, *value)),
        _ => Err(Error::Undecided(vec!["`field_name` and `field_value` go together, each for one column".to_string()])),
    };
    tables.values().map(pair).collect()
}

/// The columns of the names and of the values, if the rows of a dump are such; of SQL, those of every such table.
fn columns(
    plan: &Plan,
    names: &[String],
    rows: &[SampleRow],
    (request, rules): (&Request, &[Resolved]),
    canonicalizer: &mut Canonicalizer,
) -> Vec<(u32, u32)> {
    let of_sql = matches!(plan.shape, Shape::Sql { .. });
    if plan.side != Side::Dump || (request.names_columns() && !of_sql) {
        return Vec::new();
    }
    let candidates = match plan.shape {
        // Nothing else makes this shape.
        Shape::Forms => return vec![(0, 1)],
        Shape::Pairs => pair_of(names, &["name", "form", "field", "key"], &["value", "val"]).into_iter().collect(),
        Shape::Sql { .. } => of_tables(names),
        shape if shape.names_columns() || plan.header || plan.columns.len() != 2 => Vec::new(),
        _ => vec![(0, 1)],
    };
    let is_free = |(name, value): &(u32, u32)| [*name, *value].iter().all(|column| rule_of(rules, *column).is_none());
    let mut are_fields = |pair: &(u32, u32)| are_fields(*pair, rows, request, canonicalizer);
    candidates.into_iter().filter(|pair| is_free(pair) && are_fields(pair)).collect()
}

/// The same of the tables of a dump of SQL, by what their columns are called.
fn of_tables(names: &[String]) -> Vec<(u32, u32)> {
    let mut tables: BTreeMap<&str, Vec<(u32, &str)>> = BTreeMap::new();
    for (place, path) in names.iter().enumerate() {
        let table = parent_of(path);
        let name = path[table.len()..].trim_start_matches('.');
        tables.entry(table).or_default().push((place as u32, name));
    }
    let of = |columns: &[(u32, &str)], words: &[&str]| {
        let is_one = |name: &str| words.iter().any(|word| name.trim().eq_ignore_ascii_case(word));
        columns.iter().find(|(_, name)| is_one(name)).map(|(place, _)| *place)
    };
    let pair = |columns: &Vec<(u32, &str)>| {
        let name = of(columns, &["meta_key", "option_name", "field_name", "attribute_name", "profile_key"])?;
        Some((name, of(columns, &["meta_value", "option_value", "field_value", "attribute_value", "profile_value"])?))
    };
    tables.values().filter_map(pair).collect()
}

/// Whether the rows that have such a column of names are called by names, and their values confirm what these say.
fn are_fields(
    (name, value): (u32, u32),
    rows: &[SampleRow],
    request: &Request,
    canonicalizer: &mut Canonicalizer,
) -> bool {
    const SHARE_NAMES_MIN: f64 = 0.9;
    const KNOWN_MIN: usize = 2;
    let (mut all, mut alike, mut known) = (0usize, 0usize, BTreeSet::new());
    let (mut confirmed, mut contradicted) = (0usize, 0usize);
    for row in rows {
        let cell = |wanted: u32| row.fields.iter().find(|(column, _)| *column == wanted).map(|(_, cell)| &cell[..]);
        let Some(name) = cell(name) else { continue };
        let (name, value) = (name.trim_ascii(), cell(value).unwrap_or_default());
        all += 1;
        alike += usize::from(is_name(name));
        let Some(target) = target_of(name) else { continue };
        known.insert(name);
        if let Target::Kind(spec) = target
            && CLOSED.contains(&spec.kind)
            && crate::identifier::presence(value).is_ok()
        {
            match canonicalizer.canonicalize(spec, request.region, value) {
                Ok(_) => confirmed += 1,
                // A telephone number of a country that nobody has named says nothing.
                Err(Reason::NoRegion) => (),
                Err(_) => contradicted += 1,
            }
        }
    }
    let are_names = alike as f64 >= SHARE_NAMES_MIN * all as f64 && known.len() >= KNOWN_MIN;
    are_names && confirmed > 0 && contradicted <= confirmed
}

fn pair_of(names: &[String], of_names: &[&str], of_values: &[&str]) -> Option<(u32, u32)> {
    Some((place(names, of_names)?, place(names, of_values)?))
}

fn place(names: &[String], words: &[&str]) -> Option<u32> {
    let place = names.iter().position(|name| words.iter().any(|word| name.trim().eq_ignore_ascii_case(word)))?;
    Some(place as u32)
}

fn is_name(cell: &[u8]) -> bool {
    (1..=NAME_BYTES_MAX).contains(&cell.len())
        && !cell.contains(&b'@')
        && cell.iter().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii())
}

/// What a name says of its value; none if nothing. `login[email]` is that of an address.
fn target_of(name: &[u8]) -> Option<Target> {
    let text = std::str::from_utf8(name).ok().filter(|_| is_name(name))?;
    let inside = text.rfind('[').map(|open| text[open + 1..].trim_end_matches(']'));
    if let Some(finding) = lexicon::find(text).or_else(|| lexicon::find(inside?)) {
        let is_weak = matches!(finding.meaning, Meaning::Kind(spec) if finding.weak && !CLOSED.contains(&spec.kind));
        return Some(finding.meaning.target()).filter(|_| !is_weak);
    }
    // `billing_phone`, `ship-to:email`: the last word says what it is, if that is what values confirm.
    let last = text.rsplit(['_', '-', '.', ':', ' ']).next().and_then(lexicon::find)?;
    let is_closed = matches!(last.meaning, Meaning::Kind(spec) if CLOSED.contains(&spec.kind));
    (is_closed && !last.weak).then(|| last.meaning.target())
}

/// What the names of rows have said so far.
#[derive(Default)]
pub(super) struct Known(HashMap<Vec<u8>, Option<Target>>);

impl Known {
    /// What is to be asked for of a row; none if nothing is.
    pub(super) fn target(&mut self, name: &[u8], value: &[u8]) -> Option<Target> {
        let name = name.trim_ascii();
        let target = match self.0.get(name) {
            Some(known) => *known,
            None => {
                if self.0.len() >= NAMES_MAX {
                    self.0.clear();
                }
                let target = target_of(name);
                self.0.insert(name.to_vec(), target);
                target
            }
        };
        let is_address = memchr::memchr(b'@', value).is_some();
        match target {
            Some(Target::Kind(_) | Target::Login) => target,
            _ if is_address => Some(Target::Kind(KindSpec::new(Kind::Email))),
            _ => None,
        }
    }
}
