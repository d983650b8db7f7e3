//! Files that were put together: a line that names columns stands in the middle, too, and says what the columns behind it are.

use super::desk::Desk;
use super::logins::found;
use super::people::{address, other, phone};

const ROWS: std::ops::Range<usize> = 0..100;

fn every(value: impl Fn(usize) -> String) -> Vec<String> {
    ROWS.map(value).collect()
}

fn second_phone(row: usize) -> String {
    phone(row + 500)
}

/// The rows of two files, one behind the other, ingested with this exit code. Output: the desk, and the report.
fn joined(first: &str, second: &str, options: &str, code: i32) -> (Desk, String) {
    let desk = Desk::new();
    desk.write("dump.txt", format!("{first}{second}"));
    let outcome = desk.leakdex(&format!("ingest dump.txt --breach dump {options}")).run_code(code);
    (desk, outcome.stderr_text())
}

#[test]
fn the_same_names_again_are_no_record() {
    for (delimiter, threads) in [(",", 1), (";", 2), ("\t", 2), ("----", 1)] {
        let row = |parts: [&str; 3]| parts.join(delimiter) + "\n";
        let header = row(["id", "email", "phone"]);
        let first = every(|n| row([&n.to_string(), &address(n), &phone(n)])).concat();
        let second = every(|n| row([&n.to_string(), &other(n), &second_phone(n)])).concat();
        let options = format!("--threads {threads}");
        let (desk, said) = joined(&format!("{header}{first}"), &format!("{header}{second}{header}"), &options, 0);
        assert!(said.contains("200 records = 200 accepted + 0 rejected"), "{said}");
        assert_eq!(found(&desk, "email", "", &every(other)), ROWS.len());
        assert_eq!(found(&desk, "phone", "", &every(second_phone)), ROWS.len());
    }
}

/// The order changes, names are written in another way, and there are more and fewer of them.
#[test]
fn other_names_say_what_stands_behind_them() {
    let header = "email,username,phone,city\n";
    let first = every(|n| format!("{},ann88x{n},{},Berlin\n", address(n), phone(n))).concat();
    let name = |n: usize| format!("bert77y{n}");
    let rows = [
        every(|n| format!("{},{},{}\n", second_phone(n), name(n), other(n))).concat(),
        every(|n| format!("7,\"{}\",\"{}\",x,\"{}\"\n", name(n), other(n), second_phone(n))).concat(),
        every(|n| format!("{},{},x,y,{}\n", name(n), second_phone(n), other(n))).concat(),
    ];
    let headers = ["phone,username,email\n", "ID,\"User Name\",E-Mail,zq,Mobile\n", "uname,phone,gender,status,mail\n"];
    for (names, rows) in headers.into_iter().zip(&rows) {
        let (desk, said) = joined(&format!("{header}{first}"), &format!("{names}{rows}"), "", 0);
        assert!(said.contains("200 records = 200 accepted + 0 rejected"), "{names} {said}");
        for (kind, values) in [
            ("email", every(address)),
            ("email", every(other)),
            ("phone", every(phone)),
            ("phone", every(second_phone)),
            ("username", every(name)),
        ] {
            assert_eq!(found(&desk, kind, "", &values), ROWS.len(), "{names} {kind} {said}");
        }
        // What stands elsewhere in one of them is taken for nothing that it is not.
        for values in [every(phone), every(second_phone), every(address), every(other)] {
            assert_eq!(found(&desk, "username", "", &values), 0, "{names} {said}");
        }
        // A list is read in the same way.
        desk.write("list.csv", format!("{header}{first}{names}{rows}"));
        let scan = desk.leakdex("scan list.csv -o e.csv --force --quiet").run_ok();
        let lines = desk.text("e.csv");
        assert_eq!(lines.lines().filter(|line| line.contains(",email,exact,")).count(), 2 * ROWS.len(), "{scan}");
        assert!(lines.contains("\n200,,email,") && !lines.contains("\n201,"), "{lines}");
    }
}

/// What the first columns do not have cannot be taken, and everybody hears of it.
#[test]
fn columns_that_only_the_second_part_has_make_the_breach_incomplete() {
    let first = every(|n| format!("{},Ann,Berlin\n", address(n))).concat();
    let second = every(|n| format!("{},{},Bert\n", phone(n), other(n))).concat();
    let (desk, said) = joined(&format!("email,name,city\n{first}"), &format!("phone,email,name\n{second}"), "", 3);
    assert_eq!(found(&desk, "email", "", &every(other)), ROWS.len(), "{said}");
    assert!(said.contains("values that may be identifiers"), "{said}");
}

/// The second file is behind the sample, and behind the first blocks.
#[test]
fn names_far_behind_are_seen() {
    let header = "id,email,name\n";
    let first: String = (0..60_000).map(|n| format!("{n},c{n}@example.org,\"Ann \"\"X\"\"\n{n}\"\n")).collect();
    let second = every(|n| format!("\"Bert, {n}\",{},{}\n", other(n), n + 7)).concat();
    for threads in [1, 2] {
        let options = format!("--threads {threads}");
        let names = "name,email,id\n";
        let (desk, said) = joined(&format!("{header}{first}"), &format!("{names}{second}"), &options, 0);
        assert!(said.contains("60,100 records = 60,100 accepted + 0 rejected"), "{said}");
        assert_eq!(found(&desk, "email", "", &every(other)), ROWS.len(), "{said}");
    }
}

/// A name, a place and a password can be words that name columns elsewhere.
#[test]
fn people_who_are_called_as_columns_are_people() {
    let odd = "Name,City,4\n,email,verified\n";
    let rows = every(|n| format!("Ann,{},{}\n", address(n), phone(n))).concat();
    let (_, said) = joined("name,email,phone\n", &format!("{rows}Name,Mail,{}\n{odd}", phone(7)), "", 0);
    assert!(said.contains("103 records = 101 accepted + 2 rejected"), "{said}");
    let list = every(|n| format!("darkyang{n}\n")).concat();
    let (desk, said) = joined("username\n", &format!("{list}username\nmobile\n"), "", 0);
    assert!(said.contains("102 records"), "{said}");
    assert_eq!(found(&desk, "username", "", &["mobile".to_string()]), 1, "{said}");
    let list = every(|n| format!("{}\n", address(n))).concat();
    let (_, said) = joined("email\n", &format!("{list}email\n{list}"), "", 0);
    assert!(said.contains("200 records = 200 accepted"), "{said}");
}

/// It has seventeen letters and the check digit of a vehicle, and directories export it first.
#[test]
fn a_name_that_could_be_a_vehicle_is_a_name() {
    let desk = Desk::new();
    let rows: String =
        (0..50).map(|row| format!("\"CN=Vera {row},DC=corp\",\"vera{row}@example.org\",\"vvogel{row}\"\n")).collect();
    desk.write("ad.csv", format!("#TYPE Microsoft.ActiveDirectory.Management.ADUser\n\"DistinguishedName\",\"mail\",\"SamAccountName\"\n{rows}"));
    let outcome = desk.leakdex("ingest ad.csv --breach b").run_ok();
    assert!(outcome.stderr_text().contains("username  50"), "{outcome}");
}
