//! `leakdex stats`.

use super::args::StatsArguments;
use super::console;
use super::failure::{DONE, Failure, INCOMPLETE, stdout_failure};
use super::progress::Display;
use crate::index::{Access, Index};
use crate::maintain::{Due, due, records_by_breach};
use crate::report::{
    Held, bits, breaches_of, class_sets, count, counted, escaped, held, pretty, size, stats_json, touched, write_table,
};
use crate::source::Progress;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

pub fn run(arguments: &StatsArguments, quiet: bool) -> Result<u8, Failure> {
    let access = if arguments.count { Access::Mapped } else { Access::ReadFew };
    let index = Index::open(&arguments.index.index, None, access)?;
    let due = due(&index);
    let records = if arguments.count { Some(count_records(&index, quiet)?) } else { None };
    console::output(|out| {
        if arguments.json {
            return writeln!(out, "{}", pretty(&stats_json(&index, &due, records.as_deref())));
        }
        write_index(out, &index)?;
        write_due(out, &index, &due)?;
        write_kinds(out, &index)?;
        write_segments(out, &index, records.as_deref())
    })
    .map_err(stdout_failure)?;
    let unread = index.damaged().iter().map(|segment| &segment.error).chain(&due.damage);
    for error in unread {
        console::note(false, &format!("{error}; it is in none of these numbers: run `leakdex verify`"));
    }
    if index.damaged().is_empty() && due.damage.is_empty() { Ok(DONE) } else { Ok(INCOMPLETE) }
}

/// For each segment the records of each of its breaches.
fn count_records(index: &Index, quiet: bool) -> Result<Vec<Vec<u64>>, Failure> {
    let progress = Arc::new(Progress::new());
    let _display = Display::start("stats", &progress, quiet);
    let counts = index.segments().iter().map(|live| records_by_breach(live, &progress));
    Ok(counts.collect::<Result<_, _>>()?)
}

fn write_index(out: &mut dyn Write, index: &Index) -> io::Result<()> {
    let manifest = index.manifest();
    let bytes: u64 = index.segments().iter().map(|live| live.segment().file_bytes()).sum();
    let rotated = match manifest.key_links {
        0 => String::new(),
        1 => " (rotated once)".to_string(),
        times => format!(" (rotated {times} times)"),
    };
    let (generation, key, width) = (manifest.generation, &manifest.key_id, manifest.bits);
    writeln!(out, "generation {generation}, key {key}{rotated}, {width} bits per digest")?;
    writeln!(
        out,
        "{} in {}, {} ({} bits per digest)",
        counted(index.records(), "digest", "digests"),
        counted(index.segments().len() as u64, "segment", "segments"),
        size(bytes),
        bits(bytes, index.records())
    )?;
    let touched = touched(index);
    writeln!(
        out,
        "a query holds {}, and touches up to {} of lines and {} of records; {} of data classes",
        size(touched.held_bytes),
        size(touched.line_bytes),
        size(touched.record_bytes),
        counted(class_sets(index).len() as u64, "set", "sets")
    )
}

/// What leaves with the next compaction, and what is forgotten.
fn write_due(out: &mut dyn Write, index: &Index, due: &Due) -> io::Result<()> {
    for removed in &due.removed {
        let segments = match removed.segments.len() {
            1 => "one segment holds".into(),
            n => format!("{n} segments hold"),
        };
        let values = counted(removed.values, "value", "values");
        let name = escaped(&removed.name);
        writeln!(out, "`{name}` is removed; {segments} at most {values} of it until `leakdex compact`")?;
    }
    let suppression = index.suppression();
    if suppression.identifiers() > 0 {
        let are = if suppression.identifiers() == 1 { "is" } else { "are" };
        writeln!(
            out,
            "{} {are} forgotten: {} suppressed; {}",
            counted(suppression.identifiers(), "identifier", "identifiers"),
            counted(suppression.digests().len() as u64, "digest is", "digests are"),
            match due.suppressed.iter().map(|(_, digests)| digests).sum::<u64>() {
                0 => "no segment holds any".into(),
                held => format!(
                    "{} {} them until `leakdex compact`",
                    counted(due.suppressed.len() as u64, "segment holds", "segments hold"),
                    count(held) + " of"
                ),
            }
        )?;
    }
    if suppression.lifted_identifiers() > 0 {
        let were = counted(suppression.lifted_identifiers(), "identifier was", "identifiers were");
        writeln!(out, "{were} forgotten once, and never \"not found\" since")?;
    }
    Ok(())
}

/// The first names in a row, and how many more.
fn few(names: &[String]) -> String {
    const SHOWN: usize = 4;
    match names.get(..SHOWN) {
        Some(first) if names.len() > SHOWN => {
            format!("{}, and {} more", first.join(", "), count((names.len() - SHOWN) as u64))
        }
        _ => names.join(", "),
    }
}

fn write_kinds(out: &mut dyn Write, index: &Index) -> io::Result<()> {
    let mut rows = vec![["breach", "kind", "fields", "different values"].map(String::from).to_vec()];
    for Held { breach, kind, fields, values, at_most } in held(index) {
        let values = values.map_or("-".into(), count);
        let values = if at_most { format!("at most {values}") } else { values };
        rows.push(vec![escaped(breach), kind.to_string(), count(fields), values]);
    }
    write_table(out, "  ", &rows)
}

/// Each name once, with how many parts of its breach there are if it has several.
fn in_parts(names: &[String]) -> Vec<String> {
    let mut parts: BTreeMap<&String, usize> = BTreeMap::new();
    names.iter().for_each(|name| *parts.entry(name).or_default() += 1);
    let told = parts.into_iter().map(|(name, parts)| match parts {
        1 => name.clone(),
        parts => format!("{name} ({} parts)", count(parts as u64)),
    });
    told.collect()
}

/// A line for each segment; and where they were counted, the records of each breach.
fn write_segments(out: &mut dyn Write, index: &Index, records: Option<&[Vec<u64>]>) -> io::Result<()> {
    let mut rows = vec![["segment", "digests", "size", "bits per digest", "breaches"].map(String::from).to_vec()];
    let mut sums: BTreeMap<String, u64> = BTreeMap::new();
    for (place, live) in index.segments().iter().enumerate() {
        let (segment, bytes) = (live.segment(), live.segment().file_bytes());
        let name =
            |(name, removed): &(&str, bool)| format!("{}{}", escaped(name), if *removed { " (removed)" } else { "" });
        let names: Vec<String> = breaches_of(index, live).iter().map(name).collect();
        for (name, records) in names.iter().zip(records.iter().flat_map(|all| &all[place])) {
            *sums.entry(name.clone()).or_default() += records;
        }
        rows.push(vec![
            segment.id().to_string(),
            count(segment.header().records),
            size(bytes),
            bits(bytes, segment.header().records),
            few(&in_parts(&names)),
        ]);
    }
    write_table(out, "  ", &rows)?;
    if records.is_none() {
        return Ok(());
    }
    let mut rows = vec![["breach", "records (digests of it)"].map(String::from).to_vec()];
    rows.extend(sums.into_iter().map(|(name, records)| vec![name, count(records)]));
    write_table(out, "  ", &rows)
}
