//! Values that follow a rule, as those do that somebody counted up.
//!
//! Three numbers at equal distances of at most 100, in the order of the numbers: among the telephone numbers of two
//! thousand strangers there is no such three; in numbers that were counted up, and be they shuffled, nearly all are.
//! Customer and vehicle numbers are given out in a row, so they are not looked at.

use crate::identifier::{Kind, readable};
use crate::plan::Plan;
use crate::source::Sample;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// Larger distances are no counting.
const DISTANCE_MAX: u128 = 100;
/// Fewer values prove nothing.
const VALUES_MIN: usize = 20;

/// For every kind of which enough values were looked at, the share that follows a rule.
///
/// Cost: that of sorting the values of at most 2,000 rows.
pub fn regular(plan: &Plan, sample: &Sample) -> BTreeMap<Kind, f64> {
    let rows = &sample.rows[usize::from(plan.header).min(sample.rows.len())..];
    let mut numbers: BTreeMap<Kind, Vec<(u64, u128)>> = BTreeMap::new();
    for (column, cell) in rows.iter().flat_map(|row| &row.fields) {
        let planned = plan.columns.get(*column as usize).and_then(|column| column.kind);
        let Some(spec) = planned.filter(|spec| !spec.form.is_hash()) else { continue };
        if let Some(number) = number(spec.kind, readable(cell, &mut String::new())) {
            numbers.entry(spec.kind).or_default().push(number);
        }
    }
    let enough = numbers.into_iter().filter(|(_, numbers)| numbers.len() >= VALUES_MIN);
    enough.map(|(kind, numbers)| (kind, share(numbers))).collect()
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
