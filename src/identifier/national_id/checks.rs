//! The check digits and dates that identity numbers share.
//!
//! All of them read ASCII digits, some also capital letters, and allocate nothing. A rule calls them after its shapes were
//! compared, so that the characters are the right ones; others count as some digit, and nothing panics.

use super::super::date::is_birth_date;
use super::super::{Forms, Reason};

/// Writes a canonical form whose check digit passes, or fails.
#[inline]
pub(super) fn checked(canonical: &[u8], passes: bool, forms: &mut Forms) -> Result<(), Reason> {
    forms.exact.extend_from_slice(canonical);
    if passes { Ok(()) } else { Err(Reason::Checksum) }
}

/// Keeps what people also write of a number, without the zeros in front: by it the number meets one whose country nobody said.
#[inline]
pub(super) fn also_written(short: &[u8], forms: &mut Forms) {
    let zeros = short.iter().take_while(|byte| **byte == b'0').count();
    if forms.loose.is_empty() {
        forms.loose.extend_from_slice(&short[zeros..]);
    }
}

/// The value of an ASCII digit.
#[inline]
pub(super) fn digit(byte: u8) -> u32 {
    if byte.is_ascii_digit() { u32::from(byte - b'0') } else { 0 }
}

/// The value of up to nine decimal digits.
#[inline]
pub(super) fn decimal(digits: &[u8]) -> u32 {
    digits.iter().fold(0_u32, |number, byte| number.wrapping_mul(10).wrapping_add(low_half(*byte)))
}

/// The value of a byte that is a digit; of another one some number of 0 to 15.
#[inline]
fn low_half(byte: u8) -> u32 {
    u32::from(byte & 0xf)
}

/// The value of a digit, or of a capital letter: A is 10, Z is 35.
#[inline]
pub(super) fn alphanumeric(byte: u8) -> u32 {
    if byte.is_ascii_uppercase() { u32::from(byte - b'A') + 10 } else { digit(byte) }
}

/// The digit of a value; ten and more is the letter that the country writes for it.
#[inline]
pub(super) fn check_character(value: u32, ten: u8) -> u8 {
    u8::try_from(value).ok().filter(|value| *value < 10).map_or(ten, |value| b'0' + value)
}

/// Whether a byte is the digit of a value; never, if the value is ten or more.
#[inline]
pub(super) fn is_digit_of(byte: u8, value: u32) -> bool {
    byte.is_ascii_digit() && digit(byte) == value
}

/// The sum of the digits, each times its weight. Digits without a weight do not count.
///
/// Input: at least as many digits as weights, else the sum is of those that there are. With so many weights, each of 256 at
/// most, no sum is more than 16 bits hold.
#[inline]
pub(super) fn weighted_sum<const N: usize>(digits: &[u8], weights: &[u16; N]) -> u32 {
    const { assert!(N <= 24) };
    let product = |(byte, weight): (&u8, &u16)| u16::from(byte & 0xf).wrapping_mul(*weight);
    let sum = match digits.first_chunk::<N>() {
        // As many as the compiler knows of: no loop is left.
        Some(digits) => digits.iter().zip(weights).map(product).fold(0, u16::wrapping_add),
        None => digits.iter().zip(weights).map(product).fold(0, u16::wrapping_add),
    };
    u32::from(sum)
}

/// Whether the last digit is the check digit of the others.
///
/// Source: ISO/IEC 7812-1, annex B (Luhn).
pub(super) fn luhn_passes(digits: &[u8]) -> bool {
    let Some((check, payload)) = digits.split_last() else { return false };
    *check == luhn_digit(payload)
}

/// The check digit that belongs behind the digits.
///
/// Source: ISO/IEC 7812-1, annex B (Luhn).
#[inline]
pub(super) fn luhn_digit(payload: &[u8]) -> u8 {
    let doubled = |byte: u8| 2 * low_half(byte) - if low_half(byte) > 4 { 9 } else { 0 };
    let (rest, pairs) = payload.as_rchunks::<2>();
    let sum: u32 = pairs.iter().map(|[single, double]| low_half(*single) + doubled(*double)).sum();
    let sum = sum + rest.iter().map(|byte| doubled(*byte)).sum::<u32>();
    b'0' + ((10 - sum % 10) % 10) as u8
}

/// Whether the last digit is the check digit of the others.
///
/// Source: J. Verhoeff, "Error Detecting Decimal Codes", Mathematical Centre Tract 29, 1969: the dihedral group D5, and
/// the permutation (1 5 8 9 4 2 7 0)(3 6).
pub(super) fn verhoeff_passes(digits: &[u8]) -> bool {
    /// A digit is an element of the group: 0 to 4 are rotations of a pentagon, 5 to 9 reflections of it.
    const PERMUTED: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    // A reflection turns all rotations behind it round, so that the product is a sum with signs, and whether it is a
    // reflection.
    let (mut turns, mut reflected) = (0_i32, 0_i32);
    for (place, byte) in digits.iter().rev().enumerate() {
        let element = i32::from(PERMUTED[place % 8][digit(*byte) as usize]);
        let reflection = -i32::from(element >= 5);
        let turn = element + (reflection & -5);
        turns += (turn ^ reflected) - reflected;
        reflected ^= reflection;
    }
    !digits.is_empty() && turns % 5 == 0 && reflected == 0
}

/// The check character that belongs behind up to 24 digits: `0` to `9` or `X`.
///
/// Source: ISO/IEC 7064, MOD 11-2, a pure system.
#[inline]
pub(super) fn mod_11_2(payload: &[u8]) -> u8 {
    // Powers of two modulo 11, of the last place first.
    const WEIGHTS: [u32; 24] = [2, 4, 8, 5, 10, 9, 7, 3, 6, 1, 2, 4, 8, 5, 10, 9, 7, 3, 6, 1, 2, 4, 8, 5];
    let sum: u32 = payload.iter().rev().zip(WEIGHTS).map(|(byte, weight)| low_half(*byte) * weight).sum();
    check_character((12 - sum % 11) % 11, b'X')
}

/// The check digit that belongs behind the digits.
///
/// Source: ISO/IEC 7064, MOD 11,10, a hybrid system.
pub(super) fn mod_11_10(payload: &[u8]) -> u8 {
    /// What a product becomes with the next digit, both products times 16: a place is product and digit.
    const NEXT: [u8; 11 * 16] = {
        let mut next = [0; 11 * 16];
        let mut at = 0;
        while at < next.len() {
            let sum = (at / 16 + at % 16) % 10;
            next[at] = (if sum == 0 { 10 } else { sum } * 2 % 11 * 16) as u8;
            at += 1;
        }
        next
    };
    let product = payload.iter().fold(10 * 16, |product, byte| NEXT[usize::from(product + (byte & 0xf))]) / 16;
    check_character((11 - u32::from(product)) % 10, b'0')
}

/// The number YYMMDD of the six digits DDMMYY.
#[inline]
pub(super) fn year_first(ddmmyy: &[u8]) -> u32 {
    let two = |at: usize| low_half(ddmmyy[at]) * 10 + low_half(ddmmyy[at + 1]);
    two(4) * 10_000 + two(2) * 100 + two(0)
}

/// Whether YYMMDD is a day on which somebody can be born, where the number does not tell the century.
pub(super) fn is_short_birth_date(yymmdd: u32, today: u32) -> bool {
    is_birth_date(19_000_000 + yymmdd, today) || is_birth_date(20_000_000 + yymmdd, today)
}

/// The place of the day YYYYMMDD in the count of all days.
pub(super) fn day_number(date: u32) -> u32 {
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    // Years that begin in March have the leap day at their end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers of the standards and of those who publish them.
    #[test]
    fn published_check_digits_pass() {
        assert!(luhn_passes(b"79927398713") && luhn_passes(b"49927398716"), "the examples of the method");
        assert!(luhn_passes(b"4111111111111111") && luhn_passes(b"378282246310005"), "test cards");
        assert!(verhoeff_passes(b"2363") && verhoeff_passes(b"123451"), "the examples of the method");
        assert_eq!(mod_11_2(b"0794"), b'0', "ISO 7064");
        assert_eq!(mod_11_2(b"079"), b'X', "ISO 7064");
        assert_eq!(mod_11_2(b"000000021825009"), b'7', "ORCID");
        assert_eq!(mod_11_2(b"000000021694233"), b'X', "ORCID");
        assert_eq!(mod_11_2(b"11010519491231002"), b'X', "GB 11643-1999");
        assert_eq!(mod_11_10(b"0794"), b'5', "ISO 7064");
        assert_eq!(weighted_sum(b"0306406152", &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11, 0, "ISO 2108");
    }

    /// Every method sees every wrong digit, and the dihedral one and those modulo a prime also every exchange.
    #[test]
    fn single_errors_fail() {
        let check = |good: &[u8], passes: fn(&[u8]) -> bool, exchanges: bool| {
            assert!(passes(good));
            for place in 0..good.len() {
                for wrong in (b'0'..=b'9').filter(|wrong| *wrong != good[place]) {
                    let mut bad = good.to_vec();
                    bad[place] = wrong;
                    assert!(!passes(&bad), "{place}");
                }
                let mut bad = good.to_vec();
                bad.swap(place, (place + 1) % good.len());
                let last = place + 1 == good.len();
                assert!(!exchanges || last || bad == good || !passes(&bad), "{place}");
            }
        };
        check(b"79927398713", luhn_passes, false);
        check(b"2363", verhoeff_passes, true);
        check(b"123451", verhoeff_passes, true);
        check(b"07940", |number| mod_11_2(&number[..4]) == number[4], true);
        check(b"07945", |number| mod_11_10(&number[..4]) == number[4], false);
    }

    #[test]
    fn bytes_that_are_no_digits_do_no_harm() {
        for bytes in [&b""[..], b"\xff", b"A", b"zzzzzzzzzzzzzzzzzzzzzzzz", b"99999999999999999999"] {
            let sums = (decimal(bytes), weighted_sum(bytes, &[7; 24]));
            let checks = (luhn_passes(bytes), verhoeff_passes(bytes), mod_11_2(bytes), mod_11_10(bytes));
            assert_eq!((sums, checks), (sums, checks));
        }
        assert!(!luhn_passes(b"") && !verhoeff_passes(b""));
    }

    #[test]
    fn short_dates_are_of_either_century() {
        const TODAY: u32 = 20_260_101;
        for (yymmdd, want) in
            [(491_231, true), (229, true), (20_229, false), (40_229, true), (991_301, false), (0, false)]
        {
            assert_eq!(is_short_birth_date(yymmdd, TODAY), want, "{yymmdd:06}");
        }
    }
}
