//! The input of a layer: counted and fingerprinted, with a look at what comes next.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use xxhash_rust::xxh3::Xxh3;
use zeroize::Zeroizing;

use super::super::Progress;
use super::super::buffer::Wiped;
use super::{FIRST_READ_BYTES, Layer, READ_BYTES};

/// Where the bytes of a layer come from.
pub(super) enum Input<R: Read> {
    Reader(R),
    Layer(Box<Layer<R>>),
    /// Of a layer whose decoder is being changed.
    Nothing,
}

impl<R: Read> Read for Input<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Input::Reader(reader) => reader.read(out),
            // The error travels through the decoder above, and is found again in `failure`.
            Input::Layer(layer) => layer.read(out).map_err(io::Error::other),
            Input::Nothing => Ok(0),
        }
    }
}

/// The input of a layer. That of the lowest stands on disk: its bytes are counted and fingerprinted once, when they are
/// read.
pub(super) struct Raw<R: Read> {
    pub(super) inner: Input<R>,
    buffer: Wiped,
    at: usize,
    end: usize,
    pub(super) bytes_read: u64,
    pub(super) fingerprint: Box<Xxh3>,
    pub(super) progress: Option<Arc<Progress>>,
    /// Decoders pass errors of the reader on among their own; here they are told apart.
    pub(super) failure: Option<io::Error>,
    /// Whether somebody wanted more than there was: lz4 frames that are cut between two blocks end without an error.
    pub(super) starved: bool,
}

impl<R: Read> Raw<R> {
    pub(super) fn new(inner: Input<R>) -> Raw<R> {
        let mut raw = Raw::placeholder();
        raw.buffer = Zeroizing::new(vec![0; FIRST_READ_BYTES]);
        raw.inner = inner;
        raw
    }

    pub(super) fn placeholder() -> Raw<R> {
        Raw {
            inner: Input::Nothing,
            buffer: Zeroizing::new(Vec::new()),
            at: 0,
            end: 0,
            bytes_read: 0,
            fingerprint: Box::new(Xxh3::new()),
            progress: None,
            failure: None,
            starved: false,
        }
    }

    /// Offset of the next byte that nobody has taken yet.
    pub(super) fn offset(&self) -> u64 {
        self.bytes_read - (self.end - self.at) as u64
    }

    /// Makes the buffer as large as this, if it is smaller.
    fn grow(&mut self, bytes: usize) {
        if self.buffer.len() < bytes {
            let mut larger = Zeroizing::new(vec![0; bytes]);
            larger[..self.end].copy_from_slice(&self.buffer[..self.end]);
            self.buffer = larger;
        }
    }

    /// Reads once behind what is buffered; zero at the end.
    fn read_more(&mut self) -> io::Result<usize> {
        let read = loop {
            match self.inner.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let kind = error.kind();
                    self.failure = Some(error);
                    return Err(kind.into());
                }
                Ok(read) => break read,
            }
        };
        if matches!(self.inner, Input::Reader(_)) {
            self.fingerprint.update(&self.buffer[self.end..self.end + read]);
        }
        self.end += read;
        self.bytes_read += read as u64;
        if let Some(progress) = &self.progress {
            progress.add_bytes_read(read as u64);
        }
        Ok(read)
    }

    /// The next bytes, at least `count` unless the input ends before; takes nothing.
    pub(super) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.end - self.at < count {
            self.buffer.copy_within(self.at..self.end, 0);
            self.end -= self.at;
            self.at = 0;
            self.grow(count);
            while self.end < count && self.read_more()? > 0 {}
        }
        Ok(&self.buffer[self.at..self.end])
    }

    /// Passes zeros over, and says how many there were.
    pub(super) fn pass_zeros(&mut self) -> io::Result<u64> {
        let mut passed = 0;
        loop {
            let ready = self.fill_buf()?;
            let (zeros, whole) = (ready.iter().take_while(|byte| **byte == 0).count(), ready.len());
            self.consume(zeros);
            passed += zeros as u64;
            if zeros < whole || whole == 0 {
                return Ok(passed);
            }
        }
    }

    /// Reads what is left, for its count and fingerprint only.
    pub(super) fn drain(&mut self) -> io::Result<u64> {
        let mut drained = 0;
        loop {
            let count = self.fill_buf()?.len();
            if count == 0 {
                return Ok(drained);
            }
            self.consume(count);
            drained += count as u64;
        }
    }
}

impl<R: Read> Read for Raw<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: Read> BufRead for Raw<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.end {
            let is_full = self.end == self.buffer.len();
            (self.at, self.end) = (0, 0);
            self.grow(if is_full { READ_BYTES } else { 0 });
            self.starved = self.read_more()? == 0;
        }
        Ok(&self.buffer[self.at..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}
