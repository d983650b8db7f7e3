//! UTF-16 that ends in the middle of a file: files are put together, and what was appended has bytes for characters.
//!
//! In UTF-16 every line end has a NUL, and of Latin letters every second byte is one. So 64 bytes in a row that are ASCII and no
//! NUL are no UTF-16: Chinese can have such bytes in both halves of a character, but not in 32 characters in a row (a chance of
//! 10^-14). What follows the last line end before them is text of bytes, to the end of the source: what is in UTF-16 behind that
//! loses its NULs as all text does, and of Latin letters nothing else.
//!
//! The blocks of 64 bytes are counted from the begin of the text, and a line is decoded when its end is known, so that the size of
//! portions makes no difference.

use encoding_rs::{Decoder, UTF_16LE};

use super::transcode::{pass_utf8, transcode};

/// Bytes that are judged together.
const BLOCK_BYTES: usize = 64;
/// ... at the end of the source, where there are no more.
const LAST_BYTES_MIN: usize = 24;
/// A line that is longer is decoded in pieces of whole blocks.
const LINE_BYTES_MAX: usize = 64 << 10;

/// Decodes such a text, in portions.
pub(super) struct Utf16 {
    decoder: Decoder,
    line_end: [u8; 2],
    /// Bytes taken so far.
    position: u64,
    /// In the text of bytes.
    is_narrow: bool,
    /// Whether nothing of the text is UTF-16, so that whoever says so has to be believed for the whole.
    is_forced: bool,
    /// Whether what is not taken yet begins where a line does.
    at_line_start: bool,
    undecodable: u64,
}

impl Utf16 {
    /// For a text from its first character.
    pub(super) fn new(decoder: Decoder) -> Utf16 {
        let line_end = if decoder.encoding() == UTF_16LE { [b'\n', 0] } else { [0, b'\n'] };
        Utf16 {
            decoder,
            line_end,
            position: 0,
            is_narrow: false,
            is_forced: false,
            at_line_start: true,
            undecodable: 0,
        }
    }

    /// Malformed sequences replaced.
    pub(super) fn undecodable(&self) -> u64 {
        self.undecodable
    }

    /// Appends the start of `input` as UTF-8; returns the bytes taken. What is left is handed in again with more behind it, or with
    /// `last`, which takes everything.
    pub(super) fn decode(&mut self, input: &[u8], out: &mut Vec<u8>, last: bool) -> usize {
        let mut taken = 0;
        if !self.is_narrow {
            taken = self.wide(input, last);
            let ends = self.is_narrow || last;
            self.undecodable += transcode(&mut self.decoder, &input[..taken], out, ends);
            self.position += taken as u64;
        }
        if self.is_narrow {
            let (narrow, malformed) = pass_utf8(&input[taken..], out, last);
            self.undecodable += malformed;
            taken += narrow;
        }
        taken
    }

    /// How much of the input is UTF-16 for sure; notes that none follows.
    fn wide(&mut self, input: &[u8], last: bool) -> usize {
        let mut at = (BLOCK_BYTES - self.in_block()) % BLOCK_BYTES;
        while let Some(block) = input.get(at..at + BLOCK_BYTES) {
            if !self.is_forced && is_narrow(block) {
                self.is_forced = self.position + at as u64 == 0;
                self.is_narrow = !self.is_forced;
                if self.is_narrow {
                    let line = self.behind_line(&input[..at]).or(self.at_line_start.then_some(0));
                    return line.filter(|line| at - line < LINE_BYTES_MAX).unwrap_or(at);
                }
            }
            at += BLOCK_BYTES;
        }
        if last {
            return self.wide_at_end(input);
        }
        // In the block that is not whole, and before it, the last line in UTF-16 may have ended.
        let known = &input[..at.min(input.len())];
        if let Some(line) = self.behind_line(known) {
            self.at_line_start = true;
            return line;
        }
        if known.len() < LINE_BYTES_MAX {
            return 0;
        }
        self.at_line_start = false;
        LINE_BYTES_MAX - self.in_block()
    }

    /// As `wide`, of the last input.
    fn wide_at_end(&mut self, input: &[u8]) -> usize {
        let line = self.behind_line(input).or(self.at_line_start.then_some(0));
        let is_last = |line: &usize| {
            let rest = &input[*line..];
            (LAST_BYTES_MIN..LINE_BYTES_MAX).contains(&rest.len()) && is_narrow(rest)
        };
        let is_any = self.position > 0 || line.is_some_and(|line| line > 0);
        let line = line.filter(|line| is_any && !self.is_forced && is_last(line));
        self.is_narrow = line.is_some();
        line.unwrap_or(input.len())
    }

    /// Bytes of the block that the text stands in.
    fn in_block(&self) -> usize {
        (self.position % BLOCK_BYTES as u64) as usize
    }

    /// Where the last line of a text begins, if it is not its first.
    fn behind_line(&self, text: &[u8]) -> Option<usize> {
        // A pair is two bytes from the begin of the text.
        let text = &text[..text.len() / 2 * 2];
        text.chunks_exact(2).rposition(|pair| pair == self.line_end).map(|pair| 2 * pair + 2)
    }
}

fn is_narrow(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::{Encoding, UTF_16BE};

    fn encoded(text: &str, encoding: &'static Encoding) -> Vec<u8> {
        let bytes = if encoding == UTF_16LE { u16::to_le_bytes } else { u16::to_be_bytes };
        text.encode_utf16().flat_map(bytes).collect()
    }

    /// The text in portions of this size.
    fn decoded(bytes: &[u8], encoding: &'static Encoding, size: usize) -> String {
        let mut decoding = Utf16::new(encoding.new_decoder_without_bom_handling());
        let (mut out, mut waiting) = (Vec::new(), Vec::new());
        for portion in bytes.chunks(size).chain([&b""[..]]) {
            waiting.extend_from_slice(portion);
            let taken = decoding.decode(&waiting, &mut out, portion.is_empty());
            waiting.drain(..taken);
        }
        assert!(waiting.is_empty(), "the last portion takes everything");
        String::from_utf8(out).expect("UTF-8")
    }

    fn check(wide: &str, narrow: &str) {
        for encoding in [UTF_16LE, UTF_16BE] {
            let bytes = [encoded(wide, encoding), narrow.as_bytes().to_vec()].concat();
            for size in [1, 2, 7, 63, 64, 65, 1000, 1 << 20] {
                let got = decoded(&bytes, encoding, size);
                assert!(got == format!("{wide}{narrow}"), "{}, portions of {size}: {got:.300}", encoding.name());
            }
        }
    }

    #[test]
    fn what_is_appended_in_bytes_is_read() {
        let rows = |rows: std::ops::Range<usize>| rows.map(|n| format!("u{n}@example.com:pw{n}\n")).collect::<String>();
        check("", "");
        check(&rows(0..30), "");
        check(&rows(0..30), &rows(30..60));
        check(&rows(0..300), "last@example.com:password\n");
        check("\u{738b}\u{4f1f},\u{4e2d}\u{56fd}\n", &rows(0..20));
        check(&rows(0..30), &format!("\u{feff}\u{738b}\u{4f1f}{}", rows(0..20)));
        check(&"\u{4e2d}\u{6587}".repeat(40_000), "");
        check(&"a".repeat(100_001), "");
    }
}
