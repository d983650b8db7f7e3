//! What the records of a block gave.

use super::found::Found;
use super::kept::Cells;
use super::tier::Tier;
use crate::digest::{Digest, Variant};
use crate::identifier::{Country, Form, Kind, KindSpec, Reason};
use crate::index::class::{ClassMask, DataClass};
use crate::source::Malformed;
use std::collections::BTreeMap;
use std::ops::Range;

/// What one form of one identifier is; its digest stands beside it in the batch.
#[derive(Clone, Copy, Debug)]
pub struct Probe {
    /// The record, counted from the beginning of the block.
    pub record: u32,
    /// The identifier, counted from the beginning of the block: its forms follow each other.
    pub identifier: u32,
    /// Its kind.
    pub kind: Kind,
    /// The country that issued it, or none.
    pub country: Country,
    /// What is known of the value: itself, a hash of it, what is left without its country.
    pub form: Form,
    /// What a meeting of this form is worth.
    pub tier: Tier,
    /// The number of the variant that its digest is of.
    pub variant: u8,
    /// Whether it is a number of a country that only a source which says the country can hold.
    pub needs_country: bool,
}

impl Probe {
    /// What it is, as coverage has it.
    pub fn spec(&self) -> KindSpec {
        KindSpec { kind: self.kind, country: self.country, form: self.form }
    }

    /// Whether its digest is of the value itself.
    #[inline]
    pub fn is_own(&self) -> bool {
        Variant::ALL.get(usize::from(self.variant)).is_some_and(|variant| variant.is_own())
    }

    /// Whether it is what may be a part of an identity number: beside it the number is refused, or stands for itself.
    #[inline]
    pub fn is_part(&self) -> bool {
        self.kind == Kind::NationalId && self.variant == Variant::Loose as u8
    }

    /// Whether it was put together from columns that nobody has named as its parts.
    #[inline]
    pub fn is_assumed(&self) -> bool {
        self.kind.is_joined() && self.tier > Tier::Alias
    }
}

/// An identifier that could not be used.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// The record, counted from the beginning of the block.
    pub record: u32,
    /// What it should have been; none if the row names no kind that exists.
    pub kind: Option<Kind>,
    /// Why not.
    pub reason: Reason,
}

/// A value of a record of which the number of records is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// The record, counted from the beginning of the block.
    pub record: u32,
    /// The place of its digest among those of the block.
    pub value: u32,
}

/// What the records of one block gave. Reused from block to block.
#[derive(Debug, Default)]
pub struct Batch {
    /// Records in the block, malformed ones included.
    pub records: u32,
    /// What was asked for, ascending by record.
    pub probes: Vec<Probe>,
    /// The digest of each probe.
    pub digests: Vec<Digest>,
    /// The counted values of a dump, ascending by record.
    pub counted: Vec<Counted>,
    /// The digest of each of them; one can stand there several times.
    pub values: Vec<Digest>,
    /// The record and the digest of what could be made of its addresses and telephone numbers, ascending by record; where the plan
    /// wants it.
    pub derived: Vec<(u32, Digest)>,
    /// Refused identifiers, ascending by record.
    pub refused: Vec<Refused>,
    /// The data classes of every record.
    pub masks: Vec<ClassMask>,
    /// Malformed records by reason.
    pub malformed: BTreeMap<&'static str, u64>,
    /// The bytes of text that every record is made of, its end included.
    pub record_bytes: Vec<u32>,
    /// Where every record ends in its block.
    pub record_ends: Vec<u32>,
    /// Identifiers in what is no record, or no whole one.
    pub found: Vec<Found>,
    /// The reference cells of all records, one after the other, and where each ends. Empty without a reference column.
    pub(super) references: Vec<u8>,
    pub(super) reference_ends: Vec<u32>,
    /// The days of all records. Empty if the plan has no columns of them.
    pub(super) days: Vec<[u32; 2]>,
    /// The cells of every record that the plan keeps.
    pub cells: Cells,
    pub(super) identifiers: u32,
    /// Whether the plan has nothing but what it assumes.
    pub(super) only_assumed: bool,
}

impl Batch {
    /// Says that the last record exposes this too.
    #[inline]
    pub(super) fn add_class(&mut self, class: DataClass) {
        if let Some(mask) = self.masks.last_mut() {
            *mask = mask.union(ClassMask::of(class));
        }
    }

    /// Ends a record that could not be split.
    pub(super) fn end_malformed(&mut self, malformed: Malformed) {
        *self.malformed.entry(malformed.name()).or_default() += 1;
        self.masks.push(ClassMask::NONE);
        // Keeps the references of the records behind it in step.
        self.reference_ends.push(self.references.len() as u32);
        self.cells.push_nothing();
    }

    pub(super) fn clear(&mut self) {
        self.records = 0;
        self.found.clear();
        self.identifiers = 0;
        self.probes.clear();
        self.digests.clear();
        self.counted.clear();
        self.values.clear();
        self.derived.clear();
        self.refused.clear();
        self.masks.clear();
        self.malformed.clear();
        self.record_bytes.clear();
        self.record_ends.clear();
        self.references.clear();
        self.reference_ends.clear();
        self.days.clear();
    }

    /// Whether a digest is of what could be made of other identifiers of its record.
    pub fn is_derived(&self, record: u32, digest: Digest) -> bool {
        let first = self.derived.partition_point(|(of, _)| *of < record);
        self.derived[first..].iter().take_while(|(of, _)| *of == record).any(|(_, known)| *known == digest)
    }

    /// Whether some of these probes are more than an assumption beside the identifiers of their record: that alone makes nothing of
    /// a record whose identifiers are all refused.
    #[inline]
    pub fn accepts(&self, probes: Range<usize>) -> bool {
        self.probes[probes].iter().any(|probe| (self.only_assumed || !probe.is_assumed()) && !probe.is_part())
    }

    /// The days on which a record was made and changed last, as numbers YYYYMMDD; zero where none is known.
    pub fn days(&self, record: u32) -> [u32; 2] {
        self.days.get(record as usize).copied().unwrap_or_default()
    }

    /// The reference cell of a record; empty if there is none.
    pub fn reference(&self, record: u32) -> &[u8] {
        let end = |i: u32| self.reference_ends.get(i as usize).map_or(0, |end| *end as usize);
        let begin = if record == 0 { 0 } else { end(record - 1) };
        self.references.get(begin..end(record)).unwrap_or_default()
    }
}
