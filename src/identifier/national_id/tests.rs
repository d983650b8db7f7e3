//! What holds for every rule of the table.

use super::super::vectors::{Random, read_vectors};
use super::super::{Canonicalizer, Kind, KindSpec};
use super::*;

/// Every vector is accepted without its country too, if its rule is strict: the country is then among those that accept it.
#[test]
fn vectors_of_strict_rules_need_no_country() {
    let mut canonicalizer = Canonicalizer::new();
    let mut failures = Vec::new();
    for vector in read_vectors(Kind::NationalId) {
        let Ok(want) = vector.want else { continue };
        let country = vector.specs[0].country;
        if !is_strict_form(country, &want) {
            continue;
        }
        let got = canonicalizer.canonicalize(KindSpec::new(Kind::NationalId), Country::NONE, &vector.raw);
        let found = got.is_ok_and(|got| {
            let first = (got.country, got.exact);
            std::iter::once(first).chain(got.others()).any(|accepted| accepted == (country, &want[..]))
        });
        if !found {
            failures.push(vector.place);
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

fn is_strict_form(country: Country, exact: &[u8]) -> bool {
    let number = Number::read(std::str::from_utf8(exact).unwrap()).unwrap();
    let entries = TABLE.of(country).iter().filter(|entry| entry.shape.compare(&number).is_ok());
    entries.map(|entry| entry.rule.is_strict()).next().unwrap()
}

/// A random number of a shape, without its punctuation.
fn of_shape(shape: &str, random: &mut Random) -> Vec<u8> {
    const ALNUM: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut number = Vec::new();
    for byte in shape.bytes().filter(|byte| *byte == b'*' || byte.is_ascii_alphanumeric()) {
        number.push(match byte {
            b'9' => ALNUM[random.below(10)],
            b'A' => ALNUM[10 + random.below(26)],
            b'*' => ALNUM[random.below(36)],
            letter => [ALNUM[random.below(10)], letter.to_ascii_uppercase()][usize::from(random.below(11) == 10)],
        });
    }
    number
}

#[test]
fn measured_false_accept_rates() {
    const VALUES: usize = 100_000;
    let (mut forms, mut random) = (Forms::new(), Random(0x1eaf));
    let mut failures = Vec::new();
    for rule in RULES.into_iter().flatten() {
        let rates = rule.shapes.iter().map(|written| {
            let entry = Entry { rule, shape: Shape::of(written), restores_zeros: false };
            let values = if rule.false_accept_rate < 0.001 { 10 * VALUES } else { VALUES };
            let accepted = (0..values).filter(|_| {
                forms.clear();
                let number = Number::read(std::str::from_utf8(&of_shape(written, &mut random)).unwrap()).unwrap();
                entry.apply(&number, &mut forms).is_ok()
            });
            accepted.count() as f64 / values as f64
        });
        let (measured, stated) = (rates.fold(0.0, f64::max), rule.false_accept_rate);
        let error = (stated - measured).abs();
        if error > 0.1 * stated.max(measured) + 0.000_02 {
            failures.push(format!("{:?} {}: stated {stated}, measured {measured}", rule.country, rule.name));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
