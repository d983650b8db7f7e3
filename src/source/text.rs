//! Decompressed bytes as text: valid UTF-8, with `\n` at every line end, without NUL bytes and byte order marks.
//!
//! Two steps, each of which gives the same text whatever the portions in which bytes arrive: decoding, by one encoding as a
//! stream or by several (see `mixed.rs`), and cleaning in place (see `lines.rs`).

use std::sync::Arc;

use encoding_rs::{Decoder, ISO_2022_JP};
use zeroize::Zeroizing;

use super::Progress;
use super::buffer::{self, Wiped};
use super::container::Unpacked;
use super::encoding::Decision;
use super::error::Error;
use super::lines::{self, Lines};
use super::mixed::Mixed;
use super::transcode::transcode;
use super::utf16::Utf16;

/// Bytes taken from the decompressor at once; the first time fewer.
const CHUNK_BYTES: usize = super::container::READ_BYTES;
const FIRST_CHUNK_BYTES: usize = super::container::FIRST_READ_BYTES;

/// The text of a source, from its first character to its last.
pub(super) struct Text {
    unpacked: Unpacked,
    decoding: Decoding,
    lines: Lines,
    /// Decompressed and not yet decoded.
    raw: Wiped,
    raw_at: usize,
    /// No more bytes are behind those in `raw`.
    raw_ended: bool,
    /// Decoded for the sample and not yet handed out.
    head: Wiped,
    head_at: usize,
    lone_cr: bool,
    /// Whether lines end with U+2028, since they end with nothing else.
    by_separators: bool,
    ended: bool,
    text_bytes: u64,
    skipped_bytes: u64,
}

/// Bytes to UTF-8.
enum Decoding {
    /// One encoding, and the malformed sequences so far.
    Stream(Box<Decoder>, u64),
    /// UTF-16, which may end before the text does.
    Utf16(Box<Utf16>),
    /// Run by run.
    Mixed(Box<Mixed>),
}

impl Decoding {
    fn new(decision: &Decision) -> Decoding {
        match decision.mix {
            Some(mix) => Decoding::Mixed(Box::new(Mixed::new(mix))),
            None => {
                let decoder = decision.encoding.new_decoder_without_bom_handling();
                match decision.encoding.is_ascii_compatible() || decision.encoding == ISO_2022_JP {
                    true => Decoding::Stream(Box::new(decoder), 0),
                    false => Decoding::Utf16(Box::new(Utf16::new(decoder))),
                }
            }
        }
    }

    /// Appends the start of `input` as UTF-8; returns the bytes taken, which are all if it is the `last`, and some if it
    /// is a piece.
    fn decode(&mut self, input: &[u8], out: &mut Vec<u8>, last: bool) -> usize {
        match self {
            Decoding::Mixed(mixed) => mixed.decode(input, out, last),
            Decoding::Utf16(utf16) => utf16.decode(input, out, last),
            Decoding::Stream(decoder, malformed) => {
                *malformed += transcode(decoder, input, out, last);
                input.len()
            }
        }
    }
}

/// A part of a source that begins where a line does.
pub(super) fn decode_whole(bytes: &[u8], decision: &Decision) -> Wiped {
    let mut out = Zeroizing::new(Vec::new());
    Decoding::new(decision).decode(bytes, &mut out, true);
    Lines::new(decision.zeros).clean(&mut out, 0, true);
    out
}

impl Text {
    /// `raw` holds the bytes that were read to decide upon the encoding.
    pub(super) fn new(unpacked: Unpacked, raw: Wiped, decision: &Decision) -> Text {
        Text {
            unpacked,
            decoding: Decoding::new(decision),
            lines: Lines::new(decision.zeros),
            raw,
            raw_at: decision.bom_bytes,
            raw_ended: false,
            head: Zeroizing::new(Vec::new()),
            head_at: 0,
            lone_cr: false,
            by_separators: false,
            ended: false,
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
        self.lone_cr = self.lines.lone_crs() > 0;
        self.by_separators = lines::end_with_separators(&head);
        if self.by_separators {
            lines::end_lines(&mut head, 0);
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

    /// Takes back what was skipped. Comes before any `fill`.
    pub(super) fn unskip(&mut self) {
        self.head_at -= self.skipped_bytes as usize;
        self.text_bytes -= self.skipped_bytes;
        self.skipped_bytes = 0;
    }

    /// Whether the head has carriage returns without a line feed.
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
        match &self.decoding {
            Decoding::Stream(_, malformed) => *malformed,
            Decoding::Mixed(mixed) => mixed.undecodable(),
            Decoding::Utf16(utf16) => utf16.undecodable(),
        }
    }

    /// NUL bytes removed so far.
    pub(super) fn nul_bytes(&self) -> u64 {
        self.lines.nul_bytes()
    }

    /// Runs so far that were decoded by another encoding than most.
    pub(super) fn foreign_runs(&self) -> u64 {
        match &self.decoding {
            Decoding::Stream(..) | Decoding::Utf16(_) => 0,
            Decoding::Mixed(mixed) => mixed.foreign_runs(),
        }
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
        buffer::append(out, self.lines.held());
        self.decode(out, wanted.clamp(1, CHUNK_BYTES))?;
        self.lines.clean(out, start, self.ended);
        if self.by_separators {
            lines::end_lines(out, start);
        }
        Ok(!self.ended)
    }

    /// Decodes the next `wanted` bytes, or as many more as it takes to decode any.
    fn decode(&mut self, out: &mut Vec<u8>, wanted: usize) -> Result<(), Error> {
        let mut length = wanted;
        loop {
            if self.raw.len() - self.raw_at < length && !self.raw_ended {
                self.read_more()?;
            }
            let end = self.raw.len().min(self.raw_at + length);
            let last = self.raw_ended && end == self.raw.len();
            let taken = self.decoding.decode(&self.raw[self.raw_at..end], out, last);
            self.raw_at += taken;
            self.ended = last;
            if taken > 0 || last {
                return Ok(());
            }
            // Twice as much each time, so that looking again for the end of a line stays linear.
            length *= 2;
        }
    }

    /// Makes more than twice as much of what is not decoded, or comes to the end of the source.
    fn read_more(&mut self) -> Result<(), Error> {
        let kept = self.raw.len() - self.raw_at;
        self.raw.copy_within(self.raw_at.., 0);
        self.raw.truncate(kept);
        self.raw_at = 0;
        let chunk = if self.raw.capacity() <= FIRST_CHUNK_BYTES { FIRST_CHUNK_BYTES } else { CHUNK_BYTES };
        let room = kept + kept.max(chunk);
        buffer::reserve(&mut self.raw, room - kept);
        self.raw.resize(room, 0);
        let (mut filled, mut result) = (kept, Ok(()));
        while filled <= 2 * kept && !self.raw_ended && result.is_ok() {
            match self.unpacked.read(&mut self.raw[filled..]) {
                Ok(count) => {
                    filled += count;
                    self.raw_ended = count == 0;
                }
                Err(error) => result = Err(error),
            }
        }
        self.raw.truncate(filled);
        result
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
        let mut text = Text::new(unpacked, raw, &decision);
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
        assert_eq!(read(b"a\rb\r\nc", "utf-8", 9).0, b"a\nb\r\nc");
    }
}
