//! Decompressed bytes as text: decoded to UTF-8 as a stream, with `\n` at every line end.

use std::sync::Arc;

use encoding_rs::{Decoder, DecoderResult, UTF_8};
use zeroize::Zeroizing;

use super::Progress;
use super::buffer::{self, Wiped};
use super::container::Unpacked;
use super::encoding::Decision;
use super::error::Error;

/// Bytes taken from the decompressor at once.
const CHUNK_BYTES: usize = 256 << 10;
const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// The text of a source, from its first character to its last.
pub(super) struct Text {
    unpacked: Unpacked,
    /// None: the bytes pass as they are.
    decoder: Option<Decoder>,
    /// Decompressed and not yet decoded.
    raw: Wiped,
    raw_at: usize,
    /// Decoded for the sample and not yet handed out.
    head: Wiped,
    head_at: usize,
    lone_cr: bool,
    ended: bool,
    undecodable: u64,
    text_bytes: u64,
    skipped_bytes: u64,
}

impl Text {
    /// `raw` holds the bytes that were read to decide upon the encoding.
    pub(super) fn new(unpacked: Unpacked, raw: Wiped, decision: Decision) -> Text {
        let decoder = (decision.encoding != UTF_8).then(|| decision.encoding.new_decoder_without_bom_handling());
        Text {
            unpacked,
            decoder,
            raw,
            raw_at: decision.bom_bytes,
            head: Zeroizing::new(Vec::new()),
            head_at: 0,
            lone_cr: false,
            ended: false,
            undecodable: 0,
            text_bytes: 0,
            skipped_bytes: 0,
        }
    }

    /// Decodes the head and keeps it; whether it is the whole text. Comes before any `fill`.
    pub(super) fn decode_head(&mut self, bytes: usize) -> Result<bool, Error> {
        let mut head = std::mem::take(&mut self.head);
        let mut more = true;
        while more && head.len() < bytes {
            let wanted = bytes - head.len();
            more = self.fill_uncounted(&mut head, wanted)?;
        }
        // The end is known for sure only when a read says so.
        if more && head.len() <= bytes {
            more = self.fill_uncounted(&mut head, 1)?;
        }
        self.lone_cr = has_lone_cr(&head, more);
        if self.lone_cr {
            cr_to_lf(&mut head);
        }
        self.head = head;
        Ok(!more)
    }

    /// The decoded head.
    pub(super) fn head(&self) -> &[u8] {
        &self.head[self.head_at..]
    }

    /// Drops the first bytes of the head.
    pub(super) fn skip(&mut self, bytes: usize) {
        let skipped = bytes.min(self.head.len() - self.head_at);
        self.head_at += skipped;
        self.skipped_bytes += skipped as u64;
        self.text_bytes += skipped as u64;
    }

    /// Whether lines end with a lone carriage return on disk.
    pub(super) fn lone_cr(&self) -> bool {
        self.lone_cr
    }

    /// Bytes of text handed out so far, with those that were skipped.
    pub(super) fn text_bytes(&self) -> u64 {
        self.text_bytes
    }

    /// Bytes of the head that were skipped.
    pub(super) fn skipped_bytes(&self) -> u64 {
        self.skipped_bytes
    }

    /// Malformed sequences replaced so far.
    pub(super) fn undecodable(&self) -> u64 {
        self.undecodable
    }

    /// As [`Unpacked::settle_window`].
    pub(super) fn settle_window(&mut self) -> u64 {
        self.unpacked.settle_window()
    }

    /// The bytes below, for their counts.
    pub(super) fn unpacked(&self) -> &Unpacked {
        &self.unpacked
    }

    /// Passes `progress` down to where bytes are read.
    pub(super) fn set_progress(&mut self, progress: Arc<Progress>) {
        self.unpacked.set_progress(progress);
    }

    /// Appends about `wanted` bytes of text to `out`; false if none will follow.
    pub(super) fn fill(&mut self, out: &mut Vec<u8>, wanted: usize) -> Result<bool, Error> {
        let before = out.len();
        let more = self.fill_uncounted(out, wanted)?;
        self.text_bytes += (out.len() - before) as u64;
        Ok(more)
    }

    fn fill_uncounted(&mut self, out: &mut Vec<u8>, wanted: usize) -> Result<bool, Error> {
        if self.head_at < self.head.len() {
            let end = self.head.len().min(self.head_at + wanted);
            buffer::append(out, &self.head[self.head_at..end]);
            self.head_at = end;
            return Ok(!self.ended || end < self.head.len());
        }
        if self.ended {
            return Ok(false);
        }
        let start = out.len();
        let wanted = wanted.clamp(1, CHUNK_BYTES);
        if self.decoder.is_some() {
            self.decode(out, wanted)?
        } else {
            self.pass(out, wanted)?
        }
        if self.lone_cr {
            cr_to_lf(&mut out[start..]);
        }
        Ok(!self.ended)
    }

    fn pass(&mut self, out: &mut Vec<u8>, wanted: usize) -> Result<(), Error> {
        if self.raw_at < self.raw.len() {
            let end = self.raw.len().min(self.raw_at + wanted);
            buffer::append(out, &self.raw[self.raw_at..end]);
            self.raw_at = end;
            return Ok(());
        }
        let start = out.len();
        buffer::reserve(out, wanted);
        out.resize(start + wanted, 0);
        let count = self.unpacked.read(&mut out[start..])?;
        out.truncate(start + count);
        self.ended = count == 0;
        Ok(())
    }

    fn decode(&mut self, out: &mut Vec<u8>, wanted: usize) -> Result<(), Error> {
        let mut last = false;
        if self.raw_at >= self.raw.len() {
            buffer::reserve(&mut self.raw, wanted);
            self.raw.resize(wanted, 0);
            let count = self.unpacked.read(&mut self.raw)?;
            self.raw.truncate(count);
            self.raw_at = 0;
            last = count == 0;
        }
        let end = self.raw.len().min(self.raw_at + wanted);
        let Some(decoder) = &mut self.decoder else { return Ok(()) };
        let (read, malformed) = decode_all(decoder, &self.raw[self.raw_at..end], out, last);
        self.raw_at += read;
        self.undecodable += malformed;
        self.ended = last;
        Ok(())
    }
}

/// Appends `input` as UTF-8; returns the bytes taken, which are all, and how many malformed sequences were replaced.
fn decode_all(decoder: &mut Decoder, input: &[u8], out: &mut Vec<u8>, last: bool) -> (usize, u64) {
    let (mut taken, mut malformed, mut at) = (0, 0, out.len());
    // With a replacement for every byte: room is made once, not again behind each malformed sequence.
    let room = decoder.max_utf8_buffer_length(input.len()).unwrap_or(3 * input.len()) + REPLACEMENT.len();
    buffer::reserve(out, room);
    out.resize(at + room, 0);
    loop {
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(&input[taken..], &mut out[at..], last);
        taken += read;
        at += written;
        if out.len() - at < 16 {
            buffer::reserve(out, room);
            out.resize(at + room, 0);
        }
        match result {
            DecoderResult::InputEmpty => break,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => {
                out[at..at + REPLACEMENT.len()].copy_from_slice(REPLACEMENT);
                at += REPLACEMENT.len();
                malformed += 1;
            }
        }
    }
    out.truncate(at);
    (taken, malformed)
}

/// Carriage returns and no line feed. Where more follows, it may begin with the line feed of the last one.
fn has_lone_cr(head: &[u8], more: bool) -> bool {
    let judged = if more { head.strip_suffix(b"\r").unwrap_or(head) } else { head };
    memchr::memchr(b'\r', judged).is_some() && memchr::memchr(b'\n', judged).is_none()
}

fn cr_to_lf(bytes: &mut [u8]) {
    for byte in bytes {
        if *byte == b'\r' {
            *byte = b'\n';
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(bytes: &[u8], label: &str, wanted: usize) -> (Vec<u8>, u64) {
        let mut unpacked = Unpacked::open("t".into(), Box::new(Cursor::new(bytes.to_vec()))).unwrap();
        let mut raw = Zeroizing::new(vec![0; 8]);
        let count = unpacked.read(&mut raw).unwrap();
        raw.truncate(count);
        let decision = super::super::encoding::decide("t", bytes, &[], Some(label)).unwrap();
        let mut text = Text::new(unpacked, raw, decision);
        text.decode_head(wanted * 2).unwrap();
        let mut out = Vec::new();
        while text.fill(&mut out, wanted).unwrap() {}
        (out, text.undecodable())
    }

    #[test]
    fn decodes_the_same_text_in_every_portion() {
        let text = "a,\u{738b}\u{4f1f}\r\n\u{20000}b\n";
        let gb18030 = encoding_rs::GB18030.encode(text).0.into_owned();
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [&b"\xff\xfe"[..], &utf16].concat();
        let broken = [&gb18030[..], b"\xff,\x81"].concat();
        let replaced = format!("{text}\u{fffd},\u{fffd}");
        for wanted in 1..40 {
            assert_eq!(read(text.as_bytes(), "utf-8", wanted), (text.into(), 0), "{wanted}");
            assert_eq!(read(&gb18030, "gb18030", wanted), (text.into(), 0), "{wanted}");
            assert_eq!(read(&utf16, "utf-16le", wanted), (text.into(), 0), "{wanted}");
            assert_eq!(read(&marked, "utf-8", wanted), (text.into(), 0), "{wanted}");
            assert_eq!(read(&broken, "gb18030", wanted), (replaced.clone().into_bytes(), 2), "{wanted}");
        }
    }

    #[test]
    fn lone_carriage_returns_become_line_ends() {
        assert_eq!(read(b"a\rb\rc", "utf-8", 9).0, b"a\nb\nc");
        assert_eq!(read(b"a\rb\r\nc", "utf-8", 9).0, b"a\rb\r\nc");
    }
}
