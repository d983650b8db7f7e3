//! zip archives, read in place or from memory.
//!
//! The list at the end of the archive decides, as it does for everybody; sizes in it are only shown. A password is tried
//! on the member itself. The old encryption checks one byte, so that one wrong password in 256 seems right: the member is
//! then read for 64 KiB, where what it decompresses to is damaged, before that password is believed.
//!
//! Source: APPNOTE.TXT - .ZIP File Format Specification, sections 4.3, 6.1 and 7.

use std::io::{self, Read, Seek, SeekFrom};

use zeroize::Zeroizing;
use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::super::container::{DEPTH_MAX, RATIO_FREE_BYTES, RATIO_MAX};
use super::super::error::{Error, Limit};
use super::super::sheet;
use super::walk::{Noted, Notes, Stop, Walker, damaged, limit, member_name};

const WHAT: &str = "the zip archive";
/// How much of a member has to make sense under a password.
const PROBE_BYTES: u64 = 64 << 10;
/// Deflate, the only method of workbooks, never expands more.
const DEFLATE_RATIO_MAX: u64 = 1032;

/// What the list says about a member.
struct Listed {
    name: String,
    is_file: bool,
    is_encrypted: bool,
    method: CompressionMethod,
    size: u64,
    compressed_bytes: u64,
}

impl Walker {
    /// Walks an archive, or the workbook that it is. `depth` archives and streams are around it.
    pub(super) fn walk_zip<S: Read + Seek>(&mut self, name: &str, mut source: S, depth: usize) -> Result<(), Stop> {
        // What cannot be read here fails again below, with a message.
        let entries = entries(&mut source).ok().flatten();
        let notes = Notes::default();
        let mut archive = match ZipArchive::new(Noted { inner: source, notes: &notes }) {
            Ok(archive) => archive,
            Err(error) => return self.report(zip_error(&notes, name, error)),
        };
        match archive.has_overlapping_files() {
            Ok(false) => {}
            Ok(true) => {
                let why = "has members that share bytes: it is made to expand beyond all reason";
                return self.report(Error::Archive { path: name.to_owned(), what: WHAT, why });
            }
            Err(error) => return self.report(zip_error(&notes, name, error)),
        }
        // The reader keeps its list by name: of two members of one name it would read one, and nobody would know.
        if entries.is_some_and(|entries| entries > archive.len() as u64) {
            let why = "has several members of one name, of which only one would be read";
            return self.report(Error::Archive { path: name.to_owned(), what: WHAT, why });
        }
        archive = match whole(name, archive, &notes) {
            Ok(archive) => archive,
            Err(error) => return self.report(error),
        };
        if let Some(format) = sheet::Format::of(&archive) {
            if let Err(error) = self.check_parts(name, &mut archive, &notes) {
                return self.report(error);
            }
            return sheet::walk_zipped(self, name, archive, format, &notes);
        }
        if depth >= DEPTH_MAX {
            return self.report(limit(name, Limit::Depth(DEPTH_MAX)));
        }
        for index in 0..archive.len() {
            self.enter(name)?;
            self.walk_listed(name, &mut archive, index, &notes, depth + 1)?;
        }
        Ok(())
    }

    fn walk_listed<S: Read + Seek>(
        &mut self,
        archive_name: &str,
        archive: &mut ZipArchive<S>,
        index: usize,
        notes: &Notes,
        depth: usize,
    ) -> Result<(), Stop> {
        let listed = match listed(archive_name, archive, index) {
            Ok(listed) => listed,
            Err(error) => return self.report(zip_error(notes, archive_name, error)),
        };
        if !listed.is_file {
            self.skip();
            return Ok(());
        }
        let password = match self.find_password(archive, index, &listed) {
            Ok(password) => password,
            Err(error) => return self.report(error),
        };
        let password = password.map(|at| self.passwords.0[at].clone());
        let opened = match &password {
            Some(password) => archive.by_index_decrypt(index, password),
            None => archive.by_index(index),
        };
        let file = match opened {
            Ok(file) => file,
            Err(error) => return self.report(zip_error(notes, &listed.name, error)),
        };
        let mut member = Member { inner: file, listed: &listed, bytes_out: 0, notes };
        self.walk(&listed.name, &mut member, Some(listed.size), depth)
    }

    /// Which password opens a member; none if it needs none.
    fn find_password<S: Read + Seek>(
        &self,
        archive: &mut ZipArchive<S>,
        index: usize,
        listed: &Listed,
    ) -> Result<Option<usize>, Error> {
        if !listed.is_encrypted {
            return Ok(None);
        }
        for (at, password) in self.passwords.0.iter().enumerate() {
            match archive.by_index_decrypt(index, password) {
                Ok(mut file) => {
                    let probe = io::copy(&mut file.by_ref().take(PROBE_BYTES), &mut io::sink());
                    if probe.is_ok() {
                        return Ok(Some(at));
                    }
                }
                Err(ZipError::InvalidPassword) => {}
                Err(_) => return Err(damaged(&listed.name, WHAT)),
            }
        }
        Err(Error::Locked { path: listed.name.clone(), workbook: false, tried: self.passwords.0.len() })
    }

    /// The parts of a workbook that its reader takes into memory as a whole, measured and not believed.
    fn check_parts<S: Read + Seek>(&self, name: &str, archive: &mut ZipArchive<S>, notes: &Notes) -> Result<(), Error> {
        let max = self.limits.workbook_bytes_max;
        let mut bytes = 0;
        for index in 0..archive.len() {
            let part = listed(name, archive, index).map_err(|error| zip_error(notes, name, error))?;
            let is_streamed = part.name.contains("/worksheets/") || part.name.contains("/media/");
            if is_streamed || !part.is_file {
                continue;
            }
            let deflated = matches!(part.method, CompressionMethod::Deflated | CompressionMethod::Stored);
            if deflated && part.compressed_bytes.saturating_mul(DEFLATE_RATIO_MAX) <= max / 16 {
                continue;
            }
            let file = archive.by_index(index).map_err(|error| zip_error(notes, &part.name, error))?;
            bytes += io::copy(&mut file.take(max), &mut io::sink()).map_err(|error| notes.error(name, WHAT, error))?;
            if bytes >= max {
                return Err(limit(name, Limit::Memory(max)));
            }
        }
        Ok(())
    }
}

/// The archive, if its list names every member: of archives behind each other only the last list is read, and one that was cut
/// or changed leaves members out.
///
/// Cost: a look at every member's header, which has been read already; where there is room for another, a few bytes more.
fn whole<S: Read + Seek>(name: &str, mut archive: ZipArchive<S>, notes: &Notes) -> Result<ZipArchive<S>, Error> {
    const HEADER: &[u8] = b"PK\x03\x04";
    const HEADER_BYTES: u64 = 30;
    /// What may stand behind the data of a member, and says how long they were.
    const DESCRIPTOR_BYTES_MAX: u64 = 24;
    let unlisted = |why| Error::Archive { path: name.to_owned(), what: WHAT, why };
    let unread = |error| zip_error(notes, name, error);
    if archive.offset() > 0 {
        return Err(unlisted("begins with bytes of no member: another archive may stand before it"));
    }
    // Before the first member, too.
    let mut spans = vec![(0, 0)];
    for index in 0..archive.len() {
        let file = archive.by_index_raw(index).map_err(unread)?;
        let data = file.data_start().unwrap_or_else(|| file.header_start());
        spans.push((file.header_start(), data.saturating_add(file.compressed_size())));
    }
    spans.sort_unstable();
    // A member without bytes may stand anywhere.
    let mut end = 0;
    spans.iter_mut().for_each(|span| {
        end = end.max(span.1);
        span.1 = end;
    });
    let starts = spans.iter().skip(1).map(|(start, _)| *start).chain([archive.central_directory_start()]);
    let gaps: Vec<u64> = spans
        .iter()
        .zip(starts)
        .filter(|((_, end), next)| *next >= end + HEADER_BYTES)
        .map(|((_, end), _)| *end)
        .collect();
    if gaps.is_empty() {
        return Ok(archive);
    }
    let mut source = archive.into_inner();
    let mut room = [0; DESCRIPTOR_BYTES_MAX as usize + HEADER.len()];
    for gap in gaps {
        let read = source.seek(SeekFrom::Start(gap)).and_then(|_| source.read_exact(&mut room));
        read.map_err(|error| unread(ZipError::Io(error)))?;
        if memchr::memmem::find(&room, HEADER).is_some() {
            return Err(unlisted("has members that its list does not name: the list was cut, or changed"));
        }
    }
    ZipArchive::new(source).map_err(unread)
}

fn listed<S: Read + Seek>(archive_name: &str, archive: &mut ZipArchive<S>, index: usize) -> Result<Listed, ZipError> {
    let file = archive.by_index_raw(index)?;
    let own = file.name().map(|name| name.into_owned());
    let name = match own {
        Ok(own) => member_name(archive_name, own.as_bytes()),
        Err(_) => member_name(archive_name, file.name_raw()),
    };
    Ok(Listed {
        name,
        is_file: file.is_file() && !file.is_symlink(),
        is_encrypted: file.encrypted(),
        method: file.compression(),
        size: file.size(),
        compressed_bytes: file.compressed_size(),
    })
}

fn zip_error(notes: &Notes, path: &str, error: ZipError) -> Error {
    let unsupported = |why| Error::Archive { path: path.to_owned(), what: WHAT, why };
    match error {
        ZipError::Io(error) => notes.error(path, WHAT, error),
        ZipError::UnsupportedArchive(_) => unsupported("is of a kind that is not read"),
        ZipError::CompressionMethodNotSupported(_) => unsupported("uses a compression that is not read"),
        _ => notes.error(path, WHAT, io::ErrorKind::InvalidData.into()),
    }
}

/// The content of a member, which may not expand beyond all reason.
struct Member<'a, R> {
    inner: R,
    listed: &'a Listed,
    bytes_out: u64,
    notes: &'a Notes,
}

impl<R: Read> Read for Member<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = match self.inner.read(out) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
            Err(error) => return Err(io::Error::other(self.notes.error(&self.listed.name, "the member", error))),
        };
        self.bytes_out += count as u64;
        if self.bytes_out > RATIO_FREE_BYTES && self.bytes_out / RATIO_MAX > self.listed.compressed_bytes {
            return Err(io::Error::other(limit(&self.listed.name, Limit::Ratio(RATIO_MAX))));
        }
        Ok(count)
    }
}
/// How many members the record at the end of an archive counts; none if there is no such record.
///
/// Source: APPNOTE.TXT, sections 4.3.14 and 4.3.16.
fn entries(source: &mut (impl Read + Seek)) -> io::Result<Option<u64>> {
    const END: [u8; 4] = *b"PK\x05\x06";
    const END_64: [u8; 4] = *b"PK\x06\x06";
    /// A record of 22 bytes and a comment, before it 76 bytes of zip64.
    const TAIL_BYTES: u64 = 22 + 0xffff + 76;
    let length = source.seek(SeekFrom::End(0))?;
    source.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES)))?;
    let mut tail = Zeroizing::new(Vec::new());
    source.by_ref().take(TAIL_BYTES).read_to_end(&mut tail)?;
    source.seek(SeekFrom::Start(0))?;
    let field = |at: usize, width: usize| {
        let bytes = tail.get(at..at + width)?;
        Some(bytes.iter().rev().fold(0u64, |number, byte| number << 8 | u64::from(*byte)))
    };
    let Some(end) = memchr::memmem::rfind(&tail, &END) else { return Ok(None) };
    let count = field(end + 10, 2);
    if count != Some(0xffff) {
        return Ok(count);
    }
    Ok(memchr::memmem::rfind(&tail[..end], &END_64).and_then(|at| field(at + 32, 8)).or(count))
}
