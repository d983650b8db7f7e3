//! What is left of identity and passport numbers without their country: it stands under no country, so that both sides meet.

use super::{Added, Desk, Digester, Value};
use crate::digest::Variant;
use crate::identifier::{Kind, KindSpec, Reason};
use crate::plan::Side;
use crate::plan::batch::Batch;
use crate::plan::tier::Tier;

impl Digester<'_> {
    /// Of a dump, adds what an identity number without a country may be a part of, unless a rule that hardly accepts anything by
    /// chance takes it: it stays refused, and whoever is asked for by the whole number meets it. Output: whether it is one.
    pub(super) fn keep_short(
        &mut self,
        asked: KindSpec,
        accepted: &Result<Added, Reason>,
        field: &[u8],
        batch: &mut Batch,
    ) -> bool {
        let is_open = asked == KindSpec::new(Kind::NationalId) && self.desk.plan.side == Side::Dump;
        let is_in_doubt = match accepted {
            Ok(added) => added.is_in_doubt,
            Err(reason) => matches!(reason, Reason::Checksum | Reason::Syntax | Reason::Length | Reason::Date),
        };
        if !is_open || !is_in_doubt {
            return false;
        }
        let Digester { canonicalizer, desk, .. } = self;
        let Some(short) = canonicalizer.short_number(field) else { return false };
        desk.push_left(Kind::NationalId, short, batch);
        batch.identifiers += u32::from(accepted.is_err());
        true
    }
}

impl Desk<'_> {
    /// Whether what is left of a number without its country is kept, or asked for. Of an identity number a dump keeps it only where
    /// nobody has said the country.
    #[inline]
    pub(super) fn keeps_left(&self, kind: Kind) -> bool {
        match kind {
            Kind::Passport => true,
            Kind::NationalId => self.plan.side == Side::List && self.plan.open_ids,
            _ => false,
        }
    }

    /// Adds what is left of a number without its country, under no country.
    pub(super) fn push_left(&mut self, kind: Kind, left: &[u8], batch: &mut Batch) {
        let spec = KindSpec::new(kind);
        let place = self.namespaces.place(spec);
        self.push(Value { spec, place }, Variant::Loose, left, Tier::Loose, batch);
    }
}
