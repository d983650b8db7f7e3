//! What a scan could not answer, how sure it is, and how to read it.

use super::scan::{DECIDED_BY_YOU, ScanReport};
use super::words::{self, counted, people};
use super::{Block, Cell, Row, Section, Table};
use crate::plan::Tier;
use crate::query::Gap;
use crate::report::screen::incomplete_words;
use crate::report::text::{count, listed};

/// The sections behind the answer.
pub(super) fn sections(report: &ScanReport<'_>) -> Vec<Section> {
    vec![unanswered(report), coverage(report), certainty(report), reading(), origin(report)]
}

fn unanswered(report: &ScanReport<'_>) -> Section {
    let scope = report.scope;
    let mut blocks = missing(report);
    let row = |(kind, of): (&crate::identifier::Kind, &crate::query::KindScope)| {
        let name = kind.name();
        let reasons = of.reasons.iter().map(|(reason, n)| format!("{}: {}", count(*n), words::reason(reason)));
        let numbers =
            [("exposed", of.exposed), ("not_found", of.not_found), ("unknown", of.unknown), ("empty", of.empty)];
        Row {
            head: words::kind(name).into(),
            note: match of.gap {
                Some(gap) => gap_words(gap).into(),
                None => reasons.collect::<Vec<_>>().join("; "),
            },
            cells: numbers.map(|(key, n)| Cell::Count(n, format!("kinds.{name}.{key}"))).to_vec(),
            ..Row::default()
        }
    };
    let rows = scope.kinds.iter().map(row).collect();
    let columns = ["Identifier", "Exposed", "Not found", "Unknown", "Empty"];
    blocks.push(Block::Table(Table::new(
        "Rows of the list by kind of identifier, and why some are unknown",
        &columns,
        rows,
    )));
    Section::new("What could not be answered", blocks)
}

fn missing(report: &ScanReport<'_>) -> Vec<Block> {
    let (scope, facts) = (report.scope, report.facts);
    let mut items = Vec::new();
    if scope.people.unknown > 0 {
        items.push(format!(
            "{} on the list had no identifier that could be asked for. They may be exposed or not.",
            people(scope.people.unknown)
        ));
    }
    if scope.people.not_found_in_part > 0 {
        let n = scope.people.not_found_in_part;
        items.push(format!("{} not found by one identifier had further ones that could not be asked for.", people(n)));
    }
    for (kind, gap) in scope.kinds.iter().filter_map(|(kind, of)| Some((kind, of.gap?))) {
        items.push(format!("{}: {}", words::kind(kind.name()), gap_words(gap)));
    }
    for (reason, n) in &scope.unusable_rows {
        items.push(format!("{}: {}.", counted(*n, "row", "rows"), words::reason(reason)));
    }
    let weaker = scope.tiers.iter().filter(|(tier, _)| **tier > facts.counted);
    items.extend(weaker.map(|(tier, n)| {
        let what = if *tier == Tier::Weak { "of a value that strangers share" } else { "that are only probable" };
        format!("{} {what} ({}) are not counted here.", counted(*n, "meeting", "meetings"), tier.name())
    }));
    if scope.unplanned > 0 {
        items.push(format!(
            "{} that may be identifiers stand where the beginning of the list did not show them, and were not asked for.",
            counted(scope.unplanned, "value", "values")
        ));
    }
    let no_rows = scope.lines_above + scope.headings;
    if no_rows > 0 {
        items.push(format!(
            "{} of the list were taken for titles, or for the names of its columns once more, and for no rows.",
            counted(no_rows, "line", "lines")
        ));
    }
    let asked = report.asked();
    for (_, breach) in asked.iter().filter(|(_, breach)| breach.incomplete) {
        items.push(format!("{} is incomplete: {}.", breach.name.replace('`', "'"), incomplete_words(breach)));
    }
    let silent: Vec<String> = facts.silent().map(|breach| breach.name.replace('`', "'")).collect();
    if !silent.is_empty() {
        items.push(format!(
            "{} could not be asked, holding no kind of identifier of this list: {}.",
            counted(silent.len() as u64, "breach", "breaches"),
            listed(&silent.iter().map(String::as_str).collect::<Vec<_>>())
        ));
    }
    let others = facts.chosen.iter().filter(|chosen| !**chosen).count();
    if others > 0 {
        items.push(format!(
            "{} of the index were not asked (`--breach`).",
            counted(others as u64, "breach", "breaches")
        ));
    }
    items.extend(
        scope.damage.iter().map(|damage| format!("The index is damaged, and what it hides is unknown: {damage}")),
    );
    match items.is_empty() {
        true => vec![Block::Text("Everybody on the list could be asked for.".into())],
        false => vec![Block::Items(items)],
    }
}

/// Why a whole kind is unknown.
fn gap_words(gap: Gap) -> &'static str {
    match gap {
        Gap::NotHeld => "No breach holds identifiers of this kind: nothing can be found by it.",
        Gap::OtherScope => "The breaches hold this kind only for another organisation (`--scope`).",
        Gap::DamagedSegment => "The parts of the index that could hold this kind are damaged.",
        Gap::OlderRule => "The breaches hold this kind only under an older rule: they have to be read again.",
    }
}

fn coverage(report: &ScanReport<'_>) -> Section {
    let row = |(kind, breaches): &(&'static str, Vec<String>)| Row {
        head: words::kind(kind).into(),
        cells: vec![Cell::Text(if breaches.is_empty() { "nothing".into() } else { breaches.join(", ") })],
        ..Row::default()
    };
    let rows = report.facts.coverage.iter().map(row).collect();
    let text = "\u{201c}Not found\u{201d} means: not found in these breaches, by this kind of identifier. It says nothing about breaches that are not listed, or that were never seen.";
    let table = Table::new("Where each kind of identifier could have been found", &["Identifier", "Breaches"], rows);
    Section::new("What it could have been found in", vec![Block::Text(text.into()), Block::Table(table)])
}

fn certainty(report: &ScanReport<'_>) -> Section {
    let facts = report.facts;
    let expected = facts.expected_false_exposures;
    let words = match expected {
        n if n < 0.001 => "far less than one".to_string(),
        n => format!("{n:.3}"),
    };
    let cell = |text: String| vec![Cell::Text(text)];
    let row = |head: &str, cells: Vec<Cell>| Row { head: head.into(), cells, ..Row::default() };
    let rows = vec![
        row("Digests in the index (n)", vec![Cell::Count(facts.index_records, "index.digests".into())]),
        row("Digests asked for (q)", vec![Cell::Count(report.scope.probes, "probes".into())]),
        row("Bits of a digest (B)", vec![Cell::Count(u64::from(facts.bits), "index.bits".into())]),
        row("Exposures by chance to be expected (n q / 2^B)", cell(format!("{expected:.1e}"))),
        row("Weakest meeting that was asked for", cell(facts.tier.name().into())),
        row("Weakest meeting that counts", cell(facts.counted.name().into())),
    ];
    let texts = [
        format!("Values are compared as keyed digests. Two different values can have the same digest by chance: over this whole list that is to be expected {words} times."),
        "An exposure says that the value stands in the files of the breach. It does not prove where these files come from, nor that everything in them is true.".to_string(),
    ];
    let [first, last] = texts.map(Block::Text);
    let table = Table::new("The numbers behind it", &["Number", "Value"], rows);
    Section::new("How sure this is", vec![first, Block::Table(table), last])
}

fn reading() -> Section {
    let terms = [
        (
            "Exposed",
            "At least one identifier of the person (an address, a number) stands in a breach, exactly or as another spelling of the same.",
        ),
        ("Not found", "At least one identifier was asked for in every breach that could hold it, and stands in none."),
        (
            "Unknown",
            "No identifier of the person could be asked for: empty, masked, broken, shared by very many, or of a kind that no breach holds. Unknown is never \u{201c}not found\u{201d}.",
        ),
        (
            "Data class",
            "What stood beside the identifier in the very records that were found: not what the breach has of others. The names are those of Have I Been Pwned.",
        ),
        (
            "In doubt",
            "A breach that somebody has flagged as fabricated or as retired, or that a published list has and does not call verified. Whoever stands in such breaches alone may not be exposed at all.",
        ),
        (
            "Tell first",
            "Identity documents, cards, bank accounts, passwords, health and biometric data: they can be misused at once, or can hardly be changed.",
        ),
        (
            "Exact, alias",
            "The same value, or another way to write it (a dot in a mailbox, leading zeros of a number). Both count.",
        ),
        (
            "Loose, weak",
            "A number without its country, or a value that strangers share (an IP address, a name). They are listed in the results and do not count, unless somebody asked for that.",
        ),
        (
            "Person",
            "A row of the list, or all rows with the same mark where a column says whose row it is (`--person`).",
        ),
    ];
    let terms = terms.map(|(term, meaning)| (term.to_string(), meaning.to_string())).to_vec();
    let text = format!(
        "This report says who is exposed, and what of theirs leaked. {DECIDED_BY_YOU} Who exactly is exposed stands in the result files of the same scan (`-o`, `--people`, `--notify`); this report names nobody unless it was told to."
    );
    Section::new("How to read this", vec![Block::Text(text), Block::Terms(terms)])
}

fn origin(report: &ScanReport<'_>) -> Section {
    let scope = report.scope;
    let row = |head: &str, cell: Cell| Row { head: head.into(), cells: vec![cell], ..Row::default() };
    let rows = vec![
        row("List", Cell::Text(report.list.into())),
        row("Rows of the list", Cell::Count(scope.rows, "rows".into())),
        row("Pairs of a person and a breach", Cell::Count(scope.pairs, "person_breach_pairs".into())),
        row("Exposures (row, kind of identifier, breach)", Cell::Count(scope.exposures, "exposures".into())),
        row("Generation of the index", Cell::Count(report.generation, "index.generation".into())),
        row("Public name of its key", Cell::Text(report.key_id.into())),
    ];
    let text = "Every number here stands in the JSON of the same scan (`--summary`). The same list, index and options give the same report.";
    let table = Table::new("What this report was made from", &["Source", "Value"], rows);
    Section::new("Where the figures come from", vec![Block::Text(text.into()), Block::Table(table)])
}
