//! card.

use super::{Forms, Reason};

pub(super) const FALSE_ACCEPT_RATE: f64 = 1.0;

pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    let _ = (text, forms);
    Err(Reason::Syntax)
}
