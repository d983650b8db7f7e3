//! Telephone numbers that are digits behind an optional plus, and that a table settles: nearly all of those that programs
//! have written. The whole rule ([`super::phone`]) reads a text character by character, and looks for words, masks and
//! damage. Here sixteen digits are judged together, and what remains is three short copies.
//!
//! What is not settled here is no error: the whole rule decides. It is also the oracle of the tests.

use super::phone::{LOOSE_DIGITS_MIN, SERVICE_NATIONAL, tail};
use super::phone_codes::settle;
use super::{Country, Forms};

/// No number with its country code and a prefix has more, but those that nobody has.
const BYTES_MAX: usize = 16;
/// Shorter ones are left to the whole rule.
const BYTES_MIN: usize = 7;

/// Writes the forms of a plain number.
///
/// Output: whether it was one. If not, nothing is written.
pub(super) fn canonicalize(raw: &[u8], region: Country, forms: &mut Forms) -> bool {
    let (plus, digits) = match raw {
        [b'+', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if !(BYTES_MIN..=BYTES_MAX).contains(&digits.len()) || !are_digits(digits) {
        return false;
    }
    let Some((code, national)) = settle(digits, plus, region) else { return false };
    if may_be_dummy(national) || national == SERVICE_NATIONAL {
        return false;
    }
    forms.clear();
    forms.exact.extend_from_slice(code);
    forms.exact.extend_from_slice(national);
    forms.national.extend_from_slice(national);
    let tail = tail(national);
    if tail.len() >= LOOSE_DIGITS_MIN {
        forms.loose.extend_from_slice(tail);
    }
    true
}

/// Whether all bytes are digits.
#[inline]
fn are_digits(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |all, byte| all & byte.is_ascii_digit())
}

/// Whether the last digits are one repeated, or count upwards, as those of all numbers do that stand for none.
#[inline]
fn may_be_dummy(national: &[u8]) -> bool {
    let [.., a, b, c, d] = *national else { return true };
    let step = |from: u8, to: u8| (10 + to - from) % 10;
    let first = step(a, b);
    first <= 1 && first == step(b, c) && first == step(c, d)
}

#[cfg(test)]
mod tests {
    use super::super::clean::clean;
    use super::super::phone;
    use super::super::vectors::Random;
    use super::*;

    #[test]
    fn what_is_plain_has_the_forms_of_the_whole_rule() {
        let (mut plain, mut whole, mut buffer) = (Forms::new(), Forms::new(), String::new());
        let (mut random, mut known) = (Random(2_026), 0);
        let regions = ["", "CN", "US", "CA", "DE", "FR", "IN", "BR", "IT", "HK", "RU", "AR"];
        let regions = regions.map(|code| Country::from_code(code).unwrap_or(Country::NONE));
        let prefixes =
            ["+", "00", "0", "", "+86", "+861", "86", "0086", "+49", "0049", "011", "+1", "1", "+91", "13", "+7"];
        for _ in 0..400_000 {
            let mut raw = prefixes[random.below(prefixes.len())].as_bytes().to_vec();
            let len = 3 + random.below(12);
            // Few digits make numbers that stand for none.
            let alphabet: &[u8] = [b"0123456789".as_slice(), b"0123456789", b"01", b"8013"][random.below(4)];
            raw.extend(random.text(alphabet, len));
            if random.below(20) == 0 {
                raw.extend_from_slice(b"12345678901234".get(..random.below(14)).unwrap_or_default());
            }
            let region = regions[random.below(regions.len())];
            plain.clear();
            whole.clear();
            if !canonicalize(&raw, region, &mut plain) {
                continue;
            }
            known += 1;
            let text = clean(&raw, &mut buffer);
            let outcome = text.and_then(|text| phone::canonicalize(text, region, &mut whole));
            let name = raw.escape_ascii();
            assert_eq!(outcome, Ok(()), "{name} {region:?}");
            assert_eq!(
                (&plain.exact, &plain.national, &plain.loose),
                (&whole.exact, &whole.national, &whole.loose),
                "{name}"
            );
            assert!(plain.form == whole.form && plain.fold.is_empty() && whole.fold.is_empty(), "{name}");
        }
        assert!(known > 50_000, "{known}");
    }

    #[test]
    fn numbers_that_stand_for_none_are_left_to_the_whole_rule() {
        let mut forms = Forms::new();
        for raw in [
            "+8613800138000",
            "13800138000",
            "+8611111111111",
            "+4912345678",
            "+12345678901",
            "+86138",
            "+",
            "",
            "+49151x5678",
        ] {
            assert!(!canonicalize(raw.as_bytes(), Country::CN, &mut forms), "{raw}");
        }
    }
}
