//! Reports: exposures and totals become bytes on a `Write`. Nothing here opens a file or prints.

mod claim;
mod claim_words;
mod csv;
mod explain;
mod groups;
mod ingest;
mod inspect;
mod json;
mod page;
mod people;
mod screen;
mod stats;
mod text;

pub use claim::{claim_json, write_claim};
pub use csv::{ExposureWriter, UnknownWriter};
pub use explain::{explanation_json, write_explanations};
pub use groups::{groups_json, write_groups};
pub use ingest::write_ingest;
pub use inspect::{write_inspect, write_reading};
pub use json::{breach_json, check_json, pretty, summary_json};
pub use page::{
    Form, Format, Page, ScanReport, ShownPeople, claim_page, form_page, scan_page, write_html, write_markdown,
    write_report,
};
pub use people::{NotifyWriter, PeopleWriter};
pub(crate) use screen::incomplete_words;
pub use screen::{ScreenFacts, write_screen};
pub use stats::{Held, Touched, breaches_of, class_sets, held, stats_json, touched};
pub use text::{bits, count, counted, escaped, file_name, listed, percent, size, write_table};
