//! Inputs that the index has already, by keyed tags of their contents.

use super::read::FileReport;
use super::{Config, Error};
use crate::digest::Key;
use crate::index::{Writer, hex};
use std::collections::{BTreeMap, BTreeSet};

/// The name by which an identical input is recognised: keyed, so that the index does not tell which files it holds.
pub(super) fn input_tag(key: &Key, fingerprint: u128, bytes_read: u64) -> String {
    let mut content = fingerprint.to_le_bytes().to_vec();
    content.extend(bytes_read.to_le_bytes());
    hex(&key.tag("input", &content))
}

/// The tags of all inputs, in an order that is not theirs: the index is the same whatever order they were given in.
pub(super) fn input_tags(key: &Key, files: &[&FileReport]) -> Vec<String> {
    let mut tags: Vec<String> = files.iter().map(|file| input_tag(key, file.fingerprint, file.bytes_read)).collect();
    tags.sort_unstable();
    tags
}

/// The inputs of all breaches.
pub(super) struct Known {
    /// Tags as numbers, ascending, with the place of the breach.
    tags: Vec<(u128, u32)>,
    breaches: Vec<String>,
}

impl Known {
    /// What an index has; nothing without one.
    pub(super) fn of(writer: Option<&Writer<'_>>) -> Known {
        let breaches = writer.map(|writer| writer.catalogue().breaches.as_slice()).unwrap_or_default();
        let inputs = (0..).zip(breaches).flat_map(|(place, breach)| breach.inputs.iter().map(move |tag| (tag, place)));
        let mut tags: Vec<(u128, u32)> = inputs.filter_map(|(tag, place)| Some((number(tag)?, place))).collect();
        tags.sort_unstable();
        Known { tags, breaches: breaches.iter().map(|breach| breach.name.clone()).collect() }
    }

    /// Refuses an input that some breach has.
    ///
    /// # Errors
    /// [`Error::InputKnown`].
    pub(super) fn refuse(&self, key: &Key, file: &FileReport) -> Result<(), Error> {
        let Some(tag) = number(&input_tag(key, file.fingerprint, file.bytes_read)) else { return Ok(()) };
        let at = self.tags.partition_point(|(known, _)| *known < tag);
        match self.tags.get(at).filter(|(known, _)| *known == tag) {
            None => Ok(()),
            Some((_, place)) => {
                let breach = self.breaches[*place as usize].clone();
                Err(Error::InputKnown { path: file.path.clone(), breach })
            }
        }
    }

    /// Refuses inputs that some breach has, and those that were given twice.
    ///
    /// # Errors
    /// [`Error::InputKnown`] and [`Error::InputTwice`].
    pub(super) fn refuse_all(&self, config: &Config, key: &Key, files: &[&FileReport]) -> Result<(), Error> {
        let mut seen: BTreeMap<(u128, u64), &FileReport> = BTreeMap::new();
        // In trees the same small file lies in several places; that is nobody's mistake.
        let given = config.inputs.iter().filter(|input| !input.found).map(|input| &input.path).collect::<BTreeSet<_>>();
        for file in files {
            let twice = seen.insert((file.fingerprint, file.bytes_read), file);
            if let Some(other) = twice.filter(|_| given.contains(&file.path)) {
                return Err(Error::InputTwice { path: file.path.clone(), other: other.path.clone() });
            }
            self.refuse(key, file)?;
        }
        Ok(())
    }
}

/// A tag of 32 hexadecimal digits as a number.
fn number(tag: &str) -> Option<u128> {
    u128::from_str_radix(tag, 16).ok()
}
