//! What the reader of a workbook of before 2007 would hold in memory, told from the workbook's records.
//!
//! It makes a cell of every place in the rectangle around the used ones, a copy of a shared text for every cell that has it,
//! and a list of cells for every sheet that the book names, however often it names the same. A file of 6 kB with one cell in
//! each corner would take 130 GB.
//!
//! Source: MS-XLS, sections 2.1.4 (records), 2.4.28 (sheets), 2.4.90 (dimensions), 2.4.117 (passwords), 2.4.265 and 2.5.293 (shared texts).

use std::ops::RangeInclusive;

const PASSWORD: u16 = 0x2f;
const SHEET: u16 = 0x85;
const TEXTS: u16 = 0xfc;
const CONTINUE: u16 = 0x3c;
const NAME: u16 = 0x18;
const DIMENSIONS: u16 = 0x200;
const FORMULA: u16 = 0x06;
const SHARED_TEXT: u16 = 0xfd;
const NUMBERS: u16 = 0xbd;
const BEGIN: u16 = 0x809;
const END: u16 = 0x0a;
const FORMULA_TEXT: u16 = 0x207;
/// Cells that bring what they hold: numbers, texts, truths.
const CELLS: [u16; 5] = [0x203, 0x204, 0xd6, 0x205, 0x27e];
/// Bytes of a cell in a list that grows, in a rectangle, and of its formula there.
const LISTED_BYTES: u64 = 64;
const PLACE_BYTES: u64 = 32;
const FORMULA_BYTES: u64 = 24;
/// A byte of a text becomes at most this many, as UTF-8.
const TEXT_GROWTH: u64 = 3;
/// Places that the largest sheet has; a list is made for as many before there is one cell.
const PLACES_MAX: u64 = 1 << 24;
/// The book is read once for its sheets, and each sheet once.
const PASSES_MAX: usize = 4;

/// The bytes that a workbook takes, if it is one whose records can be followed; more than `max` are not counted.
pub(super) fn cost(book: &[u8], max: u64) -> u64 {
    let globals = Globals::of(book);
    let (mut kept, mut passing, mut scanned) = (3 * book.len() as u64 + globals.text_bytes(), 0, 0);
    for place in &globals.sheets {
        let sheet = Sheet::of(book.get(*place..).unwrap_or_default(), &globals);
        kept = sheet.kept().saturating_add(kept);
        passing = sheet.passing().max(passing);
        scanned += sheet.scanned;
        if sheet.is_boundless || kept.saturating_add(passing) > max || scanned > PASSES_MAX * book.len() {
            return u64::MAX;
        }
    }
    kept.saturating_add(passing)
}

/// Whether the records are encrypted: what they hold is then no size of anything.
pub(super) fn is_locked(book: &[u8]) -> bool {
    records(book).take_while(|record| record.kind != END).any(|record| record.kind == PASSWORD)
}

struct Record<'b> {
    kind: u16,
    bytes: &'b [u8],
}

/// The records of a stream, as far as they are whole.
fn records(mut stream: &[u8]) -> impl Iterator<Item = Record<'_>> {
    std::iter::from_fn(move || {
        let head = stream.get(..4)?;
        let length = usize::from(u16::from_le_bytes([head[2], head[3]]));
        let record = Record { kind: u16::from_le_bytes([head[0], head[1]]), bytes: stream.get(4..4 + length)? };
        stream = &stream[4 + length..];
        Some(record)
    })
}

/// What stands before the sheets.
#[derive(Default)]
struct Globals {
    /// Where each sheet begins.
    sheets: Vec<usize>,
    /// Characters of every shared text.
    texts: Vec<u32>,
    /// The longest name that a formula may spell out, in bytes.
    name_bytes: u64,
}

impl Globals {
    fn of(book: &[u8]) -> Globals {
        let mut globals = Globals::default();
        let mut parts: Vec<&[u8]> = Vec::new();
        let mut last = 0;
        for record in records(book) {
            match record.kind {
                END => break,
                SHEET => globals.add_sheet(record.bytes),
                NAME => globals.name_bytes = globals.name_bytes.max(TEXT_GROWTH * u64::from(byte(record.bytes, 3))),
                TEXTS => parts = vec![record.bytes.get(8..).unwrap_or_default()],
                CONTINUE if last == TEXTS => parts.push(record.bytes),
                _ => {}
            }
            last = if record.kind == CONTINUE { last } else { record.kind };
        }
        globals.texts = Texts { parts: &parts, part: 0, at: 0 }.lengths();
        globals
    }

    fn add_sheet(&mut self, bytes: &[u8]) {
        let place = bytes.first_chunk::<4>().map_or(0, |place| u32::from_le_bytes(*place));
        self.sheets.push(place as usize);
        self.name_bytes = self.name_bytes.max(TEXT_GROWTH * u64::from(byte(bytes, 6)));
    }

    fn text_bytes(&self) -> u64 {
        self.texts.iter().map(|length| 24 + TEXT_GROWTH * u64::from(*length)).sum()
    }

    /// What the text of a formula takes: each of its tokens, of five bytes or more, may stand for a name.
    fn formula_bytes(&self, bytes: usize) -> u64 {
        bytes as u64 * (4 + self.name_bytes / 4)
    }
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or_default()
}

fn pair(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([byte(bytes, at), byte(bytes, at + 1)])
}

/// The shared texts, which go on from record to record.
struct Texts<'b> {
    parts: &'b [&'b [u8]],
    part: usize,
    at: usize,
}

impl Texts<'_> {
    /// The characters of each, up to one that makes no sense.
    fn lengths(mut self) -> Vec<u32> {
        let mut lengths = Vec::new();
        while let Some(length) = self.next_length() {
            lengths.push(length);
        }
        lengths
    }

    fn rest(&self) -> &[u8] {
        self.parts.get(self.part).and_then(|part| part.get(self.at..)).unwrap_or_default()
    }

    fn go_on(&mut self) -> Option<()> {
        self.part += 1;
        self.at = 0;
        (self.part < self.parts.len()).then_some(())
    }

    fn next_length(&mut self) -> Option<u32> {
        while self.rest().is_empty() {
            self.go_on()?;
        }
        let head = self.rest();
        let (length, flags) = (pair(head, 0), byte(head, 2));
        let mut at = 3;
        let mut trailer = 0;
        if flags & 8 != 0 {
            trailer += 4 * usize::from(pair(head, at));
            at += 2;
        }
        if flags & 4 != 0 {
            trailer += usize::from(pair(head, at)) | usize::from(pair(head, at + 2)) << 16;
            at += 4;
        }
        self.at += at;
        self.skip_characters(usize::from(length), flags & 1 != 0)?;
        self.skip(trailer)?;
        Some(u32::from(length))
    }

    /// Characters may go on in the next record, which says anew how wide they are.
    fn skip_characters(&mut self, mut count: usize, mut is_wide: bool) -> Option<()> {
        loop {
            let width = if is_wide { 2 } else { 1 };
            let here = (self.rest().len() / width).min(count);
            self.at += here * width;
            count -= here;
            if count == 0 {
                return Some(());
            }
            self.go_on()?;
            is_wide = byte(self.rest(), 0) & 1 != 0;
            self.at = 1;
        }
    }

    fn skip(&mut self, mut bytes: usize) -> Option<()> {
        loop {
            let here = self.rest().len().min(bytes);
            self.at += here;
            bytes -= here;
            if bytes == 0 {
                return Some(());
            }
            self.go_on()?;
        }
    }
}

/// The rectangle around some cells.
#[derive(Default)]
struct Rectangle(Option<(RangeInclusive<u64>, RangeInclusive<u64>)>);

impl Rectangle {
    fn add(&mut self, row: u16, column: u16) {
        let (row, column) = (u64::from(row), u64::from(column));
        let widened = |range: &RangeInclusive<u64>, place: u64| *range.start().min(&place)..=*range.end().max(&place);
        self.0 = Some(match &self.0 {
            None => (row..=row, column..=column),
            Some((rows, columns)) => (widened(rows, row), widened(columns, column)),
        });
    }

    fn places(&self) -> u64 {
        let count = |range: &RangeInclusive<u64>| range.end() - range.start() + 1;
        self.0.as_ref().map_or(0, |(rows, columns)| count(rows) * count(columns))
    }
}

/// What there is in a sheet.
#[derive(Default)]
struct Sheet {
    /// Bytes of its records.
    scanned: usize,
    /// Cells, one after the other.
    listed: u64,
    formulas: u64,
    text_bytes: u64,
    used: Rectangle,
    /// It says that it is larger than a sheet can be.
    is_boundless: bool,
}

impl Sheet {
    fn of(records_of_sheet: &[u8], globals: &Globals) -> Sheet {
        let (mut sheet, mut depth) = (Sheet::default(), 0u32);
        for record in records(records_of_sheet) {
            sheet.scanned += 4 + record.bytes.len();
            match record.kind {
                // Charts stand inside of a sheet, as sheets of their own.
                BEGIN => depth += 1,
                END if depth > 1 => depth -= 1,
                END => break,
                _ => sheet.add(&record, globals),
            }
        }
        sheet
    }

    fn add(&mut self, record: &Record<'_>, globals: &Globals) {
        let bytes = record.bytes;
        let (row, column) = (pair(bytes, 0), pair(bytes, 2));
        match record.kind {
            DIMENSIONS => self.is_boundless |= dimensions(bytes) > PLACES_MAX,
            NUMBERS => {
                self.listed += bytes.len() as u64 / 6 + 1;
                self.used.add(row, column);
                self.used.add(row, pair(bytes, bytes.len().saturating_sub(2)));
            }
            FORMULA => {
                self.listed += 1;
                self.formulas += 1;
                self.text_bytes += globals.formula_bytes(bytes.len());
                self.used.add(row, column);
            }
            SHARED_TEXT => {
                self.listed += 1;
                let place = usize::from(pair(bytes, 6)) | usize::from(pair(bytes, 8)) << 16;
                self.text_bytes += TEXT_GROWTH * u64::from(globals.texts.get(place).copied().unwrap_or_default());
                self.used.add(row, column);
            }
            // The text of a formula, which stands at its cell.
            FORMULA_TEXT => {
                self.listed += 1;
                self.text_bytes += TEXT_GROWTH * bytes.len() as u64;
            }
            kind if CELLS.contains(&kind) => {
                self.listed += 1;
                self.text_bytes += TEXT_GROWTH * bytes.len() as u64;
                self.used.add(row, column);
            }
            _ => {}
        }
    }

    /// What stays in memory while the other sheets are read.
    fn kept(&self) -> u64 {
        let formulas = if self.formulas > 0 { FORMULA_BYTES } else { 0 };
        self.used.places() * (PLACE_BYTES + formulas) + self.text_bytes
    }

    /// What is there beside while the sheet is read, as a list, and while it is handed out, as a copy.
    fn passing(&self) -> u64 {
        let list = (self.listed + self.formulas) * LISTED_BYTES;
        list.max(self.used.places() * PLACE_BYTES + self.text_bytes)
    }
}

/// The places of the rectangle that a sheet says it has. One that ends before it begins goes around, as for its reader.
fn dimensions(bytes: &[u8]) -> u64 {
    let wide = |at: usize| u32::from(pair(bytes, at)) | u32::from(pair(bytes, at + 2)) << 16;
    let (first, end, columns) = match bytes.len() {
        10 => (pair(bytes, 0).into(), pair(bytes, 2).into(), pair(bytes, 6)),
        _ => (wide(0), wide(4), pair(bytes, 10)),
    };
    u64::from(end.wrapping_sub(first)) * u64::from(columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAX: u64 = 512 << 20;

    fn record(kind: u16, bytes: &[u8]) -> Vec<u8> {
        [&kind.to_le_bytes()[..], &(bytes.len() as u16).to_le_bytes(), bytes].concat()
    }

    fn number(row: u16, column: u16) -> Vec<u8> {
        record(0x203, &[&row.to_le_bytes()[..], &column.to_le_bytes(), &[0; 10]].concat())
    }

    /// A book whose only sheet has these records.
    fn book(globals: &[u8], sheet: &[u8]) -> Vec<u8> {
        let begin = record(BEGIN, &[0; 16]);
        let at = begin.len() + 12 + globals.len() + 4;
        let bound = record(SHEET, &[&(at as u32).to_le_bytes()[..], &[0, 0, 1, 0]].concat());
        [&begin, &bound, globals, &record(END, &[]), &begin, sheet, &record(END, &[])].concat()
    }

    #[test]
    fn plain_sheets_take_little() {
        let rows: Vec<u8> = (0..1000).flat_map(|row| (0..10).flat_map(move |column| number(row, column))).collect();
        let cost = cost(&book(&[], &rows), MAX);
        assert!((1_000_000..3_000_000).contains(&cost), "{cost}");
        // The largest there can be, nearly all of it empty.
        assert!(super::cost(&book(&[], &[number(0, 0), number(u16::MAX, 200)].concat()), 2 * MAX) < 2 * MAX);
    }

    #[test]
    fn what_grows_beyond_reason_is_told() {
        let check = |globals: &[u8], sheet: &[u8]| assert_eq!(cost(&book(globals, sheet), MAX), u64::MAX);
        check(&[], &[number(0, 0), number(u16::MAX, u16::MAX)].concat());
        let sized = |first: u32, end: u32| {
            record(DIMENSIONS, &[&first.to_le_bytes()[..], &end.to_le_bytes(), &[0, 0, 255, 0, 0, 0]].concat())
        };
        check(&[], &sized(0, u32::MAX));
        check(&[], &sized(9, 1));
        let text =
            record(TEXTS, &[&[1, 0, 0, 0, 1, 0, 0, 0][..], &4000u16.to_le_bytes(), &[0], &[b'x'; 4000]].concat());
        let shared: Vec<u8> =
            (0..u16::MAX).flat_map(|row| record(SHARED_TEXT, &[&row.to_le_bytes()[..], &[0; 8]].concat())).collect();
        check(&text, &shared);
    }

    #[test]
    fn a_sheet_that_is_named_again_and_again_is_told() {
        let bound = record(SHEET, &[0; 8]);
        assert_eq!(cost(&book(&bound.repeat(4000), &number(0, 0)), MAX), u64::MAX);
    }

    #[test]
    fn shared_texts_go_on_in_the_next_record() {
        let parts: [&[u8]; 3] = [
            // A narrow text; one that is cut; its rest is wide, and has runs and a trailer behind it.
            &[3, 0, 0, b'a', b'b', b'c', 6, 0, 12, 1, 0, 2, 0, 0, 0, b'd', b'e'],
            &[1, b'f', 0, b'g', 0, b'h', 0, b'i', 0, 1, 2, 3],
            &[4, 5, 6, 2, 0, 0, b'j', b'k'],
        ];
        assert_eq!(Texts { parts: &parts, part: 0, at: 0 }.lengths(), [3, 6, 2]);
        assert_eq!(Texts { parts: &parts[..1], part: 0, at: 0 }.lengths(), [3]);
        assert_eq!(Texts { parts: &[], part: 0, at: 0 }.lengths(), [0; 0]);
    }

    #[test]
    fn charts_inside_of_a_sheet_do_not_end_it() {
        let chart = [record(BEGIN, &[0; 16]), number(9, 9), record(END, &[])].concat();
        let sheet = [number(0, 0), chart, number(u16::MAX, u16::MAX)].concat();
        assert_eq!(cost(&book(&[], &sheet), MAX), u64::MAX);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let whole = book(&[], &[number(0, 0), number(5, 5)].concat());
        for length in 0..whole.len() {
            cost(&whole[..length], MAX);
            let mut changed = whole.clone();
            changed[length] ^= 0xff;
            cost(&changed, MAX);
        }
    }
}
