//! A source in blocks of whole records, read from start to end by one thread and split by others.

use std::fmt;
use std::sync::Arc;

use zeroize::{Zeroize, Zeroizing};

use super::buffer::{self, Wiped};
use super::columns::Columns;
use super::error::Error;
use super::found::{BEFORE_BYTES, BEHIND_BYTES};
use super::headings::{Heading, Headings, Layout, Names};
use super::lexer::{Lexer, State};
use super::long_line::{end_of_line, shown_of};
use super::record::{RECORD_BYTES_LIMIT, Record};
use super::split::{Outcome, Splitter};
use super::text::Text;
use super::{Options, Progress, Shape};

/// A piece of text that ends where a record ends. The caller keeps it and hands it back to be filled again.
#[derive(Default)]
pub struct Block {
    /// 0 for the first block of a source, then one more each.
    pub sequence: u64,
    /// Whole records, in UTF-8; only a record that is too long may be cut inside a character.
    pub bytes: Vec<u8>,
    /// Bytes of text before it.
    pub offset: u64,
    /// What has to be known at its begin: [`Splitter::begin`] takes it.
    pub(super) state: State,
    /// The columns of its fields, where a record before it has named others than the first of the text.
    pub(super) layout: Layout,
    /// The records in it that name columns.
    pub(super) headings: Vec<Heading>,
    /// Text on both sides, for what stands at its edges.
    pub(super) before: Vec<u8>,
    pub(super) behind: Vec<u8>,
}

impl Drop for Block {
    fn drop(&mut self) {
        self.bytes.zeroize();
        self.before.zeroize();
        self.behind.zeroize();
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
}

/// Reads a source block by block.
///
/// Memory: the block, at most `record_bytes_max` bytes carried over to the next, and buffers of 0.5 MiB, whatever the
/// file holds: a longer line comes in pieces, of which the first is enough for the splitter to see that it is too long.
pub struct Blocks {
    text: Text,
    lexer: Lexer,
    /// A lexer may write fields; here nobody reads them.
    scratch: Record,
    headings: Option<Headings>,
    record_bytes_max: usize,
    /// Behind the last whole record of the block before.
    carry: Wiped,
    /// In a line that is too long, and whose beginning is in a block.
    in_long_line: bool,
    /// ... and whose next byte is escaped.
    in_escape: bool,
    /// Read to know what stands behind a block, and in none yet.
    ahead: Wiped,
    /// The last bytes of the block before.
    before: Wiped,
    header_bytes: u64,
    /// Bytes of text in the blocks so far.
    position: u64,
    more: bool,
    /// More than what is in `ahead`.
    more_text: bool,
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
            headings: None,
            record_bytes_max: options.record_bytes_max.clamp(1, RECORD_BYTES_LIMIT),
            carry: Zeroizing::new(Vec::new()),
            in_long_line: false,
            in_escape: false,
            ahead: Zeroizing::new(Vec::new()),
            before: Zeroizing::new(Vec::new()),
            header_bytes: 0,
            position: 0,
            more: true,
            more_text: true,
            skip_records,
            shape,
            options,
            sequence: 0,
            size,
            progress,
        }
    }

    /// Looks for records in the middle of the text that name columns, too.
    pub fn with_names(mut self, names: Box<dyn Names>) -> Blocks {
        let is_lines = matches!(self.lexer, Lexer::Lines(_));
        self.headings = is_lines.then(|| Headings::new(names, self.shape, &self.options));
        self
    }

    /// Fills `block` with the next records; false at the end, with an empty block.
    ///
    /// Errors: what [`Error`] lists for reading; `Stopped` if that was asked for.
    pub fn next_block(&mut self, block: &mut Block) -> Result<bool, Error> {
        loop {
            block.bytes.clear();
            block.headings.clear();
            block.layout = None;
            block.state = match self.in_long_line {
                true => State::LongLine { escaped: self.in_escape },
                false => self.lexer.state(),
            };
            self.read_records(&mut block.bytes)?;
            if block.bytes.is_empty() {
                return Ok(false);
            }
            let whole = block.bytes.len() as u64;
            self.keep_edges(block)?;
            self.skip_header(block);
            block.offset = self.position + whole - block.bytes.len() as u64;
            self.position += whole;
            self.find_headings(block);
            if !block.bytes.is_empty() {
                block.sequence = self.sequence;
                self.sequence += 1;
                return Ok(true);
            }
        }
    }

    /// Says which records of a block name columns.
    fn find_headings(&mut self, block: &mut Block) {
        let (Some(headings), Lexer::Lines(frames)) = (&mut self.headings, &self.lexer) else { return };
        block.layout = headings.layout();
        let first = match block.state {
            State::LongLine { mut escaped } => {
                end_of_line(&block.bytes, frames.escaped, &mut escaped).map_or(block.bytes.len(), |newline| newline + 1)
            }
            _ => 0,
        };
        headings.find(&block.bytes, first, frames, &mut block.headings);
    }

    /// Says what stands on both sides of a block.
    fn keep_edges(&mut self, block: &mut Block) -> Result<(), Error> {
        block.before.clear();
        buffer::append(&mut block.before, &self.before);
        buffer::append(&mut self.before, &block.bytes[block.bytes.len().saturating_sub(BEFORE_BYTES)..]);
        let excess = self.before.len().saturating_sub(BEFORE_BYTES);
        self.before.drain(..excess);
        while self.more_text && self.carry.len() + self.ahead.len() < BEHIND_BYTES {
            let wanted = BEHIND_BYTES - self.carry.len() - self.ahead.len();
            self.more_text = self.text.fill(&mut self.ahead, wanted)?;
        }
        self.more = self.more_text || !self.ahead.is_empty();
        block.behind.clear();
        for part in [&self.carry, &self.ahead] {
            let room = BEHIND_BYTES - block.behind.len();
            buffer::append(&mut block.behind, &part[..part.len().min(room)]);
        }
        Ok(())
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
        }
    }

    /// Reads until there is at least one whole record, a part of a line that is too long, or nothing more. Empty only at the end.
    fn read_records(&mut self, bytes: &mut Vec<u8>) -> Result<(), Error> {
        buffer::append(bytes, &self.carry);
        self.carry.clear();
        let mut target = self.options.block_bytes.max(1);
        loop {
            self.fill(bytes, target)?;
            let start = match self.in_long_line {
                false => 0,
                true => match end_of_line(bytes, self.escapes(), &mut self.in_escape) {
                    None => return Ok(()),
                    Some(newline) => newline + 1,
                },
            };
            self.in_long_line = false;
            if !self.more {
                return Ok(());
            }
            let end = start + self.lexer.cut(&bytes[start..], &mut self.scratch);
            let end = end + self.long_line(&bytes[end..]);
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
        while self.more && bytes.len() < target {
            if self.progress.stop_requested() {
                return Err(Error::Stopped);
            }
            let wanted = target.saturating_sub(bytes.len()).max(1);
            if self.ahead.is_empty() {
                self.more_text = self.text.fill(bytes, wanted)?;
            } else {
                let taken = wanted.min(self.ahead.len());
                buffer::append(bytes, &self.ahead[..taken]);
                self.ahead.drain(..taken);
            }
            self.more = self.more_text || !self.ahead.is_empty();
        }
        Ok(())
    }

    /// How much of a line that is too long, and whose end is not in sight, is a record: as much as shows that it is. Other lexers
    /// give such a record up themselves.
    fn long_line(&mut self, tail: &[u8]) -> usize {
        let escapes = self.escapes();
        let is_lines = matches!(self.lexer, Lexer::Lines(_));
        let shown = shown_of(tail, self.record_bytes_max, escapes);
        self.in_escape = false;
        self.in_long_line = is_lines && tail.len() > shown && end_of_line(tail, escapes, &mut false).is_none();
        if self.in_long_line { shown } else { 0 }
    }

    /// Whether a backslash can escape the end of a line.
    fn escapes(&self) -> bool {
        matches!(&self.lexer, Lexer::Lines(frames) if frames.escaped)
    }

    /// Removes records that are still to be skipped from the start of a block.
    fn skip_header(&mut self, block: &mut Block) {
        if self.skip_records == 0 {
            return;
        }
        let mut splitter = Splitter::new(self.shape, &Columns::positions(), &self.options);
        splitter.begin(block);
        let bytes = &mut block.bytes;
        let (mut at, mut record) = (0, Record::new());
        while self.skip_records > 0 {
            match splitter.next(bytes, &mut at, &mut record) {
                None => break,
                Some(Outcome::Record) => self.skip_records -= 1,
                Some(Outcome::Malformed(_)) => {}
            }
        }
        if at == 0 {
            return;
        }
        self.header_bytes += at as u64;
        // The block begins later, in no long line, and with other text before it.
        block.state = splitter.lexer.state();
        buffer::append(&mut block.before, &bytes[at.saturating_sub(BEFORE_BYTES)..at]);
        let excess = block.before.len().saturating_sub(BEFORE_BYTES);
        block.before.drain(..excess);
        bytes.copy_within(at.., 0);
        bytes.truncate(bytes.len() - at);
    }
}
