//! Rows of a name and a value, as the forms that a browser has filled in: `billing_phone<TAB>+49..`, `Name: email`, `Value: ..`.
//!
//! No column holds one kind: the name of each row says what its value is. Rows whose names say nothing that can be asked for are
//! about things, unless the value says itself that it is an e-mail address.

use super::decide::Resolved;
use super::lexicon::{self, Meaning};
use super::rules::{Request, Target};
use super::{Error, Plan, Side};
use crate::identifier::{Canonicalizer, Kind, KindSpec};
use crate::source::{SampleRow, Shape};
use std::collections::{BTreeSet, HashMap};

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
    let columns = match ruled(rules)? {
        Some(columns) => Some(columns),
        None => columns(plan, names, rows, request, canonicalizer),
    };
    let Some((name, value)) = columns else { return Ok(()) };
    plan.fields = Some((name, value));
    for column in plan.columns.iter_mut().filter(|column| [name, value].contains(&column.column)) {
        (column.kind, column.class, column.problem) = (None, None, None);
        (column.mixed, column.searched, column.open) = (false, false, false);
    }
    Ok(())
}

/// The columns of which somebody has said it.
fn ruled(rules: &[Resolved]) -> Result<Option<(u32, u32)>, Error> {
    let of = |target: Target| rules.iter().rev().find(|rule| rule.target == target).map(|rule| rule.columns.as_slice());
    match (of(Target::FieldName), of(Target::FieldValue)) {
        (None, None) => Ok(None),
        (Some([name]), Some([value])) => Ok(Some((*name, *value))),
        _ => Err(Error::Undecided(vec!["`field_name` and `field_value` go together, each for one column".to_string()])),
    }
}

/// The columns of the names and of the values, if the rows of a dump are such.
fn columns(
    plan: &Plan,
    names: &[String],
    rows: &[SampleRow],
    request: &Request,
    canonicalizer: &mut Canonicalizer,
) -> Option<(u32, u32)> {
    const SHARE_NAMES_MIN: f64 = 0.9;
    const KNOWN_MIN: usize = 2;
    if plan.side != Side::Dump || request.names_columns() {
        return None;
    }
    let (name, value) = match plan.shape {
        // Nothing else makes this shape.
        Shape::Forms => return Some((0, 1)),
        Shape::Pairs => (place(names, &["name", "form", "field", "key"])?, place(names, &["value", "val"])?),
        shape if shape.names_columns() || plan.header || plan.columns.len() != 2 => return None,
        _ => (0, 1),
    };
    let (mut known, mut confirmed, mut contradicted, mut alike) = (BTreeSet::new(), 0usize, 0usize, 0usize);
    for row in rows {
        let cell =
            |wanted: u32| row.fields.iter().find(|(column, _)| *column == wanted).map_or(&[][..], |(_, cell)| cell);
        let (name, value) = (cell(name).trim_ascii(), cell(value));
        alike += usize::from(is_name(name));
        let Some(target) = target_of(name) else { continue };
        known.insert(name);
        if let Target::Kind(spec) = target
            && CLOSED.contains(&spec.kind)
            && crate::identifier::presence(value).is_ok()
        {
            let is_one = canonicalizer.canonicalize(spec, request.region, value).is_ok();
            confirmed += usize::from(is_one);
            contradicted += usize::from(!is_one);
        }
    }
    let are_names = alike as f64 >= SHARE_NAMES_MIN * rows.len() as f64 && known.len() >= KNOWN_MIN;
    (are_names && confirmed > 0 && contradicted <= confirmed).then_some((name, value))
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
