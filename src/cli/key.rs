//! `leakdex key`.

use super::args::KeyCommand;
use super::failure::{DONE, Failure, stdout_failure};
use super::{console, options};
use crate::{digest, index};
use std::fs;
use std::path::{Path, PathBuf};

pub fn run(command: &KeyCommand) -> Result<u8, Failure> {
    let key = match command {
        KeyCommand::New { file } => {
            let indexes = indexes_around(file);
            digest::create(file, &indexes.iter().map(PathBuf::as_path).collect::<Vec<_>>())?
        }
        KeyCommand::Id(arguments) => options::key(arguments, None)?,
    };
    console::output(|out| writeln!(out, "{}", key.id())).map_err(stdout_failure)?;
    if let KeyCommand::New { file } = command {
        let text = format!(
            "wrote the key `{}`; keep a copy, and keep it away from the index: whoever has both can recover identifiers",
            file.display()
        );
        console::note(false, &text);
    }
    Ok(DONE)
}

/// Index directories in which a new key must not lie: the one of the environment, and any that the path leads through.
fn indexes_around(file: &Path) -> Vec<PathBuf> {
    let named = std::env::var_os("LEAKDEX_INDEX").filter(|name| !name.is_empty()).map(PathBuf::from);
    let parent = file.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let parent = fs::canonicalize(parent);
    let around = parent.iter().flat_map(|parent| parent.ancestors()).filter(|dir| index::holds_index(dir));
    named.into_iter().chain(around.map(Path::to_path_buf)).collect()
}
