//! Combolists: a login, a delimiter, and a secret that may hold the delimiter.
//!
//! ```text
//! anna@example.com:pass:word      the login ends where the address ends, whatever delimits
//! wangwei88:abc;123               the file's usual delimiter
//! 13812345678|qwe
//! anna88:anna@example.com:5f4d:x9 the address is the login, what stands before it a user name
//! 12. anna@example.com:x          a number or a time before a blank is no user name
//! anna@example.com => x | Plan = A what checkers say behind a secret is of no interest
//! ```
//!
//! Lists of many sources are put together: the delimiter changes from line to line, so it is what follows the address. Splitting
//! at every delimiter and taking the last piece, as some tools do, cuts passwords; nothing is lost here but the delimiter.

use memchr::{memchr, memchr3, memrchr};

use super::found;
use super::record::Record;
use super::simd::{BYTES as LANES, Sixteen};

/// The names of the columns, in their order.
pub(super) const COLUMNS: [&str; 3] = ["login", "password", "user name"];
const LOGIN: u32 = 0;
const SECRET: u32 = 1;
const USER: u32 = 2;

/// Whether a byte can stand between a login and a secret.
fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b':' | b';' | b'|' | b',' | b'\t' | b' ' | b'~')
}

/// Whether a byte can stand in a domain name; those of other scripts are not ASCII.
#[inline]
fn is_domain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') || byte >= 0x80
}

/// The delimiters, and what stands before a domain.
const ENDS: [u8; 7] = *b":;|,\t @";

/// What a byte is where a line begins with an address: nine of ten do, and are read byte by byte once.
const PLAIN: u8 = 0;
const DELIMITER: u8 = 1;
const AT: u8 = 2;
const DOMAIN: u8 = 4;
const CLASSES: [u8; 256] = {
    let mut classes = [PLAIN; 256];
    let mut byte = 0;
    while byte < 256 {
        let letter = byte as u8;
        if letter.is_ascii_alphanumeric() || letter == b'_' || byte >= 0x80 {
            classes[byte] = DOMAIN;
        }
        byte += 1;
    }
    classes[b'.' as usize] = DOMAIN;
    let (delimiters, mut place) = (*b":;|,\t ", 0);
    while place < delimiters.len() {
        classes[delimiters[place] as usize] = DELIMITER;
        place += 1;
    }
    classes[b'@' as usize] = AT;
    classes
};

/// The end of the address that a line begins with, if a delimiter of one byte follows it: no hyphens in the domain, nothing
/// unusual. None says nothing.
#[inline]
fn plain_address(line: &[u8]) -> Option<usize> {
    let Some(first) = line.first_chunk::<LANES>() else { return plain_address_by_bytes(line) };
    // The last sixteen of a short line overlap the first: a bit that is set twice is set.
    let (second, shift) = match line[LANES..].first_chunk::<LANES>() {
        Some(second) => (second, LANES),
        None => (line.last_chunk::<LANES>()?, line.len() - LANES),
    };
    let (first, second) = (Sixteen::new(first), Sixteen::new(second));
    let ends = first.any(ENDS) | second.any(ENDS) << shift;
    let at = ends.trailing_zeros() as usize;
    // Behind the last of the 32 nothing is known.
    if at == 0 || at >= 31 || line[at] != b'@' {
        return None;
    }
    let dots = first.equal(b'.') | second.equal(b'.') << shift;
    let others = first.equal(b'_') | second.equal(b'_') << shift;
    let domain = first.word() | second.word() << shift | dots | others;
    let end = (!domain & (u32::MAX << (at + 1))).trailing_zeros();
    let (is_single, next) = (ends.checked_shr(end)? & 1 == 1, *line.get(end as usize + 1)?);
    let end = end as usize;
    let has_dot =
        dots >> (at + 1) << (at + 1) & !(u32::MAX << end) != 0 && line[at + 1] != b'.' && line[end - 1] != b'.';
    (is_single && line[end] != b'@' && !doubles(next) && has_dot).then_some(end)
}

/// Whether a byte behind a delimiter can belong to it.
#[inline]
fn doubles(next: u8) -> bool {
    matches!(next, b' ' | b':' | b'|' | b'-' | b'=' | b'/' | b'~' | b'>' | b'#' | b';' | 0xc2)
}

/// As [`plain_address`], of a line of any length.
fn plain_address_by_bytes(line: &[u8]) -> Option<usize> {
    let at = line.iter().position(|byte| CLASSES[usize::from(*byte)] & (DELIMITER | AT) != 0)?;
    if line[at] != b'@' || at == 0 {
        return None;
    }
    let domain = &line[at + 1..];
    let mut dots = 0;
    let length = domain.iter().position(|byte| {
        dots += usize::from(*byte == b'.');
        CLASSES[usize::from(*byte)] != DOMAIN
    })?;
    let (end, next) = (at + 1 + length, *domain.get(length + 1)?);
    let is_single = CLASSES[usize::from(line[end])] == DELIMITER && !doubles(next);
    let has_dot = dots > 0 && domain[0] != b'.' && domain[length - 1] != b'.';
    (is_single && has_dot).then_some(end)
}

/// Splits a line into [`COLUMNS`]. Offsets are relative to the line.
#[inline]
pub(super) fn split(line: &[u8], delimiter: u8, record: &mut Record) {
    if let Some(end) = plain_address(line) {
        record.push(LOGIN, 0, end);
        record.push(SECRET, end + 1, line.len());
        return;
    }
    split_any(line, delimiter, record);
}

/// As [`split`], whatever stands in the line.
fn split_any(line: &[u8], delimiter: u8, record: &mut Record) {
    if let Some(at) = memchr(b'@', line)
        && let Some(address) = address_around(line, at)
    {
        let (start, end) = address;
        if start > 0 && !is_counter(&line[..start]) {
            record.push(USER, 0, end_of_user(&line[..start]));
        }
        record.push(LOGIN, start, end);
        if end < line.len() {
            record.push(SECRET, behind_delimiter(line, end), line.len());
        }
        return;
    }
    match memchr(delimiter, line).or_else(|| memchr3(b':', b';', b'|', line)) {
        Some(end) => {
            record.push(LOGIN, 0, end);
            record.push(SECRET, behind_delimiter(line, end), line.len());
        }
        None => record.push(LOGIN, 0, line.len()),
    }
}

/// Where the user name ends that stands before an address: before the delimiter.
fn end_of_user(before: &[u8]) -> usize {
    let trimmed = before.trim_ascii_end();
    if trimmed.ends_with(b"__") {
        return trimmed.len() - trimmed.iter().rev().take_while(|byte| **byte == b'_').count();
    }
    trimmed.strip_suffix(b">>").map_or(before.len() - 1, |user| user.trim_ascii_end().len())
}

/// Where the address around an `@` begins and ends, if it stands between delimiters.
#[inline]
fn address_around(line: &[u8], at: usize) -> Option<(usize, usize)> {
    let before = &line[..at];
    let start = [b':', b';', b'|', b',', b'\t', b' '].into_iter().filter_map(|byte| memrchr(byte, before)).max();
    let mut start = start.map_or(0, |place| place + 1);
    let domain = line[at + 1..].iter().take_while(|byte| is_domain(**byte)).count();
    // No domain has two underscores.
    let domain = memchr::memmem::find(&line[at + 1..at + 1 + domain], b"__").unwrap_or(domain);
    let end = at + 1 + domain;
    let is_whole = end == line.len()
        || is_delimiter(line[end])
        || [&b"=="[..], b">>", b"__"].iter().any(|long| line[end..].starts_with(long));
    // What stands before a user name's address too, if it delimits what follows.
    let underscores = line[end..].iter().take_while(|byte| **byte == b'_').count();
    let run = match underscores {
        0 | 1 => [&b">>"[..], b"~"].into_iter().find(|run| line[end..].starts_with(run)).unwrap_or_default(),
        _ => &line[end..end + underscores],
    };
    if !run.is_empty() {
        start = start.max(memchr::memmem::rfind(before, run).map_or(0, |place| place + run.len()));
    }
    let has_dot = memchr(b'.', &line[at + 1..end]).is_some_and(|dot| dot > 0 && dot + 1 < domain);
    // Dashes are letters of a domain, and between a login and a secret they are a delimiter.
    let dashes = dashes_in(&line[at + 1..end]).map(|dashes| at + 1 + dashes);
    // In `anna88:P@ss.w0rd1` the password is none: no top-level domain has a digit, but those that begin with `xn--`.
    let is_secret = start > 0
        && line[at + 1..end]
            .rsplit(|byte| *byte == b'.')
            .next()
            .is_some_and(|top| top.iter().any(u8::is_ascii_digit) && !found::is_ace(top));
    (start < at && is_whole && has_dot && !is_secret || dashes.is_some()).then(|| (start, dashes.unwrap_or(end)))
}

/// Where two dashes stand in a domain that are not those of a name in other letters: `xn--`, and `xn----` where the name has a hyphen.
/// Before the first point of such a domain stands none of them.
#[inline]
fn dashes_in(domain: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = memchr::memmem::find(&domain[from..], b"--") {
        let dashes = from + found;
        let label = memrchr(b'.', &domain[..dashes]).map_or(0, |dot| dot + 1);
        let is_prefix = domain[label..dashes].eq_ignore_ascii_case(b"xn");
        if !is_prefix && (label > 0 || !found::is_ace(domain)) {
            return Some(dashes);
        }
        from = dashes + domain[dashes..].iter().take_while(|byte| **byte == b'-').count();
    }
    None
}

/// Whether what stands before an address is the number of the line, or a time: digits, marks, and a blank behind.
fn is_counter(before: &[u8]) -> bool {
    let is_part = |byte: &u8| {
        byte.is_ascii_digit() || matches!(byte, b' ' | b'\t' | b'T' | b'Z') || b".:-/[]()#,+".contains(byte)
    };
    // What begins with a plus is a telephone number.
    matches!(before.last(), Some(b' ' | b'\t'))
        && before.first() != Some(&b'+')
        && before.iter().any(u8::is_ascii_digit)
        && before.iter().all(is_part)
}

/// Where the address ends that a line begins with, behind its number.
pub(super) fn end_of_address(line: &[u8]) -> Option<usize> {
    let (start, end) = address_around(line, memchr(b'@', line)?)?;
    (start == 0 || is_counter(&line[..start])).then_some(end)
}

/// Where the secret begins: behind the delimiter, all of it if it is several dashes or equal signs, and behind one blank
/// on either side.
#[inline]
fn behind_delimiter(line: &[u8], at: usize) -> usize {
    let rest = &line[at..];
    const LONG: [&[u8]; 23] = [
        b"____",
        b"___",
        b"__",
        b"----",
        b"---",
        b"--",
        b"==",
        b"::",
        b"||",
        b">>",
        b" : ",
        b" | ",
        b" - ",
        b" => ",
        b" -> ",
        b" >> ",
        b" / ",
        b" ~ ",
        b" # ",
        b" = ",
        b" ; ",
        b" \xc2\xbb ",
        b": ",
    ];
    let long = LONG.iter().find(|long| rest.starts_with(long));
    at + long.map_or(1, |long| long.len())
}

/// How many of the lines look like an address, a delimiter and a secret, and which delimiter most of them have.
pub(super) fn look<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<Look> {
    let mut look = Look::default();
    let mut delimiters = [0usize; 256];
    for line in lines {
        look.lines += 1;
        let address = memchr(b'@', line).and_then(|at| address_around(line, at));
        let Some((start, end)) = address.filter(|(_, end)| *end < line.len()) else {
            // An address inside of what would be the login says that this is none: a line of XML with a time in it.
            let hides =
                |place: &usize| memchr(b'@', &line[..*place]).is_some() && found::count_addresses(&line[..*place]) > 0;
            if let Some(place) = memchr3(b':', b';', b'|', line).filter(|place| *place > 0 && !hides(place)) {
                look.others += usize::from(line[place + 1..].len() > 1);
                delimiters[usize::from(line[place])] += 1;
            }
            continue;
        };
        delimiters[usize::from(line[end])] += 1;
        let secret = &line[behind_delimiter(line, end)..];
        look.addresses += 1;
        look.first += usize::from(start == 0 || is_counter(&line[..start]));
        look.secrets += usize::from(is_secret(secret));
    }
    let (delimiter, _) = delimiters.iter().enumerate().max_by_key(|(_, count)| **count)?;
    look.delimiter = delimiter as u8;
    Some(look)
}

/// What [`look`] saw.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Look {
    /// Lines looked at.
    pub lines: usize,
    /// Those with an address and something behind it.
    pub addresses: usize,
    /// Those of them that begin with the address.
    pub first: usize,
    /// Those of them whose rest looks like a password or a hash, and not like a name or other data.
    pub secrets: usize,
    /// Lines without an address, but with a delimiter in them.
    pub others: usize,
    /// The delimiter of most lines.
    pub delimiter: u8,
}

/// Passwords have no blanks, and most have a digit or another character that names and places do not have.
fn is_secret(rest: &[u8]) -> bool {
    // What a checker says of a login stands behind: `| Plan = Premium`, `=> valid`.
    const REMARKS: [&[u8]; 4] = [b" | ", b" => ", b" -> ", b" - "];
    let end = REMARKS.iter().filter_map(|remark| memchr::memmem::find(rest, remark)).min();
    let rest = &rest[..end.unwrap_or(rest.len())];
    let tells = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_punctuation();
    // A telephone number is as long and has a sign.
    let is_number = |digits: &[u8]| digits.len() >= 8 && digits.iter().all(u8::is_ascii_digit);
    if rest.strip_prefix(b"+").is_some_and(is_number) {
        return false;
    }
    rest.len() >= 4 && memchr(b' ', rest).is_none() && rest.iter().any(tells)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, want: &str) {
        let mut record = Record::new();
        record.begin(0);
        split(line.as_bytes(), b':', &mut record);
        let mut fields: Vec<(u32, String)> = record
            .fields(line.as_bytes())
            .map(|(column, value)| (column, String::from_utf8_lossy(value).into_owned()))
            .collect();
        fields.sort_unstable();
        let shown: Vec<String> = fields.iter().map(|(column, value)| format!("{column}={value}")).collect();
        assert_eq!(shown.join(" "), want, "{line}");
    }

    #[test]
    fn the_login_ends_where_the_address_ends() {
        check("anna@example.com:pass:word", "0=anna@example.com 1=pass:word");
        check("anna@example.com;p@ss", "0=anna@example.com 1=p@ss");
        check("anna@example.com|x|y", "0=anna@example.com 1=x|y");
        check("anna@example.com,x", "0=anna@example.com 1=x");
        check("anna@example.com\tx", "0=anna@example.com 1=x");
        check("anna@example.com x y", "0=anna@example.com 1=x y");
        check("anna@example.com----x--y", "0=anna@example.com 1=x--y");
        check("anna@example.com==x", "0=anna@example.com 1=x");
        check("anna@example.com : x", "0=anna@example.com 1=x");
        check("anna@example.com => x", "0=anna@example.com 1=x");
        check("anna@example.com / x", "0=anna@example.com 1=x");
        check("anna@example.com~x~y", "0=anna@example.com 1=x~y");
        check("12. anna@example.com:x", "0=anna@example.com 1=x");
        check("[2021-03-04 10:11:12] anna@example.com:x", "0=anna@example.com 1=x");
        check("12:anna@example.com:x", "0=anna@example.com 1=x 2=12");
        check("  anna@example.com:x", "0=anna@example.com 1=x 2= ");
        check("anna@example.com:", "0=anna@example.com 1=");
        check("anna@example.com", "0=anna@example.com");
        check("anna@m\u{fc}nchen.example:x", "0=anna@m\u{fc}nchen.example 1=x");
    }

    #[test]
    fn other_logins_end_at_the_first_delimiter() {
        check("wangwei88:abc:123", "0=wangwei88 1=abc:123");
        check("13812345678:qwe", "0=13812345678 1=qwe");
        check("wangwei88;abc", "0=wangwei88 1=abc");
        check("wangwei88----abc", "0=wangwei88----abc");
        check("anna:p@ss", "0=anna 1=p@ss");
        check("anna:P@ss.w0rd1", "0=anna 1=P@ss.w0rd1");
        check("anna", "0=anna");
        check(":x", "0= 1=x");
        check("", "0=");
    }

    #[test]
    fn an_address_behind_a_user_name_is_the_login() {
        check("anna88>>anna@example.com>>x>>y", "0=anna@example.com 1=x>>y 2=anna88");
        check("anna88 >> anna@example.com >> x", "0=anna@example.com 1=x 2=anna88");
        check("anna88~anna@example.com~x~y", "0=anna@example.com 1=x~y 2=anna88");
        check("anna88____anna@example.com____x_y", "0=anna@example.com 1=x_y 2=anna88");
        check("anna_b__c@example.com____x", "0=anna_b__c@example.com 1=x");
        check("anna88:anna@xn----7sbabc3ak.xn--p1ai:x", "0=anna@xn----7sbabc3ak.xn--p1ai 1=x 2=anna88");
        check("anna@xn----7sbabc3ak.xn--p1ai----x", "0=anna@xn----7sbabc3ak.xn--p1ai 1=x");
        check("anna@xn--kln--5qa3b.example--x", "0=anna@xn--kln--5qa3b.example 1=x");
        check("anna@mail.XN--mller-kva.example----x--y", "0=anna@mail.XN--mller-kva.example 1=x--y");
        check("anna88:anna@example.com:5f4d:x9", "0=anna@example.com 1=5f4d:x9 2=anna88");
        check("7:anna88:anna@example.com", "0=anna@example.com 2=7:anna88");
    }

    /// Both ways read a line alike, whatever it is made of.
    #[test]
    fn the_short_way_is_the_long_way() {
        let parts = ["anna", "@", "example", ".", "com", ":", ";", "--", " ", "-", "=", "|", "\u{fc}", "", "x9"];
        let mut state = 5u64;
        let mut short = 0;
        for round in 0..20_000 {
            let mut line = if round % 2 == 0 { "anna@example.com" } else { "" }.to_string();
            for _ in 0..round % 9 {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let part = parts[(state >> 33) as usize % parts.len()];
                line.push_str(part);
            }
            let mut records = [Record::new(), Record::new()];
            records.iter_mut().for_each(|record| record.begin(0));
            let [quick, whole] = &mut records;
            split(line.as_bytes(), b':', quick);
            split_any(line.as_bytes(), b':', whole);
            let fields = |record: &Record| {
                let mut fields: Vec<_> =
                    record.fields(line.as_bytes()).map(|(column, value)| (column, value.to_vec())).collect();
                fields.sort();
                fields
            };
            assert_eq!(fields(quick), fields(whole), "{line}");
            let (by_vectors, by_bytes) = (plain_address(line.as_bytes()), plain_address_by_bytes(line.as_bytes()));
            let is_far = by_vectors.is_none() && by_bytes.is_some_and(|end| end >= 2 * LANES);
            assert!(is_far || by_vectors == by_bytes, "{by_vectors:?}, {by_bytes:?}: {line}");
            short += usize::from(by_vectors.is_some());
        }
        assert!(short > 500, "{short}");
    }

    #[test]
    fn lists_are_recognised() {
        let text = b"anna@example.com:abc123\nbert@example.org;x!9z\nanna88:secret1\nnoise\n";
        let seen = look(text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty())).expect("lines");
        assert_eq!((seen.lines, seen.addresses, seen.first, seen.secrets, seen.others), (4, 2, 2, 2, 1));
        assert_eq!(seen.delimiter, b':');
    }
}
