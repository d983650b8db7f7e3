//! International bank account numbers: a country, two check digits, and what the country makes of the rest.
//!
//! Length and structure are those of the country in the registry; then the whole number, its first four characters put
//! last and letters counted as 10 to 35, leaves 1 when divided by 97. The standard makes check digits of 02 to 98 only,
//! so 00, 01 and 99 are refused although the division cannot tell them from 97, 98 and 02. 22 countries are not in the
//! registry but write account numbers in the same way; they are taken in the lengths that their banks publish. Overseas
//! territories of France and Finland, and the British Crown dependencies, use FR, FI and GB.
//!
//! Check digits that a country has inside of its part are not looked at: few registry entries say how they are made.
//! Whether the bank or the account exists cannot be known.
//!
//! Source: ISO 13616-1, ISO/IEC 7064 MOD 97-10; the registry of SWIFT, release 101.

use super::refuse::{has_run_of_x, is_masked_text, is_placeholder};
use super::{Forms, Reason};

/// Share of random values of the right country, length and structure that pass: 97 of the 100 pairs of check digits
/// occur.
pub(super) const FALSE_ACCEPT_RATE: f64 = 0.0100;

/// Countries, and the structure behind the check digits: so many digits (n), letters (a), or characters of either kind
/// (c).
const REGISTRY: &[(&[u8; 2], &str)] = &[
    (b"AD", "8n12c"),
    (b"AE", "19n"),
    (b"AL", "8n16c"),
    (b"AT", "16n"),
    (b"AZ", "4a20c"),
    (b"BA", "16n"),
    (b"BE", "12n"),
    (b"BG", "4a6n8c"),
    (b"BH", "4a14c"),
    (b"BI", "23n"),
    (b"BR", "23n1a1c"),
    (b"BY", "4c4n16c"),
    (b"CH", "5n12c"),
    (b"CR", "18n"),
    (b"CY", "8n16c"),
    (b"CZ", "20n"),
    (b"DE", "18n"),
    (b"DJ", "23n"),
    (b"DK", "14n"),
    (b"DO", "4c20n"),
    (b"EE", "16n"),
    (b"EG", "25n"),
    (b"ES", "20n"),
    (b"FI", "14n"),
    (b"FK", "2a12n"),
    (b"FO", "14n"),
    (b"FR", "10n11c2n"),
    (b"GB", "4a14n"),
    (b"GE", "2a16n"),
    (b"GI", "4a15c"),
    (b"GL", "14n"),
    (b"GR", "7n16c"),
    (b"GT", "24c"),
    (b"HN", "4a20n"),
    (b"HR", "17n"),
    (b"HU", "24n"),
    (b"IE", "4a14n"),
    (b"IL", "19n"),
    (b"IQ", "4a15n"),
    (b"IS", "22n"),
    (b"IT", "1a10n12c"),
    (b"JO", "4a4n18c"),
    (b"KW", "4a22c"),
    (b"KZ", "3n13c"),
    (b"LB", "4n20c"),
    (b"LC", "4a24c"),
    (b"LI", "5n12c"),
    (b"LT", "16n"),
    (b"LU", "3n13c"),
    (b"LV", "4a13c"),
    (b"LY", "21n"),
    (b"MC", "10n11c2n"),
    (b"MD", "20c"),
    (b"ME", "18n"),
    (b"MK", "3n10c2n"),
    (b"MN", "16n"),
    (b"MR", "23n"),
    (b"MT", "4a5n18c"),
    (b"MU", "4a19n3a"),
    (b"NI", "4a20n"),
    (b"NL", "4a10n"),
    (b"NO", "11n"),
    (b"OM", "3n16c"),
    (b"PK", "4a16c"),
    (b"PL", "24n"),
    (b"PS", "4a21c"),
    (b"PT", "21n"),
    (b"QA", "4a21c"),
    (b"RO", "4a16c"),
    (b"RS", "18n"),
    (b"RU", "14n15c"),
    (b"SA", "2n18c"),
    (b"SC", "4a20n3a"),
    (b"SD", "14n"),
    (b"SE", "20n"),
    (b"SI", "15n"),
    (b"SK", "20n"),
    (b"SM", "1a10n12c"),
    (b"SO", "19n"),
    (b"ST", "21n"),
    (b"SV", "4a20n"),
    (b"TL", "19n"),
    (b"TN", "20n"),
    (b"TR", "6n16c"),
    (b"UA", "6n19c"),
    (b"VA", "18n"),
    (b"VG", "4a16n"),
    (b"XK", "16n"),
    (b"YE", "4a4n18c"),
    // Not in the registry.
    (b"AO", "21n"),
    (b"BF", "2c22n"),
    (b"BJ", "2c22n"),
    (b"CF", "23n"),
    (b"CG", "23n"),
    (b"CI", "2a22n"),
    (b"CM", "23n"),
    (b"CV", "21n"),
    (b"DZ", "22n"),
    (b"GA", "23n"),
    (b"GQ", "23n"),
    (b"GW", "2c19n"),
    (b"IR", "22n"),
    (b"KM", "23n"),
    (b"MA", "24n"),
    (b"MG", "23n"),
    (b"ML", "2c22n"),
    (b"MZ", "21n"),
    (b"NE", "2a22n"),
    (b"SN", "2a22n"),
    (b"TD", "23n"),
    (b"TG", "2a22n"),
];

/// Countries of the registry itself come first in the table.
#[cfg(test)]
const REGISTERED: usize = 89;

/// ISO 13616-1 allows 34 characters.
const LEN_MAX: usize = 34;

/// The places of a number that must hold digits and letters, a bit for each; and its length.
#[derive(Clone, Copy)]
struct Structure {
    digits: u64,
    letters: u64,
    len: usize,
}

const NO_COUNTRY: Structure = Structure { digits: 0, letters: 0, len: 0 };

/// Structures by the two letters of the country.
static STRUCTURES: [Structure; 26 * 26] = {
    let mut table = [NO_COUNTRY; 26 * 26];
    let mut i = 0;
    while i < REGISTRY.len() {
        let (country, structure) = REGISTRY[i];
        table[place_of(country[0], country[1])] = structure_of(structure.as_bytes());
        i += 1;
    }
    table
};

const fn place_of(first: u8, second: u8) -> usize {
    (first - b'A') as usize * 26 + (second - b'A') as usize
}

/// Reads `8n12c`, behind two letters and two check digits.
const fn structure_of(text: &[u8]) -> Structure {
    let mut structure = Structure { digits: 0b1100, letters: 0b0011, len: 4 };
    let (mut count, mut i) = (0, 0);
    while i < text.len() {
        if text[i].is_ascii_digit() {
            count = count * 10 + (text[i] - b'0') as usize;
        } else {
            let places = ((1 << count) - 1) << structure.len;
            match text[i] {
                b'n' => structure.digits |= places,
                b'a' => structure.letters |= places,
                _ => {}
            }
            structure.len += count;
            count = 0;
        }
        i += 1;
    }
    structure
}

/// Writes the number in upper case without separators.
pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    accept(text, forms).map_err(|reason| {
        let masked = is_masked_text(text) || text.contains('*') || has_run_of_x(text.as_bytes());
        match reason {
            Reason::Checksum if !masked => Reason::Checksum,
            _ if masked => Reason::Masked,
            _ if is_placeholder(text) => Reason::Placeholder,
            reason => reason,
        }
    })
}

fn accept(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    let mut number = [0; LEN_MAX];
    let (len, digits) = compact(without_label(text), &mut number)?;
    let number = &number[..len];
    let &[first @ b'A'..=b'Z', second @ b'A'..=b'Z', tens @ b'0'..=b'9', ones @ b'0'..=b'9', ..] = number else {
        return Err(Reason::Syntax);
    };
    let structure = STRUCTURES[place_of(first, second)];
    if structure.len == 0 {
        return Err(Reason::Syntax);
    }
    if len != structure.len {
        return Err(Reason::Length);
    }
    // Every character is a digit or a letter, so that letters are what is left.
    if digits & structure.digits != structure.digits || digits & structure.letters != 0 {
        return Err(Reason::Syntax);
    }
    forms.exact.extend_from_slice(number);
    let made = !matches!([tens, ones], [b'0', b'0' | b'1'] | [b'9', b'9']);
    if made && remainder(number, digits) == 1 { Ok(()) } else { Err(Reason::Checksum) }
}

/// Strips the name of the number itself, as forms and invoices print it.
fn without_label(text: &str) -> &str {
    let label = text.get(..4).filter(|label| label.eq_ignore_ascii_case("IBAN"));
    label.map_or(text, |label| text[label.len()..].trim_start_matches([' ', ':', '.', '-', '#']))
}

/// Copies letters in upper case and digits; spaces and dashes come off. Output: how many, and a bit for every digit.
#[inline]
fn compact(text: &str, number: &mut [u8; LEN_MAX]) -> Result<(usize, u64), Reason> {
    if text.len() > WRITTEN_BYTES_MAX {
        return compact_unicode(text, number);
    }
    // One place more, for separators at the end.
    let mut written = [0; WRITTEN_BYTES_MAX + 1];
    let (mut len, mut digits, mut wrong) = (0, 0, false);
    for &b in text.as_bytes() {
        let upper = UPPER[usize::from(b)];
        written[len] = upper;
        digits |= u64::from(upper.is_ascii_digit()) << len;
        len += usize::from(upper != SEPARATOR);
        wrong |= upper == OTHER;
    }
    if wrong {
        return if text.is_ascii() { Err(Reason::Syntax) } else { compact_unicode(text, number) };
    }
    let number = number.get_mut(..len).ok_or(Reason::Length)?;
    number.copy_from_slice(&written[..len]);
    Ok((len, digits))
}

/// Characters with separators, at most, that are read without a second look.
const WRITTEN_BYTES_MAX: usize = 63;

/// Marks of what is no letter and no digit.
const SEPARATOR: u8 = 0;
const OTHER: u8 = 1;

/// The upper case of letters, digits, and the marks of the other bytes.
const UPPER: [u8; 256] = {
    let mut table = [OTHER; 256];
    let mut byte = 0;
    while byte < 128 {
        if (byte as u8).is_ascii_alphanumeric() {
            table[byte] = (byte as u8).to_ascii_uppercase();
        }
        byte += 1;
    }
    table[b' ' as usize] = SEPARATOR;
    table[b'-' as usize] = SEPARATOR;
    table[b'.' as usize] = SEPARATOR;
    table
};

/// The same where there are other spaces and dashes than those of ASCII, or very many.
#[cold]
fn compact_unicode(text: &str, number: &mut [u8; LEN_MAX]) -> Result<(usize, u64), Reason> {
    let (mut len, mut digits) = (0, 0);
    let separator = |c: &char| c.is_whitespace() || matches!(c, '-' | '.' | '\u{2010}'..='\u{2015}' | '\u{2212}');
    for c in text.chars().filter(|c| !separator(c)) {
        if !c.is_ascii_alphanumeric() {
            return Err(Reason::Syntax);
        }
        *number.get_mut(len).ok_or(Reason::Length)? = c.to_ascii_uppercase() as u8;
        digits |= u64::from(c.is_ascii_digit()) << len;
        len += 1;
    }
    Ok((len, digits))
}

/// The remainder by 97, the first four characters put last and letters counted as 10 to 35 (ISO/IEC 7064 MOD 97-10).
///
/// Input: a bit for every digit. Where eight follow one another, they are one step.
#[inline]
fn remainder(number: &[u8], digits: u64) -> u64 {
    let mut sum = 0;
    let mut place = 4;
    while place < number.len() {
        if let Some(eight) = number[place..].first_chunk::<8>().filter(|_| digits >> place & 0xff == 0xff) {
            sum = (sum * 100_000_000 + eight_digits(*eight)) % 97;
            place += 8;
        } else {
            sum = append(sum, number[place]) % 97;
            place += 1;
        }
    }
    number[..4].iter().fold(sum, |sum, b| append(sum, *b)) % 97
}

/// The number with a further digit, or the two of a letter.
#[inline]
fn append(sum: u64, b: u8) -> u64 {
    if b.is_ascii_digit() { sum * 10 + u64::from(b - b'0') } else { sum * 100 + u64::from(b - b'A') + 10 }
}

/// The value of eight decimal digits: pairs, then fours, then all, each in one multiplication.
#[inline]
fn eight_digits(digits: [u8; 8]) -> u64 {
    let values = u64::from_le_bytes(digits) - 0x3030_3030_3030_3030;
    let pairs = (values * 10 + (values >> 8)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
    (fours * 10_000 + (fours >> 32)) & 0xffff_ffff
}

#[cfg(test)]
mod tests {
    use super::super::vectors::Random;
    use super::*;

    fn iban(text: &str) -> Result<String, Reason> {
        let mut forms = Forms::new();
        canonicalize(text, &mut forms).map(|()| String::from_utf8(forms.exact.clone()).unwrap())
    }

    /// Digit by digit.
    fn slow_remainder(number: &[u8]) -> u64 {
        number[4..].iter().chain(&number[..4]).fold(0, |sum, b| append(sum, *b) % 97)
    }

    #[test]
    fn eight_digits_are_their_value() {
        let mut random = Random(0x1eaf);
        for _ in 0..100_000 {
            let value = random.below(100_000_000);
            let text = format!("{value:08}");
            assert_eq!(eight_digits(text.as_bytes().try_into().unwrap()), value as u64);
        }
    }

    /// The number of a country with these characters, and the check digits that the standard makes for it.
    fn made(country: &[u8], rest: &[u8]) -> String {
        let open = [country, b"00", rest].concat();
        let check = 98 - slow_remainder(&open);
        format!("{}{check:02}{}", String::from_utf8_lossy(country), String::from_utf8_lossy(rest))
    }

    fn random_rest(structure: &str, random: &mut Random) -> Vec<u8> {
        let mut rest = Vec::new();
        let mut count = 0;
        for b in structure.bytes() {
            match b {
                b'0'..=b'9' => count = count * 10 + usize::from(b - b'0'),
                _ => {
                    let alphabet: &[u8] = match b {
                        b'n' => b"0123456789",
                        b'a' => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
                        _ => b"0123456789ABCDEFGHIJKLMNOPQRSTUVWYZ",
                    };
                    rest.extend(random.text(alphabet, count));
                    count = 0;
                }
            }
        }
        rest
    }

    #[test]
    fn every_country_accepts_what_it_makes_and_no_other_length() {
        let mut random = Random(0x1eaf);
        for (country, structure) in REGISTRY {
            for _ in 0..200 {
                let rest = random_rest(structure, &mut random);
                let number = made(country.as_slice(), &rest);
                assert_eq!(iban(&number), Ok(number.clone()), "{number}");
                assert_eq!(iban(&format!("{number}0")), Err(Reason::Length), "{number}");
                assert_eq!(iban(&number[..number.len() - 1]), Err(Reason::Length), "{number}");
                let lower = number.to_lowercase();
                let (head, tail) = lower.split_at(4 * (1 + random.below(3)));
                assert_eq!(iban(&format!("{head} {tail}")), Ok(number));
            }
        }
    }

    #[test]
    fn the_table_is_sorted_and_complete() {
        let (registered, others) = REGISTRY.split_at(REGISTERED);
        for part in [registered, others] {
            assert!(part.is_sorted_by(|a, b| a.0 < b.0));
        }
        assert_eq!(others.len(), 22);
        let count = STRUCTURES.iter().filter(|structure| structure.len > 0).count();
        assert_eq!(count, REGISTRY.len());
        assert!(STRUCTURES.iter().all(|structure| structure.len <= LEN_MAX));
        let longest = REGISTRY.iter().map(|(country, _)| STRUCTURES[place_of(country[0], country[1])].len).max();
        assert_eq!(longest, Some(33));
    }

    #[test]
    fn any_single_wrong_character_and_any_swap_is_found() {
        let number = "GB29NWBK60161331926819";
        for place in 2..number.len() {
            for other in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ".chars().filter(|c| !number[place..].starts_with(*c)) {
                let wrong = format!("{}{other}{}", &number[..place], &number[place + 1..]);
                assert!(matches!(iban(&wrong), Err(Reason::Checksum | Reason::Syntax)), "{wrong}");
            }
        }
        for place in 8..number.len() - 1 {
            let mut swapped = number.as_bytes().to_vec();
            swapped.swap(place, place + 1);
            let swapped = String::from_utf8(swapped).unwrap();
            let want = if swapped == number { Ok(swapped.clone()) } else { Err(Reason::Checksum) };
            assert_eq!(iban(&swapped), want);
        }
    }

    #[test]
    fn check_digits_that_are_never_made_are_refused() {
        let mut seen = 0;
        for account in 0..2_000 {
            let rest = format!("37040044{account:010}");
            for digits in ["00", "01", "99"] {
                let number = format!("DE{digits}{rest}");
                if slow_remainder(number.as_bytes()) == 1 {
                    seen += 1;
                    assert_eq!(iban(&number), Err(Reason::Checksum), "{number}");
                }
            }
        }
        assert!(seen > 20, "{seen}");
    }

    #[test]
    fn a_failing_check_leaves_the_number() {
        let mut forms = Forms::new();
        assert_eq!(canonicalize("de88 3704 0044 0532 0130 00", &mut forms), Err(Reason::Checksum));
        assert_eq!(forms.exact, b"DE88370400440532013000");
    }

    #[test]
    fn other_reasons() {
        for (text, want) in [
            ("DE89 3704 **** **** **** 00", Reason::Masked),
            ("DE89 3704 XXXX XXXX XXXX 00", Reason::Masked),
            ("none", Reason::Placeholder),
            ("US12345678901234567890", Reason::Syntax),
            ("GF1420041010050500013M02606", Reason::Syntax),
            ("DE8937040044053201300A", Reason::Syntax),
            ("1234567890", Reason::Syntax),
            ("DE", Reason::Syntax),
            ("DE89", Reason::Length),
            ("IBAN", Reason::Syntax),
            ("DE89_370400440532013000", Reason::Syntax),
        ] {
            assert_eq!(iban(text), Err(want), "{text}");
        }
    }
}
