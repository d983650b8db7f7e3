//! Which regions there are.

use super::Country;
use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};
use std::sync::LazyLock;

/// Whether telephone numbers can be read in a region.
pub fn is_region(country: Country) -> bool {
    Region::from_code(country.code())
        .is_ok_and(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some())
}

/// Every region by the code that is dialled for it; of those that share a code, the one whose rules the others follow.
static REGIONS: LazyLock<[Option<Country>; 1000]> = LazyLock::new(|| {
    std::array::from_fn(|code| {
        let region = PHONE_NUMBER_UTIL.get_region_for_country_code(code as i32)?;
        Country::from_code(region.as_region_str().as_str())
    })
});

/// Codes with the area behind them, which tells those regions apart that share a code: as lists of country codes have them.
const AREAS: [(u32, &str); 30] = [
    (1242, "BS"),
    (1246, "BB"),
    (1264, "AI"),
    (1268, "AG"),
    (1284, "VG"),
    (1340, "VI"),
    (1345, "KY"),
    (1441, "BM"),
    (1473, "GD"),
    (1649, "TC"),
    (1658, "JM"),
    (1664, "MS"),
    (1670, "MP"),
    (1671, "GU"),
    (1684, "AS"),
    (1721, "SX"),
    (1758, "LC"),
    (1767, "DM"),
    (1784, "VC"),
    (1787, "PR"),
    (1809, "DO"),
    (1829, "DO"),
    (1849, "DO"),
    (1868, "TT"),
    (1869, "KN"),
    (1876, "JM"),
    (1939, "PR"),
    (441481, "GG"),
    (441534, "JE"),
    (441624, "IM"),
];

/// The region whose telephone numbers are dialled from abroad with this country code, written as `49`, `+49` or `0049`, or with an
/// area as `1-242`. Of those that share a code, the one whose rules the others follow.
///
/// Cost: a look into a table.
pub fn country_dialled(cell: &[u8]) -> Option<Country> {
    const DIGITS_MAX: usize = 6;
    let text = cell.trim_ascii();
    let text = text.strip_prefix(b"(").unwrap_or(text);
    let text = text.strip_suffix(b")").unwrap_or(text);
    let text = text.strip_prefix(b"+").or(text.strip_prefix(b"00")).unwrap_or(text);
    let (mut code, mut digits, mut marks) = (0u32, 0usize, 0usize);
    for byte in text {
        match byte {
            b'0' if digits == 0 => return None,
            b'0'..=b'9' if digits < DIGITS_MAX => (code, digits) = (code * 10 + u32::from(byte - b'0'), digits + 1),
            b'-' | b' ' | b'(' | b'.' if digits > 0 => marks += 1,
            _ => return None,
        }
    }
    if digits == 0 {
        return None;
    }
    if digits <= 3 {
        return REGIONS.get(code as usize).copied().flatten().filter(|_| marks == 0);
    }
    let place = AREAS.binary_search_by_key(&code, |(code, _)| *code).ok()?;
    Country::from_code(AREAS[place].1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn country_codes_are_read() {
        let check = |cell: &str, want: Option<&str>| {
            assert_eq!(country_dialled(cell.as_bytes()), want.and_then(Country::from_code), "{cell}");
        };
        for cell in ["49", "+49", "0049", " (+49) "] {
            check(cell, Some("DE"));
        }
        for (cell, want) in [("1", "US"), ("7", "RU"), ("44", "GB"), ("86", "CN"), ("852", "HK"), ("39", "IT")] {
            check(cell, Some(want));
        }
        for cell in ["1-242", "+1-242", "1242", "001242", "+1 242", "1 (242)", "(1-242)", "+1.242"] {
            check(cell, Some("BS"));
        }
        for (cell, want) in [("1-876", "JM"), ("+1 868", "TT"), ("44-1481", "GG"), ("1809", "DO")] {
            check(cell, Some(want));
        }
        for cell in ["", "+", "0", "049", "999", "1-212", "4915", "DE", "4 9", "-49", "00", "1-242-3", "99999999999"] {
            check(cell, None);
        }
        assert!(AREAS.is_sorted(), "they are searched");
        assert!(AREAS.iter().all(|(_, code)| Country::from_code(code).is_some_and(is_region)));
    }
}
