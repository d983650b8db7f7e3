//! The small files of a generation: manifest, catalogue, forgotten identifiers.

use super::directory::{MANIFEST, has_lost_its_manifest, read_small};
use super::error::Error;
use super::forgotten::Forgotten;
use super::manifest::{Catalogue, Manifest, hex};
use super::store::Identity;
use crate::digest::KeyCheck;
use std::io;
use std::path::Path;

/// Attempts to open a generation while writers replace it: each needs a commit between two reads of ours.
pub(super) const OPEN_ATTEMPTS: usize = 16;

/// Begins again while a file is gone that a manifest named: a writer was faster.
pub(super) fn retried<T>(open: impl Fn() -> Result<T, Error>) -> Result<T, Error> {
    let mut attempt = 1;
    loop {
        match open() {
            Err(error) if error.is_not_found() && attempt < OPEN_ATTEMPTS => attempt += 1,
            other => return other,
        }
    }
}

pub(super) fn read_generation(
    dir: &Path,
    identity: Option<&Identity<'_>>,
) -> Result<(Manifest, Catalogue, Forgotten), Error> {
    match read_manifest(dir, identity)? {
        Some(manifest) => {
            let catalogue = read_catalogue(dir, &manifest)?;
            let forgotten = read_forgotten(dir, &manifest)?;
            Ok((manifest, catalogue, forgotten))
        }
        None if has_lost_its_manifest(dir).unwrap_or(false) => Err(Error::ManifestLost(dir.to_path_buf())),
        None => Err(Error::NotAnIndex(dir.to_path_buf())),
    }
}

/// The check value of the key that an index says it was made with, unproven; none if there is none that can be read.
pub fn key_check(dir: &Path) -> Option<KeyCheck> {
    let manifest = read_manifest(dir, None).ok().flatten()?;
    let check = u128::from_str_radix(&manifest.key_check, 16).ok()?;
    Some(KeyCheck(check.to_be_bytes()))
}

pub(super) fn read_manifest(dir: &Path, identity: Option<&Identity<'_>>) -> Result<Option<Manifest>, Error> {
    let path = dir.join(MANIFEST);
    let bytes = match read_small(&path) {
        Ok(bytes) => bytes,
        Err(cause) if matches!(cause.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(cause) => return Err(Error::io("reading", &path)(cause)),
    };
    let manifest = Manifest::decode(&bytes, &path, None)?;
    if let Some(identity) = identity {
        if manifest.key_check != hex(&identity.check.0) {
            let (expected, got) = (manifest.key_id, identity.id.to_string());
            return Err(Error::WrongKey { path: dir.to_path_buf(), expected, got });
        }
        Manifest::decode(&bytes, &path, Some(identity.seal))?;
    }
    Ok(Some(manifest))
}

pub(super) fn read_catalogue(dir: &Path, manifest: &Manifest) -> Result<Catalogue, Error> {
    let path = dir.join(&manifest.catalogue);
    let bytes = read_small(&path).map_err(Error::io("reading", &path))?;
    Catalogue::decode(&bytes, &manifest.catalogue_sha256, &path)
}

/// The forgotten identifiers of a generation. Without them nothing is answered: somebody would be told what nobody may be.
pub(super) fn read_forgotten(dir: &Path, manifest: &Manifest) -> Result<Forgotten, Error> {
    let Some(entry) = &manifest.forgotten else { return Ok(Forgotten::default()) };
    let path = dir.join(&entry.file);
    let bytes = read_small(&path).map_err(Error::io("reading", &path))?;
    Forgotten::decode(&bytes, manifest, &path)
}
