//! Telephone numbers whose country code stands in another column: `country_code,phone_number`.
//!
//! Such a column is called so, and nearly all of its values are country codes. It says the region of the numbers beside it: those of
//! the same table or object, and of several such columns the nearest. Of a list of objects in a record, every number has the code of
//! its own object. So a number may be written as it is dialled at home, and one
//! that has its country code already is read as before.

use std::borrow::Cow;

use super::joins::parent_of;
use super::lexicon::{self, Finding, Meaning};
use crate::identifier::{Country, Dialled, Kind, country_dialled, presence};
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

/// ... of what stands beside the number in an object that is called as telephone numbers are: `phones[].code`, `phones[].number`.
const OBJECT_NAMES: [&str; 5] = ["code", "prefix", "country", "intlcode", "internationalcode"];

/// Where the country code of a column of telephone numbers stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dial {
    /// The column of the numbers.
    pub phone: u32,
    /// The column of their codes.
    pub code: u32,
    /// Whether a record has a list of them.
    pub many: bool,
}

/// The columns of numbers, each with the one of its country code.
///
/// Input: the names of all columns, and which of them hold telephone numbers.
pub(super) fn columns(
    names: &[String],
    has_paths: bool,
    phones: &dyn Fn(u32) -> bool,
    rows: &[SampleRow],
) -> Vec<Dial> {
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
    let codes: Vec<u32> =
        all().filter(|(column, name)| is_named(name) && hold_codes(*column, rows)).map(|(column, _)| column).collect();
    let nearest = |phone: u32| {
        let beside = codes.iter().copied().filter(|code| group(*code) == group(phone) && *code != phone);
        beside.min_by_key(|code| (code.abs_diff(phone), *code > phone))
    };
    let numbers = all().map(|(column, _)| column).filter(|column| phones(*column) && !codes.contains(column));
    numbers.filter_map(|phone| Some(Dial { phone, code: nearest(phone)?, many: group(phone).contains("[]") })).collect()
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
    Code(Option<Dialled>),
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
                self.cells.push(Cell::Code(country_dialled(cell)));
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
    pub(super) fn of_next(&mut self) -> Option<Dialled> {
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
            Cell::Code(dialled) => *dialled,
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
            let area = own.map_or("", |dialled| dialled.area_before(cell));
            let value = match area {
                "" => Cow::Borrowed(cell.as_slice()),
                area => Cow::Owned([area.as_bytes(), cell.as_slice()].concat()),
            };
            values.push((value, own.map_or(*region, |dialled| dialled.region)));
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
            let mut regions = Regions::new(Dial { phone, code, many: true });
            regions.begin(fields.into_iter());
            let got: String = text
                .chars()
                .filter(|c| *c == 'n')
                .map(|_| {
                    let region = regions.of_next();
                    let place =
                        CODES.iter().position(|code| region.is_some() && country_dialled(code.as_bytes()) == region);
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
