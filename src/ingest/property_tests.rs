//! The same dumps, key and width give the same bytes, whatever the threads, the memory, the blocks and the order of the
//! files; and what comes out is what a plain map of digests holds.
//!
//! Memory is shared out in small sizes here, so that a few hundred records are too many for the smallest. `LEAKDEX_LONG`
//! multiplies the number of cases.

use super::budget::{Budget, Sizes};
use super::job::Pace;
use super::test_data::{Random, SMALL};
use super::{Config, Report, Start, ingest_within};
use crate::digest::{Digest, Key, Namespace, Variant, Width};
use crate::identifier::{Country, Kind};
use crate::index::class::{ClassMask, DataClass};
use crate::index::{Access, Identity, Index};
use crate::plan::{Request, Rule};
use crate::source::{Input, Options, Progress};
use proptest::prelude::*;
use proptest::test_runner::{RngSeed, TestRunner};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const CASES: u32 = 24;
/// Ways to ingest the same dumps, beside the plain one.
const WAYS: usize = 3;
/// More than any small dump needs.
pub(super) const MEMORY_MAX: u64 = 1 << 20;
pub(super) const SCOPE: &str = "acme";
const HEADER: &str = "email,mobile,customer_no,name,address,email2\n";

/// A row of a dump, as the numbers of its cells among all that can stand there.
#[derive(Clone, Debug)]
struct Row {
    file: usize,
    email: usize,
    /// How the address is written.
    spelling: usize,
    phone: usize,
    customer: usize,
    name: bool,
    address: bool,
    /// Whether the address stands there twice.
    twice: bool,
}

/// Dumps, and one row of them that stands there very often.
#[derive(Clone, Debug)]
pub(super) struct Dumps {
    files: usize,
    rows: Vec<Row>,
    crowd: Option<(usize, usize)>,
    pub bits: u8,
}

/// One way to ingest them.
#[derive(Clone, Debug)]
pub(super) struct Way {
    pub threads: usize,
    pub memory: u64,
    pub part_bytes_max: u64,
    pub block_bytes: usize,
    /// What the files are shuffled by.
    pub order: u64,
}

pub(super) const PLAIN: Way =
    Way { threads: 1, memory: MEMORY_MAX, part_bytes_max: 1 << 20, block_bytes: 1 << 20, order: 0 };

fn any_row() -> impl Strategy<Value = Row> {
    let flags = (any::<bool>(), any::<bool>(), any::<bool>());
    let cells = (0..12usize, 0..150usize, 0..4usize, 0..40usize, 0..60usize, flags);
    cells.prop_map(|(file, email, spelling, phone, customer, (name, address, twice))| Row {
        file,
        email,
        spelling,
        phone,
        customer,
        name,
        address,
        twice,
    })
}

pub(super) fn any_dumps() -> impl Strategy<Value = Dumps> {
    let crowd = prop::option::weighted(0.4, (0..1000usize, prop_oneof![998..1003usize, 2000..5000usize]));
    let bits = prop::sample::select(vec![64u8, 80, 97, 128]);
    (1..9usize, prop::collection::vec(any_row(), 1..600), crowd, bits).prop_map(|(files, rows, crowd, bits)| Dumps {
        files,
        rows,
        crowd,
        bits,
    })
}

pub(super) fn any_way() -> impl Strategy<Value = Way> {
    let threads = prop::sample::select(vec![1usize, 2, 3, 8]);
    let memory = prop_oneof![Just(0), SMALL.pages_bytes_min..60_000, 60_000..MEMORY_MAX];
    // The smallest parts hold eight records, and every one costs the threads a turn.
    let part_bytes_max = prop_oneof![1 => Just(128u64), 4 => 1000..20_000u64];
    let block_bytes = prop_oneof![Just(64usize), 65..5000usize, Just(1 << 20)];
    let way = (threads, memory, part_bytes_max, block_bytes, any::<u64>());
    way.prop_map(|(threads, memory, part_bytes_max, block_bytes, order)| Way {
        threads,
        memory,
        part_bytes_max,
        block_bytes,
        order,
    })
}

/// A cell, and what a reader of the rules makes of it: exact form, fold where it differs; none if it is refused. The last
/// says whether there is a value at all, right or wrong.
type Cell = (String, Option<(String, Option<String>)>, bool);

fn email(number: usize, spelling: usize) -> Cell {
    let refused = |text: &str, value: bool| (text.to_string(), None, value);
    match number % 15 {
        0 => return refused("", false),
        1 => return refused("no address", true),
        2 => return refused("n/a", false),
        3 => return refused("a***@gmail.com", false),
        _ => (),
    }
    let local = ["anna{}", "b.c{}", "d{}.e.f", "g{}+news", "h.i{}+x.y"][number % 5].replace("{}", &number.to_string());
    let own = format!("x.d{}.example.co.uk", number % 47);
    let domain = match number / 15 % 6 {
        0 => "gmail.com",
        1 => "googlemail.com",
        2 => "example.com",
        3 => "mail.example.org",
        // A host that nobody can register.
        4 if number % 7 == 4 => "co.uk",
        _ => &own,
    };
    let exact = format!("{local}@{domain}");
    let google = domain.starts_with("g");
    let base = local.split('+').next().unwrap_or_default();
    let base = if google { base.replace('.', "") } else { base.to_string() };
    let fold = format!("{base}@{}", if google { "gmail.com" } else { domain });
    let written = match spelling {
        0 => exact.clone(),
        1 => exact.to_uppercase(),
        2 => format!("  {local}@{} ", domain.to_uppercase()),
        _ => format!("\"{exact}\""),
    };
    let fold = (fold != exact).then_some(fold);
    (written, Some((exact, fold)), true)
}

fn phone(number: usize) -> Cell {
    match number % 8 {
        0..=2 => (String::new(), None, false),
        3 => ("12".to_string(), None, true),
        _ => {
            let digits = format!("138{:08}", number * 1234);
            let written = if number.is_multiple_of(2) { format!("+86 {digits}") } else { format!("0086{digits}") };
            (written, Some((format!("86{digits}"), None)), true)
        }
    }
}

fn customer(number: usize) -> Cell {
    match number % 6 {
        0..=2 => (String::new(), None, false),
        3 => (format!("K-{number}"), Some((format!("K-{number}"), None)), true),
        4 => (format!("00{number}"), Some((format!("00{number}"), Some(number.to_string()))), true),
        _ => (number.to_string(), Some((number.to_string(), None)), true),
    }
}

impl Row {
    /// The cells of identifiers with their kinds, and the data class that a value exposes.
    fn identifiers(&self) -> [(Kind, DataClass, Cell); 4] {
        let again = if self.twice { email(self.email, (self.spelling + 1) % 4) } else { (String::new(), None, false) };
        [
            (Kind::Email, DataClass::EMAIL_ADDRESSES, email(self.email, self.spelling)),
            (Kind::Phone, DataClass::PHONE_NUMBERS, phone(self.phone)),
            (Kind::CustomerNo, DataClass::CUSTOMER_NUMBERS, customer(self.customer)),
            (Kind::Email, DataClass::EMAIL_ADDRESSES, again),
        ]
    }

    fn text(&self) -> String {
        let [email, phone, customer, again] = self.identifiers().map(|(_, _, cell)| cell.0);
        let (name, address) = (if self.name { "Anna" } else { "" }, if self.address { "Ulm" } else { "-" });
        format!("{email},{phone},{customer},{name},{address},{again}\n")
    }

    fn mask(&self) -> ClassMask {
        let mut mask = ClassMask::NONE;
        let mut set = |class, is_there: bool| {
            if is_there {
                mask = mask.union(ClassMask::of(class));
            }
        };
        self.identifiers().into_iter().for_each(|(_, class, cell)| set(class, cell.2));
        set(DataClass::NAMES, self.name);
        set(DataClass::from_name("Physical addresses").expect("a class"), self.address);
        mask
    }
}

impl Dumps {
    /// Every row, the crowd included.
    fn all_rows(&self) -> Vec<Row> {
        let mut rows = self.rows.clone();
        if let Some((row, count)) = self.crowd {
            let crowd = &self.rows[row % self.rows.len()];
            rows.extend((0..count).map(|i| Row { file: i % 12, ..crowd.clone() }));
        }
        // One record that is accepted, so that there is something to write.
        let plain =
            Row { file: 0, email: 4, spelling: 0, phone: 0, customer: 0, name: false, address: false, twice: false };
        rows.push(plain);
        rows
    }

    /// Writes the files that have rows; no two are the same, because their last rows differ.
    pub fn write(&self, dir: &Path) -> Vec<PathBuf> {
        let mut texts = vec![String::new(); self.files];
        self.all_rows().iter().for_each(|row| texts[row.file % self.files].push_str(&row.text()));
        let write = |(number, text): (usize, String)| {
            let path = dir.join(format!("dump{number}.csv"));
            fs::write(&path, format!("{HEADER}{text},,,file {number},,\n")).expect("a writable folder");
            path
        };
        texts.into_iter().enumerate().map(write).collect()
    }
}

/// What an index of dumps has to hold, from their rows and the rules alone.
#[derive(Default)]
struct Model {
    digests: BTreeMap<Digest, (ClassMask, u64, Kind)>,
    /// The classes and the number of the records that have an address of a domain.
    domains: BTreeMap<Digest, (ClassMask, u64)>,
    fields: BTreeMap<Kind, u64>,
    records: u64,
    accepted: u64,
}

/// What somebody registered of the domains of these tests.
fn registered(address: &str) -> Option<&str> {
    let host = address.split_once('@').map_or("", |(_, host)| host);
    let labels = if host.ends_with(".co.uk") { 3 } else { 2 };
    let at = host.rmatch_indices('.').nth(labels - 1).map_or(0, |(at, _)| at + 1);
    Some(&host[at..]).filter(|_| host != "co.uk")
}

impl Model {
    fn of(dumps: &Dumps, key: &Key, width: Width) -> Model {
        let mut model = Model { records: dumps.files as u64, ..Model::default() };
        for row in dumps.all_rows() {
            let (mut digests, mut domains) = (BTreeSet::new(), BTreeSet::new());
            for (kind, _, (_, forms, _)) in row.identifiers() {
                let Some((exact, fold)) = forms else { continue };
                *model.fields.entry(kind).or_default() += 1;
                let domain = registered(&exact).filter(|_| kind == Kind::Email);
                domains.extend(
                    domain.map(|domain| digest(key, width, Kind::EmailDomain, Variant::Exact, domain).0 >> 6 << 6),
                );
                digests.insert((digest(key, width, kind, Variant::Exact, &exact), kind));
                if kind == Kind::Phone {
                    // All of these countries have numbers of ten digits and more.
                    let national = &exact[exact.len() - 10..];
                    digests.insert((digest(key, width, kind, Variant::National, national), kind));
                }
                digests.extend(fold.map(|fold| (digest(key, width, kind, Variant::Alias, &fold), kind)));
            }
            for domain in domains {
                let known = model.domains.entry(Digest(domain)).or_default();
                *known = (known.0.union(row.mask()), known.1 + 1);
            }
            model.records += 1;
            model.accepted += u64::from(!digests.is_empty());
            for (digest, kind) in digests {
                let known = model.digests.entry(digest).or_insert((ClassMask::NONE, 0, kind));
                *known = (known.0.union(row.mask()), known.1 + 1, kind);
            }
        }
        model
    }

    /// Whether a value stands in over 1,000 records and in over 0.1 % of the fields of its kind.
    fn is_shared(&self, (_, records, kind): &(ClassMask, u64, Kind)) -> bool {
        *records > 1000 && *records as f64 > self.fields[kind] as f64 * 0.001
    }
}

fn digest(key: &Key, width: Width, kind: Kind, variant: Variant, value: &str) -> Digest {
    let scope = if kind == Kind::CustomerNo { SCOPE.as_bytes().to_vec() } else { Vec::new() };
    let namespace = Namespace { kind, variant, country: Country::NONE, scope };
    width.truncate(&key.namespace(&namespace).mac(value.as_bytes()))
}

pub(super) fn key() -> Key {
    let mut secret = [0; 32];
    (0..).zip(&mut secret).for_each(|(i, byte)| *byte = 7 * i + 3);
    Key::from_secret(&secret).expect("a secret with many different bytes")
}

pub(super) fn config(way: &Way, inputs: &[PathBuf], index: &Path, width: Width) -> Config {
    let mut inputs = inputs.to_vec();
    let mut random = Random(way.order);
    (1..inputs.len()).for_each(|i| inputs.swap(i, random.below(i as u64 + 1) as usize));
    let rules = ["email=email", "mobile=phone", "customer_no=customer_no", "email2=email"];
    let rules = rules.map(|rule| Rule::parse(rule).expect("a rule")).to_vec();
    Config {
        inputs: inputs.into_iter().map(|path| Input { path, found: false }).collect(),
        plan: None,
        reject_log: None,
        index: index.to_path_buf(),
        breach: "shop".into(),
        title: None,
        breach_date: None,
        request: Request { rules, region: Country::CN, scope: Some(SCOPE.into()), ..Request::default() },
        source: Options { block_bytes: way.block_bytes, ..Options::default() },
        append: false,
        rejects_max: 1.0,
        dry_run: false,
        threads: way.threads,
        memory: way.memory,
        temp_dir: None,
        width,
        start: Start::Fresh,
        save_every: Duration::from_secs(30),
        wait: Duration::ZERO,
    }
}

/// Every file of an index by name; of the lock, which names a process, only the name.
pub(super) fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).expect("an index").map(|entry| entry.expect("a readable folder"));
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let bytes = if name == ".lock" { Vec::new() } else { fs::read(entry.path()).expect("a file") };
        (name, bytes)
    };
    entries.map(file).collect()
}

fn run(way: &Way, inputs: &[PathBuf], index: &Path, width: Width) -> Report {
    let sizes = Sizes { part_bytes_max: way.part_bytes_max, ..SMALL };
    let budget = Budget::of(sizes, way.memory.max(SMALL.pages_bytes_min), way.threads).expect("enough memory");
    let progress = Arc::new(Progress::new());
    ingest_within(budget, Pace::new(Duration::MAX), &config(way, inputs, index, width), &key(), &progress)
        .expect("dumps with an accepted record")
}

fn check_model(dumps: &Dumps, report: &Report, dir: &Path, width: Width) -> Result<(), TestCaseError> {
    let key = key();
    let model = Model::of(dumps, &key, width);
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    let index = Index::open(dir, Some(&identity), Access::Mapped).and_then(Index::whole).expect("a whole index");
    prop_assert_eq!((report.records(), report.accepted()), (model.records, model.accepted));
    let places: u32 = model.domains.values().map(|known| known.1.count_ones()).sum();
    prop_assert_eq!(index.records(), model.digests.len() as u64 + u64::from(places));
    prop_assert_eq!(report.digests, model.digests.values().map(|known| known.1).sum::<u64>());
    let shared = model.digests.values().filter(|known| model.is_shared(known)).count();
    prop_assert_eq!(report.shared_values, shared as u64);
    let segment = index.segments()[0].segment();
    for (digest, known) in &model.digests {
        let place = segment.find(*digest).expect("undamaged");
        let flag = if model.is_shared(known) { ClassMask::of(DataClass::SHARED_VALUE) } else { ClassMask::NONE };
        let found = place.map(|place| segment.payloads()[place].clone());
        prop_assert_eq!(found, Some(vec![(0, known.0.union(flag))]), "a value in {} records", known.1);
    }
    // Everything that a row can expose is kept of a domain, but for the numbers of customers.
    let dropped = DataClass::CUSTOMER_NUMBERS;
    for (digest, (classes, records)) in &model.domains {
        for place in 0..64 {
            let found = segment.find(Digest(digest.0 + place)).expect("undamaged");
            let found = found.map(|place| segment.payloads()[place].clone());
            let want = (records >> place & 1 == 1).then(|| vec![(0, classes.without(dropped))]);
            prop_assert_eq!(found, want, "digit {} of {}", place, records);
        }
    }
    let mut random = Random(1);
    for _ in 0..200 {
        let place = segment.find(random.digest(width)).expect("undamaged");
        prop_assert_eq!(place, None);
    }
    Ok(())
}

/// How often something happened in all cases.
#[derive(Debug, Default)]
struct Seen {
    spilled: u32,
    fitted: u32,
    shared: u32,
    not_shared: u32,
}

impl Seen {
    fn add(&mut self, report: &Report) {
        let count = if report.spilled.is_some() { &mut self.spilled } else { &mut self.fitted };
        *count += 1;
        let count = if report.shared_values > 0 { &mut self.shared } else { &mut self.not_shared };
        *count += 1;
    }
}

fn check_case(dumps: &Dumps, ways: &[Way], seen: &mut Seen) -> Result<(), TestCaseError> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let width = super::test_data::width(dumps.bits);
    let inputs = dumps.write(folder.path());
    let plain = folder.path().join("plain");
    let report = run(&PLAIN, &inputs, &plain, width);
    prop_assert!(report.spilled.is_none(), "{} bytes are enough", MEMORY_MAX);
    check_model(dumps, &report, &plain, width)?;
    seen.add(&report);
    let want = files(&plain);
    for (number, way) in ways.iter().enumerate() {
        let index = folder.path().join(format!("way{number}"));
        let other = run(way, &inputs, &index, width);
        seen.add(&other);
        let got = files(&index);
        prop_assert_eq!(got.keys().collect::<Vec<_>>(), want.keys().collect::<Vec<_>>(), "{:?}", way);
        prop_assert!(got == want, "other bytes in files of the same names: {:?}", way);
        let counts = |report: &Report| {
            (report.records(), report.accepted(), report.digests, report.shared_values, report.incomplete)
        };
        prop_assert_eq!(counts(&other), counts(&report), "{:?}", way);
    }
    Ok(())
}

#[test]
fn bytes_depend_on_records_key_and_width_alone() {
    let longer: u32 = std::env::var("LEAKDEX_LONG").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let cases = CASES * longer;
    let mut runner = TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(0x5b111),
        ..ProptestConfig::default()
    });
    let seen = std::cell::RefCell::new(Seen::default());
    let result = runner.run(&(any_dumps(), prop::collection::vec(any_way(), WAYS)), |(dumps, ways)| {
        check_case(&dumps, &ways, &mut seen.borrow_mut())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    let seen = seen.into_inner();
    let runs = cases * (WAYS as u32 + 1);
    let enough = |count: u32| count > runs / 8;
    let all = [seen.spilled, seen.fitted, seen.shared, seen.not_shared];
    assert!(all.into_iter().all(enough), "of {runs} runs too few are of some kind to mean much: {seen:?}");
}
