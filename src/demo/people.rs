//! The persons of the incident and their identifiers, every one a pure function of the seed and the person's number.
//!
//! An identifier is a counter sent through a keyed permutation of its number space and written out in the digits of its
//! kind. Distinct counters give distinct identifiers, so nobody shares one and nothing has to be remembered or checked.
//! The number spaces leave out what a canonicalisation rule refuses: a phone number whose last eight digits begin with
//! zero (which is where `13800138000` lies), a serial 000, numbers of one repeated digit.

use super::random::{Permutation, Random, Stream};
use super::words::{CITIES, FAMILY_NAMES, GIVEN_NAMES, PLATE_PROVINCES, REGIONS, STREETS};

/// Prefixes of Chinese mobile numbers that every version of the numbering plan since 2017 knows.
const PHONE_PREFIXES: [&str; 32] = [
    "130", "131", "132", "133", "135", "136", "137", "138", "139", "150", "151", "152", "153", "155", "156", "157",
    "158", "159", "176", "177", "178", "180", "181", "182", "183", "185", "186", "187", "188", "189", "198", "199",
];
/// Eight digits that do not begin with zero.
const EIGHT_DIGITS: u64 = 90_000_000;
const EIGHT_DIGITS_FIRST: u64 = 10_000_000;

/// Births from 1955-01-01 to 2002-12-31: adults in 2021.
const BIRTH_DAYS: u64 = 17_532;
/// Serial numbers 001 to 998.
const ID_SERIALS: u64 = 998;

const VIN_SERIALS: u64 = 1_000_000;
const VIN_YEARS: &[u8] = b"EFGHJKLM";
const VIN_PLANTS: &[u8] = b"ABCDEFGHJK";
const VIN_MODELS: &[u8] = b"ABCDEFGHJK";
const VIN_BODIES: &[u8] = b"12345";

const PLATE_CITIES: &[u8] = b"ABCDEFGHJKLMNPQRSTUV";
const PLATE_LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
/// `D` or `F` and five digits: electric vehicles.
const PLATES_ELECTRIC: u64 = 200_000;
/// A letter and four digits.
const PLATES_OLD: u64 = 240_000;

/// Private addresses lie in reserved domains (RFC 2606), so that they can be nobody's.
const DOMAINS: [&str; 4] = ["mail.example", "post.example.com", "letters.example.org", "inbox.example.net"];
/// Gmail's rules of equivalence need Gmail's domain. With this the name is longer than the 30 characters that Gmail
/// allows an account, so these addresses too can be nobody's.
const GMAIL_FILLER: &str = "nobodymodelincident";
const GMAIL_PERCENT: u64 = 30;
/// Tags after a `+`; the first is none.
const TAGS: [&str; 4] = ["", "+motors", "+car", "+2021"];

/// Makes the identifiers and traits of every person of one seed.
pub(super) struct People {
    seed: u64,
    emails: Permutation,
    phones: Permutation,
    national_ids: Permutation,
    vins: Permutation,
    plates: Permutation,
    employee_nos: Permutation,
}

/// The spelling of an e-mail address among those that reach the same mailbox. Two are byte-equal after lower-casing
/// exactly if they are equal here.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Alias {
    dots: bool,
    googlemail: bool,
    tag: u8,
}

/// The first 17 characters of a resident identity number.
pub(super) struct NationalId(String);

/// A name in both scripts, as indices into the lists of [`super::words`].
pub(super) struct Name {
    family: usize,
    given: [usize; 2],
    short: bool,
}

impl People {
    /// The persons of a seed.
    pub(super) fn new(seed: u64) -> People {
        let space = |number, size| Permutation::new(seed, number, size);
        let vins = VIN_SERIALS * (VIN_YEARS.len() * VIN_PLANTS.len() * VIN_MODELS.len() * VIN_BODIES.len()) as u64;
        let plates = (PLATE_PROVINCES.len() * PLATE_CITIES.len()) as u64 * (PLATES_ELECTRIC + PLATES_OLD);
        People {
            seed,
            emails: space(0x10, EIGHT_DIGITS),
            phones: space(0x11, PHONE_PREFIXES.len() as u64 * EIGHT_DIGITS),
            national_ids: space(0x12, REGIONS.len() as u64 * BIRTH_DAYS * ID_SERIALS),
            vins: space(0x13, vins),
            plates: space(0x14, plates),
            employee_nos: space(0x15, EIGHT_DIGITS),
        }
    }

    /// The seed, for sequences of other streams.
    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    /// A person's name; names are not unique.
    pub(super) fn name(&self, person: u64) -> Name {
        let mut random = Random::new(self.seed, Stream::Person, person);
        let mut below = |n: usize| random.below(n as u64) as usize;
        let family = below(FAMILY_NAMES.len());
        let given = [below(GIVEN_NAMES.len()), below(GIVEN_NAMES.len())];
        Name { family, given, short: below(3) == 0 }
    }

    /// Whether a person's private address is at Gmail.
    fn at_gmail(&self, person: u64) -> bool {
        Random::new(self.seed, Stream::Person, !person).percent(GMAIL_PERCENT)
    }

    /// The spelling of a private address in one place: the plain one unless a draw of `percent` says otherwise.
    pub(super) fn alias(&self, person: u64, place: u8, percent: u64) -> Alias {
        let mut random = Random::new(self.seed, Stream::Alias(place), person);
        if !random.percent(percent) {
            return Alias::default();
        }
        if !self.at_gmail(person) {
            // Elsewhere only the tag is known not to matter; few people use one.
            return Alias { tag: if random.percent(15) { 1 + random.below(3) as u8 } else { 0 }, ..Alias::default() };
        }
        let bits = 1 + random.below(15);
        Alias { dots: bits & 1 != 0, googlemail: bits & 2 != 0, tag: (bits >> 2) as u8 }
    }

    /// The private address in lower case.
    pub(super) fn private_email(&self, person: u64, alias: Alias) -> String {
        let name = self.name(person).pinyin();
        let number = EIGHT_DIGITS_FIRST + self.emails.apply(person);
        let tag = TAGS[usize::from(alias.tag)];
        if !self.at_gmail(person) {
            let domain = DOMAINS[(number % DOMAINS.len() as u64) as usize];
            return format!("{name}_{number}{tag}@{domain}");
        }
        let dot = if alias.dots { "." } else { "" };
        let domain = if alias.googlemail { "googlemail.com" } else { "gmail.com" };
        format!("{name}{dot}{number}{dot}{GMAIL_FILLER}{tag}@{domain}")
    }

    /// The address at work in lower case.
    pub(super) fn work_email(&self, person: u64) -> String {
        format!("{}.{}@model-motors.example", self.name(person).pinyin(), self.employee_number(person))
    }

    /// The eleven digits of a mobile number; every person has two, `slot` 0 and 1.
    pub(super) fn phone(&self, person: u64, slot: u64) -> String {
        let number = self.phones.apply(2 * person + slot);
        let prefix = PHONE_PREFIXES[(number / EIGHT_DIGITS) as usize];
        format!("{prefix}{}", EIGHT_DIGITS_FIRST + number % EIGHT_DIGITS)
    }

    /// The resident identity number.
    pub(super) fn national_id(&self, person: u64) -> NationalId {
        let number = self.national_ids.apply(person);
        let (serial, rest) = (1 + number % ID_SERIALS, number / ID_SERIALS);
        let (day, region) = (rest % BIRTH_DAYS, REGIONS[(rest / BIRTH_DAYS) as usize]);
        NationalId(format!("{region}{}{serial:03}", day_after(1955, day).strftime("%Y%m%d")))
    }

    /// The vehicle identification number of the person's vehicle.
    pub(super) fn vin(&self, person: u64) -> String {
        let mut rest = self.vins.apply(person);
        let mut digit = |radix: u64| {
            let value = rest % radix;
            rest /= radix;
            value
        };
        let serial = digit(VIN_SERIALS);
        let mut letter = |alphabet: &[u8]| char::from(alphabet[digit(alphabet.len() as u64) as usize]);
        let (year, plant, model, body) =
            (letter(VIN_YEARS), letter(VIN_PLANTS), letter(VIN_MODELS), letter(VIN_BODIES));
        let unchecked = format!("LMM{model}{body}2AE0{year}{plant}{serial:06}");
        let check = vin_check_digit(unchecked.as_bytes());
        format!("{}{check}{}", &unchecked[..8], &unchecked[9..])
    }

    /// The licence plate of the person's vehicle, without any separator.
    pub(super) fn plate(&self, person: u64) -> String {
        let number = self.plates.apply(person);
        let (tail, place) = (number % (PLATES_ELECTRIC + PLATES_OLD), number / (PLATES_ELECTRIC + PLATES_OLD));
        let province = PLATE_PROVINCES[(place / PLATE_CITIES.len() as u64) as usize];
        let city = char::from(PLATE_CITIES[(place % PLATE_CITIES.len() as u64) as usize]);
        if tail < PLATES_ELECTRIC {
            let letter = if tail < PLATES_ELECTRIC / 2 { 'D' } else { 'F' };
            return format!("{province}{city}{letter}{:05}", tail % 100_000);
        }
        let old = tail - PLATES_ELECTRIC;
        format!("{province}{city}{}{:04}", char::from(PLATE_LETTERS[(old / 10_000) as usize]), old % 10_000)
    }

    fn employee_number(&self, person: u64) -> u64 {
        EIGHT_DIGITS_FIRST + self.employee_nos.apply(person)
    }

    /// The number that the company gave to the person; the letters keep leading zeros out of the question.
    pub(super) fn employee_no(&self, person: u64) -> String {
        format!("MM{}", self.employee_number(person))
    }
}

impl NationalId {
    /// The form of GB 11643-1999: 18 characters, `X` in upper case.
    pub(super) fn eighteen(&self) -> String {
        format!("{}{}", self.0, id_check_character(self.0.as_bytes()))
    }

    /// The form of 1989, which has no century and therefore only births before 2000.
    pub(super) fn fifteen(&self) -> Option<String> {
        (&self.0[6..8] == "19").then(|| format!("{}{}", &self.0[..6], &self.0[8..]))
    }

    /// The sex that the last digit of the serial number tells.
    pub(super) fn is_male(&self) -> bool {
        self.0.as_bytes()[16] % 2 == 1
    }
}

impl Name {
    /// In Chinese characters.
    pub(super) fn chinese(&self) -> String {
        let [first, second] = self.given.map(|index| GIVEN_NAMES[index].0);
        let second = if self.short { "" } else { second };
        format!("{}{first}{second}", FAMILY_NAMES[self.family].0)
    }

    /// In Latin letters without a separator, given name first.
    pub(super) fn pinyin(&self) -> String {
        let [first, second] = self.given.map(|index| GIVEN_NAMES[index].1);
        let second = if self.short { "" } else { second };
        format!("{first}{second}{}", FAMILY_NAMES[self.family].1)
    }
}

/// The day that lies so many days after the first of January of a year.
pub(super) fn day_after(year: i16, days: u64) -> jiff::civil::Date {
    let first = jiff::civil::date(year, 1, 1);
    first.saturating_add(jiff::Span::new().days(days as i64))
}

/// A city, and a street in it with a house number; some hold a comma.
pub(super) fn address(random: &mut Random) -> (&'static str, String) {
    let (city, district) = random.pick(&CITIES);
    let street = random.pick(&STREETS);
    let (house, flat) = (1 + random.below(400), 101 + random.below(2_000));
    let separator = random.pick(&["", ",", " "]);
    (city, format!("{district}{street}{house}号{separator}{flat}室"))
}

/// The check character of the first 17 digits of a resident identity number.
///
/// Source: GB 11643-1999, which is ISO 7064 MOD 11-2.
pub(super) fn id_check_character(digits: &[u8]) -> char {
    const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    char::from(b"10X98765432"[(sum % 11) as usize])
}

/// The check digit of a vehicle identification number; what stands at its place, the ninth, has weight 0.
///
/// Source: 49 CFR 565.15(c).
pub(super) fn vin_check_digit(vin: &[u8]) -> char {
    const WEIGHTS: [u32; 17] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];
    // The values of A to Z; I, O and Q do not occur.
    const VALUES: [u32; 26] = [1, 2, 3, 4, 5, 6, 7, 8, 0, 1, 2, 3, 4, 5, 0, 7, 0, 9, 2, 3, 4, 5, 6, 7, 8, 9];
    let value = |c: &u8| if c.is_ascii_digit() { u32::from(c - b'0') } else { VALUES[usize::from(c - b'A')] };
    let sum: u32 = vin.iter().zip(WEIGHTS).map(|(c, weight)| value(c) * weight).sum();
    char::from(b"0123456789X"[(sum % 11) as usize])
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn check_characters_follow_the_standards() {
        // The example of GB 11643-1999, and the example of 49 CFR 565 as it is commonly printed.
        assert_eq!(id_check_character(b"11010519491231002"), 'X');
        assert_eq!(id_check_character(b"44052418800101001"), '4');
        assert_eq!(vin_check_digit(b"1M8GDM9A_KP042788".map(|c| if c == b'_' { b'0' } else { c }).as_slice()), 'X');
        assert_eq!(vin_check_digit(b"11111111111111111"), '1');
    }

    #[test]
    fn identifiers_are_valid_and_unique() {
        let people = People::new(3);
        let mut seen = HashSet::new();
        for person in 0..3_000 {
            let id = people.national_id(person).eighteen();
            let (year, month, day) = (&id[6..10], &id[10..12], &id[12..14]);
            let date = jiff::civil::Date::new(year.parse().unwrap(), month.parse().unwrap(), day.parse().unwrap());
            assert!((1955..=2002).contains(&date.unwrap().year()), "{person}");
            assert!((11..=65).contains(&id[..2].parse().unwrap()), "{person}");
            let vin = people.vin(person);
            assert_eq!(vin.len(), 17);
            assert_eq!(char::from(vin.as_bytes()[8]), vin_check_digit(vin.as_bytes()));
            assert!(!vin.contains(['I', 'O', 'Q']));
            let plain = Alias::default();
            let folded = people.private_email(person, plain).replace('.', "");
            assert!(folded.len() <= 64 + 20);
            let rest = [people.phone(person, 0), people.phone(person, 1), people.plate(person)];
            let more = [people.employee_no(person), people.work_email(person), folded, id, vin];
            assert!(rest.iter().chain(&more).all(|value| seen.insert(value.clone())), "person {person} shares a value");
        }
    }

    #[test]
    fn birth_days_end_with_2002() {
        assert_eq!(day_after(1955, BIRTH_DAYS - 1), jiff::civil::date(2002, 12, 31));
    }

    #[test]
    fn fifteen_digits_only_before_2000() {
        assert_eq!(NationalId("11010519491231002".into()).fifteen().as_deref(), Some("110105491231002"));
        assert_eq!(NationalId("11010520000101002".into()).fifteen(), None);
    }

    #[test]
    fn gmail_addresses_are_longer_than_an_account_can_be() {
        let people = People::new(4);
        for person in (0..500).filter(|person| people.at_gmail(*person)) {
            let address = people.private_email(person, Alias::default());
            assert!(address.split('@').next().unwrap().len() > 30, "person {person}");
        }
    }

    #[test]
    fn aliases_differ_only_in_what_the_mailbox_ignores() {
        let people = People::new(5);
        let fold = |address: &str| {
            let (local, domain) = address.split_once('@').unwrap();
            let local = local.split('+').next().unwrap();
            if domain.starts_with('g') { local.replace('.', "") } else { format!("{local}@{domain}") }
        };
        for person in 0..500 {
            let [list, dump] = [0, 3].map(|place| people.alias(person, place, 60));
            let [a, b] = [list, dump].map(|alias| people.private_email(person, alias));
            assert_eq!(fold(&a), fold(&b));
            assert_eq!(a == b, list == dump);
        }
    }
}
