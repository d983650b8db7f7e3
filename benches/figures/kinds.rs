//! Canonical forms: one kind after the other, on one thread, without a hash.
//!
//! Every value is made from a number, so that half of what is expected is known without the rule: how many are accepted, and that
//! two spellings of one value have the same forms. Values are made before the clock starts.

use crate::Outcome;
use crate::data::mix;
use crate::table::{Goal, measure, median, row};
use leakdex::identifier::{Canonicalizer, Country, Form, Kind, KindSpec};

/// The ways in turn, so that a noisy moment meets all of them.
const ROUNDS: usize = 5;
/// Values of a case; they are gone through several times, and do not fit into the second cache.
const VALUES: u64 = 100_000;

/// One row: values of a kind, how they are written, and how many of a hundred are accepted.
struct Case {
    name: &'static str,
    spec: KindSpec,
    region: Country,
    write: fn(u64) -> String,
    goal: Goal,
}

pub fn run(scale: f64) -> Outcome<()> {
    let values = (VALUES as f64 * scale) as u64 + 100;
    let passes = if scale < 1.0 { 1 } else { 20 };
    for case in cases() {
        let texts: Vec<String> = (0..values).map(|number| (case.write)(mix(number))).collect();
        let mut canonicalizer = Canonicalizer::new();
        let mut costs = Vec::new();
        for _ in 0..ROUNDS {
            let (accepted, cost) = measure(|| {
                let all = (0..passes).flat_map(|_| &texts);
                all.filter(|text| canonicalizer.canonicalize(case.spec, case.region, text.as_bytes()).is_ok()).count()
            });
            assert_eq!(accepted, texts.len() * passes, "{}: all are accepted", case.name);
            costs.push(cost);
        }
        row(&format!("canonical form: {}", case.name), values * passes as u64, median(costs), case.goal);
    }
    Ok(())
}

fn cases() -> Vec<Case> {
    let of = |kind| KindSpec { kind, country: Country::NONE, form: Form::Plain };
    let (none, cn) = (Country::NONE, Country::CN);
    let case = |name, spec, region, write, goal| Case { name, spec, region, write, goal };
    vec![
        case("e-mail, one in five with a folded form", of(Kind::Email), none, email, Goal::Rate(8.0)),
        case("phone, E.164 and Chinese mobile", of(Kind::Phone), cn, mobile, Goal::Rate(20.0)),
        case("phone, a mixed list of five countries", of(Kind::Phone), cn, mixed_phone, Goal::Rate(1.4)),
        case("identity number, China", KindSpec::of(Kind::NationalId, cn), none, chinese_id, Goal::Rate(15.0)),
        case("identity number, China, country not given", of(Kind::NationalId), none, chinese_id, Goal::Rate(15.0)),
        case("VIN", of(Kind::Vin), none, vin, Goal::Rate(15.0)),
        case("payment card", of(Kind::Card), none, card, Goal::None),
        case("IBAN", of(Kind::Iban), none, iban, Goal::None),
        case(
            "IP address",
            of(Kind::Ip),
            none,
            |n| format!("{}.{}.{}.{}", 11 + n % 80, n >> 8 & 255, n >> 16 & 255, n >> 24 & 255),
            Goal::None,
        ),
        case("user name", of(Kind::Username), none, |n| format!("Wei_Chen{}", n % 1_000_000), Goal::None),
        case(
            "name and birthday, Latin",
            of(Kind::NameDob),
            none,
            |n| format!("{} {}", name(n), birthday(n)),
            Goal::None,
        ),
        case(
            "name and birthday, Han",
            of(Kind::NameDob),
            none,
            |n| format!("王{} {}", han(n), birthday(n)),
            Goal::None,
        ),
    ]
}

fn email(n: u64) -> String {
    let (name, year) = (name(n).to_lowercase().replace(' ', "."), n >> 20 & 63);
    match n % 10 {
        0 => format!("{name}+news{year}@gmail.com"),
        1 => format!("{name}{year}@googlemail.com"),
        2 | 3 => format!("{}{year}@GMail.com", name.replace('.', "")),
        _ => format!("{name}{year}@mail{}.example.com", n >> 40 & 31),
    }
}

fn mobile(n: u64) -> String {
    let number = 13_000_000_000 + n % 4_000_000_000;
    if n >> 63 == 0 { format!("+86{number}") } else { number.to_string() }
}

/// Three quarters are told without the library.
fn mixed_phone(n: u64) -> String {
    let last = n >> 8 & 0xf_ffff;
    match n % 8 {
        0..4 => mobile(n),
        4 | 5 => format!("+1 415-{:03}-{:04}", 200 + last % 800, last % 10_000),
        6 => format!("+49 151 {:08}", 10_000_000 + last),
        _ => format!("+44 7911 {:06}", 100_000 + last % 900_000),
    }
}

fn chinese_id(n: u64) -> String {
    const WEIGHTS: [u64; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let digits = format!("1101{:02}{}{:03}", 1 + n % 16, birthday(n), n >> 40 & 0x1ff);
    let sum: u64 = digits.bytes().zip(WEIGHTS).map(|(digit, weight)| u64::from(digit - b'0') * weight).sum();
    format!("{digits}{}", b"10X98765432"[(sum % 11) as usize] as char)
}

/// European: no check digit is demanded.
fn vin(n: u64) -> String {
    format!("WVWZZZ1KZ{}W{:06}", 1 + n % 9, n >> 8 & 0x7_ffff)
}

fn card(n: u64) -> String {
    let digits = format!("4{:014}", n % 100_000_000_000_000);
    let value = |(place, digit): (usize, u8)| {
        let doubled = u64::from(digit - b'0') * if place % 2 == 0 { 2 } else { 1 };
        doubled / 10 + doubled % 10
    };
    let sum: u64 = digits.bytes().enumerate().map(value).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

fn iban(n: u64) -> String {
    let account = format!("{:018}", n % 1_000_000_000_000_000_000);
    // The country as digits, and zeros for the check digits, stand behind the account.
    let rest = format!("{account}131400").bytes().fold(0, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % 97);
    format!("DE{:02}{account}", 98 - rest)
}

fn name(n: u64) -> String {
    const FIRST: [&str; 8] = ["Anna", "Bert", "Chiara", "David", "Elena", "Farid", "Grace", "Henrik"];
    const LAST: [&str; 8] = ["Smith", "Garcia", "Miller", "Rossi", "Novak", "Silva", "Yilmaz", "Larsen"];
    format!(
        "{} {}{}",
        FIRST[(n & 7) as usize],
        LAST[(n >> 3 & 7) as usize],
        ["son", "man", "ova", ""][(n >> 6 & 3) as usize]
    )
}

fn han(n: u64) -> String {
    let character = |n: u64| char::from_u32(0x4e00 + (n % 5000) as u32).unwrap_or('伟');
    [character(n), character(n >> 16)].iter().collect()
}

fn birthday(n: u64) -> String {
    format!("{}{:02}{:02}", 1940 + (n >> 10) % 60, 1 + (n >> 17) % 12, 1 + (n >> 22) % 28)
}
