//! What can go wrong with a whole source. A bad record is no error: it is counted.

use std::fmt;
use std::io;

use super::Container;

/// Why a source cannot be opened, or cannot be read to its end. Holds names and offsets, never bytes of the input.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The file cannot be opened.
    Open {
        /// The source as it was named.
        path: String,
        /// What the operating system said.
        cause: io::Error,
    },
    /// A directory, pipe, socket or device.
    NotAFile {
        /// The source as it was named.
        path: String,
        /// What it is.
        what: &'static str,
    },
    /// A directory without a file in it.
    EmptyDirectory {
        /// The directory as it was named.
        path: String,
    },
    /// Reading failed.
    Read {
        /// The source as it was named.
        path: String,
        /// Bytes of the file read before.
        offset: u64,
        /// What the operating system said.
        cause: io::Error,
    },
    /// A compressed stream ends early or is damaged.
    Damaged {
        /// The source as it was named.
        path: String,
        /// How it is compressed.
        container: Container,
        /// Where in the compressed file.
        offset: u64,
        /// Whether the file ended in the middle of the stream.
        truncated: bool,
    },
    /// A compressed stream grows beyond all reason.
    Expands {
        /// The source as it was named.
        path: String,
        /// Where in the compressed file.
        offset: u64,
    },
    /// A compressed stream wants more memory than it may have.
    Window {
        /// The source as it was named.
        path: String,
        /// How it is compressed: zstd or xz.
        container: Container,
        /// Where in the compressed file the stream begins.
        offset: u64,
        /// What it wants.
        bytes: u64,
        /// What it may have.
        max: u64,
    },
    /// Not text.
    Binary {
        /// The source as it was named.
        path: String,
        /// What it looks like.
        what: &'static str,
        /// How to make text of it.
        remedy: &'static str,
    },
    /// No encoding has this name.
    UnknownEncoding {
        /// The name that was asked for.
        label: String,
    },
    /// An archive or a spreadsheet cannot be read, or not to its end.
    Archive {
        /// The member, or the archive itself.
        path: String,
        /// What it is: `a zip archive`.
        what: &'static str,
        /// What is wrong with it: `is damaged`.
        why: &'static str,
    },
    /// A member of a zip archive, or a workbook, wants a password.
    Locked {
        /// The member.
        path: String,
        /// Whether it is a workbook: their passwords are not taken.
        workbook: bool,
        /// How many passwords were tried.
        tried: usize,
    },
    /// An archive goes beyond what is read of one.
    Limit {
        /// The member, or the archive itself.
        path: String,
        /// Which limit.
        limit: Limit,
    },
    /// Somebody asked the job to stop.
    Stopped,
}

/// Limits of what is read out of one file, each with its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Archives and compressed streams in each other.
    Depth(usize),
    /// Members of one file, those passed over included.
    Members(u64),
    /// Bytes out of one file.
    Bytes(u64),
    /// Bytes out for each byte of the file.
    Ratio(u64),
    /// Bytes of an archive or a spreadsheet that has to be held in memory.
    Memory(u64),
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Limit::Depth(count) => write!(f, "more than {count} archives or compressed streams are in each other"),
            Limit::Members(count) => write!(f, "the archive has more than {count} members"),
            Limit::Bytes(bytes) => write!(f, "the archive holds more than {} MiB", bytes >> 20),
            Limit::Ratio(times) => write!(f, "the archive expands more than {times} times"),
            Limit::Memory(bytes) => write!(f, "more than {} MiB of it would have to be held in memory", bytes >> 20),
        }
    }
}

/// The error that travelled through readers inside an `io::Error`; or that, if none did.
pub(super) fn carried(error: io::Error) -> Result<Error, io::Error> {
    error.downcast::<Error>()
}

impl Error {
    /// What the user can do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Error::Open { cause, .. } => open_hint(cause.kind()).map(str::to_owned),
            Error::NotAFile { what: "a directory", .. } => Some("name one of the files in it".to_owned()),
            Error::EmptyDirectory { .. } => Some("check the path".to_owned()),
            Error::NotAFile { .. } => {
                Some("give the path of a regular file; `scan` also reads standard input, as `-`".to_owned())
            }
            Error::Damaged { container, .. } => Some(format!(
                "fetch the file again, or recover what is readable with `{}` and read that",
                recovery(*container)
            )),
            Error::Expands { .. } => Some("if this is meant, decompress the file first and read that".to_owned()),
            Error::Window { container, .. } => {
                let tool = if *container == Container::Zstd { "zstd -d --long=31" } else { "xz -d" };
                Some(format!("decompress the file first, with `{tool} FILE`, and read that"))
            }
            Error::Archive { .. } => Some("fetch the file again, or unpack it and read the files in it".to_owned()),
            Error::Locked { workbook: true, .. } => {
                Some("open it in a spreadsheet program and export it as CSV".to_owned())
            }
            Error::Locked { .. } => {
                Some("give `--archive-password-file FILE` with one password a line; they are tried in order".to_owned())
            }
            Error::Limit { limit: Limit::Memory(_), .. } => {
                Some("unpack the outer archive, or export the spreadsheet as CSV, and read that".to_owned())
            }
            Error::Limit { .. } => {
                Some("if this is meant, unpack the archive first and read the files in it".to_owned())
            }
            Error::Binary { remedy, .. } => Some((*remedy).to_owned()),
            Error::UnknownEncoding { .. } => {
                Some("names are those of the WHATWG standard: utf-8, utf-16le, gb18030, big5, windows-1251".to_owned())
            }
            Error::Stopped => Some("run the command again; nothing was written".to_owned()),
            Error::Read { cause, .. } if cause.kind() == io::ErrorKind::UnexpectedEof => {
                Some("the file is shorter than it says: fetch it again".to_owned())
            }
            Error::Read { .. } => None,
        }
    }
}

fn open_hint(kind: io::ErrorKind) -> Option<&'static str> {
    match kind {
        io::ErrorKind::NotFound => Some("check the path"),
        io::ErrorKind::PermissionDenied => Some("the file must be readable by the user that runs leakdex"),
        _ => None,
    }
}

fn recovery(container: Container) -> &'static str {
    match container {
        Container::Zstd => "zstd -dc",
        Container::None | Container::Gzip => "gzip -dc",
        Container::Bzip2 => "bzip2recover",
        Container::Xz | Container::Lzma => "xz -dc",
        Container::Lz4 => "lz4 -dc",
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Open { path, cause } => write!(f, "opening {}: {cause}", Printable(path)),
            Error::NotAFile { path, what } => write!(f, "opening {}: it is {what}", Printable(path)),
            Error::EmptyDirectory { path } => write!(f, "opening {}: there is no file in it", Printable(path)),
            Error::Read { path, offset, cause } => {
                write!(f, "reading {} at byte {offset}: {cause}", Printable(path))
            }
            Error::Damaged { path, container, offset, truncated } => {
                let what = if *truncated { "ends in the middle of" } else { "is damaged in" };
                write!(f, "reading {}: the file {what} a {container} stream, at byte {offset}", Printable(path))
            }
            Error::Expands { path, offset } => {
                write!(f, "reading {}: the stream expands more than 200 times, at byte {offset}", Printable(path))
            }
            Error::Window { path, container, offset, bytes, max } => write!(
                f,
                "reading {}: the {container} {} at byte {offset} needs {} MiB of memory, more than the {} MiB set aside for this file",
                Printable(path),
                if *container == Container::Zstd { "frame" } else { "stream" },
                bytes.div_ceil(1 << 20),
                max >> 20
            ),
            Error::Binary { path, what, .. } => {
                write!(f, "reading {}: this is not text, it looks like {what}", Printable(path))
            }
            Error::UnknownEncoding { label } => write!(f, "no encoding is called `{}`", Printable(label)),
            Error::Archive { path, what, why } => write!(f, "reading {}: {what} {why}", Printable(path)),
            Error::Locked { path, workbook, tried } => locked(f, path, *workbook, *tried),
            Error::Limit { path, limit } => write!(f, "reading {}: {limit}", Printable(path)),
            Error::Stopped => f.write_str("stopped on request"),
        }
    }
}

fn locked(f: &mut fmt::Formatter<'_>, path: &str, workbook: bool, tried: usize) -> fmt::Result {
    let path = Printable(path);
    match (workbook, tried) {
        (true, _) => write!(f, "reading {path}: the workbook is protected with a password"),
        (false, 0) => write!(f, "reading {path}: it is encrypted, and no password is given"),
        (false, 1) => write!(f, "reading {path}: it is encrypted, and the password given does not open it"),
        (false, _) => write!(f, "reading {path}: it is encrypted, and none of the {tried} passwords given opens it"),
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Open { cause, .. } | Error::Read { cause, .. } => Some(cause),
            _ => None,
        }
    }
}

/// A name without the characters that steer a terminal or turn the direction of text.
pub(super) struct Printable<'a>(pub(super) &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\0'..='\x1f' | '\x7f' => write!(f, "\\x{:02x}", u32::from(c))?,
                _ if is_steering(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                _ => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

/// Whether a character is not seen as what it is: controls steer a terminal, others turn the direction of the text around them
/// or are invisible.
pub(crate) fn is_steering(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_escaped() {
        let path = "a\x1b]0;x\x07b\u{202e}c\u{85}\u{738b}".to_owned();
        let text = Error::NotAFile { path, what: "a directory" }.to_string();
        assert_eq!(text, "opening a\\x1b]0;x\\x07b\\u{202e}c\\u{85}\u{738b}: it is a directory");
    }

    #[test]
    fn texts_follow_the_house_style() {
        let path = || "list.csv".to_owned();
        let all = [
            Error::Open { path: path(), cause: io::ErrorKind::NotFound.into() },
            Error::Read { path: path(), offset: 7, cause: io::ErrorKind::Other.into() },
            Error::Damaged { path: path(), container: Container::Gzip, offset: 9, truncated: true },
            Error::Expands { path: path(), offset: 3 },
            Error::Window { path: path(), container: Container::Xz, offset: 70, bytes: 1 << 27, max: 8 << 20 },
            Error::Binary { path: path(), what: "a PDF file", remedy: "export it as CSV" },
            Error::UnknownEncoding { label: "latin-9000".to_owned() },
            Error::Archive { path: path(), what: "a zip archive", why: "is damaged" },
            Error::Locked { path: path(), workbook: true, tried: 0 },
            Error::Locked { path: path(), workbook: false, tried: 0 },
            Error::Locked { path: path(), workbook: false, tried: 1 },
            Error::Locked { path: path(), workbook: false, tried: 2 },
            Error::Limit { path: path(), limit: Limit::Depth(4) },
            Error::Limit { path: path(), limit: Limit::Members(9) },
            Error::Limit { path: path(), limit: Limit::Bytes(9) },
            Error::Limit { path: path(), limit: Limit::Ratio(9) },
            Error::Limit { path: path(), limit: Limit::Memory(9) },
            Error::Stopped,
        ];
        for error in &all {
            let text = error.to_string();
            assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
            assert!(!text.ends_with('.'), "{text}");
        }
    }
}
