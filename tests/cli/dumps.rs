//! Trees, archives, plans, and what is said of records that cannot be used.

use super::desk::{DUMP, Desk, EXPOSURES, LIST};
use std::fs;
use std::io::{Cursor, Write};

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, ::zip::write::SimpleFileOptions::default()).expect("a member");
        writer.write_all(bytes).expect("a vector takes everything");
    }
    writer.finish().expect("a vector takes everything").into_inner()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = ::tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        builder.append_data(&mut header, name, *bytes).expect("a member");
    }
    builder.into_inner().expect("a vector takes everything")
}

#[test]
fn members_of_archives_are_dumps() {
    let inner = zip(&[("people/owners.csv", DUMP.as_bytes()), ("../../logo.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")]);
    let outer = super::shapes::gzip(&[&tar(&[("inner.zip", &inner), ("notes.txt", b"nothing in here\n")])]);
    for (name, bytes) in [("dump.zip", inner), ("dump.tar.gz", outer)] {
        let desk = Desk::new();
        desk.write(name, bytes);
        desk.write("list.csv", LIST);
        let inspected = desk.leakdex(&format!("inspect {name} --region CN")).run().stdout_text();
        assert!(inspected.contains("people/owners.csv`: comma-delimited text"), "{inspected}");
        let outcome = desk.leakdex(&format!("ingest {name} --breach shop --region CN")).run_ok();
        let report = outcome.stderr_text();
        assert!(report.contains("3 records = 3 accepted + 0 rejected"), "{outcome}");
        assert!(report.contains("../../logo.png`: it looks like a PNG image"), "{outcome}");
        let scan = desk.leakdex("scan list.csv --region CN --reference id").run_ok();
        assert_eq!(scan.stdout_text(), EXPOSURES, "{outcome}");
        assert!(!desk.folder().join("../../logo.png").exists(), "nothing is extracted");
    }
}

/// No library makes such an archive: the name of the second member is changed afterwards, in both places where it stands.
#[test]
fn members_of_one_name_are_not_left_out_silently() {
    let desk = Desk::new();
    let mut bytes = zip(&[("a.csv", b"email\none@example.com\n"), ("b.csv", b"email\ntwo@example.com\n")]);
    let places: Vec<usize> = (0..bytes.len() - 5).filter(|at| &bytes[*at..at + 5] == b"b.csv").collect();
    assert_eq!(places.len(), 2);
    places.into_iter().for_each(|at| bytes[at] = b'a');
    desk.write("twice.zip", bytes);
    desk.refuses("ingest twice.zip --breach b", "has several members of one name", "unpack it");
}

#[test]
fn a_list_may_be_the_only_member_of_an_archive() {
    let desk = Desk::with_index();
    desk.write("list.zip", zip(&[("list.csv", LIST.as_bytes())]));
    let scan = desk.leakdex("scan list.zip --region CN --reference id").run_ok();
    assert_eq!(scan.stdout_text(), EXPOSURES);
    desk.write("two.zip", zip(&[("a.csv", LIST.as_bytes()), ("b.csv", LIST.as_bytes())]));
    desk.refuses("scan two.zip --region CN", "it holds 2 lists or sheets", "export the one that is meant");
}

/// In a dump such lines are only searched; in a list every one is a row that has an answer.
#[test]
fn every_line_of_a_list_is_a_row() {
    let desk = Desk::with_index();
    let list = "carl@example.org (old)\nno address at all, see file\ncarl@example.org\nAnna <anna.maria@example.com>\n";
    desk.write("list.txt", list);
    let scan = desk.leakdex("scan list.txt -o found.csv --unknown unknown.csv --summary s.json --map 1=email").run_ok();
    let summary = String::from_utf8(desk.read("s.json")).expect("text");
    assert!(summary.contains("\"rows\": 4") || summary.contains("\"rows\":4"), "{scan}\n{summary}");
    assert!(String::from_utf8(desk.read("found.csv")).expect("text").contains("\n3,"), "{scan}");
}

#[test]
fn a_tree_is_one_breach() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("data/a")).expect("a folder");
    fs::create_dir_all(desk.path("data/b")).expect("a folder");
    desk.write("data/a/1", "anna.maria@example.com:pw1\nx@example.com:pw:2\n");
    desk.write("data/b/2", "carl@example.org;pw33\nuser7:pw44\n");
    desk.write("data/count.sh", "#!/bin/sh\necho\n");
    let outcome = desk.leakdex("ingest data --breach combo --max-rejects 50%").run_ok();
    let report = outcome.stderr_text();
    assert!(report.contains("4 records = 4 accepted + 0 rejected (0.0 %)"), "{outcome}");
    assert!(report.contains("not read: `data/count.sh`: no column holds identifiers"), "{outcome}");
    let scan = desk.leakdex("scan - --quiet").stdin("CARL@example.org\nnobody@example.net\n").run_ok();
    assert_eq!(scan.stdout_text().lines().nth(1), Some("1,,email,exact,combo,Email addresses;Passwords"));
}

#[test]
fn a_plan_is_written_corrected_and_followed() {
    let desk = Desk::new();
    desk.write("dump.csv", "mail address,contact no,name\na@example.com,0551123456,A\nb@example.com,0551123457,B\n");
    desk.write("list.csv", "id,email,mobile\n1,a@example.com,+865511234567\n");
    let inspected = desk.leakdex("inspect dump.csv --region CN -o plan.toml").run();
    let plan = String::from_utf8(desk.read("plan.toml")).expect("text");
    assert!(plan.contains("take = \"email\"") && !plan.contains("a@example.com"), "{inspected}\n{plan}");
    desk.refuses("inspect dump.csv -o plan.toml", "the file exists", "--force");
    let name = "take = \"class:Names\"";
    assert!(plan.contains(name), "{plan}");
    desk.write("open.toml", plan.replace(name, "take = \"?\""));
    let ingest = "ingest dump.csv --breach shop --region CN --plan";
    desk.refuses(&format!("{ingest} open.toml"), "the plan leaves column 3 open", "for every `?` in the plan");
    desk.write("wrong.toml", plan.replace(name, "take = \"naem\""));
    desk.refuses(&format!("{ingest} wrong.toml"), "there is no kind `naem`", "correct it");
    desk.write("good.toml", plan.replace(name, "take = \"ignore\""));
    desk.leakdex(&format!("{ingest} good.toml")).run_ok();
    let scan = desk.leakdex("scan list.csv --region CN").run_ok().stdout_text();
    assert!(scan.contains("email,exact,shop,Email addresses") && !scan.contains("Names"), "{scan}");
    desk.write("other.csv", "email,x\nq@example.com,1\n");
    desk.refuses("ingest other.csv --breach other --plan good.toml", "the plan has no group", "make the plan anew");
}

#[test]
fn rejected_records_are_logged_by_place_and_shown_on_demand() {
    let desk = Desk::new();
    desk.write("dump.csv", "email,x\na@example.com,1\nwrong-at-nowhere,22\nb@example.com,3\n");
    desk.leakdex("ingest dump.csv --breach shop --max-rejects 50% --reject-log rejects.jsonl").run_ok();
    let log = String::from_utf8(desk.read("rejects.jsonl")).expect("text");
    let want =
        "{\"file\":\"dump.csv\",\"offset\":24,\"bytes\":20,\"reason\":\"syntax\",\"signature\":\"L5-L2-L7,D2B\"}\n";
    assert_eq!(log, want);
    let shown = desk.leakdex("inspect --at dump.csv:24").run_ok().stdout_text();
    assert!(shown.contains(">>>wrong-at-nowhere,22"), "{shown}");
    desk.refuses("inspect --at dump.csv", "write it as FILE:OFFSET", "the offset is a number");
}

#[test]
fn columns_of_days_tell_the_age_of_the_data() {
    let desk = Desk::new();
    let rows: String =
        (1..29).map(|day| format!("u{day}@example.com,2018-06-{day:02} 10:00:00,1980-01-{day:02}\n")).collect();
    desk.write("dump.csv", format!("email,created_at,dob\n{rows}"));
    let outcome = desk.leakdex("ingest dump.csv --breach shop").run_ok();
    assert!(outcome.stderr_text().contains("data from 2018-06-01 to 2018-06-28"), "{outcome}");
    let shown = desk.leakdex("breach show shop").run_ok().stdout_text();
    assert!(shown.contains("data from     2018-06-01") && shown.contains("data through  2018-06-28"), "{shown}");
}

#[test]
fn progress_is_there_for_programs_too() {
    let desk = Desk::new();
    desk.write("dump.csv", "email\na@example.com\nwrong\n");
    let outcome = desk.leakdex("ingest dump.csv --breach shop --max-rejects 50% --progress json --quiet").run_ok();
    let text = outcome.stderr_text();
    let last: serde_json::Value = serde_json::from_str(text.lines().last().expect("an object")).expect("JSON");
    let (job, records, rejected) = (&last["job"], &last["records"], &last["rejected"]);
    assert_eq!((job.as_str(), records.as_u64(), rejected.as_u64()), (Some("ingest"), Some(2), Some(1)), "{outcome}");
}

/// A tuple that breaks, and a line that is too long: rejected, and searched.
#[test]
fn identifiers_in_broken_records_are_found() {
    let desk = Desk::new();
    let mut dump = String::from("CREATE TABLE `users` (`id` int, `email` text, `note` text);\n");
    for row in 0..60 {
        let note = if row == 7 { "it's of carl@example.org, 11010519491231002X" } else { "n" };
        dump.push_str(&format!("INSERT INTO `users` VALUES ({row},'user{row}@example.com','{note}');\n"));
    }
    desk.write("dump.sql", dump);
    // No column has identity numbers: that one was found says nothing of the others, and the breach is incomplete.
    let outcome = desk.leakdex("ingest dump.sql --breach sql --max-rejects 0.5").run_code(3);
    let report = outcome.stderr_text();
    assert!(report.contains("60 records = 59 accepted + 1 rejected"), "{outcome}");
    assert!(report.contains("3 identifiers were found in broken records and behind them"), "{outcome}");
    assert!(report.contains("`sql` is marked incomplete"), "{outcome}");
    let line = format!("{} dora@example.net {}\n", "x ".repeat(600_000), "y ".repeat(600_000));
    desk.write("long.txt", format!("anna@example.net\n{line}bert@example.net\n"));
    let outcome = desk.leakdex("ingest long.txt --breach long --max-rejects 0.5").run_ok();
    assert!(outcome.stderr_text().contains("3 records = 2 accepted + 1 rejected"), "{outcome}");
    assert!(outcome.stderr_text().contains("1 identifiers were found"), "{outcome}");
    let asked = "carl@example.org\nuser7@example.com\nuser8@example.com\ndora@example.net\nnobody@example.org\n";
    let scan = desk.leakdex("scan - --quiet").stdin(asked).run();
    let want = "1,,email,exact,sql,Email addresses\n2,,email,exact,sql,Email addresses\n";
    assert!(scan.stdout_text().contains(want), "{scan}");
    assert!(scan.stdout_text().contains("\n4,,email,exact,long,Email addresses\n"), "{scan}");
    assert!(!scan.stdout_text().contains("\n5,"), "{scan}");
}

/// The rows of a list that were found, of values that all are in the dump.
fn found(desk: &Desk, arguments: &str, values: &[String]) -> usize {
    let list = format!("value\n{}\n", values.join("\n"));
    desk.write("asked.csv", list);
    let scan = desk.leakdex(&format!("scan asked.csv --quiet {arguments}")).run();
    scan.stdout_text().lines().skip(1).filter(|line| line.contains(",exact,")).count()
}

/// One in twenty of them passes the check digit of some country by chance.
#[test]
fn mobile_numbers_of_china_are_no_identity_numbers_in_any_digits() {
    let desk = Desk::new();
    let number = |row: usize| format!("1{}{:08}", [38, 39, 58, 77, 86][row % 5], (row * 7_919_333) % 100_000_000);
    let wide = |text: String| text.chars().map(|c| char::from_u32(c as u32 + 0xfee0).expect("a digit")).collect();
    let written = |row: usize| -> String { if row.is_multiple_of(3) { wide(number(row)) } else { number(row) } };
    let dump: String = (0..400).map(|row| format!("u{row}x----{}----user{row}@example.com\n", written(row))).collect();
    desk.write("cn.txt", dump);
    let outcome = desk.leakdex("ingest cn.txt --breach cn").run_ok();
    assert!(!outcome.stderr_text().contains("national_id"), "{outcome}");
    let numbers: Vec<String> = (0..400).map(number).collect();
    assert_eq!(found(&desk, "--map value=phone --region CN", &numbers), 400);
    // In a column where every cell decides, a number may be both.
    let logins: String = (0..400)
        .map(|row| {
            if row % 4 == 0 {
                format!("mail{row}@example.com:pw{row}\n")
            } else {
                format!("{}:pw{row}\n", written(row))
            }
        })
        .collect();
    desk.write("logins.txt", logins);
    desk.leakdex("ingest logins.txt --breach logins").run_ok();
    let asked: Vec<String> = (0..400).filter(|row| row % 4 != 0).map(number).collect();
    assert_eq!(found(&desk, "--map value=phone --region CN --breach logins", &asked), 300);
}

#[test]
fn numbers_with_a_plus_need_no_name() {
    let desk = Desk::new();
    let number = |row: usize| format!("+81 90-{:04}-{:04}", row * 7919 % 10_000, row * 104_729 % 10_000);
    let dump: String = (0..60).map(|row| format!("{row}\tx y\t{}\n", number(row))).collect();
    desk.write("jp.tsv", dump);
    desk.leakdex("ingest jp.tsv --breach jp").run_ok();
    let numbers: Vec<String> = (0..60).map(number).collect();
    assert_eq!(found(&desk, "--map value=phone", &numbers), 60);
}

/// Secrets hold every delimiter, and a file of one line has always the same number of fields.
#[test]
fn small_combolists_are_read_whatever_their_secrets_hold() {
    let desk = Desk::new();
    fs::create_dir_all(desk.path("tree")).expect("a folder");
    let secrets = [":|;aaa,Y2", ":;X';Z2::", ":,b:XZ,\"Y", ":a|b|c", ";x,y,z", ":X|';cc;;", "|p:q:r"];
    let address = |row: usize| format!("user{row}@mail.example.org");
    for (row, secret) in secrets.iter().enumerate() {
        desk.write(&format!("tree/{row}"), format!("{}{secret}\n", address(row)));
    }
    let lines: String = (0..3).map(|row| format!("{}:a|b{row}|c\n", address(90 + row))).collect();
    desk.write("tree/lines", lines);
    let outcome = desk.leakdex("ingest tree --breach tree").run_ok();
    assert!(outcome.stderr_text().contains("10 records = 10 accepted + 0 rejected"), "{outcome}");
    let asked: Vec<String> = (0..secrets.len()).chain(90..93).map(address).collect();
    assert_eq!(found(&desk, "--map value=email", &asked), asked.len());
}

/// A record of which no field was accepted is rejected; the address that stands in it is found.
#[test]
fn addresses_in_rejected_records_are_found() {
    let desk = Desk::new();
    let row = |row: usize| match row {
        7 => "7,write to carl@example.org,x\n".to_string(),
        row => format!("{row},user{row}@example.com,x\n"),
    };
    desk.write("dump.csv", format!("id,email,name\n{}", (0..60).map(row).collect::<String>()));
    let outcome = desk.leakdex("ingest dump.csv --breach dump").run_ok();
    assert!(outcome.stderr_text().contains("60 records = 59 accepted + 1 rejected"), "{outcome}");
    assert!(outcome.stderr_text().contains("1 identifiers were found"), "{outcome}");
    assert_eq!(found(&desk, "--map value=email", &["carl@example.org".to_string()]), 1);
}

/// A name without digits: `Lia`, `Lib` ..
fn name_of(row: usize) -> String {
    let letter = |place: usize| char::from(b'a' + (row / place % 26) as u8);
    format!("Li{}{}", letter(26), letter(1))
}

/// A column of dates proves its order, whatever the region says; where it does not, the region decides.
#[test]
fn a_column_of_dates_proves_its_order() {
    let desk = Desk::new();
    let day = |row: usize| (1 + row % 28, 1 + row % 12, 1960 + row % 40);
    let dump = |row: usize| {
        let (day, month, year) = day(row);
        format!("Anna,{},{month}/{day}/{year},a{row}@example.com\n", name_of(row))
    };
    desk.write("us.csv", format!("first name,last name,dob,email\n{}", (0..90).map(dump).collect::<String>()));
    let shown = desk.leakdex("inspect us.csv --region DE -o plan.toml").run_ok();
    assert!(shown.stdout_text().contains("90 present, month first"), "{shown}");
    assert!(shown.stdout_text().contains("part of name_dob"), "{shown}");
    desk.leakdex("ingest us.csv --breach us --region DE").run_ok();
    let list = |row: usize| {
        let (day, month, year) = day(row);
        format!("{} anna,{day:02}.{month:02}.{year}\n", name_of(row).to_uppercase())
    };
    desk.write("list.csv", format!("name,birthday\n{}", (0..90).map(list).collect::<String>()));
    let map = "--map name+birthday=name_dob --region DE --quiet";
    let scan = desk.leakdex(&format!("scan list.csv {map}")).run_ok();
    assert_eq!(scan.stdout_text().matches(",name_dob,exact,us,").count(), 90, "{scan}");
    // What a person says in the plan counts.
    let plan = desk.text("plan.toml");
    assert!(plan.contains("dates = \"month first\""), "{plan}");
    desk.write("plan.toml", plan.replace("month first", "day first"));
    desk.leakdex("ingest us.csv --breach wrong --region DE --plan plan.toml --index wrong").run();
    let scan = desk.leakdex(&format!("scan list.csv {map} --index wrong")).run();
    let found = scan.stdout_text().matches(",name_dob,exact,wrong,").count();
    let told = (0..90).map(day).filter(|(day, month, _)| *day > 12 || day == month).count();
    assert_eq!(found, told, "only days that no month has are told\n{scan}");
    desk.write("plan.toml", desk.text("plan.toml").replace("day first", "dey first"));
    let hint = "`dates` is one of `day first`, `month first`, `year first`";
    let outcome = desk.leakdex("ingest us.csv --breach other --plan plan.toml").run_code(2);
    assert!(outcome.stderr_text().contains(hint), "{outcome}");
}

/// Two people can have one name and one birthday: what nobody has mapped is listed, and does not count.
#[test]
fn names_with_birthdays_meet_without_being_mapped() {
    let desk = Desk::new();
    let row = |row: usize| format!("a{row}@example.com,Anna,{},{}-03-04\n", name_of(row), 1960 + row % 40);
    desk.write(
        "dump.csv",
        format!("email,first name,last name,date of birth\n{}", (0..60).map(row).collect::<String>()),
    );
    let report = desk.leakdex("ingest dump.csv --breach dump").run_ok();
    assert!(report.stderr_text().contains("name_dob"), "{report}");
    let list = "mail,given_name,surname,dob\nx@example.com,anna,LIAH,04.03.1967\ny@example.com,Bert,Liah,1967-03-04\n";
    desk.write("list.csv", list);
    let scan = desk.leakdex("scan list.csv --summary s.json").run_ok();
    assert!(scan.stdout_text().contains("\n1,,name_dob,loose,dump,"), "{scan}");
    let summary: serde_json::Value = serde_json::from_str(&desk.text("s.json")).expect("JSON");
    assert_eq!(summary["people"]["exposed"], 0, "{summary:#}");
    assert_eq!(summary["people"]["not_found"], 2, "{summary:#}");
    let counted = desk.leakdex("scan list.csv --count loose --summary c.json").run_ok();
    let summary: serde_json::Value = serde_json::from_str(&desk.text("c.json")).expect("JSON");
    assert_eq!(summary["people"]["exposed"], 1, "{counted}");
    let mapped = desk.leakdex("scan list.csv --map given_name+surname+dob=name_dob");
    let scan = mapped.run_ok();
    assert!(scan.stdout_text().contains("\n1,,name_dob,exact,dump,"), "{scan}");
    // Nor do they make a record of one whose identifiers are refused, and its address is found.
    let refused = "email,first name,last name,date of birth\n";
    let rows: String = (0..60).map(|n| format!("write to r{n}@example.org,Anna,{},1990-03-04\n", name_of(n))).collect();
    let whole: String = (60..120).map(|n| format!("r{n}@example.org,Anna,{},1990-03-04\n", name_of(n))).collect();
    desk.write("half.csv", format!("{refused}{whole}{rows}"));
    let half = desk.leakdex("ingest half.csv --breach half --index half --max-rejects 60%").run_ok();
    assert!(half.stderr_text().contains("120 records = 60 accepted + 60 rejected (60 syntax)"), "{half}");
    assert!(half.stderr_text().contains("60 identifiers were found"), "{half}");
    // Where there is nothing else, they are what the records are.
    let only: String = (0..60).map(|n| format!("Anna,{},1990-03-04\n", name_of(n))).collect();
    desk.write("only.csv", format!("first name,last name,date of birth\n{only}Bert,x1,1990-01-01\n"));
    let only = desk.leakdex("ingest only.csv --breach only --index only").run_ok();
    assert!(only.stderr_text().contains("61 records = 60 accepted + 1 rejected"), "{only}");
    // An index without such keys is not asked.
    desk.write("mails.csv", "email\na@example.com\n");
    desk.leakdex("ingest mails.csv --breach mails --index mails").run_ok();
    let scan = desk.leakdex("scan list.csv --index mails").run_ok();
    assert!(!scan.stderr_text().contains("name_dob"), "{scan}");
}
