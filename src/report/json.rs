//! Results as JSON, for machines.

use super::groups::people_json;
use super::screen::ScreenFacts;
use crate::index::class::ClassMask;
use crate::index::{Breach, Index};
use crate::query::{Answers, BreachValues, Scope};
use crate::source::is_steering;
use serde_json::{Map, Value, json};

/// The summary of a scan.
pub fn summary_json(scope: &Scope, facts: &ScreenFacts<'_>, index: &Index) -> Value {
    let breaches: Vec<Value> = (0..)
        .zip(facts.breaches)
        .zip(scope.people_by_breach.iter().zip(facts.chosen.iter().zip(&facts.asked)))
        .map(|((place, breach), (people, (chosen, asked)))| {
            json!({
                "breach": breach.name,
                "title": breach.title,
                "breach_date": breach.breach_date,
                "data_from": breach.data_from,
                "data_through": breach.data_through,
                "records": breach.records,
                "people": people,
                "chosen": chosen,
                "asked": asked,
                "incomplete": breach.incomplete,
                "flags": breach.about.flags,
                "in_doubt": breach.doubt(),
                "values": values_json(scope, place),
            })
        })
        .collect();
    let classes: Vec<Value> = scope
        .classes()
        .into_iter()
        .map(|(class, people)| json!({"data_class": class.name(), "people": people}))
        .collect();
    let combinations: Vec<Value> = scope
        .combinations
        .by_people()
        .into_iter()
        .map(|(set, people)| json!({"data_classes": class_names(set), "people": people}))
        .collect();
    let coverage: Map<String, Value> =
        facts.coverage.iter().map(|(kind, breaches)| (kind.to_string(), json!(breaches))).collect();
    json!({
        "version": 1,
        "rows": scope.rows,
        "people": people_json(&scope.people),
        "people_only_in_doubtful_breaches": scope.people_in_doubt,
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
        "combinations": combinations,
        "people_with_other_combinations": scope.combinations.other,
        "people_with_harmful_classes": scope.combinations.harmed(),
        "coverage": coverage,
        "damage": scope.damage,
        "complete": !scope.is_incomplete(),
        "index": {
            "generation": index.manifest().generation,
            "key_id": index.manifest().key_id,
            "digests": facts.index_records,
            "bits": facts.bits,
        },
        "probes": scope.probes,
        "expected_false_exposures": facts.expected_false_exposures,
        "list": list_json(scope),
    })
}

fn list_json(scope: &Scope) -> Value {
    json!({
        "bytes": scope.bytes_read,
        "undecodable_characters": scope.undecodable,
        "lines_above": scope.lines_above,
        "repeated_headings": scope.headings,
    })
}

/// The values of a breach by kind, and how many of them stand in the list.
fn values_json(scope: &Scope, breach: usize) -> Value {
    let of_breach = scope.values.iter().filter(|values| values.breach == breach);
    let value = |of: &BreachValues| {
        let numbers = json!({"held": of.held, "met": of.met, "met_nobody": of.strangers(), "at_most": of.at_most});
        (of.kind.name().to_string(), numbers)
    };
    Value::Object(of_breach.map(value).collect())
}

fn class_names(set: ClassMask) -> Vec<&'static str> {
    set.classes().map(|class| class.name()).collect()
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

/// JSON on several lines, safe on a terminal: what steers it, or turns the direction of text, is written as JSON escapes.
pub fn pretty(value: &Value) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        // The line ends stand between values: inside of them they are escaped already.
        match c {
            '\n' => safe.push(c),
            c if is_steering(c) => {
                c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| safe.push_str(&format!("\\u{unit:04x}")));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// The answer to one value of a check: its place in the input, and what is known.
pub fn check_json(number: usize, kind: &str, answers: &Answers, gap: Option<&str>, breaches: &[Breach]) -> Value {
    let exposures: Vec<Value> = answers
        .exposures
        .iter()
        .map(|exposure| {
            let breach = &breaches[exposure.breach];
            let mut found = json!({
                "breach": breach.name,
                "breach_date": breach.breach_date,
                "data_from": breach.data_from,
                "data_through": breach.data_through,
                "tier": exposure.tier.name(),
                "data_classes": class_names(exposure.classes),
            });
            if exposure.kind.is_counted() {
                found["records"] = json!(exposure.records);
            }
            found
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_escaped_as_json_has_it() {
        let value = json!("a\u{202e}\u{61c}\u{e0041}\u{1f600}\u{738b}");
        let text = pretty(&value);
        assert_eq!(text, "\"a\\u202e\\u061c\\udb40\\udc41\u{1f600}\u{738b}\"");
        assert_eq!(serde_json::from_str::<Value>(&text).expect("JSON"), value);
    }
}
