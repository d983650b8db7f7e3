//! Why a source cannot be planned.

use std::fmt;

/// Why no plan can be made. What the caller typed may be repeated; a value of the file never is.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// No column has this name.
    NoSuchColumn {
        /// The name as typed.
        column: String,
        /// What is near, or which names are known.
        suggestion: String,
    },
    /// There are fewer columns.
    NoSuchNumber {
        /// How many there are.
        columns: u32,
    },
    /// Two columns have this name.
    AmbiguousColumn {
        /// The name as typed.
        column: String,
    },
    /// Columns that nothing decides: one line each, with the option to give.
    Undecided(Vec<String>),
    /// The plan file has no group for a source like this.
    NotInPlan,
    /// The plan file leaves columns of the source open.
    Unresolved {
        /// Their numbers.
        columns: Vec<u32>,
    },
    /// Rows are to be grouped by a column of identifiers: every group would be a person.
    GroupedByIdentifier {
        /// Its name, or its number.
        column: String,
    },
    /// Nothing in the source can be used.
    NothingToRead,
}

impl Error {
    /// What to do next.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Error::NoSuchColumn { .. } | Error::NoSuchNumber { .. } => {
                "`leakdex inspect` shows the columns and their numbers".into()
            }
            Error::AmbiguousColumn { .. } => "give the number of the column instead of its name".into(),
            Error::Undecided(_) => "`leakdex inspect` shows masked samples of every column".into(),
            Error::NotInPlan => "make the plan anew with `leakdex inspect -o PLAN` over all files".into(),
            Error::Unresolved { .. } => {
                "write a kind, `login`, `class:NAME` or `ignore` for every `?` in the plan".into()
            }
            Error::GroupedByIdentifier { .. } => {
                "group by what many people have in common, such as a country or a segment; if the column holds that, say so with `--map COLUMN=ignore`".into()
            }
            Error::NothingToRead => {
                "name a column with `--map COLUMN=KIND`; `leakdex inspect` shows the columns and their numbers".into()
            }
        })
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::NoSuchColumn { column, suggestion } => write!(f, "there is no column `{column}`{suggestion}"),
            Error::NoSuchNumber { columns } => write!(f, "there are only {columns} columns"),
            Error::AmbiguousColumn { column } => write!(f, "more than one column is named `{column}`"),
            Error::Undecided(lines) => {
                write!(f, "{} column(s) cannot be decided", lines.len())?;
                lines.iter().try_for_each(|line| write!(f, "\n  {line}"))
            }
            Error::NotInPlan => f.write_str("the plan has no group with its shape and its names of columns"),
            Error::Unresolved { columns } => {
                let numbers: Vec<String> = columns.iter().map(u32::to_string).collect();
                write!(f, "the plan leaves column {} open", numbers.join(", "))
            }
            Error::GroupedByIdentifier { column } => {
                write!(f, "the column to group by, {column}, is taken as identifiers")
            }
            Error::NothingToRead => f.write_str("no column holds identifiers"),
        }
    }
}

impl std::error::Error for Error {}
