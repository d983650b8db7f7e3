//! Damaged and hostile segments: an error or the same answers, never a panic.

use super::error::Error;
use super::format::{
    CHUNK_BYTES, FOOTER_BYTES, HEADER_BYTES, HEADER_FIELDS, LINE_BYTES, MAGIC, SECTION_ENTRY_BYTES, Section,
};
use super::lookup::Scratch;
use super::segment::Segment;
use super::test_data::{Model, Random, model, payloads, segment};
use crate::digest::Digest;
use sha2::Digest as _;
use std::ops::Range;
use xxhash_rust::xxh3::xxh3_64;

const BITS: u8 = 80;
const SECTION_TABLE: usize = 0x58;
const CRC: usize = HEADER_BYTES - 4;

/// A segment with all sections, escapes among them, and its records.
fn fixture(records: usize) -> (Vec<u8>, Model) {
    let model = model(11, records, BITS, &payloads(300));
    let bytes = segment(&model, BITS, records as u64);
    let opened = Segment::new(&bytes[..]).expect("undamaged");
    assert!(opened.header().code_bits > 0, "a payload code");
    assert!(opened.header().extent(Section::Escapes).bytes > 8 + 12 * 3, "escapes");
    (bytes, model)
}

/// Opens, finds every record, alone and in a batch, and verifies. Panics on a wrong answer.
fn answers(bytes: &[u8], model: &Model) -> Result<(), Error> {
    answers_in_batches(&Segment::new(bytes)?, model)?;
    let segment = Segment::new(bytes)?;
    for (digest, want) in model {
        let place = segment.find(*digest)?;
        assert_eq!(place.map(|place| &segment.payloads()[place]), Some(want), "a wrong answer");
    }
    segment.verify(|_| ())
}

/// Every record of the model is found with its payload, or the damage is said: never absent, and never with another one.
fn answers_in_batches(segment: &Segment<&[u8]>, model: &Model) -> Result<(), Error> {
    let digests: Vec<Digest> = model.keys().copied().collect();
    let mut found = Vec::new();
    let damage = segment.find_batch(&digests, &mut Scratch::default(), &mut found);
    let places: Vec<usize> = found.iter().map(|found| found.probe as usize).collect();
    assert!(places.into_iter().eq(0..digests.len()), "a record is absent");
    for (found, want) in found.iter().zip(model.values()) {
        let payload = found.place().map(|place| &segment.payloads()[place]);
        assert!(payload == Some(want) || (payload.is_none() && damage.is_some()), "a wrong answer");
    }
    damage.map_or(Ok(()), Err)
}

/// Opens, probes and verifies whatever the answers are: what matters is that it ends.
fn survives(bytes: &[u8], probes: &[Digest]) -> Result<(), Error> {
    let segment = Segment::new(bytes)?;
    segment.find_batch(probes, &mut Scratch::default(), &mut Vec::new());
    let found = probes.iter().try_for_each(|digest| segment.find(*digest).map(|_| ()));
    segment.verify(|_| ()).and(found)
}

fn extent(bytes: &[u8], section: Section) -> Option<Range<usize>> {
    let at = SECTION_TABLE + (section as usize - 1) * SECTION_ENTRY_BYTES;
    let number = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    let (begin, end) = (number(at + 8), number(at + 8).checked_add(number(at + 16))?);
    let last = (bytes.len() - FOOTER_BYTES) as u64;
    (begin >= HEADER_BYTES as u64 && end <= last).then_some(begin as usize..end as usize)
}

fn seal_header(bytes: &mut [u8]) {
    let crc = crc32c::crc32c(&bytes[..CRC]);
    bytes[CRC..HEADER_BYTES].copy_from_slice(&crc.to_le_bytes());
}

/// Chunk table and hashes of the section table, as far as the sections lie in the file.
fn seal_chunks(bytes: &mut [u8]) {
    let Some(table) = extent(bytes, Section::Chunks) else { return };
    let mut at = table.start;
    for section in Section::HASHED {
        let Some(range) = extent(bytes, section) else { return };
        let hashes: Vec<u8> = bytes[range].chunks(CHUNK_BYTES).flat_map(|c| xxh3_64(c).to_le_bytes()).collect();
        if at + hashes.len() > table.end {
            return;
        }
        bytes[at..at + hashes.len()].copy_from_slice(&hashes);
        at += hashes.len();
        set_section_hash(bytes, section, xxh3_64(&hashes));
    }
    let hash = xxh3_64(&bytes[table]);
    set_section_hash(bytes, Section::Chunks, hash);
}

fn set_section_hash(bytes: &mut [u8], section: Section, hash: u64) {
    let at = SECTION_TABLE + (section as usize - 1) * SECTION_ENTRY_BYTES + 24;
    bytes[at..at + 8].copy_from_slice(&hash.to_le_bytes());
}

/// Root hash, identity, footer and checksum of the header.
fn seal_root(bytes: &mut [u8]) {
    bytes[0x38..0x48].fill(0);
    bytes[CRC..HEADER_BYTES].fill(0);
    let chunks = extent(bytes, Section::Chunks).unwrap_or(0..0);
    let root = sha2::Sha256::new().chain_update(&bytes[..HEADER_BYTES]).chain_update(&bytes[chunks]).finalize();
    bytes[0x38..0x48].copy_from_slice(&root[..16]);
    let length = bytes.len();
    let footer = &mut bytes[length - FOOTER_BYTES..];
    footer[..32].copy_from_slice(&root);
    footer[32..40].copy_from_slice(&(length as u64).to_le_bytes());
    footer[40..].copy_from_slice(&MAGIC);
    seal_header(bytes);
}

fn is_long() -> bool {
    std::env::var_os("LEAKDEX_LONG").is_some()
}

/// Every bit of all sections, of header and footer. With the environment variable `LEAKDEX_LONG` also every bit between the
/// sections, which are most of a small file and all alike: some minutes.
#[test]
fn every_flipped_bit_is_an_error_and_no_answer() {
    let (mut bytes, model) = fixture(600);
    let mut kept = vec![0..HEADER_BYTES, bytes.len() - FOOTER_BYTES..bytes.len()];
    kept.extend(Section::ALL.iter().filter_map(|section| extent(&bytes, *section)));
    let in_gap = |bit: &usize| !kept.iter().any(|range| range.contains(&(bit / 8)));
    let step = if is_long() { 1 } else { 4099 };
    let bits = (0..bytes.len() * 8).filter(|bit| !in_gap(bit) || bit % step == 0);
    for bit in bits {
        bytes[bit / 8] ^= 1 << (bit % 8);
        let result = answers(&bytes, &model);
        assert!(matches!(result, Err(Error::Damaged { .. } | Error::Version { .. })), "bit {bit}: {result:?}");
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    answers(&bytes, &model).expect("as it was written");
}

#[test]
fn every_truncation_and_extension_is_an_error() {
    let (bytes, model) = fixture(2000);
    for length in 0..bytes.len() {
        let result = answers(&bytes[..length], &model);
        assert!(matches!(result, Err(Error::Damaged { .. })), "{length} bytes: {result:?}");
    }
    let footer = bytes[bytes.len() - FOOTER_BYTES..].to_vec();
    for tail in (1..=FOOTER_BYTES + 1).map(|n| vec![0; n]).chain([vec![0; 65_536], footer, bytes.clone()]) {
        let result = answers(&[&bytes[..], &tail].concat(), &model);
        assert!(matches!(result, Err(Error::Damaged { .. })), "{} bytes more: {result:?}", tail.len());
    }
}

/// Digests whose answers depend on a byte of the file: of its line, of the records in it, of an escape.
fn touched(segment: &Segment<&[u8]>, bytes: &[u8], digests: &[Digest], byte: usize) -> Vec<Digest> {
    let header = segment.header();
    let offset_in = |section: Section| {
        let extent = header.extent(section);
        (byte as u64).checked_sub(extent.offset).filter(|offset| *offset < extent.bytes)
    };
    let number = |at: u64| u64::from_le_bytes(bytes[at as usize..at as usize + 8].try_into().expect("eight bytes"));
    let at_rank = |rank: u64| digests.get(rank as usize).copied();
    if let Some(offset) = offset_in(Section::Lines) {
        let quotient = |line: u64| line * u64::from(header.quotients_per_line);
        let first = |line: u64| {
            digests.partition_point(|digest| ((digest.0 >> header.remainder_bits()) as u64) < quotient(line))
        };
        let line = offset / LINE_BYTES as u64;
        let of_line = &digests[first(line)..first(line + 1)];
        return of_line.first().into_iter().chain(of_line.last()).copied().collect();
    }
    if let Some(offset) = offset_in(Section::Remainders) {
        let rank = |bit: u64| bit / header.record_bits();
        return (rank(offset * 8)..=rank(offset * 8 + 7)).filter_map(at_rank).collect();
    }
    let Some(offset) = offset_in(Section::Escapes).and_then(|offset| offset.checked_sub(8)) else { return Vec::new() };
    let begin = header.extent(Section::Escapes).offset;
    let count = number(begin);
    let escape = if offset < count * 8 { offset / 8 } else { (offset - count * 8) / 4 };
    at_rank(number(begin + 8 + escape * 8)).into_iter().collect()
}

/// Flipped bits of a segment of 1 MB. With the environment variable `LEAKDEX_LONG` set to anything, a million flips of
/// 10 MB: some minutes.
#[test]
fn random_flips_of_a_larger_segment_are_errors_and_no_answers() {
    const RECORDS: usize = 125_000;
    const FLIPS: usize = 20_000;
    let (records, flips) = if is_long() { (RECORDS * 10, FLIPS * 50) } else { (RECORDS, FLIPS) };
    let (mut bytes, model) = fixture(records);
    let whole = bytes.clone();
    let sound = Segment::new(&whole[..]).expect("undamaged");
    let digests: Vec<Digest> = model.keys().copied().collect();
    let mut random = Random(31);
    let (mut refused_at_once, mut refused_look_ups) = (0, 0);
    for flip in 0..flips {
        let bit = random.below(bytes.len() as u64 * 8) as usize;
        bytes[bit / 8] ^= 1 << (bit % 8);
        match Segment::new(&bytes[..]) {
            Err(_) => refused_at_once += 1,
            Ok(segment) => {
                let touched = touched(&sound, &whole, &digests, bit / 8);
                for digest in &touched {
                    let result = segment.find(*digest);
                    assert!(matches!(result, Err(Error::Damaged { .. })), "bit {bit}: {result:?}");
                    refused_look_ups += 1;
                }
                let neighbours: Vec<Digest> = touched.iter().copied().chain([digests[0]]).collect();
                let segment = Segment::new(&bytes[..]).expect("it was opened a moment ago");
                let mut found = Vec::new();
                let damage = segment.find_batch(&neighbours, &mut Scratch::default(), &mut found);
                let unknown = found.iter().filter(|found| found.place().is_none()).count();
                assert!(unknown >= touched.len() && damage.is_some() == (unknown > 0), "bit {bit}, in a batch");
                let digest = digests[random.below(digests.len() as u64) as usize];
                if let Ok(place) = segment.find(digest) {
                    assert_eq!(place.map(|place| &segment.payloads()[place]), Some(&model[&digest]), "bit {bit}");
                }
                // What a look-up has found, `verify` finds by the same hash: there a sample will do.
                if touched.is_empty() || flip % 4 == 0 {
                    let result = segment.verify(|_| ());
                    assert!(matches!(result, Err(Error::Damaged { .. })), "bit {bit}: {result:?}");
                }
            }
        }
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    assert!(refused_at_once > 0 && refused_look_ups > flips / 2, "{refused_at_once} and {refused_look_ups}");
    assert!(bytes == whole, "every flip was taken back");
}

/// Offset and length of every number of the header, those of the section table among them.
fn numbers() -> Vec<(usize, usize)> {
    let sizes = [("u8", 1), ("u16", 2), ("u32", 4), ("u64", 8)];
    let size = |kind: &str| sizes.iter().find(|(name, _)| *name == kind).map(|(_, bytes)| *bytes);
    let fields = HEADER_FIELDS.iter().filter_map(|(at, kind, _)| size(kind).map(|bytes| (*at, bytes)));
    let entry = [(0, 4), (4, 4), (8, 8), (16, 8), (24, 8)];
    let table = (0..Section::ALL.len()).map(|i| SECTION_TABLE + i * SECTION_ENTRY_BYTES);
    fields.chain(table.flat_map(|at| entry.map(|(offset, bytes)| (at + offset, bytes)))).collect()
}

#[test]
fn numbers_of_the_header_at_their_limits_do_no_harm() {
    let (bytes, model) = fixture(1000);
    let probes: Vec<Digest> = model.keys().copied().collect();
    let seals: [fn(&mut [u8]); 3] = [seal_header, seal_root, |bytes| {
        seal_chunks(bytes);
        seal_root(bytes);
    }];
    for (at, length) in numbers() {
        let old = u64::from_le_bytes(std::array::from_fn(|i| if i < length { bytes[at + i] } else { 0 }));
        let limits = [0, 1, u64::MAX - 1, u64::MAX, old ^ 1, old + 1, old.wrapping_sub(1), old + 65_536, old << 32];
        for (value, seal) in limits.iter().flat_map(|value| seals.map(|seal| (*value, seal))) {
            let mut changed = bytes.clone();
            changed[at..at + length].copy_from_slice(&value.to_le_bytes()[..length]);
            seal(&mut changed);
            let result = survives(&changed, &probes);
            // Under a new root hash other numbers may make another segment that is sound in itself.
            let resealed = changed[0x38..0x48] != bytes[0x38..0x48];
            assert!(changed == bytes || resealed || result.is_err(), "offset {at:#x} = {value:#x}: {result:?}");
        }
    }
}

#[test]
fn hostile_bytes_under_correct_hashes_do_no_harm() {
    let (bytes, model) = fixture(1000);
    let probes: Vec<Digest> = model.keys().copied().collect();
    let mut random = Random(21);
    let mut ranges: Vec<Range<usize>> = Section::HASHED.iter().filter_map(|s| extent(&bytes, *s)).collect();
    ranges.push(0x10..0x28);
    let mut found_by_error = 0;
    for _ in 0..2000 {
        let mut changed = bytes.clone();
        for _ in 0..=random.below(4) {
            let range = ranges[random.below(ranges.len() as u64) as usize].clone();
            let at = range.start + random.below(range.len() as u64) as usize;
            let limits = [0, 1, 0x7f, 0x80, 0xff, random.next() as u8];
            changed[at] = limits[random.below(6) as usize];
        }
        seal_chunks(&mut changed);
        seal_root(&mut changed);
        found_by_error += usize::from(survives(&changed, &probes).is_err());
    }
    assert!(found_by_error > 1000, "only {found_by_error} of 2000 are errors");
}

#[test]
fn sections_that_lie_on_each_other_are_found_by_verify() {
    let (mut bytes, _) = fixture(1000);
    let at = |section: Section| SECTION_TABLE + (section as usize - 1) * SECTION_ENTRY_BYTES + 8;
    let lines = at(Section::Lines)..at(Section::Lines) + 8;
    // The padding of R makes it longer than H, so H fits into it.
    bytes.copy_within(at(Section::Remainders)..at(Section::Remainders) + 8, lines.start);
    seal_chunks(&mut bytes);
    seal_root(&mut bytes);
    let result = Segment::new(&bytes[..]).and_then(|segment| segment.verify(|_| ()));
    assert!(matches!(result, Err(Error::Damaged { what: "sections lie on each other", .. })), "{result:?}");
}
