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

/// What a character says of a number, for a sum over all of them: its value, and one for each of three counters.
const MARKS: [u32; 256] = {
    let mut table = [0; 256];
    let mut i = 0;
    while i < table.len() {
        let upper = (i as u8).to_ascii_uppercase();
        let value = VALUES[upper as usize];
        let x = if upper == b'X' { ONE_X } else { 0 };
        let digit = if upper.is_ascii_digit() { ONE_DIGIT } else { 0 };
        table[i] = if value == ILLEGAL { ONE_ILLEGAL } else { value as u32 | x | digit };
        i += 1;
    }
    table
};
const VALUE: u32 = 0xff;
const ONE_DIGIT: u32 = 1 << 8;
const ONE_X: u32 = 1 << 16;
const ONE_ILLEGAL: u32 = 1 << 24;

/// Writes a number that needs neither cleaning nor repair, and is no mask: in one pass over its 17 bytes.
///
/// Output: whether it was one. If not, nothing is written, and the whole rule decides.
pub(super) fn canonicalize_plain(raw: &[u8], forms: &mut Forms) -> bool {
    let Ok(vin) = <&[u8; VIN_LEN]>::try_from(raw) else { return false };
    let (mut sum, mut counts) = (0, 0);
    for (byte, weight) in vin.iter().zip(WEIGHTS) {
        let marks = MARKS[usize::from(*byte)];
        sum += (marks & VALUE) * u32::from(weight);
        counts += marks & !VALUE;
    }
    let has_digit = counts & (ONE_X - ONE_DIGIT) != 0;
    let may_be_masked = counts & (ONE_ILLEGAL - ONE_X) >= 4 * ONE_X;
    let may_be_repeated = vin[0] == vin[1] && vin[1] == vin[2];
    if counts >= ONE_ILLEGAL || !has_digit || may_be_masked || may_be_repeated {
        return false;
    }
    let vin = vin.map(|byte| byte.to_ascii_uppercase());
    if is_binding(&vin) && vin[CHECK] != check_digit(sum) {
        return false;
    }
    forms.clear();
    forms.exact.extend_from_slice(&vin);
    true
}

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
    let checked = check(&written, &repaired);
    // A number that fails in its check digit alone is left there for whoever takes it all the same.
    if matches!(checked, Ok(()) | Err(Reason::Checksum)) {
        forms.exact.extend_from_slice(&written);
    }
    if checked.is_ok() && repaired != written {
        forms.fold.extend_from_slice(&repaired);
    }
    checked
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
    if is_binding(repaired) && !passes { Err(Reason::Checksum) } else { Ok(()) }
}

/// Whether a number is from where its check digit has to be right.
fn is_binding(vin: &[u8; VIN_LEN]) -> bool {
    matches!(vin[0], b'1'..=b'5' | b'L')
}

/// The check digit of a weighted sum.
fn check_digit(sum: u32) -> u8 {
    match (sum % 11) as u8 {
        10 => b'X',
        digit => b'0' + digit,
    }
}

/// Whether the ninth character is the check digit of the others.
pub(super) fn check_digit_passes(vin: &[u8]) -> bool {
    if vin.len() != VIN_LEN {
        return false;
    }
    let value = |b: &u8| u32::from(VALUES[usize::from(repair(*b))]);
    let sum = vin.iter().zip(WEIGHTS).map(|(b, weight)| value(b) * u32::from(weight)).sum();
    repair(vin[CHECK]) == check_digit(sum)
}

#[cfg(test)]
mod tests {
    use super::super::clean::clean;
    use super::super::vectors::Random;
    use super::*;

    /// What fails in its check digit alone is taken by whoever says so, with the mistake in it; what fails otherwise is not.
    #[test]
    fn a_wrong_check_digit_is_taken_on_request() {
        use super::super::{Canonicalizer, Country, Form, Kind, KindSpec};
        let spec = KindSpec::new(Kind::Vin);
        let mut strict = Canonicalizer::new();
        let mut lenient = Canonicalizer::new().lenient(true);
        let wrong = b"1m8gdm9a2kp042788";
        assert_eq!(strict.canonicalize(spec, Country::NONE, wrong).map(|_| ()), Err(Reason::Checksum));
        let taken = lenient.canonicalize(spec, Country::NONE, wrong).expect("taken on request");
        assert_eq!((taken.exact, taken.fold, taken.form), (&b"1M8GDM9A2KP042788"[..], None, Form::Unchecked));
        for other in [&b"1M8GDM9A2KPO42788"[..], b"1M8GDM9A2KP04278", b"1M8GDM9A2XXXXXXXX", b"11111111111111111"] {
            let refused = lenient.canonicalize(spec, Country::NONE, other).map(|_| ());
            assert!(refused.is_err(), "{}", other.escape_ascii());
        }
        let right = lenient.canonicalize(spec, Country::NONE, b"1M8GDM9AXKP042788").expect("a right one");
        assert_eq!(right.form, Form::Plain);
    }

    #[test]
    fn what_is_plain_has_the_forms_of_the_whole_rule() {
        let (mut plain, mut whole, mut buffer) = (Forms::new(), Forms::new(), String::new());
        let (mut random, mut known) = (Random(3_779), 0);
        let alphabets: [&[u8]; 5] =
            [b"ABCDEFGHJKLMNPRSTUVWXYZ0123456789", b"0123456789abcxX", b"X1", b"1L2Xx*-", b"IOQ0123456789ABC "];
        for _ in 0..300_000 {
            let len = if random.below(8) == 0 { random.below(20) } else { VIN_LEN };
            let alphabet = alphabets[[0, 0, 0, 0, 1, 2, 3, 4][random.below(8)]];
            let mut raw = random.text(alphabet, len);
            if len == VIN_LEN && random.below(2) == 0 {
                // The right check digit, in either case.
                let sum =
                    raw.iter().zip(WEIGHTS).map(|(b, weight)| (MARKS[usize::from(*b)] & VALUE) * u32::from(weight));
                raw[CHECK] = check_digit(sum.sum());
            }
            plain.clear();
            whole.clear();
            let outcome = clean(&raw, &mut buffer).and_then(|text| canonicalize(text, &mut whole));
            if canonicalize_plain(&raw, &mut plain) {
                known += 1;
                assert_eq!(outcome, Ok(()), "{}", raw.escape_ascii());
                assert_eq!((&plain.exact, &plain.fold), (&whole.exact, &whole.fold), "{}", raw.escape_ascii());
            } else if outcome.is_ok() {
                // Only what has to be cleaned, repaired, or looked at twice.
                let (x, repeated) =
                    (raw.iter().filter(|b| b.eq_ignore_ascii_case(&b'X')).count(), raw[..3] == [raw[0]; 3]);
                let upper = raw.to_ascii_uppercase();
                let odd = raw.len() != VIN_LEN || upper.iter().any(|b| VALUES[usize::from(*b)] == ILLEGAL);
                assert!(odd || x >= 4 || repeated, "{}", raw.escape_ascii());
            }
        }
        assert!(known > 50_000, "{known}");
    }
}
