//! Identifiers: a raw field and its kind become canonical bytes, or a reason why not.
//!
//! One function per kind serves the dump and the customer list alike, so that two spellings of one value meet. The
//! canonical bytes are the whole message of the digest: kind, variant, rule version, country and scope are part of the
//! key derivation (see [`crate::digest`]), not of the message.

mod kind;

pub use kind::{Country, Kind, KindSpec};

/// Why a field cannot be used. Counted by the reader of a dump; the answer "unknown (reason)" on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum Reason {
    /// Nothing but blanks, quotes or invisible characters.
    Empty,
    /// A word or number that stands for "no value": `NULL`, `n/a`, `test@test.com`, one digit repeated.
    Placeholder,
    /// Some characters were replaced by a mask: `138****1234`.
    Masked,
    /// A spreadsheet destroyed digits: scientific notation, or 18 digits rounded to 15.
    SpreadsheetDamage,
    /// Longer than the standard of the kind allows, or shorter.
    Length,
    /// Has characters which the kind does not have, or does not follow its syntax.
    Syntax,
    /// The check digit or character fails.
    Checksum,
    /// A date inside the value is not a day of the calendar.
    Date,
    /// A telephone number without a country code, and no region was given.
    NoRegion,
    /// The bytes are not text in the encoding of the source.
    Encoding,
    /// The kind named in the row is none that leakdex knows.
    UnknownKind,
}

impl Reason {
    /// Every reason, in the order of its number.
    pub const ALL: [Reason; 11] = [
        Reason::Empty,
        Reason::Placeholder,
        Reason::Masked,
        Reason::SpreadsheetDamage,
        Reason::Length,
        Reason::Syntax,
        Reason::Checksum,
        Reason::Date,
        Reason::NoRegion,
        Reason::Encoding,
        Reason::UnknownKind,
    ];

    /// The stable name that reports, summaries and vectors use.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Empty => "empty",
            Reason::Placeholder => "placeholder",
            Reason::Masked => "masked",
            Reason::SpreadsheetDamage => "spreadsheet_damage",
            Reason::Length => "length",
            Reason::Syntax => "syntax",
            Reason::Checksum => "checksum",
            Reason::Date => "date",
            Reason::NoRegion => "no_region",
            Reason::Encoding => "encoding",
            Reason::UnknownKind => "unknown_kind",
        }
    }
}
