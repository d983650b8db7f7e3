//! Archives and spreadsheets: one file that holds several sources.
//!
//! ```text
//! file -> streams (container.rs) -> tar, zip or workbook -> members -> streams -> tar, zip ... -> leaves
//! ```
//!
//! A thread walks the file from its start to its end and hands out one leaf after the other: `dump.zip!2021/users.csv`,
//! `crm.xlsx!Customers`. Members of tar and zip borrow from the archive around them, four deep; the thread keeps all
//! that on its own stack, and a leaf is a pipe, so that a reader of it owns nothing but chunks. A leaf that is a
//! compressed stream is handed out decompressed.
//!
//! Nothing is written to disk: a name such as `../../etc/x` is only a name, and is shown escaped. A zip needs to seek:
//! as a file of its own it is read in place, inside another archive it is held in memory, and so is a workbook there.
//!
//! # Limits
//!
//! What an archive says about itself is not believed. Four archives and streams may be in each other; a member and the
//! whole may expand 200 times once 64 MiB are out; members, bytes out, and bytes held in memory have limits of their own
//! ([`ArchiveLimits`]). A zip whose members share bytes is refused: that is how 10 MB become petabytes.
//!
//! # Arithmetic
//!
//! Memory: three chunks of 256 KiB, 256 KiB for each stream entered, the window of each decoder (`container.rs`), the
//! list of members of a zip (about 300 bytes each), and at most 64 MiB for a zip or workbook inside another archive. The
//! thread decompresses while the reader splits: a chunk crosses the pipe for the cost of one copy.

mod pipe;
mod tarred;
mod walk;
mod zipped;

use std::fmt;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crossbeam_channel::{Receiver, Sender, bounded};
use zeroize::Zeroizing;

use super::container::Layers;
use super::error::Error;
use super::{Options, Source, check_regular};
pub(super) use pipe::Unwanted;
use walk::{Kind, Peeked};
pub(super) use walk::{Leaf, Notes, Stop, Walker, limit, sheet_name};

/// The name of the thread behind [`Members`]. A panic in it is one of a parser, and an error of the member like any other damage.
pub const ARCHIVE_THREAD: &str = "archive";

/// Passwords for the members of zip archives, tried in order.
#[derive(Clone, Default)]
pub struct Passwords(Arc<Vec<Zeroizing<Vec<u8>>>>);

impl Passwords {
    /// Takes the passwords as bytes: an archive does not say in which encoding they are.
    pub fn new(passwords: Vec<Zeroizing<Vec<u8>>>) -> Passwords {
        Passwords(Arc::new(passwords))
    }
}

impl fmt::Debug for Passwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Passwords({})", self.0.len())
    }
}

/// How much is read out of one archive.
#[derive(Clone, Copy, Debug)]
pub struct ArchiveLimits {
    /// Members, those passed over included.
    pub members_max: u64,
    /// Bytes out of all members together.
    pub bytes_max: u64,
    /// A zip archive or a workbook inside another archive is held in memory.
    pub memory_bytes_max: u64,
    /// The tables of a workbook that its reader holds in memory, such as the list of all texts.
    pub workbook_bytes_max: u64,
}

impl Default for ArchiveLimits {
    fn default() -> ArchiveLimits {
        ArchiveLimits {
            members_max: 1_000_000,
            // Larger than any one file of a breach; a limit for what never ends.
            bytes_max: 4 << 40,
            memory_bytes_max: 64 << 20,
            workbook_bytes_max: 512 << 20,
        }
    }
}

/// What a file turned out to hold.
#[derive(Debug)]
pub enum Contents {
    /// One source: for [`Source::open`](super::Source::open).
    Plain,
    /// Several, in an archive or a spreadsheet.
    Members(Members),
}

/// Opens a source once more: a file, or the member of an archive that has this number.
///
/// Cost: for a member that of reading all before it.
///
/// Errors: those of opening; the member is not there any more.
pub fn open_again(path: &Path, member: Option<usize>, options: &Options) -> Result<Source, Error> {
    let Some(number) = member else { return Source::open(path, options) };
    let gone = || Error::Open { path: path.to_string_lossy().into_owned(), cause: io::ErrorKind::NotFound.into() };
    let Contents::Members(mut members) = contents(path, options)? else { return Err(gone()) };
    let member = members.nth(number).ok_or_else(gone)??;
    Source::from_reader(&member.name, member.reader, options)
}

/// Looks into a file. A single compressed stream of text is `Plain`.
///
/// Cost: reads 256 KiB, decompresses 512 bytes, and starts a thread for an archive.
///
/// Errors: the file cannot be opened or is no regular file. What is wrong inside an archive is said by its members, what
/// is wrong with a compressed stream by `Source::open`.
pub fn contents(path: &Path, options: &Options) -> Result<Contents, Error> {
    let name = path.to_string_lossy();
    let failed = |cause| Error::Open { path: name.to_string(), cause };
    check_regular(&name, std::fs::metadata(path).map_err(failed)?.file_type())?;
    let mut file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    check_regular(&name, metadata.file_type())?;
    let inside = Layers::open(name.as_ref().into(), &mut file).map(|layers| Peeked::new(layers).kind());
    if !inside.is_ok_and(|kind| kind != Kind::Leaf) {
        return Ok(Contents::Plain);
    }
    file.seek(SeekFrom::Start(0)).map_err(failed)?;
    // Only the file's own name: the folders above say nothing about the member.
    let short = path.file_name().map_or_else(|| name.clone(), |short| short.to_string_lossy());
    Members::start(&short, file, metadata.len(), options).map(Contents::Members).map_err(failed)
}

/// One source out of an archive.
pub struct Member {
    /// Its place: `dump.zip!dir/users.csv`, `crm.xlsx!Customers`. Escaped, and cut when it is long.
    pub name: String,
    /// Its bytes, decompressed. An error that it gives is an [`Error`] inside an `io::Error`, which
    /// [`Source::from_reader`](super::Source::from_reader) takes out again. Ends with an error when the next member is
    /// asked for before; dropped early, the rest is passed over.
    pub reader: Box<dyn Read + Send>,
    /// How large the archive says it is; none where it does not say. For progress only.
    pub size: Option<u64>,
}

impl fmt::Debug for Member {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Member").field("name", &self.name).field("size", &self.size).finish_non_exhaustive()
    }
}

/// What the thread that walks and the iterator both see.
#[derive(Debug, Default)]
struct Shared {
    skipped: AtomicU64,
    bytes_read: AtomicU64,
    stop: AtomicBool,
}

enum Event {
    Member(Member, Sender<()>),
    Failed(Error),
    Done,
}

/// The members of an archive, in its order.
///
/// One at a time: asking for the next ends the reader of the one before. After an error the iteration goes on where the
/// format allows it. Dropping it ends the thread behind it.
pub struct Members {
    name: String,
    size: u64,
    events: Receiver<Event>,
    /// Cancels the member that was handed out last, when it is dropped.
    current: Option<Sender<()>>,
    shared: Arc<Shared>,
    ended: bool,
}

impl fmt::Debug for Members {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Members").field("name", &self.name).field("shared", &self.shared).finish_non_exhaustive()
    }
}

impl Members {
    fn start(name: &str, file: File, size: u64, options: &Options) -> std::io::Result<Members> {
        let (sender, events) = bounded(0);
        let shared = Arc::new(Shared::default());
        let name = walk::printable(name);
        let walker = Walker::new(sender, shared.clone(), size, options);
        let walked = name.clone();
        std::thread::Builder::new().name(ARCHIVE_THREAD.to_owned()).spawn(move || walker.run(&walked, file))?;
        Ok(Members { name, size, events, current: None, shared, ended: false })
    }

    /// Links, devices and folders passed over so far.
    pub fn skipped(&self) -> u64 {
        self.shared.skipped.load(Ordering::Relaxed)
    }

    /// Bytes of the file read so far, for progress: at most its size.
    pub fn bytes_read(&self) -> u64 {
        self.shared.bytes_read.load(Ordering::Relaxed).min(self.size)
    }
}

impl Iterator for Members {
    type Item = Result<Member, Error>;

    fn next(&mut self) -> Option<Result<Member, Error>> {
        self.current = None;
        if self.ended {
            return None;
        }
        match self.events.recv() {
            Ok(Event::Member(member, cancel)) => {
                self.current = Some(cancel);
                Some(Ok(member))
            }
            Ok(Event::Failed(error)) => Some(Err(error)),
            Ok(Event::Done) => {
                self.ended = true;
                None
            }
            Err(_) => {
                self.ended = true;
                Some(Err(Error::Archive { path: self.name.clone(), what: "the archive", why: "stopped its reader" }))
            }
        }
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
