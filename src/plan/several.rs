//! Cells with several values, or with words beside one: `+49 151 1; +49 151 2`, `p:+49 151 1`, `+49 151 1 (home)`, and the proxies
//! that stand behind an address, `203.0.113.9, 198.51.100.2`.

/// Longer cells are texts.
const CELL_BYTES_MAX: usize = 512;
/// Fewer digits are a number of something else.
const DIGITS_MIN: usize = 7;

/// What could be telephone numbers in a cell that is none itself: between the marks that separate values, without the words before
/// and behind. Cost: one pass.
pub(super) fn phones(cell: &[u8]) -> impl Iterator<Item = &[u8]> {
    let cell = if cell.len() <= CELL_BYTES_MAX { cell } else { &[] };
    let parts = cell.split(|byte| matches!(byte, b';' | b',' | b'|' | b'\n' | b'&')).flat_map(split_at_slashes);
    parts.map(without_words).filter(|part| part.iter().filter(|byte| byte.is_ascii_digit()).count() >= DIGITS_MIN)
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

/// From the first plus, digit or bracket to the last digit before other words.
fn without_words(part: &[u8]) -> &[u8] {
    let start = part.iter().position(|byte| byte.is_ascii_digit() || *byte == b'+').unwrap_or(part.len());
    let start = if start > 0 && part[start - 1] == b'(' { start - 1 } else { start };
    let rest = &part[start..];
    let end = rest.iter().position(|byte| !(byte.is_ascii_digit() || b"+-() ./".contains(byte))).unwrap_or(rest.len());
    let end = rest[..end].iter().rposition(u8::is_ascii_digit).map_or(0, |last| last + 1);
    &rest[..end]
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
        check("call 5 times, or 12345", &[]);
        check("", &[]);
        check(&"+4915112345678;".repeat(100), &[]);
    }

    #[test]
    fn e_mail_addresses_are_found_beside_others() {
        let got: Vec<&[u8]> = emails(b"a@x.example; b@x.example/c@x.example, <d@x.example> x@y@z").collect();
        assert_eq!(got, [&b"a@x.example"[..], b"b@x.example", b"c@x.example", b"d@x.example", b"x@y@z"]);
        assert_eq!(emails(b"write to a@x.example").count(), 0);
        assert_eq!(emails(b"\"a@x.example").count(), 0);
    }

    #[test]
    fn addresses_are_found_beside_others() {
        let got: Vec<&[u8]> = ips(b"203.0.113.9, 2001:db8::1;198.51.100.2").collect();
        assert_eq!(got, [&b"203.0.113.9"[..], b"2001:db8::1", b"198.51.100.2"]);
        assert!(holds_ips(b"203.0.113.9, 198.51.100.2") && !holds_ips(b"203.0.113.9") && !holds_ips(b"1.2.3.4,"));
    }
}
