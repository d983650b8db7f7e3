//! tar archives, read as a stream.
//!
//! Two things are checked that a tar reader does not ask for, because a list that is cut must not pass for a short one: a
//! member has as many bytes as its header says, and the archive has its end mark. Behind the end mark another archive may
//! follow (`cat a.tar b.tar`); it is read too.
//!
//! Source: POSIX.1-1988, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format".

use std::io::{self, Read};

use super::super::container::FIRST_READ_BYTES;
use super::walk::{HEAD_BYTES, Noted, Notes, Peeked, Stop, Walker, damaged, member_name};
use super::{super::error::Error, Ordering};
use zeroize::Zeroizing;

const WHAT: &str = "the tar archive";
/// Headers, long names and extensions of one member. Names of 64 KB are met, sparse maps of some 100 KB.
const HEADER_BYTES_MAX: u64 = 1 << 20;

/// Whether a block is the header of a member: the sum of its bytes stands in it.
pub(super) fn is_header(block: &[u8]) -> bool {
    let Some(block) = block.get(..HEAD_BYTES) else { return false };
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    let field: u32 = block[148..156].iter().map(|&byte| u32::from(byte)).sum();
    let digits = block[148..156].iter().skip_while(|&&byte| byte == b' ').take_while(|byte| byte.is_ascii_digit());
    let said = digits.fold(0u32, |value, &digit| value.wrapping_mul(8).wrapping_add(u32::from(digit & 7)));
    block[0] != 0 && said == sum - field + 8 * 32
}

impl Walker {
    /// Walks one archive, and those behind it.
    pub(super) fn walk_tar(&mut self, name: &str, reader: impl Read, depth: usize) -> Result<(), Stop> {
        let notes = Notes::default();
        let mut reader = Peeked::new(Noted { inner: reader, notes: &notes });
        loop {
            if !self.walk_one_tar(name, &mut reader, &notes, depth)? {
                return Ok(());
            }
            let more = pass_zeros(&mut reader);
            if more.is_empty() {
                // The rest is read for its checksums.
                return match io::copy(&mut reader, &mut io::sink()) {
                    Ok(_) => Ok(()),
                    Err(error) => self.report(notes.error(name, WHAT, error)),
                };
            }
            if !is_header(more) {
                return self.report(damaged(name, WHAT));
            }
        }
    }

    /// Whether the archive came to its end mark.
    fn walk_one_tar(&mut self, name: &str, reader: &mut dyn Read, notes: &Notes, depth: usize) -> Result<bool, Stop> {
        let mut archive = tar::Archive::new(reader);
        let mut entries = match archive.entries() {
            Ok(entries) => entries,
            Err(error) => return self.report(notes.error(name, WHAT, error)).map(|()| false),
        };
        loop {
            notes.allowance.set(Some(HEADER_BYTES_MAX));
            let entry = entries.next();
            notes.allowance.set(None);
            match entry {
                None if notes.starved.get() => {
                    let why = "ends without its end mark: it may be cut";
                    return self.report(Error::Archive { path: name.to_owned(), what: WHAT, why }).map(|()| false);
                }
                None => return Ok(true),
                Some(Err(error)) => return self.report(notes.error(name, WHAT, error)).map(|()| false),
                Some(Ok(mut entry)) => self.walk_entry(name, &mut entry, notes, depth)?,
            }
        }
    }

    fn walk_entry<R: Read>(
        &mut self,
        archive: &str,
        entry: &mut tar::Entry<'_, R>,
        notes: &Notes,
        depth: usize,
    ) -> Result<(), Stop> {
        self.enter(archive)?;
        // What nobody knows is a file: POSIX.1-2024, pax, "ustar Interchange Format", typeflag.
        let is_file = !matches!(
            entry.header().entry_type(),
            tar::EntryType::Directory
                | tar::EntryType::Link
                | tar::EntryType::Symlink
                | tar::EntryType::Char
                | tar::EntryType::Block
                | tar::EntryType::Fifo
                | tar::EntryType::XGlobalHeader
                | tar::EntryType::XHeader
                | tar::EntryType::GNULongName
                | tar::EntryType::GNULongLink
        );
        let name = member_name(archive, &entry.path_bytes());
        let size = entry.size();
        let mut whole = Whole { inner: entry, left: size, notes };
        if is_file && !name.ends_with('/') {
            self.walk(&name, &mut whole, Some(size), depth)?;
        } else {
            self.skip();
        }
        // What was not read; an error here shows in the header that should follow.
        let mut chunk = Zeroizing::new(vec![0; FIRST_READ_BYTES]);
        loop {
            let is_wanted = !self.shared.stop.load(Ordering::Relaxed);
            if !is_wanted || !matches!(whole.read(&mut chunk), Ok(1..)) {
                return Ok(());
            }
        }
    }
}

/// The first bytes that are not blocks of zeros; none at the end.
fn pass_zeros<R: Read>(reader: &mut Peeked<R>) -> &[u8] {
    loop {
        let block = reader.peek();
        if block.is_empty() || block.iter().any(|&byte| byte != 0) {
            return reader.peek();
        }
        reader.pass();
    }
}

/// A member that is an error if it is shorter than it says.
struct Whole<'a, R> {
    inner: R,
    left: u64,
    notes: &'a Notes,
}

impl<R: Read> Read for Whole<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        self.left = self.left.saturating_sub(count as u64);
        if count == 0 && !out.is_empty() && self.left > 0 && self.notes.starved.get() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(count)
    }
}
