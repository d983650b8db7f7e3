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
//! | two, a Latin letter beside one of ASCII | 6 | 1 in 12, and hanzi do not stand between Latin letters |
//! | two, a Latin letter beside others, one of ASCII in the run | 4 | 1 in 12 |
//! | two, a Latin letter beside others | 1 | 1 in 12, and few words are made of such letters alone |
//! | two, a Latin letter alone, to U+00FF | -2 | "\u{e0}" is a word, and most others are none |
//! | two, another Latin letter alone | -14 | no word is "\u{16e}" |
//! | two, first of Greek, Cyrillic, Hebrew, Arabic | 0 | 1 in 10, and few texts have such letters |
//! | two, the same script again | 4 | 1 in 20 |
//! | two, another script, or beside Latin letters | -6 | names do not change their script |
//! | two, anything else below U+00C0 | 0 | signs stand anywhere |
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
    SEPARATES[usize::from(byte)]
}

/// One look into a table for each byte of a run is twice as fast as three comparisons.
const SEPARATES: [bool; 256] = {
    let (mut table, mut byte) = ([false; 256], 0);
    while byte < 0x40 {
        table[byte] = !(byte as u8).is_ascii_digit();
        byte += 1;
    }
    table
};

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
                let letter = script(&run[at..]);
                (letter, 2, letter.bits(before, script(&run[at + 2..]), run))
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

/// What kind of letter a sequence of one or two bytes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    /// No letter, or one of three bytes or more.
    None,
    /// Of one byte.
    Ascii,
    /// Of western Europe.
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
    fn of_ascii(byte: u8) -> Script {
        if byte.is_ascii_alphabetic() { Script::Ascii } else { Script::None }
    }

    /// By the first of two bytes: it tells blocks of 64 characters apart.
    fn of(first: u8) -> Script {
        match first {
            0xc2 => Script::None,
            0xc3 => Script::Latin,
            // Also the letters with a horn of Vietnam, those with a comma of Romania, and the schwa.
            0xc4..=0xc6 | 0xc8 | 0xc9 => Script::ExtendedLatin,
            0xce | 0xcf => Script::Greek,
            0xd0..=0xd4 => Script::Cyrillic,
            0xd6 | 0xd7 => Script::Hebrew,
            0xd8..=0xdb => Script::Arabic,
            _ => Script::Rare,
        }
    }

    fn is_latin(self) -> bool {
        matches!(self, Script::Latin | Script::ExtendedLatin)
    }

    /// What such a letter of two bytes says behind `before` and in front of `next`, somewhere in this run.
    fn bits(self, before: Script, next: Script, run: &[u8]) -> i32 {
        let beside_ascii = before == Script::Ascii || next == Script::Ascii;
        match self {
            Script::None => 0,
            Script::Rare => -6,
            Script::Latin | Script::ExtendedLatin if beside_ascii => 6,
            Script::Latin | Script::ExtendedLatin if before.is_latin() || next.is_latin() => {
                if run.iter().any(u8::is_ascii_alphabetic) { 4 } else { 1 }
            }
            Script::Latin => -2,
            Script::ExtendedLatin => -14,
            _ if beside_ascii || before.is_latin() || next.is_latin() => -6,
            _ if before == self => 4,
            _ if before == Script::None => 0,
            _ => -6,
        }
    }
}

/// The script of what begins here.
fn script(bytes: &[u8]) -> Script {
    match bytes.first() {
        Some(&byte @ 0..=0x7f) => Script::of_ascii(byte),
        Some(&lead @ 0xc2..=0xdf) => Script::of(lead),
        _ => Script::None,
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{
        BIG5, EUC_JP, EUC_KR, GB18030, IBM866, KOI8_R, KOI8_U, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1250,
        WINDOWS_1251, WINDOWS_1252,
    };

    use super::*;

    #[test]
    fn separators_are_part_of_no_character() {
        let encodings = [
            BIG5,
            EUC_JP,
            EUC_KR,
            GB18030,
            IBM866,
            KOI8_R,
            KOI8_U,
            SHIFT_JIS,
            UTF_8,
            WINDOWS_874,
            WINDOWS_1250,
            WINDOWS_1251,
            WINDOWS_1252,
        ];
        for encoding in encodings {
            let (mut encoded, mut unsafe_bytes) = (0, [false; 256]);
            for character in ('\u{80}'..=char::MAX).filter(|&c| !matches!(c, '\u{a5}' | '\u{203e}')) {
                let mut utf8 = [0; 4];
                let (bytes, _, lost) = encoding.encode(character.encode_utf8(&mut utf8));
                if !lost {
                    encoded += 1;
                    bytes.iter().for_each(|&byte| unsafe_bytes[usize::from(byte)] = true);
                }
            }
            assert!(encoded > 100, "{} has {encoded} characters", encoding.name());
            let inside: Vec<u8> =
                (0..=255).filter(|&byte| unsafe_bytes[usize::from(byte)] && separates(byte)).collect();
            assert!(inside.is_empty(), "{}: {inside:x?}", encoding.name());
            // Behind any lead byte, a separator stands for itself and leaves the decoder where it began.
            for (lead, separator) in (0x80..=255).flat_map(|lead| (0..=255).map(move |byte| (lead, byte))) {
                let pair = [lead, separator];
                let text = encoding.decode_without_bom_handling(&pair).0;
                assert!(!separates(separator) || text.ends_with(char::from(separator)), "{lead} {separator}");
            }
        }
        // The others are needed: all of them are inside characters of GB18030 or GBK.
        assert!((0..0x80u8).all(|byte| separates(byte) == (byte < 0x30 || (0x3a..0x40).contains(&byte))));
    }

    fn check(run: &str, want: i32) {
        assert_eq!(evidence(run.as_bytes()), Evidence::Valid(want), "{run}");
    }

    #[test]
    fn evidence_follows_the_table() {
        check("\u{738b}", 7);
        check("\u{738b}\u{4f1f}138@", 14);
        check("\u{20000}", 12);
        check("M\u{fc}ller", 6);
        check("\u{142}\u{f3}d\u{17a}", 16);
        check("\u{16e}", -14);
        check("\u{e0}", -2);
        check("\u{418}\u{432}\u{430}\u{43d}", 12);
        check("R\u{4ef}A", -6);
        check("\u{3b1}\u{438}", -6);
        check("5\u{b0}", 0);
        check("\u{700}", -6);
    }

    #[test]
    fn what_is_not_utf8_is_foreign_or_damaged() {
        let han = "\u{5408}\u{80a5}\u{5e02}".as_bytes();
        assert_eq!(evidence(b"\xcd\xf5\xce\xb0"), Evidence::Foreign);
        assert_eq!(evidence(b"caf\xe9"), Evidence::Foreign);
        assert_eq!(evidence(b"\xe7\x8e"), Evidence::Foreign);
        assert_eq!(evidence(&han[..8]), Evidence::Damaged(10));
        assert_eq!(evidence(&[han, b"\xff", han].concat()), Evidence::Damaged(26));
        assert_eq!(evidence(&[han, b"\xff\xff"].concat()), Evidence::Foreign);
        assert_eq!(evidence(&[&han[..6], b"\xffa"].concat()), Evidence::Foreign);
        for bad in [&b"\xc0\x80"[..], b"\xed\xa0\x80", b"\xf5\x80\x80\x80", b"\xe0\x80\x80", b"\xf4\x90\x80\x80"] {
            assert_eq!(evidence(bad), Evidence::Foreign);
        }
    }

    #[test]
    fn runs_stand_between_separators() {
        let text = "id=5;a\u{738b}|1 x,\u{4f1f}\n".as_bytes();
        let run = |at| next_run(text, at).map(|run| (run.start, run.end));
        assert_eq!(run(0), Some((5, 11)));
        assert_eq!(run(11), Some((14, 17)));
        assert_eq!(run(17), None);
        assert_eq!(next_run(b"", 0), None);
    }

    /// The same as the library, for every beginning of three bytes.
    #[test]
    fn sequences_are_those_of_unicode() {
        for bytes in (0x80..=0xff_u8)
            .flat_map(|a| (0x70..=0xff_u8).flat_map(move |b| [0x7f, 0x80, 0xbf, 0xc0].map(|c| [a, b, c, 0x80])))
        {
            let want = match std::str::from_utf8(&bytes) {
                Ok(text) => Ok(text.chars().next().map_or(0, char::len_utf8)),
                Err(error) if error.valid_up_to() > 0 => Ok(bytes[..error.valid_up_to()]
                    .utf8_chunks()
                    .next()
                    .and_then(|chunk| chunk.valid().chars().next())
                    .map_or(0, char::len_utf8)),
                Err(error) => Err(error.error_len().unwrap_or(bytes.len())),
            };
            assert_eq!(sequence(&bytes), want, "{bytes:x?}");
        }
    }
}
