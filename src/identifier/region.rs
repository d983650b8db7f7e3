//! Which regions there are.

use super::Country;
use rlibphonenumber::{PHONE_NUMBER_UTIL, Region};

/// Whether telephone numbers can be read in a region.
pub fn is_region(country: Country) -> bool {
    Region::from_code(country.code())
        .is_ok_and(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some())
}

/// The region whose telephone numbers are dialled from abroad with this country code, written as `49`, `+49` or `0049`. Of those that
/// share a code, the one whose rules the others follow.
pub fn country_dialled(cell: &[u8]) -> Option<Country> {
    let text = std::str::from_utf8(cell).ok()?.trim().trim_start_matches('(').trim_end_matches(')');
    let digits = text.strip_prefix('+').or(text.strip_prefix("00")).unwrap_or(text);
    let is_code = (1..=3).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let code = digits.parse().ok().filter(|_| is_code && !digits.starts_with('0'))?;
    let region = PHONE_NUMBER_UTIL.get_region_for_country_code(code)?;
    Country::from_code(region.as_region_str().as_str())
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
        for cell in ["", "+", "0", "049", "999", "1-242", "4915", "DE", "4 9"] {
            check(cell, None);
        }
    }
}
