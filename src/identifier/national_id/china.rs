//! The People's Republic of China.

use super::super::date::is_birth_date;
use super::super::{Country, Forms, Reason};
use super::checks::decimal;
use super::{Number, Rule};

pub(super) const RULES: &[Rule] = &[
    Rule {
        country: Country::CN,
        name: "resident identity number",
        shapes: &["99999999999999999x"],
        canonicalize: resident,
        false_accept_rate: 0.000_047,
    },
    Rule {
        country: Country::CN,
        name: "resident identity number of before 1999",
        shapes: &["999999999999999"],
        canonicalize: resident_of_15,
        false_accept_rate: 0.029,
    },
];

/// Weights of the 17 digits before the check character: 2^(18-i) mod 11 (GB 11643-1999; ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
/// Check characters by the weighted sum mod 11.
const CHECK: &[u8; 11] = b"10X98765432";

/// Resident identity number: 18 characters.
///
/// The first six digits name a region; only the first is checked, because regions come and go: 1 to 6 the mainland,
/// 8 the permits of Hong Kong, Macao and Taiwan residents, 9 permanent residents from abroad.
/// Source: GB 11643-1999.
fn resident(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    accept(number.as_bytes(), forms)
}

/// The same number as it was before 1999, without century and check character: it becomes the one of 18.
///
/// Source: GB 11643-1989.
fn resident_of_15(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let mut long = [0; 18];
    long[..6].copy_from_slice(&number[..6]);
    long[6..8].copy_from_slice(b"19");
    long[8..17].copy_from_slice(&number[6..15]);
    long[17] = check_of(&long[..17]);
    accept(&long, forms)
}

fn accept(number: &[u8], forms: &mut Forms) -> Result<(), Reason> {
    let (digits, check) = (&number[..17], number[17]);
    if !matches!(digits[0], b'1'..=b'6' | b'8' | b'9') || !(check.is_ascii_digit() || check == b'X') {
        return Err(Reason::Syntax);
    }
    if !is_birth_date(decimal(&digits[6..14]), forms.today) {
        return Err(Reason::Date);
    }
    let passes = check == check_of(digits);
    if !passes && number.ends_with(b"000") {
        return Err(Reason::SpreadsheetDamage);
    }
    forms.exact.extend_from_slice(number);
    if passes { Ok(()) } else { Err(Reason::Checksum) }
}

fn check_of(digits: &[u8]) -> u8 {
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECK[sum as usize % CHECK.len()]
}
