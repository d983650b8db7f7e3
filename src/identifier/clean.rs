//! The way from raw bytes to a trimmed text in NFKC: the steps that every kind shares.
//!
//! After NFKC, every decimal digit of Unicode is one of ASCII and every blank is a space: `١٢٣` and `１２３` are `123`.
//! Numerals that are not decimal digits, Chinese ones above all, stay as they are.

use unicode_normalization::UnicodeNormalization;

use super::Reason;

/// Longer raw values are no identifiers; the cap bounds time and the scratch buffers.
pub(super) const RAW_BYTES_MAX: usize = 4096;

/// Decodes a raw value, drops invisible characters, applies NFKC, and strips blanks and guards from both ends.
///
/// Output: borrowed from `raw` if NFKC leaves it as it is, else from `buffer`; never empty.
/// Cost: ASCII, Han and the other common letters are validated and trimmed in place.
/// Errors: `Encoding`, `Empty`, `Length` where NFKC makes the text too long, `Masked` where a masking character would
/// not survive NFKC.
pub(super) fn clean<'a>(raw: &'a [u8], buffer: &'a mut String) -> Result<&'a str, Reason> {
    let text = std::str::from_utf8(raw).map_err(|_| Reason::Encoding)?;
    clean_text(text, buffer)
}

/// The same for a text that is known to be UTF-8.
pub(super) fn clean_text<'a>(text: &'a str, buffer: &'a mut String) -> Result<&'a str, Reason> {
    let text = if is_stable(text) { text } else { compatible(text, buffer)? };
    let text = strip_guards(text);
    if text.is_empty() { Err(Reason::Empty) } else { Ok(text) }
}

/// Whether a text consists of visible characters that NFKC neither changes nor combines: ASCII and the letters that
/// most names and addresses are written in. False is no statement.
pub(super) fn is_stable(text: &str) -> bool {
    text.is_ascii() || text.chars().all(is_stable_character)
}

/// Han, kana and Hangul; Latin with marks, Vietnamese among it; Cyrillic, Greek, Hebrew and Arabic letters.
fn is_stable_character(c: char) -> bool {
    c.is_ascii()
        || matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{c0}'..='\u{131}' | '\u{134}'..='\u{13e}' | '\u{141}'..='\u{148}'
            | '\u{14a}'..='\u{17e}' | '\u{b7}' | '\u{400}'..='\u{482}' | '\u{490}'..='\u{4ff}'
            | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fb}' | '\u{ac00}'..='\u{d7a3}' | '\u{218}'..='\u{21b}'
            | '\u{1ea0}'..='\u{1ef9}' | '\u{388}'..='\u{38a}' | '\u{38e}'..='\u{3a1}' | '\u{3a3}'..='\u{3ce}'
            | '\u{5d0}'..='\u{5ea}' | '\u{621}'..='\u{63a}' | '\u{641}'..='\u{64a}' | '\u{671}'..='\u{674}'
            | '\u{679}'..='\u{6c0}' | '\u{6cc}')
}

/// Writes the visible characters of a text in NFKC to `buffer`.
fn compatible<'a>(text: &str, buffer: &'a mut String) -> Result<&'a str, Reason> {
    if text.contains(is_lost_mask) {
        return Err(Reason::Masked);
    }
    buffer.clear();
    for c in compatible_characters(text) {
        if buffer.len() + c.len_utf8() > RAW_BYTES_MAX {
            return Err(Reason::Length);
        }
        buffer.push(c);
    }
    Ok(buffer)
}

/// The visible characters of a text in NFKC, its decimal digits in ASCII and its blanks as spaces.
pub(super) fn compatible_characters(text: &str) -> impl Iterator<Item = char> {
    // NFKC makes a blank and a combining mark of an acute accent that stands for an apostrophe.
    let visible = text.chars().filter(|&c| !is_invisible(c)).map(|c| if c == '\u{b4}' { '\'' } else { c });
    visible.nfkc().map(plain)
}

/// A space for a blank of another kind, and the ASCII digit for a decimal digit of another script.
///
/// Control characters stay: they are line ends and separators, not blanks.
fn plain(c: char) -> char {
    match c {
        '\0'..='\u{65f}' => c,
        '\u{1680}' | '\u{2028}' | '\u{2029}' | '\u{2800}' => ' ',
        _ => decimal(c).unwrap_or(c),
    }
}

fn decimal(c: char) -> Option<char> {
    let at = ZEROS.partition_point(|zero| *zero <= u32::from(c));
    let value = u32::from(c) - ZEROS.get(at.checked_sub(1)?)?;
    char::from_digit(value, 10)
}

/// The zero of every run of ten decimal digits (general category Nd) beyond ASCII.
///
/// Source: Unicode Character Database 17.0, less the full-width and mathematical digits, which NFKC folds.
const ZEROS: [u32; 69] = [
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0,
    0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0, 0x10d30, 0x10d40, 0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0,
    0x11450, 0x114d0, 0x11650, 0x116c0, 0x116d0, 0x116da, 0x11730, 0x118e0, 0x11950, 0x11bf0, 0x11c50, 0x11d50,
    0x11da0, 0x11de0, 0x11f50, 0x16130, 0x16a60, 0x16ac0, 0x16b50, 0x16d70, 0x1e140, 0x1e2f0, 0x1e4f0, 0x1e5f1,
    0x1e950, 0x1fbf0,
];

/// Whether a character stands for left-out text and is turned into full stops by NFKC.
pub(super) fn is_lost_mask(c: char) -> bool {
    matches!(c, '\u{2025}' | '\u{2026}' | '\u{fe19}' | '\u{fe30}')
}

/// Whether a character has no width and no meaning in an identifier: byte order marks, joiners, direction marks,
/// variation selectors, fillers, tags.
///
/// Source: the property Default_Ignorable_Code_Point of Unicode, all of it, and the marks of interlinear annotations.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// Strips blanks, control characters and spreadsheet or export guards from both ends until nothing is left to strip.
pub(super) fn strip_guards(text: &str) -> &str {
    let mut text = text;
    loop {
        if text.starts_with(is_letter) && text.ends_with(is_letter) {
            return text;
        }
        let inner = strip_apostrophe(strip_pair(text.trim_matches(is_blank)));
        if inner.len() == text.len() {
            return text;
        }
        text = inner;
    }
}

/// Whether a character is one of those that most values begin and end with, and that nothing strips.
#[inline]
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{410}'..='\u{44f}' | '\u{ac00}'..='\u{d7a3}')
}

/// Whether a character is a blank at the ends of a field.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_invisible(c) || c == '\u{2800}'
}

/// Opening and closing quotes that exports put around a value; `="` keeps a spreadsheet from reading a number.
const PAIRS: [(&str, &str); 9] = [
    ("=\"", "\""),
    ("\"", "\""),
    ("'", "'"),
    ("`", "`"),
    ("\u{201c}", "\u{201d}"),
    ("\u{201e}", "\u{201c}"),
    ("\u{2018}", "\u{2019}"),
    ("\u{ab}", "\u{bb}"),
    ("\u{300c}", "\u{300d}"),
];

fn strip_pair(text: &str) -> &str {
    let within = |(open, close): &(&str, &str)| text.strip_prefix(open)?.strip_suffix(close);
    PAIRS.iter().find_map(within).unwrap_or(text)
}

/// Strips a single apostrophe: a spreadsheet's mark for "this is text".
fn strip_apostrophe(text: &str) -> &str {
    let quotes = ['\'', '\u{2018}', '\u{2019}'];
    let text = text.strip_prefix(quotes).unwrap_or(text);
    text.strip_suffix(quotes).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, want: Result<&str, Reason>) {
        let mut buffer = String::new();
        assert_eq!(clean(raw.as_bytes(), &mut buffer), want, "{raw:?}");
    }

    #[test]
    fn guards_and_blanks_come_off() {
        check("  a b \t\r\n", Ok("a b"));
        check("=\"0123\"", Ok("0123"));
        check("\"\"\"x\"\"\"", Ok("x"));
        check("'138", Ok("138"));
        check("138'", Ok("138"));
        check("\u{feff}\u{201c}x\u{201d}\u{200b}", Ok("x"));
        check("\"a b\"@x", Ok("\"a b\"@x"));
        check("\0\0", Err(Reason::Empty));
        check("\"\"", Err(Reason::Empty));
        check("'", Err(Reason::Empty));
    }

    #[test]
    fn text_becomes_nfkc_without_invisible_characters() {
        check("１３８", Ok("138"));
        check("1\u{200b}3\u{202e}8", Ok("138"));
        check("a\u{300}", Ok("\u{e0}"));
        check("ab…", Err(Reason::Masked));
        check("a\u{2068}b\u{2069}\u{fe0f}\u{ad}\u{2060}c\u{e0061}\u{3164}", Ok("abc"));
        check("\u{2800}a\u{a0}b\u{2009}c\u{1680}d\u{2028}e\u{3000}f\u{202f}g", Ok("a b c d e f g"));
    }

    #[test]
    fn decimal_digits_of_every_script_become_ascii() {
        for digits in [
            "٠١٢٣٤٥٦٧٨٩",
            "۰۱۲۳۴۵۶۷۸۹",
            "०१२३४५६७८९",
            "০১২৩৪৫৬৭৮৯",
            "๐๑๒๓๔๕๖๗๘๙",
            "０１２３４５６７８９",
            "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗",
            "᠐᠑᠒᠓᠔᠕᠖᠗᠘᠙",
        ] {
            check(digits, Ok("0123456789"));
        }
        // Numerals, but no decimal digits.
        for text in ["一二三", "Ⅳ", "፩", "〇"] {
            let mut buffer = String::new();
            assert!(clean(text.as_bytes(), &mut buffer).is_ok_and(|text| !text.contains(|c: char| c.is_ascii_digit())));
        }
        assert!(ZEROS.windows(2).all(|pair| pair[0] + 10 <= pair[1]), "sorted, and no two runs overlap");
        for zero in ZEROS {
            let run = |value: u32| char::from_u32(zero + value).unwrap();
            assert!((0..10).all(|value| run(value).is_numeric() && plain(run(value)).to_digit(10) == Some(value)));
        }
    }

    #[test]
    fn marks_of_direction_and_width_are_invisible() {
        let count = ('\0'..=char::MAX).filter(|c| is_invisible(*c)).count();
        // 4,174 characters in Default_Ignorable_Code_Point, and three marks of annotations.
        assert_eq!(count, 4_174 + 3);
        assert!(
            !('\0'..=char::MAX)
                .any(|c| is_invisible(c) && (c.is_alphanumeric() && !"\u{115f}\u{1160}\u{3164}\u{ffa0}".contains(c)))
        );
    }

    #[test]
    fn stable_characters_are_left_alone_by_nfkc() {
        use unicode_normalization::{IsNormalized, char::canonical_combining_class, is_nfkc_quick};
        for c in ('\0'..=char::MAX).filter(|c| is_stable_character(*c)) {
            assert!(!is_invisible(c) && !is_lost_mask(c) && canonical_combining_class(c) == 0, "{c:?}");
            assert_eq!(is_nfkc_quick(std::iter::once(c)), IsNormalized::Yes, "{c:?}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        let mut buffer = String::new();
        assert_eq!(clean(b"\xff\xfe", &mut buffer), Err(Reason::Encoding));
        let long = "\u{fdfa}".repeat(RAW_BYTES_MAX / 3);
        assert_eq!(clean(long.as_bytes(), &mut buffer), Err(Reason::Length));
    }
}
