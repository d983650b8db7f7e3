//! What the caller says about columns: `--map COLUMN=KIND` and its companions.

use super::tier::Tier;
use crate::identifier::{Country, Form, Kind, KindSpec, Order, canonical_scope, countries, supports};
use crate::index::class::DataClass;
use std::fmt;

/// What a column is to be taken as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Identifiers of a kind.
    Kind(KindSpec),
    /// Every cell decides: an e-mail address, a telephone number, another number that vouches for itself, or a user name.
    Login,
    /// The country of the record: the region of its telephone numbers, and the issuer of its identity number.
    Country,
    /// Text that people have written: the e-mail addresses in it.
    Text,
    /// The name of a field: it says what the value in the same row is.
    FieldName,
    /// The value of a field.
    FieldValue,
    /// Only a data class.
    Class(DataClass),
    /// Nothing.
    Ignore,
}

/// One `--map COLUMN=KIND`.
#[derive(Clone, PartialEq, Eq)]
pub struct Rule {
    /// A header, a 1-based number, a path into JSON, or several joined by `+`.
    pub column: String,
    /// What it is.
    pub target: Target,
}

/// Prints the target; a column name may be a value where there is no header.
impl fmt::Debug for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rule({:?})", self.target)
    }
}

/// Everything that the caller says about a source.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The rules, in order.
    pub rules: Vec<Rule>,
    /// The region of telephone numbers without a country code.
    pub region: Country,
    /// Whether numbers without a country code are compared without a country, and no region is asked for.
    pub no_region: bool,
    /// The organisation of employee, customer and contract numbers.
    pub scope: Option<String>,
    /// The column whose cells name the kind of the row (lists only).
    pub kind_column: Option<String>,
    /// The column whose cells hold the value then.
    pub value_column: Option<String>,
    /// The column that is copied to the results (lists only).
    pub reference: Option<String>,
    /// Columns that may hold the day on which a row was made, and that of its last change: of each the first that is there
    /// (lists only).
    pub events: [Vec<String>; 2],
    /// Whether what became of every row is wanted (lists only).
    pub rows: bool,
    /// The column that says whose row it is (lists only).
    pub person: Option<String>,
    /// The columns that group the rows (lists only).
    pub groups: Vec<String>,
    /// The columns that are joined with what leaked, all of them if none is named (lists only).
    pub notify: Option<Vec<String>>,
    /// Whether the identifiers themselves go with every row (lists only).
    pub values: bool,
    /// The weakest tier that is asked for (lists only).
    pub tier: Tier,
    /// Whether values whose check digit fails are taken, as a form of their own.
    pub lenient: bool,
    /// Columns, as rules name them, whose dates in numbers are read in this order.
    pub date_orders: Vec<(String, Order)>,
}

impl Request {
    /// Whether it says what some columns are.
    pub fn names_columns(&self) -> bool {
        !self.rules.is_empty() || self.kind_column.is_some()
    }

    /// The canonical scope; empty if none is given.
    pub fn scope_bytes(&self) -> Vec<u8> {
        self.scope.as_deref().map(canonical_scope).unwrap_or_default()
    }
}

impl Rule {
    /// Reads `COLUMN=KIND`; the last `=` separates.
    ///
    /// # Errors
    /// A message that says what is wrong and what can be given. It repeats the kind only, never the column.
    pub fn parse(text: &str) -> Result<Rule, String> {
        let (column, target) = text.rsplit_once('=').ok_or("write it as COLUMN=KIND, for example `mobile=phone`")?;
        if column.trim().is_empty() {
            return Err("the column before `=` is missing".into());
        }
        Ok(Rule { column: column.trim().to_string(), target: Target::parse(target.trim())? })
    }
}

impl Target {
    /// Reads a kind, `login`, `country`, `text`, `field_name`, `field_value`, `ignore`, or `class:NAME`.
    ///
    /// # Errors
    /// A message that names the nearest thing that exists.
    pub fn parse(text: &str) -> Result<Target, String> {
        const NAMES: [(&str, Target); 6] = [
            ("ignore", Target::Ignore),
            ("login", Target::Login),
            ("country", Target::Country),
            ("text", Target::Text),
            ("field_name", Target::FieldName),
            ("field_value", Target::FieldValue),
        ];
        if let Some((_, target)) = NAMES.iter().find(|(name, _)| text.eq_ignore_ascii_case(name)) {
            return Ok(*target);
        }
        if let Some(name) = text.strip_prefix("class:") {
            let class = DataClass::from_name(name);
            return class.map(Target::Class).ok_or_else(|| {
                let names = DataClass::all().filter(|class| *class != DataClass::SHARED_VALUE).map(DataClass::name);
                format!("there is no data class `{}`{}", name.escape_debug(), nearest(name, names))
            });
        }
        parse_kind(text).map(Target::Kind)
    }
}

/// Reads a kind, with its country if it has one.
///
/// # Errors
/// A message that names the kinds there are.
pub fn parse_kind(text: &str) -> Result<KindSpec, String> {
    let names = kind_names();
    let spec = KindSpec::parse(text).ok_or_else(|| {
        let name = text.split(':').next().unwrap_or(text);
        format!(
            "there is no kind `{}`{}; the kinds are {}, `login` where every cell decides, `country`, `text` that is searched for addresses, `field_name` that says what the `field_value` of its row is, and `ignore` or `class:NAME` for other columns",
            text.escape_debug(),
            nearest(name, names.iter().map(String::as_str)),
            names.join(", ")
        )
    })?;
    if !supports(spec) {
        let countries: Vec<String> = countries(spec.kind).iter().map(|country| country.code().to_string()).collect();
        return Err(format!("no rule for `{spec}`; there are rules for {}", countries.join(", ")));
    }
    Ok(spec)
}

/// Every kind with every hash that dumps have of it, as `--map` names them.
fn kind_names() -> Vec<String> {
    let forms = |kind: Kind| {
        let written = move |form: &Form| *form == Form::Plain || (form.is_hash() && kind.has_form(*form));
        Form::ALL.into_iter().filter(written).map(move |form| KindSpec::hashed(kind, form).to_string())
    };
    Kind::ALL.into_iter().flat_map(forms).collect()
}

/// " (did you mean ...?)", if something is near.
pub fn nearest<'a>(text: &str, names: impl Iterator<Item = &'a str>) -> String {
    let text = text.to_lowercase();
    let scored = names.map(|name| (strsim::jaro_winkler(&text, &name.to_lowercase()), name));
    let best = scored.filter(|(score, _)| *score > 0.8).max_by(|a, b| a.0.total_cmp(&b.0));
    best.map_or(String::new(), |(_, name)| format!(" (did you mean `{name}`?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_equals_sign_separates() {
        let rule = Rule::parse("a=b=email").expect("a rule");
        assert_eq!((rule.column.as_str(), rule.target), ("a=b", Target::Kind(KindSpec::new(Kind::Email))));
    }

    #[test]
    fn targets_are_kinds_classes_or_ignore() {
        let check = |text: &str, want: Target| assert_eq!(Target::parse(text), Ok(want), "{text}");
        check("national_id:cn", Target::Kind(KindSpec::of(Kind::NationalId, Country::CN)));
        check("IGNORE", Target::Ignore);
        check("text", Target::Text);
        check("field_name", Target::FieldName);
        check("field_value", Target::FieldValue);
        check("class:job_titles", Target::Class(DataClass::from_name("Job titles").expect("a class")));
    }

    #[test]
    fn mistakes_are_explained() {
        let check = |text: &str, part: &str| {
            let message = Rule::parse(text).expect_err("a mistake");
            assert!(message.contains(part), "{text}: {message}");
        };
        check("email", "COLUMN=KIND");
        check("=email", "column before");
        check("x=emial", "did you mean `email`");
        check("x=class:job title", "did you mean `Job titles`");
        check("x=email:CN", "no kind");
        check("x=national_id:ZZ", "no rule");
    }
}
