//! The files that a scan writes.

use super::super::args::ScanArguments;
use super::super::failure::{Failure, stdout_failure};
use super::super::outfile::{self, OutFile};
use crate::index::Index;
use crate::query::{Answers, Event, Person};
use crate::report::{ExposureWriter, NotifyWriter, PeopleWriter, UnknownWriter};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

/// Where exposures go.
enum Exposures {
    File(OutFile, ExposureWriter<BufWriter<File>>),
    Stdout(ExposureWriter<BufWriter<io::Stdout>>),
    Nowhere,
}

/// The results of a scan. The files get their names together at the end, or none does.
pub(super) struct Outputs {
    exposures: Exposures,
    unknowns: Option<(OutFile, UnknownWriter<BufWriter<File>>)>,
    summary: Option<(OutFile, BufWriter<File>)>,
    people: Option<(OutFile, PeopleWriter<BufWriter<File>>)>,
    notify: Option<(OutFile, NotifyWriter<BufWriter<File>>)>,
}

impl Outputs {
    /// Starts every file that is asked for. `carried` names the columns of the list that go into the list of people to tell.
    pub(super) fn create(arguments: &ScanArguments, index: &Index, carried: &[Vec<u8>]) -> Result<Outputs, Failure> {
        let exposures = arguments.output.as_deref().filter(|path| *path != Path::new("-"));
        let (unknowns, summary) = (arguments.unknown.as_deref(), arguments.summary.as_deref());
        let (people, notify) = (arguments.people.as_deref(), arguments.notify.as_deref());
        outfile::refuse_same([exposures, unknowns, summary, people, notify].into_iter().flatten())?;
        let create = |path: &Path| OutFile::create(path, arguments.force, &arguments.list);
        let exposures = match exposures {
            Some(path) => {
                let (file, buffer) = create(path)?;
                let writer = ExposureWriter::new(buffer, index.breaches());
                Exposures::File(file, writer.map_err(|cause| outfile::failure(path, &cause))?)
            }
            None if arguments.output.is_none() && io::stdout().is_terminal() => Exposures::Nowhere,
            None => {
                let writer = ExposureWriter::new(BufWriter::new(io::stdout()), index.breaches());
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
        let summary = summary.map(create).transpose()?;
        let people = match people {
            Some(path) => {
                let (file, buffer) = create(path)?;
                let writer = PeopleWriter::new(buffer, index.breaches());
                Some((file, writer.map_err(|cause| outfile::failure(path, &cause))?))
            }
            None => None,
        };
        let notify = match notify {
            Some(path) => {
                let (file, buffer) = create(path)?;
                let writer = NotifyWriter::new(buffer, index.breaches(), carried);
                Some((file, writer.map_err(|cause| outfile::failure(path, &cause))?))
            }
            None => None,
        };
        Ok(Outputs { exposures, unknowns, summary, people, notify })
    }

    /// Writes what a scan hands on.
    pub(super) fn write(&mut self, event: Event<'_>) -> Result<(), Failure> {
        match event {
            Event::Block(answers) => self.write_rows(answers),
            Event::Person(person) => self.write_person(person),
        }
    }

    fn write_person(&mut self, person: &Person<'_>) -> Result<(), Failure> {
        if let Some((file, writer)) = &mut self.people {
            writer.write(person).map_err(|cause| file.failure(&cause))?;
        }
        if let Some((file, writer)) = &mut self.notify {
            writer.write(person).map_err(|cause| file.failure(&cause))?;
        }
        Ok(())
    }

    fn write_rows(&mut self, answers: &Answers) -> Result<(), Failure> {
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

    /// Ends all outputs. No file gets its name before all are complete.
    pub(super) fn commit(self, summary: &serde_json::Value) -> Result<(), Failure> {
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
        if let Some((file, mut buffer)) = self.summary {
            let text = serde_json::to_string_pretty(summary).unwrap_or_default();
            writeln!(buffer, "{text}").map_err(|cause| file.failure(&cause))?;
            file.complete(buffer)?;
            complete.push(file);
        }
        complete.into_iter().try_for_each(OutFile::publish)
    }
}
