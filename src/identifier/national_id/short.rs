//! What else is written of a number: a part of it in place of the whole, or its country in front of it.
//!
//! Without its country nothing tells a part from any other number, so that a source which does not say the country has it
//! refused. But a person is asked for by the whole of it, and must not be "not found": such a part is kept, and asked for, under no
//! country at all, where a meeting is a loose one.

use super::super::clean::clean;
use super::super::refuse::without_decimal_tail;
use super::super::{Country, Forms, Reason};
use super::{CHECKED_RATE_MAX, Number, TABLE, under};

/// The names of the rules for parts.
pub(super) const RULES: [&str; 4] = [
    "numéro d'inscription au répertoire sans clé",
    "documento nacional de identidad",
    "documento nacional de identidad sin letra o sin ceros",
    "Seriennummer des Personalausweises",
];

/// Writes a number whose country nobody has said to `loose`, if it may be a part of another. False if it is none.
pub(in crate::identifier) fn written_short(raw: &[u8], buffer: &mut String, forms: &mut Forms) -> bool {
    let mut number = Number::EMPTY;
    let read = |text: Result<&str, Reason>, number: &mut Number| text.and_then(|text| number.read(text)).is_ok();
    if !number.read_clean(raw) && !read(clean(raw, buffer).and_then(without_decimal_tail), &mut number) {
        return false;
    }
    // Every one of these rules keeps the part as such.
    let entries = TABLE.short.get(number.len).map_or(&[][..], Vec::as_slice);
    entries.iter().any(|entry| {
        forms.clear();
        entry.apply(&number, forms).is_ok()
    })
}

/// Takes a number behind the two letters of its country, as tax authorities write it between countries, if its check digit passes.
pub(super) fn is_behind_its_country(number: &Number, country: Country, forms: &mut Forms) -> bool {
    let Some((code, number)) = number.behind_letters() else { return false };
    let code = if &code == b"EL" { *b"GR" } else { code };
    let Some(named) = Country::from_bytes(code) else { return false };
    let is_asked = country.is_none() || country == named;
    is_asked && under(named, &number, forms, |entry| entry.rule.false_accept_rate <= CHECKED_RATE_MAX).is_ok()
}
