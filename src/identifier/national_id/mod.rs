//! National identity numbers: a table of countries, each with its rule.
//!
//! A new country is one row in the table of its part of the world, and its function. A number without a country is tried
//! under the region first; then under every country whose rule is strict: rules whose check digits and dates make an
//! acceptance by chance rare. Several can accept it, and it then has a canonical form under each of them.
//!
//! Rules come from laws, standards and published algorithms, which every function names.

mod americas;
mod asia;
mod checks;
mod china;
mod europe_east;
mod europe_north;
mod europe_south;
mod europe_west;
mod others;

use super::refuse::{self, without_decimal_tail};
use super::{Country, Forms, Reason};

/// How a country writes one of its numbers. A country with several kinds of numbers has several rows.
struct Rule {
    country: Country,
    /// What the number is called in its country.
    name: &'static str,
    /// The smallest and the largest number of characters, without separators.
    lengths: (usize, usize),
    /// Writes the canonical form to `exact`, also where only the check digit fails (`Checksum`).
    canonicalize: fn(&Number, &mut Forms) -> Result<(), Reason>,
    /// Share of random values of the right length and characters that pass.
    false_accept_rate: f64,
}

/// Every rule, by part of the world; within a country in the order in which they are tried.
const RULES: [&[Rule]; 8] = [
    china::RULES,
    asia::RULES,
    americas::RULES,
    others::RULES,
    europe_west::RULES,
    europe_south::RULES,
    europe_north::RULES,
    europe_east::RULES,
];

/// Rules that accept more than this by chance are tried only for their own country.
const STRICT_RATE_MAX: f64 = 0.05;
/// A value of a rule that accepts less than this by chance is what it looks like.
const VOUCHING_RATE_MAX: f64 = 0.005;

fn rules(country: Country) -> impl Iterator<Item = &'static Rule> {
    RULES.into_iter().flatten().filter(move |rule| country.is_none() || rule.country == country)
}

/// Whether the table has a rule for the country; without a country it is the whole table.
pub(super) fn supports(country: Country) -> bool {
    rules(country).next().is_some()
}

/// The countries that have a rule, each once, in the order of the table.
pub(super) fn countries() -> Vec<Country> {
    let mut countries: Vec<Country> = rules(Country::NONE).map(|rule| rule.country).collect();
    let mut seen = std::collections::BTreeSet::new();
    countries.retain(|country| seen.insert(*country));
    countries
}

/// The share of random same-shaped values that pass a rule of the country; without a country, a strict one of any.
pub(super) fn false_accept_rate(country: Country) -> f64 {
    let strict = |rule: &&Rule| !country.is_none() || rule.is_strict();
    rules(country).filter(strict).map(|rule| rule.false_accept_rate).fold(0.0, f64::max)
}

/// Whether an accepted value of this country is hardly ever one by chance.
pub(super) fn vouched(country: Country) -> bool {
    rules(country).all(|rule| rule.false_accept_rate <= VOUCHING_RATE_MAX)
}

impl Rule {
    fn is_strict(&self) -> bool {
        self.false_accept_rate <= STRICT_RATE_MAX
    }
}

/// A number without its separators, in upper case.
struct Number {
    bytes: [u8; NUMBER_BYTES_MAX],
    len: usize,
    /// Whether a plus stands among its characters: in Sweden and Finland the mark of those older than a hundred.
    plus: bool,
}

/// No national number is longer.
const NUMBER_BYTES_MAX: usize = 24;

impl Number {
    /// Reads a cleaned text.
    ///
    /// Errors: `Length` if it is longer than any number, `Syntax` for a character that no number has.
    fn read(text: &str) -> Result<Number, Reason> {
        let mut number = Number { bytes: [0; NUMBER_BYTES_MAX], len: 0, plus: false };
        let bytes = text.as_bytes();
        if bytes.len() <= NUMBER_BYTES_MAX && bytes.iter().all(u8::is_ascii_alphanumeric) {
            number.bytes[..bytes.len()].copy_from_slice(bytes);
            number.bytes.make_ascii_uppercase();
            number.len = bytes.len();
            return Ok(number);
        }
        for c in text.chars().filter(|c| !is_separator(*c)) {
            if c == '+' {
                number.plus = true;
                continue;
            }
            let byte = u8::try_from(c).ok().filter(u8::is_ascii_alphanumeric).ok_or(Reason::Syntax)?;
            *number.bytes.get_mut(number.len).ok_or(Reason::Length)? = byte.to_ascii_uppercase();
            number.len += 1;
        }
        Ok(number)
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// What people and forms put between the characters of a number.
fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-' | '.' | '/' | '(' | ')' | '\u{b7}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// Writes the canonical form under the rules of the country; without one, of the region, or of every strict country.
///
/// Errors: what is wrong with any text (masked, placeholder, damaged); else the reason of the rule that came nearest;
/// `UnsupportedCountry` if there is none.
pub(super) fn canonicalize(text: &str, country: Country, region: Country, forms: &mut Forms) -> Result<(), Reason> {
    // Acceptance comes first: it excludes every mask and placeholder, and most values are good.
    let Err(reason) = by_rules(text, country, region, forms) else { return Ok(()) };
    if let Some(reason) = refuse::of_number(text) {
        return Err(reason);
    }
    let digits = without_decimal_tail(text)?;
    if digits.len() < text.len() { by_rules(digits, country, region, forms) } else { Err(reason) }
}

fn by_rules(text: &str, country: Country, region: Country, forms: &mut Forms) -> Result<(), Reason> {
    let number = Number::read(text)?;
    if !country.is_none() {
        return under(country, &number, forms);
    }
    if !region.is_none() && supports(region) && under(region, &number, forms).is_ok() {
        return Ok(());
    }
    under_strict(&number, forms)
}

/// Tries the rules of one country.
fn under(country: Country, number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let mut reason = Reason::UnsupportedCountry;
    for rule in rules(country) {
        forms.exact.clear();
        forms.fold.clear();
        forms.country = country;
        match rule.apply(number, forms) {
            Ok(()) => return Ok(()),
            Err(why) => reason = nearer(reason, why),
        }
        if reason == Reason::Checksum && !forms.exact.is_empty() {
            break;
        }
    }
    Err(reason)
}

/// Tries every strict rule. The first acceptance is the canonical form, further ones stand beside it.
fn under_strict(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let mut reason = Reason::UnsupportedCountry;
    let mut accepted = false;
    for rule in rules(Country::NONE).filter(|rule| rule.is_strict() && rule.fits(number.len)) {
        if accepted && is_known(rule.country, forms) {
            continue;
        }
        let begin = forms.others.bytes.len();
        let (exact, fold) = (forms.exact.len(), forms.fold.len());
        match rule.apply(number, forms) {
            Ok(()) if !accepted => {
                accepted = true;
                forms.country = rule.country;
            }
            Ok(()) => {
                forms.others.bytes.extend_from_slice(&forms.exact[exact..]);
                forms.others.ends.push((rule.country, begin + forms.exact.len() - exact));
                forms.exact.truncate(exact);
                forms.fold.truncate(fold);
            }
            Err(why) => {
                reason = nearer(reason, why);
                forms.exact.truncate(exact);
                forms.fold.truncate(fold);
            }
        }
    }
    if accepted { Ok(()) } else { Err(reason) }
}

fn is_known(country: Country, forms: &Forms) -> bool {
    forms.country == country || forms.others.ends.iter().any(|(known, _)| *known == country)
}

impl Rule {
    fn fits(&self, len: usize) -> bool {
        (self.lengths.0..=self.lengths.1).contains(&len)
    }

    /// Applies the rule to a number of any length.
    fn apply(&self, number: &Number, forms: &mut Forms) -> Result<(), Reason> {
        if self.fits(number.len) { (self.canonicalize)(number, forms) } else { Err(Reason::Length) }
    }
}

/// Of two reasons the one of the rule that came nearer to accepting.
fn nearer(a: Reason, b: Reason) -> Reason {
    let rank = |reason: Reason| match reason {
        Reason::SpreadsheetDamage => 6,
        Reason::Placeholder => 5,
        Reason::Checksum => 4,
        Reason::Date => 3,
        Reason::Syntax => 2,
        Reason::Length => 1,
        _ => 0,
    };
    if rank(b) > rank(a) { b } else { a }
}
