//! Kinds, forms and tiers through the program: what meets what, and what it counts for.

use super::desk::{Desk, expect_no_value};
use super::forgetting;
use serde_json::Value;

fn exposures(desk: &Desk, arguments: &str) -> Vec<String> {
    let outcome = desk.leakdex(&format!("{arguments} --quiet --summary s.json --force")).run();
    outcome.stdout_text().lines().skip(1).map(String::from).collect()
}

fn people(desk: &Desk, answer: &str) -> u64 {
    desk.json("s.json")["people"][answer].as_u64().expect("a count")
}

#[test]
fn numbers_without_a_country_meet_loosely_and_are_not_counted() {
    let desk = Desk::with_index();
    desk.write("phones.csv", "phone\n13800138001\n139-0013-9002\n13700137003\n");
    desk.refuses("scan phones.csv", "or `--region none` to compare them without a country", "masked samples");
    let lines = exposures(&desk, "scan phones.csv --region none");
    let line = |row| format!("{row},,phone,loose,shop,Email addresses;Phone numbers;Names");
    assert_eq!(lines, [line(1), line(2)]);
    // Whoever met something is neither exposed nor clean.
    assert_eq!(["exposed", "unknown", "not_found"].map(|answer| people(&desk, answer)), [0, 2, 1]);
    assert_eq!(desk.json("s.json")["kinds"]["phone"]["unknown_reasons"]["met_loosely"], 2);
    assert_eq!(desk.json("s.json")["tiers"]["loose"], 2);
    let screen = desk.leakdex("scan phones.csv --region none --count loose -o out.csv --exit-code").run_code(1);
    assert!(screen.stderr_text().contains("exposed    2"), "{screen}");
    assert_eq!(exposures(&desk, "scan phones.csv --region none --tier alias"), [""; 0]);
    // Where the country is known, the same value meets exactly, and the loose meeting is not a second line.
    let exact = exposures(&desk, "scan phones.csv --region CN");
    assert_eq!(exact.len(), 2);
    assert!(exact.iter().all(|line| line.contains(",exact,")), "{exact:?}");
}

#[test]
fn a_column_of_countries_is_the_region_of_every_row() {
    let desk = Desk::new();
    desk.write(
        "dump.csv",
        "name,country,mobile\nA,Deutschland,0151 23456789\nB,中国,13800138001\nC,USA,(415) 555-2671\n",
    );
    desk.leakdex("ingest dump.csv --breach shop").run_ok();
    for number in ["+4915123456789", "+86 138 0013 8001", "+1 415 555 2671"] {
        let answer = desk.leakdex("check --exit-code").stdin(number).run_code(1).stdout_text();
        assert!(answer.contains("phone\texposed\tshop, exact"), "{answer}");
    }
    let inspected = desk.leakdex("inspect dump.csv -o plan.toml").run_ok();
    assert!(desk.text("plan.toml").contains("take = \"country\""), "{inspected}");
}

#[test]
fn hashed_addresses_are_found_from_the_plain_ones() {
    let desk = Desk::new();
    // The MD5 and the SHA-256 of anna.maria@example.com, computed with Python's hashlib.
    desk.write("md5.csv", format!("email_md5,name\n{MD5},A\n"));
    desk.leakdex("ingest md5.csv --breach hashed").run_ok();
    desk.write("list.csv", "email\nAnna.Maria@Example.com\nnobody@example.net\n");
    assert_eq!(exposures(&desk, "scan list.csv"), ["1,,email,exact,hashed,Email addresses;Names"]);
    assert_eq!((people(&desk, "exposed"), people(&desk, "not_found")), (1, 1));
    desk.write("hashes.csv", format!("email_sha256\n{SHA256}\n"));
    let outcome = desk.leakdex("scan hashes.csv").run_code(3);
    assert!(outcome.stderr_text().contains("no breach in this index holds this kind"), "{outcome}");
}

/// Whoever hashed an address may have had it with its capitals.
#[test]
fn an_address_that_was_hashed_as_it_was_typed_is_found_by_who_types_it_so() {
    let desk = Desk::new();
    // The MD5 of Anna.Maria@Example.com, computed with Python's hashlib.
    desk.write("md5.csv", "email_md5,name\n63a54a72baff857d0062974b3824e029,A\n");
    desk.leakdex("ingest md5.csv --breach hashed").run_ok();
    desk.write("list.csv", "email\nanna.maria@example.com\n Anna.Maria@Example.com\n");
    assert_eq!(exposures(&desk, "scan list.csv"), ["2,,email,exact,hashed,Email addresses;Names"]);
}

/// The tail of an address with letters beyond ASCII is the address of somebody else.
#[test]
fn addresses_with_other_letters_are_taken_whole() {
    let desk = Desk::new();
    let row = |n: usize| format!("j\u{fc}rgen.wolf{n}@example.org,a\n");
    desk.write("dump.csv", ["email,remark\n".to_string()].into_iter().chain((0..50).map(row)).collect::<String>());
    desk.write(
        "text.txt",
        (0..50).map(|n| format!("write to o.\u{f6}zkan{n}@example.com, or not\n")).collect::<String>(),
    );
    desk.leakdex("ingest dump.csv text.txt --breach shop").run_ok();
    let check = |address: &str, want: &str| {
        let answer = desk.leakdex("check --kind email").stdin(address).run().stdout_text();
        assert!(answer.contains(want), "{answer}");
    };
    check("J\u{fc}rgen.Wolf7@example.org", "exposed");
    check("rgen.wolf7@example.org", "not found");
    check("o.\u{f6}zkan7@example.com", "exposed");
    check("zkan7@example.com", "not found");
}

const MD5: &str = "796247C1376CD32E2BCBBB0A2424B56C";
const SHA256: &str = "b64214648192c22a3c782c53f718a73d3df59ea341ed6e15b0fe996956d935ad";
const SHA1_OF_PASSWORD: &str = "874572e7a5ae6a49466a6ac578b98adba78c6aa6";
const NTLM_OF_PASSWORD: &str = "24d9c99595080b241b3b4eb0cba8d8f4";

#[test]
fn passwords_meet_their_hashes_both_ways() {
    let desk = Desk::new();
    desk.write("plain.csv", "email,pw\nanna.maria@example.com,Tr0ub4dor&3\n");
    desk.leakdex("ingest plain.csv --breach plain --map pw=password").run_ok();
    desk.write("hashes.csv", format!("email,pw\ncarl@example.org,{SHA1_OF_PASSWORD}\n"));
    desk.leakdex("ingest hashes.csv --breach hashed --map pw=password_sha1").run_ok();
    desk.write("ntlm.csv", format!("hash\n{NTLM_OF_PASSWORD}\n"));
    assert_eq!(exposures(&desk, "scan ntlm.csv --map hash=password_ntlm").len(), 1);
    desk.write("list.csv", "word\nTr0ub4dor&3\ntr0ub4dor&3\n");
    let lines = exposures(&desk, "scan list.csv --map word=password");
    let line = |breach| format!("1,,password,exact,{breach},Email addresses;Passwords");
    assert_eq!(lines, [line("plain"), line("hashed")]);
}

#[test]
fn a_failing_check_digit_is_taken_only_if_asked_for() {
    let desk = Desk::new();
    desk.write("ids.csv", "id_card,name\n110105194912310021,A\n11010519491231002X,B\n");
    desk.leakdex("ingest ids.csv --breach strict --max-rejects 60%").run_ok();
    let check = "check 110105194912310021 --kind national_id:CN";
    assert_eq!(desk.leakdex(check).run_ok().stdout_text(), "1\tnational_id:CN\tunknown\tchecksum\n".replace(":CN", ""));
    assert!(desk.leakdex(&format!("{check} --lenient")).run_ok().stdout_text().contains("unknown\tchecksum"));
    desk.write("ids2.csv", "id_card,name\n110105194912310021,A\n");
    desk.leakdex("ingest ids2.csv --breach lenient --lenient --map id_card=national_id:CN").run_ok();
    let found = desk.leakdex(&format!("{check} --lenient")).run_ok().stdout_text();
    assert!(found.contains("exposed\tlenient, loose"), "{found}");
}

#[test]
fn user_names_and_weak_kinds_are_found_as_what_they_are() {
    let desk = Desk::new();
    desk.write("dump.csv", "username,ip,email\nWei_Chen88,8.8.4.4,wei@example.com\nAnna.K,10.0.0.1,anna@example.com\n");
    desk.leakdex("ingest dump.csv --breach forum").run_ok();
    let classes = "Email addresses;Usernames;IP addresses";
    desk.write("list.csv", "username,ip\nwei_chen88,8.8.4.4\nnobody77,8.8.4.4\n");
    let lines = exposures(&desk, "scan list.csv");
    let username = format!("1,,username,exact,forum,{classes}");
    let ip = |row: u8| format!("{row},,ip,weak,forum,{classes}");
    assert_eq!(lines, [username, ip(1), ip(2)]);
    assert_eq!((people(&desk, "exposed"), people(&desk, "not_found")), (1, 1));
    exposures(&desk, "scan list.csv --count weak");
    assert_eq!(people(&desk, "exposed"), 2);
}

/// Half of all nine digits are insurance numbers of Canada: one is taken as such only where its country is named. A list that
/// does not name it meets it loosely, and "not found" is said of what was asked for.
#[test]
fn numbers_without_a_country_are_asked_for_in_every_country_that_is_held() {
    let desk = Desk::new();
    desk.write("dump.csv", "country,id\nCA,130 692 544\nAU,123 456 782\nCA,046 454 286\n");
    desk.leakdex("ingest dump.csv --breach dump --map id=national_id").run_ok();
    desk.write("list.csv", "id\n130-692-544\n123456782\n453201519\n");
    let scan = desk.leakdex("scan list.csv --map id=national_id --summary s.json").run_ok();
    let lines: Vec<String> = scan.stdout_text().lines().skip(1).map(|line| line[..28].to_string()).collect();
    assert_eq!(lines, ["1,,national_id,loose,dump,Go", "2,,national_id,loose,dump,Go"], "{scan}");
    // Who met something is not clean, and what was met does not count.
    assert_eq!(["exposed", "unknown", "not_found"].map(|answer| people(&desk, answer)), [0, 2, 1]);
    let scan = desk.leakdex("scan list.csv --map id=national_id:CA").run_ok();
    assert!(scan.stdout_text().contains("\n1,,national_id,exact,dump,"), "{scan}");
}

#[test]
fn explain_says_what_a_value_can_be() {
    let desk = Desk::new();
    let outcome = desk.leakdex("explain").stdin("J.Doe+x@GMail.com\n138****5678\n").run_ok();
    let text = outcome.stdout_text().split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "value 1, 17 characters",
        "email exact j.doe+x@gmail.com",
        "email alias jdoe@gmail.com",
        "value 2, 11 characters",
        "some characters are masked",
    ] {
        assert!(text.contains(part), "`{part}`\n{outcome}");
    }
    let json = desk.leakdex("explain --json --kind phone --region CN").stdin("138-0013-8001").run_ok().stdout_text();
    let line: Value = serde_json::from_str(&json).expect("a line of JSON");
    assert_eq!(line["kinds"][0]["forms"][0]["canonical"], "8613800138001");
    let wrong = desk.leakdex("explain --kind emial x").run_code(2);
    assert!(wrong.stderr_text().contains("did you mean `email`"), "{wrong}");
    expect_no_value(&wrong);
}

/// A dump in which addresses come again and again, then are all different, then are of many domains; and two of one record.
fn dump_of_domains() -> String {
    let mut dump = String::from("email,name,other\n");
    (0..3000).for_each(|n| dump.push_str(&format!("r{}@repeat.example,N,\n", n % 5)));
    (0..3100).for_each(|n| dump.push_str(&format!("p{n}@gmail.com,N,\n")));
    (0..3000).for_each(|n| dump.push_str(&format!("q{n}@d{}.example,,\n", n % 30)));
    dump.push_str("anna@mail.corp.example,A,anna@corp.example\nbert@CORP.example,B,\ncarl@sub.host.co.uk,,\n");
    dump
}

#[test]
fn every_ingest_counts_addresses_by_domain() {
    let desk = Desk::new();
    desk.write("dump.csv", dump_of_domains());
    desk.leakdex("ingest dump.csv --breach shop --map other=email").run_ok();
    let ask = |domains: &str| {
        let outcome = desk.leakdex("check --kind email_domain").stdin(domains).run_ok();
        outcome.stdout_text().lines().map(String::from).collect::<Vec<_>>()
    };
    let line = |number, rest| format!("{number}\temail_domain\t{rest}");
    let named = "exact: Email addresses; Names";
    assert_eq!(
        ask(
            "repeat.example\ngmail.com\nd7.example\ncorp.example\nanna@mail.CORP.example\nhost.co.uk\nnobody.example\n"
        ),
        [
            line(1, format!("exposed\tshop, 3,000 records, {named}")),
            line(2, format!("exposed\tshop, 3,100 records, {named}")),
            line(3, "exposed\tshop, 100 records, exact: Email addresses".into()),
            line(4, format!("exposed\tshop, 2 records, {named}")),
            line(5, format!("exposed\tshop, 2 records, {named}")),
            line(6, "exposed\tshop, 1 record, exact: Email addresses".into()),
            line(7, "not found\tin 1 of 1 breaches that could hold it".into()),
        ]
    );
    desk.write("more.csv", "email\ndora@corp.example\n");
    desk.leakdex("ingest more.csv --breach shop --append").run_ok();
    let json = desk.leakdex("check --kind email_domain --json").stdin("corp.example").run_ok().stdout_text();
    let json: Value = serde_json::from_str(&json).expect("a line of JSON");
    assert_eq!(json["exposures"][0]["records"], 3, "{json}");
    desk.write("list.csv", "domain,email\ncorp.example,dora@corp.example\n");
    let outcome = desk.leakdex("scan list.csv --map domain=email_domain --quiet").run_ok();
    let lines = "1,,email,exact,shop,Email addresses,\n1,,email_domain,exact,shop,Email addresses;Names,3\n";
    assert_eq!(outcome.stdout_text(), format!("row,reference,kind,tier,breach,data_classes,records\n{lines}"));
    // Two columns may say the same.
    desk.write("sites.csv", "domain,site\ncorp.example,www.corp.example\n");
    let outcome = desk.leakdex("scan sites.csv --map domain=email_domain --map site=email_domain --quiet").run_ok();
    assert!(outcome.stdout_text().ends_with("Email addresses;Names,3\n"), "{outcome}");
}

#[test]
fn the_number_of_a_domain_depends_on_nothing_but_the_dump() {
    let desk = Desk::new();
    let dump = dump_of_domains();
    desk.write("dump.csv", dump.as_str());
    let (head, rows) = dump.split_once('\n').expect("a header");
    let rows: Vec<&str> = rows.lines().collect();
    let part = |rows: &[&str]| format!("{head}\n{}\n", rows.join("\n"));
    desk.write("a.csv", part(&rows[..4000]));
    desk.write("b.csv", part(&rows[4000..]));
    let segment = |index: &str, inputs: &str| {
        desk.leakdex(&format!("ingest {inputs} --breach shop --map other=email --index {index}")).run_ok();
        let stats = desk.leakdex(&format!("stats --json --index {index}")).run_ok().stdout_text();
        let stats: Value = serde_json::from_str(&stats).expect("JSON");
        stats["segments"][0]["id"].as_str().expect("an id").to_string()
    };
    let whole = segment("one", "dump.csv --threads 1");
    assert_eq!(segment("two", "dump.csv --threads 4"), whole);
    assert_eq!(segment("three", "b.csv a.csv"), whole);
}

#[test]
fn addresses_in_broken_records_count_for_their_domains() {
    let desk = Desk::new();
    let mut dump = String::from("CREATE TABLE `users` (`id` int, `email` text, `note` text);\n");
    for row in 0..200 {
        let note = if row == 50 { "it's one of carl@broken.example" } else { "n" };
        dump.push_str(&format!("INSERT INTO `users` VALUES ({row},'anna{row}@corp.example','{note}');\n"));
    }
    desk.write("dump.sql", dump);
    let report = desk.leakdex("ingest dump.sql --breach shop").run_ok();
    assert!(report.stderr_text().contains("2 identifiers were found in broken records"), "{report}");
    let answer = desk.leakdex("check --kind email_domain").stdin("corp.example\nbroken.example\n").run_ok();
    assert!(answer.stdout_text().contains("shop, 200 records, exact"), "{answer}");
    assert!(answer.stdout_text().contains("shop, 1 record, exact"), "{answer}");
}

/// Numbers of one organisation are the same with zeros before them and without.
#[test]
fn a_number_with_zeros_before_it_is_forgotten_with_the_one_without() {
    for (kind, forgotten) in [("employee_no", "123"), ("employee_no", "00123"), ("customer_no", "123")] {
        let desk = Desk::new();
        desk.write("dump.csv", "n\n00123\n00124\n");
        desk.leakdex(&format!("ingest dump.csv --breach shop --map n={kind} --scope acme --quiet")).run_ok();
        let options = format!("--kind {kind} --scope acme");
        forgetting::forget(&desk, &options, &format!("{forgotten}\n"));
        assert_eq!(
            forgetting::check(&desk, &options, "123\n0123\n00123\n"),
            ["unknown suppressed"; 3],
            "{kind} {forgotten}"
        );
        assert!(forgetting::check(&desk, &options, "00124\n")[0].starts_with("exposed"), "{kind} {forgotten}");
    }
}
