//! Jobs that wait in an index: found, judged, and taken up again.

use super::super::known::input_tag;
use super::super::read::{Finished, Gathered};
use super::super::record::{Record, Tags};
use super::super::spill::{Spill, Store};
use super::super::{Config, Error, Planned, Start, SweptJob};
use super::folder::Folder;
use super::head::{Binding, Counted, Fault, Head, finish};
use super::journal::{Entries, Journal};
use super::{Job, Pace, Saved, file_id, input_id, journal, numbers};
use crate::digest::{Key, Width};
use crate::disk::set_length;
use crate::index::{Breach, Catalogue};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;

/// An interrupted ingest with at least one finished input.
pub(in super::super) struct Waiting {
    folder: Folder,
    head: Head,
}

/// What is to be done about the jobs in an index.
#[derive(Default)]
pub(in super::super) struct Choice {
    /// The one to go on with.
    pub resumed: Option<Waiting>,
    /// Those to be dropped before the ingest.
    pub dropped: Vec<Folder>,
    /// Those that nobody can go on with, to be removed behind the commit, and why.
    pub damaged: Vec<(Folder, &'static str)>,
    /// The names of those that only another version of the program can judge.
    pub foreign: Vec<String>,
}

impl Choice {
    /// Removes what is to be dropped; says what that was.
    ///
    /// # Errors
    /// If something cannot be removed.
    pub(in super::super) fn drop_jobs(&mut self) -> Result<Vec<String>, Error> {
        let drop_job = |folder: Folder| {
            folder.remove().map_err(job_error("removing", folder.dir()))?;
            Ok(folder.id().to_string())
        };
        self.dropped.drain(..).map(drop_job).collect()
    }

    /// Removes what is damaged; says what that was.
    pub(in super::super) fn sweep(self) -> Vec<SweptJob> {
        let gone = self.damaged.into_iter().filter(|(folder, _)| folder.remove().is_ok());
        gone.map(|(folder, why)| SweptJob { id: folder.id().to_string(), why }).collect()
    }
}

/// The jobs of an index, by what can be done with them.
#[derive(Default)]
struct Found {
    /// That of the breach.
    waiting: Option<Waiting>,
    /// The name of a job that was committed, and then not removed.
    committed: Option<String>,
    damaged: Vec<(Folder, &'static str)>,
    /// Jobs of another version of the program: of any breach.
    foreign: Vec<Folder>,
}

/// Looks at the jobs in a locked index, and removes litter.
///
/// Input: the breach, and what its caller wants to do about a job of it.
///
/// # Errors
/// If a job waits and nothing was said about it, or something was and no job can be used.
pub(in super::super) fn choose(
    index: &Path,
    catalogue: &Catalogue,
    key: &Key,
    breach: &str,
    start: Start,
) -> Result<Choice, Error> {
    let Found { waiting, committed, damaged, foreign } = find(index, catalogue, key, breach)?;
    let foreign: Vec<String> = foreign.iter().map(|folder| folder.id().to_string()).collect();
    let none = |damaged: Vec<(Folder, &'static str)>| match (committed, damaged.into_iter().next(), foreign.first()) {
        (Some(id), ..) => Error::JobCommitted { id, breach: breach.to_string() },
        (_, Some((folder, what)), _) => Error::JobDamaged { id: folder.id().to_string(), what },
        (.., Some(id)) => Error::JobOfVersion { id: id.clone() },
        _ => Error::NoJob { breach: breach.to_string() },
    };
    match (start, waiting) {
        (Start::Fresh, None) => Ok(Choice { resumed: None, dropped: Vec::new(), damaged, foreign }),
        (Start::Fresh, Some(Waiting { folder, head })) => Err(Error::JobWaits {
            id: folder.id().to_string(),
            breach: breach.to_string(),
            finished: head.finished,
            inputs: head.inputs,
        }),
        (Start::Resume, None) => Err(none(damaged)),
        (Start::Resume, resumed) => Ok(Choice { resumed, dropped: Vec::new(), damaged, foreign }),
        (Start::Discard, waiting) => {
            let mut dropped: Vec<Folder> = waiting.into_iter().map(|waiting| waiting.folder).collect();
            dropped.extend(damaged.into_iter().map(|(folder, _)| folder));
            match dropped.is_empty() {
                true => Err(none(Vec::new())),
                false => Ok(Choice { resumed: None, dropped, damaged: Vec::new(), foreign }),
            }
        }
    }
}

/// Whether anything in an index has to be looked at before a breach is ingested.
pub(in super::super) fn waits(index: &Path) -> bool {
    crate::index::holds_index(index) && crate::index::holds_jobs(index)
}

fn find(index: &Path, catalogue: &Catalogue, key: &Key, breach: &str) -> Result<Found, Error> {
    let mut found = Found::default();
    let mine = key.tag("breach", breach.as_bytes());
    for id in Folder::list(index).map_err(job_error("reading", index))? {
        let folder = Folder::at(index, &id);
        let bytes = match folder.read_head() {
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                // Killed before there was anything to keep.
                let _ = folder.remove();
                continue;
            }
            Err(cause) if cause.kind() == io::ErrorKind::InvalidInput => {
                found.damaged.push((folder, "its head is no file"));
                continue;
            }
            Err(cause) => return Err(job_error("reading", folder.dir())(cause)),
            Ok(bytes) => bytes,
        };
        let (head, temp_dir) = match Head::decode(&bytes, key, &id) {
            Ok(read) => read,
            Err(Fault::Version) => {
                found.foreign.push(folder);
                continue;
            }
            Err(Fault::Damaged(what)) => {
                found.damaged.push((folder, what));
                continue;
            }
        };
        let waiting = Waiting { folder: folder.with_temp_dir(temp_dir), head };
        let is_mine = waiting.head.binding.breach == mine;
        if waiting.head.finished == 0 {
            let _ = waiting.folder.remove();
        } else if waiting.is_committed(catalogue, key) {
            let _ = waiting.folder.remove();
            found.committed = found.committed.or(Some(id).filter(|_| is_mine));
        } else if is_mine {
            found.waiting = Some(waiting);
        }
    }
    Ok(found)
}

fn job_error(action: &'static str, path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_path_buf();
    move |cause| Error::Job { action, path: path.clone(), cause }
}

impl Waiting {
    pub(in super::super) fn id(&self) -> String {
        self.folder.id().to_string()
    }

    pub(in super::super) fn width(&self) -> Width {
        self.head.binding.width
    }

    /// Whether its breach has one of its inputs: they are refused where they are known, so the job itself was committed.
    fn is_committed(&self, catalogue: &Catalogue, key: &Key) -> bool {
        // A breach whose name was one that was removed has another uid than the name alone gives.
        let is_its = |breach: &&Breach| key.tag("breach", breach.name.as_bytes()) == self.head.binding.breach;
        let Some(breach) = catalogue.breaches.iter().find(is_its) else { return false };
        // One that cannot be read is said to be damaged when somebody wants to go on with it.
        let Ok(entries) = self.entries() else { return false };
        let known: BTreeSet<&str> = breach.inputs.iter().map(String::as_str).collect();
        let tags = entries.inputs.values().filter_map(|(_, counts)| numbers::fingerprint(counts).ok());
        tags.into_iter().any(|(fingerprint, bytes)| known.contains(input_tag(key, fingerprint, bytes).as_str()))
    }

    fn entries(&self) -> io::Result<Entries> {
        journal::read(self.folder.read_journal()?, self.head.journal, self.head.binding.width)
    }

    fn damaged(&self, what: &'static str) -> Error {
        Error::JobDamaged { id: self.id(), what }
    }

    /// What is wrong with a file of the job.
    fn fault(&self, what: &'static str) -> impl Fn(io::Error) -> Error {
        let (id, failed) = (self.id(), job_error("reading", self.folder.dir()));
        move |cause| match cause.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData => {
                Error::JobDamaged { id: id.clone(), what }
            }
            _ => failed(cause),
        }
    }

    /// Goes on: what the finished inputs gave stands in the store again, and the job grows further.
    ///
    /// Input: an empty store without a file.
    ///
    /// # Errors
    /// If the job is bound to something else, a finished input is not what it was, or a file of the job is damaged.
    pub(in super::super) fn resume<'a, R: Record>(
        self,
        config: &'a Config,
        key: &'a Key,
        inputs: &'a [Planned],
        tags: &Tags,
        store: impl FnOnce(Arc<Folder>) -> Store<R>,
        pace: Pace,
    ) -> Result<(Gathered<'a, R>, usize), Error> {
        let binding = Binding::new(config, key, self.head.binding.width);
        if let Some(what) = self.head.binding.difference(&binding) {
            return Err(Error::JobOfOthers { id: self.id(), what });
        }
        let entries = self.entries().map_err(self.fault("its journal is damaged"))?;
        let (finished, left_out) = self.finished(config, key, inputs, &entries)?;
        for (number, tag) in (0..).zip(&entries.tags) {
            if tags.number(*tag)? != number {
                return Err(self.damaged("its journal is damaged"));
            }
        }
        let file = self.data().map_err(self.fault("its data are damaged"))?;
        let journal = self.folder.open_journal().and_then(|file| Journal::at(file, entries.place));
        let journal = journal.map_err(self.fault("its journal is damaged"))?;
        let saved = Saved {
            // Those that are new are added.
            given: false,
            inputs: finished.len(),
            failed: 0,
            tags: entries.tags.len(),
            extents: std::array::from_fn(|partition| entries.extents[partition].len()),
            data_bytes: self.head.data.bytes,
        };
        let Waiting { folder, head } = self;
        let folder = Arc::new(folder);
        let store = store(Arc::clone(&folder)).with_file(file, entries.extents, head.records);
        let job = Job {
            known: entries.given,
            journal: Some(journal),
            saved,
            ..Job::new(folder, key, binding, &config.inputs, inputs, pace)
        };
        let gathered = Gathered { store, finished, failed: Vec::new(), estimate: head.estimate, job: Some(job) };
        Ok((gathered, left_out))
    }

    /// The finished inputs among the planned ones, and the number of files that are left out because they cannot be read.
    fn finished(
        &self,
        config: &Config,
        key: &Key,
        inputs: &[Planned],
        entries: &Entries,
    ) -> Result<(Vec<Finished>, usize), Error> {
        let mut finished = Vec::new();
        let mut found = BTreeSet::new();
        for (place, input) in inputs.iter().enumerate() {
            let id = input_id(key, input);
            let Some((stamp, counts)) = entries.inputs.get(&id) else { continue };
            if *stamp != input.stamp {
                return Err(Error::JobInputChanged { id: self.id(), path: input.shown.clone() });
            }
            let report = numbers::decode(input, counts).map_err(self.fault("its journal is damaged"))?;
            finished.push(Finished { place, report });
            found.insert(id);
        }
        let given: BTreeSet<_> = config.inputs.iter().map(|input| file_id(key, &input.path)).collect();
        let gone: Vec<_> = entries.given.iter().filter(|id| !given.contains(*id)).collect();
        let left_out = gone.iter().filter(|id| entries.failed.contains(id)).count();
        let read = entries.inputs.len() - found.len();
        // A finished file is one of those that are gone, too.
        let unread = (gone.len() - left_out).saturating_sub(read);
        match (read, unread) {
            (0, 0) => Ok((finished, left_out)),
            _ => Err(Error::JobInputsGone { id: self.id(), read, unread }),
        }
    }

    /// The file of the records, at its end; what does not count is cut off. None if there are no records.
    fn data(&self) -> io::Result<Option<Spill>> {
        let Counted { bytes, hash: want } = self.head.data;
        if bytes == 0 {
            // There may be one with records of an input that was not finished.
            return self.folder.remove_data().map(|()| None);
        }
        let mut file = self.folder.open_data()?;
        let hash = hash_of(&mut file, bytes)?;
        if finish(hash.clone()) != want {
            return Err(io::ErrorKind::InvalidData.into());
        }
        set_length(&file, bytes)?;
        file.seek(SeekFrom::Start(bytes))?;
        Ok(Some(Spill { file, bytes, hash: Some(hash) }))
    }
}

/// The SHA-256 of the beginning of a file.
///
/// # Errors
/// If it cannot be read, or is shorter.
fn hash_of(file: &mut File, bytes: u64) -> io::Result<Sha256> {
    const BUFFER_BYTES: usize = 256 << 10;
    let (mut hash, mut left) = (Sha256::new(), bytes);
    let mut buffer = vec![0; BUFFER_BYTES];
    while left > 0 {
        let part = &mut buffer[..left.min(BUFFER_BYTES as u64) as usize];
        file.read_exact(part)?;
        hash.update(&*part);
        left -= part.len() as u64;
    }
    Ok(hash)
}
