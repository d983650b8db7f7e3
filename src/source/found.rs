//! Text of no known shape: the addresses in it, whatever stands around them.
//!
//! A line with at least one address is a record; lines without any are passed over and counted. From every `@` the search goes
//! out in both directions over the characters of addresses, as the loader of Have I Been Pwned does with a regular expression:
//! one `@`, a local part of 1 to 64 bytes that begins and ends with a letter or digit, no two dots in a row, a domain
//! with a dot and letters behind the last. `\n`, `\r` or `\t` written as two characters right before an address, as in SQL and JSON
//! strings, do not belong to it. What only looks like an address is refused later, by the rule of the kind.
//!
//! Cost: one search for `@`, and some tens of nanoseconds for each. What is no record is searched for `%40` and `&#64;` as well.
//!
//! # Broken records
//!
//! What cannot be read as a record, and what is passed over behind it, is searched as well: [`search`] offers the addresses in it,
//! and runs of letters and digits that are as long as numbers with check digits are. What they are is not known here. A block may
//! begin or end anywhere in such a span, so that [`Edges`] has the text on both sides of the block: what is offered is what would
//! be if the text were in one piece, whatever the size of a block.

use std::ops::Range;

use memchr::{memchr, memchr2_iter};
use zeroize::Zeroizing;

use super::blocks::Block;
use super::record::Record;

/// The name of the only column.
pub(super) const COLUMNS: [&str; 1] = ["e-mail address found"];
const LOCAL_BYTES_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 253;

/// Text that says what an address at the edge of a block is: as much as a local part before it, and as a domain behind it.
pub(super) const BEFORE_BYTES: usize = LOCAL_BYTES_MAX + 2;
pub(super) const BEHIND_BYTES: usize = DOMAIN_BYTES_MAX + 6;
/// Numbers that have check digits worth the name: 15 digits have telephones, 17 characters vehicles, 18 persons, up to 34 accounts.
const CODE_BYTES: std::ops::RangeInclusive<usize> = 15..=34;
/// A number of a card as it is printed: four groups, and what stands between them.
const GROUP_BYTES: usize = 4;
const GROUPS_BYTES: usize = 4 * GROUP_BYTES + 3;
/// Fewer digits are a word.
const CODE_DIGITS_MIN: usize = 4;
/// What stands for the sign of an address in a URL, and in HTML.
const ENCODED_SIGNS: [&[u8]; 2] = [b"%40", b"&#64;"];

/// What stands on both sides of a block.
#[derive(Clone, Copy, Default)]
pub struct Edges<'a> {
    before: &'a [u8],
    behind: &'a [u8],
}

impl<'a> Edges<'a> {
    /// Those of a block of a source.
    pub fn of(block: &'a Block) -> Edges<'a> {
        Edges { before: &block.before, behind: &block.behind }
    }
}

/// What may be an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Candidate {
    /// Has the form of an e-mail address.
    Address,
    /// The same, whose `@` is written as in a URL, `%40`, or in HTML.
    Encoded,
    /// 15 to 34 letters and digits between other characters.
    Code,
    /// Four times four digits with a blank or a hyphen between them, as on a card.
    Groups,
    /// A plus, and as many digits as telephone numbers have with their country code.
    Phone,
}

/// Offers what begins in a span of a block, and of addresses what has its sign there.
///
/// Cost: about 1 ns a byte; a span at the edge of its block is copied.
pub fn search(block: &[u8], span: Range<usize>, edges: Edges<'_>, mut each: impl FnMut(Candidate, &[u8])) {
    if span.start >= BEFORE_BYTES && span.end + BEHIND_BYTES <= block.len() {
        return search_inside(block, span, &mut each);
    }
    let from = span.start.saturating_sub(BEFORE_BYTES);
    let to = block.len().min(span.end + BEHIND_BYTES);
    let before = if from == 0 { edges.before } else { &[] };
    let behind = if to == block.len() { edges.behind } else { &[] };
    let text = Zeroizing::new([before, &block[from..to], behind].concat());
    let shift = |place: usize| place - from + before.len();
    search_inside(&text, shift(span.start)..shift(span.end), &mut each);
}

fn search_inside(text: &[u8], span: Range<usize>, each: &mut impl FnMut(Candidate, &[u8])) {
    let mut from = span.start;
    while let Some(found) = memchr(b'@', &text[from..span.end]) {
        let at = from + found;
        from = at + 1;
        if let Some((start, end)) = address_at(text, at) {
            each(Candidate::Address, &text[start..end]);
        }
    }
    for place in memchr2_iter(b'%', b'&', &text[span.clone()]).map(|place| span.start + place) {
        // One that begins in the span may end behind it.
        let sign = ENCODED_SIGNS.iter().find(|sign| text[place..].starts_with(sign));
        if let Some(address) = sign.and_then(|sign| encoded_at(text, place, sign.len())) {
            each(Candidate::Encoded, &address);
        }
    }
    let is_code = |place: usize| text.get(place).is_some_and(u8::is_ascii_alphanumeric);
    let mut at = span.start;
    // A run that begins before the span is not of it.
    while at > 0 && at < span.end && is_code(at - 1) && is_code(at) {
        at += 1;
    }
    while at < span.end {
        let length = text[at..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count();
        let code = &text[at..at + length];
        let digits = || code.iter().filter(|byte| byte.is_ascii_digit()).count();
        // The local part of an address is no number.
        let of_address = text.get(at + length) == Some(&b'@');
        if CODE_BYTES.contains(&length) && !of_address && digits() >= CODE_DIGITS_MIN {
            each(Candidate::Code, code);
        }
        if length == GROUP_BYTES
            && let Some(groups) = groups(&text[at..])
        {
            each(Candidate::Groups, groups);
        }
        at += length + 1;
    }
    let mut from = span.start;
    while let Some(found) = memchr(b'+', &text[from..span.end]) {
        let at = from + found;
        from = at + 1;
        let begins = at == 0 || !(text[at - 1].is_ascii_alphanumeric() || matches!(text[at - 1], b'+' | b'/'));
        if let Some(number) = phone(&text[at..]).filter(|_| begins) {
            each(Candidate::Phone, number);
        }
    }
}

/// The address around an encoded sign of this length.
#[cold]
fn encoded_at(text: &[u8], place: usize, length: usize) -> Option<Zeroizing<Vec<u8>>> {
    let neighbours = [place.checked_sub(1).and_then(|before| text.get(before)), text.get(place + length)];
    if !neighbours.into_iter().all(|byte| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || !byte.is_ascii())) {
        return None;
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(BEFORE_BYTES + 1 + BEHIND_BYTES));
    let mut before = &text[place.saturating_sub(BEFORE_BYTES)..place];
    while let [first, rest @ ..] = before {
        let escape = rest.first_chunk::<2>().filter(|_| *first == b'%').and_then(|digits| hex_byte(*digits));
        plain.push(escape.unwrap_or(*first));
        before = if escape.is_some() { &rest[2..] } else { rest };
    }
    let at = plain.len();
    plain.push(b'@');
    plain.extend_from_slice(&text[place + length..text.len().min(place + length + BEHIND_BYTES)]);
    let (start, end) = address_at(&plain, at)?;
    plain.truncate(end);
    plain.drain(..start);
    Some(plain)
}

fn hex_byte(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    Some((high? << 4 | low?) as u8)
}

/// The telephone number that a text begins with: its digits without a gap, or in groups with one mark or two between them.
fn phone(text: &[u8]) -> Option<&[u8]> {
    const DIGITS: std::ops::RangeInclusive<usize> = 8..=15;
    let is_mark = |byte: u8| matches!(byte, b' ' | b'-' | b'.' | b'(' | b')');
    let run = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (mut end, mut digits) = (1 + run(1), run(1));
    if !DIGITS.contains(&digits) {
        while digits < *DIGITS.end() {
            let marks = text[end..].iter().take(3).take_while(|byte| is_mark(**byte)).count();
            let group = run(end + marks);
            if !(1..=2).contains(&marks) || group == 0 || digits + group > *DIGITS.end() {
                break;
            }
            (end, digits) = (end + marks + group, digits + group);
        }
    }
    let behind = text.get(end);
    let ends = !behind.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'@');
    (ends && DIGITS.contains(&digits) && text[1] != b'0').then(|| &text[..end])
}

/// Four groups of four digits, and nothing of a number behind them.
fn groups(text: &[u8]) -> Option<&[u8]> {
    let (groups, behind) = text.split_at_checked(GROUPS_BYTES)?;
    let is_separator = |byte: u8| matches!(byte, b' ' | b'-');
    let fits = |(place, byte): (usize, &u8)| match place % (GROUP_BYTES + 1) {
        GROUP_BYTES => is_separator(*byte),
        _ => byte.is_ascii_digit(),
    };
    let ends = !behind.first().is_some_and(u8::is_ascii_alphanumeric);
    (ends && groups.iter().enumerate().all(fits)).then_some(groups)
}

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

/// Whether most lines hold addresses that are none of the logins which a combolist would take of them: several pairs on a line,
/// pages with links. Those in passwords are few.
pub(super) fn hides_addresses<'a>(
    lines: impl Iterator<Item = &'a [u8]>,
    logins: impl Fn(&'a [u8], &mut Record),
) -> bool {
    /// Fewer say nothing.
    const HIDDEN_MIN: u64 = 3;
    let (mut all, mut hiding, mut hidden, mut record) = (0u64, 0u64, 0, Record::new());
    for line in lines {
        record.clear();
        all += 1;
        if memchr(b'@', line).is_none() {
            continue;
        }
        logins(line, &mut record);
        let taken = record.fields(line).any(|(column, login)| column == 0 && memchr(b'@', login).is_some());
        let others = count_addresses(line).saturating_sub(u64::from(taken));
        hiding += u64::from(others > 0);
        hidden += others;
    }
    hidden >= HIDDEN_MIN && hiding * 2 > all
}

/// How many e-mail addresses there are in some bytes, whatever stands around them: what a plan finds should not be much less.
///
/// Cost: about 0.5 GB/s of a list of addresses, and 10 GB/s of text without any.
pub fn count_addresses(bytes: &[u8]) -> u64 {
    let (mut from, mut count) = (0, 0);
    while let Some(found) = memchr(b'@', &bytes[from..]) {
        let at = from + found;
        from = at + 1;
        if let Some((start, end)) = address_at(bytes, at) {
            count += u64::from(!is_of_url(&bytes[..start], &bytes[end..]));
            from = end;
        }
    }
    count
}

/// At least as many as [`count_addresses`] counts: signs between a letter and something with a dot in it.
///
/// Cost: 5 to 8 ns for each `@`.
pub fn count_likely_addresses(bytes: &[u8]) -> u64 {
    let is_likely = |at: &usize| {
        let domain = &bytes[at + 1..];
        let dot = domain.iter().position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'-' || !byte.is_ascii()));
        *at > 0 && !bytes[at - 1].is_ascii_whitespace() && dot.is_some_and(|dot| dot > 0 && domain[dot] == b'.')
    };
    memchr::memchr_iter(b'@', bytes).filter(is_likely).count() as u64
}

/// Whether what stands between is the end of a name and password before the host of a URL: `https://anna:secret@shop.example/`. Of a
/// list of sites without paths, a password follows.
fn is_of_url(before: &[u8], behind: &[u8]) -> bool {
    if !matches!(behind.first(), Some(b'/' | b'?' | b'#')) {
        return false;
    }
    let before = &before[before.len().saturating_sub(LOCAL_BYTES_MAX)..];
    let slash = before.iter().rposition(|byte| !byte.is_ascii_alphanumeric() && !b":._-+%!$&*=~".contains(byte));
    slash.is_some_and(|slash| before[..=slash].ends_with(b"//"))
}

#[inline]
fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+')
}

#[inline]
fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

/// Where what may be a local part begins.
///
/// Letters beyond ASCII are of it (RFC 6531) if their script is written with blanks: the tail of `jürgen@..` is the address of
/// somebody else. Chinese and Japanese text stands right before an address, and is none of it.
#[inline]
fn local_start(line: &[u8], at: usize) -> usize {
    let first = at.saturating_sub(LOCAL_BYTES_MAX + 2);
    let ascii = |end: usize| end - line[first..end].iter().rev().take_while(|byte| is_local(**byte)).count();
    let mut start = ascii(at);
    while start > first && !line[start - 1].is_ascii() {
        let Some(letter) = last_letter(&line[first..start]) else { break };
        start = ascii(start - letter.len_utf8());
    }
    start
}

/// The letter that a text ends in, if it is one of an alphabet, or a mark on one.
#[cold]
fn last_letter(text: &[u8]) -> Option<char> {
    let tail = &text[text.len().saturating_sub(4)..];
    let begin = tail.iter().rposition(|byte| byte & 0xc0 != 0x80)?;
    let letter = std::str::from_utf8(&tail[begin..]).ok()?.chars().next()?;
    let of_alphabet = matches!(letter, '\u{c0}'..='\u{58f}' | '\u{1e00}'..='\u{1fff}') && letter.is_alphabetic();
    (of_alphabet || matches!(letter, '\u{300}'..='\u{36f}')).then_some(letter)
}

/// Where what may be a domain ends, of the text behind an `@`.
#[inline]
fn domain_end(text: &[u8]) -> usize {
    let ascii = |from: usize| from + text[from..].iter().take_while(|byte| is_domain(**byte)).count();
    let mut end = ascii(0);
    while text.get(end).is_some_and(|byte| !byte.is_ascii()) {
        let Some(letter) = letter_of_domain(text, end) else { break };
        end = ascii(end + letter.len_utf8());
    }
    end
}

/// The letter beyond ASCII at a place of a domain that is written in its own letters (RFC 5890).
///
/// Labels do not mix Latin letters with others (UTS #39, section 5.2): what follows a Latin letter in another script, as Chinese text
/// does right behind an address, is none of the domain.
#[cold]
fn letter_of_domain(text: &[u8], at: usize) -> Option<char> {
    let letter = text[at..text.len().min(at + 4)].utf8_chunks().next()?.valid().chars().next()?;
    let is_latin = matches!(letter, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    let is_mark = matches!(letter, '\u{300}'..='\u{36f}');
    let follows_latin = at > 0 && text[at - 1].is_ascii_alphabetic();
    (is_mark || letter.is_alphanumeric() && (is_latin || !follows_latin)).then_some(letter)
}

/// Whether a label of a domain is one of other letters, as it is written in ASCII (RFC 5890): such top-level domains have digits.
pub(super) fn is_ace(label: &[u8]) -> bool {
    label.get(..4).is_some_and(|prefix| prefix.eq_ignore_ascii_case(b"xn--"))
}

/// How many letters of an escape that was written out stand before a local part: `\\n`, `\\x3c` and `\\u003c` of programs and JSON, `%3C` of
/// links, `=3D` of mails.
fn escape(before: &[u8], local: &[u8]) -> usize {
    let code = |from: usize, length: usize| {
        let digits = local.get(from..from + length).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
        let digits = std::str::from_utf8(digits).ok()?;
        u8::from_str_radix(digits, 16).ok().filter(|byte| byte.is_ascii() && !is_local(*byte))
    };
    match (before.last(), local.first()) {
        (Some(b'\\'), Some(b'n' | b'r' | b't')) => 1,
        (Some(b'\\'), Some(b'x')) if code(1, 2).is_some() => 3,
        (Some(b'\\'), Some(b'u')) if code(1, 4).is_some() => 5,
        (Some(b'%'), _) if code(0, 2).is_some() => 2,
        (Some(b'='), _) if code(0, 2) == Some(b'=') => 2,
        _ => 0,
    }
}

/// The address around an `@`.
fn address_at(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let mut start = local_start(line, at);
    start += escape(&line[..start], &line[start..at]);
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii();
    start += line[start..at].iter().take_while(|byte| !is_letter(**byte)).count();
    // A letter that begins within the longest domain is whole.
    let after = &line[at + 1..line.len().min(at + 5 + DOMAIN_BYTES_MAX)];
    let mut domain = domain_end(after);
    while domain > 0 && matches!(after[domain - 1], b'.' | b'-') {
        domain -= 1;
    }
    let (local, domain) = (&line[start..at], &after[..domain]);
    let last = domain.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let is_address = (1..=LOCAL_BYTES_MAX).contains(&local.len())
        && local.last().is_some_and(|byte| is_letter(*byte))
        && domain.len() <= DOMAIN_BYTES_MAX
        && domain.first().is_some_and(|byte| is_letter(*byte))
        && last.len() < domain.len()
        && last.len() >= 2
        && !is_of_file(last)
        && (last.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b'-' || !byte.is_ascii()) || is_ace(last))
        && ![local, domain].iter().any(|part| part.windows(2).any(|pair| pair == b".."));
    is_address.then_some((start, at + 1 + domain.len()))
}

/// Whether what stands behind the last dot is the end of a name of a file, and no domain: pictures for dense screens are called
/// `face@2x.png`.
pub fn names_file(text: &[u8]) -> bool {
    is_of_file(text.rsplit(|byte| *byte == b'.').next().unwrap_or_default())
}

fn is_of_file(last: &[u8]) -> bool {
    const ENDS: [&[u8]; 7] = [b"png", b"jpg", b"jpeg", b"gif", b"webp", b"svg", b"css"];
    ENDS.iter().any(|end| last.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encoded_signs_are_seen() {
        let check = |text: &str, want: &str| {
            let mut found = Vec::new();
            search(text.as_bytes(), 0..text.len(), Edges::default(), |candidate, value| {
                if candidate == Candidate::Encoded {
                    found.push(String::from_utf8_lossy(value).into_owned());
                }
            });
            assert_eq!(found.join(" "), want, "{text}");
        };
        check("GET /p?e=vera1%40example.org&x=1", "vera1@example.org");
        check("/u/vera%2Bx%40example.org?to=%20max%40example.org", "vera+x@example.org max@example.org");
        check("<td>vera&#64;example.org</td>", "vera@example.org");
        check("vera@example.org 100%40 %40example.org a%40b %4", "");
    }

    fn check(line: &str, want: &str) {
        let mut record = Record::new();
        record.begin(0);
        let any = split(line.as_bytes(), &mut record);
        let found: Vec<String> =
            record.fields(line.as_bytes()).map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect();
        assert_eq!((found.join(" "), any), (want.to_owned(), !want.is_empty()), "{line}");
        assert_eq!(count_addresses(line.as_bytes()), found.len() as u64, "{line}");
        assert!(count_likely_addresses(line.as_bytes()) >= found.len() as u64, "{line}");
    }

    #[test]
    fn addresses_are_found_in_anything() {
        check("anna@example.com", "anna@example.com");
        check("face@2x.png anna@example.pn", "anna@example.pn");
        check(
            "To: \"Anna\" <anna.li+x@mail.example.com>, bert@example.org;",
            "anna.li+x@mail.example.com bert@example.org",
        );
        check("(1,'x\\nbob@example.com','y')", "bob@example.com");
        check("mailto:anna@example.com.", "anna@example.com");
        check("\\u003canna@example.com\\u003e \\x22bob@example.com\\x22", "anna@example.com bob@example.com");
        check("to=%3Canna@example.com%3E&mail=3Dbob@example.com", "anna@example.com bob@example.com");
        check("100%abc@example.com \\u1234anna@example.com", "abc@example.com u1234anna@example.com");
        check("..anna@example.com..", "anna@example.com");
        check("a@b@c.example", "b@c.example");
        check("(7,'anna@xn----7sbabc3ak.xn--p1ai')", "anna@xn----7sbabc3ak.xn--p1ai");
        check("anna@example.xn-p1ai anna@example.p1ai", "");
        check("\u{738b}anna@example.com\u{4f1f}", "anna@example.com");
        check("anna@m\u{fc}ller.example:x", "anna@m\u{fc}ller.example");
        check("anna@mail.mu\u{308}ller.de, b", "anna@mail.mu\u{308}ller.de");
        check(
            "(\u{430}\u{43d}\u{43d}\u{430}@1\u{441}.\u{440}\u{444}.)",
            "\u{430}\u{43d}\u{43d}\u{430}@1\u{441}.\u{440}\u{444}",
        );
        check("anna@mail.ru\u{43f}\u{43e}\u{447}\u{442}\u{430}.\u{43d}\u{435}\u{442}", "anna@mail.ru");
        check(
            "anna@\u{4f8b}\u{5b50}.cn\u{4f1f} b@\u{4f8b}\u{5b50}.\u{4e2d}\u{56fd}\u{3002}",
            "anna@\u{4f8b}\u{5b50}.cn b@\u{4f8b}\u{5b50}.\u{4e2d}\u{56fd}",
        );
        check("anna@example.\u{20ac}\u{20ac} anna@\u{2014}.com", "");
        check("to j\u{fc}rgen.wolf@example.org", "j\u{fc}rgen.wolf@example.org");
        check(
            "o.o\u{308}zkan@example.com,\u{430}\u{43d}\u{43d}\u{430}@example.com",
            "o.o\u{308}zkan@example.com \u{430}\u{43d}\u{43d}\u{430}@example.com",
        );
        check("\u{738b}\u{fc}ber-1@example.com \u{bb}anna@example.com", "\u{fc}ber-1@example.com anna@example.com");
    }

    #[test]
    fn passwords_in_urls_are_not_counted() {
        let check = |line: &str, want: u64| assert_eq!(count_addresses(line.as_bytes()), want, "{line}");
        check("https://anna:pw@shop.example.com/x:bert:pw", 0);
        check("ftp://anna@shop.example.com/ bert@example.org", 1);
        check("https://shop.example.com/x?mail=anna@example.com", 1);
        check("https://shop.example.com/login:anna@example.com:pw", 1);
        check("https://shop.example.com:anna@example.com:pw", 1);
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

    /// What is offered of `text[span]` if the block is `text[block]`.
    fn offered(text: &[u8], block: Range<usize>, span: Range<usize>) -> Vec<String> {
        let edges = Edges {
            before: &text[block.start.saturating_sub(BEFORE_BYTES)..block.start],
            behind: &text[block.end..text.len().min(block.end + BEHIND_BYTES)],
        };
        let (mut offered, shift) = (Vec::new(), block.start);
        search(&text[block.clone()], span.start - shift..span.end - shift, edges, |candidate, bytes| {
            offered.push(format!("{candidate:?} {}", String::from_utf8_lossy(bytes)));
        });
        offered
    }

    #[test]
    fn broken_text_is_searched_for_addresses_and_codes() {
        let text = b"(1,'anna@example.com,11010519491231002X;LSGJA52U7ES000001,\\nbob@example.org 123456789012345@qq.com deadbeef";
        let want = [
            "Address anna@example.com",
            "Address bob@example.org",
            "Address 123456789012345@qq.com",
            "Code 11010519491231002X",
            "Code LSGJA52U7ES000001",
        ];
        assert_eq!(offered(text, 0..text.len(), 0..text.len()), want);
        let cards = b"4111 1111 1111 1111, 1 5500-0000-0000-0004. 4111 1111 1111 11112, 4111 1111 1111 111";
        assert_eq!(
            offered(cards, 0..cards.len(), 0..cards.len()),
            ["Groups 4111 1111 1111 1111", "Groups 5500-0000-0000-0004"]
        );
        let phones =
            b"phone='+4915112345678', +49 151 1234567 (2024) +49 (151) 123-4567x a+4915112345678 +491511234567890123 \
            2+49151123456 +0123456789 +12 +1.305.549.7840, +86 138 1234 5678+4915112345679";
        assert_eq!(
            offered(phones, 0..phones.len(), 0..phones.len()),
            [
                "Code 491511234567890123",
                "Phone +4915112345678",
                "Phone +49 151 1234567",
                "Phone +1.305.549.7840",
                "Phone +86 138 1234 5678"
            ]
        );
        let long = [b"x1".repeat(40), b" ABCDEFGHIJKLMNOPQ 12345678901234".to_vec()].concat();
        assert_eq!(offered(&long, 0..long.len(), 0..long.len()), [""; 0]);
    }

    #[test]
    fn no_cutting_changes_what_is_offered() {
        let words =
            ["anna@example.com", "11010519491231002X", "@", "a.b+c@x.example.org", "\\nbob@example.net", "1234567890"];
        let gaps = ["", ",", " ", "'", ";", "\\", "\u{738b}", "\n", "\u{fc}", "o\u{308}"];
        let mut seed = 3u64;
        let mut pick = |count: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as usize % count
        };
        let mut most = 0;
        for _ in 0..100 {
            let text: Vec<u8> = (0..20)
                .flat_map(|_| [words[pick(words.len())], gaps[pick(gaps.len())]].concat().into_bytes())
                .collect();
            let mut want = offered(&text, 0..text.len(), 0..text.len());
            want.sort();
            most = most.max(want.len());
            for size in [1, 7, 50, 100] {
                let mut got = Vec::new();
                for start in (0..text.len()).step_by(size) {
                    let end = text.len().min(start + size);
                    // Two spans in a block.
                    let middle = start + (end - start) / 2;
                    got.extend(offered(&text, start..end, start..middle));
                    got.extend(offered(&text, start..end, middle..end));
                }
                got.sort();
                assert_eq!(got, want, "blocks of {size}: {}", text.escape_ascii());
            }
        }
        assert!(most > 10, "{most}");
    }
}
