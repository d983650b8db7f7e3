//! Sections D and X: what a record was exposed in, as short codes into a dictionary.
//!
//! Very few distinct payloads occur: an ingest has one breach and a handful of class masks. A payload code of `pw` bits
//! stands beside every remainder; codes are given by frequency, and the last code is an escape to section X. At `pw` = 0
//! nothing stands beside the remainders: every record has the first payload unless section X names its rank. `pw` minimises
//! N pw + 96 x escapes, so one payload in all costs nothing, and a few odd records do not cost every record a bit.

use super::class::ClassMask;
use super::error::Error;
use super::format::{CODE_BITS_MAX, ESCAPE_BITS};

/// The exposures of one record: (segment-local breach number, data classes), ascending by breach.
pub type Entry = Vec<(u32, ClassMask)>;

/// Bytes of one pair on disk.
const PAIR_BYTES: usize = 12;

/// Most pairs of one entry: their number is a u16.
pub(super) const ENTRY_PAIRS_MAX: usize = u16::MAX as usize;

/// The entries of a segment in the order of their codes, and the number of code bits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Dictionary {
    pub entries: Vec<Entry>,
    pub code_bits: u8,
}

/// What a payload code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// It is the place in the dictionary.
    Place,
    /// The place stands in section X.
    Escape,
    /// It is the place in the dictionary, unless section X has another one.
    PlaceUnlessEscaped,
}

impl Dictionary {
    /// Orders entries by (frequency, bytes) and chooses the code bits.
    ///
    /// Output: the dictionary, and for each input position its place in the dictionary.
    pub(super) fn of(counted: &[(Entry, u64)]) -> (Dictionary, Vec<u32>) {
        let mut order: Vec<usize> = (0..counted.len()).collect();
        order.sort_by(|a, b| {
            let ((entry_a, count_a), (entry_b, count_b)) = (&counted[*a], &counted[*b]);
            count_b.cmp(count_a).then_with(|| entry_a.cmp(entry_b))
        });
        let counts: Vec<u64> = order.iter().map(|i| counted[*i].1).collect();
        let mut places = vec![0; counted.len()];
        order.iter().enumerate().for_each(|(place, i)| places[*i] = place as u32);
        let entries = order.iter().map(|i| counted[*i].0.clone()).collect();
        (Dictionary { entries, code_bits: best_code_bits(&counts) }, places)
    }

    /// The code that stands beside a record; the escape where its entry has none.
    pub(super) fn code(&self, place: u32) -> u32 {
        place.min(escape_code(self.code_bits).unwrap_or(0))
    }

    /// Whether a record with this payload has to be named in section X.
    pub(super) fn is_escaped(&self, place: u32) -> bool {
        match escape_code(self.code_bits) {
            Some(escape) => place >= escape,
            None => place > 0,
        }
    }

    /// Where the payload of a record with this code stands.
    pub(super) fn meaning(&self, code: u32) -> Meaning {
        match escape_code(self.code_bits) {
            Some(escape) if code == escape => Meaning::Escape,
            Some(_) => Meaning::Place,
            None => Meaning::PlaceUnlessEscaped,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = (self.entries.len() as u32).to_le_bytes().to_vec();
        for entry in &self.entries {
            bytes.extend((entry.len() as u16).to_le_bytes());
            for (breach, mask) in entry {
                bytes.extend(breach.to_le_bytes());
                bytes.extend(mask.0.to_le_bytes());
            }
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8], code_bits: u8, breaches: u64) -> Result<Dictionary, Error> {
        let mut rest = Fields { bytes, at: 0 };
        let count = u32::from_le_bytes(rest.take()?) as usize;
        let mut entries = Vec::new();
        for _ in 0..count {
            let pairs = u16::from_le_bytes(rest.take()?) as usize;
            if pairs * PAIR_BYTES > bytes.len() - rest.at {
                return Err(Error::damaged(rest.at as u64, "an entry longer than the section"));
            }
            let mut entry = Entry::with_capacity(pairs);
            for _ in 0..pairs {
                let breach = u32::from_le_bytes(rest.take()?);
                if entry.last().is_some_and(|(last, _)| *last >= breach) {
                    return Err(Error::damaged(rest.at as u64, "an entry whose breaches do not ascend"));
                }
                if u64::from(breach) >= breaches {
                    return Err(Error::damaged(rest.at as u64, "a breach that the segment does not have"));
                }
                entry.push((breach, ClassMask(u64::from_le_bytes(rest.take()?))));
            }
            entries.push(entry);
        }
        rest.end()?;
        Ok(Dictionary { entries, code_bits })
    }
}

/// The last code of `code_bits` bits; none at zero bits, where section X decides without one.
fn escape_code(code_bits: u8) -> Option<u32> {
    (code_bits > 0).then(|| ((1u64 << code_bits) - 1) as u32)
}

/// The code bits with the smallest N pw + 96 x escapes, for counts in descending order.
fn best_code_bits(counts: &[u64]) -> u8 {
    let records: u64 = counts.iter().sum();
    let cost = |bits: u8| {
        let coded = if bits == 0 { 1 } else { ((1u64 << bits) - 1).min(counts.len() as u64) as usize };
        let escapes: u64 = counts.iter().skip(coded).sum();
        u128::from(records) * u128::from(bits) + u128::from(escapes) * u128::from(ESCAPE_BITS)
    };
    (0..=CODE_BITS_MAX).min_by_key(|bits| (cost(*bits), *bits)).unwrap_or(CODE_BITS_MAX)
}

/// Reads fixed-size fields one after the other, and never beyond the end.
pub(super) struct Fields<'a> {
    pub bytes: &'a [u8],
    pub at: usize,
}

impl Fields<'_> {
    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], Error> {
        let field = self.bytes.get(self.at..self.at + N).and_then(|field| field.try_into().ok());
        let field = field.ok_or_else(|| Error::damaged(self.at as u64, "the section ends early"))?;
        self.at += N;
        Ok(field)
    }

    pub(super) fn end(&self) -> Result<(), Error> {
        if self.at == self.bytes.len() {
            return Ok(());
        }
        Err(Error::damaged(self.at as u64, "bytes behind the end"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(counts: &[u64]) -> Vec<(Entry, u64)> {
        counts.iter().enumerate().map(|(i, count)| (vec![(0, ClassMask(i as u64 + 1))], *count)).collect()
    }

    #[test]
    fn code_bits_are_the_cheapest() {
        let check = |counts: &[u64], want: u8| assert_eq!(best_code_bits(counts), want, "{counts:?}");
        check(&[], 0);
        check(&[10], 0);
        check(&[1000, 1000], 2);
        check(&[1_000_000, 1], 0);
        check(&[1_000_000, 20_000], 0);
        check(&[1_000_000, 30_000], 2);
        check(&[1000, 1000, 1000], 2);
        check(&[1000, 1000, 1000, 1000], 3);
        check(&[1_000_000, 1_000_000, 1_000_000, 10], 2);
    }

    #[test]
    fn frequent_entries_get_small_codes_and_rare_ones_escape() {
        let (dictionary, places) = Dictionary::of(&counted(&[1, 10_000, 1_000_000, 50_000]));
        assert_eq!(places, [3, 2, 0, 1]);
        assert_eq!(dictionary.code_bits, 2);
        assert_eq!((dictionary.code(0), dictionary.code(2), dictionary.code(3), dictionary.code(4)), (0, 2, 3, 3));
        assert!(dictionary.is_escaped(3) && !dictionary.is_escaped(2));
        assert_eq!((dictionary.meaning(2), dictionary.meaning(3)), (Meaning::Place, Meaning::Escape));
    }

    #[test]
    fn without_code_bits_only_odd_records_are_named() {
        let (dictionary, places) = Dictionary::of(&counted(&[1, 1_000_000]));
        assert_eq!((dictionary.code_bits, places), (0, vec![1, 0]));
        assert_eq!((dictionary.code(0), dictionary.code(1)), (0, 0));
        assert!(dictionary.is_escaped(1) && !dictionary.is_escaped(0));
        assert_eq!(dictionary.meaning(0), Meaning::PlaceUnlessEscaped);
    }

    #[test]
    fn the_dictionary_survives_the_disk() {
        let (dictionary, _) = Dictionary::of(&counted(&[7, 9, 3]));
        let bytes = dictionary.encode();
        assert_eq!(Dictionary::decode(&bytes, dictionary.code_bits, 1).expect("undamaged"), dictionary);
        for length in 0..bytes.len() {
            let result = Dictionary::decode(&bytes[..length], dictionary.code_bits, 1);
            assert!(matches!(result, Err(Error::Damaged { .. })), "{length} bytes: {result:?}");
        }
    }
}
