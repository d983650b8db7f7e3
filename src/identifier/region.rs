//! Which regions there are.

use super::Country;
use rlibphonenumber::Region;

/// Whether telephone numbers can be read in a region.
pub fn is_region(country: Country) -> bool {
    Region::from_code(country.code())
        .is_ok_and(|region| rlibphonenumber::PHONE_NUMBER_UTIL.get_country_code_for_region(region).is_some())
}
