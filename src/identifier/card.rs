//! Payment card numbers: 12 to 19 digits that begin with the prefix of a network and end in a check digit.
//!
//! A number whose prefix belongs to no network is refused, even if the check digit passes: one in ten numbers of
//! loyalty, fuel and membership cards does. A network has the lengths that it publishes. Prefixes 50, 56 to 59 and 6
//! that no other network claims are Maestro's, with 12 to 19 digits: many domestic debit cards are among them.
//!
//! The check digit binds for every network. The card standard of the People's Republic of China (JR/T 0008) asks for it
//! too; the few UnionPay cards without one are refused as `Checksum`, and `--lenient` takes them. Whether a card
//! exists, is expired, or who issued it cannot be known.
//!
//! Source: ISO/IEC 7812-1 (digits, major industry, Luhn); the prefixes and lengths in the tables of Wikipedia, "Payment
//! card number", and of the public documentation of Braintree, Stripe and Adyen; in prefixes 9 the next three digits
//! are the ISO 3166-1 number of a country.

use super::refuse::{self, is_one_repeated, without_decimal_tail};
use super::{Forms, Reason};

/// Share of random 16-digit values that pass: one of ten check digits, behind 41 % of the prefixes.
pub(super) const FALSE_ACCEPT_RATE: f64 = 0.041;

/// ISO/IEC 7812-1.
const DIGITS_MAX: usize = 19;
const DIGITS_MIN: usize = 12;
/// A double holds 15 decimal digits; a spreadsheet writes zeros for the rest.
const SPREADSHEET_DIGITS: usize = 15;

/// One prefix of a network: the first and the last value of its four leading digits, and a bit for every length.
struct Network {
    first: u16,
    last: u16,
    lengths: u32,
}

/// The bits of a list of lengths.
const fn lengths(list: &[u32]) -> u32 {
    let (mut bits, mut i) = (0, 0);
    while i < list.len() {
        bits |= 1 << list[i];
        i += 1;
    }
    bits
}

const fn network(first: u16, last: u16, list: &[u32]) -> Network {
    Network { first, last, lengths: lengths(list) }
}

/// Prefixes in the order in which they are tried; the first that holds the number decides.
const NETWORKS: &[Network] = &[
    // Visa; also Dankort 4571, Visa Electron, Elo 4011 to 4576.
    network(4000, 4999, &[13, 16, 19]),
    // Mastercard; also Diners Club of North America, 54 and 55.
    network(5100, 5599, &[16]),
    network(2221, 2720, &[16]),
    // UnionPay. Braintree names test cards of 14 and 15 digits.
    network(6200, 6299, &[14, 15, 16, 17, 18, 19]),
    // UnionPay and RuPay; then RuPay alone.
    network(8100, 8199, &[16, 17, 18, 19]),
    network(8200, 8299, &[16]),
    // American Express.
    network(3400, 3499, &[15]),
    network(3700, 3799, &[15]),
    // JCB; inside of it LankaPay 3571 and RuPay 353, 356. Before it were 15 digits, 2131 and 1800.
    network(3528, 3589, &[16, 17, 18, 19]),
    network(2131, 2131, &[15]),
    // Discover, also RuPay and Troy 65, Verve 6500, Elo 6500 to 6550.
    network(6011, 6011, &[16, 17, 18, 19]),
    network(6440, 6599, &[16, 17, 18, 19]),
    // Diners Club International, and old JCB numbers, 3088 to 3102.
    network(3000, 3099, &[14, 15, 16, 17, 18, 19]),
    network(3600, 3699, &[14, 15, 16, 17, 18, 19]),
    network(3800, 3999, &[14, 15, 16, 17, 18, 19]),
    // China T-Union.
    network(3100, 3199, &[19]),
    // Mir, and Borica of Bulgaria.
    network(2200, 2205, &[16, 17, 18, 19]),
    // InterPayment; inside of it Elo 6362 and 6363.
    network(6360, 6369, &[16, 17, 18, 19]),
    // Maestro; also Verve 5060, 5061, 5078 and 5079, Dankort 5019, Elo 5041, 5066, 5067 and 509, Bankcard 5610, Switch
    // 5641, AfriGo 5644, UzCard 5614, Interac 58, Hipercard 6062, RuPay 607 and 608, UkrCard 6040 to 6042, NPS 6054,
    // cards of Iran and of Indonesia, Solo 6334, InstaPayment 637 to 639, Laser, Bancontact 6703, girocard 67.
    network(5000, 5099, &[12, 13, 14, 15, 16, 17, 18, 19]),
    network(5600, 5999, &[12, 13, 14, 15, 16, 17, 18, 19]),
    network(6000, 6999, &[12, 13, 14, 15, 16, 17, 18, 19]),
    // GPN of Indonesia, one bank; then UATP, the cards of airlines.
    network(1946, 1946, &[15, 16, 18, 19]),
    network(1000, 1999, &[15]),
    // UzCard, and Humo of Uzbekistan.
    network(8600, 8600, &[16]),
    network(9860, 9860, &[16]),
    // Troy of Turkey, Napas of Viet Nam, Prostir of Ukraine, Belkart, ArCa of Armenia, Dina of Serbia, Elcart of
    // Kyrgyzstan.
    network(9792, 9792, &[16]),
    network(9704, 9704, &[16, 19]),
    network(9804, 9804, &[16]),
    network(9112, 9112, &[16]),
    network(9051, 9051, &[16]),
    network(9891, 9891, &[16]),
    network(9417, 9417, &[16]),
    // Banks of China before UnionPay had 62: their telephone numbers, 95510 to 95599.
    network(9551, 9559, &[16, 17, 18, 19]),
];

/// The lengths of the network of a prefix; none if it has none.
const fn lengths_behind(prefix: u16) -> u32 {
    let mut i = 0;
    while i < NETWORKS.len() {
        if NETWORKS[i].first <= prefix && prefix <= NETWORKS[i].last {
            return NETWORKS[i].lengths;
        }
        i += 1;
    }
    0
}

/// The lengths behind two leading digits, where the next two change nothing: for nearly every card. Else [`MIXED`].
static BY_TWO_DIGITS: [u32; 100] = {
    let mut table = [0; 100];
    let mut two = 0;
    while two < 100 {
        table[two] = lengths_behind(two as u16 * 100);
        let mut last = 1;
        while last < 100 {
            if lengths_behind(two as u16 * 100 + last) != table[two] {
                table[two] = MIXED;
            }
            last += 1;
        }
        two += 1;
    }
    table
};

/// No card has one digit.
const MIXED: u32 = lengths(&[1]);

#[inline]
fn lengths_of(digits: &[u8]) -> u32 {
    let number = |digits: &[u8]| digits.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
    match BY_TWO_DIGITS[usize::from(number(&digits[..2]))] {
        MIXED => lengths_behind(number(&digits[..4])),
        lengths => lengths,
    }
}

/// Writes the digits without separators.
pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    let mut digits = [0; DIGITS_MAX];
    let plain = text.len() <= DIGITS_MAX && text.bytes().fold(true, |plain, b| plain & b.is_ascii_digit());
    let outcome = if plain {
        accept(text.as_bytes(), forms)
    } else if let Some(len) = digits_of(text, &mut digits) {
        accept(&digits[..len], forms)
    } else {
        from_other_text(text, forms)
    };
    outcome.map_err(|reason| refuse::of_number(text).unwrap_or(reason))
}

/// Copies the digits of a text of digits, spaces and dashes. None if it has anything else, or too many digits.
#[inline]
fn digits_of(text: &str, digits: &mut [u8; DIGITS_MAX]) -> Option<usize> {
    let mut len = 0;
    for &b in text.as_bytes() {
        if b.is_ascii_digit() {
            *digits.get_mut(len)? = b;
            len += 1;
        } else if b != b' ' && b != b'-' {
            return None;
        }
    }
    Some(len)
}

/// What is not plain digits: other dashes, the tail of a spreadsheet, the tracks of a magnetic stripe.
#[cold]
fn from_other_text(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    let number = without_decimal_tail(without_track(text))?;
    let mut digits = [0; DIGITS_MAX];
    let mut len = 0;
    for c in number.chars().filter(|c| !is_separator(*c)) {
        if !c.is_ascii_digit() {
            return Err(Reason::Syntax);
        }
        *digits.get_mut(len).ok_or(Reason::Length)? = c as u8;
        len += 1;
    }
    accept(&digits[..len], forms)
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '.' | '_' | '\u{b7}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// The number on a track of a magnetic stripe (ISO/IEC 7813): `%B4111...^NAME^...` or `;4111...=...`.
fn without_track(text: &str) -> &str {
    let Some((number, _)) = text.split_once(['^', '=']) else { return text };
    let number = number.strip_prefix(['%', ';']).unwrap_or(number);
    number.strip_prefix(['B', 'b']).unwrap_or(number)
}

#[inline]
fn accept(digits: &[u8], forms: &mut Forms) -> Result<(), Reason> {
    if digits.len() < DIGITS_MIN {
        return Err(Reason::Length);
    }
    if is_one_repeated(digits) {
        return Err(Reason::Placeholder);
    }
    let lengths = lengths_of(digits);
    if lengths == 0 {
        return Err(Reason::Syntax);
    }
    if lengths & 1 << digits.len() == 0 {
        return Err(Reason::Length);
    }
    let passes = luhn_sum(digits).is_multiple_of(10);
    if !passes && is_rounded(digits) {
        return Err(Reason::SpreadsheetDamage);
    }
    forms.exact.extend_from_slice(digits);
    if passes { Ok(()) } else { Err(Reason::Checksum) }
}

/// Whether all digits behind the fifteenth are zeros, as a spreadsheet leaves them.
fn is_rounded(digits: &[u8]) -> bool {
    digits.len() > SPREADSHEET_DIGITS && digits[SPREADSHEET_DIGITS..].iter().all(|digit| *digit == b'0')
}

/// The digits, every second from the right but one doubled and its own digits added (ISO/IEC 7812-1, annex B).
///
/// Eight digits at a time: each is a byte of a word.
#[inline]
fn luhn_sum(digits: &[u8]) -> u32 {
    const WORDS: usize = DIGITS_MAX.div_ceil(8);
    const EACH: u64 = 0x0101_0101_0101_0101;
    // The first, third, ... of eight: with the number put to the right, these are the doubled ones.
    const DOUBLED: u64 = 0x000f_000f_000f_000f;
    let mut right = [b'0'; 8 * WORDS];
    right[8 * WORDS - digits.len()..].copy_from_slice(digits);
    let sums = right.as_chunks::<8>().0.iter().map(|eight| {
        let values = u64::from_le_bytes(*eight) - u64::from(b'0') * EACH;
        let added = values + (values & DOUBLED);
        // The high bit of each byte that is 10 or more: those are 9 too many.
        let over = (added + (0x80 - 10) * EACH) >> 7 & EACH;
        let sum = (added - 9 * over).wrapping_mul(EACH) >> 56;
        sum as u32
    });
    sums.sum()
}

#[cfg(test)]
mod tests {
    use super::super::vectors::Random;
    use super::*;

    fn card(text: &str) -> Result<String, Reason> {
        let mut forms = Forms::new();
        canonicalize(text, &mut forms).map(|()| String::from_utf8(forms.exact.clone()).unwrap())
    }

    /// A number with this beginning and length whose check digit passes.
    fn with_check_digit(prefix: &str, len: usize, random: &mut Random) -> String {
        let body = [prefix.as_bytes(), &random.text(b"0123456789", len - 1 - prefix.len())].concat();
        let whole = |digit: u8| [&body[..], &[digit]].concat();
        let digit = (b'0'..=b'9').find(|digit| luhn_sum(&whole(*digit)).is_multiple_of(10)).unwrap();
        String::from_utf8(whole(digit)).unwrap()
    }

    #[test]
    fn every_network_has_its_lengths() {
        let mut random = Random(7);
        for (prefix, lengths) in [
            ("4", "13 16 19"),
            ("51", "16"),
            ("2221", "16"),
            ("2720", "16"),
            ("34", "15"),
            ("37", "15"),
            ("36", "14 15 16 17 18 19"),
            ("3528", "16 17 18 19"),
            ("6011", "16 17 18 19"),
            ("622126", "14 15 16 17 18 19"),
            ("81", "16 17 18 19"),
            ("508", "12 13 14 15 16 17 18 19"),
            ("6759", "12 13 14 15 16 17 18 19"),
            ("2200", "16 17 18 19"),
            ("9792", "16"),
            ("9704", "16 19"),
            ("8600", "16"),
            ("10", "15"),
            ("31", "19"),
            ("9558", "16 17 18 19"),
        ] {
            let lengths: Vec<usize> = lengths.split(' ').map(|len| len.parse().unwrap()).collect();
            for len in DIGITS_MIN..=DIGITS_MAX {
                let number = with_check_digit(prefix, len, &mut random);
                let want = if lengths.contains(&len) { Ok(number.clone()) } else { Err(Reason::Length) };
                assert_eq!(card(&number), want, "{prefix} {len}");
            }
        }
    }

    #[test]
    fn prefixes_of_no_network_are_refused() {
        let mut random = Random(7);
        for prefix in ["0", "20", "2220", "2721", "32", "33", "3527", "3590", "7", "80", "83", "90", "9550", "9800"] {
            let number = with_check_digit(prefix, 16, &mut random);
            assert_eq!(card(&number), Err(Reason::Syntax), "{prefix}");
        }
    }

    #[test]
    fn words_of_digits_have_the_sum_of_single_ones() {
        let mut random = Random(0x1eaf);
        for _ in 0..100_000 {
            let len = DIGITS_MIN + random.below(DIGITS_MAX - DIGITS_MIN + 1);
            let digits = random.text(b"0123456789", len);
            let sum: u32 = (digits.iter().rev().enumerate())
                .map(|(place, digit)| u32::from(digit - b'0') * (1 + place as u32 % 2))
                .map(|value| value / 10 + value % 10)
                .sum();
            assert_eq!(luhn_sum(&digits), sum, "{digits:?}");
        }
    }

    #[test]
    fn two_digits_tell_the_network_or_do_not() {
        for prefix in 0..10_000_u16 {
            let digits = format!("{prefix:04}");
            assert_eq!(lengths_of(digits.as_bytes()), lengths_behind(prefix), "{prefix}");
        }
        assert!(BY_TWO_DIGITS.iter().filter(|lengths| **lengths == MIXED).count() < 20);
    }

    #[test]
    fn one_wrong_digit_fails_and_two_swapped_ones_but_09() {
        let number = b"4242424242424242";
        let mut forms = Forms::new();
        for place in 1..number.len() {
            for digit in (b'0'..=b'9').filter(|digit| *digit != number[place]) {
                let mut wrong = *number;
                wrong[place] = digit;
                forms.clear();
                let reason = accept(&wrong, &mut forms).unwrap_err();
                let rounded = wrong[15] == b'0';
                let want = if rounded { Reason::SpreadsheetDamage } else { Reason::Checksum };
                assert_eq!(reason, want, "{place} {digit}");
                assert!(rounded || forms.exact == wrong);
            }
        }
        let mut random = Random(7);
        for _ in 0..1_000 {
            let number = with_check_digit("4", 16, &mut random);
            let place = 1 + random.below(14);
            let mut swapped = number.clone().into_bytes();
            swapped.swap(place, place + 1);
            let unseen = matches!(&swapped[place..place + 2], b"09" | b"90") || number.as_bytes() == swapped;
            assert_eq!(luhn_sum(&swapped).is_multiple_of(10), unseen, "{number} {place}");
        }
    }

    #[test]
    fn damage_masks_and_placeholders_have_their_reasons() {
        for (text, want) in [
            ("411111******1111", Reason::Masked),
            ("XXXX-XXXX-XXXX-1111", Reason::Masked),
            ("4111 •••• •••• 1111", Reason::Masked),
            ("4.11111E+15", Reason::SpreadsheetDamage),
            ("4123456789012340", Reason::SpreadsheetDamage),
            ("6212345678901230000", Reason::SpreadsheetDamage),
            ("4111111111111111.0", Reason::SpreadsheetDamage),
            ("4111111111111112", Reason::Checksum),
            ("4444444444444444", Reason::Placeholder),
            ("0000000000000000", Reason::Placeholder),
            ("none", Reason::Placeholder),
            ("41111111111", Reason::Length),
            ("41111111111111111111", Reason::Length),
            ("4111a11111111111", Reason::Syntax),
            ("1111", Reason::Length),
        ] {
            assert_eq!(card(text), Err(want), "{text}");
        }
    }

    #[test]
    fn tracks_and_separators_come_off() {
        for text in [
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "4111\u{2013}1111\u{2013}1111\u{2013}1111",
            "4111.1111.1111.1111",
            ";4111111111111111=25121010000000000000?",
            "%B4111111111111111^DOE/JANE^2512101?",
            "4111111111111111=2512",
        ] {
            assert_eq!(card(text).as_deref(), Ok("4111111111111111"), "{text}");
        }
        assert_eq!(card("378282246310005.0").as_deref(), Ok("378282246310005"));
    }

    #[test]
    fn any_separators_give_the_same_number() {
        let mut random = Random(0x1eaf);
        for _ in 0..20_000 {
            let number = with_check_digit("62", 16 + random.below(4), &mut random);
            let mut written = String::new();
            for c in number.chars() {
                written.push(c);
                written.push_str([" ", "-", "", "", "", " - "][random.below(6)]);
            }
            assert_eq!(card(written.trim()), Ok(number));
        }
    }
}
