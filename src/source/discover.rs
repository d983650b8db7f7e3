//! The files that paths stand for: themselves, or everything below a directory.
//!
//! Trees of dumps have thousands of small files without extension, so nothing is chosen by name, and nothing is left out because
//! it is hidden. The order is that of the names, so that reports can be compared. A file that stands there twice, by two names
//! of one file or by two paths given, is read once. Links are followed; those that lead back into the tree are a notice.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::error::Error;

/// A file to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its path.
    pub path: PathBuf,
    /// Whether it was found in a directory, and not named by the caller: such a file may be something else than a dump.
    pub found: bool,
}

/// What paths stand for.
#[derive(Debug, Default)]
pub struct Discovered {
    /// The files, each once.
    pub inputs: Vec<Input>,
    /// What was passed over, and why: a path, escaped, and a reason each.
    pub notices: Vec<String>,
}

/// Finds the files.
///
/// # Errors
/// [`Error::Open`] if a path that was given cannot be looked at, [`Error::EmptyDirectory`] if a directory holds no file. What cannot
/// be looked at inside of a directory is an error too: it may hold records.
pub fn discover(paths: &[PathBuf]) -> Result<Discovered, Error> {
    let mut discovered = Discovered::default();
    let mut seen = BTreeSet::new();
    for path in paths {
        let is_directory = fs::metadata(path).is_ok_and(|metadata| metadata.is_dir());
        if is_directory {
            let before = discovered.inputs.len() + discovered.notices.len();
            walk(path, &mut seen, &mut discovered)?;
            if discovered.inputs.len() + discovered.notices.len() == before {
                return Err(Error::EmptyDirectory { path: path.to_string_lossy().into_owned() });
            }
        } else {
            // Given twice, it is the caller's mistake, and the ingest says so.
            seen.insert(identity(path));
            discovered.inputs.push(Input { path: path.clone(), found: false });
        }
    }
    Ok(discovered)
}

fn walk(path: &Path, seen: &mut BTreeSet<Option<(u64, u64)>>, discovered: &mut Discovered) -> Result<(), Error> {
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if error.loop_ancestor().is_some() => {
                discovered.notices.push(notice(error.path().unwrap_or(path), "a link that leads back into the tree"));
                continue;
            }
            Err(error) => {
                let path = error.path().unwrap_or(path).to_string_lossy().into_owned();
                let cause = error.into_io_error().unwrap_or_else(|| std::io::ErrorKind::Other.into());
                return Err(Error::Open { path, cause });
            }
        };
        if entry.file_type().is_dir() {
            continue;
        }
        if !entry.file_type().is_file() {
            discovered.notices.push(notice(entry.path(), "not a regular file"));
        } else if !seen.insert(identity(entry.path())) {
            discovered.notices.push(notice(entry.path(), "the same file as another one"));
        } else {
            discovered.inputs.push(Input { path: entry.into_path(), found: true });
        }
    }
    Ok(())
}

fn notice(path: &Path, why: &str) -> String {
    format!("`{}`: {why}", super::error::Printable(&path.to_string_lossy()))
}

/// What two names of one file share.
#[cfg(unix)]
fn identity(path: &Path) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn identity(_: &Path) -> Option<(u64, u64)> {
    None
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shown(discovered: &Discovered, root: &Path) -> String {
        let name = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
        let inputs = discovered
            .inputs
            .iter()
            .map(|input| format!("{}{}", name(&input.path), if input.found { "" } else { "!" }));
        inputs.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn trees_are_walked_in_the_order_of_names() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let root = dir.path();
        fs::create_dir_all(root.join("data/b")).expect("room");
        for file in ["data/b/1", "data/a", "data/.hidden", "single"] {
            fs::write(root.join(file), file).expect("room");
        }
        std::os::unix::fs::symlink(root.join("data"), root.join("data/b/loop")).expect("a link");
        std::os::unix::fs::symlink(root.join("data/a"), root.join("data/z")).expect("a link");
        std::os::unix::fs::symlink(root.join("nowhere"), root.join("data/dangling")).expect("a link");
        let error = discover(&[root.join("data")]).expect_err("a link that leads nowhere");
        assert!(matches!(&error, Error::Open { path, .. } if path.ends_with("dangling")), "{error:?}");
        fs::remove_file(root.join("data/dangling")).expect("a file");
        let found = discover(&[root.join("single"), root.join("data")]).expect("a tree");
        assert_eq!(shown(&found, root), "single! data/.hidden data/a data/b/1");
        assert_eq!(found.notices.len(), 2, "{:?}", found.notices);
    }

    #[test]
    fn a_directory_without_files_is_an_error() {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let result = discover(&[dir.path().to_path_buf()]);
        assert!(matches!(result, Err(Error::EmptyDirectory { .. })), "{result:?}");
    }
}
