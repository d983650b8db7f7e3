//! How people write one value: the forms that a canonicalisation rule brings together again, and the ones it refuses.
//!
//! A tidy form is the one a system exports; the untidy ones come from hands, spreadsheets and merged tables.

use super::random::Random;

/// Full-width forms of the ASCII characters, as Chinese input methods type them.
fn full_width(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_graphic() { char::from_u32(c as u32 + 0xfee0).unwrap_or(c) } else { c })
        .collect()
}

fn full_width_digits(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { char::from_u32(c as u32 + 0xfee0).unwrap_or(c) } else { c }).collect()
}

fn padded(text: &str, random: &mut Random) -> String {
    let (before, after) = random.pick(&[(" ", ""), ("", " "), (" ", " "), ("", "  "), ("\u{3000}", "")]);
    format!("{before}{text}{after}")
}

fn capitalised(text: &str) -> String {
    text[..1].to_ascii_uppercase() + &text[1..]
}

/// The text in groups of these lengths.
fn grouped(text: &str, lengths: &[usize], separator: &str) -> String {
    let mut rest = text;
    let groups = lengths.iter().map(|length| {
        let (group, tail) = rest.split_at(*length);
        rest = tail;
        group
    });
    groups.collect::<Vec<_>>().join(separator)
}

/// Another spelling of a lower-case e-mail address.
pub(super) fn email(address: &str, random: &mut Random) -> String {
    let (local, domain) = address.split_once('@').unwrap_or((address, ""));
    match random.below(6) {
        0 => address.to_ascii_uppercase(),
        1 => capitalised(address),
        2 => format!("{local}@{}", capitalised(domain)),
        3 => format!("{}@{domain}", local.to_ascii_uppercase()),
        4 => padded(&capitalised(address), random),
        _ => padded(address, random),
    }
}

/// A mobile number with country code and groups: `+86 138 1234 5678`.
pub(super) fn phone_international(digits: &str) -> String {
    format!("+86 {}", grouped(digits, &[3, 4, 4], " "))
}

/// Another spelling of the eleven digits of a mobile number.
pub(super) fn phone(digits: &str, random: &mut Random) -> String {
    match random.below(8) {
        0 => phone_international(digits),
        1 => format!("+86{digits}"),
        2 => format!("0086{digits}"),
        3 => format!("0086 {digits}"),
        4 => grouped(digits, &[3, 4, 4], "-"),
        5 => grouped(digits, &[3, 4, 4], " "),
        6 => full_width_digits(digits),
        _ => padded(digits, random),
    }
}

/// Another spelling of an identity number of 18 characters; `fifteen` is its old form if it has one.
pub(super) fn national_id(eighteen: &str, fifteen: Option<&str>, random: &mut Random) -> String {
    let other = match random.below(4) {
        0 => fifteen.map(str::to_owned),
        1 => eighteen.ends_with('X').then(|| eighteen.to_ascii_lowercase()),
        2 => Some(full_width(eighteen)),
        _ => None,
    };
    other.unwrap_or_else(|| match fifteen {
        Some(fifteen) if random.percent(50) => fifteen.to_owned(),
        _ => padded(eighteen, random),
    })
}

/// Another spelling of a vehicle identification number.
pub(super) fn vin(vin: &str, random: &mut Random) -> String {
    match random.below(5) {
        0 => vin.to_ascii_lowercase(),
        1 => grouped(vin, &[3, 6, 2, 6], " "),
        2 => grouped(vin, &[3, 6, 8], "-"),
        3 => full_width(vin),
        _ => padded(vin, random),
    }
}

/// A licence plate with the dot that stands on the plate: `沪A·12345`.
pub(super) fn plate_dotted(plate: &str) -> String {
    plate_separated(plate, "·")
}

fn plate_separated(plate: &str, separator: &str) -> String {
    // One Chinese character and one letter.
    let (area, tail) = plate.split_at(plate.chars().next().map_or(0, char::len_utf8) + 1);
    format!("{area}{separator}{tail}")
}

/// Another spelling of a licence plate.
pub(super) fn plate(plate: &str, random: &mut Random) -> String {
    match random.below(5) {
        0 => plate_dotted(plate),
        1 => plate_separated(plate, " "),
        2 => plate_separated(plate, "-"),
        3 => plate.to_ascii_lowercase(),
        _ => padded(plate, random),
    }
}

/// Another spelling of an employee number.
pub(super) fn employee_no(number: &str, random: &mut Random) -> String {
    match random.below(3) {
        0 => number.to_ascii_lowercase(),
        1 => full_width(number),
        _ => padded(number, random),
    }
}

/// An e-mail address of which a mask left the first letter and the domain.
pub(super) fn masked_email(address: &str) -> String {
    let domain = address.split_once('@').map_or("", |(_, domain)| domain);
    format!("{}***@{domain}", &address[..1])
}

/// All but the first and the last characters of an ASCII value masked.
pub(super) fn masked(text: &str, first: usize, last: usize) -> String {
    format!("{}{}{}", &text[..first], "*".repeat(text.len() - first - last), &text[text.len() - last..])
}

/// A plate with all but its last digit masked.
pub(super) fn masked_plate(plate: &str) -> String {
    let area: String = plate.chars().take(2).collect();
    format!("{area}****{}", &plate[plate.len() - 1..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::random::Stream;
    use std::collections::BTreeSet;

    fn forms(spell: impl Fn(&mut Random) -> String) -> BTreeSet<String> {
        (0..500).map(|n| spell(&mut Random::new(1, Stream::Record(0), n))).collect()
    }

    #[test]
    fn forms_that_people_write_occur() {
        let phones = forms(|random| phone("13812345678", random));
        for form in ["+86 138 1234 5678", "0086 13812345678", "138-1234-5678", "１３８１２３４５６７８", " 13812345678"]
        {
            assert!(phones.contains(form), "{form}");
        }
        let ids = forms(|random| national_id("11010519491231002X", Some("110105491231002"), random));
        for form in ["11010519491231002x", "110105491231002", "１１０１０５１９４９１２３１００２Ｘ"]
        {
            assert!(ids.contains(form), "{form}");
        }
        let plates = forms(|random| plate("沪AD12345", random));
        for form in ["沪A·D12345", "沪A D12345", "沪ad12345"] {
            assert!(plates.contains(form), "{form}");
        }
    }

    #[test]
    fn masks_leave_a_part() {
        assert_eq!(masked("13812345678", 3, 4), "138****5678");
        assert_eq!(masked_email("anna@mail.example"), "a***@mail.example");
        assert_eq!(masked_plate("沪A12345"), "沪A****5");
    }
}
