//! What scans and checks answer: every kind, both tiers, all data classes, in the list's order, with totals that add up.

use super::desk::{DUMP, Desk, EXPOSURES, LIST, Random, large_dump};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;

/// One record with every kind.
const EVERYTHING: &str = "\
email,mobile,id_no,vin,plate,employee_no,customer_no,contract_no,first_name,last_name,dob,loan,note
anna@example.com,13800138001,110105491231002,1M8GDM9AXKP042788,\u{6caa}A\u{b7}12345,E-7,000042,HT-2020-9,J\u{f6}rg,M\u{fc}ller,1990-01-06,5000,x
";

const MAP: &str = "--region CN --scope acme --map id_no=national_id:CN --map first_name+last_name+dob=name_dob \
    --map loan=class:Loan_information --map note=ignore --map vin=vin --map plate=plate:CN \
    --map employee_no=employee_no --map customer_no=customer_no --map contract_no=contract_no --map mobile=phone";

const CLASSES: &str = "Email addresses;Phone numbers;Names;Government issued IDs;Dates of birth;\
    Vehicle identification numbers (VINs);Licence plates;Loan information;Employee numbers;Customer numbers;Contract numbers";

fn desk_with_everything() -> Desk {
    let desk = Desk::new();
    desk.write("all.csv", EVERYTHING);
    desk.leakdex(&format!("ingest all.csv --breach all {MAP}")).run_ok();
    desk
}

#[test]
fn every_kind_is_found_in_columns_of_a_list() {
    let desk = desk_with_everything();
    let list = "\
ref,mail,tel,id,car,plate,staff,customer,contract,given,family,born
r1,ANNA@Example.COM,+86 138 0013 8001,11010519491231002x,1m8-gdm9ax-kp042788,\u{6caa}a12345,e-7,42,ht-2020-9,JORG,muller,6 Jan 1990
r2,nobody@example.net,13700137003,110101199003070011,5GZCZ43D13S812715,\u{4eac}A12345,E-8,43,HT-2020-8,Jorg,Muller,1990-01-07
";
    desk.write("list.csv", list);
    let map = "--region CN --scope ACME --reference ref --map mail=email --map tel=phone --map id=national_id --map car=vin \
        --map plate=plate --map staff=employee_no --map customer=customer_no --map contract=contract_no \
        --map given+family+born=name_dob";
    let outcome = desk.leakdex(&format!("scan list.csv {map} --exit-code --quiet")).run_code(1);
    let line = |(kind, tier): (&str, &str)| format!("1,r1,{kind},{tier},all,{CLASSES}");
    let want = [
        ("email", "exact"),
        ("phone", "exact"),
        ("national_id", "exact"),
        ("vin", "exact"),
        ("plate", "exact"),
        ("employee_no", "exact"),
        ("customer_no", "alias"),
        ("contract_no", "exact"),
        ("name_dob", "exact"),
    ];
    let got: Vec<String> = outcome.stdout_text().lines().skip(1).map(String::from).collect();
    assert_eq!(got, want.map(line));
}

#[test]
fn every_kind_is_found_in_a_list_that_names_kinds() {
    let desk = desk_with_everything();
    let rows = [
        ("email", "anna@example.com"),
        ("phone", "0086 138 0013 8001"),
        ("national_id", "110105 491231 002"),
        ("national_id:CN", "11010519491231002X"),
        ("vin", "1M8GDM9AXKP042788"),
        ("plate", "\u{6caa}A12345"),
        ("employee_no", "E-7"),
        ("customer_no", "000042"),
        ("contract_no", "HT-2020-9"),
        ("name_dob", "M\u{fc}ller, J\u{f6}rg 06.01.1990"),
        ("nosuch", "anna@example.com"),
        ("vin", "anna@example.com"),
        ("", "anna@example.com"),
    ];
    let list: String = rows.iter().map(|(kind, value)| format!("\"{value}\",{kind}\n")).collect();
    desk.write("list.csv", format!("what,which\n{list}"));
    let arguments = "scan list.csv --kind-column which --value-column what --region CN --scope acme --unknown u.csv";
    let outcome = desk.leakdex(arguments).run_ok();
    let found: Vec<String> = outcome.stdout_text().lines().skip(1).map(|line| line.replace(CLASSES, "*")).collect();
    let line = |(row, (kind, _)): (usize, &(&str, &str))| {
        format!("{},,{},exact,all,*", row + 1, kind.split(':').next().expect("a kind"))
    };
    let want: Vec<String> = rows[..10].iter().enumerate().map(line).collect();
    assert_eq!(found, want, "{outcome}");
    let unknown = "row,reference,kind,reason\n11,,,unknown_kind\n12,,vin,length\n13,,,unknown_kind\n";
    assert_eq!(desk.text("u.csv"), unknown);
}

#[test]
fn data_classes_are_those_of_the_record() {
    let desk = Desk::new();
    let dump = "email,mobile,name,address,password\na@example.com,13800138001,,Ulm,x\nb@example.com,,B,N/A,\n\
        c@example.com,138****8002,C,,\na@example.com,,A,,\n";
    desk.write("dump.csv", dump);
    desk.leakdex("ingest dump.csv --breach shop --region CN --map password=ignore").run_ok();
    let check = |value: &str, classes: &str| {
        let text = desk.leakdex("check --kind email").arg(value).run_ok().stdout_text();
        assert_eq!(text, format!("1\temail\texposed\tshop, exact: {classes}\n"));
    };
    check("a@example.com", "Email addresses; Phone numbers; Names; Physical addresses");
    check("b@example.com", "Email addresses; Names");
    check("c@example.com", "Email addresses; Names");
}

#[test]
fn tiers_tell_spellings_from_looser_rules() {
    let desk = Desk::new();
    desk.write("dump.csv", "email\nanna.b+shop@gmail.com\nplain@gmail.com\nx.y@example.com\n");
    desk.leakdex("ingest dump.csv --breach shop").run_ok();
    let check = |value: &str, want: &str| {
        let text = desk.leakdex("check --kind email --json").arg(value).run_ok().stdout_text();
        let json: Value = serde_json::from_str(&text).expect("a line of JSON");
        let tier = json["exposures"][0]["tier"].as_str().unwrap_or(json["answer"].as_str().expect("an answer"));
        assert_eq!(tier, want, "{value}");
    };
    check("Anna.B+Shop@Gmail.com", "exact");
    check("annab@gmail.com", "alias");
    check("a.n.n.a.b+other@googlemail.com", "alias");
    check("p.lain@gmail.com", "alias");
    check("plain@gmail.com", "exact");
    check("x.y@example.com", "exact");
    check("xy@example.com", "not found");
}

#[test]
fn several_breaches_and_segments_answer_in_order() {
    let desk = Desk::with_index();
    desk.write("forum.csv", "email,ip\ncarl@example.org,192.0.2.7\n");
    desk.leakdex("ingest forum.csv --breach forum --breach-date 2020-02 --title Forum").run_ok();
    desk.write("more.csv", "email,gender\ncarl@example.org,m\nerik@example.com,m\n");
    desk.leakdex("ingest more.csv --breach shop --append").run_ok();
    desk.write("list.csv", "mail\nerik@example.com\ncarl@example.org\nnobody@example.net\n");
    let outcome = desk.leakdex("scan list.csv").run_ok();
    let want = "row,reference,kind,tier,breach,data_classes\n\
        1,,email,exact,shop,Email addresses;Genders\n\
        2,,email,exact,shop,Email addresses;Names;Genders\n\
        2,,email,exact,forum,Email addresses;IP addresses\n";
    assert_eq!(outcome.stdout_text(), want);
    assert!(outcome.stderr_text().contains("By breach (3 person-breach pairs)"), "{outcome}");
    let forum = desk.leakdex("scan list.csv --breach forum --quiet").run_ok().stdout_text();
    assert_eq!(forum.lines().skip(1).collect::<Vec<_>>(), ["2,,email,exact,forum,Email addresses;IP addresses"]);
}

#[test]
fn appending_answers_like_ingesting_at_once() {
    let (apart, at_once) = (Desk::new(), Desk::new());
    let (first, second) = (large_dump(1, 500), large_dump(2, 500));
    for desk in [&apart, &at_once] {
        desk.write("a.csv", &first);
        desk.write("b.csv", &second);
    }
    apart.leakdex("ingest a.csv --breach shop --title One").run_ok();
    let refused = apart.leakdex("ingest b.csv --breach shop").run_code(2);
    assert!(refused.stderr_text().contains("already"), "{refused}");
    apart.leakdex("ingest b.csv --breach shop --append --breach-date 2021").run_ok();
    at_once.leakdex("ingest a.csv b.csv --breach shop").run_ok();
    for list in ["a.csv", "b.csv"] {
        let results = [&apart, &at_once].map(|desk| desk.leakdex(&format!("scan {list}")).run_ok().stdout_text());
        assert_eq!(results[0].lines().count(), 1001);
        assert!(results[0] == results[1], "{list}");
    }
    let shown = apart.leakdex("breach show shop").run_ok().stdout_text();
    for part in ["title         One", "date          2021", "1,000 = 1,000 accepted + 0 rejected", "inputs        2"] {
        assert!(shown.contains(part), "`{part}` in\n{shown}");
    }
    let list: Value = json_of(&at_once, "breach show shop --json");
    assert_eq!((&list["records"], &list["inputs"], &list["incomplete"]), (&1000.into(), &2.into(), &false.into()));
}

fn json_of(desk: &Desk, arguments: &str) -> Value {
    serde_json::from_str(&desk.leakdex(arguments).run_ok().stdout_text()).expect("JSON")
}

#[test]
fn checks_answer_in_text_and_json() {
    let desk = Desk::with_index();
    let values = "Carl@Example.org\r\n\nnobody@example.net\n13900139002\nabc\n";
    let outcome = desk.leakdex("check --region CN --exit-code").stdin(values).run_code(1);
    let want = "1\temail\texposed\tshop, exact: Email addresses; Names\n\
        2\t-\tunknown\tempty\n\
        3\temail\tnot found\tin 1 of 1 breaches that could hold it\n\
        4\tphone\texposed\tshop, exact: Email addresses; Phone numbers; Names\n\
        5\t-\tunknown\tplaceholder\n";
    assert_eq!(outcome.stdout_text(), want);
    let json = desk.leakdex("check --region CN --json").stdin(values).run_ok().stdout_text();
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let answers: Vec<&str> = lines.iter().map(|line| line["answer"].as_str().expect("an answer")).collect();
    assert_eq!(answers, ["exposed", "unknown", "not found", "exposed", "unknown"]);
    assert_eq!(lines[3]["exposures"][0]["data_classes"][1], "Phone numbers");
    assert_eq!(
        lines.iter().map(|line| line["number"].as_u64().expect("a number")).collect::<Vec<_>>(),
        [1, 2, 3, 4, 5]
    );
    desk.leakdex("check nobody@example.net --exit-code").run_ok();
    desk.leakdex("check carl@example.org").run_ok();
}

#[test]
fn breaches_statistics_and_verification_agree() {
    let desk = Desk::with_index();
    let list = json_of(&desk, "breach list --json");
    assert_eq!((&list[0]["breach"], &list[0]["name"]), (&Value::Null, &"shop".into()));
    assert_eq!((&list[0]["records"], &list[0]["accepted"], &list[0]["rejected"]), (&3.into(), &3.into(), &0.into()));
    let stats = json_of(&desk, "stats --json");
    assert_eq!((&stats["digests"], &stats["breaches"], &stats["bits"]), (&9.into(), &1.into(), &80.into()));
    let kinds = stats["kinds"].as_array().expect("kinds").iter();
    let kinds: Vec<(&str, Option<u64>, Option<u64>)> = kinds
        .map(|of_kind| {
            (of_kind["kind"].as_str().expect("a kind"), of_kind["fields"].as_u64(), of_kind["values"].as_u64())
        })
        .collect();
    assert_eq!(kinds, [("email", Some(3), Some(3)), ("phone", Some(2), Some(2)), ("email_domain", Some(3), None)]);
    let file = fs::metadata(&desk.segments()[0]).expect("a segment").len();
    assert_eq!(stats["bytes"], file);
    let verified = desk.leakdex("verify").run_ok().stdout_text();
    assert!(
        verified.starts_with("manifest: generation 1, seal right\n") && verified.contains("9 digests"),
        "{verified}"
    );
    let unsealed = super::super::command::Leakdex::new(desk.folder()).args(["verify", "--index", "index"]).run_ok();
    assert!(unsealed.stdout_text().contains("seal not checked (no key given)"), "{unsealed}");
    desk.leakdex("verify --quick").run_ok();
    assert_eq!(
        desk.leakdex("breach list").run_ok().stdout_text().lines().last(),
        Some("shop                3         0")
    );
}

#[test]
fn standard_input_answers_like_a_file() {
    let desk = Desk::with_index();
    let arguments = |list: &str, n: u8| format!("scan {list} --region CN --reference id --unknown u{n} --summary s{n}");
    let from_file = desk.leakdex(&arguments("list.csv", 1)).run_ok();
    let from_stdin = desk.leakdex(&arguments("-", 2)).stdin(LIST).run_ok();
    assert_eq!(from_file.stdout_text(), EXPOSURES);
    assert_eq!(from_stdin.stdout_text(), EXPOSURES);
    let renamed = from_stdin.stderr_text().replace("`-`", "`list.csv`");
    assert_eq!(renamed, from_file.stderr_text());
    assert_eq!((desk.text("u2"), desk.text("s2")), (desk.text("u1"), desk.text("s1")));
}

/// A list in which every kind of a row is there, missing, wrong or masked, by chance.
fn mixed_list(rows: usize) -> String {
    let mut random = Random(11);
    let mut text = String::from("id,email,mobile,vin\n");
    for row in 0..rows {
        let email =
            ["carl@example.org", "nobody@example.net", "", "c***@example.org", "none"][random.below(5) as usize];
        let mobile = ["13800138001", "13700137003", "", "n/a", "12"][random.below(5) as usize];
        let vin = ["1M8GDM9AXKP042788", "", "x"][random.below(3) as usize];
        text.push_str(&format!("{row},{email},{mobile},{vin}\n"));
    }
    text
}

#[test]
fn the_summary_adds_up() {
    let desk = Desk::with_index();
    let list = mixed_list(3000);
    desk.write("list.csv", &list);
    let arguments = "scan list.csv --region CN --summary s.json --unknown u.csv --quiet -o r.csv";
    desk.leakdex(arguments).run_ok();
    let summary = desk.json("s.json");
    let number = |value: &Value| value.as_u64().unwrap_or_else(|| panic!("a number, not {value}"));
    let sum = |value: &Value, names: &[&str]| names.iter().map(|name| number(&value[*name])).sum::<u64>();
    assert_eq!(number(&summary["rows"]), 3000);
    assert_eq!(sum(&summary["people"], &["exposed", "not_found", "unknown"]), 3000);
    for kind in ["email", "phone", "vin"] {
        let of_kind = &summary["kinds"][kind];
        assert_eq!(sum(of_kind, &["exposed", "not_found", "unknown", "empty"]), 3000, "{kind}: {of_kind}");
    }
    let rows_with = |column: usize, value: &str| {
        list.lines().skip(1).filter(|row| row.split(',').nth(column) == Some(value)).count()
    };
    assert_eq!(number(&summary["kinds"]["email"]["exposed"]), rows_with(1, "carl@example.org") as u64);
    assert_eq!(number(&summary["kinds"]["email"]["not_found"]), rows_with(1, "nobody@example.net") as u64);
    assert_eq!(
        number(&summary["kinds"]["email"]["unknown_reasons"]["masked"]),
        rows_with(1, "c***@example.org") as u64
    );
    assert_eq!(number(&summary["kinds"]["phone"]["empty"]), rows_with(2, "") as u64);
    assert_eq!(number(&summary["kinds"]["phone"]["unknown_reasons"]["placeholder"]), rows_with(2, "n/a") as u64);
    let (exposures, unknown) = (desk.text("r.csv"), desk.text("u.csv"));
    assert_eq!(number(&summary["exposures"]), exposures.lines().count() as u64 - 1);
    let reasons =
        summary["kinds"].as_object().expect("kinds").values().flat_map(|kind| kind["unknown_reasons"].as_object());
    let unknowns: u64 = reasons.flat_map(|reasons| reasons.values()).map(number).sum();
    let unusable: u64 = summary["unusable_rows"].as_object().expect("an object").values().map(number).sum();
    assert_eq!(unknowns + unusable, unknown.lines().count() as u64 - 1, "{summary}");
    assert_eq!(number(&summary["list"]["bytes"]), list.len() as u64);
    for text in [exposures, unknown] {
        let rows: Vec<u64> = text
            .lines()
            .skip(1)
            .map(|line| line.split(',').next().expect("a row").parse().expect("a number"))
            .collect();
        assert!(rows.is_sorted(), "in the list's order");
    }
}

/// Inputs with more than one block each, so that threads have something to do at the same time.
#[test]
fn threads_change_no_byte() {
    let desk = Desk::new();
    desk.write("a.csv", large_dump(1, 120_000));
    desk.write("b.csv", format!("{}broken\n,\n", large_dump(2, 120_000)));
    desk.write(
        "list.csv",
        format!("{}{}", large_dump(2, 50_000), large_dump(3, 60_000).split_once('\n').expect("rows").1),
    );
    let mut first = None;
    for threads in [1, 2, 8] {
        let index = format!("--index i{threads} --threads {threads}");
        desk.leakdex(&format!("ingest a.csv b.csv --breach big {index}")).run_ok();
        desk.leakdex(&format!("ingest b.csv a.csv --breach big --index r{threads} --threads {threads}")).run_ok();
        desk.leakdex(&format!("scan list.csv {index} -o o{threads} --summary s{threads}")).run_ok();
        let files = segment_bytes(&desk, &format!("i{threads}"));
        assert!(files == segment_bytes(&desk, &format!("r{threads}")), "the order of the inputs changes bytes");
        let got = (files, desk.read(&format!("o{threads}")), desk.read(&format!("s{threads}")));
        let want: &(Segments, Vec<u8>, Vec<u8>) = first.get_or_insert_with(|| got.clone());
        assert_eq!(got.0.keys().collect::<Vec<_>>(), want.0.keys().collect::<Vec<_>>(), "names with {threads} threads");
        assert!(got == *want, "bytes with {threads} threads");
    }
    let (files, results, _): (Segments, Vec<u8>, Vec<u8>) = first.expect("three runs");
    assert_eq!(files.len(), 1);
    let results = String::from_utf8(results).expect("text");
    let count = |part: &str| results.lines().filter(|line| line.contains(part)).count();
    assert_eq!(count(",email,exact,big,"), 50_000);
    // Of the 60,000 strangers a few have the telephone number of somebody else.
    assert!((50_000..50_500).contains(&count(",phone,exact,big,")), "{}", count(",phone,"));
}

/// The bytes of segment files by name.
type Segments = BTreeMap<String, Vec<u8>>;

fn segment_bytes(desk: &Desk, index: &str) -> Segments {
    let listing = fs::read_dir(desk.path(index)).expect("an index");
    let paths = listing.map(|entry| entry.expect("a readable folder").path());
    let segments = paths.filter(|path| path.extension().is_some_and(|end| end == "ldx"));
    segments
        .map(|path| {
            (path.file_name().expect("a name").to_string_lossy().into_owned(), fs::read(&path).expect("a file"))
        })
        .collect()
}

/// What the report of an ingest says of one input.
struct Counts {
    records: u64,
    accepted: u64,
    rejected: u64,
    reasons: u64,
    bytes: u64,
}

/// The counts of every input, and those of the whole ingest.
fn counts(report: &str) -> (Vec<Counts>, [u64; 3]) {
    let number = |text: &str| text.replace(',', "").parse::<u64>().unwrap_or_else(|_| panic!("no number: {text}"));
    let of_line = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        [number(words[0]), number(words[3]), number(words[6])]
    };
    let mut inputs: Vec<Counts> = Vec::new();
    let mut total = [0; 3];
    for line in report.lines() {
        if line.starts_with("  ") && line.contains(" records = ") {
            let [records, accepted, rejected] = of_line(line);
            let reasons = line.split_once('(').map_or("", |(_, reasons)| reasons.trim_end_matches(')'));
            let reasons = reasons.split(", ").filter_map(|reason| reason.split(' ').next()).filter(|n| !n.is_empty());
            inputs.push(Counts { records, accepted, rejected, reasons: reasons.map(number).sum(), bytes: 0 });
        } else if line.contains(" records = ") {
            total = of_line(line);
        } else if let Some((bytes, text)) = line.split_once(" bytes read of all; ") {
            let (all, parts) = text.split_once(" of text = ").expect("a sum");
            let parts: u64 = parts.split(" + ").map(|part| number(part.split(' ').next().unwrap_or_default())).sum();
            assert_eq!(number(all), parts, "every byte of text has a fate: {line}");
            inputs.last_mut().expect("an input").bytes = number(bytes.trim());
        }
    }
    (inputs, total)
}

#[test]
fn records_and_bytes_are_conserved() {
    let desk = Desk::new();
    let rows: String = (0..50).map(|row| format!("r{row}@example.com,{row}\n")).collect();
    let nasty = b"\"unclosed,1\nb\xff@example.com,2\n\0\0,\n,,,,,\nx@example.com,3,4,5\n\n\ny@example.com";
    let nasty = [format!("email,zz\n{rows}").as_bytes(), nasty].concat();
    let long = format!("email\n{}@example.com\nz@example.com\n", "x".repeat(2_000_000));
    let inputs: [(&str, Vec<u8>); 6] = [
        ("plain.csv", DUMP.as_bytes().to_vec()),
        ("nasty.csv", nasty),
        ("long.csv", long.into_bytes()),
        ("lines.jsonl", b"{\"email\":\"q@example.com\"}\n{\"email\":\n[1]\n{\"other\":1}\n".to_vec()),
        ("members.gz", super::shapes::gzip(&[b"email\nm@example.com\n", b"n@example.com\nwrong\n"])),
        ("big.csv", format!("{}nothing,\n", large_dump(5, 100_000)).into_bytes()),
    ];
    let mut arguments = String::from("ingest --breach all --region CN --max-rejects 100% --map 1=email");
    for (name, bytes) in &inputs {
        desk.write(name, bytes);
        arguments = format!("{arguments} {name}");
    }
    for options in ["--dry-run --threads 1", "--dry-run --threads 8", ""] {
        let report = desk.leakdex(&format!("{arguments} {options}")).run_ok().stderr_text();
        let (counts, total) = counts(&report);
        assert_eq!(counts.len(), inputs.len(), "{report}");
        for (of_input, (name, bytes)) in counts.iter().zip(&inputs) {
            assert_eq!(of_input.records, of_input.accepted + of_input.rejected, "{name}\n{report}");
            assert_eq!(of_input.rejected, of_input.reasons, "{name}\n{report}");
            assert_eq!(of_input.bytes, bytes.len() as u64, "{name}\n{report}");
        }
        let sum = |field: fn(&Counts) -> u64| counts.iter().map(field).sum::<u64>();
        assert_eq!(total, [sum(|of| of.records), sum(|of| of.accepted), sum(|of| of.rejected)], "{report}");
        let records: Vec<u64> = counts.iter().map(|of| of.records).collect();
        assert_eq!(records, [3, 56, 2, 4, 3, 100_001], "{report}");
    }
}
