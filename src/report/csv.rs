//! The row results of a scan as CSV.

use crate::identifier::Kind;
use crate::index::Breach;
use crate::index::class::ClassMask;
use crate::plan::Tier;
use crate::query::{Answers, Exposure};
use crate::source::is_steering;
use std::io::{self, Write};

/// Writes `row,reference,kind,tier,breach,data_classes`: one line per (row, kind, breach), in the list's order.
///
/// `row` is the 1-based number of the record without the header; classes are joined by `;`. No identifier of the list is
/// written, unless the caller made one the reference. A reference that a spreadsheet would take for a formula, or that would
/// steer a terminal, is made harmless: see `harmless`.
///
/// Millions of lines differ in nothing but row and reference: their ends are made once, and kept. Cost: 10 ns a line.
pub struct ExposureWriter<W: Write> {
    out: W,
    breaches: Vec<String>,
    /// What follows the reference, by what it says; the end of the last line comes first.
    ends: Vec<(LineEnd, Vec<u8>)>,
    line: Vec<u8>,
    reference: String,
    /// Whether every line ends with a number of records.
    counts: bool,
}

/// What the end of a line depends on.
type LineEnd = (Kind, Tier, usize, ClassMask, u64);

/// Ends that are kept; more would be slower to search than to make.
const ENDS_MAX: usize = 16;

impl<W: Write> ExposureWriter<W> {
    /// Writes the header.
    ///
    /// Input: whether the list asks for a kind of which the number of records is kept. Every line then has a seventh field, which
    /// is empty for other kinds.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(mut out: W, breaches: &[Breach], counts: bool) -> io::Result<ExposureWriter<W>> {
        out.write_all(b"row,reference,kind,tier,breach,data_classes")?;
        out.write_all(if counts { b",records\n" } else { b"\n" })?;
        let breaches = breaches.iter().map(|breach| breach.name.clone()).collect();
        Ok(ExposureWriter { out, breaches, ends: Vec::new(), line: Vec::new(), reference: String::new(), counts })
    }

    /// Writes the exposures of one block.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&mut self, answers: &Answers) -> io::Result<()> {
        for exposure in &answers.exposures {
            self.line.clear();
            self.line.extend_from_slice(digits(answers.row(exposure.record), &mut [0; 20]));
            self.line.push(b',');
            push_field(harmless(answers.reference(exposure.record), &mut self.reference), &mut self.line)?;
            let Exposure { kind, tier, breach, classes, records, .. } = *exposure;
            let place = self.end_of((kind, tier, breach, classes, records))?;
            self.line.extend_from_slice(&self.ends[place].1);
            self.out.write_all(&self.line)?;
        }
        Ok(())
    }

    /// The place of the end of a line.
    fn end_of(&mut self, end: LineEnd) -> io::Result<usize> {
        match self.ends.iter().position(|(known, _)| *known == end) {
            Some(place) => {
                self.ends.swap(0, place);
            }
            None => {
                let (kind, tier, breach, classes, records) = end;
                let mut classes_text = String::new();
                for class in classes.classes() {
                    classes_text.push_str(if classes_text.is_empty() { "" } else { ";" });
                    classes_text.push_str(class.name());
                }
                let fields = [kind.name(), tier.name(), &self.breaches[breach], &classes_text];
                let mut bytes = Vec::new();
                for field in fields {
                    bytes.push(b',');
                    push_field(field.as_bytes(), &mut bytes)?;
                }
                if self.counts {
                    bytes.push(b',');
                    if kind.is_counted() {
                        bytes.extend_from_slice(digits(records, &mut [0; 20]));
                    }
                }
                bytes.push(b'\n');
                self.ends.truncate(ENDS_MAX - 1);
                self.ends.insert(0, (end, bytes));
            }
        }
        Ok(0)
    }

    /// Flushes, and gives the writer back.
    ///
    /// # Errors
    /// If the rest cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.out.flush()?;
        Ok(self.out)
    }
}

/// A cell of the list, so that it can be shown: one that begins like a formula (`=`, `+`, `-`, `@`) gets an apostrophe in
/// front, as spreadsheets write a text; characters that steer a terminal or turn the direction of text are replaced.
///
/// Source: CWE-1236; OWASP Application Security Verification Standard 4.0.3, 5.3.10.
pub(super) fn harmless<'a>(cell: &'a [u8], changed: &'a mut String) -> &'a [u8] {
    let begins_formula = matches!(cell.first(), Some(b'=' | b'+' | b'-' | b'@'));
    if !begins_formula && cell.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        return cell;
    }
    changed.clear();
    if begins_formula {
        changed.push('\'');
    }
    changed.extend(String::from_utf8_lossy(cell).chars().map(|c| if is_steering(c) { '\u{fffd}' } else { c }));
    changed.as_bytes()
}

/// Appends a field; in quotes, by the `csv` crate, where it has a character that means something.
fn push_field(field: &[u8], line: &mut Vec<u8>) -> io::Result<()> {
    if !field.iter().any(|byte| matches!(byte, b'"' | b',' | b'\n' | b'\r')) {
        line.extend_from_slice(field);
        return Ok(());
    }
    let mut quoted = csv::Writer::from_writer(Vec::new());
    quoted.write_record([field]).map_err(io_error)?;
    let quoted = quoted.into_inner().map_err(|error| error.into_error())?;
    line.extend_from_slice(quoted.strip_suffix(b"\n").unwrap_or(&quoted));
    Ok(())
}

/// Writes `row,reference,kind,reason`: what cannot be answered, in the list's order.
pub struct UnknownWriter<W: Write> {
    out: csv::Writer<W>,
    reference: String,
}

impl<W: Write> UnknownWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(out: W) -> io::Result<UnknownWriter<W>> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(["row", "reference", "kind", "reason"]).map_err(io_error)?;
        Ok(UnknownWriter { out, reference: String::new() })
    }

    /// Writes the unknowns of one block.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&mut self, answers: &Answers) -> io::Result<()> {
        for unknown in &answers.unknowns {
            let row = answers.row(unknown.record).to_string();
            let kind = unknown.kind.map_or("", |kind| kind.name());
            let reference = harmless(answers.reference(unknown.record), &mut self.reference);
            let fields = [row.as_bytes(), reference, kind.as_bytes(), unknown.reason.as_bytes()];
            self.out.write_record(fields).map_err(io_error)?;
        }
        Ok(())
    }

    /// Flushes, and gives the writer back.
    ///
    /// # Errors
    /// If the rest cannot be written.
    pub fn finish(self) -> io::Result<W> {
        self.out.into_inner().map_err(|error| error.into_error())
    }
}

/// The error of the file or stream itself: the conversion of the `csv` crate hides its kind, and with it a broken pipe.
pub(super) fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(cause) => cause,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Decimal digits without an allocation.
fn digits(mut n: u64, buffer: &mut [u8; 20]) -> &[u8] {
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    &buffer[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_what_the_csv_crate_writes() {
        for field in ["", "a", "a b", "a,b", "\"", "say \"hi\", twice", "two\nlines", "cr\r", ";", "'", "\u{738b}"] {
            let mut ours = b"7,".to_vec();
            push_field(field.as_bytes(), &mut ours).expect("memory takes everything");
            ours.extend_from_slice(b",email\n");
            let mut theirs = csv::Writer::from_writer(Vec::new());
            theirs.write_record(["7", field, "email"]).expect("memory takes everything");
            assert_eq!(ours, theirs.into_inner().expect("memory takes everything"), "{field:?}");
        }
    }

    #[test]
    fn references_are_harmless() {
        let check = |cell: &str, want: &str| {
            assert_eq!(String::from_utf8_lossy(harmless(cell.as_bytes(), &mut String::new())), want, "{cell:?}");
        };
        for cell in ["", "c1", "a=b", "2021-01", "\u{738b}\u{4f1f}", "'", " =x"] {
            check(cell, cell);
        }
        check("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0");
        check("@SUM", "'@SUM");
        check("+1", "'+1");
        check("-1", "'-1");
        check("\t=x", "\u{fffd}=x");
        check("\r=x", "\u{fffd}=x");
        check("\x1b]0;x\x07", "\u{fffd}]0;x\u{fffd}");
        check("a\u{9b}31mb\u{202e}c\0\x7f", "a\u{fffd}31mb\u{fffd}c\u{fffd}\u{fffd}");
        check("=\n", "'=\u{fffd}");
    }

    #[test]
    fn numbers_have_their_digits() {
        for n in [0, 9, 10, 12_345, u64::MAX] {
            assert_eq!(digits(n, &mut [0; 20]), n.to_string().as_bytes());
        }
    }
}
