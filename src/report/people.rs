//! One line per person: what became of everybody, and what to tell whom.

use super::csv::{harmless, io_error};
use crate::index::Breach;
use crate::index::class::ClassMask;
use crate::query::Person;
use std::io::{self, Write};

/// Writes `row,reference,answer,tier,breaches,data_classes`, a line per person: the number and the reference of its first
/// row, the strongest tier, and names joined by `;`. Only exposures that count are looked at.
pub struct PeopleWriter<W: Write> {
    out: csv::Writer<W>,
    breaches: Vec<String>,
}

impl<W: Write> PeopleWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(out: W, breaches: &[Breach]) -> io::Result<PeopleWriter<W>> {
        let mut out = csv::Writer::from_writer(out);
        out.write_record(["row", "reference", "answer", "tier", "breaches", "data_classes"]).map_err(io_error)?;
        Ok(PeopleWriter { out, breaches: breaches.iter().map(|breach| breach.name.clone()).collect() })
    }

    /// Writes a person.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&mut self, person: &Person<'_>) -> io::Result<()> {
        let mut changed = String::new();
        let reference = harmless(person.reference, &mut changed);
        let names: Vec<&str> = person.breaches.iter().map(|place| self.breaches[*place].as_str()).collect();
        let (row, breaches, classes) = (person.row.to_string(), names.join(";"), joined(person.classes));
        let tier = person.tier.map_or("", |tier| tier.name());
        let fields = [row.as_bytes(), reference, person.outcome.answer().as_bytes(), tier.as_bytes()];
        let fields = fields.into_iter().chain([breaches.as_bytes(), classes.as_bytes()]);
        self.out.write_record(fields).map_err(io_error)
    }

    /// Flushes, and gives the writer back.
    ///
    /// # Errors
    /// If the rest cannot be written.
    pub fn finish(self) -> io::Result<W> {
        self.out.into_inner().map_err(|error| error.into_error())
    }
}

/// Writes the caller's own columns of everybody who is exposed, and behind them `data_classes`: what of theirs leaked, for a
/// letter to each. The lines hold personal data. Cells that a spreadsheet would take for formulas are made harmless.
pub struct NotifyWriter<W: Write> {
    out: csv::Writer<W>,
    lines: u64,
}

impl<W: Write> NotifyWriter<W> {
    /// Writes the header: the names of the caller's columns.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(out: W, columns: &[String]) -> io::Result<NotifyWriter<W>> {
        let mut out = csv::Writer::from_writer(out);
        for name in columns {
            out.write_field(harmless(name.as_bytes(), &mut String::new())).map_err(io_error)?;
        }
        out.write_field("data_classes").map_err(io_error)?;
        out.write_record(None::<&[u8]>).map_err(io_error)?;
        Ok(NotifyWriter { out, lines: 0 })
    }

    /// Writes a person, if it is exposed.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&mut self, person: &Person<'_>) -> io::Result<()> {
        if !person.outcome.exposed {
            return Ok(());
        }
        self.lines += 1;
        for cell in &person.cells {
            self.out.write_field(harmless(cell, &mut String::new())).map_err(io_error)?;
        }
        self.out.write_field(joined(person.classes)).map_err(io_error)?;
        self.out.write_record(None::<&[u8]>).map_err(io_error)
    }

    /// People written so far.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Flushes, and gives the writer back.
    ///
    /// # Errors
    /// If the rest cannot be written.
    pub fn finish(self) -> io::Result<W> {
        self.out.into_inner().map_err(|error| error.into_error())
    }
}

/// The names of classes, joined by `;`.
fn joined(classes: ClassMask) -> String {
    classes.classes().map(|class| class.name()).collect::<Vec<_>>().join(";")
}
