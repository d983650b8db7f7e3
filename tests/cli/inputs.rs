//! Inputs that cannot be read or mean nothing: an error with a hint, and the index as it was.

use super::desk::{DUMP, Desk, LIST, Random, expect_error};
use std::fs;

/// The same complaint from the three commands that read files.
#[track_caller]
fn check_refused(desk: &Desk, name: &str, error: &str, hint: &str) {
    desk.refuses(&format!("ingest {name} --breach new --region CN"), error, hint);
    desk.refuses(&format!("ingest {name} --breach new --region CN --dry-run"), error, hint);
    desk.refuses(
        &format!("scan {name} --region CN -o results.csv --unknown unknown.csv --summary s.json"),
        error,
        hint,
    );
    desk.refuses(&format!("inspect {name}"), error, hint);
}

#[test]
fn what_is_no_file_is_refused() {
    let desk = Desk::with_index();
    fs::create_dir(desk.path("folder")).expect("a folder");
    check_refused(&desk, "missing.csv", "opening missing.csv: No such file", "check the path");
    let nothing = "opening folder: there is no file in it";
    desk.refuses("ingest folder --breach new --region CN --dry-run", nothing, "check the path");
    desk.refuses("inspect folder", nothing, "check the path");
    desk.refuses("scan folder -o results.csv", "opening folder: it is a directory", "name one of the files in it");
    check_refused(&desk, "/dev/null", "opening /dev/null: it is a", "give the path of a regular file");
}

#[test]
fn what_is_no_text_is_refused() {
    let desk = Desk::with_index();
    let mut random = Random(1);
    let noise: Vec<u8> = (0..10_000).flat_map(|_| random.next().to_le_bytes()).collect();
    desk.write("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01");
    desk.write("a.zip", b"PK\x03\x04\x14\0\0\0\x08\0\0\0");
    desk.write("a.bin", noise);
    desk.write("a.csv", vec![0; 5000]);
    check_refused(&desk, "a.png", "it looks like a PNG image", "export it as CSV");
    check_refused(&desk, "a.zip", "the zip archive is damaged", "fetch the file again");
    check_refused(&desk, "a.bin", "it looks like binary data", "leakdex reads text");
    check_refused(&desk, "a.csv", "this is not text", "leakdex reads text");
}

#[test]
fn utf_16_that_does_not_say_so_is_read() {
    let desk = Desk::with_index();
    let utf16: Vec<u8> = DUMP.encode_utf16().flat_map(u16::to_le_bytes).collect();
    desk.write("utf16.csv", utf16);
    let told = desk.leakdex("inspect utf16.csv --region CN --encoding utf-16le").run_ok().stdout_text();
    assert_eq!(desk.leakdex("inspect utf16.csv --region CN").run_ok().stdout_text(), told);
    desk.leakdex("ingest utf16.csv --breach new --region CN").run_ok();
}

#[test]
fn a_wrong_encoding_is_refused_or_counted() {
    let desk = Desk::with_index();
    let arguments = |name: &str| format!("ingest dump.csv --breach new --region CN --encoding {name}");
    desk.refuses(&arguments("utf-99"), "no encoding is called `utf-99`", "names are those of the WHATWG standard");
    desk.refuses(&arguments("utf-16le"), "no column holds identifiers", "--map COLUMN=KIND");
    desk.write("latin.csv", b"email,name\nanna.maria@example.com,Z\xe9\n");
    let outcome = desk.leakdex("ingest latin.csv --breach latin --encoding shift_jis").run_ok();
    assert!(outcome.stderr_text().contains("1 characters do not exist in this encoding"), "{outcome}");
}

#[test]
fn a_cut_or_damaged_stream_is_refused() {
    let desk = Desk::with_index();
    let gzip = super::shapes::gzip(&[DUMP.as_bytes()]);
    desk.write("cut.gz", &gzip[..gzip.len() - 5]);
    let mut flipped = super::shapes::zstd(DUMP.as_bytes());
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0x10;
    desk.write("flipped.zst", flipped);
    check_refused(&desk, "cut.gz", "the file ends in the middle of a gzip stream", "fetch the file again");
    check_refused(&desk, "flipped.zst", "damaged in a zstd stream", "fetch the file again");
}

#[test]
fn inputs_without_a_record_are_refused() {
    let desk = Desk::with_index();
    for (name, bytes) in [("empty.csv", ""), ("header.csv", "email,mobile,name\n"), ("blank.csv", "\n\n\n")] {
        desk.write(name, bytes);
        let ingest = format!("ingest {name} --breach new --region CN");
        desk.refuses(&ingest, "no input has a record", "is it the right file");
        let scan = format!("scan {name} -o results.csv --summary summary.json");
        desk.refuses(&scan, "the list has no rows", "is it the right file");
    }
    desk.refuses_call(desk.leakdex("scan - -o results.csv"), "the list has no rows", "is it the right file");
}

#[test]
fn an_input_without_a_record_does_not_hide_the_others() {
    let desk = Desk::with_index();
    desk.write("empty.csv", "");
    desk.write("more.csv", "email\nerik@example.com\n");
    let outcome = desk.leakdex("ingest empty.csv more.csv --breach more").run_ok();
    assert!(outcome.stderr_text().contains("1 records = 1 accepted + 0 rejected"), "{outcome}");
}

#[test]
fn a_list_without_a_usable_value_is_refused() {
    let desk = Desk::with_index();
    desk.write("words.csv", "email\nalpha\nbeta\ngamma\n");
    let hint = "say what they are with `--map COLUMN=KIND`";
    desk.refuses("ingest words.csv --breach new", "no record has an identifier that can be used", hint);
    let scan = "scan words.csv -o results.csv --unknown unknown.csv --summary summary.json";
    let outcome = desk.refuses(scan, "not one of the 3 rows has a value that can be asked for", hint);
    assert!(outcome.stderr_text().contains("unknown    3  100.0 %"), "{outcome}");
    desk.write("names.csv", "name,city\nAlpha,Ulm\n");
    desk.refuses("scan names.csv -o results.csv", "no column holds identifiers", "--map COLUMN=KIND");
}

#[test]
fn columns_that_are_not_there_are_refused() {
    let desk = Desk::with_index();
    for command in ["ingest dump.csv --breach new --region CN", "scan dump.csv --region CN", "inspect dump.csv"] {
        let check = |map: &str, error: &str, hint: &str| {
            desk.refuses(&format!("{command} --map {map}"), error, hint);
        };
        let hint = "`leakdex inspect` shows the columns";
        check("emial=email", "there is no column `emial` (did you mean `email`?)", hint);
        check("zzz=email", "there is no column `zzz`; known columns: email, mobile, name", hint);
        check("4=email", "there are only 3 columns", hint);
        check("0=email", "there are only 3 columns", hint);
        let hint = "shows every option";
        check("email=emial", "there is no kind `emial` (did you mean `email`?)", hint);
        check("email=plate:ZZ", "no rule for `plate:ZZ`", hint);
        check("email=class:Job", "there is no data class `Job`", hint);
        check("email", "write it as COLUMN=KIND", hint);
        check("=email", "the column before `=` is missing", hint);
    }
    desk.refuses("scan list.csv --region CN --reference idd", "there is no column `idd`", "`leakdex inspect`");
    desk.refuses("check --kind emial x", "there is no kind `emial`", "shows every option");
}

#[test]
fn options_without_sense_are_refused() {
    let desk = Desk::with_index();
    let check = |options: &str, error: &str| {
        desk.refuses(&format!("ingest dump.csv --breach new {options}"), error, "shows every option");
    };
    check("--region XX", "reading `--region`");
    check("--region CN --threads 0", "reading `--threads`: give 1 to 1024");
    check("--region CN --max-rejects 101%", "reading `--max-rejects`");
    check("--region CN --breach-date 2021-02-30", "reading `--breach-date`");
    check("--region CN --scope= ", "reading `--scope`: it is empty");
    let name = "ingest dump.csv --region CN --breach =cmd";
    desk.refuses(name, "this cannot be the name of a breach", "not beginning with = + - @");
}

#[test]
fn undecided_columns_are_refused() {
    let desk = Desk::with_index();
    let hint = "masked samples of every column";
    desk.write("more.csv", DUMP.replace("anna", "anne"));
    desk.refuses("ingest more.csv --breach new", "give `--region CC`", hint);
    desk.write("local.csv", "email,phone\nerik@example.com,234567\nfred@example.com,345678\n");
    desk.refuses("ingest local.csv --breach new", "give `--region CC`", hint);
    desk.write("staff.csv", "employee_no\nE-100\n");
    desk.refuses("ingest staff.csv --breach new", "give `--scope NAME`", hint);
    desk.write("twice.csv", "email,email\nerik@example.com,\n");
    let ambiguous = "more than one column is named `email`";
    desk.refuses("ingest twice.csv --breach new --map email=email", ambiguous, "give the number of the column");
    desk.leakdex("inspect more.csv").run_code(3);
    desk.leakdex("inspect more.csv --region CN").run_ok();
}

#[test]
fn a_few_addresses_in_a_nameless_column_are_noticed() {
    let desk = Desk::new();
    let rows: String = (0..400)
        .map(|n| format!("{},13800138{n:03}\n", if n < 5 { format!("anna{n}@example.com") } else { String::new() }))
        .collect();
    desk.write("two.csv", format!("zzz,mobile\n{rows}"));
    let outcome = desk.leakdex("ingest two.csv --breach x --region CN").run_ok();
    // The number five of their domain is two of them.
    assert!(outcome.stderr_text().contains("805 digests"), "five addresses are not passed over\n{outcome}");
}

#[test]
fn a_first_row_with_an_empty_cell_is_data() {
    let desk = Desk::new();
    let rows: String = (0..50).map(|n| format!("Anna,anna{n}@example.com\n")).collect();
    desk.write("rows.csv", format!("Berta,\n{rows}"));
    let outcome = desk.leakdex("inspect rows.csv").run_ok();
    assert!(outcome.stdout_text().contains("51 present"), "{outcome}");
}

#[test]
fn row_numbers_and_years_are_no_telephone_numbers() {
    let desk = Desk::with_index();
    desk.write(
        "rows.csv",
        "ww,zz,email\n1,1990,erik@example.com\n2,2001,fred@example.com\n10000,1985,gina@example.com\n",
    );
    desk.leakdex("ingest rows.csv --breach rows").run_ok();
    desk.leakdex("scan rows.csv").run_ok();
    desk.write("calls.csv", "ww,email\n13900001111,hans@example.com\n13900002222,ines@example.com\n");
    desk.refuses("ingest calls.csv --breach calls", "look like phone; give `--map '1=phone'`", "masked samples");
}

#[test]
fn the_same_input_is_refused() {
    let desk = Desk::with_index();
    desk.write("copy.csv", DUMP);
    desk.write("new.csv", "email\nerik@example.com\n");
    desk.write("new-copy.csv", "email\nerik@example.com\n");
    let check = |arguments: &str, error: &str, hint: &str| {
        desk.refuses(&format!("ingest {arguments} --region CN"), error, hint);
    };
    let known = "was ingested before, as part of `shop`";
    check("dump.csv --breach shop", "the index has a breach `shop` already", "give `--append`");
    check("dump.csv --breach shop --append", known, "leave it out");
    check("copy.csv --breach other", known, "leave it out");
    check("new.csv copy.csv --breach other", known, "leave it out");
    check("new.csv new.csv --breach other", "`new.csv` has the same contents as `new.csv`", "leave it out");
    check("new.csv new-copy.csv --breach other", "`new-copy.csv` has the same contents", "leave it out");
    desk.leakdex("ingest new.csv --breach other").run_ok();
}

#[test]
fn breaches_that_do_not_exist_are_refused() {
    let desk = Desk::with_index();
    let hint = "`leakdex breach list` shows the breaches";
    desk.refuses("scan list.csv --region CN --breach nosuch", "the index has no breach `nosuch`", hint);
    desk.refuses("scan list.csv --region CN --breach Shop", "no breach `Shop` (did you mean `shop`?)", hint);
    desk.refuses("check x@example.com --breach nosuch", "the index has no breach `nosuch`", hint);
    desk.refuses("breach show shops", "no breach `shops` (did you mean `shop`?)", hint);
}

#[test]
fn what_is_no_index_is_refused() {
    let desk = Desk::with_index();
    fs::create_dir(desk.path("folder")).expect("a folder");
    desk.write("folder/mine.txt", "mine");
    for index in ["missing", "folder", "list.csv"] {
        for command in ["scan list.csv --region CN", "check x@example.com", "stats", "verify", "breach list"] {
            let arguments = format!("{command} --index {index}");
            desk.refuses(&arguments, &format!("`{index}` holds no index"), "`leakdex ingest` makes one");
        }
    }
    let arguments = "ingest list.csv --breach new --region CN --index folder";
    let before = desk.state();
    let outcome = desk.leakdex(arguments).run_code(2);
    assert!(outcome.stderr_text().contains("the directory holds files that are no index"), "{outcome}");
    assert!(desk.state() == before, "a foreign directory is left alone\n{outcome}");
}

#[test]
fn a_failed_first_ingest_leaves_no_index() {
    let desk = Desk::new();
    desk.write("words.csv", "email\nalpha\n");
    desk.refuses("ingest words.csv --breach new", "no record has an identifier", "--map");
    desk.write("list.csv", LIST);
    let outcome = desk.leakdex("ingest list.csv missing.csv --breach new --region CN").run_code(2);
    expect_error(&outcome, "opening missing.csv", "check the path");
    assert!(!desk.path("index").exists(), "nothing is left behind");
}

/// The sample is the first 2,000 rows: what comes later at another path must not be lost in silence.
#[test]
fn values_at_paths_that_the_sample_did_not_show_are_said() {
    let desk = Desk::with_index();
    let row = |n: u32| match n {
        n if n % 10_000 == 7_777 => format!("{{\"contact\":{{\"mobile\":\"139111100{:02}\"}}}}\n", n / 10_000),
        n if n % 500 == 499 => "{\"#REF!\":\"502 Bad Gateway\",\"code\":502}\n".to_owned(),
        n => format!("{{\"mobile\":\"138{n:08}\"}}\n"),
    };
    desk.write("late.jsonl", (0..50_000).map(row).collect::<String>());
    let ingest = "ingest late.jsonl --region CN --breach";
    let outcome = desk.leakdex(&format!("{ingest} late")).run_code(3);
    assert!(outcome.stderr_text().contains("5 values that may be identifiers"), "{outcome}");
    desk.leakdex(&format!("{ingest} mapped --map contact.mobile=phone --index other")).run_ok();
    let outcome = desk.leakdex("check --region CN --index other").stdin("13911110001\n").run_ok();
    assert!(outcome.stdout_text().contains("exposed\tmapped"), "{outcome}");
}

/// An inch mark inside a field is text; it must not make line breaks inside quotes into records.
#[test]
fn a_quote_inside_a_field_leaves_quoting_on() {
    let desk = Desk::with_index();
    desk.write(
        "inch.csv",
        "item,name,email\n5\" disc,\"Anna\nMaria\",erik@example.com\n3\" disc,\"Otto\",fred@example.com\n",
    );
    let outcome = desk.leakdex("ingest inch.csv --breach inch").run_ok();
    assert!(outcome.stderr_text().contains("2 records = 2 accepted + 0 rejected"), "{outcome}");
}

#[test]
fn an_empty_question_is_unknown() {
    let desk = Desk::with_index();
    for arguments in ["check --kind phone --region CN", "check"] {
        let outcome = desk.leakdex(arguments).stdin("\n").run_ok();
        assert!(outcome.stdout_text().contains("unknown\tempty"), "{outcome}");
    }
}

#[test]
fn half_a_name_is_nobody() {
    let desk = Desk::with_index();
    let rows = "first,last,dob,email\nNULL,NULL,1981-02-03,a@example.com\n,Huber,1985-02-03,b@example.com\nAnna,Li,1990-01-02,c@example.com\n";
    desk.write("names.csv", rows);
    let map = "--map first+last+dob=name_dob";
    let outcome = desk.leakdex(&format!("ingest names.csv --breach names {map}")).run_ok();
    assert!(outcome.stderr_text().contains("name_dob  1  refused: 1 empty, 1 placeholder"), "{outcome}");
}

/// Letters that cannot be read are not put in the place of others: somebody else would be forgotten, or nobody.
#[test]
fn lines_in_another_encoding_are_an_error() {
    let desk = Desk::with_index();
    for command in ["forget --kind email", "check --kind email", "check"] {
        let call = desk.leakdex(command).stdin(b"carl@example.org\nm\xfcller@example.com\n".to_vec());
        desk.refuses_call(call, "line 2 is no UTF-8", "iconv");
    }
    assert_eq!(desk.leakdex("check carl@example.org --kind email").run_ok().stdout_text().lines().count(), 1);
}
