//! What becomes of one column: by its name, by its values, and how its telephone numbers are written.

use super::decide::{CONFIRMING_SHARE, DECIDING_SHARE, NOTICEABLE_SHARE, class_of, class_of_kind};
use super::evidence::Evidence;
use super::found::Wanted;
use super::lexicon::{Finding, Meaning};
use super::packed::Packed;
use super::rules::{Request, Target};
use super::{ColumnPlan, Numbers, Plan, Problem};
use crate::identifier::{Country, Kind, KindSpec};
use crate::index::class::DataClass;

const CARD: KindSpec = KindSpec::new(Kind::Card);
/// Below this share, values contradict the name of their column.
const CONTRADICTING_SHARE: f64 = 0.05;
/// From this share on, digits without a plus and without a name are telephone numbers: one in a few of arbitrary numbers is
/// assigned somewhere, so a column of them is no accident.
const CERTAIN_SHARE: f64 = 0.95;
/// ... if there are so many of them.
const PHONES_MIN: usize = 20;
/// A column without a rule needs this many values to be looked at, where the sample is not small itself.
const NOTICEABLE_VALUES: usize = 3;
/// Share of identity numbers in a column that is not called so.
const SHARE_OF_NUMBERS_MIN: f64 = 0.2;
/// Fewer present values than this contradict nothing.
const VALUES_MIN: usize = 10;

impl ColumnPlan {
    /// A column of which nothing is decided.
    pub(super) fn undecided(column: u32, label: String, named: bool, evidence: Evidence) -> ColumnPlan {
        ColumnPlan {
            column,
            label,
            named,
            kind: None,
            class: None,
            mixed: false,
            searched: false,
            open: false,
            codes: false,
            login: false,
            phone_prefix: "",
            numbers: Numbers::Unknown,
            numbers_of: Country::NONE,
            packed: Packed::No,
            date_order: evidence.date_order(),
            of_other_days: false,
            problem: None,
            evidence,
        }
    }

    pub(super) fn take(&mut self, target: Target) {
        match target {
            Target::Kind(spec) => {
                self.kind = Some(spec);
                self.class = class_of_kind(spec.kind);
            }
            Target::Login => self.mix(DataClass::USERNAMES),
            Target::Country => self.class = Some(DataClass::GEOGRAPHIC_LOCATIONS),
            Target::Text => self.searched = true,
            Target::Class(class) => self.class = Some(class),
            // They are read together.
            Target::FieldName | Target::FieldValue | Target::Ignore => (),
        }
    }

    /// Lets every cell decide; those that are no identifiers expose this class.
    fn mix(&mut self, class: DataClass) {
        self.mixed = true;
        self.class = Some(class);
    }

    /// A name such as `personnummer` is of one country; where rows name theirs, and not nearly all values are of that one, the
    /// rows are right.
    pub(super) fn leave_country_to_rows(&mut self, plan: &Plan) {
        if let Some(spec) = self.kind.filter(|spec| !spec.country.is_none() && !plan.countries.is_empty())
            && self.evidence.share(spec) < DECIDING_SHARE
        {
            self.kind = Some(KindSpec { country: Country::NONE, ..spec });
        }
    }

    /// How telephone numbers are written: with a plus, without it but with the country code, as in one region, or as Chinese
    /// mobile numbers, which are told without one.
    pub(super) fn read_phones(&mut self, request: &Request) {
        if self.mixed && request.region.is_none() && self.evidence.has_chinese_mobiles_among_others() {
            self.phone_prefix = "+86";
        } else if self.mixed {
            self.numbers = self.evidence.numbers();
        }
        if self.kind.is_none_or(|spec| spec.kind != Kind::Phone) {
            return;
        }
        let of_region = self.evidence.share(KindSpec::new(Kind::Phone));
        // In Germany, what begins with 49 may be a number without its zero: where such numbers are assigned decides.
        let without_plus = of_region < CONFIRMING_SHARE || self.evidence.numbers() == Numbers::WithoutPlus;
        if (without_plus && self.has_numbers_without_plus()) || self.has_international_numbers() {
            self.phone_prefix = "+";
        } else if request.region.is_none() && self.has_chinese_mobiles() {
            self.phone_prefix = "+86";
        } else if request.region.is_none() && !request.no_region && self.evidence.share_without_region() > 0.01 {
            self.problem = Some(Problem::NeedsRegion);
        }
    }

    /// Whether its values are numbers of a program, by nearly all of them.
    pub(super) fn read_packed(&mut self) {
        let is_of_hosts = self.kind == Some(KindSpec::new(Kind::Ip));
        let is_of_births = self.kind.is_none() && self.class == Some(DataClass::DATES_OF_BIRTH);
        self.packed = match () {
            () if is_of_hosts && self.evidence.share_packed_hosts() >= DECIDING_SHARE => Packed::Hosts,
            () if is_of_births && self.evidence.share_packed_birthdays() >= DECIDING_SHARE => Packed::Seconds,
            () => Packed::No,
        };
    }

    /// Looks for addresses in a column of free text that holds some: comments, signatures.
    pub(super) fn search_text(&mut self) {
        let is_text = self.kind.is_none() && !self.mixed && self.problem.is_none();
        self.searched = is_text && !self.is_of_secrets_or_sites() && self.evidence.share_holding() >= NOTICEABLE_SHARE;
    }

    /// Whether its cells are looked at for an address, and for nothing else.
    pub(super) fn is_open(&self) -> bool {
        let is_taken = self.kind.is_some() || self.mixed || self.searched;
        self.open && !is_taken && !self.is_of_secrets_or_sites()
    }

    /// Has a column of secrets searched like a text, and keeps its class.
    pub(super) fn open_secrets(&mut self) {
        self.searched |= self.open && self.kind.is_none() && !self.mixed && self.is_of_secrets_or_sites();
    }

    fn is_of_secrets_or_sites(&self) -> bool {
        matches!(self.class, Some(DataClass::PASSWORDS | DataClass::WEBSITE_ACTIVITY))
    }

    /// What its cells are looked at for beside what they are: a few user names, secrets and addresses of pages are or hold an e-mail
    /// address, in columns that nobody has left out.
    pub(super) fn glance(&self) -> Option<Wanted> {
        let is_other = match self.kind {
            Some(spec) => !matches!(spec.kind, Kind::Email | Kind::EmailDomain),
            None => !self.mixed && !self.searched && self.is_of_secrets_or_sites(),
        };
        match self.is_open() {
            true => Some(Wanted::Signs),
            false => (self.open && is_other).then_some(Wanted::Addresses),
        }
    }

    /// The same where every row says the country code of its numbers: those that are too long for national ones have it already.
    pub(super) fn read_dialled_phones(&mut self) {
        if self.has_international_numbers() {
            self.phone_prefix = "+";
        }
    }

    /// Written as telephone numbers are, and such; where they are not written as they are dialled, what chance does not make.
    fn has_numbers(&self) -> bool {
        let evidence = &self.evidence;
        let are_told = evidence.share_dialled() >= DECIDING_SHARE
            || (evidence.share_assigned() >= DECIDING_SHARE && !evidence.are_by_chance());
        evidence.share(KindSpec::new(Kind::Phone)).min(evidence.share_like_phones()) >= CERTAIN_SHARE && are_told
    }

    /// Digits alone, nearly all of which are assigned telephone numbers.
    fn are_numbers(&self) -> bool {
        let evidence = &self.evidence;
        evidence.present >= PHONES_MIN
            && evidence.share_numbers() >= DECIDING_SHARE
            && evidence.numbers() != Numbers::Unknown
            && !evidence.are_things()
    }

    /// Telephone numbers, in a column whose name allows for them; or numbers that would be some with a region.
    fn are_phones(&self, request: &Request) -> bool {
        let evidence = &self.evidence;
        let phones = evidence.share(KindSpec::new(Kind::Phone));
        let may_be = request.region.is_none() && evidence.share_numbers() >= DECIDING_SHARE;
        phones + if may_be { evidence.share_without_region() } else { 0.0 } >= CERTAIN_SHARE
    }

    fn has_numbers_without_plus(&self) -> bool {
        self.evidence.share_without_plus() >= CERTAIN_SHARE && self.evidence.present >= PHONES_MIN
    }

    /// Longer than numbers inside a country are: whatever the region, they begin with the code of one.
    fn has_international_numbers(&self) -> bool {
        self.evidence.share_international() >= CERTAIN_SHARE && self.evidence.present >= PHONES_MIN
    }

    /// Nearly all are telephone numbers, of which some are written as such: with a plus, or as they are dialled. The others have digits
    /// alone, and would say nothing without these.
    fn has_some_written_as_phones(&self) -> bool {
        let evidence = &self.evidence;
        let (phones, written) = (evidence.share(KindSpec::new(Kind::Phone)), evidence.share_like_phones());
        evidence.present >= PHONES_MIN
            && phones >= CERTAIN_SHARE
            && evidence.share_written_as_phones() >= NOTICEABLE_SHARE
            && written + evidence.share_numbers() >= CERTAIN_SHARE
    }

    fn are_phones_by_values(&self) -> bool {
        self.has_some_written_as_phones()
            || self.has_numbers_without_plus()
            || self.has_chinese_mobiles()
            || self.has_numbers()
    }

    /// Read as numbers of North America, with the 1 before the area code, six in ten of them would not exist.
    fn has_chinese_mobiles(&self) -> bool {
        let evidence = &self.evidence;
        evidence.share_chinese_mobiles() >= CERTAIN_SHARE
            && evidence.share_without_plus() < DECIDING_SHARE
            && evidence.present >= PHONES_MIN
    }

    pub(super) fn by_name(&mut self, finding: Finding, request: &Request) {
        let addresses = Meaning::Class(DataClass::PHYSICAL_ADDRESSES);
        if finding.meaning == addresses && self.evidence.share_urls() >= DECIDING_SHARE {
            // Programs in German and French call that an address too.
            return self.take(Target::Class(DataClass::WEBSITE_ACTIVITY));
        }
        let Meaning::Kind(spec) = finding.meaning else {
            // Passwords are whatever people type, also e-mail addresses; and in every URL may be one. Numbers of the state that no
            // rule reads pass the check digits of other countries by chance.
            let closed = [DataClass::PASSWORDS, DataClass::WEBSITE_ACTIVITY, DataClass::GOVERNMENT_ISSUED_IDS];
            let look = !closed.map(Meaning::Class).contains(&finding.meaning);
            return if look { self.by_values(finding.meaning, false) } else { self.take_meaning(finding.meaning) };
        };
        if spec.kind == Kind::Username {
            // Anything is a user name; what else logs in is told by the values.
            return self.by_values(finding.meaning, false);
        }
        if self.evidence.are_answers() {
            // `emails[].verified`: nobody is found by a yes or a no.
            return self.take_meaning(Meaning::Ignore);
        }
        let region_missing = spec.kind == Kind::Phone && request.region.is_none();
        let share = self.evidence.share(spec) + if region_missing { self.evidence.share_without_region() } else { 0.0 };
        // Ruined numbers are refused one by one later; their column is still what its name says.
        let share = share + self.evidence.share_damaged();
        let cards = self.evidence.share(CARD);
        if finding.weak
            && spec.kind == Kind::NationalId
            && cards > self.evidence.share(spec)
            && cards + self.evidence.share_damaged() >= CONFIRMING_SHARE
        {
            return self.take_meaning(Meaning::Kind(CARD));
        }
        let confirmed = if finding.weak { share >= CONFIRMING_SHARE } else { share >= CONTRADICTING_SHARE };
        let silent = self.evidence.present < VALUES_MIN && !finding.weak;
        if confirmed || silent {
            return self.take_meaning(finding.meaning);
        }
        if finding.weak && spec.kind == Kind::Email && self.are_phones(request) {
            // `contact` is what people are reached by.
            return self.take_meaning(Meaning::Kind(KindSpec::new(Kind::Phone)));
        }
        if finding.weak {
            return self.by_values(Meaning::Class(DataClass::OTHER), true);
        }
        if matches!(spec.kind, Kind::Card | Kind::Iban | Kind::Passport | Kind::Ip | Kind::Plate) {
            // `card` may be its type, `pan` a tax number, and a plate of a country that has no rule: what cannot be asked for is still
            // a class of data.
            return self.by_values(class_of(finding.meaning).map_or(Meaning::Ignore, Meaning::Class), false);
        }
        self.problem = Some(Problem::Contradicted { kind: spec.kind, share });
    }

    pub(super) fn by_values(&mut self, meaning: Meaning, nameless: bool) {
        let (kind, share) = self.evidence.self_evident();
        let phones = self.evidence.share_like_phones();
        // Numbers of orders and bookings that begin with a day have all of an identity number but its check digit, and that is right in
        // one of ten.
        let is_login = matches!(meaning, Meaning::Login | Meaning::Kind(_));
        let may_be_chance = kind == Kind::NationalId && !is_login && !self.evidence.names_numbers();
        let is_of_things = !nameless && meaning == Meaning::Class(DataClass::OTHER);
        let least = match () {
            () if may_be_chance && is_of_things => CONFIRMING_SHARE,
            () if may_be_chance => SHARE_OF_NUMBERS_MIN,
            () => NOTICEABLE_SHARE,
        };
        // One or two values among thousands of rows are stray cells, and their column is not what it looks like.
        let enough = self.evidence.present >= NOTICEABLE_VALUES.min(self.evidence.rows.div_ceil(20));
        if !enough {
            self.take_meaning(meaning);
        } else if self.evidence.class() == Some(DataClass::IP_ADDRESSES) {
            // Some of them pass the check digit of a country, and all have the digits of a telephone number.
            self.take_meaning(Meaning::Kind(KindSpec::new(Kind::Ip)));
        } else if share >= DECIDING_SHARE && meaning == Meaning::Login && share < 1.0 {
            // A few of another kind are people, too.
            self.take_meaning(meaning);
        } else if share >= DECIDING_SHARE {
            self.login = meaning == Meaning::Login && kind == Kind::Email;
            self.take_meaning(Meaning::Kind(KindSpec::new(kind)));
        } else if self.evidence.present >= PHONES_MIN && self.evidence.share(CARD) >= DECIDING_SHARE {
            // One in twenty of other numbers of that length is one.
            self.take_meaning(Meaning::Kind(CARD));
        } else if nameless && self.are_numbers() && (!self.evidence.are_by_chance() || self.has_numbers()) {
            self.take_meaning(Meaning::Kind(KindSpec::new(Kind::Phone)));
        } else if share >= least && self.evidence.is_beyond_chance(kind, share) {
            self.mix(class_of(meaning).unwrap_or(DataClass::OTHER));
        } else if nameless && !self.evidence.are_things() && self.are_phones_by_values() {
            self.take_meaning(Meaning::Kind(KindSpec::new(Kind::Phone)));
        } else if nameless && self.are_numbers() {
            self.problem = Some(Problem::LooksLike { kind: Kind::Phone, share: self.evidence.share_assigned() });
        } else if meaning == Meaning::Class(DataClass::OTHER) && self.evidence.share_like_ssns() >= CONFIRMING_SHARE {
            let share = self.evidence.share_like_ssns();
            self.problem = Some(Problem::LooksLike { kind: Kind::NationalId, share });
        } else if nameless && phones >= CONFIRMING_SHARE {
            self.problem = Some(Problem::LooksLike { kind: Kind::Phone, share: phones });
        } else if let (true, Some(class)) =
            (nameless || meaning == Meaning::Class(DataClass::OTHER), self.evidence.class())
        {
            self.take(Target::Class(class));
        } else {
            self.take_meaning(meaning);
        }
    }

    fn take_meaning(&mut self, meaning: Meaning) {
        self.take(meaning.target());
    }
}
