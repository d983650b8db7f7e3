//! As what a report is written.

use super::{Page, write_html, write_markdown};
use crate::report::json::pretty;
use serde_json::Value;
use std::io::{self, Write};
use std::path::Path;

/// As what a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One file for a browser.
    Html,
    /// Text with the marks of Markdown.
    Markdown,
    /// The results as they are, for machines.
    Json,
}

impl Format {
    /// The format that the ending of a name says; none if it says none.
    pub fn of(path: &Path) -> Option<Format> {
        let ending = path.extension()?.to_str()?;
        let formats = [("html", Format::Html), ("md", Format::Markdown), ("json", Format::Json)];
        formats.into_iter().find(|(name, _)| ending.eq_ignore_ascii_case(name)).map(|(_, format)| format)
    }
}

/// Writes a report: the page for people, or the results behind it for machines.
///
/// # Errors
/// If `out` cannot be written.
pub fn write_report(out: &mut dyn Write, format: Format, page: &Page, results: &Value) -> io::Result<()> {
    match format {
        Format::Html => write_html(out, page),
        Format::Markdown => write_markdown(out, page),
        Format::Json => writeln!(out, "{}", pretty(results)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ending_says_the_format() {
        let check = |name: &str, want: Option<Format>| assert_eq!(Format::of(Path::new(name)), want, "{name}");
        check("a/report.html", Some(Format::Html));
        check("REPORT.MD", Some(Format::Markdown));
        check("x.y.json", Some(Format::Json));
        check("report.pdf", None);
        check("html", None);
        check(".md", None);
    }
}
