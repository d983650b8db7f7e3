//! Writes the model incident into a directory: five dumps and a customer list; and tells what a scan has to find.

use super::dumps::{DUMPS, Dump, Packing, Shape, user_line};
use super::list;
use super::output::Output;
use super::people::People;
use super::population::Population;
use super::scribe::{Cell, Scribe};
use super::table::Table;
use super::truth::{Exposure, Truth, add_exposures};
use crate::index::class::ClassMask;
use crate::source::Progress;
use std::fmt;
use std::io::{self, Write};
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};

/// The name of the customer list.
const LIST_FILE: &str = "customers.csv";

/// Scales that make sense: below, a dump would be a handful of records; above, eight digits do not number all persons.
pub const SCALES: RangeInclusive<f64> = 0.001..=20.0;

/// Telephone numbers without a country code are of this region, in the dumps and in the list.
pub const REGION: &str = "CN";

/// The organisation of the employee numbers of the list; the dumps that need it name it too.
pub const SCOPE: &str = super::dumps::SCOPE;

/// gzip at its fastest: the dump is read once.
const GZIP_LEVEL: u32 = 1;
/// The default of zstd.
const ZSTD_LEVEL: i32 = 3;

/// A generated incident.
#[derive(Debug)]
pub struct Incident {
    /// The five dumps; the first is breach 1 of the truth.
    pub dumps: Vec<DumpFile>,
    /// The customer list.
    pub list: PathBuf,
    /// Rows of the list without the header.
    pub list_rows: u64,
    /// What a scan of the list has to find.
    pub truth: Truth,
}

/// A generated dump, and what its ingest has to be told.
#[derive(Debug)]
pub struct DumpFile {
    /// Where it lies.
    pub path: PathBuf,
    /// The name of its breach on the command line.
    pub breach: &'static str,
    /// The title of its breach.
    pub title: &'static str,
    /// Nothing in it is newer.
    pub breach_date: &'static str,
    /// Records, garbage included.
    pub records: u64,
    /// The organisation of its numbers, if it has such.
    pub scope: Option<&'static str>,
    /// `--map` options: none, since every header says what it is.
    pub map: &'static [&'static str],
}

/// Why an incident could not be generated.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The scale is none of [`SCALES`].
    Scale,
    /// A file of this name exists.
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// A file or the directory cannot be written.
    Write {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// [`Progress::request_stop`] was called.
    Stopped,
}

impl Error {
    /// What the user can do, where there is something.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Error::Scale => Some("`--scale 0.01` is a quick one, `--scale 1` the size of the model"),
            Error::Exists { .. } => Some("name an empty or a new directory; nothing is overwritten"),
            Error::Write { .. } | Error::Stopped => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Scale => write!(f, "the scale must lie between {} and {}", SCALES.start(), SCALES.end()),
            Error::Exists { path } => write!(f, "`{}` exists already", path.display()),
            Error::Write { path, source } => write!(f, "writing `{}`: {source}", path.display()),
            Error::Stopped => f.write_str("stopped before the incident was complete"),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Write { source, .. } => Some(source),
            _ => None,
        }
    }
}

/// Generates the incident of a seed in `dir`, which is created if it is missing.
///
/// The same scale and seed give the same bytes, for any number of threads (those of rayon's current pool). `progress`
/// counts the records of the list and of all dumps, and can stop the work.
///
/// # Errors
///
/// When the scale is not in [`SCALES`], when one of the files exists, when writing fails, when it is stopped. Whatever
/// was written is then removed.
///
/// # Cost
///
/// See [`crate::demo`]. About 15 MB of chunks in flight, and 24 bytes per exposure.
pub fn generate(dir: &Path, scale: f64, seed: u64, progress: &Progress) -> Result<Incident, Error> {
    if !SCALES.contains(&scale) {
        return Err(Error::Scale);
    }
    let world = World { people: People::new(seed), population: Population::new(scale, seed) };
    let names: Vec<_> = DUMPS.iter().map(|dump| dump.file).chain([LIST_FILE]).collect();
    let mut output = Output::new(dir, &names)?;
    let mut exposures = Vec::new();
    let mut dumps = Vec::new();
    for dump in &DUMPS {
        let records = world.population.records(dump.habit.place);
        let classes = dump.classes();
        let render = |records| world.dump_chunk(dump, &classes, records);
        let path = output.write(dump.file, records, progress, render, |found: Vec<_>| exposures.extend(found))?;
        dumps.push(dump_file(dump, path, records));
    }
    let list_rows = world.population.list_rows();
    let list = output.write(LIST_FILE, list_rows, progress, |rows| Ok((world.list_chunk(rows)?, ())), |()| ())?;
    output.keep();
    Ok(Incident { dumps, list, list_rows, truth: Truth::new(exposures) })
}

fn dump_file(dump: &Dump, path: PathBuf, records: u64) -> DumpFile {
    let Dump { breach, title, breach_date, scope, .. } = *dump;
    DumpFile { path, breach, title, breach_date, records, scope, map: &[] }
}

/// Who there is and where they stand.
struct World {
    people: People,
    population: Population,
}

impl World {
    fn list_chunk(&self, rows: Range<u64>) -> io::Result<Vec<u8>> {
        let is_first = rows.start == 0;
        let mut table = Table::COMMA.rows();
        if is_first {
            table.add(list::HEADERS)?;
        }
        for customer in rows {
            table.add(list::row(&self.people, &self.population, customer).iter().map(|cell| &cell.text))?;
        }
        table.finish(is_first)
    }

    fn dump_chunk(
        &self,
        dump: &Dump,
        classes: &[ClassMask],
        records: Range<u64>,
    ) -> io::Result<(Vec<u8>, Vec<Exposure>)> {
        let mut exposures = Vec::new();
        let cells = |record: u64| {
            let person = self.population.person(dump.habit.place, record)?;
            let cells = dump.cells(&mut Scribe::new(&self.people, &dump.habit, person, record));
            if self.population.is_customer(person) {
                self.expose(person, dump.habit.place, &cells, classes, &mut exposures);
            }
            Some(cells)
        };
        let text = match &dump.shape {
            Shape::Table(table) => self.table_chunk(dump, table, records, cells),
            Shape::Users => self.users_chunk(dump, records, cells),
        };
        Ok((pack(text?, dump.packing)?, exposures))
    }

    fn expose(&self, customer: u64, breach: u8, cells: &[Cell], classes: &[ClassMask], found: &mut Vec<Exposure>) {
        let present = cells.iter().zip(classes).filter(|(cell, _)| cell.is_present);
        let mask = present.fold(ClassMask::NONE, |mask, (_, class)| mask.union(*class));
        let listed = list::row(&self.people, &self.population, customer);
        add_exposures(found, (customer + 1, &listed), (breach, cells), mask);
    }

    fn table_chunk(
        &self,
        dump: &Dump,
        table: &Table,
        records: Range<u64>,
        mut cells: impl FnMut(u64) -> Option<Vec<Cell>>,
    ) -> io::Result<Vec<u8>> {
        let is_first = records.start == 0;
        let mut rows = table.rows();
        if is_first {
            rows.add(dump.columns.iter().map(|(header, _)| header))?;
        }
        for record in records {
            match cells(record) {
                Some(cells) => rows.add(cells.iter().map(|cell| &cell.text))?,
                None => rows.add(dump.garbage(self.people.seed(), record))?,
            }
        }
        rows.finish(is_first)
    }

    fn users_chunk(
        &self,
        dump: &Dump,
        records: Range<u64>,
        mut cells: impl FnMut(u64) -> Option<Vec<Cell>>,
    ) -> io::Result<Vec<u8>> {
        let mut lines = Vec::new();
        for record in records {
            match cells(record) {
                Some(cells) => serde_json::to_writer(&mut lines, &user_line(&cells))?,
                None => lines.extend(dump.garbage(self.people.seed(), record).concat().into_bytes()),
            }
            lines.push(b'\n');
        }
        Ok(lines)
    }
}

/// Packs the text of one chunk, so that packing is parallel and a file has many members or frames.
fn pack(text: Vec<u8>, packing: Packing) -> io::Result<Vec<u8>> {
    match packing {
        Packing::Plain => Ok(text),
        Packing::Gzip => {
            let mut member = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(GZIP_LEVEL));
            member.write_all(&text)?;
            member.finish()
        }
        Packing::Zstd => zstd::encode_all(text.as_slice(), ZSTD_LEVEL),
    }
}
