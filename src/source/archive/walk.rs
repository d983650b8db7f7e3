//! The walk through archives in archives: what a stream of bytes holds, and where its leaves go.

use std::cell::{Cell, RefCell};
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crossbeam_channel::Sender;
use zeroize::Zeroizing;

use super::super::buffer::{self, Wiped};
use super::super::container::{DEPTH_MAX, Layers, RATIO_FREE_BYTES, RATIO_MAX, READ_BYTES};
use super::super::error::{self, Error, Limit, Printable};
use super::super::{Options, sheet};
use super::pipe::{self, Unwanted, Writer};
use super::{Event, Member, Passwords, Shared, tarred};

/// Enough of a stream to know a tar archive.
pub(super) const HEAD_BYTES: usize = 512;
/// Characters of one name shown.
const NAME_CHARS_MAX: usize = 200;

/// The walk ends here: nobody wants more, or no more is allowed.
pub(in crate::source) struct Stop;

/// What a stream of bytes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Tar,
    Zip,
    /// What Office wrote before 2007, and still writes around what is encrypted.
    Compound,
    Leaf,
}

impl Kind {
    fn of(head: &[u8]) -> Kind {
        match head {
            [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
            [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1, ..] => Kind::Compound,
            _ if tarred::is_header(head) => Kind::Tar,
            _ => Kind::Leaf,
        }
    }
}

/// A reader whose next bytes can be looked at.
pub(super) struct Peeked<R> {
    inner: R,
    ahead: Wiped,
    failed: Option<io::Error>,
}

impl<R: Read> Peeked<R> {
    pub(super) fn new(inner: R) -> Peeked<R> {
        Peeked { inner, ahead: Zeroizing::new(Vec::new()), failed: None }
    }

    /// The next bytes, as many unless the end or an error is before them; whoever reads is told of the error.
    pub(super) fn peek(&mut self) -> &[u8] {
        let mut length = self.ahead.len();
        buffer::reserve(&mut self.ahead, HEAD_BYTES - length);
        self.ahead.resize(HEAD_BYTES, 0);
        while length < HEAD_BYTES && self.failed.is_none() {
            match self.inner.read(&mut self.ahead[length..]) {
                Ok(0) => break,
                Ok(count) => length += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => self.failed = Some(error),
            }
        }
        self.ahead.truncate(length);
        &self.ahead
    }

    pub(super) fn kind(&mut self) -> Kind {
        Kind::of(self.peek())
    }

    /// Takes what was looked at.
    pub(super) fn pass(&mut self) {
        self.ahead.clear();
    }
}

impl<R: Read> Read for Peeked<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if !self.ahead.is_empty() {
            let count = self.ahead.len().min(out.len());
            out[..count].copy_from_slice(&self.ahead[..count]);
            self.ahead.drain(..count);
            return Ok(count);
        }
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.inner.read(out),
        }
    }
}

/// A reader below a parser that wraps, hides or forgets errors: what went wrong is kept beside.
pub(in crate::source) struct Noted<'a, R> {
    pub(super) inner: R,
    pub(super) notes: &'a Notes,
}

/// What a [`Noted`] reader saw.
#[derive(Default)]
pub(in crate::source) struct Notes {
    failure: RefCell<Option<io::Error>>,
    /// Whether more was wanted than there is.
    pub(super) starved: Cell<bool>,
    /// Bytes that may be read; none for any number.
    pub(super) allowance: Cell<Option<u64>>,
}

impl Notes {
    /// So many bytes may be read from here on.
    pub(in crate::source) fn allow(&self, bytes: u64) {
        self.allowance.set(Some(bytes));
    }

    /// Whether all that was allowed has been read.
    pub(in crate::source) fn is_exhausted(&self) -> bool {
        self.allowance.get() == Some(0)
    }

    /// Whether the reader below has failed.
    pub(in crate::source) fn has_failed(&self) -> bool {
        self.failure.borrow().is_some()
    }

    /// The error of a parser: that of the reader below it, or damage.
    pub(in crate::source) fn error(&self, path: &str, what: &'static str, error: io::Error) -> Error {
        let path = path.to_owned();
        let error = match self.failure.take() {
            Some(below) => error::carried(below).map_err(|cause| Error::Read { path: path.clone(), offset: 0, cause }),
            None => error::carried(error).map_err(|error| {
                let why = match error.kind() {
                    io::ErrorKind::Unsupported => "uses a compression that is not read",
                    io::ErrorKind::UnexpectedEof => "ends early",
                    _ if self.starved.get() => "ends early",
                    _ => "is damaged",
                };
                Error::Archive { path, what, why }
            }),
        };
        error.unwrap_or_else(|error| error)
    }
}

impl<R: Read> Read for Noted<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let wanted = out.len().min(self.notes.allowance.get().map_or(usize::MAX, |left| left as usize));
        if wanted == 0 && !out.is_empty() {
            return Err(io::ErrorKind::InvalidData.into());
        }
        match self.inner.read(&mut out[..wanted]) {
            Ok(count) => {
                self.notes.starved.set(count == 0 && wanted > 0);
                self.notes.allowance.set(self.notes.allowance.get().map(|left| left - count as u64));
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                let kind = error.kind();
                *self.notes.failure.borrow_mut() = Some(error);
                Err(kind.into())
            }
        }
    }
}

impl<R: Seek> Seek for Noted<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// The file, counted; it ends when nobody wants it any more.
struct Counted<R> {
    inner: R,
    shared: Arc<Shared>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.shared.stop.load(Ordering::Relaxed) {
            return Err(io::Error::other(Error::Stopped));
        }
        let count = self.inner.read(out)?;
        self.shared.bytes_read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

impl<R: Seek> Seek for Counted<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

/// The thread's side.
pub(in crate::source) struct Walker {
    events: Sender<Event>,
    pub(super) shared: Arc<Shared>,
    file_bytes: u64,
    pub(in crate::source) limits: super::ArchiveLimits,
    pub(super) passwords: Passwords,
    members: u64,
    bytes_out: u64,
}

/// A leaf under way, not yet announced where it may turn out to be nothing.
pub(in crate::source) struct Leaf<'w> {
    walker: &'w mut Walker,
    name: String,
    size: Option<u64>,
    writer: Option<Writer>,
}

impl Walker {
    pub(super) fn new(events: Sender<Event>, shared: Arc<Shared>, file_bytes: u64, options: &Options) -> Walker {
        let (limits, passwords) = (options.archive_limits, options.archive_passwords.clone());
        Walker { events, shared, file_bytes, limits, passwords, members: 0, bytes_out: 0 }
    }

    /// Walks the file. A panic of a parser is an error like any other damage.
    pub(super) fn run(mut self, name: &str, file: impl Read + Seek) {
        let counted = Counted { inner: file, shared: self.shared.clone() };
        let walked = catch_unwind(AssertUnwindSafe(|| self.walk_file(name, counted)));
        let result = walked.unwrap_or_else(|_| self.report(damaged(name, "the archive")));
        if result.is_ok() {
            let _ = self.events.send(Event::Done);
        }
    }

    fn walk_file(&mut self, name: &str, file: impl Read + Seek) -> Result<(), Stop> {
        let mut file = BufReader::with_capacity(READ_BYTES, file);
        let kind = Peeked::new(&mut file).kind();
        if let Err(cause) = file.seek(SeekFrom::Start(0)) {
            return self.report(Error::Read { path: name.to_owned(), offset: 0, cause });
        }
        let result = match kind {
            Kind::Zip => self.walk_zip(name, file, 0),
            Kind::Compound => sheet::walk_xls(self, name, file),
            Kind::Tar | Kind::Leaf => self.walk(name, &mut file, None, 0),
        };
        // What stopped the walk from within was told to whoever read that member.
        result.or_else(|Stop| if self.shared.stop.load(Ordering::Relaxed) { Err(Stop) } else { Ok(()) })
    }

    /// Walks what a reader holds, with `depth` archives and streams around it.
    pub(super) fn walk(
        &mut self,
        name: &str,
        reader: &mut dyn Read,
        size: Option<u64>,
        depth: usize,
    ) -> Result<(), Stop> {
        let layers = match Layers::open_within(name.into(), reader, DEPTH_MAX.saturating_sub(depth)) {
            Ok(layers) => layers,
            Err(error) => return self.report(error),
        };
        let streams = layers.depth();
        let mut inside = Peeked::new(layers);
        let kind = inside.kind();
        let depth = depth + streams;
        match kind {
            Kind::Leaf => self.walk_leaf(name, &mut inside, size.filter(|_| streams == 0)),
            Kind::Tar if depth < DEPTH_MAX => self.walk_tar(name, inside, depth + 1),
            Kind::Zip | Kind::Compound => match self.take_into_memory(name, &mut inside) {
                Ok(bytes) if kind == Kind::Zip => self.walk_zip(name, Cursor::new(bytes.as_slice()), depth),
                Ok(bytes) => sheet::walk_xls(self, name, Cursor::new(bytes.as_slice())),
                Err(error) => self.report(error),
            },
            Kind::Tar => self.report(limit(name, Limit::Depth(DEPTH_MAX))),
        }
    }

    fn walk_leaf(&mut self, name: &str, reader: &mut dyn Read, size: Option<u64>) -> Result<(), Stop> {
        let mut leaf = self.leaf(name.to_owned(), size);
        leaf.announce()?;
        leaf.copy(reader)
    }

    /// A zip archive cannot be read as a stream.
    fn take_into_memory(&mut self, name: &str, reader: &mut dyn Read) -> Result<Wiped, Error> {
        let max = self.limits.memory_bytes_max;
        let mut bytes = Zeroizing::new(Vec::new());
        let mut chunk = Zeroizing::new(vec![0; READ_BYTES]);
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => return Ok(bytes),
                Ok(count) if (bytes.len() + count) as u64 > max => return Err(limit(name, Limit::Memory(max))),
                Ok(count) => buffer::append(&mut bytes, &chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Notes::default().error(name, "the archive", error)),
            }
        }
    }

    /// Tells of an error, and that the walk goes on.
    pub(in crate::source) fn report(&mut self, error: Error) -> Result<(), Stop> {
        self.events.send(Event::Failed(error)).map_err(|_| Stop)
    }

    /// Counts a member of an archive.
    pub(super) fn enter(&mut self, archive: &str) -> Result<(), Stop> {
        self.members += 1;
        if self.members > self.limits.members_max {
            self.report(limit(archive, Limit::Members(self.limits.members_max)))?;
            return Err(Stop);
        }
        Ok(())
    }

    /// Counts a member that is no file.
    pub(super) fn skip(&mut self) {
        self.shared.skipped.fetch_add(1, Ordering::Relaxed);
    }

    /// A leaf with this name.
    pub(in crate::source) fn leaf(&mut self, name: String, size: Option<u64>) -> Leaf<'_> {
        Leaf { walker: self, name, size, writer: None }
    }

    /// Counts bytes that come out.
    fn count(&mut self, bytes: usize) -> Result<(), Limit> {
        self.bytes_out += bytes as u64;
        if self.bytes_out > self.limits.bytes_max {
            return Err(Limit::Bytes(self.limits.bytes_max));
        }
        if self.bytes_out > RATIO_FREE_BYTES && self.bytes_out / RATIO_MAX > self.file_bytes {
            return Err(Limit::Ratio(RATIO_MAX));
        }
        Ok(())
    }
}

impl Leaf<'_> {
    /// Hands the leaf out.
    fn announce(&mut self) -> Result<(), Stop> {
        let (writer, reader, cancel) = pipe::pipe();
        let member = Member { name: self.name.clone(), reader: Box::new(reader), size: self.size };
        self.writer = Some(writer);
        self.walker.events.send(Event::Member(member, cancel)).map_err(|_| Stop)
    }

    /// Passes on all that a reader has.
    fn copy(mut self, reader: &mut dyn Read) -> Result<(), Stop> {
        let Some(mut writer) = self.writer.take() else { return Ok(()) };
        loop {
            // What nobody wants is passed over by the archive around it.
            let Ok(room) = writer.room() else { return Ok(()) };
            match reader.read(room) {
                Ok(0) => {
                    writer.end();
                    return Ok(());
                }
                Ok(count) => {
                    writer.filled(count);
                    if let Err(over) = self.walker.count(count) {
                        writer.fail(limit(&self.name, over));
                        return Err(Stop);
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    writer.fail(Notes::default().error(&self.name, "the member", error));
                    return Ok(());
                }
            }
        }
    }

    /// Appends bytes; the leaf is handed out with the first. Unwanted: pass over the rest of it.
    pub(in crate::source) fn write(&mut self, bytes: &[u8]) -> Result<Result<(), Unwanted>, Stop> {
        if self.writer.is_none() {
            self.announce()?;
        }
        if let Err(over) = self.walker.count(bytes.len()) {
            let error = limit(&self.name, over);
            self.fail(error)?;
            return Err(Stop);
        }
        Ok(self.writer.as_mut().map_or(Ok(()), |writer| writer.write(bytes)))
    }

    /// Ends the leaf. One that got no bytes was never there.
    pub(in crate::source) fn end(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.end();
        }
    }

    /// Ends the leaf with an error, which stands alone if there was no byte before.
    pub(in crate::source) fn fail(&mut self, error: Error) -> Result<(), Stop> {
        match self.writer.take() {
            Some(writer) => {
                writer.fail(error);
                Ok(())
            }
            None => self.walker.report(error),
        }
    }
}

/// A leaf that is given up in its middle, as by a parser that panics, is damaged. Where nobody reads it, nobody is told.
impl Drop for Leaf<'_> {
    fn drop(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.fail(damaged(&self.name, "the member"));
        }
    }
}

pub(in crate::source) fn limit(path: &str, limit: Limit) -> Error {
    Error::Limit { path: path.to_owned(), limit }
}

pub(super) fn damaged(path: &str, what: &'static str) -> Error {
    Error::Archive { path: path.to_owned(), what, why: "is damaged" }
}

/// A name that can be shown: escaped, and without its middle if it is long.
pub(super) fn printable(name: &str) -> String {
    let count = name.chars().count();
    if count <= NAME_CHARS_MAX {
        return Printable(name).to_string();
    }
    let head: String = name.chars().take(NAME_CHARS_MAX / 2).collect();
    let tail: String = name.chars().skip(count - NAME_CHARS_MAX / 2).collect();
    format!("{}...{}", Printable(&head), Printable(&tail))
}

/// The name of a member: its archive's, and its own, which need not be UTF-8.
pub(super) fn member_name(archive: &str, own: &[u8]) -> String {
    format!("{archive}!{}", printable(&String::from_utf8_lossy(own)))
}

/// The name of a sheet as a member.
pub(in crate::source) fn sheet_name(workbook: &str, sheet: &str) -> String {
    member_name(workbook, sheet.as_bytes())
}
