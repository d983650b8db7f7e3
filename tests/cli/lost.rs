//! What stands in a dump and was not taken is never silently "not found": it is rescued, or the breach is incomplete.

use super::desk::Desk;
use super::shapes::gzip;
use std::fs;
use std::io::Read;

const ALL: usize = 60;

fn address(row: usize) -> String {
    format!("a.b{row}@example.com")
}

fn rows(row: impl Fn(usize) -> String) -> String {
    (0..ALL).map(row).collect()
}

fn pair(row: usize) -> String {
    format!("{}:pw{row}\n", address(row))
}

/// How many of the addresses are found, and the exit code of the scan.
fn found(desk: &Desk) -> (usize, Option<i32>) {
    desk.write("asked.csv", format!("email\n{}", rows(|row| address(row) + "\n")));
    let scan = desk.leakdex("scan asked.csv --quiet").run();
    let exposed = scan.stdout_text().lines().skip(1).filter(|line| line.contains(",email,exact,")).count();
    (exposed, scan.code)
}

/// Ingests a dump alone with this exit code: so many of the addresses are found then. Output: the report.
#[track_caller]
fn check(name: &str, dump: impl AsRef<[u8]>, code: i32, want: usize) -> String {
    let desk = Desk::new();
    desk.write(name, dump);
    let outcome = desk.leakdex(&format!("ingest {name} --breach b")).run_code(code);
    assert_eq!(found(&desk), (want, Some(code)), "{outcome}");
    outcome.stderr_text()
}

/// The same of a dump in a directory, beside a combolist.
#[track_caller]
fn check_in_tree(name: &str, dump: impl AsRef<[u8]>, code: i32, want: usize) -> String {
    let desk = Desk::new();
    fs::create_dir(desk.path("tree")).expect("a folder");
    desk.write("tree/a.txt", (0..100).map(|row| format!("c{row}@example.net:pw{row}\n")).collect::<String>());
    desk.write(&format!("tree/{name}"), dump);
    let outcome = desk.leakdex("ingest tree --breach b").run_code(code);
    assert_eq!(found(&desk), (want, Some(code)), "{outcome}");
    outcome.stderr_text()
}

/// None of these has a column that the sample shows to hold identifiers.
#[test]
fn a_file_without_such_a_column_is_searched() {
    let xml = rows(|row| format!("\t<user>\n\t\t<id>{row}</id>\n\t\t<mail>{}</mail>\n\t</user>\n", address(row)));
    let json = rows(|row| format!("{{\"id\":{row},\"msg\":\"{{\\\"email\\\": \\\"{}\\\"}}\"}}\n", address(row)));
    let early: String = (0..200_000).map(|row| format!("{row},v{row}\n")).collect();
    let late = format!("id,value\n{early}{}", rows(|row| format!("{row},{}\n", address(row))));
    let nested = format!("[{}]", rows(|row| format!("\"{row} {}\",", address(row))));
    for (name, dump) in [("u.xml", xml), ("j.json", json), ("late.csv", late), ("nested.json", nested)] {
        let report = check_in_tree(name, &dump, 0, ALL);
        assert!(report.contains(&format!("{name}`: text of no known shape")), "{report}");
        check(name, gzip(&[dump.as_bytes()]), 0, ALL);
    }
}

/// A dump of SQL is planned from all of its tables. What no column of them holds stands in a text of any kind.
#[test]
fn a_dump_of_tables_without_such_a_column_is_searched() {
    let filler = |from: usize| -> String {
        let row = |row: usize| format!("INSERT INTO `meta` VALUES ({row},'a:1:{{s:4:\"page\";s:9:\"x{row}\";}}');\n");
        (from..from + 40_000).map(row).collect()
    };
    let meta = "CREATE TABLE `meta` (`id` int, `data` text);\n";
    let blob =
        |row: usize| format!("INSERT INTO `meta` VALUES ({row},'a:1:{{s:5:\"email\";s:19:\"{}\";}}');\n", address(row));
    let dump = format!("{meta}{}{}{}", filler(0), rows(blob), filler(90_000));
    for (name, bytes) in [("m.sql", dump.clone().into_bytes()), ("m.sql.gz", gzip(&[dump.as_bytes()]))] {
        let report = check_in_tree(name, &bytes, 0, ALL);
        assert!(report.contains(&format!("{name}`: text of no known shape")), "{report}");
        check(name, &bytes, 0, ALL);
    }
    // Beside a table of people.
    let people = "CREATE TABLE `users` (`id` int, `email` text);\n";
    let person = |row: usize| format!("INSERT INTO `users` VALUES ({row},'c{row}@example.net');\n");
    let first: String = (0..100).map(person).collect();
    for filler in [filler(0), String::new()] {
        check("both.sql", format!("{people}{first}{meta}{filler}{}", rows(blob)), 0, ALL);
    }
}

/// Where most blocks have all their addresses in columns, and one has not.
#[test]
fn every_block_is_compared_with_a_plain_search() {
    let line = |row: usize, name: &str, note: &str| {
        format!("{{\"id\":{row},\"email\":\"c{row}@example.net\",\"{name}\":\"{note}\"}}\n")
    };
    let dump = |name: &str, late: usize| -> String {
        let late = (0..late).map(|row| line(30_000 + row, name, &format!("see {}", address(row))));
        (0..30_000).map(|row| line(row, name, "n")).chain(late).collect()
    };
    // Nobody takes an address out of a column that is left out.
    let desk = Desk::new();
    desk.write("late.json", dump("note", 1000));
    let outcome = desk.leakdex("ingest late.json --breach b --map note=ignore").run_code(3);
    let warning = "WARNING: a plain search finds 32,000 e-mail addresses where the plan found 31,000";
    assert!(outcome.stderr_text().contains(warning), "{outcome}");
    assert_eq!(found(&desk), (0, Some(3)), "{outcome}");
    check("late.json", dump("password", 1000), 0, ALL);
    check("late.json", dump("note", 1000), 0, ALL);
    check("late.json", dump("note", 3000), 0, ALL);
}

/// Whoever says what the columns are has said what the others are.
#[test]
fn a_column_that_somebody_leaves_out_is_left_out() {
    let desk = Desk::new();
    desk.write("dump.csv", format!("id,email\n{}", rows(|row| format!("{row},{}\n", address(row)))));
    let hint = "--map COLUMN=KIND";
    desk.refuses("ingest dump.csv --breach b --map email=ignore", "no column holds identifiers", hint);
}

/// Nothing of these can be taken, and everybody sees that they are about people.
#[test]
fn a_file_that_may_hold_identifiers_makes_the_breach_incomplete() {
    let hashes = "aad3b435b51404eeaad3b435b51404ee:31d6cfe0d16ae931b73c59d7e0c089c0:::";
    let accounts = rows(|row| format!("CORP\\user{row}:{}:{hashes}\n", 1103 + row));
    let forms = rows(|row| format!("email=a.b{row}%40example.com&pass=pw{row}\n"));
    for dump in [accounts, forms] {
        let report = check_in_tree("odd.txt", dump, 3, 0);
        assert!(report.contains("no column holds identifiers; it may hold records"), "{report}");
        assert!(report.contains("`b` is marked incomplete: files were not read"), "{report}");
    }
    // Telephone numbers with a plus are found in any text.
    let blanks = rows(|row| format!("Anna{row} {row} +49151202160{row:02} Berlin\n"));
    check_in_tree("odd.txt", blanks, 0, 0);
    let sums = rows(|row| format!("d41d8cd98f00b204e9800998ecf8427{:x}  part{row}.rar\n", row % 16));
    let report = check_in_tree("sums.txt", sums, 0, 0);
    assert!(!report.contains("it may hold records"), "{report}");
}

/// One line that holds everything is no row of names.
#[test]
fn a_document_of_one_line_is_searched() {
    let part = |row: usize| format!("<w:p><w:r><w:t xml:space=\"preserve\">{}</w:t></w:r></w:p>", address(row));
    let document = format!("<w:document xmlns:w=\"http://schemas.example/main\"><w:body>{}</w:body>", rows(part));
    check_in_tree("document.xml", document, 0, ALL);
}

/// Whoever asks for one value learns that not everything in a breach was read.
#[test]
fn a_check_tells_of_an_incomplete_breach() {
    let desk = Desk::new();
    let bad: String = (0..60).map(|row| format!("x{row}@@example\n")).collect();
    desk.write("dump.csv", format!("email\n{}{bad}", rows(|row| address(row) + "\n")));
    desk.leakdex("ingest dump.csv --breach b --quiet").run_code(3);
    let outcome = desk.leakdex("check nobody@example.com").run_code(3);
    assert!(
        outcome.stdout_text().contains("not found\tin 1 of 1 breaches that could hold it; 1 incomplete"),
        "{outcome}"
    );
    assert!(outcome.stderr_text().contains("`b` is incomplete: "), "{outcome}");
    let line = desk.leakdex("check nobody@example.com --json").run_code(3).stdout_text();
    let line: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    assert_eq!(line["incomplete"], serde_json::json!(["b"]));
}

#[test]
fn a_line_without_end_is_searched() {
    let line: Vec<String> = (0..60_000).map(address).collect();
    check_in_tree("long.txt", line.join(", "), 0, ALL);
    let desk = Desk::new();
    desk.write("long.txt", line.join(", "));
    let shown = desk.leakdex("inspect long.txt").run_ok().stdout_text();
    assert!(!shown.contains(" 0 records looked at") && !shown.contains("of about 0"), "{shown}");
    desk.leakdex("ingest long.txt --breach b").run_ok();
    let last = desk.leakdex("scan - --quiet").stdin(format!("{}\nnobody@example.org\n", address(59_999))).run_ok();
    assert_eq!(last.stdout_text().lines().count(), 2, "{last}");
    let nested: Vec<String> = (0..60_000).map(|row| format!("[{row},\"{}\"]", address(row))).collect();
    check("nested.json", format!("[{}]", nested.join(",")), 0, ALL);
}

#[test]
fn several_pairs_on_a_line_and_pages_are_searched() {
    for count in [20, ALL] {
        let pairs: Vec<String> = (0..count).map(|row| pair(row).trim_end().to_string()).collect();
        check("pairs.txt", pairs.join(";"), 0, count);
    }
    let link = |row: usize| {
        let address = address(row);
        format!("<tr><td>{row}</td><td><a href=\"mailto:{address}\">{address}</a></td></tr>\n")
    };
    let report = check("page.html", format!("<table>\n{}</table>\n", rows(link)), 0, ALL);
    assert!(!report.contains("username"), "{report}");
    // In a combolist some secrets are addresses, and most are not.
    let secret =
        |row: usize| if row.is_multiple_of(20) { pair(row).replace(":pw", ":x@mail.example.org") } else { pair(row) };
    let report = check("combo.txt", rows(secret), 0, ALL);
    assert!(report.contains("combolist") && !report.contains("WARNING"), "{report}");
}

/// Addresses that the plan does not take are a sign in small dumps, too.
#[test]
fn a_plan_that_misses_addresses_makes_the_breach_incomplete() {
    let keys = rows(|row| format!("{{\"{}\":{{\"ip\":\"93.184.216.{row}\"}}}}\n", address(row)));
    let report = check("keys.json", keys, 3, 0);
    assert!(report.contains("WARNING: a plain search finds 60 e-mail addresses where the plan found 0"), "{report}");
    assert!(report.contains("incomplete: a plain search finds more e-mail addresses than were taken"), "{report}");
}

fn xz(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    liblzma::read::XzEncoder::new(text, 6).read_to_end(&mut bytes).expect("a vector takes everything");
    bytes
}

#[test]
fn zeros_between_compressed_streams_are_padding() {
    let text = rows(pair);
    let (first, second) = text.as_bytes().split_at(text.find("a.b30").expect("a row"));
    check("padded.xz", [xz(first), vec![0; 8], xz(second), vec![0; 4]].concat(), 0, ALL);
    check("padded.gz", [gzip(&[first]), vec![0; 512], gzip(&[second]), vec![0; 512]].concat(), 0, ALL);
    let report = check("text.gz", [&gzip(&[first])[..], &[0; 512], second].concat(), 3, 30);
    assert!(report.contains("something stands behind the end of compressed data"), "{report}");
}

#[test]
fn utf_16_may_end_in_the_middle() {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    let others: String = (0..2000).map(|row| format!("c{row}@example.net:pw{row}\n")).collect();
    for first in [String::new(), others] {
        let first = format!("\u{feff}{first}c@example.net:pw\n");
        check("put-together.txt", [wide(&first), rows(pair).into_bytes()].concat(), 0, ALL);
    }
}

#[test]
fn lines_may_end_with_the_separator_of_unicode() {
    let report = check("separated.txt", rows(pair).replace('\n', "\u{2028}"), 0, ALL);
    assert!(report.contains("60 records = 60 accepted + 0 rejected"), "{report}");
}

/// Of a tuple that breaks nothing but addresses is found: few are broken here, and most bytes are passed over.
#[test]
fn bytes_that_give_nothing_count_as_records_do() {
    let table = "CREATE TABLE `users` (`id` int, `email` text, `note` text);\nINSERT INTO `users` VALUES ";
    let note = |row: usize| if row == 7 { format!("it's {}", "x ".repeat(4000)) } else { "n".to_string() };
    let tuples: Vec<String> = (0..ALL).map(|row| format!("({row},'{}','{}')", address(row), note(row))).collect();
    let dump = format!("{table}{};\n", tuples.join(","));
    let report = check_in_tree("b.sql", &dump, 3, ALL);
    assert!(report.contains("incomplete: more bytes were rejected or passed over"), "{report}");
    // Nothing is accepted, and everything is found.
    let broken: Vec<String> = (0..ALL).map(|row| format!("({row},'{}','it's')", address(row))).collect();
    let report = check("all.sql", format!("{table}{};\n", broken.join(",")), 3, ALL);
    assert!(report.contains("identifiers were found in broken records"), "{report}");
}

/// What a spreadsheet has made of numbers stands in the dump all the same: whoever asks for one hears that it may be incomplete.
#[test]
fn numbers_that_a_spreadsheet_has_damaged_are_told() {
    let desk = Desk::new();
    let row = |n: usize| match n % 5 {
        0 => format!("c{n}@example.com,4.91577E+12\n"),
        _ => format!("c{n}@example.com,+49157{:08}\n", 70_000_000 + n),
    };
    desk.write("dump.csv", ["email,mobile\n".to_string()].into_iter().chain((0..100).map(row)).collect::<String>());
    let outcome = desk.leakdex("ingest dump.csv --breach shop").run_code(3);
    let said = outcome.stderr_text();
    assert!(
        said.contains("more values of a kind were damaged by a spreadsheet than `--max-rejects` allows"),
        "{outcome}"
    );
    let few = ["email,mobile\n".to_string()].into_iter().chain((1..100).filter(|n| n % 5 != 0 || *n == 5).map(row));
    desk.write("few.csv", few.collect::<String>());
    desk.leakdex("ingest few.csv --breach few").run_ok();
}
