//! A name together with a postcode: a few hundred to a few thousand people, and the name.
//!
//! Raw: columns joined by [`NAME_DOB_SEPARATOR`], the last of them the postcode. Canonical: the name (see
//! [`super::person`]), the separator, the postcode (see [`super::postcode`]). The fold is the fold of the name, with
//! the same postcode. The name has to be whole.

use super::clean::clean;
use super::name_dob::{NAME_DOB_SEPARATOR, write_name};
use super::person::{self, present};
use super::postcode::Postcode;
use super::{Country, Forms, Reason};

/// Writes the name and the postcode.
///
/// Input: `text` is scratch room; `region` is the country of postcodes that do not name theirs.
/// Errors: `Syntax` where no column is set off; those of the name and of the postcode.
pub(super) fn canonicalize(raw: &[u8], region: Country, text: &mut String, forms: &mut Forms) -> Result<(), Reason> {
    let at = memchr::memrchr(NAME_DOB_SEPARATOR, raw).ok_or(Reason::Syntax)?;
    let postcode = Postcode::parse(present(clean(&raw[at + 1..], text)?)?, region)?;
    write_name(&raw[..at], text, forms)?;
    if !std::str::from_utf8(&forms.exact).is_ok_and(person::is_whole) {
        return Err(Reason::Length);
    }
    push_postcode(&postcode, &mut forms.exact);
    if !forms.fold.is_empty() {
        push_postcode(&postcode, &mut forms.fold);
    }
    Ok(())
}

fn push_postcode(postcode: &Postcode, out: &mut Vec<u8>) {
    out.push(NAME_DOB_SEPARATOR);
    out.extend_from_slice(postcode.bytes());
}
