//! What became of a row or a person as a whole.

use super::scope::KindAnswer;

/// What is known of all identifiers of a row or a person that decide about it. Three bytes, because there are millions of people.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// At least one was found.
    pub exposed: bool,
    /// At least one was asked for everywhere and not found.
    pub not_found: bool,
    /// The worst of what keeps others from an answer.
    pub doubt: Doubt,
}

/// Why an identifier has no answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Doubt {
    /// Every identifier has one.
    #[default]
    None,
    /// At least one could not be answered.
    Unanswered,
    /// At least one is suppressed, or was: "not found" by the others would be said of somebody who may have been held.
    Withheld,
}

impl Outcome {
    pub(super) const EXPOSED: Outcome = Outcome { exposed: true, not_found: false, doubt: Doubt::None };
    pub(super) const NOT_FOUND: Outcome = Outcome { exposed: false, not_found: true, doubt: Doubt::None };

    /// The outcome of a row. Values that strangers share decide nothing.
    pub(super) fn of<'a>(kinds: impl Iterator<Item = &'a KindAnswer>) -> Outcome {
        kinds.filter(|answer| !answer.weak).fold(Outcome::default(), |known, answer| {
            let KindAnswer { exposed, not_found, unanswered, withheld, .. } = *answer;
            let doubt = match (unanswered, withheld) {
                (_, true) => Doubt::Withheld,
                (true, false) => Doubt::Unanswered,
                (false, false) => Doubt::None,
            };
            known.join(Outcome { exposed, not_found, doubt })
        })
    }

    /// The outcome of several rows of one person.
    pub(super) fn join(self, other: Outcome) -> Outcome {
        Outcome {
            exposed: self.exposed | other.exposed,
            not_found: self.not_found | other.not_found,
            doubt: self.doubt.max(other.doubt),
        }
    }

    /// The answer as results have it.
    pub fn answer(self) -> &'static str {
        match self {
            Outcome { exposed: true, .. } => "exposed",
            Outcome { not_found: true, doubt, .. } if doubt < Doubt::Withheld => "not found",
            _ => "unknown",
        }
    }
}

/// People by answer. One row of the list is one person, unless a column says whose row it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Found in at least one breach.
    pub exposed: u64,
    /// Asked for with at least one identifier, and not found.
    pub not_found: u64,
    /// Could not be asked for with any identifier, or only with shared values.
    pub unknown: u64,
    /// Of those not found, the ones with further identifiers that could not be asked.
    pub not_found_in_part: u64,
}

impl People {
    /// All of them.
    pub fn total(&self) -> u64 {
        self.exposed + self.not_found + self.unknown
    }

    /// Counts one.
    pub(super) fn count(&mut self, outcome: Outcome) {
        match outcome {
            Outcome { exposed: true, .. } => self.exposed += 1,
            Outcome { not_found: true, doubt, .. } if doubt < Doubt::Withheld => {
                self.not_found += 1;
                self.not_found_in_part += u64::from(doubt == Doubt::Unanswered);
            }
            _ => self.unknown += 1,
        }
    }

    /// Adds others.
    pub(super) fn join(&mut self, other: &People) {
        self.exposed += other.exposed;
        self.not_found += other.not_found;
        self.unknown += other.unknown;
        self.not_found_in_part += other.not_found_in_part;
    }
}
