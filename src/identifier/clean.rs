//! The way from raw bytes to a trimmed text in NFKC: the steps that every kind shares.

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

/// Whether a text consists of visible characters that NFKC neither changes nor combines: ASCII and the letters that most
/// names and addresses are written in. False is no statement.
pub(super) fn is_stable(text: &str) -> bool {
    text.is_ascii() || text.chars().all(is_stable_character)
}

fn is_stable_character(c: char) -> bool {
    c.is_ascii()
        || matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{c0}'..='\u{ff}' | '\u{b7}' | '\u{410}'..='\u{44f}'
            | '\u{3041}'..='\u{3096}' | '\u{30a1}'..='\u{30fb}' | '\u{ac00}'..='\u{d7a3}')
}

/// Writes the visible characters of a text in NFKC to `buffer`.
fn compatible<'a>(text: &str, buffer: &'a mut String) -> Result<&'a str, Reason> {
    if text.contains(is_lost_mask) {
        return Err(Reason::Masked);
    }
    buffer.clear();
    // NFKC makes a blank and a combining mark of an acute accent that stands for an apostrophe.
    let visible = text.chars().filter(|&c| !is_invisible(c)).map(|c| if c == '\u{b4}' { '\'' } else { c });
    for c in visible.nfkc() {
        if buffer.len() + c.len_utf8() > RAW_BYTES_MAX {
            return Err(Reason::Length);
        }
        buffer.push(c);
    }
    Ok(buffer)
}

/// Whether a character stands for left-out text and is turned into full stops by NFKC.
pub(super) fn is_lost_mask(c: char) -> bool {
    matches!(c, '\u{2025}' | '\u{2026}' | '\u{fe19}' | '\u{fe30}')
}

/// Whether a character has no width and no meaning in an identifier: byte order marks, joiners, direction marks.
pub(super) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e01ef}')
}

/// Strips blanks, control characters and spreadsheet or export guards from both ends until nothing is left to strip.
pub(super) fn strip_guards(text: &str) -> &str {
    let mut text = text;
    loop {
        if let [first, .., last] = text.as_bytes()
            && first.is_ascii_alphanumeric()
            && last.is_ascii_alphanumeric()
        {
            return text;
        }
        let inner = strip_apostrophe(strip_pair(text.trim_matches(is_blank)));
        if inner.len() == text.len() {
            return text;
        }
        text = inner;
    }
}

/// Whether a character is a blank at the ends of a field.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_invisible(c)
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
