//! The first screen after a scan: who is exposed, to what, and what the answer cannot say.

use super::text::{count, counted, escaped, listed, percent, write_table};
use crate::index::Breach;
use crate::index::class::ClassMask;
use crate::plan::Tier;
use crate::query::{Combinations, Gap, Scope, harm};
use std::cmp::Reverse;
use std::io::{self, Write};

/// What the screen and the summary say beside the totals.
#[derive(Clone, Debug)]
pub struct ScreenFacts<'a> {
    /// The breaches of the index.
    pub breaches: &'a [Breach],
    /// Which of them were chosen: all of them, or those of `--breach`.
    pub chosen: Vec<bool>,
    /// Which of these were asked: those that hold a kind of the list.
    pub asked: Vec<bool>,
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

impl ScreenFacts<'_> {
    /// The breaches in doubt that somebody was found in, and why: `fake (fabricated)`.
    pub fn doubts(&self, scope: &Scope) -> Vec<String> {
        let met = self.breaches.iter().zip(&scope.people_by_breach).filter(|(_, people)| **people > 0);
        met.filter_map(|(breach, _)| Some(format!("{} ({})", breach.name, breach.doubt()?))).collect()
    }

    /// The breaches that were chosen, and could not be asked.
    pub fn silent(&self) -> impl Iterator<Item = &Breach> {
        let flags = self.chosen.iter().zip(&self.asked);
        self.breaches.iter().zip(flags).filter(|(_, (chosen, asked))| **chosen && !**asked).map(|(breach, _)| breach)
    }
}

/// What "incomplete" means of a breach, in words that go on behind its name.
pub(crate) fn incomplete_words(breach: &Breach) -> String {
    format!(
        "not everything in its dumps could be read or taken ({} of {} records gave no identifier)",
        count(breach.rejected),
        count(breach.records)
    )
}

/// Writes the screen.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_screen(out: &mut dyn Write, scope: &Scope, facts: &ScreenFacts<'_>) -> io::Result<()> {
    let people = scope.people;
    let all = people.total();
    match scope.rows == all {
        true => writeln!(out, "{}", counted(all, "person", "people"))?,
        false => {
            writeln!(out, "{} in {}", counted(all, "person", "people"), counted(scope.rows, "row", "rows"))?;
        }
    }
    if scope.headings > 0 {
        let lines = counted(scope.headings, "line names", "lines name");
        writeln!(out, "  {lines} the columns again, and count as no rows")?;
    }
    let row = |name: &str, n: u64| vec![name.to_string(), count(n), percent(n, all)];
    let rows = [row("exposed", people.exposed), row("not found", people.not_found), row("unknown", people.unknown)];
    write_table(out, "  ", &rows)?;
    if people.not_found_in_part > 0 {
        let n = count(people.not_found_in_part);
        writeln!(out, "  {n} of those not found have further identifiers that could not be asked")?;
    }
    if scope.people_in_doubt > 0 {
        let (n, doubts) = (count(scope.people_in_doubt), escaped(&facts.doubts(scope).join(", ")));
        writeln!(out, "  {n} of those exposed are only in breaches that are in doubt: {doubts}")?;
    }
    for (tier, lines) in scope.tiers.iter().filter(|(tier, _)| **tier > facts.counted) {
        let (n, tier) = (count(*lines), tier.name());
        writeln!(out, "  {n} {tier} meetings are listed and not counted; `--count {tier}` counts them")?;
    }
    for of_kind in scope.kinds.iter().filter(|(kind, _)| kind.is_counted()).map(|(_, of_kind)| of_kind) {
        let n = count(of_kind.exposed);
        writeln!(
            out,
            "  {n} rows have a domain that was found; it is of no person: `records` in the lines counts its records"
        )?;
    }
    write_breaches(out, scope, facts)?;
    write_classes(out, scope)?;
    write_combinations(out, &scope.combinations)?;
    write_kinds(out, scope)?;
    write_coverage(out, scope, facts)
}

fn write_breaches(out: &mut dyn Write, scope: &Scope, facts: &ScreenFacts<'_>) -> io::Result<()> {
    writeln!(out, "\nBy breach ({} person-breach pairs)", count(scope.pairs))?;
    let mut order: Vec<usize> = (0..facts.breaches.len()).filter(|place| facts.asked[*place]).collect();
    order.sort_by_key(|place| Reverse(scope.people_by_breach[*place]));
    let row = |place: &usize| {
        let breach = &facts.breaches[*place];
        let people = count(scope.people_by_breach[*place]);
        let date = breach.breach_date.clone().unwrap_or_default();
        let flags = breach.about.flags.join(", ").replace('_', " ");
        let title = breach.title.as_deref().map(escaped);
        let flags = (!flags.is_empty()).then(|| format!("({flags})"));
        let about = title.into_iter().chain(flags).collect::<Vec<_>>().join(" ");
        vec![escaped(&breach.name), people, date, about]
    };
    let rows: Vec<Vec<String>> = order.iter().map(row).collect();
    write_table(out, "  ", &rows)?;
    let silent: Vec<String> = facts.silent().map(|breach| format!("`{}`", escaped(&breach.name))).collect();
    match silent.len() as u64 {
        0 => Ok(()),
        n => {
            let names = listed(&silent.iter().map(String::as_str).collect::<Vec<_>>());
            writeln!(out, "  {} could not be asked, holding no kind of this list: {names}", count(n))
        }
    }
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

/// So many combinations are shown of each sort; all of them are in the summary.
const COMBINATIONS_SHOWN: usize = 10;

/// The combinations worth showing.
pub(super) struct Chosen {
    /// Those that most people have, what hurts most first.
    pub often: Vec<(ClassMask, u64)>,
    /// Of the rarer ones, those that hurt.
    pub rare: Vec<(ClassMask, u64)>,
    /// People with any other.
    pub others: u64,
}

/// Chooses the combinations that most people have, and of the rarer ones those that hurt.
pub(super) fn choose(combinations: &Combinations) -> Chosen {
    let mut often = combinations.by_people();
    let mut rare = often.split_off(often.len().min(COMBINATIONS_SHOWN));
    // Both sorts are stable: among those that hurt the same, most people come first.
    often.sort_by_key(|(set, _)| Reverse(harm(*set)));
    rare.sort_by_key(|(set, _)| Reverse(harm(*set)));
    let harmful = rare.iter().take(COMBINATIONS_SHOWN).filter(|(set, _)| harm(*set) > 0).count();
    let left = rare.split_off(harmful);
    let others = left.iter().map(|(_, people)| people).sum::<u64>() + combinations.other;
    Chosen { often, rare, others }
}

fn write_combinations(out: &mut dyn Write, combinations: &Combinations) -> io::Result<()> {
    let Chosen { often, rare, others } = choose(combinations);
    if often.is_empty() {
        return Ok(());
    }
    writeln!(out, "\nWhat leaked together (people), what hurts most first")?;
    write_table(out, "  ", &combination_rows(&often))?;
    if !rare.is_empty() {
        writeln!(out, "  rarer, but harmful:")?;
        write_table(out, "  ", &combination_rows(&rare))?;
    }
    match others {
        0 => Ok(()),
        others => writeln!(out, "  {} people with other combinations", count(others)),
    }
}

/// People, and the names of the classes; long sets go on in the next line.
fn combination_rows(sets: &[(ClassMask, u64)]) -> Vec<Vec<String>> {
    const LINE_CHARS: usize = 84;
    let mut rows = Vec::new();
    for (set, people) in sets {
        let mut row = vec![count(*people), String::new()];
        for class in set.classes() {
            if row[1].len() + class.name().len() > LINE_CHARS {
                row[1].push(',');
                rows.push(std::mem::replace(&mut row, vec![String::new(), String::new()]));
            } else if !row[1].is_empty() {
                row[1].push_str(", ");
            }
            row[1].push_str(class.name());
        }
        if *set == ClassMask::NONE {
            row[1].push_str("no class is known");
        }
        rows.push(row);
    }
    rows
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
    let asked = facts.breaches.iter().zip(&facts.asked).filter(|(_, asked)| **asked).map(|(breach, _)| breach);
    for breach in asked.filter(|breach| breach.incomplete) {
        writeln!(out, "  `{}` is incomplete: {}", escaped(&breach.name), incomplete_words(breach))?;
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
