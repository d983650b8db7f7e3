//! Signs that nobody lives behind the values: what programs write and people do not.
//!
//! | sign | weight | why |
//! |---|---|---|
//! | days that no calendar has | strong | a system that stores days refuses 31 February |
//! | domains that nobody can register, or as many addresses at each | weak | people have a few large providers |
//! | a column in which every value is as frequent as every other | weak, for each column | words drawn from a list are; names, towns and models are not |
//! | not one empty cell | weak | people leave something out |
//!
//! One weak sign proves nothing: a company may be tidy, or have three branches of one size. Two are not chance. And signs
//! only decide where the records match nothing: what stands in our lists is not made up.
//!
//! Looked at are the rows that a plan is made from, 2,000 or a little more: enough for shares, and nothing of them is kept.

use crate::identifier::{Kind, presence, readable};
use crate::plan::Plan;
use crate::source::Sample;
use std::collections::BTreeMap;
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
    },
    /// No cell is empty.
    Complete {
        /// Of so many columns.
        columns: usize,
    },
}

/// Fewer rows say nothing about how values are spread.
const ROWS_MIN: usize = 200;
/// From this share on, impossible days are no slip.
const IMPOSSIBLE: f64 = 0.02;
/// ... and from this number on.
const IMPOSSIBLE_MIN: usize = 5;
/// From this share of addresses on.
const RESERVED: f64 = 0.5;
/// Fewer columns can be complete by themselves.
const COLUMNS_MIN: usize = 4;
/// Each value has to be expected so often, for its frequency to say something.
const EXPECTED_MIN: usize = 8;
/// Two values of one frequency, as men and women are, are no sign.
const VALUES_MIN: usize = 3;

impl Sign {
    /// Whether it decides alone.
    pub fn is_strong(&self) -> bool {
        matches!(self, Sign::ImpossibleDays { .. })
    }
}

impl fmt::Display for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sign::ImpossibleDays { column, impossible, written } => {
                write!(f, "{column}: {impossible} of {written} days are in no calendar")
            }
            Sign::ReservedDomains { reserved, addresses } => {
                write!(
                    f,
                    "email: {reserved} of {addresses} addresses are at domains that nobody can register (RFC 2606)"
                )
            }
            Sign::EvenDomains { domains } => {
                write!(f, "email: as many addresses at each of {domains} domains, as if they were drawn")
            }
            Sign::Even { column, values } => {
                write!(
                    f,
                    "{column}: each of {values} values is as frequent as every other, as if they were drawn from a list"
                )
            }
            Sign::Complete { columns } => write!(f, "not one cell of {columns} columns is empty"),
        }
    }
}

/// The signs in the rows of a sample; each column gives one at most.
///
/// Cost: that of counting the cells of at most some 3,000 rows.
pub fn signs(plan: &Plan, sample: &Sample) -> Vec<Sign> {
    let rows = &sample.rows[usize::from(plan.header).min(sample.rows.len())..];
    let mut columns: Vec<Column> = plan.columns.iter().map(|_| Column::default()).collect();
    for row in rows {
        for (column, cell) in &row.fields {
            if let Some(column) = columns.get_mut(*column as usize) {
                column.add(readable(cell, &mut String::new()));
            }
        }
    }
    let mut signs = Vec::new();
    for (column, planned) in columns.iter().zip(&plan.columns) {
        match planned.kind.map(|spec| spec.kind) {
            Some(Kind::Email) => signs.extend(column.domains()),
            Some(_) => (),
            None => signs.extend(column.impossible_days(&planned.label).or_else(|| column.even(&planned.label))),
        }
    }
    let complete = columns.iter().all(|column| column.present == rows.len());
    if complete && rows.len() >= ROWS_MIN && columns.len() >= COLUMNS_MIN {
        signs.push(Sign::Complete { columns: columns.len() });
    }
    signs
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

    fn even(&self, column: &str) -> Option<Sign> {
        let drawn = [&self.values, &self.first_words, &self.last_words].into_iter().find_map(even);
        drawn.filter(|_| self.days * 2 <= self.present).map(|values| Sign::Even { column: column.into(), values })
    }

    fn domains(&self) -> Option<Sign> {
        let addresses = self.domains.values().sum::<u32>() as usize;
        let reserved = self.domains.iter().filter(|(domain, _)| is_reserved(domain));
        let reserved = reserved.map(|(_, count)| *count).sum::<u32>() as usize;
        if addresses >= ROWS_MIN && reserved as f64 >= RESERVED * addresses as f64 {
            return Some(Sign::ReservedDomains { reserved, addresses });
        }
        even(&self.domains).map(|domains| Sign::EvenDomains { domains })
    }
}

/// How many values there are, if a fair draw among them explains their frequencies.
fn even(counts: &BTreeMap<Vec<u8>, u32>) -> Option<usize> {
    let sum = counts.values().sum::<u32>() as usize;
    let told = counts.len() >= VALUES_MIN && sum >= ROWS_MIN && sum >= EXPECTED_MIN * counts.len();
    let expected = sum as f64 / counts.len().max(1) as f64;
    // Pearson's statistic.
    let statistic: f64 = counts.values().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    (told && statistic <= chi_square_99(counts.len() as f64 - 1.0)).then_some(counts.len())
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
        let source = Source::from_reader("test", Box::new(std::io::Cursor::new(text)), &Options::default());
        let source = source.expect("a source");
        let plan = decide(source.description().shape, source.sample(), &Request::default(), Side::List);
        signs(&plan.expect("a plan"), source.sample())
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
        assert_eq!(*names, Sign::Even { column: "name".into(), values: 12 });
        assert_eq!(*domains, Sign::EvenDomains { domains: 4 });
        assert_eq!(*towns, Sign::Even { column: "city".into(), values: 5 });
        // 30 and 31 February, and 29 in most years.
        assert!(days.is_strong() && days.to_string().starts_with("birthday: "), "{days}");
        assert_eq!(*complete, Sign::Complete { columns: 4 });
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
