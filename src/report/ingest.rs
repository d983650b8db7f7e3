//! What an ingest did, for people.

use super::text::{bits, count, counted, listed, percent, size, write_table};
use crate::digest::Variant;
use crate::identifier::{Country, Kind, KindSpec, Reason};
use crate::index::class::DataClass;
use crate::ingest::{FileReport, LeftOut, Report, Resumed, Sign, SweptJob, day_text};
use crate::plan::ColumnPlan;
use crate::source::Shape;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Writes what became of every input, the totals, and what the ingest took: the temporary file, where there was one, and
/// the most memory at any time, where the system tells it.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_ingest(out: &mut dyn Write, report: &Report, breach: &str, memory_peak: Option<u64>) -> io::Result<()> {
    write_files(out, &report.files)?;
    write_left_out(out, &report.left_out)?;
    write_jobs(out, report)?;
    let (records, accepted) = (report.records(), report.accepted());
    writeln!(
        out,
        "{} records = {} accepted + {} rejected ({})",
        count(records),
        count(accepted),
        count(records - accepted),
        percent(records - accepted, records)
    )?;
    if report.shared_values > 0 {
        let n = count(report.shared_values);
        writeln!(
            out,
            "{n} digests stand for more than 1,000 records each: their values answer \"unknown (shared value)\""
        )?;
    }
    if report.forgotten > 0 {
        let were =
            counted(report.forgotten, "digest of forgotten identifiers was", "digests of forgotten identifiers were");
        writeln!(out, "{were} left out")?;
    }
    if let Some((from, through)) = report.days() {
        writeln!(out, "data from {} to {}, by the columns of days", day_text(from), day_text(through))?;
    }
    write_spilled(out, report, memory_peak)?;
    let name = super::text::escaped(breach);
    let digests: u64 = report.segments.iter().map(|segment| segment.records).sum();
    let bytes: u64 = report.segments.iter().map(|segment| segment.bytes).sum();
    match report.segments.len() {
        0 => writeln!(out, "dry run: nothing was written")?,
        slices => writeln!(
            out,
            "committed `{name}`: {}, {} on disk ({} bits per digest){}",
            counted(digests, "digest", "digests"),
            size(bytes),
            bits(bytes, digests),
            if slices > 1 { format!(", in {slices} slices") } else { String::new() }
        )?,
    }
    if report.incomplete {
        writeln!(out, "`{name}` is marked incomplete: {}", why_incomplete(report))?;
    }
    Ok(())
}

fn why_incomplete(report: &Report) -> String {
    let reason = |sign: &Sign| match sign {
        Sign::Doubtful => "so many values of a kind were refused that its column may be another one",
        Sign::Damaged => "more values of a kind were damaged by a spreadsheet than `--max-rejects` allows",
        Sign::Unplanned => "values were not read",
        Sign::FoundUnplanned => "broken records held kinds that the plan does not have",
        Sign::LeftOut => "files were not read",
        Sign::Addresses => "a plain search finds more e-mail addresses than were taken",
        Sign::Trailing => "something stands behind the end of compressed data, and was not read",
        Sign::Records => "more records were rejected than `--max-rejects` allows",
        Sign::Bytes => "more bytes were rejected or passed over than `--max-rejects` allows",
    };
    // That of the bytes goes without saying beside that of the records.
    let both = report.signs.contains(&Sign::Records);
    let told = report.signs.iter().filter(|sign| !(both && **sign == Sign::Bytes));
    told.map(reason).collect::<Vec<_>>().join(", and ")
}

/// Writes what became of the inputs: of each where there are few, of the first and of those with something to say where there
/// are thousands.
fn write_files(out: &mut dyn Write, files: &[FileReport]) -> io::Result<()> {
    const SHOWN: usize = 20;
    let is_odd = |file: &FileReport| {
        file.addresses.are_missing()
            || file.trailing_garbage_bytes > 0
            || file.unplanned > 0
            || file.accepted * 20 < file.records * 19
            || file.resynchronised > 0
    };
    let mut hidden = 0u64;
    for (place, file) in files.iter().enumerate() {
        if place < SHOWN || (is_odd(file) && hidden < 1000) {
            write_file(out, file)?;
        } else {
            hidden += 1;
        }
    }
    if hidden > 0 { writeln!(out, "and {} more inputs", count(hidden)) } else { Ok(()) }
}

/// Writes which files of directories were not read.
fn write_left_out(out: &mut dyn Write, left_out: &[LeftOut]) -> io::Result<()> {
    const SHOWN: usize = 20;
    for file in left_out.iter().take(SHOWN) {
        let holds = if file.may_hold_records { "; it may hold records" } else { "" };
        writeln!(out, "not read: `{}`: {}{holds}", super::text::escaped(&file.path.to_string_lossy()), file.why)?;
    }
    match left_out.len().saturating_sub(SHOWN) {
        0 => Ok(()),
        more => writeln!(out, "and {more} more files that were not read"),
    }
}

/// Writes what an interrupted ingest had read, and which jobs are gone.
fn write_jobs(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    if let Some(Resumed { id, inputs, left_out }) = &report.resumed {
        let (inputs, all) = (count(*inputs as u64), count(report.files.len() as u64));
        write!(out, "went on with job `{id}`, which had read {inputs} of {all} inputs")?;
        match left_out {
            0 => writeln!(out)?,
            _ => writeln!(out, "; {left_out} that it could not read are left out")?,
        }
    }
    for SweptJob { id, why } in &report.swept {
        writeln!(out, "removed job `{id}`, which could not go on: {why}")?;
    }
    let foreign = |id: &String| writeln!(out, "left job `{id}` alone, which another version of leakdex began");
    report.foreign_jobs.iter().try_for_each(foreign)
}

fn write_spilled(out: &mut dyn Write, report: &Report, memory_peak: Option<u64>) -> io::Result<()> {
    let Some(spilled) = &report.spilled else { return Ok(()) };
    let dir = super::text::escaped(&spilled.dir.to_string_lossy());
    let peak = memory_peak.map(|bytes| format!("; peak memory {}", size(bytes))).unwrap_or_default();
    writeln!(out, "spilled {} to a temporary file in `{dir}`, which is gone{peak}", size(spilled.bytes))
}

fn write_file(out: &mut dyn Write, file: &FileReport) -> io::Result<()> {
    let description = &file.description;
    writeln!(
        out,
        "`{}`: {}, {}{}",
        super::text::escaped(&file.path.to_string_lossy()),
        description.shape,
        description.encoding,
        if file.header { ", first row taken as names" } else { "" }
    )?;
    write_table(out, "  ", &kind_rows(file))?;
    let unread: Vec<&str> =
        file.columns.iter().filter(|column| is_unnamed(column)).map(|column| column.label.as_str()).collect();
    if !unread.is_empty() {
        writeln!(out, "  not known by name, counted as other data: {}", listed(&unread))?;
    }
    let rejected: Vec<String> =
        file.rejected.iter().map(|(reason, n)| format!("{} {}", count(*n), reason.replace('_', " "))).collect();
    let why = if rejected.is_empty() { String::new() } else { format!(" ({})", rejected.join(", ")) };
    writeln!(
        out,
        "  {} records = {} accepted + {} rejected{why}",
        count(file.records),
        count(file.accepted),
        count(file.records - file.accepted)
    )?;
    let bytes_size = file.bytes_size.unwrap_or(file.bytes_read);
    let all =
        if bytes_size == file.bytes_read { "all".to_string() } else { format!("{} at opening", count(bytes_size)) };
    let bytes = &file.bytes;
    let passed_over = match bytes.resynchronised {
        0 => String::new(),
        lost => format!(" + {} passed over behind something broken", count(lost)),
    };
    let incomplete = if bytes.is_whole() { "" } else { " (THESE DO NOT ADD UP: please report this)" };
    writeln!(
        out,
        "  {} bytes read of {all}; {} of text = {} accepted + {} rejected + {} no records{passed_over}{incomplete}",
        count(file.bytes_read),
        count(bytes.text),
        count(bytes.accepted),
        count(bytes.rejected),
        count(bytes.skipped)
    )?;
    write_oddities(out, file)
}

/// Whether nothing but "other data" is known of a column.
fn is_unnamed(column: &ColumnPlan) -> bool {
    column.kind.is_none() && column.class == Some(DataClass::OTHER)
}

/// One row per kind: its accepted fields, and the refused ones by reason.
fn kind_rows(file: &FileReport) -> Vec<Vec<String>> {
    let mut kinds: BTreeMap<Kind, (KindSpec, u64, BTreeMap<Reason, u64>)> = BTreeMap::new();
    // Domains of addresses are counted in every dump; it is news where a column holds them.
    let is_news = |kind: Kind| {
        !kind.is_counted() || file.columns.iter().any(|column| column.kind.is_some_and(|spec| spec.kind == kind))
    };
    for (spec, counts) in file.counts.iter().filter(|(spec, _)| is_news(spec.kind)) {
        let (shown, exact, refused) = kinds.entry(spec.kind).or_insert_with(|| (*spec, 0, BTreeMap::new()));
        // The form of the accepted fields comes later in the order than that of the refused ones.
        *shown = KindSpec { country: Country::NONE, ..*spec };
        *exact += counts.accepted;
        counts.refused.iter().for_each(|(reason, n)| *refused.entry(*reason).or_default() += n);
    }
    let row = |(spec, exact, refused): (KindSpec, u64, BTreeMap<Reason, u64>)| {
        let name = KindSpec { country: country_of(spec.kind, exact, file), ..spec }.to_string();
        let reasons: Vec<String> =
            refused.iter().map(|(reason, n)| format!("{} {}", count(*n), reason.name().replace('_', " "))).collect();
        let refused = if reasons.is_empty() { String::new() } else { format!("refused: {}", reasons.join(", ")) };
        vec![name, count(exact), refused]
    };
    kinds.into_values().map(row).collect()
}

/// The country that all accepted fields of a kind prove; none if it is none, or several: a number without a country counts for the
/// first one that accepts it, and has digests under each.
fn country_of(kind: Kind, accepted: u64, file: &FileReport) -> Country {
    let mut values: BTreeMap<Country, u64> = BTreeMap::new();
    for (spec, counts) in file.counts.iter().filter(|(spec, _)| spec.kind == kind && !spec.country.is_none()) {
        *values.entry(spec.country).or_default() += counts.digests[Variant::of(spec.form) as usize];
    }
    let mut all = values.into_iter().filter(|(_, values)| accepted > 0 && *values == accepted);
    match (all.next(), all.next()) {
        (Some((country, _)), None) => country,
        _ => Country::NONE,
    }
}

fn write_oddities(out: &mut dyn Write, file: &FileReport) -> io::Result<()> {
    let found = match file.description.shape {
        Shape::Found => {
            "identifiers were found beside records: telephone numbers with a plus, numbers with check digits, and addresses in lines that are too long"
        }
        _ => {
            "identifiers were found in broken records and behind them, beside the columns, or in tables without columns for them: without other fields"
        }
    };
    let oddities = [
        (file.undecodable, "characters do not exist in this encoding: is `--encoding` right?"),
        (file.trailing_garbage_bytes, "bytes behind the end of the compressed data were left out"),
        (file.blank_lines, "blank lines"),
        (file.other_records, "records of tables in which no column holds identifiers were passed over"),
        (file.nul_bytes, "NUL bytes were removed"),
        (file.foreign_runs, "pieces of text were in another encoding than the rest, and decoded by that"),
        (
            file.unplanned,
            "values that may be identifiers, at paths that the sample did not show, were NOT read: name them with `--map PATH=KIND`",
        ),
        (file.resynchronised, "records had a quote that does not close; each was read as one line"),
        (file.found, found),
    ];
    if file.addresses.are_missing() {
        writeln!(
            out,
            "  WARNING: a plain search finds {} e-mail addresses where the plan found {}: is a column missing, or the shape wrong?",
            count(file.addresses.searched),
            count(file.addresses.planned)
        )?;
    }
    if let Some((kind, share)) = file.doubtful_kind() {
        writeln!(
            out,
            "  WARNING: {} of the values of {} were refused: is that column another one in a part of the file? `leakdex inspect --at \
             FILE:OFFSET` shows a place of the reject log",
            format_args!("{:.0} %", share * 100.0),
            kind.name()
        )?;
    }
    for (n, text) in oddities.into_iter().filter(|(n, _)| *n > 0) {
        writeln!(out, "  note: {} {text}", count(n))?;
    }
    Ok(())
}
