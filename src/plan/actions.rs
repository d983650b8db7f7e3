//! What an extractor does with every column of a plan.

use super::Plan;
use super::cells::Numbers;
use super::found::Wanted;
use super::joins::parent_of;
use super::packed::Packed;
use crate::identifier::{Country, KindSpec};
use crate::index::class::DataClass;
use crate::source::Shape;
use std::collections::BTreeSet;

/// What is done with a column, looked up by its number.
#[derive(Clone, Copy, Default)]
pub(super) struct Action {
    pub kind: Option<KindSpec>,
    pub class: Option<DataClass>,
    pub mixed: bool,
    /// Whether addresses stand in its free text.
    pub searched: bool,
    /// What is taken out of one of its cells, though it is no column of that.
    pub glance: Option<Wanted>,
    /// Whether numbers with check digits stand in its text.
    pub codes: bool,
    /// Whether a cell that is no address decides what it is.
    pub login: bool,
    pub phone_prefix: &'static str,
    pub numbers: Numbers,
    /// The country of identity numbers among its cells.
    pub numbers_of: Country,
    pub packed: Packed,
    /// Which of the plan's dials its numbers are of.
    pub dial: Option<usize>,
    pub reference: bool,
    /// Which event of the row its day is of.
    pub event: Option<usize>,
    pub row_kind: bool,
    pub row_value: bool,
}

pub(super) fn actions(plan: &Plan) -> Vec<Action> {
    let mut actions: Vec<Action> = plan
        .columns
        .iter()
        .map(|column| Action {
            kind: column.kind,
            class: column.class,
            mixed: column.mixed,
            searched: column.searched,
            glance: column.glance(),
            codes: column.codes,
            login: column.login,
            phone_prefix: column.phone_prefix,
            numbers: column.numbers,
            numbers_of: column.numbers_of,
            packed: column.packed,
            ..Action::default()
        })
        .collect();
    for (event, column) in plan.events.into_iter().enumerate() {
        if let Some(action) = column.and_then(|column| actions.get_mut(column as usize)) {
            action.event = Some(event);
        }
    }
    for (place, dial) in plan.dials.iter().enumerate() {
        if let Some(action) = actions.get_mut(dial.phone as usize) {
            action.dial = Some(place);
        }
    }
    let mut mark = |column: u32, set: fn(&mut Action)| {
        if let Some(action) = actions.get_mut(column as usize) {
            set(action);
        }
    };
    if let Some(column) = plan.reference {
        mark(column, |action| action.reference = true);
    }
    if let Some((kind, value)) = plan.kind_and_value {
        mark(kind, |action| action.row_kind = true);
        mark(value, |action| action.row_value = true);
    }
    actions
}

/// For every column of SQL whether its table has a column of identifiers; empty where that is not asked.
pub(super) fn columns_of_people(plan: &Plan) -> Vec<bool> {
    if !matches!(plan.shape, Shape::Sql { .. }) || !plan.people_only {
        return Vec::new();
    }
    let joined = |column: u32| plan.joins.iter().any(|join| !join.assumed && join.columns.contains(&column));
    let named = |column: u32| plan.fields.iter().any(|(_, value)| *value == column);
    let with_identifiers: BTreeSet<&str> = plan
        .columns
        .iter()
        .zip(&plan.paths)
        .filter(|(column, _)| column.kind.is_some() || column.mixed || joined(column.column) || named(column.column))
        .map(|(_, path)| parent_of(path))
        .collect();
    plan.paths.iter().map(|path| with_identifiers.contains(parent_of(path))).collect()
}

pub(super) fn column_kinds(plan: &Plan) -> Vec<KindSpec> {
    let mut kinds: Vec<KindSpec> = plan.columns.iter().filter_map(|column| column.kind).collect();
    kinds.sort_unstable();
    kinds.dedup_by_key(|spec| spec.kind);
    kinds
}
