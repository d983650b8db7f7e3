//! Where the values of simple tuples end: 64 bytes are judged at once, and every value that lies in them takes its answer from
//! a mask. Values have 1 to 30 bytes, so that a search of its own for each would begin ten times a record, and mostly end in
//! the first vector, after a branch that nobody can predict. Measured on a mysqldump of
//! ten columns: 146 ns a record became 121.

use super::super::simd::{self, Sixteen};
use super::Dialect;
use super::tuple::Escapes;

/// How many bytes are judged at once.
const BYTES: usize = 64;

/// What stands in the 64 bytes from `base` on, the first in the lowest bit.
pub(super) struct Marks {
    base: usize,
    /// Single quotes, and backslashes where they escape.
    strings: u64,
    /// Bytes that are no part of a number.
    others: u64,
    escape: u8,
}

impl Marks {
    /// Nothing is judged yet: no place is near the end of all numbers.
    #[inline(always)]
    pub(super) fn new(dialect: Dialect) -> Marks {
        let escape = if dialect.escapes() == Escapes::None { b'\'' } else { b'\\' };
        Marks { base: usize::MAX - BYTES, strings: 0, others: 0, escape }
    }

    /// The first single quote or escape from `at` on; none if none follows in the bytes, or they end before 64 are judged.
    #[inline(always)]
    pub(super) fn string_end(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        self.find(bytes, at, |marks| marks.strings)
    }

    /// The first byte from `at` on that is no part of a number; none as for quotes.
    #[inline(always)]
    pub(super) fn number_end(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        self.find(bytes, at, |marks| marks.others)
    }

    #[inline(always)]
    fn find(&mut self, bytes: &[u8], mut at: usize, mask: impl Fn(&Marks) -> u64) -> Option<usize> {
        let offset = at.wrapping_sub(self.base);
        if offset < BYTES {
            let found = mask(self) >> offset;
            if found != 0 {
                return Some(at + found.trailing_zeros() as usize);
            }
            at = self.base + BYTES;
        }
        loop {
            self.judge(bytes.get(at..)?.first_chunk()?, at);
            let found = mask(self);
            if found != 0 {
                return Some(at + found.trailing_zeros() as usize);
            }
            at += BYTES;
        }
    }

    #[inline(always)]
    fn judge(&mut self, bytes: &[u8; BYTES], base: usize) {
        (self.base, self.strings, self.others) = (base, 0, 0);
        let (chunks, _) = bytes.as_chunks::<{ simd::BYTES }>();
        for (place, chunk) in (0..).step_by(simd::BYTES).zip(chunks) {
            let sixteen = Sixteen::new(chunk);
            self.strings |= u64::from(sixteen.any([b'\'', self.escape])) << place;
            self.others |= u64::from(!sixteen.number() & 0xffff) << place;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts of quotes, backslashes, digits and letters, with runs longer than what is judged at once.
    fn text(seed: u64) -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        let mut out = Vec::new();
        while out.len() < 400 {
            let byte = b"'\\a7.,)\xe9"[next(8) as usize];
            let length = if next(4) == 0 { next(150) } else { 1 };
            let byte = if length > 1 && matches!(byte, b'\'' | b'\\') { b'x' } else { byte };
            out.extend((0..length).map(|_| byte));
        }
        out
    }

    #[test]
    fn whatever_is_found_is_what_the_search_byte_by_byte_finds() {
        let mut found = 0;
        for (seed, dialect) in (0..200).flat_map(|seed| [(seed, Dialect::Backslash), (seed, Dialect::Doubled)]) {
            let text = text(seed);
            let mut marks = Marks::new(dialect);
            let mut at = 0;
            while at < text.len() {
                if let Some(end) = marks.number_end(&text, at) {
                    let expected = text[at..].iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'.'));
                    assert_eq!(Some(end - at), expected, "seed {seed}, {at}");
                }
                let expected = text[at..].iter().position(|byte| matches!(byte, b'\'' | b'\\'));
                let expected = match dialect {
                    Dialect::Backslash => expected,
                    Dialect::Doubled => text[at..].iter().position(|byte| *byte == b'\''),
                };
                match marks.string_end(&text, at) {
                    Some(end) => {
                        assert_eq!(Some(end - at), expected, "seed {seed}, {dialect:?}, {at}");
                        found += 1;
                    }
                    // Only near the end of the text.
                    None => assert!(expected.is_none_or(|end| at + end + BYTES >= text.len()), "seed {seed}, {at}"),
                }
                at += 1 + (seed as usize % 3);
            }
        }
        assert!(found > 10_000, "only {found} quotes were found");
    }
}
