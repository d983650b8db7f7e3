//! The row results of a scan as CSV.

use crate::index::Breach;
use crate::query::Answers;
use std::io::{self, Write};

/// Writes `row,reference,kind,tier,breach,data_classes`: one line per (row, kind, breach), in the list's order.
///
/// `row` is the 1-based number of the record without the header; classes are joined by `;`. No identifier of the list is
/// written, unless the caller made one the reference.
pub struct ExposureWriter<W: Write> {
    out: csv::Writer<W>,
    breaches: Vec<String>,
}

impl<W: Write> ExposureWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(out: W, breaches: &[Breach]) -> io::Result<ExposureWriter<W>> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(["row", "reference", "kind", "tier", "breach", "data_classes"]).map_err(io_error)?;
        Ok(ExposureWriter { out, breaches: breaches.iter().map(|breach| breach.name.clone()).collect() })
    }

    /// Writes the exposures of one block.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&mut self, answers: &Answers) -> io::Result<()> {
        let mut row = String::new();
        let mut classes = String::new();
        for exposure in &answers.exposures {
            row.clear();
            row.push_str(itoa(answers.row(exposure.record), &mut [0; 20]));
            classes.clear();
            for class in exposure.classes.classes() {
                if !classes.is_empty() {
                    classes.push(';');
                }
                classes.push_str(class.name());
            }
            let fields: [&[u8]; 6] = [
                row.as_bytes(),
                answers.reference(exposure.record),
                exposure.kind.name().as_bytes(),
                exposure.tier.name().as_bytes(),
                self.breaches[exposure.breach].as_bytes(),
                classes.as_bytes(),
            ];
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

/// Writes `row,reference,kind,reason`: what cannot be answered, in the list's order.
pub struct UnknownWriter<W: Write> {
    out: csv::Writer<W>,
}

impl<W: Write> UnknownWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(out: W) -> io::Result<UnknownWriter<W>> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(["row", "reference", "kind", "reason"]).map_err(io_error)?;
        Ok(UnknownWriter { out })
    }

    /// Writes the unknowns of one block.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&mut self, answers: &Answers) -> io::Result<()> {
        for unknown in &answers.unknowns {
            let row = answers.row(unknown.record).to_string();
            let kind = unknown.kind.map_or("", |kind| kind.name());
            let reference = answers.reference(unknown.record);
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
fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(cause) => cause,
        other => io::Error::other(format!("{other:?}")),
    }
}

/// Decimal digits without an allocation.
fn itoa(mut n: u64, buffer: &mut [u8; 20]) -> &str {
    let mut at = buffer.len();
    loop {
        at -= 1;
        buffer[at] = b'0' + (n % 10) as u8;
        n /= 10;
        if n == 0 {
            break;
        }
    }
    std::str::from_utf8(&buffer[at..]).unwrap_or_default()
}
