//! hashed.

use super::{Form, Forms, KindSpec, Reason};

/// Appends the unsalted hash of bytes, as lower-case hexadecimal digits.
pub fn hash_of(form: Form, bytes: &[u8], out: &mut Vec<u8>) {
    let _ = (form, bytes, out);
}

pub(super) fn canonicalize(spec: KindSpec, text: &str, forms: &mut Forms) -> Result<(), Reason> {
    let _ = (spec, text, forms);
    Err(Reason::Syntax)
}
