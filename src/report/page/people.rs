//! The exposed people themselves, for whoever asks for them: the first thousand, masked unless said otherwise.

use super::scan::ScanReport;
use super::{Block, Cell, Row, Section, Table};
use crate::identifier::mask_sample;
use crate::index::class::DataClass;
use crate::plan::Kept;
use crate::query::Person;
use crate::report::text::count;
use zeroize::Zeroizing;

/// More people are in the result files: a page of them would not be read.
const SHOWN_MAX: usize = 1000;

/// The first exposed people of a list.
pub struct ShownPeople {
    columns: Vec<String>,
    unmasked: bool,
    /// Whether the reference is an identifier.
    is_reference_identifier: bool,
    /// Whether a person may have several rows.
    by_person: bool,
    list: Vec<Shown>,
}

/// A person, with the texts that a page shows of it.
struct Shown {
    row: u64,
    reference: Zeroizing<String>,
    values: Vec<Zeroizing<String>>,
    breaches: Vec<usize>,
    classes: Vec<DataClass>,
}

impl ShownPeople {
    /// Nobody yet. `columns` are the names of the columns of the identifiers in `kept`.
    pub fn new(columns: Vec<String>, kept: &Kept, unmasked: bool) -> ShownPeople {
        let is_reference_identifier = kept.reference.is_some_and(|place| kept.values.contains(&place));
        let by_person = kept.person.is_some();
        ShownPeople { columns, unmasked, is_reference_identifier, by_person, list: Vec::new() }
    }

    /// Takes a person, if it is exposed and there is room.
    pub fn take(&mut self, person: &Person<'_>) {
        if !person.outcome.exposed || self.list.len() == SHOWN_MAX {
            return;
        }
        let text = |bytes: &[u8]| Zeroizing::new(String::from_utf8_lossy(bytes).trim().to_string());
        let value = |bytes: &[u8]| match self.unmasked {
            true => text(bytes),
            false => Zeroizing::new(mask_sample(&text(bytes))),
        };
        let values = person.values.iter().map(|bytes| value(bytes)).collect();
        let reference = match self.is_reference_identifier {
            true => value(person.reference),
            false => text(person.reference),
        };
        let (breaches, classes) = (person.breaches.to_vec(), person.classes.classes().collect());
        self.list.push(Shown { row: person.row, reference, values, breaches, classes });
    }

    /// How many people are shown.
    pub fn count(&self) -> u64 {
        self.list.len() as u64
    }

    /// The section of the report about them.
    pub(super) fn section(&self, report: &ScanReport<'_>) -> Section {
        // One narrow line for each, as wide tables of so many columns are read by nobody.
        let row = |person: &Shown| {
            let names: Vec<&str> =
                person.breaches.iter().map(|place| report.facts.breaches[*place].name.as_str()).collect();
            let classes: Vec<&str> = person.classes.iter().map(|class| class.name()).collect();
            let values = self.columns.iter().zip(&person.values).filter(|(_, value)| !value.is_empty());
            let values: Vec<String> = values.map(|(column, value)| format!("{column}: {}", value.as_str())).collect();
            Row {
                head: match person.reference.as_str() {
                    "" => person.row.to_string(),
                    reference => format!("{} \u{b7} {reference}", person.row),
                },
                note: format!("{}: {}", names.join(", "), classes.join(", ")),
                cells: vec![Cell::Text(values.join(" \u{b7} "))],
                ..Row::default()
            }
        };
        let columns = match self.by_person {
            true => {
                ["First row of the person, breaches, and what leaked", "Identifiers in the first row that is exposed"]
            }
            false => ["Row of the list, breaches, and what leaked", "Identifiers"],
        };
        let mut table =
            Table::new("Exposed people in the order of the list", &columns, self.list.iter().map(row).collect());
        let more = report.scope.people.exposed.saturating_sub(self.count());
        table.rest = (more > 0).then(|| format!("And {} more: the result files have all of them.", count(more)));
        let text = match self.unmasked {
            true => {
                "This section holds the personal data of the people below, as they stand in the list. Keep this file as you keep the list."
            }
            false => {
                "The identifiers are masked. Together with the rest of a line they can still tell who somebody is: keep this file as you keep the list."
            }
        };
        Section::new("Who is exposed", vec![Block::Alert(text.into()), Block::Table(table)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Outcome;

    #[test]
    fn only_exposed_people_are_shown_masked_and_not_too_many() {
        let person = |exposed| Person {
            outcome: Outcome { exposed, ..Outcome::default() },
            values: vec![b"alice@example.com", b""],
            ..Person::default()
        };
        let mut shown = ShownPeople::new(vec!["email".into(), "phone".into()], &Kept::default(), false);
        shown.take(&person(false));
        assert_eq!(shown.count(), 0);
        (0..SHOWN_MAX + 5).for_each(|_| shown.take(&person(true)));
        assert_eq!(shown.count() as usize, SHOWN_MAX);
        assert_eq!(shown.list[0].values.iter().map(|text| text.as_str()).collect::<Vec<_>>(), ["a***@e***.com", ""]);
        let mut shown = ShownPeople::new(Vec::new(), &Kept::default(), true);
        shown.take(&person(true));
        assert_eq!(shown.list[0].values[0].as_str(), "alice@example.com");
    }
}
