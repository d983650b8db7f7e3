//! Postcodes: capitals and digits without blanks and hyphens.
//!
//! What every country has in common is little: 2 to 10 letters and digits, one digit at least. Beyond that:
//!
//! - the country in front goes, with its hyphen (`D-10115`, `CH-8001`, `LV-1010`; Universal Postal Union, S42), or
//!   without it where it is the region;
//! - of a United States ZIP+4 (`12345-6789`) the five digits of the ZIP stay, because most sources know no more;
//!   without the hyphen only where the region says so;
//! - lost leading zeros are put back where all codes of the region have one length, some begin with a zero, and the value is
//!   one digit short, or two where there are five: no code of these countries is that short;
//! - in Great Britain and Canada the code has to be the full one (`SW1A 1AA`, `K1A 0B1`): half of it is a district.
//!
//! There is no check digit, and whether a code is assigned is not known here.

use super::refuse::without_decimal_tail;
use super::{Country, Reason};

const LEN_MIN: usize = 2;
const LEN_MAX: usize = 10;

/// A canonical postcode.
#[derive(Clone, Copy)]
pub(super) struct Postcode {
    bytes: [u8; LEN_MAX],
    len: usize,
}

impl Postcode {
    /// Reads a postcode.
    ///
    /// Errors: `Length`, `Syntax`, `Placeholder` for nothing but zeros or nines.
    pub(super) fn parse(text: &str, region: Country) -> Result<Postcode, Reason> {
        let text = without_zip_extension(without_country(without_decimal_tail(text)?, region));
        let mut code = Postcode { bytes: [0; LEN_MAX], len: 0 };
        for c in text.chars() {
            if c.is_ascii_alphanumeric() {
                code.push(c.to_ascii_uppercase() as u8)?;
            } else if !matches!(c, ' ' | '-' | '.' | '\u{2010}'..='\u{2015}' | '〒') {
                return Err(Reason::Syntax);
            }
        }
        if code.len < LEN_MIN {
            return Err(Reason::Length);
        }
        code.of_region(&region.bytes())?;
        code.check()?;
        Ok(code)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    fn push(&mut self, byte: u8) -> Result<(), Reason> {
        *self.bytes.get_mut(self.len).ok_or(Reason::Length)? = byte;
        self.len += 1;
        Ok(())
    }

    fn check(&self) -> Result<(), Reason> {
        let code = self.bytes();
        if !code.iter().any(u8::is_ascii_digit) {
            return Err(Reason::Syntax);
        }
        let nothing = code.iter().all(|byte| *byte == b'0') || code.iter().all(|byte| *byte == b'9');
        if nothing { Err(Reason::Placeholder) } else { Ok(()) }
    }

    /// What a region knows of its codes.
    fn of_region(&mut self, region: &[u8; 2]) -> Result<(), Reason> {
        let digits = self.bytes().iter().all(u8::is_ascii_digit);
        match region {
            b"US" | b"PR" if digits && self.len == 9 => self.len = 5,
            b"US" | b"PR" | b"DE" | b"FR" | b"IT" | b"ES" | b"MX" | b"FI" | b"EE" | b"UA" | b"TR" | b"HR" | b"MY"
            | b"PL" | b"KR" | b"LT"
                if digits && (self.len == 4 || self.len == 3) =>
            {
                self.pad(5);
            }
            b"NO" | b"DK" | b"AU" if digits && self.len == 3 => self.pad(4),
            b"CN" | b"RO" if digits && self.len == 5 => self.pad(6),
            b"JP" if digits && self.len == 6 => self.pad(7),
            b"BR" if digits && self.len == 7 => self.pad(8),
            b"GB" if !is_british(self.bytes()) => {
                return Err(if self.len < 5 { Reason::Length } else { Reason::Syntax });
            }
            b"CA" if self.len < 6 => return Err(Reason::Length),
            _ => {}
        }
        Ok(())
    }

    /// Puts zeros in front.
    fn pad(&mut self, len: usize) {
        self.bytes[..len].rotate_right(len - self.len);
        self.bytes[..len - self.len].fill(b'0');
        self.len = len;
    }
}

/// Whether a code ends in a digit and two letters, and begins with a letter. Not compared with BS 7666.
fn is_british(code: &[u8]) -> bool {
    match code {
        [first, .., digit, a, b] if (5..=7).contains(&code.len()) => {
            digit.is_ascii_digit() && [first, a, b].iter().all(|letter| letter.is_ascii_alphabetic())
        }
        _ => false,
    }
}

/// A code without the letters of its country.
fn without_country(text: &str, region: Country) -> &str {
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (country, rest) = text.split_at(letters);
    // On envelopes Germany is D, Spain E: the letters of vehicles abroad.
    let own = match &region.bytes() {
        [0, 0] => false,
        b"ES" => country.eq_ignore_ascii_case("E"),
        _ => letters == 1 && country.eq_ignore_ascii_case(&region.code()[..1]) && rest.len() > 3,
    };
    let own = own || (!region.is_none() && country.eq_ignore_ascii_case(region.code()));
    let number = rest.trim_start_matches([' ', '-']);
    let marked = rest.starts_with('-') && (1..=3).contains(&letters);
    let numeric = number.len() >= 3 && number.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-'));
    // `NL-1012 AB`, `GB SW1A 1AA`: the country as it is abbreviated, and set off.
    let set_off = own && country.len() == 2 && number.len() < rest.len();
    if numeric && (marked || own) || set_off { number } else { text }
}

/// The five digits of a ZIP+4.
fn without_zip_extension(text: &str) -> &str {
    match text.as_bytes() {
        [zip @ .., b'-', a, b, c, d] if zip.len() == 5 && zip.iter().chain([a, b, c, d]).all(u8::is_ascii_digit) => {
            &text[..5]
        }
        _ => text,
    }
}
