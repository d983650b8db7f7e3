//! The constants and the header of a segment file, as `FORMAT.md` specifies them.

use super::error::Error;
use crate::digest::{KeyCheck, Width};

/// The first and the last eight bytes of a segment: a name, and line ends that a careless transfer would change.
pub const MAGIC: [u8; 8] = *b"LDX1\r\n\x1a\n";
/// The version of the format.
pub const VERSION: u16 = 1;
/// Bytes of the header; its last four are its checksum.
pub const HEADER_BYTES: usize = 4096;
/// Sections begin at multiples of this, so that any of them can be mapped with large pages.
pub const SECTION_ALIGNMENT: u64 = 64 * 1024;
/// Bytes covered by one chunk hash.
pub const CHUNK_BYTES: usize = 64 * 1024;
/// Bytes of a file that have a SHA-256 of their own.
pub const PIECE_BYTES: u64 = 4 * 1024 * 1024;
/// Bytes of a line of the header section H: one cache line.
pub const LINE_BYTES: usize = 64;
/// Bits of a line that hold the unary code.
pub const LINE_BITS: u32 = 448;
/// Zero bytes after the last remainder, so that three unaligned loads never leave the section.
pub const REMAINDER_PADDING: usize = 24;
/// Bytes of the footer: root hash, file length, magic.
pub const FOOTER_BYTES: usize = 48;
/// Bytes of one entry of the section table.
pub const SECTION_ENTRY_BYTES: usize = 32;
/// Most bits of a quotient: 2^40 lines would be more than any disk holds.
pub const QUOTIENT_BITS_MAX: u8 = 40;
/// Most bits of the shared slice.
pub const SLICE_BITS_MAX: u8 = 24;
/// Most bits of a payload code.
pub const CODE_BITS_MAX: u8 = 32;
/// Bits of the rank in word 0 of a line; a segment has fewer than 2^48 records.
pub const RANK_BITS: u32 = 48;
/// Bits that an escaped payload costs: a rank of 64 and a dictionary number of 32.
pub const ESCAPE_BITS: u64 = 96;

const OFFSET_SECTION_TABLE: usize = 0x58;
const OFFSET_SEGMENT_ID: usize = 0x38;
const OFFSET_RESERVED: usize = OFFSET_SECTION_TABLE + Section::ALL.len() * SECTION_ENTRY_BYTES;
const OFFSET_CRC: usize = HEADER_BYTES - 4;

/// The constants above by name, for the test that compares them with `FORMAT.md`.
pub const CONSTANTS: &[(&str, u64)] = &[
    ("version", VERSION as u64),
    ("header bytes", HEADER_BYTES as u64),
    ("section alignment", SECTION_ALIGNMENT),
    ("chunk bytes", CHUNK_BYTES as u64),
    ("piece bytes", PIECE_BYTES),
    ("line bytes", LINE_BYTES as u64),
    ("line bits", LINE_BITS as u64),
    ("remainder padding", REMAINDER_PADDING as u64),
    ("footer bytes", FOOTER_BYTES as u64),
    ("section entry bytes", SECTION_ENTRY_BYTES as u64),
    ("escape bits", ESCAPE_BITS),
    ("quotient bits max", QUOTIENT_BITS_MAX as u64),
    ("slice bits max", SLICE_BITS_MAX as u64),
    ("code bits max", CODE_BITS_MAX as u64),
    ("rank bits", RANK_BITS as u64),
];

/// Offset, type and name of every field of the header, for the test that compares them with `FORMAT.md`.
pub const HEADER_FIELDS: &[(usize, &str, &str)] = &[
    (0x0000, "8 x u8", "magic"),
    (0x0008, "u16", "version"),
    (0x000a, "u16", "header_len"),
    (0x000c, "u32", "flags"),
    (0x0010, "u8", "B"),
    (0x0011, "u8", "p"),
    (0x0012, "u8", "pw"),
    (0x0013, "u8", "slice_bits"),
    (0x0014, "u32", "K"),
    (0x0018, "u64", "N"),
    (0x0020, "u64", "n_lines"),
    (0x0028, "16 x u8", "key_check"),
    (OFFSET_SEGMENT_ID, "16 x u8", "segment_id"),
    (0x0048, "u64", "breach_count"),
    (0x0050, "u32", "n_sections"),
    (0x0054, "u32", "slice"),
    (OFFSET_SECTION_TABLE, "6 x 32 x u8", "sections"),
    (OFFSET_CRC, "u32", "crc32c"),
];

/// The sections of a segment. The number is the one in the section table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u32)]
pub enum Section {
    /// H: lines of unary quotient counts.
    Lines = 1,
    /// R: remainders and payload codes.
    Remainders = 2,
    /// D: the payload dictionary.
    Dictionary = 3,
    /// X: payloads without a code of their own.
    Escapes = 4,
    /// T: breaches and coverage.
    Coverage = 5,
    /// C: chunk hashes of the sections above.
    Chunks = 6,
}

/// Number and letter of every section, for the test that compares them with `FORMAT.md`.
pub const SECTIONS: &[(u32, &str)] = &[
    (Section::Lines as u32, "H"),
    (Section::Remainders as u32, "R"),
    (Section::Dictionary as u32, "D"),
    (Section::Escapes as u32, "X"),
    (Section::Coverage as u32, "T"),
    (Section::Chunks as u32, "C"),
];

impl Section {
    /// The sections that have chunk hashes, in the order in which section C lists them.
    pub const HASHED: [Section; 5] =
        [Section::Lines, Section::Remainders, Section::Dictionary, Section::Escapes, Section::Coverage];

    /// Every section.
    pub const ALL: [Section; 6] = [
        Section::Lines,
        Section::Remainders,
        Section::Dictionary,
        Section::Escapes,
        Section::Coverage,
        Section::Chunks,
    ];

    /// The place in [`Section::HASHED`]; that of C is behind it.
    #[inline]
    pub(super) fn place(self) -> usize {
        self as usize - 1
    }

    /// The letter in `FORMAT.md`.
    pub fn letter(self) -> &'static str {
        SECTIONS[self as usize - 1].1
    }
}

/// Where a section lies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Bytes from the beginning of the file.
    pub offset: u64,
    /// Length in bytes.
    pub bytes: u64,
    /// XXH3-64 of the section's part of the chunk table; of the whole table for C itself.
    pub hash: u64,
}

/// The identity of a segment: the first 128 bits of its root hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SegmentId(pub [u8; 16]);

impl std::fmt::Display for SegmentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The decoded header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bits of a digest.
    pub width: Width,
    /// Bits of the quotient.
    pub quotient_bits: u8,
    /// Bits of the payload code.
    pub code_bits: u8,
    /// Leading bits that all digests of this file share.
    pub slice_bits: u8,
    /// Quotients per line.
    pub quotients_per_line: u32,
    /// Records.
    pub records: u64,
    /// Lines of section H.
    pub lines: u64,
    /// The key that made the digests.
    pub key_check: KeyCheck,
    /// The identity of the file.
    pub segment_id: SegmentId,
    /// Breaches in section T.
    pub breaches: u64,
    /// The shared leading bits.
    pub slice: u32,
    /// The sections, indexed by number - 1.
    pub extents: [Extent; 6],
}

impl Header {
    /// Bits of the remainder.
    pub fn remainder_bits(&self) -> u32 {
        self.width.bits() - u32::from(self.slice_bits) - u32::from(self.quotient_bits)
    }

    /// Bits of one record of section R: remainder and payload code.
    pub fn record_bits(&self) -> u64 {
        u64::from(self.remainder_bits()) + u64::from(self.code_bits)
    }

    /// Where a section lies.
    pub fn extent(&self, section: Section) -> Extent {
        self.extents[section as usize - 1]
    }

    /// The 4096 bytes on disk, checksum included.
    pub fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        bytes[0..8].copy_from_slice(&MAGIC);
        bytes[0x08..0x0a].copy_from_slice(&VERSION.to_le_bytes());
        bytes[0x0a..0x0c].copy_from_slice(&(HEADER_BYTES as u16).to_le_bytes());
        bytes[0x10] = self.width.bits() as u8;
        bytes[0x11] = self.quotient_bits;
        bytes[0x12] = self.code_bits;
        bytes[0x13] = self.slice_bits;
        bytes[0x14..0x18].copy_from_slice(&self.quotients_per_line.to_le_bytes());
        bytes[0x18..0x20].copy_from_slice(&self.records.to_le_bytes());
        bytes[0x20..0x28].copy_from_slice(&self.lines.to_le_bytes());
        bytes[0x28..0x38].copy_from_slice(&self.key_check.0);
        bytes[OFFSET_SEGMENT_ID..0x48].copy_from_slice(&self.segment_id.0);
        bytes[0x48..0x50].copy_from_slice(&self.breaches.to_le_bytes());
        bytes[0x50..0x54].copy_from_slice(&(Section::ALL.len() as u32).to_le_bytes());
        bytes[0x54..0x58].copy_from_slice(&self.slice.to_le_bytes());
        for (section, entry) in
            Section::ALL.iter().zip(bytes[OFFSET_SECTION_TABLE..].chunks_exact_mut(SECTION_ENTRY_BYTES))
        {
            let extent = self.extent(*section);
            entry[0..4].copy_from_slice(&(*section as u32).to_le_bytes());
            entry[8..16].copy_from_slice(&extent.offset.to_le_bytes());
            entry[16..24].copy_from_slice(&extent.bytes.to_le_bytes());
            entry[24..32].copy_from_slice(&extent.hash.to_le_bytes());
        }
        let crc = crc32c::crc32c(&bytes[..OFFSET_CRC]);
        bytes[OFFSET_CRC..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// The bytes that the root hash covers: the header as if identity and checksum were zero.
    pub fn encode_for_root(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = Header { segment_id: SegmentId::default(), ..self.clone() }.encode();
        bytes[OFFSET_CRC..].fill(0);
        bytes
    }

    /// Reads and checks a header; `file_bytes` is the true length of the file.
    ///
    /// # Errors
    /// [`Error::Damaged`] or [`Error::Version`], before any value is used.
    pub fn decode(bytes: &[u8], file_bytes: u64) -> Result<Header, Error> {
        let bytes: &[u8; HEADER_BYTES] = bytes
            .get(..HEADER_BYTES)
            .and_then(|head| head.try_into().ok())
            .ok_or_else(|| Error::damaged(0, "the file is shorter than a header"))?;
        if bytes[0..8] != MAGIC {
            return Err(Error::damaged(0, "it does not begin like a segment"));
        }
        let version = u16::from_le_bytes([bytes[0x08], bytes[0x09]]);
        if version != VERSION {
            return Err(Error::Version { found: version, known: VERSION });
        }
        if crc32c::crc32c(&bytes[..OFFSET_CRC]).to_le_bytes() != bytes[OFFSET_CRC..] {
            return Err(Error::damaged(OFFSET_CRC as u64, "the checksum of the header fails"));
        }
        let header = Header::decode_fields(bytes)?;
        header.check(file_bytes)?;
        // The root hash covers the header as this version writes it, so nothing else may stand in it.
        if header.encode() != *bytes {
            return Err(Error::damaged(OFFSET_RESERVED as u64, "reserved bytes of the header are not zero"));
        }
        Ok(header)
    }

    fn decode_fields(bytes: &[u8; HEADER_BYTES]) -> Result<Header, Error> {
        let u32_at = |at: usize| u32::from_le_bytes(array(bytes, at));
        let u64_at = |at: usize| u64::from_le_bytes(array(bytes, at));
        let width = Width::new(bytes[0x10]).ok_or_else(|| Error::damaged(0x10, "a digest has 64 to 128 bits"))?;
        if usize::from(u16::from_le_bytes(array(bytes, 0x0a))) != HEADER_BYTES || u32_at(0x0c) != 0 {
            return Err(Error::damaged(0x0a, "an unknown header length or flag"));
        }
        if u32_at(0x50) as usize != Section::ALL.len() {
            return Err(Error::damaged(0x50, "a wrong number of sections"));
        }
        let mut extents = [Extent::default(); 6];
        for (i, extent) in extents.iter_mut().enumerate() {
            let at = OFFSET_SECTION_TABLE + i * SECTION_ENTRY_BYTES;
            if u32_at(at) != i as u32 + 1 || u32_at(at + 4) != 0 {
                return Err(Error::damaged(at as u64, "an unknown section"));
            }
            *extent = Extent { offset: u64_at(at + 8), bytes: u64_at(at + 16), hash: u64_at(at + 24) };
        }
        Ok(Header {
            width,
            quotient_bits: bytes[0x11],
            code_bits: bytes[0x12],
            slice_bits: bytes[0x13],
            quotients_per_line: u32_at(0x14),
            records: u64_at(0x18),
            lines: u64_at(0x20),
            key_check: KeyCheck(array(bytes, 0x28)),
            segment_id: SegmentId(array(bytes, OFFSET_SEGMENT_ID)),
            breaches: u64_at(0x48),
            slice: u32_at(0x54),
            extents,
        })
    }

    /// Whether all numbers agree with each other and with the length of the file.
    fn check(&self, file_bytes: u64) -> Result<(), Error> {
        let quotient_and_slice = u32::from(self.quotient_bits) + u32::from(self.slice_bits);
        if self.quotient_bits > QUOTIENT_BITS_MAX
            || self.slice_bits > SLICE_BITS_MAX
            || quotient_and_slice > self.width.bits()
        {
            return Err(Error::damaged(0x11, "impossible quotient or slice bits"));
        }
        if u64::from(self.slice) >> self.slice_bits != 0 {
            return Err(Error::damaged(0x54, "a slice outside its bits"));
        }
        if self.code_bits > CODE_BITS_MAX {
            return Err(Error::damaged(0x12, "impossible payload code bits"));
        }
        if self.records >> RANK_BITS != 0 {
            return Err(Error::damaged(0x18, "more records than a rank can name"));
        }
        let quotients = 1u64 << self.quotient_bits;
        if self.quotients_per_line == 0 || u64::from(self.quotients_per_line) >= u64::from(LINE_BITS) {
            return Err(Error::damaged(0x14, "impossible quotients per line"));
        }
        if self.lines != quotients.div_ceil(u64::from(self.quotients_per_line)) {
            return Err(Error::damaged(0x20, "a wrong number of lines"));
        }
        self.check_extents(file_bytes)
    }

    fn check_extents(&self, file_bytes: u64) -> Result<(), Error> {
        let damaged = |section: Section| {
            Err(Error::damaged(OFFSET_SECTION_TABLE as u64, "a section with an impossible place or length").of(section))
        };
        for section in Section::ALL {
            let extent = self.extent(section);
            let end = extent.offset.checked_add(extent.bytes);
            let last = file_bytes.saturating_sub(FOOTER_BYTES as u64);
            if !extent.offset.is_multiple_of(SECTION_ALIGNMENT)
                || extent.offset == 0
                || end.is_none_or(|end| end > last)
            {
                return damaged(section);
            }
        }
        if self.extent(Section::Lines).bytes != self.lines * LINE_BYTES as u64 {
            return damaged(Section::Lines);
        }
        let record_bytes = u128::from(self.records) * u128::from(self.record_bits());
        let remainder_bytes = record_bytes.div_ceil(8) + REMAINDER_PADDING as u128;
        if u128::from(self.extent(Section::Remainders).bytes) != remainder_bytes {
            return damaged(Section::Remainders);
        }
        let chunks: u64 =
            Section::HASHED.iter().map(|section| self.extent(*section).bytes.div_ceil(CHUNK_BYTES as u64)).sum();
        if self.extent(Section::Chunks).bytes != chunks * 8 {
            return damaged(Section::Chunks);
        }
        Ok(())
    }
}

fn array<const N: usize>(bytes: &[u8; HEADER_BYTES], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}
