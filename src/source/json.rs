//! One line of JSON Lines: the values at wanted paths, found while serde_json walks over the line once.
//!
//! A path is written `profile.phones[]`: keys joined by dots, `[]` for the elements of an array; a dot, bracket or
//! backslash that is part of a key has a backslash before it. Numbers are given as text: integers exactly, other
//! numbers so that they still look like what they are (`13800000000.0`, `1.38e25`), because a telephone number that
//! went through a floating-point number must not pass for an intact one. `null` is no value. Wrapped scalars of
//! MongoDB (`{"$numberLong":"1"}`) stand for the scalar.
//!
//! serde_json stops at 128 levels. Its messages can quote the input: none is kept, only the class of the error.

use std::io::Write;

use serde::de::{self, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::bulk::is_bulk_command;
use super::malformed::Malformed;
use super::objects;
use super::record::{Record, UNPLANNED};
use super::relaxed;
use super::split::Outcome;
use zeroize::Zeroizing;

mod look;

pub(super) use look::{Looks, begin, look};

/// Keys that are data (`{"by_id": {"1001": ..}}`) must not fill the memory.
const DISCOVERED_MAX: usize = 4096;
/// Of 2^64 - 1.
const DIGITS_MAX: usize = 20;
/// Scalars in MongoDB's Extended JSON, versions 1 and 2.
const WRAPPERS: [&str; 9] = [
    "$oid",
    "$numberLong",
    "$numberInt",
    "$numberDouble",
    "$numberDecimal",
    "$date",
    "$uuid",
    "$symbol",
    "$numberFloat",
];

/// What a key of a map is called that is an address: the record may have a member of that name too.
const KEY: &str = "email";

/// The node of everything below a path that nobody wants, where all values are handed out.
const OUTSIDE: usize = usize::MAX;
/// The node of what nobody wants and is not even handed out. A number of its own and no `None`, and all numbers of nodes as wide as
/// a register: serde_json hands them on inside of a `Result<Option<_>>`, which is then written and read by the same instructions.
/// Written in halves and read as a whole, which an `Option<u32>` is, they cost a twelfth of all.
const NOBODY: usize = usize::MAX - 1;
/// From here on nodes are no nodes of the tree: that of column n of a row, and of everything below it, is this and n.
const POSITIONS: usize = 1 << (usize::BITS - 1);

#[derive(Default)]
struct Node {
    children: Vec<(Box<str>, usize)>,
    /// The child behind the last one that was asked for: records have their keys in one order.
    expected: usize,
    elements: Option<usize>,
    column: Option<u32>,
    path: String,
}

/// The wanted paths as a tree; the root is node 0.
pub(super) struct Paths {
    nodes: Vec<Node>,
    /// Takes every path for wanted, and remembers in which order they came.
    discovers: bool,
    columns: Vec<String>,
    /// Whether values at paths that nobody wants are handed out too, as [`UNPLANNED`].
    looks_outside: bool,
}

/// A part of a path.
#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Elements,
}

impl Paths {
    /// The column of a path is its index.
    pub(super) fn wanted(paths: &[String]) -> Paths {
        let mut tree =
            Paths { nodes: vec![Node::default()], discovers: false, columns: Vec::new(), looks_outside: false };
        for (column, path) in paths.iter().enumerate() {
            let node = tree.add(path);
            tree.nodes[node].column.get_or_insert(column as u32);
        }
        tree
    }

    /// Every path becomes a column when it is met.
    pub(super) fn discovered() -> Paths {
        Paths { nodes: vec![Node::default()], discovers: true, columns: Vec::new(), looks_outside: false }
    }

    /// The paths in the order of their columns.
    pub(super) fn into_columns(self) -> Vec<String> {
        self.columns
    }

    fn add(&mut self, path: &str) -> usize {
        let (mut node, mut key, mut chars) = (0, Some(String::new()), path.chars());
        while let Some(c) = chars.next() {
            match c {
                '\\' => key.get_or_insert_default().extend(chars.next()),
                '.' => {
                    node = self.add_key(node, key.take());
                    key = Some(String::new());
                }
                '[' => {
                    node = self.add_key(node, key.take());
                    chars.next();
                    node = self.step_or_add(node, Step::Elements);
                }
                c => key.get_or_insert_default().push(c),
            }
        }
        self.add_key(node, key)
    }

    fn add_key(&mut self, node: usize, key: Option<String>) -> usize {
        key.map_or(node, |key| self.step_or_add(node, Step::Key(&key)))
    }

    #[inline]
    fn step(&mut self, node: usize, step: Step) -> Option<usize> {
        let node = &mut self.nodes[node];
        match step {
            Step::Key(key) => {
                let is_it = |(name, _): &(Box<str>, usize)| **name == *key;
                let expected = node.children.get(node.expected).is_some_and(is_it).then_some(node.expected);
                let place = expected.or_else(|| node.children.iter().position(is_it))?;
                node.expected = if place + 1 < node.children.len() { place + 1 } else { 0 };
                Some(node.children[place].1)
            }
            Step::Elements => node.elements,
        }
    }

    fn step_or_add(&mut self, parent: usize, step: Step) -> usize {
        if let Some(child) = self.step(parent, step) {
            return child;
        }
        let child = self.nodes.len();
        let path = join(&self.nodes[parent].path, parent == 0, step);
        self.nodes.push(Node { path, ..Node::default() });
        match step {
            Step::Key(key) => self.nodes[parent].children.push((key.into(), child)),
            Step::Elements => self.nodes[parent].elements = Some(child),
        }
        child
    }

    /// The node that a step from another one leads to.
    #[inline]
    fn follow(&mut self, parent: usize, step: Step) -> usize {
        if parent >= POSITIONS {
            return parent;
        }
        if self.discovers && self.nodes.len() < DISCOVERED_MAX {
            return self.step_or_add(parent, step);
        }
        self.step(parent, step).unwrap_or(if self.looks_outside { OUTSIDE } else { NOBODY })
    }

    /// Where the values at a node go; none if nobody wants them.
    #[inline]
    fn column(&mut self, node: usize) -> Option<u32> {
        match self.nodes.get(node) {
            Some(Node { column: None, .. }) if self.discovers => Some(self.discover(node)),
            Some(Node { column: Some(column), .. }) => Some(*column),
            None if node < NOBODY => Some((node - POSITIONS) as u32),
            _ => self.looks_outside.then_some(UNPLANNED),
        }
    }

    #[cold]
    fn discover(&mut self, node: usize) -> u32 {
        let column = self.columns.len() as u32;
        self.nodes[node].column = Some(column);
        self.columns.push(self.nodes[node].path.clone());
        column
    }
}

fn join(parent: &str, is_root: bool, step: Step) -> String {
    let Step::Key(key) = step else { return format!("{parent}[]") };
    let mut path = if is_root { String::new() } else { format!("{parent}.") };
    for c in key.chars() {
        if matches!(c, '.' | '[' | '\\') {
            path.push('\\');
        }
        path.push(c);
    }
    path
}

/// Puts the values of wanted paths into `record`. None for a line of blanks, or one that only steers Elasticsearch.
pub(super) fn read_line(line: &[u8], paths: &mut Paths, record: &mut Record) -> Option<Outcome> {
    let mut object = line;
    match line.trim_ascii_start().first() {
        None => return None,
        // A record of a map whose keys are addresses.
        Some(b'"') => match objects::key_length(line, line.len()).filter(|key| *key > 0) {
            Some(key) => {
                let end = memchr::memchr(b'"', &line[1..]).map_or(key, |end| 1 + end);
                let node = paths.follow(0, Step::Key(KEY));
                if let Some(column) = paths.column(node) {
                    record.push(column, 1, end);
                }
                object = &line[key..];
            }
            None => return Some(Outcome::Malformed(Malformed::NotJson)),
        },
        // Anything else would make serde_json build a message with the input in it.
        Some(b'{') if is_bulk_command(line) => return None,
        Some(b'{') => {}
        Some(_) => return Some(Outcome::Malformed(Malformed::NotJson)),
    }
    // Checking the line at once is cheaper than string by string. In a line that is not UTF-8, the strings that nobody
    // wants may be anything.
    let text = simdutf8::basic::from_utf8(line);
    paths.looks_outside = text.is_ok() && !paths.discovers;
    let walk = Walk { paths, record, line, is_row: false };
    let result = match text {
        Ok(text) => walk.run(serde_json::Deserializer::from_str(&text[line.len() - object.len()..])),
        Err(_) => walk.run(serde_json::Deserializer::from_slice(object)),
    };
    Some(match result.map_err(|error| classify(&error)) {
        Ok(()) => Outcome::Record,
        Err(Malformed::NotJson) => read_relaxed(line, paths, record, false),
        Err(malformed) => Outcome::Malformed(malformed),
    })
}

/// Puts the elements of an array into `record`, each with its position for a column; of an element that is an array or object its
/// values. `null` is no value.
pub(super) fn read_row(line: &[u8], paths: &mut Paths, record: &mut Record) -> Outcome {
    let walk = Walk { paths, record, line, is_row: true };
    match walk.run(serde_json::Deserializer::from_slice(line)).map_err(|error| classify(&error)) {
        Ok(()) => Outcome::Record,
        Err(Malformed::NotJson) => read_relaxed(line, paths, record, true),
        Err(malformed) => Outcome::Malformed(malformed),
    }
}

/// Reads a line that is no JSON as what a shell or JavaScript would understand.
#[cold]
fn read_relaxed(line: &[u8], paths: &mut Paths, record: &mut Record, is_row: bool) -> Outcome {
    let mut json = Zeroizing::new(Vec::with_capacity(line.len() + line.len() / 4));
    relaxed::to_json(line, &mut json);
    record.clear();
    let walk = Walk { paths, record, line: &[], is_row };
    match walk.run(serde_json::Deserializer::from_slice(&json)) {
        Ok(()) => Outcome::Record,
        Err(error) => {
            record.clear();
            Outcome::Malformed(classify(&error))
        }
    }
}

fn classify(error: &serde_json::Error) -> Malformed {
    // There is no other way to ask; the text is compared and dropped.
    let is_depth = error.is_syntax() && error.to_string().starts_with("recursion limit");
    if is_depth { Malformed::TooDeep } else { Malformed::NotJson }
}

struct Walk<'a> {
    paths: &'a mut Paths,
    record: &'a mut Record,
    line: &'a [u8],
    /// Whether the value is an array whose elements are columns.
    is_row: bool,
}

impl Walk<'_> {
    fn run<'de, R: serde_json::de::Read<'de>>(
        mut self,
        mut input: serde_json::Deserializer<R>,
    ) -> serde_json::Result<()> {
        match self.is_row {
            false => Value { walk: &mut self, node: 0 }.deserialize(&mut input)?,
            true => Row { walk: &mut self }.deserialize(&mut input)?,
        }
        input.end()
    }
}

/// An array whose elements are the columns of a row.
struct Row<'w, 'a> {
    walk: &'w mut Walk<'a>,
}

impl<'de> DeserializeSeed<'de> for Row<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Row<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a JSON array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let mut node = POSITIONS;
        while elements.next_element_seed(Value { walk: &mut *self.walk, node })?.is_some() {
            node += 1;
        }
        Ok(())
    }
}

/// The value at a node of the tree.
struct Value<'w, 'a> {
    walk: &'w mut Walk<'a>,
    node: usize,
}

impl Value<'_, '_> {
    fn write(self, value: std::fmt::Arguments) {
        if let Some(column) = self.walk.paths.column(self.node) {
            self.walk.record.push_written(column, |scratch| {
                // Writing to a vector does not fail.
                let _ = scratch.write_fmt(value);
            });
        }
    }
}

impl<'de> DeserializeSeed<'de> for Value<'_, '_> {
    type Value = ();

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Value<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        if let Some(column) = self.walk.paths.column(self.node) {
            self.walk.record.push_copy(column, if value { b"true" } else { b"false" });
        }
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.write(format_args!("{value}"));
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        if let Some(column) = self.walk.paths.column(self.node) {
            let (mut digits, mut first, mut rest) = ([0; DIGITS_MAX], DIGITS_MAX, value);
            while first == DIGITS_MAX || rest > 0 {
                first -= 1;
                digits[first] = b'0' + (rest % 10) as u8;
                rest /= 10;
            }
            self.walk.record.push_copy(column, &digits[first..]);
        }
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        self.write(format_args!("{value:?}"));
        Ok(())
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<(), E> {
        if let Some(column) = self.walk.paths.column(self.node) {
            let start = (value.as_ptr() as usize).wrapping_sub(self.walk.line.as_ptr() as usize);
            if start.checked_add(value.len()).is_some_and(|end| end <= self.walk.line.len()) {
                self.walk.record.push(column, start, start + value.len());
            } else {
                // Not of the line as it stands in the block.
                self.walk.record.push_copy(column, value.as_bytes());
            }
        }
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        if let Some(column) = self.walk.paths.column(self.node) {
            self.walk.record.push_copy(column, value.as_bytes());
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        let node = self.walk.paths.follow(self.node, Step::Elements);
        if node == NOBODY {
            while elements.next_element::<IgnoredAny>()?.is_some() {}
            return Ok(());
        }
        while elements.next_element_seed(Value { walk: &mut *self.walk, node })?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(child) = members.next_key_seed(Key { paths: &mut *self.walk.paths, node: self.node })? {
            match child {
                NOBODY => drop(members.next_value::<IgnoredAny>()?),
                node => members.next_value_seed(Value { walk: &mut *self.walk, node })?,
            }
        }
        Ok(())
    }
}

/// A key below a node; its value is the node it leads to.
struct Key<'a> {
    paths: &'a mut Paths,
    node: usize,
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = usize;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Key<'_> {
    type Value = usize;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a key")
    }

    #[inline]
    fn visit_str<E>(self, key: &str) -> Result<usize, E> {
        if key.starts_with('$') && WRAPPERS.contains(&key) {
            return Ok(self.node);
        }
        Ok(self.paths.follow(self.node, Step::Key(key)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(names: &[&str]) -> Paths {
        Paths::wanted(&names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>())
    }

    fn read(mut paths: Paths, line: &str) -> (String, Vec<String>) {
        let mut record = Record::new();
        let text = match read_line(line.as_bytes(), &mut paths, &mut record) {
            None => "blank".to_owned(),
            Some(Outcome::Malformed(malformed)) => malformed.name().to_owned(),
            Some(Outcome::Record) => shown(&record, line),
        };
        (text, paths.into_columns())
    }

    fn shown(record: &Record, line: &str) -> String {
        let fields = record.fields(line.as_bytes()).map(|(column, bytes)| {
            let column = if column == UNPLANNED { "?".to_owned() } else { column.to_string() };
            format!("{column}={}", String::from_utf8_lossy(bytes))
        });
        fields.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn wanted_values_are_found() {
        let all = ["a", "b.c", "b.d[]", "e[].f", "g\\.h", "i[][]", "j"];
        let check = |line: &str, want: &str| assert_eq!(read(paths(&all), line).0, want, "{line}");
        check(r#"{"a":"x","z":{"a":1},"b":{"c":2,"d":["p",-3,null,[9]]}}"#, "0=x ?=1 1=2 2=p 2=-3 ?=9");
        check(
            r#"{"e":[{"f":"1"},{"f":true,"g":0},7],"g.h":"k","i":[[1],[2,3]]}"#,
            "3=1 3=true ?=0 ?=7 4=k 5=1 5=2 5=3",
        );
        check(r#"{"a":"\u738b\n\"","j":"\ud83d\ude00"}"#, "0=\u{738b}\n\" 6=\u{1f600}");
        check(r#"{"a":{"$oid":"5f"},"j":{"$date":{"$numberLong":"99"}}}"#, "0=5f 6=99");
        check(
            r#"{"a":18446744073709551615,"j":-9223372036854775808}"#,
            "0=18446744073709551615 6=-9223372036854775808",
        );
        check(r#"{"a":13812345678.0,"j":1.5e20}"#, "0=13812345678.0 6=1.5e20");
        check(r#" {"a":"","a":"2"} "#, "0= 0=2");
        check(r#"{"a":0,"j":90}"#, "0=0 6=90");
        check("{}", "");
        check("{_id: ObjectId('5f'), 'a': 'it\\'s', j: NumberLong(7),}", "?=5f 0=it's 6=7");
    }

    #[test]
    fn elements_of_arrays_are_columns() {
        let check = |line: &str, want: &str| {
            let mut record = Record::new();
            let text = match read_row(line.as_bytes(), &mut paths(&[]), &mut record) {
                Outcome::Record => shown(&record, line),
                Outcome::Malformed(malformed) => malformed.name().to_owned(),
            };
            assert_eq!(text, want, "{line}");
        };
        check(r#"["x",1,null,"\u0041\"",true,1.50]"#, "0=x 1=1 3=A\" 4=true 5=1.5");
        check(r#"[["a",["b"]],{"k":"c","l":[2]},"z"]"#, "0=a 0=b 1=c 1=2 2=z");
        check("[]", "");
        check("['it\\'s', None, datetime.date(2020, 1, 2)]", "0=it's 2=2020 2=1 2=2");
        for line in ["[", "[1]x", "{}", "[1 2]"] {
            check(line, "not_json");
        }
        check(&format!("{}{}", "[".repeat(200), "]".repeat(200)), "nested_too_deep");
    }

    #[test]
    fn bytes_in_another_encoding_are_tolerated_where_nobody_looks() {
        let line = b"{\"name\":\"\xcd\xf5\",\"a\":\"x\"}";
        let mut record = Record::new();
        assert_eq!(read_line(line, &mut paths(&["a"]), &mut record), Some(Outcome::Record));
        assert_eq!(record.field(line, 0), b"x");
        let malformed = Some(Outcome::Malformed(Malformed::NotJson));
        assert_eq!(read_line(line, &mut paths(&["name"]), &mut record), malformed);
    }

    #[test]
    fn malformed_lines_are_named() {
        let check = |line: &str, want: &str| assert_eq!(read(paths(&["a"]), line).0, want, "{line}");
        let deep = |key: &str| format!("{{\"{key}\":{}1{}}}", "[".repeat(200), "]".repeat(200));
        check(" \t", "blank");
        for line in ["{", "{\"a\":1}x", "[1]", "\"secret\"", "1", "{\"a\" 1}"] {
            check(line, "not_json");
        }
        check("{\"index\":{\"_id\":\"1\"}}", "blank");
        check("{ \"index\":{\"_id\":\"1\"}}", "?=1");
        check("{\"index\":{\"_id\":\"1\"},\"a\":\"x\"}", "?=1 0=x");
        assert_eq!(read(Paths::discovered(), &deep("a")).0, "nested_too_deep");
        check(&deep("b"), "nested_too_deep");
    }

    #[test]
    fn paths_are_discovered_in_order_and_found_again() {
        let line = r#"{"z":{"a.b":1,"c[":[{"d\\":2}]},"y":null,"":3,"x":[[4]]}"#;
        let (text, columns) = read(Paths::discovered(), line);
        assert_eq!(text, "0=1 1=2 2=3 3=4");
        assert_eq!(columns, [r"z.a\.b", r"z.c\[[].d\\", "", "x[][]"]);
        assert_eq!(read(Paths::wanted(&columns), line).0, text);
    }

    #[test]
    fn json_is_recognised() {
        let check = |text: &str, want: Looks| assert_eq!(look(text.as_bytes(), true).0, want, "{text}");
        check("{\"a\":1}\n{\"a\":2}\n", Looks::Lines);
        check("{\"a\":1}\nbroken\n{\"a\":2}", Looks::Lines);
        check(" [{\"a\":1}, {\"a\":2}]", Looks::Array);
        check("[\n  {\"a\":1},\n", Looks::Array);
        check("[1,2]", Looks::Array);
        check("[1] a footnote\n", Looks::No);
        check("{\n \"a\": 1\n}\n", Looks::Pretty);
        check("{curly},b\n{x},c\n", Looks::No);
        check("", Looks::No);
        check("{ _id : ObjectId(\"5f\"), email : 'a@x.io' }\n{ email : 'b@x.io' }\n", Looks::Lines);
        assert_eq!(look(b"{\"a\":\"xxxxxxx", false).0, Looks::Lines);
        assert_eq!(look(b"{\n\"a\":\"xxxxxxx", false).0, Looks::Pretty);
    }
}
