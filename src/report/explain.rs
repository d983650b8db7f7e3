//! What a value can be, as text and as JSON. It is the caller's own value, and shown to nobody else.

use super::text::{escaped, write_table};
use crate::plan::{Explanation, Written};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes what a value can be: the kinds that accept it with its canonical forms, then why the others do not.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_explanations(
    out: &mut dyn Write,
    number: usize,
    characters: usize,
    explanations: &[Explanation],
) -> io::Result<()> {
    writeln!(out, "value {number}, {characters} characters")?;
    let accepted: Vec<Vec<String>> = explanations
        .iter()
        .filter_map(|explanation| explanation.outcome.as_ref().ok())
        .flatten()
        .map(|form| vec![form.spec.to_string(), form.tier.name().to_string(), escaped(&form.text)])
        .collect();
    if accepted.is_empty() {
        writeln!(out, "  is nothing that leakdex knows")?;
    } else {
        writeln!(out, "  can be (kind, tier of a meeting, canonical form)")?;
        write_table(out, "    ", &accepted)?;
    }
    let refused = refusals(explanations);
    if !refused.is_empty() {
        writeln!(out, "  is not")?;
        for (why, kinds) in refused {
            writeln!(out, "    {}: {why}", kinds.join(", "))?;
        }
    }
    Ok(())
}

/// The kinds that refuse a value, by reason.
fn refusals(explanations: &[Explanation]) -> BTreeMap<&'static str, Vec<String>> {
    let mut refused: BTreeMap<&'static str, Vec<String>> = BTreeMap::new();
    for explanation in explanations {
        if let Err(reason) = explanation.outcome {
            refused.entry(reason.text()).or_default().push(explanation.asked.to_string());
        }
    }
    refused
}

/// The same for machines.
pub fn explanation_json(number: usize, explanations: &[Explanation]) -> Value {
    let form = |form: &Written| {
        let country = Some(form.spec.country.code()).filter(|code| !code.is_empty());
        json!({
            "kind": form.spec.name(),
            "country": country,
            "variant": form.variant.name(),
            "tier": form.tier.name(),
            "canonical": *form.text,
        })
    };
    let kinds: Vec<Value> = explanations
        .iter()
        .map(|explanation| match &explanation.outcome {
            Ok(forms) => {
                json!({"kind": explanation.asked.to_string(), "accepted": true, "forms": forms.iter().map(form).collect::<Vec<_>>()})
            }
            Err(reason) => json!({"kind": explanation.asked.to_string(), "accepted": false, "reason": reason.name()}),
        })
        .collect();
    json!({"number": number, "kinds": kinds})
}
