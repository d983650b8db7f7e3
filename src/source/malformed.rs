//! What a record can be instead of one.

/// Why a record cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Malformed {
    /// Longer than `record_bytes_max`.
    TooLong,
    /// Not a JSON object.
    NotJson,
    /// JSON nested deeper than 128 levels.
    TooDeep,
    /// A line of a list of sites without its three parts.
    NotASite,
    /// A tuple of SQL that breaks off, or holds what is no value.
    NotATuple,
    /// A tuple or line of SQL with another number of values than its table has columns.
    ValueCount,
}

impl Malformed {
    /// Every one.
    pub const ALL: [Malformed; 6] = [
        Malformed::TooLong,
        Malformed::NotJson,
        Malformed::TooDeep,
        Malformed::NotASite,
        Malformed::NotATuple,
        Malformed::ValueCount,
    ];

    /// The stable name that summaries use.
    pub fn name(self) -> &'static str {
        match self {
            Malformed::TooLong => "record_too_long",
            Malformed::NotJson => "not_json",
            Malformed::TooDeep => "nested_too_deep",
            Malformed::NotASite => "not_url_login_password",
            Malformed::NotATuple => "not_a_tuple",
            Malformed::ValueCount => "wrong_value_count",
        }
    }
}
