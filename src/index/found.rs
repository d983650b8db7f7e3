//! What a look-up says about one digest.

/// A digest that a segment has, or that it cannot answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The place of the digest in what was asked.
    pub probe: u32,
    pub(super) place: u32,
}

impl Found {
    const DAMAGED: u32 = u32::MAX;
    const SUPPRESSED: u32 = u32::MAX - 2;
    const LIFTED: u32 = u32::MAX - 3;

    pub(super) fn new(probe: u32, place: usize) -> Found {
        Found { probe, place: place as u32 }
    }

    pub(super) fn damaged(probe: u32) -> Found {
        Found { probe, place: Found::DAMAGED }
    }

    pub(super) fn suppressed(probe: u32) -> Found {
        Found { probe, place: Found::SUPPRESSED }
    }

    pub(super) fn lifted(probe: u32) -> Found {
        Found { probe, place: Found::LIFTED }
    }

    /// The place of its exposures in [`super::Segment::payloads`]; none if the bytes that say so are damaged, and where no segment was
    /// asked.
    pub fn place(self) -> Option<usize> {
        (self.place < Found::LIFTED).then_some(self.place as usize)
    }

    /// Whether the digest is suppressed: whatever segments hold of it, nobody is told.
    pub fn is_suppressed(self) -> bool {
        self.place == Found::SUPPRESSED
    }

    /// Whether the digest was suppressed once: where nothing else is found, records of it may have left.
    pub fn was_lifted(self) -> bool {
        self.place == Found::LIFTED
    }
}
