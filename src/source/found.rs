//! Text of no known shape: the addresses in it, whatever stands around them.
//!
//! A line with at least one address is a record; lines without any are passed over and counted. From every `@` the search goes
//! out in both directions over the characters of addresses, as the loader of Have I Been Pwned does with a regular expression:
//! one `@`, a local part of 1 to 64 characters that begins and ends with a letter or digit, no two dots in a row, a domain
//! with a dot and letters behind the last. `\n`, `\r` or `\t` written as two characters right before an address, as in SQL and JSON
//! strings, do not belong to it. What only looks like an address is refused later, by the rule of the kind.
//!
//! Cost: one search for `@`, and some tens of nanoseconds for each.

use memchr::memchr;

use super::split::Record;

/// The name of the only column.
pub(super) const COLUMNS: [&str; 1] = ["e-mail address found"];
const LOCAL_BYTES_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 253;

/// Puts every address of a line into column 0; whether there is one.
pub(super) fn split(line: &[u8], record: &mut Record) -> bool {
    let mut from = 0;
    let mut any = false;
    while let Some(found) = memchr(b'@', &line[from..]) {
        let at = from + found;
        from = at + 1;
        if let Some((start, end)) = address_at(line, at) {
            record.push(0, start, end);
            any = true;
            from = end;
        }
    }
    any
}

/// How many e-mail addresses there are in some bytes, whatever stands around them: what a plan finds should not be much less.
///
/// Cost: about 0.5 GB/s of a list of addresses, and 10 GB/s of text without any.
pub fn count_addresses(bytes: &[u8]) -> u64 {
    let (mut from, mut count) = (0, 0);
    while let Some(found) = memchr(b'@', &bytes[from..]) {
        let at = from + found;
        from = at + 1;
        if let Some((_, end)) = address_at(bytes, at) {
            count += 1;
            from = end;
        }
    }
    count
}

#[inline]
fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+')
}

#[inline]
fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

/// The address around an `@`.
fn address_at(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let before = &line[at.saturating_sub(LOCAL_BYTES_MAX + 2)..at];
    let local = before.iter().rev().take_while(|byte| is_local(**byte)).count();
    let mut start = at - local;
    // The letter of an escape that was written out.
    if start > 0 && line[start - 1] == b'\\' && matches!(line[start], b'n' | b'r' | b't') {
        start += 1;
    }
    start += line[start..at].iter().take_while(|byte| !byte.is_ascii_alphanumeric()).count();
    let after = &line[at + 1..line.len().min(at + 2 + DOMAIN_BYTES_MAX)];
    let mut domain = after.iter().take_while(|byte| is_domain(**byte)).count();
    while domain > 0 && !after[domain - 1].is_ascii_alphanumeric() {
        domain -= 1;
    }
    let (local, domain) = (&line[start..at], &after[..domain]);
    let last = domain.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let is_address = (1..=LOCAL_BYTES_MAX).contains(&local.len())
        && local.last().is_some_and(u8::is_ascii_alphanumeric)
        && domain.len() <= DOMAIN_BYTES_MAX
        && domain.first().is_some_and(u8::is_ascii_alphanumeric)
        && last.len() < domain.len()
        && last.len() >= 2
        && last.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-')
        && ![local, domain].iter().any(|part| part.windows(2).any(|pair| pair == b".."));
    is_address.then_some((start, at + 1 + domain.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, want: &str) {
        let mut record = Record::new();
        record.begin(0);
        let any = split(line.as_bytes(), &mut record);
        let found: Vec<String> =
            record.fields(line.as_bytes()).map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect();
        assert_eq!((found.join(" "), any), (want.to_owned(), !want.is_empty()), "{line}");
        assert_eq!(count_addresses(line.as_bytes()), found.len() as u64, "{line}");
    }

    #[test]
    fn addresses_are_found_in_anything() {
        check("anna@example.com", "anna@example.com");
        check(
            "To: \"Anna\" <anna.li+x@mail.example.com>, bert@example.org;",
            "anna.li+x@mail.example.com bert@example.org",
        );
        check("(1,'x\\nbob@example.com','y')", "bob@example.com");
        check("mailto:anna@example.com.", "anna@example.com");
        check("..anna@example.com..", "anna@example.com");
        check("a@b@c.example", "b@c.example");
        check("\u{738b}anna@example.com\u{4f1f}", "anna@example.com");
    }

    #[test]
    fn what_is_none_is_left() {
        for line in
            ["", "@", "a@", "@b.example", "a@b", "a@b.c1", "a..b@c.example", "a@b..example", "a@192.0.2.7", "a b@ c.de"]
        {
            check(line, "");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        check(&long, "");
    }
}
