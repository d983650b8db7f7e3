//! The registry of identifier kinds: names, stable numbers, rule versions.

use std::fmt;

/// A class of identifier. The number is stable: it is part of every key derivation and of the coverage tables on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum Kind {
    /// E-mail address.
    Email = 1,
    /// Telephone number.
    Phone = 2,
    /// National identity number of a country.
    NationalId = 3,
    /// Vehicle identification number (ISO 3779).
    Vin = 4,
    /// Vehicle licence plate of a country.
    Plate = 5,
    /// Employee number inside an organisation.
    EmployeeNo = 6,
    /// Customer number inside an organisation.
    CustomerNo = 7,
    /// Contract number inside an organisation.
    ContractNo = 8,
    /// Name together with date of birth.
    NameDob = 9,
}

impl Kind {
    /// Every kind, in the order of its number.
    pub const ALL: [Kind; 9] = [
        Kind::Email,
        Kind::Phone,
        Kind::NationalId,
        Kind::Vin,
        Kind::Plate,
        Kind::EmployeeNo,
        Kind::CustomerNo,
        Kind::ContractNo,
        Kind::NameDob,
    ];

    /// The name on the command line and in every output.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Email => "email",
            Kind::Phone => "phone",
            Kind::NationalId => "national_id",
            Kind::Vin => "vin",
            Kind::Plate => "plate",
            Kind::EmployeeNo => "employee_no",
            Kind::CustomerNo => "customer_no",
            Kind::ContractNo => "contract_no",
            Kind::NameDob => "name_dob",
        }
    }

    /// The stable number in key derivations and coverage tables.
    pub fn id(self) -> u8 {
        self as u8
    }

    /// The kind with this stable number.
    pub fn from_id(id: u8) -> Option<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.id() == id)
    }

    /// The kind of this name, in any case; `-` and `_` are the same.
    pub fn from_name(name: &str) -> Option<Kind> {
        let name = name.trim().to_ascii_lowercase().replace('-', "_");
        Kind::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Version of the canonicalisation rule: raised whenever an accepted value gets other canonical bytes.
    pub fn rule_version(self) -> u16 {
        1
    }

    /// Whether the number means nothing without the organisation that gave it (`--scope`).
    pub fn needs_scope(self) -> bool {
        matches!(self, Kind::EmployeeNo | Kind::CustomerNo | Kind::ContractNo)
    }

    /// Whether the kind is issued by a country, which is then part of its namespace.
    pub fn has_country(self) -> bool {
        matches!(self, Kind::NationalId | Kind::Plate)
    }
}

/// An ISO 3166-1 alpha-2 country in upper case, or none.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Country([u8; 2]);

impl Country {
    /// No country: two zero bytes in key derivations and on disk.
    pub const NONE: Country = Country([0, 0]);
    /// The People's Republic of China.
    pub const CN: Country = Country(*b"CN");

    /// The country of a two-letter code, in any case.
    pub fn from_code(code: &str) -> Option<Country> {
        let bytes: [u8; 2] = code.trim().as_bytes().try_into().ok()?;
        bytes.iter().all(u8::is_ascii_alphabetic).then(|| Country([bytes[0], bytes[1]].map(|b| b.to_ascii_uppercase())))
    }

    /// The two bytes as stored; zeros if none.
    pub fn bytes(self) -> [u8; 2] {
        self.0
    }

    /// The country of two stored bytes: two capital letters or two zeros.
    pub fn from_bytes(bytes: [u8; 2]) -> Option<Country> {
        (bytes == [0, 0] || bytes.iter().all(u8::is_ascii_uppercase)).then_some(Country(bytes))
    }

    /// Whether no country is given.
    pub fn is_none(self) -> bool {
        self == Country::NONE
    }

    /// The two letters, or an empty text.
    pub fn code(&self) -> &str {
        if self.is_none() { "" } else { std::str::from_utf8(&self.0).unwrap_or("") }
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_none() { "none" } else { self.code() })
    }
}

/// A kind with the country that issues it, as `--map` names it: `national_id:CN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindSpec {
    /// The kind.
    pub kind: Kind,
    /// The issuing country, or none where the kind has none or it was not given.
    pub country: Country,
}

impl KindSpec {
    /// A kind without a country.
    pub fn new(kind: Kind) -> KindSpec {
        KindSpec { kind, country: Country::NONE }
    }

    /// Reads `kind` or `kind:CC`; `None` if the kind is unknown, or has no country and one is given.
    pub fn parse(text: &str) -> Option<KindSpec> {
        let (name, country) = match text.split_once(':') {
            Some((name, code)) => (name, Country::from_code(code)?),
            None => (text, Country::NONE),
        };
        let kind = Kind::from_name(name)?;
        (country.is_none() || kind.has_country()).then_some(KindSpec { kind, country })
    }
}

impl fmt::Display for KindSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        if self.country.is_none() { Ok(()) } else { write!(f, ":{}", self.country.code()) }
    }
}
