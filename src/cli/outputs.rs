//! What a scan writes: to files that are complete or absent, and to standard output.

use super::args::ScanArguments;
use super::failure::{Failure, stdout_failure};
use super::outfile::{self, Inputs, OutFile};
use super::reports::{ReportFile, Sheet, sheets};
use crate::index::Index;
use crate::plan::Kept;
use crate::query::{self, Person};
use crate::report::{ExposureWriter, NotifyWriter, PeopleWriter, ShownPeople, UnknownWriter, pretty};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

/// Where exposures go.
enum Exposures {
    File(OutFile, ExposureWriter<BufWriter<File>>),
    Stdout(ExposureWriter<BufWriter<io::Stdout>>),
    Nowhere,
}

/// The results of a scan. The files get their names together at the end ([`outfile::publish_all`]), or none does.
pub struct Outputs {
    exposures: Exposures,
    unknowns: Option<(OutFile, UnknownWriter<BufWriter<File>>)>,
    people: Option<(OutFile, PeopleWriter<BufWriter<File>>)>,
    notify: Option<(OutFile, NotifyWriter<BufWriter<File>>)>,
    summary: Option<(OutFile, BufWriter<File>)>,
    reports: Vec<ReportFile>,
    shown: Option<ShownPeople>,
}

/// The names of the columns of which cells go into the outputs.
pub struct CellNames {
    /// Those of the notification list.
    pub notify: Vec<String>,
    /// Those of the identifiers that a report shows.
    pub values: Vec<String>,
}

impl Outputs {
    /// Makes the files that the arguments name. `counts` says whether lines have a number of records.
    ///
    /// # Errors
    /// If one cannot be made, is the list, or is another of them.
    pub fn create(
        arguments: &ScanArguments,
        index: &Index,
        counts: bool,
        names: CellNames,
        kept: &Kept,
    ) -> Result<Outputs, Failure> {
        let exposures = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
        let (unknowns, summary) = (arguments.unknown.as_deref(), arguments.summary.as_deref());
        let more = [arguments.people.as_deref(), arguments.notify.as_deref()];
        let sheets = sheets(&arguments.report)?;
        let paths = [exposures, unknowns, summary].into_iter().chain(more).flatten();
        outfile::refuse_same(paths.chain(sheets.iter().map(|(_, path)| path.as_path())))?;
        let inputs = Inputs::new([arguments.list.as_path()]).and_key(&arguments.key).and_index(&arguments.index.index);
        let inputs = inputs.and_passwords(&arguments.mapping);
        let create = |path: &Path| OutFile::create(path, arguments.force, &inputs);
        let exposures = match exposures {
            Some(path) => {
                let (file, buffer) = create(path)?;
                let writer = ExposureWriter::new(buffer, index.breaches(), counts);
                Exposures::File(file, writer.map_err(|cause| outfile::failure(path, &cause))?)
            }
            None if arguments.output.is_none() && io::stdout().is_terminal() => Exposures::Nowhere,
            None => {
                let writer = ExposureWriter::new(BufWriter::new(io::stdout()), index.breaches(), counts);
                Exposures::Stdout(writer.map_err(stdout_failure)?)
            }
        };
        let unknowns = match unknowns {
            Some(path) => {
                let (file, buffer) = create(path)?;
                Some((file, UnknownWriter::new(buffer).map_err(|cause| outfile::failure(path, &cause))?))
            }
            None => None,
        };
        let people = match arguments.people.as_deref() {
            Some(path) => {
                let (file, buffer) = create(path)?;
                let writer = PeopleWriter::new(buffer, index.breaches());
                Some((file, writer.map_err(|cause| outfile::failure(path, &cause))?))
            }
            None => None,
        };
        let notify = match arguments.notify.as_deref() {
            Some(path) => {
                let (file, buffer) = create(path)?;
                let writer = NotifyWriter::new(buffer, &names.notify);
                Some((file, writer.map_err(|cause| outfile::failure(path, &cause))?))
            }
            None => None,
        };
        let summary = summary.map(create).transpose()?;
        let start = |(sheet, path): &(Sheet, PathBuf)| ReportFile::create(*sheet, path, arguments.force, &inputs);
        let reports = sheets.iter().map(start).collect::<Result<_, _>>()?;
        let shown = arguments.report.include_values;
        let shown = shown.then(|| ShownPeople::new(names.values, kept, arguments.report.unmasked));
        Ok(Outputs { exposures, unknowns, people, notify, summary, reports, shown })
    }

    /// Writes the lines of a block.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&mut self, answers: &query::Answers) -> Result<(), Failure> {
        match &mut self.exposures {
            Exposures::File(file, writer) => writer.write(answers).map_err(|cause| file.failure(&cause))?,
            Exposures::Stdout(writer) => writer.write(answers).map_err(stdout_failure)?,
            Exposures::Nowhere => (),
        }
        if let Some((file, writer)) = &mut self.unknowns {
            writer.write(answers).map_err(|cause| file.failure(&cause))?;
        }
        Ok(())
    }

    /// Writes the lines of a person.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write_person(&mut self, person: &Person<'_>) -> Result<(), Failure> {
        if let Some((file, writer)) = &mut self.people {
            writer.write(person).map_err(|cause| file.failure(&cause))?;
        }
        if let Some((file, writer)) = &mut self.notify {
            writer.write(person).map_err(|cause| file.failure(&cause))?;
        }
        if let Some(shown) = &mut self.shown {
            shown.take(person);
        }
        Ok(())
    }

    /// How many people the notification list has, if there is one.
    pub fn told(&self) -> Option<u64> {
        self.notify.as_ref().map(|(_, writer)| writer.lines())
    }

    /// The people that a report shows, if it does.
    pub fn take_shown(&mut self) -> Option<ShownPeople> {
        self.shown.take()
    }

    /// Ends all outputs; `write` writes reports. No file gets its name before all are complete; the summary gets its name last.
    ///
    /// # Errors
    /// If one cannot be written.
    pub fn commit(
        self,
        summary: &serde_json::Value,
        write: impl Fn(&mut dyn Write, Sheet) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let mut complete = Vec::new();
        match self.exposures {
            Exposures::File(file, writer) => {
                file.complete(writer.finish().map_err(|cause| file.failure(&cause))?)?;
                complete.push(file);
            }
            Exposures::Stdout(writer) => writer.finish().and_then(|mut out| out.flush()).map_err(stdout_failure)?,
            Exposures::Nowhere => (),
        }
        if let Some((file, writer)) = self.unknowns {
            file.complete(writer.finish().map_err(|cause| file.failure(&cause))?)?;
            complete.push(file);
        }
        if let Some((file, writer)) = self.people {
            file.complete(writer.finish().map_err(|cause| file.failure(&cause))?)?;
            complete.push(file);
        }
        if let Some((file, writer)) = self.notify {
            file.complete(writer.finish().map_err(|cause| file.failure(&cause))?)?;
            complete.push(file);
        }
        for report in self.reports {
            complete.push(report.complete(&write)?);
        }
        // Last: whoever waits for it finds the others.
        if let Some((file, mut buffer)) = self.summary {
            writeln!(buffer, "{}", pretty(summary)).map_err(|cause| file.failure(&cause))?;
            file.complete(buffer)?;
            complete.push(file);
        }
        outfile::publish_all(complete)
    }
}
