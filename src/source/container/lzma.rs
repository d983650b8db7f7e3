//! xz streams and their predecessor `.lzma`, decoded with a limit of memory.
//!
//! The dictionary is what such a decoder keeps: 8 MiB for `xz -6`, 64 MiB for `xz -9`, up to 4 GiB in a hostile header.
//! liblzma counts what it takes and stops at the limit; its ready-made reader does not let the limit be lowered, which
//! has to be done when the memory of an ingest is shared out.
//!
//! Source: <https://tukaani.org/xz/xz-file-format.txt>, sections 2.1, 3.1 and 5.3.1.

use std::io::{self, BufRead, Read};

use liblzma::stream::{Action, Error, Status, Stream};

/// What a decoder needs beside the dictionary: well below this.
const BESIDE_BYTES: u64 = 1 << 20;

/// Decodes one stream and stops behind it.
pub(super) struct LzmaDecoder<R> {
    inner: R,
    stream: Stream,
    ended: bool,
    /// Why it failed, if for want of memory.
    lacks_memory: bool,
}

impl<R: BufRead> LzmaDecoder<R> {
    /// `legacy` for `.lzma`. A dictionary may have `window_bytes_max`.
    pub(super) fn new(inner: R, legacy: bool, window_bytes_max: u64) -> io::Result<LzmaDecoder<R>> {
        let memory = window_bytes_max + BESIDE_BYTES;
        let stream = if legacy { Stream::new_lzma_decoder(memory) } else { Stream::new_stream_decoder(memory, 0) };
        Ok(LzmaDecoder { inner, stream: stream?, ended: false, lacks_memory: false })
    }

    /// Lowers the limit for the blocks that follow.
    pub(super) fn set_window_max(&mut self, bytes: u64) {
        // The only reason to refuse is that more is in use already.
        let _ = self.stream.set_memlimit(bytes + BESIDE_BYTES);
    }

    pub(super) fn lacks_memory(&self) -> bool {
        self.lacks_memory
    }

    pub(super) fn get_ref(&self) -> &R {
        &self.inner
    }

    pub(super) fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    pub(super) fn into_inner(self) -> R {
        self.inner
    }
}

impl<R: BufRead> Read for LzmaDecoder<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while !self.ended && !out.is_empty() {
            let input = self.inner.fill_buf()?;
            let at_end = input.is_empty();
            let (taken, given) = (self.stream.total_in(), self.stream.total_out());
            let result = self.stream.process(input, out, if at_end { Action::Finish } else { Action::Run });
            let taken = (self.stream.total_in() - taken) as usize;
            let given = (self.stream.total_out() - given) as usize;
            self.inner.consume(taken);
            self.lacks_memory = result == Err(Error::MemLimit);
            self.ended = result? == Status::StreamEnd;
            if given > 0 {
                return Ok(given);
            }
            if at_end && !self.ended {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(0)
    }
}

/// Whether these are the 13 bytes with which `.lzma` begins: the properties of every known encoder, a dictionary of a
/// round size, and a length that is unknown or below 256 GiB. The format has no magic number; this is the rule of xz.
pub(super) fn is_legacy(header: &[u8]) -> bool {
    let Some(([0x5d, a, b, c, d, length @ ..], _)) = header.split_first_chunk::<13>() else { return false };
    let (dictionary, length) = (u32::from_le_bytes([*a, *b, *c, *d]), u64::from_le_bytes(*length));
    if dictionary < 1 << 12 {
        return false;
    }
    let is_round = dictionary.count_ones() == 1 || dictionary >> dictionary.trailing_zeros() == 3;
    (is_round || dictionary == u32::MAX) && (length == u64::MAX || length < 1 << 38)
}

/// The dictionary that the first block asks for; none if its filters are not the usual one.
pub(super) fn window_bytes(header: &[u8]) -> Option<u64> {
    if is_legacy(header) {
        let size = header.get(1..5)?.try_into().ok()?;
        return Some(u32::from_le_bytes(size).into());
    }
    let (&[_, flags], mut rest) = header.get(12..)?.split_first_chunk::<2>()?;
    // Sizes of the block, each seven bits a byte.
    for present in [flags & 0x40, flags & 0x80] {
        let length = rest.iter().position(|byte| byte & 0x80 == 0)? + 1;
        rest = &rest[if present == 0 { 0 } else { length }..];
    }
    match (flags & 3, rest) {
        (0, [0x21, 1, 40, ..]) => Some(u32::MAX.into()),
        (0, [0x21, 1, bits @ 0..40, ..]) => Some(u64::from(2 | (bits & 1)) << (bits / 2 + 11)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(preset: u32, legacy: bool) -> Vec<u8> {
        let stream = if legacy {
            let options = liblzma::stream::LzmaOptions::new_preset(preset).unwrap();
            Stream::new_lzma_encoder(&options).unwrap()
        } else {
            Stream::new_easy_encoder(preset, liblzma::stream::Check::Crc64).unwrap()
        };
        let mut bytes = Vec::new();
        liblzma::read::XzEncoder::new_stream(&b"a,b\n"[..], stream).read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn dictionaries_are_read_from_the_header() {
        for (preset, log) in [(0, 18), (1, 20), (6, 23), (9, 26)] {
            for legacy in [false, true] {
                let bytes = header(preset, legacy);
                assert_eq!(is_legacy(&bytes), legacy);
                assert_eq!(window_bytes(&bytes), Some(1 << log), "preset {preset}, legacy {legacy}");
            }
        }
        assert_eq!(window_bytes(b""), None);
        assert!(!is_legacy(b"]\0\0\0\0\0\0\0\0\0\0\0\0"), "no dictionary");
        assert_eq!(window_bytes(&header(6, false)[..14]), None);
    }

    #[test]
    fn a_text_is_no_legacy_stream() {
        for text in [&b"]"[..], b"]\0\0", b"]]]]]]]]]]]]]]]]", b"]\0\0\0\x01abcdefghijk"] {
            assert!(!is_legacy(text), "{text:?}");
        }
    }
}
