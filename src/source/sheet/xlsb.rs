//! Binary workbooks (XLSB), cell by cell.
//!
//! The parts are those of an xlsx, as records instead of XML. A cell that stands right behind another may leave out its
//! column: programs other than Excel write rows so, and a reader that does not know these records loses every column but
//! the first. Nothing is held but one record, the shared texts and the formats.
//!
//! Source: MS-XLSB, sections 2.1.4 (records), 2.1.7 (parts), 2.4 (records by name), 2.5.123 (RkNumber), 2.5.169 (XLWideString);
//! ECMA-376 part 1, 18.8.30 (formats of dates).

use std::collections::HashMap;
use std::io::{self, BufReader, Read, Seek};

use calamine::{DataRef, ExcelDateTime, ExcelDateTimeType};
use encoding_rs::UTF_16LE;
use quick_xml::Reader;
use quick_xml::events::Event;
use zeroize::Zeroizing;
use zip::ZipArchive;
use zip::read::ZipFile;

use super::super::archive::{Notes, Stop, Unwanted, Walker, limit, sheet_name};
use super::super::buffer::{self, Wiped};
use super::super::error::Limit;
use super::ods::attribute;
use super::{PART_BYTES_MAX, Rows, failed};

const ROW: u16 = 0;
const RICH_TEXT: u16 = 62;
const END_OF_CELLS: u16 = 146;
/// Kinds of cells without a column are those with one, and this.
const SHORT: u16 = 11;
const TEXT_ITEM: u16 = 19;
const FORMAT: u16 = 44;
const CELL_FORMAT: u16 = 47;
const WORKBOOK: u16 = 153;
const SHEET: u16 = 156;
const CELL_FORMATS: u16 = 617;
const END_OF_CELL_FORMATS: u16 = 618;

/// Of a record so much is held: a text of 32,767 characters and its formula take less.
const RECORD_BYTES_MAX: u64 = 256 << 10;

/// The part cannot be read on.
struct Broken;

impl From<io::Error> for Broken {
    fn from(_: io::Error) -> Broken {
        Broken
    }
}

/// A part, record by record.
struct Records<'n, R> {
    part: BufReader<R>,
    record: Wiped,
    notes: &'n Notes,
}

impl<'n, R: Read> Records<'n, R> {
    fn new(part: R, notes: &'n Notes) -> Records<'n, R> {
        Records { part: BufReader::new(part), record: Wiped::default(), notes }
    }

    /// The kind of the next record, whose bytes are then in `record`; none at the end of the part.
    fn next(&mut self) -> Result<Option<u16>, Broken> {
        self.notes.allow(PART_BYTES_MAX);
        let Some(first) = self.byte()? else { return Ok(None) };
        let mut kind = u16::from(first & 0x7f);
        if first & 0x80 != 0 {
            kind |= u16::from(self.byte()?.ok_or(Broken)? & 0x7f) << 7;
        }
        let mut length = 0u64;
        for place in 0..4 {
            let byte = self.byte()?.ok_or(Broken)?;
            length |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                break;
            }
        }
        self.record.clear();
        let held = length.min(RECORD_BYTES_MAX);
        if self.part.by_ref().take(held).read_to_end(&mut self.record)? as u64 != held {
            return Err(Broken);
        }
        if io::copy(&mut self.part.by_ref().take(length - held), &mut io::sink())? != length - held {
            return Err(Broken);
        }
        Ok(Some(kind))
    }

    fn byte(&mut self) -> Result<Option<u8>, Broken> {
        let mut byte = [0];
        loop {
            match self.part.read(&mut byte) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                count => return Ok((count? > 0).then_some(byte[0])),
            }
        }
    }

    fn number(&self, at: usize) -> Option<u32> {
        self.record.get(at..).and_then(<[u8]>::first_chunk).map(|four| u32::from_le_bytes(*four))
    }

    fn pair(&self, at: usize) -> Option<u16> {
        self.record.get(at..).and_then(<[u8]>::first_chunk).map(|two| u16::from_le_bytes(*two))
    }

    fn real(&self, at: usize) -> Option<f64> {
        self.record.get(at..).and_then(<[u8]>::first_chunk).map(|eight| f64::from_le_bytes(*eight))
    }

    /// The text at a place, and where it ends.
    fn text(&self, at: usize) -> Option<(Zeroizing<String>, usize)> {
        let end = at + 4 + 2 * self.number(at)? as usize;
        let text = UTF_16LE.decode_without_bom_handling(self.record.get(at + 4..end)?).0;
        Some((Zeroizing::new(text.into_owned()), end))
    }
}

/// What the cells refer to.
#[derive(Default)]
struct Book {
    /// Name and part of each worksheet.
    sheets: Vec<(String, String)>,
    is_1904: bool,
    texts: Texts,
    /// By the number that a cell has; none is a number.
    formats: Vec<Option<ExcelDateTimeType>>,
}

/// The shared texts in a row, and where each ends.
#[derive(Default)]
struct Texts {
    all: Wiped,
    ends: Vec<usize>,
}

impl Texts {
    fn get(&self, number: u32) -> Option<&str> {
        let number = number as usize;
        let start = number.checked_sub(1).map_or(Some(0), |before| self.ends.get(before).copied())?;
        std::str::from_utf8(&self.all[start..*self.ends.get(number)?]).ok()
    }
}

/// Walks the worksheets of a workbook.
pub(super) fn walk<S: Read + Seek>(
    walker: &mut Walker,
    name: &str,
    archive: &mut ZipArchive<S>,
    notes: &Notes,
) -> Result<(), Stop> {
    let max = walker.limits.workbook_bytes_max;
    let book = match read_book(archive, notes, max) {
        Ok(Some(book)) => book,
        Ok(None) => return walker.report(limit(name, Limit::Memory(max))),
        Err(Broken) => return walker.report(failed(name, notes)),
    };
    for (sheet, path) in &book.sheets {
        let mut rows = Rows::new(walker.leaf(sheet_name(name, sheet), None));
        let walked = match part(archive, path) {
            Some(part) => walk_sheet(&mut Records::new(part, notes), &book, &mut rows)?,
            None => Err(Broken),
        };
        match walked {
            Ok(Ok(())) => rows.end()?,
            Ok(Err(Unwanted)) => {}
            Err(Broken) => rows.fail(failed(name, notes))?,
        }
    }
    Ok(())
}

fn part<'a, S: Read + Seek>(archive: &'a mut ZipArchive<S>, path: &str) -> Option<ZipFile<'a, S>> {
    archive.by_name(path).ok()
}

/// All but the cells; none if the texts would take more than `max` bytes.
fn read_book<S: Read + Seek>(archive: &mut ZipArchive<S>, notes: &Notes, max: u64) -> Result<Option<Book>, Broken> {
    let mut book = Book::default();
    let parts = relations(archive, notes)?;
    let mut records = Records::new(part(archive, "xl/workbook.bin").ok_or(Broken)?, notes);
    while let Some(kind) = records.next()? {
        match kind {
            WORKBOOK => book.is_1904 = records.number(0).is_some_and(|flags| flags & 1 != 0),
            SHEET => book.sheets.extend(sheet(&records, &parts)?),
            _ => {}
        }
    }
    drop(records);
    for (relation, path) in parts.into_values() {
        match relation {
            Relation::Texts if !read_texts(archive, &path, notes, max, &mut book.texts)? => return Ok(None),
            Relation::Formats => book.formats = read_formats(archive, &path, notes)?,
            Relation::Texts | Relation::Sheet => {}
        }
    }
    Ok(Some(book))
}

/// What another part is to the workbook.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Relation {
    Sheet,
    Texts,
    Formats,
}

/// The parts that count, by their numbers.
fn relations<S: Read + Seek>(
    archive: &mut ZipArchive<S>,
    notes: &Notes,
) -> Result<HashMap<String, (Relation, String)>, Broken> {
    let mut parts = HashMap::new();
    let list = part(archive, "xl/_rels/workbook.bin.rels").ok_or(Broken)?;
    let mut xml = Reader::from_reader(BufReader::new(list));
    xml.config_mut().expand_empty_elements = true;
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        notes.allow(PART_BYTES_MAX);
        let element = match xml.read_event_into(&mut bytes).map_err(|_| Broken)? {
            Event::Start(element) if element.name().as_ref() == "Relationship" => element,
            Event::Eof => return Ok(parts),
            _ => continue,
        };
        let [id, kind, target] = ["Id", "Type", "Target"].map(|name| attribute(&element, name).unwrap_or_default());
        let relation = match kind.rsplit('/').next() {
            Some("worksheet") => Relation::Sheet,
            Some("sharedStrings") => Relation::Texts,
            Some("styles") => Relation::Formats,
            _ => continue,
        };
        // From the root, or from where the workbook stands.
        let path = target.strip_prefix('/').map_or_else(|| format!("xl/{target}"), str::to_owned);
        parts.insert(id, (relation, path));
    }
}

/// The sheet that a record names, if it has cells.
fn sheet<R: Read>(
    records: &Records<'_, R>,
    parts: &HashMap<String, (Relation, String)>,
) -> Result<Option<(String, String)>, Broken> {
    const NO_TEXT: u32 = u32::MAX;
    if records.number(8) == Some(NO_TEXT) {
        return Ok(None);
    }
    let (id, end) = records.text(8).ok_or(Broken)?;
    let (name, _) = records.text(end).ok_or(Broken)?;
    let part = parts.get(id.as_str()).filter(|(relation, _)| *relation == Relation::Sheet);
    Ok(part.map(|(_, path)| (name.to_string(), path.clone())))
}

/// Whether the texts take no more than `max` bytes.
fn read_texts<S: Read + Seek>(
    archive: &mut ZipArchive<S>,
    path: &str,
    notes: &Notes,
    max: u64,
    texts: &mut Texts,
) -> Result<bool, Broken> {
    let mut records = Records::new(part(archive, path).ok_or(Broken)?, notes);
    while let Some(kind) = records.next()? {
        if kind == TEXT_ITEM {
            buffer::append(&mut texts.all, records.text(1).ok_or(Broken)?.0.as_bytes());
            texts.ends.push(texts.all.len());
            if (texts.all.len() + 8 * texts.ends.len()) as u64 > max {
                return Ok(false);
            }
        }
    }
    Ok(true)
}

fn read_formats<S: Read + Seek>(
    archive: &mut ZipArchive<S>,
    path: &str,
    notes: &Notes,
) -> Result<Vec<Option<ExcelDateTimeType>>, Broken> {
    let (mut named, mut formats, mut is_of_cells) = (HashMap::new(), Vec::new(), false);
    let mut records = Records::new(part(archive, path).ok_or(Broken)?, notes);
    while let Some(kind) = records.next()? {
        match kind {
            FORMAT => {
                let (code, _) = records.text(2).ok_or(Broken)?;
                named.insert(records.pair(0).ok_or(Broken)?, moment(&code));
            }
            CELL_FORMATS => is_of_cells = true,
            END_OF_CELL_FORMATS => is_of_cells = false,
            CELL_FORMAT if is_of_cells => {
                let number = records.pair(2).ok_or(Broken)?;
                formats.push(named.get(&number).copied().unwrap_or_else(|| known_moment(number)));
            }
            _ => {}
        }
    }
    Ok(formats)
}

/// Formats that every program knows by their numbers.
fn known_moment(number: u16) -> Option<ExcelDateTimeType> {
    match number {
        14..=22 | 27..=36 | 45 | 47 | 50..=58 => Some(ExcelDateTimeType::DateTime),
        46 => Some(ExcelDateTimeType::TimeDelta),
        _ => None,
    }
}

/// What a format makes of a number: a day or a time if it has one of their letters outside of quotes; hours in brackets,
/// which may be more than a day has, are a time that something takes.
fn moment(code: &str) -> Option<ExcelDateTimeType> {
    let mut letters = code.chars();
    let mut found = None;
    while let Some(letter) = letters.next() {
        match letter.to_ascii_lowercase() {
            ';' => return found,
            '\\' | '_' | '*' => drop(letters.next()),
            '"' => drop(letters.by_ref().find(|letter| *letter == '"')),
            '[' => {
                let inside: String = letters.by_ref().take_while(|letter| *letter != ']').collect();
                let is_time = |part: char| !inside.is_empty() && inside.chars().all(|c| c.eq_ignore_ascii_case(&part));
                if ['h', 'm', 's'].into_iter().any(is_time) {
                    return Some(ExcelDateTimeType::TimeDelta);
                }
            }
            'd' | 'm' | 'y' | 'h' | 's' => found = Some(ExcelDateTimeType::DateTime),
            _ => {}
        }
    }
    found
}

/// The cells of a sheet, up to their end.
fn walk_sheet<R: Read>(
    records: &mut Records<'_, R>,
    book: &Book,
    rows: &mut Rows<'_>,
) -> Result<Result<Result<(), Unwanted>, Broken>, Stop> {
    let (mut row, mut next_column) = (0, 0);
    loop {
        let kind = match records.next() {
            Ok(Some(END_OF_CELLS)) => return Ok(Ok(Ok(()))),
            Ok(Some(kind)) => kind,
            Ok(None) | Err(Broken) => return Ok(Err(Broken)),
        };
        let (kind, head) = match kind {
            ROW => {
                let Some(number) = records.number(0) else { return Ok(Err(Broken)) };
                (row, next_column) = (number, 0);
                continue;
            }
            1..=SHORT | RICH_TEXT => (kind, 8),
            kind if kind - SHORT <= 7 => (kind - SHORT, 4),
            _ => continue,
        };
        let place = if head == 8 { records.number(0) } else { Some(next_column) };
        let Some((column, format)) = place.zip(records.number(head - 4)) else { return Ok(Err(Broken)) };
        next_column = column.saturating_add(1);
        let put = match value(records, kind, head, format & 0xff_ffff, book) {
            Some(Value::Text(text)) => rows.put_text(row, column, &text)?,
            Some(Value::Other(value)) => rows.put(row, column, &value)?,
            None => return Ok(Err(Broken)),
        };
        if put.is_err() {
            return Ok(Ok(Err(Unwanted)));
        }
    }
}

/// What a cell holds.
enum Value<'b> {
    Text(Zeroizing<String>),
    Other(DataRef<'b>),
}

/// What a cell holds; none if it makes no sense.
fn value<'b, R: Read>(
    records: &Records<'_, R>,
    kind: u16,
    at: usize,
    format: u32,
    book: &'b Book,
) -> Option<Value<'b>> {
    let text = |at: usize| records.text(at).map(|(text, _)| Value::Text(text));
    let number = |number: f64| match book.formats.get(format as usize).copied().flatten() {
        Some(moment) => DataRef::DateTime(ExcelDateTime::new(number, moment, book.is_1904)),
        None => DataRef::Float(number),
    };
    let other = match kind {
        2 => number(packed(records.number(at)?)),
        4 | 10 => DataRef::Bool(*records.record.get(at)? != 0),
        5 | 9 => number(records.real(at)?),
        6 | 8 => return text(at),
        7 => DataRef::SharedString(book.texts.get(records.number(at)?)?),
        RICH_TEXT => return text(at + 1),
        // Blanks and errors.
        _ => DataRef::Empty,
    };
    Some(Value::Other(other))
}

/// A number in 30 bits, as a whole one or as the upper bits of a real one; the two others say which, and whether hundredths.
fn packed(bits: u32) -> f64 {
    let value = if bits & 2 != 0 { f64::from(bits as i32 >> 2) } else { f64::from_bits(u64::from(bits & !3) << 32) };
    if bits & 1 != 0 { value / 100.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_days_and_times_are_told() {
        use ExcelDateTimeType::{DateTime, TimeDelta};
        let check = |code: &str, want: Option<ExcelDateTimeType>| assert_eq!(moment(code), want, "{code}");
        for code in ["yyyy-mm-dd", "D.M.YY", "h:mm AM/PM", "[$-409]mmmm", "[Red]d/m;General", "yyyy\u{5e74}"] {
            check(code, Some(DateTime));
        }
        check("[h]:mm:ss", Some(TimeDelta));
        check("[MM]", Some(TimeDelta));
        for code in ["General", "0.00", "#,##0;yyyy", "\"day\"0", "0\\d", "_d0*m", "[Red]0", "@", "0.0E+0", ""] {
            check(code, None);
        }
    }

    #[test]
    fn packed_numbers() {
        let check = |bits: u32, want: f64| assert_eq!(packed(bits), want);
        check(7 << 2 | 2, 7.0);
        check((-7i32 << 2) as u32 | 2, -7.0);
        check(12345 << 2 | 3, 123.45);
        check((2.5f64.to_bits() >> 32) as u32, 2.5);
        check((250f64.to_bits() >> 32) as u32 | 1, 2.5);
    }

    #[test]
    fn texts_are_found_by_number() {
        let texts = Texts { all: Wiped::new(b"abcde".to_vec()), ends: vec![2, 2, 5] };
        assert_eq!(
            [0, 1, 2, 3, u32::MAX].map(|number| texts.get(number)),
            [Some("ab"), Some(""), Some("cde"), None, None]
        );
    }
}
