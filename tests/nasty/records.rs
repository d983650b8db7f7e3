//! Records that are too long, broken, ragged, or deeper than anybody means.

use super::{CANARY, address, expect_parts, expect_silent, found, ingest, run_measured, size};
use crate::cli::desk::Desk;
use std::fs::File;
use std::io::{BufWriter, Write};

/// What an ingest of these inputs may take, whatever their size: the least memory of two threads, and what was promised above.
const MEMORY_MAX: u64 = (48 + 64 + 16) << 20;
const SMALL: &str = "--memory 48M --threads 2 --max-rejects 90%";

/// Writes a file piece by piece: it may be larger than memory.
fn write_large(desk: &Desk, name: &str, write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) {
    let mut out = BufWriter::new(File::create(desk.path(name)).expect("a file"));
    write(&mut out).and_then(|()| out.flush()).expect("room for a file");
}

#[test]
fn a_line_of_gigabytes_costs_itself() {
    let desk = Desk::new();
    let length = size(48 << 20, 4 << 30);
    for (name, end) in [("middle.csv", format!("\n{}\n", address(2))), ("last.csv", String::new())] {
        write_large(&desk, name, |out| {
            write!(out, "email\n{}\n{CANARY}", address(1))?;
            let piece = [b'x'; 1 << 16];
            (0..length >> 16).try_for_each(|_| out.write_all(&piece))?;
            out.write_all(end.as_bytes())
        });
        let call =
            desk.leakdex(&format!("ingest {name} --breach b --index {name}.index --reject-log {name}.log {SMALL}"));
        let (outcome, peak) = run_measured(call);
        let accepted = if end.is_empty() { 1 } else { 2 };
        assert_eq!(outcome.code, Some(0), "{outcome}");
        let records = format!("{} records = {accepted} accepted + 1 rejected (1 record too long)", accepted + 1);
        expect_parts(&outcome, &[&records]);
        assert!(peak < MEMORY_MAX, "{peak} bytes\n{outcome}");
        let log = desk.text(&format!("{name}.log"));
        let offset = 6 + address(1).len() + 1;
        assert!(log.contains(&format!("\"offset\":{offset},")) && log.lines().count() == 1, "{log}");
        assert!(!log.contains(CANARY), "{log}");
        std::fs::remove_file(desk.path(name)).expect("a file");
    }
}

#[test]
fn an_open_quote_costs_its_record_and_is_placed() {
    let desk = Desk::new();
    let row = |n: usize| match n {
        10 => format!("{n},\"{},n\n", address(n)),
        n => format!("{n},{},\"n, {n}\"\n", address(n)),
    };
    let rows: Vec<String> = (0..5000).map(row).collect();
    desk.write("open.csv", format!("id,email,name\n{}", rows.concat()));
    let note = "note: 1 records had a quote that does not close; each was read as one line";
    let records = "5,000 records = 4,999 accepted + 1 rejected (1 syntax)";
    ingest(&desk, "open.csv --reject-log log", 0, &[note, records]);
    let offset = 14 + rows[..10].concat().len();
    assert!(desk.text("log").contains(&format!("\"offset\":{offset},\"bytes\":{}", rows[10].len())));
    assert_eq!(found(&desk, (9..14).map(address)), 5, "the rows around it are there, and its address is found");
}

/// A quote at byte 10 of a gigabyte, which nobody closes: a reader of CSV takes it, and what follows up to the next, for a field.
#[test]
fn one_quote_at_the_begin_costs_nothing_behind_it() {
    let desk = Desk::new();
    let rows = size(400_000, 25_000_000) as usize;
    write_large(&desk, "quote.csv", |out| {
        write!(out, "id,email\n\"0,{}\n", address(0))?;
        (1..rows).try_for_each(|n| writeln!(out, "{n},{},\"{n}\"", address(n)))
    });
    let (outcome, peak) = run_measured(desk.leakdex(&format!("ingest quote.csv --breach b {SMALL}")));
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let all = format!("{rows} records = {rows} accepted + 0 rejected");
    assert!(outcome.stderr_text().replace(',', "").contains(&all), "{outcome}");
    expect_parts(&outcome, &["note: 1 records had a quote that does not close"]);
    assert!(peak < MEMORY_MAX, "{peak} bytes\n{outcome}");
    assert_eq!(found(&desk, (0..50).chain(rows - 50..rows).map(address)), 100, "{outcome}");
}

#[test]
fn a_delimiter_that_changes_is_followed() {
    let desk = Desk::new();
    let rows: String = (0..600).map(|n| format!("{}{}p:w;x,{n}\n", address(n), [":", ";", ","][n / 200])).collect();
    desk.write("combo.txt", rows);
    ingest(&desk, "combo.txt", 0, &["combolist", "600 records = 600 accepted + 0 rejected (0.0 %)"]);
    assert_eq!(found(&desk, (0..600).map(address)), 600);
}

/// Fields are found by their number from the left, whatever the row has or lacks; a header is a header.
#[test]
fn ragged_rows_are_read_by_their_columns() {
    let desk = Desk::new();
    let row = |n: usize| {
        let tail = ["", ",139111100", ",139111100,Anna", ",139111100,Anna,more,and more,"][n % 4];
        format!("{n},{}{}\n", address(n), tail.replace("139111100", &format!("139111100{:02}", n % 100)))
    };
    desk.write("ragged.csv", format!("id,email,mobile,name,,\n{}", (0..400).map(row).collect::<String>()));
    let outcome = ingest(&desk, "ragged.csv", 0, &["comma-delimited text", "first row taken as names"]);
    expect_parts(&outcome, &["400 records = 400 accepted + 0 rejected"]);
    let check = desk.leakdex("check --kind phone --region CN 13911110001").run_ok().stdout_text();
    assert!(check.contains("exposed\tb"), "a field behind the shortest rows is read\n{outcome}");
}

#[test]
fn rows_of_thousands_of_columns_are_read_and_not_listed() {
    let desk = Desk::new();
    let names: String = (1..2048).map(|n| format!(",c{n}")).collect();
    let rows: String = (0..50).map(|n| format!("{}{}\n", address(n), ",x".repeat(2047))).collect();
    desk.write("wide.csv", format!("email{names}\n{rows}"));
    let outcome = ingest(&desk, "wide.csv", 0, &["50 records = 50 accepted + 0 rejected", "and 2,027 more"]);
    assert!(outcome.stderr.len() < 4000, "{} bytes on the terminal", outcome.stderr.len());
    let outcome = desk.leakdex("scan wide.csv -o found.csv").run_ok();
    assert!(outcome.stderr.len() < 4000, "{} bytes on the terminal", outcome.stderr.len());
    desk.refuses("ingest wide.csv --breach c --map nothing=email", "there is no column `nothing`", "`leakdex inspect`");
}

#[test]
fn nearly_nothing_is_an_input_too() {
    let desk = Desk::new();
    desk.write("one.csv", "a");
    desk.refuses("ingest one.csv --breach b", "no column holds identifiers", "--map COLUMN=KIND");
    desk.write("open.csv", format!("email\n{}", address(1)));
    ingest(&desk, "open.csv", 0, &["1 records = 1 accepted + 0 rejected"]);
    let lines = size(1_000_000, 10_000_000) as usize;
    desk.write("blank.csv", "\n".repeat(lines));
    desk.refuses("ingest blank.csv --breach c", "no input has a record", "is it the right file");
    desk.write("mostly.csv", format!("email\n{}{}\n", "\r\n".repeat(lines), address(2)));
    let outcome = ingest(&desk, "mostly.csv --append", 0, &["1 records = 1 accepted + 0 rejected"]);
    let text = 6 + 2 * lines + address(2).len() + 1;
    let fates = format!("= {} accepted + 0 rejected + {} no records", address(2).len() + 1, 6 + 2 * lines);
    assert!(outcome.stderr_text().replace(',', "").contains(&format!("{text} of text {fates}")), "{outcome}");
}

/// One INSERT in one line, with escapes in every tuple, and a broken tuple in the middle.
#[test]
fn a_statement_of_a_hundred_megabytes_is_read_tuple_by_tuple() {
    let desk = Desk::new();
    let tuples = size(60_000, 2_000_000) as usize;
    write_large(&desk, "dump.sql", |out| {
        write!(
            out,
            "CREATE TABLE `u` (`id` int, `email` varchar(99), `bio` text, `raw` blob);\nINSERT INTO `u` VALUES "
        )?;
        for n in 0..tuples {
            let comma = if n > 0 { "," } else { "" };
            match n {
                n if n == tuples / 2 => write!(out, "{comma}({n},'{CANARY} open)")?,
                n => write!(out, "{comma}({n},'{}','O\\'N;),(\\\\',0x4a{:02x})", address(n), n % 256)?,
            }
        }
        out.write_all(b";\n/*!40000 ALTER TABLE `u` ENABLE KEYS */;\n")
    });
    let (outcome, peak) = run_measured(desk.leakdex(&format!("ingest dump.sql --breach b {SMALL}")));
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(peak < MEMORY_MAX, "{peak} bytes\n{outcome}");
    // The string that is open costs its own tuple, and the one in which it is closed.
    let missing = tuples - found(&desk, (0..200).chain(tuples - 200..tuples).map(address)) - (tuples - 400);
    assert_eq!(missing, 0, "{outcome}");
    let near = tuples / 2 - 50..tuples / 2 + 50;
    assert!(found(&desk, near.map(address)) >= 97, "{outcome}");
}

#[test]
fn json_that_nobody_means_costs_itself() {
    let desk = Desk::new();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let mut rows: Vec<String> = (0..20).map(|n| format!("{{\"email\":\"{}\"}}", address(n))).collect();
    rows.push(format!("{{\"email\":\"{}\",\"x\":{deep}}}", address(20)));
    rows.push(format!("{{\"email\":\"{}\",\"email\":\"{}\"}}", address(21), address(22)));
    rows.push(format!("{{\"email\":\"{}\",\"x\":\"cut \\ud83d\"}}", address(23)));
    rows.push(format!("{{\"email\":\"{}\",\"x\":[1e999,-1e+999]}}", address(24)));
    rows.push(format!("{{\"email\":\"{}\",\"x\":\"{}\"}}", address(25), "y".repeat(10_000_000)));
    rows.push(format!("{{\"email\":\"{}\",\"x\":12345678901234567890123456789}}", address(26)));
    rows.push(format!("{{\"email\":\"{}", address(27)));
    desk.write("rows.jsonl", rows.join("\n") + "\n");
    let why = "27 records = 24 accepted + 3 rejected (1 nested too deep, 1 not json, 1 record too long)";
    let broken = "note: 3 identifiers were found in broken records";
    let outcome = ingest(&desk, "rows.jsonl --max-rejects 20%", 0, &[why, broken]);
    assert_eq!(found(&desk, (0..28).map(address)), 28, "both of two equal keys count\n{outcome}");
    expect_silent(&outcome);
}
