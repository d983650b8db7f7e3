//! Lists of credentials as checkers print them, with numbers and times in front, and delimiters that nobody else uses.

use super::desk::Desk;
use super::logins::found;
use super::people::address;

const ROWS: std::ops::Range<usize> = 0..120;

fn secret(row: usize) -> String {
    let n = row * 37;
    [format!("Sommer{n}!"), format!("abc{n}X"), format!("hunter{n}"), format!("pa55w{n}rd"), format!("qwe{n}")][row % 5]
        .clone()
}

/// Ingests lines: all addresses are found, and the data classes are these. Output: the desk, and the report.
#[track_caller]
fn check(line: impl Fn(usize) -> String, classes: &str) -> (Desk, String) {
    let desk = Desk::new();
    desk.write("dump.txt", ROWS.map(|row| line(row) + "\n").collect::<String>());
    let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
    let shown = desk.leakdex("breach show dump").run_ok().stdout_text();
    assert!(shown.contains(classes), "{} {outcome} {shown}", line(0));
    assert_eq!(shown.contains("Usernames"), classes.contains("Usernames"), "{} {outcome} {shown}", line(0));
    let all: Vec<String> = ROWS.map(address).collect();
    assert_eq!(found(&desk, "email", "", &all), all.len(), "{} {outcome}", line(0));
    (desk, outcome.stderr_text())
}

#[test]
fn what_checkers_print_is_a_list_of_credentials() {
    let pair = |row: usize| format!("{}:{}", address(row), secret(row));
    check(|row| format!("{} | Plan = Premium | Country = DE", pair(row)), "Passwords");
    check(|row| format!("{} => valid", pair(row)), "Passwords");
    for delimiter in [" => ", " -> ", " / ", "~", " ~ ", " >> ", ">>", " # ", " = ", " ; ", " \u{bb} "] {
        check(|row| format!("{}{delimiter}{}", address(row), secret(row)), "Passwords");
    }
}

#[test]
fn numbers_and_times_before_a_login_are_no_user_names() {
    let pair = |row: usize| format!("{}:{}", address(row), secret(row));
    for front in ["{n}. ", "{n}) ", "[{n}] ", "2021-03-04 10:11:12 ", "[2021-03-04T10:11:12Z] ", "04.03.2021 "] {
        let line = |row: usize| format!("{}{}", front.replace("{n}", &(row + 1).to_string()), pair(row));
        let (_, said) = check(line, "Passwords");
        assert!(!said.contains("username"), "{front} {said}");
    }
}

#[test]
fn user_names_before_an_address_and_a_plain_password_are_taken() {
    let plain = |row: usize| secret(row).replace('!', "").to_lowercase();
    let name = |row: usize| format!("darkyang{row}x");
    for delimiter in [";", ",", "|", "\t", " | ", ">>", " >> "] {
        let line = |row: usize| [name(row), address(row), plain(row)].join(delimiter);
        let (desk, said) = check(line, "Usernames");
        let names: Vec<String> = ROWS.map(name).collect();
        assert_eq!(found(&desk, "username", "", &names), names.len(), "{delimiter} {said}");
    }
    // Numbers of orders and articles are none.
    let orders = |row: usize| format!("ORD{:06};{};sku{:05}b", row * 71, address(row), row * 37);
    let (_, said) = check(orders, "Email addresses");
    assert!(!said.contains("username"), "{said}");
}
