//! Southern Europe: Spain, Portugal, Italy, Greece, Malta, Cyprus, and the countries that were Yugoslavia.

use super::super::date::is_birth_date;
use super::super::{Country, Forms, Reason};
use super::checks::{
    alphanumeric, also_written, checked, decimal, digit, is_digit_of, is_short_birth_date, luhn_passes, mod_11_10,
    weighted_sum, year_first,
};
use super::{Number, Rule};

const ES: Country = Country::literal(b"ES");
const PT: Country = Country::literal(b"PT");
const IT: Country = Country::literal(b"IT");
const GR: Country = Country::literal(b"GR");
const MT: Country = Country::literal(b"MT");
const CY: Country = Country::literal(b"CY");
const HR: Country = Country::literal(b"HR");

pub(super) const RULES: &[Rule] = &[
    Rule {
        country: ES,
        name: "documento nacional de identidad",
        shapes: &["99.999.999-A", "9.999.999-A"],
        canonicalize: dni,
        false_accept_rate: 0.0385,
    },
    Rule {
        country: ES,
        name: "número de identidad de extranjero",
        shapes: &["A-9999999-A", "*-09999999-A"],
        canonicalize: nie,
        false_accept_rate: 0.009,
    },
    Rule {
        country: ES,
        name: "documento nacional de identidad sin letra o sin ceros",
        shapes: &["99.999.999", "A-9999999", "999.999-A", "99.999-A"],
        canonicalize: without_letter,
        false_accept_rate: 1.0,
    },
    Rule {
        country: PT,
        name: "número de identificação fiscal",
        shapes: &["999 999 999"],
        canonicalize: nif,
        false_accept_rate: 0.031,
    },
    Rule {
        country: PT,
        name: "número de documento do cartão de cidadão",
        shapes: &["99999999 9 **9", "9999999 9 **9", "99999999 9 AA9"],
        canonicalize: cartao,
        false_accept_rate: 0.01,
    },
    Rule {
        country: PT,
        name: "número de identificação civil",
        shapes: &["99999999", "9999999"],
        canonicalize: identificacao_civil,
        false_accept_rate: 1.0,
    },
    Rule {
        country: IT,
        name: "codice fiscale",
        shapes: &["AAA AAA 99A99 A999A", "AAA AAA **A** A***A"],
        canonicalize: codice_fiscale,
        false_accept_rate: 0.0028,
    },
    Rule { country: GR, name: "AMKA", shapes: &["999999 99999"], canonicalize: amka, false_accept_rate: 0.0037 },
    Rule { country: GR, name: "AFM", shapes: &["999999999"], canonicalize: afm, false_accept_rate: 0.1 },
    Rule {
        country: MT,
        name: "identity card number",
        shapes: &["9999999A", "999999A", "99999A", "9999A"],
        canonicalize: maltese_card,
        false_accept_rate: 0.31,
    },
    Rule {
        country: CY,
        name: "tax identification code",
        shapes: &["99999999A"],
        canonicalize: cypriot_tax,
        false_accept_rate: 0.0077,
    },
    Rule { country: HR, name: "OIB", shapes: &["99999999999"], canonicalize: oib, false_accept_rate: 0.1 },
    born_in_yugoslavia(HR),
    born_in_yugoslavia(Country::literal(b"RS")),
    born_in_yugoslavia(Country::literal(b"SI")),
    born_in_yugoslavia(Country::literal(b"BA")),
    born_in_yugoslavia(Country::literal(b"MK")),
    born_in_yugoslavia(Country::literal(b"ME")),
];

/// National identity document: eight digits and a letter. A leading zero may be missing.
///
/// Source: Real Decreto 1553/2005, article 11; Ministerio del Interior, cálculo del dígito de control del NIF/NIE.
fn dni(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let (letter, digits) = number.as_bytes().split_last().ok_or(Reason::Length)?;
    let mut dni = [b'0'; 9];
    dni[8 - digits.len()..8].copy_from_slice(digits);
    dni[8] = *letter;
    also_written(&dni[..8], forms);
    checked(&dni, *letter == spanish_letter(&dni[..8]), forms)
}

/// Identity number of foreigners: X, Y or Z, seven digits and a letter; K, L and M for those who have neither document. Until 2008
/// an X had a zero behind it, which is left out.
///
/// Source: Orden INT/2058/2008; Real Decreto 1065/2007, articles 19 and 20.
fn nie(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let (number, mut nie) = (number.as_bytes(), [0; 9]);
    let old = number.len() == 10;
    if old && !number.starts_with(b"X0") {
        return Err(Reason::Length);
    }
    if !matches!(number[0], b'K'..=b'M' | b'X'..=b'Z') {
        return Err(Reason::Syntax);
    }
    nie[0] = number[0];
    nie[1..].copy_from_slice(&number[if old { 2 } else { 1 }..]);
    also_written(&nie[..8], forms);
    checked(&nie, nie[8] == spanish_letter(&nie[..8]), forms)
}

/// Either number without its letter: it gets one. Nothing tells such a number from any other of eight digits. Or with its letter,
/// and so many zeros lost that it is too short to be told from other numbers.
fn without_letter(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if number.len < 8 {
        return dni(number, forms);
    }
    if !matches!(digits[0], b'0'..=b'9' | b'X'..=b'Z') {
        return Err(Reason::Syntax);
    }
    also_written(digits, forms);
    forms.exact.extend_from_slice(digits);
    forms.exact.push(spanish_letter(digits));
    Ok(())
}

/// The letter of a number of which X, Y and Z count as 0, 1 and 2 in front, and other letters not at all.
fn spanish_letter(number: &[u8]) -> u8 {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let first = match number[0] {
        letter @ b'X'..=b'Z' => u32::from(letter - b'X'),
        byte => digit(byte),
    };
    LETTERS[(first * 10_000_000 + decimal(&number[1..])) as usize % LETTERS.len()]
}

/// Tax number of a person: it begins with 1, 2 or 3, or with 45 for people who live abroad.
///
/// Source: Decreto-Lei 14/2013, article 9; European Commission, TIN Algorithms - Public, Portugal.
fn nif(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let nif = number.as_bytes();
    if !matches!(nif[0], b'1'..=b'3') && !nif.starts_with(b"45") {
        return Err(Reason::Syntax);
    }
    checked(nif, nif[8] == portuguese_check(&nif[..8]), forms)
}

/// Document number of the citizen card: number of civil identification, its check digit, two characters that change with
/// every card, and a check digit over all. Numbers below ten million are also written without their zero.
///
/// The fold is the number of civil identification, which stays the same for life.
/// Source: AMA, Validação de Número de Documento do Cartão de Cidadão, version 1.0, 2009.
fn cartao(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let mut document = [b'0'; 12];
    document[12 - number.len..].copy_from_slice(number.as_bytes());
    let doubled = |value: u32| if value > 4 { 2 * value - 9 } else { 2 * value };
    let values = document.iter().rev().map(|byte| alphanumeric(*byte)).enumerate();
    let sum: u32 = values.map(|(place, value)| if place % 2 == 1 { doubled(value) } else { value }).sum();
    let passes = sum.is_multiple_of(10) && document[8] == portuguese_check(&document[..8]);
    forms.fold.extend_from_slice(&document[..8]);
    also_written(&document[..8], forms);
    checked(&document, passes, forms)
}

/// Number of civil identification alone: the number of the former identity card. It has no check digit of its own.
fn identificacao_civil(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    also_written(number.as_bytes(), forms);
    forms.exact.extend_from_slice(if number.len < 8 { b"0" } else { b"" });
    checked(number.as_bytes(), true, forms)
}

/// The check digit behind eight digits; what would be 10 is 0 too.
fn portuguese_check(digits: &[u8]) -> u8 {
    let sum = weighted_sum(digits, &[9, 8, 7, 6, 5, 4, 3, 2]);
    b"0123456789"[((11 - sum % 11) % 11) as usize % 10]
}

/// Fiscal code: three letters each of surname and name, year, month and day of birth, place, check letter.
///
/// Letters of names are consonants, then vowels, then X; women have 40 added to the day. Where two people would have the
/// same code, the second has letters in place of digits (omocodia): the fold is the code with its digits, which both share.
/// Places are not checked beyond their form; companies have numbers of eleven digits, which are not accepted.
/// Source: Decreto ministeriale of 23 December 1976.
fn codice_fiscale(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let code: [u8; 16] = number.as_bytes().try_into().map_err(|_| Reason::Length)?;
    let mut plain = code;
    for place in [6, 7, 9, 10, 12, 13, 14] {
        plain[place] = without_omocodia(code[place]).ok_or(Reason::Syntax)?;
    }
    let month = b"ABCDEHLMPRST".iter().position(|letter| *letter == plain[8]).ok_or(Reason::Syntax)?;
    if !is_name_part(&plain[..3]) || !is_name_part(&plain[3..6]) || !matches!(plain[11], b'A'..=b'M' | b'Z') {
        return Err(Reason::Syntax);
    }
    let day = decimal(&plain[9..11]);
    let date = decimal(&plain[6..8]) * 10_000 + (month as u32 + 1) * 100 + if day > 40 { day - 40 } else { day };
    if !is_short_birth_date(date, forms.today) {
        return Err(Reason::Date);
    }
    if plain[..15] != code[..15] {
        plain[15] = italian_letter(&plain[..15]);
        forms.fold.extend_from_slice(&plain);
    }
    checked(&code, code[15] == italian_letter(&code[..15]), forms)
}

/// The digit that stands or stood at a place.
fn without_omocodia(byte: u8) -> Option<u8> {
    if byte.is_ascii_digit() {
        return Some(byte);
    }
    b"LMNPQRSTUV".iter().position(|letter| *letter == byte).map(|place| b"0123456789"[place])
}

/// Whether consonants come first, then vowels, then the X that fills up.
fn is_name_part(letters: &[u8]) -> bool {
    let is_vowel = |byte: &u8| matches!(byte, b'A' | b'E' | b'I' | b'O' | b'U');
    let consonants = letters.iter().take_while(|byte| !is_vowel(byte)).count();
    let vowels = letters[consonants..].iter().take_while(|byte| is_vowel(byte)).count();
    letters[consonants + vowels..].iter().all(|byte| *byte == b'X')
}

fn italian_letter(characters: &[u8]) -> u8 {
    /// The values at odd places of the digit or letter with each place in its alphabet.
    const ODD: [u32; 26] =
        [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
    /// The values at odd places, and at even ones, of every byte.
    const VALUES: [[u8; 256]; 2] = {
        let mut values = [[0; 256]; 2];
        let mut i = 0;
        while i < 26 {
            [values[0][b'A' as usize + i], values[1][b'A' as usize + i]] = [ODD[i] as u8, i as u8];
            if i < 10 {
                [values[0][b'0' as usize + i], values[1][b'0' as usize + i]] = [ODD[i] as u8, i as u8];
            }
            i += 1;
        }
        values
    };
    let places = characters.iter().enumerate();
    let sum: u32 = places.map(|(place, byte)| u32::from(VALUES[place % 2][usize::from(*byte)])).sum();
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"[sum as usize % 26]
}

/// Number of social insurance: birthday, four digits and a check digit.
///
/// Source: Law 3655/2008, article 153; IDIKA, the structure of AMKA.
fn amka(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if !is_short_birth_date(year_first(&digits[..6]), forms.today) {
        return Err(Reason::Date);
    }
    checked(digits, luhn_passes(digits), forms)
}

/// Tax number, of people and companies alike.
///
/// Source: European Commission, TIN Algorithms - Public, Greece.
fn afm(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let sum = weighted_sum(&digits[..8], &[256, 128, 64, 32, 16, 8, 4, 2]);
    checked(digits, is_digit_of(digits[8], sum % 11 % 10), forms)
}

/// Identity card number: up to seven digits and a letter. There is no check digit.
///
/// Source: European Commission, TIN Algorithms - Public, Malta.
fn maltese_card(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let (letter, digits) = number.as_bytes().split_last().ok_or(Reason::Length)?;
    if !b"MGAPLHBZ".contains(letter) || digits.iter().all(|digit| *digit == b'0') {
        return Err(Reason::Syntax);
    }
    forms.exact.extend_from_slice(&b"0000000"[digits.len()..]);
    forms.exact.extend_from_slice(number.as_bytes());
    Ok(())
}

/// Tax code of a person: eight digits, of which the first is 0 or 9, and a check letter.
///
/// Source: European Commission, TIN Algorithms - Public, Cyprus.
fn cypriot_tax(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    const ODD: [u32; 10] = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21];
    let code = number.as_bytes();
    if !matches!(code[0], b'0' | b'9') {
        return Err(Reason::Syntax);
    }
    let values = code[..8].iter().map(|byte| digit(*byte)).enumerate();
    let sum: u32 = values.map(|(place, value)| if place % 2 == 0 { ODD[value as usize] } else { value }).sum();
    checked(code, u32::from(code[8] - b'A') == sum % 26, forms)
}

/// Personal identification number since 2009, of people and companies alike.
///
/// Source: Zakon o osobnom identifikacijskom broju (NN 60/08); ISO/IEC 7064 MOD 11,10.
fn oib(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    checked(digits, mod_11_10(&digits[..10]) == digits[10], forms)
}

const fn born_in_yugoslavia(country: Country) -> Rule {
    Rule { country, name: "JMBG", shapes: &["9999999999999"], canonicalize: jmbg, false_accept_rate: 0.000_62 }
}

/// Unique master citizen number (JMBG, EMŠO): day, month, three digits of the year, region, serial number and check digit.
///
/// The region says where somebody was registered first, in any part of Yugoslavia, so that every country has people of all.
/// A check digit that would be 10 is 0 in some places; in others the serial number was left out.
/// Source: Zakon o uvođenju jedinstvenog matičnog broja građana (Službeni list SFRJ 58/76); the laws that followed it.
fn jmbg(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let year = decimal(&digits[4..7]);
    let year = if year < 800 { 2000 + year } else { 1000 + year };
    let date = year * 10_000 + decimal(&digits[2..4]) * 100 + decimal(&digits[..2]);
    if !is_birth_date(date, forms.today) {
        return Err(Reason::Date);
    }
    let sum = weighted_sum(&digits[..12], &[7, 6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    checked(digits, is_digit_of(digits[12], (11 - sum % 11) % 11 % 10), forms)
}
