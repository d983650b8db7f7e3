//! Identifiers that people type or pipe in.

use super::failure::Failure;
use std::io::{BufRead, Read};
use zeroize::Zeroizing;

/// An identifier longer than this is none.
const VALUE_BYTES_MAX: u64 = 1 << 16;

/// Hands on the lines of an input with their numbers, from 1.
///
/// # Errors
/// If the input cannot be read, a line is no UTF-8, or `take` fails.
pub fn each_line(
    mut input: impl BufRead,
    take: &mut dyn FnMut(usize, &str) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let mut line = Zeroizing::new(Vec::new());
    for number in 1.. {
        line.clear();
        let read = input.by_ref().take(VALUE_BYTES_MAX).read_until(b'\n', &mut line);
        let read = read.map_err(|cause| Failure::new(format!("reading standard input: {cause}"), "try again"))?;
        if read == 0 {
            break;
        }
        // Other letters in their place would be somebody else, or nobody.
        let text = std::str::from_utf8(&line).map_err(|_| {
            Failure::new(
                format!("reading standard input: line {number} is no UTF-8"),
                "give the lines in UTF-8, for example through `iconv -f windows-1252 -t utf-8`",
            )
        })?;
        take(number, text.trim_end_matches(['\r', '\n']))?;
    }
    Ok(())
}
