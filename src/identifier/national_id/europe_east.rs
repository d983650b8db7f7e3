//! Eastern Europe: Poland, Czechia, Slovakia, Hungary, Romania, Moldova, Bulgaria and Ukraine.

use super::super::date::is_birth_date;
use super::super::{Country, Forms, Reason};
use super::checks::{alphanumeric, checked, day_number, decimal, is_digit_of, weighted_sum};
use super::{Number, Rule};

const PL: Country = Country::literal(b"PL");
const CZ: Country = Country::literal(b"CZ");
const SK: Country = Country::literal(b"SK");
const HU: Country = Country::literal(b"HU");
const RO: Country = Country::literal(b"RO");
const MD: Country = Country::literal(b"MD");
const BG: Country = Country::literal(b"BG");
const UA: Country = Country::literal(b"UA");

pub(super) const RULES: &[Rule] = &[
    Rule { country: PL, name: "PESEL", shapes: &["99999999999"], canonicalize: pesel, false_accept_rate: 0.0066 },
    Rule { country: PL, name: "NIP", shapes: &["999-999-99-99"], canonicalize: nip, false_accept_rate: 0.082 },
    Rule {
        country: PL,
        name: "numer dowodu osobistego",
        shapes: &["AAA 999999"],
        canonicalize: dowod,
        false_accept_rate: 0.1,
    },
    Rule {
        country: CZ,
        name: "rodné číslo",
        shapes: &["999999/9999"],
        canonicalize: rodne_cislo,
        false_accept_rate: 0.0066,
    },
    Rule {
        country: CZ,
        name: "rodné číslo before 1954",
        shapes: &["999999/999"],
        canonicalize: rodne_cislo_of_9,
        false_accept_rate: 0.039,
    },
    Rule {
        country: SK,
        name: "rodné číslo",
        shapes: &["999999/9999"],
        canonicalize: rodne_cislo_of_slovakia,
        false_accept_rate: 0.005,
    },
    Rule {
        country: SK,
        name: "rodné číslo before 1954",
        shapes: &["999999/999"],
        canonicalize: rodne_cislo_of_9,
        false_accept_rate: 0.039,
    },
    Rule {
        country: HU,
        name: "személyi azonosító",
        shapes: &["9-999999-9999"],
        canonicalize: szemelyi_azonosito,
        false_accept_rate: 0.0024,
    },
    Rule {
        country: HU,
        name: "adóazonosító jel",
        shapes: &["9999999999"],
        canonicalize: adoazonosito,
        false_accept_rate: 0.0053,
    },
    Rule { country: HU, name: "TAJ-szám", shapes: &["999-999-999"], canonicalize: taj, false_accept_rate: 0.1 },
    Rule { country: RO, name: "CNP", shapes: &["9999999999999"], canonicalize: cnp, false_accept_rate: 0.001_2 },
    Rule { country: MD, name: "IDNP", shapes: &["9999999999999"], canonicalize: idnp, false_accept_rate: 0.01 },
    Rule { country: BG, name: "EGN", shapes: &["9999999999"], canonicalize: egn, false_accept_rate: 0.0065 },
    Rule { country: BG, name: "LNCh", shapes: &["9999999999"], canonicalize: lnch, false_accept_rate: 0.1 },
    Rule { country: UA, name: "RNOKPP", shapes: &["9999999999"], canonicalize: rnokpp, false_accept_rate: 0.046 },
    Rule { country: UA, name: "UNZR", shapes: &["99999999-99999"], canonicalize: unzr, false_accept_rate: 0.000_07 },
];

/// Number of the population register: birthday with the century in the month, serial number, check digit.
///
/// Months have 80 added for people of the 19th century, 20 for those of the 21st.
/// Source: Ustawa o ewidencji ludności of 24 September 2010, articles 15 to 19; Ministerstwo Cyfryzacji, PESEL.
fn pesel(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let date = decimal(&digits[..6]);
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let year = [1900, 2000, 2100, 2200, 1800][month as usize / 20] + year;
    if !is_birth_date(year * 10_000 + month % 20 * 100 + day, forms.today) {
        return Err(Reason::Date);
    }
    let sum = weighted_sum(digits, &[1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1]);
    checked(digits, sum.is_multiple_of(10), forms)
}

/// Tax number, of people who trade, and of companies.
///
/// Source: Ustawa o zasadach ewidencji i identyfikacji podatników of 13 October 1995.
fn nip(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if digits[0] == b'0' {
        return Err(Reason::Syntax);
    }
    let sum = weighted_sum(&digits[..9], &[6, 5, 7, 2, 3, 4, 5, 6, 7]);
    checked(digits, is_digit_of(digits[9], sum % 11), forms)
}

/// Number of an identity card since 2001: three letters, a check digit, five digits.
///
/// Source: Ustawa o dowodach osobistych of 6 August 2010; ICAO Doc 9303-3, section 4.9.
fn dowod(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let characters = number.as_bytes();
    let weighted = characters.iter().zip([7, 3, 1, 0, 7, 3, 1, 7, 3]);
    let sum: u32 = weighted.map(|(byte, weight)| alphanumeric(*byte) * weight).sum();
    checked(characters, is_digit_of(characters[3], sum % 10), forms)
}

/// Birth number since 1954: birthday, four digits, divisible by 11.
///
/// Women have 50 added to the month; since 2004 20 more can be added where the numbers of a day are used up. Until 1985 the
/// last digit was 0 where the others leave 10.
/// Source: Zákon 133/2000 Sb., § 13.
fn rodne_cislo(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    rodne_cislo_of_10(number.as_bytes(), true, forms)
}

/// The same in Slovakia, where nothing was added to months in 2004.
///
/// Source: Zákon 301/1995 Z. z. o rodnom čísle.
fn rodne_cislo_of_slovakia(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    rodne_cislo_of_10(number.as_bytes(), false, forms)
}

fn rodne_cislo_of_10(digits: &[u8], continues: bool, forms: &mut Forms) -> Result<(), Reason> {
    let year = decimal(&digits[..2]);
    let year = if year >= 54 { 1900 + year } else { 2000 + year };
    if !is_czechoslovak_birth_date(year, decimal(&digits[2..6]), continues, forms.today) {
        return Err(Reason::Date);
    }
    let rest = decimal(&digits[..9]) % 11;
    let passes = is_digit_of(digits[9], rest) || (rest == 10 && digits[9] == b'0' && year <= 1985);
    checked(digits, passes, forms)
}

/// Birth number of people born before 1954: three digits behind the birthday, and no check digit.
///
/// The few that were given to people of the 19th century are not accepted: they cannot be told from any other number.
/// Source: as for the number since 1954.
fn rodne_cislo_of_9(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let year = decimal(&digits[..2]);
    if year > 53 || !is_czechoslovak_birth_date(1900 + year, decimal(&digits[2..6]), false, forms.today) {
        return Err(Reason::Date);
    }
    checked(digits, true, forms)
}

fn is_czechoslovak_birth_date(year: u32, month_and_day: u32, continues: bool, today: u32) -> bool {
    let month = match month_and_day / 100 {
        month @ 71.. if continues && year >= 2004 => month - 70,
        month @ 51.. => month - 50,
        month @ 21.. if continues && year >= 2004 => month - 20,
        month => month,
    };
    is_birth_date(year * 10_000 + month * 100 + month_and_day % 100, today)
}

/// Personal identifier, formerly the personal number: sex and century, birthday, serial number, check digit.
///
/// 3, 4, 7 and 8 are of people of the 19th and of the 21st century: of the later one whose day is not in the future. The
/// weights of the check digit were turned round for people born since 1997.
/// Source: 1996. évi XX. törvény, annex 2.
fn szemelyi_azonosito(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let short = decimal(&digits[1..7]);
    let centuries: &[u32] = match digits[0] {
        b'1' | b'2' | b'5' | b'6' => &[19],
        b'3' | b'4' | b'7' | b'8' => &[20, 18],
        _ => return Err(Reason::Syntax),
    };
    let mut dates = centuries.iter().map(|century| century * 1_000_000 + short);
    let date = dates.find(|date| is_birth_date(*date, forms.today)).ok_or(Reason::Date)?;
    let sum = match date {
        ..19_970_101 => weighted_sum(digits, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]),
        _ => weighted_sum(digits, &[10, 9, 8, 7, 6, 5, 4, 3, 2, 1]),
    };
    checked(digits, is_digit_of(digits[10], sum % 11), forms)
}

/// Tax identifier of a person: an 8, the days from 1867 to the birthday, serial number, check digit.
///
/// Source: 1996. évi XX. törvény, annex 1.
fn adoazonosito(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if digits[0] != b'8' {
        return Err(Reason::Syntax);
    }
    if day_number(18_670_101) + decimal(&digits[1..6]) > day_number(forms.today) {
        return Err(Reason::Date);
    }
    let sum = weighted_sum(&digits[..9], &[1, 2, 3, 4, 5, 6, 7, 8, 9]);
    checked(digits, is_digit_of(digits[9], sum % 11), forms)
}

/// Number of the social insurance: eight digits and a check digit.
///
/// Source: 1996. évi XX. törvény, annex 3.
fn taj(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let sum = weighted_sum(digits, &[3, 7, 3, 7, 3, 7, 3, 7]);
    checked(digits, is_digit_of(digits[8], sum % 10), forms)
}

/// Personal numeric code: sex and century, birthday, county, serial number, check digit.
///
/// 7, 8 and 9 are of foreigners, whose century it does not tell. County 70 stands for all counties in
/// numbers given since 2023; what 80 to 83 are is not published.
/// Source: OUG 97/2005; Ministerul Afacerilor Interne, precizări privind generarea CNP; OECD, TIN of Romania.
fn cnp(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let short = decimal(&digits[1..7]);
    let centuries: &[u32] = match digits[0] {
        b'1' | b'2' => &[19],
        b'3' | b'4' => &[18],
        b'5' | b'6' => &[20],
        b'7'..=b'9' => &[19, 20],
        _ => return Err(Reason::Syntax),
    };
    if !matches!(decimal(&digits[7..9]), 1..=48 | 51 | 52 | 70 | 80..=83) || &digits[9..12] == b"000" {
        return Err(Reason::Syntax);
    }
    if !centuries.iter().any(|century| is_birth_date(century * 1_000_000 + short, forms.today)) {
        return Err(Reason::Date);
    }
    let rest = weighted_sum(digits, &[2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9]) % 11;
    checked(digits, is_digit_of(digits[12], if rest == 10 { 1 } else { rest }), forms)
}

/// State identification number of a person: it begins with 2.
///
/// Source: Legea 273/1994; Hotărârea Guvernului 333/2002, Registrul de stat al populației.
fn idnp(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if digits[0] != b'2' {
        return Err(Reason::Syntax);
    }
    let sum = weighted_sum(digits, &[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1]);
    checked(digits, is_digit_of(digits[12], sum % 10), forms)
}

/// Uniform civil number: birthday with the century in the month, region and sex, check digit.
///
/// Months have 20 added for people of the 19th century, 40 for those of the 21st.
/// Source: Закон за гражданската регистрация, article 11; Наредба № РД-02-20-9 of 21 May 2012.
fn egn(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let date = decimal(&digits[..6]);
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let century = [19, 18, 20].get(month as usize / 20).ok_or(Reason::Date)?;
    if !is_birth_date(century * 1_000_000 + year * 10_000 + month % 20 * 100 + day, forms.today) {
        return Err(Reason::Date);
    }
    let sum = weighted_sum(&digits[..9], &[2, 4, 8, 5, 10, 9, 7, 3, 6]);
    checked(digits, is_digit_of(digits[9], sum % 11 % 10), forms)
}

/// Personal number of a foreigner: nine digits and a check digit.
///
/// Source: Закон за чужденците в Република България; European Commission, TIN Algorithms - Public, Bulgaria.
fn lnch(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let sum = weighted_sum(&digits[..9], &[21, 19, 17, 13, 11, 9, 7, 3, 1]);
    checked(digits, is_digit_of(digits[9], sum % 10), forms)
}

/// Registration number of a taxpayer's card: days from the end of 1899 to the birthday, serial number, check digit.
///
/// Source: Наказ Міністерства фінансів України № 822 of 29 September 2017; the algorithm of the State Tax Service.
fn rnokpp(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    let days = decimal(&digits[..5]);
    if days == 0 || day_number(18_991_231) + days > day_number(forms.today) {
        return Err(Reason::Date);
    }
    let sum = weighted_sum(&digits[..9], &[10, 5, 7, 9, 4, 6, 10, 5, 7]);
    checked(digits, is_digit_of(digits[9], sum % 11 % 10), forms)
}

/// Unique number of a record in the demographic register: birthday, serial number, check digit.
///
/// Source: Закон України № 5492-VI, article 10; Постанова КМУ № 302 of 25 March 2015; weights 7, 3, 1 of ICAO Doc 9303.
fn unzr(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let digits = number.as_bytes();
    if !is_birth_date(decimal(&digits[..8]), forms.today) {
        return Err(Reason::Date);
    }
    let sum = weighted_sum(digits, &[7, 3, 1, 7, 3, 1, 7, 3, 1, 7, 3, 1]);
    checked(digits, is_digit_of(digits[12], sum % 10), forms)
}
