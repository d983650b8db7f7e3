//! Hashes of plain values: dumps of them meet lists of the values.

use super::super::Side;
use super::super::batch::Batch;
use super::super::tier::Tier;
use super::{Desk, Value};
use crate::digest::Variant;
use crate::identifier::{Canonical, Form, Kind, hash_of};

impl Desk<'_> {
    /// What dumps of passwords hold: one of these hashes, or the password, which is stored as all of them.
    pub(super) fn push_hashes_of_password(&mut self, value: Value, password: &[u8], batch: &mut Batch) {
        let all = self.plan.side == Side::Dump;
        for form in Form::HASHES.into_iter().filter(|form| all || self.plan.hashes.has(Kind::Password, *form)) {
            self.push_hash(value, form, password, Tier::Exact, batch);
        }
    }

    /// The hashes of a plain value that a breach may hold instead of the value.
    #[cold]
    pub(super) fn push_hashes(&mut self, value: Value, canonical: &Canonical<'_>, batch: &mut Batch) {
        let kind = value.spec.kind;
        for form in Form::HASHES.into_iter().filter(|form| self.plan.hashes.has(kind, *form)) {
            self.push_hash(value, form, canonical.exact, Tier::Exact, batch);
            if let Some(fold) = canonical.fold {
                self.push_hash(value, form, fold, Tier::Alias, batch);
            }
            if let Some(national) = canonical.national {
                // Before it is hashed, a number is written with a plus, or as its own country writes it.
                let mut written = std::mem::take(&mut self.written);
                written.clear();
                written.push(b'+');
                written.extend_from_slice(canonical.exact);
                self.push_hash(value, form, &written, Tier::Exact, batch);
                written.clear();
                written.push(b'0');
                written.extend_from_slice(national);
                self.push_hash(value, form, &written, Tier::Loose, batch);
                self.push_hash(value, form, national, Tier::Loose, batch);
                self.written = written;
            }
        }
    }

    fn push_hash(&mut self, value: Value, form: Form, bytes: &[u8], tier: Tier, batch: &mut Batch) {
        let mut hash = std::mem::take(&mut self.hash);
        hash.clear();
        hash_of(form, bytes, &mut hash);
        self.push(value, Variant::of(form), &hash, tier, batch);
        self.hash = hash;
    }
}
