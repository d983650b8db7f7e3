//! The People's Republic of China.

use super::super::date::is_birth_date;
use super::super::{Country, Forms, Reason};
use super::checks::{checked, decimal, is_short_birth_date, mod_11_2};
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
    Rule {
        country: Country::CN,
        name: "permanent residence card number of before 2023",
        shapes: &["AAA999999999999"],
        canonicalize: resident_from_abroad,
        false_accept_rate: 0.022,
    },
];

/// Resident identity number: 18 characters.
///
/// The first six digits name a region; only the first is checked, because regions come and go: 1 to 6 the mainland,
/// 8 the permits of Hong Kong, Macao and Taiwan residents, 9 permanent residents from abroad.
/// Source: GB 11643-1999; the check character is ISO/IEC 7064 MOD 11-2.
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
    long[17] = mod_11_2(&long[..17]);
    accept(&long, forms)
}

/// Permanent residents from abroad, cards of before December 2023: the letters of their country, four digits of the place,
/// YYMMDD, a serial and a check digit whose making is not published.
///
/// The number of the later card cannot be told from it. Source: National Immigration Administration, notice on the card of
/// 2023 (15 characters became 18).
fn resident_from_abroad(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !matches!(number[3], b'1'..=b'6') {
        return Err(Reason::Syntax);
    }
    if !is_short_birth_date(decimal(&number[7..13]), forms.today) {
        return Err(Reason::Date);
    }
    checked(number, true, forms)
}

fn accept(number: &[u8], forms: &mut Forms) -> Result<(), Reason> {
    let (digits, check) = (&number[..17], number[17]);
    if !matches!(digits[0], b'1'..=b'6' | b'8' | b'9') || !(check.is_ascii_digit() || check == b'X') {
        return Err(Reason::Syntax);
    }
    if !is_birth_date(decimal(&digits[6..14]), forms.today) {
        return Err(Reason::Date);
    }
    let passes = check == mod_11_2(digits);
    if !passes && number.ends_with(b"000") {
        return Err(Reason::SpreadsheetDamage);
    }
    checked(number, passes, forms)
}
