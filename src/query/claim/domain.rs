//! Addresses at the domain of nearly all addresses of one of our lists.
//!
//! The addresses of a company are given out by the company. A stranger who has one is made up, or is somebody whom no list holds: both
//! are worth knowing, and neither is a match. Which domain is ours is not known; but where nearly all addresses of a list are at one
//! domain, it is that of an organisation, or of a provider that everybody uses, and whoever reads it can tell.
//!
//! Domains are kept as hashes, and are not shown.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// From this share of addresses on, nearly all are at one domain.
const NEARLY_ALL: f64 = 0.9;
/// Fewer addresses say nothing.
const ADDRESSES_MIN: u64 = 20;

/// Addresses of a column by their domains.
#[derive(Clone, Debug, Default)]
pub(super) struct Domains {
    addresses: u64,
    by_domain: BTreeMap<u64, u64>,
}

/// Addresses of the sample at the domain of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AtDomainOfList {
    /// The list, by its place.
    pub list: usize,
    /// Addresses at its domain, of those that were looked at.
    pub addresses: u64,
    /// How many were looked at.
    pub of: u64,
}

impl Domains {
    pub(super) fn of(counts: &BTreeMap<Vec<u8>, u32>) -> Domains {
        let mut domains = Domains::default();
        for (domain, count) in counts {
            let mut hasher = DefaultHasher::new();
            domain.hash(&mut hasher);
            *domains.by_domain.entry(hasher.finish()).or_default() += u64::from(*count);
            domains.addresses += u64::from(*count);
        }
        domains
    }

    /// The domain at which nearly all of the addresses are.
    fn main(&self) -> Option<u64> {
        let (domain, count) = self.by_domain.iter().max_by_key(|(_, count)| **count)?;
        is_nearly_all(*count, self.addresses).then_some(*domain)
    }
}

fn is_nearly_all(part: u64, whole: u64) -> bool {
    whole >= ADDRESSES_MIN && part as f64 >= NEARLY_ALL * whole as f64
}

/// The list at whose domain nearly all addresses of the sample are.
pub(super) fn at_domain_of_list(sample: &[Domains], lists: &[&[Domains]]) -> Option<AtDomainOfList> {
    let of = sample.iter().map(|domains| domains.addresses).sum();
    let at = |domain: u64| sample.iter().filter_map(|domains| domains.by_domain.get(&domain)).sum::<u64>();
    let of_list = |(list, columns): (usize, &&[Domains])| {
        let most = columns.iter().filter_map(Domains::main).map(at).max()?;
        is_nearly_all(most, of).then_some(AtDomainOfList { list, addresses: most, of })
    };
    lists.iter().enumerate().find_map(of_list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn domains(counts: &[(&str, u32)]) -> Vec<Domains> {
        vec![Domains::of(&counts.iter().map(|(name, count)| (name.as_bytes().to_vec(), *count)).collect())]
    }

    #[test]
    fn only_what_is_nearly_all_on_both_sides_is_told() {
        let ours = domains(&[("corp.example", 95), ("mail.example", 5)]);
        let others = domains(&[("mail.example", 60), ("post.example", 40)]);
        let at = |sample: &[Domains]| at_domain_of_list(sample, &[&others, &ours]);
        let sample = domains(&[("corp.example", 48), ("mail.example", 2)]);
        assert_eq!(at(&sample), Some(AtDomainOfList { list: 1, addresses: 48, of: 50 }));
        assert_eq!(at(&domains(&[("corp.example", 40), ("mail.example", 10)])), None);
        assert_eq!(at(&domains(&[("mail.example", 50)])), None);
        assert_eq!(at(&domains(&[("corp.example", 19)])), None);
        assert_eq!(at(&[]), None);
    }
}
