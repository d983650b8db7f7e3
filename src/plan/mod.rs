//! The plan: a sample of records becomes "this column is that kind"; records and plan become batches of digests.
//!
//! Ingest and query use the same two steps, so that both sides read a column the same way: [`decide`] looks at the
//! caller's rules, the column names and sampled values; an [`Extractor`] per worker turns blocks of records into
//! [`Batch`]es: keyed digests, what was refused and why, and the data classes of every record. [`run_blocks`] is the
//! pipeline around it: one thread reads and cuts blocks, workers extract, results come back in the order of the source.
//!
//! # Cost
//!
//! Deciding looks at 2,000 rows at most: milliseconds. A worker holds one block of 1 MiB and one batch (about 44 bytes
//! per identifier); the pipeline holds `4 x threads` blocks at most, whatever the size of the source. Nothing is
//! allocated per record.

mod actions;
mod batch;
mod cells;
mod chance;
mod counted;
mod credentials;
mod decide;
mod decided;
mod derived;
mod dials;
mod digester;
mod domains;
mod error;
mod evidence;
mod explain;
mod extract;
mod fields;
mod found;
mod header;
mod headings;
mod joins;
mod kept;
mod lexicon;
mod look;
mod masked;
mod namespaces;
mod national;
mod packed;
mod password_hashes;
mod pipeline;
mod planfile;
mod repeats;
mod rules;
mod several;
mod tier;
mod unread;

pub use batch::{Batch, Counted, Probe, Refused};
pub use cells::{Numbers, kinds_of_value};
pub use counted::{KeptClasses, at_place, place_of_probe, places};
pub use decide::decide;
pub use derived::may_be_derived;
pub use dials::Dial;
pub use error::Error;
pub use evidence::Evidence;
pub use explain::{Explanation, Written, explain};
pub use extract::{Extractor, Others};
pub use found::Found;
pub use headings::Headings;
pub use kept::{Cells, Kept};
pub use look::{Looked, look};
pub use masked::masked_samples;
pub use namespaces::{NamespaceCounts, SAID};
pub use packed::Packed;
pub use pipeline::{run_blocks, run_ordered};
pub use planfile::{PlanFile, signature};
pub use rules::{Request, Rule, Target, nearest, parse_kind};
pub use tier::{Hashes, Tier};
pub use unread::{Unread, unread};

use crate::digest::{Key, Variant};
use crate::identifier::{Country, Kind, KindSpec, Order};
use crate::index::CoverageKey;
use crate::index::class::DataClass;
use crate::source::{Blocks, Columns, Progress, Sample, SampleRow, Shape, Source};
use std::sync::Arc;

/// Which side of a comparison a source is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A dump: every value is stored as itself, and folded where that differs.
    Dump,
    /// A list: every value is asked for in every form that a dump may have stored.
    List,
}

/// How coverage tables name a namespace: the scope as a keyed tag, zeros where there is none.
pub fn coverage_key(spec: KindSpec, variant: Variant, scope: &[u8], key: &Key) -> CoverageKey {
    let scoped = spec.kind.takes_scope() && !scope.is_empty();
    CoverageKey {
        kind: spec.kind.id(),
        variant: variant as u8,
        rule: spec.kind.rule_version(),
        country: spec.country.bytes(),
        scope_tag: if scoped { key.tag("scope", scope) } else { [0; 16] },
    }
}

/// What is done with one column.
#[derive(Clone, Debug)]
pub struct ColumnPlan {
    /// The 0-based number, or the place of the path in the sample.
    pub column: u32,
    /// The name if the lexicon knows it, else `column N`: other names may be values.
    pub label: String,
    /// Whether the label is the column's own name.
    pub named: bool,
    /// The kind of its identifiers.
    pub kind: Option<KindSpec>,
    /// The data class that a value in it exposes; in a mixed column, that of the cells which are no identifiers.
    pub class: Option<DataClass>,
    /// Whether every cell decides its own kind: logins are addresses, telephone numbers and user names.
    pub mixed: bool,
    /// Whether it is free text in which addresses stand: those of a dump are taken.
    pub searched: bool,
    /// Whether an address in one of its cells would be taken, though the sample has hardly any: nobody has said that it is left out.
    pub open: bool,
    /// Whether numbers with check digits stand in its text: those of a dump are taken.
    pub codes: bool,
    /// Whether it is of logins, and all that were seen are addresses: others decide themselves.
    pub login: bool,
    /// What its telephone numbers lack: `+` before a country code, `+86` before a mobile number; empty if nothing.
    pub phone_prefix: &'static str,
    /// What its plain numbers are, where every cell decides.
    pub numbers: Numbers,
    /// The country whose identity numbers stand among its cells, where every cell decides.
    pub numbers_of: Country,
    /// Whether its values are numbers of a program, of which its name says what they are.
    pub packed: Packed,
    /// In which order its dates in numbers are read, where its values prove it or the plan file says so; else by region.
    pub date_order: Option<Order>,
    /// Whether its days are none on which a record was made or changed, as its name says: the end of a passport, a wedding.
    pub of_other_days: bool,
    /// Why it is undecided.
    pub problem: Option<Problem>,
    /// What the sampled values say.
    pub evidence: Evidence,
}

/// Why a column is undecided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Problem {
    /// Its name says one thing and its values another.
    Contradicted {
        /// What the name says.
        kind: Kind,
        /// The share of values that agree.
        share: f64,
    },
    /// Some of its values are identifiers.
    LooksLike {
        /// Of this kind.
        kind: Kind,
        /// The share of values.
        share: f64,
    },
    /// Telephone numbers without a country code, and no region is given.
    NeedsRegion,
    /// Numbers inside an organisation, and no scope is given.
    NeedsScope(Kind),
}

/// An identifier combined from several columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// The kind of the combination.
    pub spec: KindSpec,
    /// The columns in order.
    pub columns: Vec<u32>,
    /// Whether it follows from the names of the columns alone: a list then asks for it at tier loose.
    pub assumed: bool,
    /// Of a day that stands in three columns, the last ones: the places of its year, month and day among these.
    pub day: Option<[usize; 3]>,
}

/// How a source is read.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The shape of the source.
    pub shape: Shape,
    /// Whether the first record names the columns.
    pub header: bool,
    /// JSON paths, where the source has them.
    pub paths: Vec<String>,
    /// The columns.
    pub columns: Vec<ColumnPlan>,
    /// How many fields a record has, where they have no names of their own: what has more is shifted.
    pub width: usize,
    /// Combined identifiers.
    pub joins: Vec<Join>,
    /// The column that names the kind of each row, and the one with the value.
    pub kind_and_value: Option<(u32, u32)>,
    /// The columns of the names and the values of rows each of which is a field of a form; of a dump of SQL, of each such table.
    pub fields: Vec<(u32, u32)>,
    /// The column to copy to the results.
    pub reference: Option<u32>,
    /// The columns of the days on which a row was made, and changed last.
    pub events: [Option<u32>; 2],
    /// The cells that go with every row.
    pub kept: Kept,
    /// Region of telephone numbers.
    pub region: Country,
    /// Canonical scope.
    pub scope: Vec<u8>,
    /// Dump or list.
    pub side: Side,
    /// Whether records of tables in which no column holds identifiers are passed over, and have no number: those of a dump are.
    pub people_only: bool,
    /// The weakest tier that a list asks for.
    pub tier: Tier,
    /// The weakest tier whose meetings are told of. More is asked for only to learn that somebody is forgotten.
    pub heard: Tier,
    /// The hashes of plain values that a list asks for beside the values themselves.
    pub hashes: Hashes,
    /// Whether values whose check digit fails are taken.
    pub lenient: bool,
    /// The columns that name the country of their record.
    pub countries: Vec<u32>,
    /// Columns of telephone numbers whose country codes stand in columns of their own.
    pub dials: Vec<Dial>,
    /// Countries whose identity numbers breaches hold, and whose rules accept so many others that a number without a country is
    /// not tried as theirs: a list asks for them at tier loose.
    pub elsewhere: Vec<Country>,
    /// Whether any breach holds telephone numbers without a country: a list asks for some forms only then.
    pub open_phones: bool,
    /// Whether any breach holds parts of identity numbers without a country, as `open_phones`.
    pub open_ids: bool,
    /// Whether a list asks for what a telephone number is in another reading: not to forget somebody else.
    pub other_readings: bool,
    /// Whether the domains of e-mail addresses are counted: in what becomes an index.
    pub counts_domains: bool,
    /// Whether it is said what is made of other identifiers of its record ([`Batch::derived`]): of a sample that is offered.
    pub marks_derived: bool,
    /// Whether numbers of cards are looked for in what is no record: where the check digits are all that says so, one in twenty of
    /// other numbers is one.
    pub finds_cards: bool,
    /// What tells rows that name the columns again.
    pub headings: Option<Headings>,
}

impl Plan {
    fn new(shape: Shape, header: bool, sample: &Sample, side: Side, request: &Request) -> Plan {
        Plan {
            shape,
            header,
            paths: sample.columns.clone(),
            columns: Vec::new(),
            width: width(shape, sample, header),
            joins: Vec::new(),
            kind_and_value: None,
            fields: Vec::new(),
            reference: None,
            events: [None; 2],
            kept: Kept::default(),
            region: request.region,
            scope: request.scope_bytes(),
            side,
            people_only: side == Side::Dump,
            tier: request.tier,
            heard: request.tier,
            hashes: Hashes::NONE,
            lenient: request.lenient,
            countries: Vec::new(),
            dials: Vec::new(),
            elsewhere: Vec::new(),
            open_phones: true,
            open_ids: true,
            other_readings: true,
            counts_domains: false,
            marks_derived: false,
            finds_cards: false,
            headings: None,
        }
    }

    /// The plan of a list of one value a line, all of one kind.
    pub fn one_value(spec: KindSpec, region: Country, scope: &[u8]) -> Plan {
        let column =
            ColumnPlan { kind: Some(spec), ..ColumnPlan::undecided(0, "column 1".into(), false, Evidence::default()) };
        Plan {
            shape: Shape::Lines,
            header: false,
            paths: Vec::new(),
            columns: vec![column],
            width: 1,
            joins: Vec::new(),
            kind_and_value: None,
            fields: Vec::new(),
            reference: None,
            events: [None; 2],
            kept: Kept::default(),
            region,
            scope: scope.to_vec(),
            side: Side::List,
            people_only: false,
            tier: Tier::default(),
            heard: Tier::default(),
            hashes: Hashes::NONE,
            lenient: false,
            countries: Vec::new(),
            dials: Vec::new(),
            elsewhere: Vec::new(),
            open_phones: true,
            open_ids: true,
            other_readings: true,
            counts_domains: false,
            marks_derived: false,
            finds_cards: false,
            headings: None,
        }
    }

    /// The blocks of the source that the plan is of.
    pub fn blocks(&self, source: Source, progress: Arc<Progress>) -> Blocks {
        let blocks = source.into_blocks(usize::from(self.header), progress);
        match &self.headings {
            Some(headings) => blocks.with_names(Box::new(headings.clone())),
            None => blocks,
        }
    }

    /// In a dump, numbers inside an organisation need its name. In a list without one they are asked for under no scope,
    /// which no dump can have, and so answer "unknown".
    fn check_scope(&mut self) {
        if !self.scope.is_empty() || self.side == Side::List {
            return;
        }
        let joined: Vec<(u32, Kind)> =
            self.joins.iter().flat_map(|join| join.columns.iter().map(|column| (*column, join.spec.kind))).collect();
        for column in &mut self.columns {
            let part_of = joined.iter().find(|(at, _)| *at == column.column).map(|(_, kind)| *kind);
            let kind = column.kind.map(|spec| spec.kind).or(part_of);
            if let Some(kind) = kind.filter(|kind| kind.needs_scope()) {
                column.problem = Some(Problem::NeedsScope(kind));
            }
        }
    }

    /// The columns that splitting has to look at.
    pub fn source_columns(&self) -> Columns {
        if self.shape.names_columns() { Columns::paths(&self.paths) } else { Columns::positions() }
    }

    /// The kinds that a record can give, without those named per row.
    pub fn kinds(&self) -> Vec<KindSpec> {
        let email = KindSpec::new(Kind::Email);
        let columns = self.columns.iter().filter_map(|column| column.kind.or(column.searched.then_some(email)));
        let mut kinds: Vec<KindSpec> = columns.chain(self.joins.iter().map(|join| join.spec)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        kinds
    }

    /// Whether there is nothing but what it assumes, so that this decides what becomes of a record.
    fn has_only_assumed(&self) -> bool {
        let columns = self.columns.iter().any(|column| column.kind.is_some() || column.mixed || column.searched);
        !columns && self.kind_and_value.is_none() && self.joins.iter().all(|join| join.assumed)
    }

    /// One line per undecided column, with the option to give.
    pub fn problems(&self) -> Vec<String> {
        self.columns.iter().filter_map(|column| column.problem.map(|problem| column.explain(problem))).collect()
    }

    /// Refuses a plan that leaves something open.
    ///
    /// # Errors
    /// [`Error::Undecided`], or [`Error::NothingToRead`] if no column has identifiers.
    pub fn require_decided(&self) -> Result<(), Error> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(Error::Undecided(problems));
        }
        let mixed = self.columns.iter().any(|column| column.mixed);
        let by_rows = self.kind_and_value.is_some() || !self.fields.is_empty();
        if self.kinds().is_empty() && !by_rows && !mixed {
            return Err(Error::NothingToRead);
        }
        Ok(())
    }
}

/// How many columns the header names, or most records of the sample have. A field may be missing where it says that it has no value.
fn width(shape: Shape, sample: &Sample, header: bool) -> usize {
    let width_of = |row: &SampleRow| row.fields.iter().map(|(column, _)| *column as usize + 1).max().unwrap_or(0);
    if header {
        return sample.rows.first().map_or(0, width_of);
    }
    let mut widths: Vec<usize> = sample.rows.iter().map(width_of).collect();
    if matches!(shape, Shape::JsonRows { .. }) {
        // The last ones may be missing in most.
        return widths.into_iter().max().unwrap_or(0);
    }
    widths.sort_unstable();
    widths.chunk_by(|a, b| a == b).max_by_key(|run| run.len()).map_or(0, |run| run[0])
}

impl ColumnPlan {
    /// How `--map` names this column: its name if it can be shown, else its number.
    pub fn reference(&self) -> String {
        if self.named { self.label.clone() } else { (self.column + 1).to_string() }
    }

    /// How many of the sampled values are there, and how many are what the column is taken as.
    pub fn values(&self) -> String {
        let evidence = &self.evidence;
        let kind = self.kind.filter(|spec| !spec.kind.is_joined());
        let share = |spec: KindSpec| match self.phone_prefix {
            "" => evidence.share(spec),
            "+" => evidence.share_without_plus(),
            _ => evidence.share_chinese_mobiles(),
        };
        let valid = kind.map(|kind| format!(", {:.0} % valid", share(kind) * 100.0)).unwrap_or_default();
        let masked = if evidence.masked > 0 { format!(", {} masked", evidence.masked) } else { String::new() };
        let dates = match self.date_order.filter(|_| self.kind.is_none()) {
            Some(order) => format!(", {}", order.name()),
            None if self.kind.is_none() && evidence.needs_date_order() => ", day or month first by region".to_string(),
            None => String::new(),
        };
        format!("{} present{valid}{masked}{dates}", evidence.present)
    }

    /// The earliest and the latest day of what happened to the records, as numbers YYYYMMDD, if this column says so.
    pub fn days(&self) -> Option<(u32, u32)> {
        const SHARE_NUMBERS_MAX: f64 = 0.5;
        // Ten digits of an order may be the seconds of a moment.
        let is_other = self.class.is_some_and(|class| class != DataClass::OTHER);
        let are_numbers = is_other && self.evidence.share_numbers() > SHARE_NUMBERS_MAX;
        let are_others = self.of_other_days || self.class == Some(DataClass::DATES_OF_BIRTH);
        let are_of_records = !are_others && self.kind.is_none() && !are_numbers;
        self.evidence.days().filter(|_| are_of_records)
    }

    fn explain(&self, problem: Problem) -> String {
        let (label, reference) = (&self.label, self.reference());
        match problem {
            Problem::Contradicted { kind, share } => format!(
                "{label}: the name says {}, but only {:.0} % of the sampled values are; give `--map '{reference}={}'`, or the right kind, `class:NAME` or `ignore`",
                kind.name(),
                share * 100.0,
                kind.name()
            ),
            Problem::LooksLike { kind, share } => format!(
                "{label}: {:.0} % of the sampled values look like {}; give `--map '{reference}={}'`, `--map '{reference}=class:NAME'` or `--map '{reference}=ignore'`",
                share * 100.0,
                kind.name(),
                kind.name()
            ),
            Problem::NeedsRegion => format!(
                "{label}: {:.0} % of the sampled telephone numbers have no country code; give `--region CC`, for example `--region CN`, or `--region none` to compare them without a country",
                self.evidence.share_without_region() * 100.0
            ),
            Problem::NeedsScope(kind) => format!(
                "{label}: numbers of kind {} mean nothing without their organisation; give `--scope NAME`, or `--map '{reference}=class:{}'`",
                kind.name(),
                decide::class_of_kind(kind).map_or("NAME", DataClass::name)
            ),
        }
    }
}
