//! Query: batches of digests and an index become exposures, unknowns and totals.
//!
//! Every identifier gets one of three answers. **Exposed**: a live breach holds it. **Not found**: every breach that covers
//! its namespace was asked, and none holds it. **Unknown**: it could not be asked, or the index cannot speak about it.
//! What cannot be answered is never "not found".
//!
//! # Cost
//!
//! A list streams: in memory are the blocks of the pipeline and the answers of the rows in them. An identifier costs up to
//! three probes (itself, its folded form, as exact and as alias); all probes of a block are looked up together, 20 to 50 ns
//! each per segment. A single value is asked for with as few of them as decide the answer: two to three.

mod answer;
pub mod claim;
mod combinations;
mod coverage;
mod error;
mod few;
mod groups;
mod met;
mod number;
mod outcome;
mod persons;
mod scope;
mod tally;

use answer::Desk;
pub use answer::{Answers, Exposure, Unknown};
pub use combinations::{Combinations, harm};
pub use coverage::{Covered, Gap};
pub use error::Error;
pub use groups::{DOMAIN_PEOPLE_MIN, Domains, GROUPS_MAX, Groups};
pub use met::{BreachValues, Met};
pub use number::{count, date};
pub use outcome::{Doubt, Outcome, People};
pub use persons::{Person, Persons};
pub use scope::{KindScope, Scope};

use crate::digest::Key;
use crate::identifier::{Country, Kind, KindSpec, Reason, presence};
use crate::index::Index;
use crate::plan::{Batch, Extractor, Plan, Tier, run_blocks};
use crate::source::{Block, Options, Progress, Source};
use std::sync::Arc;

/// What is asked, of which index.
#[derive(Clone, Copy)]
pub struct Query<'a> {
    /// The index.
    pub index: &'a Index,
    /// Its key.
    pub key: &'a Key,
    /// How the list is read.
    pub plan: &'a Plan,
    /// What the index covers of the kinds asked for.
    pub covered: &'a Covered,
    /// How sources are read.
    pub source: &'a Options,
    /// Worker threads.
    pub threads: usize,
    /// The weakest tier that counts in the totals; weaker meetings are listed.
    pub counted: Tier,
    /// Where it is marked which values were met, if somebody wants to know how many were not.
    pub met: Option<&'a Met>,
}

/// Scans a list: `each` gets the answers block by block, in the order of the list.
///
/// Output: the totals over all rows.
///
/// # Errors
/// If the list cannot be read, or `each` fails. Damage of the index is no error: what it hides is unknown, and
/// [`Scope::damage`] says where it is.
pub fn scan<E: From<crate::source::Error>>(
    query: Query<'_>,
    list: Source,
    progress: &Arc<Progress>,
    mut each: impl FnMut(&Answers) -> Result<(), E>,
) -> Result<Scope, E> {
    let lines_above = list.description().lines_above;
    let blocks = query.plan.blocks(list, Arc::clone(progress));
    let start = || {
        let extractor = Extractor::new(query.plan, query.key, query.index.width(), query.source);
        (extractor, Batch::default(), Desk::default())
    };
    let work = |(extractor, batch, desk): &mut (Extractor<'_>, Batch, Desk), block: &Block| {
        extractor.extract_block(block, batch);
        progress.add_records(u64::from(batch.records));
        let mut answers = answer::answer(query, batch, desk);
        if query.plan.kept.rows {
            answers.cells = std::mem::take(&mut batch.cells);
        }
        answers
    };
    let mut scope = Scope::new(query.covered.doubtful());
    let breaches = query.index.breaches().iter().enumerate();
    scope.incomplete_breach =
        breaches.filter(|(place, _)| query.covered.asks(*place)).any(|(_, breach)| breach.incomplete);
    query.index.damaged().iter().for_each(|segment| scope.add_damage(segment.error.to_string()));
    let mut rows = 0;
    let take = |mut answers: Answers| {
        answers.first_row = rows + 1;
        rows += u64::from(answers.records);
        scope.add(&answers.scope);
        each(&answers)
    };
    let (workers, totals) = run_blocks(blocks, query.threads, progress, start, work, take)?;
    scope.unplanned = workers.iter().map(|(extractor, ..)| extractor.unplanned()).sum();
    scope.headings = workers.iter().map(|(extractor, ..)| extractor.split_counts().headings).sum();
    scope.lines_above = lines_above;
    scope.bytes_read = totals.bytes_read;
    scope.undecodable = totals.undecodable;
    let kinds: Vec<Kind> = scope.kinds.keys().copied().collect();
    scope.values = query.met.map(|met| met.values(query, &kinds)).unwrap_or_default();
    Ok(scope)
}

/// How one value is asked for.
#[derive(Clone, Debug)]
pub struct Question {
    /// As what.
    pub spec: KindSpec,
    /// The country of a telephone number without one.
    pub region: Country,
    /// The canonical scope; empty if none.
    pub scope: Vec<u8>,
    /// Whether a number whose check digit fails is asked for.
    pub lenient: bool,
}

impl Question {
    /// Asks for a kind, without region and scope.
    pub fn new(spec: KindSpec) -> Question {
        Question { spec, region: Country::NONE, scope: Vec::new(), lenient: false }
    }
}

/// Asks for one value as one kind.
pub fn check(index: &Index, key: &Key, covered: &Covered, question: &Question, value: &str) -> Answers {
    let spec = question.spec;
    let plan = Plan::one_value(spec, question.region, &question.scope);
    let mut plan = Plan { lenient: question.lenient, ..plan };
    covered.tell(&mut plan);
    let options = Options::default();
    let query =
        Query { index, key, plan: &plan, covered, source: &options, threads: 1, counted: Tier::COUNTED, met: None };
    if presence(value.as_bytes()) == Err(Reason::Empty) {
        return Answers::unknown(spec.kind, Reason::Empty.name());
    }
    let mut batch = Batch::default();
    // A line end inside the value would make two of it.
    let line: String = value.chars().map(|c| if matches!(c, '\r' | '\n') { ' ' } else { c }).collect();
    Extractor::new(&plan, key, index.width(), &options).extract(line.as_bytes(), &mut batch);
    let (hits, errors) = few::find_few(query, &batch);
    let mut answers = answer::answer_hits(query, &batch, &hits, &mut Desk::default());
    errors.iter().for_each(|error| answers.scope.add_damage(error.to_string()));
    index.damaged().iter().for_each(|segment| answers.scope.add_damage(segment.error.to_string()));
    answers
}
