//! Cells with several values, or with words beside one: `+49 151 1; +49 151 2`, `p:+49 151 1`, `+49 151 1 (home)`, `VIN: ..`, and the
//! proxies that stand behind an address, `203.0.113.9, 198.51.100.2`.

use super::cells::is_like_phone;
use super::lexicon::{self, Meaning};
use crate::identifier::{Canonicalizer, Country, Kind, KindSpec, Reason};
use zeroize::Zeroizing;

/// Longer cells are texts.
const CELL_BYTES_MAX: usize = 512;
/// Fewer digits are a number of something else.
const DIGITS_MIN: usize = 7;
const DIGITS_OF_OTHERS_MIN: usize = 10;

/// What could be telephone numbers in a cell that is none itself: between the marks that separate values, and the words before,
/// between and behind them. Behind a number and a word stand others only if they are written as telephone numbers are, or have as
/// many digits, or ten: it may be any number there. Cost: one pass.
pub(super) fn phones(cell: &[u8]) -> impl Iterator<Item = &[u8]> {
    parts(cell).flat_map(|part| {
        let (mut rest, mut digits) = (part, None);
        std::iter::from_fn(move || {
            loop {
                let (number, behind) = first_number(rest)?;
                rest = behind;
                let count = number.iter().filter(|byte| byte.is_ascii_digit()).count();
                if *digits.get_or_insert(count) == count || count >= DIGITS_OF_OTHERS_MIN || is_like_phone(number) {
                    return Some(number);
                }
            }
        })
    })
}

/// The first number of each part of a cell, as [`phones`].
fn first_phones(cell: &[u8]) -> impl Iterator<Item = &[u8]> {
    parts(cell).filter_map(|part| first_number(part).map(|(number, _)| number))
}

/// What stands between the marks that separate values.
fn parts(cell: &[u8]) -> impl Iterator<Item = &[u8]> {
    let cell = if cell.len() <= CELL_BYTES_MAX { cell } else { &[] };
    cell.split(|byte| matches!(byte, b';' | b',' | b'|' | b'\n' | b'&')).flat_map(split_at_slashes)
}

/// A slash with blanks around it separates; one inside of a number is part of it.
fn split_at_slashes(part: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(part);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr::memmem::find(text, b" / ");
        rest = end.map(|end| &text[end + 3..]);
        Some(&text[..end.unwrap_or(text.len())])
    })
}

/// The first run from a plus, digit or bracket to the last digit before other words that has enough digits, and what stands behind it.
fn first_number(mut part: &[u8]) -> Option<(&[u8], &[u8])> {
    loop {
        let start = part.iter().position(|byte| byte.is_ascii_digit() || *byte == b'+')?;
        if let Some(length) = date_length(&part[start..]) {
            part = &part[start + length..];
            continue;
        }
        let start = if start > 0 && part[start - 1] == b'(' { start - 1 } else { start };
        let (rest, is_inside) = (&part[start..], |byte: &u8| byte.is_ascii_digit() || b"+-() ./".contains(byte));
        // Another plus begins another number.
        let sign = rest.iter().take(2).take_while(|byte| matches!(byte, b'(' | b'+')).count();
        let ends = |(place, byte): (usize, &u8)| !is_inside(byte) || (place >= sign && *byte == b'+');
        let run = rest.iter().enumerate().position(ends).unwrap_or(rest.len());
        let end = rest[..run].iter().rposition(u8::is_ascii_digit).map_or(0, |last| last + 1);
        part = &rest[run..];
        if rest[..end].iter().filter(|byte| byte.is_ascii_digit()).count() >= DIGITS_MIN {
            return Some((&rest[..end], part));
        }
    }
}

/// How long the date is that a text begins with, of four digits for the year and two for the others.
fn date_length(text: &[u8]) -> Option<usize> {
    const BYTES: usize = 10;
    let date = text.get(..BYTES)?;
    let number = |range: std::ops::Range<usize>| -> Option<u32> {
        let digits = &date[range];
        digits
            .iter()
            .all(u8::is_ascii_digit)
            .then(|| digits.iter().fold(0, |n, digit| 10 * n + u32::from(digit - b'0')))
    };
    let year_first = date[4] == date[7];
    let (mark, year, others) = match year_first {
        true => (date[4], number(0..4)?, [number(5..7)?, number(8..10)?]),
        false if date[2] == date[5] => (date[2], number(6..10)?, [number(0..2)?, number(3..5)?]),
        false => return None,
    };
    let is_date =
        (1900..2100).contains(&year) && others.iter().all(|n| (1..=31).contains(n)) && others.iter().any(|n| *n <= 12);
    let ends = text.get(BYTES).is_none_or(|byte| !byte.is_ascii_digit());
    (matches!(mark, b'-' | b'.' | b'/') && is_date && ends).then_some(BYTES)
}

/// What could be e-mail addresses in a cell of several, between blanks and marks that separate values. A cell with other words is
/// no list of them.
pub(super) fn emails(cell: &[u8]) -> impl Iterator<Item = &[u8]> {
    let cell = if cell.len() <= CELL_BYTES_MAX { cell } else { &[] };
    let is_between = |byte: &u8| byte.is_ascii_whitespace() || b";,|/<>()\"'&".contains(byte);
    let parts = || cell.split(is_between).filter(|part| !part.is_empty());
    // One with marks around it is no list: the rule of its kind has refused it.
    let are_several = parts().nth(1).is_some() && parts().all(|part| memchr::memchr(b'@', part).is_some());
    parts().take(if are_several { usize::MAX } else { 0 })
}

/// The address of a guest that Microsoft Entra has made a name of: `anna_example.org#EXT#@company.onmicrosoft.com`. No domain has an
/// underscore, so that the last one is its sign. Cost: a comparison of the end of a cell.
#[inline]
pub(super) fn guest(cell: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const DOMAIN: &[u8] = b".onmicrosoft.com";
    const MARK: &[u8] = b"#EXT#@";
    let cell = cell.trim_ascii();
    let end = cell.len().checked_sub(DOMAIN.len()).filter(|end| cell[*end..].eq_ignore_ascii_case(DOMAIN))?;
    let mark = cell[..end].windows(MARK.len()).position(|part| part.eq_ignore_ascii_case(MARK))?;
    let mut address = Zeroizing::new(cell[..mark].to_vec());
    let sign = memchr::memrchr(b'_', &address)?;
    address[sign] = b'@';
    Some(address)
}

/// Whether an address may have what stands before it in its cell as a part of its mailbox: `email=anna@example.org`, `/u?e=anna@..`,
/// `{anna@..` where a brace stands around the line, and `b'anna@..` as Python writes bytes. No rule forbids that, and next to nobody
/// has such a mailbox.
#[inline]
pub(super) fn may_have_prefix(cell: &[u8]) -> bool {
    let begins_so = match cell {
        [first, second, ..] => b"!#$%&'*^`{|}~".contains(first) || *second == b'\'',
        _ => false,
    };
    begins_so || memchr::memchr3(b'=', b'/', b'?', cell).is_some()
}

/// Whether a cell is one word of letters, an `@` and the other marks of addresses: of `a@b@example.org` no part is an address.
pub(super) fn is_broken_address(cell: &[u8]) -> bool {
    let is_mark = |byte: &u8| byte.is_ascii_alphanumeric() || b"@._-+%".contains(byte);
    memchr::memchr(b'@', cell).is_some() && cell.trim_ascii().iter().all(is_mark)
}

/// A cell without the quotes behind it, before which none stands: what is left of `""anna@example.org"`, whose first two are an
/// empty field. None where there are no such. A quote before a value does not close: what is behind it may be any field.
pub(super) fn without_quotes(cell: &[u8]) -> Option<&[u8]> {
    let is_quote = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`');
    let value = cell.trim_ascii();
    let end = value.iter().rposition(|byte| !is_quote(byte))? + 1;
    (end < value.len() && !is_quote(&value[0])).then(|| value[..end].trim_ascii_end())
}

/// Every number that has a label has as many digits, the serial number of a vehicle too.
const LABELLED_DIGITS_MIN: usize = 5;
/// Longer words before a value are no label of it.
const LABEL_CHARS_MAX: usize = 32;
/// Two letters without a mark behind them may be those of a country, or belong to the number.
const LABEL_LETTERS_MIN: usize = 3;

/// What could be a value behind its label, and the kind by that label where it says more than the column, its country: `PESEL:
/// 44051401359`, `VIN 1M8GDM9AXKP042788`. Labels have no digits; of several words, the last ones may belong to the value. Only what a
/// kind has refused for how it is written is looked at. Cost: one pass, and a search of the lexicon for each word before the value.
pub(super) fn labelled(spec: KindSpec, cell: &[u8]) -> impl Iterator<Item = (KindSpec, &[u8])> {
    let has_labels =
        matches!(spec.kind, Kind::NationalId | Kind::Passport | Kind::Vin | Kind::Iban | Kind::Card | Kind::Email);
    let may_hold = match spec.kind {
        Kind::Email => memchr::memchr(b'@', cell).is_some(),
        _ => cell.iter().filter(|byte| byte.is_ascii_digit()).count() >= LABELLED_DIGITS_MIN,
    };
    let is_one = has_labels && may_hold && cell.len() <= CELL_BYTES_MAX;
    let text = if is_one { std::str::from_utf8(cell).unwrap_or_default() } else { "" };
    let is_between = |c: char| c.is_whitespace() || is_label_mark(c);
    let words = text.char_indices().take(LABEL_CHARS_MAX).take_while(|(_, c)| !c.is_numeric() && *c != '@');
    words.filter(move |(_, c)| is_between(*c)).filter_map(move |(at, _)| {
        let (label, rest) = text.split_at(at);
        let value = rest.trim_start_matches(is_between);
        let marked = rest[..rest.len() - value.len()].contains(is_label_mark);
        let by_label = spec_by_label(spec, label);
        let letters = label.chars().filter(|c| c.is_alphabetic()).count();
        // Before an address stand any words.
        let is_word = spec.kind != Kind::Email && (letters >= LABEL_LETTERS_MIN || !label.is_ascii());
        let is_label = letters > 0 && (marked || is_word || by_label.is_some());
        (is_label && !value.is_empty()).then(|| (by_label.unwrap_or(spec), value.as_bytes()))
    })
}

/// Whether a value may be refused for the words beside it.
pub(super) fn may_have_words(reason: Reason) -> bool {
    matches!(reason, Reason::Syntax | Reason::Length)
}

fn is_label_mark(c: char) -> bool {
    matches!(c, ':' | '\u{ff1a}' | '#' | '=' | '\u{2116}')
}

/// The kind as a label says it, with its country, if it is the kind of the column.
fn spec_by_label(spec: KindSpec, label: &str) -> Option<KindSpec> {
    let Some(Meaning::Kind(named)) = lexicon::find(label).map(|finding| finding.meaning) else { return None };
    let is_same = named.kind == spec.kind && named.form == spec.form;
    is_same.then_some(if spec.country.is_none() { named } else { spec })
}

/// The addresses of the Internet Protocol in a cell with several of them.
pub(super) fn ips(cell: &[u8]) -> impl Iterator<Item = &[u8]> {
    let cell = if cell.len() <= CELL_BYTES_MAX { cell } else { &[] };
    let parts = cell.split(|byte| matches!(byte, b',' | b';' | b'|' | b' ' | b'\n'));
    parts.map(<[u8]>::trim_ascii).filter(|part| !part.is_empty())
}

/// Whether a cell may hold several addresses of the Internet Protocol: that is seen by one search of a short text.
#[inline]
pub(super) fn holds_ips(cell: &[u8]) -> bool {
    /// The shortest two have seven characters each.
    const BYTES_MIN: usize = 15;
    cell.len() >= BYTES_MIN && memchr::memchr3(b',', b';', b'|', cell).is_some()
}

/// Whether a cell that is no telephone number holds some with a plus; in a column that is called so, several of any writing.
pub(super) fn has_phones(value: &[u8], region: Country, is_named: bool, canonicalizer: &mut Canonicalizer) -> bool {
    let spec = KindSpec::new(Kind::Phone);
    let mut is_one = |part: &[u8]| canonicalizer.canonicalize(spec, region, part).is_ok();
    let several = first_phones(value).filter(|part| part.len() < value.len()).count() > 1;
    phones(value).any(|part| part[0] == b'+' && is_one(part))
        || (is_named && several && first_phones(value).all(&mut is_one))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_found_beside_others_and_beside_words() {
        let check = |cell: &str, want: &[&str]| {
            let got: Vec<&[u8]> = phones(cell.as_bytes()).collect();
            assert_eq!(got, want.iter().map(|part| part.as_bytes()).collect::<Vec<_>>(), "{cell}");
        };
        check("+4915112345678; +4915112345679", &["+4915112345678", "+4915112345679"]);
        check("0151/12345678 / (030) 1234567", &["0151/12345678", "(030) 1234567"]);
        check("+4915112345678(home)", &["+4915112345678"]);
        check("p:+49 151 12345678 after 6", &["+49 151 12345678"]);
        check("030 90123456 oder 0176 1234567", &["030 90123456", "0176 1234567"]);
        check("030 90123456 ::: 0176 1234567 (alt: (089) 7654321)", &["030 90123456", "0176 1234567", "(089) 7654321"]);
        check("2 Autos, tel.\u{3001}13812345678\u{3001}13912345678", &["13812345678", "13912345678"]);
        check("22 33 44 55 eller 99887766", &["22 33 44 55", "99887766"]);
        check("call 5 times, or 12345", &[]);
        // Days, and numbers of other things, behind one.
        check("+49 151 12345678 seit 2024-01-02 10:30", &["+49 151 12345678"]);
        check("+49 151 12345678 customer 1234567", &["+49 151 12345678"]);
        check(
            "+49 151 12345678/+49 151 12345679+4915112345670",
            &["+49 151 12345678", "+49 151 12345679", "+4915112345670"],
        );
        check("(+49) 151 12345678 +49 30 1234567", &["(+49) 151 12345678", "+49 30 1234567"]);
        check("01.02.2024: 0151 12345678", &["0151 12345678"]);
        check("01.02.20.24.25 work", &["01.02.20.24.25"]);
        check("", &[]);
        check(&"+4915112345678;".repeat(100), &[]);
    }

    #[test]
    fn values_are_found_behind_their_labels() {
        let check = |spec: &str, cell: &str, want: &[(&str, &str)]| {
            let spec = KindSpec::parse(spec).expect("a kind");
            let got: Vec<(String, &str)> = labelled(spec, cell.as_bytes())
                .map(|(spec, value)| (spec.to_string(), std::str::from_utf8(value).expect("a text")))
                .collect();
            let got: Vec<(&str, &str)> = got.iter().map(|(spec, value)| (spec.as_str(), *value)).collect();
            assert_eq!(got, want, "{cell}");
        };
        check("vin", "VIN 1M8GDM9AXKP042788", &[("vin", "1M8GDM9AXKP042788")]);
        check("national_id", "PESEL#44051401359", &[("national_id:PL", "44051401359")]);
        check("national_id:PL", "Nr PESEL 44051401359", &[("national_id:PL", "44051401359")]);
        check(
            "national_id",
            "\u{8eab}\u{4efd}\u{8bc1}\u{ff1a}11010519491231002X",
            &[("national_id", "11010519491231002X")],
        );
        check("iban", "IBAN DE89 3704 0044 0532 0130 00", &[("iban", "DE89 3704 0044 0532 0130 00")]);
        check("email", "Mail: ann@lettermail.net", &[("email", "ann@lettermail.net"), ("email", "ann@lettermail.net")]);
        check("email", "see ann@lettermail.net", &[]);
        // The letters of a country are none, nor is what a number begins with.
        check("national_id", "PL 44051401359", &[]);
        check("national_id:GB", "AB 12 34 56 C", &[]);
        check("national_id", "1 PESEL 44051401359", &[]);
        check("employee_no", "No: 17", &[]);
        check("vin", "", &[]);
        check("vin", "VIN: ", &[]);
    }

    #[test]
    fn e_mail_addresses_are_found_beside_others() {
        let got: Vec<&[u8]> = emails(b"a@x.example; b@x.example/c@x.example, <d@x.example> x@y@z").collect();
        assert_eq!(got, [&b"a@x.example"[..], b"b@x.example", b"c@x.example", b"d@x.example", b"x@y@z"]);
        assert_eq!(emails(b"write to a@x.example").count(), 0);
        assert_eq!(emails(b"\"a@x.example").count(), 0);
    }

    #[test]
    fn guests_have_an_address_of_their_own() {
        let check = |cell: &str, want: Option<&str>| {
            let got = guest(cell.as_bytes());
            assert_eq!(got.as_ref().map(|address| address.as_slice()), want.map(str::as_bytes), "{cell}");
        };
        check("ann_lee_example.org#EXT#@company.onmicrosoft.com", Some("ann_lee@example.org"));
        check("ann_example.org#ext#@company.OnMicrosoft.com ", Some("ann@example.org"));
        check("ann@company.onmicrosoft.com", None);
        check("#EXT#@company.onmicrosoft.com", None);
        check("ann_example.org#EXT#@example.com", None);
        check(".onmicrosoft.com", None);
        check("", None);
    }

    #[test]
    fn quotes_that_are_left_behind_are_no_part() {
        let check = |cell: &str, want: Option<&str>| {
            assert_eq!(without_quotes(cell.as_bytes()), want.map(str::as_bytes), "{cell}");
        };
        check("a@x.example\"", Some("a@x.example"));
        check(" a@x.example\"\" ", Some("a@x.example"));
        check("\"a@x.example", None);
        check("\"a@x.example\"", None);
        check("a@x.example", None);
        check("a\"b@x.example", None);
        check("\"\"", None);
        check("", None);
    }

    #[test]
    fn addresses_are_found_beside_others() {
        let got: Vec<&[u8]> = ips(b"203.0.113.9, 2001:db8::1;198.51.100.2").collect();
        assert_eq!(got, [&b"203.0.113.9"[..], b"2001:db8::1", b"198.51.100.2"]);
        assert!(holds_ips(b"203.0.113.9, 198.51.100.2") && !holds_ips(b"203.0.113.9") && !holds_ips(b"1.2.3.4,"));
    }
}
