//! Lines of `name=value` pairs: `email=anna@example.com, ip=203.0.113.9, name=Li, Anna`.
//!
//! A name begins the line, or stands behind a blank, a comma, a semicolon, a bar or a tab, and right before the equal sign. A value
//! ends where the next name begins, without the separators before it: so it may hold separators and equal signs of its own. Quotes
//! around a value are none of it. The names are columns; what they mean is the lexicon's business.
//!
//! A line that begins with a name and a colon has colons behind its names: `ID: 7 | Full name: Anna Li | Phone: +49..`. Behind a mark
//! that separates, such a name can have several words. A dash or a slash between blanks is such a mark.

use std::collections::BTreeMap;
use std::ops::Range;

use memchr::{memchr, memchr2};

use super::record::{Record, UNPLANNED};

/// A name is not longer than this, in bytes.
const NAME_BYTES_MAX: usize = 40;
/// ... and has no more words.
const NAME_WORDS_MAX: usize = 4;
/// Names that are data must not fill the memory.
const NAMES_MAX: usize = 256;

/// Splits lines, and knows their names.
#[derive(Debug)]
pub(super) struct Assigned {
    names: Vec<String>,
    discovers: bool,
    /// The place of the name that is expected next: most lines have the same.
    next: usize,
}

impl Assigned {
    /// `names`: the wanted columns; without them every name that is met becomes one.
    pub(super) fn new(names: Option<&[String]>) -> Assigned {
        Assigned { names: names.unwrap_or_default().to_vec(), discovers: names.is_none(), next: 0 }
    }

    /// The names in the order of their columns.
    pub(super) fn into_columns(self) -> Vec<String> {
        self.names
    }

    /// Puts the values of a line into the columns of their names. Whether there are any.
    pub(super) fn split(&mut self, line: &[u8], record: &mut Record) -> bool {
        let mut pairs = pairs(line);
        let mut pair = pairs.next();
        let any = pair.is_some();
        while let Some((name, value)) = pair {
            pair = pairs.next();
            let behind = pair.as_ref().map_or(line.len(), |(next, _)| next.start);
            let (start, end) = bounds(line, value, behind);
            if let Some(column) = self.column(&line[name]) {
                record.push(column, start, end);
            }
        }
        any
    }

    fn column(&mut self, name: &[u8]) -> Option<u32> {
        let is_same = |known: &String| known.as_bytes().eq_ignore_ascii_case(name);
        let place = match self.names.get(self.next).filter(|known| is_same(known)) {
            Some(_) => Some(self.next),
            None => self.names.iter().position(is_same),
        };
        if let Some(place) = place {
            self.next = place + 1;
            return Some(place as u32);
        }
        if self.discovers && self.names.len() < NAMES_MAX {
            self.names.push(String::from_utf8_lossy(name).into_owned());
            return Some(self.names.len() as u32 - 1);
        }
        (!self.discovers).then_some(UNPLANNED)
    }
}

/// Where the names of a line stand, and where their values begin.
fn pairs(line: &[u8]) -> impl Iterator<Item = (Range<usize>, usize)> {
    let sign = match memchr2(b'=', b':', line) {
        Some(at) if line[at] == b':' && label_before(line, 0, at).is_some() => b':',
        _ => b'=',
    };
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(found) = memchr(sign, &line[from..]) {
            let at = from + found;
            let name = if sign == b'=' { name_before(line, from, at) } else { label_before(line, from, at) };
            from = at + 1;
            if let Some(name) = name {
                return Some((name, at + 1));
            }
        }
        None
    })
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || matches!(byte, b'_' | b'-' | b'.')
}

/// Where the name stands that an equal sign ends.
fn name_before(line: &[u8], from: usize, at: usize) -> Option<Range<usize>> {
    let length = line[from..at].iter().rev().take(NAME_BYTES_MAX + 1).take_while(|byte| is_of_name(**byte)).count();
    let start = at - length;
    let begins = start == 0 || (start > from && is_separator(line[start - 1]));
    let is_word = (1..=NAME_BYTES_MAX).contains(&length) && !line[start].is_ascii_digit();
    // `a==b` compares.
    (begins && is_word && line.get(at + 1) != Some(&b'=')).then_some(start..at)
}

/// Where the name stands that a colon ends: words behind a mark that separates, or one word behind the blank after a value.
fn label_before(line: &[u8], from: usize, at: usize) -> Option<Range<usize>> {
    // No name is so long: whatever stands further off does not matter.
    let from = if from == 0 && at <= NAME_BYTES_MAX { 0 } else { from.max(at.saturating_sub(2 * NAME_BYTES_MAX)) };
    let before = &line[from..at];
    let bar = before.iter().rposition(|byte| matches!(byte, b'|' | b';' | b'\t'));
    let comma = memchr::memrchr(b',', before);
    // A name may hold one: the first of a line does, and so does that behind a bar.
    let dash = || before.windows(3).rposition(is_dash).map(|place| place + 1).filter(|_| from > 0);
    let mark = if bar > comma { bar } else { comma.max(dash()) };
    let (start, has_words) = match mark {
        Some(mark) => (mark + 1, true),
        None if from == 0 => (0, true),
        None => (before.iter().rposition(|byte| *byte == b' ')? + 1, false),
    };
    let has_value = has_words || !before[..start].trim_ascii().is_empty();
    let name = before[start..].trim_ascii();
    let fits = |byte: &u8| is_of_name(*byte) || (has_words && b" /()#".contains(byte));
    let is_name = (1..=NAME_BYTES_MAX).contains(&name.len())
        && !name[0].is_ascii_digit()
        && name.iter().all(fits)
        && name.split(|byte| *byte == b' ').count() <= NAME_WORDS_MAX;
    // `https://` begins a value.
    let is_site = line[at + 1..].starts_with(b"//");
    let start = from + start + before[start..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    (has_value && is_name && !is_site).then(|| start..start + name.len())
}

/// Whether three bytes are a dash or a slash between blanks.
fn is_dash(bytes: &[u8]) -> bool {
    matches!(bytes, [b' ', b'-' | b'/', b' '])
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b',' | b';' | b'|' | b'\t' | b'{' | b'(')
}

/// Where a value begins and ends that the next name follows.
fn bounds(line: &[u8], start: usize, behind: usize) -> (usize, usize) {
    let is_last = behind == line.len();
    let mut end = behind;
    let is_between = |end: usize| {
        is_separator(line[end - 1])
            || (matches!(line[end - 1], b'-' | b'/') && end - start > 1 && line[end - 2] == b' ')
    };
    while end > start && (line[end - 1] == b' ' || (!is_last && is_between(end))) {
        end -= 1;
    }
    let value = line[start..end].trim_ascii_start();
    let start = end - value.len();
    match value {
        [first @ (b'"' | b'\''), .., last] if first == last => (start + 1, end - 1),
        _ => (start, end),
    }
}

/// Whether nearly all lines begin with a name, and two names at least stand in most of them.
pub(super) fn look<'a>(lines: impl Iterator<Item = &'a [u8]>) -> bool {
    const LINES_MIN: usize = 2;
    const NAMES_OF_LINE_MIN: usize = 2;
    let (mut all, mut fitting) = (0usize, 0usize);
    let mut names = BTreeMap::<&[u8], usize>::new();
    for line in lines {
        all += 1;
        let mut begins = false;
        for (name, _) in pairs(line) {
            begins |= name.start == 0;
            if names.len() < NAMES_MAX {
                *names.entry(&line[name]).or_default() += 1;
            }
        }
        fitting += usize::from(begins);
    }
    let usual = names.values().filter(|count| **count * 2 > all).count();
    all >= LINES_MIN && fitting * 10 >= all * 9 && usual >= NAMES_OF_LINE_MIN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, want: &str) {
        let (mut assigned, mut record) = (Assigned::new(None), Record::new());
        record.begin(0);
        let any = assigned.split(line.as_bytes(), &mut record);
        let fields = record.fields(line.as_bytes());
        let shown: Vec<String> = fields
            .map(|(column, value)| format!("{}:{}", assigned.names[column as usize], String::from_utf8_lossy(value)))
            .collect();
        assert_eq!((shown.join("/"), any), (want.to_string(), !want.is_empty()), "{line}");
    }

    #[test]
    fn values_end_where_names_begin() {
        check("email=a@x.example, ip=1.2.3.4, name=Li, Anna", "email:a@x.example/ip:1.2.3.4/name:Li, Anna");
        check("email=a@x.example; pass=a=b;c; id=7;", "email:a@x.example/pass:a=b;c/id:7;");
        check("email=\"a@x.example\" name='Anna Li' id= 7", "email:a@x.example/name:Anna Li/id:7");
        check("email=a@x.example|name=|id=7", "email:a@x.example/name:/id:7");
        check("pass==x, id=7", "id:7");
        check(
            "ID: 7 | Full name: Anna Li | Phone (home):+49 151 1|Mail:",
            "ID:7/Full name:Anna Li/Phone (home):+49 151 1/Mail:",
        );
        check(
            "Name: Li, Anna, Mail: a@x.example, Web: https://x.example:80/",
            "Name:Li, Anna/Mail:a@x.example/Web:https://x.example:80/",
        );
        check(
            "Mail: a@x.example IP: fe80::1 Seen: 2024-01-01 12:00:07",
            "Mail:a@x.example/IP:fe80::1/Seen:2024-01-01 12:00:07",
        );
        check(
            "Email: a@x.example - Name: Anna-Maria Li - ScreenName: anna - 88 - Created At: Sat / 1 - Web Page: -",
            "Email:a@x.example/Name:Anna-Maria Li/ScreenName:anna - 88/Created At:Sat / 1/Web Page:-",
        );
        check("Mail: a@x.example / Phone:  / User: anna - / Last: x -", "Mail:a@x.example/Phone:/User:anna/Last:x -");
        check(
            "E-Mail / Login: anna88 | Phone / Fax: 0551 1 | IP - last: x",
            "E-Mail / Login:anna88/Phone / Fax:0551 1/IP - last:x",
        );
        check("user: anna | Berlin, phone: 0151 1", "user:anna | Berlin/phone:0151 1");
        check("mail=a@x.example - user=anna - phone=", "mail:a@x.example/user:anna/phone:");
        check("Mail : a@x.example\tПароль: a=b:c", "Mail:a@x.example/Пароль:a=b:c");
        check("a@x.example:pw | Plan: x", "");
        check("https://x.example/:a@x.example:pw", "");
        check("1=x https://a.example/?b=c", "");
        check("", "");
    }

    #[test]
    fn lines_of_pairs_are_recognised() {
        let check = |text: &str, want: bool| assert_eq!(look(text.lines().map(str::as_bytes)), want, "{text}");
        check("email=a, ip=b\nemail=c, ip=d, x=e\n", true);
        check("email=a\nemail=b\n", false);
        check("1,a=b; c=d\n2,a=b; c=d\n", false);
        check("a@x.example:p=q, r=s\n", false);
        check("ID: 1 | Mail: a\nID: 2 | Mail: b\n", true);
        check("Mail: a\nMail: b\n", false);
        check("a@x.example:p | Plan: x | Till: y\nb@x.example:q | Plan: x | Till: y\n", false);
        check("email=a&ip=b\nemail=c&ip=d\n", false);
        check("email=a, ip=b\n", false);
        check("", false);
    }
}
