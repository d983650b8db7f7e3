//! Help, and complaints about the arguments themselves.

use super::desk::Desk;

/// Every command, and the options that its users rely on.
const COMMANDS: [(&str, &[&str]); 20] = [
    ("demo", &["[DIR]", "--scale", "--seed"]),
    ("key new", &["<FILE>"]),
    ("key id", &["--key-file", "--key-command", "--key-fd"]),
    ("inspect", &["[PATHS]...", "--output", "--at", "--force", "--map", "--region", "--encoding", "--scope"]),
    (
        "ingest",
        &[
            "--plan",
            "--breach",
            "--title",
            "--breach-date",
            "--append",
            "--max-rejects",
            "--no-compact",
            "--dry-run",
            "--resume",
            "--discard",
            "--save-every",
            "--threads",
            "--map",
        ],
    ),
    ("check", &["[ID]...", "--kind", "--region", "--scope", "--breach", "--json", "--exit-code"]),
    ("explain", &["[VALUE]...", "--kind", "--region", "--lenient", "--json"]),
    (
        "scan",
        &[
            "<LIST>",
            "--output",
            "--unknown",
            "--summary",
            "--reference",
            "--kind-column",
            "--value-column",
            "--force",
            "--person",
            "--people",
            "--group-by",
            "--notify",
            "--notify-columns",
            "--report",
            "--report-form",
            "--include-values",
            "--unmasked",
        ],
    ),
    (
        "claim",
        &[
            "[SAMPLE]",
            "--against",
            "--claimed",
            "--claims",
            "--created-column",
            "--updated-column",
            "--list-map",
            "--json",
            "--report",
            "--force",
        ],
    ),
    ("breach list", &["--json", "--index", "--expired"]),
    ("breach add", &["<NAME>", "--title", "--flag", "--retain-until", "--source", "--key-file"]),
    ("breach edit", &["<NAME>", "--claimed-count", "--legal-basis", "--no-flag"]),
    ("breach import", &["<FILE>", "--add", "--match", "--index", "--key-file"]),
    ("breach show", &["<NAME>", "--json"]),
    (
        "forget",
        &["--kind", "--region", "--scope", "--lenient", "--undo", "--wait", "LEAKDEX_INDEX", "LEAKDEX_KEY_FILE"],
    ),
    ("compact", &["--all", "--wait", "LEAKDEX_INDEX", "LEAKDEX_KEY_FILE"]),
    ("stats", &["--json", "--count", "LEAKDEX_INDEX"]),
    ("verify", &["--quick", "--sample", "--removed", "LEAKDEX_KEY_FILE"]),
    ("breach remove", &["<NAME>", "--index", "--key-file"]),
    ("breach", &["list", "show", "add", "edit", "import", "remove"]),
];

#[test]
fn help_names_commands_options_and_exit_codes() {
    let desk = Desk::new();
    let outcome = desk.leakdex("--help").run_ok();
    let text = outcome.stdout_text();
    for part in ["Exit codes: 0 done; 1 done", "2 an error; 3 done", "Start with `leakdex demo`"] {
        assert!(text.replace('\n', " ").contains(part), "{part}\n{outcome}");
    }
    for (command, options) in COMMANDS {
        let first = command.split(' ').next().expect("a word");
        assert!(text.contains(&format!("\n  {first} ")), "{first}\n{text}");
        for form in [format!("{command} --help"), format!("help {command}")] {
            let help = desk.leakdex(&form).run_ok();
            let missing: Vec<&&str> = options.iter().filter(|option| !help.stdout_text().contains(**option)).collect();
            assert!(missing.is_empty(), "{missing:?} in\n{help}");
            assert_eq!(help.stderr_text(), "", "{form}");
        }
    }
    assert!(desk.leakdex("--version").run_ok().stdout_text().starts_with("leakdex 0."));
}

#[test]
fn help_fits_a_terminal() {
    let desk = Desk::new();
    for (command, _) in COMMANDS {
        let text = desk.leakdex(&format!("{command} --help")).run_ok().stdout_text();
        let long: Vec<&str> = text.lines().filter(|line| line.chars().count() > 100).collect();
        assert!(long.is_empty(), "{long:?}");
    }
}

#[test]
fn wrong_arguments_end_with_2() {
    let desk = Desk::with_index();
    let check = |arguments: &str, part: &str| {
        let before = desk.state();
        let outcome = desk.leakdex(arguments).run_code(2);
        assert!(outcome.stderr_text().contains(part), "`{part}` for `{arguments}`\n{outcome}");
        assert_eq!(outcome.stdout_text(), "", "{arguments}");
        assert!(desk.state() == before, "{arguments}");
    };
    check("", "Usage: leakdex");
    check("nosuch", "unrecognized subcommand");
    check("scna list.csv", "similar subcommand exists: 'scan'");
    check("scan", "<LIST>");
    check("scan list.csv --ouptut x", "similar argument exists: '--output'");
    check("scan list.csv other.csv", "unexpected argument");
    check("scan list.csv --threads many", "invalid value");
    check("scan list.csv --kind-column kind", "--value-column");
    check("ingest dump.csv", "--breach");
    check("ingest --breach new", "<PATHS>");
    check("breach show", "<NAME>");
    check("key new", "<FILE>");
    check("claim", "--against");
    check("claim list.csv", "--against");
    check("claim --claims c.toml --claimed 3", "cannot be used with");
    check("key id --key-command a --key-fd 3", "cannot be used with");
    check("demo --scale much", "invalid value");
}
