//! The incident as a whole: its files are read back, and the truth is found again by naive means.

use super::generate::{Error, Incident, generate};
use super::people::{id_check_character, vin_check_digit};
use super::{Agreement, Comparison, Truth};
use crate::identifier::Kind;
use crate::index::class::{ClassMask, DataClass};
use crate::source::Progress;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::path::Path;
use unicode_normalization::UnicodeNormalization;

const SCALE: f64 = 0.002;

fn incident(dir: &Path, seed: u64) -> Incident {
    generate(dir, SCALE, seed, &Progress::new()).unwrap()
}

/// One record as the tests read it: header and cell; garbage has none.
type Record = Vec<(String, String)>;

fn table(text: &str, delimiter: u8) -> Vec<Record> {
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).flexible(true).from_reader(text.as_bytes());
    let headers = reader.headers().unwrap().clone();
    let record = |record: csv::StringRecord| {
        let cells = headers.iter().zip(&record).map(|(header, cell)| (header.to_owned(), cell.to_owned()));
        if record.len() == headers.len() { cells.collect() } else { Vec::new() }
    };
    reader.records().map(|row| record(row.unwrap())).collect()
}

fn user(line: &str) -> Record {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(line) else { return Vec::new() };
    let mut record = Vec::new();
    for (header, pointer) in [
        ("name", "/profile/name"),
        ("email", "/profile/email"),
        ("phone", "/profile/phones/0"),
        ("phone", "/profile/phones/1"),
        ("city", "/address/city"),
        ("street", "/address/street"),
    ] {
        if let Some(text) = value.pointer(pointer).and_then(|cell| cell.as_str()) {
            record.push((header.to_owned(), text.to_owned()));
        }
    }
    record
}

/// The records of the five dumps.
fn read_dumps(incident: &Incident) -> [Vec<Record>; 5] {
    let bytes = |index: usize| std::fs::read(&incident.dumps[index].path).unwrap();
    let employees = String::from_utf8(bytes(0)).unwrap();
    let owners = bytes(1);
    let (owners, had_errors) = encoding_rs::GB18030.decode_without_bom_handling(&owners);
    assert!(!had_errors);
    let mut users = String::new();
    flate2::read::MultiGzDecoder::new(bytes(2).as_slice()).read_to_string(&mut users).unwrap();
    let loans = String::from_utf8(zstd::decode_all(bytes(3).as_slice()).unwrap()).unwrap();
    let sales = String::from_utf8(bytes(4)).unwrap();
    [
        table(employees.strip_prefix('\u{feff}').unwrap(), b','),
        table(&owners, b','),
        users.lines().map(user).collect(),
        table(&loans, b'\t'),
        table(&sales, b';'),
    ]
}

fn read_list(incident: &Incident) -> Vec<Record> {
    table(&std::fs::read_to_string(&incident.list).unwrap(), b',')
}

fn kind(header: &str) -> Option<Kind> {
    match header {
        "邮箱" | "email" => Some(Kind::Email),
        "手机号" | "phone" | "owner_phone" => Some(Kind::Phone),
        "身份证号" | "id_card" => Some(Kind::NationalId),
        "vin" => Some(Kind::Vin),
        "plate" => Some(Kind::Plate),
        "工号" | "employee_no" => Some(Kind::EmployeeNo),
        _ => None,
    }
}

fn class(header: &str) -> ClassMask {
    let name = match header {
        "邮箱" | "email" => "Email addresses",
        "手机号" | "phone" | "owner_phone" => "Phone numbers",
        "身份证号" | "id_card" => "Government issued IDs",
        "vin" => "Vehicle identification numbers (VINs)",
        "plate" => "Licence plates",
        "工号" => "Employee numbers",
        "姓名" | "name" => "Names",
        "职位" => "Job titles",
        "性别" => "Genders",
        "住址" | "street" => "Physical addresses",
        "city" => "Geographic locations",
        "contract_no" => "Contract numbers",
        "loan_amount" | "term_months" => "Loan information",
        "model" => "Vehicle details",
        "price" => "Purchases",
        "入职日期" | "登记日期" | "created" | "order_date" => return ClassMask::NONE,
        other => panic!("no class for {other}"),
    };
    ClassMask::of(DataClass::from_name(name).unwrap())
}

fn is_void(cell: &str) -> bool {
    let cell = cell.trim();
    ["", "NULL", "-", "n/a"].contains(&cell) || cell.contains("**")
}

/// Exact and folded form, or `None` if the cell holds no identifier of its kind.
fn canonical(kind: Kind, cell: &str) -> Option<(String, String)> {
    if is_void(cell) {
        return None;
    }
    let text: String = cell.nfkc().collect();
    let text = text.trim();
    let upper: String = text.to_uppercase().chars().filter(|c| !" -·".contains(*c)).collect();
    let exact = match kind {
        Kind::Email => {
            let exact = text.to_lowercase();
            let (local, domain) = exact.split_once('@')?;
            let local = local.split('+').next()?;
            let folded = match domain {
                "gmail.com" | "googlemail.com" => format!("{}@gmail.com", local.replace('.', "")),
                _ => format!("{local}@{domain}"),
            };
            return Some((exact, folded));
        }
        Kind::Phone => {
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            assert!([11, 13, 15].contains(&digits.len()) && digits[digits.len() - 11..].starts_with('1'));
            digits[digits.len() - 11..].to_owned()
        }
        Kind::NationalId if upper.len() == 15 => {
            let body = format!("{}19{}", &upper[..6], &upper[6..]);
            format!("{body}{}", id_check_character(body.as_bytes()))
        }
        Kind::NationalId => {
            assert_eq!(upper.chars().last(), Some(id_check_character(&upper.as_bytes()[..17])));
            upper
        }
        Kind::Vin => {
            assert_eq!(char::from(upper.as_bytes()[8]), vin_check_digit(upper.as_bytes()));
            upper
        }
        _ => upper,
    };
    Some((exact.clone(), exact))
}

/// Where a folded identifier stands: per exact form and breach, the classes and the writings.
type Index = HashMap<(Kind, String), Vec<(String, u8, ClassMask, String)>>;

fn is_garbage(record: &Record) -> bool {
    record.is_empty() || record.iter().all(|(header, cell)| header == cell || cell == "#REF!")
}

fn naive_index(dumps: &[Vec<Record>; 5]) -> Index {
    let mut index = Index::new();
    for (breach, records) in (1..).zip(dumps) {
        for record in records.iter().filter(|record| !is_garbage(record)) {
            let present = record.iter().filter(|(_, cell)| !is_void(cell));
            let mask = present.fold(ClassMask::NONE, |mask, (header, _)| mask.union(class(header)));
            for (kind, cell) in record.iter().filter_map(|(header, cell)| Some((kind(header)?, cell))) {
                let Some((exact, folded)) = canonical(kind, cell) else { continue };
                index.entry((kind, folded)).or_default().push((exact, breach, mask, cell.clone()));
            }
        }
    }
    index
}

/// The truth by a join of naive canonical forms: (row, kind, breach) to (alias, classes, byte-equal).
fn naive_truth(index: &Index, list: &[Record]) -> BTreeMap<(u64, Kind, u8), (bool, ClassMask, bool)> {
    let mut truth = BTreeMap::new();
    for (row, record) in (1..).zip(list) {
        for (kind, cell) in record.iter().filter_map(|(header, cell)| Some((kind(header)?, cell))) {
            let Some((exact, folded)) = canonical(kind, cell) else { continue };
            for (other, breach, mask, writing) in index.get(&(kind, folded)).into_iter().flatten() {
                let found = truth.entry((row, kind, *breach)).or_insert((true, ClassMask::NONE, false));
                found.0 &= exact != *other;
                found.1 = found.1.union(*mask);
                found.2 |= cell == writing;
            }
        }
    }
    truth
}

#[test]
fn truth_is_what_a_naive_join_of_the_files_finds() {
    for seed in [1, 2] {
        let dir = tempfile::tempdir().unwrap();
        let incident = incident(dir.path(), seed);
        let found = naive_truth(&naive_index(&read_dumps(&incident)), &read_list(&incident));
        let truth = incident.truth.exposures.iter();
        let truth: BTreeMap<_, _> =
            truth.map(|e| ((e.row, e.kind, e.breach), (e.alias, e.classes, e.is_byte_equal))).collect();
        assert_eq!(found.len(), incident.truth.exposures.len());
        assert!(found == truth, "seed {seed}: the naive join differs");
        let pairs: BTreeSet<_> = found.keys().map(|(row, _, breach)| (row, breach)).collect();
        assert_eq!(pairs.len() as u64, incident.truth.customer_breach_pairs);
        let people: BTreeSet<_> = pairs.iter().map(|(row, _)| row).collect();
        assert_eq!(people.len() as u64, incident.truth.people_exposed);
        let equal: BTreeSet<_> = found.iter().filter(|(_, f)| f.2).map(|((row, _, breach), _)| (row, breach)).collect();
        assert_eq!(equal.len() as u64, incident.truth.exact_join_pairs);
        let kinds: BTreeSet<_> = found.keys().map(|(_, kind, _)| *kind).collect();
        assert_eq!(kinds.len(), 6, "{kinds:?}");
    }
}

#[test]
fn no_two_customers_share_an_identifier() {
    let dir = tempfile::tempdir().unwrap();
    let mut seen = BTreeSet::new();
    for record in read_list(&incident(dir.path(), 3)) {
        for (kind, cell) in record.iter().filter_map(|(header, cell)| Some((kind(header)?, cell))) {
            let Some((_, folded)) = canonical(kind, cell) else { continue };
            assert!(seen.insert((kind, folded)), "a shared {}", kind.name());
        }
    }
}

#[test]
fn counts_are_near_those_of_the_model() {
    let dir = tempfile::tempdir().unwrap();
    let progress = Progress::new();
    let incident = generate(dir.path(), 0.02, 1, &progress).unwrap();
    let records = incident.dumps.iter().map(|dump| dump.records);
    assert_eq!(records.clone().collect::<Vec<_>>(), [456, 798, 13_000, 240, 620]);
    assert_eq!(progress.records(), records.sum::<u64>() + 20_000);
    let truth = &incident.truth;
    assert!((5_600..6_000).contains(&truth.customer_breach_pairs), "{}", truth.customer_breach_pairs);
    let exact_share = truth.exact_join_pairs as f64 / truth.customer_breach_pairs as f64;
    assert!((0.42..0.48).contains(&exact_share), "{exact_share}");
}

#[test]
fn files_hold_the_records_they_claim_in_the_shapes_they_claim() {
    let dir = tempfile::tempdir().unwrap();
    let incident = incident(dir.path(), 1);
    for (dump, records) in incident.dumps.iter().zip(read_dumps(&incident)) {
        assert_eq!(dump.records, records.len() as u64, "{}", dump.breach);
        assert!(records.iter().any(is_garbage), "{}", dump.breach);
    }
    assert_eq!(incident.list_rows, 2_000);
    assert_eq!(read_list(&incident).len(), 2_000);
    let owners = std::fs::read(&incident.dumps[1].path).unwrap();
    assert!(std::str::from_utf8(&owners).is_err());
    assert_eq!(memchr::memmem::find_iter(&owners, b"\r\n").count() as u64, incident.dumps[1].records + 1);
    let users = std::fs::read(&incident.dumps[2].path).unwrap();
    let mut first_member = Vec::new();
    flate2::read::GzDecoder::new(users.as_slice()).read_to_end(&mut first_member).unwrap();
    let lines = first_member.iter().filter(|byte| **byte == b'\n').count() as u64;
    assert!(lines < incident.dumps[2].records, "one member only");
}

#[test]
fn bytes_do_not_depend_on_the_number_of_threads() {
    let files = |threads| {
        let dir = tempfile::tempdir().unwrap();
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let incident = pool.install(|| incident(dir.path(), 9));
        let paths = incident.dumps.iter().map(|dump| &dump.path).chain([&incident.list]);
        (paths.map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>(), incident.truth)
    };
    let one = files(1);
    assert!(one == files(2) && one == files(5), "bytes or truth differ");
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_behind() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("customers.csv"), "mine").unwrap();
    let error = generate(dir.path(), SCALE, 1, &Progress::new()).unwrap_err();
    assert!(matches!(error, Error::Exists { .. }), "{error:?}");
    assert!(error.hint().is_some());
    assert_eq!(std::fs::read(dir.path().join("customers.csv")).unwrap(), b"mine");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);

    let stopped = Progress::new();
    stopped.request_stop();
    let error = generate(&dir.path().join("a/b"), SCALE, 1, &stopped).unwrap_err();
    assert!(matches!(error, Error::Stopped), "{error:?}");
    assert!(!dir.path().join("a").exists());
}

#[test]
fn a_senseless_scale_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    for scale in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
        let error = generate(dir.path(), scale, 1, &Progress::new()).unwrap_err();
        assert!(matches!(error, Error::Scale), "{error:?}");
    }
}

const BREACHES: [&str; 5] = ["model-employees", "model-owners", "model-users", "model-loans", "model-sales"];

/// The file of a scan that found the truth, one line per exposure.
fn scan_lines(truth: &Truth) -> Vec<String> {
    let line = |e: &super::Exposure| {
        let tier = if e.alias { "alias" } else { "exact" };
        let classes: Vec<_> = e.classes.classes().map(DataClass::name).collect();
        let breach = BREACHES[usize::from(e.breach) - 1];
        format!("{},ref,{},{tier},{breach},{}\n", e.row, e.kind.name(), classes.join(";"))
    };
    truth.exposures.iter().map(line).collect()
}

fn compare(truth: &Truth, lines: &[String]) -> Comparison {
    let text = format!("row,reference,kind,tier,breach,data_classes\n{}", lines.concat());
    truth.compare(text.as_bytes(), &BREACHES).unwrap()
}

#[test]
fn comparison_counts_every_difference() {
    let dir = tempfile::tempdir().unwrap();
    let incident = incident(dir.path(), 1);
    assert_eq!(incident.dumps.iter().map(|dump| dump.breach).collect::<Vec<_>>(), BREACHES);
    let (truth, right) = (&incident.truth, scan_lines(&incident.truth));
    let (pairs, lines) = (truth.customer_breach_pairs, right.len() as u64);
    let perfect = compare(truth, &right);
    assert!(perfect.is_exact(), "{perfect:?}");
    assert_eq!(perfect.pairs, Agreement { found: pairs, missing: 0, extra: 0 });

    let mut wrong = right.clone();
    wrong[0] = wrong[0].replace("exact", "vague").replace("alias", "vague");
    wrong[1] = wrong[1].replace('\n', ";Photos\n");
    wrong[2] = wrong[2].replace("model-", "other-");
    wrong.push(right[3].clone());
    wrong.push("999999,ref,vin,exact,model-sales,Names\n".to_owned());
    let result = compare(truth, &wrong);
    assert_eq!(result.lines, Agreement { found: lines - 1, missing: 1, extra: 3 });
    assert_eq!((result.wrong_tiers, result.wrong_classes, result.pairs.extra), (1, 1, 2));
    assert!(!result.is_exact());

    let empty = compare(truth, &[]);
    assert_eq!(empty.pairs, Agreement { found: 0, missing: pairs, extra: 0 });
}

#[test]
fn comparison_errors_name_no_value() {
    let truth = Truth::default();
    let error = truth.compare(&b"row,kind,tier,breach\n"[..], &BREACHES).unwrap_err();
    assert_eq!(error.to_string(), "the exposures have no column `data_classes`");
    let header = "row,reference,kind,tier,breach,data_classes\n";
    for bad in [&b"x,secret,email,exact,b,Names\n"[..], b"1,\xff,email,exact,b,Names\n", b"1,secret\n"] {
        let error = truth.compare([header.as_bytes(), bad].concat().as_slice(), &BREACHES).unwrap_err();
        assert_eq!(error.to_string(), "record 1 of the exposures does not follow the format");
    }
}
