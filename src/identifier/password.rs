//! password.

use super::{Forms, Reason};

pub(super) fn canonicalize(raw: &[u8], forms: &mut Forms) -> Result<(), Reason> {
    let _ = (raw, forms);
    Err(Reason::Syntax)
}
