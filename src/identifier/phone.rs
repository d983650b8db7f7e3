//! Telephone numbers: E.164 digits without the plus.
//!
//! A value is first reduced to its digits and the knowledge whether a country code leads them; extensions go. What a
//! table can settle is settled by it ([`super::phone_codes`]), the rest by libphonenumber's metadata.
//! A number has to be *possible* (a length its country uses), not *valid* (an assigned range): metadata of ranges ages,
//! and a dump holds numbers of the past. Numbers that only reach a phone inside one city are refused as too short,
//! because the same digits belong to other people in the next city.
//!
//! What a number without a plus means: `00` is a plus (unless the region dials something else that begins with `00`, as
//! Hong Kong's `001`); `011` is one in North America; the digits of the region's own country code lead a number where it
//! would otherwise be too long, so `8613812345678` is Chinese with region CN. Without a region it stays unknown: it may
//! as well be a national number elsewhere.
//!
//! Source: ITU-T E.164, RFC 3966, libphonenumber.

use rlibphonenumber::{
    CountryCodeSource, NumberLengthType, PHONE_NUMBER_UTIL, ParseError, PhoneNumber, Region, ValidationError,
};

use super::phone_codes::{WITH_CODE_DIGITS_MIN, may_have_code, settle};
use super::refuse::{self, is_one_repeated, without_decimal_tail};
use super::{Country, Form, Forms, Reason};

/// E.164 allows 15 digits; prefixes and a trunk zero in brackets come on top.
const TYPED_DIGITS_MAX: usize = 22;
/// E.164 section 6.2.
const DIGITS_MAX: usize = 15;
/// The longest extension that libphonenumber knows is 20; real ones have up to 7.
const EXTENSION_DIGITS_MAX: usize = 7;
/// Fewer digits are no number that somebody could be reached under from abroad.
const DIGITS_MIN: usize = 5;

/// Numbers that forms and testers enter for "none".
const PLACEHOLDERS: [&[u8]; 5] = [b"12345678", b"123456789", b"1234567890", b"0123456789", b"12345678901"];
/// The service number of China Mobile, a common filler, and behind its country code.
const SERVICE_NUMBER: &[u8] = b"8613800138000";
pub(super) const SERVICE_NATIONAL: &[u8] = SERVICE_NUMBER.split_at(2).1;

/// Writes the digits of a number with its country code.
pub(super) fn canonicalize(text: &str, region: Country, forms: &mut Forms) -> Result<(), Reason> {
    let typed = match Typed::read(text) {
        Ok(typed) => typed,
        Err(reason) => return Err(refuse::of_number(text).unwrap_or(reason)),
    };
    let typed = typed.without_old_prefix(region);
    if is_dummy(typed.digits()) {
        return Err(Reason::Placeholder);
    }
    if let Some((code, national)) = settle(typed.digits(), typed.plus, region) {
        forms.exact.extend_from_slice(code);
        forms.exact.extend_from_slice(national);
        forms.national.extend_from_slice(national);
        let is_whole = !typed.plus && national.len() == typed.len;
        forms.may_have_code = is_whole && may_have_code(national, code);
    } else {
        if let Some(reason) = refuse::of_number(text) {
            return Err(reason);
        }
        match by_library(&typed, region, forms) {
            Err(Reason::NoRegion) => return without_country(&typed, forms),
            outcome => outcome?,
        }
        read_with_code(&typed, region, forms);
    }
    if forms.exact == SERVICE_NUMBER || is_dummy(national_part(&forms.exact)) {
        return Err(Reason::Placeholder);
    }
    let Forms { loose, national, .. } = forms;
    let tail = tail(national);
    if tail.len() >= LOOSE_DIGITS_MIN {
        loose.extend_from_slice(tail);
    }
    Ok(())
}

/// Digits that are compared where the country is not known. Ten are a whole number in most countries; in front of them stand
/// trunk prefixes, as in 8 912 345 67 89, or the 1 of North America.
pub(super) const LOOSE_DIGITS: usize = 10;
/// Fewer are a number inside one city, or of a small country: too many people have them somewhere.
pub(super) const LOOSE_DIGITS_MIN: usize = 8;

/// What is compared of a national number where the country is not known: its last digits, from the first that is no zero.
fn tail(national: &[u8]) -> &[u8] {
    let tail = &national[national.len().saturating_sub(LOOSE_DIGITS)..];
    let zeros = tail.iter().take_while(|digit| **digit == b'0').count();
    &tail[zeros..]
}

/// Writes what is known of a number without its country.
fn without_country(typed: &Typed, forms: &mut Forms) -> Result<(), Reason> {
    let digits = typed.digits();
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    let national = &digits[zeros..];
    let tail = tail(national);
    if typed.plus || tail.len() < LOOSE_DIGITS_MIN || national.len() > DIGITS_MAX {
        return Err(Reason::NoRegion);
    }
    if is_dummy(national) || is_dummy(tail) {
        return Err(Reason::Placeholder);
    }
    forms.exact.clear();
    forms.exact.extend_from_slice(tail);
    forms.national.clear();
    forms.national.extend_from_slice(national);
    forms.form = Form::Loose;
    Ok(())
}

/// The last digits of a number with its country code, where they are others than those of the national number behind it: what is
/// compared with digits of which nobody knows that a country code leads them.
pub fn tail_with_code(number: &[u8]) -> &[u8] {
    tail(number)
}

/// Reads a number that was written without a plus and taken as a national one as if its country code led it: `4915112345678` may
/// lack its plus, or its zero.
fn read_with_code(typed: &Typed, region: Country, forms: &mut Forms) {
    let digits = typed.digits();
    let Forms { exact, with_code, with_code_len, work, .. } = forms;
    if typed.plus || digits[0] == b'0' || exact == digits {
        return;
    }
    let home = Region::from_code(region.code()).ok();
    let code = home.and_then(|home| PHONE_NUMBER_UTIL.get_country_code_for_region(home)).unwrap_or_default();
    forms.may_have_code = digits.len() >= WITH_CODE_DIGITS_MIN;
    work.clear();
    push_text(code.unsigned_abs(), work);
    if !digits.starts_with(work.as_bytes()) {
        return;
    }
    forms.may_have_code = true;
    work.clear();
    work.push('+');
    work.extend(digits.iter().map(|b| char::from(*b)));
    let Ok(number) = parse(work, None) else { return };
    if !PHONE_NUMBER_UTIL.is_valid_number(&number) || push_number(&number, with_code).is_err() || is_dummy(with_code) {
        with_code.clear();
        return;
    }
    *with_code_len = with_code.len();
    let begin = with_code.len();
    push_decimal(number.national_number, with_code);
    let loose = tail(&with_code[begin..]).len();
    let len = if loose < LOOSE_DIGITS_MIN { 0 } else { loose };
    let end = with_code.len();
    with_code.copy_within(end - len..end, begin);
    with_code.truncate(begin + len);
}

fn push_text(number: u32, out: &mut String) {
    use std::fmt::Write;
    // Writing to a text does not fail.
    let _ = write!(out, "{number}");
}

/// Whether digits are an assigned number with its country code in front. Evidence about a column, and no rule: metadata of
/// ranges ages.
pub(super) fn is_assigned(digits: &str) -> bool {
    let number = PHONE_NUMBER_UTIL.parse(format!("+{digits}"), None);
    number.is_ok_and(|number| PHONE_NUMBER_UTIL.is_valid_number(&number))
}

fn is_dummy(digits: &[u8]) -> bool {
    is_one_repeated(digits) || PLACEHOLDERS.contains(&digits)
}

/// The digits behind the country code, where this module knows the code.
fn national_part(digits: &[u8]) -> &[u8] {
    digits.strip_prefix(b"86").or_else(|| digits.strip_prefix(b"1")).unwrap_or(digits)
}

/// A number as typed: its digits, and whether a plus leads them.
struct Typed {
    buffer: [u8; TYPED_DIGITS_MAX],
    len: usize,
    plus: bool,
}

impl Typed {
    /// Reads the digits of a cleaned text up to an extension.
    fn read(text: &str) -> Result<Typed, Reason> {
        let mut typed = Typed { buffer: [0; TYPED_DIGITS_MAX], len: 0, plus: false };
        if typed.read_plain(text.as_bytes()) {
            return Ok(typed);
        }
        let text = without_scheme(without_decimal_tail(text)?);
        for (at, c) in text.char_indices() {
            match c {
                '0'..='9' => typed.push(c as u8)?,
                '+' if typed.len == 0 && !typed.plus => typed.plus = true,
                _ if is_separator(c) => {}
                _ => {
                    typed.read_rest(&text[at..])?;
                    break;
                }
            }
        }
        if typed.len == 0 { Err(Reason::Syntax) } else { Ok(typed) }
    }

    /// Reads a text of nothing but digits behind an optional plus: most are.
    fn read_plain(&mut self, text: &[u8]) -> bool {
        let digits = text.strip_prefix(b"+").unwrap_or(text);
        let plain = (1..=TYPED_DIGITS_MAX).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
        if plain {
            self.buffer[..digits.len()].copy_from_slice(digits);
            (self.len, self.plus) = (digits.len(), digits.len() < text.len());
        }
        plain
    }

    fn push(&mut self, digit: u8) -> Result<(), Reason> {
        *self.buffer.get_mut(self.len).ok_or(Reason::Length)? = digit;
        self.len += 1;
        Ok(())
    }

    fn digits(&self) -> &[u8] {
        &self.buffer[..self.len]
    }

    /// Leaves out what was dialled before ten digits of Mexico until August 2019, and is none of the number: 1 behind the country code
    /// of a mobile number, and 044, 045 or 01 inside the country.
    fn without_old_prefix(mut self, region: Country) -> Typed {
        let is_home = region.code() == "MX";
        let old = match (self.plus, self.len) {
            (true, 13) if self.digits().starts_with(b"521") => 2..3,
            (false, 15) if self.digits().starts_with(b"00521") => 4..5,
            (false, 13) if is_home && self.digits().starts_with(b"521") => 2..3,
            (false, 13) if is_home && matches!(self.digits(), [b'0', b'4', b'4' | b'5', ..]) => 0..3,
            (false, 12) if is_home && self.digits().starts_with(b"01") => 0..2,
            _ => return self,
        };
        self.buffer.copy_within(old.end..self.len, old.start);
        self.len -= old.len();
        self
    }

    /// Accepts what may follow a number: an extension, or the parameters of a `tel:` link.
    fn read_rest(&mut self, rest: &str) -> Result<(), Reason> {
        if self.len < DIGITS_MIN && !rest.starts_with(';') {
            return Err(Reason::Syntax);
        }
        match rest.strip_prefix(';') {
            Some(parameters) => self.read_parameters(parameters),
            None if is_extension(rest) => Ok(()),
            None => Err(Reason::Syntax),
        }
    }

    /// RFC 3966: `;ext=5` is dropped, `;phone-context=+86` leads a local number.
    fn read_parameters(&mut self, parameters: &str) -> Result<(), Reason> {
        for parameter in parameters.split(';') {
            let (name, value) = parameter.split_once('=').ok_or(Reason::Syntax)?;
            if let Some(context) = value.strip_prefix('+').filter(|_| name.eq_ignore_ascii_case("phone-context")) {
                self.lead_by(context)?;
            } else if !matches!(name.to_ascii_lowercase().as_str(), "ext" | "isub") {
                return Err(Reason::Syntax);
            }
        }
        Ok(())
    }

    fn lead_by(&mut self, context: &str) -> Result<(), Reason> {
        let local = Typed { ..*self };
        (self.len, self.plus) = (0, true);
        for c in context.chars().filter(|c| !is_separator(*c)) {
            self.push(u8::try_from(c).ok().filter(u8::is_ascii_digit).ok_or(Reason::Syntax)?)?;
        }
        local.digits().iter().try_for_each(|digit| self.push(*digit))
    }
}

fn without_scheme(text: &str) -> &str {
    match text.get(..4) {
        Some(scheme) if scheme.eq_ignore_ascii_case("tel:") => text[4..].trim_start(),
        _ => text,
    }
}

/// What people put between digits. Full-width forms have become these by NFKC.
fn is_separator(c: char) -> bool {
    matches!(
        c,
        ' ' | '-' | '.' | '(' | ')' | '/' | '[' | ']' | '\t' | '~' | '\u{2010}'
            ..='\u{2015}' | '\u{2212}' | '\u{30fc}' | '\u{b7}'
    )
}

/// Whether a text is an extension: a known mark and a few digits.
fn is_extension(text: &str) -> bool {
    const MARKS: [&str; 9] = ["extension", "extn", "ext", "x", "#", ",", "分机", "转", "内线"];
    let Some(mark) = MARKS.iter().find(|mark| text.get(..mark.len()).is_some_and(|t| t.eq_ignore_ascii_case(mark)))
    else {
        return false;
    };
    let digits = text[mark.len()..].trim_start_matches(['.', ':', ' ', ',', '-', '号']).trim_end_matches('#');
    (1..=EXTENSION_DIGITS_MAX).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit())
}

/// Settles a number by the metadata of libphonenumber. It allocates, and takes some microseconds.
fn by_library(typed: &Typed, region: Country, forms: &mut Forms) -> Result<(), Reason> {
    let Forms { exact, national, work, .. } = forms;
    work.push('+');
    work.extend(typed.digits().iter().map(|b| char::from(*b)));
    if !typed.plus {
        let number = parse_national(work, region)?;
        write_international(&number, exact, work)?;
    }
    // Stripping a trunk prefix can bare another one (+61 00 ...), and the canonical form has to be its own.
    for _ in 0..TYPED_DIGITS_MAX {
        let number = parse(work, None)?;
        if !write_international(&number, exact, work)? {
            push_decimal(number.national_number, national);
            return Ok(());
        }
    }
    Err(Reason::Syntax)
}

/// Writes a number to `exact`, and behind a plus to `work`; says whether `work` was another one before.
fn write_international(number: &PhoneNumber, exact: &mut Vec<u8>, work: &mut String) -> Result<bool, Reason> {
    exact.clear();
    push_number(number, exact)?;
    let changed = work.as_bytes()[1..] != **exact;
    work.truncate(1);
    work.extend(exact.iter().map(|b| char::from(*b)));
    Ok(changed)
}

/// Reads a number without a plus. Input: `+` and the digits as typed.
fn parse_national(plus_digits: &str, region: Country) -> Result<PhoneNumber, Reason> {
    let digits = &plus_digits[1..];
    let region = Region::from_code(region.code()).ok();
    if let Some(rest) = plus_digits.strip_prefix("+00") {
        // The region's own way to dial abroad may begin with 00 and be longer, such as 001 in Hong Kong.
        let abroad = parse(&format!("+{rest}"), None);
        // Nobody dials their own country by way of a carrier: this is how the number is written for others.
        let home = region.and_then(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(region));
        if abroad.as_ref().is_ok_and(|number| Some(number.country_code) == home) {
            return abroad;
        }
        let own = region.and_then(|region| PHONE_NUMBER_UTIL.parse_and_keep_raw_input(digits, Some(region)).ok());
        return match own {
            Some(number) if by_prefix(&number) && is_possible(&number).is_ok() => Ok(number),
            _ => abroad,
        };
    }
    parse(digits, Some(region.ok_or(Reason::NoRegion)?))
}

fn by_prefix(number: &PhoneNumber) -> bool {
    number.country_code_source() == CountryCodeSource::FromNumberWithIdd
}

fn parse(digits: &str, region: Option<Region>) -> Result<PhoneNumber, Reason> {
    let number = PHONE_NUMBER_UTIL.parse(digits, region).map_err(|error| match error {
        ParseError::InvalidCountryCode if region.is_some() => Reason::NoRegion,
        ParseError::InvalidCountryCode | ParseError::NotANumber(_) => Reason::Syntax,
        ParseError::TooShortAfterIdd | ParseError::TooShortNsn | ParseError::TooLongNsn => Reason::Length,
    })?;
    is_possible(&number)?;
    Ok(number)
}

/// Whether the number has a length that its country uses, counting from abroad.
fn is_possible(number: &PhoneNumber) -> Result<(), Reason> {
    if is_chinese_local(number) {
        return Err(Reason::Length);
    }
    match PHONE_NUMBER_UTIL.is_possible_number_with_reason(number) {
        Ok(NumberLengthType::IsPossible) => Ok(()),
        Ok(NumberLengthType::IsPossibleLocalOnly) => Err(Reason::Length),
        Err(ValidationError::InvalidCountryCode) => Err(Reason::Syntax),
        Err(_) => Err(Reason::Length),
    }
}

/// Whether this is a landline of some Chinese city without its area code, which the metadata calls possible because
/// service numbers (10, 12, 95, 96) are as short.
fn is_chinese_local(number: &PhoneNumber) -> bool {
    number.country_code == 86 && (2_000_000..90_000_000).contains(&number.national_number)
}

fn push_number(number: &PhoneNumber, out: &mut Vec<u8>) -> Result<(), Reason> {
    push_decimal(number.country_code.unsigned_abs().into(), out);
    if number.italian_leading_zero() {
        let zeros = usize::try_from(number.number_of_leading_zeros()).unwrap_or(1).min(DIGITS_MAX);
        out.extend(std::iter::repeat_n(b'0', zeros));
    }
    push_decimal(number.national_number, out);
    if out.len() > DIGITS_MAX { Err(Reason::Length) } else { Ok(()) }
}

fn push_decimal(number: u64, out: &mut Vec<u8>) {
    let start = out.len();
    let mut rest = number;
    loop {
        out.push(b'0' + (rest % 10) as u8);
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out[start..].reverse();
}

/// What the library alone says about a value as written.
#[cfg(test)]
pub(super) fn library(written: &str, region: Country) -> Result<Vec<u8>, Reason> {
    let number = parse(written, Region::from_code(region.code()).ok())?;
    let mut out = Vec::new();
    push_number(&number, &mut out)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::vectors::Random;

    fn region(code: &str) -> Country {
        Country::from_code(code).unwrap_or(Country::NONE)
    }

    /// The form that the library leaves as it is.
    fn settled(mut number: Vec<u8>) -> Result<Vec<u8>, Reason> {
        loop {
            let next = library(&format!("+{}", String::from_utf8_lossy(&number)), Country::NONE)?;
            if next == number {
                return Ok(number);
            }
            number = next;
        }
    }

    /// A number of a common country, or any digits, without a prefix.
    fn national(random: &mut Random) -> (&'static str, String) {
        let digits = |random: &mut Random, len: usize| String::from_utf8(random.text(b"0123456789", len)).unwrap();
        match random.below(6) {
            0 | 1 => ("86", format!("1{}{}", 3 + random.below(7), digits(random, 9))),
            2 => ("1", format!("{}{}", 2 + random.below(8), digits(random, 9))),
            3 => ("86", format!("1{}", digits(random, 10))),
            4 => ("1", digits(random, 10)),
            _ => {
                let len = 5 + random.below(10);
                (["86", "1", "49", "39", "852", "0", ""][random.below(7)], digits(random, len))
            }
        }
    }

    /// Puts separators between the digits, and sometimes an extension behind them.
    fn written(random: &mut Random) -> String {
        let (code, national) = national(random);
        let prefix = ["+", "+", "", "", "00", "0", "+ "][random.below(7)];
        let code = if prefix.is_empty() && random.below(2) == 0 { "" } else { code };
        let mut text = format!("{prefix}{code}");
        let separator = [" ", "-", ".", "", "", "/", ") "][random.below(7)];
        let group = 3 + random.below(3);
        for (i, digit) in national.chars().enumerate() {
            if i % group == 0 && (i > 0 || text.len() > 1) {
                text.push_str(separator);
            }
            text.push(digit);
        }
        text + ["", "", "", "", " ext. 12", "x7", ";ext=5", "#123"][random.below(8)]
    }

    #[test]
    fn the_fast_path_agrees_with_the_library() {
        let (mut random, mut settled) = (Random(20_221_220), 0);
        let regions = ["", "CN", "US", "CA", "DE", "HK"].map(region);
        for _ in 0..500_000 {
            let text = written(&mut random);
            let region = regions[random.below(regions.len())];
            let Ok(typed) = Typed::read(&text) else { continue };
            // To the library, what a spreadsheet appends is a digit.
            let text = without_decimal_tail(&text).expect("what was read").to_string();
            let Some((code, national)) = settle(typed.digits(), typed.plus, region) else { continue };
            settled += 1;
            // The library needs to be told that 00 dials abroad where there is no region, and in North America.
            let dialled = text.strip_prefix("00").filter(|_| region != Country::CN).map(|rest| format!("+{rest}"));
            let want = library(&dialled.unwrap_or_else(|| text.clone()), region);
            assert_eq!(want, Ok([code, national].concat()), "{text} {region:?}");
        }
        assert!(settled >= 200_000, "{settled}");
    }

    #[test]
    fn reduction_to_digits_agrees_with_the_library() {
        let (mut random, mut compared) = (Random(31), 0);
        for _ in 0..20_000 {
            let text = written(&mut random);
            let region = ["CN", "US", "DE", "IT", "AR", "MX"].map(region)[random.below(6)];
            let (Ok(typed), Ok(want)) = (Typed::read(&text), library(&text, region)) else { continue };
            if typed.digits().starts_with(b"00") {
                continue;
            }
            let mut forms = Forms::new();
            assert_eq!(by_library(&typed, region, &mut forms), settled(want.clone()).map(|_| ()), "{text}");
            assert_eq!(Ok(&forms.exact), settled(want).as_ref(), "{text} {region:?}");
            compared += 1;
        }
        assert!(compared > 5_000, "{compared}");
    }
}
