//! What the sampled values of a column say about it.

use super::cells::{Numbers, is_answer, is_chinese_mobile, is_ip, is_like_phone, is_like_ssn, is_plain_number};
use super::chance::{is_moment, is_product, mirrored};
use super::packed;
use super::password_hashes::is_password_hash;
use super::several;
use crate::identifier::{
    Canonical, Canonicalizer, Country, Form, Kind, KindSpec, Order, Reason, date_needs_order, date_order_evidence,
    day_of_event, is_number_without_plus, is_vouched, proven_countries, readable, vouching_by_chance,
};
use crate::index::class::DataClass;
use crate::source::{count_addresses, names_file};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// Kinds that values alone can show: their validators accept almost nothing by chance.
pub const SELF_EVIDENT: [Kind; 5] = [Kind::Email, Kind::NationalId, Kind::Vin, Kind::Iban, Kind::Card];

/// Kinds that every value is tried as, whatever its column is called.
const WATCHED: [Kind; 6] = [Kind::Email, Kind::NationalId, Kind::Vin, Kind::Iban, Kind::Card, Kind::Phone];

/// The place of addresses in it.
const EMAIL: usize = 0;

/// The sampled values of one column, counted.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// Values that are neither empty, nor placeholders, nor masked.
    pub present: usize,
    /// Rows looked at.
    pub rows: usize,
    /// Masked values.
    pub masked: usize,
    /// Present values that are written as telephone numbers are, whatever the region.
    like_phones: usize,
    dialled: usize,
    /// Present values of digits alone that begin with a zero.
    zeros: usize,
    /// Present values that are written as social security numbers of the United States are.
    like_ssns: usize,
    /// How many of the present values each watched kind accepts.
    accepted: [usize; WATCHED.len()],
    /// How many of these a check digit, or the syntax of an e-mail address, vouches for.
    vouched: [usize; WATCHED.len()],
    /// How many of the present values are identity numbers of a country whose rule accepts few others.
    proven: BTreeMap<Country, usize>,
    /// What the name of the column or a rule says it is, and how many of the present values that accepts.
    named: Option<KindSpec>,
    names_numbers: bool,
    /// ... and whether that is telephone numbers.
    names_phones: bool,
    named_accepted: usize,
    /// Present values that are telephone numbers without a country code, and no region is given.
    pub without_region: usize,
    /// Of the first present values, those that are assigned numbers if a plus is put before them.
    without_plus: usize,
    /// Present values that are written as Chinese mobile numbers are; of the first ones, also those that are assigned numbers of
    /// elsewhere if a plus is put before them.
    chinese_mobiles: usize,
    first_mobiles: usize,
    first_mobiles_elsewhere: usize,
    /// Of the first present values, those that are digits alone; how many of them are assigned telephone numbers as they are, in
    /// the region, and how many if a plus is put before them.
    numbers: usize,
    numbers_of_region: usize,
    numbers_without_plus: usize,
    /// How many of these are numbers of products, or moments.
    things: usize,
    /// Of the first present values that are digits with or without separators, and whose digits the other way around are as many: how
    /// many of those are telephone numbers, and how many of the values themselves are assigned ones.
    mirrored: usize,
    mirrored_accepted: usize,
    assigned: usize,
    /// How many of the numbers are too long for one without its country code, and are possible with a plus before them.
    numbers_international: usize,
    /// Present values that answer a question with yes or no.
    answers: usize,
    /// Present values that are no e-mail address, and hold one.
    holding: usize,
    /// How many of the present values some rule of identity numbers would vouch for by chance.
    vouched_by_chance: f64,
    /// Present values that look like hashes of passwords, and like addresses of the Internet Protocol.
    hashes: usize,
    ips: usize,
    /// Present values that are numbers of a program: addresses of hosts, and birthdays.
    packed_hosts: usize,
    packed_birthdays: usize,
    /// Present values that begin with the scheme of a URL.
    urls: usize,
    /// Values that a spreadsheet has ruined, whatever the kind.
    damaged: usize,
    /// The days of the column, if it is one of days: nearly all of them lie between these.
    days: Option<(u32, u32)>,
    /// How many values can be read as dates in one order only, by order.
    date_orders: [usize; Order::ALL.len()],
    /// How many are another day in another order.
    dates_open: usize,
}

/// Share of values that are days, for a column of days.
const DAYS_SHARE: f64 = 0.8;
/// So many of a thousand days at either end are left out: one absurd day must not decide.
const DAYS_LEFT_OUT: usize = 5;
/// A column whose middle lies before is one of births, and says nothing about the age of the data.
const EVENTS_FROM: u32 = 20_000_101;

/// So many values are asked whether a plus makes a telephone number of them: enough for a share, and few enough for a rule that
/// takes microseconds.
const PLUS_VALUES: usize = 200;
/// Numbers inside a country have up to eleven digits.
const INTERNATIONAL_DIGITS_MIN: usize = 12;
/// No scheme of a URL is longer, with what stands behind it.
const URL_HEAD_BYTES: usize = 20;
/// So many values of some shape are no accident.
const MOBILES_MIN: usize = 20;

impl Evidence {
    /// Counts a column over the rows of a sample.
    ///
    /// Cost: at most 2,000 values times the kinds, a few milliseconds.
    ///
    /// Input: what the column is by its name or a rule, how many rows there are, and its values, each with its region.
    pub fn of(
        named: Option<KindSpec>,
        rows: usize,
        values: &[(Cow<'_, [u8]>, Country)],
        canonicalizer: &mut Canonicalizer,
    ) -> Evidence {
        let names_numbers = named.is_some_and(|spec| spec.kind == Kind::NationalId);
        let names_phones = named.is_some_and(|spec| spec.kind == Kind::Phone);
        let named = named.filter(|spec| !WATCHED.map(KindSpec::new).contains(spec) && !spec.kind.is_joined());
        let mut evidence = Evidence { rows, named, names_numbers, names_phones, ..Evidence::default() };
        for (value, region) in values {
            evidence.add(value, *region, canonicalizer);
        }
        let order = evidence.date_order();
        let days = values.iter().filter_map(|(value, region)| day_of_event(value, order.or(Order::of(*region))));
        evidence.days = quantiles(days.collect(), evidence.present);
        evidence
    }

    /// The earliest and the latest day of a column of days, as numbers YYYYMMDD, without the five in a thousand at either end.
    pub fn days(&self) -> Option<(u32, u32)> {
        self.days
    }

    /// The order of day and month that the values prove: nearly all that prove any, and not one or two in a long column, which
    /// are mistakes.
    pub fn date_order(&self) -> Option<Order> {
        const SHARE_MIN: f64 = 0.95;
        const PRESENT_PER_PROOF: usize = 200;
        let all: usize = self.date_orders.iter().sum();
        let (place, proofs) = self.date_orders.iter().enumerate().max_by_key(|(_, proofs)| **proofs)?;
        let proven = ratio(*proofs, all) >= SHARE_MIN && *proofs * PRESENT_PER_PROOF >= self.present.max(1);
        proven.then_some(Order::ALL[place])
    }

    /// Whether half of the values at least are days that depend on the order of day and month.
    pub fn needs_date_order(&self) -> bool {
        let dates = self.dates_open + self.date_orders.iter().sum::<usize>();
        self.dates_open > 0 && 2 * dates >= self.present
    }

    /// The share of present values that a spreadsheet has ruined: they are of the kind that the name says, and of no use.
    pub fn share_damaged(&self) -> f64 {
        ratio(self.damaged, self.present)
    }

    fn add(&mut self, value: &[u8], region: Country, canonicalizer: &mut Canonicalizer) {
        match crate::identifier::presence(value) {
            Ok(()) => self.present += 1,
            Err(Reason::Masked) => {
                self.masked += 1;
                return;
            }
            Err(_) => return,
        }
        self.look(readable(value, &mut String::new()));
        self.look_at_number(value, region, canonicalizer);
        // A list of addresses would ask the kinds of numbers and plates for every one of them, which is most of the work.
        let is_address = value.contains(&b'@');
        let vouched_before = self.vouched[EMAIL];
        let mut damaged = false;
        for (place, kind) in WATCHED.into_iter().enumerate().filter(|(_, kind)| !is_address || *kind == Kind::Email) {
            let spec = KindSpec::new(kind);
            match canonicalizer.canonicalize(spec, region, value) {
                Ok(canonical) if canonical.form == Form::Loose => self.without_region += 1,
                // `face@2x.png` is a picture.
                Ok(_) if place == EMAIL && names_file(value) => (),
                Ok(canonical) => self.accept(place, &canonical),
                Err(Reason::NoRegion) if kind == Kind::Phone => self.without_region += 1,
                Err(Reason::SpreadsheetDamage) => damaged = true,
                Err(Reason::Syntax | Reason::Length) if kind == Kind::Phone => {
                    self.accepted[place] +=
                        usize::from(several::has_phones(value, region, self.names_phones, canonicalizer));
                }
                Err(_) if place == EMAIL && several::emails(value).next().is_some() => {
                    let mut is_one = |part: &[u8]| canonicalizer.canonicalize(spec, region, part).is_ok();
                    self.accepted[place] += usize::from(several::emails(value).any(&mut is_one));
                }
                Err(reason) if several::may_have_words(reason) => {
                    let mut is_one =
                        |(spec, part): &(KindSpec, &[u8])| canonicalizer.canonicalize(*spec, region, part).is_ok();
                    let part = several::labelled(spec, value).find(&mut is_one);
                    let canonical = part.map(|(spec, part)| canonicalizer.canonicalize(spec, region, part));
                    canonical.into_iter().flatten().for_each(|canonical| self.accept(place, &canonical));
                }
                Err(_) => (),
            }
        }
        let is_text = is_address && self.vouched[EMAIL] == vouched_before;
        self.holding += usize::from(is_text && count_addresses(value) > 0);
        if let Some(spec) = self.named {
            let mut outcome = canonicalizer.canonicalize(spec, region, value).map(|_| ());
            if outcome.is_err_and(several::may_have_words) {
                let mut is_one = |(spec, part)| canonicalizer.canonicalize(spec, region, part).is_ok();
                outcome = outcome
                    .or_else(|reason| several::labelled(spec, value).any(&mut is_one).then_some(()).ok_or(reason));
            }
            let is_packed = spec.kind == Kind::Ip && packed::is_host(value);
            self.packed_hosts += usize::from(is_packed);
            // A private address is an address all the same.
            self.named_accepted += usize::from(is_packed || matches!(outcome, Ok(()) | Err(Reason::Reserved)));
            damaged |= outcome == Err(Reason::SpreadsheetDamage);
        }
        self.damaged += usize::from(damaged);
    }

    /// Counts a value that a watched kind accepts.
    fn accept(&mut self, place: usize, canonical: &Canonical) {
        let kind = WATCHED[place];
        self.accepted[place] += 1;
        self.vouched[place] += usize::from(kind == Kind::Email || is_vouched(kind, canonical));
        if kind == Kind::NationalId {
            let countries = proven_countries(canonical);
            countries.into_iter().for_each(|country| *self.proven.entry(country).or_default() += 1);
        }
    }

    /// Looks at how a present value is written.
    fn look(&mut self, value: &[u8]) {
        let is_mobile = is_chinese_mobile(value);
        self.like_phones += usize::from(is_like_phone(value));
        self.like_ssns += usize::from(is_like_ssn(value));
        self.dialled += usize::from(matches!(value.first(), Some(b'+' | b'0')));
        self.zeros += usize::from(value.first() == Some(&b'0') && is_plain_number(value));
        self.chinese_mobiles += usize::from(is_mobile);
        self.hashes += usize::from(is_password_hash(value));
        self.ips += usize::from(is_ip(value) || (several::holds_ips(value) && several::ips(value).all(is_ip)));
        self.urls += usize::from(memchr::memmem::find(&value[..value.len().min(URL_HEAD_BYTES)], b"://").is_some());
        self.answers += usize::from(is_answer(value));
        self.packed_birthdays += usize::from(packed::birthday(value).is_some());
        self.vouched_by_chance += vouching_by_chance(value);
        if let Some(order) = date_order_evidence(value) {
            self.date_orders[order as usize] += 1;
        } else if date_needs_order(value) {
            self.dates_open += 1;
        }
        if self.present <= PLUS_VALUES {
            let is_elsewhere = is_number_without_plus(value);
            self.without_plus += usize::from(is_elsewhere);
            self.first_mobiles += usize::from(is_mobile);
            self.first_mobiles_elsewhere += usize::from(is_mobile && is_elsewhere);
        }
    }

    /// Looks at what a telephone number a present value would be.
    fn look_at_number(&mut self, value: &[u8], region: Country, canonicalizer: &mut Canonicalizer) {
        let mut buffer = String::new();
        let text = readable(value, &mut buffer);
        if self.present > PLUS_VALUES {
            return;
        }
        self.look_at_mirror(text, region, canonicalizer);
        if !is_plain_number(text) {
            return;
        }
        self.numbers += 1;
        self.things += usize::from(is_product(text) || is_moment(text));
        let abroad = text.strip_prefix(b"00").unwrap_or(text);
        self.numbers_without_plus += usize::from(is_number_without_plus(abroad));
        let spec = KindSpec::new(Kind::Phone);
        if text.len() >= INTERNATIONAL_DIGITS_MIN && text[0] != b'0' {
            let abroad = canonicalizer.canonicalize(spec, Country::NONE, &[b"+", text].concat());
            self.numbers_international += usize::from(abroad.is_ok());
        }
        let home = canonicalizer.canonicalize(spec, region, value);
        self.numbers_of_region += usize::from(
            home.is_ok_and(|canonical| canonical.form == Form::Plain && is_number_without_plus(canonical.exact)),
        );
    }

    /// Looks at what the digits of a value would be the other way around, if they are written as those of a telephone number may be.
    fn look_at_mirror(&mut self, text: &[u8], region: Country, canonicalizer: &mut Canonicalizer) {
        if !is_plain_number(text) && !is_like_phone(text) {
            return;
        }
        let spec = KindSpec::new(Kind::Phone);
        let mut is_assigned = |text: &[u8]| {
            let canonical = canonicalizer.canonicalize(spec, region, text);
            canonical.is_ok_and(|canonical| canonical.form == Form::Plain && is_number_without_plus(canonical.exact))
        };
        self.assigned += usize::from(is_assigned(text));
        if let Some(mirrored) = mirrored(text) {
            self.mirrored += 1;
            self.mirrored_accepted += usize::from(is_assigned(&mirrored));
        }
    }

    /// Whether the plain numbers among the values say themselves that they are none of telephones.
    pub fn are_things(&self) -> bool {
        const SHARE_MIN: f64 = 0.95;
        self.numbers > 0 && ratio(self.things, self.numbers) >= SHARE_MIN
    }

    /// Whether chance makes assigned telephone numbers of digits like these.
    pub fn are_by_chance(&self) -> bool {
        const SHARE_MIN: f64 = 0.5;
        ratio(self.mirrored_accepted, self.mirrored) >= SHARE_MIN
    }

    /// The share of the first present values that are assigned telephone numbers as they are written, 0 to 1.
    pub fn share_assigned(&self) -> f64 {
        ratio(self.assigned, self.present.min(PLUS_VALUES))
    }

    /// The share of present values that begin as numbers do that are dialled: with a plus, or a zero.
    pub fn share_dialled(&self) -> f64 {
        ratio(self.dialled, self.present)
    }

    /// The share of present values that are written as telephone numbers are and others are not, 0 to 1: one in ten numbers of
    /// anything begins with a zero.
    pub fn share_written_as_phones(&self) -> f64 {
        const ZEROS_MIN: f64 = 0.3;
        let by_chance = if ratio(self.zeros, self.present) < ZEROS_MIN { self.zeros } else { 0 };
        ratio(self.like_phones.saturating_sub(by_chance), self.present)
    }

    /// What the plain numbers among the values are: telephone numbers where nearly all are assigned. Of numbers that are none, a
    /// few in ten are.
    pub fn numbers(&self) -> Numbers {
        const SHARE_MIN: f64 = 0.9;
        const NUMBERS_MIN: usize = 5;
        match () {
            () if self.numbers < NUMBERS_MIN => Numbers::Unknown,
            () if ratio(self.numbers_of_region, self.numbers) >= SHARE_MIN => Numbers::OfRegion,
            () if ratio(self.numbers_without_plus, self.numbers) >= SHARE_MIN => Numbers::WithoutPlus,
            () => Numbers::Unknown,
        }
    }

    /// The share of present values that are text in which an e-mail address stands, 0 to 1.
    pub fn share_holding(&self) -> f64 {
        ratio(self.holding, self.present)
    }

    /// The share of the first present values that are digits alone, as many as telephone numbers have, 0 to 1.
    pub fn share_numbers(&self) -> f64 {
        ratio(self.numbers, self.present.min(PLUS_VALUES))
    }

    /// The country whose identity numbers stand among other values, where their rule accepts few others; none if they are no more than
    /// chance makes of telephone numbers, which may look like days and have one of ten check digits.
    pub fn country_of_numbers(&self) -> Country {
        const COUNT_MIN: usize = 20;
        const SHARE_MIN: f64 = 0.2;
        let plain = self.share_numbers() * self.present as f64;
        let most = self.proven.iter().max_by_key(|(_, count)| **count);
        let are_of_it = |count: usize| count >= COUNT_MIN && count as f64 >= SHARE_MIN * plain;
        most.filter(|(_, count)| are_of_it(**count)).map_or(Country::NONE, |(country, _)| *country)
    }

    /// The share of the first present values that are numbers too long to lack their country code, 0 to 1.
    pub fn share_international(&self) -> f64 {
        ratio(self.numbers_international, self.present.min(PLUS_VALUES))
    }

    /// The share of present values that are addresses of hosts as numbers or bytes, 0 to 1: of a column that is called so.
    pub fn share_packed_hosts(&self) -> f64 {
        ratio(self.packed_hosts, self.present)
    }

    /// The share of present values that are birthdays in seconds, 0 to 1.
    pub fn share_packed_birthdays(&self) -> f64 {
        ratio(self.packed_birthdays, self.present)
    }

    /// The share of present values that are URLs, 0 to 1.
    pub fn share_urls(&self) -> f64 {
        ratio(self.urls, self.present)
    }

    /// Whether all values are a yes or a no.
    pub fn are_answers(&self) -> bool {
        self.present > 0 && self.answers == self.present
    }

    /// The share of present values that a kind accepts, 0 to 1: one that every value is tried as, or that of the column's name.
    pub fn share(&self, spec: KindSpec) -> f64 {
        let watched = WATCHED.iter().position(|kind| KindSpec::new(*kind) == spec);
        let accepted = match watched {
            Some(place) => self.accepted[place],
            None if self.named == Some(spec) => self.named_accepted,
            None if spec.kind == Kind::Ip => self.ips,
            None => 0,
        };
        ratio(accepted, self.present)
    }

    /// The share of present values that are telephone numbers for which a region is missing.
    pub fn share_without_region(&self) -> f64 {
        ratio(self.without_region, self.present)
    }

    /// The share of present values that are assigned telephone numbers if a plus is put before them, 0 to 1.
    pub fn share_without_plus(&self) -> f64 {
        ratio(self.without_plus, self.present.min(PLUS_VALUES))
    }

    /// The share of present values that are written as Chinese mobile numbers are, 0 to 1.
    pub fn share_chinese_mobiles(&self) -> f64 {
        ratio(self.chinese_mobiles, self.present)
    }

    /// Whether values that are written as Chinese mobile numbers are such: there are some, and too few of them would be numbers of
    /// North America.
    pub fn has_chinese_mobiles_among_others(&self) -> bool {
        const SHARE_ELSEWHERE_MAX: f64 = 0.9;
        self.chinese_mobiles >= MOBILES_MIN
            && self.first_mobiles > 0
            && ratio(self.first_mobiles_elsewhere, self.first_mobiles) < SHARE_ELSEWHERE_MAX
    }

    /// The share of present values that are identity numbers of one country whose rule accepts few others, if it is nearly all: one
    /// such value is a chance, a column of them is none.
    fn share_of_one_country(&self) -> f64 {
        const SHARE_MIN: f64 = 0.9;
        const VALUES_MIN: usize = 3;
        let share = ratio(self.proven.values().copied().max().unwrap_or(0), self.present);
        if self.present >= VALUES_MIN && share >= SHARE_MIN { share } else { 0.0 }
    }

    /// Whether the column is called as identity numbers are, for certain or perhaps.
    pub fn names_numbers(&self) -> bool {
        self.names_numbers
    }

    /// Whether so many values of a self-evident kind are more than chance makes of numbers of that length.
    pub fn is_beyond_chance(&self, kind: Kind, share: f64) -> bool {
        /// With fewer values than twenty one in ten can be three times too many.
        const CHANCES: f64 = 3.0;
        kind != Kind::NationalId || share * self.present as f64 > CHANCES * self.vouched_by_chance
    }

    /// What nearly all values look like that have no kind: hashes of passwords, or addresses of the Internet Protocol.
    pub fn class(&self) -> Option<DataClass> {
        const SHARE_MIN: f64 = 0.9;
        match () {
            () if ratio(self.hashes, self.present) >= SHARE_MIN => Some(DataClass::PASSWORDS),
            () if ratio(self.ips, self.present) >= SHARE_MIN => Some(DataClass::IP_ADDRESSES),
            () => None,
        }
    }

    /// The share of present values that are written as social security numbers of the United States are, 0 to 1.
    pub fn share_like_ssns(&self) -> f64 {
        ratio(self.like_ssns, self.present)
    }

    /// The share of present values that are written as telephone numbers are, 0 to 1.
    pub fn share_like_phones(&self) -> f64 {
        ratio(self.like_phones, self.present)
    }

    /// The self-evident kind with the largest share of values that are vouched for.
    pub fn self_evident(&self) -> (Kind, f64) {
        let of_kind = |kind: Kind| WATCHED.iter().position(|watched| *watched == kind).map_or(0, |at| self.vouched[at]);
        let of_country = |kind: Kind| if kind == Kind::NationalId { self.share_of_one_country() } else { 0.0 };
        let shares = SELF_EVIDENT.map(|kind| (kind, ratio(of_kind(kind), self.present).max(of_country(kind))));
        shares.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((Kind::Email, 0.0))
    }
}

/// The range of days if most values are days, and they are no births.
fn quantiles(mut days: Vec<u32>, present: usize) -> Option<(u32, u32)> {
    days.sort_unstable();
    let middle = *days.get(days.len() / 2)?;
    if ratio(days.len(), present) < DAYS_SHARE || middle < EVENTS_FROM {
        return None;
    }
    let left_out = days.len() * DAYS_LEFT_OUT / 1000;
    Some((days[left_out], days[days.len() - 1 - left_out]))
}

fn ratio(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_absurd_day_does_not_decide() {
        let mut days: Vec<u32> = (0..998).map(|n| 20_150_101 + n % 28).collect();
        days.extend([19_900_101, 20_251_231]);
        assert_eq!(quantiles(days.clone(), 1000), Some((20_150_101, 20_150_128)));
        assert_eq!(quantiles(days, 2000), None);
        assert_eq!(quantiles(vec![19_800_101; 5], 5), None);
        assert_eq!(quantiles(vec![20_200_101], 1), Some((20_200_101, 20_200_101)));
    }

    #[test]
    fn hashes_and_addresses_of_hosts_are_told() {
        let class = |values: &[&str]| {
            let mut evidence = Evidence::default();
            values.iter().for_each(|value| evidence.add(value.as_bytes(), Country::NONE, &mut Canonicalizer::new()));
            evidence.class()
        };
        assert_eq!(class(&["5f4dcc3b5aa765d61d8327deb882cf99", "$2y$10$abc"]), Some(DataClass::PASSWORDS));
        let salted = "cc39f3422891b3cd25957435f64bb1c0:aB3xY";
        let number = "0x595FDFA343D1B2E67E13AABBA84CA2A700000000";
        assert_eq!(
            class(&[salted, number, "EQ7fIpT7i/Q=", "W6ph5Mm5Pz8GgiULbPgzG37mj9g="]),
            Some(DataClass::PASSWORDS)
        );
        assert_eq!(class(&["192.0.2.7", "2001:db8::1"]), Some(DataClass::IP_ADDRESSES));
        assert_eq!(class(&["12345678901234567890123456789012", "x"]), None);
    }

    #[test]
    fn kinds_that_are_not_asked_about_addresses_accept_none() {
        let mut canonicalizer = Canonicalizer::new();
        for value in [
            "anna@example.com",
            "13800138001@example.com",
            "+86 138 0013 8001 @",
            "A12345@\u{4eac}",
            "LSGJA52U@7ES0001",
            "@13800138001",
            "13800138001@",
            "+8613800138001@",
            "11010519491231002X@",
            "@11010519491231002X",
            "1HGCM82633A004352@",
            "@1HGCM82633A004352",
            "\u{4eac}A12345@",
            "@\u{4eac}A12345",
            "Anna Smith@1990-01-01",
        ] {
            for kind in WATCHED.into_iter().filter(|kind| *kind != Kind::Email) {
                let result = canonicalizer.canonicalize(KindSpec::new(kind), Country::CN, value.as_bytes());
                assert!(result.is_err(), "{kind:?} accepts {value}");
            }
        }
    }
}
