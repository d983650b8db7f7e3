//! The report of a claim: the verdict and its reasons first, then what it rests on, and what cannot be inferred.

use super::words::{self, counted};
use super::{Block, Cell, Mark, Page, Part, Parts, Row, Section, Table, Tone, claim_time, length};
use crate::query::claim::{
    Claim, FurtherColumn, HeldIn, Judgement, ListFacts, Recycled, Share, Verdict, Weight, judge,
};
use crate::report::claim_words;
use crate::report::text::{count, file_name, percent};
use std::path::Path;

/// Makes the report of one claim, or of those of a file beside each other.
pub fn claim_page(claims: &[Claim], of_file: bool) -> Page {
    if let ([claim], false) = (claims, of_file) {
        let judgement = judge(claim);
        let verdict = judgement.verdict;
        let kind = match &claim.category {
            Some(category) => format!("Claim report: {} ({category})", sample_name(claim)),
            None => format!("Claim report: {}", sample_name(claim)),
        };
        let lead = vec![
            Block::Text(format!("Verdict: {}. {}", verdict.name(), what_to_do(claim, verdict))),
            Block::Items(sentences(claim, &judgement.reasons)),
            parts(claim, ""),
        ];
        let mut sections = sections(claim, verdict, 2, "");
        sections.push(reading());
        return Page { kind, headline: judgement.sentence, lead: with_alert(lead, claim), sections };
    }
    several(claims)
}

fn several(claims: &[Claim]) -> Page {
    let verdicts: Vec<Judgement> = claims.iter().map(judge).collect();
    let ours = verdicts.iter().filter(|judgement| judgement.verdict.is_extract()).count();
    let headline = format!("{ours} of {} are ours, or in part", counted(claims.len() as u64, "claim", "claims"));
    let row = |(number, (claim, judgement)): (usize, (&Claim, &Judgement))| Row {
        head: title(claim),
        note: judgement.sentence.clone(),
        cells: vec![
            Cell::Text(judgement.verdict.name().into()),
            Cell::Count(claim.sample.records, format!("claims[{number}].sample.records")),
            Cell::Count(claim.matches.joint, format!("claims[{number}].joint.records")),
        ],
        ..Row::default()
    };
    let rows = claims.iter().zip(&verdicts).enumerate().map(row).collect();
    let columns = ["Claim", "Verdict", "Records", "Of one row of ours"];
    let lead = vec![Block::Table(Table::new("The claims and their verdicts", &columns, rows))];
    let mut all = Vec::new();
    for (number, (claim, judgement)) in claims.iter().zip(&verdicts).enumerate() {
        let key = format!("claims[{number}].");
        let Judgement { verdict, sentence, reasons } = judgement;
        let text = format!("Verdict: {}. {sentence} {}", verdict.name(), what_to_do(claim, *verdict));
        let blocks = vec![Block::Text(text), Block::Items(sentences(claim, reasons)), parts(claim, &key)];
        all.push(Section::new(title(claim), with_alert(blocks, claim)));
        all.extend(sections(claim, *verdict, 3, &key));
    }
    all.push(reading());
    Page { kind: "Claim report".into(), headline, lead, sections: all }
}

fn title(claim: &Claim) -> String {
    claim.category.clone().unwrap_or_else(|| sample_name(claim))
}

/// The reasons as sentences that name lists without the place where they lie.
fn sentences(claim: &Claim, reasons: &[String]) -> Vec<String> {
    let sentence = |reason: &String| {
        let short = |text: String, list: &ListFacts| {
            text.replace(&format!("`{}`", list.name), &format!("`{}`", list_name(claim, list)))
        };
        let text = claim.lists.iter().fold(reason.clone(), short);
        as_sentence(&text)
    };
    reasons.iter().map(sentence).collect()
}

/// A text with a capital letter and a full stop.
pub(super) fn as_sentence(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(rest).chain(['.']).collect()
}

/// The name of a list without the place where it lies, but for the folders that tell lists of one name apart.
pub(super) fn list_name(claim: &Claim, list: &ListFacts) -> String {
    let parts = |name: &str| name.split('/').map(String::from).collect::<Vec<String>>();
    let (mine, mut count) = (parts(&list.name), 1);
    let others: Vec<_> =
        claim.lists.iter().filter(|other| other.name != list.name).map(|other| parts(&other.name)).collect();
    let end = |parts: &[String], count: usize| parts[parts.len().saturating_sub(count)..].to_vec();
    while count < mine.len() && others.iter().any(|other| end(other, count) == end(&mine, count)) {
        count += 1;
    }
    end(&mine, count).join("/")
}

/// The name of the sample without the place where it lies.
fn sample_name(claim: &Claim) -> String {
    file_name(Path::new(&claim.name))
}

fn with_alert(mut blocks: Vec<Block>, claim: &Claim) -> Vec<Block> {
    if claim.is_incomplete() {
        let text = "This answer is incomplete: something that may change it was not read. It stands under \u{201c}What cannot be inferred\u{201d}.";
        blocks.insert(1, Block::Alert(text.into()));
    }
    blocks
}

fn what_to_do(claim: &Claim, verdict: Verdict) -> &'static str {
    // Records of ours, all of which are known from older breaches.
    let nothing_new = |recycled: &Recycled| {
        recycled.whole >= claim.matches.joint && recycled.joint_outside == 0 && recycled.unasked == 0
    };
    match verdict {
        Verdict::Partly if claim.recycled.as_ref().is_some_and(nothing_new) => {
            "What is ours in it stands in breaches that you hold already: by itself it is no sign of a new breach of your data. If one of these breaches was of your own data, ask whether everybody in it has been told."
        }
        Verdict::Genuine | Verdict::Partly => {
            "Treat it as a breach of your own data: from now on the periods of notification run (72 hours under Art. 33 GDPR). Find out whom it is about, and close the way it was taken."
        }
        Verdict::Stitched => {
            "As a whole it was not taken from these lists. The people in it are exposed all the same, and may be warned."
        }
        Verdict::Recycled if claim.recycled.as_ref().is_some_and(|of| of.whole == claim.comparable()) => {
            "Nothing in it is new. If that breach was of your own data, ask whether everybody in it has been told; if not, its people may be warned."
        }
        Verdict::Recycled => {
            "Nearly all of it is known. Look at the records that no breach holds whole, or of which it cannot be told, before you call it old. If that breach was of your own data, ask whether everybody in it has been told."
        }
        Verdict::Invented => "It says nothing about a breach. Keep the sample, and what was said about it.",
        Verdict::CannotTell => "Ask for more records, or compare with further lists, before you decide.",
    }
}

/// The records of the sample by what they have in common with ours.
fn parts(claim: &Claim, key: &str) -> Block {
    let (comparable, matches) = (claim.comparable(), &claim.matches);
    let part = |label: &str, count, name: &str, tone| Part {
        label: label.into(),
        count,
        key: if name.is_empty() { String::new() } else { format!("{key}{name}") },
        tone,
    };
    let parts = vec![
        part("agree with one row of ours in two kinds", matches.joint, "joint.records", Tone::Bad),
        part("agree in one kind only", matches.matched - matches.joint, "", Tone::Open),
        part("agree in nothing", comparable - matches.matched, "", Tone::Calm),
    ];
    let caption = format!("The {} of the sample that can be compared", counted(comparable, "record", "records"));
    Block::Parts(Parts { caption, parts })
}

fn sections(claim: &Claim, verdict: Verdict, level: u8, key: &str) -> Vec<Section> {
    let mut sections = vec![lists(claim, key)];
    sections.extend(verdict.is_extract().then(|| claim_time::section(claim)).flatten());
    sections.extend([matches(claim, key), kinds(claim, key)]);
    sections.extend(claim.claimed.map(|claimed| claimed_section(claim, claimed, key)));
    sections.extend(claim.recycled.as_ref().map(|recycled| older(recycled, claim.comparable(), key)));
    sections.extend([signs(claim), limits(claim)]);
    sections.into_iter().map(|section| Section { level, ..section }).collect()
}

fn lists(claim: &Claim, key: &str) -> Section {
    let row = |(number, list): (usize, &ListFacts)| {
        let kinds = list.kinds.iter().map(|(kind, n)| format!("{} {}", count(*n), words::kind(kind.name())));
        let numbers = [
            ("rows", list.rows),
            ("matched", list.matched),
            ("joint", list.joint),
            ("joint_only_here", list.joint_only_here),
        ];
        Row {
            head: list_name(claim, list),
            badge: list.is_broken().then_some("incomplete"),
            note: kinds.collect::<Vec<_>>().join(", "),
            mark: Some(Mark::Bar(length(list.joint, claim.comparable()))),
            cells: numbers.map(|(name, n)| Cell::Count(n, format!("{key}lists[{number}].{name}"))).to_vec(),
        }
    };
    let rows = claim.lists.iter().enumerate().map(row).collect();
    let columns = ["List", "Its rows", "Records that match", "In one row", "Only here"];
    let table = Table::new("Records of the sample that stand in each list", &columns, rows);
    let text = match claim.best_list() {
        Some(best) => format!("`{}` fits best.", list_name(claim, best)),
        None => "No list has anything in common with the sample.".into(),
    };
    let mut blocks = vec![Block::Text(text), Block::Table(table)];
    let further: Vec<String> =
        claim.lists.iter().filter(|list| list.joint > 0).filter_map(|list| further_columns(claim, list)).collect();
    blocks.extend((!further.is_empty()).then_some(Block::Items(further)));
    Section::new("Which list it was compared with", blocks)
}

/// How well the columns that are no identifiers agree, where there are some.
fn further_columns(claim: &Claim, list: &ListFacts) -> Option<String> {
    let agree: Vec<&FurtherColumn> = list.further.iter().filter(|column| column.agrees()).collect();
    let (equal, cells) = agree.iter().fold((0, 0), |sum, column| (sum.0 + column.agree, sum.1 + column.compared));
    let names = agree.iter().map(|column| column.label.clone()).collect::<Vec<_>>().join(", ");
    let named =
        if agree.is_empty() { String::new() } else { format!(" ({names}: {} of their cells)", percent(equal, cells)) };
    let all = list.further.len();
    (all > 0).then(|| {
        format!(
            "`{}`: of {} further columns {} agree{named}.",
            list_name(claim, list),
            count(all as u64),
            count(agree.len() as u64)
        )
    })
}

fn matches(claim: &Claim, key: &str) -> Section {
    let (facts, matches) = (&claim.sample, &claim.matches);
    let plain = |head: &str, n: u64, name: &str| Row {
        head: head.into(),
        cells: vec![Cell::Count(n, format!("{key}{name}")), Cell::Share(n, facts.comparable)],
        ..Row::default()
    };
    let sure = |head: &str, share: Share, name: &str| Row {
        note: format!("95 % interval: {:.1} to {:.1} %", share.low * 100.0, share.high * 100.0),
        ..plain(head, share.part, name)
    };
    let rows = vec![
        plain("Can be compared", facts.comparable, "sample.comparable"),
        sure("Match", claim.matched(), "matched.records"),
        sure("Two kinds agree with one row (joint)", claim.joint(), "joint.records"),
        plain("Two kinds in common with a row, one agrees", matches.differs, "one_of_two_kinds_agrees"),
        plain("Only one kind in common", matches.thin, "one_kind_in_common"),
        plain("Two kinds of ours, but never in one row", matches.split, "two_kinds_never_in_one_row"),
    ];
    let broken = match facts.malformed {
        0 => String::new(),
        n => format!(" {} of them cannot be read.", count(n)),
    };
    let repeats = match facts.repeats {
        0 => String::new(),
        n => format!(" {}", as_sentence(&claim_words::repeats(n))),
    };
    let text = format!(
        "The sample has {}.{broken}{repeats} Whoever has an address and a number of one row together had a record of that person; single addresses and numbers can be bought apart.",
        counted(facts.records, "record", "records"),
    );
    let columns = ["Records of the sample", "Records", "Of the comparable"];
    Section::new(
        "How much of it agrees",
        vec![Block::Text(text), Block::Table(Table::new("Agreement with all lists", &columns, rows))],
    )
}

fn kinds(claim: &Claim, key: &str) -> Section {
    let row = |(kind, facts): (&crate::identifier::Kind, &crate::query::claim::KindFacts)| {
        let name = kind.name();
        let numbers = [
            ("valid", facts.accepted),
            ("invalid", facts.invalid()),
            ("repeated", facts.repeated),
            ("derived", facts.derived),
            ("records", facts.records),
            ("matched", facts.matched),
        ];
        Row {
            head: words::kind(name).into(),
            mark: Some(Mark::Bar(length(facts.matched, facts.records))),
            cells: numbers.map(|(field, n)| Cell::Count(n, format!("{key}sample.kinds.{name}.{field}"))).to_vec(),
            ..Row::default()
        }
    };
    let rows = claim.sample.kinds.iter().map(row).collect();
    let columns = ["Identifier", "Valid", "Invalid", "Repeated", "Made of another", "Records", "That match"];
    let table = Table::new("Identifiers of the sample; the bar is the share of records that match", &columns, rows);
    let derived = claim.sample.kinds.iter().filter(|(_, facts)| facts.derived > 0);
    let derived: Vec<String> = derived
        .map(|(kind, facts)| as_sentence(&claim_words::derived(facts.derived, words::kind(kind.name()))))
        .collect();
    let derived = (!derived.is_empty()).then_some(Block::Items(derived));
    Section::new("By kind of identifier", [Block::Table(table)].into_iter().chain(derived).collect())
}

fn claimed_section(claim: &Claim, claimed: u64, key: &str) -> Section {
    let items = claim_words::claimed(claim, claimed).iter().map(|text| as_sentence(text)).collect();
    let rows = claim.rows();
    let row = |head: &str, n, name: &str| Row {
        head: head.into(),
        cells: vec![Cell::Count(n, format!("{key}{name}"))],
        ..Row::default()
    };
    let rows =
        vec![row("Claimed", claimed, "claimed.records"), row("Rows of the lists", rows, "claimed.rows_of_lists")];
    let table = Table::new("The claim beside the lists", &["What", "Records"], rows);
    Section::new("What is claimed", vec![Block::Table(table), Block::Items(items)])
}

fn older(recycled: &Recycled, comparable: u64, key: &str) -> Section {
    let row = |head: &str, any: u64, whole: u64, place: &str| Row {
        head: head.into(),
        mark: Some(Mark::Bar(length(whole, comparable))),
        cells: vec![
            Cell::Count(any, format!("{key}recycled.{place}any_identifier")),
            Cell::Count(whole, format!("{key}recycled.{place}every_identifier")),
        ],
        ..Row::default()
    };
    let named = recycled.breaches.iter().enumerate();
    let named = named.map(|(place, held): (usize, &HeldIn)| Row {
        note: held.when(),
        badge: held.is_recent.then_some("not older"),
        ..row(&held.name, held.any, held.whole, &format!("breaches[{place}]."))
    });
    let rows = named.chain([row("all together", recycled.any, recycled.whole, "")]).collect();
    let columns = ["Breach", "Any identifier", "Every identifier"];
    let table = Table::new("Records of the sample that breaches of the index hold", &columns, rows);
    let mut blocks = vec![Block::Table(table)];
    if recycled.breaches.iter().any(|held| held.is_recent) {
        blocks.push(Block::Text(
            "\u{201c}Not older\u{201d}: a breach of the last 30 days, or one that may be, can be this very offer. It does not count in \u{201c}all together\u{201d}.".into(),
        ));
    }
    Section::new("What was known before", blocks)
}

fn signs(claim: &Claim) -> Section {
    let kinds = claim.sample.kinds.iter().filter(|(_, facts)| facts.invalid() > 0);
    let worth = |weight: &Weight| match weight {
        Weight::Decides | Weight::Counts | Weight::Together => "",
        Weight::Nothing => " (worth nothing: companies are like that)",
        Weight::AsOurs => " (worth nothing: our own lists show it too)",
    };
    let mut items: Vec<String> =
        claim.sample.signs.iter().map(|(sign, weight)| format!("{sign}{}", worth(weight))).collect();
    items.extend(kinds.map(|(kind, facts)| {
        let present = facts.accepted + facts.invalid();
        let share = percent(facts.invalid(), present);
        format!(
            "{}: {} of {} break the rule of their kind ({share})",
            words::kind(kind.name()),
            count(facts.invalid()),
            count(present)
        )
    }));
    let blocks = match items.is_empty() {
        true => vec![Block::Text("There is none.".into())],
        false => vec![Block::Items(items)],
    };
    Section::new("Signs that values were made up", blocks)
}

fn limits(claim: &Claim) -> Section {
    let mut items = Vec::new();
    let unplanned = claim.sample.unplanned + claim.lists.iter().map(|list| list.unplanned).sum::<u64>();
    if unplanned > 0 {
        items.push(format!(
            "{} that may be identifiers stand where the beginning of a file did not show them, and were not compared.",
            counted(unplanned, "value", "values")
        ));
    }
    for list in claim.lists.iter().filter(|list| list.malformed > 0) {
        let rows = counted(list.malformed, "row", "rows");
        items.push(format!("{rows} of `{}` are broken, and were not compared.", list_name(claim, list)));
    }
    if claim.nothing_compared() {
        items.push("Sample and lists have no kind of identifier in common: nothing was compared.".into());
    }
    match &claim.recycled {
        None => items.push(
            "Older breaches were not asked (`--index`): what of the sample was known before is not known.".into(),
        ),
        Some(recycled) if recycled.is_incomplete() => {
            items.push("The index of older breaches could not answer everything.".into());
        }
        Some(_) => (),
    }
    items.extend(
        [
            "How large the whole is, and whether it is like the sample: a seller chooses what to show.",
            "How the data were taken, and by whom.",
            "Whether somebody else has the same records: a company with the same customers could. Only numbers that you alone give out speak against it.",
        ]
        .map(String::from),
    );
    Section::new("What cannot be inferred", vec![Block::Items(items)])
}

fn reading() -> Section {
    let verdicts = [
        Verdict::Genuine,
        Verdict::Partly,
        Verdict::Stitched,
        Verdict::Recycled,
        Verdict::Invented,
        Verdict::CannotTell,
    ];
    let mut terms: Vec<(String, String)> =
        verdicts.map(|verdict| (verdict.name().to_string(), verdict.meaning().to_string())).to_vec();
    let others = [
        ("match", "An identifier of the record stands in a row of a list."),
        ("joint", "Two kinds of identifier of the record (an address and a number) stand in the same row."),
        ("95 % interval", "Where the share of the whole lies, if these records are a random part of it."),
    ];
    terms.extend(others.map(|(term, meaning)| (term.to_string(), meaning.to_string())));
    let text = "Every number here stands in the JSON of the same answer (`--json`). No value of the sample or of the lists is in this report.";
    Section::new("How to read this", vec![Block::Text(text.into()), Block::Terms(terms)])
}
