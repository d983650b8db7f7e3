//! A source in blocks of whole records, read from start to end by one thread and split by others.

use std::fmt;
use std::sync::Arc;

use memchr::{memchr, memchr2};
use zeroize::{Zeroize, Zeroizing};

use super::buffer::{self, Wiped};
use super::error::Error;
use super::lexer::{Lexer, State};
use super::split::{Columns, Outcome, RECORD_BYTES_LIMIT, Record, Splitter};
use super::text::Text;
use super::{Options, Progress, Shape};

/// A piece of text that ends where a record ends. The caller keeps it and hands it back to be filled again.
#[derive(Default)]
pub struct Block {
    /// 0 for the first block of a source, then one more each.
    pub sequence: u64,
    /// Whole records, in UTF-8; only a record that is too long may be cut inside a character.
    pub bytes: Vec<u8>,
    /// Bytes of text before it. Behind a line that is too long it is that of the block in which the line ends, and a little less
    /// than the truth inside of it.
    pub offset: u64,
    /// What has to be known at its begin: [`Splitter::begin`] takes it.
    pub(super) state: State,
}

impl Drop for Block {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Block({}, {} bytes)", self.sequence, self.bytes.len())
    }
}

/// What reading a source has come to; final after `next_block` returned false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Bytes read from disk, before decompression.
    pub bytes_read: u64,
    /// Size of the file when it was opened; if it differs from `bytes_read`, the file has changed meanwhile.
    pub bytes_size: Option<u64>,
    /// Sequences that the encoding does not have; each became U+FFFD.
    pub undecodable: u64,
    /// NUL bytes, which are removed.
    pub nul_bytes: u64,
    /// Fields, or words of them, in another encoding than most of the text: neither ASCII nor in
    /// [`Description::encoding`](super::Description::encoding).
    pub foreign_runs: u64,
    /// XXH3-128 of all bytes as they stand on disk: tells an identical file, and nothing about its content.
    pub fingerprint: u128,
    /// Bytes behind the last gzip member or zstd frame, which were not used.
    pub trailing_garbage_bytes: u64,
    /// Bytes of text: decompressed, and decoded to UTF-8.
    pub text_bytes: u64,
    /// Of these, the bytes of records that were skipped because they name the columns, and of a mark before them.
    pub header_bytes: u64,
    /// Of these, bytes of lines that are too long: beyond what the splitter needs to see that.
    pub dropped_bytes: u64,
}

/// Reads a source block by block.
///
/// Memory: the block, at most `record_bytes_max` bytes carried over to the next, and buffers of 0.5 MiB, whatever the
/// file holds: of a longer line only its beginning is kept, enough for the splitter to see that it is too long.
pub struct Blocks {
    text: Text,
    lexer: Lexer,
    /// A lexer may write fields; here nobody reads them.
    scratch: Record,
    record_bytes_max: usize,
    /// Behind the last whole record of the block before.
    carry: Wiped,
    /// In a line that is too long and whose beginning is in `carry`.
    skips_line: bool,
    /// ... and whose next byte is escaped.
    skips_escaped: bool,
    /// Bytes of such lines that are in no block.
    dropped_bytes: u64,
    header_bytes: u64,
    /// Bytes of text in the blocks so far.
    position: u64,
    more: bool,
    skip_records: usize,
    shape: Shape,
    options: Options,
    sequence: u64,
    size: Option<u64>,
    progress: Arc<Progress>,
}

impl Blocks {
    pub(super) fn new(
        mut text: Text,
        shape: Shape,
        skip_records: usize,
        size: Option<u64>,
        options: Options,
        progress: Arc<Progress>,
    ) -> Blocks {
        progress.add_bytes_total(size.unwrap_or(0));
        text.set_progress(progress.clone());
        Blocks {
            text,
            lexer: Lexer::new(shape, &Columns::positions(), &options, false),
            scratch: Record::new(),
            record_bytes_max: options.record_bytes_max.clamp(1, RECORD_BYTES_LIMIT),
            carry: Zeroizing::new(Vec::new()),
            skips_line: false,
            skips_escaped: false,
            dropped_bytes: 0,
            header_bytes: 0,
            position: 0,
            more: true,
            skip_records,
            shape,
            options,
            sequence: 0,
            size,
            progress,
        }
    }

    /// Fills `block` with the next records; false at the end, with an empty block.
    ///
    /// Errors: what [`Error`] lists for reading; `Stopped` if that was asked for.
    pub fn next_block(&mut self, block: &mut Block) -> Result<bool, Error> {
        loop {
            block.bytes.clear();
            block.state = self.lexer.state();
            let dropped = self.dropped_bytes;
            self.read_records(&mut block.bytes)?;
            if block.bytes.is_empty() {
                return Ok(false);
            }
            let whole = block.bytes.len() as u64;
            self.skip_header(&mut block.bytes);
            block.offset = self.position + whole - block.bytes.len() as u64;
            self.position += whole + self.dropped_bytes - dropped;
            if !block.bytes.is_empty() {
                block.sequence = self.sequence;
                self.sequence += 1;
                return Ok(true);
            }
        }
    }

    /// The figures so far.
    pub fn totals(&self) -> Totals {
        let unpacked = self.text.unpacked();
        Totals {
            bytes_read: unpacked.bytes_read(),
            bytes_size: self.size,
            undecodable: self.text.undecodable(),
            nul_bytes: self.text.nul_bytes(),
            foreign_runs: self.text.foreign_runs(),
            fingerprint: unpacked.fingerprint(),
            trailing_garbage_bytes: unpacked.trailing_garbage_bytes(),
            text_bytes: self.text.text_bytes(),
            header_bytes: self.header_bytes + self.text.skipped_bytes(),
            dropped_bytes: self.dropped_bytes,
        }
    }

    /// Reads until there is at least one whole record, or nothing more. Empty only at the end.
    fn read_records(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        buffer::append(bytes, &self.carry);
        self.carry.clear();
        let mut target = self.options.block_bytes.max(1);
        loop {
            self.fill(bytes, target)?;
            if !self.more {
                return Ok(());
            }
            let end = self.lexer.cut(bytes, &mut self.scratch);
            self.bound_tail(bytes, end);
            if end > 0 {
                buffer::append(&mut self.carry, &bytes[end..]);
                bytes.truncate(end);
                return Ok(());
            }
            // Twice as much each time, so that looking again for the end of a long record stays linear.
            target = bytes.len() + bytes.len().max(self.options.block_bytes);
        }
    }

    /// Appends text until there are `target` bytes or the end is reached.
    fn fill(&mut self, bytes: &mut Vec<u8>, target: usize) -> Result<(), Error> {
        while self.more && (bytes.len() < target || self.skips_line) {
            if self.progress.stop_requested() {
                return Err(Error::Stopped);
            }
            let start = bytes.len();
            let wanted = target.saturating_sub(start).max(1);
            self.more = self.text.fill(bytes, wanted)?;
            if self.skips_line {
                self.skip_rest_of_line(bytes, start);
            }
        }
        Ok(())
    }

    /// Of a line that is too long its beginning is enough. Other lexers give such a record up themselves.
    fn bound_tail(&mut self, bytes: &mut Vec<u8>, start: usize) {
        let kept = self.record_bytes_max + 1;
        let Lexer::Lines(frames) = &self.lexer else { return };
        let (tail, escapes) = (&bytes[start..], frames.escaped);
        if tail.len() > kept && end_of_line(tail, escapes, &mut false).is_none() {
            // What is kept ends with a whole escape: the line end that follows it is no part of one.
            let mut cuts_escape = false;
            end_of_line(&tail[..kept], escapes, &mut cuts_escape);
            let kept = kept + usize::from(cuts_escape);
            self.skips_escaped = false;
            end_of_line(&tail[kept..], escapes, &mut self.skips_escaped);
            self.dropped_bytes += (tail.len() - kept) as u64;
            bytes.truncate(start + kept);
            self.skips_line = true;
        }
    }

    /// Removes what belongs to a line that is too long from the text appended at `start`.
    fn skip_rest_of_line(&mut self, bytes: &mut Vec<u8>, start: usize) {
        let escapes = matches!(&self.lexer, Lexer::Lines(frames) if frames.escaped);
        match end_of_line(&bytes[start..], escapes, &mut self.skips_escaped) {
            None => {
                self.dropped_bytes += (bytes.len() - start) as u64;
                bytes.truncate(start);
            }
            Some(newline) => {
                self.dropped_bytes += newline as u64;
                bytes.copy_within(start + newline.., start);
                bytes.truncate(bytes.len() - newline);
                self.skips_line = false;
            }
        }
    }

    /// Removes records that are still to be skipped from the start of a block.
    fn skip_header(&mut self, bytes: &mut Vec<u8>) {
        if self.skip_records == 0 {
            return;
        }
        let mut splitter = Splitter::new(self.shape, &Columns::positions(), &self.options);
        let (mut at, mut record) = (0, Record::new());
        while self.skip_records > 0 {
            match splitter.next(bytes, &mut at, &mut record) {
                None => break,
                Some(Outcome::Record) => self.skip_records -= 1,
                Some(Outcome::Malformed(_)) => {}
            }
        }
        self.header_bytes += at as u64;
        bytes.copy_within(at.., 0);
        bytes.truncate(bytes.len() - at);
    }
}

/// Where a line ends, if it does. Where a backslash escapes it may escape a line end; `escaped` says so of the first byte, and
/// afterwards of the one behind the last.
fn end_of_line(text: &[u8], escapes: bool, escaped: &mut bool) -> Option<usize> {
    if !escapes || text.is_empty() {
        return memchr(b'\n', text);
    }
    let mut at = usize::from(std::mem::take(escaped));
    while at < text.len() {
        let found = at + memchr2(b'\\', b'\n', &text[at..])?;
        if text[found] == b'\n' {
            return Some(found);
        }
        at = found + 2;
    }
    *escaped = at > text.len();
    None
}
