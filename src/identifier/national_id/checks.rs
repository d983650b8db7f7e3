//! The check digits and dates that identity numbers share.
//!
//! All of them read ASCII digits, some also capital letters, and allocate nothing. A rule calls them after its shapes were
//! compared, so that the characters are the right ones; others count as if they were zero, and nothing panics.

use super::super::date::is_birth_date;
use super::super::{Forms, Reason};

/// Writes a canonical form whose check digit passes, or fails.
pub(super) fn checked(canonical: &[u8], passes: bool, forms: &mut Forms) -> Result<(), Reason> {
    forms.exact.extend_from_slice(canonical);
    if passes { Ok(()) } else { Err(Reason::Checksum) }
}

/// The value of an ASCII digit.
pub(super) fn digit(byte: u8) -> u32 {
    if byte.is_ascii_digit() { u32::from(byte - b'0') } else { 0 }
}

/// The value of up to nine decimal digits.
pub(super) fn decimal(digits: &[u8]) -> u32 {
    digits.iter().fold(0_u32, |number, byte| number.wrapping_mul(10).wrapping_add(digit(*byte)))
}

/// The value of a digit, or of a capital letter: A is 10, Z is 35.
pub(super) fn alphanumeric(byte: u8) -> u32 {
    if byte.is_ascii_uppercase() { u32::from(byte - b'A') + 10 } else { digit(byte) }
}

/// The digit of a value; ten and more is the letter that the country writes for it.
pub(super) fn check_character(value: u32, ten: u8) -> u8 {
    u8::try_from(value).ok().filter(|value| *value < 10).map_or(ten, |value| b'0' + value)
}

/// Whether a byte is the digit of a value; never, if the value is ten or more.
pub(super) fn is_digit_of(byte: u8, value: u32) -> bool {
    byte.is_ascii_digit() && digit(byte) == value
}

/// The sum of the digits, each times its weight. Digits without a weight do not count.
pub(super) fn weighted_sum(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(byte, weight)| digit(*byte) * weight).sum()
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
pub(super) fn luhn_digit(payload: &[u8]) -> u8 {
    const DOUBLED: [u32; 10] = [0, 2, 4, 6, 8, 1, 3, 5, 7, 9];
    let sum: u32 = payload.rchunks(2).map(|pair| DOUBLED[digit(pair[pair.len() - 1]) as usize]).sum::<u32>()
        + payload.rchunks(2).filter(|pair| pair.len() == 2).map(|pair| digit(pair[0])).sum::<u32>();
    check_character((10 - sum % 10) % 10, b'0')
}

/// Whether the last digit is the check digit of the others.
///
/// Source: J. Verhoeff, "Error Detecting Decimal Codes", Mathematical Centre Tract 29, 1969: the dihedral group D5, and
/// the permutation (1 5 8 9 4 2 7 0)(3 6).
pub(super) fn verhoeff_passes(digits: &[u8]) -> bool {
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
    let product =
        |product: u8, (place, byte): (usize, &u8)| dihedral(product, PERMUTED[place % 8][digit(*byte) as usize]);
    !digits.is_empty() && digits.iter().rev().enumerate().fold(0, product) == 0
}

/// The product of two elements of the dihedral group D5: 0 to 4 are rotations of a pentagon, 5 to 9 reflections.
fn dihedral(a: u8, b: u8) -> u8 {
    match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => 5 + (a + b) % 5,
        (false, true) => 5 + (a - b) % 5,
        (false, false) => (5 + a - b) % 5,
    }
}

/// The check character that belongs behind up to 24 digits: `0` to `9` or `X`.
///
/// Source: ISO/IEC 7064, MOD 11-2, a pure system.
pub(super) fn mod_11_2(payload: &[u8]) -> u8 {
    // Powers of two modulo 11, of the last place first.
    const WEIGHTS: [u32; 24] = [2, 4, 8, 5, 10, 9, 7, 3, 6, 1, 2, 4, 8, 5, 10, 9, 7, 3, 6, 1, 2, 4, 8, 5];
    let sum: u32 = payload.iter().rev().zip(WEIGHTS).map(|(byte, weight)| digit(*byte) * weight).sum();
    check_character((12 - sum % 11) % 11, b'X')
}

/// The check digit that belongs behind the digits.
///
/// Source: ISO/IEC 7064, MOD 11,10, a hybrid system.
pub(super) fn mod_11_10(payload: &[u8]) -> u8 {
    check_character(hybrid(payload, 10), b'0')
}

/// The value of the check character of the hybrid system MOD n+1,n.
fn hybrid(payload: &[u8], n: u32) -> u32 {
    let product = payload.iter().fold(n, |product, byte| {
        let sum = (product + alphanumeric(*byte)) % n;
        (if sum == 0 { n } else { sum }) * 2 % (n + 1)
    });
    (n + 1 - product) % n
}

/// The remainder after division by 97 of a number of any length; a letter stands for two digits, A is 10.
///
/// With the two check digits of ISO/IEC 7064, MOD 97-10, it is 1.
pub(super) fn mod_97(characters: &[u8]) -> u32 {
    characters.iter().fold(0, |rest, byte| match alphanumeric(*byte) {
        letter if byte.is_ascii_uppercase() => (rest * 100 + letter) % 97,
        digit => (rest * 10 + digit) % 97,
    })
}

/// The number YYMMDD of the six digits DDMMYY.
pub(super) fn year_first(ddmmyy: &[u8]) -> u32 {
    let number = decimal(&ddmmyy[..6]);
    number % 100 * 10_000 + number / 100 % 100 * 100 + number / 10_000
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
        assert_eq!(mod_97(b"79444"), 1, "ISO 7064");
        assert_eq!(mod_97(b"WEST12345698765432GB82"), 1, "ISO 13616");
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
        check(b"79444", |number| mod_97(number) == 1, true);
    }

    #[test]
    fn bytes_that_are_no_digits_do_no_harm() {
        for bytes in [&b""[..], b"\xff", b"A", b"zzzzzzzzzzzzzzzzzzzzzzzz", b"99999999999999999999"] {
            let sums = (decimal(bytes), weighted_sum(bytes, &[7; 24]), mod_97(bytes));
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
