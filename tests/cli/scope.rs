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
