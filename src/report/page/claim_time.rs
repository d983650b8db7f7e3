//! When a sample was taken from the lists, in sentences.

use super::claim::list_name;
use super::{Block, Section};
use crate::query::claim::{Changed, Claim, Freshness, ListFacts, Window};
use crate::report::claim::date;
use crate::report::text::{count, percent};

/// What the days of the lists say; none if they have none.
pub(super) fn section(claim: &Claim) -> Option<Section> {
    let items: Vec<String> = claim.lists.iter().flat_map(|list| of_list(claim, list)).collect();
    (!items.is_empty()).then(|| Section::new("When it was taken", vec![Block::Items(items)]))
}

fn of_list(claim: &Claim, list: &ListFacts) -> Vec<String> {
    let name = list_name(claim, list);
    let window = list.window().unwrap_or_default();
    let mut items: Vec<String> = window_in_words(&name, window).into_iter().collect();
    items.extend(list.freshness.as_ref().map(created).unwrap_or_default());
    items.extend(list.changed.as_ref().and_then(|changed| changed_in_words(changed, window)));
    items
}

fn window_in_words(name: &str, window: Window) -> Option<String> {
    match (window.not_before.map(date), window.not_after.map(date)) {
        (Some(from), Some(to)) => Some(format!("From `{name}` between {from} and {to}.")),
        (Some(from), None) => Some(format!("From `{name}` on {from} or later.")),
        (None, Some(to)) => Some(format!("From `{name}` on {to} or before.")),
        (None, None) => None,
    }
}

/// What the days say on which rows were made.
fn created(freshness: &Freshness) -> Vec<String> {
    let newest = date(freshness.newest_match);
    let share = freshness.before;
    let mut items = vec![format!(
        "The newest row that matches was made on {newest}; of the {} rows made until then {} {} ({}).",
        count(share.whole),
        count(share.part),
        if freshness.joint { "match jointly" } else { "match" },
        percent(share.part, share.whole)
    )];
    let missing = count(freshness.missing);
    items.push(match freshness.missing_by {
        Some(day) => format!("{missing} rows made from then to {} do not: by chance that is 1 % or less.", date(day)),
        None => format!("{missing} rows made later do not: too few for an end of the window."),
    });
    if freshness.later_matches > 0 {
        let n = count(freshness.later_matches);
        items.push(format!("{n} later rows match all the same, far too few for the extract to reach so far."));
    }
    if freshness.missing_by.is_some() && !freshness.is_dense() {
        items.push("The sample has less than half of the rows: the end holds only if it was not chosen by age.".into());
    }
    items
}

/// What the days say on which rows were changed last.
fn changed_in_words(changed: &Changed, window: Window) -> Option<String> {
    let by = changed.by.as_ref()?;
    if Some(by.day) < window.not_before {
        return Some(format!(
            "Rows changed until {} hold other values than the sample, but newer rows match: it was altered, or is not of one day.",
            date(by.day)
        ));
    }
    Some(format!(
        "{} of {} rows changed last from {} to {} hold other values than the sample: it has what stood there before the change.",
        count(by.differ.part),
        count(by.differ.whole),
        date(by.from),
        date(by.day)
    ))
}
