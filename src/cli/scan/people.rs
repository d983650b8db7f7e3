//! Which columns of a list say something about its people beyond their identifiers.

use super::super::args::ScanArguments;
use super::super::failure::Failure;
use crate::identifier::Kind;
use crate::plan::{ColumnPlan, Plan};
use crate::query::Roles;
use crate::report::{count, escaped};
use crate::source::Sample;
use std::path::Path;

/// What is asked about people.
pub struct Asked {
    /// What the kept cells mean; none if nothing is asked beyond the totals.
    pub roles: Option<Roles>,
    /// The columns to group by, as the caller names them.
    pub group_by: Vec<String>,
    /// The names of the columns that go into the list of people to tell.
    pub carried: Vec<Vec<u8>>,
}

/// The columns that the options name, in the order in which [`ask`] takes them.
pub fn columns(arguments: &ScanArguments) -> Vec<String> {
    let columns = arguments.person.iter().chain(&arguments.group_by).chain(&arguments.notify_columns);
    columns.map(|name| name.trim().to_string()).collect()
}

/// Keeps the columns that the options name.
///
/// # Errors
/// If a column to group by is about single people, or no column has e-mail addresses whose domains could be counted.
pub fn ask(arguments: &ScanArguments, plan: &mut Plan, sample: &Sample) -> Result<Asked, Failure> {
    let mut named = plan.named.clone().into_iter();
    let mut roles = Roles::default();
    roles.person = named.by_ref().take(usize::from(arguments.person.is_some())).last().map(|column| plan.keep(column));
    let group_by: Vec<u32> = named.by_ref().take(arguments.group_by.len()).collect();
    for (column, name) in group_by.into_iter().zip(&arguments.group_by) {
        if plan.is_personal(column) {
            return Err(Failure::new(
                format!("grouping by `{}`: its cells are about single people, and would be shown", name.escape_debug()),
                "group by a column of the list that many people share, such as a country or a segment",
            ));
        }
        roles.groups.push(plan.keep(column));
    }
    let mut carried: Vec<u32> = named.collect();
    if arguments.notify.is_some() && carried.is_empty() {
        carried = plan.columns.iter().map(|planned| planned.column).collect();
    }
    roles.carried = carried.iter().map(|column| plan.keep(*column)).collect();
    if arguments.by_domain {
        let is_email = |planned: &&ColumnPlan| planned.kind.is_some_and(|spec| spec.kind == Kind::Email);
        let column = plan.columns.iter().find(is_email).map(|planned| planned.column);
        let no_column = || {
            Failure::new(
                "counting by domain: no column of the list is one of e-mail addresses",
                "say which it is with `--map COLUMN=email`",
            )
        };
        roles.domain = Some(plan.keep(column.ok_or_else(no_column)?));
    }
    if arguments.people.is_some() {
        roles.reference = plan.reference.map(|column| plan.keep(column));
    }
    let wanted = !plan.kept.is_empty() || arguments.people.is_some() || arguments.notify.is_some();
    let carried = carried.into_iter().map(|column| name_of(column, plan, sample)).collect();
    Ok(Asked { roles: wanted.then_some(roles), group_by: arguments.group_by.clone(), carried })
}

/// What a column is called in its list; its number if it has no name.
fn name_of(column: u32, plan: &Plan, sample: &Sample) -> Vec<u8> {
    let path = plan.paths.get(column as usize).map(|path| path.as_bytes().to_vec());
    let header = sample.rows.first().filter(|_| plan.header).and_then(|row| {
        let cell = row.fields.iter().find(|(at, _)| *at == column);
        cell.map(|(_, cell)| cell.to_vec())
    });
    path.or(header).unwrap_or_else(|| format!("column {}", column + 1).into_bytes())
}

/// What is said of a list of people to tell.
pub fn notice(path: &Path, people: u64) -> String {
    format!(
        "\n`{}` holds PERSONAL DATA: {} people, what you know of them, and what of theirs leaked. It is readable by you alone; \
         send it to nobody who does not need it, and delete it after use",
        escaped(&path.to_string_lossy()),
        count(people)
    )
}
