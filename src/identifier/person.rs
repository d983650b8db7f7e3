//! Names of persons: the part that [`super::name`], [`super::name_dob`] and [`super::name_postcode`] share.
//!
//! **Exact.** A name in an alphabet is its plain words (see [`super::fold`]) without titles, in alphabetical order:
//! which of them is the family name does not matter, nor do case, marks, commas, hyphens and apostrophes. `Müller,
//! Jörg`, `JORG MULLER` and `Herr Dr. Jörg Müller` are one. Particles (von, de la, bin) are words like others; `abd`
//! and `al` in Arabic go with the word behind. A name in Han, kana or Hangul is its characters in the order written,
//! without blanks, dots and titles: this order is the name.
//!
//! **Fold**, of an alphabetic name: the words in Latin, reduced (see [`super::romanize`]), without initials and without
//! Jr, Sr, II, III, if two whole words are left. `Иванов Иван` and `Ivanov Ivan` meet, `Mueller` and `Müller`, `John Q.
//! Public Jr.` and `John Public`. Of a name in Han, kana or Hangul: every character in its one form (see
//! [`super::han`]), Hiragana as Katakana, and of all rotations the first in the order of code points: a family name
//! that was moved from the front to the back, of whatever length, is a rotation.
//!
//! What does not meet: a middle name with its initial; a pet name; `Annamaria` with `Anna Maria`, and so `Minjun` with
//! `Min-jun`; Han characters with Pinyin; Bulgarian щ and ъ with their own romanisation.
//!
//! What the fold costs, in pairs of different names that meet: of 109,846 names made of the common given and family
//! names of twelve countries with Latin letters, 326 of 6.0 billion pairs (5e-8), that is one name in 170 meets
//! another; 1.5e-7 within the United States, 2.3e-6 within Brazil, where Luna and Lunna are two names; 1e-7 in China
//! (杨荣, 荣杨), 3e-6 in Korea, where many given names end in a family name; none of 36,259 names in Russia. They are
//! variants of one name (Terri, Terry; Philip, Phillip; Nicolai, Nicolaj), some of a man's and a woman's (René, Renée),
//! and few that are two (Michael, Michał). A date of birth divides these rates by some 20,000. With the fold, 45 % of
//! Latin names have a second digest, all Cyrillic and Greek ones, and 60 to 90 % of Han ones. `measured_false_merges`
//! holds the rate of names that are as near as names get.

use super::fold::{join, push_plain, split};
use super::han::{is_han, one_form};
use super::refuse::{is_mask_symbol, is_placeholder};
use super::romanize::{Cyrillic, are_reduced, push_reduced};
use super::{Forms, Reason, fold, titles};
use unicode_normalization::UnicodeNormalization;

/// Longer names are sentences.
const NAME_BYTES_MAX: usize = 256;
/// A name of more words is a list of persons.
const NAME_WORDS_MAX: usize = 16;

/// Refuses a part of a record that is masked or stands for nothing.
pub(super) fn present(text: &str) -> Result<&str, Reason> {
    let masked = if text.is_ascii() {
        memchr::memchr(b'*', text.as_bytes()).is_some()
    } else {
        // 某 ("a certain") is what Chinese writers put for the characters of a name they hide.
        text.contains(|c: char| {
            matches!(c, '*' | '某' | '×' | '○' | '◯' | '□') || (c >= '\u{2000}' && is_mask_symbol(c))
        })
    };
    if masked {
        Err(Reason::Masked)
    } else if is_placeholder(text) {
        Err(Reason::Placeholder)
    } else {
        Ok(text)
    }
}

/// Writes the exact form of a name, and its fold where that differs.
///
/// Errors: `Length` for a name of one letter or of more than 16 words, `Syntax` for digits, `Placeholder` for a title
/// alone, `Masked` for letters x in the place of others.
pub(super) fn write(name: &str, forms: &mut Forms) -> Result<(), Reason> {
    if name.len() > NAME_BYTES_MAX {
        return Err(Reason::Length);
    }
    if !name.is_ascii() && name.chars().any(is_ideographic) {
        write_characters(name, forms)
    } else {
        write_words(name, forms)
    }
}

/// Whether a canonical name is whole: two words that are no titles, or characters of a script without spaces.
pub(super) fn is_whole(exact: &str) -> bool {
    if !exact.is_ascii() && exact.chars().any(is_ideographic) {
        return true;
    }
    exact.split(' ').filter(|word| !titles::is_no_name(word)).count() > 1
}

/// Whether a character belongs to a script whose names are written without spaces, family name first.
fn is_ideographic(c: char) -> bool {
    is_han(c)
        || matches!(c, '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{ac00}'..='\u{d7a3}'
            | '\u{1100}'..='\u{11ff}')
}

/// A name has letters, and no digits: those would be read as part of the date, and belong to user names.
fn check_letters(name: &str) -> Result<(), Reason> {
    let (mut letters, mut digits) = (false, false);
    for c in name.chars() {
        letters |= c.is_alphabetic();
        digits |= c.is_numeric() && !is_han(c);
    }
    if letters && !digits { Ok(()) } else { Err(Reason::Syntax) }
}

/// The same for a text whose characters beyond ASCII are letters.
fn check_common_letters(name: &str) -> Result<(), Reason> {
    let (mut letters, mut digits) = (false, false);
    for byte in name.bytes() {
        letters |= byte.is_ascii_alphabetic() || !byte.is_ascii();
        digits |= byte.is_ascii_digit();
    }
    if letters && !digits { Ok(()) } else { Err(Reason::Syntax) }
}

fn write_words(name: &str, forms: &mut Forms) -> Result<(), Reason> {
    let mut words = [""; NAME_WORDS_MAX];
    let count = if name.is_ascii() && memchr::memchr2(b'\'', b'`', name.as_bytes()).is_none() {
        forms.work.push_str(name);
        forms.work.make_ascii_lowercase();
        split_ascii(&forms.work, &mut words)?
    } else {
        if push_plain(titles::without_prefix(name), &mut forms.work) {
            check_common_letters(&forms.work)?;
        } else {
            check_letters(&forms.work)?;
        }
        if !forms.work.is_ascii() {
            PARTICLES.iter().for_each(|particle| join_particle(particle, &mut forms.work));
        }
        split(&forms.work, &mut words)?
    };
    let words = &mut words[..count];
    words.sort_unstable();
    let count = titles::drop_titles(words);
    let words = &words[..count];
    check_words(words)?;
    join(words, &mut forms.exact);
    let is_fold = are_reduced(&forms.exact) && !words.iter().any(|word| is_extra(word));
    if forms.folds && !is_fold { write_fold(forms) } else { Ok(()) }
}

/// Splits a name in ASCII, small letters, into its words.
///
/// Errors: `Syntax` for a digit or no letter; `Length`.
fn split_ascii<'a>(name: &'a str, words: &mut [&'a str; NAME_WORDS_MAX]) -> Result<usize, Reason> {
    let bytes = name.as_bytes();
    let (mut count, mut at) = (0, 0);
    while at < bytes.len() {
        let begin = at;
        while at < bytes.len() && bytes[at].is_ascii_lowercase() {
            at += 1;
        }
        if begin < at {
            *words.get_mut(count).ok_or(Reason::Length)? = &name[begin..at];
            count += 1;
        }
        if at < bytes.len() && bytes[at].is_ascii_digit() {
            return Err(Reason::Syntax);
        }
        at += 1;
    }
    if count > 0 { Ok(count) } else { Err(Reason::Syntax) }
}

/// Arabic words that are written as one with the next as often as not: Abd, al.
const PARTICLES: [&str; 2] = ["عبد", "ال"];

/// Joins a particle with the word behind it, or before it if it comes last.
fn join_particle(particle: &str, plain: &mut String) {
    let mut from = 0;
    while let Some(at) = plain[from..].find(particle) {
        let (begin, end) = (from + at, from + at + particle.len());
        from = end;
        let alone = plain[..begin].ends_with([' ']) || begin == 0;
        if alone && plain[end..].starts_with(' ') && !plain[end..].trim_start().is_empty() {
            while plain[end..].starts_with(' ') {
                plain.remove(end);
            }
        } else if alone && plain[end..].trim_start().is_empty() {
            let before = plain[..begin].trim_end().len();
            plain.drain(before..begin);
            return;
        }
    }
}

fn check_words(words: &[&str]) -> Result<(), Reason> {
    if words.iter().any(|word| word.starts_with("xxx") && word.bytes().all(|byte| byte == b'x')) {
        Err(Reason::Masked)
    } else if words.iter().all(|word| is_initial(word)) {
        Err(if words.is_empty() { Reason::Placeholder } else { Reason::Length })
    } else if words.len() == 1 && titles::is_title(words[0]) {
        Err(Reason::Placeholder)
    } else {
        Ok(())
    }
}

/// Whether a word is one letter.
fn is_initial(word: &str) -> bool {
    word.len() < 2 || (word.len() <= 4 && word.chars().nth(1).is_none())
}

/// Whether a word of the exact form is missing in the fold, if enough others are left.
fn is_extra(word: &str) -> bool {
    is_initial(word) || titles::is_generation(word)
}

/// Writes the fold of the words in `exact`, if it differs.
fn write_fold(forms: &mut Forms) -> Result<(), Reason> {
    let Forms { exact, fold, work, .. } = forms;
    let Ok(name) = std::str::from_utf8(exact) else { return Ok(()) };
    work.clear();
    let language = Cyrillic::of(name);
    let mut words = [""; NAME_WORDS_MAX];
    let count = split(name, &mut words)?;
    let words = &words[..count];
    let drops = words.iter().filter(|word| !is_extra(word)).count() > 1;
    words.iter().filter(|word| !drops || !is_extra(word)).for_each(|word| push_reduced(word, language, work));
    let mut words = [""; NAME_WORDS_MAX];
    let count = split(work, &mut words)?;
    words[..count].sort_unstable();
    join(&words[..count], fold);
    if fold == exact {
        fold.clear();
    }
    Ok(())
}

/// Writes the characters of a name as they stand, and rotated as the fold.
fn write_characters(name: &str, forms: &mut Forms) -> Result<(), Reason> {
    let work = &mut forms.work;
    let name = titles::without_spaced_suffix(name);
    if !name.chars().all(|c| push_common_character(c, work)) {
        work.clear();
        let letters = name.chars().filter(|c| fold::is_letter(*c)).flat_map(char::to_lowercase);
        // Where marks are among the letters, they may have come to follow others.
        work.extend(letters.nfkc());
        check_letters(work)?;
    }
    let name = titles::without_suffix(work);
    check_characters(name)?;
    forms.exact.extend_from_slice(name.as_bytes());
    if forms.folds {
        push_rotated(name, &mut forms.fold);
    }
    if forms.fold == forms.exact {
        forms.fold.clear();
    }
    Ok(())
}

/// Appends one of the letters that nearly all of these names are written in, and leaves blanks and dots out; false for
/// all else.
fn push_common_character(c: char, out: &mut String) -> bool {
    match c {
        '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{3041}'..='\u{3096}'
        | '\u{30a1}'..='\u{30fa}'
        | 'ー' => {
            out.push(c);
            true
        }
        ' ' | ',' | '.' | '·' | '・' => true,
        _ => false,
    }
}

/// A name of one character is half of one; Latin x and o stand for what is hidden: 张XX, 김O수.
fn check_characters(name: &str) -> Result<(), Reason> {
    let latin = || name.bytes().filter(u8::is_ascii_alphabetic);
    if latin().next().is_some() && latin().all(|byte| matches!(byte, b'x' | b'o')) {
        return Err(Reason::Masked);
    }
    if is_initial(name) { Err(Reason::Length) } else { Ok(()) }
}

/// Longest name whose characters are rotated; a longer one has no fold.
const ROTATED_LEN_MAX: usize = 32;

/// Appends the first of all rotations of a name, with every character in its one form.
fn push_rotated(name: &str, out: &mut Vec<u8>) {
    let mut characters = ['\0'; ROTATED_LEN_MAX];
    let mut count = 0;
    for c in name.chars() {
        let Some(place) = characters.get_mut(count) else { return };
        *place = spelling(c);
        count += 1;
    }
    let characters = &characters[..count];
    let rotated = |by: usize| characters[by..].iter().chain(&characters[..by]);
    let first = (1..count).fold(0, |first, by| if rotated(by).lt(rotated(first)) { by } else { first });
    let mut utf8 = [0; 4];
    rotated(first).for_each(|c| out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes()));
}

/// The one form of a Han character, and Katakana for Hiragana.
fn spelling(c: char) -> char {
    match c {
        '\u{3041}'..='\u{3096}' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        _ => one_form(c),
    }
}
