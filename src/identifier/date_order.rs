//! In which order a date in numbers is written: what a region is used to, and what the values of a column prove.

use super::Country;
use super::date::{DATE_BYTES_MAX, Field, fields, is_tail};

/// In which order a country, or a column, writes a date in numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// 1/6/1990 is the first of June.
    DayFirst,
    /// 1/6/1990 is the sixth of January.
    MonthFirst,
    /// 90/1/6 is the sixth of January; so is 1/6/1990.
    YearFirst,
}

impl Order {
    /// Every order.
    pub const ALL: [Order; 3] = [Order::DayFirst, Order::MonthFirst, Order::YearFirst];

    /// The name in plan files.
    pub fn name(self) -> &'static str {
        match self {
            Order::DayFirst => "day first",
            Order::MonthFirst => "month first",
            Order::YearFirst => "year first",
        }
    }

    /// The order of this name.
    pub fn from_name(name: &str) -> Option<Order> {
        Order::ALL.into_iter().find(|order| order.name() == name.trim())
    }

    /// The order that a region is used to; none if no region is given.
    ///
    /// Source: general knowledge of these regions, not compared with CLDR yet.
    pub fn of(region: Country) -> Option<Order> {
        match &region.bytes() {
            [0, 0] => None,
            b"US" | b"AS" | b"FM" | b"GU" | b"MH" | b"MP" | b"PA" | b"PH" | b"PR" | b"PW" | b"UM" | b"VI" => {
                Some(Order::MonthFirst)
            }
            b"CN" | b"HU" | b"JP" | b"KP" | b"KR" | b"LT" | b"MN" | b"TW" => Some(Order::YearFirst),
            _ => Some(Order::DayFirst),
        }
    }

    /// A region that is used to this order: what to read a column with whose values prove it.
    pub fn region(self) -> Country {
        let code = match self {
            Order::DayFirst => "GB",
            Order::MonthFirst => "US",
            Order::YearFirst => "CN",
        };
        Country::from_code(code).unwrap_or(Country::NONE)
    }
}

/// The only order in which a date in numbers can be read; none where more than one is possible or the order does not
/// matter.
///
/// Input: one cell of a column of dates. `13/6/1990` proves day first, `6/13/1990` month first, `90-06-13` year first;
/// `1990-06-13` and `13 June 1990` prove nothing, for they need no order.
/// Cost: that of reading a date.
pub fn date_order_evidence(value: &[u8]) -> Option<Order> {
    let (orders, _) = orders_of(value)?;
    let mut possible = Order::ALL.into_iter().zip(orders).filter(|(_, possible)| *possible);
    let (order, _) = possible.next()?;
    possible.next().is_none().then_some(order)
}

/// Whether a cell is a date that is another day in another order: `1/6/1990`. Between dots the day comes first everywhere.
///
/// Cost: that of reading its numbers.
pub fn date_needs_order(value: &[u8]) -> bool {
    let Some(([day, month, year], [a, b])) = orders_of(value) else { return false };
    let dotted = memchr::memchr(b'.', value).is_some();
    !dotted && (day && month && a != b || year && (day || month))
}

/// In which orders three numbers with the year last, or of two digits each, are a date; and the first two of them.
fn orders_of(value: &[u8]) -> Option<([bool; Order::ALL.len()], [u32; 2])> {
    let text = std::str::from_utf8(value).ok().filter(|text| text.len() <= DATE_BYTES_MAX)?.trim();
    let (fields, rest) = fields(text);
    let [Field::Number(a, 1 | 2), Field::Number(b, 1 | 2), Field::Number(c, digits)] = fields else { return None };
    let year_behind = digits == 4 || digits == 2;
    if !year_behind || !is_tail(rest) {
        return None;
    }
    let (day, month) = ((1..=31).contains(&a) && is_month(b), is_month(a) && (1..=31).contains(&b));
    let year = digits == 2 && is_month(b) && (1..=31).contains(&c);
    Some(([day, month, year], [a, b]))
}

pub(super) fn is_month(number: u32) -> bool {
    (1..=12).contains(&number)
}

#[cfg(test)]
mod tests {
    use super::super::date::parse;
    use super::*;

    const TODAY: u32 = 20_260_101;

    #[test]
    fn only_open_dates_need_an_order() {
        let needs = |value: &str| date_needs_order(value.as_bytes());
        assert!(["1/6/1990", "01-06-1990", "1/6/90", "12/11/2001 10:00"].into_iter().all(needs));
        assert!(
            !["13/6/1990", "6/6/1990", "1.6.1990", "1990-06-01", "6 Jan 1990", "a.b-c@d.e", "1-2", ""]
                .into_iter()
                .any(needs)
        );
    }

    #[test]
    fn regions_have_their_order() {
        let check = |code: &str, want: Option<Order>| {
            assert_eq!(Order::of(Country::from_code(code).unwrap_or(Country::NONE)), want, "{code}");
        };
        check("", None);
        check("US", Some(Order::MonthFirst));
        check("PH", Some(Order::MonthFirst));
        check("DE", Some(Order::DayFirst));
        check("SE", Some(Order::DayFirst));
        check("JP", Some(Order::YearFirst));
        for order in [Order::DayFirst, Order::MonthFirst, Order::YearFirst] {
            assert_eq!(Order::of(order.region()), Some(order));
        }
        assert_eq!(parse("1/6/1990", Order::of(Country::CN), TODAY), Ok(19_900_106));
        assert_eq!(parse("1/6/1990", None, TODAY), Ok(19_900_601));
    }

    #[test]
    fn some_dates_prove_their_order() {
        let check = |text: &str, want: Option<Order>| assert_eq!(date_order_evidence(text.as_bytes()), want, "{text}");
        check("13/6/1990", Some(Order::DayFirst));
        check("6/13/1990", Some(Order::MonthFirst));
        check("6/13/1990 12:00:00 AM", Some(Order::MonthFirst));
        check("13-06-90", Some(Order::DayFirst));
        check("06/13/90", Some(Order::MonthFirst));
        check("90-06-13", Some(Order::YearFirst));
        check("31/12/15", None);
        for text in
            ["6/6/1990", "1/6/1990", "1990-06-13", "13 June 1990", "14/13/1990", "hello", "", "05-06-07", "13/6"]
        {
            check(text, None);
        }
        assert_eq!(date_order_evidence(b"\xff"), None);
    }
}
