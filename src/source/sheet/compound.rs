//! Compound files, in which workbooks of before 2007 stand: their tables are followed before the reader of workbooks sees them.
//!
//! A compound file is a file system of sectors that are chained by a table. A chain that leads back into itself has no end,
//! and that reader would follow it until no memory is left. Here no chain is longer than the file has sectors, and no stream
//! longer than the file.
//!
//! Source: MS-CFB, sections 2.2 (header), 2.3 (FAT), 2.4 (mini FAT), 2.5 (DIFAT), 2.6.1 (directory entry).

use std::io::{Read, Seek, SeekFrom};

use super::super::buffer::{self, Wiped};

const HEADER_BYTES: usize = 512;
/// Table entries in the header.
const TABLES_IN_HEADER: usize = 109;
/// Sector numbers from here on are marks.
const SECTORS_MAX: u32 = 0xffff_fffa;
const END_OF_CHAIN: u32 = 0xffff_fffe;
const ENTRY_BYTES: usize = 128;
/// Shorter streams stand in sectors of 64 bytes, which together are a stream of their own.
const STREAM_BYTES_MIN: u64 = 4096;
const MINI_SECTOR_BYTES: usize = 64;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// It is no compound file that can be read.
    Damaged,
    /// It would take more memory than is allowed.
    TooLarge,
}

/// A compound file whose tables are sound.
struct Compound<'s, S> {
    source: &'s mut S,
    sector_bytes: usize,
    sectors: u32,
    table: Vec<u32>,
}

/// The stream with the workbook; none if there is none, as in an encrypted one or in a letter.
///
/// Input: a file of at most `max` bytes. Output: a stream that is no longer than the file.
pub(super) fn workbook<S: Read + Seek>(source: &mut S, max: u64) -> Result<Option<Wiped>, Refused> {
    let bytes = source.seek(SeekFrom::End(0)).map_err(|_| Refused::Damaged)?;
    if bytes > max {
        return Err(Refused::TooLarge);
    }
    let mut header = [0; HEADER_BYTES];
    source.rewind().and_then(|()| source.read_exact(&mut header)).map_err(|_| Refused::Damaged)?;
    let sector_bytes = match u16::from_le_bytes([header[30], header[31]]) {
        9 => 512,
        12 => 4096,
        _ => return Err(Refused::Damaged),
    };
    let sectors = u32::try_from(bytes / sector_bytes as u64).map_err(|_| Refused::Damaged)?;
    let mut compound = Compound { source, sector_bytes, sectors, table: Vec::new() };
    compound.read_table(&header)?;
    let folder = compound.chain(number(&header, 48), &compound.table)?;
    let folder = compound.read(&folder)?;
    let entries: Vec<&[u8]> = folder.chunks_exact(ENTRY_BYTES).collect();
    // All that its reader follows: the root, and the workbook under its two names.
    let known = ["workbook", "book"].map(|name| entries.iter().find(|entry| is_named(entry, name)).copied());
    for entry in entries.first().into_iter().chain(known.iter().flatten()) {
        if length(entry, sector_bytes) > bytes {
            return Err(Refused::Damaged);
        }
    }
    if number(&header, 64) > sectors {
        return Err(Refused::Damaged);
    }
    let Some(entry) = known.into_iter().flatten().next() else { return Ok(None) };
    let (first, length) = (number(entry, 116), length(entry, sector_bytes));
    let mut stream = if length >= STREAM_BYTES_MIN {
        let chain = compound.chain(first, &compound.table)?;
        compound.read(&chain)?
    } else {
        let root = entries.first().map_or(END_OF_CHAIN, |root| number(root, 116));
        compound.read_mini(root, number(&header, 60), first)?
    };
    stream.truncate(length as usize);
    Ok(Some(stream))
}

impl<S: Read + Seek> Compound<'_, S> {
    /// Reads the table of all chains.
    fn read_table(&mut self, header: &[u8]) -> Result<(), Refused> {
        let mut places: Vec<u32> = numbers(&header[76..]).take(TABLES_IN_HEADER).collect();
        let (mut next, mut steps) = (number(header, 68), 0);
        while next < SECTORS_MAX {
            steps += 1;
            if steps > self.sectors {
                return Err(Refused::Damaged);
            }
            let sector = self.read(&[next])?;
            places.extend(numbers(&sector));
            next = places.pop().unwrap_or(END_OF_CHAIN);
        }
        places.retain(|place| *place < SECTORS_MAX);
        if places.len() > self.sectors as usize {
            return Err(Refused::Damaged);
        }
        let table = self.read(&places)?;
        self.table = numbers(&table).collect();
        Ok(())
    }

    /// The sectors of a chain.
    fn chain(&self, first: u32, table: &[u32]) -> Result<Vec<u32>, Refused> {
        let (mut chain, mut next) = (Vec::new(), first);
        while next < SECTORS_MAX {
            if chain.len() >= table.len() {
                return Err(Refused::Damaged);
            }
            chain.push(next);
            next = *table.get(next as usize).ok_or(Refused::Damaged)?;
        }
        Ok(chain)
    }

    /// The bytes of sectors; what the file lacks of the last one is zeros.
    fn read(&mut self, sectors: &[u32]) -> Result<Wiped, Refused> {
        let mut out = Wiped::default();
        if sectors.len() > self.sectors as usize + 1 {
            return Err(Refused::Damaged);
        }
        buffer::reserve(&mut out, sectors.len() * self.sector_bytes);
        for sector in sectors {
            if *sector >= self.sectors {
                return Err(Refused::Damaged);
            }
            let at = (u64::from(*sector) + 1) * self.sector_bytes as u64;
            let before = out.len();
            let place = self.source.seek(SeekFrom::Start(at));
            let count = place.and_then(|_| self.source.by_ref().take(self.sector_bytes as u64).read_to_end(&mut out));
            count.map_err(|_| Refused::Damaged)?;
            out.resize(before + self.sector_bytes, 0);
        }
        Ok(out)
    }

    /// A short stream: small sectors, chained by a table of their own, inside the stream of the root.
    fn read_mini(&mut self, root: u32, table: u32, first: u32) -> Result<Wiped, Refused> {
        let (root, table) = (self.chain(root, &self.table)?, self.chain(table, &self.table)?);
        let (stream, table) = (self.read(&root)?, self.read(&table)?);
        let table: Vec<u32> = numbers(&table).collect();
        let mut out = Wiped::default();
        for sector in self.chain(first, &table)? {
            let at = sector as usize * MINI_SECTOR_BYTES;
            buffer::append(&mut out, stream.get(at..at + MINI_SECTOR_BYTES).ok_or(Refused::Damaged)?);
        }
        Ok(out)
    }
}

fn number(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

fn numbers(bytes: &[u8]) -> impl Iterator<Item = u32> {
    bytes.chunks_exact(4).map(|four| number(four, 0))
}

/// The length of a stream. With small sectors the upper half is not used, and may be anything.
fn length(entry: &[u8], sector_bytes: usize) -> u64 {
    let upper = if sector_bytes == 512 { 0 } else { number(entry, 124) };
    u64::from(upper) << 32 | u64::from(number(entry, 120))
}

fn is_named(entry: &[u8], name: &str) -> bool {
    let mut units = entry[..64].chunks_exact(2).map(|unit| u16::from_le_bytes([unit[0], unit[1]]));
    let same = |letter: u8| {
        units.next().is_some_and(|unit| u8::try_from(unit).is_ok_and(|unit| unit.eq_ignore_ascii_case(&letter)))
    };
    name.bytes().chain([0]).all(same)
}
