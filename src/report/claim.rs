//! The answer to a claim: the verdict first, then what it rests on, and what it does not say.

use super::claim_words;
use super::text::{count, escaped, percent, write_table};
use crate::plan::Unread;
use crate::query::claim::{
    AtDomainOfList, Bounds, ChangedBy, Claim, Freshness, FurtherColumn, HeldIn, Judgement, ListFacts, Recycled, Share,
    Sign, Weight, Window, judge,
};
use crate::query::date;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// Writes the answer for people.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_claim(out: &mut dyn Write, claim: &Claim) -> io::Result<()> {
    let Judgement { verdict, sentence, reasons } = judge(claim);
    if let Some(category) = &claim.category {
        writeln!(out, "Claim: {}", escaped(category))?;
    }
    writeln!(out, "Verdict: {}. {}", verdict.name().to_uppercase(), escaped(&sentence))?;
    for reason in &reasons {
        writeln!(out, "  - {}", escaped(reason))?;
    }
    write_records(out, claim)?;
    write_kinds(out, claim)?;
    write_lists(out, claim)?;
    if verdict.is_extract() {
        write_windows(out, claim)?;
    }
    write_claimed(out, claim)?;
    if let Some(recycled) = &claim.recycled {
        write_recycled(out, recycled, claim.comparable())?;
    }
    write_limits(out, claim)
}

fn write_records(out: &mut dyn Write, claim: &Claim) -> io::Result<()> {
    let (facts, matches) = (&claim.sample, &claim.matches);
    writeln!(out, "\nSample `{}`", escaped(&claim.name))?;
    let plain = |name: &str, n: u64| vec![name.to_string(), count(n)];
    let share = |name: &str, share: Share| {
        vec![name.to_string(), count(share.part), percent(share.part, share.whole), interval(share)]
    };
    let of_matched = |name: &str, n: u64| vec![name.to_string(), count(n), percent(n, facts.comparable)];
    let rows = [
        plain("records", facts.records),
        plain("with an identifier", facts.comparable),
        share("match", claim.matched()),
        share("two kinds in one row (joint)", claim.joint()),
        of_matched("two kinds in common, one agrees", matches.differs),
        of_matched("one kind in common", matches.thin),
        of_matched("two kinds, never in one row", matches.split),
    ];
    write_table(out, "  ", &rows)?;
    if facts.malformed > 0 {
        writeln!(out, "  {} records are broken", count(facts.malformed))?;
    }
    if facts.repeats > 0 {
        writeln!(out, "  {}", claim_words::repeats(facts.repeats))?;
    }
    Ok(())
}

/// The interval of a share, in words that do not claim more than it says.
fn interval(share: Share) -> String {
    format!("95 % interval: {:.1} to {:.1} %", share.low * 100.0, share.high * 100.0)
}

fn write_kinds(out: &mut dyn Write, claim: &Claim) -> io::Result<()> {
    writeln!(out, "\nBy kind of identifier")?;
    let mut rows = vec![["", "valid", "invalid", "repeated", "records", "that match", ""].map(String::from).to_vec()];
    for (kind, facts) in &claim.sample.kinds {
        let numbers = [facts.accepted, facts.invalid(), facts.repeated, facts.records, facts.matched].map(count);
        let name = vec![kind.name().to_string()];
        rows.push([name, numbers.to_vec(), vec![percent(facts.matched, facts.records)]].concat());
    }
    write_table(out, "  ", &rows)?;
    for (kind, facts) in claim.sample.kinds.iter().filter(|(_, facts)| facts.derived > 0) {
        writeln!(out, "  {}", claim_words::derived(facts.derived, kind.name()))?;
    }
    Ok(())
}

fn write_lists(out: &mut dyn Write, claim: &Claim) -> io::Result<()> {
    writeln!(out, "\nBy list (records of the sample)")?;
    let mut rows = vec![["", "rows", "match", "joint", "joint only here", "by kind"].map(String::from).to_vec()];
    for list in &claim.lists {
        let kinds = list.kinds.iter().map(|(kind, n)| format!("{} {}", kind.name(), count(*n)));
        let numbers = [list.rows, list.matched, list.joint, list.joint_only_here].map(count);
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        rows.push([vec![escaped(&list.name)], numbers.to_vec(), vec![kinds]].concat());
    }
    write_table(out, "  ", &rows)?;
    for list in claim.lists.iter().filter(|list| list.malformed > 0) {
        let what = if list.is_broken() { "INCOMPLETE: " } else { "" };
        writeln!(out, "  {what}{} rows of `{}` are broken", count(list.malformed), escaped(&list.name))?;
    }
    if claim.sample.further_columns == 0 {
        return writeln!(out, "  the sample has no named columns beside its identifiers that could agree too");
    }
    claim.lists.iter().filter(|list| list.joint > 0).try_for_each(|list| write_further(out, list))
}

/// Which columns that are no identifiers agree in joint records.
fn write_further(out: &mut dyn Write, list: &ListFacts) -> io::Result<()> {
    let name = escaped(&list.name);
    if list.further.is_empty() {
        return writeln!(out, "  `{name}`: no further column of the sample");
    }
    let named =
        |columns: &[&FurtherColumn]| columns.iter().map(|column| escaped(&column.label)).collect::<Vec<_>>().join(", ");
    let (agree, others): (Vec<&FurtherColumn>, Vec<_>) = list.further.iter().partition(|column| column.agrees());
    let (silent, differ): (Vec<&FurtherColumn>, Vec<_>) = others.into_iter().partition(|column| column.says_nothing());
    write!(out, "  `{name}`: further columns that agree: {} of {}", agree.len(), list.further.len())?;
    if !agree.is_empty() {
        let (equal, cells) = agree.iter().fold((0, 0), |sum, column| (sum.0 + column.agree, sum.1 + column.compared));
        write!(out, " ({}): {} of the cells of joint records", named(&agree), percent(equal, cells))?;
    }
    writeln!(out)?;
    if !differ.is_empty() {
        let shares = differ.iter().map(|column| format!("{} {:.0} %", escaped(&column.label), column.share() * 100.0));
        writeln!(out, "    that do not: {}", shares.collect::<Vec<_>>().join(", "))?;
    }
    if !silent.is_empty() {
        writeln!(out, "    that say nothing, by chance they agree as often: {}", named(&silent))?;
    }
    Ok(())
}

fn write_windows(out: &mut dyn Write, claim: &Claim) -> io::Result<()> {
    let lists: Vec<Vec<String>> =
        claim.lists.iter().map(|list| claim_words::when(claim, list, &escaped(&list.name))).collect();
    if lists.iter().all(Vec::is_empty) {
        return Ok(());
    }
    writeln!(out, "\nWhen it was taken")?;
    for (place, sentence) in lists.iter().flat_map(|list| list.iter().enumerate()) {
        writeln!(out, "{}{sentence}", if place == 0 { "  " } else { "    " })?;
    }
    Ok(())
}

fn write_claimed(out: &mut dyn Write, claim: &Claim) -> io::Result<()> {
    let Some(claimed) = claim.claimed else { return Ok(()) };
    writeln!(out, "\nClaimed: {} records", count(claimed))?;
    claim_words::claimed(claim, claimed).iter().try_for_each(|sentence| writeln!(out, "  {sentence}"))
}

fn write_recycled(out: &mut dyn Write, recycled: &Recycled, comparable: u64) -> io::Result<()> {
    writeln!(out, "\nIn breaches of the index (records of the sample)")?;
    let row = |name: &str, any: u64, whole: u64| {
        vec![name.to_string(), count(any), percent(any, comparable), count(whole), percent(whole, comparable)]
    };
    let mut rows = vec![["", "any identifier", "", "every identifier", "", ""].map(String::from).to_vec()];
    rows.extend(recycled.breaches.iter().map(|held| {
        let recent = if held.is_recent { ", of the last days or not known to be older: not counted below" } else { "" };
        let when = format!("{}{recent}", escaped(&held.when()));
        [row(&escaped(&held.name), held.any, held.whole), vec![when]].concat()
    }));
    rows.push([row("all together", recycled.any, recycled.whole), vec![String::new()]].concat());
    write_table(out, "  ", &rows)?;
    if recycled.unasked > 0 {
        let n = count(recycled.unasked);
        writeln!(out, "  of {n} records it cannot be told: an identifier is suppressed, or could not be asked")?;
    }
    if recycled.is_incomplete() {
        writeln!(out, "  INCOMPLETE: the index could not answer everything; `leakdex scan` of the sample says what")?;
    }
    Ok(())
}

fn write_limits(out: &mut dyn Write, claim: &Claim) -> io::Result<()> {
    let unplanned = claim.sample.unplanned + claim.lists.iter().map(|list| list.unplanned).sum::<u64>();
    if unplanned > 0 {
        writeln!(
            out,
            "\nINCOMPLETE: {} values that may be identifiers stand at paths that the beginning of a file did not show: name them with `--map` or `--list-map`",
            count(unplanned)
        )?;
    }
    if claim.nothing_compared() {
        writeln!(out, "\nINCOMPLETE: sample and lists have no kind of identifier in common")?;
    }
    if claim.recycled.is_none() {
        writeln!(out, "\nOlder breaches were not asked: `--index DIR` with its key says what is recycled")?;
    }
    Ok(())
}

/// The answer for machines.
pub fn claim_json(claim: &Claim) -> Value {
    let Judgement { verdict, sentence, reasons } = judge(claim);
    let (facts, matches) = (&claim.sample, &claim.matches);
    json!({
        "category": claim.category,
        "verdict": verdict.name().replace(' ', "_"),
        "sentence": sentence,
        "reasons": reasons,
        "sample": {
            "name": claim.name,
            "records": facts.records,
            "comparable": facts.comparable,
            "malformed": facts.malformed,
            "repeats": facts.repeats,
            "kinds": kinds_json(claim),
            "values_at_unplanned_paths": facts.unplanned,
            "further_columns": facts.further_columns,
            "at_domain_of_list": facts.at_domain_of_list.map(|at| at_domain_json(claim, at)),
            "unread_columns": facts.unread.iter().map(unread_json).collect::<Vec<_>>(),
            "signs": facts.signs.iter().map(sign_json).collect::<Vec<_>>(),
        },
        "matched": share_json(claim.matched()),
        "joint": share_json(claim.joint()),
        "agreement": share_json(claim.agreement()),
        "one_of_two_kinds_agrees": matches.differs,
        "one_kind_in_common": matches.thin,
        "two_kinds_never_in_one_row": matches.split,
        "joint_with_a_number_of_ours": matches.issued,
        "best_list": claim.best_list().map(|list| &list.name),
        "lists": claim.lists.iter().map(|list| list_json(claim, list, verdict.is_extract())).collect::<Vec<_>>(),
        "claimed": claim.claimed.map(|claimed| claimed_json(claim, claimed)),
        "recycled": claim.recycled.as_ref().map(|recycled| recycled_json(recycled, claim.comparable())),
        "complete": !claim.is_incomplete(),
    })
}

fn at_domain_json(claim: &Claim, at: AtDomainOfList) -> Value {
    json!({"list": claim.lists.get(at.list).map(|list| &list.name), "addresses": at.addresses, "of": at.of})
}

fn unread_json(unread: &Unread) -> Value {
    json!({"column": unread.label, "kind": unread.kind.name(), "cells": unread.cells, "of": unread.present})
}

fn sign_json((sign, weight): &(Sign, Weight)) -> Value {
    let weight = match weight {
        Weight::Decides => "decides",
        Weight::Counts => "counts",
        Weight::Together => "counts_together",
        Weight::Nothing => "nothing",
        Weight::AsOurs => "as_in_our_lists",
    };
    json!({"sign": sign.to_string(), "weight": weight})
}

fn share_json(share: Share) -> Value {
    let value = (share.whole > 0).then(|| share.value());
    json!({"records": share.part, "of": share.whole, "share": value, "low_95": share.low, "high_95": share.high})
}

fn kinds_json(claim: &Claim) -> Value {
    let kinds = claim.sample.kinds.iter().map(|(kind, facts)| {
        let refused: Map<String, Value> =
            facts.refused.iter().map(|(reason, n)| (reason.name().to_string(), json!(n))).collect();
        let value = json!({
            "valid": facts.accepted,
            "invalid": facts.invalid(),
            "refused": refused,
            "repeated": facts.repeated,
            "shared_values": facts.shared,
            "derived": facts.derived,
            "regular_share": facts.regular,
            "records": facts.records,
            "matched": facts.matched,
        });
        (kind.name().to_string(), value)
    });
    Value::Object(kinds.collect())
}

fn list_json(claim: &Claim, list: &ListFacts, is_extract: bool) -> Value {
    let kinds: Map<String, Value> = list.kinds.iter().map(|(kind, n)| (kind.name().to_string(), json!(n))).collect();
    let window = list.window().filter(|_| is_extract && claim.may_be_from(list));
    json!({
        "name": list.name,
        "rows": list.rows,
        "comparable_rows": list.comparable_rows,
        "malformed": list.malformed,
        "matched_rows": list.matched_rows,
        "matched": list.matched,
        "joint": list.joint,
        "joint_only_here": list.joint_only_here,
        "kinds": kinds,
        "window": window.map(|window| window_json(list, window)),
        "further_columns": list.further.iter().map(further_json).collect::<Vec<_>>(),
        "further_agreement": list.further_agreement(),
        "changed": list.changed.as_ref().map(|changed| json!({"compared": changed.compared, "differ": changed.differ})),
    })
}

fn further_json(column: &FurtherColumn) -> Value {
    json!({
        "column": column.label,
        "compared": column.compared,
        "equal": column.agree,
        "share": (column.compared > 0).then(|| column.share()),
        "share_by_chance": column.by_chance,
        "agrees": column.agrees(),
        "says_nothing": column.says_nothing(),
    })
}

fn window_json(list: &ListFacts, window: Window) -> Value {
    let absent = list.freshness.as_ref().and_then(|freshness| freshness.absent_by);
    let by_absent = absent.is_some() && absent == window.not_after;
    let sparse = list.freshness.as_ref().is_some_and(|freshness| !freshness.is_dense());
    json!({
        "not_before": window.not_before.map(date),
        "not_after": window.not_after.map(date),
        "not_after_by": window.not_after.map(|_| if by_absent { "absent_rows" } else { "changed_rows" }),
        "absent_rows": list.freshness.as_ref().map(absent_json),
        "changed_rows": list.changed_by().map(changed_json),
        "assumption": (by_absent && sparse).then_some("the sample was not chosen by age"),
    })
}

fn absent_json(freshness: &Freshness) -> Value {
    json!({
        "not_after": freshness.absent_by.map(date),
        "rows_before": {
            "rows": freshness.before.part,
            "of": freshness.before.whole,
            "share": freshness.before.value(),
        },
        "people": freshness.people,
        "people_absent": freshness.absent,
        "dense": freshness.is_dense(),
    })
}

fn changed_json((column, by): (Option<&str>, &ChangedBy)) -> Value {
    json!({
        "column": column,
        "not_after": date(by.day),
        "from": date(by.from),
        "differ": share_json(by.differ),
        "differ_before": share_json(by.before),
    })
}

fn claimed_json(claim: &Claim, claimed: u64) -> Value {
    let found = claim.extrapolated(claimed);
    let bounds = |bounds: Option<Bounds>| match bounds {
        Some(Bounds::Between(low, high)) => json!({"low_95": low, "high_95": high}),
        Some(Bounds::Refuted(low)) => json!({"refuted": true, "would_be_at_least": low}),
        None => Value::Null,
    };
    json!({
        "records": claimed,
        "rows_of_lists": claim.rows(),
        "contradicted_by_sample": found.contradicted_by.is_some(),
        "inferred": null,
        "assuming_a_random_sample": {"matched": bounds(found.matched), "joint": bounds(found.joint)},
    })
}

fn recycled_json(recycled: &Recycled, comparable: u64) -> Value {
    let breaches = recycled.breaches.iter().map(held_json);
    json!({
        "of": comparable,
        "any_identifier": recycled.any,
        "every_identifier": recycled.whole,
        "breaches": breaches.collect::<Vec<_>>(),
        "could_not_be_asked": recycled.unasked,
        "joint_and_in_none": recycled.joint_outside,
        "complete": !recycled.is_incomplete(),
    })
}

fn held_json(held: &HeldIn) -> Value {
    json!({
        "breach": held.name,
        "breach_date": held.breach_date,
        "data_from": held.data_from,
        "data_through": held.data_through,
        "older": held.is_older(),
        "any_identifier": held.any,
        "every_identifier": held.whole,
    })
}
