//! Decides what every column of a source is: by the caller's rules, its name, and its values.
//!
//! A rule decides alone. A name of the lexicon decides unless the values contradict it. Without a name, values decide only
//! where a kind's validator accepts almost nothing by chance (e-mail, identity number, VIN) and nearly all of them pass;
//! where some pass, every cell decides for itself. What looks like telephone numbers and has no name is undecided, and that is an
//! error with the option to give: a column of identifiers that is silently left out would make "not found" a lie.

use super::cells::Numbers;
use super::evidence::Evidence;
use super::kept::Kept;
use super::lexicon::{self, Finding, Meaning};
use super::rules::{Request, Rule, Target, nearest};
use super::{ColumnPlan, Error, Plan, Problem, Side, credentials, found, joins};
use crate::identifier::{Canonicalizer, Country, Kind, KindSpec, country_named, vouched};
use crate::index::class::DataClass;
use crate::source::{Sample, SampleRow, Shape};

/// From this share on, self-evident values decide a column without a name.
const DECIDING_SHARE: f64 = 0.9;
const CARD: KindSpec = KindSpec::new(Kind::Card);
/// From this share on, self-evident values in a column of something else are not overlooked: every cell decides.
const NOTICEABLE_SHARE: f64 = 0.05;
/// Below this share, values contradict the name of their column.
const CONTRADICTING_SHARE: f64 = 0.05;
/// From this share on, values confirm a weak name or look like telephone numbers.
const CONFIRMING_SHARE: f64 = 0.5;
/// From this share on, digits without a plus and without a name are telephone numbers: one in a few of arbitrary numbers is
/// assigned somewhere, so a column of them is no accident.
const CERTAIN_SHARE: f64 = 0.95;
/// ... if there are so many of them.
const PHONES_MIN: usize = 20;
/// A column without a rule needs this many values to be looked at, where the sample is not small itself.
const NOTICEABLE_VALUES: usize = 3;
/// Fewer present values than this contradict nothing.
const VALUES_MIN: usize = 10;

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
    plan.countries = country_columns(&findings, &rules, rows);
    let regions: Vec<Country> = rows.iter().map(|row| region_of(row, &plan.countries, request.region)).collect();
    for (column, finding) in (0..).zip(findings) {
        let named = rule_of(&rules, column).or(finding.map(|finding| finding.meaning.target()));
        let named = named.and_then(|target| if let Target::Kind(spec) = target { Some(spec) } else { None });
        let evidence = Evidence::of(column, named, rows, &regions, &mut canonicalizer);
        let name = names.get(column as usize).map(String::as_str);
        plan.columns.push(decide_column(column, name, finding, evidence, &rules, request, &plan));
    }
    let ruled = rules.iter().flat_map(|rule| rule.columns.iter().copied()).collect();
    credentials::refine(&mut plan, &ruled, rows, request);
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
        Shape::Pairs if name.trim().eq_ignore_ascii_case("user") => lexicon::find("login"),
        _ => lexicon::find(name),
    }
}

/// The rule for one column alone.
fn rule_of(rules: &[Resolved], column: u32) -> Option<Target> {
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
            let cells = row.fields.iter().map(|(_, cell)| String::from_utf8_lossy(cell).trim().to_string());
            cells.collect()
        }
        _ => Vec::new(),
    }
}

/// Whether the first row names the columns. A row with an identifier in it is data.
fn has_header(shape: Shape, sample: &Sample, request: &Request, canonicalizer: &mut Canonicalizer) -> bool {
    let Some((first, rest)) = sample.rows.split_first() else { return false };
    if shape.names_columns() {
        return false;
    }
    let mut accepts = |value: &[u8]| {
        let kinds = [Kind::Email, Kind::NationalId, Kind::Vin, Kind::Phone, Kind::Plate];
        let region = if request.region.is_none() { Country::CN } else { request.region };
        kinds.iter().any(|kind| {
            let spec = KindSpec::new(*kind);
            let accepted = canonicalizer.canonicalize(spec, region, value);
            // Any 17 characters can be a VIN without a check digit, a column name too.
            accepted.is_ok_and(|canonical| *kind != Kind::Vin || vouched(spec, canonical.exact))
        })
    };
    if first.fields.iter().any(|(_, cell)| accepts(cell)) {
        return false;
    }
    let known = |cell: &[u8]| {
        let text = String::from_utf8_lossy(cell);
        let named = |name: &str| name.split('+').any(|part| part.trim() == text.trim());
        lexicon::find(&text).is_some()
            || request.rules.iter().any(|rule| named(&rule.column))
            || [&request.reference, &request.kind_column, &request.value_column, &request.person]
                .iter()
                .any(|name| name.as_deref().is_some_and(named))
            || request.groups.iter().chain(request.notify.iter().flatten()).any(|name| named(name))
    };
    if first.fields.iter().any(|(_, cell)| known(cell)) {
        return true;
    }
    // Nothing is known about the names: they are names if they look like words, and the rows below hold identifiers.
    let is_word = |cell: &[u8]| {
        let text = String::from_utf8_lossy(cell);
        let value = text.contains(|c: char| c.is_ascii_digit() || matches!(c, '@' | '*' | '\\'));
        !value && crate::identifier::presence(cell).is_ok()
    };
    let below =
        |row: &SampleRow, accepts: &mut dyn FnMut(&[u8]) -> bool| row.fields.iter().any(|(_, cell)| accepts(cell));
    let rows = rest.len().min(200);
    let with_identifier = rest.iter().take(rows).filter(|row| below(row, &mut accepts)).count();
    first.fields.iter().all(|(_, cell)| is_word(cell)) && rows > 0 && with_identifier * 2 > rows
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
    let mut decided = ColumnPlan {
        column,
        label,
        named,
        kind: None,
        class: None,
        mixed: false,
        phone_prefix: "",
        numbers: Numbers::Unknown,
        date_order: evidence.date_order(),
        problem: None,
        evidence,
    };
    if plan.kind_and_value.is_some_and(|(kind, value)| column == kind || column == value) {
        return decided;
    }
    let rule = rule_of(rules, column);
    let joined = rules.iter().any(|rule| rule.columns.len() > 1 && rule.columns.contains(&column));
    match (rule, finding) {
        (Some(target), _) => decided.take(target),
        // Its part in the join decides; its class still follows from its name.
        (None, Some(finding)) if joined => decided.class = class_of(finding.meaning),
        (None, None) if joined => (),
        (None, Some(finding)) => {
            decided.by_name(finding, request);
            decided.leave_country_to_rows(plan);
        }
        (None, None) => decided.by_values(Meaning::Class(DataClass::OTHER), true),
    }
    let own = plan.reference == Some(column) || plan.kept.is_person(column);
    if own && rule.is_none() && decided.kind.is_some_and(|spec| spec.kind.needs_scope()) {
        // The caller's own number: asking for it without its organisation would only answer "unknown".
        decided.kind = if plan.scope.is_empty() { None } else { decided.kind };
    }
    decided.read_phones(request);
    decided
}

fn class_of(meaning: Meaning) -> Option<DataClass> {
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

impl ColumnPlan {
    pub(super) fn take(&mut self, target: Target) {
        match target {
            Target::Kind(spec) => {
                self.kind = Some(spec);
                self.class = class_of_kind(spec.kind);
            }
            Target::Login => self.mix(DataClass::USERNAMES),
            Target::Country => self.class = Some(DataClass::GEOGRAPHIC_LOCATIONS),
            Target::Class(class) => self.class = Some(class),
            Target::Ignore => (),
        }
    }

    /// Lets every cell decide; those that are no identifiers expose this class.
    fn mix(&mut self, class: DataClass) {
        self.mixed = true;
        self.class = Some(class);
    }

    /// A name such as `personnummer` is of one country; where rows name theirs, and not nearly all values are of that one, the
    /// rows are right.
    fn leave_country_to_rows(&mut self, plan: &Plan) {
        if let Some(spec) = self.kind.filter(|spec| !spec.country.is_none() && !plan.countries.is_empty())
            && self.evidence.share(spec) < DECIDING_SHARE
        {
            self.kind = Some(KindSpec { country: Country::NONE, ..spec });
        }
    }

    /// How telephone numbers are written: with a plus, without it but with the country code, as in one region, or as Chinese
    /// mobile numbers, which are told without one.
    pub(super) fn read_phones(&mut self, request: &Request) {
        if self.mixed && request.region.is_none() && self.evidence.has_chinese_mobiles_among_others() {
            self.phone_prefix = "+86";
        } else if self.mixed {
            self.numbers = self.evidence.numbers();
        }
        if self.kind.is_none_or(|spec| spec.kind != Kind::Phone) {
            return;
        }
        let of_region = self.evidence.share(KindSpec::new(Kind::Phone));
        // In Germany, what begins with 49 may be a number without its zero: where such numbers are assigned decides.
        let without_plus = of_region < CONFIRMING_SHARE || self.evidence.numbers() == Numbers::WithoutPlus;
        if without_plus && self.has_numbers_without_plus() {
            self.phone_prefix = "+";
        } else if request.region.is_none() && self.has_chinese_mobiles() {
            self.phone_prefix = "+86";
        } else if request.region.is_none() && !request.no_region && self.evidence.share_without_region() > 0.01 {
            self.problem = Some(Problem::NeedsRegion);
        }
    }

    /// Written as telephone numbers are, and assigned.
    fn has_numbers(&self) -> bool {
        let assigned = self.evidence.share(KindSpec::new(Kind::Phone));
        assigned.min(self.evidence.share_like_phones()) >= CERTAIN_SHARE
    }

    /// Digits alone, nearly all of which are assigned telephone numbers.
    fn are_numbers(&self) -> bool {
        let evidence = &self.evidence;
        evidence.present >= PHONES_MIN
            && evidence.share_numbers() >= DECIDING_SHARE
            && evidence.numbers() != Numbers::Unknown
    }

    fn has_numbers_without_plus(&self) -> bool {
        self.evidence.share_without_plus() >= CERTAIN_SHARE && self.evidence.present >= PHONES_MIN
    }

    /// Read as numbers of North America, with the 1 before the area code, six in ten of them would not exist.
    fn has_chinese_mobiles(&self) -> bool {
        let evidence = &self.evidence;
        evidence.share_chinese_mobiles() >= CERTAIN_SHARE
            && evidence.share_without_plus() < DECIDING_SHARE
            && evidence.present >= PHONES_MIN
    }

    fn by_name(&mut self, finding: Finding, request: &Request) {
        let Meaning::Kind(spec) = finding.meaning else {
            // Passwords are whatever people type, also e-mail addresses; and in every URL may be one.
            let look =
                ![DataClass::PASSWORDS, DataClass::WEBSITE_ACTIVITY].map(Meaning::Class).contains(&finding.meaning);
            return if look { self.by_values(finding.meaning, false) } else { self.take_meaning(finding.meaning) };
        };
        if spec.kind == Kind::Username {
            // Anything is a user name; what else logs in is told by the values.
            return self.by_values(finding.meaning, false);
        }
        let region_missing = spec.kind == Kind::Phone && request.region.is_none();
        let share = self.evidence.share(spec) + if region_missing { self.evidence.share_without_region() } else { 0.0 };
        // Ruined numbers are refused one by one later; their column is still what its name says.
        let share = share + self.evidence.share_damaged();
        let cards = self.evidence.share(CARD);
        if finding.weak
            && spec.kind == Kind::NationalId
            && cards > self.evidence.share(spec)
            && cards + self.evidence.share_damaged() >= CONFIRMING_SHARE
        {
            return self.take_meaning(Meaning::Kind(CARD));
        }
        let confirmed = if finding.weak { share >= CONFIRMING_SHARE } else { share >= CONTRADICTING_SHARE };
        let silent = self.evidence.present < VALUES_MIN && !finding.weak;
        if confirmed || silent {
            return self.take_meaning(finding.meaning);
        }
        if finding.weak {
            return self.by_values(Meaning::Class(DataClass::OTHER), true);
        }
        if matches!(spec.kind, Kind::Card | Kind::Iban | Kind::Passport | Kind::Ip) {
            // `card` may be its type, and `pan` a tax number: what cannot be asked for is still a class of data.
            return self.by_values(class_of(finding.meaning).map_or(Meaning::Ignore, Meaning::Class), false);
        }
        self.problem = Some(Problem::Contradicted { kind: spec.kind, share });
    }

    fn by_values(&mut self, meaning: Meaning, nameless: bool) {
        let (kind, share) = self.evidence.self_evident();
        let phones = self.evidence.share_like_phones();
        // One or two values among thousands of rows are stray cells, and their column is not what it looks like.
        let enough = self.evidence.present >= NOTICEABLE_VALUES.min(self.evidence.rows.div_ceil(20));
        if !enough {
            self.take_meaning(meaning);
        } else if share >= DECIDING_SHARE {
            self.take_meaning(Meaning::Kind(KindSpec::new(kind)));
        } else if self.evidence.present >= PHONES_MIN && self.evidence.share(CARD) >= DECIDING_SHARE {
            // One in twenty of other numbers of that length is one.
            self.take_meaning(Meaning::Kind(CARD));
        } else if nameless && self.are_numbers() {
            self.take_meaning(Meaning::Kind(KindSpec::new(Kind::Phone)));
        } else if share >= NOTICEABLE_SHARE && self.evidence.is_beyond_chance(kind, share) {
            self.mix(class_of(meaning).unwrap_or(DataClass::OTHER));
        } else if nameless && (self.has_numbers_without_plus() || self.has_chinese_mobiles() || self.has_numbers()) {
            self.take_meaning(Meaning::Kind(KindSpec::new(Kind::Phone)));
        } else if nameless && phones >= CONFIRMING_SHARE {
            self.problem = Some(Problem::LooksLike { kind: Kind::Phone, share: phones });
        } else if let (true, Some(class)) = (nameless, self.evidence.class()) {
            self.take(match class {
                DataClass::IP_ADDRESSES => Target::Kind(KindSpec::new(Kind::Ip)),
                class => Target::Class(class),
            });
        } else {
            self.take_meaning(meaning);
        }
    }

    fn take_meaning(&mut self, meaning: Meaning) {
        self.take(meaning.target());
    }
}
