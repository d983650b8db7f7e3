//! Reports: exposures and totals become bytes on a `Write`. Nothing here opens a file or prints.

mod breach_model;
mod csv;
mod explain;
mod ingest;
mod inspect;
mod json;
mod people;
mod screen;
mod text;

pub use breach_model::{PublishedBreach, parse_breaches, plain_text};
pub use csv::{ExposureWriter, UnknownWriter};
pub use explain::{explanation_json, write_explanations};
pub use ingest::write_ingest;
pub use inspect::{write_inspect, write_reading};
pub use json::{breach_json, check_json, fields, stats_json, summary_json};
pub use people::{NotifyWriter, PeopleWriter};
pub use screen::{ScreenFacts, write_screen};
pub use text::{count, escaped, percent, size, write_table};
