//! Results as JSON, for machines.

use super::screen::ScreenFacts;
use crate::digest::Variant;
use crate::identifier::Kind;
use crate::index::class::{ClassMask, DataClass};
use crate::index::{Breach, Index};
use crate::query::{Answers, People, Scope};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The summary of a scan.
///
/// Output: an object. Of what is not plain from its name: `people` counts rows or, with `--person`, people, as its `by`
/// says; so do `person_breach_pairs`, `breaches`, `data_classes`, `combinations`, `uses`, `groups` and `domains`. `rows`,
/// `exposures`, `tiers` and `kinds` count rows and lines. `combinations` are the exact sets of classes that leaked with the
/// records of a person, so that their people add up to the exposed; `combinations_not_listed` are people with rarer sets, of
/// a list with thousands. `uses` say what somebody can do with such a set, worst first: a person counts in each that fits.
/// `groups` have the cells of the columns in `group_by`. In `domains` those of fewer than 10 people are not named;
/// `other_domains` says how many they are, or is null. `digests_asked` are the n, `probes` the q, `bits` the B of
/// `expected_false_exposures`, n q / 2^B: an upper limit where a segment holds further breaches.
pub fn summary_json(scope: &Scope, facts: &ScreenFacts<'_>, index: &Index) -> Value {
    let breaches: Vec<Value> = facts
        .breaches
        .iter()
        .zip(&scope.people_by_breach)
        .map(|(breach, people)| {
            json!({"breach": breach.name, "breach_date": breach.breach_date, "people": people, "incomplete": breach.incomplete})
        })
        .collect();
    let classes: Vec<Value> = scope
        .classes()
        .into_iter()
        .map(|(class, people)| json!({"data_class": class.name(), "people": people}))
        .collect();
    let coverage: Map<String, Value> =
        facts.coverage.iter().map(|(kind, breaches)| (kind.to_string(), json!(breaches))).collect();
    json!({
        "version": 1,
        "rows": scope.rows,
        "people": {
            "exposed": scope.people.exposed,
            "not_found": scope.people.not_found,
            "unknown": scope.people.unknown,
            "not_found_in_part": scope.people.not_found_in_part,
            "by": if scope.by_person { "person" } else { "row" },
        },
        "person_breach_pairs": scope.pairs,
        "exposures": scope.exposures,
        "tiers": scope.tiers.iter().map(|(tier, n)| (tier.name().to_string(), json!(n))).collect::<Map<_, _>>(),
        "weakest_tier_asked": facts.tier.name(),
        "weakest_tier_counted": facts.counted.name(),
        "kinds": kinds_json(scope),
        "unusable_rows": scope.unusable_rows,
        "values_at_unplanned_paths": scope.unplanned,
        "breaches": breaches,
        "data_classes": classes,
        "combinations": combinations_json(scope),
        "combinations_not_listed": scope.combinations.beyond(),
        "uses": uses_json(scope),
        "group_by": facts.group_by,
        "groups": groups_json(scope),
        "domains": domains_json(scope),
        "coverage": coverage,
        "damage": scope.damage,
        "complete": !scope.is_incomplete(),
        "index": {
            "generation": index.manifest().generation,
            "key_id": index.manifest().key_id,
            "digests": index.records(),
            "bits": facts.bits,
            "digests_asked": facts.index_records,
        },
        "probes": scope.probes,
        "expected_false_exposures": facts.expected_false_exposures,
        "list": {"bytes": scope.bytes_read, "undecodable_characters": scope.undecodable},
    })
}

fn class_names(classes: ClassMask) -> Vec<&'static str> {
    classes.classes().map(DataClass::name).collect()
}

fn combinations_json(scope: &Scope) -> Vec<Value> {
    let sets = scope.combinations.sets().into_iter();
    sets.map(|(classes, people)| json!({"data_classes": class_names(classes), "people": people})).collect()
}

fn uses_json(scope: &Scope) -> Vec<Value> {
    let harms = scope.combinations.harms().into_iter();
    harms
        .map(|(harm, people)| {
            let parts: Vec<_> = harm.parts().iter().map(|any| class_names(*any)).collect();
            json!({"leaked_together": harm.what, "use": harm.use_of_it, "one_of_each": parts, "people": people})
        })
        .collect()
}

fn people_json(people: &People) -> Value {
    json!({
        "exposed": people.exposed,
        "not_found": people.not_found,
        "unknown": people.unknown,
        "not_found_in_part": people.not_found_in_part,
    })
}

fn groups_json(scope: &Scope) -> Vec<Value> {
    scope.groups.iter().map(|group| json!({"values": group.values, "people": people_json(&group.people)})).collect()
}

fn domains_json(scope: &Scope) -> Value {
    let Some(domains) = &scope.domains else { return Value::Null };
    let named = domains.named.iter().map(|(name, people)| json!({"domain": name, "people": people_json(people)}));
    json!({
        "named": named.collect::<Vec<_>>(),
        "other_domains": domains.others,
        "other_people": people_json(&domains.people_of_others),
        "without_domain": people_json(&domains.without),
    })
}

fn kinds_json(scope: &Scope) -> Value {
    let kinds = scope.kinds.iter().map(|(kind, of_kind)| {
        let value = json!({
            "exposed": of_kind.exposed,
            "not_found": of_kind.not_found,
            "unknown": of_kind.unknown,
            "empty": of_kind.empty,
            "unknown_reasons": of_kind.reasons,
            "not_covered": of_kind.gap.map(|gap| gap.name()),
        });
        (kind.name().to_string(), value)
    });
    Value::Object(kinds.collect())
}

/// The answer to one value of a check: its place in the input, and what is known.
pub fn check_json(number: usize, kind: &str, answers: &Answers, gap: Option<&str>, breaches: &[Breach]) -> Value {
    let exposures: Vec<Value> = answers
        .exposures
        .iter()
        .map(|exposure| {
            let breach = &breaches[exposure.breach];
            json!({
                    "breach": breach.name,
                    "breach_date": breach.breach_date,
            "data_from": breach.data_from,
            "data_through": breach.data_through,
                    "tier": exposure.tier.name(),
                    "data_classes": exposure.classes.classes().map(|class| class.name()).collect::<Vec<_>>(),
                })
        })
        .collect();
    let unknown = gap.or(answers.unknowns.first().map(|unknown| unknown.reason));
    let answer = match (exposures.is_empty(), unknown) {
        (false, _) => "exposed",
        (true, Some(_)) => "unknown",
        (true, None) => "not found",
    };
    json!({"number": number, "kind": kind, "answer": answer, "reason": unknown, "exposures": exposures})
}

/// One breach of the catalogue.
pub fn breach_json(breach: &Breach) -> Value {
    json!({
        "name": breach.name,
        "title": breach.title,
        "breach_date": breach.breach_date,
        "data_from": breach.data_from,
        "data_through": breach.data_through,
        "data_classes": breach.data_classes,
        "records": breach.records,
        "accepted": breach.records - breach.rejected,
        "rejected": breach.rejected,
        "incomplete": breach.incomplete,
        "scope": breach.scope,
        "inputs": breach.inputs.len(),
        "about": breach.about,
    })
}

/// Accepted fields by breach and kind, in the order of the catalogue.
pub fn fields(index: &Index) -> Vec<(&str, &'static str, u64)> {
    let mut sums: BTreeMap<(usize, u8), u64> = BTreeMap::new();
    // Of the forms of a plain value the exact one counts; a form that stands alone is a field of its own.
    let beside = [Variant::Alias as u8, Variant::Loose as u8];
    let own = index.coverage().filter(|(_, key, accepted)| !beside.contains(&key.variant) && *accepted > 0);
    own.for_each(|(breach, key, accepted)| *sums.entry((breach, key.kind)).or_default() += accepted);
    let kind = |id| Kind::from_id(id).map_or("unknown to this version", |kind| kind.name());
    let named = |((breach, id), sum): ((usize, u8), u64)| (index.breaches()[breach].name.as_str(), kind(id), sum);
    sums.into_iter().map(named).collect()
}

/// The size and contents of an index.
pub fn stats_json(index: &Index) -> Value {
    let segments: Vec<Value> = index
        .segments()
        .iter()
        .map(|live| {
            let header = live.segment().header();
            let bytes = live.segment().file_bytes();
            json!({
                "id": live.segment().id().to_string(),
                "digests": header.records,
                "bytes": bytes,
                "bits_per_digest": bytes as f64 * 8.0 / (header.records.max(1)) as f64,
                "payloads": live.segment().payloads().len(),
            })
        })
        .collect();
    let fields: Vec<Value> = fields(index)
        .into_iter()
        .map(|(breach, kind, accepted)| json!({"breach": breach, "kind": kind, "accepted": accepted}))
        .collect();
    json!({
        "version": 1,
        "generation": index.manifest().generation,
        "key_id": index.manifest().key_id,
        "bits": index.manifest().bits,
        "digests": index.records(),
        "bytes": index.segments().iter().map(|live| live.segment().file_bytes()).sum::<u64>(),
        "breaches": index.breaches().len(),
        "segments": segments,
        "fields": fields,
    })
}
