//! Blocks of records become batches of keyed digests.

mod shifted;
mod values;

use super::actions::{Action, actions, column_kinds, columns_of_people};
use super::batch::{Batch, Refused};
use super::cells::may_be_identifier;
use super::decide::class_of_kind;
use super::dials::Regions;
use super::digester::Digester;
use super::found::{self, Finder, Wanted};
use super::headings::{CLASSES, NAMED, class_of_column};
use super::namespaces::NamespaceCounts;
use super::rules::Target;
use super::tier::Tier;
use super::{Join, Plan, Side, fields, several};
use crate::digest::{Key, Width};
use crate::identifier::{
    Country, Kind, KindSpec, NAME_DOB_SEPARATOR, Order, Reason, country_named, day_of_event, presence,
};
use crate::index::class::{ClassMask, DataClass};
use crate::source::{Block, Edges, Options, Outcome, Record, Shape, SplitCounts, Splitter, UNPLANNED};
use std::collections::{BTreeMap, HashMap};
use zeroize::Zeroize;

/// So many different cells of a column of countries are remembered.
const COUNTRIES_MAX: usize = 1024;

/// One worker's way from records to digests. Owns every buffer that it needs.
pub struct Extractor<'a> {
    plan: &'a Plan,
    actions: Vec<Action>,
    /// The kinds that have columns of their own, each once.
    column_kinds: Vec<KindSpec>,
    splitter: Splitter,
    record: Record,
    digester: Digester<'a>,
    joined: Vec<u8>,
    /// The country of the present record, where a column names it; else the region of the plan.
    region: Country,
    /// The countries that cells have named.
    countries: HashMap<Vec<u8>, Option<Country>>,
    /// What the country codes of the present record say, for each of the plan's dials.
    dialled: Vec<Regions>,
    unplanned: u64,
    /// Of a dump with tables, for every column whether its table has identifiers; empty for other sources.
    of_people: Vec<bool>,
    only_assumed: bool,
    /// More fields than this shift those behind them.
    width: usize,
    others: Others,
    /// What the names of the rows of a form say, and the present one, with the column of its value.
    fields: fields::Known,
    field: Option<(Target, u32)>,
    /// The fields of the record, by their place in it, that may hold what their column is not for, or has not taken, and what.
    strays: Vec<(usize, Wanted)>,
    /// None for a list: a row of it is an identifier, or unknown.
    finder: Option<Finder<'a>>,
}

/// Records of tables in which no column holds identifiers: they are about things, and no records of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Others {
    /// How many.
    pub records: u64,
    /// Their bytes of text.
    pub bytes: u64,
}

impl<'a> Extractor<'a> {
    /// A worker for one plan and key.
    pub fn new(plan: &'a Plan, key: &'a Key, width: Width, options: &Options) -> Extractor<'a> {
        Extractor {
            plan,
            actions: actions(plan),
            column_kinds: column_kinds(plan),
            splitter: Splitter::new(plan.shape, &plan.source_columns(), options),
            record: Record::new(),
            digester: Digester::new(plan, key, width),
            joined: Vec::new(),
            region: plan.region,
            countries: HashMap::new(),
            dialled: plan.dials.iter().map(|dial| Regions::new(*dial)).collect(),
            unplanned: 0,
            of_people: columns_of_people(plan),
            only_assumed: plan.has_only_assumed(),
            width: if plan.shape.names_columns() || plan.side == Side::List { usize::MAX } else { plan.width },
            others: Others::default(),
            fields: fields::Known::default(),
            field: None,
            strays: Vec::new(),
            finder: (plan.side == Side::Dump).then(|| Finder::new(plan, key, width)),
        }
    }

    /// What became of the fields so far, by kind and country.
    pub fn counts(&self) -> BTreeMap<KindSpec, NamespaceCounts> {
        self.digester.counts()
    }

    /// What was found so far in what is no record, by kind and country.
    pub fn found_counts(&self) -> BTreeMap<KindSpec, NamespaceCounts> {
        self.finder.as_ref().map(Finder::counts).unwrap_or_default()
    }

    /// Values that may be identifiers at JSON paths that the sample did not show; nothing else was done with them.
    pub fn unplanned(&self) -> u64 {
        self.unplanned
    }

    /// Records of tables without identifiers so far. They are in no batch.
    pub fn others(&self) -> Others {
        self.others
    }

    /// What splitting noticed so far.
    pub fn split_counts(&self) -> SplitCounts {
        self.splitter.counts()
    }

    /// Extracts every record of a block of a source.
    pub fn extract_block(&mut self, block: &Block, batch: &mut Batch) {
        self.splitter.begin(block);
        self.extract_between(&block.bytes, Edges::of(block), batch);
    }

    /// Extracts every record of a text.
    pub fn extract(&mut self, text: &[u8], batch: &mut Batch) {
        self.extract_between(text, Edges::default(), batch);
    }

    fn extract_between(&mut self, block: &[u8], edges: Edges<'_>, batch: &mut Batch) {
        self.digester.begin(batch);
        batch.cells.begin(self.plan.kept.columns.len());
        batch.only_assumed = self.only_assumed;
        let mut at = 0;
        let mut record = std::mem::take(&mut self.record);
        loop {
            let outcome = self.splitter.next(block, &mut at, &mut record);
            if !self.splitter.lost().is_empty() || matches!(outcome, Some(Outcome::Malformed(_))) {
                self.search_broken(block, at, outcome, edges);
            }
            let Some(outcome) = outcome else { break };
            self.field = None;
            let is_other = outcome == Outcome::Record && self.is_of_others(block, &record);
            if is_other || (outcome == Outcome::Record && !self.is_asked(block, &record)) {
                // Of a value whose name says nothing, nobody knows what it is.
                let wanted = if is_other { Wanted::Signs } else { Wanted::All };
                self.search_rejected(block, at, edges, wanted);
                self.others.records += 1;
                self.others.bytes += self.splitter.consumed() as u64;
                continue;
            }
            match outcome {
                Outcome::Record => {
                    let (before, refused) = (batch.probes.len(), batch.refused.len());
                    self.strays.clear();
                    self.extract_record(block, &record, batch);
                    if record.len() > self.width() && batch.refused.len() > refused {
                        self.read_shifted(block, &record, batch);
                    }
                    if !batch.accepts(before..batch.probes.len()) {
                        if batch.refused.len() == refused {
                            // A row that ends before the only text that is searched.
                            batch.refused.push(Refused { record: batch.records, kind: None, reason: Reason::Empty });
                        }
                        let is_behind = self.strays.iter().any(|(_, wanted)| *wanted == Wanted::All);
                        let wanted = if is_behind { Wanted::All } else { Wanted::Signs };
                        self.search_rejected(block, at, edges, wanted);
                    } else if !self.strays.is_empty() {
                        self.search_strays(block, &record);
                    }
                }
                Outcome::Malformed(malformed) => {
                    batch.end_malformed(malformed);
                    if self.plan.events != [None; 2] {
                        batch.days.push([0; 2]);
                    }
                }
            }
            batch.records += 1;
            batch.record_bytes.push(self.splitter.consumed() as u32);
            batch.record_ends.push(at as u32);
        }
        self.digester.finish(batch);
        if let Some(finder) = &mut self.finder {
            if self.plan.shape == Shape::Found {
                finder.search(block, 0..block.len(), edges, Wanted::Codes);
            }
            finder.finish(&mut batch.found);
        }
        self.record = record;
    }

    /// What has more fields than this is shifted.
    fn width(&self) -> usize {
        let named = self.splitter.named_columns().filter(|_| self.width != usize::MAX);
        named.unwrap_or(self.width)
    }

    /// Looks for identifiers in what the splitter passed over, and in what it returned last if that is no record.
    #[cold]
    fn search_broken(&mut self, block: &[u8], at: usize, outcome: Option<Outcome>, edges: Edges<'_>) {
        let Some(finder) = self.finder.as_mut() else { return };
        // A text that is searched is searched for codes as a whole; its lines that are too long have addresses.
        let wanted = if self.plan.shape == Shape::Found { Wanted::Addresses } else { Wanted::All };
        for lost in self.splitter.lost() {
            finder.search(block, lost.clone(), edges, wanted);
        }
        if let Some(Outcome::Malformed(_)) = outcome {
            finder.search(block, at - self.splitter.consumed()..at, edges, wanted);
        }
    }

    /// Looks for identifiers in a record of which no field was accepted: a plan that cuts some lines in the wrong places loses none.
    #[cold]
    fn search_rejected(&mut self, block: &[u8], at: usize, edges: Edges<'_>, wanted: Wanted) {
        let span = at - self.splitter.consumed()..at;
        let Some(finder) = self.finder.as_mut().filter(|_| self.plan.shape != Shape::Found) else { return };
        if wanted == Wanted::All || found::may_hold_signs(&block[span.clone()]) {
            finder.search(block, span, edges, wanted);
        }
    }

    /// Looks for what the columns of a record are not for: a few people write an address into a comment, and of fields behind the last
    /// column nothing is known.
    #[cold]
    fn search_strays(&mut self, block: &[u8], record: &Record) {
        let Some(finder) = self.finder.as_mut() else { return };
        let mut strays = self.strays.iter().peekable();
        for (place, (column, field)) in record.fields(block).enumerate() {
            let Some((_, wanted)) = strays.next_if(|(stray, _)| *stray == place) else { continue };
            let class = self.actions.get(column as usize).and_then(|action| action.class);
            finder.search(field, found::begin_of_text(field, class)..field.len(), Edges::default(), *wanted);
        }
    }

    /// Whether a record is one of a table without identifiers.
    #[inline]
    fn is_of_others(&self, block: &[u8], record: &Record) -> bool {
        if self.of_people.is_empty() {
            return false;
        }
        let first = record.fields(block).next().and_then(|(column, _)| self.of_people.get(column as usize));
        first.is_some_and(|of_people| !of_people)
    }

    /// Whether a row of a form has something to ask for, and what; always so for other records.
    #[inline]
    fn is_asked(&mut self, block: &[u8], record: &Record) -> bool {
        if self.plan.fields.is_empty() {
            return true;
        }
        let stands = |wanted: u32| record.fields(block).any(|(column, _)| column == wanted);
        let Some((name, value)) =
            self.plan.fields.iter().copied().find(|(name, value)| stands(*name) || stands(*value))
        else {
            // Of another table.
            return matches!(self.plan.shape, Shape::Sql { .. });
        };
        let cell = |wanted: u32| record.fields(block).find(|(column, _)| *column == wanted).map(|(_, cell)| cell);
        let of_value = cell(value).unwrap_or_default();
        let target = self.fields.target(cell(name).unwrap_or_default(), of_value);
        self.field = target.filter(|_| presence(of_value).is_ok()).map(|target| (target, value));
        let has_more = |(column, _): (u32, &[u8])| {
            self.actions.get(column as usize).is_some_and(|action| action.kind.is_some() || action.mixed)
        };
        let is_asked = self.field.is_some() || record.fields(block).any(has_more);
        if let (true, None, Some(finder)) = (is_asked, self.field, self.finder.as_mut()) {
            finder.search(of_value, 0..of_value.len(), Edges::default(), Wanted::All);
        }
        is_asked
    }

    /// The value of a row of a form, as its name says.
    fn field_of_form(&mut self, target: Target, value: &[u8], batch: &mut Batch) {
        match target {
            Target::Kind(spec) => self.identifier(spec, value, class_of_kind(spec.kind), batch),
            _ => {
                let action = Action { mixed: true, class: Some(DataClass::USERNAMES), ..Action::default() };
                self.cell(value, action, batch);
            }
        }
    }

    fn extract_record(&mut self, block: &[u8], record: &Record, batch: &mut Batch) {
        batch.masks.push(ClassMask::NONE);
        if self.plan.events != [None; 2] {
            batch.days.push([0; 2]);
        }
        if !self.plan.countries.is_empty() {
            self.region = self.country_of(block, record);
        }
        self.dialled.iter_mut().for_each(|dialled| dialled.begin(record.fields(block)));
        let (mut row_kind, mut row_value): (Option<&[u8]>, &[u8]) = (None, &[]);
        let mut seen_kinds = 0u32;
        for (place, (column, field)) in record.fields(block).enumerate() {
            let Some(action) = self.actions.get(column as usize).copied() else {
                self.look_at_unplanned(column, field, batch);
                self.note_stray(place, column, Action::default(), false, field);
                continue;
            };
            let before = (batch.refused.len(), batch.probes.len());
            if action.reference {
                batch.references.extend_from_slice(field);
            }
            if let (Some(event), Some(days)) = (action.event, batch.days.last_mut()) {
                let order = self.plan.columns[column as usize].date_order.or(Order::of(self.region));
                days[event] = day_of_event(field, order).unwrap_or(0);
            }
            row_kind = if action.row_kind { Some(field) } else { row_kind };
            if action.row_value {
                row_value = field;
            }
            if action.codes
                && let Some(finder) = &mut self.finder
            {
                finder.search(field, 0..field.len(), Edges::default(), Wanted::Codes);
            }
            if let Some(spec) = action.kind {
                seen_kinds |= 1 << spec.kind.id();
                self.identifier_of(action, spec, field, batch);
            } else if action.mixed {
                self.cell(field, action, batch);
            } else if action.searched {
                self.addresses_in(field, action.class, batch);
            } else {
                if let Some(class) = action.class {
                    set_class(class, field, batch);
                }
            }
            let is_refused = batch.refused.len() > before.0 && batch.probes.len() == before.1;
            self.note_stray(place, column, action, is_refused, field);
        }
        if self.plan.reference.is_some() {
            batch.reference_ends.push(batch.references.len() as u32);
        }
        for kept in &self.plan.kept.columns {
            batch.cells.push(record.fields(block).filter(|(column, _)| column == kept).map(|(_, cell)| cell));
        }
        if let Some((target, value)) = self.field
            && let Some((_, cell)) = record.fields(block).find(|(column, _)| *column == value)
        {
            self.field_of_form(target, cell, batch);
        }
        if self.plan.kind_and_value.is_some() {
            self.row_identifier(row_kind.unwrap_or_default(), row_value, batch);
        }
        for join in &self.plan.joins {
            seen_kinds |= 1 << join.spec.kind.id();
            self.join(join, block, record, batch);
        }
        self.missing(seen_kinds, batch);
    }

    /// Notes a field that may hold what its column is not for, or what was refused with the rest of the field; and one behind the last
    /// column.
    #[inline]
    fn note_stray(&mut self, place: usize, column: u32, action: Action, is_refused: bool, field: &[u8]) {
        if self.finder.is_none() {
            return;
        }
        let is_address = action.kind.is_some_and(|spec| spec.kind == Kind::Email);
        let wanted = match is_refused {
            _ if self.is_behind(column) => Some(Wanted::All),
            true if is_address && several::is_broken_address(field) => None,
            true => Some(Wanted::Signs),
            false => action.glance,
        };
        let has_sign = match wanted {
            Some(Wanted::All) => presence(field).is_ok(),
            Some(Wanted::Signs) => found::may_hold_signs(field),
            // Some secrets have a sign; hardly any of them has a dot behind it.
            Some(_) => {
                memchr::memchr3(b'@', b'%', b'&', field).is_some_and(|at| memchr::memchr(b'.', &field[at..]).is_some())
            }
            None => false,
        };
        if let (Some(wanted), true) = (wanted, has_sign) {
            self.strays.push((place, wanted));
        }
    }

    /// Whether a field stands behind the last column of a table.
    #[inline]
    fn is_behind(&self, column: u32) -> bool {
        let is_table = matches!(
            self.plan.shape,
            Shape::Delimited { .. }
                | Shape::Escaped { .. }
                | Shape::Separated(_)
                | Shape::Colons
                | Shape::JsonRows { .. }
        );
        column as usize >= self.width && column < CLASSES && is_table
    }

    /// The country that a record names, or the region of the plan.
    fn country_of(&mut self, block: &[u8], record: &Record) -> Country {
        let names_it = |column: &u32| self.plan.countries.contains(column);
        let Some((_, cell)) = record.fields(block).find(|(at, _)| names_it(at)) else { return self.plan.region };
        let named = match self.countries.get(cell) {
            Some(known) => *known,
            None => {
                if self.countries.len() >= COUNTRIES_MAX {
                    self.countries.clear();
                }
                let named = country_named(cell);
                self.countries.insert(cell.to_vec(), named);
                named
            }
        };
        named.unwrap_or(self.plan.region)
    }

    /// Counts a value at a JSON path that the sample did not show, if it may be an identifier; the same of a column that only a
    /// later row has named.
    #[cold]
    fn look_at_unplanned(&mut self, column: u32, field: &[u8], batch: &mut Batch) {
        let is_unplanned = match column {
            UNPLANNED => may_be_identifier(field, self.region, self.digester.canonicalizer()),
            NAMED => presence(field).is_ok(),
            _ => false,
        };
        self.unplanned += u64::from(is_unplanned);
        if let Some(class) = class_of_column(column) {
            set_class(class, field, batch);
        }
    }

    /// A kind whose column a record does not have (a short row, an absent path) is as good as empty.
    fn missing(&mut self, seen_kinds: u32, batch: &mut Batch) {
        // A row of a form has nothing but its value.
        if self.field.is_some() {
            return;
        }
        // Keys are left out where there is no value; in a table, a row that ends early may be no row of it.
        let has_columns = !self.plan.shape.names_columns() && self.splitter.named_columns().is_none();
        let is_table = has_columns && self.plan.side == Side::Dump;
        let reason = if is_table { Reason::Short } else { Reason::Empty };
        // Few lines of logins have a user name beside the address.
        let may_lack = |kind: Kind| kind == Kind::Username && matches!(self.plan.shape, Shape::Logins { .. });
        for spec in &self.column_kinds {
            if seen_kinds & 1 << spec.kind.id() == 0 && !may_lack(spec.kind) {
                self.digester.refuse(*spec, reason, batch);
            }
        }
    }

    /// An identifier combined from columns: their cells, separated by a byte that no cell has after cleaning.
    fn join(&mut self, join: &Join, block: &[u8], record: &Record, batch: &mut Batch) {
        let Join { spec, columns, assumed, .. } = join;
        let mut joined = std::mem::take(&mut self.joined);
        let cell = |wanted: u32| record.fields(block).find(|(at, _)| *at == wanted).map_or(&[][..], |(_, cell)| cell);
        join.write(&self.plan.columns, cell, &mut joined);
        let all_empty = joined.iter().all(|byte| *byte == NAME_DOB_SEPARATOR || byte.is_ascii_whitespace());
        let last = columns.last().and_then(|column| self.plan.columns.get(*column as usize));
        let order = last.and_then(|column| column.date_order).filter(|_| spec.kind == Kind::NameDob);
        let (spec, region) = (self.of_record(*spec), order.map_or(self.region, Order::region));
        let is_aside = *assumed && !batch.only_assumed;
        self.digester.at_best(if *assumed { Tier::Loose } else { Tier::Exact });
        let added = match all_empty {
            true => Err(Reason::Empty),
            false => self.digester.try_add(spec, region, &joined, batch),
        };
        self.digester.at_best(Tier::Exact);
        // Where nobody has named the columns, it is nobody's loss.
        if let (Err(reason), false) = (added, is_aside) {
            self.digester.refuse(spec, reason, batch);
        }
        self.joined = joined;
    }
}

impl Drop for Extractor<'_> {
    fn drop(&mut self) {
        self.joined.zeroize();
    }
}

fn set_class(class: DataClass, field: &[u8], batch: &mut Batch) {
    if presence(field).is_ok() {
        batch.add_class(class);
    }
}
