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
    /// A zstd frame wants more memory than the ones before it.
    Window {
        /// The source as it was named.
        path: String,
        /// Where in the compressed file the frame begins.
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
    /// UTF-16 that does not say so.
    Utf16 {
        /// The source as it was named.
        path: String,
        /// Whether the low byte comes first.
        little_endian: bool,
    },
    /// No encoding has this name.
    UnknownEncoding {
        /// The name that was asked for.
        label: String,
    },
    /// Somebody asked the job to stop.
    Stopped,
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
            Error::Window { .. } => {
                Some("decompress the file first, with `zstd -d --long=31 FILE`, and read that".to_owned())
            }
            Error::Binary { remedy, .. } => Some((*remedy).to_owned()),
            Error::Utf16 { little_endian, .. } => {
                Some(format!("give `--encoding {}`", if *little_endian { "utf-16le" } else { "utf-16be" }))
            }
            Error::UnknownEncoding { .. } => {
                Some("names are those of the WHATWG standard: utf-8, utf-16le, gb18030, big5, windows-1251".to_owned())
            }
            Error::Stopped => Some("run the command again; nothing was written".to_owned()),
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
            Error::Window { path, offset, bytes, max } => write!(
                f,
                "reading {}: the zstd frame at byte {offset} needs {} MiB of memory, more than the {} MiB set aside for this file",
                Printable(path),
                bytes.div_ceil(1 << 20),
                max >> 20
            ),
            Error::Binary { path, what, .. } => {
                write!(f, "reading {}: this is not text, it looks like {what}", Printable(path))
            }
            Error::Utf16 { path, .. } => {
                write!(f, "reading {}: it looks like UTF-16 without a byte order mark", Printable(path))
            }
            Error::UnknownEncoding { label } => write!(f, "no encoding is called `{}`", Printable(label)),
            Error::Stopped => f.write_str("stopped on request"),
        }
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
pub(super) struct Printable<'a>(pub &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '\0'..='\x1f' | '\x7f' => write!(f, "\\x{:02x}", u32::from(c))?,
                _ if c.is_control() || is_direction(c) => write!(f, "\\u{{{:x}}}", u32::from(c))?,
                _ => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

fn is_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
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
            Error::Window { path: path(), offset: 70, bytes: 1 << 27, max: 8 << 20 },
            Error::Binary { path: path(), what: "a PDF file", remedy: "export it as CSV" },
            Error::Utf16 { path: path(), little_endian: false },
            Error::UnknownEncoding { label: "latin-9000".to_owned() },
            Error::Stopped,
        ];
        for error in &all {
            let text = error.to_string();
            assert!(text.starts_with(|c: char| c.is_lowercase()), "{text}");
            assert!(!text.ends_with('.'), "{text}");
        }
        assert_eq!(all[6].hint().as_deref(), Some("give `--encoding utf-16be`"));
    }
}
