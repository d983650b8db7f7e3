//! The check digits that identity numbers share.

/// The value of decimal digits.
pub(super) fn decimal(digits: &[u8]) -> u32 {
    digits.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
}
