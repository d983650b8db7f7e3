//! The first screen after a scan: who is exposed, to what, and what the answer cannot say.

use super::text::{count, escaped, percent, write_table};
use crate::index::Breach;
use crate::plan::Tier;
use crate::query::{Gap, Scope};
use std::io::{self, Write};

/// What the screen and the summary say beside the totals.
#[derive(Clone, Debug)]
pub struct ScreenFacts<'a> {
    /// The breaches of the index.
    pub breaches: &'a [Breach],
    /// Records of the index.
    pub index_records: u64,
    /// Bits of a digest.
    pub bits: u32,
    /// The expected number of chance matches.
    pub expected_false_exposures: f64,
    /// The weakest tier that was asked for.
    pub tier: Tier,
    /// The weakest tier that counts.
    pub counted: Tier,
    /// For every kind that was asked: its name and the breaches that it could be found in.
    pub coverage: Vec<(&'static str, Vec<String>)>,
}

/// Writes the screen.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_screen(out: &mut dyn Write, scope: &Scope, facts: &ScreenFacts<'_>) -> io::Result<()> {
    let people = scope.people;
    writeln!(out, "{} people", count(scope.rows))?;
    let row = |name: &str, n: u64| vec![name.to_string(), count(n), percent(n, scope.rows)];
    let rows = [row("exposed", people.exposed), row("not found", people.not_found), row("unknown", people.unknown)];
    write_table(out, "  ", &rows)?;
    if people.not_found_in_part > 0 {
        let n = count(people.not_found_in_part);
        writeln!(out, "  {n} of those not found have further identifiers that could not be asked")?;
    }
    for (tier, lines) in scope.tiers.iter().filter(|(tier, _)| **tier > facts.counted) {
        let (n, tier) = (count(*lines), tier.name());
        writeln!(out, "  {n} {tier} meetings are listed and not counted; `--count {tier}` counts them")?;
    }
    write_breaches(out, scope, facts)?;
    write_classes(out, scope)?;
    write_kinds(out, scope)?;
    write_coverage(out, scope, facts)
}

fn write_breaches(out: &mut dyn Write, scope: &Scope, facts: &ScreenFacts<'_>) -> io::Result<()> {
    writeln!(out, "\nBy breach ({} person-breach pairs)", count(scope.pairs))?;
    let mut order: Vec<usize> = (0..facts.breaches.len()).collect();
    order.sort_by_key(|place| std::cmp::Reverse(scope.people_by_breach[*place]));
    let row = |place: &usize| {
        let breach = &facts.breaches[*place];
        let people = count(scope.people_by_breach[*place]);
        let date = breach.breach_date.clone().unwrap_or_default();
        vec![escaped(&breach.name), people, date, escaped(breach.title.as_deref().unwrap_or_default())]
    };
    let rows: Vec<Vec<String>> = order.iter().map(row).collect();
    write_table(out, "  ", &rows)
}

fn write_classes(out: &mut dyn Write, scope: &Scope) -> io::Result<()> {
    writeln!(out, "\nBy data class (people)")?;
    let rows: Vec<Vec<String>> =
        scope.classes().into_iter().map(|(class, people)| vec![class.name().to_string(), count(people)]).collect();
    if rows.is_empty() {
        return writeln!(out, "  none");
    }
    write_table(out, "  ", &rows)
}

fn write_kinds(out: &mut dyn Write, scope: &Scope) -> io::Result<()> {
    writeln!(out, "\nBy kind of identifier (rows)")?;
    let head = ["", "exposed", "not found", "unknown", "empty", "unknown because"].map(String::from).to_vec();
    let mut rows = vec![head];
    for (kind, of_kind) in &scope.kinds {
        let reasons = of_kind.reasons.iter().map(|(reason, n)| format!("{} {}", count(*n), reason.replace('_', " ")));
        let because = match of_kind.gap {
            Some(gap) => gap_text(gap).to_string(),
            None => reasons.collect::<Vec<_>>().join(", "),
        };
        let numbers = [of_kind.exposed, of_kind.not_found, of_kind.unknown, of_kind.empty].map(count);
        rows.push([vec![kind.name().to_string()], numbers.to_vec(), vec![because]].concat());
    }
    write_table(out, "  ", &rows)?;
    if scope.unplanned > 0 {
        let n = count(scope.unplanned);
        writeln!(
            out,
            "  {n} values that may be identifiers stand at paths that the sample did not show, and were not asked for: name them with `--map PATH=KIND`"
        )?;
    }
    for (reason, n) in &scope.unusable_rows {
        writeln!(out, "  {} rows: {}", count(*n), reason.replace('_', " "))?;
    }
    Ok(())
}

/// Why a whole kind is unknown, in words.
fn gap_text(gap: Gap) -> &'static str {
    match gap {
        Gap::NotHeld => "no breach in this index holds this kind",
        Gap::OtherScope => "the index holds this kind only under another scope: check `--scope`",
        Gap::DamagedSegment => "the segments that could hold this kind are damaged",
        Gap::OlderRule => "the index holds this kind only under an older version of its rule: ingest again",
    }
}

fn write_coverage(out: &mut dyn Write, scope: &Scope, facts: &ScreenFacts<'_>) -> io::Result<()> {
    writeln!(out, "\nCould have been found in")?;
    let rows: Vec<Vec<String>> = facts
        .coverage
        .iter()
        .map(|(kind, breaches)| {
            let names: Vec<String> = breaches.iter().map(|name| escaped(name)).collect();
            vec![kind.to_string(), if names.is_empty() { "nothing: unknown".into() } else { names.join(", ") }]
        })
        .collect();
    write_table(out, "  ", &rows)?;
    match facts.tier {
        Tier::Exact => writeln!(out, "  only as the same value: aliases were not asked for (`--tier exact`)")?,
        Tier::Alias => writeln!(out, "  not by loose and weak meetings (`--tier alias`)")?,
        Tier::Loose | Tier::Weak => (),
    }
    for breach in facts.breaches.iter().filter(|breach| breach.incomplete) {
        writeln!(out, "  `{}` is incomplete: too many of its records were rejected", escaped(&breach.name))?;
    }
    for damage in &scope.damage {
        writeln!(out, "  DAMAGED: {}", escaped(damage))?;
    }
    if !scope.damage.is_empty() {
        writeln!(
            out,
            "  What the damage hides is unknown: run `leakdex verify`, then restore the index or ingest again"
        )?;
    }
    writeln!(
        out,
        "\nExpected false exposures: {:.1e} ({} digests of {} bits in the index, {} probes)",
        facts.expected_false_exposures,
        count(facts.index_records),
        facts.bits,
        count(scope.probes)
    )
}
