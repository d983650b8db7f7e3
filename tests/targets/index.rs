//! Segments and manifests, damaged or hostile: an error or the same answer, and with all checksums made right again an end.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use leakdex::digest::{Digest, KeyCheck, KeyId, Width};
use leakdex::index::class::ClassMask;
use leakdex::index::format::{CHUNK_BYTES, FOOTER_BYTES, HEADER_BYTES, MAGIC, SECTION_ENTRY_BYTES, Section};
use leakdex::index::{
    Access, BreachCoverage, Catalogue, CoverageCounts, CoverageKey, Entry, Identity, Index, Manifest, Scratch, Segment,
    SegmentPlan, SegmentWriter,
};
use sha2::Digest as _;
use xxhash_rust::xxh3::xxh3_64;

const SECTION_TABLE: usize = 0x58;
const CRC: usize = HEADER_BYTES - 4;
const RECORDS: u64 = 400;

/// A segment and its records.
struct Known {
    bytes: Vec<u8>,
    model: BTreeMap<Digest, Entry>,
}

/// One of a few payloads, most of them the first two: others escape.
fn payload(number: u64) -> Entry {
    let place = if number.is_multiple_of(32) { number % 300 } else { number % 2 };
    (0..=place % 3).map(|breach| (breach as u32, ClassMask((place + 1) << breach))).collect()
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let digest = |number: u64| {
        let half = |salt: u64| u128::from(xxhash_rust::xxh3::xxh3_64_with_seed(&number.to_le_bytes(), salt));
        Digest((half(1) << 64 | half(2)) >> 48)
    };
    let model: BTreeMap<Digest, Entry> = (0..RECORDS).map(|number| (digest(number), payload(number))).collect();
    let mut counts: BTreeMap<&Entry, u64> = BTreeMap::new();
    model.values().for_each(|entry| *counts.entry(entry).or_default() += 1);
    let places: Vec<usize> =
        model.values().map(|entry| counts.keys().position(|known| *known == entry).expect("counted")).collect();
    let payloads = counts.into_iter().map(|(entry, count)| (entry.clone(), count)).collect();
    let key_check = KeyCheck([7; 16]);
    let plan = SegmentPlan { width: Width::DEFAULT, key_check, estimate: RECORDS, payloads, slice_bits: 0, slice: 0 };
    let mut writer = SegmentWriter::new(std::io::Cursor::new(Vec::new()), plan).expect("memory takes everything");
    for (digest, place) in model.keys().zip(places) {
        writer.push(*digest, place).expect("ascending digests");
    }
    let key = CoverageKey { kind: 1, variant: 0, rule: 1, country: [0; 2], scope_tag: [3; 16] };
    let counts = BTreeMap::from([(key, CoverageCounts { accepted: RECORDS, rejected: 2 })]);
    let coverage: Vec<BreachCoverage> = (0..3)
        .map(|breach| BreachCoverage { uid: [breach + 1; 16], counts: counts.clone(), ..Default::default() })
        .collect();
    let (_, out) = writer.finish(&coverage).expect("memory takes everything");
    Known { bytes: out.into_inner(), model }
});

/// Changes of a segment, six bytes each: a section, a place in it, and what happens there. The first byte says which
/// checksums are made right afterwards: none, the header's, those of all sections; or that the rest is the file itself.
pub fn segment(data: &[u8]) {
    let Some((mode, edits)) = data.split_first() else { return };
    if mode % 4 == 3 {
        survives(edits);
        return;
    }
    let mut bytes = KNOWN.bytes.clone();
    edits.chunks_exact(6).take(32).for_each(|edit| change(&mut bytes, edit));
    match mode % 4 {
        0 => answers(&bytes),
        1 => {
            seal_root(&mut bytes);
            survives(&bytes);
        }
        _ => {
            seal_chunks(&mut bytes);
            seal_root(&mut bytes);
            survives(&bytes);
        }
    }
}

fn change(bytes: &mut Vec<u8>, edit: &[u8]) {
    let range = match edit[0] % 8 {
        0 => Some(0..0x58),
        1 => Some(SECTION_TABLE..SECTION_TABLE + Section::ALL.len() * SECTION_ENTRY_BYTES),
        number => extent(bytes, Section::ALL[usize::from(number - 2) % Section::ALL.len()]),
    };
    let Some(range) = range.filter(|range| !range.is_empty() && range.end <= bytes.len()) else { return };
    let at = range.start + usize::from(u16::from_le_bytes([edit[1], edit[2]])) % range.len();
    match edit[3] % 5 {
        0 => bytes[at] ^= 1 << (edit[4] % 8),
        1 => bytes[at] = edit[4],
        2 => bytes[at] = bytes[at].wrapping_add(edit[4]),
        3 => bytes.truncate(at),
        _ => {
            let limit = [0, 1, u64::MAX, u64::MAX - 1, 1 << 63, 1 << 32, 0xffff, u64::from(edit[5])];
            let value = limit[usize::from(edit[4]) % limit.len()].to_le_bytes();
            let end = bytes.len().min(at + 8);
            bytes[at..end].copy_from_slice(&value[..end - at]);
        }
    }
}

/// Every answer is the one of the model, or an error.
fn answers(bytes: &[u8]) {
    let Ok(segment) = Segment::new(bytes) else { return };
    let digests: Vec<Digest> = KNOWN.model.keys().copied().collect();
    let mut found = Vec::new();
    let damage = segment.find_batch(&digests, &mut Scratch::default(), &mut found);
    assert!(found.iter().map(|found| found.probe).eq(0..digests.len() as u32), "a record is absent");
    for (found, want) in found.iter().zip(KNOWN.model.values()) {
        let payload = found.place().map(|place| &segment.payloads()[place]);
        assert!(payload == Some(want) || (payload.is_none() && damage.is_some()), "a wrong answer");
    }
    for (digest, want) in KNOWN.model.iter().step_by(37) {
        if let Ok(place) = segment.find(*digest) {
            assert_eq!(place.map(|place| &segment.payloads()[place]), Some(want), "a wrong answer");
        }
    }
    assert!(bytes == KNOWN.bytes || segment.verify(|_| ()).is_err(), "damage passes");
}

/// Opens, asks and verifies, whatever the answers are.
fn survives(bytes: &[u8]) {
    let Ok(segment) = Segment::new(bytes) else { return };
    let probes: Vec<Digest> =
        KNOWN.model.keys().step_by(5).copied().chain([Digest(0), Digest(u128::MAX >> 48)]).collect();
    let mut found = Vec::new();
    segment.find_batch(&probes, &mut Scratch::default(), &mut found);
    let known = segment.payloads().len();
    assert!(found.iter().filter_map(|found| found.place()).all(|place| place < known), "a payload that is not there");
    for digest in probes.iter().step_by(9) {
        let place = segment.find(*digest);
        assert!(place.is_err() || place.is_ok_and(|place| place.is_none_or(|place| place < known)));
    }
    let _ = segment.verify(|_| ());
}

fn extent(bytes: &[u8], section: Section) -> Option<std::ops::Range<usize>> {
    let at = SECTION_TABLE + (section as usize - 1) * SECTION_ENTRY_BYTES;
    let number = |at: usize| Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?));
    let (begin, end) = (number(at + 8)?, number(at + 8)?.checked_add(number(at + 16)?)?);
    let last = bytes.len().checked_sub(FOOTER_BYTES)? as u64;
    (begin >= HEADER_BYTES as u64 && end <= last).then_some(begin as usize..end as usize)
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
    if bytes.len() < HEADER_BYTES + FOOTER_BYTES {
        return;
    }
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
    let crc = crc32c::crc32c(&bytes[..CRC]);
    bytes[CRC..HEADER_BYTES].copy_from_slice(&crc.to_le_bytes());
}

pub fn segment_seeds() -> Vec<Vec<u8>> {
    vec![
        vec![0],
        vec![0, 2, 9, 0, 0, 3, 0, 3, 200, 0, 1, 7, 0],
        vec![1, 0, 0x10, 0, 1, 64, 0, 1, 8, 0, 4, 2, 0],
        vec![2, 3, 5, 1, 2, 9, 0, 4, 3, 0, 1, 255, 0, 5, 8, 0, 4, 0, 0],
        vec![2, 2, 0, 0, 4, 2, 0, 6, 0, 0, 3, 0, 0],
        [&[3], &KNOWN.bytes[..HEADER_BYTES]].concat(),
    ]
}

fn seal(bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::new().chain_update(b"a key").chain_update(bytes).finalize().into()
}

/// The text of a manifest, under a checksum and seal that are right; or the file itself; or a catalogue.
pub fn manifest(data: &[u8]) {
    let Some((mode, text)) = data.split_first() else { return };
    match mode % 3 {
        0 => check_manifest(&sealed(text)),
        1 => check_manifest(text),
        _ => check_catalogue(text),
    }
}

/// A manifest file of this text.
fn sealed(text: &[u8]) -> Vec<u8> {
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let line = format!("\nxxh3 {:016x} seal {}\n", xxh3_64(text), hex(&seal(text)));
    [text, line.as_bytes()].concat()
}

fn check_manifest(bytes: &[u8]) {
    let path = Path::new("MANIFEST");
    let Ok(manifest) = Manifest::decode(bytes, path, Some(&seal)) else { return };
    assert_eq!(Manifest::decode(&manifest.encode(&seal), path, Some(&seal)).expect("encoded"), manifest);
    assert!(!manifest.catalogue.contains('/'), "a name does not lead out of the directory");
    assert!(manifest.segments.iter().all(|segment| !segment.file_name().contains('/')));
    // An index whose files are not there.
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("MANIFEST"), bytes).expect("a file");
    let identity = Identity { id: KeyId([1; 8]), check: KeyCheck([2; 16]), links: 0, seal: &seal };
    assert!(Index::open(folder.path(), Some(&identity), Access::Read).is_err(), "an index without a catalogue");
}

fn check_catalogue(text: &[u8]) {
    let (name, hash) = Catalogue::file_name(text);
    assert!(name.starts_with("catalogue-") && !name.contains('/'));
    let Ok(catalogue) = Catalogue::decode(text, &hash, Path::new(&name)) else { return };
    let encoded = catalogue.encode();
    let (name, hash) = Catalogue::file_name(&encoded);
    assert_eq!(Catalogue::decode(&encoded, &hash, Path::new(&name)).expect("encoded"), catalogue);
}

pub fn manifest_seeds() -> Vec<Vec<u8>> {
    let mut manifest = Manifest::empty(Width::DEFAULT, KeyId([1; 8]), KeyCheck([2; 16]));
    let catalogue = Catalogue::empty().encode();
    (manifest.catalogue, manifest.catalogue_sha256) = Catalogue::file_name(&catalogue);
    let entry = leakdex::index::SegmentEntry {
        id: "0123456789abcdef0123456789abcdef".into(),
        records: RECORDS,
        bytes: 1 << 20,
        pieces_sha256: "0".repeat(64),
        breaches: vec!["89abcdef0123456789abcdef01234567".into()],
    };
    manifest.segments.push(entry);
    let file = manifest.encode(&seal);
    let text = &file[..file.len() - 1];
    let end = memchr::memrchr(b'\n', text).unwrap_or_default();
    let breach = "{\"version\":1,\"breaches\":[{\"name\":\"b\",\"uid\":\"0123456789abcdef0123456789abcdef\",\"data_classes\":[\"Names\"],\"records\":3,\"rejected\":1,\"incomplete\":false,\"inputs\":[]}]}";
    vec![
        [&[0], &text[..end]].concat(),
        [&[1], &file[..]].concat(),
        [&[2], &catalogue[..]].concat(),
        [&[2], breach.as_bytes()].concat(),
    ]
}
