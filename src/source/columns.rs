//! Which columns of a source are wanted.

/// Which columns a worker wants.
#[derive(Clone, Debug)]
pub struct Columns {
    paths: Option<Vec<String>>,
}

impl Columns {
    /// All of them, by position: for delimited text and lists.
    pub fn positions() -> Columns {
        Columns { paths: None }
    }

    /// The values at these paths or names of every record, as [`super::Sample::columns`] writes them: for shapes that name
    /// their columns. The column of a field is the index of its path.
    pub fn paths(paths: &[String]) -> Columns {
        Columns { paths: Some(paths.to_vec()) }
    }

    /// The paths; none for positions.
    pub(super) fn names(&self) -> Option<&[String]> {
        self.paths.as_deref()
    }
}
