//! Western Europe: the United Kingdom, Ireland, France, the Netherlands, Belgium and Luxembourg.

use super::super::date::is_birth_date;
use super::super::{Country, Forms, Reason};
use super::checks::{also_written, checked, decimal, is_digit_of, luhn_passes, verhoeff_passes, weighted_sum};
use super::{Number, Rule};

const GB: Country = Country::literal(b"GB");
const IE: Country = Country::literal(b"IE");
const FR: Country = Country::literal(b"FR");
const NL: Country = Country::literal(b"NL");
const BE: Country = Country::literal(b"BE");
const LU: Country = Country::literal(b"LU");

pub(super) const RULES: &[Rule] = &[
    Rule {
        country: GB,
        name: "national insurance number",
        shapes: &["AA 99 99 99 A"],
        canonicalize: nino,
        false_accept_rate: 0.085,
    },
    Rule {
        country: GB,
        name: "national insurance number without its suffix",
        shapes: &["AA 99 99 99"],
        canonicalize: nino,
        false_accept_rate: 0.55,
    },
    Rule { country: GB, name: "NHS number", shapes: &["999 999 9999"], canonicalize: nhs, false_accept_rate: 0.091 },
    Rule {
        country: IE,
        name: "personal public service number",
        shapes: &["9999999A", "9999999AA"],
        canonicalize: ppsn,
        false_accept_rate: 0.0385,
    },
    Rule {
        country: FR,
        name: "numéro d'inscription au répertoire",
        shapes: &["9 99 99 99 999 999 99", "9 99 99 9A 999 999 99"],
        canonicalize: nir,
        false_accept_rate: 0.0045,
    },
    Rule {
        country: FR,
        name: "numéro fiscal de référence",
        shapes: &["99 99 999 999 999"],
        canonicalize: spi,
        false_accept_rate: 0.0004,
    },
    Rule {
        country: FR,
        name: "numéro d'inscription au répertoire sans clé",
        shapes: &["9 99 99 99 999 999", "9 99 99 9A 999 999"],
        canonicalize: nir_without_key,
        false_accept_rate: 0.45,
    },
    Rule {
        country: NL,
        name: "burgerservicenummer",
        shapes: &["9999.99.999"],
        canonicalize: bsn,
        false_accept_rate: 0.091,
    },
    Rule {
        country: BE,
        name: "rijksregisternummer",
        shapes: &["99.99.99-999.99"],
        canonicalize: rijksregister,
        false_accept_rate: 0.001_56,
    },
    Rule {
        country: LU,
        name: "matricule",
        shapes: &["9999 99 99 999 99"],
        canonicalize: matricule,
        false_accept_rate: 0.000_004,
    },
    Rule {
        country: LU,
        name: "matricule of before 2014",
        shapes: &["9999 99 99 999"],
        canonicalize: matricule_of_11,
        false_accept_rate: 0.000_2,
    },
];

/// National insurance number: two letters, six digits, and a letter A to D that belongs to the number but is not needed to
/// tell it from others. There is no check digit, and nothing tells a number from one that was never given.
///
/// The fold is the number without its suffix, as many lists write it.
/// Source: HMRC, National Insurance Manual, NIM39110.
fn nino(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let nino = number.as_bytes();
    let suffix = nino.get(8).is_none_or(|suffix| matches!(suffix, b'A'..=b'D'));
    if !suffix || !is_nino_prefix([nino[0], nino[1]]) {
        return Err(Reason::Syntax);
    }
    forms.exact.extend_from_slice(nino);
    forms.fold.extend_from_slice(if nino.len() > 8 { &nino[..8] } else { &[] });
    Ok(())
}

fn is_nino_prefix(letters: [u8; 2]) -> bool {
    let unused = letters.iter().any(|letter| matches!(letter, b'D' | b'F' | b'I' | b'Q' | b'U' | b'V'));
    !unused && letters[1] != b'O' && !matches!(&letters, b"BG" | b"GB" | b"KN" | b"NK" | b"NT" | b"TN" | b"ZZ")
}

/// NHS number of England, Wales and the Isle of Man, and the CHI and H&C numbers of Scotland and Northern Ireland, which
/// share it. Numbers that begin with 999 are set aside for tests.
///
/// Source: NHS Data Model and Dictionary, NHS NUMBER.
fn nhs(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let nhs = number.as_bytes();
    let sum = weighted_sum(&nhs[..9], &[10, 9, 8, 7, 6, 5, 4, 3, 2]);
    let passes = is_digit_of(nhs[9], (11 - sum % 11) % 11);
    if passes && nhs.starts_with(b"999") {
        return Err(Reason::Reserved);
    }
    checked(nhs, passes, forms)
}

/// Personal public service number: seven digits, a check letter, since 2013 a second letter that the check letter counts.
///
/// A second letter W is the one of a wife that had her husband's number: another person, whose letter many lists leave out. The
/// fold is the number without it, by which both meet loosely. T and X mark a second employment of one person and are left out;
/// T is also a letter of the new numbers, which the check letter then tells.
/// Source: Department of Social Protection, SW 102 and the technical specification of the check character of 2013.
fn ppsn(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    const LETTERS: &[u8; 23] = b"WABCDEFGHIJKLMNOPQRSTUV";
    let ppsn = number.as_bytes();
    let sum = weighted_sum(&ppsn[..7], &[8, 7, 6, 5, 4, 3, 2]);
    let passes = |second: u32| LETTERS[(sum + 9 * second) as usize % LETTERS.len()] == ppsn[7];
    match ppsn.get(8) {
        None => {
            forms.folds_loosely = true;
            checked(ppsn, passes(0), forms)
        }
        Some(b'W') => {
            forms.fold.extend_from_slice(&ppsn[..8]);
            forms.folds_loosely = true;
            checked(ppsn, passes(0), forms)
        }
        Some(b'T') if passes(0) => checked(&ppsn[..8], true, forms),
        Some(b'X') => checked(&ppsn[..8], passes(0), forms),
        Some(second @ b'A'..=b'V') => checked(ppsn, passes(u32::from(second - b'A') + 1), forms),
        Some(_) => Err(Reason::Syntax),
    }
}

/// Number in the national register of persons, which the health insurance uses: sex, year, month, department, commune,
/// rank, and a key of two digits.
///
/// Sex 3, 4, 7 and 8 are those of people whose registration is not finished; months from 20 stand for unknown ones; the
/// departments reach from 01 to 99, with 2A and 2B for Corsica, 97 and 98 overseas, 99 abroad. Which communes there were is
/// not checked.
/// Source: INSEE, décret 82-103 of 22 January 1982; arrêté of 1 April 1988 for the key.
fn nir(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let nir = number.as_bytes();
    let key = nir_key(&nir[..13])?;
    also_written(&nir[..13], forms);
    checked(nir, decimal(&nir[13..]) == key, forms)
}

/// The same number as the health insurance asks for it, without its key: it gets one.
fn nir_without_key(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let nir = number.as_bytes();
    let key = nir_key(nir)?;
    also_written(nir, forms);
    forms.exact.extend_from_slice(nir);
    forms.exact.extend([key / 10, key % 10].map(|digit| b"0123456789"[digit as usize % 10]));
    Ok(())
}

fn nir_key(nir: &[u8]) -> Result<u32, Reason> {
    let mut digits: [u8; 13] = nir.try_into().map_err(|_| Reason::Length)?;
    let corsica = match digits[6] {
        b'A' => Some(b'9'),
        b'B' => Some(b'8'),
        _ => None,
    };
    if let Some(digit) = corsica {
        if digits[5] != b'2' {
            return Err(Reason::Syntax);
        }
        (digits[5], digits[6]) = (b'1', digit);
    }
    let written = digits.iter().all(u8::is_ascii_digit) && matches!(digits[0], b'1'..=b'4' | b'7' | b'8');
    let part = |from: usize, to: usize| decimal(&digits[from..to]);
    if !written || part(5, 7) == 0 || part(7, 10) == 0 || part(10, 13) == 0 {
        return Err(Reason::Syntax);
    }
    if !matches!(part(3, 5), 1..=12 | 20 | 30..=42 | 50..=99) {
        return Err(Reason::Date);
    }
    let number = u64::from(decimal(&digits[..9])) * 10_000 + u64::from(decimal(&digits[9..]));
    Ok(97 - (number % 97) as u32)
}

/// Number of a taxpayer: ten digits, the first at most 3, and their remainder after division by 511.
///
/// Source: European Commission, TIN Algorithms - Public, France.
fn spi(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let spi = number.as_bytes();
    let rest = (decimal(&spi[..9]) % 511 * 10 + decimal(&spi[9..10])) % 511;
    // Nothing is left for `--lenient`: a number of these digits is taken as one of the register without its key.
    if spi[0] > b'3' || decimal(&spi[10..]) != rest {
        return Err(Reason::Syntax);
    }
    checked(spi, true, forms)
}

/// Citizen service number, before 2007 the sofinummer, whose leading zero is often missing.
///
/// Source: Wet algemene bepalingen burgerservicenummer; RvIG, Logisch Ontwerp BSN: the eleven test.
fn bsn(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let bsn = number.as_bytes();
    checked(bsn, weighted_sum(bsn, &[9, 8, 7, 6, 5, 4, 3, 2, 10]).is_multiple_of(11), forms)
}

/// Number in the national register, and the bis number of those who are not in it: birthday, number of the day, and 97 less
/// the remainder of both, with a 2 before it for those born since 2000.
///
/// Bis numbers have a month with 20 added, or 40 where the sex is known. Month and day are zero where they are not known;
/// where the numbers of a day are used up, the day counts on.
/// Source: Koninklijk besluit of 3 April 1984, and of 25 November 1997; KSZ, bisregister.
fn rijksregister(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let (payload, check) = (decimal(&digits[..9]), decimal(&digits[9..]));
    if matches!(payload % 1000, 0 | 999) {
        return Err(Reason::Syntax);
    }
    let date = payload / 1000;
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let is_of = |century: u32| {
        let (year, month) = (century * 100 + year, month % 20);
        let unknown = (month == 0 || day == 0) && month <= 12 && day <= 31 && year <= forms.today / 10_000;
        unknown || is_birth_date(year * 10_000 + month * 100 + day, forms.today)
    };
    let of_2000 = (2_000_000_000_u64 + u64::from(payload)) % 97;
    // The check digits tell the century: the date needs to be looked at in one only.
    let passes = (97 - payload % 97 == check && is_of(19)) || (97 - of_2000 as u32 == check && is_of(20));
    if month > 52 || (!passes && !is_of(19) && !is_of(20)) {
        return Err(Reason::Date);
    }
    checked(digits, passes, forms)
}

/// Number of a natural person since 2014: birthday, three digits, and two check digits over the rest, each for itself.
///
/// Month and day are zero where they are not known.
/// Source: Règlement grand-ducal of 28 November 2013.
fn matricule(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if !is_matricule_date(&digits[..8], forms.today) {
        return Err(Reason::Date);
    }
    let mut second = [0; 12];
    second[..11].copy_from_slice(&digits[..11]);
    second[11] = digits[12];
    checked(digits, luhn_passes(&digits[..12]) && verhoeff_passes(&second), forms)
}

/// The number as it was before: birthday, two digits, one check digit in one of three ways, as numbers ran out.
///
/// Source: Règlement grand-ducal of 21 December 1987.
fn matricule_of_11(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if !is_matricule_date(&digits[..8], forms.today) {
        return Err(Reason::Date);
    }
    let sum = weighted_sum(digits, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1]);
    checked(digits, sum % 11 <= 2, forms)
}

fn is_matricule_date(date: &[u8], today: u32) -> bool {
    let date = decimal(date);
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let unknown = (month == 0 || day == 0) && month <= 12 && day <= 31 && (1850..=today / 10_000).contains(&year);
    unknown || is_birth_date(date, today)
}
