//! Mexico: the numbers of the population register and of taxpayers.

use super::super::date::is_birth_date;
use super::super::{Forms, Reason};
use super::checks::{alphanumeric, check_character, checked, decimal, is_digit_of, is_short_birth_date};
use super::{Number, TILDE};

/// Federal entities of Mexico, and NE for those born abroad.
const MEXICO_ENTITIES: &[&[u8; 2]] = &[
    b"AS", b"BC", b"BS", b"CC", b"CH", b"CL", b"CM", b"CS", b"DF", b"DG", b"GR", b"GT", b"HG", b"JC", b"MC", b"MN",
    b"MS", b"NE", b"NL", b"NT", b"OC", b"PL", b"QR", b"QT", b"SL", b"SP", b"SR", b"TC", b"TL", b"TS", b"VZ", b"YN",
    b"ZS",
];

/// Mexico, population register: four letters of the name, YYMMDD, sex, entity of birth, three consonants of the name, a
/// character that tells homonyms apart, a check digit.
///
/// The character is a digit for those born before 2000 and a letter after; an Ñ is written X.
/// Source: Instructivo normativo para la asignación de la CURP, Diario Oficial de la Federación, 18 October 2021.
pub(super) fn mexico_population(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let entity = MEXICO_ENTITIES.iter().any(|entity| number[11..13] == entity[..]);
    if !matches!(number[10], b'H' | b'M' | b'X') || !entity {
        return Err(Reason::Syntax);
    }
    let century = if number[16].is_ascii_digit() { 19_000_000 } else { 20_000_000 };
    if !is_birth_date(century + decimal(&number[4..10]), forms.today) {
        return Err(Reason::Date);
    }
    let weighted = number[..17].iter().zip((2..=18).rev());
    let sum: u32 = weighted.map(|(byte, weight)| mexico_population_value(*byte) * weight).sum();
    checked(number, is_digit_of(number[17], (10 - sum % 10) % 10), forms)
}

/// The Ñ stands between N and O.
fn mexico_population_value(byte: u8) -> u32 {
    alphanumeric(byte) + u32::from((b'O'..=b'Z').contains(&byte))
}

/// The numbers of customers who gave none: any, and any from abroad.
const MEXICO_ANYBODY: [&[u8]; 2] = [b"XAXX010101000", b"XEXX010101000"];

/// Mexico, taxpayers: four letters of the name, YYMMDD, two characters that tell homonyms apart, a check digit of 0 to 9 and
/// A.
///
/// The fold is the number without these three: several people can have the same, so that they meet loosely by it.
/// Source: Servicio de Administración Tributaria, procedure for the key of the federal register of taxpayers; an Ñ stays.
pub(super) fn mexico_taxpayer(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if MEXICO_ANYBODY.contains(&number) {
        return Err(Reason::Placeholder);
    }
    if number[5..].contains(&TILDE) || !(number[12].is_ascii_digit() || number[12] == b'A') {
        return Err(Reason::Syntax);
    }
    if !is_short_birth_date(decimal(&number[4..10]), forms.today) {
        return Err(Reason::Date);
    }
    let weighted = number[..12].iter().zip((2..=13).rev());
    let sum: u32 = weighted.map(|(byte, weight)| mexico_taxpayer_value(*byte) * weight).sum();
    forms.folds_loosely = true;
    mexico_taxpayer_text(number, &mut forms.exact);
    mexico_taxpayer_text(&number[..10], &mut forms.fold);
    checked(&[], number[12] == check_character((11 - sum % 11) % 11, b'A'), forms)
}

/// The same number as forms write it that ask for the name and the birthday alone.
pub(super) fn mexico_taxpayer_short(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if number[5..].contains(&TILDE) || MEXICO_ANYBODY.iter().any(|anybody| anybody.starts_with(number)) {
        return Err(Reason::Syntax);
    }
    if !is_short_birth_date(decimal(&number[4..10]), forms.today) {
        return Err(Reason::Date);
    }
    forms.folds_loosely = true;
    mexico_taxpayer_text(number, &mut forms.exact);
    Ok(())
}

fn mexico_taxpayer_text(number: &[u8], text: &mut Vec<u8>) {
    for byte in number {
        text.extend_from_slice(if *byte == TILDE { "Ñ".as_bytes() } else { std::slice::from_ref(byte) });
    }
}

/// The same number where the check digit fails: of numbers in use, one or two of a hundred were given another.
pub(super) fn mexico_taxpayer_unchecked(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    match mexico_taxpayer(number, forms) {
        Err(Reason::Checksum) => Ok(()),
        outcome => outcome,
    }
}

/// The ampersand of companies stands between N and O, the Ñ at the end.
fn mexico_taxpayer_value(byte: u8) -> u32 {
    if byte == TILDE { 38 } else { mexico_population_value(byte) }
}
