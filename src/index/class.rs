//! Data classes: what a record exposed about a person, as bits of a mask.
//!
//! The names are those of Have I Been Pwned where it has one; the three numbers inside an organisation have none there.
//! The table in `FORMAT.md` is normative and a test compares it with this one: a bit never changes its meaning.

use std::fmt;

/// The set of data classes of one record, or of several records of one breach, as a bit mask.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct ClassMask(pub u64);

/// One data class: a bit number below 64.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DataClass(u8);

/// The registry: index = bit. Bit 62 is the flag "shared value", bit 63 everything without a bit of its own.
const NAMES: [&str; 64] = [
    "Email addresses",
    "Phone numbers",
    "Names",
    "Government issued IDs",
    "Physical addresses",
    "Dates of birth",
    "Genders",
    "Usernames",
    "Passwords",
    "IP addresses",
    "Job titles",
    "Employers",
    "Vehicle identification numbers (VINs)",
    "Licence plates",
    "Vehicle details",
    "Loan information",
    "Purchases",
    "Employee numbers",
    "Customer numbers",
    "Contract numbers",
    "Credit cards",
    "Partial credit card data",
    "Bank account numbers",
    "Passport numbers",
    "Social security numbers",
    "Driver's licenses",
    "Geographic locations",
    "Nationalities",
    "Places of birth",
    "Marital statuses",
    "Family members' names",
    "Occupations",
    "Education levels",
    "Income levels",
    "Account balances",
    "Payment histories",
    "Payment methods",
    "Financial transactions",
    "Credit status information",
    "Home ownership statuses",
    "Social media profiles",
    "Instant messenger identities",
    "Nicknames",
    "Salutations",
    "Ages",
    "Years of birth",
    "Spoken languages",
    "Device information",
    "Browser user agent details",
    "IMEI numbers",
    "MAC addresses",
    "Website activity",
    "Security questions and answers",
    "Auth tokens",
    "Private messages",
    "Photos",
    "Personal health data",
    "Ethnicities",
    "Religions",
    "Employment statuses",
    "Customer interactions",
    "Biometric data",
    "Shared value",
    "Other",
];

impl DataClass {
    /// E-mail addresses.
    pub const EMAIL_ADDRESSES: DataClass = DataClass(0);
    /// Phone numbers.
    pub const PHONE_NUMBERS: DataClass = DataClass(1);
    /// Names.
    pub const NAMES: DataClass = DataClass(2);
    /// Government issued IDs.
    pub const GOVERNMENT_ISSUED_IDS: DataClass = DataClass(3);
    /// Dates of birth.
    pub const DATES_OF_BIRTH: DataClass = DataClass(5);
    /// Genders.
    pub const GENDERS: DataClass = DataClass(6);
    /// Usernames.
    pub const USERNAMES: DataClass = DataClass(7);
    /// Instant messenger identities.
    pub const INSTANT_MESSENGER_IDENTITIES: DataClass = DataClass(41);
    /// Social media profiles.
    pub const SOCIAL_MEDIA_PROFILES: DataClass = DataClass(40);
    /// Nicknames.
    pub const NICKNAMES: DataClass = DataClass(42);
    /// Passwords.
    pub const PASSWORDS: DataClass = DataClass(8);
    /// IP addresses.
    pub const IP_ADDRESSES: DataClass = DataClass(9);
    /// Physical addresses.
    pub const PHYSICAL_ADDRESSES: DataClass = DataClass(4);
    /// Credit cards.
    pub const CREDIT_CARDS: DataClass = DataClass(20);
    /// Bank account numbers.
    pub const BANK_ACCOUNT_NUMBERS: DataClass = DataClass(22);
    /// Passport numbers.
    pub const PASSPORT_NUMBERS: DataClass = DataClass(23);
    /// Social security numbers.
    pub const SOCIAL_SECURITY_NUMBERS: DataClass = DataClass(24);
    /// Driver's licenses.
    pub const DRIVERS_LICENSES: DataClass = DataClass(25);
    /// Personal health data.
    pub const PERSONAL_HEALTH_DATA: DataClass = DataClass(56);
    /// Biometric data.
    pub const BIOMETRIC_DATA: DataClass = DataClass(61);
    /// Geographic locations.
    pub const GEOGRAPHIC_LOCATIONS: DataClass = DataClass(26);
    /// Website activity.
    pub const WEBSITE_ACTIVITY: DataClass = DataClass(51);
    /// Vehicle identification numbers.
    pub const VINS: DataClass = DataClass(12);
    /// Licence plates.
    pub const LICENCE_PLATES: DataClass = DataClass(13);
    /// Employee numbers.
    pub const EMPLOYEE_NUMBERS: DataClass = DataClass(17);
    /// Customer numbers.
    pub const CUSTOMER_NUMBERS: DataClass = DataClass(18);
    /// Contract numbers.
    pub const CONTRACT_NUMBERS: DataClass = DataClass(19);
    /// The flag "this value stands in very many records, so it says little about one person".
    pub const SHARED_VALUE: DataClass = DataClass(62);
    /// Whatever has no bit of its own.
    pub const OTHER: DataClass = DataClass(63);

    /// Every bit of the registry in order, flags included.
    pub fn all() -> impl Iterator<Item = DataClass> {
        (0..64).map(DataClass)
    }

    /// The class of a name of the registry, in any case; spaces, `_` and `-` are the same.
    pub fn from_name(name: &str) -> Option<DataClass> {
        let fold = |text: &str| text.trim().to_ascii_lowercase().replace(['_', '-'], " ");
        let wanted = fold(name);
        DataClass::all().filter(|class| *class != DataClass::SHARED_VALUE).find(|class| fold(class.name()) == wanted)
    }

    /// The name of the registry.
    pub fn name(self) -> &'static str {
        NAMES[self.0 as usize]
    }

    /// The bit number, 0 to 63.
    pub fn bit(self) -> u8 {
        self.0
    }
}

impl ClassMask {
    /// The empty set.
    pub const NONE: ClassMask = ClassMask(0);

    /// The set of one class.
    pub const fn of(class: DataClass) -> ClassMask {
        ClassMask(1 << class.0)
    }

    /// Both sets together.
    pub const fn union(self, other: ClassMask) -> ClassMask {
        ClassMask(self.0 | other.0)
    }

    /// The set without a class.
    pub const fn without(self, class: DataClass) -> ClassMask {
        ClassMask(self.0 & !(1 << class.0))
    }

    /// Whether a class is in the set.
    pub const fn contains(self, class: DataClass) -> bool {
        self.0 >> class.0 & 1 == 1
    }

    /// The classes in the order of their bits, without the flag [`DataClass::SHARED_VALUE`].
    pub fn classes(self) -> impl Iterator<Item = DataClass> {
        let mut rest = self.0 & !(1 << DataClass::SHARED_VALUE.0);
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| rest.trailing_zeros() as u8)?;
            rest &= rest - 1;
            Some(DataClass(bit))
        })
    }
}

impl fmt::Debug for ClassMask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ClassMask({:#x})", self.0)
    }
}
