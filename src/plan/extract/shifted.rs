//! Records whose fields do not stand where their columns are.

use super::Extractor;
use crate::identifier::{Kind, KindSpec};
use crate::plan::actions::Action;
use crate::plan::batch::Batch;
use crate::plan::cells::is_like_phone;
use crate::plan::decide::class_of_kind;
use crate::source::Record;

impl Extractor<'_> {
    /// Reads the identifiers of a record that has more fields than columns, and a field that is not what its column says: a
    /// delimiter that nobody quoted has shifted them. Addresses and numbers with a plus say themselves what they are.
    #[cold]
    pub(super) fn read_shifted(&mut self, block: &[u8], record: &Record, batch: &mut Batch) {
        let has = |kind: Kind| self.column_kinds.contains(&KindSpec::new(kind));
        let (emails, phones) = (has(Kind::Email), has(Kind::Phone));
        for (column, field) in record.fields(block) {
            let text = field.trim_ascii();
            let kind = match text {
                [b'+', ..] if phones && is_like_phone(text) => Kind::Phone,
                _ if emails && memchr::memchr(b'@', text).is_some() => Kind::Email,
                _ => continue,
            };
            // Where every cell decides, it is there already.
            let is_read = |action: &Action| action.mixed || action.kind.is_some_and(|own| own.kind == kind);
            if !self.actions.get(column as usize).is_some_and(is_read)
                && self.digester.try_add(KindSpec::new(kind), self.region, field, batch).is_ok()
                && let Some(class) = class_of_kind(kind)
            {
                batch.add_class(class);
            }
        }
    }
}
