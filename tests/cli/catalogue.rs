//! What is known about breaches: entries before their records, corrections, lists of others.

use super::desk::Desk;
use serde_json::{Value, json};

fn shown(desk: &Desk, name: &str) -> Value {
    let text = desk.leakdex(&format!("breach show {name} --json")).run_ok().stdout_text();
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn an_entry_stands_before_its_records_and_keeps_what_it_says() {
    let desk = Desk::new();
    desk.leakdex("breach add shop --title Shop --breach-date 2021-07 --flag verified --flag stealer-log").run_ok();
    let outcome = desk.leakdex("breach list").run_ok();
    assert!(outcome.stdout_text().contains("no records yet"), "{outcome}");
    desk.leakdex("breach add shop").run_code(2);
    // It covers nothing, so nothing is not found in it.
    let asked = desk.leakdex("check --kind email --json").stdin("anna@example.com\n").run();
    assert!(asked.stdout_text().contains("\"unknown\""), "{asked}");
    desk.write("dump.csv", super::desk::DUMP);
    desk.leakdex("ingest dump.csv --breach shop --region CN").run_ok();
    let breach = shown(&desk, "shop");
    assert_eq!(
        (&breach["title"], &breach["breach_date"], &breach["records"]),
        (&"Shop".into(), &"2021-07".into(), &3.into())
    );
    assert_eq!(breach["about"]["flags"], json!(["stealer_log", "verified"]));
    // Now it has records.
    desk.write("more.csv", "email\neve@example.org\n");
    desk.leakdex("ingest more.csv --breach shop").run_code(2);
}

#[test]
fn an_entry_is_edited_and_answers_stay() {
    let desk = Desk::with_index();
    let scan = "scan list.csv -o e.csv --reference id --force --region CN";
    desk.leakdex(scan).run_ok();
    let before = desk.text("e.csv");
    desk.leakdex("breach edit shop --claimed-count 650000 --retain-until 2020-01-31 --source forum --flag sensitive")
        .run_ok();
    desk.leakdex("breach edit shop --no-flag sensitive --legal-basis").arg("Art. 6 (1) f \u{202e}").run_ok();
    let about = &shown(&desk, "shop")["about"];
    assert_eq!(
        (&about["claimed_count"], &about["source"], &about["flags"]),
        (&650_000.into(), &"forum".into(), &Value::Null)
    );
    let text = desk.leakdex("breach show shop").run_ok().stdout_text();
    assert!(
        text.contains("claimed       650,000") && text.contains("\\u{202e}") && !text.contains('\u{202e}'),
        "{text}"
    );
    desk.leakdex(scan).run_ok();
    assert_eq!(desk.text("e.csv"), before);
    assert!(desk.leakdex("breach list --expired").run_ok().stdout_text().contains("shop"));
    desk.leakdex("breach edit shop --retain-until 9999-12-31").run_ok();
    assert!(!desk.leakdex("breach list --expired").run_ok().stdout_text().contains("shop"));
    desk.leakdex("breach edit shop").args(["--source", ""]).run_ok();
    assert_eq!(shown(&desk, "shop")["about"]["source"], Value::Null);
    let state = desk.state();
    for (arguments, part) in [
        ("breach edit shpo --title x", "no breach `shpo`"),
        ("breach edit shop --retain-until 2027", "YYYY-MM-DD"),
        ("breach edit shop --flag odd", "give one of verified"),
    ] {
        let outcome = desk.leakdex(arguments).run_code(2);
        assert!(outcome.stderr_text().contains(part), "{outcome}");
    }
    assert!(desk.state() == state);
    desk.leakdex("key new other").run_ok();
    desk.leakdex("breach edit shop --title x --key-file other").run_code(2);
    desk.leakdex("verify").run_ok();
}

#[test]
fn a_published_list_fills_the_entries_of_its_names() {
    let desk = Desk::with_index();
    desk.leakdex("breach add unlisted").run_ok();
    let list = json!([
        {"Name": "Shop", "Title": "The <b>Shop</b>", "Domain": "shop.example", "BreachDate": "2019-10-04",
         "AddedDate": "2019-12-04T00:00:00Z", "ModifiedDate": "2022-05-15T23:52:49Z", "PwnCount": 15,
         "Description": "In <a href=\"https://example.org\">2019</a> &amp; later", "DataClasses": ["Email addresses"],
         "IsVerified": true, "IsFabricated": false, "IsSensitive": true, "IsRetired": false, "IsSpamList": false,
         "IsMalware": false, "IsStealerLog": false, "Attribution": null, "DisclosureUrl": "https://example.org/d",
         "LogoPath": "x.png"},
        {"Name": "Elsewhere"},
    ]);
    desk.write("list.json", list.to_string());
    let outcome = desk.leakdex("breach import list.json").run_ok();
    assert!(outcome.stderr_text().contains("not in the list: `unlisted`"), "{outcome}");
    assert!(outcome.stderr_text().contains("1 entries are filled from a list of 2 breaches"), "{outcome}");
    let breach = shown(&desk, "shop");
    assert_eq!((&breach["title"], &breach["breach_date"]), (&"The Shop".into(), &"2019-10-04".into()));
    let about = json!({
        "domain": "shop.example", "added_date": "2019-12-04T00:00:00Z", "modified_date": "2022-05-15T23:52:49Z",
        "pwn_count": 15, "description": "In 2019 & later", "published_data_classes": ["Email addresses"],
        "flags": ["sensitive", "verified"], "disclosure_url": "https://example.org/d",
    });
    assert_eq!(breach["about"], about);
    let state = desk.state();
    desk.write("broken.json", "[{\"Name\": 17}]");
    let outcome = desk.leakdex("breach import broken.json").run_code(2);
    assert!(outcome.stderr_text().contains("line 1"), "{outcome}");
    std::fs::remove_file(desk.path("broken.json")).expect("a file of ours");
    assert!(desk.state() == state);
}
