//! Key rotation: new digests of old ones, no plaintext, the same answers.

use super::desk::{Desk, EXPOSURES, Random, expect_error, large_dump};
use super::faults::{count, seed, temporary_files};
use crate::command::Signal;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

const SCAN: &str = "scan list.csv --region CN --reference id --breach shop --quiet";
const CHECK_DOMAINS: &str = "check --kind email_domain --json";

/// What the index says about the list and about domains, under a key.
fn answers(desk: &Desk, key: &str) -> (String, String) {
    let scan = desk.leakdex(&format!("{SCAN} --key-file {key}")).run_ok();
    let domains =
        desk.leakdex(&format!("{CHECK_DOMAINS} --key-file {key}")).stdin("example.com\nexample.org\nexample.net\n");
    (scan.stdout_text(), domains.run_ok().stdout_text())
}

#[test]
fn rotations_in_a_row_change_no_answer_and_the_index_goes_on() {
    let desk = Desk::with_index();
    desk.write("big.csv", large_dump(3, 900));
    desk.leakdex("ingest big.csv --breach big --quiet").run_ok();
    let mut key = "key".to_owned();
    for round in 1..=3 {
        let before = answers(&desk, &key);
        assert_eq!(before.0, EXPOSURES);
        let ring = format!("ring{round}");
        let outcome = desk.leakdex(&format!("key rotate --key-file {key} --out {ring}")).run_ok();
        assert!(outcome.stderr_text().contains(&format!("under the ring `{ring}` now: ")), "{outcome}");
        let id = desk.leakdex(&format!("key id --key-file {ring}")).run_ok().stdout_text();
        assert_eq!(outcome.stdout_text(), id);
        assert!(answers(&desk, &ring) == before, "round {round}");
        for command in ["verify", SCAN, "check x@example.com", "ingest list.csv --breach new --region CN"] {
            let arguments = format!("{command} --key-file {key}");
            desk.refuses(&arguments, "was made with key", "or the ring if that was rotated since");
        }
        key = ring;
        let known = desk.leakdex(&format!("ingest big.csv --breach other --key-file {key}")).run_code(2);
        expect_error(&known, "was ingested before, as part of `big`", "leave it out");
        desk.write("more.csv", large_dump(10 + round, 300));
        desk.leakdex(&format!("ingest more.csv --breach big --append --quiet --key-file {key}")).run_ok();
        let times = if round == 1 { "once".to_owned() } else { format!("{round} times") };
        let stats = desk.leakdex("stats").run_ok().stdout_text();
        assert!(stats.contains(&format!("(rotated {times})")), "{stats}");
    }
    let numbers = answers(&desk, &key).1;
    desk.leakdex("compact --all --quiet --key-file ring3").run_ok();
    assert!(answers(&desk, "ring3").1 == numbers && desk.segments().len() == 1);
    let sum: u64 = numbers
        .lines()
        .flat_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
            let exposures = line["exposures"].as_array().expect("a list").clone();
            exposures
                .into_iter()
                .filter(|one| one["breach"] == "big")
                .map(|one| one["records"].as_u64().expect("a number"))
        })
        .sum();
    assert_eq!(sum, 900 + 3 * 300, "numbers of four links are added up");
    desk.leakdex("verify --quiet --key-file ring3").run_ok();
}

/// Numbers of very many domains stay what they are: a digit that was hashed on is never taken for one of the next link.
#[test]
fn numbers_of_domains_survive_rotations() {
    let desk = Desk::new();
    let domains = 2000;
    let dump = |prefix: &str| {
        let row = |n: usize| (0..1 + n % 3).map(|i| format!("{prefix}{i}@corp{n}.example\n")).collect::<String>();
        "email\n".to_string() + &(0..domains).map(row).collect::<String>()
    };
    let list: String = (0..domains).map(|n| format!("corp{n}.example\n")).collect();
    desk.write("domains.csv", format!("email_domain\n{list}"));
    desk.write("a0.csv", dump("a0"));
    desk.leakdex("ingest a0.csv --breach a --quiet").run_ok();
    let mut key = "key".to_owned();
    for round in 1..=3 {
        let ring = format!("ring{round}");
        desk.leakdex(&format!("key rotate --key-file {key} --out {ring} --quiet")).run_ok();
        key = ring;
        desk.write(&format!("a{round}.csv"), dump(&format!("a{round}")));
        desk.leakdex(&format!("ingest a{round}.csv --breach a --append --quiet --key-file {key}")).run_ok();
        let scan = format!("scan domains.csv --map email_domain=email_domain --quiet --key-file {key}");
        let found = desk.leakdex(&scan).run_ok().stdout_text();
        let wrong = found.lines().skip(1).filter(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let row: usize = cells[0].parse().expect("a row");
            cells.last() != Some(&((1 + (row - 1) % 3) * (1 + round)).to_string().as_str())
        });
        assert_eq!((found.lines().count(), wrong.count()), (1 + domains, 0), "round {round}");
    }
}

/// Whatever gives the key gives it once: a descriptor cannot be read again.
#[test]
fn a_ring_comes_from_a_command_or_a_descriptor_too() {
    let desk = Desk::with_index();
    let call = |script: &str| desk.script(script).env("LEAKDEX_KEY_FILE", "nothing").run_ok();
    call("cat key | \"$0\" key rotate --key-fd 0 --out ring1 --quiet");
    call("\"$0\" key rotate --key-command 'cat ring1' --out ring2 --quiet");
    let scan = call(&format!("cat ring2 | \"$0\" {SCAN} --key-fd 0"));
    assert_eq!(scan.stdout_text(), EXPOSURES);
    call("\"$0\" verify --key-command 'cat ring2' --quiet");
}

#[test]
fn what_cannot_be_rotated_is_left_as_it_is() {
    let desk = Desk::new();
    desk.refuses("key rotate --out ring", "holds no index", "name the directory with `--index`");
    let desk = Desk::with_index();
    desk.leakdex("key new other").run_ok();
    desk.refuses("key rotate --key-file other --out ring", "was made with key", "give the key");
    desk.refuses("key rotate --out other", "creating the key `other`: the file exists", "a key is never overwritten");
    desk.refuses("key rotate --out index/ring", "lies inside the index", "keep the key somewhere else");
    desk.refuses("key rotate --out missing/ring", "creating the key `missing/ring`", "make the directory first");
    desk.write("half", "# leakdex key ring: whoever");
    fs::set_permissions(desk.path("half"), fs::Permissions::from_mode(0o600)).expect("ours");
    desk.refuses(
        "key rotate --out half",
        "reading the ring `half`: it is not whole",
        "no index is under it: remove it",
    );
    let missing = desk.leakdex("key rotate").run_code(2);
    assert!(missing.stderr_text().contains("--out <RING>"), "{missing}");
}

/// A rotation that cannot write leaves the old index and the new ring, and the same command goes on.
#[test]
fn a_full_disk_leaves_the_old_index_and_the_next_attempt_goes_on() {
    let desk = Desk::with_index();
    desk.write("big.csv", large_dump(3, 900));
    desk.leakdex("ingest big.csv --breach big --quiet").run_ok();
    let before = desk.state();
    let outcome = desk.script("ulimit -f 8; exec \"$0\" key rotate --out ring").run_code(2);
    expect_error(&outcome, "File too large", "free some space");
    assert!(outcome.stderr_text().contains("the ring `ring` is written: no index is under it yet"), "{outcome}");
    let mut after = desk.state();
    assert!(after.remove(&desk.path("ring")).is_some() && after == before, "nothing else has changed");
    // The ring opens the index either way.
    assert_eq!(desk.leakdex(&format!("{SCAN} --key-file ring")).run_ok().stdout_text(), EXPOSURES);
    let outcome = desk.leakdex("key rotate --out ring").run_ok();
    assert!(outcome.stderr_text().contains("going on with the ring `ring`"), "{outcome}");
    assert_eq!(answers(&desk, "ring").0, EXPOSURES);
    let outcome = desk.leakdex("key rotate --out ring").run_ok();
    assert!(outcome.stderr_text().contains("the index is under the ring `ring` already"), "{outcome}");
}

#[test]
fn a_kill_of_a_rotation_leaves_the_old_index_or_the_new_one() {
    let desk = Desk::with_index();
    for number in 0..3 {
        let name = format!("b{number}.csv");
        desk.write(&name, large_dump(number, 6000));
        desk.leakdex(&format!("ingest {name} --breach b{number} --quiet")).run_ok();
    }
    let before = answers(&desk, "key");
    let started = Instant::now();
    desk.leakdex("key rotate --out ring0 --quiet").run_ok();
    let whole = started.elapsed();
    let (mut random, mut killed, mut finished) = (Random(seed(31)), 0, 0);
    desk.script("cp -r index saved").run_ok();
    for number in 1..=count(8) {
        desk.script("rm -rf index ring && cp -r saved index").run_ok();
        let delay = whole.mul_f64(random.below(1100) as f64 / 1000.0);
        let mut running = desk.leakdex("key rotate --key-file ring0 --out ring --quiet").start();
        if !running.closes_within(delay) {
            running.signal(Signal::KILL);
        }
        let code = running.end().code;
        killed += u64::from(code.is_none());
        let place = format!("kill {number} after {delay:?} of {whole:?}");
        // Where the file of the ring is not whole, nothing was done with it.
        let has_ring = desk.leakdex("key id --key-file ring").run().code == Some(0);
        let opens = |key: &str| desk.leakdex(&format!("verify --quiet --key-file {key}")).run().code == Some(0);
        let newest = if has_ring { "ring" } else { "ring0" };
        assert!(opens(newest), "{place}: the newest key opens the index");
        assert!(answers(&desk, newest) == before, "{place}");
        let is_new = !opens("ring0");
        assert!(code != Some(0) || is_new, "{place}: a commit that was reported is gone");
        finished += u64::from(is_new);
        if has_ring {
            // The same command goes on, or has nothing left to do.
            desk.leakdex("key rotate --key-file ring0 --out ring --quiet").run_ok();
            assert_eq!((opens("ring0"), temporary_files(&desk)), (false, Vec::new()), "{place}");
            assert!(answers(&desk, "ring") == before, "{place}");
        }
    }
    assert!(killed > count(8) / 4, "{killed} killed, {finished} committed: too few to mean much");
}

/// The ring opens the index before and behind the commit, and whoever waits for it goes on with what it has then.
#[test]
fn a_writer_with_the_ring_waits_for_the_rotation() {
    let desk = Desk::with_index();
    desk.write("big.csv", large_dump(3, 40_000));
    desk.leakdex("ingest big.csv --breach big --quiet").run_ok();
    let script = "\"$0\" key rotate --out ring --quiet & while ! test -s ring; do sleep 0.005; done; \
                  \"$0\" ingest list.csv --breach list --region CN --key-file ring --wait 60 --quiet && wait $!";
    desk.script(script).run_ok();
    let check = desk.leakdex("check carl@example.org --kind email --key-file ring").run_ok().stdout_text();
    assert!(check.contains("exposed\tlist, ") && check.contains("exposed\tshop, "), "{check}");
    desk.leakdex("verify --quiet --key-file ring").run_ok();
}

/// What was read from standard input is not there a second time, and who is asked to stop stops: only a key that does not open the
/// index is a reason to begin again.
#[test]
fn a_scan_that_is_stopped_behind_a_rotation_does_not_begin_again() {
    let desk = Desk::with_index();
    desk.leakdex("key rotate --out r1 --quiet").run_ok();
    let script = "mkfifo in; export LEAKDEX_KEY_FILE=r2; cp r1 r2; \
                  LEAKDEX_KEY_FILE=r1 \"$0\" key rotate --out r3 --quiet; cp r3 r2; \
                  \"$0\" scan - -o out.csv < in & scan=$!; exec 3> in; echo email >&3; \
                  seq 300000 | sed 's/.*/u&@example.com/' >&3; \
                  \"$0\" key rotate --out r4 --quiet --key-file r2 && kill -TERM $scan; sleep 1; \
                  echo anna.maria@example.com >&3; exec 3>&-; wait $scan; echo $? > code";
    desk.script(script).run_ok();
    assert!(!desk.path("out.csv").exists() && desk.text("code") != "0\n", "{}", desk.text("code"));
}

/// Whoever has begun to read goes on with what there was, whatever is done to the index meanwhile.
#[test]
fn a_reader_ends_with_the_answers_of_its_generation() {
    let desk = Desk::with_index();
    let script = "mkfifo in; \"$0\" check --kind email < in > out & reader=$!; exec 3> in; \
                  echo anna.maria@example.com >&3; while ! test -s out; do sleep 0.02; done; \
                  \"$0\" key rotate --out ring --quiet && export LEAKDEX_KEY_FILE=ring && \
                  \"$0\" ingest list.csv --breach list --region CN --quiet && \
                  \"$0\" breach remove shop --quiet && \"$0\" compact --all --quiet && \
                  echo carl@example.org >&3; exec 3>&-; wait $reader";
    desk.script(script).run_ok();
    let shop = desk.text("out").lines().filter(|line| line.contains("exposed\tshop, ")).count();
    assert_eq!(shop, 2, "{}", desk.text("out"));
    let now = desk.leakdex("check carl@example.org --kind email --key-file ring").run_ok().stdout_text();
    assert!(now.contains("exposed\tlist, ") && !now.contains("shop"), "{now}");
}
