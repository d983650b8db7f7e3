//! The results of a scan by person, as CSV.

use super::csv::{digits, harmless, push_field};
use crate::identifier::Kind;
use crate::index::Breach;
use crate::index::class::DataClass;
use crate::query::{KindSet, Person, PersonFacts, Standing};
use std::io::{self, Write};

/// Writes `row,reference,answer,tier,kinds,unanswered_kinds,breaches,data_classes`: one line per person, in the order of
/// their first rows, whose number and reference they have.
///
/// `answer` is that of the totals; `not found in part` are people of whom an identifier could not be asked. Several kinds,
/// breaches and classes are joined by `;`. What does not count by `--count` is not in it.
pub struct PeopleWriter<W: Write> {
    out: W,
    breaches: Vec<String>,
    line: Vec<u8>,
    changed: String,
}

impl<W: Write> PeopleWriter<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(mut out: W, breaches: &[Breach]) -> io::Result<PeopleWriter<W>> {
        out.write_all(b"row,reference,answer,tier,kinds,unanswered_kinds,breaches,data_classes\n")?;
        Ok(PeopleWriter { out, breaches: names(breaches), line: Vec::new(), changed: String::new() })
    }

    /// Writes a person.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&mut self, person: &Person<'_>) -> io::Result<()> {
        let facts = person.facts;
        self.line.clear();
        self.line.extend_from_slice(digits(person.row, &mut [0; 20]));
        self.line.push(b',');
        push_field(harmless(person.reference, &mut self.changed), &mut self.line)?;
        let fields = [
            facts.standing().name().to_string(),
            facts.tier.map_or(String::new(), |tier| tier.name().to_string()),
            kinds(facts.found),
            kinds(facts.unanswered.without(facts.found)),
            breaches(facts, &self.breaches),
            classes(facts),
        ];
        for field in fields {
            self.line.push(b',');
            push_field(field.as_bytes(), &mut self.line)?;
        }
        self.line.push(b'\n');
        self.out.write_all(&self.line)
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

/// Writes everybody who was found, for a mail merge: the caller's columns, then `leaked_in` and `leaked_data_classes`.
///
/// Cells that a spreadsheet would take for a formula get an apostrophe in front, those of the caller too.
pub struct NotifyWriter<W: Write> {
    out: W,
    breaches: Vec<String>,
    line: Vec<u8>,
    changed: String,
}

impl<W: Write> NotifyWriter<W> {
    /// Writes the header: the names of the caller's columns, and ours.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn new(out: W, breaches: &[Breach], columns: &[Vec<u8>]) -> io::Result<NotifyWriter<W>> {
        let mut writer = NotifyWriter { out, breaches: names(breaches), line: Vec::new(), changed: String::new() };
        writer.line(columns.iter().map(Vec::as_slice), ["leaked_in", "leaked_data_classes"])?;
        Ok(writer)
    }

    /// Writes a person who was found.
    ///
    /// # Errors
    /// If `out` cannot be written.
    pub fn write(&mut self, person: &Person<'_>) -> io::Result<()> {
        if person.facts.standing() != Standing::Exposed {
            return Ok(());
        }
        let ours = [breaches(person.facts, &self.breaches), classes(person.facts)];
        self.line(person.carried.iter().copied(), [&ours[0], &ours[1]])
    }

    fn line<'c>(&mut self, cells: impl Iterator<Item = &'c [u8]>, ours: [&str; 2]) -> io::Result<()> {
        self.line.clear();
        for cell in cells {
            push_field(harmless(cell, &mut self.changed), &mut self.line)?;
            self.line.push(b',');
        }
        push_field(ours[0].as_bytes(), &mut self.line)?;
        self.line.push(b',');
        push_field(ours[1].as_bytes(), &mut self.line)?;
        self.line.push(b'\n');
        self.out.write_all(&self.line)
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

fn names(breaches: &[Breach]) -> Vec<String> {
    breaches.iter().map(|breach| breach.name.clone()).collect()
}

fn kinds(set: KindSet) -> String {
    set.kinds().map(Kind::name).collect::<Vec<_>>().join(";")
}

fn breaches(facts: &PersonFacts, names: &[String]) -> String {
    facts.breaches.iter().map(|place| names[*place as usize].as_str()).collect::<Vec<_>>().join(";")
}

fn classes(facts: &PersonFacts) -> String {
    facts.classes.classes().map(DataClass::name).collect::<Vec<_>>().join(";")
}
