//! People instead of rows: what leaked of each of them, in groups, and who has to be told.

use super::desk::Desk;
use serde_json::json;
use std::os::unix::fs::PermissionsExt;

/// Rows of four people: `p1` has two that do not stand together, the last two have no name of their own.
const PEOPLE: &str = "\
who,email,mobile,country,segment,note
p1,anna.maria@example.com,,CN,gold,\"a,b\"
p2,carl@example.org,,DE,gold,=cmd
p1,,+86 139 0013 9002,DE,basic,later
,nobody@example.net,+86 137 0013 7003,DE,basic,
,nobody2@example.net,,DE,basic,
";

const ALL_OF_P1: &str = "Email addresses;Phone numbers;Names;Government issued IDs;Physical addresses";

/// The index of [`Desk::with_index`], and a breach with the telephone of its third person, an identity number and an address.
fn desk() -> Desk {
    let desk = Desk::with_index();
    desk.write("cars.csv", "email,mobile,a,b\nzoe@example.org,13900139002,given,given\n");
    desk.leakdex("ingest cars.csv --breach cars --region CN --map")
        .args(["a=class:Government issued IDs", "--map", "b=class:Physical addresses"])
        .run_ok();
    desk.write("people.csv", PEOPLE);
    desk
}

#[test]
fn rows_of_one_person_are_one_person() {
    let desk = desk();
    let outcome = desk.leakdex("scan people.csv -o e.csv --person who --people p.csv --summary s.json").run_ok();
    let want = format!(
        "row,reference,answer,tier,kinds,unanswered_kinds,breaches,data_classes\n\
         1,,exposed,exact,email;phone,,shop;cars,{ALL_OF_P1}\n\
         2,,exposed,exact,email,,shop,Email addresses;Names\n\
         4,,not found,,,,,\n\
         5,,not found,,,,,\n"
    );
    assert_eq!(desk.text("p.csv"), want);
    // The lines by row stay what they are.
    assert_eq!(desk.text("e.csv").lines().filter(|line| line.starts_with("3,")).count(), 2);
    let summary = desk.json("s.json");
    let people = json!({"exposed": 2, "not_found": 2, "unknown": 0, "not_found_in_part": 0, "by": "person"});
    assert_eq!((&summary["people"], &summary["rows"]), (&people, &5.into()));
    assert_eq!(summary["person_breach_pairs"], 3);
    assert!(outcome.stderr_text().contains("\n4 people in 5 rows\n"), "{outcome}");
    assert!(
        outcome.stderr_text().contains("identity number, phone and address  1  to pose as the person"),
        "{outcome}"
    );
    // A row alone does not show what leaked of the person.
    desk.leakdex("scan people.csv -o e2.csv --people p2.csv --reference who --summary s2.json").run_ok();
    let by_row = desk.json("s2.json");
    assert_eq!((&by_row["people"]["exposed"], &by_row["people"]["by"]), (&3.into(), &"row".into()));
    assert!(desk.text("p2.csv").contains("\n3,p1,exposed,exact,phone,,shop;cars,"), "{}", desk.text("p2.csv"));
}

#[test]
fn people_are_counted_by_what_leaked_together() {
    let desk = desk();
    desk.leakdex("scan people.csv -o e.csv --person who --summary s.json").run_ok();
    let summary = desk.json("s.json");
    let all: Vec<&str> = ALL_OF_P1.split(';').collect();
    let sets = summary["combinations"].as_array().expect("a list");
    assert_eq!(sets.len(), 2, "{summary}");
    assert!(sets.contains(&json!({"data_classes": all, "people": 1})), "{summary}");
    assert!(sets.contains(&json!({"data_classes": ["Email addresses", "Names"], "people": 1})), "{summary}");
    let uses = summary["uses"].as_array().expect("a list");
    let people: Vec<u64> = uses.iter().map(|of| of["people"].as_u64().expect("a count")).collect();
    assert_eq!(people, [1, 1, 0, 0, 0, 1, 1, 2], "{summary}");
    // By row nobody has a telephone number, an identity number and a name in one set but the third row.
    desk.leakdex("scan people.csv -o e2.csv --summary s2.json").run_ok();
    let sum = |summary: &serde_json::Value| -> u64 {
        let sets = summary["combinations"].as_array().expect("a list");
        sets.iter().map(|set| set["people"].as_u64().expect("a count")).sum()
    };
    assert_eq!((sum(&summary), sum(&desk.json("s2.json"))), (2, 3));
}

#[test]
fn people_are_counted_by_columns_of_the_list() {
    let desk = desk();
    let scan = "scan people.csv -o e.csv --summary s.json --force --person who --group-by";
    desk.leakdex(scan).arg("country,segment").run_ok();
    let people = |exposed: u64, not_found: u64| json!({"exposed": exposed, "not_found": not_found, "unknown": 0, "not_found_in_part": 0});
    let want = json!([
        {"values": ["CN", "gold"], "people": people(1, 0)},
        {"values": ["DE", "gold"], "people": people(1, 0)},
        {"values": ["DE", "basic"], "people": people(0, 2)},
    ]);
    assert_eq!(desk.json("s.json")["groups"], want);
    assert_eq!(desk.json("s.json")["group_by"], json!(["country", "segment"]));
    // By row the third one is a group of its own.
    let outcome = desk.leakdex("scan people.csv -o e2.csv --summary s2.json --group-by country").run_ok();
    let want = json!([{"values": ["DE"], "people": people(2, 2)}, {"values": ["CN"], "people": people(1, 0)}]);
    assert_eq!(desk.json("s2.json")["groups"], want);
    assert!(outcome.stderr_text().contains("By group (people)"), "{outcome}");
    for (columns, part) in [("email", "single people"), ("country,mobile", "single people"), ("nosuch", "nosuch")] {
        let outcome = desk.leakdex(scan).arg(columns).run_code(2);
        assert!(outcome.stderr_text().contains(part), "{outcome}");
    }
}

#[test]
fn a_column_of_too_many_groups_is_refused() {
    let desk = desk();
    let rows: String = (0..10_001).map(|n| format!("a{n}@example.org,g{n}\n")).collect();
    desk.write("many.csv", format!("email,segment\n{rows}"));
    let outcome = desk.leakdex("scan many.csv -o e.csv --group-by segment").run_code(2);
    assert!(outcome.stderr_text().contains("more than 10000 different values"), "{outcome}");
    assert!(!desk.path("e.csv").exists());
}

#[test]
fn domains_of_few_people_are_not_named() {
    let desk = desk();
    let rows: String = (0..10).map(|n| format!("a{n}@mail.corp.example\n")).collect();
    desk.write("domains.csv", format!("email\n{rows}carl@example.org\nnone\n"));
    let outcome = desk.leakdex("scan domains.csv -o e.csv --summary s.json --by-domain").run_ok();
    let people = |exposed: u64, not_found: u64, unknown: u64| json!({"exposed": exposed, "not_found": not_found, "unknown": unknown, "not_found_in_part": 0});
    let want = json!({
        "named": [{"domain": "corp.example", "people": people(0, 10, 0)}],
        "other_domains": 1,
        "other_people": people(1, 0, 0),
        "without_domain": people(0, 0, 1),
    });
    assert_eq!(desk.json("s.json")["domains"], want);
    assert!(!outcome.stderr_text().contains("example.org"), "{outcome}");
}

#[test]
fn the_list_of_people_to_tell_has_the_columns_of_the_caller() {
    let desk = desk();
    let outcome =
        desk.leakdex("scan people.csv -o e.csv --person who --notify n.csv --notify-columns who,note").run_ok();
    let want = format!(
        "who,note,leaked_in,leaked_data_classes\n\
         p1,\"a,b\",shop;cars,{ALL_OF_P1}\n\
         p2,'=cmd,shop,Email addresses;Names\n"
    );
    assert_eq!(desk.text("n.csv"), want);
    let mode = desk.path("n.csv").metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(outcome.stderr_text().contains("`n.csv` holds PERSONAL DATA: 2 people"), "{outcome}");
    // All columns, one line a row.
    desk.leakdex("scan people.csv -o e2.csv --notify n2.csv").run_ok();
    let text = desk.text("n2.csv");
    assert!(text.starts_with("who,email,mobile,country,segment,note,leaked_in,leaked_data_classes\n"), "{text}");
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.contains("p1,,'+86 139 0013 9002,DE,basic,later,shop;cars,"), "{text}");
    desk.leakdex("scan people.csv -o e3.csv --notify-columns who").run_code(2);
}

#[test]
fn chance_meetings_are_counted_in_what_was_asked() {
    let desk = desk();
    let scan = |options: &str| {
        desk.leakdex(&format!("scan people.csv -o e.csv --force --summary s.json {options}")).run_ok();
        desk.json("s.json")
    };
    let (all, one) = (scan(""), scan("--breach cars"));
    assert_eq!(all["index"]["digests_asked"], all["index"]["digests"]);
    assert_eq!(one["index"]["digests"], all["index"]["digests"]);
    let (n, q) = (&one["index"]["digests_asked"], &one["probes"]);
    assert!(n.as_u64() < all["index"]["digests"].as_u64() && n.as_u64() > Some(0), "{one}");
    let want = n.as_f64().zip(q.as_f64()).map(|(n, q)| n * q / 2f64.powi(80)).expect("numbers");
    let got = one["expected_false_exposures"].as_f64().expect("a number");
    assert!((got / want - 1.0).abs() < 1e-9, "{got} {want}");
}
