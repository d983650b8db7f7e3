//! A model of a disk whose power goes, for tests.
//!
//! A disk keeps the bytes of a file for certain once the file is synced, and names once the directory is. Of what was done to names
//! since then it may have anything, in any selection; a file whose bytes were never synced may be empty.

use super::steps::Step;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The files of a directory and their bytes.
pub(crate) fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).expect("a directory").map(|entry| entry.expect("an entry"));
    let files = entries.filter(|entry| entry.path().is_file());
    let name = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    files.map(|entry| (name(&entry), fs::read(entry.path()).expect("a file"))).collect()
}

/// One directory. Files by number: their bytes as far as the disk has them for good.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    files: Vec<Option<Vec<u8>>>,
    /// What a program sees, and what is there for good.
    names: BTreeMap<String, usize>,
    kept: BTreeMap<String, usize>,
    /// What was done to names since then, and to which file.
    pending: Vec<(Step, usize)>,
}

impl Disk {
    /// A disk that has a directory for good.
    pub(crate) fn of(dir: &Path) -> Disk {
        let mut disk = Disk::default();
        for (name, bytes) in files(dir) {
            disk.names.insert(name, disk.files.len());
            disk.files.push(Some(bytes));
        }
        disk.kept = disk.names.clone();
        disk
    }

    /// The same, but that nothing of it is there for good: neither bytes nor names.
    pub(crate) fn unsynced(mut self) -> Disk {
        self.files.iter_mut().for_each(|file| *file = None);
        self.kept.clear();
        let made = self.names.iter().map(|(name, file)| (Step::Link { from: name.clone(), to: name.clone() }, *file));
        self.pending = made.collect();
        self
    }

    /// Applies steps. Output: every directory that can be there after the last.
    pub(crate) fn after(mut self, steps: &[Step]) -> Vec<BTreeMap<String, Vec<u8>>> {
        steps.iter().for_each(|step| self.apply(step));
        self.survivors()
    }

    fn file(&mut self, name: &str) -> usize {
        *self.names.entry(name.to_string()).or_insert_with(|| {
            self.files.push(None);
            self.files.len() - 1
        })
    }

    pub(crate) fn apply(&mut self, step: &Step) {
        match step {
            Step::Sync { name, bytes } => {
                let file = self.file(name);
                self.files[file] = Some(bytes.clone());
            }
            Step::SyncNames => {
                self.kept = self.names.clone();
                self.pending.clear();
            }
            Step::Rename { from: name, .. } | Step::Link { from: name, .. } | Step::Remove { name } => {
                let file = self.file(name);
                change(&mut self.names, step, file);
                self.pending.push((step.clone(), file));
            }
        }
    }

    /// Every directory that can be there after a power cut.
    pub(crate) fn survivors(&self) -> Vec<BTreeMap<String, Vec<u8>>> {
        let selection = |chosen: u32| {
            let mut names = self.kept.clone();
            let steps = self.pending.iter().enumerate().filter(|(place, _)| chosen >> place & 1 == 1);
            steps.for_each(|(_, (step, file))| change(&mut names, step, *file));
            let bytes = |file: &usize| self.files[*file].clone().unwrap_or_default();
            names.iter().map(|(name, file)| (name.clone(), bytes(file))).collect()
        };
        assert!(self.pending.len() < 12, "too many steps without a sync: {}", self.pending.len());
        (0..1 << self.pending.len()).map(selection).collect()
    }
}

fn change(names: &mut BTreeMap<String, usize>, step: &Step, file: usize) {
    match step {
        Step::Rename { from, to } => {
            names.remove(from);
            names.insert(to.clone(), file);
        }
        Step::Link { to, .. } => _ = names.insert(to.clone(), file),
        Step::Remove { name } => _ = names.remove(name),
        Step::Sync { .. } | Step::SyncNames => (),
    }
}
