//! Fields of `SELECT .. INTO OUTFILE`: delimiters, and backslashes that escape them.

use super::buffer;
use super::split::Record;

/// Fields between delimiters that a backslash can escape, as MySQL writes them: `\t`, `\n`, `\\`, `\N` for no value.
pub(super) fn split(delimiter: u8, line: &[u8], record: &mut Record) {
    let (mut column, mut start, mut at, mut escapes) = (0, 0, 0, false);
    loop {
        let stop = memchr::memchr2(delimiter, b'\\', &line[at..]).map_or(line.len(), |found| at + found);
        if line.get(stop) == Some(&b'\\') {
            escapes = true;
            at = (stop + 2).min(line.len());
            continue;
        }
        match &line[start..stop] {
            b"\\N" => (),
            field if escapes => record.push_written(column, |scratch| unescape(field, scratch)),
            _ => record.push(column, start, stop),
        }
        if stop == line.len() {
            return;
        }
        (column, start, at, escapes) = (column + 1, stop + 1, stop + 1, false);
    }
}

/// Appends a field without its backslashes.
fn unescape(field: &[u8], out: &mut Vec<u8>) {
    buffer::reserve(out, field.len());
    let mut bytes = field.iter();
    while let Some(byte) = bytes.next() {
        out.push(match (byte, bytes.as_slice().first()) {
            (b'\\', Some(escaped)) => {
                bytes.next();
                match escaped {
                    b'n' => b'\n',
                    b't' => b'\t',
                    b'r' => b'\r',
                    b'b' => 8,
                    b'0' => 0,
                    b'Z' => 0x1a,
                    other => *other,
                }
            }
            _ => *byte,
        });
    }
}
