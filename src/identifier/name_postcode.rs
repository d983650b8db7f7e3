//! name_postcode.

use super::{Country, Forms, Reason};

pub(super) fn canonicalize(raw: &[u8], region: Country, text: &mut String, forms: &mut Forms) -> Result<(), Reason> {
    let _ = (raw, region, text, forms);
    Err(Reason::Syntax)
}
