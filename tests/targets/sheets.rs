//! Spreadsheets: the parts of a workbook that hold data, in whatever state, inside of a sound container; or the whole file.

use super::archives::walk;
use super::workbook::{biff, ods, record, wide, xls, xlsb, xlsx};

/// Stands between the parts of a workbook.
const BETWEEN: &[u8] = b"|part|";

/// The first byte picks the format; what comes out are rows of text, or an error.
pub fn run(data: &[u8]) {
    let Some((format, text)) = data.split_first() else { return };
    let mut parts = split(text).into_iter();
    let mut part = || parts.next().unwrap_or_default();
    let file = match format % 5 {
        0 => xls(part(), part()),
        1 => xlsx(part(), part(), part()),
        2 => xlsb(part(), part(), part()),
        3 => ods(part()),
        _ => [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", text].concat(),
    };
    let out = walk(&file).expect("a workbook is known by its container");
    for (name, bytes) in &out.whole {
        assert!(name.starts_with("archive!"), "a sheet is a member");
        assert!(std::str::from_utf8(bytes).is_ok() && bytes.ends_with(b"\n"), "a sheet is lines of text");
    }
}

fn split(text: &[u8]) -> Vec<&[u8]> {
    let mut places: Vec<usize> = memchr::memmem::find_iter(text, BETWEEN).collect();
    places.push(text.len());
    let mut start = 0;
    let pieces = places.into_iter().map(|end| {
        let piece = &text[start.min(end)..end];
        start = end + BETWEEN.len();
        piece
    });
    pieces.collect()
}

fn case(format: u8, parts: &[&[u8]]) -> Vec<u8> {
    [&[format][..], &parts.join(BETWEEN)].concat()
}

/// Row, column and style of a cell of xls.
fn cell(row: u16, column: u16, value: &[u8]) -> Vec<u8> {
    [&row.to_le_bytes()[..], &column.to_le_bytes(), &[0, 0], value].concat()
}

/// The records of a sheet of xls: a text, a shared one, numbers, a date, a truth.
pub fn xls_parts() -> [Vec<u8>; 2] {
    let text = [&8u16.to_le_bytes()[..], &[0], b"a@b.test"].concat();
    let shared = [&[1, 0, 0, 0, 1, 0, 0, 0][..], &text].concat();
    let globals =
        [biff(0xe0, &[0; 20]), biff(0xe0, &[&[0, 0, 14][..], &[0; 17]].concat()), biff(0xfc, &shared)].concat();
    let sheet = [
        biff(0x200, &[&[0u8; 4][..], &3u32.to_le_bytes(), &[0, 0, 3, 0, 0, 0]].concat()),
        biff(0x204, &cell(0, 0, &text)),
        biff(0xfd, &cell(0, 2, &[0; 4])),
        biff(0x203, &cell(1, 0, &13_812_345_678_f64.to_le_bytes())),
        biff(0x27e, &cell(1, 1, &(7u32 << 2 | 2).to_le_bytes())),
        biff(0x203, &[&[2, 0, 0, 0, 1, 0][..], &43_831_f64.to_le_bytes()].concat()),
        biff(0x205, &cell(2, 1, &[1, 0])),
        biff(0xbd, &[&[3, 0, 0, 0][..], &[0; 6], &[0; 6], &[1, 0]].concat()),
    ];
    [globals, sheet.concat()]
}

/// The records of a sheet of xlsb, of its shared texts, and of its formats, of which the second is a day.
pub fn xlsb_parts() -> [Vec<u8>; 3] {
    let cell = |column: u32, value: &[u8]| [&column.to_le_bytes()[..], &[0; 4], value].concat();
    let day = |value: &[u8]| [&[1, 0, 0, 0][..], value].concat();
    let sheet = [
        record(0x81, &[]),
        record(0x94, &[0; 16]),
        record(0x91, &[]),
        record(0, &[0; 17]),
        record(6, &cell(0, &wide("a@b.test"))),
        record(7, &cell(1, &[0; 4])),
        record(0, &[&1u32.to_le_bytes()[..], &[0; 13]].concat()),
        record(5, &cell(0, &13_812_345_678_f64.to_le_bytes())),
        record(2, &cell(2, &(7u32 << 2 | 2).to_le_bytes())),
        record(4, &cell(3, &[1])),
        // Right behind it, and so without a column: a text, a shared one, a day; then a text in several fonts.
        record(17, &[&[0; 4][..], &wide("z")].concat()),
        record(18, &[0; 8]),
        record(16, &day(&43_831_f64.to_le_bytes())),
        record(62, &cell(8, &[&[0][..], &wide("rich"), &[0; 4]].concat())),
        record(0x92, &[]),
        record(0x82, &[]),
    ];
    let format = |number: u16| record(47, &[&[0, 0][..], &number.to_le_bytes(), &[0; 12]].concat());
    let formats = [
        record(278, &[]),
        record(615, &1u32.to_le_bytes()),
        record(44, &[&[164, 0][..], &wide("yyyy\\-mm")].concat()),
        record(616, &[]),
        record(617, &2u32.to_le_bytes()),
        format(0),
        format(164),
        record(618, &[]),
        record(279, &[]),
    ];
    let texts = [record(0x9f, &[1, 0, 0, 0, 1, 0, 0, 0]), record(0x13, &[&[0][..], &wide("x, y")].concat())];
    [sheet.concat(), texts.concat(), formats.concat()]
}

pub fn seeds() -> Vec<Vec<u8>> {
    let ([globals, xls_sheet], [xlsb_sheet, xlsb_texts, formats]) = (xls_parts(), xlsb_parts());
    let xlsx_sheet = "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"C1\" t=\"inlineStr\"><is><t>x&amp;y</t></is></c></row><row r=\"3\"><c r=\"B3\" s=\"1\"><v>43831.5</v></c><c t=\"b\"><v>1</v></c><c r=\"D3\" t=\"e\"><v>#REF!</v></c><c r=\"E3\" t=\"str\"><f>A1</f><v>1E20</v></c></row></sheetData></worksheet>";
    let texts = "<sst count=\"1\"><si><t>a@b.test</t></si><si><r><t>p</t></r><r><t>q</t></r></si></sst>";
    let styles = "<styleSheet><numFmts><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\"/></numFmts><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>";
    let content = "<office:document-content><office:body><office:spreadsheet><table:table table:name=\"S\"><table:table-row table:number-rows-repeated=\"2\"><table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"2\"><text:p>a@b.test</text:p></table:table-cell><table:table-cell/><table:table-cell office:value-type=\"float\" office:value=\"138\"/></table:table-row></table:table></office:spreadsheet></office:body></office:document-content>";
    let compound = xls(&globals, &xls_sheet);
    vec![
        case(0, &[&globals, &xls_sheet]),
        case(1, &[xlsx_sheet.as_bytes(), texts.as_bytes(), styles.as_bytes()]),
        case(2, &[&xlsb_sheet, &xlsb_texts, &formats]),
        case(3, &[content.as_bytes()]),
        case(4, &[&compound[8..]]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &[u8], want: &str) {
        let out = walk(file).expect("a workbook");
        assert!(out.failed.is_empty(), "{:?}", out.failed);
        assert_eq!(out.whole, [("archive!S".to_owned(), want.as_bytes().to_vec())]);
    }

    #[test]
    fn workbooks_by_hand_are_workbooks() {
        let ([globals, sheet], [xlsb_sheet, texts, formats]) = (xls_parts(), xlsb_parts());
        check(&xls(&globals, &sheet), "a@b.test,,a@b.test\n13812345678,7,\n2020-01-01,true,\n0,0,\n");
        let rows = "a@b.test,\"x, y\"\n13812345678,,7,true,z,\"x, y\",2020-01-01,,rich\n";
        check(&xlsb(&xlsb_sheet, &texts, &formats), rows);
    }

    #[test]
    fn every_seed_is_read() {
        seeds().iter().for_each(|seed| run(seed));
    }
}
