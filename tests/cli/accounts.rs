//! User names that no name of a column tells: of forums, of tables that nobody described, of accounts.

use super::desk::Desk;
use super::logins::{found, hash, mixed};

const ROWS: std::ops::Range<usize> = 0..120;

fn every(value: impl Fn(usize) -> String) -> Vec<String> {
    ROWS.map(value).collect()
}

/// Forums are dumped without the columns of their tables, and a table may be created behind its rows.
#[test]
fn user_names_of_tables_that_nobody_described_are_found() {
    let name = |row: usize| format!("{}{row}", ["yang", "darkwolf", "xo", "mariposa_"][row % 4]);
    let token = |row: usize| format!("{:05x}", mixed(row) >> 12);
    let wordpress = |row: usize| {
        let (name, key) = (name(row), token(row));
        format!("({row},'{name}','$P$B{}','{name}','a{row}@example.com','','2012-01-01','{key}',0,'Ann')", hash(row))
    };
    let joomla =
        |row: usize| format!("({row},'Ann Li','{}','a{row}@example.com','{}:{}',0)", name(row), hash(row), token(row));
    let created = "CREATE TABLE `board` (`id` int, `who` text, `mail` text, `pw` text);\n";
    let insert = |table: &str, rows: Vec<String>| format!("INSERT INTO `{table}` VALUES {};\n", rows.join(","));
    let behind = |row: usize| format!("({row},'{}','a{row}@example.com','{}')", name(row), hash(row));
    for text in [
        insert("wp_users", every(wordpress)),
        insert("jos_users", every(joomla)),
        insert("board", every(behind)) + created,
    ] {
        let desk = Desk::new();
        desk.write("dump.sql", &text);
        let outcome = desk.leakdex("ingest dump.sql --breach board").run_ok();
        assert_eq!(found(&desk, "username", "", &every(name)), ROWS.len(), "{outcome}");
        // Tokens of one length are nobody's name.
        assert_eq!(found(&desk, "username", "", &every(token)), 0, "{outcome}");
    }
}

#[test]
fn nicknames_and_names_of_accounts_are_user_names() {
    let name = |row: usize| format!("{}{row}", ["yang", "darkwolf", "xo", "mariposa_"][row % 4]);
    for header in ["nick", "display_name", "name"] {
        let desk = Desk::new();
        let rows = every(|row| format!("a{row}@example.com,{}\n", name(row))).concat();
        desk.write("dump.csv", format!("email,{header}\n{rows}"));
        desk.leakdex("ingest dump.csv --breach board").run_ok();
        assert_eq!(found(&desk, "username", "", &every(name)), ROWS.len(), "{header}");
    }
}

/// What a shop knows of its users stands in rows of a name and a value, beside numbers of orders.
#[test]
fn values_of_users_are_what_their_names_say() {
    let phone = |row: usize| format!("0151{:08}", 20_000_000 + row * 7919);
    let address = |row: usize| format!("pay{row}@example.com");
    let seen = |row: usize| format!("{}", 1_462_064_469 + mixed(row) % 1_000_000);
    let transaction = |row: usize| format!("0{:09}", mixed(row) % 1_000_000_000);
    let meta = |row: usize| {
        let values = [
            ("nickname", format!("cat{row}")),
            ("billing_email", address(row)),
            ("billing_phone", phone(row)),
            ("last_update", seen(row)),
            ("_transaction_id", transaction(row)),
        ];
        let tuple =
            |(place, (name, value)): (usize, (&str, String))| format!("({},{row},'{name}','{value}')", row * 5 + place);
        values.into_iter().enumerate().map(tuple).collect::<Vec<_>>().join(",")
    };
    let created = "CREATE TABLE `wp_usermeta` (`umeta_id` int, `user_id` int, `meta_key` text, `meta_value` text);\n\
                   CREATE TABLE `wp_users` (`ID` int, `user_login` text, `user_email` text);\n";
    let users = every(|row| format!("({row},'wolf{row}','a{row}@example.com')")).join(",");
    let desk = Desk::new();
    desk.write(
        "dump.sql",
        format!(
            "{created}INSERT INTO `wp_users` VALUES {users};\nINSERT INTO `wp_usermeta` VALUES {};\n",
            every(meta).join(",")
        ),
    );
    let outcome = desk.leakdex("ingest dump.sql --breach shop --region DE").run_ok();
    assert_eq!(found(&desk, "phone", "DE", &every(phone)), ROWS.len(), "{outcome}");
    assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{outcome}");
    assert_eq!(found(&desk, "email", "", &every(|row| format!("a{row}@example.com"))), ROWS.len(), "{outcome}");
    assert_eq!(found(&desk, "username", "", &every(|row| format!("wolf{row}"))), ROWS.len(), "{outcome}");
    for kind in ["phone", "national_id"] {
        assert_eq!(found(&desk, kind, "DE", &every(transaction)), 0, "{outcome}");
        assert_eq!(found(&desk, kind, "DE", &every(seen)), 0, "{outcome}");
    }
}

/// As accounts of Adobe went around: the blocks of a cipher in base64.
#[test]
fn bars_between_dashes_delimit() {
    let name = |row: usize| format!("yang_{row}x");
    let cipher = |row: usize| format!("{:08x}{}/k=", mixed(row), row % 10);
    let line =
        |row: usize| format!("1032387{row:02}-|-{}-|-a{row}@example.com-|-{}-|-hint|--\n", name(row), cipher(row));
    let desk = Desk::new();
    desk.write("dump.txt", every(line).concat());
    desk.leakdex("ingest dump.txt --breach board").run_ok();
    assert_eq!(found(&desk, "username", "", &every(name)), ROWS.len());
    assert_eq!(found(&desk, "email", "", &every(|row| format!("a{row}@example.com"))), ROWS.len());
}

/// Two zeros for the plus that the others leave out.
#[test]
fn numbers_with_and_without_two_zeros_before_their_code_are_found() {
    let number = |row: usize| format!("86138{:08}", 12_000_000 + row * 7919);
    let line = |row: usize| format!("{}{}:pw{row}\n", ["", "00"][row % 2], number(row));
    let desk = Desk::new();
    desk.write("dump.txt", every(line).concat());
    desk.leakdex("ingest dump.txt --breach board").run_ok();
    assert_eq!(found(&desk, "phone", "", &every(|row| format!("+{}", number(row)))), ROWS.len());
}

#[test]
fn accounts_of_messengers_are_user_names_and_salts_are_none() {
    let name = |row: usize| format!("{}{row}", ["yang", "darkwolf", "xo", "mariposa_"][row % 4]);
    let salt = |row: usize| format!("{:08x}", mixed(row));
    let desk = Desk::new();
    desk.write(
        "a.csv",
        format!("email,telegram\n{}", every(|row| format!("a{row}@example.com,{}\n", name(row))).concat()),
    );
    desk.write("b.txt", every(|row| format!("a{row}@example.com;{};{}\n", salt(row), hash(row))).concat());
    desk.leakdex("ingest a.csv b.txt --breach board").run_ok();
    assert_eq!(found(&desk, "username", "", &every(name)), ROWS.len());
    assert_eq!(found(&desk, "username", "", &every(salt)), 0);
}

/// As the accounts of a network for short messages went around.
#[test]
fn pairs_between_dashes_are_told_apart() {
    let name = |row: usize| format!("red_cat{row}");
    for between in [" - ", " / ", " | "] {
        let line = |row: usize| {
            let parts = [
                format!("Email: a{row}@example.com"),
                "Name: Ann-Marie Li".into(),
                format!("ScreenName: {}", name(row)),
                format!("Followers: {row}"),
                "Created At: Sat Mar 07 10:00:00 +0000 2009".into(),
            ];
            parts.join(between) + "\n"
        };
        let desk = Desk::new();
        desk.write("dump.txt", every(line).concat());
        let outcome = desk.leakdex("ingest dump.txt --breach network").run_ok();
        assert_eq!(found(&desk, "username", "", &every(name)), ROWS.len(), "{between:?} {outcome}");
        let address = |row: usize| format!("a{row}@example.com");
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{between:?} {outcome}");
    }
}

/// Passwords are stored in base64, whose end looks like a delimiter.
#[test]
fn base64_in_every_row_cuts_none() {
    let name = |row: usize| format!("silent_cat{row}");
    let phone = |row: usize| format!("+49151{:08}", 20_000_000 + row * 7919);
    let key = |row: usize| format!("{:08x}{:08x}{:06x}==", mixed(row), mixed(row + 1), row);
    let rows =
        every(|row| format!("{row}|{}|a{row}@example.com|{}|{}|2015-06-17\n", name(row), &phone(row)[1..], key(row)));
    let desk = Desk::new();
    desk.write("dump.txt", rows.concat());
    let outcome = desk.leakdex("ingest dump.txt --breach shop").run_ok();
    assert_eq!(found(&desk, "phone", "", &every(phone)), ROWS.len(), "{outcome}");
    let desk = Desk::new();
    desk.write("dump.txt", every(|row| format!("{}:{}\n", name(row), key(row))).concat());
    let outcome = desk.leakdex("ingest dump.txt --breach shop").run_ok();
    assert_eq!(found(&desk, "username", "", &every(name)), ROWS.len(), "{outcome}");
}

/// Cut out of a larger list by a few hosts, and without schemes.
#[test]
fn sites_of_a_few_hosts_are_sites() {
    let name = |row: usize| format!("wild_fox{row}");
    let host = |row: usize| ["films.example/login", "signin.shop.example/login", "games.example"][row % 3];
    for scheme in [0, 5, 2] {
        let line = |row: usize| {
            let scheme = if scheme > 0 && row.is_multiple_of(scheme) { "https://" } else { "" };
            format!("{scheme}{}:{}:Pass{row}\n", host(row), name(row))
        };
        let desk = Desk::new();
        desk.write("dump.txt", every(line).concat());
        let outcome = desk.leakdex("ingest dump.txt --breach logs").run_ok();
        assert_eq!(found(&desk, "username", "", &every(name)), ROWS.len(), "{scheme} {outcome}");
    }
}
