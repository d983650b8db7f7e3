//! Signs that nobody lives behind the values: what programs write and people do not.
//!
//! | sign | weight | why |
//! |---|---|---|
//! | days that no calendar has | decides | a system that stores days refuses 31 February |
//! | identity numbers that name another birthday or sex than their record | decides | what a program draws column by column contradicts itself |
//! | domains that nobody can register | counts; nine in ten decide if our lists have real ones | nobody has an address there; some lists have others in their place, so ours are asked |
//! | as many addresses at each domain, a column in which every value is as frequent as every other | counts, or all together count as one | words drawn from a list are; names, towns and models of people are not |
//! | not one empty cell | none | people leave something out, but companies are tidy |
//!
//! Two that count decide. What a sign is worth is asked of our own lists, whose people exist:
//!
//! - A sign that a list of ours shows too is no sign: if addresses at a reserved domain stand in our list, other companies
//!   may have such people as well.
//! - An even column counts for itself only if our lists have a column of that meaning, and it is uneven. Where there is
//!   nothing to compare with, all even columns together are one sign: a company may have three branches of one size and
//!   sell four models alike, and strangers are no invention because nothing of them matches.
//!
//! And signs only decide where the records match nothing: what stands in our lists is not made up.
//!
//! Looked at are the rows that a plan is made from, 2,000 or a little more: enough for shares, and nothing of them is kept.

use super::domain::{self, AtDomainOfList, Domains};
use crate::identifier::{Kind, presence, readable};
use crate::index::class::DataClass;
use crate::plan::{ColumnPlan, Plan};
use crate::query::count;
use crate::source::{Sample, SampleRow};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// A sign, with its numbers and no value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Cells of a column that are written as days are, and are none.
    ImpossibleDays {
        /// The column.
        column: String,
        /// How many.
        impossible: usize,
        /// Of how many that are written as days are.
        written: usize,
    },
    /// Identity numbers whose birthday or sex is not that of their record.
    Contradicting {
        /// How many.
        contradicting: usize,
        /// Of how many records that have both.
        compared: usize,
    },
    /// Addresses at domains that nobody can register.
    ReservedDomains {
        /// How many.
        reserved: usize,
        /// Of how many addresses.
        addresses: usize,
    },
    /// About as many addresses at every domain.
    EvenDomains {
        /// The domains.
        domains: usize,
    },
    /// All values of a column, or the first or last words of it, are about as frequent.
    Even {
        /// The column.
        column: String,
        /// How many values or words there are.
        values: usize,
        /// What the column means, if its name says it.
        class: Option<DataClass>,
    },
    /// No cell is empty.
    Complete {
        /// Of so many columns.
        columns: usize,
    },
}

/// So many signs that count decide together.
const COUNTED_MIN: usize = 2;
/// Fewer rows say nothing about how values are spread.
const ROWS_MIN: usize = 200;
/// From this share on, impossible days are no slip.
const IMPOSSIBLE: f64 = 0.02;
/// ... and from this number on.
const IMPOSSIBLE_MIN: usize = 5;
/// From this share of addresses on.
const RESERVED: f64 = 0.5;
/// From this share on, hardly an address is of anybody.
const MOSTLY_RESERVED: f64 = 0.9;
/// Fewer addresses say nothing about their domains.
const ADDRESSES_MIN: usize = 20;
/// Fewer columns can be complete by themselves.
const COLUMNS_MIN: usize = 4;
/// Each value has to be expected so often, for its frequency to say something.
const EXPECTED_MIN: usize = 8;
/// Two values of one frequency, as men and women are, are no sign.
const VALUES_MIN: usize = 3;

/// From this share of identity numbers on, contradictions are no slip: of columns drawn apart every second sex is another.
const CONTRADICTING: f64 = 0.2;

/// Fewer numbers contradict nothing.
const CONTRADICTING_MIN: usize = 20;

/// What a sign is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Weight {
    /// It decides alone.
    Decides,
    /// Two of these decide.
    Counts,
    /// All of these together are one that counts.
    Together,
    /// It is worth nothing: companies are like that.
    Nothing,
    /// It is worth nothing: our own lists show it too.
    AsOurs,
}

/// What the cells of a source look like.
#[derive(Clone, Debug, Default)]
pub struct Look {
    /// The signs; each column gives one at most.
    pub signs: Vec<Sign>,
    /// The meanings of columns whose values are unevenly frequent, as those of people are.
    uneven: BTreeSet<DataClass>,
    uneven_domains: bool,
    /// Whether most addresses are at domains that somebody can have.
    real_domains: bool,
    /// The domains of each column of addresses.
    domains: Vec<Domains>,
}

impl Look {
    /// The list at whose domain nearly all addresses of this sample are.
    pub fn at_domain_of_list(&self, lists: &[Look]) -> Option<AtDomainOfList> {
        let lists: Vec<&[Domains]> = lists.iter().map(|list| list.domains.as_slice()).collect();
        domain::at_domain_of_list(&self.domains, &lists)
    }
}

/// The signs of a sample, and what each is worth beside our lists.
pub fn weigh(sample: Look, lists: &[Look]) -> Vec<(Sign, Weight)> {
    let shown = |same: &dyn Fn(&Sign) -> bool| lists.iter().any(|list| list.signs.iter().any(same));
    let weight = |sign: &Sign| match sign {
        Sign::ImpossibleDays { .. } if shown(&|other| matches!(other, Sign::ImpossibleDays { .. })) => Weight::AsOurs,
        Sign::Contradicting { .. } if shown(&|other| matches!(other, Sign::Contradicting { .. })) => Weight::AsOurs,
        Sign::ImpossibleDays { .. } | Sign::Contradicting { .. } => Weight::Decides,
        Sign::ReservedDomains { .. } if shown(&|other| matches!(other, Sign::ReservedDomains { .. })) => Weight::AsOurs,
        Sign::ReservedDomains { reserved, addresses } => {
            let mostly = *reserved as f64 >= MOSTLY_RESERVED * *addresses as f64;
            match mostly && lists.iter().any(|list| list.real_domains) {
                true => Weight::Decides,
                false => Weight::Counts,
            }
        }
        Sign::EvenDomains { .. } if shown(&|other| matches!(other, Sign::EvenDomains { .. })) => Weight::AsOurs,
        Sign::EvenDomains { .. } if lists.iter().any(|list| list.uneven_domains) => Weight::Counts,
        Sign::Even { class: Some(class), .. } => {
            let same = |other: &Sign| matches!(other, Sign::Even { class: Some(of), .. } if of == class);
            match lists.iter().any(|list| list.uneven.contains(class)) {
                _ if shown(&same) => Weight::AsOurs,
                true => Weight::Counts,
                false => Weight::Together,
            }
        }
        Sign::EvenDomains { .. } | Sign::Even { .. } => Weight::Together,
        Sign::Complete { .. } => Weight::Nothing,
    };
    sample.signs.into_iter().map(|sign| (weight(&sign), sign)).map(|(weight, sign)| (sign, weight)).collect()
}

/// Whether signs of these weights say that nobody lives behind the values.
pub(super) fn decide(weights: impl Iterator<Item = Weight>) -> bool {
    let (mut counted, mut together) = (0, false);
    for weight in weights {
        match weight {
            Weight::Decides => return true,
            Weight::Counts => counted += 1,
            Weight::Together => together = true,
            Weight::Nothing | Weight::AsOurs => (),
        }
    }
    counted + usize::from(together) >= COUNTED_MIN
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |n: &usize| count(*n as u64);
        match self {
            Sign::ImpossibleDays { column, impossible, written } => {
                let [impossible, written] = [impossible, written].map(count);
                write!(f, "{column}: {impossible} of {written} days are in no calendar")
            }
            Sign::Contradicting { contradicting, compared } => {
                let [contradicting, compared] = [contradicting, compared].map(count);
                write!(
                    f,
                    "national_id: {contradicting} of {compared} numbers name another birthday or sex than their record"
                )
            }
            Sign::ReservedDomains { reserved, addresses } => {
                let [reserved, addresses] = [reserved, addresses].map(count);
                write!(
                    f,
                    "email: {reserved} of {addresses} addresses are at domains that nobody can register (RFC 2606)"
                )
            }
            Sign::EvenDomains { domains } => {
                write!(f, "email: as many addresses at each of {domains} domains, as if they were drawn")
            }
            Sign::Even { column, values, .. } => {
                write!(
                    f,
                    "{column}: each of {values} values is as frequent as every other, as if they were drawn from a list"
                )
            }
            Sign::Complete { columns } => write!(f, "not one cell of {columns} columns is empty"),
        }
    }
}

/// Looks at the rows of a source that its plan was made from.
///
/// Cost: that of counting the cells of at most some 3,000 rows.
pub fn look(plan: &Plan, sample: &Sample) -> Look {
    let rows = &sample.rows[usize::from(plan.header).min(sample.rows.len())..];
    let mut columns: Vec<Column> = plan.columns.iter().map(|_| Column::default()).collect();
    for row in rows {
        for (column, cell) in &row.fields {
            if let Some(column) = columns.get_mut(*column as usize) {
                column.add(readable(cell, &mut String::new()));
            }
        }
    }
    let mut look = Look::default();
    for (column, planned) in columns.iter().zip(&plan.columns) {
        match planned.kind.map(|spec| spec.kind) {
            Some(Kind::Email) => {
                let (reserved, addresses) = column.reserved();
                let real = addresses >= ADDRESSES_MIN && (reserved as f64) < RESERVED * addresses as f64;
                look.real_domains |= real;
                look.domains.push(Domains::of(&column.domains));
                look.signs.extend(column.domains());
                look.uneven_domains |= spread(&column.domains) == Spread::Uneven;
            }
            Some(_) => (),
            None => {
                let class = planned.class.filter(|class| *class != DataClass::OTHER);
                let even = || column.even(&planned.label, class);
                look.signs.extend(column.impossible_days(&planned.label).or_else(even));
                look.uneven.extend(class.filter(|_| column.spread() == Spread::Uneven));
            }
        }
    }
    look.signs.extend(contradicting(plan, rows));
    let complete = columns.iter().all(|column| column.present == rows.len());
    if complete && rows.len() >= ROWS_MIN && columns.len() >= COLUMNS_MIN {
        look.signs.push(Sign::Complete { columns: columns.len() });
    }
    look
}

/// Whether Chinese identity numbers, which name a birthday and a sex, agree with the columns of these.
fn contradicting(plan: &Plan, rows: &[SampleRow]) -> Option<Sign> {
    let place =
        |is: &dyn Fn(&ColumnPlan) -> bool| plan.columns.iter().find(|column| is(column)).map(|column| column.column);
    let id = place(&|column| column.kind.is_some_and(|spec| spec.kind == Kind::NationalId))?;
    let born = place(&|column| column.class == Some(DataClass::DATES_OF_BIRTH) && column.kind.is_none());
    let sex = place(&|column| column.class == Some(DataClass::GENDERS));
    let (mut compared, mut contradicting) = (0, 0);
    for row in rows {
        let cell =
            |wanted: u32| row.fields.iter().find(|(column, _)| *column == wanted).map(|(_, cell)| cell.trim_ascii());
        let Some(id) = cell(id).filter(|id| id.len() == 18 && id[..17].iter().all(u8::is_ascii_digit)) else {
            continue;
        };
        // Years first, as they are written where such numbers are.
        let digits = |cell: &[u8]| cell.iter().copied().filter(u8::is_ascii_digit).take(8).collect::<Vec<u8>>();
        let day = born
            .and_then(cell)
            .map(digits)
            .filter(|day| day.len() == 8 && (day.starts_with(b"19") || day.starts_with(b"20")));
        let is_man = sex.and_then(cell).and_then(is_man);
        let other_day = day.map(|day| day != id[6..14]);
        let other_sex = is_man.map(|is_man| is_man != (id[16] % 2 == 1));
        compared += usize::from(other_day.is_some() || other_sex.is_some());
        contradicting += usize::from(other_day == Some(true) || other_sex == Some(true));
    }
    let many = compared >= CONTRADICTING_MIN && contradicting as f64 >= CONTRADICTING * compared as f64;
    many.then_some(Sign::Contradicting { contradicting, compared })
}

/// The sex that a cell names, as far as it is one of two.
fn is_man(cell: &[u8]) -> Option<bool> {
    match std::str::from_utf8(cell).ok()?.to_lowercase().as_str() {
        "男" | "m" | "male" | "man" => Some(true),
        "女" | "f" | "female" | "woman" | "w" => Some(false),
        _ => None,
    }
}

/// What is counted of a column.
#[derive(Default)]
struct Column {
    present: usize,
    days: usize,
    impossible: usize,
    values: BTreeMap<Vec<u8>, u32>,
    first_words: BTreeMap<Vec<u8>, u32>,
    last_words: BTreeMap<Vec<u8>, u32>,
    domains: BTreeMap<Vec<u8>, u32>,
}

impl Column {
    fn add(&mut self, cell: &[u8]) {
        let cell = cell.trim_ascii();
        if presence(cell).is_err() {
            return;
        }
        self.present += 1;
        if let Some(exists) = day_exists(cell) {
            self.days += 1;
            self.impossible += usize::from(!exists);
        }
        let mut count = |of: fn(&mut Column) -> &mut BTreeMap<Vec<u8>, u32>, value: &[u8]| {
            *of(self).entry(value.to_ascii_lowercase()).or_default() += 1;
        };
        count(|column| &mut column.values, cell);
        let mut words = cell.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
        if let (Some(first), Some(last)) = (words.next(), words.next_back()) {
            count(|column| &mut column.first_words, first);
            count(|column| &mut column.last_words, last);
        }
        if let Some(at) = cell.iter().rposition(|byte| *byte == b'@') {
            count(|column| &mut column.domains, &cell[at + 1..]);
        }
    }

    fn impossible_days(&self, column: &str) -> Option<Sign> {
        let (impossible, written) = (self.impossible, self.days);
        let many = impossible >= IMPOSSIBLE_MIN && impossible as f64 >= IMPOSSIBLE * written as f64;
        (many && written * 2 > self.present).then(|| Sign::ImpossibleDays {
            column: column.into(),
            impossible,
            written,
        })
    }

    fn even(&self, column: &str, class: Option<DataClass>) -> Option<Sign> {
        match self.spread() {
            Spread::Even(values) => Some(Sign::Even { column: column.into(), values, class }),
            _ => None,
        }
    }

    /// How its values are spread, or the first or last words of them, if one of these is even.
    fn spread(&self) -> Spread {
        let spreads = [&self.values, &self.first_words, &self.last_words].map(spread);
        let told = |wanted: fn(&Spread) -> bool| spreads.into_iter().find(wanted);
        let found = told(|spread| matches!(spread, Spread::Even(_))).or(told(|spread| *spread == Spread::Uneven));
        found.filter(|_| self.days * 2 <= self.present).unwrap_or(Spread::Untold)
    }

    /// Addresses at domains that nobody can register, and all.
    fn reserved(&self) -> (usize, usize) {
        let addresses = self.domains.values().sum::<u32>() as usize;
        let reserved = self.domains.iter().filter(|(domain, _)| is_reserved(domain));
        (reserved.map(|(_, count)| *count).sum::<u32>() as usize, addresses)
    }

    fn domains(&self) -> Option<Sign> {
        let (reserved, addresses) = self.reserved();
        if addresses >= ADDRESSES_MIN && reserved as f64 >= RESERVED * addresses as f64 {
            return Some(Sign::ReservedDomains { reserved, addresses });
        }
        match spread(&self.domains) {
            Spread::Even(domains) => Some(Sign::EvenDomains { domains }),
            _ => None,
        }
    }
}

/// How the frequencies of values are spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spread {
    /// A fair draw among so many values explains them.
    Even(usize),
    /// It does not.
    Uneven,
    /// There are too few values, or too many different ones.
    Untold,
}

fn spread(counts: &BTreeMap<Vec<u8>, u32>) -> Spread {
    let sum = counts.values().sum::<u32>() as usize;
    if counts.len() < VALUES_MIN || sum < ROWS_MIN || sum < EXPECTED_MIN * counts.len() {
        return Spread::Untold;
    }
    let expected = sum as f64 / counts.len() as f64;
    // Pearson's statistic.
    let statistic: f64 = counts.values().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    if statistic <= chi_square_99(counts.len() as f64 - 1.0) { Spread::Even(counts.len()) } else { Spread::Uneven }
}

/// The quantile at 99 % of the chi-square distribution.
///
/// Source: E. B. Wilson, M. M. Hilferty, "The distribution of chi-square", PNAS 17 (1931) 684-688.
fn chi_square_99(degrees: f64) -> f64 {
    const Z_99: f64 = 2.326_347_874_040_841;
    let spread = 2.0 / (9.0 * degrees);
    degrees * (1.0 - spread + Z_99 * spread.sqrt()).powi(3)
}

/// Whether nobody can register a domain.
///
/// Source: RFC 2606, RFC 6761.
fn is_reserved(domain: &[u8]) -> bool {
    let top = domain.rsplit(|byte| *byte == b'.').next().unwrap_or_default();
    let second = [&b"example.com"[..], b"example.net", b"example.org"];
    let below = |name: &[u8]| domain.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with(b"."));
    matches!(top, b"example" | b"test" | b"invalid" | b"localhost") || second.into_iter().any(below)
}

/// Whether the calendar has a day that is written as three numbers; none for what is not written so. Which is the day and
/// which the month is not asked: no order may make a day of it.
fn day_exists(cell: &[u8]) -> Option<bool> {
    let date = cell.split(|byte| matches!(byte, b' ' | b'T')).next()?;
    let mark = *date.iter().find(|byte| !byte.is_ascii_digit()).filter(|byte| b"-/.".contains(byte))?;
    let parts: Vec<&[u8]> = date.split(|byte| *byte == mark).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let number = |part: &[u8]| std::str::from_utf8(part).ok().filter(|part| part.len() <= 4)?.parse::<i16>().ok();
    let (year, one, other) = match (a.len(), c.len()) {
        (4, 1..=2) => (number(a)?, number(b)?, number(c)?),
        (1..=2, 4) => (number(c)?, number(a)?, number(b)?),
        _ => return None,
    };
    if one == 0 || other == 0 || year < 1000 {
        // Zeros stand for what is not known.
        return None;
    }
    let exists = |month: i16, day: i16| {
        let parts = i8::try_from(month).ok().zip(i8::try_from(day).ok());
        parts.is_some_and(|(month, day)| jiff::civil::Date::new(year, month, day).is_ok())
    };
    Some(exists(one, other) || exists(other, one))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Request, Side, decide};
    use crate::source::{Options, Source};

    fn signs_of(text: String) -> Vec<Sign> {
        look_of(text).signs
    }

    fn look_of(text: String) -> Look {
        let source = Source::from_reader("test", Box::new(std::io::Cursor::new(text)), &Options::default());
        let source = source.expect("a source");
        let plan = decide(source.description().shape, source.sample(), &Request::default(), Side::List);
        look(&plan.expect("a plan"), source.sample())
    }

    fn class(name: &str) -> Option<DataClass> {
        DataClass::from_name(name)
    }

    fn random(n: u64) -> u64 {
        n.wrapping_add(0x9e37_79b9)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(31)
            .wrapping_mul(0xbf58_476d_1ce4_e5b9)
            >> 33
    }

    /// As people are: a few large providers and towns, and cells that were left out.
    fn of_people(n: u64) -> String {
        let skewed = [0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3][random(n) as usize % 12];
        let town = ["Berlin", "Hamburg", "Bremen", "Kiel"][skewed];
        let domain = ["mail.de", "post.de", "web.net", "box.org"][skewed];
        let name = ["Li", "Wang", "Zhao", "Qian"][[0, 0, 0, 1, 1, 2, 3][random(n + 7) as usize % 7]];
        let town = if n.is_multiple_of(20) { "" } else { town };
        format!("{name},p{:x}@{domain},{town},{}-0{}-1{}\n", random(n * 3), 1950 + n % 50, 1 + n % 9, n % 10)
    }

    #[test]
    fn people_show_no_sign() {
        let rows: String = (0..1000).map(of_people).collect();
        assert_eq!(signs_of(format!("name,email,city,birthday\n{rows}")), []);
    }

    #[test]
    fn what_a_program_draws_shows_several() {
        let drawn = |n: u64| {
            let pick = |of: &[&str], salt| of[random(n * 7 + salt) as usize % of.len()].to_string();
            let name = pick(&["Li", "Wang", "Zhao"], 1) + " " + &pick(&["Wei", "Fang", "Na", "Min"], 2);
            let domain = pick(&["mail.de", "post.de", "web.net", "box.org"], 3);
            let town = pick(&["Berlin", "Hamburg", "Bremen", "Kiel", "Bonn"], 4);
            format!("{name},p{:x}@{domain},{town},{}-02-{}\n", random(n * 3), 1950 + n % 50, 10 + n % 22)
        };
        let rows: String = (0..1000).map(drawn).collect();
        let signs = signs_of(format!("name,email,city,birthday\n{rows}"));
        let [names, domains, towns, days, complete] = signs.as_slice() else { panic!("{signs:?}") };
        assert_eq!(*names, Sign::Even { column: "name".into(), values: 12, class: class("Names") });
        assert_eq!(*domains, Sign::EvenDomains { domains: 4 });
        assert_eq!(*towns, Sign::Even { column: "city".into(), values: 5, class: class("Geographic locations") });
        // 30 and 31 February, and 29 in most years.
        assert!(days.to_string().starts_with("birthday: "), "{days}");
        assert_eq!(*complete, Sign::Complete { columns: 4 });
    }

    #[test]
    fn a_sign_is_worth_what_our_lists_say() {
        let drawn = |n: u64| {
            let pick = |of: &[&str], every: u64| of[(n / every) as usize % of.len()].to_string();
            let domain = pick(&["mail.de", "post.de", "web.net", "box.org"], 5);
            let (name, town) = (pick(&["Li", "Wang", "Zhao"], 1), pick(&["Berlin", "Hamburg", "Bremen", "Kiel"], 3));
            format!("{name},p{:x}@{domain},{town},B{}\n", random(n * 3), n % 9)
        };
        let even = look_of("name,email,city,branch\n".to_string() + &(0..1000).map(drawn).collect::<String>());
        let people = look_of("name,email,city,birthday\n".to_string() + &(0..1000).map(of_people).collect::<String>());
        let weights =
            |lists: &[Look]| weigh(even.clone(), lists).into_iter().map(|(_, weight)| weight).collect::<Vec<_>>();
        let (counts, together, ours) = (Weight::Counts, Weight::Together, Weight::AsOurs);
        // Name, domains, city, branch; nothing is empty.
        let check = |lists: &[Look], want: [Weight; 4], decides: bool| {
            let weights = weights(lists);
            assert_eq!(weights, [&want[..], &[Weight::Nothing]].concat());
            assert_eq!(super::decide(weights.into_iter()), decides);
        };
        check(&[], [together; 4], false);
        check(&[Look::default()], [together; 4], false);
        check(std::slice::from_ref(&people), [counts, counts, counts, together], true);
        check(&[people, even.clone()], [ours, ours, ours, together], false);
    }

    #[test]
    fn a_number_that_names_another_birthday_is_a_sign() {
        let row = |n: u64, day: u64, sex: u64| {
            format!(
                "110105{}{:02}{:02}{:03}4,1980-{:02}-{:02},{}\n",
                1980,
                n % 12 + 1,
                n % 28 + 1,
                n % 500 * 2 + sex,
                n % 12 + 1,
                day,
                ["女", "男"][(sex as usize) % 2]
            )
        };
        let head = "身份证号,出生日期,性别\n".to_string();
        let same = head.clone() + &(0..300).map(|n| row(n, n % 28 + 1, n % 2)).collect::<String>();
        let other = head + &(0..300).map(|n| row(n, (n + 3) % 28 + 1, n % 2)).collect::<String>();
        let is_sign = |sign: &Sign| matches!(sign, Sign::Contradicting { contradicting: 300, compared: 300 });
        let (same, other) = (signs_of(same), signs_of(other));
        assert!(!same.iter().any(|sign| matches!(sign, Sign::Contradicting { .. })), "{same:?}");
        assert!(other.iter().any(is_sign), "{other:?}");
    }

    #[test]
    fn addresses_of_nobody_decide_beside_real_ones() {
        let at = |domains: &[&str], rows: u64| {
            let row = |n: u64| format!("p{:x}@{},{}\n", random(n), domains[random(n) as usize % domains.len()], n * 77);
            look_of("email,note\n".to_string() + &(0..rows).map(row).collect::<String>())
        };
        let check = |sample: Look, lists: &[Look], want: Option<Weight>| {
            let weighed = weigh(sample, lists).into_iter();
            let found =
                weighed.filter(|(sign, _)| matches!(sign, Sign::ReservedDomains { .. })).map(|(_, weight)| weight);
            assert_eq!(found.collect::<Vec<_>>(), want.into_iter().collect::<Vec<_>>());
        };
        let reserved = || at(&["example.com", "example.org", "example.net"], 40);
        let (real, none) = (at(&["mail.de", "post.de"], 40), Look::default());
        check(reserved(), std::slice::from_ref(&real), Some(Weight::Decides));
        check(reserved(), &[none], Some(Weight::Counts));
        check(reserved(), &[real.clone(), reserved()], Some(Weight::AsOurs));
        check(at(&["example.com", "example.org", "mail.de"], 60), std::slice::from_ref(&real), Some(Weight::Counts));
        check(at(&["example.com"], 19), &[real], None);
    }

    #[test]
    fn domains_that_nobody_can_register_are_known() {
        let check = |domain: &str, want: bool| assert_eq!(is_reserved(domain.as_bytes()), want, "{domain}");
        check("example.com", true);
        check("post.example.org", true);
        check("nobody.test", true);
        check("myexample.com", false);
        check("example.de", false);
    }

    #[test]
    fn days_are_asked_of_the_calendar() {
        let check = |cell: &str, want: Option<bool>| assert_eq!(day_exists(cell.as_bytes()), want, "{cell}");
        check("2021-02-28", Some(true));
        check("2021-02-29T08:00:00Z", Some(false));
        check("31/12/1999", Some(true));
        check("12/31/1999", Some(true));
        check("13/13/1999", Some(false));
        check("31.04.2000 10:00", Some(false));
        check("0000-00-00", None);
        check("2021-00-00", None);
        check("1-2-3", None);
        check("192.168.1.7", None);
        check("Anna", None);
    }

    /// By SciPy 1.17.1: `scipy.stats.chi2.ppf(0.99, degrees)`.
    #[test]
    fn quantiles_are_near_those_of_scipy() {
        let scipy = [
            (2.0, 9.21034037197618),
            (3.0, 11.344866730144373),
            (10.0, 23.209251158954356),
            (63.0, 92.01002361413214),
            (500.0, 576.4928125116545),
        ];
        for (degrees, want) in scipy {
            let got = chi_square_99(degrees);
            assert!((got / want - 1.0).abs() < 0.01, "{degrees}: {got}");
        }
    }
}
