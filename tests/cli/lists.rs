//! Lists of customers as the programs that hold them write them: titles, notes, several values in a cell, names of guests.

use super::desk::Desk;
use super::people::{address, phone};

const ROWS: std::ops::Range<usize> = 0..40;

fn every(value: impl Fn(usize) -> String) -> String {
    ROWS.map(value).collect()
}

/// A desk with a breach of forty people.
fn breached() -> Desk {
    let desk = Desk::new();
    desk.write("dump.csv", format!("email,phone\n{}", every(|n| format!("{},{}\n", address(n), phone(n)))));
    desk.leakdex("ingest dump.csv --breach shop").run_ok();
    desk
}

/// Scans a list. Output: how many rows are found, and what the screen says.
#[track_caller]
fn scanned(desk: &Desk, list: &str, options: &str) -> (usize, String) {
    desk.write("list.csv", list);
    let outcome = desk.leakdex(&format!("scan list.csv -o e.csv --people p.csv --force {options}")).run_ok();
    let people = desk.text("p.csv");
    (people.lines().filter(|line| line.contains(",exposed,")).count(), outcome.stderr_text())
}

#[test]
fn what_stands_above_the_names_is_no_row_and_is_told() {
    let desk = breached();
    let rows = every(|n| format!("Ann,Li,https://a.example/{n},{},Buyer\n", address(n)));
    let names = "First Name,Last Name,URL,Email Address,Position\n";
    let notes = "Notes:\n\"When exporting, some addresses may be missing\"\n\n";
    let (found, said) = scanned(&desk, &format!("{notes}{names}{rows}"), "");
    assert_eq!(found, ROWS.len(), "{said}");
    assert!(said.contains("  3 lines stand above the names of the columns: no rows"), "{said}");
    assert!(said.contains("40 people\n"), "{said}");
    // Somebody who stands above the names is a row.
    let (found, said) = scanned(&desk, &format!("x,y,z,{},Buyer\n{names}{rows}", address(0)), "--map 4=email");
    assert_eq!(found, ROWS.len() + 1, "{said}");
    assert!(!said.contains("above the names"), "{said}");
}

#[test]
fn names_that_come_again_are_told() {
    let desk = breached();
    let rows = every(|n| format!("Ann;{}\n", address(n)));
    let (found, said) = scanned(&desk, &format!("Name;E-Mail\n{rows}Name;E-Mail\n{rows}"), "");
    assert_eq!(found, 2 * ROWS.len(), "{said}");
    assert!(said.contains("80 people\n") && said.contains("  1 line names the columns again"), "{said}");
}

/// A number in a note is not read, which has to be told, and what to do about it.
#[test]
fn identifiers_in_notes_are_told() {
    let desk = breached();
    let list = |note: &dyn Fn(usize) -> String| {
        format!("id;email;note\n{}", every(|n| format!("{n};no{n}@example.net;{}\n", note(n))))
    };
    let (found, said) = scanned(&desk, &list(&|n| format!("please call {}", phone(n))), "");
    assert_eq!(found, 0, "{said}");
    assert!(said.contains("NOT READ: note: 40 of 40 cells have phone in their text"), "{said}");
    assert!(said.contains("`--map COLUMN=text` reads them"), "{said}");
    let (found, said) = scanned(&desk, &list(&|n| format!("please call {}", phone(n))), "--map 3=text");
    assert_eq!(found, ROWS.len(), "{said}");
    assert!(said.contains("note (its text is searched)") && !said.contains("NOT READ"), "{said}");
    // A single one is somebody, too.
    let single = |n: usize| if n == 7 { format!("new: {}", address(7)) } else { "fine".into() };
    let (_, said) = scanned(&desk, &list(&single), "");
    assert!(said.contains("NOT READ: note: 1 of 40 cells have email in their text"), "{said}");
}

#[test]
fn of_several_numbers_in_a_cell_none_is_passed_over() {
    let desk = breached();
    let first = |n: usize| format!("+49151{:08}", 90_000_000 + n);
    for between in [" oder ", " ::: ", "\u{3001}", " bzw. ", "<br>", "\t", " (alt: ", ", neu: "] {
        let list = format!("name;phone\n{}", every(|n| format!("Ann;{}{between}{}\n", first(n), phone(n))));
        let (found, said) = scanned(&desk, &list, "");
        assert_eq!(found, ROWS.len(), "{between:?} {said}");
    }
}

/// A directory names the guest after the address.
#[test]
fn guests_are_asked_for_by_their_own_address() {
    let desk = breached();
    let guest = |n: usize| format!("{}#EXT#@company.onmicrosoft.com", address(n).replace('@', "_"));
    let (found, said) =
        scanned(&desk, &format!("userPrincipalName,userType\n{}", every(|n| format!("{},Guest\n", guest(n)))), "");
    assert_eq!(found, ROWS.len(), "{said}");
}

/// Two numbers of one person are two lines with one name.
#[test]
fn a_name_that_comes_again_at_once_is_a_further_value_of_the_same_person() {
    let desk = breached();
    let card = |n: usize| {
        format!(
            "Name: Ann\nEmail: no{n}@example.net\nPhone: +49151{:08}\nPhone: {}\nCity: Bonn\n\n",
            90_000_000 + n,
            phone(n)
        )
    };
    let (found, said) = scanned(&desk, &every(card), "");
    assert_eq!(found, ROWS.len(), "{said}");
    assert!(said.contains("40 people\n"), "{said}");
}

#[test]
fn many_addresses_in_a_row_are_told() {
    let desk = breached();
    let line: Vec<String> = ROWS.map(address).collect();
    let (_, said) = scanned(&desk, &(line.join("; ") + "\n"), "");
    assert!(said.contains("NOTE: a row has up to 40 e-mail addresses, and counts as one person"), "{said}");
    assert!(said.contains("\n1 person\n"), "{said}");
}
