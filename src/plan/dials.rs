//! Telephone numbers whose country code stands in another column: `country_code,phone_number`.
//!
//! Such a column is called so, and nearly all of its values are country codes. It says the region of the numbers beside it: those of
//! the same table or object, and of several such columns the nearest. So a number may be written as it is dialled at home, and one
//! that has its country code already is read as before.

use super::joins::parent_of;
use super::lexicon;
use crate::identifier::{Country, country_dialled, presence};
use crate::source::SampleRow;

/// Share of the present values that are country codes.
const SHARE_MIN: f64 = 0.9;
/// What such columns are called, without case and separators; what stands before is whose code it is.
const NAMES: [&str; 12] = [
    "countrycode",
    "dialcode",
    "dialingcode",
    "diallingcode",
    "callingcode",
    "phonecode",
    "isdcode",
    "landesvorwahl",
    "laendervorwahl",
    "codepays",
    "codigopais",
    "кодстраны",
];
/// ... and nothing stands before.
const WHOLE_NAMES: [&str; 9] =
    ["cc", "ddi", "landervorwahl", "国家代码", "国家码", "国家区号", "国际区号", "区号", "國碼"];

/// The columns of numbers, each with the one of its country code.
///
/// Input: the names of all columns, and which of them hold telephone numbers.
pub(super) fn columns(
    names: &[String],
    has_paths: bool,
    phones: &dyn Fn(u32) -> bool,
    rows: &[SampleRow],
) -> Vec<(u32, u32)> {
    let key = |name: &str| -> String {
        let name = if has_paths { &name[parent_of(name).len()..] } else { name };
        lexicon::normal(name)
    };
    let is_named = |name: &str| {
        let key = key(name);
        NAMES.iter().any(|end| key.ends_with(end)) || WHOLE_NAMES.contains(&key.as_str())
    };
    let group =
        |column: u32| names.get(column as usize).map_or("", |name| if has_paths { parent_of(name) } else { "" });
    let all = || (0..).zip(names);
    let codes: Vec<u32> = all()
        .filter(|(column, name)| is_named(name) && !group(*column).contains("[]") && hold_codes(*column, rows))
        .map(|(column, _)| column)
        .collect();
    let nearest = |phone: u32| {
        let beside = codes.iter().copied().filter(|code| group(*code) == group(phone) && *code != phone);
        beside.min_by_key(|code| (code.abs_diff(phone), *code > phone))
    };
    all().filter(|(column, _)| phones(*column)).filter_map(|(phone, _)| Some((phone, nearest(phone)?))).collect()
}

fn hold_codes(column: u32, rows: &[SampleRow]) -> bool {
    let fields = rows.iter().flat_map(|row| row.fields.iter()).filter(|(at, _)| *at == column);
    let (mut present, mut codes) = (0usize, 0usize);
    for (_, value) in fields.filter(|(_, value)| presence(value).is_ok()) {
        present += 1;
        codes += usize::from(country_dialled(value).is_some());
    }
    present > 0 && codes as f64 >= SHARE_MIN * present as f64
}

/// The region that a row dials, or that of its record.
pub(super) fn region(row: &SampleRow, code: u32, region: Country) -> Country {
    let cell = row.fields.iter().find(|(column, _)| *column == code);
    cell.and_then(|(_, cell)| country_dialled(cell)).unwrap_or(region)
}
