//! National identity numbers: a table of countries, each with its rule.
//!
//! A new country is one row in the table of its part of the world, and its function. A number without a country is tried
//! under the region first; then under every country whose rule is strict: rules whose check digits and dates make an
//! acceptance by chance rare. Several can accept it, and it then has a canonical form under each of them.
//!
//! Rules come from laws, standards and published algorithms, which every function names.

mod americas;
mod asia;
mod checks;
mod china;
mod europe_east;
mod europe_middle;
mod europe_north;
mod europe_south;
mod europe_west;
mod mexico;
mod number;
mod others;
mod short;

use std::sync::LazyLock;

use super::clean::clean;
use super::refuse::{self, is_one_repeated, without_decimal_tail};
use super::{Country, Forms, OtherEnds, Reason};
use number::{NUMBER_BYTES_MAX, Number, TILDE};
pub(super) use short::written_short;

/// How a country writes one of its numbers. A country with several kinds of numbers has several rows.
struct Rule {
    country: Country,
    /// What the number is called in its country.
    name: &'static str,
    /// How it is written. `9` is a digit, `A` a letter, `*` either, a small letter that letter or a digit; everything else is
    /// punctuation and may be left out. A number has a plus or an Ñ only where the shape has one in front, as a sign that it
    /// may.
    shapes: &'static [&'static str],
    /// Writes the canonical form of a number of one of the shapes to `exact`, also where only the check digit fails
    /// (`Checksum`). The number is not one character repeated.
    canonicalize: fn(&Number, &mut Forms) -> Result<(), Reason>,
    /// Share of random values of the shapes that pass.
    false_accept_rate: f64,
}

/// Every rule, by part of the world; within a country in the order in which they are tried.
const RULES: [&[Rule]; 9] = [
    china::RULES,
    asia::RULES,
    americas::RULES,
    others::RULES,
    europe_west::RULES,
    europe_middle::RULES,
    europe_south::RULES,
    europe_north::RULES,
    europe_east::RULES,
];

/// Rules that accept more than this by chance are tried only for their own country.
const STRICT_RATE_MAX: f64 = 0.05;
/// A value of a rule that accepts less than this by chance is what it looks like.
const VOUCHING_RATE_MAX: f64 = 0.005;
/// A value of a rule that accepts less than this by chance has the looser form of its country without saying the country. Of
/// other rules, it meets loosely by it: what the looser form leaves out is the check digit, or much of what proves the country.
const LOOSENING_RATE_MAX: f64 = 0.003;
/// Rules that accept more than this are dates and places without a check digit: a column of times can be all of them.
const PROVING_RATE_MAX: f64 = 0.015;
/// Rules that accept more than this have no check digit that could prove lost zeros.
const CHECKED_RATE_MAX: f64 = 0.11;

impl Rule {
    fn is_strict(&self) -> bool {
        self.false_accept_rate <= STRICT_RATE_MAX
    }

    fn folds_loosely(&self) -> bool {
        self.false_accept_rate > LOOSENING_RATE_MAX
    }

    /// Whether a number that lost its leading zeros shows it: it always has as many digits, and a check digit.
    fn restores_zeros(&self) -> bool {
        let digits = |shape: &&str| shape.bytes().filter(|b| *b == b'9').count();
        let whole = |shape: &&str| Shape::of(shape).len == digits(shape);
        let same = self.shapes.iter().all(|shape| whole(shape) && digits(shape) == digits(&self.shapes[0]));
        same && self.false_accept_rate <= CHECKED_RATE_MAX
    }
}

/// Where the digits and letters of a number stand, as sets of places.
#[derive(Clone, Copy)]
struct Shape {
    len: usize,
    digits: u32,
    letters: u32,
    plus: bool,
    tilde: bool,
}

impl Shape {
    fn of(written: &str) -> Shape {
        let (plus, tilde) = (written.contains('+'), written.contains('Ñ'));
        let mut shape = Shape { len: 0, digits: 0, letters: 0, plus, tilde };
        for byte in written.bytes().filter(|byte| *byte == b'*' || byte.is_ascii_alphanumeric()) {
            match byte {
                b'9' => shape.digits |= 1 << shape.len,
                b'A' => shape.letters |= 1 << shape.len,
                _ => {}
            }
            shape.len += 1;
        }
        shape
    }

    fn compare(&self, number: &Number) -> Result<(), Reason> {
        if self.len != number.len {
            return Err(Reason::Length);
        }
        let digits = self.digits & !number.digits == 0 && self.letters & number.digits == 0;
        let fits = digits && self.plus >= number.plus && self.tilde >= number.tilde;
        if fits { Ok(()) } else { Err(Reason::Syntax) }
    }
}

/// One shape of a rule.
struct Entry {
    rule: &'static Rule,
    shape: Shape,
    restores_zeros: bool,
}

impl Entry {
    fn apply(&self, number: &Number, forms: &mut Forms) -> Result<(), Reason> {
        self.shape.compare(number)?;
        (self.rule.canonicalize)(number, forms)
    }
}

/// Whether somebody who had no number typed one: one character repeated, or 1234567 and so on.
fn is_counted(number: &[u8]) -> bool {
    const COUNTED: &[u8; 20] = b"12345678901234567890";
    const COUNTED_LEN_MIN: usize = 7;
    is_one_repeated(number)
        || (number.len() >= COUNTED_LEN_MIN && number[..4] == COUNTED[..4] && COUNTED.starts_with(number))
}

/// The shapes of all rules, in the order of the table, by what is known of a number: so that few are tried.
struct Table {
    /// The place in `countries` of every pair of letters; the first is empty.
    places: Vec<u8>,
    countries: Vec<Vec<Entry>>,
    /// Of strict rules only.
    lens: [Vec<Entry>; NUMBER_BYTES_MAX + 1],
    /// Of those among them that show that a number has lost its zeros, and hardly accept any by chance.
    restoring: [Vec<Entry>; NUMBER_BYTES_MAX + 1],
    /// Of the rules for what else is written of a number, which is not tried without its country.
    short: [Vec<Entry>; NUMBER_BYTES_MAX + 1],
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table {
        places: vec![0; 26 * 26],
        countries: vec![Vec::new()],
        lens: Default::default(),
        restoring: Default::default(),
        short: Default::default(),
    };
    for rule in RULES.into_iter().flatten() {
        let place = Table::pair(rule.country);
        if table.places[place] == 0 {
            table.places[place] = u8::try_from(table.countries.len()).unwrap_or(0);
            table.countries.push(Vec::new());
        }
        for shape in rule.shapes.iter().map(|shape| Shape::of(shape)) {
            let entry = || Entry { rule, shape, restores_zeros: rule.restores_zeros() };
            table.countries[usize::from(table.places[place])].push(entry());
            if rule.is_strict() {
                table.lens[shape.len].push(entry());
            }
            if rule.restores_zeros() && rule.false_accept_rate <= PROVING_RATE_MAX {
                table.restoring[shape.len].push(entry());
            }
            if !rule.is_strict() && short::RULES.contains(&rule.name) {
                table.short[shape.len].push(entry());
            }
        }
    }
    table
});

impl Table {
    /// The number of a pair of letters.
    fn pair(country: Country) -> usize {
        let [a, b] = country.bytes().map(|letter| usize::from(letter.wrapping_sub(b'A')) % 26);
        a * 26 + b
    }

    fn of(&self, country: Country) -> &[Entry] {
        if country.is_none() { &[] } else { &self.countries[usize::from(self.places[Table::pair(country)])] }
    }
}

/// Whether the table has a rule for the country; without a country it is the whole table.
pub(super) fn supports(country: Country) -> bool {
    country.is_none() || !TABLE.of(country).is_empty()
}

/// Whether a number without a country is tried as every number of this country.
pub(super) fn is_strict(country: Country) -> bool {
    TABLE.of(country).iter().all(|entry| entry.rule.is_strict())
}

/// Whether a number without a country is tried as some numbers of this country, and not as others.
pub(super) fn is_partly_strict(country: Country) -> bool {
    !is_strict(country) && TABLE.of(country).iter().any(|entry| entry.rule.is_strict())
}

/// The countries that have a rule, each once, in the order of the table.
pub(super) fn countries() -> Vec<Country> {
    TABLE.countries.iter().filter_map(|entries| Some(entries.first()?.rule.country)).collect()
}

/// The share of random same-shaped values that pass a rule of the country; without a country, a strict one of any.
///
/// Output: of the shape that is worst. What several rules accept is counted several times.
pub(super) fn false_accept_rate(country: Country) -> f64 {
    let sum = |entries: &[Entry], len: usize| {
        let mut rates: Vec<(&str, f64)> = Vec::new();
        for rule in entries.iter().filter(|entry| entry.shape.len == len).map(|entry| entry.rule) {
            if !rates.iter().any(|(name, _)| *name == rule.name) {
                rates.push((rule.name, rule.false_accept_rate));
            }
        }
        rates.iter().map(|(_, rate)| rate).sum::<f64>()
    };
    let entries = |len: usize| if country.is_none() { &TABLE.lens[len] } else { TABLE.of(country) };
    (0..=NUMBER_BYTES_MAX).map(|len| sum(entries(len), len)).fold(0.0, f64::max).min(1.0)
}

/// Whether a rule that hardly ever accepts a value by chance accepts this canonical form.
///
/// Cost: some buffers and a look at the clock; for samples.
pub(super) fn vouched(country: Country, exact: &[u8]) -> bool {
    accepts_within(country, exact, VOUCHING_RATE_MAX)
}

/// Whether a rule accepts this canonical form that accepts few others: a column of such values is of its country.
///
/// Cost: as [`vouched`].
pub(super) fn proves(country: Country, exact: &[u8]) -> bool {
    accepts_within(country, exact, PROVING_RATE_MAX)
}

fn accepts_within(country: Country, exact: &[u8], rate_max: f64) -> bool {
    let mut number = Number::EMPTY;
    if std::str::from_utf8(exact).map_err(|_| Reason::Syntax).and_then(|text| number.read(text)).is_err() {
        return false;
    }
    let entries = if country.is_none() { &TABLE.lens[number.len] } else { TABLE.of(country) };
    let mut forms = Forms::new();
    let mut vouching = entries.iter().filter(|entry| entry.rule.false_accept_rate <= rate_max);
    vouching.any(|entry| entry.apply(&number, &mut forms).is_ok())
}

/// The probability that [`vouched`] says yes to a random text of these digits and letters.
pub(super) fn vouching_by_chance(text: &str) -> f64 {
    let mut number = Number::EMPTY;
    if number.read(text).is_err() {
        return 0.0;
    }
    let fits = |entry: &&Entry| entry.shape.compare(&number).is_ok();
    let rates = TABLE.lens[number.len].iter().filter(fits).map(|entry| entry.rule.false_accept_rate);
    rates.filter(|rate| *rate <= VOUCHING_RATE_MAX).sum()
}

/// Writes the canonical form under the rules of the country; without one, of the region, or of every strict country.
///
/// A looser form is one for certain only if the country was given, or the region, or if its rule hardly accepts anything by
/// chance. Errors: what is wrong with any text (masked,
/// placeholder, damaged); else the reason of the rule that came nearest; `UnsupportedCountry` if there is none.
pub(super) fn canonicalize(
    raw: &[u8],
    buffer: &mut String,
    country: Country,
    region: Country,
    forms: &mut Forms,
) -> Result<(), Reason> {
    let mut number = Number::EMPTY;
    // Acceptance comes first: it excludes every mask and placeholder, and most values are good. Most need no cleaning.
    let outcome = if number.read_clean(raw) {
        accept(&number, country, region, forms)
    } else {
        let text = clean(raw, buffer).and_then(without_decimal_tail);
        text.and_then(|text| number.read(text)).and_then(|()| accept(&number, country, region, forms))
    };
    outcome.map_err(|reason| clean(raw, buffer).ok().and_then(refuse::of_number).unwrap_or(reason))
}

fn accept(number: &Number, country: Country, region: Country, forms: &mut Forms) -> Result<(), Reason> {
    if is_counted(number.as_bytes()) {
        return Err(Reason::Placeholder);
    }
    let Err(reason) = by_rules(number, country, region, forms) else { return Ok(()) };
    let accepts =
        restores(number, country, region, forms, reason) || short::is_behind_its_country(number, country, forms);
    if accepts { Ok(()) } else { Err(reason) }
}

fn by_rules(number: &Number, country: Country, region: Country, forms: &mut Forms) -> Result<(), Reason> {
    if !country.is_none() {
        return under(country, number, forms, |_| true);
    }
    let Err(near) = under(region, number, forms, |_| true) else { return Ok(()) };
    // A number of the region that has lost its zeros may be one of another country, too.
    if number.is_digits() && !region.is_none() && restores_under(number, region, forms, near) {
        TABLE.lens[number.len].iter().for_each(|entry| stand_beside(entry, number, forms));
        return Ok(());
    }
    under_strict(number, forms, |_| true).map_err(|far| nearer(near, far))?;
    if forms.folds_loosely && number.is_digits() {
        restored_beside(number, forms);
    }
    Ok(())
}

/// A number that hardly proves its country may be one of another that has lost its zero.
fn restored_beside(number: &Number, forms: &mut Forms) {
    let Some(entries) = TABLE.restoring.get(number.len + 1).filter(|entries| !entries.is_empty()) else { return };
    if let Some(number) = number.with_zeros(1) {
        entries.iter().for_each(|entry| stand_beside(entry, &number, forms));
    }
}

/// A spreadsheet drops no more zeros than these, or the number is hardly one that began with them.
const LOST_ZEROS_MAX: usize = 2;

/// Whether a check digit passes when the leading zeros are put back that a spreadsheet dropped: under the country or the
/// region, else under every strict country, where only one can have been lost.
///
/// Input: `reason`, why the number is refused as it is.
fn restores(number: &Number, country: Country, region: Country, forms: &mut Forms, reason: Reason) -> bool {
    let (first, then) = if country.is_none() { (region, Country::NONE) } else { (country, country) };
    number.is_digits()
        && (restores_under(number, first, forms, reason)
            || (then != first && restores_under(number, then, forms, reason)))
}

fn restores_under(number: &Number, country: Country, forms: &mut Forms, reason: Reason) -> bool {
    let short = TABLE.of(country).iter().all(|entry| entry.shape.compare(number).is_err());
    // A number that has a shape of the country can be wrong in another way.
    let usable =
        |entry: &Entry| entry.restores_zeros && (short || (reason == Reason::Checksum && entry.rule.is_strict()));
    let zeros = if country.is_none() { 1 } else { LOST_ZEROS_MAX };
    let mut numbers = (1..=zeros).filter_map(|zeros| number.with_zeros(zeros));
    numbers.any(|number| match country.is_none() {
        true => under_strict(&number, forms, usable).is_ok(),
        false => under(country, &number, forms, usable).is_ok(),
    })
}

/// Tries the rules of one country. The first acceptance is the canonical form.
fn under(country: Country, number: &Number, forms: &mut Forms, usable: impl Fn(&Entry) -> bool) -> Result<(), Reason> {
    let mut reason = Reason::UnsupportedCountry;
    for entry in TABLE.of(country).iter().filter(|entry| usable(entry)) {
        match attempt(entry, number, forms) {
            Ok(()) => return Ok(()),
            Err(why) => reason = nearer(reason, why),
        }
    }
    Err(reason)
}

/// Tries every strict rule. The first acceptance is the canonical form, those of other countries stand beside it.
fn under_strict(number: &Number, forms: &mut Forms, usable: impl Fn(&Entry) -> bool) -> Result<(), Reason> {
    let mut outcome = Err(Reason::Length);
    for entry in TABLE.lens[number.len].iter().filter(|entry| usable(entry)) {
        match outcome {
            Ok(()) => stand_beside(entry, number, forms),
            Err(reason) => {
                outcome = attempt(entry, number, forms).map_err(|why| nearer(reason, why));
                forms.folds_loosely |= outcome.is_ok() && entry.rule.folds_loosely();
            }
        }
    }
    outcome
}

/// Applies a rule. An accepted form takes the place of what `exact` held: the first form whose check digit failed.
fn attempt(entry: &Entry, number: &Number, forms: &mut Forms) -> Result<(), Reason> {
    let kept = forms.exact.len();
    let outcome = entry.apply(number, forms);
    match outcome {
        Ok(()) if kept == 0 => forms.country = entry.rule.country,
        Ok(()) => {
            forms.exact.drain(..kept);
            forms.country = entry.rule.country;
        }
        Err(Reason::Checksum) if kept == 0 => forms.country = entry.rule.country,
        Err(_) => forms.exact.truncate(kept),
    }
    forms.needs_country = outcome.is_ok() && !entry.rule.is_strict();
    if outcome.is_err() {
        forms.fold.clear();
        forms.loose.clear();
        forms.folds_loosely = false;
    }
    outcome
}

/// Applies the rule of another country to a number that was accepted.
fn stand_beside(entry: &Entry, number: &Number, forms: &mut Forms) {
    let country = entry.rule.country;
    if forms.country == country || forms.others.ends.iter().any(|known| known.country == country) {
        return;
    }
    let (exact, fold) = (forms.exact.len(), forms.fold.len());
    let (loosely, has_loose) = (std::mem::take(&mut forms.folds_loosely), !forms.loose.is_empty());
    let accepts = entry.apply(number, forms).is_ok();
    if accepts {
        let others = &mut forms.others;
        others.bytes.extend_from_slice(&forms.exact[exact..]);
        let exact = others.bytes.len();
        if forms.folds {
            others.bytes.extend_from_slice(&forms.fold[fold..]);
        }
        let folds_loosely = forms.folds_loosely || entry.rule.folds_loosely();
        let fold = others.bytes.len();
        others.ends.push(OtherEnds { country, exact, fold, folds_loosely });
    }
    forms.exact.truncate(exact);
    forms.fold.truncate(fold);
    forms.folds_loosely = loosely;
    // What else is written of it needs no country.
    if !accepts && !has_loose {
        forms.loose.clear();
    }
}

/// Of two reasons the one of the rule that came nearer to accepting.
fn nearer(a: Reason, b: Reason) -> Reason {
    let rank = |reason: Reason| match reason {
        Reason::SpreadsheetDamage => 7,
        Reason::Placeholder => 6,
        Reason::Reserved => 5,
        Reason::Checksum => 4,
        Reason::Date => 3,
        Reason::Syntax => 2,
        Reason::Length => 1,
        _ => 0,
    };
    if rank(b) > rank(a) { b } else { a }
}

#[cfg(test)]
mod tests;
