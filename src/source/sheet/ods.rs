//! Open documents (ODS), cell by cell.
//!
//! A cell or a row says how often it is repeated, and a blank how many it stands for: a file of some hundred bytes can mean
//! gigabytes. So nothing is held but one cell, or of a row that is repeated its cells; what comes out is counted as it is
//! of every archive.
//!
//! Source: OASIS Open Document Format 1.2, part 1, sections 9.1 (tables), 19.385 (values), 19.675 and 19.679 (repeats).

use std::io::{BufReader, Read, Seek};

use quick_xml::Reader;
use quick_xml::escape::{resolve_predefined_entity, unescape};
use quick_xml::events::{BytesStart, Event};
use zeroize::Zeroizing;
use zip::ZipArchive;

use super::super::archive::{Notes, Stop, Unwanted, Walker, sheet_name};
use super::super::buffer::Wiped;
use super::{COLUMNS_MAX, PART_BYTES_MAX, Rows, failed, locked, write_number};

/// The list of parts says what is encrypted; it has a line for each.
const LIST_BYTES_MAX: u64 = 4 << 20;
/// More of one cell changes nothing: a record is not longer.
const CELL_BYTES_MAX: usize = 2 << 20;
/// Texts of a row that is repeated.
const ROW_BYTES_MAX: usize = 16 << 20;

type Text = Zeroizing<String>;

/// The document cannot be read on.
struct Broken;

impl From<quick_xml::Error> for Broken {
    fn from(_: quick_xml::Error) -> Broken {
        Broken
    }
}

/// What a cell holds, and in how many columns.
#[derive(Default)]
struct Cell {
    repeats: u32,
    value: Text,
}

/// The document, event by event.
struct Document<'n, R: Read> {
    xml: Reader<BufReader<R>>,
    bytes: Wiped,
    notes: &'n Notes,
}

impl<'n, R: Read> Document<'n, R> {
    fn new(part: R, notes: &'n Notes) -> Document<'n, R> {
        let mut xml = Reader::from_reader(BufReader::new(part));
        let config = xml.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = false;
        Document { xml, bytes: Wiped::default(), notes }
    }

    fn next(&mut self) -> Result<Event<'_>, Broken> {
        self.bytes.clear();
        self.notes.allow(PART_BYTES_MAX);
        Ok(self.xml.read_event_into(&mut self.bytes)?)
    }
}

/// Walks the tables of a document.
pub(super) fn walk<S: Read + Seek>(
    walker: &mut Walker,
    name: &str,
    archive: &mut ZipArchive<S>,
    notes: &Notes,
) -> Result<(), Stop> {
    match is_encrypted(archive) {
        Some(false) => {}
        Some(true) => return walker.report(locked(name)),
        None => return walker.report(failed(name, notes)),
    }
    let Ok(part) = archive.by_name("content.xml") else { return walker.report(failed(name, notes)) };
    let mut document = Document::new(part, notes);
    loop {
        let sheet = match document.next() {
            Ok(Event::Start(element)) if element.name().as_ref() == "table:table" => attribute(&element, "table:name"),
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => None,
            Err(Broken) => return walker.report(failed(name, notes)),
        };
        let Some(sheet) = sheet else { continue };
        let mut rows = Rows::new(walker.leaf(sheet_name(name, &sheet), None));
        match walk_table(&mut document, &mut rows)? {
            Ok(()) => rows.end()?,
            Err(Broken) => return rows.fail(failed(name, notes)),
        }
    }
}

fn is_encrypted<S: Read + Seek>(archive: &mut ZipArchive<S>) -> Option<bool> {
    let mut list = Wiped::default();
    let part = archive.by_name("META-INF/manifest.xml").ok()?;
    part.take(LIST_BYTES_MAX).read_to_end(&mut list).ok()?;
    Some(memchr::memmem::find(&list, b"encryption-data").is_some())
}

/// The rows of a table, up to its end.
fn walk_table<R: Read>(document: &mut Document<'_, R>, rows: &mut Rows<'_>) -> Result<Result<(), Broken>, Stop> {
    let mut row = 0u32;
    loop {
        let repeats = match document.next() {
            Ok(Event::Start(element)) if element.name().as_ref() == "table:table-row" => {
                repeats(&element, "table:number-rows-repeated")
            }
            Ok(Event::End(element)) if element.name().as_ref() == "table:table" => return Ok(Ok(())),
            Ok(Event::Eof) | Err(Broken) => return Ok(Err(Broken)),
            Ok(_) => continue,
        };
        match walk_row(document, rows, row, repeats)? {
            Ok(Ok(())) => row = row.saturating_add(repeats),
            // Nobody wants more of this table.
            Ok(Err(Unwanted)) => {}
            Err(Broken) => return Ok(Err(Broken)),
        }
    }
}

/// The cells of a row, as often as it is repeated.
fn walk_row<R: Read>(
    document: &mut Document<'_, R>,
    rows: &mut Rows<'_>,
    row: u32,
    repeats: u32,
) -> Result<Result<Result<(), Unwanted>, Broken>, Stop> {
    let (mut column, mut kept, mut kept_bytes) = (0u32, Vec::new(), 0);
    let mut wanted = Ok(());
    loop {
        let cell = match next_cell(document) {
            Ok(Some(cell)) => cell,
            Ok(None) => break,
            Err(Broken) => return Ok(Err(Broken)),
        };
        let first = column;
        column = column.saturating_add(cell.repeats).min(COLUMNS_MAX);
        if cell.value.is_empty() {
            continue;
        }
        if repeats == 1 {
            wanted = wanted.and(put(rows, row, first..column, &cell.value)?);
            continue;
        }
        kept_bytes += cell.value.len();
        if kept_bytes > ROW_BYTES_MAX {
            return Ok(Err(Broken));
        }
        kept.push((first..column, cell.value));
    }
    if kept.is_empty() {
        return Ok(Ok(wanted));
    }
    for copy in 0..repeats {
        for (columns, value) in &kept {
            if put(rows, row.saturating_add(copy), columns.clone(), value)?.is_err() {
                return Ok(Ok(Err(Unwanted)));
            }
        }
    }
    Ok(Ok(Ok(())))
}

fn put(
    rows: &mut Rows<'_>,
    row: u32,
    columns: std::ops::Range<u32>,
    value: &str,
) -> Result<Result<(), Unwanted>, Stop> {
    for column in columns {
        if rows.put_text(row, column, value)?.is_err() {
            return Ok(Err(Unwanted));
        }
    }
    Ok(Ok(()))
}

/// The next cell of a row; none at its end.
fn next_cell<R: Read>(document: &mut Document<'_, R>) -> Result<Option<Cell>, Broken> {
    loop {
        let (mut cell, has_value) = match document.next()? {
            Event::Start(element) if is_cell(element.name().as_ref()) => read_attributes(&element),
            Event::End(element) if element.name().as_ref() == "table:table-row" => return Ok(None),
            Event::Eof => return Err(Broken),
            _ => continue,
        };
        read_content(document, if has_value { None } else { Some(&mut cell.value) })?;
        return Ok(Some(cell));
    }
}

fn is_cell(name: &str) -> bool {
    matches!(name, "table:table-cell" | "table:covered-table-cell")
}

/// A cell without its content, and whether its value stands in its attributes.
fn read_attributes(element: &BytesStart<'_>) -> (Cell, bool) {
    let mut cell = Cell { repeats: repeats(element, "table:number-columns-repeated"), value: Text::default() };
    let mut has_value = false;
    for attribute in element.attributes().with_checks(false).flatten() {
        let Ok(value) = unescape(&attribute.value) else { continue };
        match attribute.key.as_ref() {
            "office:value" => {
                // What is no number is told by the text of the cell.
                let Ok(number) = value.parse::<f64>() else { continue };
                cell.value.clear();
                let _ = write_number(&mut cell.value, number);
            }
            "office:date-value" => *cell.value = value.strip_suffix("T00:00:00").unwrap_or(&value).to_owned(),
            "office:time-value" | "office:string-value" | "office:boolean-value" => *cell.value = value.into_owned(),
            _ => continue,
        }
        has_value = true;
    }
    (cell, has_value)
}

/// Where in a cell the document is, and the text of the cell so far.
struct Content<'t> {
    /// None: its value stands elsewhere.
    text: Option<&'t mut Text>,
    /// Open elements of these kinds; a cell may hold a table.
    cells: u32,
    notes: u32,
    paragraphs: u32,
    is_first: bool,
}

impl Content<'_> {
    fn add(&mut self, more: &str) {
        let is_text = self.paragraphs > 0 && self.notes == 0;
        if let Some(text) = self.text.as_mut().filter(|text| is_text && text.len() + more.len() <= CELL_BYTES_MAX) {
            text.push_str(more);
        }
    }

    fn start(&mut self, element: &BytesStart<'_>) {
        match element.name().as_ref() {
            name if is_cell(name) => self.cells += 1,
            "office:annotation" => self.notes += 1,
            "text:p" => {
                self.paragraphs += 1;
                if self.notes == 0 && !std::mem::take(&mut self.is_first) {
                    self.add("\n");
                }
            }
            "text:s" => (0..repeats(element, "text:c").min(COLUMNS_MAX)).for_each(|_| self.add(" ")),
            "text:tab" => self.add("\t"),
            "text:line-break" => self.add("\n"),
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        match name {
            name if is_cell(name) => self.cells -= 1,
            "office:annotation" => self.notes = self.notes.saturating_sub(1),
            "text:p" => self.paragraphs = self.paragraphs.saturating_sub(1),
            _ => {}
        }
    }
}

/// Goes to the end of a cell; its paragraphs go to `text`, without the notes on it.
fn read_content<R: Read>(document: &mut Document<'_, R>, text: Option<&mut Text>) -> Result<(), Broken> {
    let mut content = Content { text, cells: 1, notes: 0, paragraphs: 0, is_first: true };
    while content.cells > 0 {
        match document.next()? {
            Event::Text(part) => content.add(&part.xml10_content()),
            Event::CData(part) => content.add(&part.xml10_content()),
            Event::GeneralRef(part) => match part.resolve_char_ref()? {
                Some(character) => content.add(character.encode_utf8(&mut [0; 4])),
                None => content.add(resolve_predefined_entity(&part).unwrap_or_default()),
            },
            Event::Start(element) => content.start(&element),
            Event::End(element) => content.end(element.name().as_ref()),
            Event::Eof => return Err(Broken),
            _ => {}
        }
    }
    Ok(())
}

/// How often something is repeated: once unless it says another number.
fn repeats(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name).and_then(|value| value.trim().parse().ok()).unwrap_or(1)
}

pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok().flatten()?;
    unescape(&attribute.value).ok().map(|value| value.into_owned())
}
