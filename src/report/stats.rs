//! The size and contents of an index.

use crate::digest::Variant;
use crate::identifier::Kind;
use crate::index::class::ClassMask;
use crate::index::format::{HEADER_BYTES, Section};
use crate::index::{BreachCoverage, Index, LiveSegment, hex};
use crate::maintain::Due;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// What a breach has of a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held<'a> {
    /// The breach.
    pub breach: &'a str,
    /// The kind.
    pub kind: &'static str,
    /// Fields that gave digests.
    pub fields: u64,
    /// Different values among them; none where each is counted as often as it came.
    pub values: Option<u64>,
    /// Whether there may be fewer values: parts of the breach may have some in common.
    pub at_most: bool,
}

/// The fields and values of an index by breach and kind, in the order of the catalogue.
pub fn held(index: &Index) -> Vec<Held<'_>> {
    let mut sums: BTreeMap<(usize, u8), u64> = BTreeMap::new();
    // Of the forms of a plain value the exact one counts; a form that stands alone is a field of its own.
    let is_own = |id: u8| Variant::ALL.get(usize::from(id)).is_none_or(|variant| variant.is_own());
    let own = index.coverage().filter(|(_, key, accepted)| is_own(key.variant) && *accepted > 0);
    own.for_each(|(breach, key, accepted)| *sums.entry((breach, key.kind)).or_default() += accepted);
    let all = index.values();
    let held = |((breach, id), fields): ((usize, u8), u64)| {
        let values = all.get(&(breach, id));
        Held {
            breach: index.breaches()[breach].name.as_str(),
            kind: Kind::from_id(id).map_or("unknown to this version", |kind| kind.name()),
            fields,
            values: values.map(|values| values.count),
            at_most: values.is_some_and(|values| values.at_most),
        }
    };
    sums.into_iter().map(held).collect()
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

/// The different sets of data classes that occur, the masks of FORMAT.md, each by the names of its classes.
pub fn class_sets(index: &Index) -> Vec<Vec<&'static str>> {
    let entries = index.segments().iter().flat_map(|live| live.segment().payloads());
    let masks: BTreeSet<ClassMask> = entries.flatten().map(|(_, mask)| *mask).collect();
    let sets: BTreeSet<Vec<&str>> =
        masks.iter().map(|mask| mask.classes().map(|class| class.name()).collect()).collect();
    sets.into_iter().collect()
}

/// A breach of a segment: its name, and whether it is removed.
pub fn breaches_of<'a>(index: &'a Index, live: &LiveSegment) -> Vec<(&'a str, bool)> {
    let tables = live.segment().breaches().iter().zip(live.breaches());
    let name = |(table, place): (&BreachCoverage, &Option<usize>)| match place {
        Some(place) => Some((index.breaches()[*place].name.as_str(), false)),
        None => {
            let uid = hex(&table.uid);
            index.removed().iter().find(|removed| removed.uid == uid).map(|removed| (removed.name.as_str(), true))
        }
    };
    tables.filter_map(name).collect()
}

/// The size and contents of an index. `records`: for each segment the records of each of its breaches, if they were counted.
pub fn stats_json(index: &Index, due: &Due, records: Option<&[Vec<u64>]>) -> Value {
    let segments: Vec<Value> = (0..index.segments().len())
        .map(|place| segment_json(index, place, records.map(|all| &all[place][..])))
        .collect();
    let held = |held: Held| {
        let Held { breach, kind, fields, values, at_most } = held;
        json!({"breach": breach, "kind": kind, "fields": fields, "values": values, "values_at_most": at_most})
    };
    let id = |place: &usize| index.segments()[*place].segment().id().to_string();
    let removed = due.removed.iter().map(|held| {
        let segments: Vec<String> = held.segments.iter().map(id).collect();
        json!({"breach": held.name, "segments": segments, "values_at_most": held.values})
    });
    let suppressed = due.suppressed.iter().map(|(place, digests)| json!({"segment": id(place), "digests": digests}));
    let damaged = index.damaged().iter().map(|segment| {
        let file = segment.path.file_name().unwrap_or_default().to_string_lossy();
        json!({"file": file, "digests": segment.records})
    });
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
        "class_sets": class_sets(index),
        "segments": segments,
        "damaged_segments": damaged.collect::<Vec<Value>>(),
        "kinds": self::held(index).into_iter().map(held).collect::<Vec<Value>>(),
        "removed_not_compacted": removed.collect::<Vec<Value>>(),
        "forgotten": {
            "identifiers": index.suppression().identifiers(),
            "digests": index.suppression().digests().len(),
            "lifted_identifiers": index.suppression().lifted_identifiers(),
            "not_compacted": suppressed.collect::<Vec<Value>>(),
        },
        "memory": {
            "held_bytes": touched.held_bytes,
            "line_bytes": touched.line_bytes,
            "record_bytes": touched.record_bytes,
        },
    })
}

fn segment_json(index: &Index, place: usize, records: Option<&[u64]>) -> Value {
    let live = &index.segments()[place];
    let (header, bytes) = (live.segment().header(), live.segment().file_bytes());
    let breach = |(at, (name, removed)): (usize, (&str, bool))| match records {
        Some(records) => json!({"breach": name, "removed": removed, "records": records[at]}),
        None => json!({"breach": name, "removed": removed}),
    };
    json!({
        "id": live.segment().id().to_string(),
        "digests": header.records,
        "bytes": bytes,
        "bits_per_digest": bits_per_digest(bytes, header.records),
        "payloads": live.segment().payloads().len(),
        "breaches": breaches_of(index, live).into_iter().enumerate().map(breach).collect::<Vec<Value>>(),
    })
}

/// What a digest costs on the disk, in bits.
fn bits_per_digest(bytes: u64, digests: u64) -> f64 {
    bytes as f64 * 8.0 / digests.max(1) as f64
}
