//! One ingest behind the planning of its inputs, and what is kept of it if it does not reach its end.

use super::budget::Budget;
use super::job::{Binding, Choice, Folder, Job, Pace};
use super::known::{Known, input_tags};
use super::merge::{self, Merge, Outcome};
use super::read::{self, Counts, FileReport, Finished, Gathered, Reader};
use super::record::{Record, Tags};
use super::spill::{Place, Store};
use super::{Addresses, Config, Error, LeftOut, Planned, Report, Resumed, Sign, day_text};
use crate::digest::{Key, Variant, Width};
use crate::identifier::{Kind, KindSpec};
use crate::index::{self, Breach, BreachCoverage, Catalogue, CoverageCounts, Estimate, Writer, hex};
use crate::plan::NamespaceCounts;
use crate::source::Progress;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// One ingest.
pub(super) struct Run<'a> {
    pub config: &'a Config,
    pub key: &'a Key,
    pub width: Width,
    pub budget: Budget,
    pub pace: Pace,
    pub progress: &'a Arc<Progress>,
    pub inputs: &'a [Planned],
    pub left_out: &'a [LeftOut],
}

impl<'a> Run<'a> {
    /// Reads, sorts, merges, writes and commits; keeps what was read if one of these fails.
    pub(super) fn run<R: Record>(&self, choice: Choice, mut writer: Option<Writer<'_>>) -> Result<Report, Error> {
        let tags = Tags::new(self.budget.sets_max());
        let known = Known::of(writer.as_ref());
        let (gathered, resumed, choice) = self.begin::<R>(choice, writer.is_some(), &tags)?;
        let reader = Reader {
            config: self.config,
            key: self.key,
            width: self.width,
            tags,
            progress: self.progress,
            inputs: self.inputs,
            known,
            waiting_bytes_max: self.budget.waiting_bytes(),
            gathered: Mutex::new(gathered),
            turn: Mutex::new(()),
        };
        let read = reader.read();
        let Reader { tags, gathered, known, .. } = reader;
        let mut gathered = gathered.into_inner().unwrap_or_else(PoisonError::into_inner);
        let done = read.and_then(|()| self.finish(&mut gathered, &tags, &known, writer.as_mut()));
        match done {
            Ok(report) => {
                if let Some(job) = &gathered.job {
                    job.remove();
                }
                let foreign_jobs = choice.foreign.clone();
                Ok(Report { resumed, swept: choice.sweep(), foreign_jobs, ..report })
            }
            Err(error) => {
                // Its room on the disk may be needed for what is kept.
                writer.as_mut().map(Writer::remove_unpublished).unwrap_or_default();
                Err(self.keep(gathered, &tags, error))
            }
        }
    }

    /// Nothing gathered yet, or what a job has gathered.
    fn begin<R: Record>(
        &self,
        mut choice: Choice,
        writes: bool,
        tags: &Tags,
    ) -> Result<(Gathered<'a, R>, Option<Resumed>, Choice), Error> {
        choice.drop_jobs()?;
        let store =
            |place: Place| Store::<R>::new(self.width, self.budget.pages_bytes(), self.budget.page_bytes(), place);
        let Some(waiting) = choice.resumed.take() else {
            let (place, job) = self.new_job(writes)?;
            let estimate = Estimate::new(self.width);
            let gathered = Gathered { store: store(place), finished: Vec::new(), failed: Vec::new(), estimate, job };
            return Ok((gathered, None, choice));
        };
        let id = waiting.id();
        if waiting.width() != self.width {
            return Err(Error::JobOfOthers { id, what: "the width of digests" });
        }
        let in_job = |folder: Arc<Folder>| store(Place::Job(folder));
        let (gathered, left_out) =
            waiting.resume(self.config, self.key, self.inputs, tags, in_job, self.pace.clone())?;
        for input in &gathered.finished {
            self.progress.add_bytes_read(input.report.bytes_read);
            self.progress.add_records(input.report.records);
            self.progress.add_rejected(input.report.records - input.report.accepted);
        }
        let resumed = Resumed { id, inputs: gathered.finished.len(), left_out };
        Ok((gathered, Some(resumed), choice))
    }

    /// A job that has no directory yet; none for a dry run.
    fn new_job(&self, writes: bool) -> Result<(Place, Option<Job<'a>>), Error> {
        let (config, key) = (self.config, self.key);
        let temp_dir = config.temp_dir.as_deref();
        if !writes {
            let dir = temp_dir.map_or_else(std::env::temp_dir, Path::to_path_buf);
            return Ok((Place::Nameless(dir), None));
        }
        let binding = Binding::new(config, key, self.width);
        let first_head = |id: &str, temp_dir: Option<&Path>| binding.first_head(key, id, temp_dir);
        let folder = Folder::new(&config.index, temp_dir, first_head)
            .map_err(|cause| Error::Spill { dir: temp_dir.unwrap_or(&config.index).to_path_buf(), cause })?;
        let folder = Arc::new(folder);
        let job = Job::new(Arc::clone(&folder), key, binding, &config.inputs, self.inputs, self.pace.clone());
        Ok((Place::Job(folder), Some(job)))
    }

    /// Sorts, merges, writes and commits what was gathered. If that fails, all of it is still there.
    fn finish<R: Record>(
        &self,
        gathered: &mut Gathered<'_, R>,
        tags: &Tags,
        known: &Known,
        writer: Option<&mut Writer<'_>>,
    ) -> Result<Report, Error> {
        let Run { config, width, budget, progress, .. } = *self;
        let counts = gathered.counts();
        let Gathered { store, finished, estimate, .. } = gathered;
        let files = in_order(finished);
        known.refuse_all(config, self.key, &files)?;
        // What was found in broken records, and numbers in a text that is searched, are no records of their own. Where somebody has
        // said what the columns are, and no record is so, they were meant otherwise: nothing is kept of it.
        let names_columns = config.plan.is_some() || config.request.names_columns();
        let are_bare = names_columns || files.iter().all(|file| file.found == 0);
        if are_bare && files.iter().all(|file| file.records == 0) {
            return Err(Error::NoRecord);
        }
        if are_bare && files.iter().all(|file| file.accepted == 0) {
            return Err(Error::NothingAccepted { reasons: read::reasons(&files) });
        }
        let part_records = merge::part_records(store, &budget, tags)?;
        let mut fields: BTreeMap<Kind, u64> = BTreeMap::new();
        counts.iter().for_each(|(spec, count)| *fields.entry(spec.kind).or_default() += count.accepted);
        let suppression = writer.as_ref().map(|writer| writer.suppression()).unwrap_or_default();
        let merge = Merge {
            store,
            tags,
            suppression: &suppression,
            fields,
            width,
            estimate: estimate.count(),
            threads: config.threads,
            parts: budget.parts(),
            part_records,
            sets_max: budget.sets_max(),
            progress,
        };
        progress.begin("sorting and writing", merge.store.held());
        let signs = self.signs(&files);
        let incomplete = !signs.is_empty();
        let outcome = match writer {
            None => merge.count()?,
            Some(writer) => self.write(writer, &files, incomplete, &counts, &merge)?,
        };
        let mut finished = std::mem::take(finished);
        finished.sort_by_key(|input| input.place);
        Ok(Report {
            files: finished.into_iter().map(|input| input.report).collect(),
            segments: outcome.segments,
            shared_values: outcome.shared_values,
            forgotten: outcome.forgotten,
            digests: store.records(),
            incomplete,
            signs,
            spilled: store.spilled(),
            left_out: self.left_out.to_vec(),
            resumed: None,
            swept: Vec::new(),
            foreign_jobs: Vec::new(),
        })
    }

    /// The signs that identifiers of the inputs were not taken.
    fn signs(&self, files: &[&FileReport]) -> Vec<Sign> {
        let any = |test: &dyn Fn(&FileReport) -> bool| files.iter().any(|file| test(file));
        let is_more = |part: u64, all: u64| part as f64 > self.config.rejects_max * all as f64;
        let sum = |count: &dyn Fn(&FileReport) -> u64| files.iter().map(|file| count(file)).sum::<u64>();
        let doubtful = |(_, share): (Kind, f64)| share > self.config.rejects_max;
        let addresses = Addresses::of_all(files.iter().map(|file| file.addresses));
        let signs = [
            (Sign::Doubtful, any(&|file| file.doubtful_kind().is_some_and(doubtful))),
            (Sign::Damaged, any(&|file| file.damaged_share() > self.config.rejects_max)),
            (Sign::Unplanned, any(&|file| file.unplanned > 0)),
            (Sign::FoundUnplanned, any(&|file| file.found_unplanned)),
            (Sign::LeftOut, self.left_out.iter().any(|file| file.may_hold_records)),
            (Sign::Addresses, addresses.are_missing() || any(&|file| file.addresses.are_missing())),
            (Sign::Trailing, any(&|file| file.trailing_garbage_bytes > 0)),
            (Sign::Records, is_more(sum(&FileReport::rejected_in_earnest), sum(&|file| file.records))),
            (Sign::Bytes, is_more(sum(&FileReport::lost_bytes), sum(&|file| file.bytes.text))),
        ];
        signs.into_iter().filter(|(_, is_so)| *is_so).map(|(sign, _)| sign).collect()
    }

    fn write<R: Record>(
        &self,
        writer: &mut Writer<'_>,
        files: &[&FileReport],
        incomplete: bool,
        counts: &Counts,
        merge: &Merge<'_, R>,
    ) -> Result<Outcome, Error> {
        let (config, key) = (self.config, self.key);
        let uid = writer.catalogue().uid_for(&config.breach, |bytes| key.tag("breach", bytes));
        let coverage = coverage(counts, uid, key, config);
        let outcome = merge.write(writer, key.check(), &coverage)?;
        let days = super::days(files.iter().copied());
        let breach = Breach {
            name: config.breach.clone(),
            uid: hex(&uid),
            title: config.title.clone(),
            breach_date: config.breach_date.clone(),
            data_from: days.map(|(from, _)| day_text(from)),
            data_through: days.map(|(_, through)| day_text(through)),
            data_classes: outcome.classes.classes().map(|class| class.name().to_string()).collect(),
            records: files.iter().map(|file| file.records).sum(),
            rejected: files.iter().map(|file| file.records - file.accepted).sum(),
            incomplete,
            scope: config.request.scope.clone(),
            inputs: input_tags(key, files),
            ..Breach::default()
        };
        let catalogue = with_breach(writer.catalogue(), breach);
        writer.commit_locked(outcome.segments.clone(), catalogue)?;
        Ok(outcome)
    }

    /// Keeps what was read before an error, where it is worth keeping; says so in the error.
    fn keep<R: Record>(&self, gathered: Gathered<'_, R>, tags: &Tags, cause: Error) -> Error {
        let Gathered { mut store, finished, failed, estimate, job } = gathered;
        let Some(mut job) = job else { return cause };
        // What a short ingest has read is read again sooner than a job is thought of.
        let is_short = job.saved_inputs() == 0 && !job.is_due();
        if cause.is_final() || finished.is_empty() || (is_short && matches!(cause, Error::InputKnown { .. })) {
            job.remove();
            return cause;
        }
        if let Error::Index(index::Error::UnknownState { .. }) = cause {
            // Maybe committed: whoever comes next sees it.
            if job.saved_inputs() == 0 {
                job.remove();
            }
            return cause;
        }
        let kept = job.save(&mut store, tags, &finished, &failed, &estimate);
        let saved = job.saved_inputs();
        match kept {
            Err(why) if saved == 0 => {
                job.remove();
                match cause {
                    // What cannot be written cannot be kept.
                    Error::Spill { .. } => cause,
                    cause => Error::NotKept { cause: Box::new(cause), why },
                }
            }
            kept => {
                if kept.is_err() {
                    job.trim(&store);
                }
                let (id, inputs) = (job.id().to_string(), self.inputs.len());
                Error::Kept { cause: Box::new(cause), id, finished: saved, inputs }
            }
        }
    }
}

/// The reports of inputs in the order of the inputs.
fn in_order(finished: &[Finished]) -> Vec<&FileReport> {
    let mut finished: Vec<&Finished> = finished.iter().collect();
    finished.sort_by_key(|input| input.place);
    finished.into_iter().map(|input| &input.report).collect()
}

/// The catalogue with a new breach, or with an old one that has grown.
fn with_breach(catalogue: &Catalogue, breach: Breach) -> Catalogue {
    let mut catalogue = catalogue.clone();
    match catalogue.breaches.iter_mut().find(|known| known.name == breach.name) {
        None => catalogue.breaches.push(breach),
        Some(known) => {
            known.records += breach.records;
            known.rejected += breach.rejected;
            known.incomplete |= breach.incomplete;
            known.title = breach.title.or(known.title.take());
            known.breach_date = breach.breach_date.or(known.breach_date.take());
            // Days of this form sort like days.
            known.data_from = [known.data_from.take(), breach.data_from].into_iter().flatten().min();
            known.data_through = known.data_through.take().max(breach.data_through);
            known.scope = breach.scope.or(known.scope.take());
            known.inputs.extend(breach.inputs);
            let new = breach.data_classes.into_iter().filter(|class| !known.data_classes.contains(class));
            let new: Vec<String> = new.collect();
            known.data_classes.extend(new);
        }
    }
    catalogue
}

fn coverage(counts: &BTreeMap<KindSpec, NamespaceCounts>, uid: [u8; 16], key: &Key, config: &Config) -> BreachCoverage {
    let mut coverage = BreachCoverage { uid, ..Default::default() };
    let scope = config.request.scope_bytes();
    for (spec, count) in counts {
        let refused = count.refused.iter().filter(|(reason, _)| !reason.is_absence());
        let mut rejected: u64 = refused.map(|(_, count)| count).sum();
        for variant in Variant::ALL {
            let accepted = count.digests[variant as usize];
            // Refused fields stand in the row of the form that they should have had.
            if accepted > 0 || (rejected > 0 && variant == Variant::of(spec.form)) {
                let key = crate::plan::coverage_key(*spec, variant, &scope, key);
                // What is left of numbers without their country shares its row with those that had none.
                let row = coverage.counts.entry(key).or_insert(CoverageCounts { accepted: 0, rejected: 0 });
                row.accepted += accepted;
                row.rejected += std::mem::take(&mut rejected);
            }
        }
    }
    coverage
}
