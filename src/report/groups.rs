//! People by the caller's own columns, and by domain.

use super::text::{count, escaped, write_table};
use crate::query::{DOMAIN_PEOPLE_MIN, Groups, People};
use serde_json::{Value, json};
use std::io::{self, Write};

/// So many groups and domains are shown; all of them are in the summary.
const SHOWN: usize = 20;

/// Writes the groups with the most exposed people, and the largest domains. `columns` are the names of the columns.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_groups(out: &mut dyn Write, groups: &Groups, columns: &[String]) -> io::Result<()> {
    let by_cells = groups.by_cells();
    writeln!(out, "\nBy {} (people)", escaped(&columns.join(", ")))?;
    let lines = by_cells.iter().take(SHOWN).map(|(cells, people)| (cells.join(", "), *people));
    write_lines(out, lines)?;
    if by_cells.len() > SHOWN {
        writeln!(out, "  and {} more groups: `--summary` has all", count((by_cells.len() - SHOWN) as u64))?;
    }
    let Some(domains) = groups.by_domain() else { return Ok(()) };
    writeln!(out, "\nBy domain of the e-mail address (people)")?;
    let more = domains.named.len().saturating_sub(SHOWN);
    let named = domains.named.into_iter().take(SHOWN);
    let others = [("all others", domains.others), ("no address", domains.none)];
    let others = others.into_iter().filter(|(_, people)| people.total() > 0);
    write_lines(out, named.chain(others.map(|(name, people)| (name.to_string(), people))))?;
    if more > 0 {
        writeln!(out, "  and {} more domains: `--summary` has all", count(more as u64))?;
    }
    Ok(())
}

fn write_lines(out: &mut dyn Write, lines: impl Iterator<Item = (String, People)>) -> io::Result<()> {
    let head = ["", "exposed", "not found", "unknown"].map(String::from).to_vec();
    let row = |(name, people): (String, People)| {
        let name = if name.is_empty() { "(empty)".to_string() } else { escaped(&name) };
        [vec![name], [people.exposed, people.not_found, people.unknown].map(count).to_vec()].concat()
    };
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(lines.map(row)).collect();
    write_table(out, "  ", &rows)
}

/// The groups, for the summary.
pub fn groups_json(groups: &Groups, columns: &[String]) -> Value {
    let by_cells: Vec<Value> = groups
        .by_cells()
        .into_iter()
        .map(|(cells, people)| json!({"cells": cells, "people": people_json(&people)}))
        .collect();
    let domains = groups.by_domain().map(|domains| {
        let named: Vec<Value> =
            domains.named.iter().map(|(name, people)| json!({"domain": name, "people": people_json(people)})).collect();
        json!({
            "named": named,
            "named_from_people": DOMAIN_PEOPLE_MIN,
            "others": people_json(&domains.others),
            "without_address": people_json(&domains.none),
        })
    });
    json!({"columns": columns, "groups": by_cells, "domains": domains})
}

/// People by answer.
pub(super) fn people_json(people: &People) -> Value {
    json!({
        "exposed": people.exposed,
        "not_found": people.not_found,
        "unknown": people.unknown,
        "not_found_in_part": people.not_found_in_part,
    })
}
