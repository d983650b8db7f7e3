//! When a sample was taken from the lists, in sentences.

use super::claim::file_name;
use super::{Block, Section};
use crate::query::claim::{Claim, Freshness, ListFacts};
use crate::report::claim::date;
use crate::report::text::{count, percent};

/// What the days of the lists say; none if they have none.
pub(super) fn section(claim: &Claim) -> Option<Section> {
    let items: Vec<String> = claim.lists.iter().flat_map(of_list).collect();
    (!items.is_empty()).then(|| Section::new("When it was taken", vec![Block::Items(items)]))
}

fn of_list(list: &ListFacts) -> Vec<String> {
    let name = file_name(&list.name);
    let mut items = list.freshness.as_ref().map(|freshness| window(&name, freshness)).unwrap_or_default();
    if let Some((rows, first)) = list.changed.filter(|(rows, _)| *rows > 0) {
        let first = first.map(|day| format!(" The first of them after the newest match was changed on {}.", date(day)));
        items.push(format!(
            "{} rows of `{name}` agree in part, and were changed on a known day.{}",
            count(rows),
            first.unwrap_or_default()
        ));
    }
    items
}

fn window(name: &str, freshness: &Freshness) -> Vec<String> {
    let newest = date(freshness.newest_match);
    let share = freshness.before;
    let mut items = vec![match freshness.missing_by {
        Some(day) => format!("From `{name}` between {newest} and {}.", date(day)),
        None => format!("From `{name}` on {newest} or later."),
    }];
    items.push(format!(
        "The newest row that matches was made on {newest}; of the {} rows made until then {} {} ({}).",
        count(share.whole),
        count(share.part),
        if freshness.joint { "match jointly" } else { "match" },
        percent(share.part, share.whole)
    ));
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
