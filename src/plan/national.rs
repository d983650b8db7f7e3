//! Plain numbers that people log in with: telephone numbers as one country writes them, its identity numbers, or something else.
//!
//! `6178374330:pw` is a telephone number in a list of nothing but such lines, and the number of an account among others. Without a
//! region no single number tells. Nearly all of a list do: the numbers of a country have one length and begin as that country
//! assigns them, and of other numbers of that length one in a few is assigned in any one country.

use super::cells::{Numbers, is_plain_number};
use super::decide::{CONFIRMING_SHARE, NOTICEABLE_SHARE};
use super::rules::Request;
use super::{ColumnPlan, Problem};
use crate::identifier::{Canonicalizer, Country, Form, Kind, KindSpec, is_number_without_plus, readable};
use crate::source::SampleRow;

/// Countries in which people write their numbers without a zero in front, by how often they come. With a zero, a number says itself
/// that it is one.
const REGIONS: [&str; 20] = [
    "US", "RU", "BR", "TR", "IN", "MX", "IT", "ES", "PL", "CO", "AR", "KR", "VN", "CL", "PE", "PT", "GR", "SA", "UA",
    "RO",
];
/// So many numbers are looked at: with fewer than the least, nothing is certain.
const NUMBERS_MAX: usize = 100;
const NUMBERS_MIN: usize = 20;
/// Share of the numbers that are assigned in one country. Of numbers of accounts, six in ten are at most.
const ASSIGNED_MIN: f64 = 0.9;

/// Looks again at the columns of logins: whether identity numbers of a country stand among them, and, where no region is given,
/// what their plain numbers are. What are telephone numbers is kept without its country, and where that is most of the column, the
/// region is asked for.
///
/// Cost: for a column of plain numbers some milliseconds, for others nothing.
pub(super) fn refine(
    columns: &mut [ColumnPlan],
    rows: &[SampleRow],
    request: &Request,
    canonicalizer: &mut Canonicalizer,
) {
    for column in columns.iter_mut().filter(|column| column.mixed) {
        column.numbers_of = column.evidence.country_of_numbers();
    }
    if !request.region.is_none() {
        return;
    }
    for column in columns.iter_mut().filter(|column| column.mixed) {
        let unknown = column.numbers == Numbers::Unknown && column.phone_prefix.is_empty();
        let share = column.evidence.share_numbers();
        if unknown && share >= NOTICEABLE_SHARE && are_of_one_region(column.column, rows, canonicalizer) {
            column.numbers = Numbers::OfRegion;
            let asks = share >= CONFIRMING_SHARE && !request.no_region;
            column.problem = asks.then_some(Problem::NeedsRegion);
        }
    }
}

/// Whether nearly all plain numbers of a column are assigned in one country. Those with a zero in front are known already.
fn are_of_one_region(column: u32, rows: &[SampleRow], canonicalizer: &mut Canonicalizer) -> bool {
    let cells = rows.iter().flat_map(|row| row.fields.iter()).filter(|(at, _)| *at == column);
    let mut buffer = String::new();
    let numbers: Vec<&[u8]> = cells
        .map(|(_, cell)| cell.as_slice())
        .filter(|cell| is_plain_number(readable(cell, &mut buffer)) && !cell.trim_ascii().starts_with(b"0"))
        .take(NUMBERS_MAX)
        .collect();
    let enough = (ASSIGNED_MIN * numbers.len() as f64).ceil() as usize;
    let mut assigned_in = |region: Country| {
        let mut misses = numbers.len() - enough;
        numbers.iter().all(|number| {
            let spec = KindSpec::new(Kind::Phone);
            let assigned = canonicalizer
                .canonicalize(spec, region, number)
                .is_ok_and(|canonical| canonical.form == Form::Plain && is_number_without_plus(canonical.exact));
            let goes_on = assigned || misses > 0;
            misses -= usize::from(!assigned && misses > 0);
            goes_on
        })
    };
    numbers.len() >= NUMBERS_MIN && REGIONS.iter().filter_map(|code| Country::from_code(code)).any(&mut assigned_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(number: impl Fn(u64) -> String) -> Vec<SampleRow> {
        let mut state = 7u64;
        let mut row = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            SampleRow { fields: vec![(0, number(state >> 20).into_bytes())] }
        };
        (0..100).map(|_| row()).collect()
    }

    #[test]
    fn telephone_numbers_of_one_country_are_told_from_other_numbers() {
        let check = |name: &str, number: &dyn Fn(u64) -> String, want: bool| {
            let told = are_of_one_region(0, &rows(number), &mut Canonicalizer::new());
            assert_eq!(told, want, "{name}");
        };
        let us = ["212", "415", "305", "617", "702"];
        check("US", &|n| format!("{}{}{:06}", us[n as usize % 5], 2 + n / 5 % 8, n / 40 % 1_000_000), true);
        check("RU", &|n| format!("8916{:07}", n % 10_000_000), true);
        check("TR", &|n| format!("53{:08}", n % 100_000_000), true);
        check("BR", &|n| format!("1199{:07}", n % 10_000_000), true);
        check("accounts of 9 and 10 digits", &|n| format!("{}", 100_000_000 + n % 3_000_000_000), false);
        check("accounts of 9 digits", &|n| format!("{}", 100_000_000 + n % 900_000_000), false);
        check("accounts of 10 digits", &|n| format!("{}", 1_000_000_000 + n % 9_000_000_000), false);
        check("accounts of 11 digits", &|n| format!("{}", 10_000_000_000 + n % 90_000_000_000), false);
        check("times", &|n| format!("{}", 1_400_000_000 + n % 300_000_000), false);
        check("sums", &|n| format!("10000{:06}", n % 1_000_000), false);
    }
}
