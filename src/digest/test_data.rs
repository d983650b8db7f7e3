//! What the tests of keys share.

use super::error::Error;
use super::key::Key;
use super::keytext::key_text;

/// A key whose file lies in `testdata`: it protects nothing.
pub(super) const GOLDEN: &str = include_str!("../../testdata/golden.key");
pub(super) const GOLDEN_ID: &str = "03960854fdabac09";

pub(super) fn golden_line() -> &'static str {
    GOLDEN.lines().last().expect("a key line")
}

/// An error that shows nothing of a key text: no eight characters of it behind the prefix.
pub(super) fn refused(result: Result<Key, Error>, text: &str) -> Error {
    let error = result.map(|_| ()).expect_err("refused");
    let shown = format!("{error} {error:?} {:?}", error.hint());
    let key_lines = text.lines().filter(|line| !line.starts_with('#'));
    for line in key_lines.filter_map(|line| line.get("leakdex-key-1".len()..)) {
        let mut windows = line.as_bytes().windows(8);
        assert!(windows.all(|part| !shown.contains(&*String::from_utf8_lossy(part))), "a key is shown");
    }
    error
}

/// A ring of three secrets, and the lines of its file.
pub(super) fn ring() -> (Key, Vec<String>) {
    let secret = |number: usize| std::array::from_fn(|i| (32 * number + i) as u8);
    let key = Key::from_secret(&secret(0)).expect("a key");
    let ring = (1..3).fold(key, |key, number| key.with_secret(&secret(number)).expect("a link"));
    let lines = key_text(&ring).lines().filter(|line| !line.starts_with('#')).map(String::from).collect();
    (ring, lines)
}
