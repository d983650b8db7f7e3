//! What people see: errors and notes on standard error, results on standard output.
//!
//! Print macros panic when their stream is closed or full; everything here goes through `write!` and decides what a
//! failure means: on standard error it is ignored, on standard output it ends the command.

use crate::report::escaped;
use std::io::{self, Write};

/// Writes an error and what to do about it.
pub fn error_line(message: &str, hint: Option<&str>) {
    let mut stderr = io::stderr().lock();
    // Nobody can be told that standard error fails.
    let _ = writeln!(stderr, "leakdex: error: {}", steerless(message));
    if let Some(hint) = hint {
        let _ = writeln!(stderr, "\nleakdex: hint: {}", steerless(hint));
    }
}

/// The lines of a message, whatever the paths in it are called.
fn steerless(message: &str) -> String {
    message.split('\n').map(escaped).collect::<Vec<_>>().join("\n")
}

/// Writes a note, unless notes are off.
pub fn note(quiet: bool, text: &str) {
    if !quiet {
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// Writes to standard error what a closure composes, unless notes are off.
pub fn notes(quiet: bool, compose: impl FnOnce(&mut dyn Write) -> io::Result<()>) {
    if !quiet {
        let mut text = Vec::new();
        let _ = compose(&mut text);
        let _ = io::stderr().lock().write_all(&text);
    }
}

/// Writes to standard output what a closure composes.
///
/// # Errors
/// If standard output fails; a closed pipe is an error of the kind [`io::ErrorKind::BrokenPipe`].
pub fn output(compose: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<()> {
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    compose(&mut stdout)?;
    stdout.flush()
}
