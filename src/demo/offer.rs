//! What the company has to judge before it ingests anything: a sample that it was offered, and its own lists.
//!
//! The sample is the beginning of the dump of owners. The owners' list has all persons of that dump, as the company writes
//! them, and those who came after the extract; a few have another number by now, and the day on which they gave it. The
//! employees' list has nothing to do with the sample.

use super::dumps::{DUMPS, Dump};
use super::generate::Error;
use super::output::Output;
use super::people::{People, address, day_after};
use super::population::Population;
use super::random::{Random, Stream};
use super::scribe::{Cell, Habit, Scribe};
use super::table::Table;
use crate::source::Progress;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// Records of the sample at scale 1; at small scales it is a larger part of the dump.
const SAMPLE_RECORDS: f64 = 5_000.0;
const SAMPLE_RECORDS_MIN: u64 = 200;
/// Owners who came after the extract, of a hundred in the dump: in the sixteen months from then to the offer.
const NEW_PERCENT: u64 = 20;
/// The days from the extract to the offer, of which the first is 2021-07-25.
const NEW_DAYS: u64 = 487;
/// Days from the beginning of 2015 to the extract.
const OLD_DAYS: u64 = 2_397;
/// Owners who gave another number after the extract, of a hundred.
const CHANGED_PERCENT: u64 = 6;

/// What the column says when a row was made, and changed last.
pub(super) const CREATED: &str = "registered";
pub(super) const UPDATED: &str = "last_changed";

/// The places of the dumps of employees and of owners.
const EMPLOYEES: usize = 0;
const OWNERS: usize = 1;

/// How the company itself writes its owners.
const OWNERS_LIST: Habit = Habit {
    place: 6,
    tidy_emails: 90,
    tidy: 90,
    international_phones: true,
    aliases: 0,
    void_identifiers: 1,
    void_facts: 1,
};

/// ... and its employees.
const EMPLOYEES_LIST: Habit = Habit { place: 7, ..OWNERS_LIST };

/// A sample, and the lists that it is compared with.
#[derive(Debug)]
pub struct Offer {
    /// The sample.
    pub sample: PathBuf,
    /// The records in it.
    pub records: u64,
    /// Our lists of owners and of employees.
    pub lists: [PathBuf; 2],
}

/// Writes the sample and the lists of an incident into `dir`, which is created if it is missing.
///
/// # Errors
/// As [`super::generate::generate`].
pub fn offer(dir: &Path, scale: f64, seed: u64, progress: &Progress) -> Result<Offer, Error> {
    let company = Company { people: People::new(seed), population: Population::new(scale, seed) };
    let names = ["sample.csv", "our-owners.csv", "our-employees.csv"];
    let mut output = Output::new(dir, &names)?;
    let owners = company.records(OWNERS);
    let records = ((SAMPLE_RECORDS * scale) as u64).max(SAMPLE_RECORDS_MIN).min(owners);
    let render = |rows| Ok((company.sample(rows)?, ()));
    let sample = output.write(names[0], records, progress, render, |()| ())?;
    let all = owners + (owners * NEW_PERCENT).div_ceil(100);
    let render = |rows| Ok((company.owners(rows)?, ()));
    let our_owners = output.write(names[1], all, progress, render, |()| ())?;
    let render = |rows| Ok((company.employees(rows)?, ()));
    let our_employees = output.write(names[2], company.records(EMPLOYEES), progress, render, |()| ())?;
    output.keep();
    Ok(Offer { sample, records, lists: [our_owners, our_employees] })
}

/// Who there is.
struct Company {
    people: People,
    population: Population,
}

impl Company {
    fn records(&self, dump: usize) -> u64 {
        self.population.records(DUMPS[dump].habit.place)
    }

    fn person(&self, dump: usize, record: u64) -> Option<u64> {
        self.population.person(DUMPS[dump].habit.place, record)
    }

    fn scribe<'a>(&'a self, habit: &'a Habit, person: u64, record: u64) -> Scribe<'a> {
        Scribe::new(&self.people, habit, person, record)
    }

    /// The records of the dump of owners, as they stand there.
    fn sample(&self, rows: Range<u64>) -> io::Result<Vec<u8>> {
        let dump: &Dump = &DUMPS[OWNERS];
        let is_first = rows.start == 0;
        let mut table = dump.table().rows();
        if is_first {
            table.add(dump.columns.iter().map(|(header, _)| header))?;
        }
        for record in rows {
            match self.person(OWNERS, record) {
                Some(person) => {
                    let cells = dump.cells(&mut self.scribe(&dump.habit, person, record));
                    table.add(cells.iter().map(|cell| &cell.text))?;
                }
                None => table.add(dump.garbage(self.people.seed(), record))?,
            }
        }
        table.finish(is_first)
    }

    fn owners(&self, rows: Range<u64>) -> io::Result<Vec<u8>> {
        let is_first = rows.start == 0;
        let mut table = Table::COMMA.rows();
        if is_first {
            table.add(["owner_ref", "name", "id_card", "phone", "gender", "address", CREATED, UPDATED])?;
        }
        for row in rows {
            if let Some(cells) = self.owner(row) {
                table.add(cells.iter().map(|cell| &cell.text))?;
            }
        }
        table.finish(is_first)
    }

    /// A row of the owners' list; none where the dump has no person.
    fn owner(&self, row: u64) -> Option<[Cell; 8]> {
        let in_dump = row < self.records(OWNERS);
        let mut random = Random::new(self.people.seed(), Stream::Person, u64::MAX / 2 - row);
        // Persons behind those of every dump.
        let newcomer = self.population.list_rows() + self.population.records(DUMPS[2].habit.place) + row;
        let person = if in_dump { self.person(OWNERS, row)? } else { newcomer };
        // The dump has the street and the day of this list.
        let dump = &DUMPS[OWNERS].habit;
        let (city, street) = address(&mut self.scribe(dump, person, row).random);
        let made = if in_dump {
            DUMPS[OWNERS].cells(&mut self.scribe(dump, person, row)).pop().map(|cell| cell.text.replace('/', "-"))
        } else {
            Some(day_after(2015, OLD_DAYS + random.below(NEW_DAYS)).to_string())
        };
        let made = made.unwrap_or_default();
        let is_changed = in_dump && random.percent(CHANGED_PERCENT);
        let changed =
            if is_changed { day_after(2015, OLD_DAYS + random.below(NEW_DAYS)).to_string() } else { made.clone() };
        let scribe = &mut self.scribe(&OWNERS_LIST, person, row);
        Some([
            Cell::fact(format!("O{:08}", row + 1)),
            scribe.name(),
            scribe.national_id(),
            scribe.phone(u64::from(is_changed)),
            scribe.gender(),
            scribe.fact(format!("{city}{street}")),
            Cell::fact(made),
            Cell::fact(changed),
        ])
    }

    fn employees(&self, rows: Range<u64>) -> io::Result<Vec<u8>> {
        let is_first = rows.start == 0;
        let mut table = Table::COMMA.rows();
        if is_first {
            table.add(["employee_no", "name", "email", "phone"])?;
        }
        for row in rows {
            let Some(person) = self.person(EMPLOYEES, row) else { continue };
            let scribe = &mut self.scribe(&EMPLOYEES_LIST, person, row);
            let cells = [scribe.employee_no(), scribe.name(), scribe.work_email(), scribe.phone(0)];
            table.add(cells.iter().map(|cell| &cell.text))?;
        }
        table.finish(is_first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::generate::generate;

    #[test]
    fn the_sample_is_the_beginning_of_the_dump() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let (scale, seed, progress) = (0.01, 3, Progress::new());
        let incident = generate(&dir.path().join("incident"), scale, seed, &progress).expect("an incident");
        let offer = offer(&dir.path().join("claim"), scale, seed, &progress).expect("an offer");
        let sample = std::fs::read(&offer.sample).expect("a sample");
        let dump = std::fs::read(&incident.dumps[OWNERS].path).expect("a dump");
        assert!(dump.starts_with(&sample) && sample.len() < dump.len());
        assert_eq!((offer.records, sample.iter().filter(|byte| **byte == b'\n').count()), (200, 201));
        let list = std::fs::read_to_string(&offer.lists[0]).expect("a list");
        // 399 records, of which two are garbage, and a fifth more.
        assert_eq!(list.lines().count(), 1 + 397 + 80);
        let days = list.lines().skip(398).map(|line| line.rsplit(',').nth(1).expect("a day"));
        assert!(days.clone().all(|day| day > "2021-07-24" && day < "2022-12"), "{:?}", days.min());
    }
}
