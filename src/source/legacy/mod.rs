//! How likely bytes are as text of each older encoding: what tells them apart where a file has parts in several.
//!
//! Whether bytes can be decoded says little: what is valid as EUC-KR or as a Russian word is valid as GB18030 too. Which
//! characters come out says much, and it says it soon. So every encoding has a model of names and addresses, of the simplest
//! kind that measures well: what a character costs, in bits, is minus log2 of how often such text has it.
//!
//! - **Several bytes** (`wide.rs`): the frequent characters of names and addresses by a list, others by the rows of their
//!   standard, which are in order of use: GB 2312, Big5 and JIS X 0208 have a first level of common characters and a second of
//!   rare ones, KS X 1001 its hangul before its hanja.
//! - **One byte** (`narrow.rs`): letters by how often they are, and by what stands before and behind: capitals begin a word, "ñ"
//!   stands before a vowel where the "ń" of the same byte stands before a consonant.
//!
//! ASCII costs nothing, and is deducted where it is the second half of a character: then sums of different encodings can be
//! compared, and text without a byte beyond ASCII needs no look.

use std::sync::LazyLock;

use encoding_rs::{BIG5, EUC_KR, Encoding, GB18030, KOI8_R, SHIFT_JIS, WINDOWS_1250, WINDOWS_1251, WINDOWS_1252};

use narrow::Narrow;
use wide::Wide;

mod narrow;
mod wide;

/// How many encodings are told apart.
pub(super) const COUNT: usize = 8;

/// The encodings that are told apart, in the order of their numbers.
pub(super) const ENCODINGS: [&Encoding; COUNT] =
    [GB18030, BIG5, SHIFT_JIS, EUC_KR, WINDOWS_1251, KOI8_R, WINDOWS_1250, WINDOWS_1252];

/// What a sequence costs that the encoding does not have. Fields are cut in the middle of a character now and then.
const MALFORMED_BITS: u8 = 24;

/// Bits for each encoding.
pub(super) type Costs = [u32; COUNT];

/// The number of an encoding; KOI8-U counts as KOI8-R, whose letters it has.
pub(super) fn number_of(encoding: &'static Encoding) -> Option<usize> {
    let encoding = if encoding == encoding_rs::KOI8_U { KOI8_R } else { encoding };
    ENCODINGS.iter().position(|candidate| *candidate == encoding)
}

/// Whether both are encodings of Latin letters.
pub(super) fn are_latin(a: usize, b: usize) -> bool {
    a >= COUNT - 2 && b >= COUNT - 2
}

/// What a text costs in one encoding.
///
/// Cost: one look into a table per character beyond ASCII; the tables, 0.3 MiB, are made when they are first needed.
pub(super) fn cost(number: usize, text: &[u8]) -> u32 {
    MODELS[number].cost(text)
}

/// What a text costs in each encoding.
pub(super) fn costs(text: &[u8]) -> Costs {
    std::array::from_fn(|number| cost(number, text))
}

static MODELS: LazyLock<[Model; COUNT]> = LazyLock::new(|| ENCODINGS.map(Model::new));

enum Model {
    Wide(Box<Wide>),
    Narrow(Box<Narrow>),
}

impl Model {
    fn new(encoding: &'static Encoding) -> Model {
        if encoding.is_single_byte() {
            Model::Narrow(Box::new(Narrow::new(encoding)))
        } else {
            Model::Wide(Box::new(Wide::new(encoding)))
        }
    }

    #[inline]
    fn cost(&self, text: &[u8]) -> u32 {
        match self {
            Model::Wide(wide) => wide.cost(text),
            Model::Narrow(narrow) => narrow.cost(text),
        }
    }
}

/// The next byte beyond ASCII, eight bytes at a time: a line has many short stretches of either kind.
#[inline]
fn next_high(text: &[u8], mut at: usize) -> Option<usize> {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    while let Some(chunk) = text.get(at..at + 8) {
        let high = u64::from_le_bytes(chunk.try_into().unwrap_or_default()) & HIGH;
        if high != 0 {
            return Some(at + high.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    text.get(at..)?.iter().position(|&byte| byte >= 0x80).map(|place| at + place)
}

/// Bytes as the only character of an encoding, if they are one.
fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Option<char> {
    let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
    let mut chars = text.chars();
    chars.next().filter(|_| chars.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, encoding: &'static Encoding) {
        let (bytes, _, lost) = encoding.encode(text);
        assert!(!lost, "{text} in {}", encoding.name());
        let costs = costs(&bytes);
        let best = (0..COUNT).min_by_key(|&number| costs[number]);
        assert_eq!(best, number_of(encoding), "{text}: {costs:?}");
    }

    #[test]
    fn short_names_cost_least_in_their_own_encoding() {
        check("王伟", GB18030);
        check("欧阳", GB18030);
        check("陳怡君", BIG5);
        check("田中", SHIFT_JIS);
        check("ｻﾄｳ", SHIFT_JIS);
        check("김민준", EUC_KR);
        check("Иван", WINDOWS_1251);
        check("ИВАНОВ", WINDOWS_1251);
        check("Иван", KOI8_R);
        check("ИВАНОВ", KOI8_R);
        check("Gdańsk", WINDOWS_1250);
        check("Dvořák", WINDOWS_1250);
        check("Muñoz", WINDOWS_1252);
        check("Jørgen", WINDOWS_1252);
        check("João", WINDOWS_1252);
        check("MUÑOZ", WINDOWS_1252);
        check("PEÑÍSCOLA 1, 2º", WINDOWS_1252);
        check("NICOLÒ", WINDOWS_1252);
    }

    #[test]
    fn ascii_costs_nothing_and_parts_add_up() {
        assert_eq!(costs(b"Anna Li,1,anna@example.com|x\\y\n"), [0; COUNT]);
        let mut seed = 9u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as u8 | if seed >> 60 & 1 == 0 { 0x80 } else { 0 }
        };
        for length in 0..200 {
            let parts = [0, 1].map(|_| (0..length % 40).map(|_| next()).collect::<Vec<u8>>());
            for separator in [b',', b'\n', b' ', b';', b'"'] {
                let whole = costs(&[&parts[0][..], &[separator], &parts[1]].concat());
                let sum: Costs = std::array::from_fn(|number| cost(number, &parts[0]) + cost(number, &parts[1]));
                assert_eq!(whole, sum, "{parts:x?}");
            }
        }
    }

    #[test]
    fn every_place_of_the_first_byte_is_seen() {
        for length in 0..30 {
            for place in 0..length {
                let mut text = vec![b'a'; length];
                text[place] = 0x80;
                assert_eq!(next_high(&text, 0), Some(place));
                assert_eq!(next_high(&text, place), Some(place));
                assert_eq!(next_high(&text, place + 1), None);
            }
        }
    }
}
