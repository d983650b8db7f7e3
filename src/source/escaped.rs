//! Fields of `SELECT .. INTO OUTFILE`: delimiters, and backslashes that escape them.

use super::buffer;
use super::record::Record;

/// What stands for no value.
pub(super) const NULL: &[u8] = b"\\N";

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
            NULL => (),
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

/// Whether lines end with a backslash, behind which what begins goes on: only exports of MySQL have such.
pub(super) fn continues_lines(text: &[u8]) -> bool {
    const SHARE_MIN: f64 = 0.01;
    const LINES_MIN: usize = 2;
    let (mut all, mut continued) = (0usize, 0usize);
    for newline in memchr::memchr_iter(b'\n', text) {
        all += 1;
        let slashes = text[..newline].iter().rev().take_while(|byte| **byte == b'\\').count();
        continued += usize::from(slashes % 2 == 1);
    }
    continued >= LINES_MIN && continued as f64 >= SHARE_MIN * all as f64
}

/// Whether fields say `\N` for no value: nobody but MySQL and PostgreSQL writes that.
pub(super) fn has_nulls<'a>(mut lines: impl Iterator<Item = &'a [u8]>, delimiter: u8) -> bool {
    lines.any(|line| line.split(|byte| *byte == delimiter).any(|field| field == NULL))
}
