//! JSON that is not one object a line: an array of gigabytes, objects printed over several lines, objects one behind the other,
//! an object that wraps the array.
//!
//! ```text
//! depth 0   {..}{..}           depth 1   [{..},{..}]
//! depth 2   {"users":[{..},{..}]}        depth 3   [{"type":"table","data":[{..}]}]
//! ```
//!
//! The objects at one depth of nesting are the records; or the arrays there, where they are the rows of a table
//! ([`super::rows`]). Brackets and strings are followed from the begin of the text, so that a brace inside a string counts for
//! nothing; between two records the depth is all there is to know, and a block begins with it. Each object is then read like a
//! line of JSON Lines.
//!
//! A quote that nobody closes would swallow the rest: an object is given up behind as many bytes as a record may have, and
//! reading goes on behind the next `}`, comma or line end, `{`. Where that is depends on the text alone and not on the blocks.
//!
//! What a shell prints has strings in single quotes too, in which `"` and braces count for nothing; in JSON an apostrophe is a
//! character like others.
//!
//! Cost: one search for quotes and brackets, about 2 GB/s, beside the parsing of the object; what a shell prints is walked byte by
//! byte.

use memchr::{memchr2, memchr3};

use super::malformed::Malformed;
use super::step::Step;

/// More brackets than this around a record, or open in what lies between records, are no JSON that anybody exports.
pub(super) const DEPTH_MAX: u8 = 16;

/// An object that holds a list of this many others wraps them.
const WRAPPED_MIN: usize = 10;

/// What has to be known between two steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Open brackets of either kind.
    open: u32,
    /// Looking for the next record behind something broken.
    lost: bool,
    /// Right before the array of the names of the columns, which may stand one bracket less deep than the rows.
    names: bool,
}

/// Finds the objects of a text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Objects {
    depth: u32,
    of: Of,
    quotes: Quotes,
    state: State,
    record_bytes_max: usize,
}

/// What the records are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Objects,
    Arrays,
}

impl Of {
    /// What a record begins with, and what it ends with.
    fn brackets(self) -> (u8, u8) {
        match self {
            Of::Objects => (b'{', b'}'),
            Of::Arrays => (b'[', b']'),
        }
    }
}

/// What a string stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quotes {
    /// `"`, as in JSON.
    Double,
    /// `"` or `'`, as in a shell.
    Either,
}

impl Quotes {
    /// Those of a shape.
    pub(super) fn of(shell: bool) -> Quotes {
        if shell { Quotes::Either } else { Quotes::Double }
    }

    /// Whether a byte begins a string; outside of all brackets an apostrophe is one of a sentence.
    pub(super) fn open(self, byte: u8, brackets: usize) -> bool {
        byte == b'"' || (byte == b'\'' && self == Quotes::Either && brackets > 0)
    }
}

/// Where a record or a string ends, or why nobody knows.
enum End {
    At(usize),
    Open,
}

impl Objects {
    /// The objects or arrays inside of `depth` brackets.
    pub(super) fn new(depth: u8, of: Of, quotes: Quotes, record_bytes_max: usize) -> Objects {
        Objects { depth: u32::from(depth), of, quotes, state: State::default(), record_bytes_max }
    }

    /// ... of a text that begins inside of so many of them; if any, with the names of the columns.
    pub(super) fn beginning_inside(self, open: u8) -> Objects {
        Objects { state: State { open: open.into(), lost: false, names: open > 0 }, ..self }
    }

    /// What has to be known at this place.
    pub(super) fn state(&self) -> State {
        self.state
    }

    /// Goes on where another left off.
    pub(super) fn resume(&mut self, state: State) {
        self.state = state;
    }

    /// Goes to a place of which nothing is known.
    pub(super) fn lose(&mut self) {
        self.state.lost = true;
    }

    /// One step from `*at`, which it moves; of a record the bytes between are the object. `ended` says that nothing follows.
    pub(super) fn next(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> Step {
        let start = *at;
        if self.state.lost {
            return self.find_again(bytes, at, ended);
        }
        let key = if bytes.get(start) == Some(&b'"') { self.key_length(&bytes[start..]).unwrap_or(0) } else { 0 };
        let is_record = self.state.open == self.depth || self.state.names;
        if is_record && bytes.get(start + key) == Some(&self.of.brackets().0) {
            let step = self.record(bytes, at, key, ended);
            self.state.names &= step == Step::More;
            return step;
        }
        self.state.names = false;
        let stop = self.pass_over(bytes, start, ended);
        if stop > start {
            *at = stop;
            return Step::Skipped;
        }
        // A string between records that does not end.
        if bytes.len() - start > self.record_bytes_max {
            *at = start + self.record_bytes_max + 1;
            self.state.lost = true;
            return Step::Resynchronised;
        }
        Step::More
    }

    /// The record at `*at`, with a key of some bytes before it.
    fn record(&mut self, bytes: &[u8], at: &mut usize, key: usize, ended: bool) -> Step {
        let start = *at;
        let window = &bytes[..bytes.len().min(start + self.record_bytes_max + 1)];
        match bracket_end(window, start + key, self.quotes) {
            End::At(end) if end - start <= self.record_bytes_max => {
                *at = end;
                Step::Record
            }
            _ if window.len() - start > self.record_bytes_max => {
                *at = window.len();
                self.state.lost = true;
                Step::Malformed(Malformed::TooLong)
            }
            _ if ended => {
                *at = bytes.len();
                Step::Malformed(Malformed::NotJson)
            }
            _ => Step::More,
        }
    }

    /// The length of a key that is an address, up to the object that it leads to: the record begins with it. 0 if it is another
    /// string, none if more has to be seen.
    fn key_length(&self, bytes: &[u8]) -> Option<usize> {
        if self.depth == 0 || self.state.open != self.depth || self.of == Of::Arrays {
            return Some(0);
        }
        key_length(bytes, self.record_bytes_max)
    }

    /// Follows brackets and strings up to the next record, or as far as the bytes go.
    fn pass_over(&mut self, bytes: &[u8], mut at: usize, ended: bool) -> usize {
        let opens = self.of.brackets().0;
        while at < bytes.len() {
            match bytes[at] {
                byte if byte == opens && self.state.open == self.depth => return at,
                b'{' | b'[' => self.state.open += 1,
                // One too many is somebody's mistake; the records are still at their depth.
                b'}' | b']' => self.state.open = self.state.open.saturating_sub(1),
                byte if self.quotes.open(byte, self.state.open as usize) => {
                    match string_end(&bytes[..bytes.len().min(at + self.record_bytes_max + 1)], at, byte) {
                        End::At(end) => {
                            // Keys that are addresses stand in double quotes: `next` looks for no others.
                            let key = if byte == b'"' { self.key_length(&bytes[at..]) } else { Some(0) };
                            let stops = key.map_or(!ended, |key| key > 0);
                            if stops {
                                return at;
                            }
                            at = end;
                            continue;
                        }
                        End::Open if ended && bytes.len() - at <= self.record_bytes_max => return bytes.len(),
                        End::Open => return at,
                    }
                }
                _ => (),
            }
            at += 1;
        }
        at
    }

    /// Looks for `},{`, or a line that begins with `{`, and takes its brace for the begin of a record; of rows, their brackets.
    fn find_again(&mut self, bytes: &[u8], at: &mut usize, ended: bool) -> Step {
        let (opens, closes) = self.of.brackets();
        let start = *at;
        let mut from = start;
        while let Some(found) = memchr2(closes, b'\n', &bytes[from..]) {
            let place = from + found;
            let blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b',';
            let behind = place + 1 + bytes[place + 1..].iter().take_while(|byte| blank(byte)).count();
            match bytes.get(behind) {
                Some(byte) if *byte == opens => {
                    *at = behind;
                    self.state = State { open: self.depth, ..State::default() };
                    return Step::Resynchronised;
                }
                Some(_) => from = behind,
                None if ended => break,
                None => {
                    *at = place;
                    return if place == start { Step::More } else { Step::Resynchronised };
                }
            }
        }
        *at = bytes.len();
        if start == bytes.len() { Step::More } else { Step::Resynchronised }
    }
}

/// Behind the bracket that closes the one at `start`; those of the other kind count for nothing.
fn bracket_end(bytes: &[u8], start: usize, quotes: Quotes) -> End {
    let (opens, closes) = if bytes.get(start) == Some(&b'[') { Of::Arrays } else { Of::Objects }.brackets();
    if quotes == Quotes::Either {
        return shell_bracket_end(bytes, start, (opens, closes));
    }
    let (mut open, mut at) = (0u32, start);
    while let Some(found) = memchr3(b'"', opens, closes, &bytes[at..]) {
        at += found;
        match bytes[at] {
            byte if byte == opens => open += 1,
            byte if byte == closes => {
                open -= 1;
                if open == 0 {
                    return End::At(at + 1);
                }
            }
            quote => match string_end(bytes, at, quote) {
                End::At(end) => {
                    at = end;
                    continue;
                }
                End::Open => return End::Open,
            },
        }
        at += 1;
    }
    End::Open
}

/// As [`bracket_end`], with strings in either quotes.
#[cold]
fn shell_bracket_end(bytes: &[u8], start: usize, (opens, closes): (u8, u8)) -> End {
    let (mut open, mut at) = (0u32, start);
    while at < bytes.len() {
        match bytes[at] {
            byte if byte == opens => open += 1,
            byte if byte == closes => open -= 1,
            quote @ (b'"' | b'\'') => match string_end(bytes, at, quote) {
                End::At(end) => {
                    at = end;
                    continue;
                }
                End::Open => return End::Open,
            },
            _ => (),
        }
        at += 1;
        if open == 0 {
            return End::At(at);
        }
    }
    End::Open
}

/// The length of the object at the begin of some bytes, which are a brace and more, if it is whole.
pub(super) fn object_length(bytes: &[u8], quotes: Quotes) -> Option<usize> {
    match bracket_end(bytes, 0, quotes) {
        End::At(end) => Some(end),
        End::Open => None,
    }
}

/// The length of the string at the begin of some bytes, which are its quote and more, if it is whole.
pub(super) fn string_length(bytes: &[u8]) -> Option<usize> {
    match string_end(bytes, 0, bytes[0]) {
        End::At(end) => Some(end),
        End::Open => None,
    }
}

/// The length of a string with an `@` in it, the colon behind it and blanks, if an object follows, and all of that is no longer than
/// a record may be; 0 if not, none if the bytes end before that is known.
pub(super) fn key_length(bytes: &[u8], record_bytes_max: usize) -> Option<usize> {
    /// Longer ones are no address, and more blanks nobody writes.
    const KEY_BYTES_MAX: usize = 400;
    const BLANKS_MAX: usize = 64;
    let head = &bytes[..bytes.len().min(KEY_BYTES_MAX).min(record_bytes_max.saturating_add(1))];
    let End::At(end) = string_end(head, 0, b'"') else { return Some(0) };
    if memchr::memchr(b'@', &head[..end]).is_none() || head[..end].contains(&b'\\') {
        return Some(0);
    }
    let blanks = |at: usize| bytes[at..].iter().take(BLANKS_MAX).take_while(|byte| byte.is_ascii_whitespace()).count();
    let colon = end + blanks(end);
    if colon > record_bytes_max || *bytes.get(colon)? != b':' {
        return Some(0);
    }
    let value = colon + 1 + blanks(colon + 1);
    if value > record_bytes_max {
        return Some(0);
    }
    Some(if *bytes.get(value)? == b'{' { value } else { 0 })
}

/// Behind the quote that closes the one at `start`.
#[inline]
fn string_end(bytes: &[u8], start: usize, quote: u8) -> End {
    let mut at = start + 1;
    while let Some(found) = bytes.get(at..).and_then(|rest| memchr2(quote, b'\\', rest)) {
        at += found;
        if bytes[at] == quote {
            return End::At(at + 1);
        }
        at += 2;
    }
    End::Open
}

/// What is known of an open bracket.
#[derive(Default)]
struct Bracket {
    is_array: bool,
    /// Objects in it.
    objects: usize,
    /// Whether it holds anything else.
    others: bool,
    /// Whether a key in it is a word, and no number or address of something.
    words: bool,
    /// The keys of the objects in it: how many, and the hashes of the first different ones.
    keys: usize,
    distinct: Vec<u64>,
}

/// More different keys are those of objects that have little in common.
const DISTINCT_MAX: usize = 256;

impl Bracket {
    /// Whether this is an object of objects that are alike: a map from keys to records.
    fn is_map(&self) -> bool {
        let alike = self.distinct.len() < DISTINCT_MAX && 2 * self.keys >= 3 * self.distinct.len();
        !self.is_array && !self.others && self.objects > 1 && alike
    }
}

/// Whether a key is that of a record and not the name of a field: an address, a number, something generated.
fn is_of_record(key: &[u8]) -> bool {
    const GENERATED_BYTES_MIN: usize = 16;
    let digits = key.iter().filter(|byte| byte.is_ascii_digit()).count();
    key.starts_with(b"-")
        || key.contains(&b'@')
        || key.len() >= GENERATED_BYTES_MIN
        || (digits > 0 && 2 * digits >= key.len())
}

/// How many objects are at each depth: in lists and in long maps, and in short maps around which is nothing else.
#[derive(Default)]
struct Depths {
    lists: [usize; DEPTH_MAX as usize + 1],
    maps: [usize; DEPTH_MAX as usize + 1],
}

impl Depths {
    /// Counts what stands in a bracket with `depth` brackets up to it.
    fn close(&mut self, bracket: &Bracket, depth: usize) {
        if bracket.is_array || bracket.others {
            self.maps.iter_mut().skip(depth + 1).for_each(|count| *count = 0);
        }
        if depth < self.lists.len() && bracket.is_map() {
            if bracket.objects >= WRAPPED_MIN {
                self.lists[depth] += bracket.objects;
            } else if !bracket.words {
                self.maps[depth] += bracket.objects;
            }
        }
    }

    /// The outermost objects are the records, unless they only wrap a long list of others: a person has a few addresses or posts,
    /// and an export has one object around thousands of persons.
    fn of_records(&self) -> Option<u8> {
        let mut depth = self.lists.iter().position(|count| *count > 0)?;
        for inner in depth + 1..self.lists.len() {
            if self.lists[inner] >= WRAPPED_MIN.max(WRAPPED_MIN * self.lists[depth]) {
                depth = inner;
            }
        }
        if depth == 0 && self.lists[0] == 1 {
            depth = self.maps.iter().position(|count| *count > 0).unwrap_or(depth);
        }
        Some(depth as u8)
    }
}

/// At which depth the records of a text are: inside the array, or the map from keys to objects, that holds most objects of the
/// sample.
///
/// Input: the start of a text. Output: none if there is no object in it.
pub(super) fn depth_of_records(text: &[u8], quotes: Quotes) -> Option<u8> {
    let mut depths = Depths::default();
    let mut open: Vec<Bracket> = Vec::new();
    let mut at = 0;
    while at < text.len() {
        match text[at] {
            byte if quotes.open(byte, open.len()) => match string_end(text, at, byte) {
                End::At(end) => {
                    look_at_string(&mut open, &text[at + 1..end - 1], &text[end..]);
                    at = end;
                    continue;
                }
                End::Open => break,
            },
            byte @ (b'{' | b'[') => {
                let in_list = open.last().is_none_or(|bracket| bracket.is_array);
                if byte == b'{' && in_list && open.len() < depths.lists.len() {
                    depths.lists[open.len()] += 1;
                }
                if let Some(bracket) = open.last_mut() {
                    bracket.objects += usize::from(byte == b'{');
                    bracket.others |= byte == b'[';
                }
                open.push(Bracket { is_array: byte == b'[', ..Bracket::default() });
                if open.len() > 4 * usize::from(DEPTH_MAX) {
                    return None;
                }
            }
            b'}' | b']' => {
                if let Some(bracket) = open.pop() {
                    depths.close(&bracket, open.len() + 1);
                }
            }
            byte if byte.is_ascii_alphanumeric() => {
                if let Some(bracket) = open.last_mut() {
                    bracket.others = true;
                }
            }
            _ => (),
        }
        at += 1;
    }
    while let Some(bracket) = open.pop() {
        depths.close(&bracket, open.len() + 1);
    }
    depths.of_records()
}

/// Takes a string for a key or a value, by what follows it.
fn look_at_string(open: &mut [Bracket], string: &[u8], behind: &[u8]) {
    let Some((bracket, around)) = open.split_last_mut() else { return };
    let is_key = !bracket.is_array && behind.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
    if !is_key {
        bracket.others = true;
        return;
    }
    bracket.words |= !is_of_record(string);
    if let Some(map) = around.last_mut().filter(|map| !map.is_array) {
        let hash = string
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        map.keys += 1;
        if map.distinct.len() < DISTINCT_MAX && !map.distinct.contains(&hash) {
            map.distinct.push(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Records as they are, `!` for malformed ones, `~` for what was passed over behind something broken.
    fn steps(text: &[u8], depth: u8, cuts: &[usize], max: usize) -> (Vec<String>, usize) {
        steps_of(Objects::new(depth, Of::Objects, Quotes::Double, max), text, cuts)
    }

    fn steps_of(objects: Objects, text: &[u8], cuts: &[usize]) -> (Vec<String>, usize) {
        let (mut cutter, mut worker) = (objects, objects);
        let (mut start, mut cut, mut parts, mut bytes) = (0, 0, Vec::new(), 0);
        let mut ends = cuts.iter().copied().chain([text.len()]);
        while cut < text.len() {
            let Some(end) = ends.next() else { break };
            let (state, ended) = (cutter.state(), end == text.len());
            let block = &text[start..end];
            cut = 0;
            while cutter.next(block, &mut cut, ended) != Step::More && cut < block.len() {}
            worker.resume(state);
            let (block, mut at) = (&block[..cut], 0);
            while at < block.len() {
                let from = at;
                match worker.next(block, &mut at, true) {
                    Step::Record => parts.push(String::from_utf8_lossy(&block[from..at]).into_owned()),
                    Step::Malformed(malformed) => parts.push(format!("!{}", malformed.name())),
                    Step::Resynchronised => parts.push("~".to_owned()),
                    Step::Skipped => (),
                    Step::More => panic!("asked for more at the end"),
                }
                assert!(at > from, "a step without bytes");
                bytes += at - from;
            }
            start += cut;
            cut = start;
        }
        (parts, bytes)
    }

    fn check(text: &str, depth: u8, want: &[&str]) {
        for size in 1..=text.len() {
            let cuts: Vec<usize> = (1..text.len()).filter(|cut| cut % size == 0).collect();
            let (parts, bytes) = steps(text.as_bytes(), depth, &cuts, 1000);
            assert_eq!(
                (parts, bytes),
                (want.iter().map(|part| part.to_string()).collect(), text.len()),
                "{text} {size}"
            );
        }
    }

    #[test]
    fn objects_are_found_at_their_depth() {
        check("{\n \"a\": 1\n}\n{\"a\": {\"b\":\"}{\"}}", 0, &["{\n \"a\": 1\n}", "{\"a\": {\"b\":\"}{\"}}"]);
        check("[{\"a\":1}, {\"a\":[{},{}]}]", 1, &["{\"a\":1}", "{\"a\":[{},{}]}"]);
        check("{\"a@x.io\" : {\"a\":1}, \"b\":{},\"c@x.io\":1}", 1, &["\"a@x.io\" : {\"a\":1}", "{}"]);
        check("{\"n\":\"[{\",\"users\":[{\"a\":1},{\"a\":2}],\"x\":{}}", 2, &["{\"a\":1}", "{\"a\":2}"]);
        check("[{\"type\":\"table\",\"data\":[{\"a\":1},{\"a\":2}]}]", 3, &["{\"a\":1}", "{\"a\":2}"]);
        check("{\"a\":\"\\\"}\\\\\"}", 0, &["{\"a\":\"\\\"}\\\\\"}"]);
        check("[{\"a\":1},{\"b", 1, &["{\"a\":1}", "!not_json"]);
        check("[{\"a\":1}]]]{},[{\"a\":2},{\"a\":3}]", 1, &["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"]);
    }

    #[test]
    fn arrays_are_found_at_their_depth() {
        let check = |text: &str, depth: u8, named: bool, want: &[&str]| {
            let objects = Objects::new(depth, Of::Arrays, Quotes::Double, 1000);
            let objects = objects.beginning_inside(if named { depth - 1 } else { 0 });
            for size in 1..=text.len() {
                let cuts: Vec<usize> = (1..text.len()).filter(|cut| cut % size == 0).collect();
                let (parts, bytes) = steps_of(objects, text.as_bytes(), &cuts);
                assert_eq!(
                    (parts.as_slice(), bytes),
                    (want.iter().map(|part| part.to_string()).collect::<Vec<_>>().as_slice(), text.len()),
                    "{text} {size}"
                );
            }
        };
        check("[\"]\",1]\n[[2],{\"a\":[3]}]", 0, false, &["[\"]\",1]", "[[2],{\"a\":[3]}]"]);
        check("[[1],[2]] {}", 1, false, &["[1]", "[2]"]);
        check("{\"n\":[1],\"data\":[[1],[2]],\"x\":[3]}", 2, false, &["[1]", "[2]"]);
        check("[\"a\"],\"data\":[[1],[2]],\"x\":[3]}", 2, true, &["[\"a\"]", "[1]", "[2]"]);
        check("[[1],[2", 1, false, &["[1]", "!not_json"]);
    }

    #[test]
    fn quotes_and_braces_inside_of_single_quotes_count_for_nothing() {
        let text = "[\n  { a: 'say \"hi', b: '}{\\'' },\n  { a: \"it's\" }\n]";
        let cuts: Vec<usize> = (1..text.len()).collect();
        let (parts, bytes) = steps_of(Objects::new(1, Of::Objects, Quotes::Either, 1000), text.as_bytes(), &cuts);
        assert_eq!(parts, ["{ a: 'say \"hi', b: '}{\\'' }", "{ a: \"it's\" }"]);
        assert_eq!(bytes, text.len());
        let said = "it's a dump\n{ a: '[' }\n{ b: 1 }\n";
        assert_eq!(depth_of_records(said.as_bytes(), Quotes::Either), Some(0));
        let (parts, _) = steps_of(Objects::new(0, Of::Objects, Quotes::Either, 1000), said.as_bytes(), &cuts[..8]);
        assert_eq!(parts, ["{ a: '[' }", "{ b: 1 }"]);
    }

    #[test]
    fn the_depth_of_records_is_found() {
        let check = |text: &str, want: Option<u8>| {
            assert_eq!(depth_of_records(text.as_bytes(), Quotes::Double), want, "{text}")
        };
        let users = ["{\"a\":1}"; 12].join(",");
        check("", None);
        check("{\n\"a\":1}", Some(0));
        check("{\"a\":[{},{}]}", Some(0));
        check("[{\"a\":1},{\"a\":[{},{}]}]", Some(1));
        check(&format!("[{users}]"), Some(1));
        check(&format!("{{\"n\":\"[{{\",\"users\":[{users}],\"x\":{{}}}}"), Some(2));
        check("{\"users\":{\"-N1\":{\"a\":1,\"c\":2},\"-N2\":{\"a\":2}}}", Some(2));
        check("{\"a@x.io\":{\"ip\":1},\"b@x.io\":{\"ip\":2}}", Some(1));
        let map = (0..12).map(|n| format!("\"key{n}\":{{\"a\":1,\"b\":[1]}}")).collect::<Vec<_>>().join(",");
        check(&format!("{{\"users\":{{{map}}}}}"), Some(2));
        check(&format!("{{\"users\":{{{map},\"cut"), Some(2));
        // A person with two addresses, and one with a name beside the map.
        check("{\"home\":{\"a\":1,\"b\":2},\"work\":{\"a\":1,\"b\":2}}", Some(0));
        check("{\"u\":{\"1\":{\"a\":1},\"2\":{\"a\":1}},\"name\":\"x\"}", Some(0));
        check("{\"user1\":{\"a\":1},\"item22\":{\"b\":1}}", Some(0));
        check(&format!("[{{\"type\":\"header\"}},{{\"type\":\"table\",\"data\":[{users},{users}]}}]"), Some(3));
    }

    #[test]
    fn an_open_quote_costs_what_it_swallows_up_to_a_limit() {
        let row = |n: usize| format!("{{\"a\":{n},\"b\":\"x\"}}");
        let mut rows: Vec<String> = (0..200).map(row).collect();
        rows[50] = "{\"a\":50,\"b\":\"x}".to_owned();
        for separator in [",", ",\n"] {
            let text = format!("[{}]", rows.join(separator));
            let cuts: Vec<usize> = (1..text.len()).step_by(97).collect();
            let (parts, bytes) = steps(text.as_bytes(), 1, &cuts, 300);
            assert_eq!(bytes, text.len());
            let found = parts.iter().filter(|part| part.starts_with('{')).count();
            assert!(found > 170 && parts.contains(&"!record_too_long".to_owned()), "{found} of 199");
            assert_eq!(parts.last(), Some(&rows[199]));
        }
    }

    #[test]
    fn nothing_panics() {
        let parts = ["{", "}", "[", "]", "\"", "'", "\\", ",", "\n", "a", ":", "{\"a\":1}"];
        let mut state = 7u64;
        for _ in 0..3000 {
            let mut text = String::new();
            for _ in 0..20 {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                text.push_str(parts[(state >> 33) as usize % parts.len()]);
            }
            for quotes in [Quotes::Double, Quotes::Either] {
                depth_of_records(text.as_bytes(), quotes);
            }
            for depth in 0..3 {
                let whole = steps(text.as_bytes(), depth, &[], 1000);
                let all: Vec<usize> = (1..text.len()).collect();
                assert_eq!(steps(text.as_bytes(), depth, &all, 1000), whole, "{text}");
                assert_eq!(whole.1, text.len());
                for of in [Of::Objects, Of::Arrays] {
                    let shell = Objects::new(depth, of, Quotes::Either, 1000);
                    for objects in [shell, shell.beginning_inside(1)] {
                        let whole = steps_of(objects, text.as_bytes(), &[]);
                        assert_eq!(steps_of(objects, text.as_bytes(), &all), whole, "{text}");
                        assert_eq!(whole.1, text.len());
                    }
                }
            }
        }
    }
}
