//! The bytes on disk, counted and fingerprinted, and what is left of them after decompression.
//!
//! A stream may hold another stream, which people make by hand: `users.csv.gz` once more in an `.xz`. Each one is a layer
//! with its own decoder, four at most. The ratio of output to bytes on disk is held by every layer, measured against the
//! disk and not against the layer below, or four layers would be allowed 200 to the fourth.
//!
//! Every decoder reads out of one buffer of 256 KiB and stops exactly behind its stream, so that what follows (another
//! stream, or garbage) is seen. What a decoder keeps is small (bzip2 4 MB, lz4 8 MB, gzip 32 KiB) or limited by its
//! header: see `window.rs` for zstd, `lzma.rs` for xz.

mod lzma;
mod raw;

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;

use bzip2::bufread::BzDecoder;
use flate2::bufread::GzDecoder;
use lz4_flex::frame::FrameDecoder;
use zeroize::{Zeroize, Zeroizing};

use self::lzma::LzmaDecoder;
use self::raw::{Input, Raw};
use super::Progress;
use super::buffer::Wiped;
use super::error::{self, Error, Limit};
use super::window::{HEADER_BYTES, WINDOW_BYTES_FREE, WINDOW_BYTES_MAX, window_bytes};

/// 256 KiB: large enough that a system call costs nothing, small enough to stay in the second-level cache. Small in a fuzz
/// build, so that an input of a few bytes comes in portions, and pays for no large buffer.
pub(super) const READ_BYTES: usize = if cfg!(fuzzing) { 1 << 10 } else { 256 << 10 };
/// The first time it is as much as most small files have: of a tree of thousands, touching and wiping the rest is most of the work.
pub(super) const FIRST_READ_BYTES: usize = if cfg!(fuzzing) { 1 << 10 } else { 16 << 10 };
/// A file of one repeated line may expand a thousand times; below this much output nobody is harmed.
pub(super) const RATIO_FREE_BYTES: u64 = if cfg!(fuzzing) { 1 << 20 } else { 64 << 20 };
/// Text in the wild stays below 50.
pub(super) const RATIO_MAX: u64 = 200;
/// Streams in streams; archives count in the same way.
pub(super) const DEPTH_MAX: usize = 4;
/// Enough to know every stream: `.lzma` needs most.
const MAGIC_BYTES: usize = 13;
/// Enough of the start of a stream to know the memory it asks for: two sizes of an xz block take most.
const START_BYTES: usize = 40;

/// How a source is compressed, recognised by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Not at all.
    None,
    /// One or more gzip members.
    Gzip,
    /// One or more zstd frames.
    Zstd,
    /// One or more bzip2 streams.
    Bzip2,
    /// One or more xz streams.
    Xz,
    /// What was before xz.
    Lzma,
    /// One or more lz4 frames.
    Lz4,
}

impl Container {
    fn of(magic: &[u8]) -> Container {
        match magic {
            [0x1f, 0x8b, 8, ..] => Container::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Container::Zstd,
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if rest.starts_with(b"1AY&SY") => Container::Bzip2,
            [b'B', b'Z', b'h', b'1'..=b'9', rest @ ..] if rest.starts_with(b"\x17rE8P\x90") => Container::Bzip2,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Container::Xz,
            [0x04, 0x22, 0x4d, 0x18, ..] => Container::Lz4,
            _ if lzma::is_legacy(magic) => Container::Lzma,
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
            Container::Bzip2 => "bzip2",
            Container::Xz => "xz",
            Container::Lzma => "lzma",
            Container::Lz4 => "lz4",
        })
    }
}

enum Stream<R: Read> {
    Plain(Raw<R>),
    Gzip(Box<GzDecoder<Raw<R>>>),
    Zstd(zstd::Decoder<'static, Raw<R>>),
    Bzip2(Box<BzDecoder<Raw<R>>>),
    Lzma(Box<LzmaDecoder<Raw<R>>>),
    Lz4(Box<FrameDecoder<Raw<R>>>),
    Ended(Raw<R>),
}

/// The bytes of a source after decompression: all streams, one after the other.
pub(super) type Unpacked = Layers<Box<dyn Read + Send>>;

/// A reader and the streams it holds, one in the other.
pub(super) struct Layers<R: Read> {
    top: Box<Layer<R>>,
    container: Container,
}

impl<R: Read> Layers<R> {
    /// Looks at the first bytes and starts the decoder they ask for, and again at what that gives.
    pub(super) fn open(name: Arc<str>, inner: R) -> Result<Layers<R>, Error> {
        Layers::open_within(name, inner, DEPTH_MAX)
    }

    /// As `open`, with `depth` layers at most.
    pub(super) fn open_within(name: Arc<str>, inner: R, depth: usize) -> Result<Layers<R>, Error> {
        let mut top = Box::new(Layer::open(name.clone(), Input::Reader(inner))?);
        let container = top.container;
        let mut count = usize::from(container != Container::None);
        while top.holds_stream() {
            if count >= depth {
                return Err(Error::Limit { path: name.to_string(), limit: Limit::Depth(DEPTH_MAX) });
            }
            top = Box::new(Layer::open(name.clone(), Input::Layer(top))?);
            count += 1;
        }
        if count > depth {
            return Err(Error::Limit { path: name.to_string(), limit: Limit::Depth(DEPTH_MAX) });
        }
        Ok(Layers { top, container })
    }

    /// The compression found on disk.
    pub(super) fn container(&self) -> Container {
        self.container
    }

    /// How many streams are in each other.
    pub(super) fn depth(&self) -> usize {
        let mut count = usize::from(self.container != Container::None);
        let mut layer = &*self.top;
        while let Some(below) = layer.below() {
            layer = below;
            count += 1;
        }
        count
    }

    /// What the decoders may keep of the source from here on: as much as each kept before, or 8 MiB if that is more.
    pub(super) fn settle_window(&mut self) -> u64 {
        let mut bytes = 0;
        let mut layer = Some(&mut *self.top);
        while let Some(this) = layer {
            bytes += this.settle_window();
            layer = this.below_mut();
        }
        bytes
    }

    /// Decompressed bytes, zero only at the end of the source.
    pub(super) fn read(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        self.top.read(out)
    }

    /// Raises `progress` by every byte read from now on, and by those read already.
    pub(super) fn set_progress(&mut self, progress: Arc<Progress>) {
        let mut layer = &mut *self.top;
        while layer.below().is_some() {
            layer = match layer.below_mut() {
                Some(below) => below,
                None => return,
            };
        }
        let raw = layer.raw_mut();
        progress.add_bytes_read(raw.bytes_read);
        raw.progress = Some(progress);
    }

    /// Bytes read from disk.
    pub(super) fn bytes_read(&self) -> u64 {
        self.top.lowest().raw().bytes_read
    }

    /// XXH3-128 of the bytes read from disk.
    pub(super) fn fingerprint(&self) -> u128 {
        self.top.lowest().raw().fingerprint.digest128()
    }

    /// Bytes behind the last stream of each layer that belong to none.
    pub(super) fn trailing_garbage_bytes(&self) -> u64 {
        let mut bytes = 0;
        let mut layer = Some(&*self.top);
        while let Some(this) = layer {
            bytes += this.trailing_garbage_bytes;
            layer = this.below();
        }
        bytes
    }
}

impl<R: Read> Read for Layers<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        self.top.read(out).map_err(io::Error::other)
    }
}

/// One decoder over one input.
struct Layer<R: Read> {
    name: Arc<str>,
    container: Container,
    stream: Stream<R>,
    /// The start of the output, read to see whether it is a stream again.
    ahead: Wiped,
    /// What came of reading it; told to whoever reads next.
    ahead_failed: Option<Error>,
    bytes_out: u64,
    trailing_garbage_bytes: u64,
    /// The largest window of the frames so far.
    window_bytes: u64,
    /// The largest one that is allowed.
    window_bytes_max: u64,
    /// One that was not.
    window_refused: Option<u64>,
}

impl<R: Read> Layer<R> {
    fn open(name: Arc<str>, inner: Input<R>) -> Result<Layer<R>, Error> {
        let mut layer = Layer {
            name,
            container: Container::None,
            stream: Stream::Ended(Raw::placeholder()),
            ahead: Zeroizing::new(Vec::new()),
            ahead_failed: None,
            bytes_out: 0,
            trailing_garbage_bytes: 0,
            window_bytes: 0,
            window_bytes_max: WINDOW_BYTES_MAX,
            window_refused: None,
        };
        let mut raw = Raw::new(inner);
        let container = raw.peek(MAGIC_BYTES).map(Container::of);
        layer.stream = Stream::Plain(raw);
        layer.container = container.map_err(|error| layer.error(&error))?;
        layer.start().map_err(|error| layer.error(&error))?;
        Ok(layer)
    }

    /// Whether the output begins as another stream does.
    fn holds_stream(&mut self) -> bool {
        if self.container == Container::None {
            return false;
        }
        let mut ahead = [0; MAGIC_BYTES];
        let mut count = 0;
        while count < ahead.len() && self.ahead_failed.is_none() {
            match self.read_decoded(&mut ahead[count..]) {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(error) => count += self.fail_later(error),
            }
        }
        self.ahead.extend_from_slice(&ahead[..count]);
        ahead.zeroize();
        Container::of(&self.ahead) != Container::None
    }

    fn read(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        if !self.ahead.is_empty() {
            let count = self.ahead.len().min(out.len());
            out[..count].copy_from_slice(&self.ahead[..count]);
            self.ahead.drain(..count);
            let more = if self.ahead.is_empty() && self.ahead_failed.is_none() {
                self.read_decoded(&mut out[count..])
            } else {
                Ok(0)
            };
            return Ok(count + more.unwrap_or_else(|error| self.fail_later(error)));
        }
        match self.ahead_failed.take() {
            Some(error) => Err(error),
            None => self.read_decoded(out),
        }
    }

    fn fail_later(&mut self, error: Error) -> usize {
        self.ahead_failed = Some(error);
        0
    }

    fn read_decoded(&mut self, out: &mut [u8]) -> Result<usize, Error> {
        loop {
            let result = match &mut self.stream {
                Stream::Plain(raw) => raw.read(out),
                Stream::Gzip(decoder) => decoder.read(out),
                Stream::Zstd(decoder) => decoder.read(out),
                Stream::Bzip2(decoder) => decoder.read(out),
                Stream::Lzma(decoder) => decoder.read(out),
                Stream::Lz4(decoder) => decoder.read(out),
                Stream::Ended(_) => return Ok(0),
            };
            let count = result.map_err(|error| self.error(&error))?;
            if count > 0 || out.is_empty() {
                self.bytes_out += count as u64;
                self.check_ratio()?;
                return Ok(count);
            }
            if matches!(&self.stream, Stream::Lz4(decoder) if decoder.get_ref().starved) {
                return Err(self.error(&io::ErrorKind::UnexpectedEof.into()));
            }
            self.start_next().map_err(|error| self.error(&error))?;
        }
    }

    /// After the end of a stream: the next one, or the end of the source. Zeros between two and behind the last are padding: xz
    /// allows them, and tapes and block devices make them.
    fn start_next(&mut self) -> io::Result<()> {
        let mut raw = self.take_raw();
        let next = raw.pass_zeros().and_then(|zeros| Ok((zeros, Container::of(raw.peek(MAGIC_BYTES)?))));
        let (zeros, next) = match next {
            Ok(next) => next,
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
        self.trailing_garbage_bytes = match drained? {
            0 => 0,
            others => zeros + others,
        };
        Ok(())
    }

    /// Puts the decoder of the container in front of the raw bytes.
    fn start(&mut self) -> io::Result<()> {
        let mut raw = self.take_raw();
        if let Err(error) = self.check_window(&mut raw) {
            self.stream = Stream::Ended(raw);
            return Err(error);
        }
        self.stream = match self.container {
            Container::None => Stream::Plain(raw),
            Container::Gzip => Stream::Gzip(Box::new(GzDecoder::new(raw))),
            Container::Zstd => Stream::Zstd(zstd::Decoder::with_buffer(raw)?.single_frame()),
            Container::Bzip2 => Stream::Bzip2(Box::new(BzDecoder::new(raw))),
            Container::Lz4 => Stream::Lz4(Box::new(FrameDecoder::new(raw))),
            Container::Xz | Container::Lzma => {
                let legacy = self.container == Container::Lzma;
                Stream::Lzma(Box::new(LzmaDecoder::new(raw, legacy, self.window_bytes_max)?))
            }
        };
        Ok(())
    }

    /// Refuses a stream whose header asks for more memory than it may have.
    fn check_window(&mut self, raw: &mut Raw<R>) -> io::Result<()> {
        let window = match self.container {
            Container::Zstd => window_bytes(raw.peek(HEADER_BYTES)?),
            Container::Xz | Container::Lzma => lzma::window_bytes(raw.peek(START_BYTES)?),
            _ => None,
        };
        let window = window.unwrap_or(0);
        if window > self.window_bytes_max {
            self.window_refused = Some(window);
            return Err(io::ErrorKind::OutOfMemory.into());
        }
        self.window_bytes = self.window_bytes.max(window);
        Ok(())
    }

    fn settle_window(&mut self) -> u64 {
        if !matches!(self.container, Container::Zstd | Container::Xz | Container::Lzma) {
            return 0;
        }
        self.window_bytes_max = self.window_bytes.max(WINDOW_BYTES_FREE);
        if let Stream::Lzma(decoder) = &mut self.stream {
            decoder.set_window_max(self.window_bytes_max);
        }
        self.window_bytes_max
    }

    fn take_raw(&mut self) -> Raw<R> {
        match std::mem::replace(&mut self.stream, Stream::Ended(Raw::placeholder())) {
            Stream::Plain(raw) | Stream::Ended(raw) => raw,
            Stream::Gzip(decoder) => decoder.into_inner(),
            Stream::Zstd(decoder) => decoder.finish(),
            Stream::Bzip2(decoder) => decoder.into_inner(),
            Stream::Lzma(decoder) => decoder.into_inner(),
            Stream::Lz4(decoder) => decoder.into_inner(),
        }
    }

    fn raw(&self) -> &Raw<R> {
        match &self.stream {
            Stream::Plain(raw) | Stream::Ended(raw) => raw,
            Stream::Gzip(decoder) => decoder.get_ref(),
            Stream::Zstd(decoder) => decoder.get_ref(),
            Stream::Bzip2(decoder) => decoder.get_ref(),
            Stream::Lzma(decoder) => decoder.get_ref(),
            Stream::Lz4(decoder) => decoder.get_ref(),
        }
    }

    fn raw_mut(&mut self) -> &mut Raw<R> {
        match &mut self.stream {
            Stream::Plain(raw) | Stream::Ended(raw) => raw,
            Stream::Gzip(decoder) => decoder.get_mut(),
            Stream::Zstd(decoder) => decoder.get_mut(),
            Stream::Bzip2(decoder) => decoder.get_mut(),
            Stream::Lzma(decoder) => decoder.get_mut(),
            Stream::Lz4(decoder) => decoder.get_mut(),
        }
    }

    fn below(&self) -> Option<&Layer<R>> {
        match &self.raw().inner {
            Input::Layer(layer) => Some(layer),
            Input::Reader(_) | Input::Nothing => None,
        }
    }

    fn below_mut(&mut self) -> Option<&mut Layer<R>> {
        match &mut self.raw_mut().inner {
            Input::Layer(layer) => Some(layer),
            Input::Reader(_) | Input::Nothing => None,
        }
    }

    /// The layer that reads from disk.
    fn lowest(&self) -> &Layer<R> {
        self.below().map_or(self, Layer::lowest)
    }

    fn check_ratio(&self) -> Result<(), Error> {
        if self.bytes_out <= RATIO_FREE_BYTES || self.container == Container::None {
            return Ok(());
        }
        let bytes_in = self.lowest().raw().offset();
        if self.bytes_out / RATIO_MAX > bytes_in {
            return Err(Error::Expands { path: self.name.to_string(), offset: bytes_in });
        }
        Ok(())
    }

    fn error(&mut self, error: &io::Error) -> Error {
        let path = self.name.to_string();
        let (refused, max) = (self.window_refused.take(), self.window_bytes_max);
        let lacks_memory = matches!(&self.stream, Stream::Lzma(decoder) if decoder.lacks_memory());
        let offset = self.lowest().raw().offset();
        if let Some(cause) = self.raw_mut().failure.take() {
            let offset = self.lowest().raw().bytes_read;
            return error::carried(cause).unwrap_or_else(|cause| Error::Read { path, offset, cause });
        }
        if refused.is_some() || lacks_memory {
            let bytes = refused.unwrap_or(max + 1);
            return Error::Window { path, container: self.container, offset, bytes, max };
        }
        let truncated = error.kind() == io::ErrorKind::UnexpectedEof;
        Error::Damaged { path, offset, container: self.container, truncated }
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

    fn bzip2(text: &[u8]) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn xz(text: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        liblzma::read::XzEncoder::new(text, 6).read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn lzma(text: &[u8]) -> Vec<u8> {
        let options = liblzma::stream::LzmaOptions::new_preset(6).unwrap();
        let stream = liblzma::stream::Stream::new_lzma_encoder(&options).unwrap();
        let mut bytes = Vec::new();
        liblzma::read::XzEncoder::new_stream(text, stream).read_to_end(&mut bytes).unwrap();
        bytes
    }

    fn lz4(text: &[u8]) -> Vec<u8> {
        let info = lz4_flex::frame::FrameInfo::new().content_checksum(true);
        let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
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
        for encode in [gzip, zstd, bzip2, xz, lz4] {
            let zeros = vec![0; READ_BYTES + 4];
            check([encode(&text), zeros.clone(), encode(&text), zeros].concat(), &twice, 0);
        }
        check([zstd(&text), skippable.clone(), zstd(&text)].concat(), &twice, 0);
        check([skippable, zstd(&text), b"junk!".to_vec()].concat(), &text, 5);
        for encode in [bzip2, xz, lz4] {
            check(encode(b""), b"", 0);
            check([encode(&text), encode(b""), encode(&text)].concat(), &twice, 0);
            check([encode(&text), b"junk!".to_vec()].concat(), &text, 5);
        }
        check(lzma(&text), &text, 0);
        check([lzma(&text), b"junk!".to_vec()].concat(), &text, 5);
    }

    #[test]
    fn a_text_that_begins_like_a_stream_is_a_text() {
        for text in [&b"BZh9,name\n"[..], b"BZh91AY,x\n", b"]a,b\n"] {
            check(text.to_vec(), text, 0);
        }
    }

    #[test]
    fn streams_in_streams_are_read() {
        let text = b"one\ntwo\n".repeat(5000);
        check(xz(&gzip(&text)), &text, 0);
        check(gzip(&[xz(&text), b"junk!".to_vec()].concat()), &text, 5);
        check(bzip2(&lz4(&zstd(&gzip(&text)))), &text, 0);
        let (result, unpacked) = unpack(lz4(&zstd(&gzip(&text))));
        assert!(result.is_ok(), "{result:?}");
        assert_eq!((unpacked.container(), unpacked.depth()), (Container::Lz4, 3));
        let five = gzip(&gzip(&gzip(&gzip(&gzip(&text)))));
        let error = Unpacked::open("t".into(), Box::new(Cursor::new(five))).err().unwrap();
        assert!(matches!(error, Error::Limit { limit: Limit::Depth(4), .. }), "{error:?}");
    }

    #[test]
    fn damage_inside_is_told_from_damage_outside() {
        let mut inner = xz(&b"abc,def\n".repeat(100));
        inner[40] ^= 1;
        let error = unpack(gzip(&inner)).0.unwrap_err();
        assert!(matches!(error, Error::Damaged { container: Container::Xz, .. }), "{error:?}");
        let mut outer = gzip(&xz(&b"abc,def\n".repeat(100)));
        outer.truncate(outer.len() - 9);
        let error = unpack(outer).0.unwrap_err();
        assert!(matches!(error, Error::Damaged { container: Container::Gzip, truncated: true, .. }), "{error:?}");
    }

    #[test]
    fn a_stream_that_wants_too_much_memory_is_refused() {
        let mut options = liblzma::stream::LzmaOptions::new_preset(0).unwrap();
        options.dict_size(192 << 20);
        let mut filters = liblzma::stream::Filters::new();
        filters.lzma2(&options);
        let stream = liblzma::stream::Stream::new_stream_encoder(&filters, liblzma::stream::Check::None).unwrap();
        let mut bytes = Vec::new();
        liblzma::read::XzEncoder::new_stream(&b"a,b\n"[..], stream).read_to_end(&mut bytes).unwrap();
        let error = Unpacked::open("t".into(), Box::new(Cursor::new(bytes))).err().unwrap();
        assert!(matches!(error, Error::Window { container: Container::Xz, bytes: 0xc00_0000, .. }), "{error:?}");
    }

    #[test]
    fn every_truncation_of_a_stream_is_an_error() {
        let text = b"one\ntwo\nthree,four,\"five\"\n".repeat(20);
        for encode in [gzip, zstd, xz, lz4, bzip2, lzma] {
            let one = encode(&text).len();
            let whole = [encode(&text), encode(&text)].concat();
            let magic = match Container::of(&whole) {
                Container::Bzip2 => 10,
                Container::Xz => 6,
                Container::Lzma => 13,
                Container::Gzip => 3,
                _ => 4,
            };
            for end in magic..whole.len() {
                let (result, _) = unpack(whole[..end].to_vec());
                // Too little of a second stream to know it is garbage behind the first.
                let at_a_seam = (one..one + magic).contains(&end);
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
        let zeros = vec![0; 70 << 20];
        // The layers of a bomb in a bomb do not multiply what is allowed.
        let nested = gzip(&zstd(&zeros));
        for bomb in [encoder.finish().unwrap(), zstd(&vec![b'a'; 70 << 20]), bzip2(&zeros), xz(&zeros), nested] {
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
        let cut = Cursor::new(whole[..14].to_vec()).chain(Failing);
        let mut unpacked = Unpacked::open("t".into(), Box::new(cut)).unwrap();
        let error = (0..9).find_map(|_| unpacked.read(&mut [0; 10]).err()).unwrap();
        assert!(matches!(error, Error::Read { offset: 14, .. }), "{error:?}");
    }
}
