//! Why a value gives no digest.

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
    /// The kind has no rule for the country named.
    UnsupportedCountry,
    /// A cell of a column in which every cell decides its kind, and none fits: a user name, most often.
    NoKind,
    /// A value that its standard sets aside for no one in particular: a private address, a number for documentation.
    Reserved,
    /// The record ends before the column.
    Short,
}

impl Reason {
    /// Every reason, in the order of its number.
    pub const ALL: [Reason; 15] = [
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
        Reason::UnsupportedCountry,
        Reason::NoKind,
        Reason::Reserved,
        Reason::Short,
    ];

    /// Whether there was no value at all.
    pub fn is_absence(self) -> bool {
        matches!(self, Reason::Empty | Reason::Short)
    }

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
            Reason::UnsupportedCountry => "unsupported_country",
            Reason::NoKind => "no_kind",
            Reason::Reserved => "reserved",
            Reason::Short => "short",
        }
    }

    /// What it means, in words.
    pub fn text(self) -> &'static str {
        match self {
            Reason::Empty => "empty",
            Reason::Placeholder => "a word or number that stands for \"no value\"",
            Reason::Masked => "some characters are masked",
            Reason::SpreadsheetDamage => "a spreadsheet destroyed digits",
            Reason::Length => "too long or too short",
            Reason::Syntax => "not written as the kind is",
            Reason::Checksum => "the check digit fails (`--lenient` takes it all the same)",
            Reason::Date => "a date in it is no day, or lies in the future",
            Reason::NoRegion => "no country code, and no `--region`",
            Reason::Encoding => "not text in the encoding of the source",
            Reason::UnknownKind => "the kind named is none that leakdex knows",
            Reason::UnsupportedCountry => "the kind has no rule for the country",
            Reason::NoKind => "no kind fits",
            Reason::Reserved => "set aside by its standard for no one in particular",
            Reason::Short => "the record ends before the column",
        }
    }
}
