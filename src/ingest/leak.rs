//! Leaks on purpose, in a build made for it: the test that searches for plaintext must catch every one of these.
//!
//! `LEAKDEX_LEAK` names the way. Nothing of this is in a build without the feature `leaky`.

use sha2::{Digest as _, Sha256};
use std::fs;
use std::io::Write;
use std::path::Path;

/// Leaks the bytes of a block in the way that the environment asks for.
pub(super) fn leak(index: &Path, block: &[u8]) {
    let way = std::env::var("LEAKDEX_LEAK").unwrap_or_default();
    let text = String::from_utf8_lossy(block);
    let bytes: Vec<u8> = match way.as_str() {
        "raw" => block.to_vec(),
        "utf16" => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        "hex" => crate::index::hex(block).into_bytes(),
        "lower" => text.to_lowercase().into_bytes(),
        "unkeyed" => cells(&text).flat_map(|cell| Sha256::digest(cell.as_bytes())[..10].to_vec()).collect(),
        "temp" => {
            let _ = fs::write(std::env::temp_dir().join("leak"), block);
            return;
        }
        "stderr" => {
            let _ = std::io::stderr().write_all(block);
            return;
        }
        "stdout" => {
            let _ = std::io::stdout().write_all(block);
            return;
        }
        "name" => {
            for cell in cells(&text).filter(|cell| !cell.contains('/')).take(50) {
                let _ = fs::write(index.join(cell), []);
            }
            return;
        }
        _ => return,
    };
    let _ = fs::write(index.join("leak"), bytes);
}

fn cells(text: &str) -> impl Iterator<Item = &str> {
    text.split(['\n', ',', '\t', ';', '"']).map(str::trim).filter(|cell| !cell.is_empty())
}
