//! The lists: their rows stream past the digests of the sample.

use super::changes::{ChangedBy, Changes};
use super::freshness::{Days, Freshness, Level, Taken, Value, Values};
use super::further::{Columns, Counts, Digests, FurtherColumn, Joined, Pairs};
use super::{Matches, Reading, Sample, bit, independent, is_evidence, is_issued, kinds};
use crate::digest::{Digest, Width};
use crate::identifier::Kind;
use crate::plan::{Batch, Extractor, Plan, Probe, run_blocks};
use crate::query::Error;
use crate::source::{Block, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a sample and one list have in common; records are those of the sample.
#[derive(Clone, Debug, Default)]
pub struct ListFacts {
    /// The list as it was named.
    pub name: String,
    /// Its rows.
    pub rows: u64,
    /// Rows with an identifier of a kind that the sample has.
    pub comparable_rows: u64,
    /// Rows that are broken.
    pub malformed: u64,
    /// Values at JSON paths that the beginning did not show; nothing asked for them.
    pub unplanned: u64,
    /// Rows that have an identifier of a record.
    pub matched_rows: u64,
    /// Records of which an identifier stands in a row.
    pub matched: u64,
    /// Records of which two kinds stand in one row.
    pub joint: u64,
    /// Joint records that are joint with no other list.
    pub joint_only_here: u64,
    /// Records of which a kind stands in a row, by kind.
    pub kinds: BTreeMap<Kind, u64>,
    /// When the data was taken from it, if a column says when its rows were made.
    pub freshness: Option<Freshness>,
    /// What the days of their last changes say about the rows, if a column has them.
    pub changed: Option<Changed>,
    /// The columns that are no identifiers and that the sample has too.
    pub further: Vec<FurtherColumn>,
}

/// A list leads if it has so much more of the joint records than the next.
const LEADS: f64 = 1.1;
/// ... and if they have about the same, by so much of a further column: one in twenty of its cells.
const AGREES_BETTER: f64 = 0.05;

/// Records that have two kinds of identifier in common with a row whose last change has a known day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changed {
    /// How many.
    pub compared: u64,
    /// Those of them that agree with no row in every kind, and whose other identifier is nobody's on the list.
    pub differ: u64,
    /// The day before which the sample was taken, if they say so.
    pub by: Option<ChangedBy>,
}

/// The days between which a sample was taken from a list, as numbers YYYYMMDD.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// The newest day of a row that is in it.
    pub not_before: Option<u32>,
    /// The day by which a row would be in it, or would stand in it as it does now.
    pub not_after: Option<u32>,
}

/// From this share of broken rows on, a list may lack what the sample has.
const BROKEN: f64 = 0.05;

impl ListFacts {
    /// Whether so many rows are broken that the answer may be wrong.
    pub fn is_broken(&self) -> bool {
        self.malformed as f64 > BROKEN * self.rows as f64
    }

    /// When the sample was taken, by the days on which rows were made and changed together.
    ///
    /// Where a change would bound it before the newest row that matches, it is none: the sample was altered, or put together.
    pub fn window(&self) -> Option<Window> {
        let not_before = self.freshness.as_ref().map(|freshness| freshness.newest_match);
        let absent = self.freshness.as_ref().and_then(|freshness| freshness.absent_by);
        let changed = self.changed_by().map(|(_, by)| by.day);
        let not_after = absent.into_iter().chain(changed).min();
        (not_before.is_some() || not_after.is_some()).then_some(Window { not_before, not_after })
    }

    /// Whether something differs as if it had been changed behind the extract, but newer rows match: then it was not.
    pub fn is_altered(&self) -> bool {
        self.changes().next().is_some() && self.changed_by().is_none()
    }

    /// The day before which it was taken, as changed rows say: by their identifiers, or by the further column that is named.
    pub fn changed_by(&self) -> Option<(Option<&str>, &ChangedBy)> {
        let not_before = self.freshness.as_ref().map(|freshness| freshness.newest_match);
        self.changes().filter(|(_, by)| Some(by.day) >= not_before).min_by_key(|(_, by)| by.day)
    }

    fn changes(&self) -> impl Iterator<Item = (Option<&str>, &ChangedBy)> {
        let of_kinds = self.changed.iter().filter_map(|changed| changed.by.as_ref().map(|by| (None, by)));
        let of_columns =
            self.further.iter().filter_map(|column| Some((Some(column.label.as_str()), column.changed_by.as_ref()?)));
        of_kinds.chain(of_columns)
    }

    /// How well the further columns agree: a point for each in which every cell does, less what agrees by chance.
    pub fn further_agreement(&self) -> f64 {
        self.further.iter().map(FurtherColumn::above_chance).fold(0.0, |sum, of| sum + of)
    }

    /// Whether it has clearly more joint records than another list.
    pub fn leads(&self, other: &ListFacts) -> bool {
        self.joint as f64 >= LEADS * other.joint as f64
    }

    /// Whether its further columns agree clearly better than those of another list.
    pub fn agrees_better_than(&self, other: &ListFacts) -> bool {
        self.further_agreement() >= other.further_agreement() + AGREES_BETTER
    }

    /// The more of the sample it holds, the higher: joint records, identifiers in all, then the smaller list.
    pub(super) fn rank(&self) -> (u64, u64, std::cmp::Reverse<u64>) {
        (self.joint, self.kinds.values().sum(), std::cmp::Reverse(self.rows))
    }
}

/// Bits of what is known of a record.
const MATCHED: u8 = 1;
const JOINT: u8 = 2;
const DIFFERS: u8 = 4;
const ISSUED: u8 = 8;
const JOINT_TWICE: u8 = 16;
const AGREES: u8 = 32;

/// A sample, and the lists that it was compared with so far.
pub struct Lists {
    sample: Sample,
    /// What is known of every record from all lists.
    known: Vec<Known>,
    lists: Vec<ListFacts>,
}

#[derive(Clone, Copy, Default)]
struct Known {
    /// The kinds that stand in a row of any list.
    matched: u32,
    /// The kinds that stand in a row of this list.
    here: u32,
    flags: u8,
    flags_here: u8,
    /// The kinds in which a row of this list differs that has an identifier of the record.
    differing: u32,
    /// The first day on which a row of this list was made that is joint with the record; zero if none is known.
    first_made: u32,
    /// The last day on which a row of this list was changed that has two kinds in common with the record.
    changed: u32,
    /// How the further cells of joint rows of this list agree.
    joined: Joined,
    /// The first list that it is joint with.
    first: u16,
}

/// A row that has identifiers of a record.
struct Meeting {
    record: u32,
    /// The kinds that agree.
    agree: u32,
    /// The kinds that both have.
    common: u32,
    /// The days on which the row was made, and changed last.
    days: [u32; 2],
    /// How the further cells agree, if it is joint.
    joined: Joined,
}

/// What a block of a list gave.
#[derive(Default)]
struct Part {
    rows: u64,
    malformed: u64,
    comparable_rows: u64,
    matched_rows: u64,
    meetings: Vec<Meeting>,
    days: Days,
    values: Vec<Value>,
    further: Counts,
}

impl Lists {
    /// Begins with a sample.
    pub fn new(sample: Sample) -> Lists {
        let known = vec![Known::default(); sample.kinds.len()];
        Lists { sample, known, lists: Vec::new() }
    }

    /// Compares a list.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(&mut self, reading: Reading<'_>, name: &str, plan: &Plan, source: Source) -> Result<(), Error> {
        let Reading { key, source: options, threads, progress, .. } = reading;
        let columns = Columns::of(plan, source.sample());
        let mut plan = plan.clone();
        columns.keep(&mut plan);
        let blocks = plan.blocks(source, Arc::clone(progress));
        let sample = &self.sample;
        let wanted = sample.kinds.iter().fold(0, |all, kinds| all | kinds);
        let level = Level::default();
        let pairs = Pairs::new(&sample.further.columns, &columns);
        let level_if_dated = plan.events[0].map(|_| &level);
        let reader = Reader { sample, wanted, usual: sample.usual_kinds(), level: level_if_dated, pairs };
        let start = || {
            let extractor = Extractor::new(&plan, key, Width::DEFAULT, options);
            (extractor, Batch::default(), Digests::new(key, &columns))
        };
        let work = |(extractor, batch, digests): &mut (Extractor<'_>, Batch, Digests<'_>), block: &Block| {
            extractor.extract_block(block, batch);
            progress.add_records(u64::from(batch.records));
            reader.meet(batch, digests)
        };
        let mut list = ListFacts { name: name.into(), ..ListFacts::default() };
        let (mut days, mut values, mut further) = (Days::default(), Values::new(&level), Counts::default());
        let known = &mut self.known;
        let take = |part: Part| {
            list.rows += part.rows;
            list.malformed += part.malformed;
            list.comparable_rows += part.comparable_rows;
            list.matched_rows += part.matched_rows;
            days.add(&part.days);
            part.values.into_iter().for_each(|value| values.add(value));
            further.add(&part.further);
            part.meetings.iter().for_each(|meeting| known[meeting.record as usize].meet(meeting));
            Ok::<_, Error>(())
        };
        let (workers, _) = run_blocks(blocks, threads, progress, start, work, take)?;
        list.unplanned = workers.iter().map(|(extractor, ..)| extractor.unplanned()).sum();
        drop(workers);
        let joined =
            known.iter().filter(|known| known.flags_here & JOINT != 0).map(|known| (known.changed, known.joined));
        list.further = reader.pairs.columns(&sample.further.columns, &further, joined);
        let [created, updated] = plan.events;
        list.freshness = created.and_then(|_| Freshness::of(&days, &values, taken(sample, known)));
        list.changed = updated.map(|_| changed(known));
        self.end(list);
        Ok(())
    }

    /// Counts the records of a list, and makes room for the next.
    fn end(&mut self, mut list: ListFacts) {
        let number = self.lists.len() as u16;
        for known in &mut self.known {
            list.matched += u64::from(known.flags_here & MATCHED != 0);
            kinds(known.here).for_each(|kind| *list.kinds.entry(kind).or_default() += 1);
            if known.flags_here & JOINT != 0 {
                list.joint += 1;
                match known.flags & JOINT {
                    0 => known.first = number,
                    _ => known.flags |= JOINT_TWICE,
                }
            }
            known.matched |= known.here;
            known.flags |= known.flags_here;
            let Known { matched, flags, first, .. } = *known;
            *known = Known { matched, flags, first, ..Known::default() };
        }
        self.lists.push(list);
    }

    /// For every record whether two kinds of it stand in one row of a list that was compared.
    pub(super) fn joint_records(&self) -> impl Iterator<Item = bool> {
        self.known.iter().map(|known| known.flags & JOINT != 0)
    }

    /// The totals: of all lists together, of each, and of every kind.
    pub fn finish(self) -> (super::SampleFacts, Matches, Vec<ListFacts>) {
        let Lists { sample, known, mut lists } = self;
        let (mut facts, mut matches) = (sample.facts, Matches::default());
        for known in &known {
            let has = |flag: u8| known.flags & flag != 0;
            matches.matched += u64::from(has(MATCHED));
            matches.joint += u64::from(has(JOINT));
            matches.issued += u64::from(has(ISSUED));
            matches.differs += u64::from(has(DIFFERS) && !has(JOINT));
            matches.thin += u64::from(has(MATCHED) && !has(JOINT) && !has(DIFFERS));
            matches.split += u64::from(!has(JOINT) && independent(known.matched) > 1);
            for kind in kinds(known.matched) {
                facts.kinds.entry(kind).or_default().matched += 1;
            }
            if has(JOINT) && !has(JOINT_TWICE) {
                lists[usize::from(known.first)].joint_only_here += 1;
            }
        }
        (facts, matches, lists)
    }
}

/// What the sample has of the list that was read.
fn taken(sample: &Sample, known: &[Known]) -> Taken {
    let newest = known.iter().map(|known| known.first_made).max().unwrap_or(0);
    let people = sample.people(|record| known[record].first_made != 0);
    Taken { newest, people }
}

/// What the last changes of the list that was read say. A record whose other identifier is somebody else's is of two people,
/// and nothing of it was changed.
fn changed(known: &[Known]) -> Changed {
    let mut changes = Changes::default();
    let has = |known: &Known, flag: u8| known.flags_here & flag != 0;
    for known in known.iter().filter(|known| has(known, JOINT | DIFFERS)) {
        let agrees = has(known, AGREES);
        if agrees || known.differing & known.here == 0 {
            changes.add_record(known.changed, !agrees);
        }
    }
    let (compared, differ) = changes.totals();
    Changed { compared, differ, by: changes.bound() }
}

impl Known {
    fn meet(&mut self, meeting: &Meeting) {
        let [created, updated] = meeting.days;
        let differing = meeting.common & !meeting.agree;
        self.here |= meeting.agree;
        self.differing |= differing;
        self.flags_here |= MATCHED;
        if meeting.is_joint() {
            self.flags_here |= JOINT;
            self.joined.add(meeting.joined);
            self.flags_here |= if differing == 0 { AGREES } else { 0 };
            if kinds(meeting.agree).any(is_issued) {
                self.flags_here |= ISSUED;
            }
            if created != 0 && (self.first_made == 0 || created < self.first_made) {
                self.first_made = created;
            }
        }
        if independent(meeting.common) > 1 {
            self.flags_here |= if meeting.is_joint() { 0 } else { DIFFERS };
            self.changed = self.changed.max(updated);
        }
    }
}

impl Meeting {
    fn is_joint(&self) -> bool {
        independent(self.agree) > 1
    }
}

/// What the rows of a list are compared with.
struct Reader<'a> {
    sample: &'a Sample,
    /// The kinds that any record has, and that most records have.
    wanted: u32,
    usual: u32,
    /// Which values are kept to count people, if the list says when its rows were made.
    level: Option<&'a Level>,
    pairs: Pairs,
}

impl Reader<'_> {
    /// Looks up every row of a batch.
    fn meet(&self, batch: &Batch, digests: &mut Digests<'_>) -> Part {
        let malformed = batch.malformed.values().sum();
        let mut part = Part { rows: u64::from(batch.records), malformed, ..Part::default() };
        let mut first = 0;
        for probes in batch.probes.chunk_by(|a, b| a.record == b.record) {
            let found = &batch.digests[first..first + probes.len()];
            first += probes.len();
            let evidence = probes.iter().zip(found).filter(|(probe, _)| is_evidence(probe.kind));
            let has = evidence.clone().fold(0, |has, (probe, _)| has | bit(probe.kind));
            if has & self.wanted == 0 {
                continue;
            }
            part.comparable_rows += 1;
            let days = batch.days(probes[0].record);
            let before = part.meetings.len();
            for (probe, digest) in evidence {
                for record in self.sample.find(*digest) {
                    let mine = &mut part.meetings[before..];
                    match mine.iter_mut().find(|meeting| meeting.record == record) {
                        Some(meeting) => meeting.agree |= bit(probe.kind),
                        None => {
                            let common = has & self.sample.kinds[record as usize];
                            let joined = Joined::default();
                            part.meetings.push(Meeting { record, agree: bit(probe.kind), common, days, joined });
                        }
                    }
                }
            }
            self.end_row(batch, probes[0].record, before, digests, &mut part);
            let is_joint = part.meetings[before..].iter().any(Meeting::is_joint);
            self.count_people(probes, found, has, (days[0], is_joint), &mut part);
        }
        part
    }

    /// Counts a row by its meetings, those from `before` on.
    fn end_row(&self, batch: &Batch, row: u32, before: usize, digests: &mut Digests<'_>, part: &mut Part) {
        let mine = &mut part.meetings[before..];
        part.matched_rows += u64::from(!mine.is_empty());
        let joint = mine.iter_mut().filter(|meeting| meeting.is_joint());
        let joint = joint.map(|meeting| (meeting.record, &mut meeting.joined));
        self.pairs.compare(&self.sample.further, digests, &batch.cells, row, joint, &mut part.further);
    }

    /// Counts a row that could match, and keeps what tells whose it is.
    fn count_people(&self, probes: &[Probe], digests: &[Digest], has: u32, at: (u32, bool), part: &mut Part) {
        let Some(level) = self.level else { return };
        let (created, is_joint) = at;
        let could_match = independent(has & self.usual) > 1;
        if could_match || is_joint {
            part.days.add_row(created, has & self.usual, is_joint);
        }
        let day = if is_joint { 0 } else { created };
        for kind in kinds(has & self.usual) {
            // Of several addresses the one with the least digest, so that a row counts once.
            let own = probes.iter().zip(digests).filter(|(probe, _)| probe.kind == kind && probe.is_own());
            let Some(digest) = own.map(|(_, digest)| *digest).min() else { continue };
            if level.keeps(digest) {
                part.values.push(Value { digest, kind, day, could_match });
            }
        }
    }
}
