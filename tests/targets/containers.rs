//! Compressed streams: whole, in several members, in each other, cut, changed, or with something behind them.

use std::io::{Cursor, Write};

use leakdex::source::{Container, Error, Options, Shape, Source, fuzzing};

use super::reading::{All, Case, check, read, seed};

/// More than this comes out of no input: bombs end before.
const BYTES_OUT_MAX: u64 = 80 << 20;

/// A stream of any bytes, or one that is made of them and then damaged.
///
/// The choice: bits 0 to 2 the container, 3 and 4 how many are in each other, 5 two members, 6 and 7 the damage.
pub fn run(data: &[u8]) {
    let case = Case::of(data);
    let kind = case.choice & 7;
    if kind > 5 {
        return any_bytes(&case);
    }
    let half = if case.choice & 0x20 == 0 { 0 } else { case.text.len() / 2 };
    let parts = [&case.text[..half], &case.text[half..]];
    let mut packed: Vec<u8> = parts.iter().skip(usize::from(half == 0)).flat_map(|part| pack(kind, part)).collect();
    let depth = case.choice >> 3 & 3;
    for level in 0..depth {
        packed = pack((kind + level) % 6, &packed);
    }
    let plain = read_all(case.text, &case);
    match case.choice >> 6 {
        0 => same(&read_all(&packed, &case), &plain),
        1 => cut(&case, &packed, &plain),
        2 => flipped(&case, packed, &plain),
        _ => followed(&case, packed, kind, &plain),
    }
}

fn any_bytes(case: &Case) {
    if let Some(all) = check_bytes(case) {
        assert!(all.totals.text_bytes <= BYTES_OUT_MAX, "{} bytes came out", all.totals.text_bytes);
    }
}

fn check_bytes(case: &Case) -> Option<All> {
    check(case, Some(Shape::Lines), &case.options(), 0)
}

fn open(bytes: &[u8], case: &Case) -> Result<Source, Error> {
    fuzzing::open(Box::new(Cursor::new(bytes.to_vec())), Some(Shape::Lines), case.head_bytes, &case.options())
}

fn read_all(bytes: &[u8], case: &Case) -> Result<Vec<Vec<u8>>, Error> {
    let options: Options = case.options();
    let all = read(open(bytes, case)?, &options, 0)?;
    Ok(all
        .rows
        .iter()
        .map(|row| if row.malformed.is_none() { row.values().concat() } else { b"long".to_vec() })
        .collect())
}

/// A text that cannot be read plain cannot be read packed either.
fn same(packed: &Result<Vec<Vec<u8>>, Error>, plain: &Result<Vec<Vec<u8>>, Error>) {
    match (packed, plain) {
        (Ok(packed), Ok(plain)) => assert!(packed == plain, "what was packed"),
        (Err(_), Err(_)) => (),
        (Err(error), Ok(_)) => panic!("a sound stream is refused: {error}"),
        // Plain, these bytes may look like a stream or a picture.
        (Ok(_), Err(_)) => (),
    }
}

/// A stream that ends early is an error, unless it ends where a member does, or before the first.
fn cut(case: &Case, packed: &[u8], plain: &Result<Vec<Vec<u8>>, Error>) {
    let kept = packed.len() * usize::from(case.block_bytes as u8) / 65;
    let Ok(source) = open(&packed[..kept], case) else { return };
    if source.description().container == Container::None {
        return;
    }
    let is_one = case.choice & 0x38 == 0;
    let got = read(source, &case.options(), 0);
    assert!(!(is_one && got.is_ok() && plain.is_ok()), "half a stream passes for a whole one");
}

/// A changed bit is an error, or changes nothing, where the stream has a checksum.
fn flipped(case: &Case, mut packed: Vec<u8>, plain: &Result<Vec<Vec<u8>>, Error>) {
    let bit = (packed.len() * 8 * usize::from(case.block_bytes as u8) / 65 + case.text.len()) % (packed.len() * 8);
    packed[bit / 8] ^= 1 << (bit % 8);
    let Ok(source) = open(&packed, case) else { return };
    let is_checked = !matches!(source.description().container, Container::None | Container::Lzma);
    let is_one = case.choice & 0x38 == 0;
    let Ok(all) = read(source, &case.options(), 0) else { return };
    assert!(all.totals.text_bytes <= BYTES_OUT_MAX, "{} bytes came out", all.totals.text_bytes);
    let (true, true, Ok(plain)) = (is_checked, is_one, plain) else { return };
    let rows = all.rows.iter().filter(|row| row.malformed.is_none()).map(|row| row.values().concat());
    let is_same = rows.eq(plain.iter().filter(|row| *row != b"long").cloned());
    assert!(is_same || all.totals.trailing_garbage_bytes > 0, "a changed stream passes for a sound one");
}

/// What stands behind gzip and zstd streams is told and left.
fn followed(case: &Case, mut packed: Vec<u8>, kind: u8, plain: &Result<Vec<Vec<u8>>, Error>) {
    packed.extend_from_slice(b"#garbage");
    let outermost = if case.choice >> 3 & 3 == 0 { kind } else { (kind + (case.choice >> 3 & 3) - 1) % 6 };
    let Ok(source) = open(&packed, case) else { return };
    if !matches!(outermost, 0 | 1) || source.description().container == Container::None {
        return;
    }
    let Ok(all) = read(source, &case.options(), 0) else { return };
    if plain.is_ok() && case.choice & 0x18 == 0 {
        assert_eq!(all.totals.trailing_garbage_bytes, 8, "what follows is counted");
    }
}

/// One member of a container.
pub fn pack(kind: u8, bytes: &[u8]) -> Vec<u8> {
    let all = "memory takes everything";
    match kind {
        0 => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(bytes).and_then(|()| encoder.finish()).expect(all)
        }
        1 => {
            let mut encoder = zstd::Encoder::new(Vec::new(), 1).expect("an encoder");
            encoder.include_checksum(true).expect("an option");
            encoder.write_all(bytes).and_then(|()| encoder.finish()).expect(all)
        }
        2 => {
            let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
            encoder.write_all(bytes).and_then(|()| encoder.finish()).expect(all)
        }
        3 => {
            let mut encoder = liblzma::write::XzEncoder::new(Vec::new(), 0);
            encoder.write_all(bytes).and_then(|()| encoder.finish()).expect(all)
        }
        4 => {
            let options = liblzma::stream::LzmaOptions::new_preset(0).expect("a preset");
            let stream = liblzma::stream::Stream::new_lzma_encoder(&options).expect("an encoder");
            let mut encoder = liblzma::write::XzEncoder::new_stream(Vec::new(), stream);
            encoder.write_all(bytes).and_then(|()| encoder.finish()).expect(all)
        }
        _ => {
            let info = lz4_flex::frame::FrameInfo::new().content_checksum(true).block_checksums(true);
            let mut encoder = lz4_flex::frame::FrameEncoder::with_frame_info(info, Vec::new());
            encoder.write_all(bytes).expect(all);
            encoder.finish().expect(all)
        }
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let text = "anna@example.com\nbert@example.org\n";
    let mut seeds = Vec::new();
    for kind in 0..6 {
        for rest in [0, 0x08, 0x20, 0x40, 0x80, 0xc0, 0x38] {
            seeds.push(seed([kind | rest, 30, 0, 0], text));
        }
        seeds.push(seed([7, 9, 0, 2], pack(kind, text.as_bytes())));
        seeds.push(seed([7, 9, 0, 3], [pack(kind, text.as_bytes()), pack(kind, b"x\n")].concat()));
    }
    seeds.push(seed([7, 9, 0, 0], pack(0, &vec![b'\n'; 1 << 20])));
    seeds
}
