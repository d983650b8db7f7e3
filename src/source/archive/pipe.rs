//! A member's bytes on their way from the thread that walks an archive to whoever reads the member.
//!
//! Chunks of 256 KiB travel one way and come back empty, three a member at most: 0.75 MiB, whatever the member holds. The first one
//! is of 16 KiB, and does not come back.
//! The writer is told when nobody reads any more, the reader when the end is not the end.

use std::io::{self, Read};

use crossbeam_channel::{Receiver, Sender, bounded, select};
use zeroize::Zeroizing;

use super::super::buffer::Wiped;
use super::super::container::{FIRST_READ_BYTES, READ_BYTES};
use super::super::error::Error;

/// Chunks under way; one more is being filled and one read.
const CHUNKS: usize = 2;

enum Message {
    /// A chunk and how much of it holds bytes.
    Bytes(Wiped, usize),
    Failed(Error),
    End,
}

/// Nobody wants the rest of the member.
pub(in crate::source) struct Unwanted;

/// The writing end.
pub(super) struct Writer {
    messages: Sender<Message>,
    empty: Receiver<Wiped>,
    cancelled: Receiver<()>,
    chunk: Wiped,
    length: usize,
}

/// The reading end.
pub(super) struct Reader {
    messages: Receiver<Message>,
    empty: Sender<Wiped>,
    chunk: Wiped,
    at: usize,
    end: usize,
    ended: bool,
}

/// A pipe: its ends, and what cancels it when it is dropped.
pub(super) fn pipe() -> (Writer, Reader, Sender<()>) {
    let (messages, incoming) = bounded(CHUNKS);
    let (give_back, empty) = bounded(CHUNKS + 1);
    let (cancel, cancelled) = bounded(0);
    let nothing = || Zeroizing::new(Vec::new());
    let writer = Writer { messages, empty, cancelled, chunk: nothing(), length: 0 };
    let reader = Reader { messages: incoming, empty: give_back, chunk: nothing(), at: 0, end: 0, ended: false };
    (writer, reader, cancel)
}

impl Writer {
    /// Where the next bytes go; never empty.
    pub(super) fn room(&mut self) -> Result<&mut [u8], Unwanted> {
        if self.length == self.chunk.len() {
            let bytes = if self.chunk.is_empty() { FIRST_READ_BYTES } else { READ_BYTES };
            self.flush()?;
            self.chunk = self.empty.try_recv().unwrap_or_else(|_| Zeroizing::new(vec![0; bytes]));
        }
        Ok(&mut self.chunk[self.length..])
    }

    /// Says how much of `room` was filled.
    pub(super) fn filled(&mut self, count: usize) {
        self.length += count;
    }

    pub(super) fn write(&mut self, mut bytes: &[u8]) -> Result<(), Unwanted> {
        while !bytes.is_empty() {
            let room = self.room()?;
            let count = room.len().min(bytes.len());
            room[..count].copy_from_slice(&bytes[..count]);
            self.filled(count);
            bytes = &bytes[count..];
        }
        Ok(())
    }

    /// Sends what there is and says that it is all.
    pub(super) fn end(mut self) {
        if self.flush().is_ok() {
            let _ = self.send(Message::End);
        }
    }

    /// Sends what there is and says why there is no more.
    pub(super) fn fail(mut self, error: Error) {
        if self.flush().is_ok() {
            let _ = self.send(Message::Failed(error));
        }
    }

    fn flush(&mut self) -> Result<(), Unwanted> {
        let chunk = std::mem::replace(&mut self.chunk, Zeroizing::new(Vec::new()));
        let length = std::mem::take(&mut self.length);
        if length == 0 { Ok(()) } else { self.send(Message::Bytes(chunk, length)) }
    }

    fn send(&self, message: Message) -> Result<(), Unwanted> {
        select! {
            send(self.messages, message) -> sent => sent.map_err(|_| Unwanted),
            recv(self.cancelled) -> _ => Err(Unwanted),
        }
    }
}

impl Read for Reader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.at == self.end && !self.ended && !out.is_empty() {
            match self.messages.recv() {
                Ok(Message::Bytes(chunk, length)) => {
                    let spent = std::mem::replace(&mut self.chunk, chunk);
                    // The first two are none, or a small one. Where nobody takes it, it is wiped and freed.
                    if spent.len() == READ_BYTES {
                        let _ = self.empty.try_send(spent);
                    }
                    (self.at, self.end) = (0, length);
                }
                Ok(Message::Failed(error)) => return Err(io::Error::other(error)),
                Ok(Message::End) => self.ended = true,
                Err(_) => {
                    return Err(io::Error::new(io::ErrorKind::BrokenPipe, "the archive was read on, or cannot be"));
                }
            }
        }
        let count = out.len().min(self.end - self.at);
        out[..count].copy_from_slice(&self.chunk[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}
