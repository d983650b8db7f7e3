//! What is pasted from the shell of MongoDB or from JavaScript becomes JSON: `ObjectId("..")`, `NumberLong(7)`, `Timestamp(15, 1)`
//! as a list, single quotes, keys without quotes, commas before a closing bracket, `undefined`. So does what programs write that count in UTF-16: half of a
//! surrogate pair, where a text was cut inside of an emoji; and a number beyond all floating-point numbers, which becomes a text.
//!
//! Only lines that are no JSON as they are come here, so speed is no matter. What is not understood stays as it is, and the
//! parser refuses it.

/// Appends the line as JSON, as far as it can be.
pub(super) fn to_json(line: &[u8], out: &mut Vec<u8>) {
    let (mut at, mut calls): (usize, Vec<&[u8]>) = (0, Vec::new());
    while at < line.len() {
        let byte = line[at];
        match byte {
            b'"' | b'\'' => at = string(line, at, out),
            b',' if closes_next(line, at + 1) => at += 1,
            b')' if !calls.is_empty() => {
                out.extend_from_slice(calls.pop().unwrap_or_default());
                at += 1;
            }
            _ if is_word(byte) && !byte.is_ascii_digit() => {
                let end = at + line[at..].iter().take_while(|byte| is_word(**byte) || **byte == b'.').count();
                match line.get(blanks(line, end)) {
                    // A call stands for its argument, or for the list of several.
                    Some(b'(') => {
                        at = blanks(line, end) + 1;
                        let (begin, end): (&[u8], &[u8]) = match arguments(line, at) {
                            0 => (b"null", b""),
                            1 => (b"", b""),
                            _ => (b"[", b"]"),
                        };
                        out.extend_from_slice(begin);
                        calls.push(end);
                    }
                    // `b'..'` and `u'..'` of Python.
                    Some(b'"' | b'\'') if end == at + 1 && blanks(line, end) == end => at = end,
                    Some(next) if &line[at..end] == b"new" && is_word(*next) => at = end,
                    Some(b':') => {
                        quoted(&line[at..end], out);
                        at = end;
                    }
                    _ => {
                        let word = &line[at..end];
                        out.extend_from_slice(if matches!(word, b"true" | b"false") { word } else { b"null" });
                        at = end;
                    }
                }
            }
            // `-Infinity`
            b'-' if line.get(at + 1).is_some_and(u8::is_ascii_alphabetic) => at += 1,
            // A number with letters in it is copied whole.
            _ if byte.is_ascii_digit() || (byte == b'-' && line.get(at + 1).is_some_and(u8::is_ascii_digit)) => {
                let end = number_end(line, at + 1);
                number(&line[at..end], out);
                at = end;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
}

/// Behind the digits, letters and points of a number, and the sign of its exponent.
fn number_end(line: &[u8], mut at: usize) -> usize {
    let is_exponent = |at: usize| matches!(line[at - 1], b'e' | b'E');
    while line
        .get(at)
        .is_some_and(|byte| is_word(*byte) || *byte == b'.' || (matches!(byte, b'+' | b'-') && is_exponent(at)))
    {
        at += 1;
    }
    at
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$') || byte >= 0x80
}

fn blanks(line: &[u8], at: usize) -> usize {
    at + line[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// How many arguments a call has, of which the first begins at `at`; one more than two is no matter.
fn arguments(line: &[u8], mut at: usize) -> usize {
    let (mut open, mut any, mut skipped) = (0usize, false, Vec::new());
    while let Some(byte) = line.get(at) {
        match byte {
            b'"' | b'\'' => {
                skipped.clear();
                at = string(line, at, &mut skipped);
                any = true;
                continue;
            }
            b')' if open == 0 => break,
            b'(' | b'[' | b'{' => open += 1,
            b')' | b']' | b'}' => open = open.saturating_sub(1),
            b',' if open == 0 && !closes_next(line, at + 1) => return 2,
            _ => (),
        }
        any |= !byte.is_ascii_whitespace();
        at += 1;
    }
    usize::from(any)
}

/// Whether the next thing closes an object or an array.
fn closes_next(line: &[u8], at: usize) -> bool {
    matches!(line.get(blanks(line, at)), Some(b'}' | b']'))
}

/// Copies a string in either quotes as one in double quotes; where it ends.
fn string(line: &[u8], start: usize, out: &mut Vec<u8>) -> usize {
    let quote = line[start];
    out.push(b'"');
    let mut at = start + 1;
    while at < line.len() && line[at] != quote {
        match (line[at], line.get(at + 1)) {
            (b'\\', Some(b'\'')) => {
                out.push(b'\'');
                at += 1;
            }
            (b'\\', Some(b'u')) => {
                at += unicode_escape(&line[at..], out);
                continue;
            }
            (b'\\', Some(next)) => {
                out.extend([b'\\', *next]);
                at += 1;
            }
            (b'"', _) => out.extend(b"\\\""),
            (byte, _) => out.push(byte),
        }
        at += 1;
    }
    if at < line.len() {
        out.push(b'"');
    }
    (at + 1).min(line.len())
}

/// Copies `\uXXXX`, a pair of surrogates as a pair, and half of one as U+FFFD; how many bytes were taken.
fn unicode_escape(text: &[u8], out: &mut Vec<u8>) -> usize {
    const BYTES: usize = 6;
    let unit = |at: usize| {
        let escape = text.get(at..at + BYTES)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(escape).ok()?, 16).ok()
    };
    let (taken, copied): (usize, &[u8]) = match (unit(0), unit(BYTES)) {
        (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => (2 * BYTES, &text[..2 * BYTES]),
        (Some(0xd800..=0xdfff), _) => (BYTES, b"\\ufffd"),
        (Some(_), _) => (BYTES, &text[..BYTES]),
        (None, _) => (2, &text[..2]),
    };
    out.extend_from_slice(copied);
    taken
}

/// Copies a number, one that no floating-point number can be as a text.
fn number(digits: &[u8], out: &mut Vec<u8>) {
    let value = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse::<f64>().ok());
    if value.is_some_and(f64::is_infinite) { quoted(digits, out) } else { out.extend_from_slice(digits) }
}

fn quoted(word: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    out.extend_from_slice(word);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, want: &str) {
        let mut out = Vec::new();
        to_json(line.as_bytes(), &mut out);
        assert_eq!(String::from_utf8_lossy(&out), want, "{line}");
    }

    #[test]
    fn shells_become_json() {
        check(
            "{ \"_id\" : ObjectId(\"5f\"), \"n\" : NumberLong(7), \"t\": ISODate(\"2020-01-01\") }",
            "{ \"_id\" : \"5f\", \"n\" : 7, \"t\": \"2020-01-01\" }",
        );
        check("{email:'a@x.io',ok:true,no:undefined,}", "{\"email\":\"a@x.io\",\"ok\":true,\"no\":null}");
        check("{'a':'it\\'s \"b\"','c':[1,2,],}", "{\"a\":\"it's \\\"b\\\"\",\"c\":[1,2]}");
        check("{u'a': b'x', 'b': r'y', 'c': None}", "{\"a\": \"x\", \"b\": \"y\", \"c\": null}");
        check("{\"a\":\"x\\\"y\",\"b\":-1.5e3}", "{\"a\":\"x\\\"y\",\"b\":-1.5e3}");
        check("{\"a\":new Date(1), b : new ISODate('x') }", "{\"a\": 1, \"b\" :  \"x\" }");
        check(
            "{ a: Timestamp(15, 1), b: BinData(0,\"Zg==\"), c: DBRef('u', ObjectId('5f')), d: Date(), e: -Infinity }",
            "{ \"a\": [15, 1], \"b\": [0,\"Zg==\"], \"c\": [\"u\", \"5f\"], \"d\": null, \"e\": null }",
        );
        check(
            "{ a: Binary(Buffer.from('6162', 'hex'), 0), b: Binary.createFromBase64('YQ==', 0) }",
            "{ \"a\": [[\"6162\", \"hex\"], 0], \"b\": [\"YQ==\", 0] }",
        );
        check("{\"a\":\"x", "{\"a\":\"x");
        check("{a\\", "{null\\");
    }

    #[test]
    fn what_no_text_or_number_can_be_is_replaced() {
        check(
            r#"{"a":"\ud83d\ude00","b":"x\ud83d","c":"\ude00y"}"#,
            r#"{"a":"\ud83d\ude00","b":"x\ufffd","c":"\ufffdy"}"#,
        );
        check(r#"{"a":"\ud83d\n\u0041","b":"\u12"}"#, r#"{"a":"\ufffd\n\u0041","b":"\u12"}"#);
        check(r#"{"a":1e999,"b":[-1e5,-2e+400]}"#, r#"{"a":"1e999","b":[-1e5,"-2e+400"]}"#);
        check("", "");
    }
}
