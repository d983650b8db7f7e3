//! Dates of birth, in the forms that dumps write them.

use super::Reason;

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

/// Which of two small numbers before a year is the month, where the date itself does not tell.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// 1/6/1990 is the first of June.
    DayFirst,
    /// 1/6/1990 is the sixth of January.
    MonthFirst,
}

/// Reads a date of birth.
///
/// Input: YYYY-MM-DD and with `/`, `.` or blanks; YYYYMMDD; YYYY年M月D日; DD.MM.YYYY; DD/MM/YYYY or MM/DD/YYYY, where a
/// part over 12 is the day and `order` decides otherwise; `6 Jan 1990`, `Jan 6, 1990`; a time of day behind any of them.
/// Output: the number YYYYMMDD.
/// Errors: `Syntax` if it does not look like a date, `Date` if it does and is no day of the calendar, lies in the
/// future or before 1850.
pub(super) fn parse(text: &str, order: Order, today: u32) -> Result<u32, Reason> {
    let (fields, rest) = fields(text);
    let date = match fields {
        [Field::Number(date, 8), Field::None, ..] => date,
        [Field::Number(y, 4), Field::Number(m, 1 | 2), Field::Number(d, 1 | 2)] => number(y, m, d),
        [Field::Number(y, 4), Field::Month(m), Field::Number(d, 1 | 2)] => number(y, m, d),
        [Field::Number(d, 1 | 2), Field::Month(m), Field::Number(y, 4)] => number(y, m, d),
        [Field::Month(m), Field::Number(d, 1 | 2), Field::Number(y, 4)] => number(y, m, d),
        [Field::Number(a, 1 | 2), Field::Number(b, 1 | 2), Field::Number(y, 4)] => {
            let month_first = b > 12 || (a <= 12 && order == Order::MonthFirst && !is_dotted(text));
            if month_first { number(y, a, b) } else { number(y, b, a) }
        }
        _ => return Err(Reason::Syntax),
    };
    if !is_tail(rest) {
        return Err(Reason::Syntax);
    }
    if is_birth_date(date, today) { Ok(date) } else { Err(Reason::Date) }
}

/// Records of people in electronic form begin about here.
const RECORD_YEAR_MIN: u32 = 1990;

/// Reads the day of something that happened to a record: when it was made, changed, sold.
///
/// Input: what [`parse`] reads; seconds and milliseconds since 1970; `20180601123000`. Output: the number YYYYMMDD, between 1990 and
/// today.
pub(super) fn parse_event(text: &str, today: u32) -> Option<u32> {
    let text = text.trim();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let day = match text.len() {
        10 if digits => day_of_second(text.parse().ok()?)?,
        13 if digits => day_of_second(text.parse::<i64>().ok()? / 1000)?,
        14 if digits => text[..8].parse().ok()?,
        _ => parse(text, Order::DayFirst, today).ok()?,
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
    text.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with('.')
}

/// One part of a date.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Field {
    None,
    /// A number and how many digits it has.
    Number(u32, usize),
    /// A month written as a word.
    Month(u32),
}

/// Splits off up to three fields; a number of eight digits is a whole date.
fn fields(text: &str) -> ([Field; 3], &str) {
    let mut fields = [Field::None; 3];
    let mut rest = text;
    for i in 0..fields.len() {
        let Some((field, after)) = field(rest) else { break };
        (fields[i], rest) = (field, after);
        if matches!(field, Field::Number(_, 8)) || i + 1 == fields.len() {
            break;
        }
        rest = without_separator(rest);
    }
    (fields, rest)
}

/// Splits off one number or month.
fn field(text: &str) -> Option<(Field, &str)> {
    let end = |other: fn(char) -> bool| text.find(other).unwrap_or(text.len());
    let digits = end(|c| !c.is_ascii_digit());
    if (1..=8).contains(&digits) {
        let field = Field::Number(text[..digits].parse().ok()?, digits);
        return Some((field, without_ordinal(&text[digits..])));
    }
    let letters = end(|c| !c.is_ascii_alphabetic());
    let month = month(&text[..letters])?;
    Some((Field::Month(month), text[letters..].strip_prefix('.').unwrap_or(&text[letters..])))
}

/// The suffix of `6th` goes with the number.
fn without_ordinal(text: &str) -> &str {
    let Some(suffix) = text.get(..2) else { return text };
    let ordinal = ["st", "nd", "rd", "th"].iter().any(|known| known.eq_ignore_ascii_case(suffix));
    if ordinal && !text[2..].starts_with(|c: char| c.is_alphanumeric()) { &text[2..] } else { text }
}

/// The month of an English name, in full or its first three letters.
fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let named = |month: &&str| month.eq_ignore_ascii_case(word) || month[..3].eq_ignore_ascii_case(word);
    let found = MONTHS.iter().position(named).or(word.eq_ignore_ascii_case("sept").then_some(8))?;
    u32::try_from(found + 1).ok()
}

/// What may stand between two fields: one mark, with blanks around it.
fn without_separator(text: &str) -> &str {
    let text = text.trim_start();
    let marks = ['-', '/', '.', ',', '年', '月', '\u{2010}', '\u{2011}', '\u{2013}', '\u{2212}', '년', '월'];
    text.strip_prefix(marks).unwrap_or(text).trim_start()
}

/// Whether what stands behind a date is nothing, the character for day, a spreadsheet's `.0`, or a time of day.
fn is_tail(rest: &str) -> bool {
    let rest = rest.strip_prefix(['日', '号', '일']).unwrap_or(rest);
    let time = rest.strip_prefix(['T', ' ', ',']).unwrap_or("").trim_start();
    let clock = time.find(':').is_some_and(|colon| time[..colon].bytes().all(|b| b.is_ascii_digit()));
    let written = |c: char| c.is_ascii_digit() || matches!(c, ':' | '.' | '+' | '-' | ' ' | 'Z' | 'A' | 'P' | 'M');
    rest.is_empty() || rest == ".0" || (clock && time.to_ascii_uppercase().chars().all(written))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_records_are_read() {
        let check = |text: &str, want: Option<u32>| assert_eq!(parse_event(text, 20_261_124), want, "{text}");
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
        assert_eq!(parse(text, order, TODAY), want, "{text:?}");
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
        for text in
            ["1990-02-29", "1900-02-29", "1990-13-01", "31/4/1990", "32/1/1990", "2031-01-01", "1849-12-31", "19901301"]
        {
            check(text, Order::DayFirst, Err(Reason::Date));
        }
        check("2000-02-29", Order::DayFirst, Ok(20_000_229));
        for text in ["", "1990", "6/1/90", "1990-01", "hello", "1990-01-06x", "123456789", "1990-01-06-07", "\u{5e74}"]
        {
            check(text, Order::DayFirst, Err(Reason::Syntax));
        }
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
