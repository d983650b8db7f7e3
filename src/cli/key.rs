//! `leakdex key`.

use super::args::{KeyCommand, RotateArguments};
use super::failure::{DONE, Failure, INCOMPLETE, stdout_failure};
use super::progress::Display;
use super::{console, options, process};
use crate::digest::{self, Key};
use crate::index;
use crate::maintain::{self, Rotate, Rotation, rotate};
use crate::report::{counted, size};
use std::fs;
use std::path::{Path, PathBuf};

pub fn run(command: &KeyCommand, quiet: bool) -> Result<u8, Failure> {
    match command {
        KeyCommand::New { file } => {
            let indexes = indexes_around(file);
            let key = digest::create(file, &paths(&indexes))?;
            say_id(&key)?;
            let text = format!(
                "wrote the key `{}`; keep a copy, and keep it away from the index: whoever has both can recover identifiers",
                file.display()
            );
            console::note(false, &text);
        }
        KeyCommand::Id(arguments) => say_id(&options::key(arguments, None)?)?,
        KeyCommand::Rotate(arguments) => return rotate_index(arguments, quiet),
    }
    Ok(DONE)
}

fn say_id(key: &Key) -> Result<(), Failure> {
    console::output(|out| writeln!(out, "{}", key.id())).map_err(stdout_failure)
}

fn rotate_index(arguments: &RotateArguments, quiet: bool) -> Result<u8, Failure> {
    let RotateArguments { write, .. } = arguments;
    let dir = write.dir();
    let newest = options::whole_key(&write.key, Some(&write.index))?.ok_or_else(options::no_key)?;
    // Of a ring, the index may have the first part alone.
    let key = options::as_of_index(&newest, &write.index)?;
    let key = key.as_ref().unwrap_or(&newest);
    let (ring, is_kept) = ring(&newest, &arguments.out, quiet)?;
    let threads = options::threads(arguments.threads)?;
    let mut indexes = indexes_around(&arguments.out);
    indexes.push(dir.to_path_buf());
    if is_kept && index::key_check(dir) == Some(ring.check()) {
        // The last sync of that rotation may be what failed.
        digest::keep_again(&ring, &arguments.out, &paths(&indexes))?;
        let progress = process::stoppable()?;
        maintain::settle(dir, &ring, write.waiting(&progress))?;
        say_id(&ring)?;
        console::note(quiet, &format!("the index is under the ring `{}` already", arguments.out.display()));
        return Ok(DONE);
    }
    let progress = process::stoppable()?;
    let keep = || match is_kept {
        true => digest::keep_again(&ring, &arguments.out, &paths(&indexes)),
        false => digest::keep(&ring, &arguments.out, &paths(&indexes)),
    };
    let display = Display::start("rotate", &progress, quiet);
    let done = rotate(dir, &Rotate { key, ring: &ring, wait: write.wait(), threads, progress: &progress }, keep);
    drop(display);
    let done = done.inspect_err(|error| {
        if !is_kept && arguments.out.exists() {
            let ring = arguments.out.display();
            let next = match error {
                maintain::Error::Index(index::Error::UnknownState { .. }) => {
                    "keep it: the index may be under it already"
                }
                maintain::Error::Index(index::Error::Damaged { .. }) => "no index is under it, so it can be removed",
                _ => "no index is under it yet; give it again to go on",
            };
            // Even where nothing else is said: a key that nobody knows of is none.
            console::note(false, &format!("the ring `{ring}` is written: {next}"));
        }
    })?;
    say_id(&ring)?;
    say_rotation(&done, &arguments.out, quiet);
    for path in &done.left {
        let path = path.display();
        console::note(false, &format!("`{path}` is under the old key and could not be removed: run the command again"));
    }
    Ok(if done.left.is_empty() { DONE } else { INCOMPLETE })
}

/// The ring to rotate to, and whether its file is there already: one that an interrupted rotation has left.
fn ring(newest: &Key, out: &Path, quiet: bool) -> Result<(Key, bool), Failure> {
    if fs::symlink_metadata(out).is_ok() {
        let known = Key::open(out).map_err(|error| match error {
            digest::Error::Damaged { .. } => Failure::new(
                format!("reading the ring `{}`: it is not whole", out.display()),
                "if an earlier rotation was interrupted while it was written, no index is under it: remove it, or give another name",
            ),
            error => error.into(),
        })?;
        if !known.begins_with(newest) {
            return Err(digest::Error::Exists(out.to_path_buf()).into());
        }
        console::note(
            quiet,
            &format!("going on with the ring `{}`, which an earlier rotation has made", out.display()),
        );
        return Ok((known, true));
    }
    let ring = newest.rotated().map_err(|error| match error {
        digest::SecretError::TooMany => Failure::new(
            "rotating: the key was rotated 31 times, and a ring has room for no more",
            "ingest the dumps again under a new key; that makes every look-up faster, too",
        ),
        error => Failure::new(format!("making the key: {error:?}"), "try again"),
    })?;
    Ok((ring, false))
}

fn say_rotation(done: &Rotation, out: &Path, quiet: bool) {
    let ring = out.display();
    console::notes(quiet, |to| {
        writeln!(
            to,
            "under the ring `{ring}` now: {} in {} ({}); give it as the key from here on, and keep a copy",
            counted(done.records, "digest", "digests"),
            counted(done.segments as u64, "segment", "segments"),
            size(done.bytes)
        )?;
        let times = if done.links == 1 { "once".to_string() } else { format!("{} times", done.links) };
        writeln!(
            to,
            "the key was rotated {times}; each time costs one HMAC more for every identifier that is looked up"
        )?;
        writeln!(
            to,
            "the old key opens nothing but older copies of the index: remove those, and then the old key, if it may be known to others"
        )
    });
}

fn paths(paths: &[PathBuf]) -> Vec<&Path> {
    paths.iter().map(PathBuf::as_path).collect()
}

/// Index directories in which a new key must not lie: the one of the environment, and any that the path leads through.
fn indexes_around(file: &Path) -> Vec<PathBuf> {
    let named = std::env::var_os("LEAKDEX_INDEX").filter(|name| !name.is_empty()).map(PathBuf::from);
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let parent = fs::canonicalize(parent);
    let around = parent.iter().flat_map(|parent| parent.ancestors()).filter(|dir| index::holds_index(dir));
    named.into_iter().chain(around.map(Path::to_path_buf)).collect()
}
