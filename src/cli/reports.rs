//! Reports as files: complete or absent, and only in a format that exists.

use super::args::ReportArguments;
use super::failure::Failure;
use super::outfile::{Inputs, OutFile};
use crate::report::{Form, Format};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What a file of a report holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sheet {
    /// The report.
    Report(Format),
    /// A notification.
    Form(Form),
}

/// A report that is being written.
pub struct ReportFile {
    sheet: Sheet,
    file: OutFile,
    buffer: BufWriter<File>,
}

/// The sheets that arguments ask for, and where they go.
///
/// # Errors
/// If an ending is of no format, a form does not exist, or it is not said where one goes.
pub fn sheets(arguments: &ReportArguments) -> Result<Vec<(Sheet, PathBuf)>, Failure> {
    let mut sheets = Vec::new();
    if let Some(path) = &arguments.report {
        let format = format_of(path)?;
        if format == Format::Json && arguments.include_values {
            let message = format!("writing `{}`: the JSON has totals, and shows no identifiers", path.display());
            return Err(Failure::new(message, "leave out `--include-values`, or end the name in `.html` or `.md`"));
        }
        sheets.push((Sheet::Report(format), path.clone()));
    }
    for text in &arguments.report_form {
        let (name, path) = text.split_once('=').map_or((text.as_str(), None), |(name, path)| (name, Some(path)));
        let hint = "give `gdpr33`, `gdpr34` or `pipl57`, and the file if there is no `--report`: `gdpr33=notice.md`";
        let failure = |why: &str| Failure::new(format!("reading `--report-form`: {why}"), hint);
        let form = Form::ALL.into_iter().find(|form| form.name().eq_ignore_ascii_case(name));
        let form = form.ok_or_else(|| failure(&format!("there is no form `{}`", name.escape_debug())))?;
        let path = match (path, &arguments.report) {
            (Some(path), _) if !path.is_empty() => PathBuf::from(path),
            (None, Some(report)) => report.with_extension(format!("{}.md", form.name())),
            _ => return Err(failure("it does not say where to write it")),
        };
        sheets.push((Sheet::Form(form), path));
    }
    Ok(sheets)
}

/// The format that the name of a report says.
///
/// # Errors
/// If it says none.
pub fn format_of(path: &Path) -> Result<Format, Failure> {
    Format::of(path).ok_or_else(|| {
        let message = format!("writing `{}`: its ending is of no format of reports", path.display());
        Failure::new(message, "end it in `.html`, `.md` or `.json`")
    })
}

impl ReportFile {
    /// Starts a file, which must be none of the inputs.
    ///
    /// # Errors
    /// If it cannot be made.
    pub fn create(sheet: Sheet, path: &Path, force: bool, inputs: &Inputs<'_>) -> Result<ReportFile, Failure> {
        let (file, buffer) = OutFile::create(path, force, inputs)?;
        Ok(ReportFile { sheet, file, buffer })
    }

    /// Writes the sheet. Output: the file, which has no name yet.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn complete(self, write: impl FnOnce(&mut dyn Write, Sheet) -> io::Result<()>) -> Result<OutFile, Failure> {
        let ReportFile { sheet, file, mut buffer } = self;
        write(&mut buffer, sheet).map_err(|cause| file.failure(&cause))?;
        file.complete(buffer)?;
        Ok(file)
    }
}
