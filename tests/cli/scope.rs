//! What a scan says about a whole list: what leaked together, for which people, in which part of the list.

use super::desk::Desk;
use serde_json::{Value, json};

/// Two breaches: who stands in both has lost an identity number and a password together, which neither breach shows.
const SHOP: &str = "\
email,mobile,name
anna@example.com,13800138001,Anna
carl@example.org,,Carl
dora@example.org,13900139002,Dora
emil@example.net,,Emil
";
const BANK: &str = "\
email,id_no,password
anna@example.com,110105491231002,secret1
fritz@example.net,,secret2
";

fn desk_with_two_breaches() -> Desk {
    let desk = Desk::new();
    desk.write("shop.csv", SHOP);
    desk.write("bank.csv", BANK);
    desk.leakdex("ingest shop.csv --breach shop --region CN").run_ok();
    desk.leakdex("ingest bank.csv --breach bank --map id_no=national_id:CN --map password=class:Passwords").run_ok();
    desk
}

fn combinations(summary: &Value) -> Vec<(String, u64)> {
    let sets = summary["combinations"].as_array().expect("combinations");
    let text = |set: &Value| {
        let names = set["data_classes"].as_array().expect("classes").iter().map(|name| name.as_str().expect("a name"));
        (names.collect::<Vec<_>>().join(";"), set["people"].as_u64().expect("a number"))
    };
    sets.iter().map(text).collect()
}

#[test]
fn people_count_once_under_everything_that_leaked_with_them() {
    let desk = desk_with_two_breaches();
    // Anna by two identifiers in two breaches, Carl and Emil alike, Dora only by her number, Fritz, and nobody.
    let list = "email,mobile\nanna@example.com,13800138001\ncarl@example.org,\n,13900139002\nemil@example.net,\n\
        fritz@example.net,\nnobody@example.net,\n";
    desk.write("list.csv", list);
    let outcome = desk.leakdex("scan list.csv --region CN -o found.csv --summary s.json").run_ok();
    let want = [
        ("Email addresses;Names", 2),
        ("Email addresses;Phone numbers;Names;Government issued IDs;Passwords", 1),
        ("Email addresses;Passwords", 1),
        ("Email addresses;Phone numbers;Names", 1),
    ];
    let summary = desk.json("s.json");
    assert_eq!(combinations(&summary), want.map(|(set, people)| (set.to_string(), people)), "{outcome}");
    assert_eq!(summary["people_with_other_combinations"], json!(0));
    assert_eq!(summary["people"]["exposed"], json!(5), "every exposed person has one set");
    let text = outcome.stderr_text();
    let (_, shown) = text.split_once("What leaked together (people), what hurts most first\n").expect("the block");
    let want = "  1  Email addresses, Phone numbers, Names, Government issued IDs, Passwords
  1  Email addresses, Passwords
  2  Email addresses, Names
  1  Email addresses, Phone numbers, Names

By kind";
    assert!(shown.starts_with(want), "{outcome}");
}

/// A breach without records, and one without a kind of the list, were asked for nobody.
#[test]
fn breaches_that_cannot_answer_were_not_asked() {
    let desk = desk_with_two_breaches();
    desk.leakdex("breach add announced").run_ok();
    desk.write("list.csv", "mobile\n13800138001\n13700137003\n");
    let scan = "scan list.csv --region CN -o found.csv --summary s.json --report r.md --force";
    let outcome = desk.leakdex(scan).run_ok();
    let text = outcome.stderr_text();
    assert!(text.contains("2 could not be asked, holding no kind of this list: `bank`, `announced`"), "{outcome}");
    let breaches = &desk.json("s.json")["breaches"];
    let flags = |flag: &str| (0..3).map(|place| breaches[place][flag] == json!(true)).collect::<Vec<bool>>();
    assert_eq!((flags("asked"), flags("chosen")), (vec![true, false, false], vec![true, true, true]));
    let page = desk.text("r.md");
    assert!(page.contains("in 1 breach") && page.contains("2 breaches could not be asked"), "{page}");
    let outcome = desk.leakdex(&format!("{scan} --breach shop")).run_ok();
    assert!(!outcome.stderr_text().contains("could not be asked"), "{outcome}");
    assert!(desk.text("r.md").contains("2 breaches of the index were not asked (`--breach`)"), "{}", desk.text("r.md"));
    // What somebody has said of the worth of a breach stands beside what was found in it.
    desk.leakdex("breach edit shop --flag fabricated --flag spam-list").run_ok();
    let outcome = desk.leakdex(scan).run_ok();
    assert!(outcome.stderr_text().contains("(fabricated, spam list)"), "{outcome}");
    assert!(desk.text("r.md").contains("fabricated, spam list"), "{}", desk.text("r.md"));
    assert_eq!(desk.json("s.json")["breaches"][0]["flags"], json!(["fabricated", "spam_list"]));
}

/// Of the values of a breach, those that nobody on the list has.
#[test]
fn the_other_direction_counts_what_met_nobody() {
    let desk = desk_with_two_breaches();
    // Twice the same person; a spelling that is another value, whose looser form is met; and a number.
    desk.write("more.csv", "email\nfritz.x@gmail.com\nFritz.X@gmail.com\ngina@gmail.com\n");
    desk.leakdex("ingest more.csv --breach more").run_ok();
    desk.write(
        "list.csv",
        "email,mobile\nanna@example.com,13800138001\nANNA@example.com,\ncarl@example.org,\nfritzx@gmail.com,\n",
    );
    let scan = "scan list.csv --region CN -o found.csv --summary s.json --report r.md --force";
    let of = |held: u64, met: u64, at_most: bool| json!({"held": held, "met": met, "met_nobody": held - met, "at_most": at_most});
    for threads in [1, 3] {
        let outcome = desk.leakdex(&format!("{scan} --threads {threads}")).run_ok();
        let breaches = &desk.json("s.json")["breaches"];
        assert_eq!(breaches[0]["values"], json!({"email": of(4, 2, false), "phone": of(2, 1, false)}), "{outcome}");
        assert_eq!(breaches[1]["values"], json!({"email": of(2, 1, false)}), "{outcome}");
        // By the looser form alone: one value at least.
        assert_eq!(breaches[2]["values"], json!({"email": of(2, 1, true)}), "{outcome}");
    }
    let page = desk.text("r.md");
    assert!(page.contains("On no row of it") && page.contains("other spellings of what is on the list"), "{page}");
    desk.write("again.csv", "email\nanna@example.com\nhugo@example.com\n");
    desk.leakdex("ingest again.csv --breach shop --append").run_ok();
    desk.leakdex(&format!("{scan} --report-form gdpr33=f.md")).run_ok();
    assert_eq!(desk.json("s.json")["breaches"][0]["values"]["email"], of(6, 3, true));
    assert!(desk.text("r.md").contains("counts twice"), "{}", desk.text("r.md"));
    let form = desk.text("f.md");
    assert!(form.contains("Values in shop that stand in no row of that list") && form.contains("at most 3 "), "{form}");
    desk.leakdex(&format!("{scan} --breach bank")).run_ok();
    assert_eq!(desk.json("s.json")["breaches"][0]["values"], json!({}));
}

/// Another spelling of a mailbox is the same person's, and no stranger to the list.
#[test]
fn who_is_met_by_another_spelling_is_no_stranger() {
    let desk = Desk::new();
    desk.write("dump.csv", "email\nanna.berg@gmail.com\nben.cole@gmail.com\n");
    desk.leakdex("ingest dump.csv --breach shop").run_ok();
    let check = |list: &str, more: &str, met: u64, at_most: bool| {
        desk.write("list.csv", format!("email\n{list}"));
        let scan = "scan list.csv -o found.csv --summary s.json --report r.md --report-form gdpr33=f.md --force";
        for threads in [1, 3] {
            let outcome = desk.leakdex(&format!("{scan} --threads {threads} {more}")).run_ok();
            let want = json!({"held": 2, "met": met, "met_nobody": 2 - met, "at_most": at_most});
            assert_eq!(desk.json("s.json")["breaches"][0]["values"]["email"], want, "{list}{outcome}");
        }
        for name in ["r.md", "f.md"] {
            assert_eq!(desk.text(name).to_lowercase().contains("at most"), at_most, "{name}\n{}", desk.text(name));
        }
    };
    check("annaberg@gmail.com\nb.e.n.cole+car@googlemail.com\n", "", 2, false);
    // The same folded form by many spellings, and by the value itself before or behind them.
    check("annaberg@gmail.com\na.nnaberg@gmail.com\nANNABERG+x@gmail.com\n", "", 1, true);
    check("anna.berg@gmail.com\nannaberg@gmail.com\nan.naberg@gmail.com\n", "", 1, true);
    check("an.naberg@gmail.com\nannaberg@gmail.com\nanna.berg@gmail.com\n", "", 1, true);
    check("nobody@example.net\n", "", 0, false);
    // Who is not asked for by other spellings may be one.
    check("annaberg@gmail.com\n", "--tier exact", 0, true);
}

/// Who asks for nothing but the values themselves meets hashes of them, with a plus and with zeros before a telephone number.
#[test]
fn hashes_of_telephone_numbers_meet_at_tier_exact() {
    use sha2::Digest as _;
    let hash = |text: &str| sha2::Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    for before in ["", "+", "00"] {
        let desk = Desk::new();
        desk.write("dump.csv", format!("h\n{}\n", hash(&format!("{before}8613912345678"))));
        desk.leakdex("ingest dump.csv --breach shop --map h=phone_sha256 --quiet").run_ok();
        desk.write("list.csv", "phone\n+86 139 1234 5678\n");
        for tier in ["exact", "alias"] {
            let scan = desk.leakdex(&format!("scan list.csv --tier {tier} --quiet")).run_ok().stdout_text();
            assert!(scan.lines().count() == 2 && scan.contains(",exact,"), "{before} {tier} {scan}");
        }
    }
}

/// A number that several countries accept is one number, in the breach and on the list.
#[test]
fn an_identity_number_without_a_country_counts_once() {
    let desk = Desk::new();
    let number = |n: u64| {
        let digits = (60 + n % 30) * 10_000_000 + (n % 12 + 1) * 100_000 + (n % 28 + 1) * 1000 + n;
        // Whatever the remainder of eleven is, but ten.
        format!("{digits:09}{}", digits % 11)
    };
    // One in ten would be Swedish, too, and those have another spelling, by which more may be met than can be told.
    let is_swedish = |number: &String| {
        let digits = number.bytes().map(|digit| u32::from(digit - b'0')).enumerate();
        let doubled = digits.map(|(at, digit)| if at % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit });
        doubled.sum::<u32>() % 10 == 0
    };
    let numbers = (0..600).map(number).filter(|number| number.len() == 10 && !is_swedish(number));
    let numbers: Vec<String> = numbers.take(400).collect();
    let rows = |of: &[String]| of.iter().map(|number| format!("{number}\n")).collect::<String>();
    desk.write("dump.csv", format!("national_id\n{}", rows(&numbers)));
    desk.write("list.csv", format!("national_id\n{}", rows(&numbers[..150])));
    desk.leakdex("ingest dump.csv --breach offices").run_ok();
    let explained = desk.leakdex("explain --kind national_id").arg(&numbers[0]).run_ok().stdout_text();
    assert!(["national_id:CZ", "national_id:SK"].iter().all(|country| explained.contains(country)), "{explained}");
    desk.leakdex("scan list.csv -o found.csv --summary s.json").run_ok();
    let values = &desk.json("s.json")["breaches"][0]["values"]["national_id"];
    assert_eq!(*values, json!({"held": 400, "met": 150, "met_nobody": 250, "at_most": false}));
}

/// A domain is nobody's: a dump about strangers at a large provider says nothing about a customer there.
#[test]
fn a_domain_exposes_nobody() {
    let desk = desk_with_two_breaches();
    desk.write(
        "list.csv",
        "no,email,site\n1,nobody@example.com,example.com\n2,carl@example.org,example.org\n3,,example.net\n",
    );
    let scan =
        "scan list.csv --map site=email_domain -o found.csv --people p.csv --notify t.csv --summary s.json --force";
    let outcome = desk.leakdex(scan).run_ok();
    let summary = desk.json("s.json");
    let numbers = json!({"exposed": 1, "not_found": 1, "unknown": 1, "not_found_in_part": 0});
    assert_eq!(summary["people"], numbers, "{outcome}");
    assert_eq!((&summary["kinds"]["email_domain"]["exposed"], &summary["person_breach_pairs"]), (&json!(3), &json!(1)));
    assert_eq!(combinations(&summary), [("Email addresses;Names".to_string(), 1)]);
    assert_eq!(desk.text("t.csv").lines().count(), 2, "{}", desk.text("t.csv"));
    assert_eq!(desk.text("found.csv").matches("email_domain").count(), 5, "{}", desk.text("found.csv"));
    assert!(outcome.stderr_text().contains("3 rows have a domain that was found; it is of no person"), "{outcome}");
    // Found is found, for a list of domains too.
    desk.write("sites.csv", "site\nexample.com\n");
    desk.leakdex("scan sites.csv --map site=email_domain -o found.csv --force --exit-code").run_code(1);
}

/// Six people in two countries; of the second segment nobody is in a breach.
const CUSTOMERS: &str = "\
no,email,mobile,country,segment,greeting
7,anna@example.com,13800138001,CN,gold,Dear Anna
8,carl@example.org,,DE,gold,=cmd()
9,,+8613900139002,DE,gold,Dear Dora
10,nobody@example.net,,DE,basic,Dear Nobody
11,,,CN,gold,Dear X
12,emil@example.net,,DE,gold,Dear Emil
";

#[test]
fn groups_count_people_by_the_cells_of_columns() {
    let desk = desk_with_two_breaches();
    desk.write("list.csv", CUSTOMERS);
    let scan = "scan list.csv --region CN -o found.csv --summary s.json --force --group-by";
    let outcome = desk.leakdex(&format!("{scan} country,segment")).run_ok();
    let groups = &desk.json("s.json")["group_by"];
    let people = |exposed: u64, not_found: u64, unknown: u64| json!({"exposed": exposed, "not_found": not_found, "unknown": unknown, "not_found_in_part": 0});
    let want = json!([
        {"cells": ["DE", "gold"], "people": people(3, 0, 0)},
        {"cells": ["CN", "gold"], "people": people(1, 0, 1)},
        {"cells": ["DE", "basic"], "people": people(0, 1, 0)},
    ]);
    assert_eq!((&groups["groups"], &groups["columns"]), (&want, &json!(["country", "segment"])), "{outcome}");
    let text = outcome.stderr_text();
    let (_, shown) = text.split_once("\nBy country, segment (people)\n").expect("the block");
    assert!(shown.contains("  DE, gold         3          0        0\n"), "{outcome}");
    // Fewer than ten people of a domain are not named.
    assert_eq!(groups["domains"]["named"], json!([]));
    assert_eq!(groups["domains"]["others"], people(3, 1, 0));
    assert_eq!(groups["domains"]["without_address"], people(1, 0, 1));
    let many: String = (0..10).map(|n| format!("{n},p{n}@mail.corp.example.co.uk,,GB,x,\n")).collect();
    desk.write("list.csv", format!("{CUSTOMERS}{many}13,carl@example.org,,\u{202e}A\u{1b}[1m,x,\n"));
    let outcome = desk.leakdex(&format!("{scan} country")).run_ok();
    let named = &desk.json("s.json")["group_by"]["domains"]["named"];
    assert_eq!(named, &json!([{"domain": "example.co.uk", "people": people(0, 10, 0)}]), "{outcome}");
    assert!(outcome.stderr_text().contains("\\u{202e}A\\u{1b}[1m"), "cells are escaped\n{outcome}");
}

#[test]
fn people_are_no_groups() {
    let desk = desk_with_two_breaches();
    desk.write("list.csv", CUSTOMERS);
    let scan = "scan list.csv --region CN -o found.csv --group-by";
    desk.refuses(&format!("{scan} email"), "the column to group by, email, is taken as identifiers", "have in common");
    desk.refuses(&format!("{scan} country,mobile"), "mobile, is taken as identifiers", "have in common");
    desk.refuses(&format!("{scan} nosuch"), "there is no column `nosuch`", "leakdex inspect");
    let many: String = (0..10_001).map(|n| format!("p@example.com,g{n}\n")).collect();
    desk.write("list.csv", format!("email,segment\n{many}"));
    desk.refuses(&format!("{scan} segment"), "more than 10,000 groups", "fewer columns");
    let less = many.lines().take(10_000).fold("email,segment\n".to_string(), |text, line| text + line + "\n");
    desk.write("list.csv", less);
    desk.leakdex(&format!("{scan} segment")).run_ok();
}

/// Anna's rows stand apart; one row has no person.
const ACCOUNTS: &str = "\
customer,email,mobile
a,nobody@example.net,
b,carl@example.org,
a,,13800138001
,emil@example.net,
c,,
 a ,fritz@example.net,
c,someone@example.net,12
,emil@example.net,
";

#[test]
fn people_of_several_rows_count_once() {
    let desk = desk_with_two_breaches();
    desk.write("list.csv", ACCOUNTS);
    let scan =
        "scan list.csv --region CN --map customer=ignore --reference customer -o found.csv --summary s.json --force";
    let outcome = desk.leakdex(&format!("{scan} --person customer --people people.csv")).run_ok();
    let want = "\
row,reference,answer,tier,breaches,data_classes
1,a,exposed,exact,shop;bank,Email addresses;Phone numbers;Names;Passwords
2,b,exposed,exact,shop,Email addresses;Names
4,,exposed,exact,shop,Email addresses;Names
5,c,not found,,,
8,,exposed,exact,shop,Email addresses;Names
";
    assert_eq!(desk.text("people.csv"), want, "{outcome}");
    let summary = desk.json("s.json");
    let people = json!({"exposed": 4, "not_found": 1, "unknown": 0, "not_found_in_part": 1});
    assert_eq!((&summary["people"], &summary["rows"]), (&people, &json!(8)));
    assert_eq!(summary["person_breach_pairs"], json!(5));
    assert_eq!(summary["breaches"][0]["people"], json!(4), "shop");
    let sets = [("Email addresses;Names", 3), ("Email addresses;Phone numbers;Names;Passwords", 1)];
    assert_eq!(combinations(&summary), sets.map(|(set, people)| (set.to_string(), people)));
    assert!(outcome.stderr_text().contains("5 people in 8 rows\n"), "{outcome}");
    // Without a column of persons every row is one.
    desk.leakdex(&format!("{scan} --people people.csv")).run_ok();
    assert_eq!(desk.text("people.csv").lines().count(), 9);
    assert_eq!(desk.json("s.json")["people"]["exposed"], json!(5));
    assert_eq!(
        desk.text("people.csv").lines().nth(3),
        Some("3,a,exposed,exact,shop,Email addresses;Phone numbers;Names")
    );
}

/// A letter needs an address, in whichever row of the person it stands.
#[test]
fn a_person_has_the_first_address_of_its_rows() {
    let desk = desk_with_two_breaches();
    let mut list =
        "pid,email,mobile,segment\n1,,13800138001,A\n1,anna@corp.example,,A\n1,anna@old.example,,A\n".to_string();
    // Domains of ten people are named.
    (2..12).for_each(|n| list += &format!("{n},,,A\n{n},p{n}@corp.example,,A\n"));
    desk.write("list.csv", list);
    let scan =
        "scan list.csv --region CN --map pid=ignore --person pid --group-by segment -o found.csv --summary s.json";
    desk.leakdex(&format!("{scan} --notify tell.csv --include-values --unmasked --report r.md")).run_ok();
    let tell = desk.text("tell.csv");
    assert!(tell.contains("\n1,anna@corp.example,,A,"), "the row that has the address\n{tell}");
    let domains = &desk.json("s.json")["group_by"]["domains"];
    let named = &domains["named"][0];
    assert_eq!((&named["domain"], &named["people"]["exposed"]), (&json!("corp.example"), &json!(1)), "{domains:#}");
    assert_eq!(domains["without_address"]["not_found"], json!(0), "{domains:#}");
    // The report shows what was found.
    let page = desk.text("r.md");
    assert!(page.contains("mobile: 13800138001") && !page.contains("anna@corp"), "{page}");
}

/// A column of which every cell says what it is was asked for, and a list of domains was.
#[test]
fn what_was_asked_for_is_said() {
    let desk = desk_with_two_breaches();
    desk.write("list.csv", "domain\nexample.com\nnowhere.example\n");
    desk.leakdex("scan list.csv --map domain=email_domain -o found.csv --report r.md").run_ok();
    let page = desk.text("r.md");
    assert!(page.contains("The list names domains and no people: one of them was found"), "{page}");
    assert!(!page.contains("No breach could be asked"), "{page}");
    let rows: String = ["anna@example.com", "13800138001", "carl@example.org", "13900139002", "someone"]
        .iter()
        .map(|login| format!("{login},x\n"))
        .collect();
    desk.write("list.csv", format!("login,note\n{}", rows.repeat(5)));
    let outcome = desk.leakdex("scan list.csv --region CN -o found.csv --force").run_ok();
    let said = outcome.stderr_text();
    assert!(said.contains("login (every cell as what it is)"), "{said}");
    assert!(!said.lines().any(|line| line.contains("not asked for") && line.contains("login")), "{said}");
}

/// Who stands in nothing but a breach that somebody made up is exposed by nothing that is known to be true.
#[test]
fn who_is_in_doubtful_breaches_alone_is_told_apart() {
    let desk = desk_with_two_breaches();
    let scan = "scan list.csv -o found.csv --summary s.json --report r.md --report-form gdpr33 --report-form gdpr34 \
        --report-form pipl57 --force";
    let pages = ["r.md", "r.gdpr33.md", "r.gdpr34.md", "r.pipl57.md"];
    desk.write("list.csv", "email\nanna@example.com\ncarl@example.org\nfritz@example.net\n");
    desk.leakdex(scan).run_ok();
    assert_eq!(desk.json("s.json")["people_only_in_doubtful_breaches"], 0);
    pages.iter().for_each(|page| assert!(!desk.text(page).contains("in doubt:"), "{page}"));
    for (flag, doubt) in [("fabricated", "fabricated"), ("retired", "retired")] {
        desk.leakdex(&format!("breach edit bank --flag {flag}")).run_ok();
        let outcome = desk.leakdex(scan).run_ok();
        let summary = desk.json("s.json");
        // Anna stands in the other one, too.
        assert_eq!(summary["people_only_in_doubtful_breaches"], 1, "{outcome}");
        assert_eq!(summary["people"]["exposed"], 3);
        let line = format!("1 of those exposed are only in breaches that are in doubt: bank ({doubt})");
        assert!(outcome.stderr_text().contains(&line), "{outcome}");
        for page in pages {
            let text = desk.text(page);
            assert!(
                text.contains("breaches that are in doubt") && text.contains(&format!("bank ({doubt})")),
                "{page}\n{text}"
            );
        }
        assert!(desk.text("r.gdpr33.md").contains("1 (`people_only_in_doubtful_breaches`)"), "{flag}");
        desk.leakdex(&format!("breach edit bank --no-flag {flag}")).run_ok();
    }
    // By rows of one person, and if it is alone.
    desk.leakdex("breach edit bank --flag fabricated").run_ok();
    desk.write("list.csv", "pid,email\n1,fritz@example.net\n1,nobody@example.net\n");
    desk.leakdex(&format!("{scan} --map pid=ignore --person pid")).run_ok();
    assert_eq!(desk.json("s.json")["people_only_in_doubtful_breaches"], 1);
    let page = desk.text("r.md");
    assert!(page.contains("Nobody has to be told yet") && !page.contains("the one to tell"), "{page}");
}

#[test]
fn persons_and_groups_are_the_same_for_any_number_of_threads() {
    let desk = desk_with_two_breaches();
    let mut text = String::from("customer,email,country\n");
    for n in 0..60_000 {
        let name = ["anna@example.com", "carl@example.org", "emil@example.net"].get(n % 40).copied();
        let email = name.map_or_else(|| format!("p{n}@example.com"), String::from);
        text.push_str(&format!("c{},{email},{}\n", n * 7 % 1000, ["CN", "DE", "FR"][n % 3]));
    }
    desk.write("list.csv", text);
    let scan = "scan list.csv --map customer=ignore --person customer --group-by country -o found.csv --force";
    let mut results = Vec::new();
    for threads in [1, 2, 3] {
        desk.leakdex(&format!("{scan} --threads {threads} --people p.csv --summary s.json")).run_ok();
        results.push((desk.text("p.csv"), desk.text("s.json")));
    }
    assert!(results[0].0.lines().count() == 1001 && results[0] == results[1] && results[0] == results[2]);
}

#[test]
fn everybody_who_is_exposed_can_be_told() {
    use std::os::unix::fs::PermissionsExt;
    let desk = desk_with_two_breaches();
    desk.write("list.csv", CUSTOMERS);
    let scan = "scan list.csv --region CN -o found.csv --force";
    let outcome = desk.leakdex(&format!("{scan} --notify tell.csv --notify-columns greeting,no")).run_ok();
    let want = "\
greeting,no,data_classes
Dear Anna,7,Email addresses;Phone numbers;Names;Government issued IDs;Passwords
'=cmd(),8,Email addresses;Names
Dear Dora,9,Email addresses;Phone numbers;Names
Dear Emil,12,Email addresses;Names
";
    assert_eq!(desk.text("tell.csv"), want, "{outcome}");
    let mode = std::fs::metadata(desk.path("tell.csv")).expect("a file").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    assert!(outcome.stderr_text().contains("`tell.csv` HOLDS PERSONAL DATA of 4 exposed people"), "{outcome}");
    // All columns, in their order, with a person of several rows.
    desk.write("list.csv", ACCOUNTS);
    desk.leakdex(&format!("{scan} --map customer=ignore --person customer --notify tell.csv")).run_ok();
    let want = "\
customer,email,mobile,data_classes
a,nobody@example.net,,Email addresses;Phone numbers;Names;Passwords
b,carl@example.org,,Email addresses;Names
,emil@example.net,,Email addresses;Names
,emil@example.net,,Email addresses;Names
";
    assert_eq!(desk.text("tell.csv"), want, "the cells of the first row that is exposed");
    desk.refuses("scan list.csv --region CN --notify x --people x", "it is the file of another output", "another name");
}
