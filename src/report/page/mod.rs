//! Reports for people: one model of a document, two writers, and no figure that is not in the JSON of the same run.
//!
//! # Design
//!
//! A [`Page`] is plain data: a headline, what has to be seen first, and sections of paragraphs, terms and tables. `scan`,
//! `claim` and the forms make pages; [`write_html`] and [`write_markdown`] write any page. Who makes a page knows nothing of
//! tags, and a writer knows nothing of breaches, so that a text is escaped in one place of each writer and nowhere else.
//!
//! - **A chart is a table.** A [`Row`] may have a [`Mark`]: a bar, a stack of parts, a span of time. HTML draws it under the
//!   name of the row, so that it fits a telephone, and hides it from screen readers; the numbers stand beside it. Markdown leaves
//!   it out. There is no picture that says what no cell says.
//! - **Every figure has an address.** A [`Cell::Count`] names the figure of the summary that it shows, as a path that `jq` takes:
//!   `people.exposed`, `breaches[2].people`. HTML keeps it as `data-key`, the forms print it, and a test compares all of them
//!   with the summary.
//! - **Nothing is loaded and nothing runs.** The policy of the file (`default-src 'none'`, and the SHA-256 of its own style) lets
//!   a browser load nothing; there is no script. Charts are SVG with widths as attributes, since the policy forbids styles in
//!   attributes.
//! - **Nothing from outside is trusted.** Names of breaches, lists and groups come from dumps and strangers. Characters that
//!   steer a terminal, turn the direction of text or are invisible are written as `\u{..}`. Only in paragraphs and items
//!   do backticks set code; a name with a backtick can break that, and nothing else.
//! - **No date of making**, as the same run has to give the same bytes: the generation of the index says what was asked.

mod claim;
mod claim_time;
mod format;
mod forms;
mod html;
mod markdown;
mod people;
mod scan;
mod scan_limits;
mod time;
mod words;

pub use claim::claim_page;
pub use format::{Format, write_report};
pub use forms::{Form, form_page};
pub use html::write_html;
pub use markdown::write_markdown;
pub use people::ShownPeople;
pub use scan::{ScanReport, scan_page};

/// A document.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Page {
    /// What it is, and about what: a short line above the headline.
    pub kind: String,
    /// The answer in one sentence.
    pub headline: String,
    /// What has to be seen first.
    pub lead: Vec<Block>,
    /// The rest.
    pub sections: Vec<Section>,
}

/// A part of a page with a heading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Section {
    /// The level of its heading, 2 or 3.
    pub level: u8,
    /// Its heading.
    pub title: String,
    /// What stands in it.
    pub blocks: Vec<Block>,
}

impl Section {
    /// A section of the page itself.
    pub fn new(title: impl Into<String>, blocks: Vec<Block>) -> Section {
        Section { level: 2, title: title.into(), blocks }
    }
}

/// A piece of a section. In texts, what stands between two backticks is code.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// A paragraph.
    Text(String),
    /// A paragraph that must not be overlooked.
    Alert(String),
    /// A list of sentences.
    Items(Vec<String>),
    /// Words and what they mean.
    Terms(Vec<(String, String)>),
    /// Parts of one whole.
    Parts(Parts),
    /// A table.
    Table(Table),
    /// What somebody has to fill in.
    Blank(String),
}

/// Numbers that together are a whole.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// What they are parts of.
    pub caption: String,
    /// The parts.
    pub parts: Vec<Part>,
}

/// A part of a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// What it is called.
    pub label: String,
    /// How many.
    pub count: u64,
    /// The figure of the summary.
    pub key: String,
    /// How it is coloured.
    pub tone: Tone,
}

/// What a part means, as a colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// What has to be acted on.
    Bad,
    /// What was asked and is not there.
    Calm,
    /// What is not known.
    Open,
}

/// A table; the first cell of a row is its heading.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// The headings of the columns, that of the row headings first.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Row>,
    /// Places, from 0 to 1, and their names, where the marks of the rows have an axis.
    pub axis: Vec<(f64, String)>,
    /// What is not in the table.
    pub rest: Option<String>,
}

/// A row of a table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    /// Its heading.
    pub head: String,
    /// A word that sets it apart.
    pub badge: Option<&'static str>,
    /// What there is to say about it.
    pub note: String,
    /// What is drawn.
    pub mark: Option<Mark>,
    /// The cells behind the heading.
    pub cells: Vec<Cell>,
}

/// What is drawn in a row; lengths and places are shares of the width.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mark {
    /// A bar of this length.
    Bar(f64),
    /// What is exposed, not found and unknown.
    Stack([f64; 3]),
    /// A span of time, if one is known, and a point in it or beside it.
    Span(Option<(f64, f64)>, Option<f64>),
}

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// A text.
    Text(String),
    /// A number, and the figure of the summary that it is; empty if it is none.
    Count(u64, String),
    /// A share of a whole.
    Share(u64, u64),
}

impl Table {
    fn new(caption: impl Into<String>, columns: &[&str], rows: Vec<Row>) -> Table {
        let columns = columns.iter().map(ToString::to_string).collect();
        Table { caption: caption.into(), columns, rows, ..Table::default() }
    }
}

/// The part of a whole as a length; nothing of nothing.
fn length(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
