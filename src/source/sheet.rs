//! Spreadsheets as text: each sheet that is not empty becomes delimited text in UTF-8.
//!
//! A sheet of xlsx, xlsb and ods is read cell by cell; an xls is in memory as a whole, as its reader has it: what that takes is
//! told from its records before (`biff.rs`), and its container is followed (`compound.rs`). Of what is read cell by cell no
//! part may be longer than [`PART_BYTES_MAX`]. Empty rows are passed over, and so are up to [`TITLES_MAX`] rows of one cell above a
//! table: they are its title, and would be taken for the names of its columns. Every row has at least as many fields as the first,
//! so that a sheet whose last columns have gaps stays a table.
//!
//! A spreadsheet keeps 15 digits of a number. A longer one is not what somebody typed: it is written the way a
//! spreadsheet shows it, `1.10105199001012E+17`, which is refused downstream as damage. A program that writes workbooks
//! may have stored 16 digits whole: below 2^53, and not ending in the zero that a spreadsheet puts there.
//!
//! Source: ECMA-376 part 1, 18.17.4 (dates); "Excel specifications and limits", number precision of 15 digits.

mod biff;
mod compound;
mod ods;
mod xlsb;

use std::fmt::Write as _;
use std::io::{self, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Cell, Data, DataRef, DataType, Range, Reader, SheetType, Xls, XlsError, Xlsx, XlsxError};
use zeroize::{Zeroize, Zeroizing};
use zip::ZipArchive;

use super::archive::{Leaf, Notes, Stop, Unwanted, Walker, limit, sheet_name};
use super::error::{Error, Limit};
use compound::Refused;

const WHAT: &str = "the workbook";
/// Integers below are exact whatever wrote them.
const EXACT: f64 = 1e15;
/// Integers below are exact if a program wrote them.
const EXACT_IN_BINARY: f64 = 9_007_199_254_740_992.0;
/// The last column of every format.
const COLUMNS_MAX: u32 = 16_384;
/// Compressed bytes between one cell and the next. The longest text of a cell, 32,767 characters, takes less in any script;
/// what a hostile one makes of it in memory, 1,032 times as much, is bounded by it.
const PART_BYTES_MAX: u64 = 128 << 10;
const PART_MEMORY_BYTES: u64 = PART_BYTES_MAX << 10;
/// So many rows of one cell can be the title of a table, if the row behind them has so many cells.
const TITLES_MAX: usize = 8;
const TABLE_CELLS_MIN: u32 = 3;
/// A title is short.
const TITLE_BYTES_MAX: usize = 1024;
/// Of a row so much is held; of a longer one the begin is handed out before its end is known.
const ROW_BYTES_HELD: usize = 256 << 10;

/// Which workbook a zip archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Xlsx,
    Xlsb,
    Ods,
}

impl Format {
    /// By the names of its parts.
    pub(super) fn of<S: Read + Seek>(archive: &ZipArchive<S>) -> Option<Format> {
        let has = |name: &str| archive.index_for_name(name).is_some();
        match () {
            () if has("xl/workbook.bin") => Some(Format::Xlsb),
            () if has("[Content_Types].xml") && has("xl/workbook.xml") => Some(Format::Xlsx),
            () if has("content.xml") && has("mimetype") && has("META-INF/manifest.xml") => Some(Format::Ods),
            () => None,
        }
    }
}

/// Walks the sheets of a workbook that is a zip archive.
pub(super) fn walk_zipped<S: Read + Seek>(
    walker: &mut Walker,
    name: &str,
    mut archive: ZipArchive<S>,
    format: Format,
    notes: &Notes,
) -> Result<(), Stop> {
    survive(walker, name, |walker| match format {
        Format::Xlsx => walk_xlsx(walker, name, archive.into_inner(), notes),
        Format::Xlsb => xlsb::walk(walker, name, &mut archive, notes),
        Format::Ods => ods::walk(walker, name, &mut archive, notes),
    })
}

/// Walks the sheets of a workbook of before 2007, or tells that it is none.
pub(super) fn walk_xls<S: Read + Seek>(walker: &mut Walker, name: &str, mut source: S) -> Result<(), Stop> {
    let max = walker.limits.workbook_bytes_max;
    let refused = match compound::workbook(&mut source, max) {
        Ok(Some(book)) if biff::is_locked(&book) => return walker.report(locked(name)),
        Ok(Some(book)) if biff::cost(&book, max) > max => Some(Refused::TooLarge),
        Ok(_) => None,
        Err(refused) => Some(refused),
    };
    match refused {
        Some(Refused::TooLarge) => return walker.report(limit(name, Limit::Memory(max))),
        Some(Refused::Damaged) => return walker.report(damaged(name)),
        None => {}
    }
    if source.rewind().is_err() {
        return walker.report(damaged(name));
    }
    survive(walker, name, |walker| walk_compound(walker, name, source))
}

fn walk_compound<S: Read + Seek>(walker: &mut Walker, name: &str, mut source: S) -> Result<(), Stop> {
    // Around an encrypted workbook of after 2007 stands the same container.
    if let Err(XlsxError::Password) = Xlsx::new(&mut source) {
        return walker.report(locked(name));
    }
    if source.rewind().is_err() {
        return walker.report(damaged(name));
    }
    match Xls::new(source) {
        Ok(book) => walk_ranges(walker, name, book),
        Err(XlsError::Password) => walker.report(locked(name)),
        Err(_) => walker.report(damaged(name)),
    }
}

/// A panic of a reader is damage of its workbook, and of nothing around it.
fn survive(walker: &mut Walker, name: &str, walk: impl FnOnce(&mut Walker) -> Result<(), Stop>) -> Result<(), Stop> {
    let walked = catch_unwind(AssertUnwindSafe(|| walk(&mut *walker)));
    walked.unwrap_or_else(|_| walker.report(damaged(name)))
}

fn walk_xlsx<S: Read + Seek>(walker: &mut Walker, name: &str, mut source: S, notes: &Notes) -> Result<(), Stop> {
    if source.rewind().is_err() {
        return walker.report(damaged(name));
    }
    let mut book = match Xlsx::new(source) {
        Ok(book) => book,
        Err(XlsxError::Password) => return walker.report(locked(name)),
        Err(_) => return walker.report(failed(name, notes)),
    };
    for sheet in worksheets(&book) {
        let rows = Rows::new(walker.leaf(sheet_name(name, &sheet), None));
        notes.allow(PART_BYTES_MAX);
        match book.worksheet_cells_reader(&sheet) {
            Ok(mut cells) => put_cells(rows, name, notes, || cells.next_cell().map_err(drop))?,
            Err(_) => rows.fail(failed(name, notes))?,
        }
    }
    Ok(())
}

/// Hands out the cells of a sheet, in the order in which they come.
fn put_cells<'c>(
    mut rows: Rows<'_>,
    name: &str,
    notes: &Notes,
    mut next: impl FnMut() -> Result<Option<Cell<DataRef<'c>>>, ()>,
) -> Result<(), Stop> {
    loop {
        notes.allow(PART_BYTES_MAX);
        match next() {
            Ok(Some(cell)) => {
                let (row, column) = cell.get_position();
                if rows.put(row, column, cell.get_value())?.is_err() {
                    return Ok(());
                }
            }
            Ok(None) => return rows.end(),
            Err(()) => return rows.fail(failed(name, notes)),
        }
    }
}

fn walk_ranges<S: Read + Seek, B: Reader<S>>(walker: &mut Walker, name: &str, mut book: B) -> Result<(), Stop> {
    for sheet in worksheets(&book) {
        let mut rows = Rows::new(walker.leaf(sheet_name(name, &sheet), None));
        match book.worksheet_range(&sheet) {
            Ok(range) => put_range(&mut rows, &range)?,
            Err(_) => rows.fail(damaged(name))?,
        }
    }
    Ok(())
}

fn put_range(rows: &mut Rows<'_>, range: &Range<Data>) -> Result<(), Stop> {
    for (row, column, value) in range.used_cells() {
        if rows.put(row as u32, column as u32, &borrowed(value))?.is_err() {
            return Ok(());
        }
    }
    rows.end()
}

fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => DataRef::SharedString(text),
        Data::Bool(value) => DataRef::Bool(*value),
        Data::DateTime(moment) => DataRef::DateTime(*moment),
        Data::Error(_) | Data::Empty => DataRef::Empty,
    }
}

/// Names of the sheets with cells, hidden ones included.
fn worksheets<S: Read + Seek, B: Reader<S>>(book: &B) -> Vec<String> {
    let sheets = book.sheets_metadata().iter();
    sheets.filter(|sheet| sheet.typ == SheetType::WorkSheet).map(|sheet| sheet.name.clone()).collect()
}

fn damaged(name: &str) -> Error {
    Error::Archive { path: name.to_owned(), what: WHAT, why: "is damaged, or no spreadsheet" }
}

/// Why a part could not be read on.
fn failed(name: &str, notes: &Notes) -> Error {
    match () {
        () if notes.is_exhausted() => limit(name, Limit::Memory(PART_MEMORY_BYTES)),
        () if notes.has_failed() => notes.error(name, WHAT, io::ErrorKind::InvalidData.into()),
        () => damaged(name),
    }
}

fn locked(name: &str) -> Error {
    Error::Locked { path: name.to_owned(), workbook: true, tried: 0 }
}

/// Cells, in order, become rows of text.
struct Rows<'w> {
    leaf: Leaf<'w>,
    text: Zeroizing<String>,
    row: u32,
    /// Fields of the row so far.
    fields: u32,
    /// Those of them that are not empty.
    cells: u32,
    /// Fields of the first row.
    width: u32,
    /// The first rows, as long as each has one cell: a title, if a table follows. Empty once rows were handed out.
    titles: Vec<Zeroizing<String>>,
    value: Zeroizing<String>,
}

impl<'w> Rows<'w> {
    fn new(leaf: Leaf<'w>) -> Rows<'w> {
        let empty = || Zeroizing::new(String::new());
        Rows { leaf, text: empty(), row: 0, fields: 0, cells: 0, width: 0, titles: Vec::new(), value: empty() }
    }

    /// Adds a cell. Unwanted: nobody reads the sheet any more.
    fn put(&mut self, row: u32, column: u32, value: &DataRef<'_>) -> Result<Result<(), Unwanted>, Stop> {
        if value.is_empty() {
            return Ok(Ok(()));
        }
        let mut text = std::mem::take(&mut self.value);
        text.zeroize();
        write_value(&mut text, value);
        let put = self.put_text(row, column, &text);
        self.value = text;
        put
    }

    /// Adds a cell with this text.
    fn put_text(&mut self, row: u32, column: u32, value: &str) -> Result<Result<(), Unwanted>, Stop> {
        if column >= COLUMNS_MAX {
            return Ok(Ok(()));
        }
        // A cell that goes back is damage; as a row of its own it is not lost.
        if (row != self.row || column < self.fields) && self.flush()?.is_err() {
            return Ok(Err(Unwanted));
        }
        self.row = row;
        for _ in self.fields.max(1)..=column {
            self.text.push(',');
        }
        self.fields = column + 1;
        self.cells += 1;
        write_field(&mut self.text, value);
        if self.text.len() > ROW_BYTES_HELD { self.hand_out() } else { Ok(Ok(())) }
    }

    /// Hands out what there is of the row.
    fn hand_out(&mut self) -> Result<Result<(), Unwanted>, Stop> {
        let written = self.leaf.write(self.text.as_bytes());
        self.text.zeroize();
        written
    }

    /// Hands out the row, if it has anything.
    fn flush(&mut self) -> Result<Result<(), Unwanted>, Stop> {
        if self.fields == 0 {
            return Ok(Ok(()));
        }
        let cells = std::mem::take(&mut self.cells);
        let may_be_title = cells == 1 && self.text.len() <= TITLE_BYTES_MAX && !may_be_identifier(&self.text);
        if self.width == 0 && may_be_title && self.titles.len() < TITLES_MAX {
            self.titles.push(std::mem::take(&mut self.text));
            self.fields = 0;
            return Ok(Ok(()));
        }
        if cells >= TABLE_CELLS_MIN {
            self.titles.clear();
        }
        if self.hand_out_titles()?.is_err() {
            return Ok(Err(Unwanted));
        }
        for _ in self.fields..self.width {
            self.text.push(',');
        }
        self.width = if self.width == 0 { self.fields } else { self.width };
        self.fields = 0;
        self.text.push('\n');
        self.hand_out()
    }

    /// Hands out the rows that turned out to be none of a title.
    fn hand_out_titles(&mut self) -> Result<Result<(), Unwanted>, Stop> {
        for title in std::mem::take(&mut self.titles) {
            let fields = 1 + title.bytes().take_while(|byte| *byte == b',').count() as u32;
            self.width = if self.width == 0 { fields } else { self.width };
            let padding = ",".repeat(self.width.saturating_sub(fields) as usize);
            for part in [title.as_bytes(), padding.as_bytes(), b"\n"] {
                if self.leaf.write(part)?.is_err() {
                    return Ok(Err(Unwanted));
                }
            }
        }
        Ok(Ok(()))
    }

    fn fail(mut self, error: Error) -> Result<(), Stop> {
        if self.hand_out_titles()?.is_err() {
            return Ok(());
        }
        self.leaf.fail(error)
    }

    fn end(&mut self) -> Result<(), Stop> {
        if self.flush()?.is_ok() && self.hand_out_titles()?.is_ok() {
            self.leaf.end();
        }
        Ok(())
    }
}

/// Whether a cell that stands alone may be an identifier: then it is handed out, whatever follows. A title holds a day at most.
fn may_be_identifier(text: &str) -> bool {
    const DIGITS_OF_DAY: usize = 8;
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let is_number = |word: &str| word.len() > "31.12.2021".len() && word.bytes().any(|byte| byte.is_ascii_digit());
    text.contains('@') || digits > DIGITS_OF_DAY || text.split_whitespace().any(is_number)
}

/// Quotes where the text would be taken apart otherwise.
fn write_field(out: &mut String, value: &str) {
    if !value.contains([',', '"', '\n', '\r']) {
        out.push_str(value);
        return;
    }
    out.push('"');
    for (index, part) in value.split('"').enumerate() {
        out.push_str(if index > 0 { "\"\"" } else { "" });
        out.push_str(part);
    }
    out.push('"');
}

fn write_value(out: &mut String, value: &DataRef<'_>) {
    // Writing to a string does not fail.
    let _ = match value {
        DataRef::Int(number) => write!(out, "{number}"),
        DataRef::Float(number) => write_number(out, *number),
        DataRef::String(text) | DataRef::DurationIso(text) => out.write_str(text),
        DataRef::SharedString(text) => out.write_str(text),
        DataRef::DateTimeIso(text) => out.write_str(text.strip_suffix("T00:00:00").unwrap_or(text)),
        DataRef::Bool(value) => write!(out, "{value}"),
        DataRef::DateTime(moment) => write_moment(out, moment),
        DataRef::Error(_) | DataRef::Empty => Ok(()),
    };
}

fn write_number(out: &mut String, number: f64) -> std::fmt::Result {
    let size = number.abs();
    let is_whole = number.trunc() == number;
    if is_whole && (size < EXACT || (size < EXACT_IN_BINARY && number % 10.0 != 0.0)) {
        return write!(out, "{number:.0}");
    }
    if (1e-7..EXACT).contains(&size) {
        return write!(out, "{number}");
    }
    // Fifteen digits and a signed exponent, as a spreadsheet shows it.
    let text = Zeroizing::new(format!("{number:.14e}"));
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    let sign = if exponent.starts_with('-') { "" } else { "+" };
    write!(out, "{mantissa}E{sign}{exponent}")
}

fn write_moment(out: &mut String, moment: &calamine::ExcelDateTime) -> std::fmt::Result {
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let second = f64::from(second) + f64::from(milli) / 1000.0;
    let second = second.round().min(59.0);
    if moment.is_duration() {
        let seconds = (moment.as_f64() * 86_400.0).round();
        let (hours, rest) = ((seconds / 3600.0).trunc(), seconds.abs() % 3600.0);
        return write!(out, "{hours:02}:{:02}:{:02}", (rest / 60.0).trunc(), rest % 60.0);
    }
    let time = format_args!("{hour:02}:{minute:02}:{second:02}").to_string();
    match moment.as_f64() {
        days if days < 1.0 => out.write_str(&time),
        _ if time == "00:00:00" => write!(out, "{year:04}-{month:02}-{day:02}"),
        _ => write!(out, "{year:04}-{month:02}-{day:02} {time}"),
    }
}
