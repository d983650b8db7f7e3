//! Is a sample ours? What its records have in common with our lists, and what follows from it.
//!
//! Sample and lists are read under a key that is drawn for this one question and forgotten behind it; no index is needed.
//! The digests of the sample lie sorted in memory, the lists stream past them once:
//!
//! ```text
//! sample -> sorted digests <- rows of list 1, rows of list 2, ...
//! ```
//!
//! - **Matched**: an identifier of the record stands in a row. Anybody can have an address from somewhere else.
//! - **Joint**: two kinds of identifier of one record stand in the same row. Whoever had them together had a record of
//!   that person, and nobody stitched it from a list of addresses and a list of numbers.
//! - **Differs**: record and row have two kinds in common, and only one of them agrees.
//!
//! - **Further columns**: of joint records, do the other cells agree too? Of several lists with the same people, the one of
//!   which they do is the one it was taken from.
//!
//! Records are counted once, by their identifiers: one that was written twenty times is one.
//!
//! Weak kinds, domains and passwords do not count: strangers share them. Aliases count, and so do numbers that meet without
//! their country: a stranger here and there does not change a share.
//!
//! # Cost
//!
//! 32 bytes per digest of the sample, three for two identifiers, 44 per record and 4 per further cell; while it is read, twice to
//! three times that, and if this is more than `--memory` it is refused. A look-up is two cache misses. A list costs what it costs to read and to hash it; nothing of it is kept but the days on which its rows were made and
//! changed, and, to count people, at most 131,072 digests under the key of this question with their days.
//!
//! Measured: samples with two identifiers and a town, against two lists of 5 million rows together (347 MB; address, number, town,
//! two days), on two threads of a busy machine. Most of the memory of a small sample is that of the readers and of the days.
//!
//! | records of the sample | CPU | most memory |
//! |---|---|---|
//! | 1,000 | 7.7 s | 69 MiB |
//! | 100,000 | 12.8 s | 87 MiB |
//! | 1,000,000 | 36 s | 239 MiB |

mod changes;
mod domain;
mod freshness;
mod further;
mod lists;
mod reasons;
mod recycled;
mod regular;
mod sample;
mod signs;
mod statistics;
mod verdict;

pub use changes::ChangedBy;
pub use domain::AtDomainOfList;
pub use freshness::Freshness;
pub use further::FurtherColumn;
pub use lists::{Changed, ListFacts, Lists, Window};
pub use recycled::{HeldIn, Recycled, recycled};
pub use regular::{regular, regular_in};
pub use sample::{KindFacts, Reading, Sample, SampleFacts};
pub use signs::{Look, Sign, Weight, look, weigh};
pub use statistics::Share;
pub use verdict::{Judgement, Verdict, judge};

use crate::identifier::Kind;

/// Everything that is known about one sample.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The sample as it was named.
    pub name: String,
    /// What is claimed, in the words of whoever claims it.
    pub category: Option<String>,
    /// How many records are claimed.
    pub claimed: Option<u64>,
    /// The sample by itself.
    pub sample: SampleFacts,
    /// What it has in common with all lists together.
    pub matches: Matches,
    /// What it has in common with each list, in the order in which they were given.
    pub lists: Vec<ListFacts>,
    /// What of it is in older breaches, if an index was asked.
    pub recycled: Option<Recycled>,
}

/// What follows for the claimed records, if the sample is a random part of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extrapolated {
    /// The different records of the sample, if fewer are claimed: then the claim is wrong by itself.
    pub contradicted_by: Option<u64>,
    /// How many match.
    pub matched: Option<Bounds>,
    /// How many match jointly.
    pub joint: Option<Bounds>,
}

/// At least and at most how many of the claimed records are so (95 %).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bounds {
    /// So many; never more than the lists have rows.
    Between(u64, u64),
    /// More than the lists have rows, at the least: then the sample is no random part of the claim.
    Refuted(u64),
}

impl Bounds {
    fn new(low: u64, high: u64, rows: u64) -> Bounds {
        if low > rows { Bounds::Refuted(low) } else { Bounds::Between(low, high.min(rows)) }
    }
}

/// What a sample and all lists together have in common, in records of the sample.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matches {
    /// Records of which an identifier stands in a row.
    pub matched: u64,
    /// Of them, those of which two kinds stand in one row.
    pub joint: u64,
    /// Those without that, where a row has two kinds of the record and only one agrees.
    pub differs: u64,
    /// Those without either: record and row have only one kind in common.
    pub thin: u64,
    /// Records of which several kinds stand in our lists, but never in one row.
    pub split: u64,
    /// Joint records with a kind that only the organisation itself gives out.
    pub issued: u64,
}

impl Claim {
    /// Records with an identifier that counts: those that can be compared.
    pub fn comparable(&self) -> u64 {
        self.sample.comparable
    }

    /// The share of the comparable records that match.
    pub fn matched(&self) -> Share {
        Share::new(self.matches.matched, self.sample.comparable)
    }

    /// The share of the comparable records that match jointly.
    pub fn joint(&self) -> Share {
        Share::new(self.matches.joint, self.sample.comparable)
    }

    /// Of the matched records of which two kinds could agree, the share of those of which two do.
    pub fn agreement(&self) -> Share {
        Share::new(self.matches.joint, self.matches.joint + self.matches.differs)
    }

    /// The list with the most joint records, or the most matches where there are none. Of lists that have about as many joint
    /// records, the one whose further columns agree better, if one does.
    pub fn best_list(&self) -> Option<&ListFacts> {
        let first = self.lists.iter().max_by_key(|list| list.rank()).filter(|list| list.matched > 0)?;
        let alike = self.lists.iter().filter(|list| list.joint > 0 && !first.leads(list));
        let best = alike.max_by(|a, b| a.further_agreement().total_cmp(&b.further_agreement()));
        Some(best.filter(|best| best.agrees_better_than(first)).unwrap_or(first))
    }

    /// Whether the sample may have been taken from a list, so that it can be asked when: records of it stand there jointly, and
    /// it is the one that fits best, or fits alike, or most of these records stand in no other list.
    pub fn may_be_from(&self, list: &ListFacts) -> bool {
        let fits_best = self
            .best_list()
            .is_some_and(|best| std::ptr::eq(best, list) || !(best.leads(list) || best.agrees_better_than(list)));
        list.joint > 0 && (fits_best || 2 * list.joint_only_here > list.joint)
    }

    /// How many of the claimed records match, and match jointly, if the sample is a random part of them.
    pub fn extrapolated(&self, claimed: u64) -> Extrapolated {
        let distinct = self.sample.records - self.sample.repeats;
        if self.sample.comparable == 0 || claimed < distinct {
            return Extrapolated {
                contradicted_by: (claimed < distinct).then_some(distinct),
                ..Extrapolated::default()
            };
        }
        let of = |share: Share| share.of(claimed).map(|(low, high)| Bounds::new(low, high, self.rows()));
        Extrapolated { contradicted_by: None, matched: of(self.matched()), joint: of(self.joint()) }
    }

    /// Rows of all lists.
    pub fn rows(&self) -> u64 {
        self.lists.iter().map(|list| list.rows).sum()
    }

    /// Whether no list has a row with a kind of identifier that the sample has.
    pub fn nothing_compared(&self) -> bool {
        self.sample.comparable > 0 && self.lists.iter().all(|list| list.comparable_rows == 0)
    }

    /// Whether something was not read that may have changed the answer.
    pub fn is_incomplete(&self) -> bool {
        let lists = self.lists.iter().any(|list| list.unplanned > 0 || list.is_broken()) || self.nothing_compared();
        lists
            || self.sample.unplanned > 0
            || self.sample.is_broken()
            || self.recycled.as_ref().is_some_and(Recycled::is_incomplete)
    }
}

/// Whether a meeting of this kind says something about a record.
fn is_evidence(kind: Kind) -> bool {
    !kind.is_weak() && !matches!(kind, Kind::EmailDomain | Kind::Password)
}

/// Whether only the organisation itself gives out values of the kind.
fn is_issued(kind: Kind) -> bool {
    matches!(kind, Kind::EmployeeNo | Kind::CustomerNo | Kind::ContractNo)
}

/// A kind as a bit.
#[inline]
fn bit(kind: Kind) -> u32 {
    1 << kind.id()
}

/// The kinds of a mask.
fn kinds(mask: u32) -> impl Iterator<Item = Kind> {
    Kind::ALL.into_iter().filter(move |kind| mask & bit(*kind) != 0)
}

/// How many kinds of a mask are facts of their own: a name with a date and a name with a postcode share the name.
#[inline]
fn independent(mask: u32) -> u32 {
    let names = bit(Kind::NameDob) | bit(Kind::NamePostcode);
    (mask & !names).count_ones() + u32::from(mask & names != 0)
}
