//! Sources: bytes on disk become records.
//!
//! ```text
//! Raw        bytes on disk, counted, fingerprinted             container.rs
//! Unpacked   streams in streams, all members, ratio capped     container.rs
//! Text       UTF-8, `\n` at line ends, byte order marks gone   text.rs, encoding.rs, mixed.rs, lines.rs
//! Blocks     whole records, cut where frame.rs says            blocks.rs
//! Splitter   fields of each record, where frame.rs says        split.rs, json.rs, logins.rs, sites.rs, pairs.rs ..
//! ```
//!
//! One thread reads: it decompresses, decodes and cuts. Cutting looks only for the last line end, and walks only the
//! lines that have a quote. Any number of threads split. The sample that a plan is made from is the start of the same
//! stream, so standard input is read once, like a file.
//!
//! What is recognised is recognised by content: never by a file name.
//!
//! # Arithmetic
//!
//! Memory is independent of the input: a block of 1 MiB for each one under way, at most 1 MiB of a record carried over,
//! 0.25 MiB of raw and as much of undecoded bytes, and the windows of the decoders (gzip 32 KiB, zstd at most 128 MiB,
//! its own limit). The sample holds 1 MiB of text and, as rows, as much again; from a plain file larger than that it
//! adds 64 reads of 16 KiB.
//!
//! A worker spends 300 to 600 ns per record on canonical forms and digests: 100 to 200 MB/s. Splitting has to
//! disappear beside that, and reading has to feed all workers. Measured in MB/s of text per CPU-second, on one core of
//! a busy machine, with 110 to 200 bytes per record and 8 fields:
//!
//! | text | read and cut | split |
//! |---|---|---|
//! | delimited, no quotes in it | 1,550 | 1,830 |
//! | delimited, every record with quotes | 800 | 900 |
//! | one value a line (29 bytes) | 3,300 | 2,450 |
//! | JSON Lines, 3 paths of 8 wanted | 2,500 | 450 |
//!
//! In the same run serde_json reads those three values into a struct that borrows at 390, and skips a line at 600.

mod apostrophes;
mod archive;
mod assigned;
mod blocks;
mod buffer;
mod bulk;
mod census;
mod columns;
mod container;
mod discover;
mod encoding;
mod error;
mod escaped;
mod forms;
mod found;
mod frame;
mod free_column;
#[doc(hidden)]
pub mod fuzzing;
mod headings;
mod json;
mod legacy;
mod lexer;
mod lines;
mod logins;
mod long_line;
mod malformed;
mod mixed;
mod objects;
mod origins;
mod pairs;
mod preamble;
mod progress;
mod record;
mod relaxed;
mod rows;
mod runs;
mod sample;
mod separated;
mod shape;
mod sheet;
mod simd;
mod sites;
mod split;
mod sql;
mod step;
mod survey;
mod text;
mod transcode;
mod utf16;
mod window;

use std::fmt;
use std::fs::{File, FileType};
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

pub use archive::{ARCHIVE_THREAD, ArchiveLimits, Contents, Member, Members, Passwords, contents, open_again};
pub use blocks::{Block, Blocks, Totals};
pub use columns::Columns;
pub use container::Container;
pub use discover::{Discovered, Input, discover};
pub(crate) use error::is_steering;
pub use error::{Error, Limit};
pub use found::{Candidate, Edges, count_addresses, count_likely_addresses, names_file, search};
pub use headings::{Layout, Names};
pub use malformed::Malformed;
pub use progress::Progress;
pub use record::{Record, UNPLANNED};
pub use sample::{Sample, SampleRow};
pub use separated::Separator;
pub use split::{Outcome, Splitter};
pub use step::SplitCounts;
pub use survey::Searched;

use buffer::Wiped;
use container::{FIRST_READ_BYTES, Unpacked};
use text::Text;

/// How a source is read.
#[derive(Clone, Debug)]
pub struct Options {
    /// Name of the encoding after the WHATWG standard; a byte order mark beats it. None: found out.
    pub encoding: Option<String>,
    /// Decoded bytes per block.
    pub block_bytes: usize,
    /// Longer records are malformed. At most 128 MiB.
    pub record_bytes_max: usize,
    /// Whether every line has to be a record, so that rows can be counted: a list is never only searched for addresses.
    pub is_list: bool,
    /// Passwords for members of archives.
    pub archive_passwords: Passwords,
    /// How much is read out of one archive.
    pub archive_limits: ArchiveLimits,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            encoding: None,
            block_bytes: 1 << 20,
            record_bytes_max: 1 << 20,
            is_list: false,
            archive_passwords: Passwords::default(),
            archive_limits: ArchiveLimits::default(),
        }
    }
}

/// What a quote at the begin of a field means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quoting {
    /// Nothing: it is a part of the value.
    None,
    /// The field ends at the next quote, and may hold delimiters and line ends; a doubled quote is one (RFC 4180).
    Doubled,
    /// ... and so is a quote behind a backslash, as Spark and `SELECT .. INTO OUTFILE .. ENCLOSED BY` write it; `\N` without quotes
    /// is no value.
    Escaped,
    /// Fields stand in apostrophes, doubled or behind backslashes where they are part of a value; records are lines, and may stand in
    /// parentheses.
    Apostrophes,
}

/// How records and fields are separated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Shape {
    /// Fields between delimiters.
    Delimited {
        /// The byte between two fields.
        delimiter: u8,
        /// What a quote at the begin of a field means.
        quoting: Quoting,
    },
    /// Fields between delimiters, in which a backslash escapes: `SELECT .. INTO OUTFILE` of MySQL.
    Escaped {
        /// The byte between two fields.
        delimiter: u8,
    },
    /// Fields between runs of several bytes.
    Separated(Separator),
    /// Fields between colons, except those of times and URLs.
    Colons,
    /// One value a line.
    Lines,
    /// A login, a delimiter, and a secret that may hold it: a combolist.
    Logins {
        /// The delimiter of most lines.
        delimiter: u8,
    },
    /// URL, login and password of a site, in either order.
    Sites {
        /// The byte between them.
        delimiter: u8,
    },
    /// Blocks of `name: value` lines.
    Pairs,
    /// Lines of `name=value` or `name: value` pairs.
    Assigned,
    /// Lines of a name, a blank or an equal sign, and a value.
    Forms,
    /// One JSON object a line.
    JsonLines,
    /// JSON objects inside of this many brackets, whatever the lines.
    JsonObjects {
        /// The number of brackets.
        depth: u8,
        /// Whether strings stand in single quotes too, as a shell prints them.
        shell: bool,
    },
    /// JSON arrays that are the rows of a table, inside of this many brackets, whatever the lines.
    JsonRows {
        /// The number of brackets.
        depth: u8,
        /// Whether strings stand in single quotes too, as Python and JavaScript write them.
        shell: bool,
        /// Inside of how many of them the text begins, with the array of the names of the columns: one less, where it stands beside
        /// the array of the rows, `"columns":[..],"data":[[..]]`, all of them, where a title stands above the names, or none.
        open: u8,
    },
    /// A dump of SQL: the tuples of `INSERT`, the lines of `COPY`.
    Sql {
        /// Whether a backslash escapes in strings, as in MySQL; elsewhere only a doubled quote does.
        backslash: bool,
    },
    /// No known shape: the e-mail addresses in every line.
    Found,
}

impl Shape {
    /// Whether the columns have names whatever the first record holds: [`Sample::columns`] has them.
    pub fn names_columns(self) -> bool {
        match self {
            Shape::Delimited { .. } | Shape::Escaped { .. } | Shape::Separated(_) | Shape::Colons => false,
            Shape::Lines | Shape::JsonRows { .. } => false,
            Shape::Logins { .. } | Shape::Sites { .. } | Shape::Found => true,
            Shape::Pairs | Shape::Assigned | Shape::Forms | Shape::Sql { .. } => true,
            Shape::JsonLines | Shape::JsonObjects { .. } => true,
        }
    }

    /// Whether a record can have names of columns that the sample did not show.
    pub fn is_open(self) -> bool {
        let is_json = matches!(self, Shape::JsonLines | Shape::JsonObjects { .. });
        is_json || matches!(self, Shape::Pairs | Shape::Assigned | Shape::Sql { .. })
    }
}

/// What a source turned out to be.
#[derive(Clone, Debug)]
pub struct Description {
    /// How it is compressed.
    pub container: Container,
    /// Name of the encoding of most of the text, after the WHATWG standard.
    pub encoding: &'static str,
    /// Names of others, which some lines or fields of the sample have; the most frequent first.
    pub others: Vec<&'static str>,
    /// Whether a byte order mark says so.
    pub bom: bool,
    /// How records and fields are separated.
    pub shape: Shape,
    /// Whether the sample has carriage returns without a line feed; each is read as a line end.
    pub lone_cr: bool,
    /// Bytes on disk; none for a stream.
    pub size: Option<u64>,
    /// What a decoder keeps of the source in memory, at most: the window of zstd.
    pub window_bytes: u64,
    /// Lines above the names of the columns that are no records: a title, the banner of an export.
    pub lines_above: u64,
}

/// An opened dump or list: sniffed, with its start in memory.
///
/// ```
/// use std::sync::Arc;
/// use leakdex::source::{Block, Columns, Options, Outcome, Progress, Record, Source, Splitter};
///
/// let options = Options::default();
/// let list = &b"id;email\n1;anna@example.com\n"[..];
/// let source = Source::from_reader("list", Box::new(list), &options)?;
/// assert_eq!(source.description().shape.to_string(), "semicolon-delimited text");
/// let mut splitter = Splitter::new(source.description().shape, &Columns::positions(), &options);
/// let mut blocks = source.into_blocks(1, Arc::new(Progress::new()));
/// let (mut block, mut record, mut emails) = (Block::default(), Record::new(), 0);
/// while blocks.next_block(&mut block)? {
///     let mut at = 0;
///     while let Some(Outcome::Record) = splitter.next(&block.bytes, &mut at, &mut record) {
///         emails += usize::from(record.field(&block.bytes, 1) == b"anna@example.com");
///     }
/// }
/// assert_eq!(emails, 1);
/// # Ok::<(), leakdex::source::Error>(())
/// ```
pub struct Source {
    text: Text,
    description: Description,
    sample: Sample,
    options: Options,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("description", &self.description).field("sample", &self.sample).finish()
    }
}

impl Source {
    /// Opens a regular file.
    ///
    /// Cost: reads 1 MiB of text, and 64 windows of 16 KiB from larger plain files. An empty file is no error: it has
    /// no rows.
    ///
    /// Errors: see [`Error`].
    pub fn open(path: &Path, options: &Options) -> Result<Source, Error> {
        let name = path.to_string_lossy();
        let failed = |cause| Error::Open { path: name.to_string(), cause };
        // Asked before opening: opening a pipe would wait for somebody to write to it.
        check_regular(&name, std::fs::metadata(path).map_err(failed)?.file_type())?;
        let file = File::open(path).map_err(failed)?;
        let metadata = file.metadata().map_err(failed)?;
        check_regular(&name, metadata.file_type())?;
        let probe = file.try_clone().map_err(failed)?;
        Source::build(&name, Box::new(file), Some((probe, metadata.len())), options, &Look::DEFAULT)
    }

    /// Reads from a stream, such as standard input. `name` stands in messages.
    ///
    /// Errors: as `open`.
    pub fn from_reader(name: &str, reader: Box<dyn Read + Send>, options: &Options) -> Result<Source, Error> {
        Source::build(name, reader, None, options, &Look::DEFAULT)
    }

    /// What the source turned out to be.
    pub fn description(&self) -> &Description {
        &self.description
    }

    /// Rows to make a plan from.
    pub fn sample(&self) -> &Sample {
        &self.sample
    }

    /// Everything that a plan is made from. A dump of SQL is read to its end for that, since its tables may begin anywhere: to
    /// read it as a whole, it has to be opened again.
    ///
    /// Errors: if a dump of SQL cannot be read to its end.
    pub fn into_sample(self) -> Result<(Description, Sample), Error> {
        let description = self.description.clone();
        let sample = if self.is_surveyed() { survey::survey(self)? } else { self.sample };
        Ok((description, sample))
    }

    /// Whether a plan takes more than what is in memory.
    pub fn is_surveyed(&self) -> bool {
        matches!(self.description.shape, Shape::Sql { .. }) && !self.sample.whole_file
    }

    /// Reads the whole source, and says what a plain search finds in it. To read it as a text that is searched, it has to be
    /// opened again.
    ///
    /// Errors: if it cannot be read to its end.
    pub fn search(self) -> Result<Searched, Error> {
        survey::search_all(self)
    }

    /// The same source as a text that is only searched, and what it was.
    pub fn into_found(mut self) -> ((Description, Sample), Source) {
        let description = self.description.clone();
        self.description.shape = Shape::Found;
        self.description.lines_above = 0;
        // What stood above the records of another shape is text, too.
        self.text.unskip();
        let sample = std::mem::take(&mut self.sample);
        ((description, sample), self)
    }

    /// Reads the whole source from its start, without its first `skip_records` records (a header). Adds the size of
    /// the source to the total of `progress`.
    pub fn into_blocks(self, skip_records: usize, progress: Arc<Progress>) -> Blocks {
        let Description { shape, size, .. } = self.description;
        Blocks::new(self.text, shape, skip_records, size, self.options, progress)
    }

    fn build(
        name: &str,
        reader: Box<dyn Read + Send>,
        file: Option<(File, u64)>,
        options: &Options,
        look: &Look,
    ) -> Result<Source, Error> {
        let mut unpacked = Unpacked::open(name.into(), reader)?;
        let container = unpacked.container();
        let raw = read_head(&mut unpacked, look.head_bytes)?;
        let windows = match &file {
            Some((file, size)) if container == Container::None => sample::windows(file, *size, raw.len() as u64),
            _ => Vec::new(),
        };
        let decision = encoding::decide(name, &raw, &windows, options.encoding.as_deref())?;
        let windows = sample::decode(windows, &decision);
        let mut text = Text::new(unpacked, raw, &decision);
        let whole = text.decode_head(look.head_bytes)?;
        let detect = || shape::detect(text.head(), whole, &windows, options);
        let (shape, skip) = look.shape.map_or_else(detect, |shape| (shape, 0));
        // `sep=;` says how to read, and nobody takes it for a row.
        let above = &text.head()[shape::separator_line(text.head()).map_or(0, |(_, length)| length.min(skip))..skip];
        let lines_above = memchr::memchr_iter(b'\n', above).count() as u64;
        text.skip(skip);
        let sample = sample::take(text.head(), whole, &windows, shape, options);
        let description = Description {
            container,
            encoding: decision.encoding.name(),
            others: decision.others.iter().map(|encoding| encoding.name()).collect(),
            bom: decision.bom_bytes > 0,
            shape,
            lone_cr: text.lone_cr(),
            size: file.map(|(_, size)| size),
            window_bytes: text.settle_window(),
            lines_above,
        };
        Ok(Source { text, description, sample, options: options.clone() })
    }
}

/// How a source is looked at when it is opened.
struct Look {
    /// Bytes in memory, to tell encoding and shape and to make a plan from.
    head_bytes: usize,
    /// What it is taken for; none: what it looks like.
    shape: Option<Shape>,
}

impl Look {
    const DEFAULT: Look = Look { head_bytes: sample::HEAD_BYTES, shape: None };
}

fn read_head(unpacked: &mut Unpacked, bytes: usize) -> Result<Wiped, Error> {
    // Four times as much each time: most files of a tree are small, and room that nobody needs is wiped too.
    let (mut raw, mut length) = (Zeroizing::new(Vec::new()), 0);
    while length < bytes {
        if length == raw.len() {
            let more = bytes.min(FIRST_READ_BYTES.max(4 * length)) - length;
            buffer::reserve(&mut raw, more);
            raw.resize(length + more, 0);
        }
        match unpacked.read(&mut raw[length..])? {
            0 => break,
            count => length += count,
        }
    }
    raw.truncate(length);
    Ok(raw)
}

fn check_regular(name: &str, file_type: FileType) -> Result<(), Error> {
    match what_else(file_type) {
        None => Ok(()),
        Some(what) => Err(Error::NotAFile { path: name.to_owned(), what }),
    }
}

#[cfg(unix)]
fn what_else(file_type: FileType) -> Option<&'static str> {
    use std::os::unix::fs::FileTypeExt;
    match () {
        () if file_type.is_file() => None,
        () if file_type.is_dir() => Some("a directory"),
        () if file_type.is_fifo() => Some("a pipe"),
        () if file_type.is_socket() => Some("a socket"),
        () => Some("a device"),
    }
}

#[cfg(not(unix))]
fn what_else(file_type: FileType) -> Option<&'static str> {
    match () {
        () if file_type.is_file() => None,
        () if file_type.is_dir() => Some("a directory"),
        () => Some("not a regular file"),
    }
}

#[cfg(test)]
mod tests;
