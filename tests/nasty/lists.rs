//! Lists that would make a scan say something wrong, or a spreadsheet or terminal do something bad.

use super::{expect_parts, expect_silent};
use crate::cli::desk::Desk;

/// Cells that a spreadsheet would run, or that would steer a terminal, and how they come out as references.
const REFERENCES: [(&str, &str); 12] = [
    ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
    ("@SUM(A1:A9)", "'@SUM(A1:A9)"),
    ("+1", "'+1"),
    ("-1", "'-1"),
    ("\t=1", "\u{fffd}=1"),
    ("=\"a\",\"b\"", "\"'=\"\"a\"\",\"\"b\"\"\""),
    ("\u{1b}]0;title\u{7}", "\u{fffd}]0;title\u{fffd}"),
    ("\u{1b}]52;c;aGk=\u{1b}\\", "\u{fffd}]52;c;aGk=\u{fffd}\\"),
    ("\u{9b}31mred", "\u{fffd}31mred"),
    ("\u{202e}gnp.exe", "\u{fffd}gnp.exe"),
    ("c1", "c1"),
    ("\u{738b}\u{4f1f}", "\u{738b}\u{4f1f}"),
];

#[test]
fn references_run_nothing_and_steer_nothing() {
    let desk = Desk::with_index();
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let rows: String = REFERENCES.iter().map(|(cell, _)| format!("{},carl@example.org\n", quoted(cell))).collect();
    let unknown: String = REFERENCES.iter().map(|(cell, _)| format!("{},none\n", quoted(cell))).collect();
    desk.write("list.csv", format!("ref,email\n{rows}{unknown}"));
    let scan = "scan list.csv --reference ref --quiet -o out.csv --unknown unknown.csv --summary summary.json";
    desk.leakdex(scan).run_ok();
    let count = REFERENCES.len();
    let want: String = REFERENCES
        .iter()
        .enumerate()
        .map(|(row, (_, shown))| format!("{},{shown},email,exact,shop,Email addresses;Names\n", row + 1))
        .collect();
    assert_eq!(desk.text("out.csv"), format!("row,reference,kind,tier,breach,data_classes\n{want}"));
    let want: String = REFERENCES
        .iter()
        .enumerate()
        .map(|(row, (_, shown))| format!("{},{shown},email,placeholder\n", count + row + 1))
        .collect();
    assert_eq!(desk.text("unknown.csv"), format!("row,reference,kind,reason\n{want}"));
    for name in ["out.csv", "unknown.csv", "summary.json"] {
        let steers = |c: &char| (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
        assert_eq!(desk.text(name).chars().find(steers), None, "{name}");
    }
}

#[test]
fn every_row_of_equal_values_has_its_answer() {
    let desk = Desk::with_index();
    let rows = super::size(100_000, 5_000_000) as usize;
    desk.write("same.csv", format!("email\n{}", "carl@example.org\n".repeat(rows)));
    desk.leakdex("scan same.csv --quiet -o out.csv --summary s.json").run_ok();
    let text = desk.text("out.csv");
    let mut lines = text.lines().skip(1).enumerate();
    assert!(lines.all(|(row, line)| line == format!("{},,email,exact,shop,Email addresses;Names", row + 1)));
    assert_eq!(text.lines().count(), rows + 1);
    assert_eq!(desk.json("s.json")["people"]["exposed"], rows);
}

/// Blank cells and what stands for nothing are unknown; neither matches anything.
#[test]
fn blanks_and_placeholders_match_nothing() {
    let desk = Desk::with_index();
    let cells =
        ["", " ", "\"\"", "N/A", "n/a", "-", "--", "null", "NULL", "none", "unknown", "test@test.com", "0", "#N/A"];
    let column: String = cells.iter().map(|cell| format!("{cell},x\n")).collect();
    // The same cells in the dump, so that a match would be possible.
    desk.write("dump2.csv", format!("email,y\n{column}erik@example.com,x\n"));
    desk.leakdex("ingest dump2.csv --breach blanks --max-rejects 100%").run_ok();
    desk.write("blanks.csv", format!("email,y\n{column}carl@example.org,x\n"));
    let outcome = desk.leakdex("scan blanks.csv --unknown unknown.csv --summary s.json").run_ok();
    assert_eq!(
        outcome.stdout_text().lines().skip(1).collect::<Vec<_>>(),
        ["15,,email,exact,shop,Email addresses;Names"]
    );
    let people = &desk.json("s.json")["people"];
    assert_eq!((&people["exposed"], &people["not_found"], &people["unknown"]), (&1.into(), &0.into(), &14.into()));
    assert_eq!(desk.text("unknown.csv").lines().count(), 15);
    expect_silent(&outcome);
}

/// Names of columns, of files and of breaches are shown; none of them can steer a terminal.
#[test]
fn names_steer_no_terminal() {
    let desk = Desk::with_index();
    let esc = "\u{1b}]0;evil\u{7}";
    let name = format!("x{esc}\u{202e}.csv");
    desk.write(&name, format!("email,no{esc}te\ncarl@example.org,1\nnobody@example.net,2\n"));
    for command in
        ["inspect", "ingest --breach b", "scan --quiet", "scan --reference 2", "ingest --breach c --map zz=email"]
    {
        let outcome = desk.leakdex(command).arg(&name).run();
        let bytes = [outcome.stdout.as_slice(), outcome.stderr.as_slice()].concat();
        let text = String::from_utf8_lossy(&bytes);
        let steers = |c: &char| (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}');
        assert_eq!(text.chars().find(steers), None, "{command}\n{outcome}");
    }
    let breach = format!("b{esc}");
    let outcome = desk.leakdex("ingest list.csv --region CN --breach").arg(&breach).run_code(2);
    assert!(!outcome.stderr.contains(&0x1b), "{outcome}");
    // Paths that a caller names: of an output, a key, an index, a plan.
    for option in ["-o", "--key-file", "--index", "--archive-password-file", "--summary"] {
        let outcome =
            desk.leakdex("scan list.csv --region CN --quiet").arg(option).arg(format!("no/{name}")).run_code(2);
        assert!(!outcome.stderr_text().contains(['\u{1b}', '\u{202e}']), "{option}\n{outcome}");
    }
}

/// A column of names taken as addresses has no value that can be asked for: that is no clean scan.
#[test]
fn a_wrong_column_is_no_clean_scan() {
    let desk = Desk::with_index();
    desk.write("list.csv", "name,email\nAnna Li,carl@example.org\nBert Wu,nobody@example.net\n");
    let error = "not one of the 2 rows has a value that can be asked for";
    let outcome =
        desk.refuses("scan list.csv --map name=email --map email=ignore -o out.csv", error, "--map COLUMN=KIND");
    assert_eq!(outcome.stdout_text(), "");
    // No breach holds such a kind: the answer is incomplete, and says why.
    let outcome = desk.leakdex("scan list.csv --map email=vin -o out.csv").run_code(3);
    expect_parts(&outcome, &["no breach in this index holds this kind"]);
}
