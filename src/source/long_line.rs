//! Lines that are too long for a record: where they end, and how much of them shows that they are too long.

use memchr::{memchr, memchr2};

/// Where a line ends, if it does. Where a backslash escapes it may escape a line end; `escaped` says so of the first byte, and
/// afterwards of the one behind the last.
pub(super) fn end_of_line(text: &[u8], escapes: bool, escaped: &mut bool) -> Option<usize> {
    if !escapes || text.is_empty() {
        return memchr(b'\n', text);
    }
    let mut at = usize::from(std::mem::take(escaped));
    while at < text.len() {
        let found = at + memchr2(b'\\', b'\n', &text[at..])?;
        if text[found] == b'\n' {
            return Some(found);
        }
        at = found + 2;
    }
    *escaped = at > text.len();
    None
}

/// How much of a line shows that it is too long: a byte more than a record may have. It ends with a whole escape, so that the
/// byte behind it is not escaped.
pub(super) fn shown_of(line: &[u8], record_bytes_max: usize, escapes: bool) -> usize {
    let shown = record_bytes_max + 1;
    let mut cuts_escape = false;
    if escapes {
        end_of_line(&line[..shown.min(line.len())], escapes, &mut cuts_escape);
    }
    shown + usize::from(cuts_escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escaped_line_end_ends_nothing() {
        let check = |text: &str, escapes: bool, before: bool, want: Option<usize>, after: bool| {
            let mut escaped = before;
            assert_eq!(end_of_line(text.as_bytes(), escapes, &mut escaped), want, "{text:?}");
            assert_eq!(escaped, after, "{text:?}");
        };
        check("ab\ncd", false, false, Some(2), false);
        check("a\\\ncd\n", true, false, Some(5), false);
        check("\ncd\n", true, true, Some(3), false);
        check("ab\\", true, false, None, true);
        check("ab\\\\", true, false, None, false);
        check("", true, true, None, true);
        assert_eq!(shown_of(b"abc\\\ndef", 3, true), 5);
        assert_eq!(shown_of(b"abc\\\ndef", 3, false), 4);
    }
}
