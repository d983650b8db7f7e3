//! Numbers that an organisation gives: employee, customer and contract numbers.
//!
//! They have no common standard and no check digit, so little is refused: `1111` and `123456789` are ordinary numbers
//! here, while `0` stands for none. What makes them safe to compare is the scope in the key derivation.

use unicode_normalization::UnicodeNormalization;

use super::refuse::{self, without_decimal_tail};
use super::{Forms, Reason};

/// Longest number accepted, in characters.
const NUMBER_LEN_MAX: usize = 64;

/// Writes the number in upper case without blanks; the fold has no leading zeros.
pub(super) fn canonicalize(text: &str, forms: &mut Forms) -> Result<(), Reason> {
    if let Some(reason) = refuse::of_number(text) {
        return Err(reason);
    }
    push_upper(without_decimal_tail(text)?, &mut forms.exact)?;
    if is_zero(&forms.exact) {
        return Err(Reason::Placeholder);
    }
    let leading = forms.exact.iter().take_while(|b| **b == b'0').count();
    forms.fold.extend_from_slice(if leading > 0 { &forms.exact[leading..] } else { &[] });
    Ok(())
}

fn is_zero(number: &[u8]) -> bool {
    number.iter().all(|b| *b == b'0')
}

/// Appends the upper case of a text without its blanks.
///
/// Errors: `Syntax` for control characters or if nothing is a letter or digit, `Length`.
fn push_upper(text: &str, out: &mut Vec<u8>) -> Result<(), Reason> {
    let visible = text.chars().filter(|c| !c.is_whitespace());
    if text.is_ascii() {
        push_all(visible.map(|c| c.to_ascii_uppercase()), out)
    } else {
        // NFKC once more, because marks may have come to follow letters.
        push_all(visible.flat_map(upper).nfkc(), out)
    }
}

fn push_all(number: impl Iterator<Item = char>, out: &mut Vec<u8>) -> Result<(), Reason> {
    let (mut count, mut meaningful) = (0, false);
    let mut utf8 = [0; 4];
    for c in number {
        count += 1;
        if c.is_control() || count > NUMBER_LEN_MAX {
            return Err(if c.is_control() { Reason::Syntax } else { Reason::Length });
        }
        meaningful |= c.is_alphanumeric();
        out.extend_from_slice(c.encode_utf8(&mut utf8).as_bytes());
    }
    if meaningful { Ok(()) } else { Err(Reason::Syntax) }
}

/// Upper case of one character. Letters whose upper case is several characters stay, so that the form is stable.
fn upper(c: char) -> impl Iterator<Item = char> {
    let mut letters = c.to_uppercase();
    let only = letters.next().filter(|_| letters.next().is_none());
    std::iter::once(only.unwrap_or(c))
}
