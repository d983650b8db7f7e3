//! What is known about breaches: entries before their records, corrections, lists of others.

use super::desk::{Desk, Random};
use super::faults::{check_whole, count, temporary_files};
use crate::command::Signal;
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
    desk.refuses("breach add =shop", "name", "");
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
    assert!(desk.leakdex("breach show shop --json").run_ok().stdout_text().contains("f \\u202e"));
    assert!(
        text.contains("claimed       650,000") && text.contains("\\u{202e}") && !text.contains('\u{202e}'),
        "{text}"
    );
    desk.leakdex(scan).run_ok();
    assert_eq!(desk.text("e.csv"), before);
    assert!(desk.leakdex("breach list --expired").run_ok().stdout_text().contains("expired on 2020-01-31"));
    desk.leakdex("breach edit shop --retain-until 9999-12-31").run_ok();
    assert!(!desk.leakdex("breach list --expired").run_ok().stdout_text().contains("shop"));
    desk.leakdex("breach edit shop").args(["--source", "", "--claimed-count", ""]).run_ok();
    let about = &shown(&desk, "shop")["about"];
    assert_eq!((&about["source"], &about["claimed_count"]), (&Value::Null, &Value::Null));
    let state = desk.state();
    for (arguments, part) in [
        ("breach edit shpo --title x", "no breach `shpo`"),
        ("breach edit shop", "nothing is said"),
        ("breach edit shop --retain-until 2027", "YYYY-MM-DD"),
        ("breach edit shop --breach-date 2021-02-30", "YYYY, YYYY-MM or YYYY-MM-DD"),
        ("breach edit shop --data-from 2021-07-01 --data-through 2021-06-30", "behind the end"),
        ("breach edit shop --claimed-count many", "give a number"),
        ("breach edit shop --no-flag odd", "reading `--no-flag`: give one of verified"),
        ("breach edit shop --title x --index nowhere", "nowhere"),
        ("breach import nosuch.json", "nosuch.json"),
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

/// All fields of the model, with one that is not taken.
fn published(name: &str) -> Value {
    json!({"Name": name, "Title": "The <b>Shop</b>", "Domain": "shop.example", "BreachDate": "2019-10-04",
        "AddedDate": "2019-12-04T00:00:00Z", "ModifiedDate": "2022-05-15T23:52:49Z", "PwnCount": 15,
        "Description": "In <a href=\"https://example.org\">2019</a> &amp; later", "DataClasses": ["Email addresses"],
        "IsVerified": true, "IsFabricated": false, "IsSensitive": true, "IsRetired": false, "IsSpamList": false,
        "IsMalware": false, "IsStealerLog": false, "Attribution": null, "DisclosureUrl": "https://example.org/d",
        "LogoPath": "x.png"})
}

#[test]
fn a_published_list_fills_the_entries_of_its_names() {
    let desk = Desk::with_index();
    desk.leakdex("breach add unlisted").run_ok();
    desk.write("list.json", json!([published("Shop"), {"Name": "Elsewhere"}]).to_string());
    let outcome = desk.leakdex("breach import list.json").run_ok();
    for note in [
        "not in the list: `unlisted`",
        "fields that are not taken: `LogoPath`",
        "one entry is filled from a list of 2 breaches",
    ] {
        assert!(outcome.stderr_text().contains(note), "{outcome}");
    }
    let breach = shown(&desk, "shop");
    assert_eq!((&breach["title"], &breach["breach_date"]), (&"The Shop".into(), &"2019-10-04".into()));
    let about = json!({
        "domain": "shop.example", "added_date": "2019-12-04T00:00:00Z", "modified_date": "2022-05-15T23:52:49Z",
        "pwn_count": 15, "description": "In 2019 & later", "published_data_classes": ["Email addresses"],
        "flags": ["sensitive", "verified"], "disclosure_url": "https://example.org/d",
    });
    assert_eq!(breach["about"], about);
    let text = desk.leakdex("breach show shop").run_ok().stdout_text();
    for value in ["The Shop", "2022-05-15T23:52:49Z", "accounts      15", "In 2019 & later", "sensitive; verified"] {
        assert!(text.contains(value), "{value}\n{text}");
    }
    assert!(desk.leakdex("breach list").run_ok().stdout_text().contains("sensitive; verified"));
    let generation = desk.leakdex("stats --json").run_ok().stdout_text();
    let again = desk.leakdex("breach import list.json").run_ok();
    assert!(!again.stderr_text().contains("replaced"), "{again}");
    assert_eq!(desk.leakdex("stats --json").run_ok().stdout_text(), generation, "nothing new is no commit");
    // What somebody has entered is not replaced in silence.
    desk.leakdex("breach edit shop --breach-date 2018").args(["--title", "Our Shop"]).run_ok();
    let other = desk.leakdex("breach import list.json").run_ok();
    let note = "replaced by what the list says, having been something else: `title of shop`, `date of shop`";
    assert!(other.stderr_text().contains(note), "{other}");
}

#[test]
fn one_breach_fills_an_entry_of_another_name_and_new_ones_are_made_if_asked_for() {
    let desk = Desk::with_index();
    desk.write("one.json", format!("\u{feff}{}", published("TheShop")));
    desk.refuses("breach import one.json", "no breach of the list has the name of an entry", "--match");
    desk.refuses("breach import one.json --match shop", "it has no `=`", "");
    desk.refuses("breach import one.json --match shop=Shop", "the list has no breach `Shop`", "");
    desk.refuses("breach import one.json --match shpo=TheShop", "the index has no breach `shpo`", "");
    desk.refuses(
        "breach import one.json --match shop=TheShop --match shop=theshop",
        "names the entry `shop` twice",
        "",
    );
    let outcome = desk.leakdex("breach import one.json --add --match shop=theshop").run_ok();
    assert!(outcome.stderr_text().contains("one entry is filled from a list of 1 breach"), "{outcome}");
    assert_eq!(shown(&desk, "shop")["about"]["pwn_count"], 15);
    desk.write("list.json", json!([published("shop"), {"Name": "Elsewhere"}]).to_string());
    let outcome = desk.leakdex("breach import list.json --add").run_ok();
    assert!(outcome.stderr_text().contains("one entry is filled, one is new, from a list of 2 breaches"), "{outcome}");
    let names: Vec<Value> =
        serde_json::from_str(&desk.leakdex("breach list --json").run_ok().stdout_text()).expect("JSON");
    assert_eq!(names.iter().map(|breach| &breach["name"]).collect::<Vec<_>>(), ["shop", "Elsewhere"]);
    desk.leakdex("verify").run_ok();
}

#[test]
fn a_damaged_list_changes_nothing() {
    let desk = Desk::with_index();
    let whole = json!([published("shop"), published("other")]).to_string();
    let (mut odd, mut twice) = (published("shop"), published("SHOP"));
    odd["PwnCount"] = json!("secret");
    twice["PwnCount"] = json!(16);
    for (text, part) in [
        (whole[..whole.len() / 2].to_string(), "line 1"),
        (json!([{"Name": 17}]).to_string(), "breach 1 of it has a `Name` that is no text"),
        (json!([published("a"), odd]).to_string(), "breach 2 of it has a `PwnCount` that is no number"),
        (json!([published("shop"), twice]).to_string(), "the breach `SHOP` stands in it twice"),
        (json!([published("shop"), {"Name": "x\u{1b}[2J"}]).to_string(), "name"),
        (String::new(), "line 1"),
    ] {
        desk.write("list.json", text);
        let outcome = desk.refuses("breach import list.json --add", part, "");
        assert!(!outcome.stderr_text().contains("secret") && !outcome.stderr_text().contains('\u{1b}'), "{outcome}");
    }
    desk.write("list.json", json!([published("shop"), published("shop")]).to_string());
    let outcome = desk.leakdex("breach import list.json").run_ok();
    assert!(outcome.stderr_text().contains("one breach stands in the list twice"), "{outcome}");
}

#[test]
fn a_kill_at_any_moment_leaves_the_old_catalogue_or_the_new_one() {
    let desk = Desk::with_index();
    let mut random = Random(29);
    let started = std::time::Instant::now();
    desk.leakdex("breach edit shop --title T0").run_ok();
    let whole = started.elapsed();
    let (mut generation, mut title) = (check_whole(&desk, "at first"), "T0".to_string());
    for number in 1..=count(20) {
        let next = format!("T{number}");
        let delay = whole.mul_f64(random.below(1000) as f64 / 1000.0);
        let mut running = desk.leakdex(&format!("breach edit shop --title {next} --flag verified")).start();
        if !running.closes_within(delay) {
            running.signal(Signal::KILL);
        }
        let code = running.end().code;
        let place = format!("kill {number} after {delay:?} of {whole:?}");
        let now = check_whole(&desk, &place);
        if now > generation {
            (generation, title) = (now, next);
        }
        assert_eq!(shown(&desk, "shop")["title"], title, "{place}");
        assert!(code != Some(0) || title == format!("T{number}"), "{place}: a commit that was reported is gone");
    }
    desk.leakdex("breach edit shop --title last").run_ok();
    assert_eq!(temporary_files(&desk), Vec::<String>::new(), "the next writer sweeps");
}
