//! What the index cannot speak about is unknown: a misspelt scope or a kind that nothing covers never reads as clean.

use super::desk::{Desk, expect_no_value};

/// An index with staff numbers under the scope `acme` beside the shop.
fn desk_with_staff() -> Desk {
    let desk = Desk::with_index();
    desk.write("staff.csv", "employee_no,name\nE-0100,Anna\nE-0200,Carl\n");
    desk.leakdex("ingest staff.csv --breach staff --scope Acme").run_ok();
    desk
}

#[test]
fn the_right_scope_finds() {
    let desk = desk_with_staff();
    for scope in ["Acme", "acme", " ACME ", "\u{ff21}cme"] {
        let outcome = desk.leakdex("scan staff.csv --quiet --exit-code --scope").arg(scope).run_code(1);
        let lines: Vec<String> = outcome.stdout_text().lines().skip(1).map(String::from).collect();
        let line = |row| format!("{row},,employee_no,exact,staff,Names;Employee numbers");
        assert_eq!(lines, [line(1), line(2)], "{scope}");
    }
}

#[test]
fn another_scope_is_unknown() {
    let desk = desk_with_staff();
    for scope in ["--scope=Acmee", "--scope=acme.", ""] {
        let arguments = format!("scan staff.csv {scope} --summary s.json --force");
        let outcome = desk.leakdex(&arguments).run_code(3);
        assert_eq!(outcome.stdout_text().lines().count(), 1, "only the header\n{outcome}");
        let text = outcome.stderr_text();
        assert!(text.contains("the index holds this kind only under another scope: check `--scope`"), "{outcome}");
        assert!(text.contains("employee_no  nothing: unknown"), "{outcome}");
        let summary = desk.json("s.json");
        assert_eq!(summary["people"]["unknown"], 2, "{summary}");
        assert_eq!(summary["people"]["not_found"], 0, "{summary}");
        assert_eq!(summary["kinds"]["employee_no"]["not_covered"], "other_scope");
        assert_eq!(summary["complete"], false);
        assert_eq!(summary["coverage"]["employee_no"], serde_json::json!([]));
        let check = format!("check E-0100 --kind employee_no {scope}");
        assert_eq!(desk.leakdex(&check).run_code(3).stdout_text(), "1\temployee_no\tunknown\tother scope\n");
        let json = desk.leakdex(&format!("{check} --json")).run_code(3).stdout_text();
        assert!(json.contains("\"answer\":\"unknown\",\"reason\":\"other_scope\""), "{json}");
    }
}

#[test]
fn a_kind_that_no_breach_holds_is_unknown() {
    let desk = Desk::with_index();
    desk.write("cars.csv", "vin\n1M8GDM9AXKP042788\n5GZCZ43D13S812715\n");
    let outcome = desk.leakdex("scan cars.csv --summary s.json").run_code(3);
    assert!(outcome.stderr_text().contains("no breach in this index holds this kind"), "{outcome}");
    let summary = desk.json("s.json");
    assert_eq!((&summary["people"]["unknown"], &summary["people"]["not_found"]), (&2.into(), &0.into()));
    assert_eq!(summary["kinds"]["vin"]["not_covered"], "not_held");
    let check = desk.leakdex("check 1M8GDM9AXKP042788 --kind vin").run_code(3);
    assert_eq!(check.stdout_text(), "1\tvin\tunknown\tnot held\n");
    let plate = desk.leakdex("check --kind plate").arg("\u{4eac}A12345").run_code(3);
    assert_eq!(plate.stdout_text(), "1\tplate\tunknown\tnot held\n");
}

#[test]
fn a_column_beside_others_that_nothing_covers_is_said_once() {
    let desk = Desk::with_index();
    let list = "email,vin\ncarl@example.org,1M8GDM9AXKP042788\nnobody@example.net,5GZCZ43D13S812715\n";
    desk.write("cars.csv", list);
    let arguments = "scan cars.csv --unknown unknown.csv --summary s.json";
    let outcome = desk.leakdex(arguments).run_ok();
    assert_eq!(outcome.stderr_text().matches("no breach in this index holds this kind").count(), 1, "{outcome}");
    assert_eq!(desk.text("unknown.csv"), "row,reference,kind,reason\n", "not once per row");
    let kind = &desk.json("s.json")["kinds"]["vin"];
    assert_eq!((&kind["unknown"], &kind["not_found"], &kind["exposed"]), (&2.into(), &0.into(), &0.into()));
    expect_no_value(&outcome);
}

#[test]
fn only_the_named_breach_answers() {
    let desk = desk_with_staff();
    let emails = |options: &str| desk.leakdex(&format!("scan list.csv --region CN --quiet {options}"));
    assert_eq!(emails("--breach shop").run_ok().stdout_text().lines().count(), 5);
    let outcome = emails("--breach staff --summary s.json").run_code(3);
    assert_eq!(outcome.stdout_text().lines().count(), 1, "the staff breach has no addresses\n{outcome}");
    assert_eq!(desk.json("s.json")["people"]["not_found"], 0, "and so nothing is not found");
    assert_eq!(emails("--breach staff --breach shop").run_ok().stdout_text().lines().count(), 5);
}

#[test]
fn refused_values_are_unknown_with_their_reason() {
    let desk = Desk::with_index();
    let values = ["carl@example.org", "c***@example.org", "N/A", "carl-at-example.org", "", "nobody@example.net"];
    let list: String = values.iter().enumerate().map(|(i, value)| format!("{i},{value}\n")).collect();
    desk.write("list.csv", format!("id,email\n{list}"));
    let arguments = "scan list.csv --reference id --unknown unknown.csv --summary s.json --quiet";
    let outcome = desk.leakdex(arguments).run_ok();
    assert_eq!(outcome.stdout_text().lines().nth(1), Some("1,0,email,exact,shop,Email addresses;Names"));
    let unknown = "row,reference,kind,reason\n2,1,email,masked\n3,2,email,placeholder\n4,3,email,syntax\n5,4,,empty\n";
    assert_eq!(desk.text("unknown.csv"), unknown);
    let people = &desk.json("s.json")["people"];
    assert_eq!((&people["exposed"], &people["not_found"], &people["unknown"]), (&1.into(), &1.into(), &4.into()));
}

#[test]
fn values_in_very_many_records_are_unknown() {
    let desk = Desk::new();
    let rows: String = (0..1500).map(|row| format!("p{row}@example.com,400-812-3123\n")).collect();
    desk.write("dump.csv", format!("email,phone\n{rows}"));
    let outcome = desk.leakdex("ingest dump.csv --breach shop --region CN").run_ok();
    assert!(outcome.stderr_text().contains("2 digests stand for more than 1,000 records each"), "{outcome}");
    desk.write("list.csv", "phone\n4008123123\n");
    let outcome = desk.leakdex("scan list.csv --region CN --unknown unknown.csv --quiet").run();
    assert_eq!(outcome.stdout_text().lines().count(), 1, "{outcome}");
    assert_eq!(desk.text("unknown.csv"), "row,reference,kind,reason\n1,,phone,shared_value\n");
    let check = desk.leakdex("check 4008123123 --region CN --kind phone").run_ok();
    assert_eq!(check.stdout_text(), "1\tphone\tunknown\tshared value\n");
}

#[test]
fn a_breach_with_too_many_rejects_says_so_with_every_answer() {
    let desk = Desk::with_index();
    desk.write("poor.csv", "email\nerik@example.com\nx\ny\n");
    let outcome = desk.leakdex("ingest poor.csv --breach poor").run_code(3);
    assert!(outcome.stderr_text().contains("`poor` is marked incomplete"), "{outcome}");
    assert!(desk.leakdex("breach show poor").run_ok().stdout_text().contains("complete      no"));
    let outcome = desk.leakdex("scan list.csv --region CN").run_code(3);
    assert!(outcome.stderr_text().contains("`poor` is incomplete"), "{outcome}");
    desk.leakdex("scan list.csv --region CN --breach shop").run_ok();
    desk.write("poor2.csv", "email\nfrieda@example.com\nx\ny\n");
    desk.leakdex("ingest poor2.csv --breach poor2 --max-rejects 70%").run_ok();
}
