//! A name together with a date of birth; neither is an identifier alone.
//!
//! Canonical: the name (see [`super::person`]), then the date as eight digits; the date's fixed width separates the two.
//! The fold is the fold of the name, with the same date. How dates are read is said in [`super::date`].
//!
//! The date comes last in one text (`John Doe 1990-01-06`), or behind the last [`NAME_DOB_SEPARATOR`] where columns were
//! joined. In one text the longest end that is a date is the date.

use super::clean::{clean, clean_text, strip_guards};
use super::date::{self, DATE_BYTES_MAX, Order};
use super::person::{self, present};
use super::refuse::presence;
use super::{Country, Forms, Reason};

/// Stands between the columns of a joined raw value: name parts, then the date of birth.
pub const NAME_DOB_SEPARATOR: u8 = 0x1f;

/// Writes the name and the date.
///
/// Input: `text` is scratch room; `region` decides in which order the numbers of a date are read.
/// Errors: `Date` for an impossible day, `Syntax` if there is no date or the name has digits.
pub(super) fn canonicalize(raw: &[u8], region: Country, text: &mut String, forms: &mut Forms) -> Result<(), Reason> {
    let order = Order::of(region);
    if let Some(at) = memchr::memrchr(NAME_DOB_SEPARATOR, raw) {
        let date = date::parse(present(clean(&raw[at + 1..], text)?)?, order, forms.today)?;
        write_name(&raw[..at], text, forms)?;
        push_date(date, forms);
        return Ok(());
    }
    let (name, date) = split(present(clean(raw, text)?)?, order, forms.today)?;
    let name = strip_guards(name);
    presence(name.as_bytes())?;
    person::write(name, forms)?;
    push_date(date, forms);
    Ok(())
}

/// Writes a name whose parts stand in columns that were joined.
pub(super) fn write_name(raw: &[u8], text: &mut String, forms: &mut Forms) -> Result<(), Reason> {
    let names = std::str::from_utf8(raw).map_err(|_| Reason::Encoding)?;
    // Half a name with a birthday is many people: every column has to hold its part.
    for name in names.split(char::from(NAME_DOB_SEPARATOR)) {
        presence(name.as_bytes())?;
    }
    person::write(present(clean_text(names, text)?)?, forms)
}

/// Appends the date to both forms.
fn push_date(date: u32, forms: &mut Forms) {
    let mut digits = [0; 8];
    let mut rest = date;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    forms.exact.extend_from_slice(&digits);
    if !forms.fold.is_empty() {
        forms.fold.extend_from_slice(&digits);
    }
}

/// Splits the date off the end of a text: the longest end that is one.
fn split(text: &str, order: Option<Order>, today: u32) -> Result<(&str, u32), Reason> {
    let mut reason = Reason::Syntax;
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        let starts = starts_date(previous, c, &text[at..]);
        previous = c;
        if !starts || text.len() - at > DATE_BYTES_MAX {
            continue;
        }
        match date::parse(&text[at..], order, today) {
            Ok(date) => return Ok((&text[..at], date)),
            Err(Reason::Syntax | Reason::SpreadsheetDamage) => {}
            Err(telling) => reason = telling,
        }
    }
    Err(reason)
}

/// Whether a number starts here, a word with a number behind it, or the name of an era.
fn starts_date(previous: char, c: char, rest: &str) -> bool {
    match c {
        '0'..='9' => !previous.is_ascii_digit(),
        'a'..='z' | 'A'..='Z' => !previous.is_alphanumeric() && precedes_number(rest),
        '明' | '大' | '昭' | '平' | '令' | '民' | '中' => true,
        _ => false,
    }
}

/// Whether the first word of a text is followed by a number, or by another word that is: a day of the week.
fn precedes_number(text: &str) -> bool {
    let behind = text.trim_start_matches(|c: char| c.is_alphabetic()).trim_start_matches(['.', ',', ' ', '-', '/']);
    behind.starts_with(|c: char| c.is_ascii_digit()) || (is_weekday(text) && text.len() > behind.len())
}

/// Whether a text may begin with an English day of the week.
fn is_weekday(text: &str) -> bool {
    let known = |day: &&str| text.get(..3).is_some_and(|head| head.eq_ignore_ascii_case(day));
    ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(|day| known(&day))
}
