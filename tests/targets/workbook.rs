//! Workbooks by hand: the least that each format needs around the parts that hold data.

use std::io::{Cursor, Write};

const SECTOR: usize = 512;
/// Streams from here on stand in sectors of their own.
const STREAM_BYTES_MIN: usize = 4096;
const END: u32 = 0xffff_fffe;
const FREE: u32 = 0xffff_ffff;
const FAT: u32 = 0xffff_fffd;

/// A zip archive of such parts.
pub fn zipped(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let options = zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in parts {
        writer.start_file(*name, options).expect("a part");
        writer.write_all(bytes).expect("memory takes everything");
    }
    writer.finish().expect("memory takes everything").into_inner()
}

/// An xlsx with one sheet, `S`, and these parts: the sheet, the shared texts, the styles.
pub fn xlsx(sheet: &[u8], texts: &[u8], styles: &[u8]) -> Vec<u8> {
    let parts = [
        ("[Content_Types].xml", TYPES.as_bytes()),
        ("_rels/.rels", RELATIONS.as_bytes()),
        ("xl/workbook.xml", BOOK.as_bytes()),
        ("xl/_rels/workbook.xml.rels", XLSX_RELATIONS.as_bytes()),
        ("xl/worksheets/sheet1.xml", sheet),
        ("xl/sharedStrings.xml", texts),
        ("xl/styles.xml", styles),
    ];
    zipped(&parts)
}

/// An xlsb with one sheet, `S`, and these parts, of which the last two may be empty.
pub fn xlsb(sheet: &[u8], texts: &[u8], styles: &[u8]) -> Vec<u8> {
    // BrtBundleSh: visible, number, relation, name.
    let mut bundle = [0u32.to_le_bytes(), 1u32.to_le_bytes()].concat();
    [wide("rId1"), wide("S")].iter().for_each(|text| bundle.extend_from_slice(text));
    let book = [record(0x83, &[]), record(0x8f, &[]), record(0x9c, &bundle), record(0x90, &[]), record(0x84, &[])];
    let parts = [
        ("[Content_Types].xml", BINARY_TYPES.as_bytes()),
        ("_rels/.rels", BINARY_RELATIONS.as_bytes()),
        ("xl/workbook.bin", &book.concat()[..]),
        ("xl/_rels/workbook.bin.rels", XLSB_RELATIONS.as_bytes()),
        ("xl/worksheets/sheet1.bin", sheet),
        ("xl/sharedStrings.bin", texts),
        ("xl/styles.bin", styles),
    ];
    zipped(&parts)
}

/// An ods with this content.
pub fn ods(content: &[u8]) -> Vec<u8> {
    let parts = [
        ("mimetype", &b"application/vnd.oasis.opendocument.spreadsheet"[..]),
        ("content.xml", content),
        ("META-INF/manifest.xml", b"<manifest:manifest xmlns:manifest=\"m\"/>"),
    ];
    zipped(&parts)
}

/// A record of xlsb: MS-XLSB 2.1.4.
pub fn record(kind: u16, bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    if kind < 0x80 {
        out.push(kind as u8)
    } else {
        out.extend([kind as u8 | 0x80, (kind >> 7) as u8])
    }
    let mut length = bytes.len();
    while length > 0x7f {
        out.push(length as u8 | 0x80);
        length >>= 7;
    }
    out.push(length as u8);
    [&out[..], bytes].concat()
}

/// A text of xlsb: its length and UTF-16.
pub fn wide(text: &str) -> Vec<u8> {
    let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    [&((units.len() / 2) as u32).to_le_bytes()[..], &units].concat()
}

/// A record of xls: MS-XLS 2.1.4.
pub fn biff(kind: u16, bytes: &[u8]) -> Vec<u8> {
    [&kind.to_le_bytes()[..], &(bytes.len() as u16).to_le_bytes(), bytes].concat()
}

/// An xls with one sheet, `S`: the shared texts and what else is global, and the records of the sheet.
pub fn xls(globals: &[u8], sheet: &[u8]) -> Vec<u8> {
    let begin = |kind: u16| biff(0x809, &[&[0, 6][..], &kind.to_le_bytes(), &[0; 12]].concat());
    let (first, end) = (begin(5), biff(0x0a, &[]));
    let bound = |at: u32| biff(0x85, &[&at.to_le_bytes()[..], &[0, 0, 1, 0, b'S']].concat());
    let at = first.len() + bound(0).len() + globals.len() + end.len();
    let stream = [&first[..], &bound(at as u32), globals, &end, &begin(0x10), sheet, &end].concat();
    compound(&[("Workbook", &stream)])
}

/// A compound file, MS-CFB version 3, of up to three streams.
pub fn compound(streams: &[(&str, &[u8])]) -> Vec<u8> {
    let sectors = |bytes: usize| bytes.max(STREAM_BYTES_MIN).div_ceil(SECTOR);
    let count = 1 + streams.iter().map(|(_, bytes)| sectors(bytes.len())).sum::<usize>();
    // The table stands behind the directory and the streams.
    let tables = (1..).find(|tables| tables * SECTOR / 4 >= count + tables).expect("some number");
    let (mut chains, mut folder, mut data) = (vec![END], entry("Root Entry", 5, END, 0), Vec::new());
    for (name, bytes) in streams {
        let (first, length) = (chains.len(), sectors(bytes.len()));
        chains.extend((first + 1..first + length).map(|next| next as u32));
        chains.push(END);
        folder.extend(entry(name, 2, first as u32, bytes.len().max(STREAM_BYTES_MIN) as u32));
        data.extend_from_slice(bytes);
        data.resize((first + length - 1) * SECTOR, 0);
    }
    folder.resize(SECTOR, 0);
    chains.resize(count + tables, FAT);
    chains.resize(tables * SECTOR / 4, FREE);
    let table: Vec<u8> = chains.iter().flat_map(|next| next.to_le_bytes()).collect();
    [header(count, tables), folder, data, table].concat()
}

fn header(count: usize, tables: usize) -> Vec<u8> {
    let mut header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    header.resize(SECTOR, 0);
    let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
    for (at, number) in [(24, 0x3e_u16), (26, 3), (28, 0xfffe), (30, 9), (32, 6)] {
        put(at, &number.to_le_bytes());
    }
    for (at, number) in [(44, tables as u32), (48, 0), (56, STREAM_BYTES_MIN as u32), (60, END), (64, 0), (68, END)] {
        put(at, &number.to_le_bytes());
    }
    for number in 0..109 {
        let sector = if number < tables { (count + number) as u32 } else { FREE };
        put(76 + 4 * number, &sector.to_le_bytes());
    }
    header
}

/// An entry of the directory.
fn entry(name: &str, kind: u8, first: u32, bytes: u32) -> Vec<u8> {
    let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let length = entry.len() as u16 + 2;
    entry.resize(64, 0);
    entry.extend(length.to_le_bytes());
    entry.extend([kind, 1]);
    entry.extend([FREE, FREE, if kind == 5 { 1 } else { FREE }].iter().flat_map(|place| place.to_le_bytes()));
    entry.resize(116, 0);
    entry.extend([first.to_le_bytes(), bytes.to_le_bytes(), [0; 4]].concat());
    entry
}

const TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>";
const RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
const BOOK: &str = "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
const XLSX_RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.xml\"/><Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.xml\"/><Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings\" Target=\"sharedStrings.xml\"/></Relationships>";
const XLSB_RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" Target=\"worksheets/sheet1.bin\"/><Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles\" Target=\"styles.bin\"/><Relationship Id=\"rId3\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings\" Target=\"/xl/sharedStrings.bin\"/></Relationships>";
const BINARY_TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"bin\" ContentType=\"application/vnd.ms-excel.sheet.binary.macroEnabled.main\"/><Override PartName=\"/xl/worksheets/sheet1.bin\" ContentType=\"application/vnd.ms-excel.worksheet\"/><Override PartName=\"/xl/sharedStrings.bin\" ContentType=\"application/vnd.ms-excel.sharedStrings\"/><Override PartName=\"/xl/styles.bin\" ContentType=\"application/vnd.ms-excel.styles\"/></Types>";
const BINARY_RELATIONS: &str = "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" Target=\"xl/workbook.bin\"/></Relationships>";
