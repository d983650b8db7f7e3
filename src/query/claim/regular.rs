//! Values that follow a rule, as those do that somebody counted up.
//!
//! Three numbers at equal distances of at most 100, in the order of the numbers: among the telephone numbers of two
//! thousand strangers there is no such three; in numbers that were counted up, and be they shuffled, nearly all are.
//! Customer and vehicle numbers are given out in a row, so they are not looked at.
//!
//! Looked at are all values of the sample. Of very many only some ranges of 4,096 numbers are kept, each as a whole, so that what
//! stands in a row stays together: a million values take 32 MB.

use super::Reading;
use crate::digest::Width;
use crate::identifier::{Kind, readable};
use crate::plan::{Batch, Extractor, Plan, run_blocks};
use crate::query::Error;
use crate::source::{Block, Sample, Source};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

/// Larger distances are no counting.
const DISTANCE_MAX: u128 = 100;
/// Fewer values prove nothing.
const VALUES_MIN: usize = 20;
/// So many values of a kind are kept.
const VALUES_MAX: usize = 1 << 20;
/// The bits of a number that differ in a range which is kept or left out as a whole.
const RANGE_BITS: u32 = 12;

/// For every kind of which enough values are there, the share that follows a rule: of all records of a source.
///
/// Cost: that of reading the source once.
///
/// # Errors
/// If it cannot be read.
pub fn regular(reading: Reading<'_>, plan: &Plan, source: Source) -> Result<BTreeMap<Kind, f64>, Error> {
    let wanted: Vec<(u32, Kind)> =
        plan.columns.iter().filter_map(|of| Some((of.column, counted_kind(plan, of.column)?))).collect();
    let mut plan = plan.clone();
    plan.kept.columns = wanted.iter().map(|(column, _)| *column).collect();
    let Reading { key, source: options, threads, progress, .. } = reading;
    let blocks = plan.blocks(source, Arc::clone(progress));
    let start = || (Extractor::new(&plan, key, Width::DEFAULT, options), Batch::default());
    let work =
        |(extractor, batch): &mut (Extractor<'_>, Batch), block: &Block| {
            extractor.extract_block(block, batch);
            let mut numbers = Vec::new();
            for record in 0..batch.records {
                for (place, (_, kind)) in wanted.iter().enumerate() {
                    let cells = batch.cells.cell(record, place).split(|byte| *byte == b';');
                    numbers.extend(cells.filter_map(|cell| {
                        Some((*kind, number(*kind, readable(cell.trim_ascii(), &mut String::new()))?))
                    }));
                }
            }
            numbers
        };
    let mut kinds: BTreeMap<Kind, Numbers> = BTreeMap::new();
    let take = |numbers: Vec<(Kind, (u64, u128))>| {
        numbers.into_iter().for_each(|(kind, number)| kinds.entry(kind).or_default().add(number));
        Ok::<_, Error>(())
    };
    run_blocks(blocks, threads, progress, start, work, take)?;
    Ok(shares(kinds))
}

/// The same of the rows that a plan was made from, where a source can be read only once.
///
/// Cost: that of sorting the values of some 3,000 rows.
pub fn regular_in(plan: &Plan, sample: &Sample) -> BTreeMap<Kind, f64> {
    let rows = &sample.rows[usize::from(plan.header).min(sample.rows.len())..];
    let mut kinds: BTreeMap<Kind, Numbers> = BTreeMap::new();
    for (column, cell) in rows.iter().flat_map(|row| &row.fields) {
        let Some(kind) = counted_kind(plan, *column) else { continue };
        if let Some(number) = number(kind, readable(cell, &mut String::new())) {
            kinds.entry(kind).or_default().add(number);
        }
    }
    shares(kinds)
}

/// The kind of a column whose values could be counted up.
fn counted_kind(plan: &Plan, column: u32) -> Option<Kind> {
    let planned = plan.columns.get(column as usize).and_then(|column| column.kind);
    planned.filter(|spec| !spec.form.is_hash()).map(|spec| spec.kind)
}

fn shares(kinds: BTreeMap<Kind, Numbers>) -> BTreeMap<Kind, f64> {
    let enough = kinds.into_iter().filter(|(_, numbers)| numbers.kept.len() >= VALUES_MIN);
    enough.map(|(kind, numbers)| (kind, share(numbers.kept))).collect()
}

/// The numbers in the values of a kind, or those in some of their ranges.
#[derive(Default)]
struct Numbers {
    kept: Vec<(u64, u128)>,
    /// One in 2^n ranges is kept.
    halvings: u32,
}

impl Numbers {
    fn add(&mut self, number: (u64, u128)) {
        if is_kept(number, self.halvings) {
            self.kept.push(number);
        }
        while self.kept.len() > VALUES_MAX && self.halvings < 40 {
            self.kept.sort_unstable();
            self.kept.dedup();
            if self.kept.len() > VALUES_MAX / 2 {
                self.halvings += 1;
                let halvings = self.halvings;
                self.kept.retain(|number| is_kept(*number, halvings));
            }
        }
    }
}

/// Whether the range of a number is kept.
fn is_kept((around, number): (u64, u128), halvings: u32) -> bool {
    let mut range = DefaultHasher::new();
    (around, number >> RANGE_BITS).hash(&mut range);
    range.finish().trailing_zeros() >= halvings
}

/// The number in a value, and what stands around it.
fn number(kind: Kind, cell: &[u8]) -> Option<(u64, u128)> {
    let has_check_digit = match kind {
        Kind::Phone | Kind::Email | Kind::Passport => false,
        Kind::NationalId | Kind::Card => true,
        _ => return None,
    };
    let (counted, rest) = match cell.iter().position(|byte| *byte == b'@') {
        Some(at) => cell.split_at(at),
        None => (cell, &[][..]),
    };
    // The last group of digits of an address; of a number all digits, however they are grouped.
    let counted = if kind == Kind::Email {
        let end = counted.iter().rposition(u8::is_ascii_digit)? + 1;
        let begin = counted[..end].iter().rposition(|byte| !byte.is_ascii_digit()).map_or(0, |at| at + 1);
        &counted[begin..end]
    } else {
        &counted[..counted.len() - usize::from(has_check_digit && !counted.is_empty())]
    };
    let digits = || counted.iter().filter(|byte| byte.is_ascii_digit());
    if digits().count() > 30 || digits().next().is_none() {
        return None;
    }
    let number = digits().fold(0u128, |number, digit| number * 10 + u128::from(digit - b'0'));
    let mut around = DefaultHasher::new();
    rest.hash(&mut around);
    let before = if kind == Kind::Email { &cell[..cell.len() - rest.len()] } else { &[][..] };
    before.iter().filter(|byte| !byte.is_ascii_digit()).for_each(|byte| byte.hash(&mut around));
    Some((around.finish(), number))
}

/// The share of numbers that are an end or the middle of three at equal distances.
fn share(mut numbers: Vec<(u64, u128)>) -> f64 {
    numbers.sort_unstable();
    numbers.dedup();
    let mut ruled = vec![false; numbers.len()];
    for (at, three) in numbers.windows(3).enumerate() {
        let [(a, first), (b, second), (c, third)] = three else { continue };
        let distance = second.wrapping_sub(*first);
        if a == b && b == c && distance <= DISTANCE_MAX && third.wrapping_sub(*second) == distance {
            ruled[at..at + 3].fill(true);
        }
    }
    ruled.iter().filter(|ruled| **ruled).count() as f64 / ruled.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share_of(kind: Kind, values: impl Iterator<Item = String>) -> f64 {
        share(values.filter_map(|value| number(kind, value.as_bytes())).collect())
    }

    #[test]
    fn of_very_many_values_some_ranges_are_kept_whole() {
        let mut numbers = Numbers::default();
        (0..3 * VALUES_MAX as u128).for_each(|n| numbers.add((7, n * 11)));
        assert!(numbers.halvings > 0 && numbers.kept.len() <= VALUES_MAX, "{}", numbers.kept.len());
        assert!(numbers.kept.len() > VALUES_MAX / 8, "{}", numbers.kept.len());
        assert!(share(numbers.kept) > 0.99);
        // Equal numbers are one.
        let mut same = Numbers::default();
        (0..3 * VALUES_MAX as u128).for_each(|n| same.add((7, n % 1000 * 13)));
        assert_eq!((same.halvings, share(same.kept)), (0, 1.0));
    }

    #[test]
    fn what_was_counted_up_is_told_from_what_was_not() {
        let shuffled = |n: u64| (n * 7919) % 200;
        assert_eq!(share_of(Kind::Phone, (0..200).map(|n| format!("+86 138 0000 {:04}", shuffled(n) * 3))), 1.0);
        assert_eq!(share_of(Kind::Email, (0..200).map(|n| format!("user{:04}@example.com", shuffled(n)))), 1.0);
        // The last digit of an identity number is the check digit: counted up are the others.
        assert_eq!(
            share_of(Kind::NationalId, (0..99).map(|n| format!("1101051990010{:03}{}{}", n, n % 10, n * 7 % 10))),
            1.0
        );
        let scattered = |n: u64| n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 30;
        assert_eq!(share_of(Kind::Phone, (0..200).map(|n| format!("139{:08}", scattered(n) % 100_000_000))), 0.0);
        // Years of birth in addresses: the words around them differ.
        let named = |n: u64| format!("{:x}.{}@example.com", scattered(n), 1950 + n % 60);
        assert!(share_of(Kind::Email, (0..200).map(named)) < 0.1);
        assert_eq!(number(Kind::CustomerNo, b"10001"), None);
    }
}
