//! passport.

use super::{Country, Forms, Reason};

pub(super) fn canonicalize(text: &str, country: Country, forms: &mut Forms) -> Result<(), Reason> {
    let _ = (text, country, forms);
    Err(Reason::Syntax)
}
