//! Lines of "URL, login, password", in either order: what is put together from the logs of stealers.
//!
//! ```text
//! https://shop.example:8443/login?x=1:anna@example.com:pw     scheme and port have colons of their own
//! shop.example/login:anna88:pw:with:colons                    no scheme
//! android://3iFsPzE==@com.example.app/:anna88:pw              an `@` that is no address
//! anna@example.com:pw:https://shop.example/                   the other order
//! anna88:pw:shop.example/login                                ... without a scheme
//! https://shop.example/ anna@example.com pw                   blanks, tabs, `|`, `;` or `,` for the colon
//! https://shop.example/ anna@example.com:pw                   ... or for the first of two
//! ```
//!
//! A line is read from the URL on. Behind the authority and, if digits and a slash follow, the port, the path runs to the next
//! delimiter. An address behind it moves that place: a path with a colon in it is told from a login in this way alone. The
//! login is an address or runs to the next delimiter, the password is the rest.

use memchr::{memchr, memchr3, memrchr};

use super::logins::end_of_address;
use super::record::Record;

/// The names of the columns, in their order.
pub(super) const COLUMNS: [&str; 3] = ["visited url", "login", "password"];
const URL: u32 = 0;
const LOGIN: u32 = 1;
const PASSWORD: u32 = 2;

/// What may stand between the parts.
pub(super) const DELIMITERS: [u8; 6] = [b':', b'|', b'\t', b' ', b';', b','];

/// Where the parts of a line stand: URL, login, password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parts {
    url: (usize, usize),
    login: (usize, usize),
    password: (usize, usize),
}

/// Splits a line into [`COLUMNS`]; whether it is one of this shape.
#[inline]
pub(super) fn split(line: &[u8], delimiter: u8, record: &mut Record) -> bool {
    let Some(parts) = parts(line, delimiter) else { return false };
    for (column, (start, end)) in [(URL, parts.url), (LOGIN, parts.login), (PASSWORD, parts.password)] {
        record.push(column, start, end);
    }
    true
}

/// The parts of a line, if it has them.
#[inline]
pub(super) fn parts(line: &[u8], delimiter: u8) -> Option<Parts> {
    match scheme_end(line) {
        Some(place) => {
            let letters = line[..place].iter().rev().take_while(|byte| is_scheme(**byte)).count();
            match place - letters {
                0 => url_first(line, url_end(line, place + 3, delimiter)?, delimiter),
                start if line[start - 1] == delimiter => url_last(line, start, delimiter),
                _ => None,
            }
        }
        None => {
            let first = host_end(line, delimiter).map(|host| path_end(line, host, delimiter));
            let last = bare_url(line, delimiter);
            // A login can look like a host: `anna.li:pw:shop.example/login`.
            let has_path = |from: usize, to: usize| memchr(b'/', &line[from..to]).is_some();
            match (first, last) {
                (Some(end), Some(start)) if !has_path(0, end) && has_path(start, line.len()) => {
                    url_last(line, start, delimiter)
                }
                (Some(end), _) => url_first(line, end, delimiter),
                (None, Some(start)) => url_last(line, start, delimiter),
                (None, None) => None,
            }
        }
    }
}

/// Where the first `://` stands, if anything stands before it. From colon to colon: a search for three bytes takes longer than the
/// whole line in all other respects.
#[inline]
fn scheme_end(line: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(place) = memchr(b':', &line[from..]) {
        let colon = from + place;
        if line[colon + 1..].starts_with(b"//") {
            return (colon > 0).then_some(colon);
        }
        from = colon + 1;
    }
    None
}

fn is_scheme(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-')
}

/// Where the URL ends whose authority begins at `start`.
#[inline]
fn url_end(line: &[u8], start: usize, delimiter: u8) -> Option<usize> {
    let rest = &line[start..];
    // In `android://KEY==@package/` the authority holds an `@`, and the key may hold slashes.
    let package = if line.starts_with(b"android://") { memchr(b'@', rest).map_or(0, |at| at + 1) } else { 0 };
    let user = if package == 0 { user_info(rest) } else { 0 };
    let package = package + user;
    let host = match rest.get(package) {
        Some(b'[') => literal_length(&rest[package..]),
        _ => rest[package..].iter().take_while(|byte| is_host(**byte)).count(),
    };
    if host == 0 {
        return None;
    }
    Some(path_end(line, with_port(line, start + package + host), delimiter))
}

/// How long the user name and password before the host are: `anna:pw@`. An address behind the host is none: behind its domain
/// stands a password, and no path.
#[inline]
fn user_info(authority: &[u8]) -> usize {
    let end = memchr(b'/', authority).unwrap_or(0);
    let Some(at) = memrchr(b'@', &authority[..end]).filter(|at| *at > 0) else { return 0 };
    let host = &authority[at + 1..end];
    let name = host.iter().take_while(|byte| is_host(**byte)).count();
    let is_port = |rest: &[u8]| {
        rest.split_first().is_none_or(|(colon, port)| *colon == b':' && port.iter().all(u8::is_ascii_digit))
    };
    let is_user = authority[..at].iter().filter(|byte| **byte == b':').count() <= 1;
    if is_user && name > 0 && is_port(&host[name..]) { at + 1 } else { 0 }
}

/// The length of an address of IPv6 in brackets, which has colons; 0 if there is none (RFC 3986, section 3.2.2).
#[cold]
fn literal_length(authority: &[u8]) -> usize {
    const BYTES_MAX: usize = 64;
    let head = &authority[..authority.len().min(BYTES_MAX)];
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b':' | b'.' | b'%' | b'[');
    match memchr(b']', head) {
        Some(end) if head[..end].iter().all(is_part) => end + 1,
        _ => 0,
    }
}

fn is_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'[' | b']' | b'%') || byte >= 0x80
}

/// Where the URL without a scheme begins that a line ends with: behind the last delimiter, or before it if that stands before a
/// port.
#[inline]
fn bare_url(line: &[u8], delimiter: u8) -> Option<usize> {
    let mut start = memrchr(delimiter, line)? + 1;
    let port = line[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    if delimiter == b':' && port > 0 && matches!(line.get(start + port), None | Some(b'/')) {
        start = memrchr(delimiter, &line[..start - 1])? + 1;
    }
    let url = &line[start..];
    let end = url.iter().take_while(|byte| is_host(**byte)).count();
    let ends = matches!(url.get(end), None | Some(b'/' | b':' | b'?'));
    (ends && is_host_name(&url[..end])).then_some(start)
}

/// Labels with a dot between them and letters at the end, or an address of the Internet Protocol.
#[inline]
fn is_host_name(host: &[u8]) -> bool {
    let Some(dot) = memrchr(b'.', host).filter(|dot| *dot > 0) else { return false };
    let top = &host[dot + 1..];
    let is_name = top.len() >= 2 && top.iter().all(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80 || *byte == b'-');
    // Seconds with what follows them, `11.069`, have one point.
    is_name
        || (host.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
            && host.iter().filter(|byte| **byte == b'.').count() == 3)
}

/// Behind the port that begins at `at`: a colon and up to five digits with a slash behind, or with two more parts.
#[inline]
fn with_port(line: &[u8], at: usize) -> usize {
    if line.get(at) != Some(&b':') {
        return at;
    }
    let digits = line[at + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let behind = at + 1 + digits;
    let is_port = (1..=5).contains(&digits)
        && match line.get(behind) {
            Some(b'/') => true,
            Some(b':') => memchr(b':', &line[behind + 1..]).is_some(),
            Some(other) => DELIMITERS.contains(other),
            None => false,
        };
    if is_port { behind } else { at }
}

/// Where a host without a scheme ends: labels with a dot between them and letters at the end.
#[inline]
fn host_end(line: &[u8], delimiter: u8) -> Option<usize> {
    let end = line.iter().take_while(|byte| is_host(**byte)).count();
    let goes_on = line.get(end).is_some_and(|byte| *byte == delimiter || matches!(byte, b'/' | b':' | b'?'));
    (is_host_name(&line[..end]) && goes_on).then(|| with_port(line, end))
}

/// Where the path ends that begins at `at`: at the next delimiter. Blanks and bars stand in no URL (RFC 3986), so that one of them
/// ends it before a colon does.
#[inline]
fn path_end(line: &[u8], at: usize, delimiter: u8) -> usize {
    let end = delimiter_from(line, at, delimiter);
    match delimiter {
        b':' => memchr3(b' ', b'\t', b'|', &line[at..end]).map_or(end, |place| at + place),
        _ => end,
    }
}

#[inline]
fn delimiter_from(line: &[u8], at: usize, delimiter: u8) -> usize {
    let mut from = at;
    while let Some(place) = memchr(delimiter, &line[from..]) {
        // The colon of a URL in the query is none.
        if delimiter != b':' || !line[from + place + 1..].starts_with(b"//") {
            return from + place;
        }
        from += place + 1;
    }
    line.len()
}

/// Shorter ones are none.
const LOGIN_BYTES_MIN: usize = 2;

/// URL, login, password.
#[inline]
fn url_first(line: &[u8], mut url_end: usize, delimiter: u8) -> Option<Parts> {
    let mut rest = line.get(url_end + 1..)?;
    let mut place = memchr(delimiter, rest)?;
    // Nobody logs in with one character: it is more of the path, if two parts follow. A query may hold colons too.
    let has_query = memchr(b'?', &line[..url_end]).is_some();
    while (place < LOGIN_BYTES_MIN || (has_query && is_query(line[url_end - 1], &rest[..place])))
        && memchr(b'/', &line[..url_end]).is_some()
        && memchr(delimiter, &rest[place + 1..]).is_some()
    {
        url_end += 1 + place;
        rest = &line[url_end + 1..];
        place = memchr(delimiter, rest)?;
    }
    let login = (url_end + 1, url_end + 1 + place);
    let plain = Parts { url: (0, url_end), login, password: (login.1 + 1, line.len()) };
    if memchr(b'@', &rest[..place]).is_some() {
        return Some(plain);
    }
    // An address further behind is the login, if what stands before it is more of the path.
    let moved = memchr(b'@', &rest[place..]).and_then(|at| {
        let at = place + at;
        let begin = memrchr(delimiter, &rest[..at])? + 1;
        let end = at + 1 + memchr(delimiter, &rest[at + 1..])?;
        let has_dot = memchr(b'.', &rest[at + 1..end]).is_some();
        let is_path = memchr(b'/', &rest[..begin - 1]).is_some();
        (begin < at && has_dot && is_path).then_some((begin, end))
    });
    Some(moved.map_or(plain, |(begin, end)| Parts {
        url: (0, url_end + begin),
        login: (url_end + 1 + begin, url_end + 1 + end),
        password: (url_end + 2 + end, line.len()),
    }))
}

/// Whether what stands behind a query and a colon is more of it: the next parameter, or the minutes of `t=10:30`.
#[inline]
fn is_query(before: u8, part: &[u8]) -> bool {
    let is_minutes = part.len() == 2 && part.iter().all(u8::is_ascii_digit) && before.is_ascii_digit();
    is_minutes || (memchr(b'&', part).is_some_and(|place| memchr(b'=', &part[place..]).is_some()))
}

/// Login, password, URL.
#[inline]
fn url_last(line: &[u8], start: usize, delimiter: u8) -> Option<Parts> {
    let before = &line[..start - 1];
    let place = memchr(delimiter, before)?;
    Some(Parts { url: (start, line.len()), login: (0, place), password: (place + 1, before.len()) })
}

/// What [`look`] saw.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// By which most lines have this shape.
    pub delimiter: u8,
    /// Their share.
    pub share: f64,
    /// Whether the lines are rather rows of a table that has a column of URLs at one end.
    pub is_table: bool,
}

/// Looks for the delimiter by which most lines have this shape.
pub(super) fn look<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone) -> Option<Look> {
    let all = lines.clone().count().max(1);
    let share = |delimiter: u8| {
        let of_shape = lines.clone().filter(|line| parts(line, delimiter).is_some()).count();
        (delimiter, of_shape as f64 / all as f64)
    };
    // The first of equals: a colon stands in URLs anyway.
    let (delimiter, share) = DELIMITERS.into_iter().map(share).rev().max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(Look { delimiter, share, is_table: is_table(lines, delimiter) })
}

/// Share of rows with the same number of fields, for a table.
const SHARE_ALIKE_MIN: f64 = 0.9;

/// Whether nearly all lines have as many fields, of which more than two stand before the URL, or which are more than three and have
/// a number where the password should be; or there are addresses where passwords should be, or flags where logins should; or
/// the first line names the columns. Lines between colons have a colon in their URL, so that their fields cannot be counted.
fn is_table<'a>(lines: impl Iterator<Item = &'a [u8]> + Clone, delimiter: u8) -> bool {
    let fields = |line: &[u8]| line.iter().filter(|byte| **byte == delimiter).count() + 1;
    let mut widths: Vec<usize> = lines.clone().map(fields).collect();
    let first = widths.first().copied();
    widths.sort_unstable();
    let Some(usual) = widths.chunk_by(|a, b| a == b).max_by_key(|run| run.len()) else { return false };
    let alike = delimiter != b':' && usual.len() as f64 >= SHARE_ALIKE_MIN * widths.len() as f64;
    let is_word = |field: &[u8]| {
        !field.is_empty() && field.iter().all(|byte| byte.is_ascii_alphabetic() || b" _\"".contains(byte))
    };
    let named = lines.clone().next().is_some_and(|line| line.split(|byte| *byte == delimiter).all(is_word));
    if alike && named && first == Some(usual[0]) {
        return true;
    }
    let is_address = |field: &[u8]| !field.is_empty() && end_of_address(field) == Some(field.len());
    // As many digits as telephone numbers have, and no letters.
    let is_number = |field: &[u8]| {
        let digits = field.iter().filter(|byte| byte.is_ascii_digit()).count();
        digits >= 7 && !field.iter().any(u8::is_ascii_alphabetic)
    };
    let (mut sites, mut last, mut addresses, mut flags, mut numbers) = (0, 0, 0, 0, 0);
    for (line, parts) in lines.filter_map(|line| Some((line, parts(line, delimiter)?))) {
        let (login, password) = (&line[parts.login.0..parts.login.1], &line[parts.password.0..parts.password.1]);
        sites += 1;
        last += usize::from(parts.url.0 > 0);
        // Cookies: domain, flag, path, flag, time, name, value.
        flags += usize::from(matches!(login, b"TRUE" | b"FALSE"));
        numbers += usize::from(is_number(password.split(|byte| *byte == delimiter).next().unwrap_or_default()));
        addresses += usize::from(!is_address(login) && password.split(|byte| *byte == delimiter).any(is_address));
    }
    2 * addresses.max(flags) > sites || (alike && usual[0] > 3 && (2 * last > sites || 2 * numbers > sites))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_by(line: &str, delimiter: u8, want: &str) {
        let mut record = Record::new();
        record.begin(0);
        let shown = if split(line.as_bytes(), delimiter, &mut record) {
            let fields: Vec<String> =
                record.fields(line.as_bytes()).map(|(_, value)| String::from_utf8_lossy(value).into_owned()).collect();
            fields.join(" > ")
        } else {
            "no".to_owned()
        };
        assert_eq!(shown, want, "{line}");
    }

    fn check(line: &str, want: &str) {
        check_by(line, b':', want);
    }

    #[test]
    fn urls_come_first() {
        check("https://shop.example/login:anna@example.com:pw", "https://shop.example/login > anna@example.com > pw");
        check(
            "https://shop.example:8443/login?x=1:anna@example.com:pw",
            "https://shop.example:8443/login?x=1 > anna@example.com > pw",
        );
        check("http://[2001:db8::4]:8080/login:anna:pw", "http://[2001:db8::4]:8080/login > anna > pw");
        check("http://[2001:db8::4]/:anna:pw:x", "http://[2001:db8::4]/ > anna > pw:x");
        check("http://[2001:db8::4:anna:pw", "no");
        check("https://s.example/a;b=c?x=1:2&y=%3A:bob77:pw", "https://s.example/a;b=c?x=1:2&y=%3A > bob77 > pw");
        check("https://s.example/a?t=10:30:anna:pw", "https://s.example/a?t=10:30 > anna > pw");
        check("https://s.example/a?t=10:30:anna", "https://s.example/a?t=10 > 30 > anna");
        check("https://s.example/a?t=1:anna:p&w=x:y", "https://s.example/a?t=1 > anna > p&w=x:y");
        check("https://shop.example:8443:anna:pw:x", "https://shop.example:8443 > anna > pw:x");
        check("https://shop.example:13812345678:pw", "https://shop.example > 13812345678 > pw");
        check("https://shop.example:1234:pw", "https://shop.example > 1234 > pw");
        check("http://192.0.2.7/:admin:admin", "http://192.0.2.7/ > admin > admin");
        check("android://3iFs/PzE==@com.example.app/:anna88:pw", "android://3iFs/PzE==@com.example.app/ > anna88 > pw");
        check("https://a.example/b:c/d:anna@example.com:pw:x", "https://a.example/b:c/d > anna@example.com > pw:x");
        check("https://a.example/:anna:p@ss.word:x", "https://a.example/ > anna > p@ss.word:x");
    }

    #[test]
    fn the_first_scheme_is_found_as_by_a_search() {
        let mut state = 17u64;
        for _ in 0..20_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let line: Vec<u8> = (0..state >> 59).map(|i| b":/a:"[(state >> (2 * i) & 3) as usize]).collect();
            let want = memchr::memmem::find(&line, b"://").filter(|place| *place > 0);
            assert_eq!(scheme_end(&line), want, "{}", line.escape_ascii());
        }
    }

    #[test]
    fn urls_come_without_a_scheme() {
        check("shop.example/login:anna88:pw:with:colons", "shop.example/login > anna88 > pw:with:colons");
        check("shop.example:anna88:pw", "shop.example > anna88 > pw");
        check("192.0.2.7:8080:admin:pw", "192.0.2.7:8080 > admin > pw");
        check("anna@example.com:pw", "no");
        check("anna88:pw", "no");
        check("anna.li:pw", "no");
        check("anna88:pw:shop.example/login", "shop.example/login > anna88 > pw");
        check("anna.li:pw:shop.example/login", "shop.example/login > anna.li > pw");
        check("anna@example.com:p:w:shop.example:8443/x", "shop.example:8443/x > anna@example.com > p:w");
        check("anna88:pw:shop.example", "shop.example > anna88 > pw");
        check("anna88:pw:word", "no");
    }

    #[test]
    fn colons_inside_of_urls_are_none() {
        check("https://anna:pw@shop.example/x:bert88:q", "https://anna:pw@shop.example/x > bert88 > q");
        check("https://anna@shop.example:80/x:bert88:q", "https://anna@shop.example:80/x > bert88 > q");
        check("https://shop.example:anna@example.com:q/x", "https://shop.example > anna@example.com > q/x");
        check(
            "https://a.example/?next=http://b.example/c:bert88:q",
            "https://a.example/?next=http://b.example/c > bert88 > q",
        );
    }

    #[test]
    fn urls_come_last() {
        check("anna@example.com:pw:https://shop.example/", "https://shop.example/ > anna@example.com > pw");
        check("anna:pw:with:http://shop.example/x:y", "http://shop.example/x:y > anna > pw:with");
    }

    #[test]
    fn other_delimiters() {
        check_by("https://shop.example/ anna@example.com pw", b' ', "https://shop.example/ > anna@example.com > pw");
        check_by("https://shop.example:80/x|anna|p w", b'|', "https://shop.example:80/x > anna > p w");
        check_by("shop.example\tanna\tpw", b'\t', "shop.example > anna > pw");
    }

    #[test]
    fn two_delimiters() {
        check("https://shop.example/login anna88:p w:x", "https://shop.example/login > anna88 > p w:x");
        check("https://shop.example:8443/\tanna@example.com:pw", "https://shop.example:8443/ > anna@example.com > pw");
        check("https://shop.example:8443|anna88:pw", "https://shop.example:8443 > anna88 > pw");
        check("https://shop.example anna88:pw", "https://shop.example > anna88 > pw");
        check("https://shop.example/ anna88 pw", "no");
    }

    #[test]
    fn what_is_none_is_refused() {
        for line in ["", ":", "://", "https://", "https://a.example", "https://a.example:x", "a b c", "x://:y:z"] {
            check(line, "no");
        }
    }

    #[test]
    fn delimiters_are_found() {
        let lines = |text: &'static str| text.lines().map(str::as_bytes);
        let seen = |text| look(lines(text)).map(|look| (look.delimiter, look.share, look.is_table));
        assert_eq!(seen("https://a.example/:b:c\nhttps://d.example/:e:f\n"), Some((b':', 1.0, false)));
        assert_eq!(seen("https://a.example/|b|c\nhttps://d.example/|e|f\nx\nx\n"), Some((b'|', 0.5, false)));
        assert_eq!(seen("https://a.example/|b|c|d\nhttps://d.example/|e|f|g\n"), Some((b'|', 1.0, false)));
        assert_eq!(seen("https://a.example/|b@x.io|015120000000|Ulm\n"), Some((b'|', 1.0, true)));
        assert_eq!(seen(".a.example\tTRUE\t/\tFALSE\t17\tsid\tx\n"), Some((b'\t', 1.0, true)));
        assert_eq!(seen("a|b|c|https://d.example/\ne|f|g|https://h.example/\n"), Some((b'|', 1.0, true)));
    }
}
