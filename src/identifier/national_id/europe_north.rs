//! Northern Europe: the Nordic and the Baltic countries.

use super::super::date::is_birth_date;
use super::super::{Country, Forms, Reason};
use super::checks::{checked, decimal, is_digit_of, is_short_birth_date, luhn_passes, weighted_sum, year_first};
use super::{Number, Rule};

const SE: Country = Country::literal(b"SE");
const NO: Country = Country::literal(b"NO");
const DK: Country = Country::literal(b"DK");
const FI: Country = Country::literal(b"FI");
const IS: Country = Country::literal(b"IS");
const EE: Country = Country::literal(b"EE");
const LV: Country = Country::literal(b"LV");
const LT: Country = Country::literal(b"LT");

pub(super) const RULES: &[Rule] = &[
    Rule {
        country: SE,
        name: "personnummer with its century",
        shapes: &["99999999+9999"],
        canonicalize: personnummer,
        false_accept_rate: 0.000_13,
    },
    Rule {
        country: SE,
        name: "personnummer",
        shapes: &["999999+9999"],
        canonicalize: personnummer_of_10,
        false_accept_rate: 0.0074,
    },
    Rule {
        country: NO,
        name: "fødselsnummer",
        shapes: &["999999 99999"],
        canonicalize: fodselsnummer,
        false_accept_rate: 0.000_5,
    },
    Rule { country: DK, name: "CPR-nummer", shapes: &["999999-9999"], canonicalize: cpr, false_accept_rate: 0.031 },
    Rule {
        country: FI,
        name: "henkilötunnus",
        shapes: &["999999+999*", "999999A999*"],
        canonicalize: hetu,
        false_accept_rate: 0.000_81,
    },
    Rule {
        country: IS,
        name: "kennitala",
        shapes: &["999999-9999"],
        canonicalize: kennitala,
        false_accept_rate: 0.0063,
    },
    Rule {
        country: IS,
        name: "kerfiskennitala",
        shapes: &["999999-9999"],
        canonicalize: kerfiskennitala,
        false_accept_rate: 0.2,
    },
    Rule {
        country: EE,
        name: "isikukood",
        shapes: &["99999999999"],
        canonicalize: isikukood,
        false_accept_rate: 0.001_27,
    },
    Rule {
        country: LT,
        name: "asmens kodas",
        shapes: &["99999999999"],
        canonicalize: asmens_kodas,
        false_accept_rate: 0.001_27,
    },
    Rule {
        country: LV,
        name: "personas kods",
        shapes: &["999999-99999"],
        canonicalize: personas_kods,
        false_accept_rate: 0.000_65,
    },
    Rule {
        country: LV,
        name: "personas kods since 2017",
        shapes: &["999999-99999"],
        canonicalize: personas_kods_of_2017,
        false_accept_rate: 0.08,
    },
];

/// Personal identity number in its form of twelve digits, and the coordination number, whose day has 60 added.
///
/// The fold are the last ten, which are all that many lists have: where the century says that two are of two people, they still meet
/// loosely by it, because nobody knows of a form of ten digits when it was written.
/// The check digit covers the last ten. Source: Folkbokföringslagen (1991:481), §§ 18 and 18 a; Skatteverket, SKV 704, 707.
fn personnummer(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    swedish(digits, forms)
}

fn swedish(digits: &[u8], forms: &mut Forms) -> Result<(), Reason> {
    if &digits[8..11] == b"000" {
        return Err(Reason::Syntax);
    }
    let known = (18..=20).contains(&decimal(&digits[..2]));
    if !known || !is_birth_date(without_coordination(decimal(&digits[..8])), forms.today) {
        return Err(Reason::Date);
    }
    forms.fold.extend_from_slice(&digits[2..]);
    forms.folds_loosely = true;
    checked(digits, luhn_passes(&digits[2..]), forms)
}

/// The birthday in the date of a coordination number.
fn without_coordination(date: u32) -> u32 {
    if date % 100 > 60 { date - 60 } else { date }
}

/// The same number in its form of ten digits, which becomes the one of twelve: the century is the last one in which the day
/// is not in the future. A plus before the last four says that the person is, or this year will be, a hundred years old.
///
/// A number of somebody who was born a hundred years before, and has no plus yet, cannot be told from a child's.
fn personnummer_of_10(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    if number.plus && number.sign != Some(b'+') {
        return Err(Reason::Syntax);
    }
    let short = number.as_bytes();
    let date = decimal(&short[..6]);
    let this_year = forms.today / 10_000;
    let fits = |century: &u32| {
        let day = century * 1_000_000 + without_coordination(date);
        let old = century * 100 + date / 10_000 + 100 <= this_year;
        day <= forms.today && (old || number.sign != Some(b'+'))
    };
    let century = [20, 19, 18].into_iter().find(fits).ok_or(Reason::Date)?;
    let mut digits = [0; 12];
    digits[..2].copy_from_slice(match century {
        20 => b"20",
        19 => b"19",
        _ => b"18",
    });
    digits[2..].copy_from_slice(short);
    swedish(&digits, forms)
}

/// Birth number, and the D-number of those who are not registered as residents, whose day has 40 added.
///
/// The three digits behind the day tell the century. Synthetic people, whose month has 80 added, are nobody. Numbers given
/// from 2032 on will have a first check digit that is not bound so, and no century: this rule will refuse most of them.
/// H-numbers, which hospitals give for themselves, are not accepted: two hospitals give the same.
/// Source: Forskrift til folkeregisterloven, chapter 2; Skatteetaten, the check digits and the test population of Tenor.
fn fodselsnummer(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let check = |sum: u32| (11 - sum % 11) % 11;
    let first = is_digit_of(digits[9], check(weighted_sum(digits, &[3, 7, 6, 1, 8, 9, 4, 5, 2])));
    let passes = first && is_digit_of(digits[10], check(weighted_sum(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2])));
    let (mut day, mut month) = (decimal(&digits[..2]), decimal(&digits[2..4]));
    let synthetic = month > 80;
    day -= if day > 40 { 40 } else { 0 };
    month -= if synthetic { 80 } else { 0 };
    let year = norwegian_year(decimal(&digits[4..6]), decimal(&digits[6..9])).ok_or(Reason::Date)?;
    if !is_birth_date(year * 10_000 + month * 100 + day, forms.today) {
        return Err(Reason::Date);
    }
    if synthetic && passes {
        return Err(Reason::Reserved);
    }
    checked(digits, passes, forms)
}

fn norwegian_year(year: u32, individual: u32) -> Option<u32> {
    match (individual, year) {
        (..=499, _) => Some(1900 + year),
        (500..=749, 54..) => Some(1800 + year),
        (500.., ..=39) => Some(2000 + year),
        (900.., 40..) => Some(1900 + year),
        _ => None,
    }
}

/// Civil registration number of Denmark and Greenland: birthday and four digits, of which the first tells the century.
///
/// Since October 2007 numbers are given that have no check digit, so that none is checked.
/// Source: CPR-kontoret, Personnummeret i CPR-systemet; Personnumre uden kontrolciffer (modulus 11 kontrol).
fn cpr(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let date = year_first(&digits[..6]);
    let century = match (digits[6], date / 10_000) {
        (b'4' | b'9', ..=36) | (b'5'..=b'8', ..=57) => 20,
        (b'5'..=b'8', _) => 18,
        _ => 19,
    };
    if !is_birth_date(century * 1_000_000 + date, forms.today) {
        return Err(Reason::Date);
    }
    checked(digits, true, forms)
}

/// Personal identity code: birthday, sign of the century, three digits and a check character.
///
/// Since 2023 several signs stand for one century, and people differ in the sign alone: it is part of the canonical form. A
/// code without any sign says neither century nor which of two people; the fold of all codes is the form without it.
/// Digits from 900 are given to nobody: they serve tests and for the time that somebody has no code.
/// Source: Valtioneuvoston asetus väestötietojärjestelmästä 128/2010 with 1040/2022; DVV, henkilötunnus.
fn hetu(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    const CHECK: &[u8; 31] = b"0123456789ABCDEFHJKLMNPRSTUVWXY";
    if number.plus && number.sign != Some(b'+') {
        return Err(Reason::Syntax);
    }
    let characters = number.as_bytes();
    let (date, tail) = (&characters[..6], &characters[characters.len() - 4..]);
    let sign = match characters.get(6).filter(|_| characters.len() == 11) {
        Some(letter) => Some(*letter),
        None => number.sign,
    };
    let day = year_first(date);
    let is_day = match sign {
        Some(b'+') => is_birth_date(18_000_000 + day, forms.today),
        Some(b'-' | b'U'..=b'Y') => is_birth_date(19_000_000 + day, forms.today),
        Some(b'A'..=b'F') => is_birth_date(20_000_000 + day, forms.today),
        None => is_short_birth_date(day, forms.today),
        Some(_) => return Err(Reason::Syntax),
    };
    if !is_day {
        return Err(Reason::Date);
    }
    let individual = decimal(&tail[..3]);
    let passes = tail[3] == CHECK[(decimal(date) * 1000 + individual) as usize % CHECK.len()];
    match individual {
        ..=1 => return Err(Reason::Syntax),
        900.. if passes => return Err(Reason::Reserved),
        _ => {}
    }
    if let Some(sign) = sign {
        forms.fold.extend_from_slice(date);
        forms.fold.extend_from_slice(tail);
        forms.exact.extend_from_slice(date);
        forms.exact.push(sign);
        return checked(tail, passes, forms);
    }
    checked(characters, passes, forms)
}

/// Identification number: birthday, two digits, a check digit, and the century. Companies have 40 added to the day.
///
/// Numbers given since 18 February 2026 have no check digit, so that none is checked.
/// Source: Þjóðskrá, um kennitölur; kennitölur án vartölu.
fn kennitala(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let century = match digits[9] {
        b'8' => 18,
        b'9' => 19,
        b'0' => 20,
        _ => return Err(Reason::Syntax),
    };
    if !is_birth_date(century * 1_000_000 + year_first(&digits[..6]), forms.today) {
        return Err(Reason::Date);
    }
    checked(digits, true, forms)
}

/// Number of people who stay for a short time, since 2021: it begins with 8 or 9, and the other digits are random.
///
/// Source: Lög um skráningu einstaklinga 140/2019; Þjóðskrá, um kerfiskennitölur.
fn kerfiskennitala(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if !matches!(digits[0], b'8' | b'9') {
        return Err(Reason::Syntax);
    }
    checked(digits, true, forms)
}

/// Personal code of Estonia: sex and century, birthday, serial number, check digit.
///
/// Source: EVS 585:2007; Rahvastikuregistri seadus, § 38.
fn isikukood(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    baltic(number.as_bytes(), forms)
}

/// Personal code of Lithuania, built like the Estonian one. Those that begin with 9 have no birthday, and are not accepted.
///
/// Source: Lietuvos Respublikos gyventojų registro įstatymas, article 8; Vyriausybės nutarimas 1996 m. Nr. 1109.
fn asmens_kodas(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    baltic(number.as_bytes(), forms)
}

fn baltic(digits: &[u8], forms: &mut Forms) -> Result<(), Reason> {
    if !matches!(digits[0], b'1'..=b'6') {
        return Err(Reason::Syntax);
    }
    let century = 18 + u32::from(digits[0] - b'1') / 2;
    if !is_birth_date(century * 1_000_000 + decimal(&digits[1..7]), forms.today) {
        return Err(Reason::Date);
    }
    let rest = |weights: &[u16; 10]| weighted_sum(digits, weights) % 11;
    let check = match rest(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 1]) {
        10 => rest(&[3, 4, 5, 6, 7, 8, 9, 1, 2, 3]) % 10,
        rest => rest,
    };
    checked(digits, is_digit_of(digits[10], check), forms)
}

/// Personal code of those registered before July 2017: birthday, century, serial number, check digit.
///
/// Source: Iedzīvotāju reģistra likums; European Commission, TIN Algorithms - Public, Latvia.
fn personas_kods(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let century = 18 + u32::from(digits[6] - b'0');
    if century > 20 || !is_birth_date(century * 1_000_000 + year_first(&digits[..6]), forms.today) {
        return Err(Reason::Date);
    }
    let sum = weighted_sum(digits, &[1, 6, 3, 7, 9, 10, 5, 8, 4, 2]);
    checked(digits, is_digit_of(digits[10], (1101 - sum) % 11 % 10), forms)
}

/// Personal code since July 2017: a 3, a digit from 2 to 9, and nine random digits. There is no check digit.
///
/// Source: Fizisko personu reģistra likums, section 12; PMLP.
fn personas_kods_of_2017(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if digits[0] != b'3' || matches!(digits[1], b'0' | b'1') {
        return Err(Reason::Syntax);
    }
    checked(digits, true, forms)
}
