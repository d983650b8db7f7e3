//! How much of a zstd stream its decoder keeps in memory.
//!
//! A frame names its window in its header: a few megabytes for most, 128 MiB for `zstd --ultra --long=27`, more for none that
//! a decoder takes unasked. A file may have many frames. The memory of an ingest is shared out before the first record is
//! read, so the largest window of the frames that the sample shows, or [`WINDOW_BYTES_FREE`] if that is more, is as much as
//! later ones get: a frame that wants more is an error which says so, and not memory that nobody has counted.
//!
//! Source: RFC 8878, sections 3.1.1.1 (frame header) and 3.1.2 (skippable frames).

/// The decoder's own limit.
pub(super) const WINDOW_BYTES_MAX: u64 = 128 << 20;
/// What every zstd source may take: the window of all levels up to 19.
pub(super) const WINDOW_BYTES_FREE: u64 = 8 << 20;
/// Magic number, descriptor, window, dictionary and content size.
pub(super) const HEADER_BYTES: usize = 18;

const FRAME_MAGIC: [u8; 4] = 0xfd2f_b528u32.to_le_bytes();

/// The window that a frame asks for, by its first bytes; none if they are no frame header, or not all of one.
pub(super) fn window_bytes(header: &[u8]) -> Option<u64> {
    let (descriptor, rest) = header.strip_prefix(&FRAME_MAGIC)?.split_first()?;
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
pub(super) mod tests {
    use super::*;
    use std::io::Write;
    use zstd::zstd_safe::CParameter;

    fn check(bytes: &[u8], want: Option<u64>) {
        let header = &bytes[..bytes.len().min(HEADER_BYTES)];
        assert_eq!(window_bytes(header), want, "{header:x?}");
    }

    /// A stream with a window of this size, whose length its header does not say.
    pub fn stream(window_log: u32, text: &[u8]) -> Vec<u8> {
        let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
        encoder.set_parameter(CParameter::WindowLog(window_log)).expect("a legal window");
        encoder.write_all(text).expect("memory takes everything");
        encoder.finish().expect("memory takes everything")
    }

    #[test]
    fn windows_are_read_from_the_header() {
        for log in [10, 17, 21, 23, 27] {
            check(&stream(log, b"email\n"), Some(1 << log));
        }
        check(&[0x28, 0xb5, 0x2f, 0xfd, 0, 0x0d], Some((1 << 11) + 5 * (1 << 8)));
        check(&[0x28, 0xb5, 0x2f, 0xfd, 0, 0xff], Some((1 << 41) + 7 * (1 << 38)));
    }

    #[test]
    fn one_segment_is_its_own_window() {
        for size in [0, 1, 255, 256, 1000, 70_000, 3 << 20] {
            let text = vec![b'a'; size];
            let mut compressor = zstd::bulk::Compressor::new(19).expect("an encoder");
            compressor.include_contentsize(true).expect("an option");
            check(&compressor.compress(&text).expect("memory takes everything"), Some(size as u64));
        }
    }

    #[test]
    fn what_is_no_header_has_no_window() {
        check(b"", None);
        check(&[0x28, 0xb5, 0x2f, 0xfd], None);
        check(&[0x28, 0xb5, 0x2f, 0xfd, 0xe0, 1], None);
        check(&[0x50, 0x2a, 0x4d, 0x18, 0, 0, 0, 0], None);
    }
}
