//! What a claim says of time and of numbers: never more than follows.

use super::desk::{Desk, Random};
use super::people::{date, pair};
use serde_json::{Value, json};

/// The rows of a sample.
fn sample(people: impl IntoIterator<Item = u64>) -> String {
    "email,phone\n".to_string() + &people.into_iter().map(|person| pair(person) + "\n").collect::<String>()
}

/// Different numbers below `all`.
fn some(random: &mut Random, count: usize, all: u64) -> Vec<u64> {
    let mut drawn = std::collections::BTreeSet::new();
    while drawn.len() < count {
        drawn.insert(random.below(all));
    }
    drawn.into_iter().collect()
}

#[track_caller]
fn answer(desk: &Desk, command: &str) -> Value {
    serde_json::from_str(&desk.leakdex(&format!("{command} --quiet --json")).run_ok().stdout_text()).expect("JSON")
}

const CLAIM: &str = "claim sample.csv --against crm.csv";

#[test]
fn most_matches_never_lie_behind_the_window() {
    let desk = Desk::new();
    let rows: String = (0..3000).map(|n| format!("{},{}\n", pair(n), date(n))).collect();
    desk.write("crm.csv", format!("email,phone,created\n{rows}"));
    let mut random = Random(51);
    for run in 0..8 {
        // The three oldest rows, and others of any age.
        let later: Vec<u64> = some(&mut random, 37, 2997).into_iter().map(|n| n + 3).collect();
        let newest = *later.last().expect("one");
        desk.write("sample.csv", sample((0..3).chain(later)));
        let found = answer(&desk, &format!("{CLAIM} --created-column created"));
        let window = &found["lists"][0]["window"];
        assert_eq!(window["not_before"], date(newest), "run {run}: {window:#}");
        assert_eq!((&window["absent_rows"]["people"], &found["verdict"]), (&40.into(), &"genuine".into()));
        let end = window["not_after"].as_str().unwrap_or("9999");
        assert!(end > date(newest).as_str(), "run {run}: {window:#}");
    }
}

/// Rows of one person say one thing, however many there are.
#[test]
fn people_with_many_rows_are_no_end_of_the_window() {
    let desk = Desk::new();
    let mut random = Random(52);
    let mut early = 0;
    for _ in 0..12 {
        let mut rows = String::from("email,phone,created\n");
        for person in 0..1500 {
            let row = format!("{},{}\n", pair(person), date(random.below(3000)));
            (0..=random.below(12)).for_each(|_| rows += &row);
        }
        desk.write("crm.csv", rows);
        desk.write("sample.csv", sample(some(&mut random, 100, 1500)));
        let found = answer(&desk, &format!("{CLAIM} --created-column created"));
        early += u64::from(!found["lists"][0]["window"]["not_after"].is_null());
    }
    assert_eq!(early, 0, "all of these samples are of the last day");
}

/// Records of ours beside others that were stitched together from ours: nothing of them was changed.
#[test]
fn what_was_stitched_was_not_changed() {
    let desk = Desk::new();
    let mut random = Random(53);
    let mut rows = String::from("email,phone,created,updated\n");
    for person in 0..3000 {
        let created = random.below(2000);
        // Some have several rows, and the last of them is changed later.
        for _ in 0..=random.below(3) {
            rows += &format!("{},{},{}\n", pair(person), date(created), date(created + random.below(1000)));
        }
    }
    desk.write("crm.csv", rows);
    for foreign in [false, true] {
        for _ in 0..4 {
            let [ours, one, other] = [0, 1, 2].map(|_| some(&mut random, 250, 3000));
            let stitched = one.iter().zip(other.iter().rev()).map(|(one, other)| {
                // The number of somebody else, of the list or of no list.
                let other = pair(if foreign { other + 10_000 } else { *other });
                let (one, (_, other)) = (pair(*one), other.split_once(',').expect("two"));
                format!("{},{other}\n", one.split(',').next().expect("one"))
            });
            desk.write("sample.csv", sample(ours) + &stitched.collect::<String>());
            let command = format!("{CLAIM} --created-column created --updated-column updated");
            let found = answer(&desk, &command);
            let list = &found["lists"][0];
            assert_eq!(
                (&found["verdict"], &list["window"]["changed_rows"]),
                (&"partly".into(), &Value::Null),
                "{list:#}"
            );
            assert_eq!(list["window"]["not_after"], Value::Null, "{list:#}");
            let differ = list["changed"]["differ"].as_u64().expect("a number");
            assert!(if foreign { differ > 240 } else { differ < 5 }, "{list:#}");
            let screen = desk.leakdex(&format!("{command} --quiet")).run_ok().stdout_text();
            assert!(!screen.contains("stood there before"), "{screen}");
        }
    }
}

/// Newer rows match: then what differs was not changed behind the extract.
#[test]
fn no_change_bounds_the_window_before_its_beginning() {
    let desk = Desk::new();
    let row = |n: u64| format!("{},{},{}\n", pair(n), date(n), date(n + 5));
    desk.write("crm.csv", "email,phone,created,updated\n".to_string() + &(0..1000).map(row).collect::<String>());
    // Of the rows of some months many have another number in the sample, and of those before and behind none.
    let altered = |n: u64| {
        let other = pair(n + 5000);
        let email = pair(n);
        format!("{},{}\n", email.split(',').next().expect("one"), other.split(',').nth(1).expect("two"))
    };
    let rows = (0..1000).map(|n| if (500..950).contains(&n) { altered(n) } else { pair(n) + "\n" });
    desk.write("sample.csv", sample([]) + &rows.collect::<String>());
    let command = format!("{CLAIM} --created-column created --updated-column updated");
    let found = answer(&desk, &command);
    let window = &found["lists"][0]["window"];
    assert_eq!((&window["not_before"], &window["not_after"]), (&date(999).into(), &Value::Null), "{window:#}");
    assert_eq!(window["changed_rows"], Value::Null);
    let screen = desk.leakdex(&format!("{command} --quiet --report r.md")).run_ok().stdout_text();
    let said = "450 of 1,000 records differ from their row in one identifier, but newer rows match: the sample was altered, or is not of one day";
    assert!(screen.contains(said) && desk.text("r.md").contains(said), "{screen}");
}

#[test]
fn no_day_is_said_of_a_list_that_the_sample_is_not_from() {
    let desk = Desk::new();
    let rows =
        |people: std::ops::Range<u64>| people.map(|n| format!("{},{}\n", pair(n), date(n * 5))).collect::<String>();
    desk.write("crm.csv", format!("email,phone,created\n{}", rows(0..500)));
    // Numbers of the same people, with the addresses of others.
    let numbers =
        |n: u64| format!("x{n}@lettermail.net,{},{}\n", pair(n).split(',').nth(1).expect("two"), date(n * 50));
    desk.write("news.csv", "email,phone,created\n".to_string() + &(0..60).map(numbers).collect::<String>());
    // A few of them, as they are.
    desk.write("shop.csv", format!("email,phone,created\n{}", rows(20..60)));
    desk.write("sample.csv", sample(0..200));
    let command = "claim sample.csv --against crm.csv news.csv shop.csv --created-column created";
    let found = answer(&desk, command);
    let [crm, news, shop] = [0, 1, 2].map(|list| &found["lists"][list]);
    assert_eq!((&found["best_list"], &crm["window"]["not_before"]), (&"crm.csv".into(), &date(995).into()));
    assert_eq!((&news["joint"], &news["matched"], &news["window"]), (&0.into(), &60.into(), &Value::Null));
    assert_eq!((&shop["joint"], &shop["window"]), (&40.into(), &Value::Null));
    let screen = desk.leakdex(&format!("{command} --quiet --report r.md")).run_ok().stdout_text();
    for text in [screen, desk.text("r.md")] {
        assert!(text.contains("`crm.csv`: extracted between "), "{text}");
        assert!(!text.contains("`news.csv`: extracted") && !text.contains("`shop.csv`: extracted"), "{text}");
    }
    // Of two lists that it was taken from both are dated.
    desk.write("shop.csv", format!("email,phone,created\n{}", rows(600..900)));
    desk.write("sample.csv", sample((0..200).chain(600..680)));
    let found = answer(&desk, command);
    assert_eq!(found["lists"][2]["window"]["not_before"], date(679 * 5), "{found:#}");
}

/// A record that was written twenty times is one.
#[test]
fn what_repeats_a_record_counts_once() {
    let desk = Desk::new();
    desk.write("crm.csv", sample(0..1000));
    let check = |people: u64, times: usize, verdict: &str| {
        let rows = (0..times).flat_map(|_| 0..people);
        desk.write("sample.csv", sample(rows));
        let found = answer(&desk, &format!("{CLAIM} --claimed 100000"));
        assert_eq!(found["verdict"], verdict, "{people} times {times}: {found:#}");
        let facts = &found["sample"];
        let want = (people * times as u64, people, people * (times as u64 - 1));
        assert_eq!(
            (&facts["records"], &facts["comparable"], &facts["repeats"]),
            (&want.0.into(), &want.1.into(), &want.2.into())
        );
        assert_eq!((&found["joint"]["records"], &found["joint"]["of"]), (&people.into(), &people.into()));
        assert_eq!(facts["kinds"]["email"]["matched"], people);
    };
    check(1, 20, "cannot_tell");
    check(1, 25, "cannot_tell");
    check(1, 250, "cannot_tell");
    check(3, 25, "cannot_tell");
    check(50, 10, "genuine");
    let screen = desk.leakdex(&format!("{CLAIM} --quiet --report r.md")).run_ok().stdout_text();
    let said = "450 records have the very identifiers of an earlier one, and count once with it";
    assert!(screen.contains(said) && desk.text("r.md").contains(said), "{screen}");
    // An older breach holds them once too.
    desk.write("old.csv", sample(0..50));
    desk.leakdex("ingest old.csv --breach old").run_ok();
    let found = answer(&desk, &format!("{CLAIM} --index index"));
    let recycled = &found["recycled"];
    assert_eq!(
        (&recycled["of"], &recycled["every_identifier"], &found["verdict"]),
        (&50.into(), &50.into(), &"recycled".into())
    );
}

/// Numbers of a claim: what was seen is certain, and nothing is more than there is.
#[test]
fn what_is_claimed_is_never_more_than_possible() {
    let desk = Desk::new();
    desk.write("crm.csv", sample(0..3000));
    desk.write("sample.csv", sample((0..350).chain(5000..5150)));
    let check = |claimed: u64, contradicted: bool, want: Value, says: &str| {
        let command = format!("{CLAIM} --claimed {claimed}");
        let claimed = &answer(&desk, &command)["claimed"];
        assert_eq!(claimed["contradicted_by_sample"], contradicted, "{claimed:#}");
        assert_eq!(claimed["assuming_a_random_sample"]["joint"], want, "{claimed:#}");
        let screen = desk.leakdex(&format!("{command} --quiet --force --report r.md")).run_ok().stdout_text();
        assert!(screen.contains(says) && desk.text("r.md").contains(&says[1..]), "{screen}");
    };
    let between = |low: u64, high: u64| json!({"low_95": low, "high_95": high});
    check(501, false, between(350, 351), ": 350 to 351 match jointly (95 %)");
    check(500, false, between(350, 350), "350 match jointly");
    check(400, true, Value::Null, "500 different records: the claim contradicts it");
    // By SciPy: 350 of 500 drawn, of 4,000; and of 4,500, of which not more than 3,000 can be ours.
    check(4000, false, between(2642, 2949), ": 2,642 to 2,949 match jointly (95 %)");
    check(4500, false, between(2971, 3000), ": 2,971 to 3,000 match jointly (95 %)");
    let refuted = json!({"refuted": true, "would_be_at_least": 65_784});
    check(100_000, false, refuted, "the sample is no random part of the claim: else 65,784 would match jointly");
}

/// One sentence is the same on the screen and in every report, and what the screen shows of a kind the page shows too.
#[test]
fn screen_and_page_say_the_same() {
    let desk = Desk::new();
    let name = |n: u64| pair(n).split('@').next().unwrap_or_default().to_string();
    let row = |n: u64| format!("{},{},{}\n", pair(n), name(n), date(n * 5));
    desk.write("crm.csv", "email,phone,username,created\n".to_string() + &(0..500).map(row).collect::<String>());
    let row = |n: u64| format!("{},{}\n", pair(n), name(n));
    desk.write("sample.csv", "email,phone,username\n".to_string() + &(0..200).map(row).collect::<String>());
    let command = format!("{CLAIM} --created-column created --claimed 2000 --quiet");
    let screen = desk.leakdex(&format!("{command} --report r.md")).run_ok().stdout_text();
    desk.leakdex(&format!("{command} --report r.html")).run_ok();
    let (page, html) = (desk.text("r.md"), desk.text("r.html"));
    let after = |head: &str| {
        let rest = screen.split(&format!("\n{head}")).nth(1).expect("a part");
        rest.lines().skip(1).take_while(|line| !line.is_empty()).map(|line| line.trim().to_string()).collect::<Vec<_>>()
    };
    for sentence in after("When it was taken").into_iter().chain(after("Claimed")) {
        assert!(page.contains(&sentence[1..]), "{sentence}\n{page}");
    }
    assert!(html.contains("data-key=\"sample.kinds.username.derived\""), "{html}");
    assert!(html.contains("200 values of ") && html.contains("are made of the address"), "{html}");
}

/// A number that only we give out does not come from anywhere; but numbers can be counted up.
#[test]
fn numbers_of_ours_alone_are_not_from_anywhere() {
    let desk = Desk::new();
    let number = |n: u64| 70_000 + n * 7;
    let rows: String = (0..500).map(|n| format!("{},{}\n", number(n), pair(n))).collect();
    desk.write("crm.csv", format!("customer_no,email,phone\n{rows}"));
    let rows: String = (0..100).map(|n| format!("{}\n", number(n * 3))).collect();
    desk.write("sample.csv", format!("customer_no\n{rows}"));
    let reasons = answer(&desk, CLAIM)["reasons"].to_string();
    assert!(reasons.contains("match, but alone") && !reasons.contains("from anywhere"), "{reasons}");
}

/// Records that share an address are of one person, whatever else they have.
#[test]
fn records_that_share_a_value_are_one_person() {
    let desk = Desk::new();
    let row = |n: u64| format!("p{:x}@lettermail.net,{}", n / 3 * 7919, pair(n).split(',').nth(1).expect("two"));
    let rows: String = (0..900).map(|n| format!("{},{}\n", row(n), date(n / 3))).collect();
    desk.write("crm.csv", format!("email,phone,created\n{rows}"));
    let rows: String = (0..150).map(|n| row(n) + "\n").collect();
    desk.write("sample.csv", format!("email,phone\n{rows}"));
    let found = answer(&desk, &format!("{CLAIM} --created-column created"));
    let window = &found["lists"][0]["window"];
    assert_eq!((&found["joint"]["records"], &window["absent_rows"]["people"]), (&150.into(), &50.into()), "{window:#}");
    assert_eq!(window["not_before"], date(49));
}
