//! The log of rejected records: where each stands, how long it is, why it was rejected and what it looks like, never what it is.
//!
//! One JSON object a line:
//!
//! ```json
//! {"file":"users.csv","offset":18231,"bytes":42,"reason":"syntax","signature":"L5.L3@L7,D2*4D4"}
//! ```
//!
//! The signature has a letter and a count for every run of letters (`L`), digits (`D`), blanks (`B`) and other characters beyond
//! ASCII (`U`); punctuation stands for itself. It is enough to see that a delimiter is missing or a column has moved, and has no
//! more of a value than its lengths. `leakdex inspect --at FILE:OFFSET` shows the place on the operator's own screen, in the file
//! itself.
//!
//! The offset counts bytes of text: of a file that is neither compressed nor in another encoding than UTF-8 they are the bytes of
//! the file. A log has at most [`PER_FILE_MAX`] lines for each file.

use std::collections::HashMap;
use std::fmt;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Lines for one file; whoever needs more has a wrong plan.
const PER_FILE_MAX: u64 = 10_000;
/// Runs of a signature.
const RUNS_MAX: usize = 32;

/// A record that was rejected.
#[derive(Clone, Copy)]
pub(super) struct Rejected<'a> {
    pub file: &'a Path,
    /// Where it begins, in bytes of text.
    pub offset: u64,
    /// Its bytes; only their classes are written.
    pub bytes: &'a [u8],
    pub reason: &'static str,
}

/// Where the log goes. Shared by all workers.
pub struct RejectLog {
    inner: Mutex<Inner>,
}

struct Inner {
    out: Box<dyn Write + Send>,
    lines: HashMap<PathBuf, u64>,
    /// The first failure; the log is only complete without one.
    failed: Option<io::Error>,
}

impl RejectLog {
    /// A log that is written to `out`, which should have a buffer.
    pub fn new(out: Box<dyn Write + Send>) -> RejectLog {
        RejectLog { inner: Mutex::new(Inner { out, lines: HashMap::new(), failed: None }) }
    }

    pub(super) fn add(&self, rejected: Rejected<'_>) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        if inner.failed.is_some() {
            return;
        }
        let lines = inner.lines.entry(rejected.file.to_path_buf()).or_default();
        *lines += 1;
        if *lines > PER_FILE_MAX {
            return;
        }
        let line = serde_json::json!({
            "file": super::shown(rejected.file),
            "offset": rejected.offset,
            "bytes": rejected.bytes.len(),
            "reason": rejected.reason,
            "signature": signature(rejected.bytes),
        });
        let written = writeln!(inner.out, "{line}");
        inner.failed = written.err();
    }

    /// Ends the log.
    ///
    /// # Errors
    /// If a line could not be written.
    pub fn end(&self) -> io::Result<()> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        match inner.failed.take() {
            Some(error) => Err(error),
            None => inner.out.flush(),
        }
    }
}

impl fmt::Debug for RejectLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RejectLog")
    }
}

/// The classes of the characters of a record, run by run.
fn signature(bytes: &[u8]) -> String {
    let class = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' => 'L',
        b'0'..=b'9' => 'D',
        b' ' | b'\t' | b'\r' | b'\n' => 'B',
        0x80.. => 'U',
        0..=0x1f | 0x7f => 'C',
        other => char::from(other),
    };
    let mut text = String::new();
    let mut runs = bytes.chunk_by(|a, b| class(*a) == class(*b));
    for run in runs.by_ref().take(RUNS_MAX) {
        text.push(class(run[0]));
        let counted = run[0].is_ascii_alphanumeric() || run.len() > 1 || run[0] >= 0x80;
        if counted {
            text.push_str(&run.len().to_string());
        }
    }
    if runs.next().is_some() {
        text.push('~');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn signatures_show_classes_and_lengths() {
        let check = |text: &str, want: &str| assert_eq!(signature(text.as_bytes()), want, "{text}");
        check("anna.li@example,13****78\n", "L4.L2@L7,D2*4D2B");
        check("\u{738b}\u{4f1f};x", "U6;L1");
        check("", "");
        check(&"a1".repeat(40), &format!("{}~", "L1D1".repeat(16)));
    }

    /// A buffer that a test can look at.
    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("no panic").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_log_has_so_many_lines_for_each_file_and_no_value() {
        let out = Shared::default();
        let log = RejectLog::new(Box::new(out.clone()));
        let rejected = Rejected { file: Path::new("a.csv"), offset: 7, bytes: b"secret,1", reason: "syntax" };
        (0..PER_FILE_MAX + 5).for_each(|_| log.add(rejected));
        log.add(Rejected { file: Path::new("b.csv"), ..rejected });
        log.end().expect("memory takes everything");
        let text = String::from_utf8(out.0.lock().expect("no panic").clone()).expect("JSON");
        assert_eq!(text.lines().count() as u64, PER_FILE_MAX + 1);
        let line = "{\"file\":\"a.csv\",\"offset\":7,\"bytes\":8,\"reason\":\"syntax\",\"signature\":\"L6,D1\"}";
        assert_eq!(text.lines().next(), Some(line));
        assert!(!text.contains("secret"));
    }
}
