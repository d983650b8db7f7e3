//! Blocks of `name: value` lines: the password files of stealers, reports, contact sheets.
//!
//! ```text
//! Soft: Chrome                      ==================
//! URL: https://shop.example/        Name: Anna Li
//! Username: anna@example.com        E-Mail: anna@example.com
//! Password: two                     Tel.: 0551 123
//! lines
//!
//! URL: https://mail.example/
//! ```
//!
//! A record is a run of such lines. It ends at a blank line, at a line of dashes or other marks, or where a name comes again
//! that the record has already; but right behind itself, in a record of several names, it says a further value of the same: the
//! second telephone number of a person. Lines without a name belong to the value before them, as passwords with line ends do, and
//! are not read. The names are columns; what they mean is the lexicon's business.
//!
//! Nothing is carried from one record to the next, so a block can begin at any of them.

use memchr::{memchr, memchr2};

use super::malformed::Malformed;
use super::record::{Record, UNPLANNED};
use super::step::Step;

/// A name is not longer than this, in bytes.
const NAME_BYTES_MAX: usize = 48;
/// More lines than this are no record of a person.
const LINES_MAX: usize = 256;
/// Names that are data ("10:15: ...") must not fill the memory.
const DISCOVERED_MAX: usize = 256;

/// Reads blocks of pairs.
#[derive(Debug, Default)]
pub(super) struct Pairs {
    names: Vec<String>,
    discovers: bool,
    record_bytes_max: usize,
    /// In a line that is too long.
    lost: bool,
    /// The names of the record under way, as hashes: also of those that are no columns, or a record would end elsewhere for
    /// whoever wants other columns.
    seen: Vec<u64>,
}

/// A line: nothing but blanks or marks, a name and where its value begins, or something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line<'a> {
    Empty,
    Pair(&'a [u8], usize),
    Text,
}

impl Pairs {
    /// `names`: the wanted columns; without them every name that is met becomes one.
    pub(super) fn new(names: Option<&[String]>, record_bytes_max: usize) -> Pairs {
        let discovers = names.is_none();
        Pairs { names: names.unwrap_or_default().to_vec(), discovers, record_bytes_max, ..Pairs::default() }
    }

    /// The names in the order of their columns.
    pub(super) fn into_columns(self) -> Vec<String> {
        self.names
    }

    /// Whether a line that is too long is being passed over.
    pub(super) fn lost(&self) -> bool {
        self.lost
    }

    /// Goes on where another left off.
    pub(super) fn resume(&mut self, lost: bool) {
        self.lost = lost;
    }

    /// Goes to a place of which nothing is known.
    pub(super) fn lose(&mut self) {
        self.lost = true;
    }

    /// One step from `*at`, which it moves. `ended` says that nothing follows.
    pub(super) fn next(&mut self, bytes: &[u8], at: &mut usize, ended: bool, record: &mut Record) -> Step {
        let start = *at;
        if self.lost {
            return self.find_line(bytes, at);
        }
        let end = match self.line_at(bytes, start, ended) {
            Found::Line { end, next } => {
                *at = next;
                end
            }
            Found::TooLong => {
                *at = start + self.record_bytes_max + 1;
                self.lost = true;
                return Step::Malformed(Malformed::TooLong);
            }
            Found::More => return Step::More,
        };
        if !matches!(kind_of(&bytes[start..end]), Line::Pair(..)) {
            return Step::Skipped;
        }
        *at = start;
        match self.record_end(bytes, start, ended, record) {
            Some(end) => {
                *at = end;
                Step::Record
            }
            None => Step::More,
        }
    }

    /// Reads the lines of a record; where it ends, if that is known.
    fn record_end(&mut self, bytes: &[u8], start: usize, ended: bool, record: &mut Record) -> Option<usize> {
        record.begin(start);
        self.seen.clear();
        let (mut from, mut last) = (start, 0);
        for _ in 0..LINES_MAX {
            if from - start > self.record_bytes_max {
                break;
            }
            let (end, next) = match self.line_at(bytes, from, ended) {
                Found::Line { end, next } => (end, next),
                Found::TooLong => break,
                Found::More if ended => break,
                Found::More => return None,
            };
            match kind_of(&bytes[from..end]) {
                Line::Empty => break,
                Line::Text => (),
                Line::Pair(name, value) => {
                    let hash = hash_of(name);
                    match self.seen.contains(&hash) {
                        true if hash == last && self.seen.len() > 1 => (),
                        true => break,
                        false => self.seen.push(hash),
                    }
                    last = hash;
                    if let Some(column) = self.column(name) {
                        record.push(column, from - start + value, end - start);
                    }
                }
            }
            from = next;
        }
        Some(from)
    }

    /// Behind the line that is too long.
    fn find_line(&mut self, bytes: &[u8], at: &mut usize) -> Step {
        if *at == bytes.len() {
            return Step::More;
        }
        match memchr(b'\n', &bytes[*at..]) {
            Some(newline) => {
                *at += newline + 1;
                self.lost = false;
            }
            None => *at = bytes.len(),
        }
        Step::Resynchronised
    }

    /// The line at a place, if it is not too long.
    #[inline]
    fn line_at(&self, bytes: &[u8], start: usize, ended: bool) -> Found {
        let window = &bytes[start..bytes.len().min(start + self.record_bytes_max + 1)];
        let (end, next) = match memchr(b'\n', window) {
            Some(length) => (start + length, start + length + 1),
            None if window.len() > self.record_bytes_max => return Found::TooLong,
            None if ended && !window.is_empty() => (bytes.len(), bytes.len()),
            None => return Found::More,
        };
        Found::Line { end: if end > start && bytes[end - 1] == b'\r' { end - 1 } else { end }, next }
    }

    /// The column of a name.
    fn column(&mut self, name: &[u8]) -> Option<u32> {
        let same = |known: &String| known.as_bytes().eq_ignore_ascii_case(name);
        if let Some(place) = self.names.iter().position(same) {
            return Some(place as u32);
        }
        if self.discovers && self.names.len() < DISCOVERED_MAX {
            self.names.push(String::from_utf8_lossy(name).into_owned());
            return Some(self.names.len() as u32 - 1);
        }
        (!self.discovers).then_some(UNPLANNED)
    }
}

/// FNV-1a of a name in lower case. Of two names with one hash in one record the second begins another: nothing is lost.
fn hash_of(name: &[u8]) -> u64 {
    name.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    })
}

/// What stands at the begin of a line: its end without the line end and the begin of the next, more than a line may have, or
/// not enough to know.
enum Found {
    Line { end: usize, next: usize },
    TooLong,
    More,
}

#[inline]
fn kind_of(line: &[u8]) -> Line<'_> {
    let is_mark =
        |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'-' | b'=' | b'*' | b'_' | b'#' | b'+' | b'~');
    if line.iter().all(is_mark) {
        return Line::Empty;
    }
    let head = &line[..line.len().min(NAME_BYTES_MAX + 3)];
    // The colon of Chinese text is three bytes: EF BC 9A.
    let Some(place) = memchr2(b':', 0xef, head) else { return Line::Text };
    let width = match head[place..] {
        [b':', ..] => 1,
        [0xef, 0xbc, 0x9a, ..] => 3,
        _ => return Line::Text,
    };
    let name = head[..place].trim_ascii_end();
    let lead = name.iter().take_while(|byte| is_mark(byte) || **byte == b'[' || **byte == b'>').count();
    let name = without_parameters(&name[lead..]);
    let value = &line[place + width..];
    let is_name = !name.is_empty()
        && !value.starts_with(b"//")
        && name.iter().any(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80)
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b" _-./()[]'".contains(byte))
        && name.iter().filter(|byte| **byte == b' ').count() <= 4;
    if !is_name {
        return Line::Text;
    }
    let blanks = value.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    Line::Pair(name, place + width + blanks)
}

/// The name of a property without what a business card says beside it: `TEL;TYPE=CELL`, `item1.EMAIL;type=pref`.
fn without_parameters(name: &[u8]) -> &[u8] {
    let Some(end) = memchr::memchr(b';', name) else { return name };
    let (front, parameters) = (&name[..end], &name[end + 1..]);
    let is_shout = front.iter().all(|byte| byte.is_ascii_uppercase() || *byte == b'-');
    if !is_shout && !parameters.contains(&b'=') {
        return name;
    }
    let group = memchr::memchr(b'.', front).filter(|_| front.starts_with(b"item"));
    &front[group.map_or(0, |point| point + 1)..]
}

/// Whether a name is rather that of a host, with a path or without: `login.shop.example/account`.
fn is_host(name: &[u8]) -> bool {
    let host = name.split(|byte| *byte == b'/').next().unwrap_or_default();
    let top = host.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    top.len() + 1 < host.len() && top.len() >= 2 && top.iter().all(u8::is_ascii_alphabetic) && !host.contains(&b' ')
}

/// Whether a text is blocks of pairs: most lines are, and names come again.
pub(super) fn look<'a>(lines: impl Iterator<Item = &'a [u8]>) -> bool {
    let (mut all, mut pairs, mut spaced, mut hosts) = (0usize, 0usize, 0usize, 0usize);
    let mut names = std::collections::BTreeMap::<Vec<u8>, usize>::new();
    for line in lines {
        match kind_of(line) {
            Line::Empty => continue,
            Line::Pair(name, value) => {
                pairs += 1;
                spaced += usize::from(value > 0 && line[value - 1] == b' ');
                hosts += usize::from(is_host(name) && memchr(b':', &line[value..]).is_some());
                if names.len() < DISCOVERED_MAX {
                    *names.entry(name.to_ascii_lowercase()).or_default() += 1;
                }
            }
            Line::Text => (),
        }
        all += 1;
    }
    let usual = names.values().filter(|count| **count * names.len() * 4 >= pairs).count();
    let most = names.values().copied().max().unwrap_or(0);
    // A list of `login:password` has a new name in every line, and nobody puts a blank behind the colon.
    let spaced = spaced * 2 >= pairs;
    let again = most >= 2 && spaced || most >= 3 && usual >= 3;
    let one_record = pairs == all && pairs >= 3 && spaced && names.len() == pairs;
    // Of a list of sites, every line may be of one of a few hosts.
    let are_sites = hosts * 2 > pairs;
    !are_sites && pairs * 10 >= all * 7 && usual >= 2 && names.len() <= 40 && (again || one_record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &[u8], cuts: &[usize], max: usize) -> (Vec<String>, usize) {
        let (mut cutter, mut worker) = (Pairs::new(None, max), Pairs::new(None, max));
        let (mut start, mut parts, mut bytes) = (0, Vec::new(), 0);
        let mut record = Record::new();
        for end in cuts.iter().copied().chain([text.len()]) {
            let (lost, ended) = (cutter.lost(), end == text.len());
            let block = &text[start..end];
            let mut cut = 0;
            while cut < block.len() && cutter.next(block, &mut cut, ended, &mut record) != Step::More {}
            worker.resume(lost);
            let (block, mut at) = (&block[..cut], 0);
            while at < block.len() {
                let from = at;
                match worker.next(block, &mut at, true, &mut record) {
                    Step::Record => {
                        let fields: Vec<String> = record
                            .fields(block)
                            .map(|(column, value)| format!("{column}={}", String::from_utf8_lossy(value)))
                            .collect();
                        parts.push(fields.join(" "));
                    }
                    Step::Malformed(malformed) => parts.push(format!("!{}", malformed.name())),
                    Step::Resynchronised => parts.push("~".to_owned()),
                    Step::Skipped => (),
                    Step::More => panic!("asked for more at the end"),
                }
                assert!(at > from, "a step without bytes");
                bytes += at - from;
            }
            start += cut;
        }
        (parts, bytes)
    }

    fn check(text: &str, want: &[&str]) {
        for size in 1..=text.len() {
            let cuts: Vec<usize> = (1..text.len()).filter(|cut| cut % size == 0).collect();
            let want = (want.iter().map(|part| part.to_string()).collect::<Vec<_>>(), text.len());
            assert_eq!(read(text.as_bytes(), &cuts, 1000), want, "{text} {size}");
        }
    }

    #[test]
    fn blocks_are_records() {
        check(
            "=== log ===\nnoise\nURL: https://a.example/x:y\r\nUsername: anna\nPassword: p:w\nmore\n\nURL:b\nUsername:\n",
            &["0=https://a.example/x:y 1=anna 2=p:w", "0=b 1="],
        );
        check("URL: a\nLogin: b\nURL: c\nLogin: d", &["0=a 1=b", "0=c 1=d"]);
        check(
            "\u{59d3}\u{540d}\u{ff1a}\u{738b}\u{4f1f}\n----\n\u{59d3}\u{540d}: \u{674e}\n",
            &["0=\u{738b}\u{4f1f}", "0=\u{674e}"],
        );
        check("url: https://a.example\nhttps://b.example/\nUSER: x\n", &["0=https://a.example 1=x"]);
        check(
            "BEGIN:VCARD\nTEL;CELL;PREF:+1\nitem1.EMAIL;type=INTERNET:a@x.io\nanna;b:c\nEND:VCARD\n",
            &["0=VCARD 1=+1 2=a@x.io 3=VCARD"],
        );
    }

    #[test]
    fn records_end_at_the_same_places_whoever_asks() {
        let ends = |text: &[u8], names: Option<&[String]>| {
            let (mut pairs, mut record, mut at) = (Pairs::new(names, 1000), Record::new(), 0);
            std::iter::from_fn(|| (pairs.next(text, &mut at, true, &mut record) == Step::Record).then_some(at))
                .collect::<Vec<_>>()
        };
        for names in [None, Some(&[][..]), Some(&["url".to_owned()][..])] {
            assert_eq!(ends(b"URL: a\nNote: b\nLogin: d\nnote: c\nURL: e\n", names), [24, 39], "{names:?}");
            // Right behind itself it says one value more, and where it is the only one, another record.
            assert_eq!(ends(b"URL: a\nNote: b\nnote: c\nLogin: d\nURL: e\n", names), [32, 39], "{names:?}");
            assert_eq!(ends(b"URL: a\nURL: b\nNote: c\n", names), [7, 22], "{names:?}");
        }
    }

    #[test]
    fn long_lines_and_records_are_bounded() {
        let long = "x".repeat(300);
        let text = format!("URL: a\nLogin: b\n\nURL: {long}\nLogin: c\n\nURL: d\n");
        let all: Vec<usize> = (1..text.len()).collect();
        for cuts in [&[][..], &all] {
            let (mut parts, bytes) = read(text.as_bytes(), cuts, 100);
            parts.retain(|part| part != "~");
            assert_eq!((parts.join("/").as_str(), bytes), ("0=a 1=b/!record_too_long/1=c/0=d", text.len()));
        }
    }

    #[test]
    fn blocks_are_recognised() {
        let check = |text: &str, want: bool| assert_eq!(look(text.lines().map(str::as_bytes)), want, "{text}");
        check("URL: a\nUsername: b\nPassword: c\n\nURL: d\nUsername: e\nPassword: f\n", true);
        check("Soft: x\nHost: a\nLogin: b\nPassword: c\n", true);
        let card = "BEGIN:VCARD\nN:Li;Anna;;;\nTEL;TYPE=CELL:+1\nEMAIL;TYPE=INTERNET:a@x.io\nEND:VCARD\n";
        check(&card.repeat(3), true);
        check("anna@example.com:x\nbert@example.com:y\n", false);
        check("anna:x\nbert:y\nclara:z\n", false);
        check("anna:x\nanna:y\nbert:z\nbert:q\n", false);
        check("a\t{\"k\":\"v\"}\nb\t{\"k\":\"w\"}\n", false);
        check("https://a.example/:b:c\nhttps://d.example/:e:f\n", false);
        check("a,b\nc,d\n", false);
        check("", false);
    }
}
