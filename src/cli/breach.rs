//! `leakdex breach`.

use super::args::BreachCommand;
use super::failure::{DONE, Failure, stdout_failure};
use super::{catalogue, console};
use crate::index::{About, Access, Breach, Index};
use crate::plan::nearest;
use crate::report::{breach_json, count, escaped, incomplete_words, pretty, write_table};
use std::io;

pub fn run(command: &BreachCommand, quiet: bool) -> Result<u8, Failure> {
    match command {
        BreachCommand::Add(arguments) => return catalogue::add(arguments),
        BreachCommand::Edit(arguments) => return catalogue::edit(arguments),
        BreachCommand::Import(arguments) => return catalogue::import(arguments, quiet),
        BreachCommand::Remove(arguments) => return catalogue::remove(arguments, quiet),
        BreachCommand::List { expired, json, index } => {
            let index = Index::open(&index.index, None, Access::ReadFew)?.whole()?;
            let today = today();
            let breaches = index.breaches().iter().filter(|breach| !expired || breach.about.is_expired(&today));
            list(&breaches.collect::<Vec<_>>(), &today, *json).map_err(stdout_failure)?;
        }
        BreachCommand::Show { name, json, index } => {
            let index = Index::open(&index.index, None, Access::ReadFew)?.whole()?;
            let names = index.breaches().iter().map(|breach| breach.name.as_str());
            let breach = index.breaches().iter().find(|breach| breach.name == *name).ok_or_else(|| {
                Failure::new(
                    format!("the index has no breach `{}`{}", name.escape_debug(), nearest(name, names)),
                    "`leakdex breach list` shows the breaches",
                )
            })?;
            show(breach, *json).map_err(stdout_failure)?;
        }
    }
    Ok(DONE)
}

/// The day, where the clock of this machine stands; retention dates are days of no place.
fn today() -> String {
    jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::UTC).date().to_string()
}

fn list(breaches: &[&Breach], today: &str, json: bool) -> io::Result<()> {
    console::output(|out| {
        if json {
            let values = breaches.iter().map(|breach| breach_json(breach)).collect();
            return writeln!(out, "{}", pretty(&values));
        }
        let head = ["breach", "date", "records", "rejected", ""].map(String::from).to_vec();
        let row = |breach: &&Breach| {
            let date = breach.breach_date.clone().unwrap_or_default();
            let remarks = remarks(breach, today).join("; ");
            vec![escaped(&breach.name), date, count(breach.records), count(breach.rejected), remarks]
        };
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(breaches.iter().map(row)).collect();
        write_table(out, "", &rows)
    })
}

/// What has to be known before a breach is believed, or kept.
fn remarks(breach: &Breach, today: &str) -> Vec<String> {
    let mut remarks = Vec::new();
    if breach.incomplete {
        remarks.push("incomplete".to_string());
    }
    if breach.is_bare() {
        remarks.push("no records yet".to_string());
    }
    if let Some(last) = breach.about.retain_until.as_deref().filter(|_| breach.about.is_expired(today)) {
        remarks.push(format!("expired on {}", escaped(last)));
    }
    remarks.extend(breach.about.flags.iter().map(|flag| escaped(flag).replace('_', " ")));
    remarks
}

fn show(breach: &Breach, json: bool) -> io::Result<()> {
    console::output(|out| {
        if json {
            return writeln!(out, "{}", pretty(&breach_json(breach)));
        }
        let text = |text: &Option<String>| text.as_deref().map_or("-".to_string(), escaped);
        let row = |name: &str, value: String| [name.to_string(), value];
        let rows = [
            row("name", escaped(&breach.name)),
            row("title", text(&breach.title)),
            row("date", text(&breach.breach_date)),
            row("data from", text(&breach.data_from)),
            row("data through", text(&breach.data_through)),
            row("scope", text(&breach.scope)),
            row(
                "records",
                format!(
                    "{} = {} accepted + {} rejected",
                    count(breach.records),
                    count(breach.records - breach.rejected),
                    count(breach.rejected)
                ),
            ),
            row("complete", completeness(breach).to_string()),
            row("inputs", count(breach.inputs.len() as u64)),
            row("data classes", escaped(&breach.data_classes.join("; "))),
        ];
        rows.iter().chain(&about_rows(&breach.about)).try_for_each(|row| writeln!(out, "{:<14}{}", row[0], row[1]))
    })
}

fn completeness(breach: &Breach) -> String {
    match breach {
        breach if breach.is_bare() => "no records yet".into(),
        breach if breach.incomplete => format!("no: {}", incomplete_words(breach)),
        _ => "yes".into(),
    }
}

/// What else is known; fields that are not known are left out.
fn about_rows(about: &About) -> Vec<[String; 2]> {
    let number = |n: Option<u64>| n.map(count);
    let list = |names: &[String]| Some(escaped(&names.join("; "))).filter(|text| !text.is_empty());
    let text = |text: &Option<String>| text.as_deref().map(escaped);
    let fields = [
        ("flags", list(&about.flags)),
        ("published", list(&about.published_data_classes)),
        ("accounts", number(about.pwn_count)),
        ("claimed", number(about.claimed_count)),
        ("domain", text(&about.domain)),
        ("added", text(&about.added_date)),
        ("modified", text(&about.modified_date)),
        ("description", text(&about.description)),
        ("attribution", text(&about.attribution)),
        ("disclosure", text(&about.disclosure_url)),
        ("source", text(&about.source)),
        ("legal basis", text(&about.legal_basis)),
        ("retain until", text(&about.retain_until)),
    ];
    fields.into_iter().filter_map(|(name, value)| Some([name.to_string(), value?])).collect()
}
