//! `leakdex breach add, edit, import, remove`: entries of the catalogue, without their records.
//!
//! A change is made under the lock of the writer, and committed as an ingest is: the new catalogue is a file of its own,
//! and the rename of the manifest that names it is the commit.

mod published;

use super::args::{AboutArguments, EntryArguments, ImportArguments, RemoveArguments, WriteArguments};
use super::failure::{DONE, Failure};
use super::{console, options, process};
use crate::digest::{Key, Width};
use crate::index::{Access, Breach, Catalogue, FLAGS, Identity, Index, Writer, hex};
use crate::ingest::refuse_breach_name;
use crate::plan::nearest;
use crate::report::{count, counted, escaped, listed};
use published::{PublishedBreach, PublishedList, TEXT_CHARS_MAX, parse_breaches};
use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::Read;

/// A list of all breaches that are known has a few megabytes.
const LIST_BYTES_MAX: u64 = 64 << 20;

/// What a change may make of a catalogue.
struct Draft<'a> {
    catalogue: Catalogue,
    key: &'a Key,
}

impl Draft<'_> {
    fn entry(&mut self, name: &str) -> Result<&mut Breach, Failure> {
        let breaches = &mut self.catalogue.breaches;
        let Some(place) = breaches.iter().position(|breach| breach.name == name) else {
            let near = nearest(name, breaches.iter().map(|breach| breach.name.as_str()));
            return Err(Failure::new(
                format!("the index has no breach `{}`{near}", name.escape_debug()),
                "`leakdex breach list` shows the breaches, `leakdex breach add` makes an entry",
            ));
        };
        Ok(&mut breaches[place])
    }

    fn add(&mut self, name: &str) -> Result<&mut Breach, Failure> {
        refuse_breach_name(name)?;
        let uid = hex(&self.catalogue.uid_for(name, |bytes| self.key.tag("breach", bytes)));
        let breaches = &mut self.catalogue.breaches;
        breaches.push(Breach { name: name.to_string(), uid, ..Breach::default() });
        let last = breaches.len() - 1;
        Ok(&mut breaches[last])
    }
}

/// Changes the catalogue under the lock, in one commit; with `begin`, of an index that may not be there yet.
fn change<T>(
    arguments: &WriteArguments,
    begin: bool,
    change: impl FnOnce(&mut Draft<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let key = options::key(&arguments.key, Some(&arguments.index))?;
    let seal = |bytes: &[u8]| key.seal(bytes);
    let identity = Identity { id: key.id(), check: key.check(), links: key.links(), seal: &seal };
    if !begin {
        // A writer would make an empty index where there is none.
        Index::open(arguments.dir(), Some(&identity), Access::ReadFew)?;
    }
    let progress = process::stoppable()?;
    let writer = Writer::open_waiting(arguments.dir(), &identity, Width::DEFAULT, arguments.waiting(&progress))?;
    let mut draft = Draft { catalogue: writer.catalogue().clone(), key: &key };
    let made = change(&mut draft)?;
    if draft.catalogue != *writer.catalogue() {
        writer.commit(Vec::new(), draft.catalogue)?;
    }
    Ok(made)
}

pub fn add(arguments: &EntryArguments) -> Result<u8, Failure> {
    let EntryArguments { name, about, write } = arguments;
    change(write, true, |draft| {
        if draft.catalogue.breach(name).is_some() {
            return Err(Failure::new(
                format!("the index has a breach `{}` already", name.escape_debug()),
                "`leakdex breach edit` changes its entry",
            ));
        }
        fill(draft.add(name)?, about)
    })?;
    Ok(DONE)
}

pub fn edit(arguments: &EntryArguments) -> Result<u8, Failure> {
    let EntryArguments { name, about, write } = arguments;
    change(write, false, |draft| {
        let entry = draft.entry(name)?;
        if *about == AboutArguments::default() {
            return Err(Failure::new(
                "nothing is said about the breach",
                "`leakdex help breach edit` shows what can be",
            ));
        }
        fill(entry, about)
    })?;
    Ok(DONE)
}

pub fn remove(arguments: &RemoveArguments, quiet: bool) -> Result<u8, Failure> {
    let RemoveArguments { name, write } = arguments;
    let removed = change(write, false, |draft| {
        draft.entry(name)?;
        Ok(draft.catalogue.remove(name))
    })?;
    let is_bare = removed.is_some_and(|breach| breach.is_bare());
    let rest = if is_bare { "it had no records" } else { "its records leave the disk at the next `leakdex compact`" };
    console::note(quiet, &format!("`{}` answers no more; {rest}", escaped(name)));
    Ok(DONE)
}

pub fn import(arguments: &ImportArguments, quiet: bool) -> Result<u8, Failure> {
    let ImportArguments { file, add, matches, write } = arguments;
    let failure = |why: String| {
        let hint = "give the JSON list of breaches in the model of Have I Been Pwned";
        Failure::new(format!("reading `{}`: {why}", file.display()), hint)
    };
    let mut bytes = Vec::new();
    File::open(file)
        .and_then(|file| file.take(LIST_BYTES_MAX + 1).read_to_end(&mut bytes))
        .map_err(|cause| failure(cause.to_string()))?;
    if bytes.len() as u64 > LIST_BYTES_MAX {
        return Err(failure("it is too large for a list of breaches".into()));
    }
    let list = parse_breaches(&bytes).map_err(failure)?;
    let renamed = matches.iter().map(|text| renamed(text, &list)).collect::<Result<Vec<_>, Failure>>()?;
    refuse_twice(&renamed)?;
    let notes = change(write, false, |draft| import_list(draft, &list, &renamed, *add))?;
    notes.iter().for_each(|note| console::note(quiet, note));
    Ok(DONE)
}

/// An entry, and the breach of the list that it is.
fn renamed<'a>(text: &'a str, list: &'a PublishedList) -> Result<(&'a str, &'a PublishedBreach), Failure> {
    let hint = "give `--match ENTRY=NAME`, with the name of the list behind the sign";
    let failure = |why: String| Failure::new(format!("reading `--match`: {why}"), hint);
    let (entry, name) = text.rsplit_once('=').ok_or_else(|| failure("it has no `=`".into()))?;
    let breach = list.breaches.iter().find(|breach| breach.name.eq_ignore_ascii_case(name));
    let near = || nearest(name, list.breaches.iter().map(|breach| breach.name.as_str()));
    Ok((entry, breach.ok_or_else(|| failure(format!("the list has no breach `{}`{}", name.escape_debug(), near())))?))
}

/// Refuses an entry that is to be two breaches of the list.
fn refuse_twice(renamed: &[(&str, &PublishedBreach)]) -> Result<(), Failure> {
    let mut entries = HashSet::new();
    match renamed.iter().find(|(entry, _)| !entries.insert(*entry)) {
        None => Ok(()),
        Some((entry, _)) => Err(Failure::new(
            format!("reading `--match`: it names the entry `{}` twice", entry.escape_debug()),
            "give each entry one breach of the list",
        )),
    }
}

/// Fills the entries that the list knows, and says what became of the others.
fn import_list(
    draft: &mut Draft<'_>,
    list: &PublishedList,
    renamed: &[(&str, &PublishedBreach)],
    add: bool,
) -> Result<Vec<String>, Failure> {
    let lower = |name: &str| name.to_ascii_lowercase();
    let is_renamed: HashSet<&str> = renamed.iter().map(|(_, breach)| breach.name.as_str()).collect();
    let mut replaced = Vec::new();
    let mut fill = |breach: &PublishedBreach, entry: &mut Breach| {
        let fields = breach.fill(entry);
        replaced.extend(fields.iter().map(|field| format!("{field} of {}", escaped(&entry.name))));
    };
    for (entry, breach) in renamed {
        fill(breach, draft.entry(entry)?);
    }
    let entries: HashSet<&str> = renamed.iter().map(|(entry, _)| *entry).collect();
    let published: HashMap<String, &PublishedBreach> =
        list.breaches.iter().map(|breach| (lower(&breach.name), breach)).collect();
    let (mut filled, mut unlisted) = (renamed.len() as u64, Vec::new());
    for entry in &mut draft.catalogue.breaches {
        if entries.contains(entry.name.as_str()) {
            continue;
        }
        match published.get(&lower(&entry.name)) {
            Some(breach) => {
                fill(breach, entry);
                filled += 1;
            }
            None => unlisted.push(escaped(&entry.name)),
        }
    }
    let mut added = 0;
    let known: HashSet<String> = draft.catalogue.breaches.iter().map(|entry| lower(&entry.name)).collect();
    let is_new =
        |breach: &&PublishedBreach| !is_renamed.contains(breach.name.as_str()) && !known.contains(&lower(&breach.name));
    for breach in list.breaches.iter().filter(|_| add).filter(is_new) {
        breach.fill(draft.add(&breach.name)?);
        added += 1;
    }
    if filled + added == 0 {
        let hint = "`--match ENTRY=NAME` says which entry is which breach, `--add` makes entries";
        return Err(Failure::new("no breach of the list has the name of an entry: nothing was changed", hint));
    }
    let notes = import_notes(list, filled, added, &unlisted);
    let other = (!replaced.is_empty()).then(|| {
        format!("replaced by what the list says, having been something else: {}", quoted(replaced.into_iter()))
    });
    Ok(other.into_iter().chain(notes).collect())
}

fn import_notes(list: &PublishedList, filled: u64, added: u64, unlisted: &[String]) -> Vec<String> {
    let mut notes = Vec::new();
    if !unlisted.is_empty() {
        notes.push(format!("not in the list: {}", quoted(unlisted.iter().cloned())));
    }
    if !list.ignored.is_empty() {
        notes.push(format!("fields that are not taken: {}", quoted(list.ignored.iter().map(|name| escaped(name)))));
    }
    if !list.odd_dates.is_empty() {
        let fields = quoted(list.odd_dates.iter().map(ToString::to_string));
        notes.push(format!("not taken where they are no dates: {fields}"));
    }
    match list.repeated as u64 {
        0 => (),
        1 => notes.push("one breach stands in the list twice".into()),
        repeated => notes.push(format!("{} breaches stand in the list twice", count(repeated))),
    }
    let made = match added {
        0 => String::new(),
        1 => ", one is new,".into(),
        added => format!(", {} are new,", count(added)),
    };
    let entries = if filled == 1 { "one entry is".into() } else { format!("{} entries are", count(filled)) };
    let breaches = counted(list.breaches.len() as u64, "breach", "breaches");
    notes.push(format!("{entries} filled{made} from a list of {breaches}"));
    notes
}

/// Names in a row.
fn quoted(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    listed(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Fills an entry with what the options say; an empty text takes a field away.
fn fill(breach: &mut Breach, given: &AboutArguments) -> Result<(), Failure> {
    text("--title", &mut breach.title, &given.title)?;
    date("--breach-date", &mut breach.breach_date, &given.breach_date, false)?;
    date("--data-from", &mut breach.data_from, &given.data_from, true)?;
    date("--data-through", &mut breach.data_through, &given.data_through, true)?;
    // Days of this form sort like days.
    if let (Some(from), Some(through)) = (&breach.data_from, &breach.data_through)
        && from > through
    {
        let message = format!("reading `--data-from`: {from} is behind the end of the data, {through}");
        return Err(Failure::new(message, "`leakdex breach show` shows what is known"));
    }
    let about = &mut breach.about;
    date("--retain-until", &mut about.retain_until, &given.retain_until, true)?;
    date("--added-date", &mut about.added_date, &given.added_date, true)?;
    date("--modified-date", &mut about.modified_date, &given.modified_date, true)?;
    text("--domain", &mut about.domain, &given.domain)?;
    text("--description", &mut about.description, &given.description)?;
    text("--attribution", &mut about.attribution, &given.attribution)?;
    text("--disclosure-url", &mut about.disclosure_url, &given.disclosure_url)?;
    text("--source", &mut about.source, &given.source)?;
    text("--legal-basis", &mut about.legal_basis, &given.legal_basis)?;
    number("--claimed-count", &mut about.claimed_count, &given.claimed_count)?;
    number("--pwn-count", &mut about.pwn_count, &given.pwn_count)?;
    if !given.data_class.is_empty() {
        let named = given.data_class.iter().map(|name| name.trim().to_string());
        about.published_data_classes = named.filter(|name| !name.is_empty()).collect();
    }
    for (option, flags, set) in [("--flag", &given.flag, true), ("--no-flag", &given.no_flag, false)] {
        for flag in flags {
            let wanted = flag.trim().to_ascii_lowercase().replace('-', "_");
            if !FLAGS.contains(&wanted.as_str()) {
                let message = format!("reading `{option}`: give one of {}", FLAGS.join(", ").replace('_', "-"));
                return Err(Failure::new(message, HINT));
            }
            about.set_flag(&wanted, set);
        }
    }
    Ok(())
}

const HINT: &str = "`leakdex help breach edit` shows every option";

fn text(option: &str, field: &mut Option<String>, given: &Option<String>) -> Result<(), Failure> {
    let Some(given) = given else { return Ok(()) };
    if given.chars().count() > TEXT_CHARS_MAX {
        return Err(Failure::new(format!("reading `{option}`: it is longer than {TEXT_CHARS_MAX} characters"), HINT));
    }
    // On one line, as what is imported.
    let words: Vec<&str> = given.split_whitespace().collect();
    *field = Some(words.join(" ")).filter(|value| !value.is_empty());
    Ok(())
}

fn date(option: &str, field: &mut Option<String>, given: &Option<String>, whole: bool) -> Result<(), Failure> {
    let Some(given) = given else { return Ok(()) };
    *field = match given.trim() {
        "" => None,
        value => Some(options::date_of(option, value, whole)?),
    };
    Ok(())
}

fn number(option: &str, field: &mut Option<u64>, given: &Option<String>) -> Result<(), Failure> {
    let Some(given) = given else { return Ok(()) };
    *field = match given.trim() {
        "" => None,
        value => Some(value.parse().map_err(|_| Failure::new(format!("reading `{option}`: give a number"), HINT))?),
    };
    Ok(())
}
