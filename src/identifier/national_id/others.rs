//! Africa, Oceania and the Near East.

use super::super::date::is_birth_date;
use super::super::{Country, Forms, Reason};
use super::checks::{checked, decimal, digit, is_digit_of, is_short_birth_date, luhn_passes, weighted_sum};
use super::{Number, Rule};

const TR: Country = Country::literal(b"TR");
const IL: Country = Country::literal(b"IL");
const AE: Country = Country::literal(b"AE");
const SA: Country = Country::literal(b"SA");
const IR: Country = Country::literal(b"IR");
const ZA: Country = Country::literal(b"ZA");
const EG: Country = Country::literal(b"EG");
const NG: Country = Country::literal(b"NG");
const AU: Country = Country::literal(b"AU");
const NZ: Country = Country::literal(b"NZ");

pub(super) const RULES: &[Rule] = &[
    Rule {
        country: TR,
        name: "identity number",
        shapes: &["99999999999"],
        canonicalize: turkey,
        false_accept_rate: 0.009,
    },
    Rule {
        country: IL,
        name: "identity number",
        shapes: &["99999999-9", "9999999-9", "999999-9", "99999-9", "9999-9"],
        canonicalize: israel,
        false_accept_rate: 0.1,
    },
    Rule {
        country: AE,
        name: "identity number",
        shapes: &["999-9999-9999999-9"],
        canonicalize: emirates,
        false_accept_rate: 0.0001,
    },
    Rule {
        country: SA,
        name: "identity or residence number",
        shapes: &["9999999999"],
        canonicalize: saudi_arabia,
        false_accept_rate: 0.02,
    },
    Rule { country: IR, name: "national code", shapes: &["999-999999-9"], canonicalize: iran, false_accept_rate: 0.1 },
    Rule {
        country: ZA,
        name: "identity number",
        shapes: &["999999 9999 999"],
        canonicalize: south_africa,
        false_accept_rate: 0.0011,
    },
    Rule {
        country: EG,
        name: "national number",
        shapes: &["9 999999 99 99999"],
        canonicalize: egypt,
        false_accept_rate: 0.0013,
    },
    Rule {
        country: NG,
        name: "national identification number",
        shapes: &["9999 999 9999"],
        canonicalize: nigeria,
        false_accept_rate: 0.9,
    },
    Rule {
        country: AU,
        name: "tax file number",
        shapes: &["999 999 999", "99 999 999"],
        canonicalize: australia_taxpayer,
        false_accept_rate: 0.091,
    },
    Rule {
        country: AU,
        name: "Medicare card number",
        shapes: &["9999 99999 9", "9999 99999 9/9"],
        canonicalize: australia_medicare,
        false_accept_rate: 0.045,
    },
    Rule {
        country: NZ,
        name: "inland revenue number",
        shapes: &["999-999-999", "99-999-999"],
        canonicalize: new_zealand,
        false_accept_rate: 0.091,
    },
];

/// Turkey: eleven digits, the last two are check digits. Those of foreigners begin with 99.
///
/// Source: Law 5490 on population services, article 46; General Directorate of Population and Citizenship Affairs. Nine of a
/// thousand pass by chance.
fn turkey(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if number[0] == b'0' {
        return Err(Reason::Syntax);
    }
    // 3 is -7 modulo 10, 9 is -1.
    let first = weighted_sum(number, &[7, 9, 7, 9, 7, 9, 7, 9, 7]) % 10;
    let second = weighted_sum(number, &[1; 10]) % 10;
    checked(number, is_digit_of(number[9], first) && is_digit_of(number[10], second), forms)
}

/// Israel: eight digits and a check digit. Leading zeros are left out as a habit; canonical form: nine digits.
///
/// Source: Population Registry Law 5725-1965; Luhn. One of ten passes by chance.
fn israel(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let mut long = [b'0'; 9];
    long[9 - number.len..].copy_from_slice(number.as_bytes());
    checked(&long, luhn_passes(&long), forms)
}

/// United Arab Emirates: 784, four digits that are most often the year of birth, seven digits, a check digit.
///
/// Source: Federal Authority for Identity and Citizenship (784 is the country in ISO 3166); Luhn.
fn emirates(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !number.starts_with(b"784") {
        return Err(Reason::Syntax);
    }
    checked(number, luhn_passes(number), forms)
}

/// Saudi Arabia: 1 for citizens or 2 for residents, eight digits, a check digit.
///
/// Source: Ministry of Interior; Luhn.
fn saudi_arabia(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !matches!(number[0], b'1' | b'2') {
        return Err(Reason::Syntax);
    }
    checked(number, luhn_passes(number), forms)
}

/// Iran: nine digits and a check digit.
///
/// Source: National Organization for Civil Registration; weights 10 to 2, modulo 11. One of ten passes by chance.
fn iran(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let rest = weighted_sum(number, &[10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11;
    checked(number, is_digit_of(number[9], if rest < 2 { rest } else { 11 - rest }), forms)
}

/// South Africa: YYMMDD, four digits for the sex, the citizenship (0 citizen, 1 resident, 2 refugee), a digit without meaning
/// today, a check digit.
///
/// Source: Identification Act 68 of 1997, section 7; Luhn.
fn south_africa(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if number[10] > b'2' {
        return Err(Reason::Syntax);
    }
    if !is_short_birth_date(decimal(&number[..6]), forms.today) {
        return Err(Reason::Date);
    }
    checked(number, luhn_passes(number), forms)
}

/// Egypt: a digit for the century (2 is 1900), YYMMDD, governorate of birth (88 abroad), four digits, and a last one whose
/// making is not published.
///
/// Source: Civil Status Law 143 of 1994.
fn egypt(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !matches!(number[0], b'2' | b'3') || !matches!(decimal(&number[7..9]), 1..=4 | 11..=19 | 21..=29 | 31..=35 | 88)
    {
        return Err(Reason::Syntax);
    }
    let century = 17_000_000 + digit(number[0]) * 1_000_000;
    if !is_birth_date(century + decimal(&number[1..7]), forms.today) {
        return Err(Reason::Date);
    }
    checked(number, true, forms)
}

/// Nigeria: eleven digits that say nothing; the first is none of 0.
///
/// Source: National Identity Management Commission Act 2007.
fn nigeria(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    if number.as_bytes()[0] == b'0' {
        return Err(Reason::Syntax);
    }
    checked(number.as_bytes(), true, forms)
}

/// Australia, taxpayers: nine digits, or eight of before; the last is a check digit.
///
/// Source: Australian Taxation Office, tax file number validation: modulo 11. One of eleven passes by chance.
fn australia_taxpayer(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let sum = match number.len() {
        9 => weighted_sum(number, &[1, 4, 3, 7, 5, 8, 6, 9, 10]),
        _ => weighted_sum(number, &[10, 7, 8, 4, 6, 3, 5, 1]),
    };
    checked(number, sum.is_multiple_of(11), forms)
}

/// Australia, health cards: eight digits, a check digit, the number of the issue, and the place of a person on the card,
/// whose alias is the card.
///
/// Source: Services Australia, Medicare number validation: the first is 2 to 6, weights 1 3 7 9, modulo 10.
fn australia_medicare(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !matches!(number[0], b'2'..=b'6') || number[9..].contains(&b'0') {
        return Err(Reason::Syntax);
    }
    if number.len() > 10 {
        forms.fold.extend_from_slice(&number[..10]);
    }
    let sum = weighted_sum(number, &[1, 3, 7, 9, 1, 3, 7, 9]);
    checked(number, is_digit_of(number[8], sum % 10), forms)
}

/// New Zealand: seven or eight digits and a check digit. Canonical form: nine digits.
///
/// Source: Inland Revenue, resident withholding tax specification, appendix: weights 3 2 7 6 5 4 3 2, and 7 4 3 2 5 2 7 6 where
/// they give 10, modulo 11; between 10 and 200 million. One of eleven passes by chance.
fn new_zealand(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let mut long = [b'0'; 9];
    long[9 - number.len..].copy_from_slice(number.as_bytes());
    if !(10_000_000..=200_000_000).contains(&decimal(&long)) {
        return Err(Reason::Syntax);
    }
    let check = |weights: &[u16; 8]| (11 - weighted_sum(&long, weights) % 11) % 11;
    let value = match check(&[3, 2, 7, 6, 5, 4, 3, 2]) {
        10 => check(&[7, 4, 3, 2, 5, 2, 7, 6]),
        value => value,
    };
    checked(&long, is_digit_of(long[8], value), forms)
}
