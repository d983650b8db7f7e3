//! For fuzz targets, which are users of the crate: a text as a shape that it need not look like, and so small a head that a
//! text of a few bytes is decoded in portions, as large ones are.

use std::io::Read;

use super::error::Error;
use super::{Look, Options, Shape, Source};

/// As [`Source::from_reader`], but looks at `head_bytes` of the source only, and takes it for `shape` if one is given.
///
/// # Errors
/// As there.
pub fn open(
    reader: Box<dyn Read + Send>,
    shape: Option<Shape>,
    head_bytes: usize,
    options: &Options,
) -> Result<Source, Error> {
    Source::build("input", reader, None, options, &Look { head_bytes: head_bytes.max(1), shape })
}
