//! `leakdex stats`.

use super::args::StatsArguments;
use super::console;
use super::failure::{DONE, Failure, INCOMPLETE, stdout_failure};
use crate::index::{Access, Index};
use crate::report::{
    class_masks, count, escaped, fields, not_compacted, pretty, size, stats_json, touched, write_table,
};
use std::io::{self, Write};

pub fn run(arguments: &StatsArguments) -> Result<u8, Failure> {
    let index = Index::open(&arguments.index.index, None, Access::ReadFew)?;
    console::output(|out| {
        if arguments.json {
            return writeln!(out, "{}", pretty(&stats_json(&index)));
        }
        write_stats(out, &index)
    })
    .map_err(stdout_failure)?;
    for segment in index.damaged() {
        console::note(false, &format!("{}; it is in none of these numbers: run `leakdex verify`", segment.error));
    }
    if index.damaged().is_empty() { Ok(DONE) } else { Ok(INCOMPLETE) }
}

fn write_stats(out: &mut dyn Write, index: &Index) -> io::Result<()> {
    let manifest = index.manifest();
    let bytes: u64 = index.segments().iter().map(|live| live.segment().file_bytes()).sum();
    let rotated = match manifest.key_links {
        0 => String::new(),
        1 => " (rotated once)".to_string(),
        times => format!(" (rotated {times} times)"),
    };
    let (generation, key, bits) = (manifest.generation, &manifest.key_id, manifest.bits);
    writeln!(out, "generation {generation}, key {key}{rotated}, {bits} bits per digest")?;
    writeln!(
        out,
        "{} digests in {} segments, {} ({:.1} bits per digest)",
        count(index.records()),
        index.segments().len(),
        size(bytes),
        bytes as f64 * 8.0 / index.records().max(1) as f64
    )?;
    let touched = touched(index);
    writeln!(
        out,
        "a query holds {}, and touches up to {} of lines and {} of records; {} sets of data classes",
        size(touched.held_bytes),
        size(touched.line_bytes),
        size(touched.record_bytes),
        class_masks(index)
    )?;
    for (name, segments) in not_compacted(index) {
        writeln!(
            out,
            "`{}` is removed; {segments} segments hold records of it until `leakdex compact`",
            escaped(name)
        )?;
    }
    let suppression = index.suppression();
    if suppression.identifiers() > 0 {
        writeln!(
            out,
            "{} identifiers are forgotten: {} digests are suppressed",
            count(suppression.identifiers()),
            count(suppression.digests().len() as u64)
        )?;
    }
    if suppression.lifted_identifiers() > 0 {
        let n = count(suppression.lifted_identifiers());
        writeln!(out, "{n} identifiers were forgotten once, and are never \"not found\"")?;
    }
    let mut rows = vec![["breach", "kind", "fields"].map(String::from).to_vec()];
    for (breach, kind, accepted) in fields(index) {
        rows.push(vec![escaped(breach), kind.to_string(), count(accepted)]);
    }
    write_table(out, "  ", &rows)
}
