//! Writes the cells of one record in the habit of its place, and keeps what each of them is beside its text.

use super::people::{Alias, Name, NationalId, People, day_after};
use super::random::{Random, Stream};
use super::spelling;
use super::words::PLACEHOLDERS;
use crate::identifier::Kind;

/// How the people and programs of one place write. Shares are percentages of the cells.
pub(super) struct Habit {
    /// 0 for the customer list, otherwise the number of the breach.
    pub(super) place: u8,
    /// E-mail addresses in lower case without blanks.
    pub(super) tidy_emails: u64,
    /// All other identifiers in the usual form of the place.
    pub(super) tidy: u64,
    /// Whether phone numbers usually have country code and groups.
    pub(super) international_phones: bool,
    /// Gmail users who gave another spelling of their address here.
    pub(super) aliases: u64,
    /// Identifiers replaced by a placeholder or a mask.
    pub(super) void_identifiers: u64,
    /// Other cells replaced by a placeholder.
    pub(super) void_facts: u64,
}

/// Which identifier a cell writes. Two cells are about the same identifier exactly if kind and number agree, and
/// written so that they stay equal after canonicalisation exactly if the alias does too.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) kind: Kind,
    number: u64,
    alias: Alias,
}

/// How an identifier of one record relates to the same person's identifier in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Likeness {
    Exact,
    Alias,
}

/// One cell: its text, whether it exposes something, and the identifier it writes.
pub(super) struct Cell {
    pub(super) text: String,
    /// Neither empty nor a placeholder nor masked.
    pub(super) is_present: bool,
    pub(super) identity: Option<Identity>,
}

/// Writes the cells of one record of one person.
pub(super) struct Scribe<'a> {
    people: &'a People,
    habit: &'a Habit,
    person: u64,
    /// The sequence of this record.
    pub(super) random: Random,
}

impl Identity {
    /// Whether two identities are the same identifier, and in the same spelling; `None` if they are different ones.
    pub(super) fn likeness(self, other: Identity) -> Option<Likeness> {
        let is_same = self.kind == other.kind && self.number == other.number;
        is_same.then_some(if self.alias == other.alias { Likeness::Exact } else { Likeness::Alias })
    }
}

impl Cell {
    /// A cell that exposes what its column says.
    pub(super) fn fact(text: String) -> Cell {
        Cell { text, is_present: true, identity: None }
    }

    /// A cell that exposes nothing and matches nothing.
    pub(super) fn void(text: String) -> Cell {
        Cell { text, is_present: false, identity: None }
    }

    /// A cell that was left empty.
    pub(super) fn empty() -> Cell {
        Cell::void(String::new())
    }
}

impl<'a> Scribe<'a> {
    /// The scribe of one record: `record` is its number in the place.
    pub(super) fn new(people: &'a People, habit: &'a Habit, person: u64, record: u64) -> Scribe<'a> {
        Scribe { people, habit, person, random: Random::new(people.seed(), Stream::Record(habit.place), record) }
    }

    /// The private address.
    pub(super) fn email(&mut self) -> Cell {
        let alias = self.people.alias(self.person, self.habit.place, self.habit.aliases);
        let address = self.people.private_email(self.person, alias);
        self.address(Identity { kind: Kind::Email, number: 2 * self.person, alias }, address)
    }

    /// The address at work.
    pub(super) fn work_email(&mut self) -> Cell {
        let address = self.people.work_email(self.person);
        self.address(self.identity(Kind::Email, 2 * self.person + 1), address)
    }

    fn address(&mut self, identity: Identity, address: String) -> Cell {
        if let Some(void) = self.void(|| spelling::masked_email(&address)) {
            return void;
        }
        let is_tidy = self.random.percent(self.habit.tidy_emails);
        let text = if is_tidy { address } else { spelling::email(&address, &mut self.random) };
        Cell { text, is_present: true, identity: Some(identity) }
    }

    /// One of the person's two mobile numbers.
    pub(super) fn phone(&mut self, slot: u64) -> Cell {
        let digits = self.people.phone(self.person, slot);
        let usual =
            if self.habit.international_phones { spelling::phone_international(&digits) } else { digits.clone() };
        let identity = self.identity(Kind::Phone, 2 * self.person + slot);
        self.identifier(identity, usual, || spelling::masked(&digits, 3, 4), |random| spelling::phone(&digits, random))
    }

    /// The resident identity number.
    pub(super) fn national_id(&mut self) -> Cell {
        let id = self.people.national_id(self.person);
        let (eighteen, fifteen) = (id.eighteen(), id.fifteen());
        let untidy = |random: &mut Random| spelling::national_id(&eighteen, fifteen.as_deref(), random);
        let identity = self.identity(Kind::NationalId, self.person);
        self.identifier(identity, eighteen.clone(), || spelling::masked(&eighteen, 10, 4), untidy)
    }

    /// The vehicle identification number.
    pub(super) fn vin(&mut self) -> Cell {
        let vin = self.people.vin(self.person);
        let identity = self.identity(Kind::Vin, self.person);
        self.identifier(identity, vin.clone(), || spelling::masked(&vin, 3, 4), |random| spelling::vin(&vin, random))
    }

    /// The licence plate, usually with its dot in a dump and without in the list.
    pub(super) fn plate(&mut self) -> Cell {
        let plate = self.people.plate(self.person);
        let usual = if self.habit.place == 0 { plate.clone() } else { spelling::plate_dotted(&plate) };
        let untidy = |random: &mut Random| spelling::plate(&plate, random);
        self.identifier(self.identity(Kind::Plate, self.person), usual, || spelling::masked_plate(&plate), untidy)
    }

    /// The employee number.
    pub(super) fn employee_no(&mut self) -> Cell {
        let number = self.people.employee_no(self.person);
        let untidy = |random: &mut Random| spelling::employee_no(&number, random);
        let identity = self.identity(Kind::EmployeeNo, self.person);
        self.identifier(identity, number.clone(), || spelling::masked(&number, 2, 2), untidy)
    }

    /// The name, in Chinese characters.
    pub(super) fn name(&mut self) -> Cell {
        let name = self.person_name().chinese();
        self.fact(name)
    }

    /// The sex that the identity number tells.
    pub(super) fn gender(&mut self) -> Cell {
        let id: NationalId = self.people.national_id(self.person);
        self.fact(if id.is_male() { "男" } else { "女" })
    }

    /// The name in both scripts.
    pub(super) fn person_name(&self) -> Name {
        self.people.name(self.person)
    }

    /// A cell that is no identifier but exposes something.
    pub(super) fn fact(&mut self, text: impl Into<String>) -> Cell {
        if self.random.percent(self.habit.void_facts) { self.placeholder() } else { Cell::fact(text.into()) }
    }

    /// One of the words for "no value".
    pub(super) fn placeholder(&mut self) -> Cell {
        Cell::void((*self.random.pick(&PLACEHOLDERS)).to_owned())
    }

    /// A day from 2015 to 2021-07-24: the incident has nothing newer.
    pub(super) fn date(&mut self, format: &str) -> Cell {
        /// Days from 2015-01-01 to 2021-07-24, both counted.
        const DAYS: u64 = 2_397;
        Cell::fact(day_after(2015, self.random.below(DAYS)).strftime(format).to_string())
    }

    fn identity(&self, kind: Kind, number: u64) -> Identity {
        Identity { kind, number, alias: Alias::default() }
    }

    fn void(&mut self, masked: impl FnOnce() -> String) -> Option<Cell> {
        if !self.random.percent(self.habit.void_identifiers) {
            return None;
        }
        Some(if self.random.percent(40) { Cell::void(masked()) } else { self.placeholder() })
    }

    fn identifier(
        &mut self,
        identity: Identity,
        usual: String,
        masked: impl FnOnce() -> String,
        untidy: impl FnOnce(&mut Random) -> String,
    ) -> Cell {
        if let Some(void) = self.void(masked) {
            return void;
        }
        let text = if self.random.percent(self.habit.tidy) { usual } else { untidy(&mut self.random) };
        Cell { text, is_present: true, identity: Some(identity) }
    }
}
