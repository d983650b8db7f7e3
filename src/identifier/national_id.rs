//! National identity numbers: a table of countries, each with its rule.
//!
//! A new country is one row of [`RULES`] and its function. Without a country every rule is tried in the order of the
//! table, so a rule belongs here only if its check digits make a wrong acceptance rare.

use super::date::is_birth_date;
use super::refuse::{self, is_one_repeated, without_decimal_tail};
use super::{Country, Forms, Reason};

/// How a country writes its numbers.
struct Rule {
    country: Country,
    canonicalize: fn(&str, &mut Forms) -> Result<(), Reason>,
    /// Share of random values of the right length and characters that pass.
    false_accept_rate: f64,
}

/// Every country that has a rule.
const RULES: &[Rule] = &[Rule { country: Country::CN, canonicalize: cn, false_accept_rate: 0.000_05 }];

fn rules(country: Country) -> impl Iterator<Item = &'static Rule> {
    RULES.iter().filter(move |rule| country.is_none() || rule.country == country)
}

/// Whether the table has a rule for the country; without a country it is the whole table.
pub(super) fn supports(country: Country) -> bool {
    rules(country).next().is_some()
}

/// The share of random same-shaped values that pass one of the rules.
pub(super) fn false_accept_rate(country: Country) -> f64 {
    rules(country).map(|rule| rule.false_accept_rate).sum()
}

/// Writes the canonical form under the first rule that accepts the text.
///
/// Errors: what is wrong with any text (masked, placeholder, damaged); else the reason of the last rule tried;
/// `UnsupportedCountry` if there is none.
pub(super) fn canonicalize(text: &str, country: Country, forms: &mut Forms) -> Result<(), Reason> {
    // Acceptance comes first: it excludes every mask and placeholder, and most values are good.
    let Err(reason) = by_rules(text, country, forms) else { return Ok(()) };
    if let Some(reason) = refuse::of_number(text) {
        return Err(reason);
    }
    let digits = without_decimal_tail(text)?;
    if digits.len() < text.len() { by_rules(digits, country, forms) } else { Err(reason) }
}

fn by_rules(text: &str, country: Country, forms: &mut Forms) -> Result<(), Reason> {
    let mut outcome = Err(Reason::UnsupportedCountry);
    for rule in rules(country) {
        forms.exact.clear();
        outcome = (rule.canonicalize)(text, forms);
        if outcome.is_ok() {
            forms.country = rule.country;
            break;
        }
    }
    outcome
}

/// Copies the characters of a number without spaces and dashes to a fixed buffer.
///
/// Errors: `Length` if there are more than `N`, `Syntax` for a character that is not ASCII.
fn compact<const N: usize>(text: &str, number: &mut [u8; N]) -> Result<usize, Reason> {
    let bytes = text.as_bytes();
    if bytes.len() <= N && bytes.iter().all(u8::is_ascii_alphanumeric) {
        number[..bytes.len()].copy_from_slice(bytes);
        number.make_ascii_uppercase();
        return Ok(bytes.len());
    }
    let mut len = 0;
    for c in text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')) {
        let digit = u8::try_from(c).map_err(|_| Reason::Syntax)?.to_ascii_uppercase();
        *number.get_mut(len).ok_or(Reason::Length)? = digit;
        len += 1;
    }
    Ok(len)
}

/// Weights of the 17 digits before the check character: 2^(18-i) mod 11 (GB 11643-1999; ISO 7064 MOD 11-2).
const CN_WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check characters by the weighted sum mod 11.
const CN_CHECK: &[u8; 11] = b"10X98765432";

/// Resident identity number of the People's Republic of China: 18 characters; 15 digits (before 1999) become 18.
///
/// The first six digits name a region; only the first is checked, because regions come and go: 1 to 6 the mainland,
/// 8 the permits of Hong Kong, Macao and Taiwan residents, 9 permanent residents from abroad.
/// Source: GB 11643-1999.
fn cn(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    let mut number = [0; 18];
    let len = compact(text, &mut number)?;
    let number = match len {
        18 => number,
        15 => cn_from_15(&number)?,
        _ => return Err(Reason::Length),
    };
    let (digits, check) = (&number[..17], number[17]);
    if !digits.iter().all(u8::is_ascii_digit) || !(check.is_ascii_digit() || check == b'X') {
        return Err(Reason::Syntax);
    }
    if is_one_repeated(&number) {
        return Err(Reason::Placeholder);
    }
    if !matches!(digits[0], b'1'..=b'6' | b'8' | b'9') {
        return Err(Reason::Syntax);
    }
    if !is_birth_date(decimal(&digits[6..14]), forms.today) {
        return Err(Reason::Date);
    }
    if check != cn_check(digits) {
        return Err(if number.ends_with(b"000") { Reason::SpreadsheetDamage } else { Reason::Checksum });
    }
    forms.exact.extend_from_slice(&number);
    Ok(())
}

/// Inserts the century and appends the check character.
fn cn_from_15(number: &[u8; 18]) -> Result<[u8; 18], Reason> {
    if !number[..15].iter().all(u8::is_ascii_digit) {
        return Err(Reason::Syntax);
    }
    if is_one_repeated(&number[..15]) {
        return Err(Reason::Placeholder);
    }
    let mut long = [0; 18];
    long[..6].copy_from_slice(&number[..6]);
    long[6..8].copy_from_slice(b"19");
    long[8..17].copy_from_slice(&number[6..15]);
    long[17] = cn_check(&long[..17]);
    Ok(long)
}

fn cn_check(digits: &[u8]) -> u8 {
    let sum: u32 = digits.iter().zip(CN_WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CN_CHECK[sum as usize % CN_CHECK.len()]
}

fn decimal(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}
