//! Encodings of Cyrillic and of Europe: every byte is a character, and what stands before it says what it may be.

use encoding_rs::{Encoding, WINDOWS_1250};

use super::{MALFORMED_BITS, decode, next_high};

/// What a character is for its neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Class {
    /// No letter.
    Other,
    Vowel,
    Consonant,
    /// Beyond ASCII.
    HighVowel,
    /// Stands beside vowels: "č", "ć".
    HighConsonant,
    /// Stands between other consonants as well: "ł", "š", "ß".
    LooseConsonant,
    /// Stands behind anything, and before a vowel: "ř", whose byte is "ø" elsewhere.
    Rolled,
    /// Stands before a vowel: "ñ", "ç", "ã".
    BeforeVowel,
    /// Stands before a consonant or at the end: "ń", "ă", which are the same bytes.
    BeforeConsonant,
    CyrillicSmall,
    CyrillicCapital,
}

const CLASSES: usize = 11;

/// The Cyrillic letters of Russian by how often names and addresses have them, with their bits; Ukrainian, Bulgarian and
/// Serbian have others, and more of some.
const CYRILLIC: [(&str, u8); 6] =
    [("аоиенв", 3), ("рслтк", 4), ("мдяупьгбй", 5), ("ызчшжхюё", 6), ("фцэщъі", 8), ("їєґјљњђћџѕѓќў", 10)];

/// Letters of eastern Europe as names and addresses of all these languages have them together.
const EASTERN: [(&str, u8); 5] =
    [("áéíółžš", 6), ("čřěýćśęąńżöă", 7), ("őűůúüţşźđäâîôťľ", 8), ("ňďëß", 10), ("ŕĺç", 12)];

/// The same for western Europe.
const WESTERN: [(&str, u8); 5] = [("éüöäáíóè", 6), ("ñåøãçßæú", 7), ("êôâëàîï", 9), ("õòìùûýðþ", 10), ("šžœÿ", 12)];

/// A capital beyond ASCII begins a word now and then; names begin with them less often than words hold them.
const CAPITAL_BITS: u8 = 1;
/// What is no letter: marks that names have, and all others.
const MARK_BITS: u8 = 9;
const SIGN_BITS: u8 = 14;

/// The costs of the characters of one encoding.
pub(super) struct Narrow {
    costs: [u8; 256],
    classes: [Class; 256],
}

impl Narrow {
    pub(super) fn new(encoding: &'static Encoding) -> Narrow {
        let mut narrow = Narrow { costs: [0; 256], classes: [Class::Other; 256] };
        let tables: [&[(&str, u8)]; 2] = [&CYRILLIC, if encoding == WINDOWS_1250 { &EASTERN } else { &WESTERN }];
        for byte in 0..=255u8 {
            let place = usize::from(byte);
            let character = decode(encoding, &[byte]);
            narrow.classes[place] = character.map_or(Class::Other, class);
            if byte >= 0x80 {
                narrow.costs[place] = character.map_or(MALFORMED_BITS, |c| bits(c, tables));
            }
        }
        narrow
    }

    /// What a text costs.
    #[inline]
    pub(super) fn cost(&self, text: &[u8]) -> u32 {
        let (mut at, mut bits) = (0, 0);
        while let Some(start) = next_high(text, at) {
            // From the byte before to the one behind.
            let mut before = start.checked_sub(1).map_or(Class::Other, |place| self.class(text[place]));
            let mut earlier = Class::Other;
            at = start;
            while let Some(&byte) = text.get(at)
                && byte >= 0x80
            {
                let class = self.class(byte);
                bits += u32::from(self.costs[usize::from(byte)]) + pair_bits(earlier, before, class);
                (earlier, before) = (before, class);
                at += 1;
            }
            let behind = text.get(at).map_or(Class::Other, |&byte| self.class(byte));
            bits += pair_bits(earlier, before, behind);
        }
        bits
    }

    #[inline]
    fn class(&self, byte: u8) -> Class {
        self.classes[usize::from(byte)]
    }
}

/// What a character says behind two others.
#[inline]
fn pair_bits(earlier: Class, before: Class, class: Class) -> u32 {
    let third = match (earlier, before, class) {
        // All of a word is capitals, or only its first letter.
        (Class::CyrillicCapital, Class::CyrillicCapital, Class::CyrillicSmall) => 6,
        _ if is_high(earlier) && is_high(before) && is_high(class) => 4,
        _ => 0,
    };
    third + u32::from(PAIR_BITS[before as usize][class as usize])
}

#[inline]
fn is_high(class: Class) -> bool {
    !matches!(class, Class::Other | Class::Vowel | Class::Consonant | Class::CyrillicSmall | Class::CyrillicCapital)
}

/// What a pair of neighbours says, in the order of the classes: the rows for the first.
const PAIR_BITS: [[u8; CLASSES]; CLASSES] = [
    // other, vowel, consonant, high vowel, high, loose, rolled, before a vowel, before a consonant, small, capital
    [0, 0, 0, 1, 1, 1, 1, 4, 6, 3, 2],
    [0, 0, 0, 3, 0, 0, 0, 0, 1, 12, 12],
    [0, 0, 0, 0, 2, 1, 0, 2, 0, 12, 12],
    [1, 3, 0, 6, 1, 1, 1, 2, 2, 12, 12],
    [1, 0, 2, 1, 4, 2, 4, 4, 4, 12, 12],
    [1, 0, 1, 1, 3, 2, 2, 4, 4, 12, 12],
    [2, 0, 3, 0, 4, 2, 4, 6, 4, 12, 12],
    [3, 0, 4, 0, 4, 4, 6, 6, 6, 12, 12],
    [0, 5, 0, 6, 2, 1, 4, 6, 6, 12, 12],
    [0, 12, 12, 12, 12, 12, 12, 12, 12, 0, 8],
    [1, 12, 12, 12, 12, 12, 12, 12, 12, 0, 2],
];

fn class(c: char) -> Class {
    let small = c.to_lowercase().next().unwrap_or(c);
    match small {
        'a' | 'e' | 'i' | 'o' | 'u' | 'y' => Class::Vowel,
        'a'..='z' => Class::Consonant,
        'а'..='џ' | 'Ґ' | 'ґ' if c == small => Class::CyrillicSmall,
        'а'..='џ' | 'Ґ' | 'ґ' => Class::CyrillicCapital,
        'ñ' | 'ç' | 'ð' | 'þ' | 'ã' | 'õ' => Class::BeforeVowel,
        'ń' | 'ă' | 'ő' | 'ę' | 'ů' => Class::BeforeConsonant,
        'ř' => Class::Rolled,
        'č' | 'ć' | 'đ' => Class::HighConsonant,
        'ß' => Class::LooseConsonant,
        'à'..='ö' | 'ø'..='ý' | 'ÿ' | 'œ' => Class::HighVowel,
        'ą' | 'ě' | 'ű' => Class::HighVowel,
        small if small.is_alphabetic() => Class::LooseConsonant,
        _ => Class::Other,
    }
}

fn bits(c: char, tables: [&[(&str, u8)]; 2]) -> u8 {
    let small = c.to_lowercase().next().unwrap_or(c);
    let listed = tables.iter().flat_map(|table| table.iter()).find(|(letters, _)| letters.contains(small));
    match listed {
        Some((_, bits)) if c == small || is_cyrillic(c) => *bits,
        Some((_, bits)) => bits + CAPITAL_BITS,
        None if matches!(c, 'º' | 'ª' | '°' | '’' | '“' | '”' | '„' | '–' | '\u{a0}' | '№' | '´' | '«' | '»') => {
            MARK_BITS
        }
        None => SIGN_BITS,
    }
}

fn is_cyrillic(c: char) -> bool {
    matches!(c, 'Ѐ'..='ӿ')
}
