//! `leakdex breach add, edit, import`: entries of the catalogue, without their records.

use super::args::{AboutArguments, IndexArguments, KeyArguments};
use super::failure::{DONE, Failure};
use super::{console, options};
use crate::digest::Width;
use crate::index::{Breach, Catalogue, FLAGS, Identity, Writer, hex};
use crate::plan::nearest;
use crate::report::{count, escaped, parse_breaches};
use std::path::Path;

/// A list of all breaches that are known is a few megabytes.
const LIST_BYTES_MAX: u64 = 256 << 20;

/// Changes the catalogue under the lock; one commit, as an ingest makes it.
fn change(
    index: &IndexArguments,
    key: &KeyArguments,
    change: impl FnOnce(&mut Catalogue, &dyn Fn(&str) -> String) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let key = options::key(key, Some(index))?;
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), seal: &seal };
    let writer = Writer::open(&index.index, &identity, Width::DEFAULT)?;
    let mut catalogue = writer.catalogue().clone();
    change(&mut catalogue, &|name| hex(&key.tag("breach", name.as_bytes())))?;
    if catalogue != *writer.catalogue() {
        writer.commit(Vec::new(), catalogue)?;
    }
    Ok(())
}

pub fn add(name: &str, about: &AboutArguments, index: &IndexArguments, key: &KeyArguments) -> Result<u8, Failure> {
    if name.trim().is_empty() {
        return Err(Failure::new("the name of the breach is empty", "give it a name"));
    }
    change(index, key, |catalogue, uid| {
        if catalogue.breach(name).is_some() {
            return Err(Failure::new(
                format!("the index has a breach `{}` already", name.escape_debug()),
                "`leakdex breach edit` changes its entry",
            ));
        }
        let mut breach = Breach { name: name.to_string(), uid: uid(name), ..Breach::default() };
        fill(&mut breach, about)?;
        catalogue.breaches.push(breach);
        Ok(())
    })?;
    Ok(DONE)
}

pub fn edit(name: &str, about: &AboutArguments, index: &IndexArguments, key: &KeyArguments) -> Result<u8, Failure> {
    change(index, key, |catalogue, _| {
        let names: Vec<String> = catalogue.breaches.iter().map(|breach| breach.name.clone()).collect();
        let breach = catalogue.breaches.iter_mut().find(|breach| breach.name == name);
        let near = nearest(name, names.iter().map(String::as_str));
        let missing = || {
            Failure::new(
                format!("the index has no breach `{}`{near}", name.escape_debug()),
                "`leakdex breach list` shows the breaches, `leakdex breach add` makes an entry",
            )
        };
        fill(breach.ok_or_else(missing)?, about)
    })?;
    Ok(DONE)
}

pub fn import(file: &Path, index: &IndexArguments, key: &KeyArguments, quiet: bool) -> Result<u8, Failure> {
    let failure = |why: String| {
        let hint = "give the JSON list of breaches in the model of Have I Been Pwned";
        Failure::new(format!("reading `{}`: {why}", file.display()), hint)
    };
    let length = std::fs::metadata(file).map_err(|cause| failure(cause.to_string()))?.len();
    if length > LIST_BYTES_MAX {
        return Err(failure("it is too large for a list of breaches".into()));
    }
    let bytes = std::fs::read(file).map_err(|cause| failure(cause.to_string()))?;
    let published = parse_breaches(&bytes).map_err(failure)?;
    let mut notes = Vec::new();
    change(index, key, |catalogue, _| {
        let mut filled = 0u64;
        for breach in &mut catalogue.breaches {
            match published.iter().find(|published| published.name.eq_ignore_ascii_case(&breach.name)) {
                Some(published) => {
                    published.fill(breach);
                    filled += 1;
                }
                None => notes.push(format!("not in the list: `{}`", escaped(&breach.name))),
            }
        }
        let listed = count(published.len() as u64);
        notes.push(format!("{} entries are filled from a list of {listed} breaches", count(filled)));
        Ok(())
    })?;
    notes.iter().for_each(|note| console::note(quiet, note));
    Ok(DONE)
}

/// Fills an entry with what the options say; an empty text takes a field away.
fn fill(breach: &mut Breach, given: &AboutArguments) -> Result<(), Failure> {
    let text = |field: &mut Option<String>, value: &Option<String>| {
        if let Some(value) = value {
            *field = Some(value.trim().to_string()).filter(|value| !value.is_empty());
        }
    };
    let date = |option: &str, field: &mut Option<String>, value: &Option<String>, whole: bool| {
        let Some(value) = value else { return Ok(()) };
        *field = match value.trim() {
            "" => None,
            value => Some(options::date_of(option, value, whole)?),
        };
        Ok::<(), Failure>(())
    };
    text(&mut breach.title, &given.title);
    date("--breach-date", &mut breach.breach_date, &given.breach_date, false)?;
    date("--data-from", &mut breach.data_from, &given.data_from, true)?;
    date("--data-through", &mut breach.data_through, &given.data_through, true)?;
    let about = &mut breach.about;
    date("--retain-until", &mut about.retain_until, &given.retain_until, true)?;
    text(&mut about.domain, &given.domain);
    text(&mut about.description, &given.description);
    text(&mut about.attribution, &given.attribution);
    text(&mut about.disclosure_url, &given.disclosure_url);
    text(&mut about.source, &given.source);
    text(&mut about.legal_basis, &given.legal_basis);
    about.claimed_count = given.claimed_count.or(about.claimed_count);
    for (flags, set) in [(&given.flag, true), (&given.no_flag, false)] {
        for flag in flags {
            let wanted = flag.trim().to_ascii_lowercase().replace('-', "_");
            if !FLAGS.contains(&wanted.as_str()) {
                let message = format!("reading `--flag`: give one of {}", FLAGS.join(", "));
                return Err(Failure::new(message, "`leakdex help breach edit` shows every option"));
            }
            about.set_flag(&wanted, set);
        }
    }
    Ok(())
}
