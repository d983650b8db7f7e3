//! What telephone numbers with and without their country have in common.
//!
//! Two numbers that were written with their countries are two numbers, whatever their last digits are. So a dump has these digits
//! under one variant where the country is known, and under another where it is not. A list asks about a number with its country
//! under the second alone, and about one without it under both.
//!
//! A number that was written without its country code has a country by assumption, that of the region. Where its digits are
//! so many that a country code may lead them, it counts as one without: a spreadsheet takes the plus away.

use super::super::{Plan, Side};
use crate::digest::Variant;
use crate::identifier::{Canonical, Form, tail_with_code};

/// The forms of a telephone number that meet loosely, beside the number itself where it has a country.
#[inline]
pub(super) fn forms<'a>(canonical: &Canonical<'a>, plan: &Plan) -> [Option<(Variant, &'a [u8])>; 6] {
    let is_list = plan.side == Side::List;
    let loose = |bytes| (Variant::Loose, bytes);
    if canonical.form == Form::Loose {
        let digits = canonical.national.filter(|_| is_list && plan.other_readings);
        let national = is_list.then_some((Variant::National, canonical.exact));
        // The country code may lead them.
        let number = digits.map(|digits| (Variant::Exact, digits));
        return [Some(loose(canonical.exact)), national, number, None, None, None];
    }
    let is_open = canonical.may_have_code;
    let own = canonical.loose.filter(|_| is_list || is_open).map(loose);
    let national = canonical.loose.filter(|_| is_list == is_open).map(|bytes| (Variant::National, bytes));
    // Digits without a plus, of which nobody knows that they begin with the code.
    let with_code = (is_list && plan.open_phones).then(|| tail_with_code(canonical.exact));
    let with_code = with_code.filter(|tail| tail.len() > canonical.loose.map_or(0, <[u8]>::len)).map(loose);
    let reading = canonical.with_code.filter(|_| !is_list || plan.other_readings);
    let Some(reading) = reading else { return [own, national, with_code, None, None, None] };
    let number = is_list.then_some((Variant::Exact, reading.number));
    let (tail, behind) = (tail_with_code(reading.number), reading.loose);
    let behind = (!behind.is_empty() && behind != tail).then_some(loose(behind));
    [own, national, with_code, number, Some(loose(tail)), behind]
}
