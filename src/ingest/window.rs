//! How much of a zstd stream its decoder keeps in memory.
//!
//! Source: RFC 8878, sections 3.1.1.1 (frame header) and 3.1.2 (skippable frames).

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The decoder's own limit.
const WINDOW_BYTES_MAX: u64 = 128 << 20;
const FRAME_MAGIC: u32 = 0xfd2f_b528;
const SKIPPABLE_MAGIC: u32 = 0x184d_2a50;
/// Skippable frames before the first one that is none.
const SKIPPABLE_FRAMES_MAX: usize = 16;

/// The window of the first frame of a file; that of later ones is taken to be the same. The decoder's limit if it cannot
/// be told.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn window_bytes(path: &Path) -> io::Result<u64> {
    let file = File::open(path)?;
    let mut offset = 0;
    for _ in 0..=SKIPPABLE_FRAMES_MAX {
        // Magic number, descriptor, window, dictionary and content size.
        let mut header = [0; 18];
        let length = read_some(&file, &mut header, offset)?;
        let magic = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
        if magic == FRAME_MAGIC {
            return Ok(
                window_of(&header[4..length.max(4)]).map_or(WINDOW_BYTES_MAX, |bytes| bytes.min(WINDOW_BYTES_MAX))
            );
        }
        if magic & !0xf != SKIPPABLE_MAGIC {
            break;
        }
        offset += 8 + u64::from(u32::from_le_bytes([header[4], header[5], header[6], header[7]]));
    }
    Ok(WINDOW_BYTES_MAX)
}

fn read_some(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut length = 0;
    while length < bytes.len() {
        match file.read_at(&mut bytes[length..], offset + length as u64)? {
            0 => break,
            count => length += count,
        }
    }
    Ok(length)
}

/// The window that a frame header without its magic number asks for.
fn window_of(header: &[u8]) -> Option<u64> {
    let (descriptor, rest) = header.split_first()?;
    if descriptor & 0x20 == 0 {
        let window = rest.first()?;
        let base = 1u64 << (10 + (window >> 3));
        return Some(base + base / 8 * u64::from(window & 7));
    }
    // One segment: the content is the window.
    let dictionary_bytes = [0, 1, 2, 4][usize::from(descriptor & 3)];
    let size_bytes = [1, 2, 4, 8][usize::from(descriptor >> 6)];
    let field = rest.get(dictionary_bytes..dictionary_bytes + size_bytes)?;
    let mut size = [0; 8];
    size[..size_bytes].copy_from_slice(field);
    let size = u64::from_le_bytes(size);
    Some(if size_bytes == 2 { size + 256 } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zstd::zstd_safe::CParameter;

    fn check(bytes: &[u8], want: u64) {
        let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
        file.write_all(bytes).expect("a writable file");
        let got = window_bytes(file.path()).expect("a readable file");
        assert_eq!(got, want, "{:x?}", &bytes[..bytes.len().min(18)]);
    }

    /// A stream whose length its header does not say.
    fn stream(window_log: u32) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
        encoder.set_parameter(CParameter::WindowLog(window_log)).expect("a legal window");
        encoder.write_all(b"email\n").expect("memory takes everything");
        encoder.finish().expect("memory takes everything")
    }

    #[test]
    fn windows_are_read_from_the_first_frame() {
        for log in [10, 17, 21, 23, 27] {
            check(&stream(log), 1 << log);
        }
        let skippable = [&[0x5a, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &stream(20)].concat();
        check(&skippable, 1 << 20);
        check(&[0x28, 0xb5, 0x2f, 0xfd, 0, 0x0d], (1 << 11) + 5 * (1 << 8));
        check(&[0x28, 0xb5, 0x2f, 0xfd, 0, 0xff], WINDOW_BYTES_MAX);
    }

    #[test]
    fn one_segment_is_its_own_window() {
        for size in [0, 1, 255, 256, 1000, 70_000, 3 << 20] {
            let text = vec![b'a'; size];
            let mut compressor = zstd::bulk::Compressor::new(19).expect("an encoder");
            compressor.include_contentsize(true).expect("an option");
            check(&compressor.compress(&text).expect("memory takes everything"), size as u64);
        }
    }

    #[test]
    fn what_cannot_be_told_may_be_everything() {
        check(b"", WINDOW_BYTES_MAX);
        check(&[0x28, 0xb5, 0x2f, 0xfd], WINDOW_BYTES_MAX);
        check(&[0x28, 0xb5, 0x2f, 0xfd, 0xe0, 1], WINDOW_BYTES_MAX);
        check(&[0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0].repeat(40), WINDOW_BYTES_MAX);
    }
}
