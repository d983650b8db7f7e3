//! What is in a dump, for people: no value is shown unmasked.

use super::text::{count, counted, escaped, listed, size, write_table};
use crate::identifier::Kind;
use crate::plan::{ColumnPlan, Plan, Unread, masked_samples, unread};
use crate::source::{Container, Description, Sample, SampleRow, Shape};
use std::io::{self, Write};

/// Masked samples shown per column.
const SAMPLES: usize = 3;

/// Writes shape, encoding, columns, proposed kinds and masked samples of one input.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_inspect(
    out: &mut dyn Write,
    name: &str,
    description: &Description,
    sample: &Sample,
    plan: &Plan,
) -> io::Result<()> {
    let bytes = description.size.map_or("size unknown".into(), size);
    let bom = if description.bom { " with byte order mark" } else { "" };
    let others = &description.others;
    let pieces = if others.is_empty() { String::new() } else { format!(" with pieces in {}", others.join(", ")) };
    writeln!(
        out,
        "`{}`: {}, {}{bom}{pieces}, {}, {bytes}",
        escaped(name),
        description.shape,
        description.encoding,
        description.container
    )?;
    let rows = sample.rows.len() - usize::from(plan.header).min(sample.rows.len());
    let whole = match (sample.whole_file, description.size, description.container) {
        (true, ..) => "the whole file".to_string(),
        (false, ..) if sample.records.is_some() => format!("of {}", count(sample.records.unwrap_or_default())),
        (false, Some(bytes), Container::None) => {
            format!("of about {}", count(rounded(sample.estimated_records(bytes))))
        }
        (false, ..) => "a sample".to_string(),
    };
    let header = match (plan.header, plan.shape) {
        (true, _) => "the first row names the columns",
        (false, Shape::JsonLines | Shape::JsonObjects { .. }) => "paths name the columns",
        (false, Shape::Sql { .. }) => "tables name the columns",
        (false, shape) if shape.names_columns() => "the columns follow from the shape",
        (false, _) => "the first row is data",
    };
    writeln!(out, "  {} records looked at ({whole}); {header}", count(rows as u64))?;
    let mut table =
        vec![["", "column", "taken as", "data class", "values", "masked samples"].map(String::from).to_vec()];
    // Few lists of logins have a user name beside the address.
    let is_absent = |column: &ColumnPlan| matches!(plan.shape, Shape::Logins { .. }) && column.evidence.present == 0;
    for column in plan.columns.iter().filter(|column| !is_absent(column)) {
        table.push(column_row(column, plan, sample));
    }
    write_table(out, "  ", &table)?;
    if plan.shape == Shape::Found {
        let cards = if plan.finds_cards { ", and numbers of cards" } else { "" };
        writeln!(
            out,
            "  searched for telephone numbers with a plus, and for numbers with check digits: of people, vehicles and accounts{cards}; for nothing else"
        )?;
    }
    for unread in unread(plan, sample) {
        writeln!(out, "  ! {}", unread_words(&unread))?;
    }
    for problem in plan.problems() {
        writeln!(out, "  ? {problem}")?;
    }
    Ok(())
}

/// Writes in two lines how a list is read: what it is, and which columns are asked for.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_reading(
    out: &mut dyn Write,
    name: &str,
    description: &Description,
    sample: &Sample,
    plan: &Plan,
) -> io::Result<()> {
    let header = if plan.header { ", first row taken as names" } else { "" };
    writeln!(out, "`{}`: {}, {}{header}", escaped(name), description.shape, description.encoding)?;
    if description.lines_above > 0 {
        let lines = counted(description.lines_above, "line stands", "lines stand");
        let first = match plan.header {
            true => "the names of the columns: no rows, and row 1 is the first below the names",
            false => "the first row: no rows",
        };
        writeln!(out, "  {lines} above {first}")?;
    }
    let asked = |column: &&ColumnPlan| column.kind.is_some() || column.mixed || column.searched;
    let joined = plan.joins.iter().map(|join| {
        let numbers: Vec<String> = join.columns.iter().map(|column| (column + 1).to_string()).collect();
        format!("{} (as {})", numbers.join("+"), join.spec)
    });
    let columns = plan.columns.iter().filter(asked).map(|column| {
        match (column.mixed, column.kind) {
            (true, _) => return format!("{} (every cell as what it is)", column.label),
            (false, None) => return format!("{} (its text is searched)", column.label),
            (false, Some(_)) => (),
        }
        let spec = column.kind.map(|spec| spec.to_string()).unwrap_or_default();
        if column.label == spec { spec } else { format!("{} (as {spec})", column.label) }
    });
    let by_row = plan.kind_and_value.map(|(kind, value)| format!("column {} (as column {} says)", value + 1, kind + 1));
    let all: Vec<String> = columns.chain(joined).chain(by_row).collect();
    writeln!(out, "  asked for: {}", all.join(", "))?;
    if let Some(many) = addresses_of_a_row(sample, plan) {
        writeln!(
            out,
            "  NOTE: a row has up to {} e-mail addresses, and counts as one person: write one address a line if they are of several",
            count(many as u64)
        )?;
    }
    let not_asked: Vec<&str> =
        plan.columns.iter().filter(|column| !asked(column)).map(|column| column.label.as_str()).collect();
    if !not_asked.is_empty() {
        writeln!(out, "  not asked for: {}", listed(&not_asked))?;
    }
    for unread in unread(plan, sample) {
        writeln!(out, "  NOT READ: {}", unread_words(&unread))?;
    }
    writeln!(out)
}

/// How many addresses the row with the most has that is asked about, if these are more than a person has.
fn addresses_of_a_row(sample: &Sample, plan: &Plan) -> Option<usize> {
    const OF_A_PERSON: usize = 4;
    let is_asked = |at: u32| {
        let column = plan.columns.iter().find(|column| column.column == at);
        column.is_some_and(|column| column.mixed || column.kind.is_some_and(|spec| spec.kind == Kind::Email))
    };
    let signs = |row: &SampleRow| -> usize {
        let cells = row.fields.iter().filter(|(at, _)| is_asked(*at));
        cells.map(|(_, cell)| memchr::memchr_iter(b'@', cell).count()).sum()
    };
    sample.rows.iter().map(signs).max().filter(|most| *most > OF_A_PERSON)
}

/// That a column has identifiers in its text, which nobody takes out of it.
fn unread_words(unread: &Unread) -> String {
    let what = match (unread.taken, unread.kind) {
        (true, _) => "an ingest takes them, and nothing else of their cells",
        (false, Kind::Email | Kind::Phone) => {
            "a cell is taken as one value, so these are not read: `--map COLUMN=text` reads them"
        }
        (false, _) => "a cell is taken as one value, so these are not read: give them a column of their own",
    };
    format!(
        "{}: {} of {} cells have {} in their text; {what}",
        escaped(&unread.label),
        count(unread.cells as u64),
        count(unread.present as u64),
        unread.kind.name()
    )
}

fn column_row(column: &ColumnPlan, plan: &Plan, sample: &Sample) -> Vec<String> {
    let joined = plan.joins.iter().find(|join| join.columns.contains(&column.column));
    let taken = match (column.problem, column.kind, joined) {
        (Some(_), ..) => "?".to_string(),
        (None, Some(spec), _) => spec.to_string(),
        (None, None, None) if column.mixed => "login: every cell decides".to_string(),
        (None, None, Some(join)) => format!("part of {}", join.spec),
        (None, None, None) if plan.fields.iter().any(|(name, _)| *name == column.column) => {
            "name of its row".to_string()
        }
        (None, None, None) if plan.fields.iter().any(|(_, value)| *value == column.column) => {
            "value: its name says what".to_string()
        }
        (None, None, None) if column.searched => "text: searched for email".to_string(),
        (None, None, None) => "-".to_string(),
    };
    let class = column.class.map_or("-", |class| class.name()).to_string();
    let samples = masked_samples(column.column, sample, usize::from(plan.header), SAMPLES).join("  ");
    vec![(column.column + 1).to_string(), column.label.clone(), taken, class, column.values(), samples]
}

/// A number of two digits and zeros: an estimate should not look like a count.
fn rounded(number: u64) -> u64 {
    let unit = 10u64.pow(number.max(1).ilog10().saturating_sub(1));
    number / unit * unit
}
