//! The middle of Europe: Germany, Austria and Switzerland.

use super::super::{Country, Forms, Reason};
use super::checks::{
    alphanumeric, also_written, checked, decimal, digit, is_digit_of, is_short_birth_date, mod_11_10, weighted_sum,
    year_first,
};
use super::{Number, Rule};

const DE: Country = Country::literal(b"DE");
const AT: Country = Country::literal(b"AT");
const CH: Country = Country::literal(b"CH");

pub(super) const RULES: &[Rule] = &[
    Rule {
        country: DE,
        name: "steuerliche Identifikationsnummer",
        shapes: &["99 999 999 999"],
        canonicalize: steuer_id,
        false_accept_rate: 0.0033,
    },
    Rule {
        country: DE,
        name: "Rentenversicherungsnummer",
        shapes: &["99 999999 A 99 9"],
        canonicalize: rentenversicherung,
        false_accept_rate: 0.0021,
    },
    Rule {
        country: DE,
        name: "Krankenversichertennummer",
        shapes: &["A999999999"],
        canonicalize: krankenversichert,
        false_accept_rate: 0.1,
    },
    Rule {
        country: DE,
        name: "Seriennummer des Personalausweises mit Prüfziffer",
        shapes: &["A999999999", "A********9"],
        canonicalize: personalausweis,
        false_accept_rate: 0.0385,
    },
    Rule {
        country: DE,
        name: "Seriennummer des Personalausweises",
        shapes: &["A99999999", "A********"],
        canonicalize: personalausweis_without_check,
        false_accept_rate: 0.385,
    },
    Rule {
        country: DE,
        name: "Seriennummer des Personalausweises vor 2010",
        shapes: &["9999999999"],
        canonicalize: personalausweis_of_digits,
        false_accept_rate: 0.1,
    },
    Rule {
        country: AT,
        name: "Sozialversicherungsnummer",
        shapes: &["9999 999999"],
        canonicalize: sozialversicherung,
        false_accept_rate: 0.0038,
    },
    Rule {
        country: CH,
        name: "AHV-Nummer",
        shapes: &["999.9999.9999.99"],
        canonicalize: ahv,
        false_accept_rate: 0.000_1,
    },
    Rule {
        country: CH,
        name: "AHV-Nummer vor 2008",
        shapes: &["999.99.999.999"],
        canonicalize: ahv_of_11,
        false_accept_rate: 0.061,
    },
];

/// Tax identification number: eleven digits without meaning. Of the first ten one occurs twice or three times and no other
/// more than once; three do not stand side by side. Those that begin with a zero are set aside for tests.
///
/// Source: § 139b AO; BZSt, Handbuch der elektronischen Lohnsteuerabzugsmerkmale; ISO/IEC 7064 MOD 11,10.
fn steuer_id(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let payload = &digits[..10];
    // Four bits count each digit; the first of the four stands for all where something is asked of a count.
    const FIRST: u64 = 0x11_1111_1111;
    let counts = payload.iter().fold(0_u64, |counts, byte| counts + (1 << (4 * digit(*byte))));
    let (more_than_once, more_than_thrice) = (counts >> 1 | counts >> 2 | counts >> 3, counts >> 2 | counts >> 3);
    let once = (more_than_once & FIRST).is_power_of_two();
    let beside = || payload.windows(3).any(|three| three[0] == three[1] && three[1] == three[2]);
    if !once || more_than_thrice & FIRST != 0 || (counts & counts >> 1 & FIRST != 0 && beside()) {
        return Err(Reason::Syntax);
    }
    let passes = mod_11_10(payload) == digits[10];
    if passes && digits[0] == b'0' {
        return Err(Reason::Reserved);
    }
    checked(digits, passes, forms)
}

/// Pension insurance number, also called social insurance number: area, birthday, initial of the birth name, serial number
/// and a check digit.
///
/// Source: § 147 SGB VI; VKVV, § 2 and annex; areas as in the joint circular on the DEÜV.
fn rentenversicherung(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let characters = number.as_bytes();
    let area = decimal(&characters[..2]);
    if !matches!(area, 2..=4 | 8..=21 | 23..=26 | 28 | 29 | 38..=40 | 42..=44 | 48..=61 | 63..=66 | 68 | 69 | 78..=82 | 89)
    {
        return Err(Reason::Syntax);
    }
    if !is_short_birth_date(year_first(&characters[2..8]), forms.today) {
        return Err(Reason::Date);
    }
    let mut digits = [0; 12];
    digits[..8].copy_from_slice(&characters[..8]);
    digits[8..10].copy_from_slice(&place_in_alphabet(characters[8]));
    digits[10..].copy_from_slice(&characters[9..11]);
    let check = sum_of_digits(&digits, &[2, 1, 2, 5, 7, 1, 2, 1, 2, 1, 2, 1]) % 10;
    checked(characters, is_digit_of(characters[11], check), forms)
}

/// The two digits of a capital letter: 01 for A.
fn place_in_alphabet(letter: u8) -> [u8; 2] {
    let place = letter.saturating_sub(b'A') % 26 + 1;
    [b'0' + place / 10, b'0' + place % 10]
}

/// The sum of the digits of all products of a digit and its weight.
fn sum_of_digits(digits: &[u8], weights: &[u32]) -> u32 {
    let products = digits.iter().zip(weights).map(|(byte, weight)| digit(*byte) * weight);
    products.map(|product| product / 10 + product % 10).sum()
}

/// The lifelong part of the health insurance number: a letter, eight digits, and a check digit.
///
/// Source: § 290 SGB V; GKV-Spitzenverband, Richtlinie zum Aufbau der Krankenversichertennummer.
fn krankenversichert(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let characters = number.as_bytes();
    let mut digits = [0; 10];
    digits[..2].copy_from_slice(&place_in_alphabet(characters[0]));
    digits[2..].copy_from_slice(&characters[1..9]);
    let check = sum_of_digits(&digits, &[1, 2, 1, 2, 1, 2, 1, 2, 1, 2]) % 10;
    checked(characters, is_digit_of(characters[9], check), forms)
}

/// Number of an identity card with the check digit of its machine-readable zone.
///
/// Since 2010 the first letter is one of those that passports do not begin with, and there are no vowels, nor B, D, Q, S.
/// Source: Personalausweisverordnung, annex; ICAO Doc 9303-3, section 4.9.
fn personalausweis(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let characters = number.as_bytes();
    if !is_card_serial(&characters[..9]) {
        return Err(Reason::Syntax);
    }
    also_written(&characters[..9], forms);
    checked(characters, is_digit_of(characters[9], travel_check(&characters[..9])), forms)
}

/// The number as it is printed on the front, without a check digit: it gets one.
fn personalausweis_without_check(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let serial = number.as_bytes();
    if !is_card_serial(serial) {
        return Err(Reason::Syntax);
    }
    also_written(serial, forms);
    forms.exact.extend_from_slice(serial);
    forms.exact.push(b"0123456789"[travel_check(serial) as usize % 10]);
    Ok(())
}

/// The number of cards until 2010: authority and serial number in digits, and the check digit.
fn personalausweis_of_digits(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    checked(digits, is_digit_of(digits[9], travel_check(&digits[..9])), forms)
}

fn is_card_serial(serial: &[u8]) -> bool {
    let first = matches!(serial[0], b'L'..=b'N' | b'P' | b'R' | b'T' | b'V'..=b'Y');
    let allowed = |byte: &u8| byte.is_ascii_digit() || b"CFGHJKLMNPRTVWXYZ".contains(byte);
    first && serial.iter().all(allowed)
}

/// The check digit of machine-readable travel documents: weights 7, 3, 1.
fn travel_check(characters: &[u8]) -> u32 {
    let weights = [7, 3, 1].into_iter().cycle();
    characters.iter().zip(weights).map(|(byte, weight)| alphanumeric(*byte) * weight).sum::<u32>() % 10
}

/// Social insurance number: serial number, check digit, birthday. The months 13 to 15 continue the numbers of a day on
/// which the serial numbers were used up.
///
/// The century is not part of it.
/// Source: § 31 ASVG; Dachverband der Sozialversicherungsträger, Aufbau der Versicherungsnummer.
fn sozialversicherung(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if digits[0] == b'0' {
        return Err(Reason::Syntax);
    }
    let (day, month) = (decimal(&digits[4..6]), decimal(&digits[6..8]));
    let continued = (13..=15).contains(&month) && (1..=31).contains(&day);
    if !continued && !is_short_birth_date(year_first(&digits[4..]), forms.today) {
        return Err(Reason::Date);
    }
    let sum = weighted_sum(digits, &[3, 7, 9, 0, 5, 8, 4, 2, 1, 6]);
    checked(digits, is_digit_of(digits[3], sum % 11), forms)
}

/// Number of the old-age insurance since 2008: the country 756, nine random digits, and the check digit of EAN-13.
///
/// Source: Art. 50c AHVG, Art. 133 AHVV; ZAS, die AHV-Nummer.
fn ahv(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if !digits.starts_with(b"756") {
        return Err(Reason::Syntax);
    }
    let sum = weighted_sum(digits, &[1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1]);
    checked(digits, sum.is_multiple_of(10), forms)
}

/// The number as it was before: group of the name, year, quarter of the year with the sex and day in it, order, check digit.
/// Each month of a quarter has 31 days.
///
/// Source: BSV, Wegleitung über Versicherungsausweis und individuelles Konto, the structure of the number until 2008.
fn ahv_of_11(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if digits[0] == b'0' || !matches!(digits[5], b'1'..=b'8') {
        return Err(Reason::Syntax);
    }
    if !(1..=93).contains(&decimal(&digits[6..8])) {
        return Err(Reason::Date);
    }
    let sum = weighted_sum(&digits[..10], &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    checked(digits, is_digit_of(digits[10], (11 - sum % 11) % 11), forms)
}
