//! Tables whose names of columns do not stand in the first line.

use super::desk::Desk;
use super::logins::found;

const ROWS: std::ops::Range<usize> = 0..60;
const NAMES: &str = "id,username,email,group";

fn name(row: usize) -> String {
    format!("darkyang{row}x")
}

/// The rows of the table, between these delimiters.
fn rows(delimiter: &str) -> String {
    let row = |row: usize| format!("{row},{},yang{row}@example.com,g{}\n", name(row), row % 3);
    ROWS.map(row).collect::<String>().replace(',', delimiter)
}

/// Every user name is found, of which only the name of their column tells.
#[track_caller]
fn check(text: &str) {
    let desk = Desk::new();
    desk.write("table.txt", text);
    let outcome = desk.leakdex("ingest table.txt --breach table").run_ok();
    assert!(outcome.stderr_text().contains("60 records = 60 accepted + 0 rejected"), "{text}{outcome}");
    let names: Vec<String> = ROWS.map(name).collect();
    assert_eq!(found(&desk, "username", "", &names), names.len(), "{text}{outcome}");
}

#[test]
fn names_below_a_title_are_names() {
    for above in [
        "Members of the club\n",
        "\n\nMembers, as of 2020-01-31 12:30:00\n\n",
        "# dumped by nobody\n# 2020-01-31\n",
        "==========\n== nobody ==\n==========\n",
        "Report:,Members,,\nDate:,31.01.2020,,\n,,,\n",
    ] {
        for delimiter in [",", ";", "\t", "|"] {
            check(&format!("{}{}\n{}", above, NAMES, rows(",")).replace(',', delimiter));
        }
    }
    check(&format!("sep=;\nMembers\n{NAMES}\n{}", rows(",")).replace(',', ";"));
    let numbered: String = rows(",").lines().map(|line| format!("{line}\n")).collect();
    check(&format!("Members\n{}\n{numbered}", NAMES.replacen("id", "", 1)));
}

#[test]
fn names_in_a_comment_are_names() {
    for before in ["# format: ", "#", "// ", "-- Fields: ", "Format: ", "# one\n# columns = "] {
        for delimiter in [":", ",", ";"] {
            check(&format!("{before}{}\n{}", NAMES.replace(',', delimiter), rows(delimiter)));
        }
    }
}

/// A row that is too short, and may be an identifier, is a record.
#[test]
fn rows_above_the_names_are_no_titles() {
    let desk = Desk::new();
    desk.write("table.csv", format!("dora@example.org\n{NAMES}\n{}", rows(",")));
    desk.leakdex("ingest table.csv --breach table").run();
    assert_eq!(found(&desk, "email", "", &["dora@example.org".to_string()]), 1);
}

/// As scripts of SQL Server have it: names in brackets, with or without a schema, semicolons and `GO`.
#[test]
fn names_in_brackets_are_read_without_a_schema() {
    for (table, end) in [("[Users]", ""), ("[Users]", ";"), ("[dbo].[Users]", ""), ("[Users]", "\nGO")] {
        let desk = Desk::new();
        let row = |row: usize| {
            format!("INSERT INTO {table} ([ID],[name],[email]) VALUES ({row},N'Bob',N'bob{row}@example.com'){end}\n")
        };
        desk.write("dump.sql", (0..60).map(row).collect::<String>());
        let outcome = desk.leakdex("ingest dump.sql --breach dump").run_ok();
        let all: Vec<String> = (0..60).map(|row| format!("bob{row}@example.com")).collect();
        assert_eq!(found(&desk, "email", "", &all), all.len(), "{table} {end} {outcome}");
    }
}

/// Statements that are no rows of a table can change some: what says itself that it is an address or a number is taken.
#[test]
fn statements_between_the_rows_are_searched() {
    let address = |row: usize| format!("bob{row}@example.com");
    let number = |row: usize| format!("+49151202{:05}", 16_000 + row);
    let statements: [fn(String, String) -> String; 3] = [
        |address, number| format!("UPDATE `u` SET `mail`='{address}', `tel`='{number}' WHERE `id`=1;\n"),
        |address, number| format!("INSERT INTO `u` SELECT 1,'{address}','{number}';\n"),
        |address, number| format!("EXEC add_user @mail='{address}', @tel='{number}';\n"),
    ];
    for statement in statements {
        let desk = Desk::new();
        let row = |row: usize| match row % 10 {
            3 => statement(address(row), number(row)),
            _ => format!("INSERT INTO `u` VALUES ({row},'{}','{}');\n", address(row), number(row)),
        };
        let table = "CREATE TABLE `u` (`id` int, `mail` varchar(50), `tel` varchar(20));\n";
        desk.write("dump.sql", format!("{table}{}", (0..200).map(row).collect::<String>()));
        let outcome = desk.leakdex("ingest dump.sql --breach dump").run_ok();
        for (kind, all) in
            [("email", (0..200).map(address).collect::<Vec<_>>()), ("phone", (0..200).map(number).collect())]
        {
            assert_eq!(found(&desk, kind, "", &all), all.len(), "{kind} {outcome}");
        }
    }
}
