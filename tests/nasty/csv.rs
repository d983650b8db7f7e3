//! Delimited text by the cases that public test suites of CSV readers have, each made anew.
//!
//! Looked through for classes of cases: csv-spectrum, the tests of Python's `csv`, of `csv-core`, of PapaParse and of
//! univocity-parsers, csv-test-data, the examples of csvkit and of the W3C's CSV on the Web, and the dialects of CleverCSV.
//!
//! The files of csv-spectrum and csv-test-data were read once as they are: of 12 and 18 that have an answer, all give it, but
//! that a blank line is no record here, and that the answer to `location_coordinates` has another number than its file.

use std::io::Cursor;
use std::sync::Arc;

use super::{address, expect_silent, found, ingest};
use crate::cli::desk::Desk;
use leakdex::source::{Block, Columns, Options, Outcome, Progress, Quoting, Record, Shape, Source, Splitter, fuzzing};

const COMMA: Shape = Shape::Delimited { delimiter: b',', quoting: Quoting::Doubled };

/// Records as `a|b`, one a line; line ends in fields as `~`.
fn read(source: Source) -> String {
    let options = Options::default();
    let mut splitter = Splitter::new(source.description().shape, &Columns::positions(), &options);
    let mut blocks = source.into_blocks(0, Arc::new(Progress::new()));
    let (mut block, mut record, mut lines) = (Block::default(), Record::new(), Vec::new());
    while blocks.next_block(&mut block).expect("text") {
        let mut at = 0;
        while let Some(outcome) = splitter.next(&block.bytes, &mut at, &mut record) {
            assert_eq!(outcome, Outcome::Record);
            let fields =
                record.fields(&block.bytes).map(|(_, field)| String::from_utf8_lossy(field).replace("\r\n", "~"));
            lines.push(fields.map(|field| field.replace('\n', "~")).collect::<Vec<_>>().join("|"));
        }
    }
    lines.join("/")
}

#[track_caller]
fn check(text: &str, want: &str) {
    let reader = Box::new(Cursor::new(text.to_owned()));
    let source = fuzzing::open(reader, Some(COMMA), text.len() + 1, &Options::default()).expect("text");
    assert_eq!(read(source), want, "{text:?}");
}

#[test]
fn fields_and_records() {
    check("", "");
    check("a", "a");
    check("a,b,c", "a|b|c");
    check("a,b,c\nd,e,f", "a|b|c/d|e|f");
    check("a,b,c\r\nd,e,f\r\n", "a|b|c/d|e|f");
    check("a,b,c\rd,e,f\r", "a|b|c/d|e|f");
    check("a,b,\nx,y,", "a|b|/x|y|");
    check(",", "|");
    check(",,\n,,,", "||/|||");
    check("a,,,c\n,,e,", "a|||c/||e|");
    check("a\n1", "a/1");
    check("\n\n\na,b\n\n\r\n\rx,y\n\n", "a|b/x|y");
    check("\n\n\n", "");
    check("a\n b\n\tc \n", "a/ b/\tc ");
    check("a,b\n  ,\t\n", "a|b/  |\t");
    check("a;b\tc|d,e\n", "a;b\tc|d|e");
    check("\u{feff}a,b\n\u{feff}c,d\n", "a|b/c|d");
    check("a,\u{feff}b\n", "a|\u{feff}b");
    check("a\0,\0b\nc,d\0\n", "a|b/c|d");
    check("a,\u{2028}b\u{b}\u{85}c\n", "a|\u{2028}b\u{b}\u{85}c");
    check("\u{738b},\u{1f600}\n", "\u{738b}|\u{1f600}");
}

#[test]
fn quotes() {
    check("a,\"b\",c", "a|b|c");
    check("\"a\",\"b\",\"c\"\n\"d\",\"e\",\"f\"", "a|b|c/d|e|f");
    check("a,\" b  \",c", "a| b  |c");
    check("a,\"b,b\",c", "a|b,b|c");
    check("a,\"b\nb\",\"c\r\nc\nc\"\nd,e,f", "a|b~b|c~c~c/d|e|f");
    check("a,\"b\rb\",c\r", "a|b~b|c");
    check("a,\"b\"\"b\"\"b\",c", "a|b\"b\"b|c");
    check("a,\"\"\"b\"\"\",c", "a|\"b\"|c");
    check("a,\"\"\",\"\"\",c", "a|\",\"|c");
    check("a,\",\"\"\",c", "a|,\"|c");
    check("a,\"\"\",\",c", "a|\",|c");
    check("\"1\",\"n=\"\"\"\",m=\"\"\"\"\",\"2\"", "1|n=\"\",m=\"\"|2");
    check("a,b,\"c\"\"c\"\"\"\nd,e,f", "a|b|c\"c\"/d|e|f");
    check("a,\"\"\n\"\",b\n\"\",\"\"", "a|/|b/|");
    check("\"\"", "");
    check("\"\"\n\"\"\n", "/");
    check("\" \"\n", " ");
    check("a,\"{\"\"k\"\": \"\"v, w\"\"}\"\n", "a|{\"k\": \"v, w\"}");
    check("\"\na\",b\n", "~a|b");
    check("\"a\n\",b\n", "a~|b");
}

/// Quotes where none may stand: text, wherever that can be.
#[test]
fn quotes_out_of_place() {
    check("a,b\",c", "a|b\"|c");
    check("a,b \"b\",c", "a|b \"b\"|c");
    check("a,b\"b\"b,c", "a|b\"b\"b|c");
    check("5\" disc,6\" disc\n", "5\" disc|6\" disc");
    check("a, \"b\" ,c", "a| \"b\" |c");
    check("a,\"b\" ,c,d\r\ne,f,\"g\"  ,h", "a|b |c|d/e|f|g  |h");
    check("a,\"b\"c,d\ne,f,g", "a|bc|d/e|f|g");
    check("a,\"b\"c\"d\",e\n", "a|bc\"d\"|e");
    check("1,\"say \" it\",3\n4,5,6\n", "1|say  it\"|3/4|5|6");
}

#[test]
fn lengths_differ() {
    check("a,b,c\n1\n2,3\n4,5,6,7\n", "a|b|c/1/2|3/4|5|6|7");
    let wide = format!("{}x\n", "y,".repeat(5000));
    check(&wide, &format!("{}x", "y|".repeat(5000)));
    let long = "z".repeat(300_000);
    check(&format!("a,\"{long}\",b\nc,d\n"), &format!("a|{long}|b/c|d"));
}

/// What a text looks like, and its records.
#[track_caller]
fn check_shape(text: &str, shape: &str, want: &str) {
    let options = Options { is_list: true, ..Options::default() };
    let source = Source::from_reader("t", Box::new(Cursor::new(text.to_owned())), &options).expect("text");
    assert_eq!(source.description().shape.to_string(), shape, "{text:?}");
    assert_eq!(read(source), want, "{text:?}");
}

#[test]
fn dialects() {
    let comma = "comma-delimited text";
    check_shape("id,email\n1,a@x.io\n2,b@x.io\n", comma, "id|email/1|a@x.io/2|b@x.io");
    check_shape("sep=;\na;b,c\n", "semicolon-delimited text", "a|b,c");
    check_shape("\u{feff}sep=,\r\na,b\r\n", comma, "a|b");
    check_shape("id;note\n1;\"a;b\"\n2;c,d\n", "semicolon-delimited text", "id|note/1|a;b/2|c,d");
    check_shape("id\tnote\n1\ta, b\n2\tc, d\n", "tab-delimited text", "id|note/1|a, b/2|c, d");
    check_shape("id|note\n1|a, b\n2|c, d\n", "pipe-delimited text", "id|note/1|a, b/2|c, d");
    check_shape("\"id\",\"note\"\n\"1\",\"a;b;c\"\n\"2\",\"d;e;f\"\n", comma, "id|note/1|a;b;c/2|d;e;f");
    check_shape("n,price\na,\"1.234,50\"\nb,\"2,00\"\n", comma, "n|price/a|1.234,50/b|2,00");
    check_shape("id,email,\n1,a@x.io,\n2,b@x.io,\n", comma, "id|email|/1|a@x.io|/2|b@x.io|");
    let escaped = "comma-delimited text with escaped quotes";
    check_shape(
        "id,note,email\n\"1\",\"a \\\"b\\\", c\",\"a@x.io\"\n\"2\",\"C:\\\\\",\"b@x.io\"\n3,\\N,\\N\n",
        escaped,
        "id|note|email/1|a \"b\", c|a@x.io/2|C:\\|b@x.io/3||",
    );
    check_shape("\"1\",\"a\\\nb\",\\N\n\"2\",\"c\",\"d\"\n", escaped, "1|a~b|/2|c|d");
    check_shape("\"1\"\t\"a\\\tb\"\t\\N\n", "tab-delimited text with escaped quotes", "1|a\\\tb|");
    check_shape("id,path\n1,\"C:\\\"\n2,\"a \"\"b\"\" \\\"\n", comma, "id|path/1|C:\\/2|a \"b\" \\");
    check_shape("a@x.io\nb@x.io\n\nc@x.io", "one value a line", "a@x.io/b@x.io/c@x.io");
    check_shape(
        "# made by hand\nid,email\n1,a@x.io\n# two\n2,b@x.io\n3,c@x.io\n4,d@x.io\n5,e@x.io\n6,f@x.io\n7,g@x.io\n8,h@x.io\n",
        comma,
        "# made by hand/id|email/1|a@x.io/# two/2|b@x.io/3|c@x.io/4|d@x.io/5|e@x.io/6|f@x.io/7|g@x.io/8|h@x.io",
    );
}

fn rows(row: &dyn Fn(usize) -> String) -> String {
    (0..40).map(row).collect()
}

fn plain(n: usize) -> String {
    format!("{n},{},\"Li, {n}\"\r\n", address(n))
}

/// Dumps with quotes of every kind; each has 40 people.
fn dumps_with_quotes() -> Vec<(&'static str, String, usize)> {
    vec![
        ("plain", format!("id,email,name\r\n{}", rows(&plain)), 40),
        ("no header", rows(&plain), 40),
        (
            "all quoted",
            format!("\"id\",\"email\",\"name\"\n{}", rows(&|n| format!("\"{n}\",\"{}\",\"Li, {n}\"\n", address(n)))),
            40,
        ),
        (
            "blanks before quotes",
            format!("id, email, name\n{}", rows(&|n| format!("{n}, \"{}\", \"Li {n}\"\n", address(n)))),
            40,
        ),
        (
            "blanks behind quotes",
            format!("id,email,name\n{}", rows(&|n| format!("{n},\"{}\" ,\"Li {n}\" \n", address(n)))),
            40,
        ),
        (
            "backslashes",
            format!("id,email,name\n{}", rows(&|n| format!("\"{n}\",\"{}\",\"Li \\\"{n}\\\" x\"\n", address(n)))),
            40,
        ),
        (
            "backslashes before quotes, delimiters and line ends behind",
            format!(
                "id,name,note,email\n{}",
                rows(&|n| match n % 4 {
                    0 => format!("\"{n}\",\"Li \\\"{n}\\\", x\",\"\",\"{}\"\n", address(n)),
                    1 => format!("\"{n}\",\"\\\"\",\"a\nb \\\",\",\"{}\"\n", address(n)),
                    2 => format!("\"{n}\",\"C:\\\\\",\\N,\"{}\"\n", address(n)),
                    _ => format!("{n},x,\\N,{}\n", address(n)),
                })
            ),
            40,
        ),
        (
            "backslashes before quotes of which a sample shows none",
            format!(
                "id,name,email\n{}{}",
                "0,x,\n".repeat(60_000),
                rows(&|n| format!("{n},\"Li \\\"{n}\\\", x\",{}\n", address(n)))
            ),
            40,
        ),
        (
            "single quotes",
            format!("'id','email','name'\n{}", rows(&|n| format!("'{n}','{}','Li {n}'\n", address(n)))),
            40,
        ),
    ]
}

/// Dumps with what else stands in public files; each has 40 people.
fn dumps_with_oddities() -> Vec<(&'static str, String, usize)> {
    vec![
        (
            "comments",
            format!(
                "# export of a shop\n# by hand\nid,email,name\n{}",
                rows(&|n| plain(n) + if n % 10 == 0 { "# page\r\n" } else { "" })
            ),
            40,
        ),
        (
            "a title before the header",
            format!("Export of 2021-07-31\n\nid,email,name\n{}Total,40,\n", rows(&plain)),
            40,
        ),
        ("empty columns", format!(",id,,email,\n{}", rows(&|n| format!(",{n},,{},\n", address(n)))), 40),
        (
            "line ends in fields",
            format!("id,email,address\n{}", rows(&|n| format!("{n},{},\"1 Main St\nTown\r\nLand\"\n", address(n)))),
            40,
        ),
        (
            "two tables",
            format!(
                "id,email\n{}\nemail,id\n{}",
                rows(&|n| format!("{n},{}\n", address(n))),
                rows(&|n| format!("x{n},{n}\n"))
            ),
            40,
        ),
        ("carriage returns", format!("id,email,name\r{}", rows(&plain).replace("\r\n", "\r")), 40),
        (
            "guards of spreadsheets",
            format!("id,email\n{}", rows(&|n| format!("\"=\"\"{n}\"\"\",\"=\"\"{}\"\"\"\n", address(n)))),
            40,
        ),
        ("quotes that are text", format!("id,item,email\n{}", rows(&|n| format!("{n},5\" disc,{}\n", address(n)))), 40),
        (
            "open quotes",
            format!(
                "id,item,email\n{}",
                rows(&|n| format!("{n},{},{}\n", if n % 8 == 0 { "\"a" } else { "\"b\"" }, address(n)))
            ),
            40,
        ),
        (
            "semicolons and decimals",
            format!("id;preis;email\n{}", rows(&|n| format!("{n};1.234,{n:02};{}\n", address(n)))),
            40,
        ),
    ]
}

/// Dumps in the dialects that public files have, and how many of their people must be found.
#[test]
fn people_are_found_in_every_dialect() {
    let dumps = dumps_with_quotes().into_iter().chain(dumps_with_oddities());
    for (name, text, people) in dumps {
        let desk = Desk::new();
        desk.write("dump.csv", text);
        let outcome = ingest(&desk, "dump.csv --max-rejects 90%", 0, &[]);
        assert_eq!(found(&desk, (0..40).map(address)), people, "{name}\n{outcome}");
        assert_eq!(found(&desk, (40..80).map(address)), 0, "{name}\n{outcome}");
        expect_silent(&outcome);
    }
}

/// A quote that nobody closes is text of its own line; everything behind is as it was.
#[test]
fn open_quotes() {
    check("a,\"b,c\nd,e,f", "a|\"b|c/d|e|f");
    check("a,b,c\nd,\"e,f", "a|b|c/d|\"e|f");
    check("a,\"b,\"c\nd,e,f\n", "a|b,c/d|e|f");
    check("\"a,\"b,c\"\nd,e,f", "a,b|c\"/d|e|f");
    check("a,\"b,c\nd\"e,f,g", "a|\"b|c/d\"e|f|g");
    // Of three open quotes two close each other, as the standard has it.
    check("a,\"\nb,\"\nc,\"\nd,e\n", "a|~b,/c|\"/d|e");
    check("\"", "\"");
    check("a\n\"", "a/\"");
    check("a\",\"b\nc,d\n", "a\"|\"b/c|d");
}

/// Columns are told by their names in whatever way these are written.
#[test]
fn headers_are_names_in_every_dialect() {
    for header in [
        "email,mobile,name",
        "\"email\",\"mobile\",\"name\"",
        " email , mobile , name ",
        "EMAIL,MOBILE,NAME",
        "\u{feff}e-mail,Mobile No.,Full Name",
        "email,mobile,name,",
        "users.email,users.mobile,users.name",
    ] {
        let desk = Desk::new();
        desk.write(
            "dump.csv",
            format!("{header}\nanna.li@example.com,13900139001,Anna Li\nbert@example.org,13900139002,Bert\n"),
        );
        let parts = ["first row taken as names", "2 records = 2 accepted + 0 rejected", "email  2", "phone  2"];
        let outcome = ingest(&desk, "dump.csv", 0, &parts);
        let check = desk.leakdex("check --kind phone --region CN 13900139002").run_ok().stdout_text();
        assert!(check.contains("exposed\tb, ") && check.contains("; Names"), "{header}\n{check}\n{outcome}");
    }
}
