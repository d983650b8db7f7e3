//! The bytes on disk, counted and fingerprinted, and what is left of them after decompression.

use std::fmt;
use std::io::{self, BufRead, Read};
use std::sync::Arc;

use flate2::bufread::GzDecoder;
use xxhash_rust::xxh3::Xxh3;
use zeroize::Zeroizing;

use super::Progress;
use super::buffer::Wiped;
use super::error::Error;
use super::window::{HEADER_BYTES, WINDOW_BYTES_FREE, WINDOW_BYTES_MAX, window_bytes};

/// 256 KiB: large enough that a system call costs nothing, small enough to stay in the second-level cache.
const READ_BYTES: usize = 256 << 10;
/// A file of one repeated line may expand a thousand times; below this much output nobody is harmed.
const RATIO_FREE_BYTES: u64 = 64 << 20;
/// Text in the wild stays below 50.
const RATIO_MAX: u64 = 200;

/// How a source is compressed, recognised by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Not at all.
    None,
    /// One or more gzip members.
    Gzip,
    /// One or more zstd frames.
    Zstd,
}

impl Container {
    fn of(magic: &[u8]) -> Container {
        match magic {
            [0x1f, 0x8b, 8, ..] => Container::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Container::Zstd,
            _ => Container::None,
        }
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Container::None => "plain",
            Container::Gzip => "gzip",
            Container::Zstd => "zstd",
        })
    }
}

/// The input as it stands on disk. Counts and fingerprints every byte once, when it is read.
pub(super) struct Raw {
    inner: Box<dyn Read + Send>,
    buffer: Wiped,
    at: usize,
    end: usize,
    bytes_read: u64,
    fingerprint: Box<Xxh3>,
    progress: Option<Arc<Progress>>,
    /// Decoders pass errors of the reader on among their own; here they are told apart.
    failure: Option<io::Error>,
}

impl Raw {
    fn new(inner: Box<dyn Read + Send>) -> Raw {
        let buffer = Zeroizing::new(vec![0; READ_BYTES]);
        Raw { buffer, ..Raw::placeholder(inner) }
    }

    fn placeholder(inner: Box<dyn Read + Send>) -> Raw {
        Raw {
            inner,
            buffer: Zeroizing::new(Vec::new()),
            at: 0,
            end: 0,
            bytes_read: 0,
            fingerprint: Box::new(Xxh3::new()),
            progress: None,
            failure: None,
        }
    }

    /// Offset of the next byte that nobody has taken yet.
    fn offset(&self) -> u64 {
        self.bytes_read - (self.end - self.at) as u64
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
        self.fingerprint.update(&self.buffer[self.end..self.end + read]);
        self.end += read;
        self.bytes_read += read as u64;
        if let Some(progress) = &self.progress {
            progress.add_bytes_read(read as u64);
        }
        Ok(read)
    }

    /// The next bytes, at least `count` unless the input ends before; takes nothing.
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.end - self.at < count {
            self.buffer.copy_within(self.at..self.end, 0);
            self.end -= self.at;
            self.at = 0;
            while self.end < count && self.read_more()? > 0 {}
        }
        Ok(&self.buffer[self.at..self.end])
    }

    /// Reads what is left, for its count and fingerprint only.
    fn drain(&mut self) -> io::Result<u64> {
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

impl Read for Raw {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let count = ready.len().min(out.len());
        out[..count].copy_from_slice(&ready[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Raw {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.end {
            self.at = 0;
            self.end = 0;
            self.read_more()?;
        }
        Ok(&self.buffer[self.at..self.end])
    }

    fn consume(&mut self, count: usize) {
        self.at += count;
    }
}

enum Stream {
    Plain(Raw),
    Gzip(Box<GzDecoder<Raw>>),
    Zstd(zstd::Decoder<'static, Raw>),
    Ended(Raw),
}

/// The bytes of a source after decompression: all members and frames, one after the other.
pub(super) struct Unpacked {
    name: Arc<str>,
    container: Container,
    stream: Stream,
    bytes_out: u64,
    trailing_garbage_bytes: u64,
    /// The largest window of the zstd frames so far.
    window_bytes: u64,
    /// The largest one that is allowed.
    window_bytes_max: u64,
    /// One that was not.
    window_refused: Option<u64>,
}

impl Unpacked {
    /// Looks at the first bytes and starts the decoder they ask for.
    pub(super) fn open(name: Arc<str>, inner: Box<dyn Read + Send>) -> Result<Unpacked, Error> {
        let mut unpacked = Unpacked {
            name,
            container: Container::None,
            stream: Stream::Ended(Raw::placeholder(Box::new(io::empty()))),
            bytes_out: 0,
            trailing_garbage_bytes: 0,
            window_bytes: 0,
            window_bytes_max: WINDOW_BYTES_MAX,
            window_refused: None,
        };
        let mut raw = Raw::new(inner);
        let container = raw.peek(4).map(Container::of);
        unpacked.stream = Stream::Plain(raw);
        unpacked.container = container.map_err(|error| unpacked.error(&error))?;
        unpacked.start().map_err(|error| unpacked.error(&error))?;
        Ok(unpacked)
    }

    /// The compression found.
    pub(super) fn container(&self) -> Container {
        self.container
    }

    /// What the decoder may keep of the source from here on: as much as it kept before, or 8 MiB if that is more.
    pub(super) fn settle_window(&mut self) -> u64 {
        if self.container == Container::Zstd {
            self.window_bytes_max = self.window_bytes.max(WINDOW_BYTES_FREE);
            self.window_bytes_max
        } else {
            0
        }
    }

    /// Decompressed bytes, zero only at the end of the source.
    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        loop {
            let result = match &mut self.stream {
                Stream::Plain(raw) => raw.read(out),
                Stream::Gzip(decoder) => decoder.read(out),
                Stream::Zstd(decoder) => decoder.read(out),
                Stream::Ended(_) => return Ok(0),
            };
            let count = result.map_err(|error| self.error(&error))?;
            if count > 0 || out.is_empty() {
                self.bytes_out += count as u64;
                self.check_ratio()?;
                return Ok(count);
            }
            self.start_next().map_err(|error| self.error(&error))?;
        }
    }

    /// Raises `progress` by every byte read from now on, and by those read already.
    pub(super) fn set_progress(&mut self, progress: Arc<Progress>) {
        progress.add_bytes_read(self.raw().bytes_read);
        self.raw_mut().progress = Some(progress);
    }

    /// Bytes read from disk.
    pub(super) fn bytes_read(&self) -> u64 {
        self.raw().bytes_read
    }

    /// XXH3-128 of the bytes read from disk.
    pub(super) fn fingerprint(&self) -> u128 {
        self.raw().fingerprint.digest128()
    }

    /// Bytes behind the last member or frame that belong to none.
    pub(super) fn trailing_garbage_bytes(&self) -> u64 {
        self.trailing_garbage_bytes
    }

    /// After the end of a member: the next one, or the end of the source.
    fn start_next(&mut self) -> io::Result<()> {
        let mut raw = self.take_raw();
        let next = match raw.peek(4) {
            Ok(magic) => Container::of(magic),
            Err(error) => {
                self.stream = Stream::Ended(raw);
                return Err(error);
            }
        };
        if next == self.container && self.container != Container::None {
            self.stream = Stream::Plain(raw);
            return self.start();
        }
        let drained = raw.drain();
        self.stream = Stream::Ended(raw);
        self.trailing_garbage_bytes = drained?;
        Ok(())
    }

    /// Puts the decoder of the container in front of the raw bytes.
    fn start(&mut self) -> io::Result<()> {
        let mut raw = self.take_raw();
        if self.container == Container::Zstd {
            let header = raw.peek(HEADER_BYTES);
            let window = header.as_ref().ok().and_then(|header| window_bytes(header)).unwrap_or(0);
            let failed = header.is_err();
            if failed || window > self.window_bytes_max {
                self.window_refused = (!failed).then_some(window);
                self.stream = Stream::Ended(raw);
                return Err(io::ErrorKind::OutOfMemory.into());
            }
            self.window_bytes = self.window_bytes.max(window);
        }
        self.stream = match self.container {
            Container::None => Stream::Plain(raw),
            Container::Gzip => Stream::Gzip(Box::new(GzDecoder::new(raw))),
            Container::Zstd => Stream::Zstd(zstd::Decoder::with_buffer(raw)?.single_frame()),
        };
        Ok(())
    }

    fn take_raw(&mut self) -> Raw {
        let empty = Stream::Ended(Raw::placeholder(Box::new(io::empty())));
        match std::mem::replace(&mut self.stream, empty) {
            Stream::Plain(raw) | Stream::Ended(raw) => raw,
            Stream::Gzip(decoder) => decoder.into_inner(),
            Stream::Zstd(decoder) => decoder.finish(),
        }
    }

    fn raw(&self) -> &Raw {
        match &self.stream {
            Stream::Plain(raw) | Stream::Ended(raw) => raw,
            Stream::Gzip(decoder) => decoder.get_ref(),
            Stream::Zstd(decoder) => decoder.get_ref(),
        }
    }

    fn raw_mut(&mut self) -> &mut Raw {
        match &mut self.stream {
            Stream::Plain(raw) | Stream::Ended(raw) => raw,
            Stream::Gzip(decoder) => decoder.get_mut(),
            Stream::Zstd(decoder) => decoder.get_mut(),
        }
    }

    fn check_ratio(&self) -> Result<(), Error> {
        let bytes_in = self.raw().offset();
        if self.bytes_out > RATIO_FREE_BYTES && self.bytes_out / RATIO_MAX > bytes_in {
            return Err(Error::Expands { path: self.name.to_string(), offset: bytes_in });
        }
        Ok(())
    }

    fn error(&mut self, error: &io::Error) -> Error {
        let path = self.name.to_string();
        let (refused, max) = (self.window_refused.take(), self.window_bytes_max);
        let raw = self.raw_mut();
        if let Some(bytes) = refused {
            return Error::Window { path, offset: raw.offset(), bytes, max };
        }
        if let Some(cause) = raw.failure.take() {
            return Error::Read { path, offset: raw.bytes_read, cause };
        }
        let truncated = error.kind() == io::ErrorKind::UnexpectedEof;
        Error::Damaged { path, offset: raw.offset(), container: self.container, truncated }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        zstd::encode_all(text, 1).unwrap()
    }

    fn unpack(bytes: Vec<u8>) -> (Result<Vec<u8>, Error>, Unpacked) {
        let mut unpacked = Unpacked::open("t".into(), Box::new(Cursor::new(bytes))).unwrap();
        let mut all = Vec::new();
        let mut chunk = vec![0; 1000];
        let result = loop {
            match unpacked.read(&mut chunk) {
                Ok(0) => break Ok(all),
                Ok(count) => all.extend_from_slice(&chunk[..count]),
                Err(error) => break Err(error),
            }
        };
        (result, unpacked)
    }

    fn check(bytes: Vec<u8>, want: &[u8], garbage: u64) {
        let (size, fingerprint) = (bytes.len() as u64, xxhash_rust::xxh3::xxh3_128(&bytes));
        let (got, unpacked) = unpack(bytes);
        assert_eq!(got.unwrap(), want);
        assert_eq!(unpacked.bytes_read(), size);
        assert_eq!(unpacked.fingerprint(), fingerprint);
        assert_eq!(unpacked.trailing_garbage_bytes(), garbage);
    }

    #[test]
    fn reads_all_members_and_frames() {
        let text = b"one\ntwo\n".repeat(5000);
        let twice = text.repeat(2);
        let skippable = b"\x51\x2a\x4d\x18\x04\0\0\0abcd".to_vec();
        check(text.clone(), &text, 0);
        check(Vec::new(), b"", 0);
        check(gzip(&text), &text, 0);
        check([gzip(&text), gzip(&text)].concat(), &twice, 0);
        check([gzip(&text), gzip(b""), gzip(&text), b"\0\0junk".to_vec()].concat(), &twice, 6);
        check([zstd(&text), skippable.clone(), zstd(&text)].concat(), &twice, 0);
        check([skippable, zstd(&text), b"junk!".to_vec()].concat(), &text, 5);
    }

    #[test]
    fn every_truncation_of_a_stream_is_an_error() {
        let text = b"one\ntwo\nthree,four,\"five\"\n".repeat(20);
        for whole in [gzip(&text), zstd(&text), [gzip(&text), gzip(&text)].concat()] {
            let one = gzip(&text).len();
            for end in 4..whole.len() {
                let (result, _) = unpack(whole[..end].to_vec());
                let at_a_seam = whole[0] == 0x1f && (end == one || (one..one + 3).contains(&end));
                assert_eq!(result.is_ok(), at_a_seam, "{end} of {}: {result:?}", whole.len());
            }
        }
    }

    #[test]
    fn damage_is_an_error_and_names_the_place() {
        let mut bytes = gzip(&b"abc,def\n".repeat(100));
        let checksum = bytes.len() - 6;
        bytes[checksum] ^= 1;
        let error = unpack(bytes).0.unwrap_err();
        assert!(matches!(error, Error::Damaged { truncated: false, offset: 1.., .. }), "{error:?}");
    }

    #[test]
    fn a_bomb_is_stopped() {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&vec![0; 70 << 20]).unwrap();
        for bomb in [encoder.finish().unwrap(), zstd(&vec![b'a'; 70 << 20])] {
            let error = unpack(bomb).0.map(|all| all.len()).unwrap_err();
            assert!(matches!(error, Error::Expands { .. }), "{error:?}");
        }
    }

    #[test]
    fn a_later_frame_does_not_take_memory_that_nobody_counted() {
        use super::super::window::tests::stream;
        let text = b"one\ntwo\n".repeat(5000);
        let check = |logs: &[u32], want: Result<(), u64>| {
            let bytes: Vec<u8> = logs.iter().flat_map(|log| stream(*log, &text)).collect();
            let mut unpacked = Unpacked::open("t".into(), Box::new(Cursor::new(bytes))).unwrap();
            let mut out = vec![0; 1000];
            assert_eq!(unpacked.read(&mut out).unwrap(), out.len());
            let settled = unpacked.settle_window();
            assert_eq!(settled, (1u64 << logs[0]).max(8 << 20), "{logs:?}");
            let mut left = logs.len() * text.len() - out.len();
            let failed = loop {
                match unpacked.read(&mut out) {
                    Ok(0) => break Ok(()),
                    Ok(count) => left -= count,
                    Err(Error::Window { bytes, max, .. }) => {
                        assert_eq!(max, settled);
                        break Err(bytes);
                    }
                    Err(error) => panic!("{error:?}"),
                }
            };
            assert_eq!((failed, left == 0), (want, want.is_ok()), "{logs:?}");
        };
        check(&[17, 23, 10], Ok(()));
        check(&[17, 24], Err(1 << 24));
        check(&[26, 24, 26], Ok(()));
        check(&[24, 20, 27], Err(1 << 27));
    }

    #[test]
    fn a_failing_reader_is_not_taken_for_damage() {
        struct Failing;
        impl Read for Failing {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::TimedOut.into())
            }
        }
        let whole = gzip(b"text");
        let cut = Cursor::new(whole[..12].to_vec()).chain(Failing);
        let mut unpacked = Unpacked::open("t".into(), Box::new(cut)).unwrap();
        let error = (0..9).find_map(|_| unpacked.read(&mut [0; 10]).err()).unwrap();
        assert!(matches!(error, Error::Read { offset: 12, .. }), "{error:?}");
    }
}
