//! Writes a segment in one pass over sorted records.

use super::bits::BitWriter;
use super::coverage::{self, BreachCoverage};
use super::escapes::Escapes;
use super::format::{
    CHUNK_BYTES, Extent, FOOTER_BYTES, HEADER_BYTES, Header, MAGIC, REMAINDER_PADDING, SECTION_ALIGNMENT,
    SLICE_BITS_MAX, Section, SegmentId,
};
use super::geometry::Geometry;
use super::lines::LineBuilder;
use super::payload::{Dictionary, ENTRY_PAIRS_MAX, Entry};
use crate::digest::{Digest, KeyCheck, Width};
use sha2::{Digest as _, Sha256};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;
use xxhash_rust::xxh3::xxh3_64;

/// What must be known before the first record.
pub struct SegmentPlan {
    /// Bits of a digest.
    pub width: Width,
    /// The key that made the digests.
    pub key_check: KeyCheck,
    /// Estimated number of records: it sets the layout, and must not depend on their order.
    pub estimate: u64,
    /// The frequent payloads, and how often each occurs, at least in a sample: it sets their codes, and must not depend on
    /// the order of records either. A record names its payload by the place in this list; rare ones can be added later.
    pub payloads: Vec<(Entry, u64)>,
    /// Leading bits that all digests of the segment share, at most [`SLICE_BITS_MAX`]: see [`slice_bits`].
    pub slice_bits: u8,
    /// The shared bits.
    pub slice: u32,
}

/// A segment of more records is cut into slices by the first bits of the digests. Section H, which lies in memory while
/// it is written, then has at most 32 MiB, and a slice is 0.5 GB on disk.
pub const SLICE_RECORDS_MAX: u64 = 1 << 26;

/// The slice bits for an estimated number of records, so that a slice has at most [`SLICE_RECORDS_MAX`].
pub fn slice_bits(estimate: u64) -> u8 {
    let slices = estimate.div_ceil(SLICE_RECORDS_MAX).max(1).next_power_of_two();
    (slices.ilog2() as u8).min(SLICE_BITS_MAX)
}

/// What a written segment is called and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentSummary {
    /// Its identity.
    pub id: SegmentId,
    /// Records.
    pub records: u64,
    /// Length of the file.
    pub bytes: u64,
}

/// A segment being written.
///
/// Records stream to the file: in memory lie only section H (0.3 bytes per record), the escapes, or a megabyte of them
/// ([`SegmentWriter::spilling_into`]), and one chunk. The file is R, H, D, X, T, C, footer, and the header last, once every number in it is known.
pub struct SegmentWriter<W> {
    out: ChunkedWriter<W>,
    width: Width,
    key_check: KeyCheck,
    slice_bits: u8,
    slice: u32,
    lines: LineBuilder,
    remainder_bits: u32,
    bits: BitWriter,
    dictionary: Dictionary,
    places: Vec<u32>,
    escapes: Escapes,
    records: u64,
    last: Option<Digest>,
}

impl<W: Write + Seek> SegmentWriter<W> {
    /// Starts a segment at the beginning of `out`.
    ///
    /// # Errors
    /// If `out` cannot be written, or a payload cannot: its breaches do not ascend, or are more than 65,535
    /// ([`io::ErrorKind::InvalidInput`]).
    pub fn new(out: W, plan: SegmentPlan) -> io::Result<SegmentWriter<W>> {
        let ascends = |entry: &Entry| entry.is_sorted_by(|a, b| a.0 < b.0);
        if plan.payloads.iter().any(|(entry, _)| entry.len() > ENTRY_PAIRS_MAX || !ascends(entry)) {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a payload whose breaches do not ascend"));
        }
        assert!(u64::from(plan.slice) >> plan.slice_bits == 0, "a slice has slice_bits bits");
        let geometry = Geometry::of(plan.estimate, plan.width.bits() - u32::from(plan.slice_bits));
        let (dictionary, places) = Dictionary::of(&plan.payloads);
        Ok(SegmentWriter {
            out: ChunkedWriter::new(out)?,
            width: plan.width,
            key_check: plan.key_check,
            slice_bits: plan.slice_bits,
            slice: plan.slice,
            lines: LineBuilder::new(geometry),
            remainder_bits: plan.width.bits() - u32::from(plan.slice_bits) - u32::from(geometry.quotient_bits),
            bits: BitWriter::default(),
            dictionary,
            places,
            escapes: Escapes::default(),
            records: 0,
            last: None,
        })
    }

    /// Keeps the escapes in a nameless file in this directory where there are many: 12 bytes each.
    pub fn spilling_into(mut self, dir: &Path) -> SegmentWriter<W> {
        self.escapes.spill_into(dir);
        self
    }

    /// Adds a payload that was not announced: a rare one, which costs 96 bits each time it is used.
    ///
    /// Output: the place by which records name it.
    ///
    /// # Panics
    /// If its breaches do not ascend: an error of the caller.
    pub fn add_payload(&mut self, entry: Entry) -> usize {
        assert!(entry.len() <= ENTRY_PAIRS_MAX && entry.is_sorted_by(|a, b| a.0 < b.0), "breaches ascend");
        self.dictionary.entries.push(entry);
        self.places.push(self.dictionary.entries.len() as u32 - 1);
        self.places.len() - 1
    }

    /// Appends a record: a digest above the last one, and the place of its payload in [`SegmentPlan::payloads`], or the one
    /// that [`SegmentWriter::add_payload`] gave.
    ///
    /// # Errors
    /// If the file cannot be written, or the digests are not uniform ([`io::ErrorKind::InvalidData`]).
    ///
    /// # Panics
    /// If the digests do not ascend, one has more than `B` bits, or the payload was not announced: errors of the caller.
    pub fn push(&mut self, digest: Digest, payload: usize) -> io::Result<()> {
        assert!(self.last.is_none_or(|last| last < digest), "digests ascend");
        // The shifts may be by all 128 bits.
        let slice = digest.0.checked_shr(self.width.bits() - u32::from(self.slice_bits)).unwrap_or(0);
        assert!(slice == u128::from(self.slice), "a digest has at most B bits, and those of its slice");
        self.last = Some(digest);
        let above = digest.0.checked_shr(self.remainder_bits).unwrap_or(0) as u64;
        let quotient = above & (self.lines.quotients() - 1);
        self.lines.push(quotient).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        let place = self.places[payload];
        let code = self.dictionary.code(place);
        if self.dictionary.is_escaped(place) {
            self.escapes.push(self.records, place)?;
        }
        self.bits.push(u128::from(code), u32::from(self.dictionary.code_bits));
        self.bits.push(digest.0, self.remainder_bits);
        self.records += 1;
        if self.bits.written().len() >= CHUNK_BYTES {
            self.out.write_drained(&mut self.bits)?;
        }
        Ok(())
    }

    /// Writes everything else, the header last.
    ///
    /// Output: the summary, and the file.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn finish(mut self, breaches: &[BreachCoverage]) -> io::Result<(SegmentSummary, W)> {
        self.out.write(&self.bits.finish())?;
        self.out.write(&[0; REMAINDER_PADDING])?;
        let mut extents = [Extent::default(); 6];
        let mut table = SectionHashes::default();
        let mut end_section = |out: &mut ChunkedWriter<W>, section: Section| {
            extents[section as usize - 1] = table.add(section, out.end_section()?);
            Ok::<(), io::Error>(())
        };
        end_section(&mut self.out, Section::Remainders)?;
        let (geometry, lines) = self.lines.finish();
        self.out.write(&lines)?;
        end_section(&mut self.out, Section::Lines)?;
        drop(lines);
        self.out.write(&self.dictionary.encode())?;
        end_section(&mut self.out, Section::Dictionary)?;
        self.escapes.write_to(|bytes| self.out.write(bytes))?;
        end_section(&mut self.out, Section::Escapes)?;
        self.out.write(&coverage::encode(breaches))?;
        end_section(&mut self.out, Section::Coverage)?;
        let chunks = table.bytes();
        self.out.write(&chunks)?;
        let (chunk_extent, _) = self.out.end_last_section()?;
        extents[Section::Chunks as usize - 1] = Extent { hash: xxh3_64(&chunks), ..chunk_extent };
        let header = Header {
            width: self.width,
            quotient_bits: geometry.quotient_bits,
            code_bits: self.dictionary.code_bits,
            slice_bits: self.slice_bits,
            quotients_per_line: geometry.quotients_per_line,
            records: self.records,
            lines: geometry.lines(),
            key_check: self.key_check,
            segment_id: SegmentId::default(),
            breaches: breaches.len() as u64,
            slice: self.slice,
            extents,
        };
        self.out.end_file(header, &chunks)
    }
}

/// The root hash of a segment: SHA-256 of the header (identity and checksum as zero) and the chunk table.
pub(super) fn root_hash(header: &Header, chunks: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(header.encode_for_root());
    hash.update(chunks);
    hash.finalize().into()
}

/// The identity that follows from a root hash.
pub(super) fn segment_id(root: &[u8; 32]) -> SegmentId {
    let mut id = SegmentId::default();
    id.0.copy_from_slice(&root[..16]);
    id
}

/// Chunk hashes by section, put into the order of section C at the end.
#[derive(Default)]
struct SectionHashes {
    hashes: std::collections::BTreeMap<Section, Vec<u64>>,
}

impl SectionHashes {
    fn add(&mut self, section: Section, (extent, hashes): (Extent, Vec<u64>)) -> Extent {
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        self.hashes.insert(section, hashes);
        Extent { hash: xxh3_64(&bytes), ..extent }
    }

    fn bytes(&self) -> Vec<u8> {
        let in_order = Section::HASHED.iter().filter_map(|section| self.hashes.get(section));
        in_order.flatten().flat_map(|hash| hash.to_le_bytes()).collect()
    }
}

/// Writes sections at aligned offsets and hashes their chunks on the way.
struct ChunkedWriter<W> {
    out: W,
    /// Where the section began, and where the file ends now.
    section_start: u64,
    position: u64,
    chunk: Vec<u8>,
    hashes: Vec<u64>,
}

impl<W: Write + Seek> ChunkedWriter<W> {
    fn new(mut out: W) -> io::Result<ChunkedWriter<W>> {
        out.seek(SeekFrom::Start(0))?;
        out.write_all(&[0; HEADER_BYTES])?;
        let mut writer = ChunkedWriter {
            out,
            section_start: 0,
            position: HEADER_BYTES as u64,
            chunk: Vec::with_capacity(CHUNK_BYTES),
            hashes: Vec::new(),
        };
        writer.align()?;
        Ok(writer)
    }

    fn align(&mut self) -> io::Result<()> {
        let aligned = self.position.next_multiple_of(SECTION_ALIGNMENT);
        // Zeros are written, not left as a hole, so that a full disk is noticed here.
        io::copy(&mut io::Read::take(io::repeat(0), aligned - self.position), &mut self.out)?;
        self.position = aligned;
        self.section_start = aligned;
        Ok(())
    }

    fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = CHUNK_BYTES - self.chunk.len();
            let (head, tail) = bytes.split_at(room.min(bytes.len()));
            self.chunk.extend_from_slice(head);
            bytes = tail;
            if self.chunk.len() == CHUNK_BYTES {
                self.end_chunk()?;
            }
        }
        Ok(())
    }

    fn write_drained(&mut self, bits: &mut BitWriter) -> io::Result<()> {
        self.write(bits.written())?;
        bits.forget_written();
        Ok(())
    }

    fn end_chunk(&mut self) -> io::Result<()> {
        self.out.write_all(&self.chunk)?;
        self.hashes.push(xxh3_64(&self.chunk));
        self.position += self.chunk.len() as u64;
        self.chunk.clear();
        Ok(())
    }

    fn end_last_section(&mut self) -> io::Result<(Extent, Vec<u64>)> {
        if !self.chunk.is_empty() {
            self.end_chunk()?;
        }
        let extent = Extent { offset: self.section_start, bytes: self.position - self.section_start, hash: 0 };
        Ok((extent, std::mem::take(&mut self.hashes)))
    }

    fn end_section(&mut self) -> io::Result<(Extent, Vec<u64>)> {
        let ended = self.end_last_section()?;
        self.align()?;
        Ok(ended)
    }

    /// Writes the footer behind the last section and the header at the beginning.
    fn end_file(mut self, header: Header, chunks: &[u8]) -> io::Result<(SegmentSummary, W)> {
        let root = root_hash(&header, chunks);
        let header = Header { segment_id: segment_id(&root), ..header };
        let bytes = self.position + FOOTER_BYTES as u64;
        self.out.write_all(&root)?;
        self.out.write_all(&bytes.to_le_bytes())?;
        self.out.write_all(&MAGIC)?;
        self.out.seek(SeekFrom::Start(0))?;
        self.out.write_all(&header.encode())?;
        self.out.flush()?;
        Ok((SegmentSummary { id: header.segment_id, records: header.records, bytes }, self.out))
    }
}
