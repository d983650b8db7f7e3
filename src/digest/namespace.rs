//! Namespaces: what a digest is of, apart from its value.

use crate::identifier::{Country, Form, Kind};

/// Which form of a value a digest is of.
///
/// A dump stores `Exact` of every value `x`, and `Alias` of `fold x` only where it differs from `x`. A list probes
/// `Exact` of `x` for the tier exact; `Exact` of `fold x` where it differs and `Alias` of `fold x` for the tier alias.
/// So two spellings meet whichever side has the plain one, and a value without a looser form costs one digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Variant {
    /// The canonical value itself.
    Exact = 0,
    /// The folded value of a provider's or kind's looser equality.
    Alias = 1,
    /// A value without its country, where it was written without it.
    Loose = 2,
    /// A value whose check digit fails.
    Unchecked = 3,
    /// The unsalted MD5 of the value, in lower-case hexadecimal; so are the other hashes.
    Md5 = 4,
    /// The unsalted SHA-1 of the value.
    Sha1 = 5,
    /// The unsalted SHA-256 of the value.
    Sha256 = 6,
    /// The NT hash of a password.
    Ntlm = 7,
    /// What is left without its country of a telephone number that was written with it.
    National = 8,
}

impl Variant {
    /// Every variant, in the order of its number.
    pub const ALL: [Variant; 9] = [
        Variant::Exact,
        Variant::Alias,
        Variant::Loose,
        Variant::Unchecked,
        Variant::Md5,
        Variant::Sha1,
        Variant::Sha256,
        Variant::Ntlm,
        Variant::National,
    ];

    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Variant::Exact => "exact",
            Variant::Alias => "alias",
            Variant::Loose => "loose",
            Variant::Unchecked => "unchecked",
            Variant::Md5 => "md5",
            Variant::Sha1 => "sha1",
            Variant::Sha256 => "sha256",
            Variant::Ntlm => "ntlm",
            Variant::National => "national",
        }
    }

    /// Whether the digest is of a value itself; a looser form may be of several values, and stands beside one of them.
    pub const fn is_own(self) -> bool {
        !matches!(self, Variant::Alias | Variant::Loose | Variant::National)
    }

    /// The variant under which a value that is known in this form alone has its digest.
    pub fn of(form: Form) -> Variant {
        match form {
            Form::Plain => Variant::Exact,
            Form::Loose => Variant::Loose,
            Form::Unchecked => Variant::Unchecked,
            Form::Md5 => Variant::Md5,
            Form::Sha1 => Variant::Sha1,
            Form::Sha256 => Variant::Sha256,
            Form::Ntlm => Variant::Ntlm,
        }
    }
}

/// Everything that separates digests of equal bytes: one derived key each.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Namespace {
    /// The kind of identifier.
    pub kind: Kind,
    /// The form of the value.
    pub variant: Variant,
    /// The issuing country, or none.
    pub country: Country,
    /// The canonical scope (NFKC, trimmed, lower-cased); empty if none.
    pub scope: Vec<u8>,
}

impl Namespace {
    /// The `info` input of HKDF: `leakdex/v1` 0x00, kind u8, variant u8, rule version u16 LE, country 2 bytes, length u16
    /// LE, scope. Every field has a fixed place or its length before it, so two namespaces never have equal bytes.
    ///
    /// A scope longer than 65,535 bytes is cut there; the command line refuses it long before.
    pub fn info(&self) -> Vec<u8> {
        let scope = &self.scope[..self.scope.len().min(usize::from(u16::MAX))];
        let mut info = b"leakdex/v1\0".to_vec();
        info.extend([self.kind.id(), self.variant as u8]);
        info.extend(self.kind.rule_version().to_le_bytes());
        info.extend(self.country.bytes());
        info.extend((scope.len() as u16).to_le_bytes());
        info.extend(scope);
        info
    }
}

/// Prints the registry fields; of the scope its length only.
impl std::fmt::Debug for Namespace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Namespace")
            .field("kind", &self.kind)
            .field("variant", &self.variant)
            .field("country", &self.country)
            .field("scope_bytes", &self.scope.len())
            .finish()
    }
}
