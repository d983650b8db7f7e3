//! Tables as programs print them: arrays in arrays, values in apostrophes.

use super::desk::Desk;
use super::logins::found;

const ROWS: std::ops::Range<usize> = 0..120;

fn address(row: usize) -> String {
    format!("anna{row}@example.org")
}

fn phone(row: usize) -> String {
    format!("0151{:08}", 20_000_000 + row * 7919)
}

fn rows(write: impl Fn(usize) -> String, between: &str) -> String {
    ROWS.map(write).collect::<Vec<_>>().join(between)
}

fn in_brackets(row: usize) -> String {
    format!("[{row},\"{}\",\"{}\",\"Anna, {row}\"]", address(row), phone(row))
}

/// Ingests a text as a dump, and expects as many records as rows, and every address and number among them.
#[track_caller]
fn check(text: String, shape: &str) {
    let desk = Desk::new();
    desk.write("dump", text);
    let outcome = desk.leakdex("ingest dump --breach b --region DE").run_ok();
    let report = outcome.stderr_text();
    assert!(report.contains(shape), "`{shape}` in\n{outcome}");
    assert!(report.contains("120 records = 120 accepted + 0 rejected"), "{outcome}");
    let all = |value: fn(usize) -> String| ROWS.map(value).collect::<Vec<_>>();
    assert_eq!(found(&desk, "email", "", &all(address)), ROWS.len(), "{outcome}");
    assert_eq!(found(&desk, "phone", "DE", &all(phone)), ROWS.len(), "{outcome}");
}

#[test]
fn arrays_in_json_are_records() {
    let list = rows(in_brackets, ",");
    check(rows(in_brackets, "\n"), "JSON arrays, one for each record");
    check(format!("[{list}]"), "a JSON array of arrays");
    check(format!("[\n{}\n]\n", rows(in_brackets, ",\n").replace(",\"", ",\n\"")), "a JSON array of arrays");
    check(format!("{{\"draw\":1,\"recordsTotal\":120,\"data\":[{list}]}}"), "JSON arrays, nested 2 deep");
    let names = "\"id\",\"email\",\"phone\",\"name\"";
    check(format!("{{\"columns\":[{names}],\"index\":[0,1,2],\"data\":[{list}]}}"), "first row taken as names");
    let described =
        "[{\"name\":\"id\",\"type\":\"long\"},{\"name\":\"email\"},{\"name\":\"phone\"},{\"name\":\"name\"}]";
    check(format!("{{\"columns\":{described},\"rows\":[{list}]}}"), "first row taken as names");
    check(format!("{{\"values\":[[\"Customers 2021\"],[],[{names}],{list}]}}"), "first row taken as names");
    check(format!("{{\"range\":\"A1:D121\",\"values\":[[{names}],{list}]}}"), "first row taken as names");
    let python = |row: usize| in_brackets(row).replace('"', "'").replace("Anna", "O\\'Neil");
    check(rows(python, "\n"), "arrays as a program prints them");
}

/// What a program prints of a whole table in one line is no record of everybody.
#[test]
fn a_line_of_everybody_is_searched() {
    let desk = Desk::new();
    let row = |row: usize| format!("({row}, '{}', '+49151{:08}')", address(row), 20_000_000 + row * 7919);
    desk.write("dump", format!("[{}]\n", rows(row, ", ")));
    let outcome = desk.leakdex("ingest dump --breach b --region DE").run_ok();
    assert!(outcome.stderr_text().contains("searched for e-mail addresses"), "{outcome}");
    assert_eq!(found(&desk, "email", "", &ROWS.map(address).collect::<Vec<_>>()), ROWS.len());
    assert_eq!(found(&desk, "phone", "DE", &ROWS.map(phone).collect::<Vec<_>>()), ROWS.len());
}

/// What `null` stands for is missing, in a row and among the names, and moves nothing.
#[test]
fn no_value_is_no_column() {
    let row = |row: usize| match row % 9 {
        0 => format!("[{row},null,null,null,\"{}\",\"{}\"]", address(row), phone(row)),
        _ => format!("[{row},[\"x\",\"y\"],null,{{\"a\":1}},\"{}\",\"{}\",null,null]", address(row), phone(row)),
    };
    let desk = Desk::new();
    desk.write("dump", format!("[\"id\",\"tags\",null,\"more\",\"email\",\"phone\",\"dob\"]\n{}", rows(row, "\n")));
    let outcome = desk.leakdex("ingest dump --breach b --region DE").run_ok();
    assert!(!outcome.stderr_text().contains("beside records"), "{outcome}");
    assert!(outcome.stderr_text().contains("  email  120\n  phone  120\n"), "{outcome}");
    assert!(desk.leakdex("inspect dump --region DE").run_ok().stdout_text().contains("  6  phone "), "{outcome}");
}

/// A server that was asked page by page.
#[test]
fn pages_of_arrays_are_one_table() {
    let page = |from: usize| {
        let rows: Vec<String> = (from..from + 40).map(in_brackets).collect();
        format!("{{\"draw\":{from},\"data\":[{}]}}\n", rows.join(","))
    };
    check([0, 40, 80].map(page).concat(), "JSON arrays, nested 2 deep");
}

#[test]
fn a_list_of_arrays_is_scanned() {
    let desk = Desk::with_index();
    let line = |row: &str| format!("[\"{}\"]\n", row.replace(',', "\",\""));
    let list: String = super::desk::LIST.lines().map(line).collect();
    desk.write("list", list);
    let outcome = desk.leakdex("scan list --region CN --reference id").run_ok();
    assert_eq!(outcome.stdout_text(), super::desk::EXPOSURES, "{outcome}");
}

/// Such as lists in Python, and pieces of a dump whose statement has been cut off.
#[test]
fn values_in_apostrophes_are_read() {
    let value = |row: usize| format!("'{row}','{}','{}','O''Neil, Anna'", address(row), phone(row));
    let lines = rows(value, "\n");
    check(lines.clone(), "comma-delimited text in apostrophes");
    check(
        format!("id,email,phone,name\n{lines}"),
        "comma-delimited text in apostrophes, UTF-8, first row taken as names",
    );
    check(lines.replace("','", "'\t'"), "tab-delimited text in apostrophes");
    check(rows(|row| format!("({}),", value(row)), "\n"), "comma-delimited text in apostrophes");
    let python = |row: usize| format!("({row}, '{}', '{}', \"O'Neil, Anna\", None)", address(row), phone(row));
    check(rows(python, "\n"), "comma-delimited text in apostrophes");
    let desk = Desk::new();
    desk.write("dump", rows(|row| format!("'{}'", phone(row)), "\n"));
    desk.leakdex("ingest dump --breach b --region DE --map 1=phone").run_ok();
    assert_eq!(found(&desk, "phone", "DE", &ROWS.map(phone).collect::<Vec<_>>()), ROWS.len());
}
