//! A postal address alone. Weak: a household shares it, a house often, and a street without its town is in many towns.
//! It is taken only where somebody maps it.
//!
//! Canonical, of an address in an alphabet: its plain words (see [`super::fold`]) in the order written, with the types
//! of streets and the points of the compass in one short form (`Strasse`, `Straße`, `str.` are `str`, `Street` and
//! `St.` are `st`), without `ul.`, `No.` and other words that say only that a street or number follows, the letter of a
//! house joined to its number (`12 a` is `12a`), and without the country at the end. The region is no part of it. Fold:
//! the words reduced (see [`super::romanize`]), without the markers of flats, in alphabetical order: number before or
//! behind the street, town first or last.
//!
//! Han addresses have a file of their own, [`super::address_han`].
//!
//! What does not meet: a street with and without its town or postcode; words that one source leaves out; spelt-out
//! numbers (`Fifth Avenue`). Nothing is looked up: whether the street exists is not known. An address needs a number,
//! of the house, box or postcode: a town is none.

use super::fold::{join, push_plain, split};
use super::person::present;
use super::romanize::{Cyrillic, push_reduced};
use super::streets::{is_country, is_filler, is_flat, is_numbering, short_ending, short_form, short_pair};
use super::{Country, Forms, Reason, address_han};

/// Longer texts are letters, not addresses.
const ADDRESS_BYTES_MAX: usize = 512;

/// More words are a sentence.
const WORDS_MAX: usize = 40;

/// Writes the address.
///
/// Input: a cleaned text; `region` is not needed, but part of every rule of this kind.
/// Errors: `Length`, `Syntax` for a text without a word or without a number.
pub(super) fn canonicalize(text: &str, _region: Country, forms: &mut Forms) -> Result<(), Reason> {
    let text = present(text)?;
    if text.len() > ADDRESS_BYTES_MAX {
        return Err(Reason::Length);
    }
    if address_han::is_han_address(text) {
        return address_han::canonicalize(text, forms);
    }
    push_plain(text, &mut forms.work);
    let mut words = [""; WORDS_MAX];
    let count = split(&forms.work, &mut words)?;
    let words = shortened(&mut words, count);
    check(words)?;
    push_joined(words, &mut forms.exact);
    if forms.folds { write_fold(forms) } else { Ok(()) }
}

/// The words in their short forms, without those that say nothing.
fn shortened<'a, 'b>(words: &'b mut [&'a str; WORDS_MAX], count: usize) -> &'b [&'a str] {
    let mut kept = 0;
    let mut at = 0;
    while at < count {
        let (word, used) = match short_pair(&words[at..count]) {
            Some((short, used)) => (short, used),
            None => (short_form(words[at]), 1),
        };
        at += used;
        if !is_filler(word) {
            words[kept] = word;
            kept += 1;
        }
    }
    without_numbering(words, kept);
    let kept = words.iter().position(|word| word.is_empty()).unwrap_or(WORDS_MAX);
    let mut words = &words[..kept];
    while let Some(len) = is_country(words) {
        words = &words[..words.len() - len];
    }
    words
}

/// Drops `no` and the like in front of a number; what is behind the last word is empty.
fn without_numbering(words: &mut [&str; WORDS_MAX], count: usize) {
    let mut begin = count;
    for at in (0..count).rev() {
        let numbered = begin < count && words[begin].starts_with(|c: char| c.is_ascii_digit());
        if numbered && is_numbering(words[at]) {
            continue;
        }
        begin -= 1;
        words[begin] = words[at];
    }
    words[..count].rotate_left(begin);
    words[count - begin..].fill("");
}

fn check(words: &[&str]) -> Result<(), Reason> {
    let number = words.iter().any(|word| word.bytes().any(|byte| byte.is_ascii_digit()));
    let named = words.iter().any(|word| word.chars().filter(|c| c.is_alphabetic()).count() > 1);
    if number && named { Ok(()) } else { Err(Reason::Syntax) }
}

/// Appends the words, the letter of a house next to its number.
fn push_joined(words: &[&str], out: &mut Vec<u8>) {
    let mut joined = false;
    for (at, word) in words.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| words[before]);
        joined = before.is_some_and(|before| !joined && is_number(before) && is_house_letter(word));
        if at > 0 && !joined {
            out.push(b' ');
        }
        let (stem, ending) = short_ending(word).unwrap_or((word, ""));
        out.extend_from_slice(stem.as_bytes());
        out.extend_from_slice(ending.as_bytes());
    }
}

fn is_number(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a word tells houses of one number apart.
fn is_house_letter(word: &str) -> bool {
    matches!(word, "bis" | "quater") || (word.chars().nth(1).is_none() && word.chars().all(char::is_alphabetic))
}

/// The short form of streets whose type is the end of their name.
const STREET: &str = "str";

/// Writes the reduced words in alphabetical order.
fn write_fold(forms: &mut Forms) -> Result<(), Reason> {
    let Forms { exact, fold, work, .. } = forms;
    let Ok(address) = std::str::from_utf8(exact) else { return Ok(()) };
    work.clear();
    let language = Cyrillic::of(address);
    for word in address.split(' ').filter(|word| !is_flat(word)) {
        let stem = word.strip_suffix(STREET).unwrap_or(word);
        // `Haupt Str.` is the Hauptstr.
        let glued = stem.is_empty() && work.ends_with(' ') && !work.trim_end().ends_with(|c: char| c.is_ascii_digit());
        if glued || (stem.len() < word.len() && !stem.is_empty()) {
            if !glued {
                push_reduced(stem, language, work);
            }
            work.pop();
            work.push_str(STREET);
            work.push(' ');
        } else if word.bytes().any(|byte| byte.is_ascii_digit()) {
            // No name: 11 is not 1.
            work.push_str(word);
            work.push(' ');
        } else {
            push_reduced(word, language, work);
        }
    }
    let mut words = [""; WORDS_MAX];
    let count = split(work, &mut words)?;
    words[..count].sort_unstable();
    join(&words[..count], fold);
    if fold == exact {
        fold.clear();
    }
    Ok(())
}
