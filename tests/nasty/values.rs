//! Values that are written in ways that look alike, or that programs have spoilt: what a dump has is found by what a list says,
//! and what is spoilt is counted and never hashed.

use super::{expect_parts, ingest};
use crate::cli::desk::Desk;

/// What a dump has, what a list has, and the tier by which they meet; none if they must not.
const TWINS: [(&str, &str, &str, Option<&str>); 31] = [
    ("email", "anna@example.com", "\u{ff41}nna@example.com", Some("exact")),
    ("email", "anna1@example.com", "anna\u{200b}1@exam\u{ad}ple.com", Some("exact")),
    ("email", "anna2@example.com", "\u{202e}anna2@example.com\u{202c}", Some("exact")),
    ("email", "anna3@example.com", "\u{a0}anna3@example.com\u{3000}", Some("exact")),
    ("email", "anna4@example.com", "\u{430}nna4@example.com", None),
    ("email", "jos\u{e9}@example.com", "jose\u{301}@example.com", Some("exact")),
    ("email", "anna5@b\u{fc}cher.example", "anna5@xn--bcher-kva.example", Some("exact")),
    ("email", "IZMIR@example.com", "izmir@example.com", Some("exact")),
    ("email", "i\u{307}zmir6@example.com", "izmir6@example.com", None),
    ("email", "ann\u{131}7@example.com", "anni7@example.com", None),
    ("email", "a.n.n.a8+shop@googlemail.com", "anna8@gmail.com", Some("alias")),
    ("email", "anna9@EXAMPLE.com.", "anna9@example.com", Some("exact")),
    ("email", "\u{212a}im10@example.com", "kim10@example.com", Some("exact")),
    ("email", "me\u{17f}s11@example.com", "mess11@example.com", Some("exact")),
    ("email", "stra\u{df}e12@example.com", "strasse12@example.com", None),
    ("email", "\"anna13\"@example.com", "anna13@example.com", Some("exact")),
    ("phone", "86 13800138005", "13800138005", Some("exact")),
    ("phone", "138-0013-8006 ext. 12", "+8613800138006", Some("exact")),
    ("phone", "13800138007.0", "+86 (0)138 0013 8007", Some("exact")),
    ("phone", "13800138008", "1380013800", None),
    ("phone", "+86 138-0013-8001", "008613800138001", Some("exact")),
    ("phone", "13800138002", "\u{ff0b}86\u{ff11}\u{ff13}\u{ff18}00138002", Some("exact")),
    ("phone", "=\"13800138003\"", "13800138003", Some("exact")),
    ("phone", "'13800138004", "(+86) 138 0013 8004", Some("exact")),
    ("vin", "1m8gdm9axkp042788", "1M8GDM9AXKP042788", Some("exact")),
    ("vin", "1M8GDM9AXKPO42788", "1M8GDM9AXKP042788", Some("alias")),
    ("national_id", "11010519491231002x", "11010519491231002X", Some("exact")),
    ("national_id", "110105491231002", "11010519491231002X", Some("exact")),
    ("plate", "\u{4eac}A\u{b7}12345", "\u{4eac}a12345", Some("exact")),
    ("name_dob", "Stra\u{df}er, Anna 1990-01-02", "Anna STRASSER 02.01.1990", Some("exact")),
    ("name_dob", "\u{738b} \u{4f1f} 1990\u{5e74}1\u{6708}2\u{65e5}", "\u{738b}\u{4f1f} 1990-01-02", Some("exact")),
];

#[test]
fn twins_meet_and_strangers_do_not() {
    for (number, (kind, dump, list, tier)) in TWINS.iter().enumerate() {
        let desk = Desk::new();
        let quoted = |value: &str| format!("zz\n\"{}\"\n", value.replace('"', "\"\""));
        desk.write("dump.csv", quoted(dump));
        desk.write("list.csv", quoted(list));
        let map = format!("--region CN --map 1={kind}");
        // The name of the column is one more record where nothing tells it from a value.
        desk.leakdex(&format!("ingest dump.csv --breach b {map} --max-rejects 60%")).run_ok();
        let outcome = desk.leakdex(&format!("scan list.csv {map} --quiet")).run();
        let want = tier.map(|tier| format!(",,{kind},{tier},b,")).unwrap_or_default();
        let line = outcome.stdout_text().lines().nth(1).unwrap_or_default().to_string();
        assert!(if tier.is_some() { line.contains(&want) } else { line.is_empty() }, "{number}: {kind}\n{outcome}");
    }
}

/// What is refused, why, and in which kind of column.
const SPOILT: [(&str, &str, &str); 26] = [
    ("phone", "1.38E+10", "spreadsheet damage"),
    ("phone", "1.38001E+10", "spreadsheet damage"),
    ("national_id", "1.10105E+17", "spreadsheet damage"),
    ("national_id", "110105194912310000", "spreadsheet damage"),
    ("phone", "138****8001", "masked"),
    ("email", "a***@example.com", "masked"),
    ("email", "N/A", "placeholder"),
    ("email", "-", "placeholder"),
    ("email", "test@test.com", "placeholder"),
    ("phone", "00000000000", "placeholder"),
    ("email", "a@b@example.com", "syntax"),
    ("email", "@example.com", "syntax"),
    ("email", "a@", "syntax"),
    ("email", "a@localhost", "syntax"),
    ("email", "a..b@example.com", "syntax"),
    ("email", "a@[192.0.2.1]", "syntax"),
    ("email", "a123456789b123456789c123456789d123456789e123456789f123456789g1234@example.com", "length"),
    ("vin", "1M8GDM9AXKPO42789", "syntax"),
    ("vin", "WVWZZZ1JZXWO00001", "syntax"),
    ("vin", "1M8GDM9AXKP04278", "length"),
    ("vin", "1M8GDM9AXKP0427889", "length"),
    ("vin", "1M8GDM9A1KP042788", "checksum"),
    ("national_id", "110105194912310021", "checksum"),
    ("card", "4111111111111112", "checksum"),
    ("iban", "DE89370400440532013001", "checksum"),
    ("phone", "12", "length"),
];

#[test]
fn what_is_spoilt_is_counted_and_never_hashed() {
    for (number, (kind, value, reason)) in SPOILT.iter().enumerate() {
        let desk = Desk::new();
        // A good value beside it, so that there is something to ingest.
        desk.write("dump.csv", format!("email,zz\ngood@example.org,\"{value}\"\n"));
        let options = format!("dump.csv --map 2={kind}");
        // Its own, and one that counts the addresses of its domain.
        let outcome = ingest(&desk, &options, 0, &["2 digests"]);
        assert!(outcome.stderr_text().contains(&format!("refused: 1 {reason}")), "{number}: {value}\n{outcome}");
        assert!(!outcome.stderr_text().contains(value) || value.len() < 4, "the value is shown\n{outcome}");
    }
}

/// Without a country a number could be anybody's: it is never guessed. Who does not know it says so, and then the number
/// meets by its last digits, at a tier that no total counts.
#[test]
fn a_number_without_a_country_is_never_guessed() {
    let desk = Desk::new();
    desk.write("dump.csv", "phone\n0551 123456\n+49 551 123457\n0049551123458\n030 1234567\n");
    for options in ["", "--map phone=phone", "--map phone=phone --max-rejects 60%"] {
        let error = "50 % of the sampled telephone numbers have no country code; give `--region CC`";
        desk.refuses(
            &format!("ingest dump.csv --breach b {options}"),
            "1 column(s) cannot be decided",
            "masked samples",
        );
        let outcome = desk.leakdex(&format!("ingest dump.csv --breach b {options}")).run_code(2);
        expect_parts(&outcome, &[error]);
    }
    let meet = |index: &str, value: &str, region: &str| {
        let check = format!("check --kind phone --region {region} --index {index}");
        desk.leakdex(&check).stdin(value).run_ok().stdout_text()
    };
    let whole = ["4 records = 4 accepted + 0 rejected"];
    expect_parts(&desk.leakdex("ingest dump.csv --breach b --region none --index none").run_ok(), &whole);
    for region in ["DE", "none"] {
        assert!(meet("none", "030 1234567", region).contains("exposed\tb, loose: "), "{region}");
    }
    assert!(meet("none", "+49 551 123457", "DE").contains("exposed\tb, exact: "), "it has its country");
    expect_parts(&desk.leakdex("ingest dump.csv --breach b --region DE --index de").run_ok(), &whole);
    assert!(meet("de", "030 1234567", "DE").contains("exposed\tb, exact: "), "the region is known");
    assert!(meet("de", "030 1234567", "AT").contains("not found"), "another country's number");
}
