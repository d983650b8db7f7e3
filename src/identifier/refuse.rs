//! What is no value: placeholders, masks and the damage that spreadsheets do.

use super::Reason;
use super::clean::{RAW_BYTES_MAX, compatible_characters, is_lost_mask, is_stable, strip_guards};

/// Words that stand for "no value" in any column, in lower case.
const WORDS: &[&str] = &[
    "null",
    "(null)",
    "<null>",
    "[null]",
    "\\n",
    "nil",
    "none",
    "n/a",
    "#n/a",
    "n.a.",
    "n.a",
    "k.a.",
    "nan",
    "#null!",
    "#ref!",
    "#value!",
    "#name?",
    "#div/0!",
    "undefined",
    "unknown",
    "empty",
    "(empty)",
    "(blank)",
    "tbd",
    "todo",
    "not available",
    "not set",
    "未知",
    "无",
    "暂无",
    "空",
    "不详",
    "没有",
    "未填写",
    "保密",
];

/// No placeholder word is longer.
const WORD_BYTES_MAX: usize = 16;

/// Whether a cleaned text stands for "no value": a word of the list, nothing but punctuation, or a zero.
pub(super) fn is_placeholder(text: &str) -> bool {
    text.len() <= WORD_BYTES_MAX && !begins_like_a_value(text) && (is_word(text) || is_nothing(text))
}

/// Letters of ASCII with which a word of the list begins, and Han characters.
const WORD_INITIALS: &[u8] = b"nkuet";
const HAN_INITIALS: &[char] = &['未', '无', '暂', '空', '不', '没', '保'];

/// Whether the first character already tells that a text is no placeholder.
fn begins_like_a_value(text: &str) -> bool {
    match text.chars().next() {
        Some(first @ '\u{4e00}'..='\u{9fff}') => !HAN_INITIALS.contains(&first),
        Some(first) if first.is_ascii_alphanumeric() => {
            first != '0' && !WORD_INITIALS.contains(&(first.to_ascii_lowercase() as u8))
        }
        _ => false,
    }
}

fn is_word(text: &str) -> bool {
    let unlike_any = |b: &u8| b.is_ascii_digit() || *b == b'@';
    if text.as_bytes().first().is_some_and(unlike_any) {
        return false;
    }
    text == "NA" || WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// Dashes, dots, question marks and zeros, with or without digit grouping: `-`, `???`, `0.00`, `0000-00-00`.
fn is_nothing(text: &str) -> bool {
    let meaningless = |c: char| c == '0' || (!c.is_alphanumeric() && c != '*' && c != '\u{2022}');
    text.chars().all(meaningless)
}

/// Whether characters of a text were replaced by a mask: two stars, a bullet, a block.
pub(super) fn is_masked_text(text: &str) -> bool {
    let bytes = text.as_bytes();
    let stars = memchr::memchr(b'*', bytes).is_some_and(|_| text.contains("**"));
    stars || (!text.is_ascii() && text.contains(is_mask_symbol))
}

/// Whether a character is drawn only to hide another one.
pub(super) fn is_mask_symbol(c: char) -> bool {
    matches!(c, '\u{2022}' | '\u{25cf}' | '\u{2588}' | '\u{22ef}' | '\u{25a0}' | '\u{2217}')
}

/// Whether digits of a number were replaced by a mask: one star is enough, or four X in a row.
fn is_masked_number(text: &str) -> bool {
    memchr::memchr(b'*', text.as_bytes()).is_some() || is_masked_text(text) || has_run_of_x(text.as_bytes())
}

/// Whether four X follow one another.
pub(super) fn has_run_of_x(bytes: &[u8]) -> bool {
    let Some(first) = memchr::memchr2(b'X', b'x', bytes) else { return false };
    bytes[first..].windows(4).any(|four| four.iter().all(|b| b.eq_ignore_ascii_case(&b'x')))
}

/// Whether a text has at least two characters and all are the same.
pub(super) fn is_one_repeated(bytes: &[u8]) -> bool {
    bytes.len() > 1 && bytes[0] == bytes[1] && bytes.iter().all(|b| *b == bytes[0])
}

/// Whether a spreadsheet wrote this number as `1.38123E+10`.
///
/// A sign or a decimal point is needed: `12E4567` is a customer number.
pub(super) fn is_scientific(text: &str) -> bool {
    let bytes = text.as_bytes();
    let Some(e) = memchr::memchr2(b'E', b'e', bytes) else { return false };
    let (mantissa, exponent) = (&bytes[..e], &bytes[e + 1..]);
    let signed = exponent.first() == Some(&b'+');
    let pointed = mantissa.get(1).is_some_and(|b| matches!(b, b'.' | b','));
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    (signed || pointed)
        && digits(exponent.strip_prefix(b"+").unwrap_or(exponent))
        && mantissa.first().is_some_and(u8::is_ascii_digit)
        && (mantissa.len() == 1 || (pointed && digits(&mantissa[2..])))
}

/// Why a text that no rule of a numeric kind accepts is not even a wrong number, if that can be said.
pub(super) fn of_number(text: &str) -> Option<Reason> {
    if is_masked_number(text) {
        Some(Reason::Masked)
    } else if is_placeholder(text) {
        Some(Reason::Placeholder)
    } else {
        is_scientific(text).then_some(Reason::SpreadsheetDamage)
    }
}

/// A double holds 15 decimal digits; a longer number that passed through a spreadsheet has lost its end.
const SPREADSHEET_DIGITS_MAX: usize = 15;

/// Drops the `.0` that a spreadsheet appends to a number.
///
/// Output: the digits before the point, or the text unchanged if it is no number with such a tail.
/// Errors: `SpreadsheetDamage` for more digits than a double holds.
pub(super) fn without_decimal_tail(text: &str) -> Result<&str, Reason> {
    // Most numbers that end in a zero have no point before it.
    if !matches!(text.as_bytes(), [.., b'.', b'0'] | [.., b'.', b'0', b'0']) {
        return Ok(text);
    }
    let Some((digits, tail)) = text.split_once('.') else { return Ok(text) };
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !all_digits || !matches!(tail, "0" | "00") {
        return Ok(text);
    }
    if digits.len() > SPREADSHEET_DIGITS_MAX { Err(Reason::SpreadsheetDamage) } else { Ok(digits) }
}

/// Refuses a field that exposes nothing: empty, a placeholder, or masked. Serves columns of any class.
///
/// Input: any bytes; what is not UTF-8 or longer than 4 KiB counts as present, for it did leave the house.
/// Cost: no heap; one look at the first 4 KiB.
/// Errors: `Empty`, `Placeholder`, `Masked`.
pub fn presence(raw: &[u8]) -> Result<(), Reason> {
    let Ok(text) = std::str::from_utf8(&raw[..raw.len().min(RAW_BYTES_MAX)]) else { return presence_of_bytes(raw) };
    if is_stable(text) {
        return presence_of_text(strip_guards(text));
    }
    if text.contains(is_lost_mask) || text.contains("\u{ff0a}\u{ff0a}") {
        return Err(Reason::Masked);
    }
    let mut short = [0; 4 * WORD_BYTES_MAX];
    let text = compatible_short(text, &mut short).unwrap_or(text);
    presence_of_text(strip_guards(text))
}

fn presence_of_bytes(raw: &[u8]) -> Result<(), Reason> {
    let masked = raw[..raw.len().min(RAW_BYTES_MAX)].windows(2).any(|pair| pair == b"**");
    if masked { Err(Reason::Masked) } else { Ok(()) }
}

fn presence_of_text(text: &str) -> Result<(), Reason> {
    if text.is_empty() {
        return Err(Reason::Empty);
    }
    if is_masked_text(text) || is_starred(text) {
        return Err(Reason::Masked);
    }
    if is_placeholder(text) { Err(Reason::Placeholder) } else { Ok(()) }
}

/// Whether a star stands among digits and characters that do not come from a keyboard's letters: `王*`, `138*1234`.
fn is_starred(text: &str) -> bool {
    text.contains('*') && text.chars().all(|c| c == '*' || c.is_ascii_digit() || !c.is_ascii())
}

/// Writes the NFKC of a short text to the stack; `None` if it does not fit.
fn compatible_short<'a>(text: &str, short: &'a mut [u8]) -> Option<&'a str> {
    if text.len() > short.len() {
        return None;
    }
    let mut len = 0;
    for c in compatible_characters(text) {
        let room = short.get_mut(len..len + c.len_utf8())?;
        len += c.encode_utf8(room).len();
    }
    std::str::from_utf8(&short[..len]).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_of_the_list_is_a_placeholder() {
        for word in WORDS.iter().copied().chain(["NA", "0", "00", "-", "?", "0.00", "0000-00-00"]) {
            assert!(is_placeholder(word), "{word}");
            assert!(is_placeholder(&word.to_uppercase()), "{word}");
        }
        assert!(!is_placeholder("anna"));
        assert!(!is_placeholder("10"));
    }

    #[test]
    fn presence_tells_values_from_placeholders() {
        let check = |raw: &str, want: Result<(), Reason>| assert_eq!(presence(raw.as_bytes()), want, "{raw:?}");
        for raw in ["", "  ", "\"\"", "\u{feff}", "\t\r\n", "\u{3000}"] {
            check(raw, Err(Reason::Empty));
        }
        for raw in [
            "0",
            "-",
            "--",
            "NULL",
            "null",
            "\\N",
            "N/A",
            "NA",
            "none",
            "NaN",
            "０",
            "－",
            "未知",
            "0.00",
            "0000-00-00",
            "#N/A",
            "?",
            "undefined",
            "' 0 '",
        ] {
            check(raw, Err(Reason::Placeholder));
        }
        for raw in ["王*", "张*丰", "138****1234", "****", "a***@x.com", "•••", "abc…", "王＊", "13*1234"]
        {
            check(raw, Err(Reason::Masked));
        }
        for raw in ["a", "7", "Li", "na", "王", "M", "100.00", "1111", "2021-08-01", "50*70 cm", "p*ssword", "1-0"] {
            check(raw, Ok(()));
        }
        assert_eq!(presence(b"\xff\xfeab"), Ok(()));
        assert_eq!(presence(b"\xff**"), Err(Reason::Masked));
        assert_eq!(presence(&vec![b'a'; 1 << 20]), Ok(()));
    }

    #[test]
    fn spreadsheet_damage_is_seen() {
        for text in ["1.38123E+10", "1E+10", "1.1e17", "1,38E+10", "1.10105E+17"] {
            assert!(is_scientific(text), "{text}");
        }
        for text in ["1E5", "12E4567", "E+10", "1.E+", "1.2.3E+10", "13812345678"] {
            assert!(!is_scientific(text), "{text}");
        }
        assert_eq!(without_decimal_tail("13812345678.0"), Ok("13812345678"));
        assert_eq!(without_decimal_tail("030.1234.0"), Ok("030.1234.0"));
        assert_eq!(without_decimal_tail("110105199001011234.0"), Err(Reason::SpreadsheetDamage));
    }
}
