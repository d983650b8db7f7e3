//! What follows from the facts: one of six words, and why.
//!
//! | verdict | if, tried in this order |
//! |---|---|
//! | cannot tell | fewer than 20 records |
//! | invented | less than 5 % of the records match, none of them is proven, at most 5 % of the records are broken, and [signs](#signs) of the values or the columns decide |
//! | cannot tell | fewer than 20 records with an identifier |
//! | cannot tell | no list has a row with a kind of identifier that the sample has |
//! | recycled | one older breach holds at least 80 % of the records whole: every kind of identifier that they have; and no proven record stands outside of it |
//! | cannot tell | less than 5 % of the records match, and none of them is proven |
//! | cannot tell | of fewer than 10 matched records two kinds could agree, and none of them is proven |
//! | stitched | of these, two kinds agree for less than 25 %, and none of them is proven |
//! | genuine | at least 75 % of the records match, and two kinds agree for at least 75 % of those that could |
//! | partly | all others |
//!
//! *Proven* are records that nothing else explains: at least 3 that have a number which only the organisation gives out beside
//! another identifier of the same row; or at least 10 of which two kinds stand in one row, if these are a quarter of those that
//! could. A hundred thousand other records do not make them any less ours. Outside of a breach stand at least the joint records
//! that are more than the breach has whole; 10 of them and 1 % of the sample are no slip.
//!
//! # Signs
//!
//! | sign of a kind of identifier, of at least 20 values | weight | why |
//! |---|---|---|
//! | 20 % of the values break the rule of the kind | decides; of telephone numbers counts | nobody's system has stored them; but companies keep extensions in such columns |
//! | 50 % of the values follow a rule | decides; of telephone numbers counts | people have no numbers in a row; but the desks of a company have |
//! | 50 % of the values are repeated | counts together with other such | a person has many orders |
//!
//! What stands in other columns has signs too ([`Sign`](super::Sign)). Two that count decide.
//!
//! The limits leave room for what happens to honest data. A list lives on after an extract: customers go, a few in a
//! hundred change a number every year, and a cell is mistyped here and there; so a genuine extract of several years still
//! matches to three quarters. Two lists of strangers agree jointly nowhere, but people are customers of two companies, or
//! were stitched by hand: a quarter is left to them. At a rate of 5 % the share of people who happen to be known to both
//! sides is no news.

use super::{Claim, KindFacts, ListFacts, Matches, Recycled, SampleFacts, Weight};
use crate::identifier::Kind;
use std::fmt;

/// Fewer records tell nothing: of 20 that all match, the share of the whole may be 83 %.
const RECORDS_MIN: u64 = 20;
/// Fewer matched records with two kinds in common do not tell whether they were stitched.
const DECIDABLE_MIN: u64 = 10;
/// From so many joint records on that have a number of ours, some are ours.
const ISSUED_MIN: u64 = 3;
/// From this share of records on that are joint and not in a known breach, they did not come from there.
const OUTSIDE: f64 = 0.01;
/// Below this share of matches, a sample has nothing to do with the lists.
const RELATED: f64 = 0.05;
/// From this share of matches on, a sample as a whole is ours.
const OURS: f64 = 0.75;
/// From this share of agreement on, records were taken as they are.
const AGREED: f64 = 0.75;
/// Below this share of agreement, they were stitched.
const STITCHED: f64 = 0.25;
/// From this share of records that one older breach holds whole, the sample is that breach.
const RECYCLED: f64 = 0.8;
/// From this share of invalid values on, nobody's system has stored them.
const INVALID: f64 = 0.2;
/// From this share of values on that follow a rule, or are repeated.
const REGULAR: f64 = 0.5;
/// A kind with fewer values says nothing about how they were made.
const VALUES_MIN: u64 = 20;

/// What a sample is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// An extract of one of our lists, or of what stands behind it.
    Genuine,
    /// A part of it is such an extract.
    Partly,
    /// Its identifiers come from several places: people we know, records we do not have.
    Stitched,
    /// An older breach.
    Recycled,
    /// Made up.
    Invented,
    /// None of this can be said.
    CannotTell,
}

impl Verdict {
    /// The word in results.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Genuine => "genuine",
            Verdict::Partly => "partly",
            Verdict::Stitched => "stitched",
            Verdict::Recycled => "recycled",
            Verdict::Invented => "invented",
            Verdict::CannotTell => "cannot tell",
        }
    }

    /// Whether records of ours were taken as they are, so that it can be asked when.
    pub fn is_extract(self) -> bool {
        matches!(self, Verdict::Genuine | Verdict::Partly)
    }

    /// What it means, as a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Verdict::Genuine => "The sample is ours: its records stand in our lists as they are.",
            Verdict::Partly => "A part of the sample is ours, and a part is not.",
            Verdict::Stitched => {
                "The sample was stitched together: it names people whom we know, but not by our records."
            }
            Verdict::Recycled => "The sample is an older breach, sold again.",
            Verdict::Invented => "The sample was made up.",
            Verdict::CannotTell => "It cannot be told whether the sample is ours.",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The verdict about a claim, and its reasons as sentences, the one that decided first.
pub fn judge(claim: &Claim) -> (Verdict, Vec<String>) {
    let (verdict, mut reasons) = decide(claim);
    let matches = &claim.matches;
    if verdict.is_extract() {
        reasons.extend(origin(claim));
        if matches.issued > 0 {
            reasons.push(format!(
                "{} records have a number that only the organisation itself gives out, beside another identifier of the same row",
                matches.issued
            ));
        } else {
            reasons.push(
                "no number that only you give out is among what agrees: a company with the same customers could have the same records"
                    .into(),
            );
        }
    }
    if verdict == Verdict::Recycled {
        if matches.joint > 0 {
            let joint = matches.joint;
            reasons.push(format!("{joint} records stand in one row of ours: if that breach was not of your data, ask how they came into it"));
        }
    } else {
        reasons.extend(recycled_in_part(claim));
    }
    if verdict.is_extract() {
        reasons.extend(absent_kinds(claim));
    }
    if claim.sample.is_broken() {
        let SampleFacts { malformed, records, .. } = claim.sample;
        reasons.push(format!("{malformed} of {records} records are broken, and were not compared"));
    }
    match verdict {
        Verdict::Invented => (),
        // Two branches of one size are no news about records that agree with ours.
        Verdict::Genuine => reasons.extend(made_up_kinds(&claim.sample)),
        _ => reasons.extend(made_up(&claim.sample)),
    }
    (verdict, reasons)
}

fn decide(claim: &Claim) -> (Verdict, Vec<String>) {
    let facts = &claim.sample;
    let (comparable, matches) = (facts.comparable, &claim.matches);
    let records = facts.records - facts.repeats;
    if records < RECORDS_MIN {
        return (Verdict::CannotTell, vec![too_few(claim, records, "records")]);
    }
    let matched = format!("{} of {comparable} records with an identifier match", matches.matched);
    let proven = is_proven(claim);
    let unrelated = (matches.matched as f64) < RELATED * records as f64 && !proven;
    if unrelated && is_made_up(facts) && !facts.is_broken() {
        return (Verdict::Invented, [made_up(facts), vec![matched]].concat());
    }
    if comparable < RECORDS_MIN {
        return (Verdict::CannotTell, vec![too_few(claim, comparable, "records with an identifier")]);
    }
    if claim.nothing_compared() {
        let why = "no list has a row with a kind of identifier that the sample has: there was nothing to compare";
        return (Verdict::CannotTell, vec![why.into()]);
    }
    if let Some(reason) = recycled(claim) {
        return (Verdict::Recycled, vec![reason, matched]);
    }
    if claim.matched().value() < RELATED && !proven {
        let why = "the values themselves are possible: they may be of people who are on none of these lists";
        return (Verdict::CannotTell, vec![matched, why.into()]);
    }
    let agreement = claim.agreement();
    let agreed = format!(
        "of the {} that have two kinds of identifier in common with a row, {} have both in the same row of one list",
        agreement.whole, agreement.part
    );
    if agreement.whole < DECIDABLE_MIN && !proven {
        let why = match matches.joint {
            0 => single(claim).into(),
            joint => format!("{joint} records have two identifiers of one row: too few to decide, and worth a look"),
        };
        return (Verdict::CannotTell, vec![matched, why]);
    }
    let share = agreement.value();
    let verdict = if share < STITCHED && !proven {
        Verdict::Stitched
    } else if share >= AGREED && claim.matched().value() >= OURS {
        Verdict::Genuine
    } else {
        Verdict::Partly
    };
    let mut reasons = vec![matched, agreed];
    if verdict == Verdict::Stitched && matches.split > 0 {
        reasons.push(format!("{} records have two identifiers that stand in rows of different people", matches.split));
    }
    if verdict == Verdict::Stitched && matches.joint > 0 {
        let why =
            "have two identifiers of one row all the same: people whom others know too, or records of ours among it";
        reasons.push(format!("{} records {why}", matches.joint));
    }
    (verdict, reasons)
}

/// Why records that have only one identifier in common with a row decide nothing.
fn single(claim: &Claim) -> &'static str {
    let issued = |(kind, of): (&Kind, &KindFacts)| super::is_issued(*kind) && 2 * of.matched >= claim.matches.matched;
    if claim.sample.kinds.iter().any(issued) {
        return "numbers that only you give out match, but alone: whoever has seen one can count up others, and too few records have two identifiers in common with a row";
    }
    "single identifiers can come from anywhere, and too few records have two in common with a row"
}

/// Whether some records are ours, whatever the others are.
fn is_proven(claim: &Claim) -> bool {
    let Matches { joint, issued, .. } = claim.matches;
    issued >= ISSUED_MIN || (joint >= DECIDABLE_MIN && claim.agreement().value() >= STITCHED)
}

/// Kinds that an extract has, and of which hardly a value is on our lists.
fn absent_kinds(claim: &Claim) -> Vec<String> {
    let kinds = claim.sample.kinds.iter().filter(|(_, of)| of.records >= VALUES_MIN);
    let absent = kinds.filter(|(_, of)| (of.matched as f64) < STITCHED * of.records.min(claim.matches.matched) as f64);
    let sentence = |(kind, of): (&Kind, &KindFacts)| {
        let name = kind.name();
        format!(
            "{name}: {} of {} records have one of ours: the others are not ours, or not on these lists",
            of.matched, of.records
        )
    };
    absent.map(sentence).collect()
}

fn too_few(claim: &Claim, records: u64, what: &str) -> String {
    let Claim { matches, .. } = claim;
    format!(
        "{records} {what} are too few ({RECORDS_MIN} are the least); {} match, {} of them with two identifiers in one row",
        matches.matched, matches.joint
    )
}

/// Which list the records were taken from.
fn origin(claim: &Claim) -> Option<String> {
    let best = claim.best_list()?;
    let others = claim.lists.iter().filter(|list| !std::ptr::eq(*list, best));
    let next = others.max_by_key(|list| list.rank());
    let Some(next) = next else { return Some(format!("`{}` has {} joint records", best.name, best.joint)) };
    let (name, other) = (&best.name, &next.name);
    Some(if best.leads(next) {
        format!("`{name}` fits best: {} joint records, and {} in the next", best.joint, next.joint)
    } else if best.agrees_better_than(next) {
        format!(
            "`{name}` ({} joint records) and `{other}` ({}) fit alike by their identifiers, and `{name}` fits best by further columns: {}, and in the other {}",
            best.joint,
            next.joint,
            agreeing(best),
            agreeing(next)
        )
    } else {
        format!(
            "`{name}` ({} joint records) and `{other}` ({}) fit alike: it cannot be told which it was taken from",
            best.joint, next.joint
        )
    })
}

/// How many of the further columns of a list agree with the sample.
fn agreeing(list: &ListFacts) -> String {
    if list.further.is_empty() {
        return "none is in common".into();
    }
    let agree = list.further.iter().filter(|column| column.agrees()).count();
    format!("{agree} of {} agree", list.further.len())
}

/// Why a sample is an older breach.
fn recycled(claim: &Claim) -> Option<String> {
    let recycled = claim.recycled.as_ref()?;
    let (name, _, whole) = recycled.best()?;
    // Those that nobody may ask about speak neither for it nor against it.
    let comparable = claim.sample.comparable.saturating_sub(recycled.unasked);
    // At least so many are joint and not there as a whole.
    let outside = claim.matches.joint.saturating_sub(*whole);
    let is_outside = outside >= DECIDABLE_MIN && outside as f64 >= OUTSIDE * comparable as f64;
    (*whole > 0 && *whole as f64 >= RECYCLED * comparable as f64 && !(is_outside && is_proven(claim))).then(|| {
        format!(
            "{whole} of {comparable} records stand in the older breach `{name}` with every identifier that they have"
        )
    })
}

/// What else older breaches hold of it.
fn recycled_in_part(claim: &Claim) -> Option<String> {
    let recycled = claim.recycled.as_ref().filter(|recycled| recycled.any + recycled.unasked > 0)?;
    let unasked = match recycled.unasked {
        0 => String::new(),
        n => format!("; of {n} more it cannot be told, because an identifier is suppressed, or could not be asked"),
    };
    let Recycled { any, whole, .. } = recycled;
    Some(format!("older breaches hold an identifier of {any} records, and {whole} records whole{unasked}"))
}

/// Whether the signs are enough to say that nobody lives behind the values.
fn is_made_up(facts: &SampleFacts) -> bool {
    let weights = facts.signs.iter().map(|(_, weight)| *weight);
    super::signs::decide(weights.chain(signs_of_kinds(facts).into_iter().map(|(_, weight)| weight)))
}

/// Signs that values were made up: of identifiers, one for each kind that has any, and then of other columns.
fn made_up(facts: &SampleFacts) -> Vec<String> {
    let of_columns = facts.signs.iter().map(|(sign, weight)| match weight {
        Weight::AsOurs => format!("{sign}; but so it is in our lists"),
        _ => sign.to_string(),
    });
    made_up_kinds(facts).into_iter().chain(of_columns).collect()
}

fn made_up_kinds(facts: &SampleFacts) -> Vec<String> {
    signs_of_kinds(facts).into_iter().map(|(sign, _)| sign).collect()
}

/// Signs of the values of each kind.
fn signs_of_kinds(facts: &SampleFacts) -> Vec<(String, Weight)> {
    let mut signs = Vec::new();
    for (kind, of_kind) in &facts.kinds {
        let (invalid, present) = (of_kind.invalid(), of_kind.accepted + of_kind.invalid());
        if present < VALUES_MIN {
            continue;
        }
        // The telephones of a company stand in a row, and some of its columns hold extensions.
        let weight = if *kind == Kind::Phone { Weight::Counts } else { Weight::Decides };
        let name = kind.name();
        if invalid as f64 >= INVALID * present as f64 {
            signs.push((format!("{name}: {invalid} of {present} values break the rule of their kind"), weight));
        }
        if of_kind.regular >= REGULAR {
            let share = of_kind.regular * 100.0;
            let which = "of the values are at equal distances, as if counted up";
            signs.push((format!("{name}: {share:.0} % {which}"), weight));
        }
        if of_kind.accepted > 0 && of_kind.repeated as f64 >= REGULAR * of_kind.accepted as f64 {
            let (repeated, accepted) = (of_kind.repeated, of_kind.accepted);
            signs.push((format!("{name}: {repeated} of {accepted} values are repeated"), Weight::Together));
        }
    }
    signs
}
