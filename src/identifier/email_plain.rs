//! Addresses that need no cleaning and have nothing special in them, which are nearly all: 16 bytes at a time.
//!
//! The whole rule ([`super::email`]) looks at every byte several times, and a processor guesses wrong at every dot. Here each
//! byte becomes one bit in each of five sets: letters, digits, dots, hyphens, marks. "No two dots in a row" is then
//! `dots & dots >> 1 == 0`, and the whole syntax a dozen such words without a branch: 15 ns instead of 80.
//!
//! What these words do not accept is no error: the whole rule decides. It is also the oracle of the tests.

use super::Forms;
use super::email::{PLACEHOLDERS, fold};
use super::simd::{BYTES_MAX, Sets, lower_and_sort};

/// Writes the forms of a plain address.
///
/// Output: whether it was one. If not, nothing is written.
pub(super) fn canonicalize(raw: &[u8], forms: &mut Forms) -> bool {
    if raw.len() > BYTES_MAX || raw.len() < 3 {
        return false;
    }
    let mut text = [0; BYTES_MAX];
    let sets = lower_and_sort(raw, &mut text);
    let Some(at) = sets.at_of_plain(raw.len()) else { return false };
    let text = &text[..raw.len()];
    if text.len() <= PLACEHOLDER_BYTES_MAX && PLACEHOLDERS.contains(&text) {
        return false;
    }
    forms.clear();
    forms.exact.extend_from_slice(text);
    if forms.folds && sets.may_have_fold(at, &text[at + 1..]) {
        fold(at, forms);
    }
    true
}

/// The first letters of the domains that [`fold`] knows.
const FOLDING_INITIALS: &[u8] = b"gimpy";
/// No placeholder is longer.
const PLACEHOLDER_BYTES_MAX: usize = 19;

impl Sets {
    /// Whether an address can have another folded form: it has a tag, or its provider may have other domains or ignore dots.
    #[inline]
    fn may_have_fold(&self, at: usize, domain: &[u8]) -> bool {
        let local = (1 << at) - 1;
        self.marks & local != 0 || FOLDING_INITIALS.contains(&domain[0])
    }

    /// The place of the `@` of a plain address.
    #[inline]
    fn at_of_plain(&self, length: usize) -> Option<usize> {
        let all = u64::MAX >> (BYTES_MAX - length);
        let names = self.letters | self.digits;
        let known = names | self.dots | self.hyphens | self.marks | self.ats;
        // Exactly one `@`, neither first nor last.
        let one_at = self.ats != 0 && self.ats & (self.ats - 1) == 0;
        let at = self.ats.trailing_zeros() as usize;
        let local = self.ats.wrapping_sub(1);
        let domain = all & !local & !self.ats;
        let joints = self.dots | self.hyphens;
        // Guards and blanks can stand only around other ends than letters and digits.
        let ends = 1 | 1 << (length - 1);
        // A dot stands alone, and not before the `@`; in a domain neither dots nor hyphens touch each other or the `@`.
        let wrong = (self.dots & (self.dots >> 1 | self.ats >> 1)) & (local | self.ats >> 1)
            | (joints & (joints >> 1 | self.ats << 1)) & domain
            | self.marks & domain
            | ends & !names
            | all & !known;
        let last_dot = 63 - (self.dots & domain | 1).leading_zeros();
        // The last label is no number.
        let last_label = domain & !(u64::MAX >> (63 - last_dot));
        let named = last_label & (self.letters | self.hyphens) != 0;
        (wrong == 0 && one_at && self.dots & domain != 0 && named).then_some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::clean::clean;
    use super::super::email;
    use super::super::simd::lower_and_sort_portably;
    use super::*;

    /// What is plain has the forms that the whole rule gives it.
    fn check(raw: &[u8], plain: &mut Forms, whole: &mut Forms) -> bool {
        if raw.len() <= BYTES_MAX {
            let mut texts = [[0; BYTES_MAX]; 2];
            let [first, second] = &mut texts;
            assert_eq!(lower_and_sort(raw, first), lower_and_sort_portably(raw, second));
            assert_eq!(first, second);
        }
        plain.clear();
        whole.clear();
        if !canonicalize(raw, plain) {
            return false;
        }
        let mut buffer = String::new();
        let result = clean(raw, &mut buffer).and_then(|text| email::canonicalize(text, whole));
        assert_eq!(result, Ok(()), "{:?}", raw.escape_ascii().to_string());
        assert_eq!((&plain.exact, &plain.fold), (&whole.exact, &whole.fold), "{:?}", raw.escape_ascii().to_string());
        true
    }

    #[test]
    fn plain_addresses_have_the_forms_of_the_whole_rule() {
        let (mut plain, mut whole) = (Forms::new(), Forms::new());
        let mut check = |raw: &str| check(raw.as_bytes(), &mut plain, &mut whole);
        let longest = format!("{}@c.de", "x".repeat(59));
        for raw in [
            "Anna.Maria@Example.COM",
            "j.doe+news@googlemail.com",
            "a_b-c@x-1.co.uk",
            "1@2.de",
            "a@yandex.com.tr",
            &longest,
        ] {
            assert!(check(raw), "{raw}");
        }
        let long_local = format!("{}@c.de", "x".repeat(65));
        let others = "a@b a@b.1 a..b@c.de .a@c.de a.@c.de a@.c.de a@c..de a@-c.de a@c-.de a@c.-de a@c.de. @c.de a@ a@b@c.de \
                      test@test.com a@xn--bcher-kva.de 'a@c.de' a**b@c.de mailto:a@c.de \u{fc}@c.de a@c_d.de +a@c.de a";
        for raw in others.split(' ').chain([" a@c.de", "a@c.de\t", "", long_local.as_str()]) {
            assert!(!check(raw), "{raw}");
        }
    }

    #[test]
    fn random_texts_of_the_characters_of_addresses_agree() {
        const ALPHABET: &[u8] = b"aB9.-_+@xn--1gmail.com*'\" ";
        let (mut plain, mut whole) = (Forms::new(), Forms::new());
        let mut state = 1u64;
        let mut accepted = 0;
        for _ in 0..200_000 {
            let mut next = || {
                state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
                (state >> 33) as usize
            };
            let length = if next() % 16 == 0 { next() % 70 } else { next() % 12 };
            let mut raw: Vec<u8> = (0..length).map(|_| ALPHABET[next() % ALPHABET.len()]).collect();
            let tails: [&[u8]; 4] = [b"", b"@gmail.com", b"@a.b", b".de"];
            raw.extend_from_slice(tails[next() % 4]);
            accepted += u32::from(check(&raw, &mut plain, &mut whole));
        }
        assert!(accepted > 5000, "{accepted} were plain");
    }
}
