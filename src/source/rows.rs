//! JSON in which the rows of a table are arrays: what web pages ask their servers for, exports of data frames and of spreadsheets
//! on the web, lines of arrays.
//!
//! ```text
//! depth 0   ["a","b"]              depth 1   [["a","b"],["c","d"]]
//!           ["c","d"]              depth 2   {"draw":1,"data":[["a","b"],["c","d"]]}
//! named     {"columns":["id","email"],"data":[["1","a@x.io"],["2","b@x.io"]]}
//!           {"columns":[{"name":"id","type":"text"},..],"rows":[["1","a@x.io"],..]}
//! ```
//!
//! Read as JSON objects, all rows would be one record, and a line of gigabytes none; read as delimited text, brackets would be parts
//! of values. [`super::objects`] finds the rows, like objects at their depth; the elements of a row are its columns, by position.
//! Names of columns are those of the first row, as in delimited text, or stand in an array beside the one that holds the rows, as
//! texts or as what the objects in it begin with: then the text begins with that array. So it does with the first row if it has
//! names and a title stands above it.
//!
//! Cost of looking: one walk over the sample, and only where a text begins with an array or has one directly inside of another.

use std::ops::Range;

use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use super::json::{self, Paths};
use super::objects::{DEPTH_MAX, Quotes, string_length};
use super::record::Record;
use super::split::Outcome;
use super::{Shape, relaxed, shape};

/// Enough for a share with an error of a few per cent.
const ROWS_MAX: usize = 1000;
/// Of these it is checked whether they are JSON.
const CHECKED_MAX: usize = 100;
const SHARE_JSON_MIN: f64 = 0.9;
/// Share of the text that stands in rows: what an object has beside a few pairs of values is the record.
const SHARE_ROWS_MIN: f64 = 0.6;
/// ... where several arrays hold rows, and so many rows for each of them.
const SHARE_PAGES_MIN: f64 = 0.8;
const ROWS_OF_PAGE_MIN: usize = 10;

/// An open bracket.
struct Bracket {
    is_array: bool,
    start: usize,
    elements: Elements,
    /// Bytes of the objects in it.
    object_bytes: usize,
    /// Whether a row stood in it.
    has_rows: bool,
}

/// What stands in an array: texts, numbers and words, arrays and objects.
#[derive(Clone, Copy, Default)]
struct Elements {
    texts: usize,
    words: usize,
    nested: usize,
    /// Words that are no values.
    odd: usize,
}

impl Elements {
    fn count(self) -> usize {
        self.texts + self.words + self.nested
    }

    fn are_row(self) -> bool {
        self.texts > 0 && self.count() > 1 && self.nested <= self.texts + self.words && self.odd == 0
    }
}

/// The rows inside of a number of brackets.
#[derive(Default)]
struct Rows {
    places: Vec<Range<usize>>,
    widths: Vec<usize>,
    bytes: usize,
    /// ... of which objects are so many.
    object_bytes: usize,
    /// How many arrays hold them.
    parents: usize,
    /// Whether an array that is no row stands above them: a title, nothing.
    is_titled: bool,
}

impl Rows {
    /// Whether so many names can be those of the columns: most rows, or the longest, have as many.
    fn may_have(&self, names: usize) -> bool {
        Some(names) == shape::usual(&self.widths) || Some(&names) == self.widths.iter().max()
    }

    /// Whether the first row names the columns.
    fn begin_with_names(&self, text: &[u8]) -> bool {
        let first = self.places.first().filter(|_| self.may_have(self.widths[0]));
        first.is_some_and(|place| {
            memchr::memchr(b'@', &text[..place.end]).is_none() && are_names(&text[place.clone()], self.widths[0])
        })
    }
}

/// The shape of a text whose records are arrays, and how many bytes stand before the names of their columns.
///
/// Input: the start of a text, of which the last row may be cut.
pub(super) fn look(text: &[u8]) -> Option<(Shape, usize)> {
    let begin = json::begin(text)?;
    let start = &text[begin..];
    if start[0] != b'[' && !holds_arrays_of_arrays(start) {
        return None;
    }
    let quotes = [Quotes::Double, Quotes::Either];
    let (mut walk, depth, shell) = quotes.into_iter().find_map(|quotes| {
        let walk = Walk::over(start, quotes)?;
        let depth = walk.depth_of_rows(start, quotes)?;
        Some((walk, depth, quotes == Quotes::Either))
    })?;
    let rows = walk.rows.swap_remove(depth);
    if 2 * rows.object_bytes >= rows.bytes {
        // Lines of events: `["user",{"mail":..}]`. Deeper ones are found as objects are.
        return (depth == 0).then_some((Shape::JsonObjects { depth: 1, shell }, 0));
    }
    let (open, skip) = match walk.names_beside(&rows, depth, start) {
        Some(place) => (depth - 1, begin + place),
        None if rows.is_titled && rows.begin_with_names(start) => (depth, begin + rows.places[0].start),
        None => (0, 0),
    };
    Some((Shape::JsonRows { depth: depth as u8, shell, open: open as u8 }, skip))
}

/// Whether an array begins with another one, somewhere.
fn holds_arrays_of_arrays(text: &[u8]) -> bool {
    memchr::memchr_iter(b'[', text)
        .any(|at| text[at + 1..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'['))
}

/// Whether so many elements are texts with letters, or objects that begin with one; no two the same.
fn are_names(array: &[u8], count: usize) -> bool {
    let mut record = Record::new();
    record.begin(0);
    if json::read_row(array, &mut Paths::wanted(&[]), &mut record) != Outcome::Record {
        return false;
    }
    let mut names: Vec<&[u8]> = Vec::new();
    for (column, value) in record.fields(array) {
        if column as usize == names.len() {
            names.push(value);
        }
    }
    let has_letters = |name: &[u8]| name.iter().any(|byte| byte.is_ascii_alphabetic() || *byte >= 0x80);
    let is_name =
        |name: &&[u8]| name.len() <= shape::NAME_BYTES_MAX && memchr::memchr(b'@', name).is_none() && has_letters(name);
    let are_all = names.len() == count && names.iter().all(is_name);
    names.sort_unstable();
    names.dedup();
    are_all && names.len() == count
}

/// What a walk over a text has found.
struct Walk {
    rows: Vec<Rows>,
    /// Arrays of texts alone, or of objects, right inside of an object: where, inside of how many brackets, and how many there are.
    names: Vec<(Range<usize>, usize, usize)>,
    /// How far it went.
    end: usize,
}

impl Walk {
    fn over(text: &[u8], quotes: Quotes) -> Option<Walk> {
        let rows = (0..=usize::from(DEPTH_MAX)).map(|_| Rows::default()).collect();
        let mut walk = Walk { rows, names: Vec::new(), end: text.len() };
        let (mut open, mut at): (Vec<Bracket>, usize) = (Vec::new(), 0);
        while at < text.len() {
            let byte = text[at];
            let length = match byte {
                _ if quotes.open(byte, open.len()) => {
                    let Some(length) = string_length(&text[at..]) else { break };
                    if let Some(bracket) = open.last_mut() {
                        bracket.elements.texts += 1;
                    }
                    length
                }
                b'[' | b'{' => {
                    if let Some(bracket) = open.last_mut() {
                        bracket.elements.nested += 1;
                    }
                    let is_array = byte == b'[';
                    let elements = Elements::default();
                    open.push(Bracket { is_array, start: at, elements, object_bytes: 0, has_rows: false });
                    if open.len() > 4 * usize::from(DEPTH_MAX) {
                        return None;
                    }
                    1
                }
                b']' | b'}' => {
                    if let Some(bracket) = open.pop() {
                        walk.close(&bracket, at + 1, &mut open);
                    }
                    if walk.rows.iter().any(|rows| rows.places.len() == ROWS_MAX) {
                        walk.end = at + 1;
                        break;
                    }
                    1
                }
                _ => {
                    let word = text[at..].iter().take_while(|byte| is_of_word(**byte)).count();
                    if let Some(bracket) = open.last_mut().filter(|_| word > 0) {
                        bracket.elements.words += 1;
                        bracket.elements.odd += usize::from(!is_value(&text[at..at + word], text.get(at + word)));
                    }
                    word.max(1)
                }
            };
            at += length;
        }
        Some(walk)
    }

    /// Where the array of the names of the columns begins, if one stands before the rows, beside the array that holds them. Where
    /// several tables have names, they are of one of them.
    fn names_beside(&self, rows: &Rows, depth: usize, text: &[u8]) -> Option<usize> {
        // What stands before the names is passed over: nothing that may be somebody's.
        let first_row = rows.places.first()?.start;
        let limit = memchr::memchr(b'@', text).map_or(first_row, |sign| sign.min(first_row));
        let of_names = |(place, around, width): &&(Range<usize>, usize, usize)| {
            *around + 1 == depth && rows.may_have(*width) && are_names(&text[place.clone()], *width)
        };
        let mut all = self.names.iter().filter(of_names).map(|(place, ..)| place);
        let first = all.next().filter(|place| place.start < limit)?;
        all.all(|other| text[other.clone()] == text[first.clone()]).then_some(first.start)
    }

    /// Takes an array for a row, if it can be one.
    fn close(&mut self, bracket: &Bracket, end: usize, around: &mut [Bracket]) {
        let (place, depth, elements) = (bracket.start..end, around.len(), bracket.elements);
        let mut parent = around.last_mut();
        if let Some(parent) = parent.as_mut().filter(|_| !bracket.is_array) {
            parent.object_bytes += place.len();
        }
        if bracket.is_array
            && let Some(object) = &parent
            && !object.is_array
            && (elements.texts == elements.count() || elements.nested == elements.count())
        {
            self.names.push((place, depth, elements.count()));
            return;
        }
        let Some(rows) = self.rows.get_mut(depth).filter(|_| bracket.is_array) else { return };
        if !elements.are_row() {
            rows.is_titled |= rows.places.is_empty() && parent.is_some_and(|parent| parent.is_array);
            return;
        }
        match parent {
            Some(parent) if !parent.is_array => return,
            Some(parent) => rows.parents += usize::from(!std::mem::replace(&mut parent.has_rows, true)),
            None => rows.parents = 1,
        }
        rows.bytes += place.len();
        rows.object_bytes += bracket.object_bytes;
        rows.widths.push(elements.count());
        rows.places.push(place);
    }

    /// Inside of how many brackets the rows stand that are nearly all of the text.
    fn depth_of_rows(&self, text: &[u8], quotes: Quotes) -> Option<usize> {
        let (depth, rows) = self.rows.iter().enumerate().max_by_key(|(_, rows)| rows.bytes)?;
        let share = rows.bytes as f64 / self.end.max(1) as f64;
        let are_table = rows.places.len() > 1;
        let are_pages = share >= SHARE_PAGES_MIN && rows.places.len() >= ROWS_OF_PAGE_MIN * rows.parents;
        if !are_table || !(are_pages || (rows.parents == 1 && share >= SHARE_ROWS_MIN)) {
            return None;
        }
        let checked = rows.places.iter().take(CHECKED_MAX);
        let json = checked.clone().filter(|place| is_array(&text[place.start..place.end], quotes)).count();
        (json as f64 >= SHARE_JSON_MIN * checked.len() as f64).then_some(depth)
    }
}

fn is_array(text: &[u8], quotes: Quotes) -> bool {
    let is_json = |text: &[u8]| serde_json::from_slice::<Vec<IgnoredAny>>(text).is_ok();
    if quotes == Quotes::Double {
        return is_json(text);
    }
    let mut json = Zeroizing::new(Vec::new());
    relaxed::to_json(text, &mut json);
    is_json(&json)
}

/// Whether a word is a number, a word for no value, true or false, or what is called: `Decimal('1.5')`.
fn is_value(word: &[u8], behind: Option<&u8>) -> bool {
    const WORDS: [&[u8]; 8] = [b"null", b"true", b"false", b"None", b"True", b"False", b"nan", b"undefined"];
    !word[0].is_ascii_alphabetic() || behind == Some(&b'(') || WORDS.contains(&word)
}

fn is_of_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'+' | b'_') || byte >= 0x80
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::sync::Arc;

    use super::super::{Block, Columns, Options, Progress, Source, Splitter};
    use super::*;

    /// The depth of rows; `named` behind how many bytes, `'` where a program printed them.
    fn told(text: &str) -> String {
        match look(text.as_bytes()) {
            Some((Shape::JsonObjects { depth, .. }, 0)) => format!("objects {depth}"),
            Some((Shape::JsonRows { depth, shell, open }, skip)) => {
                let names = if open > 0 { format!(" named {skip}") } else { String::new() };
                format!("{depth}{}{names}", if shell { "'" } else { "" })
            }
            _ => "none".to_owned(),
        }
    }

    #[test]
    fn rows_are_told_from_other_json() {
        let check = |text: &str, want: &str| assert_eq!(told(text), want, "{text}");
        let rows = "[\"anna@example.com\",1],[\"bert@example.com\",2],[\"carl@example.com\",null]";
        check(&rows.replace("],", "]\n"), "0");
        check(&format!("[{rows}]"), "1");
        check(&format!("[{}", rows.trim_end_matches("l]")), "1");
        check(&format!("[\n {}\n]\n", rows.replace(',', ",\n  ")), "1");
        check(&format!("var rows = [{rows}];"), "1");
        check(&format!("{{\"draw\":1,\"data\":[{rows}]}}"), "2");
        check(&format!("{{\"columns\":[\"mail\",\"n\"],\"data\":[{rows}]}}"), "2 named 11");
        let described = "[{\"name\":\"mail\",\"type\":\"text\"},{\"name\":\"n\",\"type\":\"long\"}]";
        check(&format!("{{\"columns\":{described},\"rows\":[{rows},{rows}]}}"), "2 named 11");
        check(&format!("{{\"columns\":[\"mail\",\"mail\"],\"data\":[{rows}]}}"), "2");
        check(&format!("{{\"tags\":[\"x\"],\"data\":[{rows}]}}"), "2");
        check(&rows.replace("],", "]\n").replace('"', "'").replace("null", "None"), "0'");
        // Behind a title stand the names; of two tables, the names of one are none of the other.
        let names = "[\"mail\",\"n\"]";
        check(&format!("{{\"values\":[[\"Customers\"],[],{names},{rows}]}}"), "2 named 28");
        check(&format!("[\"Customers\"]\n{names}\n{}", rows.replace("],", "]\n")), "0");
        let table = |names: &str| format!("{{\"columns\":{names},\"rows\":[{rows},{rows},{rows},{rows}]}}");
        check(&format!("[{},{}]", table(names), table(names)), "3 named 12");
        check(&format!("[{},{}]", table(names), table("[\"n\",\"mail\"]")), "3");
        check(
            &format!("{{\"columns\":[\"mail\",\"n\",\"x\"],\"data\":[{rows},[\"dora@example.com\",4,5]]}}"),
            "2 named 11",
        );
        let events = "[\"seen\",{\"mail\":\"anna@example.com\"}]\n[\"seen\",{\"mail\":\"bert@example.com\"}]\n";
        check(events, "objects 1");
        // Ten rows a page or more are records, and few are a part of one.
        let page = |count: usize| {
            format!(
                "{{\"data\":[{}]}}\n",
                [rows; 5].join(",").split_inclusive("],").take(count).collect::<String>().trim_end_matches(',')
            )
        };
        check(&page(12).repeat(3), "2");
        check(&page(4).repeat(3), "none");
        for other in [
            "",
            "[",
            "[\"a\"]\n[\"b\"]\n",
            "[\"a\",\"b\"]",
            "[[1,2],[3,4]]",
            "[[\"seen\",{\"mail\":\"anna@example.com\"}],[\"seen\",{\"mail\":\"bert@example.com\"}]]",
            "[{\"a\":[[\"x\",1],[\"y\",2]],\"mail\":\"somebody.with.a.long.name@mail.example.com\",\"note\":\"0123456789\"}]",
            "[INFO] [\"a\",\"b\"] and more of a log\n[INFO] [\"c\",\"d\"] and more of a log\n",
            "[\"a\",\"b\" \"c\"]\n[\"a\",b]\n",
            "[[wiki, 'links'], [are, 'none']]",
            "{\"a\":1}\n{\"a\":2}\n",
        ] {
            check(other, "none");
        }
    }

    /// The values of the rows, with their columns, in blocks of every size.
    #[test]
    fn rows_are_read_whatever_the_blocks() {
        let mail = "somebody.with.a.long.name@mail.example.com";
        let text = format!(
            "{{\"columns\":[\"id\",\"mail\",\"x\"],\"data\":[[7,\"{mail}\\n\",[1,{{\"p\":\"]\"}}]],[\"\",\"{mail}\",null],[]]}}"
        );
        let want = format!("0=id 1=mail 2=x | 0=7 1={mail}\\n 2=1 2=] | 0= 1={mail} | ");
        for block_bytes in 1..text.len() {
            let options = Options { block_bytes, ..Options::default() };
            let source = Source::from_reader("t", Box::new(Cursor::new(text.to_owned())), &options).expect("a source");
            let shape = source.description().shape;
            assert_eq!(shape, Shape::JsonRows { depth: 2, shell: false, open: 1 });
            let mut splitter = Splitter::new(shape, &Columns::positions(), &options);
            let mut blocks = source.into_blocks(0, Arc::new(Progress::new()));
            let (mut block, mut record, mut rows) = (Block::default(), Record::new(), Vec::new());
            while blocks.next_block(&mut block).expect("a block") {
                splitter.begin(&block);
                let mut at = 0;
                while splitter.next(&block.bytes, &mut at, &mut record) == Some(Outcome::Record) {
                    let fields = record.fields(&block.bytes);
                    let shown = fields.map(|(column, value)| format!("{column}={}", value.escape_ascii()));
                    rows.push(shown.collect::<Vec<_>>().join(" "));
                }
            }
            assert_eq!(rows.join(" | "), want, "in blocks of {block_bytes}");
        }
    }
}
