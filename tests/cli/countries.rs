//! Identity numbers without a country: what is taken as whose, and what nobody can say of them.

use super::desk::Desk;

/// What a scan with a column `id` of references says of every row: the answer, the tiers, and why it is unknown.
pub fn answers(desk: &Desk, arguments: &str) -> Vec<String> {
    let files = "--reference id --unknown unknown.csv --people people.csv --force --quiet";
    desk.leakdex(&format!("scan list.csv {arguments} {files}")).run();
    let reasons = desk.text("unknown.csv");
    let reason = |row: &str| reasons.lines().find(|line| line.split(',').next() == Some(row)).map(String::from);
    let answer = |line: &str| {
        let columns: Vec<&str> = line.split(',').collect();
        let reason = reason(columns[0]).map(|line| line.rsplit(',').next().unwrap_or_default().to_string());
        let parts = [columns[2], columns[3], &reason.unwrap_or_default()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
    };
    desk.text("people.csv").lines().skip(1).map(answer).collect()
}

fn list(desk: &Desk, values: &[&str]) {
    let rows: String = values.iter().enumerate().map(|(at, value)| format!("{at},{value}\n")).collect();
    desk.write("list.csv", format!("id,national_id\n{rows}"));
}

fn ingest(desk: &Desk, values: &[String], arguments: &str) -> String {
    let rows: String = values.iter().map(|value| format!("{value},n\n")).collect();
    desk.write("dump.csv", format!("national_id,remark\n{rows}"));
    desk.leakdex(&format!("ingest dump.csv --breach b {arguments}")).run_ok().stderr_text()
}

fn check_digit(digits: &str, weights: &[u32]) -> u32 {
    digits.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum()
}

/// Argentine numbers of workers.
fn cuils(count: u32) -> Vec<String> {
    let weights = [5, 4, 3, 2, 7, 6, 5, 4, 3, 2];
    let numbers = (0..).map(|n| format!("27{}", 11_000_007 + 97_131 * n));
    let checked = numbers.map(|number| (11 - check_digit(&number, &weights) % 11, number));
    checked
        .filter(|(check, _)| *check < 10)
        .map(|(check, number)| format!("{number}{check}"))
        .take(count as usize)
        .collect()
}

/// Polish numbers.
fn pesels(count: u32) -> Vec<String> {
    let number = |n: u32| format!("{:02}{:02}{:02}{:04}", 40 + n % 50, 1 + n % 12, 1 + n % 28, 1234 + 37 * n);
    let weights = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3];
    (0..count).map(|n| format!("{}{}", number(n), (10 - check_digit(&number(n), &weights) % 10) % 10)).collect()
}

/// Eight digits are a number of Argentina only where somebody says so, and a dump that does not say so holds none: not even the
/// equal one.
#[test]
fn what_no_dump_takes_without_its_country_is_never_not_found() {
    let desk = Desk::new();
    let dump = [cuils(30), vec!["75937288".into()]].concat();
    ingest(&desk, &dump, "");
    list(&desk, &["75937288", &dump[7]]);
    let got = answers(&desk, "");
    assert_eq!((&got[0][..], &got[1][..]), ("unknown syntax", "exposed exact"), "{got:?}");
    // Nor where the list says the country: the dump has refused it.
    for arguments in ["--region AR", "--map national_id=national_id:AR"] {
        let got = answers(&desk, arguments);
        assert_eq!((&got[0][..], &got[1][..]), ("unknown", "exposed exact"), "{arguments}: {got:?}");
    }
    let check = desk.leakdex("check 75937288 --kind national_id").run_ok().stdout_text();
    assert_eq!(check, "1\tnational_id\tunknown\tsyntax\n");
}

#[test]
fn numbers_of_nobody_are_unknown_whatever_is_held() {
    let desk = Desk::new();
    ingest(&desk, &pesels(60), "");
    list(&desk, &["7593728", "75937288", "1880316078490", &pesels(1)[0]]);
    let got = answers(&desk, "");
    assert!(got[..3].iter().all(|answer| answer.starts_with("unknown ")), "{got:?}");
    assert_eq!(got[3], "exposed exact");
}

/// A dump whose country was said holds the others too, so that whoever does not say it can be answered.
#[test]
fn what_a_dump_was_told_the_country_of_is_asked_for() {
    let desk = Desk::new();
    let dump = [cuils(30), vec!["75937288".into()]].concat();
    ingest(&desk, &dump, "--map national_id=national_id:AR");
    list(&desk, &["75937288", "75.937.299"]);
    assert_eq!(answers(&desk, ""), ["unknown met_loosely", "not found"]);
    assert_eq!(answers(&desk, "--region AR"), ["exposed exact", "not found"]);
}

/// Codes of Finland with and without the sign of the century, of Italy with letters in place of digits.
#[test]
fn other_spellings_meet_without_a_country() {
    let pairs = [("250374806M", "250374-806M", "FI"), ("SVBMVP47L18E519T", "SVBMVP47L18E51VI", "IT")];
    for (one, other, country) in pairs {
        let said = format!("--map national_id=national_id:{country}");
        for (stored, asked) in [(one, other), (other, one)] {
            for (ingested, scanned) in [("", ""), (&said[..], ""), ("", &said[..]), (&said[..], &said[..])] {
                let desk = Desk::new();
                ingest(&desk, &[stored.to_string()], ingested);
                list(&desk, &[asked, stored]);
                let want = ["exposed alias", "exposed exact"];
                assert_eq!(answers(&desk, scanned), want, "{country}: {stored} {asked} {ingested} {scanned}");
            }
        }
    }
}

/// One in eighty of eleven digits is a number of a worker of Argentina by chance: its identity document is met loosely.
#[test]
fn a_part_of_a_number_without_a_country_meets_loosely() {
    let desk = Desk::new();
    let number = &cuils(1)[0];
    ingest(&desk, &[number[2..10].to_string()], "--region AR");
    list(&desk, &[number]);
    assert_eq!(answers(&desk, ""), ["unknown met_loosely"]);
    assert_eq!(answers(&desk, "--region AR"), ["exposed alias"]);
}

#[test]
fn one_look_at_a_number_of_several_countries_sees_all_of_them() {
    let desk = Desk::new();
    let number = &cuils(1)[0];
    ingest(&desk, std::slice::from_ref(number), "");
    let check = desk.leakdex(&format!("check {number} --kind national_id:AR")).run_ok().stdout_text();
    assert!(check.contains("exposed\tb"), "{check}");
}

#[test]
fn an_ingest_says_the_country_that_the_numbers_prove() {
    let check = |values: &[String], want: &str| {
        let told = ingest(&Desk::new(), values, "");
        assert!(told.contains(want), "{told}");
    };
    check(&cuils(30), "national_id:AR  30");
    check(&[cuils(5), pesels(20)].concat(), "national_id  25");
    // Rodná čísla are of two countries.
    check(&["7103192745".into()], "national_id  1");
}

/// Norwegian numbers: birthday, three digits, two check digits.
fn fodselsnummer(count: u32) -> Vec<String> {
    let number = |n: u32| format!("{:02}{:02}{:02}{:03}", 1 + n % 28, 1 + n % 12, 50 + n % 45, 100 + n % 390);
    let checked = (0..).filter_map(|n| {
        let number = number(n * 7);
        let first = (11 - check_digit(&number, &[3, 7, 6, 1, 8, 9, 4, 5, 2]) % 11) % 11;
        let number = format!("{number}{first}");
        let second = (11 - check_digit(&number, &[5, 4, 3, 2, 7, 6, 5, 4, 3, 2]) % 11) % 11;
        (first < 10 && second < 10).then(|| format!("{number}{second}"))
    });
    checked.take(count as usize).collect()
}

/// Some of these numbers are numbers of other countries too, whose rules accept more: the country that hardly accepts any by
/// chance vouches for them all the same.
#[test]
fn a_column_of_numbers_of_one_country_is_one_whatever_its_name() {
    for (name, values) in [
        ("fnr", vec!["07129820432".to_string(), "20126902280".into()]),
        ("Sozialversicherungsnummer", vec!["9831010470".into(), "  6501270671 ".into()]),
        ("F\u{f8}dselsnummer", fodselsnummer(200)),
        ("zzz", fodselsnummer(200)),
        ("zzz", pesels(200)),
        ("numer pesel", pesels(200)),
    ] {
        let desk = Desk::new();
        let rows: String = values.iter().map(|value| format!("{value},n\n")).collect();
        desk.write("dump.csv", format!("{name},remark\n{rows}"));
        desk.leakdex("ingest dump.csv --breach b").run_ok();
        let trimmed: Vec<&str> = values.iter().map(|value| value.trim()).collect();
        list(&desk, &trimmed);
        let got = answers(&desk, "");
        assert!(got.iter().all(|answer| answer == "exposed exact"), "{name}: {got:?}");
    }
}

/// Names that are said of numbers of one country, in its own language.
#[test]
fn names_of_numbers_are_known() {
    let desk = Desk::new();
    let number = &fodselsnummer(1)[0];
    for (name, country) in [
        ("F\u{f8}dselsnummer", "NO"),
        ("Rijksregisternummer", "BE"),
        ("NISS", "BE"),
        ("INSZ", "BE"),
        ("AMKA", "GR"),
        ("\u{391}\u{39c}\u{39a}\u{391}", "GR"),
        ("\u{391}\u{3a6}\u{39c}", "GR"),
        ("ITIN", "US"),
        ("NHS number", "GB"),
        ("\u{5ea}\u{5e2}\u{5d5}\u{5d3}\u{5ea} \u{5d6}\u{5d4}\u{5d5}\u{5ea}", "IL"),
        ("\u{406}\u{41f}\u{41d}", "UA"),
        ("kimlik", "TR"),
        ("numer pesel", "PL"),
        ("Cart\u{e3}o de Cidad\u{e3}o", "PT"),
        ("\u{9999}\u{6e2f}\u{8eab}\u{4efd}\u{8b49}", "HK"),
        ("Personalausweisnummer", "DE"),
        ("Num\u{e9}ro de s\u{e9}curit\u{e9} sociale", "FR"),
        ("N\u{fa}mero de contribuinte", "PT"),
        ("Asmens kodas", "LT"),
        ("Isikukood", "EE"),
        ("Ad\u{f3}azonos\u{ed}t\u{f3} jel", "HU"),
        ("EM\u{160}O", "SI"),
        ("CNIC", "PK"),
        ("CCCD", "VN"),
        ("TFN", "AU"),
        ("\u{418}\u{418}\u{41d}", "KZ"),
    ] {
        desk.write("dump.csv", format!("{name},remark\n{number},n\n"));
        let told = desk.leakdex("inspect dump.csv").run().stdout_text();
        assert!(told.contains(&format!("national_id:{country}")), "{name}: {told}");
    }
    // What is ambiguous stays an error: a number of a vehicle, or one of Singapore.
    let numbers = "S1234567D,n\n".repeat(12);
    desk.write("dump.csv", format!("FIN,remark\n{numbers}"));
    desk.refuses("ingest dump.csv --breach b", "the name says vin", "");
}
