//! Keys: made once, kept apart, and never confused.

use super::desk::{DUMP, Desk, expect_error};
use crate::command::Leakdex;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

const ALL_WITH_KEY: [&str; 4] =
    ["scan list.csv --region CN", "check anna@nowhere.example", "verify", "ingest list.csv --breach new --region CN"];

#[test]
fn a_wrong_key_is_an_error_and_never_not_found() {
    let desk = Desk::with_index();
    desk.leakdex("key new other").run_ok();
    desk.write("other.csv", "email\nerik@example.com\n");
    desk.leakdex("ingest other.csv --breach other --index index2 --key-file other").run_ok();
    for command in ALL_WITH_KEY {
        for options in ["--key-file other", "--index index2"] {
            let arguments = format!("{command} {options}");
            let outcome = desk.refuses(&arguments, "was made with key", "give the key that the index was made with");
            assert_eq!(outcome.stdout_text(), "", "no answer under a wrong key");
        }
    }
}

#[test]
fn key_id_is_the_name_in_every_place() {
    let desk = Desk::with_index();
    let id = desk.leakdex("key id").run_ok().stdout_text();
    assert_eq!((id.trim().len(), id.lines().count()), (16, 1));
    assert!(desk.leakdex("stats").run_ok().stdout_text().contains(&format!("key {},", id.trim())), "{id}");
    assert_eq!(desk.leakdex("key new second").run_ok().stdout_text().lines().count(), 1);
    assert_ne!(desk.leakdex("key id --key-file second").run_ok().stdout_text(), id);
}

#[test]
fn a_key_file_is_private_and_never_overwritten() {
    let desk = Desk::new();
    let mode = fs::metadata(desk.path("key")).expect("a key").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600);
    desk.refuses("key new key", "creating the key `key`: the file exists", "a key is never overwritten");
    std::os::unix::fs::symlink("nowhere", desk.path("link")).expect("a link");
    desk.refuses("key new link", "creating the key `link`", "");
    desk.script("umask 000; exec \"$0\" key new open").run_ok();
    let mode = fs::metadata(desk.path("open")).expect("a key").permissions().mode() & 0o777;
    assert_eq!(mode, 0o600, "whatever the umask");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let desk = Desk::with_index();
    for mode in [0o640, 0o604, 0o660, 0o644] {
        fs::set_permissions(desk.path("key"), Permissions::from_mode(mode)).expect("a key of ours");
        for command in ALL_WITH_KEY.into_iter().chain(["key id"]) {
            let error = format!("others may read or write it (mode 0{mode:o})");
            desk.refuses(command, &error, "`chmod 600 key`; otherwise make a new key");
        }
    }
}

#[test]
fn a_key_inside_the_index_is_refused() {
    let desk = Desk::with_index();
    fs::copy(desk.path("key"), desk.path("index/key")).expect("a copy");
    std::os::unix::fs::symlink("index/key", desk.path("link")).expect("a link");
    for command in ALL_WITH_KEY {
        for key in ["index/key", "link", "./index/../index/key"] {
            let arguments = format!("{command} --key-file {key}");
            desk.refuses(&arguments, "lies inside the index `index`", "keep the key somewhere else");
        }
    }
}

#[test]
fn what_is_no_key_is_refused() {
    let desk = Desk::with_index();
    let private = |name: &str, text: &str| {
        desk.write(name, text);
        fs::set_permissions(desk.path(name), Permissions::from_mode(0o600)).expect("a file of ours");
    };
    let text = desk.text("key");
    let line = text.lines().last().expect("a key line");
    let last = if line.ends_with('q') { 'p' } else { 'q' };
    private("typo", &format!("{}{last}\n", &line[..line.len() - 1]));
    private("words", "my secret pass phrase\n");
    private("nothing", "");
    private("short", &line[..line.len() - 8]);
    for name in ["typo", "words", "nothing", "short"] {
        let outcome =
            desk.refuses(&format!("key id --key-file {name}"), "reading the key from", "restore the key file");
        assert!(!outcome.stderr_text().contains("secret"), "no byte of a key is shown\n{outcome}");
    }
    desk.refuses("key id --key-file missing", "reading the key `missing`", "make a key with `leakdex key new FILE`");
    desk.refuses("key id --key-file index", "reading the key `index`: not a regular file", "leakdex key new FILE");
    let without = Leakdex::new(desk.folder()).args(["scan", "list.csv", "--index", "index"]);
    desk.refuses_call(without, "no key is given", "`--key-file FILE`");
}

#[test]
fn a_key_comes_from_a_command_or_a_descriptor() {
    let desk = Desk::with_index();
    let id = desk.leakdex("key id").run_ok().stdout_text();
    let command = |text: &str| desk.leakdex("key id --key-command").arg(text);
    assert_eq!(command("cat key").run_ok().stdout_text(), id);
    assert_eq!(desk.script("exec \"$0\" key id --key-fd 7 7< key").run_ok().stdout_text(), id);
    desk.refuses_call(command("exit 5"), "the key command ended with code 5", "print the contents of a key file");
    desk.refuses_call(command("echo no key"), "reading the key from", "");
    desk.refuses("key id --key-fd 77", "reading the key", "");
}

#[test]
fn the_environment_is_beaten_by_options() {
    let desk = Desk::with_index();
    desk.write("more.csv", DUMP.replace("carl", "karl"));
    desk.leakdex("ingest more.csv --breach more --region CN --index index2").run_ok();
    let names = |arguments: &str| desk.leakdex(arguments).run_ok().stdout_text();
    assert!(names("breach list").contains("shop"), "from the environment");
    assert!(names("breach list --index index2").contains("more"), "from the option");
    let outcome = desk.leakdex("check x@example.com --key-file missing").run_code(2);
    expect_error(&outcome, "reading the key `missing`", "make a key");
}
