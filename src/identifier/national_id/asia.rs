//! Asia beside China, without the Near East.

use super::super::date::is_birth_date;
use super::super::{Country, Forms, Reason};
use super::checks::{
    check_character, checked, decimal, digit, is_digit_of, is_short_birth_date, verhoeff_passes, weighted_sum,
    year_first,
};
use super::{Number, Rule};

const HK: Country = Country::literal(b"HK");
const TW: Country = Country::literal(b"TW");
const KR: Country = Country::literal(b"KR");
const JP: Country = Country::literal(b"JP");
const SG: Country = Country::literal(b"SG");
const IN: Country = Country::literal(b"IN");
const MY: Country = Country::literal(b"MY");
const TH: Country = Country::literal(b"TH");
const ID: Country = Country::literal(b"ID");
const VN: Country = Country::literal(b"VN");
const PK: Country = Country::literal(b"PK");
const KZ: Country = Country::literal(b"KZ");
const LK: Country = Country::literal(b"LK");

pub(super) const RULES: &[Rule] = &[
    Rule {
        country: HK,
        name: "identity card number",
        shapes: &["A999999(a)", "AA999999(a)"],
        canonicalize: hong_kong,
        false_accept_rate: 0.091,
    },
    Rule {
        country: HK,
        name: "identity card number without its check digit",
        shapes: &["A999999", "AA999999"],
        canonicalize: hong_kong_unchecked,
        false_accept_rate: 1.0,
    },
    Rule {
        country: TW,
        name: "identity card and resident certificate number",
        shapes: &["A999999999"],
        canonicalize: taiwan,
        false_accept_rate: 0.04,
    },
    Rule {
        country: TW,
        name: "resident certificate number of before 2021",
        shapes: &["AA99999999"],
        canonicalize: taiwan_before_2021,
        false_accept_rate: 0.0154,
    },
    Rule {
        country: KR,
        name: "resident or foreigner registration number",
        shapes: &["999999-9999999"],
        canonicalize: korea,
        false_accept_rate: 0.0029,
    },
    Rule {
        country: JP,
        name: "individual number",
        shapes: &["9999-9999-9999"],
        canonicalize: japan,
        false_accept_rate: 0.1,
    },
    Rule {
        country: SG,
        name: "registration or foreign identification number",
        shapes: &["A9999999A"],
        canonicalize: singapore,
        false_accept_rate: 0.0074,
    },
    Rule {
        country: IN,
        name: "Aadhaar number",
        shapes: &["9999 9999 9999"],
        canonicalize: aadhaar,
        false_accept_rate: 0.08,
    },
    Rule {
        country: IN,
        name: "permanent account number",
        shapes: &["AAAAA9999A"],
        canonicalize: india_account,
        false_accept_rate: 0.462,
    },
    Rule {
        country: MY,
        name: "identity card number",
        shapes: &["999999-99-9999"],
        canonicalize: malaysia,
        false_accept_rate: 0.031,
    },
    Rule {
        country: TH,
        name: "identification number",
        shapes: &["9-9999-99999-99-9"],
        canonicalize: thailand,
        false_accept_rate: 0.09,
    },
    Rule {
        country: ID,
        name: "population registration number",
        shapes: &["99.99.99.999999.9999"],
        canonicalize: indonesia,
        false_accept_rate: 0.027,
    },
    Rule {
        country: VN,
        name: "personal identification number",
        shapes: &["999999999999", "99999999999", "9999999999"],
        canonicalize: vietnam,
        false_accept_rate: 0.245,
    },
    Rule {
        country: VN,
        name: "identity card number of before 2016",
        shapes: &["999 999 999"],
        canonicalize: vietnam_before_2016,
        false_accept_rate: 0.4,
    },
    Rule {
        country: PK,
        name: "identity card number",
        shapes: &["99999-9999999-9"],
        canonicalize: pakistan,
        false_accept_rate: 0.8,
    },
    Rule {
        country: KZ,
        name: "individual identification number",
        shapes: &["999999999999"],
        canonicalize: kazakhstan,
        false_accept_rate: 0.0013,
    },
    Rule {
        country: LK,
        name: "identity card number",
        shapes: &["999999999999", "999999999A"],
        canonicalize: sri_lanka,
        false_accept_rate: 0.0565,
    },
];

/// Hong Kong: one or two letters, six digits, a check digit of 0 to 9 and A, which is written in parentheses.
///
/// The letters tell the kind of registration and are not checked. Canonical form: with the check digit. Source: the
/// Registration of Persons Regulations (Cap. 177A) name the number; its check digit is in common use: weights 9 to 2 with
/// A = 10 and 36 for the missing first letter, modulo 11. One value of eleven passes by chance.
fn hong_kong(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let (payload, check) = number.split_at(number.len() - 1);
    if !check[0].is_ascii_digit() && check[0] != b'A' {
        return Err(Reason::Syntax);
    }
    checked(number, check[0] == hong_kong_check(payload), forms)
}

/// The same number without what stands in parentheses, as forms with a field of its own for it write it.
fn hong_kong_unchecked(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    forms.exact.extend_from_slice(number.as_bytes());
    forms.exact.push(hong_kong_check(number.as_bytes()));
    Ok(())
}

fn hong_kong_check(payload: &[u8]) -> u8 {
    const BLANK: u32 = 36;
    let (letters, digits) = payload.split_at(payload.len() - 6);
    let letter = |byte: u8| u32::from(byte - b'A') + 10;
    let letters = match *letters {
        [first, second] => letter(first) * 9 + letter(second) * 8,
        _ => BLANK * 9 + letter(letters[0]) * 8,
    };
    check_character((11 - (letters + weighted_sum(digits, &[7, 6, 5, 4, 3, 2])) % 11) % 11, b'A')
}

/// Taiwan: a letter for the place of registration and nine digits; the first is 1 or 2 for nationals, 8 or 9 for residents
/// from elsewhere.
///
/// Source: the Enforcement Rules of the Household Registration Act (統一編號); the National Immigration Agency on the
/// certificates since 2 January 2021, which have the same check digit.
fn taiwan(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !matches!(number[1], b'1' | b'2' | b'8' | b'9') {
        return Err(Reason::Syntax);
    }
    checked(number, taiwan_passes(number[0], digit(number[1]), &number[2..]), forms)
}

/// Taiwan, certificates of before 2021: the second place is a letter of A to D. They stay as they are, because the new
/// number of the same person cannot be told from them.
///
/// Source: the National Immigration Agency; the letter counts with the last digit of its number.
fn taiwan_before_2021(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !matches!(number[1], b'A'..=b'D') {
        return Err(Reason::Syntax);
    }
    checked(number, taiwan_passes(number[0], taiwan_letter(number[1]) % 10, &number[2..]), forms)
}

fn taiwan_passes(letter: u8, second: u32, rest: &[u8]) -> bool {
    let letter = taiwan_letter(letter);
    let sum = letter / 10 + letter % 10 * 9 + second * 8 + weighted_sum(rest, &[7, 6, 5, 4, 3, 2, 1, 1]);
    sum.is_multiple_of(10)
}

/// The number of a letter: places that were named later have later numbers.
fn taiwan_letter(letter: u8) -> u32 {
    const NUMBERS: [u32; 26] =
        [10, 11, 12, 13, 14, 15, 16, 17, 34, 18, 19, 20, 21, 22, 35, 23, 24, 25, 26, 27, 28, 29, 32, 30, 31, 33];
    NUMBERS[usize::from(letter - b'A')]
}

/// Numbers of South Korea given since that day (5 October 2020) have no check digit; a birth can be registered a month after.
const KOREA_UNCHECKED_SINCE: u32 = 20_200_905;

/// South Korea: YYMMDD, a digit for century, sex and nationality, five digits, a check digit.
///
/// Since 5 October 2020 all that follows the seventh digit is random. Who was born a month before that or later passes with
/// any end. An older person with a new number (naturalised, changed after a theft, or registered as a foreigner since)
/// cannot be told from a mistyped number, and is refused for the check digit: `--lenient` takes it.
/// Source: the Enforcement Rules of the Resident Registration Act, article 2; the check digit of foreigners (5 to 8) is two
/// more, modulo 10.
fn korea(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let century = match number[6] {
        b'9' | b'0' => 18_000_000,
        b'1' | b'2' | b'5' | b'6' => 19_000_000,
        _ => 20_000_000,
    };
    let born = century + decimal(&number[..6]);
    if !is_birth_date(born, forms.today) {
        return Err(Reason::Date);
    }
    let offset = if matches!(number[6], b'5'..=b'8') { 13 } else { 11 };
    let rest = weighted_sum(number, &[2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]) % 11;
    let passes = is_digit_of(number[12], (offset - rest) % 10);
    checked(number, passes || born >= KOREA_UNCHECKED_SINCE, forms)
}

/// Japan: twelve digits, the last is a check digit.
///
/// Source: Ordinance No. 85 of 2014 of the Ministry of Internal Affairs and Communications, article 5. One of ten passes by
/// chance.
fn japan(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let rest = weighted_sum(number, &[6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11;
    checked(number, is_digit_of(number[11], if rest <= 1 { 0 } else { 11 - rest }), forms)
}

/// Singapore: a letter for the century and the kind of resident, seven digits, a check letter.
///
/// S and T are citizens and permanent residents, F, G and M foreigners. Source: the National Registration Regulations name
/// the number; the check letter as published for integrators, the series M of 2022 with a table of its own.
fn singapore(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let (offset, letters) = match number[0] {
        b'S' => (0, b"JZIHGFEDCBA"),
        b'T' => (4, b"JZIHGFEDCBA"),
        b'F' => (0, b"XWUTRQPNMLK"),
        b'G' => (4, b"XWUTRQPNMLK"),
        b'M' => (3, b"XWUTRQPNJLK"),
        _ => return Err(Reason::Syntax),
    };
    let sum = offset + weighted_sum(&number[1..8], &[2, 7, 6, 5, 4, 3, 2]);
    checked(number, number[8] == letters[sum as usize % letters.len()], forms)
}

/// India, Aadhaar: twelve digits, the first is 2 to 9, the last a check digit.
///
/// Source: Unique Identification Authority of India, "A UID Numbering Scheme" (Verhoeff). Eight of a hundred pass by chance.
fn aadhaar(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if number[0] < b'2' {
        return Err(Reason::Syntax);
    }
    checked(number, verhoeff_passes(number), forms)
}

/// India, permanent account number: five letters, the fourth is the kind of holder, four digits, a check letter.
///
/// Source: Income Tax Department, "Know your PAN"; how the check letter is made is not published.
fn india_account(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !b"ABCEFGHJKLPT".contains(&number[3]) || &number[5..9] == b"0000" {
        return Err(Reason::Syntax);
    }
    checked(number, true, forms)
}

/// Malaysia: YYMMDD, two digits for the place of birth, four digits. No check digit.
///
/// Source: the National Registration Department's list of codes for states and countries.
fn malaysia(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !is_short_birth_date(decimal(&number[..6]), forms.today) {
        return Err(Reason::Date);
    }
    if matches!(decimal(&number[6..8]), 0 | 17..=20 | 69 | 70 | 73 | 80 | 81 | 94..=97) {
        return Err(Reason::Syntax);
    }
    checked(number, true, forms)
}

/// Thailand: a digit for the kind of registration, eleven digits, a check digit.
///
/// Source: the Department of Provincial Administration's numbering; weights 13 to 2, modulo 11. Nine of a hundred pass by
/// chance.
fn thailand(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if number[0] == b'9' {
        return Err(Reason::Syntax);
    }
    let sum = weighted_sum(number, &[13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2]);
    checked(number, is_digit_of(number[12], (11 - sum % 11) % 10), forms)
}

/// Indonesia: province, regency and district, DDMMYY with 40 added to the day of women, four digits. No check digit.
///
/// Source: Law 23 of 2006 on population administration, article 13 with Government Regulation 37 of 2007, article 37.
fn indonesia(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let province = decimal(&number[..2]);
    if !matches!(province, 11..=19 | 21 | 31..=36 | 51..=53 | 61..=65 | 71..=76 | 81 | 82 | 91..=97) {
        return Err(Reason::Syntax);
    }
    if [&number[2..4], &number[4..6]].contains(&&b"00"[..]) || &number[12..] == b"0000" {
        return Err(Reason::Syntax);
    }
    let born = year_first(&number[6..12]);
    let born = if born % 100 > 40 { born - 40 } else { born };
    if !is_short_birth_date(born, forms.today) {
        return Err(Reason::Date);
    }
    checked(number, true, forms)
}

/// Provinces of Viet Nam by their codes of 1999; those of 2025 are among them.
const VIETNAM_PROVINCES: [u32; 63] = [
    1, 2, 4, 6, 8, 10, 11, 12, 14, 15, 17, 19, 20, 22, 24, 25, 26, 27, 30, 31, 33, 34, 35, 36, 37, 38, 40, 42, 44, 45,
    46, 48, 49, 51, 52, 54, 56, 58, 60, 62, 64, 66, 67, 68, 70, 72, 74, 75, 77, 79, 80, 82, 83, 84, 86, 87, 89, 91, 92,
    93, 94, 95, 96,
];

/// Viet Nam: the province or country of birth in three digits, a digit for century and sex, two of the year, six digits.
///
/// No check digit. Codes of provinces begin with a zero, so that a spreadsheet shortens nearly every number: ten and eleven
/// digits get theirs back. Source: Decree 137/2015/ND-CP, article 13; Circular 59/2021/TT-BCA, annex.
fn vietnam(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let mut long = [b'0'; 12];
    long[12 - number.len..].copy_from_slice(number.as_bytes());
    let place = decimal(&long[..3]);
    if place < 100 && VIETNAM_PROVINCES.binary_search(&place).is_err() {
        return Err(Reason::Syntax);
    }
    let year = 1900 + digit(long[3]) / 2 * 100 + decimal(&long[4..6]);
    if year > forms.today / 10_000 {
        return Err(Reason::Date);
    }
    checked(&long, true, forms)
}

/// Viet Nam, cards of before 2016: nine digits, the first two are the police office. No check digit.
///
/// Source: Decree 05/1999/ND-CP.
fn vietnam_before_2016(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if number[0] > b'3' {
        return Err(Reason::Syntax);
    }
    checked(number, true, forms)
}

/// Pakistan: province, division, district and tehsil in five digits, a family in seven, the sex in one. No check digit.
///
/// Source: National Database and Registration Authority.
fn pakistan(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !matches!(number[0], b'1'..=b'8') {
        return Err(Reason::Syntax);
    }
    checked(number, true, forms)
}

/// Kazakhstan: YYMMDD, a digit for century and sex, four digits, a check digit.
///
/// Source: Law No. 223-III of 12 January 2007 on national registers; weights 1 to 11, and 3 to 11, 1, 2 where they give 10.
fn kazakhstan(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let century = match number[6] {
        b'1' | b'2' => 18_000_000,
        b'3' | b'4' => 19_000_000,
        b'5' | b'6' => 20_000_000,
        _ => return Err(Reason::Syntax),
    };
    if !is_birth_date(century + decimal(&number[..6]), forms.today) {
        return Err(Reason::Date);
    }
    let value = match weighted_sum(number, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]) % 11 {
        10 => weighted_sum(number, &[3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 2]) % 11,
        value => value,
    };
    checked(number, is_digit_of(number[11], value), forms)
}

/// Sri Lanka: year and day of the year (500 more for women), a serial number, a check digit whose making is not published.
///
/// Nine digits and V or X until 2015, with a year of two digits and a serial number of three; canonical form: the twelve
/// digits that the old number has become. Source: Department for Registration of Persons.
fn sri_lanka(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let mut long = *b"190000000000";
    match number.as_bytes() {
        old if old.len() == 10 => {
            if !matches!(old[9], b'V' | b'X') {
                return Err(Reason::Syntax);
            }
            long[2..7].copy_from_slice(&old[..5]);
            long[8..].copy_from_slice(&old[5..9]);
        }
        new => long.copy_from_slice(new),
    }
    let (year, day) = (decimal(&long[..4]), decimal(&long[4..7]));
    if !(1850..=forms.today / 10_000).contains(&year) || !matches!(day % 500, 1..=366) || day > 866 {
        return Err(Reason::Date);
    }
    checked(&long, true, forms)
}
