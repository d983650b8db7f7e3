//! Lists of credentials as they go around: whose login is what, where the columns end, and what is an address of a site.

use super::desk::Desk;
use super::people::{address, pesel};

/// How many of the values are found, asked as a list with the column `value`.
pub fn found(desk: &Desk, kind: &str, region: &str, values: &[String]) -> usize {
    desk.write("asked.csv", format!("value\n{}\n", values.join("\n")));
    let region = if region.is_empty() { String::new() } else { format!("--region {region}") };
    let outcome = desk.leakdex(&format!("scan asked.csv --map value={kind} {region} --tier weak")).run();
    let lines: std::collections::BTreeSet<String> =
        outcome.stdout_text().lines().skip(1).filter_map(|line| line.split(',').next().map(str::to_string)).collect();
    lines.len()
}

/// Eight hexadecimal digits that look like chance.
pub fn mixed(row: usize) -> u32 {
    (row as u32).wrapping_mul(0x9e37_79b9).rotate_left(7)
}

/// 32 of them.
pub fn hash(row: usize) -> String {
    (0..4).map(|part| format!("{:08x}", mixed(row * 4 + part))).collect()
}

const ROWS: std::ops::Range<usize> = 0..120;

fn every(value: impl Fn(usize) -> String) -> Vec<String> {
    ROWS.map(value).collect()
}

/// A quarter of the salts hold a colon.
#[test]
fn columns_before_a_salt_of_any_characters_are_columns() {
    let desk = Desk::new();
    let name = |row: usize| format!("darkyang{row}x");
    let address = |row: usize| format!("yang{row}@example.com");
    let ip = |row: usize| format!("198.51.{}.{}", row, 7 + row);
    let public = |row: usize| ip(row).replace("198.51", "37.254");
    let salt = |row: usize| [":;Y|", "bcY;#", "|a}!", "x:y:"][row % 4].to_string();
    let row = |row: usize| {
        format!("{}:{}:{}:{}:{}:{}\n", row + 1, name(row), address(row), public(row), hash(row), salt(row))
    };
    desk.write("board.txt", ROWS.map(row).collect::<String>());
    let shown = desk.leakdex("inspect board.txt").run_ok();
    assert!(shown.stdout_text().contains("colon-delimited text"), "{shown}");
    desk.leakdex("ingest board.txt --breach board").run_ok();
    for (kind, values) in [("email", every(address)), ("username", every(name)), ("ip", every(public))] {
        assert_eq!(found(&desk, kind, "", &values), ROWS.len(), "{kind}");
    }
}

#[test]
fn plain_numbers_among_logins_are_telephone_numbers_where_nearly_all_are_assigned() {
    let number = |first: &str, row: usize| format!("{first}{:07}", mixed(row) % 10_000_000);
    for (first, region, asked) in [
        ("7912", "", "+7912"),
        ("8912", "RU", "+7912"),
        ("49151", "DE", "+49151"),
        ("0151", "DE", "+49151"),
        ("86138", "", "+86138"),
    ] {
        let digits = if first == "86138" || first.starts_with("49") || first == "0151" { 1 } else { 0 };
        let written = |row: usize| number(first, row) + &"5".repeat(digits);
        let desk = Desk::new();
        let row = |row: usize| match row % 3 {
            0 => format!("anna{row}@example.com:pw{row}\n"),
            1 => format!("anna_{row}:pw{row}\n"),
            _ => format!("{}:pw{row}\n", written(row)),
        };
        desk.write("logins.txt", ROWS.map(row).collect::<String>());
        let given = if region.is_empty() { String::new() } else { format!("--region {region}") };
        desk.leakdex(&format!("ingest logins.txt --breach logins {given}")).run_ok();
        let phones: Vec<String> =
            ROWS.filter(|row| row % 3 == 2).map(|row| written(row).replacen(first, asked, 1)).collect();
        assert_eq!(found(&desk, "phone", region, &phones), phones.len(), "{first} {region}");
        let names: Vec<String> = ROWS.filter(|row| row % 3 == 1).map(|row| format!("anna_{row}")).collect();
        assert_eq!(found(&desk, "username", region, &names), names.len(), "{first} {region}");
    }
}

/// One in eleven user names of seventeen characters has the check digit of a vehicle.
#[test]
fn user_names_that_look_like_vehicles_are_user_names_too() {
    let desk = Desk::new();
    let name = |row: usize| format!("kovabenk2k{:07}", mixed(row) % 10_000_000);
    desk.write("names.txt", ROWS.map(|row| format!("{}:pw{row}\n", name(row))).collect::<String>());
    desk.leakdex("ingest names.txt --breach names").run_ok();
    assert_eq!(found(&desk, "username", "", &every(name)), ROWS.len());
}

#[test]
fn sites_without_a_scheme_stand_at_either_end() {
    let desk = Desk::new();
    let name = |row: usize| format!("bert_{row}");
    let row = |row: usize| match row % 4 {
        0 => format!("bert_{row}:Pw{row}.x:shop.example.com/login\n"),
        1 => format!("https://anna:pw@shop.example.com/x:bert_{row}:Pw{row}\n"),
        2 => format!("https://shop.example.com/?next=http://b.example.com/c:bert_{row}:Pw{row}\n"),
        _ => format!("shop.example.com/login:bert_{row}:Pw:{row}\n"),
    };
    desk.write("sites.txt", ROWS.map(row).collect::<String>());
    let outcome = desk.leakdex("ingest sites.txt --breach sites").run_ok();
    assert!(outcome.stderr_text().contains("120 records = 120 accepted + 0 rejected"), "{outcome}");
    assert_eq!(found(&desk, "username", "", &every(name)), ROWS.len());
}

/// A table whose last column is a URL is no list of sites: its addresses would be taken for passwords.
#[test]
fn tables_with_a_column_of_urls_are_tables() {
    let desk = Desk::new();
    let address = |row: usize| format!("carl{row}@example.org");
    let row = |row: usize| format!("{row},Carl Li,carl{row}@example.org,https://shop.example/u/{row}\n");
    desk.write("table.csv", ROWS.map(row).collect::<String>());
    let short = |row: usize| format!("Carl Li;carl{row}@example.org;https://shop.example/u/{row}\n");
    desk.write("short.csv", ROWS.map(short).collect::<String>());
    for (file, breach) in [("table.csv", "a"), ("short.csv", "b")] {
        desk.leakdex(&format!("ingest {file} --breach {breach}")).run_ok();
        let asked = desk.leakdex(&format!("scan list.csv --breach {breach}"));
        desk.write("list.csv", format!("email\n{}\n", every(address).join("\n")));
        let lines = asked.run().stdout_text().lines().count();
        assert_eq!(lines, 1 + ROWS.len(), "{file}");
    }
}

/// A number of a card that nobody has.
fn card(row: usize) -> String {
    let digits = format!("4{:014}", mixed(row) as u64 * 7919 % 100_000_000_000_000);
    let value = |(place, digit): (usize, u8)| {
        let doubled = u64::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
        doubled / 10 + doubled % 10
    };
    let sum: u64 = digits.bytes().enumerate().map(value).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// In a text that is searched, most long numbers are cards; where they are not, one in twenty is taken for none.
#[test]
fn cards_in_lines_of_a_log_are_found() {
    let grouped = |row: usize| {
        let card = card(row);
        format!("{}-{}-{}-{}", &card[..4], &card[4..8], &card[8..12], &card[12..])
    };
    let address = |row: usize| format!("carl{row}@example.org");
    let other = |row: usize| format!("4{:015}", mixed(row) as u64 * 104_729 % 1_000_000_000_000_000);
    let numbers: [(&dyn Fn(usize) -> String, bool); 3] = [(&card, true), (&grouped, true), (&other, false)];
    for (number, are_cards) in numbers {
        let desk = Desk::new();
        let row = |row: usize| format!("[LIVE] {}|12|27|{} - {}\n", number(row), 100 + row, address(row));
        desk.write("live.log", ROWS.map(row).collect::<String>());
        let outcome = desk.leakdex("ingest live.log --breach live").run_ok();
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{outcome}");
        assert_eq!(outcome.stderr_text().contains("card  "), are_cards, "{outcome}");
        if are_cards {
            assert_eq!(found(&desk, "card", "", &every(card)), ROWS.len(), "{outcome}");
        }
    }
}

/// Cards without a name, or with one that means many things; a column that half of which a spreadsheet has ruined.
#[test]
fn columns_of_cards_are_told_by_their_check_digits() {
    let desk = Desk::new();
    let ruined = |row: usize| {
        if row.is_multiple_of(2) { card(row) } else { format!("{:.14E}", 4.024e15).replace("E15", "E+15") }
    };
    desk.write("none.csv", ROWS.map(|row| format!("{},a{row}@example.com\n", card(row))).collect::<String>());
    let named = |name: &str| {
        format!("{name},email\n{}", ROWS.map(|row| format!("{},a{row}@example.com\n", ruined(row))).collect::<String>())
    };
    desk.write("card.csv", named("card number"));
    for (file, found_all) in [("none.csv", ROWS.len()), ("card.csv", ROWS.len() / 2)] {
        let shown = desk.leakdex(&format!("inspect {file}")).run().stdout_text();
        assert!(shown.contains("Credit cards"), "{shown}");
        desk.leakdex(&format!("ingest {file} --breach {file}")).run();
        assert_eq!(found(&desk, &format!("card --breach {file}"), "", &every(card)), found_all, "{file}");
    }
}

/// The name of a column is of one country, and its rows are of two.
#[test]
fn numbers_are_of_the_country_of_their_row() {
    let desk = Desk::new();
    let finnish = |row: usize| {
        let digits = format!("{:02}{:02}{:02}{:03}", 1 + row % 28, 1 + row % 12, 50 + row % 40, 2 + row % 800);
        let check = b"0123456789ABCDEFHJKLMNPRSTUVWXY"[digits.parse::<usize>().expect("digits") % 31];
        format!("{}-{}{}", &digits[..6], &digits[6..], char::from(check))
    };
    let swedish = |row: usize| {
        let digits = format!("{:02}{:02}{:02}{:03}", 50 + row % 40, 1 + row % 12, 1 + row % 28, 100 + row % 800);
        let value = |(place, digit): (usize, u8)| {
            let doubled = u32::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        };
        let sum: u32 = digits.bytes().enumerate().map(value).sum();
        format!("{}-{}{}", &digits[..6], &digits[6..], (10 - sum % 10) % 10)
    };
    let number = |row: usize| if row.is_multiple_of(2) { finnish(row) } else { swedish(row) };
    let land = |row: usize| if row.is_multiple_of(2) { "Finland" } else { "Sverige" };
    let rows = |row: usize| format!("{};{}\n", number(row), land(row));
    desk.write("staff.csv", format!("Personnummer;Land\n{}", ROWS.map(rows).collect::<String>()));
    desk.leakdex("ingest staff.csv --breach staff").run_ok();
    let numbers: std::collections::BTreeSet<String> = ROWS.step_by(2).map(finnish).collect();
    let numbers: Vec<String> = numbers.into_iter().collect();
    assert_eq!(found(&desk, "national_id:FI", "", &numbers), numbers.len());
}

/// Half of a column is something else, all the way down.
#[test]
fn a_column_that_becomes_another_one_is_no_clean_answer() {
    let desk = Desk::new();
    let row = |row: usize| match row {
        0..60 => format!("a{row}@example.com,0151 {:08},Anna\n", 10_000_000 + mixed(row) % 80_000_000),
        _ => format!("a{row}@example.com,Anna,0151 {:08}\n", 10_000_000 + mixed(row) % 80_000_000),
    };
    desk.write("order.csv", format!("email,phone,name\n{}", ROWS.map(row).collect::<String>()));
    let outcome = desk.leakdex("ingest order.csv --breach order --region DE").run();
    assert_eq!(outcome.code, Some(3), "{outcome}");
    assert!(outcome.stderr_text().contains("50 % of the values of phone were refused"), "{outcome}");
}

/// Lists of proxies and servers: nobody logs in as an address of the Internet Protocol.
#[test]
fn addresses_of_hosts_before_a_port_are_such() {
    let host = |row: usize| format!("37.254.{row}.{}", 7 + row);
    for behind in ["8080", "8080:anna:x:y", "22:root:x"] {
        let desk = Desk::new();
        desk.write("hosts.txt", ROWS.map(|row| format!("{}:{behind}\n", host(row))).collect::<String>());
        desk.leakdex("ingest hosts.txt --breach hosts").run_ok();
        assert_eq!(found(&desk, "ip", "", &every(host)), ROWS.len(), "{behind}");
    }
}

/// What stands behind the logins is no secret where all of it is something else.
#[test]
fn columns_behind_logins_are_what_they_hold() {
    let address = |row: usize| format!("carl{row}@example.org");
    let phone = |row: usize| format!("+49151{:08}", 10_000_000 + mixed(row) % 80_000_000);
    let digits = |row: usize| phone(row)[1..].to_string();
    let host = |row: usize| format!("37.254.{row}.{}", 7 + row);
    type Value<'a> = &'a dyn Fn(usize) -> String;
    let behind: [(Value, Value, &str); 3] =
        [(&phone, &phone, "phone"), (&digits, &phone, "phone"), (&host, &host, "ip")];
    for (written, asked, kind) in behind {
        let desk = Desk::new();
        desk.write("list.txt", ROWS.map(|row| format!("{}:{}\n", address(row), written(row))).collect::<String>());
        let outcome = desk.leakdex("ingest list.txt --breach list").run_ok();
        assert_eq!(found(&desk, kind, "", &every(asked)), ROWS.len(), "{outcome}");
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{outcome}");
    }
    let desk = Desk::new();
    let row = |row: usize| format!("HOST:\thttps://a{row}.example/\nUSER:\tdark{row}x\nPASS:\tPw{row}.x\n\n");
    desk.write("log.txt", ROWS.map(row).collect::<String>());
    desk.leakdex("ingest log.txt --breach log").run_ok();
    assert_eq!(found(&desk, "username", "", &every(|row| format!("dark{row}x"))), ROWS.len());
}

/// One in eight has a sign, a blank or nothing but digits.
#[test]
fn user_names_of_any_characters_are_user_names() {
    let name = |row: usize| match row % 40 {
        0 => format!("@dark{row}x"),
        8 => format!("dark@{row}"),
        16 => format!("dark yang {row}"),
        24 => format!("[dark]$'{row}!"),
        32 => format!("77{}", 1000 + row),
        _ => format!("dark.yang{row}"),
    };
    let email = |row: usize| format!("yang{row}@example.com");
    let lists: [fn(&str, &str, usize) -> String; 4] = [
        |name, _, row| format!("{name}:Pw{row}.x\n"),
        |name, email, row| format!("{name}:{email}:Pw{row}.x\n"),
        |name, email, row| format!("{email}:{name}:{}\n", hash(row)),
        |name, email, row| format!("{row}:{name}:{email}:{}:x{row}\n", hash(row)),
    ];
    for list in lists {
        let desk = Desk::new();
        desk.write("list.txt", ROWS.map(|row| list(&name(row), &email(row), row)).collect::<String>());
        let outcome = desk.leakdex("ingest list.txt --breach list").run_ok();
        assert_eq!(found(&desk, "username", "", &every(name)), ROWS.len(), "{outcome}");
    }
}

/// Nobody has lost anything where rows have no identifier.
#[test]
fn rows_without_identifiers_do_not_make_a_breach_incomplete() {
    let desk = Desk::new();
    let row = |row: usize| {
        if row.is_multiple_of(4) { format!("{row},,Anna\n") } else { format!("{row},a{row}@example.com,Anna\n") }
    };
    desk.write("members.csv", format!("no,email,name\n{}", ROWS.map(row).collect::<String>()));
    let outcome = desk.leakdex("ingest members.csv --breach members").run_ok();
    assert!(outcome.stderr_text().contains("120 records = 90 accepted + 30 rejected"), "{outcome}");
}

/// What is refused has no country, and what is accepted has one.
#[test]
fn a_few_refused_numbers_of_a_country_are_no_doubt() {
    let desk = Desk::new();
    let number = |row: usize| if row < 30 { format!("no number {row}") } else { "11010519491231002X".to_string() };
    let rows: String = ROWS.map(|row| format!("{},a{row}@example.com\n", number(row))).collect();
    desk.write("owners.csv", format!("national_id,email\n{rows}"));
    let outcome = desk.leakdex("ingest owners.csv --breach owners --region CN --map 1=national_id").run_ok();
    assert!(!outcome.stderr_text().contains("WARNING"), "{outcome}");
}

/// What a row does not reach is not what somebody left empty: it may be a row of something else.
#[test]
fn rows_that_end_before_the_columns_are_no_clean_answer() {
    let desk = Desk::new();
    let row = |row: usize| {
        let delimiter = if row.is_multiple_of(10) { ';' } else { ',' };
        format!("{row}{delimiter}+49 151 {:08}\n", 10_000_000 + row)
    };
    desk.write("calls.csv", format!("no,phone\n{}", ROWS.map(row).collect::<String>()));
    let outcome = desk.leakdex("ingest calls.csv --breach calls").run_code(3);
    assert!(outcome.stderr_text().contains("12 rejected (12 short)"), "{outcome}");
}

/// What the caller says of a column stands.
#[test]
fn columns_that_are_ignored_hold_no_user_names() {
    let desk = Desk::new();
    let row = |row: usize| format!("{row}:dark{row}x:yang{row}@example.com:{}:x{row}\n", hash(row));
    desk.write("board.txt", ROWS.map(row).collect::<String>());
    let shown = |rule: &str| desk.leakdex(&format!("inspect board.txt {rule}")).run_ok().stdout_text();
    assert!(shown("").contains("username"), "{}", shown(""));
    assert!(!shown("--map 2=ignore").contains("username"), "{}", shown("--map 2=ignore"));
}

/// Fifty thousand addresses in one record, twice: each counts once, and so does each domain.
#[test]
fn a_record_of_very_many_addresses_costs_no_more_than_many_records() {
    let desk = Desk::new();
    let addresses: Vec<String> = (0..25_000).map(|n| format!("\"a{n}@b{n}.io\"")).collect();
    let twice = [addresses.clone(), addresses].concat().join(",");
    desk.write("many.jsonl", format!("{{\"mails\":[\"x@y.com\"]}}\n{{\"mails\":[{twice}]}}\n"));
    desk.leakdex("ingest many.jsonl --breach many").run_ok();
    let asked = desk.leakdex("check --kind email_domain").stdin("b7.io\n").run_ok();
    assert!(asked.stdout_text().contains("many, 1 record, exact"), "{asked}");
}

/// Whoever logs in with a number of the state is found by it, and the others by their telephone numbers; a few that pass a rule by
/// chance are user names.
#[test]
fn identity_numbers_among_logins_are_found() {
    let number = |row: usize| format!("+4850{:07}", row * 7919);
    let desk = Desk::new();
    let login = |row: usize| if row.is_multiple_of(3) { pesel(row) } else { number(row) };
    desk.write("dump.csv", format!("login,city\n{}", ROWS.map(|row| login(row) + ",Kiel\n").collect::<String>()));
    let outcome = desk.leakdex("ingest dump.csv --breach dump").run_ok();
    let (numbers, others): (Vec<usize>, Vec<usize>) = ROWS.partition(|row| row.is_multiple_of(3));
    let numbers: Vec<String> = numbers.into_iter().map(pesel).collect();
    let others: Vec<String> = others.into_iter().map(number).collect();
    for kind in ["national_id:PL", "national_id"] {
        assert_eq!(found(&desk, kind, "", &numbers), numbers.len(), "{kind} {outcome}");
    }
    assert_eq!(found(&desk, "phone", "", &others), others.len(), "{outcome}");
    let desk = Desk::new();
    let account = |row: usize| format!("{}", 81_000_000_000 + row as u64 * 104_729);
    desk.write("dump.csv", format!("login,city\n{}", ROWS.map(|row| account(row) + ",Kiel\n").collect::<String>()));
    let outcome = desk.leakdex("ingest dump.csv --breach dump").run_ok();
    assert_eq!(found(&desk, "username", "", &every(account)), ROWS.len(), "{outcome}");
}

/// A few telephone numbers and user names among many addresses are people, too.
#[test]
fn a_few_other_logins_among_addresses_are_taken() {
    const ALL: usize = 3000;
    let number = |row: usize| format!("138{:08}", 12_345_678 + row * 7919);
    let name = |row: usize| format!("darkyang{row}x");
    let login = |row: usize| match row % 100 {
        7 => number(row),
        9 => name(row),
        _ => address(row),
    };
    let of = |rest: usize| (0..ALL).filter(move |row| row % 100 == rest);
    let desk = Desk::new();
    desk.write("dump.txt", (0..ALL).map(|row| format!("{}:Sommer{row}!\n", login(row))).collect::<String>());
    let outcome = desk.leakdex("ingest dump.txt --breach dump --region CN").run_ok();
    for (kind, values) in [("phone", of(7).map(number).collect::<Vec<_>>()), ("username", of(9).map(name).collect())] {
        assert_eq!(found(&desk, kind, "CN", &values), values.len(), "{kind} {outcome}");
    }
}

/// Logins of another kind that no sample shows are taken all the same.
#[test]
fn other_logins_behind_the_sample_are_taken() {
    let name = |row: usize| format!("darkyang{row}x");
    let number = |row: usize| format!("138{:08}", 12_345_678 + row * 7919);
    let desk = Desk::new();
    let early: String = (0..60_000).map(|row| format!("{}:Sommer{row}!\n", address(row))).collect();
    let late: String = (0..20).map(|row| format!("{}:Sommer!\n{}:Sommer!\n", name(row), number(row))).collect();
    desk.write("dump.txt", format!("{early}{late}{early}"));
    let outcome = desk.leakdex("ingest dump.txt --breach dump --region CN").run_ok();
    for (kind, values) in
        [("phone", (0..20).map(number).collect::<Vec<_>>()), ("username", (0..20).map(name).collect())]
    {
        assert_eq!(found(&desk, kind, "CN", &values), values.len(), "{kind} {outcome}");
    }
}

/// What follows the address may stand before it, too.
#[test]
fn tildes_and_underscores_delimit_a_user_name_and_a_secret() {
    let name = |row: usize| format!("darkyang{row}x");
    for delimiter in ["~", "____"] {
        let desk = Desk::new();
        let line = |row: usize| format!("{}{delimiter}{}{delimiter}Sommer{row}!\n", name(row), address(row));
        desk.write("dump.txt", ROWS.map(line).collect::<String>());
        let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{delimiter} {outcome}");
        assert_eq!(found(&desk, "username", "", &every(name)), ROWS.len(), "{delimiter} {outcome}");
    }
}

/// The dashes of a domain in other letters are no delimiter. Between three parts two dashes are too few to tell, which is an error.
#[test]
fn domains_in_other_letters_are_whole() {
    const DOMAINS: [&str; 5] = [
        "xn--mller-kva.example",
        "xn----7sbabc3ak.xn--p1ai",
        "XN--MLLER-KVA.com",
        "mail.xn--80ak6aa92e.xn--p1ai",
        "xn--kln--5qa3b.example",
    ];
    let address = |row: usize| format!("ann{row}@{}", DOMAINS[row % 5]);
    for (before, delimiters) in [
        ("", &[":", ";", "|", "----", " ", "--", ">>", " >> "][..]),
        ("darkyang", &[":", ";", "|", "----", " ", ">>", " >> "]),
    ] {
        for delimiter in delimiters {
            let desk = Desk::new();
            let user = |row: usize| if before.is_empty() { String::new() } else { format!("{before}{row}{delimiter}") };
            let line = |row: usize| format!("{}{}{delimiter}Sommer{row}!\n", user(row), address(row));
            desk.write("dump.txt", ROWS.map(line).collect::<String>());
            let outcome = desk.leakdex("ingest dump.txt --breach dump").run();
            assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{before} {delimiter} {outcome}");
        }
    }
}
