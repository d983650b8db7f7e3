//! ip.

use super::{Forms, Reason};

pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    let _ = (text, forms);
    Err(Reason::Syntax)
}
