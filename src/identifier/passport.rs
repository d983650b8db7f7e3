//! Passport numbers, of a country if it is known, and the machine-readable zones that hold them.
//!
//! A number is 6 to 12 characters of A-Z and 0-9, with at least three digits where its country says no more: passports have up to nine, identity cards
//! in the same layout more. Printed numbers have no check digit that all countries share, so that little speaks against
//! one; where the authority of the country given publishes how its numbers look, others are refused. A machine-readable
//! zone has a check digit and names the issuing state.
//!
//! Of a zone whose state is not the country given nothing is said (`Syntax`), but Hong Kong and Macao issue theirs in
//! the name of China. Whether a passport was issued, is valid, or replaced cannot be known.
//!
//! Source: ICAO Doc 9303 (see [`super::mrz`]); the authorities named beside the table.

use super::mrz::{self, ZONE_LEN_MAX};
use super::refuse::{
    has_run_of_x, is_masked_text, is_one_repeated, is_placeholder, is_scientific, without_decimal_tail,
};
use super::{Country, Forms, Reason};

const LEN_MIN: usize = 6;
const LEN_MAX: usize = 12;
/// Words have none. Where it is known how numbers look, that says more: German ones may have none.
const DIGITS_MIN: usize = 3;

/// How a country's numbers look. `n` is a digit, `a` a letter, `c` either, `g` a character of German numbers; capital
/// letters and digits stand for themselves.
struct Format {
    country: &'static [u8; 2],
    looks: &'static [&'static str],
}

const FORMATS: &[Format] = &[
    // National Immigration Administration: ordinary passports with chip (E, a second letter since April 2017) and
    // without (G, before them 14 and 15), for public affairs (P), service (S), diplomatic (D); the two special
    // administrative regions (H, K, M).
    Format {
        country: b"CN",
        looks: &[
            "Ennnnnnnn",
            "Eannnnnnn",
            "Gnnnnnnnn",
            "14nnnnnnn",
            "15nnnnnnn",
            "Pnnnnnnn",
            "Pnnnnnnnn",
            "PEnnnnnnn",
            "Snnnnnnn",
            "Snnnnnnnn",
            "SEnnnnnnn",
            "Dnnnnnnn",
            "Dnnnnnnnn",
            "DEnnnnnnn",
            "Hnnnnnnnn",
            "Hannnnnnn",
            "Knnnnnnnn",
            "Kannnnnnn",
            "Mnnnnnnnn",
            "Mannnnnnn",
        ],
    },
    // Federal Ministry of the Interior, October 2011: since November 2007 nine of 27 characters, a letter first;
    // before, digits. Provisional and children's passports have a letter and seven or eight digits.
    Format { country: b"DE", looks: &["gcccccccc", "nnnnnnnnn", "annnnnnn", "annnnnnnn"] },
    // The formats from here on are general knowledge: no text of the authority that each names was compared with them.
    // Department of State: nine digits; since 2021 a letter and eight.
    Format { country: b"US", looks: &["nnnnnnnnn", "annnnnnnn"] },
    // His Majesty's Passport Office.
    Format { country: b"GB", looks: &["nnnnnnnnn"] },
    // Ministry of External Affairs.
    Format { country: b"IN", looks: &["annnnnnn"] },
    // Ministry of Foreign Affairs of Japan.
    Format { country: b"JP", looks: &["aannnnnnn"] },
    // Directorate General of Population and Citizenship of Turkey.
    Format { country: b"TR", looks: &["annnnnnnn"] },
    // Immigration, Refugees and Citizenship Canada: two letters and six digits; since 2023 a letter, six digits, two
    // letters.
    Format { country: b"CA", looks: &["aannnnnn", "annnnnnaa"] },
    // Ministry of the Interior of France.
    Format { country: b"FR", looks: &["nnaannnnn"] },
    // Ministry of Foreign Affairs of Korea: a letter and eight digits; since December 2021 three digits, a letter, four
    // digits.
    Format { country: b"KR", looks: &["annnnnnnn", "annnannnn", "aannnnnnn"] },
];

/// The characters of German numbers: no vowels, and no B, D, Q, S.
const GERMAN: &[u8] = b"0123456789CFGHJKLMNPRTVWXYZ";

/// Writes the number in upper case without separators.
pub(super) fn canonicalize(text: &str, country: Country, forms: &mut Forms) -> Result<(), Reason> {
    accept(text, country, forms).map_err(|reason| {
        if is_masked_text(text) || text.contains('*') || has_run_of_x(text.as_bytes()) {
            Reason::Masked
        } else if is_placeholder(text) {
            Reason::Placeholder
        } else if is_scientific(text) {
            Reason::SpreadsheetDamage
        } else {
            reason
        }
    })
}

fn accept(text: &str, country: Country, forms: &mut Forms) -> Result<(), Reason> {
    let mut compact = [0; ZONE_LEN_MAX];
    let len = compact_of(without_decimal_tail(text)?, &mut compact)?;
    let written = &compact[..len];
    forms.country = country;
    if memchr::memchr(b'<', written).is_some() {
        from_zone(written, country, forms)
    } else {
        from_number(written, forms)
    }
}

/// Copies letters in upper case, digits and fillers. Blanks, line ends and separators come off.
fn compact_of(text: &str, compact: &mut [u8; ZONE_LEN_MAX]) -> Result<usize, Reason> {
    let plain = text.bytes().fold(true, |plain, b| plain & (b.is_ascii_alphanumeric() | (b == b'<')));
    if plain {
        let compact = compact.get_mut(..text.len()).ok_or(Reason::Length)?;
        compact.copy_from_slice(text.as_bytes());
        compact.make_ascii_uppercase();
        return Ok(text.len());
    }
    let mut len = 0;
    let separator = |c: &char| {
        c.is_whitespace() || matches!(c, '-' | '.' | '/' | '_' | '\u{b7}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
    };
    for c in text.chars().filter(|c| !separator(c)) {
        if !c.is_ascii_alphanumeric() && c != '<' {
            return Err(Reason::Syntax);
        }
        *compact.get_mut(len).ok_or(Reason::Length)? = c.to_ascii_uppercase() as u8;
        len += 1;
    }
    Ok(len)
}

/// The number of a machine-readable zone.
fn from_zone(written: &[u8], country: Country, forms: &mut Forms) -> Result<(), Reason> {
    let zone = mrz::read(written)?;
    let of_china = matches!(country.code(), "HK" | "MO") && zone.state == Country::CN;
    if country.is_none() {
        forms.country = zone.state;
    } else if zone.state != country && !of_china {
        return Err(Reason::Syntax);
    }
    forms.exact.extend_from_slice(zone.number.first);
    forms.exact.extend_from_slice(zone.number.rest);
    check(&forms.exact, country)?;
    if zone.passes { Ok(()) } else { Err(Reason::Checksum) }
}

fn from_number(written: &[u8], forms: &mut Forms) -> Result<(), Reason> {
    let country = forms.country;
    let (number, passes) = match written.split_last() {
        // Until 2004 the check digit was printed behind the number of a German passport, and forms still ask for it.
        Some((digit @ b'0'..=b'9', number)) if written.len() == 10 && country.code() == "DE" => {
            (number, *digit == mrz::check_digit(number.iter()))
        }
        _ => (written, true),
    };
    check(number, country)?;
    forms.exact.extend_from_slice(number);
    if passes { Ok(()) } else { Err(Reason::Checksum) }
}

/// Refuses what no passport of any country, or of this one, has for a number.
fn check(number: &[u8], country: Country) -> Result<(), Reason> {
    if !(LEN_MIN..=LEN_MAX).contains(&number.len()) {
        return Err(Reason::Length);
    }
    if is_one_repeated(number) || is_sequence(number) {
        return Err(Reason::Placeholder);
    }
    if has_run_of_x(number) {
        return Err(Reason::Masked);
    }
    let code = country.code().as_bytes();
    let Some(format) = FORMATS.iter().find(|format| *format.country == code) else {
        let digits = number.iter().filter(|b| b.is_ascii_digit()).count();
        return if digits < DIGITS_MIN { Err(Reason::Syntax) } else { Ok(()) };
    };
    if format.looks.iter().any(|look| looks_like(number, look.as_bytes())) {
        return Ok(());
    }
    let known_len = format.looks.iter().any(|look| look.len() == number.len());
    Err(if known_len { Reason::Syntax } else { Reason::Length })
}

/// Whether the digits only count up or down from one end: what testers enter.
fn is_sequence(number: &[u8]) -> bool {
    b"1234567890".starts_with(number) || b"0123456789".starts_with(number) || b"9876543210".starts_with(number)
}

fn looks_like(number: &[u8], look: &[u8]) -> bool {
    let fits = |(b, class): (&u8, &u8)| match class {
        b'n' => b.is_ascii_digit(),
        b'a' => b.is_ascii_uppercase(),
        b'g' => b.is_ascii_uppercase() && GERMAN.contains(b),
        b'c' => GERMAN.contains(b),
        itself => b == itself,
    };
    number.len() == look.len() && number.iter().zip(look).all(fits)
}

#[cfg(test)]
mod tests {
    use super::super::vectors::Random;
    use super::*;

    fn passport(text: &str, country: &str) -> Result<(String, String), Reason> {
        let mut forms = Forms::new();
        let country = Country::from_code(country).unwrap_or(Country::NONE);
        canonicalize(text, country, &mut forms)
            .map(|()| (String::from_utf8(forms.exact.clone()).unwrap(), forms.country.code().to_owned()))
    }

    fn check(text: &str, country: &str, want: Result<(&str, &str), Reason>) {
        let want = want.map(|(number, country)| (number.to_owned(), country.to_owned()));
        assert_eq!(passport(text, country), want, "{text} {country}");
    }

    #[test]
    fn every_format_accepts_its_own_and_no_other_length() {
        let mut random = Random(0x1eaf);
        for format in FORMATS {
            let country = std::str::from_utf8(format.country).unwrap();
            for look in format.looks {
                for _ in 0..100 {
                    let number: Vec<u8> = look.bytes().map(|class| one_of(class, &mut random)).collect();
                    let number = String::from_utf8(number).unwrap();
                    check(&number, country, Ok((&number, country)));
                    check(&number.to_lowercase(), country, Ok((&number, country)));
                    check(&number, "", Ok((&number, "")));
                    check(&format!("{number}7777"), country, Err(Reason::Length));
                }
            }
        }
    }

    fn one_of(class: u8, random: &mut Random) -> u8 {
        let alphabet: &[u8] = match class {
            b'n' => b"0123456789",
            b'a' => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
            b'g' => &GERMAN[10..],
            // Enough digits to be a number at all.
            b'c' => b"0123456789",
            itself => return itself,
        };
        alphabet[random.below(alphabet.len())]
    }

    #[test]
    fn countries_refuse_the_numbers_of_others() {
        check("EA1234567", "CN", Ok(("EA1234567", "CN")));
        check("P.1234567", "CN", Ok(("P1234567", "CN")));
        check("N1234567", "CN", Err(Reason::Syntax));
        check("N1234567", "IN", Ok(("N1234567", "IN")));
        check("C01X0006H", "DE", Ok(("C01X0006H", "DE")));
        check("C01X0006O", "DE", Err(Reason::Syntax));
        check("A12345678", "GB", Err(Reason::Syntax));
        check("A12345678", "US", Ok(("A12345678", "US")));
        check("12345", "GB", Err(Reason::Length));
        check("X1234567", "CH", Ok(("X1234567", "CH")));
    }

    #[test]
    fn a_printed_check_digit_of_germany_comes_off() {
        let digit = char::from(mrz::check_digit(b"C01X00T47".iter()));
        check(&format!("C01X00T47{digit}"), "DE", Ok(("C01X00T47", "DE")));
        check("C01X00T479", "DE", Err(Reason::Checksum));
        check("C01X00T479", "", Ok(("C01X00T479", "")));
    }

    const LINES: &str = "P<SWEERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<L898902C36SWE7408122F1204159ZE184226B<<<<<10";

    #[test]
    fn a_zone_names_its_state() {
        let (first, second) = LINES.split_at(44);
        for text in [
            LINES.to_owned(),
            LINES.to_lowercase(),
            format!("{first}\n{second}"),
            format!("{first} {second}"),
            format!("{first}\r\n{second}"),
            second.to_owned(),
        ] {
            check(&text, "", Ok(("L898902C3", "SE")));
            check(&text, "SE", Ok(("L898902C3", "SE")));
            check(&text, "NO", Err(Reason::Syntax));
        }
        check(&LINES.replace("C36", "C37"), "", Err(Reason::Checksum));
        check(&LINES.replace("SWE", "UTO"), "", Err(Reason::Reserved));
        check(&LINES.replace("SWE", "XXA"), "", Ok(("L898902C3", "")));
        check(&LINES[..60], "", Err(Reason::Syntax));
        let hong_kong = LINES.replace("SWE", "CHN").replace("L898902C36", "K012345678");
        let digit = char::from(mrz::check_digit(b"K01234567".iter()));
        let hong_kong = hong_kong.replace("K012345678", &format!("K01234567{digit}"));
        check(&hong_kong, "HK", Ok(("K01234567", "HK")));
        check(&hong_kong, "", Ok(("K01234567", "CN")));
    }

    #[test]
    fn a_failing_check_digit_leaves_number_and_state() {
        let mut forms = Forms::new();
        let wrong = LINES.replace("C36", "C37");
        assert_eq!(canonicalize(&wrong, Country::NONE, &mut forms), Err(Reason::Checksum));
        assert_eq!((forms.exact.as_slice(), forms.country.code()), (&b"L898902C3"[..], "SE"));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for (text, want) in [
            ("12345", Reason::Length),
            ("1234567890123", Reason::Length),
            ("PASSPORT", Reason::Syntax),
            ("AB123456é", Reason::Syntax),
            ("E1234****", Reason::Masked),
            ("EXXXX5678", Reason::Masked),
            ("000000000", Reason::Placeholder),
            ("111111111", Reason::Placeholder),
            ("123456789", Reason::Placeholder),
            ("987654321", Reason::Placeholder),
            ("n/a", Reason::Placeholder),
            ("1.23457E+8", Reason::SpreadsheetDamage),
            ("1234567890123456.0", Reason::SpreadsheetDamage),
        ] {
            check(text, "", Err(want));
        }
        check("123456780.0", "", Ok(("123456780", "")));
        check("ab 12-34/567", "", Ok(("AB1234567", "")));
    }
}
