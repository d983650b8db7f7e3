//! The five dumps: what each is called, how it is laid out, and who wrote its cells in what habit.

use super::people::address;
use super::random::{Random, Stream};
use super::scribe::{Cell, Habit, Scribe};
use super::table::Table;
use super::words::{JOB_TITLES, VEHICLE_MODELS};
use crate::index::class::{ClassMask, DataClass};
use serde_json::json;

/// The organisation that gave employee and contract numbers.
pub(super) const SCOPE: &str = "model-motors";

/// A column: its header, and the name of the data class that its cells expose, if any.
type Column = (&'static str, Option<&'static str>);

/// How the records of a dump become text.
pub(super) enum Shape {
    Table(Table),
    /// JSON Lines with nested objects; see [`user_line`].
    Users,
}

/// How the bytes of a dump are packed.
#[derive(Clone, Copy)]
pub(super) enum Packing {
    Plain,
    /// One gzip member per chunk.
    Gzip,
    /// One zstd frame per chunk.
    Zstd,
}

/// One dump.
pub(super) struct Dump {
    pub(super) file: &'static str,
    pub(super) breach: &'static str,
    pub(super) title: &'static str,
    pub(super) breach_date: &'static str,
    pub(super) scope: Option<&'static str>,
    pub(super) shape: Shape,
    pub(super) packing: Packing,
    pub(super) columns: &'static [Column],
    pub(super) habit: Habit,
    fill: fn(&mut Scribe) -> Vec<Cell>,
}

/// The dumps in the order of their breach numbers, which begin with one.
pub(super) const DUMPS: [Dump; 5] = [EMPLOYEES, OWNERS, USERS, LOANS, SALES];

const EMPLOYEES: Dump = Dump {
    file: "employees.csv",
    breach: "model-employees",
    title: "Model Motors: employees",
    breach_date: "2021-07",
    scope: Some(SCOPE),
    shape: Shape::Table(Table { has_bom: true, ..Table::COMMA }),
    packing: Packing::Plain,
    columns: &[
        ("工号", Some("Employee numbers")),
        ("姓名", Some("Names")),
        ("邮箱", Some("Email addresses")),
        ("手机号", Some("Phone numbers")),
        ("职位", Some("Job titles")),
        ("入职日期", None),
    ],
    habit: Habit {
        place: 1,
        tidy_emails: 60,
        tidy: 55,
        international_phones: false,
        aliases: 0,
        void_identifiers: 3,
        void_facts: 2,
    },
    fill: employee,
};

const OWNERS: Dump = Dump {
    file: "owners.csv",
    breach: "model-owners",
    title: "Model Motors: owner identities",
    breach_date: "2021-07",
    scope: None,
    shape: Shape::Table(Table { is_gb18030: true, is_crlf: true, ..Table::COMMA }),
    packing: Packing::Plain,
    columns: &[
        ("姓名", Some("Names")),
        ("身份证号", Some("Government issued IDs")),
        ("手机号", Some("Phone numbers")),
        ("性别", Some("Genders")),
        ("住址", Some("Physical addresses")),
        ("登记日期", None),
    ],
    habit: Habit {
        place: 2,
        tidy_emails: 0,
        tidy: 55,
        international_phones: false,
        aliases: 0,
        void_identifiers: 4,
        void_facts: 3,
    },
    fill: owner,
};

const USERS: Dump = Dump {
    file: "users.jsonl.gz",
    breach: "model-users",
    title: "Model Motors: user addresses",
    breach_date: "2021-07",
    scope: None,
    shape: Shape::Users,
    packing: Packing::Gzip,
    columns: &[
        ("id", None),
        ("profile.name", Some("Names")),
        ("profile.email", Some("Email addresses")),
        ("profile.phones[]", Some("Phone numbers")),
        ("profile.phones[]", Some("Phone numbers")),
        ("address.city", Some("Geographic locations")),
        ("address.street", Some("Physical addresses")),
        ("created_at", None),
    ],
    habit: Habit {
        place: 3,
        tidy_emails: 80,
        tidy: 60,
        international_phones: true,
        aliases: 12,
        void_identifiers: 3,
        void_facts: 2,
    },
    fill: user,
};

const LOANS: Dump = Dump {
    file: "loans.tsv.zst",
    breach: "model-loans",
    title: "Model Motors: owner loans",
    breach_date: "2021-07",
    scope: Some(SCOPE),
    shape: Shape::Table(Table { delimiter: b'\t', ..Table::COMMA }),
    packing: Packing::Zstd,
    columns: &[
        ("contract_no", Some("Contract numbers")),
        ("id_card", Some("Government issued IDs")),
        ("loan_amount", Some("Loan information")),
        ("term_months", Some("Loan information")),
        ("phone", Some("Phone numbers")),
        ("created", None),
    ],
    habit: Habit {
        place: 4,
        tidy_emails: 0,
        tidy: 60,
        international_phones: false,
        aliases: 0,
        void_identifiers: 3,
        void_facts: 3,
    },
    fill: loan,
};

const SALES: Dump = Dump {
    file: "sales.csv",
    breach: "model-sales",
    title: "Model Motors: vehicle sales",
    breach_date: "2021-07",
    scope: None,
    shape: Shape::Table(Table { delimiter: b';', ..Table::COMMA }),
    packing: Packing::Plain,
    columns: &[
        ("vin", Some("Vehicle identification numbers (VINs)")),
        ("plate", Some("Licence plates")),
        ("owner_phone", Some("Phone numbers")),
        ("email", Some("Email addresses")),
        ("model", Some("Vehicle details")),
        ("price", Some("Purchases")),
        ("order_date", None),
    ],
    habit: Habit {
        place: 5,
        tidy_emails: 60,
        tidy: 50,
        international_phones: false,
        aliases: 8,
        void_identifiers: 4,
        void_facts: 2,
    },
    fill: sale,
};

impl Dump {
    /// The cells of a record in the order of the columns.
    pub(super) fn cells(&self, scribe: &mut Scribe) -> Vec<Cell> {
        (self.fill)(scribe)
    }

    /// How its text is delimited, as far as it is a table.
    pub(super) fn table(&self) -> Table {
        match self.shape {
            Shape::Table(table) => table,
            Shape::Users => Table::COMMA,
        }
    }

    /// The class of every column, as the index numbers it.
    pub(super) fn classes(&self) -> Vec<ClassMask> {
        let mask = |name: &str| DataClass::from_name(name).map_or(ClassMask::NONE, ClassMask::of);
        self.columns.iter().map(|(_, class)| class.map_or(ClassMask::NONE, mask)).collect()
    }

    /// A record that is about nobody: what merged, cut and printed files bring along.
    pub(super) fn garbage(&self, seed: u64, record: u64) -> Vec<String> {
        let mut random = Random::new(seed, Stream::Record(self.habit.place), record);
        let page = 1 + random.below(900);
        match (&self.shape, random.below(5)) {
            (Shape::Table(_), 0) => self.columns.iter().map(|(header, _)| (*header).to_owned()).collect(),
            (Shape::Table(_), 1) => vec!["#REF!".to_owned(); self.columns.len()],
            (Shape::Table(_), 2) => vec!["锟斤拷锟斤拷".to_owned(), "烫烫烫".to_owned()],
            (Shape::Users, 0) => vec![format!("{{\"id\":{page},\"profile\":{{\"name\":")],
            (Shape::Users, 1) => vec!["{\"error\":\"timeout\",\"code\":504}".to_owned()],
            (Shape::Users, 2) => vec!["[]".to_owned()],
            _ => vec![format!("---- page {page} ----")],
        }
    }
}

fn employee(scribe: &mut Scribe) -> Vec<Cell> {
    let title = *scribe.random.pick(&JOB_TITLES);
    let slot = u64::from(scribe.random.percent(10));
    vec![
        scribe.employee_no(),
        scribe.name(),
        scribe.work_email(),
        scribe.phone(slot),
        scribe.fact(title),
        scribe.date("%Y-%m-%d"),
    ]
}

fn owner(scribe: &mut Scribe) -> Vec<Cell> {
    let (city, street) = address(&mut scribe.random);
    vec![
        scribe.name(),
        scribe.national_id(),
        scribe.phone(0),
        scribe.gender(),
        scribe.fact(format!("{city}{street}")),
        scribe.date("%Y/%m/%d"),
    ]
}

/// Not every user gave an address, a number, or only one number.
fn user(scribe: &mut Scribe) -> Vec<Cell> {
    let (city, street) = address(&mut scribe.random);
    let id = scribe.random.below(1 << 40);
    let email = if scribe.random.percent(80) { scribe.email() } else { Cell::empty() };
    let [first, second] = match scribe.random.below(100) {
        0..60 => [scribe.phone(0), Cell::empty()],
        60..80 => [scribe.phone(0), scribe.phone(1)],
        80..88 => [scribe.phone(1), Cell::empty()],
        _ => [Cell::empty(), Cell::empty()],
    };
    let name = scribe.name();
    let (city, street) = (scribe.fact(city), scribe.fact(street));
    vec![Cell::fact(id.to_string()), name, email, first, second, city, street, scribe.date("%Y-%m-%dT08:00:00Z")]
}

fn loan(scribe: &mut Scribe) -> Vec<Cell> {
    let contract = format!("HT-{}-{:010}", 2016 + scribe.random.below(6), scribe.random.below(10_000_000_000));
    let amount = format!("{}.00", 1_000 * (30 + scribe.random.below(370)));
    let months = *scribe.random.pick(&["12", "24", "36", "48", "60"]);
    vec![
        scribe.fact(contract),
        scribe.national_id(),
        scribe.fact(amount),
        scribe.fact(months),
        scribe.phone(0),
        scribe.date("%Y-%m-%d 08:00:00"),
    ]
}

fn sale(scribe: &mut Scribe) -> Vec<Cell> {
    let model = *scribe.random.pick(&VEHICLE_MODELS);
    let price = (289_000 + 1_000 * scribe.random.below(300)).to_string();
    let (vin, plate, phone) = (scribe.vin(), scribe.plate(), scribe.phone(0));
    let email = if scribe.random.percent(70) { scribe.email() } else { Cell::empty() };
    vec![vin, plate, phone, email, scribe.fact(model), scribe.fact(price), scribe.date("%d.%m.%Y")]
}

/// One line of the user dump. An empty cell is `null`, and an empty telephone number is left out of its array.
pub(super) fn user_line(cells: &[Cell]) -> serde_json::Value {
    let text = |index: usize| match cells[index].text.as_str() {
        "" => serde_json::Value::Null,
        text => json!(text),
    };
    let phones: Vec<_> = [3, 4].map(text).into_iter().filter(|phone| !phone.is_null()).collect();
    json!({
        "id": cells[0].text.parse::<u64>().unwrap_or(0),
        "profile": { "name": text(1), "email": text(2), "phones": phones },
        "address": { "city": text(5), "street": text(6) },
        "created_at": text(7),
    })
}
