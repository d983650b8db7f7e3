//! Telephone numbers with and without their country, their code and their plus.

use super::countries::answers;
use super::desk::Desk;
use super::logins::found;

/// What a list with one value says of a dump with another, beside numbers that decide what their columns are.
fn answer(dump: (&str, &str), list: (&str, &str)) -> String {
    let desk = Desk::new();
    desk.write("dump.csv", format!("phone,remark\n{},n\n+8613800138001,n\n", dump.0));
    desk.leakdex(&format!("ingest dump.csv --breach b {}", dump.1)).run_ok();
    desk.write("list.csv", format!("id,phone\n0,{}\n1,+8613800138001\n", list.0));
    let got = answers(&desk, list.1);
    assert_eq!(got[1], "exposed exact", "{dump:?} {list:?}");
    got[0].clone()
}

const NONE: &str = "--region none";
const DE: &str = "--region DE";
const MET: &str = "unknown met_loosely";

#[test]
fn two_numbers_with_their_countries_are_two_numbers() {
    for arguments in ["", "--count loose", "--count loose --region DE"] {
        assert_eq!(answer(("+4915112083914", ""), ("+8615112083914", arguments)), "not found", "{arguments}");
    }
    // Written as in its region, a number has its country.
    assert_eq!(answer(("015112083914", DE), ("+8615112083914", "")), "not found");
    assert_eq!(answer(("+4915112083914", ""), ("15112083914", "--region CN")), "not found");
    assert_eq!(answer(("+12125551234", ""), ("0212 5551234", DE)), "not found");
}

#[test]
fn a_number_without_its_country_meets_those_with_one() {
    for with in ["+4915112083914", "+8615112083914"] {
        for without in ["15112083914", "015112083914", "5112083914"] {
            assert_eq!(answer((with, ""), (without, NONE)), MET, "{with} {without}");
            assert_eq!(answer((without, NONE), (with, "")), MET, "{without} {with}");
            assert_eq!(answer((without, NONE), (without, NONE)), MET, "{without}");
        }
        assert_eq!(answer((with, ""), ("15112083915", NONE)), "not found");
    }
}

/// What a spreadsheet leaves of a number behind a plus.
#[test]
fn digits_that_may_begin_with_the_country_code_are_asked_for_in_both_readings() {
    for (number, region) in [("4915101275571", "DE"), ("4933624315", "DE"), ("62812019577", "ID"), ("468003195", "SE")]
    {
        let (whole, region) = (format!("+{number}"), format!("--region {region}"));
        let table = format!("{number}.0");
        for bare in [number, &table] {
            assert_eq!(answer((&whole, ""), (bare, &region)), MET, "{bare}");
            assert_eq!(answer((bare, &region), (&whole, "")), MET, "{bare}");
            // As national numbers they are themselves.
            assert_eq!(answer((bare, &region), (number, &region)), "exposed exact", "{bare}");
        }
        // Nobody knows the country.
        assert_eq!(answer((&whole, ""), (number, NONE)), MET, "{number}");
        assert_eq!(answer((number, NONE), (&whole, "")), MET, "{number}");
        assert_eq!(answer((number, &region), (number, NONE)), MET, "{number}");
    }
}

#[test]
fn digits_that_begin_with_the_code_of_another_country_meet_loosely() {
    for number in ["8613812345678", "12125551234", "79161234567"] {
        let whole = format!("+{number}");
        assert_eq!(answer((&whole, ""), (number, DE)), MET, "{number}");
        assert_eq!(answer((number, DE), (&whole, "")), MET, "{number}");
    }
}

/// A number and its country code in two columns are one number, however both are written.
#[test]
fn a_country_code_in_a_column_of_its_own_belongs_to_the_number() {
    const ROWS: std::ops::Range<usize> = 0..100;
    let code = |row: usize| [("49", "+49"), ("1", "+1"), ("86", "+86"), ("44", "+44")][row % 4];
    let national = |row: usize| {
        let numbers = [
            format!("151{:08}", 20_000_000 + row * 7919),
            format!("212{:07}", 5_550_000 + row * 7919),
            format!("138{:08}", 12_340_000 + row * 7919),
            format!("7911{:06}", 123_000 + row * 791),
        ];
        numbers[row % 4].clone()
    };
    let asked: Vec<String> = ROWS.map(|row| format!("{}{}", code(row).1, national(row))).collect();
    let written = |row: usize, way: usize| match way {
        0 => code(row).0.to_string(),
        1 => code(row).1.to_string(),
        _ => format!("00{}", code(row).0),
    };
    let check = |text: String| {
        let desk = Desk::new();
        desk.write("dump.txt", &text);
        let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
        assert_eq!(found(&desk, "phone", "", &asked), ROWS.len(), "{:.300} {outcome}", text);
    };
    let names = ["country_code", "dial_code", "countryCode", "cc", "ddi", "Landesvorwahl", "国家代码", "区号"];
    for (way, name) in names.into_iter().enumerate() {
        let row = |row: usize| format!("ann{row}@example.com,{},{}\n", written(row, way % 3), national(row));
        check(format!("email,{name},phone_number\n{}", ROWS.map(row).collect::<String>()));
        // As they are dialled at home, where that is another way.
        let trunk = |row: usize| if row.is_multiple_of(2) { "0" } else { "" }.to_string();
        let home = |row: usize| match row % 4 {
            0 => format!("{}{}", trunk(row / 4), national(row)),
            _ => national(row),
        };
        let row = |row: usize| format!("{},{},ann{row}@example.com\n", home(row), written(row, way % 3));
        check(format!("mobile,{name},email\n{}", ROWS.map(row).collect::<String>()));
    }
    let row = |row: usize| {
        let (code, number) = (written(row, 0), national(row));
        format!(
            "{{\"email\":\"ann{row}@example.com\",\"phone\":{{\"country_code\":{code},\"number\":\"{number}\"}}}}\n"
        )
    };
    check(ROWS.map(row).collect());
    let row = |row: usize| {
        let (code, number) = (written(row, 1), national(row));
        format!("{{\"email\":\"ann{row}@example.com\",\"dialCode\":\"{code}\",\"phoneNumber\":\"{number}\"}}\n")
    };
    check(ROWS.map(row).collect());
    let row = |row: usize| {
        let (code, number) = (written(row, 0), national(row));
        format!("INSERT INTO `users` VALUES ({row},'{code}','{number}');\n")
    };
    let table = "CREATE TABLE `users` (`id` int, `country_code` varchar(5), `phone` varchar(20));\n";
    check(format!("{table}{}", ROWS.map(row).collect::<String>()));
}

/// Ingests a text: all of these numbers are found, and no field is refused.
#[track_caller]
fn check_numbers(text: &str, asked: &[String]) {
    let desk = Desk::new();
    desk.write("dump.txt", text);
    let outcome = desk.leakdex("ingest dump.txt --breach dump").run_ok();
    assert_eq!(found(&desk, "phone", "", asked), asked.len(), "{text:.300} {outcome}");
    assert!(!outcome.stderr_text().contains("refused"), "{text:.300} {outcome}");
}

/// Regions with several areas have theirs in the code: numbers without it are whole with it.
#[test]
fn a_country_code_with_an_area_completes_the_number_beside_it() {
    const CODES: [&str; 6] = ["876", "809", "787", "849", "242", "658"];
    const ROWS: std::ops::Range<usize> = 0..120;
    let area = |row: usize| CODES[row % 6];
    let number = |row: usize| format!("{}", 2_345_678 + row * 7919);
    let asked: Vec<String> = ROWS.map(|row| format!("+1{}{}", area(row), number(row))).collect();
    let written = |row: usize| {
        let (number, area) = (number(row), area(row));
        match row / 6 % 4 {
            0 => number,
            1 => format!("{}-{}", &number[..3], &number[3..]),
            2 => format!("{area}{number}"),
            _ => format!("({area}) {}-{}", &number[..3], &number[3..]),
        }
    };
    for code in ["1-", "+1-", "1"] {
        let row = |row: usize| format!("ann{row}@example.com,{code}{},{}\n", area(row), written(row));
        check_numbers(&format!("email,country_code,phone\n{}", ROWS.map(row).collect::<String>()), &asked);
        let one = |row: usize| format!("{{\"number\":\"{}\",\"code\":\"{code}{}\"}}", written(row), area(row));
        let row = |row: usize| format!("{{\"name\":\"Ann\",\"phones\":[{}]}}\n", one(row));
        check_numbers(&ROWS.map(row).collect::<String>(), &asked);
    }
}

/// Several numbers in a cell, as they are dialled at home, in a column whose name is enough.
#[test]
fn several_numbers_of_a_country_in_a_cell_are_found() {
    const ROWS: std::ops::Range<usize> = 0..120;
    let number = |row: usize, first: usize| format!("8916{:07}", 1_234_567 + first + row * 79);
    for name in ["\u{442}\u{435}\u{43b}\u{435}\u{444}\u{43e}\u{43d}", "Ph", "sjh"] {
        let row = |row: usize| format!("ann{row}@example.com;{}, {}\n", number(row, 0), number(row, 31));
        let desk = Desk::new();
        desk.write("dump.txt", format!("email;{name}\n{}", ROWS.map(row).collect::<String>()));
        let outcome = desk.leakdex("ingest dump.txt --breach dump --region RU").run_ok();
        let asked: Vec<String> =
            ROWS.flat_map(|row| [0, 31].map(|first| format!("+7{}", &number(row, first)[1..]))).collect();
        assert_eq!(found(&desk, "phone", "", &asked), asked.len(), "{name} {outcome}");
    }
}

/// A number without its area is another one, or nobody's.
#[test]
fn an_area_in_another_column_belongs_to_the_number() {
    const ROWS: std::ops::Range<usize> = 0..120;
    type Way = (&'static str, &'static str, fn(usize) -> [String; 3]);
    let ways: [Way; 3] = [
        ("BR", "NOME;DDD;TELEFONE", |row| {
            let number = format!("9{:08}", 12_345_678 + row * 791);
            ["11".to_string(), number.clone(), format!("+5511{number}")]
        }),
        ("DE", "note;vorwahl;rufnummer", |row| {
            let number = format!("{}", 23_456_781 + row * 7919);
            ["0151".to_string(), number.clone(), format!("+49151{number}")]
        }),
        ("US", "note;area_code;phone", |row| {
            let number = format!("549-{:04}", 1000 + row * 7);
            ["(305)".to_string(), number.clone(), format!("+1305{}", number.replace('-', ""))]
        }),
    ];
    for (region, names, way) in ways {
        let row = |row: usize| {
            let [area, number, _] = way(row);
            // Some have it already.
            if row.is_multiple_of(9) { format!("x;{area};{}\n", way(row)[2]) } else { format!("x;{area};{number}\n") }
        };
        let desk = Desk::new();
        desk.write("dump.txt", format!("{names}\n{}", ROWS.map(row).collect::<String>()));
        let outcome = desk.leakdex(&format!("ingest dump.txt --breach dump --region {region}")).run_ok();
        let asked: Vec<String> = ROWS.map(|row| way(row)[2].clone()).collect();
        assert_eq!(found(&desk, "phone", "", &asked), asked.len(), "{region} {outcome}");
        let alone: Vec<String> = ROWS.filter(|row| row % 9 > 0).map(|row| way(row)[1].clone()).collect();
        assert_eq!(exact(&desk, &format!("phone --region {region}"), &alone), 0, "{region} {outcome}");
    }
}

/// A number without its check digit is somebody else's, where the last of its digits happens to be one.
#[test]
fn a_check_digit_in_another_column_belongs_to_the_number() {
    const ROWS: std::ops::Range<usize> = 0..300;
    let body = |row: usize| 10_637_031 + row * 7919;
    let digit = |body: usize| {
        let digits = body.to_string();
        let sum: usize =
            digits.bytes().rev().zip((2..8).cycle()).map(|(digit, weight)| usize::from(digit - b'0') * weight).sum();
        match 11 - sum % 11 {
            11 => "0".to_string(),
            10 => "K".to_string(),
            other => other.to_string(),
        }
    };
    let rows: String = ROWS.map(|row| format!("{};{};ann{row}@example.com\n", body(row), digit(body(row)))).collect();
    let desk = Desk::new();
    desk.write("dump.txt", format!("RUT;DV;EMAIL\n{rows}"));
    let outcome = desk.leakdex("ingest dump.txt --breach dump --region CL").run_ok();
    let whole: Vec<String> = ROWS.map(|row| format!("{}-{}", body(row), digit(body(row)))).collect();
    assert_eq!(found(&desk, "national_id:CL", "", &whole), whole.len(), "{outcome}");
    let ends_in_one = |row: &usize| digit(body(*row) / 10) == (body(*row) % 10).to_string();
    let others: Vec<String> =
        ROWS.filter(ends_in_one).map(|row| format!("{}-{}", body(row) / 10, body(row) % 10)).collect();
    assert!(others.len() > 10);
    assert_eq!(exact(&desk, "national_id:CL", &others), 0, "{outcome}");
}

/// How many of these values are met as themselves.
fn exact(desk: &Desk, kind: &str, values: &[String]) -> usize {
    desk.write("asked.csv", format!("value\n{}\n", values.join("\n")));
    let scan = desk.leakdex(&format!("scan asked.csv --map value={kind} --tier exact --quiet")).run();
    scan.stdout_text().lines().skip(1).count()
}

/// Of several numbers in a record, each has the code of its own object.
#[test]
fn a_country_code_beside_a_number_in_a_list_belongs_to_it() {
    const ROWS: std::ops::Range<usize> = 0..100;
    let german = |row: usize| format!("151{:08}", 20_000_000 + row * 7919);
    let british = |row: usize| format!("7911{:06}", 123_000 + row * 791);
    let asked: Vec<String> =
        ROWS.flat_map(|row| [format!("+49{}", german(row)), format!("+44{}", british(row))]).collect();
    type Way = fn(&str, &str) -> String;
    let ways: [Way; 4] = [
        |code, number| format!("{{\"code\":\"{code}\",\"number\":\"{number}\"}}"),
        |code, number| format!("{{\"number\":\"{number}\",\"code\":\"+{code}\"}}"),
        |code, number| format!("{{\"country_code\":{code},\"type\":\"home\",\"phone\":\"{number}\"}}"),
        |code, number| format!("{{\"type\":\"1\",\"number\":{number},\"dialCode\":\"00{code}\"}}"),
    ];
    for way in ways {
        let row = |row: usize| {
            let mut numbers = [way("49", &german(row)), way("44", &british(row))];
            numbers.rotate_left(row % 2);
            format!("{{\"email\":\"ann{row}@example.com\",\"phones\":[{}]}}\n", numbers.join(","))
        };
        check_numbers(&ROWS.map(row).collect::<String>(), &asked);
    }
}

/// Lists of country codes tell the islands apart by their areas.
#[test]
fn a_country_code_with_an_area_belongs_to_the_number() {
    const ROWS: std::ops::Range<usize> = 0..100;
    let codes = ["1-242", "+1-441", "1 868", "1-246", "44-1481", "1"];
    let number = |row: usize| match row % 6 {
        4 => format!("{:06}", 700_000 + row * 791),
        5 => format!("212{}", 5_550_000 + row * 7919),
        _ => (3_590_000 + row * 79).to_string(),
    };
    let whole = |row: usize| {
        let code: String = codes[row % 6].chars().filter(char::is_ascii_digit).collect();
        format!("+{code}{}", number(row))
    };
    let row = |row: usize| format!("ann{row}@example.com,{},{}\n", codes[row % 6], number(row));
    let text = format!("email,country_code,phone\n{}", ROWS.map(row).collect::<String>());
    check_numbers(&text, &ROWS.map(whole).collect::<Vec<_>>());
}
