//! Who is forgotten is answered "unknown (suppressed)", at once and for good; and what has left is never "not found".

use super::desk::{DUMP, Desk, EXPOSURES, Random, expect_error};
use super::faults::{count, seed, temporary_files};
use crate::command::{Outcome, Signal};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::time::Instant;

const SCAN: &str = "scan list.csv --region CN --reference id --quiet";

/// Forgets these lines, and says what is said of them.
#[track_caller]
pub fn forget(desk: &Desk, options: &str, lines: &str) -> String {
    desk.leakdex(&format!("forget {options}")).stdin(lines).run_ok().stderr_text()
}

/// The answers about these lines as one kind, without their numbers.
#[track_caller]
pub fn check(desk: &Desk, options: &str, lines: &str) -> Vec<String> {
    let text = desk.leakdex(&format!("check {options}")).stdin(lines).run().stdout_text();
    text.lines().map(|line| line.splitn(3, '\t').nth(2).expect("an answer").replace('\t', " ")).collect()
}

fn stats(desk: &Desk) -> Value {
    serde_json::from_str(&desk.leakdex("stats --json").run_ok().stdout_text()).expect("JSON")
}

fn files(desk: &Desk, end: &str) -> usize {
    let names = fs::read_dir(desk.path("index")).expect("an index").map(|entry| entry.expect("an entry").file_name());
    names.filter(|name| name.to_string_lossy().ends_with(end)).count()
}

/// [`EXPOSURES`] without a row.
fn without(row: &str) -> String {
    EXPOSURES.lines().filter(|line| !line.starts_with(row)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn who_is_forgotten_answers_no_more_at_once_and_leaves_at_the_next_compaction() {
    let desk = Desk::with_index();
    let said = forget(&desk, "", "Carl@Example.org\n");
    // The address, as alias too, its three hashes, and those of the address as it was typed.
    let want = "line 1: email: 8 digests are suppressed\n\
        generation 2: 1 identifier is forgotten, 8 digests\n\
        records of them leave the disk at `leakdex compact`\n";
    assert_eq!(said, want);
    let check_answers = |place: &str| {
        assert_eq!(check(&desk, "--kind email", "carl@example.org\n"), ["unknown suppressed"], "{place}");
        let outcome = desk.leakdex(&format!("{SCAN} --unknown u.csv --people p.csv --force -o e.csv")).run_ok();
        assert_eq!(desk.text("e.csv"), without("2,c2"), "{place}\n{outcome}");
        assert_eq!(
            desk.text("u.csv").lines().filter(|line| line.contains(",c2,")).collect::<Vec<_>>(),
            ["2,c2,email,suppressed"]
        );
        assert!(desk.text("p.csv").contains("\n2,c2,unknown,"), "{place}");
        let domain = desk.leakdex("check --kind email_domain").stdin("example.org\n").run().stdout_text();
        assert!(domain.contains("shop, 2 records"), "suppressing an address changes no number: {domain}");
    };
    check_answers("at once");
    assert_eq!((files(&desk, ".ldf"), stats(&desk)["forgotten"]["identifiers"].as_u64()), (1, Some(1)));
    let text = desk.leakdex("stats").run_ok().stdout_text();
    assert!(
        text.contains(
            "1 identifier is forgotten: 8 digests are suppressed; 1 segment holds 1 of them until `leakdex compact`\n"
        ),
        "{text}"
    );
    assert!(
        desk.leakdex("verify").run_ok().stdout_text().contains(".ldf: 8 entries of forgotten identifiers: whole\n")
    );
    desk.refuses("verify --removed", "digests of forgotten identifiers are left", "`leakdex compact` drops them");
    let left = desk.leakdex("verify --removed").run_code(2).stdout_text();
    assert!(left.contains(".ldx: 1 digest of forgotten identifiers\n"), "{left}");
    let before = stats(&desk)["digests"].as_u64().expect("a number");
    desk.leakdex("compact").run_ok();
    assert_eq!(stats(&desk)["digests"].as_u64(), Some(before - 1));
    let verified = desk.leakdex("verify --removed").run_ok().stdout_text();
    assert!(verified.contains("forgotten: 8 digests, and none of them is left\n"), "{verified}");
    check_answers("after the compaction");
    let again = desk.leakdex("compact").run_ok();
    assert!(again.stderr_text().contains("nothing is due"), "{again}");
    assert_eq!((files(&desk, ".ldf"), files(&desk, ".ldx")), (1, 1));
}

#[test]
fn a_dump_that_comes_again_brings_nobody_back() {
    let desk = Desk::with_index();
    forget(&desk, "--region CN", "carl@example.org\n+86 138 0013 8001\n");
    desk.write("again.csv", DUMP.replace("Dora", "Dorothea"));
    let outcome = desk.leakdex("ingest again.csv --breach again --region CN --no-compact").run_ok();
    // The address, and a telephone number with and without its country.
    let said = outcome.stderr_text();
    assert!(said.contains("3 digests of forgotten identifiers were left out\n"), "{outcome}");
    assert!(said.contains("3 records = 3 accepted + 0 rejected"), "{outcome}");
    assert_eq!(check(&desk, "--kind email --breach again", "carl@example.org\n"), ["unknown suppressed"]);
    assert_eq!(check(&desk, "--kind phone --breach again", "+8613800138001\n"), ["unknown suppressed"]);
    let found = check(&desk, "--kind email --breach again", "anna.maria@example.com\n");
    assert_eq!(found, ["exposed again, exact: Email addresses; Phone numbers; Names"]);
    let left = desk.leakdex("verify --removed").run_code(2).stdout_text();
    assert_eq!(left.matches(" of forgotten identifiers\n").count(), 1, "only the older segment: {left}");
    // The numbers of values are those of what is kept, so nobody is told that there were more.
    let show = |name: &str| desk.leakdex(&format!("breach show {name} --json")).run_ok().stdout_text();
    let [one, other] = ["shop", "again"].map(|name| serde_json::from_str::<Value>(&show(name)).expect("JSON"));
    assert_eq!((&one["records"], &one["data_classes"]), (&other["records"], &other["data_classes"]));
}

#[test]
fn a_lift_before_anything_was_written_is_as_if_nothing_had_been() {
    let desk = Desk::with_index();
    let exposed = check(&desk, "--kind email", "carl@example.org\n");
    forget(&desk, "", "carl@example.org\n");
    let outcome = desk.leakdex("forget --undo").stdin("carl@example.org\n").run_ok();
    let want = "line 1: email: answers again\ngeneration 3: 0 identifiers are forgotten, 0 digests\n";
    assert_eq!(outcome.stderr_text(), want);
    assert_eq!((check(&desk, "--kind email", "carl@example.org\n"), files(&desk, ".ldf")), (exposed, 0));
    assert_eq!(desk.leakdex(SCAN).run_ok().stdout_text(), EXPOSURES);
    assert_eq!(
        check(&desk, "--kind email", "nobody@example.net\n"),
        ["not found in 1 of 1 breaches that could hold it"]
    );
}

#[test]
fn what_has_left_is_never_not_found() {
    let desk = Desk::with_index();
    forget(&desk, "--kind email", "carl@example.org\nnobody@example.net\n");
    desk.leakdex("compact --quiet").run_ok();
    let outcome =
        desk.leakdex("forget --undo --kind email").stdin("carl@example.org\nnobody@example.net\n").run_code(3);
    assert!(
        outcome.stderr_text().contains("line 1: email: answers again; its records may have left meanwhile\n"),
        "{outcome}"
    );
    assert!(
        outcome.stderr_text().contains("line 2: email: answers again; its records may have left meanwhile\n"),
        "nobody learns who was there"
    );
    let both = "carl@example.org\nnobody@example.net\n";
    assert_eq!(check(&desk, "--kind email", both), ["unknown was suppressed", "unknown was suppressed"]);
    let text = desk.leakdex("stats").run_ok().stdout_text();
    assert!(text.contains("2 identifiers were forgotten once, and never \"not found\" since\n"), "{text}");
    desk.leakdex("verify --removed").run_ok();
    desk.write("again.csv", DUMP.replace("Dora", "Dorothea"));
    desk.leakdex("ingest again.csv --breach again --region CN --quiet").run_ok();
    let found = check(&desk, "--kind email", both);
    assert_eq!(found, ["exposed again, exact: Email addresses; Names", "unknown was suppressed"]);
    forget(&desk, "--kind email", "carl@example.org\n");
    assert_eq!(check(&desk, "--kind email", both), ["unknown suppressed", "unknown was suppressed"]);
}

/// Nobody who is forgotten by one identifier is "not found" by another: not as a row, a person, or in a group.
#[test]
fn a_person_with_a_forgotten_identifier_is_unknown() {
    let desk = Desk::with_index();
    forget(&desk, "--kind email", "carl@example.org\n");
    desk.write(
        "people.csv",
        "id,email,mobile\np1,carl@example.org,13700137003\np1,other@example.net,\np2,other2@example.net,\n",
    );
    let scan = "scan people.csv --region CN --quiet --summary sum.json --people who.csv --force -o out.csv";
    for (options, want) in [("", "unknown;not found;not found"), ("--person id", "unknown;not found")] {
        desk.leakdex(&format!("{scan} {options}")).run_ok();
        let text = desk.text("who.csv");
        let answers: Vec<&str> = text.lines().skip(1).filter_map(|line| line.split(',').nth(2)).collect();
        assert_eq!(answers.join(";"), want, "{text}");
        let people = &desk.json("sum.json")["people"];
        assert_eq!((&people["unknown"], &people["exposed"]), (&1.into(), &0.into()), "{people:#}");
    }
}

#[test]
fn what_two_people_share_stays_with_the_other() {
    let desk = Desk::new();
    desk.write("dump.csv", "email\nanna+shop@gmail.com\nan.na@gmail.com\nbert+x@gmail.com\n");
    desk.leakdex("ingest dump.csv --breach shop").run_ok();
    let answers = |value: &str| check(&desk, "--kind email", value).remove(0);
    assert_eq!(answers("a.nna@gmail.com\n"), "exposed shop, alias: Email addresses");
    forget(&desk, "--kind email", "anna+shop@gmail.com\n");
    // The address itself, and the mailbox of which it is one.
    assert_eq!(answers("anna+shop@gmail.com\n"), "unknown suppressed");
    assert_eq!(answers("anna@gmail.com\n"), "unknown suppressed");
    // Another spelling is the same mailbox, whether a dump has it or not, and whatever is asked for.
    assert_eq!(answers("an.na@gmail.com\n"), "unknown suppressed");
    assert_eq!(answers("a.nna@gmail.com\n"), "unknown suppressed");
    desk.write("list.csv", "email\nan.na@gmail.com\nbert+x@gmail.com\n");
    for tier in ["exact", "alias", "weak"] {
        let found = desk.leakdex(&format!("scan list.csv --tier {tier} --quiet")).run_ok().stdout_text();
        assert_eq!(found.lines().skip(1).map(|line| &line[..1]).collect::<String>(), "2", "{tier}: {found}");
    }
    assert_eq!(answers("b.ert@gmail.com\n"), "exposed shop, alias: Email addresses");
    forget(&desk, "--kind email", "an.na@gmail.com\n");
    let outcome = desk.leakdex("forget --undo --kind email").stdin("anna+shop@gmail.com\n").run_ok();
    let said = outcome.stderr_text();
    assert!(
        said.contains("answers again; 5 of its digests stay suppressed, because others produce them too\n"),
        "{said}"
    );
    // The other one has the mailbox forgotten still; the record of the first stays.
    assert_eq!(answers("anna+shop@gmail.com\n"), "unknown suppressed");
    assert_eq!(answers("an.na@gmail.com\n"), "unknown suppressed");
    assert_eq!(answers("a.nna@gmail.com\n"), "unknown suppressed");
    desk.leakdex("compact --quiet").run_ok();
    assert_eq!(answers("anna+shop@gmail.com\n"), "unknown suppressed");
    desk.leakdex("forget --undo --kind email --quiet").stdin("an.na@gmail.com\n").run_code(3);
    assert_eq!(answers("an.na@gmail.com\n"), "unknown was suppressed");
    assert_eq!(answers("a.nna@gmail.com\n"), "unknown was suppressed");
    assert_eq!(answers("anna+shop@gmail.com\n"), "exposed shop, exact: Email addresses");
}

/// A dump of one value under a mapping, the options with which the value is forgotten, and the value as it is forgotten. What is
/// forgotten is written in another way than the dump has it where there is one.
const STORED: [(&str, &str, &str, &str); 23] = [
    ("anna@gmail.com", "email", "--kind email", "Anna@Gmail.com"),
    ("an.na+x@googlemail.com", "email", "--kind email", "An.Na+X@Googlemail.com"),
    ("e2e4cc2d0e1d5ba9bdf1ad5e8a0ab4a8", "email_md5", "--kind email_md5", "E2E4CC2D0E1D5BA9BDF1AD5E8A0AB4A8"),
    ("+8613800138001", "phone", "--kind phone --region CN", "138 0013 8001"),
    ("+8613800138001", "phone", "--kind phone", "0086 13800138001"),
    ("11010519491231002X", "national_id", "--kind national_id", "110105 491231 002"),
    ("11010519491231002X", "national_id:CN", "--kind national_id", "11010519491231002x"),
    ("11010519491231002X", "national_id:CN", "--kind national_id --region DE", "11010519491231002x"),
    ("5GZCZ43D13S812715", "vin", "", "5gzcz43d13s812715"),
    ("110105194912310021", "national_id:CN", "--kind national_id:CN --lenient", "110105 19491231 0021"),
    ("4111111111111112", "card", "--lenient", "4111-1111-1111-1112"),
    ("\u{6caa}A12345", "plate", "", "\u{6caa}a12345"),
    ("4111111111111111", "card", "", "4111 1111 1111 1111"),
    ("DE89370400440532013000", "iban", "", "DE89 3704 0044 0532 0130 00"),
    ("C01X00T47", "passport:DE", "--kind passport:DE", "c01x00t47"),
    ("C01X00T47", "passport", "--kind passport", "c01x00t47"),
    ("anna_7", "username", "", "Anna_7"),
    ("93.184.216.34", "ip", "", "93.184.216.34"),
    ("J\u{f6}rg M\u{fc}ller", "name", "--kind name", "Muller, Jorg"),
    ("Karlstra\u{df}e 7, 89073 Ulm", "address", "--kind address", "Karlstrasse 7, 89073 Ulm"),
    ("hunter2hunter2", "password", "--kind password", "hunter2hunter2"),
    (
        "b2e98ad6f6eb8508dd6a14cfa704bad7f05f6fb1",
        "password_sha1",
        "--kind password_sha1",
        "B2E98AD6F6EB8508DD6A14CFA704BAD7F05F6FB1",
    ),
    ("000042", "customer_no", "--kind customer_no --scope ACME", " 000042 "),
];

/// A variant that forgetting leaves out stays in the segment, and is found there.
#[test]
fn every_variant_that_a_dump_stores_is_suppressed_and_dropped() {
    for (stored, kind, options, value) in STORED {
        let desk = Desk::new();
        desk.write("dump.csv", format!("a,b\nx,\"{stored}\"\ny,\"{stored}\"\n"));
        let scope = if options.contains("--scope") { "--scope acme" } else { "" };
        let lenient = if options.contains("--lenient") { "--lenient" } else { "" };
        let ingest = format!("ingest dump.csv --breach shop --map a=ignore --map b={kind} {scope} {lenient} --quiet");
        desk.leakdex(&ingest).run_ok();
        assert!(stats(&desk)["digests"].as_u64() > Some(0), "{kind}");
        forget(&desk, options, &format!("{value}\n"));
        let ask = match options.contains("--kind") {
            true => options.to_string(),
            false => format!("{options} --kind {kind}"),
        };
        assert_eq!(check(&desk, &ask, &format!("{value}\n")), ["unknown suppressed"], "{kind}");
        assert_eq!(check(&desk, &ask, &format!("{stored}\n")), ["unknown suppressed"], "{kind}");
        desk.leakdex("compact --quiet").run_ok();
        // The binary digits of the number of records of a domain: two records have one.
        let numbers = u64::from(kind == "email");
        assert_eq!(stats(&desk)["digests"].as_u64(), Some(numbers), "{kind}: {stored}");
        assert_eq!(check(&desk, &ask, &format!("{value}\n")), ["unknown suppressed"], "{kind}, compacted");
        desk.write("again.csv", format!("a,b\nz,\"{stored}\"\n"));
        desk.leakdex(&ingest.replace("dump.csv --breach shop", "again.csv --breach again --no-compact")).run_ok();
        assert_eq!(stats(&desk)["digests"].as_u64(), Some(2 * numbers), "{kind}, again");
    }
}

/// Dumps of hashes are of the person whose address or number was hashed.
#[test]
fn hashes_of_what_is_forgotten_are_forgotten_too() {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let sha256 = |text: &str| {
        use sha2::Digest as _;
        hex(&sha2::Sha256::digest(text.as_bytes()))
    };
    for (kind, written, options, value) in [
        ("email_sha256", "anna+x@gmail.com", "--kind email", "Anna+X@gmail.com"),
        ("email_sha256", "anna@gmail.com", "--kind email", "Anna+X@gmail.com"),
        ("phone_sha256", "8613800138001", "--kind phone", "+86 138 0013 8001"),
        ("phone_sha256", "+8613800138001", "--kind phone", "+86 138 0013 8001"),
        ("phone_sha256", "008613800138001", "--kind phone", "+86 138 0013 8001"),
        ("email_sha256", "Anna.B@example.com", "--kind email", "Anna.B@example.com"),
        ("phone_sha256", "13800138001", "--kind phone --region CN", "13800138001"),
        ("phone_sha256", "013800138001", "--kind phone --region CN", "13800138001"),
        ("password_sha256", "hunter2hunter2", "--kind password", "hunter2hunter2"),
    ] {
        let desk = Desk::new();
        let hash = sha256(written);
        desk.write("dump.csv", format!("h\n{hash}\n"));
        desk.leakdex(&format!("ingest dump.csv --breach shop --map h={kind} --quiet")).run_ok();
        forget(&desk, options, &format!("{value}\n"));
        assert_eq!(check(&desk, options, &format!("{value}\n")), ["unknown suppressed"], "{kind}");
        assert_eq!(check(&desk, &format!("--kind {kind}"), &format!("{hash}\n")), ["unknown suppressed"], "{kind}");
        desk.leakdex("compact --quiet").run_ok();
        assert_eq!(stats(&desk)["digests"].as_u64(), Some(0), "{kind} of another spelling than asked");
    }
}

/// Random histories: an answer is the one of an index that forgets nobody, or unknown; who is forgotten is never exposed; and
/// unknown is only who shares a mailbox with somebody that was forgotten.
#[test]
fn no_history_of_forgetting_tells_a_lie() {
    const SPELLINGS: [&str; 6] = [
        "anna@gmail.com",
        "an.na@gmail.com",
        "anna+x@gmail.com",
        "a.nna@googlemail.com",
        "bert@gmail.com",
        "carl@example.org",
    ];
    let lines: String = SPELLINGS.iter().map(|spelling| format!("{spelling}\n")).collect();
    for seed in (0..count(4)).map(seed) {
        let (desk, oracle, mut random) = (Desk::new(), Desk::new(), Random(seed));
        let mut suppressed = BTreeSet::new();
        let mut touched = false;
        for step in 0..14 {
            let spelling = SPELLINGS[random.below(5) as usize];
            match if step == 0 { 0 } else { random.below(8) } {
                0..3 => {
                    let name = format!("b{step}");
                    let held = SPELLINGS.iter().filter(|_| random.below(3) == 0);
                    let rows: String = held.map(|spelling| format!("{spelling}\n")).collect();
                    desk.write("next.csv", format!("email\nfiller{step}@example.net\n{rows}"));
                    oracle.write("next.csv", format!("email\nfiller{step}@example.net\n{rows}"));
                    for desk in [&desk, &oracle] {
                        desk.leakdex(&format!("ingest next.csv --breach {name} --no-compact --quiet")).run_ok();
                    }
                }
                3 | 4 => {
                    let outcome = desk.leakdex("forget --kind email --quiet").stdin(format!("{spelling}\n")).run();
                    if outcome.code == Some(0) {
                        suppressed.insert(spelling);
                        touched |= spelling != "carl@example.org";
                    }
                }
                5 => {
                    let outcome =
                        desk.leakdex("forget --kind email --undo --quiet").stdin(format!("{spelling}\n")).run();
                    let want: &[i32] = if suppressed.remove(spelling) { &[0, 3] } else { &[2] };
                    assert!(want.contains(&outcome.code.expect("an exit code")), "seed {seed}, step {step}\n{outcome}");
                }
                6 => drop(desk.leakdex("compact --quiet").run()),
                _ => drop(desk.leakdex("compact --all --quiet").run()),
            }
            let [got, want] = [&desk, &oracle].map(|desk| check(desk, "--kind email", &lines));
            if got.len() == SPELLINGS.len() && want.len() == SPELLINGS.len() {
                agree(&SPELLINGS, (&got, &want), &suppressed, touched, &format!("seed {seed}, step {step}"));
            }
        }
    }
}

/// Compares the answers of an index that forgets with those of one that does not.
#[track_caller]
fn agree(
    spellings: &[&str],
    (got, want): (&[String], &[String]),
    suppressed: &BTreeSet<&str>,
    touched: bool,
    place: &str,
) {
    for (spelling, (got, want)) in spellings.iter().zip(got.iter().zip(want)) {
        let is_annas = !spelling.starts_with("bert") && !spelling.starts_with("carl");
        let may_be_unknown = touched && (is_annas || spelling.starts_with("bert")) || suppressed.contains(spelling);
        if suppressed.contains(spelling) {
            assert_eq!(got, "unknown suppressed", "{place}: {spelling}");
        } else if got.starts_with("unknown") && !want.starts_with("unknown") {
            assert!(may_be_unknown, "{place}: {spelling}: {got} for {want}");
        } else {
            let kind = |answer: &str| answer.split(' ').next().unwrap_or_default().to_owned();
            assert_eq!(kind(got), kind(want), "{place}: {spelling}: {got} for {want}");
        }
    }
}

#[test]
fn lines_that_are_no_identifiers_are_named_and_nothing_is_written() {
    let desk = Desk::with_index();
    let lines = "carl@example.org\n\nanna.maria@example.com@example.com\ndora@example.org\nnobody@\n";
    let call = desk.leakdex("forget --kind email").stdin(lines);
    let outcome = desk.refuses_call(call, "2 lines are no identifiers", "nothing was written");
    let said = outcome.stderr_text();
    assert!(said.contains("\nline 3: not written as the kind is\nline 5: not written as the kind is\n"), "{said}");
    assert_eq!(desk.leakdex(SCAN).run_ok().stdout_text(), EXPOSURES);
    let refuses = |arguments: &str, stdin: &str, error: &str, hint: &str| {
        desk.refuses_call(desk.leakdex(arguments).stdin(stdin), error, hint);
    };
    refuses("forget", "", "there is no identifier", "one a line");
    refuses("forget", "\n \n", "there is no identifier", "one a line");
    refuses("forget", "x\n", "1 lines are no identifiers", "`leakdex explain`");
    refuses(
        "forget --kind email_domain",
        "example.org\n",
        "values of kind email_domain are of no person",
        "the addresses",
    );
    refuses("forget --kind customer_no", "42\n", "mean nothing without their organisation", "give `--scope NAME`");
    refuses("forget --kind nosuch", "42\n", "there is no kind `nosuch`", "help forget");
    refuses(
        "forget --undo",
        "carl@example.org\n",
        "none of these identifiers is suppressed",
        "the kind, region and scope",
    );
    refuses("forget --index nowhere", "carl@example.org\n", "holds no index", "name the directory with `--index`");
    desk.leakdex("key new other").run_ok();
    refuses(
        "forget --key-file other",
        "carl@example.org\n",
        "was made with key",
        "give the key that the index was made with",
    );
    let lock = fs::File::options().write(true).open(desk.path("index/.lock")).expect("a lock");
    lock.lock().expect("a lock");
    fs::write(desk.path("index/.lock"), std::process::id().to_string()).expect("room");
    let outcome = desk.leakdex("forget").stdin("carl@example.org\n").run_code(2);
    let error = format!("is locked by process {}", std::process::id());
    expect_error(&outcome, &error, "give `--wait SECONDS`");
}

#[test]
fn the_same_again_changes_nothing_and_quiet_is_quiet() {
    let desk = Desk::with_index();
    let quiet = |options: &str, lines: &str| -> Outcome {
        desk.leakdex(&format!("forget --quiet {options}")).stdin(lines).run_ok()
    };
    let outcome = quiet("", "carl@example.org\nCARL@example.org\n");
    assert_eq!((outcome.stdout_text(), outcome.stderr_text()), (String::new(), String::new()));
    let state = desk.state();
    assert_eq!(quiet("", "CARL@example.org\ncarl@example.org\n").stderr_text(), "");
    assert!(desk.state() == state, "a file has changed");
    let said = forget(&desk, "", "carl@example.org\n");
    assert!(said.starts_with("line 1: email: already suppressed\n"), "{said}");
    // Of the other spelling only the hashes are others.
    assert!(said.ends_with("generation 2: 1 identifier is forgotten, 8 digests\n"), "{said}");
    let outcome = desk.leakdex("forget --undo --kind email").stdin("carl@example.org\ndora@example.org\n").run_ok();
    assert!(outcome.stderr_text().contains("line 2: email: was not suppressed\n"), "{outcome}");
}

#[test]
fn a_number_without_its_country_says_how_far_it_is_forgotten() {
    let desk = Desk::with_index();
    let said = forget(&desk, "--kind phone", "13800138001\n");
    assert!(
        said.starts_with("line 1: phone_loose, known without its country: only what is known without it: "),
        "{said}"
    );
    let found = check(&desk, "--kind phone", "+8613800138001\n");
    assert_eq!(found, ["exposed shop, exact: Email addresses; Phone numbers; Names"]);
    assert_eq!(check(&desk, "--kind phone", "13800138001\n"), ["unknown suppressed"]);
    forget(&desk, "--kind phone --region CN", "13800138001\n");
    assert_eq!(check(&desk, "--kind phone", "+8613800138001\n"), ["unknown suppressed"]);
}

#[test]
fn a_kill_and_a_full_disk_leave_the_old_list_or_the_new_one() {
    let desk = Desk::with_index();
    forget(&desk, "--kind email", "nobody@example.net\n");
    let lines = |number: u64| -> String {
        (0..3000).map(|line| format!("p{number}x{line}@example.net\n")).chain(["carl@example.org\n".into()]).collect()
    };
    let started = Instant::now();
    desk.leakdex("forget --kind email --quiet --index probe").stdin(lines(0)).run_code(2);
    desk.leakdex("ingest dump.csv --breach probe --region CN --index probe --quiet").run_ok();
    desk.leakdex("forget --kind email --quiet --index probe").stdin(lines(0)).run_ok();
    let whole = started.elapsed();
    let mut random = Random(seed(29));
    let mut known = 1;
    for number in 0..count(20) {
        let mut running = desk.leakdex("forget --kind email --quiet").stdin(lines(number)).start();
        if !running.closes_within(whole.mul_f64(random.below(1000) as f64 / 1000.0)) {
            running.signal(Signal::KILL);
        }
        let code = running.end().code;
        desk.leakdex("verify").run_ok();
        let now = stats(&desk)["forgotten"]["identifiers"].as_u64().expect("a number");
        let steps = [known, if known == 1 { 3002 } else { known + 3000 }];
        assert!(steps.contains(&now) && (code != Some(0) || now == steps[1]), "kill {number}: {known}, then {now}");
        known = now;
        assert_eq!(check(&desk, "--kind email", "nobody@example.net\n"), ["unknown suppressed"]);
    }
    // What the last one that was killed has left is swept.
    forget(&desk, "--kind email", "erik@example.org\n");
    let script = "ulimit -f 8; exec \"$0\" forget --kind email";
    desk.refuses_call(desk.script(script).stdin(lines(1000)), "File too large", "free some space");
    forget(&desk, "--kind email", "dora@example.org\n");
    assert_eq!((temporary_files(&desk), files(&desk, ".ldf")), (Vec::new(), 1));
}
