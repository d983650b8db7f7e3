//! The size and contents of an index.

use crate::digest::Variant;
use crate::identifier::Kind;
use crate::index::class::ClassMask;
use crate::index::format::{HEADER_BYTES, Section};
use crate::index::{Index, LiveSegment, hex};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Accepted fields by breach and kind, in the order of the catalogue.
pub fn fields(index: &Index) -> Vec<(&str, &'static str, u64)> {
    let mut sums: BTreeMap<(usize, u8), u64> = BTreeMap::new();
    // Of the forms of a plain value the exact one counts; a form that stands alone is a field of its own.
    let is_own = |id: u8| Variant::ALL.get(usize::from(id)).is_none_or(|variant| variant.is_own());
    let own = index.coverage().filter(|(_, key, accepted)| is_own(key.variant) && *accepted > 0);
    own.for_each(|(breach, key, accepted)| *sums.entry((breach, key.kind)).or_default() += accepted);
    let kind = |id| Kind::from_id(id).map_or("unknown to this version", |kind| kind.name());
    let named = |((breach, id), sum): ((usize, u8), u64)| (index.breaches()[breach].name.as_str(), kind(id), sum);
    sums.into_iter().map(named).collect()
}

/// What of an index lies in memory, and what look-ups touch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Held by every reader: headers, hashes of chunks, payloads, coverage.
    pub held_bytes: u64,
    /// Of these a look-up reads 64 bytes in each segment; a long list touches all.
    pub line_bytes: u64,
    /// Of these a look-up that finds something reads one or two cache lines.
    pub record_bytes: u64,
}

/// What readers of an index touch.
pub fn touched(index: &Index) -> Touched {
    let mut touched = Touched::default();
    for live in index.segments() {
        let bytes = |section| live.segment().header().extent(section).bytes;
        let held = [Section::Chunks, Section::Dictionary, Section::Coverage].map(bytes);
        touched.held_bytes += HEADER_BYTES as u64 + held.iter().sum::<u64>();
        touched.line_bytes += bytes(Section::Lines);
        touched.record_bytes += bytes(Section::Remainders) + bytes(Section::Escapes);
    }
    touched
}

/// Breaches that were removed and stand in segments still: the names, and in how many segments.
pub fn not_compacted(index: &Index) -> Vec<(&str, usize)> {
    let holds = |uid: &str| {
        let tables = |live: &&LiveSegment| live.segment().breaches().iter().any(|table| hex(&table.uid) == uid);
        index.segments().iter().filter(tables).count()
    };
    let removed = index.removed().iter().map(|removed| (removed.name.as_str(), holds(&removed.uid)));
    removed.filter(|(_, segments)| *segments > 0).collect()
}

/// How many different sets of data classes occur.
pub fn class_masks(index: &Index) -> usize {
    let entries = index.segments().iter().flat_map(|live| live.segment().payloads());
    entries.flatten().map(|(_, mask)| *mask).collect::<BTreeSet<ClassMask>>().len()
}

/// The size and contents of an index.
pub fn stats_json(index: &Index) -> Value {
    let segments: Vec<Value> = index
        .segments()
        .iter()
        .map(|live| {
            let header = live.segment().header();
            let bytes = live.segment().file_bytes();
            json!({
                "id": live.segment().id().to_string(),
                "digests": header.records,
                "bytes": bytes,
                "bits_per_digest": bytes as f64 * 8.0 / (header.records.max(1)) as f64,
                "payloads": live.segment().payloads().len(),
                "breaches": live.segment().breaches().len(),
            })
        })
        .collect();
    let fields: Vec<Value> = fields(index)
        .into_iter()
        .map(|(breach, kind, accepted)| json!({"breach": breach, "kind": kind, "accepted": accepted}))
        .collect();
    let removed: Vec<Value> = not_compacted(index)
        .into_iter()
        .map(|(name, segments)| json!({"breach": name, "segments": segments}))
        .collect();
    let damaged: Vec<Value> = index
        .damaged()
        .iter()
        .map(|segment| {
            let file = segment.path.file_name().unwrap_or_default().to_string_lossy();
            json!({"file": file, "digests": segment.records})
        })
        .collect();
    let touched = touched(index);
    json!({
        "version": 1,
        "generation": index.manifest().generation,
        "key_id": index.manifest().key_id,
        "key_links": index.manifest().key_links,
        "bits": index.manifest().bits,
        "digests": index.records(),
        "bytes": index.segments().iter().map(|live| live.segment().file_bytes()).sum::<u64>(),
        "breaches": index.breaches().len(),
        "class_masks": class_masks(index),
        "segments": segments,
        "damaged_segments": damaged,
        "fields": fields,
        "removed_not_compacted": removed,
        "forgotten": {
            "identifiers": index.suppression().identifiers(),
            "digests": index.suppression().digests().len(),
            "lifted_identifiers": index.suppression().lifted_identifiers(),
        },
        "memory": {
            "held_bytes": touched.held_bytes,
            "line_bytes": touched.line_bytes,
            "record_bytes": touched.record_bytes,
        },
    })
}
