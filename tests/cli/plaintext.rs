//! No plaintext anywhere: planted values are searched in every place that a run touches, and a build that leaks on
//! purpose is caught at it.

use super::desk::Desk;
use crate::command::{Leakdex, Outcome};
use crate::leakscan::{Canary, Finding, Needles};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Everything that a run may write: other files would be findings, too.
struct Room {
    /// The dumps and lists lie here, outside of the places that are searched.
    inputs: tempfile::TempDir,
    /// Index, working directory, temporary files and home.
    searched: tempfile::TempDir,
    key: PathBuf,
}

const INDEX: &str = "index";

impl Room {
    fn new() -> Room {
        let inputs = tempfile::tempdir().expect("a temporary folder");
        let searched = tempfile::tempdir().expect("a temporary folder");
        for name in ["tmp", "home", "cwd"] {
            fs::create_dir(searched.path().join(name)).expect("a folder");
        }
        let key = inputs.path().join("key");
        Leakdex::new(inputs.path()).args(["key", "new"]).arg(&key).run_ok();
        for (name, bytes) in dumps() {
            fs::write(inputs.path().join(name), bytes).expect("a dump");
        }
        Room { inputs, searched, key }
    }

    fn input(&self, name: &str) -> PathBuf {
        self.inputs.path().join(name)
    }

    fn call(&self, program: &str, arguments: &str) -> Leakdex {
        let place = |name: &str| self.searched.path().join(name);
        Leakdex::of_program(program, &place("cwd"))
            .env("LEAKDEX_INDEX", place(INDEX))
            .env("LEAKDEX_KEY_FILE", &self.key)
            .env("HOME", place("home"))
            .env("TMPDIR", place("tmp"))
            .args(arguments.split_whitespace())
    }

    /// Findings in all files, and in both outputs.
    fn findings(&self, needles: &Needles, outcomes: &[Outcome]) -> Vec<Finding> {
        let mut findings = needles.scan_tree(self.searched.path());
        for outcome in outcomes {
            findings.extend(needles.scan_bytes("standard output", &outcome.stdout));
            findings.extend(needles.scan_bytes("standard error", &outcome.stderr));
        }
        findings
    }
}

/// Values with more than 50 random bits, each with the form that the program makes of it.
///
/// They stand in accepted, rejected, over-long and malformed records, in a header, in JSON, and in UTF-16.
fn canaries() -> Vec<Canary> {
    vec![
        Canary::new("Qv7hX2mZk9tR@Example.com").with_form("qv7hx2mzk9tr@example.com"),
        Canary::new("w3Lp8.sN5yB+dC1g@gmail.com").with_form("w3lp8sn5yb@gmail.com"),
        Canary::new("rejected-Fj4kT8nWq2Vz-at-nowhere"),
        Canary::new("overlongM6xJ3rYh8Kd"),
        Canary::new("malformedZ5cP9wQb7Ls"),
        Canary::new("headerT2gN6vXm4RaB7k"),
        Canary::new("5GZCZ43D13S812715"),
        Canary::new("440301200002290453"),
        Canary::new("jsonH9fD3kSe7Uj@example.org").with_form("jsonh9fd3kse7uj@example.org"),
        Canary::new("wideB8mW4zGx2Np@example.net").with_form("wideb8mw4zgx2np@example.net"),
        Canary::new("listOnlyC6tY1vJq5Xe@example.com").with_form("listonlyc6ty1vjq5xe@example.com"),
        Canary::new("Staff-K7rL2hVn9Pd").with_form("STAFF-K7RL2HVN9PD"),
    ]
}

fn dumps() -> [(&'static str, Vec<u8>); 4] {
    let mut csv = b"email,vin,id_no,headerT2gN6vXm4RaB7k\n".to_vec();
    csv.extend(b"Qv7hX2mZk9tR@Example.com,5GZCZ43D13S812715,440301200002290453,x\n");
    csv.extend((0..2000).flat_map(|row| format!("filler{row}@example.com,,,\n").into_bytes()));
    csv.extend(b"\"w3Lp8.sN5yB+dC1g@gmail.com\",\"a\nb\",,\n");
    csv.extend(b"rejected-Fj4kT8nWq2Vz-at-nowhere,,,\n");
    csv.extend(format!("overlongM6xJ3rYh8Kd{},,,\n", "y".repeat(1_200_000)).into_bytes());
    csv.extend(b"malformedZ5cP9wQb7Ls\xff\xfe@example.com,\xc3\x28,,\n\"unclosed malformedZ5cP9wQb7Ls,,,\n");
    let jsonl = b"{\"email\":\"jsonH9fD3kSe7Uj@example.org\"}\n{\"email\":\"jsonH9fD3kSe7Uj\n".to_vec();
    let wide = "\u{feff}email\nwideB8mW4zGx2Np@example.net\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let list = b"ref,email\n1,Qv7hX2mZk9tR@Example.com\n2,listOnlyC6tY1vJq5Xe@example.com\n\
        3,rejected-Fj4kT8nWq2Vz-at-nowhere\n"
        .to_vec();
    [("dump.csv", csv), ("dump.jsonl", jsonl), ("dump.txt", wide), ("list.csv", list)]
}

/// Ingests every dump, which must work.
fn ingest(room: &Room, program: &str, leak: &str) -> Vec<Outcome> {
    let names = ["dump.csv", "dump.jsonl", "dump.txt"];
    let arguments = "ingest --breach one --max-rejects 100% --map vin=vin --map id_no=national_id:CN --map 4=ignore";
    let call = |name: &str| {
        let arguments = if name == "dump.csv" { arguments } else { "ingest --breach one --append --max-rejects 100%" };
        room.call(program, arguments).arg(room.input(name)).env("LEAKDEX_LEAK", leak).run_ok()
    };
    names.map(call).into()
}

fn honest() -> &'static str {
    env!("CARGO_BIN_EXE_leakdex")
}

#[test]
fn nothing_of_the_input_is_kept_or_said() {
    let room = Room::new();
    let needles = Needles::new(&canaries());
    let mut outcomes = ingest(&room, honest(), "");
    let list = room.input("list.csv");
    let run = |arguments: &str| room.call(honest(), arguments);
    outcomes.push(
        run(
            "scan --reference ref -o results.csv --unknown u.csv --summary s.json --report r.html --report-form gdpr33",
        )
        .arg(&list)
        .run_ok(),
    );
    outcomes.push(run("scan").arg(&list).run_ok());
    let values = "Qv7hX2mZk9tR@Example.com\nlistOnlyC6tY1vJq5Xe@example.com\nrejected-Fj4kT8nWq2Vz-at-nowhere\n";
    outcomes.push(run("check").stdin(values).run_ok());
    outcomes.push(run("check --json").stdin(values).run_ok());
    outcomes.push(run("forget --kind email").stdin(values).run_code(2));
    outcomes
        .push(run("forget").stdin(values.lines().take(2).map(|line| format!("{line}\n")).collect::<String>()).run_ok());
    outcomes.extend(
        ["stats", "stats --json", "verify", "breach list", "breach show one --json"]
            .map(|command| run(command).run_ok()),
    );
    assert!(outcomes[4].stdout_text().contains("exact"), "the planted address is found\n{}", outcomes[4]);
    let findings = room.findings(&needles, &outcomes);
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn errors_repeat_nothing_of_the_input() {
    let room = Room::new();
    let needles = Needles::new(&canaries());
    let dump = room.input("dump.csv");
    let run = |arguments: &str| room.call(honest(), arguments).arg(&dump).run();
    let mut outcomes: Vec<Outcome> = [
        "ingest --breach one --map nosuch=email",
        "ingest --breach one --map 9=email",
        "ingest --breach one --map email=phone --map vin=ignore --map id_no=ignore --region CN",
        "ingest --breach one --encoding utf-16le",
        "ingest --breach one --dry-run --map email=ignore",
        "scan",
    ]
    .map(run)
    .into();
    fs::write(room.input("cut.gz"), &super::shapes::gzip(&[&fs::read(&dump).expect("a dump")])[..200]).expect("a dump");
    outcomes.push(room.call(honest(), "ingest --breach one").arg(room.input("cut.gz")).run_code(2));
    fs::write(room.input("bad.pdf"), "%PDF-1.7\n(jsonH9fD3kSe7Uj@example.org)").expect("a dump");
    outcomes.push(room.call(honest(), "ingest --breach one").arg(room.input("bad.pdf")).run_code(2));
    fs::write(room.input("bad.json"), "[{\"email\":\"jsonH9fD3kSe7Uj-at-nowhere\"},{\"email\":").expect("a dump");
    outcomes.push(room.call(honest(), "ingest --breach one").arg(room.input("bad.json")).run_code(2));
    fs::write(room.input("headless.csv"), "headerT2gN6vXm4RaB7k,jsonH9fD3kSe7Uj@example.org\n").expect("a dump");
    outcomes.push(
        room.call(honest(), "ingest --breach one --map nosuch=email").arg(room.input("headless.csv")).run_code(2),
    );
    let findings = room.findings(&needles, &outcomes);
    assert!(findings.is_empty(), "{findings:#?}");
    assert!(!room.searched.path().join(INDEX).exists(), "no index was made");
}

#[test]
fn inspect_shows_masks_only() {
    let room = Room::new();
    let needles = Needles::new(&canaries());
    let outcomes: Vec<Outcome> = ["dump.csv", "dump.jsonl", "dump.txt", "list.csv"]
        .map(|name| room.call(honest(), "inspect").arg(room.input(name)).run())
        .into();
    let findings = room.findings(&needles, &outcomes);
    assert!(findings.is_empty(), "{findings:#?}");
    let text = outcomes[0].stdout_text();
    assert!(text.contains("Q***@E***.com"), "the mask keeps two letters and the last label\n{text}");
    assert!(text.contains("column 4"), "a name outside of the lexicon is a number\n{text}");
}

#[test]
fn file_names_stay_outside_of_the_index() {
    let room = Room::new();
    let name = "nameR5jG8pWd3Zc-dump.csv";
    fs::copy(room.input("dump.txt"), room.input(name)).expect("a copy");
    room.call(honest(), "ingest --breach one").arg(room.input(name)).run_ok();
    let findings = Needles::new(&[Canary::new("nameR5jG8pWd3Zc")]).scan_tree(room.searched.path());
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Staff numbers under a scope: neither the number nor the name of the organisation is in digests or temporary files.
#[test]
fn a_key_and_a_number_are_not_found_in_the_index() {
    let room = Room::new();
    fs::write(room.input("staff.csv"), "employee_no\nStaff-K7rL2hVn9Pd\n").expect("a dump");
    let arguments = "ingest --breach staff --scope Organisation-of-nobody";
    room.call(honest(), arguments).arg(room.input("staff.csv")).run_ok();
    let key = fs::read_to_string(&room.key).expect("a key");
    let line = key.lines().last().expect("a key line");
    let secret = bech32::decode(line).expect("a key line").1;
    let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
    let needles = Needles::new(&[canaries().remove(11), Canary::new(line), Canary::new(&hex)]);
    let mut findings = needles.scan_tree(room.searched.path());
    findings.retain(|finding| finding.canary < 3);
    assert!(findings.is_empty(), "{findings:#?}");
    for path in fs::read_dir(room.searched.path().join(INDEX)).expect("an index") {
        let bytes = fs::read(path.expect("a readable folder").path()).expect("a file");
        assert!(secret.windows(8).all(|part| !bytes.windows(8).any(|window| window == part)), "a part of the key");
    }
}

/// Builds the leaking program beside the honest one, with the compiler flags of this run.
fn leaky_program() -> PathBuf {
    let folder = Path::new(honest()).parent().expect("a folder");
    let target = folder.parent().expect("the target folder");
    let mut command = Command::new(env!("CARGO"));
    command.args(["build", "--offline", "--quiet", "--features", "leaky", "--bin", "leakdex-leaky", "--target-dir"]);
    command.arg(target).current_dir(env!("CARGO_MANIFEST_DIR"));
    if folder.file_name().is_some_and(|name| name == "release") {
        command.arg("--release");
    }
    let output = command.output().expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder.join("leakdex-leaky")
}

#[test]
fn every_deliberate_leak_is_caught() {
    let needles = Needles::new(&canaries());
    let program = leaky_program();
    let program = program.to_str().expect("a path in UTF-8");
    let findings = |leak: &str| {
        let room = Room::new();
        let outcomes = ingest(&room, program, leak);
        room.findings(&needles, &outcomes).len()
    };
    assert_eq!(findings(""), 0, "the leaking build without an order to leak");
    let ways = ["raw", "utf16", "hex", "lower", "unkeyed", "temp", "stderr", "stdout", "name"];
    let caught: Vec<&str> = ways.into_iter().filter(|leak| findings(leak) > 0).collect();
    assert_eq!(caught, ways);
}

#[test]
fn the_desk_itself_hides_nothing() {
    let desk = Desk::with_index();
    let needles = Needles::new(&[Canary::new("anna.maria@example.com")]);
    assert!(!needles.scan_tree(desk.folder()).is_empty(), "the dump lies beside the index, and is found there");
    assert_eq!(needles.scan_tree(&desk.path("index")).len(), 0);
}
