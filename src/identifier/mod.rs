//! Identifiers: a raw field and its kind become canonical bytes, or a reason why not.
//!
//! One function per kind serves the dump and the customer list alike, so that two spellings of one value meet. The
//! canonical bytes are the whole message of the digest: kind, variant, rule version, country and scope are part of the
//! key derivation (see [`crate::digest`]), not of the message.
//!
//! Every value takes the same way: length cap, UTF-8, invisible characters out, NFKC, guards and blanks off
//! (`clean`), masks and placeholders refused (`refuse`), then the rule of the kind. Pure ASCII skips the Unicode steps.
//!
//! A [`Canonicalizer`] owns every buffer, so that the common forms of all kinds allocate nothing. What allocates: phone
//! numbers that only the library can settle, and e-mail addresses that are not ASCII.
//!
//! Measured, CPU nanoseconds per value on one thread of a two-core AMD EPYC guest whose neighbours and other jobs took turns with
//! it, optimised as for release; the best of nine rounds over 4,000 to 20,000 seeded values that all are accepted: e-mail with alias
//! form 57, E.164 and Chinese mobile numbers 67, with `+86` and spaces 85, US number as written 89, a mixed list 306; identity
//! numbers of China 41, of other countries in letters and digits alone 31 to 62, with their usual separators 45 to 80, and with a
//! zero put back 78 to 118; VIN 77, IBAN 79 (Germany) to 110 (France), card 32, user name 37, IPv4 51, IPv6 105 to 117. Two runs
//! differed by a tenth.
//!
//! What independent implementations say of generated values, and who is right where they disagree: `testdata/compare`.

mod address;
mod address_han;
mod card;
mod clean;
mod country_names;
mod date;
mod date_order;
mod email;
mod email_domain;
mod email_plain;
mod fold;
mod han;
mod hashed;
mod iban;
mod ip;
mod kind;
mod month;
mod mrz;
mod name;
mod name_dob;
mod name_postcode;
mod national_id;
mod number;
mod passport;
mod password;
mod person;
mod phone;
mod phone_codes;
mod phone_plain;
mod plate;
mod postcode;
mod reason;
mod refuse;
mod region;
mod romanize;
mod sample;
mod simd;
mod streets;
mod titles;
mod username;
#[cfg(test)]
mod vectors;
mod vin;

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroize;

pub use country_names::country_named;
pub use date_order::{Order, date_needs_order, date_order_evidence};
pub use email_domain::registrable;
pub use hashed::hash_of;
pub use kind::{Country, Form, Kind, KindSpec};
pub use name_dob::NAME_DOB_SEPARATOR;
pub use phone::tail_with_code;
pub use reason::Reason;
pub use refuse::presence;
pub use region::{Dialled, country_dialled, is_region};
pub use sample::{
    is_partly_tried_without_country, is_tried_without_country, mask_sample, readable, vouching_by_chance,
};

use clean::{RAW_BYTES_MAX, clean};

/// The canonical forms of one value, borrowed from the [`Canonicalizer`] that made them.
#[derive(Clone, Copy)]
pub struct Canonical<'a> {
    /// The canonical bytes.
    pub exact: &'a [u8],
    /// The looser form that aliases share, only where it differs from `exact`.
    pub fold: Option<&'a [u8]>,
    /// What is left of the value without its country: of telephone and passport numbers. Of an identity number what is also
    /// written of it.
    pub loose: Option<&'a [u8]>,
    /// The national number of a telephone number, without zeros in front; of one without its country all of its digits.
    pub national: Option<&'a [u8]>,
    /// Of a telephone number that was written without its country code: whether it may also begin with one.
    pub may_have_code: bool,
    /// The telephone number that it is if it begins with the country code of its region.
    pub with_code: Option<WithCode<'a>>,
    /// The country that issued a national identity number, a passport or a plate; none for other kinds.
    pub country: Country,
    /// What `exact` is: the value itself, a hash of it, what is left without a country, or unchecked.
    pub form: Form,
    /// Whether nobody has said the country, and its rule accepts too many others: by its looser form such a value meets loosely.
    pub folds_loosely: bool,
    /// Whether a rule accepts it that is tried only where somebody says the country.
    pub needs_country: bool,
    others: &'a Others,
}

/// Another reading of a telephone number.
#[derive(Clone, Copy)]
pub struct WithCode<'a> {
    /// All digits, the country code first.
    pub number: &'a [u8],
    /// What is compared of it without its country, as in [`Canonical::loose`]; empty if it has too few digits.
    pub loose: &'a [u8],
}

impl<'a> Canonical<'a> {
    /// The value under the rules of the other countries that accept it, where its country was not given.
    pub fn others(&self) -> impl Iterator<Item = Canonical<'a>> + use<'a> {
        let Canonical { others, form, .. } = *self;
        let mut begin = 0;
        others.ends.iter().map(move |end| {
            let (exact, fold) = (&others.bytes[begin..end.exact], &others.bytes[end.exact..end.fold]);
            begin = end.fold;
            Canonical {
                exact,
                fold: (!fold.is_empty()).then_some(fold),
                loose: None,
                national: None,
                may_have_code: false,
                with_code: None,
                country: end.country,
                form,
                folds_loosely: end.folds_loosely,
                needs_country: false,
                others: &NO_OTHERS,
            }
        })
    }
}

impl fmt::Debug for Canonical<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canonical")
            .field("exact_len", &self.exact.len())
            .field("fold_len", &self.fold.map(<[u8]>::len))
            .field("loose_len", &self.loose.map(<[u8]>::len))
            .field("country", &self.country)
            .field("form", &self.form)
            .finish()
    }
}

/// Canonical bytes under the rules of further countries: one after the other, and where each ends.
#[derive(Default)]
struct Others {
    bytes: Vec<u8>,
    ends: Vec<OtherEnds>,
}

/// The canonical form under the rule of another country, and its looser form behind it.
struct OtherEnds {
    country: Country,
    exact: usize,
    fold: usize,
    folds_loosely: bool,
}

static NO_OTHERS: Others = Others { bytes: Vec::new(), ends: Vec::new() };

/// The output buffers of the rules. They are as large as the largest accepted value, so that they hardly ever grow and
/// leave no copies behind.
///
/// A rule that refuses a value only for its check digit leaves the canonical bytes in `exact`: `--lenient` takes them.
struct Forms {
    exact: Vec<u8>,
    /// Empty: no looser form.
    fold: Vec<u8>,
    /// Empty: the kind has no form without a country.
    loose: Vec<u8>,
    /// Empty: this is no telephone number, or its country is not known.
    national: Vec<u8>,
    may_have_code: bool,
    /// Empty: there is no other reading. Behind its digits stands its loose form.
    with_code: Vec<u8>,
    with_code_len: usize,
    others: Others,
    /// Room for a rule's own intermediate text.
    work: String,
    country: Country,
    form: Form,
    folds_loosely: bool,
    needs_country: bool,
    /// The day on which the canonicalizer was made, as the number YYYYMMDD: no date of birth lies after it.
    today: u32,
    /// Whether looser forms are wanted.
    folds: bool,
}

impl Forms {
    fn new() -> Forms {
        Forms {
            exact: Vec::with_capacity(RAW_BYTES_MAX),
            fold: Vec::with_capacity(RAW_BYTES_MAX),
            loose: Vec::with_capacity(LOOSE_BYTES_MAX),
            national: Vec::with_capacity(LOOSE_BYTES_MAX),
            may_have_code: false,
            with_code: Vec::with_capacity(LOOSE_BYTES_MAX),
            with_code_len: 0,
            others: Others { bytes: Vec::with_capacity(RAW_BYTES_MAX), ends: Vec::with_capacity(OTHERS_MAX) },
            work: String::with_capacity(RAW_BYTES_MAX),
            country: Country::NONE,
            form: Form::Plain,
            folds_loosely: false,
            needs_country: false,
            today: date::today(),
            folds: true,
        }
    }

    #[inline]
    fn canonical(&self, country: Country) -> Canonical<'_> {
        let present = |form: &[u8]| self.folds && !form.is_empty();
        Canonical {
            exact: &self.exact,
            fold: present(&self.fold).then_some(&self.fold),
            loose: present(&self.loose).then_some(&self.loose),
            national: present(&self.national).then_some(&self.national),
            may_have_code: self.may_have_code,
            with_code: present(&self.with_code).then(|| {
                let (number, loose) = self.with_code.split_at(self.with_code_len);
                WithCode { number, loose }
            }),
            country,
            form: self.form,
            folds_loosely: self.folds_loosely,
            needs_country: self.needs_country,
            others: &self.others,
        }
    }

    /// Of a number whose issuer may be unknown: its form without a country, which is all there is if it is unknown.
    fn without_country(&mut self) {
        if self.country.is_none() {
            self.form = Form::Loose;
        } else {
            self.loose.extend_from_slice(&self.exact);
        }
    }

    fn clear(&mut self) {
        self.exact.clear();
        self.fold.clear();
        self.loose.clear();
        self.national.clear();
        self.may_have_code = false;
        self.with_code.clear();
        self.others.bytes.clear();
        self.others.ends.clear();
        self.work.clear();
        self.country = Country::NONE;
        self.form = Form::Plain;
        (self.folds_loosely, self.needs_country) = (false, false);
    }
}

/// No form without a country is longer.
const LOOSE_BYTES_MAX: usize = 32;
/// More countries than these never accept one value.
const OTHERS_MAX: usize = 16;

/// Turns raw values into canonical bytes. One per worker thread: it owns the scratch buffers, and wipes them when dropped.
pub struct Canonicalizer {
    text: String,
    forms: Forms,
    lenient: bool,
}

impl Canonicalizer {
    /// Makes a canonicalizer. It reads the clock once, to refuse dates of birth in the future.
    ///
    /// Cost: five buffers of 4 KiB.
    pub fn new() -> Canonicalizer {
        Canonicalizer { text: String::with_capacity(RAW_BYTES_MAX), forms: Forms::new(), lenient: false }
    }

    /// Takes values whose check digit fails, as [`Form::Unchecked`].
    pub fn lenient(mut self, lenient: bool) -> Canonicalizer {
        self.lenient = lenient;
        self
    }

    /// As [`Canonicalizer::new`], but no value has a looser form.
    pub fn without_folds() -> Canonicalizer {
        let mut canonicalizer = Canonicalizer::new();
        canonicalizer.forms.folds = false;
        canonicalizer
    }

    /// Turns a raw value of a kind into its canonical forms.
    ///
    /// Input: any bytes; `region` is the country of telephone numbers that bear no country code, and of postcodes, and
    /// decides in which order the numbers of a date are read (see [`Order`]).
    /// Output: forms that live until the next call.
    /// Cost: no heap allocation for ASCII, except for phone numbers which only the library can settle.
    /// Errors: the first reason that speaks against the value; no error holds a part of the value.
    #[inline]
    pub fn canonicalize(&mut self, spec: KindSpec, region: Country, raw: &[u8]) -> Result<Canonical<'_>, Reason> {
        // Nearly every value of nearly every list: worth ways of their own, without a call.
        let plain = spec.form == Form::Plain
            && match spec.kind {
                Kind::Email => email_plain::canonicalize(raw, &mut self.forms),
                Kind::Phone => phone_plain::canonicalize(raw, region, &mut self.forms),
                Kind::Vin => vin::canonicalize_plain(raw, &mut self.forms),
                _ => false,
            };
        if plain {
            return Ok(self.forms.canonical(Country::NONE));
        }
        self.canonicalize_by_rule(spec, region, raw)
    }

    /// What an identity number whose country nobody has said may be a part of: such numbers meet under no country.
    ///
    /// Output: letters and digits, without zeros in front; none if it is no such part.
    pub fn short_number(&mut self, raw: &[u8]) -> Option<&[u8]> {
        let Canonicalizer { text, forms, .. } = self;
        forms.clear();
        (raw.len() <= RAW_BYTES_MAX && national_id::written_short(raw, text, forms)).then_some(&forms.loose[..])
    }

    fn canonicalize_by_rule(&mut self, spec: KindSpec, region: Country, raw: &[u8]) -> Result<Canonical<'_>, Reason> {
        if raw.len() > RAW_BYTES_MAX {
            return Err(Reason::Length);
        }
        let Canonicalizer { text, forms, lenient } = self;
        forms.clear();
        let outcome = match (spec.form.is_hash(), spec.kind) {
            (true, _) => hashed::canonicalize(spec, clean(raw, text)?, forms),
            (false, Kind::NameDob) => name_dob::canonicalize(raw, region, text, forms),
            (false, Kind::NamePostcode) => name_postcode::canonicalize(raw, region, text, forms),
            (false, Kind::Password) => password::canonicalize(raw, forms),
            (false, Kind::NationalId) => national_id::canonicalize(raw, text, spec.country, region, forms),
            (false, kind) => by_text(kind, spec.country, region, clean(raw, text)?, forms),
        };
        let unchecked = *lenient && spec.kind.has_form(Form::Unchecked) && !forms.exact.is_empty();
        match outcome {
            Err(Reason::Checksum) if unchecked => forms.form = Form::Unchecked,
            outcome => outcome?,
        }
        if spec.form.is_hash() {
            forms.form = spec.form;
        }
        if spec.kind == Kind::Passport && forms.form == Form::Plain {
            forms.without_country();
        }
        Ok(forms.canonical(forms.country))
    }
}

/// Applies the rule of a kind whose values are one cleaned text.
fn by_text(kind: Kind, country: Country, region: Country, text: &str, forms: &mut Forms) -> Result<(), Reason> {
    match kind {
        Kind::Email => email::canonicalize(text, forms),
        Kind::Phone => phone::canonicalize(text, region, forms),
        Kind::Vin => vin::canonicalize(text, forms),
        Kind::Plate => plate::canonicalize(text, country, forms),
        Kind::EmployeeNo | Kind::CustomerNo | Kind::ContractNo => number::canonicalize(text, forms),
        Kind::Username => username::canonicalize(text, forms),
        Kind::Card => card::canonicalize(text, forms),
        Kind::Iban => iban::canonicalize(text, forms),
        Kind::Ip => ip::canonicalize(text, forms),
        Kind::Name => name::canonicalize(text, forms),
        Kind::Address => address::canonicalize(text, region, forms),
        Kind::EmailDomain => email_domain::canonicalize(text, forms),
        Kind::Passport => passport::canonicalize(text, country, forms),
        Kind::NameDob | Kind::NamePostcode | Kind::Password | Kind::NationalId => Err(Reason::Syntax),
    }
}

impl Default for Canonicalizer {
    fn default() -> Canonicalizer {
        Canonicalizer::new()
    }
}

impl Drop for Canonicalizer {
    fn drop(&mut self) {
        self.text.zeroize();
        self.forms.exact.zeroize();
        self.forms.fold.zeroize();
        self.forms.loose.zeroize();
        self.forms.national.zeroize();
        self.forms.with_code.zeroize();
        self.forms.others.bytes.zeroize();
        self.forms.work.zeroize();
    }
}

impl fmt::Debug for Canonicalizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canonicalizer").finish_non_exhaustive()
    }
}

/// Whether there is a rule for this kind and country. Without a country, every rule of the kind is tried.
pub fn supports(spec: KindSpec) -> bool {
    match spec.kind {
        Kind::NationalId => national_id::supports(spec.country),
        Kind::Plate => plate::supports(spec.country),
        // Any country issues them, and none has a rule of its own.
        Kind::Passport => true,
        _ => spec.country.is_none(),
    }
}

/// The countries that a kind has rules for; empty for kinds without countries, and for those that every country issues in
/// the same way.
pub fn countries(kind: Kind) -> Vec<Country> {
    match kind {
        Kind::NationalId => national_id::countries(),
        Kind::Plate => vec![Country::CN],
        _ => Vec::new(),
    }
}

/// The form of an organisation's scope that enters the key derivation: NFKC, trimmed, lower-cased.
///
/// Output: UTF-8; empty if the scope is blank.
pub fn canonical_scope(scope: &str) -> Vec<u8> {
    let lowered: String = scope.nfkc().collect::<String>().to_lowercase().nfkc().collect();
    lowered.trim().as_bytes().to_vec()
}

/// The share of random same-shaped values that a kind's rule accepts: how little the rule proves about a column.
///
/// Output: 0 (acceptance proves the kind) to 1 (the rule has no redundancy). The shapes: text that has an `@`; 10 digits
/// as US numbers; 18 digits; 17 characters whose manufacturer code binds the check digit (elsewhere a VIN has none, see
/// [`vouched`]); a province character and six of A-Z 0-9; anything for numbers of organisations and names.
/// Source: measured by `measured_false_accept_rates`, 1,000,000 seeded values a kind.
pub fn false_accept_rate(spec: KindSpec) -> f64 {
    match spec.kind {
        Kind::Email => 0.0,
        Kind::Phone => 1.0,
        Kind::NationalId => national_id::false_accept_rate(spec.country),
        Kind::Vin => vin::FALSE_ACCEPT_RATE,
        Kind::Plate => plate::FALSE_ACCEPT_RATE,
        Kind::Card => card::FALSE_ACCEPT_RATE,
        Kind::Iban => iban::FALSE_ACCEPT_RATE,
        _ => 1.0,
    }
}

/// The day of something that happened to a record, as the number YYYYMMDD; none for what is no such day, or lies before 1990 or in
/// the future. `order`: how the source writes dates in numbers, if that is known.
pub fn day_of_event(value: &[u8], order: Option<Order>) -> Option<u32> {
    const BYTES_MAX: usize = 40;
    let text = std::str::from_utf8(value).ok().filter(|text| text.len() <= BYTES_MAX)?;
    date::parse_event(text, order, date::today())
}

/// Whether a value is nothing but the digits of an assigned telephone number, its country code in front and no plus: 10 to 15
/// of them, and the first is no zero. Cost: 3 us, and a short allocation; for samples, not for every record.
pub fn is_number_without_plus(value: &[u8]) -> bool {
    let plain = (10..=15).contains(&value.len()) && value.iter().all(u8::is_ascii_digit) && value[0] != b'0';
    plain && std::str::from_utf8(value).is_ok_and(phone::is_assigned)
}

/// Whether a check digit vouches for a value of a kind, under any country whose rule accepts it.
pub fn is_vouched(kind: Kind, canonical: &Canonical<'_>) -> bool {
    let all = std::iter::once(*canonical).chain(canonical.others());
    all.into_iter().any(|one| vouched(KindSpec::of(kind, one.country), one.exact))
}

/// The countries that a column of identity numbers like this one is of: their rules accept few others. Cost: for samples.
pub fn proven_countries(canonical: &Canonical<'_>) -> Vec<Country> {
    let all = std::iter::once(*canonical).chain(canonical.others());
    all.filter(|one| national_id::proves(one.country, one.exact)).map(|one| one.country).collect()
}

/// Whether a check digit inside this canonical value vouches for it. Input: `exact` of an accepted value of the kind.
pub fn vouched(spec: KindSpec, exact: &[u8]) -> bool {
    match spec.kind {
        Kind::NationalId => national_id::vouched(spec.country, exact),
        Kind::Iban => true,
        // No maker numbers vehicles without a letter; one in eleven long numbers of anything passes.
        Kind::Vin => vin::check_digit_passes(exact) && exact.iter().any(u8::is_ascii_alphabetic),
        _ => false,
    }
}
