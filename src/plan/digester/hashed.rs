//! Unsalted hashes of plain values: what a breach may hold instead of them.

use super::{Desk, Value};
use crate::digest::Variant;
use crate::identifier::{Canonical, Form, Kind, hash_of};
use crate::plan::Side;
use crate::plan::batch::Batch;
use crate::plan::tier::Tier;

impl Desk<'_> {
    /// What dumps of passwords hold: one of these hashes, or the password, which is stored as all of them.
    pub(super) fn push_hashes_of_password(&mut self, value: Value, password: &[u8], batch: &mut Batch) {
        let all = self.plan.side == Side::Dump;
        for form in Form::HASHES.into_iter().filter(|form| all || self.plan.hashes.has(Kind::Password, *form)) {
            self.push_hash(value, form, password, Tier::Exact, batch);
        }
    }

    /// The hashes of a plain value that a breach may hold instead of the value: of its canonical forms, and of what whoever hashed it
    /// may have had before him. A number is written with a plus, with two zeros, or as its own country writes it; an address with
    /// the capitals of the person whose it is.
    #[cold]
    pub(super) fn push_hashes(&mut self, value: Value, canonical: &Canonical<'_>, typed: &[u8], batch: &mut Batch) {
        let kind = value.spec.kind;
        let typed = typed.trim_ascii();
        let differs = kind == Kind::Email && typed != canonical.exact;
        let mut written = std::mem::take(&mut self.written);
        for form in Form::HASHES.into_iter().filter(|form| self.plan.hashes.has(kind, *form)) {
            self.push_hash(value, form, canonical.exact, Tier::Exact, batch);
            if differs {
                self.push_hash(value, form, typed, Tier::Exact, batch);
            }
            if let Some(fold) = canonical.fold {
                self.push_hash(value, form, fold, Tier::Alias, batch);
            }
            let whole = (kind == Kind::Phone && canonical.form == Form::Plain).then_some(canonical.exact);
            let ways = [
                ("+", whole, Tier::Exact),
                ("00", whole, Tier::Exact),
                ("0", canonical.national, Tier::Loose),
                ("", canonical.national, Tier::Loose),
            ];
            for (before, digits, tier) in ways {
                let Some(digits) = digits else { continue };
                written.clear();
                written.extend_from_slice(before.as_bytes());
                written.extend_from_slice(digits);
                self.push_hash(value, form, &written, tier, batch);
            }
        }
        self.written = written;
    }

    fn push_hash(&mut self, value: Value, form: Form, bytes: &[u8], tier: Tier, batch: &mut Batch) {
        let mut hash = std::mem::take(&mut self.hash);
        hash.clear();
        hash_of(form, bytes, &mut hash);
        self.push(value, Variant::of(form), &hash, tier, batch);
        self.hash = hash;
    }
}
