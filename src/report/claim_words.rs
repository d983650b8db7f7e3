//! What is said of a claim on the screen and in the report alike: each sentence stands here once, without its first capital
//! letter and its full stop.

use super::text::{count, escaped, percent};
use crate::query::claim::{Bounds, Changed, ChangedBy, Claim, Freshness, ListFacts, Window};
use crate::query::date;

/// When the sample was taken from a list, and how that is known; nothing if it has no days, or the sample is not from it.
pub(super) fn when(claim: &Claim, list: &ListFacts, name: &str) -> Vec<String> {
    if !claim.may_be_from(list) || (list.freshness.is_none() && list.changed.is_none()) {
        return Vec::new();
    }
    let mut sentences = vec![window(name, list.window().unwrap_or_default())];
    sentences.extend(list.freshness.as_ref().map(created).unwrap_or_default());
    sentences.extend(list.changed.as_ref().map(|changed| changed_rows(list, changed)));
    sentences
}

fn window(name: &str, window: Window) -> String {
    match (window.not_before.map(date), window.not_after.map(date)) {
        (Some(from), Some(to)) => format!("`{name}`: extracted between {from} and {to}"),
        (Some(from), None) => format!("`{name}`: extracted on {from} or later"),
        (None, Some(to)) => format!("`{name}`: extracted on {to} or before"),
        (None, None) => format!("`{name}`: too few of its rows match or differ to say when it was extracted"),
    }
}

/// What the days say on which rows were made.
fn created(freshness: &Freshness) -> Vec<String> {
    let Freshness { newest_match, before, people, absent_by, absent, .. } = freshness;
    let mut sentences = vec![format!(
        "the newest row that a record was taken from was made on {}; of the {} rows made until then that could match {} match jointly ({}), of {} people",
        date(*newest_match),
        count(before.whole),
        count(before.part),
        percent(before.part, before.whole),
        count(*people)
    )];
    sentences.push(match absent_by {
        Some(day) => format!(
            "{} people who came from then to {} are not in it: by chance that is 1 % or less",
            count(*absent),
            date(*day)
        ),
        None if *absent > 0 => {
            format!("{} people who came later are not in it: too few for an end of the window", count(*absent))
        }
        None => "nobody who came later is known to be absent: there is no end of the window".into(),
    });
    if absent_by.is_some() && !freshness.is_dense() {
        sentences
            .push("the sample has less than half of the rows: the end holds only if it was not chosen by age".into());
    }
    sentences
}

/// What the days say on which rows were changed last.
fn changed_rows(list: &ListFacts, changed: &Changed) -> String {
    let Some((column, by)) = list.changed_by() else {
        let what = format!(
            "{} of {} records differ from their row in one identifier",
            count(changed.differ),
            count(changed.compared)
        );
        return match list.is_altered() {
            true => format!("{what}, but newer rows match: the sample was altered, or is not of one day"),
            false => format!("{what}: that does not say before which day it was taken"),
        };
    };
    let ChangedBy { day, from, differ, before } = by;
    let place = match column {
        None => "an identifier".to_string(),
        Some(column) => format!("`{}`", escaped(column)),
    };
    format!(
        "of {} records whose row was changed last from {} to {}, {} differ from it in {place}, and of {} whose row was changed before, {}: it holds what stood there before the change",
        count(differ.whole),
        date(*from),
        date(*day),
        count(differ.part),
        count(before.whole),
        count(before.part)
    )
}

/// What a number of claimed records says, and what it does not.
pub(super) fn claimed(claim: &Claim, claimed: u64) -> Vec<String> {
    let found = claim.extrapolated(claimed);
    let rows = claim.rows();
    let mut sentences = Vec::new();
    if let Some(records) = found.contradicted_by {
        sentences.push(format!("the sample alone has {} different records: the claim contradicts it", count(records)));
    }
    if claimed == claim.comparable() {
        sentences.push("the sample is all that is claimed".into());
    } else if found.contradicted_by.is_none() {
        sentences.push("how many of them are ours cannot be inferred from a sample that the seller has chosen".into());
    }
    for (bounds, what) in [(found.matched, "match"), (found.joint, "match jointly")] {
        let Some(bounds) = bounds else { continue };
        sentences.push(match bounds {
            Bounds::Between(low, high) if low == high => format!("{} {what}", count(low)),
            Bounds::Between(low, high) => format!(
                "assuming that the sample is a random part of the claim: {} to {} {what} (95 %)",
                count(low),
                count(high)
            ),
            Bounds::Refuted(low) => format!(
                "the sample is no random part of the claim: else {} would {what} at the least (97.5 %), and the lists have {} rows",
                count(low),
                count(rows)
            ),
        });
    }
    if claimed > rows {
        sentences.push(format!("the lists have {} rows: more than that cannot come from them", count(rows)));
    }
    sentences
}

/// Values that are made of others.
pub(super) fn derived(n: u64, kind: &str) -> String {
    format!(
        "{} values of {kind} are made of the address or the telephone number beside them, and were not compared",
        count(n)
    )
}

/// Records that were written several times.
pub(super) fn repeats(n: u64) -> String {
    format!("{} records have the very identifiers of an earlier one, and count once with it", count(n))
}
