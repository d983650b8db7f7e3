//! Whether quotes mean something in a text, and backslashes before them.

use memchr::{memchr, memchr2};

use super::RECORDS_MAX;
use crate::source::Quoting;
use crate::source::apostrophes;
use crate::source::buffer::Wiped;
use crate::source::frame::FIELD_BYTES_MAX;

/// Quotes that begin a field.
#[derive(Clone, Copy, Default)]
struct Opening {
    /// Those whose field ends with a quote before a delimiter or line end.
    closed: usize,
    open: usize,
    /// Those whose field has a quote behind a backslash.
    escaped: usize,
}

/// What quotes mean: whether fields that begin with one end with one, and whether more of them do if a backslash escapes. Quotes
/// inside a field without are literal and say nothing.
pub(super) fn quoting(text: &[u8], windows: &[Wiped], delimiter: u8) -> Quoting {
    if apostrophes::look(text, delimiter) {
        return Quoting::Apostrophes;
    }
    let doubled = Opening::of_all(text, windows, delimiter, false);
    if doubled.escaped > 0 {
        let escaped = Opening::of_all(text, windows, delimiter, true);
        if escaped.open < doubled.open && escaped.closed >= escaped.open {
            return Quoting::Escaped;
        }
    }
    if doubled.closed >= doubled.open { Quoting::Doubled } else { Quoting::None }
}

/// ... in a text whose fields say `\N` for no value, if any of the others stand in quotes: who writes that escapes with
/// backslashes, unless fewer fields end so.
pub(super) fn quoting_with_nulls(text: &[u8], windows: &[Wiped], delimiter: u8) -> Option<Quoting> {
    let doubled = Opening::of_all(text, windows, delimiter, false);
    let escaped = Opening::of_all(text, windows, delimiter, true);
    if escaped.closed > escaped.open && escaped.open <= doubled.open {
        return Some(Quoting::Escaped);
    }
    (doubled.closed > doubled.open).then_some(Quoting::Doubled)
}

impl Opening {
    fn of_all(text: &[u8], windows: &[Wiped], delimiter: u8, escapes: bool) -> Opening {
        let mut all = Opening::of(text, delimiter, escapes);
        for window in windows {
            let counts = Opening::of(window, delimiter, escapes);
            all.closed += counts.closed;
            all.open += counts.open;
            all.escaped += counts.escaped;
        }
        all
    }

    fn of(text: &[u8], delimiter: u8, escapes: bool) -> Opening {
        let ends = |at: usize| text.get(at).is_none_or(|&byte| byte == delimiter || matches!(byte, b'\n' | b'\r'));
        let (mut counts, mut at) = (Opening::default(), 0);
        while let Some(found) = memchr(b'"', &text[at..]) {
            let quote = at + found;
            at = quote + 1;
            if quote > 0 && !ends(quote - 1) {
                continue;
            }
            match closing_quote(text, at, escapes) {
                Some((close, escaped)) => {
                    at = close + 1;
                    counts.escaped += usize::from(escaped);
                    if ends(at) { counts.closed += 1 } else { counts.open += 1 }
                }
                // The sample may end inside the last field.
                None if text.len() - quote < FIELD_BYTES_MAX => break,
                None => counts.open += 1,
            }
        }
        counts
    }
}

/// The next quote that is not doubled, and behind no backslash if those escape, within the length that a quoted field may have;
/// whether a backslash stands before a quote.
fn closing_quote(text: &[u8], mut at: usize, escapes: bool) -> Option<(usize, bool)> {
    let limit = text.len().min(at + FIELD_BYTES_MAX);
    let mut escaped = false;
    while at < limit {
        let mark = at + memchr2(b'"', b'\\', &text[at..limit])?;
        let behind = text.get(mark + 1);
        if text[mark] == b'\\' {
            escaped |= behind == Some(&b'"');
            at = mark + if escapes { 2 } else { 1 };
            continue;
        }
        if behind != Some(&b'"') {
            return Some((mark, escaped));
        }
        at = mark + 2;
    }
    None
}

/// One column, every value in quotes of this kind.
pub(super) fn is_quoted_column(text: &[u8], quote: u8) -> bool {
    let lines = || text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty());
    let quoted = |line: &&[u8]| line.len() > 1 && line[0] == quote && line.ends_with(&[quote]);
    let (all, with_quotes) = (lines().take(RECORDS_MAX).count(), lines().take(RECORDS_MAX).filter(quoted).count());
    with_quotes > 0 && with_quotes * 2 >= all
}
