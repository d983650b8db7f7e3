//! The text of a key file.
//!
//! ```text
//! # leakdex key: whoever holds this file and the index can recover identifiers; keep them apart, and keep a copy.
//! # key id: 0123456789abcdef
//! leakdex-key-1....
//! ```
//!
//! The key line is Bech32m (BIP-350) of the 32 secret bytes with the prefix `leakdex-key-`, in lower case: any four
//! mistyped characters are found. Comments and empty lines are free; the key id in the comment is for people and is not
//! read.
//!
//! The text of a key that was rotated, a ring, has a line more for each rotation, in their order: `leakdex-link-1...`, Bech32m of
//! the 32 bytes of the next secret and the first 4 bytes of the id that the key has since then. So a ring with a line that is
//! missing in the middle, or stands in another place, is no ring. One without its last line is the key as it was before.
//!
//! Texts that hold a key lie in buffers that never grow, so that no copy stays behind, and are wiped.

use super::error::Error;
use super::key::{Key, SECRET_BYTES, SecretError};
use bech32::primitives::decode::CheckedHrpstring;
use bech32::primitives::iter::{ByteIterExt, Fe32IterExt};
use bech32::{Bech32m, Hrp};
use std::fmt::Write as _;
use std::io::{self, Read};
use std::path::PathBuf;
use zeroize::Zeroizing;

/// The human-readable part of a key line.
const PREFIX: Hrp = Hrp::parse_unchecked("leakdex-key-");
/// That of the lines behind it.
const LINK_PREFIX: Hrp = Hrp::parse_unchecked("leakdex-link-");
/// Bytes of a key id that stand behind the secret of a link.
const LINK_ID_BYTES: usize = 4;

/// A key file has three lines and 210 bytes, a full ring 2,700 bytes, and people may add comments; whatever is longer than
/// this is none.
const KEY_TEXT_BYTES_MAX: usize = 4096;

/// What a key file holds.
pub(super) fn key_text(key: &Key) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(KEY_TEXT_BYTES_MAX));
    let what = if key.links() == 0 { "key" } else { "key ring" };
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "# leakdex {what}: whoever holds this file and the index can recover identifiers; keep them apart, and keep a copy."
    );
    let _ = writeln!(text, "# key id: {}", key.id());
    for (secret, count) in key.secrets().chunks(SECRET_BYTES).zip(1..) {
        let bytes = secret.iter().copied();
        match count {
            1 => text.extend(bytes.bytes_to_fes().with_checksum::<Bech32m>(&PREFIX).chars()),
            _ => {
                let bytes = bytes.chain(key.id_of(count).0.into_iter().take(LINK_ID_BYTES));
                text.extend(bytes.bytes_to_fes().with_checksum::<Bech32m>(&LINK_PREFIX).chars());
            }
        }
        text.push('\n');
    }
    text
}

/// Reads a key text; of one that is too long, one byte more than is allowed.
pub(super) fn read_text(mut from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    let mut text = Zeroizing::new(vec![0; KEY_TEXT_BYTES_MAX + 1]);
    let mut length = 0;
    while length < text.len() {
        match from.read(&mut text[length..]) {
            Ok(0) => break,
            Ok(count) => length += count,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    text.truncate(length);
    Ok(text)
}

/// Whether a text is longer than [`read_text`] takes.
pub(super) fn is_too_long(text: &[u8]) -> bool {
    text.len() > KEY_TEXT_BYTES_MAX
}

/// The key of a text, or what is wrong with it, without a byte of it.
///
/// Input: the text; where it came from, for people.
///
/// # Errors
/// [`Error::Damaged`]; [`Error::Io`] if the memory of the key cannot be kept from the disk.
pub(super) fn parse(text: &[u8], place: &str) -> Result<Key, Error> {
    let damaged = |why| Error::Damaged { place: place.into(), why };
    if is_too_long(text) {
        return Err(damaged("it is too long to be a key file"));
    }
    let text = std::str::from_utf8(text).map_err(|_| damaged("it is not text"))?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let line = lines.next().ok_or_else(|| damaged("it holds no key line"))?;
    let weak = |error| match error {
        SecretError::NotRandom => damaged("the key is not random (all zero, or a repeated pattern)"),
        SecretError::TooMany => damaged("it has more links than a ring can have"),
        SecretError::Memory(cause) => {
            Error::Io { action: "reading", path: PathBuf::from(place.trim_matches('`')), cause }
        }
    };
    let secret: Zeroizing<[u8; SECRET_BYTES]> = decode_line(line, &PREFIX).map_err(damaged)?;
    let mut key = Key::from_secret(&secret).map_err(weak)?;
    for line in lines {
        if line.starts_with(PREFIX.as_str()) {
            return Err(damaged("it holds more than one key line"));
        }
        let link: Zeroizing<[u8; SECRET_BYTES + LINK_ID_BYTES]> = decode_line(line, &LINK_PREFIX).map_err(damaged)?;
        let Some((secret, id)) = link.split_first_chunk::<SECRET_BYTES>() else { break };
        key = key.with_secret(secret).map_err(weak)?;
        if key.id().0[..LINK_ID_BYTES] != *id {
            return Err(damaged("a link of the ring is missing, or stands in another place"));
        }
    }
    Ok(key)
}

/// The bytes of a key line, or what is wrong with it.
fn decode_line<const N: usize>(line: &str, prefix: &Hrp) -> Result<Zeroizing<[u8; N]>, &'static str> {
    const OTHER_PREFIX: &str = "a key line does not begin with `leakdex-key-1`, or one behind it with `leakdex-link-1`";
    if !line.starts_with(prefix.as_str()) {
        return Err(OTHER_PREFIX);
    }
    let decoded =
        CheckedHrpstring::new::<Bech32m>(line).map_err(|_| "the checksum fails: a character is wrong or missing")?;
    // Exactly: the comparison of the library takes capitals for equal, and the prefix ends at the last `1`.
    if decoded.hrp().as_bytes() != prefix.as_bytes() {
        return Err(OTHER_PREFIX);
    }
    let mut secret = Zeroizing::new([0; N]);
    let mut bytes = decoded.byte_iter();
    let copied = secret.iter_mut().zip(&mut bytes).map(|(place, byte)| *place = byte).count();
    if copied < N || bytes.next().is_some() || decoded.validate_segwit_padding().is_err() {
        return Err(if N == SECRET_BYTES { "it has not 32 bytes" } else { "a link has not 36 bytes" });
    }
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::super::test_data::{GOLDEN, golden_line, refused, ring};
    use super::*;

    /// A key line of any bytes.
    fn line_of(bytes: &[u8]) -> String {
        bech32::encode::<Bech32m>(PREFIX, bytes).expect("short")
    }

    fn check_damaged(text: &str, want: &str) {
        let error = refused(parse(text.as_bytes(), "a test"), text);
        assert!(matches!(error, Error::Damaged { why, .. } if why.contains(want)), "{error:?}");
    }

    #[test]
    fn every_changed_character_is_found() {
        let line = golden_line();
        let others = (0..=127u8).map(char::from).chain(['é', 'е', '\u{2028}']);
        for (other, at) in others.flat_map(|other| (0..line.len()).map(move |at| (other, at))) {
            if line[at..].starts_with(other) {
                continue;
            }
            let changed = format!("{}{other}{}", &line[..at], &line[at + 1..]);
            let result = parse(changed.as_bytes(), "a test");
            let error = refused(result, &changed);
            assert!(matches!(error, Error::Damaged { .. }), "{other:?} at {at}: {error:?}");
        }
        check_damaged(&line.to_uppercase(), "does not begin");
        check_damaged(&format!("Leakdex{}", &line[7..]), "does not begin");
    }

    #[test]
    fn every_truncation_is_found() {
        for length in 0..GOLDEN.len() - 1 {
            let error = refused(parse(&GOLDEN.as_bytes()[..length], "a test"), GOLDEN);
            assert!(matches!(error, Error::Damaged { .. }), "{length} bytes: {error:?}");
        }
        parse(GOLDEN.trim_end().as_bytes(), "a test").expect("the last line feed is not needed");
        parse(GOLDEN.replace('\n', "\r\n \n").as_bytes(), "a test").expect("blanks and empty lines are free");
    }

    #[test]
    fn other_texts_are_no_key() {
        let secret: [u8; 32] = std::array::from_fn(|i| i as u8);
        check_damaged("", "no key line");
        check_damaged("# only a comment\n", "no key line");
        check_damaged(&format!("{GOLDEN}{}\n", golden_line()), "more than one");
        check_damaged(&format!("{GOLDEN}{}\n", line_of(&secret)), "more than one");
        check_damaged(&line_of(&[0; 32]), "not random");
        check_damaged(&line_of(&[0x5a; 32]), "not random");
        check_damaged(&line_of(&secret[..31]), "not 32 bytes");
        check_damaged(&line_of(&[secret, secret].concat()[..33]), "not 32 bytes");
        check_damaged(&line_of(&[]), "not 32 bytes");
        check_damaged(&bech32::encode::<bech32::Bech32>(PREFIX, &secret).expect("short"), "checksum");
        for other in ["leakdex-key-1x", "leakdex-key-1", "leakdex-key-2", "leakdex-ring-", "age-secret-key-"] {
            let line = bech32::encode::<Bech32m>(Hrp::parse(other).expect("a prefix"), &secret).expect("short");
            check_damaged(&line, "does not begin");
        }
        // 32 bytes end in the middle of the last letter; its other bits have one form only.
        let mut letters: Vec<_> = secret.into_iter().bytes_to_fes().collect();
        let last = letters.pop().map_or(0, bech32::Fe32::to_u8);
        letters.push(bech32::Fe32::try_from(last | 1).expect("five bits"));
        let padded: String = letters.into_iter().with_checksum::<Bech32m>(&PREFIX).chars().collect();
        check_damaged(&padded, "not 32 bytes");
        let error = refused(parse(b"\xff\xfe", "a test"), "");
        assert!(matches!(error, Error::Damaged { why: "it is not text", .. }), "{error:?}");
    }

    #[test]
    fn a_text_is_read_as_it_was_written() {
        let (ring, lines) = ring();
        for count in 1..=3 {
            let text = lines[..count].join("\n");
            let read = parse(text.as_bytes(), "a test").expect("the ring as it was");
            assert_eq!((read.links(), read.id()), (count - 1, ring.id_of(count)));
        }
        let full = (3..32).fold(ring, |key, _| key.rotated().expect("random bytes"));
        let text = key_text(&full);
        assert_eq!(parse(text.as_bytes(), "a test").expect("a full ring").id(), full.id());
        assert!(text.len() < KEY_TEXT_BYTES_MAX * 3 / 4, "comments have room too: {}", text.len());
    }

    #[test]
    fn a_ring_that_is_not_whole_or_not_in_order_is_none() {
        let (_, lines) = ring();
        let of = |places: &[usize]| places.iter().map(|place| format!("{}\n", lines[*place])).collect::<String>();
        check_damaged(&of(&[0, 2]), "missing");
        check_damaged(&of(&[0, 2, 1]), "missing");
        check_damaged(&of(&[0, 1, 1]), "missing");
        check_damaged(&of(&[1, 2]), "does not begin");
        check_damaged(&of(&[0, 1, 0]), "more than one");
        check_damaged(&format!("{}{}", of(&[0]), lines[1].replace("link", "lnk")), "does not begin");
        // The link of one ring behind the key of another.
        check_damaged(&format!("{GOLDEN}{}", lines[1]), "missing");
        for (at, byte) in lines[1].bytes().enumerate() {
            let other = if byte == b'q' { 'p' } else { 'q' };
            let changed = format!("{}{}{other}{}", of(&[0]), &lines[1][..at], &lines[1][at + 1..]);
            let error = refused(parse(changed.as_bytes(), "a test"), &changed);
            assert!(matches!(error, Error::Damaged { .. }), "at {at}: {error:?}");
        }
    }
}
