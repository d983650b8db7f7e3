//! What segments hold of identifiers that are forgotten.

use super::Error;
use crate::index::{LiveSegment, Suppression};

/// The places of the payloads of all suppressed digests that a segment has.
///
/// Cost: a look-up for each suppressed digest, in the order of the segment: a chunk is read once.
///
/// # Errors
/// If a chunk is damaged that would hold one.
pub(super) fn suppressed_in(live: &LiveSegment, suppression: &Suppression) -> Result<Vec<usize>, Error> {
    let find = |digest| live.segment().find(digest).map_err(|error| live.locate(error));
    let places = suppression.digests().iter().filter_map(|digest| find(*digest).transpose());
    Ok(places.collect::<Result<_, _>>()?)
}

/// Whether a segment has any suppressed digest.
///
/// # Errors
/// As [`suppressed_in`].
pub(super) fn holds_suppressed(live: &LiveSegment, suppression: &Suppression) -> Result<bool, Error> {
    for digest in suppression.digests() {
        #[cfg(test)]
        asked::add();
        if live.segment().find(*digest).map_err(|error| live.locate(error))?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// How many look-ups [`holds_suppressed`] has made on this thread, for tests.
#[cfg(test)]
pub(super) mod asked {
    use std::cell::Cell;

    thread_local! {
        static ASKED: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn add() {
        ASKED.set(ASKED.get() + 1);
    }

    pub(in super::super) fn take() -> usize {
        ASKED.take()
    }
}
