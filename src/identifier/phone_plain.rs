//! Telephone numbers that are digits behind an optional plus, and that a table settles: nearly all of those that programs
//! have written. The whole rule ([`super::phone`]) reads a text character by character, and looks for words, masks and
//! damage. Here the digits are judged eight at a time, and copied by instructions for sixteen bytes, not by calls that first
//! look how many there are: 25 ns instead of 80.
//!
//! What is not settled here is no error: the whole rule decides. It is also the oracle of the tests.

use super::phone::{LOOSE_DIGITS, LOOSE_DIGITS_MIN, SERVICE_NATIONAL};
use super::phone_codes::{find, may_have_code};
use super::{Country, Forms};

/// Bytes of a copy. No number has more digits, prefix and country code among them, but those that nobody has.
const COPY_BYTES: usize = 16;
/// Shorter ones are left to the whole rule.
const DIGITS_MIN: usize = 8;
/// Where the digits stand in the buffer: a country code fits in front.
const FRONT: usize = 4;

/// Writes the forms of a plain number.
///
/// Output: whether it was one. If not, nothing is written.
pub(super) fn canonicalize(raw: &[u8], region: Country, forms: &mut Forms) -> bool {
    let (plus, digits) = match raw {
        [b'+', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let (Some(first), Some(last)) = (digits.first_chunk::<DIGITS_MIN>(), digits.last_chunk::<DIGITS_MIN>()) else {
        return false;
    };
    if digits.len() > COPY_BYTES || !are_digits(*first) || !are_digits(*last) {
        return false;
    }
    let Some((row, start)) = find(digits, plus, region) else { return false };
    if may_be_dummy(*last) || digits[start..] == *SERVICE_NATIONAL {
        return false;
    }
    // The first eight and the last eight are all, and may overlap. Behind the end there is room for a copy.
    let mut buffer = [0; FRONT + 2 * COPY_BYTES];
    let (national, end) = (FRONT + start, FRONT + digits.len());
    buffer[FRONT..FRONT + DIGITS_MIN].copy_from_slice(first);
    buffer[end - DIGITS_MIN..end].copy_from_slice(last);
    // Over what led the national digits, if anything did.
    buffer[national - FRONT..national].copy_from_slice(&row.code_of_four);
    forms.clear();
    write(&buffer, national - row.code.len(), end, &mut forms.exact);
    write(&buffer, national, end, &mut forms.national);
    let mut tail = national.max(end - LOOSE_DIGITS.min(end));
    while tail < end && buffer[tail] == b'0' {
        tail += 1;
    }
    if end - tail >= LOOSE_DIGITS_MIN {
        write(&buffer, tail, end, &mut forms.loose);
    }
    forms.may_have_code = !plus && start == 0 && may_have_code(digits, row.code);
    true
}

/// Copies a part of the buffer that has at most [`COPY_BYTES`] to an empty vector.
#[inline]
fn write(buffer: &[u8; FRONT + 2 * COPY_BYTES], start: usize, end: usize, out: &mut Vec<u8>) {
    if let Some(bytes) = buffer[start..].first_chunk::<COPY_BYTES>() {
        out.extend_from_slice(bytes);
        out.truncate(end - start);
    }
}

/// Whether all eight bytes are digits: their high half is 3, also with 6 more.
#[inline]
fn are_digits(bytes: [u8; DIGITS_MIN]) -> bool {
    const HIGH_HALVES: u64 = 0xf0f0_f0f0_f0f0_f0f0;
    const THREES: u64 = 0x3030_3030_3030_3030;
    const SIXES: u64 = 0x0606_0606_0606_0606;
    let word = u64::from_le_bytes(bytes);
    word & HIGH_HALVES == THREES && word.wrapping_add(SIXES) & HIGH_HALVES == THREES
}

/// Whether the last four digits are one repeated, or count upwards, as those of all numbers do that stand for none.
#[inline]
fn may_be_dummy([.., a, b, c, d]: [u8; DIGITS_MIN]) -> bool {
    let step = |from: u8, to: u8| if to >= from { to - from } else { 10 + to - from };
    step(a, b) <= 1 && step(a, b) == step(b, c) && step(b, c) == step(c, d)
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
            assert_eq!(plain.may_have_code, whole.may_have_code, "{name}");
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
