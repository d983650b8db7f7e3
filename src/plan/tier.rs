//! How much a meeting of two values says, and which hashes of a value are worth asking for.

use crate::identifier::{Form, Kind};

/// How near two spellings are that meet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// The same value.
    Exact,
    /// The same after the provider's or kind's looser equality.
    Alias,
    /// The same as far as it is known: a telephone number without its country, a number whose check digit fails.
    Loose,
    /// The same value of a kind that strangers share: an IP address, a name alone.
    #[default]
    Weak,
}

impl Tier {
    /// All tiers, the strongest first.
    pub const ALL: [Tier; 4] = [Tier::Exact, Tier::Alias, Tier::Loose, Tier::Weak];

    /// The weakest tier that counts in totals unless more is asked for.
    pub const COUNTED: Tier = Tier::Alias;

    /// The name in results.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Exact => "exact",
            Tier::Alias => "alias",
            Tier::Loose => "loose",
            Tier::Weak => "weak",
        }
    }

    /// The tier of a form of a kind, which is no better than its kind.
    pub(super) fn of_kind(self, kind: Kind) -> Tier {
        if kind.is_weak() { Tier::Weak } else { self }
    }
}

/// The hashes of plain values that a list asks for: a breach may hold nothing but the MD5 of addresses. A hash that no
/// breach holds is not computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hashes(u16);

impl Hashes {
    /// None at all.
    pub const NONE: Hashes = Hashes(0);

    /// Adds the hash of a kind.
    pub fn add(&mut self, kind: Kind, form: Form) {
        if let Some(bit) = bit(kind, form) {
            self.0 |= 1 << bit;
        }
    }

    /// Whether the hash of a kind is asked for.
    pub fn has(self, kind: Kind, form: Form) -> bool {
        bit(kind, form).is_some_and(|bit| self.0 & 1 << bit != 0)
    }

    /// Whether any hash of a kind is asked for.
    #[inline]
    pub fn has_any(self, kind: Kind) -> bool {
        self != Hashes::NONE && Form::HASHES.into_iter().any(|form| self.has(kind, form))
    }
}

/// The place of a hash of a kind; three kinds have up to four.
fn bit(kind: Kind, form: Form) -> Option<u16> {
    let kind = match kind {
        Kind::Email => 0,
        Kind::Phone => 1,
        Kind::Password => 2,
        _ => return None,
    };
    let form = Form::HASHES.iter().position(|hash| *hash == form)?;
    u16::try_from(kind * Form::HASHES.len() + form).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_has_a_place_of_its_own() {
        let mut all = Hashes::NONE;
        for kind in [Kind::Email, Kind::Phone, Kind::Password] {
            assert!(!all.has_any(kind));
            for form in Form::HASHES {
                assert!(!all.has(kind, form));
                all.add(kind, form);
                assert!(all.has(kind, form));
            }
        }
        all.add(Kind::Vin, Form::Md5);
        assert!(!all.has_any(Kind::Vin) && !all.has(Kind::Email, Form::Plain));
    }

    #[test]
    fn tiers_are_ordered_from_the_strongest() {
        assert!(Tier::ALL.is_sorted());
        assert_eq!(Tier::Exact.of_kind(Kind::Ip), Tier::Weak);
        assert_eq!(Tier::Alias.of_kind(Kind::Email), Tier::Alias);
    }
}
