//! A verdict in sentences: what it means of this sample, and its reasons.

use super::verdict::{RECORDS_MIN, STITCHED, VALUES_MIN, is_recycled_in_part};
use super::{Claim, FurtherColumn, HeldIn, KindFacts, ListFacts, Matches, Recycled, Verdict, Weight};
use crate::identifier::Kind;
use crate::plan::Unread;
use crate::query::{count, date};

/// What a verdict means of a sample. Shares are of the records that can be compared.
pub(super) fn sentence(claim: &Claim, verdict: Verdict) -> String {
    let comparable = claim.comparable();
    let is_exact = claim.matches.joint == comparable;
    match (verdict, &claim.recycled) {
        (Verdict::Genuine, _) if contradicts(claim).is_some() => format!(
            "The sample was made with records of ours, and altered or put together: {} of its records have two identifiers of one row of ours, but the other columns do not agree with these rows.",
            share(claim.matches.joint, comparable)
        ),
        (Verdict::Genuine, _) if is_exact && uncompared(claim).is_some() => {
            "The sample is ours as far as it could be compared: the identifiers of its records stand together in our rows."
                .into()
        }
        (Verdict::Genuine, _) if is_exact => verdict.meaning().into(),
        (Verdict::Genuine, _) => format!("The sample is ours: {}.", composition(claim)),
        (Verdict::Recycled, Some(recycled)) => recycled_sentence(recycled, comparable),
        (Verdict::Partly, Some(recycled)) if is_recycled_in_part(claim) => in_part_sentence(recycled, comparable),
        (Verdict::Partly, _) => format!("A part of the sample is ours: {}.", composition(claim)),
        _ => verdict.meaning().into(),
    }
}

/// A share as people read it: neither all nor nothing unless it is.
fn share(part: u64, whole: u64) -> String {
    let percent = part as f64 * 100.0 / whole.max(1) as f64;
    match part {
        0 => "none".into(),
        part if part == whole => "all".into(),
        _ if percent < 0.5 => "less than 1 %".into(),
        _ if percent >= 99.5 => "more than 99 %".into(),
        _ => format!("{percent:.0} %"),
    }
}

/// What the records are made of, as far as there are such.
fn composition(claim: &Claim) -> String {
    let Matches { joint, split, matched, .. } = claim.matches;
    let comparable = claim.comparable();
    let parts = [
        (joint, "stand in our lists as they are"),
        (matched.saturating_sub(joint + split), "agree with a row of ours in one identifier only"),
        (split, "have identifiers that stand in rows of different people"),
        (comparable.saturating_sub(matched), "stand in none of our lists"),
    ];
    let said = parts.into_iter().filter(|(n, _)| *n > 0).enumerate();
    let said = said.map(|(place, (n, what))| {
        let of = if place == 0 { " of its records" } else { "" };
        format!("{}{of} {what}", share(n, comparable))
    });
    said.collect::<Vec<_>>().join(", ")
}

/// "older", where it is known of all of them; else that it is not.
fn older(held: &[&HeldIn]) -> &'static str {
    match held.iter().all(|held| held.is_older() == Some(true)) {
        true => "older ",
        false => "",
    }
}

fn recycled_sentence(recycled: &Recycled, comparable: u64) -> String {
    let sources = recycled.sources();
    let what = match (sources.as_slice(), older(&sources)) {
        (_, "older ") if is_one(recycled) => "an older breach",
        _ if is_one(recycled) => "a breach that is held already",
        (_, "older ") => "put together from older breaches",
        _ => "put together from breaches that are held already",
    };
    let asked = recycled.asked(comparable);
    if recycled.whole == asked && recycled.unasked == 0 {
        return format!("The sample is {what}, sold again.");
    }
    let (known, other) = (share(recycled.whole, asked), share(asked.saturating_sub(recycled.whole), asked));
    let other = if recycled.whole == asked { String::new() } else { format!(", {other} do not") };
    format!(
        "The sample is {what}, sold again: {known} of the {} records that could be asked for stand there whole{other}{}.",
        count(asked),
        unasked(recycled)
    )
}

/// Whether one breach holds all that any of them does.
fn is_one(recycled: &Recycled) -> bool {
    recycled.sources().first().is_some_and(|held| held.whole == recycled.whole)
}

fn in_part_sentence(recycled: &Recycled, comparable: u64) -> String {
    let asked = recycled.asked(comparable);
    let (known, new) = (share(recycled.whole, asked), share(asked.saturating_sub(recycled.whole), asked));
    let ours = match recycled.joint_outside {
        0 => "no new record is known to stand in one row of ours".to_string(),
        n => format!("{} new records stand in one row of ours", count(n)),
    };
    let sources = recycled.sources();
    let breaches = match older(&sources) {
        "" => "breaches that are held already",
        _ => "older breaches",
    };
    format!(
        "A part of the sample is recycled: {known} of its records stand whole in {breaches}, {new} are new; {ours}{}.",
        unasked(recycled)
    )
}

/// Of how many it cannot be told, as the end of a sentence.
fn unasked(recycled: &Recycled) -> String {
    match recycled.unasked {
        0 => String::new(),
        n => format!(
            "; of {} more it cannot be told, because an identifier is suppressed, or could not be asked",
            count(n)
        ),
    }
}

/// Which breaches hold a sample, and how much of it.
pub(super) fn recycled(recycled: &Recycled, comparable: u64) -> String {
    const NAMED_MAX: usize = 5;
    let sources = recycled.sources();
    let (whole, asked) = (recycled.whole, recycled.asked(comparable));
    let name = |held: &&HeldIn| format!("`{}` ({})", held.name, held.when());
    let one = |held: &HeldIn| if held.is_older() == Some(true) { "the older breach" } else { "the breach" };
    if let (Some(held), true) = (sources.first(), is_one(recycled)) {
        let others = match sources.len() - 1 {
            0 => String::new(),
            n => format!("; {n} others hold some of them too"),
        };
        return format!(
            "{} of {} records stand in {} {} with every identifier that they have{others}",
            count(whole),
            count(asked),
            one(held),
            name(held)
        );
    }
    let each = |held: &&HeldIn| format!("{} in {}", count(held.whole), name(held));
    let mut names: Vec<String> = sources.iter().take(NAMED_MAX).map(each).collect();
    if sources.len() > NAMED_MAX {
        names.push(format!("and others in {} further ones", sources.len() - NAMED_MAX));
    }
    format!(
        "{} of {} records stand in one of {} {}breaches with every identifier that they have: {}",
        count(whole),
        count(asked),
        count(sources.len() as u64),
        older(&sources),
        names.join(", ")
    )
}

/// What else older breaches hold of it.
pub(super) fn recycled_in_part(claim: &Claim) -> Option<String> {
    let recycled = claim.recycled.as_ref().filter(|recycled| recycled.any + recycled.unasked > 0)?;
    let [any, whole] = [recycled.any, recycled.whole].map(count);
    let held: Vec<&HeldIn> = recycled.breaches.iter().filter(|held| held.any > 0 && !held.is_recent).collect();
    let unknown = held.iter().filter(|held| held.is_older().is_none()).count();
    let dates = match unknown {
        0 => String::new(),
        n if n == held.len() => " (their dates are not known)".into(),
        n => format!(" (the dates of {n} of them are not known)"),
    };
    let older = if unknown == 0 { "older breaches" } else { "breaches of the index" };
    Some(format!("{older}{dates} hold an identifier of {any} records, and {whole} records whole{}", unasked(recycled)))
}

/// What a breach of the last days holds of it, which does not make it old.
pub(super) fn recent(claim: &Claim) -> Vec<String> {
    let recent = claim.recycled.iter().flat_map(Recycled::recent);
    let sentence = |held: &HeldIn| {
        format!(
            "{} of {} records stand whole in `{}` ({}), which is of the last days, or may be: it may be this very offer, so it is not counted as older",
            count(held.whole),
            count(claim.comparable()),
            held.name,
            held.when()
        )
    };
    recent.map(sentence).collect()
}

/// Where an extract is from, and what speaks against it.
pub(super) fn of_extract(claim: &Claim) -> Vec<String> {
    let issued = claim.matches.issued;
    let number = match issued {
        0 => "no number that only you give out is among what agrees: a company with the same customers could have the same records".into(),
        _ => format!("{} records have a number that only the organisation itself gives out, beside another identifier of the same row", count(issued)),
    };
    let first = origin(claim).into_iter().chain(taken(claim));
    first.chain(contradicts(claim)).chain(uncompared(claim)).chain([number]).collect()
}

/// That the sample has columns which the list has not that it was taken from.
fn uncompared(claim: &Claim) -> Option<String> {
    let columns = claim.sample.further_columns;
    let best = claim.best_list().filter(|best| best.further.is_empty())?;
    (columns > 0).then(|| {
        format!(
            "further columns of the sample: {columns}, and `{}` has none of them: whether they are ours is not known",
            best.name
        )
    })
}

/// That the other columns of the records are not those of the rows that have their identifiers.
fn contradicts(claim: &Claim) -> Option<String> {
    let best = claim.best_list()?;
    let (silent, saying): (Vec<&FurtherColumn>, Vec<_>) = best.further.iter().partition(|column| column.says_nothing());
    let differ = |column: &&FurtherColumn| !column.agrees() && column.share() < 0.5;
    let names = saying.iter().map(|column| column.label.as_str()).collect::<Vec<_>>().join(", ");
    let of = best.further.len() - silent.len();
    (of > 0 && saying.iter().all(differ)).then(|| {
        format!("further columns that agree: 0 of {of} ({names}): beside the identifiers stands what is not in the rows that have them")
    })
}

/// That identifiers of one record are of different people.
pub(super) fn split(claim: &Claim) -> Option<String> {
    let split = claim.matches.split;
    (split > 0).then(|| format!("{} records have two identifiers that stand in rows of different people", count(split)))
}

/// Why nothing is known of records that match nothing. Input: whether a kind of identifier has signs too.
pub(super) fn strangers(claim: &Claim, kinds_speak: bool) -> &'static str {
    let speaks = |weight: &Weight| !matches!(weight, Weight::Nothing | Weight::AsOurs);
    match kinds_speak || claim.sample.signs.iter().any(|(_, weight)| speaks(weight)) {
        false => "the values themselves are possible: they may be of people who are on none of these lists",
        true => {
            "the signs are not enough to say that they were made up: they may be of people who are on none of these lists"
        }
    }
}

/// Kinds that an extract has, and of which hardly a value is on our lists.
pub(super) fn absent_kinds(claim: &Claim) -> Vec<String> {
    let kinds = claim.sample.kinds.iter().filter(|(_, of)| of.records >= VALUES_MIN);
    let absent = kinds.filter(|(_, of)| (of.matched as f64) < STITCHED * of.records.min(claim.matches.matched) as f64);
    let sentence = |(kind, of): (&Kind, &KindFacts)| {
        let name = kind.name();
        format!(
            "{name}: {} of {} records have one of ours: the others are not ours, or not on these lists",
            count(of.matched),
            count(of.records)
        )
    };
    absent.map(sentence).collect()
}

/// Strangers with addresses at a domain of ours.
pub(super) fn at_domain_of_list(claim: &Claim) -> Option<String> {
    let at = claim.sample.at_domain_of_list.as_ref()?;
    let emails = claim.sample.kinds.get(&Kind::Email)?;
    let strangers = emails.records.saturating_sub(emails.matched);
    let list = claim.lists.get(at.list).filter(|_| strangers > 0)?;
    Some(format!(
        "email: {} of {} addresses are at the domain of nearly all addresses of `{}`, and {} of {} records have one that is on no list: if that domain is your own, these addresses were made up, or are of people whom no list holds",
        count(at.addresses),
        count(at.of),
        list.name,
        count(strangers),
        count(emails.records)
    ))
}

/// Columns that were not read, and have identifiers in their text.
pub(super) fn unread(claim: &Claim) -> impl Iterator<Item = String> {
    let sentence = |unread: &Unread| {
        format!(
            "{}: {} of {} cells that were looked at have {} in their text: this column was not read, and nothing of it was compared",
            unread.label,
            count(unread.cells as u64),
            count(unread.present as u64),
            unread.kind.name()
        )
    };
    claim.sample.unread.iter().map(sentence)
}

pub(super) fn too_few(claim: &Claim, records: u64, what: &str) -> String {
    let Claim { matches, .. } = claim;
    let few = match records {
        1 => "1 record is too few".to_string(),
        _ => format!("{} {what} are too few", count(records)),
    };
    format!(
        "{few} ({RECORDS_MIN} are the least); {} match, {} of them with two identifiers in one row",
        matches.matched, matches.joint
    )
}

/// Which list the records were taken from.
fn origin(claim: &Claim) -> Option<String> {
    let best = claim.best_list()?;
    let others = claim.lists.iter().filter(|list| !std::ptr::eq(*list, best));
    let next = others.max_by_key(|list| list.rank());
    let Some(next) = next else { return Some(format!("`{}` has {} joint records", best.name, count(best.joint))) };
    let (name, other) = (&best.name, &next.name);
    Some(if best.leads(next) {
        format!("`{name}` fits best: {} joint records, and {} in the next", count(best.joint), count(next.joint))
    } else if best.agrees_better_than(next) {
        format!(
            "`{name}` ({} joint records) and `{other}` ({}) fit alike by their identifiers, and `{name}` fits best by further columns: {}, and in the other {}",
            count(best.joint),
            count(next.joint),
            agreeing(best),
            agreeing(next)
        )
    } else {
        format!(
            "`{name}` ({} joint records) and `{other}` ({}) fit alike: it cannot be told which it was taken from",
            count(best.joint),
            count(next.joint)
        )
    })
}

/// Between which days it was taken, as far as the days of the list that fits best say it.
fn taken(claim: &Claim) -> Option<String> {
    let best = claim.best_list().filter(|best| claim.may_be_from(best))?;
    let window = best.window()?;
    let when = match (window.not_before.map(date), window.not_after.map(date)) {
        (Some(from), Some(to)) => format!("between {from} and {to}"),
        (Some(from), None) => format!("on {from} or later"),
        (None, Some(to)) => format!("on {to} or before"),
        (None, None) => return None,
    };
    let absent = best.freshness.as_ref().filter(|of| of.absent_by.is_some() && of.absent_by == window.not_after);
    let assumed = match absent.is_some_and(|of| !of.is_dense()) {
        true => "; the end holds only if the sample was not chosen by age",
        false => "",
    };
    Some(format!("extracted {when}, by the days of `{}`{assumed}", best.name))
}

/// How many of the further columns of a list agree with the sample.
fn agreeing(list: &ListFacts) -> String {
    if list.further.is_empty() {
        return "none is in common".into();
    }
    let agree = list.further.iter().filter(|column| column.agrees()).count();
    format!("{agree} of {} agree", list.further.len())
}
