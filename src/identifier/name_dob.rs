//! A name together with a date of birth; neither is an identifier alone.
//!
//! Canonical: the name (see [`super::person`]), then the date as eight digits; the date's fixed width separates the two.
//! The fold is the fold of the name, with the same date. How dates are read is said in [`super::date`].
//!
//! The date comes last in one text (`John Doe 1990-01-06`), or behind the last [`NAME_DOB_SEPARATOR`] where columns were
//! joined. In one text the longest end that is a date is the date.

use super::clean::{clean, clean_text, strip_guards};
use super::date::{self, DATE_BYTES_MAX, Order};
use super::month::month;
use super::person::{self, present};
use super::refuse::{is_placeholder, presence};
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
    let name = strip_guards(name.trim_end_matches(' '));
    if name.is_empty() || is_placeholder(name) {
        return Err(if name.is_empty() { Reason::Empty } else { Reason::Placeholder });
    }
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
    let begin = before_digits(text);
    let mut reason = Reason::Syntax;
    let mut previous = ' ';
    for (at, c) in text[begin..].char_indices() {
        let at = begin + at;
        let may_start = starts_field(previous, c);
        previous = c;
        if !may_start || text.len() - at > DATE_BYTES_MAX || !starts_date(&text[at..]) {
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

/// Where the two words before the first digit begin: no date begins earlier.
fn before_digits(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = bytes.iter().position(u8::is_ascii_digit).unwrap_or(bytes.len());
    let is_word = |byte: u8| byte.is_ascii_alphabetic() || !byte.is_ascii();
    for _ in 0..2 {
        while at > 0 && !is_word(bytes[at - 1]) {
            at -= 1;
        }
        while at > 0 && is_word(bytes[at - 1]) {
            at -= 1;
        }
    }
    at
}

/// Whether a number or an English word starts here, or the name of an era.
#[inline]
fn starts_field(previous: char, c: char) -> bool {
    match c {
        '0'..='9' => !previous.is_ascii_digit(),
        'a'..='z' | 'A'..='Z' => {
            !previous.is_ascii_alphabetic() && (previous.is_ascii() || !previous.is_alphanumeric())
        }
        '明' | '大' | '昭' | '平' | '令' | '民' | '中' => true,
        _ => false,
    }
}

/// Whether a text begins with a number, or with a word that a date can begin with: a month, a day of the week, the letter
/// of an era.
fn starts_date(text: &str) -> bool {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let word = &text[..letters];
    match letters {
        0 => true,
        1 => text[1..].starts_with(|c: char| c.is_ascii_digit() || matches!(c, '.' | ' ')),
        _ => month(word).is_some() || is_weekday(word),
    }
}

/// Whether a word may be an English day of the week.
fn is_weekday(word: &str) -> bool {
    let known = |day: &&str| word.get(..3).is_some_and(|head| head.eq_ignore_ascii_case(day));
    word.len() < 10 && ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].iter().any(known)
}
