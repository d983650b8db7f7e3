//! What stands in a column is told by its values, also where they look like something else, are several in a cell, or have slipped
//! into another column.

use super::desk::Desk;
use super::logins::found;

const ROWS: std::ops::Range<usize> = 0..100;

fn every(value: impl Fn(usize) -> String) -> Vec<String> {
    ROWS.map(value).collect()
}

fn desk_with(text: String, options: &str) -> Desk {
    let desk = Desk::new();
    desk.write("dump.txt", text);
    desk.leakdex(&format!("ingest dump.txt --breach dump {options}")).run_ok();
    desk
}

/// Addresses of hosts have as many digits as telephone numbers, and some pass the check digit of a country.
#[test]
fn addresses_of_hosts_without_a_name_are_no_telephone_numbers() {
    let ip = |row: usize| format!("161.{}.{}.{}", 40 + row, 100 + row, 126 + row);
    let desk = desk_with(every(|row| format!("{row},ann{row}@example.com,Ann,{}\n", ip(row))).concat(), "");
    assert_eq!(found(&desk, "ip", "", &every(ip)), ROWS.len());
    let rows = every(|row| format!("[{row},\"ann{row}@example.com\",\"{}\"]", ip(row))).join(",");
    let desk = desk_with(format!("{{\"columns\":[\"a\",\"b\",\"c\"],\"rows\":[{rows}]}}"), "");
    assert_eq!(found(&desk, "ip", "", &every(ip)), ROWS.len());
}

#[test]
fn national_numbers_without_a_region_are_no_user_names() {
    let number = |row: usize| format!("617{}{:06}", 2 + row % 8, row * 7919 % 1_000_000);
    let line = |row: usize| {
        if row.is_multiple_of(10) {
            format!("+1{}:pw{row}\n", number(row))
        } else {
            format!("{}:pw{row}\n", number(row))
        }
    };
    let desk = Desk::new();
    desk.write("dump.txt", every(line).concat());
    let outcome = desk.leakdex("ingest dump.txt --breach dump").run();
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(outcome.stderr_text().contains("--region"), "{outcome}");
    desk.leakdex("ingest dump.txt --breach dump --region US").run_ok();
    let asked = every(|row| format!("+1{}", number(row)));
    assert_eq!(found(&desk, "phone", "", &asked), ROWS.len());
    let desk = desk_with(every(line).concat(), "--region none");
    assert_eq!(found(&desk, "phone", "", &asked), ROWS.len());
}

#[test]
fn several_values_in_a_cell_are_all_kept() {
    let phone = |row: usize| format!("+49151{:08}", 20_000_000 + row * 7919);
    let cell = |row: usize| match row % 5 {
        0 => format!("{}; {}", phone(row), phone(row + 1000)),
        1 => format!("{}(home)", phone(row)),
        2 => format!("p:{}", phone(row)),
        _ => phone(row),
    };
    let desk = desk_with(format!("name,phone\n{}", every(|row| format!("Ann,\"{}\"\n", cell(row))).concat()), "");
    assert_eq!(found(&desk, "phone", "", &every(phone)), ROWS.len());
    let second: Vec<String> = ROWS.filter(|row| row % 5 == 0).map(|row| phone(row + 1000)).collect();
    assert_eq!(found(&desk, "phone", "", &second), second.len());
    let both = |row: usize| format!("Ann,\"{}; {}\"\n", phone(row), phone(row + 1000));
    let desk = desk_with(format!("name,phone\n{}", every(both).concat()), "");
    assert_eq!(found(&desk, "phone", "", &every(|row| phone(row + 1000))), ROWS.len());
    let proxy = |row: usize| format!("5.9.7.{}", row + 1);
    let row = |row: usize| format!("ann{row}@example.com,\"178.1.2.{}, {}\"\n", row + 1, proxy(row));
    let desk = desk_with(format!("email,ip\n{}", every(row).concat()), "");
    assert_eq!(found(&desk, "ip", "", &every(proxy)), ROWS.len());
}

/// Of two numbers in one cell, the one that cannot be asked is told, as it is in a column of its own.
#[test]
fn a_value_that_is_refused_beside_another_is_told() {
    let desk = desk_with("name,phone\nAnn,+4915120000001\nBob,+4915120000002\n".into(), "");
    let odd = "+4915120000009; +9991234567890\n+4915120000009; +4915120000008\n+4915120000001; +9991234567890\n";
    let others = every(|row| format!("+49151{:08}\n", 30_000_000 + row)).concat();
    desk.write("list.csv", format!("phone\n{odd}{others}"));
    desk.leakdex("scan list.csv -o e.csv --unknown u.csv --force").run_ok();
    assert_eq!(desk.text("u.csv"), "row,reference,kind,reason\n1,,phone,syntax\n3,,phone,syntax\n");
    assert_eq!(desk.text("e.csv").lines().count(), 2, "{}", desk.text("e.csv"));
}

#[test]
fn what_a_delimiter_without_quotes_has_shifted_is_found() {
    let phone = |row: usize| format!("+49151{:08}", 20_000_000 + row * 7919);
    let address = |row: usize| format!("ann{row}@example.com");
    let street = |row: usize| if row.is_multiple_of(5) { "Flat 2, 12 High St" } else { "12 High St" };
    let row = |row: usize| format!("{row},Ann,{},{},{}\n", street(row), phone(row), address(row));
    let desk = desk_with(format!("id,name,address,phone,email\n{}", every(row).concat()), "");
    assert_eq!(found(&desk, "phone", "", &every(phone)), ROWS.len());
    assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len());
}

/// Rows between colons in which free text has one more colon, in a few and in half of them.
#[test]
fn colons_in_free_text_lose_nobody() {
    for among in [2, 3, 10, 20] {
        let phone = |row: usize| format!("49151{:08}", 20_000_000 + row * 7919);
        let address = |row: usize| format!("ann{row}@example.com");
        let work = |row: usize| if row.is_multiple_of(among) { "ACME: Works" } else { "ACME" };
        let row = |row: usize| {
            let (phone, work, address) = (phone(row), work(row), address(row));
            format!(
                "{phone}:1000{row}:Ann:Li:female:Berlin:Hamburg::{work}:1/1/2018 12:00:00 AM:{address}:01/02/1980\n"
            )
        };
        let desk = desk_with(every(row).concat(), "");
        assert_eq!(found(&desk, "phone", "", &every(|row| format!("+{}", phone(row)))), ROWS.len(), "{among}");
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{among}");
    }
}

#[test]
fn objects_under_keys_are_records() {
    let user = |row: usize| format!("\"-N{row}x\":{{\"email\":\"ann{row}@example.com\",\"n\":\"x\"}}");
    let desk = desk_with(format!("{{\"users\":{{{}}}}}", (0..2000).map(user).collect::<Vec<_>>().join(",")), "");
    let all: Vec<String> = (0..2000).map(|row| format!("ann{row}@example.com")).collect();
    assert_eq!(found(&desk, "email", "", &all), all.len());
    let desk = Desk::new();
    let text =
        "{\"users\":{\"-N1\":{\"email\":\"a@example.com\",\"gender\":\"f\"},\"-N2\":{\"email\":\"b@example.com\"}}}";
    desk.write("dump.txt", text);
    let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
    assert!(outcome.stderr_text().contains("2 records = 2 accepted"), "{outcome}");
    let member = |row: usize| format!("\"ann{row}@example.com\": {{\"ip\":\"37.254.7.{}\"}}", row + 1);
    let desk = desk_with(format!("{{{}}}", every(member).join(",\n")), "");
    assert_eq!(found(&desk, "email", "", &every(|row| format!("ann{row}@example.com"))), ROWS.len());
    assert_eq!(found(&desk, "ip", "", &every(|row| format!("37.254.7.{}", row + 1))), ROWS.len());
}

#[test]
fn passwords_before_addresses_are_no_user_names() {
    let address = |row: usize| format!("ann{row}@example.com");
    let secret = |row: usize| format!("Sommer{}!", row * 37);
    for delimiter in [":", ";", "|", "----"] {
        let desk = Desk::new();
        desk.write("dump.txt", every(|row| format!("{}{delimiter}{}\n", secret(row), address(row))).concat());
        let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
        assert!(!outcome.stderr_text().contains("username"), "{delimiter} {outcome}");
        let shown = desk.leakdex("breach show dump").run_ok();
        assert!(shown.stdout_text().contains("Passwords"), "{delimiter} {shown}");
        assert!(!shown.stdout_text().contains("Usernames"), "{delimiter} {shown}");
        assert_eq!(found(&desk, "email", "", &every(address)), ROWS.len(), "{delimiter}");
    }
}

/// With the right region too, numbers of thirteen digits have their country code.
#[test]
fn numbers_too_long_for_a_country_have_its_code() {
    let number = |row: usize| format!("4915{}{:08}", 1 + row % 9, 20_000_000 + row * 7919);
    let text = format!("name,mobile\n{}", every(|row| format!("Ann,{}\n", number(row))).concat());
    for options in ["", "--region DE"] {
        let desk = desk_with(text.clone(), options);
        assert_eq!(found(&desk, "phone", "", &every(|row| format!("+{}", number(row)))), ROWS.len(), "{options}");
    }
}

#[test]
fn a_yes_or_a_no_under_addresses_is_none() {
    let row = |row: usize| {
        format!("{{\"emails\":[{{\"address\":\"ann{row}@example.com\",\"verified\":true,\"zq\":false}}]}}\n")
    };
    let desk = desk_with(every(row).concat(), "");
    assert_eq!(found(&desk, "email", "", &every(|row| format!("ann{row}@example.com"))), ROWS.len());
}

#[test]
fn cookies_are_no_list_of_sites() {
    let desk = Desk::new();
    desk.write("a.txt", every(|row| format!("ann{row}@example.com:pw{row}\n")).concat());
    desk.write(
        "cookies.txt",
        every(|row| format!(".s{row}.example.com\tTRUE\t/\tFALSE\t17{row:08}\tsid\tx{row}\n")).concat(),
    );
    let shown = desk.leakdex("inspect cookies.txt").run_ok();
    assert!(shown.stdout_text().contains("tab-delimited text"), "{shown}");
}

/// A word of letters for each row.
fn word(row: usize) -> String {
    ["Ba", "Do", "Ke", "Li", "Mu"][row % 5].to_string()
        + ["la", "rem", "nis", "ton"][row / 5 % 4]
        + ["d", "k", "n", "s", "v"][row / 20]
}

/// `INET_ATON` and binary columns of forums: of MySQL both are common.
#[test]
fn addresses_of_hosts_as_numbers_and_as_bytes_are_found() {
    let part = |row: usize| [93, 184, 40 + row as u8, 70 + (row * 7 % 90) as u8];
    let ip = |row: usize| part(row).map(|part| part.to_string()).join(".");
    let number = |row: usize| u32::from_be_bytes(part(row));
    let written: [(&str, &dyn Fn(usize) -> String); 2] =
        [("plain", &|row| number(row).to_string()), ("signed", &|row| (number(row) as i32).to_string())];
    for (name, value) in written {
        let rows = every(|row| format!("ann{row}@example.com,{}\n", value(row))).concat();
        let desk = desk_with(format!("email,last_ip\n{rows}"), "");
        assert_eq!(found(&desk, "ip", "", &every(ip)), ROWS.len(), "{name}");
    }
    let rows = every(|row| format!("({row},0x{:08X})", number(row))).join(",");
    let desk = desk_with(format!("INSERT INTO `xf_ip` (`user_id`,`ip`) VALUES {rows};\n"), "");
    assert_eq!(found(&desk, "ip", "", &every(ip)), ROWS.len());
}

#[test]
fn birthdays_in_seconds_and_in_three_columns_are_of_the_name() {
    let (year, month, day) = (|row: usize| 1960 + row % 40, |row: usize| 1 + row % 12, |row: usize| 1 + row % 28);
    let asked = every(|row| format!("{} Smith {}-{:02}-{:02}", word(row), year(row), month(row), day(row)));
    // Days since 1970 by the calendar of Gregory, as H. Hinnant counts them.
    let days = |row: usize| {
        let y = year(row) as i64 - i64::from(month(row) <= 2);
        let in_year = (153 * ((month(row) as i64 + 9) % 12) + 2) / 5 + day(row) as i64 - 1;
        y * 365 + y / 4 - y / 100 + y / 400 + in_year - 719_468
    };
    let check = |header: &str, cells: &dyn Fn(usize) -> String| {
        let rows = every(|row| format!("ann{row}@example.com,{},Smith,{}\n", word(row), cells(row))).concat();
        let desk = desk_with(format!("email,first_name,last_name,{header}\n{rows}"), "");
        desk.write("asked.csv", format!("value\n{}\n", asked.join("\n")));
        let outcome = desk.leakdex("scan asked.csv --map value=name_dob --tier weak").run();
        let lines = outcome.stdout_text().lines().skip(1).count();
        assert_eq!(lines, ROWS.len(), "{header}\n{outcome}");
    };
    check("birth_date", &|row| (days(row) * 86_400).to_string());
    check("birth_date", &|row| (days(row) * 86_400 - 8 * 3600).to_string());
    check("dob_day,dob_month,dob_year", &|row| format!("{},{},{}", day(row), month(row), year(row)));
    check("birth_year,birth_month,birth_day", &|row| format!("{},{:02},{:02}", year(row), month(row), day(row)));
}

/// Eleven digits that begin with 13 are a telephone number wherever nobody says that they are none.
#[test]
fn numbers_of_orders_are_no_telephone_numbers() {
    let number = |row: usize| format!("138{:08}", 12_000_000 + row * 7919);
    for name in ["order_sn", "pedido", "Номер заказа", "invoice no"] {
        let rows = every(|row| format!("ann{row}@example.com,{}\n", number(row))).concat();
        let desk = desk_with(format!("email,{name}\n{rows}"), "--region CN");
        assert_eq!(found(&desk, "phone", "CN", &every(number)), 0, "{name}");
    }
}

/// `billing_country` says nothing of `shipping_phone`.
#[test]
fn of_two_countries_in_a_row_each_number_has_its_own() {
    let italian = |row: usize| format!("333{:07}", 1_000_000 + row * 7919);
    let german = |row: usize| format!("0151{:08}", 20_000_000 + row * 7919);
    let row = |row: usize| format!("ann{row}@example.com,IT,{},DE,{}\n", italian(row), german(row));
    let header = "email,billing_country,billing_phone,shipping_country,shipping_phone";
    let desk = desk_with(format!("{header}\n{}", every(row).concat()), "");
    assert_eq!(found(&desk, "phone", "", &every(|row| format!("+39{}", italian(row)))), ROWS.len());
    assert_eq!(found(&desk, "phone", "", &every(|row| format!("+49{}", &german(row)[1..]))), ROWS.len());
}

/// `contact` is an address or a number; where it is a number, its country has to be said.
#[test]
fn numbers_under_contact_are_telephone_numbers() {
    let number = |row: usize| format!("98{:08}", 12_000_000 + row * 7919);
    let text = format!("name,contact\n{}", every(|row| format!("Ann,{}\n", number(row))).concat());
    let desk = Desk::new();
    desk.write("dump.txt", &text);
    let outcome = desk.leakdex("ingest dump.txt --breach dump").run();
    assert!(outcome.code == Some(2) && outcome.stderr_text().contains("--region"), "{outcome}");
    let desk = desk_with(text, "--region IN");
    assert_eq!(found(&desk, "phone", "", &every(|row| format!("+91{}", number(row)))), ROWS.len());
}

/// In Germany and France nearly any number is assigned: what a column is called, or what the same digits would be the other way around,
/// tells numbers of things.
#[test]
fn numbers_of_things_are_no_telephone_numbers() {
    let product = |row: usize| {
        let digits = format!("40641{:07}", 1_000_000 + row * 7919);
        let sum: u32 = digits
            .bytes()
            .zip([1, 3].into_iter().cycle())
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        format!("{digits}{}", (10 - sum % 10) % 10)
    };
    let moment = |row: usize| format!("2107{:02}07{:02}{:02}", 1 + row % 28, row % 60, row * 7 % 60);
    let long = |row: usize| format!("{}", 20_254_636_699 + row * 76_543_217 % 10_000_000_000);
    let telegram = |row: usize| format!("{}", 509_024_907 + row * 764_321 % 90_000_000);
    let balance = |row: usize| format!("-{}", 1_127_047_868 + row * 76_543_217 % 7_000_000_000);
    let case = |row: usize| format!("{:03}-{:03}-{:04}", 137 + row * 7, 93 + row * 5, 180 + row * 71);
    type Value<'v> = &'v dyn Fn(usize) -> String;
    let checks: [(&str, &str, Value); 7] = [
        ("artikel", "DE", &product),
        ("wann", "DE", &moment),
        ("Belegnummer", "DE", &long),
        ("telegram_id", "FR", &telegram),
        ("saldo", "DE", &balance),
        ("balance_pence", "GB", &balance),
        ("case_number", "US", &case),
    ];
    for (name, region, value) in checks {
        let rows = every(|row| format!("ann{row}@example.com,{}\n", value(row))).concat();
        let desk = desk_with(format!("email,{name}\n{rows}"), &format!("--region {region}"));
        assert_eq!(found(&desk, "phone", region, &every(value)), 0, "{name}");
    }
    // Nothing says what they are: the caller is asked.
    let desk = Desk::new();
    desk.write(
        "dump.txt",
        format!("email,x\n{}", every(|row| format!("ann{row}@example.com,{}\n", long(row))).concat()),
    );
    let outcome = desk.leakdex("ingest dump.txt --breach dump --region DE").run_code(2);
    assert!(outcome.stderr_text().contains("look like phone"), "{outcome}");
    // With the zero that is dialled, they are telephone numbers.
    let dialled = |row: usize| format!("0151{:08}", 20_000_000 + row * 7919);
    let rows = every(|row| format!("ann{row}@example.com,{}\n", dialled(row))).concat();
    let desk = desk_with(format!("email,x\n{rows}"), "--region DE");
    assert_eq!(found(&desk, "phone", "DE", &every(dialled)), ROWS.len());
}

/// Seconds with a fraction at the end of a line have a point, and are no host.
#[test]
fn a_table_that_ends_with_moments_is_no_list_of_sites() {
    let phone = |row: usize| format!("+49151{:08}", 20_000_000 + row * 7919);
    let row = |row: usize| format!("{},11/05/1990,2021-03-{:02} 10:41:{:02}.069\n", phone(row), 1 + row % 28, row % 60);
    for header in ["phone,born,created\n", ""] {
        let desk = desk_with(format!("{header}{}", every(row).concat()), "");
        assert_eq!(found(&desk, "phone", "", &every(phone)), ROWS.len());
    }
}

#[test]
fn numbers_in_text_with_an_address_are_found_too() {
    let phone = |row: usize| format!("+49151{:08}", 20_000_000 + row * 7919);
    let notes: [&dyn Fn(usize) -> String; 2] =
        [&|row| format!("call {} or write ann{row}@example.com", phone(row)), &|row| {
            format!("\"{{\"\"email\"\":\"\"ann{row}@example.com\"\",\"\"phone\"\":\"\"{}\"\"}}\"", phone(row))
        }];
    for note in notes {
        let desk = desk_with(format!("id,data\n{}", every(|row| format!("{row},{}\n", note(row))).concat()), "");
        assert_eq!(found(&desk, "phone", "", &every(phone)), ROWS.len());
        assert_eq!(found(&desk, "email", "", &every(|row| format!("ann{row}@example.com"))), ROWS.len());
    }
}

/// Ten digits of an order may be the seconds of a moment, and say nothing about the age of the data.
#[test]
fn numbers_of_orders_are_no_days() {
    let desk = Desk::new();
    let rows = every(|row| format!("{},ann{row}@example.com\n", 1_009_024_907 + row * 7_643_210)).concat();
    desk.write("dump.txt", format!("order_id,email\n{rows}"));
    let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
    assert!(!outcome.stderr_text().contains("data from"), "{outcome}");
}

#[test]
fn pictures_for_dense_screens_have_no_address() {
    let rows = every(|row| format!("ann{row}@example.com,face{row}@2x.png\n")).concat();
    let desk = desk_with(format!("email,avatar\n{rows}"), "");
    assert_eq!(found(&desk, "email", "", &every(|row| format!("face{row}@2x.png"))), 0);
}

/// Ten digits in a column without a name may be anything, until some of them have a plus and the code of their country.
#[test]
fn a_few_numbers_with_a_plus_say_what_the_others_are() {
    let number = |row: usize| format!("415{}", 2_000_000 + row * 7919);
    let written = |row: usize| format!("{}{}", if row.is_multiple_of(9) { "+1" } else { "" }, number(row));
    let row = |row: usize| format!("{}|ann{row}@example.com|{}\n", 90_000_000 - row * 7919, written(row));
    let desk = desk_with(every(row).concat(), "--region US");
    assert_eq!(found(&desk, "phone", "US", &every(number)), ROWS.len());
}
