//! Whether the first record of a source names its columns.

use super::lexicon;
use super::rules::Request;
use crate::identifier::{Canonicalizer, Country, Kind, KindSpec, vouched};
use crate::source::{Sample, SampleRow, Shape, count_addresses};

/// Whether the first row names the columns. A row with an identifier in it is data.
pub(super) fn has_header(shape: Shape, sample: &Sample, request: &Request, canonicalizer: &mut Canonicalizer) -> bool {
    let Some((first, rest)) = sample.rows.split_first() else { return false };
    if shape.names_columns() {
        return false;
    }
    if matches!(shape, Shape::JsonRows { open: 1.., .. }) {
        return true;
    }
    let mut accepts = |value: &[u8]| {
        let kinds = [Kind::Email, Kind::NationalId, Kind::Vin, Kind::Phone, Kind::Plate];
        let region = if request.region.is_none() { Country::CN } else { request.region };
        kinds.iter().any(|kind| {
            let spec = KindSpec::new(*kind);
            let accepted = canonicalizer.canonicalize(spec, region, value);
            // Any 17 characters can be a VIN without a check digit, a column name too; and one in eleven has it right, as
            // `DistinguishedName` has, of which the letters I are ones.
            let has_digits = || value.iter().any(u8::is_ascii_digit);
            accepted.is_ok_and(|canonical| *kind != Kind::Vin || (has_digits() && vouched(spec, canonical.exact)))
        })
    };
    if first.fields.iter().any(|(_, cell)| accepts(cell) || count_addresses(cell) > 0) {
        return false;
    }
    let known = |cell: &[u8]| {
        let text = String::from_utf8_lossy(cell);
        let named = |name: &str| name.split('+').any(|part| part.trim() == text.trim());
        lexicon::find(&text).is_some()
            || request.rules.iter().any(|rule| named(&rule.column))
            || [&request.reference, &request.kind_column, &request.value_column, &request.person]
                .iter()
                .any(|name| name.as_deref().is_some_and(named))
            || request.groups.iter().chain(request.notify.iter().flatten()).any(|name| named(name))
    };
    if first.fields.iter().any(|(_, cell)| known(cell)) {
        return true;
    }
    // Nothing is known about the names: they are names if they look like words, and the rows below hold identifiers.
    let is_word = |cell: &[u8]| {
        let text = String::from_utf8_lossy(cell);
        let value = text.contains(|c: char| c.is_ascii_digit() || matches!(c, '@' | '*' | '\\'));
        !value && crate::identifier::presence(cell).is_ok()
    };
    let below =
        |row: &SampleRow, accepts: &mut dyn FnMut(&[u8]) -> bool| row.fields.iter().any(|(_, cell)| accepts(cell));
    let rows = rest.len().min(200);
    let with_identifier = rest.iter().take(rows).filter(|row| below(row, &mut accepts)).count();
    first.fields.iter().all(|(_, cell)| is_word(cell)) && rows > 0 && with_identifier * 2 > rows
}
