//! The Americas.

use super::super::date::is_birth_date;
use super::super::{Country, Forms, Reason};
use super::checks::{also_written, check_character, checked, decimal, is_digit_of, luhn_passes, weighted_sum};
use super::mexico::{mexico_population, mexico_taxpayer, mexico_taxpayer_short, mexico_taxpayer_unchecked};
use super::{Number, Rule};

const US: Country = Country::literal(b"US");
const CA: Country = Country::literal(b"CA");
const MX: Country = Country::literal(b"MX");
const BR: Country = Country::literal(b"BR");
const AR: Country = Country::literal(b"AR");
const CL: Country = Country::literal(b"CL");
const CO: Country = Country::literal(b"CO");
const PE: Country = Country::literal(b"PE");
const EC: Country = Country::literal(b"EC");
const UY: Country = Country::literal(b"UY");
const DO: Country = Country::literal(b"DO");
const CR: Country = Country::literal(b"CR");
const SV: Country = Country::literal(b"SV");
const CU: Country = Country::literal(b"CU");

pub(super) const RULES: &[Rule] = &[
    Rule {
        country: US,
        name: "social security or individual taxpayer identification number",
        shapes: &["999-99-9999"],
        canonicalize: united_states,
        false_accept_rate: 0.933,
    },
    Rule {
        country: CA,
        name: "social insurance number",
        shapes: &["999-999-999"],
        canonicalize: canada,
        false_accept_rate: 0.09,
    },
    Rule {
        country: MX,
        name: "clave única de registro de población",
        shapes: &["AAAA999999AAAAAA*9"],
        canonicalize: mexico_population,
        false_accept_rate: 0.000_012,
    },
    Rule {
        country: MX,
        name: "registro federal de contribuyentes of a person",
        shapes: &["Ñ AAAA-999999-**a"],
        canonicalize: mexico_taxpayer,
        false_accept_rate: 0.0033,
    },
    Rule {
        country: MX,
        name: "registro federal de contribuyentes of a person, with another check digit",
        shapes: &["Ñ AAAA-999999-**a"],
        canonicalize: mexico_taxpayer_unchecked,
        false_accept_rate: 0.0365,
    },
    Rule {
        country: MX,
        name: "registro federal de contribuyentes of a person without its last three characters",
        shapes: &["Ñ AAAA-999999"],
        canonicalize: mexico_taxpayer_short,
        false_accept_rate: 0.0365,
    },
    Rule {
        country: BR,
        name: "cadastro de pessoas físicas",
        shapes: &["999.999.999-99"],
        canonicalize: brazil,
        false_accept_rate: 0.01,
    },
    Rule {
        country: AR,
        name: "clave única de identificación tributaria o laboral",
        shapes: &["99-99999999-9"],
        canonicalize: argentina_taxpayer,
        false_accept_rate: 0.012,
    },
    Rule {
        country: AR,
        name: "documento nacional de identidad",
        shapes: &["99.999.999", "9.999.999"],
        canonicalize: argentina,
        false_accept_rate: 1.0,
    },
    Rule {
        country: CL,
        name: "rol único nacional",
        shapes: &["99.999.999-k", "9.999.999-k", "999.999-k", "999999999-k"],
        canonicalize: chile,
        false_accept_rate: 0.091,
    },
    Rule {
        country: CL,
        name: "rol único nacional sin dígito verificador",
        shapes: &["99.999.999", "9.999.999"],
        canonicalize: chile_without_check,
        false_accept_rate: 0.7,
    },
    Rule {
        country: CO,
        name: "cédula de ciudadanía",
        shapes: &["9.999.999.999", "999.999.999", "99.999.999", "9.999.999", "999.999"],
        canonicalize: colombia,
        false_accept_rate: 0.9,
    },
    Rule {
        country: PE,
        name: "registro único de contribuyentes",
        shapes: &["99999999999"],
        canonicalize: peru_taxpayer,
        false_accept_rate: 0.005,
    },
    Rule {
        country: PE,
        name: "documento nacional de identidad",
        shapes: &["99999999", "99999999-*"],
        canonicalize: peru,
        false_accept_rate: 1.0,
    },
    Rule {
        country: EC,
        name: "cédula de identidad",
        shapes: &["999999999-9"],
        canonicalize: ecuador,
        false_accept_rate: 0.0175,
    },
    Rule {
        country: EC,
        name: "registro único de contribuyentes of a person",
        shapes: &["9999999999999"],
        canonicalize: ecuador_taxpayer,
        false_accept_rate: 0.0175,
    },
    Rule {
        country: UY,
        name: "cédula de identidad",
        shapes: &["9.999.999-9", "999.999-9"],
        canonicalize: uruguay,
        false_accept_rate: 0.1,
    },
    Rule {
        country: DO,
        name: "cédula de identidad y electoral",
        shapes: &["999-9999999-9"],
        canonicalize: dominican_republic,
        false_accept_rate: 0.1,
    },
    Rule {
        country: CR,
        name: "cédula de identidad",
        shapes: &["9-9999-9999", "99-9999-9999"],
        canonicalize: costa_rica,
        false_accept_rate: 0.9,
    },
    Rule {
        country: SV,
        name: "documento único de identidad",
        shapes: &["99999999-9"],
        canonicalize: el_salvador,
        false_accept_rate: 0.1,
    },
    Rule {
        country: CU,
        name: "número de identidad permanente",
        shapes: &["99999999999"],
        canonicalize: cuba,
        false_accept_rate: 0.025,
    },
];

/// Numbers that the Social Security Administration has declared void because advertisements showed them.
const UNITED_STATES_SHOWN: [&[u8]; 2] = [b"078051120", b"219099999"];

/// United States: area, group and serial number; no check digit, so that nine of ten numbers are possible ones.
///
/// Areas 000, 666 and 900 to 999, group 00 and serial 0000 are no social security numbers. Numbers of taxpayers without one
/// begin with 9 and have a group of 50 to 65, 70 to 88, 90 to 92 or 94 to 99. 987-65-4320 to 4329 are for advertisements.
/// Lost leading zeros cannot be proved, so that eight digits are refused.
/// Source: 20 CFR 422.103; Social Security Administration, RM 10201.035; Internal Revenue Manual 3.21.263.
fn united_states(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let (area, group) = (decimal(&number[..3]), decimal(&number[3..5]));
    if UNITED_STATES_SHOWN.contains(&number) || number.starts_with(b"98765432") {
        return Err(Reason::Reserved);
    }
    let possible = match area {
        0 | 666 => false,
        900.. => matches!(group, 50..=65 | 70..=88 | 90..=92 | 94..=99),
        _ => group != 0 && &number[5..] != b"0000",
    };
    if !possible {
        return Err(Reason::Syntax);
    }
    checked(number, true, forms)
}

/// Canada: nine digits, the last is a check digit. 8 begins business numbers; 9 the numbers of temporary residents; 0 the
/// tax numbers of those who have none.
///
/// Source: Employment and Social Development Canada, Social Insurance Number validation. Nine of a hundred pass by chance.
fn canada(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if number[0] == b'8' {
        return Err(Reason::Syntax);
    }
    checked(number, luhn_passes(number), forms)
}

/// Brazil: nine digits and two check digits.
///
/// Source: Receita Federal, Instrução Normativa 1548/2015; modulo 11. One of a hundred passes by chance.
fn brazil(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let check = |sum: u32| if sum % 11 < 2 { 0 } else { 11 - sum % 11 };
    let first = check(weighted_sum(number, &[10, 9, 8, 7, 6, 5, 4, 3, 2]));
    let second = check(weighted_sum(number, &[11, 10, 9, 8, 7, 6, 5, 4, 3, 2]));
    checked(number, is_digit_of(number[9], first) && is_digit_of(number[10], second), forms)
}

/// Argentina, taxpayers and employees: the kind of holder, the identity document, a check digit. The alias of a person's is
/// the document.
///
/// 20 and 23 to 27 are persons, 30, 33 and 34 companies, 50, 51 and 55 holders from abroad. A check digit of 10 is avoided by
/// another kind, or written 9.
/// Source: Administración Federal de Ingresos Públicos, Resolución General 10/1997; modulo 11.
fn argentina_taxpayer(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let kind = decimal(&number[..2]);
    let person = matches!(kind, 20 | 23..=27);
    if !person && !matches!(kind, 30 | 33 | 34 | 50 | 51 | 55) {
        return Err(Reason::Syntax);
    }
    if person {
        forms.fold.extend_from_slice(&number[2..10]);
        also_written(&number[2..10], forms);
    }
    let check = (11 - weighted_sum(number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
    checked(number, is_digit_of(number[10], check.min(9)), forms)
}

/// Argentina, identity document: seven or eight digits, no check digit. Canonical form: eight digits.
///
/// Source: Law 17671, article 11; Registro Nacional de las Personas.
fn argentina(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    also_written(number.as_bytes(), forms);
    forms.exact.extend_from_slice(&b"00000000"[number.len..]);
    checked(number.as_bytes(), true, forms)
}

/// Chile: six to nine digits and a check digit of 0 to 9 and K. Canonical form: without leading zeros.
///
/// Source: Decreto con Fuerza de Ley 3 of 1969 (rol único tributario); modulo 11. One of eleven passes by chance.
fn chile(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let (payload, check) = number.as_bytes().split_at(number.len - 1);
    let zeros = payload.iter().take_while(|byte| **byte == b'0').count();
    let payload = &payload[zeros..];
    if payload.len() < 6 {
        return Err(Reason::Length);
    }
    if !check[0].is_ascii_digit() && check[0] != b'K' {
        return Err(Reason::Syntax);
    }
    let mut nine = [b'0'; 9];
    nine.get_mut(9 - payload.len()..).ok_or(Reason::Length)?.copy_from_slice(payload);
    let sum = weighted_sum(&nine, &[4, 3, 2, 7, 6, 5, 4, 3, 2]);
    let passes = check[0] == check_character((11 - sum % 11) % 11, b'K');
    forms.exact.extend_from_slice(payload);
    checked(check, passes, forms)
}

/// The same number without its check digit, as lists with a column of its own for it write it: it gets one.
///
/// Persons have numbers below thirty million, so that hardly any of theirs can be mistaken for one with its check digit: those who
/// have a number below three million were born in the nineteen thirties or before.
fn chile_without_check(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !(3_000_000..30_000_000).contains(&decimal(number)) || number[0] == b'0' {
        return Err(Reason::Length);
    }
    let mut nine = [b'0'; 9];
    nine[9 - number.len()..].copy_from_slice(number);
    let sum = weighted_sum(&nine, &[4, 3, 2, 7, 6, 5, 4, 3, 2]);
    forms.exact.extend_from_slice(number);
    forms.exact.push(check_character((11 - sum % 11) % 11, b'K'));
    Ok(())
}

/// Colombia: six to ten digits without a check digit.
///
/// Source: Registraduría Nacional del Estado Civil, Resolución 3571 of 2003 (NUIP of ten digits).
fn colombia(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    if number.as_bytes()[0] == b'0' {
        return Err(Reason::Syntax);
    }
    checked(number.as_bytes(), true, forms)
}

/// Peru, taxpayers: the kind of holder, eight digits, a check digit. 10 is a person, whose alias is the identity document
/// inside.
///
/// Source: Superintendencia Nacional de Aduanas y de Administración Tributaria, Resolución 210-2004; modulo 11.
fn peru_taxpayer(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let kind = decimal(&number[..2]);
    if !matches!(kind, 10 | 15 | 16 | 17 | 20) {
        return Err(Reason::Syntax);
    }
    if kind == 10 {
        forms.fold.extend_from_slice(&number[2..10]);
        also_written(&number[2..10], forms);
    }
    let sum = weighted_sum(number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]);
    checked(number, is_digit_of(number[10], (11 - sum % 11) % 10), forms)
}

/// Peru, identity document: eight digits, often with a check digit or letter, which the canonical form leaves out.
///
/// Source: Registro Nacional de Identificación y Estado Civil; the two tables of the check character stand on the document
/// and in its machine readable zone.
fn peru(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let (number, check) = number.as_bytes().split_at(8);
    also_written(number, forms);
    let place = (weighted_sum(number, &[3, 2, 7, 6, 5, 4, 3, 2]) % 11) as usize;
    let passes = check.first().is_none_or(|check| [b"65432110987"[place], b"KJIHGFEDCBA"[place]].contains(check));
    checked(number, passes, forms)
}

fn is_ecuador(number: &[u8]) -> bool {
    matches!(decimal(&number[..2]), 1..=24 | 30) && number[2] <= b'6'
}

/// Ecuador: province (30 for those abroad), a digit of 0 to 6, six digits, a check digit.
///
/// In the numbers of taxpayers 6 is a public body too, whose check digit is another one.
/// Source: Dirección General de Registro Civil, Identificación y Cedulación; Luhn.
fn ecuador(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !is_ecuador(number) {
        return Err(Reason::Syntax);
    }
    checked(number, luhn_passes(number), forms)
}

/// Ecuador, persons as taxpayers: the identity number and three digits of the establishment. The alias is the identity
/// number.
///
/// Source: Servicio de Rentas Internas, Reglamento a la Ley del Registro Único de Contribuyentes.
fn ecuador_taxpayer(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    if !is_ecuador(number) || number.ends_with(b"000") {
        return Err(Reason::Syntax);
    }
    forms.fold.extend_from_slice(&number[..10]);
    checked(number, luhn_passes(&number[..10]), forms)
}

/// Uruguay: six or seven digits and a check digit. Canonical form: eight digits.
///
/// Source: Dirección Nacional de Identificación Civil; weights 2 9 8 7 6 3 4, modulo 10. One of ten passes by chance.
fn uruguay(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let mut long = [b'0'; 8];
    long[8 - number.len..].copy_from_slice(number.as_bytes());
    let sum = weighted_sum(&long, &[2, 9, 8, 7, 6, 3, 4]);
    checked(&long, is_digit_of(long[7], (10 - sum % 10) % 10), forms)
}

/// Dominican Republic: eleven digits, the last is a check digit.
///
/// Some numbers of before the present system fail it and are refused. Source: Junta Central Electoral, Law 659; Luhn. One
/// of ten passes by chance.
fn dominican_republic(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    checked(number.as_bytes(), luhn_passes(number.as_bytes()), forms)
}

/// Costa Rica: the province (8 for those naturalised), volume and entry of the civil register, no check digit. Forms with
/// room for ten digits put a zero in front.
///
/// Source: Tribunal Supremo de Elecciones.
fn costa_rica(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let number = match number {
        [b'0', rest @ ..] if rest.len() == 9 => rest,
        _ => number,
    };
    if number.len() != 9 || number[0] == b'0' {
        return Err(Reason::Syntax);
    }
    checked(number, true, forms)
}

/// El Salvador: eight digits and a check digit.
///
/// Source: Registro Nacional de las Personas Naturales; weights 9 to 2, modulo 10. One of ten passes by chance.
fn el_salvador(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let sum = weighted_sum(number, &[9, 8, 7, 6, 5, 4, 3, 2]);
    checked(number, is_digit_of(number[8], (10 - sum % 10) % 10), forms)
}

/// Cuba: YYMMDD, a digit for the century (0 to 5 the twentieth, 6 to 8 the present one, 9 the nineteenth), three digits, and
/// a last one whose making is not published.
///
/// Source: Dirección de Identificación, Inmigración y Extranjería.
fn cuba(number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let number = number.as_bytes();
    let century = match number[6] {
        b'9' => 18_000_000,
        b'6'..=b'8' => 20_000_000,
        _ => 19_000_000,
    };
    if !is_birth_date(century + decimal(&number[..6]), forms.today) {
        return Err(Reason::Date);
    }
    checked(number, true, forms)
}
