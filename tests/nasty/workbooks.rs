//! Workbooks: what each format holds, what is locked, and what is made to take all memory there is.

use super::{CANARY, address, expect_silent, found, ingest, run_measured, size};
use crate::cli::desk::{Desk, expect_error};
use crate::targets::sheets::{xls_parts, xlsb_parts};
use crate::targets::workbook::{biff, compound, ods, record, wide, xls, xlsb, xlsx, zipped};
use std::io::{Cursor, Write};

/// What reading a small hostile workbook may take beside the least memory of an ingest.
const MEMORY_MAX: u64 = 640 << 20;

/// A cell of xls with a text.
fn label(row: u16, column: u16, text: &str) -> Vec<u8> {
    let value = [&(text.len() as u16).to_le_bytes()[..], &[0], text.as_bytes()].concat();
    biff(0x204, &[&row.to_le_bytes()[..], &column.to_le_bytes(), &[0, 0], &value].concat())
}

fn number(row: u16, column: u16, value: f64) -> Vec<u8> {
    biff(0x203, &[&row.to_le_bytes()[..], &column.to_le_bytes(), &[0, 0], &value.to_le_bytes()].concat())
}

/// The content of an open document with one table of these rows.
fn table(rows: &str) -> Vec<u8> {
    let body = format!("<table:table table:name=\"S\">{rows}</table:table>");
    let all = format!(
        "<office:document-content><office:body><office:spreadsheet>{body}</office:spreadsheet></office:body></office:document-content>"
    );
    ods(all.as_bytes())
}

fn cell(attributes: &str, text: &str) -> String {
    format!("<table:table-cell office:value-type=\"string\"{attributes}><text:p>{text}</text:p></table:table-cell>")
}

/// Encrypted, in the three ways that there are: it is said, with what to do.
#[test]
fn a_locked_workbook_is_told_as_such() {
    let desk = Desk::with_index();
    let info = [&[4, 0, 4, 0, 0x40, 0, 0, 0][..], b"<encryption/>"].concat();
    let package = vec![0x5a; 5000];
    desk.write("locked.xlsx", compound(&[("EncryptionInfo", &info), ("EncryptedPackage", &package)]));
    // FILEPASS with RC4: MS-XLS 2.4.117.
    let pass = biff(0x2f, &[&[1, 0, 1, 0, 1, 0][..], &[7; 48]].concat());
    desk.write("locked.xls", xls(&pass, &label(0, 0, "email")));
    let list = b"<manifest:manifest><manifest:file-entry manifest:full-path=\"content.xml\"><manifest:encryption-data/></manifest:file-entry></manifest:manifest>";
    let parts = [
        ("mimetype", &b"application/vnd.oasis.opendocument.spreadsheet"[..]),
        ("content.xml", &[0x5a; 900]),
        ("META-INF/manifest.xml", list),
    ];
    desk.write("locked.ods", zipped(&parts));
    for name in ["locked.xlsx", "locked.xls", "locked.ods"] {
        let hint = "open it in a spreadsheet program and export it as CSV";
        for command in ["inspect", "ingest --breach b", "scan"] {
            desk.refuses(&format!("{command} {name}"), "the workbook is protected with a password", hint);
        }
    }
}

#[test]
fn cells_of_open_documents_are_read_as_they_are_meant() {
    let desk = Desk::new();
    let head =
        format!("<table:table-row>{}{}{}</table:table-row>", cell("", "email"), cell("", "name"), cell("", "note"));
    let note = "<office:annotation><text:p>a note</text:p></office:annotation>";
    let rows = [
        // A row that is there three times, and a cell that is there twice.
        format!("<table:table-row table:number-rows-repeated=\"3\">{}{}</table:table-row>", cell("", &address(1)), cell(" table:number-columns-repeated=\"2\"", "x")),
        // Gaps, as empty cells and as covered ones.
        format!("<table:table-row>{}<table:table-cell/><table:covered-table-cell/></table:table-row>", cell("", &address(2))),
        "<table:table-row table:number-rows-repeated=\"1000000\"><table:table-cell table:number-columns-repeated=\"16384\"/></table:table-row>".into(),
        // Entities, character references, blanks, a comment on the cell, a text in an attribute.
        format!("<table:table-row>{}{}</table:table-row>", cell("", &address(3).replace('@', "&#64;")), cell("", &format!("{note}A &amp; B<text:s text:c=\"3\"/>C<text:tab/><![CDATA[<D>]]>"))),
        format!("<table:table-row><table:table-cell office:value-type=\"string\" office:string-value=\"{}\"/></table:table-row>", address(4)),
        // An error of a formula, a truth, a day.
        format!("<table:table-row>{}<table:table-cell office:value-type=\"boolean\" office:boolean-value=\"true\"/><table:table-cell office:value-type=\"date\" office:date-value=\"2021-07-31T00:00:00\"/></table:table-row>", cell("", &address(5))),
    ];
    desk.write("cells.ods", table(&(head + &rows.concat())));
    let outcome = ingest(&desk, "cells.ods", 0, &["7 records = 7 accepted + 0 rejected", "email  7"]);
    assert_eq!(found(&desk, (1..6).map(address)), 5, "{outcome}");
}

/// Some hundred bytes to some kilobytes that stand for gigabytes.
fn bombs() -> Vec<(&'static str, Vec<u8>)> {
    let value = format!("{CANARY}{}", "x".repeat(50_000));
    let row = |attributes: &str, cells: &str| format!("<table:table-row{attributes}>{cells}</table:table-row>");
    let many = " table:number-rows-repeated=\"1048576\"";
    let wide_cell = " table:number-columns-repeated=\"16384\"";
    let corners = |row: u16, column: u16| xls(&[], &[label(0, 0, CANARY), number(row, column, 5.0)].concat());
    let mut circle = corners(1, 1);
    // The second entry of the table of chains, which stands at the end: the directory goes on in itself.
    let table_at = circle.len() - 512;
    circle[table_at..table_at + 4].fill(0);
    // The stream of the workbook goes on in itself, and says that it has 4 GiB.
    let mut endless = corners(1, 1);
    endless[512 + 128 + 120..512 + 128 + 124].fill(0xff);
    endless[table_at + 4 * 8..table_at + 4 * 9].copy_from_slice(&1u32.to_le_bytes());
    let dimensions = biff(0x200, &[&[0; 4][..], &u32::MAX.to_le_bytes(), &[0, 0, 255, 0, 0, 0]].concat());
    let around = biff(0x200, &[&[9, 0, 0, 0][..], &[1, 0, 0, 0], &[0, 0, 255, 0, 0, 0]].concat());
    let text = [&[1, 0, 0, 0, 1, 0, 0, 0][..], &4000u16.to_le_bytes(), &[0], &[b'x'; 4000]].concat();
    let shared: Vec<u8> =
        (0..u16::MAX).flat_map(|row| biff(0xfd, &[&row.to_le_bytes()[..], &[0; 8]].concat())).collect();
    let sheets: Vec<u8> = (0..4000).flat_map(|_| biff(0x85, &[0x14, 0, 0, 0, 0, 0, 1, 0, b'T'])).collect();
    let columns: Vec<u8> = (0..250).flat_map(|row| (0..200).flat_map(move |column| number(row, column, 1.0))).collect();
    vec![
        ("rows.ods", table(&row(many, &cell(" table:number-columns-repeated=\"90\"", CANARY)))),
        ("columns.ods", table(&row("", &cell(wide_cell, &value)))),
        ("both.ods", table(&row(many, &cell(wide_cell, CANARY)).repeat(100))),
        ("many.ods", table(&row("", &cell(wide_cell, CANARY)).repeat(3000))),
        ("blanks.ods", table(&row("", &cell("", "<text:s text:c=\"4294967295\"/>")))),
        ("corners.xls", corners(u16::MAX, u16::MAX)),
        ("corner.xls", corners(u16::MAX, 255)),
        ("circle.xls", circle),
        ("endless.xls", endless),
        ("dimensions.xls", xls(&[], &[dimensions, label(0, 0, CANARY)].concat())),
        ("around.xls", xls(&[], &[around, label(0, 0, CANARY)].concat())),
        ("shared.xls", xls(&biff(0xfc, &text), &shared)),
        ("sheets.xls", xls(&sheets, &columns)),
        ("text.xlsx", deflated("<row><c r=\"A1\" t=\"inlineStr\"><is><t>", "</t></is></c></row>")),
        ("comment.xlsx", deflated("<!--", "-->")),
    ]
}

/// An xlsx whose sheet is compressed, with very much text between these.
fn deflated(before: &str, after: &str) -> Vec<u8> {
    let mut plain = ::zip::ZipArchive::new(Cursor::new(xlsx(b"", b"<sst/>", b"<styleSheet/>"))).expect("an archive");
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    let room = "memory takes everything";
    for index in 0..plain.len() {
        let mut part = plain.by_index(index).expect("a part");
        let name = part.name().expect("a name").into_owned();
        writer.start_file(name.as_str(), ::zip::write::SimpleFileOptions::default()).expect("a part");
        if !name.contains("worksheets") {
            std::io::copy(&mut part, &mut writer).expect(room);
            continue;
        }
        write!(writer, "<worksheet><sheetData>{before}").expect(room);
        let piece = [b'x'; 1 << 20];
        (0..size(200, 4000)).for_each(|_| writer.write_all(&piece).expect(room));
        write!(writer, "{after}</sheetData></worksheet>").expect(room);
    }
    writer.finish().expect(room).into_inner()
}

#[test]
fn workbooks_that_stand_for_gigabytes_take_none() {
    for (name, bytes) in bombs() {
        let desk = Desk::with_index();
        desk.write(name, bytes);
        let before = desk.state();
        let (outcome, peak) = run_measured(desk.leakdex(&format!("ingest {name} --breach b --memory 48M --threads 2")));
        assert!(peak < MEMORY_MAX, "{name}: {} MiB\n{outcome}", peak >> 20);
        assert!(matches!(outcome.code, Some(0 | 2 | 3)), "{name}\n{outcome}");
        assert!(!outcome.stderr_text().contains("bug"), "{name}\n{outcome}");
        if outcome.code == Some(2) {
            expect_error(&outcome, "", "");
            assert!(desk.state() == before, "{name}: nothing is written\n{outcome}");
        }
        expect_silent(&outcome);
    }
}

fn inline(place: &str, text: &str) -> String {
    format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
}

fn worksheet(rows: &str) -> String {
    format!("<worksheet><sheetData>{rows}</sheetData></worksheet>")
}

/// An xlsb with these people, whose numbers stand right behind their addresses, and so without a column.
fn xlsb_of(people: &[(String, f64)]) -> Vec<u8> {
    let text = |text: &str| record(6, &[&[0; 8][..], &wide(text)].concat());
    let head = [record(0, &[0; 17]), text("email"), record(17, &[&[0; 4][..], &wide("mobile")].concat())].concat();
    let rows = people.iter().zip(1u32..).flat_map(|((email, phone), row)| {
        let number = record(16, &[&[0; 4][..], &phone.to_le_bytes()].concat());
        [record(0, &[&row.to_le_bytes()[..], &[0; 13]].concat()), text(email), number].concat()
    });
    xlsb(&[head, rows.collect(), record(0x92, &[])].concat(), b"", b"")
}

#[test]
fn people_in_workbooks_of_every_format_are_found() {
    let people: Vec<(String, f64)> = (0..20).map(|n| (address(n), 13_900_139_000.0 + n as f64)).collect();
    let xls_rows: Vec<u8> = people
        .iter()
        .zip(1u16..)
        .flat_map(|((email, phone), row)| [label(row, 0, email), number(row, 1, *phone)].concat())
        .collect();
    let book = xls(&[], &[label(0, 0, "email"), label(0, 1, "mobile"), xls_rows].concat());
    let rows = people.iter().zip(2..).map(|((email, phone), row)| {
        format!("<row r=\"{row}\">{}<c r=\"B{row}\"><v>{phone}</v></c></row>", inline(&format!("A{row}"), email))
    });
    let head = format!("<row r=\"1\">{}{}</row>", inline("A1", "email"), inline("B1", "mobile"));
    let sheet = worksheet(&(head + &rows.collect::<String>()));
    let ods_rows = people.iter().map(|(email, phone)| {
        let number = format!("<table:table-cell office:value-type=\"float\" office:value=\"{phone}\"><text:p>1.39E+10</text:p></table:table-cell>");
        format!("<table:table-row>{}{number}</table:table-row>", cell("", email))
    });
    let head = format!("<table:table-row>{}{}</table:table-row>", cell("", "email"), cell("", "mobile"));
    let document = table(&(head + &ods_rows.collect::<String>()));
    let files = [
        ("book.xls", book),
        ("book.xlsx", xlsx(sheet.as_bytes(), b"<sst/>", b"<styleSheet/>")),
        ("book.ods", document),
        ("book.xlsb", xlsb_of(&people)),
    ];
    for (name, bytes) in files {
        let desk = Desk::new();
        desk.write(name, bytes);
        ingest(
            &desk,
            name,
            0,
            &[&format!("`{name}!S`: comma-delimited text"), "20 records = 20 accepted + 0 rejected", "phone  20"],
        );
        assert_eq!(found(&desk, (0..20).map(address)), 20, "{name}");
        let phone = desk.leakdex("check --kind phone --region CN 13900139007").run_ok().stdout_text();
        assert!(phone.contains("exposed"), "{name}: {phone}");
    }
}

#[test]
fn formats_by_hand_are_what_they_say() {
    let desk = Desk::new();
    let ([globals, sheet], [xlsb_sheet, texts, formats]) = (xls_parts(), xlsb_parts());
    desk.write("book.xls", xls(&globals, &sheet));
    desk.write("book.xlsb", xlsb(&xlsb_sheet, &texts, &formats));
    for name in ["book.xls", "book.xlsb"] {
        let outcome = desk.leakdex(&format!("inspect {name} --region CN --map 1=login")).run();
        assert!(outcome.stdout_text().contains(&format!("`{name}!S`: comma-delimited text")), "{outcome}");
    }
}

/// Parts that make no sense: an error in words, and no word of a bug.
#[test]
fn broken_workbooks_are_damaged_and_hide_nothing_beside_them() {
    let desk = Desk::with_index();
    let far = worksheet(&format!("<row r=\"1\">{}</row>", inline("ZZZZZZZ99999999999", CANARY)));
    let far = xlsx(far.as_bytes(), b"<sst/>", b"<styleSheet/>");
    let ends = biff(0xbd, &[0, 0, 9, 0, 0, 0, 0, 0, 1, 0]);
    let files = [
        ("far.xlsx", far.clone()),
        ("numbers.xls", xls(&[], &ends)),
        ("cut.xls", xls(&[], &label(0, 0, CANARY))[..1500].to_vec()),
        ("text.xlsb", xlsb(&wide("no records"), b"", b"")),
        ("cut.ods", table("<table:table-row><table:table-cell>")),
    ];
    for (name, bytes) in files {
        desk.write(name, bytes);
        let outcome = desk.leakdex(&format!("ingest {name} --breach b")).run_code(2);
        assert!(!outcome.stderr_text().contains("bug"), "{outcome}");
        expect_silent(&outcome);
    }
    let good = format!("email\n{}\n", address(1));
    desk.write("both.zip", zipped(&[("far.xlsx", &far), ("good.csv", good.as_bytes())]));
    let outcome = desk.leakdex("inspect both.zip").run_code(3);
    let shown = outcome.stdout_text();
    assert!(shown.contains("`both.zip!good.csv`: "), "{outcome}");
    assert!(shown.contains("not read: reading both.zip!far.xlsx: the workbook is damaged"), "{outcome}");
    desk.refuses("ingest both.zip --breach b", "reading both.zip!far.xlsx", "fetch the file again");
}

/// The same generated people, as other programs write them: LibreOffice 7.4, openpyxl 3.1, xlwt 1.3, and SheetJS 0.18, which
/// leaves out the columns of cells in an xlsb. Each has a sheet of twelve, an empty one, and one with a vehicle.
#[test]
fn workbooks_of_other_programs_are_read() {
    for name in ["libreoffice.xlsx", "libreoffice.xls", "libreoffice.ods", "openpyxl.xlsx", "xlwt.xls", "sheetjs.xlsb"]
    {
        let desk = Desk::new();
        desk.write(name, stored(name));
        let sheets =
            [format!("`{name}!People`: comma-delimited text"), format!("`{name}!Second`: comma-delimited text")];
        let [first, second] = &sheets;
        let parts =
            [first, second, "12 records = 12 accepted + 0", "1 records = 1 accepted + 0", "phone  12", "vin    1"];
        let outcome = ingest(&desk, name, 0, &parts);
        let people = (0..12).map(|n| format!("person{n:02}@example.com")).chain(["second@example.com".into()]);
        assert_eq!(found(&desk, people), 13, "{name}\n{outcome}");
        let list = (0..12).map(|n| format!("{}\n", 13_900_139_000_u64 + n)).collect::<String>();
        let check = desk.leakdex("check --kind phone --region CN").stdin(list).run_ok().stdout_text();
        let classes = "b, exact: Email addresses; Phone numbers; Names; Dates of birth";
        assert_eq!(check.matches(classes).count(), 12, "{name}\n{check}");
    }
}

/// The same, with a password, as LibreOffice and msoffcrypto-tool (in the way of Microsoft's programs) write it.
#[test]
fn locked_workbooks_of_other_programs_are_told_as_such() {
    let desk = Desk::with_index();
    for name in ["locked-libreoffice.xls", "locked-libreoffice.ods", "locked-msoffcrypto.xlsx"] {
        desk.write(name, stored(name));
        for command in ["inspect", "ingest --breach b", "scan"] {
            let hint = "open it in a spreadsheet program and export it as CSV";
            desk.refuses(&format!("{command} {name}"), "the workbook is protected with a password", hint);
        }
    }
}

fn stored(name: &str) -> Vec<u8> {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/workbooks").join(name);
    std::fs::read(path).expect("a workbook")
}

/// Above a table stands its title; a number alone in its row is a number.
#[test]
fn titles_above_a_table_are_no_names_of_columns_and_numbers_are_no_titles() {
    let row = |number: usize, cells: &[&str]| {
        let cells = cells.iter().zip(["A", "B", "C"]).filter(|(text, _)| !text.is_empty());
        let cells: String = cells.map(|(text, column)| inline(&format!("{column}{number}"), text)).collect();
        format!("<row r=\"{number}\">{cells}</row>")
    };
    let people = |first: usize| -> String {
        let row = |n| row(n, &[&format!("+49 151 2{n:07}"), &format!("a{n}@example.com"), "Anna"]);
        (first..first + 40).map(row).collect()
    };
    let book = |rows: String| xlsx(worksheet(&rows).as_bytes(), b"<sst/>", b"<styleSheet/>");
    let desk = Desk::new();
    let title = [row(1, &["Customers"]), row(2, &["as of 31.12.2021"]), row(4, &["phone", "mail", "name"])].concat();
    desk.write("title.xlsx", book(title + &people(5)));
    let outcome = desk.leakdex("ingest title.xlsx --breach title --index t").run_ok();
    assert!(outcome.stderr_text().contains("40 records = 40 accepted"), "{outcome}");
    let alone = row(1, &["+49 151 30000001"]) + &row(2, &["+49 151 30000002"]);
    desk.write("alone.xlsx", book(alone + &people(3)));
    let outcome = desk.leakdex("ingest alone.xlsx --breach alone --index a").run_ok();
    assert!(outcome.stderr_text().contains("42 records = 42 accepted"), "{outcome}");
}
