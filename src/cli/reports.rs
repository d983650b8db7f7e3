//! Reports as files: complete or absent, and only in a format that exists.

use super::failure::Failure;
use super::outfile::{self, OutFile};
use crate::report::Format;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// A report that is being written.
pub struct ReportFile {
    format: Format,
    file: OutFile,
    buffer: BufWriter<File>,
}

impl ReportFile {
    /// Starts a report, which must be none of the inputs.
    ///
    /// # Errors
    /// If its ending is of no format, or the file cannot be made.
    pub fn create(path: &Path, force: bool, inputs: &[&Path]) -> Result<ReportFile, Failure> {
        let format = Format::of(path).ok_or_else(|| {
            let message = format!("writing `{}`: its ending is of no format of reports", path.display());
            Failure::new(message, "end it in `.html`, `.md` or `.json`")
        })?;
        inputs.iter().try_for_each(|input| outfile::refuse_input(path, input))?;
        let (file, buffer) = OutFile::create(path, force, Path::new(""))?;
        Ok(ReportFile { format, file, buffer })
    }

    /// Writes the report as its format says. Output: the file, which has no name yet.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn complete(self, write: impl FnOnce(&mut dyn Write, Format) -> io::Result<()>) -> Result<OutFile, Failure> {
        let ReportFile { format, file, mut buffer } = self;
        write(&mut buffer, format).map_err(|cause| file.failure(&cause))?;
        file.complete(buffer)?;
        Ok(file)
    }
}
