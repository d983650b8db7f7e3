//! A name together with a date of birth; neither is an identifier alone.
//!
//! Canonical: the name (see [`super::person`]), then the date as eight digits; the date's fixed width separates the
//! two. The fold is the fold of the name, with the same date. How dates are read is said in [`super::date`].
//!
//! The date comes last in one text (`John Doe 1990-01-06`), or behind the last [`NAME_DOB_SEPARATOR`] where columns
//! were joined. In one text the longest end that is a date is the date.

use super::clean::{clean, clean_text, strip_guards};
use super::date::{self, DATE_BYTES_MAX};
use super::date_order::Order;
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

/// Whether a text begins with a number, or with a word that a date can begin with: a month, a day of the week, the
/// letter of an era.
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use unicode_normalization::UnicodeNormalization;

    use super::super::vectors::Random;
    use super::super::{Canonicalizer, Kind, KindSpec};
    use super::*;

    /// A person: given and family name, and other spellings of both that a looser form has to know.
    type Person = (&'static str, &'static str, &'static [(&'static str, &'static str)]);

    const LATIN: &[Person] = &[
        ("Jörg", "Müller", &[("Joerg", "Mueller"), ("Jorg", "Muller")]),
        ("Anna-Maria", "Groß", &[("Anna Maria", "Gross"), ("Ana Maria", "Gros")]),
        ("Łukasz", "Wójcik", &[("Lukasz", "Wojcik")]),
        ("Seán", "O'Brien", &[("Sean", "O’Brien"), ("Sean", "OBrien")]),
        ("Søren", "Ågård", &[("Soeren", "Aagaard")]),
        ("İbrahim", "Yıldız", &[("Ibrahim", "Yildiz"), ("IBRAHIM", "YILDIZ")]),
        ("Đức", "Nguyễn", &[("Duc", "Nguyen")]),
        ("Иван", "Щукин", &[("Ivan", "Shchukin")]),
        ("Юлия", "Королёва", &[("Iuliia", "Koroleva"), ("Yulia", "Королева"), ("Julia", "Koroleva")]),
        ("Γιώργος", "Παπαδόπουλος", &[("Giorgos", "Papadopoulos"), ("ΓΙΩΡΓΟΣ", "ΠΑΠΑΔΟΠΟΥΛΟΣ")]),
        ("فاطمة", "أحمد", &[("فاطمه", "احمد")]),
        ("José", "García López", &[("Jose", "Garcia-Lopez")]),
    ];
    const HAN: &[Person] = &[
        ("小明", "歐陽", &[("小明", "欧阳")]),
        ("國華", "葉", &[("国华", "叶")]),
        ("桜子", "渡邊", &[("櫻子", "渡辺")]),
        ("길동", "홍", &[]),
        ("たろう", "やまだ", &[("タロウ", "ヤマダ")]),
    ];
    const TITLES: [&str; 8] = ["", "Mr. ", "Dr ", "Herr Dr. ", "Mme ", "Sra. ", "Prof. ", "Sayın "];

    /// One day in the forms that no order is needed for, or day first.
    fn dates(y: usize, m: usize, d: usize) -> Vec<String> {
        const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let month = MONTHS[m - 1];
        let wide =
            |text: String| text.chars().map(|c| if c.is_ascii_digit() { wide(c) } else { c }).collect::<String>();
        vec![
            format!("{y}-{m:02}-{d:02}"),
            format!("{y}/{m}/{d}"),
            format!("{y}{m:02}{d:02}"),
            format!("{d:02}.{m:02}.{y}"),
            format!("{d}/{m}/{y}"),
            format!("{d} {month} {y}"),
            format!("{month} {d}, {y}"),
            format!("{y}年{m}月{d}日"),
            format!("民國{}年{m}月{d}日", y - 1911),
            format!("{}-{m:02}-{d:02}", y + 543),
            format!("{y}-{m:02}-{d:02} 00:00:00"),
            wide(format!("{y}-{m:02}-{d:02}")),
        ]
    }

    fn wide(c: char) -> char {
        char::from_u32(u32::from(c) + 0xfee0).unwrap()
    }

    /// A name in every order and form that leaves its exact form.
    fn spellings(given: &str, family: &str, han: bool) -> Vec<String> {
        if han {
            return vec![format!("{family}{given}"), format!("{family} {given}"), format!("{family}\u{1f}{given}")];
        }
        let mut all = vec![
            format!("{given} {family}"),
            format!("{family}, {given}"),
            format!("{family}\u{1f}{given}"),
            format!("{given}\u{1f}{family}"),
            format!("  {given}  {family} ").to_lowercase(),
            format!("{given} {family}").nfd().collect(),
            format!("\u{202a}{given}\u{200b} {family}\u{202c}"),
        ];
        all.extend(TITLES.iter().map(|title| format!("{title}{given} {family}")));
        all
    }

    struct Got {
        exact: Vec<u8>,
        fold: Vec<u8>,
    }

    fn canonical(canonicalizer: &mut Canonicalizer, raw: &str) -> Got {
        let got = canonicalizer.canonicalize(KindSpec::new(Kind::NameDob), Country::NONE, raw.as_bytes());
        let got = got.unwrap_or_else(|reason| panic!("{raw:?}: {reason:?}"));
        Got { exact: got.exact.to_vec(), fold: got.fold.unwrap_or(got.exact).to_vec() }
    }

    /// Every way to write a person has the same exact form; every spelling of the name has the same fold.
    #[test]
    fn ways_to_write_a_person_meet() {
        let (mut canonicalizer, mut random) = (Canonicalizer::new(), Random(0x1eaf));
        let mut folds: HashMap<Vec<u8>, usize> = HashMap::new();
        let persons = LATIN.iter().map(|person| (person, false)).chain(HAN.iter().map(|person| (person, true)));
        for (number, ((given, family, others), han)) in persons.enumerate() {
            // Day and month differ, and no date is one that needs an order.
            let (y, m, d) = (1930 + random.below(70), 1 + random.below(12), 13 + random.below(15));
            let want = canonical(&mut canonicalizer, &format!("{family} {given} {y}-{m:02}-{d:02}"));
            for name in spellings(given, family, han) {
                for date in dates(y, m, d) {
                    for raw in [format!("{name}\u{1f}{date}"), format!("{name} {date}").replace('\u{1f}', " ")] {
                        assert_eq!(canonical(&mut canonicalizer, &raw).exact, want.exact, "{raw}");
                    }
                }
            }
            for (given, family) in *others {
                for name in spellings(given, family, han) {
                    let got = canonical(&mut canonicalizer, &format!("{name}\u{1f}{y}-{m:02}-{d:02}"));
                    assert_eq!(got.fold, want.fold, "{name}");
                }
            }
            assert_eq!(folds.insert(want.fold[..want.fold.len() - 8].to_vec(), number), None, "{family}");
        }
    }

    /// Names of two to three syllables, which are as near to one another as names get: what the fold costs.
    #[test]
    fn measured_false_merges() {
        const ONSETS: [&str; 20] =
            ["b", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "sch", "t", "v", "w", "y", "z"];
        const RIMES: [&str; 20] = [
            "a", "aa", "ae", "ai", "an", "ann", "ar", "e", "el", "ell", "er", "i", "ie", "in", "o", "oe", "on", "u",
            "ue", "ya",
        ];
        const NAMES: usize = 40_000;
        let (mut canonicalizer, mut random) = (Canonicalizer::new(), Random(0x1eaf));
        let mut folds: HashMap<Vec<u8>, Vec<Vec<u8>>> = HashMap::new();
        for _ in 0..NAMES {
            let mut word = || {
                (0..2 + random.below(2)).map(|_| [ONSETS[random.below(20)], RIMES[random.below(20)]].concat()).collect()
            };
            let (given, family): (String, String) = (word(), word());
            let got = canonical(&mut canonicalizer, &format!("{given} {family}\u{1f}1990-06-13"));
            let exacts = folds.entry(got.fold).or_default();
            if !exacts.contains(&got.exact) {
                exacts.push(got.exact);
            }
        }
        let names: usize = folds.values().map(Vec::len).sum();
        let merged: usize = folds.values().map(|exacts| exacts.len() * (exacts.len() - 1) / 2).sum();
        let rate = merged as f64 / (names * (names - 1) / 2) as f64;
        assert!(rate < 1e-7, "{merged} pairs of {names} names meet: {rate:e}");
    }
}
