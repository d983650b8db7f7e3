//! The bodies of the fuzz targets in `fuzz/`, which `cargo test` replays over short seeds and over every input that has once
//! found something: `testdata/regressions/<target>/`.
//!
//! A body takes any bytes. It panics if an invariant fails, and may not take long or much memory. What they hold:
//!
//! - every byte of the text has a fate: accepted, rejected, no record, or passed over behind something broken;
//! - the records, their fields and their places are the same for every size of a block and every portion of decoding;
//! - fields are what an oracle says: the `csv` crate, `serde_json`, or the line itself, whose fields joined again it is;
//! - what was written by rule (CSV, JSON, SQL, an archive) is read back as it was;
//! - no text of an error, and nothing else that is shown, holds a part of the input.

mod archives;
pub mod containers;
mod dump;
mod encodings;
mod identifiers;
mod index;
mod json;
mod key_file;
mod lines;
mod pairs;
mod plan_file;
mod reading;
#[cfg(test)]
mod replay;
pub mod sheets;
mod sql;
pub mod workbook;

/// A fuzz target.
pub struct Target {
    /// Its name: of the binary, of the folder of its corpus, and of that of its regressions.
    pub name: &'static str,
    /// Runs one input. Panics if an invariant fails.
    pub run: fn(&[u8]),
    /// What the search begins with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

impl Target {
    const fn new(name: &'static str, run: fn(&[u8]), seeds: fn() -> Vec<Vec<u8>>) -> Target {
        Target { name, run, seeds }
    }
}

/// Every target.
pub const TARGETS: [Target; 25] = [
    Target::new("csv", lines::csv, lines::csv_seeds),
    Target::new("delimited", lines::delimited, lines::delimited_seeds),
    Target::new("escaped", lines::escaped, lines::escaped_seeds),
    Target::new("separated", lines::separated, lines::separated_seeds),
    Target::new("colons", lines::colons, lines::colons_seeds),
    Target::new("lines", lines::whole_lines, lines::whole_lines_seeds),
    Target::new("logins", lines::logins, lines::logins_seeds),
    Target::new("sites", lines::sites, lines::sites_seeds),
    Target::new("assigned", lines::assigned, lines::assigned_seeds),
    Target::new("forms", lines::forms, lines::forms_seeds),
    Target::new("search", lines::search, lines::search_seeds),
    Target::new("pairs", pairs::run, pairs::seeds),
    Target::new("sql", sql::run, sql::seeds),
    Target::new("json_lines", json::lines, json::lines_seeds),
    Target::new("json_objects", json::objects, json::objects_seeds),
    Target::new("encodings", encodings::run, encodings::seeds),
    Target::new("dump", dump::run, dump::seeds),
    Target::new("containers", containers::run, containers::seeds),
    Target::new("archives", archives::run, archives::seeds),
    Target::new("sheets", sheets::run, sheets::seeds),
    Target::new("identifiers", identifiers::run, identifiers::seeds),
    Target::new("key_file", key_file::run, key_file::seeds),
    Target::new("plan_file", plan_file::run, plan_file::seeds),
    Target::new("segment", index::segment, index::segment_seeds),
    Target::new("manifest", index::manifest, index::manifest_seeds),
];

/// Runs the target of a name: what every fuzz binary does.
///
/// # Panics
///
/// If there is no such target, or if an invariant fails.
pub fn run(name: &str, data: &[u8]) {
    let target = TARGETS.iter().find(|target| target.name == name);
    (target.unwrap_or_else(|| panic!("no target is called {name}")).run)(data);
}
