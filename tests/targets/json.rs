//! JSON: one object a line, and objects inside of others.

use leakdex::source::{Malformed, Shape};
use serde_json::{Map, Value};

use super::reading::{All, Case, Row, check, seed};

/// Reads a case as a shape. Only what JSON can be wrong with is wrong.
fn read(case: &Case, shape: Shape) -> Option<All> {
    let all = check(case, Some(shape), &case.options(), 0)?;
    let is_known = |why| matches!(why, None | Some(Malformed::TooLong | Malformed::NotJson | Malformed::TooDeep));
    assert!(all.rows.iter().all(|row| is_known(row.malformed)));
    Some(all)
}

/// Lines: an object by the judgement of `serde_json` is a record.
pub fn lines(data: &[u8]) {
    let case = Case::of(data);
    if case.choice & 0x80 != 0 {
        return round_trip(&case, Shape::JsonLines);
    }
    let Some(all) = read(&case, Shape::JsonLines) else { return };
    for row in all.rows.iter().filter(|row| row.malformed == Some(Malformed::NotJson)) {
        let is_object = serde_json::from_slice::<Map<String, Value>>(row.line()).is_ok();
        assert!(!is_object, "an object is a record");
    }
}

/// Objects at a depth of nesting, or arrays that are rows.
pub fn objects(data: &[u8]) {
    let case = Case::of(data);
    let (depth, shell) = (case.choice % 4, case.choice & 0x20 != 0);
    let shape = match case.choice & 0x10 != 0 {
        false => Shape::JsonObjects { depth, shell },
        true => {
            Shape::JsonRows { depth, shell, open: if case.choice & 0x08 != 0 { depth.saturating_sub(1) } else { 0 } }
        }
    };
    if case.choice & 0x80 != 0 {
        return round_trip(&case, shape);
    }
    let Some(all) = read(&case, shape) else { return };
    let (opens, closes): (&[u8], &[u8]) = match shape {
        Shape::JsonRows { .. } => (b"[", b"]"),
        _ => (b"{", b"}"),
    };
    for row in all.rows.iter().filter(|row| row.malformed.is_none()) {
        // Before an object, a key that is an address belongs to it.
        let is_key = opens == b"{" && row.bytes.starts_with(b"\"") && row.bytes.contains(&b'@');
        let is_begun = row.bytes.starts_with(opens) || is_key;
        assert!(is_begun && row.bytes.ends_with(closes), "a record stands in its brackets");
    }
}

/// Objects or arrays of texts, a field ending with 1 and a record with 2, come back whatever stands around them.
fn round_trip(case: &Case, shape: Shape) {
    let text = String::from_utf8_lossy(case.text);
    let records: Vec<Vec<&str>> = text.split('\u{2}').map(|record| record.split('\u{1}').collect()).collect();
    let objects: Vec<String> = records.iter().map(|fields| object(fields, case.choice & 0x40 != 0)).collect();
    let arrays = || -> Vec<String> { records.iter().map(|fields| Value::from(fields.clone()).to_string()).collect() };
    let written = match shape {
        Shape::JsonRows { open: 1.., .. } => {
            let arrays = arrays();
            format!("{},\"data\":[{}]}}", arrays[0], arrays[1..].join(","))
        }
        Shape::JsonRows { depth, .. } => {
            let (open, close) = ("[".repeat(depth.into()), "]".repeat(depth.into()));
            format!("{open}{}{close}", arrays().join(if depth == 0 { "\n" } else { "," }))
        }
        Shape::JsonObjects { depth, .. } => {
            let (open, close) = ("[".repeat(depth.into()), "]".repeat(depth.into()));
            format!("{open}{}{close}", objects.join(if depth == 0 { "\n" } else { "," }))
        }
        // A line each: pretty ones have line ends of their own.
        _ => records.iter().map(|fields| object(fields, false) + "\r\n").collect(),
    };
    let case = Case { text: written.as_bytes(), record_bytes_max: 1 << 20, head_bytes: written.len() + 1, ..*case };
    let Some(all) = read(&case, shape) else { return };
    let want: Vec<Vec<Vec<u8>>> =
        records.iter().map(|fields| fields.iter().map(|field| field.as_bytes().to_vec()).collect()).collect();
    let got: Vec<Vec<Vec<u8>>> = all.rows.iter().map(Row::values).collect();
    assert_eq!(got, want, "what was written");
}

/// `{"f0": .., "f1": ..}`.
fn object(fields: &[&str], pretty: bool) -> String {
    let members = fields.iter().enumerate().map(|(number, field)| (format!("f{number}"), Value::from(*field)));
    let object = Value::Object(members.collect());
    if pretty { format!("{object:#}") } else { object.to_string() }
}

pub fn lines_seeds() -> Vec<Vec<u8>> {
    vec![
        seed(
            [0, 5, 0, 0],
            "{\"a\":\"x\",\"b\":{\"c\":[1,{\"d\":null}]},\"a\":2}\r\n\n{\n[1]\n{\"n\":{\"$numberLong\":\"1\"}}",
        ),
        seed(
            [0, 3, 3, 1],
            "{\"\\ud800\":1e999,\"b\":-0.0,\"c\":18446744073709551616}\n{\"index\":{}}\n{\"x\":\"\\u0000\\\"\"} \n",
        ),
        seed(
            [0, 9, 0, 2],
            "{_id: ObjectId(\"7\"), 'a': NumberLong(5), b: undefined, c: [1,],}\n{\"a\\\\.b[\":[[{}]]}\n",
        ),
        seed([0x80, 4, 0, 0], "a\u{1}b\n\"\u{1}\u{2}\\\u{1}\u{738b}\u{0}"),
    ]
}

pub fn objects_seeds() -> Vec<Vec<u8>> {
    vec![
        seed([0, 5, 0, 0], "{\"a\":1}{\"a\":\"}\"}\n{\"a\":[{}]} x \"{\" {\"b\":\"open"),
        seed([1, 2, 0, 3], "[{\"a\":1},\n{\"a\":{\"b\":2}},]{\"c\":3}[[{\"d\":4}]]"),
        seed(
            [2, 3, 3, 2],
            "{\"users\":[{\"a\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"},{\"a\":2}]}",
        ),
        seed([3, 1, 5, 0], "[{\"type\":\"table\",\"data\":[{\"a\":1},{\"b\":\"\\\"\"}]}]"),
        seed([0x81, 6, 0, 0], "a\u{1}{\u{2}}]\"\n"),
        seed([0xc0, 6, 0, 0], "x\u{2}\u{1}\u{2}"),
        seed([0x10, 5, 0, 0], "[\"a\",1,null]\n[\"]\",[2,{\"b\":\"c\"}]]\n[] x [\"open"),
        seed([0x11, 2, 0, 3], "[[\"a\",1.50],\n[\"b\",true],][\"c\"][[[\"d\"]]]"),
        seed([0x32, 3, 2, 0], "{'data': [['a', \"it's\", None], ['b', datetime.date(2020, 1, 2), '']]}"),
        seed([0x1a, 4, 0, 1], "[\"id\",\"mail\"],\"n\":2,\"data\":[[1,\"a@x.io\"],[2,\"b\"],[\"broken],\n[3]]}"),
        seed([0x92, 6, 0, 0], "a\u{1}]\u{2}[\"\n"),
        seed([0x99, 6, 0, 0], "a\u{1}b\u{2}\u{1}\u{2}c"),
    ]
}
