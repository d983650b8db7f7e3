//! What follows from the facts: one of six words, and why.
//!
//! | verdict | if, tried in this order |
//! |---|---|
//! | cannot tell | fewer than 20 records |
//! | invented | less than 5 % of the records match, none of them is proven, at most 5 % of the records are broken, and [signs](#signs) of the values or the columns decide |
//! | cannot tell | fewer than 20 records with an identifier |
//! | cannot tell | no list has a row with a kind of identifier that the sample has |
//! | recycled | older breaches hold at least 80 % of the records whole: one of them every kind of identifier of a record; and fewer than 3 records that they do not hold are proven to be ours |
//! | partly | they hold so much, and more records are |
//! | cannot tell | less than 5 % of the records match, and none of them is proven |
//! | cannot tell | of fewer than 10 matched records two kinds could agree, and none of them is proven |
//! | stitched | of these, two kinds agree for less than 25 %, none of them is proven, and at least 25 % have two kinds in rows of different people |
//! | cannot tell | the same, and fewer have: their second value is on no list |
//! | genuine | at least 90 % of the records match, two kinds agree for at least 75 % of those that could, and older breaches hold less than 25 % of the records whole |
//! | partly | all others |
//!
//! *Proven* are records that nothing else explains: at least 3 that have a number which only the organisation gives out beside
//! another identifier of the same row; or at least 10 of which two kinds stand in one row, if these are a quarter of those that
//! could. A hundred thousand other records do not make them any less ours. Records of which the index may not say whether a breach
//! holds them speak neither for it nor against it; a breach of the last 30 days is no older one, as it may be this very offer.
//!
//! # Signs
//!
//! | sign of a kind of identifier, of at least 20 values | weight | why |
//! |---|---|---|
//! | 20 % of the values break the rule of the kind | decides; of telephone numbers counts | nobody's system has stored them; but companies keep extensions in such columns |
//! | 50 % of the values follow a rule | decides; of telephone numbers counts; of addresses counts together with other such | people have no numbers in a row; but the desks of a company have, and so have its mailboxes |
//! | 50 % of the values are repeated | counts together with other such | a person has many orders |
//!
//! What stands in other columns has signs too ([`Sign`](super::Sign)). Two that count decide.
//!
//! The limits leave room for what happens to honest data. A list lives on after an extract: customers go, a few in a
//! hundred change a number every year, and a cell is mistyped here and there; so of a genuine extract of several years a
//! quarter has another second value. But one record in ten that stands in no list at all is more than that explains: whoever reads
//! "genuine" takes everybody in it for ours. Two lists of strangers agree jointly nowhere, but people are customers of two companies, or
//! were stitched by hand: a quarter is left to them. At a rate of 5 % the share of people who happen to be known to both
//! sides is no news.

use super::reasons;
use super::{Claim, KindFacts, Matches, SampleFacts, Weight};
use crate::identifier::Kind;
use crate::query::count;
use std::fmt;

/// Fewer records tell nothing: of 20 that all match, the share of the whole may be 83 %.
pub(super) const RECORDS_MIN: u64 = 20;
/// Fewer matched records with two kinds in common do not tell whether they were stitched.
const DECIDABLE_MIN: u64 = 10;
/// From so many joint records on that have a number of ours, some are ours.
const ISSUED_MIN: u64 = 3;
/// From so many joint records on that are in no older breach, they did not come from there.
const OUTSIDE_MIN: u64 = 3;
/// Below this share of matches, a sample has nothing to do with the lists.
const RELATED: f64 = 0.05;
/// From this share of matches on, a sample as a whole is ours.
const OURS: f64 = 0.9;
/// From this share of agreement on, records were taken as they are.
const AGREED: f64 = 0.75;
/// Below this share of agreement, they were stitched, if so many stand in rows of different people.
pub(super) const STITCHED: f64 = 0.25;
/// From this share of records that older breaches hold whole, the sample is these breaches.
const RECYCLED: f64 = 0.8;
/// From this share on, a sample is recycled in part.
const RECYCLED_IN_PART: f64 = 0.25;
/// From this share of invalid values on, nobody's system has stored them.
const INVALID: f64 = 0.2;
/// From this share of values on that follow a rule, or are repeated.
const REGULAR: f64 = 0.5;
/// A kind with fewer values says nothing about how they were made.
pub(super) const VALUES_MIN: u64 = 20;

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

    /// What the word means.
    pub fn meaning(self) -> &'static str {
        match self {
            Verdict::Genuine => "The sample is ours: its records stand in our lists as they are.",
            Verdict::Partly => "A part of the sample is ours and new, and a part is not.",
            Verdict::Stitched => {
                "The sample was stitched together: it names people whom we know, but not by our records."
            }
            Verdict::Recycled => "The sample is a breach that was known before, sold again.",
            Verdict::Invented => "The sample was made up.",
            Verdict::CannotTell => "It cannot be told whether the sample is ours.",
        }
    }
}

/// The verdict about a claim, and what it rests on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What it means of this sample, as a sentence with its shares.
    pub sentence: String,
    /// Its reasons, the one that decided first.
    pub reasons: Vec<String>,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Judges a claim.
pub fn judge(claim: &Claim) -> Judgement {
    let (verdict, mut reasons) = decide(claim);
    let matches = &claim.matches;
    if verdict.is_extract() {
        reasons.extend(reasons::of_extract(claim));
    }
    if verdict != Verdict::Invented {
        reasons.extend(reasons::split(claim));
    }
    if verdict == Verdict::Recycled {
        if matches.joint > 0 {
            let joint = count(matches.joint);
            reasons.push(format!("{joint} records stand in one row of ours: if what holds them was no breach of your data, ask how they came into it"));
        }
    } else {
        reasons.extend(reasons::recycled_in_part(claim));
    }
    reasons.extend(reasons::recent(claim));
    if verdict.is_extract() {
        reasons.extend(reasons::absent_kinds(claim));
    }
    if claim.sample.is_broken() {
        let [malformed, records] = [claim.sample.malformed, claim.sample.records].map(count);
        reasons.push(format!("{malformed} of {records} records are broken, and were not compared"));
    }
    reasons.extend(reasons::at_domain_of_list(claim));
    reasons.extend(reasons::unread(claim));
    match verdict {
        Verdict::Invented => (),
        // Two branches of one size are no news about records that agree with ours.
        Verdict::Genuine => reasons.extend(made_up_kinds(&claim.sample)),
        _ => reasons.extend(made_up(&claim.sample)),
    }
    Judgement { verdict, sentence: reasons::sentence(claim, verdict), reasons }
}

fn decide(claim: &Claim) -> (Verdict, Vec<String>) {
    let facts = &claim.sample;
    let (comparable, matches) = (facts.comparable, &claim.matches);
    let records = facts.records - facts.repeats;
    if records < RECORDS_MIN {
        return (Verdict::CannotTell, vec![reasons::too_few(claim, records, "records")]);
    }
    let [of_them, all] = [matches.matched, comparable].map(count);
    let matched = format!("{of_them} of {all} records with an identifier match");
    let proven = is_proven(claim);
    let unrelated = (matches.matched as f64) < RELATED * records as f64 && !proven;
    if unrelated && is_made_up(facts) && !facts.is_broken() {
        return (Verdict::Invented, [made_up(facts), vec![matched]].concat());
    }
    if comparable < RECORDS_MIN {
        return (Verdict::CannotTell, vec![reasons::too_few(claim, comparable, "records with an identifier")]);
    }
    if claim.nothing_compared() {
        let why = "no list has a row with a kind of identifier that the sample has: there was nothing to compare";
        return (Verdict::CannotTell, vec![why.into()]);
    }
    if let Some((verdict, why)) = recycled(claim) {
        return (verdict, [why, vec![matched]].concat());
    }
    if claim.matched().value() < RELATED && !proven {
        return (
            Verdict::CannotTell,
            vec![matched, reasons::strangers(claim, !made_up_kinds(facts).is_empty()).into()],
        );
    }
    compared(claim, matched)
}

/// What follows from how the records that match agree.
fn compared(claim: &Claim, matched: String) -> (Verdict, Vec<String>) {
    let (matches, agreement, proven) = (&claim.matches, claim.agreement(), is_proven(claim));
    let agreed = format!(
        "of the {} that have two kinds of identifier in common with a row, {} have both in the same row of one list",
        count(agreement.whole),
        count(agreement.part)
    );
    if agreement.whole < DECIDABLE_MIN && !proven {
        let why = match matches.joint {
            0 => single(claim).into(),
            joint => {
                format!("{} records have two identifiers of one row: too few to decide, and worth a look", count(joint))
            }
        };
        return (Verdict::CannotTell, vec![matched, why]);
    }
    let share = agreement.value();
    if share >= STITCHED || proven {
        let genuine = share >= AGREED && claim.matched().value() >= OURS && !is_recycled_in_part(claim);
        return (if genuine { Verdict::Genuine } else { Verdict::Partly }, vec![matched, agreed]);
    }
    let mut reasons = vec![matched, agreed];
    if matches.joint > 0 {
        let why =
            "have two identifiers of one row all the same: people whom others know too, or records of ours among it";
        reasons.push(format!("{} records {why}", count(matches.joint)));
    }
    // Values that are ours, but of different people, were put together; values that nobody of ours has may be newer than our lists.
    if matches.split as f64 >= STITCHED * agreement.whole as f64 {
        return (Verdict::Stitched, reasons);
    }
    reasons.push(format!(
        "{} records agree in one kind and have another value than our row in a second: they may have changed it, or a company with the same customers has other values of them",
        count(matches.differs)
    ));
    (Verdict::CannotTell, reasons)
}

/// The verdict about a sample that older breaches hold, and why.
fn recycled(claim: &Claim) -> Option<(Verdict, Vec<String>)> {
    let recycled = claim.recycled.as_ref()?;
    let asked = recycled.asked(claim.comparable());
    if recycled.whole == 0 || (recycled.whole as f64) < RECYCLED * asked as f64 {
        return None;
    }
    let mut why = vec![reasons::recycled(recycled, claim.comparable())];
    let outside = recycled.joint_outside;
    if outside > 0 {
        why.push(format!("{} records stand in one row of ours, and in no older breach as a whole", count(outside)));
    }
    let is_new = outside >= OUTSIDE_MIN && is_proven(claim);
    Some((if is_new { Verdict::Partly } else { Verdict::Recycled }, why))
}

/// Whether so much of a sample is known from older breaches that it is not one extract of ours.
pub(super) fn is_recycled_in_part(claim: &Claim) -> bool {
    let asked = |of: &super::Recycled| of.asked(claim.comparable()) as f64;
    claim.recycled.as_ref().is_some_and(|of| of.whole > 0 && of.whole as f64 >= RECYCLED_IN_PART * asked(of))
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
        // Its mailboxes may have numbers in a row, too.
        let weight_in_row = if *kind == Kind::Email { Weight::Together } else { weight };
        let name = kind.name();
        if invalid as f64 >= INVALID * present as f64 {
            let [invalid, present] = [invalid, present].map(count);
            signs.push((format!("{name}: {invalid} of {present} values break the rule of their kind"), weight));
        }
        if of_kind.regular >= REGULAR {
            let share = of_kind.regular * 100.0;
            let which = "of the values are at equal distances, as if counted up";
            signs.push((format!("{name}: {share:.0} % {which}"), weight_in_row));
        }
        if of_kind.accepted > 0 && of_kind.repeated as f64 >= REGULAR * of_kind.accepted as f64 {
            let [repeated, accepted] = [of_kind.repeated, of_kind.accepted].map(count);
            signs.push((format!("{name}: {repeated} of {accepted} values are repeated"), Weight::Together));
        }
    }
    signs
}
