//! Tables with free text in a column, in which addresses, marks and line ends stand.

use super::desk::Desk;
use super::logins::found;
use super::people::{address, other, phone};

const ROWS: std::ops::Range<usize> = 0..120;

fn every(value: impl Fn(usize) -> String) -> Vec<String> {
    ROWS.map(value).collect()
}

/// Ingests a table: every value of these kinds is found, and all records are accepted.
#[track_caller]
fn check(text: String, values: &[(&str, Vec<String>)]) {
    let desk = Desk::new();
    desk.write("dump.txt", &text);
    let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
    assert!(outcome.stderr_text().contains("120 records = 120 accepted + 0 rejected"), "{text:.200} {outcome}");
    for (kind, values) in values {
        assert_eq!(found(&desk, kind, "", values), values.len(), "{kind} {text:.200} {outcome}");
    }
}

#[test]
fn text_that_is_searched_is_not_told_as_unread() {
    let desk = Desk::new();
    let rows = every(|row| format!("{row},Write me at {} please,{}\n", other(row), phone(row))).concat();
    desk.write("dump.txt", format!("id,comment,phone\n{rows}"));
    let shown = desk.leakdex("inspect dump.txt").run_ok().stdout_text();
    assert!(shown.contains("text: searched for email") && !shown.contains("are not read"), "{shown}");
}

#[test]
fn addresses_in_comments_are_found_beside_the_columns() {
    let comment = |row: usize| format!("\"Hello, write me at {} please, or call\"", other(row));
    let rows = every(|row| format!("{row},{},{},{}\n", address(row), comment(row), phone(row))).concat();
    let all = [("email", every(address)), ("email", every(other)), ("phone", every(phone))];
    check(format!("id,email,signature,phone\n{rows}"), &all);
    let rows = every(|row| format!("{row},{},{}\n", comment(row), phone(row))).concat();
    check(format!("id,comment,phone\n{rows}"), &all[1..]);
    let rows = every(|row| format!("{}\t{}\n", comment(row), phone(row))).concat();
    check(format!("comment\tphone\n{rows}"), &all[1..]);
    let values = |row: usize| format!("{row},'{}',{},'{}'", address(row), comment(row).replace('"', "'"), phone(row));
    let rows = every(|row| format!("INSERT INTO `posts` VALUES ({});\n", values(row))).concat();
    check(format!("CREATE TABLE `posts` (`id` int, `email` text, `comment` text, `phone` text);\n{rows}"), &all);
    let object = |row: usize| {
        let (first, text, phone) = (address(row), comment(row), phone(row));
        format!("{{\"id\":{row},\"email\":\"{first}\",\"post\":{{\"text\":{text}}},\"phone\":\"{phone}\"}}\n")
    };
    check(every(object).concat(), &all);
}

/// What is decided once is what is read with the plan file, and what a caller says of a column is read where few of its cells have any.
#[test]
fn text_is_searched_by_a_plan_file_and_by_a_rule() {
    let comment = |row: usize, few: usize| match row % few {
        0 => format!("write me at {} please", other(row)),
        _ => "nothing to say".to_string(),
    };
    let few: Vec<String> = ROWS.step_by(40).map(other).collect();
    for (head, row) in [
        ("id,email,comment\n", (|row, text| format!("{row},{},{text}\n", address(row))) as fn(usize, String) -> String),
        ("", |row, text| format!("{{\"id\":{row},\"email\":\"{}\",\"comment\":\"{text}\"}}\n", address(row))),
    ] {
        let desk = Desk::new();
        desk.write("all.txt", format!("{head}{}", every(|at| row(at, comment(at, 1))).concat()));
        desk.write("few.txt", format!("{head}{}", every(|at| row(at, comment(at, 40))).concat()));
        desk.leakdex("inspect all.txt -o plan.toml").run_ok();
        let outcome = desk.leakdex("ingest all.txt --breach all --plan plan.toml").run_ok();
        assert_eq!(found(&desk, "email", "", &every(other)), ROWS.len(), "{outcome}");
        let desk_of_few = Desk::new();
        desk_of_few.write("few.txt", desk.read("few.txt"));
        let outcome = desk_of_few.leakdex("ingest few.txt --breach few --map comment=text").run_ok();
        assert_eq!(found(&desk_of_few, "email", "", &few), few.len(), "{outcome}");
        assert_eq!(found(&desk_of_few, "email", "", &every(address)), ROWS.len(), "{outcome}");
    }
}

/// Asked for as they are written in ASCII: the domain of an address is the same in both.
#[test]
fn addresses_at_domains_in_their_own_letters_are_found() {
    const DOMAINS: [(&str, &str); 4] = [
        ("m\u{fc}ller.example", "xn--mller-kva.example"),
        ("mail.mu\u{308}ller.de", "mail.xn--mller-kva.de"),
        ("\u{43f}\u{43e}\u{447}\u{442}\u{430}.\u{440}\u{444}", "xn--80a1acny.xn--p1ai"),
        ("\u{4f8b}\u{5b50}.cn", "xn--fsqu00a.cn"),
    ];
    let at = |row: usize, domain: &str| format!("ann{row}@{domain}");
    let own = |row: usize| at(row, DOMAINS[row % 4].0);
    let asked = every(|row| at(row, DOMAINS[row % 4].1));
    let comment = |row: usize| format!("{row},\"Hello, write me at {} please\",{}\n", own(row), phone(row));
    let values = [("email", asked.clone()), ("phone", every(phone))];
    check(format!("id,comment,phone\n{}", every(comment).concat()), &values);
    let lines: [fn(usize, &str) -> String; 6] = [
        |row, address| format!("<p>no. {row}: {address}, and nothing else</p>\n"),
        |row, address| format!("{address}:Sommer{row}!\n"),
        |row, address| format!("darkyang{row}:{address}:Sommer{row}!\n"),
        |row, address| format!("https://shop.example/login:{address}:Sommer{row}!\n"),
        |row, address| format!("{{\"id\": {row}, \"text\": \"from {address}\"}}\n"),
        |row, address| format!("\u{90ae}\u{7bb1}{address}\u{ff0c}\u{7b2c}{row}\u{4e2a}\n"),
    ];
    for line in lines {
        check(every(|row| line(row, &own(row))).concat(), &values[..1]);
    }
}

/// A few comments have an address, fewer than the sample shows or a warning would be about.
#[test]
fn an_address_in_one_comment_of_many_is_found() {
    const ALL: usize = 6000;
    let hidden = |row: usize| row % 500 == 77;
    let comment = |row: usize| if hidden(row) { format!("new: {} please", other(row)) } else { "n/a".to_string() };
    let asked: Vec<String> = (0..ALL).filter(|row| hidden(*row)).map(other).collect();
    let table: String = (0..ALL).map(|row| format!("{row},{},{}\n", address(row), comment(row))).collect();
    let object =
        |row: usize| format!("{{\"id\":{row},\"email\":\"{}\",\"note\":\"{}\"}}\n", address(row), comment(row));
    let tuple = |row: usize| format!("INSERT INTO `u` VALUES ({row},'{}','{}');\n", address(row), comment(row));
    for dump in [
        format!("id,email,note\n{table}"),
        (0..ALL).map(object).collect(),
        format!("CREATE TABLE `u` (`id` int, `email` text, `note` text);\n{}", (0..ALL).map(tuple).collect::<String>()),
    ] {
        let desk = Desk::new();
        desk.write("dump.txt", &dump);
        let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
        assert_eq!(found(&desk, "email", "", &asked), asked.len(), "{dump:.200} {outcome}");
    }
}

/// Numbers with check digits in a column of notes are taken where the sample shows some.
#[test]
fn accounts_in_notes_are_found() {
    let account = |row: usize| {
        let body = format!("21050170{:010}", 12_345_678 + row * 7919);
        let rest = format!("{body}131400").bytes().fold(0u64, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % 97);
        format!("DE{:02}{body}", 98 - rest)
    };
    let rows = every(|row| format!("{row},{},\"pays from {} monthly\"\n", address(row), account(row)));
    check(format!("id,email,notes\n{}", rows.concat()), &[("email", every(address)), ("iban", every(account))]);
}

/// Chinese and Japanese words have no blanks around an address, in a column of comments or in a text.
#[test]
fn addresses_among_words_without_blanks_are_found() {
    let text = |row: usize| format!("\u{8054}\u{7cfb}\u{6211}{}\u{8c22}\u{8c22}", address(row));
    let values = [("email", every(address))];
    check(format!("id,\u{5185}\u{5bb9}\n{}", every(|row| format!("{row},{}\n", text(row))).concat()), &values);
    check(every(|row| format!("{{\"id\":{row},\"text\":\"{}\"}}\n", text(row))).concat(), &values);
    check(every(|row| format!("{row} {}\n", text(row))).concat(), &values);
    // A column of addresses has some of them.
    let some = |row: usize| if row.is_multiple_of(6) { text(row) } else { address(row) };
    check(format!("id,email\n{}", every(|row| format!("{row},{}\n", some(row))).concat()), &values);
}

/// Statements and pages have telephone numbers beside the addresses: with a plus, they say what they are.
#[test]
fn telephone_numbers_with_a_plus_are_found_in_any_text() {
    let values = [("email", every(address)), ("phone", every(phone))];
    let texts: [fn(String, String) -> String; 4] = [
        |address, phone| format!("UPDATE users SET email='{address}', phone='{phone}' WHERE 1=1;\n"),
        |address, phone| format!("<tr><td>{address}</td><td>{phone}</td></tr>\n"),
        |address, phone| format!("[user]  mail is {address} and number is {phone} there\n"),
        |address, phone| format!("<row><mail>{address}</mail><tel>{}</tel></row>\n", phone.replacen("+49", "+49 ", 1)),
    ];
    for text in texts {
        let desk = Desk::new();
        desk.write("dump.txt", every(|row| text(address(row), phone(row))).concat());
        let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
        for (kind, values) in &values {
            assert_eq!(found(&desk, kind, "", values), values.len(), "{kind} {outcome}");
        }
    }
}

#[test]
fn two_addresses_in_a_cell_are_two() {
    for between in ["; ", ",", " ", " / ", "/", "|"] {
        let both = |row: usize| format!("{row},\"{}{between}{}\",{}\n", address(row), other(row), phone(row));
        let some = |row: usize| {
            if row.is_multiple_of(5) { both(row) } else { format!("{row},{},{}\n", address(row), phone(row)) }
        };
        let few = ROWS.step_by(5).map(other).collect();
        let all = [("email", every(address)), ("phone", every(phone))];
        check(format!("id,email,phone\n{}", every(some).concat()), &[&all[..], &[("email", few)]].concat());
        check(format!("id,email,phone\n{}", every(both).concat()), &[&all[..], &[("email", every(other))]].concat());
    }
}

#[test]
fn marks_without_width_are_nothing() {
    let row =
        |row: usize| format!("\u{200b}{row},\u{200b}{}\u{200b},\u{feff}{}\u{200b}\u{200b}\n", address(row), phone(row));
    check(format!("id,email,phone\n{}", every(row).concat()), &[("email", every(address)), ("phone", every(phone))]);
}

#[test]
fn exports_with_many_escaped_line_ends_are_tables() {
    let text = "line one\\\nline \\\\two\\\t tab\\\n\\\\\\\\ more\\\nand\\, more\\\n";
    for delimiter in ["\t", ",", ";"] {
        let text = text.replace(',', if delimiter == "," { "," } else { "" });
        let row =
            |row: usize| [row.to_string(), address(row), text.clone(), "\\N".into(), phone(row)].join(delimiter) + "\n";
        check(every(row).concat(), &[("email", every(address)), ("phone", every(phone))]);
    }
}
