//! Vehicle licence plates: those of the People's Republic of China.
//!
//! A plate is a province character, a letter for the city, and five characters of A-Z without I, O and 0-9, or six on
//! the green plates of new-energy vehicles. Special plates end in a character that names their use.
//!
//! Source: GA 36-2018.

use super::refuse::{is_masked_text, is_placeholder};
use super::{Country, Forms, Reason};

/// Share of a province character and six random of A-Z 0-9 that pass: 24/36 of the first, 34/36 of each other.
pub(super) const FALSE_ACCEPT_RATE: f64 = 0.50;

/// Whether this is the character of a province, or of embassies and consulates.
fn is_province(c: char) -> bool {
    matches!(
        c,
        '京' | '津'
            | '沪'
            | '渝'
            | '冀'
            | '豫'
            | '云'
            | '辽'
            | '黑'
            | '湘'
            | '皖'
            | '鲁'
            | '新'
            | '苏'
            | '浙'
            | '赣'
            | '鄂'
            | '桂'
            | '甘'
            | '晋'
            | '蒙'
            | '陕'
            | '吉'
            | '闽'
            | '贵'
            | '粤'
            | '青'
            | '藏'
            | '川'
            | '宁'
            | '琼'
            | '使'
            | '领'
    )
}

/// Whether a special plate ends in this: learner, police, Hong Kong, Macao, trailer, consulate, embassy, test, oversize.
fn is_ending(c: char) -> bool {
    matches!(c, '学' | '警' | '港' | '澳' | '挂' | '领' | '使' | '试' | '超')
}

/// Characters after the province, at most: the city's letter and six.
const SERIAL_LEN_MAX: usize = 7;

/// Whether there is a rule for the country; without a country the rules of all are tried.
pub(super) fn supports(country: Country) -> bool {
    country.is_none() || country == Country::CN
}

/// Writes the plate in upper case without separators.
pub(super) fn canonicalize(text: &str, country: Country, forms: &mut Forms) -> Result<(), Reason> {
    if !supports(country) {
        return Err(Reason::UnsupportedCountry);
    }
    if is_masked(text) {
        return Err(Reason::Masked);
    }
    if is_placeholder(text) {
        return Err(Reason::Placeholder);
    }
    let mut chars = text.chars().filter(|c| !is_separator(*c));
    let province = chars.next().ok_or(Reason::Empty)?;
    if !is_province(province) {
        return Err(Reason::Syntax);
    }
    let mut utf8 = [0; 4];
    forms.exact.extend_from_slice(province.encode_utf8(&mut utf8).as_bytes());
    push_serial(chars, &mut forms.exact)?;
    forms.country = Country::CN;
    Ok(())
}

/// Stars, four X in a row, and bullets; but one bullet is how some write the dot behind the city's letter.
fn is_masked(text: &str) -> bool {
    let bullets = text.chars().filter(|c| *c == '\u{2022}').count();
    let hidden = text.contains('*') || super::refuse::has_run_of_x(text.as_bytes());
    hidden || bullets > 1 || (bullets == 0 && is_masked_text(text))
}

fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '-' | '.' | '_' | '\u{b7}' | '\u{2022}' | '\u{2027}' | '\u{2219}' | '\u{22c5}' | '\u{30fb}' | '\u{2010}'
                ..='\u{2015}' | '\u{2212}'
        )
}

/// Appends the city's letter, four to six characters, and the ending of a special plate.
fn push_serial(chars: impl Iterator<Item = char>, out: &mut Vec<u8>) -> Result<(), Reason> {
    let (mut count, mut ended) = (0, false);
    let mut utf8 = [0; 4];
    for c in chars {
        let c = c.to_ascii_uppercase();
        let legal = match count {
            0 => c.is_ascii_uppercase() && !matches!(c, 'I' | 'O'),
            _ => is_serial(c) || is_ending(c),
        };
        if ended || !legal {
            return Err(Reason::Syntax);
        }
        count += 1;
        if count > SERIAL_LEN_MAX {
            return Err(Reason::Length);
        }
        ended = !c.is_ascii();
        out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
    }
    if count == 6 || count == 7 { Ok(()) } else { Err(Reason::Length) }
}

fn is_serial(c: char) -> bool {
    c.is_ascii_digit() || (c.is_ascii_uppercase() && !matches!(c, 'I' | 'O'))
}
