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
}
