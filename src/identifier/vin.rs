//! Vehicle identification numbers: 17 characters of A-Z without I, O, Q and 0-9.
//!
//! The ninth character is a check digit in North America and in China, and only there: for manufacturer codes that begin
//! with 1 to 5 or L a failing one refuses the value, elsewhere the place is free. Writers who read an O for a 0 are
//! repaired in the fold, and only where the check digit then passes.
//!
//! Source: ISO 3779, ISO 3780; 49 CFR 565.15 and GB 16735 (check digit).

use super::refuse::{has_run_of_x, is_masked_text, is_one_repeated, is_placeholder, is_scientific};
use super::{Forms, Reason};

/// Share of random 17-character values with a binding check digit that pass: one of 11 digits in one of 33 characters.
pub(super) const FALSE_ACCEPT_RATE: f64 = 0.030;

/// Length of a VIN (ISO 3779).
const VIN_LEN: usize = 17;
/// 49 CFR 565.15(c), table V; the check digit itself weighs nothing.
const WEIGHTS: [u16; VIN_LEN] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
/// Place of the check digit.
const CHECK: usize = 8;
/// First place of the vehicle indicator section, the serial part.
const SERIAL: usize = 9;
/// Marks a character that no VIN has.
const ILLEGAL: u8 = u8::MAX;

/// Value of every character (49 CFR 565.15(c), table IV).
const VALUES: [u8; 256] = {
    let mut table = [ILLEGAL; 256];
    let letters = b"ABCDEFGHJKLMNPRSTUVWXYZ";
    let values = b"12345678123457923456789";
    let mut i = 0;
    while i < letters.len() {
        table[letters[i] as usize] = values[i] - b'0';
        i += 1;
    }
    let mut digit = 0;
    while digit < 10 {
        table[(b'0' + digit) as usize] = digit;
        digit += 1;
    }
    table
};

/// Writes the number in upper case and, if letters were repaired, the repaired one as the fold.
pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    accept(text, forms).map_err(|reason| {
        if is_masked_text(text) || text.contains('*') {
            Reason::Masked
        } else if is_placeholder(text) {
            Reason::Placeholder
        } else {
            reason
        }
    })
}

fn accept(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    let written = compact(text)?;
    if is_one_repeated(&written) {
        return Err(Reason::Placeholder);
    }
    let repaired = written.map(repair);
    let legal = repaired.iter().all(|b| VALUES[usize::from(*b)] != ILLEGAL);
    if !legal || !repaired.iter().any(u8::is_ascii_digit) {
        return Err(Reason::Syntax);
    }
    check(&written, &repaired)?;
    forms.exact.extend_from_slice(&written);
    if repaired != written {
        forms.fold.extend_from_slice(&repaired);
    }
    Ok(())
}

/// Upper case without spaces and dashes.
fn compact(text: &str) -> Result<[u8; VIN_LEN], Reason> {
    if let Ok(vin) = <[u8; VIN_LEN]>::try_from(text.as_bytes())
        && vin.iter().all(u8::is_ascii_alphanumeric)
    {
        return Ok(vin.map(|b| b.to_ascii_uppercase()));
    }
    let mut vin = [0; VIN_LEN];
    let mut len = 0;
    for c in text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')) {
        let b = u8::try_from(c).map_err(|_| Reason::Syntax)?;
        *vin.get_mut(len).ok_or_else(|| wrong_length(text))? = b.to_ascii_uppercase();
        len += 1;
    }
    if len == VIN_LEN { Ok(vin) } else { Err(wrong_length(text)) }
}

fn wrong_length(text: &str) -> Reason {
    if is_scientific(text) { Reason::SpreadsheetDamage } else { Reason::Length }
}

/// The digit that a letter outside the alphabet was read for.
fn repair(b: u8) -> u8 {
    match b {
        b'O' | b'Q' => b'0',
        b'I' => b'1',
        other => other,
    }
}

/// Refuses masks and failing check digits. Repaired numbers need a passing one, wherever they come from.
fn check(written: &[u8; VIN_LEN], repaired: &[u8; VIN_LEN]) -> Result<(), Reason> {
    let passes = check_digit_passes(repaired);
    let masked = has_run_of_x(&written[SERIAL..]) || (!passes && has_run_of_x(written));
    if masked {
        return Err(Reason::Masked);
    }
    if written != repaired && !passes {
        return Err(Reason::Syntax);
    }
    let binding = matches!(repaired[0], b'1'..=b'5' | b'L');
    if binding && !passes { Err(Reason::Checksum) } else { Ok(()) }
}

/// Whether the ninth character is the check digit of the others.
pub(super) fn check_digit_passes(vin: &[u8]) -> bool {
    if vin.len() != VIN_LEN {
        return false;
    }
    let value = |b: &u8| u16::from(VALUES[usize::from(repair(*b))]);
    let sum: u16 = vin.iter().zip(WEIGHTS).map(|(b, weight)| value(b) * weight).sum();
    let want = match (sum % 11) as u8 {
        10 => b'X',
        digit => b'0' + digit,
    };
    repair(vin[CHECK]) == want
}
