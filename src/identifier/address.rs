//! address.

use super::{Country, Forms, Reason};

pub(super) fn canonicalize(text: &str, region: Country, forms: &mut Forms) -> Result<(), Reason> {
    let _ = (text, region, forms);
    Err(Reason::Syntax)
}
