//! Section T: which breaches a segment holds, and what it can speak about.
//!
//! "Not found" is a claim with conditions: the breach must have been read for this kind, under this rule, country and
//! scope. The table holds these conditions, so a misspelt scope or a kind that nobody ingested answers "unknown".

use super::error::Error;
use super::payload::Fields;
use std::collections::BTreeMap;

/// Everything that separates the digests of a segment, with the scope as a keyed tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CoverageKey {
    /// Stable number of the kind.
    pub kind: u8,
    /// Stable number of the variant.
    pub variant: u8,
    /// Version of the canonicalisation rule.
    pub rule: u16,
    /// ISO 3166 country, or zeros.
    pub country: [u8; 2],
    /// Keyed tag of the scope; zeros if there is none.
    pub scope_tag: [u8; 16],
}

/// Fields of one namespace in one breach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CoverageCounts {
    /// Fields that gave a digest.
    pub accepted: u64,
    /// Fields that were refused, empty ones not counted.
    pub rejected: u64,
}

/// How many different values of a kind a breach has in a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Values {
    /// Values, each by one digest: that of itself, under the first of the countries that accept it. Not values that are counted.
    pub count: u64,
    /// Whether there may be fewer: parts that had values in common were added up, or some have left.
    pub at_most: bool,
}

/// The bit of a number of values that says that each counts once, by the first of its digests. Without it, a number without a
/// country stands in there once for every country that accepts it.
const ONCE: u8 = 2;

/// A breach in a segment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BreachCoverage {
    /// Keyed tag of the breach's name.
    pub uid: [u8; 16],
    /// Counts by namespace.
    pub counts: BTreeMap<CoverageKey, CoverageCounts>,
    /// Values by the number of their kind.
    pub values: BTreeMap<u8, Values>,
}

pub(super) fn encode(breaches: &[BreachCoverage]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for breach in breaches {
        bytes.extend(breach.uid);
        bytes.extend((breach.counts.len() as u32).to_le_bytes());
        for (key, counts) in &breach.counts {
            bytes.extend([key.kind, key.variant]);
            bytes.extend(key.rule.to_le_bytes());
            bytes.extend(key.country);
            bytes.extend([0, 0]);
            bytes.extend(key.scope_tag);
            bytes.extend(counts.accepted.to_le_bytes());
            bytes.extend(counts.rejected.to_le_bytes());
        }
        bytes.extend((breach.values.len() as u32).to_le_bytes());
        for (kind, values) in &breach.values {
            bytes.extend([*kind, ONCE | u8::from(values.at_most), 0, 0, 0, 0, 0, 0]);
            bytes.extend(values.count.to_le_bytes());
        }
    }
    bytes
}

pub(super) fn decode(bytes: &[u8], breaches: u64) -> Result<Vec<BreachCoverage>, Error> {
    let mut fields = Fields { bytes, at: 0 };
    let mut decoded = Vec::new();
    for _ in 0..breaches {
        let uid = fields.take()?;
        let rows = u32::from_le_bytes(fields.take()?);
        let counts = decode_rows(&mut fields, rows)?;
        let kinds = u32::from_le_bytes(fields.take()?);
        decoded.push(BreachCoverage { uid, counts, values: decode_values(&mut fields, kinds)? });
    }
    fields.end()?;
    Ok(decoded)
}

fn decode_rows(fields: &mut Fields<'_>, rows: u32) -> Result<BTreeMap<CoverageKey, CoverageCounts>, Error> {
    let mut counts = BTreeMap::new();
    for _ in 0..rows {
        let (key, row) = decode_row(fields)?;
        if counts.last_key_value().is_some_and(|(last, _)| *last >= key) {
            return Err(Error::damaged(fields.at as u64, "rows that do not ascend"));
        }
        counts.insert(key, row);
    }
    Ok(counts)
}

fn decode_row(fields: &mut Fields<'_>) -> Result<(CoverageKey, CoverageCounts), Error> {
    let [kind, variant] = fields.take()?;
    let rule = u16::from_le_bytes(fields.take()?);
    let country = fields.take()?;
    let reserved: [u8; 2] = fields.take()?;
    if reserved != [0, 0] {
        return Err(Error::damaged(fields.at as u64, "reserved bytes are not zero"));
    }
    let scope_tag = fields.take()?;
    let accepted = u64::from_le_bytes(fields.take()?);
    let rejected = u64::from_le_bytes(fields.take()?);
    Ok((CoverageKey { kind, variant, rule, country, scope_tag }, CoverageCounts { accepted, rejected }))
}

fn decode_values(fields: &mut Fields<'_>, kinds: u32) -> Result<BTreeMap<u8, Values>, Error> {
    let mut values = BTreeMap::new();
    for _ in 0..kinds {
        let [kind, how, reserved @ ..]: [u8; 8] = fields.take()?;
        if how > (ONCE | 1) || reserved != [0; 6] {
            return Err(Error::damaged(fields.at as u64, "reserved bytes are not zero"));
        }
        if values.last_key_value().is_some_and(|(last, _)| *last >= kind) {
            return Err(Error::damaged(fields.at as u64, "rows that do not ascend"));
        }
        values.insert(kind, Values { count: u64::from_le_bytes(fields.take()?), at_most: how != ONCE });
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_survives_the_disk_and_every_truncation_is_found() {
        let key = CoverageKey { kind: 2, variant: 1, rule: 3, country: *b"CN", scope_tag: [7; 16] };
        let counts = BTreeMap::from([(key, CoverageCounts { accepted: 5, rejected: 6 })]);
        let values =
            BTreeMap::from([(1, Values { count: 9, at_most: false }), (2, Values { count: 4, at_most: true })]);
        let table = vec![
            BreachCoverage { uid: [1; 16], counts, values },
            BreachCoverage { uid: [2; 16], ..Default::default() },
        ];
        let bytes = encode(&table);
        assert_eq!(decode(&bytes, 2).expect("undamaged"), table);
        // In indexes from before, a value could count several times.
        let how =
            bytes.windows(8).rposition(|row| row == [1, ONCE, 0, 0, 0, 0, 0, 0]).expect("the values of a kind") + 1;
        for (byte, want) in [(0, Some(true)), (1, Some(true)), (ONCE, Some(false)), (ONCE | 1, Some(true)), (4, None)] {
            let changed = [&bytes[..how], &[byte], &bytes[how + 1..]].concat();
            assert_eq!(decode(&changed, 2).ok().map(|table| table[0].values[&1].at_most), want, "{byte}");
        }
        for length in 0..bytes.len() {
            let result = decode(&bytes[..length], 2);
            assert!(matches!(result, Err(Error::Damaged { .. })), "{length} bytes: {result:?}");
        }
    }
}
