//! Runs: the smallest pieces of a text of mixed encodings that can have an encoding of their own, and what their bytes
//! say about it.
//!
//! A run stands between bytes that are never part of a character of several bytes in any encoding read here: the bytes
//! below 0x40 but for the digits, which GB18030 has in its characters of four bytes. They are line ends, blanks, NUL and
//! `! " # $ % & ' ( ) * + , - . / : ; < = > ?`; a test goes through all characters of all encodings. `|`, `\` and `@`
//! are second bytes in GBK, Big5 and Shift_JIS, so they separate nothing.
//!
//! # Evidence
//!
//! Bytes of another encoding are valid UTF-8 by chance, and more often than one thinks. A hanzi of GB2312 level 1 has
//! a first byte in B0..D7 and a second in A1..FE: 1 in 6 is a sequence of two bytes in UTF-8. The sex of a person,
//! "\u{5973}" in GBK, is "\u{16e}" in UTF-8. So a run is not asked whether it is valid but how much more likely its
//! bytes are as UTF-8 than by chance, as log2, in bits:
//!
//! | sequence | bits | why |
//! |---|---|---|
//! | three bytes | 7 | three hanzi (6 bytes) are two of them in 7 of 10^5 cases: 14 bits |
//! | four bytes | 12 | 0xF0 to 0xF4 hardly ever begin a hanzi, and three more bytes have to fit |
//! | two, a Latin letter beside letters | 6 | 1 in 6, and hanzi do not stand between Latin letters |
//! | two, a Latin letter alone, to U+00FF | -2 | "\u{e0}" is a word, and most others are none |
//! | two, another Latin letter alone | -14 | no word is "\u{16e}" |
//! | two, first of Greek, Cyrillic, Hebrew, Arabic | 2 | 1 in 6, and most texts have no such letters |
//! | two, the same script again | 4 | 1 in 6, and one script in three |
//! | two, another script, or beside Latin letters | -6 | names do not change their script |
//!
//! A single-byte encoding has no such accidents in natural text but for a few in capitals (Polish "R\u{d3}\u{17b}A" in
//! Windows-1250 is valid, with a Cyrillic letter between Latin ones), so there the bits count twice.
//!
//! An error ends the matter, unless what stands before it is beyond chance: then UTF-8 is damaged, or a field was cut
//! inside a character.

use encoding_rs::Encoding;

/// What sequences of three and four bytes say.
const THREE_BITS: i32 = 7;
const FOUR_BITS: i32 = 12;
/// Two hanzi: hardly chance, and as much as makes an error damage.
pub(super) const STRONG_BITS: i32 = 2 * THREE_BITS;
/// What a malformed sequence says against UTF-8, and what a cut at the end does.
const MALFORMED_BITS: i32 = -16;
const CUT_BITS: i32 = -4;

/// A part of a text with at least one byte beyond ASCII, and without a separator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run {
    /// Where it begins.
    pub(super) start: usize,
    /// Behind its last byte.
    pub(super) end: usize,
    /// What its bytes say.
    pub(super) evidence: Evidence,
}

/// Whether bytes are UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Valid; bits for it, which may be below zero.
    Valid(i32),
    /// Not valid, but only for a few bytes; bits for it, above zero.
    Damaged(i32),
    /// Not UTF-8.
    Foreign,
}

/// Whether a byte is never part of a character of several bytes.
pub(super) fn separates(byte: u8) -> bool {
    byte < 0x40 && !byte.is_ascii_digit()
}

/// The first run at or behind `at`, which is the start of the text or stands behind a run.
pub(super) fn next_run(text: &[u8], at: usize) -> Option<Run> {
    let first = at + Encoding::ascii_valid_up_to(&text[at..]);
    if first == text.len() {
        return None;
    }
    let start = text[at..first].iter().rposition(|&byte| separates(byte)).map_or(at, |last| at + last + 1);
    let end = text[first..].iter().position(|&byte| separates(byte)).map_or(text.len(), |next| first + next);
    Some(Run { start, end, evidence: evidence(&text[start..end]) })
}

/// What the bytes of a run say about UTF-8.
pub(super) fn evidence(run: &[u8]) -> Evidence {
    let (mut bits, mut at, mut damaged, mut before) = (0, 0, false, Script::None);
    while at < run.len() {
        let (script, length, more) = match sequence(&run[at..]) {
            Ok(1) => (Script::of_ascii(run[at]), 1, 0),
            Ok(2) => {
                let script = Script::of(run[at]);
                (script, 2, script.bits(before, run.get(at + 2).copied()))
            }
            Ok(3) => (Script::None, 3, THREE_BITS),
            Ok(length) => (Script::None, length, FOUR_BITS),
            Err(_) if bits < STRONG_BITS => return Evidence::Foreign,
            Err(length) => {
                damaged = true;
                (Script::None, length, if at + length == run.len() { CUT_BITS } else { MALFORMED_BITS })
            }
        };
        bits += more;
        before = script;
        at += length;
    }
    match bits {
        bits if !damaged => Evidence::Valid(bits),
        bits if bits > 0 => Evidence::Damaged(bits),
        _ => Evidence::Foreign,
    }
}

/// The length of the sequence that begins here, or of the malformed one: its longest prefix that may begin a character.
///
/// Source: The Unicode Standard, table 3-7 (well-formed byte sequences) and section 3.9 (substitution of maximal subparts).
fn sequence(bytes: &[u8]) -> Result<usize, usize> {
    let (length, second) = match bytes[0] {
        0..=0x7f => return Ok(1),
        0xc2..=0xdf => (2, 0x80..=0xbf),
        0xe0 => (3, 0xa0..=0xbf),
        0xed => (3, 0x80..=0x9f),
        0xe1..=0xef => (3, 0x80..=0xbf),
        0xf0 => (4, 0x90..=0xbf),
        0xf1..=0xf3 => (4, 0x80..=0xbf),
        0xf4 => (4, 0x80..=0x8f),
        _ => return Err(1),
    };
    if !bytes.get(1).is_some_and(|byte| second.contains(byte)) {
        return Err(1);
    }
    let more = bytes[2..].iter().take(length - 2).take_while(|&&byte| byte & 0xc0 == 0x80).count();
    if more == length - 2 { Ok(length) } else { Err(2 + more) }
}

/// What kind of letter a sequence of two bytes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    /// No letter, or one of three bytes or more.
    None,
    /// ASCII letters, and those of western Europe.
    Latin,
    /// Latin letters from U+0100.
    ExtendedLatin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    /// Letters that no list of customers has.
    Rare,
}

impl Script {
    /// By the first byte: it tells blocks of 64 characters apart.
    fn of(first: u8) -> Script {
        match first {
            0xc2 => Script::None,
            0xc3 => Script::Latin,
            0xc4..=0xca => Script::ExtendedLatin,
            0xce | 0xcf => Script::Greek,
            0xd0..=0xd4 => Script::Cyrillic,
            0xd6 | 0xd7 => Script::Hebrew,
            0xd8..=0xdb => Script::Arabic,
            _ => Script::Rare,
        }
    }

    fn of_ascii(byte: u8) -> Script {
        if byte.is_ascii_alphabetic() { Script::Latin } else { Script::None }
    }

    /// What such a letter says behind `before` and in front of the byte `next`.
    fn bits(self, before: Script, next: Option<u8>) -> i32 {
        let latin_next = next.is_some_and(|byte| byte.is_ascii_alphabetic() || (0xc3..=0xca).contains(&byte));
        let beside_latin = latin_next || matches!(before, Script::Latin | Script::ExtendedLatin);
        match self {
            Script::None => 1,
            Script::Latin | Script::ExtendedLatin if beside_latin => 6,
            Script::Latin => -2,
            Script::ExtendedLatin => -14,
            Script::Rare => -6,
            _ if beside_latin => -6,
            _ if before == self => 4,
            _ if before == Script::None => 2,
            _ => -6,
        }
    }
}
