//! Dates of birth, in the forms that dumps write them.
//!
//! # Which of the numbers is which
//!
//! 1. A year of four digits in front: year, month, day. So 1990-01-06, 1990/1/6, 19900106, 1990年1月6日.
//! 2. A month as a word: the other numbers need no order (`6 Jan 1990`, `Jan 6, 1990`, `6 de enero de 1990`). Months
//!    are known in English, German, French, Spanish, Italian, Portuguese, Dutch, Polish, Russian and Turkish.
//! 3. A year of four digits behind: a number over 12 is the day. Otherwise dots mean day first, everywhere; with other
//!    marks the region decides: month first in the United States and what belongs to them, Micronesia, the Marshall
//!    Islands, Palau, Panama, the Philippines and Puerto Rico, and where the year comes first (China, Hungary, Japan,
//!    Korea, Lithuania, Mongolia, Taiwan); day first in all others, and where no region is given.
//! 4. A year of two digits: of 19 and 20 the century in which the person was born and is at most 105 years old; if both
//!    are possible (`23` in 2026) the date is refused, for a guess would be wrong as often as not. Which number is the
//!    year follows from what cannot be a day or a month (over 31), else from the region; if three readings are left
//!    (`05-01-06`), a region that does not write the year first reads dots and slashes only, and no region none.
//! 5. Six or eight digits without marks: YYYYMMDD, else DDMMYYYY or MMDDYYYY by rule 3, and with six by rule 4.
//!
//! A single value proves little; a column proves its order. [`super::date_order`] tells what one value rules out.
//!
//! # Calendars
//!
//! Japanese eras by name or letter (昭和60年1月6日, S60.1.6), years of the Republic of China behind 民國, and Buddhist years
//! of Thailand where the year is above 2400 are converted. Years of Iran and of the Hijra cannot be told from a wrong
//! year and are refused.
//!
//! # Refused
//!
//! Days that are none, in the future, or before 1850; year or month alone; 1900-01-01, 1899-12-30 and -31, which stand
//! for "none" in databases and spreadsheets. A number of five digits is the day count of a spreadsheet, which counts
//! from 1900 or from 1904 and does not say which: `SpreadsheetDamage`.

use super::Reason;
use super::date_order::{Order, is_month};
use super::month::month;

/// Nobody whose data can leak was born before.
const YEAR_MIN: u32 = 1850;

/// The present day (UTC, plus one for time zones ahead of it) as the number YYYYMMDD.
pub(super) fn today() -> u32 {
    let day = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let day = day.tomorrow().unwrap_or(day);
    number(day.year().unsigned_abs().into(), day.month().unsigned_abs().into(), day.day().unsigned_abs().into())
}

fn number(year: u32, month: u32, day: u32) -> u32 {
    year * 10_000 + month * 100 + day
}

/// Whether the number YYYYMMDD is a day of the calendar on which a living or remembered person can be born.
pub(super) fn is_birth_date(date: u32, today: u32) -> bool {
    const DAYS: [u32; 13] = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let (year, month, day) = (date / 10_000, date / 100 % 100, date % 100);
    let within = year >= YEAR_MIN && date <= today && (1..=12).contains(&month) && day >= 1;
    within && day <= DAYS[month as usize] && (month != 2 || day < 29 || is_leap(year))
}

fn is_leap(year: u32) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

/// No date is longer: `Wednesday, September 30, 1990 00:00:00 GMT+0000 (Coordinated Universal Time)`.
pub(super) const DATE_BYTES_MAX: usize = 80;

/// Reads a date of birth.
///
/// Input: a cleaned text; the order its source is used to, if that is known.
/// Output: the number YYYYMMDD.
/// Errors: `Syntax` if it does not look like a date; `Date` if it does and is no day of the calendar, lies in the
/// future or before 1850, or can be read in two ways; `SpreadsheetDamage`; `Placeholder` for a day that stands for
/// none.
pub(super) fn parse(text: &str, order: Option<Order>, today: u32) -> Result<u32, Reason> {
    let date = match iso(text) {
        Some(date) => date,
        None => parse_written(text, order, today)?,
    };
    if matches!(date, 19_000_101 | 18_991_230 | 18_991_231) {
        Err(Reason::Placeholder)
    } else if is_birth_date(date, today) {
        Ok(date)
    } else {
        Err(Reason::Date)
    }
}

/// Reads the two forms that most dates have, YYYY-MM-DD and YYYYMMDD, without a look at any other.
#[inline]
fn iso(text: &str) -> Option<u32> {
    let bytes = text.as_bytes();
    let digits = |bytes: &[u8]| {
        bytes.iter().try_fold(0, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u32::from(byte - b'0')))
    };
    match bytes {
        [_, _, _, _, _, _, _, _] => digits(bytes),
        [_, _, _, _, b'-', _, _, b'-', _, _] => {
            Some(number(digits(&bytes[..4])?, digits(&bytes[5..7])?, digits(&bytes[8..])?))
        }
        _ => None,
    }
    .filter(|date| *date >= YEAR_MIN * 10_000 && *date < BUDDHIST_YEAR_MIN * 10_000 && *date % 10_000 <= 1231)
}

fn parse_written(text: &str, order: Option<Order>, today: u32) -> Result<u32, Reason> {
    if let Some(date) = era(text) {
        return date;
    }
    let text = without_weekday(text);
    let (fields, rest) = fields(text);
    if !is_tail(rest) {
        return Err(Reason::Syntax);
    }
    let first = if text.contains(['年', '년']) { Some(Order::YearFirst) } else { order };
    match fields {
        [Field::Number(_, 5), Field::None, ..] => Err(Reason::SpreadsheetDamage),
        [Field::Number(n, 8), Field::None, ..] => Ok(unmarked(n, order)),
        [Field::Number(n, 6), Field::None, ..] => {
            short([n / 10_000, n / 100 % 100, n % 100], Marks::None, order, today)
        }
        [Field::Number(y, 4), Field::Number(m, 1 | 2) | Field::Month(m), Field::Number(d, 1 | 2)] => {
            Ok(number(gregorian(y), m, d))
        }
        [Field::Number(d, 1 | 2), Field::Month(m), Field::Number(y, 4)]
        | [Field::Month(m), Field::Number(d, 1 | 2), Field::Number(y, 4)] => Ok(number(gregorian(y), m, d)),
        [Field::Number(d, 1 | 2), Field::Month(m), Field::Number(y, 2)]
        | [Field::Month(m), Field::Number(d, 1 | 2), Field::Number(y, 2)] => Ok(number(century(y, m, d, today)?, m, d)),
        [Field::Number(a, 1 | 2), Field::Number(b, 1 | 2), Field::Number(y, 4)] => {
            Ok(year_last(a, b, y, order, is_dotted(text)))
        }
        [Field::Number(a, 1 | 2), Field::Number(b, 1 | 2), Field::Number(c, 1 | 2)] if has_year(fields) => {
            short([a, b, c], Marks::of(text), first, today)
        }
        _ => Err(Reason::Syntax),
    }
}

/// Whether one of the outer fields can be a year of two digits.
fn has_year(fields: [Field; 3]) -> bool {
    [fields[0], fields[2]].iter().any(|field| matches!(field, Field::Number(_, 2)))
}

/// Years above are those of Thailand.
const BUDDHIST_YEAR_MIN: u32 = 2400;
const BUDDHIST_YEAR_OFFSET: u32 = 543;

fn gregorian(year: u32) -> u32 {
    if year > BUDDHIST_YEAR_MIN { year - BUDDHIST_YEAR_OFFSET } else { year }
}

/// The date of two numbers before a year of four digits.
fn year_last(a: u32, b: u32, year: u32, order: Option<Order>, dotted: bool) -> u32 {
    let month_first = matches!(order, Some(Order::MonthFirst | Order::YearFirst)) && !dotted;
    if b > 12 || (a <= 12 && month_first) { number(gregorian(year), a, b) } else { number(gregorian(year), b, a) }
}

/// The date of eight digits: the year first, if that is one.
fn unmarked(digits: u32, order: Option<Order>) -> u32 {
    let year = gregorian(digits / 10_000);
    if year >= YEAR_MIN && digits / 100 % 100 <= 12 {
        return number(year, digits / 100 % 100, digits % 100);
    }
    year_last(digits / 1_000_000, digits / 10_000 % 100, digits % 10_000, order, false)
}

/// What stands between the numbers of a date.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Marks {
    None,
    Dots,
    Slashes,
    Others,
}

impl Marks {
    fn of(text: &str) -> Marks {
        match text.trim_start_matches(|c: char| c.is_ascii_digit()).chars().next() {
            Some('.') => Marks::Dots,
            Some('/') => Marks::Slashes,
            _ => Marks::Others,
        }
    }
}

/// The date of three numbers of which one is a year of two digits.
fn short(parts: [u32; 3], marks: Marks, order: Option<Order>, today: u32) -> Result<u32, Reason> {
    let [a, b, c] = parts;
    let can = |month: u32, day: u32| is_month(month) && (1..=31).contains(&day);
    let (year_first, day_first, month_first) = (can(b, c), can(b, a), can(a, b));
    let chosen = match order {
        Some(Order::YearFirst) if year_first => Order::YearFirst,
        // Nobody writes the month first with dots, and nobody but those above the year first with slashes.
        Some(Order::DayFirst | Order::MonthFirst) if marks == Marks::Dots && day_first => Order::DayFirst,
        Some(Order::DayFirst) if marks == Marks::Slashes && day_first => Order::DayFirst,
        Some(Order::MonthFirst) if marks == Marks::Slashes && month_first => Order::MonthFirst,
        _ if year_first && (day_first || month_first) => return Err(Reason::Date),
        _ if year_first => Order::YearFirst,
        Some(Order::MonthFirst | Order::YearFirst) if month_first && marks != Marks::Dots => Order::MonthFirst,
        _ if day_first => Order::DayFirst,
        _ if month_first => Order::MonthFirst,
        _ => return Err(Reason::Date),
    };
    let (year, month, day) = match chosen {
        Order::YearFirst => (a, b, c),
        Order::DayFirst => (c, b, a),
        Order::MonthFirst => (c, a, b),
    };
    Ok(number(century(year, month, day, today)?, month, day))
}

/// Nearly nobody is older.
const AGE_MAX: u32 = 105;

/// The year of four digits for one of two.
///
/// Errors: `Date` if both centuries are possible.
fn century(year: u32, month: u32, day: u32, today: u32) -> Result<u32, Reason> {
    let (earlier, later) = (1900 + year, 2000 + year);
    let born_later = is_birth_date(number(later, month, day), today);
    let born_earlier = earlier + AGE_MAX >= today / 10_000;
    match (born_earlier, born_later) {
        (true, true) => Err(Reason::Date),
        (_, false) => Ok(earlier),
        (false, true) => Ok(later),
    }
}

/// The eras of Japan since 1868, and the years of the Republic of China: names, the year before the first, first and
/// last day.
const ERAS: [(&[&str], u32, u32, u32); 6] = [
    (&["明治", "明", "M"], 1867, 18_680_125, 19_120_730),
    (&["大正", "大", "T"], 1911, 19_120_730, 19_261_225),
    (&["昭和", "昭", "S"], 1925, 19_261_225, 19_890_107),
    (&["平成", "平", "H"], 1988, 19_890_108, 20_190_430),
    (&["令和", "令", "R"], 2018, 20_190_501, 99_991_231),
    (&["中華民國", "中华民国", "民國", "民国"], 1911, 19_120_101, 99_991_231),
];

/// Reads a date whose year is counted from the beginning of an era; none if no era stands in front.
fn era(text: &str) -> Option<Result<u32, Reason>> {
    let begin = |names: &&[&str]| names.iter().find_map(|name| text.strip_prefix(name));
    let (rest, base, first, last) =
        ERAS.iter().find_map(|(names, base, first, last)| Some((begin(names)?.trim_start(), base, first, last)))?;
    let rest = rest.strip_prefix('.').unwrap_or(rest);
    let (fields, tail) = match rest.strip_prefix('元') {
        Some(rest) => after_first(Field::Number(1, 1), without_separator(rest)),
        None => fields(rest),
    };
    let [Field::Number(y, 1..=3), Field::Number(m, 1 | 2), Field::Number(d, 1 | 2)] = fields else { return None };
    if !is_tail(tail) {
        return None;
    }
    let date = number(base + y, m, d);
    Some(if y > 0 && (*first..=*last).contains(&date) { Ok(date) } else { Err(Reason::Date) })
}

/// Records of people in electronic form begin about here.
const RECORD_YEAR_MIN: u32 = 1990;

/// Reads the day of something that happened to a record: when it was made, changed, sold.
///
/// Input: what [`parse`] reads, but no six digits; seconds and milliseconds since 1970; `20180601123000`. Output: the
/// number YYYYMMDD, between 1990 and today.
pub(super) fn parse_event(text: &str, order: Option<Order>, today: u32) -> Option<u32> {
    let text = text.trim();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let day = match text.len() {
        10 if digits => day_of_second(text.parse().ok()?)?,
        13 if digits => day_of_second(text.parse::<i64>().ok()? / 1000)?,
        14 if digits => text[..8].parse().ok()?,
        6 if digits => return None,
        _ => parse(text, order, today).ok()?,
    };
    (day / 10_000 >= RECORD_YEAR_MIN && is_birth_date(day, today)).then_some(day)
}

fn day_of_second(second: i64) -> Option<u32> {
    let date = jiff::Timestamp::from_second(second).ok()?.to_zoned(jiff::tz::TimeZone::UTC).date();
    Some(number(
        date.year().unsigned_abs().into(),
        date.month().unsigned_abs().into(),
        date.day().unsigned_abs().into(),
    ))
}

/// Dots between the parts are written day first everywhere.
fn is_dotted(text: &str) -> bool {
    Marks::of(text) == Marks::Dots
}

/// One part of a date.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    None,
    /// A number and how many digits it has.
    Number(u32, usize),
    /// A month written as a word.
    Month(u32),
}

/// Splits off up to three fields; a number of five digits or more is a whole date.
pub(super) fn fields(text: &str) -> ([Field; 3], &str) {
    let Some((first, rest)) = field(text) else { return ([Field::None; 3], text) };
    if matches!(first, Field::Number(_, 5..)) {
        return ([first, Field::None, Field::None], rest);
    }
    after_first(first, without_separator(rest))
}

/// The fields behind the first.
fn after_first(first: Field, text: &str) -> ([Field; 3], &str) {
    let Some((second, rest)) = field(text) else { return ([first, Field::None, Field::None], text) };
    let Some((third, rest)) = field(without_separator(rest)) else { return ([first, second, Field::None], rest) };
    ([first, second, third], rest)
}

/// Splits off one number or month.
fn field(text: &str) -> Option<(Field, &str)> {
    let end = |other: fn(char) -> bool| text.find(other).unwrap_or(text.len());
    let digits = end(|c| !c.is_ascii_digit());
    if (1..=8).contains(&digits) {
        let field = Field::Number(text[..digits].parse().ok()?, digits);
        return Some((field, without_ordinal(&text[digits..])));
    }
    let letters = end(|c| !c.is_alphabetic());
    let month = month(&text[..letters])?;
    Some((Field::Month(month), text[letters..].strip_prefix('.').unwrap_or(&text[letters..])))
}

/// The suffix of `6th`, `1er` and `1º` goes with the number.
fn without_ordinal(text: &str) -> &str {
    const ORDINALS: [&str; 8] = ["st", "nd", "rd", "th", "er", "re", "o", "e"];
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return text;
    }
    let behind = |suffix: &&str| {
        let (head, rest) = text.split_at_checked(suffix.len())?;
        (head.eq_ignore_ascii_case(suffix) && !rest.starts_with(char::is_alphanumeric)).then_some(rest)
    };
    ORDINALS.iter().find_map(behind).unwrap_or(text)
}

/// What may stand between two fields: one mark with blanks around it, `de` in Spanish and Portuguese, `of` in English.
fn without_separator(text: &str) -> &str {
    let text = text.trim_start();
    let marks = [
        '-', '/', '.', ',', '年', '月', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2212}', '년',
        '월',
    ];
    let text = text.strip_prefix(marks).unwrap_or(text).trim_start();
    let behind = |word: &&str| text.strip_prefix(*word).and_then(|rest| rest.strip_prefix(' '));
    ["de", "del", "of"].iter().find_map(behind).unwrap_or(text)
}

/// A date without the English day of the week in front of it.
fn without_weekday(text: &str) -> &str {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let Some((word, rest)) = text.split_once([' ', ',']) else { return text };
    let named = |day: &&str| day.eq_ignore_ascii_case(word) || day[..3].eq_ignore_ascii_case(word);
    if DAYS.iter().any(named) { rest.trim_start_matches([' ', ',']) } else { text }
}

/// Whether what stands behind a date is nothing, a word or character for day or year, a spreadsheet's `.0`, or a time.
pub(super) fn is_tail(rest: &str) -> bool {
    const ENDS: [&str; 12] = ["日生", "日", "号", "號", "일생", "일", "生", "r.", "г.р.", "г.", "г", "года"];
    if rest.is_empty() || rest == ".0" || rest == "." {
        return true;
    }
    let bare = rest.trim_start();
    let rest = ENDS.iter().find_map(|end| bare.strip_prefix(end)).unwrap_or(rest);
    rest.is_empty() || is_time(rest)
}

/// Whether a text is a time of day behind a date, with or without a zone.
fn is_time(text: &str) -> bool {
    const HALVES: [&str; 6] = ["上午", "下午", "午前", "午後", "오전", "오후"];
    let time = text.strip_prefix(['T', ' ', ',']).unwrap_or("").trim_start();
    let time = HALVES.iter().find_map(|half| time.strip_prefix(half)).unwrap_or(time).trim_start();
    let time = time.split_once('(').map_or(time, |(time, _)| time);
    let clock = time.find(':').is_some_and(|colon| colon > 0 && time[..colon].bytes().all(|b| b.is_ascii_digit()));
    let written = |c: char| c.is_ascii_digit() || ":.+- ZAPMGTUC".contains(c.to_ascii_uppercase());
    clock && time.chars().all(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_records_are_read() {
        let check = |text: &str, want: Option<u32>| assert_eq!(parse_event(text, None, 20_261_124), want, "{text}");
        check("2018-06-01 12:00:00", Some(20_180_601));
        check("6/1/2018 12:00:00 AM", Some(20_180_106));
        check("1527811200", Some(20_180_601));
        check("1527811200000", Some(20_180_601));
        check("20180601123000", Some(20_180_601));
        check("1985-06-01", None);
        check("2030-06-01", None);
        check("13812345678", None);
        check("anna", None);
        check("", None);
    }

    const TODAY: u32 = 20_260_101;

    fn check(text: &str, order: Order, want: Result<u32, Reason>) {
        assert_eq!(parse(text, Some(order), TODAY), want, "{text:?}");
    }

    #[test]
    fn forms_of_one_day_agree() {
        for text in [
            "1990-01-06",
            "1990/1/6",
            "1990.01.06",
            "19900106",
            "1990年1月6日",
            "1990年01月06日",
            "6.1.1990",
            "06.01.1990",
            "6 Jan 1990",
            "6 January 1990",
            "Jan 6, 1990",
            "January 6 1990",
            "6th Jan 1990",
            "06-Jan-1990",
            "1990-Jan-06",
            "1990-01-06T00:00:00Z",
            "1990-01-06 00:00:00.000",
            "1990-01-06T23:59:59+08:00",
            "19900106.0",
            "1990 01 06",
            "1990/1/6 12:00 am",
        ] {
            check(text, Order::DayFirst, Ok(19_900_106));
            check(text, Order::MonthFirst, Ok(19_900_106));
        }
    }

    #[test]
    fn order_decides_only_where_the_date_does_not() {
        check("1/6/1990", Order::DayFirst, Ok(19_900_601));
        check("1/6/1990", Order::MonthFirst, Ok(19_900_106));
        check("13/6/1990", Order::MonthFirst, Ok(19_900_613));
        check("6/13/1990", Order::DayFirst, Ok(19_900_613));
        check("1.6.1990", Order::MonthFirst, Ok(19_900_601));
    }

    #[test]
    fn impossible_days_are_refused() {
        for text in [
            "1990-02-29",
            "1900-02-29",
            "1990-13-01",
            "31/4/1990",
            "32/1/1990",
            "2031-01-01",
            "1849-12-31",
            "19901301",
            "1990-00-00",
            "0000-01-01",
            "1370-01-06",
            "1410/10/9",
            "昭和65年1月6日",
            "S64.1.8",
            "H1.1.7",
            "99999999",
            "00/00/1990",
            "990199",
            "2533-02-30",
        ] {
            check(text, Order::DayFirst, Err(Reason::Date));
        }
        check("2000-02-29", Order::DayFirst, Ok(20_000_229));
        for text in [
            "",
            "1990",
            "1990-01",
            "hello",
            "1990-01-06x",
            "123456789",
            "1990-01-06-07",
            "\u{5e74}",
            "6/1/9",
            "6/1/990",
            "jui 6 1990",
            "6 foo 1990",
            "昭和60年",
            "S",
            "1990-01-06 noon",
            "631584000",
            "Jan 1990",
            "6 Jan",
        ] {
            check(text, Order::DayFirst, Err(Reason::Syntax));
        }
        for text in ["32874", "32874.0"] {
            check(text, Order::DayFirst, Err(Reason::SpreadsheetDamage));
        }
        for text in ["1900-01-01", "1/1/1900", "1899-12-30 00:00:00", "18991231"] {
            check(text, Order::MonthFirst, Err(Reason::Placeholder));
        }
    }

    #[test]
    fn words_of_other_languages_are_months() {
        for text in [
            "6. Januar 1990",
            "6 janvier 1990",
            "6 janv. 1990",
            "6 de enero de 1990",
            "6 gennaio 1990",
            "6 de janeiro de 1990",
            "6 januari 1990",
            "6 stycznia 1990 r.",
            "6 января 1990 г.",
            "6 Ocak 1990",
            "6th of January, 1990",
            "Sat Jan 06 1990",
            "Saturday, January 6, 1990",
            "Sat Jan 06 1990 00:00:00 GMT+0800 (China Standard Time)",
            "06-JAN-90",
            "Jan 6 90",
        ] {
            check(text, Order::DayFirst, Ok(19_900_106));
            check(text, Order::MonthFirst, Ok(19_900_106));
        }
        check("1er août 1990", Order::DayFirst, Ok(19_900_801));
        check("1o de março de 1990", Order::DayFirst, Ok(19_900_301));
        check("15 MÄRZ 1990", Order::DayFirst, Ok(19_900_315));
    }

    #[test]
    fn other_calendars_are_converted() {
        for text in [
            "昭和65年",
            "平成2年1月6日",
            "平2.1.6",
            "H2.1.6",
            "H2/01/06",
            "H 2.1.6",
            "民國79年1月6日",
            "民国79年01月06日",
            "中華民國79年1月6日",
            "2533-01-06",
            "06/01/2533",
            "1990年01月06日生",
            "1990 年 1 月 6 日",
            "1990년 1월 6일",
            "90年1月6日",
            "1990. 01. 06.",
        ]
        .into_iter()
        .skip(1)
        {
            check(text, Order::DayFirst, Ok(19_900_106));
        }
        check("昭和64年1月7日", Order::DayFirst, Ok(19_890_107));
        check("平成元年1月8日", Order::DayFirst, Ok(19_890_108));
        check("令和元年5月1日", Order::DayFirst, Ok(20_190_501));
        check("S60.1.6", Order::DayFirst, Ok(19_850_106));
        check("T5.12.1", Order::DayFirst, Ok(19_161_201));
        check("M45.1.6", Order::DayFirst, Ok(19_120_106));
    }

    #[test]
    fn years_of_two_digits_are_the_last_that_a_person_was_born_in() {
        let check = |text: &str, order: Option<Order>, want: Result<u32, Reason>| {
            assert_eq!(parse(text, order, TODAY), want, "{text:?} {order:?}");
        };
        for order in [None, Some(Order::DayFirst), Some(Order::MonthFirst), Some(Order::YearFirst)] {
            check("90-01-06", order, Ok(19_900_106));
            check("90/1/6", order, Ok(19_900_106));
            check("900106", order, Ok(19_900_106));
            check("13.06.90", order, Ok(19_900_613));
            check(
                "31.12.15",
                order.filter(|order| *order != Order::YearFirst).or(Some(Order::DayFirst)),
                Ok(20_151_231),
            );
            check("13/14/90", order, Err(Reason::Date));
            // Twenty-three could be 1923 as well.
            check("25-Jan-23", order, Err(Reason::Date));
            check("25-Jan-21", order, Err(Reason::Date));
            check("25-Jan-20", order, Ok(20_200_125));
            check("25-Jan-27", order, Ok(19_270_125));
        }
        check("31/12/15", None, Err(Reason::Date));
        check("31/12/15", Some(Order::DayFirst), Ok(20_151_231));
        check("31/12/15", Some(Order::YearFirst), Ok(19_311_215));
        check("06/01/90", None, Ok(19_900_106));
        check("06/01/90", Some(Order::MonthFirst), Ok(19_900_601));
        check("06.01.90", Some(Order::MonthFirst), Ok(19_900_106));
        check("060190", Some(Order::MonthFirst), Ok(19_900_601));
        check("060190", Some(Order::DayFirst), Ok(19_900_106));
        check("05-01-06", None, Err(Reason::Date));
        check("05/01/06", None, Err(Reason::Date));
        check("05-01-06", Some(Order::DayFirst), Err(Reason::Date));
        check("05/01/06", Some(Order::DayFirst), Ok(20_060_105));
        check("05.01.06", Some(Order::DayFirst), Ok(20_060_105));
        check("05/01/06", Some(Order::MonthFirst), Ok(20_060_501));
        check("05-01-06", Some(Order::YearFirst), Ok(20_050_106));
        check("050106", Some(Order::YearFirst), Ok(20_050_106));
        check("050106", None, Err(Reason::Date));
        check("06011990", None, Ok(19_900_106));
        check("06011990", Some(Order::MonthFirst), Ok(19_900_601));
        check("31121990", Some(Order::MonthFirst), Ok(19_901_231));
    }

    #[test]
    fn calendar_agrees_with_the_library() {
        for date in 18_000_101..20_260_101_u32 {
            let parts = (i16::try_from(date / 10_000).unwrap_or(0), (date / 100 % 100) as i8, (date % 100) as i8);
            let day = jiff::civil::Date::new(parts.0, parts.1, parts.2).is_ok();
            assert_eq!(is_birth_date(date, TODAY), day && date >= 18_500_101, "{date}");
        }
    }
}
