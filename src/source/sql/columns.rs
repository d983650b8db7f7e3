//! The columns of tables, and which number the fields of each have.

use std::collections::HashMap;
use std::sync::Arc;

use super::super::record::UNPLANNED;
use super::token::Token;

/// Tables whose names are data must not fill the memory: of more columns than this in one dump nothing is kept.
const SCHEMA_COLUMNS_MAX: usize = 1 << 18;
/// As for the paths of JSON.
const DISCOVERED_MAX: usize = 4096;

/// What a statement puts its values into.
#[derive(Debug)]
pub(super) struct Table {
    /// Without the schema and without quotes; a dot in it has a backslash before it.
    name: String,
    /// As `table.column`; none if nobody said.
    columns: Option<Vec<String>>,
}

impl Table {
    /// `columns` as they stand in the statement.
    pub(super) fn new(name: &str, columns: Option<&[String]>) -> Table {
        let name = escaped(name);
        let columns =
            columns.map(|columns| columns.iter().map(|column| format!("{name}.{}", escaped(column))).collect());
        Table { name, columns }
    }

    /// How many values a tuple has.
    pub(super) fn width(&self) -> Option<usize> {
        self.columns.as_ref().map(Vec::len)
    }
}

fn escaped(name: &str) -> String {
    let mut escaped = String::new();
    for c in name.chars() {
        if matches!(c, '.' | '[' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// The tables that were created so far.
#[derive(Clone, Default)]
pub(super) struct Schemas {
    tables: HashMap<String, Arc<Table>>,
    columns: usize,
}

impl Schemas {
    /// Remembers a table; a later one of the same name takes its place.
    pub(super) fn insert(&mut self, name: &str, columns: &[String]) {
        if self.columns + columns.len() + 1 > SCHEMA_COLUMNS_MAX {
            return;
        }
        self.columns += columns.len() + 1;
        let table = Arc::new(Table::new(name, Some(columns)));
        if let Some(before) = self.tables.insert(name.to_owned(), table) {
            self.columns -= before.width().unwrap_or(0) + 1;
        }
    }

    /// The table of this name, with the columns it was created with.
    pub(super) fn find(&self, name: &str) -> Arc<Table> {
        self.tables.get(name).cloned().unwrap_or_else(|| Arc::new(Table::new(name, None)))
    }
}

/// Which columns somebody wants, and their numbers.
enum Wanted {
    /// The number of a column is the place of its name.
    Named(HashMap<String, u32>),
    /// The next column met gets the next number.
    Discovered { numbers: HashMap<String, u32>, names: Vec<String> },
}

/// The numbers of the columns of the table at hand.
pub(super) struct Numbers {
    wanted: Wanted,
    table: Option<Arc<Table>>,
    numbers: Vec<Option<u32>>,
    /// Of a table whose columns stand beside their values: the names of the last record, as they are written.
    assigned: Vec<(Vec<u8>, Option<u32>)>,
}

impl Numbers {
    /// As `Lexer::new` says.
    pub(super) fn new(columns: Option<&[String]>) -> Numbers {
        let wanted = match columns {
            None => Wanted::Discovered { numbers: HashMap::new(), names: Vec::new() },
            Some(columns) => {
                let mut numbers = HashMap::new();
                for (number, column) in columns.iter().enumerate() {
                    numbers.entry(column.clone()).or_insert(number as u32);
                }
                Wanted::Named(numbers)
            }
        };
        Numbers { wanted, table: None, numbers: Vec::new(), assigned: Vec::new() }
    }

    /// The names discovered, in the order of their numbers.
    pub(super) fn into_columns(self) -> Vec<String> {
        match self.wanted {
            Wanted::Named(_) => Vec::new(),
            Wanted::Discovered { names, .. } => names,
        }
    }

    /// Values go into this table from here on.
    pub(super) fn enter(&mut self, table: &Arc<Table>) {
        if self.table.as_ref().is_some_and(|current| Arc::ptr_eq(current, table)) {
            return;
        }
        self.numbers.clear();
        self.assigned.clear();
        for column in table.columns.iter().flatten() {
            let number = self.wanted.number(column);
            self.numbers.push(number);
        }
        self.table = Some(table.clone());
    }

    /// The number of the column at `index` of the table; none if it is to be left out.
    #[inline]
    pub(super) fn number(&mut self, index: usize) -> Option<u32> {
        match self.numbers.get(index) {
            Some(number) => *number,
            None => self.number_without_name(index),
        }
    }

    /// The number of the column of this name, which is the one at `index` of a record. Records have the same names in the same
    /// order, so that a name is looked up once.
    pub(super) fn number_of(&mut self, index: usize, name: &Token) -> Option<u32> {
        let text = name.text();
        if let Some((_, number)) = self.assigned.get(index).filter(|(known, _)| known == text) {
            return *number;
        }
        let table = self.table.as_ref().map_or("", |table| &table.name);
        let column = format!("{table}.{}", escaped(&name.name().unwrap_or_default()));
        let number = self.wanted.number(&column);
        self.assigned.truncate(index);
        // Only where the record has named those before.
        if self.assigned.len() == index && index < DISCOVERED_MAX {
            self.assigned.push((text.to_vec(), number));
        }
        number
    }

    /// The columns of a table that nobody described are `table.1`, `table.2` ...
    #[cold]
    fn number_without_name(&mut self, index: usize) -> Option<u32> {
        let Some(table) = self.table.as_ref().filter(|table| table.columns.is_none() && index < DISCOVERED_MAX) else {
            return self.wanted.otherwise();
        };
        while self.numbers.len() <= index {
            let number = self.wanted.number(&format!("{}.{}", table.name, self.numbers.len() + 1));
            self.numbers.push(number);
        }
        self.numbers[index]
    }
}

impl Wanted {
    fn number(&mut self, column: &str) -> Option<u32> {
        let otherwise = self.otherwise();
        match self {
            Wanted::Named(numbers) => numbers.get(column).copied().or(otherwise),
            Wanted::Discovered { numbers, .. } if numbers.contains_key(column) => numbers.get(column).copied(),
            Wanted::Discovered { names, .. } if names.len() == DISCOVERED_MAX => otherwise,
            Wanted::Discovered { numbers, names } => {
                let number = names.len() as u32;
                names.push(column.to_owned());
                numbers.insert(column.to_owned(), number);
                Some(number)
            }
        }
    }

    fn otherwise(&self) -> Option<u32> {
        match self {
            Wanted::Named(_) => Some(UNPLANNED),
            Wanted::Discovered { .. } => None,
        }
    }
}
