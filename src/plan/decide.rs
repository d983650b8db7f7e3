//! Decides what every column of a source is: by the caller's rules, its name, and its values.
//!
//! A rule decides alone. A name of the lexicon decides unless the values contradict it. Without a name, values decide only
//! where a kind's validator accepts almost nothing by chance (e-mail, identity number, VIN) and nearly all of them pass;
//! where some pass, every cell decides for itself. What looks like telephone numbers and has no name is undecided, and that is an
//! error with the option to give: a column of identifiers that is silently left out would make "not found" a lie.

use super::evidence::Evidence;
use super::header::has_header;
use super::headings::Headings;
use super::kept::Kept;
use super::lexicon::{self, Finding, Meaning};
use super::rules::{Request, Rule, Target, nearest};
use super::{ColumnPlan, Error, Plan, Side, chance, credentials, dials, fields, found, joins, national, unread};
use crate::identifier::{Canonicalizer, Country, Kind, country_named};
use crate::index::class::DataClass;
use crate::source::{Sample, SampleRow, Shape};

/// From this share on, self-evident values decide a column without a name.
pub(super) const DECIDING_SHARE: f64 = 0.9;
/// From this share on, self-evident values in a column of something else are not overlooked: every cell decides.
pub(super) const NOTICEABLE_SHARE: f64 = 0.05;
/// From this share on, values confirm a weak name or look like telephone numbers.
pub(super) const CONFIRMING_SHARE: f64 = 0.5;

/// Decides every column of a source.
///
/// # Errors
/// If a rule names a column that is not there, or names it ambiguously. Undecided columns are part of the plan:
/// [`Plan::problems`].
pub fn decide(shape: Shape, sample: &Sample, request: &Request, side: Side) -> Result<Plan, Error> {
    let mut canonicalizer = Canonicalizer::new();
    let header = has_header(shape, sample, request, &mut canonicalizer);
    let mut names = names(shape, sample, header);
    if shape.is_open() && !sample.whole_file {
        add_ruled_paths(&mut names, &request.rules);
    }
    let resolver = Resolver { names: &names, columns: column_count(sample, &names) };
    let mut plan = Plan::new(shape, header, sample, side, request);
    if shape.names_columns() {
        plan.paths.clone_from(&names);
    }
    let rows = &sample.rows[usize::from(header).min(sample.rows.len())..];
    plan.reference = request.reference.as_deref().map(|name| resolver.one(name)).transpose()?;
    plan.events = request.events.each_ref().map(|names| names.iter().find_map(|name| resolver.one(name).ok()));
    plan.kept = Kept::resolve(request, resolver.columns, |name| resolver.one(name))?;
    if let (Some(kind), Some(value)) = (&request.kind_column, &request.value_column) {
        plan.kind_and_value = Some((resolver.one(kind)?, resolver.one(value)?));
    }
    let rules = resolver.resolve(&request.rules)?;
    let findings: Vec<Option<Finding>> =
        (0..resolver.columns).map(|column| finding(names.get(column as usize)?, shape)).collect();
    let target = |column: u32| {
        rule_of(&rules, column).or(findings.get(column as usize)?.map(|finding| finding.meaning.target()))
    };
    // Of a list that names the kind in every row, each row has a name in it.
    plan.headings = match plan.kind_and_value {
        Some(_) => None,
        None => Headings::new(shape, if header { names.as_slice() } else { &[] }, target),
    };
    let kept = plan.headings.as_ref().and_then(|headings| headings.rows(rows));
    let rows = kept.as_deref().unwrap_or(rows);
    plan.countries = country_columns(&findings, &rules, rows);
    let kind = |column| if let Some(Target::Kind(spec)) = target(column) { Some(spec.kind) } else { None };
    plan.dials = dials::columns(&names, shape.is_open(), &kind, rows);
    let regions: Vec<Country> = rows.iter().map(|row| region_of(row, &plan.countries, request.region)).collect();
    for (column, finding) in (0..).zip(findings) {
        let named = rule_of(&rules, column).or(finding.map(|finding| finding.meaning.target()));
        let named = named.and_then(|target| if let Target::Kind(spec) = target { Some(spec) } else { None });
        let values = dials::values(column, rows, &regions, &plan.dials);
        let evidence = Evidence::of(named, rows.len(), &values, &mut canonicalizer);
        let name = names.get(column as usize).map(String::as_str);
        plan.columns.push(decide_column(column, name, finding, evidence, &rules, request, &plan));
    }
    let ruled = rules.iter().flat_map(|rule| rule.columns.iter().copied()).collect();
    // Without names and identifiers nothing says that these are columns at all.
    let is_table = plan.header || plan.columns.iter().any(|column| column.kind.is_some() || column.mixed);
    plan.columns.iter_mut().for_each(|column| column.searched &= is_table);
    if let Some(headings) = &mut plan.headings {
        headings.settle(&plan.columns);
    }
    fields::refine(&mut plan, &names, rows, (request, &rules), &mut canonicalizer)?;
    credentials::refine(&mut plan, &ruled, rows, request);
    national::refine(&mut plan.columns, rows, request, &mut canonicalizer);
    for (column, order) in &request.date_orders {
        let column = resolver.one(column)? as usize;
        plan.columns
            .iter_mut()
            .filter(|plan| plan.column as usize == column)
            .for_each(|plan| plan.date_order = Some(*order));
    }
    plan.joins = joins::mapped(&rules, &mut plan.columns);
    let assumed = joins::assumed(&plan, &rules, rows, request.region, &mut canonicalizer);
    plan.joins.extend(assumed);
    unread::mark_numbers(&mut plan, sample);
    plan.finds_cards = found::finds_cards(&plan, sample, &mut canonicalizer);
    plan.check_scope();
    plan.kept.settle(&plan.columns, &plan.joins, plan.kind_and_value.map(|(_, value)| value))?;
    Ok(plan)
}

/// What the name of a column says.
fn finding(name: &str, shape: Shape) -> Option<Finding> {
    match shape {
        Shape::Sql { .. } => lexicon::find_column(name),
        Shape::JsonLines | Shape::JsonObjects { .. } => lexicon::find_path(name),
        Shape::Pairs | Shape::Assigned if name.trim().eq_ignore_ascii_case("user") => lexicon::find("login"),
        _ => lexicon::find(name),
    }
}

/// The rule for one column alone.
pub(super) fn rule_of(rules: &[Resolved], column: u32) -> Option<Target> {
    rules.iter().rev().find(|rule| rule.columns == [column]).map(|rule| rule.target)
}

/// The columns that name the country of their record: by a rule, or by their name and nearly all of their values.
fn country_columns(findings: &[Option<Finding>], rules: &[Resolved], rows: &[SampleRow]) -> Vec<u32> {
    let place = Meaning::Class(DataClass::GEOGRAPHIC_LOCATIONS);
    let is_country = |(column, finding): &(u32, Option<Finding>)| match rule_of(rules, *column) {
        Some(target) => target == Target::Country,
        None => finding.is_some_and(|finding| finding.meaning == place) && names_countries(*column, rows),
    };
    (0..).zip(findings.iter().copied()).filter(is_country).map(|(column, _)| column).collect()
}

/// Whether the present values of a column are names or codes of countries.
fn names_countries(column: u32, rows: &[SampleRow]) -> bool {
    let fields = rows.iter().flat_map(|row| row.fields.iter()).filter(|(at, _)| *at == column);
    let present: Vec<&[u8]> =
        fields.map(|(_, value)| value.as_slice()).filter(|value| crate::identifier::presence(value).is_ok()).collect();
    let named = present.iter().filter(|value| country_named(value).is_some()).count();
    !present.is_empty() && named as f64 >= DECIDING_SHARE * present.len() as f64
}

/// The country that a row names, or the region of the request.
fn region_of(row: &SampleRow, countries: &[u32], region: Country) -> Country {
    let cell = row.fields.iter().find(|(column, _)| countries.contains(column));
    cell.and_then(|(_, cell)| country_named(cell)).unwrap_or(region)
}

/// A rule may name a path that the sample of a long source did not show.
fn add_ruled_paths(names: &mut Vec<String>, rules: &[Rule]) {
    for part in rules.iter().flat_map(|rule| rule.column.split('+')).map(str::trim) {
        let known = names.iter().any(|name| name.eq_ignore_ascii_case(part)) || part.parse::<u32>().is_ok();
        if !known && !part.is_empty() {
            names.push(part.to_string());
        }
    }
}

/// A rule whose column names became numbers.
pub(super) struct Resolved {
    pub columns: Vec<u32>,
    pub target: Target,
}

struct Resolver<'a> {
    names: &'a [String],
    columns: u32,
}

impl Resolver<'_> {
    fn resolve(&self, rules: &[Rule]) -> Result<Vec<Resolved>, Error> {
        rules.iter().map(|rule| Ok(Resolved { columns: self.many(&rule.column)?, target: rule.target })).collect()
    }

    /// One column, or several joined by `+`; a header that itself has a `+` is tried first.
    fn many(&self, text: &str) -> Result<Vec<u32>, Error> {
        match self.one(text) {
            Ok(column) => Ok(vec![column]),
            Err(_) if text.contains('+') => text.split('+').map(|part| self.one(part.trim())).collect(),
            Err(error) => Err(error),
        }
    }

    fn one(&self, text: &str) -> Result<u32, Error> {
        let same = |name: &&String| name.trim() == text.trim();
        let same_but_case = |name: &&String| name.trim().to_lowercase() == text.trim().to_lowercase();
        let exact = self.names.iter().filter(same).count();
        let position = match exact {
            0 => self.names.iter().position(|name| same_but_case(&name)),
            1 => self.names.iter().position(|name| same(&name)),
            _ => return Err(Error::AmbiguousColumn { column: shown(text) }),
        };
        if let Some(position) = position {
            return Ok(position as u32);
        }
        match text.trim().parse::<u32>() {
            Ok(number) if (1..=self.columns).contains(&number) => Ok(number - 1),
            Ok(_) => Err(Error::NoSuchNumber { columns: self.columns }),
            Err(_) => Err(Error::NoSuchColumn { column: shown(text), suggestion: self.suggestion(text) }),
        }
    }

    /// The nearest known column name; names outside the lexicon are not shown, they may be values.
    fn suggestion(&self, text: &str) -> String {
        /// A hostile file may have thousands.
        const KNOWN_MAX: usize = 20;
        let known: Vec<String> = self.names.iter().filter_map(|name| lexicon::shown(name)).collect();
        let near = nearest(text, known.iter().map(String::as_str));
        if !near.is_empty() || known.is_empty() {
            return near;
        }
        format!("; known columns: {}", known[..known.len().min(KNOWN_MAX)].join(", "))
    }
}

/// What the caller typed, escaped: it is an argument of his, not a value of the file.
fn shown(text: &str) -> String {
    text.escape_debug().to_string()
}

fn column_count(sample: &Sample, names: &[String]) -> u32 {
    let widest = sample.rows.iter().flat_map(|row| row.fields.iter().map(|(column, _)| column + 1)).max();
    widest.unwrap_or(0).max(names.len() as u32)
}

/// JSON paths, header cells, or nothing.
fn names(shape: Shape, sample: &Sample, header: bool) -> Vec<String> {
    match (shape, sample.rows.first()) {
        _ if shape.names_columns() => sample.columns.clone(),
        (_, Some(row)) if header => {
            let mut names: Vec<String> = Vec::new();
            // A field may be missing, where it says that it has no value, and of an object that describes a column the first value
            // is its name.
            for (column, cell) in &row.fields {
                if *column as usize >= names.len() {
                    names.resize(*column as usize, String::new());
                    names.push(String::from_utf8_lossy(cell).trim().to_string());
                }
            }
            names
        }
        _ => Vec::new(),
    }
}

fn decide_column(
    column: u32,
    name: Option<&str>,
    finding: Option<Finding>,
    evidence: Evidence,
    rules: &[Resolved],
    request: &Request,
    plan: &Plan,
) -> ColumnPlan {
    let has_paths = matches!(plan.shape, Shape::JsonLines | Shape::JsonObjects { .. } | Shape::Sql { .. });
    let shown = name.and_then(|name| if has_paths { Some(lexicon::shown_path(name)) } else { lexicon::shown(name) });
    let named = shown.as_ref().is_some_and(|shown| !shown.contains('*'));
    let label = shown.unwrap_or_else(|| format!("column {}", column + 1));
    let mut decided = ColumnPlan::undecided(column, label, named, evidence);
    if plan.kind_and_value.is_some_and(|(kind, value)| column == kind || column == value) {
        return decided;
    }
    let rule = rule_of(rules, column);
    let joined = rules.iter().any(|rule| rule.columns.len() > 1 && rule.columns.contains(&column));
    // By its path `phones[].code` is a number, and it is the code of one.
    let is_code = plan.dials.iter().any(|dial| dial.code == column);
    match (rule, finding) {
        (Some(target), finding) => {
            decided.take(target);
            if decided.searched {
                decided.class = finding.map_or(Some(DataClass::OTHER), |finding| class_of(finding.meaning));
            }
        }
        (None, Some(finding)) if is_code && matches!(finding.meaning, Meaning::Kind(_)) => decided.take(Target::Ignore),
        // Its part in the join decides; its class still follows from its name.
        (None, Some(finding)) if joined => decided.class = class_of(finding.meaning),
        (None, None) if joined => (),
        (None, Some(finding)) => {
            decided.by_name(finding, request);
            decided.leave_country_to_rows(plan);
        }
        (None, None) => {
            let nameless = !name.is_some_and(chance::is_of_things);
            decided.by_values(Meaning::Class(DataClass::OTHER), nameless);
            if name.is_some_and(|name| chance::is_of_pictures(name, decided.class)) {
                decided.class = Some(DataClass::OTHER);
            }
        }
    }
    decided.of_other_days = name.is_some_and(|name| chance::is_of_other_days(name) || chance::is_of_numbers(name));
    if rule.is_none() && !joined && plan.side == Side::Dump {
        decided.search_text();
    }
    decided.open = rule != Some(Target::Ignore) && plan.side == Side::Dump;
    let own = plan.reference == Some(column) || plan.kept.is_person(column);
    if own && rule.is_none() && decided.kind.is_some_and(|spec| spec.kind.needs_scope()) {
        // The caller's own number: asking for it without its organisation would only answer "unknown".
        decided.kind = if plan.scope.is_empty() { None } else { decided.kind };
    }
    match plan.dials.iter().any(|dial| dial.phone == column && dial.part == dials::Part::Country) {
        true => decided.read_dialled_phones(),
        false => decided.read_phones(request),
    }
    decided.read_packed();
    decided
}

pub(super) fn class_of(meaning: Meaning) -> Option<DataClass> {
    match meaning {
        Meaning::Class(class) => Some(class),
        Meaning::Kind(spec) => class_of_kind(spec.kind),
        Meaning::Login => Some(DataClass::USERNAMES),
        Meaning::Ignore => None,
    }
}

/// The data class that an identifier of this kind exposes; none for a combined one, whose parts have their own.
pub(super) fn class_of_kind(kind: Kind) -> Option<DataClass> {
    Some(match kind {
        Kind::Email => DataClass::EMAIL_ADDRESSES,
        Kind::Phone => DataClass::PHONE_NUMBERS,
        Kind::NationalId => DataClass::GOVERNMENT_ISSUED_IDS,
        Kind::Vin => DataClass::VINS,
        Kind::Plate => DataClass::LICENCE_PLATES,
        Kind::EmployeeNo => DataClass::EMPLOYEE_NUMBERS,
        Kind::CustomerNo => DataClass::CUSTOMER_NUMBERS,
        Kind::ContractNo => DataClass::CONTRACT_NUMBERS,
        Kind::Username => DataClass::USERNAMES,
        Kind::Card => DataClass::CREDIT_CARDS,
        Kind::Iban => DataClass::BANK_ACCOUNT_NUMBERS,
        Kind::Ip => DataClass::IP_ADDRESSES,
        Kind::Name => DataClass::NAMES,
        Kind::Address => DataClass::PHYSICAL_ADDRESSES,
        Kind::EmailDomain => DataClass::EMAIL_ADDRESSES,
        Kind::Passport => DataClass::PASSPORT_NUMBERS,
        Kind::Password => DataClass::PASSWORDS,
        Kind::NameDob | Kind::NamePostcode => return None,
    })
}
