//! Numbers of which a part stands in another column: the country code or the area of a telephone number, `country_code,phone_number` and
//! `DDD;TELEFONE`, and the check digit of an identity number, `RUT;DV`.
//!
//! A number without its area or its check digit is another one, or somebody else's, wherever it is accepted alone.
//!
//! Such a column is called so, and nearly all of its values are country codes. It says the region of the numbers beside it: those of
//! the same table or object, and of several such columns the nearest. Of a list of objects in a record, every number has the code of
//! its own object. So a number may be written as it is dialled at home, and one
//! that has its country code already is read as before.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::joins::parent_of;
use super::lexicon::{self, Finding, Meaning};
use crate::identifier::{Country, Dialled, Kind, country_dialled, country_named, presence};
use crate::index::class::DataClass;
use crate::source::SampleRow;

/// What the names of columns with countries mean.
const PLACE: Meaning = Meaning::Class(DataClass::GEOGRAPHIC_LOCATIONS);
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

/// ... of what stands beside the number in an object that is called as telephone numbers are: `phones[].code`, `phones[].number`.
const OBJECT_NAMES: [&str; 5] = ["code", "prefix", "country", "intlcode", "internationalcode"];

/// What columns of areas are called: in Brazil nearly every table has one.
const AREA_NAMES: [&str; 14] = [
    "ddd",
    "dddtel",
    "areacode",
    "phonearea",
    "phoneareacode",
    "phoneac",
    "telarea",
    "vorwahl",
    "ortsvorwahl",
    "ortskennzahl",
    "prefijo",
    "codigoarea",
    "codigodearea",
    "prefisso",
];
/// ... and those of check digits.
const DIGIT_NAMES: [&str; 8] =
    ["dv", "dvrut", "rutdv", "dgv", "digito", "digitoverificador", "digverificador", "checkdigit"];
/// Digits of an area, with the zero that is dialled before it.
const AREA_DIGITS: RangeInclusive<usize> = 2..=5;
/// Digits of a telephone number without its area, and of an identity number without its check digit.
const REST_DIGITS: RangeInclusive<usize> = 6..=9;

/// What stands beside a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The country code, which says the region, and sometimes the area.
    Country,
    /// The area: before the number.
    Area,
    /// The check digit: behind the number.
    CheckDigit,
    /// The name or the code of a country, which says the region: of several in a record, the one that is called as the number is,
    /// `shipping_country` and `shipping_phone`.
    Nation,
}

/// Where a part of the numbers of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dial {
    /// The column of the numbers.
    pub phone: u32,
    /// The column of their codes.
    pub code: u32,
    /// Whether a record has a list of them.
    pub many: bool,
    /// What it is.
    pub part: Part,
}

/// What the cell beside a number says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Said {
    Country(Dialled),
    /// Its digits, and how many there are.
    Area([u8; 5], usize),
    CheckDigit(u8),
    Nation(Country),
}

impl Said {
    fn of(part: Part, cell: &[u8]) -> Option<Said> {
        let text = cell.trim_ascii();
        match part {
            Part::Country => country_dialled(cell).map(Said::Country),
            Part::Nation => country_named(cell).map(Said::Nation),
            Part::Area => {
                let text = text.strip_prefix(b"(").and_then(|text| text.strip_suffix(b")")).unwrap_or(text);
                let is_area = AREA_DIGITS.contains(&text.len()) && text.iter().all(u8::is_ascii_digit);
                let mut digits = [0; 5];
                is_area.then(|| digits[..text.len()].copy_from_slice(text));
                is_area.then_some(Said::Area(digits, text.len()))
            }
            Part::CheckDigit => match text {
                [digit] if digit.is_ascii_digit() || matches!(digit, b'k' | b'K') => Some(Said::CheckDigit(*digit)),
                _ => None,
            },
        }
    }

    /// The region that it says.
    pub(super) fn region(&self) -> Option<Country> {
        match self {
            Said::Country(dialled) => Some(dialled.region),
            Said::Nation(country) => Some(*country),
            Said::Area(..) | Said::CheckDigit(_) => None,
        }
    }

    /// Writes the number with this part of it, if it lacks it.
    pub(super) fn complete(&self, number: &[u8], whole: &mut Vec<u8>) -> bool {
        let number = number.trim_ascii();
        let digits = number.iter().filter(|byte| byte.is_ascii_digit()).count();
        let is_plain = number.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.'));
        // With the zero that is dialled before an area, it has one.
        let is_rest = is_plain && REST_DIGITS.contains(&digits) && number.first() != Some(&b'0');
        let (before, behind): (&[u8], &[u8]) = match self {
            Said::Country(dialled) => (dialled.area_before(number).as_bytes(), b""),
            Said::Area(area, len) if is_rest => (&area[..*len], b""),
            Said::CheckDigit(digit) if is_rest => (b"", std::slice::from_ref(digit)),
            Said::Area(..) | Said::CheckDigit(_) | Said::Nation(_) => return false,
        };
        whole.clear();
        whole.extend_from_slice(before);
        whole.extend_from_slice(number);
        whole.extend_from_slice(if behind.is_empty() { b"" } else { b"-" });
        whole.extend_from_slice(behind);
        !(before.is_empty() && behind.is_empty())
    }
}

/// The columns of numbers, each with the one of what they lack.
///
/// Input: the names of all columns, and which kind of identifiers their names or rules say.
pub(super) fn columns(
    names: &[String],
    has_paths: bool,
    kinds: &dyn Fn(u32) -> Option<Kind>,
    rows: &[SampleRow],
) -> Vec<Dial> {
    let phones = |column: u32| kinds(column) == Some(Kind::Phone);
    let group = |name: &'_ str| if has_paths { parent_of(name).len() } else { 0 };
    let is_named = |name: &str| {
        let (group, name) = name.split_at(group(name));
        let key = lexicon::normal(name);
        let is_phone = |finding: Finding| matches!(finding.meaning, Meaning::Kind(spec) if spec.kind == Kind::Phone);
        NAMES.iter().any(|end| key.ends_with(end))
            || WHOLE_NAMES.contains(&key.as_str())
            || (OBJECT_NAMES.contains(&key.as_str()) && lexicon::find_column(group).is_some_and(is_phone))
    };
    let group = |column: u32| names.get(column as usize).map_or("", |name| &name[..group(name)]);
    let all = || (0..).zip(names);
    let last = |name: &str| lexicon::normal(&name[if has_paths { parent_of(name).len() } else { 0 }..]);
    let of = |part: Part| -> Vec<u32> {
        let is_named = |name: &str| match part {
            Part::Country => is_named(name),
            Part::Area => AREA_NAMES.contains(&last(name).as_str()),
            Part::CheckDigit => DIGIT_NAMES.contains(&last(name).as_str()),
            Part::Nation => lexicon::find_column(name).is_some_and(|finding| finding.meaning == PLACE),
        };
        let parts = all().filter(|(column, name)| is_named(name) && hold(part, *column, rows));
        parts.map(|(column, _)| column).collect()
    };
    let (codes, areas, digits) = (of(Part::Country), of(Part::Area), of(Part::CheckDigit));
    // One alone is that of the row.
    let nations = Some(of(Part::Nation)).filter(|nations| nations.len() > 1).unwrap_or_default();
    let owner = |column: u32| names.get(column as usize).map(|name| lexicon::first_word(&name[group(column).len()..]));
    let nation = |number: u32| {
        let beside = nations.iter().copied().filter(|nation| group(*nation) == group(number));
        beside.into_iter().find(|nation| owner(*nation) == owner(number))
    };
    let nearest = |number: u32, parts: &[u32]| {
        let beside = parts.iter().copied().filter(|part| group(*part) == group(number) && *part != number);
        beside.min_by_key(|part| (part.abs_diff(number), *part > number))
    };
    let dial = |number: u32| {
        let (part, code) = if phones(number) && !codes.contains(&number) {
            let country = nearest(number, &codes).map(|code| (Part::Country, code));
            let nation = || Some((Part::Nation, nation(number)?));
            country.or_else(nation).or_else(|| Some((Part::Area, nearest(number, &areas)?)))?
        } else if kinds(number) == Some(Kind::NationalId) {
            (Part::CheckDigit, nearest(number, &digits)?)
        } else {
            return None;
        };
        Some(Dial { phone: number, code, many: group(number).contains("[]"), part })
    };
    all().filter_map(|(column, _)| dial(column)).collect()
}

/// Whether nearly all values of a column are such parts.
fn hold(part: Part, column: u32, rows: &[SampleRow]) -> bool {
    let fields = rows.iter().flat_map(|row| row.fields.iter()).filter(|(at, _)| *at == column);
    let (mut present, mut codes) = (0usize, 0usize);
    for (_, value) in fields.filter(|(_, value)| presence(value).is_ok()) {
        present += 1;
        codes += usize::from(Said::of(part, value).is_some());
    }
    present > 0 && codes as f64 >= SHARE_MIN * present as f64
}

/// The regions of the numbers of a record, one after the other.
///
/// Of a list in a record, a number has the code that stands next to it on the side where codes stand: objects have their keys in the
/// same order. One without a code has none, and does not get that of another.
pub(super) struct Regions {
    dial: Dial,
    cells: Vec<Cell>,
    /// Where the search for the next number begins.
    next: usize,
    /// Whether codes stand before their numbers.
    before: bool,
}

enum Cell {
    Code(Option<Said>),
    Number,
}

impl Regions {
    pub(super) fn new(dial: Dial) -> Regions {
        Regions { dial, cells: Vec::new(), next: 0, before: true }
    }

    /// Goes to a record. Cost: one pass over its fields.
    pub(super) fn begin<'a>(&mut self, fields: impl Iterator<Item = (u32, &'a [u8])>) {
        self.next = 0;
        self.cells.clear();
        for (column, cell) in fields {
            if column == self.dial.code {
                self.cells.push(Cell::Code(Said::of(self.dial.part, cell)));
            } else if column == self.dial.phone && self.dial.many {
                self.cells.push(Cell::Number);
            }
        }
        self.before = match (self.cells.first(), self.cells.last()) {
            (Some(Cell::Code(_)), _) => true,
            (_, Some(Cell::Code(_))) => false,
            _ => self.dial.code < self.dial.phone,
        };
    }

    /// What the code of the next number says, if it has one.
    pub(super) fn of_next(&mut self) -> Option<Said> {
        let place = match self.dial.many {
            false => 0,
            true => {
                let rest = self.cells.get(self.next..)?;
                let number = self.next + rest.iter().position(|cell| matches!(cell, Cell::Number))?;
                self.next = number + 1;
                if self.before { number.checked_sub(1)? } else { number + 1 }
            }
        };
        match self.cells.get(place)? {
            Cell::Code(said) => *said,
            Cell::Number => None,
        }
    }
}

/// The values of a column, each with its region: that which it dials, or that of its row. A number has the area that its code says.
pub(super) fn values<'a>(
    column: u32,
    rows: &'a [SampleRow],
    regions: &[Country],
    dials: &[Dial],
) -> Vec<(Cow<'a, [u8]>, Country)> {
    let mut dialled = dials.iter().find(|dial| dial.phone == column).map(|dial| Regions::new(*dial));
    let mut values = Vec::new();
    for (row, region) in rows.iter().zip(regions) {
        if let Some(dialled) = &mut dialled {
            dialled.begin(row.fields.iter().map(|(column, cell)| (*column, cell.as_slice())));
        }
        for (_, cell) in row.fields.iter().filter(|(at, _)| *at == column) {
            let own = dialled.as_mut().and_then(Regions::of_next);
            let mut whole = Vec::new();
            let value = match own.is_some_and(|said| said.complete(cell, &mut whole)) {
                true => Cow::Owned(whole),
                false => Cow::Borrowed(cell.as_slice()),
            };
            values.push((value, own.and_then(|said| said.region()).unwrap_or(*region)));
        }
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_a_list_have_the_codes_beside_them() {
        /// `c` is a code, `n` a number; each code is another one. Output: for each number the place of its code among the codes.
        fn check(text: &str, (phone, code): (u32, u32), want: &str) {
            const CODES: [&str; 3] = ["49", "44", "86"];
            let mut codes = CODES.iter();
            let fields: Vec<(u32, &[u8])> = text
                .chars()
                .map(|c| match c {
                    'c' => (code, codes.next().expect("a code").as_bytes()),
                    'n' => (phone, &b"1"[..]),
                    _ => (9, &b"x"[..]),
                })
                .collect();
            let mut regions = Regions::new(Dial { phone, code, many: true, part: Part::Country });
            regions.begin(fields.into_iter());
            let got: String = text
                .chars()
                .filter(|c| *c == 'n')
                .map(|_| {
                    let region = regions.of_next().and_then(|said| said.region());
                    let place = CODES.iter().position(|code| {
                        region.is_some() && country_dialled(code.as_bytes()).map(|code| code.region) == region
                    });
                    place.map_or("-".to_string(), |place| place.to_string())
                })
                .collect();
            assert_eq!(got, want, "{text}");
            assert!(regions.of_next().is_none());
        }
        let (behind, before) = ((1, 2), (2, 1));
        for order in [behind, before] {
            check("cncn", order, "01");
            check("cxnxcn", order, "01");
            check("ncnc", order, "01");
            check("cnn", order, "0-");
            check("ccn", order, "1");
            check("nnc", order, "-0");
            check("n", order, "-");
            check("c", order, "");
            check("", order, "");
        }
        check("ncn", behind, "0-");
        check("ncn", before, "-0");
    }
}
