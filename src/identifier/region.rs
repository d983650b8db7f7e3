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

/// Codes with the area behind them, which tells those regions apart that share a code: as lists of country codes have them, and as
/// they are written before a number.
const AREAS: [(u32, &str, &str); 30] = [
    (1242, "BS", "+1242"),
    (1246, "BB", "+1246"),
    (1264, "AI", "+1264"),
    (1268, "AG", "+1268"),
    (1284, "VG", "+1284"),
    (1340, "VI", "+1340"),
    (1345, "KY", "+1345"),
    (1441, "BM", "+1441"),
    (1473, "GD", "+1473"),
    (1649, "TC", "+1649"),
    (1658, "JM", "+1658"),
    (1664, "MS", "+1664"),
    (1670, "MP", "+1670"),
    (1671, "GU", "+1671"),
    (1684, "AS", "+1684"),
    (1721, "SX", "+1721"),
    (1758, "LC", "+1758"),
    (1767, "DM", "+1767"),
    (1784, "VC", "+1784"),
    (1787, "PR", "+1787"),
    (1809, "DO", "+1809"),
    (1829, "DO", "+1829"),
    (1849, "DO", "+1849"),
    (1868, "TT", "+1868"),
    (1869, "KN", "+1869"),
    (1876, "JM", "+1876"),
    (1939, "PR", "+1939"),
    (441481, "GG", "+441481"),
    (441534, "JE", "+441534"),
    (441624, "IM", "+441624"),
];

/// What a country code says of the number behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialled {
    /// Whose rules say how the number is read. Of the regions that share a code, the one whose rules the others follow.
    pub region: Country,
    /// What belongs before a number that lacks its area, and how many digits such a number has; empty, and none, if the code has no
    /// area. The rules of a region put it before some numbers of it, where the region has one area.
    area: &'static str,
    digits: usize,
}

impl Dialled {
    /// What belongs before a number beside this code: empty where it has its area.
    pub fn area_before(&self, number: &[u8]) -> &'static str {
        let digits = number.iter().filter(|byte| byte.is_ascii_digit()).count();
        let plain = number.iter().all(|byte| byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.'));
        if plain && digits == self.digits { self.area } else { "" }
    }
}

/// The country code in a cell that is nothing else, written as `49`, `+49` or `0049`, or with an area as `1-242`.
///
/// Cost: a look into a table.
pub fn country_dialled(cell: &[u8]) -> Option<Dialled> {
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
        let region = REGIONS.get(code as usize).copied().flatten().filter(|_| marks == 0)?;
        return Some(Dialled { region, area: "", digits: 0 });
    }
    let (_, region, area) = AREAS[AREAS.binary_search_by_key(&code, |(code, ..)| *code).ok()?];
    // Seven in North America, six on the islands around Britain.
    let digits = if area.starts_with("+44") { 6 } else { 7 };
    Some(Dialled { region: Country::from_code(region)?, area, digits })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identifier::{Canonicalizer, Kind, KindSpec};

    #[test]
    fn country_codes_are_read() {
        let check = |cell: &str, want: Option<&str>| {
            let region = country_dialled(cell.as_bytes()).map(|dialled| dialled.region);
            assert_eq!(region, want.and_then(Country::from_code), "{cell}");
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
        assert!(AREAS.iter().all(|(_, region, _)| Country::from_code(region).is_some_and(is_region)));
    }

    #[test]
    fn a_number_has_its_area_from_its_code() {
        let mut canonicalizer = Canonicalizer::new();
        for (code, _, area) in AREAS {
            assert_eq!(area, format!("+{code}"));
            let dialled = country_dialled(area.as_bytes()).expect("a code");
            let number = if area.starts_with("+44") { "234567" } else { "2345678" };
            let written = [dialled.area_before(number.as_bytes()), number].concat();
            let canonical = canonicalizer.canonicalize(KindSpec::new(Kind::Phone), dialled.region, written.as_bytes());
            let exact = canonical.map(|canonical| String::from_utf8_lossy(canonical.exact).into_owned());
            assert_eq!(exact, Ok(format!("{code}{number}")), "{area}");
        }
        let jamaica = country_dialled(b"1-876").expect("a code");
        assert_eq!(jamaica.area_before(b"555-12 34"), "+1876");
        for number in ["8765551234", "+5551234", "18765551234", "555123", ""] {
            assert_eq!(jamaica.area_before(number.as_bytes()), "", "{number}");
        }
        assert_eq!(country_dialled(b"49").expect("a code").area_before(b""), "");
    }
}
