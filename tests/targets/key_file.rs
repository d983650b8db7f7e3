//! Key files.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

use bech32::primitives::iter::{ByteIterExt, Fe32IterExt};
use bech32::{Bech32m, Hrp};
use leakdex::digest::Key;

/// The prefix of a key line, without the `1` behind it.
const PREFIX: &str = "leakdex-key-";

/// Any text; or, if the first byte is odd, a key line of these bytes whose checksum is right, with a text around.
pub fn run(data: &[u8]) {
    let Some((first, text)) = data.split_first() else { return };
    if first % 2 == 0 {
        check(text, None);
        return;
    }
    let (secret, rest) = text.split_at(text.len().min(33));
    let line: String = secret
        .iter()
        .copied()
        .bytes_to_fes()
        .with_checksum::<Bech32m>(&Hrp::parse(PREFIX).expect("a prefix"))
        .chars()
        .collect();
    let around: String = String::from_utf8_lossy(rest).lines().map(|line| format!("# {line}\n")).collect();
    let want = <&[u8; 32]>::try_from(secret).ok();
    check(format!("{around}{line}\n").as_bytes(), Some(want));
}

/// Opens a file with this text. `secret`: what it holds, if that is known.
fn check(text: &[u8], secret: Option<Option<&[u8; 32]>>) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("key");
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path).expect("a file");
    file.write_all(text).expect("a file takes bytes");
    let opened = Key::open(&path);
    assert_eq!(fs::read(&path).expect("a file"), text, "reading changes nothing");
    match (&opened, secret) {
        (Ok(key), Some(Some(secret))) => assert_eq!(key.id(), Key::from_secret(secret).expect("opened").id()),
        (Ok(_), Some(None)) => panic!("a key of another length is taken"),
        // A text that is too long is refused; so is a secret that is not random.
        (Err(_), Some(Some(secret))) => {
            assert!(text.len() > 4096 || Key::from_secret(secret).is_err(), "a sound key is refused")
        }
        _ => (),
    }
    if let Ok(key) = &opened {
        assert!(memchr::memmem::find(text, PREFIX.as_bytes()).is_some(), "a key line begins with its prefix");
        assert_eq!(Key::open(&path).expect("opened before").check(), key.check());
    }
    if let Err(error) = opened {
        // The text is at most a few bytes of the alphabet of Bech32m: nothing of it is shown that a message has not anyway.
        let shown = format!("{error} {error:?} {:?}", error.hint());
        let line = String::from_utf8_lossy(text);
        let leaks = line.lines().filter(|line| line.len() >= 24).any(|line| shown.contains(line));
        assert!(!leaks, "an error shows a line of the key file");
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let golden = include_bytes!("../../testdata/golden.key");
    let line = golden.split(|byte| *byte == b'\n').find(|line| line.starts_with(b"leakdex")).unwrap_or_default();
    let secret: Vec<u8> = (0..32).map(|number| number * 7 + 3).collect();
    vec![
        [&[0], &golden[..]].concat(),
        [&[0], line, b"\n", line].concat(),
        [&[0], line, b"q\r\n#\n"].concat(),
        [&[0], &line.to_ascii_uppercase()[..]].concat(),
        [&[1], &secret[..]].concat(),
        [&[1], &secret[..], b"x\ncomment\n"].concat(),
        [&[1], &[0; 32][..]].concat(),
        [&[1], &secret[..31]].concat(),
    ]
}
