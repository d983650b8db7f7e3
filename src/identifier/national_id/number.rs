//! A number as it is written becomes its letters and digits.

use super::super::Reason;

/// A number without its separators, in upper case.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    /// Zeros stand behind the last character.
    bytes: [u8; NUMBER_BYTES_MAX],
    pub(super) len: usize,
    /// The places of its digits; all others are letters.
    pub(super) digits: u32,
    /// Whether a plus stands among its characters: in Sweden and Finland the mark of those older than a hundred.
    pub(super) plus: bool,
    /// Whether one of its letters is an Ñ, which is [`TILDE`] then.
    pub(super) tilde: bool,
    /// The plus or dash before its last four characters: in Sweden and Finland it tells the century.
    pub(super) sign: Option<u8>,
}

/// The byte that stands for the letter Ñ.
pub(super) const TILDE: u8 = 0xd1;

/// No national number is longer.
pub(super) const NUMBER_BYTES_MAX: usize = 24;

/// Texts up to this length, of ASCII, are read eight bytes at a time.
const PLAIN_BYTES_MAX: usize = 32;

impl Number {
    /// A number to read others into: it is never copied, which would wait for its characters to be written.
    pub(super) const EMPTY: Number =
        Number { bytes: [0; NUMBER_BYTES_MAX], len: 0, digits: 0, plus: false, tilde: false, sign: None };

    /// Reads a cleaned text.
    ///
    /// Errors: `Length` if it is longer than any number, `Syntax` for a character that no number has.
    #[inline]
    pub(super) fn read(&mut self, text: &str) -> Result<(), Reason> {
        if self.read_plain(text.as_bytes()) {
            return Ok(());
        }
        *self = Number::EMPTY;
        self.read_any(text)
    }

    /// Reads a raw value, if cleaning would leave it as it is. False where it would not, or where that is not sure.
    #[inline]
    pub(super) fn read_clean(&mut self, raw: &[u8]) -> bool {
        let [first, .., last] = raw else { return false };
        // What a spreadsheet appends is no part of the number.
        let tail = matches!(raw, [.., b'.', b'0'] | [.., b'.', b'0', b'0']);
        let bare = first.is_ascii_alphanumeric() && (last.is_ascii_alphanumeric() || *last == b')');
        bare && !tail && self.read_plain(raw)
    }

    /// Reads letters, digits and separators of ASCII. False for anything else, and for what is too long or very short:
    /// nothing is said about these.
    #[inline]
    fn read_plain(&mut self, text: &[u8]) -> bool {
        let Some(words) = words(text) else { return false };
        let [a, b, c, d] = [classes(words[0]), classes(words[1]), classes(words[2]), classes(words[3])];
        let (digits, letters) = (join([a[0], b[0], c[0], d[0]]), join([a[1], b[1], c[1], d[1]]));
        let upper = |i: usize, letters: u64| words[i] & !(letters >> 2);
        let upper = [upper(0, a[1]), upper(1, b[1]), upper(2, c[1]), upper(3, d[1])];
        let separators = (u64::MAX >> (64 - text.len())) as u32 & !(digits | letters);
        if separators == 0 {
            self.set([upper[0], upper[1], upper[2]], text.len());
            (self.digits, self.plus, self.tilde, self.sign) = (digits, false, false, None);
            return text.len() <= NUMBER_BYTES_MAX;
        }
        self.read_separated(upper, text.len(), digits, separators)
    }

    /// Moves letters and digits to the front over the separators. False for other characters, and for long numbers.
    ///
    /// Input: the characters in upper case, how many they are, and bits for what they are.
    #[inline]
    fn read_separated(&mut self, words: [u64; 4], len: usize, digits: u32, separators: u32) -> bool {
        let (mut compact, mut behind, mut places, mut pluses, mut dashes) = (0_u128, 0, 0_u64, 0_u64, 0_u64);
        let mut end = 0;
        for (i, mut word) in words.into_iter().enumerate().take(len.div_ceil(8)) {
            let mut marks = separators >> (8 * i) & 0xff;
            let mut digits = digits >> (8 * i) & 0xff;
            let mut count = (len - 8 * i).min(8);
            while marks != 0 {
                let place = marks.trailing_zeros();
                let separator = (word >> (8 * place)) as u8;
                if !separator.is_ascii() || separator != b'+' && !is_separator(separator.into()) {
                    return false;
                }
                pluses |= u64::from(separator == b'+') << (end + place as usize);
                dashes |= u64::from(separator == b'-') << (end + place as usize);
                let (before, bytes_before) = ((1 << place) - 1, (1 << (8 * place)) - 1);
                digits = (digits & before) | (digits >> 1 & !before);
                word = (word & bytes_before) | (word >> 8 & !bytes_before);
                marks = (marks & (marks - 1)) >> 1;
                count -= 1;
            }
            if end + count > NUMBER_BYTES_MAX {
                return false;
            }
            if count == 0 {
                continue;
            }
            match end {
                ..16 => compact |= u128::from(word) << (8 * end),
                _ => behind |= word << (8 * (end - 16)),
            }
            if (9..16).contains(&end) {
                behind |= word >> (8 * (16 - end));
            }
            places |= u64::from(digits) << end;
            end += count;
        }
        self.set([compact as u64, (compact >> 64) as u64, behind], end);
        (self.digits, self.plus, self.tilde) = (places as u32, pluses != 0, false);
        self.sign = sign(end, pluses, dashes);
        true
    }

    #[inline]
    fn set(&mut self, words: [u64; 3], len: usize) {
        for (bytes, word) in self.bytes.as_chunks_mut::<8>().0.iter_mut().zip(words) {
            *bytes = word.to_le_bytes();
        }
        self.len = len;
    }

    /// Reads any text, into an empty number.
    fn read_any(&mut self, text: &str) -> Result<(), Reason> {
        let (mut pluses, mut dashes) = (0_u64, 0_u64);
        for c in text.chars() {
            pluses |= u64::from(c == '+') << self.len;
            dashes |= u64::from(is_dash(c)) << self.len;
            if c == '+' || is_separator(c) {
                continue;
            }
            let byte = match c {
                'Ñ' | 'ñ' => TILDE,
                c => u8::try_from(c).ok().filter(u8::is_ascii_alphanumeric).ok_or(Reason::Syntax)?,
            };
            self.tilde |= byte == TILDE;
            *self.bytes.get_mut(self.len).ok_or(Reason::Length)? = byte.to_ascii_uppercase();
            self.len += 1;
        }
        self.plus = pluses != 0;
        self.sign = sign(self.len, pluses, dashes);
        self.find_digits();
        Ok(())
    }

    fn find_digits(&mut self) {
        let places = self.bytes.iter().enumerate();
        self.digits = places.fold(0, |digits, (place, byte)| digits | u32::from(byte.is_ascii_digit()) << place);
    }

    #[inline]
    pub(super) fn as_bytes(&self) -> &[u8] {
        // No number is longer than its array; the compiler does not know.
        &self.bytes[..self.len.min(NUMBER_BYTES_MAX)]
    }

    pub(super) fn is_digits(&self) -> bool {
        self.len > 0 && self.digits.trailing_ones() as usize == self.len && !self.plus
    }

    /// The two letters in front, and the number behind them.
    pub(super) fn behind_letters(&self) -> Option<([u8; 2], Number)> {
        let (letters, rest) = self.as_bytes().split_first_chunk::<2>()?;
        let mut number = Number { bytes: [0; NUMBER_BYTES_MAX], len: rest.len(), ..*self };
        number.bytes[..rest.len()].copy_from_slice(rest);
        number.find_digits();
        letters.iter().all(u8::is_ascii_uppercase).then_some((*letters, number))
    }

    /// The number with more zeros in front; `None` if there is no room.
    pub(super) fn with_zeros(&self, count: usize) -> Option<Number> {
        let mut number = Number { bytes: [b'0'; NUMBER_BYTES_MAX], len: self.len + count, ..*self };
        number.bytes.get_mut(count..number.len)?.copy_from_slice(self.as_bytes());
        number.bytes[number.len..].fill(0);
        number.find_digits();
        Some(number)
    }
}

/// The last plus, or a dash, where it stands before the last four characters. Input: the places that they stand before.
#[inline]
fn sign(len: usize, pluses: u64, dashes: u64) -> Option<u8> {
    let place = len.saturating_sub(4);
    if pluses >> place == 1 {
        return Some(b'+');
    }
    (dashes >> place & 1 == 1).then_some(b'-')
}

/// The bytes of a text of 4 to 32, least significant first, with zeros behind them.
#[inline]
fn words(text: &[u8]) -> Option<[u64; PLAIN_BYTES_MAX / 8]> {
    let eight = |at: usize| text.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes));
    let four = |at: usize| text.get(at..)?.first_chunk().map(|bytes| u64::from(u32::from_le_bytes(*bytes)));
    // The last word overlaps the one before, whose bytes are shifted out.
    let last = |behind: usize| Some(eight(text.len() - 8)? >> (8 * (behind - text.len())));
    match text.len() {
        4..8 => Some([four(0)? | four(text.len() - 4)? << (8 * (text.len() - 4)), 0, 0, 0]),
        8 => Some([eight(0)?, 0, 0, 0]),
        9..=16 => Some([eight(0)?, last(16)?, 0, 0]),
        17..=24 => Some([eight(0)?, eight(8)?, last(24)?, 0]),
        25..=32 => Some([eight(0)?, eight(8)?, eight(16)?, last(32)?]),
        _ => None,
    }
}

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * LOW;

/// Where digits and letters stand in a word: the highest bit of their bytes.
#[inline]
fn classes(word: u64) -> [u64; 2] {
    // No byte is more than 127, so that no sum reaches the next one.
    let ascii = !word & HIGH;
    let word = word & !HIGH;
    let from = |word: u64, first: u8| word + u64::from(0x80 - first) * LOW;
    let between = |word: u64, first: u8, last: u8| from(word, first) & !from(word, last + 1) & ascii;
    [between(word, b'0', b'9'), between(word | (0x20 * LOW), b'a', b'z')]
}

/// One bit for every highest bit of a byte.
#[inline]
fn join(words: [u64; 4]) -> u32 {
    let eight = |word: u64| ((word >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32;
    eight(words[0]) | eight(words[1]) << 8 | eight(words[2]) << 16 | eight(words[3]) << 24
}

/// What people and forms put between the characters of a number.
pub(super) const fn is_separator(c: char) -> bool {
    is_dash(c) || matches!(c, ' ' | '.' | '/' | '(' | ')' | '\u{b7}')
}

const fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

#[cfg(test)]
mod tests {
    use super::super::super::vectors::Random;
    use super::*;

    /// However it is read, a text is the same number.
    #[test]
    fn every_way_of_reading_gives_the_same() {
        const CHARACTERS: &[u8; 48] = b"0123456789012345678901234567890123AZazMm -.-/()+";
        const ODD: [&str; 8] = ["\u{0}", "@", "[", "`", "{", ":", "*", "é"];
        let (mut random, mut plain) = (Random(0x1eaf), 0);
        for round in 0..300_000 {
            let len = random.below(40);
            let alphabet = if round % 2 == 0 { &CHARACTERS[..40] } else { CHARACTERS };
            let mut text = String::from_utf8(random.text(alphabet, len)).unwrap();
            if random.below(8) == 0 {
                let at = random.below(text.len() + 1);
                text.insert_str(at, ODD[random.below(ODD.len())]);
            }
            let (mut want, mut number) = (Number::EMPTY, Number::EMPTY);
            let outcome = want.read_any(&text);
            let known = number.read_plain(text.as_bytes());
            assert!(!known || (outcome.is_ok() && number == want), "{text}");
            let short = (4..=PLAIN_BYTES_MAX).contains(&text.len()) && text.is_ascii();
            assert_eq!(known, outcome.is_ok() && short, "{text}");
            plain += usize::from(known);
        }
        assert!(plain > 100_000, "{plain}");
    }

    #[test]
    fn the_sign_stands_before_the_last_four() {
        for (text, want) in [
            ("121212+1212", Some(b'+')),
            ("121212-1212", Some(b'-')),
            ("12+1212-1212", Some(b'-')),
            ("12-1212+1212", Some(b'+')),
            ("121212-+1212", Some(b'+')),
            ("12121212-12", None),
            ("121212+-1212", Some(b'+')),
            ("1212121212", None),
            ("121212+12+12", None),
            ("121212\u{2013}1212", Some(b'-')),
            ("+1", Some(b'+')),
        ] {
            let mut number = Number::EMPTY;
            assert_eq!(number.read(text).map(|()| number.sign), Ok(want), "{text}");
        }
    }
}
