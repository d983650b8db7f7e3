//! `leakdex breach`.

use super::args::BreachCommand;
use super::console;
use super::failure::{DONE, Failure, stdout_failure};
use crate::index::{Access, Breach, Index};
use crate::plan::nearest;
use crate::report::{breach_json, count, escaped, write_table};
use std::io;

pub fn run(command: &BreachCommand) -> Result<u8, Failure> {
    match command {
        BreachCommand::List { json, index } => {
            let index = Index::open(&index.index, None, Access::ReadFew)?.whole()?;
            list(index.breaches(), *json).map_err(stdout_failure)?;
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

fn list(breaches: &[Breach], json: bool) -> io::Result<()> {
    console::output(|out| {
        if json {
            let values: Vec<_> = breaches.iter().map(breach_json).collect();
            return writeln!(out, "{}", serde_json::to_string_pretty(&values).unwrap_or_default());
        }
        let head = ["breach", "date", "records", "rejected", ""].map(String::from).to_vec();
        let row = |breach: &Breach| {
            let incomplete = if breach.incomplete { "incomplete" } else { "" };
            let date = breach.breach_date.clone().unwrap_or_default();
            vec![escaped(&breach.name), date, count(breach.records), count(breach.rejected), incomplete.to_string()]
        };
        let rows: Vec<Vec<String>> = std::iter::once(head).chain(breaches.iter().map(row)).collect();
        write_table(out, "", &rows)
    })
}

fn show(breach: &Breach, json: bool) -> io::Result<()> {
    console::output(|out| {
        if json {
            return writeln!(out, "{}", serde_json::to_string_pretty(&breach_json(breach)).unwrap_or_default());
        }
        let text = |text: &Option<String>| text.as_deref().map_or("-".to_string(), escaped);
        let row = |name: &str, value: String| vec![name.to_string(), value];
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
            row("complete", if breach.incomplete { "no: too many records were rejected" } else { "yes" }.to_string()),
            row("inputs", count(breach.inputs.len() as u64)),
            row("data classes", breach.data_classes.join("; ")),
        ];
        rows.iter().try_for_each(|row| writeln!(out, "{:<14}{}", row[0], row[1]))
    })
}
