//! The first screen after a scan: who is exposed, to what, and what the answer cannot say.

use super::text::{count, escaped, percent, write_table};
use crate::index::Breach;
use crate::index::class::{ClassMask, DataClass};
use crate::plan::Tier;
use crate::query::{DOMAIN_PEOPLE_MIN, Gap, People, Scope};
use std::io::{self, Write};

/// What the screen and the summary say beside the totals.
#[derive(Clone, Debug)]
pub struct ScreenFacts<'a> {
    /// The breaches of the index.
    pub breaches: &'a [Breach],
    /// Digests that a chance meeting can be with.
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
    /// The columns that people are grouped by, as the caller names them.
    pub group_by: &'a [String],
}

/// Writes the screen: first whom it concerns and what can be done with what leaked, then where from, then what is unknown.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_screen(out: &mut dyn Write, scope: &Scope, facts: &ScreenFacts<'_>) -> io::Result<()> {
    write_people(out, scope, facts)?;
    write_uses(out, scope)?;
    write_breaches(out, scope, facts)?;
    write_classes(out, scope)?;
    write_combinations(out, scope)?;
    write_groups(out, scope, facts)?;
    write_kinds(out, scope)?;
    write_coverage(out, scope, facts)
}

fn write_people(out: &mut dyn Write, scope: &Scope, facts: &ScreenFacts<'_>) -> io::Result<()> {
    let people = scope.people;
    let of_rows = if scope.by_person { format!(" in {} rows", count(scope.rows)) } else { String::new() };
    writeln!(out, "{} people{of_rows}", count(people.all()))?;
    let row = |name: &str, n: u64| vec![name.to_string(), count(n), percent(n, people.all())];
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
    Ok(())
}

fn write_uses(out: &mut dyn Write, scope: &Scope) -> io::Result<()> {
    let harms = scope.combinations.harms();
    let rows: Vec<Vec<String>> = harms
        .into_iter()
        .filter(|(_, people)| *people > 0)
        .map(|(harm, people)| vec![harm.what.to_string(), count(people), harm.use_of_it.to_string()])
        .collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nTo be told first: leaked together, of one person (people, and what it can be used for)")?;
    write_table(out, "  ", &rows)
}

/// So many rows of a table that may be long are shown; the summary has all of them.
const ROWS_SHOWN: usize = 10;

fn write_combinations(out: &mut dyn Write, scope: &Scope) -> io::Result<()> {
    let sets = scope.combinations.sets();
    if sets.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nBy what leaked of one person, exactly (people)")?;
    let names = |classes: &ClassMask| classes.classes().map(DataClass::name).collect::<Vec<_>>().join(" + ");
    let shown = sets.iter().take(ROWS_SHOWN);
    let rows: Vec<Vec<String>> = shown.map(|(classes, people)| vec![count(*people), names(classes)]).collect();
    write_table(out, "  ", &rows)?;
    write_more(out, sets.len())
}

fn write_more(out: &mut dyn Write, rows: usize) -> io::Result<()> {
    match rows.checked_sub(ROWS_SHOWN) {
        None | Some(0) => Ok(()),
        Some(more) => writeln!(out, "  and {} more in `--summary`", count(more as u64)),
    }
}

fn write_groups(out: &mut dyn Write, scope: &Scope, facts: &ScreenFacts<'_>) -> io::Result<()> {
    let head = |name: String| [vec![name], ["exposed", "not found", "unknown"].map(String::from).to_vec()].concat();
    let row = |name: String, people: &People| {
        [vec![name], [people.exposed, people.not_found, people.unknown].map(count).to_vec()].concat()
    };
    if !facts.group_by.is_empty() {
        let names: Vec<String> = facts.group_by.iter().map(|name| escaped(name)).collect();
        writeln!(out, "\nBy group (people)")?;
        let name = |values: &[String]| {
            let shown = |value: &String| if value.is_empty() { "(empty)".to_string() } else { escaped(value) };
            values.iter().map(shown).collect::<Vec<_>>().join(", ")
        };
        let shown = scope.groups.iter().take(ROWS_SHOWN);
        let rows = shown.map(|group| row(name(&group.values), &group.people));
        let rows: Vec<Vec<String>> = std::iter::once(head(names.join(", "))).chain(rows).collect();
        write_table(out, "  ", &rows)?;
        write_more(out, scope.groups.len())?;
    }
    let Some(domains) = &scope.domains else { return Ok(()) };
    writeln!(out, "\nBy domain of the e-mail address (people)")?;
    let named = domains.named.iter().take(ROWS_SHOWN).map(|(name, people)| row(escaped(name), people));
    let rest = [
        row(format!("domains of fewer than {DOMAIN_PEOPLE_MIN} people"), &domains.people_of_others),
        row("no domain".to_string(), &domains.without),
    ];
    let rows: Vec<Vec<String>> = std::iter::once(head("domain".to_string())).chain(named).chain(rest).collect();
    write_table(out, "  ", &rows)?;
    write_more(out, domains.named.len())
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
        "\nExpected false exposures: {:.1e} (n q / 2^B: n = {} digests that were asked, q = {} probes, B = {} bits)",
        facts.expected_false_exposures,
        count(facts.index_records),
        count(scope.probes),
        facts.bits
    )
}
