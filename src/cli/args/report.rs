//! The options of reports.

use clap::{Args, ValueHint};
use std::path::PathBuf;

/// The report of a scan.
#[derive(Debug, Args, Default)]
pub struct ReportArguments {
    /// Write a report for people here: one file that loads nothing, first whom to tell what. HTML, Markdown or the JSON of
    /// `--summary`, by the ending: `.html`, `.md` or `.json`.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub report: Option<PathBuf>,
    /// Write a draft of a notification, filled from the numbers, as Markdown to edit: `gdpr33` (authority), `gdpr34` (people) or
    /// `pipl57`. NAME=FILE says where; without FILE it lies beside the report, as `report.gdpr33.md`. Can be repeated.
    #[arg(long, value_name = "NAME[=FILE]")]
    pub report_form: Vec<String>,
    /// List the first 1,000 exposed people in the report, by row and reference, with their identifiers masked
    /// (`a***@e***.com`). THE FILE THEN HOLDS PERSONAL DATA.
    #[arg(long, requires = "report")]
    pub include_values: bool,
    /// Show these identifiers as they are.
    #[arg(long, requires = "include_values")]
    pub unmasked: bool,
}

impl ReportArguments {
    /// Whether anything is to be written.
    pub fn is_wanted(&self) -> bool {
        self.report.is_some() || !self.report_form.is_empty()
    }
}
