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
    /// User name, of one site if a scope is given.
    Username = 10,
    /// Payment card number (ISO/IEC 7812).
    Card = 11,
    /// International bank account number (ISO 13616).
    Iban = 12,
    /// Address of the Internet Protocol; weak.
    Ip = 13,
    /// A name alone; weak.
    Name = 14,
    /// A postal address alone; weak.
    Address = 15,
    /// Name together with postcode.
    NamePostcode = 16,
    /// Registrable domain of an e-mail address: whole companies.
    EmailDomain = 17,
    /// Passport number of a country (ICAO 9303).
    Passport = 18,
    /// Password.
    Password = 19,
}

impl Kind {
    /// Stable numbers are below this.
    pub const NUMBERS: usize = Kind::ALL.len() + 1;
    /// Every kind, in the order of its number.
    pub const ALL: [Kind; 19] = [
        Kind::Email,
        Kind::Phone,
        Kind::NationalId,
        Kind::Vin,
        Kind::Plate,
        Kind::EmployeeNo,
        Kind::CustomerNo,
        Kind::ContractNo,
        Kind::NameDob,
        Kind::Username,
        Kind::Card,
        Kind::Iban,
        Kind::Ip,
        Kind::Name,
        Kind::Address,
        Kind::NamePostcode,
        Kind::EmailDomain,
        Kind::Passport,
        Kind::Password,
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
            Kind::Username => "username",
            Kind::Card => "card",
            Kind::Iban => "iban",
            Kind::Ip => "ip",
            Kind::Name => "name",
            Kind::Address => "address",
            Kind::NamePostcode => "name_postcode",
            Kind::EmailDomain => "email_domain",
            Kind::Passport => "passport",
            Kind::Password => "password",
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
        match self {
            // 2: marks, spellings and scripts of names are folded by one rule.
            Kind::NameDob => 2,
            // 2: Swedish numbers have a looser form, and parts of numbers stand under no country.
            Kind::NationalId => 2,
            // 2: what is left of a number without its country stands under no country.
            Kind::Passport => 2,
            // 2: the digest has room for a number.
            Kind::EmailDomain => 2,
            _ => 1,
        }
    }

    /// Whether the number means nothing without the organisation that gave it (`--scope`).
    pub fn needs_scope(self) -> bool {
        matches!(self, Kind::EmployeeNo | Kind::CustomerNo | Kind::ContractNo)
    }

    /// Whether a scope separates equal values: where it is needed, and for user names, where a site can be named.
    pub fn takes_scope(self) -> bool {
        self.needs_scope() || self == Kind::Username
    }

    /// Whether the kind is issued by a country, which is then part of its namespace.
    pub fn has_country(self) -> bool {
        matches!(self, Kind::NationalId | Kind::Plate | Kind::Passport)
    }

    /// Whether equal values are usual among strangers, so that a meeting says little.
    pub fn is_weak(self) -> bool {
        matches!(self, Kind::Ip | Kind::Name | Kind::Address)
    }

    /// Whether some values of the kind have a looser form that aliases share.
    pub fn has_aliases(self) -> bool {
        !matches!(self, Kind::Phone | Kind::Plate | Kind::Card | Kind::Iban | Kind::Ip | Kind::EmailDomain)
            && !matches!(self, Kind::Passport | Kind::Password)
    }

    /// Whether an index keeps the number of records that have a value, and not only whether any has.
    #[inline]
    pub const fn is_counted(self) -> bool {
        matches!(self, Kind::EmailDomain)
    }

    /// Whether the value is made of several columns: names, and what goes with them.
    pub fn is_joined(self) -> bool {
        matches!(self, Kind::NameDob | Kind::NamePostcode)
    }

    /// Whether a column is taken as this kind only if somebody says so.
    pub fn is_mapped_only(self) -> bool {
        self.is_weak() && self != Kind::Ip || matches!(self, Kind::Password | Kind::EmailDomain) || self.is_joined()
    }

    /// Whether dumps hold this kind of identifier in this form.
    pub fn has_form(self, form: Form) -> bool {
        match form {
            Form::Plain => true,
            Form::Loose => matches!(self, Kind::Phone | Kind::Passport),
            Form::Unchecked => matches!(self, Kind::NationalId | Kind::Vin | Kind::Card | Kind::Iban | Kind::Passport),
            Form::Md5 | Form::Sha1 | Form::Sha256 => matches!(self, Kind::Email | Kind::Phone | Kind::Password),
            Form::Ntlm => self == Kind::Password,
        }
    }
}

/// What a value is, beside its kind: itself, or what somebody made of it before it was written down.
///
/// Each form has digests of its own, and its own rows in the coverage tables.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Form {
    /// The value itself.
    #[default]
    Plain,
    /// A telephone or passport number without its country.
    Loose,
    /// A value whose check digit fails, taken all the same.
    Unchecked,
    /// The unsalted MD5 of the value.
    Md5,
    /// The unsalted SHA-1 of the value.
    Sha1,
    /// The unsalted SHA-256 of the value.
    Sha256,
    /// The NT hash of a password: MD4 of its UTF-16.
    Ntlm,
}

impl Form {
    /// Every form, in the order of its number.
    pub const ALL: [Form; 7] =
        [Form::Plain, Form::Loose, Form::Unchecked, Form::Md5, Form::Sha1, Form::Sha256, Form::Ntlm];
    /// The hashes.
    pub const HASHES: [Form; 4] = [Form::Md5, Form::Sha1, Form::Sha256, Form::Ntlm];

    /// What stands behind the name of the kind: `email_md5`.
    pub fn suffix(self) -> &'static str {
        match self {
            Form::Plain => "",
            Form::Loose => "_loose",
            Form::Unchecked => "_unchecked",
            Form::Md5 => "_md5",
            Form::Sha1 => "_sha1",
            Form::Sha256 => "_sha256",
            Form::Ntlm => "_ntlm",
        }
    }

    /// Whether it is a hash of the value.
    pub fn is_hash(self) -> bool {
        Form::HASHES.contains(&self)
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

    /// The country of two capital letters in the code.
    pub(super) const fn literal(code: &[u8; 2]) -> Country {
        Country(*code)
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

/// A kind with the country that issues it, and the form in which it is written: `national_id:CN`, `email_md5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KindSpec {
    /// The kind.
    pub kind: Kind,
    /// The issuing country, or none where the kind has none or it was not given.
    pub country: Country,
    /// The form.
    pub form: Form,
}

impl KindSpec {
    /// A kind without a country.
    pub const fn new(kind: Kind) -> KindSpec {
        KindSpec { kind, country: Country::NONE, form: Form::Plain }
    }

    /// A kind of a country.
    pub fn of(kind: Kind, country: Country) -> KindSpec {
        KindSpec { kind, country, form: Form::Plain }
    }

    /// Values of a kind of which only the hash is known.
    pub fn hashed(kind: Kind, form: Form) -> KindSpec {
        KindSpec { kind, country: Country::NONE, form }
    }

    /// Reads `kind`, `kind:CC` or `kind_hash`; `None` if the kind is unknown, has no country and one is given, or is not
    /// found in dumps as such a hash.
    pub fn parse(text: &str) -> Option<KindSpec> {
        let (name, country) = match text.split_once(':') {
            Some((name, code)) => (name, Country::from_code(code)?),
            None => (text, Country::NONE),
        };
        let name = name.trim().to_ascii_lowercase().replace('-', "_");
        let hash = Form::HASHES.into_iter().find_map(|form| Some((name.strip_suffix(form.suffix())?, form)));
        let (name, form) = hash.unwrap_or((&name, Form::Plain));
        let kind = Kind::from_name(name)?;
        let fits = (country.is_none() || kind.has_country()) && kind.has_form(form);
        fits.then_some(KindSpec { kind, country, form })
    }

    /// The name of kind and form.
    pub fn name(&self) -> String {
        [self.kind.name(), self.form.suffix()].concat()
    }
}

impl fmt::Display for KindSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind.name())?;
        f.write_str(self.form.suffix())?;
        if self.country.is_none() { Ok(()) } else { write!(f, ":{}", self.country.code()) }
    }
}
