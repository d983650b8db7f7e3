//! Generated people: what a row of a table holds of one, by the row's number alone.

use super::desk::Random;

/// An address of row `row`.
pub fn address(row: usize) -> String {
    format!("ann{row}@example.com")
}

/// Another address of the row.
pub fn other(row: usize) -> String {
    format!("bert{row}@example.net")
}

/// A German telephone number of the row, of a network that gives such numbers.
pub fn phone(row: usize) -> String {
    format!("+49151{:08}", 20_000_000 + row * 7919)
}

/// A day after the beginning of 2012, in months of 28 days.
pub fn date(day: u64) -> String {
    format!("{}-{:02}-{:02}", 2012 + day / 336, day / 28 % 12 + 1, day % 28 + 1)
}

/// An address and a number of a person, which no rule gives, as two cells.
pub fn pair(person: u64) -> String {
    let mut random = Random(person + 1);
    format!("{:x}@lettermail.net,+49171{:08}", random.next() >> 16, random.below(100_000_000))
}

/// A Polish number of somebody born in 1981, with its check digit.
pub fn pesel(row: usize) -> String {
    let digits = format!("81{:02}{:02}{:04}", row % 12 + 1, row % 28 + 1, 1000 + row * 7);
    let weights = [1, 3, 7, 9, 1, 3, 7, 9, 1, 3];
    let sum: u32 = digits.bytes().zip(weights).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    format!("{digits}{}", (10 - sum % 10) % 10)
}

/// A VIN with its check digit (49 CFR 565.15).
pub fn vin(vehicle: u64) -> String {
    let text = format!("LSJA{:02}C50N{:07}", vehicle % 90 + 10, vehicle * 7919 % 10_000_000);
    let value = |c: char| match c {
        'A' | 'J' => 1,
        'C' | 'L' => 3,
        'N' => 5,
        'S' => 2,
        digit => digit.to_digit(10).expect("a digit"),
    };
    let weights = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    let sum: u32 = text.chars().zip(weights).map(|(c, weight)| value(c) * weight).sum();
    let check = if sum % 11 == 10 { "X".into() } else { (sum % 11).to_string() };
    format!("{}{check}{}", &text[..8], &text[9..])
}
