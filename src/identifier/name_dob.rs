//! A name together with a date of birth; neither is an identifier alone.
//!
//! Canonical: the folded name, then the date as eight digits; the date's fixed width separates the two. The fold of a
//! Latin, Greek, Cyrillic ... name is its words without accents, case, punctuation and titles, in alphabetical order, so
//! that `Müller, Jörg` meets `Joerg`-free spellings of `Jorg Muller` in either order. A Han, Kana or Hangul name keeps
//! its characters in the order written, for that order is the name; its alias form has them sorted, which lets
//! given-name-first spellings meet.
//!
//! The date comes last in one text (`John Doe 1990-01-06`), or behind the last [`NAME_DOB_SEPARATOR`] where columns were
//! joined.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::clean::{clean, clean_text, is_stable, strip_guards};
use super::date::{self, Order};
use super::refuse::{is_mask_symbol, is_masked_text, is_placeholder, presence};
use super::{Country, Forms, Reason};

/// Stands between the columns of a joined raw value: name parts, then the date of birth.
pub const NAME_DOB_SEPARATOR: u8 = 0x1f;

/// Longer names are sentences.
const NAME_BYTES_MAX: usize = 256;
/// No date is longer: `Wednesday` apart, `September 30, 1990 00:00:00.000 +00:00`.
const DATE_BYTES_MAX: usize = 48;

/// Words of address, never part of a name that has other words.
const TITLES: &[&str] = &[
    "mr",
    "mrs",
    "ms",
    "miss",
    "mx",
    "dr",
    "prof",
    "professor",
    "herr",
    "frau",
    "sir",
    "madam",
    "mme",
    "mlle",
    "monsieur",
    "madame",
    "sr",
    "sra",
    "srta",
    "senor",
    "senora",
    "dott",
    "dipl",
];
/// The same behind a Chinese or Japanese name.
const SUFFIXES: &[&str] = &["先生", "女士", "小姐", "太太", "夫人", "様"];

/// Writes the folded name and the date.
///
/// Input: `text` is scratch room. `region` US reads 1/6/1990 month first, all others day first.
/// Errors: `Date` for an impossible day, `Syntax` if there is no date or the name has digits.
pub(super) fn canonicalize(raw: &[u8], region: Country, text: &mut String, forms: &mut Forms) -> Result<(), Reason> {
    let order = if &region.bytes() == b"US" { Order::MonthFirst } else { Order::DayFirst };
    if let Some(at) = memchr::memrchr(NAME_DOB_SEPARATOR, raw) {
        let birth = part(clean(&raw[at + 1..], text)?)?;
        let date = date::parse(birth, order, forms.today)?;
        let names = std::str::from_utf8(&raw[..at]).map_err(|_| Reason::Encoding)?;
        // Half a name with a birthday is many people: every column has to hold its part.
        for name in names.split(char::from(NAME_DOB_SEPARATOR)) {
            presence(name.as_bytes())?;
        }
        return write(part(clean_text(names, text)?)?, date, forms);
    }
    let (name, date) = split(part(clean(raw, text)?)?, order, forms.today)?;
    let name = strip_guards(name);
    presence(name.as_bytes())?;
    write(part(name)?, date, forms)
}

/// Refuses a part that is masked or stands for nothing.
fn part(text: &str) -> Result<&str, Reason> {
    // 某 ("a certain") is what Chinese writers put for the characters of a name they hide.
    if text.contains(['*', '某', '×', '○', '□']) || is_masked_text(text) || text.contains(is_mask_symbol) {
        Err(Reason::Masked)
    } else if is_placeholder(text) {
        Err(Reason::Placeholder)
    } else {
        Ok(text)
    }
}

/// Splits the date off the end of a text: the longest end that is one.
fn split(text: &str, order: Order, today: u32) -> Result<(&str, u32), Reason> {
    let mut reason = Reason::Syntax;
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        let starts = starts_field(previous, c);
        previous = c;
        if !starts || text.len() - at > DATE_BYTES_MAX {
            continue;
        }
        match date::parse(&text[at..], order, today) {
            Ok(date) => return Ok((&text[..at], date)),
            Err(Reason::Date) => reason = Reason::Date,
            Err(_) => {}
        }
    }
    Err(reason)
}

/// Whether a number or an English word starts here.
fn starts_field(previous: char, c: char) -> bool {
    (c.is_ascii_digit() && !previous.is_ascii_digit()) || (c.is_ascii_alphabetic() && !previous.is_alphanumeric())
}

fn write(name: &str, date: u32, forms: &mut Forms) -> Result<(), Reason> {
    if name.len() > NAME_BYTES_MAX {
        return Err(Reason::Length);
    }
    if name.chars().any(is_ideographic) {
        fold_ideographic(name, forms)?
    } else {
        fold_words(name, forms)?
    }
    push_date(date, &mut forms.exact);
    if !forms.fold.is_empty() {
        push_date(date, &mut forms.fold);
    }
    Ok(())
}

fn push_date(date: u32, out: &mut Vec<u8>) {
    let mut divisor = 10_000_000;
    while divisor > 0 {
        out.push(b'0' + (date / divisor % 10) as u8);
        divisor /= 10;
    }
}

/// Whether a character belongs to a script whose names are written without spaces, family name first.
fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{1100}'..='\u{11ff}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// Writes the characters as they stand, and sorted as the alias form where that differs.
fn fold_ideographic(name: &str, forms: &mut Forms) -> Result<(), Reason> {
    let work = &mut forms.work;
    let letters = name.chars().filter(|c| is_name_character(*c)).flat_map(char::to_lowercase);
    // Where marks are among the letters, they may have come to follow others.
    if is_stable(name) {
        work.extend(letters)
    } else {
        work.extend(letters.nfkc())
    }
    check_letters(work)?;
    let bare = SUFFIXES.iter().find_map(|suffix| work.strip_suffix(suffix)).filter(|bare| !bare.is_empty());
    let name = bare.unwrap_or(work);
    forms.exact.extend_from_slice(name.as_bytes());
    push_sorted(name, &mut forms.fold);
    if forms.fold == forms.exact {
        forms.fold.clear();
    }
    Ok(())
}

/// Longest name whose characters are sorted; a longer one has no alias form.
const SORTED_LEN_MAX: usize = 32;

fn push_sorted(name: &str, out: &mut Vec<u8>) {
    let mut sorted = ['\0'; SORTED_LEN_MAX];
    let count = name.chars().count();
    let Some(sorted) = sorted.get_mut(..count) else { return };
    sorted.iter_mut().zip(name.chars()).for_each(|(place, c)| *place = c);
    sorted.sort_unstable();
    let mut utf8 = [0; 4];
    sorted.iter().for_each(|c| out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes()));
}

/// A name has letters, and no digits: those would be read as part of the date, and belong to user names.
fn check_letters(name: &str) -> Result<(), Reason> {
    let named = name.chars().any(char::is_alphabetic) && !name.chars().any(is_digit);
    if named { Ok(()) } else { Err(Reason::Syntax) }
}

/// Writes the words of a name without accents, case, punctuation and titles, in alphabetical order.
fn fold_words(name: &str, forms: &mut Forms) -> Result<(), Reason> {
    let work = &mut forms.work;
    if name.is_ascii() {
        name.chars().for_each(|c| push_folded(c, work));
    } else {
        // Apostrophes go first: without them marks may follow a letter, and have to come in normal order.
        let letters = name.chars().filter(|c| !is_apostrophe(*c));
        let lowered = letters.nfkd().flat_map(char::to_lowercase).nfkd();
        lowered.filter(|c| !is_accent(*c)).for_each(|c| push_folded(c, work));
    }
    check_letters(work)?;
    push_words(work, &mut forms.exact)?;
    if forms.exact.is_empty() { Err(Reason::Placeholder) } else { Ok(()) }
}

fn is_digit(c: char) -> bool {
    c.is_numeric() && !is_ideographic(c)
}

/// Whether a character of an ideographic name is kept.
fn is_name_character(c: char) -> bool {
    c.is_alphanumeric() || is_combining_mark(c)
}

/// Whether a mark only changes the sound of a letter before it. Vowel signs of Indic scripts are not among these.
fn is_accent(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{591}'..='\u{5c7}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

/// What writers put for the apostrophe of `O'Brien`.
fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '`' | '\u{2018}' | '\u{2019}' | '\u{2bb}'..='\u{2bf}' | '\u{2032}')
}

/// Appends the plain form of one character: letters that have no decomposition by their usual spelling, nothing for an
/// apostrophe, a space for other punctuation.
fn push_folded(c: char, out: &mut String) {
    match c {
        'ß' => out.push_str("ss"),
        'æ' => out.push_str("ae"),
        'œ' => out.push_str("oe"),
        'þ' => out.push_str("th"),
        'ø' => out.push('o'),
        'đ' | 'ð' => out.push('d'),
        'ł' => out.push('l'),
        'ı' => out.push('i'),
        'ħ' => out.push('h'),
        'ς' => out.push('σ'),
        _ if is_apostrophe(c) => {}
        _ if c.is_ascii() => out.push(if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { ' ' }),
        _ => out.push(if is_name_character(c) { c } else { ' ' }),
    }
}

/// More words are a sentence.
const WORDS_MAX: usize = 16;

/// Appends the words of a folded name in alphabetical order, one space between them, without titles.
fn push_words(folded: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    let mut words = [""; WORDS_MAX];
    let mut count = 0;
    for word in folded.split(' ').filter(|word| !word.is_empty() && !TITLES.contains(word)) {
        *words.get_mut(count).ok_or(Reason::Length)? = word;
        count += 1;
    }
    let words = &mut words[..count];
    words.sort_unstable();
    for (i, word) in words.iter().enumerate() {
        if i > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(word.as_bytes());
    }
    Ok(())
}
