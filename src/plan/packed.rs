//! Values that a program has packed into a number: addresses of hosts, as `INET_ATON` makes them, and birthdays in seconds since 1970.
//!
//! One such number is any number: a column of them is told by its name, and by nearly all of its values.
//!
//! A birthday in seconds is a midnight, that of UTC or of the place of the program. Zones are whole quarters of an hour, so that
//! what is no multiple of one is a moment, of a login or of a record, and no birthday; and the nearest midnight of UTC is the one that
//! was meant, since no zone with people is further than twelve hours from it but a few islands and half of the summer of New Zealand.

use crate::identifier::presence;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use zeroize::Zeroizing;

/// How the values of a column are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Packed {
    /// They are text.
    #[default]
    No,
    /// Addresses of hosts: the number of one, or its bytes.
    Hosts,
    /// Days in seconds, or in milliseconds, since 1970.
    Seconds,
}

/// Numbers below are addresses that begin with a zero, which nobody has: they count something.
const HOST_MIN: i64 = 1 << 24;

/// Whether a value packs an address, and is no text: four letters may be one, and are a word.
pub(super) fn is_host(value: &[u8]) -> bool {
    host(value).is_some() && (number(value).is_some() || !value.iter().all(u8::is_ascii_graphic))
}

/// The address that a value packs, where nearly all of its column do.
pub(super) fn host(value: &[u8]) -> Option<IpAddr> {
    if let Some(number) = number(value) {
        // Programs that know no other numbers write the upper half with a minus.
        let number = if (i64::from(i32::MIN)..0).contains(&number) { number + (1 << 32) } else { number };
        let is_host = (HOST_MIN..1 << 32).contains(&number);
        return is_host.then(|| Ipv4Addr::from_bits(number as u32).into());
    }
    match *value {
        [a, b, c, d] => Some(Ipv4Addr::new(a, b, c, d).into()),
        _ => Some(Ipv6Addr::from(<[u8; 16]>::try_from(value).ok()?).into()),
    }
}

/// The birthday that a value packs, as text.
pub(super) fn birthday(value: &[u8]) -> Option<Zeroizing<String>> {
    /// Nearer to 1970 are numbers of something else, and the days of spreadsheets.
    const SECONDS_MIN: i64 = 1_000_000;
    const MILLISECONDS_MIN: i64 = 10_000_000_000;
    const QUARTER: i64 = 900;
    const DAY: i64 = 86_400;
    let number = number(value)?;
    let seconds = match number.abs() {
        // Of eight digits a day is written more often than counted.
        10_000_000..=99_999_999 if is_day(number) => return None,
        SECONDS_MIN..MILLISECONDS_MIN => number,
        MILLISECONDS_MIN.. if number % 1000 == 0 => number / 1000,
        _ => return None,
    };
    let midnight = (seconds + DAY / 2).div_euclid(DAY) * DAY;
    let moment = jiff::Timestamp::from_second(midnight).ok()?.to_zoned(jiff::tz::TimeZone::UTC);
    (seconds % QUARTER == 0).then(|| Zeroizing::new(moment.date().to_string()))
}

/// Whether eight digits are a year, a month and a day.
fn is_day(number: i64) -> bool {
    (1850..2100).contains(&(number / 10_000))
        && (1..=12).contains(&(number / 100 % 100))
        && (1..=31).contains(&(number % 100))
}

fn number(value: &[u8]) -> Option<i64> {
    let text = value.trim_ascii();
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_number = (1..=15).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(text).ok().filter(|_| is_number && presence(value).is_ok())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_unpacked() {
        let host = |value: &[u8]| super::host(value).map(|host| host.to_string());
        assert_eq!(host(b"3405803783").as_deref(), Some("203.0.113.7"));
        assert_eq!(host(b"-889163513").as_deref(), Some("203.0.113.7"));
        assert_eq!(host(b"16777216").as_deref(), Some("1.0.0.0"));
        assert_eq!(host(&[203, 0, 113, 7]).as_deref(), Some("203.0.113.7"));
        let version_6: [u8; 16] = "2001:db8::7".parse::<Ipv6Addr>().expect("an address").octets();
        assert_eq!(host(&version_6).as_deref(), Some("2001:db8::7"));
        assert_eq!(host(b"Mo7T").as_deref(), Some("77.111.55.84"));
        assert!(is_host(b"3405803783") && is_host(&[203, 0, 113, 7]) && !is_host(b"Mo7T") && !is_host(b"1234"));
        for none in [&b"16777215"[..], b"4294967296", b"-2147483649", b"", b"0", b"1234", b"203.0.113.7", b"\x01\x02"] {
            assert_eq!(host(none), None, "{none:?}");
        }
    }

    #[test]
    fn birthdays_are_unpacked() {
        let day = |value: &[u8]| birthday(value).map(|day| day.to_string());
        // Midnight in London, in Shanghai, in New York; before 1970; in milliseconds.
        for same in [&b"642643200"[..], b"642614400", b"642657600", b"642643200000", b" 642643200 "] {
            assert_eq!(day(same).as_deref(), Some("1990-05-14"), "{same:?}");
        }
        assert_eq!(day(b"-157766400").as_deref(), Some("1965-01-01"));
        for none in
            [&b"642643201"[..], b"19900514", b"33007", b"0", b"1990-05-14", b"642643200123", b"", b"99999999999999999"]
        {
            assert_eq!(day(none), None, "{none:?}");
        }
    }
}
