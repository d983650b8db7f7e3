//! What is removed answers no more, at once; and is gone from the disk after a compaction.

use super::desk::{DUMP, Desk, EXPOSURES, expect_error, large_dump};
use crate::command::Signal;
use serde_json::Value;
use std::fs;
use std::time::Duration;

const SCAN: &str = "scan list.csv --region CN --reference id --quiet";

fn names(desk: &Desk) -> Vec<String> {
    let list = desk.leakdex("breach list --json").run_ok().stdout_text();
    let list: Value = serde_json::from_str(&list).expect("JSON");
    list.as_array().expect("breaches").iter().map(|breach| breach["name"].as_str().expect("a name").into()).collect()
}

fn records_of_example_org(desk: &Desk) -> Vec<(String, u64)> {
    let outcome = desk.leakdex("check --kind email_domain --json").stdin("example.org\n").run();
    let answer: Value = serde_json::from_str(&outcome.stdout_text()).expect("JSON");
    let exposures = answer["exposures"].as_array().expect("exposures");
    let number = |found: &Value| found["records"].as_u64().expect("a number");
    exposures.iter().map(|found| (found["breach"].as_str().expect("a name").to_owned(), number(found))).collect()
}

#[test]
fn a_removed_breach_answers_no_more_and_leaves_the_disk_at_the_next_compaction() {
    let desk = Desk::with_index();
    desk.write("other.csv", DUMP.replace("Dora", "Dorothea"));
    desk.leakdex("ingest other.csv --breach other --region CN").run_ok();
    let segments = desk.segments();
    let outcome = desk.leakdex("breach remove shop").run_ok();
    assert!(outcome.stderr_text().contains("`shop` answers no more"), "{outcome}");
    assert_eq!((names(&desk), desk.segments()), (vec!["other".to_owned()], segments.clone()));
    let only_other = EXPOSURES.replace(",shop,", ",other,");
    assert_eq!(desk.leakdex(SCAN).run_ok().stdout_text(), only_other);
    desk.refuses(&format!("{SCAN} --breach shop"), "no breach `shop`", "");
    desk.refuses("breach show shop", "no breach `shop`", "breach list");
    desk.refuses("breach remove shop", "no breach `shop`", "breach list");
    desk.leakdex("verify").run_ok();
    desk.refuses("verify --removed", "records of removed breaches are left", "`leakdex compact` drops them");
    let stats = desk.leakdex("stats").run_ok().stdout_text();
    assert!(
        stats.contains("`shop` is removed; one segment holds at most 5 values of it until `leakdex compact`\n"),
        "{stats}"
    );
    let stats: Value = serde_json::from_str(&desk.leakdex("stats --json").run_ok().stdout_text()).expect("JSON");
    let removed = &stats["removed_not_compacted"][0];
    assert_eq!((&removed["breach"], &removed["values_at_most"]), (&"shop".into(), &5.into()));
    let of_shop =
        stats["segments"].as_array().expect("segments").iter().find(|segment| segment["id"] == removed["segments"][0]);
    let of_shop = of_shop.expect("its segment");
    assert_eq!(of_shop["breaches"], serde_json::json!([{"breach": "shop", "removed": true}]));
    let counted: Value =
        serde_json::from_str(&desk.leakdex("stats --count --json").run_ok().stdout_text()).expect("JSON");
    let breaches: Vec<&Value> =
        counted["segments"].as_array().expect("segments").iter().map(|segment| &segment["breaches"][0]).collect();
    assert!(breaches.iter().all(|breach| breach["records"] == 9) && breaches.len() == 2, "{counted}");
    assert_eq!((&stats["breaches"], stats["kinds"].as_array().map(Vec::len)), (&1.into(), Some(3)), "{stats}");
    let touched = ["held_bytes", "line_bytes", "record_bytes"].map(|name| stats["memory"][name].as_u64());
    // Two segments: a line each, and the header with the small sections.
    assert!(touched[0] > Some(2 * 4096) && touched[1] == Some(2 * 64) && touched[2] > Some(100), "{stats}");
    let left = desk.leakdex("verify --removed").run_code(2).stdout_text();
    assert!(left.contains(": 9 digests of `shop`, which was removed\n"), "{left}");
    desk.leakdex("compact").run_ok();
    assert_eq!(desk.segments().len(), 1);
    let stats: Value = serde_json::from_str(&desk.leakdex("stats --json").run_ok().stdout_text()).expect("JSON");
    assert_eq!((&stats["removed_not_compacted"], &stats["digests"]), (&serde_json::json!([]), &9.into()));
    let verified = desk.leakdex("verify --removed").run_ok().stdout_text();
    assert!(verified.contains("removed: 1 breach, and no record of them is left\n"), "{verified}");
    assert_eq!(desk.leakdex(SCAN).run_ok().stdout_text(), only_other);
}

#[test]
fn of_a_merged_segment_the_removed_records_leave_and_the_others_stay() {
    let desk = Desk::with_index();
    for number in 0..8 {
        let shared = large_dump(7, 500);
        desk.write("next.csv", large_dump(20 + number, 500) + &shared[shared.find('\n').expect("a header") + 1..]);
        desk.leakdex(&format!("ingest next.csv --breach b{number} --quiet")).run_ok();
    }
    assert_eq!(desk.segments().len(), 1);
    let list = large_dump(7, 500) + &large_dump(23, 500)[12..];
    desk.write("people.csv", list);
    let before = desk.leakdex("scan people.csv --quiet").run_ok().stdout_text();
    assert!(before.contains(",b3,") && before.contains(",b4,"));
    let without: String =
        before.lines().filter(|line| !line.contains(",b3,")).map(|line| format!("{line}\n")).collect();
    desk.leakdex("breach remove b3 --quiet").run_ok();
    assert!(desk.leakdex("scan people.csv --quiet").run_ok().stdout_text() == without, "at once");
    let segments = desk.segments();
    desk.leakdex("compact --quiet").run_ok();
    assert_ne!(desk.segments(), segments);
    assert!(desk.leakdex("scan people.csv --quiet").run_ok().stdout_text() == without, "after the compaction");
    desk.leakdex("verify --removed").run_ok();
    assert_eq!(
        desk.leakdex("scan list.csv --region CN --reference id --breach shop --quiet").run_ok().stdout_text(),
        EXPOSURES
    );
}

#[test]
fn a_breach_can_come_again_and_what_was_removed_stays_away() {
    let desk = Desk::with_index();
    assert_eq!(records_of_example_org(&desk), [("shop".to_owned(), 2)]);
    for round in 0..3 {
        desk.leakdex("breach remove shop --quiet").run_ok();
        assert_eq!(records_of_example_org(&desk), [], "round {round}");
        // The same file is no identical input any more.
        desk.leakdex("ingest dump.csv --breach shop --region CN --quiet").run_ok();
        assert_eq!(records_of_example_org(&desk), [("shop".to_owned(), 2)], "round {round}");
        assert_eq!(desk.leakdex(SCAN).run_ok().stdout_text(), EXPOSURES, "round {round}");
        if round == 1 {
            desk.leakdex("compact --quiet").run_ok();
        }
    }
    desk.leakdex("compact --all --quiet").run_ok();
    assert_eq!((desk.segments().len(), records_of_example_org(&desk)), (1, vec![("shop".to_owned(), 2)]));
    desk.leakdex("verify --removed").run_ok();
}

#[test]
fn the_last_breach_leaves_an_empty_index() {
    let desk = Desk::with_index();
    desk.leakdex("breach remove shop --quiet").run_ok();
    let answer = desk.leakdex("check --kind email").stdin("carl@example.org\n").run().stdout_text();
    assert_eq!(answer, "1\temail\tunknown\tnot held\n");
    desk.leakdex("compact --quiet").run_ok();
    assert_eq!(desk.segments().len(), 0);
    desk.leakdex("verify --removed").run_ok();
    desk.leakdex("ingest dump.csv --breach shop --region CN --quiet").run_ok();
    assert_eq!(desk.leakdex(SCAN).run_ok().stdout_text(), EXPOSURES);
}

#[test]
fn a_damaged_segment_says_what_it_holds_and_leaves_with_its_breach() {
    let desk = Desk::with_index();
    desk.write("other.csv", large_dump(3, 100));
    desk.leakdex("ingest other.csv --breach other").run_ok();
    let is_of_other = |path: &std::path::PathBuf| {
        !desk.leakdex("verify").run_ok().stdout_text().contains("DAMAGED") && {
            let line = desk.leakdex("stats --json").run_ok().stdout_text();
            let stats: Value = serde_json::from_str(&line).expect("JSON");
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let segments = stats["segments"].as_array().expect("segments");
            segments.iter().any(|segment| segment["id"] == name.as_str() && segment["digests"].as_u64() > Some(100))
        }
    };
    let segment = desk.segments().into_iter().find(is_of_other).expect("a segment of `other`");
    fs::write(&segment, b"").expect("a segment");
    let text = desk.leakdex("verify").run_code(2).stdout_text();
    assert!(text.contains("; it holds `other`\n"), "{text}");
    let outcome = desk.leakdex("compact").run_code(3);
    assert!(outcome.stderr_text().contains("is damaged and left as it is"), "{outcome}");
    desk.leakdex("breach remove other --quiet").run_ok();
    desk.leakdex("compact --quiet").run_ok();
    assert!(!segment.exists());
    desk.leakdex("verify --removed").run_ok();
    assert_eq!(desk.leakdex(SCAN).run_ok().stdout_text(), EXPOSURES);
}

/// The records of a removed breach leave, whether or not they can be read, and damage of one segment keeps nobody from the others.
#[test]
fn a_damaged_chunk_keeps_nothing_else_from_leaving() {
    let desk = Desk::new();
    let dump = |from: usize| (from..from + 4000).map(|row| format!("a{row}@example.com\n")).collect::<String>();
    for (number, name) in ["north", "south", "west"].into_iter().enumerate() {
        desk.write("dump.csv", format!("email\n{}", dump(number * 10_000)));
        desk.leakdex(&format!("ingest dump.csv --breach {name} --quiet")).run_ok();
        if number == 0 {
            let path = desk.segments().remove(0);
            let mut bytes = std::fs::read(&path).expect("a segment");
            bytes[65_536 + 700] ^= 4;
            std::fs::write(&path, bytes).expect("written");
        }
    }
    desk.leakdex("forget --kind email --quiet").stdin("a10007@example.com\na20007@example.com\n").run_ok();
    let digests = || {
        let stats = desk.leakdex("stats --json").run().stdout_text();
        serde_json::from_str::<Value>(&stats).expect("JSON")["digests"].as_u64().expect("a number")
    };
    let before = digests();
    let outcome = desk.leakdex("compact").run_code(3);
    assert!(outcome.stderr_text().contains("is damaged and left as it is"), "{outcome}");
    assert_eq!(digests() + 2, before, "one of each of the others");
    desk.leakdex("breach remove north --quiet").run_ok();
    desk.leakdex("compact --quiet").run_ok();
    desk.leakdex("verify --quiet").run_ok();
    desk.leakdex("verify --removed --quiet").run_ok();
}

/// Where nobody can look for an interrupted ingest, one may wait.
#[test]
fn jobs_that_cannot_be_looked_for_may_be_there() {
    let desk = Desk::with_index();
    desk.leakdex("verify --removed --quiet").run_ok();
    desk.write("index/jobs", "no folder");
    let outcome = desk.leakdex("verify --removed").run();
    assert!(outcome.code != Some(0) && outcome.stderr_text().contains("interrupted ingest"), "{outcome}");
    desk.refuses("key rotate --out ring", "an interrupted ingest waits", "--discard");
}

#[test]
fn a_file_that_nobody_names_is_seen() {
    let desk = Desk::with_index();
    let segment = desk.segments().remove(0);
    fs::copy(&segment, segment.with_file_name(format!("{}.ldx", "ab".repeat(16)))).expect("a copy");
    desk.refuses("verify --removed", "files are left that the index does not name", "the next command");
    desk.leakdex("compact --quiet").run_ok();
    desk.leakdex("verify --removed").run_ok();
}

#[test]
fn a_sample_is_a_part_of_the_check() {
    let desk = Desk::with_index();
    desk.leakdex("verify --sample 5%").run_ok();
    desk.refuses("verify --sample 105%", "reading `--sample`", "");
    let segment = desk.segments().remove(0);
    let mut bytes = fs::read(&segment).expect("a segment");
    bytes[65_536] ^= 1;
    fs::write(&segment, bytes).expect("a segment");
    desk.leakdex("verify --sample 0%").run_ok();
    desk.refuses("verify --sample 100%", "1 of 1 segment is damaged", "restore them");
}

#[test]
fn a_second_writer_waits_if_it_is_told_to() {
    let desk = Desk::with_index();
    desk.write("more.csv", "email\nerik@example.com\n");
    let lock = fs::File::options().write(true).open(desk.path("index/.lock")).expect("a lock");
    lock.lock().expect("a lock");
    for command in ["ingest more.csv --breach more", "compact", "breach remove shop", "breach edit shop --title x"] {
        let outcome = desk.leakdex(command).run_code(2);
        assert!(outcome.stderr_text().contains("give `--wait SECONDS`"), "{outcome}");
    }
    let mut waiting = desk.leakdex("ingest more.csv --breach more --wait 100 --quiet").start();
    assert!(!waiting.closes_within(Duration::from_millis(400)), "it has not waited");
    drop(lock);
    assert_eq!(waiting.end().code, Some(0));
    assert_eq!(names(&desk), ["shop", "more"]);
}

#[test]
fn a_signal_ends_the_waiting_for_another_writer() {
    let desk = Desk::with_index();
    desk.write("more.csv", "email\nerik@example.com\n");
    desk.write("list.json", "[]");
    let lock = fs::File::options().write(true).open(desk.path("index/.lock")).expect("a lock");
    lock.lock().expect("a lock");
    let before = desk.state();
    let commands = [
        "ingest more.csv --breach more",
        "compact --all",
        "forget",
        "forget --undo",
        "breach add more",
        "breach edit shop --title x",
        "breach import list.json",
        "breach remove shop",
        "ingest --breach shop --discard",
        "key rotate --out ring",
    ];
    for command in commands {
        for signal in [Signal::TERM, Signal::INT] {
            let call = desk.leakdex(&format!("{command} --wait 1000")).stdin("carl@example.org\n");
            let mut waiting = call.time_max(Duration::from_secs(30)).start();
            // The signal may come before it is listened for; then it ends the process as any other, which is no waiting either.
            assert!(!waiting.closes_within(Duration::from_millis(700)), "`{command}` has not waited");
            waiting.signal(signal);
            let outcome = waiting.end();
            assert_eq!(outcome.code, Some(2), "{command}\n{outcome}");
            expect_error(&outcome, "stopped on request", "run the command again");
            assert!(desk.state() == before, "the directory has changed\n{command}\n{outcome}");
        }
    }
    drop(lock);
    desk.leakdex("ingest more.csv --breach more").run_ok();
}
