//! Values that stand where nobody looks for them: glued to what is before them, behind the last column, in a column of others.

use super::desk::Desk;
use super::logins::{found, hash, mixed};

const ROWS: std::ops::Range<usize> = 0..120;

fn every(value: impl Fn(usize) -> String) -> Vec<String> {
    ROWS.map(value).collect()
}

fn address(row: usize) -> String {
    format!("anna{row}@example.org")
}

fn desk_with(name: &str, text: String, options: &str) -> Desk {
    let desk = Desk::new();
    desk.write(name, text);
    desk.leakdex(&format!("ingest {name} --breach b {options}")).run_ok();
    desk
}

/// All of it could be a mailbox, by the letter of its standard.
#[test]
fn what_is_glued_to_an_address_is_left_off() {
    let columns = |prefix: &'static str| move |row: usize| format!("{row},{prefix}{},x\n", address(row));
    for prefix in ["email=", "/u?e=", "mail=", "?"] {
        let desk = desk_with("dump.csv", format!("id,email,note\n{}", every(columns(prefix)).concat()), "");
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{prefix}");
    }
    let logs = |row: usize| {
        let agent = format!("\"Mozilla/5.0 (X11) Firefox/{}.0\"", 90 + row % 30);
        let day = format!("[0{}/Mar/2021:10:{:02}:07 +0000]", 1 + row % 9, row % 60);
        format!(
            "203.0.113.{} - - {day} \"GET /p?email={} HTTP/1.1\" 200 {} \"-\" {agent}\n",
            row,
            address(row),
            512 + row
        )
    };
    let desk = Desk::new();
    desk.write("access.log", every(logs).concat());
    desk.leakdex("ingest access.log --breach b").run();
    assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "a log");
    let desk = desk_with("combo.txt", every(|row| format!("mail={}:Sommer{row}\n", address(row))).concat(), "");
    assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "a combolist");
}

/// Marks around a line or a value are letters of a mailbox, too, by the same standard.
#[test]
fn marks_around_an_address_are_left_off() {
    let around = [("{", "}"), ("|", "|"), ("`", "`"), ("*", "*"), ("#", "#"), ("b'", "'"), ("${", "}")];
    for (before, behind) in around {
        let desk = Desk::new();
        desk.write("combo.txt", every(|row| format!("{before}{}:Sommer{row}x{behind}\n", address(row))).concat());
        desk.leakdex("ingest combo.txt --breach b").run();
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{before} around lines");
    }
    let cells = |row: usize| format!("{row},b'{}',Ulm\n", address(row));
    let desk = desk_with("dump.csv", format!("id,email,city\n{}", every(cells).concat()), "");
    assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "bytes of Python");
}

fn mobile(row: usize) -> String {
    format!("+49151{:08}", 20_000_000 + row * 7919)
}

/// Writes a line of a row, a moment and a bank account.
type Line = fn(usize, &str, &str) -> String;

/// A time or a page in a line has a colon, and not every address before it is a login.
#[test]
fn what_stands_beside_an_address_is_no_secret() {
    let iban = "DE89370400440532013000";
    let at = |row: usize| format!("2021-03-04 10:20:{:02}", row % 60);
    let lines: [(&str, Line); 7] = [
        ("XML", |row, at, iban| {
            format!(
                "<user><email>{}</email><phone>{}</phone><iban>{iban}</iban><at>{at}</at></user>",
                address(row),
                mobile(row)
            )
        }),
        ("quotes", |row, at, iban| format!("<{}> {} / {iban} ({at})", address(row), mobile(row))),
        ("pipes", |row, at, iban| format!("{} | {} | {iban} | {at}", address(row), mobile(row))),
        ("dashes", |row, at, iban| format!("{} - {} - {iban} - {at}", address(row), mobile(row))),
        ("the number first", |row, _, iban| format!("{} - {} - {iban}", mobile(row), address(row))),
        ("behind a secret", |row, _, iban| format!("{}:pw{row}x|{}|{iban}", address(row), mobile(row))),
        ("a page first", |row, _, iban| format!("https://crm.example/c/{row},{},{},{iban}", address(row), mobile(row))),
    ];
    for (name, line) in lines {
        let desk = Desk::new();
        desk.write("dump", every(|row| line(row, &at(row), iban) + "\n").concat());
        let outcome = desk.leakdex("ingest dump --breach b --region DE").run();
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{name}: {outcome}");
        assert_eq!(found(&desk, "phone", "DE", &every(mobile)), ROWS.len(), "{name}: {outcome}");
        assert_eq!(found(&desk, "iban", "", &[iban.to_string()]), 1, "{name}: {outcome}");
    }
    // Without a plus, and a word behind it.
    let desk = Desk::new();
    let row = |row: usize| format!("https://crm.example/c/{row},{},0{},Berlin\n", address(row), &mobile(row)[3..]);
    desk.write("dump", every(row).concat());
    desk.leakdex("ingest dump --breach b --region DE").run_ok();
    assert_eq!(found(&desk, "phone", "DE", &every(mobile)), ROWS.len());
}

#[test]
fn a_row_with_an_address_in_its_text_names_nothing() {
    let row = |row: usize| {
        let at = "'at': datetime.datetime(2021, 1, 1, 1, 1), 'x': b'ab'";
        format!("{{'id': {row}, 'email': '{}', 'phone': '{}', {at}}}\n", address(row), mobile(row))
    };
    let desk = desk_with("dump", every(row).concat(), "");
    assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len());
    assert_eq!(found(&desk, "phone", "", &every(mobile)), ROWS.len());
    let desk = Desk::new();
    let row = |row: usize| format!("{{user,{row},<<\"{}\">>,<<\"kestrel{row}\">>}}.\n", address(row));
    desk.write("dump", every(row).concat());
    desk.leakdex("ingest dump --breach b").run();
    assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len());
}

#[test]
fn fields_behind_the_last_column_are_searched() {
    let other = |row: usize| format!("late{row}@example.org");
    let iban = |_: usize| "DE89370400440532013000".to_string();
    let rows = every(|row| format!("{row},{},0151{:08}\n", address(row), 20_000_000 + row * 7919)).concat();
    let more = every(|row| format!("('{}','{}')", other(row), iban(row))).join(",");
    let text = format!("id,email,phone\n{rows}INSERT INTO u (email,iban) VALUES {more};\n");
    let desk = Desk::new();
    desk.write("dump.csv", text);
    let outcome = desk.leakdex("ingest dump.csv --breach b --region DE").run_code(3);
    assert!(outcome.stderr_text().contains("broken records held kinds that the plan does not have"), "{outcome}");
    assert_eq!(found(&desk, "email", "", &every(other)), ROWS.len());
    assert_eq!(found(&desk, "iban", "", &[iban(0)]), 1);
}

/// Of a row of which no column is accepted, too.
#[test]
fn fields_behind_the_last_column_of_a_rejected_row_are_searched() {
    let rows = every(|row| format!("{row},{}\n", address(row))).concat();
    let desk = Desk::new();
    desk.write("dump.csv", format!("id,email\n{rows}7,gone,DE89370400440532013000\n"));
    desk.leakdex("ingest dump.csv --breach b").run_code(3);
    assert_eq!(found(&desk, "iban", "", &["DE89370400440532013000".to_string()]), 1);
}

#[test]
fn several_addresses_of_a_cell_count_once_each() {
    let rows = every(|row| format!("{row},{} / b{}\n", address(row), address(row))).concat();
    let desk = Desk::new();
    desk.write("dump.csv", format!("id,email\n{rows}"));
    let outcome = desk.leakdex("ingest dump.csv --breach b").run_ok();
    assert!(outcome.stderr_text().contains("  email  240\n"), "{outcome}");
}

/// Each of them once: a line may have hundreds of thousands.
#[test]
fn very_many_fields_behind_the_last_column_are_searched() {
    let late =
        |row: usize| if row == 60 { format!("{},late@example.org", ",1".repeat(200_000)) } else { String::new() };
    let rows = every(|row| format!("{row},{}{}\n", address(row), late(row))).concat();
    let desk = desk_with("dump.csv", format!("id,email\n{rows}"), "");
    assert_eq!(found(&desk, "email", "", &["late@example.org".to_string()]), 1);
}

#[test]
fn addresses_in_columns_of_other_things_are_found() {
    let stray = |row: usize| format!("stray{row}@example.org");
    let is_stray = |row: usize| row.is_multiple_of(40);
    let cell = |row: usize, usual: String| if is_stray(row) { stray(row) } else { usual };
    let columns: [(&str, &dyn Fn(usize) -> String); 4] = [
        ("username", &|row| format!("wolf{row}")),
        ("phone", &|row| format!("+4915112{:06}", 345_678 - row)),
        ("password", &|row| format!("Sommer{row}!")),
        ("url", &|row| format!("https://shop.example/p/{row}")),
    ];
    let strays: Vec<String> = ROWS.filter(|row| is_stray(*row)).map(stray).collect();
    for (name, usual) in columns {
        let rows = every(|row| format!("{row},{},{}\n", address(row), cell(row, usual(row)))).concat();
        let desk = desk_with("dump.csv", format!("id,email,{name}\n{rows}"), "");
        assert_eq!(found(&desk, "email", "", &strays), strays.len(), "{name}");
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{name}");
    }
    let line = |row: usize| {
        let more = if is_stray(row) { format!(":{}", stray(row)) } else { String::new() };
        format!("{}:Sommer{row}{more}\n", address(row))
    };
    let desk = desk_with("combo.txt", every(line).concat(), "");
    assert_eq!(found(&desk, "email", "", &strays), strays.len());
}

/// A plan keeps every table of names and values, and what it does not know is searched.
#[test]
fn tables_of_names_and_values_are_followed_by_a_plan() {
    let phone = |row: usize| format!("0151{:08}", 20_000_000 + row * 7919);
    let user = |row: usize| format!("wolf{row}");
    let meta = |row: usize| {
        format!(
            "('{}','billing_email','{}'),('{}','billing_phone','{}')",
            user(row),
            address(row),
            user(row),
            phone(row)
        )
    };
    let seen = |row: usize| format!("('fish{row}','city','Bonn')");
    let text = |table: &str, rows: Vec<String>| {
        format!(
            "CREATE TABLE {table} (username text, meta_key text, meta_value text);\nINSERT INTO {table} VALUES {};\n",
            rows.join(",")
        )
    };
    let order = |row: usize| meta(row).replace("anna", "berta").replace("0151", "0160").replace("wolf", "fox");
    let bank = "('cat','bank','DE89370400440532013000')".to_string();
    let first = every(meta).into_iter().chain(every(seen)).chain([bank]).collect();
    let desk = Desk::new();
    desk.write("dump.sql", text("usermeta", first) + &text("postmeta", every(order)));
    desk.leakdex("inspect dump.sql -o plan.toml --region DE").run_ok();
    for options in ["", "--plan plan.toml"] {
        let outcome =
            desk.leakdex(&format!("ingest dump.sql --breach b{} --region DE {options}", options.len())).run_ok();
        for (kind, values) in [
            ("phone", every(phone)),
            ("phone", every(|row| phone(row).replace("0151", "0160"))),
            ("email", every(address)),
            ("email", every(|row| address(row).replace("anna", "berta"))),
            ("username", every(|row| format!("fish{row}"))),
            ("iban", vec!["DE89370400440532013000".to_string()]),
        ] {
            assert_eq!(found(&desk, kind, "DE", &values), values.len(), "{kind} {options}: {outcome}");
        }
        desk.leakdex(&format!("breach remove b{}", options.len())).run_ok();
    }
}

/// One number in ten of anything begins with a zero.
#[test]
fn numbers_with_zeros_before_them_are_no_telephone_numbers() {
    let number = |row: usize| format!("{:09}", mixed(row) % 1_000_000_000);
    let rows = every(|row| format!("{},{}\n", number(row), address(row))).concat();
    let desk = Desk::new();
    desk.write("dump.csv", format!("Numer sprawy,E-mail\n{rows}"));
    desk.leakdex("ingest dump.csv --breach b --region PL").run_ok();
    assert_eq!(found(&desk, "phone", "PL", &every(number)), 0);
    let desk = desk_with("dump.csv", format!("foo,E-mail\n{rows}"), "--region PL");
    assert_eq!(found(&desk, "phone", "PL", &every(number)), 0);
}

#[test]
fn a_middle_name_keeps_nobody_from_being_found() {
    let person =
        |row: usize| (["Anna", "Ivan", "Olga"][row % 3], format!("Petrov{}", char::from(b'a' + (row % 26) as u8)));
    let born = |row: usize| format!("19{:02}-0{}-1{}", 50 + row % 50, 1 + row % 9, row % 10);
    let row_of = |row: usize| {
        let (first, last) = person(row);
        format!("{last},{first},Ivanovich,{},{}\n", born(row), address(row))
    };
    let text = format!("lastname,firstname,middlename,dob,email\n{}", every(row_of).concat());
    let desk = desk_with("dump.csv", text, "");
    let list = every(|row| format!("{},{},{}\n", person(row).0, person(row).1, born(row))).concat();
    desk.write("list.csv", format!("firstname,lastname,dob\n{list}"));
    let outcome = desk.leakdex("scan list.csv --tier loose").run();
    assert_eq!(outcome.stdout_text().lines().filter(|line| line.contains("name_dob")).count(), ROWS.len(), "{outcome}");
}

#[test]
fn numbers_of_customers_are_no_moments() {
    let row_of = |row: usize| format!("{},{},{}\n", 1_000_000_000 + mixed(row) % 700_000_000, address(row), hash(row));
    for name in ["고객번호", "uid", "ff_number"] {
        let desk = Desk::new();
        desk.write("dump.csv", format!("{name},email,hash\n{}", every(row_of).concat()));
        let outcome = desk.leakdex("ingest dump.csv --breach b").run_ok();
        assert!(!outcome.stderr_text().contains("data from"), "{outcome}");
    }
}

#[test]
fn a_day_behind_a_telephone_number_is_none() {
    let phone = |row: usize| format!("+4915112{:06}", 345_678 - row);
    let row_of = |row: usize| format!("{},{} seit 2024-01-02\n", address(row), phone(row));
    let desk = desk_with("dump.csv", format!("email,phone\n{}", every(row_of).concat()), "--region DE");
    assert_eq!(found(&desk, "phone", "DE", &every(phone)), ROWS.len());
    assert_eq!(found(&desk, "phone", "none", &["20240102".to_string()]), 0);
}

/// A field that is refused as a whole is searched, as a record is of which nothing is accepted.
#[test]
fn refused_fields_of_accepted_records_are_searched() {
    let phone = |row: usize| format!("+4915112{:06}", 345_678 - row);
    let is_odd = |row: usize| row.is_multiple_of(60);
    let odd = |row: usize, written: String| if is_odd(row) { written } else { address(row) };
    let texts: [&dyn Fn(usize) -> String; 4] = [
        &|row| format!("{},{}\n", odd(row, format!("{} (old)", address(row))), phone(row)),
        &|row| format!("{},{}\n", odd(row, format!("\"{}", address(row))), phone(row)),
        &|row| format!("{},{}\n", odd(row, format!("{}<br>", address(row))), phone(row)),
        &|row| format!("{},{}\n", odd(row, format!("now {} and x{}", address(row), address(row))), phone(row)),
    ];
    for text in texts {
        let desk = desk_with("dump.csv", format!("email,phone\n{}", every(text).concat()), "");
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{}", text(0));
        assert_eq!(found(&desk, "phone", "", &every(phone)), ROWS.len(), "{}", text(0));
    }
    let short = |row: usize| match is_odd(row) {
        true => format!("{row},{}\n", phone(row)),
        false => format!("{row},{},{}\n", address(row), phone(row)),
    };
    let desk = desk_with("dump.csv", format!("id,email,phone\n{}", every(short).concat()), "");
    assert_eq!(found(&desk, "phone", "", &every(phone)), ROWS.len());
    let other = |row: usize| format!("+4915113{:06}", 345_678 - row);
    let two = |row: usize| format!("{},{}/{}\n", address(row), phone(row), other(row));
    let desk = desk_with("dump.csv", format!("email,phone\n{}", every(two).concat()), "");
    assert_eq!(found(&desk, "phone", "", &every(phone)), ROWS.len());
    assert_eq!(found(&desk, "phone", "", &every(other)), ROWS.len());
}

#[test]
fn user_names_and_passwords_are_no_names_of_columns() {
    let name = |row: usize| ["user12", "login15", "wolf", "fox"][row % 4].to_string() + &"x".repeat(row % 3);
    let line = |row: usize| format!("{},{}\n", name(row), ["pass12", "password", "pwd15"][row % 3]);
    let desk = Desk::new();
    desk.write("dump.csv", format!("username,password\n{}", every(line).concat()));
    let outcome = desk.leakdex("ingest dump.csv --breach b").run_ok();
    assert!(outcome.stderr_text().contains("120 records = 120 accepted"), "{outcome}");
    desk.write("list.csv", "kind,value\nusername,user12\nusername,userN\nusername,login15x\n");
    let outcome = desk.leakdex("scan list.csv --kind-column kind --value-column value").run();
    assert_eq!(outcome.stdout_text().lines().count(), 3, "{outcome}");
}

/// As Concordance and Relativity write them, in both encodings that they have; most of their fields are empty.
#[test]
fn load_files_are_read() {
    let phone = |row: usize| format!("0151{:08}", 20_000_000 + row * 7919);
    let line = |fields: [&str; 3]| {
        let fields = fields.into_iter().chain([""; 30]).map(|field| format!("þ{field}þ"));
        fields.collect::<Vec<_>>().join("\u{14}") + "\r\n"
    };
    let row_of = |row: usize| line([&row.to_string(), &address(row), &phone(row)]);
    let text = line(["id", "email", "phone"]) + &every(row_of).concat();
    let narrow: Vec<u8> = text.chars().map(|c| c as u8).collect();
    for bytes in [text.into_bytes(), narrow] {
        let desk = Desk::new();
        desk.write("dump.dat", bytes);
        desk.leakdex("ingest dump.dat --breach b --region DE").run_ok();
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len());
        assert_eq!(found(&desk, "phone", "DE", &every(phone)), ROWS.len());
    }
}

/// A directory has more in it than dumps.
#[test]
fn what_cannot_be_read_among_dumps_keeps_nothing_from_them() {
    let desk = Desk::new();
    std::fs::create_dir(desk.path("leak")).expect("a directory");
    desk.write("leak/Thumbs.db", [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 2000]].concat());
    desk.write("leak/users.csv", format!("email\n{}\n", every(address).join("\n")));
    desk.write("leak/cut.zip", b"PK\x03\x04\x14\0\0\0\x08\0".repeat(200));
    let outcome = desk.leakdex("ingest leak --breach b").run_code(3);
    assert!(outcome.stderr_text().contains("Thumbs.db`: the workbook is damaged, or no spreadsheet"), "{outcome}");
    assert!(outcome.stderr_text().contains("cut.zip`: the zip archive is damaged; it may hold records"), "{outcome}");
    assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len());
    desk.leakdex("ingest leak/Thumbs.db --breach c").run_code(2);
}

/// Words in the capitals of western Europe, and lists of Japan in what Unix had.
#[test]
fn names_in_other_encodings_are_found() {
    let born = |row: usize| format!("{:02}/0{}/19{:02}", 1 + row % 28, 1 + row % 9, 50 + row % 50);
    let of_spain = |row: usize| {
        format!(
            "{};{};{};C/ LEÓN {row}, 2º\n",
            ["MUÑOZ", "GARCÍA", "PEÑA"][row % 3],
            ["JOSÉ", "ANA"][row % 2],
            born(row)
        )
    };
    let narrow = |text: String| text.chars().map(|c| c as u8).collect::<Vec<u8>>();
    let japanese = |text: String| {
        let mut bytes = Vec::new();
        for c in text.chars() {
            match c {
                'ア'..='ン' => bytes.extend([0xa5, 0xa2 + (c as u32 - 'ア' as u32) as u8]),
                '田' => bytes.extend([0xc5, 0xc4]),
                '中' => bytes.extend([0xc3, 0xe6]),
                '名' => bytes.extend([0xcc, 0xbe]),
                '前' => bytes.extend([0xc1, 0xb0]),
                c => bytes.push(c as u8),
            }
        }
        bytes
    };
    let of_japan = |row: usize| format!("田中{},タナカ,{},{}\n", ["アキ", "ケン"][row % 2], address(row), row);
    let texts = [
        (narrow(format!("apellidos;nombre;fecha nacimiento;dirección\n{}", every(of_spain).concat())), "windows-1252"),
        (japanese(format!("名前,カナ,email,id\n{}", every(of_japan).concat())), "EUC-JP"),
    ];
    for (bytes, encoding) in texts {
        let desk = Desk::new();
        desk.write("dump.csv", bytes);
        let outcome = desk.leakdex("inspect dump.csv").run();
        let first = outcome.stdout_text().lines().next().unwrap_or_default().to_string();
        assert!(first.contains(&format!(", {encoding}, ")), "{outcome}");
    }
}
