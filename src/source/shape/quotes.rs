//! Whether quotes mean something in a text.

use memchr::memchr;

use super::RECORDS_MAX;
use crate::source::buffer::Wiped;
use crate::source::frame::FIELD_BYTES_MAX;

/// Whether fields that begin with a quote end with one. Quotes inside a field are literal and say nothing.
pub(super) fn quotes_are_syntax(text: &[u8], windows: &[Wiped], delimiter: u8) -> bool {
    let (mut closed, mut open) = opening_quotes(text, delimiter);
    for window in windows {
        let counts = opening_quotes(window, delimiter);
        closed += counts.0;
        open += counts.1;
    }
    closed >= open
}

/// Quotes that begin a field: those whose field ends with a quote before a delimiter or line end, and the others.
fn opening_quotes(text: &[u8], delimiter: u8) -> (usize, usize) {
    let ends_field = |at: usize| text.get(at).is_none_or(|&byte| byte == delimiter || matches!(byte, b'\n' | b'\r'));
    let (mut closed, mut open, mut at) = (0, 0, 0);
    while let Some(found) = memchr(b'"', &text[at..]) {
        let quote = at + found;
        at = quote + 1;
        if quote > 0 && !ends_field(quote - 1) {
            continue;
        }
        match closing_quote(text, at) {
            Some(close) => {
                at = close + 1;
                if ends_field(at) { closed += 1 } else { open += 1 }
            }
            // The sample may end inside the last field.
            None if text.len() - quote < FIELD_BYTES_MAX => break,
            None => open += 1,
        }
    }
    (closed, open)
}

/// The next quote that is not doubled, within the length that a quoted field may have.
fn closing_quote(text: &[u8], mut at: usize) -> Option<usize> {
    let limit = text.len().min(at + FIELD_BYTES_MAX);
    while at < limit {
        let quote = at + memchr(b'"', &text[at..limit])?;
        if text.get(quote + 1) != Some(&b'"') {
            return Some(quote);
        }
        at = quote + 2;
    }
    None
}

/// One column, every value in quotes.
pub(super) fn is_quoted_column(text: &[u8]) -> bool {
    let lines = || text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end).filter(|line| !line.is_empty());
    let quoted = |line: &&[u8]| line.len() > 1 && line.starts_with(b"\"") && line.ends_with(b"\"");
    let (all, with_quotes) = (lines().take(RECORDS_MAX).count(), lines().take(RECORDS_MAX).filter(quoted).count());
    with_quotes > 0 && with_quotes * 2 >= all
}
