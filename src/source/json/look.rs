//! Whether a text is JSON, and how its objects stand.

use serde::de::IgnoredAny;
use zeroize::Zeroizing;

use crate::source::objects::{self, Quotes};
use crate::source::relaxed;

/// What JSON there is at the start of a text, for the sniffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source) enum Looks {
    Lines,
    Array,
    Pretty,
    No,
}

/// Looks at the first lines, and whether they are what a shell prints. `text` may end anywhere unless `whole`.
pub(in crate::source) fn look(text: &[u8], whole: bool) -> (Looks, bool) {
    let Some(begin) = begin(text) else { return (Looks::No, false) };
    let start = &text[begin..];
    let looks = match start[0] {
        b'[' => look_at_array(start),
        _ => look_at_objects(start, whole),
    };
    let is_first = text[..begin].trim_ascii().is_empty();
    // In the first column of a table may be objects too.
    if looks == Looks::Pretty && !is_first && !ends_its_line(start) {
        return (Looks::No, false);
    }
    let shell = || memchr::memchr(b'{', start).is_some_and(|brace| is_of_shell(&start[brace..]));
    (looks, looks != Looks::No && shell())
}

/// Where the first bracket is that opens what may be JSON: at the begin of a line, or behind what assigns it or calls with it. What
/// stands before it is the prompt of a shell, a comment, or the name of a variable.
pub(in crate::source) fn begin(text: &[u8]) -> Option<usize> {
    const BANNER_BYTES_MAX: usize = 4096;
    let banner = &text[..text.len().min(BANNER_BYTES_MAX)];
    let opens = |at: &usize| {
        let before = banner[..*at].iter().rposition(|byte| !matches!(byte, b' ' | b'\t'));
        before.is_none_or(|before| matches!(banner[before], b'\n' | b'=' | b'('))
    };
    (0..banner.len()).filter(|at| matches!(banner[*at], b'{' | b'[')).find(opens)
}

/// Whether nothing but punctuation stands behind the object that a text begins with, in its line.
fn ends_its_line(start: &[u8]) -> bool {
    let Some(length) = objects::object_length(start, Quotes::of(is_of_shell(start))) else { return true };
    let rest = start[length..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    rest.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r' | b',' | b';' | b')'))
}

fn look_at_array(start: &[u8]) -> Looks {
    let inner = start[1..].trim_ascii_start();
    match inner.first() {
        Some(b'{') => Looks::Array,
        Some(b'"' | b'[' | b'0'..=b'9') if is_value(start) => Looks::Array,
        _ => Looks::No,
    }
}

fn look_at_objects(start: &[u8], whole: bool) -> Looks {
    let mut lines: Vec<&[u8]> = start.split(|&byte| byte == b'\n').collect();
    // What follows the last line end in a larger text is half a line.
    let last = if whole { None } else { lines.pop() };
    lines.retain(|line| !line.trim_ascii().is_empty());
    lines.truncate(100);
    let objects = lines.iter().filter(|line| line.trim_ascii_start().starts_with(b"{") && is_value(line)).count();
    if objects * 2 >= lines.len() && objects > 0 {
        return Looks::Lines;
    }
    let key_follows = start[1..].trim_ascii_start().starts_with(b"\"");
    match serde_json::Deserializer::from_slice(start).into_iter::<IgnoredAny>().next() {
        Some(Ok(_)) if key_follows => Looks::Pretty,
        // One object longer than the sample.
        Some(Err(error)) if key_follows && error.is_eof() && lines.is_empty() && last.is_some() => Looks::Lines,
        Some(Err(error)) if key_follows && error.is_eof() => Looks::Pretty,
        _ if is_of_shell(start) && spans_lines(start) => Looks::Pretty,
        _ => Looks::No,
    }
}

/// Whether the object that a text of a shell begins with goes over several lines.
fn spans_lines(start: &[u8]) -> bool {
    let length = objects::object_length(start, Quotes::Either).unwrap_or(0);
    memchr::memchr(b'\n', &start[..length]).is_some()
}

/// Whether a text begins with an object that is none of JSON, but one as shells and JavaScript write it.
fn is_of_shell(start: &[u8]) -> bool {
    let mut values = serde_json::Deserializer::from_slice(start).into_iter::<IgnoredAny>();
    values.next().is_some_and(|value| value.is_err_and(|error| error.is_syntax()))
        && objects::object_length(start, Quotes::Either).is_some_and(|length| is_relaxed(&start[..length]))
}

fn is_value(text: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(text).is_ok() || is_relaxed(text)
}

/// Whether a text is an object as shells and JavaScript write it.
fn is_relaxed(text: &[u8]) -> bool {
    let text = text.trim_ascii();
    if !(text.starts_with(b"{") && text.ends_with(b"}") && memchr::memchr(b':', text).is_some()) {
        return false;
    }
    let mut json = Zeroizing::new(Vec::new());
    relaxed::to_json(text, &mut json);
    serde_json::from_slice::<IgnoredAny>(&json).is_ok()
}
